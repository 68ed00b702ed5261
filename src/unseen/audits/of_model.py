"""A model and its data as what is audited."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.adapters import BLACK, Adapted, adapted, examples_in, gathered, name_of, plain_array, refitted, staged, taken, unlabelled
from unseen.audits.parts import Scored, Valued
from unseen.audits.scores import checked_scores, checked_values, column, finite_labels, indices, named_by, real, same_length, whole
from unseen.audits.subject import Classifier, Regressor, Subject
from unseen.audits.white_box import Link, WhiteBox

TIMED = 1024


def of_model(
    model: Any,
    test: Any,
    *,
    train: Any = None,
    new: Any = None,
    groups: Mapping[str, Any] | None = None,
    classes: Any = None,
    limit: int | None = None,
    columns: Sequence[str] | None = None,
    regression: bool | None = None,
    history: Any = None,
) -> Subject:
    """A model and its data as a `Subject`; the model is run, never changed. `columns` names the columns of inputs that are no frame.

    Labels are numbers to be predicted where `regression` is True, or is None and the model is a regressor, or neither is known and some label is not whole
    or the model gives one number for each example and there are more than two labels.

    Raises:
        Problem: naming the argument, what was expected, what came, and the remedy.
    """
    data = _pairs({"test": test} | ({"train": train} if train is not None else {}))
    labels = {split: finite_labels(column(pair[1], f"labels of {split}"), f"labels of {split}") for split, pair in data.items()}
    inputs = {split: pair[0] for split, pair in data.items()} | ({"new": unlabelled(new)} if new is not None else {})
    grouped = {name: column(values, f"groups[{name!r}]") for name, values in (groups or {}).items()}
    stages = None if history is None else _stages(history, labels)
    stages = _fewer(inputs, labels, grouped, limit, stages)
    asked = adapted(model)
    answers = {split: _asked(asked.predict, x, split) for split, x in inputs.items()}
    for split, found in answers.items():
        same_length(split, found, labels.get(split))
    regression = _says_numbers(model, asked, regression, classes, labels, answers)
    shared: dict[str, Any] = {
        "name": name_of(model),
        "seconds": _seconds(asked.predict, inputs["test"]),
        "columns": tuple(map(str, getattr(inputs["test"], "columns", columns or ()))),
    }
    if regression and stages is not None:
        raise Problem("history: expected it with a model that says classes, whose forgetting it tells, got it with one that says numbers. Leave it out.")
    if regression:
        return _regressor(model, asked, inputs, labels, answers, grouped, shared)
    return _classifier(model, asked, inputs, labels, answers, grouped, shared, classes, stages)


def _says_numbers(model: Any, asked: Adapted, regression: bool | None, classes: Any, labels: dict[str, np.ndarray], answers: dict[str, Any]) -> bool:
    """Whether labels are numbers to be predicted: what was asked for, else what the model tells, else what labels and answers look like."""
    if regression is not None:
        if asked.regression not in (None, regression):
            kind = "numbers" if asked.regression else "classes"
            raise Problem(f"regression: expected {asked.regression} for {type(model).__name__}, whose answers are {kind}, got {regression}.")
        return regression
    if asked.regression is not None or classes is not None:
        return bool(asked.regression)
    if not all(map(whole, labels.values())):
        return True
    single = all(np.shape(found)[1:] in ((), (1,)) for found in answers.values())
    return single and len(np.unique(labels["test"])) > 2  # one number for each example cannot be the scores of three classes


def _stages(history: Any, labels: dict[str, np.ndarray]) -> np.ndarray:
    """Predicted classes [stages, n] of the training examples."""
    found = plain_array(history)
    if "train" not in labels:
        raise Problem("history: expected train=(x, y) with it, the examples whose predicted classes it holds.")
    if found.ndim != 2 or found.shape[1] != len(labels["train"]):
        raise Problem(f"history: expected predicted classes of shape (stages, {len(labels['train'])}), one for each training example, got {found.shape}.")
    return found


def _regressor(model: Any, asked: Adapted, inputs: Any, labels: Any, answers: Any, grouped: Any, shared: Any) -> Regressor:
    parts = {}
    for split, given in answers.items():
        values, unanswered = checked_values(given, split)
        y = real(labels[split], f"labels of {split}") if split in labels else np.zeros(0)
        parts[split] = Valued(y, values, x=inputs[split], groups=grouped if split == "test" else {}, unanswered=unanswered)
    box, black = _opened(asked.box, "values")
    return Regressor(**shared, **parts, ask=lambda x: checked_values(asked.predict(x), "changed inputs")[0], refit=refitted(model, None), box=box, black=black)


def _classifier(
    model: Any, asked: Adapted, inputs: Any, labels: Any, answers: Any, grouped: Any, shared: Any, classes: Any, stages: np.ndarray | None
) -> Classifier:
    labels = {split: _classes(values, split) for split, values in labels.items()}
    named = asked.classes if asked.classes is not None else classes
    named = tuple(np.asarray(named).tolist()) if named is not None else named_by(labels, np.shape(answers["test"]))
    parts, links = {}, {}
    for split, given in answers.items():
        scores, unanswered, links[split] = checked_scores(given, len(named), split)
        y = indices(labels[split], named, split) if split in labels else np.zeros(0, int)
        parts[split] = Scored(y, scores, x=inputs[split], groups=grouped if split == "test" else {}, unanswered=unanswered)
    box, black = _opened(asked.box, links["test"])
    told = None if stages is None else indices(stages.reshape(-1), named, "history").reshape(stages.shape)
    return Classifier(
        **shared,
        **parts,
        classes=named,
        graded=asked.graded,
        history=staged(model, named, parts.get("train")) if told is None else lambda: told,
        ask=lambda x: checked_scores(asked.predict(x), len(named), "changed inputs")[0],
        refit=refitted(model, named),
        box=box,
        black=black,
    )


def _classes(labels: np.ndarray, split: str) -> np.ndarray:
    """Labels of classes; whole numbers as integers."""
    if not whole(labels):
        raise Problem(
            f"labels of {split}: expected classes, got numbers such as {labels[labels != np.round(labels)][0]}. "
            "Pass regression=True when the model predicts numbers."
        )
    return labels.astype(int) if labels.dtype.kind == "f" else labels


def _asked(predict: Callable[[Any], Any], x: Any, split: str) -> Any:
    try:
        return predict(x)
    except Problem:
        raise
    except Exception as reason:
        shape = f" of shape {np.shape(x)}" if hasattr(x, "shape") else ""
        raise Problem(f"model on {split}: it raised {type(reason).__name__} on inputs{shape}: {reason}") from reason


def _opened(box: Callable[[Link], WhiteBox] | None, link: Link) -> tuple[WhiteBox | None, str]:
    try:
        return (None, BLACK) if box is None else (box(link), "")
    except Problem as reason:
        return None, f"its weights cannot be looked at: {reason}"


def _pairs(data: dict[str, Any]) -> dict[str, Any]:
    """(inputs, labels) of each split."""
    found = {}
    for split, given in data.items():
        pair = gathered(given)
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise Problem(f"{split}: expected a pair (inputs, labels) or a loader of such batches, got {type(pair).__name__}. Write {split}=(x, y).")
        found[split] = pair
    return found


def _fewer(
    inputs: dict[str, Any], labels: dict[str, np.ndarray], grouped: dict[str, np.ndarray], limit: int | None, stages: np.ndarray | None
) -> np.ndarray | None:
    """Leaves `limit` examples of each split, drawn at random, with their labels and groups; gives the stages of the training examples that are left."""
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise Problem(f"limit: expected a whole number of examples of at least 1, got {limit!r}.")
    for name, values in grouped.items():
        same_length(f"groups[{name!r}]", labels["test"], values)
    for split, x in inputs.items():
        same_length(split, x, labels.get(split))
        if limit is None or examples_in(x) <= limit:
            continue
        at = np.sort(np.random.default_rng(0).choice(examples_in(x), limit, replace=False))
        inputs[split] = taken(x, at)
        if split in labels:
            labels[split] = labels[split][at]
        if split == "test":
            grouped.update({name: values[at] for name, values in grouped.items()})
        if split == "train" and stages is not None:
            stages = stages[:, at]
    return stages


def _seconds(predict: Callable[[Any], Any], x: Any) -> float:
    """What an answer to one example takes, when it is asked a second time: nothing is compiled any more."""
    some = taken(x, np.arange(min(examples_in(x), TIMED)))
    predict(some)
    began = time.perf_counter()
    predict(some)
    return (time.perf_counter() - began) / examples_in(some)
