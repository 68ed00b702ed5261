"""Conditional information against counting on small tables, and against what it has to be."""

from itertools import combinations, product
from math import log

import numpy as np
import pytest

from unseen.measures.complexity.conditional_information import conditional_information


def counted(mu, g, settings, names, label):
    """I(V_μ; V_g | U) / H(V_g | U), by the definition, in dictionaries."""
    joint = {}
    n = len(mu)
    for i, j in product(range(n), range(n)):
        if i != j and label[i] == label[j] and g[i] != g[j]:
            u = tuple((settings[name][i], settings[name][j]) for name in names)
            cell = (u, np.sign(mu[i] - mu[j]), np.sign(g[i] - g[j]))
            joint[cell] = joint.get(cell, 0) + 1
    total = sum(joint.values())
    joint = {cell: count / total for cell, count in joint.items()}

    def marginal(*kept):
        found = {}
        for cell, p in joint.items():
            part = tuple(cell[k] for k in kept)
            found[part] = found.get(part, 0) + p
        return found

    given, with_mu, with_g = marginal(0), marginal(0, 1), marginal(0, 2)
    information = sum(p * log(p * given[(u,)] / (with_mu[u, m] * with_g[u, v])) for (u, m, v), p in joint.items())
    entropy = -sum(p * log(p / given[(u,)]) for (u, _), p in with_g.items())
    return information / entropy


def grid(seed, repeats=1):
    rng = np.random.default_rng(seed)
    rows = np.array([(*place, r) for place in product((8, 16), (1, 2), (3, 4, 5)) for r in range(repeats)])
    return dict(zip("abc", rows.T[:3], strict=True)), rng.normal(size=len(rows)), rng.normal(size=len(rows)), rows[:, 3], rng


def test_by_counting_with_ties_and_labels():
    settings, mu, g, label, _ = grid(0, repeats=2)
    mu, g = np.round(mu), np.round(g, 1)
    found = conditional_information(mu, g, settings, label)
    assert set(found) == {names for size in range(3) for names in combinations("abc", size)}
    for names, value in found.items():
        assert value == pytest.approx(counted(mu, g, settings, names, label), abs=1e-12)


def test_order_and_sign_do_not_matter():
    settings, mu, g, _, _ = grid(1)
    one = conditional_information(mu, g, settings)
    assert conditional_information(-np.exp(mu), g, settings) == pytest.approx(one)
    assert set(conditional_information(g**3, g, settings).values()) == {1.0}


def test_what_a_hyperparameter_explains_is_gone_given_it():
    """The gap follows a, the measure is a: all about the gap without conditions, nothing given a."""
    settings, _, _, _, rng = grid(2, repeats=40)
    gap = settings["a"] + 0.1 * rng.normal(size=len(settings["a"]))
    found = conditional_information(settings["a"], gap, settings, rng.integers(0, 1, len(gap)))
    assert found[()] > 0.4
    assert found["b",] > 0.4
    assert found["a",] == 0.0
    assert min(found.values()) == 0.0


def test_an_unrelated_measure_says_nearly_nothing():
    settings, mu, g, _, _ = grid(3, repeats=40)
    assert max(conditional_information(mu, g, settings).values()) < 0.01


def test_nothing_left_open():
    found = conditional_information([1, 2, 3, 4], [1, 2, 3, 4], {"a": [1, 2, 3, 4]})
    assert np.isnan(found["a",])
    assert np.isnan(conditional_information([1.0, 2.0], [0.5, 0.5], {})[()])
