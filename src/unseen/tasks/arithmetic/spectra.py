"""Random symmetric matrices whose eigenvalues follow a law, and the eigenvalues of many small matrices at once."""

import itertools
import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import unknown

LAWS = ("semicircle", "positive", "uniform", "gaussian", "laplace", "positive laplace", "marchenko")
SWEEPS = 6  # of rotations; the last ones change nothing in matrices of up to ten rows


def eigen(matrices: Float[Array, "*batch n n"]) -> tuple[Float[Array, "*batch n"], Float[Array, "*batch n n"]]:
    """Eigenvalues of symmetric matrices, the largest first, and their unit vectors in the columns, the entry of largest size positive.

    By Jacobi's cyclic rotations on the whole batch: for many small matrices (n up to about 10), where one call of LAPACK for each is slow.

    >>> [round(value, 4) for value in eigen(jnp.array([[0.0, 2.0], [2.0, 3.0]]))[0].tolist()]
    [4.0, -1.0]
    """
    n = matrices.shape[-1]

    def sweep(_: Array, state: tuple[Array, Array]) -> tuple[Array, Array]:
        a, v = state
        for p, q in itertools.combinations(range(n), 2):
            angle = 0.5 * jnp.arctan2(2 * a[..., p, q], a[..., q, q] - a[..., p, p])
            cos, sin = jnp.cos(angle)[..., None], jnp.sin(angle)[..., None]

            def turned(m: Array, p: int = p, q: int = q, cos: Array = cos, sin: Array = sin) -> Array:
                return m.at[..., p].set(cos * m[..., p] - sin * m[..., q]).at[..., q].set(sin * m[..., p] + cos * m[..., q])

            a, v = jnp.swapaxes(turned(jnp.swapaxes(turned(a), -1, -2)), -1, -2), turned(v)
        return a, v

    start = matrices, jnp.broadcast_to(jnp.eye(n, dtype=matrices.dtype), matrices.shape)
    a, v = jax.lax.fori_loop(0, SWEEPS, sweep, start)
    values = jnp.diagonal(a, axis1=-2, axis2=-1)
    order = jnp.argsort(-values, axis=-1)
    values, v = jnp.take_along_axis(values, order, axis=-1), jnp.take_along_axis(v, order[..., None, :], axis=-1)
    largest = jnp.take_along_axis(v, jnp.argmax(jnp.abs(v), axis=-2, keepdims=True), axis=-2)
    return values, v * jnp.where(largest < 0, -1.0, 1.0)


def symmetric(key: PRNGKeyArray, law: str, count: int, n: int, largest: float = 10.0) -> Float[Array, "count n n"]:
    """Random symmetric matrices, as in Charton (2022): eigenvalues by a law, vectors those of Wigner matrices, everywhere with the same deviation.

    A Wigner matrix W has independent entries, uniform on ±largest =: ±c; its eigenvalues have the deviation s = c·sqrt(n/3). "semicircle": W itself;
    "positive": the sizes |λ| of its eigenvalues; "uniform", "gaussian", "laplace": independent eigenvalues with mean 0 and deviation s; "positive laplace":
    the sizes of the last; "marchenko": MᵀM with entries of M uniform on ±sqrt(c).

    Raises:
        Problem: an unknown law.

    >>> symmetric(jax.random.key(0), "positive", 5, 3).shape
    (5, 3, 3)
    """
    if law not in LAWS:
        raise unknown("law of eigenvalues", law, LAWS)
    at_matrix, at_values = jax.random.split(key)
    entries = jax.random.uniform(at_matrix, (count, n, n), minval=-1.0, maxval=1.0)
    if law == "marchenko":
        return largest * jnp.swapaxes(entries, 1, 2) @ entries
    wigner = largest * (jnp.tril(entries) + jnp.swapaxes(jnp.tril(entries, -1), 1, 2))
    if law == "semicircle":
        return wigner
    values, vectors = eigen(wigner)
    deviation = largest * math.sqrt(n / 3)
    drawn = {
        "positive": lambda: jnp.abs(values),
        "uniform": lambda: deviation * jax.random.uniform(at_values, (count, n), minval=-math.sqrt(3), maxval=math.sqrt(3)),
        "gaussian": lambda: deviation * jax.random.normal(at_values, (count, n)),
        "laplace": lambda: deviation / math.sqrt(2) * jax.random.laplace(at_values, (count, n)),
        "positive laplace": lambda: deviation / math.sqrt(2) * jnp.abs(jax.random.laplace(at_values, (count, n))),
    }[law]()
    return jnp.einsum("bij,bj,bkj->bik", vectors, drawn, vectors)
