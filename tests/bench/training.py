"""The peers of training.lua in PyTorch, one thread: the same steps, median of repeats. Exit code 77: not installed."""
import sys
import time

try:
    import torch
except ImportError:
    sys.exit(77)

torch.set_num_threads(1)
torch.manual_seed(1)


def median(f, repeats=11, least=0.1):
    f()
    start = time.perf_counter()
    f()
    once = max(time.perf_counter() - start, 1e-7)
    count = max(1, int(least / once))
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        for _ in range(count):
            f()
        times.append((time.perf_counter() - start) / count)
    return sorted(times)[len(times) // 2]


def report(name, seconds):
    print(f"{name}\t{seconds:.9g}", flush=True)


def mlp(sizes, hidden=torch.nn.Sigmoid, output=None):
    layers = []
    for i in range(len(sizes) - 1):
        layers.append(torch.nn.Linear(sizes[i], sizes[i + 1]))
        if i + 2 < len(sizes):
            layers.append(hidden())
    if output:
        layers.append(output())
    return torch.nn.Sequential(*layers)


def labels(n):
    return (torch.arange(1, n + 1) % 2).float()[:, None]


for name, sizes, batch in [
    ("step of MLP 18-64-32-1, batch 256", [18, 64, 32, 1], 256),
    ("step of MLP 30-32-16-1, batch 64", [30, 32, 16, 1], 64),
    ("step of MLP 784-1024-1024-1, batch 512", [784, 1024, 1024, 1], 512),
    ("step of MLP 1-1-1-1, batch 2 (Lua and graph alone)", [1, 1, 1, 1], 2),
]:
    net = mlp(sizes)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    loss = torch.nn.BCEWithLogitsLoss()
    x, y = torch.randn(batch, sizes[0]), labels(batch)

    def step():
        adam.zero_grad()
        loss(net(x), y).backward()
        adam.step()

    report(name, median(step))


def adaptive_rank(scores, y, previous, previous_y, margin):
    """The adaptive rank loss (docs/losses/ranking.md), pair by pair, in pieces of the history that fit in memory."""
    targets, decoys = scores[y > 0], scores[y == 0]
    old_targets, old_decoys = previous[previous_y > 0], previous[previous_y == 0]
    alpha = torch.exp(-torch.relu(targets - old_decoys.max())).detach()
    total = scores.new_zeros(())
    for piece in old_decoys.split(200000):
        total = total + (alpha[:, None] * torch.relu(piece[None] - targets[:, None] + margin) ** 2).sum() / (len(targets) * len(old_decoys))
    for piece in old_targets.split(200000):
        total = total + (torch.relu(decoys[:, None] - piece[None] + margin) ** 2).sum() / (len(decoys) * len(old_targets))
    return total


for m in (20000, 200000, 2000000):
    net = mlp([18, 64, 32, 1], output=torch.nn.Sigmoid)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)
    x, y = torch.randn(256, 18), labels(256)[:, 0]
    previous, previous_y = 0.3 + 0.4 * torch.rand(m), labels(m)[:, 0]

    def step():
        adam.zero_grad()
        adaptive_rank(net(x)[:, 0], y, previous, previous_y, 0.1).backward()
        adam.step()

    report(f"adaptive_rank step, history {m}", median(step, 3 if m > 100000 else 7))

net = mlp([2, 128, 128, 1], hidden=torch.nn.Tanh)
adam = torch.optim.Adam(net.parameters(), lr=1e-4)
real, fake = torch.randn(256, 2), 1 + 2 * torch.randn(256, 2)


def critic_step():
    e = torch.rand(256, 1)
    between = (real * e + fake * (1 - e)).requires_grad_(True)
    (g,) = torch.autograd.grad(net(between).sum(), between, create_graph=True)
    value = net(fake).mean() - net(real).mean() + 10 * ((g.norm(2, dim=1) - 1) ** 2).mean()
    adam.zero_grad()
    value.backward()
    adam.step()


report("WGAN-GP critic step 2-128-128-1 tanh, batch 256", median(critic_step))

x = torch.randn(1000, 1000)
for name in ("exp", "tanh", "sigmoid"):
    f = getattr(torch, name)
    report(f"{name} of 10^6 elements", median(lambda: f(x)))
report("copy of 10^6 elements", median(lambda: x.clone()))
a, b = torch.randn(1024, 1024), torch.randn(1024, 1024)
report("product 1024x1024x1024", median(lambda: a @ b))
