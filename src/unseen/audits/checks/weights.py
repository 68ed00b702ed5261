"""What its weights look like."""

from collections.abc import Iterator, Mapping

import numpy as np

from unseen.audits.reading import COUNTED, Reading, Row
from unseen.audits.subject import Subject


def read(subject: Subject) -> Iterator[Reading]:
    """Weights per training example; weights that are zero; how many directions its matrices use (their stable rank as a share of the most there could be)."""
    box = subject.opened()
    weights = box.weights()
    if subject.train is not None:
        ratio = box.size / len(subject.train)
        yield Reading(
            "weights per training example",
            ratio,
            f"It has {box.size:,} weights and saw {len(subject.train):,} training examples: "
            + ("it could know each by heart, so a small error on them says little." if ratio > 1 else "too few to know each by heart."),
            applies=COUNTED,
            exact=True,
            range=(0, float("inf")),
            unit="weights",
        )
    zeros = sum(int((value == 0).sum()) for value in weights.values())
    yield Reading(
        "weights that are zero",
        zeros / box.size,
        f"{zeros:,} of {box.size:,} weights are exactly zero." + (" Pruned on purpose, or never trained?" if zeros > 0.5 * box.size else ""),
        applies=COUNTED,
        exact=True,
    )
    yield Reading(
        "norm of its weights",
        float(np.sqrt(sum(np.square(value, dtype=float).sum() for value in weights.values()))),
        "The root of the sum of the squares of all its weights: how far it lies from 0. It says something beside other models of the same shape only.",
        applies="All its weights, computed in full. Scaling one layer up and the next down changes it, and not what the model says.",
        exact=True,
        better="lower",
        range=(0, float("inf")),
        unit="weights",
    )
    yield from _matrices(weights)


def _matrices(weights: Mapping[str, np.ndarray]) -> Iterator[Reading]:
    """By how much its matrices stretch (spectral norm: the norm over the root of the stable rank), and along how many directions."""
    import jax.numpy as jnp

    from unseen.measures.stable_rank import stable_rank

    matrices = {name: value.reshape(len(value), -1) for name, value in weights.items() if value.ndim >= 2 and min(len(value), value[0].size) >= 8}
    ranks = {name: float(stable_rank(jnp.asarray(value))) for name, value in matrices.items() if value.size <= 4_000_000 and np.any(value)}
    if not ranks:
        return
    found = {name: float(np.linalg.norm(matrices[name])) / rank**0.5 for name, rank in ranks.items()}
    most = max(found, key=lambda name: found[name])
    yield Reading(
        "largest stretch of a matrix",
        found[most],
        f"No matrix makes what it reads longer than {most} does, by up to {found[most]:.3g} (spectral norm); one after the other, the {len(found)} matrices "
        f"stretch by up to {np.exp(np.sum(np.log(list(found.values())))):.3g}.",
        applies="Of each matrix alone, computed in full: what lies between matrices may stretch further, or less.",
        exact=True,
        better="lower",
        range=(0, float("inf")),
        unit="times",
    )
    shares = {name: rank / min(matrices[name].shape) for name, rank in ranks.items()}
    middle, least = float(np.median(list(shares.values()))), min(shares, key=lambda name: shares[name])
    rows = [Row(name, share, (share, share), matrices[name].size) for name, share in sorted(shares.items(), key=lambda item: item[1])]
    yield Reading(
        "directions that its matrices use",
        middle,
        f"A matrix of it works mostly along {middle:.0%} of its directions (stable rank, median of {len(shares)}); {least} along {shares[least]:.0%}.",
        applies="Matrices of at least 8 rows and columns, and at most 4 million entries, computed in full.",
        exact=True,
        rows=rows,
        drawn="parts" if len(rows) > 1 else "",
        axis="share of the directions of a matrix (with its entries) that it uses",
        line=middle,
    )
