"""Polynomials of bits with a part withheld: against plain Python, and the paper's examples."""

import itertools
import math

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.boolean.polynomial import BooleanPolynomial
from unseen.theory.boolean.min_degree import cube


def as_sets(split):
    return {tuple(map(int, row)) for row in np.asarray(split.x)}


CASES = [
    (BooleanPolynomial(bits=4), lambda x: x[0] * x[1], lambda x: x[0] == 1 or x[1] == 1),  # f_2
    (
        BooleanPolynomial(bits=4, terms=((0, 1), (1, 2), (0, 2)), weights=(1, -1.25, 1.5), withheld=(0, 1, 2), rule="odd"),  # f_1
        lambda x: x[0] * x[1] - 1.25 * x[1] * x[2] + 1.5 * x[2] * x[0],
        lambda x: x[0] * x[1] * x[2] == 1,
    ),
    (BooleanPolynomial(bits=3, terms=((), (2, 0)), weights=(0.5, -1.0), withheld=(2,)), lambda x: 0.5 - x[0] * x[2], lambda x: x[2] == 1),
]


@pytest.mark.parametrize(("task", "function", "seen"), CASES)
def test_splits_against_plain_python(task, function, seen):
    points = set(itertools.product((1, -1), repeat=task.bits))
    splits = task.splits(jax.random.key(0))
    assert as_sets(splits["train"]) == {x for x in points if seen(x)}
    assert as_sets(splits["test"]) == {x for x in points if not seen(x)}
    for split in splits.values():
        for x, y, minus in zip(np.asarray(split.x), split.y, split.info["minus"], strict=True):
            assert math.isclose(float(y), function([int(one) for one in x]), rel_tol=1e-6)
            assert int(minus) == sum(one == -1 for one in x)


def test_points_come_in_the_order_of_spectra():
    np.testing.assert_array_equal(BooleanPolynomial(bits=4).cube(), cube(4))


def test_parts_and_symbols():
    task = BooleanPolynomial(bits=5, train_size=10, shown=3)
    one, other = (task.splits(jax.random.key(seed)) for seed in (0, 1))
    assert len(one["train"]) == 13
    assert len(one["test"]) == 32 - 13
    assert sum(row[:2] == (-1, -1) for row in as_sets(one["train"])) == 3
    assert as_sets(one["train"]) | as_sets(one["test"]) == set(itertools.product((1, -1), repeat=5))
    assert as_sets(one["train"]) != as_sets(other["train"])
    tokens = BooleanPolynomial(bits=5, tokens=True)
    np.testing.assert_array_equal(1 - 2 * np.asarray(tokens.encoded()), task.encoded())
    nothing = BooleanPolynomial(bits=4, withheld=(), train_size=15).splits(jax.random.key(0))
    assert len(nothing["test"]) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"bits": 17}, "BooleanPolynomial.bits: expected 1 to 16 bits"),
        ({"terms": ((0, 0),)}, "BooleanPolynomial.terms: expected tuples of different bits below 8"),
        ({"terms": ((8,),)}, "BooleanPolynomial.terms"),
        ({"terms": ()}, "BooleanPolynomial.terms"),
        ({"terms": None}, "BooleanPolynomial.terms"),
        ({"weights": (1.0, 2.0)}, "BooleanPolynomial.weights: expected a finite number for each term"),
        ({"withheld": (-1,)}, "BooleanPolynomial.withheld: expected different bits"),
        ({"withheld": ()}, "BooleanPolynomial.train_size, shown"),
        ({"train_size": 193}, "BooleanPolynomial.train_size, shown: expected at most 192 and 64"),
        ({"shown": 64}, "BooleanPolynomial.train_size, shown"),
        ({"rule": "even"}, "BooleanPolynomial.rule"),
        ({"tokens": 1}, "BooleanPolynomial.tokens"),
    ],
)
def test_mistakes_are_told(given, message):
    with pytest.raises(Problem, match=message):
        BooleanPolynomial(**given)
