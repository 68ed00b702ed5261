"""Forms that say the same, forms that do not, and F1 by counting."""

import pytest

from unseen.measures.arithmetic.answers import exact_match, f1, normalized


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("seven", "7"),
        ("The answer", "answer"),
        ("1,200.0 yards", "twelve hundred yards"),
        ("$5", "5.00"),
        ("50%", "50"),
        ("Twenty-one", "21"),
        ("three hundred twenty one thousand five", "321005"),
        ("two million", "2,000,000"),
        ("-0", "0"),
        ("+4", "4"),
        ("007", "7"),
        ("entailment.", "Entailment"),
        (".5", "0.50"),
    ],
)
def test_the_same(one, other):
    assert normalized(one) == normalized(other)
    assert exact_match(one, other)
    assert exact_match(one, ("something else", other))


@pytest.mark.parametrize(("one", "other"), [("7", "70"), ("-3", "3"), ("7 apples", "7"), ("0.5", "5"), ("first", "second"), ("seventeen", "seven teens")])
def test_not_the_same(one, other):
    assert not exact_match(one, other)


def test_number_words():
    units = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    tens = "twenty thirty forty fifty sixty seventy eighty ninety"
    for n in range(100):
        words = units.split()[n] if n < 20 else tens.split()[n // 10 - 2] + (f"-{units.split()[n % 10]}" if n % 10 else "")
        assert normalized(words) == str(n)


def test_f1():
    assert f1("red red house", "red house") == pytest.approx(2 * 2 / 5)
    assert f1("seven yards", "7 yards") == 1.0
    assert f1("8 yards", "7 yards") == 0.0, "the number decides"
    assert f1("", "") == 1.0
    assert f1("", "7") == 0.0
    assert f1("the", "a") == 1.0, "articles say nothing"
