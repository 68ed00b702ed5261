"""Tables whose columns are shuffled one at a time, to see what a model rests on (permutation importance, Breiman 2001)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from unseen.audits.adapters import plain_array
from unseen.audits.reading import SkipError
from unseen.audits.subject import Known, Subject

MOST = 1000
MOST_COLUMNS = 256
DRAWS = 3
AT_ONCE = 32
"""Shuffled copies that are answered together: ensembles of trees answer one large batch much faster than many small ones."""


def cost(subject: Subject) -> float:
    """Seconds: each column is shuffled and everything answered again."""
    x = subject.test.x
    width = np.shape(x)[1] if x is not None and len(np.shape(x)) == 2 else 0
    return subject.seconds * DRAWS * width * min(MOST, len(subject.test)) if width <= MOST_COLUMNS else 0.0


def lost_by_column(subject: Subject, lost: Callable[[np.ndarray, Known], float]) -> tuple[list[str], Float[np.ndarray, "columns draws"], Known]:
    """(Names of the columns, what is lost each time one is shuffled among the unseen examples, those): `lost` tells it from the answers.

    Raises:
        SkipError: where the model cannot be asked, or its inputs are no table of 2 to `MOST_COLUMNS` columns.
    """
    if subject.ask is None or subject.test.x is None:
        raise SkipError("its inputs are not known: give the model and test=(x, y), not predictions alone.")
    some = subject.unseen(MOST)
    width = np.shape(some.x)[1] if len(np.shape(some.x)) == 2 else 0
    names = [*subject.columns] if len(subject.columns) == width else [f"column {i}" for i in range(width)]
    if not 2 <= len(names) <= MOST_COLUMNS:
        raise SkipError(f"it is done for tables of 2 to {MOST_COLUMNS} columns.")
    rng = np.random.default_rng(0)
    orders = [(i, rng.permutation(len(some.at))) for i in range(len(names)) for _ in range(DRAWS)]
    at_once, found = AT_ONCE if isinstance(some.x, np.ndarray) else 1, []
    for start in range(0, len(orders), at_once):
        copies = [shuffled(some.x, *one) for one in orders[start : start + at_once]]
        answers = subject.ask(np.concatenate(copies) if at_once > 1 else copies[0])
        found += [lost(part, some) for part in np.split(answers, len(copies))]
    return names, np.array(found).reshape(len(names), DRAWS), some


def shuffled(x: Any, place: int, order: np.ndarray) -> Any:
    """The inputs with one column in another order; a copy."""
    if hasattr(x, "iloc"):
        found = x.copy()
        found[found.columns[place]] = found.iloc[order, place].to_numpy()
        return found
    if hasattr(x, "with_columns"):
        return x.with_columns(x[x.columns[place]][order.tolist()])
    if hasattr(x, "detach"):
        found = x.clone()
        found[:, place] = found[order.tolist(), place]
        return found
    found = plain_array(x).copy()
    found[:, place] = found[order, place]
    return found
