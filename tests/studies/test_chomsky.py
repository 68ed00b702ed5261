"""The study of formal languages, made small: it trains, its maps are drawn; the full one is the paper's table."""

from types import SimpleNamespace

import numpy as np
import pytest

from unseen._types import over
from unseen.models.encoder import Encoder
from unseen.models.gru import GRU
from unseen.models.lstm import LSTM
from unseen.models.rnn import RNN
from unseen.models.stack_rnn import StackRNN
from unseen.models.tape_rnn import TapeRNN
from unseen.studies import chomsky
from unseen.tasks.strings.binary_multiplication import BinaryMultiplication
from unseen.tasks.strings.bucket_sort import BucketSort
from unseen.tasks.strings.even_pairs import EvenPairs
from unseen.tasks.strings.parity_check import ParityCheck
from unseen.tasks.strings.reverse_string import ReverseString
from unseen.tasks.strings.solve_equation import SolveEquation
from unseen.tasks.strings.square_root import SquareRoot


@pytest.fixture(scope="module")
def runs():
    spans = {"lengths": (1, 3), "beyond": (4, 5), "samples": 2}
    small = {
        "task": over(ParityCheck(**spans), ReverseString(**spans), name="language"),
        "model": over(RNN(4), GRU(4), name="architecture"),
        "steps": 2,
        "seeds": 1,
        "record": (chomsky.study.record[0],),
    }
    return chomsky.study.with_(small).run(jobs=0)


def test_figures(runs):
    assert runs.axes == ["language", "architecture"]
    assert set(runs.table["language"]) == {"ParityCheck", "ReverseString"}
    assert len(chomsky.figures(runs)) == 5


def test_what_is_as_forecast(runs, monkeypatch):
    """An RNN solves parity and does not reverse; a network that is not in the forecast does neither; one that does is not as forecast."""
    monkeypatch.setattr(type(runs), "values", lambda self, metric: np.array([0.95, 0.5, 0.6, 0.9]))
    assert chomsky.as_forecast(runs).tolist() == [1, 1, 1, 0]


def test_what_is_as_in_the_papers_table(runs, monkeypatch):
    """A solved language agrees where the table has it solved, also against what the hierarchy forecasts: sorting by an LSTM, equations by no network."""
    small = {"lengths": (3, 4), "beyond": (5, 6), "samples": 1}
    cells = [(BucketSort, LSTM(4)), (BucketSort, TapeRNN(4)), (SolveEquation, StackRNN(4)), (EvenPairs, Encoder(width=8)), (ParityCheck, Encoder(width=8))]
    cells += [(BucketSort, Encoder(width=8)), (BinaryMultiplication, TapeRNN(4)), (SquareRoot, TapeRNN(4))]

    recipes = [SimpleNamespace(task=task(**small), model=model) for task, model in cells]
    monkeypatch.setattr(type(runs), "__len__", lambda self: len(cells))
    monkeypatch.setattr(type(runs), "values", lambda self, metric: np.full(len(cells), 0.95))
    monkeypatch.setattr(type(runs), "cell", lambda self, index: SimpleNamespace(recipe=recipes[index]))
    assert chomsky.as_paper(runs).tolist() == [1, 0, 0, 1, 0, 1, 0, 0]
    assert chomsky.as_forecast(runs).tolist() == [0, 1, 1, 0, 0, 0, 1, 1]


def test_the_full_study_is_the_papers_table():
    whole = chomsky.study.with_(chomsky.full | {"seeds": 1})
    cells = whole.cells()
    assert len(cells) == 15 * 9
    levels = {type(cell.recipe.task): cell.recipe.task.level for cell in cells}
    assert sorted(levels.values()).count("regular") == 4
    assert sorted(levels.values()).count("deterministic context-free") == 4
    assert sorted(levels.values()).count("context-sensitive") == 7
