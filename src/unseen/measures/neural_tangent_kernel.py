"""The empirical neural tangent kernel of a network: all of it, its trace over outputs, and the pseudo-kernel of the sum of outputs."""

import math
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
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
    params, function, count, outputs = _parts(network, x)
    inner = _pushed if _operations(function, params, x) < outputs * count else _contracted
    return _tiled(inner, function, params, x, other, _chunk(chunk, count * outputs))


def trace_kernel(network: Callable, x: PyTree[Array], other: PyTree[Array] | None = None, *, chunk: int | None = None) -> Float[Array, "n m"]:
    """Σ_a K_ij[a, a]: the trace of `neural_tangent_kernel` over outputs, computed in the cheaper of the same two ways. Arguments and errors as there.

    >>> import equinox as eqx
    >>> trace_kernel(eqx.nn.Linear(2, 3, use_bias=False, key=jax.random.key(0)), jnp.eye(2)).tolist()
    [[3.0, 0.0], [0.0, 3.0]]
    """
    params, function, count, outputs = _parts(network, x)
    inner = _trace_of_pushed if _operations(function, params, x) < outputs * count else _traced
    return _tiled(inner, function, params, x, other, _chunk(chunk, count * outputs))


def pseudo_kernel(network: Callable, x: PyTree[Array], other: PyTree[Array] | None = None, *, chunk: int | None = None) -> Float[Array, "n m"]:
    """The tangent kernel of the one output Σ_a f_a/√outputs, (1/outputs) Σ_ab K_ij[a, b]: pseudo-NTK (Mohamadi, Bae & Sutherland 2023).

    Beside the identity over outputs it stands for the whole kernel of a network with a wide readout, drawn at random: gradients of one output are
    computed in place of all, and matrices are outputs² times smaller. Arguments and errors as for `neural_tangent_kernel`.

    >>> import equinox as eqx
    >>> pseudo_kernel(eqx.nn.Linear(2, 3, use_bias=False, key=jax.random.key(0)), jnp.eye(2)).round(5).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    params, function, count, outputs = _parts(network, x)

    def summed(params: PyTree, one: PyTree) -> Float[Array, " 1"]:
        return jnp.sum(function(params, one), keepdims=True) / math.sqrt(outputs)

    return _tiled(_traced, summed, params, x, other, _chunk(chunk, count))


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


def _parts(network: Callable, x: PyTree[Array]) -> tuple[PyTree, Function, int, int]:
    """Parameters, the function of parameters and one input, and how many parameters and outputs there are."""
    params, rest = trainable(network)
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    if not count:
        raise Problem("network: expected an Equinox module with arrays to train, got none. Give the network itself, not a function that calls it.")
    if not all(leaf.shape[:1] and len(leaf) for leaf in jax.tree.leaves(x)):
        raise Problem("x: expected at least one input, with the examples on the first axis, got none.")

    def function(params: PyTree, one: PyTree) -> Float[Array, " outputs"]:
        network: Any = eqx.combine(params, rest)
        return network(one, key=None).reshape(-1)

    return params, function, count, jax.eval_shape(function, params, jax.tree.map(lambda leaf: leaf[0], x)).size


def _operations(function: Function, params: PyTree, x: PyTree[Array]) -> float:
    """Floating-point operations of a forward pass on one example, as the compiler counts them; infinite where it does not say."""
    analysis = jax.jit(function).lower(params, jax.tree.map(lambda leaf: jax.ShapeDtypeStruct(leaf.shape[1:], leaf.dtype), x)).cost_analysis()
    return (analysis or {}).get("flops", math.inf)


def _chunk(chunk: int | None, size: int) -> int:
    if chunk is not None and chunk < 1:
        raise Problem(f"chunk: expected at least one example, got {chunk!r}.")
    return chunk or max(1, TILE // size)


def _gradients(function: Function, params: PyTree, x: PyTree[Array]) -> PyTree[Array]:
    slopes = lambda one: jax.jacrev(function)(params, one)  # noqa: E731
    return jax.lax.map(slopes, x, batch_size=FEW) if _shared(function, params, x) else jax.vmap(slopes)(x)


def _shared(function: Function, params: PyTree, x: PyTree[Array]) -> bool:
    """Whether weights are used at many places, and by no convolution of XLA's, which is three times slower inside of a loop on a CPU."""
    count = sum(leaf.size for leaf in jax.tree.leaves(params))
    if not 2 * PLACES * count < _operations(function, params, x) < math.inf:
        return False
    return "conv_general_dilated" not in str(jax.make_jaxpr(function)(params, jax.tree.map(lambda leaf: leaf[0], x)))


def _products(rows: PyTree[Array], columns: PyTree[Array] | None) -> Float[Array, "rows columns"]:
    """Inner products of gradients whose leading axes, of examples and outputs, have become one: plain matrix products, twice as fast as `einsum` here.

    Without columns those of the rows among themselves, three of four blocks: the last is one of them turned round.
    """
    left = [leaf.reshape(len(leaf), -1) for leaf in jax.tree.leaves(rows)]
    half = len(left[0]) // 2

    def product(one: list[Array], two: list[Array]) -> Array:
        grams = [jnp.matmul(a, b.T, precision="highest") for a, b in zip(one, two, strict=True)]
        return sum(grams[1:], start=grams[0])

    if columns is not None:
        return product(left, [leaf.reshape(len(leaf), -1) for leaf in jax.tree.leaves(columns)])
    first, second = [leaf[:half] for leaf in left], [leaf[half:] for leaf in left]
    corner = product(first, second)
    return jnp.block([[product(first, first), corner], [corner.T, product(second, second)]])


def _traced(function: Function, params: PyTree, rows: PyTree[Array], y: PyTree[Array], same: bool) -> Array:
    """Outputs beside parameters: their products are summed."""
    return _products(rows, None if same else _gradients(function, params, y))


def _contracted(function: Function, params: PyTree, rows: PyTree[Array], y: PyTree[Array], same: bool) -> Array:
    (n, k), m = jax.tree.leaves(rows)[0].shape[:2], len(jax.tree.leaves(y)[0])
    joined = lambda side: jax.tree.map(lambda leaf: leaf.reshape(-1, *leaf.shape[2:]), side)  # noqa: E731
    columns = None if same else joined(_gradients(function, params, y))
    return _products(joined(rows), columns).reshape(n, k, m, k).transpose(0, 2, 1, 3)


def _pushed(function: Function, params: PyTree, rows: PyTree[Array], y: PyTree[Array], same: bool) -> Array:
    """The derivative of f(y_j) along the gradient of f_a(x_i) is K_ij[a, ·]."""
    del same
    along = lambda tangent, one: jax.jvp(lambda p: function(p, one), (params,), (tangent,))[1]  # noqa: E731
    over_outputs = jax.vmap(along, in_axes=(0, None))
    return jax.vmap(lambda row: jax.vmap(lambda one: over_outputs(row, one))(y))(rows)


def _trace_of_pushed(function: Function, params: PyTree, rows: PyTree[Array], y: PyTree[Array], same: bool) -> Array:
    return jnp.trace(_pushed(function, params, rows, y, same), axis1=2, axis2=3)


def _tiled(inner: Callable, function: Function, params: PyTree, x: PyTree[Array], other: PyTree[Array] | None, chunk: int) -> Array:
    """`inner` on tiles of at most `chunk` × `chunk` pairs, put together; the last ones are filled up with examples that are there already."""
    sides = [x, x if other is None else other]
    sizes = [len(jax.tree.leaves(side)[0]) for side in sides]

    def cut(side: PyTree[Array], size: int) -> PyTree[Array]:
        pieces = -(-size // chunk)
        each = -(-size // pieces)
        index = jnp.arange(pieces * each) % size
        return jax.tree.map(lambda leaf: leaf[index].reshape(pieces, each, *leaf.shape[1:]), side)

    rows, columns = (cut(side, size) for side, size in zip(sides, sizes, strict=True))
    same = other is None and sizes[0] <= chunk

    def band(part: PyTree[Array]) -> Array:
        gradients = _gradients(function, params, part)
        return _each(lambda y: inner(function, params, gradients, y, same), columns)

    tiles = jnp.moveaxis(_each(band, rows), 2, 1)  # [row pieces, rows, column pieces, columns, ...]
    p, r, q, c, *rest = tiles.shape
    return tiles.reshape(p * r, q * c, *rest)[: sizes[0], : sizes[1]]


def _each(function: Callable, pieces: PyTree[Array]) -> Array:
    """`jax.lax.map`, without its loop for a single piece."""
    if len(jax.tree.leaves(pieces)[0]) == 1:
        return function(jax.tree.map(lambda leaf: leaf[0], pieces))[None]
    return jax.lax.map(function, pieces)
