"""Data as they are given, before a model is asked: what of them can be used, and what cannot and why."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Bool, Int

from unseen._problem import Problem
from unseen.audits.adapters import examples_in, gathered, plain_array, taken, unlabelled
from unseen.audits.parts import Fault
from unseen.audits.scores import column, indices, same_length

T = TypeVar("T")
SHOWN = 5
SPARED = ("train", "new")
"""What an audit can do without."""


@dataclass
class Given:
    """The data of each split.

    Attributes:
        inputs: by split, "test", "train", "new".
        labels: of the splits that have any.
        groups: of each test example, by what they are groups of.
        stages: classes that were predicted for the training examples at each stage [stages, n].
        places: where the examples stand in what was given, for splits of which some are left out.
        faults: what cannot be used.
    """

    inputs: dict[str, Any]
    labels: dict[str, np.ndarray]
    groups: dict[str, np.ndarray]
    stages: np.ndarray | None = None
    places: dict[str, Int[np.ndarray, " n"]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()

    def keep(self, split: str, at: Int[np.ndarray, " n"]) -> None:
        """Leaves the examples at some places of a split."""
        self.inputs[split] = taken(self.inputs[split], at)
        self.places[split] = self.places[split][at] if split in self.places else at
        if split in self.labels:
            self.labels[split] = self.labels[split][at]
        if split == "test":
            self.groups = {name: values[at] for name, values in self.groups.items()}
        if split == "train" and self.stages is not None:
            self.stages = self.stages[:, at]

    def without(self, split: str, reason: str) -> "Given":
        """The same without a split, of which no example can be used."""
        count = examples_in(self.inputs[split])
        return replace(
            self,
            inputs={name: x for name, x in self.inputs.items() if name != split},
            labels={name: y for name, y in self.labels.items() if name != split},
            stages=None if split == "train" else self.stages,
            faults=(*self.faults, Fault(split, count, count, reason)),
        )

    def of_classes(self, split: str, classes: tuple[Any, ...]) -> tuple["Given", Int[np.ndarray, " m"]]:
        """(The same without the examples of a split whose label is none of the classes, the places of those that are left).

        Raises:
            Problem: when none is left.
        """
        told, named = self.labels[split].tolist(), {*classes}
        known, places = np.array([label in named for label in told], bool), self.places.get(split, np.arange(len(told)))
        at, wrong = np.flatnonzero(known), np.flatnonzero(~known)
        if not len(wrong):
            return self, at
        if not len(at):
            indices(self.labels[split], classes, split)
        counts = Counter(told[i] for i in wrong)
        shown = [f"{label} ({count} of them, first example {places[told.index(label)]})" for label, count in [*counts.items()][:SHOWN]]
        fault = Fault(split, len(wrong), len(told), ", ".join(shown) + (" …" if len(counts) > SHOWN else ""), foreign=True)
        found = replace(self, inputs={**self.inputs}, labels={**self.labels}, places={**self.places}, faults=(*self.faults, fault))
        found.keep(split, at)
        return found, at


def given(test: Any, train: Any, new: Any, groups: Any, history: Any, limit: int | None) -> Given:
    """The data, checked for what can be told without a model; examples without a label are left out, then at most `limit` of each split drawn at random.

    Raises:
        Problem: naming the argument, what was expected, what came, and the remedy.
    """
    if groups is not None and not isinstance(groups, Mapping):
        raise Problem(f'groups: expected the groups of the test examples by what they are groups of, as {{"site": [...]}}, got {type(groups).__name__}.')
    data = {split: _pair(split, pair) for split, pair in {"test": test, "train": train}.items() if pair is not None}
    labels = {split: column(pair[1], f"labels of {split}") for split, pair in data.items()}
    inputs = {split: pair[0] for split, pair in data.items()} | ({"new": unlabelled(new)} if new is not None else {})
    grouped = {name: column(values, f"groups[{name!r}]") for name, values in (groups or {}).items()}
    for name, values in grouped.items():
        same_length(f"groups[{name!r}]", labels["test"], values)
    for split, x in inputs.items():
        same_length(split, x, labels.get(split))
    if not examples_in(inputs["test"]):
        raise Problem("test: expected at least one example, got none.")
    found = Given(inputs, labels, grouped, None if history is None else _stages(history, labels))
    for split in tuple(inputs):
        if split in SPARED and not examples_in(inputs[split]):
            found = found.without(split, "there are none")
        elif split in labels:
            found = _labelled(found, split)
    _limited(found, limit)
    return found


def as_far_as_possible(build: Callable[[Given], T], data: Given) -> T:
    """What is built of the data; of those without training or new examples where it is they that make it fail.

    Raises:
        Problem: when it fails without them too.
    """
    try:
        return build(data)
    except Problem as reason:
        others, spared = {}, [split for split in SPARED if split in data.inputs]
        for split in spared:
            try:
                return build(data.without(split, str(reason)))
            except Problem as other:
                others[split] = str(other)
        if len(spared) == 2:
            try:
                return build(data.without("train", str(reason)).without("new", others["train"]))
            except Problem:
                pass  # it is the test examples
        raise


def missing(labels: np.ndarray) -> Bool[np.ndarray, " n"]:
    """Which labels are none: NaN, infinite, or None."""
    if labels.dtype.kind == "f":
        return ~np.isfinite(labels)
    if labels.dtype != object:
        return np.zeros(len(labels), bool)
    return np.array([value is None or value != value or str(value) in ("<NA>", "NaT") for value in labels.tolist()], bool)


def _labelled(data: Given, split: str) -> Given:
    lost = missing(data.labels[split])
    count, n = int(lost.sum()), len(lost)
    if count == n:
        if split == "test":
            raise Problem(f"labels of test: expected some, got {data.labels[split][0]} for each of {n} examples. What has no labels goes in new=.")
        return data.without(split, "none has a label")
    if count:
        data.keep(split, np.flatnonzero(~lost))
        data.faults = (*data.faults, Fault(split, count, n, f"no label, the first of them example {int(lost.argmax())}"))
        if data.labels[split].dtype == object:
            data.labels[split] = np.array(data.labels[split].tolist())
    return data


def _limited(data: Given, limit: int | None) -> None:
    if limit is not None and (not isinstance(limit, int) or limit < 1):
        raise Problem(f"limit: expected a whole number of examples of at least 1, got {limit!r}.")
    for split, x in data.inputs.items():
        if limit is not None and examples_in(x) > limit:
            data.keep(split, np.sort(np.random.default_rng(0).choice(examples_in(x), limit, replace=False)))


def _pair(split: str, data: Any) -> Any:
    """(inputs, labels)."""
    pair = gathered(data)
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Problem(f"{split}: expected a pair (inputs, labels) or a loader of such batches, got {type(pair).__name__}. Write {split}=(x, y).")
    return pair


def _stages(history: Any, labels: dict[str, np.ndarray]) -> np.ndarray:
    """Predicted classes [stages, n] of the training examples."""
    found = plain_array(history)
    if "train" not in labels:
        raise Problem("history: expected train=(x, y) with it, the examples whose predicted classes it holds.")
    if found.ndim != 2 or found.shape[1] != len(labels["train"]):
        raise Problem(f"history: expected predicted classes of shape (stages, {len(labels['train'])}), one for each training example, got {found.shape}.")
    return found
