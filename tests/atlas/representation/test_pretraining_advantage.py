"""What the claim computes: the prediction and the break-even against formulas solved apart, slopes of a power law, points in their places."""

import numpy as np
import pytest
from scipy.optimize import brentq

from unseen.atlas.representation.pretraining_advantage import LABELLED, UNLABELLED, crossing, evidence, predicted, slopes, studies


def excess(s, d, m, n):
    """Σ β² = 1."""
    gap = (d - 3) / m / (s * (1 + s))
    return gap + (1 / (1 + s) + 0.25 + gap) * 3 / (n - 4)


def made(noise=0.0):
    """Results that follow the theory, and least squares 100 features' worth of noise."""
    rng, results = np.random.default_rng(0), {}
    for name, study in studies.items():
        s, d, ms, ns = (study.params[key] for key in ("strength", "d", "unlabelled", "labelled"))
        scale = np.exp(noise * rng.normal(size=(5, 1, 1)))
        table = np.array([[excess(s, d, m, n) for n in ns] for m in ms]) * scale
        direct = np.tile([(1 / (1 + s) + 0.25) * d / max(n - d - 1, 1) for n in ns], (5, 1))
        results[name] = {"gap": np.array([excess(s, d, m, 10**12) for m in ms]) * scale[:, :, 0], "pretrained": table, "least_squares": direct, "ridge": direct}
    return results


@pytest.mark.parametrize("s", [1.0, 0.25])
def test_prediction(s):
    assert predicted(s, 100, 3200, 30) == pytest.approx(excess(s, 100, 3200, 30), rel=1e-12)


@pytest.mark.parametrize("s", [1.0, 0.25])
def test_break_even(s):
    direct = (1 / (1 + s) + 0.25) * 100 / 899
    at = brentq(lambda m: excess(s, 100, m, 1000) - direct, 100, 10_000)
    threshold = crossing(s, made()["strong" if s == 1 else "weak"])
    assert np.mean(threshold.predicted) == pytest.approx(np.log(at), rel=1e-6)
    assert threshold.judge().effect == pytest.approx(np.log(at), abs=0.02)


def test_slopes():
    np.testing.assert_allclose(slopes((10, 100, 1000), np.outer([2.0, 5.0], [1.0, 0.1, 0.01])), [-1, -1])


def test_evidence_takes_each_point_from_its_place():
    pieces = evidence(made())
    np.testing.assert_allclose(pieces["the excess of factors learned"].simulated, 1, rtol=1e-9)
    headline = pieces["pretraining against regression"]
    np.testing.assert_allclose(headline.control, excess(1.0, 100, UNLABELLED[-1], LABELLED[2]))
    assert {piece.judge().verdict for piece in evidence(made(noise=0.01)).values()} == {"supported"}


def test_an_excess_that_falls_as_the_bound_is_contradicted():
    results = made(noise=0.01)
    for part in ("gap", "pretrained"):
        results["strong"][part] = results["strong"][part] ** 0.4
    verdicts = {name: piece.judge().verdict for name, piece in evidence(results).items()}
    assert verdicts["the excess of factors learned"] == "contradicted"
    assert verdicts["no slower in unlabelled examples than the bound"] == verdicts["no slower in labelled examples than the bound"] == "contradicted"
