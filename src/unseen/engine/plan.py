"""From a study's fields to cells: finds the axes, takes every combination, groups what shares a compiled program."""

import dataclasses
import functools
import types
from collections.abc import Iterator, Sequence
from typing import Any

import equinox as eqx
import jax
import numpy as np

from unseen._types import Over, Problem, unknown
from unseen.engine.identity import is_float
from unseen.engine.program import Recipe, signature
from unseen.engine.schedule import Schedule, Stop

PLAIN = bool | int | float | str | types.NoneType


@dataclasses.dataclass(frozen=True)
class Cell:
    """One run to be: a recipe, its length, and where it stands on the axes of its study."""

    recipe: Recipe
    steps: int
    at: Schedule
    stop: Stop | None
    precision: str
    axes: dict[str, Any]
    seed: int

    @functools.cached_property
    def signature(self) -> tuple:
        """Equal for two cells exactly when they share one compiled program."""
        return signature(self.recipe, self.precision)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "signature"}  # tree structures cannot travel


def children(node: Any) -> list[tuple[str, Any]]:
    """The named parts of a component: fields of a module, items of a container; nothing for a value."""
    if isinstance(node, eqx.Module):
        return [(field.name, getattr(node, field.name)) for field in dataclasses.fields(node) if hasattr(node, field.name)]
    if isinstance(node, tuple | list) and not hasattr(node, "_fields"):
        return [(str(index), value) for index, value in enumerate(node)]
    if isinstance(node, dict):
        return [(str(name), value) for name, value in node.items()]
    return []


def replace(node: Any, name: str, value: Any) -> Any:
    """`node` with its part `name` replaced; the component's own checks run again."""
    if isinstance(node, eqx.Module) and (type(node).__init__ is object.__init__ or dataclasses.is_dataclass(node)):
        try:
            return dataclasses.replace(node, **{name: value})
        except MemoryError as reason:
            raise Problem(f"{type(node).__name__}.{name}={label(value)} does not fit in memory: {reason}. Use a smaller one.") from reason
        except (TypeError, ValueError) as reason:
            raise Problem(f"{type(node).__name__}.{name} cannot be an axis or overridden: {reason}. Give a whole {type(node).__name__} instead.") from reason
    if isinstance(node, dict):
        return {key: value if str(key) == name else part for key, part in node.items()}
    items = list(node)
    items[int(name)] = value
    return type(node)(items)


def overs(node: Any, path: str = "") -> Iterator[tuple[str, Over]]:
    """Every axis in a component with the path of its place, depth first; not inside the values of an axis."""
    if isinstance(node, Over):
        yield path, node
    else:
        for name, value in children(node):
            yield from overs(value, f"{path}.{name}" if path else name)


def _substitute(node: Any, over: Over, value: Any) -> Any:
    if node is over:
        return value
    for name, part in children(node):
        new = _substitute(part, over, value)
        if new is not part:
            node = replace(node, name, new)
    return node


def settle(node: Any) -> Any:
    """`node` with whole numbers in fields of real numbers made real: a weight decay of 0 is one of 0.0, and shares its program."""
    kinds = {field.name: field.type for field in dataclasses.fields(node)} if isinstance(node, eqx.Module) else {}
    for name, part in children(node):
        new = float(part) if type(part) is int and is_float(kinds.get(name)) else settle(part)
        if new is not part:
            node = replace(node, name, new)
    return node


def check_kinds(node: Any) -> None:
    """Refuses what no component's own check may have looked at: a field of whole numbers with another value in it, a plain value where a component goes.

    Raises:
        Problem: naming the component and the field.
    """
    kinds = {field.name: field.type for field in dataclasses.fields(node)} if isinstance(node, eqx.Module) else {}
    for name, part in children(node):
        kind, owner = kinds.get(name), type(node).__name__
        if kind in (int, "int") and (isinstance(part, bool | float | str | tuple | list) or part is None):
            raise Problem(f"{owner}.{name}: expected a whole number, got {part!r}.")
        if isinstance(kind, type) and issubclass(kind, eqx.Module) and isinstance(part, PLAIN):
            raise Problem(f"{owner}.{name}: expected {kind.__name__}, a component, got {part!r}.")
        check_kinds(part)


def combinations(fields: dict[str, Any]) -> Iterator[tuple[dict[int, tuple[Over, str, int]], dict[str, Any]]]:
    """Every way to choose one value on every axis: (choices, concrete fields). Axes inside the values of an axis are expanded after it."""
    path, over = next(overs(fields), (None, None))
    if over is None:
        yield {}, fields
        return
    assert path is not None
    for index, value in enumerate(over.values):
        value = value.item() if isinstance(value, np.generic) else value
        for choices, concrete in combinations(_substitute(fields, over, value)):
            yield {id(over): (over, path, index)} | choices, concrete


def axis_names(places: dict[int, tuple[Over, str]]) -> dict[int, str]:
    """A short name for every axis: its own, or the last part of its path, made longer until no two are equal."""
    names = {}
    for ident, (over, path) in places.items():
        parts = path.split(".")
        for length in range(1, len(parts) + 1):
            short = ".".join(parts[-length:])
            rivals = [other for key, (_, other) in places.items() if key != ident and (other == short or other.endswith("." + short))]
            if not rivals and not short.isdigit():
                break
        names[ident] = over.name or short
    taken = list(names.values())
    doubled = sorted({name for name in taken if taken.count(name) > 1 or name in ("run", "seed", "status", "steps", "step", "seconds")})
    if doubled:
        raise Problem(f"axis name {doubled[0]!r} is taken: name the axis otherwise, e.g. over(…, name='my_axis').")
    return names


def labels(values: Sequence[Any]) -> list[Any]:
    """What stands in a table for each value of an axis: plain values as they are, components by what tells them apart.

    >>> from unseen.engine.schedule import Every, LogSpaced
    >>> labels([LogSpaced(7), Every(7), Every(9)])
    ['LogSpaced', 'Every(n=7)', 'Every(n=9)']
    """
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    if all(isinstance(value, PLAIN) for value in values):
        return values

    def shown_as(value: Any) -> str:
        if isinstance(value, str):
            return value
        if not isinstance(value, eqx.Module) or len(values) == 1:
            return label(value)
        alike = [other for other in values if type(other) is type(value)]
        names = [field.name for field in dataclasses.fields(value)]
        return label(value, [name for name in names if not all(_same(getattr(value, name), getattr(other, name)) for other in alike)])

    shown = [shown_as(value) for value in values]
    return [text if shown.count(text) == 1 else f"{text} #{index}" for index, text in enumerate(shown)]


def label(value: Any, told: Sequence[str] | None = None) -> str:
    """A short text for a component: its type, and the fields that differ from the type's defaults, or those that are `told`.

    >>> from unseen.engine.schedule import LogSpaced
    >>> label(LogSpaced(7))
    'LogSpaced(n=7)'
    """
    if isinstance(value, np.ndarray | jax.Array):
        return f"array{list(value.shape)}"
    if isinstance(value, float | np.floating):
        return f"{float(value):g}"
    if isinstance(value, eqx.Module):
        parts = []
        for field in dataclasses.fields(value):
            here = getattr(value, field.name, None)
            default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
            if (default is dataclasses.MISSING or not _same(here, default)) if told is None else field.name in told:
                parts.append(f"{field.name}={label(here)}")
        return f"{type(value).__name__}({', '.join(parts)})" if parts else type(value).__name__
    if isinstance(value, tuple | list):
        return "[" + ", ".join(map(label, value)) + "]"
    return getattr(value, "__name__", None) or repr(value)


def _same(left: Any, right: Any) -> bool:
    if {type(left), type(right)} == {int, float}:
        return left == right
    if type(left) is not type(right):
        return False
    if isinstance(left, PLAIN):
        return left == right
    try:
        return bool(eqx.tree_equal(left, right))
    except Exception:  # things that cannot be compared are not the same
        return left is right


def cells(fields: dict[str, Any], seeds: Sequence[int]) -> tuple[list[str], list[Cell]]:
    """The axes of a study and its cells in order: every combination, for each every seed."""
    found = list(combinations(fields))
    places: dict[int, tuple[Over, str]] = {}
    for choices, _ in found:
        for ident, (over, path, _index) in choices.items():
            places.setdefault(ident, (over, path))
    names = axis_names(places)
    for ident, (over, _) in places.items():
        doubled = [value for index, value in enumerate(over.values) if any(_same(value, other) for other in over.values[:index])]
        if doubled:
            raise Problem(f"axis {names[ident]!r}: expected different values, got {label(doubled[0])} twice. More runs of one setting are more seeds.")
    texts = {ident: labels(over.values) for ident, (over, _) in places.items()}
    made = []
    for choices, concrete in found:
        axes = {names[ident]: texts[ident][choices[ident][2]] if ident in choices else None for ident in places}
        recipe = Recipe(*map(settle, (concrete["task"], concrete["model"], concrete["method"], tuple(concrete["record"]))))
        made.extend(Cell(recipe, concrete["steps"], concrete["at"], concrete["stop"], concrete["precision"], axes, seed) for seed in seeds)
    return [names[ident] for ident in places], made


def paths(node: Any, prefix: str = "") -> Iterator[str]:
    """Every dotted path that can be overridden, axes looked through."""
    if isinstance(node, Over):
        seen = dict.fromkeys(path for value in node.values for path in paths(value, prefix))
        yield from seen
        return
    for name, value in children(node):
        path = f"{prefix}.{name}" if prefix else name
        yield path
        yield from paths(value, path)


def resolve(name: str, known: Sequence[str]) -> str:
    """The full path for a path or an unambiguous end of one.

    Raises:
        Problem: no such field (the nearest are named), or several.
    """
    if name in known:
        return name
    ends = [path for path in known if path.endswith("." + name)]
    if len(ends) == 1:
        return ends[0]
    if ends:
        raise Problem(f"field {name!r} is ambiguous: {', '.join(ends)}. Give the whole path.")
    raise unknown("field", name, known)


def override(node: Any, path: str, value: Any) -> Any:
    """`node` with the part at the dotted `path` replaced; through an axis, in each of its values that has the part."""
    if not path:
        return value
    if isinstance(node, Over):
        has = [any(p == path for p in paths(one)) for one in node.values]
        return Over(tuple(override(one, path, value) if ok else one for one, ok in zip(node.values, has, strict=True)), node.name)
    name, _, rest = path.partition(".")
    return replace(node, name, override(dict(children(node))[name], rest, value))
