"""The flattest two-layer ReLU networks that interpolate: how flat they can be, two that are, of which one has learnt nothing, and a search for others."""

import math
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._problem import Problem, fitting, whole
from unseen.models.one_hidden import HiddenLayer

Points = Float[Array, "n d"] | Float[np.ndarray, "n d"]
Targets = Float[Array, " n"] | Float[np.ndarray, " n"]


def least_sharpness(d: int, *, bias: bool = True, normalization: str = "none") -> float:
    """What tr ∇²(1/n) Σ (f(x_i) − y_i)² is at least where f(x_i) = y_i = ±1, for x in {−1, 1}^d: 4 √(d + 1), 4 √d without bias, 2 with layer normalization.

    ‖∇f‖² = ‖v ⊙ 1[h > 0]‖² ‖(x, 1)‖² + ‖h‖² ≥ 2 ‖(x, 1)‖ |f| (Cauchy-Schwarz); with ‖h‖ = 1, ‖∂f/∂v‖ = 1 alone. Without a bias it is a lower limit,
    and the pattern of signs decides whether it is reached. Source: Wen, Ma & Li (2023), theorems 4.1 and 5.1.

    >>> least_sharpness(15), least_sharpness(16, bias=False), least_sharpness(30, normalization="layer")
    (16.0, 16.0, 2.0)
    """
    whole(0, d=d)
    if normalization not in ("none", "layer"):
        raise Problem(f"normalization: expected 'none' or 'layer', got {normalization!r}.")
    return 2.0 if normalization == "layer" else 4.0 * math.sqrt(d + bias)


def memorizing_network(x: Points, y: Targets, *, normalization: str = "none") -> HiddenLayer:
    """f(x_i) = y_i with one unit for each example, active nowhere else on the hypercube, where f = 0; as flat as `least_sharpness`.

    Unit i has w = √r x_i, b = √r (1 − d), v = y_i/√r with r = √(d + 1): its activation is √r at x_i and falls by 2√r with each coordinate that differs. With
    "layer", v = y_i. Source: Wen, Ma & Li (2023), theorem 4.1 with ε = 1/√d.

    Raises:
        Problem: examples that are not different points of {−1, 1}^d, or targets that are not ±1.

    >>> network = memorizing_network(np.array([[1.0, 1.0, 1.0]]), np.array([1.0]))
    >>> [round(float(network(jnp.array(x))), 4) for x in ([1.0, 1.0, 1.0], [1.0, 1.0, -1.0])]
    [1.0, 0.0]
    """
    x, y = np.asarray(x), np.asarray(y)
    if not (np.abs(x) == 1).all() or len(np.unique(x, axis=0)) < len(x):
        raise Problem("x: expected different points of {-1, 1}^d: one unit tells a point from its neighbours there alone.")
    if not (np.abs(y) == 1).all():
        raise Problem(f"y: expected targets of -1 and 1, got {np.unique(y)[:5]}.")
    d = x.shape[1]
    return _network(x.T, np.full(len(x), 1.0 - d), y, d, normalization)


def parity_network(d: int, *, normalization: str = "none") -> HiddenLayer:
    """f(x) = x_1 x_2 on all of {−1, 1}^d with four units, relu(±x_1 ± x_2 − 1) √r, of which one is active at a time; as flat as `least_sharpness`.

    Source: Wen, Ma & Li (2023), equation 5, with r = √(d + 1) in the place of the √(d² + 1) printed there, which breaks their own equation 4.

    >>> network = parity_network(3)
    >>> [round(float(network(jnp.array([a, b, 1.0]))), 4) for a in (1.0, -1.0) for b in (1.0, -1.0)]
    [1.0, -1.0, -1.0, 1.0]
    """
    whole(d=d)
    if d < 2:
        raise Problem(f"d: expected at least the two coordinates whose product is meant, got {d}.")
    pairs = np.array([[a, b] for a in (1.0, -1.0) for b in (1.0, -1.0)])
    return _network(np.vstack([pairs.T, np.zeros((d - 2, 4))]), np.full(4, -1.0), pairs.prod(axis=1), d, normalization)


def flattest_found(
    x: Points, y: Targets, key: PRNGKeyArray, *, counted: int | None = None, bias: bool = True, width: int = 200, steps: int = 4000
) -> HiddenLayer:
    """A network that fits all examples, with a sharpness on the first `counted` of them (default: all) as small as direct minimisation gets it.

    Adam minimises the mean squared errors of the counted and of the other examples + λ · 2/n Σ (‖h‖² + ‖(x, 1)‖² Σ_j v_j² sigmoid(z_j/τ)), with h = relu(z),
    z = W x + b; λ and τ fall to 0 and a tenth. The sigmoid stands for 1[z > 0], through which no gradient would switch a unit off. A search: what it
    does not find may exist; that it fits has to be looked at.

    Raises:
        Problem: `counted` not in 1..n.

    >>> x = jnp.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    >>> network = flattest_found(x, x[:, 0] * x[:, 1], jax.random.key(0), width=20, steps=1000)
    >>> bool(jnp.allclose(jax.vmap(network)(x), x[:, 0] * x[:, 1], atol=0.05))
    True
    """
    whole(1, width=width, steps=steps)
    fitting(x=(x, "n d"), y=(y, "n"))
    counted = len(x) if counted is None else counted
    if not 1 <= counted <= len(x):
        raise Problem(f"counted: expected 1 to {len(x)} examples, got {counted}.")
    inputs = jnp.hstack([x, jnp.ones((len(x), 1))]) if bias else jnp.asarray(x)
    first, readout = _search(inputs, jnp.asarray(y), key, counted, width, steps)
    return HiddenLayer(first[: x.shape[1]], first[-1] if bias else None, readout, "none", 1e-6, ())


@partial(jax.jit, static_argnums=(3, 4, 5))
def _search(x: Array, y: Array, key: PRNGKeyArray, counted: int, width: int, steps: int) -> tuple[Array, Array]:
    """(first layer, its biases last; readout)."""
    squares = jnp.sum(jnp.square(x[:counted]), axis=1, keepdims=True)
    weight = jnp.where(jnp.arange(len(x)) < counted, 1 / counted, 1 / max(len(x) - counted, 1))

    def loss(params: tuple[Array, Array], t: Array) -> Array:
        z, v = x @ params[0], params[1]
        h = jax.nn.relu(z)
        active = jax.nn.sigmoid(z[:counted] / (0.3 - 0.27 * t))
        sharpness = 2 * jnp.mean(jnp.sum(jnp.square(h[:counted]) + squares * jnp.square(v) * active, axis=1))
        return weight @ jnp.square(h @ v - y) + 0.01 * jnp.square(1 - t) * sharpness

    adam = optax.adam(optax.cosine_decay_schedule(0.01, steps))

    def step(state: tuple, i: Array) -> tuple[tuple, None]:
        change, inner = adam.update(jax.grad(loss)(state[0], i / steps), state[1])
        return (optax.apply_updates(state[0], change), inner), None

    keys = jax.random.split(key)
    start = (jax.random.normal(keys[0], (x.shape[1], width)) / x.shape[1] ** 0.5, jax.random.normal(keys[1], (width,)) / width**0.5)
    return jax.lax.scan(step, (start, adam.init(start)), jnp.arange(steps))[0][0]


def _network(first: np.ndarray, biases: np.ndarray, signs: np.ndarray, d: int, normalization: str) -> HiddenLayer:
    """Units whose activation is 1 where they are active, balanced so that ∂f/∂(w, b) and ∂f/∂v are equally long."""
    root = (d + 1) ** 0.25
    readout = signs if normalization == "layer" else signs / root
    return HiddenLayer(jnp.array(root * first), jnp.array(root * biases), jnp.array(readout), normalization, 1e-6, ())
