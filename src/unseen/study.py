"""The noun Study: task × model × method × seeds as one declared object, run as a fast sweep. The public face of the engine."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from unseen._types import Over, Problem
from unseen.engine import drive, machine, plan
from unseen.engine.probe import Score
from unseen.engine.program import check_recipe
from unseen.engine.runs import Runs as Runs
from unseen.engine.schedule import LogSpaced, Schedule, Stop
from unseen.methods.joints import Fit
from unseen.methods.method import Method

ACCELERATOR_WIDTH = 32
MOST_SEEDS = 1_000_000
LAST_STEP = 2**31 - 1  # steps are counted in int32
PRECISIONS = ("float32", "float64", "mixed")


@dataclasses.dataclass(frozen=True)
class Study:
    """A controlled experiment: every combination of its axes, each with every seed.

    `over(a, b, c)` may stand in place of any value, in any component, and is an axis named by its field.

    >>> from unseen.methods.update.adamw import AdamW
    >>> from unseen.models.mlp import MLP
    >>> from unseen.tasks.operation_table import OperationTable
    >>> from unseen._types import over
    >>> study = Study(OperationTable(p=7), MLP(), Method(update=AdamW(weight_decay=over(0.0, 1.0))), steps=10, seeds=2)
    >>> study.axes, len(study.cells())
    (['weight_decay'], 4)

    Attributes:
        task: where examples come from.
        model: what is trained.
        method: how: a `Method`, or a `Fit`.
        steps: training steps (a `Fit` takes 1).
        seeds: how many seeds (0, 1, …), or which.
        record: probes evaluated at the recorded steps.
        at: which steps are recorded.
        stop: when a run may end early.
        select: the recorded step that represents a run: "last", "max <metric>" or "min <metric>".
        precision: "float32", "float64", or "mixed": float32 whose products with weight matrices round their operands to bfloat16 (faster, less exact).
    """

    task: Any
    model: Any
    method: Any = dataclasses.field(default_factory=Method)
    steps: Any = 1000
    seeds: int | Sequence[int] = 3
    record: tuple[Any, ...] = (Score(),)
    at: Schedule | Any = LogSpaced(40)
    stop: Stop | Any = None
    select: str = "last"
    precision: Any = "float32"

    def __post_init__(self) -> None:
        how, _, metric = str(self.select).partition(" ")
        if self.select != "last" and (how not in ("max", "min") or not metric):
            raise Problem(f"Study.select: expected 'last', 'max <metric>' or 'min <metric>', got {self.select!r}.")
        if not self.seed_list:
            raise Problem(f"Study.seeds: expected at least one seed, got {self.seeds!r}. Write seeds=3 for the seeds 0, 1, 2.")
        if not all(isinstance(probes, tuple | list) for probes in (self.record.values if isinstance(self.record, Over) else [self.record])):
            raise Problem(f"Study.record: expected a tuple of probes, got {self.record!r}. Write record=(Score(),).")

    @property
    def seed_list(self) -> list[int]:
        """The seeds, each a whole number in [0, 2³¹)."""
        if type(self.seeds) is int and self.seeds > MOST_SEEDS:
            raise Problem(f"Study.seeds: expected at most {MOST_SEEDS} seeds at once, got {self.seeds}. Seeds of your own: seeds=(7, 8, 9).")
        seeds = range(self.seeds) if type(self.seeds) is int else self.seeds
        fine = isinstance(seeds, Sequence) and all(type(seed) is int and 0 <= seed < 2**31 for seed in seeds)
        if not fine or len(set(seeds)) < len(seeds):
            raise Problem(f"Study.seeds: expected different whole numbers from 0 to 2³¹ - 1, got {self.seeds!r}.")
        return list(seeds)

    def _fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("task", "model", "method", "steps", "record", "at", "stop", "precision")}

    @property
    def axes(self) -> list[str]:
        """Names of the axes, in order."""
        return plan.cells(self._fields(), self.seed_list)[0]

    def cells(self) -> list[plan.Cell]:
        """Every run to be, in table order, checked.

        Raises:
            Problem: a value of the wrong type or range, in plain words.
        """
        cells = plan.cells(self._fields(), self.seed_list)[1]
        for cell in cells:
            if type(cell.steps) is not int or not 1 <= cell.steps <= LAST_STEP:
                bound = " and below 2³¹" * (type(cell.steps) is int and cell.steps > 0)
                raise Problem(f"Study.steps: expected a whole number ≥ 1{bound}, got {cell.steps!r}.")
            if cell.precision not in PRECISIONS:
                raise Problem(f"Study.precision: expected one of {', '.join(PRECISIONS)}, got {cell.precision!r}.")
            if not isinstance(cell.at, Schedule):
                raise Problem(f"Study.at: expected a schedule such as LogSpaced(40), got {cell.at!r}.")
            if cell.stop is not None and not isinstance(cell.stop, Stop):
                raise Problem(f"Study.stop: expected Stop(metric, above=…), got {cell.stop!r}.")
        for cell in {tuple(map(id, (cell.recipe, cell.at, cell.stop))): cell for cell in cells}.values():
            check_recipe(cell.recipe)
            plan.check_kinds((cell.recipe, cell.at, cell.stop))
        return [dataclasses.replace(cell, steps=1) if isinstance(cell.recipe.method, Fit) else cell for cell in cells]

    def fields(self) -> list[str]:
        """Every dotted path that `with_` and the command line accept."""
        return [*plan.paths(self._fields()), "seeds", "select"]

    def with_(self, changes: Mapping[str, Any]) -> "Study":
        """This study with some fields replaced, by dotted path or unambiguous end of one; a value may be an axis.

        Raises:
            Problem: no such field (the nearest are named), an ambiguous end, or two names of one field.
        """
        study, given = self, dict[str, str]()
        for name, value in changes.items():
            path = plan.resolve(name, study.fields())
            if given.setdefault(path, name) != name:
                raise Problem(f"field {path!r} is given twice, as {given[path]!r} and as {name!r}. Give it once; several values are an axis.")
            top, _, rest = path.partition(".")
            study = dataclasses.replace(study, **{top: plan.override(getattr(study, top), rest, value)})
        return study

    def run(
        self,
        out: str | Path | None = None,
        *,
        jobs: int | None = None,
        width: int | None = None,
        threads: int = 1,
        on: Any = None,
        progress: drive.Progress | None = None,
        estimate: bool = True,
    ) -> Runs:
        """Trains every cell that `out` does not hold yet, and gives the table.

        Args:
            out: folder of the store; None keeps the results in memory alone.
            jobs: worker processes, one a core when None; 0 works in this process.
            width: None is the exact mode (the default on CPU): bits do not depend on batching, workers or resuming. A number trains that
                many runs at once under `vmap` (on accelerators 32 unless said, 1 for a single run) and is recorded as a condition of the experiment.
            threads: threads of one worker; recorded as a condition.
            on: "ray", or an executor to share between studies; None is this machine.
            progress: what is told on the way.
            estimate: measure the cost before starting.

        Raises:
            Problem: a wrong specification, a folder that cannot be used, or code of a component that raised (what finished is kept).
        """
        for name, value in {"jobs": jobs, "width": width}.items():
            if value is not None and (not isinstance(value, int) or value < (name == "width")):
                raise Problem(f"{name}={value!r}: expected a whole number ≥ {int(name == 'width')}.")
        if not isinstance(threads, int) or threads < 1:
            raise Problem(f"threads={threads!r}: expected a whole number ≥ 1.")
        cells = self.cells()
        if width is None and on is None and machine.accelerators():
            width = ACCELERATOR_WIDTH if len(cells) > 1 else 1  # a single run would train 31 copies of itself
        executor = drive.executor(jobs, on, threads, width)
        try:
            needs = None if self.select == "last" else self.select.split()[1]
            records, failures = drive.drive(cells, drive.mode(width, threads, executor), executor, out, progress or drive.Progress(), estimate, needs)
        finally:
            if executor is not on:
                executor.close()
        broken = [failure for failure in failures if not failure.crashed]
        if broken:
            lost = sum(len(failure.ids) for failure in broken)
            kept = f"{len(cells) - lost} of {len(cells)} runs are finished" + (f" and kept in {out}" if out else "")
            raise Problem(f"{lost} runs could not be trained; {kept}. The first error:\n{broken[0].error.strip()}")
        return Runs(self, plan.cells(self._fields(), self.seed_list)[0], cells, records, out)

    def _repr_html_(self) -> str:
        from unseen.engine.display import study_html

        return study_html(self)
