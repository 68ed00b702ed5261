"""Going Beyond Neural Network Feature Similarity: The Network Feature Complexity and Its Interpretation Using Category Theory.

Chen, Zhou & Yan 2023 (arXiv 2310.06756; ICLR 2024).

Claim: many features of a network do the same: merging them leaves fewer parameters and the same performance, without data or fine-tuning; the larger a
network, the more of its features are redundant; of networks of the same structure, those of higher feature complexity (units that remain) perform better.
Measured: merged up to β = 0.03, the parameters gone and the test accuracy of perceptrons of two hidden layers of 256; their accuracy at a quarter of the
units, merged, kept at random, and kept by weight norm (incoming, product or length with outgoing, whichever does best on the test set); the
redundant share against widths of 64 to 256; at width 128 test accuracy against the share that remains, over two rates and four weight decays, and over
label noise of 0, 20 and 40 %.
Departs from the paper: perceptrons on 1000 digits of 8 x 8 pixels in place of VGG and ResNet on CIFAR-10 and ImageNet; constant rate, no batch
normalisation or augmentation; a weight decay of 0.0016 shrinks weights by e^-3.2 over training, about what theirs does. Read as abstract, the authors'
code (which fixes the algorithm: incoming weights are summed, outgoing ones averaged) and reviews, not the text: how the networks differed whose complexity
they relate to performance is not known, and the two ways here are the atlas's own. They compare with no pruning by norm. Complexity that first rises,
then falls through the layers, and the meaning of merged groups are left out: two layers are too few. Of VGG16 they remove 77 % for 1.7 points.
Would be refuted by: more than 1 point of accuracy lost, or less than half of the parameters gone; pruning at random within 10 points, or by norm within 2,
at a quarter of the units; a redundant share that does not rise with width; an accuracy that does not rise with complexity, in either family.
Control: random pairs are merged, as many.
Tried (width 128, three decays, noise of 0 and 40 % on seed 100; widths to 512, rates, decays, training sets of 100 to 1000 on seed 101): β from 0.001 to
0.4; 0.03 was chosen since accuracy stayed there. At half of the units norms do as well as merging; β = 0.1 costs 0.1 of accuracy at width 256. Label noise
was planned before anything ran; under it more units remain and accuracy is lower, and it stays in, as the claim makes no exception. This design, with
a width of 32 too, on seeds 100 to 102, a layer that had stopped not being asked again: accuracy -0.001 with 71 % of the parameters gone, -0.12 with random
pairs; at a quarter 0.28 above random units and 0.054 above the largest (inconclusive); rank correlations of 0.93 with width, 0.63 over rates and decays and
-0.83 over label noise. The minimal effects were set after the first two looks, before this one.
"""

import jax
import numpy as np

from unseen._types import Examples, correct, outputs, over, trainable
from unseen.claim import Claim, Computation, Contrast, Lab, Trend
from unseen.engine.schedule import LinSpaced
from unseen.measures.iterative_feature_merging import iterative_feature_merging, keep_units
from unseen.methods.method import Method
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.sgd import SGD
from unseen.models.mlp import MLP, Perceptron
from unseen.study import Runs, Study
from unseen.tasks.corrupted import Corrupted
from unseen.tasks.images import Digits

BETA, FEW = 0.03, 0.25
VARIED = ("recipes", "label noise")
RATES, DECAYS, NOISE = (0.03, 0.1), (1e-4, 1.6e-3, 5e-3, 2e-2), (0.0, 0.2, 0.4)


def accuracy(network: Perceptron, test: Examples) -> float:
    """The share of the test images that are recognised."""
    return float(correct(outputs(network, test.x), test.y).mean())


def size(network: Perceptron) -> int:
    """The number of weights and biases."""
    return sum(array.size for array in jax.tree.leaves(trainable(network)[0]))


def reduced(network: Perceptron, test: Examples, pairs: str, rng: np.random.Generator) -> dict[str, float]:
    """Test accuracy as trained, merged up to BETA, merged to FEW of the units, and with that many units kept at random or by their weights' norms."""
    weights = [np.asarray(weight) for weight in (network.first, *network.hidden, network.readout)]
    incoming = [np.linalg.norm(weight, axis=0) for weight in weights[:-1]]
    outgoing = [np.linalg.norm(weight, axis=1) for weight in weights[1:]]
    few = tuple(round(FEW * len(norm)) for norm in incoming)
    merged, groups = iterative_feature_merging(network, BETA)
    if pairs == "random":
        merged = iterative_feature_merging(network, 1.0, widths=tuple(map(len, groups)), rng=rng)[0]
    fewest = iterative_feature_merging(network, 1.0, widths=few, rng=rng if pairs == "random" else None)[0]
    norms = (incoming, [a * b for a, b in zip(incoming, outgoing, strict=True)], [np.hypot(a, b) for a, b in zip(incoming, outgoing, strict=True)])
    largest = [tuple(np.argsort(-norm)[:n] for norm, n in zip(norm_of, few, strict=True)) for norm_of in norms]
    anything = tuple(rng.choice(len(norm), n, replace=False) for norm, n in zip(incoming, few, strict=True))
    return {
        "trained": accuracy(network, test),
        "removed": 1 - size(merged) / size(network),
        "merged": accuracy(merged, test),
        "few merged": accuracy(fewest, test),
        "few at random": accuracy(keep_units(network, anything), test),
        "few by norm": max(accuracy(keep_units(network, kept), test) for kept in largest),
    }


def merging(lab: Lab, pairs: str, widths: tuple[int, ...], steps: int, seeds: int | tuple[int, ...]) -> dict[str, dict[str, np.ndarray]]:
    """For the widest networks what `reduced` gives; for each family of networks the shares of units that remain and the test accuracies."""
    study = Study(
        task=Corrupted(Digits()),
        model=MLP(hidden=(128, 128), bias=True, parametrization="torch"),
        method=Method(order=Shuffle(100), update=SGD(learning_rate=RATES[-1], momentum=0.9, weight_decay=DECAYS[1])),
        steps=steps,
        seeds=seeds,
        at=LinSpaced(2),
    )
    families = {
        "widths": lab.run(study.with_({"model.hidden": over(*((width, width) for width in widths))})),
        "recipes": lab.run(study.with_({"update.learning_rate": over(*RATES), "update.weight_decay": over(*DECAYS)})),
        "label noise": lab.run(study.with_({"task.labels": over(*NOISE)})),
    }
    found = {name: family(runs) for name, runs in families.items()}
    wide = families["widths"]
    index = [i for i in range(len(wide)) if wide.cell(i).recipe.model.hidden[0] == widths[-1]]
    rows = [reduced(wide.network(i), wide.splits(i)["test"], pairs, np.random.default_rng(i)) for i in index]  # pyright: ignore[reportArgumentType]
    return found | {"widest": {name: np.array([row[name] for row in rows]) for name in rows[0]}}


def family(runs: Runs) -> dict[str, np.ndarray]:
    """Of every run: its seed, its width, the share of its units that remain, and its test accuracy."""
    width = np.array([runs.cell(i).recipe.model.hidden[0] for i in range(len(runs))])
    remain = np.array([np.mean([len(layer) for layer in iterative_feature_merging(runs.network(i), BETA)[1]]) for i in range(len(runs))]) / width
    return {"seed": runs.table["seed"].to_numpy(), "width": width, "remain": remain, "accuracy": runs.values("test_accuracy")}


def evidence(result: dict[str, dict[str, np.ndarray]]) -> dict[str, Contrast | Trend]:
    """Half of the parameters go at no cost, at a quarter of the units merging is better than pruning; wide is redundant, and complex is good."""
    wide, widths = result["widest"], result["widths"]
    return {
        "merging costs no accuracy": Contrast(wide["merged"], wide["trained"], minimal=-0.01, paired=True),
        "and removes half of the parameters": Contrast(wide["removed"], np.full(len(wide["removed"]), 0.5), minimal=0.0),
        "a quarter of the units: merged against random ones": Contrast(wide["few merged"], wide["few at random"], minimal=0.1, paired=True),
        "a quarter of the units: merged against the largest": Contrast(wide["few merged"], wide["few by norm"], minimal=0.02, paired=True),
        "wider is more redundant": Trend(widths["width"], 1 - widths["remain"], minimal=0.7, groups=widths["seed"]),
    } | {f"more complex is better: {name}": Trend(r["remain"], r["accuracy"], minimal=0.3, groups=r["seed"]) for name, r in result.items() if name in VARIED}


claim = Claim(
    study=Computation(merging, pairs="closest", widths=(64, 128, 256), steps=2000, seeds=5),
    evidence=evidence,
    control={"pairs": "random"},
    full={"widths": (32, 64, 128, 256, 512, 1024), "steps": 20_000, "seeds": 20},
    scale="proxy: perceptrons on 8 x 8 digits in place of VGG and ResNet on CIFAR-10 and ImageNet",
)
