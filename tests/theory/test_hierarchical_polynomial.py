import numpy as np
import pytest

from unseen._types import Problem
from unseen.theory.hierarchical_polynomial import HierarchicalPolynomial


def test_the_form_is_balanced_and_the_feature_standardised():
    rng = np.random.default_rng(0)
    target = HierarchicalPolynomial.draw(rng, 20, (0.0, 1.0))
    np.testing.assert_allclose(np.sort(np.linalg.eigvalsh(target.form)), np.repeat([-1, 1], 10) / np.sqrt(40), atol=1e-12)
    x = rng.normal(size=(200_000, 20))
    p = target.feature(x)
    np.testing.assert_allclose(p, np.einsum("ni,ij,nj->n", x, target.form, x) - np.trace(target.form))
    assert abs(p.mean()) < 5 / np.sqrt(len(x))
    assert abs(p.var() - 1) < 5 * np.sqrt(2.6 / len(x))  # excess kurtosis 12/d
    assert abs(np.mean(p**4) - 3 - 12 / 20) < 0.15


def test_the_link_is_a_series_of_orthonormal_hermite_polynomials():
    rng = np.random.default_rng(1)
    target = HierarchicalPolynomial.draw(rng, 6, (0.5, -1.0, 2.0, 3.0))
    x = rng.normal(size=(7, 6))
    p = target.feature(x)
    np.testing.assert_allclose(target(x), 0.5 - p + 2 * (p**2 - 1) / np.sqrt(2) + 3 * (p**3 - 3 * p) / np.sqrt(6))


@pytest.mark.parametrize("wrong", [(0, (1.0,)), (3, (1.0,)), (4, ())])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match="even dimension"):
        HierarchicalPolynomial.draw(np.random.default_rng(0), *wrong)
