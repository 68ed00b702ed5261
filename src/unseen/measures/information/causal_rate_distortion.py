"""The directed (nonanticipative) rate-distortion function of a Markov source, by alternating minimisation."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem, fitting


class Curve(NamedTuple):
    """Where a slope meets the directed rate-distortion function: per step, and the Lagrangian after every iteration.

    Attributes:
        rate: I(x up to t; y_t | y before t) of each step in nats; their sum is the directed information from x to y.
        distortion: mean distortion of each step.
        lagrangian: total rate + slope × total distortion after each iteration, never rising.
    """

    rate: Float[np.ndarray, " steps"]
    distortion: Float[np.ndarray, " steps"]
    lagrangian: Float[np.ndarray, " iterations"]

    @property
    def moved(self) -> float:
        """By how much the last iteration lowered the Lagrangian, in nats: near 0 once they have settled; infinite after a single one."""
        return float(self.lagrangian[-2] - self.lagrangian[-1]) if len(self.lagrangian) > 1 else float("inf")


def causal_rate_distortion(
    start: Float[np.ndarray, " k"],
    transition: Float[np.ndarray, "k k"],
    distortion: Float[np.ndarray, "k m"],
    slope: float,
    steps: int,
    rng: np.random.Generator,
    iterations: int = 300,
) -> Curve:
    """The least I(x^n → y^n) + slope × Σ_t E d(x_t, y_t) over all ways to write y_t from x_1 … x_t and y_1 … y_{t-1}, without the future.

    Alternates, as Blahut and Arimoto do, between the law q(y_t | y before t) of what is written and the best p(y_t | x_t, y before t) for it, found
    backward in time: p ∝ q exp(-slope d - mean of the later cost). Both steps minimise one jointly convex function, so the limit is the minimum. Time and
    memory grow as k m^steps; slow near zero rate. Source: Naiss & Permuter (2013) for directed information; Charalambous & Stavrou (2013) for this function.

    Args:
        start: probabilities of the first symbol.
        transition: row i the probabilities of the symbol after i.
        distortion: d(x, y), at least 0.
        slope: nats of rate that a unit of distortion is worth, above 0.
        steps: n.
        rng: for the first q.
        iterations: how many times both steps are taken.

    Raises:
        Problem: laws that do not sum to 1, shapes that do not fit, or a slope not above 0.

    >>> fair, hamming = np.full(2, 0.5), 1 - np.eye(2)
    >>> curve = causal_rate_distortion(fair, np.full((2, 2), 0.5), hamming, np.log(9.0), 2, np.random.default_rng(0))
    >>> curve.distortion.round(3), curve.rate.round(3)  # a fair coin: log 2 - h(D) at D = 1 / (1 + e^slope)
    (array([0.1, 0.1]), array([0.368, 0.368]))
    """
    start, transition, distortion = fitting(start=(start, "k"), transition=(transition, "k k"), distortion=(distortion, "k m"))
    laws = np.allclose(transition.sum(axis=-1), 1) and np.isclose(start.sum(), 1) and min(one.min() for one in (start, transition, distortion)) >= 0
    if not laws or not 0 < slope < np.inf or steps < 1 or iterations < 1:
        told = f"sums {start.sum():g} and {transition.sum(axis=-1)}, slope={slope!r}, steps={steps!r}, iterations={iterations!r}"
        raise Problem(
            f"start, transition, distortion, slope, steps, iterations: expected laws, d of at least 0, whole numbers and a slope above 0, got {told}."
        )
    m = distortion.shape[1]
    q = [rng.dirichlet(np.full(m, 5.0), size=(m,) * t) for t in range(steps)]  # axes y_1 … y_t, then y_{t+1}
    seen: list[float] = []
    rate = cost = np.zeros(steps)
    for _ in range(iterations):
        p = _backward(q, transition, distortion, slope)
        q, rate, cost = _forward(p, start, transition, distortion)
        seen.append(float(rate.sum() + slope * cost.sum()))
    return Curve(rate, cost, np.array(seen))


def coin_entropy(p: float | np.ndarray) -> float | np.ndarray:
    """-p log p - (1 - p) log(1 - p) in nats, for p in (0, 1)."""
    if not np.all((np.asarray(p) > 0) & (np.asarray(p) < 1)):
        raise Problem(f"p: expected probabilities in (0, 1), got {p!r}.")
    return -p * np.log(p) - (1 - p) * np.log1p(-p)


def binary_markov_rate(flip: float, distortion: float) -> tuple[float, float]:
    """(directed, mutual) rate in nats a step of a fair bit that flips with probability p at each step, at Hamming distortion D.

    Directed, so without the future: h(p + D - 2pD) - h(D), for D up to where it is 0. Mutual, so Shannon's: h(p) - h(D), exact up to
    D = (1 - √(1 - (p / (1 - p))²)) / 2, p ≤ 1/2 (Gray 1970), and a lower bound beyond.

    >>> [round(rate, 4) for rate in binary_markov_rate(0.3, 0.04)]
    [0.4559, 0.4429]
    """
    directed, mutual = (float(coin_entropy(one) - coin_entropy(distortion)) for one in (flip + distortion - 2 * flip * distortion, flip))
    return directed, mutual


def _backward(q: list[np.ndarray], transition: np.ndarray, distortion: np.ndarray, slope: float) -> list[np.ndarray]:
    """The best p of each step for given q; axes x_t, y_1 … y_t."""
    p: list[np.ndarray] = []
    later: np.ndarray | float = 0.0
    for law in reversed(q):
        own = distortion.reshape(len(distortion), *(1,) * (law.ndim - 1), -1)
        weight = law * np.exp(-slope * own - later)
        total = weight.sum(axis=-1, keepdims=True)
        p.insert(0, weight / total)
        later = np.tensordot(transition, -np.log(total[..., 0]), axes=1)
    return p


def _forward(p: list[np.ndarray], start: np.ndarray, transition: np.ndarray, distortion: np.ndarray) -> tuple[list[np.ndarray], np.ndarray, np.ndarray]:
    """What p makes of the source: the law of each y given those before it, rates and distortions."""
    mass, q, rate, cost = start, [], [], []
    for way in p:
        joint = mass[..., None] * way
        law = joint.sum(axis=0)
        law = law / np.maximum(law.sum(axis=-1, keepdims=True), 1e-300)
        q.append(law)
        rate.append(np.sum(joint * (np.log(np.maximum(way, 1e-300)) - np.log(np.maximum(law, 1e-300)))))
        cost.append(np.sum(joint * distortion.reshape(len(distortion), *(1,) * (law.ndim - 1), -1)))
        mass = np.tensordot(transition.T, joint, axes=1)
    return q, np.array(rate), np.array(cost)
