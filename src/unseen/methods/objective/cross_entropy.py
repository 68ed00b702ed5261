"""Softmax cross-entropy."""

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from unseen._types import Problem, expect
from unseen.methods.joints import Objective


class CrossEntropy(Objective):
    """Softmax cross-entropy −Σ_c q_c log softmax(z)_c in nats, at least 0.

    q is the one-hot label, or the given distribution over classes, smoothed: (1 − smoothing)·q + smoothing/classes (Szegedy et al. 2016).
    Further axes of the outputs (positions) are averaged.

    Attributes:
        smoothing: in [0, 1]; None is 0.
        dtype: floating-point type in which the loss is computed, as "float16" or "float64"; None is that of the logits.

    >>> CrossEntropy().losses(jnp.zeros((1, 4)), jnp.array([2])).round(4)
    Array([1.3863], dtype=float32)
    """

    smoothing: float | Array | None = None
    dtype: str | None = eqx.field(static=True, default=None)

    def __check_init__(self) -> None:
        expect(
            self,
            smoothing=(lambda s: s is None or 0 <= s <= 1, "None or a number in [0, 1]"),
            dtype=(lambda d: d is None or jnp.issubdtype(jnp.dtype(d), jnp.floating), "None or the name of a floating-point type"),
        )

    def losses(self, outputs: Float[Array, "n *rest classes"], y: Int[Array, "n *rest"] | Float[Array, "n *rest classes"]) -> Float[Array, " n"]:
        """The cross-entropy of each example, in the type of the logits."""
        logits = outputs
        if self.dtype is not None:
            if jnp.dtype(self.dtype) == jnp.float64 and not jax.config.read("jax_enable_x64"):
                raise Problem('CrossEntropy.dtype: "float64" needs 64-bit arithmetic. Run the study with precision="float64".')
            logits = outputs.astype(self.dtype)
        if self.smoothing is None and y.ndim < logits.ndim:
            losses = optax.softmax_cross_entropy_with_integer_labels(logits, y)
        else:
            target = jax.nn.one_hot(y, logits.shape[-1], dtype=logits.dtype) if y.ndim < logits.ndim else y.astype(logits.dtype)
            target = target if self.smoothing is None else optax.smooth_labels(target, jnp.asarray(self.smoothing, logits.dtype))
            losses = optax.softmax_cross_entropy(logits, target)
        return jnp.mean(losses.astype(outputs.dtype).reshape(len(outputs), -1), axis=1)
