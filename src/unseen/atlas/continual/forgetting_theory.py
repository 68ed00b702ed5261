"""Theory on Forgetting and Generalization of Continual Learning.

Lin, Ju, Liang, Shroff 2023 (arXiv 2302.05836, ICML).

Claim: where tasks of linear regression with more weights than examples are learned one after the other, each from the last solution to the nearest one that
fits, expected forgetting and generalization error have an explicit form. By it more weights mean less forgetting, similar tasks a smaller error, and a
task that differs from all others should be learned early. The last carries over to deep networks on real data.
Measured: forgetting (mean over earlier tasks of the test error now less that when the task had been learned) and generalization error (mean over all
tasks) after five tasks of 20 examples with 32 to 320 weights, noise 0.5, targets 0.3 and 2 apart; both for one special task among four equal ones, at
each of the five places; both for a ReLU network of two layers on digits, where the special task has its labels shifted by one, learned first or last.
Departs from the paper: read as abstract and summaries. The closed form was derived for the code; it has the quantities that the paper is said to use
(r = 1 - n/p, distances of targets, noise, order). The error is that of weights, ‖w - w*‖², which for N(0, I) inputs is that of predictions. Targets are
unit vectors at equal distances. The network: 64 inputs, width 128, 100 digits a task, Adam on all of them for 150 steps, where the paper trains on image
benchmarks; errors are shares of wrong answers. Its algorithm and its other insights about networks are left out.
Would be refuted by: a forgetting or an error more than 0.05 from the formula; forgetting at 320 weights not 0.3 below that at 32, for distant tasks; an error
of distant tasks not 0.2 above that of similar ones; a special task first that saves less than 0.2 (linear, 32 weights) or less than 0.1 (network) of
forgetting and less than 0.2 or 0.1 of error against last.
Rival: only the last task counts (each starts from 0 again).
Control: no distance between the targets, and labels that are not shifted.
Tried (seeds 100 to 103): this design, once, to see that it runs; nothing was changed after. Numbers of weights, levels and repetitions were chosen by the
formula alone: 32 weights as the least and 200 repetitions, so that means are sharp enough for the tolerance.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.typing import ArrayLike
from sklearn.datasets import load_digits

from unseen.claim import Agreement, Claim, Computation, Contrast, Lab
from unseen.theory.dynamics.task_sequences import expected_errors, forgetting, simulate_tasks

TASKS, EXAMPLES, NOISE = 5, 20, 0.5
SETTINGS = [(p, apart, None) for p in (32, 40, 80, 320) for apart in (0.3, 2.0)] + [(32, 2.0, place) for place in range(TASKS)]


def targets(p: int, apart: float, place: int | None) -> np.ndarray:
    """Unit vectors, each `apart` from a common direction in its own direction, or only the one at that place."""
    base = np.eye(p)
    away = [apart if place in (None, task) else 0.0 for task in range(TASKS)]
    return np.stack([(base[0] + one * base[task + 1]) / np.hypot(1, one) for task, one in enumerate(away)])


def both(errors: np.ndarray) -> np.ndarray:
    """(forgetting, generalization error) after the last task, [..., 2]."""
    return np.stack([forgetting(errors)[..., -1], errors[..., -1, :].mean(axis=-1)], axis=-1)


def linear(_: Lab, distance: float, repetitions: int, seeds: tuple[int, ...]) -> np.ndarray:
    """Both, [seeds, settings, 2], the distances of targets times `distance`."""

    def one(seed: int, p: int, apart: float, place: int | None) -> np.ndarray:
        return both(simulate_tasks(jax.random.key(seed), targets(p, distance * apart, place), EXAMPLES, NOISE, repetitions=repetitions)).mean(axis=0)

    return np.array([[one(seed, *setting) for setting in SETTINGS] for seed in seeds])


@jax.jit
def fitted(weights: list[jax.Array], x: ArrayLike, y: ArrayLike) -> list[jax.Array]:
    """Weights after 150 steps on one task."""

    def loss(weights: list[jax.Array]) -> jax.Array:
        return optax.softmax_cross_entropy_with_integer_labels(outputs(weights, x), y).mean()

    def step(state: tuple, _: None) -> tuple[tuple, None]:
        updates, memory = optax.adam(1e-2).update(jax.grad(loss)(state[0]), state[1])
        return (optax.apply_updates(state[0], updates), memory), None

    return jax.lax.scan(step, (weights, optax.adam(1e-2).init(weights)), None, length=150)[0][0]


def outputs(weights: list[jax.Array], x: ArrayLike) -> jax.Array:
    """Of a network of two layers."""
    return jax.nn.relu(x @ weights[0]) @ weights[1]


def network(_: Lab, shift: int, seeds: tuple[int, ...]) -> np.ndarray:
    """Both, [seeds, (special first, special last), 2], of networks on digits."""
    x, digit = load_digits(return_X_y=True)
    x = (x - x.mean(axis=0)) / 8

    def one(seed: int, place: int) -> np.ndarray:
        keys, order, wrong = jax.random.split(jax.random.key(seed)), np.random.default_rng(seed).permutation(len(x)), []
        weights = [jax.random.normal(key, shape) / shape[0] ** 0.5 for key, shape in zip(keys, ((64, 128), (128, 10)), strict=True)]
        labels = [(digit + shift * (task == place)) % 10 for task in range(TASKS)]
        for task in range(-1, TASKS):
            mine = order[100 * task : 100 * task + 100]
            weights = fitted(weights, jnp.asarray(x[mine]), jnp.asarray(labels[task][mine])) if task >= 0 else weights
            answers = np.asarray(outputs(weights, x)).argmax(axis=1)[order[100 * TASKS :]]
            wrong.append([np.mean(answers != label[order[100 * TASKS :]]) for label in labels])
        return both(np.array(wrong))

    return np.array([[one(seed, place) for place in (0, TASKS - 1)] for seed in seeds])


studies = {
    "linear": Computation(linear, distance=1.0, repetitions=200, seeds=tuple(range(20))),
    "network": Computation(network, shift=1, seeds=tuple(range(10))),
}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Agreement | Contrast]:
    """Formulas hold; more weights, more similar tasks, and the special task early are better, early also for a network."""
    found, (first, last) = result["linear"], result["network"].swapaxes(0, 1)
    predicted = np.array([both(expected_errors(targets(*setting), EXAMPLES, NOISE)) for setting in SETTINGS])
    alone = [expected_errors(np.roll(targets(*setting), 1, axis=0), EXAMPLES, NOISE)[1] for setting in SETTINGS]  # after the last task, from 0
    rival = np.array([[np.mean(one[1:] - one[0]), one.mean()] for one in alone])
    names = {"forgetting": 0, "generalization error": 1}
    held = {name: Agreement(found[:, :, i], predicted[:, i], rival=rival[:, i], tolerance=0.05) for name, i in names.items()}
    return held | {
        "more weights: less forgetting": Contrast(found[:, 1, 0], found[:, 7, 0], minimal=0.3, paired=True),
        "similar tasks: a smaller error": Contrast(found[:, 5, 1], found[:, 4, 1], minimal=0.2, paired=True),
        **{f"special task early: less {name}": Contrast(found[:, -1, i], found[:, -TASKS, i], minimal=0.2, paired=True) for name, i in names.items()},
        **{f"special task early, network: less {name}": Contrast(last[:, i], first[:, i], minimal=0.1, paired=True) for name, i in names.items()},
    }


claim = Claim(
    study=studies,
    evidence=evidence,
    control={"linear": {"distance": 0.0}, "network": {"shift": 0}},
    full={"linear": {"repetitions": 1000}, "network": {"seeds": tuple(range(50))}},
    scale="proxy: digits and a small network for image benchmarks and deep networks",
)
