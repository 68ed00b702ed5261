"""On which inputs its answers rest."""

from collections.abc import Iterator

import numpy as np

from unseen.audits.adapters import plain_array
from unseen.audits.reading import Reading, Row, SkipError
from unseen.audits.subject import Subject

MOST = 1000
MOST_COLUMNS = 256
DRAWS = 3


def cost(subject: Subject) -> float:
    """Seconds: each column is shuffled and everything answered again."""
    x = subject.test.x
    width = np.shape(x)[1] if x is not None and len(np.shape(x)) == 2 else 0
    return subject.seconds * DRAWS * width * min(MOST, len(subject.test)) if width <= MOST_COLUMNS else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """What the accuracy loses when one column of the unseen inputs is shuffled among them (permutation importance, Breiman 2001)."""
    if subject.ask is None or subject.test.x is None:
        raise SkipError("its inputs are not known: give the model and test=(x, y), not predictions alone.")
    x, y, at, _ = subject.unseen(MOST)
    width = np.shape(x)[1] if len(np.shape(x)) == 2 else 0
    names = [*subject.columns] if len(subject.columns) == width else [f"column {i}" for i in range(width)]
    if not 2 <= len(names) <= MOST_COLUMNS:
        raise SkipError(f"it is done for tables of 2 to {MOST_COLUMNS} columns.")
    rng, base = np.random.default_rng(0), float(subject.test.right[at].mean())
    lost = np.zeros((len(names), DRAWS))
    for i, name in enumerate(names):
        for draw in range(DRAWS):
            lost[i, draw] = base - (subject.ask(_shuffled(x, name, i, rng.permutation(len(at)))).argmax(axis=1) == y).mean()
    mean = lost.mean(axis=1)
    order = np.argsort(-mean, kind="stable")
    top, noise = order[0], float(lost.std(axis=1, ddof=1).max())
    used = int((mean > 0.005).sum())
    chance = float(np.bincount(y).max() / len(y))
    alone = mean[top] > max(0.5 * (base - chance), 0.05) and mean[top] > 3 * mean[order[1]]
    rows = [Row(names[i], base - mean[i], (base - lost[i].max(), base - lost[i].min()), len(at)) for i in order[:10]]
    yield Reading(
        "accuracy lost when one input is shuffled",
        float(mean[top]),
        (
            f"Shuffling {names[top]} among the unseen examples costs {mean[top]:.1%} of accuracy, more than any other; "
            f"{used} of {len(names)} inputs cost more than 0.5 %."
            + (f" Nearly all rests on {names[top]}: make sure that it will be there, and mean the same, where the model is used." if alone else "")
        ),
        level="attention" if alone else "fact",
        interval=(float(mean[top]) - 2 * noise, float(mean[top]) + 2 * noise),
        range=(-1, 1),
        rows=rows,
        drawn="parts",
    )


def _shuffled(x: object, name: str, place: int, order: np.ndarray) -> object:
    """The inputs with one column in another order; a copy."""
    if hasattr(x, "iloc"):
        found = x.copy()  # pyright: ignore
        found[found.columns[place]] = found.iloc[order, place].to_numpy()
        return found
    if hasattr(x, "with_columns"):
        return x.with_columns(x[name][order.tolist()])  # pyright: ignore
    if hasattr(x, "detach"):
        found = x.clone()  # pyright: ignore
        found[:, place] = found[order.tolist(), place]
        return found
    found = plain_array(x).copy()
    found[:, place] = found[order, place]
    return found
