"""How far its answers are from unseen labels, and how far a constant answer would be."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from unseen.audits.reading import DRAWN, Reading, SkipError
from unseen.audits.subject import Regressor
from unseen.stats import Estimate, student_interval


def explained(squares: Float[np.ndarray, " n"], constant: Float[np.ndarray, " n"]) -> Estimate:
    """R² = 1 − Σ e²/Σ c² with e the errors and c those of a constant answer, at most 1; its interval to first order in the two means.

    Student's interval of the mean of R² − (e_i² − (1 − R²) c_i²)/mean(c²), the delta method for a ratio.

    >>> found = explained(np.array([0.0, 1.0, 0.0, 1.0]), np.array([4.0, 4.0, 4.0, 4.0]))
    >>> [round(float(limit), 3) for limit in found]
    [0.875, 0.645, 1.105]
    """
    left = squares.mean() / constant.mean()
    return student_interval(1 - left - (squares - left * constant) / constant.mean())


def read(subject: Regressor) -> Iterator[Reading]:
    """R² on unseen examples, over the mean label of the training examples where they are given; and the median error."""
    test = subject.test
    constant = np.square(test.y - subject.seen)
    if len(test) < 2 or not constant.any():
        raise SkipError("the unseen labels are all alike.")
    found, of = explained(test.squares, constant), "training" if subject.train is not None else "unseen"
    high = min(1.0, float(found.high))
    size = np.abs(test.errors)
    yield Reading(
        "variance of unseen labels that it explains (R²)",
        float(found.value),
        (
            f"The mean of its squared errors on {len(test)} unseen examples is {1 - float(found.value):.2g} times what always answering the mean {of} label, "
            f"{subject.seen:.4g}, would make: " + ("it surely knows more than that." if found.low > 0 else "it does not surely know more than that.")
        ),
        applies=DRAWN + " A few large errors can carry it.",
        level="fact" if found.low > 0 else "attention",
        interval=(float(found.low), high),
        better="higher",
        range=(-float("inf"), 1),
    )
    yield Reading(
        "root of the mean squared error",
        subject.overall,
        (
            f"Half of its answers are within {np.median(size):.3g} of the label, and nine of ten within {np.quantile(size, 0.9):.3g}; "
            f"labels spread by {test.y.std():.3g} around their mean (standard deviation)."
        ),
        applies=DRAWN + " A few large errors can carry it.",
        interval=tuple(np.sqrt(np.maximum([float(limit) for limit in student_interval(test.squares)[1:]], 0)).tolist()),
        better="lower",
        range=(0, float("inf")),
        unit="units of the label",
    )
