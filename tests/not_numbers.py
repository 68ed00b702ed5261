"""What functions say of NaN, tried on the calls that their own examples make: no list of functions or of arguments to keep."""

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
    "unseen.bounds.macro_auc_learners:scores": "called in an inner loop, which looks at what comes out",
}
"""Modules, or arguments of modules, that are left out, and why."""


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
    """Arguments in which a NaN, in the place of a number or of the first one of an array, is not answered by a `Problem` (or by the type checker)."""
    found = []
    for name, (args, known) in calls.items():
        signature = inspect.signature(getattr(module, name))
        given = signature.bind(*args, **known)
        given.apply_defaults()
        for argument, value in given.arguments.items():
            if not _is_real(value) or {module.__name__, f"{module.__name__}:{argument}"} & set(PASSED_ON):
                continue
            bad = signature.bind(*args, **known)
            bad.arguments[argument] = _spoilt(value)
            try:
                with np.errstate(all="ignore"):
                    getattr(module, name)(*bad.args, **bad.kwargs)
                found.append(f"{module.__name__}.{name}({argument}=NaN): expected a Problem, got an answer")
            except (Problem, jaxtyping.TypeCheckError):
                pass
            except Exception as raw:
                found.append(f"{module.__name__}.{name}({argument}=NaN): expected a Problem, got {type(raw).__name__}: {raw}")
    return found


def _is_real(value: Any) -> bool:
    return isinstance(value, float) or (isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0)


def _spoilt(value: Any) -> Any:
    if isinstance(value, float):
        return float("nan")
    spoilt = value.copy()
    spoilt.flat[0] = np.nan
    return spoilt
