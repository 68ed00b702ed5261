"""Two Gaussian clusters in high dimension, with flipped labels."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from unseen._types import Examples
from unseen.tasks._clusters import FlippedClusters


class NoisyClusters(FlippedClusters):
    """x = ±μ + ξ with ξ ~ N(0, I_d), + for class 1; classes are equally likely, and training labels are flipped at a rate.

    The setting of benign overfitting in classification: Chatterji & Long (2021); Frei, Chatterji & Bartlett (2022). μ lies along the first axis (Gaussian
    noise has no preferred axes). No classifier has a lower error on clean labels than Φ(-‖μ‖). Test labels are clean. `info["corrupted"]` of `train` says
    whose label was flipped.

    Attributes:
        dimension: d.
        train_size: n.
        test_size: examples of the test split.
        norm: ‖μ‖: half the distance of the centres, in standard deviations.
        flip_rate: probability that a training label is flipped.

    >>> NoisyClusters(dimension=5, train_size=3).splits(jax.random.key(0))["train"].x.shape
    (3, 5)
    """

    axes: ClassVar[int] = 1

    def _draw(self, key: PRNGKeyArray, n: int) -> Examples:
        which, noise = jax.random.split(key)
        y = jax.random.bernoulli(which, 0.5, (n,)).astype(jnp.int32)
        return Examples(jax.random.normal(noise, (n, self.dimension)).at[:, 0].add(self.norm * (2 * y - 1)), y)
