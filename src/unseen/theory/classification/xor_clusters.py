"""Four Gaussian clusters labelled like XOR, with flipped labels: how well the first step of gradient descent fits and generalizes, and what is best."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.special import ndtr

from unseen._problem import Problem, number, whole
from unseen.theory._search import integral


class Fit(NamedTuple):
    """Chances of being right; `test` on new examples with labels that are not flipped.

    Attributes:
        train_linear: of w = Σ y x on the training set, flipped labels and others alike.
        test_linear: on the test set.
        test_quadratic: of f(x) = Σ_j y_j (x_j·x)² on the test set.
    """

    train_linear: float
    test_linear: float
    test_quadratic: float


def averaged(norm: float, n: int, p: int, flip_rate: float = 0.0) -> Fit:
    """What one large step from small weights does: the linear part Σ y_j x_j·x, which remembers, and the quadratic one Σ y_j (x_j·x)², which generalizes.

    y_i Σ_j y_j x_j·x_i is about N(p + ‖μ‖², 2p + 4‖μ‖² + (n - 1)(p + 2‖μ‖² + ‖μ‖⁴/2)), so that training labels are fitted once p ≫ √n (√p + ‖μ‖²), wrong
    ones too, while classes have the same mean, 0: a linear classifier is at chance. With c = 1 - 2 flip_rate and P = p + ‖μ‖² the quadratic one is about
    (n c/2) ((x·μ₁)² - (x·μ₂)²) + N(0, n (3 P² + 3 P ‖μ‖⁴ + ‖μ‖⁸/2 - (c ‖μ‖⁴/2)²)), and (x·μ₁)² - (x·μ₂)² = ‖μ‖² a b for class 1, a and b of N(‖μ‖, 2)
    independently; so its error falls to `best_error`. Derived here for n, p large; the setting of Xu, Wang, Frei, Vardi & Hu (2024),
    arXiv 2310.02541, whose networks do the former after one step and the latter later.

    Args:
        norm: ‖μ‖ of the four centres ±μ₁, ±μ₂, above 0.
        n: examples.
        p: dimension, at least 2.
        flip_rate: chance that a training label is wrong, in [0, 1/2].

    Raises:
        Problem: numbers out of range.

    >>> [round(one, 3) for one in averaged(norm=20.0, n=100, p=8000)]
    [0.998, 0.5, 1.0]
    """
    _check(norm, n, p, flip_rate)
    square, clean = norm**2, 1 - 2 * flip_rate
    deviation = np.sqrt(2 * p + 4 * square + (n - 1) * (p + 2 * square + square**2 / 2))
    long = p + square
    noise = np.sqrt(n * (3 * long**2 + 3 * long * square**2 + square**4 / 2 - (clean * square**2 / 2) ** 2))
    steep = n * clean * square / 2 / noise
    right = sum(integral(lambda a: _given(a, norm, steep), *ends) for ends in ((norm - 15, 0.0), (0.0, norm + 15)) if ends[0] < ends[1])
    return Fit(float(ndtr(long / deviation)), 0.5, right)


def best_error(norm: float) -> float:
    """2 Φ(‖μ‖/√2) Φ(-‖μ‖/√2): the error of sign(|x·μ₁| - |x·μ₂|), which no classifier falls below, as (x·μ₁)² - (x·μ₂)² has two independent factors.

    Raises `Problem` for a norm below 0.

    >>> best_error(0.0), round(best_error(2.0), 4)
    (0.5, 0.1449)
    """
    number(norm=norm)
    if not 0 <= norm < np.inf:
        raise Problem(f"norm: expected at least 0, got {norm!r}.")
    return float(2 * ndtr(norm / np.sqrt(2)) * ndtr(-norm / np.sqrt(2)))


def simulate_averaged(
    key: PRNGKeyArray, norm: float, n: int, p: int, flip_rate: float = 0.0, *, test: int = 200, repetitions: int = 1
) -> Float[np.ndarray, "repetitions three"]:
    """The shares of `Fit`, measured, [repetitions, 3]; arguments as of `averaged`, `test` the number of new examples.

    >>> simulate_averaged(jax.random.key(0), 12.0, 40, 2000, repetitions=8).mean(axis=0).round(1).tolist()
    [1.0, 0.5, 1.0]
    """
    whole(n=n, p=p, test=test, repetitions=repetitions)
    _check(norm, n, p, flip_rate)
    if not (test >= 1 and repetitions >= 1):
        raise Problem(f"test, repetitions: expected at least 1, got {test!r} and {repetitions!r}.")
    return np.asarray(_shares(jax.random.split(key, repetitions), norm, flip_rate, n, p, test), float)


def _one(key: Array, norm: float, flip_rate: float, n: int, p: int, test: int) -> Array:
    which, noise, flips = jax.random.split(key, 3)
    cluster = jax.random.randint(which, (n + test,), 0, 4)
    x = jax.random.normal(noise, (n + test, p)).at[jnp.arange(n + test), cluster // 2].add(norm * (1 - 2 * (cluster % 2)))
    y = jnp.where(cluster < 2, 1.0, -1.0)
    told = jnp.where(jax.random.bernoulli(flips, flip_rate, (n,)), -y[:n], y[:n])
    inner = x @ x[:n].T
    linear, quadratic = inner @ told, inner[n:] ** 2 @ told
    return jnp.stack([jnp.mean(linear[:n] * told > 0), jnp.mean(linear[n:] * y[n:] > 0), jnp.mean(quadratic * y[n:] > 0)])


_shares = jax.jit(
    lambda keys, norm, flip_rate, n, p, test: jax.lax.map(lambda key: _one(key, norm, flip_rate, n, p, test), keys, batch_size=4), static_argnums=(3, 4, 5)
)


def _given(a: float, norm: float, steep: float) -> float:
    """Density of a ~ N(norm, 2) times E Φ(steep a b), b another such number."""
    return np.exp(-((a - norm) ** 2) / 4) / np.sqrt(4 * np.pi) * ndtr(steep * a * norm / np.sqrt(1 + 2 * (steep * a) ** 2))


def _check(norm: float, n: int, p: int, flip_rate: float) -> None:
    whole(n=n, p=p)
    number(norm=norm, flip_rate=flip_rate)
    if not (np.isfinite(norm) and norm > 0 and 1 <= n < np.inf and 2 <= p < np.inf):
        raise Problem(f"norm, n, p: expected above 0, at least 1 and at least 2, got {norm!r}, {n!r}, {p!r}.")
    if not 0 <= flip_rate <= 0.5:
        raise Problem(f"flip_rate: expected a chance in [0, 1/2], got {flip_rate!r}.")
