"""Monotonic Location Attention for Length Generalization.

Ray Chowdhury & Caragea 2023 (arXiv 2305.20019, ICML): abstract, start of the introduction, and the authors' code (JRC1995/MonotonicLocationAttention), from
which the attentions, the reversal and the tasks are taken; the tables were not seen.

Claim: a recurrent network that writes what it has read, and looks back by relative positions into an interpolation of what was read and its reversal, copies
strings far longer than any seen, forwards and backwards, nearly always; where the distance to what has to be read varies (ReCopy: some symbols are written
more often than others) that is not enough, and attention that moves on by learned steps does it.
Measured: share of strings of 10 to 15 symbols written without a fault, the end included, after training on 1 to 5: copied, copied backwards, ReCopied.
Departs from the paper: lengths 1 to 5 and 10 to 15 (5 to 10 and 15 to 100), ReCopy with one or two repeats (1, 3 or 5), states of 32 (128), 700 steps, ReCopy
1200, of 32 fresh strings (100 epochs of 10,000 strings, chosen on strings of 10 to 15 symbols, thus on longer ones), no dropout (0.5 on what is read). Of
the location attentions the one whose step is at most one place ("one step" here, OneStep there); steps that may be longer (MonoAttn) were only tried. Left
out: lookup tables, inverse ReCopy, SCAN, CFQ, mixtures with content.
Would be refuted by: content attention, one direction, or relative positions that do as well where they should not do; or the others far from all strings.
Control: the reversal taken away where strings are copied backwards, and relative positions in the place of steps. (Relative against content attention is left.)
Tried (seeds 100 to 103), runs that write nearly all long strings, the others next to none: with relative positions and both directions 3 of 4 copying and 3 of
4 backwards (1500 steps; the others took the wrong direction, which short strings allow); one direction 4 of 4 copying and 0 of 4 backwards; content 0 of 8.
Then the gate got the authors' smaller initial weights; backwards, lengths 3 to 8: again 3 of 4. ReCopy: relative 0 of 4; one step 3 of 4; longer steps 1 of
4, and with lengths 3 to 8, 2000 steps, 3 of 4 at either of two rates (in 1500 steps 2 of 3, as one step; with states of 64 in 1000 steps 0 of 2). First of
all, lengths 1 to 6 and 7 to 12, 600 steps: copying, relative 2 of 3, longer steps 1 of 3, not all of which had learned the short strings. So "nearly
always" is not expected to come out; it was left in, as the paper says so.
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
from unseen.models.seq2seq import Seq2Seq
from unseen.study import Runs, Study
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.copy_string import CopyString
from unseen.tasks.strings.recopy import ReCopy


def tasks(repeats: tuple[int, ...], **spans: object) -> dict[str, dict[str, object]]:
    """The three tasks as overrides of a study."""
    kinds = {"copy": CopyString(**spans), "reverse": CopyString(**spans, reverse=True), "recopy": ReCopy(**spans, repeats=repeats)}
    return {name: {"task.task": task} for name, task in kinds.items()}


def trained(steps: int) -> dict[str, object]:
    """So many steps, over which the rate falls to 0."""
    return {"method.update": Clipped(AdamW(Cosine(peak=5e-3, steps=steps), weight_decay=0.0)), "steps": steps}


TASKS = tasks((1, 2), lengths=(1, 5), beyond=(10, 15), samples=16)
ONE, RELATIVE, FEW = {"model.both": False}, {"model.attention": "relative"}, {"seeds": 5}

copy = Study(
    task=Autoregressive(CopyString()),
    model=Seq2Seq("relative", both=True, width=32),
    method=Method(order=Sample(32)),
    seeds=10,
    record=(Score(splits=("test", "longer")),),
    at=LinSpaced(2),
).with_(TASKS["copy"] | trained(700))
reverse, recopy = copy.with_(TASKS["reverse"]), copy.with_(TASKS["recopy"] | trained(1200))
studies = {
    "copy: content": copy.with_(ONE | FEW | {"model.attention": "content"}),
    "copy: relative, both": copy,
    "reverse: relative": reverse.with_(ONE | FEW),
    "reverse: relative, both": reverse,
    "recopy: relative, both": recopy.with_(FEW),
    "recopy: one step, both": recopy.with_({"model.attention": "one step"}),
}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Longer strings without a fault: relative positions against content, both directions against one, steps against positions; and nearly all of them."""
    exact = {name: runs.values("longer_exact") for name, runs in results.items()}
    pairs = {
        "copy: relative, both": "copy: content",
        "reverse: relative, both": "reverse: relative",
        "recopy: one step, both": "recopy: relative, both",
    }
    found = {f"{name} against {other.split(': ')[1]}": Contrast(exact[name], exact[other], minimal=0.3) for name, other in pairs.items()}
    return found | {f"{name}: nearly all": Contrast(exact[name], np.ones(len(exact[name])), minimal=-0.1) for name in pairs}


PAPER = {"model.width": 128, "method.update": Clipped(AdamW(1e-3, weight_decay=0.0), norm=5.0), "steps": 31_000}
PAPERS_TASKS = tasks((1, 3, 5), lengths=(5, 10), beyond=(15, 30), samples=64)

claim = Claim(
    study=studies,
    evidence=evidence,
    control={"reverse: relative, both": ONE, "recopy: one step, both": RELATIVE},
    full={name: PAPER | PAPERS_TASKS[name.split(":")[0]] for name in studies},
)
