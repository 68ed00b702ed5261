"""The Imitation Game: Turing Machine Imitator is Length Generalizable Reasoner.

Hua, Zhang, Lyu, Gu, Gao, Liu, Lin & Chen 2025 (arXiv 2507.13332v3, ICLR 2026): the text, with tables 1, 2 and F1 and appendices B, D and H.

Claim: a language model that learns to write what a Turing machine does, step by step in one line (linear transition), each step the smallest there is (atomic
state), its operands written out before it is worked out (memory fetcher), solves longer problems than it has seen; without any of the three much fewer.
Measured: after training on numbers of 1 to 5 digits, the share of sums of 6 to 8 digits, the paper's ratios for addition (10 to 30, then 31 to 50), that are
written without a fault, with the full trace against the trace without operands, without carries, or with the steps from the highest digit down, and against
the sum alone with index hints (highest digit first), which the paper compares too. Beside it, that the full trace of short sums is learned.
Departs from the paper: a decoder of two layers, width 32, with ALiBi, trained from scratch in 1200 steps of 16 fresh sums (Qwen2.5-7B with rotary positions,
fine-tuned on 100,000 traces a task); addition alone (18 tasks of 8 classes; its table of ablations has comparison in the place of addition); base 3 (ten),
both numbers equally long and without a decimal point; symbols for traces in words. How the paper takes an ingredient away is not told: here the carry is the
state, so that without it a step has two things to work out, and steps from the highest digit down stand for the irregular order of usual chains of thought.
What is left out is a blank, so that all traces are equally long, and the sum alone has as many symbols in which to think. A sum counts if its whole trace is
right (the label alone). Sums without operands or from the highest digit down are not fully learned at the trained lengths in so few steps, so that part of
the difference is speed of learning. Attention maps, styles of thought and longer training data are left out.
Would be refuted by: longer sums that are as often right without an ingredient, or at once.
Control: all three ingredients taken away, so that the arm of the full trace writes the sum with index hints alone.
Tried: symbols of one digit at one coupled place, one layer (seed 100): operands brought nothing, 0.34 of the longer sums with them and 0.40 without, as any
place is then one look away, which no language model has; so index hints were taken. With hints, numbers of 1 to 4 digits and six kinds of positions (seed
100): 0.12 with ALiBi, the others (rotary, also drawn at random, FIRE, T5's, none) 0 to 0.07. Base 5 and 10 (seed 100): the full trace 0.31 and 0.19, without
carries 0.19 and 0.05. Base 3 with GELU and twice the hidden units, rates 0.005 and 0.01, 800 to 1500 steps, seeds 100 to 106: the full trace 0.03 to 0.89, no
operands 0 to 0.05, no carries 0.01 to 0.48, downward 0.02 to 0.12, the sum alone 0 to 0.01; at the higher rate, or in 800 steps, some do not learn short
sums. This model, full trace, seeds 105 to 108: 0.08 to 0.94 at the rates 0.008 and 0.01, and 0.69, 0.25, 0.40 at 0.005 in 1400 steps, short sums 0.98 to 1;
1200 steps and four seeds are what a minute allows. The minimal effect, a little less than the median loss by an ingredient in table 2, 0.14, stood before all
of this.
"""

import numpy as np

from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.methods.update.cosine import Cosine
from unseen.models.decoder import Decoder
from unseen.study import Runs, Study
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.traced_addition import TracedAddition

ARMS = {
    "full": {},
    "the sum alone": {"task.task.fetch": False, "task.task.carries": False, "task.task.upward": False},
    "no operands": {"task.task.fetch": False},
    "no carries": {"task.task.carries": False},
    "steps downward": {"task.task.upward": False},
}
study = Study(
    task=Autoregressive(TracedAddition(lengths=(1, 5), beyond=(6, 8), samples=64, base=3, hints=9)),
    model=Decoder("alibi", width=32, depth=2, heads=4, ratio=2),
    method=Method(order=Sample(16), update=Clipped(AdamW(learning_rate=Cosine(5e-3, 1200.0, warmup=100.0), weight_decay=0.0))),
    steps=1200,
    seeds=4,
    record=(Score(splits=("test", "longer")),),
    at=LinSpaced(2),
)
studies = {name: study.with_(missing) for name, missing in ARMS.items()}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Longer sums without a fault, the full trace against each other one; and that short sums are learned with it."""
    right = {name: runs.values("longer_exact") for name, runs in results.items()}
    short = results["full"].values("test_exact")
    against = {f"longer sums, full against {name}": Contrast(right["full"], right[name], minimal=0.1) for name in results if name != "full"}
    return against | {"short sums are learned": Contrast(short, np.ones(len(short)), minimal=-0.1)}


PAPER = {
    "task.task": TracedAddition(lengths=(10, 30), beyond=(31, 50), samples=64, hints=51),
    "model": Decoder("alibi", width=256, depth=6, heads=8),
    "method": Method(order=Sample(64), update=Clipped(AdamW(learning_rate=Cosine(3e-4, 50_000.0, warmup=1000.0), weight_decay=0.1))),
    "steps": 50_000,
}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={"full": ARMS["the sum alone"]},
    full={name: PAPER | missing for name, missing in ARMS.items()},
    scale="proxy: a decoder of two layers trained from scratch on sums, for a language model of seven billion parameters fine-tuned on 18 tasks",
)
