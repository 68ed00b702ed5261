"""Neural networks trained with SGD learn distributions of increasing complexity.

Refinetti, Ingrosso & Goldt 2023 (arXiv 2211.11567, ICML); the experiment of their code, `sgoldt/dist_inc_comp`.

Claim: networks trained with SGD first classify by the means of the inputs of each class, then by means and covariances, and exploit what is beyond these
only later: trained on a clone of the data that has only these moments, a network is as good on the true test set as one trained on the data, up to a step
that comes later for the clone that has more.
Measured: loss and accuracy on the true test set along training on the data and on two Gaussian mixtures with its class means, and its class means and
covariances, from the same initial network and in the same order. A clone parts at the recorded step after which its test loss stays above that of the data
by 0.02. Error rates are those after the last step.
Departs from the paper: 1200 digits of 8 x 8 pixels in place of CIFAR10, and 597 to test; their two-layer network (512 hidden units) and their SGD, but not
their convolutional and residual networks, transformers, or networks pre-trained on ImageNet; no clones beyond Gaussian ones; the solvable neuron on
rectangles is left out; parting is told by loss, which is less noisy than accuracy on 597 images. Read as abstract, introduction, code and its notes.
Would be refuted by: covariances that serve less than 1.5 times as long as means; little learned by then; clones that are as good as the data in the end.
Control: the data are first replaced, train and test, by the mixture that has only their class means, so that there is nothing beyond to be learned.
Tried: three learning curves by eye on seeds 100 to 102, without momentum and with, and of the control; from these come 0.02 (the loss gaps are 0.05 and 0.3
in the end, 0.004 in the control), 1000 steps, and the minimal effects. The design on seeds 100 to 105: covariances serve 2.26 times as long (1.5 to 3.3), means
until the accuracy is 0.91, covariances until 0.95; in the end 2.3 times and 1.6 times the errors; in the control no clone parts. Ten seeds, for the interval.
"""

import numpy as np

from unseen._types import over
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Score
from unseen.engine.schedule import LogSpaced
from unseen.methods.method import Method
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.sgd import SGD
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.clones import DISTRIBUTIONS, Clones
from unseen.tasks.images import Digits

study = Study(
    task=Clones(Digits(train_size=1200, test_size=597), train=over(*DISTRIBUTIONS)),
    model=MLP(hidden=(512,), bias=True, parametrization="torch"),
    method=Method(order=Shuffle(128), update=SGD(learning_rate=0.05, momentum=0.9, weight_decay=5e-4)),
    steps=1000,
    seeds=10,
    record=(Score(("test",)),),
    at=LogSpaced(40),
)


def parting(steps: np.ndarray, clone: np.ndarray, data: np.ndarray) -> np.ndarray:
    """The recorded step from which on the clone's loss stays above that of the data by 0.02, for each run; infinity where it does not in the end."""
    together = clone - data <= 0.02
    last = np.array([np.flatnonzero(one)[-1] if one.any() else -1 for one in together])
    return np.append(steps, np.inf)[last + 1]


def evidence(runs: Runs) -> dict[str, Contrast]:
    """Covariances serve longer than means; both serve until much is learned, and neither to the end."""
    of = {name: runs.where(train=name) for name in DISTRIBUTIONS}
    steps, data = of["data"].curve("test_loss")
    parts = {name: parting(steps, of[name].curve("test_loss")[1], data) for name in ("means", "covariances")}
    accuracy = {name: of[name].curve("test_accuracy")[1] for name in DISTRIBUTIONS}
    learned = {name: of["data"].at("test_accuracy", part) for name, part in parts.items()}

    def until(name: str, arm: str) -> np.ndarray:
        return np.array([curve[steps < part].mean() for curve, part in zip(accuracy[arm], parts[name], strict=True)])

    error = {name: 1 - curve[:, -1] for name, curve in accuracy.items()}
    return {
        "covariances serve longer than means": Contrast(parts["covariances"], parts["means"], minimal=1.5, statistic="ratio", paired=True),
        "means serve until much is learned": Contrast(learned["means"], np.full(len(data), 0.1), minimal=0.5),
        "covariances serve until more is learned": Contrast(learned["covariances"], learned["means"], minimal=0.01, paired=True),
        **{f"until then {name} are as good": Contrast(until(name, name), until(name, "data"), minimal=-0.02, paired=True) for name in parts},
        "covariances are better than means": Contrast(error["means"], error["covariances"], minimal=1.5, statistic="ratio", paired=True),
        "the data are better than covariances": Contrast(error["covariances"], error["data"], minimal=1.2, statistic="ratio", paired=True),
    }


claim = Claim(
    study=study,
    evidence=evidence,
    control={"task.original": "means"},
    full={"seeds": 20, "steps": 10_000},
    scale="proxy: 8 x 8 digits and a two-layer network in place of CIFAR10 and residual networks",
)
