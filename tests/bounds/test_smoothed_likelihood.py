"""Bounds for language models: closed forms, and coverage where the truth is known."""

import math

import numpy as np
import pytest

from unseen._types import Problem
from unseen.bounds.smoothed_likelihood import language_model_bound, smoothed_bits, smoothed_range


def test_smoothing_by_hand():
    p = np.array([[0.25, 0.5, 0.0], [1.0, 0.125, 0.75]])
    with np.errstate(divide="ignore"):
        found = smoothed_bits(np.log(p), 0.1, 10)
    np.testing.assert_allclose(found, [-np.mean([math.log2(0.9 * q + 0.01) for q in row]) for row in p])


@pytest.mark.parametrize(("share", "vocabulary"), [(0.01, 2), (0.25, 27), (0.5, 50_257)])
def test_the_range_is_reached(share, vocabulary):
    worst, best = smoothed_bits(np.array([[-np.inf] * 4, [0.0] * 4]), share, vocabulary)
    assert worst == pytest.approx(math.log2(vocabulary / share))
    assert worst - best == pytest.approx(smoothed_range(share, vocabulary))


def test_the_formula():
    """As in the authors' code, for one share: r = n / (n + m) of delta to the first root, the rest to the second."""
    log_probability, bits, m, delta = np.log(np.random.default_rng(0).uniform(0.1, 0.9, size=(300, 5))), 700.0, 9000, 0.05
    bound = language_model_bound(log_probability, bits, m, 27, delta, shares=(0.1,))
    r = 300 / 9300
    roots = math.sqrt((bits * math.log(2) - math.log(r * delta)) / (2 * m)) + math.sqrt(-math.log((1 - r) * delta) / (2 * 300))
    mean = smoothed_bits(log_probability, 0.1, 27).mean()
    assert bound.value == pytest.approx(mean + math.log2(1 + 0.9 * 27 / 0.1) * roots)
    assert bound.empirical == pytest.approx(mean)
    assert bound.trivial == pytest.approx(math.log2(27))


def test_all_documents_leave_nothing_to_chance():
    log_probability = np.log(np.full((400, 5), 0.4))
    whole, part = (language_model_bound(log_probability, 100.0, m, 27, shares=(0.1,)) for m in (400, 401))
    assert whole.terms["sample"] == 0
    assert part.terms["sample"] > 0
    assert whole.terms["code"] == pytest.approx(math.sqrt((100 * math.log(2) + math.log(20)) / 800))
    assert len(part.assumptions) == len(whole.assumptions) + 1


def test_the_best_share_is_paid_for():
    log_probability = np.log(np.random.default_rng(1).uniform(0.1, 0.9, size=(300, 5)))
    alone = [language_model_bound(log_probability, 100.0, 300, 27, shares=(share,)).value for share in (0.01, 0.1, 0.5)]
    together = language_model_bound(log_probability, 100.0, 300, 27, shares=(0.01, 0.1, 0.5))
    assert together.value > min(alone)
    assert together.terms["share"] == (0.01, 0.1, 0.5)[int(np.argmin(alone))]


def violations(bits, m, n, repetitions=400, models=1024):
    """How often the best of many models is worse on new documents than the bound says: each is certain of a document, and wrong half of the time."""
    rng, wrong = np.random.default_rng(2), 0
    truth = smoothed_bits(np.array([[-np.inf], [0.0]]), 0.1, 4).mean()
    for _ in range(repetitions):
        right = rng.integers(2, size=(models, m))
        chosen = right[np.argmax(right.sum(axis=1))]
        looked_at = chosen[rng.choice(m, n, replace=False)]
        with np.errstate(divide="ignore"):
            wrong += truth > language_model_bound(np.log(looked_at[:, None].astype(float)), bits, m, 4, shares=(0.1,)).value
    return wrong / repetitions


def test_it_holds_where_the_choice_is_paid_for_and_not_where_it_is_not():
    assert violations(bits=10.0, m=50, n=50) <= 0.05
    assert violations(bits=0.0, m=50, n=50) > 0.5
    assert violations(bits=10.0, m=200, n=20) <= 0.05


@pytest.mark.parametrize(
    "wrong", [{"bits": -1.0}, {"documents": 2}, {"vocabulary": 1}, {"delta": 0.0}, {"shares": (1.0,)}, {"shares": ()}, {"log_probability": np.ones((3, 2))}]
)
def test_what_cannot_be(wrong):
    usual = {"log_probability": np.log(np.full((3, 2), 0.5)), "bits": 10.0, "documents": 3, "vocabulary": 4, "delta": 0.05}
    with pytest.raises(Problem):
        language_model_bound(**(usual | wrong))
