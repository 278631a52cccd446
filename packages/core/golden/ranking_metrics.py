"""Golden values for metrics/ranking-metrics.test.ts and models/item-knn.test.ts.

Run with scikit-learn 1.x installed; paste what it prints into the tests. Everything is made by
formulas, so that the tests build the same inputs.
"""

import math

import numpy as np
import sklearn
from sklearn.metrics import (
    ndcg_score,
    precision_score,
    recall_score,
    roc_auc_score,
    top_k_accuracy_score,
)
from sklearn.metrics.pairwise import cosine_similarity

print("scikit-learn", sklearn.__version__, "numpy", np.__version__)

USERS, ITEMS = 7, 23
SCORES = np.array([[math.sin(1 + 2.9 * u + 1.7 * i * i) for i in range(1, ITEMS + 1)] for u in range(USERS)])
# User u has u + 1 targets; 7 is prime to 23, so that they are different items.
TARGETS = [[(3 * u + 7 * t) % ITEMS for t in range(u + 1)] for u in range(USERS)]
TRUTH = np.zeros((USERS, ITEMS), dtype=int)
for user, items in enumerate(TARGETS):
    TRUTH[user, items] = 1


def top(k):
    lists = np.zeros((USERS, ITEMS), dtype=int)
    for user in range(USERS):
        lists[user, np.argsort(-SCORES[user])[:k]] = 1
    return lists


for k in (1, 5, 10):
    chosen = top(k)
    print(f"k {k}")
    print("  ndcg", [round(ndcg_score(TRUTH[[u]], SCORES[[u]], k=k), 12) for u in range(USERS)])
    print("  recall", [round(recall_score(TRUTH[u], chosen[u]), 12) for u in range(USERS)])
    print("  precision", [round(precision_score(TRUTH[u], chosen[u]), 12) for u in range(USERS)])
first = [items[0] for items in TARGETS]
print("hit of first target", [top_k_accuracy_score(first, SCORES, k=k, labels=range(ITEMS)) for k in (1, 5, 10)])
print("auc", [round(roc_auc_score(TRUTH[u], SCORES[u]), 12) for u in range(USERS)])
print("auc, scores in halves", [round(roc_auc_score(TRUTH[u], np.round(2 * SCORES[u])), 12) for u in range(USERS)])

HISTORIES = np.array([[1 if (u * u + 3 * i * i + u * i) % 7 < 3 else 0 for i in range(9)] for u in range(30)])
similarity = cosine_similarity(HISTORIES.T)
np.fill_diagonal(similarity, 0)
print("item-knn, all neighbours, users 0 and 11", np.round((HISTORIES @ similarity)[[0, 11]], 12).tolist())
nearest = np.zeros_like(similarity)
for item in range(9):
    # A stable sort, so that ties go to the lower index.
    best = np.argsort(-similarity[item], kind="stable")[:2]
    nearest[item, best] = similarity[item, best]
print("item-knn, two neighbours, users 0 and 11", np.round((HISTORIES @ nearest)[[0, 11]], 12).tolist())
