"""What the training scripts share: the data-set rules of poda, a training loop, the export to ONNX."""
import csv
import gzip
import json
import os

import numpy as np
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.dirname(HERE)


def start(seed):
    torch.manual_seed(seed)
    np.random.seed(seed)
    torch.set_num_threads(1)


def read_csv(path):
    with open(path, newline="") as f:
        rows = list(csv.DictReader(f))
    return rows


def splitmix64(x):
    mask = (1 << 64) - 1
    x = (x + 0x9E3779B97F4A7C15) & mask
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & mask
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & mask
    return x ^ (x >> 31)


def drawn_split(n, validation, test, seed):
    """Rows ordered by SplitMix64(seed * 2^32 + row): first the test records, next the validation records."""
    order = sorted(range(n), key=lambda row: (splitmix64((seed << 32) + row), row))
    n_test, n_validation = round(test * n), round(validation * n)
    return order[n_test + n_validation:], order[n_test:n_test + n_validation], order[:n_test]


def standardise(x, train):
    mean = x[train].mean(axis=0)
    std = x[train].std(axis=0)
    std[std == 0] = 1
    return ((x - mean) / std).astype(np.float32)


def read_mnist(part):
    folder = os.path.join(SAMPLES, "mnist")
    with gzip.open(os.path.join(folder, part + "-images-idx3-ubyte.gz")) as f:
        x = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(os.path.join(folder, part + "-labels-idx1-ubyte.gz")) as f:
        y = np.frombuffer(f.read(), np.uint8, offset=8)
    return torch.from_numpy(x.astype(np.float32) / 255), torch.from_numpy(y.astype(np.int64))


def shifted(x, pixels):
    """Each image moved by up to so many pixels, zeros coming in."""
    out = torch.zeros_like(x)
    n, _, h, w = x.shape
    padded = nn.functional.pad(x, (pixels,) * 4)
    dy = torch.randint(0, 2 * pixels + 1, (n,))
    dx = torch.randint(0, 2 * pixels + 1, (n,))
    for i in range(n):
        out[i] = padded[i, :, dy[i]:dy[i] + h, dx[i]:dx[i] + w]
    return out


def train(model, x, y, epochs, batch, lr, weight_decay=0.0, augment=None, penalty=None, project=None,
          begin=None):
    if begin:
        begin(model)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    steps = epochs * ((len(x) + batch - 1) // batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    for epoch in range(epochs):
        model.train()
        for rows in torch.randperm(len(x)).split(batch):
            xb = augment(x[rows]) if augment else x[rows]
            loss = nn.functional.cross_entropy(model(xb), y[rows])
            if penalty:
                loss = loss + penalty(model)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            if project:
                project(model)
    model.eval()


def logits(model, x):
    with torch.no_grad():
        return torch.cat([model(part) for part in x.split(1000)])


def accuracy(model, x, y):
    return (logits(model, x).argmax(1) == y).float().mean().item()


def auc(score, y):
    """Rank-sum area under the curve; ties count half."""
    order = np.argsort(score, kind="stable")
    ranks = np.empty(len(score))
    s = score[order]
    i = 0
    while i < len(s):
        j = i
        while j + 1 < len(s) and s[j + 1] == s[i]:
            j += 1
        ranks[order[i:j + 1]] = (i + j) / 2 + 1
        i = j + 1
    pos = y == 1
    return (ranks[pos].sum() - pos.sum() * (pos.sum() + 1) / 2) / (pos.sum() * (~pos).sum())


def export(model, sample, shape, folding=True):
    folder = os.path.join(SAMPLES, sample)
    os.makedirs(folder, exist_ok=True)
    model.eval()
    torch.onnx.export(model, torch.zeros(1, *shape), os.path.join(folder, "model.onnx"), input_names=["x"],
                      output_names=["logits"], dynamic_axes={"x": {0: "batch"}, "logits": {0: "batch"}},
                      opset_version=13, do_constant_folding=folding,
                      training=torch.onnx.TrainingMode.EVAL if folding else torch.onnx.TrainingMode.PRESERVE)


def write_manifest(sample, manifest):
    with open(os.path.join(SAMPLES, sample, "dataset.json"), "w") as f:
        json.dump(manifest, f, indent=1)
        f.write("\n")
