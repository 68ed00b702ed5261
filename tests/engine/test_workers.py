"""Worker processes: components that raise, workers that die, drivers that are interrupted or killed."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

import tiny
from unseen._types import Problem, over
from unseen.engine import workers
from unseen.engine.drive import Progress
from unseen.engine.schedule import Stop
from unseen.engine.store import Store
from unseen.engine.workers import Failure, Inline, Pool
from unseen.models.mlp import MLP
from unseen.tasks.operation_table import OperationTable


@pytest.mark.parametrize("executor", [tiny.inline, lambda: tiny.pool(2)], ids=["inline", "pool"])
def test_a_component_that_raises(tmp_path: Path, executor) -> None:
    study = tiny.study(model=over(MLP(hidden=(8,)), tiny.Broken(hidden=(8,))))
    with pytest.raises(Problem) as caught:
        study.run(tmp_path, on=executor())
    text = str(caught.value)
    assert text.startswith(f"2 runs could not be trained; 2 of 4 runs are finished and kept in {tmp_path}. The first error:\nTraceback")
    assert 'raise RuntimeError("broken on purpose")' in text
    assert text.endswith("RuntimeError: broken on purpose")  # and nothing of what JAX adds, nor the frames of the engine
    assert str(Path(workers.__file__).parent) not in text
    assert text.count("\n") < 8
    with Store(tmp_path, read_only=True) as store:
        assert len(store.ids()) == 2
    runs = study.with_({"model": MLP(hidden=(8,))}).run(tmp_path, on=executor())
    assert len(runs) == 2
    with Store(tmp_path, read_only=True) as store:
        assert len(store.ids()) == 2


def test_a_mistake_found_late_is_told_without_a_traceback() -> None:
    with pytest.raises(Problem) as caught:
        tiny.study(stop=Stop("tset_loss", below=1.0)).run(on=tiny.inline(), estimate=False)
    assert "unknown metric in stop= 'tset_loss'. Did you mean 'test_loss'" in str(caught.value)
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize("where", ["inline", "pool"])
def test_a_cell_that_fails_in_a_compiled_group_harms_no_other(tmp_path: Path, where: str) -> None:
    """The group compiles; one run of its chunk raises later (a host callback does); the others of the chunk are trained and kept."""
    study = tiny.study(seeds=6, record=(tiny.Fragile(seed=3),))
    on = tiny.inline() if where == "inline" else tiny.pool(1)
    with pytest.raises(Problem, match=r"(?s)1 runs could not be trained; 5 of 6 runs are finished and kept.*it broke on purpose"):
        study.run(tmp_path, on=on, estimate=False)
    with Store(tmp_path, read_only=True) as store:
        assert len(store.ids()) == 5


def test_the_metric_of_select_is_known_before_anything_is_trained() -> None:
    seen: list = []

    class Ears(Progress):
        def finished(self, record, done, total) -> None:
            seen.append(record)

    with pytest.raises(Problem, match=r"unknown metric in select= 'tset_loss'. Did you mean 'test_loss'"):
        tiny.study(select="min tset_loss").run(on=tiny.inline(), progress=Ears())
    assert seen == []


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    healthy = tiny.study(seeds=3)
    deadly = healthy.with_({"task": tiny.Deadly(p=5, template=("a", "b"), flag=str(tmp_path / "flag"), spare=os.getpid())})
    runs = deadly.run(tmp_path / "store", on=tiny.pool(2), estimate=False)
    assert runs.table["status"].to_list() == ["finished"] * 3
    assert sorted(runs.record(i).attempts for i in range(3)) == [1, 1, 2]
    expected = healthy.run(on=tiny.inline(), estimate=False)
    assert [runs.record(i).metrics["test_loss"].tobytes() for i in range(3)] == [expected.record(i).metrics["test_loss"].tobytes() for i in range(3)]


def test_a_run_that_always_kills_its_worker_harms_no_other(tmp_path: Path) -> None:
    seen: list[Failure] = []

    class Ears(Progress):
        def failed(self, failure: Failure) -> None:
            seen.append(failure)

    kind = {"p": 5, "template": ("a", "b")}
    study = tiny.study(task=over(OperationTable(**kind), tiny.Deadly(**kind, spare=os.getpid())), seeds=(0,))
    runs = study.run(tmp_path, on=tiny.pool(2), estimate=False, progress=Ears())
    assert runs.table["status"].to_list() == ["finished", "crashed"]
    assert runs.record(1).error == "its worker process ended 3 times: killed by signal SIGKILL (out of memory?)"
    assert [failure.crashed for failure in seen] == [True]
    with pytest.raises(Problem, match="has no weights: it is crashed"):
        runs.weights(1)
    with Store(tmp_path, read_only=True) as store:
        assert len(store.ids()) == 1


def test_retry_sets_the_suspect_apart() -> None:
    chunk = tiny.chunk(tiny.study(seeds=4))
    waiting: list = []
    assert list(workers.retry(chunk, {"cell0"}, waiting, "dead")) == []
    assert [([ident for ident, _ in part.cells], part.attempts) for part in waiting] == [(["cell1"], 2), (["cell2", "cell3"], 1)]
    last = workers.dataclasses.replace(waiting[0], attempts=workers.ATTEMPTS)
    waiting.clear()
    assert list(workers.retry(last, set(), waiting, "dead")) == [(last, Failure(("cell1",), "dead", crashed=True))]
    assert waiting == []
    stack = tiny.chunk(tiny.study(seeds=4), width=4)
    assert list(workers.retry(stack, set(), waiting, "dead")) == []
    assert [(len(part.cells), part.attempts) for part in waiting] == [(4, 2)]
    waiting.clear()
    assert list(workers.retry(chunk, {f"cell{i}" for i in range(4)}, waiting, "dead")) == []  # it died after its last outcome
    assert waiting == []


class Interrupting(Progress):
    """Presses Ctrl-C after some runs."""

    def __init__(self, after: int) -> None:
        self.after = after

    def finished(self, record, done, total) -> None:
        if done == self.after:
            raise KeyboardInterrupt


def test_interruption_keeps_what_is_finished(tmp_path: Path) -> None:
    study = tiny.study(seeds=8)
    executor = tiny.pool(2)
    with pytest.raises(KeyboardInterrupt):
        study.run(tmp_path, on=executor, estimate=False, progress=Interrupting(3))
    with Store(tmp_path) as store:  # and the store is not locked any more
        assert len(store.ids()) == 3
    assert all(worker.chunk is None for worker in executor.workers)  # nobody works on for nobody
    runs = study.run(tmp_path, on=tiny.inline(), estimate=False)
    assert tiny.all_bits(runs) == tiny.all_bits(study.run(on=tiny.inline(), estimate=False))


def test_costs_of_a_worker_that_dies() -> None:
    deadly = tiny.study(task=tiny.Deadly(p=5, spare=os.getpid()), seeds=1)
    assert list(tiny.pool(1).costs([tiny.chunk(deadly)])) == [(0, "the worker ended: killed by signal SIGKILL (out of memory?)")]
    found = dict(tiny.pool(2).costs([tiny.chunk(tiny.study()), tiny.chunk(tiny.study(model=tiny.Broken()))]))
    assert found[0].memory > 0
    assert "broken on purpose" in found[1]


def test_closing_ends_the_workers() -> None:
    pool = Pool(1)
    pool._start(1)
    process = psutil.Process(pool.workers[0].process.pid)
    pool.close()
    assert not process.is_running()
    Inline().close()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
def test_the_death_of_the_driver_ends_its_workers(tmp_path: Path, sent: signal.Signals) -> None:
    """Also of a worker that is busy and would not look up for a minute."""
    script = textwrap.dedent(f"""
        import tiny
        tiny.study(task=tiny.Slow(p=5, flag={str(tmp_path / "pid")!r})).run(jobs=1, estimate=False)
    """)
    variables = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen([sys.executable, "-c", script], env=variables, stderr=subprocess.PIPE) as driver:
        wait(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
        worker = psutil.Process(int((tmp_path / "pid").read_text()))
        driver.send_signal(sent)
        _, errors = driver.communicate()
        wait(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)
    assert b"KeyboardInterrupt" in errors or sent == signal.SIGKILL


def wait(condition) -> None:
    until = time.monotonic() + 50
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_classes_of_a_file_that_cannot_be_imported_travel_by_value(tmp_path: Path) -> None:
    """As a study file that the command line has loaded by its path."""
    import importlib.util

    path = tmp_path / "somewhere_else.py"
    path.write_text("from unseen.models.mlp import MLP\n\nclass Mine(MLP):\n    def build(self, *given):\n        return super().build(*given)\n")
    spec = importlib.util.spec_from_file_location("somewhere_else", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["somewhere_else"] = module
    try:
        spec.loader.exec_module(module)
        runs = tiny.study(model=module.Mine(hidden=(8,)), seeds=1).run(on=tiny.pool(1), estimate=False)
        assert runs.table["status"].to_list() == ["finished"]
        same = tiny.study(seeds=1).run(on=tiny.inline(), estimate=False)
        assert runs.record().metrics["test_loss"].tobytes() == same.record().metrics["test_loss"].tobytes()
    finally:
        del sys.modules["somewhere_else"]


def test_a_component_that_raises_what_a_lost_connection_raises() -> None:
    with pytest.raises(Problem, match="EOFError: the file ended at byte 7"):
        tiny.study(task=tiny.Truncated(p=5)).run(on=tiny.pool(2))
