"""The Dice loss, of single examples, of groups of them, or of a whole batch."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unseen._types import expect
from unseen.methods.joints import Objective


class Dice(Objective):
    """1 - (2 Σ p y + γ) / (Σ p + Σ y + γ) over a group of examples, with p the softmax probability of a class and y whether it is the label; in [0, 1].

    A batch is cut into groups of `group` examples in its order (the last may be smaller), and each example is given the loss of its group, so that the mean
    over the batch weighs groups by size. For hard decisions and γ near 0 it is one minus the F1 score where the group is the whole set, but where `group` = 1
    it is 0 for a right decision and 1/(1 + γ) for a wrong one: the error rate, not F1. So the mean over small groups need not say what the whole set does
    (Yuan et al. 2021, "Simpson's Bias in NLP Training"). Source of the loss: Milletari et al. (2016), Li et al. (2020).

    Attributes:
        group: examples in a group; None: the whole batch.
        positive: the class whose Dice counts; None: the mean over all classes, of which the macro-averaged F1 score is the limit.
        smoothing: γ, above 0.

    >>> logits = jnp.array([[0.0, 50.0], [50.0, 0.0], [0.0, 50.0]])  # 1, 0, 1 for certain
    >>> Dice(smoothing=1e-6).losses(logits, jnp.array([1, 0, 0])).round(4)
    Array([0.3333, 0.3333, 0.3333], dtype=float32)
    >>> Dice(group=1, smoothing=1e-6).losses(logits, jnp.array([1, 0, 0])).round(4)
    Array([0., 0., 1.], dtype=float32)
    """

    group: int | Array | None = None
    positive: int | None = eqx.field(static=True, default=1)
    smoothing: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(
            self,
            group=(lambda g: g is None or g >= 1, "None or a group of at least 1 example"),
            positive=(lambda c: c is None or c >= 0, "None or the number of a class"),
            smoothing=(lambda s: s > 0, "a number above 0"),
        )

    def losses(self, outputs: Float[Array, "n classes"], y: Int[Array, " n"]) -> Float[Array, " n"]:
        """The loss of each example's group."""
        n, classes = outputs.shape
        p, label = jax.nn.softmax(outputs, axis=1), jax.nn.one_hot(y, classes, dtype=outputs.dtype)
        if self.positive is not None:
            p, label = p[:, self.positive : self.positive + 1], label[:, self.positive : self.positive + 1]
        place = jnp.arange(n) // (n if self.group is None else self.group)
        both, either = (jax.ops.segment_sum(values, place, n) for values in (p * label, p + label))
        return (1 - jnp.mean((2 * both + self.smoothing) / (either + self.smoothing), axis=1))[place]
