"""Fourier Position Embedding: Enhancing Attention's Periodic Extension for Length Generalization.

Hua, Jiang, Lv, Zhang, Ding, Sun, Qi, Fan, Zhu & Zhou 2024 (arXiv 2412.17739, ICML 2025), read in full but for its figures' numbers.

Claim: rotary positions in which each plane turns by a Fourier series, and not at all where a wave is longer than the training strings (FoPE), keep perplexity
more stable, and find a hidden key more consistently, in longer strings than RoPE and ALiBi do.
Measured: after training on up to 24 symbols, in strings of 48 to 96: the share of hidden keys of three digits that are written whole, and by how much the
loss (logarithm of perplexity) of a text of known law rises from 24 symbols to these. FoPE against RoPE and against ALiBi, seed by seed; and that all find
the key in strings of the training lengths.
Departs from the paper: a decoder of two layers, two heads of 16 and ReLU for OLMo of 60M to 1.2B parameters on C4 and books; training lengths 8 to 24 for 512;
up to four times as long for 16; a text whose next symbol depends on the last two, for natural text; the size of coefficients is its 0.3 (of its smallest
model), tried once. Equation 13 is followed where the code of its appendix differs (the sine of planes that are not turned is 0, not 1). Continued training and
fine-tuning are left out. Its own figures have ALiBi's perplexity no less stable than FoPE's, which its text says and its abstract does not.
Would be refuted by: keys that are found less than 0.1 more often than by the rival; a rise of loss that is not 0.02 smaller (2 % of perplexity).
Control: FoPE without random coefficients and with all waves, which is rotary positions.
Tried: decoders of width 64 with heads of 32, key of four digits, up to 32 symbols and tests up to 128 (seed 100): digits right 0.97 (RoPE 0.79, ALiBi 0.92); a
key of one digit is found by all, as no other digit is there. One head of 32 (seeds 100 and 101): 0.96 and 0.78 of the keys (RoPE 0.19 and 0.61, ALiBi 0.87
and 0.96, but one head gives it one slope). This design on seeds 102 to 104, the text for 800 steps and half as many tests: keys 0.93, 0.90, 0.74 (RoPE 0.39,
0.02, 0.03, ALiBi 0.59, 0.89, 0.81); rises 0.15, 0.00, 0.10 (RoPE 0.47, 0.27, 0.19, ALiBi 0.19, 0.07, 0.07). So ALiBi may not be told apart. The 0.02
was set then.
"""

import numpy as np

from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.models.decoder import Decoder
from unseen.models.fourier_decoder import FourierDecoder
from unseen.study import Runs, Study
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.markov_text import MarkovText
from unseen.tasks.strings.passkey import Passkey

SIZE = {"width": 32, "depth": 2, "heads": 2}
RIVALS = {"RoPE": Decoder("rotary", **SIZE), "ALiBi": Decoder("alibi", **SIZE)}


def training(task: Passkey | MarkovText, steps: int) -> Study:
    """FoPE's decoder at a task."""
    return Study(
        task=Autoregressive(task),
        model=FourierDecoder(trained=27, **SIZE),
        method=Method(order=Sample(32), update=Clipped(AdamW(learning_rate=3e-3, weight_decay=0.0))),
        steps=steps,
        seeds=5,
        record=(Score(splits=("test", "longer")),),
        at=LinSpaced(2),
    )


key = training(Passkey(lengths=(8, 24), beyond=(48, 96), digits=3, samples=4), 2000)
text = training(MarkovText(lengths=(24, 24), beyond=(48, 96), alphabet=6, samples=16), 600)
studies = {f"{name}, FoPE": study for name, study in (("key", key), ("text", text))}
studies |= {f"{name}, {rival}": study.with_({"model": model}) for name, study in (("key", key), ("text", text)) for rival, model in RIVALS.items()}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Keys found and rises of loss in longer strings, FoPE against each rival; and that all find keys in short strings."""
    found = {name: results[f"key, {name}"].values("longer_exact") for name in ("FoPE", *RIVALS)}
    rise = {name: results[f"text, {name}"].values("longer_loss") - results[f"text, {name}"].values("test_loss") for name in ("FoPE", *RIVALS)}
    short = np.min([results[f"key, {name}"].values("test_exact") for name in ("FoPE", *RIVALS)], axis=0)
    return (
        {f"key: FoPE against {rival}": Contrast(found["FoPE"], found[rival], minimal=0.1, paired=True) for rival in RIVALS}
        | {f"text: {rival} rises more": Contrast(rise[rival], rise["FoPE"], minimal=0.02, paired=True) for rival in RIVALS}
        | {"short keys are found by all": Contrast(short, np.ones(len(short)), minimal=-0.1)}
    )


PAPER = {"model.width": 512, "model.depth": 8, "model.heads": 8, "steps": 50_000, "method.update.inner.learning_rate": 4e-4, "seeds": 10}
LONG = {
    "key": {"task.task": Passkey(lengths=(64, 512), beyond=(1024, 4096), digits=5, samples=1)},
    "text": {"task.task": MarkovText(lengths=(512, 512), beyond=(1024, 4096), alphabet=6, samples=1)},
}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={name: {"model.spread": 0.0, "model.trained": 10**6} for name in studies if name.endswith("FoPE")},
    full={name: PAPER | LONG[name.partition(",")[0]] | ({"model.trained": 515} if name.endswith("FoPE") else {}) for name in studies},
    scale="proxy: decoders of two layers on made-up strings for language models",
)
