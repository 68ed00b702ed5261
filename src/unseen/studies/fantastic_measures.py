"""Fantastic generalization measures: which complexity of a trained network predicts how well it generalizes, and which does not.

Networks of many widths, depths, batch sizes, optimizers, learning rates, weight decays and shares of random labels, all trained to the same training loss on
real data. Each measure is judged by the order in which it puts them: along one hyperparameter at a time (Jiang et al. 2020), given pairs of
hyperparameters, and in its worst environment (Dziugaite et al. 2020).

Claim: measures of flatness predict the gap between test and training error along the hyperparameters of the first paper, norms of the weights do not, and, as
the second says, every measure has an environment in which it is wrong at least as often as a coin.
Measured: Ψ, the mean over the six hyperparameters of that paper of the granulated Kendall coefficient, averaged over a family's measures and over data sets;
one value a seed. For the worst case: the measure whose worst environment (a change of one hyperparameter, on one data set at one share of random labels)
is the least bad on all other seeds, and its sign-error in that environment on this one; a seed without a pair there that is resolved is missing.
Departs from the papers: small perceptrons on 200 digits and 150 tumours, not convolutional networks on CIFAR-10 and SVHN; trained to a cross-entropy of 0.1,
not 0.01; two values a hyperparameter, not three or more; SGD with momentum and AdamW; no dropout; random labels are an axis of neither paper: they do
not count for Ψ, but half of all networks have them. A seed also decides which examples train, and only networks of one seed are compared. Environments
average over the hyperparameters that they do not name: they are far fewer than those of the second paper, which names all. Its weights, by Hoeffding's
inequality, are kept; with so few test examples they leave mostly the environments of digits with random labels. Of the papers the abstracts were read;
formulas are those of the second's code, and of the scoring program of the competition (PGDL) that followed the first.
Would be refuted by: flatness no better than the norms, norms with Ψ of 0.1 or more, or a measure that is right more often than not in every environment.
Control: the same networks, their gaps exchanged at random.
Tried: on seed 100, tumours, then 300 digits, with 20 % random labels: Ψ of flatness about 0.2, of norms below 0.1; too few pairs whose gaps differ by
more than their test sets resolve, so 200 digits and 40 % were taken. With those, on seeds 100 to 103: flatness 0.15, norms 0.04, their difference 0.12
(0.04 to 0.20). 38 of 1024 networks did not reach the loss, most of them at the larger rate of SGD, 0.1 (the smaller was 0.02), so 0.05 and 0.01 were taken,
and half the weight decay of AdamW. The worst case counted three environments, in which path norms did not fail; so eight seeds, not six. The limits of
0.1 were set when tumours alone had been seen.
"""

import functools
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from matplotlib.figure import Figure

from unseen._types import over
from unseen.claim import Claim, Computation, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LogSpaced, Stop
from unseen.measures.complexity.conditional_information import conditional_information
from unseen.measures.complexity.generalization_measures import FAMILIES, GeneralizationMeasures
from unseen.measures.complexity.rank_agreement import granulated, kendall
from unseen.measures.complexity.sign_error import pooled, sign_errors, worst
from unseen.measures.when_fitted import WhenFitted
from unseen.methods.method import Method
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.sgd import SGD
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.corrupted import Corrupted
from unseen.tasks.images import Digits, IdxImages
from unseen.tasks.measurements import Measurements

FITTED = 0.1
"""The training cross-entropy at which every run ends."""
AXES = ("width", "depth", "batch", "optimizer", "learning rate", "weight decay")
"""The hyperparameters of the first paper that are varied here."""
FLAT, NORMS = ("flatness",), ("norms", "spectral norms")
FEWEST = 12.0
"""Effective pairs from which an environment counts, as in the second paper."""
MNIST = Path("mnist")
"""Where the full budget looks for the files of MNIST."""


def networks(widths: Iterable[int], depths: Iterable[int]) -> Any:
    """The axis of perceptrons, by hidden layers of equal width."""
    shapes = [(width,) * depth for width in widths for depth in depths]
    return over(*(MLP(hidden=shape) for shape in shapes), name="network")


def updates(rates: Iterable[tuple[float, float]], decays: Iterable[tuple[float, float]]) -> Any:
    """The axis of optimizers with their learning rates and weight decays, each given as a pair: of SGD with momentum 0.9, and of AdamW."""
    pairs = [(rate, decay) for rate in rates for decay in decays]
    sgd = [SGD(learning_rate=rate, momentum=0.9, weight_decay=decay) for (rate, _), (decay, _) in pairs]
    return over(*sgd, *(AdamW(learning_rate=rate, weight_decay=decay) for (_, rate), (_, decay) in pairs), name="update")


def method(batches: Iterable[int], update: Any) -> Method:
    """Minibatches of these sizes."""
    return Method(order=Shuffle(batch=over(*batches)), update=update)


study = Study(
    task=Corrupted(over(Digits(train_size=200, test_size=1597), Measurements(train_size=150, test_size=419), name="data"), labels=over(0.0, 0.4)),
    model=networks((32, 128), (1, 3)),
    method=method((16, 64), updates(((0.01, 1e-3), (0.05, 4e-3)), ((0.0, 0.0), (5e-4, 0.05)))),
    steps=15_000,
    seeds=8,
    record=(Score(splits=("train",)), WhenFitted((Score(splits=("test",)), GeneralizationMeasures()), below=FITTED)),
    at=LogSpaced(80),
    stop=Stop("train_loss", below=FITTED),
)

full = {
    "task": Corrupted(
        over(
            *(Digits(train_size=900, test_size=897), Measurements(train_size=250, test_size=319)),
            *([IdxImages(folder=str(MNIST), train_size=2000, test_size=8000)] if MNIST.is_dir() else []),
            name="data",
        ),
        labels=over(0.0, 0.2, 0.4),
    ),
    "model": networks((64, 256, 1024), (1, 2, 4)),
    "method": method((16, 64, 256), updates(((0.01, 5e-4), (0.03, 1.5e-3), (0.1, 5e-3)), ((0.0, 0.0), (1e-4, 0.03), (5e-4, 0.1)))),
    "steps": 100_000,
    "seeds": 5,
    "at": LogSpaced(200),
}


class Models(NamedTuple):
    """Trained networks as arrays, one place a network.

    Attributes:
        settings: their hyperparameters by name, "random labels" among them.
        data: the data set.
        seed: the seed.
        gap: test error minus training error, NaN where the training loss was not reached.
        tested: test examples.
        measures: every measure by name.
    """

    settings: dict[str, np.ndarray]
    data: np.ndarray
    seed: np.ndarray
    gap: np.ndarray
    tested: np.ndarray
    measures: dict[str, np.ndarray]

    def take(self, where: np.ndarray) -> "Models":
        """Those at these places."""
        return Models(*({name: part[where] for name, part in field.items()} if isinstance(field, dict) else field[where] for field in self))

    def parts(self) -> list["Models"]:
        """Those of each data set and seed, which alone are compared with each other."""
        places = dict.fromkeys(zip(self.data.tolist(), self.seed.tolist(), strict=True))
        return [self.take((self.data == data) & (self.seed == seed)) for data, seed in places]

    def shuffled(self) -> "Models":
        """The same with the gaps of each part exchanged at random."""
        gap, rng = self.gap.copy(), np.random.default_rng(0)
        for data, seed in dict.fromkeys(zip(self.data.tolist(), self.seed.tolist(), strict=True)):
            here = np.flatnonzero((self.data == data) & (self.seed == seed) & np.isfinite(gap))
            gap[here] = gap[rng.permutation(here)]
        return self._replace(gap=gap)


def hyperparameters(recipes: Sequence[Any]) -> dict[str, np.ndarray]:
    """What recipes of this study have set. Learning rates and weight decays are ranks among those of the same optimizer: 0 the smallest."""
    kind = np.array([type(recipe.method.update).__name__ for recipe in recipes])

    def rank(name: str) -> np.ndarray:
        value = np.array([float(getattr(recipe.method.update, name)) for recipe in recipes])
        return np.array([np.searchsorted(np.unique(value[kind == k]), v) for k, v in zip(kind, value, strict=True)])

    return {
        "width": np.array([recipe.model.hidden[0] for recipe in recipes]),
        "depth": np.array([len(recipe.model.hidden) for recipe in recipes]),
        "batch": np.array([recipe.method.order.batch for recipe in recipes]),
        "optimizer": kind,
        "learning rate": rank("learning_rate"),
        "weight decay": rank("weight_decay"),
        "random labels": np.array([float(recipe.task.labels) for recipe in recipes]),
    }


def models(runs: Runs) -> Models:
    """The networks of runs of this study."""
    cells = [runs.cell(index) for index in range(len(runs))]
    sets = [cell.recipe.task.task for cell in cells]
    return Models(
        hyperparameters([cell.recipe for cell in cells]),
        np.array([type(data).__name__ for data in sets]),
        np.array([cell.seed for cell in cells]),
        runs.values("train_accuracy") - runs.values("test_accuracy"),
        np.array([data.test_size for data in sets]),
        {name: runs.values(name) for family in FAMILIES.values() for name in family},
    )


def granulated_mean(part: Models, families: Iterable[str]) -> float:
    """Ψ of the networks of one part: ψ averaged over `AXES` and over the measures of these families."""
    names = [name for family in families for name in FAMILIES[family]]
    each = [granulated(part.measures[name], part.gap, part.settings) for name in names]
    return float(np.mean([psi[axis] for psi in each for axis in AXES]))


def errors(part: Models, name: str) -> dict:
    """The sign-errors of a measure in the environments of one part."""
    found = sign_errors(part.measures[name], part.gap, part.settings, given=["random labels"], tested=part.tested)
    return {environment._replace(given=(("data", part.data[0].item()), *environment.given)): error for environment, error in found.items()}


def most_robust(found: Models) -> list[tuple[str, float]]:
    """For each seed the measure whose worst environment on all other seeds is the least bad, and its sign-error there on this seed.

    Measure and environment are chosen without the seed that judges them: the largest or smallest of many errors would be extreme by chance alone.
    """
    seeds = np.unique(found.seed)
    by_seed = {name: [pooled(errors(part, name) for part in found.take(found.seed == seed).parts()) for seed in seeds] for name in found.measures}
    chosen = []
    for index in range(len(seeds)):
        others = {name: worst(pooled(own[:index] + own[index + 1 :]), FEWEST) for name, own in by_seed.items()}
        name, (environment, _) = min(others.items(), key=lambda item: item[1][1].rate)
        own = by_seed[name][index]
        chosen.append((name, own[environment].rate if environment in own else float("nan")))
    return chosen


def trained(lab: Any, seeds: Any, whole: bool, shuffle: bool) -> Models:
    """The networks of the study, or of the full one, with these seeds; with their gaps exchanged, for the control."""
    found = models(lab.run(study.with_((full if whole else {}) | {"seeds": seeds})))
    return found.shuffled() if shuffle else found


def evidence(found: Models) -> dict[str, Contrast]:
    """Flatness beats norms by at least 0.1 in Ψ, and reaches 0.1; norms do not; the measure that is best in the worst case is wrong as often as a coin."""
    seeds = np.unique(found.seed)

    def psi(families: tuple[str, ...]) -> np.ndarray:
        return np.array([np.mean([granulated_mean(part, families) for part in found.take(found.seed == seed).parts()]) for seed in seeds])

    flat, norms = psi(FLAT), psi(NORMS)
    wrong = np.array([rate for _, rate in most_robust(found)])
    return {
        "flatness beats norms": Contrast(flat, norms, minimal=0.1, paired=True),
        "flatness predicts": Contrast(flat, np.zeros(len(seeds)), minimal=0.1),
        "norms do not": Contrast(np.full(len(seeds), 0.1), norms, minimal=0.0),
        "every measure fails somewhere": Contrast(wrong, np.full(len(seeds), 0.5), minimal=0.0),
    }


claim = Claim(
    Computation(trained, seeds=8, whole=False, shuffle=False),
    evidence,
    control={"shuffle": True},
    full={"seeds": 5, "whole": True},
    scale="proxy: small perceptrons on small real data",
)


def row(found: Models, name: str) -> dict[str, float]:
    """What the map shows of a measure: ψ along each hyperparameter, Ψ, τ, K and 1 − 2 × sign-error in the worst environment."""
    measure, parts = found.measures[name], found.parts()
    each = [granulated(part.measures[name], part.gap, part.settings) for part in parts]
    psi = {axis: _mean([one[axis] for one in each]) for axis in found.settings}
    label = np.array([f"{data} {seed}" for data, seed in zip(found.data, found.seed, strict=True)])
    known = conditional_information(measure, found.gap, found.settings, label)
    left = [value for value in known.values() if np.isfinite(value)]
    sign = pooled(errors(part, name) for part in parts)
    enough = [error for error in sign.values() if error.size >= FEWEST]
    return psi | {
        "Ψ": _mean([psi[axis] for axis in AXES]),
        "τ": kendall(measure, found.gap, label),
        "K": min(left, default=float("nan")),
        "worst": 1 - 2 * max(error.rate for error in enough) if enough else float("nan"),
    }


def _mean(values: Iterable[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else float("nan")


def figures(runs: Runs) -> dict[str, Figure]:
    """The map of measures by hyperparameters, for all data and for each data set."""
    from unseen.report.agreement import agreement_map

    found, shown = models(runs), {}
    columns, notes = ([*AXES, "random labels"], ["Ψ", "τ", "K", "worst"]), ("granulated ψ along", "in all")
    missing = runs.study.task is full["task"] and not MNIST.is_dir()
    absent = f" MNIST is left out: there is no folder {str(MNIST)!r} here." if missing else ""
    draw = functools.partial(agreement_map, columns=columns, notes=notes)
    sets = dict.fromkeys(found.data.tolist())
    for data in [None, *sets] if len(sets) > 1 else [None]:
        some = found if data is None else found.take(found.data == data)
        table = {family: {name: row(some, name) for name in names} for family, names in FAMILIES.items()}
        left = f"{int(np.isfinite(some.gap).sum())} of {len(some.gap)} networks reached the training loss"
        what = "Does a larger measure mean a larger gap? 1: always, 0: by chance, -1: never. Worst: 1 - 2 × the sign-error in the worst environment"
        shown[f"{what}. All data; {left}.{absent}" if data is None else f"The same on {data} alone; {left}"] = draw(table)
    return shown
