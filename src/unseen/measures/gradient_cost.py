"""What a training direction costs, in plain gradients."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp

from unseen._types import Examples, Problem, outputs, trainable
from unseen.methods.gradient.backprop import Backprop
from unseen.methods.joints import Gradient, Objective


def gradient_cost(gradient: Gradient, network: Any, objective: Objective, examples: Examples) -> float:
    """Arithmetic operations of one direction over those of one plain gradient of the same batch: 1 for backpropagation, about 2 for SAM.

    Counted by XLA in the compiled programs, so that what is shared between the gradients of a direction counts once; not a time. Nothing is run.

    Args:
        gradient: the joint, in its first step.
        network: an Equinox module, taken in evaluation mode.
        objective: gives the loss of each example.
        examples: the batch; only its shapes matter.

    Raises:
        Problem: where the backend counts no operations.

    >>> from unseen._types import Classes, Reals
    >>> from unseen.models.mlp import MLP
    >>> from unseen.methods.objective.cross_entropy import CrossEntropy
    >>> network = MLP(hidden=(4,)).build(Reals((3,)), Classes(2), jax.random.key(0))
    >>> gradient_cost(Backprop(), network, CrossEntropy(), Examples(jnp.ones((5, 3)), jnp.zeros(5, int)))
    1.0
    """
    params, rest = trainable(network)

    def loss(theta: Any, batch: Examples, _: Any) -> jax.Array:
        return jnp.mean(objective.each(outputs(eqx.combine(theta, rest), batch.x), batch.y))

    def operations(joint: Gradient) -> float:
        state = joint.init(params)
        compiled = jax.jit(lambda theta, batch: joint(loss, theta, batch, jax.random.key(0), state)[1]).lower(params, examples).compile()
        analysis: Any = compiled.cost_analysis()
        if not (analysis and analysis.get("flops", 0) > 0):
            raise Problem(f"gradient_cost: expected a backend that counts operations, got {jax.default_backend()!r}. Run it on the CPU.")
        return float(analysis["flops"])

    return operations(gradient) / operations(Backprop())
