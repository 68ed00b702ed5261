"""Neural accumulators, neural arithmetic logic units, and networks of them."""

from functools import partial
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray
from scipy.optimize import brentq

from unseen._types import Fixed, Inputs, Outputs, expect
from unseen.models.arithmetic_units import check_units, need_reals, stacked
from unseen.models.layers import uniform
from unseen.models.model import Model
from unseen.models.product import product


def weight_variance(r: float) -> float:
    """Variance of tanh(a) σ(b) for independent a, b uniform on ±r: (1 - tanh(r)/r) (r - tanh(r/2)) / (2r), which rises from 0 to 1/2 with r.

    >>> round(weight_variance(10.0), 3)
    0.405
    """
    return float((1.0 - np.tanh(r) / r) * (r - np.tanh(r / 2.0)) / (2.0 * r))


def initial_range(inputs: int, outputs: int) -> float:
    """The r for which `weight_variance` is that of Glorot and Bengio (2010), 2 / (inputs + outputs), at most 2/5 (no r would do for fewer than 5).

    >>> round(weight_variance(initial_range(10, 10)), 4)  # 2 / 20
    0.1
    """
    return float(brentq(lambda r: weight_variance(r) - 2.0 / max(inputs + outputs, 5), 1e-6, 10.0))  # pyright: ignore[reportArgumentType]


class Accumulator(eqx.Module):
    """W = tanh(Ŵ) σ(M̂), which favours -1, 0 and 1, and the three units that use it. One weight matrix serves both sums and products.

    NAC+: a = x W. NAC•: m = exp(log(|x| + ε) W), a product of powers of |x|. NALU: g a + (1 - g) m with the gate g = σ(x G).

    Attributes:
        gate: G; None for a unit without one.
        epsilon: ε.
        kind: "add" (NAC+), "multiply" (NAC•) or "gated" (NALU).
    """

    raw: Float[Array, "inputs outputs"]
    mask: Float[Array, "inputs outputs"]
    gate: Float[Array, "inputs outputs"] | None
    epsilon: Fixed
    kind: str = eqx.field(static=True)

    @classmethod
    def fresh(cls, key: PRNGKeyArray, inputs: int, outputs: int, *, kind: str, epsilon: Array | float) -> "Accumulator":
        """Ŵ and M̂ uniform on ±`initial_range`; G uniform on ±sqrt(6 / (inputs + outputs))."""
        at_raw, at_mask, at_gate = jax.random.split(key, 3)
        shape, r = (inputs, outputs), initial_range(inputs, outputs)
        gate = uniform(at_gate, shape, (6.0 / sum(shape)) ** 0.5) if kind == "gated" else None
        return cls(uniform(at_raw, shape, r), uniform(at_mask, shape, r), gate, Fixed(jnp.asarray(epsilon)), kind)

    @property
    def weight(self) -> Float[Array, "inputs outputs"]:
        """W, each entry in (-1, 1)."""
        return jnp.tanh(self.raw) * jax.nn.sigmoid(self.mask)

    def __call__(self, x: Float[Array, " inputs"]) -> Float[Array, " outputs"]:
        if self.kind == "add":
            return product(x, self.weight)
        multiplied = jnp.exp(product(jnp.log(jnp.abs(x) + self.epsilon.value), self.weight))
        if self.gate is None:
            return multiplied
        gate = jax.nn.sigmoid(product(x, self.gate))
        return gate * product(x, self.weight) + (1.0 - gate) * multiplied


class NALU(Model):
    """A network of neural accumulators and arithmetic logic units (Trask et al. 2018), initialised as in the code of Madsen & Johansen (2020).

    Attributes:
        units: "add" (NAC+), "multiply" (NAC•) or "gated" (NALU), from input to output.
        hidden: widths between the units, one fewer than units.
        epsilon: added to |x| before its logarithm, above 0.

    >>> NALU(units=("add", "multiply")).build(Reals((4,)), Values((1,)), jax.random.key(0))(jnp.ones(4)).shape
    (1,)
    """

    units: tuple[str, ...] = eqx.field(static=True, default=("gated", "gated"))
    hidden: tuple[int, ...] = eqx.field(static=True, default=(2,))
    epsilon: float | Array = 1e-7
    KINDS: ClassVar[dict[str, str]] = {"add": "NAC+", "multiply": "NAC•", "gated": "NALU"}

    def __check_init__(self) -> None:
        check_units(self, self.KINDS)
        expect(self, epsilon=(lambda e: e > 0, "a number above 0"))

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `UnitNetwork`."""
        fresh = [partial(Accumulator.fresh, kind=unit, epsilon=self.epsilon) for unit in self.units]
        return stacked(fresh, self.hidden, need_reals(self, inputs), outputs, key)
