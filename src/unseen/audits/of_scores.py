"""Scores, or predicted numbers, as arrays, as what is audited."""

from dataclasses import replace
from typing import Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.adapters import plain_array
from unseen.audits.of_model import of_model
from unseen.audits.subject import Subject


def are_scores(model: Any) -> bool:
    """Whether what is given in the place of a model are its answers: an array, a tensor, a frame, a list of numbers."""
    return isinstance(model, np.ndarray | list) or (not callable(model) and not hasattr(model, "predict") and hasattr(model, "shape"))


def of_scores(scores: Any, test: Any, *, train: Any = None, new: Any = None, **more: Any) -> Subject:
    """Answers alone as a `Subject`: `of_model` of what gives back what it is asked, of which nothing can be asked any more.

    Args:
        scores: probabilities or logits [n, classes], one score for two classes, or numbers [n].
        test: the labels [n].
        train: (scores, labels) of training examples.
        new: scores of examples without labels.
        more: as of `of_model`.

    Raises:
        Problem: naming the argument, what was expected, what came, and the remedy.
    """
    if train is not None and not (isinstance(train, tuple | list) and len(train) == 2):
        raise Problem(f"train: expected a pair (scores, labels) beside scores, got {type(train).__name__}.")
    if more.get("retrain") is not None:
        raise Problem("retrain: expected a model beside it, got scores alone. Give the model, train=(x, y) and test=(x, y).")
    known = None if train is None else (plain_array(train[0]), train[1])
    found = of_model(lambda given: given, (plain_array(scores), test), train=known, new=None if new is None else plain_array(new), **more)
    parts = {split: replace(part, x=None) for split in ("test", "train", "new") if (part := getattr(found, split)) is not None}
    return replace(found, name="predictions", ask=None, scores=None, seconds=0.0, **parts)
