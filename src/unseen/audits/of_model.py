"""A model and its data as what is audited."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.adapters import BLACK, Adapted, adapted, examples_in, name_of, plain_array, taken
from unseen.audits.anew import refitted, retrained, staged
from unseen.audits.given import Given, as_far_as_possible, given
from unseen.audits.parts import Scored, Valued
from unseen.audits.scores import checked_scores, checked_values, indices, named_by, real, whole
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
    retrain: Any = None,
) -> Subject:
    """A model and its data as a `Subject`; the model is run, never changed. `columns` names the columns of inputs that are no frame.

    Labels are numbers to be predicted where `regression` is True, or is None and the model is a regressor, or neither is known and some label is not whole
    or the model gives one number for each example and there are more than two labels. What fails on training or new examples only goes on without them.

    Raises:
        Problem: naming the argument, what was expected, what came, and the remedy.
    """
    if retrain is not None and not callable(retrain):
        raise Problem(f"retrain: expected a function (inputs, labels) → model, got {retrain!r}. For example: retrain=lambda x, y: train(make_model(), x, y)")
    asked, data = adapted(model), given(test, train, new, groups, history, limit)
    found = as_far_as_possible(lambda data: _asked_all(model, asked, data, classes, columns, regression, retrain), data)
    if history is not None and isinstance(found, Regressor):
        raise Problem("history: expected it with a model that says classes, whose forgetting it tells, got it with one that says numbers. Leave it out.")
    return found


def _asked_all(model: Any, asked: Adapted, data: Given, classes: Any, columns: Sequence[str] | None, regression: bool | None, retrain: Any) -> Subject:
    """The model asked about all inputs."""
    answers = {split: _asked(asked.predict, x, split) for split, x in data.inputs.items()}
    for split, found in answers.items():
        _for_each(found, examples_in(data.inputs[split]), split)
    regression = _says_numbers(model, asked, regression, classes, data.labels, answers)
    shared: dict[str, Any] = {
        "name": name_of(model),
        "seconds": _seconds(asked.predict, data.inputs["test"]),
        "columns": tuple(map(str, getattr(data.inputs["test"], "columns", columns or ()))),
        "faults": data.faults,
        "scores": asked.predict,
        "mode": asked.mode,
        "patient": retrain is not None,
    }
    if regression:
        return replace(_regressor(asked, data, answers, shared), refit=retrained(retrain, None) if retrain else refitted(model, None))
    found = _classifier(model, asked, data, answers, shared, classes)
    return replace(found, refit=retrained(retrain, found.classes) if retrain else refitted(model, found.classes))


def _for_each(answers: Any, n: int, split: str) -> None:
    try:
        shape = np.shape(answers)
    except ValueError:  # rows of different lengths: refused where they are read
        return
    if not 1 <= len(shape) <= 2 or shape[0] != n:
        raise Problem(
            f"model on {split}: expected scores of shape ({n}, classes), one row for each example, or one number for each, got shape {shape}. "
            "Wrap it in a function that gives those."
        )


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


def _regressor(asked: Adapted, data: Given, answers: dict[str, Any], shared: dict[str, Any]) -> Regressor:
    parts = {}
    for split, said in answers.items():
        values, unanswered = checked_values(said, split)
        y = real(data.labels[split], f"labels of {split}") if split in data.labels else np.zeros(0)
        parts[split] = Valued(y, values, unanswered=unanswered, **_beside(data, split))
    box, black = _opened(asked.box, "values")
    return Regressor(**shared, **parts, ask=lambda x: checked_values(asked.predict(x), "changed inputs")[0], box=box, black=black)


def _classifier(model: Any, asked: Adapted, data: Given, answers: dict[str, Any], shared: dict[str, Any], classes: Any) -> Classifier:
    data = replace(data, labels={split: _classes(values, split) for split, values in data.labels.items()})
    named = asked.classes if asked.classes is not None else classes
    named = tuple(np.asarray(named).tolist()) if named is not None else named_by(data.labels, np.shape(answers["test"]))
    parts, links = {}, {}
    for split, said in answers.items():
        scores, unanswered, links[split] = checked_scores(said, len(named), split)
        y = np.zeros(0, int)
        if split in data.labels:
            data, at = data.of_classes(split, named)
            y, scores, unanswered = indices(data.labels[split], named, split), scores[at], None if unanswered is None else unanswered[at]
        parts[split] = Scored(y, scores, unanswered=unanswered, **_beside(data, split))
    box, black = _opened(asked.box, links["test"])
    stages = data.stages
    return Classifier(
        **shared | {"faults": data.faults},
        **parts,
        classes=named,
        graded=asked.graded,
        history=staged(model, named, parts.get("train")) if stages is None else lambda: indices(stages.reshape(-1), named, "history").reshape(stages.shape),
        ask=lambda x: checked_scores(asked.predict(x), len(named), "changed inputs")[0],
        box=box,
        black=black,
    )


def _beside(data: Given, split: str) -> dict[str, Any]:
    """What a part has beside labels and answers."""
    return {"x": data.inputs[split], "groups": data.groups if split == "test" else {}, "places": data.places.get(split)}


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
        texts = [str(name) for name in getattr(x, "columns", ()) if plain_array(x[name]).dtype.kind not in "fiub"]
        told = f" (columns {', '.join(texts[:5])} hold no numbers)" if texts else ""
        raise Problem(f"model on {split}: it raised {type(reason).__name__} on inputs{shape}{told}: {reason}") from reason


def _opened(box: Callable[[Link], WhiteBox] | None, link: Link) -> tuple[WhiteBox | None, str]:
    try:
        return (None, BLACK) if box is None else (box(link), "")
    except Problem as reason:
        return None, f"its weights cannot be looked at: {reason}"


def _seconds(predict: Callable[[Any], Any], x: Any) -> float:
    """What an answer to one example takes, when it is asked a second time: nothing is compiled any more."""
    some = taken(x, np.arange(min(examples_in(x), TIMED)))
    predict(some)
    began = time.perf_counter()
    predict(some)
    return (time.perf_counter() - began) / examples_in(some)
