"""The recorded figures of regression.json: the regression losses and the metrics of real values.

Values and gradients of the losses are those of scikit-learn's own loss classes (halves of squares taken back) and of SciPy's huber, or,
where neither has one, of the formula in NumPy's long double; metrics are scikit-learn's and SciPy's, the concordance index a double
loop over the pairs.
Run: /usr/bin/python3 tests/reference/regression.py > tests/reference/regression.json   (python3-sklearn, python3-scipy)
"""
import json

import numpy as np
import scipy.special
import scipy.stats
import sklearn.metrics as sk
from sklearn._loss import loss as of

rng = np.random.default_rng(20261201)


def with_class(made, factor):
    def both(s, y):
        value, slope = made.loss_gradient(y, s)
        return factor * value, factor * slope

    return both


def huber(delta):
    return lambda s, y: (scipy.special.huber(delta, s - y), np.clip(s - y, -delta, delta))


def log_cosh(s, y):
    r = (s - y).astype(np.longdouble)
    return np.log(np.cosh(r)).astype(float), np.tanh(r).astype(float)


def loss_cases():
    forms = [
        ("squared_error", {}, with_class(of.HalfSquaredError(), 2)),
        ("absolute_error", {}, with_class(of.AbsoluteError(), 1)),
        ("huber", {"delta": 1.0}, huber(1.0)),
        ("huber", {"delta": 0.25}, huber(0.25)),
        ("quantile", {"tau": 0.5}, with_class(of.PinballLoss(quantile=0.5), 1)),
        ("quantile", {"tau": 0.9}, with_class(of.PinballLoss(quantile=0.9), 1)),
        ("log_cosh", {}, log_cosh),
        ("poisson", {}, with_class(of.HalfPoissonLoss(), 1)),
    ]
    cases = []
    for name, params, form in forms:
        for reduction, scale in (("mean", 1.0), ("sum", 4.0)):
            n = 9
            s = rng.normal(size=n) * scale
            y = rng.poisson(2, size=n).astype(float) if name == "poisson" else rng.normal(size=n) * scale
            s[1] = y[1] + 1e-3  # close to the value, where half of a square is all that is left
            value, slope = form(s, y)
            of_name = "log_rates" if name == "poisson" else "scores"
            share = 1 / n if reduction == "mean" else 1
            cases.append({"loss": name, "params": dict(params, reduction=reduction),
                          "inputs": {of_name: s.tolist(), "values": y.tolist()}, "value": float(np.sum(value) * share),
                          "grads": {of_name: (slope * share).tolist()}})
    return cases


def concordance(s, y):
    right = pairs = 0
    for i in range(len(y)):
        for j in range(len(y)):
            if y[i] > y[j]:
                pairs += 1
                right += 1 if s[i] > s[j] else 0.5 if s[i] == s[j] else 0
    return right / pairs


def deviance(s, y):
    """In long double, since scikit-learn's, in double, has lost digits where rates are close to counts."""
    s, y = s.astype(np.longdouble), y.astype(np.longdouble)
    return np.mean(2 * (np.where(y > 0, y * np.log(np.where(y > 0, y, 1) / s), 0) - y + s))


def metrics(s, y):
    out = {
        "mse": sk.mean_squared_error(y, s),
        "rmse": np.sqrt(sk.mean_squared_error(y, s)),
        "mae": sk.mean_absolute_error(y, s),
        "r2": sk.r2_score(y, s),
        "pinball": sk.mean_pinball_loss(y, s, alpha=0.5),
    }
    if (s > 0).all() and (y >= 0).all():
        out["poisson_deviance"] = deviance(s, y)
        assert abs(out["poisson_deviance"] - sk.mean_poisson_deviance(y, s)) < 1e-12
    out.update({
        "median_absolute_error": sk.median_absolute_error(y, s),
        "pearson": scipy.stats.pearsonr(s, y)[0],
        "spearman": scipy.stats.spearmanr(s, y)[0],
        "concordance": concordance(s, y),
    })
    return {name: float(value) for name, value in out.items()}


def metric_cases():
    cases = []
    for n, kind in ((7, "normal"), (24, "normal"), (25, "counts"), (60, "grid"), (40, "far")):
        y = rng.normal(size=n)
        s = y + rng.normal(size=n)
        if kind == "counts":
            y, s = rng.poisson(3, size=n).astype(float), rng.gamma(3, size=n)
        elif kind == "grid":  # ties in both
            y, s = np.round(y), np.round(2 * s) / 2
        elif kind == "far":  # from 0, and close to one another
            y, s = 100 + 0.01 * y, 100 + 0.01 * s
        s, y = s.astype(np.float32).astype(float), y.astype(np.float32).astype(float)
        cases.append(dict({"scores": s.tolist(), "labels": y.tolist(), "note": kind}, **metrics(s, y)))
    return cases


print("[" + ",\n".join(json.dumps(c) for c in loss_cases() + metric_cases()) + "]")
