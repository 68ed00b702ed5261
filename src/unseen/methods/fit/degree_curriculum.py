"""Training on balls around the easiest point that grow as each is learned."""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, PRNGKeyArray, PyTree

from unseen._types import Examples, Problem, Stream, expect, outputs, trainable, unknown
from unseen.methods.joints import Fit, Objective, Update
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.update.adamw import AdamW


class DegreeCurriculum(Fit):
    """Degree-Curriculum: minibatches from the examples whose `by` is at most r = leap, then 2 leap, …, the next once a whole epoch had a small loss.

    For bits with `by="minus"`, the number of -1, the examples are those in the Hamming ball of radius r around (1, …, 1), where a function is one of degree
    at most r. An epoch has ⌈m/batch⌉ steps over a random order of the m examples allowed, the last batch filled from its start; if its mean loss is below
    `threshold`, r grows. After such an epoch with all examples training ends. With a leap at least as large as every `by` it is ordinary training with that
    stop. Abbe, Bengio, Lotfi & Rizk (2023), "Generalization on the Unseen, Logic Reasoning and Degree Curriculum", after their code (`main.py`), whose last
    batch is smaller instead; their threshold is 0.001, their leap 4 for 16 bits. Balls without examples are passed over.

    Attributes:
        update: how parameters move; its state lasts.
        objective: whose mean over a batch is minimised.
        by: a whole-numbered field of `info`; None: all examples at once.
        leap: how much r grows, above 0; may be traced.
        threshold: of the mean loss of an epoch, above 0.
        batch: examples in a minibatch, at least 1.
        most: steps at most, at least 1.

    >>> train = Examples(jnp.array([[1.0], [2.0]]), jnp.array([3.0, 6.0]), {"minus": jnp.array([0, 1])})
    >>> class Scaled(eqx.Module):
    ...     w: Array
    ...     def __call__(self, x, *, key=None):
    ...         return self.w * x[0]
    >>> method = DegreeCurriculum(AdamW(0.1, weight_decay=0.0), by="minus", leap=1, batch=1, most=300)
    >>> f"{method.fit(Scaled(jnp.array(0.0)), {'train': train}, jax.random.key(0)).w:.1f}"
    '3.0'
    """

    update: Update = AdamW(0.03, weight_decay=0.0)
    objective: Objective = SquaredError()
    by: str | None = eqx.field(static=True, default=None)
    leap: int | Array = 4
    threshold: float | Array = 1e-9
    batch: int = eqx.field(static=True, default=64)
    most: int = eqx.field(static=True, default=5000)

    def __check_init__(self) -> None:
        expect(
            self,
            update=(lambda u: isinstance(u, Update), "an update"),
            objective=(lambda o: isinstance(o, Objective), "an objective"),
            leap=(lambda n: type(n) is int and n >= 1, "a whole number of at least 1"),
            threshold=(lambda t: t > 0, "a number above 0"),
            batch=(lambda b: type(b) is int and b >= 1, "at least 1"),
            most=(lambda n: type(n) is int and n >= 1, "at least one step"),
        )

    def fit(self, network: Any, splits: dict[str, Examples | Stream], key: PRNGKeyArray) -> Any:
        """The network at the end.

        Raises:
            Problem: when the training set is a stream, or has no such field.
        """
        train = splits["train"]
        if isinstance(train, Stream):
            raise Problem("DegreeCurriculum: expected a finite training set, got a stream.")
        if self.by is not None and self.by not in train.info:
            raise unknown("field of info", self.by, train.info)
        hard = jnp.zeros(len(train), int) if self.by is None else train.info[self.by]
        train = train.take(jnp.argsort(hard))
        balls = _Balls(jnp.sort(hard), self.leap)
        params, rest = trainable(network)
        transformation = self.update.transformation()

        def loss(params: PyTree, batch: Examples) -> Array:
            return jnp.mean(self.objective.each(outputs(eqx.combine(params, rest), batch.x), batch.y)) + self.objective.penalty(params)

        def step(state: _State) -> _State:
            size = balls.size(state.radius)
            order = jax.lax.cond(state.at == 0, lambda: balls.order(size, jax.random.fold_in(key, state.count)), lambda: state.order)
            batch = train.take(order[(state.at * self.batch + jnp.arange(self.batch)) % size])
            value, direction = jax.value_and_grad(loss)(state.params, batch)
            change, update = transformation.update(direction, state.update, state.params)
            total, at = state.total + value, state.at + 1
            over = at * self.batch >= size  # the epoch
            learned = over & (total / at < self.threshold)
            radius = jnp.where(learned, balls.grown(state.radius), state.radius)
            moved, done = optax.apply_updates(state.params, change), learned & (size == len(train))
            return _State(moved, update, order, state.count + 1, jnp.where(over, 0, at), jnp.where(over, 0.0, total), radius, done)

        none = jnp.array(0)
        radius = balls.grown(jnp.asarray(0, balls.hard.dtype))
        start = _State(params, transformation.init(params), jnp.arange(len(train)), none, none, jnp.zeros(()), radius, jnp.array(False))
        end = jax.lax.while_loop(lambda state: ~state.done & (state.count < self.most), step, start)
        return eqx.combine(end.params, rest)


class _State(eqx.Module):
    """Between steps: `at` counts those of the epoch, `total` sums their losses."""

    params: PyTree
    update: PyTree
    order: Array
    count: Array
    at: Array
    total: Array
    radius: Array
    done: Array


class _Balls(eqx.Module):
    """Which examples, sorted by how hard they are, a radius allows."""

    hard: Array
    leap: int | Array

    def size(self, radius: Array) -> Array:
        """How many of the first."""
        return jnp.searchsorted(self.hard, radius, side="right")

    def order(self, size: Array, key: PRNGKeyArray) -> Array:
        """A random order of the first `size`, then the others."""
        return jnp.argsort(jnp.where(jnp.arange(len(self.hard)) < size, jax.random.uniform(key, self.hard.shape), 2.0))

    def grown(self, radius: Array) -> Array:
        """The next radius with more examples: the next multiple of the leap that reaches the first example beyond."""
        beyond = self.hard[jnp.minimum(self.size(radius), len(self.hard) - 1)]
        return jnp.maximum(radius + self.leap, -(-beyond // self.leap) * self.leap)
