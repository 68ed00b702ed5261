"""Neural collapse: how far the features of a class are one point, the classes evenly spread, and the readout one with them."""

from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from unseen._types import Problem, Snapshot
from unseen.engine.probe import Probe


class ClassMeans(eqx.Module):
    """The features of n examples by class. Classes without an example count nowhere.

    Attributes:
        count: examples of each class.
        mean: of their features, 0 where there is none.
        variance: mean squared distance of their features to it.
    """

    count: Int[Array, " classes"]
    mean: Float[Array, "classes d"]
    variance: Float[Array, " classes"]

    @property
    def there(self) -> Bool[Array, " classes"]:
        """Which classes have an example."""
        return self.count > 0

    @property
    def centred(self) -> Float[Array, "classes d"]:
        """Means less the mean of means, each class with the same weight however frequent it is."""
        return self.mean - jnp.sum(self.mean, axis=0) / jnp.sum(self.there)

    @property
    def directions(self) -> Float[Array, "classes d"]:
        """`centred`, divided by their norms."""
        return self.centred / jnp.linalg.norm(self.centred, axis=1, keepdims=True)


def class_means(features: Float[Array, "n d"], y: Int[Array, " n"], classes: int) -> ClassMeans:
    """Count, mean and variance of the features of each class in [0, classes).

    >>> class_means(jnp.array([[0.0], [2.0], [5.0]]), jnp.array([0, 0, 1]), 2).variance.tolist()
    [1.0, 0.0]
    """
    count = jnp.zeros(classes, int).at[y].add(1)
    mean = jnp.zeros((classes, features.shape[1])).at[y].add(features) / jnp.maximum(count, 1)[:, None]
    variance = jnp.zeros(classes).at[y].add(jnp.sum((features - mean[y]) ** 2, axis=1)) / jnp.maximum(count, 1)
    return ClassMeans(count, mean, variance)


def normalized_variance(means: ClassMeans, power: float = 1.0) -> Float[Array, ""]:
    """NC1: the mean over pairs of classes of (v_a + v_b) / (2 ‖m_a - m_b‖^(2 power)), with v variances and m means.

    At least 0; 0 where each class is a point, infinite where two means coincide. With `power` 1 it has no units (Galanti, György & Hutter 2021). Wu & Papyan
    (2024) take 2, by which near pairs count more; it then has the unit of one over a square of the features, and so falls when these are longer.
    """
    squared = jnp.sum((means.mean[:, None] - means.mean) ** 2, axis=2)
    return _mean(0.5 * (means.variance[:, None] + means.variance) / squared**power, _pairs(means))


def norm_variation(means: ClassMeans) -> Float[Array, ""]:
    """NC2, equal norms: standard deviation over mean of the norms of the centred class means. At least 0, without units; 0 where they are equal."""
    norms = jnp.linalg.norm(means.centred, axis=1)
    return _deviation(norms, means.there) / _mean(norms, means.there)


def angle_variation(means: ClassMeans) -> Float[Array, ""]:
    """NC2, equal angles: standard deviation over pairs of classes of the cosine between centred class means. In [0, 1]; 0 for a simplex."""
    return _deviation(means.directions @ means.directions.T, _pairs(means))


def uniformity_variation(means: ClassMeans) -> Float[Array, ""]:
    """GNC2: standard deviation over pairs of classes of -log of the distance between the directions of centred class means.

    At least 0, without units. 0 for a simplex; for more classes than dimensions nothing gives 0, and means spread evenly over the sphere give little
    (Liu et al. 2023; Wu & Papyan 2024).
    """
    squared = jnp.sum((means.directions[:, None] - means.directions) ** 2, axis=2)
    return _deviation(-0.5 * jnp.log(squared), _pairs(means))


def duality(means: ClassMeans, readout: Float[Array, "classes d"]) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """NC3: mean and standard deviation over classes of the cosine between the centred mean of a class and its weights in the readout.

    The mean (self-duality) is in [-1, 1] and 1 where collapsed, the standard deviation (uniform duality, Wu & Papyan 2024) in [0, 1] and 0 there.
    """
    cosine = jnp.sum(means.directions * readout, axis=1) / jnp.linalg.norm(readout, axis=1)
    return _mean(cosine, means.there), _deviation(cosine, means.there)


def nearest_mean_agreement(features: Float[Array, "n d"], logits: Float[Array, "n classes"], means: ClassMeans) -> Float[Array, ""]:
    """NC4: the share of examples in [0, 1] whose largest logit is that of the class with the nearest mean."""
    squared = jnp.sum(means.mean**2, axis=1) - 2 * features @ means.mean.T
    return jnp.mean(jnp.argmin(jnp.where(means.there, squared, jnp.inf), axis=1) == jnp.argmax(logits, axis=1))


def _pairs(means: ClassMeans) -> Bool[Array, "classes classes"]:
    return means.there[:, None] & means.there & ~jnp.eye(len(means.count), dtype=bool)


def _mean(values: Array, there: Bool[Array, "..."]) -> Float[Array, ""]:
    return jnp.sum(jnp.where(there, values, 0)) / jnp.sum(there)


def _deviation(values: Array, there: Bool[Array, "..."]) -> Float[Array, ""]:
    return jnp.sqrt(_mean((values - _mean(values, there)) ** 2, there))


class NeuralCollapse(Probe):
    """The measures above on a split, for a network that has `features(x)` and the weights `readout` of its classes.

    `nc1` is `normalized_variance`, `nc1_paper` with the power 2; `nc2_norms`, `nc2_angles`, `nc2_uniformity`; `nc3_duality` and `nc3_uniform`; `nc4_agreement`.

    Attributes:
        split: the split.
        samples: how many of its examples, the first.

    Raises:
        Problem: the network has no `features`, or no `readout`.
    """

    split: str = eqx.field(static=True, default="train")
    samples: int = eqx.field(static=True, default=4096)

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The named values."""
        network: Any = snapshot.network
        if not isinstance(getattr(network, "features", None), Callable) or getattr(network, "readout", None) is None:
            raise Problem(f"NeuralCollapse: expected a network with features(x) and a readout, got {type(network).__name__}. Use Transformer, or MLP.")
        split = snapshot.splits[self.split]
        x, y = split.x[: self.samples], split.y[: self.samples]
        features = jax.vmap(network.features)(x)
        logits = jax.vmap(network)(x)
        means = class_means(features, y, logits.shape[1])
        same, spread = duality(means, network.readout.T)
        return {
            "nc1": normalized_variance(means),
            "nc1_paper": normalized_variance(means, 2.0),
            "nc2_norms": norm_variation(means),
            "nc2_angles": angle_variation(means),
            "nc2_uniformity": uniformity_variation(means),
            "nc3_duality": same,
            "nc3_uniform": spread,
            "nc4_agreement": nearest_mean_agreement(features, logits, means),
        }
