"""A task beside a second one on strings of the same kind, which is learned for the sake of the first."""

import dataclasses
from typing import Any

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, Stream, Strings, Tokens, expect
from unseen.tasks.strings._mixed import Mixed, padded, strings
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.bucket_sort import BucketSort
from unseen.tasks.strings.recopy import ReCopy
from unseen.tasks.task import Task

MARKS = 2


class Hinted(Task):
    """Task hinting (Awasthi & Gupta 2023): a `share` of the training rows asks for the answer of `hint`; tests are of `task` alone.

    Before each string stands a mark that says which answer is asked for. ASK and padding stay the last two symbols, the marks come before them. In the
    paper both answers are read off one string by heads of their own; here each string has one, and one head answers.

    Attributes:
        task: what is judged, with splits `test` and `longer`.
        hint: what is learned beside it, by strings of its own.
        share: chance of a training row to ask for the hint, in [0, 1].

    Raises:
        Problem: for tasks that are not from strings to strings, or have a finite training set.

    >>> import jax
    >>> task = Hinted(BucketSort(lengths=(3, 3), beyond=(4, 4)), ReCopy(alphabet=2, repeats=(1,), lengths=(3, 3), beyond=(4, 4)), share=1.0)
    >>> task.splits(jax.random.key(0))["train"].draw(jax.random.key(1), 1).x[0].tolist()  # mark, string, four times ASK, padding
    [6, 0, 0, 1, 7, 7, 7, 7, 8, 8]
    """

    task: Task = Autoregressive(BucketSort(lengths=(1, 10), beyond=(11, 20)))
    hint: Task = Autoregressive(ReCopy(alphabet=5, repeats=(1,), lengths=(1, 10), beyond=(11, 20)))
    share: float | Array = 0.5

    @property
    def unseen(self) -> dict[str, str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Those of `task`."""
        return self.task.unseen

    def __check_init__(self) -> None:
        expect(
            self,
            task=(lambda t: isinstance(t, Task), "a task from strings to strings"),
            hint=(lambda t: isinstance(t, Task), "a task from strings to strings"),
            share=(lambda s: 0 <= s <= 1, "a share in [0, 1]"),
        )

    @property
    def inputs(self) -> Tokens:
        """A mark, then what the longer of both tasks needs."""
        both = [strings(f"Hinted.{name}", task)[0] for name, task in (("task", self.task), ("hint", self.hint))]
        return Tokens(1 + max(one.length for one in both), max(one.vocabulary for one in both) + MARKS, padding=True)

    @property
    def outputs(self) -> Strings:
        """The classes of both."""
        both = [strings(f"Hinted.{name}", task)[1] for name, task in (("task", self.task), ("hint", self.hint))]
        return Strings(self.inputs.length, max(one.count for one in both))

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """Those of `task`, marked, the training stream with hints."""
        inputs, found, hints = self.inputs, self.task.splits(key, data), self.hint.splits(key, data)["train"]
        source = found["train"]
        if not isinstance(source, Stream) or not isinstance(hints, Stream):
            raise Problem("Hinted.task, Hinted.hint: expected fresh strings without end, got a finite training set. Set train_size=None.")
        first, second = (_Marked(one, strings("", task)[0], inputs, mark) for mark, (one, task) in enumerate(((source, self.task), (hints, self.hint))))
        tests = {name: first.mark(split) for name, split in found.items() if isinstance(split, Examples)}
        return {"train": Mixed(first, second, self.share), **tests}


class _Marked(Stream):
    source: Stream
    own: Tokens = eqx.field(static=True)
    all: Tokens = eqx.field(static=True)
    which: int = eqx.field(static=True)

    def mark(self, examples: Examples) -> Examples:
        """The strings in the symbols of all tasks, a mark before them."""
        ask, padding = self.own.vocabulary - 2, self.all.vocabulary - 1
        x = jnp.where(examples.x >= ask, examples.x - ask + self.all.vocabulary - 2, examples.x)
        x = jnp.pad(x, ((0, 0), (1, 0)), constant_values=self.all.vocabulary - 2 - MARKS + self.which)
        y = jnp.pad(examples.y, ((0, 0), (1, 0)), constant_values=-1)
        return padded(dataclasses.replace(examples, x=x, y=y), self.all.length, padding)

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` marked strings."""
        return self.mark(self.source.draw(key, n))
