"""The audit as a whole, from Python and from the command line."""

import json
import re

import equinox as eqx
import jax
import numpy as np
import polars as pl
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LinearRegression, LogisticRegression

import unseen
from unseen import cli
from unseen.audits.audit import estimated
from unseen.audits.checks.classes import gap
from unseen.audits.of_model import of_model
from unseen.report.audit import WORDS, glossary, write_audit_report

X, Y = load_iris(return_X_y=True)
MODEL = LogisticRegression(max_iter=500).fit(X[::2], Y[::2])


def audit(**fields):
    return unseen.audit(MODEL, train=(X[::2], Y[::2]), test=(X[1::2], Y[1::2]), **fields)


def whole(found):
    """Each reading says its number, how sure it is, in which unit and range, what it rests on, and what it means."""
    assert not any(reason.startswith("it failed") for reason in found.skipped.values()), found.skipped
    for one in found.sorted():
        low, high = one.interval
        assert one.exact != (low <= one.value <= high), one
        assert one.range[0] <= one.value <= one.range[1], one
        assert one.sentence.endswith((".", "?")) and one.applies.endswith("."), one
        assert len(one.applies) > 30 and one.unit and one.name, one


def test_every_check_speaks_or_says_why_not():
    found = audit(new=X[1::2])
    white = {"boundary", "changed_weights", "curvature", "features", "gradients", "normalised_margins", "parity", "sharpness", "weights"}
    compared = {"capacity", "difficulty", "distance", "gap", "inductive_bias", "memorised", "overlap", "shortcut", "simplicity", "training_errors"}
    alone = {"accuracy", "calibration", "frequency", "groups", "labels", "margins", "mode", "paths", "reliance", "unanswered", "unusable"}
    assert set(found.readings) == compared | alone | {"new_data"}
    assert set(found.skipped) == white | {"forgetting"}
    whole(found)
    plain = unseen.audit(MODEL, test=(X[1::2], Y[1::2]))
    assert set(plain.skipped) == white | compared | {"forgetting", "new_data"}
    json.dumps(found.to_dict())
    assert "accuracy on unseen examples" in found._repr_html_()
    levels = [one.level for one in found.sorted()]
    assert levels == sorted(levels, key=["attention", "fact", "fine"].index)


def test_what_the_others_hang_on_comes_first():
    found = unseen.audit(MODEL, (X[:120], Y[:120]), (X[60:], np.where(np.arange(90) % 9 == 0, 7, Y[60:])))
    assert [one.name for one in found.sorted()][:2] == ["test examples that were trained on", "unseen examples with a label that the model cannot give"]


def test_training_examples_come_before_unseen_ones():
    known, unseen_ones = (X[:120], Y[:120]), (X[120:], Y[120:])
    found = unseen.audit(MODEL, known, unseen_ones)
    assert (len(found.subject.train), len(found.subject.test)) == (120, 30)
    for only in (unseen.audit(MODEL, test=unseen_ones), unseen.audit(MODEL, None, unseen_ones)):
        assert (only.subject.train, len(only.subject.test)) == (None, 30)
    for alone in ({"train": known}, {}):
        with pytest.raises(unseen.Problem, match=r"test: expected .*, got none. Write audit\(model, train, test\), or audit\(model, test=\(x, y\)\)"):
            unseen.audit(MODEL, *alone.values())


def test_a_check_that_breaks_takes_no_other_with_it(monkeypatch):
    def broken(subject):
        raise RuntimeError("boom")

    monkeypatch.setattr(gap, "read", broken)
    found = audit()
    assert found.skipped["gap"] == "it failed with RuntimeError: boom"
    assert "accuracy" in found.readings


def test_what_would_take_too_long_is_left_out(monkeypatch):
    told = []
    monkeypatch.setattr(gap, "cost", lambda subject: 1e6, raising=False)
    found = audit(within=100, progress=told.append)
    assert re.fullmatch(r"it would take about 1000000 s, and \d+ s of the 100 s were left.", found.skipped["gap"])
    assert "accuracy" in found.readings
    assert "checks, about 10000" in told[0]
    with pytest.raises(unseen.Problem, match="within: expected seconds above 0, got 0"):
        audit(within=0)


def test_what_wide_inputs_cost_is_counted_before():
    def costs(width):
        x, y = np.zeros((500, width), np.float32), np.arange(500) % 2
        return estimated(of_model(lambda x: np.tile([0.4, 0.6], (len(x), 1)), (x, y), train=(x, y)))

    narrow, wide = costs(4), costs(4000)
    for name in ("difficulty", "distance", "inductive_bias", "shortcut", "simplicity"):
        assert wide[name] > 100 * narrow[name] > 0, name
    assert wide["simplicity"] > 2
    assert narrow["accuracy"] == 0


def test_an_interruption_keeps_what_is_finished(monkeypatch):
    def interrupted(subject):
        raise KeyboardInterrupt

    monkeypatch.setattr(gap, "read", interrupted)
    found = audit()
    assert "accuracy" in found.readings
    assert found.skipped["gap"] == found.skipped["reliance"] == "it was interrupted."


def test_report(tmp_path):
    found = audit(groups={"<script>alert(1)</script>": np.where(np.arange(75) % 2, "<b>", "b")})
    path = write_audit_report(found, tmp_path, command="the <command>")
    page = path.read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "the &lt;command&gt;" in page
    assert len(list((tmp_path / "figures").glob("*.png"))) == 6  # two kinds of groups, distance, difficulty, reliance, reliability
    assert "What was left out" in page
    assert "the dashed line is that of all unseen examples, and what surely is worse is orange" in page
    assert page.index('<p class="summary">') < page.index("<h2>")
    assert page.count("what it rests on</summary>") == len(found.sorted())
    assert "It holds where the model will be used if these examples were drawn from there" in page
    assert "<dt>nats</dt>" in page and "<dt>cosine</dt>" not in page
    assert glossary("Two logits and a Share.") == {term: WORDS[term] for term in ("share", "logits")}
    assert found.summary().startswith("72 of 75 unseen examples are right")
    assert str(found).splitlines()[1] == found.summary() == found.to_dict()["summary"]


def run(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        cli.main(["audit", *map(str, words)])
    said = capsys.readouterr()
    return ended.value.code, said.out, said.err


def test_predictions_from_the_shell(tmp_path, capsys):
    scores = MODEL.predict_proba(X)
    columns = {f"score_{name}": scores[:, name] for name in range(3)}
    frame = pl.DataFrame({"label": Y, "split": ["train", "test"] * 75, "site": ["a", "b", "b"] * 50, **columns})
    for file, write in ((tmp_path / "p.parquet", frame.write_parquet), (tmp_path / "p.csv", frame.write_csv)):
        write(file)
        code, out, _ = run(capsys, "--predictions", file, "--group", "site", "--out", tmp_path / "out", "--json")
        told = json.loads(out)
        assert code == 0
        assert {one["name"] for one in told["readings"]} >= {"accuracy on unseen examples", "worst site", "gap in accuracy, train minus unseen"}
        (accuracy,) = (one["value"] for one in told["readings"] if one["name"] == "accuracy on unseen examples")
        assert accuracy == pytest.approx(np.mean(MODEL.predict(X[1::2]) == Y[1::2]))
    code, out, _ = run(capsys, "--predictions", tmp_path / "p.csv", "--out", tmp_path / "out")
    assert code == 0
    assert "accuracy on unseen examples" in out
    assert (tmp_path / "out" / "report.html").exists()


def test_a_model_from_the_shell(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mymodel.py").write_text(
        "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import LogisticRegression\n"
        "x, y = load_iris(return_X_y=True)\nmodel = LogisticRegression(max_iter=500).fit(x[::2], y[::2])\n"
    )
    (tmp_path / "broken_model.py").write_text("1 / 0\n")
    frame = pl.DataFrame({f"x{i}": X[:, i] for i in range(4)} | {"species": Y, "split": ["train", "test"] * 75})
    frame.write_parquet("data.parquet")
    code, out, _ = run(capsys, "mymodel:model", "--data", "data.parquet", "--label", "species", "--json")
    assert code == 0
    assert json.loads(out)["model"] == "LogisticRegression"
    for words, message in (
        (("mymodel:model", "--data", "data.parquet"), "column 'label': expected it among"),
        (("mymodel:modle", "--data", "data.parquet"), "mymodel has no 'modle'. It has"),
        (("mymodel", "--data", "data.parquet"), "expected MODULE:OBJECT, got 'mymodel'"),
        (("broken_model:model", "--data", "data.parquet"), "broken_model: its import failed with ZeroDivisionError"),
        (("mymodel:model",), "--data: expected a Parquet or CSV file"),
        (("mymodel:model", "--data", "none.csv"), "expected a Parquet or CSV file, got nothing there"),
        (("--predictions", "mymodel.py"), "mymodel.py: expected a Parquet or CSV file, but reading it gave"),
        ((), "expected either a model with --data FILE, or --predictions FILE"),
    ):
        code, _, err = run(capsys, *words)
        assert code == 2
        assert message in " ".join(err.split()), words


def test_every_reading_of_every_kind_of_model_is_whole():
    rng = np.random.default_rng(0)
    regression = LinearRegression().fit(X[::2, :2], X[::2, 3])
    numbers = (X[::2, :2], X[::2, 3]), (X[1::2, :2], X[1::2, 3])
    sides = np.where(Y[1::2] == 2, "a", "b")
    for found in (
        audit(new=X[1::2], groups={"side": sides}, history=np.stack([Y[::2], rng.integers(0, 3, 75)])),
        unseen.audit(regression, *numbers, new=X[:, :2], groups={"side": sides}),
        unseen.audit(MODEL.predict_proba(X[1::2]), (MODEL.predict_proba(X[::2]), Y[::2]), Y[1::2], new=MODEL.predict_proba(X)),
        unseen.audit(MODEL, test=(X[50:60], Y[50:60])),
        unseen.audit(MODEL, test=(X[50:51], Y[50:51])),
    ):
        whole(found)


@pytest.mark.parametrize("classes", [True, False])
def test_every_reading_of_a_model_whose_weights_are_seen_is_whole(classes):
    mlp = eqx.nn.MLP(4, 3 if classes else "scalar", 16, 2, key=jax.random.key(0))
    x = X.astype("float32")
    y = Y if classes else X[:, 0]
    found = unseen.audit(mlp, (x[::2], y[::2]), (x[1::2], y[1::2]))
    whole(found)
    seen = {"changed_weights", "curvature", "frequency", "gradients", "parity", "sharpness", "shortcut", "weights"}
    assert seen | ({"boundary", "features", "normalised_margins"} if classes else set()) <= set(found.readings)
    told = str(found)
    assert "(exact)" in told
