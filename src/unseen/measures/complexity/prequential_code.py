"""How long the labels are when each is coded by what a learner made of the examples before it: the prequential code."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from unseen._problem import Problem

Losses = Callable[[Array, Array], Float[Array, " m *rest"]]


def prequential_code(
    learn: Callable[[Array, Array], Losses], x: Array, y: Array, starts: Sequence[int] | None = None
) -> tuple[Float[Array, " *rest"], Float[Array, "blocks *rest"]]:
    """The prequential code length Σ_t −log p(y_t | x_t, examples before t), and the mean loss of each block (the learning curve).

    `learn(x[:s], y[:s])` gives a function of new examples (x, y), which returns their losses [m, *rest]: −log p in nats for a code length in nats. Block k
    is the examples from starts[k] to before starts[k+1] (the last one to the end), all coded by what was learned before starts[k]; by default each
    example is a block, and the learner first sees nothing. Examples before starts[0] are taken as known. For a Bayesian learner with single-example
    blocks the sum is −log of the marginal likelihood, in whatever order the examples come; blocks make it longer at most by what was not yet used.

    Args:
        learn: the learner.
        x: inputs, leading axis n.
        y: labels, leading axis n; further axes may be tasks coded side by side.
        starts: increasing indices of examples in 0..n-1.

    Source: Dawid (1984); in blocks Blier & Ollivier (2018), "The description length of deep learning models", section 3.2.

    Raises:
        Problem: starts that do not increase, or are not indices of examples.

    >>> def share(x, y):  # the rule of Krichevsky & Trofimov for bits
    ...     p = (y.sum() + 0.5) / (len(y) + 1)
    ...     return lambda x, y: -jnp.log(jnp.where(y == 1, p, 1 - p))
    >>> bits = jnp.array([1, 1, 0, 1])
    >>> round(float(jnp.exp(-prequential_code(share, bits, bits)[0])), 6)  # 1/2 · 3/4 · 1/6 · 5/8
    0.039062
    """
    n = len(jax.tree.leaves(y)[0])
    first = list(range(n)) if starts is None else list(starts)
    if not first or first[0] < 0 or first[-1] >= n or any(a >= b for a, b in pairwise(first)):
        raise Problem(f"starts: expected increasing indices from 0 to {n - 1}, got {starts!r}. Write for example (1, 2, 4, 8).")
    blocks = [learn(x[:start], y[:start])(x[start:end], y[start:end]) for start, end in zip(first, [*first[1:], n], strict=True)]
    return sum((jnp.sum(losses, axis=0) for losses in blocks[1:]), jnp.sum(blocks[0], axis=0)), jnp.stack([jnp.mean(losses, axis=0) for losses in blocks])
