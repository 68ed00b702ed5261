"""A task whose training has a few examples of lengths that are otherwise never seen."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, Stream, Strings, Tokens, expect
from unseen.tasks.strings._mixed import Mixed, padded, strings
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.binary_addition import BinaryAddition
from unseen.tasks.task import Task


class Primed(Task):
    """Train-set priming (Jelassi, d'Ascoli, Domingo-Enrich, Wu, Li & Charton 2023): `count` strings as those of `longer`, in a `share` of all training rows.

    The strings are drawn once, and again in each batch; those of `longer` that are among them are taken out of it, others of the same length stand in
    their place in turn (where all of a length prime, they stay). With count 0 the task is as it was, but for the padding of its strings.

    Attributes:
        task: strings, drawn afresh, with the splits `test` and `longer`.
        count: how many strings prime.
        share: chance of a training row to be one of them, in [0, 1].

    Raises:
        Problem: for a task that is not from strings to strings, or has a finite training set.

    >>> task = Primed(BinaryAddition(lengths=(1, 3), beyond=(4, 6)), count=2, share=1.0)
    >>> task.splits(jax.random.key(0))["train"].draw(jax.random.key(1), 4).x.shape
    (4, 13)
    """

    task: Task = Autoregressive(BinaryAddition(lengths=(1, 10), beyond=(11, 20)))
    count: int = eqx.field(static=True, default=50)
    share: float | Array = 0.1

    @property
    def unseen(self) -> dict[str, str]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Those of `task`, and what was shown of them."""
        return self.task.unseen | {"longer": f"not in training; {self.count} strings of these lengths were"}

    def __check_init__(self) -> None:
        expect(
            self,
            task=(lambda t: isinstance(t, Task), "a task from strings to strings"),
            count=(lambda n: type(n) is int and n >= 0, "a whole number of strings"),
            share=(lambda s: 0 <= s <= 1, "a share in [0, 1]"),
        )

    @property
    def inputs(self) -> Tokens:
        """Those of `task`."""
        return strings("Primed.task", self.task)[0]

    @property
    def outputs(self) -> Strings:
        """Those of `task`."""
        return strings("Primed.task", self.task)[1]

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """Those of `task`, the training stream with strings that prime."""
        inputs, found = self.inputs, self.task.splits(key, data)
        source, longer = found["train"], found["longer"]
        if not isinstance(source, Stream) or not isinstance(longer, Examples):
            raise Problem("Primed.task: expected fresh strings without end, got a finite training set. Set train_size=None.")
        source = _Padded(source, inputs.length, inputs.vocabulary - 1)
        if self.count == 0:
            return found | {"train": source}
        again = self.task.splits(jax.random.fold_in(key, 1), data)["longer"]
        assert isinstance(again, Examples)
        chosen = jax.random.permutation(jax.random.fold_in(key, 2), len(again))
        priming = again.take(jnp.resize(chosen, self.count))
        known = jax.lax.map(lambda x: jnp.any(jnp.all(priming.x == x, axis=1)), longer.x)
        length = longer.info["length"]
        other = (length[:, None] == length) & ~known  # of each string those of its length that did not prime
        turn = jnp.cumsum(known) % jnp.maximum(jnp.sum(other, axis=1), 1)  # each takes the next of them
        place = jnp.argmax(jnp.cumsum(other, axis=1) == turn[:, None] + 1, axis=1)
        longer = longer.take(jnp.where(known & jnp.any(other, axis=1), place, jnp.arange(len(longer))))
        return found | {"longer": longer, "train": Mixed(source, _Again(priming), self.share)}


class _Padded(Stream):
    source: Stream
    length: int = eqx.field(static=True)
    padding: int = eqx.field(static=True)

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` strings."""
        return padded(self.source.draw(key, n), self.length, self.padding)


class _Again(Stream):
    examples: Examples

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` of the strings, with repeats."""
        return self.examples.take(jax.random.randint(key, (n,), 0, len(self.examples)))
