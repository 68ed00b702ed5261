"""Training at a fixed weight norm."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PyTree

from unseen._types import expect
from unseen.methods.joints import Update
from unseen.methods.update.adamw import AdamW


class OnSphere(Update):
    """After each update of `inner` the parameters are scaled back to a fixed Euclidean norm (Liu et al. 2023).

    Attributes:
        inner: the update that is constrained.
        norm: the norm kept, above 0; None: the one at the first step. (The initial parameters are not scaled: the first update brings them there.)
        scope: "all": the norm of all parameters together; "tensor": of each parameter tensor.

    >>> move, w = OnSphere().transformation(), jnp.array([3.0, 4.0])
    >>> update, _ = move.update(jnp.array([1.0, 0.0]), move.init(w), w)
    >>> round(float(jnp.linalg.norm(w + update)), 4)
    5.0
    """

    inner: Update = AdamW(weight_decay=0.0)
    norm: float | Array | None = None
    scope: str = eqx.field(static=True, default="all")

    def __check_init__(self) -> None:
        expect(self, norm=(lambda n: n is None or n > 0, "None or a number above 0"), scope=(lambda s: s in ("all", "tensor"), "'all' or 'tensor'"))

    def norms(self, params: PyTree) -> PyTree:
        """The norm that holds for each tensor."""
        if self.scope == "all":
            return jax.tree.map(lambda _: optax.tree.norm(params), params)
        return jax.tree.map(lambda p: jnp.linalg.norm(p.ravel()), params)

    def transformation(self) -> optax.GradientTransformation:
        """The optax transformation; its state holds the norms to keep."""
        inner = self.inner.transformation()

        def init(params: PyTree) -> tuple[PyTree, PyTree]:
            kept = self.norms(params)
            return inner.init(params), kept if self.norm is None else jax.tree.map(lambda n: jnp.asarray(self.norm, n.dtype), kept)

        def update(gradient: PyTree, state: tuple[PyTree, PyTree], params: PyTree = None) -> tuple[PyTree, tuple[PyTree, PyTree]]:
            updates, moved = inner.update(gradient, state[0], params)
            after = optax.apply_updates(params, updates)
            onto = jax.tree.map(lambda a, now, kept, p: a * (kept / jnp.maximum(now, 1e-30)) - p, after, self.norms(after), state[1], params)
            return onto, (moved, state[1])

        return optax.GradientTransformation(init, update)
