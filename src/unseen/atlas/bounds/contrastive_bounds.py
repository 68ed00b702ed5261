"""Generalization Analysis for Contrastive Representation Learning.

Lei, Yang, Ying & Zhou 2023 (arXiv 2302.12383, ICML).

Claim: the generalization gap of contrastive learning with k negatives an anchor can be bounded without regard to k, up to logarithms, where earlier bounds
grow linearly in k: the loss changes by no more than the score that changes most, however many there are.
Measured: for linear features of 100 tuples from ten clusters on the sphere in R⁸, and k from 1 to 256: the Rademacher complexity of the losses, which is what
the bounds limit (a supremum over all features of a ball, found by steps of Frank and Wolfe), and the gap of the features that fit the tuples best, on
fresh tuples; how both grow with k. A bound that grows with √k allows 16 times as much at 256, one that grows with k 256 times.
Departs from the paper: it proves bounds and measures nothing. Those of `bounds/contrastive.py` are derived anew from the abstract and from what the proof is
said to rest on (covering numbers in the largest distance), with constants remembered from Zhang (2002); the ball is one of VᵀV in Frobenius norm.
Deep features and the optimistic bounds (faster where losses are small) are not tested. Read as abstract and introduction. A supremum that is found
by steps is a lower limit.
Would be refuted by: a complexity or a gap at 256 negatives that is twice that at one, or a complexity that grows with an exponent of a quarter or more.
Rival: exponents of 1/2 and 1, of bounds by Euclidean distances of scores and of features.
Control: the sum over negatives of the pair's loss in the place of their joint one: then all scores together move the loss by k times as much as each.
Tried (seeds 100 to 107): this design: complexities of 0.41, 0.46, 0.49, 0.49, 0.50, gaps of 0.15, 0.21, 0.24, 0.22, 0.24, exponent 0.03; with 400 tuples 0.20
to 0.25 and 0.05 to 0.07; in the control 0.41 to 70 and 0.15 to 21. With balls of a fifth and of four times the norm, and 50 or 200 tuples, nothing else
was seen; the factor of two was set after a look at these. So the paper is right about k. Its bound is not thereby the smaller one: with these
constants `uniform_complexity` says nothing below some 10⁶ tuples, and is below `vector_complexity`, which grows as √k, only from some 10⁶ negatives (at 10⁷
tuples) on; below that of Arora et al., which grows as k, from some 400.
"""

import numpy as np

from unseen.bounds.contrastive import contrastive_loss
from unseen.claim import Claim, Computation, Contrast, Lab

NEGATIVES = (1, 4, 16, 64, 256)
CLUSTERS, DIMENSION, SPREAD, RADIUS = 10, 8, 0.4, 5.0
SIGNS, FRESH, STEPS = 4, 1000, 60
Tuples = tuple[np.ndarray, np.ndarray]  # anchors [n, d], positive less negatives [n, k, d]


def draw(rng: np.random.Generator, centers: np.ndarray, n: int, k: int) -> Tuples:
    """Tuples on the unit sphere: anchor and positive of one cluster, negatives of any."""

    def points(cluster: np.ndarray) -> np.ndarray:
        x = centers[cluster] + SPREAD * rng.standard_normal((*cluster.shape, DIMENSION))
        return x / np.linalg.norm(x, axis=-1, keepdims=True)

    cluster = rng.integers(CLUSTERS, size=n)
    return points(cluster), points(cluster)[:, None] - points(rng.integers(CLUSTERS, size=(n, k)))


def losses(matrix: np.ndarray, tuples: Tuples, joined: bool) -> tuple[np.ndarray, np.ndarray]:
    """Losses [r, n] of matrices [r, d, d], less that of no features, and how fast they fall with each score [r, n, k]."""
    anchors, apart = tuples
    scores = np.einsum("rnd,nkd->rnk", anchors @ matrix, apart, optimize=True)
    if joined:
        loss = contrastive_loss(scores)
        return loss - np.log1p(scores.shape[-1]), np.exp(-scores - loss[..., None])
    return (np.logaddexp(0, -scores) - np.log(2)).sum(axis=-1), 1 / (1 + np.exp(scores))


def largest(signs: np.ndarray, tuples: Tuples, joined: bool) -> tuple[np.ndarray, np.ndarray]:
    """The largest means of signs [r, n] times loss that steps of Frank and Wolfe find among matrices of norm RADIUS at most, and these matrices [r, d, d]."""
    anchors, apart = tuples
    matrix = np.zeros((len(signs), DIMENSION, DIMENSION))
    best, kept = np.zeros(len(signs)), matrix.copy()
    for step in range(STEPS):
        loss, fall = losses(matrix, tuples, joined)
        value = np.mean(signs * loss, axis=1)
        best, kept = np.maximum(best, value), np.where((value > best)[:, None, None], matrix, kept)
        slope = -np.einsum("rn,nd,rne->rde", signs, anchors, np.einsum("rnk,nke->rne", fall, apart, optimize=True), optimize=True)
        matrix = matrix + 2 / (step + 2) * (RADIUS * slope / np.linalg.norm(slope, axis=(1, 2), keepdims=True) - matrix)
    return best, kept


def growth(_: Lab, joined: bool, tuples: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Rademacher complexity of the losses, and loss on fresh tuples less that on the training tuples [seeds, numbers of negatives]."""
    found = np.empty((len(seeds), len(NEGATIVES), 2))
    for row, seed in enumerate(seeds):
        rng = np.random.default_rng(seed)
        centers = rng.standard_normal((CLUSTERS, DIMENSION))
        centers /= np.linalg.norm(centers, axis=1, keepdims=True)
        for column, k in enumerate(NEGATIVES):
            train, fresh = draw(rng, centers, tuples, k), draw(rng, centers, FRESH, k)
            complexity = largest(rng.choice([-1.0, 1.0], (SIGNS, tuples)), train, joined)[0].mean()
            gained, learned = largest(-np.ones((1, tuples)), train, joined)
            found[row, column] = complexity, losses(learned, fresh, joined)[0].mean() + gained[0]
    return {"complexity": found[..., 0], "gap": found[..., 1]}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Contrast]:
    """From 1 negative to 256 neither complexity nor gap doubles, and the exponent is far from that of a square root."""
    complexity, gap = result["complexity"], result["gap"]
    exponents = np.polyfit(np.log(NEGATIVES), np.log(complexity).T, 1)[0]
    return {
        "complexity does not double": Contrast(2 * complexity[:, 0], complexity[:, -1], minimal=1.0, statistic="ratio", paired=True),
        "gap does not double": Contrast(2 * gap[:, 0], gap[:, -1], minimal=0.0, paired=True),
        "exponent below a quarter": Contrast(np.full(len(exponents), 0.25), exponents, minimal=0.0),
    }


claim = Claim(
    study=Computation(growth, joined=True, tuples=100, seeds=tuple(range(16))),
    evidence=evidence,
    control={"joined": False},
    full={"tuples": 1000, "seeds": tuple(range(30))},
)
