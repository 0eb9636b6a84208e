"""The recorded figures of edges.json: losses where their definitions are easiest to get wrong.

Margins met exactly, rows at distance 0, ties, one target, one decoy, one row of a class, equal rows, angles of 0 and pi, two
classes, graded lists that are all alike. Written again from the papers on PyTorch's tensors, apart from beyond.py and embedding.py,
with gradients by its autograd; where a maximum is tied the first row's counts, so it is chosen by index.
Run: python3 tests/reference/edges.py > tests/reference/edges.json
"""
import json
import math

import torch

torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
F = torch.nn.functional


def first_largest(x):
    return max(range(len(x)), key=lambda i: (float(x[i]), -i))


def sides(scores, labels):
    positive = labels > 0
    return scores[positive], scores[~positive]


def crammer_singer(p, logits, labels):
    total = 0
    for z, y in zip(logits, labels.long() - 1):
        others = [j for j in range(len(z)) if j != y]
        total = total + F.relu(p["margin"] + z[others[first_largest(z[others])]] - z[y])
    return total / len(labels)


def weston_watkins(p, logits, labels):
    # PyTorch's own, which divides by the number of classes
    k = logits.shape[1]
    return k * F.multi_margin_loss(logits, labels.long() - 1, margin=p["margin"])


def angles(features, weights):
    return F.normalize(features) @ F.normalize(weights).T


def cosface(p, features, weights, labels):
    cosines = angles(features, weights)
    taken = p["margin"] * F.one_hot(labels.long() - 1, len(weights))
    return F.cross_entropy(p["scale"] * (cosines - taken), labels.long() - 1)


def focal(p, scores, labels):
    t = (labels > 0).double()
    log_p, log_q = F.logsigmoid(scores), F.logsigmoid(-scores)
    return -(p["alpha"] * t * log_q.exp() ** p["gamma"] * log_p
             + (1 - p["alpha"]) * (1 - t) * log_p.exp() ** p["gamma"] * log_q).mean()


def aucm(p, scores, labels):
    t, d = sides(scores, labels)
    return t.var(unbiased=False) + d.var(unbiased=False) + F.relu(p["margin"] - t.mean() + d.mean()) ** 2


def pauc_cvar(p, scores, labels):
    t, d = sides(scores, labels)
    tail = p["beta"] * len(d)
    # every target's worst decoys are those of the largest scores; of equal ones the first count first
    order = sorted(range(len(d)), key=lambda j: (-float(d[j]), j))
    total = 0
    for rank, j in enumerate(order):
        share = min(1.0, max(0.0, tail - rank))
        total = total + share * (F.relu(p["margin"] - t + d[j]) ** 2).sum()
    return total / (tail * len(t))


def pauc_kl(p, scores, labels):
    t, d = sides(scores, labels)
    h = F.relu(p["margin"] - (t[:, None] - d[None, :])) ** 2 / p["lambda"]
    return p["lambda"] * (torch.logsumexp(h, 1) - math.log(len(d))).mean()


def smooth_ap(p, scores, labels):
    g = torch.sigmoid((scores[None, :] - scores[:, None]) / p["temperature"]) * (1 - torch.eye(len(scores)))
    positive = labels > 0
    precision = (1 + g[:, positive].sum(1)) / (1 + g.sum(1))
    return 1 - precision[positive].mean()


def top_push(p, scores, labels):
    t, d = sides(scores, labels)
    return (F.relu(p["margin"] - t + d[first_largest(d)]) ** 2).mean()


def list_net(p, scores, relevance):
    return -(F.softmax(relevance, 0) * F.log_softmax(scores, 0)).sum(0).mean()


def list_mle(p, scores, relevance):
    total = 0
    for c in range(scores.shape[1]):
        s = scores[torch.sort(relevance[:, c], descending=True, stable=True).indices, c]
        total = total + (torch.logcumsumexp(s.flip(0), 0).flip(0) - s).sum()
    return total / scores.shape[1]


def approx_ndcg(p, scores, relevance):
    total = 0
    for c in range(scores.shape[1]):
        s, r = scores[:, c], relevance[:, c]
        places = 1 + (torch.sigmoid(p["alpha"] * (s[None, :] - s[:, None])) * (1 - torch.eye(len(s)))).sum(1)
        gains, ideal = 2 ** r - 1, torch.log2(torch.arange(len(s)) + 2.0)
        best = (torch.sort(gains, descending=True).values / ideal).sum()
        if best > 0:
            total = total + 1 - (gains / torch.log2(1 + places)).sum() / best
    return total / scores.shape[1] + 0 * scores.sum()


def cosines(embeddings):
    u = F.normalize(embeddings)
    return u @ u.T


def masks(labels):
    same = labels[:, None] == labels[None, :]
    return same & ~torch.eye(len(labels), dtype=torch.bool), ~same


def supervised_contrastive(p, embeddings, labels):
    own, _ = masks(labels)
    s = (cosines(embeddings) / p["temperature"]).masked_fill(torch.eye(len(labels), dtype=torch.bool), -torch.inf)
    log_p = s - torch.logsumexp(s, 1, keepdim=True)
    usable = own.any(1)
    return torch.stack([-log_p[i][own[i]].mean() for i in range(len(labels)) if usable[i]]).mean()


def nt_xent(p, a, b):
    n = len(a)
    s = (cosines(torch.cat([a, b])) / p["temperature"]).masked_fill(torch.eye(2 * n, dtype=torch.bool), -torch.inf)
    return F.cross_entropy(s, torch.cat([torch.arange(n) + n, torch.arange(n)]))


def n_pairs(p, anchor, positive):
    squares = (anchor ** 2).sum(1).mean() + (positive ** 2).sum(1).mean()
    return F.cross_entropy(anchor @ positive.T, torch.arange(len(anchor))) + p["l2"] * squares


def log_one_plus(x):
    return torch.logsumexp(torch.cat([x, torch.zeros(1)]), 0)


def multi_similarity(p, embeddings, labels):
    own, other = masks(labels)
    s, total = cosines(embeddings), 0
    for i in range(len(labels)):
        positives, negatives = s[i][own[i]], s[i][other[i]]
        if p["mining"]:
            if not len(positives) or not len(negatives):
                continue
            low, high = positives.detach().min(), negatives.detach().max()
            positives = positives[positives < high + p["epsilon"]]
            negatives = negatives[negatives > low - p["epsilon"]]
        total = total + log_one_plus(-p["alpha"] * (positives - p["base"])) / p["alpha"]
        total = total + log_one_plus(p["beta"] * (negatives - p["base"])) / p["beta"]
    return total / len(labels)


def circle(p, embeddings, labels):
    own, other = masks(labels)
    s, m, values = cosines(embeddings), p["margin"], []
    for i in range(len(labels)):
        sp, sn = s[i][own[i]], s[i][other[i]]
        if len(sp) and len(sn):
            ap, an = F.relu(1 + m - sp.detach()), F.relu(sn.detach() + m)
            values.append(F.softplus(torch.logsumexp(-p["gamma"] * ap * (sp - 1 + m), 0)
                                     + torch.logsumexp(p["gamma"] * an * (sn - m), 0)))
    return torch.stack(values).mean()


def lifted_structure(p, embeddings, labels):
    own, other = masks(labels)
    square = ((embeddings[:, None] - embeddings[None, :]) ** 2).sum(2)
    d = torch.where(square > 0, square, torch.ones(())).sqrt() * (square > 0)  # slope 0 at 0
    values = []
    for i in range(len(labels)):
        for j in range(i + 1, len(labels)):
            if own[i, j]:
                away = torch.cat([p["margin"] - d[i][other[i]], p["margin"] - d[j][other[j]]])
                values.append(F.relu(torch.logsumexp(away, 0) + d[i, j]) ** 2 / 2)
    return torch.stack(values).mean()


def proxy_nca(p, embeddings, labels, proxies):
    y = labels.long() - 1
    d = p["scale"] * ((F.normalize(embeddings)[:, None] - F.normalize(proxies)[None, :]) ** 2).sum(2)
    own = F.one_hot(y, len(proxies)).bool()
    rest = d if p["denominator"] == "all" else d.masked_fill(own, torch.inf)
    return (d[own] + torch.logsumexp(-rest, 1)).mean()


def proxy_anchor(p, embeddings, labels, proxies):
    y = labels.long() - 1
    s = F.normalize(embeddings) @ F.normalize(proxies).T
    own = F.one_hot(y, len(proxies)).bool()
    pull = sum(log_one_plus(-p["alpha"] * (s[own[:, c], c] - p["delta"])) for c in range(len(proxies)))
    push = sum(log_one_plus(p["alpha"] * (s[~own[:, c], c] + p["delta"])) for c in range(len(proxies)))
    return pull / int(own.any(0).sum()) + push / len(proxies)


# ---- at kinks: the slope of a hinge at its margin is 0, of a distance at 0, too --------------------------------------------------


def distance(a, b):
    square = ((a - b) ** 2).sum(-1)
    return torch.where(square > 0, square, torch.ones(())).sqrt() * (square > 0)


def margins(scores, labels):
    return torch.where(labels > 0, scores, -scores)


def hinge(p, scores, labels):
    return (F.relu(p["margin"] - margins(scores, labels)) ** p["p"]).mean()


def smooth_hinge(p, scores, labels):
    z, a = margins(scores, labels), p["alpha"]
    inside = z.clamp(0, 1)
    return torch.where(z <= 0, a / (a + 1) - z, inside ** (a + 1) / (a + 1) - inside + a / (a + 1)).mean()


def contrastive(p, a, b, labels):
    d, square, m = distance(a, b), ((a - b) ** 2).sum(1), p["margin"]
    if p["variant"] == "distance":
        return (labels * square + (1 - labels) * F.relu(m - d) ** 2).mean()
    return (labels * square + (1 - labels) * F.relu(m - square)).mean() / 2


def apart(p, a, b):
    return distance(a, b) if p["distance"] == "euclidean" else ((a - b) ** 2).sum(-1)


def triplet(p, anchor, positive, negative):
    return F.relu(apart(p, anchor, positive) - apart(p, anchor, negative) + p["margin"]).mean()


def improved_triplet(p, anchor, positive, negative):
    return apart(p, anchor, positive).mean() + triplet(p, anchor, positive, negative)


def quadruplet(p, anchor, positive, negative, negative2):
    def square(a, b):
        return ((a - b) ** 2).sum(1)

    near = square(anchor, positive)
    return (F.relu(near - square(anchor, negative) + p["margin1"])
            + F.relu(near - square(negative, negative2) + p["margin2"])).mean()


def batch_hard_triplet(p, embeddings, labels):
    own, other = masks(labels)
    d, values = distance(embeddings[:, None], embeddings[None, :]), []
    for i in range(len(labels)):
        if own[i].any() and other[i].any():
            far, near = d[i][own[i]], d[i][other[i]]
            x = far[first_largest(far)] - near[first_largest(-near)]
            values.append(F.softplus(x) if p["soft"] else F.relu(x + p["margin"]))
    return torch.stack(values).mean()


def margin_sample_mining(p, embeddings, labels):
    own, other = masks(labels)
    d = distance(embeddings[:, None], embeddings[None, :])
    upper = torch.ones_like(own).triu(1)
    far, near = d[own & upper], d[other & upper]
    return F.relu(far[first_largest(far)] - near[first_largest(-near)] + p["margin"])


def lmnn(p, embeddings, labels, targets):
    square, total = ((embeddings[:, None] - embeddings[None, :]) ** 2).sum(2), 0
    for i, row in enumerate(targets.long() - 1):
        for j in row:
            total = total + (1 - p["mu"]) * square[i, j]
            away = square[i][labels != labels[i]]
            total = total + p["mu"] * F.relu(p["margin"] + square[i, j] - away).sum()
    return total


def cml_metric(p, users, positives, negatives):
    each, total = len(negatives) // len(users), 0
    for i in range(len(users)):
        to = ((users[i] - negatives[i * each:(i + 1) * each]) ** 2).sum(1)
        hinges = F.relu(p["margin"] + ((users[i] - positives[i]) ** 2).sum() - to)
        weight = math.log(1 + (p["items"] or each) * int((hinges > 0).sum()) // each)
        total = total + weight * (hinges.sum() if p["negatives"] == "sum" else hinges[first_largest(hinges)])
    return total


# ---- cases -----------------------------------------------------------------------------------------------------------------


def case(f, params, wanted, **inputs):
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in inputs.items()}
    for name in wanted:
        tensors[name].requires_grad_()
    value = f(params, *tensors.values())
    value.backward()
    assert math.isfinite(value.item())
    grads = {name: tensors[name].grad.tolist() for name in wanted}
    return {"loss": f.__name__, "params": params, "inputs": inputs, "value": value.item(), "grads": grads}


def normal(n, d):
    return torch.randn(n, d).mul(1e4).round().div(1e4).tolist()


def main():
    cases = []
    # scores: ties across and within the sides, one target, one decoy, far apart
    boards = [
        ([0.5, 0.5, 0.25, 0.5, -1, 0.25], [1, 0, 1, 0, 0, 1]),
        ([0.1, 0.7, 0.7, -0.2, 0.3, 0.7], [1, 0, 0, 0, 0, 0]),
        ([0.4, 0.2, 0.2, 0.9, 0.1], [1, 1, 0, 1, 1]),
        ([0.3, -0.6], [0, 1]),
        ([8, -7, 6, -9, 7.5], [1, 0, 1, 0, 0]),
    ]
    for scores, labels in boards:
        board = dict(scores=scores, labels=labels)
        cases += [case(focal, {"alpha": 0.25, "gamma": g}, ["scores"], **board) for g in (0, 2)]
        cases += [case(aucm, {"margin": m}, ["scores"], **board) for m in (0, 1)]
        cases += [case(pauc_cvar, {"margin": 0.875, "beta": b}, ["scores"], **board) for b in (0.05, 0.3, 0.5, 1)]
        cases += [case(pauc_kl, {"margin": 1, "lambda": lam}, ["scores"], **board) for lam in (0.05, 5)]
        cases += [case(smooth_ap, {"temperature": t}, ["scores"], **board) for t in (0.2, 1)]
        cases += [case(top_push, {"margin": m}, ["scores"], **board) for m in (0.875, -0.125)]
    # lists: ties of scores and grades, nothing relevant, all alike, one row
    lists = [
        ([[0.5, 1], [0.5, 1], [-1, 1], [2, 1]], [[2, 0], [2, 3], [0, 3], [1, 0]]),
        ([[0.1, 0.3], [0.2, -0.3], [0.3, 0]], [[0, 1], [0, 1], [0, 1]]),
        ([[0.7]], [[2]]),
    ]
    for scores, relevance in lists:
        for f, params in ((list_net, {}), (list_mle, {}), (approx_ndcg, {"alpha": 10}), (approx_ndcg, {"alpha": 1})):
            cases.append(case(f, params, ["scores"], scores=scores, relevance=relevance))
    # classes: tied rivals, two classes
    logits = [[1, 2, 2, -1], [0.5, 0.5, 0.5, 0.5], [3, 0, 0, 1], [0.25, -2, 4, 4]]
    for margin in (1.125, 0.3):
        cases.append(case(crammer_singer, {"margin": margin}, ["logits"], logits=logits, labels=[1, 2, 1, 3]))
        cases.append(case(weston_watkins, {"margin": margin}, ["logits"], logits=logits, labels=[1, 2, 1, 3]))
        cases.append(case(crammer_singer, {"margin": margin}, ["logits"], logits=[[0.5, 0.2], [1, -1]], labels=[2, 1]))
        cases.append(case(weston_watkins, {"margin": margin}, ["logits"], logits=[[0.5, 0.2], [1, -1]], labels=[2, 1]))
    weights = [[1, 2, -1], [-2, 0.5, 1], [0.5, -1, 3]]
    features = [[2, 4, -2], [2, -0.5, -1], [1, 1, 1], [0.5, -1, 3]]  # along, against, between
    for scale in (1, 30):
        cases.append(case(cosface, {"scale": scale, "margin": 0.35}, ["features", "weights"], features=features, weights=weights,
                          labels=[1, 2, 3, 3]))
    # embeddings: equal rows of one class, and of two; a class of one row; two rows
    rows = normal(7, 3)
    rows[3] = rows[0]
    batches = [(rows, [1, 2, 2, 1, 3, 2, 1]), (normal(6, 2), [5, 5, 5, 5, 5, 9]), (normal(3, 4), [1, 1, 2])]
    for embeddings, labels in batches:
        batch = dict(embeddings=embeddings, labels=labels)
        wanted = ["embeddings"]
        cases += [case(supervised_contrastive, {"temperature": t}, wanted, **batch) for t in (0.07, 1)]
        for mining in (True, False):
            params = {"alpha": 2, "beta": 40, "base": 0.5, "mining": mining, "epsilon": 0.1}
            cases.append(case(multi_similarity, params, wanted, **batch))
        cases += [case(circle, {"margin": m, "gamma": g, "alpha_gradient": "stop"}, wanted, **batch) for m, g in ((0.4, 80), (0, 1))]
        cases += [case(lifted_structure, {"margin": m}, wanted, **batch) for m in (0, 1)]
    cases.append(case(nt_xent, {"temperature": 0.5}, ["a", "b"], a=[[1, 0.5], [1, 0.5]], b=[[-1, 2], [2, 1]]))
    cases.append(case(n_pairs, {"l2": 0.02}, ["anchor", "positive"], anchor=[[1, 0.5], [1, 0.5]], positive=[[-1, 2], [2, 1]]))
    cases.append(case(n_pairs, {"l2": 0}, ["anchor", "positive"], anchor=[[20, 0], [0, 30]], positive=[[-10, 2], [2, 10]]))
    both = dict(embeddings=normal(5, 3), proxies=normal(2, 3))
    for labels in ([1, 1, 1, 1, 1], [1, 2, 2, 1, 2]):
        for denominator in ("negatives", "all"):
            cases.append(case(proxy_nca, {"scale": 3, "denominator": denominator}, ["embeddings", "proxies"],
                              embeddings=both["embeddings"], labels=labels, proxies=both["proxies"]))
        cases.append(case(proxy_anchor, {"alpha": 32, "delta": 0.1}, ["embeddings", "proxies"], embeddings=both["embeddings"],
                          labels=labels, proxies=both["proxies"]))
    # margins met exactly, ties, rows at distance 0: small whole numbers, so that both sides see the same
    board = dict(scores=[1, 0, -1, 0.5, 2, -0.5, 1], labels=[1, 1, 1, 0, 0, 0, 0])
    cases += [case(hinge, {"margin": m, "p": power}, ["scores"], **board) for m in (1, 0) for power in (1, 2)]
    cases += [case(smooth_hinge, {"alpha": a, "tail": "linear"}, ["scores"], **board) for a in (1, 3)]
    pairs = dict(a=[[1, 2], [0, 0], [3, 0], [0, 1], [1, 1]], b=[[1, 2], [0, 0], [0, 4], [0, 2], [4, 5]], labels=[1, 0, 0, 0, 1])
    for variant in ("distance", "squared"):
        cases += [case(contrastive, {"variant": variant, "margin": m}, ["a", "b"], **pairs) for m in (1, 5)]
    four = dict(anchor=[[0, 0], [1, 1], [0, 0], [2, 0]], positive=[[3, 4], [1, 1], [1, 0], [2, 1]],
                negative=[[0, 4], [1, 2], [0, 2], [2, 0]], negative2=[[1, 4], [5, 2], [0, 3], [2, 2]])
    three = {name: four[name] for name in ("anchor", "positive", "negative")}
    for f in (triplet, improved_triplet):
        for how in ("euclidean", "squared"):
            cases += [case(f, {"margin": m, "distance": how, "soft": False}, list(three), **three) for m in (1, 0)]
    cases += [case(quadruplet, {"margin1": m, "margin2": 1}, list(four), **four) for m in (3, 0)]
    grid = dict(embeddings=[[0, 0], [1, 0], [0, 1], [1, 1], [2, 0], [0, 0], [3, 3]], labels=[1, 1, 2, 2, 1, 2, 3])
    for margin in (1, 0):
        cases.append(case(batch_hard_triplet, {"margin": margin, "soft": False}, ["embeddings"], **grid))
        cases.append(case(margin_sample_mining, {"margin": margin}, ["embeddings"], **grid))
        cases.append(case(lmnn, {"mu": 0.25, "margin": margin}, ["embeddings"], embeddings=grid["embeddings"][:6],
                          labels=grid["labels"][:6], targets=[[2, 5], [1, 5], [4, 6], [3, 6], [2, 1], [3, 4]]))
    cases.append(case(batch_hard_triplet, {"margin": 1, "soft": True}, ["embeddings"], **grid))
    catalogue = dict(users=[[0, 0], [1, 1]], positives=[[1, 0], [1, 1]],
                     negatives=[[1, 0], [0, 1], [2, 0], [1, 2], [1, 0], [5, 5]])
    for negatives in ("sum", "hardest"):
        for items in (0, 100):
            cases.append(case(cml_metric, {"margin": 1, "items": items, "negatives": negatives},
                              ["users", "positives", "negatives"], **catalogue))
    print("[\n" + ",\n".join(json.dumps(c) for c in cases) + "\n]")


main()
