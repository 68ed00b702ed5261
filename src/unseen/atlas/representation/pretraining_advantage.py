"""On the Provable Advantage of Unsupervised Pretraining.

Ge, Tang, Fan & Jin 2023 (arXiv 2303.01566, ICLR 2024). Read: the abstract and the reviews; the factor model, the algorithm and the informative condition are
from memory. The catalogue has the rates without the roots that the paper gives them.

Claim: fit a model of latent variables to m unlabelled examples by maximum likelihood, then a head on what it infers to n labelled ones. If the model is
informative (who fits the inputs fits the latent variables, up to what the head can undo), the excess risk is at most √(C_Φ/m) + √(C_Ψ/n) up to constants
and logarithms, that of supervised learning √(C_Φ∘Ψ/n): pretraining helps where m is much more than n and the composed class richer than the heads.
Measured: in the factor model x = B z + μ, y = β·z + ν with 3 factors in d = 100 dimensions, the excess squared error of a linear head on the factors of largest
likelihood, for m = 400 to 10,000 and n = 30 to 1000, for strong factors (which have the variance of the noise) and weak ones (a quarter); and for d = 25,
50 and 200 with m = 20 d. Beside it regression on x: least squares, and ridge regression with the penalty that is best on new examples. The slopes of log
excess over log m, for the best head, and over log n, for the most unlabelled examples. From how many unlabelled examples on pretraining beats least
squares with n = 1000.
Departs from the paper: squared errors, not truncated ones, and heads of any norm. The bound's constants are not computed, and its rates only bound the
excess from above. Numbers are compared with the excess derived here, about (d - r)/m Σ β²/(s (1 + s)) + σ² r/n with s = 1 or 1/4, for large d and m: it
falls as 1/m and 1/n, so the bound holds but is not tight, and strong factors need no more unlabelled examples than labelled ones. Gaussian mixtures and
contrastive learning are left out.
Would be refuted by: regression with the best penalty that has less than 3 times the excess of pretraining for n = 300 and m = 10,000; excess that falls more
slowly than m^-1/2 or n^-1/2; or is 20 % off the theory for some of 13 (s, d, m, n); a break-even 25 % off where the theory has it, at m = 599 for strong
and 2740 for weak factors.
Rival: an excess that falls as the bound does, by √ of the theory's, from the first point on.
Control: noise of the strength 1 + s across the factors, and 1 along them, so that x is isotropic whatever B is, and all B fit it alike. Regression is as hard
as before, but the unlabelled examples tell nothing.
Tried (seeds 100 to 119): this design, m = 200 too, 4 to 24 repetitions: 10 times the excess; slopes -1.00 and -0.85; at most 8 % off the theory; break-even at
620 and 2490. In the control 0.39 times, slopes 0 and -0.10, no break-even. With m near (d - r)/s² the theory is a third off (0.34 for 0.49): there it jumps
only for endless d, so m starts at twice that or, for break-even and slopes, where it no longer matters.
"""

import numpy as np

from unseen.claim import Agreement, Claim, Computation, Contrast, Lab, Threshold
from unseen.theory.representation.factor_pretraining import pretraining_gap, regression_excess, simulate_pretraining

FACTORS, NOISE, STRONG, WEAK = 3, 0.5, 1.0, 0.25
HEAD = np.ones(FACTORS) / np.sqrt(FACTORS)
UNLABELLED, LABELLED = (400, 800, 1600, 3200, 6400, 10_000), (30, 100, 300, 1000)


def excesses(
    _: Lab, strength: float, d: int, unlabelled: tuple[int, ...], labelled: tuple[int, ...], informative: bool, repetitions: int, seeds: tuple[int, ...]
) -> dict[str, np.ndarray]:
    """Means over repetitions of the parts of `PretrainingExcess`, [seeds, ...]."""
    given = {"noise": NOISE, "informative": informative, "repetitions": repetitions}
    found = [simulate_pretraining(np.random.default_rng(seed), np.full(FACTORS, strength), HEAD, d, unlabelled, labelled, **given) for seed in seeds]
    return {name: np.array([getattr(one, name).mean(axis=0) for one in found]) for name in ("gap", "pretrained", "least_squares", "ridge")}


usual = {"informative": True, "repetitions": 8, "seeds": tuple(range(20))}
studies = {
    "strong": Computation(excesses, strength=STRONG, d=100, unlabelled=UNLABELLED, labelled=LABELLED, **usual),
    "weak": Computation(excesses, strength=WEAK, d=100, unlabelled=UNLABELLED, labelled=LABELLED, **usual),
} | {f"d = {d}": Computation(excesses, strength=STRONG, d=d, unlabelled=(20 * d,), labelled=(300,), **usual) for d in (25, 50, 200)}


def predicted(strength: float, d: int, m: int, n: int) -> float:
    """Excess error of the linear head on the factors learned."""
    gap = pretraining_gap(np.full(FACTORS, strength), HEAD, d, m)
    return regression_excess(1 / (1 + strength) + NOISE**2, FACTORS, n, gap=gap)


def slopes(sizes: tuple[int, ...], curves: np.ndarray) -> np.ndarray:
    """Of log curves [seeds, sizes] over log sizes."""
    return np.polyfit(np.log(sizes), np.log(curves).T, 1)[0]


def crossing(strength: float, result: dict[str, np.ndarray]) -> Threshold:
    """The number of unlabelled examples (its logarithm) from which on pretraining is better than least squares, with the most labels."""
    variance, n = 1 / (1 + strength) + NOISE**2, LABELLED[-1]
    direct, head = regression_excess(variance, 100, n), FACTORS / (n - FACTORS - 1)
    at = np.log((100 - FACTORS) / (strength * (1 + strength)) * (1 + head) / (direct - variance * head))
    curves = np.log(result["pretrained"][:, :, -1] / result["least_squares"][:, -1:])
    return Threshold(np.log(UNLABELLED), curves, 0.0, (at - np.log(1.25), at + np.log(1.25)), rising=False)


def evidence(results: dict[str, dict[str, np.ndarray]]) -> dict[str, Agreement | Contrast | Threshold]:
    """Pretraining wins, its excess is what the theory says, falls no slower than the bound, and few unlabelled examples do not suffice."""
    strong, weak = results["strong"], results["weak"]
    points = [(STRONG, m, n) for m in (400, 1600, 6400) for n in (30, 300)] + [(WEAK, m, n) for m in (3200, 10_000) for n in (30, 300)]
    found = [(strong if s == STRONG else weak)["pretrained"][:, UNLABELLED.index(m), LABELLED.index(n)] for s, m, n in points]
    told = [predicted(s, 100, m, n) for s, m, n in points]
    found += [results[f"d = {d}"]["pretrained"][:, 0, 0] for d in (25, 50, 200)]
    told = np.array(told + [predicted(STRONG, d, 20 * d, 300) for d in (25, 50, 200)])
    half, few = np.full(len(strong["gap"]), 0.5), LABELLED[:3]
    return {
        "pretraining against regression": Contrast(strong["ridge"][:, 2], strong["pretrained"][:, -1, 2], minimal=3.0, statistic="ratio"),
        "no slower in unlabelled examples than the bound": Contrast(-slopes(UNLABELLED, strong["gap"]), half, minimal=0.0),
        "no slower in labelled examples than the bound": Contrast(-slopes(few, strong["pretrained"][:, -1, :3]), half, minimal=0.0),
        "the excess of factors learned": Agreement(np.array(found).T / told, np.ones(len(told)), rival=np.sqrt(told[0] / told), tolerance=0.2),
        "unlabelled examples needed, strong factors": crossing(STRONG, strong),
        "unlabelled examples needed, weak factors": crossing(WEAK, weak),
    }


claim = Claim(
    study=studies,
    evidence=evidence,
    control={name: {"informative": False} for name in studies},
    full={"repetitions": 100, "seeds": tuple(range(40))},
)
