"""Against NumPy on distinct values, SciPy's entropy, scikit-learn's mutual information, and the promised invariance."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from unseen.measures.information.binned import binned_information, entropy, equal_counts, equal_width


def relu(n=300, d=4, seed=0):
    return np.maximum(np.random.default_rng(seed).normal(size=(n, d)), 0).round(2).astype(np.float32)


def test_equal_counts_are_quantiles_of_the_distinct_values():
    h = relu()
    distinct = np.setdiff1d(np.unique(h), [0.0])
    edges = distinct[len(distinct) * np.arange(7) // 7]
    assert (np.asarray(equal_counts(jnp.array(h), 7)) == np.where(h == 0, 0, np.searchsorted(edges, h, side="right"))).all()
    sizes = np.bincount(np.asarray(equal_counts(jnp.array(distinct[:, None]), 7)).ravel())[1:]
    assert sizes.max() - sizes.min() <= 1


@pytest.mark.parametrize("change", [lambda h: 1000 * h, lambda h: h**3, np.tanh], ids=["scale", "cube", "tanh"])
def test_adaptive_bins_do_not_see_increasing_functions_and_equal_width_does(change):
    h = relu()
    same, other = (np.asarray(equal_counts(jnp.array(one), 10)) for one in (h, change(h).astype(np.float32)))
    assert (same == other).all()
    assert (np.asarray(equal_width(jnp.array(h), 0.1)) != np.asarray(equal_width(jnp.array(change(h)), 0.1))).any()


def test_negative_values_and_dead_layers():
    assert np.asarray(equal_counts(jnp.array([[-2.0], [-1.0], [3.0], [4.0]]), 2)).ravel().tolist() == [1, 1, 2, 2]
    assert not np.asarray(equal_counts(jnp.zeros((5, 3)), 30)).any()
    assert float(entropy(jnp.zeros((5, 3), int))) == pytest.approx(0, abs=1e-6)


def test_entropy_is_scipys_of_the_counts_of_rows():
    codes = np.random.default_rng(1).integers(-3, 4, size=(500, 3))
    counts = np.unique(codes, axis=0, return_counts=True)[1]
    assert float(entropy(jnp.array(codes))) == pytest.approx(scipy_entropy(counts), rel=1e-5)
    assert float(entropy(jnp.arange(4096)[:, None])) == pytest.approx(np.log(4096), rel=1e-5)


def test_information_is_scikit_learns():
    rng = np.random.default_rng(2)
    codes, y = rng.integers(0, 3, size=(500, 2)), rng.integers(0, 2, size=500)
    codes[:, 0] = np.where(rng.random(500) < 0.5, y, codes[:, 0])
    about_x, about_y = binned_information(jnp.array(codes), jnp.array(y))
    rows = codes @ [1, 10]
    assert float(about_x) == pytest.approx(mutual_info_score(np.arange(500), rows), rel=1e-4)
    assert float(about_y) == pytest.approx(mutual_info_score(y, rows), rel=1e-3)
    assert float(about_y) > 0.05
