"""Feature emergence via margin maximization: case studies in algebraic tasks.

Morwani, Edelman, Oncescu, Zhao, Kakade 2024 (arXiv 2311.07568), the theorems on modular addition, sparse parity and finite groups, and their figures.

Claim: margin maximization alone fixes the learned features: networks trained with a small L_{2,ν} penalty reach the maximal normalised margin, every
neuron is a pure feature (one frequency, one irreducible representation, the relevant bits), and every feature is used.
Measured: the normalised margin over the closed-form maximum; the neurons' share of energy in their strongest feature; the least used feature's
share of energy, over an equal share.
Departs from the paper: p = 11, S3 and the (10, 4)-parity with widths 64, Adam with a cosine schedule for 2000 steps and penalties of 1e-4, 1e-3
and 1e-2, in place of p = 71, S5 and 40,000 steps or more (about the full budget, where parity stays); of parity 1000 of the 1024 inputs are trained on.
The closed forms were derived again by hand, not copied.
Would be refuted by: margins more than 10 % below the maximum, neurons that mix features, or features that no neuron uses.
Tried: 5 seeds left the margin on S3 just short of a verdict (about 0.94 of the maximum; its interval reached past 10 %); addition and parity agreed.
One run at a penalty of 1e-4 on S3 came to 0.95; runs with one pair held out had no margin on it.
Design: 16 seeds, declared after a first design of 5 other seeds had been inconclusive, before any of them was run.
Control: no penalty. The same networks fit all the data, with mixed neurons and a margin far from the maximum in this budget.
"""

import math
from typing import Any, ClassVar

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Snapshot
from unseen.claim import Agreement, Claim, Contrast
from unseen.engine.probe import Probe, forward
from unseen.engine.schedule import LinSpaced
from unseen.measures.fourier import power_spectrum
from unseen.measures.irreps import irrep_power
from unseen.measures.margin import group_norm, margins, normalised_margin
from unseen.methods.method import Method
from unseen.methods.objective.regularized import Regularized
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.cosine import Cosine
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.groups import irreps, named
from unseen.tasks.operation_table import OperationTable
from unseen.tasks.sparse_parity import SparseParity


class WholeTable(OperationTable):
    """All pairs are trained on, as in the theorems."""

    unseen: ClassVar[dict[str, str]] = {"test": "same pairs"}

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """All pairs, twice."""
        return dict.fromkeys(("train", "test"), self._examples(jnp.arange(self.n**2)))


def optimum(task: OperationTable | SparseParity) -> float:
    """The maximal L_{2,ν} margin: √(2/27)/(√p (p-1)) for Z_p, 2/(3√(3n) Σ_ρ d_ρ^2.5) over nontrivial ρ for a group, k! √(2 (k+1)^-(k+1)) for parity."""
    if isinstance(task, SparseParity):
        return math.factorial(task.degree) * math.sqrt(2 * (task.degree + 1) ** -(task.degree + 1))
    if task.operation == "add":
        return math.sqrt(2 / 27) / (math.sqrt(task.p) * (task.p - 1))
    return 2 / (3 * math.sqrt(3 * task.n) * sum(rho.shape[1] ** 2.5 for rho in irreps(named(task.operation).table)[1:]))


def features(task: OperationTable | SparseParity, network: Any) -> Float[Array, "width features"]:
    """Energy of every neuron in every feature: frequencies or irreps but the constant one (tables), relevant and other coordinates (parity)."""
    if isinstance(task, SparseParity):
        return jnp.stack([jnp.sum(bits**2, axis=0) for bits in (network.first[: task.degree], network.first[task.degree :])], axis=1)
    functions = jnp.concatenate([network.first.T, network.readout], axis=1).reshape(-1, 3, task.n)
    power = power_spectrum(functions) if task.operation == "add" else irrep_power(functions, irreps(named(task.operation).table))
    return jnp.sum(power, axis=1)


class Features(Probe):
    """`margin`: normalised, over its maximum; `purity`: share of the neurons' energy in their strongest feature; `use`: that of each feature."""

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        task, network, train = snapshot.cell.task, snapshot.network, snapshot.splits["train"]
        nu = snapshot.cell.method.objective.nu
        neurons = jnp.concatenate([network.first.T, network.readout], axis=1)
        margin = normalised_margin(margins(forward(network, train, 1024), train.y), group_norm(neurons, nu), nu)
        power = features(task, network) / jnp.sum(features(task, network))
        return {"margin": margin / optimum(task), "purity": jnp.sum(jnp.max(power, axis=1)), "use": jnp.sum(power, axis=0)}


def recipe(task: OperationTable | SparseParity, k: int, strength: float) -> Study:
    """A task, one hidden layer with activation z^k (degree ν = k + 1), and the strength of the L_{2,ν} penalty."""
    return Study(
        task=task,
        model=MLP(hidden=(64,), activation=f"power:{k}"),
        method=Method(objective=Regularized(norm="l2nu", strength=strength, nu=k + 1.0), update=AdamW(learning_rate=Cosine(0.01, 2000), weight_decay=0.0)),
        steps=2000,
        seeds=tuple(range(20, 36)),
        record=(Features(),),
        at=LinSpaced(2),
    )


study = {
    "addition": recipe(WholeTable("add", p=11, template=("a", "b")), 2, 1e-4),
    "group": recipe(WholeTable("S3", template=("a", "b")), 2, 1e-3),
    "parity": recipe(SparseParity(bits=10, degree=4, train_size=1000, test_size=24, first=True), 4, 1e-2),
}


def evidence(runs: dict[str, Runs]) -> dict[str, Agreement | Contrast]:
    """Margins within 10 % of the maximum (the rival uses one frequency, one irrep, all bits alike); purity above 0.9; no feature is missing."""
    margin, purity = (np.stack([one.values(name) for one in runs.values()], axis=1) for name in ("margin", "purity"))
    used = [runs[name].array("use")[1][:, -1, 1:] for name in ("addition", "group")]
    least = np.min([use.min(axis=1) * use.shape[1] for use in used], axis=0)
    rival = [(1 - math.cos(2 * math.pi / 11)) * 10 / 11, 2**-1.5 * 2 * (1 + 2**2.5) / 6, (4 / 10) ** 2]
    return {
        "the margin is the maximal one": Agreement(margin, np.ones(3), rival=rival, tolerance=0.1),
        "neurons are pure": Contrast(purity.min(axis=1), np.zeros(len(purity)), minimal=0.9),
        "every feature is used": Contrast(least, np.zeros(len(least)), minimal=0.25),
    }


long = {"steps": 40_000, "method.update.learning_rate": Cosine(0.01, 40_000)}
claim = Claim(
    study=study,
    evidence=evidence,
    control={"method.objective.strength": 0.0},
    full={
        "addition": {"task.p": 71, "model.hidden": (500,), **long},
        "group": {"task.operation": "S5", "model.hidden": (2000,), "method.objective.strength": 1e-5, **long},
    },
)
