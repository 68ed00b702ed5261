"""Information from denoising: one network for the scores of all marginal, joint and conditional distributions, and the divergences between them.

A variable is noised to m x + σ ε with m² = 1/(1 + e^λ), σ² = 1/(1 + e^-λ): a variance-preserving diffusion whose time is the log of the noise-to-signal
ratio λ. The score is -ε̂/σ with ε̂ = E[ε | what is seen]. In this time the divergence of two distributions along the diffusion (Girsanov) is
½ ∫ E‖ε̂_1 - ε̂_2‖² dλ, without weights. What the network sees of each variable is its *status*: 1 noised, 0 clean (the score is given it), -1 absent.
Source: Franzese, Bounoua & Michiardi (2024), "MINDE", and Bounoua, Franzese & Michiardi (2024), "SΩI", whose importance sampling of time is uniform in λ.
"""

from collections.abc import Callable
from functools import partial

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._types import Reals, Values, trainable
from unseen.models.mlp import MLP

LOW, HIGH = -8.0, 6.0
Noise = Callable[[Array, Array, Array], Array]
"""(x [d] as noised, λ, status [variables]) → ε̂ [d], 0 where the status is not 1."""


class ScoreNetwork(eqx.Module):
    """A perceptron that predicts ε from what is seen of each variable, its status and λ, as σ (x + correction): without a correction, that of white noise.

    >>> network = ScoreNetwork.build((1, 2), jax.random.key(0))
    >>> network(jnp.zeros(3), jnp.array(0.0), jnp.array([1, -1]))[1:].tolist()
    [0.0, 0.0]
    """

    network: Callable
    sizes: tuple[int, ...] = eqx.field(static=True)

    @classmethod
    def build(cls, sizes: tuple[int, ...], key: PRNGKeyArray, *, hidden: tuple[int, ...] = (96, 96)) -> "ScoreNetwork":
        """A fresh network for variables of `sizes` coordinates."""
        model = MLP(hidden=hidden, bias=True, parametrization="torch", activation="silu")
        return cls(model.build(Reals((sum(sizes) + 2 * len(sizes) + 3,)), Values((sum(sizes),)), key), sizes)

    def __call__(self, x: Float[Array, " d"], level: Float[Array, ""], status: Int[Array, " variables"]) -> Float[Array, " d"]:
        """ε̂ of the noised coordinates."""
        mean, deviation = jnp.sqrt(jax.nn.sigmoid(-level)), jnp.sqrt(jax.nn.sigmoid(level))
        facts = jnp.concatenate([status == 1, status == -1]).astype(x.dtype)
        seen = jnp.where(spread(status, self.sizes) == -1, 0.0, x)
        correction = self.network(jnp.concatenate([seen, facts, jnp.stack([mean, deviation, level / 4])]))
        return jnp.where(spread(status, self.sizes) == 1, deviation * (x + correction), 0.0)


def spread(status: Int[Array, " variables"], sizes: tuple[int, ...]) -> Int[Array, " d"]:
    """The status of each coordinate."""
    return jnp.repeat(status, np.array(sizes), total_repeat_length=sum(sizes))


def noised(x: Array, noise: Array, level: Array, status: Array, sizes: tuple[int, ...]) -> Float[Array, " d"]:
    """What is seen of x: m x + σ ε, x, or 0, by status."""
    each = spread(status, sizes)
    dirty = jnp.sqrt(jax.nn.sigmoid(-level)) * x + jnp.sqrt(jax.nn.sigmoid(level)) * noise
    return jnp.where(each == 1, dirty, jnp.where(each == 0, x, 0.0))


@eqx.filter_jit
def fit_scores(
    network: ScoreNetwork,
    x: Float[Array, "n d"],
    statuses: Int[Array, "choices variables"],
    key: PRNGKeyArray,
    *,
    steps: int = 3000,
    batch: int = 256,
    learning_rate: float = 3e-3,
) -> ScoreNetwork:
    """The network after `steps` of Adam on the mean squared error of ε̂, with statuses drawn from `statuses` (repeat a row to weigh it) and λ uniform.

    `x` are samples of all variables, each coordinate of mean about 0 and variance about 1. The learning rate falls to 0 along a cosine.
    """
    update = optax.adam(optax.cosine_decay_schedule(learning_rate, steps))
    params, static = trainable(network)
    join: Callable[..., ScoreNetwork] = eqx.combine

    def loss(params, key):
        which, how, when, what = jax.random.split(key, 4)
        chosen = x[jax.random.randint(which, (batch,), 0, len(x))]
        status = statuses[jax.random.randint(how, (batch,), 0, len(statuses))]
        level, noise = levels(when, batch), jax.random.normal(what, chosen.shape)
        each = jax.vmap(partial(noised, sizes=network.sizes))(chosen, noise, level, status)
        wanted = jax.vmap(lambda s: spread(s, network.sizes) == 1)(status)
        error = jnp.square(jax.vmap(join(params, static))(each, level, status) - noise) * wanted
        return jnp.mean(jnp.sum(error, axis=1) / jnp.sum(wanted, axis=1))

    def step(carry, key):
        params, state = carry
        updates, state = update.update(jax.grad(loss)(params, key), state)
        return (optax.apply_updates(params, updates), state), None

    (params, _), _ = jax.lax.scan(step, (params, update.init(params)), jax.random.split(key, steps))
    return join(params, static)


def levels(key: PRNGKeyArray, n: int) -> Float[Array, " n"]:
    """`n` values of λ, one from each of n equal parts of its range, in order: uniform, with less chance than independent draws."""
    return LOW + (HIGH - LOW) * (jnp.arange(n) + jax.random.uniform(key, (n,))) / n


@eqx.filter_jit
def divergence(noise: Noise, sizes: tuple[int, ...], x: Float[Array, "n d"], first: Array, second: Array, key: PRNGKeyArray) -> Float[Array, ""]:
    """½ ∫ E‖Σ ε̂(first) - Σ ε̂(second)‖² dλ in nats over λ in [-8, 6], at least 0, with sums over the rows of `first` and `second`, statuses [rows, variables].

    Each coordinate that counts must be noised in one row of each. Errors of ε̂ that differ between the two make it too large. What lies outside the range of
    λ is left out: below it, about e^-8 / 2 times the mean squared difference of the two scores of the data.
    """
    when, what, order = jax.random.split(key, 3)
    level = jax.random.permutation(order, levels(when, len(x)))

    def one(x, level, eps):
        total = lambda rows: sum(noise(noised(x, eps, level, row, sizes), level, row) for row in rows)  # noqa: E731
        return jnp.sum(jnp.square(total(first) - total(second)))

    return 0.5 * (HIGH - LOW) * jnp.mean(jax.vmap(one)(x, level, jax.random.normal(what, x.shape)))


def marginal(n: int) -> Int[Array, "n n"]:
    """Statuses of the n variables each alone: 1 for itself, -1 for the others."""
    return 2 * jnp.eye(n, dtype=int) - 1


def conditional(n: int) -> Int[Array, "n n"]:
    """Statuses of the n variables each given all others: 1 for itself, 0 for the others."""
    return jnp.eye(n, dtype=int)


def joint(n: int) -> Int[Array, "1 n"]:
    """The status of all n variables together."""
    return jnp.ones((1, n), int)


def score_correlations(noise: Noise, sizes: tuple[int, ...], x: Float[Array, "n d"], key: PRNGKeyArray, *, repeats: int = 10) -> tuple[float, float]:
    """(total correlation, dual total correlation) in nats: divergences of the joint scores from the marginal, and from the conditional ones.

    Their difference is the O-information (Bounoua et al. 2024). The dual one is right since a joint score is the mean of conditional scores given what is seen.
    Both are means over `repeats` draws of noise for every sample, the same draws for the two.
    """
    n, keys = len(sizes), jax.random.split(key, repeats)
    total, dual = (np.mean([divergence(noise, sizes, x, joint(n), other(n), k) for k in keys]) for other in (marginal, conditional))
    return float(total), float(dual)
