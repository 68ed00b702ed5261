"""The driver: identities, chunks, estimates, what is repeated and what is not."""

import dataclasses
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import numpy as np
import pytest

import tiny
from unseen._types import Problem, over
from unseen.engine import drive, execute, machine
from unseen.engine.drive import Estimate, Progress, chunks_of, identify, spell
from unseen.engine.execute import Cost, Mode, Outcome
from unseen.engine.program import Program
from unseen.engine.schedule import Every, LinSpaced, Stop
from unseen.engine.store import Store
from unseen.engine.workers import Failure
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.models.linear import Linear
from unseen.models.mlp import MLP
from unseen.study import Study
from unseen.tasks.operation_table import OperationTable


class Quick:
    """Makes up an outcome from each identity: everything but the training is the real thing."""

    jobs = 2

    def __init__(self, cost: Cost | str = "unknown", size: int = 1) -> None:
        self.cost, self.size, self.done = cost, size, []

    def map(self, chunks) -> Iterator:
        for chunk in chunks:
            for ident, cell in chunk.cells:
                self.done.append(ident)
                rng = np.random.default_rng(int(ident[:8], 16))
                steps = np.asarray(cell.at.steps(cell.steps))
                yield chunk, Outcome(ident, "finished", steps, {"test_loss": rng.normal(size=len(steps))}, {"w": rng.normal(size=self.size)}, 0.1, 1)

    def costs(self, chunks) -> Iterator:
        yield from enumerate(self.cost for _ in chunks)

    def close(self) -> None:
        """Nothing to close."""


class Ears(Progress):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.estimates, self.told, self.closed = [], [], 0
        self.sofar = []

    def measured(self, done: int, chosen: int, sofar: Estimate) -> None:
        self.sofar.append((done, chosen, sofar))

    def estimated(self, estimate: Estimate) -> None:
        self.estimates.append(estimate)

    def finished(self, record, done: int, total: int) -> None:
        self.told.append((done, total))

    def close(self) -> None:
        self.closed += 1


EXACT = Mode()
SWEEP = tiny.study(method=Method(order=Sample(4), update=AdamW(weight_decay=over(0.0, 1.0))), seeds=3)


def ids(study, mode: Mode = EXACT) -> list[str]:
    return [ident for ident, _ in identify(study.cells(), mode)]


def test_identity_is_what_decides_the_bits() -> None:
    base = ids(tiny.study(seeds=1))[0]
    for changes in (
        {"seeds": (1,)}, {"steps": 13}, {"at": LinSpaced(5)}, {"stop": Stop("test_loss", below=0.0)}, {"precision": "float64"},
        {"model": MLP(hidden=(9,))}, {"record": (tiny.Curve(),)}, {"method": Method()},
    ):  # fmt: skip
        assert ids(tiny.study(**{"seeds": 1} | changes))[0] != base, changes
    assert ids(tiny.study(seeds=1), Mode(4))[0] != base
    assert ids(tiny.study(seeds=1), Mode(None, threads=2))[0] != base
    assert ids(tiny.study(seeds=1), Mode(None, accelerator="a card"))[0] != base
    assert ids(tiny.study(seeds=3, select="min test_loss"))[0] == base  # how a run is read is not what it is
    assert ids(tiny.study(model=over(MLP(hidden=(9,)), MLP(hidden=(8,))), seeds=1))[1] == base  # nor in which study it stands
    whole, real = (tiny.study(method=Method(order=Sample(4), update=AdamW(learning_rate=0.01, weight_decay=w)), seeds=1) for w in (1, 1.0))
    assert ids(whole) == ids(real)
    assert whole.cells()[0].signature == real.cells()[0].signature


def test_identity_is_the_same_in_another_process() -> None:
    script = "import tiny; from unseen.engine import drive; print(drive.identify(tiny.study().cells(), drive.Mode())[1][0])"
    variables = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PYTHONHASHSEED": "7"}
    found = subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True).stdout.strip()
    assert found == ids(tiny.study())[1]


@hypothesis.settings(max_examples=25)
@hypothesis.given(seeds=st.integers(1, 70), jobs=st.integers(1, 5), width=st.none() | st.integers(1, 9))
def test_chunks_hold_every_cell_once(seeds: int, jobs: int, width: int | None) -> None:
    cells = tiny.study(seeds=seeds, steps=over(3, 50, 4, name="length"), at=over(Every(2), LinSpaced(3))).cells()
    wanted = [(str(index), cell) for index, cell in enumerate(cells)]
    groups = chunks_of(wanted, Mode(width), jobs, None)
    assert sorted(int(ident) for group in groups for chunk in group for ident, _ in chunk.cells) == list(range(len(cells)))
    assert len(groups) == 6
    for group in groups:
        for chunk in group:
            assert len({(cell.signature, cell.steps, cell.at) for _, cell in chunk.cells}) == 1
            assert len(chunk.cells) <= (width or drive.LARGEST_CHUNK)
        assert width is not None or len(group) >= min(seeds, 4 * jobs)  # enough to share out
    lengths = [group[0].cells[0][1].steps for group in groups]
    assert lengths == sorted(lengths, reverse=True)


def test_only_what_is_missing_is_trained(tmp_path: Path) -> None:
    first, ears = Quick(), Ears()
    SWEEP.with_({"seeds": 2}).run(tmp_path, on=first, estimate=False, progress=ears)
    assert ears.told == [(i, 4) for i in range(1, 5)]
    assert ears.closed == 1
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "chunks").iterdir()}
    second, ears = Quick(), Ears()
    runs = SWEEP.run(tmp_path, on=second, progress=ears)
    assert sorted(first.done + second.done) == sorted(ids(SWEEP))
    assert ears.told == [(1, 2), (2, 2)]
    assert (ears.estimates[0].runs, ears.estimates[0].finished) == (2, 4)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    third = Quick()
    again = SWEEP.run(tmp_path, on=third)
    assert third.done == []
    assert again.table.equals(runs.table)
    assert tiny.all_bits(again) == tiny.all_bits(runs)
    assert runs.table["run"].to_list() == ids(SWEEP)


def test_stored_runs_are_known_under_the_axes_of_the_study_at_hand(tmp_path: Path) -> None:
    SWEEP.run(tmp_path, on=Quick())
    renamed = SWEEP.with_({"weight_decay": over(1.0, 0.0, name="decay")})
    runs = renamed.run(tmp_path, on=Quick())
    assert runs.axes == ["decay"]
    assert runs.table["decay"].to_list() == [1.0] * 3 + [0.0] * 3


def test_with_and_without_a_store_the_results_are_equal(tmp_path: Path) -> None:
    kept, held = SWEEP.run(tmp_path, on=tiny.inline(), estimate=False), SWEEP.run(on=tiny.inline(), estimate=False)
    assert tiny.all_bits(kept) == tiny.all_bits(held)
    assert kept.record(0).weights == {}
    assert held.record(0).weights.keys() == {"first", "readout"}
    assert kept.record(0).conditions["mode"] == "exact"
    assert kept.record(0).conditions["versions"]["jax"]


def test_a_store_in_use_and_an_out_that_is_a_file(tmp_path: Path) -> None:
    with Store(tmp_path / "store"), pytest.raises(Problem, match=r"another process|in use|being written"):
        SWEEP.run(tmp_path / "store", on=Quick())
    (tmp_path / "file").write_text("precious")
    with pytest.raises(Problem, match="file"):
        SWEEP.run(tmp_path / "file", on=Quick())
    assert (tmp_path / "file").read_text() == "precious"


def test_a_failing_store_keeps_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "FLUSH_SECONDS", 0.0)
    true, left = Store.write, iter([True, True])

    def write(self, records) -> None:
        if next(left, None) is None:
            raise Problem("the disk is full")
        true(self, records)

    monkeypatch.setattr(Store, "write", write)
    with pytest.raises(Problem, match="the disk is full"):
        SWEEP.run(tmp_path, on=Quick(), estimate=False)
    monkeypatch.setattr(Store, "write", true)
    executor = Quick()
    assert len(SWEEP.run(tmp_path, on=executor)) == 6
    assert len(executor.done) == 4


COST = Cost(compile_seconds=3.0, start_seconds=0.5, look_seconds=0.01, step_seconds=0.02, memory=10**6, baseline=10**8, flops=7.0, metrics=("test_loss",))


def test_estimate_by_hand() -> None:
    ears = Ears()
    study = tiny.study(model=over(*(MLP(hidden=(width,)) for width in range(1, 12))), seeds=4)  # 11 programs, 8 of which are measured
    study.run(on=Quick(COST), progress=ears)
    (found,) = ears.estimates
    assert (found.runs, found.finished, found.groups, found.measured, found.flops) == (44, 0, 11, 8, 7.0)
    assert found.seconds == pytest.approx((3 * 3.0 + 44 * (0.5 + 4 * 0.01 + 12 * 0.02)) / 2)
    assert found.memory == 2 * (10**6 + 10**8)
    assert str(found) == "44 runs in 11 compiled groups: about 22 s, 0.2 GiB"
    assert str(dataclasses.replace(found, finished=2)).startswith("44 runs (2 more are finished already) in 11")


def test_what_is_not_measured_costs_like_its_kin() -> None:
    class Two(Quick):
        def costs(self, chunks):
            dear = [type(chunk.cells[0][1].recipe.model) is Linear for chunk in chunks]
            costs = [dataclasses.replace(COST, step_seconds=1.0 if is_dear else 0.0, look_seconds=0.0, start_seconds=0.0) for is_dear in dear]
            yield from reversed(list(enumerate(costs)))

    ears = Ears()
    models = [*(MLP(hidden=(width,)) for width in range(1, 12)), *(Linear(init_scale=1.0, bias=bias) for bias in (False, True))]
    tiny.study(model=over(*models), task=over(*(OperationTable(p=p, template=("a", "b")) for p in (5, 6))), seeds=1).run(on=Two(), progress=ears)
    (found,) = ears.estimates
    assert (found.groups, found.measured) == (26, 8)
    assert found.seconds == pytest.approx((18 * 3.0 + 4 * 12 * 1.0) / 2)
    assert [(done, chosen, sofar.measured) for done, chosen, sofar in ears.sofar] == [(done, 8, done) for done in range(9)]
    (_, _, nothing), (_, _, first), *_, (_, _, last) = ears.sofar
    assert (nothing.runs, nothing.seconds, last) == (26, 0.0, found)
    assert first.seconds == pytest.approx((25 * 3.0 + 26 * 12 * 1.0) / 2)  # the last group came first, and is a dear one


def test_what_does_not_fit_is_said_before_anything_is_trained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available_memory", lambda: 10**6 - 1)
    executor = Quick(COST)
    with pytest.raises(Problem, match=r"a run needs about 0.0 GiB, 0.0 GiB are free. Use a smaller batch or model, .* Nothing was started."):
        SWEEP.run(tmp_path, on=executor)
    assert executor.done == []
    monkeypatch.setattr(machine, "available_memory", lambda: 2 * 10**6 - 1)
    with pytest.raises(Problem, match=r"2 workers need about 0.0 GiB together, 0.0 GiB are free. Use jobs=1. Nothing was started."):
        SWEEP.run(tmp_path, on=executor)
    assert executor.done == []
    monkeypatch.setattr(machine, "available_memory", lambda: 1000)
    with pytest.raises(Problem, match="Nothing was started"):
        tiny.study(seeds=(9,)).run(on=Tight())


class Tight:
    """The inline executor of all tests on a machine that is full."""

    jobs = 1
    map = staticmethod(lambda chunks: pytest.fail("it was started"))
    costs = staticmethod(lambda chunks: tiny.inline().costs(chunks))


def test_too_large_found_out_late_is_a_result_that_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(machine, "available_memory", lambda: 1000)
        runs = tiny.study(seeds=1).run(tmp_path, on=tiny.inline(), estimate=False)
    assert runs.table["status"].to_list() == ["too large"]
    assert "use a smaller batch" in runs.record().error
    assert tiny.study(seeds=1).run(tmp_path, on=tiny.inline(), estimate=False).table["status"].to_list() == ["finished"]


def test_measured_cost_is_sane() -> None:
    few, many = (cost_of(tiny.study(steps=steps, seeds=1)) for steps in (50, 50_000))
    for cost in (few, many):
        assert 0 < cost.step_seconds < 0.01
        assert 0 < cost.look_seconds < 0.1
        assert 0 < cost.start_seconds < 1
        assert 10**3 < cost.memory < 10**6
        assert cost.flops > 0
    assert isinstance(cost_of(tiny.study(model=tiny.Broken())), str)


def cost_of(study: Study) -> Cost | str:
    ((_, cost),) = tiny.inline().costs([tiny.chunk(study)])
    return cost


def test_a_long_look_is_taken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes long is not repeated, and the steps are then timed by a program that does not look."""
    asked = []
    advance = Program.advance

    def counted(program, numbers, constants, state, begin, end):
        asked.append((bool(program.metrics), end))
        return advance(program, numbers, constants, state, begin, end)

    monkeypatch.setattr(Program, "advance", counted)
    usual = cost_of(tiny.study(steps=50, seeds=1))
    assert all(looks for looks, _ in asked) and [end for _, end in asked[:6]] == [0, 0, 0, 4, 4, 4]
    asked.clear()
    monkeypatch.setattr(execute, "LONG_SECONDS", 0.0)
    cost = cost_of(tiny.study(steps=50, seeds=1))
    assert asked == [(True, 0), (False, 0), (False, 4), (False, 16), (False, 50)]
    assert cost.metrics == usual.metrics


def test_failures_are_told_and_do_not_count_as_results(tmp_path: Path) -> None:
    class Failing(Quick):
        def map(self, chunks):
            for number, (chunk, outcome) in enumerate(super().map(chunks)):
                yield chunk, Failure((outcome.id,), "crash", crashed=True) if number == 2 else outcome

    runs = SWEEP.run(tmp_path, on=Failing())
    assert runs.table["status"].value_counts(sort=True).rows() == [("finished", 5), ("crashed", 1)]
    assert np.isnan(runs.values("test_loss")).sum() == 1
    executor = Quick()
    SWEEP.run(tmp_path, on=executor)
    assert len(executor.done) == 1


def test_memory_does_not_grow_with_the_number_of_runs(tmp_path: Path) -> None:
    """Weights of 80 kB a run: in the store they are forgotten, without one they are kept."""
    script = textwrap.dedent("""
        import sys, tracemalloc, tiny
        sys.path.insert(0, sys.argv[1])
        from test_drive import Quick
        from unseen.engine import drive
        drive.FLUSH_SECONDS = 0.05
        out = sys.argv[2] or None
        tracemalloc.start()
        left = []
        for seeds in (50, 450):
            runs = tiny.study(seeds=seeds, at=tiny.LinSpaced(2)).run(out and f"{out}/{seeds}", on=Quick(size=10_000), estimate=False)
            left.append(tracemalloc.get_traced_memory()[0])
        print((left[1] - left[0]) / 400)
    """)
    variables = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    here = str(Path(__file__).parent)
    command = [sys.executable, "-c", script, here]
    kept, held = (float(subprocess.run([*command, out], env=variables, capture_output=True, text=True, check=True).stdout) for out in (str(tmp_path), ""))
    assert held > 80_000
    assert kept < 12_000  # bytes a run: its row of the table and what it was


def test_spell() -> None:
    assert [spell(seconds) for seconds in (0.4, 59.6, 3599, 3600, 90_061)] == ["0 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 1 min"]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"jobs": -1}, "jobs=-1: expected a whole number ≥ 0"),
        ({"width": 0}, "width=0: expected a whole number ≥ 1"),
        ({"threads": 0}, "threads=0: expected a whole number ≥ 1"),
        ({"on": "slurm"}, "on='slurm': expected 'ray' or nothing"),
    ],
)
def test_wrong_arguments(given: dict, match: str) -> None:
    with pytest.raises(Problem, match=match):
        tiny.study().run(**given)
