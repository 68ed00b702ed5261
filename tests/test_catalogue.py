import json

import pytest

from unseen import catalogue
from unseen._problem import Problem


@pytest.fixture
def atlas(tmp_path, monkeypatch):
    """An atlas of three papers: one claim written, one not, one with nothing to build."""
    row = {"title": "T", "kind": "theory", "build": "B", "claim": "C", "check": "K", "core": 3, "group": "g", "deps": []}
    rows = [row | {"key": "written", "feasible": "full"}, row | {"key": "absent", "feasible": "proxy"}, row | {"key": "nothing", "feasible": "no"}]
    (tmp_path / "catalogue").mkdir()
    (tmp_path / "catalogue" / "grokking.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows))
    (tmp_path / "grokking").mkdir()
    (tmp_path / "grokking" / "written.py").write_text('"""Title."""\nLIMIT = 3\n')
    monkeypatch.setattr(catalogue, "ATLAS", tmp_path)
    catalogue.rows.cache_clear()
    yield tmp_path
    catalogue.rows.cache_clear()


def verdict(row, status="supported", budget="quick"):
    return {
        "verdict": status,
        "budget": budget,
        "scale": "full",
        "effect": 1.5,
        "interval": [1.0, 2.0],
        "control": "vanished",
        "seconds": 2.0,
        "code": catalogue.code(row),
    }


def test_the_catalogue_has_697_papers_with_keys_of_their_own():
    rows = catalogue.rows()
    assert len(rows) == 697
    assert len({row.key for row in rows}) == 697
    assert all(row.key.isidentifier() and row.title for row in rows)
    assert {row.feasible for row in rows} == {"full", "proxy", "heavy", "no"}
    assert len(catalogue.families()) == 39
    assert all(len(catalogue.of_family(family)) <= 45 for family in catalogue.families())


def test_every_file_of_the_atlas_belongs_to_a_row():
    keys = {(row.family, row.key) for row in catalogue.rows()}
    files = list(catalogue.ATLAS.glob("*/[!_]*.py"))
    assert {(path.parent.name, path.stem) for path in files} <= keys


def test_statuses_without_a_verdict(atlas):
    assert {row.key: catalogue.standing(row).status for row in catalogue.rows()} == {"written": "not yet", "absent": "not yet", "nothing": "nothing to build"}


def test_a_recorded_verdict_stands_until_the_code_changes(atlas):
    row = catalogue.find("written")
    path = catalogue.record(row, verdict(row))
    assert path == atlas / "grokking" / "written.quick.json"
    assert path.read_text().endswith("}\n")
    assert not list(atlas.rglob("*.tmp"))
    assert catalogue.standing(row).status == "supported"
    row.path.write_text('"""Another title."""\n\n# a comment\nLIMIT = 3\n')
    assert catalogue.standing(row).status == "supported"
    row.path.write_text('"""Another title."""\nLIMIT = 4\n')
    assert catalogue.standing(row).status == "stale"
    assert catalogue.changed(row, catalogue.standing(row).record) == ["written:LIMIT"]
    told = catalogue.standing(row).described()
    assert (told["status"], told["verdict"], told["stale"], told["effect"]) == ("stale", "supported", True, 1.5)
    assert list(told) == ["family", "key", "title", "status", "verdict", "budget", "scale", "effect", "interval", "control", "seconds", "stale"]


def test_the_full_verdict_comes_first_unless_it_is_stale(atlas):
    row = catalogue.find("written")
    catalogue.record(row, verdict(row, "inconclusive", "full"))
    row.path.write_text("LIMIT = 5\n")
    assert catalogue.standing(row).status == "stale"
    catalogue.record(row, verdict(row, "contradicted"))
    assert catalogue.standing(row).record["budget"] == "quick"
    catalogue.record(row, verdict(row, "supported", "full"))
    assert catalogue.standing(row).status == "supported"


@pytest.mark.parametrize("content", ["", "{", "[]", '{"verdict": "excellent"}'])
def test_a_damaged_record_is_named_with_the_remedy(atlas, content):
    row = catalogue.find("written")
    row.verdict_path("quick").write_text(content)
    with pytest.raises(Problem, match=r"written\.quick\.json.*unseen check written"):
        catalogue.standing(row)


def test_unknown_names_are_answered_with_the_nearest():
    with pytest.raises(Problem, match="grokking_tickets"):
        catalogue.find("groking_tickets")
    with pytest.raises(Problem, match="'grokking'"):
        catalogue.of_family("groking")


def test_the_engine_is_part_of_what_a_verdict_rests_on_but_not_its_conduct(atlas):
    (atlas / "grokking" / "written.py").write_text(
        "from unseen.study import Study\nfrom unseen.claim import Claim, Contrast\nstudy = Study\nclaim = Claim, Contrast\n"
    )
    code = catalogue.code(catalogue.find("written"))
    assert {"unseen.engine.program:Program", "unseen.evidence.contrast:Contrast", "unseen.stats:center_interval"} <= set(code)
    assert not any(name.startswith(("unseen.engine.store", "unseen.engine.workers", "unseen.engine.drive", "unseen.study", "unseen.report")) for name in code)
