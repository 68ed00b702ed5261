"""The study of generalization measures: made small it trains and is drawn; its judgement is tried on measures made up to be right and wrong."""

from itertools import product

import numpy as np
import pytest

from unseen._types import over
from unseen.claim import Computation
from unseen.engine.schedule import LogSpaced
from unseen.measures.complexity.generalization_measures import FAMILIES
from unseen.methods.update.sgd import SGD
from unseen.studies import fantastic_measures as study
from unseen.tasks.corrupted import Corrupted
from unseen.tasks.measurements import Measurements

NAMES = [name for family in FAMILIES.values() for name in family]


@pytest.fixture(scope="module")
def runs():
    small = {
        "task": Corrupted(over(Measurements("wines", 40, 40), name="data"), labels=over(0.0, 0.2)),
        "model": study.networks((8,), (1,)),
        "method": study.method((16,), over(SGD(learning_rate=0.05, weight_decay=0.0), SGD(learning_rate=0.2, weight_decay=0.0), name="update")),
        "steps": 1500,
        "seeds": 1,
        "at": LogSpaced(12),
    }
    return study.study.with_(small).run(jobs=0, estimate=False)


def test_trained_networks_and_figures(runs, monkeypatch, tmp_path):
    found = study.models(runs)
    assert len(found.gap) == 4
    assert np.isfinite(found.gap).any()
    assert found.settings["learning rate"].tolist() == [0, 1, 0, 1]
    assert found.settings["random labels"].tolist() == [0.0, 0.0, 0.2, 0.2]
    fitted = np.isfinite(found.gap)
    assert all(np.isfinite(found.measures[name][fitted]).all() for name in NAMES)
    (caption,) = study.figures(runs)
    assert f"{fitted.sum()} of 4 networks" in caption
    assert "MNIST" not in caption
    monkeypatch.setitem(study.full, "task", runs.study.task)
    monkeypatch.setattr(study, "MNIST", tmp_path / "nowhere")
    assert "MNIST is left out" in next(iter(study.figures(runs)))


def test_hyperparameters_of_a_network():
    """What is compared is the rank of a rate among those of the same optimizer."""
    cells = study.study.with_({"seeds": 1}).cells()
    assert len(cells) == 2 * 2 * 4 * 2 * 8
    found = study.hyperparameters([cell.recipe for cell in cells])
    for name in (*study.AXES, "random labels"):
        assert np.unique(found[name], return_counts=True)[1].tolist() == [len(cells) / 2] * 2, name
    updates = [cell.recipe.method.update for cell in cells]
    ranked = zip(found["optimizer"].tolist(), found["learning rate"].tolist(), found["weight decay"].tolist(), updates, strict=True)
    rates = {(kind, rate, decay): (float(update.learning_rate), float(update.weight_decay)) for kind, rate, decay, update in ranked}
    assert (len(rates), rates["SGD", 0, 1], rates["SGD", 1, 0], rates["AdamW", 1, 1]) == (8, (0.01, 5e-4), (0.05, 0.0), (4e-3, 0.05))
    few = {"model": study.networks((64,), (1,)), "method": study.method((16,), study.updates(((0.1, 5e-3),), ((0.0, 0.0),))), "seeds": 1}
    assert len(study.study.with_(study.full | few).cells()) in (2 * 3 * 2, 3 * 3 * 2)


def noise(gap, settings, rng):
    return rng.normal(size=len(gap))


def made(seeds=3, rest=noise, **given):
    """A grid of models whose gap owes something to every hyperparameter; families of measures are given as functions of (gap, settings, rng)."""
    rng = np.random.default_rng(0)
    axes = [*study.AXES, "random labels"]
    rows = np.array([(*place, seed) for seed in range(seeds) for place in product((0, 1), repeat=len(axes))])
    settings = {axis: rows[:, i] for i, axis in enumerate(axes)}
    gap = 0.1 + rows[:, :-1] @ rng.uniform(0.05, 0.09, len(axes)) + 0.002 * rng.normal(size=len(rows))
    measures = {name: rest(gap, settings, rng) for name in NAMES}
    for family, function in given.items():
        measures |= {name: function(gap, settings, rng) for name in FAMILIES[family]}
    return study.Models(settings, np.full(len(rows), "made"), rows[:, -1], gap, np.full(len(rows), 2000), measures)


def verdicts(found):
    return {name: one.judge().verdict for name, one in study.evidence(found).items()}


def test_flatness_that_predicts_but_is_wrong_about_one_hyperparameter():
    def nearly(gap, settings, rng):
        return gap - 0.5 * settings["width"]

    found = made(flatness=nearly, rest=lambda gap, settings, rng: -gap)
    assert set(verdicts(found).values()) == {"supported"}
    robust = study.most_robust(found._replace(measures={name: found.measures[name] for name in FAMILIES["flatness"]}))
    assert [rate for _, rate in robust] == [1.0] * 3
    gone = verdicts(found.shuffled())
    assert gone["flatness beats norms"] != "supported"
    assert gone["flatness predicts"] != "supported"
    assert gone["every measure fails somewhere"] != "supported"


def test_a_measure_that_is_always_right_refutes_that_every_measure_fails():
    found = made(flatness=lambda gap, settings, rng: gap)
    assert verdicts(found)["every measure fails somewhere"] == "contradicted"
    assert study.row(found, "1/σ") == pytest.approx({**dict.fromkeys([*study.AXES, "random labels", "Ψ", "τ", "K", "worst"], 1.0)})


def test_norms_that_predict_are_noticed():
    found = made(norms=lambda gap, settings, rng: gap, **{"spectral norms": lambda gap, settings, rng: gap})
    said = verdicts(found)
    assert said["norms do not"] == "contradicted"
    assert said["flatness beats norms"] == "contradicted"


def test_gaps_are_exchanged_within_a_seed_and_a_data_set():
    found = made()
    found.gap[3] = np.nan
    shuffled = found.shuffled()
    assert np.isnan(shuffled.gap[3])
    for seed in range(3):
        one, other = found.gap[found.seed == seed], shuffled.gap[found.seed == seed]
        np.testing.assert_array_equal(np.sort(one), np.sort(other))
        assert np.mean(one == other) < 0.1


def test_the_control_is_the_same_networks_shuffled():
    assert isinstance(study.claim.study, Computation)
    assert study.claim.studies()["control"].params == {"seeds": 8, "whole": False, "shuffle": True}
    assert study.claim.studies("full")["study"].params == {"seeds": 5, "whole": True, "shuffle": False}
