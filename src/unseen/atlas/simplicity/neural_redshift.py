"""Neural Redshift: Random Networks are not Random Functions.

Teney, Nicolicioiu, Hartmann, Abbasnejad 2024 (arXiv 2403.02241, CVPR), sections 2 and 3.

Claim: random networks are not simple as such, it depends on the architecture: with ReLUs their functions are simple whatever the depth and the magnitude of
the weights; with tanh, Gaussian or sine units both make them dramatically more complex; layer normalization and residual connections take that back,
and multiplicative gates make even ReLU networks complex.
Measured: mean Fourier frequency, mean Chebyshev order and Lempel-Ziv dictionary of random perceptrons with two inputs on [-1, 1]², each on a scale from 0, a
random plane, to 1, white noise; from 1 to 6 hidden layers and from Glorot's weights to ten times these. Dramatic is half of the scale, a clear increase by
gates a tenth; flat, judged by frequency as the paper's heat maps are, is a rise of less than 0.15.
Departs from the paper: its main text and part of the authors' code were read, neither figures nor appendices; the grid (48 x 48), width (64), factors and
depths, the ten levels that values are rounded to before compression, and the reading order (by rows) are ours. GELU, Swish and SELU, other
distributions of weights, the unbiased architecture, trained networks (section 4) and transformers (section 5) are left out.
Would be refuted by: a ReLU network whose frequency rises with depth and weights, others that stay within half a scale of it, or additions without effect.
Control: every network is a plain ReLU network.
Tried (seeds 100 to 103, two designs with other biases or skip connections before the paper's text was at hand; then 110 to 113, four draws each, by which
thresholds were set; then this design on 120 to 125, as claimed): frequencies of tanh, Gaussian and sine networks reach 0.71, 1.00 and 1.00, that of ReLU
0.12 from 0.10. This flatness is partly the measure's: a Fourier transform of a function on a square sees its edges, by which a plane has 0.38 of the
frequency of noise. By order and dictionary ReLU networks rise from 0.07 and 0.02 to 0.23 and 0.28, normalized ones end at 0.20 to 0.31 and 0.25 to 0.33,
and sine with residual connections at 0.36 by order: far below what these would be else, but not flat. That the measures are closely correlated is not
judged: over these networks, most of them simple, order and dictionary have a rank correlation of 0.85, either with frequency one of 0.05 to 0.4.
"""

import numpy as np
from scipy.special import expit

from unseen.claim import Claim, Computation, Contrast, Lab
from unseen.measures.function_complexity import dictionary_size, grid, mean_frequency, mean_order

ACTIVATIONS = {"relu": lambda z: np.maximum(z, 0.0), "tanh": np.tanh, "gaussian": lambda z: np.exp(-(z**2)), "sine": np.sin, "identity": lambda z: z}
OTHERS = ("tanh", "gaussian", "sine")
MEASURES = ("frequency", "order", "dictionary")
SIZES = ((1, 1.0), (1, 10.0), (6, 1.0), (6, 10.0))  # (hidden layers, factor of the weights)
SHAPES = (
    *(("plain", name, *size) for name in ("relu", *OTHERS) for size in SIZES),
    *((kind, name, 6, factor) for kind in ("norm", "residual") for name in ("relu", *OTHERS) for factor in (1.0, 10.0)),
    ("gate", "relu", 6, 10.0),
)


def network(rng: np.random.Generator, x: np.ndarray, kind: str, name: str, depth: int, factor: float, width: int) -> np.ndarray:
    """Outputs [points] of a random perceptron: biases U(-1, 1), weights Glorot's uniform ones times the factor."""

    def linear(h: np.ndarray, out: int) -> np.ndarray:
        weight = factor * np.sqrt(6 / (h.shape[1] + out)) * rng.uniform(-1, 1, (h.shape[1], out))
        return h @ weight + rng.uniform(-1, 1, out)

    for _ in range(depth):
        z = linear(x, width)
        if kind == "norm":
            z = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
        new = ACTIVATIONS[name](z)
        x = z + new if kind == "residual" else new * expit(linear(x, width)) if kind == "gate" else new
    return linear(x, 1)[:, 0]


def complexities(_: Lab, components: bool, points: int, draws: int, width: int, seeds: tuple[int, ...]) -> dict[tuple, np.ndarray]:
    """Mean complexity [seeds, measures] by shape, from 0 for a plane to 1 for white noise; without `components` all networks are plain and have ReLUs."""
    x = np.concatenate([grid(points), grid(points, chebyshev=True)])

    def measured(y: np.ndarray) -> list[float]:
        image, other = y.reshape(2, points, points)
        return [mean_frequency(image), mean_order(other), dictionary_size(image)]

    found = {shape: np.empty((len(seeds), len(MEASURES))) for shape in SHAPES}
    for i, seed in enumerate(seeds):

        def mean(kind: str, name: str, depth: int, factor: float, seed: int = seed) -> np.ndarray:
            outputs = (network(np.random.default_rng([seed, draw]), x, kind, name, depth, factor, width) for draw in range(draws))
            return np.mean([measured(y) for y in outputs], axis=0)

        plane = mean("plain", "identity", 1, 1.0)
        noise = np.mean([measured(np.random.default_rng([seed, draw]).normal(size=len(x))) for draw in range(draws)], axis=0)
        for shape in SHAPES:
            found[shape][i] = (mean(*(shape if components else ("plain", "relu", *shape[2:]))) - plane) / (noise - plane)
    return found


def evidence(result: dict[tuple, np.ndarray]) -> dict[str, Contrast]:
    """Others become complex with weights and depth where ReLU does not; normalization and residual connections undo it; gates undo the simplicity of ReLU."""
    small, wide, deep, both = (lambda kind, name, size=size: result[kind, name, *size] for size in SIZES)
    zero = np.zeros(len(both("plain", "relu")))
    least = {
        "others above ReLU": [both("plain", name) - both("plain", "relu") for name in OTHERS],
        "others rise with weights": [both("plain", name) - deep("plain", name) for name in OTHERS],
        "others rise with depth": [both("plain", name) - wide("plain", name) for name in OTHERS],
        "lowered by layer norm": [both("plain", name) - both("norm", name) for name in OTHERS],
        "lowered by residual connections": [both("plain", name) - both("residual", name) for name in OTHERS],
    }
    found = {f"{name}, {m}": Contrast(np.min(gaps, axis=0)[:, i], zero, minimal=0.5) for name, gaps in least.items() for i, m in enumerate(MEASURES)}
    gates = both("gate", "relu") - both("plain", "relu")
    found |= {f"ReLU raised by gates, {m}": Contrast(gates[:, i], zero, minimal=0.1) for i, m in enumerate(MEASURES)}
    rises = {"plain ReLU": [both("plain", "relu") - small("plain", "relu")]}
    rises |= {f"any with {kind}": [both(kind, name) - deep(kind, name) for name in ("relu", *OTHERS)] for kind in ("norm", "residual")}
    return found | {f"{name} is flat, frequency": Contrast(zero, np.max(gaps, axis=0)[:, 0], minimal=-0.15) for name, gaps in rises.items()}


claim = Claim(
    study=Computation(complexities, components=True, points=48, draws=2, width=64, seeds=tuple(range(8))),
    evidence=evidence,
    control={"components": False},
    full={"points": 64, "draws": 50, "width": 256, "seeds": tuple(range(20))},
)
