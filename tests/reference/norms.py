"""The recorded figures of norms.json: gradient_penalty with norms of any p.

In decimal arithmetic of 80 digits, from the definition alone: norms by logarithms, gradients as quotients of differences over a
step of 1e-30 on either side. Where several elements of a row are the largest, the norm of p = inf has no derivative; the stated
convention, an equal share for each, is written down.
Run: python3 tests/reference/norms.py > tests/reference/norms.json
"""
import decimal
import json
from decimal import Decimal

decimal.getcontext().prec = 80
STEP = Decimal(10) ** -30


def power(x, p):
    return (p * x.ln()).exp() if x else Decimal(0)


def norm(row, p):
    if p == "inf":
        return max(abs(x) for x in row)
    return power(sum(power(abs(x), Decimal(p)) for x in row), 1 / Decimal(p))


def cost(n, params):
    over = n - Decimal(params["K"])
    return max(over, Decimal(0)) ** 2 if params["sides"] == "one" else over ** 2


def slope(row, j, params):
    largest = max(abs(x) for x in row)
    tied = [abs(x) == largest for x in row]
    if largest == 0:
        return Decimal(0)
    if params["p"] == "inf" and sum(tied) > 1:
        step, shares = STEP * largest, Decimal(int(tied[j])).copy_sign(row[j]) / sum(tied)
        return shares * (cost(largest + step, params) - cost(largest - step, params)) / (2 * step)
    step = STEP * (abs(row[j]) or largest)
    up, down = list(row), list(row)
    up[j], down[j] = row[j] + step, row[j] - step
    return (cost(norm(up, params["p"]), params) - cost(norm(down, params["p"]), params)) / (2 * step)


def case(rows, **params):
    exact = [[Decimal(x) for x in row] for row in rows]
    value = sum(cost(norm(row, params["p"]), params) for row in exact) / len(rows)
    grads = [[float(slope(row, j, params) / len(rows)) for j in range(len(row))] for row in exact]
    return {"loss": "gradient_penalty", "params": params, "inputs": {"gradient": rows}, "value": float(value),
            "grads": {"gradient": grads}}


GENERAL = [[0.5, -0.25, 1.5, 0.125], [-1.25, 0.75, 0.0625, 2], [0.1875, -0.375, 0.25, -0.0625], [3, 1, -2.5, 0.875]]
ZEROS = [[0, 0, 0], [0, -2, 0], [0.5, 0, -0.75]]
TIES = [[1.5, -1.5, 0.25], [0.5, 0.5, -0.5], [-2, 1, 1], [0, 0, 0]]
cases = []
for p in (1, 1.5, 2, 2.5, 3, 10, 1000, "inf"):
    for sides in ("two", "one"):
        cases.append(case(GENERAL, K=1, p=p, sides=sides))
    cases.append(case(TIES, K=0.75, p=p, sides="two"))
for p in (1, 1.5, 2, 3, "inf"):
    cases.append(case(ZEROS, K=1, p=p, sides="two"))
print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")
