"""What is audited: predictions on known and on unseen examples, and how a model gives them."""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from unseen.audits.adapters import BLACK, plain_array, taken
from unseen.audits.reading import SkipError
from unseen.audits.white_box import WhiteBox


@dataclass(frozen=True)
class Part:
    """Examples of one split.

    Attributes:
        y: labels as class indices; empty where they are not known.
        scores: probabilities of the classes, or one-hot predictions where a model gives no more.
        x: inputs, or None where only predictions are known.
        groups: names of groups by example, by what they are groups of.
        unanswered: examples for which the model gave no finite scores: wrong, and their scores here all alike.
    """

    y: Int[np.ndarray, " n"]
    scores: Float[np.ndarray, "n classes"]
    x: Any = None
    groups: Mapping[str, np.ndarray] | None = None
    unanswered: Bool[np.ndarray, " n"] | None = None

    def __len__(self) -> int:
        return len(self.scores)

    @functools.cached_property
    def right(self) -> np.ndarray:
        """1 where the likeliest class is the label, else 0."""
        right = np.argmax(self.scores, axis=1) == self.y
        return (right if self.unanswered is None else right & ~self.unanswered).astype(float)

    @functools.cached_property
    def confidence(self) -> np.ndarray:
        """The probability of the likeliest class."""
        return np.max(self.scores, axis=1)

    @functools.cached_property
    def losses(self) -> np.ndarray:
        """-ln of the probability of the label, at most 36 (a probability of 0 counts as 2⁻⁵²)."""
        return -np.log(np.maximum(self.scores[np.arange(len(self)), self.y], np.finfo(float).eps))


class Known(NamedTuple):
    """Some examples, for what is too dear for all: inputs, labels, their places, and what they are in words."""

    x: Any
    y: Int[np.ndarray, " n"]
    at: Int[np.ndarray, " n"]
    name: str


@dataclass(frozen=True)
class Subject:
    """A model as an audit sees it.

    Attributes:
        name: what it is called.
        classes: names of the classes, in the order of the scores.
        test: unseen, labelled examples.
        train: the examples it was trained on, or None.
        new: unlabelled examples on which it will be used, or None.
        graded: whether scores are probabilities, or only say which class is predicted.
        ask: inputs → probabilities of the classes; None where only predictions are known.
        refit: (x, y, at) → scores at `at`, or on x without it, of the same model trained on x, y from scratch; None where that cannot be done.
        box: its weights, gradients and curvature; None where they cannot be had.
        black: why they cannot.
        seconds: what an answer to one example takes.
        columns: names of the columns of its inputs, where they are known.
    """

    name: str
    classes: tuple[Any, ...]
    test: Part
    train: Part | None = None
    new: Part | None = None
    graded: bool = True
    ask: Callable[[Any], np.ndarray] | None = None
    refit: Callable[..., np.ndarray] | None = None
    box: WhiteBox | None = None
    black: str = BLACK
    seconds: float = 0.0
    columns: tuple[str, ...] = ()

    def opened(self) -> WhiteBox:
        """Its weights, gradients and curvature.

        Raises:
            SkipError: where they cannot be had.
        """
        if self.box is None:
            raise SkipError(self.black)
        return self.box

    def known(self, most: int) -> Known:
        """At most so many training examples, drawn at random; test examples where no training examples are given."""
        part, name = (self.test, "unseen") if self.train is None else (self.train, "training")
        at = np.arange(len(part)) if len(part) <= most else np.sort(np.random.default_rng(0).choice(len(part), most, replace=False))
        return Known(taken(part.x, at), part.y[at], at, f"{len(at)} {name} examples")

    def unseen(self, most: int) -> Known:
        """The first test examples, at most so many."""
        at = np.arange(min(most, len(self.test)))
        return Known(taken(self.test.x, at), self.test.y[at], at, f"{len(at)} unseen examples")

    def neighbours(self, count: int, most: int) -> tuple[Float[np.ndarray, "n count"], Int[np.ndarray, "n count"]]:
        """Of each test example the distances to its nearest training examples among `known(most)`, and their labels; entries in units of their deviation there.

        Raises:
            SkipError: where inputs are not known, or are no finite numbers.
        """
        if self.train is None or self.train.x is None or self.test.x is None:
            raise SkipError("inputs of training and test examples are needed: pass train=(x, y) and test=(x, y).")
        from sklearn.neighbors import NearestNeighbors

        x, y, *_ = self.known(most)
        known, test = numbers(x), numbers(self.test.x)
        centre, scale = known.mean(axis=0), known.std(axis=0)
        scale[scale == 0] = 1
        distance, place = NearestNeighbors(n_neighbors=count).fit((known - centre) / scale).kneighbors((test - centre) / scale)
        return distance, y[place]


def numbers(x: Any) -> Float[np.ndarray, "n width"]:
    """Inputs as rows of finite numbers.

    Raises:
        SkipError: where they are none.
    """
    try:
        found = plain_array(x).astype(float)
    except (TypeError, ValueError) as reason:
        raise SkipError("inputs are not all numbers, so that distances mean nothing: encode them, or audit the last step of a pipeline.") from reason
    found = found.reshape(len(found), -1)
    if not np.isfinite(found).all():
        raise SkipError("some inputs are not finite, so that distances cannot be had: impute them, or audit the last step of a pipeline.")
    return found
