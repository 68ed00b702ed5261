"""`unseen audit`: how well a person's own model generalizes."""

import argparse
import importlib
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unseen._commands.options import add_json
from unseen._commands.screen import say, say_json
from unseen._problem import Problem

if TYPE_CHECKING:
    from unseen.audits.subject import Subject


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the command takes."""
    parser.add_argument(
        "model", nargs="?", metavar="MODULE:OBJECT", help="a fitted estimator, a torch or Equinox module, or a function from inputs to scores or numbers"
    )
    parser.add_argument("--data", type=Path, metavar="FILE", help="Parquet or CSV with the inputs, the labels, and which rows were trained on")
    parser.add_argument(
        "--predictions", type=Path, metavar="FILE", help="Parquet or CSV with labels and score_<class> columns, or a prediction column; no model"
    )
    parser.add_argument("--label", default="label", metavar="COLUMN", help="column of labels; 'label' by default")
    parser.add_argument(
        "--split", default="split", metavar="COLUMN", help="column that says 'train', 'test' or 'new' (no labels); without it all rows are test"
    )
    parser.add_argument("--group", action="append", default=[], metavar="COLUMN", help="column that names groups; may be given several times")
    parser.add_argument("--regression", action=argparse.BooleanOptionalAction, help="labels are numbers to be predicted, not classes; found out by default")
    parser.add_argument("--retrain", metavar="MODULE:FUNCTION", help="(inputs, labels) → such a model trained anew: shows what it learns by heart")
    parser.add_argument("--limit", type=int, metavar="N", help="look at N examples of each kind at most, drawn at random")
    parser.add_argument("--within", type=_seconds, metavar="TIME", help="leave out what would take longer, as 60s or 5m")
    parser.add_argument("--out", type=Path, default=Path("runs/audit"), metavar="DIR", help="folder of the report; runs/audit by default")
    add_json(parser, "audit")


def main(options: argparse.Namespace) -> int:
    """Runs every check that applies, says what they found, and writes the report."""
    if (options.predictions is not None) == (options.model is not None):
        raise Problem("expected either a model with --data FILE, or --predictions FILE. For example: unseen audit --predictions scores.parquet")
    if options.retrain is not None and options.model is None:
        raise Problem("--retrain: expected a model and --data FILE beside it, got --predictions, from which nothing can be trained.")
    from unseen.audits.audit import audited
    from unseen.audits.of_table import of_table

    if options.predictions is not None:
        frame = _table(options.predictions)
        fields = {"split": options.split, "groups": options.group, "regression": options.regression, "limit": options.limit}
        subject = of_table(frame, options.label, name=options.predictions.name, **fields)
    else:
        subject = _of_model(options)
    found = audited(subject, options.within, None if options.json else lambda told: say(f"{subject.name}: {told}"))
    if options.json:
        say_json(found.to_dict())
        return 0
    for line in str(found).splitlines():
        say(line)
    for reason, names in found.left_out().items():
        say(f"  left out: {', '.join(names)}: {reason}")
    from unseen.report.audit import write_audit_report

    say(f"Report: {write_audit_report(found, options.out, command=shlex.join(['unseen', *sys.argv[1:]]))}")
    return 0


def _seconds(text: str) -> float:
    """60, 60s or 5m in seconds."""
    units = {"s": 1, "m": 60, "h": 3600}
    try:
        return float(text[:-1]) * units[text[-1]] if text[-1:] in units else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected a time as 60s or 5m, got {text!r}") from None


def _of_model(options: argparse.Namespace) -> "Subject":
    from unseen.audits.of_model import of_model
    from unseen.audits.of_table import by_split

    if options.data is None:
        raise Problem("--data: expected a Parquet or CSV file with inputs and labels, got none.")
    model, frame = _object(options.model), _table(options.data)
    known = {options.label, options.split, *options.group}
    for column in (options.label, *options.group):
        if column not in frame.columns:
            raise Problem(f"column {column!r}: expected it among {frame.columns}. Name it with --label or --group.")
    inputs = [column for column in frame.columns if column not in known]
    parts = by_split(frame, options.split)
    numeric = all(frame[column].dtype.is_numeric() for column in inputs)

    def x(part: Any) -> Any:
        return part.select(inputs).to_numpy(writable=True) if numeric else part.select(inputs)

    pairs = {which: (x(part), part[options.label].to_numpy(writable=True)) for which, part in parts.items()}
    groups = {column: parts["test"][column].to_numpy() for column in options.group}
    return of_model(
        model,
        pairs["test"],
        train=pairs.get("train"),
        new=pairs["new"][0] if "new" in pairs else None,
        groups=groups,
        limit=options.limit,
        columns=inputs,
        regression=options.regression,
        retrain=None if options.retrain is None else _object(options.retrain),
    )


def _object(address: str) -> Any:
    module, _, name = address.partition(":")
    if not name:
        raise Problem(f"expected MODULE:OBJECT, got {address!r}. For example: unseen audit train:model --data file.parquet")
    sys.path.insert(0, str(Path.cwd()))
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as reason:
        raise Problem(f"{module}: its import failed with {type(reason).__name__}: {reason}") from reason
    if not hasattr(found, name):
        raise Problem(f"{module} has no {name!r}. It has {', '.join(key for key in vars(found) if not key.startswith('_'))[:300]}.")
    return getattr(found, name)


def _table(path: Path) -> Any:
    import polars as pl

    if not path.is_file():
        raise Problem(f"{path}: expected a Parquet or CSV file, got {'a folder' if path.is_dir() else 'nothing there'}.")
    try:
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    except Exception as reason:
        raise Problem(f"{path}: expected a Parquet or CSV file, but reading it gave {type(reason).__name__}: {reason}") from reason
