"""Golden values for attacks/logistic-regression.test.ts and metrics/*.test.ts.

Run with scikit-learn 1.x installed; paste what it prints into the tests. Everything is made by
formulas, so that the tests build the same inputs.
"""

import math

import numpy as np
import scipy
import sklearn
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

print("scikit-learn", sklearn.__version__, "numpy", np.__version__, "scipy", scipy.__version__)

N, D = 60, 4
X = np.array([[math.sin(1 + 3.7 * i * (j + 1) + j * j) for j in range(D)] for i in range(N)])


def labels(classes):
    return np.array([(i * i + i // 3 + (1 if X[i, 0] > 0.2 else 0)) % classes for i in range(N)])


for classes in (2, 3):
    y = labels(classes)
    kept = np.array([i % 11 != 0 for i in range(N)])
    for l2 in (0.01, 1.0):
        model = LogisticRegression(C=1 / (kept.sum() * l2), tol=1e-12, max_iter=100000).fit(X[kept], y[kept])
        p = model.predict_proba(X)
        auc = roc_auc_score(y, p[:, 1]) if classes == 2 else roc_auc_score(y, p, multi_class="ovr")
        print(f"classes {classes} l2 {l2}")
        print("  weights", [[round(v, 7) for v in row] for row in model.coef_.tolist()])
        print("  p[0], p[7]", np.round(p[[0, 7]], 7).tolist())
        print("  auc", round(auc, 12), "balanced", round(balanced_accuracy_score(y, p.argmax(1)), 12))

scores = np.round(X[:, 0], 1)
print("tied auc", round(roc_auc_score(labels(2), scores), 12))
print("normal quantiles", [float(norm.ppf(p)) for p in (1e-5, 0.01, 0.3, 0.75, 0.999)])
