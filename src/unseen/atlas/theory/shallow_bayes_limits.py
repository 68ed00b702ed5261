"""Fundamental limits of overparametrized shallow neural networks for supervised learning.

Camilli, Tieplova & Barbier 2023 (arXiv 2307.05635).

Claim: for data from a wide two-layer network with random weights, mutual information and Bayes-optimal error are, up to terms in n/p, n/d^(3/2) and 1/√d,
those of a noisy linear model, in which the part of the activation that is not linear is noise; no learner of all the weights can do better.
Measured: error of the best ridge regression (averaged over teachers exactly) and of the Gaussian process that a teacher of infinite width is, whose Bayes
error and information are exact, against the model's formulas; error of the mean over the posterior of networks like the teacher (Hamiltonian Monte Carlo from
the teacher's weights, so in equilibrium) and of trained networks, at their best step and setting by test error, over that of ridge regression.
Departs from the paper: it is theory, and read as abstract; the order of its terms is from memory, its constants are not known, and with
constants of 1 they would exceed 1 here, so that the equivalence is tested, not its rate. A linear readout (its output may be any noisy function),
activation erf(2z), noise 0.3, d = 50 and p = 400 (100 and infinite for the formulas). The model's information counts its noise ξ as weights: our reading,
without which the two could not agree. Formulas derived here. Students have 200 units.
Would be refuted by: the ridge or the Gaussian process 5 % from the least error, information 2 % from the formula, a posterior mean or a trained network
whose error is not above 0.95 of ridge regression's at n = d or 2 d.
Rival: a linear teacher of the same output variance, without the noise that stands for what is not linear.
Control: three hidden units and 10 or 20 examples for each of 10 dimensions: n/p and n/d^(3/2) are large.
Tried (seeds 100 to 125): ridge within 1.1 %, Gaussian process 1 to 2 % below (the gap falls with d: 2.4, 1.8 and 1.1 % at d = 50, 100 and 200, n = 2 d),
information within 0.5 %. Posterior mean over ridge 0.99 at n = d, 0.975 and 0.999 at 2 d (8 and 6 seeds; 0.978 for p = 200), 0.15 to 0.29 in the control;
chains from the prior gave the same errors. Trained networks 1.1 to 1.2, no better with a larger learning rate and less decay; 0.85 to 1.03 in the control.
The error of ridge regression on single teachers varies by 15 %, hence the exact average, and comparisons on the same data.
"""

import jax
import numpy as np
from scipy.special import erf

from unseen._types import Examples, over
from unseen.claim import Agreement, Claim, Computation, Contrast, Lab
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.full_batch import FullBatch
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.planted.teacher_network import TeacherNetwork
from unseen.theory import linear_equivalent as equivalent
from unseen.theory.infinite_width import infinite_width
from unseen.theory.network_posterior import sample_posterior

SLOPE, NOISE = 2.0, 0.3
MODEL = equivalent.linear_equivalent(lambda z: erf(SLOPE * z))
RIVAL = equivalent.LinearEquivalent(float(np.hypot(MODEL.signal, np.sqrt(MODEL.remainder))), 0.0)  # a linear teacher of the same variance
SHRINKAGE = (NOISE**2 + MODEL.remainder) / MODEL.signal**2  # the best ridge over the dimension


def wide(_: Lab, dimension: int, ratios: tuple[float, ...], seeds: tuple[int, ...]) -> dict[float, np.ndarray]:
    """By ratio n/d: exact error of ridge regression, least error and information per example of the network of infinite width, [3, seeds]."""

    def kernel(x: np.ndarray, other: np.ndarray) -> np.ndarray:
        return infinite_width(x, other, activation="erf", weight_variance=SLOPE**2).nngp / SLOPE**2

    def exact(rng: np.random.Generator, ratio: float) -> tuple[float, float, float]:
        x, new = rng.standard_normal((int(ratio * dimension), dimension)), rng.standard_normal((500, dimension))
        moments = kernel(x, x), kernel(x, new), kernel(new, new).diagonal()
        linear = equivalent.linear_error_given(x, new, *moments, NOISE, dimension * SHRINKAGE)
        return linear, equivalent.least_error_given(*moments, NOISE), equivalent.information_given(moments[0], NOISE)

    return {ratio: np.transpose([exact(np.random.default_rng(seed), ratio) for seed in seeds]) for ratio in ratios}


def ridge_error(splits: dict[str, Examples]) -> float:
    """Test error of the best ridge regression."""
    (x, y), (new, clean) = ((np.asarray(splits[name].x, float), np.asarray(splits[name].y, float)) for name in ("train", "test"))
    return float(np.mean((new @ np.linalg.solve(x.T @ x + x.shape[1] * SHRINKAGE * np.eye(x.shape[1]), x.T @ y) - clean) ** 2))


def posterior(_: Lab, dimension: int, width: int, ratios: tuple[float, ...], seeds: tuple[int, ...]) -> dict[float, np.ndarray]:
    """By ratio: test errors of the mean over the posterior of networks like the teacher, and of ridge regression on the same data, [2, seeds]."""

    def activation(z: jax.Array) -> jax.Array:
        return jax.scipy.special.erf(SLOPE * z)

    def errors(ratio: float, seed: int) -> tuple[float, float]:
        task, key = TeacherNetwork(dimension, width, int(ratio * dimension), slope=SLOPE, noise=NOISE), jax.random.key(seed)
        splits = task.splits(key)
        data = splits["train"].x, splits["train"].y[:, 0], splits["test"].x
        pace = {"noise": NOISE, "step": 0.22 / (1 + ratio**0.5), "samples": 160, "burn_in": 40}
        found = sample_posterior(jax.random.fold_in(key, 9), *data, task.teacher(key), activation, **pace).outputs
        rest = [half.mean(axis=0) - np.asarray(splits["test"].y)[:, 0] for half in np.split(found, 2)]  # their product has no error of few samples
        return float(np.mean(rest[0] * rest[1])), ridge_error(splits)

    return {ratio: np.transpose([errors(ratio, seed) for seed in seeds]) for ratio in ratios}


method = Method(order=FullBatch(), objective=SquaredError(), update=AdamW(learning_rate=3e-4, weight_decay=over(0.0, 3.0)))
student = MLP(hidden=(200,), activation="erf", init_scale=over(0.1, 1.0))
task = TeacherNetwork(dimension=50, width=400, train_size=over(50, 100), slope=SLOPE, noise=NOISE)
studies = {
    "wide": Computation(wide, dimension=100, ratios=(0.5, 1.0, 2.0), seeds=tuple(range(8))),
    "posterior": Computation(posterior, dimension=50, width=400, ratios=(1.0, 2.0), seeds=tuple(range(12))),
    "training": Study(task, student, method, steps=600, seeds=12, record=(Score(("test",)),), at=LinSpaced(61)),
}


def best(runs: Runs) -> np.ndarray:
    """Test errors at the setting and the step whose mean over seeds is least, and of ridge regression on the same data, [2, seeds]."""
    curves = np.concatenate([runs.where(init_scale=scale, weight_decay=decay).curve("test_loss")[1] for scale in (0.1, 1.0) for decay in (0.0, 3.0)], axis=1)
    linear = [ridge_error(run.splits()) for run in runs.where(init_scale=1.0, weight_decay=0.0)]
    return np.stack([curves[:, np.nanargmin(curves.mean(axis=0))], linear])


def evidence(result: dict) -> dict[str, Agreement | Contrast]:
    """Nothing that learns all weights goes below the limit, a linear learner attains it, and error and information are those of the linear model."""
    exact, trained = result["wide"], result["training"]
    learners = {f"posterior mean, {n} examples": errors for n, errors in zip(("fewer", "more"), result["posterior"].values(), strict=True)}
    few, many = trained.study.task.train_size.values
    learners |= {f"training, {name} examples": best(trained.where(train_size=n)) for name, n in (("fewer", few), ("more", many))}
    formulas = {"ridge regression": equivalent.least_error, "least error": equivalent.least_error, "information": equivalent.information}
    found: dict[str, Agreement | Contrast] = {name: Contrast(*errors, minimal=0.95, statistic="ratio", paired=True) for name, errors in learners.items()}
    for i, (name, formula) in enumerate(formulas.items()):
        predicted, rival = (np.array([formula(model, ratio, NOISE) for ratio in exact]) for model in (MODEL, RIVAL))
        tolerance = predicted * (0.02 if name == "information" else 0.05)
        found[name] = Agreement(np.stack([each[i] for each in exact.values()], axis=1), predicted, rival=rival, tolerance=tolerance)
    return found


NARROW = {"posterior": {"dimension": 10, "width": 3, "ratios": (10.0, 20.0)}, "training": {"dimension": 10, "task.width": 3, "train_size": over(100, 200)}}
LARGE = {"dimension": 200, "task.width": 2000, "train_size": over(200, 400), "hidden": (2000,), "seeds": 40}
WIDER = {"wide": {"dimension": 400}, "posterior": {"dimension": 200, "width": 2000, "seeds": tuple(range(40))}, "training": LARGE}
claim = Claim(study=studies, evidence=evidence, control=NARROW, full=WIDER)
