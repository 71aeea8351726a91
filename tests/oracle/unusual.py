"""Writes tests/data/unusual/: small models of what exporters seldom write, 8 inputs each and ONNX Runtime's answers.

nothing       no constant is a weight that can be pruned
opset-22 ..   a network of all operators that these sets of operators list anew (opsets.py)
swish-24      an operator that came with set 24
einsum        layers written with letters: the matrix left and right, as stored and turned, positions mixed, axes exchanged
free-sizes    height and width are free; how many positions there are is computed from shapes
    python3 unusual.py     made with onnx 1.23.2, onnxruntime 1.32.0
"""
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "unusual")
ROWS = 8
random = np.random.default_rng(1)  # new models at the end: the others stay as they are


def weight(name, *shape):
    return numpy_helper.from_array(random.normal(0, 0.5, shape).astype(np.float32), name)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], **attributes)


def port(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes, weights, given, answered, opset):
    graph = helper.make_graph(nodes, "unusual", [port("x", given)], [port("y", answered)], weights)
    out = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    out.ir_version = {22: 10, 23: 11, 24: 12, 25: 13}.get(opset, 8)
    onnx.checker.check_model(out, full_check=True)
    return out


def save(name, made, *shape):
    path = os.path.join(OUT, name)
    x = random.normal(0, 1, (ROWS, *shape)).astype(np.float32)
    onnx.save(made, path + ".onnx")
    np.save(path + ".x.npy", x)
    session = onnxruntime.InferenceSession(path + ".onnx", providers=["CPUExecutionProvider"])
    y = session.run(None, {"x": x})[0]
    np.save(path + ".y.npy", y)
    print(name, os.path.getsize(path + ".onnx"), "bytes", y.shape)


def nothing():
    nodes = [node("Mul", "x a", "z"), node("Sub", "z b", "u"), node("Sigmoid", "u", "y")]
    save("nothing", model(nodes, [weight("a", 3), weight("b", 3)], ["batch", 3], ["batch", 3], 17), 3)


def free_sizes():
    nodes = [node("Conv", "x a.weight a.bias", "h", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), node("Relu", "h", "r"),
             node("Shape", "r", "sizes"), node("Mul", "height width", "positions"),
             node("Concat", "count channels positions", "target", axis=0), node("Reshape", "r target", "t"),
             node("Transpose", "t", "u", perm=[0, 2, 1]), node("MatMul", "u b.weight", "v"),
             node("ReduceMean", "v", "m", axes=[1], keepdims=0), node("Gemm", "m c.weight c.bias", "y", transB=1)]
    weights = [weight("a.weight", 6, 2, 3, 3), weight("a.bias", 6), weight("b.weight", 6, 5), weight("c.weight", 3, 5),
               weight("c.bias", 3)]
    for i, name in enumerate(["count", "channels", "height", "width"]):
        nodes.insert(3 + i, node("Gather", "sizes at." + name, name))
        weights.append(numpy_helper.from_array(np.array([i]), "at." + name))
    save("free-sizes", model(nodes, weights, ["batch", 2, "height", "width"], ["batch", 3], 13), 2, 5, 7)


def newest(opset):
    nodes = [node("Conv", "x a.weight a.bias", "c1", kernel_shape=[3, 3], pads=[1, 1, 1, 1]), node("HardSwish", "c1", "c2"),
             node("AveragePool", "c2", "c3", kernel_shape=[2, 2], strides=[3, 3], pads=[0, 0, 1, 1], ceil_mode=1),
             node("ConvTranspose", "c3 b.weight b.bias", "c4", kernel_shape=[2, 2], strides=[2, 2]), node("Elu", "c4", "c5"),
             node("InstanceNormalization", "c5 scale shift", "c6"),
             node("MaxPool", "c6", "c7", kernel_shape=[2, 2], strides=[3, 3], pads=[0, 0, 1, 1], ceil_mode=1),
             node("Constant", "", "margins", value=numpy_helper.from_array(np.array([0, 0, 0, 1, 0, 0, 1, 0]))),
             node("Pad", "c7 margins", "c8"), node("Softplus", "c8", "c9"), node("Selu", "c9", "c10"),
             node("GlobalAveragePool", "c10", "mean"), node("GlobalMaxPool", "c10", "most"),
             node("Concat", "mean most", "both", axis=1), node("Flatten", "both", "flat"), node("Identity", "flat", "same"),
             node("Dropout", "same", "kept"), node("Unsqueeze", "kept last", "row"), node("Transpose", "row", "turned", perm=[0, 2, 1]),
             node("Squeeze", "turned middle", "v"), node("Shape", "v", "sizes"), node("Size", "sizes", "two"),
             node("Cast", "two", "real", to=TensorProto.FLOAT), node("ConstantOfShape", "one", "zero"),
             node("Add", "real zero", "offset"), node("Div", "v offset", "half"), node("Reshape", "half sizes", "r"),
             node("Softsign", "r", "s"), node("HardSigmoid", "s", "h"), node("Round", "v", "whole"), node("Add", "h whole", "sum"),
             node("Gemm", "sum c.weight c.bias", "y", transB=1)]
    weights = [weight("a.weight", 4, 2, 3, 3), weight("a.bias", 4), weight("b.weight", 4, 3, 2, 2), weight("b.bias", 3),
               weight("scale", 3), weight("shift", 3), weight("c.weight", 3, 6), weight("c.bias", 3),
               numpy_helper.from_array(np.array([2]), "last"), numpy_helper.from_array(np.array([1]), "middle"),
               numpy_helper.from_array(np.array([1]), "one")]
    save(f"opset-{opset}", model(nodes, weights, ["batch", 2, 8, 8], ["batch", 3], opset), 2, 8, 8)


os.makedirs(OUT, exist_ok=True)
nothing()
free_sizes()
for opset in (22, 23, 24, 25):
    newest(opset)
swish = model([node("Gemm", "x w", "h"), node("Swish", "h", "y")], [weight("w", 3, 2)], ["batch", 3], ["batch", 2], 24)
onnx.save(swish, os.path.join(OUT, "swish-24.onnx"))  # to be refused
nodes = [node("Einsum", "x a.weight", "h1", equation="bsd,du->bsu"), node("Add", "h1 a.bias", "h2"), node("Relu", "h2", "h3"),
         node("Einsum", "h3 b.weight", "h4", equation="...d,ud->...u"), node("Tanh", "h4", "h5"),
         node("Einsum", "c.weight h5", "h6", equation="ps,bsu->bpu"), node("Add", "h6 c.bias", "h7"), node("Relu", "h7", "h8"),
         node("Einsum", "h8 d.weight", "h9", equation="bpu,ku->bkp"), node("ReduceMean", "h9", "y", axes=[2], keepdims=0)]
save("einsum", model(nodes, [weight("a.weight", 4, 8), weight("a.bias", 8), weight("b.weight", 6, 8), weight("c.weight", 7, 3),
                             weight("c.bias", 7, 1), weight("d.weight", 3, 6)], ["batch", 3, 4], ["batch", 3], 13), 3, 4)
