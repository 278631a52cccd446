"""Golden values for metrics/{adoption-entropy,interaction-fairness,group-noise-floor}.test.ts.

Run with SciPy 1.x installed; paste what it prints into the tests. Everything is made by formulas, so
that the tests build the same inputs.
"""

import itertools
import math

import numpy as np
import scipy
from scipy.stats import entropy, permutation_test

print("SciPy", scipy.__version__, "numpy", np.__version__)

USERS, ITEMS, CLASSES = 40, 12, 3
# Every fifth user lacks the attribute. Item 12 is never adopted; repeated items count once.
CODES = [-1 if u % 5 == 4 else (u * u + u // 3) % CLASSES for u in range(USERS)]
HISTORIES = [[(u * (j + 1) + j * j) % (ITEMS - 1) + 1 for j in range(3 + u % 4)] for u in range(USERS)]

adopters = np.zeros((ITEMS + 1, CLASSES))
for user, items in enumerate(HISTORIES):
    if CODES[user] >= 0:
        for item in set(items):
            adopters[item, CODES[user]] += 1
support = adopters.sum(axis=1)
average = adopters.sum(axis=0) / adopters.sum()

with np.errstate(invalid="ignore", divide="ignore"):
    raw = entropy(adopters, axis=1)
    miller = np.minimum(raw + (CLASSES - 1) / (2 * support), math.log(CLASSES))
shrunk = entropy(adopters + 10 * average, axis=1)
print("adopters", support[1:].astype(int).tolist())
print("none", np.round(raw[1:], 12).tolist())
print("miller-madow", np.round(miller[1:], 12).tolist())
print("shrinkage", np.round(shrunk[1:], 12).tolist())
print("average", round(float(entropy(average)), 12))

LISTS = [[(7 * u + 3 * j) % (ITEMS - 1) + 1 for j in range(4)] for u in range(USERS)]
TRUTH = [[(5 * u + 2 * j) % (ITEMS - 1) + 1 for j in range(u % 3)] for u in range(USERS)]
mean_of = lambda items: np.mean([raw[i] for i in items])
with_truth = [u for u in range(USERS) if TRUTH[u]]
print("dif@4", np.mean([mean_of(LISTS[u]) - mean_of(TRUTH[u]) for u in with_truth]))
sums = [sum(raw[i] for i in LISTS[u][: len(TRUTH[u])]) - sum(raw[i] for i in TRUTH[u]) for u in with_truth]
print("difSum@4", np.mean(sums))

# The gap of 5 against 6 users, over all ways to choose which users are the first 5.
VALUES = np.array([math.sin(1 + 3.7 * i) for i in range(11)])
FIRST = 5


def gap(x, y, axis=-1):
    return abs(np.mean(x, axis=axis) - np.mean(y, axis=axis))


exact = permutation_test(
    (VALUES[:FIRST], VALUES[FIRST:]),
    gap,
    permutation_type="independent",
    vectorized=True,
    n_resamples=np.inf,
    alternative="greater",
)
assert len(exact.null_distribution) == math.comb(11, FIRST) == len(list(itertools.combinations(range(11), FIRST)))
print("gap", exact.statistic, "p", exact.pvalue)
print("expected", exact.null_distribution.mean(), "upper", np.quantile(exact.null_distribution, 0.95))
weights = np.array([FIRST, 11 - FIRST])
means = np.array([VALUES[:FIRST].mean(), VALUES[FIRST:].mean()])
print("spread", math.sqrt(np.cov(means, fweights=weights, ddof=0)))
