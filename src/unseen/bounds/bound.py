"""The noun Bound: an upper limit on an expected loss, with the confidence and the assumptions that it rests on; and what every such limit can say."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from unseen._problem import Problem, number, whole


class Limit:
    """What an upper limit `value` says beside `empirical`, the loss that it starts from, and `trivial`, the largest possible one."""

    value: float
    empirical: float
    assumptions: Mapping[str, bool | None]
    trivial: float

    def __post_init__(self) -> None:
        false = [name for name, fine in self.assumptions.items() if fine is False]
        if false:
            raise Problem(f"{type(self).__name__}: expected assumptions that hold, but this was found to be false: {'; '.join(false)}.")

    @property
    def vacuous(self) -> bool:
        """Whether it says no more than what is true anyway."""
        return not self.value < self.trivial

    @property
    def slack(self) -> float:
        """How far it lies above the loss on the examples that it starts from."""
        return self.value - self.empirical


@dataclass(frozen=True)
class Bound(Limit):
    """An expected loss is at most `value`, with probability at least 1 - `delta` over the draw of the sample, if the assumptions hold.

    >>> bound = Bound(0.31, empirical=0.2, delta=0.05, assumptions={"examples are independent": None})
    >>> bound.vacuous, round(bound.slack, 2)
    (False, 0.11)

    Attributes:
        value: the limit, in the unit of the loss; infinity where nothing can be said.
        empirical: the mean loss on the sample that it starts from.
        delta: the chance in (0, 1) that the bound fails.
        assumptions: what has to be true; True where it was checked on the data at hand, None where it could not be. One that was found false gives no bound.
        trivial: the largest possible loss; a bound of that or more says nothing.
        terms: the numbers that it was computed from.
    """

    value: float
    empirical: float
    delta: float
    assumptions: Mapping[str, bool | None]
    trivial: float = 1.0
    terms: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 < self.delta < 1:
            raise Problem(f"Bound: expected a chance of failure in (0, 1), got delta={self.delta!r}.")
        super().__post_init__()

    def __str__(self) -> str:
        says = "vacuous" if self.vacuous else f"holds with probability {1 - self.delta:.3g}"
        return f"at most {self.value:.3g} ({self.empirical:.3g} on the sample; {says})"


INDEPENDENT = "examples are independent draws from the distribution that is asked about"
UNTOUCHED = "the predictor was fixed before these examples were looked at"


def check(n: int, delta: float, empirical: float = 0.0, *, trivial: float = 1.0) -> None:
    """What every bound asks of its numbers: n ≥ 1 examples, δ in (0, 1), a mean loss in [0, trivial].

    Raises:
        Problem: naming the argument that is out of range.

    >>> check(100, 0.05, 0.1)
    """
    whole(n=n)
    number(delta=delta, empirical=empirical, trivial=trivial)
    if n < 1:
        raise Problem(f"n: expected a number of examples of at least 1, got {n!r}.")
    if not 0 < delta < 1:
        raise Problem(f"delta: expected a probability of failure in (0, 1), got {delta!r}. Write delta=0.05 for 95 % confidence.")
    if not (0 <= empirical <= trivial and math.isfinite(empirical)):
        raise Problem(
            f"empirical: expected a mean loss from 0 to {trivial:g}, got {empirical!r}. "
            "These bounds are for losses of a known range: divide by the largest possible loss, or clip the loss; an unbounded loss needs a bound for it."
        )


def stratum(value: float, base: float = 2.0) -> tuple[float, float]:
    """(the next power of `base` at or above a positive value, the price ln(1/weight) of not having fixed it beforehand).

    The powers base^k, k any whole number, share the confidence with weights 1 / (3 (|k| + 1)²), which add up to less than 1.

    >>> stratum(3.0)[0]
    4.0
    """
    number(value=value, base=base)
    if not 1 < base < math.inf:
        raise Problem(f"base: expected a finite number above 1, got {base!r}.")
    if not (value > 0 and math.isfinite(value)):
        raise Problem(f"value: expected a positive finite number to take the next power of {base:g} of, got {value!r}.")
    power = math.ceil(round(math.log(value, base), 12))
    return base**power, math.log(3) + 2 * math.log1p(abs(power))
