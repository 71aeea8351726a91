"""Writes tests/data/foreign/: models as PyTorch's newer exporters write them, 8 inputs each and ONNX Runtime's answers.

dynamo-mlp        torch.onnx.export(dynamo=True), free batch; weights beside the file, as is its default
dynamo-cnn        the same, weights inside: strides, residual joins with and without projection, depthwise, concat, batch norm
dynamo-vit        the same: two blocks of nn.MultiheadAttention
dynamo-vit-one    the same without dynamic_shapes: the batch is 1
dynamo-plain      the same for linear layers over positions that have no bias: neither weight nor bias keeps its name
script-cnn        torch.onnx.export(dynamo=False), free batch
script-vit        the same; script-vit-one has its batch fixed at 1
    python3 foreign_torch.py [NAME...]     made with torch 2.15.0, onnxscript 0.7.2, onnx 1.23.2, onnxruntime 1.32.0
"""
import os
import sys

import numpy as np
import torch
from torch import nn

from foreign_encoder import Encoder
from foreign_save import OUT, answer, path, save, without_traces

ROWS = 8


class MLP(nn.Module):
    shape = (12,)

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(12, 24)
        self.norm = nn.BatchNorm1d(24)
        self.drop = nn.Dropout(0.2)
        self.fc2 = nn.Linear(24, 16)
        self.head = nn.Linear(16, 4)

    def forward(self, x):
        x = self.drop(torch.relu(self.norm(self.fc1(x))))
        return torch.softmax(self.head(torch.tanh(self.fc2(x))), 1)


class Block(nn.Module):
    """Two convolutions and a join; the short way is projected where shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.short = nn.Identity()
        if stride != 1:
            self.short = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.short(x))


class CNN(nn.Module):
    shape = (3, 12, 12)

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 6, 3, 1, 1, bias=False), nn.BatchNorm2d(6), nn.SiLU(), nn.MaxPool2d(2))
        self.blocks = nn.Sequential(Block(6, 6, 1), Block(6, 10, 2))
        self.depth = nn.Sequential(nn.Conv2d(10, 10, 3, 1, 1, groups=10, bias=False), nn.BatchNorm2d(10), nn.ReLU6(),
                                   nn.Conv2d(10, 6, 1), nn.Hardswish())
        self.dilated = nn.Conv2d(10, 4, 3, 1, 2, dilation=2)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(20, 5)

    def forward(self, x):
        x = self.blocks(self.stem(x))
        x = torch.cat([x, self.depth(x), self.dilated(x)], 1)
        return self.head(self.pool(x).flatten(1))


class ViT(nn.Module):
    """1x12x12 in 9 patches of 4x4, a class token, two encoder blocks."""
    shape = (1, 12, 12)

    def __init__(self, width=12, heads=3):
        super().__init__()
        self.patch = nn.Conv2d(1, width, 4, 4)
        self.token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.place = nn.Parameter(0.02 * torch.randn(1, 10, width))
        self.blocks = nn.Sequential(Encoder(width, heads), Encoder(width, heads))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 5)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        return self.head(self.norm(self.blocks(x))[:, 0])


class Plain(nn.Module):
    """Positions mixed by one layer, channels by the other."""
    shape = (6, 8)

    def __init__(self):
        super().__init__()
        self.mix = nn.Sequential(nn.Linear(8, 12, bias=False), nn.GELU(approximate="tanh"), nn.Linear(12, 8, bias=False))
        self.norm = nn.RMSNorm(8)
        self.head = nn.Linear(8, 3, bias=False)

    def forward(self, x):
        return self.head(self.norm(x + self.mix(x)).mean(1))


def settle(model):
    """Statistics, scales and biases away from 0 and 1, as after training, and answers that differ by about 1."""
    torch.manual_seed(1)
    model = model()
    model.train()
    with torch.no_grad():
        for _ in range(20):
            model(0.5 + 1.5 * torch.randn(64, *model.shape))
        for name, p in model.named_parameters():
            if name.endswith("bias"):
                p.uniform_(-0.3, 0.3)
            elif p.dim() == 1:
                p.uniform_(0.6, 1.4)
        model.eval()
        model.head.weight.mul_(1 / model(0.5 + 1.5 * torch.randn(256, *model.shape)).std(0).mean())
    return model


def make(name, model, dynamo, free=True, outside=False):
    model = settle(model)
    options = {"dynamo": dynamo}
    if dynamo:
        options["external_data"] = outside
    if free:
        options.update({"dynamic_shapes": ({0: "batch"},)} if dynamo else {"dynamic_axes": {"x": {0: "batch"}}})
    torch.onnx.export(model, (torch.randn(2 if free else 1, *model.shape),), path(name, ".onnx"), input_names=["x"],
                      output_names=["y"], **options)
    without_traces(name)
    x = np.random.default_rng(1).normal(0.5, 1.5, (ROWS, *model.shape)).astype(np.float32)
    y = answer(name, x)
    with torch.no_grad():
        assert np.abs(y - model(torch.from_numpy(x)).numpy()).max() < 1e-4
    save(name, x, y)


MODELS = {
    "dynamo-mlp": (MLP, True, True, True),
    "dynamo-cnn": (CNN, True),
    "dynamo-vit": (ViT, True),
    "dynamo-vit-one": (ViT, True, False),
    "dynamo-plain": (Plain, True),
    "script-cnn": (CNN, False),
    "script-vit": (ViT, False),
    "script-vit-one": (ViT, False, False),
}


def main():
    os.makedirs(OUT, exist_ok=True)
    torch.set_num_threads(1)
    for name in sys.argv[1:] or MODELS:
        make(name, *MODELS[name])


main()
