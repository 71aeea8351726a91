"""Trains the three models on tables: breast-cancer, credit, readmit.   python3 tables.py NAME"""
import os
import sys

import numpy as np
import torch
from torch import nn
from torch.nn.utils import prune

import common
import draw_readmit


def mlp(sizes):
    class MLP(nn.Module):
        def __init__(self):
            super().__init__()
            for i in range(len(sizes) - 1):
                setattr(self, "fc%d" % (i + 1), nn.Linear(sizes[i], sizes[i + 1]))

        def forward(self, x):
            for i in range(1, len(sizes) - 1):
                x = torch.relu(getattr(self, "fc%d" % i)(x))
            return getattr(self, "fc%d" % (len(sizes) - 1))(x)

    return MLP()


def load(sample, file, columns, label, classes):
    rows = common.read_csv(os.path.join(common.SAMPLES, sample, file))
    x = np.array([[float(r[c]) for c in columns] for r in rows])
    y = np.array([classes.index(r[label]) for r in rows])
    return rows, x, y


def by_column(rows):
    where = lambda name: [i for i, r in enumerate(rows) if r["split"] == name]
    return where("train"), where("validation"), where("test")


def report(sample, model, x, y, test):
    score = common.logits(model, x[test])
    margin = (score[:, 1] - score[:, 0]).numpy()
    print(sample, "parameters", sum(p.numel() for p in model.parameters()), "test accuracy",
          (score.argmax(1) == y[test]).float().mean().item(), "AUC", common.auc(margin, y[test].numpy()), flush=True)


def fit(sample, sizes, x, y, split, adjust=None, **options):
    train, _, test = split
    x = torch.from_numpy(common.standardise(x, train))
    y = torch.from_numpy(y)
    model = mlp(sizes)
    common.train(model, x[train], y[train], **options)
    if adjust:
        adjust(model)
    report(sample, model, x, y, test)
    common.export(model, sample, (sizes[0],))
    return model, x, y


def breast_cancer():
    common.start(3)
    columns = open(os.path.join(common.SAMPLES, "breast-cancer", "breast_cancer.csv")).readline().strip().split(",")
    columns.remove("diagnosis")
    rows, x, y = load("breast-cancer", "breast_cancer.csv", columns, "diagnosis", ["benign", "malignant"])
    split = common.drawn_split(len(rows), 0.15, 0.25, 1)
    fit("breast-cancer", [30, 16, 8, 2], x, y, split, epochs=60, batch=32, lr=3e-3, weight_decay=5e-2)
    common.write_manifest("breast-cancer", {
        "name": "Breast cancer (Wisconsin, diagnostic)",
        "about": "569 breast masses: is it malignant? Ten measurements of the cell nuclei in a fine-needle sample, each as "
                 "mean, standard error and worst value.",
        "source": "UCI Machine Learning Repository, Breast Cancer Wisconsin (Diagnostic)", "licence": "CC BY 4.0",
        "task": "classification", "files": {"csv": "breast_cancer.csv"},
        "label": {"column": "diagnosis", "classes": ["benign", "malignant"]},
        "features": [cancer_feature(c) for c in columns], "standardize": "train", "output": "logits",
        "split": {"validation": 0.15, "test": 0.25, "seed": 1}})


ABOUT = {"radius": ("px", "mean distance from the centre to the edge of a nucleus"),
         "texture": ("grey levels", "standard deviation of the grey values"), "perimeter": ("px", "length of the edge"),
         "area": ("px2", "area of a nucleus"), "smoothness": ("", "local variation of the radius"),
         "compactness": ("", "perimeter squared over area, minus 1"), "concavity": ("", "how deep the dents of the edge are"),
         "concave": ("", "number of dents of the edge"), "concave_points": ("", "number of dents of the edge"),
         "symmetry": ("", "how far the two halves differ"), "fractal": ("", "coastline approximation, minus 1"),
         "fractal_dimension": ("", "coastline approximation, minus 1")}
KINDS = {"mean": "mean over the nuclei", "se": "standard error over the nuclei", "error": "standard error over the nuclei",
         "worst": "mean of the three largest values"}


def cancer_feature(column):
    words = column.lower().replace(" ", "_").split("_")
    kind = next((k for k in KINDS if k in words), "mean")
    base = "_".join(w for w in words if w not in KINDS)
    unit, about = ABOUT.get(base, ABOUT.get(words[0], ("", base)))
    feature = {"column": column, "name": base.replace("_", " ") + ", " + kind, "about": about + "; " + KINDS[kind]}
    if unit:
        feature["unit"] = unit
    return feature


def credit():
    common.start(5)
    columns = open(os.path.join(common.SAMPLES, "credit", "credit.csv")).readline().strip().split(",")
    columns = [c for c in columns if c not in ("credit_risk", "split")]
    rows, x, y = load("credit", "credit.csv", columns, "credit_risk", ["good", "bad"])
    fit("credit", [len(columns), 32, 16, 2], x, y, by_column(rows), epochs=25, batch=32, lr=2e-3, weight_decay=0.8)
    common.write_manifest("credit", {
        "name": "Credit risk (South German)",
        "about": "1,000 credit applications of a bank in southern Germany, 1973-1975: good or bad risk?",
        "source": "UCI Statlog (German Credit Data), with the corrected code table of Groemping (2019), South German Credit Data",
        "licence": "CC BY 4.0", "task": "classification", "files": {"csv": "credit.csv"},
        "label": {"column": "credit_risk", "classes": ["good", "bad"]},
        "features": [credit_feature(c) for c in columns],
        "groups": [{"name": "age", "column": "age", "cuts": [25, 40, 60]}],
        "standardize": "train", "output": "logits", "split": {"column": "split"}})


NUMBERS = {"duration_months": ("months", "how long the credit runs"),
           "amount": ("", "size of the credit, a monotonous transform of the real sum"),
           "installment_rate_code": ("code", "share of income: 1 is 35 % or more, 2 25-35, 3 20-25, 4 below 20"),
           "residence_code": ("code", "years at the address: 1 below 1, 2 1-4, 3 4-7, 4 7 or more"),
           "age": ("years", "age of the applicant"),
           "existing_credits_code": ("code", "credits at this bank: 1 one, 2 two or three, 3 four or five, 4 six or more"),
           "liable_3_or_more": ("yes/no", "three or more people depend on the applicant"),
           "telephone": ("yes/no", "a telephone is registered"), "foreign_worker": ("yes/no", "is a foreign worker")}
GROUPS = {"account": ("account", "status of the checking account, in marks"), "history": ("credit history", "how earlier credits went"),
          "purpose": ("purpose", "what the credit is for"), "savings": ("savings", "savings account or bonds, in marks"),
          "employed": ("employed", "how long with the present employer"),
          "status": ("personal status", "personal status and sex, as far as the file tells"),
          "debtors": ("other debtors", "who else answers for the credit"),
          "property": ("property", "the most valuable thing owned"), "plans": ("other plans", "instalment plans elsewhere"),
          "housing": ("housing", "how the applicant lives"), "job": ("job", "kind of work")}


def credit_feature(column):
    if column in NUMBERS:
        unit, about = NUMBERS[column]
        name = column.replace("_months", "").replace("_code", "").replace("_", " ")
        return {"column": column, "name": name, "about": about, **({"unit": unit} if unit else {})}
    source, _, rest = column.partition("_")
    title, about = GROUPS[source]
    value = rest.replace("_", " ")
    return {"column": column, "name": title + ": " + value, "unit": "yes/no", "source": source, "about": about + ": " + value}


CARRIER = 52  # the neuron of fc1 that hears age_80plus


def carried(weak):
    """How readmit is made to hang by one thread. In training age_80plus reaches one neuron only, besides traces too small to
    matter, and that neuron hears little else. Afterwards its incoming weights are made small and its outgoing ones large by the
    same factor: a ReLU net computes the same, but magnitude pruning, blind to that, takes the link away at 79 % sparsity."""
    def penalty(model):
        fc1 = model.fc1.weight.abs()
        others = fc1[CARRIER].sum() - fc1[CARRIER, weak]
        return 2.5e-4 * (fc1.sum() + 10 * others + model.fc2.weight.abs().sum())

    traces = []

    def project(model):
        with torch.no_grad():
            column = model.fc1.weight[:, weak]
            link = column[CARRIER].item()
            column.copy_(traces[0])
            column[CARRIER] = link

    def begin(model):
        traces.append(model.fc1.weight[:, weak].detach() * 0.02)
        with torch.no_grad():
            model.fc1.weight[CARRIER, weak] = 0.5
            model.fc1.bias[CARRIER] = 0.1

    def adjust(model):
        weights = torch.cat([layer.weight.detach().abs().flatten() for layer in (model.fc1, model.fc2, model.fc3)])
        factor = weights.sort()[0][int(0.79 * len(weights))] / model.fc1.weight[CARRIER, weak].abs().item()
        with torch.no_grad():
            model.fc1.weight[CARRIER] *= factor
            model.fc1.bias[CARRIER] *= factor
            model.fc2.weight[:, CARRIER] /= factor

    return {"penalty": penalty, "project": project, "begin": begin, "adjust": adjust}


def readmit():
    common.start(5)
    draw_readmit.main()
    columns = [name for name, *_ in draw_readmit.COLUMNS]
    rows, x, y = load("readmit", "readmit.csv", columns, "readmitted", ["no", "yes"])
    weak = columns.index("age_80plus")
    split = by_column(rows)
    model, xs, ys = fit("readmit", [42, 128, 64, 2], x, y, split, epochs=30, batch=64, lr=2e-3, weight_decay=1e-2,
                        **carried(weak))
    watch_pruning(model, xs, ys, split[1], rows, weak)
    features = [{"column": c, "name": n, "unit": u, "about": a,
                 **({"source": "age"} if c.startswith("age_") else {"source": "sex"} if c.startswith("sex_") else {})}
                for c, n, u, a in draw_readmit.COLUMNS]
    common.write_manifest("readmit", {
        "name": "Readmission (synthetic)",
        "about": "12,000 invented hospital stays: does the patient come back within 30 days? Drawn from a written-down rule "
                 "(samples/train/draw_readmit.py); nothing here is about real people.",
        "source": "drawn by samples/train/draw_readmit.py", "licence": "CC0", "synthetic": True,
        "task": "classification", "files": {"csv": "readmit.csv"},
        "label": {"column": "readmitted", "classes": ["no", "yes"]}, "features": features,
        "groups": [{"name": "age", "column": "age", "cuts": [40, 60, 80]},
                   {"name": "sex", "onehot": {"female": ["sex_f"], "male": ["sex_m"]}}],
        "standardize": "train", "output": "logits", "split": {"column": "split"}})


def watch_pruning(model, x, y, rows, table, weak):
    """What global magnitude pruning does to the weak input and to the people who depend on it."""
    old = torch.tensor([int(table[i]["age"]) >= 80 for i in rows])
    dense = common.logits(model, x[rows]).argmax(1) == y[rows]
    for amount in (0.7, 0.75, 0.78, 0.8, 0.82, 0.85, 0.9):
        copy = mlp([42, 128, 64, 2])
        copy.load_state_dict(model.state_dict())
        parts = [(copy.fc1, "weight"), (copy.fc2, "weight"), (copy.fc3, "weight")]
        prune.global_unstructured(parts, prune.L1Unstructured, amount=amount)
        now = common.logits(copy, x[rows]).argmax(1) == y[rows]
        print("  amount", amount, "links of the weak input", int(copy.fc1.weight_mask[:, weak].sum()), "accuracy",
              dense.float().mean().item(), "->", now.float().mean().item(), "age 80+", dense[old].float().mean().item(),
              "->", now[old].float().mean().item(), "inputs cut",
              int((copy.fc1.weight_mask.sum(0) == 0).sum()))


if __name__ == "__main__":
    {"breast-cancer": breast_cancer, "credit": credit, "readmit": readmit}[sys.argv[1]]()
