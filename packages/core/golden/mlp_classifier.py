"""Golden values for attacks/mlp-attacker.test.ts.

Run with scikit-learn 1.x installed; paste what it prints into the test. Everything is made by integer arithmetic, so that
the test builds the same inputs.
"""

import warnings

import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings("ignore")
print("scikit-learn", sklearn.__version__)

N, D, TRAIN, VALIDATION = 1600, 16, 800, 1000


def park_miller(count):
    state, values = 12345, []
    for _ in range(count):
        state = state * 16807 % 2147483647
        values.append(state / 2147483647)
    return values


uniform = np.array(park_miller(N * D * 4)).reshape(N * D, 4)
X = (np.sqrt(3) * (uniform.sum(1) - 2)).reshape(N, D).astype(np.float32)
first = X[:, 0] * X[:, 1] + 0.3 * X[:, 4] > 0
second = X[:, 2] * X[:, 3] + 0.3 * X[:, 5] > 0
X = X[:, [0, 1, 2, 3, *range(6, D)]]


def auc(y, p):
    return roc_auc_score(y, p[:, 1]) if p.shape[1] == 2 else roc_auc_score(y, p, multi_class="ovr")


for y in (first.astype(int), first.astype(int) + second):
    scaler = StandardScaler().fit(X[:TRAIN])
    train, validation, test = (scaler.transform(X[s]) for s in (slice(TRAIN), slice(TRAIN, VALIDATION), slice(VALIDATION, N)))
    linear = LogisticRegression().fit(train, y[:TRAIN])
    print("classes", y.max() + 1, "linear", round(auc(y[VALIDATION:], linear.predict_proba(test)), 4))
    # The large network on three classes takes minutes and says nothing new.
    for hidden in ((X.shape[1],), (256, 256))[: 2 if y.max() == 1 else 1]:
        fits = []
        for alpha in (1e-4, 1e-2, 1, 10):
            seeds = [MLPClassifier(hidden, alpha=alpha, random_state=s).fit(train, y[:TRAIN]) for s in range(5)]
            scores = [
                np.mean([auc(labels, m.predict_proba(part)) for m in seeds])
                for labels, part in ((y[TRAIN:VALIDATION], validation), (y[VALIDATION:], test))
            ]
            fits.append((*scores, alpha))
        best = max(fits)
        print("  hidden", hidden, "alpha", best[2], "validation", round(best[0], 4), "test", round(best[1], 4))
