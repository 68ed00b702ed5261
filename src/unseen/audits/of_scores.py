"""Scores, or predicted numbers, as arrays, as what is audited."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.adapters import plain_array
from unseen.audits.parts import Scored, Valued
from unseen.audits.scores import checked_scores, checked_values, column, finite_labels, indices, named_by, real, same_length, whole
from unseen.audits.subject import Classifier, Regressor, Subject


def are_scores(model: Any) -> bool:
    """Whether what is given in the place of a model are its answers: an array, a tensor, a frame, a list of numbers."""
    return isinstance(model, np.ndarray | list) or (not callable(model) and not hasattr(model, "predict") and hasattr(model, "shape"))


def of_scores(
    scores: Any, test: Any, train: Any = None, groups: Mapping[str, Any] | None = None, classes: Any = None, regression: bool | None = None
) -> Subject:
    """Answers alone as a `Subject`.

    Args:
        scores: probabilities or logits [n, classes], one score for two classes, or numbers [n].
        test: the labels [n].
        train: (scores, labels) of training examples.
        groups: as of `audit`.
        classes: as of `audit`.
        regression: as of `audit`.

    Raises:
        Problem: naming the argument, what was expected, what came, and the remedy.
    """
    if train is not None and not (isinstance(train, tuple | list) and len(train) == 2):
        raise Problem(f"train: expected a pair (scores, labels) beside scores, got {type(train).__name__}.")
    given = {"test": (scores, test)} | ({} if train is None else {"train": train})
    answers = {split: plain_array(pair[0]) for split, pair in given.items()}
    labels = {split: finite_labels(column(pair[1], f"labels of {split}"), f"labels of {split}") for split, pair in given.items()}
    grouped = {name: column(values, f"groups[{name!r}]") for name, values in (groups or {}).items()}
    for split, found in answers.items():
        same_length(split, found, labels[split])
    for name, values in grouped.items():
        same_length(f"groups[{name!r}]", labels["test"], values)
    if regression is None:
        single = all(found.shape[1:] in ((), (1,)) for found in answers.values())
        regression = classes is None and (not all(map(whole, labels.values())) or (single and len(np.unique(labels["test"])) > 2))
    told: dict[str, Any] = {"test": grouped, "train": {}}
    if regression:
        numbers = {}
        for split, found in answers.items():
            values, unanswered = checked_values(found, split)
            numbers[split] = Valued(real(labels[split], f"labels of {split}"), values, groups=told[split], unanswered=unanswered)
        return Regressor(name="predictions", **numbers)
    labels = {split: values.astype(int) if values.dtype.kind == "f" else values for split, values in labels.items()}
    named = tuple(np.asarray(classes).tolist()) if classes is not None else named_by(labels, answers["test"].shape)
    parts = {}
    for split, found in answers.items():
        values, unanswered, _ = checked_scores(found, len(named), split)
        parts[split] = Scored(indices(labels[split], named, split), values, groups=told[split], unanswered=unanswered)
    return Classifier(name="predictions", classes=named, **parts)
