"""What a person sees on standard error while a study runs: the estimate, then how far it is and how long it will still take."""

import sys
import time
from collections import Counter
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.text import Text

from unseen._text import clean
from unseen.engine import drive
from unseen.engine.chunk import Record
from unseen.engine.display import GOOD
from unseen.engine.workers import Failure

QUIET_SECONDS = 5.0


def speaking(quiet: bool = False, file: Any = None) -> drive.Progress:
    """What fits `file` (standard error): a live bar on a terminal, a plain line now and then elsewhere; nothing when `quiet` (errors are raised even so)."""
    stream = sys.stderr if file is None else file
    return drive.Progress() if quiet else Bar(stream) if stream.isatty() else Lines(stream)


class Lines(drive.Progress):
    """A plain line at the start, every few seconds, and at the end."""

    def __init__(self, file: Any, every: float = QUIET_SECONDS) -> None:
        self._file, self._every = file, every
        self._seconds = 0.0
        self._start = self._told = time.monotonic()
        self._bad: Counter[str] = Counter()
        self._failures: set[str] = set()

    def measured(self, done: int, chosen: int, sofar: drive.Estimate) -> None:
        """While groups are measured, which takes long where strings are many or long."""
        if done == 0 and chosen < sofar.groups:
            self._say(f"measuring {chosen} of {sofar.groups} compiled groups, to estimate the rest")
        now = time.monotonic()
        if sofar.measured and done < chosen and now - self._told >= self._every:
            self._told = now
            self._say(f"{done} of {chosen} measured, so far: {sofar}")

    def estimated(self, estimate: drive.Estimate) -> None:
        """Before anything is trained."""
        self._seconds, self._start = estimate.seconds, time.monotonic()
        self._say(str(estimate))

    def finished(self, record: Record, done: int, total: int) -> None:
        """After every run."""
        if record.status not in GOOD:
            self._bad[record.status] += 1
        self._show(done, total, record)

    def failed(self, failure: Failure) -> None:
        """Work that could not be done."""
        last = (failure.error.strip().splitlines() or ["no reason given"])[-1]
        if last not in self._failures:  # once for each reason, however many runs have it
            self._failures.add(last)
            runs = f"{len(failure.ids)} run{'s' * (len(failure.ids) > 1)}"
            self._say(f"{runs} could not be trained: {last}")

    def _show(self, done: int, total: int, record: Record) -> None:
        now = time.monotonic()
        if done == total or now - self._told >= self._every:
            self._told = now
            self._say(f"{done}/{total} runs, {self._left(done, total)}")

    def _left(self, done: int, total: int) -> str:
        """How long it still takes, or took, and what went wrong so far."""
        passed = time.monotonic() - self._start
        left = f"{drive.spell(passed)}" if done == total else f"{drive.spell(remaining(done, total, passed, self._seconds))} left"
        return ", ".join([left, *(f"{count} {status}" for status, count in self._bad.items())])

    def _say(self, text: str) -> None:
        self._file.write(clean(text) + "\n")
        self._file.flush()


class Bar(Lines):
    """A live bar on a terminal."""

    def __init__(self, file: Any) -> None:
        super().__init__(file)
        self._console = Console(file=file, highlight=False)
        columns = (BarColumn(bar_width=30), TextColumn("{task.completed}/{task.total} runs"), TextColumn("{task.fields[left]}"))
        self._bar = Progress(*columns, TextColumn("[dim]{task.description}"), console=self._console, transient=True)

    def estimated(self, estimate: drive.Estimate) -> None:
        """Before anything is trained."""
        super().estimated(estimate)
        self._task = self._bar.add_task("", total=estimate.runs, left=f"{drive.spell(estimate.seconds)} left")
        self._bar.start()

    def close(self) -> None:
        """At the end, however it comes: the bar goes, one line stays."""
        task = self._bar.tasks[0] if self._bar.tasks else None
        self._bar.stop()
        if task is not None and task.completed:
            self._say(f"{int(task.completed)}/{int(task.total or 0)} runs, {self._left(int(task.completed), int(task.completed))}")

    def _show(self, done: int, total: int, record: Record) -> None:
        if not self._bar.tasks:
            self._task = self._bar.add_task("", total=total, left="")
            self._bar.start()
        place = ", ".join(f"{name} {value}" for name, value in {**record.axes, "seed": record.seed}.items())
        shown = clean(" ".join(place.split())).replace("[", "\\[")[:60]
        self._bar.update(self._task, completed=done, total=total, left=self._left(done, total), description=shown)

    def _say(self, text: str) -> None:
        self._console.print(Text(clean(text)))


def remaining(done: int, total: int, passed: float, estimate: float) -> float:
    """Seconds still to go: from the estimate at first, from the runs that are done as they become more.

    >>> remaining(0, 10, 0.0, 60.0), remaining(9, 9, 5.0, 60.0)
    (60.0, 0.0)
    """
    if done == 0:
        return max(0.0, estimate - passed)
    weight = min(1.0, done / 4) if estimate else 1.0
    return (total - done) / total * (weight * passed * total / done + (1 - weight) * estimate)
