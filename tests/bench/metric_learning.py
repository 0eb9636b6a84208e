"""The peers of metric_learning.c in PyTorch, one thread, value and gradient. lmnn streams over rows with broadcast differences of
distances, since its n × k × n array would not fit beside its gradient. Exit code 77: not installed."""
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(77)

torch.set_num_threads(1)


def data(n, d, spread):
    torch.manual_seed(1)
    labels = torch.arange(n) % 10
    x = spread * torch.randn(10, d)[labels] + torch.randn(n, d)
    return x.requires_grad_(), labels


def batch_hard(x, labels):
    distance = torch.cdist(x, x)
    same = labels[:, None] == labels
    positive = (distance * (same & ~torch.eye(len(x), dtype=torch.bool))).amax(1)
    negative = distance.masked_fill(same, float("inf")).amin(1)
    return torch.relu(positive - negative + 1).mean()


def lmnn(x, labels, rows=250, k=3):
    n, total = len(x), 0.0
    for start in range(0, n, rows):
        part = slice(start, start + rows)
        square = (x[part] ** 2).sum(1)[:, None] + (x ** 2).sum(1) - 2 * x[part] @ x.T
        same = labels[part, None] == labels
        own = same.clone()
        own[torch.arange(rows), torch.arange(start, start + rows)] = False
        targets = square.masked_fill(~own, float("inf")).topk(k, largest=False).values
        hinge = torch.relu(1 + targets[:, :, None] - square[:, None, :]) * ~same[:, None, :]
        loss = 0.5 * targets.sum() + 0.5 * hinge.sum()
        loss.backward()
        total += loss.item()
    return total


def supervised_contrastive(x, labels, temperature=0.1):
    u = torch.nn.functional.normalize(x)
    eye = torch.eye(len(x), dtype=torch.bool)
    logits = (u @ u.T / temperature).masked_fill(eye, float("-inf"))
    own = (labels[:, None] == labels) & ~eye
    log_share = logits - torch.logsumexp(logits, 1, keepdim=True)
    return -(log_share.masked_fill(~own, 0).sum(1) / own.sum(1)).mean()


def best(f, x, labels, tries):
    times = []
    for _ in range(tries):
        x.grad = None
        start = time.process_time()
        value = f(x, labels)
        if torch.is_tensor(value):
            value.backward()
        times.append(time.process_time() - start)
    return min(times)


print("batch_hard_triplet, n = 1024, d = 64", best(batch_hard, *data(1024, 64, 1), 30), sep="\t")
print("lmnn, n = 5000, d = 50, k = 3, many impostors", best(lmnn, *data(5000, 50, 0.3), 2), sep="\t")
print("lmnn, n = 5000, d = 50, k = 3, few impostors", best(lmnn, *data(5000, 50, 2), 2), sep="\t")
print("supervised_contrastive, n = 1024, d = 64", best(supervised_contrastive, *data(1024, 64, 1), 30), sep="\t")
