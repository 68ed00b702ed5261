"""Rank agreement against SciPy and against loops over all pairs and groups."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import kendalltau

from unseen._types import Problem
from unseen.measures.complexity.rank_agreement import granulated, kendall

GRID = {"width": (8, 16, 32), "depth": (1, 2), "rate": (0.1, 0.2)}


def models(seed, repeats=1):
    """A complete grid with a random measure and gap: (settings, measure, gap, labels of repeats)."""
    rng = np.random.default_rng(seed)
    rows = [(*place, repeat) for place in product(*GRID.values()) for repeat in range(repeats)]
    order = rng.permutation(len(rows))
    columns = [np.array(column)[order] for column in zip(*rows, strict=True)]
    return dict(zip(GRID, columns[:-1], strict=True)), rng.normal(size=len(rows)), rng.normal(size=len(rows)), columns[-1]


def test_kendall_is_that_of_scipy():
    _, mu, g, _ = models(0)
    assert kendall(mu, g) == pytest.approx(kendalltau(mu, g).statistic)
    assert kendall(np.exp(mu), g**3) == pytest.approx(kendall(mu, g)), "only the order counts"


def test_kendall_with_ties():
    """SciPy's τ_b divides by pairs without ties; τ_a by all."""
    mu, g = np.array([1, 1, 2, 3, 3, 5.0]), np.array([2, 1, 2, 2, 4, 3.0])
    pairs = [(i, j) for i in range(6) for j in range(i)]
    untied = [np.sqrt(sum(v[i] != v[j] for i, j in pairs)) for v in (mu, g)]
    assert kendall(mu, g) == pytest.approx(kendalltau(mu, g).statistic * untied[0] * untied[1] / len(pairs))


def test_models_of_different_labels_are_not_compared():
    _, mu, g, label = models(1, repeats=3)
    by_label = [kendalltau(mu[label == r], g[label == r]).statistic for r in range(3)]
    assert kendall(mu, g, label) == pytest.approx(np.mean(by_label))
    assert kendall(mu + 10 * label, g - 10 * label, label) == pytest.approx(kendall(mu, g, label))


def test_granulated_is_the_mean_of_tau_over_groups():
    settings, mu, g, label = models(2, repeats=2)
    found = granulated(mu, g, settings, label)
    for name in GRID:
        others = [other for other in GRID if other != name]
        groups = {}
        for i in range(len(mu)):
            groups.setdefault((*(settings[other][i] for other in others), label[i]), []).append(i)
        assert found[name] == pytest.approx(np.mean([kendalltau(mu[group], g[group]).statistic for group in groups.values()]))


def test_groups_of_unequal_size_count_alike():
    """Two depths: three widths agree at one, two disagree at the other."""
    settings = {"width": [1, 2, 3, 1, 2], "depth": [1, 1, 1, 2, 2]}
    assert granulated([1, 2, 3, 1, 2], [1, 2, 3, 2, 1], settings)["width"] == 0.0
    assert granulated([1, 2, np.nan, 1, 2], [1, 2, 3, 2, 1], settings)["width"] == 0.0


def test_a_measure_of_one_hyperparameter_says_nothing_along_the_others():
    settings, _, _, _ = models(3)
    gap = -np.log(settings["width"]) + 0.1 * settings["depth"] + settings["rate"]
    assert kendall(-settings["width"], gap) > 0.6
    assert granulated(-settings["width"], gap, settings) == {"width": 1.0, "depth": 0.0, "rate": 0.0}


def test_refused():
    with pytest.raises(Problem, match="shapes"):
        kendall([1.0, 2.0], [1.0])
    with pytest.raises(Problem, match="Name their seeds in `repeats`"):
        granulated([1, 2, 3], [1, 2, 3], {"width": [8, 8, 16]})
    with pytest.raises(Problem, match="width: expected one value for each of 3 models"):
        granulated([1, 2, 3], [1, 2, 3], {"width": [8, 16]})
    assert np.isnan(kendall([1.0], [1.0]))
    assert np.isnan(granulated([1, 2], [1, 2], {"width": [8, 16], "depth": [1, 2]})["width"])
