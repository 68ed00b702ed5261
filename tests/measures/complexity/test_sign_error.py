"""Sign-errors against a loop over all pairs, and the weights against the formula."""

from itertools import product
from math import exp

import numpy as np
import pytest

from unseen._types import Problem
from unseen.measures.complexity.sign_error import Environment, SignError, pooled, resolved, sign_errors, worst

AXES = {"width": (8, 16, 32), "depth": (1, 2), "noise": (0.0, 0.2)}


def models(seed, repeats=1):
    rng = np.random.default_rng(seed)
    rows = [(*place, r) for place in product(*AXES.values()) for r in range(repeats)]
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return dict(zip(AXES, columns[:-1], strict=True)), rng.normal(size=len(rows)), rng.uniform(size=len(rows)) / 3, columns[-1]


def looped(mu, g, settings, tested, same_label=None):
    """(Σ w loss, Σ w, Σ w²) for each pair of settings that differ in one value, by a loop over pairs as one would write it down."""
    found = {}
    n = len(mu)
    for i, j in product(range(n), range(n)):
        one, other = (tuple(settings[name][k] for name in AXES) for k in (i, j))
        differ = [name for name, a, b in zip(AXES, one, other, strict=True) if a != b]
        if len(differ) != 1 or settings[differ[0]][i] > settings[differ[0]][j] or (same_label is not None and same_label[i] != same_label[j]):
            continue
        w = max(max(0.0, 1 - 2 * exp(-2 * tested * ((g[i] - g[j]) / 2) ** 2)) ** 2 - 0.5, 0.0)
        loss = (1 - np.sign(mu[i] - mu[j]) * np.sign(g[i] - g[j])) / 2
        key = (differ[0], one, other)
        found[key] = np.add(found.get(key, np.zeros(3)), (w * loss, w, w * w))
    return {key: total for key, total in found.items() if total[1] > 0}


@pytest.mark.parametrize("paired", [True, False])
def test_every_environment_against_a_loop(paired):
    settings, mu, g, label = models(0, repeats=3)
    found = sign_errors(mu, g, settings, label if paired else None, tested=300)
    expected = looped(mu, g, settings, 300, label if paired else None)
    assert len(found) == len(expected) > 10
    for (axis, one, other), (loss, weight, square) in expected.items():
        place = dict(zip(AXES, one, strict=True))
        given = tuple((name, place[name].item()) for name in AXES if name != axis)
        error = found[Environment(axis, (place[axis].item(), dict(zip(AXES, other, strict=True))[axis].item()), given)]
        assert error.rate == pytest.approx(loss / weight)
        assert error.size == pytest.approx(weight**2 / square)


def test_coarser_environments_are_weighted_means_of_finer_ones():
    settings, mu, g, label = models(1, repeats=2)
    fine, coarse = (sign_errors(mu, g, settings, label, given=given) for given in (None, ["noise"]))
    for environment, error in coarse.items():
        parts = [part for other, part in fine.items() if other[:2] == environment[:2] and set(environment.given) <= set(other.given)]
        assert error.size == sum(part.size for part in parts)
        assert error.rate == pytest.approx(np.average([part.rate for part in parts], weights=[part.size for part in parts]))
    assert {environment.given for environment in coarse if environment.axis != "noise"} == {(("noise", 0.0),), (("noise", 0.2),)}
    assert {environment.given for environment in coarse if environment.axis == "noise"} == {()}


def test_pooled_over_repeats():
    settings, mu, g, label = models(4, repeats=3)
    parts = [sign_errors(mu[label == r], g[label == r], {name: values[label == r] for name, values in settings.items()}, tested=300) for r in range(3)]
    together, whole = pooled(parts), sign_errors(mu, g, settings, label, tested=300)
    assert set(together) == set(whole)
    assert all(together[environment] == pytest.approx(whole[environment]) for environment in whole)


def test_extremes():
    settings, _, g, _ = models(2)
    assert {error.rate for error in sign_errors(g, g, settings).values()} == {0.0}
    assert {error.rate for error in sign_errors(-g, g, settings).values()} == {1.0}
    assert {error.rate for error in sign_errors(np.ones(len(g)), g, settings).values()} == {0.5}
    missing = sign_errors(np.where(settings["width"] == 8, np.nan, g), g, settings)
    assert missing
    assert not any(8 in environment.values for environment in missing)


def test_weights():
    assert resolved(0.05, tested=1000) == 0.0, "1 − 2 exp(−1.25) squared is below one half"
    assert resolved(0.1, tested=1000) == pytest.approx((1 - 2 * exp(-5)) ** 2 - 0.5)
    settings, mu, g, _ = models(3)
    assert len(sign_errors(mu, g, settings, tested=np.full(len(g), 30))) < len(sign_errors(mu, g, settings))


def test_the_worst():
    cases = {"a": (3, 3), "b": (12, 20), "c": (10, 50)}
    errors = {Environment(axis, (1, 2)): SignError(wrong, n, n) for axis, (wrong, n) in cases.items()}
    assert worst(errors)[0].axis == "b"
    assert worst(errors, fewest=2)[0].axis == "a"
    with pytest.raises(Problem, match="at most 50"):
        worst(errors, fewest=60)
    with pytest.raises(Problem, match=r"unknown given 'widht'\. Did you mean 'width'"):
        sign_errors([1, 2], [1, 2], {"width": [1, 2]}, given=["widht"])
