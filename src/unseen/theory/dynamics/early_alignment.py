"""How neurons of a two-layer ReLU network turn before anything is learned, from a vanishing start: exactly, one cone of activations after the other."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from unseen._problem import Problem, number, real_numbers


class Turning(NamedTuple):
    """Of neurons at given times.

    Attributes:
        direction: w/‖w‖.
        growth: log ‖w(t)‖/‖w(0)‖; below 0 for neurons that shrink.
        settled: time of the last change of activations, of each neuron.
    """

    direction: Float[np.ndarray, "t neurons d"]
    growth: Float[np.ndarray, "t neurons"]
    settled: Float[np.ndarray, " neurons"]


def turning(
    first: Float[np.ndarray, "neurons d"],
    signs: Float[np.ndarray, " neurons"],
    x: Float[np.ndarray, "n d"],
    pulls: Float[np.ndarray, " n"],
    times: Float[np.ndarray, " t"],
) -> Turning:
    """The flow of f(x) = Σ a max(w·x, 0) with a = sign ‖w‖ as ‖w‖ → 0: dw/dt = a D(w), da/dt = w·D(w), D(w) = (1/n) Σ_{w·x_i > 0} g_i x_i.

    With f = 0 all along, g_i = -∂loss/∂f at 0 is y_i for half the squared error or the exponential loss, y_i/2 for the logistic one. While no w·x_i changes
    its sign D stays, and the angle θ of w and u = sign D/‖D‖ closes as tan(θ/2) e^{-‖D‖t}, ‖w‖ sin θ constant. So neurons settle at critical points of
    w·D(w) on the sphere, in a time that does not depend on the scale of the start, while f stays below any ε: the early alignment of Maennel, Bousquet &
    Gelly (2018); Min, Mallada & Vidal (2023); Boursier & Flammarion (2024); read as abstracts, and derived here.

    Args:
        first: w at the start, of any norm.
        signs: ±1, of a.
        x: inputs.
        pulls: g.
        times: from 0 on, rising.

    Raises:
        Problem: shapes or numbers out of range, or a neuron that both sides push onto the border of an example, along which it would have to slide. That does
            not happen where the g_i x_i have no negative correlations.

    >>> path = turning(np.array([[0.6, 0.8]]), np.ones(1), np.array([[1.0, 0.5]]), np.ones(1), np.array([0.0, 50.0]))
    >>> path.direction[:, 0].round(4).tolist()
    [[0.6, 0.8], [0.8944, 0.4472]]
    """
    first, signs, x, pulls, times = _checked(first, signs, x, pulls, times)
    paths = [_turn(w / np.linalg.norm(w), sign, x, pulls, times) for w, sign in zip(first, signs, strict=True)]
    direction, growth, settled = (np.array(part) for part in zip(*paths, strict=True))
    return Turning(direction.swapaxes(0, 1), growth.T, settled)


def simulate_turning(
    first: Float[np.ndarray, "repetitions neurons d"],
    signs: Float[np.ndarray, " neurons"],
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    times: Float[np.ndarray, " t"],
    *,
    scale: float = 1e-6,
    step: float = 1e-3,
) -> Turning:
    """The whole network trained by gradient descent on half the mean squared error, from `scale` times w/‖w‖: one network a repetition, [repetitions, t, …].

    `settled` is the time after which no neuron's activations change within the last of the times. Other arguments as of `turning`, and errors.

    >>> found = simulate_turning(np.array([[[0.6, 0.8]]]), np.ones(1), np.array([[1.0, 0.5]]), np.ones(1), np.array([0.0, 5.0]))
    >>> found.direction[0, :, 0].round(2).tolist()
    [[0.6, 0.8], [0.89, 0.45]]
    """
    number(scale=scale, step=step)
    for one in first:
        _checked(one, signs, x, y, times)
    if not (0 < scale < np.inf and 0 < step < np.inf):
        raise Problem(f"scale, step: expected finite numbers above 0, got {scale!r} and {step!r}.")
    start = scale * first / np.linalg.norm(first, axis=-1, keepdims=True)
    at = np.rint(times / step).astype(int)
    with jax.enable_x64(True):
        train = jax.jit(jax.vmap(lambda w: _descend(w, jnp.asarray(signs), jnp.asarray(x), jnp.asarray(y), at, step)))
        w, settled = (np.asarray(part) for part in train(jnp.asarray(start)))
    norm = np.linalg.norm(w, axis=-1)
    return Turning(w / norm[..., None], np.log(norm / scale), settled * step)


def _turn(w: np.ndarray, sign: float, x: np.ndarray, pulls: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """(directions, growth, time of the last crossing) of one neuron."""
    now, growth, active, lengths = 0.0, 0.0, x @ w > 0, np.linalg.norm(x, axis=1)
    directions, grown = np.empty((times.size, w.size)), np.empty(times.size)
    for _ in range(10 * len(x) + 1):
        pull = sign * (pulls * active) @ x / len(x)
        size = float(np.linalg.norm(pull))
        toward = pull / size if size > 0 else w
        cosine = float(np.clip(w @ toward, -1, 1))
        aside = w - cosine * toward
        half, aside = np.sqrt((1 - cosine) / (1 + cosine)) if cosine > -1 else np.inf, aside / (np.linalg.norm(aside) or 1.0)
        lasts, crossing = np.inf, None
        if size > 0 and 0 < half < np.inf:
            along, across = x @ toward, x @ aside
            with np.errstate(divide="ignore", invalid="ignore"):
                angle = np.arctan2(np.where(active, -along, along), np.where(active, across, -across))
                ahead = (angle > 0) & (angle < 2 * np.arctan(half) * (1 - 1e-12)) & (np.hypot(along, across) > 1e-12 * lengths)
                left = np.tan(np.where(ahead, angle, np.nan) / 2)
            lasts, crossing = (np.log(half / np.nanmax(left)) / size, int(np.nanargmax(left))) if np.isfinite(left).any() else (np.inf, None)
        inside = (times >= now) & (times < now + lasts)
        angles = 2 * np.arctan(half * np.exp(-size * (times[inside] - now)))
        directions[inside] = np.cos(angles)[:, None] * toward + np.sin(angles)[:, None] * aside
        grown[inside] = growth + _growth(half, size, times[inside] - now)
        if crossing is None:
            return directions, grown, now
        angle, now = 2 * np.arctan(half * np.exp(-size * lasts)), now + lasts
        w, growth = np.cos(angle) * toward + np.sin(angle) * aside, growth + float(_growth(half, size, np.array(lasts)))
        active = active ^ (np.arange(len(x)) == crossing)
        outward = x[crossing] @ (sign * (pulls * active) @ x) * (1 if active[crossing] else -1)
        if outward < -1e-12 * np.linalg.norm(x[crossing]) ** 2:
            raise Problem(f"x, pulls: a neuron comes to slide along the border of example {crossing}. Take inputs whose pulls do not oppose each other.")
    raise Problem(f"x: a neuron's activations changed more than {10 * len(x)} times. Take other inputs.")


def _growth(half: float, size: float, time: np.ndarray) -> np.ndarray:
    """∫ ‖D‖ cos θ: log of sin θ(0)/sin θ(t) in terms of tan(θ/2), which stays right at θ = 0 and π."""
    if not np.isfinite(half):
        return -size * time
    return np.asarray(size * time + np.log1p((half * np.exp(-size * time)) ** 2) - np.log1p(half**2))


def _descend(w: Array, signs: Array, x: Array, y: Array, at: np.ndarray, step: float) -> tuple[Array, Array]:
    def advance(state: tuple[Array, Array, Array, Array], index: Array) -> tuple[tuple[Array, Array, Array, Array], Array]:
        w, a, active, settled = state
        hidden = jnp.maximum(w @ x.T, 0)
        left = (y - a @ hidden) / len(y)
        new = w + step * a[:, None] * ((w @ x.T > 0) * left @ x)
        changed = jnp.any((new @ x.T > 0) != active, axis=1)
        return (new, a + step * hidden @ left, new @ x.T > 0, jnp.where(changed, index + 1, settled)), w

    start = (w, signs * jnp.linalg.norm(w, axis=1), w @ x.T > 0, jnp.zeros(len(w), int))
    state, path = jax.lax.scan(advance, start, jnp.arange(at[-1] + 1))
    return path[at], state[3]


def _checked(first: np.ndarray, signs: np.ndarray, x: np.ndarray, pulls: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, ...]:
    named = {"first": first, "signs": signs, "x": x, "pulls": pulls, "times": times}
    first, signs, x, pulls, times = (real_numbers(name, value) for name, value in named.items())
    if not (first.ndim == x.ndim == 2 and first.shape[1] == x.shape[1] and signs.shape == first.shape[:1] and pulls.shape == x.shape[:1] and len(x)):
        raise Problem(f"first, signs, x, pulls: expected [neurons, d], [neurons], [n, d], [n], got {first.shape}, {signs.shape}, {x.shape}, {pulls.shape}.")
    if not (np.abs(signs) == 1).all() or (np.linalg.norm(first, axis=1) == 0).any():
        raise Problem("first, signs: expected weights other than 0, and signs of ±1.")
    if times.ndim != 1 or not times.size or times[0] < 0 or (np.diff(times) < 0).any():
        raise Problem(f"times: expected rising numbers from 0 on, got {times!r}.")
    return first, signs, x, pulls, times
