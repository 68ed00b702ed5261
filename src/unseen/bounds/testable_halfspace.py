"""Learning a halfspace under Massart noise together with a test: what is accepted comes with a proof of its error, whatever the inputs are."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.special import expit

from unseen._problem import Problem, fitting, number, whole

Inputs = Float[np.ndarray, "n d"]
Labels = Float[np.ndarray, " n"]


@dataclass(frozen=True)
class Halfspace:
    """sign(w · x), and how much more it can err than the best halfspace.

    Attributes:
        w: unit normal [d].
        angle: limit of the angle to the best normal, in radians; π/2 where nothing can be said.
        excess: limit of the share of inputs on which the two differ, and so of the excess error, in [0, 1].
    """

    w: Float[np.ndarray, " d"]
    angle: float
    excess: float


def slope(margin: Float[np.ndarray, " n"], sigma: float) -> Float[np.ndarray, " n"]:
    """|ℓ'(t)| of the smoothed step ℓ(t) = 1 / (1 + e^(t / σ)): a bump of width σ around the boundary, of mass 1.

    >>> slope(np.zeros(1), 0.5).tolist()
    [0.5]
    """
    number(sigma=sigma)
    if not sigma > 0:
        raise Problem(f"sigma: expected a width above 0, got {sigma!r}.")
    p = expit(-np.abs(margin) / sigma)
    return p * (1 - p) / sigma


def descend(x: Inputs, y: Labels, start: Float[np.ndarray, " d"], sigma: float, steps: int = 100) -> Float[np.ndarray, " d"]:
    """Projected gradient descent on the sphere for the mean of ℓ(y w · x), the width of ℓ falling from 1/2 to σ over the first two thirds of the steps.

    >>> x = np.array([[1.0, 0.5], [-1.0, 0.5]])
    >>> bool(descend(x, np.array([1.0, -1.0]), np.ones(2), 0.1)[0] > 0.99)
    True
    """
    whole(1, steps=steps)
    fitting(x=(x, "n d"), y=(y, "n"), start=(start, "d"), sigma=(sigma, ""))
    w = start / np.linalg.norm(start)
    for step in range(steps):
        width = sigma * (0.5 / sigma) ** max(0.0, 1 - 1.5 * step / steps)
        push = (slope(x @ w, width) * y) @ x / len(x)
        w = w + 2 * width * (push - (push @ w) * w)
        w = w / np.linalg.norm(w)
    return w


def angle_limit(x: Inputs, y: Labels, w: Float[np.ndarray, " d"], sigma: float, noise: float) -> float:
    """How far the best normal can be from a nearly stationary w, for labels that are wrong with a probability of at most `noise` at every x.

    With s = |ℓ'(w · x)|, g a limit of the gradient's length along the sphere (as measured, plus two standard errors), v any unit vector orthogonal to w:
    tan(angle) ≤ (2 - 2η) E[s |w · x|] / ((1 - 2η) min_v E[s |v · x|] - g), and E[s |v · x|] ≥ λ^{3/2} / Λ^{1/2}, λ the least eigenvalue of E[s z zᵀ] and Λ
    the largest of E[s (z ⊗ z)(z ⊗ z)ᵀ], z the part of x that is orthogonal to w. So two tests on moments near the boundary replace any assumption on inputs,
    up to the sampling error of these moments. Angles above π/2 are not excluded by it: those have more errors than -w.

    >>> x = np.random.default_rng(0).normal(size=(100_000, 2))
    >>> angle_limit(x, np.where(x[:, 0] > 0, 1.0, -1.0), np.array([1.0, 0.0]), sigma=0.02, noise=0.0) < 0.2
    True
    """
    fitting(x=(x, "n d"), y=(y, "n"), w=(w, "d"), noise=(noise, ""))
    basis = np.linalg.svd(w[None])[2][1:]
    z, margin = x @ basis.T, x @ w
    s = slope(margin, sigma)
    pushes = (s * y)[:, None] * z
    gradient = np.linalg.norm(pushes.mean(axis=0)) + 2 * math.sqrt(pushes.var(axis=0).sum() / len(x))
    square = (z[:, :, None] * z[:, None, :]).reshape(len(z), -1)
    least = np.linalg.eigvalsh((s[:, None] * z).T @ z / len(x))[0]
    largest = np.linalg.eigvalsh((s[:, None] * square).T @ square / len(x))[-1]
    spread = max(least, 0.0) ** 1.5 / math.sqrt(largest) if largest > 0 else 0.0
    below = (1 - 2 * noise) * spread - gradient
    return math.atan((2 - 2 * noise) * float(np.mean(s * np.abs(margin))) / below) if below > 0 else math.pi / 2


def disagreement_limit(x: Inputs, w: Float[np.ndarray, " d"], angle: float, strips: int = 60) -> float:
    """The largest share of inputs on which any normal within `angle` of w says something else: summed over strips along the boundary.

    In the strip a ≤ |w · x| < b the two differ only where |v · x| tan(angle) ≥ a. So no more do than the strip's share, λ₂ t² and λ₄ t⁴,
    t = tan(angle) / a, where λ₂ and λ₄ are the largest eigenvalues of the second and the (flattened) fourth moments of z in the strip, means over all
    inputs. Strips are tan(angle) / 4 wide; the last reaches to infinity.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> x = np.random.default_rng(0).normal(size=(100_000, 3))
    >>> 0.1 / np.pi < disagreement_limit(x, np.array([1.0, 0.0, 0.0]), 0.1) < 0.2
    True
    """
    whole(1, strips=strips)
    fitting(x=(x, "n d"), w=(w, "d"), angle=(angle, ""))
    if angle >= math.pi / 2:
        return 1.0
    if not angle > 0:
        return 0.0
    z, margin, tangent = x @ np.linalg.svd(w[None])[2][1:].T, np.abs(x @ w), math.tan(angle)
    total = 0.0
    for strip in range(strips + 1):
        low = strip * tangent / 4
        inside = z[(margin >= low) & ((margin < low + tangent / 4) | (strip == strips))]
        limit = len(inside) / len(x)
        if strip and len(inside):
            square = (inside[:, :, None] * inside[:, None, :]).reshape(len(inside), -1)
            for moment, power in ((inside, 2), (square, 4)):
                limit = min(limit, float(np.linalg.eigvalsh(moment.T @ moment)[-1]) / len(x) * (tangent / low) ** power)
        total += limit
    return min(total, 1.0)


def learn(x: Inputs, y: Labels, rng: np.random.Generator, *, noise: float, sigma: float = 0.01, starts: int = 3) -> Halfspace:
    """The halfspace of fewest errors that descent from several random starts (and their opposites) finds, with the limit of its excess error.

    Labels are ±1. Under Massart noise (a halfspace's labels, each turned with a probability of at most `noise` < 1/2 that may depend on x) the excess error
    over that halfspace is at most `excess`, up to sampling errors of moments. To accept where `excess` ≤ ε makes a tester-learner. After Gollakota,
    Klivans, Stavropoulos & Vasilyan (2024), "An efficient tester-learner for halfspaces"; the inequalities are derived here.

    Raises:
        Problem: labels that are not ±1, a noise that is not in [0, 1/2), a width that is not above 0.

    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(40_000, 3))
    >>> found = learn(x, np.where(x[:, 0] > 0, 1.0, -1.0), rng, noise=0.0)
    >>> bool(found.w[0] > 0.999), found.excess < 0.2
    (True, True)
    """
    whole(starts=starts)
    number(noise=noise, sigma=sigma)
    fitting(x=(x, "n d"), y=(y, "n"))
    if not (x.ndim == 2 and x.shape[1] >= 2 and y.shape == (len(x),) and set(np.unique(y)) <= {-1.0, 1.0}):
        raise Problem(f"x, y: expected inputs [n, d], d ≥ 2, and labels ±1 [n], got shapes {x.shape} and {y.shape}.")
    if not (0 <= noise < 0.5 and 0 < sigma < math.inf and starts >= 1):
        raise Problem(f"noise, sigma, starts: expected 0 ≤ noise < 1/2, sigma > 0 and starts ≥ 1, got {noise!r}, {sigma!r} and {starts!r}.")
    ends = [descend(x, y, rng.normal(size=x.shape[1]), sigma) for _ in range(starts)]
    w = min([*ends, *(-end for end in ends)], key=lambda one: float(np.mean(np.where(x @ one > 0, 1.0, -1.0) != y)))
    angle = angle_limit(x, y, w, sigma, noise)
    return Halfspace(w, angle, disagreement_limit(x, w, angle))
