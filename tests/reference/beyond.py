"""The recorded figures of beyond.json, from the formulas of the papers written out as plain loops over Python's complex numbers.

A gradient is a complex step, f(x + ih).imag / h with h = 1e-30: exact to the last digits, since nothing is subtracted. Comparisons
look at real parts. Run: python3 tests/reference/beyond.py > tests/reference/beyond.json
"""
import cmath
import json
import math
import random

rng = random.Random(20240614)
log, exp, sqrt = cmath.log, cmath.exp, cmath.sqrt


def relu(x):
    return x if complex(x).real > 0 else 0


def real(x):
    return complex(x).real


def mean(xs):
    xs = list(xs)
    return sum(xs) / len(xs)


def sigmoid(x):
    return 1 / (1 + exp(-x)) if real(x) > 0 else exp(x) / (1 + exp(x))


def logsumexp(xs):
    top = max(real(x) for x in xs)
    return top + log(sum(exp(x - top) for x in xs))


# ---- losses over classes: one value for all rows ----


def softmax_rows(rows, labels):
    return mean(logsumexp(z) - z[int(y) - 1] for z, y in zip(rows, labels))


def crammer_singer(p, logits, labels):
    def row(z, y):
        y = int(y) - 1
        rival = max((j for j in range(len(z)) if j != y), key=lambda j: real(z[j]))
        return relu(p["margin"] + z[rival] - z[y])

    return mean(row(z, y) for z, y in zip(logits, labels))


def weston_watkins(p, logits, labels):
    def row(z, y):
        y = int(y) - 1
        return sum(relu(p["margin"] + z[j] - z[y]) for j in range(len(z)) if j != y)

    return mean(row(z, y) for z, y in zip(logits, labels))


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return dot / sqrt(sum(x * x for x in a)) / sqrt(sum(y * y for y in b))


def arcface(p, features, weights, labels):
    m = p["margin"]

    def bent(c):
        if real(c) > -math.cos(m):
            return c * math.cos(m) - sqrt(1 - c * c) * math.sin(m)
        return c - m * math.sin(m)

    rows = [[cosine(a, w) for w in weights] for a in features]
    for z, y in zip(rows, labels):
        z[int(y) - 1] = bent(z[int(y) - 1])
    return softmax_rows([[p["scale"] * c for c in z] for z in rows], labels)


def cosface(p, features, weights, labels):
    rows = [[cosine(a, w) for w in weights] for a in features]
    for z, y in zip(rows, labels):
        z[int(y) - 1] -= p["margin"]
    return softmax_rows([[p["scale"] * c for c in z] for z in rows], labels)


# ---- losses of scores and labels ----


def sides(scores, labels):
    return [s for s, y in zip(scores, labels) if y > 0], [s for s, y in zip(scores, labels) if y <= 0]


def focal(p, scores, labels):
    def row(s, y):
        prob = sigmoid(s) if y > 0 else sigmoid(-s)
        weight = p["alpha"] if y > 0 else 1 - p["alpha"]
        return -weight * (1 - prob) ** p["gamma"] * log(prob)

    return mean(row(s, y) for s, y in zip(scores, labels))


def aucm(p, scores, labels):
    t, d = sides(scores, labels)
    a, b = mean(t), mean(d)
    return mean((s - a) ** 2 for s in t) + mean((s - b) ** 2 for s in d) + relu(p["margin"] - a + b) ** 2


def aucm_minmax(p, scores, labels, auxiliary):
    t, d = sides(scores, labels)
    a, b, alpha = auxiliary
    alpha = relu(alpha)
    return (mean((s - a) ** 2 for s in t) + mean((s - b) ** 2 for s in d)
            + 2 * alpha * (p["margin"] - mean(t) + mean(d)) - alpha * alpha)


def pauc_cvar(p, scores, labels):
    t, d = sides(scores, labels)
    tail = p["beta"] * len(d)

    def cvar(values):
        """min over s of s + sum (v - s)+ / tail: the mean of the largest `tail` values, the last one in part."""
        left, total = tail, 0
        for v in sorted(values, key=lambda v: -real(v)):
            share = min(1.0, left)
            total, left = total + share * v, left - share
            if left <= 0:
                break
        return total / tail

    return mean(cvar([relu(p["margin"] - s + n) ** 2 for n in d]) for s in t)


def pauc_kl(p, scores, labels):
    t, d = sides(scores, labels)
    lam = p["lambda"]
    return mean(lam * (logsumexp([relu(p["margin"] - s + n) ** 2 / lam for n in d]) - math.log(len(d))) for s in t)


def smooth_ap(p, scores, labels):
    t, d = sides(scores, labels)

    def precision(i):
        above = [sigmoid((s - t[i]) / p["temperature"]) for j, s in enumerate(t) if j != i]
        decoys = [sigmoid((s - t[i]) / p["temperature"]) for s in d]
        return (1 + sum(above)) / (1 + sum(above) + sum(decoys))

    return 1 - mean(precision(i) for i in range(len(t)))


def top_push(p, scores, labels):
    t, d = sides(scores, labels)
    top = max(d, key=real)
    return mean(relu(p["margin"] + top - s) ** 2 for s in t)


# ---- losses of lists: each column is one ----


def columns(matrix):
    return list(zip(*matrix))


def list_net(p, scores, relevance):
    def one(s, r):
        return sum(-exp(x - logsumexp(r)) * (z - logsumexp(s)) for z, x in zip(s, r))

    return mean(one(s, r) for s, r in zip(columns(scores), columns(relevance)))


def list_mle(p, scores, relevance):
    def one(s, r):
        order = sorted(range(len(s)), key=lambda i: -r[i])  # stable: of equal relevance the first row first
        return sum(logsumexp([s[j] for j in order[k:]]) - s[order[k]] for k in range(len(s)))

    return mean(one(s, r) for s, r in zip(columns(scores), columns(relevance)))


def approx_ndcg(p, scores, relevance):
    def one(s, r):
        best = sum((2 ** x - 1) / math.log2(2 + k) for k, x in enumerate(sorted(r, reverse=True)))
        if best == 0:
            return 0
        got = 0
        for i, x in enumerate(r):
            rank = 1 + sum(sigmoid(p["alpha"] * (s[j] - s[i])) for j in range(len(s)) if j != i)
            got += (2 ** x - 1) / (log(1 + rank) / math.log(2))
        return 1 - got / best

    return mean(one(s, r) for s, r in zip(columns(scores), columns(relevance)))


# ---- cases ----


def at(f, params, inputs, name, place, step):
    """f with `step` added to one element of one input."""
    moved = []
    for key, value in inputs.items():
        if key == name:
            value = [list(row) if isinstance(row, list) else row for row in value]
            if len(place) == 2:
                value[place[0]][place[1]] += step
            else:
                value[place[0]] += step
        moved.append(value)
    return f(params, *moved)


def case(f, params, inputs, wanted):
    grads = {}
    h = 1e-30
    for name in wanted:
        value = inputs[name]
        if isinstance(value[0], list):
            grads[name] = [[complex(at(f, params, inputs, name, (i, j), 1j * h)).imag / h for j in range(len(row))]
                           for i, row in enumerate(value)]
        else:
            grads[name] = [complex(at(f, params, inputs, name, (i,), 1j * h)).imag / h for i in range(len(value))]
    return {"loss": f.__name__, "params": params, "inputs": inputs, "value": real(f(params, *inputs.values())), "grads": grads}


def normal(rows, cols=None, scale=1.0):
    if cols is None:
        return [rng.gauss(0, scale) for _ in range(rows)]
    return [[rng.gauss(0, scale) for _ in range(cols)] for _ in range(rows)]


def scored(n, scale=1.0, signs=False):
    labels = [1, -1 if signs else 0] + [rng.choice([1, -1 if signs else 0]) for _ in range(n - 2)]
    return {"scores": normal(n, scale=scale), "labels": labels}


def main():
    cases = []
    for f in (crammer_singer, weston_watkins):
        for margin, k in ((1, 4), (0.3, 9)):
            cases.append(case(f, {"margin": margin}, {"logits": normal(7, k), "labels": [1 + i % k for i in range(7)]}, ["logits"]))
    for f, margins in ((arcface, (0.5, 1.2)), (cosface, (0.35, 0.1))):
        for margin, scale in zip(margins, (4, 16)):
            features = normal(8, 5)
            weights = normal(4, 5)
            features[2] = [-x + 0.1 * rng.gauss(0, 1) for x in weights[2]]  # nearly opposite to its class
            features[3] = [x + 0.01 * rng.gauss(0, 1) for x in weights[3]]  # nearly along it
            cases.append(case(f, {"margin": margin, "scale": scale},
                              {"features": features, "weights": weights, "labels": [1 + i % 4 for i in range(8)]},
                              ["features", "weights"]))
    cases.append(case(focal, {"alpha": 0.25, "gamma": 2}, scored(9), ["scores"]))
    cases.append(case(focal, {"alpha": 0.6, "gamma": 0.5}, scored(9, 6, True), ["scores"]))
    for margin in (1, 0.2):
        cases.append(case(aucm, {"margin": margin}, scored(9), ["scores"]))
        cases.append(case(aucm_minmax, {"margin": margin, "alpha_gradient": "true"},
                          dict(scored(8), auxiliary=[0.3, -0.2, 0.7]), ["scores", "auxiliary"]))
    reversed_case = case(aucm_minmax, {"margin": 1, "alpha_gradient": "reversed"},
                         dict(scored(8), auxiliary=[0.3, -0.2, 0.7]), ["scores", "auxiliary"])
    reversed_case["grads"]["auxiliary"][2] *= -1
    cases.append(reversed_case)
    for beta in (0.1, 0.37, 1):
        cases.append(case(pauc_cvar, {"beta": beta, "margin": 1}, scored(15), ["scores"]))
    for lam in (1, 0.1):
        cases.append(case(pauc_kl, {"lambda": lam, "margin": 1}, scored(12), ["scores"]))
    for temperature in (0.01, 0.5):
        cases.append(case(smooth_ap, {"temperature": temperature}, scored(12, 0.2), ["scores"]))
    for margin in (1, 0.25):
        cases.append(case(top_push, {"margin": margin}, scored(11, signs=True), ["scores"]))
    for lists in (1, 3):
        grades = [[rng.randrange(4) for _ in range(lists)] for _ in range(8)]
        for f, params in ((list_net, {}), (list_mle, {}), (approx_ndcg, {"alpha": 10}), (approx_ndcg, {"alpha": 1.5})):
            cases.append(case(f, params, {"scores": normal(8, lists), "relevance": grades}, ["scores"]))
    print("[" + ",\n".join(json.dumps(c) for c in cases) + "]")


main()
