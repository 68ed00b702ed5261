"""Finds every component of a kind by walking the package: nothing is listed by hand."""

import importlib
import inspect
import pkgutil


def components(package, base):
    """The concrete subclasses of `base` that are defined under `package` (outside of its private modules), by name, constructible without arguments."""
    root = importlib.import_module(package)
    found = {}
    for info in pkgutil.walk_packages(root.__path__, root.__name__ + "."):
        if info.name.rpartition(".")[2].startswith("_"):
            continue
        for _, cls in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
            if issubclass(cls, base) and cls is not base and cls.__module__ == info.name:
                found[f"{info.name.removeprefix(package + '.')}.{cls.__name__}"] = cls
    return dict(sorted(found.items()))
