"""Length Generalization in Arithmetic Transformers.

Jelassi, d'Ascoli, Domingo-Enrich, Wu, Li & Charton 2023 (arXiv 2306.15400): the abstract.

Claim: relative positions do not make a transformer multiply longer numbers than it has seen, but 10 to 50 long examples among the short ones of the training
set do: trained on 5-digit by 3-digit products, it then multiplies 35-digit by 3-digit numbers.
Measured: numbers times one digit in base 4, trained on numbers of 1 to 4 digits: the share of products of numbers of 8 digits that are right in every digit,
with 20 such products in training and with none; none of the 20 is tested. Of the digits, the share that are right against training on the 20 alone, so that
the long examples do not teach multiplication by themselves. Beside it, that short products are learned.
Departs from the paper: base 4 and one digit as the second number (10 and three); 4 to 8 digits (5 to 35); a decoder that writes the product from its smallest
digit up, each digit seeing those before (an encoder that writes all at once, as far as is known); two layers of width 32 with T5's relative positions, 1200
steps; fresh short products without end, and the 20 in a fifth of all rows (a fixed training set of thousands, 50 added: about a hundredth). Addition, how the
number of long examples must grow with the training set, and priming for several lengths are left out.
Would be refuted by: long products that are missed as often with the 20 as without, or by a decoder that saw the 20 alone as seldom.
Control: no long example in training.
Tried: numbers of 1 to 5 digits, then 10, 2000 steps, seed 100: one layer does not learn short products (0.65), two give 0.55 of the long ones with 50; rotary
positions 0.01. This design, seeds 101 and 102: 0.44 and 0.55 with 50 long examples, 0.03 with 10, none with 0. But seed 101 gets 0.89 from the 50 alone: so
many teach the whole task, and the comparison with the 20 alone was put in. With 20, seed 101: 0.20 against 0.16 alone and none without, of the digits 0.75
against 0.58 and 0.42 (seed 101 with 0). Base 8 with 30 is not learned in 1600 steps (digits of short products 0.79). The minimal effects were set then; so
the effect is far from the near perfect one of the paper, whose numbers could not be learned from 50 examples alone.
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
from unseen.tasks.strings.primed import Primed
from unseen.tasks.strings.short_multiplication import ShortMultiplication

primed = Study(
    task=Primed(Autoregressive(ShortMultiplication(lengths=(1, 4), beyond=(8, 8), samples=64, base=4)), count=20, share=0.2),
    model=Decoder("buckets", width=32, depth=2, heads=4, activation="gelu"),
    method=Method(order=Sample(32), update=Clipped(AdamW(learning_rate=Cosine(1e-2, 1200.0, warmup=100.0), weight_decay=0.0))),
    steps=1200,
    seeds=4,
    record=(Score(splits=("test", "longer")),),
    at=LinSpaced(2),
)
studies = {"primed": primed, "not primed": primed.with_({"task.count": 0}), "alone": primed.with_({"task.share": 1.0})}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Long products, primed against not and against the long examples alone; and that short products are learned (digits right)."""
    digits = {name: results[name].values("longer_accuracy") for name in studies}
    short = np.min([results[name].values("test_accuracy") for name in ("primed", "not primed")], axis=0)
    return {
        "long products, primed against not": Contrast(*(results[name].values("longer_exact") for name in ("primed", "not primed")), minimal=0.1),
        "their digits, primed against the 20 alone": Contrast(digits["primed"], digits["alone"], minimal=0.05),
        "short products are learned": Contrast(short, np.ones(len(short)), minimal=-0.1),
    }


PAPER = {
    "task.task": Autoregressive(ShortMultiplication(lengths=(1, 5), beyond=(35, 35), samples=500)),
    "task.count": 50,
    "model.width": 1024,
    "model.depth": 6,
    "model.heads": 8,
    "steps": 100_000,
    "method.update.inner.learning_rate": 1e-5,
    "seeds": 5,
}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={"primed": {"task.count": 0}},
    full={name: PAPER | ({"task.count": 0} if name == "not primed" else {}) | ({} if name == "alone" else {"task.share": 0.01}) for name in studies},
    scale="proxy: a small decoder on numbers times one digit for an encoder on products of long numbers",
)
