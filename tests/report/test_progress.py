import dataclasses
import io

import pytest

from synthetic_runs import synthetic
from unseen.engine.drive import Estimate, Progress
from unseen.engine.workers import Failure
from unseen.report.progress import Bar, Lines, remaining, speaking


class Terminal(io.StringIO):
    def isatty(self):
        return True


ESTIMATE = Estimate(seconds=75.0, memory=2**30, runs=12, finished=3, groups=2, measured=2, flops=0.0)


def told(progress, file):
    runs = synthetic()
    progress.estimated(ESTIMATE)
    for index in range(len(runs)):
        record = runs.record(index)
        if index == 5:
            object.__setattr__(record, "status", "diverged")
        if index == 6:
            record.axes["weight_decay"] = "[red]\x1b[31m"
        progress.finished(record, index + 1, 12)
    progress.failed(Failure(("a", "b"), "Traceback\nValueError: \x1b]0;no\x07 good [bold]", crashed=False))
    progress.close()
    return file.getvalue()


def test_plain_lines():
    file = io.StringIO()
    lines = told(Lines(file), file).splitlines()
    assert lines[0] == "12 runs (3 more are finished already) in 2 compiled groups: about 1 min 15 s, 1.0 GiB"
    assert lines[1:] == ["12/12 runs, 0 s, 1 diverged", "2 runs could not be trained: ValueError:  good [bold]"]


def test_what_is_known_while_groups_are_measured():
    file = io.StringIO()
    progress = Lines(file, every=0.0)
    for done, measured in ((0, 0), (1, 0), (2, 1), (3, 2)):
        progress.measured(done, 3, dataclasses.replace(ESTIMATE, groups=9, measured=measured))
    told = "12 runs (3 more are finished already) in 9 compiled groups: about 1 min 15 s, 1.0 GiB"
    assert file.getvalue().splitlines() == ["measuring 3 of 9 compiled groups, to estimate the rest", f"2 of 3 measured, so far: {told}"]


def test_a_reason_is_told_once_however_many_runs_have_it():
    file = io.StringIO()
    progress = Lines(file)
    for error in ("Traceback\nValueError: one", "ValueError: one", "ValueError: two", ""):
        progress.failed(Failure(("a",), error, crashed=False))
    assert file.getvalue().splitlines() == [f"1 run could not be trained: {reason}" for reason in ("ValueError: one", "ValueError: two", "no reason given")]


def test_every_run_has_a_line_when_asked_for():
    file = io.StringIO()
    lines = told(Lines(file, every=0.0), file).splitlines()
    assert len(lines) == 14
    assert lines[6] == f"6/12 runs, {lines[6].split(', ')[1]}, 1 diverged"
    assert lines[6].split(", ")[1].endswith(" left")


def test_a_live_bar_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    file = Terminal()
    text = told(Bar(file), file)
    assert "about 1 min 15 s" in text
    assert text.rstrip().splitlines()[-1].strip().endswith("12/12 runs, 0 s, 1 diverged")
    assert "\x1b]0;" not in text
    assert "good [bold]" in text


def test_a_bar_that_is_closed_before_anything_happened_says_nothing():
    file = Terminal()
    Bar(file).close()
    assert "runs" not in file.getvalue()


def test_which_one_speaks():
    assert type(speaking(file=io.StringIO())) is Lines
    assert type(speaking(file=Terminal())) is Bar
    assert type(speaking(quiet=True, file=Terminal())) is Progress


@pytest.mark.parametrize(
    ("done", "passed", "estimate", "left"),
    [(0, 10.0, 60.0, 50.0), (0, 99.0, 60.0, 0.0), (12, 9.0, 60.0, 0.0), (6, 30.0, 600.0, 30.0), (1, 1.0, 0.0, 11.0), (2, 10.0, 120.0, 75.0)],
)
def test_time_left_goes_from_the_estimate_to_what_was_seen(done, passed, estimate, left):
    assert remaining(done, 12, passed, estimate) == pytest.approx(left)
