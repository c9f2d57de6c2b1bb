"""PyTorch: nn.RNN, nn.LSTM and nn.GRU where it has the layer, a scripted loop where it has not."""

import os

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pad_packed_sequence

from serve import Lacks, directions, width

torch.set_num_threads(int(os.environ.get("LINUM_BENCH_THREADS", "1")))
torch.set_num_interop_threads(1)

GATES = {"simple": [""], "lstm": ["i", "f", "g", "o"], "gru": ["r", "z", "n"]}
LAYERS = {"simple": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def about():
    return f"PyTorch {torch.__version__}, {torch.get_num_threads()} threads"


def builtin(case, weights):
    """A layer of PyTorch with the given weights."""
    layer = LAYERS[case.cell](case.inputs, case.hidden, batch_first=True, bidirectional=case.direction == "bi")
    gates = GATES[case.cell]
    zeros = np.zeros(case.hidden, np.float32)
    for prefix, suffix in zip(directions(case), ["_l0", "_l0_reverse"]):

        def joined(side, part):
            parts = [weights.get(f"{prefix}{side}{gate}/{part}") for gate in gates]
            parts = [zeros if p is None else p.T for p in parts]
            return torch.from_numpy(np.ascontiguousarray(np.concatenate(parts, 0)))

        with torch.no_grad():
            for side, name in [("i", "ih"), ("h", "hh")]:
                getattr(layer, f"weight_{name}{suffix}").copy_(joined(side, "kernel"))
                getattr(layer, f"bias_{name}{suffix}").copy_(joined(side, "bias"))
    layer.flatten_parameters()
    return layer


@torch.jit.script
def leaky_loop(x: Tensor, w: Tensor, u: Tensor, b: Tensor, reverse: bool) -> Tensor:
    steps = x.size(0)
    product = torch.matmul(x, w) + b
    h = torch.zeros(x.size(1), u.size(0))
    outputs: list[Tensor] = []
    for i in range(steps):
        t = steps - 1 - i if reverse else i
        h = h + (torch.tanh(torch.addmm(product[t], h, u)) - h) * 0.1
        outputs.append(h)
    if reverse:
        outputs.reverse()
    return torch.stack(outputs)


@torch.jit.script
def norm_loop(
    x: Tensor, w: Tensor, u: Tensor, norms: list[Tensor], reverse: bool
) -> Tensor:
    steps = x.size(0)
    size = u.size(0)
    product = torch.layer_norm(torch.matmul(x, w), [4 * size], norms[0], norms[1], 1e-6)
    h = torch.zeros(x.size(1), size)
    c = torch.zeros(x.size(1), size)
    outputs: list[Tensor] = []
    for k in range(steps):
        t = steps - 1 - k if reverse else k
        z = product[t] + torch.layer_norm(torch.mm(h, u), [4 * size], norms[2], norms[3], 1e-6)
        i, f, g, o = z.chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(torch.layer_norm(c, [size], norms[4], norms[5], 1e-6))
        outputs.append(h)
    if reverse:
        outputs.reverse()
    return torch.stack(outputs)


@torch.jit.script
def dropped_loop(x: Tensor, w: Tensor, u: Tensor, b: Tensor, mask: Tensor, reverse: bool) -> Tensor:
    steps = x.size(0)
    product = torch.matmul(x, w) + b
    h = torch.zeros(x.size(1), u.size(0))
    c = torch.zeros(x.size(1), u.size(0))
    outputs: list[Tensor] = []
    for k in range(steps):
        t = steps - 1 - k if reverse else k
        i, f, g, o = torch.addmm(product[t], h * mask, u).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    if reverse:
        outputs.reverse()
    return torch.stack(outputs)


class Loop(nn.Module):
    """A cell that PyTorch has not, as a scripted loop with the input product in front of it."""

    def __init__(self, case, weights):
        super().__init__()
        self.case = case
        self.sides = nn.ModuleList(self.side(prefix, weights) for prefix in directions(case))

    def side(self, prefix, weights):
        def take(*names):
            return [torch.from_numpy(weights[prefix + name].copy()) for name in names]

        if self.case.cell == "leaky":
            w, u, b, d = take("in/kernel", "memory/kernel", "in/bias", "memory/bias")
            tensors = [w, u, b, d]
        elif self.case.cell == "lnlstm":
            tensors = take("i/kernel", "h/kernel", *[f"norm_{n}/{p}" for n in "ihc" for p in ("scale", "bias")])
        else:
            inner = prefix if prefix + "ii/kernel" in weights else prefix + "cell/"
            tensors = [
                torch.from_numpy(np.concatenate([weights[f"{inner}{side}{gate}/{part}"] for gate in "ifgo"], -1))
                for side, part in [("i", "kernel"), ("h", "kernel"), ("h", "bias")]
            ]
        return nn.ParameterList([nn.Parameter(t) for t in tensors])

    def forward(self, x):
        x = x.transpose(0, 1)
        outputs = [self.run(side, x, number == 1) for number, side in enumerate(self.sides)]
        return torch.cat(outputs, -1).transpose(0, 1) if len(outputs) == 2 else outputs[0].transpose(0, 1)

    def run(self, p, x, reverse):
        if self.case.cell == "leaky":
            return leaky_loop(x, p[0], p[1], p[2] + p[3], reverse)
        if self.case.cell == "lnlstm":
            return norm_loop(x, p[0], p[1], list(p)[2:], reverse)
        keep = 1 - self.case.dropout
        mask = torch.ones(x.size(1), self.case.hidden)
        if self.training:
            mask = torch.bernoulli(mask, keep) / keep
        return dropped_loop(x, p[0], p[1], p[2], mask, reverse)


class Product:
    """A matrix product into memory that is there already."""

    way = ""

    def __init__(self, product, matrices):
        a, b = (torch.from_numpy(matrices[name].copy()) for name in "ab")
        self.a = a.T if product.kind == "gradient" else a
        self.b = b
        self.c = torch.empty(product.rows, product.columns)

    def run(self):
        torch.mm(self.a, self.b, out=self.c)

    def outputs(self):
        self.run()
        return self.c.numpy()


class Session:
    def __init__(self, case, weights):
        self.case = case
        self.ragged = case.lengths == "ragged"
        looped = case.cell not in LAYERS or case.dropout > 0
        if looped and self.ragged:
            raise Lacks("no packed sequences for cells of one's own")
        self.layer = Loop(case, weights) if looped else builtin(case, weights)
        self.way = "scripted loop" if looped else f"nn.{type(self.layer).__name__}" + (", packed" if self.ragged else "")
        self.inputs = torch.from_numpy(weights["inputs"].copy())
        self.lengths = torch.from_numpy(weights["lengths"].astype(np.int64))
        self.count = int(weights["lengths"].sum()) * width(case)
        self.layer.train(case.mode == "train")
        self.adam = torch.optim.Adam(self.layer.parameters(), lr=0.001, fused=True)
        self.run = self.train if case.mode == "train" else self.infer

    def call(self):
        if self.ragged:
            packed = pack_padded_sequence(self.inputs, self.lengths, batch_first=True, enforce_sorted=False)
            return self.layer(packed)[0]
        outputs = self.layer(self.inputs)
        return outputs[0] if isinstance(outputs, tuple) else outputs

    def infer(self):
        with torch.inference_mode():
            outputs = self.call()
            if isinstance(outputs, PackedSequence):
                outputs, _ = pad_packed_sequence(outputs, batch_first=True, total_length=self.case.steps)
            return outputs

    def outputs(self):
        return self.infer().numpy()

    def train(self):
        self.adam.zero_grad(set_to_none=True)
        outputs = self.call()
        values = outputs.data if isinstance(outputs, PackedSequence) else outputs
        loss = values.square().sum() / self.count
        loss.backward()
        self.adam.step()
        return loss.item()
