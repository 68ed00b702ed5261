"""What a piece of evidence says, and what every kind shares.

Every kind judges at `confidence` 0.95, fixed, and draws its resamples from a generator with a fixed seed: the same numbers give the same verdict. "Supported"
where there is nothing to find has a chance of at most 5 % (tested by simulation, with the data for which that holds named in `stats`).
Seeds that diverged (NaN) are left out and counted in the sentence; where they are more than a fifth, or fewer than `MINIMUM_SEEDS` remain, the
verdict is inconclusive: what remains would describe the lucky ones.
"""

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import numpy as np

from unseen._problem import Problem

Outcome = Literal["supported", "contradicted", "inconclusive"]
MINIMUM_SEEDS = 3
MOST_DIVERGED = 0.2


@dataclass(frozen=True)
class Finding:
    """What one piece of evidence says.

    Attributes:
        verdict: "supported", "contradicted" or "inconclusive".
        effect: the estimate, in the unit that the kind of evidence names; NaN where there is none.
        interval: its confidence interval.
        n: repetitions (seeds, points) that it rests on.
        sentence: the same in plain words.
        details: further numbers; `untested` holds the reason when the data did not allow a test at all.
    """

    verdict: Outcome
    effect: float
    interval: tuple[float, float]
    n: int
    sentence: str
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def tested(self) -> bool:
        """Whether the data allowed a test."""
        return "untested" not in self.details


class Evidence(Protocol):
    """Anything that can be judged."""

    def judge(self) -> Finding:
        """The finding; the same data give the same finding."""
        ...


def as_array(name: str, value: Any, dimensions: int) -> np.ndarray:
    """An array of numbers with so many dimensions, not empty; a `Problem` under the argument's name where it is none."""
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError) as error:
        raise Problem(f"{name}: expected an array of numbers, got {type(value).__name__} ({error}).") from None
    if array.ndim != dimensions or not array.size:
        meaning = {1: "one dimension (seeds or points)", 2: "two dimensions (repetitions, points)"}[dimensions]
        raise Problem(f"{name}: expected {meaning}, not empty, got shape {array.shape}.")
    return array


def choice(name: str, value: Any, allowed: tuple[Any, ...]) -> None:
    """A `Problem` under the argument's name where the value is none of those allowed."""
    if value not in allowed:
        raise Problem(f"{name}: expected {' or '.join(map(repr, allowed))}, got {value!r}.")


def too_few(finished: np.ndarray, what: str, unit: str = "seeds") -> str:
    """The reason in words why what is left after divergence cannot be judged, else nothing."""
    left, n = int(finished.sum()), len(finished)
    if 1 - left / n > MOST_DIVERGED:
        return f"{n - left} of {n} {what} {unit} diverged: what is left would describe the lucky ones."
    if left < MINIMUM_SEEDS:
        return f"Only {left} {what} {unit}: at least {MINIMUM_SEEDS} are needed to tell an effect from chance."
    return ""


def untested(reason: str, n: int) -> Finding:
    """The finding where the data allow no test, with the reason in words."""
    return Finding("inconclusive", float("nan"), (-np.inf, np.inf), n, reason, {"untested": reason})


def left_out(finished: np.ndarray) -> str:
    """What a sentence adds about repetitions that diverged; nothing where none did."""
    missing = int((~finished).sum())
    return f" {missing} diverged and are left out." if missing else ""


def show(value: float, sign: bool = False) -> str:
    """A number in a sentence: three digits."""
    return f"{value:+.3g}" if sign else f"{value:.3g}"


def span(low: float, high: float, confidence: float) -> str:
    """An interval in a sentence."""
    return f"{100 * confidence:g} % interval {show(low)} to {show(high)}"
