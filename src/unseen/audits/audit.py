"""The audit: every check that applies to a model, in one report."""

import importlib
import pkgutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from unseen._problem import Problem
from unseen._text import short
from unseen.audits import checks
from unseen.audits.of_model import of_model
from unseen.audits.of_scores import are_scores, of_scores
from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Classifier, Subject
from unseen.engine.machine import whole_products

NAMED = 5
ORDER = {"attention": 0, "fact": 1, "fine": 2}
FIRST = {"mode", "unusable", "unanswered", "overlap", "parity"}
"""The checks on which it hangs what the others are worth."""


@dataclass(frozen=True)
class Audit:
    """What an audit found. It shows itself in a notebook; `unseen.report.audit.write_audit_report(audit, folder)` writes it as one HTML file.

    Attributes:
        subject: what was audited.
        readings: what the checks say, by check; those that ask for attention first.
        skipped: the checks that do not apply, and why.
        seconds: what each check took.
    """

    subject: Subject
    readings: Mapping[str, Sequence[Reading]]
    skipped: Mapping[str, str]
    seconds: Mapping[str, float]

    def sorted(self) -> list[Reading]:
        """All readings: what asks for attention, then facts, then what is fine; of each first that on which it hangs what the others are worth."""
        every = [(ORDER[one.level], name not in FIRST, one) for name, found in self.readings.items() for one in found]
        return [one for *_, one in sorted(every, key=lambda item: item[:2])]

    def summary(self) -> str:
        """What matters first, in a few sentences: how good it is, the gap, how much asks for attention."""
        first = [found[0].sentence for name in ("accuracy", "error", "gap") if (found := self.readings.get(name))]
        every = self.sorted()
        urgent = [one.name for one in every if one.level == "attention"]
        more = "" if len(urgent) <= NAMED else "; and more"
        first.append(f"{len(urgent) or 'None'} of {len(every)} readings ask{'s' if len(urgent) == 1 else ''} for attention")
        return " ".join(first) + (f": {'; '.join(urgent[:NAMED])}{more}." if urgent else ".")

    def left_out(self) -> dict[str, list[str]]:
        """The checks that do not apply, by the reason."""
        found: dict[str, list[str]] = {}
        for name, reason in self.skipped.items():
            found.setdefault(reason, []).append(name)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        classes = {"classes": len(self.subject.classes)} if isinstance(self.subject, Classifier) else {}
        facts = {"model": self.subject.name, "answers": self.subject.kind, **classes, "test": len(self.subject.test)}
        return facts | {"summary": self.summary(), "readings": [one.to_dict() for one in self.sorted()], "skipped": dict(self.skipped)}

    def __str__(self) -> str:
        lines = [f"{'!' if one.level == 'attention' else ' '} {one.name}: {told(one)}. {one.sentence}" for one in self.sorted()]
        return "\n".join([f"Audit of {self.subject.name} on {len(self.subject.test)} unseen examples", self.summary(), *lines])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def told(reading: Reading) -> str:
    """The number with its interval, as it is printed."""
    low, high = reading.interval
    return short(reading.value) + (" (exact)" if reading.exact else f" ({short(low)} to {short(high)})" if low == low else "")


@whole_products()
def audit(
    model: Any,
    train: Any = None,
    test: Any = None,
    *,
    new: Any = None,
    groups: Mapping[str, Any] | None = None,
    classes: Any = None,
    regression: bool | None = None,
    history: Any = None,
    retrain: Callable[[Any, Any], Any] | None = None,
    limit: int | None = None,
    within: float | None = None,
    progress: Callable[[str], None] | None = None,
) -> Audit:
    """How well a model generalizes, how sure that is, and what it rests on.

    The model is run on the data and never changed: a fitted scikit-learn estimator or pipeline, a PyTorch module in evaluation mode, an Equinox module on
    one example, a pair (apply, params) with `apply(params, batch)` in JAX, or any function from a batch of inputs to scores [batch, classes],
    probabilities or logits, or to numbers [batch]. What is written in PyTorch or JAX is looked into: weights, gradients, curvature. In the place of a
    model may stand what it answered, scores [n, classes] or numbers [n], with test=labels and train=(scores, labels).

    Args:
        model: the model.
        train: (inputs, labels) that it was trained on; without them what rests on the comparison is skipped.
        test: (inputs, labels) that it has not seen: arrays, tensors, frames; or a PyTorch loader or dataset of them. Always needed.
        new: inputs without labels, where it will be used: how well it does there is estimated.
        groups: for each test example the name of its group, by what they are groups of, as {"site": [...]}.
        classes: the names of the classes in the order of the scores, where the model does not know them; by default 0, 1, 2 … for whole-numbered labels,
            else all labels, sorted.
        regression: whether it predicts numbers, not classes; by default what scikit-learn says of the model, else what labels and answers look like.
        history: the classes that it predicted for the training examples at each stage of its training [stages, n], where those were kept: what it forgot.
        retrain: (inputs, labels) → a model of the same kind, trained from scratch on some of the training examples; what needs such models is read then, for
            whatever `model` is: M(shuffled labels), the share of n shuffled labels that it learns by heart, and of each example i the memorisation score
            P(right on i | trained with i) − P(right on i | trained without i). Inputs are rows of those in `train`; labels are an array, or a tensor where the
            inputs are one. It is timed by a first call on at most 200 examples, and called 8 to 26 times in all; one that raises, or gives a model whose
            answers are not finite, is told in `skipped`. Scikit-learn estimators need none: a clone of them is fitted.
        limit: at most so many examples of each kind, drawn at random.
        within: seconds, estimating the cost among them; checks run in order of their estimated cost, and those that would take longer are skipped.
        progress: told what it will cost before it starts.

    Raises:
        Problem: naming the argument, what was expected, what came, and the remedy.

    >>> from sklearn.datasets import load_iris
    >>> from sklearn.linear_model import LogisticRegression
    >>> x, y = load_iris(return_X_y=True)
    >>> found = audit(LogisticRegression(max_iter=500).fit(x[::2], y[::2]), train=(x[::2], y[::2]), test=(x[1::2], y[1::2]))
    >>> found.readings["accuracy"][0].value > 0.9
    True

    A model of any other kind, with what trains it (here a plain function, the nearest class mean):

    >>> def nearest_mean(x, y):
    ...     means = np.stack([x[y == one].mean(axis=0) for one in range(3)])
    ...     return lambda x: -np.square(x[:, None] - means).sum(axis=2)
    >>> found = audit(nearest_mean(x[::2], y[::2]), (x[::2], y[::2]), (x[1::2], y[1::2]), retrain=nearest_mean)
    >>> found.readings["capacity"][0].value < 0.7, found.readings["memorised"][0].value < 0.1
    (True, True)
    """
    if test is None:
        raise Problem(
            "test: expected (inputs, labels) that the model has not seen, got none. Write audit(model, train, test), or audit(model, test=(x, y)) "
            "where no training examples are at hand."
        )
    made = of_scores if are_scores(model) else of_model
    subject = made(model, test, train=train, new=new, groups=groups, classes=classes, limit=limit, regression=regression, history=history, retrain=retrain)
    return audited(subject, within, progress)


def estimated(subject: Subject) -> dict[str, float]:
    """Seconds that each check will take, about, the cheapest first; from what an answer of the model took: checks that only look at answers count 0."""
    found = {}
    for name, check in checks_for(subject).items():
        found[name] = float(check.cost(subject)) if hasattr(check, "cost") else 0.0
    return dict(sorted(found.items(), key=lambda item: (item[1], item[0])))


def checks_for(subject: Subject) -> dict[str, ModuleType]:
    """The checks of any model and those of its kind of answers, by name."""
    found = {}
    for package in (checks.__name__, f"{checks.__name__}.{subject.kind}"):
        for info in pkgutil.iter_modules(importlib.import_module(package).__path__):
            if not info.ispkg:
                found[info.name] = importlib.import_module(f"{package}.{info.name}")
    return found


@whole_products()
def audited(subject: Subject, within: float | None = None, progress: Callable[[str], None] | None = None) -> Audit:
    """Every check on a subject. A check that fails is skipped with its reason; the others still run. Ctrl-C ends it with what is finished.

    Raises:
        Problem: `within` that is no number above 0.
    """
    if within is not None and not within > 0:
        raise Problem(f"within: expected seconds above 0, got {within!r}.")
    started = time.perf_counter()
    costs = estimated(subject)
    if progress is not None:
        progress(_told_before(subject, costs))
    readings, skipped, seconds, known = {}, {}, {}, checks_for(subject)
    for name, cost in costs.items():
        check = known[name]
        began = time.perf_counter()
        left = float("inf") if within is None else within - (began - started)
        try:
            if left < cost or left <= 0:
                raise SkipError(f"it would take about {cost:.0f} s, and {max(left, 0):.0f} s of the {within:g} s were left.")
            readings[name] = list(check.read(subject))
        except KeyboardInterrupt:  # what is finished is kept
            skipped |= {left: "it was interrupted." for left in costs if left not in readings and left not in skipped}
            break
        except SkipError as reason:
            skipped[name] = str(reason)
        except Problem as reason:
            skipped[name] = f"it failed: {reason}"
        except Exception as reason:  # a check that breaks on somebody's data must not take the others with it
            skipped[name] = f"it failed with {type(reason).__name__}: {reason}"
        seconds[name] = time.perf_counter() - began
    return Audit(subject, readings, skipped, seconds)


def _told_before(subject: Subject, costs: Mapping[str, float]) -> str:
    """Cost and memory in a line, before anything starts."""
    told = f"{len(costs)} checks, about {max(1.0, 3 + sum(costs.values())):.0f} s"
    return told if subject.box is None else f"{told} and at most {subject.box.memory() / 2**30:.1f} GiB for its {subject.box.size:,} weights"
