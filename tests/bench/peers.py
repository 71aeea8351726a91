"""The peers of make bench: what PyTorch and ONNX Runtime take for the work that the program is timed at.

    python3 peers.py versions                    one line for each of NumPy, PyTorch and ONNX Runtime that is installed
    python3 peers.py curve THREADS               50 masks of digits-mlp over the 10,000 test images, PyTorch with so many threads
    python3 peers.py dense SAMPLE THREADS        the test images once, ONNX Runtime with so many intra-op threads
    python3 peers.py forward FILE RECORDS THREADS    so many random records once, ONNX Runtime, the best of many

A timing prints "SECONDS SETTING": the median of REPEATS, at the fastest of several batch sizes. Images, masks and sessions are
made before the clock starts; multiplying weights by a mask and counting right answers is part of the work, as it is for the
program. Environment variables of OpenBLAS are the caller's business.
"""
import gzip
import os
import statistics
import sys
import time

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "..", "..", "samples")
POINTS, REPEATS, TRIES, FORWARDS = 50, 5, 2, 60


def images():
    def read(name, skip):
        with gzip.open(os.path.join(SAMPLES, "mnist", "t10k-" + name + "-ubyte.gz")) as f:
            return np.frombuffer(f.read(), np.uint8, offset=skip)
    x = read("images-idx3", 16).reshape(-1, 1, 28, 28).astype(np.float32) / np.float32(255)
    return x, read("labels-idx1", 8).astype(np.int64)


def timed(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def fastest(ways, trials):
    """(seconds, name): the name whose trial is quickest in TRIES runs each, then the median of REPEATS runs of its whole work."""
    for trial in trials.values():
        trial()
    name = min(trials, key=lambda n: min(timed(trials[n]) for _ in range(TRIES)))
    return statistics.median(timed(ways[name]) for _ in range(REPEATS)), name


def weights():
    from onnx import load, numpy_helper
    import torch
    file = load(os.path.join(SAMPLES, "digits-mlp", "model.onnx"))
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in file.graph.initializer}
    return [(values[f"fc{i}.weight"], values[f"fc{i}.bias"]) for i in (1, 2, 3)]


def masks_of(layers):
    """One threshold over all weights: the masks that `curve points=50` takes, but for the order of equal magnitudes."""
    import torch
    sizes = [w.numel() for w, _ in layers]
    order = torch.argsort(torch.cat([w.abs().flatten() for w, _ in layers]))
    masks = []
    for i in range(POINTS):
        keep = torch.ones(sum(sizes))
        keep[order[:round(i / POINTS * sum(sizes))]] = 0
        masks.append([part.reshape(w.shape) for part, (w, _) in zip(keep.split(sizes), layers)])
    return masks


def run_curve(layers, masks, blocks, total):
    import torch
    linear = torch.nn.functional.linear
    right = []
    with torch.inference_mode():
        for mask in masks:
            (w1, b1), (w2, b2), (w3, b3) = [(w * m, b) for (w, b), m in zip(layers, mask)]
            n = 0
            for x, y in blocks:
                h = torch.relu_(linear(x, w1, b1))
                h = torch.relu_(linear(h, w2, b2))
                n += int((linear(h, w3, b3).argmax(1) == y).sum())
            right.append(n / total)
    return right


def curve(threads):
    import torch
    torch.set_num_threads(threads)
    x, y = images()
    x, y = torch.from_numpy(x.reshape(len(x), -1)), torch.from_numpy(y)
    layers = weights()
    masks = masks_of(layers)
    ways, trials = {}, {}
    for b in (250, 1000, 2500, 10000):
        blocks = list(zip(x.split(b), y.split(b)))
        ways[f"batch {b}"] = lambda blocks=blocks: run_curve(layers, masks, blocks, len(x))
        trials[f"batch {b}"] = lambda blocks=blocks: run_curve(layers, masks[::POINTS // 2], blocks, len(x))
    seconds, batch = fastest(ways, trials)
    print(seconds, f"{torch.get_num_threads()} torch thread(s), {batch}")


def run_dense(session, blocks):
    return sum(int((session.run(None, {session.get_inputs()[0].name: x})[0].argmax(1) == y).sum()) for x, y in blocks)


def dense(sample, threads):
    import onnx
    import onnxruntime
    file = onnx.load(os.path.join(SAMPLES, sample, "model.onnx"))
    for value in list(file.graph.input) + list(file.graph.output):
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    del file.graph.value_info[:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(file.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x, y = images()
    ways = {}
    for b in (64, 100, 250, 500, 1000):
        blocks = [(x[i:i + b], y[i:i + b]) for i in range(0, len(x), b)]
        ways[f"batch {b}"] = lambda blocks=blocks: run_dense(session, blocks)
    seconds, batch = fastest(ways, ways)
    print(seconds, f"{threads} intra-op threads, {batch}")


def forward(path, records, threads):
    """As records.c measures the program: the best of FORWARDS runs, a thread at a time being what one record gets."""
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    first = session.get_inputs()[0]
    x = np.random.default_rng(1).random((records, *first.shape[1:]), dtype=np.float32)
    seconds = min(timed(lambda: session.run(None, {first.name: x})) for _ in range(FORWARDS))
    print(seconds, f"{threads} intra-op threads")


def versions():
    for name in ("numpy", "torch", "onnxruntime"):
        try:
            print(name, __import__(name).__version__)
        except ImportError:
            pass


if __name__ == "__main__":
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command == "versions":
        versions()
    elif command == "curve":
        curve(int(sys.argv[2]))
    elif command == "dense":
        dense(sys.argv[2], int(sys.argv[3]))
    elif command == "forward":
        forward(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    else:
        sys.exit(__doc__)
