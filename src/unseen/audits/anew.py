"""The same model trained anew: an estimator of scikit-learn by itself, any other by a function that was given for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Float

from unseen.audits.adapters import adapted, taken
from unseen.audits.reading import SkipError
from unseen.audits.scores import checked_scores, checked_values, same_length

PASSES = 20
"""Through the training examples, of what is trained anew to see what it forgets."""
WHERE = "examples, trained anew"


def refitted(model: Any, classes: tuple[Any, ...] | None) -> Callable[..., np.ndarray] | None:
    """(x, y, at) → predictions at `at` (x where it is left out) of a fresh copy of the estimator trained on x, y; None for what is no estimator.

    Predictions are one-hot, or numbers where `classes` is None.
    """
    if not (hasattr(model, "fit") and hasattr(model, "get_params")):
        return None

    def again(x: Any, y: np.ndarray, at: Any = None) -> np.ndarray:
        from sklearn.base import clone

        fresh: Any = clone(model)
        if classes is None:
            return np.asarray(fresh.fit(x, y).predict(x if at is None else at), float).reshape(-1)
        labels = np.array(classes)[y]
        predicted = np.asarray(fresh.fit(x, labels).predict(x if at is None else at))
        place = {name: index for index, name in enumerate(classes)}
        return np.eye(len(classes))[[place[label] for label in predicted.tolist()]]

    return again


def staged(model: Any, classes: tuple[Any, ...], train: Any) -> Callable[[], np.ndarray] | None:
    """() → the classes that an estimator predicted for its training examples at each stage of training [stages, n]; None where it does not tell.

    Boosting tells them itself; what learns by `partial_fit` is trained anew, one pass through all training examples a stage.
    """
    if train is None or train.x is None or not hasattr(model, "get_params"):
        return None
    place = {name: index for index, name in enumerate(classes)}

    def told(predicted: Any) -> list[int]:
        return [place[label] for label in np.asarray(predicted).tolist()]

    if hasattr(model, "staged_predict"):
        return lambda: np.array([told(predicted) for predicted in model.staged_predict(train.x)])
    if not hasattr(model, "partial_fit"):
        return None

    def again() -> np.ndarray:
        from sklearn.base import clone

        fresh: Any = clone(model)
        labels, rng, found = np.array(classes)[train.y], np.random.default_rng(0), []
        for _ in range(PASSES):
            order = rng.permutation(len(labels))
            fresh.partial_fit(taken(train.x, order), labels[order], classes=np.array(classes))
            found.append(told(fresh.predict(train.x)))
        return np.array(found)

    return again


def retrained(retrain: Callable[[Any, Any], Any], classes: tuple[Any, ...] | None) -> Callable[..., np.ndarray]:
    """(x, y, at) → answers at `at` (x where it is left out) of the model that `retrain(x, labels)` gives; the labels are a tensor where the inputs are one.

    Answers are probabilities of the classes, or numbers where `classes` is None. A function that raises, and answers that are not finite or of another
    shape, give a `SkipError` that says so.
    """

    def again(x: Any, y: np.ndarray, at: Any = None) -> np.ndarray:
        labels, at = y if classes is None else np.array(classes)[y], x if at is None else at
        try:
            fresh = adapted(retrain(x, _like(labels, x)))
            said = fresh.predict(at)
            answers, lost = checked_values(said, WHERE)[:2] if classes is None else _ordered(said, fresh.classes, classes)
            same_length(WHERE, at, answers)
        except Exception as reason:  # whatever somebody's training does
            raise SkipError(f"retrain on {len(y)} examples failed with {type(reason).__name__}: {reason}") from reason
        if lost is not None:
            raise SkipError(f"the model that retrain gave has no finite answer to {int(lost.sum())} of {len(lost)} examples.")
        return answers

    return again


def _like(labels: np.ndarray, x: Any) -> Any:
    """Labels as a tensor where the inputs are one, numbers in their type."""
    if not hasattr(x, "detach"):
        return labels
    import torch  # pyright: ignore[reportMissingImports]

    return torch.as_tensor(labels, dtype=x.dtype if labels.dtype.kind == "f" and x.is_floating_point() else None, device=x.device)


def _ordered(said: Any, told: Any, classes: tuple[Any, ...]) -> tuple[Float[np.ndarray, "n classes"], np.ndarray | None]:
    """(Probabilities in the order of `classes` of a model that says it has the classes `told`, or no more than scores; which are not finite)."""
    names = classes if told is None else tuple(np.asarray(told).tolist())
    if len(names) < 2:  # one class only: an estimator that saw no other
        return np.tile([float(name in names) for name in classes], (len(said), 1)), None
    scores, lost, _ = checked_scores(said, len(names), WHERE)
    found = np.zeros((len(scores), len(classes)))
    found[:, [classes.index(name) for name in names]] = scores
    return found, lost
