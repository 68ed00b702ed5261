"""Neural networks and the Chomsky hierarchy: which architecture generalizes to unseen lengths on which class of language.

Networks learn to transduce short strings and are tested on longer ones than any seen. One language of each level at the quick budget: parity (regular),
reversal (deterministic context-free), duplication (context-sensitive); the fifteen of the paper at the full one.
"""

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from unseen._types import over
from unseen.engine.probe import Score
from unseen.engine.schedule import Every
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.models.encoder import Encoder
from unseen.models.lstm import LSTM
from unseen.models.model import Model
from unseen.models.rnn import RNN
from unseen.models.stack_rnn import StackRNN
from unseen.models.tape_rnn import TapeRNN
from unseen.study import Runs, Study
from unseen.tasks.strings._transduction import Transduction
from unseen.tasks.strings.binary_addition import BinaryAddition
from unseen.tasks.strings.binary_multiplication import BinaryMultiplication
from unseen.tasks.strings.bucket_sort import BucketSort
from unseen.tasks.strings.cycle_navigation import CycleNavigation
from unseen.tasks.strings.duplicate_string import DuplicateString
from unseen.tasks.strings.even_pairs import EvenPairs
from unseen.tasks.strings.missing_duplicate import MissingDuplicate
from unseen.tasks.strings.modular_arithmetic import ModularArithmetic
from unseen.tasks.strings.modular_arithmetic_brackets import ModularArithmeticBrackets
from unseen.tasks.strings.odds_first import OddsFirst
from unseen.tasks.strings.parity_check import ParityCheck
from unseen.tasks.strings.reverse_string import ReverseString
from unseen.tasks.strings.solve_equation import SolveEquation
from unseen.tasks.strings.square_root import SquareRoot
from unseen.tasks.strings.stack_manipulation import StackManipulation

SOLVED = 0.9
"""The score from which the paper calls a language solved."""

FORECAST = {"regular": (RNN, LSTM, StackRNN, TapeRNN), "deterministic context-free": (StackRNN, TapeRNN), "context-sensitive": (TapeRNN,)}
"""Which networks generalize on the languages of each level, as the paper sums it up (its own table has exceptions, such as sorting by counting)."""

PAPER = {
    EvenPairs: (*FORECAST["regular"], Encoder),
    SolveEquation: (),
    BinaryMultiplication: (),
    SquareRoot: (),
    BucketSort: (LSTM, Encoder),
}
"""Where the paper's table 2 differs from its summary: the networks that solved these languages.

The numbers of six languages (modular arithmetic, parity, stacks, reversal, duplication, odds first) are quoted by later texts, and agree, as does what they
say of the tape on four context-sensitive ones; the rest is recalled, as the paper's own table was not at hand: check before quoting.
"""

FIFTEEN = (
    *(EvenPairs, ModularArithmetic, ParityCheck, CycleNavigation),
    *(StackManipulation, ReverseString, ModularArithmeticBrackets, SolveEquation),
    *(DuplicateString, MissingDuplicate, OddsFirst, BinaryAddition, BinaryMultiplication, SquareRoot, BucketSort),
)

SPANS = {"lengths": (1, 16), "beyond": (17, 48), "samples": 16}

study = Study(
    task=over(ParityCheck(**SPANS), ReverseString(**SPANS), DuplicateString(**SPANS), name="language"),
    model=over(RNN(64), LSTM(64), StackRNN(64, size=None), TapeRNN(64, size=64), Encoder("relative", width=32, heads=4, depth=2), name="architecture"),
    method=Method(order=Sample(128), update=Clipped(AdamW(learning_rate=3e-3, weight_decay=0.0))),
    steps=3000,
    seeds=2,
    record=(Score(splits=("test", "longer"), by="length", values=tuple(range(1, 49))),),
    at=Every(1000),
)

full = {
    "task": over(*(kind(lengths=(kind.shortest, 40), beyond=(41, 500), samples=64) for kind in FIFTEEN), name="language"),
    "model": over(
        *(RNN(256), LSTM(256), StackRNN(256, size=None), TapeRNN(256, size=1024)),
        *(Encoder(positions, depth=5) for positions in ("none", "sinusoidal", "rotary", "alibi", "relative")),
        name="architecture",
    ),
    "method": Method(order=Sample(128), update=Clipped(AdamW(learning_rate=5e-4, weight_decay=0.0))),
    "steps": 1_000_000,
    "seeds": 10,
    "record": (Score(splits=("test", "longer"), by="length", values=tuple(range(1, 501)), chunk=16),),  # a long string takes an encoder 0.2 GiB
    "at": Every(100_000),
}


def as_forecast(runs: Runs) -> Float[np.ndarray, " runs"]:
    """For each run 1 where the language is solved, or not, as the hierarchy forecasts, else 0."""
    return _as_told(runs, {kind: FORECAST[kind.level] for kind in FIFTEEN})


def as_paper(runs: Runs) -> Float[np.ndarray, " runs"]:
    """For each run 1 where the language is solved, or not, as in table 2 of the paper (for transformers: by the best of its positions), else 0."""
    return _as_told(runs, {kind: PAPER.get(kind, FORECAST[kind.level]) for kind in FIFTEEN})


def _as_told(runs: Runs, told: dict[type[Transduction], tuple[type[Model], ...]]) -> Float[np.ndarray, " runs"]:
    solved = runs.values("longer_accuracy") >= SOLVED
    recipes = [runs.cell(index).recipe for index in range(len(runs))]
    return (solved == np.array([isinstance(recipe.model, told[type(recipe.task)]) for recipe in recipes])).astype(float)


def figures(runs: Runs) -> dict[str, Figure]:
    """The paper's table as a map: accuracy at unseen lengths, at the lengths that were trained on, and where this is what the hierarchy forecasts."""
    from unseen.report import figures as draw

    found = {
        f"Accuracy at lengths never seen (from {SOLVED:.0%} on the paper calls a language solved)": draw.heatmap(runs, "longer_accuracy", intervals=True),
        "Accuracy at the training lengths: what is low here was not learned at all": draw.heatmap(runs, "test_accuracy"),
    }
    names = "; ".join(f"{level}: {', '.join(kind.__name__ for kind in kinds)}" for level, kinds in FORECAST.items())
    found[f"Solved or not as the hierarchy forecasts (1), or otherwise (0). Forecast to be solved: {names}"] = draw.heatmap(
        runs, as_forecast(runs), limits=(0.0, 1.0)
    )
    found["Solved or not as in table 2 of the paper, as it is recalled here (1), or otherwise (0)"] = draw.heatmap(runs, as_paper(runs), limits=(0.0, 1.0))
    found["Accuracy at each length: every run thin, the median over seeds thick"] = draw.profile(runs, border=runs.cell().recipe.task.lengths[1])
    return found
