"""Self-supervised, then simple: a representation learned without labels, and a linear readout of it."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, Stream, expect, trainable
from unseen.methods.fit._targets import targets
from unseen.methods.fit.least_squares import LeastSquares
from unseen.methods.joints import Fit, Update
from unseen.methods.update.adamw import AdamW


def views(x: Float[Array, "n *input"], key: PRNGKeyArray, noise: float | Array, shift: int) -> Float[Array, "n *input"]:
    """Each input plus N(0, noise²), and, where inputs have two axes, moved along each by a whole number from -shift to shift; what comes in is 0.

    >>> views(jnp.ones((1, 2)), jax.random.key(0), 0.0, 1)  # one axis: nothing moves
    Array([[1., 1.]], dtype=float32)
    """
    at_noise, at_shift = jax.random.split(key)
    if x.ndim == 3 and shift:
        framed = jnp.pad(x, ((0, 0), (shift, shift), (shift, shift)))
        corners = jax.random.randint(at_shift, (len(x), 2), 0, 2 * shift + 1)
        x = jax.vmap(lambda image, corner: jax.lax.dynamic_slice(image, (corner[0], corner[1]), x.shape[1:]))(framed, corners)
    return x + noise * jax.random.normal(at_noise, x.shape, x.dtype)


def info_nce(first: Float[Array, "n d"], second: Float[Array, "n d"], temperature: float | Array = 0.5) -> Float[Array, ""]:
    """Mean of -ln(e^{s(z,z')/τ} / Σ e^{s(z,·)/τ}) over 2n views z, z' the other view of its input, s the cosine; the sum is over the 2n - 1 others.

    At least 0; ln(2n - 1) where all views are alike. NT-Xent of Chen et al. (2020), "A Simple Framework for Contrastive Learning of Visual Representations".

    >>> round(float(info_nce(jnp.ones((2, 1)), jnp.ones((2, 1)))), 4)  # ln 3
    1.0986
    """
    z = jnp.concatenate([first, second])
    z = z / jnp.sqrt(jnp.sum(z**2, axis=1, keepdims=True) + 1e-12)
    n = len(first)
    alike = (z @ z.T / temperature).at[jnp.arange(2 * n), jnp.arange(2 * n)].set(-jnp.inf)
    return jnp.mean(optax.softmax_cross_entropy_with_integer_labels(alike, jnp.roll(jnp.arange(2 * n), n)))


class SelfSupervised(Fit):
    """Contrastive pretraining of `network.features` without labels, on the training inputs alone, then least squares of the readout on them with labels.

    Each step takes `batch` inputs without replacement and two `views` of each, and lowers `info_nce` of a linear projection of their features, which is
    thrown away at the end (SimCLR, Chen et al. 2020). Then the features are frozen. A network without hidden layers has nothing to pretrain.

    Attributes:
        update: how the features' parameters move.
        steps: of pretraining; 0 leaves random features.
        batch: inputs a step; all of them where there are fewer.
        temperature: of `info_nce`, above 0.
        noise: standard deviation of the noise of views.
        shift: pixels by which views are moved.
        head: dimension of the projection; None: no projection.
        ridge: of the readout, see `LeastSquares`.

    >>> class Perceptron(eqx.Module):
    ...     first: Array
    ...     readout: Array
    ...     biases: None = None
    ...     def features(self, x):
    ...         return jnp.tanh(x @ self.first)
    >>> network = Perceptron(jnp.array([[1.0, -0.5]]), jnp.zeros((2, 1)))
    >>> train = Examples(jnp.array([[0.5], [1.0]]), jnp.array([[1.0], [2.0]]))
    >>> fitted = SelfSupervised(steps=0).fit(network, {"train": train}, jax.random.key(0))  # random features, and a readout of them
    >>> bool(jnp.allclose(jax.vmap(fitted.features)(train.x) @ fitted.readout, train.y, atol=1e-3))
    True
    """

    update: Update = AdamW(learning_rate=3e-3, weight_decay=0.0)
    steps: int = eqx.field(static=True, default=300)
    batch: int = eqx.field(static=True, default=256)
    temperature: float | Array = 0.2
    noise: float | Array = 0.2
    shift: int = eqx.field(static=True, default=1)
    head: int | None = eqx.field(static=True, default=32)
    ridge: float | Array | None = None

    def __check_init__(self) -> None:
        expect(
            self,
            update=(lambda u: isinstance(u, Update), "an update"),
            steps=(lambda n: n >= 0, "a number of steps of at least 0"),
            batch=(lambda n: n >= 2, "at least two inputs"),
            temperature=(lambda t: t > 0, "a number above 0"),
            noise=(lambda s: s >= 0, "a standard deviation of at least 0"),
            shift=(lambda s: s >= 0, "a whole number of at least 0"),
            head=(lambda h: h is None or h >= 1, "None or a dimension of at least 1"),
        )

    def fit(self, network: Any, splits: dict[str, Examples | Stream], key: PRNGKeyArray) -> Any:
        """The pretrained network with a solved readout.

        Raises:
            Problem: when the training set is a stream, or the network is neither linear nor a perceptron with a trained readout.
        """
        train = splits["train"]
        if isinstance(train, Stream):
            raise Problem("SelfSupervised: expected a finite training set, got a stream.")
        if hasattr(network, "design"):
            return LeastSquares(self.ridge).fit(network, splits, key)
        if not hasattr(network, "features") or not eqx.is_array(getattr(network, "readout", None)):
            raise Problem(f"SelfSupervised: expected a network with features and a trained readout, as of MLP, got {type(network).__name__}.")
        network = self.pretrain(network, train.x, key)
        features = jax.vmap(network.features)(train.x)
        y = targets(train.y, network.readout.shape[1])
        x_mean, y_mean = (jnp.zeros(()), jnp.zeros(())) if network.biases is None else (features.mean(0), y.mean(0))
        readout = LeastSquares(self.ridge).solve(features - x_mean, y - y_mean)
        network = eqx.tree_at(lambda n: n.readout, network, readout.astype(network.readout.dtype))
        return network if network.biases is None else eqx.tree_at(lambda n: n.biases[-1], network, y_mean - x_mean @ readout)

    def pretrain(self, network: Any, x: Float[Array, "n *input"], key: PRNGKeyArray) -> Any:
        """The network after `steps` of contrastive learning; its readout is left as it was."""
        params, rest = trainable(network)
        update = self.update.transformation()
        at_head, at_steps = jax.random.split(key)
        size = network.readout.shape[0]
        start = params, jax.random.normal(at_head, (size, self.head or size)) / jnp.sqrt(size)

        def loss(trained: tuple[PyTree, Array], x: Array, key: PRNGKeyArray) -> Array:
            params, head = trained
            features = jax.vmap(eqx.combine(params, rest).features)
            first, second = (features(views(x, k, self.noise, self.shift)) for k in jax.random.split(key))
            return info_nce(first, second, self.temperature) if self.head is None else info_nce(first @ head, second @ head, self.temperature)

        def step(state: tuple[PyTree, PyTree], key: PRNGKeyArray) -> tuple[tuple[PyTree, PyTree], None]:
            at_batch, at_views = jax.random.split(key)
            batch = jax.random.permutation(at_batch, len(x))[: self.batch]
            change, moments = update.update(jax.grad(loss)(state[0], x[batch], at_views), state[1], state[0])
            return (optax.apply_updates(state[0], change), moments), None

        ((params, _), _), _ = jax.lax.scan(step, (start, update.init(start)), jax.random.split(at_steps, self.steps))
        return eqx.combine(params, rest)
