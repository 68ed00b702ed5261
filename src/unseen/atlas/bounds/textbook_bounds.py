"""Introduction to Machine Learning.

Textbook (by L. Younes, arXiv 2409.02668, as remembered; the text was not at hand), of which its classical bounds are taken: Hoeffding 1963, Chernoff 1952,
Vapnik & Chervonenkis 1971, Bartlett & Mendelson 2002, and the PAC-Bayes bound of Langford & Seeger 2001.

Claim: bounds on the risk of the predictor with the fewest training errors hold at their confidence if they pay for the class that it was chosen from; those
that know more are closer: of the class its fit to coin flips rather than its dimension, or its size rather than that fit; and of errors that they are few.
Measured: six bounds side by side on 2000 examples and 256 predictors, all of them right at random, or one of them right in nine of ten cases: rates of
violation over 200 samples, as the true risk is known; ratios of how far they lie above the training error.
Departs from the paper: some of a book's standard results, not one of its own; the catalogue names no claim, so this one is ours, of what any such book says. A
finite class of independent predictors, the hardest of its size, whose dimension is at most the logarithm of its size; the complexity is a mean over 200
draws of signs, whose error is not paid for. The order of bounds is that of this class: of an infinite one, the size says nothing. Covering numbers, kernels,
trees and boosting are not here. Formulas from memory of several books, tested by counting and by all sign patterns.
Would be refuted by: a bound violated more often than 5 %, or one that knows more but is not 1.2 times closer.
Control: the class is not paid for, as if there had been one predictor, fixed beforehand, and the examples held out are those it was chosen on.
Tried (seeds 1000 to 1059): this design: no violation; slacks of 0.49 (dimension), 0.15 (coin flips), 0.046 (size), 0.037 (PAC-Bayes, and held out), 0.03
(Chernoff). In the control 85 to 90 % violations for Hoeffding, Chernoff, and held out; dimension, coin flips and PAC-Bayes hold there too, being loose.
"""

import math
from itertools import pairwise

import numpy as np

from unseen.bounds.bound import Bound
from unseen.bounds.holdout import chernoff, hoeffding
from unseen.bounds.pac_bayes import seeger
from unseen.bounds.uniform import rademacher, rademacher_complexity, vapnik_chervonenkis
from unseen.claim import Certificate, Claim, Computation, Contrast, Lab

DELTA, PREDICTORS, DRAWS = 0.05, 256, 200
DIMENSION = round(math.log2(PREDICTORS))  # no finite class has a larger one
BEST = {"noise": 0.5, "signal": 0.1}  # risk of one predictor; that of all others is 1/2
ORDER = ("vc", "rademacher", "union", "chernoff")


def samples(_: Lab, n: int, counted: bool, seeds: tuple[int, ...]) -> dict[str, dict[str, np.ndarray]]:
    """For each world the bounds for the predictor with the fewest errors, how far they are above its errors, and its risk, [seeds] each."""
    found = {}
    for world, best in BEST.items():
        each = [of_sample(np.random.default_rng(seed), n, best, counted) for seed in seeds]
        names = list(each[0][0])
        values = {name: np.array([bounds[name].value for bounds, _ in each]) for name in names}
        slack = {f"slack {name}": np.array([bounds[name].slack for bounds, _ in each]) for name in names}
        risks = {f"risk {name}": np.array([risk[name] for _, risk in each]) for name in names}
        found[world] = values | slack | risks
    return found


def of_sample(rng: np.random.Generator, n: int, best: float, counted: bool) -> tuple[dict[str, Bound], dict[str, float]]:
    """(bounds, risks of the predictors that they are about) of one sample; unless `counted`, as if there were one predictor, fixed beforehand."""
    risk = np.full(PREDICTORS, 0.5)
    risk[0] = best
    losses = rng.random((PREDICTORS, n), np.float32) < risk[:, None]
    errors = losses.mean(axis=1)
    chosen, half = int(errors.argmin()), n // 2
    first = int(losses[:, :half].mean(axis=1).argmin())
    kept = losses[first, half:] if counted else losses[first, :half]
    signs = rng.integers(2, size=(DRAWS, n)) * 2.0 - 1
    complexity = rademacher_complexity(losses, signs) if counted else 0.0
    count, divergence, dimension = (PREDICTORS, math.log(PREDICTORS), DIMENSION) if counted else (1, 0.0, 0)
    fewest = float(errors[chosen])
    bounds = {
        "held out": hoeffding(float(kept.mean()), half, DELTA),
        "union": hoeffding(fewest, n, DELTA, candidates=count),
        "chernoff": chernoff(fewest, n, DELTA, candidates=count),
        "pac-bayes": seeger(fewest, divergence, n, DELTA),
        "rademacher": rademacher(fewest, n, complexity, DELTA),
        "vc": vapnik_chervonenkis(fewest, n, dimension, DELTA),
    }
    return bounds, {name: float(risk[first if name == "held out" else chosen]) for name in bounds}


def evidence(result: dict[str, dict[str, np.ndarray]]) -> dict[str, Certificate | Contrast]:
    """All hold; and the more they use of what is known, the closer they are."""
    names = [name for name in result["noise"] if f"slack {name}" in result["noise"]]
    hold = {f"{name}, {world}": Certificate(found[name], found[f"risk {name}"], delta=DELTA) for name in names for world, found in result.items()}
    known = result["signal"]
    pairs = pairwise(ORDER)
    closer = {f"{b} below {a}": Contrast(known[f"slack {a}"], known[f"slack {b}"], minimal=1.2, statistic="ratio", paired=True) for a, b in pairs}
    return hold | closer


claim = Claim(
    study=Computation(samples, n=2000, counted=True, seeds=tuple(range(200))),
    evidence=evidence,
    control={"counted": False},
    full={"n": 20_000, "seeds": tuple(range(1000))},
)
