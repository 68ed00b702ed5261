"""Which definitions a piece of code rests on, and a hash of each: what makes a stored result or a verdict stale.

Definitions are followed by name through the syntax of files, so nothing needs to be imported. Names are over-approximated: a local variable that is
called like a top-level definition counts as a use of it.
"""

import ast
import dataclasses
import functools
import inspect
import sys
import sysconfig
import textwrap
import types
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from unseen.engine.definitions import File, mentions, read, short_hash, syntax

PACKAGE = Path(__file__).resolve().parents[1]
_FOREIGN = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})

SILENT = (
    "unseen._problem",
    "unseen._text",
    "unseen.engine.display",
    "unseen.report",
    "unseen.cli",
    "unseen.catalogue",
)  # what only talks to people changes no result


def code_version(*roots: Any, stop: Iterable[str] = ()) -> dict[str, str]:
    """Every definition that the roots reach inside `unseen` or the user's own files, with a hash of its syntax.

    A definition's hash knows neither docstrings, comments, layout nor position. Other libraries are not followed.

    Args:
        roots: a specification (every type and function in it), a type, a function, a file (all its definitions; it is not imported),
            "package.module", or "package.module:definition".
        stop: modules or "module:definition"s that are neither counted nor followed, beside what only talks to people.

    Returns:
        "module:definition" -> 16 hexadecimal digits, sorted; "module:*" holds the statements of a module that bind no name.
    """
    walk = _Walk(frozenset((*SILENT, *stop)))
    for root in roots:
        walk.root(root)
    return dict(sorted(walk.found.items()))


class _Walk:
    def __init__(self, stop: frozenset[str]) -> None:
        self.found: dict[str, str] = {}
        self._stop = stop
        self._seen: set[tuple[str, str]] = set()
        self._files: dict[str, Path | None] = {}
        self._folders: list[Path] = []

    def root(self, root: Any) -> None:
        if isinstance(root, Path):
            self._whole(self._adopt(root.resolve()))
        elif isinstance(root, str):
            module, _, name = root.partition(":")
            if name:
                self._visit(module, name)
            else:
                self._whole(module)
        else:
            for item in parts(root):
                self._object(item)

    def _adopt(self, path: Path) -> str:
        """Makes a file known by its module's name."""
        if path.is_relative_to(PACKAGE):
            return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        self._files[path.stem] = path
        self._folders.append(path.parent)
        return path.stem

    def _locate(self, module: str) -> Path | None:
        if module not in self._files:
            self._files[module] = self._search(module)
        return self._files[module]

    def _search(self, module: str) -> Path | None:
        if module.split(".")[0] == "unseen":
            return _file_in(PACKAGE.parent, module)
        loaded = getattr(sys.modules.get(module), "__file__", None)
        if loaded is not None:
            path = Path(loaded)
            if path.suffix != ".py" or str(path).startswith(_FOREIGN):
                return None
            self._folders.append(path.parents[module.count(".") + (path.name == "__init__.py")])
            return path
        return next((path for folder in self._folders if (path := _file_in(folder, module)) is not None), None)

    def _whole(self, module: str) -> None:
        path = self._locate(module)
        for name in read(path).hashes if path is not None else ():
            self._visit(module, name)

    def _visit(self, module: str, name: str) -> None:
        todo = [(module, name)]
        while todo:
            one = todo.pop()
            if one not in self._seen and not self._stopped(*one):
                self._seen.add(one)
                todo.extend(self._next(*one))

    def _stopped(self, module: str, name: str) -> bool:
        names = module.split(".")
        return f"{module}:{name}" in self._stop or any(".".join(names[:k]) in self._stop for k in range(1, len(names) + 1))

    def _next(self, module: str, name: str) -> Iterator[tuple[str, str]]:
        """Notes one definition and gives those that it mentions."""
        path = self._locate(module)
        if path is None:
            return
        file = read(path)
        if name in file.hashes:
            self.found[f"{module}:{name or '*'}"] = file.hashes[name]
            yield module, ""
            for dotted in file.uses[name]:
                yield from self._targets(module, path, file, dotted.split("."))
        elif name:
            yield from self._targets(module, path, file, [name])

    def _targets(self, module: str, path: Path, file: File, chain: list[str]) -> Iterator[tuple[str, str]]:
        first, rest = chain[0], chain[1:]
        if first in file.hashes:
            yield module, first
        for source, name, level in file.imports.get(first, ()):
            yield from self._reach(_absolute(module, path, source, level), [name] * bool(name) + rest)
        for source, _, level in file.imports.get("*", ()):
            yield _absolute(module, path, source, level), first

    def _reach(self, module: str, chain: list[str]) -> Iterator[tuple[str, str]]:
        while chain and self._locate(f"{module}.{chain[0]}") is not None:
            module, chain = f"{module}.{chain[0]}", chain[1:]
        path = self._locate(module)
        if chain:
            yield module, chain[0]
        elif path is not None:
            yield from ((module, name) for name in read(path).hashes)

    def _object(self, item: Any) -> None:
        module, name = item.__module__ or "", getattr(item, "__qualname__", "").split(".")[0]
        path = self._locate(module)
        if path is not None and name in read(path).hashes:
            self._visit(module, name)
        elif path is not None or (getattr(sys.modules.get(module), "__file__", None) is None and module not in sys.builtin_module_names):
            self._live(item, module)

    def _live(self, item: Any, module: str) -> None:
        """A definition that stands in no file (a notebook, a lambda): its source and what it mentions are asked from Python."""
        key = f"{module}:{item.__qualname__}"
        if key in self.found:
            return
        self.found[key] = source_hash(item)
        scope: dict[str, Any] = dict(vars(sys.modules[module])) if module in sys.modules else {}
        if isinstance(item, types.FunctionType):
            scope.update(inspect.getclosurevars(item).nonlocals)
        for dotted in _live_mentions(item):
            first, *rest = dotted.split(".")
            value = scope.get(first)
            while rest and isinstance(value, types.ModuleType):
                value = getattr(value, rest.pop(0), None)
            if isinstance(value, bool | int | float | str | tuple):
                self.found[f"{module}:{first}"] = short_hash(repr(value))
            for part in parts(value):
                self._object(part)


@cache
def _file_in(folder: Path, module: str) -> Path | None:
    stem = folder.joinpath(*module.split("."))
    return next((path for path in (stem.with_suffix(".py"), stem / "__init__.py") if path.is_file()), None)


def _absolute(module: str, path: Path, source: str, level: int) -> str:
    if not level:
        return source
    names = module.split(".")
    kept = names[: len(names) - level + (path.name == "__init__.py")]
    return ".".join([*kept, source] if source else kept)


def parts(spec: Any) -> list[Any]:
    """Every type and function in a specification."""
    found: dict[int, Any] = {}
    todo, seen = [spec], set()
    while todo:
        item = todo.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, type | types.FunctionType):
            found[id(item)] = item
        elif isinstance(item, types.MethodType):
            todo += [item.__func__, item.__self__]
        elif isinstance(item, functools.partial):
            todo += [item.func, *item.args, *item.keywords.values()]
        elif isinstance(item, dict):
            todo += item.values()
        elif isinstance(item, list | tuple | set | frozenset):
            todo += [*item, type(item)]
        elif dataclasses.is_dataclass(item):
            todo += [type(item), *(getattr(item, f.name, None) for f in dataclasses.fields(item))]
        elif type(item).__name__ == "Over":
            todo += item.values
        elif (inner := getattr(item, "__wrapped__", None)) is not None:
            todo.append(inner)
    return list(found.values())


def source_hash(item: Any) -> str:
    """Hash of a function's or class's source without docstrings and comments; of its bytecode where the source is not to be had."""
    tree = _tree(item)
    if tree is None or sum(isinstance(node, ast.Lambda) for node in ast.walk(tree)) > 1:
        functions = [item] if isinstance(item, types.FunctionType) else [f for f in vars(item).values() if isinstance(f, types.FunctionType)]
        return short_hash(repr([_bytecode(f.__code__) for f in functions]))
    return short_hash(syntax(tree))


def _tree(item: Any) -> ast.Module | None:
    if isinstance(item, types.FunctionType) and item.__code__.co_filename == "<string>":
        return None  # from Python 3.13 on, the text of `python -c` would be taken for that of everything compiled from a string
    try:
        source = textwrap.dedent(inspect.getsource(item))
    except (OSError, TypeError):
        return None
    try:
        return ast.parse(source)
    except SyntaxError:  # a lambda in the middle of an expression
        return None


def _live_mentions(item: Any) -> set[str]:
    tree = _tree(item)
    if tree is not None:
        return mentions(tree)
    functions = [item] if isinstance(item, types.FunctionType) else [f for f in vars(item).values() if isinstance(f, types.FunctionType)]
    return {name for f in functions for name in (*f.__code__.co_names, *f.__code__.co_freevars)}


def _bytecode(code: types.CodeType) -> tuple[Any, ...]:
    return (code.co_code, code.co_names, tuple(_bytecode(c) if isinstance(c, types.CodeType) else repr(c) for c in code.co_consts))
