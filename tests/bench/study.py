"""The peer of study.lua in PyTorch and scikit-learn, one thread: the same sets, folds of the same sizes, networks, losses, optimizer,
batches and metrics, and rows of the same numbers into SQLite, one transaction a trial. CPU seconds a trial, over the first fold of each
set: the others are the same work. Exit code 77: not installed."""
import json
import os
import sqlite3
import sys
import tempfile
import time

try:
    import numpy
    import sklearn
    import torch
    from sklearn.metrics import average_precision_score, roc_auc_score
    from sklearn.model_selection import StratifiedKFold, train_test_split
    from sklearn.preprocessing import StandardScaler
except ImportError:
    sys.exit(77)

torch.set_num_threads(1)
sklearn.set_config(assume_finite=True)
EPOCHS, BATCH = 30, 64
softplus = torch.nn.functional.softplus


def pointwise(f):
    return lambda margin: lambda scores, labels: f(scores * labels, margin).mean()


def pairwise(f):
    """A batch of one class has no pairs: it is passed over."""

    def loss(margin):
        def of(scores, labels):
            is_target = labels > 0
            targets, decoys = scores[is_target], scores[~is_target]
            if len(targets) == 0 or len(decoys) == 0:
                return None
            return f(margin - (targets[:, None] - decoys[None, :])).mean()

        return of

    return loss


class AdaptiveRank:
    """docs/losses/ranking.md: against the other class's scores in the epoch before."""

    def __init__(self, margin):
        self.margin = margin

    def begin(self, scores, labels):
        self.history, self.seen = (scores[labels > 0], scores[labels < 0]), []

    def __call__(self, scores, labels):
        self.seen.append((scores.detach(), labels))
        targets, decoys = scores[labels > 0], scores[labels < 0]
        old_targets, old_decoys = self.history
        alpha = torch.exp(-torch.relu(targets.detach() - old_decoys.max()))
        first = (alpha[:, None] * torch.relu(old_decoys[None] - targets[:, None] + self.margin) ** 2).sum()
        second = (torch.relu(decoys[:, None] - old_targets[None] + self.margin) ** 2).sum()
        value = first / max(1, len(targets) * len(old_decoys))
        return value + second / max(1, len(decoys) * len(old_targets))

    def end_epoch(self):
        self.begin(torch.cat([s for s, _ in self.seen]), torch.cat([y for _, y in self.seen]))


LOSSES = {
    "cross_entropy": pointwise(lambda z, m: softplus(-z)),
    "square": pointwise(lambda z, m: (1 - z) ** 2),
    "hinge": pointwise(lambda z, m: torch.relu(m - z)),
    "exponential": pointwise(lambda z, m: torch.exp(-z)),
    "pair_squared_hinge": pairwise(lambda u: torch.relu(u) ** 2),
    "pair_logistic": pairwise(softplus),
    "pair_exponential": pairwise(torch.exp),
    "adaptive_rank": AdaptiveRank,
}
CONFIGS = [("cross_entropy", 0), ("square", 0), ("hinge", 0.5), ("hinge", 1), ("exponential", 0), ("pair_squared_hinge", 0.1),
           ("pair_squared_hinge", 0.5), ("pair_squared_hinge", 1), ("pair_logistic", 0), ("pair_exponential", 0), ("adaptive_rank", 0.1)]
METRICS = {
    "auc": roc_auc_score,
    "partial_auc": lambda y, scores: roc_auc_score(y, scores, max_fpr=0.1),
    "average_precision": average_precision_score,
}


def cut(name):
    """Training, validation and test part of the first fold, standardised by the training part."""
    table = numpy.loadtxt(f"experiments/data/{name}.csv", delimiter=",", skiprows=1)
    x, y = table[:, 1:], table[:, 0]
    rest, test = next(StratifiedKFold(5, shuffle=True, random_state=1).split(x, y))
    train, valid = train_test_split(rest, test_size=0.2, stratify=y[rest], random_state=1)
    scaler = StandardScaler().fit(x[train])
    parts = {}
    for part, rows in (("train", train), ("valid", valid), ("test", test)):
        parts[part] = (torch.from_numpy(scaler.transform(x[rows])).float(), torch.from_numpy(2 * y[rows] - 1).float(), y[rows])
    return parts


def trial(parts, name, margin, number):
    """Its rows: epochs, metrics, and the scores of the best epoch."""
    torch.manual_seed(number)
    x, labels, _ = parts["train"]
    n, width = x.shape
    net = torch.nn.Sequential(torch.nn.Linear(width, 64), torch.nn.Sigmoid(), torch.nn.Linear(64, 32), torch.nn.Sigmoid(),
                              torch.nn.Linear(32, 1))
    if name == "adaptive_rank":
        net.append(torch.nn.Sigmoid())
    for layer in net:
        if isinstance(layer, torch.nn.Linear):
            torch.nn.init.xavier_uniform_(layer.weight)
            torch.nn.init.zeros_(layer.bias)
    adam = torch.optim.Adam(net.parameters(), lr=1e-2, foreach=False)  # foreach=True takes longer for six small parameters
    loss = LOSSES[name](margin)
    remembers = hasattr(loss, "begin")
    if remembers:
        with torch.no_grad():
            loss.begin(net(x)[:, 0], labels)
    epochs, metrics, best, kept = [], [], -1, {}
    for epoch in range(1, EPOCHS + 1):
        began = time.perf_counter()
        order = torch.randperm(n)
        total, weight, met, passed = 0.0, 0, 0, 0
        for bx, by in zip(x[order].split(BATCH), labels[order].split(BATCH)):
            value = loss(net(bx)[:, 0], by)
            if value is None:
                passed += 1
                continue
            adam.zero_grad(set_to_none=True)
            value.backward()
            adam.step()
            met += 1
            total += value.item() * len(bx)
            weight += len(bx)
        if remembers:
            loss.end_epoch()
        scores = {}
        with torch.no_grad():
            for part in ("valid", "test"):
                scores[part] = net(parts[part][0])[:, 0].numpy()
                for label, metric in METRICS.items():
                    value = float(metric(parts[part][2], scores[part]))
                    metrics.append((epoch, part, label, value))
                    if part == "valid" and label == "auc" and value > best:
                        best, kept = value, scores
        epochs.append((epoch, total / weight, passed / (met + passed), time.perf_counter() - began))
    return epochs, metrics, kept


sets = ("breast_cancer", "sonar", "pima")
with tempfile.TemporaryDirectory() as folder:
    began = time.process_time()
    db = sqlite3.connect(os.path.join(folder, "study.db"))
    db.execute("create table trial (id integer primary key, dataset text, config text, status text)")
    db.execute("create table epoch (trial integer, epoch integer, train_loss real, passed real, seconds real, primary key (trial, epoch)) "
               "without rowid")
    db.execute("create table metric (trial integer, name text, split text, epoch integer, value real, "
               "primary key (trial, name, split, epoch)) without rowid")
    db.execute("create table scores (trial integer, split text, scores blob, primary key (trial, split)) without rowid")
    trials = 0
    for name in sets:
        parts = cut(name)
        for loss, margin in CONFIGS:
            trials += 1
            epochs, metrics, kept = trial(parts, loss, margin, trials)
            with db:  # one transaction
                db.execute("insert into trial values (?, ?, ?, 'done')", (trials, name, json.dumps([loss, margin])))
                db.executemany("insert into epoch values (?, ?, ?, ?, ?)", [(trials, *row) for row in epochs])
                db.executemany("insert into metric values (?, ?, ?, ?, ?)",
                               [(trials, label, part, epoch, value) for epoch, part, label, value in metrics])
                db.executemany("insert into scores values (?, ?, ?)", [(trials, part, each.tobytes()) for part, each in kept.items()])
    db.close()
    seconds = time.process_time() - began
print(f"study of 11 configurations x 5 folds on 3 small sets, 30 epochs: CPU a trial\t{seconds / trials:.9g}", flush=True)
