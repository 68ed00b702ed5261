"""The plain average of the parameters over the end of training is kept."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from unseen._types import expect
from unseen.methods.joints import Keep


class StochasticWeightAveraging(Keep):
    """SWA (Izmailov et al. 2018): the mean of the parameters after steps start, start + every, …; before that, the parameters themselves.

    Attributes:
        start: first step that counts.
        every: steps between two that count, at least 1.

    >>> keep = StochasticWeightAveraging(start=2)
    >>> params, state = keep.init({"w": jnp.array(0.0)})
    >>> for step, w in ((1, 9.0), (2, 1.0), (3, 3.0)):
    ...     params, state = keep.after({"w": jnp.array(w)}, state, jnp.array(step))
    >>> float(keep.result(params, state)["w"])  # of steps 2 and 3
    2.0
    """

    start: int | Array = 0
    every: int | Array = 1

    def __check_init__(self) -> None:
        expect(self, every=(lambda e: e >= 1, "at least 1"))

    def init(self, params: PyTree) -> tuple[PyTree, PyTree]:
        """(mean, how many it holds)."""
        return params, (params, jnp.zeros(()))

    def after(self, params: PyTree, state: tuple[PyTree, Float[Array, ""]], step: Int[Array, ""]) -> tuple[PyTree, PyTree]:
        """The parameters as they are, and the next mean."""
        mean, count = state
        counts = (step >= self.start) & ((step - self.start) % self.every == 0)
        share = jnp.where(counts, 1.0 / (count + 1.0), 0.0)
        return params, (jax.tree.map(lambda m, p: (m + share * (p - m)).astype(p.dtype), mean, params), count + counts)

    def result(self, params: PyTree, state: tuple[PyTree, Float[Array, ""]]) -> PyTree:
        """The mean, once it holds anything."""
        mean, count = state
        return jax.tree.map(lambda m, p: jnp.where(count > 0, m, p), mean, params)
