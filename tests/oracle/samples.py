"""Counts and accuracies of the samples, by PyTorch and NumPy alone, for the tests to compare with.

Reads samples/*/model.onnx (weights only) and samples/*/dataset.json, computes in PyTorch, writes samples.json beside itself and
predict/SAMPLE/x.npy (64 test records, scaled as the manifest says) and y.npy (ONNX Runtime's answers).
    python3 samples.py            made with torch 1.13.0, numpy 1.24.2, onnx 1.12.0, onnxruntime 1.32.0
"""
import copy
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn.utils import prune

HERE = os.path.dirname(os.path.abspath(__file__))
SAMPLES = os.path.join(HERE, "..", "..", "samples")
sys.path.insert(0, os.path.join(SAMPLES, "train"))
import common  # noqa: E402
import digits  # noqa: E402
import tables  # noqa: E402
from sample_data import load_data  # noqa: E402

AMOUNTS = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98]
BUILD = {"breast-cancer": lambda: tables.mlp([30, 16, 8, 2]), "credit": lambda: tables.mlp([59, 32, 16, 2]),
         "readmit": lambda: tables.mlp([42, 128, 64, 2]), "digits-mlp": digits.MLP, "digits-cnn": digits.CNN}


def load_model(sample):
    model = BUILD[sample]()
    file = onnx.load(os.path.join(SAMPLES, sample, "model.onnx"))
    values = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in file.graph.initializer}
    missing, extra = model.load_state_dict(values, strict=False)
    assert not extra and all(name.endswith("num_batches_tracked") for name in missing), (missing, extra)
    return model.eval()


def layers_of(model):
    return [(name, module) for name, module in model.named_modules() if isinstance(module, (nn.Linear, nn.Conv2d))]


def measure(model, data):
    x, y = data
    out = common.logits(model, x)
    return {"n": len(y), "correct": int((out.argmax(1) == y).sum()),
            "accuracy": float((out.argmax(1) == y).double().mean()),
            "loss": float(nn.functional.cross_entropy(out.double(), y))}


def macs(model, x):
    """Multiply-adds of one sample: weights of a layer times its output positions, padding included."""
    total, hooks = [], []
    for _, layer in layers_of(model):
        hooks.append(layer.register_forward_hook(
            lambda m, i, o: total.append(m.weight.numel() * (o[0, 0].numel() if o.dim() == 4 else 1))))
    common.logits(model, x[:1])
    for hook in hooks:
        hook.remove()
    return sum(total)


def pruned_row(model, amount, data):
    kept = {name: int((layer.weight != 0).sum()) for name, layer in layers_of(model)}
    row = measure(model, data)
    return {"amount": amount, "kept": sum(kept.values()), "kept_layers": kept, "correct": row["correct"], "loss": row["loss"]}


def prune_weights(model, scope, amount):
    copied = copy.deepcopy(model)
    parts = [(layer, "weight") for _, layer in layers_of(copied)]
    if scope == "global":
        prune.global_unstructured(parts, prune.L1Unstructured, amount=amount)
    else:
        for layer, name in parts:
            prune.l1_unstructured(layer, name, amount=amount)
    return copied


def prune_units(model, scope, amount):
    """Removes hidden units of the three-layer net by the L2 norm of their weight rows, biases too. Layer: PyTorch's
    ln_structured. Global: ranked by norm over the layer's mean norm, round-half-even(amount * 400) units in all."""
    copied = copy.deepcopy(model)
    hidden = [copied.fc1, copied.fc2]
    if scope == "layer":
        for layer in hidden:
            prune.ln_structured(layer, "weight", amount=amount, n=2, dim=0)
        gone = [(layer.weight_mask.sum(1) == 0).numpy() for layer in hidden]
    else:
        norms = [np.sqrt((layer.weight.detach().double().numpy() ** 2).sum(1)) for layer in hidden]
        score = np.concatenate([n / n.mean() for n in norms])
        order = np.argsort(score, kind="stable")[:round(amount * len(score))]
        cut = np.zeros(len(score), bool)
        cut[order] = True
        gone = [cut[:300], cut[300:]]
        assert not gone[0].all() and not gone[1].all()
    with torch.no_grad():
        for layer, reader, g in zip(hidden, [copied.fc2, copied.fc3], gone):
            g = torch.from_numpy(g)
            for name in ("weight_orig", "weight"):
                if hasattr(layer, name):
                    getattr(layer, name)[g] = 0
                if hasattr(reader, name):
                    getattr(reader, name)[:, g] = 0
            layer.bias[g] = 0
    units = {name: int((~g).sum()) for name, g in zip(("fc1", "fc2"), gone)}
    return copied, units


def group_80(model, data):
    """Readmit: records aged 80 or more, and how many of them are right, dense and with 80 % of the weights cut globally."""
    rows = common.read_csv(os.path.join(SAMPLES, "readmit", "readmit.csv"))
    pruned = prune_weights(model, "global", 0.8)
    result = {}
    for split in ("validation", "test"):
        old = torch.tensor([int(r["age"]) >= 80 for r in rows if r["split"] == split])
        x, y = data[split]
        dense, now = common.logits(model, x).argmax(1) == y, common.logits(pruned, x).argmax(1) == y
        result[split] = {"n": int(old.sum()), "dense_correct": int(dense[old].sum()), "correct": int(now[old].sum()),
                         "all_newly_wrong": int((dense & ~now).sum()), "all_newly_right": int((~dense & now).sum())}
    return result


def one_sample(sample):
    model, data = load_model(sample), load_data(sample)
    layers = layers_of(model)
    result = {"rows": {name: len(y) for name, (_, y) in data.items()},
              "parameters": sum(p.numel() for p in model.parameters()),
              "prunable": sum(layer.weight.numel() for _, layer in layers), "macs": macs(model, data["test"][0]),
              "layers": [{"name": name, "shape": list(layer.weight.shape)} for name, layer in layers],
              "measured": {name: measure(model, part) for name, part in data.items() if name != "train"}}
    for scope in ("global", "layer"):
        result["prune_" + scope] = [pruned_row(prune_weights(model, scope, a), a, data["test"]) for a in AMOUNTS]
    if sample == "readmit":
        result["age_80plus_at_0.8"] = group_80(model, data)
    if sample == "digits-mlp":
        for scope in ("global", "layer"):
            rows = []
            for a in AMOUNTS:
                pruned, units = prune_units(model, scope, a)
                rows.append({**pruned_row(pruned, a, data["test"]), "units": units})
            result["units_" + scope] = rows
    folder = os.path.join(HERE, "predict", sample)
    os.makedirs(folder, exist_ok=True)
    x = data["test"][0][:64].numpy()
    np.save(os.path.join(folder, "x.npy"), x)
    session = onnxruntime.InferenceSession(os.path.join(SAMPLES, sample, "model.onnx"), providers=["CPUExecutionProvider"])
    y = session.run(None, {session.get_inputs()[0].name: x})[0]
    assert np.abs(y - common.logits(model, torch.from_numpy(x)).numpy()).max() < 1e-4
    np.save(os.path.join(folder, "y.npy"), y)
    return result


def main():
    torch.set_num_threads(1)
    result = {sample: one_sample(sample) for sample in BUILD}
    with open(os.path.join(HERE, "samples.json"), "w") as f:
        json.dump(result, f, indent=1)
        f.write("\n")
    for sample, r in result.items():
        print(sample, r["parameters"], r["prunable"], r["macs"], r["measured"])


main()
