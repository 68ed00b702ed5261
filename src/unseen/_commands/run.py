"""`unseen run`: trains a study and shows it."""

import argparse
import dataclasses
import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unseen._commands.fields import overrides
from unseen._commands.laboratory import Laboratory
from unseen._commands.options import add_budget, add_jobs, add_json, at_least
from unseen._commands.screen import say, say_json
from unseen._problem import Problem

if TYPE_CHECKING:
    from unseen._commands.sources import Source
    from unseen.study import Study

ASKED = "asked.json"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("name", help="a study's name, a claim's key, or a .py file with one Study")
    parser.add_argument(
        "fields", nargs="*", metavar="FIELD=A,B,C", help="values of a field, by its dotted path or an unambiguous end of it; several are an axis"
    )
    parser.add_argument("--seeds", type=at_least(1), metavar="N", help="how many seeds")
    add_budget(parser)
    add_jobs(parser)
    parser.add_argument("--on", choices=("ray",), help="where to run, if not on this machine")
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the results, runs/NAME by default; what it holds already is not run again")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--exact", action="store_true", help="one run at a time, bits independent of everything (the default on CPU)")
    how.add_argument("--width", type=at_least(1), metavar="N", help="runs trained together under vmap (the default on accelerators)")
    add_json(parser, "run")


def main(options: argparse.Namespace) -> int:
    """Trains what is missing, judges it where the study's file holds a claim, and shows the results."""
    folder = options.out or Path("runs") / Path(options.name).stem
    if folder.exists() and not folder.is_dir():
        raise Problem(f"--out: expected a folder, got the file {str(folder)!r}. Name another folder.")
    source, study = asked(options)
    try:
        with Laboratory(options.jobs, folder, on=options.on, width=options.width, exact=options.exact, tell=True) as lab:
            runs, mode = lab.run(study), dataclasses.asdict(lab.mode)
            if options.json:
                for row in runs.table.iter_rows(named=True):
                    say_json(row)
                return 0
            verdict = _judged(source, study, options.budget, lab, changed=bool(options.fields or options.seeds))
    except KeyboardInterrupt:
        say(f"\nInterrupted. What is finished is kept in {folder}; the same command goes on from there.", error=True)
        return 130
    words = {"name": options.name, "fields": options.fields, "seeds": options.seeds, "budget": options.budget, "width": options.width, "mode": mode}
    (folder / ASKED).write_text(json.dumps(words) + "\n", encoding="utf-8")
    from unseen._commands.report import write

    write(runs, folder, source, command(options), [] if verdict is None else [verdict])
    return 0


def asked(options: argparse.Namespace) -> "tuple[Source, Study]":
    """The study that the words of a command line name, with its overrides."""
    changes = overrides(options.fields) | ({} if options.seeds is None else {"seeds": options.seeds})
    from unseen._commands import sources

    source = sources.study(options.name)
    study = source.study.with_(source.full) if options.budget == "full" else source.study
    return source, study.with_(changes)


def command(options: argparse.Namespace) -> str:
    """The command line that does the same."""
    words = ["unseen", "run", options.name, *options.fields]
    words += ["--seeds", str(options.seeds)] if options.seeds is not None else []
    words += ["--budget", "full"] if options.budget == "full" else []
    return shlex.join(words + (["--width", str(options.width)] if options.width is not None else []))


def _judged(source: "Source", study: Any, budget: str, lab: Laboratory, changed: bool) -> Any:
    """The verdict of the claim in the study's file; none where there is no claim, or it is about another study than the one that was run."""
    from unseen.claim import Claim

    claim = getattr(source.module, "claim", None)
    if not isinstance(claim, Claim):
        return None
    if claim.study is source.study:
        claim, budget_of_claim = dataclasses.replace(claim, study=study), "quick"
    elif not changed:
        budget_of_claim = budget
    else:
        return None
    return dataclasses.replace(claim.check(budget_of_claim, lab=lab), key=Path(source.name).stem, budget=budget)
