"""What needs a model trained anew, by a function that is given for it."""

import json
import time

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

import unseen
from unseen import cli
from unseen._problem import Problem
from unseen.audits import leave_out
from unseen.audits.audit import audited, estimated
from unseen.audits.checks.classes import capacity, memorised
from unseen.audits.checks.numbers import memorised as memorised_numbers
from unseen.audits.of_model import of_model
from unseen.audits.reading import SkipError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3)).astype("float32")
Y = (X[:, 0] + 0.5 * RNG.normal(size=120) > 0).astype(int) + (X[:, 1] > 1)
TRAIN, TEST = (X[:80], Y[:80]), (X[80:], Y[80:])


def nearest(x, y):
    """Knows by heart what it was given: the label of the nearest example, as logits of three classes."""
    x, y = np.asarray(x), np.asarray(y)
    return lambda asked: 5 * np.eye(3)[y[np.square(np.asarray(asked)[:, None] - x).sum(axis=2).argmin(axis=1)]]


def constant(x, y):
    return lambda asked: np.tile([0.5, 0.3, 0.2], (len(asked), 1))


def read(check, subject):
    return [(one.value, one.interval, one.sentence) for one in check.read(subject)]


def test_a_function_is_trained_anew_as_the_estimator_is_that_does_the_same():
    model = KNeighborsClassifier(1).fit(*TRAIN)
    own = of_model(model, TEST, train=TRAIN)
    given = of_model(model.predict_proba, TEST, train=TRAIN, retrain=lambda x, y: KNeighborsClassifier(1).fit(x, y).predict_proba)
    plain = of_model(nearest(*TRAIN), TEST, train=TRAIN, retrain=nearest)
    for check in (capacity, memorised):
        assert read(check, own) == read(check, given) == read(check, plain)
    assert read(capacity, plain)[0][0] == 1
    idle = of_model(constant(*TRAIN), TEST, train=TRAIN, retrain=constant)
    assert (read(capacity, idle)[0][0], read(memorised, idle)[0][0]) == (np.mean(Y[:80] == 0), 0)
    with pytest.raises(SkipError, match="beside the model pass retrain=, a function"):
        list(capacity.read(of_model(nearest(*TRAIN), TEST, train=TRAIN)))


def test_numbers_and_names():
    y = X[:, 0].astype(float)
    own = of_model(KNeighborsRegressor(1).fit(X[:80], y[:80]), (X[80:], y[80:]), train=(X[:80], y[:80]))
    made = KNeighborsRegressor(1)
    given = of_model(own.ask, (X[80:], y[80:]), train=(X[:80], y[:80]), retrain=lambda x, y: made.fit(x, y).predict, regression=True)
    assert read(memorised_numbers, own) == read(memorised_numbers, given)
    names, asked = np.array(["no", "so", "yes"]), []

    def named(x, y):
        asked.append(set(y))
        return LogisticRegression().fit(x, y)

    of = of_model(named(X, names[Y]), (X, names[Y]), train=(X, names[Y]), retrain=named)
    two = of.refit(X[Y > 0], Y[Y > 0], X)  # an estimator that saw two classes of three
    np.testing.assert_allclose(two[:, 1:], LogisticRegression().fit(X[Y > 0], Y[Y > 0]).predict_proba(X), rtol=1e-6)
    assert (two[:, 0] == 0).all() and asked[-1] == {"so", "yes"}


def test_torch_and_equinox():
    torch = pytest.importorskip("torch")
    import equinox as eqx
    import jax
    import jax.numpy as jnp

    seen = []

    def least_squares(x, y):
        seen.append((type(x), type(y), y.dtype))
        module = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(3, 3, bias=False))
        with torch.no_grad():
            module[1].weight.copy_(torch.linalg.lstsq(x, torch.nn.functional.one_hot(y, 3).float()).solution.T)
        return module

    def the_same(x, y):
        layer = eqx.nn.Linear(3, 3, use_bias=False, key=jax.random.key(0))
        return eqx.tree_at(lambda layer: layer.weight, layer, jnp.linalg.lstsq(x, jax.nn.one_hot(y, 3))[0].T)

    tensors = [(torch.as_tensor(x), torch.as_tensor(y)) for x, y in (TRAIN, TEST)]
    found = of_model(least_squares(*tensors[0]), tensors[1], train=tensors[0], retrain=least_squares)
    again = of_model(the_same(*TRAIN), TEST, train=TRAIN, retrain=the_same)
    shuffled = RNG.permutation(Y[:80])
    np.testing.assert_allclose(found.refit(tensors[0][0], shuffled), again.refit(X[:80], shuffled), atol=1e-4)
    assert seen[-1] == (torch.Tensor, torch.Tensor, torch.int64)
    numbers = of_model(lambda x: x[:, 0], (tensors[1][0], X[80:, 0]), retrain=lambda x, y: seen.append(y.dtype) or (lambda x: x[:, 0]), regression=True)
    numbers.refit(tensors[0][0], X[:80, 0].astype(float))
    assert seen[-1] == torch.float32


@pytest.mark.parametrize(
    ("retrain", "reason"),
    [
        (lambda x, y: 1 / 0, "retrain on 80 examples failed with ZeroDivisionError: division by zero"),
        (lambda x, y: None, "retrain on 80 examples failed with Problem: model: expected a fitted estimator"),
        (lambda x, y: lambda asked: np.zeros((len(asked), 2)), r"expected scores of shape \(examples, 3\)"),
        (lambda x, y: lambda asked: np.eye(3), "expected as many as there are examples, 80, got 3"),
        (lambda x, y: lambda asked: np.full((len(asked), 3), np.nan), "expected finite scores, got"),
        (lambda x, y: lambda asked: np.where(np.arange(len(asked))[:, None] == 4, np.nan, np.eye(3)[0]), "no finite answer to 1 of 80 examples"),
    ],
)
def test_training_that_fails_takes_only_its_own_readings(retrain, reason, monkeypatch):
    found = of_model(nearest(*TRAIN), TEST, train=TRAIN, retrain=retrain)
    assert estimated(found)["accuracy"] == 0
    for check in (capacity, memorised):
        with pytest.raises(SkipError, match=reason.replace("80 examples failed", r"\d+ examples failed")):
            list(check.read(found))


def test_time_is_kept_and_what_was_asked_for_is_done(monkeypatch):
    calls = []

    def slow(x, y):
        calls.append(len(x))
        time.sleep(0.1)
        return nearest(x, y)

    subject = of_model(nearest(*TRAIN), TEST, train=TRAIN, retrain=slow)
    assert estimated(subject)["memorised"] == pytest.approx(0.1 * leave_out.FEWEST * 2 / 3, rel=0.5)
    assert calls == [80]  # timed once
    assert "it would take about 1 s, and" in audited(subject, within=0.55).skipped["memorised"]
    monkeypatch.setattr(leave_out, "SECONDS", 0.01)  # an estimator would be given up after the first
    assert len(leave_out.left_out(subject).answers) == leave_out.FEW


def test_what_is_no_such_function():
    with pytest.raises(Problem, match=r"retrain: expected a function \(inputs, labels\) → model, got 3"):
        of_model(nearest(*TRAIN), TEST, train=TRAIN, retrain=3)
    with pytest.raises(Problem, match="retrain: expected a model beside it, got scores alone"):
        unseen.audit(np.eye(3)[Y], test=Y, retrain=nearest)


def test_from_the_shell(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "centres.py").write_text(
        "import numpy as np\n\ndef train(x, y):\n    means = np.stack([x[y == one].mean(axis=0) for one in (0, 1, 2)])\n"
        "    return lambda x: -np.square(x[:, None] - means).sum(axis=2)\n\n"
        "rng = np.random.default_rng(0)\nmodel = train(rng.normal(size=(30, 3)), np.arange(30) % 3)\n"
    )
    pl.DataFrame({f"x{i}": X[:, i] for i in range(3)} | {"label": Y, "split": ["train", "test"] * 60}).write_csv("data.csv")
    with pytest.raises(SystemExit):
        cli.main(["audit", "centres:model", "--data", "data.csv", "--retrain", "centres:train", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert {"random labels learned by heart", "training examples known by heart"} <= {one["name"] for one in told["readings"]}
    with pytest.raises(SystemExit):
        cli.main(["audit", "--predictions", "data.csv", "--retrain", "centres:train"])
    assert "--retrain: expected a model and --data FILE" in " ".join(capsys.readouterr().err.split())
