"""What is audited: predictions on known and on unseen examples, and how a model gives them."""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Float, Int

from unseen.audits.adapters import BLACK, plain_array, taken
from unseen.audits.modes import InTraining
from unseen.audits.parts import Fault, Part, Scored, Valued
from unseen.audits.reading import SkipError
from unseen.audits.white_box import WhiteBox

P = TypeVar("P", bound=Part)
TRIED = 200
NAMES = {"test": "unseen", "train": "training", "new": "new"}
"""What the examples of a split are called."""
ABSENT = {
    "train": "no training examples were given: pass train=(x, y).",
    "new": "no unlabelled examples were given: pass new=x, inputs from where the model will be used.",
}


class Known(NamedTuple):
    """Some examples, for what is too dear for all: inputs, labels, their places, and what they are in words."""

    x: Any
    y: np.ndarray
    at: Int[np.ndarray, " n"]
    name: str


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A model as an audit sees it.

    Attributes:
        name: what it is called.
        test: unseen, labelled examples.
        train: the examples it was trained on, or None.
        new: unlabelled examples on which it will be used, or None.
        ask: inputs → its answers, as they are kept in a part; None where only predictions are known.
        scores: inputs → what the model itself gives for them, before anything is made of it; None where only predictions are known.
        refit: (x, y, at) → answers at `at`, or on x without it, of the same model trained on x, y from scratch; None where that cannot be done.
        patient: whether `refit` is of a function that was given for it, which is called however long it takes.
        box: its weights, gradients and curvature; None where they cannot be had.
        black: why they cannot.
        seconds: what an answer to one example takes.
        columns: names of the columns of its inputs, where they are known.
        faults: what of the data cannot be used.
        mode: what of the model was in training mode, in the place of which evaluation mode is audited; None where nothing was.
    """

    name: str
    test: Part
    train: Part | None = None
    new: Part | None = None
    ask: Callable[[Any], np.ndarray] | None = None
    scores: Callable[[Any], Any] | None = None
    refit: Callable[..., np.ndarray] | None = None
    patient: bool = False
    box: WhiteBox | None = None
    black: str = BLACK
    seconds: float = 0.0
    columns: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    mode: InTraining | None = None

    @property
    def kind(self) -> str:
        """The folder of the checks for its kind of answers."""
        raise NotImplementedError

    @property
    def overall(self) -> float:
        """How good its answers to unseen examples are, in one number."""
        raise NotImplementedError

    def about(self) -> str:
        """What it answers, in a few words."""
        raise NotImplementedError

    def labelled(self, y: Any) -> str:
        """A label as it is printed."""
        raise NotImplementedError

    def opened(self) -> WhiteBox:
        """Its weights, gradients and curvature.

        Raises:
            SkipError: where they cannot be had.
        """
        if self.box is None:
            raise SkipError(self.black)
        return self.box

    def needed(self, split: str, part: P | None) -> P:
        """The part, of "train" or "new".

        Raises:
            SkipError: where there is none.
        """
        if part is None:
            lost = [fault.reason for fault in self.faults if fault.split == split and fault.lost == fault.of]
            raise SkipError(f"no {NAMES[split]} example can be used: {lost[0].removesuffix('.')}." if lost else ABSENT[split])
        return part

    def inputs(self) -> tuple[Any, Any]:
        """Of training examples, and of unseen ones.

        Raises:
            SkipError: where they are not known.
        """
        train = self.needed("train", self.train)
        if train.x is None or self.test.x is None:
            raise SkipError("inputs of training and test examples are needed: give the model, train=(x, y) and test=(x, y), not predictions alone.")
        return train.x, self.test.x

    def known(self, most: int) -> Known:
        """At most so many training examples that it answers, drawn at random; test examples where no training examples are given."""
        part, name = (self.test, NAMES["test"]) if self.train is None else (self.train, NAMES["train"])
        at = np.arange(len(part)) if part.unanswered is None else np.flatnonzero(~part.unanswered)
        at = at if len(at) <= most else np.sort(np.random.default_rng(0).choice(at, most, replace=False))
        return Known(taken(part.x, at), part.y[at], at, f"{len(at)} {name} examples")

    def unseen(self, most: int) -> Known:
        """The first test examples, at most so many."""
        at = np.arange(min(most, len(self.test)))
        return Known(taken(self.test.x, at), self.test.y[at], at, f"{len(at)} unseen examples")

    def anew(self) -> Callable[..., np.ndarray]:
        """`refit`, where it and the training examples are known.

        Raises:
            SkipError: where they are not.
        """
        if self.refit is None:
            raise SkipError(
                "it cannot be trained anew from here: beside the model pass retrain=, a function (inputs, labels) → model; scikit-learn estimators need none."
            )
        self.needed("train", self.train)
        return self.refit

    @functools.cached_property
    def training_seconds(self) -> float:
        """What training it anew on one example takes, told from one training on at most `TRIED` of them; 0 where it cannot be trained anew."""
        if self.refit is None or self.train is None or self.train.x is None:
            return 0.0
        x, y, at, _ = self.known(TRIED)
        if len(np.unique(y)) < 2:
            return 0.0
        began = time.perf_counter()
        try:
            self.refit(x, y)
        except Exception:  # whoever trains it for a reading says why that failed
            return 0.0
        return (time.perf_counter() - began) / len(at)

    def trained_anew(self, times: float, most: int) -> float:
        """Seconds for training it anew so often, on at most so many of its training examples."""
        return self.training_seconds * times * min(most, len(self.train or ()))

    def neighbours(self, count: int, most: int) -> tuple[Float[np.ndarray, "n count"], np.ndarray]:
        """Of each test example the distances to its nearest training examples among `known(most)`, and their labels; entries in units of their deviation there.

        Raises:
            SkipError: where inputs are not known, or are no finite numbers.
        """
        unseen = self.inputs()[1]
        x, y, *_ = self.known(most)
        distance, place = nearest(x, unseen, count)
        return distance, y[place]


@dataclass(frozen=True, kw_only=True)
class Classifier(Subject):
    """A model that says which class.

    Attributes:
        classes: names of the classes, in the order of the scores.
        graded: whether scores are probabilities, or only say which class is predicted.
        history: gives the classes that were predicted for the training examples at each stage of training [stages, n]; None where they are not known.
    """

    test: Scored
    train: Scored | None = None
    new: Scored | None = None
    classes: tuple[Any, ...]
    graded: bool = True
    history: Callable[[], Int[np.ndarray, "stages n"]] | None = None

    @property
    def kind(self) -> str:
        return "classes"

    @property
    def overall(self) -> float:
        return float(self.test.right.mean())

    def about(self) -> str:
        return f"{len(self.classes)} classes"

    def labelled(self, y: Any) -> str:
        return str(self.classes[y])


@dataclass(frozen=True, kw_only=True)
class Regressor(Subject):
    """A model that says a number; `seen` is the mean label of its training examples, of the unseen ones where no training examples are given."""

    test: Valued
    train: Valued | None = None
    new: Valued | None = None

    @property
    def kind(self) -> str:
        return "numbers"

    @property
    def overall(self) -> float:
        return float(np.sqrt(self.test.squares.mean()))

    @property
    def seen(self) -> float:
        """The best constant answer that was to be had before the unseen examples, where training examples are given: their mean label."""
        return float((self.test if self.train is None else self.train).y.mean())

    def about(self) -> str:
        return f"numbers from {self.test.y.min():.4g} to {self.test.y.max():.4g}"

    def labelled(self, y: Any) -> str:
        return f"{y:.4g}"


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


def nearest(known: Any, asked: Any, count: int) -> tuple[Float[np.ndarray, "n count"], Int[np.ndarray, "n count"]]:
    """Of each of `asked` the distances to its nearest among `known`, and their places there; entries in units of their deviation among `known`.

    Raises:
        SkipError: where inputs are no finite numbers.
    """
    from sklearn.neighbors import NearestNeighbors

    known, asked = numbers(known), numbers(asked)
    centre, scale = known.mean(axis=0), known.std(axis=0)
    scale[scale == 0] = 1
    return NearestNeighbors(n_neighbors=count).fit((known - centre) / scale).kneighbors((asked - centre) / scale)
