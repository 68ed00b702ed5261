"""Counts against the Jacobi product and numbers of the papers, and minima of the smallest case against Newton's method on the equations without the phi."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.theory.black_hole_microstates import all_minima, descend, distinct, equations, fields, microstates, newton

C = {"12": 2 / 3, "13": 3 / 5, "14": 5 / 7, "23": 7 / 11, "24": 11 / 13, "34": 13 / 17}  # of the authors


def jacobi_product(charge):
    """Minus the coefficient of q^charge y^0 in (y - 2 + 1/y) Π (1 - q^n y)² (1 - q^n/y)² / (1 - q^n)^4, as a table over powers of q and y."""
    size = 2 * charge + 4
    series = np.zeros((charge + 1, 2 * size + 1), object)
    series[0, size - 1 : size + 2] = 1, -2, 1
    for n in range(1, charge + 1):
        for move in (1, 1, -1, -1):
            moved = np.roll(series, move, axis=1)
            series = series - np.concatenate([np.zeros_like(moved[:n]), moved[:-n]])
        for row in [row for _ in range(4) for row in range(n, charge + 1)]:
            series[row] = series[row] + series[row - n]
    return -series[charge, size]


def test_counts():
    assert [microstates(charge) for charge in (1, 2, 3)] == [12, 56, 208]
    for charge in range(1, 9):
        assert microstates(charge) == jacobi_product(charge)
    with pytest.raises(Problem, match="charge"):
        microstates(0)


def reduced(z):
    """The conditions that remain for charge 1 once every phi is eliminated, for z = (z13, z14, z24); the other strings follow from the couplings."""
    a, b, d = z
    z21, z32, z43, z31, z41, z42 = -C["12"], -C["23"], -C["34"], -C["13"] / a, -C["14"] / b, -C["24"] / d
    return np.array([
        (z31 + d * z41) - z21 * (a * z32 + b * z42),
        a * (z32 * z21 - z41) - z31 * (1 + b * z43),
        (z31 + z42) - z32 * (z21 * a + d * z43),
        z41 * (d - a) - b * (z42 * z21 + z43 * z31),
        z42 * (z21 * b + 1) - d * (z43 * z32 + z41),
        z43 * (z31 * b + z32 * d) - (z42 - z41 * a),
    ])  # fmt: skip


def exact_minima(starts, steps=60):
    """Places (z13, z14, z24) where Gauss-Newton ends with nothing left, from random starts."""
    z = np.moveaxis(np.random.default_rng(0).normal(size=(2, 3, starts)) * 1.5, 0, -1) @ [1, 1j]
    for _ in range(steps):
        value = reduced(z)
        jacobian = np.stack([(reduced(z + 1e-7 * np.eye(3)[i][:, None]) - value) / 1e-7 for i in range(3)], axis=1)  # [6, 3, starts]
        move = np.einsum("sij,js->is", np.linalg.pinv(np.moveaxis(jacobian, -1, 0)), value)
        z = z - move / np.maximum(1, np.abs(move).max(axis=0))
    return z[:, np.abs(reduced(z)).max(axis=0) < 1e-8].T


@pytest.fixture(scope="module")
def minima():
    values, height = descend(jax.random.key(0), 48, 1, cycles=120)
    return values[height < 1e-12]


def test_every_minimum_is_one_that_newton_finds_and_there_are_twelve(minima):
    names = list(fields(1))
    exact = exact_minima(1500)
    exact = exact[np.unique(distinct(exact), return_index=True)[1]]
    assert len(exact) == 12
    found = minima[:, [names.index(name) for name in ("z13", "z14", "z24")]]
    assert np.abs(found[:, None] - exact).max(axis=2).min(axis=1).max() < 1e-3
    assert len(np.unique(distinct(found))) == len(np.unique(distinct(minima))) >= 4
    every = all_minima(np.random.default_rng(0), 200, 1)[:, [names.index(name) for name in ("z13", "z14", "z24")]]
    assert len(every) == 12
    assert np.abs(every[:, None] - exact).max(axis=2).min(axis=1).max() < 1e-6


def test_newton_moves_to_the_minimum_nearby(minima):
    ended, right = newton(minima[:3] + 1e-3, 1, steps=10)
    assert right.all()
    assert np.abs(ended - minima[:3]).max() < 1e-4


def test_equations_vanish_at_minima_and_are_those_of_the_paper(minima):
    """One of them written out: the derivative by z12 for charge 1."""
    value = dict(zip(fields(1), minima[0], strict=True))
    assert np.abs(equations(jnp.asarray(minima[0]), 1)).max() < 1e-5
    assert abs(value["z21"] + C["12"]) < 1e-5
    assert abs(value["z21"] * value["phi12"] + value["z31"] + value["z24"] * value["z41"]) < 1e-5
    assert equations(jnp.ones(27, complex), 2).shape == (33,)


def test_with_a_wrong_sign_nothing_vanishes():
    assert descend(jax.random.key(0), 48, 1, cycles=60, sign=-1.0)[1].min() > 1e-4
    assert len(all_minima(np.random.default_rng(0), 200, 1, sign=-1.0)) == 0


def test_the_same_key_gives_the_same_runs():
    first, second = (descend(jax.random.key(3), 48, 1, cycles=2) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    assert not np.array_equal(first[0], descend(jax.random.key(4), 48, 1, cycles=2)[0])
