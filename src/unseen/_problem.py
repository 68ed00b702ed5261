"""Mistakes that a person can mend. Apart from `_types`, so that the command line needs no JAX to report one."""

import numbers
import operator
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


class Problem(Exception):  # noqa: N818 - it is shown to people, who did nothing exceptional
    """A mistake that a person can mend: says the argument, what was expected, what came, and the remedy.

    The command line prints it on one screen and leaves with exit code 2; nothing that was finished is lost.
    """


def unknown(what: str, given: str, known: Iterable[str]) -> Problem:
    """A `Problem` for a name that does not exist, with the nearest names that do.

    >>> print(unknown("field", "lerning_rate", ["learning_rate", "momentum"]))
    unknown field 'lerning_rate'. Did you mean 'learning_rate'? Known: learning_rate, momentum.
    """
    import difflib

    known = sorted(known)
    near = difflib.get_close_matches(given, known, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    shown = ", ".join(known[:12]) + (f", … ({len(known)} in all)" if len(known) > 12 else "")
    return Problem(f"unknown {what} {given!r}.{hint} Known: {shown}.")


def real_numbers(name: str, values: Any, *, finite: bool = True) -> "np.ndarray":
    """The values as floating-point numbers.

    Raises:
        Problem: complex ones, text and, where they are to be finite, NaN or infinity.

    >>> real_numbers("eigenvalues", [1, 2]).tolist()
    [1.0, 2.0]
    """
    import numpy as np

    found = np.asarray(values)
    if found.dtype.kind in "USMm" or (found.dtype.kind == "O" and any(isinstance(value, str | bytes) for value in found.flat)):
        raise Problem(f"{name}: expected numbers, got {values!r}.")
    if found.dtype.kind == "c":
        raise Problem(f"{name}: expected real numbers, got complex ones. They come of a matrix that is not symmetric: take (A + Aᵀ)/2, or singular values.")
    try:
        found = found.astype(float)
    except (TypeError, ValueError) as reason:
        raise Problem(f"{name}: expected numbers, got {values!r}.") from reason
    if finite and not np.isfinite(found).all():
        raise Problem(f"{name}: expected finite numbers, got {int((~np.isfinite(found)).sum())} of {found.size} that are not.")
    return found


def number(**given: Any) -> None:
    """Refuses what is no single real number: text, None, complex numbers, several numbers. NaN and infinity pass: a range is checked where it is known.

    Args:
        given: by the argument's name, its value.

    Raises:
        Problem: naming the argument.

    >>> number(delta=0.05, radius=2)
    >>> number(delta="0.05")
    Traceback (most recent call last):
    unseen._problem.Problem: delta: expected a number, got '0.05'.
    """
    for argument, value in given.items():
        if isinstance(value, numbers.Real):
            continue
        import numpy as np

        found = np.asarray(value)
        if found.ndim or found.dtype.kind in "OUSMmc":
            raise Problem(f"{argument}: expected a number, got {value!r}.")


def whole(least: int | None = None, /, **given: Any) -> None:
    """Refuses what is no whole number: NaN, infinity, 2.5, and 2.0 too, as counts and sizes are ints.

    Args:
        least: the smallest that is allowed; None: any, where a range is checked elsewhere.
        given: by the argument's name, its value.

    Raises:
        Problem: naming the argument.

    >>> whole(1, n=3, d=2)
    >>> whole(n=2.5)
    Traceback (most recent call last):
    unseen._problem.Problem: n: expected a whole number, got 2.5. Write it as an int: 10, not 10.0.
    """
    wanted = "a whole number" if least is None else f"a whole number of at least {least}"
    for argument, value in given.items():
        try:
            found = operator.index(value)
        except TypeError:
            raise Problem(f"{argument}: expected {wanted}, got {value!r}. Write it as an int: 10, not 10.0.") from None
        if least is not None and found < least:
            raise Problem(f"{argument}: expected {wanted}, got {value!r}.")


def fitting(**given: tuple[Any, str]) -> "list[np.ndarray]":
    """The values as arrays of finite real numbers whose dimensions of one name are of one size.

    Args:
        given: by the argument's name, its values and the names of its dimensions: a whole number is the size itself, "" stands for a single number, and
            "..." at the start for any more dimensions.

    Raises:
        Problem: what is not a finite real number, other dimensions, sizes that differ, or a named dimension of size 0.

    >>> x, y = fitting(x=([[1, 2], [3, 4]], "n d"), y=([0, 1], "n"))
    >>> y.tolist()
    [0.0, 1.0]
    """
    sizes: dict[str, tuple[int, str]] = {}
    found = []
    for argument, (values, names) in given.items():
        array, dimensions = real_numbers(argument, values), names.split()
        free = dimensions[:1] == ["..."]
        named = dimensions[1:] if free else dimensions
        shape = array.shape[array.ndim - len(named) :] if free else array.shape
        wanted = f"{argument}: expected shape [{', '.join(dimensions)}]" if dimensions else f"{argument}: expected a single number"
        if len(shape) != len(named):
            raise Problem(f"{wanted}, got {array.shape}.")
        for name, size in zip(named, shape, strict=True):
            expected, other = (int(name), argument) if name.isdigit() else sizes.setdefault(name, (size, argument))
            if size != expected:
                raise Problem(f"{wanted}{'' if other == argument else f' with {name} = {expected} as of {other}'}, got {array.shape}.")
            if size == 0:
                raise Problem(f"{wanted}, none of them 0, got {array.shape}.")
        found.append(array)
    return found
