"""What every layer shares: axes, examples, descriptions of inputs and outputs, and errors. Imports nothing of ours but `_problem`."""

import dataclasses
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, PyTree

from unseen._problem import Problem as Problem
from unseen._problem import unknown as unknown


class Over:
    """Values of one axis of a study, standing in the place of a single value. Made by `over`."""

    def __init__(self, values: tuple[Any, ...], name: str | None = None) -> None:
        if not values:
            raise Problem("over() got no values: an axis needs at least one. Write over(0.0, 1.0), or a plain value.")
        self.values = values
        self.name = name

    def __repr__(self) -> str:
        return f"over({', '.join(map(repr, self.values))})"


def over(*values: Any, name: str | None = None) -> Any:
    """An axis of a study: stands wherever a value goes, in any component; the study runs every combination.

    The axis is named by the field it stands in (or `name`). One `over` object used in two places is one axis: both move together.

    >>> over(0.0, 0.3, 1.0)
    over(0.0, 0.3, 1.0)
    """
    return Over(values, name)


def expect(owner: Any, **rules: tuple[Callable[[Any], Any], str]) -> None:
    """Checks fields of a component in its `__check_init__`: `expect(self, width=(lambda w: w >= 1, "a width of at least 1"))`.

    Axes (`over`) are skipped here and checked value by value when the study is expanded; traced values are skipped.

    Raises:
        Problem: naming the component, the field, what was expected and what came.
    """
    for field, (rule, wanted) in rules.items():
        value = getattr(owner, field)
        if isinstance(value, Over | Tracer) or (isinstance(value, jax.Array | jax.ShapeDtypeStruct) or type(value) is object):
            continue
        try:
            fine = bool(rule(value))
        except Exception:  # a rule that cannot even be asked is a value of the wrong type
            fine = False
        if not fine:
            raise Problem(f"{type(owner).__name__}.{field}: expected {wanted}, got {value!r}.")


def expect_numbers(owner: Any) -> None:
    """Checks the fields of a component that are annotated as numbers or tuples of them: `int`, `float`, `tuple[int, ...]`, also as `int | None`.

    NaN is none, and 2.0 no whole one, as counts and sizes are ints. Axes, arrays and traced values are skipped as in `expect`.

    Raises:
        Problem: naming the component, the field, what was expected and what came.

    >>> class Strings(eqx.Module):
    ...     lengths: tuple[int, int] = (1, 8)
    ...     noise: float | None = None
    >>> expect_numbers(Strings())
    >>> expect_numbers(Strings(lengths=(1, 2.5)))
    Traceback (most recent call last):
    unseen._problem.Problem: Strings.lengths: expected 2 whole numbers, as (1, 2), got (1, 2.5).
    """
    for field in dataclasses.fields(owner):
        value = getattr(owner, field.name)
        kinds = get_args(field.type) if get_origin(field.type) in (Union, UnionType) else (field.type,)
        told = [_number_kind(kind) for kind in kinds if kind is not NoneType]
        if not any(told) or Any in kinds or _is_number(value, kinds):
            continue
        wanted = " or ".join(filter(None, (*told, "None" if NoneType in kinds else "")))
        raise Problem(f"{type(owner).__name__}.{field.name}: expected {wanted}, got {value!r}.")


WHOLE, REAL = (int, "int"), (float, "float")  # names, where a file puts off what its annotations mean


def _number_kind(kind: Any) -> str:
    """How a kind of number is told; nothing if it is none."""
    if kind in WHOLE or kind in REAL:
        return "a whole number" if kind in WHOLE else "a number"
    sizes = get_args(kind) if get_origin(kind) is tuple else ()
    numbers = [one for one in sizes if one is not Ellipsis]
    if not numbers or any(one not in (int, float) for one in numbers):
        return ""
    free, example = len(numbers) < len(sizes), [one(k) for k, one in enumerate(numbers, start=1)]
    count = "" if free else f"{len(sizes)} "
    return f"{count}{'whole ' * (float not in numbers)}numbers, as {tuple(example * 2 if free else example)}"


def _is_number(value: Any, kinds: tuple[Any, ...]) -> bool:
    if isinstance(value, Over | Tracer | jax.Array | jax.ShapeDtypeStruct) or type(value) is object:
        return True
    return any(_fits(value, kind) for kind in kinds)


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is tuple and _number_kind(kind):
        sizes = get_args(kind)
        sizes = sizes[:1] * len(value) if isinstance(value, tuple) and Ellipsis in sizes else sizes
        return isinstance(value, tuple) and len(value) == len(sizes) and all(_is_number(one, (size,)) for one, size in zip(value, sizes, strict=True))
    if kind in WHOLE:
        return hasattr(value, "__index__") and not isinstance(value, bool) and np.ndim(value) == 0
    if kind in REAL:
        return np.ndim(value) == 0 and np.asarray(value).dtype.kind in "biuf" and value == value
    return isinstance(kind, type) and isinstance(value, kind)


class Tokens(eqx.Module):
    """Inputs that are up to `length` integers in [0, vocabulary); with `padding`, the largest stands for "nothing here" and fills the end.

    With `places`, one input is [length, 2]: each symbol, and beside it the place, in [0, places), where the task says that it stands.
    """

    length: int = eqx.field(static=True)
    vocabulary: int = eqx.field(static=True)
    padding: bool = eqx.field(static=True, default=False)
    places: int | None = eqx.field(static=True, default=None)


class Reals(eqx.Module):
    """Inputs that are real arrays of `shape`."""

    shape: tuple[int, ...] = eqx.field(static=True)


class Classes(eqx.Module):
    """Outputs that are one class of `count`: the model returns logits of shape (count,); labels are integers."""

    count: int = eqx.field(static=True)


class Values(eqx.Module):
    """Outputs that are real arrays of `shape` (regression)."""

    shape: tuple[int, ...] = eqx.field(static=True)


class Strings(eqx.Module):
    """Outputs that are one class of `count` at each of up to `length` places of the input: logits (places, count); labels are -1 where nothing is asked."""

    length: int = eqx.field(static=True)
    count: int = eqx.field(static=True)

    @property
    def shape(self) -> tuple[int, int]:
        """(places, classes)."""
        return self.length, self.count


Inputs = Tokens | Reals
Outputs = Classes | Values | Strings


class Examples(eqx.Module):
    """A finite set of examples.

    Attributes:
        x: inputs, every leaf with leading axis n.
        y: targets, every leaf with leading axis n.
        info: further facts about each example (`corrupted`, `group`, `length` …), each with leading axis n.
    """

    x: PyTree[Array]
    y: PyTree[Array]
    info: dict[str, Array] = eqx.field(default_factory=dict)

    def __len__(self) -> int:
        return jax.tree.leaves(self.x)[0].shape[0]

    def take(self, index: Int[Array, " m"]) -> "Examples":
        """The examples at `index`, in that order."""
        return jax.tree.map(lambda leaf: jnp.take(leaf, index, axis=0), self)

    def draw(self, key: PRNGKeyArray, n: int) -> "Examples":
        """`n` examples, independently and uniformly with replacement."""
        return self.take(jax.random.randint(key, (n,), 0, len(self)))


class Stream(eqx.Module):
    """An endless source of examples: `draw(key, n)` gives n fresh ones. Subclasses hold what they need as fields."""

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        """`n` fresh examples; the same key gives the same examples."""
        raise NotImplementedError


class Fixed(eqx.Module):
    """An array of a network that training must not touch (a fixed readout, a frozen embedding): `Fixed(a).value`."""

    value: PyTree[Array]


def trainable(network: PyTree) -> tuple[PyTree, PyTree]:
    """Splits a network in (trainable floating-point arrays, everything else); `equinox.combine` joins them again."""
    return eqx.partition(
        network,
        lambda leaf: not isinstance(leaf, Fixed) and eqx.is_inexact_array(leaf),
        is_leaf=lambda leaf: isinstance(leaf, Fixed),
    )


def outputs(network: Callable, x: PyTree[Array], key: PRNGKeyArray | None = None) -> PyTree[Array]:
    """A network on a batch: `network(x_i, key=k_i)` for each example; without a key it runs in evaluation mode.

    The batch axis is called "batch" inside, so that a layer can reduce over it.
    """
    if key is None:
        return jax.vmap(lambda one: network(one, key=None), axis_name="batch")(x)
    n = jax.tree.leaves(x)[0].shape[0]
    return jax.vmap(lambda one, k: network(one, key=k), axis_name="batch")(x, jax.random.split(key, n))


def correct(logits: Float[Array, "*n classes"], y: Int[Array, " *n"]) -> Bool[Array, " *n"]:
    """Whether the largest logit is the label's. A row with a NaN counts as wrong."""
    return (jnp.argmax(logits, axis=-1) == y) & ~jnp.any(jnp.isnan(logits), axis=-1)


def share_correct(logits: Float[Array, "n *places classes"], y: Int[Array, "n *places"]) -> Float[Array, " n"]:
    """For each example the share of its asked places (label not -1) that are `correct`: 0 or 1 where an example is one label."""
    hits = correct(logits, y).astype(float)
    asked = (y >= 0).astype(hits.dtype)
    rest = tuple(range(1, y.ndim))
    return jnp.sum(hits * asked, axis=rest) / jnp.maximum(jnp.sum(asked, axis=rest), 1) if rest else hits


class Snapshot(eqx.Module):
    """What a probe sees at a recorded step.

    Attributes:
        network: the network as evaluated (after the method's `keep` joint).
        initial: the network at step 0.
        splits: the task's splits by name.
        cell: the cell: `.task`, `.model`, `.method`.
        state: the raw training state (parameters before `keep`, optimizer state), for measures of the optimization itself.
        step: steps taken so far.
        key: a key of this run and step, for measures that sample.
    """

    network: Any
    initial: Any
    splits: dict[str, Any]
    cell: Any
    state: Any
    step: Int[Array, ""]
    key: PRNGKeyArray
