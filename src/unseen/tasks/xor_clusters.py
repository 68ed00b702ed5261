"""XOR of four Gaussian clusters in high dimension, with flipped labels."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from unseen._types import Examples
from unseen.tasks._clusters import FlippedClusters


class XorClusters(FlippedClusters):
    """x = μ + ξ with ξ ~ N(0, I_p) and μ uniform in {±μ₁, ±μ₂}; class 1 for ±μ₁, class 0 for ±μ₂; training labels flipped at a rate.

    μ₁ and μ₂ lie along the first two axes (Gaussian noise has no preferred axes). No linear classifier beats chance on clean labels.
    Xu, Wang, Frei, Vardi & Hu (2024), "Benign Overfitting and Grokking in ReLU Networks for XOR Cluster Data", assume p ≥ C n²‖μ‖² and
    ‖μ‖² ≥ C n^0.51 √p: noise larger than signal in norm, smaller in correlation. Test labels are clean. `info["corrupted"]` of `train`
    says whose label was flipped, `info["cluster"]` which of +μ₁, -μ₁, +μ₂, -μ₂ (0 to 3) an example comes from.

    Attributes:
        dimension: p.
        train_size: n.
        test_size: examples of the test split.
        norm: ‖μ‖.
        flip_rate: probability η that a training label is flipped.

    >>> splits = XorClusters(dimension=50, train_size=8).splits(jax.random.key(0))
    >>> splits["train"].x.shape
    (8, 50)
    """

    dimension: int = eqx.field(static=True, default=2000)
    test_size: int = eqx.field(static=True, default=500)
    norm: Any = 20.0

    axes: ClassVar[int] = 2

    def _draw(self, key: PRNGKeyArray, n: int) -> Examples:
        which, noise = jax.random.split(key)
        cluster = jax.random.randint(which, (n,), 0, 4)
        mean = self.norm * (1 - 2 * (cluster % 2))  # clusters 0, 1: ±μ₁; 2, 3: ±μ₂
        x = jax.random.normal(noise, (n, self.dimension)).at[jnp.arange(n), cluster // 2].add(mean)
        return Examples(x, (cluster < 2).astype(jnp.int32), {"cluster": cluster})
