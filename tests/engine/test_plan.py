"""Axes and cells: where `over` may stand, what axes are called, which cells share a program, what is refused."""

import jax.numpy as jnp
import numpy as np
import pytest

import tiny
from unseen._types import Problem, over
from unseen.engine import plan
from unseen.engine.probe import Score
from unseen.engine.schedule import Every, LinSpaced, LogSpaced, Stop
from unseen.methods.method import Method
from unseen.methods.order.full_batch import FullBatch
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.sgd import SGD
from unseen.models.linear import Linear
from unseen.models.mlp import MLP
from unseen.tasks.linear_regression import LinearRegression
from unseen.tasks.operation_table import OperationTable


def table(study) -> list[tuple]:
    return [(*cell.axes.values(), cell.seed) for cell in study.cells()]


def test_without_axes_a_study_is_its_seeds() -> None:
    study = tiny.study(seeds=(4, 9))
    assert study.axes == []
    assert table(study) == [(4,), (9,)]


def test_every_combination_in_order_seeds_last() -> None:
    study = tiny.study(method=Method(update=AdamW(weight_decay=over(0.0, 1.0))), task=OperationTable(p=over(5, 7, 11)), seeds=2)
    assert study.axes == ["p", "weight_decay"]
    assert table(study) == [(p, w, s) for p in (5, 7, 11) for w in (0.0, 1.0) for s in (0, 1)]
    assert {(c.recipe.task.p, c.recipe.method.update.weight_decay) for c in study.cells()} == {(p, w) for p in (5, 7, 11) for w in (0.0, 1.0)}


@pytest.mark.parametrize(
    ("changes", "axis", "values"),
    [
        ({"steps": over(5, 10, name="length")}, "length", [5, 10]),
        ({"at": over(LogSpaced(3), Every(2))}, "at", ["LogSpaced", "Every"]),
        ({"at": LinSpaced(over(3, 4))}, "n", [3, 4]),
        ({"stop": over(None, Stop("test_loss", below=1.0))}, "stop", ["None", "Stop"]),
        ({"precision": over("float32", "float64")}, "precision", ["float32", "float64"]),
        ({"record": (Score(), over(Score(samples=3), Score(samples=4)))}, "record.1", ["Score(samples=3)", "Score(samples=4)"]),
        ({"record": (Score(samples=over(3, 4)),)}, "samples", [3, 4]),
        ({"record": over((Score(),), (Score(samples=3),))}, "record", ["[Score]", "[Score(samples=3)]"]),
        ({"model": over(MLP(), Linear())}, "model", ["MLP", "Linear"]),
        ({"model": over(MLP(hidden=(8,)), MLP(hidden=(9,)))}, "model", ["MLP(hidden=[8])", "MLP(hidden=[9])"]),
        ({"method": Method(order=over(FullBatch(), Sample(3)))}, "order", ["FullBatch", "Sample"]),
        ({"task": OperationTable(p=3, table=over(np.eye(3, dtype=int), np.zeros((3, 3), int)))}, "table", ["array[3, 3] #0", "array[3, 3] #1"]),
        ({"task": OperationTable(label_noise=over(*np.linspace(0, 0.5, 3)))}, "label_noise", [0.0, 0.25, 0.5]),
        ({"task": OperationTable(p=over(*np.array([5, 7])))}, "p", [5, 7]),
    ],
)
def test_over_stands_anywhere(changes, axis, values) -> None:
    study = tiny.study(**changes, seeds=1)
    assert study.axes == [axis]
    assert [cell.axes[axis] for cell in study.cells()] == values


def test_axis_inside_a_value_of_an_axis() -> None:
    study = tiny.study(model=over(MLP(init_scale=over(1.0, 2.0)), Linear()), seeds=1)
    assert study.axes == ["model", "init_scale"]
    assert [cell.axes["init_scale"] for cell in study.cells()] == [1.0, 2.0, None]
    assert [type(cell.recipe.model) for cell in study.cells()] == [MLP, MLP, Linear]


def test_one_axis_in_two_places_moves_together() -> None:
    scale = over(0.5, 2.0, name="scale")
    study = tiny.study(model=MLP(init_scale=scale), task=OperationTable(label_noise=0.0), method=Method(update=AdamW(learning_rate=scale)), seeds=1)
    assert study.axes == ["scale"]
    assert [(c.recipe.model.init_scale, c.recipe.method.update.learning_rate) for c in study.cells()] == [(0.5, 0.5), (2.0, 2.0)]
    shared = over(1.0, 2.0)
    both = tiny.study(model=over(MLP(init_scale=shared), Linear(init_scale=shared)), seeds=1)
    assert both.axes == ["model", "init_scale"]
    assert len(both.cells()) == 4


def test_equal_field_names_get_longer_names() -> None:
    method = Method(order=over(Sample(3), Sample(4)), update=AdamW(weight_decay=over(0.0, 1.0)))
    study = tiny.study(method=method, record=(Score(samples=over(5, 6)), Score(samples=over(7, 8))))
    assert study.axes == ["order", "weight_decay", "0.samples", "1.samples"]


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"steps": over(5, 10)}, "'steps' is taken.*name='my_axis'"),
        ({"task": OperationTable(p=over(5, 7, name="seed"))}, "'seed' is taken"),
        ({"model": over(MLP(init_scale=over(1.0, 2.0)), Linear(init_scale=over(1.0, 3.0)))}, "init_scale' is taken"),
        ({"task": OperationTable(label_noise=over(0.0, 0.1, 0.0))}, "'label_noise': expected different values, got 0 twice"),
        ({"task": OperationTable(label_noise=over(0, 0.0))}, "'label_noise': expected different values, got 0 twice"),
        ({"method": Method(order=Sample(2.5))}, "Sample.batch: expected a whole number, got 2.5"),
        ({"method": Method(order=Sample(over(4, True)))}, "Sample.batch: expected a whole number, got True"),
        ({"method": Method(update=3)}, "Method.update: expected Update, a component, got 3"),
        ({"model": over(MLP(hidden=(8,)), MLP(hidden=(8,)))}, r"'model': expected different values, got MLP\(hidden=\[8\]\) twice"),
        ({"task": MLP()}, r"Study.task: expected a Task, got MLP"),
        ({"task": OperationTable}, r"Study.task: expected a Task, got <class"),
        ({"model": OperationTable()}, r"Study.model: expected a Model"),
        ({"method": AdamW()}, r"Study.method: expected a Method or a Fit, got AdamW"),
        ({"method": over(Method(), AdamW())}, r"Study.method: expected a Method or a Fit, got AdamW"),
        ({"record": (MLP(),)}, r"Study.record: expected probes such as Score\(\), got MLP"),
        (
            {"task": LinearRegression()},
            r"method.objective: expected one for numbers, as SquaredError\(\), got CrossEntropy\(\) for a task",
        ),
        ({"record": Score()}, r"Study.record: expected a tuple of probes"),
        ({"steps": 0}, "Study.steps: expected a whole number ≥ 1, got 0"),
        ({"steps": 1e3}, "Study.steps: expected a whole number ≥ 1, got 1000.0"),
        ({"steps": True}, "Study.steps: expected a whole number ≥ 1, got True"),
        ({"precision": "double"}, "Study.precision: expected one of float32, float64, mixed, got 'double'"),
        ({"at": 40}, r"Study.at: expected a schedule such as LogSpaced\(40\), got 40"),
        ({"stop": 0.99}, r"Study.stop: expected Stop\(metric, above=…\), got 0.99"),
        ({"seeds": 0}, "Study.seeds: expected at least one seed"),
        ({"seeds": ()}, "Study.seeds: expected at least one seed"),
        ({"seeds": 1.5}, "Study.seeds: expected different whole numbers"),
        ({"seeds": (1, 1)}, "Study.seeds: expected different whole numbers"),
        ({"seeds": (-1,)}, "Study.seeds: expected different whole numbers"),
        ({"seeds": (2**31,)}, "Study.seeds: expected different whole numbers"),
        ({"seeds": True}, "Study.seeds: expected different whole numbers"),
        ({"seeds": "12"}, "Study.seeds: expected different whole numbers"),
        ({"select": "best test_loss"}, "Study.select: expected 'last', 'max <metric>' or 'min <metric>', got 'best test_loss'"),
        ({"select": ""}, "Study.select: expected"),
        ({"task": OperationTable(p=over(5, 1))}, r"OperationTable.p: expected a modulus of at least 2, got 1"),
    ],
)
def test_refused_in_plain_words(changes, match) -> None:
    with pytest.raises(Problem, match=match):
        tiny.study(**changes).cells()


def test_an_axis_of_length_zero() -> None:
    with pytest.raises(Problem, match="at least one"):
        over()


def test_with_by_path_and_by_end() -> None:
    study = tiny.study(method=Method(update=AdamW(weight_decay=over(0.0, 1.0))))
    assert study.with_({"task.p": 7}).task.p == study.with_({"p": 7}).task.p == 7
    assert study.with_({"steps": 3, "seeds": (5,), "select": "min test_loss"}).cells()[0].steps == 3
    assert study.with_({"weight_decay": 0.5}).axes == []
    assert study.with_({"method.update": SGD()}).method.update == SGD()
    assert study.with_({"update.b1": over(0.5, 0.9)}).axes == ["b1", "weight_decay"]
    assert study.with_({"record.0.samples": 7}).record[0].samples == 7
    assert study.task.p == 5  # a study is never changed
    assert study.axes == ["weight_decay"]


def test_with_looks_through_axes() -> None:
    study = tiny.study(model=over(MLP(), Linear(bias=True), Linear(init_scale=3.0)), seeds=1)
    changed = study.with_({"model.init_scale": 2.0})
    assert [cell.recipe.model.init_scale for cell in changed.cells()] == [2.0, 2.0, 2.0]
    assert [cell.recipe.model.hidden for cell in study.with_({"model.hidden": (4,)}).cells()[:1]] == [(4,)]
    assert study.with_({"hidden": (4,)}).cells()[1].recipe.model == Linear(bias=True)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"weight_decai": 1.0}, r"unknown field 'weight_decai'. Did you mean .*'method.update.weight_decay'"),
        ({"task.q": 1}, r"unknown field 'task.q'. Did you mean 'task.p'"),
        ({"batch": 3}, None),
        ({"samples": 3}, r"'samples' is ambiguous: record.0.samples, record.1.samples. Give the whole path"),
        ({"task.p": 1}, "OperationTable.p: expected a modulus of at least 2, got 1"),
    ],
)
def test_with_refuses(changes, match) -> None:
    study = tiny.study(record=(Score(), Score(samples=2)))
    if match is None:
        assert study.with_(changes).method.order.batch == 3
    else:
        with pytest.raises(Problem, match=match):
            study.with_(changes).cells()


def test_replace_in_containers() -> None:
    assert plan.replace((1, 2), "1", 3) == (1, 3)
    assert plan.replace([1, 2], "0", 3) == [3, 2]
    assert plan.replace({1: "a", 2: "b"}, "1", "c") == {1: "c", 2: "b"}


def test_numbers_share_a_program_and_structure_does_not() -> None:
    def groups(**changes) -> int:
        return len({cell.signature for cell in tiny.study(**changes).cells()})

    assert groups(seeds=5) == 1
    assert groups(method=Method(update=AdamW(weight_decay=over(0.0, 1.0), learning_rate=over(1e-3, 1)))) == 1  # 1 is a learning rate like 1.0
    assert groups(task=OperationTable(label_noise=over(0.0, 0.1))) == 1
    assert groups(steps=over(3, 4, name="length"), at=over(LogSpaced(3), Every(2)), stop=over(None, Stop("test_loss", below=1.0))) == 1
    assert groups(task=OperationTable(table=over(np.eye(3, dtype=int), np.zeros((3, 3), int)))) == 1
    assert groups(model=MLP(hidden=over((8,), (9,)))) == 2
    assert groups(task=OperationTable(p=over(5, 7))) == 2
    assert groups(precision=over("float32", "float64")) == 2
    assert groups(model=over(MLP(), Linear())) == 2
    assert groups(record=over((Score(),), (Score(samples=3),))) == 2
    assert groups(model=MLP(dropout=over(None, 0.1))) == 2
    assert groups(task=OperationTable(table=over(np.eye(3, dtype=int), np.zeros((4, 4), int)))) == 2


def test_labels_of_arrays_in_jax() -> None:
    assert plan.labels([jnp.ones(2), jnp.ones(3)]) == ["array[2]", "array[3]"]
    assert plan.labels([True, None, 1.5, "x"]) == [True, None, 1.5, "x"]


def test_components_on_an_axis_are_told_by_what_differs_among_them() -> None:
    rates = [Method(update=AdamW(learning_rate=rate, weight_decay=3.0)) for rate in (0.1, 0.2)]
    assert plan.labels(rates) == ["Method(update=AdamW(learning_rate=0.1, weight_decay=3))", "Method(update=AdamW(learning_rate=0.2, weight_decay=3))"]
    assert plan.labels([MLP(hidden=(8,)), Linear(), MLP(hidden=(9,))]) == ["MLP(hidden=[8])", "Linear", "MLP(hidden=[9])"]
    assert plan.labels([MLP(hidden=(8,))]) == ["MLP(hidden=[8])"]
    assert plan.labels([Linear(), Linear()]) == ["Linear #0", "Linear #1"]


def test_a_value_that_does_not_fit_in_memory_is_named() -> None:
    class Huge(MLP):
        def __check_init__(self) -> None:
            if self.hidden == (10**9,):
                raise MemoryError("Unable to allocate 74.5 GiB")

    with pytest.raises(Problem, match=r"Huge.hidden=\[1000000000\] does not fit in memory: Unable to allocate 74.5 GiB. Use a smaller one"):
        tiny.study(model=Huge()).with_({"hidden": (10**9,)})
