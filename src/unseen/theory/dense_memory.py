"""Dense associative memory: a Hebbian network whose neurons interact P at a time, taught by noisy examples; overlaps at high load, predicted and simulated."""

from math import factorial
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.special import erf

from unseen._problem import Problem, fitting, number, whole
from unseen.theory.diluted_memory import entries


class Overlaps(NamedTuple):
    """The state of a network that has been shown one archetype, for infinitely many neurons.

    Attributes:
        archetype: m, the overlap with the archetype, in [-1, 1].
        example: n, the overlap with the normalised mean of its examples, in [-1, 1]; what the network itself can see.
        spin_glass: q, the overlap of two states at the same disorder, in [0, 1].
    """

    archetype: float
    example: float
    spin_glass: float


def data_entropy(examples: int, quality: float) -> float:
    """ρ = (1 - r²)/(M r²): how little M examples say of their archetype; the sign of their mean errs with probability (1 - erf(1/√(2ρ)))/2 for large M.

    >>> data_entropy(4, 0.5)
    0.75
    """
    whole(examples=examples)
    number(quality=quality)
    if not examples >= 1 or not 0 < quality <= 1:
        raise Problem(f"examples, quality: expected at least 1, and above 0 to 1, got {examples!r} and {quality!r}.")
    return (1 - quality**2) / (examples * quality**2)


def dense_overlaps(load: float, order: int, examples: int, quality: float, temperature: float = 0.0, *, tolerance: float = 1e-9, limit: int = 5000) -> Overlaps:
    """The replica-symmetric retrieval state, by iteration from the archetype: overlaps near 0 mean that the load is too high.

    m = E[ξ tanh(h/T)], n = E[v tanh(h/T)], q = E[tanh²(h/T)] with the field h = v n^(P - 1) + √(load (P - 1)! q^(P - 1)) z, z ~ N(0, 1). v is the mean
    of M examples, over its standard deviation; an example's entry is ξ = ±1, flipped with probability (1 - quality)/2. At T = 0, tanh is the sign.

    The network: energy -(N/P) Σ_μ n_μ^P over patterns, in which P different neurons meet; load = patterns/N^(P - 1). For ξ themselves: Gardner (1987); taught
    by examples: Agliari et al. (2023), "Dense Hebbian neural networks: a replica symmetric picture of supervised learning".

    Args:
        load: at least 0.
        order: P, even, at least 4: of pairs, the crosstalk has a part that answers to the neurons.
        examples: M for each archetype.
        quality: r in (0, 1].
        temperature: T, at least 0; the unit is the field of a retrieved pattern.
        tolerance: change of an iteration at which it stops.
        limit: iterations at most; near the end of the retrieval phase they are slow.

    Raises:
        Problem: numbers out of range, or no convergence.

    >>> [round(dense_overlaps(load, 4, 1, 1.0).archetype, 2) for load in (0.01, 0.03, 0.05)]
    [1.0, 0.97, 0.0]
    """
    whole(order=order, examples=examples, limit=limit)
    number(load=load, temperature=temperature, tolerance=tolerance)
    if order < 4 or order % 2 or not (load >= 0 and temperature >= 0):
        raise Problem(f"load, order, temperature: expected at least 0, even and at least 4, and at least 0, got {(load, order, temperature)!r}.")
    kind = entries(0.0, examples, quality)
    v = kind.values[:-1] / np.sqrt(kind.probability @ kind.values**2)  # the last value is that of a blank entry
    probability, archetype = kind.probability[:-1], kind.archetype[:-1]
    if not np.isfinite(archetype).all():
        raise Problem(f"examples, quality: probabilities of {examples!r} examples of quality {quality!r} are too small for floating point. Take fewer.")
    z = np.linspace(-6, 6, 2401)
    density = np.exp(-(z**2) / 2)
    density /= density.sum()
    n = q = 1.0
    for _ in range(limit):
        signal, noise = v * n ** (order - 1), np.sqrt(load * factorial(order - 1) * q ** (order - 1))
        if temperature == 0:
            mean, square = erf(np.divide(signal, np.sqrt(2) * noise, out=np.sign(signal) * 9, where=noise > 0)), np.ones(len(v))
        else:
            state = np.tanh((signal[:, None] + noise * z) / temperature)
            mean, square = state @ density, state**2 @ density
        new_n, new_q = float((probability * v) @ mean), float(probability @ square)
        if max(abs(new_n - n), abs(new_q - q)) < tolerance:
            _fine_enough(signal, noise, temperature, z, density, mean)
            return Overlaps(float((probability * archetype) @ mean), new_n, new_q)
        n, q = (n + new_n) / 2, (q + new_q) / 2
    raise Problem(f"load, temperature: no convergence in {limit} iterations. Move away from the end of the retrieval phase, or raise `limit`.")


def _fine_enough(signal: np.ndarray, noise: float, temperature: float, z: np.ndarray, density: np.ndarray, mean: np.ndarray) -> None:
    """Whether half of the nodes tell the same of the averages over noise."""
    if temperature and noise:
        error = np.abs(np.tanh((signal[:, None] + noise * z[::2]) / temperature) @ (2 * density[::2]) - mean).max()
        if error > 1e-6:
            raise Problem(f"temperature: expected one that averages over the noise are smooth at, or 0; at {temperature!r} they are off by {error:.1g}.")


def relax(
    rng: np.random.Generator,
    features: Float[np.ndarray, "n k"],
    state: Float[np.ndarray, " n"],
    order: int,
    temperature: float = 0.0,
    *,
    sweeps: int = 20,
) -> Float[np.ndarray, "sweeps n"]:
    """States ±1 after each sweep of Glauber dynamics, one neuron after the other in a random order, from `state`.

    The field of neuron i is Σ_μ v_iμ N^((1 - P)/2) He_(P-1)(√N n_μ), n_μ being the overlap with feature μ without neuron i, and He the Hermite polynomial for
    its variance: the sum over P - 1 different other neurons, up to terms of order 1/N. P = 2 is the Hopfield network.

    Args:
        rng: of the order of neurons, and of noise.
        features: stored vectors v, of mean square about 1.
        state: where it starts.
        order: P, even, at least 2.
        temperature: as of `dense_overlaps`.
        sweeps: at least 1.

    Raises:
        Problem: numbers out of range.

    >>> relax(np.random.default_rng(0), np.ones((6, 1)), np.array([1.0, 1, 1, 1, 1, -1]), 2, sweeps=1)[0].tolist()
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    """
    whole(order=order, sweeps=sweeps)
    number(temperature=temperature)
    fitting(features=(features, "n k"), state=(state, "n"))
    if order < 2 or order % 2 or sweeps < 1 or not temperature >= 0:
        raise Problem(f"order, sweeps, temperature: expected even, at least 1, and at least 0, got {(order, sweeps, temperature)!r}.")
    neurons, square, state = len(features), np.sum(features**2, axis=0), state.astype(features.dtype)
    total, root, found = state @ features, features.dtype.type(np.sqrt(neurons)), np.empty((sweeps, neurons))
    for sweep in range(sweeps):
        for i in rng.permutation(neurons):
            v = features[i]
            rest = total - v * state[i]
            field = v @ _hermite(rest / root, order - 1, (square - v**2) / neurons) / neurons ** ((order - 1) / 2)
            up = field > 0 if temperature == 0 else rng.random() < 0.5 * (1 + np.tanh(field / temperature))
            state[i] = 1 if up else -1
            total = rest + v * state[i]
        found[sweep] = state
    return found


def simulate_dense_memory(
    rng: np.random.Generator,
    neurons: int,
    patterns: int,
    order: int,
    examples: int,
    quality: float,
    temperature: float = 0.0,
    *,
    sweeps: int = 20,
) -> float:
    """Overlap with the first of random archetypes of one network that starts there: that of `dense_overlaps`, a mean over the last half of `relax`.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> round(simulate_dense_memory(np.random.default_rng(0), 50, 500, 4, 1, 1.0), 1)
    1.0
    """
    whole(neurons=neurons, patterns=patterns, examples=examples)
    data_entropy(examples, quality)
    if neurons < 1 or patterns < 1:
        raise Problem(f"neurons, patterns: expected at least 1 each, got {neurons!r} and {patterns!r}.")
    archetypes = rng.choice(np.array([-1, 1], np.float32), size=(neurons, patterns))
    right = rng.binomial(examples, (1 + quality) / 2, size=(neurons, patterns))
    features = archetypes * ((2 * right - examples) / np.sqrt(examples**2 * quality**2 + examples * (1 - quality**2))).astype(np.float32)
    states = relax(rng, features, archetypes[:, 0], order, temperature, sweeps=sweeps)
    return float(np.mean(states[sweeps // 2 :] @ archetypes[:, 0]) / neurons)


def _hermite(x: Float[np.ndarray, " k"], degree: int, variance: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
    """He_degree of a centred normal variable: orthogonal to all lower degrees."""
    before, value = np.ones_like(x), x
    for k in range(1, degree):
        before, value = value, x * value - k * variance * before
    return value
