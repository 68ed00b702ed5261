"""On Implicit Bias in Overparameterized Bilevel Optimization.

Vicol, Lorraine, Pedregosa, Duvenaud & Grosse 2022 (arXiv 2212.14032, ICML).

Claim: what bilevel optimization converges to depends on whether the inner problem is started anew at each outer step (cold) or from where it ended (warm),
and on how the hypergradient is approximated; warm-started inner parameters hold much information on the outer objective that is not in the outer parameters,
even where these are few.
Measured: dataset distillation into two examples, their inputs and soft labels being the outer parameters, of 250 digits and of 180 points in three clusters
of the plane: accuracy on these data of the warm-started network, of the same initial network trained on the final two examples alone, and of a cold-started
one. Then its reverse, 13 targets of a least-squares fit in 9 Fourier features that is to pass through two given points: the norm of the targets to which
gradient descent comes, by the number K of steps that are differentiated through, against a closed form (`unseen.theory.bilevel_least_squares`); the exact
hypergradient gives the targets of least norm.
Departs from the paper: 8 x 8 digits in place of MNIST; sizes, rates, starts and the amplitudes 1/k of the features are ours. Hypergradients by unrolling the
last 20 steps (100 when cold: a whole inner run), which at a fixed point is a truncated Neumann series; implicit differentiation by conjugate gradients is
left out. Warm starts take 20 inner steps to an outer one (the paper has full and partial ones). Read as abstract, the start of the introduction, and others'
summaries; the closed form for finite K is derived here, its limit is their theorem on outer norms as remembered.
Would be refuted by: a warm-started network that gains less than 0.2 in accuracy over one trained on its final examples, or, on digits, over the cold-started
one; targets whose norm leaves the closed form by 1 %, or is for K = 1 less than 1.2 times the least.
Rival: all hypergradients end at the targets of least norm.
Control: the two examples stay where they start: nothing of the outer objective reaches the inner one.
Tried (seeds 100 to 102, 500 digits, 64 units): accuracy of 0.75 warm, 0.09 to 0.13 retrained, 0.28 to 0.33 cold; on clusters 1.00, 0.67 and 0.66 to 1.00, so
that warm against cold is claimed of digits alone. With this design 0.60 more than retrained and 0.41 more than cold on digits; on clusters 0.25 to 0.36 more
on seeds 100 to 105 with 1500 steps, but up to 0.65 with 2000, hence 8 seeds. One example, or two of fixed hard labels, came to rest early, warm and cold
(accuracy 0.1 to 0.35 on digits, 0.33 to 0.7 in the plane): the effect needs outer steps that go on moving the inner parameters. Norms for K = 1 are 1.37 to
1.53 times the least (seeds 100 to 105), and 1.1 to 1.3 times with amplitudes of 1/√k.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax

from unseen._types import Classes, Reals, correct, outputs, trainable
from unseen.claim import Agreement, Claim, Computation, Contrast, Lab
from unseen.models.mlp import MLP
from unseen.tasks.images import Digits
from unseen.theory.bilevel_least_squares import outer_limit

TERMS, AMPLITUDES = (1, 3, 10, None), 1 / np.arange(1, 5)


def original(problem: str, key: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Inputs [n, d] and labels of the data that are distilled."""
    if problem == "digits":
        train = Digits(train_size=250).splits(key)["train"]
        return train.x.reshape(250, 64) - 0.3, train.y
    y = jnp.arange(180) % 3
    return 2 * jnp.stack([jnp.sin(2 * jnp.pi / 3 * y), jnp.cos(2 * jnp.pi / 3 * y)], axis=1) + 0.4 * jax.random.normal(key, (180, 2)), y


@eqx.filter_jit
def distil(problem: str, warm: bool, outer_steps: int, hidden: int, outer_rate: float, key: jax.Array) -> jax.Array:
    """Accuracies of the network at the end of distillation, and of one trained on the two distilled examples alone."""
    keys = jax.random.split(key, 3)
    x, y = original(problem, keys[0])
    classes, inputs = (10, 64) if problem == "digits" else (3, 2)
    start, rest = trainable(MLP(hidden=(hidden,), bias=True).build(Reals((inputs,)), Classes(classes), keys[1]))
    cross_entropy, optimizer = optax.softmax_cross_entropy, optax.adam(outer_rate)

    def logits(w, x):
        return outputs(eqx.combine(w, rest), x)

    def inner(w, u):
        return jnp.mean(cross_entropy(logits(w, u[0]), jax.nn.softmax(u[1])))

    def solve(w, u, steps):
        return jax.lax.scan(lambda w, _: (jax.tree.map(lambda a, g: a - 0.1 * g, w, jax.grad(inner)(w, u)), None), w, None, length=steps)[0]

    def outer(u, w):
        solved = solve(w if warm else start, u, 20 if warm else 100)
        return jnp.mean(cross_entropy(logits(solved, x), jax.nn.one_hot(y, classes))), solved

    def step(carry, _):
        w, u, state = carry
        gradient, w = jax.grad(outer, has_aux=True)(u, w)
        change, state = optimizer.update(gradient, state)
        return (w, optax.apply_updates(u, change), state), None

    u = (0.5 * jax.random.normal(keys[2], (2, inputs)), jnp.zeros((2, classes)))
    (w, u, _), _ = jax.lax.scan(step, (start, u, optimizer.init(u)), None, length=outer_steps)
    return jnp.stack([jnp.mean(correct(logits(one, x), y)) for one in (outer(u, w)[1], solve(start, u, 4000))])


def descend(inner: np.ndarray, outer: np.ndarray, y: np.ndarray, terms: int | None) -> float:
    """Norm of the targets after outer descent, the inner problem solved exactly and its last `terms` gradient steps (or the solution) differentiated."""
    rate, solution, zero = 1 / np.linalg.norm(inner, 2) ** 2, jnp.linalg.pinv(jnp.asarray(inner)), jnp.zeros(len(inner))

    def loss(u):
        w = solution @ u if terms is None else jax.lax.stop_gradient(solution @ u)
        for _ in range(terms or 0):
            w = w - rate * inner.T @ (inner @ w - u)
        return jnp.sum((outer @ w - y) ** 2) / 2

    hypergradient = jax.grad(loss)  # affine in u, so that its linear part gives a step of descent
    step = 1 / jnp.linalg.norm(jax.vmap(hypergradient)(jnp.eye(len(zero))) - hypergradient(zero), 2)
    return float(jnp.linalg.norm(jax.lax.fori_loop(0, 2000, lambda _, u: u - step * hypergradient(u), zero)))


def features(x: np.ndarray) -> np.ndarray:
    """A constant, and cosine and sine of frequencies 1 to 4, their amplitudes falling as 1/k."""
    angles = np.outer(x, np.arange(1, 5))
    return np.hstack([np.ones((len(x), 1)), np.cos(angles) * AMPLITUDES, np.sin(angles) * AMPLITUDES])


def measured(_: Lab, outer_rate: float, outer_steps: int, hidden: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Accuracies [seeds, (at the end, retrained)] of each distillation, and norms [seeds, K] of the targets: simulated and in closed form."""
    ways = {"digits": ("digits", True, outer_steps), "clusters": ("clusters", True, outer_steps), "digits, cold": ("digits", False, outer_steps // 5)}
    found = {name: np.array([distil(*way, hidden, outer_rate, jax.random.key(seed)) for seed in seeds]) for name, way in ways.items()}
    inner = features(np.linspace(-np.pi, np.pi, 13, endpoint=False))
    rate, norms = 1 / np.linalg.norm(inner, 2) ** 2, []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        outer, y = features(rng.uniform(-np.pi, np.pi) + np.array([0.0, rng.uniform(1, np.pi)])), rng.normal(size=2)
        norms.append([(descend(inner, outer, y, terms), np.linalg.norm(outer_limit(inner, outer, y, rate, terms))) for terms in TERMS])
    return found | dict(zip(("simulated", "closed form"), np.moveaxis(np.array(norms), 2, 0), strict=True))


def evidence(result: dict) -> dict[str, Agreement | Contrast]:
    """What a warm start knows beyond the examples that it ends with, and the norms by hypergradient."""
    digits, clusters, closed, norm = (result[name] for name in ("digits", "clusters", "closed form", "simulated"))
    return {
        "digits: warm start against training on its two examples": Contrast(digits[:, 0], digits[:, 1], minimal=0.2),
        "digits: warm start against cold start": Contrast(digits[:, 0], result["digits, cold"][:, 0], minimal=0.2),
        "clusters: warm start against training on its two examples": Contrast(clusters[:, 0], clusters[:, 1], minimal=0.2),
        "norms by hypergradient": Agreement(norm / closed, np.ones(len(TERMS)), rival=np.mean(closed[:, -1:] / closed, axis=0), tolerance=0.01),
        "one step against the exact hypergradient": Contrast(norm[:, 0], norm[:, -1], minimal=1.2, statistic="ratio", paired=True),
    }


claim = Claim(
    study=Computation(measured, outer_rate=0.01, outer_steps=2000, hidden=32, seeds=tuple(range(8))),
    evidence=evidence,
    control={"outer_rate": 0.0},
    full={"outer_steps": 20_000, "hidden": 256, "seeds": tuple(range(20))},
    scale="proxy: 8 x 8 digits for MNIST",
)
