"""Number Cookbook: Number Understanding of Language Models and How to Improve It.

Yang, Hu, Kang, Lin, Zhang 2024 (arXiv 2411.03766, ICLR 2025). The abstract and the authors' code (GraphPKU/number_cookbook) were read, tables were not.

Claim: language models fail often at tasks on numbers. Techniques that help a network that is trained on numbers from scratch (here: writing the smallest
digit first) prove ineffective when a model that is pretrained without them is fine-tuned with them.
Measured: exact sums of two numbers of three digits that were not trained on, from 2000 examples, with the smallest or the largest digit first: from scratch,
and after as many steps on the largest first (2000 other sums), when fine-tuning has taken a quarter of these steps, and when it has taken as many.
Departs from the paper: one layer of width 64, one task, one technique, and pretraining on nothing but sums in the plain format (Llama 3.1 with its text, 41
pairs of task and representation, tokenizers, positional encodings, padding and index hints). Fine-tuning changes all weights. How long it lasts is
ours: in the paper it is far shorter than pretraining. That models fail often, and that plain fine-tuning helps with many tasks, is not tested. All 41 pairs
and the metrics are in `unseen.tasks.arithmetic.number_understanding`, the tokenizers in `unseen.tasks.arithmetic.digit_tokens`.
Would be refuted by: a gain from the format in fine-tuning too, or none from scratch.
Control: no pretraining.
Tried (seeds 100 and 101): this design: from scratch 1.00 and 1.00 with the smallest first, 0.87 and 0.77 with the largest. Fine-tuned, after 200, 400, 600 and
800 steps: 0.02 to 0.10, 0.16 to 0.18, 0.89 to 1.00, 0.98 to 1.00 with the smallest first; 0.78 to 0.80, 0.80 to 0.88, 0.86 to 0.87, 0.88 to 0.89 with the
largest. So the answer hangs on how long fine-tuning lasts. Both ends are asked, since the claim names none: no gain is expected early, a gain late.
"""

from typing import Any

import equinox as eqx
import jax
from jaxtyping import PRNGKeyArray

from unseen._types import Inputs, Outputs, over
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.methods.fit.continued import continued
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.models.decoder import Decoder
from unseen.study import Runs, Study
from unseen.tasks.strings.addition import Addition
from unseen.tasks.strings.autoregressive import Autoregressive

METHOD = Method(order=Sample(64), update=Clipped(AdamW(learning_rate=3e-3, weight_decay=0.0)))
PLAIN = Autoregressive(Addition(lengths=(3, 3), beyond=(4, 4), samples=512, reverse=False, train_size=2000))


class Pretrained(Decoder):
    """A decoder that has been trained for so many steps on plain sums, 2000 others than those of the task, before the task begins."""

    pretraining: int = eqx.field(static=True, default=800)

    def build(self, inputs: Inputs, outputs: Outputs, key: PRNGKeyArray) -> Any:
        """The network after pretraining."""
        at_network, at_sums, at_order = jax.random.split(key, 3)
        network = super().build(inputs, outputs, at_network)
        return continued(network, PLAIN.splits(at_sums)["train"], METHOD, self.pretraining, at_order) if self.pretraining else network


scratch = Study(
    task=PLAIN,
    model=Pretrained("learned", width=64, depth=1, heads=4, activation="gelu", pretraining=0),
    method=METHOD,
    steps=800,
    seeds=4,
    record=(Score(splits=("test",)),),
    at=LinSpaced(5),
).with_({"task.task.reverse": over(False, True)})
studies = {"from scratch": scratch, "fine-tuned": scratch.with_({"model.pretraining": 800})}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """The smallest digit first against the largest first: a gain from scratch, and none after pretraining on the largest first, early or late."""
    curves = {(name, first): runs.where(reverse=first).curve("test_exact")[1] for name, runs in results.items() for first in (True, False)}
    reverse, plain = (curves["fine-tuned", first] for first in (True, False))
    return {
        "no gain in fine-tuning, a quarter of the steps": Contrast(plain[:, 1], reverse[:, 1], minimal=-0.02),
        "no gain in fine-tuning, as many steps": Contrast(plain[:, -1], reverse[:, -1], minimal=-0.02),
        "a gain from scratch": Contrast(curves["from scratch", True][:, -1], curves["from scratch", False][:, -1], minimal=0.05),
    }


FULL = {"model.width": 256, "model.depth": 4, "steps": 20_000, "seeds": 10}

claim = Claim(
    study=studies,
    evidence=evidence,
    control={"fine-tuned": {"model.pretraining": 0}},
    full={"from scratch": FULL, "fine-tuned": FULL | {"model.pretraining": 20_000}},
    scale="proxy: one small layer that is pretrained on plain sums, in place of Llama 3.1",
)
