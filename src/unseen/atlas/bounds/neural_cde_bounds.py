"""On the Generalization and Approximation Capacities of Neural Controlled Differential Equations.

Bleistein & Guilloux 2023 (arXiv 2305.16791, ICLR 2024).

Claim: neural controlled differential equations have a generalization bound that depends on the regularity of the paths, as sampled: their gaps grow with the
variation of the paths; and on regular paths the bias that sampling brings is controlled by the distance between samples.
Measured: the gap between test and training error of equations fit to 30 noisy labels, on paths of variation 0.5, 1, 2 and 4; the rate at which the answer of an
equation to a path sampled every 1/8 to 1/64 of its length nears that to a path sampled 16 times as often as the last; the bound on paths of variation 1, with
20,000 of them, and whether it holds.
Departs from the paper: fields of one layer, and paths held constant between regular samples. Theorems could not be read (abstract, introduction and summaries
could): the bound is of the paper's kind, by covering weights and Gronwall's inequality, its constants are derived in `unseen.bounds.controlled_equation`. It
is far above the error, so that it could only be seen to fail if it were wrong by much; its parts are tested one by one instead. Data, sizes and noise are
ours; depth, irregular samples, weight norms and the bias of approximation are left out.
Would be refuted by: a rank correlation of gap and variation below 0.5; an order of the sampling bias of 0.9 or less, where 1 is that of the mesh; a bound that
is exceeded, or never below 1.
Control: rough paths (random walks) whose variation as sampled is the same at all levels.
Tried: this design on seeds 100 to 102, with 3 repetitions: mean gaps of 0.09, 0.16, 0.29 and 0.47 (control: 0.31, 0.30, 0.27 and 0.20), orders of 0.96 to 0.99
(control: 0.52 to 0.56), bounds of 0.69 on errors of 0.08. No other design was run.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from unseen.bounds.controlled_equation import Limits, Weights, controlled_equation_bound, solve, variation
from unseen.claim import Certificate, Claim, Computation, Contrast, Lab, Trend

LEVELS, MESHES, FINE = (0.5, 1.0, 2.0, 4.0), (8, 16, 32, 64), 1024
NARROW, WIDE = Limits(0.5, 0.5, 0.5, 0.5, 1.0), Limits(2.0, 2.0, 1.0, 1.0, 3.0)
answers = jax.jit(jax.vmap(solve, in_axes=(None, 0)))


def draw(rng: np.random.Generator, units: int, limits: Limits) -> Weights:
    """Weights of two channels at the limits."""
    shapes = ((units, 2, units), (units, 2), (units, 2), (units,), (units,))
    return limits.project(tuple(jnp.asarray(10 * rng.normal(size=shape), jnp.float32) for shape in shapes))  # pyright: ignore[reportReturnType]


def paths(rng: np.random.Generator, count: int, steps: int, length: float, smooth: bool) -> jax.Array:
    """Paths [count, steps + 1, 2] of that variation from points within 1 of 0: four waves of random heights, or random walks."""
    t, waves = np.linspace(0, 1, steps + 1)[:, None], np.arange(1, 5)
    way = np.einsum("tw,nwd->ntd", np.sin(np.pi * t * waves) / waves, rng.normal(size=(count, 4, 2)))
    if not smooth:
        way = np.cumsum(rng.normal(size=(count, steps + 1, 2)), axis=1)
        way -= way[:, :1]
    way *= length / np.linalg.norm(np.diff(way, axis=1), axis=2).sum(axis=1)[:, None, None]
    angle = rng.uniform(0, 2 * np.pi, size=count)
    return jnp.asarray(way + np.stack([np.cos(angle), np.sin(angle)], axis=1)[:, None], jnp.float32)


@partial(jax.jit, static_argnames=("limits", "steps", "batch"))
def fitted(weights: Weights, x: jax.Array, y: jax.Array, key: jax.Array, limits: Limits, steps: int, batch: int) -> Any:
    """Weights within the limits after steps of Adam on the squared error of `batch` paths each."""
    optimizer = optax.adam(0.02)

    def step(carry, k):
        w, state = carry
        some = jax.random.randint(k, (batch,), 0, len(x)) if batch < len(x) else jnp.arange(len(x))
        gradient = jax.grad(lambda w: jnp.mean((jax.vmap(solve, in_axes=(None, 0))(w, x[some]) - y[some]) ** 2))(w)
        change, state = optimizer.update(gradient, state)
        return (limits.project(optax.apply_updates(w, change)), state), None

    return jax.lax.scan(step, (weights, optimizer.init(weights)), jax.random.split(key, steps))[0][0]


def gap(rng: np.random.Generator, key: jax.Array, length: float, smooth: bool, steps: int) -> float:
    """Test less training error after fitting 30 labels of a teacher with noise of deviation 0.5."""
    teacher, x = draw(rng, 3, WIDE), paths(rng, 2030, 20, length, smooth)
    y = answers(teacher, x) + 0.5 * rng.normal(size=len(x)).astype(np.float32)
    student = fitted(draw(rng, 6, WIDE), x[:30], y[:30], key, WIDE, steps, 30)
    error = (answers(student, x) - y) ** 2
    return float(error[30:].mean() - error[:30].mean())


def bias(rng: np.random.Generator, smooth: bool) -> float:
    """-d log|error| / d log(samples): how fast the answers near those to the paths sampled most often."""
    teacher, x = draw(rng, 3, WIDE), paths(rng, 100, FINE, 2.0, smooth)
    exact = answers(teacher, x)
    errors = [float(jnp.mean(jnp.abs(answers(teacher, x[:, :: FINE // mesh]) - exact))) for mesh in MESHES]
    return float(-np.polyfit(np.log(MESHES), np.log(errors), 1)[0])


def bound(rng: np.random.Generator, key: jax.Array, smooth: bool, n: int) -> tuple[float, float]:
    """The bound on the expected absolute error, at most 1, after training on n paths, and that error on as many others."""
    x = paths(rng, 2 * n, 10, 1.0, smooth)
    y = answers(draw(rng, 2, NARROW), x) + 0.1 * rng.normal(size=len(x)).astype(np.float32)
    error = jnp.minimum(1.0, jnp.abs(answers(fitted(draw(rng, 2, NARROW), x[:n], y[:n], key, NARROW, 100, 256), x) - y))
    made = controlled_equation_bound(float(error[:n].mean()), n, NARROW, (2, 2), float(jax.vmap(variation)(x).max()), 10, 1.001)
    return made.value, float(error[n:].mean())


def measured(_: Lab, regular: bool, n: int, steps: int, repetitions: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Gaps [seeds, levels], rates [seeds], bounds and truths [repetitions]."""
    found: dict[str, list] = {"gap": [], "rate": [], "bound": []}
    for seed in seeds:
        rng, key = np.random.default_rng(seed), jax.random.key(seed)
        found["gap"].append([gap(rng, key, level if regular else 1.0, regular, steps) for level in LEVELS])
        found["rate"].append(bias(rng, regular))
        found["bound"] += [bound(rng, jax.random.fold_in(key, i), regular, n) for i in range(repetitions)]
    return {name: np.array(values) for name, values in found.items()}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Trend | Contrast | Certificate]:
    """Gaps grow with variation; the bias of sampling is of first order; the bound holds."""
    gaps, rate, (value, truth) = result["gap"], result["rate"], result["bound"].T
    seeds = len(gaps)
    return {
        "gap by variation": Trend(np.tile(LEVELS, seeds), gaps.ravel(), minimal=0.5, groups=np.repeat(np.arange(seeds), len(LEVELS))),
        "sampling bias of first order": Contrast(rate, np.ones(seeds), minimal=-0.1),
        "the bound": Certificate(value, truth, delta=0.05),
    }


claim = Claim(
    study=Computation(measured, regular=True, n=20_000, steps=500, repetitions=5, seeds=tuple(range(10))),
    evidence=evidence,
    control={"regular": False},
    full={"n": 200_000, "steps": 5000, "seeds": tuple(range(40))},
)
