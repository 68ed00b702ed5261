"""Tables whose columns are shuffled one at a time, to see what a model rests on (permutation importance, Breiman 2001)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unseen.audits.adapters import plain_array
from unseen.audits.reading import SkipError
from unseen.audits.subject import Known, Subject

MOST = 1000
MOST_COLUMNS = 256
DRAWS = 3
RESTS = (
    "One column is shuffled at a time: of two that say the same neither seems to count. Shuffled rows may be such as never occur. The interval is"
    " that of the shuffles."
)
"""On what it rests."""
AT_ONCE = 32
"""Shuffled copies that are answered together: ensembles of trees answer one large batch much faster than many small ones."""


def cost(subject: Subject) -> float:
    """Seconds: each column is shuffled and everything answered again."""
    x = subject.test.x
    width = np.shape(x)[1] if x is not None and len(np.shape(x)) == 2 else 0
    return subject.seconds * DRAWS * width * min(MOST, len(subject.test)) if width <= MOST_COLUMNS else 0.0


class Lost(NamedTuple):
    """What is lost when a column is shuffled among the unseen examples.

    Attributes:
        names: of the columns.
        lost: each time that one is shuffled.
        some: the examples.
    """

    names: list[str]
    lost: Float[np.ndarray, "columns draws"]
    some: Known

    @property
    def mean(self) -> Float[np.ndarray, " columns"]:
        """The mean loss by column."""
        return self.lost.mean(axis=1)

    @property
    def order(self) -> Int[np.ndarray, " columns"]:
        """The columns from the one that counts most."""
        return np.argsort(-self.mean, kind="stable")

    @property
    def top(self) -> float:
        """What the first column costs."""
        return float(self.mean[self.order[0]])

    @property
    def interval(self) -> tuple[float, float]:
        """That by two deviations between draws, the largest of any column."""
        noise = float(self.lost.std(axis=1, ddof=1).max())
        return self.top - 2 * noise, self.top + 2 * noise

    @property
    def used(self) -> int:
        """How many columns cost more than 0.005."""
        return int((self.mean > 0.005).sum())

    def alone(self, room: float) -> bool:
        """Whether the first costs more than half of all that could be lost, and thrice as much as the second."""
        return bool(self.top > max(0.5 * room, 0.05) and self.top > 3 * self.mean[self.order[1]])

    def warning(self, room: float) -> str:
        """What to say where nearly all rests on the first column; else nothing."""
        name = self.names[self.order[0]]
        told = f" Nearly all rests on {name}: make sure that it will be there, and mean the same, where the model is used."
        return told if self.alone(room) else ""


def lost_by_column(subject: Subject, lost: Callable[[np.ndarray, Known], float]) -> Lost:
    """What is lost by column: `lost` tells it from the answers.

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
    return Lost(names, np.array(found).reshape(len(names), DRAWS), some)


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
