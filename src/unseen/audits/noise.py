"""Answers under noise in the weights."""

from collections.abc import Callable

import numpy as np

from unseen.audits.subject import Subject

MOST = 1000
DRAWS = 8
SIZES = (0.01, 0.03, 0.1, 0.3)
RESTS = (
    "Noise of each weight by itself in proportion to its size, in every layer; rounding by a real format changes weights otherwise. The interval "
    "is that of the noise."
)
"""On what it rests."""


def cost(subject: Subject) -> float:
    """Seconds: answers under each noise."""
    return subject.seconds * len(SIZES) * DRAWS * min(MOST, len(subject.test)) if subject.box else 0.0


def under_noise(subject: Subject, good: Callable[[np.ndarray, np.ndarray], float]) -> tuple[float, dict[float, np.ndarray], int]:
    """(How good answers to unseen examples are, how good they are with each weight changed by N(0, size²) times itself, of how many examples)."""
    box = subject.opened()
    x, y, at, _ = subject.unseen(MOST)
    theta = np.concatenate([np.abs(value).reshape(-1) for value in box.weights().values()])
    rng = np.random.default_rng(0)

    def drawn(size: float) -> float:
        return good(box.outcome(x, (size * theta * rng.normal(size=theta.shape)).astype(theta.dtype)), y)

    return good(box.outcome(x), y), {size: np.array([drawn(size) for _ in range(DRAWS)]) for size in SIZES}, len(at)
