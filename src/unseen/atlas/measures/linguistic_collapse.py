"""Linguistic Collapse: Neural Collapse in (Large) Language Models.

Wu & Papyan 2024 (arXiv 2405.17767, NeurIPS).

Claim: neural collapse develops in causal language models as they grow and are trained longer, though words are more than dimensions and unequally frequent,
and goes with lower validation loss; there is some evidence of that at one size too.
Measured: over decoders of widths 8, 16 and 32, and 16 with two layers, the rank correlation within a seed of the test loss with the variance of the features
of a next word over the distance between words (NC1; with the paper's power, and without units), the spread of distances on the sphere (GNC2) and of cosines
to the readout (UNC3), and agreement with the nearest mean (NC4); each after 200 and after 800 steps (1.6 and 6.3 epochs); and over 20 seeds of one size the
loss against the sum of ranks of NC1, GNC2 and NC4. The test text is the same for all seeds, and none of it is trained on but by chance.
Departs from the paper: widths of 8 to 32 for 64 to 1024 and one or two layers for 1 to 12, contexts of 4 words of a random language of 128 words, 4 to 16 times
the dimensions, for TinyStories with 29,000 tokens, 29 times and more; seeds draw text and weights anew, where the paper's differ in shuffling alone. The
measures are taken on 4096 training stretches. That equal norms do not go with the loss, and equal angles less than GNC2, is not judged. Read as abstract,
summaries and authors' code; what had to be found was set by its published table: rank correlations with the loss of 0.94 (NC1), 0.92 (GNC2), 0.68 (UNC3) and
-0.96 (NC4) over 230 models, and of 0.52, 0.54, -0.55 and -0.68 over 20 seeds of one size. There UNC3 goes against the claim, so that it is left out here.
Would be refuted by: a rank correlation below 0.5 over sizes in any of these; a measure that is not a tenth better after four times the training; no rise of the
loss with the ranks at one size.
Control: words are independent, so that collapse, which still grows with size and training, can only come with learning by heart.
Tried (seeds 100 and 101, 1000 steps, the four sizes): losses 3.68 (width 8), 3.41 (16), 3.30 (32) and 3.43 (two layers), where words without context give 4.15
and the language itself 2.98. NC1 2.55, 1.91, 1.74, 1.88; with the paper's power, which falls when features grow longer, as they do with width, 3.9 to 0.16;
GNC2 0.34, 0.23, 0.19, 0.24; UNC3 0.28, 0.20, 0.14, 0.20; NC4 0.11, 0.19, 0.21, 0.18. GNC2 and UNC3 fall with width before any training too (0.29 to 0.17 and
0.35 to 0.18): random directions are more even in more dimensions; and GNC2 first rises in training, from 0.22 to 0.32 at width 16, then falls to 0.23.
Without structure the loss rises with size and training, and NC1 falls as before. One size over 20 seeds was never looked at.
"""

import numpy as np

from unseen._types import over
from unseen.claim import Claim, Contrast, Trend
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced
from unseen.measures.neural_collapse import NeuralCollapse
from unseen.methods.method import Method
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.adamw import AdamW
from unseen.models.transformer import Transformer
from unseen.study import Runs, Study
from unseen.tasks.strings.random_language import RandomLanguage

SIGNS = {"nc1": 1, "nc2_uniformity": 1, "nc3_uniform": 1, "nc4_agreement": -1}  # of the rank correlation with the loss
ALONE = ("nc1", "nc2_uniformity", "nc4_agreement")

one_size = Study(
    task=RandomLanguage(),
    model=Transformer(depth=1, width=16, heads=2),
    method=Method(order=Shuffle(128), update=AdamW(learning_rate=3e-3, weight_decay=5e-4)),
    steps=800,
    seeds=20,
    record=(Score(("test",)), NeuralCollapse()),
    at=LinSpaced(5),
)
studies = {
    "one size": one_size,
    "widths": one_size.with_({"model.width": over(8, 16, 32), "seeds": 5}),
    "two layers": one_size.with_({"model.depth": 2, "seeds": 5}),
}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast | Trend]:
    """Collapse goes with lower loss over sizes, grows with training, and goes with lower loss at one size too."""
    sizes, alone = [results["widths"], results["two layers"]], results["one size"]
    seed = np.concatenate([runs.table["seed"].to_numpy() for runs in sizes])

    def over_sizes(name: str) -> np.ndarray:
        return np.concatenate([runs.values(name) for runs in sizes])

    ranks = [SIGNS[name] * np.argsort(np.argsort(alone.values(name))) for name in ALONE]

    def trained(name: str) -> Contrast:
        _, curve = alone.curve(name)
        before, after = curve[:, 1], curve[:, -1]
        return Contrast(*((before, 1.1 * after) if SIGNS[name] > 0 else (after, 1.1 * before)), minimal=0.0, paired=True)

    return (
        {
            f"sizes: {name}": Trend(over_sizes(name), over_sizes("test_loss"), minimal=0.5, direction=sign, groups=seed)
            for name, sign in ({"nc1_paper": 1} | SIGNS).items()
        }
        | {f"training: {name}": trained(name) for name in SIGNS}
        | {"one size: collapse and loss": Trend(np.sum(ranks, axis=0), alone.values("test_loss"), minimal=0.0)}
    )


claim = Claim(
    study=studies,
    evidence=evidence,
    control={"task.structure": 0.0},
    full={"task.words": 1000, "steps": 10_000, "seeds": 21},
    scale="proxy: decoders 8 to 32 wide on a random language of 128 words in place of GPT-Neo on TinyStories",
)
