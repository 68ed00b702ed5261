"""Questions about numbers in four representations, as text, with exact answers, and how wrong answers are measured."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from unseen._types import Problem, unknown

EVERYWHERE = ("add", "sub", "multiply", "max", "min")
DIGITS = ("digit_max", "digit_min", "digit_add", "get_digit", "length")
PAIRS: dict[str, tuple[str, ...]] = {
    "integer": (*EVERYWHERE, "truediv", "floordiv", "mod", *DIGITS, "count", "to_scient", "sig"),
    "float": (*EVERYWHERE, *DIGITS, "to_scient", "sig"),
    "fraction": (*EVERYWHERE, "truediv", "to_float"),
    "scientific": (*EVERYWHERE, "to_float"),
}
SYMBOLS = {"add": "+", "sub": "-", "multiply": "*", "truediv": "÷", "floordiv": "//", "mod": "%"}


def written(value: Fraction, representation: str) -> str:
    """A number, not negative, as text without needless zeros: 120, 1.25, 5/4, 1.25e0.

    Raises:
        Problem: no finite decimal expansion, where one is needed; or no whole number.

    >>> [written(Fraction(5, 4), kind) for kind in ("float", "fraction", "scientific")]
    ['1.25', '5/4', '1.25e0']
    """
    if representation == "fraction":
        return f"{value.numerator}/{value.denominator}"
    places = next((k for k in range(400) if value * 10**k % 1 == 0), None)
    if places is None or (places and representation == "integer"):
        raise Problem(f"value: expected a number that can be written as {representation}, got {value}. Write it as a fraction.")
    digits = str(int(value * 10**places))
    if representation == "integer":
        return digits
    if representation == "float":
        padded = digits.zfill(places + 1)
        return f"{padded[: len(padded) - places]}.{padded[len(padded) - places :] or '0'}"
    return f"{digits[0]}.{digits[1:].rstrip('0') or '0'}e{len(digits) - 1 - places if value else 0}"


def read(text: str) -> Fraction:
    """The number of a text of any representation.

    >>> read("1.25e2"), read("5/4")
    (Fraction(125, 1), Fraction(5, 4))
    """
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        return Fraction(mantissa) * Fraction(10) ** int(exponent)
    return Fraction(text)


def question(rng: np.random.Generator, task: str, representation: str, digits: int) -> tuple[str, str]:
    """A random question and its answer, as in NUPA (Yang et al. 2024): the 41 pairs of task and representation in `PAIRS`.

    Numbers have `digits` digits (floats: one to all but one of them before the point; fractions: numerator and denominator before they are reduced, but for
    to_float divisors of a power of ten; scientific: those of the mantissa, exponents 3 to 8). The first number of sub is the larger.

    digit_max, digit_min and digit_add work on each pair of digits of the same worth (sums without carry); get_digit asks for a digit, counted from the left
    from 1; count how often a digit occurs; length how many digits there are; sig for that many significant figures, halves rounded up.

    Args:
        rng: where chance comes from.
        task: a task that the representation has.
        representation: "integer", "float", "fraction" or "scientific".
        digits: at least 2.

    Raises:
        Problem: a task that the representation does not have, or too few digits.

    >>> question(np.random.default_rng(0), "add", "float", 4)
    ('865.2+1.001', '866.201')
    """
    if representation not in PAIRS:
        raise unknown("representation", representation, PAIRS)
    if task not in PAIRS[representation]:
        raise unknown(f"task on a number as {representation}", task, PAIRS[representation])
    if digits < 2:
        raise Problem(f"digits: expected at least 2, got {digits!r}.")
    a, b = (_drawn(rng, representation, digits, ends=task == "to_float") for _ in range(2))
    if task == "sub":
        a, b = max(a, b), min(a, b)
    one, other = written(a, representation), written(b, representation)
    if task in SYMBOLS:
        result = {"add": a + b, "sub": a - b, "multiply": a * b, "truediv": a / b, "floordiv": Fraction(a // b), "mod": a % b}[task]
        return f"{one}{SYMBOLS[task]}{other}", written(result, "fraction" if task == "truediv" else representation)
    if task in ("max", "min"):
        return f"{task}({one},{other})", written((max if task == "max" else min)(a, b), representation)
    if task in ("digit_max", "digit_min", "digit_add"):
        combine = {"digit_max": max, "digit_min": min, "digit_add": lambda x, y: (x + y) % 10}[task]
        return f"{task}({one},{other})", digitwise(one, other, combine)
    plain = one.replace(".", "")
    if task == "get_digit":
        at = int(rng.integers(len(plain)))
        return f"get_digit({one},{at + 1})", plain[at]
    if task == "count":
        digit = str(rng.integers(10))
        return f"count({one},{digit})", str(plain.count(digit))
    if task == "sig":
        figures = int(rng.integers(1, digits + 1))
        return f"sig({one},{figures})", significant(a, figures)
    return f"{task}({one})", str(len(plain)) if task == "length" else written(a, "float" if task == "to_float" else "scientific")


def _drawn(rng: np.random.Generator, representation: str, digits: int, ends: bool) -> Fraction:
    """A random positive number; a fraction that `ends` has a finite decimal expansion."""

    def whole(count: int) -> int:
        return int(str(rng.integers(1, 10)) + "".join(map(str, rng.integers(0, 10, count - 1))))

    if representation == "integer":
        return Fraction(whole(digits))
    if representation == "float":
        return Fraction(whole(digits), 10 ** int(rng.integers(1, digits)))
    if representation == "fraction":
        return Fraction(whole(digits), 2 ** int(rng.integers(1, 4)) * 5 ** int(rng.integers(digits)) if ends else whole(digits))
    return Fraction(whole(digits), 10 ** (digits - 1)) * 10 ** int(rng.integers(3, 9))


def digitwise(one: str, other: str, combine: Callable[[int, int], int]) -> str:
    """A rule on each pair of digits of the same worth, missing ones 0; zeros that are not needed are dropped.

    >>> digitwise("123.4", "9.05", max)
    '129.45'
    """
    (whole, _, rest), (also, _, tail) = one.partition("."), other.partition(".")
    left, right = max(len(whole), len(also)), max(len(rest), len(tail))
    pairs = zip(whole.zfill(left) + rest.ljust(right, "0"), also.zfill(left) + tail.ljust(right, "0"), strict=True)
    digits = "".join(str(combine(int(x), int(y))) for x, y in pairs)
    return written(Fraction(int(digits), 10**right), "float" if right else "integer")


def significant(value: Fraction, figures: int) -> str:
    """A positive number with so many significant figures, in scientific notation, zeros at the end kept.

    >>> significant(Fraction(1996), 3)
    '2.00e3'
    """
    exponent = int(written(value, "scientific").partition("e")[2])
    mantissa = int(value / Fraction(10) ** (exponent - figures + 1) + Fraction(1, 2))
    if mantissa == 10**figures:
        mantissa, exponent = mantissa // 10, exponent + 1
    text = str(mantissa)
    return f"{text[0]}.{text[1:]}e{exponent}" if figures > 1 else f"{text}e{exponent}"


def compared(answer: str, truth: str) -> dict[str, float]:
    """How right an answer is: `exact` 0 or 1; `digits`, share of the true digits that stand at their place; `length`, difference of lengths, ≥ 0.

    Numbers are cut at ".", "/" and "e"; whole parts are lined up at their last digit, decimals at their first. What is no number has no digit right.

    >>> compared("124.5", "1234.5")
    {'exact': 0.0, 'digits': 0.4, 'length': 1.0}
    """
    parts, wanted = (text.replace("/", "|").replace("e", "|").split("|") for text in (answer, truth))
    right = total = 0
    for at, whole in enumerate(wanted):
        given = parts[at] if at < len(parts) else ""
        (front, _, back), (true_front, _, true_back) = given.partition("."), whole.partition(".")
        right += sum(x == y for x, y in zip(reversed(front), reversed(true_front), strict=False)) + sum(x == y for x, y in zip(back, true_back, strict=False))
        total += len(true_front) + len(true_back)
    return {"exact": float(answer == truth), "digits": right / total, "length": float(abs(len(answer) - len(truth)))}
