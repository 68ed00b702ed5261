"""Where to find Grokking in LLM Pretraining? Monitor Memorization-to-Generalization without Test.

Li, Fan, Zhou 2025 (arXiv 2506.21551), the two pathway metrics (figure 3).

Claim: after the training loss has converged, the pathways of training examples through the experts become more alike (their mean edit distance falls)
and less complex (consecutive layers choose more similar experts), and both metrics follow test accuracy where the training loss does not.
Measured: on 128 training examples, at log-spaced steps: the mean share of places in which the pathways of two examples differ, a pathway being the
ordered top-2 experts of every layer; one minus the cosine similarity of the weighted expert embeddings (columns of the gate) of consecutive layers;
from the first step at which the training loss is below 0.25 (its floor here is 0.1 to 0.2) to the end: their fall, and the rank correlation of each,
and of the training loss, with test accuracy.
Departs from the paper: everything but the metrics. Addition modulo 17 over 600 full-batch steps and a network of 3 layers of 4 experts and width 32
without a load-balancing loss, in place of checkpoints of the one-pass pretraining of OLMoE (7B, 16 layers of 64 experts) and benchmarks after
instruction tuning; test accuracy ends near 0.6. Pathways of the last position alone, of a fixed number of experts; distance place by place, in place
of an edit distance (which is at most that). All examples are taken to converge together, where the paper groups them by when they do. The formulas
were checked against descriptions and the figure's caption, not against code. The full budget has the paper's 16 layers of 64 experts, 8 of them
chosen, still of width 32, on addition modulo 97; it has not been run.
Tried (seeds 100, 101): width 16, or learning rate 0.003 (training loss spikes), weight decay 3 (training loss stays above 0.35).
There the distance rose after the fit in most runs, and complexity fell in some; the rule was not changed for that, but the start was set
at the convergence of the loss rather than at the fit (99 % training accuracy), where the loss still falls.
Would be refuted by: distance or complexity that do not fall by 0.05 while test accuracy rises, or that follow it no better than the training loss.
Found: the contrary for the distance, which rises in every seed from about 0.67 to 0.73, near the 0.75 of pathways drawn at random: without a
load-balancing loss they begin alike. It rises for the control too, so that its strong correlation with test accuracy here may be one with time.
Complexity neither falls nor follows. Only the delay between convergence and generalization is as in the paper.
Control: a table of random entries, memorised with nothing to generalize (so that test accuracy cannot rise; the other pieces can tell).
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array
from scipy.stats import rankdata

from unseen._types import Snapshot
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Probe, Score
from unseen.engine.schedule import LogSpaced
from unseen.methods.method import Method
from unseen.methods.update.adamw import AdamW
from unseen.models.mixture_of_experts import MixtureOfExperts
from unseen.study import Runs, Study
from unseen.tasks.operation_table import OperationTable

CONVERGED = 0.25


class Pathways(Probe):
    """`distance` between the pathways of training examples and `complexity` of each, means in [0, 1] and [0, 2], at the last position."""

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        network, model = snapshot.network, snapshot.cell.model
        routing = jax.vmap(network.routing)(snapshot.splits["train"].x[:128])[:, :, -1]
        chosen = jnp.argsort(-routing, axis=-1)[..., : model.active].reshape(len(routing), -1)
        differ = jnp.mean(chosen[:, None] != chosen[None], axis=-1)
        embedded = jnp.stack([routing[:, layer] @ block.gate.T for layer, block in enumerate(network.blocks)], axis=1)
        unit = embedded / jnp.linalg.norm(embedded, axis=-1, keepdims=True)
        return {
            "distance": jnp.sum(differ) / (len(chosen) * (len(chosen) - 1)),
            "complexity": 1 - jnp.mean(jnp.sum(unit[:, 1:] * unit[:, :-1], axis=-1)),
        }


study = Study(
    task=OperationTable("add", p=17, train_fraction=0.7),
    model=MixtureOfExperts(depth=3, width=32, heads=2, experts=4, active=2, hidden=32),
    method=Method(update=AdamW(learning_rate=2e-3, weight_decay=2.0, b2=0.98)),
    steps=600,
    seeds=5,
    record=(Score(), Pathways()),
    at=LogSpaced(60),
)


def follows(runs: Runs, metric: str) -> np.ndarray:
    """Minus the rank correlation of a metric with test accuracy over the recorded steps after convergence, for every run; 0 where there is none."""
    found = []
    for run, start in zip(runs, runs.first("train_loss", below=CONVERGED), strict=True):
        steps, (test,) = run.curve("test_accuracy")
        x, y = (rankdata(curve[steps >= start]) for curve in (run.curve(metric)[1][0], test))
        found.append(0.0 if len(x) < 4 or np.ptp(x) == 0 or np.ptp(y) == 0 else -np.corrcoef(x, y)[0, 1])
    return np.array(found)


def evidence(runs: Runs) -> dict[str, Contrast]:
    """After convergence both metrics fall by 0.05 and follow test accuracy (correlation 0.5, more than that of the loss), which rises by 0.2."""
    start = runs.first("train_loss", below=CONVERGED)
    found = {}
    for metric in ("distance", "complexity"):
        follow = follows(runs, metric)
        found |= {
            f"{metric} falls after convergence": Contrast(runs.at(metric, start), runs.values(metric), minimal=0.05, paired=True),
            f"{metric} follows test accuracy": Contrast(follow, np.zeros(len(follow)), minimal=0.5),
            f"{metric} follows it better than the training loss": Contrast(follow, follows(runs, "train_loss"), minimal=0.0, paired=True),
        }
    rise = Contrast(runs.values("test_accuracy"), runs.at("test_accuracy", start), minimal=0.2, paired=True)
    return found | {"test accuracy rises after convergence": rise}


claim = Claim(
    study=study,
    evidence=evidence,
    control={"task.operation": "random"},
    full={"task.p": 97, "model.depth": 16, "model.experts": 64, "model.active": 8, "steps": 10_000},
    scale="proxy: a mixture-of-experts network of three layers on modular addition",
)
