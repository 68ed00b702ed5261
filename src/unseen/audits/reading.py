"""What one check of an audit says."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

SAMPLED = "It holds where the model will be used if these examples were drawn from there, each independently of the others."
DRAWN = SAMPLED.removesuffix(".") + ", and if their labels are right."
BOTH = "Training and unseen examples must have been drawn alike, or it mixes what was learned by heart with a change of the data. " + DRAWN
NEARNESS = "Examples count as near by their columns, each in units of its deviation: for images and text that means little. "
COUNTED = "It is a count of what was given, with nothing assumed."
Level = Literal["attention", "fine", "fact"]


@dataclass(frozen=True)
class Row:
    """A line of a reading's table: a part of the examples, with the share of it that is right, or its error."""

    name: str
    value: float
    interval: tuple[float, float]
    n: int
    x: float = math.nan


@dataclass(frozen=True)
class Reading:
    """One number with its uncertainty, and what it means.

    Attributes:
        name: what was read, in a few words.
        value: the number, in `unit`.
        sentence: what it says, in words that need no other.
        applies: on what it rests, and where it does not hold.
        level: "attention" where an engineer should look, "fine" where there is nothing to see, "fact" where it depends.
        interval: of 95 % confidence unless the sentence says otherwise; (nan, nan) where it is exact.
        exact: whether it is a plain count, or was computed without a sample, so that there is no uncertainty.
        better: "higher", "lower", or "" where neither is.
        range: from which to which the number can be.
        unit: "share", "nats", "examples" ….
        rows: the parts it was read from, for a figure.
        drawn: how they are drawn: "parts", "reliability" (of probabilities), "levels" (of numbers), or "" for no figure.
        axis: what the parts' numbers are.
        line: what they are compared with; NaN: how good the model is on all unseen examples.
        worse: on which side of the line a part asks for attention.
    """

    name: str
    value: float
    sentence: str
    applies: str
    level: Level = "fact"
    interval: tuple[float, float] = (math.nan, math.nan)
    exact: bool = False
    better: Literal["higher", "lower", ""] = ""
    range: tuple[float, float] = (0, 1)
    unit: str = "share"
    rows: Sequence[Row] = field(default=())
    drawn: Literal["", "parts", "reliability", "levels"] = ""
    axis: str = "share of right answers"
    line: float = math.nan
    worse: Literal["below", "above"] = "below"

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        from dataclasses import asdict

        return asdict(self)


class SkipError(Exception):
    """A check that does not apply; the message says why, and what would make it apply."""
