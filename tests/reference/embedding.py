"""The recorded figures of embedding.json, from the formulas of the papers written out as plain loops over Python's complex numbers.

A gradient is a complex step, f(x + ih).imag / h with h = 1e-40: exact to the last digits, since nothing is subtracted. Comparisons
look at real parts; what a loss holds constant in its gradient is cut to its real part.
Run: python3 tests/reference/embedding.py > tests/reference/embedding.json
"""
import cmath
import json
import random

rng = random.Random(11)
log, exp, sqrt = cmath.log, cmath.exp, cmath.sqrt
H = 1e-40


def dot(a, b):
    return sum(p * q for p, q in zip(a, b))


def cosine(a, b):
    return dot(a, b) / (sqrt(dot(a, a)) * sqrt(dot(b, b)))


def square(a, b):
    return sum((p - q) ** 2 for p, q in zip(a, b))


def positive_part(x):
    return x if complex(x).real > 0 else 0 * x


def own(labels, i):
    return [j for j in range(len(labels)) if j != i and labels[j] == labels[i]]


def others(labels, i):
    return [j for j in range(len(labels)) if labels[j] != labels[i]]


def supervised_contrastive(embeddings, labels, temperature):
    total, usable, n = 0, 0, len(embeddings)
    for i in range(n):
        e = [exp(cosine(embeddings[i], x) / temperature) for x in embeddings]
        below = sum(e[k] for k in range(n) if k != i)
        positives = own(labels, i)
        if positives:
            usable += 1
            total -= sum(log(e[p] / below) for p in positives) / len(positives)
    return total / usable


def nt_xent(a, b, temperature):
    return supervised_contrastive(a + b, 2 * list(range(len(a))), temperature)


def n_pairs(anchor, positive, l2):
    n, total = len(anchor), 0
    for i in range(n):
        total += log(1 + sum(exp(dot(anchor[i], positive[j]) - dot(anchor[i], positive[i])) for j in range(n) if j != i))
        total += l2 * (dot(anchor[i], anchor[i]) + dot(positive[i], positive[i]))
    return total / n


def multi_similarity(embeddings, labels, alpha, beta, base, mining, epsilon):
    total = 0
    for i, x in enumerate(embeddings):
        s = [cosine(x, y) for y in embeddings]
        p, q = own(labels, i), others(labels, i)
        if mining:
            low, high = min(s[j].real for j in p), max(s[j].real for j in q)
            p, q = [j for j in p if s[j].real < high + epsilon], [j for j in q if s[j].real > low - epsilon]
        total += log(1 + sum(exp(-alpha * (s[j] - base)) for j in p)) / alpha
        total += log(1 + sum(exp(beta * (s[j] - base)) for j in q)) / beta
    return total / len(embeddings)


def circle(embeddings, labels, margin, gamma, alpha_gradient):
    def weight(x):
        return positive_part(x) if alpha_gradient == "full" else positive_part(x).real

    total = 0
    for i, x in enumerate(embeddings):
        s = [cosine(x, y) for y in embeddings]
        p = sum(exp(-gamma * weight(1 + margin - s[j]) * (s[j] - 1 + margin)) for j in own(labels, i))
        q = sum(exp(gamma * weight(s[j] + margin) * (s[j] - margin)) for j in others(labels, i))
        total += log(1 + p * q)
    return total / len(embeddings)


def lifted_structure(embeddings, labels, margin):
    def d(i, j):
        return sqrt(square(embeddings[i], embeddings[j]))

    total, pairs = 0, 0
    for i in range(len(embeddings)):
        for j in own(labels, i):
            if j > i:
                pairs += 1
                below = sum(exp(margin - d(i, k)) for k in others(labels, i))
                below += sum(exp(margin - d(j, k)) for k in others(labels, j))
                total += positive_part(log(below) + d(i, j)) ** 2
    return total / (2 * pairs)


def proxy_nca(embeddings, labels, proxies, scale, denominator):
    def unit(x):
        return [c / sqrt(dot(x, x)) for c in x]

    total = 0
    for x, y in zip(embeddings, labels):
        e = [exp(-scale * square(unit(x), unit(p))) for p in proxies]
        total -= log(e[y - 1] / sum(e[z] for z in range(len(proxies)) if denominator == "all" or z != y - 1))
    return total / len(embeddings)


def proxy_anchor(embeddings, labels, proxies, alpha, delta):
    pull, push = 0, 0
    for z, p in enumerate(proxies):
        s = [cosine(x, p) for x in embeddings]
        pull += log(1 + sum(exp(-alpha * (c - delta)) for c, y in zip(s, labels) if y == z + 1))
        push += log(1 + sum(exp(alpha * (c + delta)) for c, y in zip(s, labels) if y != z + 1))
    return pull / len(set(labels)) + push / len(proxies)


def triplet(anchor, positive, negative, distance, soft):
    assert soft
    total = 0
    for a, p, n in zip(anchor, positive, negative):
        near, far = square(a, p), square(a, n)
        total += log(1 + (exp(near - far) if distance == "squared" else exp(sqrt(near) - sqrt(far))))
    return total / len(anchor)


def matrix(n, d):
    return [[round(rng.gauss(0, 1), 4) for _ in range(d)] for _ in range(n)]


def batch(d):
    return {"embeddings": matrix(9, d), "labels": [1, 2, 3, 1, 2, 3] + [rng.randint(1, 3) for _ in range(3)]}


def with_proxies():
    return {**batch(3), "proxies": matrix(4, 3)}


def case(f, inputs, **params):
    value, grads = f(**inputs, **params), {}
    for name, rows in inputs.items():
        if name == "labels":
            continue
        grads[name] = [[0.0] * len(row) for row in rows]
        for i, row in enumerate(rows):
            for j, x in enumerate(row):
                row[j] = complex(x, H)
                grads[name][i][j] = f(**inputs, **params).imag / H
                row[j] = x
    return {"loss": f.__name__, "params": params, "inputs": inputs, "value": value.real, "grads": grads}


cases = []
for t in (0.5, 0.1):
    cases.append(case(nt_xent, {"a": matrix(6, 4), "b": matrix(6, 4)}, temperature=t))
    cases.append(case(supervised_contrastive, batch(4), temperature=t))
for weight in (0, 0.25):
    cases.append(case(n_pairs, {"anchor": matrix(6, 3), "positive": matrix(6, 3)}, l2=weight))
for mined in (True, False):
    cases.append(case(multi_similarity, batch(4), alpha=2, beta=50, base=0.5, mining=mined, epsilon=0.1))
    cases.append(case(multi_similarity, batch(4), alpha=2, beta=10, base=1, mining=mined, epsilon=0.1))
for how in ("stop", "full"):
    cases.append(case(circle, batch(4), margin=0.25, gamma=20, alpha_gradient=how))
    cases.append(case(circle, batch(4), margin=0.4, gamma=80, alpha_gradient=how))
for m in (1, 2.5):
    cases.append(case(lifted_structure, batch(4), margin=m))
cases.append(case(proxy_nca, with_proxies(), scale=3, denominator="negatives"))
cases.append(case(proxy_nca, with_proxies(), scale=1, denominator="all"))
for a in (32, 4):
    cases.append(case(proxy_anchor, with_proxies(), alpha=a, delta=0.1))
for kind in ("euclidean", "squared"):
    three = {"anchor": matrix(5, 3), "positive": matrix(5, 3), "negative": matrix(5, 3)}
    cases.append(case(triplet, three, distance=kind, soft=True))
print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
