"""Training: bits that depend on nothing around a run, checkpoints, early stopping, divergence, precision, whole procedures, streams."""

import dataclasses
import functools
from pathlib import Path
from typing import ClassVar

import equinox as eqx
import hypothesis
import hypothesis.strategies as st
import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import tiny
from unseen._types import Classes, Examples, Problem, Reals, Stream, Values, over
from unseen.engine import checkpoint, execute, machine
from unseen.engine.execute import Chunk, Mode, Session
from unseen.engine.program import Program
from unseen.engine.schedule import Every, LinSpaced, Stop
from unseen.methods.fit.least_squares import LeastSquares
from unseen.methods.gradient.ema_filter import EmaFilter
from unseen.methods.keep.ema import Ema
from unseen.methods.method import Method
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.full_batch import FullBatch
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.sgd import SGD
from unseen.models.linear import Linear
from unseen.models.mlp import MLP
from unseen.tasks.linear_regression import LinearRegression
from unseen.tasks.task import Task

SWEEP = tiny.study(
    method=Method(order=Sample(4), update=AdamW(learning_rate=0.5, weight_decay=over(0.0, 1.0))),
    steps=over(7, 12, name="length"),
    seeds=(0, 1, 77),
)
"""Twelve cells of one program, under a recipe in which a difference in the last bit would grow."""


@pytest.fixture(scope="module")
def alone() -> dict[str, tuple]:
    """The bits of every cell of SWEEP, each trained by itself."""
    return {o.id: tiny.bits(o) for pair in tiny.chunk(SWEEP).cells for o in tiny.inline().session.run(Chunk((pair,), Mode()))}


@hypothesis.given(order=st.permutations(range(12)), cuts=st.sets(st.integers(1, 11)))
@hypothesis.settings(max_examples=12)
def test_bits_depend_on_nothing_around_a_run(alone: dict, order: list[int], cuts: set[int]) -> None:
    cells = tiny.chunk(SWEEP).cells
    for first, last in zip([0, *sorted(cuts)], [*sorted(cuts), 12], strict=True):
        chunk = Chunk(tuple(cells[i] for i in order[first:last]), Mode())
        assert all(tiny.bits(outcome) == alone[outcome.id] for outcome in tiny.inline().session.run(chunk))


def test_seeds_and_numbers_do_matter(alone: dict) -> None:
    weights = [bits[3]["weights/first"] for bits in alone.values()]
    assert len(set(weights)) == 12
    assert len(np.unique([bits[2][-1] for bits in alone.values()])) == 2


def test_another_session_gives_the_same_bits(alone: dict) -> None:
    assert {outcome.id: tiny.bits(outcome) for outcome in tiny.trained(SWEEP, session=Session())} == alone


def test_the_test_would_notice(alone: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    true = Program.advance
    calls = iter(range(10_000))
    monkeypatch.setattr(Program, "advance", lambda self, n, c, s, *rest: true(self, n, c, {**s, "params": nudged(s["params"], next(calls))}, *rest))
    changed = {outcome.id: tiny.bits(outcome) for outcome in tiny.trained(SWEEP)}
    assert changed["cell0"] == alone["cell0"]
    assert sum(changed[ident] != alone[ident] for ident in alone) == 11


def nudged(params, call: int):
    """After the first run, one weight is off by one unit in the last place."""
    return params if call < 4 else jax.tree.map(lambda leaf: jnp.asarray(np.nextafter(np.asarray(leaf), np.float32(9), dtype=np.float32)), params)


@pytest.mark.parametrize("jobs", [1, 2])
def test_bits_do_not_depend_on_workers(alone: dict, jobs: int) -> None:
    runs = SWEEP.run(on=tiny.pool(jobs), estimate=False)
    found = [tiny.bits(runs.record(i)) for i in range(len(runs))]
    expected = [alone[f"cell{i}"] for i in range(12)]
    assert found == expected


def noting(self, true, advances: list[int], numbers, constants, state, begin, *rest):
    """`Program.advance` that notes where it begins."""
    advances.append(begin)
    return true(self, numbers, constants, state, begin, *rest)


STATEFUL = Method(order=tiny.KeyedSample(4), gradient=EmaFilter(), update=AdamW(learning_rate=0.1), keep=Ema(0.5))


@pytest.mark.parametrize("changes", [{}, {"method": STATEFUL, "precision": "float64"}], ids=["plain", "state everywhere"])
def test_death_and_resume_at_every_recorded_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict) -> None:
    monkeypatch.setattr(execute, "CHECKPOINT_SECONDS", 0.0)
    study = tiny.study(**changes, seeds=1)
    whole = tiny.bits(tiny.trained(study)[0])
    assert len(whole[2]) == 4
    true = Program.advance
    for deaths in ([1], [2], [3], [1, 1, 1], [0, 2, 1]):
        folder = tmp_path / str(deaths)
        advances: list[int] = []
        for lasts in deaths:
            left = iter([True] * lasts)

            def advance(self, numbers, constants, state, begin, *rest, left=left, advances=advances):
                if next(left, None) is None:
                    raise KeyboardInterrupt
                advances.append(begin)
                return true(self, numbers, constants, state, begin, *rest)

            monkeypatch.setattr(Program, "advance", advance)
            with pytest.raises(KeyboardInterrupt):
                tiny.trained(study, folder=folder)
        monkeypatch.setattr(Program, "advance", functools.partialmethod(noting, true, advances))
        assert tiny.bits(tiny.trained(study, folder=folder)[0]) == whole
        assert advances == [0, 0, 4, 8]  # step 0 is looked at, then each stretch is trained once
        assert checkpoint.read(folder, "cell0") is None


def test_checkpoint_of_a_stopped_run_keeps_its_time_and_its_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "CHECKPOINT_SECONDS", 0.0)
    study = tiny.study(seeds=1, stop=Stop("train_loss", above=0.0, patience=2))
    whole = tiny.trained(study)[0]
    assert whole.status == "stopped"
    assert whole.steps.tolist() == [0, 4, 8]
    true, left = Program.advance, iter([True] * 2)
    monkeypatch.setattr(Program, "advance", lambda self, *rest: true(self, *rest) if next(left, None) else (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        tiny.trained(study, folder=tmp_path)
    tensors, meta = checkpoint.read(tmp_path, "cell0")
    assert meta["step"] == 4
    assert meta["seconds"] > 0
    assert tensors["steps"].tolist() == [0, 4]
    monkeypatch.setattr(Program, "advance", true)
    resumed = tiny.trained(study, folder=tmp_path)[0]
    assert tiny.bits(resumed) == tiny.bits(whole)
    assert resumed.seconds > meta["seconds"]


def test_one_program_for_many_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    made, traced = [], []
    true, start = Program.__init__, Program._start
    monkeypatch.setattr(Program, "__init__", lambda self, *a: made.append(self) or true(self, *a))
    monkeypatch.setattr(Program, "_start", lambda self, *a: traced.append(self) or start(self, *a))
    study = tiny.study(
        method=Method(order=Sample(4), update=AdamW(learning_rate=over(0, 1e-2, 1), weight_decay=over(0.0, 0.5))),
        task=dataclasses.replace(tiny.study().task, label_noise=over(0.0, 0.2)),
        steps=over(3, 5, name="length"),
        seeds=2,
    )
    session = Session()
    assert len(tiny.trained(study, session=session)) == 48
    assert len(made) == 1
    assert len(traced) == 1
    session.program(study.with_({"batch": 5}).cells()[0], Mode())
    assert len(made) == 2


def test_programs_are_forgotten_in_the_order_of_their_last_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execute, "PROGRAMS_KEPT", 2)
    session = Session()
    cells = [tiny.study(model=tiny.MLP(hidden=(width,))).cells()[0] for width in (1, 2, 3)]
    first, second = (session.program(cell, Mode()) for cell in cells[:2])
    assert session.program(cells[0], Mode()) is first
    session.program(cells[2], Mode())
    assert session.program(cells[0], Mode()) is first
    assert session.program(cells[1], Mode()) is not second


def test_stacked_runs_do_not_see_their_neighbours() -> None:
    study = tiny.study(seeds=5, method=Method(order=Sample(4), update=AdamW(learning_rate=0.5)))
    pairs = tiny.chunk(study).cells

    def stacked(*chosen: int) -> dict[str, tuple]:
        return {outcome.id: tiny.bits(outcome) for outcome in tiny.inline().session.run(Chunk(tuple(pairs[i] for i in chosen), Mode(3)))}

    whole = stacked(0, 1, 2, 3, 4)  # a stack of three, and one of two that is filled up
    assert len(whole) == 5
    for chosen in ([0], [4, 0], [3, 2, 1], [2, 4, 0, 1]):
        assert all(whole[ident] == found for ident, found in stacked(*chosen).items())
    exact = tiny.trained(study)
    for outcome in exact:  # up to rounding, stacking changes nothing
        np.testing.assert_allclose(np.frombuffer(whole[outcome.id][3]["train_loss"][2], np.float32), outcome.metrics["train_loss"], rtol=0.02)


def test_a_stopped_run_of_a_stack_stays_as_it_was() -> None:
    method = Method(order=Sample(4), update=AdamW(learning_rate=0.05))
    alone = tiny.trained(tiny.study(seeds=3, method=method, at=Every(4)), 3)
    level = float(np.mean([outcome.metrics["train_loss"][1] for outcome in alone]))
    stopping = tiny.trained(tiny.study(seeds=3, method=method, at=Every(4), stop=Stop("train_loss", below=level)), 3)
    lengths = [int(outcome.steps[-1]) for outcome in stopping]
    assert len(set(lengths)) > 1
    for length in set(lengths):
        short = tiny.trained(tiny.study(seeds=3, method=method, at=Every(4), steps=max(length, 4)), 3)
        for i in range(3):
            if lengths[i] == length > 0:
                assert tiny.bits(stopping[i])[2:] == tiny.bits(short[i])[2:]


def test_stopping_by_hand() -> None:
    whole = tiny.trained(tiny.study(seeds=1, at=Every(2)))[0]
    curve = whole.metrics["train_loss"]
    level = float(np.float32(curve[2] + curve[3]) / 2)
    found = tiny.trained(tiny.study(seeds=1, at=Every(2), stop=Stop("train_loss", below=level)))[0]
    first = int(np.flatnonzero(curve < level)[0])
    assert found.status == "stopped"
    assert found.steps.tolist() == list(range(0, 2 * first + 1, 2))
    assert found.metrics["train_loss"].tolist() == curve[: first + 1].tolist()
    never = tiny.trained(tiny.study(seeds=1, stop=Stop("train_loss", below=-1.0)))[0]
    assert never.status == "finished"


def test_unknown_metric_to_stop_at() -> None:
    with pytest.raises(Problem, match=r"unknown metric in stop= 'tset_loss'. Did you mean 'test_loss'"):
        tiny.trained(tiny.study(stop=Stop("tset_loss", below=1.0)))


@pytest.mark.parametrize("width", [None, 3])
def test_divergence_is_a_result_and_the_sweep_goes_on(width: int | None) -> None:
    found = tiny.trained(tiny.study(method=Method(order=Sample(4), update=AdamW(learning_rate=over(0.01, 1e30))), steps=12, seeds=2), width)
    assert [outcome.status for outcome in found] == ["finished"] * 2 + ["diverged"] * 2
    for outcome in found[2:]:
        assert outcome.error == "the training loss became NaN or infinite at step 1"
        assert outcome.steps.tolist() == [0, 4]
        assert np.isfinite(outcome.metrics["train_loss"][0])
        assert not np.isfinite(outcome.metrics["train_loss"][1])
        assert outcome.weights


class Bad(SGD):
    """Parameters that become infinite while the loss is never asked again."""

    def transformation(self):
        return optax.GradientTransformation(lambda params: None, lambda updates, state, params: (jax.tree.map(lambda u: u + jnp.inf, updates), state))


def test_infinite_parameters_are_divergence_too() -> None:
    found = tiny.trained(tiny.study(method=Method(order=Sample(4), update=Bad()), steps=1, seeds=1))[0]
    assert (found.status, found.error) == ("diverged", "parameters became NaN or infinite by step 1")


def test_precision() -> None:
    single, double = tiny.trained(tiny.study(precision=over("float32", "float64"), seeds=1))
    assert {value.dtype for value in single.weights.values()} == {np.dtype("float32")}
    assert {value.dtype for value in double.weights.values()} == {np.dtype("float64")}
    assert double.metrics["train_loss"].dtype == np.float64
    assert jnp.zeros(()).dtype == np.float32  # nothing outside is changed
    assert not np.array_equal(double.weights["first"], double.weights["first"].astype(np.float32))


def test_plain_gradient_descent_by_hand() -> None:
    """Full batch, squared error, linear model: W ← W − η ∂/∂W mean_i ½-or-1·(x_i W − y_i)², from the recorded splits."""
    study = tiny.study(
        task=LinearRegression(d_in=3, train_size=5, test_size=4), model=Linear(), method=Method(FullBatch(), SquaredError(), update=SGD(0.1)),
        steps=6, seeds=1, at=LinSpaced(2), precision="float64",
    )  # fmt: skip
    network, splits = execute.rebuild(study.cells()[0], None)
    x, y = (np.asarray(part, float) for part in (splits["train"].x, splits["train"].y))
    weight = np.asarray(network.weight, float)
    with jax.enable_x64(True):
        slope = float(jax.grad(lambda out: SquaredError().losses(out, jnp.zeros((1, 1)))[0])(jnp.ones((1, 1)))[0, 0])
    for _ in range(6):
        weight = weight - 0.1 * slope * x.T @ (x @ weight - y) / len(x)
    outcome = tiny.trained(study)[0]
    np.testing.assert_allclose(outcome.weights["weight"], weight, rtol=1e-12)
    test = jax.tree.map(np.asarray, splits["test"])
    np.testing.assert_allclose(outcome.metrics["test_loss"][-1], np.mean((test.x @ weight - test.y) ** 2) * slope / 2, rtol=1e-12)


def test_a_fit_solves_in_one_step() -> None:
    study = tiny.study(task=LinearRegression(d_in=3, train_size=9, noise=over(0.0, 0.3)), model=Linear(), method=LeastSquares(), steps=50, seeds=2)
    for cell, outcome in zip(study.cells(), tiny.trained(study), strict=True):
        assert (outcome.status, outcome.steps.tolist()) == ("finished", [0, 1])
        train = execute.rebuild(cell, None)[1]["train"]
        solved = np.linalg.lstsq(np.asarray(train.x), np.asarray(train.y).reshape(9, -1))[0]
        np.testing.assert_allclose(outcome.weights["weight"], solved, atol=2e-5)


class Coins(Stream):
    """Fair coins."""

    def draw(self, key, n):
        x = jax.random.rademacher(key, (n, 2), float)
        return Examples(x, (x[:, 0] > 0).astype(jnp.int32))


class Endless(Task):
    """Fresh examples at every step."""

    unseen: ClassVar[dict[str, str]] = {"test": "same distribution"}

    @property
    def inputs(self):
        return Reals((2,))

    @property
    def outputs(self):
        return Classes(2)

    def splits(self, key, data=None):
        return {"train": Coins(), "test": Coins()}


def test_streams() -> None:
    found = tiny.trained(tiny.study(task=Endless(), steps=60, seeds=1, method=Method(order=Sample(16), update=SGD(1.0))))[0]
    assert found.metrics["train_accuracy"][-1] == 1.0
    assert found.metrics["train_loss"].tolist() == found.metrics["test_loss"].tolist()  # the same draw looks at both


def test_recorded_arrays_and_whole_numbers() -> None:
    found = tiny.trained(tiny.study(record=(tiny.Curve(2.0),), seeds=1))[0]
    assert found.metrics["count"].tolist() == [0, 4, 8, 12]
    assert found.metrics["line"].tolist() == [0.0, 8.0, 16.0, 24.0]
    np.testing.assert_array_equal(found.metrics["square"], 2.0 * np.array([0, 4, 8, 12])[:, None, None] * np.arange(6.0).reshape(2, 3))


class Averaged(eqx.Module):
    """A network that holds a whole number and a function beside its weights."""

    weight: jax.Array
    count: jax.Array
    shape: tuple[int, ...] = eqx.field(static=True)

    def __call__(self, x, *, key=None):
        return (x @ self.weight / self.count).reshape(self.shape)


class Averaging(Linear):
    """Builds it."""

    def build(self, inputs, outputs, key):
        assert isinstance(outputs, Values)
        return Averaged(jax.random.normal(key, (inputs.shape[0], 1)), jnp.array(3), outputs.shape)


def test_rebuilt_network_is_the_trained_one() -> None:
    method = Method(FullBatch(), SquaredError(), update=SGD(0.1))
    study = tiny.study(task=LinearRegression(d_in=3, train_size=5, test_size=4), model=Averaging(), method=method, seeds=1)
    outcome, cell = tiny.trained(study)[0], study.cells()[0]
    network, splits = execute.rebuild(cell, outcome.weights)
    loss = jnp.mean(SquaredError().losses(jax.vmap(network)(splits["test"].x), splits["test"].y))
    np.testing.assert_allclose(loss, outcome.metrics["test_loss"][-1], rtol=1e-6)
    assert set(outcome.weights) == {"weight"}
    assert network.count == 3
    before = execute.rebuild(cell, None)[0]
    loss = jnp.mean(SquaredError().losses(jax.vmap(before)(splits["test"].x), splits["test"].y))
    np.testing.assert_allclose(loss, outcome.metrics["test_loss"][0], rtol=1e-6)


def test_a_cell_that_does_not_fit_is_not_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "available_memory", lambda: 1000)
    monkeypatch.setattr(Program, "advance", lambda *_: pytest.fail("it was started"))
    found = tiny.trained(tiny.study())
    assert [outcome.status for outcome in found] == ["too large"] * 2
    assert "0.0 GiB are free: use a smaller batch or model" in found[0].error
    cost = tiny.inline().session.cost(tiny.chunk(tiny.study()))
    assert cost.memory > 1000
    assert cost.step_seconds == 0.0


def test_names_of_arrays_round_trip() -> None:
    tree = {"a": [jnp.ones(2), None, jax.random.key(3)], "b": eqx.nn.Linear(2, 3, key=jax.random.key(0))}
    flat = execute.named(eqx.filter(tree, eqx.is_array))
    assert list(flat) == ["a.0", "a.2", "b.weight", "b.bias"]
    back = execute.unnamed(eqx.filter(tree, eqx.is_array), flat)
    assert jax.random.key_data(back["a"][2]).tolist() == jax.random.key_data(jax.random.key(3)).tolist()
    assert eqx.tree_equal(back["b"], eqx.filter(tree["b"], eqx.is_array))


def test_mixed_precision_trains_almost_like_float32_in_float32_arrays() -> None:
    studies = {precision: tiny.study(model=MLP(hidden=(32,)), precision=precision, seeds=1) for precision in ("float32", "mixed")}
    (exact,), (mixed,) = (tiny.trained(study) for study in studies.values())
    assert {value.dtype for value in mixed.weights.values()} == {np.dtype("float32")}
    apart = {name: np.abs(mixed.weights[name] - value).max() for name, value in exact.weights.items()}
    assert 0 < max(apart.values()) < 0.05
