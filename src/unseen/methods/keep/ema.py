"""An exponential moving average of the parameters is kept."""

import jax
from jaxtyping import Array, Int, PyTree

from unseen._types import expect
from unseen.methods.joints import Keep


class Ema(Keep):
    """Polyak averaging: average ← decay·average + (1 − decay)·θ after each step, beginning at the initial parameters; training goes on from θ.

    Attributes:
        decay: in [0, 1].

    >>> keep = Ema(decay=0.75)
    >>> params, state = keep.init({"w": jnp.array(0.0)})
    >>> params, state = keep.after({"w": jnp.array(4.0)}, state, jnp.array(1))
    >>> float(keep.result(params, state)["w"])
    1.0
    """

    decay: float | Array = 0.999

    def __check_init__(self) -> None:
        expect(self, decay=(lambda d: 0 <= d <= 1, "a number in [0, 1]"))

    def init(self, params: PyTree) -> tuple[PyTree, PyTree]:
        """The average is the initial parameters."""
        return params, params

    def after(self, params: PyTree, state: PyTree, step: Int[Array, ""]) -> tuple[PyTree, PyTree]:
        """The parameters as they are, and the next average."""
        return params, jax.tree.map(lambda a, p: (self.decay * a + (1.0 - self.decay) * p).astype(p.dtype), state, params)

    def result(self, params: PyTree, state: PyTree) -> PyTree:
        """The average."""
        return state
