"""Write tests/data/kinds/: small models and data sets of every kind that a data set may be of, and what measuring them must give.

    python3 kinds.py      made with numpy 1.24.2, onnx 1.12.0, onnxruntime 1.32.0

Outputs are ONNX Runtime's, of the model as it is and of the file with the pruned weights as zeros; which weights go and all numbers
are NumPy's, in double precision. expected.json lists for each case the commands and members of their results."""
import gzip
import io
import json
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto as T
from onnx import helper as h
from onnx import numpy_helper

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "kinds")
os.makedirs(HERE, exist_ok=True)
rng = np.random.RandomState(7)
AMOUNT = 0.6
N = 40


def path(name):
    return os.path.join(HERE, name)


def make_model(name, sizes, last=None, bias=True, scale=1, shift=0):
    """Dense layers with Relu between them; the last one's outputs scaled and shifted."""
    nodes, tensors, at = [], [], "x"
    for i, (a, b) in enumerate(zip(sizes, sizes[1:])):
        w = rng.randn(b, a).astype(np.float32)
        offset = (0.3 * rng.randn(b) * bias).astype(np.float32)
        if i + 2 == len(sizes):
            w, offset = (w * np.reshape(scale, (-1, 1))).astype(np.float32), (offset * scale + shift).astype(np.float32)
        tensors += [numpy_helper.from_array(w, "fc%d.weight" % (i + 1)), numpy_helper.from_array(offset, "fc%d.bias" % (i + 1))]
        out = "h%d" % (i + 1)
        nodes.append(h.make_node("Gemm", [at, tensors[-2].name, tensors[-1].name], [out], transB=1))
        at = out
        if i + 2 < len(sizes):
            nodes.append(h.make_node("Relu", [at], [at + "r"]))
            at += "r"
    nodes.append(h.make_node(last or "Identity", [at], ["y"]))
    graph = h.make_graph(nodes, name, [h.make_tensor_value_info("x", T.FLOAT, ["n", sizes[0]])],
                         [h.make_tensor_value_info("y", T.FLOAT, ["n", sizes[-1]])], tensors)
    model = h.make_model(graph, opset_imports=[h.make_opsetid("", 13)], producer_name="kinds")
    model.ir_version = 7
    onnx.save(model, path(name + ".onnx"))
    return model


def run(model, x):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.asarray(x, np.float32)})[0].astype(np.float64)


def weights_of(model):
    return [t for t in model.graph.initializer if t.name.endswith(".weight")]


def prune(model, amount):
    """The lowest |w| of all layers go, ties in index order; as many as rounding half to even says."""
    cut = onnx.ModelProto()
    cut.CopyFrom(model)
    flat = np.concatenate([np.abs(numpy_helper.to_array(t)).ravel() for t in weights_of(cut)])
    go = np.zeros(flat.size, bool)
    go[np.argsort(flat, kind="stable")[:int(np.round(amount * flat.size))]] = True
    start = 0
    for t in weights_of(cut):
        w = numpy_helper.to_array(t).copy()
        w[go[start:start + w.size].reshape(w.shape)] = 0
        start += w.size
        t.CopyFrom(numpy_helper.from_array(w, t.name))
    return cut, int(flat.size - go.sum())


def regression(dense, pruned, y):
    y = y.reshape(dense.shape)

    def r2(out):
        return float(np.mean(1 - ((out - y) ** 2).sum(0) / ((y - y.mean(0)) ** 2).sum(0)))

    changed = (np.abs(dense - pruned) > 1e-4 * (dense.max() - dense.min())).any(1)
    return {"mse": float(((pruned - y) ** 2).mean()), "dense_mse": float(((dense - y) ** 2).mean()), "r2": r2(pruned),
            "dense_r2": r2(dense), "loss": float(((pruned - y) ** 2).mean()), "dense_loss": float(((dense - y) ** 2).mean()),
            "changed": int(changed.sum())}


def classification(dense, pruned, y, kind):
    def probabilities(out):
        if out.shape[1] == 1:
            p = out[:, 0] if kind == "probabilities" else 1 / (1 + np.exp(-out[:, 0]))
            return np.stack([1 - p, p], 1)
        if kind == "probabilities":
            return out
        e = np.exp(out - out.max(1, keepdims=True))
        return e / e.sum(1, keepdims=True)

    def answers(out):
        return (probabilities(out)[:, 1] >= 0.5).astype(int) if out.shape[1] == 1 else out.argmax(1)

    def loss(out):
        return float(-np.log(probabilities(out)[np.arange(len(y)), y]).mean())

    a, b = answers(dense), answers(pruned)
    return {"accuracy": float((b == y).mean()), "dense_accuracy": float((a == y).mean()), "loss": loss(pruned),
            "dense_loss": loss(dense), "changed": int((a != b).sum()), "newly_wrong": int(((a == y) & (b != y)).sum()),
            "newly_right": int(((a != y) & (b == y)).sum()), "delta": float((b == y).mean() - (a == y).mean())}


def unlabelled(dense, pruned):
    if dense.shape[1] > 1:
        changed = dense.argmax(1) != pruned.argmax(1)
    else:
        changed = np.abs(dense - pruned)[:, 0] > 1e-4 * (dense.max() - dense.min())
    return {"changed": int(changed.sum())}


def manifest(name, **members):
    with open(path(name + ".json"), "w") as f:
        json.dump(dict(name=name, synthetic=True, **members), f, indent=1)


def write_csv(name, x, y=None, label="y", splits=None):
    columns = ["a%d" % i for i in range(x.shape[1])] + ([label] if y is not None else []) + (["split"] if splits is not None else [])
    with open(path(name + ".csv"), "w") as f:
        f.write(",".join(columns) + "\n")
        for i, row in enumerate(x):
            cells = ["%.9g" % v for v in row] + ([str(y[i])] if y is not None else []) + ([splits[i]] if splits is not None else [])
            f.write(",".join(cells) + "\n")


def save_gz(name, array):
    raw = io.BytesIO()
    np.save(raw, array)
    with open(path(name), "wb") as f:
        f.write(gzip.compress(raw.getvalue(), mtime=0))


def inputs(n_features):
    return rng.randn(N, n_features).astype(np.float32)


cases = []


def case(name, model_name, data, split, model, x, measure):
    cut, kept = prune(model, AMOUNT)
    result = dict(measure(run(model, x), run(cut, x)), split=split, n=len(x), exact=True)
    cases.append({"name": name, "model": model_name + ".onnx", "data": data, "split": split, "amount": AMOUNT, "kept": kept,
                  "eval": result})


# Regression with one target from a CSV, its splits in a column; and with two targets of different spread from an archive.
model = make_model("values", [3, 6, 1])
x = inputs(3)
y = np.array([float("%.6g" % v) for v in run(model, x)[:, 0] + 0.3 * rng.randn(N)])
splits = np.array(["train", "validation", "test", "test"])[np.arange(N) % 4]
write_csv("values", x, y, splits=splits)
manifest("values", task="regression", files={"csv": "values.csv"}, label={"column": "y"}, split={"column": "split"}, output="values")
for split in ("test", "validation"):
    rows = splits == split
    case("regression, " + split, "values", "values.json", split, model, x[rows],
         lambda a, b, rows=rows: regression(a, b, y[rows].astype(np.float32).astype(np.float64)))
model = make_model("two_values", [3, 5, 2], scale=[0.5, 4], shift=[100, 0])
x = inputs(3)
y = (run(model, x) + rng.randn(N, 2) * [0.3, 1]).astype(np.float32)
np.savez(path("two_values.npz"), x=x, y=y)
manifest("two_values", files={"npz": "two_values.npz", "x": "x", "y": "y"})
case("regression, two targets from an archive", "two_values", "two_values.json", "all", model, x,
     lambda a, b: regression(a, b, y.astype(np.float64)))

# One output, two classes. Record 0 is all zeros, so that its probability is exactly one half: class 1.
for name, last, output in (("logit", None, None), ("logit_said", None, "logits"), ("probability", "Sigmoid", None),
                           ("probability_said", "Sigmoid", "probabilities")):
    if output is None:
        model = make_model(name, [4, 6, 1], last, bias=False)
        x = inputs(4)
        x[0] = 0
        model_name = name
        y = (run(model, x)[:, 0] + 0.5 * rng.randn(N) >= (0.5 if last else 0)).astype(int)
        y[0] = 1
        write_csv(name, x, ["yes" if v else "no" for v in y], label="answer")
    manifest(name, files={"csv": model_name + ".csv"}, label={"column": "answer", "classes": ["no", "yes"]},
             **({"output": output} if output else {}))
    case("binary, " + name, model_name, name + ".json", "all", model, x,
         lambda a, b, y=y, last=last: classification(a, b, y, "probabilities" if last else "logits"))

# Three classes from an archive with a shape, a scale and a drawn split: all its records at once, so that the drawing does not matter.
model = make_model("classes", [4, 6, 3])
pixels = rng.randint(0, 256, (N, 2, 2)).astype(np.uint8)
x = ((pixels / 255.0 - 0.5) / 0.25).reshape(N, 4).astype(np.float32)
y = np.where(rng.rand(N) < 0.7, run(model, x).argmax(1), rng.randint(0, 3, N))
np.savez_compressed(path("classes.npz"), x=pixels, y=y.astype(np.int64))
manifest("classes", task="classification", files={"npz": "classes.npz", "x": "x", "y": "y"}, shape=[4],
         scale={"divide": 255, "mean": 0.5, "std": 0.25}, split={"validation": 0.25, "test": 0.25, "seed": 3})
case("classes from an archive", "classes", "classes.json", "all", model, x, lambda a, b: classification(a, b, y, "logits"))

# The same model on gzipped arrays, one pair a split.
parts = {}
for split, rows in (("train", slice(0, 24)), ("test", slice(24, N))):
    save_gz("gz_%s_x.npy.gz" % split, x[rows])
    save_gz("gz_%s_y.npy.gz" % split, y[rows].astype(np.int32))
    parts[split] = {"x": "gz_%s_x.npy.gz" % split, "y": "gz_%s_y.npy.gz" % split}
manifest("gz", files=parts, label={"classes": ["red", "green", "blue"]})
for split, rows in (("train", slice(0, 24)), ("test", slice(24, N))):
    case("gzipped arrays, " + split, "classes", "gz.json", split, model, x[rows],
         lambda a, b, rows=rows: classification(a, b, y[rows], "logits"))

# Without labels: several outputs answer by the largest, one by its value.
np.savez(path("unlabelled.npz"), pictures=x)
manifest("unlabelled", files={"npz": "unlabelled.npz", "x": "pictures"})
case("no labels, an archive", "classes", "unlabelled.json", "all", model, x, unlabelled)
model = onnx.load(path("values.onnx"))
x = inputs(3)
write_csv("unlabelled", x)
case("no labels, a plain table", "values", "unlabelled.csv", "all", model, x, unlabelled)

with open(path("expected.json"), "w") as f:
    json.dump(cases, f, indent=1)

# An operator that is not supported.
graph = h.make_graph([h.make_node("Tan", ["x"], ["y"], name="steep")], "tangent", [h.make_tensor_value_info("x", T.FLOAT, ["n", 2])],
                     [h.make_tensor_value_info("y", T.FLOAT, ["n", 2])])
model = h.make_model(graph, opset_imports=[h.make_opsetid("", 13)], producer_name="kinds")
model.ir_version = 7
onnx.save(model, path("tangent.onnx"))
