"""The five joints of a training step, and Fit. Each joint is one small interface; a method from a paper is almost always one subclass of one.

Numbers (rates, scales) are leaves and may be traced; what decides a shape (a batch size, a window) is a static field.
Everything is pure and jit-able, and constructs without arguments.
"""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Stream

Loss = Callable[[PyTree, Examples, PRNGKeyArray | None], Float[Array, ""]]


class Order(eqx.Module):
    """Which examples come next: shuffling, curricula, selection."""

    def init(self, train: Examples | Stream, key: PRNGKeyArray) -> PyTree:
        """The state before the first step."""
        return None

    def next(self, train: Examples | Stream, state: PyTree, step: Int[Array, ""], key: PRNGKeyArray) -> tuple[Examples, PyTree]:
        """The batch of this step and the next state. `key` is the run's order key, the same at every step: fold `step` in."""
        raise NotImplementedError


class Objective(eqx.Module):
    """What is minimised: the mean of `each` over the batch, plus `penalty` of the network. A subclass gives `losses`."""

    def losses(self, outputs: PyTree[Array], y: PyTree[Array]) -> Float[Array, " n"]:
        """The loss of each example, from the network's outputs and the targets."""
        raise NotImplementedError

    def each(self, outputs: PyTree[Array], y: PyTree[Array]) -> Float[Array, " n"]:
        """The loss of each example; where an example is a class at each of several places, the mean over those that are asked (label not -1)."""
        if not isinstance(y, jax.Array) or y.ndim < 2 or outputs.ndim != y.ndim + 1 or not jnp.issubdtype(y.dtype, jnp.integer):
            return self.losses(outputs, y)
        asked = (y >= 0).reshape(len(y), -1)
        losses = self.losses(outputs.reshape(-1, outputs.shape[-1]), jnp.maximum(y, 0).reshape(-1)).reshape(asked.shape)
        return jnp.sum(jnp.where(asked, losses, 0.0), axis=1) / jnp.maximum(jnp.sum(asked, axis=1), 1)

    def penalty(self, params: PyTree) -> Float[Array, ""]:
        """A term on the trainable parameters alone (regularisation)."""
        return jnp.zeros(())


class Gradient(eqx.Module):
    """How the direction is formed: backpropagation, filters, sharpness-aware, projections."""

    def init(self, params: PyTree) -> PyTree:
        """The state before the first step."""
        return None

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss value, direction like `params`, next state); `loss(params, batch, key)` is the scalar objective."""
        raise NotImplementedError


class Update(eqx.Module):
    """How parameters move: an optax transformation."""

    def transformation(self) -> optax.GradientTransformation:
        """The transformation, its sign included (`params + updates`)."""
        raise NotImplementedError


class Keep(eqx.Module):
    """What is kept: the last parameters, averages, masks, soups."""

    def init(self, params: PyTree) -> tuple[PyTree, PyTree]:
        """(parameters to start from, state)."""
        return params, None

    def after(self, params: PyTree, state: PyTree, step: Int[Array, ""]) -> tuple[PyTree, PyTree]:
        """Called after every update with the number of steps taken; may change the parameters (a mask) and the state (an average)."""
        return params, state

    def result(self, params: PyTree, state: PyTree) -> PyTree:
        """The parameters that are evaluated and kept."""
        return params


class Fit(eqx.Module):
    """A whole procedure instead of a training step: a closed-form solve, a meta-learning loop, boosting."""

    def fit(self, network: Any, splits: dict[str, Examples | Stream], key: PRNGKeyArray) -> Any:
        """The trained network. Pure and jit-able."""
        raise NotImplementedError
