"""What of the data cannot be used is said, and the rest is audited."""

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

from unseen import audit
from unseen._problem import Problem
from unseen.audits.audit import audited
from unseen.audits.checks import unusable as check
from unseen.audits.of_model import of_model
from unseen.audits.of_table import of_table

RNG = np.random.default_rng(0)
X = RNG.normal(size=(90, 3))
Y = (X[:, 0] > 0).astype(int)
MODEL = LogisticRegression().fit(X, Y)
TEST = X[60:], Y[60:]
COMPARED = {"gap", "overlap", "difficulty", "distance", "simplicity", "training_errors", "inductive_bias", "memorised", "capacity", "forgetting"}


def unusable(found):
    return {one.name: (one.value, one.sentence, one.level) for one in found.readings["unusable"]}


@pytest.mark.parametrize(
    ("train", "reason"),
    [
        ((X[:60], np.full(60, np.nan)), "none has a label"),
        ((X[:60], np.array([None] * 60)), "none has a label"),
        ((X[:0], Y[:0]), "there are none"),
        ((np.full((60, 3), np.nan), Y[:60]), "model on train: it raised ValueError on inputs of shape (60, 3): Input X contains NaN"),
        ((X[:60, :2], Y[:60]), "model on train: it raised ValueError on inputs of shape (60, 2): X has 2 features"),
        ((X[:60], Y[:60] + 7), "labels of train: expected the model's classes (0, 1), got ["),
        ((X[:60], np.array(["one", "two"])[Y[:60]]), "labels of train: expected the model's classes (0, 1), got ['"),
    ],
)
def test_training_examples_that_cannot_be_used_take_only_themselves(train, reason):
    found = audit(MODEL, train, TEST)
    (value, sentence, level) = unusable(found)["training examples that cannot be used"]
    assert (value, level) == (1, "attention")
    assert sentence.startswith(f"{len(train[1])} of {len(train[1])} training examples are left out: {reason}")
    assert {"accuracy", "calibration", "groups", "reliance"} <= set(found.readings)
    assert set(found.skipped) >= COMPARED
    assert found.skipped["gap"].startswith(f"no training example can be used: {reason}")
    assert not any(told.startswith("it failed") for told in found.skipped.values())


def test_functions_that_give_nothing_finite_for_training_examples():
    train = np.full((60, 3), np.nan), Y[:60]
    found = audit(lambda x: x[:, :2], train, TEST)
    assert "none that are finite for any of 60" in unusable(found)["training examples that cannot be used"][1]
    assert "accuracy" in found.readings
    with pytest.raises(Problem, match="model on test: expected finite scores"):
        audit(lambda x: x[:, :2], TEST, train)


def test_new_examples_that_cannot_be_used():
    found = audit(MODEL, (X[:60], Y[:60] + 7), TEST, new=X[:, :2])
    assert set(unusable(found)) == {"training examples that cannot be used", "new examples that cannot be used"}
    assert found.skipped["new_data"].startswith("no new example can be used: model on new: it raised ValueError")
    only = audit(MODEL, (X[:60], Y[:60]), TEST, new=X[:, :2])
    assert set(unusable(only)) == {"new examples that cannot be used"}
    assert "gap" in only.readings


def test_examples_without_a_label_are_left_out_and_the_others_keep_their_places():
    y = TEST[1].astype(float)
    y[[0, 3]] = np.nan
    y[5] = 1 - y[5]
    site = np.array(["a"] * 4 + ["b"] * 26)
    found = audit(MODEL, test=(TEST[0], y), groups={"site": site})
    assert unusable(found)["unseen examples that cannot be used"][1] == (
        "2 of 30 unseen examples are left out: no label, the first of them example 0. Nothing here speaks of them."
    )
    assert len(found.subject.test) == 28
    assert found.readings["accuracy"][0].value == pytest.approx((MODEL.predict(TEST[0]) == y).sum() / 28)
    assert np.unique(found.subject.test.groups["site"], return_counts=True)[1].tolist() == [2, 26]
    assert "5 (labelled" in found.readings["labels"][0].sentence
    few = audit(MODEL, test=(TEST[0], y), limit=10).subject.test
    np.testing.assert_array_equal(few.x, TEST[0][[few.place(i) for i in range(10)]])
    names = np.array(["no", "yes"], object)[TEST[1]]
    names[2] = None
    named = LogisticRegression().fit(X, np.array(["no", "yes"])[Y])
    assert len(audit(named, test=(TEST[0], names)).subject.test) == 29
    line = audit(LinearRegression().fit(X, X[:, 0]), test=(X, np.where(Y, X[:, 0], np.nan)))
    assert len(line.subject.test) == Y.sum()


@pytest.mark.parametrize("kind", ["estimator", "function", "scores", "table"])
def test_labels_that_the_model_cannot_give_are_left_out_and_told(kind):
    x, y = TEST[0], TEST[1].astype(float)
    y[[4, 9]], y[11], y[20] = 7, -1, np.nan
    fine = np.isin(y, [0, 1])
    right = (MODEL.predict(x) == y)[fine]
    site = np.where(np.arange(30) < 10, "a", "b")
    if kind == "table":
        scores = {f"score_{name}": MODEL.predict_proba(x)[:, name] for name in (0, 1)}
        frame = pl.DataFrame({"label": ["" if label != label else str(int(label)) for label in y], "site": site, **scores})
        found = audited(of_table(frame.with_columns(label=pl.col("label").replace("", None)), groups=["site"]))
    elif kind == "scores":
        found = audit(MODEL.predict_proba(x), test=y, groups={"site": site})
    else:
        found = audit(MODEL if kind == "estimator" else MODEL.predict_proba, (X[:60], Y[:60]), (x, y), groups={"site": site})
    told = unusable(found)
    (value, sentence, level) = told["unseen examples with a label that the model cannot give"]
    assert (value, level) == (3 / 29, "attention")
    assert sentence.startswith(
        "3 of 29 unseen examples have a label that the model has no score for: 7 (2 of them, first example 4), -1 (1 of them, first example 11). They are "
        f"left out: accuracy is that of the other 26, {right.mean():.1%}; were they counted as wrong, it would be {right.sum() / 29:.1%}. Correct the labels"
    )
    assert told["unseen examples that cannot be used"][1].startswith("1 of 30 unseen examples are left out: no label, the first of them example 20.")
    assert found.readings["accuracy"][0].value == right.mean()
    assert {"calibration", "groups", "margins", "labels"} <= set(found.readings)
    assert not any(reason.startswith("it failed") for reason in found.skipped.values())
    assert found.subject.test.groups["site"].tolist() == site[fine].tolist()
    assert [found.subject.test.place(i) for i in range(26)] == np.flatnonzero(fine).tolist()


def test_training_labels_that_the_model_cannot_give():
    known = np.where(np.arange(60) == 3, 5, Y[:60])
    found = of_model(MODEL, TEST, train=(X[:60], known), history=np.stack([Y[:60], Y[:60]]))
    assert (len(found.train), len(found.test), found.train.place(3)) == (59, 30, 4)
    assert found.history().shape == (2, 59)
    (told,) = check.read(found)
    assert told.name == "training examples with a label that the model cannot give"
    assert "accuracy is that of the other 59" in told.sentence


def test_tables_with_rows_without_labels():
    frame = pl.DataFrame({"label": ["a", None, "b", "a"] * 5, "score_a": [0.9, 0.1, 0.2, 0.3] * 5, "score_b": [0.1, 0.9, 0.8, 0.7] * 5})
    found = of_table(frame)
    assert (len(found.test), found.faults[0].lost) == (15, 5)
    numbers = of_table(pl.DataFrame({"label": [0.5, None, 1.5, 2.5], "prediction": [0.0, 1.0, 2.0, 3.0]}))
    np.testing.assert_array_equal(numbers.test.errors, [-0.5, 0.5, 0.5])
    with pytest.raises(Problem, match="labels of test: expected some, got None"):
        of_table(frame.with_columns(label=pl.lit(None)))


def test_one_class_only():
    for test, train in (((TEST[0], 0 * TEST[1]), (X[:60], Y[:60])), (TEST, (X[:60], 0 * Y[:60])), ((TEST[0], 0 * TEST[1]), (X[:60], 0 * Y[:60]))):
        found = audit(MODEL, train, test, groups={"none": np.full(30, "a"), "empty": np.full(30, "")})
        assert {"accuracy", "gap"} <= set(found.readings)
        assert not any(told.startswith("it failed") for told in found.skipped.values()), found.skipped
