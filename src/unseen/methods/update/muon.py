"""Muon: momentum whose matrices are orthogonalised."""

from collections.abc import Callable

import jax
import optax
from jaxtyping import Array, PyTree

from unseen._types import expect
from unseen.methods.joints import Update


class Muon(Update):
    """Muon (Jordan et al. 2024): Nesterov momentum, orthogonalised by Newton–Schulz, for every matrix; NAdamW for all other parameters.

    Embeddings and readouts are matrices, and are orthogonalised too. Each update is scaled by sqrt(max(1, out/in)).

    Attributes:
        learning_rate: of the matrices; a number or a schedule step → rate.
        beta: momentum, in [0, 1).
        weight_decay: decoupled, multiplied by the learning rate, for all parameters.
        adam_learning_rate: of the others; None: the same.

    >>> move, w = Muon(learning_rate=1.0).transformation(), jnp.zeros((2, 2))
    >>> update, _ = move.update(jnp.array([[3.0, 0.0], [0.0, 0.1]]), move.init(w), w)
    >>> bool(jnp.all(jnp.abs(update + jnp.eye(2)) < 0.35))  # nearly orthogonal
    True
    """

    learning_rate: float | Array | Callable[[Array], Array] = 0.02
    beta: float | Array = 0.95
    weight_decay: float | Array = 0.0
    adam_learning_rate: float | Array | Callable[[Array], Array] | None = None

    def __check_init__(self) -> None:
        expect(
            self,
            learning_rate=(lambda r: callable(r) or r >= 0, "a number of at least 0 or a schedule"),
            beta=(lambda b: 0 <= b < 1, "a number in [0, 1)"),
            weight_decay=(lambda w: w >= 0, "a number of at least 0"),
        )

    def transformation(self) -> optax.GradientTransformation:
        """The optax transformation, on the list of leaves: optax takes trees that can be called, as networks can, for functions."""
        muon = optax.contrib.muon(
            self.learning_rate,
            beta=self.beta,
            weight_decay=self.weight_decay,
            adam_weight_decay=self.weight_decay,
            adam_learning_rate=self.adam_learning_rate,
        )

        def update(gradient: PyTree, state: PyTree, params: PyTree = None) -> tuple[PyTree, PyTree]:
            leaves, structure = jax.tree.flatten(gradient)
            updates, state = muon.update(leaves, state, jax.tree.leaves(params))
            return jax.tree.unflatten(structure, updates), state

        return optax.GradientTransformation(lambda params: muon.init(jax.tree.leaves(params)), update)
