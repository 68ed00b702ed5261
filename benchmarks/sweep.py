"""A sweep of 16 runs on the workers (one thread each) against 16 runs of the two-threaded program one after the other, and the engine's own cost a run.

    python benchmarks/sweep.py

Programs are compiled before the clock starts, in both arms. The ratio that can be had is that of one-threaded to two-threaded steps per second.
"""

import dataclasses
import tempfile
import time

import recipes
from unseen.engine import drive, machine
from unseen.engine.schedule import LinSpaced
from unseen.engine.workers import Pool
from unseen.methods.method import Method
from unseen.models.mlp import MLP
from unseen.study import Study
from unseen.tasks.operation_table import OperationTable

PERCEPTRON = Study(OperationTable(p=31, template=("a", "b")), MLP(hidden=(64, 64)), Method(), steps=1000, seeds=16)


def sweep(study: Study, pool: Pool, mode: drive.Mode) -> float:
    """Seconds of the study on a pool whose workers have the program."""
    cells = study.cells()
    began = time.perf_counter()
    drive.drive(cells, mode, pool, None, drive.Progress(), measure_first=False)
    return time.perf_counter() - began


def compare(name: str, study: Study) -> None:
    """Prints both times and their ratio."""
    arms = {"workers": (Pool(machine.cores()), drive.Mode()), "one after the other": (Pool(1, threads=2), drive.Mode(threads=2))}
    warm = dataclasses.replace(study, seeds=(100, 101, 102, 103), steps=2)
    for pool, mode in arms.values():
        sweep(warm, pool, mode)
    times: dict[str, list[float]] = {arm: [] for arm in arms}
    for _ in range(3):
        for arm, (pool, mode) in arms.items():
            times[arm].append(sweep(study, pool, mode))
    for pool, _ in arms.values():
        pool.close()
    ratios = [a / b for a, b in zip(*times.values(), strict=True)]
    print(f"{name}: " + ", ".join(f"{arm} {min(found):.1f} s" for arm, found in times.items()) + f"; ratio {sorted(ratios)[1]:.2f} (three: {ratios})")


def overhead(runs: int = 300) -> None:
    """Prints what the engine costs a run, beyond training, with a store."""
    study = dataclasses.replace(PERCEPTRON, steps=1, at=LinSpaced(2), seeds=runs)
    pool = Pool(machine.cores())
    with tempfile.TemporaryDirectory() as folder:
        dataclasses.replace(study, seeds=(9999,)).run(folder, on=pool, estimate=False)
        before = machine.peak_memory()
        began = time.perf_counter()
        found = study.run(folder, on=pool, estimate=False)
        seconds = time.perf_counter() - began
        trained = float(found.table["seconds"].sum()) / pool.jobs
        began = time.perf_counter()
        study.run(folder, on=pool, estimate=False)
        again = time.perf_counter() - began
    pool.close()
    grown = (machine.peak_memory() - before) / runs / 1024
    print(
        f"engine: {1e3 * (seconds - trained) / runs:.1f} ms a run beyond training, {1e3 * again / runs:.1f} ms a run to find it finished, {grown:.0f} KiB a run"
    )


if __name__ == "__main__":
    compare("decoder of width 128, 40 steps", dataclasses.replace(recipes.same(40), stop=None, seeds=16, at=LinSpaced(2)))
    compare("two-layer perceptron of width 64, 1000 steps", PERCEPTRON)
    overhead()
