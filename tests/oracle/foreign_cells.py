"""Writes tests/data/foreign/cells-*: recurrent networks written out step by step in plain operators, 8 inputs each and ONNX Runtime's
answers. The first state is zeros of a shape that the file computes, so that whole chains of nodes are constant.

cells-rnn, cells-lstm, cells-gru    nn.RNNCell, nn.LSTMCell, nn.GRUCell over three steps, torch.onnx.export, free batch
cells-kept                          nn.GRUCell whose states are kept in a row, the first, which is not 0, among them
    python3 foreign_cells.py     made with torch 1.13.0, onnx 1.23.2, onnxruntime 1.32.0
"""
import warnings

import numpy as np
import torch
from torch import nn

from foreign_save import answer, path, save, without_traces

ROWS, STEPS, WIDTH = 8, 3, 3
warnings.filterwarnings("ignore")


class Cells(nn.Module):
    def __init__(self, cell, units=8):
        super().__init__()
        self.units = units
        self.cell = cell(WIDTH, units)
        self.head = nn.Linear(units, 2)

    def forward(self, x):
        state = x.new_zeros(x.shape[0], self.units)
        if isinstance(self.cell, nn.LSTMCell):
            state = (state, state)
        for step in range(STEPS):
            state = self.cell(x[:, step], state)
        return self.head(state[0] if isinstance(state, tuple) else state)


class Kept(nn.Module):
    def __init__(self, cell, units=8):
        super().__init__()
        self.units = units
        self.cell = cell(WIDTH, units)
        self.head = nn.Linear(units, 2)

    def forward(self, x):
        states = [x.new_zeros(x.shape[0], self.units) + 0.5]
        for step in range(STEPS):
            states.append(self.cell(x[:, step], states[-1]))
        return self.head(torch.relu(torch.stack(states, 1))).mean(1)


def make(name, cell, kind=Cells):
    torch.manual_seed(5)
    model = kind(cell).eval()
    torch.onnx.export(model, torch.randn(2, STEPS, WIDTH), path(name, ".onnx"), opset_version=13, input_names=["x"],
                      output_names=["y"], dynamic_axes={"x": {0: "batch"}, "y": {0: "batch"}})
    without_traces(name)
    x = np.random.default_rng(1).normal(0, 1.5, (ROWS, STEPS, WIDTH)).astype(np.float32)
    y = answer(name, x)
    with torch.no_grad():
        assert np.abs(y - model(torch.from_numpy(x)).numpy()).max() < 1e-5
    save(name, x, y)


make("cells-rnn", nn.RNNCell)
make("cells-lstm", nn.LSTMCell)
make("cells-gru", nn.GRUCell)
make("cells-kept", nn.GRUCell, Kept)
