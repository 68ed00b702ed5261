"""How fast what it says changes along straight lines: a simple function changes slowly."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from unseen.audits.lines import along, real_inputs
from unseen.audits.reading import SAMPLED, Reading, SkipError
from unseen.audits.subject import Subject
from unseen.stats import student_interval

PATHS, STEPS = 100, 32
SLOW = 2
"""Half-waves over a path up to which a change is slow."""


def cost(subject: Subject) -> float:
    """Seconds: an answer at each step."""
    return subject.seconds * PATHS * STEPS


def fast_share(values: Float[np.ndarray, "steps *rest"], slow: int = SLOW) -> Float[np.ndarray, "*rest"]:
    """The share of Σ_{k≥1} c_k² that has k > slow, c_k the cosine transform of values at the middles of equal steps; of a constant NaN.

    In [0, 1], unchanged by scale and constants. The cosine transform is the Fourier transform of the values and their mirror image, which has no jump at the
    ends: a straight line has 0.014 beyond two half-waves, one step in the middle 0.19, white noise 1 − 2/(steps − 1).

    >>> fast_share(np.arange(32.0)).round(3).item(), fast_share(np.repeat([0.0, 1.0], 16)).round(2).item()
    (0.014, 0.19)
    """
    import scipy.fft

    power = np.square(np.asarray(scipy.fft.dct(np.asarray(values, float), axis=0, norm="ortho")))[1:]
    total = power.sum(axis=0)
    return np.where(total > 0, power[slow:].sum(axis=0) / np.where(total > 0, total, 1.0), np.nan)


def read(subject: Subject) -> Iterator[Reading]:
    """The share of the change of its probabilities, or numbers, along straight paths between unseen examples that is faster than two half-waves a path.

    The idea of Teney et al., "Neural Redshift", CVPR 2024, and Rahaman et al., "On the spectral bias of neural networks", ICML 2019, on lines between examples.
    """
    x, rng = real_inputs(subject), np.random.default_rng(0)
    first, second = rng.integers(0, len(x), (2, PATHS))
    first, second = first[first != second], second[first != second]
    if len(first) < 2:
        raise SkipError("there are too few unseen examples to go between.")
    found = along(subject, x, first, second, (np.arange(STEPS) + 0.5) / STEPS)
    found = found.reshape(STEPS, len(first), -1)
    size = found.var(axis=0)  # of each output on each path
    moving = size.sum(axis=1) > 1e-12 * max(float(np.square(found).mean()), np.finfo(float).tiny)
    if moving.sum() < 2:
        raise SkipError("what it says does not change between unseen examples.")
    shares = np.where(size > 0, fast_share(found), 0.0)
    each = ((shares * size).sum(axis=1) / np.where(moving, size.sum(axis=1), 1.0))[moving]
    told, what = student_interval(each), "numbers" if subject.kind == "numbers" else "probabilities"
    yield Reading(
        "fast part of its changes along straight paths",
        float(told.value),
        (
            f"On {len(each)} straight paths between two unseen examples {float(told.value):.1%} of the change of its {what} (their variance) is faster than "
            "two half-waves a path: 1 % for a straight line, 19 % for one clean step, 94 % for noise. The more, the less simple is what it does."
        ),
        applies="Between two examples there must be others that make sense; of two images the mean is none. " + SAMPLED,
        interval=(max(0.0, float(told.low)), min(1.0, float(told.high))),
        better="",
    )
