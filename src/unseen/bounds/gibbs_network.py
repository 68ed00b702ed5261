"""The Gibbs algorithm on networks of finitely many parameters, by going through all of them."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, number, whole

MOST = 18
"""Parameters up to which all settings are listed."""


def sign_networks(widths: tuple[int, ...]) -> tuple[Int[np.ndarray, "functions inputs"], Int[np.ndarray, " functions"]]:
    """(which functions they compute, by how many settings each), for sign networks with weights ±1, no biases and layers of `widths`, the last of one unit.

    A function is its values ±1 at all 2^widths[0] inputs in {-1, 1}, in the order of counting, the first coordinate fastest. The sign of 0 is 1.

    Raises:
        Problem: more than 18 weights, or 24 with the inputs, fewer than two widths, or a last one other than 1.

    >>> tables, settings = sign_networks((2, 1))  # the four halfplanes; a tie counts as 1
    >>> len(tables), settings.tolist()
    (4, [1, 1, 1, 1])
    """
    shapes = list(pairwise(widths))
    total = sum(a * b for a, b in shapes)
    if len(widths) < 2 or min(widths) < 1 or widths[-1] != 1 or total > MOST or total + widths[0] > MOST + 6:
        raise Problem(
            f"widths: expected at least two, the last 1, and at most {MOST} weights in all ({MOST + 6} with the inputs), got {widths!r} with {total}. "
            "Take narrower layers."
        )
    weights = 2 * ((np.arange(2**total)[:, None] >> np.arange(total)) & 1) - 1
    activity = np.broadcast_to(2 * ((np.arange(2 ** widths[0])[:, None] >> np.arange(widths[0])) & 1) - 1, (2**total, 2 ** widths[0], widths[0]))
    start = 0
    for a, b in shapes:
        layer = weights[:, start : start + a * b].reshape(-1, a, b)
        activity, start = np.where(activity @ layer >= 0, 1, -1), start + a * b
    return np.unique(activity[..., 0], axis=0, return_counts=True)


def gibbs_gap(
    networks: tuple[Int[np.ndarray, "functions inputs"], Int[np.ndarray, " functions"]],
    target: Int[np.ndarray, " inputs"],
    rng: np.random.Generator,
    *,
    n: int,
    flip: float,
    strength: float,
    sets: int = 1000,
) -> Float[np.ndarray, " sets"]:
    """Test less training error of the Gibbs algorithm, p(w | S) ∝ exp(-strength · n · training error), on each of `sets` random training sets.

    Inputs are uniform, with replacement; a label is the target's, flipped at a rate, in training as in test. The mean over w is exact. The mean over training
    sets is (KL(P_{W,S} ‖ P_W P_S) + KL(P_W P_S ‖ P_{W,S})) / (strength · n) (Aminian et al. 2021).

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> networks = sign_networks((2, 1))
    >>> gaps = gibbs_gap(networks, networks[0][0], np.random.default_rng(0), n=4, flip=0.1, strength=0.0)
    >>> bool(abs(gaps.mean()) < 0.02)  # without heed to the data there is none
    True
    """
    number(flip=flip, strength=strength)
    whole(n=n, sets=sets)
    if not (n >= 1 and 0 <= flip <= 1 and strength >= 0 and sets >= 1):
        raise Problem(f"n, flip, strength, sets: expected n, sets ≥ 1, a rate in [0, 1], strength ≥ 0, got {n!r}, {flip!r}, {strength!r}, {sets!r}.")
    tables, settings = networks
    if np.shape(target) != tables.shape[1:] or not np.isfinite(strength):
        raise Problem(f"target, strength: expected {tables.shape[1]} labels and a finite number, got shape {np.shape(target)} and {strength!r}.")
    x = rng.integers(tables.shape[1], size=(sets, n))
    y = np.where(rng.random((sets, n)) < flip, -1, 1) * target[x]
    wrong = tables != target
    test = flip + (1 - 2 * flip) * wrong.mean(axis=1)
    counts = np.stack([np.bincount(place, minlength=2 * tables.shape[1]) for place in 2 * x + (y > 0)])  # of inputs with either label
    train = (counts[:, ::2] @ (tables > 0).T + counts[:, 1::2] @ (tables < 0).T) / n
    log = np.log(settings) - strength * n * train
    chance = np.exp(log - log.max(axis=1, keepdims=True))
    return np.sum(chance * (test - train), axis=1) / chance.sum(axis=1)
