"""Whether a model is as often right as it says."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from unseen.audits.reading import DRAWN, Reading, Row, SkipError
from unseen.audits.subject import Classifier
from unseen.stats import binomial_interval, student_interval

BINS = 10
DRAWS = 1000
NUMBERS = 4_000_000  # drawn at a time


def calibration_error(confidence: Float[np.ndarray, " n"], right: Float[np.ndarray, "*draws n"], bins: int = BINS) -> Float[np.ndarray, "*draws"]:
    """Σ over bins of (share of examples) · |mean confidence − share that is right|, in bins of equally many examples; 0 to 1.

    The expected calibration error of Naeini et al. (2015) with the adaptive bins of Nguyen & O'Connor (2015). It is above 0 even for a calibrated model,
    the more so the fewer examples there are: compare it with draws from such a model.

    >>> float(calibration_error(np.full(10, 0.9), np.array([1.0] * 6 + [0.0] * 4), bins=1).round(6))
    0.3
    """
    order = np.argsort(confidence, kind="stable")
    parts = np.array_split(order, min(bins, len(order)))
    gaps = [len(part) * np.abs(right[..., part].mean(axis=-1) - confidence[part].mean()) for part in parts]
    return np.asarray(np.sum(gaps, axis=0) / len(order))


def error_interval(confidence: Float[np.ndarray, " n"], right: Float[np.ndarray, " n"], error: float) -> tuple[float, float]:
    """Of the calibration error: 1.96 deviations of it, the gap of each bin drawn from a normal distribution around what it was."""
    parts = [part for part in np.array_split(np.argsort(confidence, kind="stable"), BINS) if len(part)]
    gaps = [right[part] - confidence[part] for part in parts]
    means, errors = np.array([gap.mean() for gap in gaps]), np.array([gap.std() / len(gap) ** 0.5 for gap in gaps])
    drawn = np.abs(means + errors * np.random.default_rng(0).standard_normal((DRAWS, len(gaps)))) @ np.array([len(gap) for gap in gaps])
    half = 1.96 * float(drawn.std()) / len(right)
    return max(0.0, error - half), min(1.0, error + half)


def read(subject: Classifier) -> Iterator[Reading]:
    """Overconfidence, and the calibration error beside what a calibrated model of the same confidences would show."""
    if not subject.graded:
        raise SkipError("the model says which class and not how sure it is: give one with predict_proba, or scores.")
    test = subject.test
    confidence, right = test.confidence, test.right
    if len(test) < 2 * BINS:
        raise SkipError(f"{len(test)} unseen examples are too few: {2 * BINS} are needed.")
    found = student_interval(confidence - right)
    over = (float(found.low), float(found.high))
    leaning = "is more often wrong than it says" if over[0] > 0 else "is more often right than it says" if over[1] < 0 else "is as often right as it says"
    yield Reading(
        "overconfidence",
        float(found.value),
        f"On average it gives its answer a probability of {confidence.mean():.1%}, and {right.mean():.1%} are right: it {leaning}.",
        applies=DRAWN + " It is a mean: parts of the examples may lean both ways.",
        level="attention" if over[0] > 0.02 else "fine" if over[0] <= 0 <= over[1] else "fact",
        interval=over,
        range=(-1, 1),
    )
    yield _error(confidence, right, over)


def _error(confidence: np.ndarray, right: np.ndarray, over: tuple[float, float]) -> Reading:
    n = len(right)
    rng, at_once = np.random.default_rng(0), max(1, NUMBERS // n)
    drawn = [calibration_error(confidence, (rng.random((at_once, n)) < confidence).astype(float)) for _ in range(-(-DRAWS // at_once))]
    usual = np.quantile(np.concatenate(drawn), [0.025, 0.975])
    error = float(calibration_error(confidence, right))
    level = "attention" if error > usual[1] else "fine" if over[0] <= 0 <= over[1] else "fact"
    rows = []
    for part in np.array_split(np.argsort(confidence, kind="stable"), BINS):
        mean, limits = float(confidence[part].mean()), binomial_interval(int(right[part].sum()), len(part))
        rows.append(Row(f"{mean:.2f}", float(right[part].mean()), limits, len(part), mean))
    return Reading(
        "calibration error",
        error,
        (
            f"Probability and share of right answers differ by {error:.1%} on average over {BINS} steps of confidence; a model that means what it says would "
            f"show {usual[0]:.1%} to {usual[1]:.1%} on as many examples. Its probabilities {'can' if level == 'fine' else 'cannot'} be taken as they are."
        ),
        applies=DRAWN + " It speaks of the class that is answered, not of the probabilities of the others.",
        level=level,
        interval=error_interval(confidence, right, error),
        better="lower",
        rows=rows,
        drawn="reliability",
    )
