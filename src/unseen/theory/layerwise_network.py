"""A three-layer network that is trained one layer after the other, each stage being convex."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, whole


class LayerwiseNetwork(NamedTuple):
    """f(x) = g(x) + c·relu(a g(x) + b), with one inner unit g(x) = u·σ(V x), which is skipped to the output (Wang, Nichani & Lee 2024).

    σ(t) = 1 + t + (t² - 1)/√2, a polynomial of degree 2 with coefficients of order one; V has independent N(0, 1/d) entries, a is ±1, b
    uniform on [-3, 3]; V, a and b stay as they are drawn. With V of (d + 1)(d + 2)/2 rows or more g can be any polynomial of degree 2.

    Attributes:
        inner: V [width, d].
        weights: u [width].
        signs: a [outer].
        shifts: b [outer].
        readout: c [outer].
    """

    inner: Float[np.ndarray, "width d"]
    weights: Float[np.ndarray, " width"]
    signs: Float[np.ndarray, " outer"]
    shifts: Float[np.ndarray, " outer"]
    readout: Float[np.ndarray, " outer"]

    def feature(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """g(x), what the first stage has learned."""
        return _inner(x, self.inner) @ self.weights

    def __call__(self, x: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """f(x)."""
        g = self.feature(x)
        return g + _outer(g, self.signs, self.shifts) @ self.readout


def train_layerwise(
    rng: np.random.Generator,
    x: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    *,
    width: int,
    outer: int = 100,
    decay: tuple[float, float] = (1e-6, 1e-4),
) -> LayerwiseNetwork:
    """Trains u on one half of the examples, with c = 0, and then c on the other half: each to the end of gradient descent on squared error with weight decay.

    Both stages are linear in what is trained, so that their ends are ridge regressions, of y and of y - g(x).

    Args:
        rng: of V, a and b.
        x: inputs.
        y: targets.
        width: rows of V.
        outer: units of the outer layer.
        decay: of u and c, in units of the mean eigenvalue of the Gram matrix of the features; above 0.

    Raises:
        Problem: fewer than 4 examples, no units, or no decay.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(400, 2))
    >>> network = train_layerwise(rng, x, x[:, 0] * x[:, 1], width=12)
    >>> bool(np.abs(network(x) - x[:, 0] * x[:, 1]).max() < 0.1)
    True
    """
    whole(width=width, outer=outer)
    if len(x) < 4 or min(width, outer) < 1 or min(decay) <= 0:
        raise Problem(f"x, width, outer, decay: expected 4 examples, 1 unit and a decay above 0, got {len(x)}, {width!r}, {outer!r}, {decay!r}.")
    fitting(x=(x, "n d"), y=(y, "n"), decay=(decay, "2"))
    inner = rng.normal(size=(width, x.shape[1])) / np.sqrt(x.shape[1])
    signs, shifts = rng.choice([-1.0, 1.0], outer), rng.uniform(-3, 3, outer)
    half = len(x) // 2
    weights = _ridge(_inner(x[:half], inner), y[:half], decay[0])
    g = _inner(x[half:], inner) @ weights
    readout = _ridge(_outer(g, signs, shifts), y[half:] - g, decay[1])
    return LayerwiseNetwork(inner, weights, signs, shifts, readout)


def _inner(x: np.ndarray, inner: np.ndarray) -> np.ndarray:
    t = x @ inner.T
    return 1 + t + (t**2 - 1) / np.sqrt(2)


def _outer(g: np.ndarray, signs: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    return np.maximum(g[:, None] * signs + shifts, 0.0)


def _ridge(features: np.ndarray, y: np.ndarray, decay: float) -> np.ndarray:
    gram = features.T @ features
    return np.linalg.solve(gram + decay * np.trace(gram) / len(gram) * np.eye(len(gram)), features.T @ y)
