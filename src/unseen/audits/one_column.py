"""What one column of a table alone tells."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from unseen.audits import work
from unseen.audits.adapters import plain_array
from unseen.audits.reading import SkipError
from unseen.audits.subject import Subject

MOST = 2000
MOST_COLUMNS = 1024
RESTS = "The column was chosen on training examples, among single columns: a shortcut that takes two of them is not found. "


def cost(subject: Subject) -> float:
    """Seconds: a tree for each column."""
    return work.TREE * min(work.width(subject), MOST_COLUMNS)


class Column(NamedTuple):
    """The column from which a tree of three questions tells training labels best.

    Attributes:
        name: of the column.
        labels: what the tree says of the unseen examples when it was trained on labels.
        answers: the same when it was trained on the model's answers.
    """

    name: str
    labels: np.ndarray
    answers: np.ndarray

    def suspected(self) -> str:
        """What is said where hardly anything else is needed."""
        return f" Hardly anything else is needed: is {self.name} known when the model is asked, and does it mean the same there?"


def best_column(subject: Subject, y: np.ndarray, said: np.ndarray) -> Column:
    """Of the columns that training examples have, by their labels y; `said` are the model's answers to them.

    Raises:
        SkipError: where inputs are no table of at most `MOST_COLUMNS` columns.
    """
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    seen, asked = subject.inputs()
    if len(np.shape(seen)) != 2 or not 2 <= np.shape(seen)[1] <= MOST_COLUMNS or np.shape(asked)[1:] != np.shape(seen)[1:]:
        raise SkipError(f"it is done for tables of 2 to {MOST_COLUMNS} columns.")
    count, some = np.shape(seen)[1], slice(0, MOST)
    made = DecisionTreeClassifier if subject.kind == "classes" else DecisionTreeRegressor
    known = [column(seen, place)[some] for place in range(count)]
    trees = [made(max_depth=3, random_state=0).fit(values, y[some]) for values in known]
    best = int(np.argmax([tree.score(values, y[some]) for tree, values in zip(trees, known, strict=True)]))
    unseen = column(asked, best, like=column_values(seen, best))
    name = subject.columns[best] if len(subject.columns) == count else f"column {best}"
    imitator = made(max_depth=3, random_state=0).fit(known[best], said[some])
    return Column(name, trees[best].predict(unseen), imitator.predict(unseen))


def column_values(x: Any, place: int) -> np.ndarray:
    """One column of an array, a frame, a tensor or a sparse matrix."""
    if hasattr(x, "iloc"):
        return np.asarray(x.iloc[:, place])
    if hasattr(x, "columns"):
        return np.asarray(x[x.columns[place]].to_numpy())
    return plain_array(x[:, [place]]).reshape(-1) if hasattr(x, "toarray") else plain_array(x)[:, place]


def column(x: Any, place: int, like: np.ndarray | None = None) -> Float[np.ndarray, "n 1"]:
    """The column as numbers; text and categories as places among the sorted values of `like`, or of itself, what is not there as −1."""
    values = column_values(x, place)
    try:
        found = values.astype(float)
    except (TypeError, ValueError):
        names = {name: index for index, name in enumerate(sorted({str(value) for value in (values if like is None else like)}))}
        found = np.array([names.get(str(value), -1) for value in values], float)
    return np.nan_to_num(found, nan=-1e30, posinf=1e30, neginf=-1e30)[:, None]
