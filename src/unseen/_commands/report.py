"""`unseen report`: one HTML file for a folder of runs, or for a claim as recorded."""

import argparse
import ast
import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unseen import catalogue
from unseen._commands.options import add_jobs
from unseen._commands.screen import say
from unseen._problem import Problem, unknown

if TYPE_CHECKING:
    from unseen._commands.sources import Source
    from unseen.engine.runs import Runs
    from unseen.study import Study


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("target", metavar="FOLDER|KEY", help="a folder of runs that `unseen run` wrote, or a claim's key")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the report; the runs' own (which else is only read), or runs/KEY, by default")
    parser.add_argument("--data", action="store_true", help="run the claim again, as when it was judged, for the figures of its data and the table of its runs")
    parser.add_argument(
        "--runs", type=Path, metavar="DIR", help="the same with its runs in a folder, such as `unseen check --out DIR` leaves: they are not run again"
    )
    add_jobs(parser)


def main(options: argparse.Namespace) -> int:
    """Writes the report and names it."""
    folder = Path(options.target)
    if folder.is_dir():
        if options.data or options.runs:
            raise Problem(f"--data, --runs: expected the key of a claim with them, got the folder {options.target!r}, whose report has its data.")
        _of_folder(folder, options.out or folder)
    elif options.target in {row.key for row in catalogue.rows()}:
        _of_claim(catalogue.find(options.target), options.out or Path("runs") / options.target, options)
    elif folder.exists():
        raise Problem(f"expected a folder of runs or a claim's key, got the file {options.target!r}.")
    else:
        raise unknown("folder or claim key", options.target, [row.key for row in catalogue.rows()])
    return 0


def write(runs: "Runs", folder: Path, source: "Source", command: str, verdicts: Sequence[Any] = ()) -> None:
    """Shows runs on the terminal and writes their report."""
    from unseen.engine.machine import one_thread, whole_products
    from unseen.report.html import write_study_report
    from unseen.report.terminal import print_runs

    print_runs(runs)
    for verdict in verdicts:
        say(str(verdict))
    draw = getattr(source.module, "figures", None)
    figures: Any = None
    try:
        with one_thread(), whole_products():
            figures = draw(runs) if draw is not None else None
    except Exception as reason:  # a study under overrides may lack what its own figures compare; the runs are worth a report all the same
        told = reason if isinstance(reason, Problem) else f"{type(reason).__name__}: {reason}"
        say(f"The study's own figures cannot be drawn of these runs, the report has the usual ones. {told}", error=True)
    title = (source.module.__doc__ or source.name).strip().splitlines()[0].rstrip(".")
    path = write_study_report(runs, folder, title=title, command=command, figures=figures, verdicts=verdicts)
    say(f"Report: {path}")


def _of_folder(folder: Path, out: Path) -> None:
    from unseen._commands.run import ASKED, asked, command

    if out == folder and not os.access(folder, os.W_OK):
        raise Problem(f"{folder}: expected a folder for the report that you may write in; this one is only read. Name another: --out DIR.")
    try:
        found = json.loads((folder / ASKED).read_text(encoding="utf-8"))
        words = argparse.Namespace(**{name: found[name] for name in ("name", "fields", "seeds", "budget", "width")})
        mode = dict(found.get("mode", {"width": words.width}))  # folders of before say no more
    except (OSError, ValueError, TypeError, KeyError) as reason:
        remedy = "Call it again as before; for runs made in Python: unseen.report.html.write_study_report(runs, …)."
        raise Problem(f"{folder}: expected the folder of a finished `unseen run`, got one without a whole {ASKED}. {remedy}") from reason
    source, study = asked(words)
    write(_finished(study, folder, mode), out, source, command(words))


def _finished(study: "Study", folder: Path, mode: dict[str, Any]) -> "Runs":
    """The runs of a study, all of which the folder must hold; nothing is written there."""
    from unseen.engine.drive import Mode, identify
    from unseen.engine.runs import Runs
    from unseen.engine.store import Store

    cells = study.cells()
    idents = [ident for ident, _ in identify(cells, Mode(**mode))]
    with Store(folder, read_only=True) as store:
        missing = len(set(idents) - store.ids())
        if missing:
            raise Problem(f"{folder}: {missing} runs are missing, or were made by other code. Run them with the command that began it; it goes on from there.")
        records = [dataclasses.replace(record, axes=cell.axes) for cell, record in zip(cells, store.load(idents), strict=True)]
    return Runs(study, study.axes, cells, records, folder)


def _of_claim(row: catalogue.Row, out: Path, options: argparse.Namespace) -> None:
    from unseen._commands.sources import missing
    from unseen.claim import Verdict
    from unseen.engine.drive import spell
    from unseen.report.html import write_claim_report

    if not row.path.exists():
        raise missing(row)
    standing = catalogue.standing(row)
    if not standing.record:
        raise Problem(f"{row.key}: no verdict is recorded yet. Judge it first: unseen check {row.key}")
    if standing.status == "stale":
        say(f"This verdict is stale, the code that it rests on has changed. Judge it again: unseen check {row.key}", error=True)
    text = ast.get_docstring(ast.parse(row.path.read_text(encoding="utf-8"))) or ""
    verdict = Verdict.from_dict(standing.record)
    say(str(verdict))
    results, evidence = _results(row, verdict.budget, options) if options.data or options.runs else ({}, None)
    path = write_claim_report(verdict, results, out, command=f"unseen check {row.key} --budget {verdict.budget}", evidence=evidence, text=text)
    say(f"Report: {path}")
    if not results:
        say(f"It shows what was recorded. With figures of its data ({spell(verdict.seconds)} when it was judged): unseen report {row.key} --data")


def _results(row: catalogue.Row, budget: str, options: argparse.Namespace) -> tuple[dict[str, Any], Any]:
    """What the claim's study and control give, run again, and its evidence. What raises is left out, and told."""
    from unseen._commands.laboratory import Laboratory
    from unseen._commands.sources import claim_of
    from unseen.claim import result_of
    from unseen.engine.machine import one_thread, whole_products

    claim, found = claim_of(row)[0], {}
    with Laboratory(options.jobs, options.runs, tell=True) as lab, one_thread(), whole_products():
        for arm, spec in claim.studies(budget).items():
            try:
                found[arm] = result_of(spec, lab)
                claim.evidence(found[arm])
            except Exception as reason:  # as when it is judged: one arm that breaks does not take the other with it
                found.pop(arm, None)
                say(f"Without figures of the {arm}: {type(reason).__name__}: {reason}", error=True)
    return found, claim.evidence
