"""Margins beside what the weights can stretch."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float

from unseen.audits.reading import DRAWN, Reading, SkipError
from unseen.audits.subject import Classifier, numbers
from unseen.audits.uncertainty import median_interval
from unseen.audits.white_box import Layer

MOST = 2000
WIDEST = 4_000_000
RESTS = (
    "Layers must follow one another, each once, with activations between them that do not stretch (ReLU, tanh, pooling): additions around a layer are not "
    "counted. The stretch of a convolution is an upper bound; its complexity takes each row of the kernel once. Deep models make it small whatever they are "
    "worth: compare models of one shape. "
)


def cost(subject: Classifier) -> float:
    """Seconds: one more answer to each."""
    return subject.seconds * min(MOST, len(subject.test)) if subject.box else 0.0


def margins(scores: Float[np.ndarray, "n outputs"], y: np.ndarray) -> Float[np.ndarray, " n"]:
    """f_y − max_{j≠y} f_j; of one score for two classes ±f, with 0 for the other."""
    scores = np.column_stack([np.zeros(len(scores)), scores]) if scores.shape[1] == 1 else scores.astype(float)
    own = np.arange(scores.shape[1]) == y[:, None]
    return scores[own] - np.where(own, -np.inf, scores).max(axis=1)


def spectral_complexity(layers: Sequence[Layer]) -> float:
    """Π ‖A_i‖₂ · (Σ (‖A_iᵀ‖_{2,1}/‖A_i‖₂)^{2/3})^{3/2}, ‖Aᵀ‖_{2,1} the sum of the lengths of the rows, with zero reference matrices.

    Source: Bartlett, Foster & Telgarsky, "Spectrally-normalized margin bounds for neural networks", NeurIPS 2017, equation 1.2.

    >>> round(spectral_complexity([Layer("one", np.diag([2.0, 2.0]))]), 6)  # 2 · 4/2
    4.0
    """
    stretch = np.array([layer.stretch for layer in layers])
    rows = np.array([np.linalg.norm(layer.matrix, axis=1).sum() * layer.places**0.5 for layer in layers])
    return float(stretch.prod() * np.sum((rows / stretch) ** (2 / 3)) ** 1.5)


def read(subject: Classifier) -> Iterator[Reading]:
    """Median margin over the product of spectral norms, in inputs of typical length; and over the spectral complexity."""
    box = subject.opened()
    if box.link != "logits":
        raise SkipError("it gives probabilities, whose margins cannot exceed 1 however it stretches: give a module that ends in logits.")
    layers = box.layers()
    if isinstance(layers, str):
        raise SkipError(layers)
    if any(layer.matrix.size > WIDEST or not layer.matrix.any() for layer in layers):
        raise SkipError(f"a layer is all zero, or has more than {WIDEST:,} weights.")
    x, y, at, _ = subject.unseen(MOST)
    answered = np.ones(len(at), bool) if subject.test.unanswered is None else ~subject.test.unanswered[at]
    found, length = margins(box.scores(x)[answered], y[answered]), float(np.sqrt(np.square(numbers(x)).sum(axis=1).mean()))
    if not length > 0:
        raise SkipError("all its inputs are 0.")
    product, complexity = float(np.prod([layer.stretch for layer in layers])), spectral_complexity(layers)
    for name, scale, told in (
        (
            "product of spectral norms",
            product,
            "an input must change by that share of the length, over √2, before the lead can be gone",
        ),
        ("spectral complexity", complexity, "the capacity in the bound of Bartlett, Foster & Telgarsky (2017)"),
    ):
        share = found / (scale * length)
        middle = float(np.median(share))
        yield Reading(
            f"margin over its {name}, median",
            middle,
            f"The median lead of the right class, {np.median(found):.3g} logits, is {middle:.2g} of what {len(layers)} layers can make of an input of typical "
            f"length ({name} {scale:.3g}, length {length:.3g}): {told}.",
            applies=RESTS + DRAWN,
            interval=median_interval(share),
            better="higher",
            range=(-float("inf"), float("inf")),
            unit="typical inputs",
        )
