"""On Limitations of the Transformer Architecture.

Peng, Narayanan, Papadimitriou 2024 (arXiv 2402.08164), theorem 1 and the sentence on small domains.

Claim: a single transformer layer cannot compose two functions of n values that are told in its input once n log2 n > H (d + 1) p (H heads of dimension d,
p bits of precision), for no more can reach the place that answers; and that it cannot is seen empirically at quite small n already.
Measured: accuracy of g(f(x)) on functions drawn afresh, of an encoder of one layer and of one of two layers, with as many parameters and the same
training, at n = 2 and 8; against naming the value that g has most often, which needs no composition (0.32 at n = 8).
Departs from the paper: the theorem bounds what any weights can do, and for two heads of dimension 16 and 32 bits it begins at n = 151; what is tested is the
empirical sentence, on trained encoders, where the paper asks language models about people and places in words. A string has n questions and not one, each
answered at its own place, so that it teaches more; every place sees all others. Width 32, 700 steps of 32 strings; the MLP of one layer is wider, for as many
parameters as two have. The abstract, summaries, and the theorem as others cite it were read, not the text. That two layers can is ours.
Would be refuted by: one layer that composes at n = 8, or that falls behind as much at n = 2.
Rival: one layer is only slower to train. From step 200 to 1000 it gained 0.03 (below).
Control: strings that ask for f(x): one look-up.
Tried (seed 100 alone, for want of time; 1000 steps): two layers at n = 8 have 0.34 after 200 steps, 0.92 after 300, and all right after 400; one layer
0.29 after 200 and 0.32 at the end. At n = 16, after 800 steps, both have 0.18, the guess there: two layers had not begun to learn, and n = 8 was taken for
that. f(x) alone: all right after 100 steps of 200, with one layer and two. One layer is all right at n = 2. Other seeds were not looked at before.
"""

import numpy as np

from unseen._types import over
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import AtEnd
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.warmup import Warmup
from unseen.models.encoder import Encoder
from unseen.study import Runs, Study
from unseen.tasks.composition.function_composition import FunctionComposition

SMALL, LARGE = 2, 8
n = over(SMALL, LARGE, name="n")

two = Study(
    task=FunctionComposition(n=n, questions=n),
    model=Encoder(positions="learned", norm="pre", width=32, depth=2, heads=2, ratio=4),
    method=Method(order=Sample(32), update=AdamW(learning_rate=Warmup(3e-3, 100.0), weight_decay=0.0)),
    steps=700,
    seeds=3,
    record=(Score(("test",)),),
    at=AtEnd(),
)
studies = {"two layers": two, "one layer": two.with_({"model.depth": 1, "model.ratio": 10})}  # both have 24 width² weights


def commonest(n: int, draws: int = 20_000) -> float:
    """Expected share of the arguments to which a uniform function of n values gives its most frequent value."""
    values = np.random.default_rng(0).integers(n, size=(draws, n))
    return float(np.mean([np.bincount(one).max() for one in values]) / n)


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """One layer falls behind two as the domain grows, and knows no more than how often g has each value."""
    right = {(name, size): runs.where(n=size).values("test_accuracy") for name, runs in results.items() for size in (SMALL, LARGE)}
    gap = {size: right["two layers", size] - right["one layer", size] for size in (SMALL, LARGE)}
    one = right["one layer", LARGE]
    return {
        f"two layers against one at n = {LARGE}": Contrast(right["two layers", LARGE], one, minimal=0.4, paired=True),
        f"the difference is larger than at n = {SMALL}": Contrast(gap[LARGE], gap[SMALL], minimal=0.2, paired=True),
        "one layer does little better than a guess": Contrast(np.full_like(one, commonest(LARGE)), one, minimal=-0.1),
    }


LOOK_UP = {"task.asked": "first", "steps": 200}
PAPER = {"model.width": 128, "model.heads": 4, "steps": 100_000, "seeds": 10}
claim = Claim(
    study=studies,
    evidence=evidence,
    control=dict.fromkeys(studies, LOOK_UP),
    full=dict.fromkeys(studies, PAPER),
    scale="proxy: small encoders trained on listed functions, for language models",
)
