"""Training batches of strings of which some rows come from elsewhere."""

import dataclasses

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Examples, Problem, Stream, Strings, Tokens
from unseen.tasks.task import Task


def strings(owner: str, task: Task) -> tuple[Tokens, Strings]:
    """Inputs and outputs of a task from strings to strings.

    Raises:
        Problem: for another task, or one whose symbols have places.
    """
    inputs, outputs = task.inputs, task.outputs
    if not (isinstance(inputs, Tokens) and isinstance(outputs, Strings) and inputs.padding and inputs.places is None):
        raise Problem(f"{owner}: expected a task from strings to strings, without places, as BucketSort() or Autoregressive(BucketSort()), got {task!r}.")
    return inputs, outputs


def padded(examples: Examples, length: int, padding: int) -> Examples:
    """The examples with `padding` at the end of each string, up to a length; nothing more is asked."""
    more = ((0, 0), (0, length - examples.x.shape[1]))
    return dataclasses.replace(examples, x=jnp.pad(examples.x, more, constant_values=padding), y=jnp.pad(examples.y, more, constant_values=-1))


class Mixed(Stream):
    """Each row from `other` with chance `share`, else from `source`: both streams of strings of one padded length and the same facts."""

    source: Stream
    other: Stream
    share: float | Float[Array, ""]

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` strings."""
        at_source, at_other, at_which = jax.random.split(key, 3)
        from_other = jax.random.bernoulli(at_which, self.share, (n,))
        pick = lambda a, b: jnp.where(from_other.reshape(n, *[1] * (a.ndim - 1)), b, a)  # noqa: E731
        return jax.tree.map(pick, self.source.draw(at_source, n), self.other.draw(at_other, n))
