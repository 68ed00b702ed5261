"""Every example in a docstring runs and prints what it says. An example may use `jax`, `jnp`, `np` and `unseen._types` without importing them."""

import doctest
import importlib
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen import _types

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
    result = doctest.testmod(module, globs=COMMON | vars(module), optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
    assert result.attempted > 0
