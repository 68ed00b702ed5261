"""Inputs on straight lines between unseen examples."""

from typing import Any

import numpy as np
from jaxtyping import Float, Int

from unseen.audits.adapters import plain_array
from unseen.audits.reading import SkipError
from unseen.audits.subject import Subject


def real_inputs(subject: Subject) -> np.ndarray:
    """The unseen inputs of a model that can be asked for others between them.

    Raises:
        SkipError: where it cannot.
    """
    if subject.ask is None or subject.test.x is None:
        raise SkipError("its inputs are not known: give the model and test=(x, y), not predictions alone.")
    if hasattr(subject.test.x, "columns"):
        raise SkipError("between two rows of a frame there need be no others: give arrays of numbers.")
    x = plain_array(subject.test.x)
    if x.dtype.kind != "f" or not np.isfinite(x).all():
        raise SkipError("between its inputs there are no others: that is done for finite real numbers.")
    return x


def along(subject: Subject, x: np.ndarray, first: Int[np.ndarray, " lines"], second: Int[np.ndarray, " lines"], shares: Float[np.ndarray, " steps"]) -> Any:
    """The answers [steps, lines, ...] at some shares of the way from the first to the second of pairs of examples."""
    assert subject.ask is not None
    way = shares.reshape(-1, 1, *[1] * (x.ndim - 1))
    between = (1 - way) * x[first] + way * x[second]
    answers = subject.ask(between.reshape(-1, *x.shape[1:]).astype(x.dtype))
    return answers.reshape(len(shares), len(first), *answers.shape[1:])
