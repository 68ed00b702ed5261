"""The spectrum of a network: against SciPy's Hadamard matrix, and for a network whose spectrum is known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import hadamard

from unseen._types import Problem
from unseen.engine.schedule import AtEnd
from unseen.measures.boolean.walsh_spectrum import WalshSpectrum, walsh_transform
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.models.linear import Linear
from unseen.study import Study
from unseen.tasks.boolean.polynomial import BooleanPolynomial
from unseen.theory.boolean.min_degree import coefficients


@pytest.mark.parametrize("bits", [0, 1, 4, 6])
def test_against_scipy(bits):
    values = np.random.default_rng(0).standard_normal(2**bits)
    found = walsh_transform(jnp.asarray(values))
    np.testing.assert_allclose(found, hadamard(2**bits) @ values / 2**bits, atol=1e-6)
    if bits:
        np.testing.assert_allclose(found, coefficients(values), atol=1e-6)


@pytest.mark.parametrize("tokens", [False, True])
def test_a_linear_network_has_degree_one(tokens):
    task = BooleanPolynomial(bits=3, tokens=tokens)
    study = Study(task, Linear(bias=True), Method(objective=SquaredError()), steps=1, seeds=1, record=(WalshSpectrum(),), at=AtEnd())
    runs = study.run(jobs=0)
    spectrum = runs.array("spectrum")[1][0, -1]
    degree = np.array([0, 1, 1, 2, 1, 2, 2, 3])
    assert np.abs(spectrum[degree == 1]).min() > 1e-3
    np.testing.assert_allclose(spectrum[degree > 1], 0, atol=1e-6)
    network = runs.network(0)
    values = np.array([float(network(x)) for x in task.encoded()])
    np.testing.assert_allclose(spectrum, coefficients(values), atol=1e-6)


def test_mistakes_are_told():
    with pytest.raises(Problem, match="values: expected one for each of 1, 2, 4"):
        walsh_transform(jnp.ones(3))
    assert jax.jit(walsh_transform)(jnp.ones(4)).tolist() == [1.0, 0.0, 0.0, 0.0]
