"""Derivatives by PyTorch, in double precision, for tests/unit/test_gradient_models.c to compare with.

The models are ONNX files, which a small interpreter carries out in PyTorch: the samples over the first 100 records of their test
split, and exported residual, depthwise and transformer nets over their 8 kept inputs with labels 0, 1, 2 ... Of the cross-entropy of
the logits, summed over records:
  sum        its derivative by every real initializer
  each       the same of the records 0, 1 and the last alone
  curved     the product of its Hessian with the weights themselves
  gauss      the same of the Gauss-Newton matrix J^T L'' J
  input      its derivative by the input, of those records
and of what each Conv, Gemm and MatMul with such a weight reads: columns as its rows read them, their sums of squares and the products
X X^T. Of every array its largest magnitude, its norm and some elements: element k of n is (k * 2654435761 + 12345) mod n.
    python3 gradients.py [NAME...]         made with torch 1.13.0, onnx 1.12.0, numpy 1.24.2
"""
import json
import os
import sys

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch.nn import functional as F

from sample_data import SAMPLES, load_data

HERE = os.path.dirname(os.path.abspath(__file__))
FOREIGN = os.path.join(HERE, "..", "data", "foreign")
OUT = os.path.join(HERE, "gradients")
NAMES = ["breast-cancer", "credit", "readmit", "digits-mlp", "digits-cnn"]
NETS = ["resnet-small", "script-cnn", "dynamo-cnn", "script-vit", "dynamo-vit", "vit-2block", "vit-2block-op14"]
RECORDS, KEPT = 100, 12


# ---- the interpreter ----

def pads_of(a, spatial):
    """The begins and ends of an ONNX list as F.pad wants them: last axis first."""
    pads = a.get("pads", [0] * 2 * spatial)
    return [p for d in reversed(range(spatial)) for p in (pads[d], pads[d + spatial])]


def conv(a, x, w, b=None):
    spatial = w.dim() - 2
    f = F.conv2d if spatial == 2 else F.conv1d
    return f(F.pad(x, pads_of(a, spatial)), w, b, a.get("strides", 1), 0, a.get("dilations", 1), a.get("group", 1))


def gemm(a, x, w, c=None):
    x, w = x.t() if a.get("transA") else x, w.t() if a.get("transB") else w
    y = a.get("alpha", 1.0) * (x @ w)
    return y if c is None else y + a.get("beta", 1.0) * c


def batch_norm(a, x, scale, shift, mean, variance):
    by = [1, -1] + [1] * (x.dim() - 2)
    return (x - mean.view(by)) / torch.sqrt(variance.view(by) + a.get("epsilon", 1e-5)) * scale.view(by) + shift.view(by)


def layer_norm(a, x, scale, shift=None):
    axis = a.get("axis", -1)
    dims = list(range(axis % x.dim(), x.dim()))
    mean = x.mean(dims, keepdim=True)
    y = (x - mean) / torch.sqrt(((x - mean) ** 2).mean(dims, keepdim=True) + a.get("epsilon", 1e-5)) * scale
    return y if shift is None else y + shift


def max_pool(a, x):
    x = F.pad(x, pads_of(a, 2), value=-np.inf)
    return F.max_pool2d(x, a["kernel_shape"], a.get("strides", 1), 0, a.get("dilations", 1))


def average_pool(a, x):
    ones = torch.ones_like(x[:1, :1])
    if a.get("count_include_pad"):
        ones = torch.ones_like(F.pad(ones, pads_of(a, 2)))
    else:
        ones = F.pad(ones, pads_of(a, 2))
    size, strides = a["kernel_shape"], a.get("strides", 1)
    return F.avg_pool2d(F.pad(x, pads_of(a, 2)), size, strides) / F.avg_pool2d(ones, size, strides)


def slices(a, x, starts, ends, axes=None, steps=None):
    axes = range(len(starts)) if axes is None else axes.tolist()
    steps = [1] * len(starts) if steps is None else steps.tolist()
    for start, end, axis, step in zip(starts.tolist(), ends.tolist(), axes, steps):
        index = torch.tensor(list(range(x.shape[axis]))[start:end:step], dtype=torch.long)
        x = x.index_select(axis, index)
    return x


def reshape(a, x, shape):
    shape = [x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())]
    return x.reshape(shape)


def gather(a, x, index):
    axis = a.get("axis", 0) % x.dim()
    index = torch.where(index < 0, index + x.shape[axis], index)
    picked = x.index_select(axis, index.reshape(-1))
    return picked.reshape(x.shape[:axis] + index.shape + x.shape[axis + 1:])


def reduce_mean(a, x, axes=None):
    axes = a.get("axes") if axes is None else axes.tolist()
    return x.mean(axes, keepdim=bool(a.get("keepdims", 1)))


def squeeze(a, x, axes=None):
    axes = a.get("axes") if axes is None else axes.tolist()
    for axis in sorted((i % x.dim() for i in axes), reverse=True):
        x = x.squeeze(axis)
    return x


def unsqueeze(a, x, axes=None):
    axes = a.get("axes") if axes is None else axes.tolist()
    for axis in sorted(i % (x.dim() + len(axes)) for i in axes):
        x = x.unsqueeze(axis)
    return x


def cast(a, x):
    return x.double() if a["to"] in (1, 10, 11) else x.bool() if a["to"] == 9 else x.long()


def div(a, x, z):
    return x / z if x.is_floating_point() else torch.div(x, z, rounding_mode="trunc")


def expand(a, x, shape):
    return x.expand(torch.broadcast_shapes(x.shape, tuple(shape.tolist())))


def gelu(a, x):
    return F.gelu(x, approximate=a.get("approximate", "none"))


OPS = {
    "Conv": conv, "Gemm": gemm, "BatchNormalization": batch_norm, "LayerNormalization": layer_norm, "MaxPool": max_pool,
    "AveragePool": average_pool, "Slice": slices, "Reshape": reshape, "Gather": gather, "ReduceMean": reduce_mean,
    "Squeeze": squeeze, "Unsqueeze": unsqueeze, "Cast": cast, "Div": div, "Expand": expand, "Gelu": gelu,
    "MatMul": lambda a, x, z: x @ z, "Add": lambda a, x, z: x + z, "Sub": lambda a, x, z: x - z,
    "Mul": lambda a, x, z: x * z, "Pow": lambda a, x, z: x ** z, "Sqrt": lambda a, x: torch.sqrt(x if x.is_floating_point() else x.double()),
    "Erf": lambda a, x: torch.erf(x), "Relu": lambda a, x: torch.relu(x), "Sigmoid": lambda a, x: torch.sigmoid(x),
    "Tanh": lambda a, x: torch.tanh(x), "HardSwish": lambda a, x: F.hardswish(x),
    "LeakyRelu": lambda a, x: F.leaky_relu(x, a.get("alpha", 0.01)), "Identity": lambda a, x: x,
    "Clip": lambda a, x, low=None, high=None: torch.clamp(x, low, high),
    "Softmax": lambda a, x: torch.softmax(x, a.get("axis", -1)),
    "Transpose": lambda a, x: x.permute(a["perm"]), "Concat": lambda a, *x: torch.cat(x, a["axis"]),
    "Flatten": lambda a, x: x.flatten(a.get("axis", 1)), "GlobalAveragePool": lambda a, x: x.mean((2, 3), keepdim=True),
    "Pad": lambda a, x, pads, value=None: F.pad(x, pads_of({"pads": pads.tolist()}, x.dim())),
    "Shape": lambda a, x: torch.tensor(x.shape)[a.get("start", 0):a.get("end")],
    "ConstantOfShape": lambda a, shape: torch.from_numpy(a["value"].copy()).expand(shape.tolist()),
    "Equal": lambda a, x, z: x == z, "Where": lambda a, c, x, z: torch.where(c, x, z),
    "Mod": lambda a, x, z: torch.remainder(x, z),
}


def widened(array):
    t = torch.from_numpy(np.array(array))
    return t.double() if t.is_floating_point() else t


class Net:
    def __init__(self, path):
        self.graph = onnx.load(path).graph
        self.input = self.graph.input[0].name
        self.weights = {t.name: widened(numpy_helper.to_array(t)) for t in self.graph.initializer}
        self.reads = {}  # by initializer: what its Conv, Gemm and MatMul nodes read beside it, from the last run

    def real(self):
        return [n for n, t in self.weights.items() if t.is_floating_point()]

    def __call__(self, x, weights):
        values = dict(weights, **{"": None, self.input: x})
        self.reads = {}
        for node in self.graph.node:
            a = {i.name: onnx.helper.get_attribute_value(i) for i in node.attribute}
            a = {k: numpy_helper.to_array(v) if isinstance(v, onnx.TensorProto) else
                 v.decode() if isinstance(v, bytes) else v for k, v in a.items()}
            if node.op_type == "Constant":
                values[node.output[0]] = widened(a["value"])
                continue
            if node.op_type in ("Conv", "Gemm", "MatMul") and node.input[1] in self.weights:
                self.reads.setdefault(node.input[1], []).append((node.op_type, a, values[node.input[0]]))
            values[node.output[0]] = OPS[node.op_type](a, *(values[i] for i in node.input))
        return values[self.graph.output[0].name]


# ---- what is kept ----

def kept(array):
    flat = np.asarray(array, np.float64).reshape(-1)
    places = [(k * 2654435761 + 12345) % flat.size for k in range(min(KEPT, flat.size))]
    return {"most": float("%.8g" % np.abs(flat).max()), "norm": float("%.8g" % np.sqrt((flat ** 2).sum())),
            "at": [float("%.8g" % flat[p]) for p in places]}


def columns(op, a, x, weight):
    """[groups][columns][looks] of what a weight's rows read."""
    if op != "Conv":
        flat = x.reshape(-1, x.shape[-1])
        return (flat.t() if not a.get("transA") else flat)[None]
    sides = list(weight.shape[2:])
    x = F.pad(x, pads_of(a, len(sides)))
    unfolded = F.unfold(x, sides, a.get("dilations", 1), 0, a.get("strides", 1))  # [batch][channels * taps][positions]
    groups = a.get("group", 1)
    unfolded = unfolded.reshape(len(x), groups, -1, unfolded.shape[-1])
    return unfolded.permute(1, 2, 0, 3).reshape(groups, unfolded.shape[2], -1)


def measure(net, x, y):
    names = net.real()
    weights = {n: t.clone().requires_grad_(n in names) for n, t in net.weights.items()}
    leaves = [weights[n] for n in names]
    x = x.double().requires_grad_()
    out = net(x, weights)
    reads = {n: torch.cat([columns(*read, weights[n]) for read in all_reads], 2).detach() for n, all_reads in net.reads.items()}
    losses = F.cross_entropy(out, y, reduction="none")
    first = torch.autograd.grad(losses.sum(), [*leaves, x], create_graph=True, allow_unused=True)
    used = [i for i, g in enumerate(first[:-1]) if g is not None and g.requires_grad]
    result = {"loss": float(losses.sum()), "records": [0, 1, len(y) - 1], "tensors": {}}
    product = torch.autograd.grad(sum((first[i] * leaves[i].detach()).sum() for i in used), leaves, retain_graph=True,
                                  allow_unused=True)
    other = torch.zeros_like(out, requires_grad=True)  # J v as the derivative, by u, of u^T J v
    back = torch.autograd.grad(out, [leaves[i] for i in used], other, create_graph=True)
    moved = torch.autograd.grad(sum((b * leaves[i].detach()).sum() for b, i in zip(back, used)), other, retain_graph=True)[0]
    p = torch.softmax(out, 1).detach()
    bent = p * (moved - (p * moved).sum(1, keepdim=True))
    gauss = torch.autograd.grad(out, leaves, bent.detach(), retain_graph=True, allow_unused=True)
    each = [torch.autograd.grad(losses[r], leaves, retain_graph=True, allow_unused=True) for r in result["records"]]
    for i in used:
        row = {"sum": kept(first[i].detach()), "each": [kept(e[i]) for e in each], "gauss": kept(gauss[i]),
               "curved": kept(product[i] if product[i] is not None else torch.zeros_like(leaves[i]))}
        if names[i] in reads:
            c = reads[names[i]]
            row["looks"] = c.shape[2]
            row["columns"] = [kept(c.sum(2)), kept((c ** 2).sum(2)), kept((c == 0).double().sum(2)), kept(c @ c.transpose(1, 2))]
        result["tensors"][names[i]] = row
    result["input"] = [kept(first[-1][r].detach()) for r in result["records"]]
    return result


def describe(name, x, y, classes):
    """The net's inputs as a data set, so that the tests read them like any other."""
    np.save(os.path.join(OUT, f"labels-{len(x)}-{classes}.npy"), y.numpy().astype(np.int64))
    manifest = {"name": name, "task": "classification", "output": "logits",
                "label": {"classes": [str(c) for c in range(classes)]},
                "files": {"test": {"x": f"../../data/foreign/{name}.x.npy", "y": f"labels-{len(x)}-{classes}.npy"}}}
    with open(os.path.join(OUT, name + ".data.json"), "w") as f:
        json.dump(manifest, f)
        f.write("\n")


def main():
    os.makedirs(OUT, exist_ok=True)
    for name in sys.argv[1:] or NAMES + NETS:
        if name in NAMES:
            net = Net(os.path.join(SAMPLES, name, "model.onnx"))
            x, y = load_data(name)["test"]
            x, y = x[:RECORDS], y[:RECORDS]
            shape = [d.dim_value for d in net.graph.input[0].type.tensor_type.shape.dim][1:]
            x = torch.as_tensor(np.asarray(x, np.float32)).reshape(-1, *shape)
        else:
            net = Net(os.path.join(FOREIGN, name + ".onnx"))
            x = torch.from_numpy(np.load(os.path.join(FOREIGN, name + ".x.npy")))
            classes = np.load(os.path.join(FOREIGN, name + ".y.npy")).shape[1]
            y = torch.arange(len(x)) % classes
            describe(name, x, y, classes)
        result = measure(net, x, torch.as_tensor(y).long())
        with open(os.path.join(OUT, name + ".json"), "w") as f:
            json.dump(result, f, separators=(",", ":"))
            f.write("\n")
        print(name, "loss", result["loss"], "tensors", len(result["tensors"]))


if __name__ == "__main__":
    main()
