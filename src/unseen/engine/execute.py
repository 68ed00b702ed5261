"""Runs cells in this process: the host loop around a compiled program."""

import collections
import dataclasses
import functools
import sysconfig
import time
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jaxtyping import PyTree

from unseen._types import Problem, unknown
from unseen.engine import checkpoint, machine
from unseen.engine.plan import Cell
from unseen.engine.program import Program, leaves_of, precise

PROGRAMS_KEPT = 16
CHECKPOINT_SECONDS = 60.0
PROBE_SECONDS = 0.1
LONG_SECONDS = 1.0
_ENGINE = str(Path(__file__).parent)
_LIBRARIES = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


@dataclasses.dataclass(frozen=True)
class Mode:
    """How runs are batched: a condition of the experiment, part of a run's identity.

    Attributes:
        width: None is the exact mode, one run at a time, bits independent of everything around it; a number trains that many runs at once
            under `vmap` (padded, so that the width is always the same).
        threads: threads of one worker; more than one may change the last bits.
        devices: local devices over which a stack of runs is split, or the batch of one run if its method does so.
        accelerator: what is computed on, None for the CPU.
    """

    width: int | None = None
    threads: int = 1
    devices: int = 1
    accelerator: str | None = None

    def describe(self) -> dict[str, Any]:
        """As recorded with every run."""
        batched = {"mode": "exact" if self.width is None else "vmap", "width": self.width or 1, "threads": self.threads, "devices": self.devices}
        return batched | ({"accelerator": self.accelerator} if self.accelerator else {})


@dataclasses.dataclass(frozen=True)
class Chunk:
    """Cells of one signature, with their identities: the unit of work handed to a worker."""

    cells: tuple[tuple[str, Cell], ...]
    mode: Mode
    attempts: int = 1
    checkpoints: str | None = None


@dataclasses.dataclass(frozen=True)
class Outcome:
    """One finished run, as arrays; the store's record lacks only what the study knows."""

    id: str
    status: str
    steps: np.ndarray
    metrics: dict[str, np.ndarray]
    weights: dict[str, np.ndarray]
    seconds: float
    memory: int
    error: str = ""


@dataclasses.dataclass(frozen=True)
class Cost:
    """What one group of cells costs, measured after compilation: a run takes start + looks × look + steps × step seconds."""

    compile_seconds: float
    start_seconds: float
    look_seconds: float
    step_seconds: float
    memory: int
    baseline: int
    flops: float
    metrics: tuple[str, ...]


class Session:
    """The compiled programs of this process, most recently used first."""

    def __init__(self) -> None:
        self.programs: collections.OrderedDict[tuple, Program] = collections.OrderedDict()
        self.data: dict[tuple, Any] = {}

    def program(self, cell: Cell, mode: Mode) -> Program:
        """The program of a cell's group, traced anew only when it is not at hand."""
        key = (cell.signature, mode)
        if key not in self.programs:
            self.programs[key] = Program(cell.recipe, cell.precision, mode.width)
            while len(self.programs) > PROGRAMS_KEPT:
                self.programs.popitem(last=False)
        self.programs.move_to_end(key)
        return self.programs[key]

    def load(self, cell: Cell) -> PyTree:
        """The task's host arrays, read once per process."""
        key = (jax.tree.structure(cell.recipe.task), type(cell.recipe.task))
        if key not in self.data:
            self.data[key] = cell.recipe.task.load()
        return self.data[key]

    def run(self, chunk: Chunk) -> Iterator[Outcome]:
        """Trains every cell of the chunk; gives each outcome as soon as it is there."""
        width = chunk.mode.width
        step = width or 1
        for first in range(0, len(chunk.cells), step):
            pairs = chunk.cells[first : first + step]
            program = self._compiled([cell for _, cell in pairs], chunk.mode)  # what is wrong here is wrong for every cell of the chunk
            try:
                yield from self._run_together(program, pairs, chunk)
            except Exception as error:
                yield from (unfinished(ident, "failed", reason(error)) for ident, _ in pairs)

    def cost(self, chunk: Chunk) -> Cost:
        """Compiles the chunk's program and times a few of its steps; the compiled program is kept for the runs that follow.

        A look that takes long, as at a hundred thousand strings, is waited for once; steps are timed by a program that does not look then.
        """
        cell = chunk.cells[0][1]
        width = chunk.mode.width
        with precise(cell.precision):
            began = time.perf_counter()
            program = self._compiled([cell], chunk.mode)
            numbers, seeds = self._stack([cell], width)
            compile_seconds = time.perf_counter() - began
            if program.memory > machine.available_memory():
                return Cost(compile_seconds, 0.0, 0.0, 0.0, program.memory, machine.peak_memory(), program.flops, program.metrics)
            constants, state = program.start(numbers, seeds, self.load(cell))

            def timed(program: Program, numbers: PyTree, steps: int) -> float:
                nonlocal state
                began = time.perf_counter()
                state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, steps))
                return time.perf_counter() - began

            def fastest(program: Program, numbers: PyTree, steps: int) -> float:
                """Of three: a disturbance must not look like cost. What takes long is hardly disturbed."""
                first = timed(program, numbers, steps)
                return first if first > LONG_SECONDS else min(first, *(timed(program, numbers, steps) for _ in range(2)))

            look = nothing = fastest(program, numbers, 0)
            pace = program, numbers
            if look > LONG_SECONDS:
                pace = self._blind(cell, width)
                nothing = fastest(*pace, 0)
            steps, taken = 1, nothing
            while taken - nothing < PROBE_SECONDS and steps < cell.steps:
                steps = min(4 * steps, cell.steps)
                taken = fastest(*pace, steps)
            began = time.perf_counter()
            jax.block_until_ready(program.start(numbers, seeds, self.load(cell)))
            start = time.perf_counter() - began
        runs, step = width or 1, max(0.0, taken - nothing) / steps
        return Cost(compile_seconds, start / runs, look / runs, step / runs, program.memory, machine.peak_memory(), program.flops, program.metrics)

    def _blind(self, cell: Cell, width: int | None) -> tuple[Program, PyTree]:
        """A compiled program that trains as the cell's does and looks at nothing, and the numbers that it takes."""
        cell = dataclasses.replace(cell, recipe=dataclasses.replace(cell.recipe, record=()))
        program, (numbers, seeds) = Program(cell.recipe, cell.precision, width), self._stack([cell], width)
        program.compile(numbers, seeds, self.load(cell))
        return program, numbers

    def _compiled(self, cells: Sequence[Cell], mode: Mode) -> Program:
        """The program of these cells, compiled; what the cells ask of it is checked."""
        program = self.program(cells[0], mode)
        with precise(cells[0].precision):
            program.compile(*self._stack(cells, mode.width), self.load(cells[0]))
        for cell in cells:
            if cell.stop is not None and cell.stop.metric not in program.metrics:
                raise unknown("metric in stop=", cell.stop.metric, program.metrics)
        return program

    def _stack(self, cells: Sequence[Cell], width: int | None) -> tuple[PyTree, np.ndarray | np.integer]:
        numbers = [leaves_of(cell.recipe, cell.precision)[0] for cell in cells]
        if width is None:
            return numbers[0], np.int32(cells[0].seed)
        padded = list(numbers) + [numbers[-1]] * (width - len(cells))
        seeds = [cell.seed for cell in cells] + [cells[-1].seed] * (width - len(cells))
        return jax.tree.map(lambda *leaves: np.stack(leaves), *padded), np.asarray(seeds, np.int32)

    def _run_together(self, program: Program, pairs: Sequence[tuple[str, Cell]], chunk: Chunk) -> list[Outcome]:
        cells = [cell for _, cell in pairs]
        width = chunk.mode.width
        machine.reset_peak_memory()
        with precise(cells[0].precision):
            began = time.perf_counter()
            numbers, seeds = self._stack(cells, width)
            if program.memory > machine.available_memory():
                return [too_large(ident, program.memory) for ident, _ in pairs]
            constants, state = program.start(numbers, seeds, self.load(cells[0]))
            histories = [History(cell) for cell in cells]
            schedule = sorted({step for cell in cells for step in cell.at.steps(cell.steps)})
            saved = Checkpoint(chunk.checkpoints, pairs[0][0]) if width is None else Checkpoint(None, "")
            position, state = saved.restore(state, histories[0])
            outcomes: list[Outcome | None] = [None] * len(cells)
            for begin, end in zip([0, *schedule[:-1]], schedule, strict=True):
                if end <= position:
                    continue
                state, seen = program.advance(numbers, constants, state, begin, end)
                seen = jax.device_get(seen)
                for index, history in enumerate(histories):
                    if outcomes[index] is not None:
                        continue
                    status = history.note(end, seen if width is None else jax.tree.map(lambda leaf, i=index: leaf[i], seen))
                    if status is not None:
                        kept = program.kept(numbers, state) if width is None else jax.tree.map(lambda leaf, i=index: leaf[i], program.kept(numbers, state))
                        seconds = (time.perf_counter() - began) / len(cells) + history.seconds_before
                        outcomes[index] = history.outcome(pairs[index][0], status, kept, seconds)
                if all(outcome is not None for outcome in outcomes):
                    break
                saved.save(state, histories[0], end, time.perf_counter() - began)
            saved.delete()
        return [outcome for outcome in outcomes if outcome is not None]


@functools.cache
def _rebuilding() -> Session:
    return Session()


def rebuild(cell: Cell, weights: dict[str, np.ndarray] | None) -> tuple[Any, dict[str, Any]]:
    """(network, splits) of a run, made again from its seed; the network with the given weights, or as it was at step 0."""
    session = _rebuilding()
    program = session.program(cell, Mode())
    with precise(cell.precision):
        numbers, _ = leaves_of(cell.recipe, cell.precision)
        constants, state = program.start(numbers, np.int32(cell.seed), session.load(cell))
        params = None if weights is None else unnamed(program.kept(numbers, state), weights)
        return program.network(numbers, constants, params), program.splits(constants)


def reason(error: Exception) -> str:
    """Why work failed: a person's mistake in plain words, anything else with its traceback, without the frames of the engine and of libraries above it."""
    if isinstance(error, Problem):
        return str(error)
    told = traceback.TracebackException.from_exception(error, compact=True)
    told.__notes__ = None  # JAX adds that it has left out frames
    frames = [frame for frame in told.stack if not frame.filename.startswith((_ENGINE, *_LIBRARIES))]
    if frames:
        told.stack = traceback.StackSummary.from_list(frames)
    told.__cause__ = told.__context__ = None
    return "".join(told.format()).strip()


def unfinished(ident: str, status: str, error: str, memory: int = 0) -> Outcome:
    """The outcome of a cell that has nothing to show."""
    return Outcome(ident, status, np.zeros(0, np.int64), {}, {}, 0.0, memory, error)


def too_large(ident: str, memory: int) -> Outcome:
    """The outcome of a cell that was not started because it does not fit."""
    free = machine.available_memory()
    error = f"needs about {memory / 2**30:.1f} GiB, {free / 2**30:.1f} GiB are free: use a smaller batch or model, fewer jobs, or a smaller width"
    return unfinished(ident, "too large", error, memory)


class History:
    """What has been recorded of one run so far."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.at = set(cell.at.steps(cell.steps))
        self.steps: list[int] = []
        self.metrics: dict[str, list[Any]] = {}
        self.error = ""
        self.seconds_before = 0.0

    def note(self, step: int, seen: dict[str, Any]) -> str | None:
        """Takes down a recorded step; gives the status when the run ends here."""
        broken = int(seen["broken"])
        if step in self.at or broken >= 0:
            self.steps.append(step)
            for name, value in seen["recorded"].items():
                self.metrics.setdefault(name, []).append(np.asarray(value))
        if broken >= 0 or not bool(seen["finite"]):
            self.error = f"the training loss became NaN or infinite at step {broken}" if broken >= 0 else f"parameters became NaN or infinite by step {step}"
            return "diverged"
        if step >= self.cell.steps:
            return "finished"
        if self.cell.stop is not None and step in self.at and self.cell.stop.met(self.metrics):
            return "stopped"
        return None

    def outcome(self, ident: str, status: str, kept: PyTree, seconds: float) -> Outcome:
        """The finished run."""
        metrics = {name: np.stack(values) for name, values in self.metrics.items()}
        return Outcome(ident, status, np.asarray(self.steps), metrics, named(kept), seconds, machine.peak_memory(), self.error)


def named(tree: PyTree) -> dict[str, np.ndarray]:
    """The arrays of a pytree by their path, e.g. `blocks.0.attention.query`."""
    flat = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {jax.tree_util.keystr(path, simple=True, separator="."): np.asarray(jax.random.key_data(leaf) if _is_key(leaf) else leaf) for path, leaf in flat}


def unnamed(tree: PyTree, arrays: dict[str, np.ndarray]) -> PyTree:
    """`tree` with its arrays replaced by those of the same path."""
    flat, structure = jax.tree_util.tree_flatten_with_path(tree)

    def array(path: Any, leaf: Any) -> jax.Array:
        found = jax.numpy.asarray(arrays[jax.tree_util.keystr(path, simple=True, separator=".")])
        return jax.random.wrap_key_data(found, impl=jax.random.key_impl(leaf)) if _is_key(leaf) else found

    return jax.tree.unflatten(structure, [array(path, leaf) for path, leaf in flat])


def _is_key(leaf: Any) -> bool:
    return isinstance(leaf, jax.Array) and jax.numpy.issubdtype(leaf.dtype, jax.dtypes.prng_key)


class Checkpoint:
    """The state of a long run in progress, replaced about once a minute; a run without one starts from the beginning."""

    def __init__(self, folder: str | None, ident: str) -> None:
        self.folder, self.ident, self.last = folder, ident, time.perf_counter()

    def save(self, state: PyTree, history: History, step: int, seconds: float) -> None:
        """Writes the state after `step`, if the last time is long enough ago."""
        if self.folder is None or time.perf_counter() - self.last < CHECKPOINT_SECONDS:
            return
        tensors = {f"state/{name}": value for name, value in named(state).items()}
        tensors |= {f"metric/{name}": np.stack(values) for name, values in history.metrics.items()} | {"steps": np.asarray(history.steps)}
        checkpoint.write(Path(self.folder), self.ident, tensors, {"step": step, "seconds": seconds + history.seconds_before})
        self.last = time.perf_counter()

    def restore(self, state: PyTree, history: History) -> tuple[int, PyTree]:
        """(the last recorded step, the state there); (-1, the state as given) when there is nothing to go on from."""
        found = None if self.folder is None else checkpoint.read(Path(self.folder), self.ident)
        if found is None:
            return -1, state
        tensors, meta = found
        history.steps = tensors["steps"].tolist()
        history.metrics = {name.removeprefix("metric/"): list(value) for name, value in tensors.items() if name.startswith("metric/")}
        history.seconds_before = meta["seconds"]
        return int(meta["step"]), unnamed(state, {name.removeprefix("state/"): value for name, value in tensors.items() if name.startswith("state/")})

    def delete(self) -> None:
        """Removes the checkpoint of a run that has ended."""
        if self.folder is not None:
            checkpoint.delete(Path(self.folder), self.ident)
