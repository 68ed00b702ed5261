"""Exploring Length Generalization in Large Language Models.

Anil, Wu, Andreassen, Lewkowycz, Misra, Ramasesh, Slone, Gur-Ari, Dyer & Neyshabur 2022 (arXiv 2207.04901, NeurIPS): the abstract.

Claim: transformers that are naively trained on short problems fail at longer ones, whatever their size; large language models that are shown worked solutions
in their prompt (scratchpad prompting) do far better. Only the first half is tested.
Measured: parity of bits after training on strings of 1 to 8: the accuracy on strings of those lengths less that on strings of 9 to 16, for decoders of width
16 and of width 64, which has 16 times as many parameters: the smaller of both losses, and by how much the loss is less in the large one. Beside it, that both
learn the short strings.
Departs from the paper: decoders of two layers with learned positions, trained from scratch (pretrained language models, fine-tuned); of about 7 and 100
thousand parameters, where the paper's span models of up to many billions, so that "whatever their size" is tried at two very small sizes; parity alone (and
Boolean variables assigned one to another); 2000 steps of 64 fresh strings, among which are nearly all short strings, so that these may be learned by heart.
Scratchpads and prompts are left out: they need a language model that learns in context. So half of the claim, and of its interest, is not judged.
Would be refuted by: a decoder of either size that keeps its accuracy on longer strings, or a large one that loses less.
Control: the more frequent of two symbols (mode) in the place of parity, which a uniform look at the string tells at any length.
Tried: this design at seed 100: short strings 1.00 at width 16 and 0.93 at width 64, longer ones 0.51 and 0.50, which is chance. The control was not run
before.
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
from unseen.tasks.strings.mode import Mode
from unseen.tasks.strings.parity_check import ParityCheck

SPANS = {"lengths": (1, 8), "beyond": (9, 16), "samples": 64}
small = Study(
    task=Autoregressive(ParityCheck(**SPANS)),
    model=Decoder("learned", width=16, depth=2, heads=4, activation="gelu"),
    method=Method(order=Sample(64), update=Clipped(AdamW(learning_rate=Cosine(3e-3, 2000.0, warmup=100.0), weight_decay=0.0))),
    steps=2000,
    seeds=4,
    record=(Score(splits=("test", "longer")),),
    at=LinSpaced(2),
)
studies = {"small": small, "large": small.with_({"model.width": 64})}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """What is lost at longer strings at both sizes, and not less at the large one; and that both learn the short strings."""
    short, longer = ({name: results[name].values(f"{split}_accuracy") for name in studies} for split in ("test", "longer"))
    lost, learned = {name: short[name] - longer[name] for name in studies}, np.minimum(short["small"], short["large"])
    none = np.zeros(len(learned))
    return {
        "accuracy lost at longer strings, at either size": Contrast(np.minimum(lost["small"], lost["large"]), none, minimal=0.3),
        "the large one loses as much": Contrast(lost["large"], lost["small"], minimal=-0.15),
        "short strings are learned": Contrast(learned, none + 1, minimal=-0.15),
    }


PAPER = {"task.task": ParityCheck(lengths=(1, 20), beyond=(21, 40), samples=64), "model.depth": 12, "steps": 20_000, "method.update.inner.learning_rate": 3e-4}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={"task.task": Mode(alphabet=2, **SPANS)},
    full={"small": PAPER | {"model.width": 128}, "large": PAPER | {"model.width": 1024}},
    scale="proxy: decoders of two layers and two widths, trained from scratch, for fine-tuned language models; without prompts",
)
