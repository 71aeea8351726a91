"""Writes tests/data/unusual/: small models of what exporters seldom write, 8 inputs each and ONNX Runtime's answers.

nothing       no constant is a weight that can be pruned
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
random = np.random.default_rng(1)


def weight(name, *shape):
    return numpy_helper.from_array(random.normal(0, 0.5, shape).astype(np.float32), name)


def node(op, inputs, output, **attributes):
    return helper.make_node(op, inputs.split(), [output], **attributes)


def port(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


def model(nodes, weights, given, answered, opset):
    graph = helper.make_graph(nodes, "unusual", [port("x", given)], [port("y", answered)], weights)
    out = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    out.ir_version = 13 if opset > 24 else 8
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


os.makedirs(OUT, exist_ok=True)
nothing()
free_sizes()
