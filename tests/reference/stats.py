"""The recorded figures of stats.json: the distributions of ll.stats over their whole domain, and its tests and intervals.

The tests, intervals and quantiles of data are SciPy's and NumPy's. The distributions are computed here in as many digits as the
parameters need, since SciPy 1.10 is wrong, up to having no digit right, for many of the largest and smallest parameters; the two
are compared, and where they differ is told on standard error. Its quantiles of t are right to 1e-10 only, so those in intervals
are from here, too.

With t = e^u / (1 + e^u) the beta distribution's density is e^h du, h = -a ln(1 + e^-u) - b ln(1 + e^u), which is concave and
analytic for any a and b: it is integrated by Gauss-Legendre on both sides of the point, in panels that grow away from where h
bends, and the integrals are divided by their sum, so that no Gamma function is needed. Student's t and the binomial follow.
inf stands as a string, since JSON has no word for it.
Run: /usr/bin/python3 tests/reference/stats.py > tests/reference/stats.json   (python3-scipy, python3-mpmath; some minutes)
"""
import functools
import json
import math
import multiprocessing
import random
import sys

import numpy as np
import scipy.special
import scipy.stats
from mpmath import mp, mpf

rules = {}


def legendre(n=24):
    """Nodes and weights, at the precision of the moment."""
    if (n, mp.prec) not in rules:
        rule = []
        for i in range(n):
            z = mp.cos(mp.pi * (i + mpf(3) / 4) / (n + mpf(1) / 2))
            while True:
                before, p = mpf(1), z
                for k in range(2, n + 1):
                    before, p = p, ((2 * k - 1) * z * p - (k - 1) * before) / k
                slope = n * (z * p - before) / (z * z - 1)
                z -= p / slope
                if abs(p / slope) < mpf(2) ** (6 - mp.prec):
                    break
            rule.append((z, 2 / ((1 - z * z) * slope * slope)))
        rules[n, mp.prec] = rule
    return rules[n, mp.prec]


def log_density(a, b, u):
    return -a * mp.log1p(mp.exp(-u)) - b * mp.log1p(mp.exp(u))


def left(a, b, end, most):
    """The integral of e^(h - most) below end; below `far` h is a straight line."""
    far = -(100 + mp.log1p(b))
    if end <= far:
        return mp.exp(log_density(a, b, end) - most) / a
    mode = mp.log(a / b)
    deviation = min(mp.sqrt((a + b) / (a * b)), 1)
    slope = abs(a / (1 + mp.exp(end)) - b / (1 + mp.exp(-end)))
    points = {end, far}
    for centre, width in ((end, min(deviation, 1 / slope if slope else 1)), (mode, deviation), (mpf(0), 2), (-mp.log1p(b), 2),
                          (mp.log1p(a), 2)):
        points.add(centre)
        width = mpf(width) / 2
        while width < 2 * abs(far) + abs(end) + abs(centre):
            points |= {centre - width, centre + width}
            width *= 2
    points = sorted(p for p in points if far <= p <= end)
    least = (log_density(a, b, end) if end < mode else most) - most - 90
    total = mp.exp(log_density(a, b, far) - most) / a
    for low, high in zip(points[:-1], points[1:]):
        if max(log_density(a, b, p) - most for p in (low, high)) < least and not low < mode < high:
            continue
        half, middle = (high - low) / 2, (high + low) / 2
        total += half * sum(w * mp.exp(log_density(a, b, middle + half * z) - most) for z, w in legendre())
    return total


def beta(a, b, logit):
    """I_x(a, b), 1 - I_x(a, b), and x^a y^b / B(a, b); logit(): ln(x / y)."""
    mp.dps = 32 + max(0, *(int(math.log10(v)) for v in (a, b)))
    a, b, at = mpf(a), mpf(b), logit()
    most = log_density(a, b, mp.log(a / b))
    below, above = left(a, b, at, most), left(b, a, -at, most)
    return below / (below + above), above / (below + above), mp.exp(log_density(a, b, at) - most) / (below + above)


def of_share(x, y):
    """ln(x / y) of the smaller of the two, which is exact."""
    return lambda: mp.log(mpf(x)) - mp.log1p(-mpf(x)) if x <= y else mp.log1p(-mpf(y)) - mp.log(mpf(y))


def student(log_t, df):
    """P(T > t), P(0 < T < t), t times the density."""
    outside, inside, front = beta(df / 2, 0.5, lambda: mp.log(mpf(df)) - 2 * mpf(log_t))
    return outside / 2, inside / 2, front


def log_of(t):
    mp.dps = 60
    return mp.log(mpf(t))


def quantile(p, df):
    """By Newton's method for ln mass over ln t, kept within a bracket."""
    tail = mpf(min(p, 1 - p)) if p < 0.5 else 1 - mpf(p)
    outside = tail < 0.25
    mass = tail if outside else abs(mpf(p) - mpf("0.5"))
    low, high = mpf(-800), mpf(710)
    guess = abs(scipy.stats.t.ppf(p, df))
    v = mp.log(mpf(guess)) if 0 < guess < math.inf else mpf(0)
    for _ in range(200):
        masses = student(v, df)
        got = masses[0] if outside else masses[1]
        step = (1 if outside else -1) * mp.log(got / mass) * got / masses[2]
        if step > 0:
            low = v
        else:
            high = v
        if abs(step) < mpf(10) ** -9:  # so that the next error is about 1e-18
            break
        v = v + step if low < v + step < high else (low + high) / 2
        if low > 709.8:
            return math.copysign(math.inf, p - 0.5)
    mp.dps = 60
    return math.copysign(float(mp.exp(v + step)), p - 0.5)


def normal_quantile(p):
    mp.dps = 60
    if p == 0.5:
        return 0.0
    z = mpf(float(scipy.special.ndtri(p)))
    for _ in range(60):
        step = (mp.ncdf(z) - mpf(p)) / mp.npdf(z)
        z -= step
        if abs(step) < abs(z) * mpf(10) ** -30:
            break
    return float(z)


def evaluate(case):
    """[name, arguments] to the case with its value, or None where it is neither normal nor 0 in double; and SciPy's value."""
    name, given = case
    if name == "normal_cdf":
        mp.dps = 60
        value, other = mp.ncdf(mpf(given[0])), scipy.special.ndtr(given[0])
    elif name == "normal_quantile":
        value, other = normal_quantile(*given), scipy.special.ndtri(given[0])
    elif name == "t_quantile":
        p, df = given
        value, other = normal_quantile(p) if df == math.inf else quantile(p, df), scipy.stats.t.ppf(p, df)
    elif name in ("t_cdf", "t_two_sided"):
        t, df = given
        if df == math.inf:
            mp.dps = 60
            outside, inside = mp.ncdf(-abs(mpf(t))), 0
        else:
            outside, inside, _ = student(log_of(abs(t)), df)
        value = 2 * outside if name == "t_two_sided" else outside if t < 0 else 1 - outside
        other = 2 * scipy.stats.t.cdf(-abs(t), df) if name == "t_two_sided" else scipy.stats.t.cdf(t, df)
    elif name == "binomial_cdf":
        k, n, p = given
        value, other = beta(n - k, k + 1, of_share(1 - p, p))[0], scipy.stats.binom.cdf(k, n, p)
    else:
        x, a, b, y = given
        value, other = beta(a, b, of_share(x, y))[0], scipy.special.betainc(a, b, x)
    if 0 < abs(value) < 1e-300:
        if name.endswith("quantile") or abs(value) > 1e-340:
            return None
        value = 0
    return {"statistic": name, "arguments": given, "value": float(value)}, float(other)


def questions():
    r = random.Random(5)
    asked = [("normal_cdf", [z]) for z in (-1e300, -40.0, -37.0, -30.5, 1e-300, -1e-300, 0.0, -1e-9, 1.0, 8.3, 40.0, 1e300)]
    asked += [("normal_cdf", [round(r.uniform(-37, 8), 3)]) for _ in range(60)]
    tails = [5e-324, 1e-310, 1e-300, 1e-100, 1e-20, 1e-10, 1e-5, 0.01, 0.2, 0.3, 0.45, 0.5 - 2.0 ** -40, 0.5 - 2.0 ** -54, 0.5,
             0.75, 0.975, 1 - 1e-10, 1 - 2.0 ** -53]
    asked += [("normal_quantile", [p]) for p in tails + [round(r.random(), 4) for _ in range(20)]]
    for df in (0.001, 0.5, 1.0, 3.3, 30.0, 1e6, 1e18, math.inf):
        asked += [("t_quantile", [p, df]) for p in tails[2::2]]
    names = ("t_cdf", "t_two_sided")
    for i, df in enumerate((1e-300, 1e-10, 1e-3, 0.3, 1.0, 7.5, 1e4, 1e8, 1e15, 1e19, math.inf)):
        for k, t in enumerate((1e-300, 1e-160, 1e-9, 0.1, 2.0, 30.0, 1e150, 1e300)):
            asked.append((names[(i + k) % 2], [-t if (i + k) % 3 else t, df]))
    for n in (1, 2, 10, 1000, 10 ** 6, 10 ** 12, 2 * 10 ** 15, 2 ** 53):
        for p in (1e-300, 1e-15, 1e-5, 0.3, 0.5, 1 - 2.0 ** -53):
            k = min(n - 1, max(0, math.floor(n * p + r.uniform(-10, 4) * math.sqrt(n * p * (1 - p)))))
            asked.append(("binomial_cdf", [k, n, p]))
    sizes = (1e-300, 1e-20, 1e-4, 0.5, 1.0, 20.0, 2999.0, 3001.0, 1e5, 1e10, 1e15, 1e100)
    for a in sizes:
        for b in sizes:
            mean, rest, n = a / (a + b), b / (a + b), a + b + 1
            kind = r.choice((0, 0, 1, 2, 3))
            z = r.uniform(-9, 9) * math.sqrt(mean / n * rest) if kind == 0 else 0
            x, y = mean + z, rest - z
            if kind == 1:
                x = 10 ** r.uniform(-299, 0)
                y = 1 - x
            if kind == 2:
                y = 10 ** r.uniform(-299, 0)
                x = 1 - y
            if kind == 3:  # where the gamma distribution takes over
                few = 10 ** r.uniform(-2, 1.5)
                x, y = (min(0.5, few / b), 0) if a < b else (0, min(0.5, few / a))
                x, y = (x, 1 - x) if a < b else (1 - y, y)
            if 0 < x <= 1 and 0 < y <= 1:
                asked.append(("beta_inc", [x, a, b, y] if r.random() < 0.5 else [y, b, a, x]))
    return asked


@functools.lru_cache(None)
def half_width(level, df):
    ours, scipys = -quantile((1 - level) / 2, df), -scipy.stats.t.ppf((1 - level) / 2, df)
    assert abs(scipys / ours - 1) < 1e-8
    return ours


def of_t(d, factor, level):
    n, m, s = len(d), float(np.mean(d)), float(np.std(d, ddof=1))
    se = s * math.sqrt(factor)
    half = half_width(level, n - 1) * se
    return {"n": n, "difference": m, "sd": s, "se": se, "df": n - 1, "t": m / se,
            "p": float(2 * scipy.special.stdtr(n - 1, -abs(m / se))), "low": m - half, "high": m + half, "level": level}


def holm(ps):
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    out, most = [0.0] * len(ps), 0.0
    for rank, i in enumerate(order):
        most = max(most, min(1.0, (len(ps) - rank) * ps[i]))
        out[i] = most
    return out


def tests():
    r = random.Random(6)
    out = []

    def add(name, arguments, value):
        out.append({"statistic": name, "arguments": arguments, "value": value})

    for n in (1, 2, 3, 8, 25):
        xs = [round(r.gauss(1, 1), 3) for _ in range(n)]
        add("mean", [xs], float(np.mean(xs)))
        add("median", [xs], float(np.median(xs)))
        for p in (0.0, 5e-324, 0.01, 0.25, 0.625, 1 - 2.0 ** -53, 1.0):
            add("quantile", [xs, p], float(np.quantile(xs, p)))
        if n > 1:
            add("sd", [xs], float(np.std(xs, ddof=1)))
            for level in (0.01, 0.5, 0.95, 0.999999):
                m, half = float(np.mean(xs)), half_width(level, n - 1) * float(scipy.stats.sem(xs))
                add("mean_ci", [xs, {"level": level}], {"n": n, "mean": m, "low": m - half, "high": m + half})
    for n in (2, 3, 5, 10, 30):
        for shift in (0.05, 0.5, 30):
            a = [round(r.gauss(shift, 1), 3) for _ in range(n)]
            b = [round(r.gauss(0, 1), 3) for _ in range(n)]
            d, level = [p - q for p, q in zip(a, b)], r.choice((0.5, 0.9, 0.95, 0.99))
            scipys = scipy.stats.ttest_rel(a, b)
            ours = of_t(d, 1 / n, level)
            assert abs(scipys.pvalue / ours["p"] - 1) < 1e-9 and abs(scipys.statistic / ours["t"] - 1) < 1e-9
            add("paired_t", [a, b, {"level": level}], ours)
            add("corrected_t", [a, b, {"level": level, "ratio": 0.25}], of_t(d, 1 / n + 0.25, level))
            wins, losses = sum(x > 0 for x in d), sum(x < 0 for x in d)
            add("signs", [a, b], {"wins": wins, "losses": losses, "ties": n - wins - losses,
                                  "p": float(scipy.stats.binomtest(wins, wins + losses, 0.5).pvalue)})
    for n in (1, 2, 5, 9, 20, 35, 49, 50):  # exact: no ties, no zeros
        d = [(i + 1) * (1 if r.random() < r.choice((0.2, 0.5, 0.7)) else -1) for i in range(n)]
        plus = sum(i + 1 for i in range(n) if d[i] > 0)
        add("signed_rank", [d, [0] * n], {"n": n, "zeros": 0, "w": plus, "p": float(scipy.stats.wilcoxon(d, mode="exact").pvalue)})
    for n in (60, 100, 250):  # normal: with ties and zeros, and without
        for spread in (3, 10 ** 6):
            for chance in (0.5, 0.6):
                d = [r.randint(0, spread) * (1 if r.random() < chance else -1) for i in range(n)]
                left_over = [x for x in d if x]
                if len(left_over) <= 50:
                    continue
                ranks = scipy.stats.rankdata([abs(x) for x in left_over])
                p = scipy.stats.wilcoxon(d, mode="approx", correction=True, zero_method="wilcox").pvalue
                add("signed_rank", [d, [0] * n], {"n": len(left_over), "zeros": n - len(left_over), "p": float(p),
                                                  "w": float(sum(k for k, x in zip(ranks, left_over) if x > 0))})
    for wins, n in ((0, 1), (0, 100), (30, 100), (49, 100), (50, 100), (7, 20)):
        a = [1] * wins + [-1] * (n - wins)
        add("signs", [a, [0] * n], {"wins": wins, "losses": n - wins, "ties": 0, "p": float(scipy.stats.binomtest(wins, n).pvalue)})
    for m in (1, 2, 7, 40):
        ps = [round(10 ** r.uniform(-6, 0), 8) for _ in range(m)] + ([0, 1, 0.01, 0.01] if m > 2 else [])
        add("holm", [ps], holm(ps))
    return out


def range_tail(q, k):
    """P(the range of k normals > q) in 40 digits, by the trapezoidal rule, which is exact to them for such functions."""
    mp.dps = 50 if q < 15 else 150  # a tail of 1e-69 is the difference of two numbers near 1
    q, h = mpf(q), mpf(1) / 16
    total = mpf(0)
    z = mpf(-18)
    while z <= q + 18:
        both = mp.ncdf(z)
        total += mp.npdf(z) * (both ** (k - 1) - (both - mp.ncdf(z - q)) ** (k - 1))
        z += h
    return k * h * total


def range_quantile(p, k):
    tail = 1 - mpf(p)
    low, high = mpf(0), mpf(20)
    for _ in range(70):
        middle = (low + high) / 2
        if range_tail(middle, k) > tail:
            low = middle
        else:
            high = middle
    return low


def noncentral_t(t, df, delta):
    """P(T <= t): Phi over the density of s = sqrt(chi^2 / df), with s = e^u."""
    mp.dps = 40
    t, df, delta = mpf(t), mpf(df), mpf(delta)
    h = min(mpf(1) / 64, 1 / (8 * mp.sqrt(2 * df))) / max(1, abs(t) / 8)
    mass = below = mpf(0)
    u = -max(14 / mp.sqrt(2 * df), 60 / df)
    while u < 14 / mp.sqrt(2 * df) and u < 3:
        density = mp.exp(df * (u - (mp.exp(2 * u) - 1) / 2))
        mass += density
        below += density * mp.ncdf(t * mp.exp(u) - delta)
        u += h
    return below / mass


def power(effect, n, ratio, level):
    if n == math.inf:
        away, z = effect / math.sqrt(ratio) if ratio else math.inf, scipy.stats.norm.isf((1 - level) / 2)
        return float(scipy.stats.norm.cdf(away - z) + scipy.stats.norm.cdf(-away - z))
    away, t = effect / math.sqrt(1 / n + ratio), -quantile((1 - level) / 2, n - 1)
    return float(1 - noncentral_t(t, n - 1, away) + noncentral_t(-t, n - 1, away))


def friedman(scores):
    n, k = len(scores), len(scores[0])
    ranks = np.array([scipy.stats.rankdata([-x for x in row]) for row in scores])
    chi2 = scipy.stats.friedmanchisquare(*np.array(scores).T)
    f = (n - 1) * chi2.statistic / (n * (k - 1) - chi2.statistic)
    bare = 12 * n / (k * (k + 1)) * (sum(ranks.mean(axis=0) ** 2) - k * (k + 1) ** 2 / 4)
    bare_f = (n - 1) * bare / (n * (k - 1) - bare)
    df1, df2 = k - 1, (k - 1) * (n - 1)
    return {"n": n, "k": k, "ranks": list(ranks.mean(axis=0)), "chi2": float(chi2.statistic), "chi2_p": float(chi2.pvalue),
            "f": float(f), "df1": df1, "df2": df2, "p": float(scipy.special.fdtrc(df1, df2, f)),
            "plain": {"chi2": float(bare), "f": float(bare_f), "p": float(scipy.special.fdtrc(df1, df2, bare_f))}}


def pairwise(scores):
    rows = []
    values = np.array(scores)
    for a in range(values.shape[1]):
        for b in range(a + 1, values.shape[1]):
            d = values[:, a] - values[:, b]
            ranks = scipy.stats.rankdata(np.abs(d))
            w, all_ranks = float(ranks[d > 0].sum()), float(ranks.sum())
            rows.append({"a": a + 1, "b": b + 1, "n": len(d), "wins": int((d > 0).sum()), "losses": int((d < 0).sum()), "ties": 0,
                         "median": float(np.median(d)), "w": w, "p": float(scipy.stats.wilcoxon(d, mode="exact").pvalue),
                         "effect": (2 * w - all_ranks) / all_ranks})
    for row, p in zip(rows, holm([row["p"] for row in rows])):
        row["holm"] = p
    return rows


def rank_differences(ranks, n, control=None):
    k = len(ranks)
    se, rows = math.sqrt(k * (k + 1) / (6 * n)), []
    for a in range(k) if control is None else [control - 1]:
        for b in range(0 if control else a + 1, k):
            if a != b:
                z = (ranks[a] - ranks[b]) / se
                row = {"a": a + 1, "b": b + 1, "difference": ranks[a] - ranks[b], "z": z, "p": 2 * float(scipy.special.ndtr(-abs(z)))}
                if control is None:
                    row["nemenyi"] = float(range_tail(abs(z) * math.sqrt(2), k))
                rows.append(row)
    for row, p in zip(rows, holm([row["p"] for row in rows])):
        row["holm"] = p
    return rows


def signed_rank_means(d, rope, prior):
    """The exact posterior means of the Bayesian signed-rank test, by all pairs."""
    z, alpha = [0.0] + d, [prior] + [1.0] * len(d)
    total, below, above = sum(alpha), 0.0, 0.0
    for i, x in enumerate(z):
        for j, y in enumerate(z):
            weight = alpha[i] * (alpha[j] + (i == j)) / (total * (total + 1))
            below += weight * (x + y < -2 * rope) + weight / 2 * (x + y == -2 * rope)
            above += weight * (x + y > 2 * rope) + weight / 2 * (x + y == 2 * rope)
    return {"below": below, "within": 1 - below - above if rope else 0.0, "above": above}


def several():
    """Tests over several data sets, effect sizes, Bayesian tests, power."""
    r = random.Random(7)
    out = []

    def add(name, arguments, value):
        out.append({"statistic": name, "arguments": arguments, "value": value})

    for x, df in ((0.1, 1), (3.84, 1), (9.28, 3), (700.0, 500), (1500.0, 2), (40.0, 1001)):
        mp.dps = 40
        add("chi_square_tail", [x, df], float(mp.gammainc(mpf(df) / 2, mpf(x) / 2, mp.inf, regularized=True)))
    for f, df1, df2 in ((3.69, 3.0, 39.0), (0.2, 1.0, 1.0), (50.0, 0.5, 30.0), (1e-3, 7.0, 2.5)):
        mp.dps = 40
        add("f_tail", [f, df1, df2], float(mp.betainc(mpf(df2) / 2, mpf(df1) / 2, 0, df2 / (df2 + mpf(df1) * mpf(f)), regularized=True)))
    for q, k in ((0.01, 2), (3.5, 4), (12.0, 10), (2.0, 100), (25.0, 3)):
        add("range_tail", [q, k], float(range_tail(q, k)))
    for p, k in ((0.95, 2), (0.9, 5), (0.99, 20)):
        add("range_quantile", [p, k], float(range_quantile(p, k)))
    for t, df, delta in ((2.0, 3.0, 1.0), (-1.0, 10.5, 0.3), (12.0, 40.0, 11.0), (0.5, 1.0, -2.0)):
        add("noncentral_t_cdf", [t, df, delta], float(noncentral_t(t, df, delta)))
    for k, n, level in ((2, 5, 0.95), (4, 14, 0.9), (6, 30, 0.99)):
        root = math.sqrt(k * (k + 1) / (6 * n))
        add("nemenyi", [k, n, {"level": level}], float(range_quantile(level, k)) / math.sqrt(2) * root)
        add("bonferroni_dunn", [k, n, {"level": level}], -normal_quantile((1 - level) / 2 / (k - 1)) * root)
    for n, k, digits in ((2, 3, 3), (8, 4, 1), (14, 5, 2), (40, 3, 1)):
        scores = [[round(r.gauss(0.1 * j, 1), digits) for j in range(k)] for _ in range(n)]
        value = friedman(scores)
        add("friedman", [scores], value)
        add("rank_differences", [value["ranks"], n], rank_differences(value["ranks"], n))
        add("rank_differences", [value["ranks"], n, {"control": 2}], rank_differences(value["ranks"], n, 2))
    for n, k in ((5, 2), (14, 4)):
        scores = [[r.gauss(0.3 * j, 1) for j in range(k)] for _ in range(n)]
        add("pairwise", [scores], pairwise(scores))
    for m in (1, 3, 12):
        ps = [round(10 ** r.uniform(-4, 0), 6) for _ in range(m)] + ([0.01, 0.01, 1, 0] if m > 2 else [])
        order = sorted(range(len(ps)), key=lambda i: -ps[i])
        up, discovery, least, least_q = [0.0] * len(ps), [0.0] * len(ps), 1.0, 1.0
        for i, at in enumerate(order):
            least, least_q = min(least, (i + 1) * ps[at]), min(least_q, len(ps) / (len(ps) - i) * ps[at])
            up[at], discovery[at] = least, least_q
        add("hochberg", [ps], up)
        add("benjamini_hochberg", [ps], discovery)
        add("bonferroni", [ps], [min(1.0, len(ps) * p) for p in ps])
    for n in (2, 5, 12):
        a, b = [round(r.gauss(0.5, 1), 1) for _ in range(n)], [round(r.gauss(0, 1), 1) for _ in range(n)]
        d = [x - y for x, y in zip(a, b)]
        for paired in (False, True):
            sd = np.std(d, ddof=1) if paired else math.sqrt((np.var(a, ddof=1) + np.var(b, ddof=1)) / 2)
            value = float((np.mean(a) - np.mean(b)) / sd)
            add("cohens_d", [a, b, {"paired": paired}],
                {"d": value, "g": value * (1 - 3 / (4 * ((1 if paired else 2) * (n - 1)) - 1))})
        above, same = sum(x > y for x in a for y in b), sum(x == y for x in a for y in b)
        add("cliffs_delta", [a, b], {"a12": (above + same / 2) / n ** 2, "delta": (2 * above + same) / n ** 2 - 1})
        whole = [round(10 * x) for x in d]
        left = [x for x in whole if x]
        ranks = scipy.stats.rankdata([abs(x) for x in left])
        add("rank_biserial", [whole, [0] * n], float(sum(math.copysign(k, x) for k, x in zip(ranks, left)) / sum(ranks)))
        for rope in (0.0, 0.3):
            t = of_t(d, 1 / n + 0.25, 0.95)
            below = scipy.special.stdtr(n - 1, (-rope - t["difference"]) / t["se"])
            above = scipy.special.stdtr(n - 1, (t["difference"] - rope) / t["se"])
            add("bayes_correlated_t", [a, b, {"folds": 5, "rope": rope}],
                {"below": float(below), "above": float(above), "mean": t["difference"], "scale": t["se"], "df": n - 1})
            add("bayes_signed_rank", [whole, [0] * n, {"rope": 10 * rope, "prior": 0.7, "draws": 1}],
                {"mean": signed_rank_means([float(x) for x in whole], 10 * rope, 0.7)})
    for effect, n, folds in ((0.5, 34, None), (0.2, 20, None), (1.0, 15, 5), (0.8, 100, 10), (3.0, 2, 2)):
        ratio = 1 / (folds - 1) if folds else 0
        asked = {"difference": 3 * effect, "sd": 3}
        if folds:
            asked["folds"] = folds
        add("power", [{**asked, "n": n, "level": 0.9}], power(effect, n, ratio, 0.9))
        limit = power(effect, math.inf, ratio, 0.95)
        value, step = {"limit": limit}, folds or 1
        if limit >= 0.8:
            times = next(i for i in range(1, 10 ** 5) if i * step > 1 and power_quick(effect, i * step, ratio) >= 0.8)
            value.update(n=times * step, power=power(effect, times * step, ratio, 0.95))
        add("pairs_needed", [asked], value)
    return out


def power_quick(effect, n, ratio):
    away, t = effect / math.sqrt(1 / n + ratio), scipy.stats.t.isf(0.025, n - 1)
    return scipy.stats.nct.sf(t, n - 1, away) + scipy.stats.nct.cdf(-t, n - 1, away)


def plain(value):
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, str) or math.isfinite(value):
        return value
    return "inf" if value > 0 else "-inf"


def main():
    with multiprocessing.Pool() as pool:
        answers = [answer for answer in pool.imap(evaluate, questions()) if answer]
    off = {}
    for case, other in answers:
        want = case["value"]
        if not (want == other or abs(other - want) <= 1e-9 * abs(want)):
            off.setdefault(case["statistic"], []).append(case["arguments"])
    for name, places in off.items():
        print(f"SciPy differs by more than 1e-9 in {len(places)} cases of {name}, such as {places[0]}", file=sys.stderr)
    cases = [case for case, _ in answers] + tests() + several()
    print("[\n" + ",\n".join(json.dumps(plain(case)) for case in cases) + "\n]")


if __name__ == "__main__":
    main()
