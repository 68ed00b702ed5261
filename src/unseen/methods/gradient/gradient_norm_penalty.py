"""Gradient regularization: descend the loss and the norm of its own gradient."""

import jax
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, expect
from unseen.methods.joints import Gradient, Loss


class GradientNormPenalty(Gradient):
    """g + strength·Δ, with g = ∇L and Δ the gradient of ½‖∇L‖₂², that is H g, or a finite difference that stands for it.

    epsilon None: Δ = H g, exactly (what double backpropagation of L + strength/2·‖∇L‖² gives; here a forward derivative of g along g, which costs less).
    epsilon ε > 0: Δ = (∇L(θ + εg) − g) / ε, "forward", after an ascent step. epsilon −ε: Δ = (g − ∇L(θ − εg)) / ε, "backward", after a descent step.
    Both cost two gradients, and become H g as ε goes to 0; with ε·‖g‖ = rho and strength ε the forward one is the gradient of SAM. All gradients
    are of the same batch. In 32 bits an ε below about 1e-4 loses digits to rounding.

    Source: Karakida, Takase, Hayase & Osawa, "Understanding gradient regularization in deep learning: efficient finite-difference computation and implicit
    bias", 2023.

    Attributes:
        strength: γ, at least 0.
        epsilon: ε with its sign, not 0, or None.

    >>> import jax.numpy as jnp
    >>> batch, quartic = Examples(jnp.ones(1), jnp.ones(1)), lambda theta, batch, key: jnp.sum(theta**4) / 4
    >>> [float(GradientNormPenalty(1.0, e)(quartic, jnp.ones(1), batch, jax.random.key(0), None)[1][0]) for e in (None, 1.0, -1.0)]
    [4.0, 8.0, 2.0]
    """

    strength: float | Array = 0.1
    epsilon: float | Array | None = 0.05

    def __check_init__(self) -> None:
        expect(self, strength=(lambda s: s >= 0, "a number of at least 0"), epsilon=(lambda e: e is None or e != 0, "None or a number other than 0"))

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss at θ, regularized gradient, the unchanged state)."""
        value, gradient = jax.value_and_grad(loss)(params, batch, key)
        if self.epsilon is None:
            _, change = jax.jvp(lambda p: jax.grad(loss)(p, batch, key), (params,), (gradient,))
            scale = self.strength
        else:
            moved = jax.tree.map(lambda p, g: (p + self.epsilon * g).astype(p.dtype), params, gradient)
            change = jax.tree.map(lambda there, here: there - here, jax.grad(loss)(moved, batch, key), gradient)
            scale = self.strength / self.epsilon
        return value, jax.tree.map(lambda g, c: (g + scale * c).astype(g.dtype), gradient, change), state
