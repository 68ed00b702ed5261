"""Compiled networks against the programs, and as what they claim to be: layers of ReLUs."""

import itertools

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.arithmetic_programs import PRIME, decides, predicates
from unseen.theory.neural_programs import compiled, run, unrolled, written

EXAMPLES = [
    PRIME,
    ("any", ("=", ("*", "i", "i"), "x")),
    ("any", ("not", ("any", ("and", ("<", "j", "i"), ("=", ("+", "i", ("*", "j", 2)), "x"))))),
    ("=", ("*", "x", ("*", 2, "x")), ("+", ("*", "x", "x"), ("*", "x", "x"))),
]


@pytest.mark.parametrize("program", [*EXAMPLES, *itertools.islice(predicates(4), 0, None, 5), *itertools.islice(predicates(5), 0, None, 40)])
def test_a_network_answers_as_its_program(program):
    x = np.arange(2, 10)
    np.testing.assert_array_equal(run(compiled(program, 9), x), decides(program, 9))


def test_it_is_a_network_of_rectified_linear_layers():
    network = compiled(PRIME, 7)
    h = np.zeros((network.width, 6))
    h[0] = np.arange(2, 8)
    for layer in unrolled(network.layers):
        weight, bias = np.eye(network.width), np.zeros((network.width, 1))
        for unit, affine in layer.units.items():
            weight[unit] = [affine.weights.get(r, 0.0) for r in range(network.width)]
            bias[unit] = affine.bias
        h = np.maximum(weight @ h + bias, 0.0)
    assert h[1].tolist() == [1, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("program", EXAMPLES)
def test_what_is_written_down_does_not_grow_with_the_numbers(program):
    small, large = compiled(program, 5), compiled(program, 50)
    assert written(small.layers) == written(large.layers)
    assert small.width == large.width


def test_depth_does_grow():
    assert len(list(unrolled(compiled(PRIME, 12).layers))) > 2 * len(list(unrolled(compiled(PRIME, 6).layers)))


def test_smaller_numbers_and_other_programs_are_refused():
    with pytest.raises(Problem, match="whole numbers"):
        run(compiled(PRIME, 5), np.array([1, 2]))
    with pytest.raises(Problem, match="program"):
        compiled(("=", "i", "x"), 5)
