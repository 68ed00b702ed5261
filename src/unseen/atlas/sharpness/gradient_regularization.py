"""Understanding Gradient Regularization in Deep Learning: Efficient Finite-Difference Computation and Implicit Bias.

Karakida, Takase, Hayase, Osawa 2023 (arXiv 2210.02720, ICML).

Claim: the gradient of the penalty γ/2 ‖∇L‖² computed by a finite difference after an ascent step, (∇L(θ + ε∇L) − ∇L(θ)) / ε, costs less than the exact one and
generalizes better, also than that after a descent step; in diagonal linear networks the penalty biases to the rich regime, and the finite difference
strengthens this bias.
Measured: operations that XLA counts for either computation, perceptrons of 2 to 5 hidden layers of 256 units; for diagonal networks that start at
α = 0.1, on sparse regression with inputs N(1, 1), 100 dimensions and 50 examples, the mean of log √(uv), which is log α where nothing changes it, and the test
loss, for γ = 0.1 and ε from -0.05 (descent) over the exact penalty to 0.05; how far the weights found are from those of the least potential (Woodworth
et al. 2020) at the scale α exp(−4γ ∫ r r' dt), and from those at scale α; test accuracy of perceptrons on 200 digits with γ = 1, ascent
and descent each at the better of two steps, which favours them over the exact penalty.
Departs from the paper: perceptrons of two hidden layers on digits in place of ResNets and perceptrons on CIFAR; one γ, chosen on other seeds, where theirs are
five for each computation, and two ε where theirs are six; no augmentation or schedule. Operations, not seconds. Read as abstract, summaries and
others' accounts of the experiments; the theorem on diagonal networks was derived anew (`unseen.theory.diagonal_flow`), and the data are those of Nacson et al.
2022, scaled, since "a certain problem" is all that was found of theirs. That flooding follows the ascent difference is an identity, in the tests of
`GradientNormPenalty`, as is that SAM does.
Would be refuted by: √(uv) that does not shrink by 5 % under the exact penalty, or not the more the larger the ascent; weights less than three times as
close to the predicted ones as to the others; a test loss that ascent does not lower by 5 % against the exact penalty, or that this does not lower against
none; accuracy on digits that is not higher with the penalty, or not higher with ascent than with the others; less than 1.2 times the operations.
Control: γ = 0, and the exact penalty in the place of the difference.
Tried: diagonal networks with centred inputs N(0, 1) first (seeds 100, 101): √(uv) shrinks, in the order of ε, but on the coordinates that count (by 15 % to
33 % at γ = 0.1, others hardly), and the test loss rises, from 0.062 to 0.073 on one seed: there the bias does harm, and ascent more harm. So off centre,
where all first slopes are alike: from 0.061 to 0.054 (exact) and 0.043 (ε = 0.05); at α = 0.3 the steps at γ = 0.1 diverge. Digits (seeds 100 to 106): γ of
0.03 and 0.3 with one hidden layer change accuracy by 0.002 at most; γ = 0.3 and 1 with two raise it by 0.005 to 0.011, the exact one and descent no less
than ascent. This design on seeds 110 to 113: √(uv) by exp(-0.14), correlation -1, ratios of 10.3 to the predicted, 1.09 and 1.19 for test losses, 1.46 for
operations; accuracy up by 0.003, and by 0.004 and 0.002 over exact and descent, none of them clear with four seeds, so that digits were given 20.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from unseen._types import Classes, Examples, Reals, Snapshot, over
from unseen.claim import Claim, Computation, Contrast, Lab, Trend
from unseen.engine.probe import Probe, Score
from unseen.engine.schedule import LinSpaced
from unseen.measures.gradient_cost import gradient_cost
from unseen.methods.gradient.gradient_norm_penalty import GradientNormPenalty
from unseen.methods.method import Method
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError
from unseen.methods.order.shuffle import Shuffle
from unseen.methods.update.sgd import SGD
from unseen.models.diagonal import Diagonal
from unseen.models.mlp import MLP
from unseen.study import Runs, Study
from unseen.tasks.images import Digits
from unseen.tasks.uncentred_regression import UncentredRegression
from unseen.theory.diagonal_flow import least_potential, regularized_flow

STEPS, RATE, START = (-0.05, -0.02, 0.02, 0.05), 0.004, 0.1  # ε, learning rate, α
BACKWARD, FORWARD = (-0.3, -0.1), (0.1, 0.3)


class Scale(Probe):
    """The mean over coordinates of log √(uv): the smaller, the richer."""

    def __call__(self, snapshot: Snapshot) -> dict[str, jax.Array]:
        return {"log_scale": 0.5 * jnp.mean(jnp.log(snapshot.network.u * snapshot.network.v))}


def costs(_: Lab, depths: tuple[int, ...], step: float | None) -> dict[str, np.ndarray]:
    """The cost of the regularized gradient, exact and by a difference, for perceptrons of these depths."""
    batch = Examples(jnp.ones((128, 64)), jnp.zeros(128, int))
    networks = [MLP(hidden=(256,) * depth).build(Reals((64,)), Classes(10), jax.random.key(depth)) for depth in depths]
    ways = {"exact": None, "difference": step}
    return {way: np.array([gradient_cost(GradientNormPenalty(0.1, e), net, CrossEntropy(), batch) for net in networks]) for way, e in ways.items()}


regression = Method(objective=SquaredError(), gradient=GradientNormPenalty(0.1, over(None, *STEPS)), update=SGD(learning_rate=RATE))
diagonal = Study(UncentredRegression(), Diagonal(alpha=START), regression, steps=5000, seeds=8, record=(Score(), Scale()), at=LinSpaced(2))
penalty = GradientNormPenalty(1.0, over(None, *BACKWARD, *FORWARD))
classification = Method(order=Shuffle(50), gradient=penalty, update=SGD(learning_rate=0.05, momentum=0.9))
digits = Study(Digits(train_size=200, test_size=1597), MLP(hidden=(128, 128), bias=True), classification, steps=1000, seeds=20, at=LinSpaced(2))
OFF = {"method.gradient.strength": 0.0}
studies = {
    "diagonal": diagonal,
    "digits": digits,
    "plain diagonal": diagonal.with_(OFF | {"method.gradient.epsilon": None}),
    "plain digits": digits.with_(OFF | {"method.gradient.epsilon": None}),
    "costs": Computation(costs, depths=(2, 3, 4, 5), step=0.1),
}


def distances(run: Runs) -> list[float]:
    """How far the linear weights are from those of the least potential that fit as they do: at the scale that theory predicts, and at the initial one."""
    train: Any = run.splits()["train"]
    x, y, beta = np.asarray(train.x, float), np.asarray(train.y[:, 0], float), np.asarray(run.network().weight, float)
    gradient = run.cell().recipe.method.gradient
    flow = regularized_flow(x, y, alpha=START, strength=float(gradient.strength), step=float(gradient.epsilon), rate=RATE, steps=run.study.steps)
    return [float(np.linalg.norm(beta - least_potential(x, x @ beta, scale))) for scale in (flow.scale, np.full(len(beta), START))]


def best(runs: Runs, steps: tuple[float, ...]) -> np.ndarray:
    """Test accuracy by seed at the step with the best mean."""
    return max((runs.where(epsilon=step).values("test_accuracy") for step in steps), key=lambda each: np.nan_to_num(np.mean(each)))


def evidence(result: dict) -> dict[str, Contrast | Trend]:
    """A difference costs less and generalizes better; in diagonal networks the regularizer leads to the rich regime, the further the larger the ascent."""
    linear, plain = result["diagonal"], result["plain diagonal"]
    exact, ascent = linear.where(epsilon=None), linear.where(epsilon=STEPS[-1])
    scales = np.stack([linear.where(epsilon=step or None).values("log_scale") for step in sorted((0.0, *STEPS))], axis=1)
    near, far = np.array([distances(run) for run in ascent]).T
    accuracy = {"exact": result["digits"].where(epsilon=None).values("test_accuracy"), "plain": result["plain digits"].values("test_accuracy")}
    accuracy |= {"backward": best(result["digits"], BACKWARD), "forward": best(result["digits"], FORWARD)}
    loss = {name: runs.values("test_loss") for name, runs in (("exact", exact), ("forward", ascent), ("plain", plain))}
    seeds, points = scales.shape
    return {
        "diagonal: richer": Contrast(plain.values("log_scale"), exact.values("log_scale"), minimal=0.05, paired=True),
        "diagonal: richer with ascent": Trend(np.tile(sorted((0.0, *STEPS)), seeds), scales.ravel(), 0.9, -1, np.repeat(np.arange(seeds), points)),
        "diagonal: as predicted": Contrast(far, near, minimal=3.0, statistic="ratio", paired=True),
        "diagonal: better than plain": Contrast(loss["plain"], loss["exact"], minimal=1.0, statistic="ratio", paired=True),
        "diagonal: forward better than exact": Contrast(loss["exact"], loss["forward"], minimal=1.05, statistic="ratio", paired=True),
        "digits: better than plain": Contrast(accuracy["exact"], accuracy["plain"], minimal=0.0, paired=True),
        **{f"digits: forward better than {o}": Contrast(accuracy["forward"], accuracy[o], minimal=0.0, paired=True) for o in ("exact", "backward")},
        "costs less": Contrast(result["costs"]["exact"], result["costs"]["difference"], minimal=1.2, statistic="ratio", paired=True),
    }


claim = Claim(
    study=studies,
    evidence=evidence,
    control={"diagonal": OFF, "digits": OFF, "costs": {"step": None}},
    full={name: {"seeds": 100} for name in studies if name != "costs"},
    scale="proxy: perceptrons on 8 x 8 digits",
)
