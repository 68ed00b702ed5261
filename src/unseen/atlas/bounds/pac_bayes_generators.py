"""PAC-Bayesian Generalization Bounds for Adversarial Generative Models.

Mbacke, Clerc & Germain 2023 (arXiv 2302.08942, ICML).

Claim: PAC-Bayes theory bounds the Wasserstein distance between a distribution and what generators drawn from a posterior make: by their mean distance from the
sample, plus (KL + ln(1/δ))/λ + λΔ²/(4n), Δ the diameter. The bounds are not vacuous on synthetic data, and serve as training objectives.
Measured: this bound for perceptrons with random weights and eight Gaussians on a circle of radius 3: a prior around weights trained on 50 points, a posterior
trained from there with the bound's KL on 10,000 others; against the posterior's distance from fresh points, against 3 (a single point in the middle, the
best that knows nothing of the ring), and against the same bound for the prior.
Departs from the paper: 10,000 points in place of 60,000, and a λ of a fixed set of nine, which is paid for. The distance is W₁ itself, exactly, averaged over
blocks of 250 points with a generator each (which on average is never below that of the distributions either, and moves as little with one example), where
the paper takes what a trained 1-Lipschitz critic finds; so too in training: the energy distance of batches stands in for a critic, and nothing is
adversarial. Generators are clipped to the disc, as the theorem asks. The mean over 40 draws is taken for the mean over the posterior, as there. Total
variation, intrinsic dimension and the grid are not tested. Formula and data from the authors' code (diarra2339/pac-bayes-wgan), and derived again, by
which 8 would do for 4; text read as abstract and introduction.
Would be refuted by: a bound below the distance more often than 5 % (or too often to exclude 10 %), or not below 3; a bound that training with it does not
lower by 0.05. The first can hardly happen: distances of samples are on average above those of distributions, before any slack. Where it can, a bound
without slack is seen to fail (`tests/bounds/test_generator.py`).
Control: training without the KL, on 250 points.
Tried (seeds 100 to 111): this design on twelve seeds: bounds of 1.08, for the prior 1.18, distances 0.91. Without the KL, on 10,000 points, 1.39 and 0.78:
nearer, but not provably so (the control had 10,000 points at first; its bounds were below 3 then). With 500 points and a larger price the KL stayed at 0:
the bound taught nothing. Prices of 0.3 and 1, a prior deviation of 0.03, larger networks, blocks of 500 and 20,000 points were looked at for cost, and
for how far training moves (seeds 100 to 107).
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree

from unseen._types import Reals, Values, outputs
from unseen.bounds.generator import generator_bound, wasserstein
from unseen.bounds.pac_bayes import gaussian_divergence
from unseen.claim import Certificate, Claim, Computation, Contrast, Lab
from unseen.models.mlp import MLP

RADIUS, LARGEST, SPREAD, MODES = 3.0, 3.2, 0.05, 8
FEW, BATCH, BLOCK, PRIOR_STD, RATE = 50, 64, 250, 0.1, 3e-3
MODEL = MLP(hidden=(16, 16), bias=True)


def within(x: jax.Array) -> jax.Array:
    """The nearest points of the disc that everything lies in."""
    return x * jnp.minimum(1.0, LARGEST / jnp.maximum(jnp.linalg.norm(x, axis=-1, keepdims=True), 1e-6))


def ring(key: jax.Array, n: int) -> jax.Array:
    """Points of eight Gaussians on a circle."""
    at_mode, at_noise = jax.random.split(key)
    angle = 2 * jnp.pi / MODES * jax.random.randint(at_mode, (n,), 0, MODES)
    return within(RADIUS * jnp.stack([jnp.cos(angle), jnp.sin(angle)], axis=1) + SPREAD * jax.random.normal(at_noise, (n, 2)))


def made(weights: jax.Array, key: jax.Array, n: int) -> jax.Array:
    """Points of the generator with these weights."""
    unravel = ravel_pytree(MODEL.build(Reals((2,)), Values((2,)), jax.random.key(0)))[1]
    return within(outputs(unravel(weights), jax.random.normal(key, (n, 2))))


def apart(x: jax.Array, y: jax.Array) -> jax.Array:
    """Mean distance of points of x and y."""
    return jnp.mean(jnp.sqrt(jnp.sum((x[:, None] - y) ** 2, axis=-1) + 1e-8))


def fit(key: jax.Array, start: tuple[jax.Array, jax.Array], x: jax.Array, price: float, steps: int) -> tuple[jax.Array, jax.Array]:
    """Mean and log-deviation of the weights after Adam on the energy distance of batches of x to what is made, plus price × KL from the start."""
    update, (center, log_wide) = optax.adam(RATE), start

    def loss(where: tuple[jax.Array, jax.Array], key: jax.Array) -> jax.Array:
        (mean, log_std), keys = where, jax.random.split(key, 3)
        fake = made(mean + jnp.exp(log_std) * jax.random.normal(keys[0], mean.shape), keys[1], BATCH)
        real = x[jax.random.randint(keys[2], (BATCH,), 0, len(x))]
        squares = jnp.exp(2 * (log_std - log_wide)) + ((mean - center) / jnp.exp(log_wide)) ** 2
        return apart(real, fake) - apart(fake, fake) / 2 + price * jnp.sum(squares / 2 - 0.5 - log_std + log_wide)

    def step(state: tuple, key: jax.Array) -> tuple:
        change, moments = update.update(jax.grad(loss)(state[0], key), state[1])
        return (optax.apply_updates(state[0], change), moments), None

    return jax.lax.scan(step, (start, update.init(start)), jax.random.split(key, steps))[0][0]


def trained(seed: jax.Array, examples: int, price: float, steps: int) -> tuple:
    """(prior, posterior), (examples, fresh ones, points by the prior, by the posterior), the last in blocks, each by a generator of its own."""
    keys = jax.random.split(jax.random.key(seed), 7)
    start = ravel_pytree(MODEL.build(Reals((2,)), Values((2,)), keys[0]))[0]
    center = fit(keys[1], (start, jnp.full_like(start, -7.0)), ring(keys[2], FEW), 0.0, steps)[0]
    prior = center, jnp.full_like(center, jnp.log(PRIOR_STD))
    x, fresh = ring(keys[3], examples), ring(keys[4], examples)
    posterior = fit(keys[5], prior, x, price, steps)
    pairs = jax.random.split(keys[6], (examples // BLOCK, 2))

    def points(law: tuple[jax.Array, jax.Array]) -> jax.Array:
        return jax.lax.map(lambda pair: made(law[0] + jnp.exp(law[1]) * jax.random.normal(pair[0], law[0].shape), pair[1], BLOCK), pairs)

    return (prior, posterior), (x.reshape(-1, BLOCK, 2), fresh.reshape(-1, BLOCK, 2), points(prior), points(posterior))


def certificates(_: Lab, price: float, examples: int, steps: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The bound for prior and posterior, and the posterior's mean distance from fresh examples [seeds]."""
    run = jax.jit(jax.vmap(lambda seed: trained(seed, examples, price * 2 * LARGEST / np.sqrt(examples), steps)))
    laws, blocks = jax.tree.map(np.asarray, run(jnp.array(seeds)))
    found: dict[str, list[float]] = {"prior": [], "posterior": [], "truth": []}
    for i in range(len(seeds)):
        (center, log_wide), (mean, log_std) = ((law[0][i], law[1][i]) for law in laws)
        x, fresh, first, last = (part[i] for part in blocks)
        divergence = gaussian_divergence(mean, np.exp(log_std), center, np.exp(log_wide))
        distance = {
            name: float(np.mean([wasserstein(*pair) for pair in zip(*parts, strict=True)]))
            for name, parts in {"prior": (x, first), "posterior": (x, last)}.items()
        }
        for name, far in (("prior", 0.0), ("posterior", divergence)):
            found[name].append(generator_bound(distance[name], far, examples, 2 * LARGEST).value)
        found["truth"].append(float(np.mean([wasserstein(*pair) for pair in zip(fresh, last, strict=True)])))
    return {name: np.array(values) for name, values in found.items()}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Certificate | Contrast]:
    """The bound holds and is below what a single point achieves; training with it lowers it."""
    return {
        "holds, and is better than one point": Certificate(result["posterior"], result["truth"], delta=0.05, vacuous=RADIUS),
        "always better than one point": Contrast(np.full(len(result["posterior"]), RADIUS), result["posterior"], minimal=0.0),
        "training with it lowers it": Contrast(result["prior"], result["posterior"], minimal=0.05, paired=True),
    }


claim = Claim(
    study=Computation(certificates, price=0.15, examples=10_000, steps=600, seeds=tuple(range(36))),
    evidence=evidence,
    control={"price": 0.0, "examples": 250},
    full={"examples": 60_000, "steps": 20_000, "seeds": tuple(range(40))},
    scale="proxy: a generator trained by energy distances",
)
