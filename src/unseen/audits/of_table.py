"""A table of predictions as what is audited."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.of_scores import of_scores
from unseen.audits.scores import whole
from unseen.audits.subject import Classifier, Subject

PREFIX = "score_"


def of_table(
    table: Any,
    label: str = "label",
    prediction: str = "prediction",
    split: str = "split",
    groups: Sequence[str] = (),
    name: str = "",
    regression: bool | None = None,
    limit: int | None = None,
) -> Subject:
    """Predictions alone as a `Subject`: a frame with a row for each example.

    Args:
        table: a polars frame with the column `label`, and either `score_<class>` for each class (probabilities or logits) or the class in `prediction`.
        label: the column of labels.
        prediction: the column of predicted classes, where there are no scores.
        split: a column of "train", "test" and "new" (without labels); without it all rows are test examples.
        groups: columns that name groups.
        name: what the model is called.
        regression: whether labels are numbers to be predicted; by default where there are no scores and labels are floating-point numbers, not all whole.
        limit: at most so many rows of each split, drawn at random.

    Raises:
        Problem: naming the column that is missing or wrong, and what there is.
    """
    scored = [column for column in table.columns if column.startswith(PREFIX)]
    _there(table, [label, *groups] + ([] if scored else [prediction]), prediction)
    parts = by_split(table, split)
    if regression is None:
        regression = not scored and table[label].dtype.is_float() and not all(whole(part[label].to_numpy()) for which, part in parts.items() if which != "new")
    if regression and scored:
        raise Problem(f"regression: expected a column {prediction!r} and no scores of classes, got {scored[:3]}.")
    labels = {which: part[label].to_numpy() if regression else _texts(part[label]) for which, part in parts.items() if which != "new"}
    classes = None
    if scored:
        answers = {which: np.column_stack([_numbers(part, one) for one in scored]) for which, part in parts.items()}
        classes = [one.removeprefix(PREFIX) for one in scored]
    elif regression:
        answers = {which: _numbers(part, prediction) for which, part in parts.items()}
    else:
        said = {which: _texts(part[prediction]) for which, part in parts.items()}
        classes = sorted({one for values in (*labels.values(), *said.values()) for one in values.tolist() if one is not None})
        answers = {which: _places(values, classes) for which, values in said.items()}
    found = of_scores(
        answers["test"],
        labels["test"],
        train=(answers["train"], labels["train"]) if "train" in parts else None,
        new=answers.get("new"),
        groups={kind: _texts(parts["test"][kind]).astype(str) for kind in groups},
        classes=classes,
        regression=regression,
        limit=limit,
    )
    return replace(found, name=name or found.name, **({"graded": bool(scored)} if isinstance(found, Classifier) else {}))


def _there(table: Any, wanted: Sequence[str], prediction: str) -> None:
    for column in wanted:
        if column not in table.columns:
            hint = f" Scores go in columns {PREFIX}<class>." if column == prediction else ""
            raise Problem(f"column {column!r}: expected it among {table.columns}.{hint}")


def _places(said: np.ndarray, classes: Sequence[str]) -> np.ndarray:
    """1 for the class that was said and 0 for the others; NaN where none was."""
    return np.array([[np.nan if one is None else float(one == name) for name in classes] for one in said])


def _numbers(part: Any, column: str) -> np.ndarray:
    try:
        return np.asarray(part[column].to_list(), dtype=float)  # a file may write what is missing as "nan", and so all as text
    except ValueError as reason:
        raise Problem(f"column {column!r}: expected numbers, got {str(reason).removeprefix('could not convert string to float: ')}.") from reason


def by_split(table: Any, split: str) -> dict[str, Any]:
    """The rows of "test", "train" and "new" that a frame has, by what its column `split` says; all are "test" where it has no such column.

    Raises:
        Problem: when the column says anything else, or there are no test rows.
    """
    if not len(table):
        raise Problem("the table: expected a row for each example, got none.")
    told = [str(value) for value in table[split].to_list()] if split in table.columns else ["test"] * len(table)
    if extra := sorted(set(told) - {"train", "test", "new"}):
        raise Problem(f"column {split!r}: expected 'train', 'test' and 'new', got {extra[:5]}.")
    parts = {which: table.filter([one == which for one in told]) for which in ("test", "train", "new") if which in told}
    if "test" not in parts:
        raise Problem(f"column {split!r}: expected some rows with 'test', got none.")
    return parts


def _texts(column: Any) -> np.ndarray:
    """Values as text; None where there are none."""
    return np.array([None if value is None or value != value else str(value) for value in column.to_list()], object)
