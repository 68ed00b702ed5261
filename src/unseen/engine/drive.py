"""Drives a study: finds what is missing, hands it out, keeps what comes back."""

import contextlib
import dataclasses
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from unseen._types import Problem, unknown
from unseen.engine import machine
from unseen.engine.chunk import Record
from unseen.engine.code import parts
from unseen.engine.execute import Chunk, Cost, Mode, Outcome, unfinished
from unseen.engine.identity import canonical, code_version, digest
from unseen.engine.plan import Cell
from unseen.engine.program import Program
from unseen.engine.store import Store
from unseen.engine.workers import Event, Failure, Inline, Pool

FLUSH_SECONDS = 1.0
LARGEST_CHUNK = 32
LEAST_MEASURED = 8


class Executor(Protocol):
    """Something that trains chunks of cells: this process, worker processes, a cluster."""

    jobs: int

    def map(self, chunks: Sequence[Chunk]) -> Any:
        """Events as they come."""

    def costs(self, chunks: Sequence[Chunk]) -> Generator[tuple[int, Cost | str]]:
        """For each chunk its index and the cost of its program, as they come."""
        ...

    def close(self) -> None:
        """Gives back what it holds."""


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What a study will cost, from compiling its programs and timing a few steps of each.

    Attributes:
        seconds: wall time of what is missing.
        memory: peak bytes of all workers together.
        runs: runs that are missing.
        finished: runs that are in the store already.
        groups: compiled programs.
        measured: groups that were measured; the others are taken to cost the mean.
        flops: floating-point operations of one training step, mean over the measured groups (0 when unknown).
    """

    seconds: float
    memory: int
    runs: int
    finished: int
    groups: int
    measured: int
    flops: float

    def __str__(self) -> str:
        done = f" ({self.finished} more are finished already)" if self.finished else ""
        return f"{self.runs} runs{done} in {self.groups} compiled groups: about {spell(self.seconds)}, {self.memory / 2**30:.1f} GiB"


def spell(seconds: float) -> str:
    """A duration for people.

    >>> spell(75)
    '1 min 15 s'
    """
    seconds = round(seconds)
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"


class Progress:
    """What a person is told while a study runs; this one tells nothing. The command line has one that speaks."""

    def measured(self, done: int, chosen: int, sofar: Estimate) -> None:
        """At the start, and after each of the `chosen` groups that are measured for the estimate; what is known `sofar` rests on `sofar.measured` of them."""

    def estimated(self, estimate: Estimate) -> None:
        """Before anything is trained."""

    def finished(self, record: Record, done: int, total: int) -> None:
        """After every run."""

    def failed(self, failure: Failure) -> None:
        """Work that could not be done."""

    def close(self) -> None:
        """At the end, however it comes."""


def executor(jobs: int | None, on: Any, threads: int, width: int | None) -> Executor:
    """The executor that `jobs` and `on` name."""
    if on is None:
        if jobs == 0 or (width is not None and machine.accelerators()):
            if machine.accelerators():
                machine.use_compilation_cache()
            return Inline()
        return Pool(jobs or max(1, machine.cores() // threads), threads)
    if on == "ray":
        from unseen.engine.cluster import Cluster

        return Cluster(jobs)
    if isinstance(on, str):
        raise Problem(f"on={on!r}: expected 'ray' or nothing (this machine).")
    return on


def mode(width: int | None, threads: int, executor: Executor) -> Mode:
    """The condition under which these runs are made."""
    here = isinstance(executor, Inline)  # other processes compute on the CPU, each on one device
    return Mode(width, threads, machine.devices_for(width) if here else 1, machine.accelerator() if here else None)


def identify(cells: Sequence[Cell], mode: Mode) -> list[tuple[str, dict[str, Any]]]:
    """(identity, canonical description) of every cell: what it is, its seed, how it is batched, and the code and versions it rests on."""
    codes: dict[tuple, dict[str, str]] = {}
    common = {"mode": mode.describe(), "versions": machine.versions()}
    found = []
    described: dict[int, Any] = {}
    for cell in cells:
        if id(cell.recipe) not in described:
            described[id(cell.recipe)] = canonical(cell.recipe), tuple(sorted(parts((cell.recipe, cell.at, cell.stop)), key=repr))
        recipe, kinds = described[id(cell.recipe)]
        if kinds not in codes:
            codes[kinds] = code_version(*kinds, Program)
        spec = {"recipe": recipe, "steps": cell.steps, "at": canonical(cell.at), "stop": canonical(cell.stop), "precision": cell.precision}
        spec |= {"seed": cell.seed, "code": digest(codes[kinds]), **common}
        found.append((digest(spec), spec))
    return found


def chunks_of(wanted: Sequence[tuple[str, Cell]], mode: Mode, jobs: int, checkpoints: str | None) -> list[list[Chunk]]:
    """The work, as groups (one compiled program each) of chunks (one hand-over each); the longest cells first."""
    groups: dict[tuple, list[tuple[str, Cell]]] = {}
    for ident, cell in wanted:
        groups.setdefault((*cell.signature, cell.steps, cell.at), []).append((ident, cell))
    made = []
    for pairs in groups.values():
        size = mode.width or min(LARGEST_CHUNK, max(1, len(pairs) // (4 * jobs)))
        made.append([Chunk(tuple(pairs[first : first + size]), mode, checkpoints=checkpoints) for first in range(0, len(pairs), size)])
    return sorted(made, key=lambda group: -group[0].cells[0][1].steps)


def estimate(groups: list[list[Chunk]], finished: int, executor: Executor, progress: Progress, needs: str | None = None) -> Estimate:
    """Compiles and times some groups, spread over all of them: `LEAST_MEASURED`, or two a worker. What is not measured is taken to cost the mean of
    the measured groups with the same kind of model, or of all where there is none.

    Raises:
        Problem: cells that do not fit in memory, or the metric that the study `needs` is recorded by none; nothing has been started.
    """
    chosen = np.unique(np.linspace(0, len(groups) - 1, max(2 * executor.jobs, LEAST_MEASURED)).round().astype(int)).tolist()
    costs: dict[int, Cost | str] = {}
    found = _estimated(groups, costs, finished, executor.jobs)
    progress.measured(0, len(chosen), found)
    with contextlib.closing(executor.costs([groups[index][0] for index in chosen])) as coming:
        for which, cost in coming:
            costs[chosen[which]] = cost
            found = _estimated(groups, costs, finished, executor.jobs)
            progress.measured(len(costs), len(chosen), found)
    recorded = sorted({name for cost in costs.values() if isinstance(cost, Cost) for name in cost.metrics})
    if needs is not None and needs not in recorded and found.measured == len(groups):
        raise unknown("metric in select=", needs, recorded)
    return found


def _estimated(groups: list[list[Chunk]], costs: dict[int, Cost | str], finished: int, jobs: int) -> Estimate:
    """What follows from the groups that have been measured."""
    measured = {index: cost for index, cost in costs.items() if isinstance(cost, Cost)}
    good = list(measured.values())
    runs = sum(len(chunk.cells) for group in groups for chunk in group)
    if not good:
        return Estimate(0.0, 0, runs, finished, len(groups), 0, 0.0)
    models = [type(group[0].cells[0][1].recipe.model) for group in groups]
    compiling, training = 0.0, 0.0

    def looks(cell: Cell) -> int:
        return len(cell.at.steps(cell.steps))

    for index, group in enumerate(groups):
        cost = measured.get(index) or _mean([measured[i] for i in measured if models[i] is models[index]] or good)
        compiling += 0.0 if index in costs else cost.compile_seconds
        training += sum(cost.start_seconds + looks(cell) * cost.look_seconds + cell.steps * cost.step_seconds for chunk in group for _, cell in chunk.cells)
    largest = max(cost.memory for cost in good)
    jobs = min(jobs, sum(len(group) for group in groups))
    if largest > machine.available_memory():
        raise Problem(
            f"a run needs about {largest / 2**30:.1f} GiB, {machine.available_memory() / 2**30:.1f} GiB are free. "
            "Use a smaller batch or model, or a smaller width. Nothing was started."
        )
    if jobs * largest > machine.available_memory():
        raise Problem(
            f"{jobs} workers need about {jobs * largest / 2**30:.1f} GiB together, {machine.available_memory() / 2**30:.1f} GiB are free. "
            f"Use jobs={machine.available_memory() // largest}. Nothing was started."
        )
    return Estimate(
        (compiling + training) / jobs, int((largest + max(cost.baseline for cost in good)) * jobs), runs, finished, len(groups), len(good), _mean(good).flops
    )


def _mean(costs: Sequence[Cost]) -> Cost:
    fields = [field.name for field in dataclasses.fields(Cost) if field.name != "metrics"]
    return Cost(**{name: np.mean([getattr(cost, name) for cost in costs]).item() for name in fields}, metrics=())


def drive(
    cells: Sequence[Cell],
    mode: Mode,
    executor: Executor,
    folder: Path | str | None,
    progress: Progress,
    measure_first: bool = True,
    needs: str | None = None,
) -> tuple[list[Record], list[Failure]]:
    """Trains what is missing and gives the record of every cell, in order.

    Cells that could not be trained have a record of status "failed", "crashed" or "too large"; it is not stored.
    """
    named = identify(cells, mode)
    store = Store(folder) if folder is not None else None
    try:
        have = store.ids() if store else set()
        wanted = {ident: (cell, spec) for cell, (ident, spec) in zip(cells, named, strict=True) if ident not in have}
        done: dict[str, Record] = {}
        failures: list[Failure] = []
        if wanted:
            groups = chunks_of([(ident, cell) for ident, (cell, _) in wanted.items()], mode, executor.jobs, str(folder) if folder is not None else None)
            if measure_first:
                progress.estimated(estimate(groups, len(cells) - len(wanted), executor, progress, needs))
            work = [chunk for group in groups for chunk in group]
            _train(work, wanted, mode, executor, store, progress, done, failures)
        if store:
            stored = {record.id: record for record in store.load([ident for ident, _ in named if ident in have])}
            done = stored | done
    finally:
        progress.close()
        if store:
            store.close()
    for failure in failures:
        for ident in failure.ids:
            cell, spec = wanted[ident]
            status = "crashed" if failure.crashed else "failed"
            done[ident] = record_of(unfinished(ident, status, failure.error), cell, spec, mode, 1)
    axes_now = [dataclasses.replace(done[ident], axes=cell.axes) for cell, (ident, _) in zip(cells, named, strict=True)]
    return axes_now, failures


def _train(
    work: list[Chunk], wanted: dict, mode: Mode, executor: Executor, store: Store | None, progress: Progress, done: dict[str, Record], failures: list[Failure]
) -> None:
    buffer: list[Record] = []
    last = time.monotonic()

    def flush() -> None:
        nonlocal last
        if store and buffer:
            store.write(list(buffer))
            for record in buffer:  # the store has them now: memory does not grow with the number of runs
                done[record.id] = dataclasses.replace(record, weights={})
        buffer.clear()
        last = time.monotonic()

    try:
        event: Event
        with contextlib.closing(executor.map(work)) as events:  # when we leave early, the workers stop at once
            for event in events:
                chunk, result = event
                if isinstance(result, Outcome) and result.status == "failed":
                    result = Failure((result.id,), result.error, crashed=False)
                if isinstance(result, Failure):
                    failures.append(result)
                    progress.failed(result)
                    continue
                cell, spec = wanted[result.id]
                record = record_of(result, cell, spec, mode, chunk.attempts)
                done[result.id] = record
                if record.status != "too large":
                    buffer.append(record)
                progress.finished(record, len(done), len(wanted))
                if time.monotonic() - last > FLUSH_SECONDS:
                    flush()
    finally:  # Ctrl-C, a full disk: what is finished is kept
        flush()


def record_of(outcome: Outcome, cell: Cell, spec: dict[str, Any], mode: Mode, attempts: int) -> Record:
    """The store's record of an outcome."""
    conditions = {**mode.describe(), "precision": cell.precision, "versions": machine.versions(), "machine": machine.fingerprint()}
    return Record(
        id=outcome.id,
        spec=spec,
        axes=cell.axes,
        seed=cell.seed,
        status=outcome.status,
        steps=outcome.steps,
        metrics=outcome.metrics,
        weights=outcome.weights,
        seconds=outcome.seconds,
        attempts=attempts,
        memory=outcome.memory,
        conditions=conditions,
        error=outcome.error,
    )
