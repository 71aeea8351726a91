"""Write tests/data/onnx/: models of PyTorch and of the onnx package, for tests/unit/test_onnx.c and the fuzzer's corpus.

types.onnx holds 6 elements of each element type, shape 2 x 3, as raw_data (NAME_raw) and in typed fields (NAME_typed): element i is
(i - 2) / 2 for the float types, i - 2 for signed and i for unsigned integers, i % 2 for bool. The other files say below what
is in them."""
import os
import sys

import numpy as np
import onnx
import torch
from onnx import TensorProto as T
from onnx import helper as h

here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "onnx")
os.makedirs(here, exist_ok=True)


def path(name):
    return os.path.join(here, name)


def port(name, shape, kind=T.FLOAT):
    return h.make_tensor_value_info(name, kind, shape)


def write(name, nodes, inputs, outputs, tensors, opset=13, extra=(), ir=7, edit=None, **graph):
    g = h.make_graph(nodes, "g", inputs, outputs, tensors, **graph)
    imports = ([h.make_opsetid("", opset)] if opset else []) + list(extra)
    m = h.make_model(g, opset_imports=imports, producer_name="onnx_files")
    m.ir_version = ir
    data = m.SerializeToString() if edit is None else edit(m)
    with open(path(name), "wb") as f:
        f.write(data)
    return m


# A small network of PyTorch's with a free batch, and a convolutional one.
torch.manual_seed(1)
mlp = torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3)).eval()
free = {"input": {0: "batch"}, "output": {0: "batch"}}
torch.onnx.export(mlp, torch.zeros(1, 6), path("mlp.onnx"), opset_version=13, input_names=["input"],
                  output_names=["output"], dynamic_axes=free)
conv = torch.nn.Sequential(torch.nn.Conv2d(2, 4, 3, padding=1, groups=2), torch.nn.ReLU(), torch.nn.AvgPool2d(2),
                           torch.nn.Flatten(), torch.nn.Linear(16, 3)).eval()
torch.onnx.export(conv, torch.zeros(1, 2, 4, 4), path("conv.onnx"), opset_version=11, input_names=["input"],
                  output_names=["output"], dynamic_axes=free)

# Every element type.
numbers = {"float": (T.FLOAT, "f"), "float16": (T.FLOAT16, "f"), "bfloat16": (T.BFLOAT16, "f"), "double": (T.DOUBLE, "f"),
           "int8": (T.INT8, "i"), "int16": (T.INT16, "i"), "int32": (T.INT32, "i"), "int64": (T.INT64, "i"),
           "uint8": (T.UINT8, "u"), "uint16": (T.UINT16, "u"), "uint32": (T.UINT32, "u"), "uint64": (T.UINT64, "u"),
           "bool": (T.BOOL, "b")}
i = np.arange(6)
values = {"f": (i - 2) / 2.0, "i": i - 2, "u": i, "b": i % 2 == 1}


def bfloat16_bits(v):
    return (np.asarray(v, np.float32).view(np.uint32) >> 16).astype(np.uint16)  # exact for these values


def raw_bytes(kind, v):
    if kind == T.BFLOAT16:
        return bfloat16_bits(v).tobytes()
    return np.asarray(v).astype(onnx.mapping.TENSOR_TYPE_TO_NP_TYPE[kind]).tobytes()


def typed(name, kind, v):
    t = T(name=name, data_type=kind, dims=[2, 3])
    if kind == T.FLOAT:
        t.float_data.extend(v)
    elif kind == T.DOUBLE:
        t.double_data.extend(v)
    elif kind == T.INT64:
        t.int64_data.extend(int(x) for x in v)
    elif kind in (T.UINT32, T.UINT64):
        t.uint64_data.extend(int(x) for x in v)
    elif kind == T.FLOAT16:
        t.int32_data.extend(int(x) for x in v.astype(np.float16).view(np.uint16))
    elif kind == T.BFLOAT16:
        t.int32_data.extend(int(x) for x in bfloat16_bits(v))
    else:
        t.int32_data.extend(int(x) for x in v)
    return t


tensors = []
for name, (kind, letter) in numbers.items():
    tensors.append(T(name=name + "_raw", data_type=kind, dims=[2, 3], raw_data=raw_bytes(kind, values[letter])))
    tensors.append(typed(name + "_typed", kind, values[letter]))
tensors.append(h.make_tensor("text", T.STRING, [2], [b"a", b"b"]))
tensors.append(h.make_tensor("complex", T.COMPLEX64, [1], [1 + 2j]))
tensors.append(h.make_tensor("scalar", T.FLOAT, [], [2.5]))
tensors.append(T(name="empty", data_type=T.FLOAT, dims=[0, 4]))
tensors.append(h.make_tensor("large", T.INT64, [4], [2 ** 40, -2 ** 40, 2 ** 63 - 1, -2 ** 63]))
tensors.append(h.make_tensor("large_unsigned", T.UINT64, [2], [2 ** 64 - 1, 2 ** 31]))
tensors.append(h.make_tensor("tenths", T.DOUBLE, [3], np.array([0.1, 0.2, 0.3]).tobytes(), raw=True))
tensors.append(h.make_tensor("special", T.FLOAT16, [4], np.array([np.inf, -np.inf, np.nan, 2 ** -24], np.float16).tobytes(),
                             raw=True))
write("types.onnx", [h.make_node("Identity", ["x"], ["y"])], [port("x", ["n", 2])], [port("y", ["n", 2])], tensors)

# Every kind of attribute, Constant in all its forms, a graph in an If.
branch = h.make_graph([h.make_node("Constant", [], ["b"], value_float=1.0)], "branch", [], [port("b", [])])
node = h.make_node("Everything", ["x", "", "c"], ["y", ""], name="all/of\x1bit", domain="example", an_int=-3, a_float=0.25,
                   a_string="text", ints=[1, -2, 2 ** 40], floats=[0.5, -1.5], strings=["p", "", "q"],
                   tensor=h.make_tensor("t", T.INT64, [2, 1], [7, 8]), graph=branch)
node.attribute.append(h.make_attribute("tensors", [h.make_tensor("t", T.FLOAT, [1], [1.0])]))
node.attribute.append(h.make_attribute("words", h.make_tensor("t", T.STRING, [1], [b"w"])))
untyped = onnx.AttributeProto(name="untyped", ints=[4, 5])
node.attribute.append(untyped)
constants = [h.make_node("Constant", [], ["c_tensor"], value=h.make_tensor("c", T.INT64, [2], [-1, 6])),
             h.make_node("Constant", [], ["c_float"], value_float=1.5),
             h.make_node("Constant", [], ["c_floats"], value_floats=[1.0, 2.0, 3.0]),
             h.make_node("Constant", [], ["c_int"], value_int=3),
             h.make_node("Constant", [], ["c_ints"], value_ints=[1, 2, 3]),
             h.make_node("Constant", [], ["c_string"], value_string="s")]
write("attributes.onnx", constants + [node], [port("x", [1, "features", None])], [port("y", [])], [],
      extra=[h.make_opsetid("example", 1)])

# A classifier of ai.onnx.ml: a map for an output, class labels as strings.
linear = h.make_node("LinearClassifier", ["x"], ["label", "p"], domain="ai.onnx.ml", coefficients=[1.0, -1.0, -1.0, 1.0],
                     intercepts=[0.0, 0.5], classlabels_strings=["no", "yes"], post_transform="SOFTMAX")
zipmap = h.make_node("ZipMap", ["p"], ["map"], domain="ai.onnx.ml", classlabels_strings=["no", "yes"])
of = onnx.ValueInfoProto(name="map")
of.type.sequence_type.elem_type.map_type.key_type = T.STRING
of.type.sequence_type.elem_type.map_type.value_type.tensor_type.elem_type = T.FLOAT
write("ml.onnx", [linear, zipmap], [port("x", [None, 2])], [port("label", [None], T.STRING), of], [], opset=None,
      extra=[h.make_opsetid("ai.onnx.ml", 1)])

# What poda does not understand: docs, metadata, annotations, training information, and fields that no standard knows.
rng = np.random.RandomState(0)
w = h.make_tensor("w", T.FLOAT, [3, 2], rng.randn(6).astype(np.float32).tobytes(), raw=True)
w.doc_string = "a weight"
b = h.make_tensor("b", T.FLOAT, [2], [0.5, -0.5])
gemm = h.make_node("Gemm", ["x", "w", "b"], ["y"], name="gemm", doc_string="a node", alpha=1.0)


def unknown(number, payload):
    key = number << 3 | 2
    return bytes([key & 127 | 128, key >> 7]) + bytes([len(payload)]) + payload


def enrich(m):
    m.doc_string = "a model"
    m.domain, m.model_version = "org.example", 17
    m.metadata_props.add(key="author", value="nobody")
    m.metadata_props.add(key="licence", value="none \u2014 with UTF-8")
    m.graph.doc_string = "a graph"
    m.graph.input[0].doc_string = "an input"
    m.graph.input[0].type.denotation = "TENSOR"
    m.graph.input[0].type.tensor_type.shape.dim[0].denotation = "DATA_BATCH"
    m.graph.value_info.append(port("hidden", [None, 2]))
    note = m.graph.quantization_annotation.add(tensor_name="w")
    note.quant_parameter_tensor_names.add(key="SCALE_TENSOR", value="scale")
    m.training_info.add().algorithm.name = "none"
    for message, payload in ((m.graph.node[0], b"node"), (m.graph.node[0].attribute[0], b"attribute"),
                             (m.graph.initializer[0], b"tensor"), (m.graph.input[0].type.tensor_type, b"type"),
                             (m.graph, b"graph"), (m, b"model")):
        message.MergeFromString(unknown(200, b"unknown field of " + payload))
    return m.SerializeToString()


write("rich.onnx", [gemm], [port("x", ["N", 3])], [port("y", ["N", 2])], [w, b], edit=enrich)

# IR version 3: initializers are inputs as well.
write("ir3.onnx", [gemm], [port("x", ["N", 3]), port("w", [3, 2]), port("b", [2])], [port("y", ["N", 2])], [w, b], opset=7, ir=3)

# Weights beside the model, in a folder below it, too.
os.makedirs(path("external"), exist_ok=True)


def outside(name, kind, dims, location, **where):
    t = T(name=name, data_type=kind, dims=dims, data_location=T.EXTERNAL)
    for key, value in [("location", location)] + [(k, str(v)) for k, v in where.items()]:
        t.external_data.add(key=key, value=value)
    return t


with open(path("external/weights.bin"), "wb") as f:
    f.write(b"\xee" * 16 + rng.randint(-4, 5, 6).astype(np.float32).tobytes() + np.array([0.1, 0.2]).tobytes())
os.makedirs(path("external/below"), exist_ok=True)
with open(path("external/below/half.bin"), "wb") as f:
    f.write(np.array([1.0, -2.0], np.float16).tobytes())
write("external/model.onnx",
      [h.make_node("Cast", ["b"], ["b32"], to=T.FLOAT), h.make_node("Cast", ["c"], ["c32"], to=T.FLOAT),
       h.make_node("Gemm", ["x", "w", "b32"], ["h"]), h.make_node("Add", ["h", "c32"], ["y"])],
      [port("x", ["N", 3])], [port("y", ["N", 2])],
      [outside("w", T.FLOAT, [3, 2], "weights.bin", offset=16, length=24),
       outside("b", T.DOUBLE, [2], "weights.bin", offset=40), outside("c", T.FLOAT16, [2], "below/half.bin")])
sys.stdout.write("onnx %s, torch %s\n" % (onnx.__version__, torch.__version__))
