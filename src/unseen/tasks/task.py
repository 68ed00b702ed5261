"""The noun Task."""

from typing import Any, ClassVar

import equinox as eqx
from jaxtyping import PRNGKeyArray, PyTree

from unseen._types import Examples, Inputs, Outputs, Stream, expect_numbers


class Task(eqx.Module):
    """Where examples come from, and in which sense the test examples are unseen.

    A task is a specification: numbers that only scale things (noise, corruption) are leaves and may be traced; whatever decides
    a shape is a static field (`equinox.field(static=True)`). It constructs without arguments. Fields annotated `int`, `float` or `tuple[int, …]` hold
    numbers, or an error names the field; their range is for `expect` in the task's own `__check_init__`.

    Attributes:
        unseen: for each split other than `train`, one phrase that says in which sense it is unseen. Splits are disjoint from
            `train` as sets of inputs unless the phrase begins with "same".
    """

    unseen: ClassVar[dict[str, str]] = {}

    def __check_init__(self) -> None:
        expect_numbers(self)

    @property
    def inputs(self) -> Inputs:
        """What one input is: `Tokens` or `Reals`."""
        raise NotImplementedError

    @property
    def outputs(self) -> Outputs:
        """What one output is: `Classes` or `Values`."""
        raise NotImplementedError

    def load(self) -> PyTree[Any]:
        """Arrays read on the host once per process (a file, a bundled data set), handed to `splits` as `data`. Most tasks need none."""
        return None

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """The splits by name, at least `train` and `test`. Pure and jit-able; the same key gives the same splits."""
        raise NotImplementedError
