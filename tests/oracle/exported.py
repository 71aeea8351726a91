"""Networks as PyTorch writes them: exported at batch 1, with an input and ONNX Runtime's output of it.

Run from the top folder with a Python that has torch, onnx, onnxruntime and numpy: python tests/oracle/exported.py
Writes tests/data/exported/NAME/{model.onnx,input_0.pb,output_0.pb}, which are committed; tests/conformance reads them."""
import os
import warnings

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import nn

OUT = os.path.join("tests", "data", "exported")
warnings.filterwarnings("ignore")


class Block(nn.Module):
    """Residual join, depthwise convolution, concatenation."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU6())
        self.depth = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.BatchNorm2d(8), nn.Hardswish())
        self.side = nn.Conv2d(8, 4, 1)
        self.head = nn.Linear(12, 3)

    def forward(self, x):
        x = nn.functional.max_pool2d(self.stem(x), 3, 2, 1)
        x = torch.cat([x + self.depth(x), nn.functional.leaky_relu(self.side(x))], 1)
        return self.head(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Attention(nn.Module):
    """Patches, class token, position, two blocks of nn.MultiheadAttention."""

    def __init__(self, width=8, heads=2):
        super().__init__()
        self.patch = nn.Conv2d(1, width, 4, 4)
        self.token = nn.Parameter(torch.randn(1, 1, width))
        self.place = nn.Parameter(torch.randn(1, 5, width))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.heads = nn.ModuleList(nn.MultiheadAttention(width, heads, batch_first=True) for _ in range(2))
        self.mlps = nn.ModuleList(nn.Sequential(nn.Linear(width, 16), nn.GELU(), nn.Dropout(0.1), nn.Linear(16, width))
                                  for _ in range(2))
        self.out = nn.Linear(width, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(x.shape[0], -1, -1), x], 1) + self.place
        for i in range(2):
            y = self.norms[2 * i](x)
            x = x + self.heads[i](y, y, y, need_weights=False)[0]
            x = x + self.mlps[i](self.norms[2 * i + 1](x))
        return self.out(x[:, 0])


class Upsampler(nn.Module):
    """Encoder and decoder with both kinds of enlarging, and the less usual activations."""

    def __init__(self):
        super().__init__()
        self.down = nn.Conv2d(1, 4, 3, 2, 1)
        self.norm = nn.InstanceNorm2d(4, affine=True)
        self.up = nn.ConvTranspose2d(4, 2, 2, 2)
        self.slope = nn.PReLU(4)

    def forward(self, x):
        y = self.slope(self.norm(self.down(x)))
        y = y * torch.sigmoid(y) + nn.functional.softplus(y) + nn.functional.elu(y) + nn.functional.selu(y)
        wide = nn.functional.interpolate(y, scale_factor=2, mode="bilinear", align_corners=False)
        near = nn.functional.interpolate(y, size=(8, 8), mode="nearest")
        return torch.cat([self.up(y), torch.tanh(wide), nn.functional.avg_pool2d(near, 3, 1, 1)], 1)


class Einsums(nn.Module):
    """Attention written with einsum, a mask of -inf, embeddings and arithmetic on shapes."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 6)
        self.q, self.k = nn.Linear(6, 6), nn.Linear(6, 6)

    def forward(self, x):
        e = self.words(x)
        b, t, w = e.shape
        q, k = (m(e).reshape(b, t, 2, w // 2) for m in (self.q, self.k))
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / (w // 2) ** 0.5
        mask = torch.full((t, t), float("-inf")).triu(1)
        mixed = torch.einsum("bhqk,bkhd->bqhd", torch.softmax(scores + mask, -1), k).reshape(b, t, w)
        return torch.log_softmax(mixed.mean(1), -1), mixed.norm(dim=-1), mixed.argmax(-1)


def write(name, net, x, opset):
    torch.manual_seed(len(name))
    for p in net.parameters():
        p.data = torch.randn_like(p) * 0.5
    for m in net.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.running_mean.normal_()
            m.running_var.uniform_(0.5, 2)
    folder = os.path.join(OUT, "%s_%d" % (name, opset))
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "model.onnx")
    with torch.no_grad():
        expected = net.eval()(x)
    torch.onnx.export(net, (x,), path, opset_version=opset, input_names=["x"])
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    results = session.run(None, {"x": x.numpy()})
    for got, want in zip(results, expected if isinstance(expected, tuple) else (expected,)):
        assert np.allclose(got, want.numpy(), 1e-4, 1e-4), name
    model = onnx.load(path)
    del model.graph.value_info[:]
    onnx.save(model, path)
    for kind, arrays in (("input", [x.numpy()]), ("output", results)):
        for i, array in enumerate(arrays):
            with open(os.path.join(folder, "%s_%d.pb" % (kind, i)), "wb") as f:
                f.write(numpy_helper.from_array(array).SerializeToString())


torch.manual_seed(1)
image = torch.randn(1, 1, 8, 8)
for version in (9, 13, 17):
    write("mlp", nn.Sequential(nn.Flatten(), nn.Linear(64, 16), nn.ReLU(), nn.Dropout(0.2), nn.Linear(16, 4), nn.Softmax(1)),
          image, version)
for version in (10, 13, 17):
    write("cnn", Block(), image, version)
for version in (12, 14, 17):
    write("attention", Attention(), image, version)
for version in (14, 17):
    write("einsum", Einsums(), torch.tensor([[3, 1, 4, 1, 5]]), version)
for version in (11, 13, 17):
    write("upsampler", Upsampler(), image, version)
