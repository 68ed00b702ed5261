"""Realizable Learning is All You Need.

Hopkins, Kane, Lovett & Mahajan 2021 (arXiv 2111.04746).

Claim: any learner for noiseless labels becomes one for labels of any distribution by a reduction of three lines that knows nothing of it: run it on all
labellings of an unlabelled sample that the class allows, and take the candidate with the fewest errors on a labelled sample.
Measured: error rate above the best of the class, exactly, of the reduction and of the learner given the labelled sample itself; for thresholds (the
smallest true example) and intervals (the smallest that holds the true ones); labels turned with probability 0.2, or turned where an adversary is, away
from the truth; against the limit that the proof gives with these learners' own guarantees.
Departs from the paper: it is theory, for every learnable class and for robust, private, fair and other learners; here are two classes on a line, 60 unlabelled
and 1600 labelled examples, and none of the variants. The candidates are listed, as in the paper, at a cost that the reduction does not keep low. Read
as abstract and as O. Goldreich's statement of the three steps; the limit is our own arithmetic of the proof.
Would be refuted by: an excess above the limit in more than 5 % of samples (or too often to exclude 10 %), above 0.05 on average, not 0.1 below that of the
learner itself, or not 0.02 below that from a tenth of the examples or fewer.
Control: labels that are not turned: the learner itself needs no reduction.
Tried (seeds 100 to 139): adversaries that made another member of the class the best one, for which the learner itself was right; more labels alone, which
changed nothing (the unlabelled sample was the limit). This design: excess of 0.005 to 0.018, 0.07 to 0.2 from
five unlabelled and 40 labelled examples, 0.15 to 0.36 of the learners themselves; limits of 0.16 and 0.27. That the truth remains best: by a grid.
"""

import numpy as np

from unseen.bounds.realizable_reduction import Predictor, agnostic, closure, excess_limit, first_true, interval_labellings, threshold_labellings
from unseen.claim import Certificate, Claim, Computation, Contrast, Lab

CELLS = (np.arange(2000) + 0.5) / 2000
CLASSES = {"thresholds": (first_true, threshold_labellings, 1, (0.4, np.inf)), "intervals": (closure, interval_labellings, 2, (0.3, 0.7))}
ADVERSARY = {"thresholds": (0.05, 0.15), "intervals": (0.95, 1.0)}  # the truth remains the best of the class
SIZES = ((5, 40), (60, 1600))  # unlabelled, labelled


def chances(name: str, noise: str, share: float, x: np.ndarray) -> np.ndarray:
    """P(true label) at numbers of [0, 1]: a member of the class, turned at random or where the adversary is."""
    low, high = CLASSES[name][3]
    truth, (start, end) = (x >= low) & (x <= high), ADVERSARY[name]
    return np.where(truth, 1 - share, share) if noise == "random" else np.where((share > 0) & (x >= start) & (x < end), ~truth, truth).astype(float)


def excess(_: Lab, share: float, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """By class and noise: error rate above the best of the class [seeds, sizes, reduction and learner]; the limits under "limits" [sizes]."""
    found = {}
    for name, (_learn, labellings, sides, _truth) in CLASSES.items():
        for noise in ("random", "adversarial"):
            p = chances(name, noise, share, CELLS)
            best = risk(lambda x, name=name: chances(name, "random", 0.0, x) > 0, p)
            rows = [[pair(np.random.default_rng([seed, n]), name, noise, share, m, n) for m, n in SIZES] for seed in seeds]
            found[f"{name}, {noise}"] = np.array([[[risk(predictor, p) - best for predictor in two] for two in row] for row in rows])
        found[name] = np.array([excess_limit(sides, m, len(labellings(np.arange(float(m)))), n) for m, n in SIZES])
    return found


def pair(rng: np.random.Generator, name: str, noise: str, share: float, unlabelled: int, n: int) -> tuple[Predictor, Predictor]:
    """What the reduction and the learner itself make of one sample."""
    learn, labellings, _, _ = CLASSES[name]
    u, x = rng.random(unlabelled), rng.random(n)
    y = rng.random(n) < chances(name, noise, share, x)
    return agnostic(learn, labellings(u), u, x, y), learn(x, y)


def risk(predictor: Predictor, p: np.ndarray) -> float:
    """Its error rate, on a grid of 2000 cells."""
    return float(np.where(predictor(CELLS), 1 - p, p).mean())


study = Computation(excess, share=0.2, seeds=tuple(range(40)))


def evidence(result: dict[str, np.ndarray]) -> dict[str, Certificate | Contrast]:
    """Below the learner itself, within the limit, near the best, and nearer with more labels."""
    found: dict[str, Certificate | Contrast] = {}
    for name in CLASSES:
        for noise in ("random", "adversarial"):
            few, many = np.moveaxis(result[f"{name}, {noise}"], 1, 0)
            limit = np.full(len(many), result[name][1])
            found |= {
                f"{name}, {noise}: below the learner itself": Contrast(many[:, 1], many[:, 0], minimal=0.1, paired=True),
                f"{name}, {noise}: within the limit": Certificate(limit, many[:, 0], delta=0.05),
                f"{name}, {noise}: near the best": Contrast(np.full(len(many), 0.05), many[:, 0], minimal=0.0),
                f"{name}, {noise}: more examples help": Contrast(few[:, 0], many[:, 0], minimal=0.02),
            }
    return found


claim = Claim(study=study, evidence=evidence, control={"share": 0.0}, full={"seeds": tuple(range(400))})
