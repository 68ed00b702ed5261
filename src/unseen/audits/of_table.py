"""A table of predictions as what is audited."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.parts import Scored, Valued
from unseen.audits.scores import checked_scores, checked_values, indices, real, whole
from unseen.audits.subject import Classifier, Regressor, Subject


def of_table(
    table: Any,
    label: str = "label",
    prediction: str = "prediction",
    split: str = "split",
    groups: Sequence[str] = (),
    name: str = "",
    regression: bool | None = None,
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

    Raises:
        Problem: naming the column that is missing or wrong, and what there is.
    """
    prefix = "score_"
    scored = [column for column in table.columns if column.startswith(prefix)]
    wanted = [label, *groups] + ([] if scored else [prediction])
    for column in wanted:
        if column not in table.columns:
            hint = f" Scores go in columns {prefix}<class>." if column == prediction else ""
            raise Problem(f"column {column!r}: expected it among {table.columns}.{hint}")
    parts = by_split(table, split)
    name = name or "predictions"
    if regression is None:
        regression = not scored and table[label].dtype.is_float() and not all(whole(part[label].to_numpy()) for which, part in parts.items() if which != "new")
    grouped = {which: {kind: _texts(part[kind]) for kind in groups} for which, part in parts.items()}
    if regression:
        if scored:
            raise Problem(f"regression: expected a column {prediction!r} and no scores of classes, got {scored[:3]}.")
        numbers = {which: _valued(part, which, label, prediction, grouped[which]) for which, part in parts.items()}
        return Regressor(name=name, **numbers)
    labels = {which: _texts(part[label]) for which, part in parts.items()}
    if scored:
        classes = tuple(column.removeprefix(prefix) for column in scored)
    else:
        known = [labels[which] for which in parts if which != "new"]
        classes = tuple(sorted({*np.concatenate(known).tolist(), *_texts(table[prediction]).tolist()}))

    def made(which: str, part: Any) -> Scored:
        if scored:
            scores, unanswered, _ = checked_scores(part.select(scored).to_numpy(), len(classes), which)
        else:
            scores, unanswered = np.eye(len(classes))[indices(_texts(part[prediction]), classes, which)], None
        y = indices(labels[which], classes, which) if which != "new" else np.zeros(0, int)
        return Scored(y, scores, groups=grouped[which], unanswered=unanswered)

    return Classifier(name=name, classes=classes, graded=bool(scored), **{which: made(which, part) for which, part in parts.items()})


def _valued(part: Any, which: str, label: str, prediction: str, groups: dict[str, np.ndarray]) -> Valued:
    try:
        said = np.asarray(part[prediction].to_list(), dtype=float)  # a file may write what is missing as "nan", and so all as text
    except ValueError as reason:
        raise Problem(f"column {prediction!r}: expected numbers, got {part[prediction].to_list()[:3]}.") from reason
    values, unanswered = checked_values(said, which)
    y = real(part[label].to_numpy(), f"column {label!r} of {which}") if which != "new" else np.zeros(0)
    return Valued(y, values, groups=groups, unanswered=unanswered)


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
    return np.array([str(value) for value in column.to_list()])
