"""A Hebbian network whose patterns have blank entries, so that it retrieves several at once: amplitudes at low load, predicted and simulated."""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.stats import binom

from unseen._problem import Problem, fitting, number, whole


@dataclass(frozen=True)
class Entries:
    """What one entry of a stored feature is distributed like: the archetype's ξ ∈ {-1, 0, 1} itself, or a mean of noisy examples of it.

    Attributes:
        values: the feature's possible values [v].
        probability: of each, adding up to 1.
        archetype: E[ξ | value].
        filled: P(ξ ≠ 0) = 1 - dilution.
    """

    values: np.ndarray
    probability: np.ndarray
    archetype: np.ndarray
    filled: float


def entries(dilution: float, examples: int | None = None, quality: float = 1.0) -> Entries:
    """Entries that are 0 with probability `dilution`, else ±1 with equal chances; as means of `examples`, in each of which an entry is kept with
    probability (1 + quality)/2, else flipped. Blank entries stay blank.

    Raises:
        Problem: numbers out of range.

    >>> entries(0.5, examples=1, quality=0.6).archetype.round(6).tolist()
    [-0.6, 0.6, 0.0]
    """
    _check(dilution, examples, quality)
    if examples is None:
        return Entries(np.array([-1.0, 0.0, 1.0]), np.array([(1 - dilution) / 2, dilution, (1 - dilution) / 2]), np.array([-1.0, 0.0, 1.0]), 1 - dilution)
    kept = np.arange(examples + 1)
    right = binom.pmf(kept, examples, (1 + quality) / 2)
    either = (right + right[::-1]) / 2
    values, probability, archetype = (2 * kept - examples) / examples, (1 - dilution) * either, (right - right[::-1]) / (2 * either)
    return Entries(np.append(values, 0.0), np.append(probability, dilution), np.append(archetype, 0.0), 1 - dilution)


def hierarchy_limit(patterns: int) -> float:
    """The dilution d below which the amplitudes 1, d, d², … are stable without noise: Σ_(μ=1)^(K-1) d^μ = 1, so that the first outweighs all others.

    1 for two patterns, (√5 - 1)/2 for three, 1/2 for infinitely many.

    >>> round(hierarchy_limit(3), 4)
    0.618
    """
    whole(patterns=patterns)
    if patterns < 2:
        raise Problem(f"patterns: expected at least 2, got {patterns!r}.")
    return 1.0 if patterns == 2 else float(brentq(lambda d: sum(d**power for power in range(1, patterns)) - 1, 0.0, 1.0))


def amplitudes(
    kind: Entries, patterns: int, temperature: float = 0.0, start: Float[np.ndarray, " k"] | None = None, *, tolerance: float = 1e-8, limit: int = 20_000
) -> Float[np.ndarray, " k"]:
    """m_μ = E[ξ_μ tanh(h/T)]/(1 - d), the overlaps with the archetypes (1: all filled entries right), for N → ∞ and finitely many patterns.

    The field of a neuron is h = Σ_μ n_μ v_μ, of overlaps with the stored features n_μ = E[v_μ tanh(h/T)]/E[v²], found by damped iteration from `start`
    (by default the hierarchy 1, d, d² …, for which the network is cued with the first pattern), over all combinations of entries.

    The network: couplings J_ij = Σ_μ v_i^μ v_j^μ/(N E[v²]), so that a single pattern orders below T = 1 at any dilution. For T = 0, tanh is the sign, and
    0 at 0. Multitasking networks: Agliari, Barra, Galluzzi, Guerra & Moauro (2012); from examples, Agliari, Alessandrelli, Barra & Ricci-Tersenghi (2023).

    Raises:
        Problem: negative temperature, or iterations that do not converge (as at a critical point, where they take forever).

    >>> amplitudes(entries(0.5), 3).round(4).tolist(), amplitudes(entries(0.9), 3, 0.2).round(4).tolist()
    ([1.0, 0.5, 0.25], [0.9048, 0.9048, 0.9048])
    """
    number(temperature=temperature, tolerance=tolerance)
    whole(patterns=patterns, limit=limit)
    if patterns < 1 or not temperature >= 0:
        raise Problem(f"patterns, temperature: expected at least 1 and at least 0, got {patterns!r} and {temperature!r}.")
    v, p, xi = _combinations(kind, patterns)
    squared = float(kind.probability @ kind.values**2)
    n = np.asarray((1 - kind.filled) ** np.arange(patterns) * 0.999 if start is None else start, float)
    for _ in range(limit):
        state = _response(v @ n, temperature)
        new = (p * state) @ v / squared
        if np.abs(new - n).max() < tolerance:
            return (p * state) @ xi / kind.filled
        n = (n + new) / 2
    raise Problem(f"temperature, kind: the iteration did not converge in {limit} steps to {tolerance}. Move away from the critical point, or raise `limit`.")


def instability(kind: Entries, n: Float[np.ndarray, " k"], temperature: float) -> float:
    """Largest eigenvalue of the derivative of the iteration at overlaps n; a state is stable below 1. Temperature above 0.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> state = np.full(3, 0.8202)  # equal amplitudes at dilution 0.8: unstable when cold
    >>> [round(instability(entries(0.8), state, t), 2) for t in (0.1, 0.3)]
    [2.4, 0.84]
    """
    number(temperature=temperature)
    fitting(n=(n, "patterns"))
    if not temperature > 0:
        raise Problem(f"temperature: expected a number above 0, got {temperature!r}.")
    v, p, _ = _combinations(kind, len(n))
    slope = p * (1 - np.tanh(v @ n / temperature) ** 2) / temperature
    return float(np.linalg.eigvalsh((v * slope[:, None]).T @ v / (kind.probability @ kind.values**2))[-1])


def simulate_memory(
    rng: np.random.Generator,
    neurons: int,
    patterns: int,
    dilution: float,
    temperature: float = 0.0,
    *,
    examples: int | None = None,
    quality: float = 1.0,
    supervised: bool = True,
    sweeps: int = 40,
) -> Float[np.ndarray, " k"]:
    """Overlaps with the archetypes of one network that starts at the first (its blank entries random): those of `amplitudes`, the others' order and signs open.

    Glauber dynamics, a random tenth of the neurons at a time; mean of the last half. Supervised, the stored features are the means of the examples
    of each archetype; unsupervised, every example is stored, J_ij = Σ_μa η_i^μa η_j^μa/(examples N E[v²]). Normalised by each archetype's filled entries.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> np.sort(np.abs(simulate_memory(np.random.default_rng(0), 20_000, 3, 0.5)))[::-1].round(1).tolist()
    [1.0, 0.5, 0.3]
    """
    number(temperature=temperature)
    whole(neurons=neurons, patterns=patterns, sweeps=sweeps)
    _check(dilution, examples, quality)
    if neurons < 1 or patterns < 1 or sweeps < 1 or not temperature >= 0:
        told = f"{neurons!r}, {patterns!r}, {sweeps!r} and {temperature!r}"
        raise Problem(f"neurons, patterns, sweeps, temperature: expected at least 1 three times and at least 0, got {told}.")
    archetypes = rng.choice(np.array([-1.0, 0.0, 1.0], np.float32), size=(patterns, neurons), p=entries(dilution).probability)
    if examples is None:
        stored, squared = archetypes, 1 - dilution
    else:
        kept = rng.random((patterns, examples, neurons)) < (1 + quality) / 2
        every = archetypes[:, None] * np.where(kept, np.float32(1), np.float32(-1))
        squared = (1 - dilution) * (quality**2 + (1 - quality**2) / examples)
        stored = every.mean(axis=1) if supervised else every.reshape(-1, neurons) / np.float32(np.sqrt(examples))
    state = np.where(archetypes[0] == 0, rng.choice(np.array([-1, 1], np.float32), size=neurons), archetypes[0])
    overlap, total, block = stored @ state, np.zeros(patterns), max(neurons // 10, 1)
    for step in range(10 * sweeps):
        chosen = np.unique(rng.integers(neurons, size=block))
        field = overlap @ stored[:, chosen] / (neurons * squared)
        up = 0.5 * (1 + _response(field, temperature))
        new = np.where(field == 0, state[chosen], np.where(rng.random(chosen.size) < up, np.float32(1), np.float32(-1)))
        overlap += stored[:, chosen] @ (new - state[chosen])
        state[chosen] = new
        if step >= 5 * sweeps:
            total += archetypes @ state
    return total / (5 * sweeps) / np.abs(archetypes).sum(axis=1)


def _response(field: np.ndarray, temperature: float) -> np.ndarray:
    """The mean state of a neuron; fields that only rounding keeps from 0 count as 0 at temperature 0."""
    return np.tanh(field / temperature) if temperature else np.where(np.abs(field) < 1e-9, 0.0, np.sign(field))


def _combinations(kind: Entries, patterns: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features [c, k], probability [c], and expected archetypes [c, k] of all combinations of entries."""
    if (many := len(kind.values) ** patterns) > 2_000_000:
        raise Problem(f"patterns: expected at most 2,000,000 combinations of entries, got {many:,}. Take fewer patterns or examples.")
    index = np.array(list(itertools.product(range(len(kind.values)), repeat=patterns)))
    return kind.values[index], kind.probability[index].prod(axis=1), kind.archetype[index]


def _check(dilution: float, examples: int | None, quality: float) -> None:
    if examples is not None:
        whole(examples=examples)
    number(dilution=dilution, quality=quality)
    if not 0 <= dilution < 1:
        raise Problem(f"dilution: expected a probability of at least 0 and below 1, got {dilution!r}.")
    if examples is not None and examples < 1:
        raise Problem(f"examples: expected at least 1, or None for the archetypes themselves, got {examples!r}.")
    if not 0 < quality <= 1:
        raise Problem(f"quality: expected above 0 and at most 1, got {quality!r}.")
