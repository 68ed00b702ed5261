"""What the last linear layer of a function written in JAX reads."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Float

FOLLOWED = {"add", "sub", "add_any", "reshape", "squeeze", "slice", "broadcast_in_dim", "convert_element_type", "transpose", "copy"}
"""Operations of one operand that depends on the input, after which a layer is still the last: biases are added, shapes and types change."""
CALLS = {"jit", "pjit", "closed_call", "custom_jvp_call", "custom_vjp_call"}


class _Value(NamedTuple):
    """An array on the way, whether it depends on the input, and what the linear layer read that it comes from, with that layer's weights."""

    array: Any
    depends: bool
    read: tuple[Array, Array] | None = None


def last_layer(function: Callable[[Array], Array]) -> Callable[[Array], tuple[Float[Array, " width"], Float[Array, "outputs width"]] | None]:
    """What goes into the last matrix product on the way to the output of an example and the matrix, where nothing but biases and reshaping follows; else None.

    >>> import jax.numpy as jnp
    >>> w = jnp.ones((3, 2))
    >>> read, matrix = last_layer(lambda x: jnp.tanh(x) @ w + 1.0)(jnp.zeros(3))
    >>> read.tolist(), matrix.shape
    ([0.0, 0.0, 0.0], (2, 3))
    >>> last_layer(lambda x: jnp.tanh(x @ w))(jnp.zeros(3)) is None
    True
    """

    def found(x: Array) -> tuple[Array, Array] | None:
        closed: Any = jax.make_jaxpr(function)(x)
        (out,) = _run(closed.jaxpr, [_Value(one, False) for one in closed.consts], [_Value(x, True)])
        return out.read

    return found


def _product(eqn: Any, given: list[_Value], place: int) -> tuple[Array, Array] | None:
    """The operand of a matrix product at `place`, flat, and the other, a row for each output; None where it is applied at several places."""
    operand, other = given[place].array, given[1 - place].array
    (contracted, batched) = eqn.params["dimension_numbers"]
    own, its = contracted[place], contracted[1 - place]
    width = math.prod(operand.shape[axis] for axis in own)
    if operand.size != width or batched[0]:
        return None
    axes = [its[i] for i in sorted(range(len(own)), key=lambda i: own[i])]  # in the order of the flat operand
    free = [axis for axis in range(other.ndim) if axis not in axes]
    return operand.reshape(-1), other.transpose(*free, *axes).reshape(-1, width)


def _run(jaxpr: Any, consts: list[_Value], arguments: list[_Value]) -> list[_Value]:
    """Runs a program and keeps what the last linear layer read beside every value."""
    known = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *arguments], strict=True))

    def value(var: Any) -> _Value:
        return _Value(var.val, False) if hasattr(var, "val") else known[var]

    for eqn in jaxpr.eqns:
        known.update(zip(eqn.outvars, _step(eqn, [value(var) for var in eqn.invars]), strict=True))
    return [value(var) for var in jaxpr.outvars]


def _step(eqn: Any, given: list[_Value]) -> list[_Value]:
    name, inner = eqn.primitive.name, eqn.params.get("jaxpr", eqn.params.get("call_jaxpr"))
    if name in CALLS and inner is not None:
        return _run(getattr(inner, "jaxpr", inner), [_Value(one, False) for one in getattr(inner, "consts", ())], given)
    with eqn.ctx.manager:
        out = eqn.primitive.bind(*(one.array for one in given), **eqn.primitive.get_bind_params(eqn.params))
    arrays = out if eqn.primitive.multiple_results else [out]
    moved = [place for place, one in enumerate(given) if one.depends]
    read = None
    if len(moved) == 1 and name == "dot_general":
        read = _product(eqn, given, moved[0])
    elif len(moved) == 1 and name in FOLLOWED:
        read = given[moved[0]].read
    return [_Value(one, bool(moved), read) for one in arrays]
