"""The noun MeanBound: an upper limit on a loss on average over samples (or masks, or noise), which of the one sample at hand promises less."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from unseen.bounds.bound import Bound, Limit, check


@dataclass(frozen=True)
class MeanBound(Limit):
    """The expected loss is at most `value` on average over what the learner was given, if the assumptions hold.

    >>> bound = MeanBound(0.02, empirical=0.0, over="samples", assumptions={"examples are independent": None})
    >>> bound.vacuous, round(bound.at(0.1).value, 4)
    (False, 0.2)

    Attributes:
        value: the limit, in the unit of the loss; infinity where nothing can be said.
        empirical: the mean loss on training examples that it starts from, on the same average.
        over: what the average is over.
        assumptions: what has to be true; True where it was checked, None where it could not be. One that was found false gives no bound.
        trivial: the largest possible loss; a bound of that or more says nothing.
        terms: the numbers that it was computed from.
    """

    value: float
    empirical: float
    over: str
    assumptions: Mapping[str, bool | None]
    trivial: float = 1.0
    terms: Mapping[str, float] = field(default_factory=dict)

    def at(self, delta: float) -> Bound:
        """What it says of one draw with probability at least 1 - δ: value / δ, by Markov's inequality, for losses of at least 0.

        Raises:
            Problem: δ outside (0, 1).
        """
        check(1, delta)
        return Bound(self.value / delta, self.empirical, delta, self.assumptions, self.trivial, self.terms)

    def __str__(self) -> str:
        says = "vacuous" if self.vacuous else f"on average over {self.over}"
        return f"at most {self.value:.3g} ({self.empirical:.3g} on training examples; {says})"
