"""Grokking: memorised early, generalized late.

The complete table of addition modulo 31, a part of it for training. The network fits its part within some hundred steps; what it has not seen it gets
right only later, the later the less data and the less weight decay there is, while single Fourier frequencies take over its neurons.
"""

from jaxtyping import Array, Float
from matplotlib.figure import Figure

from unseen._types import over
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.measures.fourier import FourierSpectrum
from unseen.methods.method import Method
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP, Perceptron
from unseen.models.transformer import Transformer
from unseen.study import Runs, Study
from unseen.tasks.operation_table import OperationTable

OBSERVED = {"train_fraction": 0.5, "weight_decay": 1.0}
"""The cell of the sweep that the verdict is about; it was chosen from the map, so its verdict rests on other seeds than the map."""


def neuron(network: Perceptron) -> Float[Array, "inputs 1"]:
    """The incoming weights of the first hidden neuron."""
    return network.first[:, :1]


study = Study(
    task=OperationTable("add", p=31, train_fraction=over(0.3, 0.4, 0.5, 0.7), template=("a", "b")),
    model=MLP(hidden=(128,), activation="quadratic"),
    method=Method(objective=SquaredError(), update=AdamW(learning_rate=3e-3, weight_decay=over(0.0, 0.3, 1.0, 3.0))),
    steps=2000,
    seeds=3,
    record=(Score(), FourierSpectrum(where=neuron)),
)

full = {
    "task": OperationTable("add", p=97, train_fraction=over(0.2, 0.3, 0.4, 0.5, 0.7), template=("a", "+", "b", "=")),
    "model": Transformer(depth=2, width=128, heads=4),
    "method": Method(Shuffle(batch=512), CrossEntropy(), update=AdamW(learning_rate=1e-3, weight_decay=over(0.0, 0.3, 1.0), b2=0.98)),
    "steps": 50_000,
    "seeds": 5,
    "record": (Score(), FourierSpectrum()),
}


def evidence(runs: Runs) -> dict[str, Contrast]:
    """At least half of the unseen part is learned after 99 % of the training part, and 99 % of it takes at least twice the steps of that."""
    fit, generalized = (runs.first(f"{split}_accuracy", above=0.99) for split in ("train", "test"))
    return {
        "rise after the fit": Contrast(runs.values("test_accuracy"), runs.at("test_accuracy", fit), minimal=0.5, paired=True),
        "delay": Contrast(generalized, fit, minimal=2.0, statistic="ratio", paired=True, censored_at=runs.study.steps),
    }


claim = Claim(
    study.with_(OBSERVED | {"seeds": (10, 11, 12, 13, 14)}),
    evidence,
    control={"task.operation": "random"},
    full=full | OBSERVED | {"seeds": (10, 11, 12, 13, 14)},
)
"""The control is a table of random entries: it can be fit, and there is nothing to generalize. What never generalizes is delayed without end: that stays."""


def figures(runs: Runs) -> dict[str, Figure]:
    """The curves, the phase diagram over training fraction and weight decay, and the spectrum of one neuron forming."""
    from unseen.report import figures as draw

    there = set(OBSERVED) <= set(runs.axes) and all(value in runs.table[axis].to_list() for axis, value in OBSERVED.items())
    observed = runs.where(**OBSERVED) if there else runs
    found = {draw.moments(observed): draw.curves(observed)} if there else {}
    found["Every cell of the sweep"] = draw.curves(runs)
    if len(runs.axes) > 1:
        found["Phases: the step at which 99 % of the training part, then of the unseen part, is right"] = draw.phase_diagram(runs, delay=100)
    found["The Fourier spectrum of one neuron forming"] = draw.spectrum(observed)
    return found
