"""Where the command line runs studies: one pool of workers for all of them, and each run once."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from unseen._problem import Problem


class Laboratory:
    """A lab whose workers are kept from one study to the next, and whose runs are in one folder: what two studies share is trained once.

    Attributes:
        seconds: training time of the runs asked for since `restart`, divided by the workers.
        lost: of these runs, how many the machine could not finish: their worker crashed, or they did not fit in memory.
    """

    def __init__(
        self, jobs: int | None, folder: Path | None = None, *, on: str | None = None, width: int | None = None, exact: bool = False, tell: bool = False
    ) -> None:
        self._jobs, self._folder, self._on, self._width, self._exact, self._tell = jobs, folder, on, width, exact, tell
        self._executor: Any = None
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self.restart()

    def __enter__(self) -> "Laboratory":
        return self

    def __exit__(self, *_: object) -> None:
        if self._executor is not None:
            self._executor.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def key(self) -> Any:
        """`jax.random.key(0)`: the key of a computation, the same for study and control."""
        import jax

        return jax.random.key(0)

    @property
    def mode(self) -> Any:
        """How runs are batched here, and on what: a condition of each."""
        from unseen.engine import drive

        executor, _ = self._place()
        return drive.mode(self._width, 1, executor)

    def restart(self) -> None:
        """Begins to count anew."""
        self.seconds, self.lost = 0.0, 0

    def run(self, study: Any) -> Any:
        """The runs of a study."""
        from unseen.report.progress import speaking

        executor, folder = self._place()
        runs = study.run(folder, on=executor, width=self._width, progress=speaking() if self._tell else None, estimate=self._tell)
        self.seconds += float(runs.table["seconds"].sum()) / executor.jobs
        self.lost += int(runs.table["status"].is_in(["crashed", "too large"]).sum())
        return runs

    def train(self, studies: Iterable[Any]) -> None:
        """Trains the runs of many studies side by side, so that `run` finds them. What cannot be trained is left for `run` to tell."""
        from unseen.engine import drive
        from unseen.report.progress import speaking

        cells = []
        for study in studies:
            try:
                cells += study.cells()
            except Problem:
                continue
        executor, folder = self._place()
        if cells:
            drive.drive(cells, drive.mode(self._width, 1, executor), executor, folder, speaking())

    def _place(self) -> tuple[Any, Path]:
        if self._executor is None:
            from unseen.engine import drive, machine
            from unseen.study import ACCELERATOR_WIDTH

            here = self._on is None and machine.accelerators()  # one process drives an accelerator
            self._width = ACCELERATOR_WIDTH if here and self._width is None and not self._exact else self._width
            self._executor = drive.executor(0 if here else self._jobs, self._on, 1, self._width)
        if self._folder is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="unseen-check-")
            self._folder = Path(self._temporary.name)
        return self._executor, self._folder
