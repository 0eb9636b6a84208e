"""The peers of multiclass.c in PyTorch, one thread, value and gradients by autograd. Exit code 77: not installed."""
import math
import sys
import time

try:
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(77)

torch.set_num_threads(1)
torch.manual_seed(1)
n, k, d = 512, 1000, 128
logits = torch.randn(n, k, requires_grad=True)
features = torch.randn(n, d, requires_grad=True)
weights = torch.randn(k, d, requires_grad=True)
labels = torch.randint(0, k, (n,))
rows = torch.arange(n)


def best(loss, leaves, tries=60, count=1):
    times = []
    for _ in range(tries + 1):  # the first warms up
        start = time.process_time()
        for _ in range(count):
            torch.autograd.grad(loss(), leaves)
        times.append((time.process_time() - start) / count)
    return min(times[1:])


def hinge():
    signs = -torch.ones(n, k)
    signs[rows, labels] = 1
    return torch.clamp(1 - signs * logits, min=0).sum(1).mean()


def multiple_angle(unit, m):
    w = F.normalize(weights) if unit else weights
    z = features @ w.t()
    length = features.norm(dim=1) * w.norm(dim=1)[labels]
    cos = z[rows, labels] / length
    cosm = 2 * cos**2 - 1 if m == 2 else 8 * cos**4 - 8 * cos**2 + 1
    turn = torch.floor(m * torch.acos(cos.detach().clamp(-1, 1)) / math.pi).clamp(max=m - 1)
    psi = (1 - 2 * (turn % 2)) * cosm - 2 * turn
    return F.cross_entropy(z.index_put((rows, labels), length * psi), labels)


def arcface(scale=64, margin=0.5):
    z = F.normalize(features) @ F.normalize(weights).t()
    cos = z[rows, labels]
    sin = (1 - cos**2).clamp(min=1e-12).sqrt()
    bent = torch.where(cos > -math.cos(margin), cos * math.cos(margin) - sin * math.sin(margin), cos - margin * math.sin(margin))
    return F.cross_entropy(scale * z.index_put((rows, labels), bent), labels)


both = (features, weights)
for name, loss, leaves in (
    ("softmax", lambda: F.cross_entropy(logits, labels), (logits,)),
    ("multiclass_hinge", hinge, (logits,)),
    ("l_softmax", lambda: multiple_angle(False, 2), both),
    ("a_softmax", lambda: multiple_angle(True, 4), both),
    ("arcface", arcface, both),
):
    print(f"{name}, value and gradients, n = {n}, K = {k}, d = {d}", best(loss, leaves), sep="\t")
