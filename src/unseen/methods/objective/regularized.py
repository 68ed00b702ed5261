"""An objective plus a norm of the parameters."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PyTree

from unseen._types import Problem, expect
from unseen.methods.joints import Objective
from unseen.methods.objective.cross_entropy import CrossEntropy


def neuron_norms(params: PyTree) -> Float[Array, " width"]:
    """‖ω_i‖₂ of each hidden neuron of a one-hidden-layer network: all its trained incoming and outgoing weights together.

    The network has `first` [inputs, width] and `readout` [width, outputs]; biases and what is not trained do not count.

    Raises:
        Problem: when the network is not of that form.

    >>> class OneHidden(eqx.Module):
    ...     first: Array
    ...     readout: Array
    >>> neuron_norms(OneHidden(jnp.array([[3.0, 0.0]]), jnp.array([[4.0], [2.0]]))).tolist()
    [5.0, 2.0]
    """
    if getattr(params, "first", None) is None or getattr(params, "hidden", None) or getattr(params, "embed", None) is not None:
        raise Problem(
            f'Regularized(norm="l2nu"): expected a network with one hidden layer and no embedding, got {type(params).__name__}. Use MLP(hidden=(m,)).'
        )
    squares = jnp.sum(jnp.square(params.first), axis=0)
    if eqx.is_array(params.readout):
        squares = squares + jnp.sum(jnp.square(params.readout), axis=1)
    return jnp.sqrt(squares + jnp.finfo(squares.dtype).tiny)


class Regularized(Objective):
    """inner + strength·R(θ), with R one of: "l2" Σ θ²; "l1" Σ |θ|; "l2nu" Σ_neurons ‖ω_i‖₂^ν, the L_{2,ν} norm to the power ν.

    The last is the norm whose max-margin solutions Morwani et al. (2024) characterise; ν is the network's degree of homogeneity
    (3 for one hidden quadratic layer, k + 1 for z^k).

    Attributes:
        inner: the objective that is regularised.
        norm: "l2", "l1" or "l2nu".
        strength: at least 0.
        nu: the power ν, above 0; read by "l2nu" alone.

    >>> [float(Regularized(norm=norm, strength=0.5).penalty({"w": jnp.array([3.0, -4.0])})) for norm in ("l2", "l1")]
    [12.5, 3.5]
    """

    inner: Objective = CrossEntropy()
    norm: str = eqx.field(static=True, default="l2")
    strength: float | Array = 1e-4
    nu: float | Array = 3.0

    def __check_init__(self) -> None:
        expect(
            self,
            norm=(lambda n: n in ("l2", "l1", "l2nu"), "'l2', 'l1' or 'l2nu'"),
            strength=(lambda s: s >= 0, "a number of at least 0"),
            nu=(lambda n: n > 0, "a number above 0"),
        )

    def losses(self, outputs: PyTree[Array], y: PyTree[Array]) -> Float[Array, " n"]:
        """Those of `inner`."""
        return self.inner.losses(outputs, y)

    def penalty(self, params: PyTree) -> Float[Array, ""]:
        """strength·R(θ), and the penalty of `inner`."""
        if self.norm == "l2nu":
            size = jnp.sum(neuron_norms(params) ** self.nu)
        else:
            entry = jnp.square if self.norm == "l2" else jnp.abs
            size = sum(jnp.sum(entry(leaf)) for leaf in jax.tree.leaves(params))
        return self.inner.penalty(params) + self.strength * size
