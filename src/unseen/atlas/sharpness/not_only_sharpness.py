"""Sharpness Minimization Algorithms Do Not Only Minimize Sharpness To Achieve Better Generalization.

Wen, Ma, Li 2023 (arXiv 2307.11007, NeurIPS): table 1, theorems 3.1, 4.1 and 5.1, figures 1, 4 and 6.

Claim: for two-layer ReLU networks on the XOR of two coordinates, (I) without a bias all flattest interpolators generalize, and sharpness-aware
minimization of single examples (1-SAM) finds one; (II) with a bias some flattest interpolator is wrong on all that is unseen, and 1-SAM fails to generalize;
(III) with a simplified LayerNorm there is such a one too, and 1-SAM still generalizes.
Measured: the trace of the Hessian by its least value (`theory.flattest_relu`) and the accuracy on unseen inputs, of the networks that the paper constructs
and of trained ones; for (I) what wrong answers cost: how flat a network can be on the training set that also fits wrong labels of 50 unseen inputs, by a
direct search, over the same with true labels.
Departs from the paper: its data (d = 30, n = 100) and width (500), but 500 to 800 epochs in place of 100,000 to 600,000, with a radius of 0.2 (0.05 and
0.1 there), and rates that fall to 0, so that the training loss does too. Rates start at 0.005 in its unit of loss, 0.1 with LayerNorm (0.01, 0.1); weight
decay as there, 3000 full batches at rate 0.05 (0.01). The trace is computed as that of the Gauss-Newton matrix, which it is for interpolators (lemma
4.1). Left out: BatchNorm, projected training, logistic loss, deeper networks, and the rate O(d/n) of theorem 3.1. That all flattest generalize is tested by a
search, which proves nothing; with a bias, where flat networks with wrong answers exist, it finds them. Without one, 4√d is a lower limit that is not reached
beside the kinks, and how flat 1-SAM gets is judged in (II) and (III) alone. The paper's figures show single runs, "almost perfect" in (III) and "much
worse" in (II): read here as an accuracy of at least 0.9, and of 0.1 less.
Would be refuted by: without a bias, wrong answers for less than 1.25 times the sharpness; with one, for more than 1.1 times it; 1-SAM above 1.1 of the least
sharpness with bias or LayerNorm; an accuracy with a bias within 0.1 of that of LayerNorm or of weight decay; one below 0.9 with LayerNorm or without bias.
Control: radius 0, which is stochastic gradient descent; constructions whose biases are taken away; no wrong answers. On the verdict's seeds LayerNorm is
better than a bias by 0.20 at radius 0 too (0.78 and 0.58): part of that difference is not 1-SAM's.
Tried (seeds 100 to 105): widths 100 to 500, radii 0.05 to 1, rates from 0.005 to 0.15, 50,000 to 1,200,000 steps; this design was chosen after looking, by
what becomes flat in the time there is. All showed the three scenarios at n = 100; for d = 10, n = 50 a bias did no harm. With a bias the mean accuracy was
0.73 to 0.86, lower for larger radii and longer training; with LayerNorm 0.92 to 0.98 where the loss came down, 0.77 where a radius of 1 kept it up. At width
500 without a bias twice the rate diverged. This design (searches had 4000 steps then, not 2500): accuracies 1.00 without a bias, 0.78 with it, 0.98 with
LayerNorm, 1.00 with weight decay; sharpness 1.02 of the least with bias and with LayerNorm, 3.5 with weight decay; wrong answers cost 1.66 to 1.87 times the
sharpness without a bias, 1.01 to 1.03 with it. The √(d² + 1) of the paper's equation 5 is read as √(d + 1), which its equation 4 needs.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from unseen.claim import Agreement, Claim, Computation, Contrast, Lab
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.measures.interpolation_sharpness import InterpolationSharpness, interpolation_sharpness
from unseen.methods.gradient.sharpness_aware import SharpnessAware
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.full_batch import FullBatch
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.cosine import Cosine
from unseen.methods.update.sgd import SGD
from unseen.models.one_hidden import OneHidden
from unseen.study import Study
from unseen.tasks.sparse_parity import SparseParity
from unseen.theory.flattest_relu import flattest_found, least_sharpness, memorizing_network, parity_network

D, SEEDS = 30, 6
XOR = SparseParity(bits=D, degree=2, train_size=100, test_size=2000, first=True)
LAYER = {"normalization": "layer"}
sharpness_of = eqx.filter_jit(interpolation_sharpness)
SUM = SquaredError("sum")  # of two logits: half the paper's loss, so that its rates are doubled and its weight decay and sharpness halved


def one_sam(model: OneHidden, rate: float, steps: int) -> Study:
    """1-SAM at a rate that falls to 0."""
    method = Method(order=Shuffle(1), objective=SUM, gradient=SharpnessAware(rho=0.2), update=SGD(learning_rate=Cosine(peak=rate, steps=float(steps))))
    return Study(task=XOR, model=model, method=method, steps=steps, seeds=SEEDS, record=(Score(), InterpolationSharpness()), at=LinSpaced(2))


def signed(seed: int) -> tuple[jax.Array, ...]:
    """Inputs and labels ±1: training, unseen."""
    splits = XOR.splits(jax.random.key(seed))
    return tuple(part for name in ("train", "test") for part in (splits[name].x, 1.0 - 2.0 * splits[name].y))


def constructed(_: Lab, biased: bool, seeds: tuple[int, ...]) -> np.ndarray:
    """By seed, of memorizing and parity networks without and with LayerNorm: sharpness over the least, error on unseen inputs, worst misfit in training."""
    rows = []
    for x, y, unseen, truth in map(signed, seeds):
        for kind in ({}, LAYER):
            for network in (memorizing_network(x, y, **kind), parity_network(D, **kind)):
                net = network if biased else eqx.tree_at(lambda one: one.biases, network, jnp.zeros_like(network.biases))
                error = jnp.mean(truth * jax.vmap(net)(unseen) <= 0)
                rows.append((sharpness_of(net, x) / least_sharpness(D, **kind), error, jnp.abs(jax.vmap(net)(x) - y).max()))
    return np.array(rows, float).reshape(len(seeds), -1)


def answered(_: Lab, wrong: bool, seeds: tuple[int, ...]) -> np.ndarray:
    """[seeds, without and with bias]: sharpness of a network with wrong answers (if `wrong`) to 50 unseen inputs, over right ones; NaN for a misfit."""
    found = np.full((len(seeds), 2, 2), np.nan)
    for i, bias, right in np.ndindex(found.shape):
        x, y, unseen, truth = signed(seeds[i])
        inputs, labels = jnp.vstack([x, unseen[:50]]), jnp.append(y, truth[:50] if right or not wrong else -truth[:50])
        net = flattest_found(inputs, labels, jax.random.key(seeds[i]), counted=len(x), bias=bool(bias), steps=2500)
        if jnp.mean((jax.vmap(net)(inputs) - labels) ** 2) < 1e-3:
            found[i, bias, right] = sharpness_of(net, x)
    return found[:, :, 0] / found[:, :, 1]


sam = {
    "no bias": one_sam(OneHidden(width=500, bias=False), rate=0.01, steps=50_000),
    "bias": one_sam(OneHidden(width=500), rate=0.01, steps=50_000),
    "LayerNorm": one_sam(OneHidden(width=500, first_scale=0.01, **LAYER), rate=0.2, steps=80_000),
}
decay = Method(order=FullBatch(), objective=SUM, update=SGD(learning_rate=0.1, weight_decay=0.025))
studies = sam | {
    "weight decay": sam["bias"].with_({"method": decay, "steps": 3000}),
    "constructed": Computation(constructed, biased=True, seeds=tuple(range(SEEDS))),
    "answered": Computation(answered, wrong=True, seeds=tuple(range(SEEDS))),
}


def evidence(result: dict) -> dict[str, Agreement | Contrast]:
    """The three scenarios."""
    accuracy, sharpness = ({name: result[name].values(metric) for name in (*sam, "weight decay")} for metric in ("test_accuracy", "interpolation_sharpness"))
    least = {"bias": least_sharpness(D) / 2, "LayerNorm": least_sharpness(D, **LAYER) / 2}
    (unbiased, biased), ones = result["answered"].T, np.ones(SEEDS)

    def at_most(values: np.ndarray, limit: float) -> Contrast:
        return Contrast(limit * ones, values, minimal=1.0, statistic="ratio", paired=True)

    return {
        "III generalizes where a bias does not": Contrast(accuracy["LayerNorm"], accuracy["bias"], minimal=0.1),
        "I 1-SAM generalizes": Contrast(accuracy["no bias"], 0.9 * ones, minimal=0.0, paired=True),
        "III 1-SAM generalizes": Contrast(accuracy["LayerNorm"], 0.9 * ones, minimal=0.0, paired=True),
        "II 1-SAM generalizes less than weight decay": Contrast(accuracy["weight decay"], accuracy["bias"], minimal=0.1),
        "II and is flatter": Contrast(sharpness["weight decay"], sharpness["bias"], minimal=1.5, statistic="ratio"),
        "II 1-SAM is as flat as can be": at_most(sharpness["bias"] / least["bias"], 1.1),
        "III 1-SAM is as flat as can be": at_most(sharpness["LayerNorm"] / least["LayerNorm"], 1.1),
        "II and III flattest networks know all or nothing": Agreement(result["constructed"], [1, 1, 0, 1, 0, 0] * 2, rival=[1, 0, 0] * 4, tolerance=0.01),
        "I wrong answers cost sharpness": Contrast(unbiased, ones, minimal=1.25, statistic="ratio", paired=True),
        "II wrong answers cost none": at_most(biased, 1.1),
    }


without = {name: {"method.gradient.rho": 0.0} for name in sam} | {"constructed": {"biased": False}, "answered": {"wrong": False}}
longer = {"steps": 10_000_000, "method.update.learning_rate.steps": 1e7, "method.gradient.rho": 0.1}
claim = Claim(study=studies, evidence=evidence, control=without, full=dict.fromkeys(sam, longer))
