"""When a run is looked at, and when it ends early."""

from collections.abc import Mapping

import equinox as eqx
import numpy as np

from unseen._types import Problem, expect


class Schedule(eqx.Module):
    """The steps at which probes are recorded: the last step always, step 0 with all but `AtEnd`."""

    def steps(self, last: int) -> list[int]:
        """The recorded steps in order, up to `last`."""
        raise NotImplementedError


class LogSpaced(Schedule):
    """About `n` steps, equally spaced in log(1 + step).

    >>> LogSpaced(5).steps(1000)
    [0, 5, 31, 177, 1000]
    """

    n: int = eqx.field(static=True, default=40)

    def __check_init__(self) -> None:
        expect(self, n=(lambda n: n >= 2, "at least 2 recorded steps"))

    def steps(self, last: int) -> list[int]:
        return sorted({0, last, *np.round(np.expm1(np.linspace(0, np.log1p(last), self.n))).astype(int).tolist()})


class LinSpaced(Schedule):
    """`n` equally spaced steps.

    >>> LinSpaced(5).steps(1000)
    [0, 250, 500, 750, 1000]
    """

    n: int = eqx.field(static=True, default=40)

    def __check_init__(self) -> None:
        expect(self, n=(lambda n: n >= 2, "at least 2 recorded steps"))

    def steps(self, last: int) -> list[int]:
        return sorted({0, last, *np.round(np.linspace(0, last, self.n)).astype(int).tolist()})


class Every(Schedule):
    """Every `n` steps.

    >>> Every(400).steps(1000)
    [0, 400, 800, 1000]
    """

    n: int = eqx.field(static=True, default=100)

    def __check_init__(self) -> None:
        expect(self, n=(lambda n: n >= 1, "a distance of at least 1 step"))

    def steps(self, last: int) -> list[int]:
        return sorted({*range(0, last + 1, self.n), last})


class AtEnd(Schedule):
    """The last step alone, where a look costs as much as hundreds of steps and nothing before is asked for.

    >>> AtEnd().steps(1000)
    [1000]
    """

    def steps(self, last: int) -> list[int]:
        return [last]


class Stop(eqx.Module):
    """Ends a run at the first recorded step at which `metric` has been above (or below) a level `patience` + 1 times in a row.

    >>> Stop("test_accuracy", above=0.99).met({"test_accuracy": [0.2, 0.995]})
    True
    """

    metric: str = eqx.field(static=True)
    above: float | None = eqx.field(static=True, default=None)
    below: float | None = eqx.field(static=True, default=None)
    patience: int = eqx.field(static=True, default=0)

    def __check_init__(self) -> None:
        if (self.above is None) == (self.below is None):
            raise Problem(f"Stop({self.metric!r}): give exactly one of above= and below=, e.g. Stop({self.metric!r}, above=0.99).")
        expect(self, patience=(lambda p: p >= 0, "a whole number ≥ 0"))

    def met(self, history: Mapping[str, list[float]]) -> bool:
        """Whether the run may end, given the recorded values so far."""
        if self.metric not in history:
            from unseen._types import unknown

            raise unknown("metric in stop=", self.metric, history)
        recent = np.asarray(history[self.metric][-(self.patience + 1) :])
        if len(recent) <= self.patience:
            return False
        return bool(np.all(recent > self.above if self.above is not None else recent < self.below))
