"""The product of a batch and a matrix against `@`: values, gradients of any order, every way of mapping; and what rounding changes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from unseen.models.product import product, rounding

SHAPES = [((3,), (3, 5)), ((4, 3), (3, 5)), ((2, 4, 3), (3, 5)), ((5, 7), (7, 2)), ((1, 1), (1, 1)), ((6, 8), (8, 8))]


def drawn(*shapes: tuple[int, ...]) -> list[jax.Array]:
    rng = np.random.default_rng(0)
    return [jnp.asarray(rng.normal(size=shape), jnp.float32) for shape in shapes]


@pytest.mark.parametrize(("x", "weight"), SHAPES)
def test_values_and_gradients_are_those_of_the_operator(x: tuple[int, ...], weight: tuple[int, ...]) -> None:
    x, weight, cotangent = drawn(x, weight, (*x[:-1], weight[1]))

    @functools.partial(jax.jit, static_argnums=0)
    def all_of(f, x, weight, cotangent):
        out, back = jax.vjp(f, x, weight)
        return [out, *back(cotangent)]

    for one, other in zip(*(all_of(f, x, weight, cotangent) for f in (product, jnp.matmul)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    check_grads(jax.jit(product), (x, weight), order=2, modes=("fwd", "rev"), rtol=5e-2, atol=5e-2)


@pytest.mark.parametrize("axes", [(0, None), (None, 0), (0, 0), (1, None), (None, 1), (1, 1)])
def test_mapped_over_either_or_both(axes: tuple[int | None, int | None]) -> None:
    x, weight = drawn((4, 4, 3) if axes[0] is not None else (4, 3), (3, 3, 5) if axes[1] is not None else (3, 5))
    if axes == (0, 0):
        x = x[:3]
    if axes[0] == 1:
        x = x[:, :3]
    loss = lambda f: lambda x, w: jnp.sum(jnp.sin(jax.vmap(f, in_axes=axes)(x, w)))  # noqa: E731
    for one, other in zip(*(jax.jit(jax.grad(loss(f), (0, 1)))(x, weight) for f in (product, jnp.matmul)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_per_example_gradients_and_a_hessian() -> None:
    x, weight = drawn((6, 4, 3), (3, 2))
    loss = lambda f: lambda w, one: jnp.sum(jnp.tanh(f(one, w)) ** 2)  # noqa: E731
    ours, others = (jax.jit(jax.vmap(jax.grad(loss(f)), in_axes=(None, 0)))(weight, x) for f in (product, jnp.matmul))
    np.testing.assert_allclose(ours, others, rtol=1e-5, atol=1e-5)
    ours, others = (jax.jit(jax.hessian(loss(f)))(weight, x[0]) for f in (product, jnp.matmul))
    np.testing.assert_allclose(ours, others, rtol=1e-4, atol=1e-5)


def test_runs_of_a_stack_each_with_their_weights_and_batch() -> None:
    x, weight = drawn((2, 6, 4, 3), (2, 3, 5))
    total = lambda f: lambda w, x: jnp.sum(jnp.sin(jax.vmap(lambda one: f(one, w))(x)))  # noqa: E731
    ours, others = (jax.jit(jax.vmap(jax.grad(total(f))))(weight, x) for f in (product, jnp.matmul))
    np.testing.assert_allclose(ours, others, rtol=1e-5, atol=1e-5)


def test_the_weights_gradient_of_a_mapped_batch_is_one_plain_product() -> None:
    """The reason for being: no product of the compiled gradient contracts anything but rows with columns."""
    x, weight = drawn((64, 4, 32), (32, 48))
    gradient = jax.grad(lambda w: jnp.sum(jnp.sin(jax.vmap(lambda one: product(one, w))(x))))
    text = jax.jit(gradient).lower(weight).as_text()
    products = [line for line in text.splitlines() if "dot_general" in line]
    assert len(products) == 2
    assert all("contracting_dims = [1] x [0]" in line for line in products)


def test_rounding() -> None:
    x, weight = drawn((8, 64), (64, 32))
    rounded = [one.astype(jnp.bfloat16).astype(jnp.float32) for one in (x, weight)]

    def all_of(x: jax.Array, weight: jax.Array) -> list[jax.Array]:
        out, back = jax.vjp(product, x, weight)
        return [out, *back(jnp.ones_like(out))]

    exact = all_of(x, weight)
    with rounding():
        inside = all_of(x, weight)
        with rounding(False):
            np.testing.assert_array_equal(all_of(x, weight)[0], exact[0])
    for one, other in zip(inside, all_of(*rounded), strict=True):  # ones are whole in bfloat16: only x and weight were rounded
        assert one.dtype == jnp.float32
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-4)
    assert np.abs(inside[0] - exact[0]).max() > 1e-3
    np.testing.assert_array_equal(all_of(x, weight)[0], exact[0])
