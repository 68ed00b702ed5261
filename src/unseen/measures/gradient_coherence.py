"""Coherence of the gradients of examples: how far they point the same way, for a whole split or for a part of it."""

from collections.abc import Callable
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from unseen._types import Classes, Examples, Problem, Snapshot, Stream, Strings, outputs, trainable
from unseen.engine.probe import Probe
from unseen.measures.per_example import gradient_norms
from unseen.methods.joints import Objective
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError


class Coherence(NamedTuple):
    """How far the gradients g_i of m examples agree.

    Attributes:
        alpha: ‖E g‖² / E‖g‖², in [0, 1]: 1 where all are the same, 1/m where they are orthogonal and of equal norm; NaN where all vanish.
        examples: m.
    """

    alpha: Float[Array, ""]
    examples: Float[Array, ""]

    @property
    def m_coherence(self) -> Float[Array, ""]:
        """The product m α, in [0, m]: how many of the examples a small step along the gradient of one helps, on average; 1 where each helps itself alone."""
        return self.examples * self.alpha


def gradient_coherence(network: Callable, objective: Objective, examples: Examples, members: Bool[Array, " n"] | None = None) -> Coherence:
    """α of the gradients of the objective's loss, without penalty, on the examples, or on those that are `members`, the network in evaluation mode.

    Chatterjee & Zielinski (2022), arXiv 2203.10036. Norms come from `per_example.gradient_norms`, and its errors: no examples, batch normalisation, what is not
    finite.

    Raises:
        Problem: members that are not one for each example.

    >>> from unseen.models.linear import Linear
    >>> from unseen._types import Reals, Values
    >>> network = Linear(init_scale=0.0).build(Reals((2,)), Values((1,)), jax.random.key(0))
    >>> found = gradient_coherence(network, SquaredError(), Examples(jnp.eye(2), jnp.ones((2, 1))))  # orthogonal gradients
    >>> float(found.alpha), float(found.m_coherence)
    (0.5, 1.0)
    """
    if members is not None and members.shape != (len(examples),):
        raise Problem(f"members: expected one truth value for each of the {len(examples)} examples, got shape {members.shape}.")
    norms = gradient_norms(network, objective, examples)
    weights = jnp.ones_like(norms) if members is None else members.astype(norms.dtype)
    weights = weights / jnp.sum(weights)
    params, rest = trainable(network)
    mean = jax.grad(lambda params: weights @ objective.each(outputs(eqx.combine(params, rest), examples.x), examples.y))(params)
    square = sum(jnp.sum(jnp.square(leaf)) for leaf in jax.tree.leaves(mean))
    return Coherence(square / (weights @ norms**2), jnp.asarray(len(examples) if members is None else jnp.sum(members), norms.dtype))


class GradientCoherence(Probe):
    """Records `<split>_alpha` and `<split>_m_coherence`, and for each boolean fact of `where` the same of `<split>_<fact>` and of `<split>_not_<fact>`.

    Attributes:
        split: name of the split, a finite one.
        where: names of facts (`Examples.info`) by which it is divided too.
    """

    split: str = eqx.field(static=True, default="train")
    where: tuple[str, ...] = eqx.field(static=True, default=())

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        split = snapshot.splits[self.split]
        if isinstance(split, Stream):
            raise Problem(f"GradientCoherence.split: expected a finite split, got the stream {self.split!r}. Draw some from it: stream.draw(key, 1000).")
        classes = isinstance(snapshot.cell.task.outputs, Classes | Strings)
        objective = getattr(snapshot.cell.method, "objective", None) or (CrossEntropy() if classes else SquaredError())
        groups = {self.split: None}
        for fact in self.where:
            groups |= {f"{self.split}_{fact}": split.info[fact], f"{self.split}_not_{fact}": ~split.info[fact]}
        found = {name: gradient_coherence(snapshot.network, objective, split, members) for name, members in groups.items()}
        return {f"{name}_{what}": getattr(one, what) for name, one in found.items() for what in ("alpha", "m_coherence")}
