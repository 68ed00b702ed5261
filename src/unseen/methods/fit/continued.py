"""Further training of a network that there is: finetuning, relabelling, relearning."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Examples, outputs, trainable
from unseen.methods.method import Method


@eqx.filter_jit
def continued(network: Any, train: Examples, method: Method, steps: int, key: PRNGKeyArray) -> Any:
    """The network after `steps` more training steps of a method on these examples; optimizer and order begin anew.

    A step is as in a study: order, objective, gradient, update, keep. The same key gives the same network. Compiled once for each number of steps and each
    method, and for each shape of network and examples.

    Args:
        network: an Equinox module on one example, `network(x, key=key)`.
        train: the examples.
        method: how it is trained.
        steps: at least 1.
        key: of the order of the examples, and of what the network draws (dropout).

    Returns:
        A network like the given one, which stays as it was.

    >>> from unseen._types import Reals, Values
    >>> from unseen.methods.objective.squared_error import SquaredError
    >>> from unseen.methods.update.sgd import SGD
    >>> from unseen.models.linear import Linear
    >>> network = Linear().build(Reals((1,)), Values((1,)), jax.random.key(0))
    >>> points = Examples(jnp.array([[1.0], [2.0]]), jnp.array([[3.0], [6.0]]))
    >>> again = continued(network, points, Method(objective=SquaredError(), update=SGD(learning_rate=0.1)), 100, jax.random.key(1))
    >>> f"{again(jnp.array([10.0]))[0]:.2f}"
    '30.00'
    """
    params, rest = trainable(network)
    at_order, at_step = jax.random.split(key)
    transformation = method.update.transformation()
    params, keep = method.keep.init(params)

    def loss(params: PyTree, batch: Examples, key: PRNGKeyArray | None) -> Array:
        out = outputs(eqx.combine(params, rest), batch.x, key)
        return jnp.mean(method.objective.each(out, batch.y)) + method.objective.penalty(params)

    def step(number: Int[Array, ""], state: tuple) -> tuple:
        params, keep, order, gradient, update = state
        batch, order = method.order.next(train, order, number, at_order)
        _, direction, gradient = method.gradient(loss, params, batch, jax.random.fold_in(at_step, number), gradient)
        change, update = transformation.update(direction, update, params)
        params, keep = method.keep.after(optax.apply_updates(params, change), keep, number + 1)
        return params, keep, order, gradient, update

    state = (params, keep, method.order.init(train, at_order), method.gradient.init(params), transformation.init(params))
    params, keep, *_ = jax.lax.fori_loop(0, steps, step, jax.tree.map(jnp.asarray, state))
    return eqx.combine(method.keep.result(params, keep), rest)
