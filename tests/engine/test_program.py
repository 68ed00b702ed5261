"""The compiled functions of one group of cells: structure, cost, sharding over devices."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import jax
import numpy as np
import pytest

import tiny
from unseen._types import outputs, over
from unseen.engine import program
from unseen.engine.program import Program, leaves_of, precise, signature
from unseen.methods.fit.kernel_regression import KernelRegression
from unseen.models.mlp import MLP
from unseen.study import Study
from unseen.tasks.linear_regression import LinearRegression


def test_numbers_have_the_types_of_the_precision() -> None:
    recipe = tiny.study(record=(tiny.Curve(2.0),)).cells()[0].recipe
    for precision in ("float32", "float64"):
        numbers, rest = leaves_of(recipe, precision)
        assert {str(leaf.dtype) for leaf in jax.tree.leaves(numbers)} == {precision}
        assert jax.tree.leaves(rest) == []
    assert signature(recipe, "float32") != signature(recipe, "float64")


def test_precise_is_left_again() -> None:
    with precise("float64"):
        assert jax.numpy.zeros(()).dtype == np.float64
        with pytest.raises(KeyError), precise("float32"):
            raise KeyError
        assert jax.numpy.zeros(()).dtype == np.float64
    assert jax.numpy.zeros(()).dtype == np.float32


def test_memory_and_flops_are_known_before_running() -> None:
    found = []
    for width in (8, 800):
        cell = tiny.study(model=MLP(hidden=(width,))).cells()[0]
        made = Program(cell.recipe)
        numbers, _ = leaves_of(cell.recipe, "float32")
        made.compile(numbers, np.int32(0), None)
        found.append((made.memory, made.flops))
        constants, state = made.start(numbers, np.int32(0), None)
        assert made.advance(numbers, constants, state, 0, 1)[1]["broken"] == -1  # the state was not used up
    weights = 800 * (10 + 5) * 4
    assert found[1][0] - found[0][0] > 6 * weights  # parameters and both moments of AdamW, in and out
    assert found[1][1] > 20 * found[0][1] > 0


def test_the_key_of_a_run_is_split_in_four_for_good() -> None:
    """Adding a consumer of randomness must not move the others: the four keys come from the seed alone."""
    cell = tiny.study().cells()[0]
    numbers, _ = leaves_of(cell.recipe, "float32")
    constants, _ = tiny.inline().session.program(cell, tiny.Mode()).start(numbers, np.int32(5), None)
    keys = jax.random.split(jax.random.key(5, impl="threefry2x32"), 4)
    assert jax.random.key_data(constants["keys"]["order"]).tolist() == jax.random.key_data(keys[2]).tolist()
    assert jax.random.key_data(constants["keys"]["step"]).tolist() == jax.random.key_data(keys[3]).tolist()
    splits = jax.jit(cell.recipe.task.splits)(keys[0])
    assert constants["splits"]["train"].x.tolist() == splits["train"].x.tolist()
    assert program.check_recipe(cell.recipe) is None


def test_sharded_over_local_devices(tmp_path: Path) -> None:
    """XLA's simulated host devices: the table is the one of one device, and the work is really split."""
    script = textwrap.dedent("""
        import sys, jax, numpy as np, tiny
        from unseen.engine.workers import Inline
        executor = Inline()
        runs = tiny.study(seeds=4).run(on=executor, width=4, estimate=False)
        assert [runs.record(i).conditions["devices"] for i in range(4)] == [2] * 4
        (made,) = executor.session.programs.values()
        numbers, seeds = executor.session._stack([runs.cell(i) for i in range(4)], 4)
        constants, state = made.start(numbers, seeds, None)
        state, _ = made.advance(numbers, constants, state, 0, 2)
        assert {len(leaf.sharding.device_set) for leaf in jax.tree.leaves(state)} == {2}
        np.savez(sys.argv[1], **{f"{i}/{name}": value for i in range(4) for name, value in (runs.record(i).metrics | runs.weights(i)).items()})
        executor = Inline()
        runs = tiny.in_parts().run(on=executor, estimate=False)
        assert runs.record().conditions["devices"] == 2
        (made,) = executor.session.programs.values()
        assert "all-reduce" in made._compiled[1].as_text()
        np.savez(sys.argv[2], **runs.record().metrics, **runs.weights())
    """)
    variables = os.environ | {"XLA_FLAGS": f"{os.environ['XLA_FLAGS']} --xla_force_host_platform_device_count=2"}
    variables["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    subprocess.run([sys.executable, "-c", script, str(tmp_path / "two.npz"), str(tmp_path / "parts.npz")], check=True, env=variables)
    with np.load(tmp_path / "two.npz") as file:
        sharded = dict(file)
    for i, outcome in enumerate(tiny.trained(tiny.study(seeds=4), 4)):
        for name, value in (outcome.metrics | outcome.weights).items():
            np.testing.assert_allclose(sharded[f"{i}/{name}"], value, rtol=1e-4, atol=1e-6, err_msg=name)
    (here,) = tiny.trained(tiny.in_parts())
    with np.load(tmp_path / "parts.npz") as file:
        for name, value in (here.metrics | here.weights).items():
            np.testing.assert_allclose(file[name], value, rtol=1e-4, atol=1e-6, err_msg=name)
    assert here.steps.tolist() == [12]


def test_signatures_of_equal_recipes_are_equal() -> None:
    one, other = (tiny.study(method=tiny.Method(update=tiny.AdamW(weight_decay=over(0.0, 1.0)))).cells() for _ in range(2))
    assert one[0].signature == other[2].signature
    assert hash(one[0].signature) == hash(other[2].signature)


def test_a_fit_may_return_another_kind_of_network() -> None:
    study = Study(LinearRegression(d_in=3, train_size=8, test_size=5), MLP(hidden=(16,)), KernelRegression(ridge=0.0), seeds=1)
    runs = study.run(jobs=0)
    assert runs.history["step"].to_list() == [0, 1]
    assert runs.values("train_loss")[0] < 1e-6 < runs.history["train_loss"][0]
    network, initial, split = runs.network(), runs.initial(), runs.splits()["test"]
    assert type(network).__name__ == "Linearized"
    assert type(initial).__name__ == "Perceptron"
    for now, step in ((initial, 0), (network, 1)):
        loss = np.mean(np.square(np.asarray(outputs(now, split.x)) - np.asarray(split.y)))
        np.testing.assert_allclose(loss, runs.history["test_loss"][step], rtol=1e-4)
