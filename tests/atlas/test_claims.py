"""What holds for every claim of the atlas."""

import ast
import importlib
import json

import pytest

from unseen import catalogue
from unseen.claim import Claim, Computation
from unseen.study import Study

WRITTEN = {row.key: row for row in catalogue.rows() if row.path.exists()}
RECORDED = {key: json.loads(path.read_text()) for key, row in WRITTEN.items() if (path := row.path.with_suffix(".quick.json")).exists()}
CHEAPEST = sorted(RECORDED, key=lambda key: RECORDED[key]["seconds"])[:2]
SECTIONS = ("Claim:", "Measured:", "Departs from the paper:", "Would be refuted by:", "Control:")


def claim_of(key):
    return importlib.import_module(f"unseen.atlas.{WRITTEN[key].family}.{key}").claim


def specs(given):
    return list(given.values()) if isinstance(given, dict) else [given]


def test_found():
    assert len(WRITTEN) >= 15
    assert set(RECORDED) == set(WRITTEN), "every claim that is written has a recorded verdict"


@pytest.mark.parametrize("key", WRITTEN)
def test_a_file_says_what_a_reader_needs(key):
    text = ast.get_docstring(ast.parse(WRITTEN[key].path.read_text(encoding="utf-8"))) or ""
    assert text.splitlines()[0].rstrip(".") == WRITTEN[key].title.rstrip(".")
    for section in SECTIONS:
        assert section in text, section


@pytest.mark.parametrize("key", WRITTEN)
def test_both_budgets_and_their_controls_are_valid(key):
    claim = claim_of(key)
    assert isinstance(claim, Claim)
    assert claim.full, "the full budget is another one than the quick"
    for budget in Claim.BUDGETS:
        for spec in (one for given in claim.studies(budget).values() for one in specs(given)):
            assert isinstance(spec, Study | Computation)
            if isinstance(spec, Study):
                assert spec.cells()


@pytest.mark.parametrize("key", RECORDED)
def test_a_verdict_is_whole(key):
    verdict = RECORDED[key]
    assert verdict["key"] == key
    assert verdict["verdict"] in ("supported", "contradicted", "inconclusive")
    assert verdict["verdict"] != "supported" or verdict["control"] == "vanished"
    assert verdict["seeds"] >= 3
    assert verdict["seconds"] > 0
    assert verdict["code"]
    assert verdict["versions"]
    assert verdict["machine"]


@pytest.mark.slow
@pytest.mark.parametrize("key", CHEAPEST)
def test_the_control_in_the_treatments_place_is_not_supported(key):
    """The cheapest claims; `unseen check --all --null` does it for all."""
    assert claim_of(key).check(null=True).verdict != "supported"
