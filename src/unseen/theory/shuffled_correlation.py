"""Whether two databases are correlated when it is hidden which row belongs to which: what any test can do, some tests, and the sampling."""

import itertools

import numpy as np
from jaxtyping import Float
from scipy.optimize import linear_sum_assignment
from scipy.special import logsumexp

from unseen._problem import Problem, fitting, number, whole


def second_moment(rho: float, d: int, n: int | None = None) -> float:
    """E₀ L² of the likelihood ratio L between "some hidden permutation of the rows correlates them" and "independent"; n = None is n → ∞.

    A cycle of length k of a permutation brings a_k = (1 - ρ^2k)^-d, and the mean over permutations of n is the coefficient of z^n in exp Σ_k a_k z^k/k:
    E_n = (1/n) Σ_(k=1)^n a_k E_(n-k). For n → ∞ it tends to exp Σ_k (a_k - 1)/k, which is finite for every ρ < 1 at fixed d, and
    exp(e^c - 1) for d → ∞ at c = ρ² d: so no test is sure at fixed d, and none is better than chance as c → 0, whatever n.

    Args:
        rho: correlation of two features of one user, between -1 and 1, those excluded.
        d: features, at least 1.
        n: users, at least 1.

    Raises:
        Problem: numbers out of range.

    >>> round(second_moment(0.6, 1, 1), 6), round(second_moment(0.01, 1000), 4)
    (1.5625, 1.1109)
    """
    _check(rho, d, 1 if n is None else n)
    with np.errstate(over="ignore"):
        if n is None:
            k = np.arange(1, 2 + int(np.ceil(-45 / np.log(max(rho**2, 1e-300)))))  # beyond, ρ^2k counts for nothing
            return float(np.exp(np.sum(np.expm1(-d * np.log1p(-(rho ** (2 * k)))) / k)))
        whole(n=n)
        k = np.arange(1, n + 1)
        cycles = np.exp(-d * np.log1p(-(rho ** (2.0 * k))))
        moments = np.ones(n + 1)
        for size in range(1, n + 1):
            moments[size] = cycles[:size] @ moments[:size][::-1] / size
        return float(moments[n])


def highest_auc(moment: float) -> float:
    """No test whose likelihood ratio has the second moment M has a larger area under its curve: 1 - (1 - V)²/2, V = min(√(M - 1)/2, √(1 - 1/M)).

    V bounds the distance in total variation (Cauchy-Schwarz; Bretagnolle-Huber with KL ≤ ln M), and the power exceeds the level by at most V.

    >>> highest_auc(1.0), round(highest_auc(1.01), 4)
    (0.5, 0.5488)
    """
    number(moment=moment)
    if not moment >= 1 - 1e-9:
        raise Problem(f"moment: expected at least 1, got {moment!r}.")
    moment = max(moment, 1.0)
    variation = min(np.sqrt(moment - 1) / 2, np.sqrt(1 - 1 / moment))
    return float(1 - (1 - variation) ** 2 / 2)


def sum_test_auc(rho: float, d: int) -> float:
    """P(T₁ > T₀) of the sum test T = Σ_kl (X Yᵀ)_kl with correlated and with independent databases: the same for every number of users.

    T/n = Σ_j g_j h_j over the d features, of standard normals with correlation ρ (or none), as column sums do not see the order of rows. Integral of the
    characteristic function of T₁ - T₀, ((1 - 2itρ + t²(1 - ρ²))(1 + t²))^(-d/2); about Φ(ρ √(d/(2 + ρ²))) for many features.

    >>> round(sum_test_auc(0.1, 100), 4), round(sum_test_auc(0.5, 1), 4)
    (0.7598, 0.627)
    """
    _check(rho, d, 1)

    step = 0.02
    t = np.exp(np.arange(-30, 25, step))  # ∫ Im φ(t)/t dt = ∫ Im φ(e^v) dv, a smooth function that vanishes at both ends
    phi = np.exp(-d / 2 * np.log((1 - 2j * t * rho + t**2 * (1 - rho**2)) * (1 + t**2)))
    return float(0.5 + step * np.imag(phi).sum() / np.pi)


def simulate_databases(
    rng: np.random.Generator, n: int, d: int, rho: float, *, repetitions: int = 1, shuffled: bool = True
) -> tuple[Float[np.ndarray, "r n d"], Float[np.ndarray, "r n d"]]:
    """X, Y of n users with d standard normal features, of correlation ρ between a user's two rows; Y's rows are in random order if `shuffled`.

    >>> x, y = simulate_databases(np.random.default_rng(0), 1000, 3, 0.5, shuffled=False)
    >>> float((x * y).mean().round(1))
    0.5
    """
    whole(n=n, d=d)
    whole(1, repetitions=repetitions)
    _check(rho, d, n)
    x, noise = rng.standard_normal((2, repetitions, n, d))
    y = rho * x + np.sqrt(1 - rho**2) * noise
    if shuffled:
        order = rng.permuted(np.tile(np.arange(n), (repetitions, 1)), axis=1)
        y = np.take_along_axis(y, order[:, :, None], axis=1)
    return x, y


def sum_statistic(x: Float[np.ndarray, "r n d"], y: Float[np.ndarray, "r n d"]) -> Float[np.ndarray, " r"]:
    """Sum of all entries of X Yᵀ."""
    return np.sum(x.sum(axis=1) * y.sum(axis=1), axis=1)


def matching_statistic(x: Float[np.ndarray, "r n d"], y: Float[np.ndarray, "r n d"]) -> Float[np.ndarray, " r"]:
    """Largest Σ_i x_i·y_σ(i) over permutations σ: the likelihood of the best one."""
    products = x @ np.swapaxes(y, 1, 2)
    return np.array([one[linear_sum_assignment(one, maximize=True)].sum() for one in products])


def likelihood_ratio(x: Float[np.ndarray, "r n d"], y: Float[np.ndarray, "r n d"], rho: float) -> Float[np.ndarray, " r"]:
    """The logarithm of L, by which the most powerful test decides; all n! permutations are gone through, so n is at most 8.

    Raises:
        Problem: more than 8 users.

    >>> x = np.zeros((1, 2, 1))
    >>> likelihood_ratio(x, x, 0.6).round(6).tolist()  # -ln(1 - 0.36)
    [0.446287]
    """
    fitting(x=(x, "r n d"), y=(y, "r n d"))
    n, d = x.shape[1:]
    _check(rho, d, n)
    if n > 8:
        raise Problem(f"x: expected at most 8 users, got {n}: there are too many permutations.")
    products = rho / (1 - rho**2) * (x @ np.swapaxes(y, 1, 2))
    orders = np.array(list(itertools.permutations(range(n))))
    matched = products[:, np.arange(n), orders].sum(axis=2)  # [repetitions, permutations]
    norms = np.sum(x**2, axis=(1, 2)) + np.sum(y**2, axis=(1, 2))
    return logsumexp(matched, axis=1) - np.log(len(orders)) - n * d / 2 * np.log1p(-(rho**2)) - rho**2 / (2 * (1 - rho**2)) * norms


def _check(rho: float, d: int, n: int) -> None:
    whole(d=d, n=n)
    number(rho=rho)
    if not -1 < rho < 1:
        raise Problem(f"rho: expected a correlation between -1 and 1, those excluded, got {rho!r}.")
    if not (1 <= d < np.inf and 1 <= n < np.inf):
        raise Problem(f"d, n: expected at least 1 feature and 1 user, got {d!r} and {n!r}.")
