"""Functional Bayesian Tucker decomposition (Fang et al. 2024): a tensor whose indices are real numbers, its factors Gaussian processes of them.

y = Σ_r W[r_1 … r_K] u¹_{r_1}(i_1) … u^K_{r_K}(i_K) + noise, every u a Matérn process with ν = 3/2, W normal, the noise's precision gamma. A posterior that
factorises over modes, core and noise is found by cyclic updates; each mode's takes one Kalman pass over its sites, so that time grows as sites and entries.
"""

from collections.abc import Iterable
from functools import reduce
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting, whole

Moments = tuple[np.ndarray, np.ndarray]  # a mean and a second moment, or a mean and a covariance
START, VAGUE = 10.0, 1e-3  # precision of the noise in the first rounds; shape and rate of its prior


class Tucker(NamedTuple):
    """What was found.

    Attributes:
        mean: of the entries asked for [asked].
        factors: posterior means of each mode's functions at its sites [sites, rank], and their sites, increasing.
        core: posterior mean of W, shape (rank, …).
        noise: standard deviation of the noise.
        moved: by how much of itself the last round changed it: near 0 once rounds have settled.
    """

    mean: Float[np.ndarray, " asked"]
    factors: list[tuple[Float[np.ndarray, " sites"], Float[np.ndarray, "sites rank"]]]
    core: Float[np.ndarray, "..."]
    noise: float
    moved: float


def smooth(
    sites: Float[np.ndarray, " n"], precision: Float[np.ndarray, "n r r"], information: Float[np.ndarray, "n r"], length: float
) -> tuple[Float[np.ndarray, "n r"], Float[np.ndarray, "n r r"]]:
    """Posterior means and covariances of r independent Matérn-3/2 processes of variance 1, seen at increasing sites by Gaussian factors.

    A factor is exp(-u'Λu/2 + η'u) with Λ = `precision`, η = `information`, 0 where nothing is seen. Kalman filter and Rauch–Tung–Striebel smoother over the
    state (u, u'), exact, in time linear in n.

    Raises:
        Problem: sites that do not increase.

    >>> mean, covariance = smooth(np.array([0.0, 9.0]), np.array([[[3.0]], [[0.0]]]), np.array([[3.0], [0.0]]), length=1.0)
    >>> mean.round(3).ravel(), covariance.round(3).ravel()  # the prior alone weighs 1 against 3; far away nothing is known
    (array([0.75, 0.  ]), array([0.25, 1.  ]))
    """
    fitting(sites=(sites, "n"), precision=(precision, "n r r"), information=(information, "n r"), length=(length, ""))
    if not length > 0:
        raise Problem(f"length: expected a number above 0, got {length!r}.")
    if not (np.diff(sites) > 0).all():
        raise Problem("sites: expected increasing numbers, each once. Gather the factors of one site first.")
    rank, rate = information.shape[1], np.sqrt(3) / length
    stationary = np.kron(np.eye(rank), np.diag([1.0, rate**2]))
    seen = np.kron(np.eye(rank), np.array([[1.0, 0.0]]))
    means, covariances, predicted, moves = [], [], [], []
    mean, covariance = np.zeros(2 * rank), stationary
    for i, gap in enumerate(np.diff(sites, prepend=sites[0])):
        move = np.kron(np.eye(rank), np.exp(-rate * gap) * np.array([[1 + rate * gap, gap], [-(rate**2) * gap, 1 - rate * gap]]))
        if i:
            mean, covariance = move @ mean, stationary + move @ (covariance - stationary) @ move.T
        predicted.append((mean, covariance))
        moves.append(move)
        spread = covariance @ seen.T
        gain = spread @ np.linalg.inv(np.eye(rank) + precision[i] @ (seen @ spread))
        mean, covariance = mean + gain @ (information[i] - precision[i] @ (seen @ mean)), covariance - gain @ precision[i] @ spread.T
        covariance = (covariance + covariance.T) / 2  # else rounding grows along dense sites
        means.append(mean)
        covariances.append(covariance)
    for i in range(len(sites) - 2, -1, -1):
        ahead, wide = predicted[i + 1]
        back = np.linalg.solve(wide, moves[i + 1] @ covariances[i]).T
        means[i] = means[i] + back @ (means[i + 1] - ahead)
        covariances[i] = covariances[i] + back @ (covariances[i + 1] - wide) @ back.T
    return np.array(means)[:, ::2], np.array(covariances)[:, ::2, ::2]


def functional_tucker(
    indices: Float[np.ndarray, "entries modes"],
    y: Float[np.ndarray, " entries"],
    asked: Float[np.ndarray, "asked modes"],
    rng: np.random.Generator,
    *,
    rank: int = 2,
    length: float = 0.2,
    iterations: int = 30,
) -> Tucker:
    """Entries of a tensor at the indices `asked`, seen or unseen, from some noisy ones. Give y a variance of about 1.

    Rounds start from functions drawn at random, the noise held at a tenth of the variance for the first third: else everything is taken for noise. The
    optimum is a local one: choose among several by the noise found.

    Args:
        indices: where the entries stand, a real number for each mode.
        y: the entries.
        asked: where to predict.
        rng: for the start.
        rank: functions of each mode.
        length: of the Matérn processes, in units of the indices.
        iterations: rounds over modes, core and noise.

    Raises:
        Problem: shapes that do not fit.

    >>> rng = np.random.default_rng(0)
    >>> indices = rng.uniform(size=(200, 2))
    >>> found = functional_tucker(indices, np.sin(4 * indices[:, 0]) * indices[:, 1], np.array([[0.4, 0.5]]), rng, rank=1)
    >>> bool(abs(found.mean[0] - 0.5 * np.sin(1.6)) < 0.05)
    True
    """
    whole(rank=rank, iterations=iterations)
    fitting(indices=(indices, "n k"), y=(y, "n"), asked=(asked, "m k"), length=(length, ""))
    modes = indices.shape[1]
    if rank < 1 or iterations < 1:
        raise Problem(f"rank, iterations: expected at least 1 each, got {rank!r} and {iterations!r}.")
    if y.shape != indices.shape[:1] or asked.shape[1:] != (modes,):
        raise Problem(f"indices, y, asked: expected [n, k], [n] and [m, k], got shapes {indices.shape}, {y.shape} and {asked.shape}.")
    sites, where = zip(*(np.unique(column, return_inverse=True) for column in indices.T), strict=True)
    rough = [smooth(one, np.tile(np.eye(rank), (len(one), 1, 1)), rng.normal(size=(len(one), rank)), length)[0] for one in sites]
    before = START
    factors = [(one / np.maximum(one.std(axis=0), 1e-9), np.zeros((len(one), rank, rank))) for one in rough]
    core, precision = rng.normal(size=rank**modes), START
    core_square = np.outer(core, core)
    seen = [_moments(factor, place) for factor, place in zip(factors, where, strict=True)]
    messages = [(np.zeros((len(one), rank, rank)), np.zeros((len(one), rank))) for one in sites]
    for done in range(iterations):
        for k in range(modes):
            messages[k] = _message(k, seen, (core, core_square), (where[k], len(sites[k])), y, precision)
            factors[k] = smooth(sites[k], *messages[k], length)
            seen[k] = _moments(factors[k], where[k])
        mean, square = _product(one for one, _ in seen), _product_square(one for _, one in seen)
        spread = np.linalg.inv(np.eye(rank**modes) + precision * square.sum(axis=0))
        core = precision * spread @ (mean.T @ y)
        core_square = spread + np.outer(core, core)
        misfit = y @ y - 2 * y @ (mean @ core) + np.sum(square.sum(axis=0) * core_square)
        if done >= iterations // 3:
            before, precision = precision, (VAGUE + len(y) / 2) / (VAGUE + max(misfit, 0.0) / 2)
    there = [_elsewhere(sites[k], messages[k], asked[:, k], length) for k in range(modes)]
    found = [(one, factor[0]) for one, factor in zip(sites, factors, strict=True)]
    return Tucker(_product(there) @ core, found, core.reshape((rank,) * modes), float(precision**-0.5), float(abs(np.sqrt(before / precision) - 1)))


def _elsewhere(sites: np.ndarray, messages: Moments, asked: np.ndarray, length: float) -> np.ndarray:
    """Posterior means at the sites asked for: unseen ones join the chain with factors that say nothing."""
    whole = np.union1d(sites, asked)
    joined = [np.zeros((len(whole), *one.shape[1:])) for one in messages]
    for one, message in zip(joined, messages, strict=True):
        one[np.searchsorted(whole, sites)] = message
    return smooth(whole, joined[0], joined[1], length)[0][np.searchsorted(whole, asked)]


def _message(k: int, seen: list[Moments], core: Moments, where: tuple[np.ndarray, int], y: np.ndarray, precision: float) -> Moments:
    """What the entries say of mode k, gathered at its sites, `where` of so many: (Λ, η)."""
    rank, modes = seen[0][0].shape[1], len(seen)
    mean = _product(one for j, (one, _) in enumerate(seen) if j != k) if modes > 1 else np.ones((len(y), 1))
    square = _product_square(one for j, (_, one) in enumerate(seen) if j != k) if modes > 1 else np.ones((len(y), 1, 1))
    unfolded = np.moveaxis(core[0].reshape((rank,) * modes), k, 0).reshape(rank, -1)
    doubled = np.moveaxis(core[1].reshape((rank,) * 2 * modes), (k, modes + k), (0, 1)).reshape(rank, rank, rank ** (modes - 1), -1)
    found = np.zeros((where[1], rank, rank)), np.zeros((where[1], rank))
    np.add.at(found[0], where[0], precision * np.einsum("rspq,npq->nrs", doubled, square))
    np.add.at(found[1], where[0], precision * y[:, None] * (mean @ unfolded.T))
    return found


def _moments(factor: Moments, place: np.ndarray) -> Moments:
    """Mean and second moment at the site of each entry, from means and covariances of all sites."""
    mean, spread = factor[0][place], factor[1][place]
    return mean, spread + mean[:, :, None] * mean[:, None, :]


def _product(means: Iterable[np.ndarray]) -> np.ndarray:
    """Kronecker products of [n, a], [n, b] …, entry by entry."""
    return reduce(lambda a, b: (a[:, :, None] * b[:, None, :]).reshape(len(a), -1), means)


def _product_square(squares: Iterable[np.ndarray]) -> np.ndarray:
    """Kronecker products of [n, a, a], [n, b, b] …, entry by entry."""
    return reduce(lambda a, b: np.einsum("nac,nbd->nabcd", a, b).reshape(len(a), a.shape[1] * b.shape[1], -1), squares)
