"""A function of parameters written in JAX, or an Equinox module, as a `WhiteBox`."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Array

from unseen._problem import Problem
from unseen._types import Examples, Fixed, outputs, trainable
from unseen.audits.adapters import BATCH, in_batches
from unseen.audits.last_layer import last_layer
from unseen.audits.white_box import Labels, Layer, Link, WhiteBox, untold
from unseen.measures import curvature
from unseen.measures.curvature import Product
from unseen.measures.per_example import gradient_statistics
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError


class _Applied(eqx.Module):
    """`apply(params, batch)` as a network on one example."""

    params: Any
    apply: Callable = eqx.field(static=True)

    def batch(self, x: Array) -> Array:
        """What it gives for a batch, which it may look at as a whole."""
        return self.apply(self.params, x)

    def __call__(self, x: Array, *, key: Any = None) -> Array:
        return jax.tree.map(lambda leaf: leaf[0], self.batch(x[None]))


class _Keyless(eqx.Module):
    """A module that takes no key."""

    module: Any

    def __call__(self, x: Array, *state: Any, key: Any = None) -> Any:
        return self.module(x, *state)


class _Stateful(eqx.Module):
    """A module that takes a state too, as one with batch normalisation does, and gives it back beside its scores."""

    module: Any
    state: Fixed

    def __call__(self, x: Array, *, key: Any = None) -> Array:
        state = jax.tree.map(lambda leaf: leaf, self.state.value)  # a state that is written to is used up
        return self.module(x, state, key=key)[0]


class _Read(eqx.Module):
    """ln of the probabilities that a network gives to the classes of one example, or the number that it gives."""

    network: Any
    link: Link = eqx.field(static=True)

    def __call__(self, x: Array, *, key: Any = None) -> Array:
        out = self.network(x, key=None).reshape(-1)
        if self.link == "values":
            return out[0]
        if self.link == "logits":
            return jax.nn.log_softmax(jnp.concatenate([jnp.zeros_like(out), out]) if out.size == 1 else out)
        out = jnp.concatenate([1 - out, out]) if out.size == 1 else out
        return jnp.log(jnp.maximum(out, jnp.finfo(out.dtype).eps))


def network_of(model: Any) -> Any | None:
    """A network `network(x, key=None)` on one example, in evaluation mode: of an Equinox module on one example, of one with its state, or of a pair
    (apply, params); else None.

    Raises:
        Problem: a pair whose first part cannot be called, or whose second part holds no arrays of real numbers.
    """
    if isinstance(model, tuple) and len(model) == 2 and isinstance(model[1], eqx.nn.State):
        return _Stateful(_evaluated(eqx.nn.delete_init_state(model[0])), Fixed(model[1]))
    if isinstance(model, tuple) and len(model) == 2:
        apply, params = model
        if not callable(apply) or not any(eqx.is_inexact_array_like(leaf) for leaf in jax.tree.leaves(params)):
            raise Problem(f"model: expected a pair (apply, params) with apply(params, x) on a batch, got {type(apply).__name__} and {type(params).__name__}.")
        return _Applied(jax.tree.map(lambda leaf: jnp.asarray(leaf) if eqx.is_inexact_array_like(leaf) else leaf, params), apply)
    return _evaluated(model) if isinstance(model, eqx.Module) and callable(model) else None


def _evaluated(model: Any) -> Any:
    """An Equinox module in evaluation mode, which may be given a key."""
    module = eqx.nn.inference_mode(model)
    taken = inspect.signature(type(model).__call__).parameters.values()
    keyed = any(one.name == "key" or one.kind is one.VAR_KEYWORD for one in taken)
    return module if keyed else _Keyless(module)


class JaxBox(WhiteBox):
    """See `WhiteBox`. Weights of half precision are looked into on a copy in single."""

    def __init__(self, network: Any, link: Link) -> None:
        network = jax.tree.map(lambda leaf: _single(leaf) if eqx.is_inexact_array(leaf) else leaf, network)
        self.link, self.inner, self.network = link, network, _Read(network, link)
        self.objective = SquaredError() if link == "values" else CrossEntropy()
        self.params, self.rest = trainable(self.network)
        flat, _ = jax.tree_util.tree_flatten_with_path(self.params)
        self.names = tuple(jax.tree_util.keystr(path).removeprefix(".network") for path, _ in flat)
        if not flat:
            raise Problem("model: expected arrays to train in it, got none.")
        self.theta, self.unravel = ravel_pytree(self.params)
        self.size = self.theta.size
        self._log = jax.jit(lambda theta, x: outputs(self._at(theta), x))
        self._plain = jax.jit(lambda theta, x: outputs(self._at(theta).network, x).reshape(len(x), -1))
        self._gradient = jax.jit(jax.grad(lambda theta, x, y: jnp.sum(self._each(theta, x, y))))
        self._along = jax.jit(lambda theta, v, x, y: jax.jvp(lambda theta: self._each(theta, x, y), (theta,), (v,))[1])
        self._slope = jax.jit(jax.value_and_grad(lambda x: _lead(outputs(self.network, x)), has_aux=True))

    def _at(self, theta: Array) -> Any:
        return eqx.combine(self.unravel(theta), self.rest)

    def _each(self, theta: Array, x: Array, y: Array) -> Array:
        """ℓ_i."""
        return self.objective.each(outputs(self._at(theta), x), y)

    def _moved(self, change: np.ndarray | None) -> Array:
        return self.theta if change is None else self.theta + jnp.asarray(change, self.theta.dtype)

    def weights(self) -> dict[str, np.ndarray]:
        return dict(zip(self.names, map(np.asarray, jax.tree.leaves(self.params)), strict=True))

    def outcome(self, x: Any, change: np.ndarray | None = None) -> np.ndarray:
        theta = self._moved(change)
        found = in_batches(_single(x), lambda part: self._log(theta, part))
        return found[:, None] if self.link == "values" else found

    def scores(self, x: Any) -> np.ndarray:
        return in_batches(_single(x), lambda part: self._plain(self.theta, part))

    def slope(self, x: Any, y: Labels, change: np.ndarray | None = None) -> np.ndarray:
        theta = self._moved(change)
        return np.sum([np.asarray(self._gradient(theta, *part), float) for part in _batches(x, y)], axis=0) / len(y)

    def slopes(self, x: Any, y: Labels, along: np.ndarray) -> np.ndarray:
        v = jnp.asarray(along, self.theta.dtype)
        return np.concatenate([np.asarray(self._along(self.theta, v, *part), float) for part in _batches(x, y)])

    def gradient_squares(self, x: Any, y: Labels) -> tuple[np.ndarray, float]:
        found = gradient_statistics(self.network, self.objective, Examples(_single(x), jnp.asarray(y)))
        return np.asarray(found.squares.sum(axis=1)), float(found.mean_squares.sum())

    def hessian(self, x: Any, y: Labels) -> Product:
        return curvature.hessian(self.network, self.objective, Examples(_single(x), jnp.asarray(y)))

    def features(self, x: Any) -> np.ndarray | None:
        x, last = _single(x), self._last
        if jax.eval_shape(last, x[0]) is None:
            return None
        return in_batches(x, jax.jit(jax.vmap(lambda one: last(one)[0])))

    def readout(self, x: Any) -> np.ndarray | None:
        found = self._last(_single(x)[0])
        return None if found is None else np.asarray(found[1])

    @property
    def _last(self) -> Callable[[Array], Any]:
        return last_layer(lambda one: self.inner(one, key=None))

    def layers(self) -> list[Layer] | str:
        found = []
        for path, part in jax.tree_util.tree_flatten_with_path(self.inner, is_leaf=lambda part: isinstance(part, eqx.nn.Linear | eqx.nn.Conv))[0]:
            name = jax.tree_util.keystr(path)
            moved = isinstance(part, eqx.nn.Conv) and part.groups == 1 and part.padding_mode in ("ZEROS", "CIRCULAR")
            if isinstance(part, eqx.nn.Linear) or moved:
                found.append(Layer(name, np.asarray(part.weight, np.float32)))
            elif eqx.is_array(part) or isinstance(part, eqx.nn.Conv):
                return untold(name)
        return found or "no layer of it holds numbers."

    def boundary(self, x: Any) -> np.ndarray | None:
        if not np.issubdtype(np.asarray(x).dtype, np.floating):
            return None

        def distance(part: Array) -> Array:
            (_, lead), slope = self._slope(part)
            return lead / jnp.linalg.norm(slope.reshape(len(part), -1), axis=1)

        return in_batches(_single(x), distance)


def _single(x: Any) -> Array:
    """An array; numbers of half precision in single."""
    found = jnp.asarray(x)
    return found.astype(jnp.float32) if jnp.issubdtype(found.dtype, jnp.floating) and found.dtype.itemsize == 2 else found


def _batches(x: Any, y: Labels) -> Iterator[tuple[Array, Array]]:
    x, labels = _single(x), jnp.asarray(y)
    for start in range(0, len(labels), BATCH):
        yield x[start : start + BATCH], labels[start : start + BATCH]


def _lead(logged: Array) -> tuple[Array, Array]:
    """The lead of the likeliest class over the second, summed, and for each example."""
    best = jax.lax.top_k(logged, 2)[0]
    return jnp.sum(best[:, 0] - best[:, 1]), best[:, 0] - best[:, 1]
