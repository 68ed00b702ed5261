"""Scores and labels as they are needed: probabilities, places among the classes, one for each example."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from unseen._problem import Problem
from unseen.audits.adapters import examples_in, plain_array
from unseen.audits.white_box import Link

REMEDY = "Correct the labels (NaN or None is none), or pass classes=[...], the names in the order of the scores; or the model gives too few."


def checked_scores(scores: Any, classes: int, split: str) -> tuple[Float[np.ndarray, "n classes"], Bool[np.ndarray, " n"] | None, Link]:
    """(Probabilities, which examples got no finite scores (None: all did), what the scores are): rows that are not distributions are taken for logits.

    Raises:
        Problem: when the shape is wrong, or no scores are finite.
    """
    found = as_numbers(scores, split)
    one = classes == 2 and (found.ndim == 1 or found.shape[1:] == (1,))
    if one:
        found = found.reshape(-1, 1)
    if found.ndim != 2 or found.shape[1] != (1 if one else classes):
        raise Problem(f"model on {split}: expected scores of shape (examples, {classes}), one for each class, got {np.shape(scores)}.")
    bad = np.atleast_1d(~np.isfinite(found).all(axis=1))
    if bad.any() and bad.all():
        raise Problem(f"model on {split}: expected finite scores, got {found[0]} for example 0 and none that are finite for any of {len(found)}.")
    fine = found[~bad]
    if one and ((fine >= 0) & (fine <= 1)).all():
        found, link = np.concatenate([1 - found, found], axis=1), "probabilities"
    elif not one and (fine >= -1e-6).all() and np.allclose(fine.sum(axis=1), 1, atol=1e-3):
        found, link = np.clip(found, 0, 1), "probabilities"
    else:
        found = np.where(bad[:, None], 0.0, found)
        found = np.concatenate([np.zeros_like(found), found], axis=1) if one else found
        found = np.exp(found - found.max(axis=1, keepdims=True))
        found, link = found / found.sum(axis=1, keepdims=True), "logits"
    if not bad.any():
        return found, None, link
    found[bad] = 1 / classes
    return found, bad, link


def as_numbers(values: Any, split: str) -> np.ndarray:
    """Scores, or numbers, as floating-point ones.

    Raises:
        Problem: text, or rows of different lengths.
    """
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError) as reason:
        raise Problem(f"model on {split}: expected numbers, got {type(values).__name__}, of which some are none: {reason}.") from reason


def indices(labels: np.ndarray, classes: tuple[Any, ...], split: str) -> Int[np.ndarray, " n"]:
    """The place of each label among the classes."""
    place = {name: index for index, name in enumerate(classes)}
    unknown = [label for label in dict.fromkeys(labels.tolist()) if label not in place]
    if unknown:
        raise Problem(f"labels of {split}: expected the model's classes {classes[:8]}, got {unknown[:5]}. {REMEDY}")
    return np.array([place[label] for label in labels.tolist()], int)


def named_by(labels: Mapping[str, np.ndarray], shape: tuple[int, ...]) -> tuple[Any, ...]:
    """The classes of a model that does not name them, by its labels and the shape of its scores: 0, 1, 2 … for whole numbers, else all labels, sorted.

    Raises:
        Problem: whole numbers of which there are as many as scores, but not 0, 1, 2 …, which seem to name the classes; other labels, as many as no scores.
    """
    count, found = (2 if len(shape) < 2 or shape[1] == 1 else shape[1]), np.unique(np.concatenate(list(labels.values())))
    if found.dtype.kind == "b":
        return False, True
    if found.dtype.kind in "iu":
        if len(found) == count and found.tolist() != [*range(count)]:
            raise Problem(f"labels: expected 0 to {count - 1}, the places of the model's {count} scores, got {found[:8].tolist()}. {REMEDY}")
        return tuple(range(count))
    if len(found) != count:
        raise Problem(f"labels: expected {count} classes, as many as the model gives scores (one score stands for two), got {found[:8].tolist()}. {REMEDY}")
    return tuple(found.tolist())


def checked_values(values: Any, split: str) -> tuple[Float[np.ndarray, " n"], Bool[np.ndarray, " n"] | None]:
    """(Predicted numbers, which examples got no finite one (None: all did), for which the mean of the others stands).

    Raises:
        Problem: when the shape is wrong, or none is finite.
    """
    found = as_numbers(values, split)
    if found.ndim not in (1, 2) or found.shape[1:] not in ((), (1,)):
        raise Problem(f"model on {split}: expected one number for each example, got shape {found.shape}. Audit one output at a time.")
    found = found.reshape(-1)
    bad = ~np.isfinite(found)
    if not bad.any():
        return found, None
    if bad.all():
        raise Problem(f"model on {split}: expected finite numbers, got {found[0]} for example 0 and none that are finite for any of {len(found)}.")
    return np.where(bad, found[~bad].mean(), found), bad


def same_length(split: str, one: Any, values: np.ndarray | None) -> None:
    """Refuses values that are not as many as a split's examples."""
    count = examples_in(one)
    if values is not None and len(values) != count:
        raise Problem(f"{split}: expected as many as there are examples, {count}, got {len(values)}.")


def column(values: Any, name: str) -> np.ndarray:
    """One value for each example."""
    try:
        found = plain_array(values)
    except ValueError as reason:
        raise Problem(f"{name}: expected one for each example, got {type(values).__name__} of unequal parts: {reason}.") from reason
    if found.ndim == 2 and found.shape[1] == 1:
        found = found[:, 0]
    if found.ndim != 1:
        raise Problem(f"{name}: expected one for each example, got shape {found.shape}. For one-hot labels take argmax(axis=1).")
    return found


def finite_labels(labels: np.ndarray, name: str) -> np.ndarray:
    """The labels, which must not be NaN or infinite where they are floating-point numbers.

    Raises:
        Problem: naming the first that is.
    """
    bad = ~np.isfinite(labels) if labels.dtype.kind == "f" else np.zeros(len(labels), bool)
    if bad.any():
        raise Problem(f"{name}: expected finite numbers, got {labels[bad][0]} for example {int(np.argmax(bad))}. Leave it out, or pass it in new=.")
    return labels


def whole(labels: np.ndarray) -> bool:
    """Whether labels can be those of classes: they are no numbers, or whole ones."""
    return labels.dtype.kind != "f" or np.array_equal(labels, np.round(labels))


def real(labels: np.ndarray, name: str) -> Float[np.ndarray, " n"]:
    """Labels as numbers.

    Raises:
        Problem: when some are none, or not finite.
    """
    try:
        found = labels.astype(float)
    except (TypeError, ValueError) as reason:
        raise Problem(f"{name}: expected numbers, got {labels[:3].tolist()}. Pass regression=False when they name classes.") from reason
    return finite_labels(found, name)
