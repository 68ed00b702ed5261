"""Generalization on the Unseen, Logic Reasoning and Degree Curriculum.

Abbe, Bengio, Lotfi & Rizk 2023 (arXiv 2301.13105, ICML): the abstracts of its versions, and the authors' code (targets, parts withheld, networks, rates,
curriculum). What it finds for each network, and its theorems, are from memory.

Claim: where part of the cube {-1, 1}^n is withheld, networks trained by (stochastic) gradient descent come to the interpolator of least degree: random
features, diagonal linear networks and transformers; larger rates, or mean-field networks, leak, with some mass left on higher degrees. And a curriculum of
growing Hamming balls, Degree-Curriculum, learns monomials better from as many examples.
Measured: for x0 x1, which is never seen at x0 = x1 = -1 (least degree: x0 + x1 - 1), distances of a network's whole spectrum from that interpolator and from
the target, in units of the distance between them. Spectra of interpolating random features with small weights, 5 bits; the weight of a frozen bit in linear
networks of depth 1 to 3, against that of gradient flow in closed form; a transformer; a perceptron at rates 0.01 and 0.2, from the same starts; a mean-field
network. The squared error on new inputs (1: as good as 0) for the product of all 10 bits, from 640 examples, with balls of radius 2, 4, … and without.
Departs from the paper: 8 bits (15), a transformer of two layers of width 32 that answers at its last bit (12, 256, at an extra symbol), trained with AdamW at
0.001 (Adam, 1e-5), perceptrons of three layers (five), mean-field of width 512 without biases (65,536, with), 10 bits and about 60 % of the cube for the
curriculum (16 bits, 3000 to 11,000 of 65,536), leap 2 (4). Of four targets one; no embedding in more bits, no length generalization. Networks fit, and are
then no longer trained. Random features are of exp and solved exactly (ReLU, trained).
"Come to" is asked of transformers weakly: nearer to the least degree than to the target by 0.1 of their distance; by 1 would be there, and a network that says
-1 on all that is withheld is as near to both. So a transformer this small may be supported and still leak, as mean-field networks do.
Would be refuted by: a transformer as near to the target; spectra or weights 0.05 or 0.03 from what is predicted; a larger rate that does not bring 0.02 more
leakage, or a mean-field network not 0.05 more than transformers; an error that the curriculum does not make 0.2 less.
Rival: for random features the target itself; for linear networks half of what is told apart by nothing for each of constant and bit, at any depth.
Control: as many inputs, a sixth of them from the part withheld; no bit frozen; a leap of all bits at once. There the networks learn the target, at any rate;
they fit as before.
Tried (seeds 100 to 118): transformers at 250 to 1600 steps and rates of 0.0003 and 0.001, 8 and 10 bits, two and three layers: 0.18 to 0.42 from the least
degree, 0.57 to 0.82 from the target. Perceptrons: 0.26 to 0.38 at 0.01, 0.35 to 0.46 at 0.1 and 0.2, but 0.35 to 0.45 at 0.003 (10 bits, four layers).
Mean-field: 0.46 to 0.48, as here; with one-hot inputs, which act as biases of another scale, only 0.10: how much it leaks hangs on that. Target f_1 (seen at
x0 x1 x2 = 1): transformer 0.30 to 0.44, perceptron 0.22 to 0.26. Curriculum on 512 examples: 0.3 to 1.1 against 1.2 to 1.5, leaps 2 to 4; on 256 neither
learns (2); on 640 0.2 to 0.5 against 0.7 to 1.2, but of twelve seeds one had not yet seen the whole cube after 3000 steps (error 4.1): so it may take 10,000.
"""

import numpy as np
from jax import random

from unseen.claim import Agreement, Claim, Computation, Contrast, Lab
from unseen.engine.probe import Score
from unseen.engine.schedule import AtEnd
from unseen.measures.boolean.walsh_spectrum import WalshSpectrum
from unseen.methods.fit.degree_curriculum import DegreeCurriculum
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.sgd import SGD
from unseen.models.encoder import Encoder
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.boolean.polynomial import BooleanPolynomial
from unseen.theory.boolean.frozen_bit import frozen_weight, simulate_diagonal
from unseen.theory.boolean.min_degree import coefficients, min_degree_interpolator, simulate_features

WEIGHTS = (0.5, 1.0, 0.5, 0.25)  # constant and bits of a linear function, whose first bit is frozen
NETS, ORDERS, PART = ("transformer", "slow", "fast", "mean field"), ("ordinary", "curriculum"), {"task.train_size": 160, "task.shown": 32}
STARTS = ((1, 0.2), (2, 0.2), (2, 0.05), (3, 0.2), (3, 0.05))  # depth and alpha


def features(lab: Lab, shown: bool, count: int, seeds: tuple[int, ...]) -> np.ndarray:
    """Spectra of random features, small weights, on what is seen of x0 x1; with `shown` also on the withheld points with x2 = 1: [seeds, sets]."""
    task = BooleanPolynomial(bits=5)
    seen = task.seen() | (shown & (task.cube()[:, 2] > 0))
    return np.concatenate([simulate_features(random.fold_in(lab.key, s), task.values(), seen, features=count, scale=0.1) for s in seeds])


def diagonal(_: Lab, frozen: int | None, steps: int, seeds: tuple[int, ...]) -> np.ndarray:
    """The weight of the first bit in linear networks of each depth and start, [seeds, STARTS]."""
    found = [[simulate_diagonal(np.random.default_rng(s), np.array(WEIGHTS), frozen, depth=d, alpha=a, steps=steps) for d, a in STARTS] for s in seeds]
    return np.array(found)[:, :, 1]


SGDS, RECORD = Method(order=Sample(32), objective=SquaredError(), update=SGD(learning_rate=0.01)), (Score(splits=("train",)), WalshSpectrum())
perceptron, parity = (MLP(hidden=widths, bias=True, parametrization="torch") for widths in ((64, 128, 64), (128, 128, 64)))
transformer, adam = Encoder("learned", norm="pre", width=32, depth=2, heads=4, ratio=2, activation="gelu"), AdamW(1e-3, weight_decay=0.0)
slow = Study(BooleanPolynomial(bits=8), perceptron, SGDS, steps=1000, seeds=5, record=RECORD, at=AtEnd())
product = BooleanPolynomial(bits=10, terms=(tuple(range(10)),), withheld=(), train_size=640)
curriculum = Study(product, parity, DegreeCurriculum(adam, by="minus", leap=2, threshold=1e-3, most=10_000), seeds=5)
studies = {
    "features": Computation(features, shown=False, count=4000, seeds=(0, 1, 2, 3, 4)),
    "diagonal": Computation(diagonal, frozen=0, steps=4000, seeds=(0, 1, 2, 3, 4)),
    "transformer": slow.with_({"task.tokens": True, "model": transformer, "method.update": adam, "steps": 300}),
    "slow": slow,
    "fast": slow.with_({"method.update.learning_rate": 0.2}),
    "mean field": slow.with_({"model": MLP(hidden=(512,), parametrization="mean_field"), "method.update.learning_rate": 30.0}),
    "curriculum": curriculum,
    "ordinary": curriculum.with_({"method.leap": 16}),
}


def ends(bits: int) -> np.ndarray:
    """The spectra of the interpolator of least degree, and of the target: [2, sets]."""
    task = BooleanPolynomial(bits=bits)
    return np.array([min_degree_interpolator(task.values(), task.seen()), coefficients(task.values())])


def distances(runs: Runs) -> np.ndarray:
    """From the spectrum of the interpolator of least degree, and from that of the target, in units of the distance between these: [2, seeds]."""
    spectra, (least, target) = runs.array("spectrum")[1][:, -1], ends(8)
    return np.linalg.norm(np.array([spectra - least, spectra - target]), axis=2) / np.linalg.norm(least - target)


def evidence(results: dict) -> dict[str, Agreement | Contrast]:
    """Who is near the interpolator of least degree on the unseen, who leaks; and that parity is learned from fewer examples with the curriculum."""
    least, target = ends(5)
    nets = {name: distances(results[name]) for name in NETS}
    loss = np.max([results[name].values("train_loss") for name in (*nets, *ORDERS)], axis=0)
    tied = np.array([frozen_weight(sum(WEIGHTS[:2]), depth, alpha) for depth, alpha in STARTS])
    return {
        "transformers come near to the least degree": Contrast(nets["transformer"][1], nets["transformer"][0], minimal=0.1, paired=True),
        "random features choose it": Agreement(results["features"], least, rival=target, tolerance=0.05),
        "linear networks give little to a frozen bit": Agreement(results["diagonal"], tied, rival=0 * tied + sum(WEIGHTS[:2]) / 2, tolerance=0.03),
        "a larger rate leaks more": Contrast(nets["fast"][0], nets["slow"][0], minimal=0.02, paired=True),
        "mean-field networks leak more": Contrast(nets["mean field"][0], nets["transformer"][0], minimal=0.05),
        "Degree-Curriculum learns more of parity": Contrast(*(results[name].values("test_loss") for name in ORDERS), minimal=0.2, paired=True),
        "all fit": Contrast(np.zeros(len(loss)), loss, minimal=-0.05),
    }


WIDE = {"model.hidden": (512, 1024, 512, 64), "steps": 20_000, "seeds": 10}
PARITY = {"task": BooleanPolynomial(bits=16, terms=(tuple(range(16)),), withheld=(), train_size=5000), "method.update.learning_rate": 1e-4, "seeds": 10}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={"features": {"shown": True}, "diagonal": {"frozen": None}, "curriculum": {"method.leap": 16}} | dict.fromkeys(NETS, PART),
    full={
        "transformer": {"model.width": 256, "model.depth": 12, "method.update.learning_rate": 1e-5, "steps": 10_000, "seeds": 10},
        "slow": WIDE | {"method.update.learning_rate": 0.003},
        "fast": WIDE | {"method.update.learning_rate": 0.1},
        "mean field": {"model.hidden": (65536,), "method.update.learning_rate": 1000.0, "steps": 20_000, "seeds": 10},
        "curriculum": PARITY | {"method.most": 200_000, "method.leap": 4},
        "ordinary": PARITY | {"method.most": 200_000},
    },
    scale="proxy: cubes of 8 and 10 bits for 15 and 16, and small networks",
)
