"""Examples of one split, and what a model said of them."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int


class Fault(NamedTuple):
    """Examples of a split, "test", "train" or "new", that cannot be used: how many of how many, and why.

    Attributes:
        foreign: whether it is their label that the model has no score for; then the reason is which labels.
    """

    split: str
    lost: int
    of: int
    reason: str
    foreign: bool = False


@dataclass(frozen=True)
class Part:
    """Examples of one split.

    Attributes:
        y: labels; empty where they are not known.
        x: inputs, or None where only predictions are known.
        groups: names of groups by example, by what they are groups of.
        unanswered: examples for which the model gave nothing finite; None: it did for all.
        places: where the examples stand in what was given; None: it is these.
    """

    instead: ClassVar[str]
    """What is done with the unanswered."""

    y: np.ndarray
    x: Any = field(default=None, kw_only=True)
    groups: Mapping[str, np.ndarray] | None = field(default=None, kw_only=True)
    unanswered: Bool[np.ndarray, " n"] | None = field(default=None, kw_only=True)
    places: Int[np.ndarray, " n"] | None = field(default=None, kw_only=True)

    def place(self, i: int) -> int:
        """Where an example stands in what was given."""
        return int(i if self.places is None else self.places[i])

    def __len__(self) -> int:
        raise NotImplementedError

    @property
    def said(self) -> np.ndarray:
        """The answers, an example a row."""
        raise NotImplementedError

    def told(self, at: np.ndarray) -> str:
        """How good the answers at some places are, in words."""
        raise NotImplementedError


@dataclass(frozen=True)
class Scored(Part):
    """Examples of classes, whose labels are indices.

    Attributes:
        scores: probabilities of the classes, or one-hot predictions where a model gives no more; all alike for the unanswered, which count as wrong.
    """

    instead: ClassVar[str] = "They count as wrong"

    scores: Float[np.ndarray, "n classes"]

    def __len__(self) -> int:
        return len(self.scores)

    @property
    def said(self) -> np.ndarray:
        return self.scores

    @functools.cached_property
    def right(self) -> np.ndarray:
        """1 where the likeliest class is the label, else 0."""
        right = np.argmax(self.scores, axis=1) == self.y
        return (right if self.unanswered is None else right & ~self.unanswered).astype(float)

    @functools.cached_property
    def confidence(self) -> np.ndarray:
        """The probability of the likeliest class."""
        return np.max(self.scores, axis=1)

    @functools.cached_property
    def losses(self) -> np.ndarray:
        """-ln of the probability of the label, at most 36 (a probability of 0 counts as 2⁻⁵²)."""
        return -np.log(np.maximum(self.scores[np.arange(len(self)), self.y], np.finfo(float).eps))

    def told(self, at: np.ndarray) -> str:
        return f"{self.right[at].mean():.1%} are right"


@dataclass(frozen=True)
class Valued(Part):
    """Examples of numbers.

    Attributes:
        values: predictions; for the unanswered the mean of the others.
    """

    instead: ClassVar[str] = "The mean of its other answers stands for them"

    values: Float[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.values)

    @property
    def said(self) -> np.ndarray:
        return self.values

    @functools.cached_property
    def errors(self) -> np.ndarray:
        """Prediction minus label."""
        return self.values - self.y

    @functools.cached_property
    def squares(self) -> np.ndarray:
        """Squared errors."""
        return np.square(self.errors)

    def told(self, at: np.ndarray) -> str:
        return f"the error is {np.sqrt(self.squares[at].mean()):.3g}"
