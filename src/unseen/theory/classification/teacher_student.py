"""A perceptron that learns from a perceptron: overlaps of student and teacher at n = α d examples, by replicas and by simple rules, and students themselves."""

from typing import Literal, cast

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.optimize import brentq
from scipy.special import log_ndtr, ndtr, owens_t

from unseen._problem import Problem, number, real_numbers, whole
from unseen.theory.classification.max_margin import largest_margin, separate

Rule = Literal["hebb", "least squares", "largest margin", "bayes"]
Overlaps = Float[np.ndarray, "*a"]
Numbers = float | Float[np.ndarray, "*a"]
NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(80)


def disagreement(overlap: Numbers) -> Overlaps:
    """arccos(R)/π: the chance that student and teacher classify a new normal input differently, R the cosine of their weights.

    Raises:
        Problem: overlaps outside [-1, 1].

    >>> disagreement(np.array([1.0, 0.0])).tolist()
    [0.0, 0.5]
    """
    overlap = real_numbers("overlap", overlap)
    if not (np.abs(overlap) <= 1).all():
        raise Problem(f"overlap: expected numbers in [-1, 1], got {overlap!r}.")
    return np.asarray(np.arccos(overlap) / np.pi)


def hebb_overlap(alpha: Numbers) -> Overlaps:
    """R = 1/√(1 + π/(2α)) of the Hebb rule, w = Σ y x (Vallet 1989). Raises `Problem` for α of 0 or less.

    >>> hebb_overlap(np.pi / 2).round(6).item()
    0.707107
    """
    return np.asarray(1 / np.sqrt(1 + np.pi / (2 * _alpha(alpha))))


def least_squares_overlap(alpha: Numbers) -> Overlaps:
    """R of least squares on the labels ±1; of least norm for α < 1.

    With c = √(2/π): w along the teacher is c α, and w off it has the square α (1 - 2 c² α + c² α²)/(1 - α), for α < 1; beyond, c and (1 - c²)/(α - 1).
    At α = 1 the norm is infinite and R = 0 (Opper, Kinzel, Kleinz & Nehl 1990).

    >>> least_squares_overlap(np.array([0.5, 1.0, 5.0])).round(4).tolist()
    [0.4832, 0.0, 0.9355]
    """
    alpha, square = _alpha(alpha), 2 / np.pi
    along = np.sqrt(square) * np.minimum(alpha, 1.0)
    with np.errstate(divide="ignore"):
        off = np.where(alpha < 1, alpha * (1 - 2 * square * alpha + square * alpha**2), 1 - square) / np.abs(1 - alpha)
    return np.asarray(along / np.sqrt(along**2 + off))


def gibbs_overlap(alpha: float) -> float:
    """R of a student drawn from all that agree with the n examples; the teacher is one of them, so that two students overlap as much.

    The replica-symmetric saddle point R/√(1 - R) = (α/π) ∫ e^{-R t²/2}/Φ(-√R t) Dt (Györgyi & Tishby 1990; Opper & Haussler 1991). The error tends to
    0.625/α.

    Raises:
        Problem: α of 0 or less, or above 10⁴.

    >>> round(gibbs_overlap(1.0), 4)
    0.4863
    """
    number(alpha=alpha)
    if not 0 < alpha <= 1e4:
        raise Problem(f"alpha: expected n/d above 0 and at most 10,000, got {alpha!r}.")

    return float(1 / (1 + np.exp(-cast(float, brentq(_missing, -30.0, 25.0, args=(alpha,), xtol=1e-12)))))


def bayes_overlap(alpha: float) -> float:
    """√R, R of `gibbs_overlap`: that of the mean of all students that agree, and the largest of all rules; the error tends to 0.442/α.

    >>> round(bayes_overlap(1.0), 4)
    0.6973
    """
    return float(np.sqrt(gibbs_overlap(alpha)))


def margin_overlap(alpha: Numbers) -> Overlaps:
    """R of the student of largest stability, the hard-margin support vector machine: `largest_margin` with a skew normal margin (Opper, Kinzel et al. 1990).

    M = ρ |u| + √(1 - ρ²) G has the density 2 φ(t) Φ(δ t), δ = ρ/√(1 - ρ²), so that E(κ - M)₊² is known in Owen's T.

    >>> margin_overlap(np.array([0.5, 5.0])).round(4).tolist()
    [0.5121, 0.9569]
    """

    def shortfall(margin: np.ndarray, overlap: np.ndarray) -> np.ndarray:
        side = np.sqrt(1 - overlap**2)
        skew = overlap / side
        density, scaled, both = np.exp(-(margin**2) / 2) / np.sqrt(2 * np.pi), ndtr(skew * margin), np.exp(-(margin**2) / (2 * side**2)) / np.pi
        below = ndtr(margin) - 2 * owens_t(margin, skew)
        first = -2 * density * scaled + 2 * overlap / np.sqrt(2 * np.pi) * ndtr(margin / side)
        second = -2 * margin * density * scaled + below - overlap * side * both
        return margin**2 * below - 2 * margin * first + second

    return largest_margin(shortfall, 1 / _alpha(alpha), np.sqrt(2 / np.pi)).overlap


def simulate_students(key: PRNGKeyArray, n: int, d: int, rule: Rule, *, repetitions: int = 1, steps: int = 100) -> Float[np.ndarray, " repetitions"]:
    """Overlaps of students that have learned n examples, inputs of N(0, I), labels the sign of the teacher's output.

    "bayes" is the posterior mean by approximate message passing, exact in the limit.

    Args:
        key: random key.
        n: examples.
        d: dimension.
        rule: one of "hebb", "least squares", "largest margin", "bayes".
        repetitions: training sets.
        steps: of message passing.

    Raises:
        Problem: an unknown rule, no examples, or message passing that has not converged.

    >>> simulate_students(jax.random.key(0), 157, 100, "hebb", repetitions=100).mean().round(1).item()
    0.7
    """
    whole(n=n, d=d, repetitions=repetitions)
    whole(1, steps=steps)
    if rule not in ("hebb", "least squares", "largest margin", "bayes") or not (n >= 1 and d >= 2 and repetitions >= 1):
        given = f"{rule!r}, {n!r}, {d!r}, {repetitions!r}"
        raise Problem(f"rule, n, d, repetitions: expected hebb, least squares, largest margin or bayes, n ≥ 1, d ≥ 2, at least 1; got {given}.")
    with jax.enable_x64(True):
        x = np.array(jax.random.normal(key, (repetitions, n, d)))
    x *= np.where(x[:, :, :1] >= 0, 1.0, -1.0)  # the teacher is the first axis; inputs times labels
    if rule == "hebb":
        w = x.sum(axis=1)
    elif rule == "least squares":
        w = np.linalg.pinv(x) @ np.ones(n)
    elif rule == "largest margin":
        w = separate(x)
    else:
        with jax.enable_x64(True):
            w, moved = (np.asarray(one) for one in _message_passing(jnp.asarray(x) / np.sqrt(d), steps))
        if not (worst := float(moved.max())) < 1e-3:
            raise Problem(f"steps: message passing still moves by {worst:.1e} a step. Take more than {steps}, or a larger dimension.")
    return w[:, 0] / np.linalg.norm(w, axis=1)


def _missing(logit: float, alpha: float) -> float:
    """The logarithm of the ratio of the two sides of the saddle point, at the overlap of that logit."""
    overlap = 1 / (1 + np.exp(-logit))
    width = np.sqrt(1 + overlap)  # t = u/width, so that e^{-R t²/2} e^{-t²/2} = e^{-u²/2}
    mean = WEIGHTS @ np.exp(-log_ndtr(-np.sqrt(overlap) * NODES / width)) / WEIGHTS.sum() / width
    return float(np.log(overlap) + 0.5 * np.log1p(np.exp(logit)) - np.log(alpha / np.pi * mean))


def _passes(x: Array, steps: int) -> tuple[Array, Array]:
    """Generalised approximate message passing for P(y x·w > 0) = 1, w ~ N(0, I): (posterior mean, relative change in the last step)."""

    def step(state: tuple[Array, Array, Array], _: None) -> tuple[tuple[Array, Array, Array], Array]:
        w, variance, g = state
        root = jnp.sqrt(variance)
        z = (x @ w - variance * g) / root
        new_g = jnp.exp(-(z**2) / 2 - jax.scipy.special.log_ndtr(z)) / jnp.sqrt(2 * jnp.pi) / root
        precision = jnp.mean(new_g * (z / root + new_g)) * len(x) / x.shape[1]
        g = 0.7 * new_g + 0.3 * g  # damped, as few dimensions may swing
        new = 0.7 * (w * precision + g @ x) / (1 + precision) + 0.3 * w
        return (new, 0.7 / (1 + precision) + 0.3 * variance, g), jnp.linalg.norm(new - w) / jnp.linalg.norm(new)

    (w, _, _), moved = jax.lax.scan(step, (jnp.zeros(x.shape[1]), jnp.ones(()), jnp.zeros(len(x))), None, length=steps)
    return w, moved[-1]


_message_passing = jax.jit(jax.vmap(_passes, (0, None)), static_argnums=1)


def _alpha(alpha: Numbers) -> np.ndarray:
    found = real_numbers("alpha", alpha)
    if not (found > 0).all():
        raise Problem(f"alpha: expected n/d above 0, got {alpha!r}.")
    return found
