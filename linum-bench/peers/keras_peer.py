"""Keras 3 on JAX: its own layers; a cell of one's own in keras.layers.RNN."""

import os

os.environ["KERAS_BACKEND"] = "jax"
os.environ.setdefault("JAX_PLATFORMS", "cpu")
if os.environ.get("LINUM_BENCH_THREADS") == "1":
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"

from functools import partial

import jax
import jax.numpy as jnp
import keras
import numpy as np
from keras import layers, ops

from serve import Lacks, directions, width


def about():
    return f"Keras {keras.__version__} on JAX {jax.__version__}"


@keras.saving.register_keras_serializable()
class LeakyCell(layers.Layer):
    def __init__(self, hidden, **more):
        super().__init__(**more)
        self.hidden = self.state_size = self.output_size = hidden

    def get_config(self):
        return {**super().get_config(), "hidden": self.hidden}

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], self.hidden))
        self.bias = self.add_weight(shape=(self.hidden,))
        self.memory = self.add_weight(shape=(self.hidden, self.hidden))
        self.memory_bias = self.add_weight(shape=(self.hidden,))

    def call(self, x, states, training=False):
        (h,) = states
        z = ops.matmul(x, self.kernel) + self.bias + ops.matmul(h, self.memory) + self.memory_bias
        h = h + (ops.tanh(z) - h) * 0.1
        return h, [h]


@keras.saving.register_keras_serializable()
class LayerNormLstmCell(layers.Layer):
    def __init__(self, hidden, **more):
        super().__init__(**more)
        self.hidden = self.output_size = hidden
        self.state_size = [hidden, hidden]

    def get_config(self):
        return {**super().get_config(), "hidden": self.hidden}

    def build(self, shape):
        size = self.hidden
        self.kernel = self.add_weight(shape=(shape[-1], 4 * size))
        self.recurrent = self.add_weight(shape=(size, 4 * size))
        self.norms = [layers.LayerNormalization(epsilon=1e-6, name=f"norm_{n}") for n in "ihc"]
        for norm, features in zip(self.norms, [4 * size, 4 * size, size]):
            norm.build((None, features))

    def call(self, x, states, training=False):
        h, c = states
        norm_i, norm_h, norm_c = self.norms
        z = norm_i(ops.matmul(x, self.kernel)) + norm_h(ops.matmul(h, self.recurrent))
        i, f, g, o = ops.split(z, 4, axis=-1)
        c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
        h = ops.sigmoid(o) * ops.tanh(norm_c(c))
        return h, [h, c]


def layer(case):
    """The layer of a case without its weights."""
    kinds = {
        "simple": partial(layers.SimpleRNN, case.hidden),
        "lstm": partial(layers.LSTM, case.hidden, recurrent_dropout=case.dropout, seed=1),
        "gru": partial(layers.GRU, case.hidden),
        "leaky": lambda **more: layers.RNN(LeakyCell(case.hidden), **more),
        "lnlstm": lambda **more: layers.RNN(LayerNormLstmCell(case.hidden), **more),
    }
    make = partial(kinds[case.cell], return_sequences=True)
    if case.direction == "bi":
        return layers.Bidirectional(make(), backward_layer=make(go_backwards=True))
    return make()


def arrays(case, weights, prefix):
    """The weights of one direction in the order of Keras."""

    def joined(side, gates, part):
        zeros = np.zeros(case.hidden, np.float32)
        return np.concatenate([weights.get(f"{prefix}{side}{gate}/{part}", zeros) for gate in gates], -1)

    if case.cell == "lstm":
        return [joined("i", "ifgo", "kernel"), joined("h", "ifgo", "kernel"), joined("h", "ifgo", "bias")]
    if case.cell == "gru":
        biases = np.stack([joined("i", "zrn", "bias"), joined("h", "zrn", "bias")])
        return [joined("i", "zrn", "kernel"), joined("h", "zrn", "kernel"), biases]
    names = {
        "simple": ["i/kernel", "h/kernel", "i/bias"],
        "leaky": ["in/kernel", "in/bias", "memory/kernel", "memory/bias"],
        "lnlstm": ["i/kernel", "h/kernel"] + [f"norm_{n}/{p}" for n in "ihc" for p in ("scale", "bias")],
    }[case.cell]
    return [weights[prefix + name] for name in names]


class Session:
    def __init__(self, case, weights):
        self.case = case
        one = layer(case)
        inputs = weights["inputs"]
        one.build(inputs.shape)
        if case.direction == "bi":
            for side, prefix in zip([one.forward_layer, one.backward_layer], directions(case)):
                side.set_weights(arrays(case, weights, prefix))
        else:
            one.set_weights(arrays(case, weights, directions(case)[0]))
        self.way = f"layers.{type(one).__name__}"

        lengths = weights["lengths"]
        valid = np.arange(case.steps)[None, :] < lengths[:, None]
        mask = jnp.asarray(valid) if case.lengths == "ragged" else None
        count = float(lengths.sum()) * width(case)
        adam = keras.optimizers.Adam(0.001, epsilon=1e-8)
        adam.build(one.trainable_variables)

        @jax.jit
        def infer(trainable, rest, x):
            return one.stateless_call(trainable, rest, x, mask=mask)[0]

        @partial(jax.jit, donate_argnums=(0, 1, 2))
        def step(trainable, rest, state, x):
            def loss(trainable):
                outputs, rest_ = one.stateless_call(trainable, rest, x, mask=mask, training=True)
                if mask is not None:
                    outputs = jnp.where(mask[:, :, None], outputs, 0)
                return jnp.sum(jnp.square(outputs)) / count, rest_

            (value, rest_), gradient = jax.value_and_grad(loss, has_aux=True)(trainable)
            trainable, state = adam.stateless_apply(state, gradient, trainable)
            return trainable, rest_, state, value

        self.inputs = jnp.asarray(inputs)
        self.trainable = [jnp.array(v.value) for v in one.trainable_variables]
        self.rest = [jnp.array(v.value) for v in one.non_trainable_variables]
        self.state = [jnp.array(v.value) for v in adam.variables]
        self._infer, self._step = infer, step
        self.run = self.train if case.mode == "train" else self.infer

    def infer(self):
        return self._infer(self.trainable, self.rest, self.inputs).block_until_ready()

    def outputs(self):
        return np.asarray(self.infer())

    def train(self):
        self.trainable, self.rest, self.state, loss = self._step(self.trainable, self.rest, self.state, self.inputs)
        return float(loss)
