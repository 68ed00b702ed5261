"""One compiled program for all cells that share their structure: initialise, advance, look."""

import concurrent.futures
import contextlib
from collections.abc import Iterator
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, PyTree

from unseen._types import Examples, Problem, Snapshot, Values, outputs, trainable
from unseen.engine import machine
from unseen.methods.joints import Fit
from unseen.models.product import rounding


class Recipe(eqx.Module):
    """What decides the bits of a run, apart from its seed and length: a task, a model, a method and what is recorded."""

    task: Any
    model: Any
    method: Any
    record: tuple[Any, ...]


def _is_number(leaf: Any) -> bool:
    return isinstance(leaf, bool | int | float | complex | np.ndarray | np.generic | jax.Array)


@contextlib.contextmanager
def precise(precision: str) -> Iterator[None]:
    """The arithmetic of everything traced inside; never changes other code. "mixed" is float32 whose `product`s round their operands to bfloat16."""
    with jax.enable_x64(precision == "float64"), rounding(precision == "mixed"), machine.whole_products():
        yield


def float_of(precision: str) -> str:
    """The type of the floating-point arrays of a run."""
    return "float32" if precision == "mixed" else precision


def leaves_of(recipe: Recipe, precision: str) -> tuple[PyTree, PyTree]:
    """Splits a recipe in (numbers as arrays of the right type, everything else)."""
    numbers, rest = eqx.partition(recipe, _is_number)
    real = np.dtype(float_of(precision))

    def array(leaf: Any) -> np.ndarray:
        value = np.asarray(leaf)
        if np.issubdtype(value.dtype, np.floating) and not isinstance(leaf, np.ndarray | jax.Array):
            return value.astype(real)
        return value.astype({np.dtype("float64"): real, np.dtype("int64"): np.dtype("int32")}.get(value.dtype, value.dtype))

    return jax.tree.map(array, numbers), rest


def signature(recipe: Recipe, precision: str) -> tuple:
    """Two cells share one compiled program exactly when their signatures are equal: tree structure, shapes and types of leaves."""
    numbers, rest = leaves_of(recipe, precision)
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in jax.tree.leaves(numbers))
    return precision, jax.tree.structure(numbers), shapes, jax.tree.structure(rest), tuple(jax.tree.leaves(rest))


class Program:
    """The compiled functions of one group of cells, for one run, or for a stack of `width` runs along a leading axis.

    Attributes:
        memory: bytes that one call of `advance` needs for its arguments, results and everything between.
        flops: floating-point operations in one call, as XLA counts them (the body of the loop over steps once); 0 when unknown.
        metrics: names of what the probes record; known, as the two above, once it is compiled.
    """

    def __init__(self, recipe: Recipe, precision: str = "float32", width: int | None = None) -> None:
        self.precision, self.width = precision, width
        self.rest = leaves_of(recipe, precision)[1]
        self.memory, self.flops = 0, 0.0
        self.metrics: tuple[str, ...] = ()
        start, advance = self._start, self._advance
        placed: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        if width is not None:
            start = jax.vmap(start, in_axes=(0, 0, None))
            advance = jax.vmap(advance, in_axes=(0, 0, 0, None, None))
            placed = _placed(width)
        self._jitted = jax.jit(start, **placed[0]), jax.jit(advance, donate_argnums=2, **placed[1])
        self._compiled: tuple[Any, Any] | None = None

    def compile(self, numbers: PyTree, seed: np.ndarray | np.integer, data: PyTree) -> None:
        """Compiles `start` and `advance`, side by side, without running them, so that what they need is known."""
        if self._compiled is not None:
            return
        start = self._jitted[0].trace(numbers, seed, data)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            compiling = pool.submit(machine.compiled, start.lower())
            lowered = self._jitted[1].lower(numbers, *start.out_info, np.int32(0), np.int32(0))
            advance = machine.compiled(lowered)
            self._compiled = compiling.result(), advance
        self.metrics = tuple(sorted(lowered.out_info[1]["recorded"]))
        memory, costs = advance.memory_analysis(), advance.cost_analysis()
        if memory:
            self.memory = memory.argument_size_in_bytes + memory.output_size_in_bytes + memory.temp_size_in_bytes
        self.flops = float((costs or {}).get("flops", 0.0))

    def start(self, numbers: PyTree, seed: np.ndarray | np.integer, data: PyTree) -> tuple[dict, dict]:
        """What stays the same through a run, and the state at step 0."""
        function = self._jitted[0] if self._compiled is None else self._compiled[0]  # without `compile`, no more than this is compiled
        return function(numbers, seed, data)

    def advance(self, numbers: PyTree, constants: dict, state: dict, begin: int, end: int) -> tuple[dict, dict]:
        """Trains from step `begin` to step `end`, then looks: (state, what was seen). Uses up `state`; `compile` comes first."""
        assert self._compiled is not None
        return self._compiled[1](numbers, constants, state, np.int32(begin), np.int32(end))

    def _recipe(self, numbers: PyTree) -> Recipe:
        return eqx.combine(numbers, self.rest)

    def _start(self, numbers: PyTree, seed: Array, data: PyTree) -> tuple[dict, dict]:
        recipe = self._recipe(numbers)
        key = jax.random.key(seed, impl="threefry2x32")
        at_data, at_init, at_order, at_step = jax.random.split(key, 4)
        splits = recipe.task.splits(at_data, data)
        network = recipe.model.build(recipe.task.inputs, recipe.task.outputs, at_init)
        params, others = trainable(network)
        keys = {"order": at_order, "step": at_step}
        constants = {"fixed": eqx.filter(others, eqx.is_array), "initial": params, "splits": eqx.filter(splits, eqx.is_array), "keys": keys}
        self.network_skeleton, self.split_skeleton = eqx.filter((network, splits), eqx.is_array, inverse=True)  # all that is no array, for `_advance`
        method = recipe.method
        state = {"params": params, "broken": jnp.array(-1, jnp.int32), "loss": jnp.array(jnp.nan, float_of(self.precision))}
        if isinstance(method, Fit):  # what a fit returns may be another kind of network
            state["params"], others = trainable(method.fit(network, splits, at_step))
            constants["fitted"], self.fitted_skeleton = eqx.filter(others, eqx.is_array), eqx.filter(others, eqx.is_array, inverse=True)
        else:
            state["params"], state["keep"] = method.keep.init(params)
            state["order"] = method.order.init(splits["train"], at_order)
            state["gradient"] = method.gradient.init(state["params"])
            state["update"] = method.update.transformation().init(state["params"])
        return constants, jax.tree.map(jnp.asarray, state)

    def _advance(self, numbers: PyTree, constants: dict, state: dict, begin: Array, end: Array) -> tuple[dict, dict]:
        recipe = self._recipe(numbers)
        splits = self.splits(constants)
        fixed = eqx.combine(constants["fixed"], self.network_skeleton)
        initial, key = eqx.combine(constants["initial"], fixed), jax.random.fold_in(constants["keys"]["step"], end)
        if isinstance(recipe.method, Fit):
            moved, trained = state, eqx.combine(state["params"], constants["fitted"], self.fitted_skeleton)
        else:
            moved = jax.lax.fori_loop(begin, end, lambda step, now: self._step(recipe, splits, fixed, constants["keys"], step, now), state)
            trained = eqx.combine(recipe.method.keep.result(moved["params"], moved["keep"]), fixed)

        def look(network: Any) -> dict[str, Array]:
            snapshot = Snapshot(network, initial, splits, recipe, moved, end, key)
            return {name: value for probe in recipe.record for name, value in probe(snapshot).items()}

        if isinstance(recipe.method, Fit):
            recorded = jax.lax.cond(end > 0, lambda: look(trained), lambda: look(initial))
        else:
            recorded = look(trained)
        finite = jnp.all(jnp.array([jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(moved["params"])]))
        return moved, {"recorded": recorded, "broken": moved["broken"], "finite": finite}

    def _step(self, recipe: Recipe, splits: dict, fixed: PyTree, keys: dict, step: Array, state: dict) -> dict:
        method = recipe.method

        def loss(params: PyTree, batch: Examples, key: Array | None) -> Array:
            out = outputs(eqx.combine(params, fixed), batch.x, key)
            return jnp.mean(method.objective.each(out, batch.y)) + method.objective.penalty(params)

        batch, order = method.order.next(splits["train"], state["order"], step, keys["order"])
        key = jax.random.fold_in(keys["step"], step)
        value, direction, gradient = method.gradient(loss, state["params"], batch, key, state["gradient"])
        change, update = method.update.transformation().update(direction, state["update"], state["params"])
        params, keep = method.keep.after(optax.apply_updates(state["params"], change), state["keep"], step + 1)
        broken = jnp.where((state["broken"] < 0) & ~jnp.isfinite(value), jnp.int32(step), state["broken"])
        new = {"params": params, "keep": keep, "order": order, "gradient": gradient, "update": update, "loss": value, "broken": broken}
        return jax.tree.map(lambda now, before: jnp.asarray(now, before.dtype), new, state)

    def network(self, numbers: PyTree, constants: dict, params: PyTree | None) -> Any:
        """The trained network, with the given trainable arrays; the initial one with None."""
        if params is not None and "fitted" in constants:
            return eqx.combine(params, constants["fitted"], self.fitted_skeleton)
        return eqx.combine(constants["initial"] if params is None else params, constants["fixed"], self.network_skeleton)

    def splits(self, constants: dict) -> dict[str, Any]:
        """The run's splits."""
        return eqx.combine(constants["splits"], self.split_skeleton)

    def kept(self, numbers: PyTree, state: dict) -> PyTree:
        """The parameters that are evaluated and stored."""
        recipe = self._recipe(numbers)
        return state["params"] if isinstance(recipe.method, Fit) else recipe.method.keep.result(state["params"], state["keep"])


def _placed(width: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Where the arguments and results of `start` and `advance` live: the axis of runs is split over the local devices that divide it."""
    if machine.devices_for(width) == 1:
        return {}, {}
    mesh = jax.sharding.Mesh(np.array(jax.local_devices()), ("runs",))
    split, whole = (jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec(*axes)) for axes in (("runs",), ()))
    return {"in_shardings": (split, split, whole), "out_shardings": split}, {"in_shardings": (split, split, split, whole, whole), "out_shardings": split}


def check_recipe(recipe: Recipe) -> None:
    """Plain words for what would otherwise fail deep inside a trace.

    Raises:
        Problem: a component of the wrong noun.
    """
    from unseen.engine.probe import Probe
    from unseen.methods.method import Method
    from unseen.methods.objective.cross_entropy import CrossEntropy
    from unseen.models.model import Model
    from unseen.tasks.task import Task

    wanted = {"task": Task, "model": Model, "method": Method | Fit}
    for field, noun in wanted.items():
        value = getattr(recipe, field)
        if not isinstance(value, noun):
            shown = "a Method or a Fit" if field == "method" else f"a {noun.__name__}"
            raise Problem(f"Study.{field}: expected {shown}, got {value!r}.")
    for value in recipe.record:
        if not isinstance(value, Probe):
            raise Problem(f"Study.record: expected probes such as Score(), got {value!r}.")
    if isinstance(recipe.method, Method) and isinstance(recipe.method.objective, CrossEntropy):
        outputs = recipe.task.outputs
        if isinstance(outputs, Values) and outputs.shape[-1:] in ((), (1,)):  # over one class it is 0, whatever the network says
            raise Problem(f"method.objective: expected one for numbers, as SquaredError(), got CrossEntropy() for a task whose outputs are {outputs!r}.")
