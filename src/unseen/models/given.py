"""A given network, to start from: rewound, pretrained, pruned or rescaled weights."""

from typing import Any

from jaxtyping import PRNGKeyArray, PyTree

from unseen._types import Inputs, Outputs
from unseen.models.linear import Linear
from unseen.models.model import Model


class Given(Model):
    """The network itself, weights included: `Given(runs.network(0))`. Its arrays are leaves, so that a batch of starts shares one program.

    The key and the task are not looked at.

    Attributes:
        network: an Equinox module on one example; None stands for a fresh `Linear`.

    >>> Given(eqx.nn.Identity()).build(Reals((2,)), Values((2,)), jax.random.key(0))(jnp.array([1.0, 2.0])).tolist()
    [1.0, 2.0]
    """

    network: PyTree = None

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """The network."""
        return Linear().build(inputs, outputs, key) if self.network is None else self.network
