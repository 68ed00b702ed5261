"""An objective plus the squares of the network's outputs."""

import jax.numpy as jnp
from jaxtyping import Array, Float, Int, PyTree

from unseen._types import Problem, expect
from unseen.methods.joints import Objective
from unseen.methods.objective._margin import margin
from unseen.methods.objective.logistic import Logistic


class SpectralDecoupling(Objective):
    """inner + (λ/2)·(f − center)², f the score of two classes (Pezeshki et al. 2021): an L2 penalty on outputs in the place of one on weights.

    The authors' code leaves the half out: its coefficient c is λ = 2c. Where outputs can be set one by one, the minimum is the same margin for every
    example, whatever the features, so that none is learned at the expense of another; under weight decay what is learned of a feature hangs on all.

    Attributes:
        inner: a loss of ±f (labels ±1 or 0/1; one score, or two logits, whose difference counts).
        strength: λ, at least 0.
        center: the score that is not penalised; one number, or a pair for the labels (−1 or 0, 1), as the authors set for classes of different sizes.

    Raises:
        Problem: when outputs are neither one score nor two logits.

    >>> penalised, plain = SpectralDecoupling(strength=2.0), Logistic()
    >>> (penalised.losses(jnp.array([3.0]), jnp.array([-1])) - plain.losses(jnp.array([3.0]), jnp.array([-1]))).round(4)
    Array([9.], dtype=float32)
    """

    inner: Objective = Logistic()
    strength: float | Array = 6e-3
    center: float | Array | tuple[float | Array, float | Array] = 0.0

    def __check_init__(self) -> None:
        expect(
            self,
            inner=(lambda o: isinstance(o, Objective), "an objective"),
            strength=(lambda s: s >= 0, "a number of at least 0"),
            center=(lambda c: not isinstance(c, tuple) or len(c) == 2, "a number or a pair of them"),
        )

    def losses(self, outputs: Float[Array, "n *one"], y: Float[Array, " n"] | Int[Array, " n"]) -> Float[Array, " n"]:
        """The loss of each example."""
        if outputs.shape[1:] not in ((), (1,), (2,)):
            raise Problem(f"SpectralDecoupling: expected one score or two logits an example, got outputs of shape {outputs.shape[1:]}.")
        positive = y.reshape(len(outputs)) > 0
        low, high = self.center if isinstance(self.center, tuple) else (self.center, self.center)
        score = jnp.where(positive, 1, -1) * margin(outputs, y)
        return self.inner.losses(outputs, y) + self.strength / 2 * jnp.square(score - jnp.where(positive, high, low))

    def penalty(self, params: PyTree) -> Float[Array, ""]:
        """That of `inner`."""
        return self.inner.penalty(params)
