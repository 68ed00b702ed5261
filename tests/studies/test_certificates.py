"""The study of certificates, made small: all of them are there, hold here, and are drawn."""

from functools import partial

import pytest

from unseen._types import over
from unseen.bounds.gaussian_posterior import gaussian_posterior
from unseen.models.mlp import MLP
from unseen.models.subspace import Subspace
from unseen.studies import certificates

PRIORS = ("prior trained on the other half", "prior at the start")


@pytest.fixture(autouse=True)
def short_search(monkeypatch):
    """The certificates hold for any posterior, well optimised or not."""
    monkeypatch.setattr(certificates, "gaussian_posterior", partial(gaussian_posterior, prior_stds=(0.03,), steps=50, draws=200))


@pytest.fixture(scope="module")
def runs():
    small = {"model": over(MLP(hidden=(8,)), Subspace(MLP(hidden=(8,)), dimension=40), name="weights"), "steps": 200, "seeds": 1}
    return certificates.study.with_(small).run(jobs=0)


def test_every_certificate(runs):
    found = certificates.certificates(runs)
    assert len(found) == 20
    assert all(one.truth <= one.bound.value for one in found.values())
    held_out = [one.bound for name, one in found.items() if name.startswith("held out")]
    assert not any(bound.vacuous for bound in held_out)
    assert all(one.bound.vacuous for name, one in found.items() if name.startswith("margins"))
    assert all(found[f"PAC-Bayes (Seeger), {prior}"].bound.value <= found[f"PAC-Bayes (McAllester), {prior}"].bound.value for prior in PRIORS)
    assert {one.bound.delta for one in found.values()} == {0.05}


def test_figures(runs):
    assert len(certificates.figures(runs)) == 2
