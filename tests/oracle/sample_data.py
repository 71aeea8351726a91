"""The samples' records as their manifests say, for samples.py and gradients.py: {split: (x, y)} in PyTorch."""
import json
import os
import sys

import numpy as np
import torch

SAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "samples")
sys.path.insert(0, os.path.join(SAMPLES, "train"))
import common  # noqa: E402


def load_table(sample, manifest):
    rows = common.read_csv(os.path.join(SAMPLES, sample, manifest["files"]["csv"]))
    x = np.array([[float(r[f["column"]]) for f in manifest["features"]] for r in rows])
    y = np.array([manifest["label"]["classes"].index(r[manifest["label"]["column"]]) for r in rows])
    split = manifest["split"]
    if "column" in split:
        parts = {name: [i for i, r in enumerate(rows) if r[split["column"]] == name] for name in ("train", "validation", "test")}
    else:
        names = ("train", "validation", "test")
        parts = dict(zip(names, common.drawn_split(len(rows), split["validation"], split["test"], split["seed"])))
    x = common.standardise(x, parts["train"])
    return {name: (torch.from_numpy(x[rows]), torch.from_numpy(y[rows])) for name, rows in parts.items()}


def load_data(sample):
    with open(os.path.join(SAMPLES, sample, "dataset.json")) as f:
        manifest = json.load(f)
    if "csv" in manifest["files"]:
        return load_table(sample, manifest)
    assert manifest["scale"] == {"divide": 255}
    return {"train": common.read_mnist("train"), "test": common.read_mnist("t10k")}
