"""The study of formal languages, made small: it trains, its maps are drawn; the full one is the paper's table."""

from unseen._types import over
from unseen.models.encoder import Encoder
from unseen.models.rnn import RNN
from unseen.studies import chomsky
from unseen.tasks.parity_check import ParityCheck
from unseen.tasks.reverse_string import ReverseString


def test_figures():
    spans = {"lengths": (1, 3), "beyond": (4, 5), "samples": 2}
    small = chomsky.study.with_(
        {
            "task": over(ParityCheck(**spans), ReverseString(**spans), name="language"),
            "model": over(RNN(4), Encoder(width=8, heads=2, depth=1), name="architecture"),
            "steps": 2,
            "seeds": 1,
            "record": (chomsky.study.record[0],),
        }
    )
    runs = small.run(jobs=0)
    assert runs.axes == ["language", "architecture"]
    assert set(runs.table["language"]) == {"ParityCheck", "ReverseString"}
    assert len(chomsky.figures(runs)) == 2


def test_the_full_study_is_the_papers_table():
    whole = chomsky.study.with_(chomsky.full | {"seeds": 1})
    cells = whole.cells()
    assert len(cells) == 15 * 9
    levels = {type(cell.recipe.task): cell.recipe.task.level for cell in cells}
    assert sorted(levels.values()).count("regular") == 4
    assert sorted(levels.values()).count("deterministic context-free") == 4
    assert sorted(levels.values()).count("context-sensitive") == 7
