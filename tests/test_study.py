"""The noun Study as people use it; what it refuses is in engine/test_plan.py, how it trains in engine/test_execute.py."""

from pathlib import Path

import pytest

import tiny
from unseen import study as module
from unseen._types import Problem, over
from unseen.engine import machine
from unseen.engine.schedule import LogSpaced
from unseen.methods.fit.least_squares import LeastSquares
from unseen.methods.method import Method
from unseen.methods.update.adamw import AdamW
from unseen.models.linear import Linear
from unseen.study import Study
from unseen.tasks.linear_regression import LinearRegression
from unseen.tasks.operation_table import OperationTable


def test_defaults() -> None:
    study = Study(OperationTable(p=5), Linear())
    assert study.method == Method()
    assert study.at == LogSpaced(40)
    assert study.seed_list == [0, 1, 2]
    assert len(study.cells()) == 3
    assert study.cells()[0].steps == 1000


def test_fields_are_what_with_accepts() -> None:
    study = tiny.study(method=Method(update=AdamW(weight_decay=over(0.0, 1.0))))
    fields = study.fields()
    assert {"task.p", "model.hidden", "method.update.weight_decay", "record.0.samples", "at.n", "steps", "seeds", "select", "precision"} <= set(fields)
    assert len(fields) == len(set(fields))
    for field in fields:
        top, *rest = field.split(".")
        value = getattr(study, top)
        for name in rest:
            value = value[int(name)] if name.isdigit() else getattr(value, name)
        assert study.with_({field: value}) == study


def test_a_fit_takes_one_step() -> None:
    study = Study(LinearRegression(), Linear(), LeastSquares(), steps=500)
    assert {cell.steps for cell in study.cells()} == {1}


def test_memory_alone_or_a_folder(tmp_path: Path) -> None:
    study = tiny.study()
    kept = study.run(tmp_path / "new" / "folder", on=tiny.inline(), estimate=False)
    held = study.run(on=tiny.inline(), estimate=False)
    assert tiny.all_bits(kept) == tiny.all_bits(held)
    assert (tmp_path / "new" / "folder" / "chunks").is_dir()
    assert kept.study is study
    assert kept.folder == tmp_path / "new" / "folder"


def test_an_executor_that_is_shared_stays_open() -> None:
    class Closing(tiny.Inline):
        closed = 0

        def close(self) -> None:
            self.closed += 1

    executor = Closing()
    executor.session = tiny.inline().session
    tiny.study().run(on=executor, estimate=False)
    assert executor.closed == 0


@pytest.mark.parametrize(("accelerators", "width", "expected"), [(False, None, None), (True, None, module.ACCELERATOR_WIDTH), (True, 2, 2), (False, 3, 3)])
def test_exact_on_cpu_stacked_on_accelerators(monkeypatch: pytest.MonkeyPatch, accelerators: bool, width: int | None, expected: int | None) -> None:
    monkeypatch.setattr(machine, "accelerators", lambda: accelerators)
    seen = []

    def look(cells, mode, *_):
        seen.append(mode.width)
        raise Problem("seen enough")

    monkeypatch.setattr(module.drive, "drive", look)
    for seeds in (2, 1):
        with pytest.raises(Problem, match="seen enough"):
            tiny.study(seeds=seeds).run(jobs=0, width=width)
    assert seen == [expected, 1 if accelerators and width is None else expected]
