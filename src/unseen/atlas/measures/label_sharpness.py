"""The Effect of Intrinsic Dataset Properties on Generalization: Unraveling Learning Differences Between Natural and Medical Images.

Konz & Mazurowski 2024 (arXiv 2401.08865, ICLR).

Claim: a network's test loss rises with the intrinsic dimension d of its training inputs, as K N^(-1/d), more steeply the larger the sharpness K of the
labels is, one over the least distance between examples of different labels; K goes with less robustness to attack; and d bounds the intrinsic dimension of what
the network learns to represent.
Measured: K, d (maximum likelihood, 20 neighbours) of training inputs and of their last hidden features, test loss, and what the fast gradient sign attack
adds to it, for perceptrons on curved manifolds of 3, 5 and 8 dimensions in 64 pixels, whose classes lie at three distances from each other, and on the 45
pairs of scikit-learn's digits.
Departs from the paper: perceptrons of two layers on 500 points, and on 232 images of 8 x 8 pixels, for ResNets and VGGs on 500 to 1750 images of 224 x 224
from seven radiological and four natural sets; nothing radiological is here, so that K stands in for the difference between the domains. Steps of 0.02 and
0.1 in units of the inputs, of up to 2/255. They show log loss against d; steepness is judged of the loss itself, as their law gives log loss a shift with K,
but no slope. They estimate d of features by TwoNN, d of inputs as here. Powers of N are not judged: in the full law the network's own Lipschitz
constant, which may grow with N, stands beside K. Read as abstract, the authors' code, summaries and reviews, not the text.
Would be refuted by: a loss that does not rise with d, or with K at one d; a slope in d less than 1.25 times as steep for the sharpest labels; sets that the law
does not order; an attack that does not add more where K is larger, at one d or over pairs of digits; features of a tenth more dimensions than inputs.
Control: training labels are random.
Tried (seeds 100 to 104): where classes touch, labels divided more finely raised the loss tenfold but K hardly (1.7 to 2.6 in 8 dimensions), as the two
nearest of 1000 points decide it; so the distance of classes was made the knob. This design, before it had thresholds, at 5 seeds: rank correlations with K
of loss and attack 0.68 and 0.75 over digits, of loss with d 0.05 there (d is 4.7 to 7.6; not judged); slopes of 0.15 per dimension for the sharpest labels
and 0.07 for the least sharp, but in log loss 0.28 and 0.8. K N^(-1/d) orders the manifolds at 0.7 to 0.95, d alone at 0.92 to 0.98, K alone at about 0: K
falls with d, so that at one margin the law is flat in d (1.2, 1.0, 1.2) where the loss is 0.1, 0.5, 1.3. Four times the examples changed the loss by powers
of -0.53 (3 dimensions), -0.37 and -0.01 (8). Features have 0.97 to 1.12 of the inputs' dimensions where classes touch in 3 and 5 dimensions, 0.64 to 0.8 in
8, 0.67 on digits; with random labels up to 1.38.
"""

import equinox as eqx
import jax
import numpy as np

from unseen._types import over
from unseen.claim import Claim, Computation, Contrast, Lab, Trend
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.measures.complexity.label_sharpness import label_sharpness
from unseen.measures.intrinsic_dimension import intrinsic_dimension
from unseen.measures.metrics.fast_gradient_sign import FastGradientSign
from unseen.methods.method import Method
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.corrupted import Corrupted
from unseen.tasks.digit_pairs import PAIRS, DigitPairs
from unseen.tasks.planted.labelled_manifold import LabelledManifold

DIMENSIONS, MARGINS = (3, 5, 8), (0.0, 0.4, 0.8)


def training(task: object, attack: float, seeds: tuple[int, ...]) -> Study:
    """Perceptrons trained until the training error is 0, or nearly."""
    method = Method(order=Shuffle(50), update=AdamW(learning_rate=3e-3, weight_decay=0.0))
    record = (Score(), FastGradientSign(attack))
    return Study(task=task, model=MLP(hidden=(64, 64), bias=True), method=method, steps=400, seeds=seeds, record=record, at=LinSpaced(2))


def measured(runs: Runs) -> dict[str, np.ndarray]:
    """Of every run: sharpness of its training labels, dimensions of its training inputs and of their features, loss, and what the attack adds to it."""
    features = eqx.filter_jit(lambda network, x: jax.vmap(network.features)(x))
    found = []
    for i in range(len(runs)):
        train = runs.splits(i)["train"]
        hidden = np.asarray(features(runs.network(i), train.x))  # pyright: ignore[reportAttributeAccessIssue]
        x, y = np.asarray(train.x), np.asarray(train.y)  # pyright: ignore[reportAttributeAccessIssue]
        found.append((label_sharpness(x, y), intrinsic_dimension(x, neighbours=20), intrinsic_dimension(hidden, neighbours=20)))
    columns = dict(zip(("sharpness", "data", "features"), np.array(found).T, strict=True))
    loss = runs.values("test_loss")
    places = {name: runs.table[name].to_numpy() for name in [*runs.axes, "seed"]}
    sizes = np.full(len(runs), len(runs.splits(0)["train"]))  # pyright: ignore[reportArgumentType]
    return columns | places | {"size": sizes, "loss": loss, "added": runs.values("test_attacked_loss") - loss}


def by(found: dict[str, np.ndarray], name: str, axis: str, values: range) -> np.ndarray:
    """What was found at each of the values on an axis [values, seeds]."""
    return np.array([found[name][found[axis] == value] for value in values])


def properties(lab: Lab, random_labels: float, size: int, seeds: tuple[int, ...]) -> dict[str, dict[str, np.ndarray]]:
    """`measured` on manifolds, and on pairs of digits."""
    manifolds = training(Corrupted(LabelledManifold(train_size=size, test_size=500), labels=random_labels), 0.02, seeds)
    grid = manifolds.with_({"task.task.dimension": over(*DIMENSIONS), "task.task.margin": over(*MARGINS)})
    digits = training(Corrupted(DigitPairs(pair=over(*range(len(PAIRS)))), labels=random_labels), 0.1, seeds[:3])
    return {"manifolds": measured(lab.run(grid)), "digits": measured(lab.run(digits))}


def evidence(result: dict[str, dict[str, np.ndarray]]) -> dict[str, Contrast | Trend]:
    """Loss rises with sharpness and dimension and in the law's order, attacks do more to sharp labels, features have no more dimensions than inputs."""
    many, digits = (
        result["manifolds"],
        {name: by(result["digits"], name, "pair", range(len(PAIRS))).mean(axis=1) for name in ("sharpness", "data", "features", "loss", "added")},
    )
    margin, dimension = (np.searchsorted(values, many[name]) for values, name in ((MARGINS, "margin"), (DIMENSIONS, "dimension")))
    at_margin, at_dimension = 10 * many["seed"] + margin, 10 * many["seed"] + dimension
    seeds = np.unique(many["seed"])
    slopes = np.array(
        [[np.polyfit(many["data"][at], many["loss"][at], 1)[0] for at in (at_margin == 10 * s, at_margin == 10 * s + len(MARGINS) - 1)] for s in seeds]
    )
    features = [[np.mean((many["features"] / many["data"])[at_dimension == 10 * s + d]) for d in range(len(DIMENSIONS))] for s in seeds]
    return {
        "loss rises with sharpness": Trend(many["sharpness"], many["loss"], minimal=0.5, groups=at_dimension),
        "loss rises with dimension": Trend(many["data"], many["loss"], minimal=0.5, groups=at_margin),
        "steeper in dimension for sharper labels": Contrast(slopes[:, 0], 1.25 * slopes[:, 1], minimal=0.0, paired=True),
        "the law orders the manifolds": Trend(many["sharpness"] * many["size"] ** (-1 / many["data"]), many["loss"], minimal=0.5, groups=many["seed"]),
        "attacks do more to sharper labels": Trend(many["sharpness"], many["added"], minimal=0.5, groups=at_dimension),
        "digits: loss rises with sharpness": Trend(digits["sharpness"], digits["loss"], minimal=0.3),
        "digits: attacks do more to sharper labels": Trend(digits["sharpness"], digits["added"], minimal=0.3),
        "features: at most the dimension of inputs": Contrast(np.full(len(seeds), 1.1), np.max(features, axis=1), minimal=0.0),
        "digits: features: at most the dimension of inputs": Contrast(1.1 * digits["data"], digits["features"], minimal=0.0, paired=True),
    }


claim = Claim(
    study=Computation(properties, random_labels=0.0, size=500, seeds=tuple(range(6))),
    evidence=evidence,
    control={"random_labels": 1.0},
    full={"size": 1750, "seeds": tuple(range(20))},
    scale="proxy: perceptrons on curved manifolds and 8 x 8 digits in place of ResNets and VGGs on natural and radiological images",
)
