"""What functions say of what is no number, tried on the calls that their own examples make: no list of functions or of arguments to keep."""

import functools
import inspect
from types import ModuleType
from typing import Any

import jaxtyping
import numpy as np

from unseen._problem import Problem

Calls = dict[str, tuple[tuple, dict[str, Any]]]

PASSED_ON = {
    **dict.fromkeys(
        (f"unseen.theory.infinite_width:{argument}" for argument in ("covariance", "rows", "columns")), "duals, called in inner loops: NaN comes out as NaN"
    ),
    "unseen.theory.minimum_norm_spline:tolerance": "a tolerance",
    "unseen.theory.mixture_regret:epsilon": "a tolerance",
    "unseen.theory.black_hole_microstates:within": "a tolerance",
    "unseen.theory.online_memory:bound": "the clip of a loss",
    "unseen.theory._search": "helpers, which look at what comes out",
    **dict.fromkeys(("unseen.theory.high_dimensional_distances:s", "unseen.bounds.testable_halfspace:margin"), "called in an inner loop: NaN comes out as NaN"),
    "unseen.bounds.macro_auc_learners:scores": "called in an inner loop, which looks at what comes out",
}
"""Modules, or arguments of modules, that may give an answer for NaN, and why."""

COMPILED = {"equations", "potential", "descend", "newton", "all_minima"}
"""Functions of `unseen.theory.black_hole_microstates` that no example calls, as they take seconds to compile."""


def recorded(module: ModuleType, calls: Calls) -> dict[str, Any]:
    """The public functions of a module, which note in `calls` what they are first called with."""

    def noting(name: str, function: Any) -> Any:
        @functools.wraps(function)
        def called(*args: Any, **known: Any) -> Any:
            calls.setdefault(name, (args, known))
            return function(*args, **known)

        return called

    return {
        name: noting(name, value)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def unheard(module: ModuleType, calls: Calls) -> list[str]:
    """Arguments in which what is no number is not answered by a `Problem` (or by the type checker).

    A NaN in the place of the first number of an array; text, None or NaN in that of a number, 2.5 in that of a whole one. Minus one may have an answer.
    """
    found = []
    for name, (args, known) in calls.items():
        signature = inspect.signature(getattr(module, name))
        given = signature.bind(*args, **known)
        given.apply_defaults()
        for argument, value in given.arguments.items():
            for told, wrong in _wrong(value, str(signature.parameters[argument].annotation)).items():
                bad = signature.bind(*args, **known)
                bad.arguments[argument] = wrong
                try:
                    with np.errstate(all="ignore"):
                        getattr(module, name)(*bad.args, **bad.kwargs)
                    if told != "-1" and not (told == "NaN" and {module.__name__, f"{module.__name__}:{argument}"} & set(PASSED_ON)):
                        found.append(f"{module.__name__}.{name}({argument}={told}): expected a Problem, got an answer")
                except (Problem, jaxtyping.TypeCheckError):
                    pass
                except Exception as raw:
                    found.append(f"{module.__name__}.{name}({argument}={told}): expected a Problem, got {type(raw).__name__}: {raw}")
    return found


def untried(module: ModuleType, calls: Calls) -> list[str]:
    """Public functions that ask for a number and that no example calls."""
    return [
        name
        for name, function in recorded(module, {}).items()
        if name not in calls
        and not (name in COMPILED and module.__name__.endswith(".black_hole_microstates"))
        and any(one.annotation in (int, float) for one in inspect.signature(function).parameters.values())
    ]


def _wrong(value: Any, annotation: str) -> dict[str, Any]:
    """What is tried in the place of a value, by how it is told."""
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0:
        spoilt = value.copy()
        spoilt.flat[0] = np.nan
        return {"NaN": spoilt}
    if isinstance(value, bool) or not isinstance(value, int | float):
        return {}
    wrong = {"NaN": float("nan"), "'text'": "text", "'3'": "3"}
    if "None" not in annotation:
        wrong["None"] = None
    if isinstance(value, int) and "float" not in annotation:
        wrong |= {"2.5": 2.5, "-1": -1}
    return wrong
