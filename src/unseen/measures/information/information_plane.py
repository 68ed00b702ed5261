"""The information plane: what each layer knows of the input and of the label, along training."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from unseen._types import Snapshot
from unseen.engine.probe import Probe
from unseen.measures.information.binned import binned_information, equal_counts, equal_width
from unseen.models.product import product


def layers(network: Any, x: Float[Array, "n *input"]) -> tuple[Float[Array, "n _"], ...]:
    """The activity of every hidden layer of a perceptron, in order, and the softmax of its outputs.

    >>> from unseen._types import Classes, Reals
    >>> from unseen.models.mlp import MLP
    >>> network = MLP(hidden=(4, 3)).build(Reals((2,)), Classes(2), jax.random.key(0))
    >>> [activity.shape for activity in layers(network, jnp.ones((5, 2)))]
    [(5, 4), (5, 3), (5, 2)]
    """

    def one(x: Array) -> tuple[Array, ...]:
        found = [network.activate(network.encode(x), 0)]
        for layer, weight in enumerate(network.hidden, start=1):
            found.append(network.activate(product(found[-1], weight), layer))
        return (*found, jax.nn.softmax(network(x)))

    return jax.vmap(one, axis_name="batch")(x)


class InformationPlane(Probe):
    """`information_x` and `information_y` [layers], in bits: I(T; X) and I(T; Y) of the hidden layers and of the outputs' softmax, by `binned_information`.

    Over all splits together, so that they should be all inputs there are, each once; otherwise read what `binned_information` says of samples. The network is a
    perceptron. Source: Shwartz-Ziv & Tishby (2017); Chelombiev, Houghton & O'Donnell (2019) for bins that adapt.

    Attributes:
        bins: as many bins, with equal counts (`equal_counts`), for each layer at each time.
        width: bins of this width instead (`equal_width`), the same for all layers and times.
    """

    bins: int = eqx.field(static=True, default=30)
    width: float | None = eqx.field(static=True, default=None)

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The two arrays."""
        x = jnp.concatenate([split.x for split in snapshot.splits.values()])
        y = jnp.concatenate([split.y for split in snapshot.splits.values()])
        activities = layers(snapshot.network, x)
        width = max(h.shape[1] for h in activities)

        def one(h: Array) -> Array:  # columns of zeros change neither the bins nor the entropies, and one program serves all layers
            codes = equal_counts(h, self.bins) if self.width is None else equal_width(h, self.width)
            return jnp.stack(binned_information(codes, y)) / jnp.log(2)

        about = jax.lax.map(one, jnp.stack([jnp.pad(h, ((0, 0), (0, width - h.shape[1]))) for h in activities]))
        return {"information_x": about[:, 0], "information_y": about[:, 1]}
