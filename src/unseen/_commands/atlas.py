"""`unseen atlas`: what there is, and where each paper stands."""

import argparse
from collections import Counter

from unseen import catalogue
from unseen._commands.options import add_json
from unseen._commands.screen import say, say_json, say_table
from unseen._problem import Problem, unknown


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument("--family", metavar="F", help="only this family")
    parser.add_argument("--status", metavar="S", help=f"only this status: {', '.join(catalogue.STATUSES)}")
    parser.add_argument("--kind", metavar="K", help="only papers of this kind: method, theory, measure …")
    parser.add_argument("--search", metavar="TEXT", help="only papers with this text in key, title, claim or what is to build")
    parser.add_argument("--core", action="store_true", help="what is nearest to generalization first")
    add_json(parser, "paper")


def main(options: argparse.Namespace) -> int:
    """Lists the papers asked for; without a filter, counts them by family and status."""
    if options.status is not None and options.status not in catalogue.STATUSES:
        raise unknown("status", options.status, catalogue.STATUSES)
    found = [catalogue.standing(row) for row in _chosen(options.family, options.kind, options.search)]
    if options.status is not None:
        found = [one for one in found if one.status == options.status]
    if options.core:
        found.sort(key=lambda one: -one.row.core)
    if options.json:
        for one in found:
            say_json(one.described())
    elif not any((options.family, options.status, options.kind, options.search, options.core)):
        _counts(found)
    else:
        say_table(("family", "key", "status", "effect", "budget", "title"), [_line(one) for one in found])
        say(f"{len(found)} of {len(catalogue.rows())} papers.")
    return 0


def _chosen(family: str | None, kind: str | None, search: str | None) -> list[catalogue.Row]:
    rows = list(catalogue.rows()) if family is None else catalogue.of_family(family)
    if kind is not None:
        kinds = {row.kind for row in catalogue.rows()}
        if kind not in kinds:
            raise unknown("kind", kind, kinds)
        rows = [row for row in rows if row.kind == kind]
    if search is not None:
        if not search.strip():
            raise Problem("--search: expected a text, got none.")
        rows = [row for row in rows if search.casefold() in " ".join((row.key, row.title, row.claim, row.build)).casefold()]
    return rows


def _line(one: catalogue.Standing) -> tuple[object, ...]:
    told = one.described()
    effect = told["effect"]
    return (one.row.family, one.row.key, one.status, effect if isinstance(effect, int | float | None) else str(effect), told["budget"], one.row.title)


def _counts(found: list[catalogue.Standing]) -> None:
    names = catalogue.STATUSES
    table = []
    for family in catalogue.families():
        count = Counter(one.status for one in found if one.row.family == family)
        table.append((family, count.total(), *(count[name] for name in names)))
    total = Counter(one.status for one in found)
    table.append(("all", total.total(), *(total[name] for name in names)))
    say_table(("family", "papers", *names), table)
    say("\nOne family: unseen atlas --family grokking · judge a claim: unseen check KEY · start one: unseen new paper KEY")
