"""The audit of models that say numbers: every check against what is known by construction, by hand, or by simulation."""

import json

import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest
from scipy import stats
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeRegressor

import unseen
from unseen import cli
from unseen._problem import Problem
from unseen.audits.checks import unanswered
from unseen.audits.checks.numbers import (
    capacity,
    certainty,
    difficulty,
    distance,
    error,
    gap,
    groups,
    lean,
    memorised,
    new_data,
    outliers,
    reliance,
    sharpness,
    simplicity,
)
from unseen.audits.leave_out import left_out
from unseen.audits.of_jax import JaxBox, network_of
from unseen.audits.of_model import of_model
from unseen.audits.of_table import of_table
from unseen.audits.parts import Valued
from unseen.audits.reading import SkipError
from unseen.audits.subject import Regressor
from unseen.report.audit import write_audit_report

RNG = np.random.default_rng(0)
X = RNG.normal(size=(400, 3))
NOISE = RNG.normal(size=400)
Y = 3 * X[:, 0] + X[:, 1] + NOISE
KNOWN, UNSEEN = (X[:200], Y[:200]), (X[200:], Y[200:])
LINEAR = LinearRegression().fit(*KNOWN)
TREE = DecisionTreeRegressor(random_state=0).fit(*KNOWN)


def only(check, values, y, **fields):
    x, kinds = fields.pop("x", None), fields.pop("groups", None)
    return list(check.read(Regressor(name="model", test=Valued(np.asarray(y, float), np.asarray(values, float), x=x, groups=kinds), **fields)))


def of(check, model=LINEAR, **fields):
    return list(check.read(of_model(model, UNSEEN, train=KNOWN, **fields)))


def test_error_is_that_of_scikit_learn_and_its_interval_covers():
    share, root = of(error)
    constant = np.mean(np.square(UNSEEN[1] - KNOWN[1].mean()))
    assert share.value == pytest.approx(1 - np.mean(np.square(LINEAR.predict(UNSEEN[0]) - UNSEEN[1])) / constant)
    assert root.value == pytest.approx(np.sqrt(np.mean(np.square(LINEAR.predict(UNSEEN[0]) - UNSEEN[1]))))
    assert share.value == pytest.approx(LINEAR.score(*UNSEEN), abs=0.01)  # their constant is the mean of the unseen labels
    y = RNG.normal(size=(1000, 100))
    found = [error.explained(np.square(0.5 * RNG.normal(size=100)), np.square(one)) for one in y]
    assert 0.93 < np.mean([one.low <= 0.75 <= one.high for one in found]) < 0.98
    (share, _) = only(error, RNG.normal(size=200), Y[:200])
    assert share.level == "attention"
    with pytest.raises(SkipError, match="all alike"):
        only(error, np.ones(5), np.ones(5))


def test_a_gap_is_found_in_a_tree_and_not_in_a_line():
    (line,), (tree,) = of(gap), of(gap, TREE)
    assert (line.level, tree.level) == ("fine", "attention")
    assert tree.value == pytest.approx(np.mean(np.square(TREE.predict(UNSEEN[0]) - UNSEEN[1])) / UNSEEN[1].var())


def test_answers_that_lean_or_lie_too_far_apart():
    mean, slope = of(lean)
    assert (mean.level, slope.level) == ("fine", "fine")
    high, _ = only(lean, Y + 1 + 0.1 * NOISE, Y)
    assert high.level == "attention"
    assert "above the labels: too high" in high.sentence
    truth = RNG.normal(size=500)
    _, wide = only(lean, truth + RNG.normal(size=500), truth)  # half of the variance of the answers is noise
    assert (wide.level, wide.value) == ("attention", pytest.approx(stats.linregress(truth + 0, truth).slope * 0.5, abs=0.1))
    assert wide.interval[0] < 0.5 < wide.interval[1]
    values = RNG.normal(size=300)
    assert lean.slope(values, Y[:300]).value == pytest.approx(stats.linregress(values, Y[:300]).slope)
    unequal = [(v := RNG.normal(size=200), 2 * v + v**2 * RNG.normal(size=200)) for _ in range(500)]
    assert 0.9 < np.mean([found.low <= 2 <= found.high for found in (lean.slope(*pair) for pair in unequal)]) < 0.98


def test_the_conformal_half_width_holds_what_it_says():
    drawn = RNG.standard_cauchy(size=(2000, 100))
    held = [abs(one[-1]) <= certainty.half_width(np.abs(one[:-1])) for one in drawn]
    assert stats.binomtest(sum(held), 2000, 0.9).pvalue > 0.001
    assert not stats.binomtest(sum(abs(one[-1]) <= np.sort(np.abs(one[:-1]))[84] for one in drawn), 2000, 0.9).pvalue > 0.001  # a rank too low
    assert certainty.half_width(np.ones(8)) == np.inf
    (even,) = only(certainty, Y - NOISE, Y)
    assert even.level == "fact"
    size = np.where(np.quantile(Y, 0.8) < Y, 5.0, 1.0)
    (uneven,) = only(certainty, Y + size * NOISE, Y)
    assert uneven.level == "attention"
    assert "Among the highest answers" in uneven.sentence or "Among the lowest answers" in uneven.sentence


def test_the_worst_group_is_found_and_chance_is_not():
    site = np.where(np.arange(400) % 4 == 0, "a", "b")
    (chance,) = only(groups, Y - NOISE, Y, groups={"site": site})
    (worse,) = only(groups, Y - NOISE * np.where(site == "a", 3, 1), Y, groups={"site": site})
    assert (chance.level, worse.level) == ("fine", "attention")
    assert worse.rows[0].value == pytest.approx(3 * np.sqrt(np.mean(np.square(NOISE[site == "a"]))))
    with pytest.raises(SkipError, match="no groups were named"):
        only(groups, Y, Y)


def test_distance_neighbours_and_estimates():
    far = np.abs(X[:, 0]) > 1
    y = np.where(far, 10 * NOISE, NOISE)
    train = Valued(np.zeros(200), np.zeros(200), x=np.clip(X[:200], -1, 1))
    test = {"x": X, "train": train}
    (reading,) = only(distance, np.zeros(400), y, **test)
    assert reading.level == "attention"
    assert reading.value > 2
    (fair,) = only(distance, np.zeros(400), NOISE, **test)
    assert fair.level == "fact"
    (behind,) = of(difficulty, LinearRegression().fit(KNOWN[0], np.random.default_rng(1).permutation(KNOWN[1])))
    (ahead,) = of(difficulty)
    assert (behind.level, ahead.level) == ("attention", "fact")
    assert ahead.interval[0] > 0
    (same,), (harder,) = (only(new_data, np.zeros(400), y, x=X[:, :1], new=Valued(np.zeros(0), np.zeros(len(x)), x=x)) for x in (X[:, :1], X[far, :1]))
    assert same.value == pytest.approx(np.sqrt(np.mean(np.square(y))), rel=0.15)
    assert harder.value == pytest.approx(np.sqrt(np.mean(np.square(y[far]))), rel=0.2)
    assert (same.level, harder.level) == ("fact", "attention")


def test_reliance_and_imitation():
    (found,) = of(reliance)
    assert found.rows[0].name == "column 0"
    assert found.value == pytest.approx(2 * np.square(LINEAR.coef_[0]) * UNSEEN[0][:, 0].var() / UNSEEN[1].var(), rel=0.25)
    assert "Nearly all rests on column 0" in found.sentence
    linear, _, tree = of(simplicity)
    assert linear.value == pytest.approx(1, abs=1e-3)
    assert tree.value < 0.95
    bent, squared, _ = of(simplicity, LinearProduct())
    assert bent.value < 0.5 < 0.99 < squared.value


class LinearProduct:
    def predict(self, x):
        return x[:, 0] * x[:, 1]


def test_what_is_learned_by_heart():
    (tree,), (line,) = of(capacity, TREE), of(capacity)
    assert tree.value == 1
    assert line.value < 0.2
    (tree,), (line,) = of(memorised, TREE), of(memorised)
    assert (tree.level, line.level) == ("attention", "fact")
    (mean,) = of(memorised, DummyRegressor().fit(*KNOWN))
    models = left_out(of_model(DummyRegressor().fit(*KNOWN), UNSEEN, train=KNOWN))
    saved = []
    for i, y in enumerate(KNOWN[1]):
        apart = {known: [(answer[i] - y) ** 2 for answer, inside in zip(models.answers, models.inside, strict=True) if inside[i] == known] for known in (0, 1)}
        saved.append((np.mean(apart[0]) - np.mean(apart[1])) / KNOWN[1].var())
    np.testing.assert_allclose(models.answers[:, 0], [KNOWN[1][inside].mean() for inside in models.inside])
    assert mean.value == pytest.approx(np.mean(saved))
    assert mean.value == pytest.approx(2 / 133, rel=0.7)  # E (y - mean of m others)² is s²(1 + 1/m), of m with it s²(1 - 1/m)


def test_outliers_come_first():
    values = Y - NOISE
    values[17] += 100
    (reading,) = only(outliers, values, Y)
    assert (reading.level, reading.value) == ("attention", 1 / 400)
    assert "first: 17 (labelled" in reading.sentence
    (normal,) = only(outliers, np.zeros(100_000), np.random.default_rng(0).normal(size=100_000))
    assert normal.value == pytest.approx(2 * stats.norm.sf(np.sqrt(stats.chi2(3).ppf(0.5))), rel=0.05)  # the share it is compared with


def boxes():
    apply = lambda params, x: x @ params["w"]  # noqa: E731
    w = LINEAR.coef_.astype("float32")
    yield JaxBox(network_of((apply, {"w": w})), "values")
    torch = pytest.importorskip("torch")
    from unseen.audits.of_torch import TorchBox

    module = torch.nn.Linear(3, 1, bias=False)
    with torch.no_grad():
        module.weight.copy_(torch.as_tensor(w)[None])
    yield TorchBox(module.eval(), "values")


def test_weights_gradients_and_curvature_of_least_squares():
    for box in boxes():
        residual = X @ LINEAR.coef_ - Y
        np.testing.assert_allclose(box.outcome(X)[:, 0], X @ LINEAR.coef_, rtol=1e-4, atol=1e-5)
        squares, mean = box.gradient_squares(X, Y)
        np.testing.assert_allclose(squares, np.square(2 * residual[:, None] * X).sum(axis=1), rtol=1e-3)
        assert mean == pytest.approx(np.square((2 * residual[:, None] * X).mean(axis=0)).sum(), rel=1e-3)
        np.testing.assert_allclose(box.hessian(X, Y)(np.array([1.0, 0, 0], "float32")), 2 * X.T @ X[:, 0] / 400, rtol=1e-3, atol=1e-4)
    (found,) = sharpness.read(of_model((lambda p, x: jnp.asarray(x) @ p["w"], {"w": LINEAR.coef_.astype("float32")}), UNSEEN, regression=True))
    grown = np.square(UNSEEN[0] * LINEAR.coef_ * 0.1).sum(axis=1).mean() / UNSEEN[1].var()
    assert found.interval[0] < grown < found.interval[1] or found.value == pytest.approx(grown, rel=0.6)


def test_the_whole_audit(tmp_path):
    found = unseen.audit(LINEAR, KNOWN, UNSEEN, new=X, groups={"side": np.where(UNSEEN[0][:, 2] > 0, "left", "right")})
    white = {"changed_weights", "curvature", "gradients", "parity", "sharpness", "weights"}
    assert set(found.skipped) == white
    for one in found.sorted():
        low, high = one.interval
        assert not low > one.value and not high < one.value, one
        assert one.range[0] <= one.value <= one.range[1]
    assert found.to_dict()["answers"] == "numbers"
    json.dumps(found.to_dict())
    page = write_audit_report(found, tmp_path).read_text(encoding="utf-8")
    assert "numbers from" in page
    assert len(list((tmp_path / "figures").glob("*.png"))) == 5  # certainty, distance, groups, reliance, levels
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1)).eval()
    opened = unseen.audit(module, KNOWN, UNSEEN)
    assert white <= set(opened.readings)
    assert not any(reason.startswith("it failed") for reason in opened.skipped.values())
    assert opened.readings["parity"][0].level == "fine"
    assert opened.readings["curvature"][0].unit == "squared labels per squared weight"


def test_what_is_regression():
    whole = np.round(Y)
    assert isinstance(of_model(LINEAR, (X, whole)), Regressor)  # scikit-learn says so
    assert isinstance(of_model(lambda x: x[:, 0], (X, Y)), Regressor)  # labels say so
    assert isinstance(of_model(lambda x: x[:, 0], (X, whole), regression=True), Regressor)
    assert isinstance(of_model(lambda x: x[:, 0], (X, whole)), Regressor)  # one number cannot be the scores of so many classes
    assert not isinstance(of_model(lambda x: x[:, 0], (X, Y > 0)), Regressor)
    broken = of_model(lambda x: np.where(np.arange(len(x)) == 3, np.nan, x[:, 0]), (X, Y)).test
    assert broken.unanswered.sum() == 1
    assert broken.values[3] == pytest.approx(np.delete(X[:, 0], 3).mean())
    for arguments, fields, message in (
        ((LINEAR, UNSEEN), {"regression": False}, "regression: expected True for LinearRegression, whose answers are numbers, got False"),
        ((LogisticRegression().fit(X, Y > 0), (X, Y > 0)), {"regression": True}, "regression: expected False for LogisticRegression"),
        ((lambda x: x, (X, Y)), {}, r"expected one number for each example, got shape \(400, 3\). Audit one output at a time"),
        ((lambda x: np.full(len(x), np.nan), (X, Y)), {}, "expected finite numbers, got nan for example 0 and none that are finite"),
        ((LINEAR, (X, np.full(400, np.nan))), {}, r"labels of test: expected some, got nan for each of 400 examples. What has no labels goes in new="),
        ((LINEAR, (X, Y.astype(str).astype(object) + "x")), {}, "labels of test: expected numbers, got"),
        ((LINEAR, (X, Y)), {"train": (X, Y), "history": np.zeros((2, 400))}, "history: expected it with a model that says classes"),
    ):
        with pytest.raises(Problem, match=message):
            of_model(*arguments, **fields)


def test_tables(tmp_path, capsys):
    frame = pl.DataFrame({"label": Y, "prediction": Y - NOISE, "split": ["train", "test"] * 200, "site": ["a", "b", "b", "c"] * 100})
    subject = of_table(frame, groups=["site"])
    assert isinstance(subject, Regressor)
    np.testing.assert_allclose(subject.test.squares, np.square(NOISE[1::2]))
    assert not isinstance(of_table(pl.DataFrame({"label": [0, 1], "prediction": [1, 1]})), Regressor)
    assert isinstance(of_table(pl.DataFrame({"label": [0, 1], "prediction": [1, 1]}), regression=True), Regressor)
    with pytest.raises(Problem, match="column 'prediction': expected numbers, got"):
        of_table(frame.with_columns(prediction=pl.lit("high")))
    written = of_table(pl.DataFrame({"label": [1.5, 2.5, 3.5, 4.5], "prediction": ["1.0", "nan", "3.0", None]}))
    np.testing.assert_array_equal(written.test.unanswered, [False, True, False, True])
    assert "The mean of its other answers stands for them" in next(iter(unanswered.read(written))).sentence
    frame.write_parquet(tmp_path / "p.parquet")
    with pytest.raises(SystemExit) as ended:
        cli.main(["audit", "--predictions", str(tmp_path / "p.parquet"), "--group", "site", "--out", str(tmp_path / "out")])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "root of the mean squared error" in said
    assert "worst site" in said
