"""A Toy Model of Universality: Reverse Engineering How Networks Learn Group Operations.

Chughtai, Chan, Nanda 2023 (arXiv 2302.03025), sections 4 to 6.

Claim: networks learn to compose group elements by one family of circuits, characters χ_ρ(a b c⁻¹) of irreducible representations, but which
representations a network uses, and which it develops first, is arbitrary: it differs between seeds.
Measured: accuracy over all pairs with only the part of the logits that characters explain, and with only the rest; the distance (total variation,
0 to 1) between the representations' shares of that part in two networks that differ in their seed, at the end and at the first recorded step at
which characters explain half of what they do at the end. Seeds are paired off, so that the distances are independent.
Departs from the paper: S4 and one-hidden-layer ReLU networks of width 128 on one embedding of width 32, 80 % of the pairs, learning rate 0.003 and
weight decay 3, ended when they generalize (so before cleanup); the paper has S5, C113 and others, also transformers, and weight decay 1. It reads
the circuit off the weights too; here the logits alone are read, and any network that is right with even logits elsewhere has a character part
that predicts, so it is the shares that tell circuits apart. Order is judged by the half-way shares, not by a ranking of each representation.
Would be refuted by: a character part that does not predict, a rest that does, or shares that are the same in every network.
Tried: with quadratic networks under squared error, on S4, D8 and C23, all representations were learned, with nearly the same shares in every seed
(so the arbitrariness is not a property of the task alone); weight decay 1 with 70 % of the pairs was too little to generalize in 2500 steps.
With 8 seeds the mean distance was large (about 0.4), but varied so much from pair to pair that 4 pairs could not tell it from 0.1.
Design: 24 seeds, declared after a first design of 8 other seeds had been inconclusive, before any of them was run.
Control: a table of random entries on as many elements, where no character of the group predicts anything.
"""

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from unseen._types import Snapshot
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Probe, Score
from unseen.engine.schedule import Stop
from unseen.measures.irreps import character_coefficients, character_share
from unseen.measures.logit_table import logit_table
from unseen.methods.method import Method
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.groups import characters, inverses, irreps, named
from unseen.tasks.operation_table import OperationTable


class Characters(Probe):
    """`shares` of the logits' variance by representation; `restricted` and `excluded`: accuracy with only, and without, the character part."""

    group: str = eqx.field(static=True, default="S4")

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        task, table = snapshot.cell.task, named(self.group).table
        representations = irreps(table)
        logits = logit_table(snapshot.network, task)
        by_element = jnp.real(character_coefficients(logits, table, representations) @ characters(representations))
        part = by_element[table[table[:, :, None], inverses(table)]]
        restricted, excluded = (jnp.mean(jnp.argmax(one, axis=-1) == task.results) for one in (part, logits - part))
        return {"shares": character_share(logits, table, representations), "restricted": restricted, "excluded": excluded}


study = Study(
    task=OperationTable("S4", p=24, train_fraction=0.8, template=("a", "b")),
    model=MLP(hidden=(128,), embedding=32),
    method=Method(update=AdamW(learning_rate=3e-3, weight_decay=3.0)),
    steps=3000,
    seeds=tuple(range(20, 44)),
    record=(Score(), Characters()),
    stop=Stop("test_accuracy", above=0.995, patience=3),
)


def shares(run: Runs) -> tuple[np.ndarray, np.ndarray]:
    """Shares of the character part by representation, each summing to 1: half-way and at the end of one run."""
    curve = run.array("shares")[1][0]
    total = curve.sum(axis=1)
    half, end = curve[np.argmax(total >= total[-1] / 2)], curve[-1]
    return half / half.sum(), end / end.sum()


def evidence(runs: Runs) -> dict[str, Contrast]:
    """The character part predicts and the rest does not (by 0.5); seeds differ in a tenth of their shares, at the end and half-way."""
    half, end = np.array([shares(run) for run in runs]).transpose(1, 0, 2)

    def differ(found: np.ndarray) -> Contrast:
        distance = np.abs(found[0::2] - found[1::2]).sum(axis=1) / 2
        return Contrast(distance, np.zeros(len(distance)), minimal=0.1)

    return {
        "characters are what is used": Contrast(runs.values("restricted"), runs.values("excluded"), minimal=0.5, paired=True),
        "other representations in other seeds": differ(end),
        "other representations first in other seeds": differ(half),
    }


claim = Claim(
    study=study,
    evidence=evidence,
    control={"task.operation": "random"},
    full={
        "task": OperationTable("S5", p=120, train_fraction=0.4, template=("a", "b")),
        "model": MLP(hidden=(128,), embedding=256),
        "method.update": AdamW(learning_rate=1e-3, weight_decay=1.0, b2=0.98),
        "steps": 100_000,
        "record": (Score(), Characters("S5")),
    },
)
