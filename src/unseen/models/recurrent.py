"""What recurrent models share: a cell is applied from left to right, no further than the strings reach, and answers are read off its outputs."""

from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jax.custom_batching import custom_vmap
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Inputs, Outputs
from unseen.models.layers import need_tokens, rows
from unseen.models.model import Model
from unseen.models.places import Answering, answering
from unseen.models.product import product


class Cell(eqx.Module):
    """One step of a recurrent network, in two parts: the large product, whose result is kept for going back, and what is cheap to compute again.

    Attributes:
        symbol: W_x, the weights of the symbols.
        bias: b.
    """

    symbol: eqx.AbstractVar[Array]
    bias: eqx.AbstractVar[Array]

    def initial(self, x: Int[Array, " length"], used: Int[Array, ""]) -> PyTree[Array]:
        """The state before the first symbol of a string of which `used` places are not padding: numbers that are not trained, all of them real."""
        raise NotImplementedError

    def first(self, x: Int[Array, " length"]) -> Float[Array, "length width"]:
        """What depends on the input alone, for all places at once: W_x x + b, a row of the matrix for each symbol."""
        return rows(self.symbol, x) + self.bias

    def enter(self, state: PyTree[Array], seen: Float[Array, " width"]) -> Float[Array, " width"]:
        """What enters the step, affine in the state: one place of `first`, plus a product with the state."""
        raise NotImplementedError

    def move(self, state: PyTree[Array], entered: Float[Array, " width"]) -> tuple[PyTree[Array], Float[Array, " output"]]:
        """(next state, output) from the state and what has entered."""
        raise NotImplementedError

    def __call__(self, state: PyTree[Array], seen: Float[Array, " width"]) -> tuple[PyTree[Array], Float[Array, " output"]]:
        return self.move(state, self.enter(state, seen))


class Recurrent(Answering):
    """A cell from left to right, then the readout relu(output) @ readout + bias at every place, or at the last used one; 0 at padding.

    The rectifier before the readout is that of the code of Delétang et al. (2023). A batch takes as many steps as its longest string.
    """

    cell: Cell
    readout: Float[Array, "width classes"]
    bias: Float[Array, " classes"]
    padding: int | None = eqx.field(static=True)
    shape: tuple[int, ...] = eqx.field(static=True)
    everywhere: bool = eqx.field(static=True)

    def __call__(self, x: Int[Array, " length"], *, key: PRNGKeyArray | None = None) -> Float[Array, "..."]:
        if not len(x):
            return self.nothing(x)
        used = jnp.asarray(len(x)) if self.padding is None else jnp.sum(x != self.padding)
        logits = _answers(self, x, used)
        return logits if self.everywhere else logits[used - 1].reshape(self.shape)

    def features(self, x: Int[Array, " length"], used: Int[Array, ""]) -> Float[Array, "length width"]:
        """The rectified outputs of the cell, at all places."""
        return jax.nn.relu(jax.lax.scan(lambda state, seen: self.cell(state, seen), self.cell.initial(x, used), self.cell.first(x))[1])


def recurrent(model: Model, cell: Cell, width: int, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Recurrent:
    """The network around a cell whose outputs have `width` entries."""
    return Recurrent(cell, **answering(width, need_tokens(model, inputs), outputs, key))


def _answers(network: Recurrent, x: Int[Array, " length"], used: Int[Array, ""]) -> Float[Array, "length classes"]:
    """The logits of one string. The strings of a batch are gone through together, so that the gradient for a weight is one product at each step."""

    def one(network: Recurrent, x: Array, used: Array) -> Array:
        return _logits(network, x[:, None], used[None])[:, 0]

    def mapped(size: int, batched: list, network: Recurrent, x: Array, used: Array) -> tuple[Array, bool]:
        if any(jax.tree.leaves(batched[0])):  # each string has a network of its own
            axes = jax.tree.map(lambda there: 0 if there else None, tuple(batched))
            return jax.vmap(one, in_axes=axes)(network, x, used), True
        return jnp.swapaxes(_logits(network, x.T, jnp.broadcast_to(used, (size,))), 0, 1), True

    try:
        jax.lax.axis_index("batch")
    except NameError:  # outside of a batch a gradient may be asked for inside of a map, which a function with a rule for maps does not give
        return one(network, x, used)
    together = custom_vmap(one)
    together.def_vmap(mapped)
    return together(network, x, used)


class _Kept(NamedTuple):
    """The states before each step, and what entered it."""

    states: PyTree[Array]
    entered: Float[Array, "length batch width"]


def _logits(network: Recurrent, x: Int[Array, "length batch"], used: Int[Array, " batch"]) -> Float[Array, "length batch classes"]:
    """The logits of a batch, differentiable forwards and backwards, to any order.

    A loop that ends when the strings do has no derivative backwards. So J, the derivative of the logits in the weights, is given by two loops,
    for J v and for Jᵀ v. To JAX they are how a linear system is solved: (out, change) = (J v, v) is the solution of (out − J change, change) = (0, v).
    Derivatives of J come from this system, in which J is the derivative of a scan over all places.
    """

    def scanned(network: Recurrent) -> Array:
        features = jax.vmap(network.features, in_axes=(1, 0), out_axes=1)(x, used)
        logits = product(features, network.readout) + network.bias
        return jnp.where((jnp.arange(len(x))[:, None] < used)[:, :, None], logits, 0.0)

    @jax.custom_jvp
    def looped(network: Recurrent) -> tuple[Array, _Kept]:
        return _forward(network, x, used)

    @looped.defjvp
    def _(primals: tuple[Recurrent], tangents: tuple[Recurrent]) -> tuple[tuple[Array, _Kept], tuple[Array, _Kept]]:
        logits, kept = looped(*primals)
        right, parts = ravel_pytree((jnp.zeros_like(logits), *tangents))  # one vector, so that either all of it is differentiated or nothing

        def system(vector: Array) -> Array:
            out, change = parts(vector)
            return ravel_pytree((out - jax.jvp(scanned, primals, (change,))[1], change))[0]

        def solve(_, vector: Array) -> Array:
            out, change = parts(vector)
            return ravel_pytree((out + _along(*primals, x, used, kept, change), change))[0]

        def solve_transposed(_, vector: Array) -> Array:
            out, change = parts(vector)
            return ravel_pytree((out, jax.tree.map(jnp.add, change, _back(*primals, x, used, kept, out))))[0]

        change, _ = parts(jax.lax.custom_linear_solve(system, right, solve, solve_transposed))
        return (logits, kept), (change, jax.tree.map(jnp.zeros_like, kept))  # a constant: of how the system is solved there is no derivative

    return looped(network)[0]


def _forward(network: Recurrent, x: Array, used: Array) -> tuple[Float[Array, "length batch classes"], _Kept]:
    """The logits, and what their derivative needs."""

    def step(t: Array, carry: tuple) -> tuple:
        state, *found = carry
        entered = _enter(network, state, x[t])
        after, out = _leave(network, state, entered, t < used)
        return after, *_put(found, [out, _Kept(state, entered)], t)

    state = _initial(network, x, used)
    entered = jax.eval_shape(_enter, network, state, x[0])
    room = jax.tree.map(lambda leaf: jnp.zeros((len(x), *leaf.shape), leaf.dtype), _Kept(state, entered))
    _, logits, kept = jax.lax.fori_loop(0, _largest(used), step, (state, _none(network, x), room))
    return logits, kept


def _along(network: Recurrent, x: Array, used: Array, kept: _Kept, change: Recurrent) -> Float[Array, "length batch classes"]:
    """J change: from the first step on, how the state and the logits change."""

    def step(t: Array, carry: tuple) -> tuple:
        moved, logits = carry
        state, entered = _at(kept, t)
        into = jax.jvp(lambda network, state: _enter(network, state, x[t]), (network, state), (change, moved))[1]
        moved, out = jax.jvp(partial(_leave, there=t < used), (network, state, entered), (change, moved, into))[1]
        return moved, _put(logits, out, t)

    still = jax.tree.map(jnp.zeros_like, _initial(network, x, used))
    return jax.lax.fori_loop(0, _largest(used), step, (still, _none(network, x)))[1]


def _back(network: Recurrent, x: Array, used: Array, kept: _Kept, change: Float[Array, "length batch classes"]) -> Recurrent:
    """Jᵀ change: from the last step back, what the state weighs, and the sum of what the weights do."""
    steps = _largest(used)

    def step(i: Array, carry: tuple) -> tuple:
        weighed, total = carry
        t = steps - 1 - i
        state, entered = _at(kept, t)
        to_network, to_state, into = jax.vjp(partial(_leave, there=t < used), network, state, entered)[1]((weighed, change[t]))
        entering = jax.vjp(lambda network, state: _enter(network, state, x[t]), network, state)[1](into)
        return jax.tree.map(jnp.add, to_state, entering[1]), jax.tree.map(lambda *parts: sum(parts), total, to_network, entering[0])

    still = jax.tree.map(jnp.zeros_like, (_initial(network, x, used), network))
    return jax.lax.fori_loop(0, steps, step, still)[1]


def _initial(network: Recurrent, x: Array, used: Array) -> PyTree[Array]:
    return jax.vmap(network.cell.initial, in_axes=(1, 0))(x, used)


def _enter(network: Recurrent, state: PyTree[Array], x: Int[Array, " batch"]) -> Float[Array, "batch width"]:
    return jax.vmap(lambda state, x: network.cell.enter(state, network.cell.first(x[None])[0]))(state, x)


def _leave(network: Recurrent, state: PyTree[Array], entered: Array, there: Bool[Array, " batch"]) -> tuple[PyTree[Array], Float[Array, "batch classes"]]:
    state, out = jax.vmap(network.cell.move)(state, entered)
    return state, jnp.where(there[:, None], product(jax.nn.relu(out), network.readout) + network.bias, 0.0)


def _none(network: Recurrent, x: Array) -> Float[Array, "length batch classes"]:
    return jnp.zeros_like(network.bias, shape=(*x.shape, len(network.bias)))


def _at(tree: PyTree[Array], t: Array) -> PyTree[Array]:
    return jax.tree.map(lambda leaf: leaf[t], tree)


def _put(tree: PyTree[Array], value: PyTree[Array], t: Array) -> PyTree[Array]:
    return jax.tree.map(lambda leaf, one: leaf.at[t].set(one), tree, value)


@custom_vmap
def _largest(used: Int[Array, " batch"]) -> Int[Array, ""]:
    """The largest number of the batch, and of all batches of a map, so that a loop over so many steps stays one loop."""
    return jnp.max(used)


@_largest.def_vmap
def _(_size: int, _batched: list, used: Int[Array, "runs batch"]) -> tuple[Int[Array, ""], bool]:
    return _largest(used.reshape(-1)), False
