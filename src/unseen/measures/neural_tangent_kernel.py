"""The empirical neural tangent kernel of a network: all of it, its trace over outputs, and the pseudo-kernel of the sum of outputs."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PyTree

from unseen._types import Problem, Snapshot, expect, trainable
from unseen.engine.probe import Probe

TILE = 2**26
"""Numbers in the gradients that are held at once (a quarter of a gigabyte), where `chunk` is not given."""

PLACES, FEW = 32, 4
"""Where a weight is used at more places than `PLACES`, gradients of `FEW` examples are formed at once: what lies between is then larger than they are."""

Function = Callable[[PyTree, PyTree], Float[Array, " outputs"]]


def neural_tangent_kernel(
    network: Callable, x: PyTree[Array], other: PyTree[Array] | None = None, *, chunk: int | None = None
) -> Float[Array, "n m outputs outputs"]:
    """K_ij[a, b] = ⟨∂f_a(x_i)/∂θ, ∂f_b(x_j)/∂θ⟩, θ the trainable parameters: the kernel that one small step of gradient descent follows.

    `as_matrix` of it is symmetric positive semidefinite for m = n. The network is run one example at a time, in evaluation mode. Tiles of `chunk` × `chunk`
    pairs bound the memory. Of the two ways to compute it (Novak, Sohl-Dickstein & Schoenholz 2022) the cheaper is taken: gradients of both sides
    contracted, 2 outputs² parameters operations for a pair, or the gradients of one side pushed forward through the network (NTK-vector products), about
    3 outputs times the operations of a forward pass. Measured on a CPU, the second is 2 to 5 times faster for perceptrons of 3 to 40 outputs, the first
    up to 40 times faster where weights are shared (transformers), with the crossing about where operations = outputs × parameters.

    Args:
        network: an Equinox module on one example.
        x: n inputs.
        other: m inputs for the columns; None: `x` again.
        chunk: examples whose gradients are held at once; None: as many as `TILE` allows.

    Raises:
        Problem: a chunk below 1, no example, or nothing to train.

    >>> import equinox as eqx
    >>> linear = eqx.nn.Linear(2, 3, use_bias=False, key=jax.random.key(0))
    >>> neural_tangent_kernel(linear, jnp.eye(2))[0, 0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    parts = _parts(network, x, other)
    if parts.operations < parts.outputs * parts.count:
        return _tiled(partial(_pushed, parts), parts, x, other, chunk, pushes=True)
    return _tiled(_contracted, parts, x, other, chunk)


def trace_kernel(network: Callable, x: PyTree[Array], other: PyTree[Array] | None = None, *, chunk: int | None = None) -> Float[Array, "n m"]:
    """Σ_a K_ij[a, a]: the trace of `neural_tangent_kernel` over outputs, computed in the cheaper of the same two ways. Arguments and errors as there.

    >>> import equinox as eqx
    >>> trace_kernel(eqx.nn.Linear(2, 3, use_bias=False, key=jax.random.key(0)), jnp.eye(2)).tolist()
    [[3.0, 0.0], [0.0, 3.0]]
    """
    parts = _parts(network, x, other)
    if parts.operations < parts.outputs * parts.count:
        return _tiled(partial(_trace_of_pushed, parts), parts, x, other, chunk, pushes=True)
    return _tiled(_traced, parts, x, other, chunk)


def pseudo_kernel(network: Callable, x: PyTree[Array], other: PyTree[Array] | None = None, *, chunk: int | None = None) -> Float[Array, "n m"]:
    """The tangent kernel of the one output Σ_a f_a/√outputs, (1/outputs) Σ_ab K_ij[a, b]: pseudo-NTK (Mohamadi, Bae & Sutherland 2023).

    Beside the identity over outputs it stands for the whole kernel of a network with a wide readout, drawn at random: gradients of one output are
    computed in place of all, and matrices are outputs² times smaller. Arguments and errors as for `neural_tangent_kernel`.

    >>> import equinox as eqx
    >>> pseudo_kernel(eqx.nn.Linear(2, 3, use_bias=False, key=jax.random.key(0)), jnp.eye(2)).round(5).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    parts = _parts(network, x, other)

    def summed(params: PyTree, one: PyTree) -> Float[Array, " 1"]:
        return jnp.sum(parts.function(params, one), keepdims=True) / math.sqrt(parts.outputs)

    return _tiled(_traced, parts._replace(function=summed, outputs=1), x, other, chunk)


def as_matrix(kernel: Float[Array, "n m a b"]) -> Float[Array, "n*a m*b"]:
    """The kernel as a matrix, example by example, output by output within one; so that `outputs.reshape(-1)` is what it acts on.

    >>> as_matrix(jnp.arange(8.0).reshape(1, 2, 2, 2)).tolist()
    [[0.0, 1.0, 4.0, 5.0], [2.0, 3.0, 6.0, 7.0]]
    """
    n, m, a, b = kernel.shape
    return kernel.transpose(0, 2, 1, 3).reshape(n * a, m * b)


class TangentKernel(Probe):
    """Records `tangent_kernel`, the `trace_kernel` [samples, samples] on the first examples of a split.

    Attributes:
        split: the split.
        samples: how many of its examples.
    """

    split: str = eqx.field(static=True, default="train")
    samples: int = eqx.field(static=True, default=32)

    def __check_init__(self) -> None:
        expect(self, samples=(lambda n: n >= 1, "at least one example"))

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The kernel under its name."""
        head = jax.tree.map(lambda leaf: leaf[: self.samples], snapshot.splits[self.split].x)
        return {"tangent_kernel": trace_kernel(snapshot.network, head)}


class _Parts(NamedTuple):
    """Of a network.

    Attributes:
        function: of parameters and one input.
        params: θ.
        count: how many there are.
        outputs: of one input.
        operations: of a forward pass on one input.
        few: whether gradients are formed of `FEW` examples at once.
    """

    function: Function
    params: PyTree
    count: int
    outputs: int
    operations: float
    few: bool

    def gradients(self, x: PyTree[Array]) -> PyTree[Array]:
        """Of each output [n, outputs, *parameter]."""
        slopes = lambda one: jax.jacrev(self.function)(self.params, one)  # noqa: E731
        return jax.lax.map(slopes, x, batch_size=FEW) if self.few else jax.vmap(slopes)(x)


def _parts(network: Callable, x: PyTree[Array], other: PyTree[Array] | None) -> _Parts:
    params, rest = trainable(network)
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    if not count:
        raise Problem("network: expected an Equinox module with arrays to train, got none. Give the network itself, not a function that calls it.")
    for name, side in {"x": x, "other": x if other is None else other}.items():
        if not all(leaf.shape[:1] and len(leaf) for leaf in jax.tree.leaves(side)):
            raise Problem(f"{name}: expected at least one input, with the examples on the first axis, got none.")

    def function(params: PyTree, one: PyTree) -> Float[Array, " outputs"]:
        network: Any = eqx.combine(params, rest)
        return network(one, key=None).reshape(-1)

    one = jax.tree.map(lambda leaf: leaf[0], x)
    operations = _operations(function, params, x)
    few = 2 * PLACES * count < operations < math.inf and not _convolves(function, params, one)
    return _Parts(function, params, count, jax.eval_shape(function, params, one).size, operations, few)


def _convolves(function: Function, params: PyTree, one: PyTree) -> bool:
    """Whether there is a convolution of XLA's, which is three times slower inside of a loop on a CPU."""
    return "conv_general_dilated" in str(jax.make_jaxpr(function)(params, one))


def _operations(function: Function, params: PyTree, x: PyTree[Array]) -> float:
    """Floating-point operations of a forward pass on one example, as the compiler counts them; infinite where it does not say."""
    analysis = jax.jit(function).lower(params, jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), x)).cost_analysis()
    return (analysis or {}).get("flops", math.inf)


def _chunk(chunk: int | None, size: int) -> int:
    if chunk is not None and chunk < 1:
        raise Problem(f"chunk: expected at least one example, got {chunk!r}.")
    return chunk or max(1, TILE // size)


def _products(rows: PyTree[Array], columns: PyTree[Array]) -> Float[Array, "rows columns"]:
    """Inner products of gradients along all axes but the first: plain matrix products, twice as fast as `einsum` here.

    Of rows among themselves, the same object twice, three of four blocks: the last is one of them turned round.
    """
    left = [leaf.reshape(len(leaf), -1) for leaf in jax.tree.leaves(rows)]
    half = len(left[0]) // 2

    def product(one: list[Array], two: list[Array]) -> Array:
        grams = [jnp.matmul(a, b.T, precision="highest") for a, b in zip(one, two, strict=True)]
        return sum(grams[1:], start=grams[0])

    if columns is not rows:
        return product(left, [leaf.reshape(len(leaf), -1) for leaf in jax.tree.leaves(columns)])
    first, second = [leaf[:half] for leaf in left], [leaf[half:] for leaf in left]
    corner = product(first, second)
    return jnp.block([[product(first, first), corner], [corner.T, product(second, second)]])


def _traced(rows: PyTree[Array], columns: PyTree[Array]) -> Array:
    """Outputs beside parameters: their products are summed."""
    return _products(rows, columns)


def _contracted(rows: PyTree[Array], columns: PyTree[Array]) -> Array:
    """Inner products of gradients [rows, columns, outputs, outputs]."""
    joined = lambda side: jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), side)  # noqa: E731
    (n, k), m = jax.tree.leaves(rows)[0].shape[:2], _size(columns)
    left = joined(rows)
    return _products(left, left if columns is rows else joined(columns)).reshape(n, k, m, k).transpose(0, 2, 1, 3)


def _pushed(parts: _Parts, rows: PyTree[Array], y: PyTree[Array]) -> Array:
    """The derivative of f(y_j) along the gradient of f_a(x_i) is K_ij[a, ·]."""
    along = lambda tangent, one: jax.jvp(lambda p: parts.function(p, one), (parts.params,), (tangent,))[1]  # noqa: E731
    over_outputs = jax.vmap(along, in_axes=(0, None))
    return jax.vmap(lambda row: jax.vmap(lambda one: over_outputs(row, one))(y))(rows)


def _trace_of_pushed(parts: _Parts, rows: PyTree[Array], y: PyTree[Array]) -> Array:
    return jnp.trace(_pushed(parts, rows, y), axis1=2, axis2=3)


def _tiled(inner: Callable, parts: _Parts, x: PyTree[Array], other: PyTree[Array] | None, chunk: int | None, *, pushes: bool = False) -> Array:
    """`inner` of the gradients of both sides, or where it `pushes` of those of rows and the columns themselves, on tiles of at most `chunk` × `chunk` pairs.

    They are put together; the last ones are filled up with examples that are there already.
    """
    chunk = _chunk(chunk, parts.count * parts.outputs)
    if other is None:
        return _symmetric(inner, parts, x, chunk, pushes)
    sizes = _size(x), _size(other)
    rows, columns = (_cut(side, -(-size // chunk)) for side, size in zip((x, other), sizes, strict=True))

    def band(part: PyTree[Array]) -> Array:
        gradients = parts.gradients(part)
        return jax.lax.map(lambda y: inner(gradients, y if pushes else parts.gradients(y)), columns)

    return _joined(jax.lax.map(band, rows))[: sizes[0], : sizes[1]]


def _symmetric(inner: Callable, parts: _Parts, x: PyTree[Array], chunk: int, pushes: bool) -> Array:
    """The same for x with itself. Of two tiles across the diagonal one is computed: of an odd number of pieces those of each with the next half of them."""
    n = _size(x)
    pieces = -(-n // chunk) // 2 * 2 + 1 if n > chunk else 1
    half, cut = pieces // 2, _cut(x, pieces)

    def band(first: Array) -> Array:
        part = jax.tree.map(lambda leaf: leaf[first], cut)
        gradients = parts.gradients(part)

        def tile(step: Array) -> Array:
            y = jax.tree.map(lambda leaf: leaf[(first + step) % pieces], cut)
            return inner(gradients, y if pushes else parts.gradients(y))

        return jnp.concatenate([inner(gradients, part if pushes else gradients)[None], jax.lax.map(tile, jnp.arange(1, half + 1))])

    if pieces == 1:
        gradients = parts.gradients(x)
        return inner(gradients, x if pushes else gradients)
    tiles = jax.lax.map(band, jnp.arange(pieces))
    row, column = np.indices((pieces, pieces))
    apart = (column - row) % pieces
    there = apart <= half
    found = tiles[np.where(there, row, column), np.where(there, apart, pieces - apart)]
    turned = found.swapaxes(2, 3) if found.ndim == 4 else found.swapaxes(2, 3).swapaxes(4, 5)
    return _joined(jnp.where(there.reshape(there.shape + (1,) * (found.ndim - 2)), found, turned))[:n, :n]


def _size(x: PyTree[Array]) -> int:
    return len(jax.tree.leaves(x)[0])


def _cut(x: PyTree[Array], pieces: int) -> PyTree[Array]:
    """Pieces of equal size; the last is filled up with the first examples."""
    each = -(-_size(x) // pieces)
    index = np.arange(pieces * each) % _size(x)
    return jax.tree.map(lambda leaf: leaf[index].reshape(pieces, each, *leaf.shape[1:]), x)


def _joined(tiles: Float[Array, "p q r c *rest"]) -> Float[Array, "rows columns *rest"]:
    p, q, r, c, *rest = tiles.shape
    return jnp.moveaxis(tiles, 2, 1).reshape(p * r, q * c, *rest)
