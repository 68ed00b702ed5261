"""Gradient clipping by the global norm."""

import optax
from jaxtyping import Array

from unseen._types import expect
from unseen.methods.joints import Update
from unseen.methods.update.adamw import AdamW


class Clipped(Update):
    """The direction g is scaled to g · min(1, norm / ‖g‖) before `inner` sees it, ‖g‖ over all parameters together (Pascanu et al. 2013).

    Attributes:
        inner: the update that takes the clipped direction.
        norm: the largest norm let through, above 0.

    >>> Clipped(norm=1.0).transformation().init({"w": jnp.zeros(2)})[0]
    EmptyState()
    """

    inner: Update = AdamW(weight_decay=0.0)
    norm: float | Array = 1.0

    def __check_init__(self) -> None:
        expect(self, norm=(lambda n: n > 0, "a number above 0"))

    def transformation(self) -> optax.GradientTransformation:
        """Clip, then `inner`."""
        return optax.chain(optax.clip_by_global_norm(self.norm), self.inner.transformation())
