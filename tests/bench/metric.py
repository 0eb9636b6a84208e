"""The peers of metric.c: scikit-learn's AUC and NumPy's sort of as many float32 scores. Exit code 77: not installed."""
import sys
import time

try:
    import numpy as np
    from sklearn.metrics import roc_auc_score
except ImportError:
    sys.exit(77)

n = 10_000_000
rng = np.random.default_rng(1)
labels = rng.integers(0, 2, n)
scores = ((rng.random(n) + rng.random(n) + 0.5 * labels) * 32768).astype(np.int32).astype(np.float32) / 32768


def best(f, tries):
    times = []
    for _ in range(tries):
        start = time.perf_counter()
        f()
        times.append(time.perf_counter() - start)
    return min(times)


print("AUC, 10^7 scores with ties", best(lambda: roc_auc_score(labels, scores), 2), sep="\t")
print("sort of 10^7 scores", best(lambda: np.sort(scores), 2), sep="\t")
