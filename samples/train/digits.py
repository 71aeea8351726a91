"""Trains digits-mlp (784-300-100-10) and digits-cnn on MNIST.   python3 digits.py mlp|cnn"""
import sys

import torch
from torch import nn

import common


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(784, 300)
        self.fc2 = nn.Linear(300, 100)
        self.fc3 = nn.Linear(100, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = self.drop(torch.relu(self.fc1(self.flatten(x))))
        x = self.drop(torch.relu(self.fc2(x)))
        return self.fc3(x)


class CNN(nn.Module):
    """Two convolutions, a residual pair, a depthwise and a pointwise one, joined by a concat: 28x28 -> 14x14 -> 7x7."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 5, stride=2, padding=2, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.res1 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(16)
        self.res2 = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(16)
        self.depth = nn.Conv2d(16, 16, 3, padding=1, groups=16, bias=False)
        self.bn4 = nn.BatchNorm2d(16)
        self.point = nn.Conv2d(16, 32, 1, bias=False)
        self.bn5 = nn.BatchNorm2d(32)
        self.pool = nn.MaxPool2d(2)
        self.fc1 = nn.Linear(48 * 7 * 7, 40)
        self.fc2 = nn.Linear(40, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        x = torch.relu(self.bn1(self.stem(x)))
        y = torch.relu(self.bn2(self.res1(x)))
        x = torch.relu(x + self.bn3(self.res2(y)))
        y = torch.relu(self.bn4(self.depth(x)))
        y = torch.relu(self.bn5(self.point(y)))
        x = self.pool(torch.cat([x, y], 1))
        x = self.drop(torch.relu(self.fc1(torch.flatten(x, 1))))
        return self.fc2(x)


def main(kind):
    common.start(7)
    x, y = common.read_mnist("train")
    xt, yt = common.read_mnist("t10k")
    if kind == "mlp":
        model = MLP()
        common.train(model, x, y, 14, 128, 2e-3, 1e-2, lambda b: common.shifted(b, 1))
    else:
        model = CNN()
        common.train(model, x, y, 5, 128, 5e-3, 1e-2, lambda b: common.shifted(b, 1))
    print("digits-" + kind, "parameters", sum(p.numel() for p in model.parameters()), "test accuracy",
          common.accuracy(model, xt, yt), flush=True)
    common.export(model, "digits-" + kind, (1, 28, 28), folding=kind == "mlp")


if __name__ == "__main__":
    main(sys.argv[1])
