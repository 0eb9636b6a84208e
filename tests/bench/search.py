"""The objectives of tests/bench/search.lua searched by Optuna. With the argument `raw` a line for each search: objective, sampler,
trials, at once, seed, and what the best point is worth; else the median regrets under the names that search.lua has."""
import sys

try:
    import numpy as np
    import optuna
except ImportError:
    sys.exit(77)

import math
import warnings

warnings.filterwarnings("ignore")
optuna.logging.set_verbosity(optuna.logging.ERROR)

A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P = 1e-4 * np.array([[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
                     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]])


def box(trial, n, low, high):
    return np.array([trial.suggest_float(f"x{i + 1}", low, high) for i in range(n)])


def branin(t):
    x, y = t.suggest_float("x1", -5, 10), t.suggest_float("x2", 0, 15)
    return (y - 5.1 / (4 * math.pi**2) * x * x + 5 / math.pi * x - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


def hartmann6(t):
    x = box(t, 6, 0, 1)
    return -float(np.dot([1, 1.2, 3, 3.2], np.exp(-(A * (x - P) ** 2).sum(1))))


def ackley5(t):
    x = box(t, 5, -10, 20)
    return float(-20 * np.exp(-0.2 * np.sqrt((x * x).mean())) - np.exp(np.cos(2 * math.pi * x).mean()) + 20 + math.e)


def rosenbrock4(t):
    x = box(t, 4, -2, 2)
    return math.log(1 + float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()))


def training(t):
    lr, decay = math.log10(t.suggest_float("lr", 1e-5, 1, log=True)), math.log10(t.suggest_float("decay", 1e-6, 1e-1, log=True))
    batch, units = math.log2(t.suggest_int("batch", 8, 512, log=True)), math.log2(t.suggest_int("units", 8, 512, log=True))
    depth = t.suggest_int("layers", 1, 6) - 3
    cost = {"relu": 0.1, "tanh": 0.3, "sigmoid": 0.6, "silu": 0}[t.suggest_categorical("activation", ["relu", "tanh", "sigmoid", "silu"])]
    dropout = t.suggest_float("dropout", 0, 0.7)
    return (0.5 * (lr + 2.5 - 0.3 * (batch - 6)) ** 2 + 0.1 * (decay + 4) ** 2 + 0.05 * (batch - 6) ** 2 + 0.15 * depth**2
            + 0.1 * (units - 7) ** 2 + cost + 2 * (dropout - 0.2 - 0.05 * depth) ** 2)


def conditional(t):
    optimizer = t.suggest_categorical("optimizer", ["sgd", "adam", "lbfgs"])
    lr = math.log10(t.suggest_float("lr", 1e-5, 10, log=True))
    if optimizer == "sgd":
        momentum = t.suggest_float("momentum", 0, 0.99)
        nesterov = t.suggest_categorical("nesterov", [False, True]) if momentum >= 0.5 else False
        return 0.15 + 0.4 * (lr + 1 + 2 * (momentum - 0.5)) ** 2 + 2 * (momentum - 0.9) ** 2 - (0.15 if nesterov else 0)
    if optimizer == "adam":
        beta = math.log10(t.suggest_float("beta", 1e-4, 0.5, log=True))
        return 0.1 + 0.3 * (lr + 3) ** 2 + 0.2 * (beta + 1) ** 2
    return 0.3 + 0.5 * lr * lr + 0.001 * (t.suggest_int("memory", 1, 30) - 20) ** 2


LEAST = {"hartmann6": -3.3223680114155147, "noisy": -3.3223680114155147, "branin": 0.39788735772973816}
OBJECTIVES = {"branin": branin, "hartmann6": hartmann6, "ackley5": ackley5, "rosenbrock4": rosenbrock4, "training": training,
              "conditional": conditional, "noisy": hartmann6}

SAMPLERS = {
    "tpe": lambda seed, together: optuna.samplers.TPESampler(seed=seed, constant_liar=together),
    "tpe multivariate": lambda seed, together: optuna.samplers.TPESampler(seed=seed, multivariate=True, group=True, constant_liar=together),
    "random": lambda seed, together: optuna.samplers.RandomSampler(seed=seed),
}


def search(name, sampler, at_once, seed, counts):
    """What the point that was best when seen is worth, after each of counts trials."""
    study = optuna.create_study(sampler=SAMPLERS[sampler](seed, at_once > 1))
    noise, worth, seen, out = np.random.RandomState(10000 + seed), [], [], {}
    while len(seen) < max(counts):
        trials = [study.ask() for _ in range(min(at_once, max(counts) - len(seen)))]
        values = [OBJECTIVES[name](t) for t in trials]
        for trial, value in zip(trials, values):
            worth.append(value)
            seen.append(value + (0.2 * noise.randn() if name == "noisy" else 0))
            study.tell(trial, seen[-1])
    for n in counts:
        out[n] = worth[int(np.argmin(seen[:n]))] - LEAST.get(name, 0)
    return out


def main():
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    raw = len(sys.argv) > 1 and sys.argv[1] == "raw"
    samplers = sys.argv[3].split(",") if len(sys.argv) > 3 else ["tpe"]
    batches = [int(n) for n in sys.argv[4].split(",")] if len(sys.argv) > 4 else [1]
    only = sys.argv[5].split(",") if len(sys.argv) > 5 else list(OBJECTIVES)
    for name in only:
        for sampler in samplers:
            for at_once in batches:
                found = [search(name, sampler, at_once, seed, (50, 100)) for seed in range(1, seeds + 1)]
                for n in (50, 100):
                    if raw:
                        for seed, each in enumerate(found, 1):
                            print(f"{name}\t{sampler}\t{n}\t{at_once}\t{seed}\t{each[n]:.17g}", flush=True)
                    else:
                        print(f"search {name}, tpe, {n} trials: regret\t{np.median([each[n] for each in found]):.9g}", flush=True)


main()
