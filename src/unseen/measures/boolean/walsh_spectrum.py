"""The Walsh-Fourier spectrum of a network: how much of each parity of its bits it is."""

import jax.numpy as jnp
from jaxtyping import Array, Float

from unseen._types import Examples, Problem, Snapshot
from unseen.engine.probe import Probe, forward


def walsh_transform(values: Float[Array, " points"]) -> Float[Array, " sets"]:
    """f̂(S) = E_x f(x) Π_{i in S} x_i over {±1}^n, from the values at all points in the order of `tasks.boolean.polynomial.BooleanPolynomial.cube`.

    Sets in the same order: number s holds bit i where the point number s has x_i = -1. By Parseval Σ_S f̂(S)² = E f². The fast transform, n 2^n sums.

    Args:
        values: of 1, 2, 4, … points.

    Raises:
        Problem: another number of values.

    >>> walsh_transform(jnp.array([1.0, -1.0, 1.0, -1.0])).tolist()  # x_1 of (x_0, x_1)
    [0.0, 1.0, 0.0, 0.0]
    """
    size = values.size
    if values.ndim != 1 or size < 1 or size & (size - 1):
        raise Problem(f"values: expected one for each of 1, 2, 4, 8, … points, got shape {values.shape}.")
    for _ in range(size.bit_length() - 1):  # the last bit first; the axes have turned once at the end
        pairs = values.reshape(2, -1)
        values = jnp.stack([pairs[0] + pairs[1], pairs[0] - pairs[1]], axis=1).reshape(-1)
    return values / size


class WalshSpectrum(Probe):
    """Records `spectrum`, the `walsh_transform` of a network on all 2^n points of a task of bits, seen and unseen.

    Units of the output. For tasks with one number as output and the method `encoded`, as `BooleanPolynomial`.
    """

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        points = snapshot.cell.task.encoded()
        return {"spectrum": walsh_transform(forward(snapshot.network, Examples(points, points), 4096).reshape(-1))}
