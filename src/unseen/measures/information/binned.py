"""Information that a layer has of what determines it, from its activity rounded to bins: of equal width, or with equally many values in each."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int


def equal_width(activity: Float[Array, "n d"], width: float | Array) -> Int[Array, "n d"]:
    """⌊h / width⌋: bins of one width, whatever the activity. The estimate then depends on the scale of the activity as much as on anything else.

    >>> equal_width(jnp.array([[-0.1, 0.0, 0.7]]), 0.5).tolist()
    [[-1, 0, 1]]
    """
    return jnp.floor(activity / width).astype(jnp.int32)


def equal_counts(activity: Float[Array, "n d"], bins: int) -> Int[Array, "n d"]:
    """The bin of every value, from 1 to `bins`, with about equally many of the distinct values of all units in each; an exact 0 has the bin 0 to itself.

    The entropy-based adaptive binning of Chelombiev et al. (2019), whose edges are quantiles of the distinct values of a whole layer at a time. Unchanged by
    every increasing function of the activity that keeps 0: it adapts to unbounded units. A ReLU that is off shares its bin with no unit that is on.

    >>> equal_counts(jnp.array([[0.0, 1.0, 10.0], [0.0, 0.0, 100.0], [0.1, 0.1, 100.0]]), 2).tolist()
    [[0, 1, 2], [0, 0, 2], [1, 1, 2]]
    """
    ordered = jnp.sort(activity.reshape(-1))
    fresh = (ordered != 0) & jnp.concatenate([jnp.ones(1, bool), ordered[1:] != ordered[:-1]])
    count = jnp.cumsum(fresh)  # distinct values other than 0 up to each
    first = count[-1] * jnp.arange(bins) // bins + 1  # the distinct value with which each bin begins
    edges = ordered[jnp.searchsorted(count, first)]
    place = jnp.sum(activity[..., None] >= edges, axis=-1)
    return jnp.where(activity == 0, 0, place)


def entropy(codes: Int[Array, "n d"]) -> Float[Array, ""]:
    """The plug-in entropy of the rows of whole numbers in nats, from 0 to log n.

    Rows are told apart by two sums with random weights modulo 2³²: two that differ are taken for one with a chance of about 2⁻⁶⁰ each.

    >>> round(float(entropy(jnp.array([[1, 2], [1, 2], [1, 3], [0, 2]]))), 4) == round(1.5 * float(jnp.log(2)), 4)
    True
    """
    multipliers = jax.random.bits(jax.random.key(0), (codes.shape[1], 2))
    left, right = (codes.astype(jnp.uint32) @ multipliers).T
    order = jnp.lexsort((left, right))
    left, right = left[order], right[order]
    group = jnp.cumsum(jnp.concatenate([jnp.zeros(1, bool), (left[1:] != left[:-1]) | (right[1:] != right[:-1])]))
    share = jnp.zeros(len(codes)).at[group].add(1 / len(codes))
    return -jnp.sum(jax.scipy.special.xlogy(share, share))


def binned_information(codes: Int[Array, "n d"], y: Int[Array, " n"]) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """(I(T; X), I(T; Y)) in nats of T, the rows of `codes`, with n equally likely inputs X, all different, and their labels Y.

    T is a function of X, so that I(T; X) = H(T), at most log n; I(T; Y) = H(T) + H(Y) - H(T, Y). Plug-in estimates, exact where the n inputs are all there
    are. Where they are a sample both are too high, and log n, or H(Y), as soon as every row is another: then they say nothing.

    >>> codes = jnp.array([[0], [0], [1], [1]])
    >>> [round(float(nats / jnp.log(2)), 4) for nats in binned_information(codes, jnp.array([0, 0, 1, 0]))]
    [1.0, 0.3113]
    """
    both = entropy(jnp.column_stack([codes, y]))
    whole = entropy(codes)
    return whole, whole + entropy(y[:, None]) - both
