"""Adam, with decoupled (AdamW) or coupled (L2) weight decay."""

from collections.abc import Callable

import equinox as eqx
import optax
from jaxtyping import Array

from unseen._types import expect
from unseen.methods.joints import Update


class AdamW(Update):
    """AdamW (Loshchilov & Hutter 2019): θ ← θ − rate·(m̂ / (sqrt(v̂) + eps) + weight_decay·θ); `weight_decay=0.0` is Adam.

    Attributes:
        learning_rate: a number above 0, or a schedule step → rate.
        b1: decay of the first moment, in [0, 1).
        b2: decay of the second moment, in [0, 1).
        eps: added to the root of the second moment.
        weight_decay: at least 0; multiplied by the learning rate, as in PyTorch.
        coupled: adds weight_decay·θ to the gradient before Adam instead (L2 regularisation, PyTorch's `Adam(weight_decay=…)`).

    >>> move, w = AdamW(learning_rate=0.1, weight_decay=1.0).transformation(), jnp.array([2.0])
    >>> update, _ = move.update(jnp.array([3.0]), move.init(w), w)
    >>> round(update.item(), 4)  # -0.1 (1 + 2): the first step of Adam has the size of the rate
    -0.3
    """

    learning_rate: float | Array | Callable[[Array], Array] = 1e-3
    b1: float | Array = 0.9
    b2: float | Array = 0.999
    eps: float | Array = 1e-8
    weight_decay: float | Array = 1e-2
    coupled: bool = eqx.field(static=True, default=False)

    def __check_init__(self) -> None:
        expect(
            self,
            learning_rate=(lambda r: callable(r) or r >= 0, "a number of at least 0 or a schedule"),
            b1=(lambda b: 0 <= b < 1, "a number in [0, 1)"),
            b2=(lambda b: 0 <= b < 1, "a number in [0, 1)"),
            weight_decay=(lambda w: w >= 0, "a number of at least 0"),
        )

    def transformation(self) -> optax.GradientTransformation:
        """The optax transformation."""
        if self.coupled:
            return optax.chain(optax.add_decayed_weights(self.weight_decay), optax.adam(self.learning_rate, self.b1, self.b2, self.eps))
        return optax.adamw(self.learning_rate, self.b1, self.b2, self.eps, weight_decay=self.weight_decay)
