"""Questions against Python's integers, its Decimal and its own rounding; metrics by hand."""

import re
from decimal import ROUND_HALF_UP, Decimal, getcontext
from fractions import Fraction

import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.number_understanding import PAIRS, compared, digitwise, question, read, significant, written

getcontext().prec = 60
COUNT = 60
ALL = [(representation, task) for representation, tasks in PAIRS.items() for task in tasks]
FORM = {"integer": r"\d+", "float": r"\d+\.\d+", "fraction": r"\d+/\d+", "scientific": r"\d\.\d+e\d+"}


def decimal(text):
    """A number of any representation but a fraction, by Decimal's own reading."""
    return Decimal(text)


def asked(task, representation, digits=4):
    for seed in range(COUNT):
        yield question(np.random.default_rng(seed), task, representation, digits)


def operands(text):
    return re.findall(r"(?:\d+/\d+|\d+\.\d+e\d+|\d+\.\d+|\d+)", text)


def test_there_are_41_pairs():
    assert len(ALL) == 41 and len({task for _, task in ALL}) == 17


@pytest.mark.parametrize(("representation", "task"), ALL)
def test_numbers_have_the_form_of_their_representation(representation, task):
    for text, answer in asked(task, representation):
        first = operands(text)[0]
        assert re.fullmatch(FORM[representation], first)
        kind = {"truediv": "fraction", "to_scient": "scientific", "to_float": "float"}.get(task, representation)
        if task not in ("get_digit", "length", "count", "sig"):
            assert re.fullmatch(FORM[kind], answer)
            assert written(read(answer), kind) == answer


@pytest.mark.parametrize("representation", ["integer", "float", "scientific"])
@pytest.mark.parametrize("task", ["add", "sub", "multiply", "max", "min"])
def test_arithmetic_against_decimal(representation, task):
    for text, answer in asked(task, representation):
        a, b = map(decimal, operands(text))
        assert decimal(answer) == {"add": a + b, "sub": a - b, "multiply": a * b, "max": max(a, b), "min": min(a, b)}[task]
        assert task != "sub" or a >= b


def test_integers_and_fractions():
    for task, run in (("floordiv", int.__floordiv__), ("mod", int.__mod__)):
        for text, answer in asked(task, "integer"):
            a, b = map(int, operands(text))
            assert int(answer) == run(a, b)
    for text, answer in asked("truediv", "integer"):
        a, b = map(int, operands(text))
        up, down = map(int, answer.split("/"))
        assert up * b == a * down and np.gcd(up, down) == 1
    for task in ("add", "sub", "multiply", "truediv", "max", "min"):
        for text, answer in asked(task, "fraction"):
            (a, b), (c, d) = (map(int, one.split("/")) for one in operands(text))
            up, down = map(int, answer.split("/"))
            cross = {"add": (a * d + c * b, b * d), "sub": (a * d - c * b, b * d), "multiply": (a * c, b * d), "truediv": (a * d, b * c)}
            cross |= {"max": (a, b) if a * d > c * b else (c, d), "min": (c, d) if a * d > c * b else (a, b)}
            assert up * cross[task][1] == cross[task][0] * down and (np.gcd(up, down) == 1 or up == 0)


def test_conversion_and_figures():
    for representation, task in (("integer", "to_scient"), ("float", "to_scient"), ("scientific", "to_float")):
        for text, answer in asked(task, representation):
            assert decimal(answer) == decimal(operands(text)[0])
    for text, answer in asked("to_float", "fraction"):
        up, down = map(int, operands(text)[0].split("/"))
        assert decimal(answer) * down == up
    for representation in ("integer", "float"):
        for text, answer in asked("sig", representation):
            number, figures = operands(text)
            exponent = decimal(number).adjusted()
            rounded = decimal(number).quantize(Decimal(1).scaleb(exponent - int(figures) + 1), rounding=ROUND_HALF_UP)
            assert answer == f"{rounded:.{int(figures) - 1}e}".replace("e+", "e").replace("e-", "e-")


def test_digits():
    for representation in ("integer", "float"):
        for text, answer in asked("get_digit", representation):
            number, place = operands(text)
            assert answer == number.replace(".", "")[int(place) - 1]
        for text, answer in asked("length", representation):
            assert int(answer) == sum(c.isdigit() for c in operands(text)[0])
    for text, answer in asked("count", "integer"):
        number, digit = operands(text)
        assert int(answer) == number.count(digit)


def test_digitwise_by_hand():
    assert digitwise("12", "345", max) == "345"
    assert digitwise("12", "345", min) == "12"
    assert digitwise("95", "27", lambda x, y: (x + y) % 10) == "12"
    assert digitwise("1.25", "10.9", lambda x, y: (x + y) % 10) == "11.15"
    assert digitwise("5", "5", lambda x, y: (x + y) % 10) == "0"


def test_written_by_hand():
    assert [written(Fraction(5, 4), kind) for kind in ("float", "fraction", "scientific")] == ["1.25", "5/4", "1.25e0"]
    assert [written(Fraction(1, 80), kind) for kind in ("float", "scientific")] == ["0.0125", "1.25e-2"]
    assert [written(Fraction(1200), kind) for kind in PAIRS] == ["1200", "1200.0", "1200/1", "1.2e3"]
    assert [written(Fraction(0), kind) for kind in PAIRS] == ["0", "0.0", "0/1", "0.0e0"]
    assert significant(Fraction(95), 1) == "1e2" and significant(Fraction(25, 10), 1) == "3e0"


def test_metrics_by_hand():
    assert compared("120", "123") == {"exact": 0.0, "digits": 2 / 3, "length": 0.0}
    assert compared("12/5", "12/5") == {"exact": 1.0, "digits": 1.0, "length": 0.0}
    assert compared("12/5", "2/15") == {"exact": 0.0, "digits": 2 / 3, "length": 0.0}
    assert compared("1.25e3", "1.2e3") == {"exact": 0.0, "digits": 1.0, "length": 1.0}
    assert compared("", "77") == {"exact": 0.0, "digits": 0.0, "length": 2.0}


def test_wrong_questions():
    with pytest.raises(Problem, match="task on a number as fraction"):
        question(np.random.default_rng(0), "mod", "fraction", 3)
    with pytest.raises(Problem, match="representation"):
        question(np.random.default_rng(0), "add", "roman", 3)
    with pytest.raises(Problem, match="digits: expected at least 2, got 1"):
        question(np.random.default_rng(0), "add", "integer", 1)
    with pytest.raises(Problem, match="got 1/3"):
        written(Fraction(1, 3), "float")
