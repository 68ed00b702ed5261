"""How models and tables become subjects, and what is said of those that cannot."""

import copy
import pickle

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from unseen import audit
from unseen._problem import Problem
from unseen.audits.given import given as unchecked
from unseen.audits.of_model import of_model
from unseen.audits.of_table import of_table
from unseen.audits.scores import checked_scores

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(60, 4)), np.arange(60) % 3
LOGITS = RNG.normal(size=(60, 3))


def looked_up(x):
    return LOGITS[: len(x)]


def test_logits_and_probabilities():
    softmax = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    for given, classes, link, wanted in (
        (LOGITS, 3, "logits", softmax),
        (softmax, 3, "probabilities", softmax),
        (np.array([0.2, 0.9]), 2, "probabilities", [[0.8, 0.2], [0.1, 0.9]]),
        (np.array([[-1.0], [3.0]]), 2, "logits", np.column_stack([1 / (1 + np.exp([-1.0, 3.0])), 1 / (1 + np.exp([1.0, -3.0]))])),
    ):
        scores, unanswered, found = checked_scores(given, classes, "test")
        np.testing.assert_allclose(scores, wanted)
        assert (unanswered, found) == (None, link)


def test_examples_without_finite_scores_count_as_wrong():
    broken = np.where(np.arange(60)[:, None] == 7, np.nan, LOGITS)
    scores, unanswered, _ = checked_scores(broken, 3, "test")
    assert np.flatnonzero(unanswered).tolist() == [7]
    np.testing.assert_allclose(np.delete(scores, 7, axis=0), np.delete(checked_scores(LOGITS, 3, "test")[0], 7, axis=0))
    found = of_model(lambda x: broken, (X, np.where(np.arange(60) == 7, 0, Y)))
    assert found.test.right[7] == 0
    assert found.test.right.sum() == np.sum(LOGITS.argmax(axis=1)[np.arange(60) != 7] == Y[np.arange(60) != 7])


def test_limit_draws_the_same_examples_everywhere():
    sites = np.arange(60).astype(str)
    found = of_model(lambda x: x[:, :3], (X, Y), train=(X, Y), new=X, groups={"site": sites}, limit=20)
    places = found.test.groups["site"].astype(int)
    assert len(set(places)) == 20
    np.testing.assert_array_equal(found.test.x, X[places])
    np.testing.assert_array_equal(found.test.y, Y[places])
    assert (len(found.train), len(found.new)) == (20, 20)
    with pytest.raises(Problem, match="limit: expected a whole number of examples of at least 1, got 0"):
        of_model(looked_up, (X, Y), limit=0)


def test_estimators_and_functions():
    names = np.array(["red", "green", "blue"])
    model = LogisticRegression().fit(X, names[Y])
    before = pickle.dumps(model), X.copy()
    found = of_model(model, (X, names[Y]), train=(X, names[Y]))
    assert found.classes == ("blue", "green", "red")
    np.testing.assert_allclose(found.test.scores, model.predict_proba(X))
    np.testing.assert_array_equal(np.array(found.classes)[found.test.y], names[Y])
    assert pickle.dumps(model) == before[0]
    np.testing.assert_array_equal(X, before[1])
    hard = of_model(SVC().fit(X, Y), (X, Y))
    assert not hard.graded
    np.testing.assert_array_equal(hard.test.scores.argmax(axis=1), SVC().fit(X, Y).predict(X))
    plain = of_model(lambda x: np.tile(LOGITS[0], (len(x), 1)), (np.zeros((3000, 2)), np.arange(3000) % 3))
    assert plain.test.scores.shape == (3000, 3)  # more than one batch
    assert of_model(looked_up, (X, Y[:, None])).classes == (0, 1, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((looked_up, X), r"test: expected a pair \(inputs, labels\) or a loader of such batches, got ndarray"),
        ((looked_up, (X, Y[:5])), "test: expected as many as there are examples, 60, got 5"),
        ((looked_up, (X, Y + 1)), r"labels: expected 0 to 2, the places of the model's 3 scores, got \[1, 2, 3\]. .* pass classes=.*too few"),
        ((lambda x: LOGITS[:, 0], (X, 2 * (Y > 0) - 1)), r"labels: expected 0 to 1, the places of the model's 2 scores, got \[-1, 1\]"),
        ((looked_up, (X, Y + 3 + Y % 2)), r"labels of test: expected the model's classes \(0, 1, 2\), got \[3, 5\]. .* or pass classes="),
        ((lambda x: np.full((60, 3), np.nan), (X, Y)), "expected finite scores, got .* for example 0 and none that are finite for any of 60"),
        ((LogisticRegression().fit(X, Y), (X, Y + 3)), r"labels of test: expected the model's classes \(0, 1, 2\), got \[3, 4, 5\]"),
        ((SVC(), (X, Y)), "expected a fitted classifier, got SVC without classes_. Fit it."),
        ((looked_up, (X, Y + 0.5)), r"model on test: expected one number for each example, got shape \(60, 3\). Audit one output"),
        ((lambda x: LOGITS[:, 0], (X, np.full(60, np.inf))), "labels of test: expected some, got inf for each of 60 examples"),
        ((looked_up, (X, np.array([None] * 60))), "labels of test: expected some, got None for each of 60 examples"),
        ((looked_up, (X, np.eye(3)[Y])), r"labels of test: expected one for each example, got shape \(60, 3\)"),
        ((lambda x: x @ np.ones(3), (X, Y)), r"model on test: it raised ValueError on inputs of shape \(60, 4\): matmul"),
        (
            (lambda x: np.asarray(x, float), (pl.DataFrame({"size": X[:, 0], "site": ["a"] * 60}), Y)),
            r"it raised ValueError on inputs of shape \(60, 2\) \(columns site hold no numbers\)",
        ),
        ((7, (X, Y)), "model: expected a fitted estimator, a torch or Equinox module"),
        ((lambda x: LOGITS[:0], (X[:0], Y[:0])), "test: expected at least one example, got none"),
        ((lambda x: x[0, :3], (X, Y)), r"model on test: expected scores of shape \(60, classes\), one row for each example, .* got shape \(3,\)"),
        ((lambda x: x[:, None, :3], (X, Y)), r"model on test: expected scores of shape \(60, classes\), .* got shape \(60, 1, 3\)"),
        ((LogisticRegression, (X, Y)), "model: expected a trained model, got the class LogisticRegression"),
    ],
)
def test_what_cannot_be_audited(arguments, message):
    with pytest.raises(Problem, match=message):
        of_model(*arguments)


def test_groups_of_another_length_or_kind():
    with pytest.raises(Problem, match=r'groups: expected the groups of the test examples by what they are groups of, as \{"site": .*got list'):
        unchecked((X, Y), None, None, ["a"] * 60, None, None)
    with pytest.raises(Problem, match=r"groups\['site'\]: expected as many as there are examples, 60, got 2"):
        of_model(looked_up, (X, Y), groups={"site": ["a", "b"]})


def test_torch():
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Dropout(0.5)).double()
    module.eval()
    before = copy.deepcopy(module.state_dict())
    found = of_model(module, (torch.as_tensor(X), torch.as_tensor(Y)))
    logits = module(torch.as_tensor(X)).detach().numpy()
    np.testing.assert_allclose(found.test.scores, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True), rtol=1e-5)
    assert all((before[name] == value).all() for name, value in module.state_dict().items())
    data = torch.utils.data.TensorDataset(torch.as_tensor(X), torch.as_tensor(Y))
    for given in (data, torch.utils.data.DataLoader(data, batch_size=7)):
        np.testing.assert_allclose(of_model(module, given).test.scores, found.test.scores, rtol=1e-6)

    class Several(torch.nn.Module):
        def forward(self, x):
            return (logits_of(x), x) if self.kind == "tuple" else type("Output", (), {"logits": logits_of(x)}) if self.kind == "logits" else {"a": x}

    several, logits_of = Several().eval(), module
    for several.kind in ("tuple", "logits"):
        np.testing.assert_allclose(of_model(several, (torch.as_tensor(X), Y)).test.scores, found.test.scores, rtol=1e-6)
    several.kind = "dict"
    with pytest.raises(Problem, match=r"expected a tensor of scores from the module, .* got dict"):
        of_model(several, (torch.as_tensor(X), Y))
    assert of_model(module.float(), (X, Y)).test.scores.shape == (60, 3)  # arrays of doubles, a module of floats


def test_tables():
    frame = pl.DataFrame(
        {
            "label": ["a", "b", "a", "b"],
            "split": ["train", "test", "test", "new"],
            "score_a": [0.9, 0.2, 0.4, 0.5],
            "score_b": [0.1, 0.8, 0.6, 0.5],
            "site": [1, 1, 2, 2],
        }
    )
    found = of_table(frame, groups=["site"])
    assert (len(found.train), len(found.test), len(found.new), found.graded) == (1, 2, 1, True)
    assert found.test.y.tolist() == [1, 0]
    assert found.test.groups["site"].tolist() == ["1", "2"]
    plain = of_table(pl.DataFrame({"truth": [0, 1, 1], "prediction": [0, 1, 0]}), label="truth")
    assert not plain.graded
    assert plain.test.right.tolist() == [1, 1, 0]
    for wrong, message in (
        (frame.clear(), "the table: expected a row for each example, got none"),
        (frame.drop("label"), r"column 'label': expected it among \['split'"),
        (frame.drop("score_a", "score_b"), r"column 'prediction': expected it among .* Scores go in columns score_<class>"),
        (frame.with_columns(split=pl.lit("eval")), r"column 'split': expected 'train', 'test' and 'new', got \['eval'\]"),
        (frame.with_columns(split=pl.lit("train")), "expected some rows with 'test', got none"),
        (frame.with_columns(score_b=pl.Series(["0.1", "high", "0.2", "nan"])), "column 'score_b': expected numbers, got 'high'"),
        (frame.with_columns(label=pl.lit("z")), r"labels of test: expected the model's classes \('a', 'b'\), got \['z'\]"),
    ):
        with pytest.raises(Problem, match=message):
            of_table(wrong)


def test_the_same_examples_in_another_type_of_numbers_are_the_same():
    x, y = np.random.default_rng(0).standard_normal((30, 3)), np.arange(30) % 2
    found = audit(lambda x: np.asarray(x)[:, :2], test=(x.astype(np.float32), y), train=(x[:10], y[:10]))
    assert found.readings["overlap"][0].value == 10 / 30


def test_sparse_inputs_are_counted():
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    x, y = np.random.default_rng(0).poisson(0.3, (80, 12)).astype(float), np.arange(80) % 2
    x[:, 0] = y
    found = audit(LogisticRegression().fit(csr_matrix(x), y), test=(csr_matrix(x[:40]), y[:40]), train=(csr_matrix(x[40:]), y[40:]), limit=30)
    assert found.readings["accuracy"][0].value == 1.0 and len(found.subject.test) == 30


def test_what_trains_anew_is_counted_before_it_starts():
    import time

    from sklearn.linear_model import LogisticRegression

    class Slow(LogisticRegression):
        def fit(self, x, y, sample_weight=None):
            time.sleep(0.004 * len(x))
            return super().fit(x, y, sample_weight)

    x, y = np.random.default_rng(0).standard_normal((400, 3)), np.arange(400) % 2
    found = audit(Slow().fit(x, y), test=(x, y), train=(x, y), within=2.0)
    assert "it would take about" in found.skipped["capacity"] and "it would take about" in found.skipped["memorised"]
    assert {"accuracy", "gap"} <= set(found.readings)


def test_modules_of_half_precision_take_tensors_of_single_precision():
    torch = pytest.importorskip("torch")
    module = torch.nn.Linear(3, 2).bfloat16().eval()
    found = audit(module, test=(torch.randn(20, 3), torch.arange(20) % 2))
    assert 0 <= found.readings["accuracy"][0].value <= 1


def test_a_pair_is_asked_for_whole_batches():
    x = np.random.default_rng(0).standard_normal((40, 2)) + 5
    y = (x[:, 0] > x[:, 0].mean()).astype(int)
    found = audit((lambda w, x: (x[:, :1] - x[:, :1].mean()) * w, np.ones(1, np.float32)), test=(x.astype(np.float32), y))
    assert found.readings["accuracy"][0].value == 1.0


def test_a_loader_of_new_inputs():
    torch = pytest.importorskip("torch")
    x, y = torch.randn(20, 3), torch.arange(20) % 2
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=8)
    assert len(audit(torch.nn.Linear(3, 2).eval(), test=loader, new=loader).subject.new) == 20
