"""Gradient descent with momentum and weight decay."""

from collections.abc import Callable

import equinox as eqx
import optax
from jaxtyping import Array

from unseen._types import expect
from unseen.methods.joints import Update


class SGD(Update):
    """Gradient descent: g ← gradient + weight_decay·θ; m ← momentum·m + g; θ ← θ − rate·m (Nesterov: rate·(g + momentum·m)).

    Attributes:
        learning_rate: a number above 0, or a schedule step → rate.
        momentum: in [0, 1); None keeps no momentum buffer.
        weight_decay: at least 0, coupled (the gradient of weight_decay/2·‖θ‖²); None is 0.
        nesterov: Nesterov's momentum.

    >>> move, w = SGD(learning_rate=0.1, weight_decay=1.0).transformation(), jnp.array([2.0])
    >>> update, _ = move.update(jnp.array([3.0]), move.init(w), w)
    >>> round(update.item(), 4)  # -0.1 (3 + 2)
    -0.5
    """

    learning_rate: float | Array | Callable[[Array], Array] = 0.1
    momentum: float | Array | None = None
    weight_decay: float | Array | None = None
    nesterov: bool = eqx.field(static=True, default=False)

    def __check_init__(self) -> None:
        expect(
            self,
            learning_rate=(lambda r: callable(r) or r >= 0, "a number of at least 0 or a schedule"),
            momentum=(lambda m: m is None or 0 <= m < 1, "None or a number in [0, 1)"),
            weight_decay=(lambda w: w is None or w >= 0, "None or a number of at least 0"),
        )

    def transformation(self) -> optax.GradientTransformation:
        """The optax transformation."""
        descent = optax.sgd(self.learning_rate, self.momentum, self.nesterov)
        return descent if self.weight_decay is None else optax.chain(optax.add_decayed_weights(self.weight_decay), descent)
