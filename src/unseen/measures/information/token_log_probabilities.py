"""What a network that answers at every place says of each symbol asked for."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array

from unseen._types import Examples, Problem, Snapshot
from unseen.engine.probe import Probe, forward


class TokenLogProbabilities(Probe):
    """Log-probability in nats of each label of a split, [examples, places], as `log_p`; NaN where nothing is asked. And the facts named, as they are.

    Attributes:
        split: a finite split of a task whose outputs are `Strings`.
        facts: names in the split's `info` that are to be kept beside it.
        chunk: examples per forward pass.

    Raises:
        Problem: a split that is a stream.
    """

    split: str = eqx.field(static=True, default="test")
    facts: tuple[str, ...] = eqx.field(static=True, default=())
    chunk: int = eqx.field(static=True, default=1024)

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The named values."""
        examples = snapshot.splits[self.split]
        if not isinstance(examples, Examples):
            raise Problem(f"TokenLogProbabilities.split: expected a finite split, got {self.split!r}, which is a stream.")
        log_p = jax.nn.log_softmax(forward(snapshot.network, examples, self.chunk))
        asked = jnp.take_along_axis(log_p, jnp.maximum(examples.y, 0)[..., None], axis=2)[..., 0]
        return {"log_p": jnp.where(examples.y >= 0, asked, jnp.nan), **{name: examples.info[name] for name in self.facts}}
