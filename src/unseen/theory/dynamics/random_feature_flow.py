"""Gradient flow of random features on examples that are used again and again: test and training loss over time by dynamical mean-field theory, and the flow."""

from typing import NamedTuple, cast

import numpy as np
from jaxtyping import Complex, Float
from scipy.optimize import brentq

from unseen._problem import Problem, fitting, number, whole
from unseen.theory._blocks import normal_blocks
from unseen.theory.ridge import effective_regularization

Spectrum = Float[np.ndarray, " _"]  # one number for each eigenvalue; `Problem`, not the type, tells which does not fit
NODES, SPAN, ACCURACY = 20, 4.0, 1e-8
"""Half of the points of an integral; the ratio of the largest time to the smallest that share them; the error, over the loss at the start, that is allowed."""


class FlowLosses(NamedTuple):
    """Mean squared errors at each time, noise of labels counted: on new examples, and on those that are trained on."""

    test: Float[np.ndarray, "*t"]
    train: Float[np.ndarray, "*t"]


class Responses(NamedTuple):
    """At frequencies s, of Laplace transforms over time.

    Attributes:
        kappa: κ: a mode has lost H = κ/(s (λ + κ)) of its error, where a single exponential would have 1/(s + λ).
        data: R₁, response of the errors on examples to their own field; 1 for endless examples.
        features: R₃, the same for the errors that features see; 1 for endless features.
    """

    kappa: Complex[np.ndarray, " s"]
    data: Complex[np.ndarray, " s"]
    features: Complex[np.ndarray, " s"]


def responses(s: Complex[np.ndarray, " _"], eigenvalues: Spectrum, examples: float, features: float) -> Responses:
    """κ, R₁ and R₃ with H = 1/(s + λ R₁ R₃), R₁ = 1 - (1/P) Σ λ R₁ R₃ H and R₃ = 1 - (1/N) Σ λ R₁ R₃ H.

    All follow from κ = s/(R₁ R₃), as Σ λ R₁ R₃ H = Σ λ/(λ + κ). It is followed by Newton's method from a real s, where it is the largest positive solution,
    through the frequencies in their order; they must not lie on the negative real axis, nor far apart.

    Args:
        s: frequencies, the first of them real and above 0.
        eigenvalues: λ of the inputs' covariance, above 0.
        examples: P, at least 1; infinity for examples that are seen once.
        features: N, at least 1; infinity for the inputs themselves.

    Raises:
        Problem: numbers out of range, or frequencies through which κ could not be followed.

    >>> found = responses(np.array([0.5 + 0j]), np.ones(100), 50, np.inf)  # s = κ (1 - 2/(1 + κ))
    >>> found.kappa.real.round(4).tolist(), found.data.real.round(4).tolist()
    ([1.7808], [0.2808])
    """
    _counted(examples, features)
    (eigenvalues,) = fitting(eigenvalues=(eigenvalues, "modes"))
    if not (s.ndim == 1 and s.size and np.isfinite(s).all() and s[0].imag == 0 < s[0].real and (eigenvalues > 0).all()):
        raise Problem(f"s, eigenvalues: expected finite frequencies, the first real and above 0, and numbers above 0, got {s!r} and {eigenvalues!r}.")
    limit = effective_regularization(eigenvalues, min(examples, features)) if min(examples, features) < np.inf else 0.0

    def miss(kappa: complex, s: complex) -> tuple[complex, complex]:
        inverse = 1 / (eigenvalues + kappa)
        learned, slope = eigenvalues @ inverse, -(eigenvalues @ inverse**2)
        data, feature = 1 - learned / examples, 1 - learned / features
        return complex(kappa * data * feature - s), complex(data * feature - kappa * slope * (feature / examples + data / features))

    start = complex(s[0].real)
    low, high = max(start.real, limit), start.real + eigenvalues.sum() * (1 / examples + 1 / features)
    kappa = complex(cast(float, brentq(lambda x: miss(complex(x), start)[0].real, low * (1 - 1e-12), high * (1 + 1e-12), xtol=1e-300, rtol=1e-14)))
    found, before = np.empty(s.size, complex), start
    for place, aim in enumerate(s):
        for part in np.linspace(0, 1, 5)[1:]:
            at = before + part * (aim - before)
            for _ in range(5):
                value, slope = miss(kappa, complex(at))
                kappa -= value / slope
        if not abs(miss(kappa, complex(aim))[0]) < 1e-9 * abs(aim) + 1e-15 * abs(kappa):
            raise Problem(f"s: κ was lost on the way to {aim:.3g}. Take frequencies that are closer together, or farther from the negative real axis.")
        found[place], before = kappa, aim
    learned = (1 / (found[:, None] + eigenvalues)) @ eigenvalues
    return Responses(found, 1 - learned / examples, 1 - learned / features)


def random_feature_flow(
    eigenvalues: Spectrum, coefficients: Spectrum, times: Float[np.ndarray, " _"], examples: float, features: float = np.inf, noise: float = 0.0
) -> FlowLosses:
    """Losses of dw/dt = -∂/∂w of half the mean of (f(x) - y)² over P fixed examples, from w = 0, f = w·A x/√N with A of N random rows.

    Errors of weights v⁰ follow dv⁰/dt = -(AᵀA/N)(XᵀX/P) v⁰. For P, N and dimension large the test loss is C₀(t, t) + noise², and the training loss C₁(t, t);
    of their transforms at s, s' with r₁ = R₁(s) R₁(s'), r₃ = R₃(s) R₃(s'), and of C₂, of the errors that features see,
    C₀ = Σ H H' (v² + λ² r₃ C₁/P) + (r₃/N) Σ λ H H' C₂,  C₁ = r₁ (C₀ + noise²/(s s')),  C₂ = r₁ Σ λ v² H H' + (s s'/P) Σ λ H H' C₁ + (r₁ r₃/N) Σ λ² H H' C₂.
    Both transforms are inverted on parabolas (Weideman & Trefethen 2007), a few for all times.
    Bordelon, Atanasov & Pehlevan (2024), "A Dynamical Model of Neural Scaling Laws", arXiv 2402.01092; read as notes that give H and name R₁ and R₃;
    derived here by the cavity method, as the paper's own form of the correlations was not at hand.

    Args:
        eigenvalues: λ of the inputs' covariance, above 0.
        coefficients: v, of the target in the inputs divided by √λ: y = Σ v x/√λ + noise.
        times: at least 0; those above some 10⁸/λ₁, where 1/t drowns in rounding, may be refused: by then it mostly is the error of ridgeless regression.
        examples: P, at least 1; infinity for examples that are seen once.
        features: N, at least 1; infinity for the inputs themselves.
        noise: standard deviation of the labels' noise, which is drawn once.

    Raises:
        Problem: numbers out of range, or integrals that do not agree with those on more points.

    >>> j = np.arange(1.0, 401.0)
    >>> losses = random_feature_flow(j**-1.5, j**-0.8, np.array([0.0, 10.0, 1000.0]), examples=50, features=100)
    >>> losses.test.round(3).tolist(), losses.train.round(3).tolist()
    ([2.24, 0.52, 0.435], [2.24, 0.332, 0.004])
    """
    eigenvalues, coefficients, times, noise = _checked(eigenvalues, coefficients, times, examples, features, noise)
    start = np.sum(coefficients**2) + noise**2
    losses = np.full((2, times.size), start)
    left = times > 0
    while left.any():
        first = times[left].min()
        now = left & (times <= SPAN * first)
        rough, losses[:, now] = (_inverted(eigenvalues, coefficients, times[now], first, examples, features, noise, nodes) for nodes in (NODES, NODES + 4))
        if not (missed := np.abs(rough - losses[:, now]).max() / start) < ACCURACY:
            raise Problem(f"times: the integrals at {first:.3g} to {SPAN * first:.3g} differ by {missed:.1e} from those on more points. Take other times.")
        left &= ~now
    return FlowLosses(*losses.clip(0))


def simulate_flow(
    rng: np.random.Generator,
    eigenvalues: Spectrum,
    coefficients: Spectrum,
    times: Float[np.ndarray, " _"],
    examples: int | None,
    features: int | None = None,
    noise: float = 0.0,
    *,
    repetitions: int = 1,
) -> FlowLosses:
    """The flow itself, [repetitions, times], with normal inputs, by one singular value decomposition each: the test loss exact.

    Arguments as of `random_feature_flow`; None for endless examples, or features.

    >>> losses = simulate_flow(np.random.default_rng(0), np.ones(100), np.full(100, 0.1), np.array([0.0, 1e6]), 50, repetitions=100)
    >>> losses.test.mean(axis=0).round(2).tolist(), losses.train.mean(axis=0).round(1).tolist()  # 1 - P/dimension
    ([1.0, 0.5], [1.0, 0.0])
    """
    whole(1, repetitions=repetitions, examples=1 if examples is None else examples, features=1 if features is None else features)
    eigenvalues, coefficients, times, noise = _checked(eigenvalues, coefficients, times, examples or np.inf, features or np.inf, noise)
    modes, count, scale = eigenvalues.size, examples or 0, np.sqrt(eigenvalues)
    losses = np.empty((2, repetitions, times.size))
    drawn = normal_blocks(rng, repetitions, (count, modes), (count,), (modes, features or 0), room=modes * times.size)
    for block, (phi, deviations, sketch) in drawn:
        mixing = sketch * (scale / np.sqrt(features or 1))[:, None]
        if examples:
            y = (phi @ coefficients + noise * deviations) / np.sqrt(count)
            design = (phi * scale if features is None else phi @ mixing) / np.sqrt(count)
        else:  # of covariance 1, as if there were one for each mode
            y, design = coefficients[None], np.diag(scale)[None] if features is None else mixing
        left, singular, right = np.linalg.svd(design, full_matrices=False)
        along, kept = y[:, None] @ left, np.exp(-times[:, None] * singular[:, None] ** 2)
        known = (singular > 1e-12 * singular[:, :1])[:, None]
        weights = np.divide(1 - kept, singular[:, None], out=np.zeros_like(kept), where=known) * along @ right
        fitted = weights * scale if features is None else weights @ mixing.mT
        losses[0, block] = np.sum((fitted - coefficients) ** 2, axis=2) + noise**2
        outside = np.maximum(np.sum(y**2, axis=1) - np.sum(along**2, axis=(1, 2)), 0.0)[:, None]
        losses[1, block] = np.sum((kept * along) ** 2, axis=2) + outside + (0.0 if examples else noise**2)
    return FlowLosses(*losses)


def _inverted(
    eigenvalues: np.ndarray, coefficients: np.ndarray, times: np.ndarray, first: float, examples: float, features: float, noise: float, nodes: int
) -> Float[np.ndarray, "2 t"]:
    """Both losses at times from `first` to `SPAN` times that."""
    root = np.sqrt(8 * SPAN + 1)
    size, step = np.pi * nodes / (4 * root * SPAN * first), root / nodes
    turn = 1 + 1j * step * (np.arange(nodes) + 0.5)
    upper = size * turn**2
    kappa, data, feature = (one[1:] for one in responses(np.append(size + 0j, upper), eigenvalues, examples, features))
    s, kappa, data, feature, weight = (np.append(one, one.conj()) for one in (upper, kappa, data, feature, step * size * turn / np.pi))

    decay = kappa[:, None] / (s[:, None] * (eigenvalues + kappa[:, None]))
    target, shaped, once, twice = ((decay * one) @ decay.T for one in (coefficients**2, eigenvalues * coefficients**2, eigenvalues, eigenvalues**2))
    r1, r3, product = np.outer(data, data), np.outer(feature, feature), np.outer(s, s)
    constant = noise**2 / product
    # C₂ = shown + heard (C₀ + constant), put into the equation of C₀
    rest = 1 - r1 * r3 / features * twice
    shown, heard = r1 * shaped / rest, r1 * product / examples * once / rest
    passed = r3 * r1 / examples * twice + r3 / features * once * heard
    error = (target + r3 / features * once * shown + passed * constant) / (1 - passed)

    grown = np.exp(np.multiply.outer(times, s)) * weight
    test, train = (np.einsum("ta,ab,tb->t", grown, one, grown, optimize=True).real for one in (error, r1 * (error + constant)))
    return np.array([test + noise**2, train])


def _checked(
    eigenvalues: np.ndarray, coefficients: np.ndarray, times: np.ndarray, examples: float, features: float, noise: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    eigenvalues, coefficients, times, _ = fitting(
        eigenvalues=(eigenvalues, "modes"), coefficients=(coefficients, "modes"), times=(times, "t"), noise=(noise, "")
    )
    if not (eigenvalues > 0).all():
        raise Problem(f"eigenvalues: expected numbers above 0, got {eigenvalues!r}.")
    if not ((times >= 0).all() and noise >= 0):
        raise Problem(f"times, noise: expected numbers of at least 0, got {times!r} and {noise!r}.")
    _counted(examples, features)
    return eigenvalues, coefficients, times, noise


def _counted(examples: float, features: float) -> None:
    number(examples=examples, features=features)
    if not (examples >= 1 and features >= 1):
        raise Problem(f"examples, features: expected at least 1, or infinity, got {examples!r} and {features!r}.")
