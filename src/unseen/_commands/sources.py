"""Finds what a name on the command line means: a study by name, a claim by key, or a file."""

import importlib.util
import os
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from unseen import catalogue
from unseen._problem import Problem, unknown

STUDIES = Path(__file__).parents[1] / "studies"


@dataclass(frozen=True)
class Source:
    """A study and what came with it.

    Attributes:
        name: how it was asked for.
        study: the study at the quick budget.
        full: overrides for the full budget, by dotted path.
        module: the module that it stands in.
    """

    name: str
    study: Any
    full: dict[str, Any]
    module: ModuleType


def study(name: str) -> Source:
    """The study of a file, of `src/unseen/studies/`, or of a claim."""
    if name.endswith(".py") or os.sep in name:
        return _of_module(name, load(Path(name)))
    known = sorted(path.stem for path in STUDIES.glob("[!_]*.py"))
    if name in known:
        return _of_module(name, _import(f"unseen.studies.{name}", STUDIES / f"{name}.py"))
    keys = [row.key for row in catalogue.rows()]
    if name not in keys:
        raise unknown("study or claim key", name, [*known, *keys])
    row = catalogue.find(name)
    claim, module = claim_of(row)
    return Source(name, _only_study(claim.study, name), dict(claim.full or {}), module)


def claim_of(row: catalogue.Row) -> tuple[Any, ModuleType]:
    """The claim of a paper's file, and the file's module; a `Problem` that says what is missing where there is none."""
    from unseen.claim import Claim

    if not row.path.exists():
        raise missing(row)
    module = _import(f"unseen.atlas.{row.family}.{row.key}", row.path)
    claim = getattr(module, "claim", None)
    if not isinstance(claim, Claim):
        raise Problem(f"{row.path}: expected a Claim named `claim`, got {'nothing of that name' if claim is None else type(claim).__name__}.")
    return claim, module


def missing(row: catalogue.Row) -> Problem:
    """What a paper that is not there yet still needs."""
    if row.feasible == "no":
        return Problem(f"{row.key} ({row.title}): there is nothing to build. {row.build}")
    return Problem(
        f"{row.key} is not there yet: {row.title} ({row.family}, {row.kind}).\n"
        f"  To build: {row.build}\n  Claim: {row.claim or '(the abstract states none that can be tested)'}\n  First idea of a check: {row.check}\n"
        f"Start its file with: unseen new paper {row.key}"
    )


def load(path: Path) -> ModuleType:
    """Runs a file as a module that is called like it and that worker processes can use.

    A `Problem` when it is missing or raises, with the line of the file.
    """
    import difflib

    path = path.expanduser().resolve()
    if not path.is_file():
        near = difflib.get_close_matches(path.name, [other.name for other in path.parent.glob("*.py") if other.is_file()] if path.parent.is_dir() else [], n=3)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        raise Problem(f"study file: expected a Python file, got {str(path)!r}, which is {'a folder' if path.is_dir() else 'not there'}.{hint}")
    import cloudpickle

    name = _module_name(path)
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    module = _execute(name, path)
    cloudpickle.register_pickle_by_value(module)
    return module


def _module_name(path: Path) -> str:
    stem = "".join(letter if letter.isalnum() else "_" for letter in path.stem)
    try:
        other = importlib.util.find_spec(stem)
    except (ValueError, ImportError):
        other = None
    taken = stem in sys.modules or (other is not None and other.origin != str(path))
    return f"study_{stem}" if taken or not stem.isidentifier() else stem


def _import(name: str, path: Path) -> ModuleType:
    """A file of the package under its own name; afresh if another file was imported under it."""
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(path):
        return known
    return _execute(name, path)


def _execute(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as reason:  # a file that calls sys.exit must not end the command without a word
        del sys.modules[name]
        raise _raised(path, reason) from reason
    return module


def _raised(path: Path, reason: BaseException) -> Problem:
    if isinstance(reason, SyntaxError):
        line, text = f" line {reason.lineno}" * bool(reason.lineno), f": {reason.text.strip()}" if reason.text else ""
        return Problem(f"{reason.filename or path}{line}: {reason.msg}{text}. Expected a file of Python in UTF-8.")
    lines = [frame for frame in traceback.extract_tb(reason.__traceback__) if Path(frame.filename) == path]
    where = f"{path} line {lines[-1].lineno}: {lines[-1].line}\n  " if lines else f"{path}: "
    return Problem(f"{where}{reason if isinstance(reason, Problem) else f'{type(reason).__name__}: {reason}'}")


def _of_module(name: str, module: ModuleType) -> Source:
    from unseen.study import Study

    found = {attribute: value for attribute, value in vars(module).items() if isinstance(value, Study)}
    distinct = {id(value): attribute for attribute, value in found.items()}
    if not found:
        raise Problem(f"{name}: expected one Study at the top of the file, got none. Write `study = Study(...)`.")
    if len(distinct) > 1:
        raise Problem(f"{name}: expected one Study at the top of the file, got {len(distinct)}: {', '.join(sorted(found))}. Keep one, or put each in a file.")
    full = getattr(module, "full", {})
    if not isinstance(full, dict):
        raise Problem(f"{name}: `full` holds the overrides for the full budget: expected a dict of dotted paths, got {full!r:.100}.")
    return Source(name, next(iter(found.values())), full, module)


def _only_study(study: Any, key: str) -> Any:
    from unseen.study import Study

    if not isinstance(study, Study):
        raise Problem(f"{key}: expected a claim about one study, got {type(study).__name__}. Use: unseen check {key}")
    return study
