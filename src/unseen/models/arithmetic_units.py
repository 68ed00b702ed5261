"""Units that add and multiply exactly: NAU and NMU, and networks of them."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Inputs, Outputs, Problem, Tokens, expect
from unseen.models.layers import output_shape, uniform
from unseen.models.model import Model
from unseen.models.product import product

Fresh = Callable[[PRNGKeyArray, int, int], Any]  # (key, inputs, outputs) → a unit


def need_reals(owner: object, inputs: Inputs) -> int:
    """The length of one input as a flat vector of real numbers.

    Raises:
        Problem: when the inputs are tokens, with which one does not calculate.

    >>> need_reals("a unit", Reals((2, 3)))
    6
    """
    if isinstance(inputs, Tokens):
        raise Problem(f"{type(owner).__name__}: expected a task whose inputs are Reals, got {inputs!r}. Use an MLP for tokens.")
    return math.prod(inputs.shape)


class AdditionUnit(eqx.Module):
    """NAU: z_j = Σ_i w_ij x_i. Exact sums and differences where all weights are -1, 0 or 1.

    Attributes:
        bounds: where the weights belong; a method that holds them there is `unseen.methods.keep.bounded`.
    """

    weight: Float[Array, "inputs outputs"]
    bounds: ClassVar[tuple[float, float]] = (-1.0, 1.0)

    @classmethod
    def fresh(cls, key: PRNGKeyArray, inputs: int, outputs: int) -> "AdditionUnit":
        """Weights uniform on ±r, r = min(1/2, sqrt(6 / (inputs + outputs))): Glorot and Bengio (2010), cut at one half."""
        return cls(uniform(key, (inputs, outputs), min(0.5, math.sqrt(6.0 / (inputs + outputs)))))

    def __call__(self, x: Float[Array, " inputs"]) -> Float[Array, " outputs"]:
        return product(x, self.weight)


class MultiplicationUnit(eqx.Module):
    """NMU: z_j = Π_i (w_ij x_i + 1 - w_ij). Exact products of those x_i whose weight is 1, where the others have 0.

    Attributes:
        bounds: as in `AdditionUnit`.
    """

    weight: Float[Array, "inputs outputs"]
    bounds: ClassVar[tuple[float, float]] = (0.0, 1.0)

    @classmethod
    def fresh(cls, key: PRNGKeyArray, inputs: int, outputs: int) -> "MultiplicationUnit":
        """Weights uniform on [1/4, 3/4]: the variance of 1/4 that theory asks for does not fit between 0 and 1, so the authors' code cuts it there."""
        return cls(0.5 + uniform(key, (inputs, outputs), 0.25))

    def __call__(self, x: Float[Array, " inputs"]) -> Float[Array, " outputs"]:
        return jnp.prod(self.weight * x[:, None] + 1.0 - self.weight, axis=0)


class UnitNetwork(eqx.Module):
    """Units one after another, nothing between them."""

    units: tuple[Any, ...]
    shape: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x: Float[Array, "*input"], *, key: PRNGKeyArray | None = None) -> Float[Array, "*shape"]:
        z = x.reshape(-1)
        for unit in self.units:
            z = unit(z)
        return z.reshape(self.shape)


def stacked(fresh: Sequence[Fresh], hidden: tuple[int, ...], inputs: int, outputs: Outputs, key: PRNGKeyArray) -> UnitNetwork:
    """A network of fresh units, `hidden` the widths between them."""
    shape = output_shape(outputs)
    sizes = pairwise((inputs, *hidden, math.prod(shape)))
    keys = jax.random.split(key, len(fresh))
    return UnitNetwork(tuple(unit(k, *size) for unit, k, size in zip(fresh, keys, sizes, strict=True)), shape)


class ArithmeticUnits(Model):
    """A network of NAU and NMU (Madsen & Johansen 2020): by default sums, then a product of sums. Formulas and initial values are those of their code.

    Weights are meant to stay inside of their units' bounds and to end at whole numbers: `unseen.methods.keep.bounded` and
    `unseen.methods.update.sparse_penalty` see to that.

    Attributes:
        units: "add" (NAU) or "multiply" (NMU), from input to output.
        hidden: widths between the units, one fewer than units.

    >>> network = ArithmeticUnits().build(Reals((4,)), Values((1,)), jax.random.key(0))
    >>> [unit.weight.shape for unit in network.units]
    [(4, 2), (2, 1)]
    """

    units: tuple[str, ...] = eqx.field(static=True, default=("add", "multiply"))
    hidden: tuple[int, ...] = eqx.field(static=True, default=(2,))
    KINDS: ClassVar[dict[str, Any]] = {"add": AdditionUnit, "multiply": MultiplicationUnit}

    def __check_init__(self) -> None:
        check_units(self, self.KINDS)

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """A freshly initialised `UnitNetwork`."""
        return stacked([self.KINDS[unit].fresh for unit in self.units], self.hidden, need_reals(self, inputs), outputs, key)


def check_units(model: Any, kinds: dict[str, Any]) -> None:
    """A `Problem` where a model's `units` are not of these kinds, or its `hidden` widths do not stand between them."""
    expect(
        model,
        units=(lambda units: units and all(unit in kinds for unit in units), "a tuple of " + " and ".join(map(repr, kinds))),
        hidden=(lambda hidden: all(width >= 1 for width in hidden), "a tuple of positive widths, as (2,)"),
    )
    if all(isinstance(value, tuple) for value in (model.units, model.hidden)) and len(model.hidden) != len(model.units) - 1:
        name = type(model).__name__
        raise Problem(f"{name}.hidden: expected {len(model.units) - 1} widths, one between each two of units={model.units!r}, got {model.hidden!r}.")
