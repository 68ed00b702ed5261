"""Answers of models, written by hand, with the grade that a person would give."""

import pytest

from unseen._problem import Problem
from unseen.measures.generation.probe_answers import grade_listing, grade_order, listing_question, order_question


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("a\nb", True),
        ("Sure! 1. b 2. a", True),
        ("b, a, a", False),
        ("a", False),
        ("a b c", True),
        ("a b ab", False),
        ("I cannot do that.", False),
    ],
)
def test_strings_of_one_letter(answer, right):
    assert grade_listing(answer, "ab", 1).right is right


def test_what_is_wrong_is_named():
    every = ["000", "001", "010", "011", "100", "101", "110", "111"]
    assert grade_listing(" ".join(reversed(every)), "01", 3) == (True, (), (), ())
    assert grade_listing(" ".join([*every[2:], "0000", "111"]), "01", 3) == (False, ("000", "001"), ("0000",), ("111",))


def test_orders():
    pairs = [("c", "d"), ("a", "b"), ("b", "c")]
    assert grade_order("Yes.", pairs, ("a", "d")) is True
    assert grade_order("The answer is NO", pairs, ("a", "d")) is False
    assert grade_order("no: d is the last", pairs, ("d", "a")) is True
    assert grade_order("I know nothing about it.", pairs, ("d", "a")) is None
    assert "c < d, a < b, b < c" in order_question(pairs, ("a", "d"))


def test_wrong_arguments():
    with pytest.raises(Problem, match="alphabet: expected two or more different letters"):
        listing_question("aa", 2)
    with pytest.raises(Problem, match="length: expected at least 1"):
        grade_listing("", "ab", 0)
    for pairs in ([("a", "b"), ("b", "a")], [("a", "b"), ("c", "d")], [("a", "b"), ("a", "c")], []):
        with pytest.raises(Problem, match="pairs, asked: expected pairs of neighbours"):
            grade_order("yes", pairs, ("a", "b"))
    with pytest.raises(Problem, match="pairs, asked"):
        grade_order("yes", [("a", "b")], ("a", "z"))
