"""Curvature of three networks trained on digits: fewest products for the error asked, and gradients' norms without the gradients, beside the plain ways.

    python benchmarks/curvature.py

Ratios are peer to ours, measured in turn in one run: one Hessian product against forward-over-reverse differentiation of all examples at once, the
ten largest eigenvalues against SciPy's `eigsh` on the same product at no smaller error, the trace by our deflation against Hutch++ and Hutchinson's
estimator at the same stated error, and the norm of each example's gradient against `vmap(grad)`. Ten eigenvalues to 1e-9 in "float64" are the truth.
"""

import time
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from scipy.sparse.linalg import LinearOperator, eigsh

from unseen._types import Examples, outputs, trainable
from unseen.measures.curvature import Product, hessian
from unseen.measures.per_example import gradient_norms
from unseen.measures.spectrum import eigenpairs
from unseen.measures.trace import trace
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.models.convolutional import Convolutional
from unseen.models.mlp import MLP
from unseen.models.transformer import Transformer
from unseen.tasks.images import Digits

TASK, LOSS = Digits(train_size=1790, test_size=7), CrossEntropy()
MODELS = {
    "perceptron": MLP(hidden=(128, 128), bias=True),
    "convolutional": Convolutional(strides=(1, 1)),
    "transformer": Transformer(depth=2, width=64, activation="gelu"),
}


def trained(model: Any, examples: Examples, steps: int = 60) -> Any:
    """The network after some steps of Adam on batches of 128."""
    params, rest = trainable(model.build(TASK.inputs, TASK.outputs, jax.random.key(0)))
    adam = optax.adam(3e-3)

    def step(state: Any, key: Any) -> tuple[Any, None]:
        params, moments = state
        batch = examples.draw(key, 128)
        gradient = jax.grad(lambda p: jnp.mean(LOSS.each(outputs(eqx.combine(p, rest), batch.x), batch.y)))(params)
        updates, moments = adam.update(gradient, moments)
        return (optax.apply_updates(params, updates), moments), None

    (params, _), _ = jax.jit(lambda state: jax.lax.scan(step, state, jax.random.split(jax.random.key(1), steps)))((params, adam.init(params)))
    return eqx.combine(params, rest)


def seconds(*arms: Callable[[], Any], repeats: int = 3) -> list[float]:
    """The least time of each arm, in turn, so that all see the same machine; each is run once before."""
    best = [float("inf")] * len(arms)
    for round_ in range(repeats + 1):
        for i, arm in enumerate(arms):
            began = time.perf_counter()
            jax.block_until_ready(arm())
            if round_:
                best[i] = min(best[i], time.perf_counter() - began)
    return best


def line(what: str, ours: float, peer: float, detail: str) -> None:
    """Prints a ratio."""
    print(f"  {what:<44}{1e3 * ours:9.1f} ms {1e3 * peer:9.1f} ms {peer / ours:6.2f} x  {detail}", flush=True)


def products(network: Any, examples: Examples, product: Product) -> None:
    """One product."""
    params, rest = trainable(network)
    theta, unravel = ravel_pytree(params)
    loss = lambda t: jnp.mean(LOSS.each(outputs(eqx.combine(unravel(t), rest), examples.x), examples.y))  # noqa: E731
    plain = jax.jit(lambda t, v: jax.jvp(jax.grad(loss), (t,), (v,))[1])
    v = np.random.default_rng(0).normal(size=product.size).astype(np.float32)
    line("Hessian product / forward over reverse", *seconds(lambda: product(v), lambda: plain(theta, v)), f"{product.size} parameters")


def eigenvalues(product: Product, exact: np.ndarray) -> None:
    """The ten largest eigenvalues: SciPy with the loosest tolerance that reaches our error, up to the rounding of products in float32."""
    worst = lambda values: float(np.max(np.abs(np.sort(values)[::-1] - exact) / exact))  # noqa: E731
    ours = eigenpairs(product, 10, tolerance=1e-4)
    error = max(worst(ours.values), 1e-5)
    start = np.random.default_rng(1).normal(size=product.size).astype(np.float32)
    counted: list[int] = []

    def theirs(tolerance: float) -> np.ndarray:
        counted.clear()
        operator = LinearOperator((product.size, product.size), matvec=lambda v: counted.append(0) or product(v.ravel()), dtype=np.float32)
        return eigsh(operator, k=10, which="LA", tol=tolerance, v0=start)[0]

    tolerance = next((t for t in (1e-1, 1e-2, 1e-3, 1e-4) if worst(theirs(t)) <= error), 1e-5)
    times = seconds(lambda: eigenpairs(product, 10, tolerance=1e-4).values, lambda: theirs(tolerance), repeats=2)
    detail = f"{ours.products} / {len(counted)} products, errors {worst(ours.values):.0e} / {worst(theirs(tolerance)):.0e}"
    line(f"10 eigenvalues / eigsh(tol={tolerance:g})", *times, detail)


def traces(product: Product) -> None:
    """The trace to a standard error of 5 %, over three keys."""
    cost, taken = {}, {}
    for how in ("krylov", "sketch", "nothing"):
        began = time.perf_counter()
        found = [trace(product, tolerance=0.05, deflate=how, key=jax.random.key(seed)) for seed in range(3)]
        taken[how], cost[how] = (time.perf_counter() - began) / 3, np.mean([one.products for one in found])
    for how, name in (("sketch", "Hutch++"), ("nothing", "Hutchinson")):
        line(f"trace to 5 %, krylov / {name}", taken["krylov"], taken[how], f"{cost['krylov']:.0f} / {cost[how]:.0f} products")


def norms(network: Any, examples: Examples) -> None:
    """The norm of each example's gradient."""
    params, rest = trainable(network)
    one = lambda p, x, y: LOSS.each(outputs(eqx.combine(p, rest), x[None]), y[None])[0]  # noqa: E731

    def plain(p: Any) -> Any:
        leaves = jax.tree.leaves(jax.vmap(jax.grad(one), (None, 0, 0))(p, examples.x, examples.y))
        return jnp.sqrt(sum(jnp.sum(jnp.square(leaf.reshape(len(leaf), -1)), axis=1) for leaf in leaves))

    ours = eqx.filter_jit(lambda network: gradient_norms(network, LOSS, examples))
    whole = jax.jit(plain)
    apart = float(jnp.max(jnp.abs(ours(network) / whole(params) - 1)))
    line("gradient norms / vmap(grad)", *seconds(lambda: ours(network), lambda: whole(params)), f"largest relative difference {apart:.0e}")


def main() -> None:
    """All networks."""
    examples = TASK.splits(jax.random.key(0))["train"]
    for name, model in MODELS.items():
        print(f"{name:<46}{'ours':>12} {'peer':>12}")
        network = trained(model, examples)
        product = hessian(network, LOSS, examples)
        products(network, examples, product)
        eigenvalues(product, eigenpairs(hessian(network, LOSS, examples, dtype="float64"), 10, tolerance=1e-9).values)
        traces(product)
        norms(network, examples)


if __name__ == "__main__":
    main()
