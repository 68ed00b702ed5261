"""What one check of an audit says."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

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
        level: "attention" where an engineer should look, "fine" where there is nothing to see, "fact" where it depends.
        interval: of 95 % confidence unless the sentence says otherwise; (nan, nan) for a plain count.
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
    level: Level = "fact"
    interval: tuple[float, float] = (math.nan, math.nan)
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
