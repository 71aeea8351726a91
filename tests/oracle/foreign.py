"""Writes tests/data/foreign/: models as other tools export them, 16 inputs each (NAME.x.npy) and ONNX Runtime's answers (NAME.y.npy).

mlp               PyTorch, Linear + BatchNorm1d + ReLU + Dropout, exported without folding
resnet-small      PyTorch, strides, residual joins with and without projection, depthwise, concat, average pooling; default
                  export, which folds batch normalisation into the convolutions
vit-2block        PyTorch, vision transformer with nn.MultiheadAttention, opset 17 (LayerNormalization is one node)
vit-2block-op14   the same weights at opset 14 (LayerNormalization spelled out)
sklearn           scikit-learn, StandardScaler + MLPClassifier on samples/breast-cancer, skl2onnx with default options: a label
                  output and ZipMap; y holds the probabilities
    python3 foreign.py [NAME...]     made with torch 1.13.0, onnx 1.12.0, onnxruntime 1.32.0, scikit-learn 1.2.1, skl2onnx 1.13
"""
import csv
import os
import sys

import numpy as np
import onnx
import torch
from torch import nn

from foreign_encoder import Encoder
from foreign_save import HERE, OUT, answer, path, save

ROWS = 16


class MLP(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(20, 64), nn.BatchNorm1d(64), nn.ReLU(), nn.Dropout(0.3),
                                  nn.Linear(64, 32, bias=False), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.3))
        self.head = nn.Linear(32, 5)

    def forward(self, x):
        return self.head(self.body(x))


class Block(nn.Module):
    """Two convolutions and a join; the short way is projected where shape changes."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.short = nn.Sequential()
        if stride != 1 or inputs != outputs:
            self.short = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.short(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 12, 3, 1, 1, bias=False), nn.BatchNorm2d(12), nn.ReLU())
        self.block1 = Block(12, 12, 1)
        self.block2 = Block(12, 24, 2)
        self.depth = nn.Sequential(nn.Conv2d(24, 24, 3, 1, 1, groups=24, bias=False), nn.BatchNorm2d(24), nn.ReLU6(),
                                   nn.Conv2d(24, 16, 1, bias=False), nn.BatchNorm2d(16), nn.LeakyReLU(0.1))
        self.dilated = nn.Conv2d(24, 8, 3, 1, 2, dilation=2)
        self.shrink = nn.AvgPool2d(3, 2, 1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.head = nn.Linear(48, 10)

    def forward(self, x):
        x = self.block2(self.block1(self.stem(x)))
        x = torch.cat([x, self.depth(x), self.dilated(x)], 1)
        return self.head(torch.flatten(self.pool(self.shrink(x)), 1))


class ViT(nn.Module):
    """1x28x28 in 16 patches of 7x7, a class token, two encoder blocks."""

    def __init__(self, width=32, heads=4):
        super().__init__()
        self.patch = nn.Conv2d(1, width, 7, 7)
        self.token = nn.Parameter(0.02 * torch.randn(1, 1, width))
        self.place = nn.Parameter(0.02 * torch.randn(1, 17, width))
        self.blocks = nn.Sequential(Encoder(width, heads), Encoder(width, heads))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 10)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        return self.head(self.norm(self.blocks(x))[:, 0])


def settle(model, shape):
    """Statistics and scales of the normalisations away from 0 and 1, as after training, and answers that differ by about 1."""
    model.train()
    with torch.no_grad():
        for _ in range(20):
            model(0.5 + 1.5 * torch.randn(64, *shape))
        for m in model.modules():
            if isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm)):
                m.weight.uniform_(0.6, 1.4)
                m.bias.uniform_(-0.3, 0.3)
        model.eval()
        spread = model(0.5 + 1.5 * torch.randn(256, *shape)).std(0).mean()
        model.head.weight.mul_(1 / spread)
    return model


def from_torch(name, model, shape, opset=None, folding=True):
    mode = torch.onnx.TrainingMode.EVAL if folding else torch.onnx.TrainingMode.PRESERVE
    torch.onnx.export(model, torch.randn(2, *shape), path(name, ".onnx"), input_names=["input"], output_names=["output"],
                      dynamic_axes={"input": {0: "batch"}, "output": {0: "batch"}}, opset_version=opset, training=mode,
                      do_constant_folding=folding)
    x = np.random.default_rng(1).normal(0.5, 1.5, (ROWS, *shape)).astype(np.float32)
    y = answer(name, x)
    with torch.no_grad():
        assert np.abs(y - model(torch.from_numpy(x)).numpy()).max() < 1e-4
    save(name, x, y)


def mlp():
    from_torch("mlp", settle(MLP(), (20,)), (20,), folding=False)


def resnet():
    from_torch("resnet-small", settle(ResNet(), (3, 16, 16)), (3, 16, 16))


def vit():
    model = settle(ViT(), (1, 28, 28))
    from_torch("vit-2block", model, (1, 28, 28), opset=17)
    from_torch("vit-2block-op14", model, (1, 28, 28), opset=14)


def sklearn():
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    with open(os.path.join(HERE, "..", "..", "samples", "breast-cancer", "breast_cancer.csv"), newline="") as f:
        rows = list(csv.reader(f))[1:]
    x = np.array([[float(v) for v in r[:-1]] for r in rows], np.float32)
    y = np.array([r[-1] for r in rows])
    pipeline = make_pipeline(StandardScaler(), MLPClassifier((24, 12), random_state=1, max_iter=400, alpha=0.1))
    pipeline.fit(x[:400], y[:400])
    print("sklearn accuracy on the other 169 rows", pipeline.score(x[400:], y[400:]))
    onnx.save(to_onnx(pipeline, x[:1]), path("sklearn", ".onnx"))
    x = x[400:400 + ROWS]
    out = answer("sklearn", x, output=1)
    assert np.abs(out - pipeline.predict_proba(x)).max() < 1e-4
    save("sklearn", x, out)


def main():
    os.makedirs(OUT, exist_ok=True)
    torch.set_num_threads(1)
    makers = {"mlp": mlp, "resnet-small": resnet, "vit-2block": vit, "sklearn": sklearn}
    for name in sys.argv[1:] or makers:
        torch.manual_seed(1)
        makers[name]()


main()
