"""Against `progressive` by hand; exact chances of failure for coins predicted by counts; and the code that a memoriser has."""

import itertools

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.bounds.compression import occam
from unseen.bounds.prequential import prequential_bound
from unseen.bounds.progressive import ORDER, progressive

N, DELTA = 10, 0.1
PATHS = np.array(list(itertools.product((0, 1), repeat=N)))
BEFORE = np.concatenate([np.zeros((len(PATHS), 1)), np.cumsum(PATHS, axis=1)[:, :-1]], axis=1)
RULES = {"counts": (BEFORE + 1) / (np.arange(N) + 2), "steady": np.full(PATHS.shape, 0.9), "bold": np.where(np.arange(N) / 2 < BEFORE, 1.0, 0.0)}


def test_it_is_the_progressive_bound_in_other_units():
    p, share = np.random.default_rng(0).uniform(0.05, 1, 300), 0.1
    bits = -np.log2(0.9 * p + 0.1 / 4)
    low, high = -np.log2(0.9 + 0.1 / 4), -np.log2(0.1 / 4)
    found, plain = prequential_bound(np.log(p), 4, share=share), progressive((bits - low) / (high - low))
    assert found.value == pytest.approx(low + (high - low) * plain.value)
    assert found.empirical == pytest.approx(bits.mean()) and found.terms["code"] == pytest.approx(bits.sum())
    assert found.trivial == 2 and found.assumptions[ORDER] is None
    assert prequential_bound(np.log(p), 4, share=share, temperatures=[1.0]).value != found.value


def bits(p, share=0.1):
    return -np.log2((1 - share) * p + share / 2)


@pytest.mark.parametrize("chance", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("rule", RULES)
def test_fails_at_most_as_often_as_promised_and_its_mean_fails_more_often(rule, chance):
    one = RULES[rule]
    truth = (chance * bits(one) + (1 - chance) * bits(1 - one)).mean(axis=1)
    with np.errstate(divide="ignore"):
        told = [prequential_bound(np.log(np.where(path, p, 1 - p)), 2, DELTA, share=0.1) for path, p in zip(PATHS, one, strict=True)]
    weight = np.where(PATHS == 1, chance, 1 - chance).prod(axis=1)
    assert weight[np.array([bound.value for bound in told]) < truth - 1e-12].sum() <= DELTA
    if chance < 0.99:
        assert weight[np.array([bound.empirical for bound in told]) < truth - 1e-12].sum() > DELTA


def test_its_length_is_none_of_a_predictor():
    """All labels are 0. The model says 0 for what it has seen and 1 for the rest: a short code, and an error rate of 1 on new inputs."""
    n = 500
    by_counts = np.log((np.arange(n) + 1) / (np.arange(n) + 2))  # the chance of a further 0
    code = prequential_bound(by_counts, 2).terms["code"]
    assert code < 30
    assert occam(0.0, code, n).value < 0.1, "what would be promised of it"
    assert prequential_bound(by_counts, 2).value < 0.2, "of the predictors on the way, which do say 0, it is true"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [({"log_probability": np.zeros((2, 1))}, "log_probability"), ({"log_probability": np.array([0.5])}, "log_prob"), ({"share": 0.0}, "share")],
)
def test_refusals(wrong, named):
    with pytest.raises(Problem, match=named):
        prequential_bound(**({"log_probability": np.log(np.full(5, 0.5)), "outcomes": 2} | wrong))
