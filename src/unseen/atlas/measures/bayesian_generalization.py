"""On the Complexity of Bayesian Generalization.

Shi, Xu, Hopcroft, He, Tenenbaum, Zhu, Wu, Han & Zhu 2023 (arXiv 2211.11033, ICML).

Claim: the number of representative attributes that a model needs to describe a visual concept is an inverted U of the concept's visual complexity; concepts
with a high such number (subjective complexity) are better in generalization by rules, those with a low one in generalization by similarity.
Measured: for ten concepts of each of six sets of images, in a small convolutional network that is trained on a set, attributes being its pooled maps: the
description length of a concept in attributes of highest representativeness and the local entropy of its images; how far a parabola through the 60
concepts rises inside their range above its higher end (negative: sinks below the lower), over the mean length; and the area under the ROC curve for
telling test images of a concept from others, after ten of them, by the smallest rule that they obey and by shared attributes, for the concepts
longer than the median against the others.
Departs from the paper: six sets of 16 x 16 grey images, ten concepts each (shapes flat, lit and composed, handwriting, handwriting in scenes, pieces of two
photographs), for LEGO, 2D-Geo, ACRE, AwA, Places and ImageNet; a network with two layers and 64 attributes, for ResNets with 512 to 2048. Read as abstract,
project page and code: representativeness, description length and entropy are from the code, except that lengths are divided by the concept's accuracy,
and that no concept is left out but those never named. How the paper tests the two ways to generalize is neither in the code nor in the abstract: here they
are Tenenbaum's (1999) two extremes, on the binary attributes "above the mean of the training images". With so few attributes, and ten concepts that all come
from one drawer, representative attributes may not become as special as theirs.
Would be refuted by: a parabola that does not rise by 10 % of the mean length; or differences of area below 0.02, for rules or for similarity.
Control: random labels: no attribute is representative of a concept.
Tried (seeds 100 to 107): entropies rise with the sets, 2.3, 3.8, 4.0, 5.9, 7.0, 7.3 bits. With 32 attributes, 400 steps and 8 grey levels in the entropy, then
with 64, 300 and 256, after three examples: the parabola was concave in 7 of 8 seeds, long concepts were 0.02 worse to 0.02 better by rules (worse in
6 of 8), short ones 0.04 worse to 0.04 better by similarity. Ten examples were then chosen of 3, 6, 10 and 16 because rules tell concepts apart best
there (area 0.67 on average; 0.56 with 3), the 200 steps for their cost.
"""

import equinox as eqx
import jax
import numpy as np

from unseen._types import Examples, over
from unseen.claim import Claim, Computation, Contrast, Lab
from unseen.engine.schedule import LinSpaced
from unseen.measures.complexity.attribute_representativeness import by_rule, by_similarity, described, description_length, local_entropy, representativeness
from unseen.methods.method import Method
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.adamw import AdamW
from unseen.models.convolutional import Convolutional, Convolutions
from unseen.study import Study
from unseen.tasks.corrupted import Corrupted
from unseen.tasks.visual_concepts import CONCEPTS, SETS, VisualConcepts

SHOWN, DRAWS = 10, 10


@eqx.filter_jit
def attributes(network: Convolutions, x: jax.Array) -> jax.Array:
    """The pooled maps of each image, [n, attributes]."""
    return jax.vmap(network.features)(x)


def told_apart(scores: np.ndarray, own: np.ndarray) -> float:
    """The probability that an image of the concept scores above another, ties counting half (the area under the ROC curve)."""
    difference = scores[own][:, None] - scores[~own]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def of_network(network: Convolutions, splits: dict[str, Examples], rng: np.random.Generator) -> np.ndarray:
    """Of each concept: visual complexity, description length, and how well a rule and similarity tell its images from others, [concepts, 4]."""
    (train, y), (test, asked) = ((np.asarray(attributes(network, splits[name].x), float), np.asarray(splits[name].y)) for name in ("train", "test"))
    readout, offset = np.asarray(network.readout), np.asarray(network.offset)
    lengths = description_length(described(test, asked, representativeness(train, y), lambda z: np.argmax(z @ readout + offset, axis=1)))
    has, images = test > train.mean(axis=0), np.asarray(splits["test"].x)
    found = []
    for concept in range(CONCEPTS):
        own = np.flatnonzero(asked == concept)
        told = []
        for _ in range(DRAWS):
            shown = rng.choice(own, SHOWN, replace=False)
            rest = np.setdiff1d(np.arange(len(asked)), shown)
            told.append([told_apart(by(has[shown], has[rest]), asked[rest] == concept) for by in (by_rule, by_similarity)])
        complexity = np.mean([local_entropy(images[i]) for i in own])
        found.append([complexity, lengths[concept], *np.mean(told, axis=0)])
    return np.array(found)


def concepts(lab: Lab, labels: float, steps: int, seeds: int | tuple[int, ...]) -> np.ndarray:
    """What `of_network` finds, [seeds, levels, concepts, 4]."""
    study = Study(
        task=Corrupted(VisualConcepts(level=over(*map(float, range(len(SETS))))), labels=labels),
        model=Convolutional(channels=(16, 64), size=5),
        method=Method(order=Shuffle(50), update=AdamW(learning_rate=3e-3, weight_decay=0.0)),
        steps=steps,
        seeds=seeds,
        at=LinSpaced(2),
    )
    runs = lab.run(study)
    of_seed = [[runs.where(seed=seed, level=level) for level in range(len(SETS))] for seed in study.seed_list]
    return np.array(
        [[of_network(one.network(), one.splits(), np.random.default_rng(seed)) for one in row] for seed, row in zip(study.seed_list, of_seed, strict=True)]
    )


def hump(complexity: np.ndarray, length: np.ndarray) -> float:
    """How far the best parabola rises inside the range above its higher end (if concave), or sinks below its lower end (negative), over the mean length."""
    curve = np.polynomial.Polynomial.fit(complexity, length, 2)
    ends = curve(np.array([complexity.min(), complexity.max()]))
    turn = curve(np.clip(np.real(curve.deriv().roots()[:1]), complexity.min(), complexity.max()))[0]
    return float((max(turn - ends.max(), 0) + min(turn - ends.min(), 0)) / length.mean())


def evidence(found: np.ndarray) -> dict[str, Contrast]:
    """Lengths are an inverted U of complexity; long concepts are better by rules, short ones by similarity."""
    humps, ruled, similar = [], [], []
    for one in found.reshape(len(found), -1, 4):
        complexity, length, by_rules, by_likeness = one[np.isfinite(one[:, 1])].T
        long = length > np.median(length)
        humps.append(hump(complexity, length))
        ruled.append(by_rules[long].mean() - by_rules[~long].mean())
        similar.append(by_likeness[~long].mean() - by_likeness[long].mean())
    none = np.zeros(len(found))
    return {
        "inverted U": Contrast(humps, none, minimal=0.1, paired=True),
        "long concepts are better by rules": Contrast(ruled, none, minimal=0.02, paired=True),
        "short concepts are better by similarity": Contrast(similar, none, minimal=0.02, paired=True),
    }


claim = Claim(
    study=Computation(concepts, labels=0.0, steps=200, seeds=tuple(range(5))),
    evidence=evidence,
    control={"labels": 1.0},
    full={"steps": 2000, "seeds": tuple(range(30))},
    scale="proxy: six sets of small images for six public data sets",
)
