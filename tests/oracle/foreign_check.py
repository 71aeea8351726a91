"""Compares poda with ONNX Runtime on models of tests/data/foreign: the model as opened, cut by weights, cut by units, shrunk. Every
state is exported, the export computed by ONNX Runtime, and both answers compared; one line a model with the largest differences.
    python3 foreign_check.py [FILE.onnx...]     needs build/poda, numpy and onnxruntime; FILE.x.npy stands beside the model
"""
import glob
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
TOLERANCE = 1e-4
STATES = [("dense", None), ("weights", "prune 0.5"), ("units", "prune 0.3 structure=unit"), ("shrunk", "shrink")]


def runtime(model, x):
    """Answers of the first output, row by row where the file fixes the batch; those with a ZipMap have them second."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    given, output = session.get_inputs()[0], len(session.get_outputs()) - 1
    rows = [x[i:i + 1] for i in range(len(x))] if given.shape[0] == 1 else [x]
    answers = [session.run(None, {given.name: r})[output] for r in rows]
    if isinstance(answers[0], list):
        return np.array([list(r.values()) for r in answers[0]], np.float32)
    return np.concatenate(answers)


def commands(model, x, folder):
    out = ["open " + model]
    for name, change in STATES:
        out += [change] if change else []
        out += [f"predict {x} {folder}/{name}.npy", f"export {folder}/{name}.onnx"]
    return out


def check(model):
    given = model[:-len(".onnx")] + ".x.npy"
    x = np.load(given)
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([os.path.join(ROOT, "build", "poda"), "exec", "--json", *commands(model, given, folder)],
                             capture_output=True, text=True)
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        if run.returncode:
            print(os.path.basename(model), "FAILED", lines[-1]["error"]["message"], "|", lines[-1]["error"]["hint"])
            return False
        worst = {"as given": np.abs(runtime(model, x) - np.load(f"{folder}/dense.npy")).max()}
        for name, _ in STATES:
            worst[name] = np.abs(runtime(f"{folder}/{name}.onnx", x) - np.load(f"{folder}/{name}.npy")).max()
    layers = [layer["name"] for layer in lines[0]["result"]["layers"]]
    ok = max(worst.values()) < TOLERANCE
    parameters = [lines[0]["result"]["parameters"], lines[-3]["result"]["parameters"]]
    print(os.path.basename(model), "ok" if ok else "DIFFERS", *(f"{k} {v:.1e}" for k, v in worst.items()),
          f"parameters {parameters[0]} > {parameters[1]}:", *layers)
    return ok


def main():
    models = sys.argv[1:] or sorted(glob.glob(os.path.join(HERE, "..", "data", "foreign", "*.onnx")))
    results = [check(model) for model in models]
    sys.exit(0 if results and all(results) else 1)


main()
