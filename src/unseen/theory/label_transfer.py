"""What a student learns of a teacher's table of label probabilities from samples: hard labels, the probability of each sampled label, or all of them."""

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, fitting, whole

STUDENTS = ("hard", "naive", "partial", "full")
"""Minimisers of: cross-entropy of hard labels; of cross-entropy weighted by the sampled labels' probabilities; of their squared error of logits; of KL."""

Inputs = Float[np.ndarray, " s"]
Table = Float[np.ndarray, "s a"]


def halfway(inputs: int, labels: int) -> tuple[Inputs, Table]:
    """(ρ, π) of a teacher half uniform, half sure of label s mod labels; inputs uniform. Neither uniform nor sure, so that `naive` is biased.

    >>> halfway(2, 2)[1].tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """
    whole(inputs=inputs, labels=labels)
    _sizes(inputs, labels, 1)
    table = np.full((inputs, labels), 0.5 / labels)
    table[np.arange(inputs), np.arange(inputs) % labels] += 0.5
    return np.full(inputs, 1 / inputs), table


def nearly_uniform(inputs: int, labels: int, n: int) -> tuple[Inputs, Table]:
    """(ρ, π) that is hard to learn from n hard labels: π = (1 ± √(inputs labels/n)/4)/labels in turn; `labels` even.

    >>> nearly_uniform(1, 2, 32)[1].tolist()
    [[0.53125, 0.46875]]
    """
    whole(inputs=inputs, n=n)
    _sizes(inputs, labels, n)
    if labels % 2 or 16 * n < inputs * labels:
        raise Problem(f"labels, n: expected an even number of labels and n ≥ inputs labels/16, got {labels!r} and {n!r}.")
    signs = np.where(np.arange(labels) % 2, -0.25, 0.25) * np.sqrt(inputs * labels / n)
    return np.full(inputs, 1 / inputs), np.tile((1 + signs) / labels, (inputs, 1))


def rare_labels(inputs: int, labels: int, n: int) -> tuple[Inputs, Table]:
    """(ρ, π) that is hard to learn from n samples with their probabilities: every other label has inputs/(n + 1), so that about 1/e of them are never seen,
    the others 0, the last one the rest; `labels` odd.

    >>> rare_labels(1, 3, 9)[1].tolist()
    [[0.1, 0.0, 0.9]]
    """
    whole(inputs=inputs, labels=labels, n=n)
    _sizes(inputs, labels, n)
    if not labels % 2 or (labels - 1) / 2 * inputs > n + 1:
        raise Problem(f"labels, n: expected an odd number of labels and n + 1 ≥ inputs (labels - 1)/2, got {labels!r} and {n!r}.")
    row = np.where(np.arange(labels) % 2 == 0, inputs / (n + 1), 0.0)
    row[-1] = 1 - row[:-1].sum()
    return np.full(inputs, 1 / inputs), np.tile(row, (inputs, 1))


def rare_inputs(inputs: int, labels: int, n: int) -> tuple[Inputs, Table]:
    """(ρ, π) that is hard to learn even from whole rows: each input but the last has probability 1/(n + 1); labels as in `rare_labels`."""
    whole(labels=labels)
    whole(1, inputs=inputs, n=n)
    rho = np.full(inputs, 1 / (n + 1))
    rho[-1] = 1 - rho[:-1].sum()
    return rho, rare_labels(inputs, labels, n)[1]


def students(counts: Int[np.ndarray, "r s a"], table: Table) -> Float[np.ndarray, "r 4 s a"]:
    """The four students' tables from how often each pair was sampled, and, but for `hard`, from the teacher's probabilities of what was.

    hard: n_sa/n_s; naive: ∝ n_sa π_sa; partial: π_sa where seen, what is left spread evenly over the labels of s not seen; full: π_s. Inputs that were
    never seen get the uniform row. Zhao & Zhu (2023), arXiv 2310.07838, equations 3.3, 4.3, 4.7 and 5.2, and section 6.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> students(np.array([[[2, 1, 0]]]), np.array([[0.5, 0.3, 0.2]]))[0, :, 0].round(2).tolist()
    [[0.67, 0.33, 0.0], [0.77, 0.23, 0.0], [0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]
    """
    fitting(counts=(counts, "r s a"), table=(table, "s a"))
    seen, visited = counts > 0, counts.sum(axis=2, keepdims=True) > 0
    left, places = 1 - np.sum(seen * table, axis=2, keepdims=True), np.maximum(np.sum(~seen, axis=2, keepdims=True), 1)
    found = np.stack([_rows(counts), _rows(counts * table), np.where(seen, table, left / places), np.broadcast_to(table, counts.shape)], axis=1)
    return np.where(visited[:, None], found, 1 / table.shape[1])


def simulate_transfer(rng: np.random.Generator, rho: Inputs, table: Table, n: int, *, repetitions: int = 1) -> Float[np.ndarray, "r 4"]:
    """E_ρ TV(student, teacher) of the four students from n samples (s, a) ~ ρ × π, in [0, 1].

    Raises:
        Problem: ρ or a row of π that is no distribution, shapes that do not fit, or n below 1.

    >>> rho, table = halfway(20, 10)
    >>> simulate_transfer(np.random.default_rng(0), rho, table, 2000, repetitions=50).mean(axis=0).round(2).tolist()
    [0.1, 0.38, 0.0, 0.0]
    """
    whole(n=n)
    whole(1, repetitions=repetitions)
    inputs, labels = table.shape
    _sizes(inputs, labels, n)
    _distributions(rho, table, n)
    joint = (rho[:, None] * table).reshape(-1)
    counts = rng.multinomial(n, joint / joint.sum(), size=repetitions).reshape(repetitions, inputs, labels)
    return np.abs(students(counts, table) - table).sum(axis=3) @ rho / 2


def hard_error(rho: Inputs, table: Table, n: int) -> float:
    """The expected error of `hard` to leading order, Σ_s ρ_s Σ_a √(π_sa (1 - π_sa)/(2π ρ_s n)): for many samples of every pair.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> round(hard_error(*nearly_uniform(20, 10, 100_000), 100_000), 5)
    0.01693
    """
    _distributions(rho, table, n)
    return float(np.sum(np.sqrt(rho[:, None] * table * (1 - table) / (2 * np.pi * n))))


def naive_limit(rho: Inputs, table: Table) -> float:
    """The error of `naive` for n → ∞: it tends to π²/Σ_a π², which is π only where that is uniform (on some labels) or sure.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> round(naive_limit(*halfway(20, 10)), 4), naive_limit(np.ones(1), np.array([[0.5, 0.5]]))
    (0.3808, 0.0)
    """
    _distributions(rho, table)
    return float(np.abs(_rows(table**2) - table).sum(axis=1) @ rho / 2)


def full_error(rho: Inputs, table: Table, n: int) -> float:
    """The expected error of `full`, exactly: Σ_s ρ_s (1 - ρ_s)^n TV(uniform, π_s); only inputs never seen count.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> round(full_error(*rare_inputs(20, 11, 1000), 1000), 5)
    0.00565
    """
    _distributions(rho, table, n)
    return float((rho * (1 - rho) ** n) @ np.abs(table - 1 / table.shape[1]).sum(axis=1) / 2)


def _distributions(rho: np.ndarray, table: np.ndarray, n: int = 1) -> None:
    whole(n=n)
    fitting(rho=(rho, "s"), table=(table, "s a"))
    if min(np.min(rho), np.min(table)) < 0 or not np.allclose([np.sum(rho), *np.sum(table, axis=1)], 1):
        raise Problem(f"rho, table: expected probabilities [s] and [s, a] whose sums are 1, got shapes {np.shape(rho)} and {np.shape(table)}.")
    if not n >= 1:
        raise Problem(f"n: expected at least 1 sample, got {n!r}.")


def _rows(weights: np.ndarray) -> np.ndarray:
    total = weights.sum(axis=-1, keepdims=True)
    return np.divide(weights, total, out=np.zeros(weights.shape), where=total > 0)


def _sizes(inputs: int, labels: int, n: int) -> None:
    whole(labels=labels)
    if min(inputs, labels, n) < 1:
        raise Problem(f"inputs, labels, n: expected at least 1 each, got {inputs!r}, {labels!r} and {n!r}.")
