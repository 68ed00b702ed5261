"""Certificates: what can be promised about unseen data, and by what.

One small classifier of handwritten digits, trained with a part of the examples, with all of them, and within a random subspace of its weights; every
certificate of the library that a classifier of given labels admits, each beside the error that it limits. The yardstick is the plainest of all: examples that
were never trained on. What it leaves out and why: docs/certify-a-model.md.
"""

import itertools
import math
from dataclasses import replace
from itertools import pairwise
from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jaxtyping import Bool
from matplotlib.figure import Figure

from unseen._types import Examples, correct, outputs, over, trainable
from unseen.bounds.bound import Bound
from unseen.bounds.compression import occam, quantize, self_delimiting
from unseen.bounds.gaussian_posterior import gaussian_posterior
from unseen.bounds.holdout import chernoff, clopper_pearson, empirical_bernstein, hoeffding
from unseen.bounds.norms import margin_bound, matrices, path_capacity, spectral
from unseen.bounds.partition import partition_bound
from unseen.bounds.progressive import progressive
from unseen.bounds.pruned_code import pruned_code
from unseen.bounds.sketched_code import Hashes, sketched_code
from unseen.bounds.stability import ridge_stability, uniform_stability
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.measures.margin import margins
from unseen.methods.method import Method
from unseen.methods.order.part import Part
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP
from unseen.models.subspace import Subspace
from unseen.study import Runs, Study
from unseen.tasks.images import Digits

SIZES = (75, 150, 300, 600, 1200)
HALF, WHOLE = SIZES[-2:]
LEVELS = (3, 5, 7, 11, 15, 21, 31)
KEPT = (0.02, 0.05, 0.1, 0.2, 0.4)
SKETCH_ROWS = 4
RIDGES, SLOPES = (0.01, 0.1, 1.0), (0.05, 0.2, 0.5)
DRAWN = 50
LARGEST_IMAGE = 8.0

study = Study(
    task=Digits(train_size=WHOLE, test_size=597),
    model=over(MLP(hidden=(32,)), Subspace(MLP(hidden=(32,)), dimension=60), name="weights"),
    method=Method(order=Part(size=over(*SIZES)), update=AdamW(learning_rate=1e-2, weight_decay=0.0)),
    steps=1500,
    seeds=3,
    record=(Score(),),
    at=LinSpaced(4),
)

full = {"model": over(MLP(hidden=(128, 128)), Subspace(MLP(hidden=(128, 128)), dimension=200), name="weights"), "steps": 6000, "seeds": 10}


class Certified(NamedTuple):
    """A bound, and the error rate on test examples of the predictor that it speaks of."""

    bound: Bound
    truth: float


def certificates(runs: Runs, delta: float = 0.05) -> dict[str, Certified]:
    """The certificates for the networks of one seed, each holding with probability 1 - delta by itself.

    Args:
        runs: of this study, one seed.
        delta: chance of failure.
    """
    whole, half, sub = (runs.where(weights=w, size=n) for w, n in (("MLP", WHOLE), ("MLP", HALF), ("Subspace", WHOLE)))
    network, first, splits = whole.network(), half.network(), whole.splits()
    sample, test = splits["train"], splits["test"]
    assert isinstance(sample, Examples)
    assert isinstance(test, Examples)
    unseen, weights, found = sample.take(jnp.arange(HALF, WHOLE)), matrices(network), margins(outputs(network, sample.x), sample.y)
    truth, missed = float(wrong(network, test).mean()), wrong(first, unseen)
    held_out = float(wrong(first, test).mean())
    after = {name: Certified(bound, held_out) for name, bound in _held_out(missed, delta).items()}
    size = sum(weight.size for weight in weights)
    return {
        **after,
        "each example before it is learned from": _progressive([runs.where(weights="MLP", size=n).network() for n in SIZES[:-1]], sample, test, delta),
        **_posterior("prior trained on the other half", first, first, unseen, test, delta),
        **_posterior("prior at the start", network, whole.initial(), sample, test, delta),
        "code of the weights in a random subspace": _coded(sub.network(), sample, test, delta),
        "code of the largest weights": _pruned(network, sample, test, delta),
        "code of a sketch of the largest weights": _pruned(network, sample, test, delta, rows=SKETCH_ROWS),
        "code of 32 bits a weight": Certified(occam(float(wrong(network, sample).mean()), 32 * size, len(sample), delta), truth),
        "stability of a readout, features of the other half": _stable(first, unseen, test, delta),
        "any readout of ten cells, made of the other half": _celled(first, unseen, test, delta),
        "margins, Frobenius norms": Certified(margin_bound(found, weights, sample.x, delta), truth),
        "margins, path norm": Certified(margin_bound(found, weights, sample.x, delta, capacity=path_capacity), truth),
        "margins, spectral norms": Certified(spectral(found, weights, LARGEST_IMAGE, delta), truth),
    }


def wrong(network: Any, examples: Examples) -> Bool[np.ndarray, " n"]:
    """Which examples are classified wrongly."""
    return np.asarray(~correct(outputs(network, examples.x), examples.y))


def _held_out(missed: Bool[np.ndarray, " n"], delta: float) -> dict[str, Bound]:
    rate, n = float(missed.mean()), len(missed)
    return {
        "held out, exact (Clopper-Pearson)": clopper_pearson(int(missed.sum()), n, delta),
        "held out, Chernoff": chernoff(rate, n, delta),
        "held out, empirical Bernstein": empirical_bernstein(missed.astype(float), delta),
        "held out, Hoeffding": hoeffding(rate, n, delta),
    }


def _progressive(networks: list[Any], sample: Examples, test: Examples, delta: float) -> Certified:
    """Every network on the examples that were added for the next."""
    blocks = [wrong(network, sample.take(jnp.arange(start, end))) for network, (start, end) in zip(networks, pairwise(SIZES), strict=True)]
    truth = np.average([wrong(network, test).mean() for network in networks], weights=[len(block) for block in blocks])
    return Certified(progressive(np.concatenate(blocks).astype(float), delta), float(truth))


def _posterior(prior_is: str, network: Any, prior: Any, sample: Examples, test: Examples, delta: float) -> dict[str, Certified]:
    posterior = gaussian_posterior(network, prior, sample, jax.random.key(0), delta=delta)
    truth = float(np.mean([wrong(posterior.draw(key), test).mean() for key in jax.random.split(jax.random.key(1), DRAWN)]))
    return {f"PAC-Bayes ({form}), {prior_is}": Certified(bound, truth) for form, bound in {"Seeger": posterior.bound, **posterior.others}.items()}


def _coded(network: Any, sample: Examples, test: Examples, delta: float) -> Certified:
    """The best of several numbers of levels; the code says which."""
    options = []
    for levels in LEVELS:
        values, bits = quantize(network.coordinates, levels)
        rounded = eqx.tree_at(lambda restricted: restricted.coordinates, network, jnp.asarray(values, network.coordinates.dtype))
        options.append((rounded, bits))
    return _shortest(options, sample, test, delta)


def _pruned(network: Any, sample: Examples, test: Examples, delta: float, *, rows: int = 0) -> Certified:
    """The best of several shares of weights and numbers of levels; the code says which. With rows, what is written down is a sketch."""
    params, rest = trainable(network)
    flat, unravel = ravel_pytree(params)
    options = []
    for kept, levels in itertools.product(KEPT, LEVELS):
        number = math.ceil(kept * flat.size)
        hashes = Hashes(flat.size, 3 * number // 2, rows) if rows else None
        values, bits = sketched_code(flat, number, levels, hashes) if hashes else pruned_code(flat, number, min(levels, number))
        options.append((eqx.combine(unravel(jnp.asarray(values, flat.dtype)), rest), bits))
    return _shortest(options, sample, test, delta)


def _shortest(options: list[tuple[Any, float]], sample: Examples, test: Examples, delta: float) -> Certified:
    which = math.log2(len(options))
    bounds = [occam(float(wrong(coded, sample).mean()), self_delimiting(bits) + which, len(sample), delta) for coded, bits in options]
    best = min(range(len(bounds)), key=lambda option: bounds[option].value)
    return Certified(bounds[best], float(wrong(options[best][0], test).mean()))


def _celled(network: Any, sample: Examples, test: Examples, delta: float) -> Certified:
    """The class that a network of the other half gives is the cell, whose answer is what most of its examples are here: a readout of a bottleneck."""
    cells, new = (np.asarray(jnp.argmax(outputs(network, examples.x), axis=1)) for examples in (sample, test))
    labels, classes = np.asarray(sample.y), outputs(network, sample.x).shape[1]
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (cells, labels), 1)
    answer = counts.argmax(axis=1)
    return Certified(partition_bound(answer[cells], labels, cells, classes, delta), float((answer[new] != np.asarray(test.y)).mean()))


def _stable(network: Any, sample: Examples, test: Examples, delta: float) -> Certified:
    """A readout of features of length 1, by cross-entropy with a ridge; the bound is on the ramp loss of its margins, at the best ridge and slope."""
    from sklearn.linear_model import LogisticRegression

    def features(x: Any) -> np.ndarray:
        found = np.asarray(jax.vmap(network.features)(x), float)
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)

    n, options, steep, each = len(sample), [], math.sqrt(2), delta / (len(RIDGES) * len(SLOPES))
    seen, new = features(sample.x), features(test.x)
    for ridge in RIDGES:
        readout = LogisticRegression(C=1 / (ridge * n), fit_intercept=False, max_iter=1000).fit(seen, np.asarray(sample.y))
        margin = np.asarray(margins(jnp.asarray(readout.decision_function(seen)), sample.y))
        error = float((readout.predict(new) != np.asarray(test.y)).mean())
        for gamma in SLOPES:
            ramp = float(np.clip(1 - margin / gamma, 0, 1).mean())
            beta = ridge_stability(ridge, n, slope=steep, tested=steep / gamma)
            options.append(Certified(replace(uniform_stability(ramp, beta, n, each), delta=delta), error))
    return min(options, key=lambda option: option.bound.value)


def figures(runs: Runs) -> dict[str, Figure]:
    """Every certificate beside the error it limits, and how the networks were trained."""
    from unseen.report import figures as draw
    from unseen.report.certificates import limits

    seeds = list(dict.fromkeys(runs.table["seed"].to_list()))
    found = [certificates(runs.where(seed=seed)) for seed in seeds]
    table = {name: [(one[name].bound, one[name].truth) for one in found] for name in found[0]}
    return {
        "Every certificate (95 %) beside the error rate that it limits. Held out, PAC-Bayes with a trained prior, and stability: half of the examples train "
        "(the network, the prior, the features), the other half certifies; all others look at what they were trained on": limits(table),
        "How the networks were trained": draw.curves(runs),
    }
