"""Curvature of three JAX networks trained on digits: fewest products for the error asked, and gradients' norms without the gradients, beside the plain ways.

    python benchmarks/curvature.py [work ...]             seconds; of some works only: products, norms, kernel, eigenvalues, trace
    python benchmarks/curvature.py memory [work ...]      peak memory, each arm in a process of its own (Linux)

Ratios are peer to ours, measured in turn in one run: products against forward-over-reverse differentiation of all examples at once, norms against
`vmap(grad)`, whole and in batches, the tangent kernel of 100 examples against a plain contraction (`tangent_kernel.py` has neural-tangents beside it), the
ten largest eigenvalues against SciPy's `eigsh` with the loosest tolerance that reaches our error, on forward-over-reverse products and on ours, the trace
by our deflation against Hutch++ and Hutchinson's estimator at the same stated error. Ten eigenvalues to 1e-9 in "float64" are the truth. curvlinops,
PyHessian and Opacus know no JAX; `pytorch.py` has them. The floor is the gradient of the mean loss, which is the least that any way to the norms can cost,
and one product, of which every Krylov method needs some. Memory is the peak of the second call above what the process holds after the first:
of compilation only what every call compiles anew is in it.
"""

import ctypes
import gc
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from scipy.sparse.linalg import LinearOperator, eigsh

from unseen._types import Examples, outputs, trainable
from unseen.measures.curvature import empirical_fisher, gauss_newton, hessian
from unseen.measures.neural_tangent_kernel import neural_tangent_kernel
from unseen.measures.per_example import gradient_norms
from unseen.measures.spectrum import eigenpairs
from unseen.measures.tangent_product import tangent_product
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
Arms = dict[str, Callable[[], Any]]


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


def flat(network: Any, examples: Examples) -> tuple[jax.Array, Callable[[jax.Array], jax.Array], Callable[[jax.Array], jax.Array]]:
    """(θ, outputs of θ, mean loss of θ)."""
    params, rest = trainable(network)
    theta, unravel = ravel_pytree(params)
    out = lambda t: outputs(eqx.combine(unravel(t), rest), examples.x)  # noqa: E731
    return theta, out, lambda t: jnp.mean(LOSS.each(out(t), examples.y))


def timed(arms: Arms, repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """The least seconds of each arm, in turn after one warm-up, so that all see the same machine, and what it found."""
    best, found = dict.fromkeys(arms, float("inf")), {}
    for turn in range(repeats + 1):
        for name, arm in arms.items():
            began = time.perf_counter()
            found[name] = jax.block_until_ready(arm())
            if turn:
                best[name] = min(best[name], time.perf_counter() - began)
    return best, found


def floor(network: Any, examples: Examples) -> Arms:
    """The gradient of the mean loss."""
    theta, _, loss = flat(network, examples)
    gradient = jax.jit(jax.grad(loss))
    return {"gradient of the mean loss": lambda: gradient(theta)}


def products(network: Any, examples: Examples) -> Arms:
    """One product with each matrix, ours and the plain way to it."""
    theta, out, loss = flat(network, examples)
    v = np.random.default_rng(0).normal(size=theta.size).astype(np.float32)
    u = np.random.default_rng(0).normal(size=out(theta).size).astype(np.float32)
    each = lambda t: LOSS.each(out(t), examples.y)  # noqa: E731

    def sandwiched(t: jax.Array, v: jax.Array) -> jax.Array:
        (f, along), pull = jax.jvp(out, (t,), (v,)), jax.vjp(out, t)[1]
        bend = jax.jvp(jax.grad(lambda f: jnp.mean(LOSS.each(f, examples.y))), (f,), (along,))[1]
        return pull(bend)[0]

    plain = {
        "Hessian": lambda t, v: jax.jvp(jax.grad(loss), (t,), (v,))[1],
        "Gauss-Newton": sandwiched,
        "empirical Fisher": lambda t, v: jax.vjp(each, t)[1](jax.jvp(each, (t,), (v,))[1] / len(examples))[0],
        "tangent kernel": lambda t, u: jax.jvp(out, (t,), jax.vjp(out, t)[1](u.reshape(out(t).shape)))[1].reshape(-1),
    }
    made = {name: make(network, LOSS, examples) for name, make in zip(plain, (hessian, gauss_newton, empirical_fisher), strict=False)}
    made["tangent kernel"] = tangent_product(network, examples.x)
    arms: Arms = {}
    for name, product in made.items():
        along = u if name == "tangent kernel" else v
        arms[f"{name}, ours"] = partial(product, along)
        arms[f"{name}, plain"] = partial(jax.jit(plain[name]), theta, along)
    return arms


def norms(network: Any, examples: Examples) -> Arms:
    """The norm of each example's gradient."""
    params, rest = trainable(network)
    one = lambda p, x, y: LOSS.each(outputs(eqx.combine(p, rest), x[None]), y[None])[0]  # noqa: E731

    def plain(p: Any, x: jax.Array, y: jax.Array) -> jax.Array:
        leaves = jax.tree.leaves(jax.vmap(jax.grad(one), (None, 0, 0))(p, x, y))
        return jnp.sqrt(sum(jnp.sum(jnp.square(leaf.reshape(len(leaf), -1)), axis=1) for leaf in leaves))

    ours, whole = eqx.filter_jit(lambda network: gradient_norms(network, LOSS, examples)), jax.jit(plain)
    single = lambda p, pair: plain(p, pair[0][None], pair[1][None])[0]  # noqa: E731
    mapped = jax.jit(lambda p: jax.lax.map(partial(single, p), (examples.x, examples.y), batch_size=128))
    return {
        "ours": lambda: ours(network),
        "vmap(grad), whole": lambda: whole(params, examples.x, examples.y),
        "vmap(grad), lax.map over 128": lambda: mapped(params),
    }


def kernels(network: Any, examples: Examples) -> Arms:
    """The empirical tangent kernel of 100 examples."""
    params, rest = trainable(network)
    x = examples.x[:100]

    def plain(params: Any) -> jax.Array:
        rows = jax.vmap(lambda one: jax.jacrev(lambda p: outputs(eqx.combine(p, rest), one[None])[0])(params))(x)
        return sum(jnp.einsum("iap,jbp->ijab", *[leaf.reshape(*leaf.shape[:2], -1)] * 2) for leaf in jax.tree.leaves(rows))

    ours, contracted = eqx.filter_jit(lambda network: neural_tangent_kernel(network, x)), jax.jit(plain)
    return {"ours": lambda: ours(network), "jacrev, contracted": lambda: contracted(params)}


def eigenvalues(network: Any, examples: Examples) -> Arms:
    """Each gives (ten eigenvalues, products)."""
    product = hessian(network, LOSS, examples)
    theta, _, loss = flat(network, examples)
    jitted = jax.jit(lambda t, v: jax.jvp(jax.grad(loss), (t,), (v,))[1])
    exact = eigenpairs(hessian(network, LOSS, examples, dtype="float64"), 10, tolerance=1e-9).values
    start = np.random.default_rng(1).normal(size=product.size).astype(np.float32)

    def ours() -> Any:
        found = eigenpairs(product, 10, tolerance=1e-4)
        return found.values, found.products

    def theirs(multiply: Callable, tolerance: float) -> Any:
        counted: list[int] = []
        operator = LinearOperator((product.size, product.size), matvec=lambda v: counted.append(0) or np.asarray(multiply(v.ravel())), dtype=np.float32)
        return np.sort(eigsh(operator, k=10, which="LA", tol=tolerance, v0=start)[0])[::-1], len(counted)

    apart = lambda found: float(np.max(np.abs(found[0] / exact - 1)))  # noqa: E731
    error = max(apart(ours()), 1e-5)
    tolerance = next((t for t in (1e-1, 1e-2, 1e-3, 1e-4) if apart(theirs(product, t)) <= error), 1e-5)
    return {
        "ours": ours,
        f"eigsh(tol={tolerance:g}), plain products": lambda: theirs(lambda v: jitted(theta, v.astype(np.float32)), tolerance),
        f"eigsh(tol={tolerance:g}), our products": lambda: theirs(product, tolerance),
    }


def traces(network: Any, examples: Examples) -> Arms:
    """Each gives (trace, products) to a standard error of 5 %: means over three keys."""
    product = hessian(network, LOSS, examples)

    def mean(how: str) -> Any:
        found = [trace(product, tolerance=0.05, deflate=how, key=jax.random.key(seed)) for seed in range(3)]
        return np.array([one.value for one in found]), np.mean([one.products for one in found])

    return {name: partial(mean, how) for name, how in (("ours", "krylov"), ("Hutch++", "sketch"), ("Hutchinson", "nothing"))}


WORKS: dict[str, Callable[[Any, Examples], Arms]] = {
    "products": products,
    "norms": norms,
    "kernel": kernels,
    "eigenvalues": eigenvalues,
    "trace": traces,
}
REPEATS = {"products": 5, "norms": 3, "kernel": 3, "eigenvalues": 2, "trace": 1}


def notes(work: str, found: dict[str, Any], network: Any, examples: Examples) -> dict[str, str]:
    """What is told of each arm beside its seconds: largest differences, errors and products."""
    if work in ("products", "norms", "kernel"):
        truth = {arm: found[f"{arm.split(',')[0]}, plain" if work == "products" else list(found)[1]] for arm in found}
        return {arm: f"apart {np.max(np.abs(one - truth[arm])) / np.max(np.abs(truth[arm])):.0e}" for arm, one in found.items()}
    wide = hessian(network, LOSS, examples, dtype="float64")
    pairs = eigenpairs(wide, 10, tolerance=1e-9)
    exact = pairs.values if work == "eigenvalues" else trace(wide, tolerance=0.005, known=pairs, most=500).value
    return {arm: f"error {np.max(np.abs(values / exact - 1)):.0e}, {count:.0f} products" for arm, (values, count) in found.items()}


def resident(which: str) -> float:
    """MiB of this process: "VmRSS" now, "VmHWM" at most since the last reset."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(which))
    return int(line.split()[1]) / 1024


def settled() -> float:
    """MiB that this process holds once what it can give back is given back; the peak starts anew."""
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS")


def alone(name: str, work: str, place: str) -> None:
    """Prints by how many MiB the second call of the arm at a place raises the peak of this process."""
    examples = TASK.splits(jax.random.key(0))["train"]
    network = trained(MODELS[name], examples)
    arm = list(WORKS[work](network, examples).values())[int(place)]
    jax.block_until_ready(arm())
    before = settled()
    jax.block_until_ready(arm())
    print(resident("VmHWM") - before)


def memory(works: list[str]) -> None:
    """Prints the peak memory of every arm, and its ratio to ours. Left out are works whose arms are made together."""
    examples = TASK.splits(jax.random.key(0))["train"].take(jnp.arange(16))
    for name, model in MODELS.items():
        for work in works:
            ours = float("nan")
            for place, arm in enumerate(WORKS[work](model.build(TASK.inputs, TASK.outputs, jax.random.key(0)), examples)):
                done = subprocess.run([sys.executable, __file__, "alone", name, work, str(place)], capture_output=True, text=True)
                if done.returncode:
                    print(f"  {name:14} {work:10} {arm:36} failed: {done.stderr.strip().splitlines()[-1][:100]}", flush=True)
                    continue
                taken = float(done.stdout)
                ours = taken if arm == "ours" else ours
                print(f"  {name:14} {work:10} {arm:36} {taken:8.0f} MiB {taken / ours:6.2f}", flush=True)


def main(works: list[str]) -> None:
    """Prints seconds, and peer over ours."""
    examples = TASK.splits(jax.random.key(0))["train"]
    for name, model in MODELS.items():
        network = trained(model, examples)
        print(f"{name}, {sum(leaf.size for leaf in jax.tree.leaves(trainable(network)[0])):,} weights, {len(examples)} examples", flush=True)
        for work in ("floor", *works):
            arms = floor(network, examples) if work == "floor" else WORKS[work](network, examples)
            spent, found = timed(arms, REPEATS.get(work, 5))
            told = {} if work == "floor" else notes(work, found, network, examples)
            for arm, seconds in spent.items():
                ours = spent.get("ours", spent.get(f"{arm.split(',')[0]}, ours"))
                ratio = f"{seconds / ours:6.2f}" if ours else " " * 6
                print(f"  {work:12} {arm:36} {1e3 * seconds:9.1f} ms {ratio}  {told.get(arm, '')}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        alone(*sys.argv[2:])
    elif sys.argv[1:2] == ["memory"]:
        memory(sys.argv[2:] or ["norms", "kernel"])
    else:
        main(sys.argv[1:] or list(WORKS))
