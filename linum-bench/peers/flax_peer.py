"""Flax linen under jax.jit: nn.RNN over a cell; of two cells that compute the same, the faster one."""

import os
import time
from functools import partial

import numpy as np

os.environ.setdefault("JAX_PLATFORMS", "cpu")
if os.environ.get("LINUM_BENCH_THREADS") == "1":
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"

import flax
import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
from flax.traverse_util import unflatten_dict

from serve import Lacks, width


def about():
    return f"Flax {flax.__version__}, JAX {jax.__version__}"


class LeakyCell(nn.RNNCellBase):
    features: int

    @nn.compact
    def __call__(self, h, x):
        z = nn.Dense(self.features, name="in")(x) + nn.Dense(self.features, name="memory")(h)
        h = h + (jnp.tanh(z) - h) * 0.1
        return h, h

    def initialize_carry(self, rng, shape):
        return jnp.zeros(shape[:-1] + (self.features,))

    @property
    def num_feature_axes(self):
        return 1


class LayerNormLstmCell(nn.RNNCellBase):
    features: int

    @nn.compact
    def __call__(self, carry, x):
        c, h = carry
        size = 4 * self.features
        z = nn.LayerNorm(name="norm_i")(nn.Dense(size, use_bias=False, name="i")(x))
        z = z + nn.LayerNorm(name="norm_h")(nn.Dense(size, use_bias=False, name="h")(h))
        i, f, g, o = jnp.split(z, 4, -1)
        c = nn.sigmoid(f) * c + nn.sigmoid(i) * jnp.tanh(g)
        h = nn.sigmoid(o) * jnp.tanh(nn.LayerNorm(name="norm_c")(c))
        return (c, h), h

    def initialize_carry(self, rng, shape):
        zeros = jnp.zeros(shape[:-1] + (self.features,))
        return zeros, zeros

    @property
    def num_feature_axes(self):
        return 1


class DroppedLstm(nn.RNNCellBase):
    """An LSTM that drops parts of the state that enters its product, the same ones at each step."""

    features: int
    rate: float
    training: bool

    @nn.compact
    def __call__(self, carry, x):
        c, h = carry
        dropout = nn.Dropout(self.rate, deterministic=not self.training, rng_collection="recurrent_dropout")
        cell = nn.OptimizedLSTMCell(self.features, name="inner")
        return cell((c, dropout(h)), x)

    def initialize_carry(self, rng, shape):
        zeros = jnp.zeros(shape[:-1] + (self.features,))
        return zeros, zeros

    @property
    def num_feature_axes(self):
        return 1


def cells(case):
    """The cells that compute what the case asks for, by name."""
    if case.dropout > 0:
        return {"OptimizedLSTMCell with nn.Dropout": partial(DroppedLstm, case.hidden, case.dropout, case.mode == "train")}
    kinds = {
        "simple": {"SimpleCell": nn.SimpleCell},
        "lstm": {"OptimizedLSTMCell": nn.OptimizedLSTMCell, "LSTMCell": nn.LSTMCell},
        "gru": {"GRUCell": nn.GRUCell},
        "leaky": {"own cell": LeakyCell},
        "lnlstm": {"own cell": LayerNormLstmCell},
    }[case.cell]
    return {name: partial(kind, case.hidden) for name, kind in kinds.items()}


class Way:
    """One way to compute the case."""

    def __init__(self, case, cell, params, inputs, lengths, count):
        rnn = partial(nn.RNN, split_rngs={"params": False, "recurrent_dropout": False})
        model = nn.Bidirectional(rnn(cell()), rnn(cell())) if case.direction == "bi" else rnn(cell())
        ragged = lengths if case.lengths == "ragged" else None
        mask = None
        if ragged is not None:
            mask = (np.arange(case.steps)[None, :] < np.asarray(lengths)[:, None])[:, :, None]
        adam = optax.adam(0.001)

        def call(params, x, key=None):
            rngs = None if key is None else {"recurrent_dropout": key}
            return model.apply({"params": params}, x, seq_lengths=ragged, rngs=rngs)

        @jax.jit
        def infer(params, x):
            return call(params, x)

        @partial(jax.jit, donate_argnums=(0, 1))
        def step(params, state, x, key):
            def loss(params):
                outputs = call(params, x, jax.random.fold_in(key, state[0].count) if case.dropout > 0 else None)
                if mask is not None:
                    outputs = jnp.where(mask, outputs, 0)
                return jnp.sum(jnp.square(outputs)) / count

            value, gradient = jax.value_and_grad(loss)(params)
            updates, state = adam.update(gradient, state, params)
            return optax.apply_updates(params, updates), state, value

        self.inputs = inputs
        self._infer, self._step = infer, step
        # The step takes its arguments for its own, so each way has copies.
        self.params = jax.tree.map(jnp.array, params)
        self.state = adam.init(self.params)
        self.key = jax.random.key(0)

    def infer(self):
        return self._infer(self.params, self.inputs).block_until_ready()

    def train(self):
        self.params, self.state, loss = self._step(self.params, self.state, self.inputs, self.key)
        return float(loss)


class Session:
    def __init__(self, case, weights):
        inputs = jnp.asarray(weights.pop("inputs"))
        lengths = jnp.asarray(weights.pop("lengths"))
        if case.dropout > 0:
            weights = {name.replace("cell/", "cell/inner/"): array for name, array in weights.items()}
        params = unflatten_dict({tuple(name.split("/")): jnp.asarray(a) for name, a in weights.items()})
        count = float(np.sum(np.asarray(lengths))) * width(case)

        ways = {name: Way(case, cell, params, inputs, lengths, count) for name, cell in cells(case).items()}
        self.mode = case.mode
        best = min(ways, key=lambda name: self.taken(ways[name])) if len(ways) > 1 else next(iter(ways))
        self.way = f"nn.RNN({best})"
        cell = cells(case)[best]
        # A fresh one: the trial has trained the parameters.
        self.one = Way(case, cell, params, inputs, lengths, count)
        self.run = self.one.train if self.mode == "train" else self.one.infer

    def taken(self, way):
        run = way.train if self.mode == "train" else way.infer
        run()
        times = []
        while len(times) < 5 and sum(times) < 2 or len(times) < 2:
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return min(times)

    def outputs(self):
        return np.asarray(self.one.infer())

    def train(self):
        return self.one.train()
