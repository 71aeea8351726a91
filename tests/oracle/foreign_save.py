"""What the makers of tests/data/foreign share: where files go, ONNX Runtime's answers, what is kept out of a file."""
import os
import re

import numpy as np
import onnx
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, "..", "data", "foreign")


def path(name, end):
    return os.path.join(OUT, name + end)


def answer(name, x, output=0):
    """ONNX Runtime's answers for all rows at once, which must equal those for each row alone; a file may fix the batch at 1."""
    session = onnxruntime.InferenceSession(path(name, ".onnx"), providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    alone = [session.run(None, {given.name: x[i:i + 1]})[output][0] for i in range(len(x))]
    if given.shape[0] == 1:
        return np.array(alone)
    together = session.run(None, {given.name: x})[output]
    if isinstance(together, list):  # ZipMap: a dictionary a row
        together = np.array([list(r.values()) for r in together], np.float32)
        alone = [list(r.values()) for r in alone]
    assert np.abs(together - np.array(alone)).max() < 1e-5
    return together


def save(name, x, y):
    np.save(path(name, ".x.npy"), x)
    np.save(path(name, ".y.npy"), y)
    size = os.path.getsize(path(name, ".onnx"))
    assert size < 400 * 1024 and y.dtype == np.float32
    ops = sorted({n.op_type for n in onnx.load(path(name, ".onnx")).graph.node})
    print(name, size, "bytes", y.shape, "spread", float(y.std(0).mean()), *ops)


def without_traces(name):
    """Drops what tells of the machine that exported (stack traces, folders) and what makes small files large: of PyTorch's
    metadata only the modules of a node stay. Weights outside the file stay there."""
    file = path(name, ".onnx")
    model = onnx.load(file, load_external_data=False)
    graph = model.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.initializer, *graph.input, *graph.output):
        part.doc_string = ""
        kept = [p for p in part.metadata_props if p.key == "pkg.torch.onnx.name_scopes"]
        del part.metadata_props[:]
        part.metadata_props.extend(kept)
    onnx.save(model, file)
    assert not re.search(rb"/(home|tmp|usr|root)/|\.py", open(file, "rb").read())
