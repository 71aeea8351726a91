"""Models of sizes that people have, with random weights, for measuring how long opening, pruning and predicting take.

Run with a Python that has numpy and onnx: python tests/bench/models.py FOLDER [NAME...]
Writes FOLDER/NAME.onnx: conv64 (242,000 weights, 64x64 images), resnet18 (11 million, 32x32), wide (268 MB, dense), detector (5 million,
320x320, depthwise convolutions and a feature pyramid), vit (two encoder blocks of width 48 over 16 patches of 28x28 images)."""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Net:
    """A graph under construction. Every method gives the name of its result."""

    def __init__(self, name, shape):
        self.name, self.random = name, np.random.default_rng(1)
        self.nodes, self.tensors, self.outputs, self.made = [], [], [], 0
        self.inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", *shape])]

    def tensor(self, name, array):
        self.tensors.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weight(self, name, shape):
        fan_in = int(np.prod(shape[1:]))
        return self.tensor(name, (self.random.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(np.float32))

    def op(self, kind, inputs, **attributes):
        self.made += 1
        out = f"v{self.made}"
        self.nodes.append(helper.make_node(kind, inputs, [out], name=f"{kind}_{self.made}", **attributes))
        return out

    def conv(self, name, x, inputs, outputs, kernel=3, stride=1, group=1, relu=True):
        w = self.weight(f"{name}.weight", (outputs, inputs // group, kernel, kernel))
        b = self.tensor(f"{name}.bias", np.zeros(outputs, np.float32))
        pad = kernel // 2
        y = self.op("Conv", [x, w, b], strides=[stride, stride], pads=[pad] * 4, group=group)
        return self.op("Relu", [y]) if relu else y

    def linear(self, name, x, inputs, outputs):
        w = self.weight(f"{name}.weight", (outputs, inputs))
        b = self.tensor(f"{name}.bias", np.zeros(outputs, np.float32))
        return self.op("Gemm", [x, w, b], transB=1)

    def head(self, x, inputs, outputs):
        return self.linear("head", self.op("Flatten", [self.op("GlobalAveragePool", [x])]), inputs, outputs)

    def save(self, folder, *outputs):
        ports = [helper.make_tensor_value_info(y, TensorProto.FLOAT, None) for y in outputs]
        graph = helper.make_graph(self.nodes, self.name, self.inputs, ports, self.tensors)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, os.path.join(folder, f"{self.name}.onnx"))


def conv64(folder):
    n = Net("conv64", (3, 64, 64))
    x = n.conv("c1", "x", 3, 32)
    x = n.conv("c2", x, 32, 64, stride=2)
    x = n.conv("c3", x, 64, 128, stride=2)
    x = n.conv("c4", x, 128, 128)
    n.save(folder, n.head(x, 128, 10))


def resnet18(folder):
    n = Net("resnet18", (3, 32, 32))
    x, width = n.conv("stem", "x", 3, 64), 64
    for stage, outputs in enumerate((64, 128, 256, 512)):
        for block in range(2):
            stride = 2 if stage and not block else 1
            name = f"layer{stage + 1}.{block}"
            y = n.conv(f"{name}.conv1", x, width, outputs, stride=stride)
            y = n.conv(f"{name}.conv2", y, outputs, outputs, relu=False)
            if stride != 1 or width != outputs:
                x = n.conv(f"{name}.down", x, width, outputs, kernel=1, stride=stride, relu=False)
            x, width = n.op("Relu", [n.op("Add", [x, y])]), outputs
    n.save(folder, n.head(x, 512, 10))


def wide(folder):
    n = Net("wide", (4096,))
    x = n.op("Relu", [n.linear("fc1", "x", 4096, 8192)])
    x = n.op("Relu", [n.linear("fc2", x, 8192, 4096)])
    n.save(folder, n.linear("fc3", x, 4096, 10))


def detector(folder):
    n = Net("detector", (3, 320, 320))

    def separable(name, x, inputs, outputs, stride=1):
        x = n.conv(f"{name}.depth", x, inputs, inputs, stride=stride, group=inputs)
        return n.conv(f"{name}.point", x, inputs, outputs, kernel=1)

    x, levels, width = n.conv("stem", "x", 3, 32, stride=2), [], 32
    for stage, (outputs, depth) in enumerate(((64, 1), (128, 2), (256, 3), (512, 6), (1024, 2))):
        for block in range(depth):
            x = separable(f"s{stage}.{block}", x, width, outputs, stride=2 if not block and stage else 1)
            width = outputs
        levels.append((x, width))
    wide_levels = levels[2:]
    features = [n.conv(f"lateral{i}", y, c, 128, kernel=1) for i, (y, c) in enumerate(wide_levels)]
    scales = n.tensor("scales", np.array([1, 1, 2, 2], np.float32))
    for i in (1, 0):
        up = n.op("Resize", [features[i + 1], "", scales], mode="nearest", coordinate_transformation_mode="asymmetric",
                  nearest_mode="floor")
        features[i] = separable(f"merge{i}", n.op("Concat", [features[i], up], axis=1), 256, 128)
    out = []
    for i, f in enumerate(features):
        f = separable(f"head{i}.0", f, 128, 256)
        f = n.conv(f"head{i}.1", f, 256, 85 * 3, kernel=1, relu=False)
        shape = n.tensor(f"flat{i}", np.array([0, 255, -1], np.int64))
        out.append(n.op("Reshape", [f, shape]))
    n.save(folder, n.op("Sigmoid", [n.op("Concat", out, axis=2)]))


def vit(folder):
    n, width, heads, tokens, hidden = Net("vit", (1, 28, 28)), 48, 4, 16, 192
    split = n.tensor("split", np.array([0, tokens, heads, width // heads], np.int64))
    whole = n.tensor("whole", np.array([0, tokens, width], np.int64))
    root = n.tensor("root", np.array((width / heads) ** -0.5, np.float32))

    def linear(name, x, inputs, outputs):
        w = n.tensor(f"{name}.weight", n.random.standard_normal((inputs, outputs)).astype(np.float32) * inputs**-0.5)
        return n.op("Add", [n.tensor(f"{name}.bias", np.zeros(outputs, np.float32)), n.op("MatMul", [x, w])])

    def norm(name, x):
        w = n.tensor(f"{name}.weight", np.ones(width, np.float32))
        return n.op("LayerNormalization", [x, w, n.tensor(f"{name}.bias", np.zeros(width, np.float32))], axis=-1)

    def gelu(x):
        half, one, two = (n.tensor(f"c{n.made}.{v:.1f}", np.array(v, np.float32)) for v in (0.5, 1.0, 2**0.5))
        erf = n.op("Erf", [n.op("Div", [x, two])])
        return n.op("Mul", [n.op("Mul", [x, n.op("Add", [erf, one])]), half])

    x = n.op("Conv", ["x", n.weight("patch.weight", (width, 1, 7, 7)), n.tensor("patch.bias", np.zeros(width, np.float32))],
             strides=[7, 7], kernel_shape=[7, 7])
    x = n.op("Transpose", [n.op("Reshape", [x, n.tensor("flat", np.array([0, width, tokens], np.int64))])], perm=[0, 2, 1])
    x = n.op("Add", [x, n.tensor("place", n.random.standard_normal((1, tokens, width)).astype(np.float32))])
    for i in range(2):
        y = norm(f"{i}.norm1", x)
        q, k, v = (n.op("Reshape", [linear(f"{i}.{part}", y, width, width), split]) for part in "qkv")
        q, v = (n.op("Transpose", [part], perm=[0, 2, 1, 3]) for part in (q, v))
        seen = n.op("MatMul", [n.op("Mul", [q, root]), n.op("Transpose", [k], perm=[0, 2, 3, 1])])
        y = n.op("Transpose", [n.op("MatMul", [n.op("Softmax", [seen], axis=-1), v])], perm=[0, 2, 1, 3])
        x = n.op("Add", [x, linear(f"{i}.out", n.op("Reshape", [y, whole]), width, width)])
        y = gelu(linear(f"{i}.up", norm(f"{i}.norm2", x), width, hidden))
        x = n.op("Add", [x, linear(f"{i}.down", y, hidden, width)])
    n.save(folder, n.linear("head", n.op("ReduceMean", [norm("norm", x)], axes=[1], keepdims=0), width, 10))


if __name__ == "__main__":
    folder, *names = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for make in (conv64, resnet18, wide, detector, vit):
        if not names or make.__name__ in names:
            make(folder)
