"""Whether a learner's risk can be told at all from what a bound is given: the training set, the hypothesis, perhaps the learner.

An estimator fails at accuracy ε where it is ε or more from the risk. Here are two families of (population, learner) pairs, in each of which two worlds show
the same training sets and hypotheses equally often and yet differ in risk, so that the failure rate of the *best* of all estimators is known; and simulators.
"""

import math

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.stats import binom

from unseen._problem import Problem, number, whole


def unseen_points(domain: int, n: int) -> Float[np.ndarray, " u"]:
    """P(u of the points of a domain are not among n uniform draws), u = 0..domain.

    >>> unseen_points(2, 2).tolist()
    [0.5, 0.5, 0.0]
    """
    whole(domain=domain, n=n)
    if domain < 1 or n < 0:
        raise Problem(f"domain, n: expected at least 1 point and 0 draws, got {domain!r} and {n!r}.")
    seen = np.zeros(domain + 1)
    seen[0] = 1.0
    share = np.arange(domain + 1) / domain
    for _ in range(n):
        seen = seen * share + np.concatenate([[0.0], seen[:-1] * (1 - share[:-1])])
    return seen[::-1]


def guessing_failure(domain: int, n: int, accuracy: float) -> float:
    """Least failure rate of estimators from (training set, hypothesis), for a class that shatters its domain and n noiseless uniform examples.

    A fair coin decides whether the labels of unseen points are those of the hypothesis (its learner knew them) or independent fair coins (it guessed).
    Given u unseen points the risk is 0 or Binomial(u, 1/2)/domain: 1 - Σ_u P(u) max_c P(|risk - c| < accuracy). About 1/2 where n is at most the domain's size.

    >>> round(guessing_failure(100, 50, 0.1), 3)
    0.498
    """
    whole(domain=domain, n=n)
    success, chance = _successes(domain, accuracy), unseen_points(domain, n)
    return 1.0 - math.fsum(chance[u] * success[u].max() for u in np.flatnonzero(chance > 1e-12))


def best_estimates(domain: int, accuracy: float) -> Float[np.ndarray, " u"]:
    """The best estimate c of the risk by the number of unseen points, 0..domain, in the family of `guessing_failure`.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> best_estimates(2, 0.1).tolist()
    [0.0, 0.0, 0.0]
    """
    whole(domain=domain)
    return np.array([one.argmax() for one in _successes(domain, accuracy)]) / (2 * domain)


def _successes(domain: int, accuracy: float) -> list[np.ndarray]:
    """P(|risk - c| < accuracy) for c = 0, 1/2, 1 … errors, by the number of unseen points."""
    number(accuracy=accuracy)
    if domain < 1:
        raise Problem(f"domain: expected at least 1 point, got {domain!r}.")
    if not 0 < accuracy < 1:
        raise Problem(f"accuracy: expected a distance of risks in (0, 1), got {accuracy!r}.")
    found = []
    for unseen in range(domain + 1):
        errors = np.arange(unseen + 1)
        mass = binom.pmf(errors, unseen, 0.5) / 2 + (errors == 0) / 2
        found.append((np.abs(np.arange(2 * unseen + 1)[:, None] / 2 - errors) < accuracy * domain - 1e-9) @ mass)
    return found


def simulate_guessing(
    rng: np.random.Generator, domain: int, n: int, *, repetitions: int
) -> tuple[Int[np.ndarray, "r d"], Bool[np.ndarray, "r d"], Bool[np.ndarray, " r"], Float[np.ndarray, " r"]]:
    """(how often each point was drawn, the hypothesis, whether its learner knew, its risk), of the family of `guessing_failure`.

    >>> counts, _, knew, risk = simulate_guessing(np.random.default_rng(0), 4, 2, repetitions=3)
    >>> counts.sum(axis=1).tolist(), bool((risk[knew] == 0).all())
    ([2, 2, 2], True)
    """
    whole(1, domain=domain, repetitions=repetitions)
    whole(0, n=n)
    counts = rng.multinomial(n, np.full(domain, 1 / domain), size=repetitions)
    hypothesis, knew = rng.random((repetitions, domain)) < 0.5, rng.random(repetitions) < 0.5
    wrong = (rng.random((repetitions, domain)) < 0.5) & (counts == 0) & ~knew[:, None]
    return counts, hypothesis, knew, wrong.mean(axis=1)


def corank(n: int, q: int = 2) -> Float[np.ndarray, " k"]:
    """P(n - rank = k), k = 0..n, of a uniform n × n matrix over the field of q elements; a new row lies in the span of r others with chance q^{r-n}.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> corank(1).tolist()
    [0.5, 0.5]
    """
    whole(n=n, q=q)
    _prime(q)
    if n < 0:
        raise Problem(f"n: expected at least 0 examples, got {n!r}.")
    rank = np.zeros(n + 1)
    rank[0] = 1.0
    inside = float(q) ** (np.arange(n + 1) - n)
    for _ in range(n):
        rank = rank * inside + np.concatenate([[0.0], rank[:-1] * (1 - inside[:-1])])
    return rank[::-1]


def _prime(q: int) -> None:
    if q < 2 or any(q % divisor == 0 for divisor in range(2, math.isqrt(q) + 1)):
        raise Problem(f"q: expected a prime number of elements, got {q!r}.")


def linear_failure(n: int, q: int = 2) -> float:
    """Least failure rate of estimators that know the learner too, for linear functions of many variables over a field of q elements and n uniform examples.

    The learner prefers functions of the first n variables; a fair coin decides whether the truth is one of these or any function. E[q^{-k}]/2, with k the
    corank of the examples' first n variables, for accuracies up to (1 - 1/q)/2: it grows to 1/2 with q.

    >>> round(linear_failure(20), 3), round(linear_failure(20, q=101), 3)
    (0.305, 0.495)
    """
    whole(n=n, q=q)
    return float(corank(n, q) @ float(q) ** -np.arange(n + 1)) / 2


def random_solutions(
    rng: np.random.Generator, matrices: Int[np.ndarray, "r n m"], targets: Int[np.ndarray, "r n"], q: int
) -> tuple[Int[np.ndarray, "r m"], Bool[np.ndarray, " r"], Int[np.ndarray, " r"]]:
    """(a uniform solution x of A x = b over the field of q elements, whether there is one, the rank of A), for each of r systems; by elimination.

    >>> random_solutions(np.random.default_rng(0), np.array([[[2]]]), np.array([[1]]), 3)[0]
    array([[2]])
    """
    whole(q=q)
    _prime(q)
    r, n, m = matrices.shape
    table, inverse = np.concatenate([matrices, targets[..., None]], axis=2) % q, np.array([pow(i, -1, q) if i else 0 for i in range(q)])
    rank, pivots, every = np.zeros(r, int), np.full((r, m), -1), np.arange(r)
    for column in range(m):
        open_rows = (np.arange(n) >= rank[:, None]) & (table[:, :, column] != 0)
        found, row = open_rows.any(axis=1), open_rows.argmax(axis=1)
        i, at, first = every[found], row[found], rank[found]
        table[i, at], table[i, first] = table[i, first].copy(), table[i, at].copy()
        table[i, first] = table[i, first] * inverse[table[i, first, column]][:, None] % q
        factor = table[i, :, column].copy()
        factor[np.arange(len(i)), first] = 0
        table[i] = (table[i] - factor[..., None] * table[i, first][:, None]) % q
        pivots[i, column] = first
        rank = rank + found
    solvable = ~((np.arange(n) >= rank[:, None]) & (table[:, :, m] != 0)).any(axis=1)
    x = np.where(pivots < 0, rng.integers(q, size=(r, m)), 0)
    rest = (table[:, :, m] - np.einsum("rnm,rm->rn", table[:, :, :m], x)) % q
    return np.where(pivots < 0, x, np.take_along_axis(rest, np.maximum(pivots, 0), axis=1)), solvable, rank


def simulate_linear(
    rng: np.random.Generator, variables: int, n: int, q: int = 2, *, biased: bool = True, repetitions: int
) -> tuple[Int[np.ndarray, " r"], Bool[np.ndarray, " r"], Float[np.ndarray, " r"]]:
    """(k, whether a function of the first n variables fits, the risk), of the family of `linear_failure`; without bias the learner takes any that fits.

    >>> k, fits, risk = simulate_linear(np.random.default_rng(0), 6, 3, repetitions=100)
    >>> k.shape, set(risk.tolist()) <= {0.0, 0.5}
    ((100,), True)
    """
    whole(1, variables=variables, n=n, repetitions=repetitions)
    whole(2, q=q)
    x = rng.integers(q, size=(repetitions, n, variables))
    truth = rng.integers(q, size=(repetitions, variables))
    truth[rng.random(repetitions) < 0.5, n:] = 0
    y = np.einsum("rnv,rv->rn", x, truth) % q
    few, fits, rank = random_solutions(rng, x[:, :, :n], y, q)
    learned, _, _ = random_solutions(rng, x, y, q)
    if biased:
        learned[fits] = np.concatenate([few, np.zeros((repetitions, variables - n), int)], axis=1)[fits]
    return n - rank, fits, np.where((learned == truth).all(axis=1), 0.0, 1 - 1 / q)
