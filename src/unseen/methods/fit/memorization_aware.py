"""Training that leaves out of the loss what held-out predictions explain already."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, Stream, expect, outputs, trainable
from unseen.methods.joints import Fit, Update
from unseen.methods.update.sgd import SGD


def calibrated(logits: Float[Array, "n classes"], y: Int[Array, " n"], temperature: float | Array = 1.0) -> Float[Array, "n classes"]:
    """P(label | prediction) of each example: p_i = softmax(logits_i / temperature), times the empirical table Σ_j p_j[a] 1[y_j = b], rows normalised.

    So a confident prediction that is right for 9 examples in 10 becomes 0.9, whatever its logits were.

    >>> calibrated(jnp.array([[9.0, 0], [9, 0], [9, 0], [9, 0], [0, 9]]), jnp.array([0, 0, 0, 1, 1]), 0.1).round(2).tolist()[0]
    [0.75, 0.25]
    """
    predicted = jax.nn.softmax(logits / temperature, axis=1)
    table = predicted.T @ jax.nn.one_hot(y, logits.shape[1], dtype=predicted.dtype)
    return predicted @ (table / jnp.maximum(jnp.sum(table, axis=1, keepdims=True), jnp.finfo(table.dtype).tiny))


class MemorizationAware(Fit):
    """Memorization-aware training (Bayat, Pezeshki et al. 2025): cross-entropy of f(x_i) + log q_i, q_i held-out probabilities of the classes.

    q_i is what a network that never saw example i predicts, `calibrated`. So f learns the ratio of true to held-out probabilities: what a spurious feature
    predicts is in q_i already and need not be in f, and exceptions to it weigh more. In prediction f is used alone.

    Held-out predictions are from two networks, each trained on its own random half (XRM, Pezeshki et al. 2023). With `relabel`, after each step each label
    becomes the class that the other twin predicts, with probability (p − 1/C) C/(C − 1), p its confidence: so the twins come to agree on what is predicted
    from half of the data alone, even where they could learn exceptions by heart. All three networks start from the same weights; every step takes all
    examples, each twin's loss being the sum over its half divided by all.

    Attributes:
        update: how parameters move, of all three.
        steps: for the twins, and then for the network; at least 1.
        temperature: divides the held-out logits, above 0.
        relabel: whether twins relabel; without, held-out predictions are those of plain cross-fitting.

    >>> train = Examples(jnp.array([[0.0], [1.0], [2.0], [3.0]]), jnp.array([0, 0, 1, 1]))
    >>> class Affine(eqx.Module):
    ...     w: Array
    ...     def __call__(self, x, *, key=None):
    ...         return self.w @ jnp.append(x, 1.0)
    >>> fitted = MemorizationAware(steps=2).fit(Affine(jnp.zeros((2, 2))), {"train": train}, jax.random.key(0))
    >>> fitted.w.shape, bool(jnp.all(jnp.isfinite(fitted.w)))
    ((2, 2), True)
    """

    update: Update = SGD(learning_rate=0.01)
    steps: int = eqx.field(static=True, default=1000)
    temperature: float | Array = 1.0
    relabel: bool = eqx.field(static=True, default=True)

    def __check_init__(self) -> None:
        expect(
            self,
            update=(lambda u: isinstance(u, Update), "an update"),
            steps=(lambda n: n >= 1, "at least one step"),
            temperature=(lambda t: t > 0, "a number above 0"),
        )

    def fit(self, network: Any, splits: dict[str, Examples | Stream], key: PRNGKeyArray) -> Any:
        """The third network.

        Raises:
            Problem: when the training set is a stream, or its labels are no integers.
        """
        train = splits["train"]
        if isinstance(train, Stream) or not jnp.issubdtype(train.y.dtype, jnp.integer):
            raise Problem("MemorizationAware: expected a finite training set whose labels are classes, got a stream or real targets.")
        shift = jnp.log(calibrated(self.held_out(network, train, key), train.y, self.temperature) + 1e-6)
        params, rest = trainable(network)

        def loss(params: PyTree) -> Array:
            return _cross_entropy(outputs(eqx.combine(params, rest), train.x) + shift, train.y)

        def step(state: tuple[PyTree, PyTree], _: None) -> tuple[tuple[PyTree, PyTree], None]:
            return self._moved(state, jax.grad(loss)(state[0])), None

        (params, _), _ = jax.lax.scan(step, (params, self.update.transformation().init(params)), length=self.steps)
        return eqx.combine(params, rest)

    def held_out(self, network: Any, train: Examples, key: PRNGKeyArray) -> Float[Array, "n classes"]:
        """For each example the logits of the twin that was not trained on it."""
        at_half, at_labels = jax.random.split(key)
        first: Bool[Array, " n 1"] = jax.random.bernoulli(at_half, 0.5, (len(train), 1))
        params, rest = trainable(network)
        twins = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), params)

        def predicted(twins: PyTree) -> Float[Array, "2 n classes"]:
            return jax.vmap(lambda params: outputs(eqx.combine(params, rest), train.x))(twins)

        def loss(twins: PyTree, y: Array) -> tuple[Array, Array]:
            one, other = predicted(twins)
            return _cross_entropy(jnp.where(first, one, other), y), jnp.where(first, other, one)

        def step(carry: tuple[PyTree, PyTree, Array], i: Array) -> tuple[tuple[PyTree, PyTree, Array], None]:
            twins, state, y = carry
            slope, held_out = jax.grad(loss, has_aux=True)(twins, y)
            twins, state = self._moved((twins, state), slope)
            if self.relabel:
                classes, confidence = held_out.shape[1], jnp.max(jax.nn.softmax(held_out, axis=1), axis=1)
                flip = jax.random.uniform(jax.random.fold_in(at_labels, i), y.shape) < (confidence * classes - 1) / (classes - 1)
                y = jnp.where(flip, jnp.argmax(held_out, axis=1).astype(y.dtype), y)
            return (twins, state, y), None

        start = (twins, self.update.transformation().init(twins), train.y)
        (twins, _, _), _ = jax.lax.scan(step, start, jnp.arange(self.steps))
        one, other = predicted(twins)
        return jnp.where(first, other, one)

    def _moved(self, state: tuple[PyTree, PyTree], slope: PyTree) -> tuple[PyTree, PyTree]:
        change, moments = self.update.transformation().update(slope, state[1], state[0])
        return optax.apply_updates(state[0], change), moments


def _cross_entropy(logits: Float[Array, "n classes"], y: Int[Array, " n"]) -> Float[Array, ""]:
    return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(logits, y))
