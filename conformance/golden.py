"""Golden values of Flax linen for Linum's tests: one safetensors file per topic, tensors named case/what."""

import functools
import itertools
import pathlib
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
from flax import linen as nn
from flax.traverse_util import flatten_dict
from safetensors.numpy import save_file

jax.config.update("jax_threefry_partitionable", True)
OUT = pathlib.Path(sys.argv[1])
RNG = np.random.default_rng(20)


def numbers(*shape):
    return RNG.uniform(-1, 1, shape).astype(np.float32)


def flat(tree, prefix):
    """Arrays of nested dicts by path."""
    return {f"{prefix}/{path}": np.asarray(leaf) for path, leaf in flatten_dict(tree, sep="/").items()}


def leaves(tree, prefix):
    return {f"{prefix}/{i}": np.asarray(leaf) for i, leaf in enumerate(jax.tree.leaves(tree))}


def words(key):
    return np.asarray(jax.random.key_data(key)).view(np.int32)


def save(name, tensors):
    OUT.mkdir(parents=True, exist_ok=True)
    tensors = {k: np.ascontiguousarray(v.astype(np.int32) if v.dtype == bool else v) for k, v in tensors.items()}
    save_file(tensors, OUT / f"{name}.safetensors")


def prng():
    out = {}
    for seed in (0, 1, 42, 2**31 + 5):
        key = jax.random.key(seed)
        p = f"{seed}/"
        out[p + "key"] = words(key)
        out[p + "split"] = words(jax.random.split(key, 5))
        out[p + "fold"] = np.stack([words(jax.random.fold_in(key, i)) for i in (0, 1, 77)])
        out[p + "bits"] = np.asarray(jax.random.bits(key, (3, 5))).view(np.int32)
        out[p + "uniform"] = np.asarray(jax.random.uniform(key, (200,)))
        out[p + "range"] = np.asarray(jax.random.uniform(key, (200,), minval=-0.3, maxval=1.7))
        out[p + "normal"] = np.asarray(jax.random.normal(key, (2000,)))
        out[p + "truncated"] = np.asarray(jax.random.truncated_normal(key, -2, 2, (500,)))
        out[p + "bernoulli"] = np.asarray(jax.random.bernoulli(key, 0.3, (200,)))
        logits = jnp.log(jnp.asarray([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]).repeat(50, 0))
        out[p + "logits"] = np.asarray(logits)
        out[p + "categorical"] = np.asarray(jax.random.categorical(key, logits)).astype(np.int32)
    return out


CELLS = {
    "simple": (nn.SimpleCell(4), (2, 3)),
    "residual": (nn.SimpleCell(4, residual=True), (2, 3)),
    "lstm": (nn.OptimizedLSTMCell(4), (2, 3)),
    "gru": (nn.GRUCell(4), (2, 3)),
    "mgu": (nn.MGUCell(4), (2, 3)),
    "mgu_no_reset": (nn.MGUCell(4, reset_gate=False), (2, 3)),
    "conv1": (nn.ConvLSTMCell(3, (3,)), (2, 5, 2)),
    "conv2": (nn.ConvLSTMCell(2, (3, 2)), (2, 4, 5, 3)),
    "conv2_circular": (nn.ConvLSTMCell(2, (3, 3), padding="CIRCULAR"), (2, 4, 5, 3)),
    "conv3": (nn.ConvLSTMCell(2, (2, 3, 2)), (2, 3, 4, 3, 2)),
}


def cells():
    out = {}
    for name, (cell, shape) in CELLS.items():
        x = numbers(*shape)
        carry = jax.tree.map(lambda leaf: numbers(*leaf.shape), cell.initialize_carry(jax.random.key(0), shape))
        variables = cell.init(jax.random.key(42), carry, x)
        variables = jax.tree.map(lambda leaf: leaf + 0.1 * numbers(*leaf.shape), variables)
        after, y = cell.apply(variables, carry, x)
        wy = numbers(*y.shape)
        wc = jax.tree.map(lambda leaf: numbers(*leaf.shape), after)

        def loss(v, c, i):
            c2, y2 = cell.apply(v, c, i)
            return (y2 * wy).sum() + sum((a * b).sum() for a, b in zip(jax.tree.leaves(c2), jax.tree.leaves(wc)))

        gv, gc, gx = jax.grad(loss, (0, 1, 2))(variables, carry, x)
        out |= {f"{name}/x": x, f"{name}/y": y, f"{name}/wy": wy, f"{name}/gx": gx}
        out |= leaves(carry, f"{name}/carry") | leaves(after, f"{name}/after") | leaves(wc, f"{name}/wc")
        out |= leaves(gc, f"{name}/gcarry") | flat(variables, f"{name}/variables") | flat(gv, f"{name}/gvariables")
    return {k: np.asarray(v) for k, v in out.items()}


def init():
    out = {}
    inits = nn.initializers
    kinds = {
        "lecun_normal": inits.lecun_normal(),
        "lecun_uniform": inits.lecun_uniform(),
        "glorot_normal": inits.glorot_normal(),
        "glorot_uniform": inits.glorot_uniform(),
        "he_normal": inits.he_normal(),
        "he_uniform": inits.he_uniform(),
        "orthogonal": inits.orthogonal(),
    }
    for name, function in kinds.items():
        for shape in ((3, 4), (6, 2), (3, 2, 5)):
            out[f"kind/{name}/{'x'.join(map(str, shape))}"] = function(jax.random.key(7), shape, jnp.float32)
    for name, (cell, shape) in CELLS.items():
        carry = cell.initialize_carry(jax.random.key(0), shape)
        out |= flat(cell.init(jax.random.key(42), carry, np.zeros(shape, np.float32)), f"cell/{name}")
    rnn = nn.RNN(nn.OptimizedLSTMCell(4))
    out |= flat(rnn.init(jax.random.key(42), np.zeros((2, 5, 3), np.float32)), "rnn")
    both = nn.Bidirectional(nn.RNN(nn.OptimizedLSTMCell(4)), nn.RNN(nn.GRUCell(3)))
    out |= flat(both.init(jax.random.key(42), np.zeros((2, 5, 3), np.float32)), "bidirectional")
    out |= flat(nn.Dense(4).init(jax.random.key(42), np.zeros((2, 3), np.float32)), "dense")
    out |= flat(nn.Embed(7, 4).init(jax.random.key(42), np.zeros((2,), np.int32)), "embed")
    return {k: np.asarray(v) for k, v in out.items()}


def rnn():
    """Every combination of lengths, reverse, keep order, layout and initial carry."""
    out = {}
    batch, time, features, hidden = 3, 6, 3, 4
    lengths = np.asarray([6, 1, 4], np.int32)
    for kind, cell in (("lstm", nn.OptimizedLSTMCell(hidden)), ("gru", nn.GRUCell(hidden))):
        layer = nn.RNN(cell, return_carry=True)
        x = numbers(batch, time, features)
        variables = layer.init(jax.random.key(1), x)
        out |= flat(variables, f"{kind}/variables")
        first = jax.tree.map(lambda leaf: numbers(*leaf.shape), cell.initialize_carry(jax.random.key(0), (batch, features)))
        out |= {f"{kind}/x": x, f"{kind}/lengths": lengths} | leaves(first, f"{kind}/first")
        for with_lengths, reverse, keep, major, carried in itertools.product((0, 1), repeat=5):
            case = f"{kind}/{with_lengths}{reverse}{keep}{major}{carried}"
            carry, y = layer.apply(
                variables,
                x.swapaxes(0, 1) if major else x,
                seq_lengths=lengths if with_lengths else None,
                reverse=bool(reverse),
                keep_order=bool(keep),
                time_major=bool(major),
                initial_carry=first if carried else None,
            )
            out |= {f"{case}/y": np.asarray(y)} | leaves(carry, f"{case}/carry")
    return out


def bidirectional():
    out = {}
    x = numbers(3, 6, 3)
    lengths = np.asarray([6, 1, 4], np.int32)
    layer = nn.Bidirectional(nn.RNN(nn.OptimizedLSTMCell(4)), nn.RNN(nn.GRUCell(4)), return_carry=True)
    variables = layer.init(jax.random.key(1), x)
    out |= flat(variables, "variables") | {"x": x, "lengths": lengths}
    merges = {"concat": None, "sum": lambda a, b: a + b, "mean": lambda a, b: (a + b) / 2, "product": lambda a, b: a * b}
    for name, merge in merges.items():
        merged = layer if merge is None else layer.copy(merge_fn=merge)
        for case, given in (("all", None), ("lengths", lengths)):
            carry, y = merged.apply(variables, x, seq_lengths=given)
            out |= {f"{name}/{case}/y": np.asarray(y)} | leaves(carry, f"{name}/{case}/carry")
    return out


class DroppingCell(nn.RNNCellBase):
    """h' = tanh(Dense(dropout(x)) + Dense(recurrent_dropout(h))); the names are dense_x and dense_h."""

    features: int

    @nn.compact
    def __call__(self, carry, x):
        x = nn.Dropout(0.5, name="drop_x")(x, deterministic=False)
        h = nn.Dropout(0.5, rng_collection="recurrent_dropout", name="drop_h")(carry, deterministic=False)
        h = nn.tanh(nn.Dense(self.features, name="dense_x")(x) + nn.Dense(self.features, name="dense_h")(h))
        return h, h

    def initialize_carry(self, rng, shape):
        return jnp.zeros((*shape[:-1], self.features))

    @property
    def num_feature_axes(self):
        return 1


def dropout():
    out = {}
    x = np.ones((4, 6, 8), np.float32)
    for axes in ((), (1,), (0, 2)):
        y = nn.Dropout(0.4, broadcast_dims=axes).apply(
            {}, x, deterministic=False, rngs={"dropout": jax.random.key(5)}
        )
        out[f"plain/{''.join(map(str, axes)) or 'none'}"] = np.asarray(y)
    layer = nn.RNN(
        DroppingCell(5), split_rngs={"params": False, "dropout": True, "recurrent_dropout": False}, return_carry=True
    )
    rngs = {"params": jax.random.key(1), "dropout": jax.random.key(2), "recurrent_dropout": jax.random.key(3)}
    x = numbers(3, 5, 4)
    variables = layer.init(rngs, x)
    carry, y = layer.apply(variables, x, rngs={k: v for k, v in rngs.items() if k != "params"})
    out |= flat(variables, "cell/variables") | {"cell/x": x, "cell/y": np.asarray(y), "cell/carry": np.asarray(carry)}
    return out


class CountingCell(nn.RNNCellBase):
    """A GRU over x - mean, where the carried mean follows the inputs; records the mean of each step."""

    features: int

    @nn.compact
    def __call__(self, carry, x):
        mean = self.variable("batch_stats", "mean", lambda: jnp.zeros((x.shape[-1],)))
        mean.value = 0.9 * mean.value + 0.1 * x.mean(0)
        self.sow("intermediates", "seen", mean.value.sum(), reduce_fn=lambda _, new: new, init_fn=lambda: 0.0)
        return nn.GRUCell(self.features, name="gru")(carry, x - mean.value)

    def initialize_carry(self, rng, shape):
        return jnp.zeros((*shape[:-1], self.features))

    @property
    def num_feature_axes(self):
        return 1


def lifted():
    out = {}
    x = numbers(3, 5, 4)
    each = nn.RNN(
        nn.SimpleCell(3), variable_axes={"params": 0}, variable_broadcast=False, split_rngs={"params": True}
    )
    variables = each.init(jax.random.key(4), x)
    out |= flat(variables, "each/variables") | {"each/x": x, "each/y": np.asarray(each.apply(variables, x))}
    counting = nn.RNN(CountingCell(3), variable_carry="batch_stats", variable_axes={"intermediates": 0})
    plain = nn.RNN(nn.GRUCell(3)).init(jax.random.key(4), x)["params"]["cell"]
    variables = {"params": {"cell": {"gru": plain}}, "batch_stats": {"cell": {"mean": numbers(4)}}}
    y, updates = counting.apply(variables, x, mutable=["batch_stats", "intermediates"])
    out |= flat(variables, "counting/variables") | flat(updates, "counting/updates")
    return out | {"counting/x": x, "counting/y": np.asarray(y)}


class Holder(nn.Module):
    """Keeps the RNN's parameters under its own name, as modules made in setup do."""

    def setup(self):
        self.rnn = nn.RNN(nn.OptimizedLSTMCell(8))
        self.head = nn.Dense(1)

    def __call__(self, x):
        return self.head(self.rnn(x)[:, -1])[:, 0]


def training():
    model = Holder()
    x = numbers(16, 7, 3)
    target = x.sum((1, 2)) * 0.3
    params = model.init(jax.random.key(9), x)
    out = flat(params, "variables") | {"x": x, "target": target}
    optimizer = optax.adam(0.01)
    state = optimizer.init(params)

    @jax.jit
    def step(p, s):
        loss, g = jax.value_and_grad(lambda q: ((model.apply(q, x) - target) ** 2).mean())(p)
        updates, s = optimizer.update(g, s)
        return optax.apply_updates(p, updates), s, loss

    losses = []
    for _ in range(50):
        params, state, loss = step(params, state)
        losses.append(float(loss))
    return out | flat(params, "after") | {"losses": np.asarray(losses, np.float32)}


class DroppingSimple(nn.SimpleCell):
    """Flax's cell with a mask on its inputs (new at each step) and one on the state that the products read."""

    @nn.compact
    def __call__(self, carry, x):
        return super().__call__(drop_state(carry), drop_inputs(x))


class DroppingLSTM(nn.LSTMCell):
    @nn.compact
    def __call__(self, carry, x):
        return super().__call__((carry[0], drop_state(carry[1])), drop_inputs(x))


class DroppingConvLSTM(nn.ConvLSTMCell):
    @nn.compact
    def __call__(self, carry, x):
        return super().__call__((carry[0], drop_state(carry[1])), drop_inputs(x))


class DroppingGRU(nn.GRUCell):
    """What is kept of the state, z * h, is not dropped, so the formula is written out."""

    @nn.compact
    def __call__(self, carry, x):
        i, h = drop_inputs(x), drop_state(carry)
        dense = functools.partial(gate_dense, self.features)
        r = nn.sigmoid(dense("ir", True)(i) + dense("hr", False)(h))
        z = nn.sigmoid(dense("iz", True)(i) + dense("hz", False)(h))
        n = nn.tanh(dense("in", True)(i) + r * dense("hn", True)(h))
        new = (1 - z) * n + z * carry
        return new, new


class DroppingMGU(nn.MGUCell):
    @nn.compact
    def __call__(self, carry, x):
        i, h = drop_inputs(x), drop_state(carry)
        dense = functools.partial(gate_dense, self.features)
        f = nn.sigmoid(dense("if", True, nn.initializers.ones)(i) + dense("hf", False)(h))
        n = nn.tanh(dense("in", True)(i) + f * dense("hn", True)(h))
        new = (1 - f) * n + f * carry
        return new, new


def gate_dense(features, name, bias, bias_init=nn.initializers.zeros):
    kernel = nn.initializers.lecun_normal() if name[0] == "i" else nn.initializers.orthogonal()
    return nn.Dense(features, use_bias=bias, name=name, kernel_init=kernel, bias_init=bias_init)


def drop_inputs(x):
    return nn.Dropout(0.2, name="dropout")(x, deterministic=False)


def drop_state(h):
    stream = "recurrent_dropout"
    return nn.Dropout(0.25, rng_collection=stream, name=stream)(h, deterministic=False)


def weighted(outputs, weights):
    return sum((a * b).sum() for a, b in zip(jax.tree.leaves(outputs), jax.tree.leaves(weights), strict=True))


def random_like(tree):
    return jax.tree.map(lambda leaf: numbers(*leaf.shape), tree)


def cell_dropout():
    out = {}
    dropping = {
        "simple": (DroppingSimple(4), (2, 5, 3)),
        "lstm": (DroppingLSTM(4), (2, 5, 3)),
        "gru": (DroppingGRU(4), (2, 5, 3)),
        "mgu": (DroppingMGU(4), (2, 5, 3)),
        "conv": (DroppingConvLSTM(2, (3,)), (2, 3, 4, 3)),
    }
    for name, (cell, shape) in dropping.items():
        split = {"params": False, "dropout": True, "recurrent_dropout": False}
        layer = nn.RNN(cell, split_rngs=split, return_carry=True)
        rngs = {"dropout": jax.random.key(2), "recurrent_dropout": jax.random.key(3)}
        x = numbers(*shape)
        variables = layer.init(rngs | {"params": jax.random.key(1)}, x)
        carry, y = layer.apply(variables, x, rngs=rngs)
        wy = numbers(*y.shape)
        gv, gx = jax.grad(lambda v, i: (layer.apply(v, i, rngs=rngs)[1] * wy).sum(), (0, 1))(variables, x)
        out |= {f"{name}/x": x, f"{name}/y": y, f"{name}/wy": wy, f"{name}/gx": gx} | leaves(carry, f"{name}/carry")
        out |= flat(variables, f"{name}/variables") | flat(gv, f"{name}/gvariables")
    return {k: np.asarray(v) for k, v in out.items()}


def gradients():
    """Gradients of a loss over real steps and the carry, by parameters, inputs and initial carry."""
    out = {}
    lengths = np.asarray([5, 1, 3], np.int32)
    real = (np.arange(5) < lengths[:, None])[..., None]
    layers = {
        "lstm": nn.RNN(nn.OptimizedLSTMCell(4)),
        "gru": nn.RNN(nn.GRUCell(4)),
        "bidirectional": nn.Bidirectional(nn.RNN(nn.OptimizedLSTMCell(4)), nn.RNN(nn.GRUCell(2))),
    }
    for name, layer in layers.items():
        x = numbers(3, 5, 3)
        variables = layer.init(jax.random.key(1), x)
        out |= flat(variables, f"{name}/variables") | {f"{name}/x": x, f"{name}/lengths": lengths}
        first = random_like(layer.apply(variables, x, return_carry=True)[0])
        out |= leaves(first, f"{name}/first")
        for way in ("forward", "reverse") if name != "bidirectional" else ("forward",):
            how = {"seq_lengths": lengths, "return_carry": True, "reverse": way == "reverse", "keep_order": True}
            carry, y = layer.apply(variables, x, initial_carry=first, **how)
            wy, wc = numbers(*y.shape), random_like(carry)

            def loss(v, i, c):
                carry, y = layer.apply(v, i, initial_carry=c, **how)
                return (y * wy * real).sum() + weighted(carry, wc)

            gv, gx, gc = jax.grad(loss, (0, 1, 2))(variables, x, first)
            case = f"{name}/{way}"
            out |= {f"{case}/wy": wy, f"{case}/gx": gx} | leaves(wc, f"{case}/wc") | leaves(gc, f"{case}/gfirst")
            out |= flat(gv, f"{case}/gvariables")
    return {k: np.asarray(v) for k, v in out.items()}


def layers():
    """Values where Flax's own tests look at shapes only, or at nothing."""
    out = {}

    def case(name, layer, x, **how):
        variables = layer.init(jax.random.key(1), x)
        carry, y = layer.apply(variables, x, return_carry=True, **how)
        out.update(flat(variables, f"{name}/variables") | leaves(carry, f"{name}/carry") | {f"{name}/x": x, f"{name}/y": y})

    def lstm(features, **how):
        return nn.RNN(nn.OptimizedLSTMCell(features, **how))

    lengths = np.asarray([4, 2], np.int32)
    conv = nn.ConvLSTMCell(2, (3, 2))
    image = numbers(2, 4, 3, 4, 2)
    case("conv", nn.RNN(conv), image)
    case("conv_lengths", nn.RNN(conv), image, seq_lengths=lengths)
    case("conv_reverse", nn.RNN(conv), image, seq_lengths=lengths, reverse=True, keep_order=True)
    case("conv_both", nn.Bidirectional(nn.RNN(conv), nn.RNN(nn.ConvLSTMCell(1, (2, 2)))), image, seq_lengths=lengths)
    x = numbers(2, 5, 3)
    case("two_batch_axes", lstm(4), numbers(2, 3, 4, 3))
    case("no_batch_axes", lstm(4), numbers(5, 3))
    shared = lstm(4)
    case("shared_layer", nn.Bidirectional(shared, shared), x)
    cell = nn.OptimizedLSTMCell(4)
    case("shared_cell", nn.Bidirectional(nn.RNN(cell), nn.RNN(cell)), x)
    case("nested", nn.Bidirectional(nn.Bidirectional(lstm(3), nn.RNN(nn.GRUCell(2))), lstm(4)), x)
    both = nn.Bidirectional(lstm(4), nn.RNN(nn.GRUCell(2)))
    first = ((numbers(2, 4), numbers(2, 4)), numbers(2, 2))
    out.update(leaves(first, "first/initial"))
    case("first", both, x, initial_carry=first)
    random = nn.initializers.normal(1.0)
    case("init_key", lstm(4, carry_init=random), x, init_key=jax.random.key(5))
    drawn = nn.Bidirectional(lstm(4, carry_init=random), nn.RNN(nn.GRUCell(2, carry_init=random)))
    case("init_key_both", drawn, x, init_key=jax.random.key(5))
    ones = nn.initializers.ones
    case("activations", lstm(4, gate_fn=nn.relu, activation_fn=nn.elu, carry_init=ones), x)
    case("inits", lstm(4, kernel_init=ones, recurrent_kernel_init=random, bias_init=nn.initializers.constant(0.5)), x)
    negative = nn.scan(
        nn.OptimizedLSTMCell, variable_broadcast="params", split_rngs={"params": False}, in_axes=-1, out_axes=-1
    )(4)
    zeros = (np.zeros((2, 4), np.float32),) * 2
    last = numbers(2, 3, 5)
    variables = negative.init(jax.random.key(1), zeros, last)
    carry, y = negative.apply(variables, zeros, last)
    out.update(flat(variables, "axes/variables") | leaves(carry, "axes/carry") | {"axes/x": last, "axes/y": y})
    return {k: np.asarray(v) for k, v in out.items()}


def backwards():
    """Steps from the last input to the first, with keys and parameters of their own for each."""
    out = {}
    split = {"params": False, "dropout": True, "recurrent_dropout": False}
    dropping = functools.partial(nn.RNN, split_rngs=split)
    per_step = nn.RNN(
        nn.SimpleCell(4), variable_axes={"params": 0}, variable_broadcast=False, split_rngs={"params": True}
    )
    cases = {
        "dropout": (dropping(DroppingLSTM(4)), {"reverse": True, "keep_order": True}),
        "both": (nn.Bidirectional(dropping(DroppingLSTM(4)), dropping(DroppingGRU(2))), {}),
        "per_step": (per_step, {"reverse": True, "keep_order": True}),
    }
    rngs = {"dropout": jax.random.key(2), "recurrent_dropout": jax.random.key(3)}
    for name, (layer, how) in cases.items():
        x = numbers(2, 5, 3)
        variables = layer.init(rngs | {"params": jax.random.key(1)}, x, **how)
        y = layer.apply(variables, x, rngs=rngs, **how)
        out |= flat(variables, f"{name}/variables") | {f"{name}/x": x, f"{name}/y": y}
    return {k: np.asarray(v) for k, v in out.items()}


def norm():
    x, scale, bias = numbers(3, 7), numbers(7), numbers(7)
    layer = nn.LayerNorm(use_fast_variance=False)
    variables = {"params": {"scale": scale, "bias": bias}}
    y = layer.apply(variables, x)
    wy = numbers(3, 7)
    gv, gx = jax.grad(lambda v, i: (layer.apply(v, i) * wy).sum(), (0, 1))(variables, x)
    return flat(variables, "variables") | flat(gv, "gvariables") | {"x": x, "y": y, "wy": wy, "gx": gx}


for topic in (prng, cells, init, rnn, bidirectional, dropout, lifted, training, cell_dropout, gradients, layers, backwards, norm):
    save(topic.__name__, topic())
