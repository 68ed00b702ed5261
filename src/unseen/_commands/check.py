"""`unseen check`: judges claims, and records the verdicts."""

import argparse
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unseen import catalogue
from unseen._commands.laboratory import Laboratory
from unseen._commands.options import add_budget, add_jobs, add_json
from unseen._commands.screen import say, say_json, say_table
from unseen._problem import Problem


@dataclass(frozen=True)
class Checked:
    """One claim after its check: a verdict, or what went wrong."""

    row: catalogue.Row
    verdict: dict[str, Any]
    before: str | None
    error: str | None = None
    mistake: bool = False


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("keys", nargs="*", metavar="KEY", help="claims, by key")
    parser.add_argument("--family", metavar="F", help="all claims of a family that are written")
    parser.add_argument("--all", action="store_true", help="all claims that are written")
    add_budget(parser)
    parser.add_argument("--null", action="store_true", help="put the control in the treatment's place: the claim must not be supported; records nothing")
    add_jobs(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder of the runs; what it holds already is not run again (a temporary one by default)")
    parser.add_argument("--record", action=argparse.BooleanOptionalAction, default=True, help="write the verdict into the atlas")
    add_json(parser, "claim")


def main(options: argparse.Namespace) -> int:
    """Trains what the claims need, side by side, and judges them.

    Returns:
        0; 1 where a verdict is not the recorded one, a claim is supported by its control, or its code raised; 2 where a claim cannot be judged.
    """
    rows = _chosen(options.keys, options.family, options.all)
    checked = _check_all(rows, options)
    if not options.json and len(checked) > 1:
        say()
        say_table(("key", "verdict", "effect", "interval", "control", "seconds", "recorded before"), [_line(one) for one in checked])
    for one in checked:
        if one.error:
            say(f"\n{one.row.key}: {one.error}", error=True)
    if len(checked) < len(rows):
        return 130
    return _exit_code(checked, options.null)


def _chosen(keys: list[str], family: str | None, every: bool) -> list[catalogue.Row]:
    if (bool(keys) + (family is not None) + every) != 1:
        raise Problem("expected keys, or --family F, or --all. For example: unseen check grokking_tickets. All keys: unseen atlas --search TEXT")
    if keys:
        return [catalogue.find(key) for key in dict.fromkeys(keys)]
    wanted = catalogue.rows() if every else catalogue.of_family(str(family))
    rows = [row for row in wanted if row.path.exists()]
    if not rows:
        raise Problem(f"no claim of {'the atlas' if every else f'family {family!r}'} is written yet. Start one: unseen new paper {wanted[0].key}")
    if len(rows) < len(wanted):
        say(f"{len(rows)} claims; {len(wanted) - len(rows)} papers of {'the atlas' if every else family} are not there yet.", error=True)
    return rows


def _check_all(rows: list[catalogue.Row], options: argparse.Namespace) -> list[Checked]:
    checked: list[Checked] = []
    with Laboratory(options.jobs, options.out) as lab:
        try:
            if len(rows) > 1:
                lab.train(_studies(rows, options))
        except KeyboardInterrupt:
            kept = f" What is finished is kept in {options.out}." if options.out else " Give --out DIR to keep what is finished."
            say(f"\nInterrupted before the first verdict.{kept}", error=True)
            return []
        for number, row in enumerate(rows, 1):
            try:
                one = _check_one(row, options, lab)
            except KeyboardInterrupt:
                say(f"\nInterrupted after {number - 1} of {len(rows)} claims; their verdicts are kept. Go on with: unseen check {row.key} …", error=True)
                break
            checked.append(one)
            if options.json:
                say_json(_object(one))
            elif one.verdict:
                say(f"[{number}/{len(rows)}] {row.key}: {one.verdict['sentence']}")
    return checked


def _studies(rows: list[catalogue.Row], options: argparse.Namespace) -> Iterator[Any]:
    """The studies of these claims and of their controls, as far as they are plain studies."""
    from unseen._commands.sources import claim_of
    from unseen.study import Study

    for row in rows:
        try:
            specs = claim_of(row)[0].studies(options.budget)
        except Exception:  # told when the claim is judged
            continue
        for spec in [specs["control"], *([] if options.null else [specs["study"]])]:
            yield from (one for one in (spec.values() if isinstance(spec, Mapping) else [spec]) if isinstance(one, Study))


def _check_one(row: catalogue.Row, options: argparse.Namespace, lab: Any) -> Checked:
    before = None
    try:
        from unseen._commands.sources import claim_of

        recorded = catalogue.recorded(row, options.budget)
        before = recorded["verdict"] if recorded else None
        code = catalogue.code(row)  # as it is now: what is edited while the claim runs makes the verdict stale
        claim, _ = claim_of(row)
        lab.restart()
        found = claim.check(options.budget, null=options.null, lab=lab, code=code)
        verdict = found.to_dict()
        verdict["seconds"] = max(verdict["seconds"], lab.seconds)  # what was trained beforehand counts too
        if found.raised or lab.lost:  # the machine's trouble, or a defect of the claim, is no verdict on the paper
            why = f"{lab.lost} runs crashed or did not fit in memory." if lab.lost else found.sentence
            return Checked(row, {}, before, f"not judged, and nothing is recorded. {why}", mistake=bool(lab.lost) or found.raised == "Problem")
        if options.record and not options.null:
            catalogue.record(row, verdict)
        return Checked(row, verdict, before)
    except Problem as problem:
        return Checked(row, {}, before, str(problem), mistake=True)
    except Exception:  # one claim's failure never stops the others
        return Checked(row, {}, before, traceback.format_exc())


def _object(one: Checked) -> dict[str, Any]:
    told = {name: one.verdict.get(name) for name in catalogue.RECORDED}
    row = {"family": one.row.family, "key": one.row.key, "title": one.row.title}
    return row | told | {"before": one.before, "error": one.error}


def _line(one: Checked) -> tuple[Any, ...]:
    told = one.verdict
    return (one.row.key, told.get("verdict", "error"), *(_short(told.get(name)) for name in ("effect", "interval", "control", "seconds")), one.before)


def _short(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(f"{part:.4g}" if isinstance(part, float) else str(part) for part in value) + "]"
    return value


def _exit_code(checked: list[Checked], null: bool) -> int:
    if any(one.mistake for one in checked):
        return 2
    if any(one.error for one in checked):
        return 1
    if null:
        return int(any(one.verdict["verdict"] == "supported" for one in checked))
    return int(any(one.before not in (None, one.verdict["verdict"]) for one in checked))
