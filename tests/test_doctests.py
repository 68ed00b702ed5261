"""Every example in a docstring runs and prints what it says; with what is no number for one of its numbers, functions of theories and bounds give a `Problem`.

An example may use `jax`, `jnp`, `np` and `unseen._types` without importing them.
"""

import doctest
import importlib
from pathlib import Path
from types import ModuleType

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from discovery import components
from not_numbers import Calls, recorded, unheard, untried
from unseen import _types
from unseen._problem import number
from unseen.methods.joints import Fit, Gradient, Keep, Objective, Order, Update
from unseen.models.model import Model
from unseen.tasks.task import Task

COMMON = {"jax": jax, "jnp": jnp, "np": np} | {name: value for name, value in vars(_types).items() if not name.startswith("_")}
SOURCE = Path(__file__).parents[1] / "src"
MODULES = sorted(
    ".".join(file.relative_to(SOURCE).with_suffix("").parts)
    for file in (SOURCE / "unseen").rglob("*.py")
    if file.name != "__init__.py" and ">>>" in file.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    if "pytorch" in name:
        pytest.importorskip("torch")
    module = importlib.import_module(name)
    calls: Calls = {}
    noting = recorded(module, calls) if name.startswith(("unseen.theory.", "unseen.bounds.")) else {}
    result = doctest.testmod(module, globs=COMMON | vars(module) | noting, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
    assert result.attempted > 0
    assert not unheard(module, calls)
    assert not noting or not untried(module, calls)


def test_every_component_has_an_example():
    """Tasks, models, and all that a method is made of."""
    kinds = {Task: "tasks", Model: "models", **dict.fromkeys((Order, Objective, Gradient, Update, Keep, Fit), "methods")}
    found = {name: cls for base, package in kinds.items() for name, cls in components(f"unseen.{package}", base).items()}
    assert len(found) > 150
    assert [name for name, cls in found.items() if ">>>" not in (cls.__doc__ or "")] == []


def test_a_function_that_takes_what_is_no_number_is_noticed():
    module = ModuleType("careless")
    source = (
        "def careful(x):\n    number(x=x)\n    if not x > 0: raise Problem('x')\n    return x\n"
        "def careless(x, y): return x + y.sum()\ndef raw(x): return 1 / int(x)\n"
    )
    exec(source, vars(module) | {"Problem": _types.Problem, "number": number}, found := {})
    for function in found.values():
        function.__module__ = "careless"
    vars(module).update(found)
    calls: Calls = {}
    noting = recorded(module, calls)
    noting["careful"](1.0), noting["careless"](1.0, np.ones(2)), noting["raw"](1.0)
    told = [one.split(":")[0].removeprefix("careless.") for one in unheard(module, calls)]
    scalars = ("NaN", "'text'", "'3'", "None")
    assert told == [f"careless(x={one})" for one in scalars] + ["careless(y=NaN)"] + [f"raw(x={one})" for one in scalars]
    del calls["raw"]
    assert untried(module, calls) == []
    found["raw"].__annotations__["x"] = int
    assert untried(module, calls) == ["raw"]
