"""Facts that nobody can guess, and learners that have seen some: what they make up, how calibrated they are, and how little a calibrated one can make up."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, fitting, number, whole

LEARNERS = ("frequencies", "good_turing", "half_cautious", "discounting", "calibrated")
"""What `simulate_learners` compares, in its order."""

Facts = Float[np.ndarray, " facts"]
Counts = Int[np.ndarray, " facts"]


class Learned(NamedTuple):
    """A learner's probabilities.

    Attributes:
        facts: of each true statement.
        falsehood: of each false but plausible one; none was ever seen, so that no learner can tell them apart.
    """

    facts: Facts
    falsehood: float


def zipf_facts(facts: int, exponent: float) -> Facts:
    """Probabilities ∝ 1/rank^exponent of true statements; 0: all alike.

    >>> zipf_facts(2, 1.0).round(3).tolist()
    [0.667, 0.333]
    """
    number(exponent=exponent)
    whole(facts=facts)
    if facts < 1 or not exponent >= 0:
        raise Problem(f"facts, exponent: expected at least 1 fact and an exponent of at least 0, got {facts!r} and {exponent!r}.")
    weights = np.arange(1, facts + 1.0) ** -exponent
    return weights / weights.sum()


def monofact_rate(counts: Counts) -> float:
    """Share of training statements that were met exactly once, N₁/n: Good and Turing's estimate of the probability of what was never met.

    >>> monofact_rate(np.array([3, 1, 0, 1, 0]))
    0.4
    """
    return float(np.sum(counts == 1) / _total(counts))


def expected_monofact_rate(p: Facts, n: int) -> float:
    """Σ p (1 - p)^(n-1): of n training statements, the share met exactly once, in expectation.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> expected_monofact_rate(np.array([0.5, 0.5]), 2)
    0.5
    """
    whole(1, n=n)
    fitting(p=(p, "facts"), n=(n, ""))
    return float(p @ (1 - p) ** (n - 1))


def frequencies(counts: Counts) -> Learned:
    """c/n: never says what it has not met.

    >>> frequencies(np.array([3, 1, 0])).facts.tolist()
    [0.75, 0.25, 0.0]
    """
    return Learned(counts / _total(counts), 0.0)


def good_turing(counts: Counts, falsehoods: int, cutoff: int = 10) -> Learned:
    """Statements met c < `cutoff` times share (c + 1) N_{c+1}/n, so that those never met have N₁/n; the others share what is left, in proportion to c.

    `falsehoods`, here and below, are those that the learner cannot rule out. Good (1953); the cutoff, beyond which counts speak for themselves, as by
    Katz (1987). A class without members leaves its share to the others.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> good_turing(np.array([1, 1, 2, 0]), 1)
    Learned(facts=array([0.25, 0.25, 0.  , 0.25]), falsehood=0.25)
    """
    whole(0, falsehoods=falsehoods)
    whole(1, cutoff=cutoff)
    fitting(counts=(counts, "facts"), falsehoods=(falsehoods, ""))
    n = _total(counts)
    tops = np.arange(min(cutoff, counts.max() + 1))
    members = np.array([np.sum(counts == c) for c in tops]) + falsehoods * (tops == 0)
    shares = np.where(members, [(c + 1) * np.sum(counts == c + 1) / n for c in tops], 0.0)
    each = shares / np.maximum(members, 1)
    often = counts >= cutoff
    left = np.sum(counts, where=counts > cutoff) / n
    probabilities = np.where(often, counts * (left / max(np.sum(counts, where=often), 1)), each[np.minimum(counts, len(tops) - 1)])
    total = probabilities.sum() + falsehoods * each[0]
    return Learned(probabilities / total, float(each[0] / total))


def discounting(counts: Counts, falsehoods: int, discount: float = 0.5) -> Learned:
    """(c - discount)/n for what was met; what this frees is spread over what was not. Absolute discounting (Ney, Essen & Kneser 1994).

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> discounting(np.array([3, 1, 0]), 3)
    Learned(facts=array([0.625 , 0.125 , 0.0625]), falsehood=0.0625)
    """
    whole(0, falsehoods=falsehoods)
    fitting(counts=(counts, "facts"), falsehoods=(falsehoods, ""), discount=(discount, ""))
    n, met = _total(counts), counts > 0
    unmet = np.sum(~met) + falsehoods
    kept = np.where(met, counts - discount * bool(unmet), 0.0) / n
    each = float(discount * np.sum(met) / n / max(unmet, 1))
    return Learned(np.where(met, kept, each), each if falsehoods else 0.0)


def calibrated(counts: Counts, falsehoods: int, p: Facts) -> Learned:
    """The exactly calibrated learner: statements met equally often share their true probability evenly. It needs to be told that sum of p.

    It makes up what was not met, close to the monofact rate: the floor below is reached, as Kalai & Vempala (2024) show in section 7 (with another learner).

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> calibrated(np.array([1, 1, 0]), 4, np.array([0.5, 0.3, 0.2])).facts.round(2).tolist()
    [0.4, 0.4, 0.04]
    """
    whole(0, falsehoods=falsehoods)
    _total(counts)
    fitting(counts=(counts, "facts"), falsehoods=(falsehoods, ""), p=(p, "facts"))
    mass, members = np.bincount(counts, weights=p), np.bincount(counts)
    members[0] += falsehoods
    each = mass / np.maximum(members, 1)
    return Learned(each[counts], float(each[0]) if falsehoods else 0.0)


def cautious(learned: Learned, counts: Counts, falsehoods: int, kept: float) -> Learned:
    """The same learner after it was taught to say what it has not met `kept` times as often; the rest goes to what it has, in proportion.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> cautious(Learned(np.array([0.5, 0.25]), 0.25), np.array([2, 0]), 1, 0.0).facts.tolist()
    [1.0, 0.0]
    """
    whole(0, falsehoods=falsehoods)
    fitting(facts=(learned.facts, "facts"), counts=(counts, "facts"), falsehoods=(falsehoods, ""), kept=(kept, ""))
    unmet = learned.facts[counts == 0].sum() + falsehoods * learned.falsehood
    scale = (1 - kept * unmet) / (1 - unmet)
    return Learned(learned.facts * np.where(counts == 0, kept, scale), kept * learned.falsehood)


def miscalibration(learned: Learned, p: Facts, falsehoods: int) -> float:
    """½ Σ |p(B) - g(B)| over the sets B of statements to which the learner g gives the same probability, in [0, 1]; 0: calibrated.

    Kalai & Vempala (2024): total variation between g and p made constant on these sets.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> miscalibration(Learned(np.array([0.5, 0.5]), 0.0), np.array([0.9, 0.1]), 7)
    0.0
    >>> miscalibration(Learned(np.array([1.0, 0.0]), 0.0), np.array([0.75, 0.25]), 7)
    0.25
    """
    whole(0, falsehoods=falsehoods)
    fitting(facts=(learned.facts, "facts"), p=(p, "facts"), falsehoods=(falsehoods, ""))
    values = np.append(learned.facts, learned.falsehood)
    _, level = np.unique(values, return_inverse=True)
    mine = np.bincount(level, weights=values * np.append(np.ones(len(p)), falsehoods))
    return float(np.abs(mine - np.bincount(level, weights=np.append(p, 0.0))).sum() / 2)


def hallucination_floor(monofacts: float, miscalibrated: float, n: int, sparsity: float, delta: float) -> float:
    """Monofacts - miscalibration - 3 sparsity/δ - √(6 ln(6/δ)/n): with probability 1 - δ a learner, any, says falsehoods at least so often.

    For statements that are equally likely to be true, and in expectation equally probable, as long as they were not met ("regular facts"); `sparsity` is the
    number of facts over that of falsehoods. Kalai & Vempala (2024), corollary 1.

    Raises:
        Problem: δ outside (0, 1), or n below 1.

    >>> round(hallucination_floor(0.4, 0.05, 100_000, 1e-6, 0.05), 3)
    0.333
    """
    whole(n=n)
    number(sparsity=sparsity, delta=delta)
    fitting(monofacts=(monofacts, ""), miscalibrated=(miscalibrated, ""), n=(n, ""))
    if not 0 < delta < 1 or n < 1 or not sparsity >= 0:
        raise Problem(f"n, sparsity, delta: expected n ≥ 1, sparsity ≥ 0 and δ in (0, 1), got {n!r}, {sparsity!r} and {delta!r}.")
    return monofacts - miscalibrated - 3 * sparsity / delta - math.sqrt(6 * math.log(6 / delta) / n)


def simulate_learners(
    rng: np.random.Generator, p: Facts, n: int, falsehoods: int, *, systematic: bool = False
) -> tuple[float, Float[np.ndarray, " learners"], Float[np.ndarray, " learners"]]:
    """(monofact rate, how often each of `LEARNERS` says a falsehood, miscalibration of each), from n training statements drawn from p.

    The rates are exact: nothing is sampled but the training set. Systematic facts follow a rule that all learners know: it rules every falsehood out.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> rate, made_up, miscalibrated = simulate_learners(np.random.default_rng(0), zipf_facts(1000, 1.0), 1000, 10**6)
    >>> rate, made_up.round(2).tolist(), miscalibrated.round(2).tolist()
    (0.194, [0.0, 0.19, 0.1, 0.16, 0.21], [0.24, 0.09, 0.15, 0.09, 0.0])
    """
    whole(n=n, falsehoods=falsehoods)
    fitting(p=(p, "facts"))
    if n < 1 or falsehoods < 0 or p.min() < 0 or not math.isclose(p.sum(), 1):
        raise Problem(f"p, n, falsehoods: expected probabilities whose sum is 1, n ≥ 1, falsehoods ≥ 0, got a sum of {p.sum()!r}, {n!r} and {falsehoods!r}.")
    counts = rng.multinomial(n, p)
    open_ = 0 if systematic else falsehoods
    turing = good_turing(counts, open_)
    learners = (
        frequencies(counts),
        turing,
        cautious(turing, counts, open_, 0.5),
        discounting(counts, open_),
        calibrated(counts, open_, p),
    )
    made_up = np.array([open_ * learned.falsehood for learned in learners])
    return monofact_rate(counts), made_up, np.array([miscalibration(learned, p, open_) for learned in learners])


def _total(counts: Counts) -> int:
    if not len(counts) or counts.min() < 0 or not counts.sum():
        raise Problem(f"counts: expected how often each fact was met, whole numbers, not all 0, got {counts!r}.")
    return int(counts.sum())
