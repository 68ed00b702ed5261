"""A Gaussian posterior over a network's weights, made for the smallest PAC-Bayes certificate."""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Examples, Problem, correct, outputs, trainable
from unseen.bounds.bound import Bound, check
from unseen.bounds.pac_bayes import catoni, gaussian_divergence, mcallester, sampled, seeger

SMALLEST = 1e-4
"""Probabilities are held above this, so that the surrogate loss ln(p)/ln(SMALLEST) lies in [0, 1]."""


class Posterior(NamedTuple):
    """Independent Gaussian weights, and what they certify.

    Attributes:
        draw: a network of the posterior for a key.
        bound: on the error rate of a network drawn anew for every example, by `seeger`.
        mean: the weights' means.
        std: their standard deviations.
        others: what "Catoni" and "McAllester" say of the same posterior, each with the same confidence by itself.
    """

    draw: Any
    bound: Bound
    mean: Float[Array, " p"]
    std: Float[Array, " p"]
    others: Mapping[str, Bound]


def gaussian_posterior(
    network: Any,
    prior: Any,
    sample: Examples,
    key: PRNGKeyArray,
    *,
    delta: float = 0.05,
    prior_stds: Sequence[float] = (0.003, 0.01, 0.03, 0.1, 0.3),
    steps: int = 2000,
    learning_rate: float = 1e-3,
    draws: int = 2000,
) -> Posterior:
    """Minimises surrogate + √((KL + ln(2√n/δ)) / 2n) over means and standard deviations, then certifies the error rate of what was found.

    The posterior starts at `network`, the prior is N(weights of `prior`, s² I) with s from `prior_stds`, all of which are tried and paid for (Dziugaite & Roy
    2017; the surrogate, cross-entropy with probabilities held above 1e-4 and divided by ln 1e4, is that of Pérez-Ortiz et al. 2021). The certificate
    is `seeger`, with δ 4/5, at the rate `sampled` with δ/5 from `draws` networks: it holds for any posterior, well optimised or not.

    Args:
        network: where the posterior starts; may have seen every example.
        prior: a network of the same shape that has seen none of `sample`: the one before training, or one trained on other examples.
        sample: classification examples; the certificate counts these.
        key: randomness of the search and of the draws.
        delta: chance of failure.
        prior_stds: standard deviations of the prior.
        steps: of Adam, with the whole sample at each.
        learning_rate: of Adam, for means and for logarithms of standard deviations (times 10).
        draws: networks from which the mean loss is estimated.

    Raises:
        Problem: when there is nothing to draw, or the networks differ in shape.
    """
    n, tried = len(sample), len(prior_stds)
    check(n, delta)
    if not prior_stds or not all(std > 0 for std in prior_stds):
        raise Problem(f"prior_stds: expected positive standard deviations, got {prior_stds!r}.")
    search = _Search(network, prior, sample, math.log(2 * math.sqrt(n) * tried / delta), learning_rate)
    first, second = jax.random.split(key)
    found = []
    for prior_std in prior_stds:
        mean, std = search.optimise(prior_std, jax.random.split(first, steps))
        rates = np.asarray(search.errors(mean, std, jax.random.split(second, draws)), float)
        divergence, rate = gaussian_divergence(mean, std, search.center, prior_std), sampled(rates, delta / 5 / tried)
        told = {"prior_std": prior_std, "sampled": rate}
        by = {form: _told(form(rate, divergence, n, 0.8 * delta / tried), float(rates.mean()), delta, told) for form in (seeger, catoni, mcallester)}
        found.append(Posterior(search.network(mean, std), by[seeger], mean, std, {"Catoni": by[catoni], "McAllester": by[mcallester]}))
    return min(found, key=lambda posterior: posterior.bound.value)


def _told(bound: Bound, empirical: float, delta: float, more: Mapping[str, float]) -> Bound:
    """The bound as one of the whole certificate: the mean loss that was drawn, the whole chance of failure."""
    return replace(bound, empirical=empirical, delta=delta, terms={**bound.terms, **more})


class _Search:
    """What is minimised, for one network, prior mean and sample."""

    def __init__(self, network: Any, prior: Any, sample: Examples, price: float, learning_rate: float) -> None:
        params, self._rest = trainable(network)
        self._start, self._unravel = ravel_pytree(params)
        self.center, _ = ravel_pytree(trainable(prior)[0])
        if self._start.shape != self.center.shape:
            raise Problem(f"prior: expected a network with {self._start.size} trainable numbers, as the posterior has, got {self.center.size}.")
        self._sample, self._price = sample, price
        self._adam = optax.multi_transform({"mean": optax.adam(learning_rate), "std": optax.adam(10 * learning_rate)}, ("mean", "std"))

    def network(self, mean: Array, std: Array) -> Any:
        """From a key to a network of the posterior."""
        return lambda key: self._at(mean + std * jax.random.normal(key, mean.shape))

    def _at(self, weights: Array) -> Any:
        return eqx.combine(self._unravel(weights), self._rest)

    def _objective(self, where: tuple[Array, Array], noise: Array, prior_std: Array) -> Array:
        mean, log_std = where
        std, floor = jnp.exp(log_std), math.log(SMALLEST)
        log_p = jax.nn.log_softmax(outputs(self._at(mean + std * noise), self._sample.x))
        surrogate = jnp.mean(jnp.maximum(jnp.take_along_axis(log_p, self._sample.y[:, None], axis=1), floor)) / floor
        divergence = jnp.sum(jnp.log(prior_std) - log_std + (std**2 + (mean - self.center) ** 2) / (2 * prior_std**2) - 0.5)
        return surrogate + jnp.sqrt((divergence + self._price) / (2 * len(self._sample)))

    @functools.partial(jax.jit, static_argnums=0)
    def optimise(self, prior_std: Array, keys: Array) -> tuple[Array, Array]:
        """Means and standard deviations after one step of Adam for each key."""
        where = (self._start, jnp.full_like(self._start, jnp.log(prior_std)))

        def step(state: Any, key: Array) -> tuple[Any, None]:
            where, memory = state
            gradient = jax.grad(self._objective)(where, jax.random.normal(key, self._start.shape), prior_std)
            change, memory = self._adam.update(gradient, memory)
            return (optax.apply_updates(where, change), memory), None

        (mean, log_std), _ = jax.lax.scan(step, (where, self._adam.init(where)), keys)[0]
        return mean, jnp.exp(log_std)

    @functools.partial(jax.jit, static_argnums=0)
    def errors(self, mean: Array, std: Array, keys: Array) -> Array:
        """The error rate on the sample of one network of the posterior for each key."""
        draw = self.network(mean, std)
        return jax.lax.map(lambda key: jnp.mean(~correct(outputs(draw(key), self._sample.x), self._sample.y)), keys)
