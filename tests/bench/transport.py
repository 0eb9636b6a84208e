"""The peers of transport.c: POT's exact and entropic transport (else SciPy's assignment) and SciPy's distance on a line. Exit code
77: not installed."""
import sys
import time

try:
    import numpy as np
    from scipy.optimize import linear_sum_assignment
    from scipy.stats import wasserstein_distance
except ImportError:
    sys.exit(77)
try:
    import ot
except ImportError:
    ot = None


def timed(name, f):
    start = time.perf_counter()
    f()
    print(name, time.perf_counter() - start, sep="\t")


rng = np.random.default_rng(1)
n = 2000
uniform = np.full(n, 1 / n)
for d, where in ((2, "in the plane"), (16, "in 16 dimensions")):
    x, y = rng.standard_normal((n, d)), rng.standard_normal((n, d)) + 1
    cost = ((x[:, None, :] - y[None, :, :]) ** 2).sum(2)
    name = f"wasserstein, 2000x2000 points {where}"
    if ot:
        timed(name, lambda: ot.emd2(uniform, uniform, cost, numItermax=10_000_000))
    else:  # with uniform masses an assignment is an optimal plan
        timed(name, lambda: linear_sum_assignment(cost))
    if ot and d == 2:
        timed(
            "sinkhorn, the same, epsilon 0.05, to 1e-6",
            lambda: ot.sinkhorn2(uniform, uniform, cost, 0.05, method="sinkhorn_log", stopThr=1e-6, numItermax=100_000),
        )
x, y = rng.standard_normal(1_000_000), rng.standard_normal(1_000_000) + 1
timed("wasserstein_1d, 10^6 and 10^6 numbers", lambda: wasserstein_distance(x, y))
