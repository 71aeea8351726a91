"""Cases of opset 18 to 21, of Gelu and of what ONNX Runtime alone decides: models, inputs, and the outputs of ONNX Runtime.

Run from the top folder with a Python that has onnx, onnxruntime and numpy: python tests/oracle/opset18.py
Writes tests/data/opset18/NAME/{model.onnx,input_N.pb,output_N.pb}, which are committed; tests/conformance reads them."""
import os

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

OUT = os.path.join("tests", "data", "opset18")
RNG = np.random.RandomState(18)
ML = "ai.onnx.ml"
KINDS = onnx.mapping.NP_TYPE_TO_TENSOR_TYPE


def reals(*shape):
    return RNG.uniform(-2, 2, shape).astype(np.float32)


def ints(*values):
    return np.array(values, np.int64)


def floats(*values):
    return np.array(values, np.float32)


def case(name, opset, op, inputs, constants=(), n_outputs=1, domain="", **attributes):
    """One node: inputs are fed, constants (name them None to leave an optional input out) are initializers behind them."""
    names = ["x%d" % i for i in range(len(inputs))]
    given = ["" if c is None else "c%d" % i for i, c in enumerate(constants)]
    outputs = ["y%d" % i for i in range(n_outputs)]
    node = helper.make_node(op, names + given, outputs, domain=domain, **attributes)
    graph = helper.make_graph(
        [node], name,
        [helper.make_tensor_value_info(n, KINDS[x.dtype], x.shape) for n, x in zip(names, inputs)],
        [onnx.ValueInfoProto(name=o) for o in outputs],
        [numpy_helper.from_array(c, "c%d" % i) for i, c in enumerate(constants) if c is not None])
    imports = [helper.make_opsetid("", opset)] + ([helper.make_opsetid(ML, 3)] if domain else [])
    model = helper.make_model(graph, opset_imports=imports, ir_version=8)
    results = run(model, dict(zip(names, inputs)), outputs)
    write(name, model, inputs, results)


def run(model, feed, outputs):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(outputs, feed)


def write(name, model, inputs, results):
    folder = os.path.join(OUT, name)
    os.makedirs(folder, exist_ok=True)
    del model.graph.output[:]
    for i, result in enumerate(results):
        model.graph.output.append(helper.make_tensor_value_info("y%d" % i, KINDS[result.dtype], result.shape))
    with open(os.path.join(folder, "model.onnx"), "wb") as f:
        f.write(model.SerializeToString())
    for kind, arrays in (("input", inputs), ("output", results)):
        for i, array in enumerate(arrays):
            with open(os.path.join(folder, "%s_%d.pb" % (kind, i)), "wb") as f:
                f.write(numpy_helper.from_array(array).SerializeToString())


def reductions():
    x = reals(1, 3, 4, 5)
    for opset in (18, 20):
        for op in ("ReduceMean", "ReduceMax", "ReduceMin", "ReduceSum", "ReduceProd", "ReduceL1", "ReduceL2",
                   "ReduceSumSquare"):
            case("%s_axes_input_%d" % (op.lower(), opset), opset, op, [x], [ints(-1, 1)], keepdims=int(opset == 18))
    case("reducemean_no_axes_18", 18, "ReduceMean", [x], keepdims=0)
    case("reducemean_empty_axes_noop_18", 18, "ReduceMean", [x], [ints()], noop_with_empty_axes=1)
    case("reducesum_int_18", 18, "ReduceSum", [np.arange(12, dtype=np.int32).reshape(1, 3, 4)], [ints(2)])
    case("reducemean_first_axes_18", 18, "ReduceMean", [x], [ints(0, 1)])
    case("argmax_last_18", 18, "ArgMax", [np.round(x)], axis=2, select_last_index=1, keepdims=0)


def gelu():
    x = np.linspace(-6, 6, 41, dtype=np.float32).reshape(1, 41)
    for approximate in ("none", "tanh"):
        case("gelu_%s_20" % approximate, 20, "Gelu", [x], approximate=approximate)
    case("gelu_21", 21, "Gelu", [x])


def splits():
    x = reals(1, 7, 2)
    case("split_num_outputs_18", 18, "Split", [x], n_outputs=3, axis=1, num_outputs=3)
    case("split_sizes_18", 18, "Split", [x], [ints(2, 5)], n_outputs=2, axis=1)


def pads():
    x = reals(1, 2, 3, 4)
    zero = floats(0.5).reshape(())
    case("pad_axes_18", 18, "Pad", [x], [ints(1, 2, 0, 1), zero, ints(2, 3)])
    case("pad_negative_axes_19", 19, "Pad", [x], [ints(1, 2), zero, ints(-1)])
    case("pad_reflect_18", 18, "Pad", [x], [ints(0, 0, 1, 2, 0, 0, 1, 2)], mode="reflect")
    case("pad_edge_19", 19, "Pad", [x], [ints(0, 0, 2, 0, 0, 0, 0, 3)], mode="edge")
    case("pad_wrap_19", 19, "Pad", [x], [ints(0, 0, 1, 2, 0, 0, 1, 1)], mode="wrap")


def resizes():
    x = reals(1, 2, 4, 6)
    places = ("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")
    for place in places:
        for mode in ("nearest", "linear"):
            case("resize_%s_%s_sizes_18" % (mode, place), 18, "Resize", [x], [None, None, ints(1, 2, 7, 4)], mode=mode,
                 coordinate_transformation_mode=place)
            case("resize_%s_%s_scales_19" % (mode, place), 19, "Resize", [x], [None, floats(1, 1, 1.6, 2.5)], mode=mode,
                 coordinate_transformation_mode=place)
    case("resize_symmetric_19", 19, "Resize", [x], [None, floats(1, 1, 1.3, 0.7)], mode="linear",
         coordinate_transformation_mode="half_pixel_symmetric")
    for near in ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"):
        for place in ("half_pixel", "asymmetric"):
            case("resize_nearest_%s_%s_13" % (near, place), 13, "Resize", [x], [None, floats(1, 1, 0.5, 1.5)],
                 nearest_mode=near, coordinate_transformation_mode=place)
    case("resize_axes_18", 18, "Resize", [x], [None, None, ints(5, 9)], mode="linear", axes=[2, 3])
    case("resize_axes_scales_18", 18, "Resize", [x], [None, floats(2, 0.5)], axes=[3, 2])
    for policy in ("not_larger", "not_smaller"):
        case("resize_%s_18" % policy, 18, "Resize", [x], [None, None, ints(7, 8)], axes=[2, 3],
             keep_aspect_ratio_policy=policy)
    case("resize_1d_linear_18", 18, "Resize", [reals(1, 2, 5)], [None, floats(1, 1, 2)], mode="linear")
    case("resize_3d_linear_18", 18, "Resize", [reals(1, 1, 2, 3, 4)], [None, floats(1, 1, 2, 2, 2)], mode="linear")
    case("resize_nearest_10", 10, "Resize", [x], [floats(1, 1, 2, 1.5)])
    case("resize_nearest_shrinking_10", 10, "Resize", [x], [floats(1, 1, 0.6, 0.7)])
    case("resize_linear_10", 10, "Resize", [x], [floats(1, 1, 2, 1.5)], mode="linear")
    case("resize_integers_13", 13, "Resize", [np.arange(8, dtype=np.int32).reshape(1, 1, 2, 4)],
         [None, floats(1, 1, 2, 2)], coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    case("upsample_nearest_9", 9, "Upsample", [x], [floats(1, 1, 2, 3)])
    case("upsample_linear_9", 9, "Upsample", [x], [floats(1, 1, 2, 2)], mode="linear")
    case("upsample_attribute_7", 7, "Upsample", [x], scales=[1.0, 1.0, 2.0, 2.0])


def norms():
    x = reals(1, 3, 4, 5) + 3
    case("layernorm_17", 17, "LayerNormalization", [x], [reals(5), reals(5)], epsilon=1e-3)
    case("layernorm_statistics_17", 17, "LayerNormalization", [x], [reals(4, 5)], n_outputs=3, axis=2)
    case("layernorm_broadcast_18", 18, "LayerNormalization", [x], [reals(1, 5), reals(4, 1)], axis=-2)
    case("layernorm_far_from_zero_17", 17, "LayerNormalization", [x + 30], [reals(5), reals(5)])
    case("batchnorm_15", 15, "BatchNormalization", [x], [reals(3), reals(3), reals(3), np.abs(reals(3)) + 0.1])
    case("batchnorm_flat_9", 9, "BatchNormalization", [reals(1, 6)], [reals(6), reals(6), reals(6), np.abs(reals(6))],
         epsilon=1e-2)
    case("instancenorm_21", 21, "InstanceNormalization", [x], [reals(3), reals(3)])
    for op in ("Softmax", "LogSoftmax"):
        case("%s_flattened_11" % op.lower(), 11, op, [x], axis=1)
        case("%s_flattened_default_7" % op.lower(), 7, op, [reals(1, 5)])
        case("%s_middle_18" % op.lower(), 18, op, [x * 30], axis=1)


def pools():
    x = reals(1, 2, 7, 8)
    for op in ("MaxPool", "AveragePool"):
        case("%s_ceil_19" % op.lower(), 19, op, [x], kernel_shape=[3, 2], strides=[2, 3], pads=[1, 0, 1, 1], ceil_mode=1)
        case("%s_dilated_19" % op.lower(), 19, op, [x], kernel_shape=[2, 3], dilations=[2, 2], strides=[1, 2])
        case("%s_1d_18" % op.lower(), 18, op, [reals(1, 3, 9)], kernel_shape=[4], strides=[2], pads=[1, 2])
        for pad in ("SAME_UPPER", "SAME_LOWER", "VALID"):
            case("%s_%s_11" % (op.lower(), pad.lower()), 11, op, [x], kernel_shape=[3, 3], strides=[2, 2], auto_pad=pad)
    case("averagepool_counts_padding_19", 19, "AveragePool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
         count_include_pad=1)
    case("averagepool_ceil_counts_padding_19", 19, "AveragePool", [x], kernel_shape=[3, 3], strides=[3, 3],
         pads=[1, 1, 1, 1], ceil_mode=1, count_include_pad=1)


def elements():
    x, z = reals(1, 3, 4), reals(3, 1)
    case("clip_attributes_7", 7, "Clip", [x], min=-0.5, max=1.0)
    case("clip_one_bound_13", 13, "Clip", [x], [None, floats(0.5).reshape(())])
    case("clip_integers_13", 13, "Clip", [np.arange(6, dtype=np.int32).reshape(1, 6)],
         [np.array(1, np.int32), np.array(3, np.int32)])
    case("pow_square_13", 13, "Pow", [x], [floats(2)])
    case("pow_cube_of_negative_13", 13, "Pow", [x], [floats(3)])
    case("pow_integer_exponent_15", 15, "Pow", [x], [np.array(3, np.int64)])
    case("max_of_three_13", 13, "Max", [x, z, reals(4)])
    case("min_of_one_8", 8, "Min", [x])
    case("sum_of_three_13", 13, "Sum", [x, z, reals(1)])
    case("mod_integers_13", 13, "Mod", [np.array([[-7, 7, -7, 7]], np.int32), np.array([3, -3, -3, 3], np.int32)])
    case("div_integers_14", 14, "Div", [np.array([[-7, 7, -7, 7]], np.int32), np.array([3, -3, -3, 3], np.int32)])
    case("where_broadcast_16", 16, "Where", [np.array([[True], [False]]), reals(2, 1), reals(1, 3)])
    case("prelu_channels_16", 16, "PRelu", [reals(1, 3, 2, 2)], [reals(3, 1, 1)])
    case("equal_bools_19", 19, "Equal", [np.array([[True, False]]), np.array([[True], [False]])])
    case("hardswish_14", 14, "HardSwish", [x * 3])
    case("round_half_even_11", 11, "Round", [floats(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49999997).reshape(1, 7)])
    case("sign_13", 13, "Sign", [floats(-2, 0, 3).reshape(1, 3)])


def einsums():
    a, b = reals(2, 3, 4), reals(2, 4, 5)
    for name, equation, inputs in (
            ("batched", "bij,bjk->bik", [a, b]), ("attention", "bhqd,bhkd->bhqk", [reals(1, 2, 3, 4), reals(1, 2, 5, 4)]),
            ("heads", "bqhd,bkhd->bhqk", [reals(1, 3, 2, 4), reals(1, 5, 2, 4)]), ("implicit", "ij,jk", [a[0], b[0]]),
            ("dots", "...ij,...jk->...ik", [a, b]), ("transposed", "bij->jbi", [a]), ("summed", "bij->bj", [a]),
            ("outer", "i,j->ij", [reals(3), reals(4)]), ("broadcast_dots", "...ij,jk->...ik", [a, b[0]])):
        case("einsum_%s_12" % name, 12, "Einsum", inputs, equation=equation)
    case("einsum_constant_12", 12, "Einsum", [a], [reals(4, 6)], equation="bij,jk->bik")


def scikit():
    x = reals(3, 4)
    case("scaler", 15, "Scaler", [x], domain=ML, offset=[0.5, -1.0, 0.25, 2.0], scale=[2.0, 0.5, 1.5, -1.0])
    case("scaler_one", 15, "Scaler", [x], domain=ML, offset=[0.5], scale=[2.0])
    case("scaler_integers", 15, "Scaler", [np.arange(4, dtype=np.int64).reshape(1, 4)], domain=ML, offset=[0.5],
         scale=[2.0])
    for norm in ("MAX", "L1", "L2"):
        case("normalizer_%s" % norm.lower(), 15, "Normalizer", [x], domain=ML, norm=norm)
    case("normalizer_zeros", 15, "Normalizer", [np.zeros((1, 3), np.float32)], domain=ML, norm="L2")
    case("columns", 15, "ArrayFeatureExtractor", [x], [ints(2, 0)], domain=ML)


for family in (reductions, gelu, splits, pads, resizes, norms, pools, elements, einsums, scikit):
    family()
