import dataclasses
import json
import math

import numpy as np
import polars as pl
import pytest

from unseen._problem import Problem
from unseen.claim import Claim, Computation, Contrast, Here, Verdict


def noisy(lab, effect, seeds, seed=0):
    rng = np.random.default_rng(seed)
    return {"with": effect + 0.1 * rng.normal(size=seeds), "without": 0.1 * rng.normal(size=seeds)}


def evidence(result):
    return Contrast(result["with"], result["without"], minimal=0.5)


def claim(effect, **options):
    return Claim(**({"study": Computation(noisy, effect=effect, seeds=5), "evidence": evidence, "control": {"effect": 0.0}, "full": {"seeds": 20}} | options))


def test_a_true_claim_is_supported_and_its_effect_vanishes_in_the_control():
    verdict = claim(2.0).check()
    assert verdict.verdict == "supported"
    assert verdict.control == "vanished"
    assert verdict.effect == pytest.approx(2.0, abs=0.2)
    assert verdict.interval[0] > 0.5
    assert verdict.findings[0].name == "contrast"
    assert verdict.findings[0].removed is True
    assert verdict.seeds == 5
    assert "vanishes" in verdict.sentence


def test_false_and_uncertain_claims():
    assert claim(0.0).check().verdict == "contradicted"
    assert claim(0.5).check().verdict == "inconclusive"


def test_a_control_that_shows_the_same_effect_takes_the_support_away():
    verdict = claim(2.0, control={"effect": 2.1}).check()
    assert verdict.verdict == "inconclusive"
    assert verdict.control == "did not vanish"
    assert "the control shows the same effect" in verdict.sentence
    assert verdict.findings[0].removed is False


def test_null_puts_the_control_in_the_treatments_place():
    calls = []

    def counted(lab, effect):
        calls.append(effect)
        return noisy(lab, effect, 5)

    verdict = claim(2.0, study=Computation(counted, effect=2.0)).check(null=True)
    assert calls == [0.0]
    assert verdict.null
    assert verdict.verdict == "contradicted"
    assert verdict.control == "not run"
    assert claim(2.0, control={"effect": 2.1}).check(null=True).verdict == "supported"  # the defect that a null check is for


def test_the_full_budget_overrides_study_and_control():
    studies = claim(2.0).studies("full")
    assert studies["study"].params == {"effect": 2.0, "seeds": 20}
    assert studies["control"].params == {"effect": 0.0, "seeds": 20}
    assert claim(2.0).check("full").seeds == 20
    whole = claim(2.0, control=Computation(noisy, effect=0.0, seeds=4))
    assert whole.studies()["control"].params["seeds"] == 4
    assert whole.studies("full")["control"].params["seeds"] == 20
    with pytest.raises(Problem, match="budget"):
        claim(2.0).studies("fast")


def test_dicts_of_studies():
    both = {"a": Computation(noisy, effect=2.0, seeds=5), "b": Computation(noisy, effect=3.0, seeds=4)}
    by_name = Claim(both, lambda r: {k: evidence(v) for k, v in r.items()}, {"a": {"effect": 0.0}}, full={"b": {"seeds": 7}})
    verdict = by_name.check()
    assert verdict.verdict == "supported"
    assert [checked.removed for checked in verdict.findings] == [True, False]
    assert verdict.control == "vanished"
    assert verdict.sentence.endswith("In the control 1 of 2 pieces vanishes: [a].")
    assert dataclasses.replace(by_name, control={"effect": 0.0}).check().sentence.endswith("In the control both pieces vanish.")
    stays = dataclasses.replace(by_name, control={"b": {"effect": 0.0}}).check()  # the headline stays, whatever happens to the rest
    assert [checked.removed for checked in stays.findings] == [False, True]
    assert (stays.verdict, stays.control) == ("inconclusive", "did not vanish")
    assert stays.sentence.startswith("Inconclusive: the control shows the same effect. [a]")
    assert verdict.seeds == 4
    full = by_name.studies("full")
    assert [full["control"][k].params for k in "ab"] == [{"effect": 0.0, "seeds": 5}, {"effect": 3.0, "seeds": 7}]
    for_all = Claim(both, lambda r: evidence(r["a"]), {"effect": 0.0}, full={"seeds": 9}).studies("full")
    assert [for_all["control"][k].params for k in "ab"] == [{"effect": 0.0, "seeds": 9}] * 2
    replaced = Claim(both, lambda r: evidence(r["a"]), {"b": Computation(noisy, effect=1.0, seeds=2)}, full={"b": {"seeds": 8}}).studies("full")
    assert replaced["control"]["b"].params == {"effect": 1.0, "seeds": 8}
    assert replaced["control"]["a"] is both["a"]


def test_all_evidence_must_be_supported_and_the_first_is_the_headline():
    def two(result):
        return {"large": evidence(result), "huge": Contrast(result["with"], result["without"], minimal=second)}

    second = 1.0
    verdict = claim(2.0, evidence=two).check()
    assert verdict.verdict == "supported"
    assert verdict.effect == verdict.findings[0].treatment.effect
    second = 10.0
    verdict = claim(2.0, evidence=two).check()
    assert verdict.verdict == "contradicted"
    assert "[huge]" in verdict.sentence


def test_evidence_that_raises_is_inconclusive_and_says_why(caplog):
    verdict = claim(2.0, evidence=lambda result: result["absent"]).check()
    assert verdict.verdict == "inconclusive"
    assert "KeyError: 'absent'" in verdict.sentence
    assert math.isnan(verdict.effect)
    assert "could not be judged" in caplog.text
    half = claim(2.0, evidence=lambda result: {"fine": evidence(result), "broken": Contrast([], [], minimal=0.0)}).check()
    assert [checked.treatment.verdict for checked in half.findings] == ["supported", "inconclusive"]


def test_a_control_that_cannot_be_judged_gives_no_support(caplog):
    def fragile(lab, effect):
        if effect == 0:
            raise ValueError("no such thing")
        return noisy(lab, effect, 5)

    verdict = claim(2.0, study=Computation(fragile, effect=2.0)).check()
    assert verdict.verdict == "inconclusive"
    assert verdict.control == "not run"
    assert "the control could not be judged" in verdict.sentence
    assert "no such thing" in verdict.sentence


class StubRuns:
    def __init__(self, values, status):
        self.table = pl.DataFrame({"seed": range(len(values)), "status": status})
        self.scores = np.array(values)

    def values(self, name):
        return self.scores


@dataclasses.dataclass(frozen=True)
class StubStudy:
    """What a claim asks of a study: `with_`, `run`, and `seeds` where there are any."""

    shift: float = 1.0
    status: str = "finished"
    seeds: int = 5

    def with_(self, overrides):
        return dataclasses.replace(self, **overrides)

    def run(self):
        broken = self.status == "diverged"
        return StubRuns([np.nan if broken else self.shift + 0.01 * i for i in range(self.seeds)], [self.status] * self.seeds)


def above(runs):
    return Contrast(runs.values("score"), np.zeros(5), minimal=0.5)


def test_a_study_is_run_by_the_lab():
    class Counting(Here):
        ran = ()

        def run(self, study):
            self.ran = (*self.ran, study)
            return study.run()

    lab = Counting()
    verdict = Claim(StubStudy(), above, {"shift": 0.0}).check(lab=lab)
    assert verdict.verdict == "supported"
    assert lab.ran == (StubStudy(), StubStudy(shift=0.0))

    inner = Claim(Computation(lambda lab, shift: lab.run(StubStudy(shift)), shift=1.0), above, {"shift": 0.0})
    assert inner.check(lab=lab).verdict == "supported"
    assert len(lab.ran) == 4


def test_a_study_whose_runs_all_diverged_says_so():
    verdict = Claim(StubStudy(status="diverged"), above, {"shift": 0.0}).check()
    assert verdict.verdict == "inconclusive"
    assert "All 5 runs of a study failed (diverged)" in verdict.sentence
    control = Claim(StubStudy(), above, {"status": "diverged"}).check()
    assert control.verdict == "inconclusive"
    assert control.control == "not run"
    about_it = Claim(
        StubStudy(status="diverged"), lambda runs: Contrast((runs.table["status"] == "diverged").to_numpy(), np.zeros(5), 0.5), {"status": "finished"}
    )
    assert about_it.check().verdict == "supported"


def test_the_key_of_a_computation_is_the_same_for_study_and_control():
    import jax

    keys = []
    Claim(Computation(lambda lab, a: keys.append(lab.key) or noisy(lab, a, 3), a=2.0), evidence, {"a": 0.0}).check()
    assert (jax.random.key_data(keys[0]) == jax.random.key_data(keys[1])).all()


def test_verdict_survives_json():
    verdict = claim(2.0, evidence=lambda r: {"a": evidence(r), "b": Contrast([np.inf] * 3, np.ones(3), 1.0, "ratio", censored_at=9.0)}).check(code={"a:b": "c"})
    text = json.dumps(verdict.to_dict(), allow_nan=False)
    assert Verdict.from_dict(json.loads(text)) == verdict
    null = claim(2.0).check(null=True)
    assert Verdict.from_dict(json.loads(json.dumps(null.to_dict(), allow_nan=False))) == null
    broken = Verdict.from_dict(dataclasses.replace(verdict, effect=float("nan")).to_dict())
    assert math.isnan(broken.effect)


def test_verdict_records_its_conditions():
    verdict = claim(2.0, scale="proxy: a coin").check(code={"module:function": "hash"})
    assert {"python", "unseen", "jax", "numpy", "equinox", "optax"} <= set(verdict.versions)
    assert verdict.machine["cores"] >= 1
    assert verdict.scale == "proxy: a coin"
    assert verdict.code == {"module:function": "hash"}
    assert verdict.seconds >= 0
    assert len(verdict.date) == 10


def test_key_family_and_title_come_from_the_file_of_the_evidence(monkeypatch):
    import sys
    import types

    module = types.ModuleType("unseen.atlas.grokking.someone2024", "A paper's title.\n\nMore.")
    monkeypatch.setitem(sys.modules, module.__name__, module)

    def elsewhere(result):
        return evidence(result)

    elsewhere.__module__ = module.__name__
    verdict = claim(2.0, evidence=elsewhere).check()
    assert (verdict.key, verdict.family, verdict.title) == ("someone2024", "grokking", "A paper's title")


def test_html_escapes_everything():
    def marked(result):
        return {"<b>": evidence(result)}

    shown = dataclasses.replace(claim(2.0, evidence=marked).check(), title="<script>", sentence="<i>")._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<script>" not in shown
    assert "<i>" not in shown


def test_verdicts_are_reproducible():
    first, second = claim(1.0).check(), claim(1.0).check()
    assert first.findings == second.findings


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"control": {}}, "control: expected"),
        ({"control": None}, "control: expected"),
        ({"scale": "small"}, "scale: expected"),
        ({"evidence": 3}, "evidence: expected"),
    ],
)
def test_claim_problems(arguments, message):
    with pytest.raises(Problem, match=message):
        claim(2.0, **arguments)


def test_unknown_parameters_of_a_computation():
    with pytest.raises(Problem, match="Did you mean 'effect'"):
        claim(2.0, control={"efect": 0.0}).studies()
