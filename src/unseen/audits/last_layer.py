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
    """An array on the way, whether it depends on the input, and what the linear layer read that it comes from."""

    array: Any
    depends: bool
    read: Array | None = None


def last_layer_input(function: Callable[[Array], Array]) -> Callable[[Array], Float[Array, " width"] | None]:
    """What goes into the last matrix product on the way to the output of an example, where nothing but biases and reshaping follows it; else None.

    >>> import jax.numpy as jnp
    >>> w = jnp.ones((3, 2))
    >>> last_layer_input(lambda x: jnp.tanh(x) @ w + 1.0)(jnp.zeros(3))
    Array([0., 0., 0.], dtype=float32)
    >>> last_layer_input(lambda x: jnp.tanh(x @ w))(jnp.zeros(3)) is None
    True
    """

    def found(x: Array) -> Array | None:
        closed: Any = jax.make_jaxpr(function)(x)
        (out,) = _run(closed.jaxpr, [_Value(one, False) for one in closed.consts], [_Value(x, True)])
        return None if out.read is None else out.read.reshape(-1)

    return found


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
        (contracted, _), operand = (eqn.params["dimension_numbers"][0], given[moved[0]].array)
        width = math.prod(given[0].array.shape[axis] for axis in contracted)
        read = operand if operand.size == width else None
    elif len(moved) == 1 and name in FOLLOWED:
        read = given[moved[0]].read
    return [_Value(one, bool(moved), read) for one in arrays]
