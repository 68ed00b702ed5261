"""Hallucination is Inevitable: An Innate Limitation of Large Language Models.

Xu, Jain & Kankanhalli 2024 (arXiv 2401.11817), theorems 1 and 2 and the task of listing strings.

Claim: for any list of computable learners there is a computable truth about which every state of every one of them is wrong (theorem 1), and infinitely often
(theorem 2), whatever was trained on; and large language models fail at simple tasks such as listing all strings of a length over two letters.
Measured: nine learners trained on the truth itself, again and again as it grows to 180 answers (two classifiers, nearest neighbours, repetition, a look-up
table, a vote, one that lists hypotheses): the share of their states that are wrong about some question, and how often the best state of the first 90 is wrong
about the last 90. And a small decoder that was taught to list the strings of 1 and 2 letters, asked for those of 3.
Departs from the paper: 180 questions and nine learners, where it has infinitely many of both; the construction is a proof, and what is tested is that it can be
carried out on learners that do learn what is on the list. The paper's own experiments ask Llama 2, GPT-3.5 and GPT-4; `measures.generation.probe_answers`
asks and grades any model so, here a decoder stands for them. Its reason is that the task takes exponential time; the decoder fails because it was not taught
that length, and does not when it was. Its orders of letters are given, and another order counts as wrong. The linear order is a task here
(`tasks.strings.linear_order`), but is not judged. Read: abstract and others' notes on the theorems; tables and text not seen.
Would be refuted by: one state that is never wrong, or one of the first 90 that is right about any of the last 90, or a decoder that lists the longer strings.
Rival: that such errors are rare wherever it matters (Suzuki et al. 2025) is not in conflict, and not tested.
Control: a truth that is on the list of hypotheses, which one of the learners then finds (Gold 1967); and a decoder that was taught strings of 3 letters too.
Tried (seeds 100 to 102): this design as it is. Before it, the fewest errors of any state in the place of the share of wrong states: 3 to 7, but too uneven over
seeds for an interval. With two answers the best of the early states is wrong about 0.41 to 0.46 of later questions, so not about all: theorem 1 asks no more.
In orders a decoder with rotary positions, taught up to 3 pairs for 1000 steps, knows 1.0, 0.65 and 0.55 of what 1, 2 and 3 pairs tell (half is chance), and
does no better where only what was told is asked: it had not learned to look up, and nothing of order could be tested; with learned positions and 64 units
it knows 0.94 after 1500 steps, but then has no positions for longer strings. So the order was taken out.
"""

from itertools import product
from typing import Any

import jax.numpy as jnp
import numpy as np

from unseen._types import Snapshot, share_correct
from unseen.claim import Claim, Computation, Contrast, Lab
from unseen.engine.probe import Probe, forward
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.models.decoder import Decoder
from unseen.study import Study
from unseen.tasks.strings.all_strings import AllStrings
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.theory.computability.diagonal_truth import diagonal_truth, hallucinates, in_turn, trained_states
from unseen.theory.computability.small_learners import nine_learners

HYPOTHESES = [lambda question, a=a, b=b: (a * question + b) % 7 % 2 for a, b in product(range(7), repeat=2)]


def states(_: Lab, truth: str, questions: int, seeds: tuple[int, ...]) -> list[np.ndarray]:
    """For each seed which state is wrong about which question; learners stand in an order of the seed."""
    found = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        learners = nine_learners(rng, HYPOTHESES, questions)
        turn = in_turn(len(learners))
        if truth == "learnable":
            answers = [*map(HYPOTHESES[rng.integers(len(HYPOTHESES))], range(questions))]
            made = trained_states(learners.__getitem__, turn, answers)
        else:
            answers, made = diagonal_truth(learners.__getitem__, turn, questions, every=truth == "every state")
        found.append(hallucinates(made, answers))
    return found


class Exact(Probe):
    """The share of questions of length m with a wholly right answer, `exact_m`, for each of LENGTHS, over `test` and `longer` together."""

    def __call__(self, snapshot: Snapshot):
        """The named values."""
        parts = [(forward(snapshot.network, split, 1024), split) for split in (snapshot.splits["test"], snapshot.splits["longer"])]
        right = jnp.concatenate([share_correct(out, split.y) == 1 for out, split in parts])
        length = jnp.concatenate([split.info["length"] for _, split in parts])
        return {f"exact_{m}": jnp.sum(right & (length == m)) / jnp.sum(length == m) for m in LENGTHS}


LENGTHS = (1, 2, 3, 4)
listing = Study(
    task=Autoregressive(AllStrings(lengths=(1, 2), beyond=(3, 4), samples=64)),
    model=Decoder("rotary", width=32, depth=2, heads=4, activation="gelu"),
    method=Method(order=Sample(16), update=Clipped(AdamW(learning_rate=3e-3, weight_decay=0.0))),
    steps=1000,
    seeds=4,
    record=(Exact(),),
    at=LinSpaced(2),
)
formal = Computation(states, truth="two answers", questions=180, seeds=tuple(range(8)))
studies = {"two answers": formal, "every state": formal.with_({"truth": "every state"}), "listing": listing}


def evidence(results: dict[str, Any]) -> dict[str, Contrast]:
    """Each state is wrong once, or from its place on; and what a small decoder lists it no longer does when there is one letter more."""
    once = np.array([wrong.any(axis=1).mean() for wrong in results["two answers"]])
    halves = [np.split(wrong, 2) for wrong in results["every state"]]
    later = np.array([np.split(earlier, 2, axis=1)[1].mean(axis=1).min() for earlier, _ in halves])
    listed = results["listing"]
    return {
        "every state of every learner is wrong": Contrast(once, np.ones(len(once)), minimal=-0.001, paired=True),
        "and without end": Contrast(later, np.ones(len(later)), minimal=-0.001, paired=True),
        "strings of 2 letters are listed, of 3 not": Contrast(listed.values("exact_2"), listed.values("exact_3"), minimal=0.5, paired=True),
    }


LEARNABLE = {"truth": "learnable"}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={"two answers": LEARNABLE, "every state": LEARNABLE, "listing": {"task.task.beyond": (4, 4), "task.task.lengths": (1, 3)}},
    scale="proxy: a small decoder in the place of large language models, nine small learners in that of all computable ones",
    full={"two answers": {"questions": 256, "seeds": tuple(range(40))}, "every state": {"questions": 256, "seeds": tuple(range(40))}, "listing": {"seeds": 20}},
)
