"""Backpropagation through a batch in parts, each on a device of its own where there are so many."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.sharding import PartitionSpec
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, expect
from unseen.methods.joints import Gradient, Loss


class InParts(Gradient):
    """The mean of the gradients of equal parts of the batch: of a loss that is a mean over examples the gradient itself, up to rounding.

    In a process with so many devices each part is computed on one of them, and one run uses them all. On a CPU there are as many as the variable
    `JAX_NUM_CPU_DEVICES` says when JAX starts: two of them on two cores do in 0.5 to 0.8 of the time what two threads of one device do, as most
    operations of a small network are too small to share. Elsewhere one part follows the other, in the memory of one; the last bits may differ, and the
    number of devices is recorded with every run.

    What a network or an objective takes from a whole batch (batch normalisation), it takes from one part. Noise (dropout) differs from part to part.

    Attributes:
        parts: how many, at least 1; they divide the batch.

    Raises:
        Problem: a batch that they do not divide.

    >>> gradient, batch = InParts(parts=2), Examples(jnp.arange(4.0), jnp.arange(4.0))
    >>> value, slope, _ = gradient(lambda w, batch, key: jnp.mean(w * batch.x), jnp.array(2.0), batch, jax.random.key(0), None)
    >>> value.item(), slope.item()
    (3.0, 1.5)
    """

    parts: int = eqx.field(static=True, default=2)

    def __check_init__(self) -> None:
        expect(self, parts=(lambda p: isinstance(p, int) and p >= 1, "a whole number of at least 1"))

    def __call__(self, loss: Loss, params: PyTree, batch: Examples, key: PRNGKeyArray, state: PyTree) -> tuple[Float[Array, ""], PyTree, PyTree]:
        """(loss, its gradient, the unchanged state)."""
        if len(batch) % self.parts:
            raise Problem(f"InParts.parts: expected a number that divides the batch of {len(batch)}, got {self.parts}. Change it, or the batch.")

        def one(params: PyTree, key: PRNGKeyArray, index: Array, batch: Examples) -> Array:
            return ravel_pytree(jax.value_and_grad(loss)(params, batch, jax.random.fold_in(key, index)))[0]  # one vector, to be exchanged at once

        def here(params: PyTree, key: PRNGKeyArray, index: Array, batch: Examples) -> Array:
            return jax.lax.pmean(one(params, key, index[0], jax.tree.map(lambda leaf: leaf[0], batch)), "parts")

        numbers, parts = jnp.arange(self.parts), jax.tree.map(lambda leaf: leaf.reshape(self.parts, -1, *leaf.shape[1:]), batch)
        devices = jax.local_devices()
        if 1 < self.parts <= len(devices):
            mesh = jax.sharding.Mesh(np.array(devices[: self.parts]), ("parts",))
            split, whole = PartitionSpec("parts"), PartitionSpec()
            found = jax.shard_map(here, mesh=mesh, in_specs=(whole, whole, split, split), out_specs=whole, check_vma=False)(params, key, numbers, parts)
        else:
            found = jnp.mean(jax.lax.map(lambda part: one(params, key, *part), (numbers, parts)), axis=0)
        value, gradient = ravel_pytree((jnp.zeros(()), params))[1](found)
        return value, gradient, state
