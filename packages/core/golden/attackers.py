"""Golden values for attacks/{knn-attacker,gradient-boosting,sparse-logistic-regression}.test.ts.

Run with scikit-learn 1.x installed; paste what it prints into the tests. Everything is made by
formulas, so that the tests build the same inputs.
"""

import math

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

print("scikit-learn", sklearn.__version__, "numpy", np.__version__)


def auc(y, p):
    if p.shape[1] == 2:
        return roc_auc_score(y, p[:, 1])
    return np.mean([roc_auc_score(y == c, p[:, c]) for c in range(p.shape[1])])


# Dense: 400 rows, the first 300 for training, 6 features; for the trees of 25 values each.
N, D = 400, 6
SMOOTH = np.array([[math.sin(1 + 3.7 * i * (j + 1) + j * j) for j in range(D)] for i in range(N)])
X = np.floor(25 * np.abs(SMOOTH))


def labels(classes):
    return np.array([(int(X[i, 0] > 12) + int(X[i, 1] > 8) * int(X[i, 2] > 10) + (i % 7 == 0)) % classes for i in range(N)])


train, test = slice(0, 300), slice(300, N)
for classes in (2, 3):
    y = labels(classes)
    boosted = HistGradientBoostingClassifier(
        learning_rate=0.1,
        max_iter=30,
        max_leaf_nodes=None,
        max_depth=3,
        min_samples_leaf=10,
        l2_regularization=1,
        max_bins=32,
        early_stopping=False,
    ).fit(X[train], y[train])
    p = boosted.predict_proba(X[test])
    print(f"trees, {classes} classes: p[0]", np.round(p[0], 6).tolist(), "auc", round(auc(y[test], p), 6))
    Z = StandardScaler().fit(SMOOTH[train]).transform(SMOOTH)
    for metric in ("euclidean", "cosine"):
        V = Z if metric == "euclidean" else Z / np.linalg.norm(Z, axis=1, keepdims=True)
        knn = KNeighborsClassifier(15, weights="distance").fit(V[train], y[train])
        p = knn.predict_proba(V[test])
        print(f"knn, {metric}, {classes} classes: p[0]", np.round(p[0], 6).tolist(), "auc", round(auc(y[test], p), 6))

# Sparse: 200 rows of up to 12 of 60 items, values by length.
ROWS, ITEMS = 200, 60
lists = [sorted({math.floor(ITEMS * abs(math.sin(2 + 1.3 * i * (k + 1)))) for k in range(3 + i % 10)}) for i in range(ROWS)]
mean = sum(map(len, lists)) / ROWS
S = np.zeros((ROWS, ITEMS))
for i, items in enumerate(lists):
    S[i, items] = math.sqrt(mean / len(items))
for classes in (2, 3):
    y = np.array([(int(S[i, :20].sum() > 2) + (i % 5 == 0) + i % 3 // 2) % classes for i in range(ROWS)])
    l2 = 0.01
    model = LogisticRegression(C=1 / (ROWS * l2), tol=1e-12, max_iter=100000).fit(S, y)
    p = model.predict_proba(S)
    print(f"sparse, {classes} classes: coef[:, :3]", np.round(model.coef_[:, :3], 6).tolist())
    print("  intercept", np.round(model.intercept_ - (model.intercept_.mean() if classes > 2 else 0), 6).tolist())
    print("  p[7]", np.round(p[7], 6).tolist(), "auc", round(auc(y, p), 6))
