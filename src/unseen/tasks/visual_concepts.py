"""Six sets of images of ten concepts each, from flat shapes to photographs."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task

SETS = ("flat", "lit", "composed", "handwriting", "handwriting in scenes", "photographs")
CONCEPTS, SIZE = 10, 16
Pictures = Float[np.ndarray, "n 16 16"]
SHAPES = {
    "disc": lambda u, v: np.hypot(u, v) < 1,
    "square": lambda u, v: np.maximum(abs(u), abs(v)) < 0.85,
    "diamond": lambda u, v: abs(u) + abs(v) < 1.1,
    "triangle": lambda u, v: (v < 0.8) & (abs(u) < (v + 1) / 1.8),
    "cross": lambda u, v: (np.minimum(abs(u), abs(v)) < 0.3) & (np.maximum(abs(u), abs(v)) < 1),
    "ring": lambda u, v: abs(np.hypot(u, v) - 0.75) < 0.27,
    "frame": lambda u, v: abs(np.maximum(abs(u), abs(v)) - 0.7) < 0.22,
    "bar": lambda u, v: (abs(u) < 0.3) & (abs(v) < 1.1),
    "bow tie": lambda u, v: (abs(u) < abs(v)) & (abs(v) < 0.9),
    "half disc": lambda u, v: (np.hypot(u, v) < 1) & (v < 0),
}


def shapes(rng: np.random.Generator, n: int, *, lit: bool, patterned: bool) -> Pictures:
    """Pictures of shapes on black, n of each, of changing place, size and (a little) direction; lit from some side; or five shapes, plain or with stripes.

    >>> shapes(np.random.default_rng(0), 2, lit=False, patterned=False).shape
    (20, 16, 16)
    """
    drawn, (rows, columns) = [], np.mgrid[:SIZE, :SIZE] + 0.5

    def each(low: float, high: float) -> Float[np.ndarray, "n 1 1"]:
        return rng.uniform(low, high, (n, 1, 1))

    for concept in range(CONCEPTS):
        inside, striped = list(SHAPES.values())[concept // 2 if patterned else concept], patterned and concept % 2
        radius, turn, side = each(3.8, 5.5), each(-0.2, 0.2), each(0, 2 * np.pi)
        x, y = ((at - SIZE / 2 - each(-2, 2)) / radius for at in (columns, rows))
        u, v = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
        light = each(0.6, 1.0) * (0.75 + 0.25 * (x * np.cos(side) + y * np.sin(side))) if lit else 1.0
        drawn.append(inside(u, v) * light * (0.65 + 0.35 * np.sign(np.sin(5 * (u + v))) if striped else 1.0))
    return np.clip(np.concatenate(drawn), 0, 1)


def handwriting(rng: np.random.Generator, n: int) -> Pictures:
    """Scikit-learn's digits, n of each kind, twice as large and moved by up to two pixels.

    >>> handwriting(np.random.default_rng(0), 1).shape
    (10, 16, 16)
    """
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    chosen = np.concatenate([rng.choice(np.flatnonzero(labels == digit), n, replace=False) for digit in range(CONCEPTS)])
    large = np.pad(np.kron(pixels[chosen].reshape(-1, 8, 8) / 16, np.ones((1, 2, 2))), ((0, 0), (2, 2), (2, 2)))
    return np.concatenate([pieces(rng, one, 1) for one in large])


def pieces(rng: np.random.Generator, scene: Float[np.ndarray, "rows columns"], n: int) -> Pictures:
    """Windows of a scene, n of them.

    >>> pieces(np.random.default_rng(0), np.ones((20, 30)), 4).shape
    (4, 16, 16)
    """
    corners = zip(*(rng.integers(0, side - SIZE + 1, n) for side in scene.shape), strict=True)
    return np.stack([scene[i : i + SIZE, j : j + SIZE] for i, j in corners])


class VisualConcepts(Task):
    """One of six sets of 16 × 16 grey images in [0, 1], ten concepts each, 150 images of a concept, divided at random. The pictures are the same for all keys.

    0 "flat": a white shape; 1 "lit": the same, of some tone and lit from some side; 2 "composed": five shapes, plain or striped, lit; 3 "handwriting":
    scikit-learn's digits; 4 "handwriting in scenes": over dimmed pieces of the two photographs that come with scikit-learn; 5 "photographs": pieces of five
    regions of each photograph, side by side. The local entropy of the images rises from 0 to 5.

    Attributes:
        level: which set, 0 to 5; a number, not a static field, so that all levels share one compiled program.
        train_size: training images; the rest of the 1500 are for testing.

    >>> VisualConcepts().outputs
    Classes(count=10)
    """

    level: float | Array = 0.0
    train_size: int = eqx.field(static=True, default=1000)

    unseen: ClassVar[dict[str, str]] = {"test": "same concepts, other images, of which a few look exactly like one in training"}

    def __check_init__(self) -> None:
        expect(self, level=(lambda k: k in range(len(SETS)), "a level from 0 to 5"), train_size=(lambda n: 1 <= n < 1500, "1 to 1499 images"))

    @property
    def inputs(self) -> Reals:
        """Pixels."""
        return Reals((SIZE, SIZE))

    @property
    def outputs(self) -> Classes:
        """Concepts."""
        return Classes(CONCEPTS)

    def load(self) -> Float[np.ndarray, "6 1500 16 16"]:
        """All sets; images of a concept follow each other."""
        from sklearn.datasets import load_sample_images

        rng, n = np.random.default_rng(0), 150
        scenes = [photograph[::2, ::2].mean(axis=2) / 255 for photograph in load_sample_images().images]
        regions = [part for scene in scenes for part in np.array_split(scene, CONCEPTS // 2, axis=1)]
        digits = handwriting(rng, n)
        sets = [
            shapes(rng, n, lit=False, patterned=False),
            shapes(rng, n, lit=True, patterned=False),
            shapes(rng, n, lit=True, patterned=True),
            digits,
            np.maximum(digits, 0.5 * pieces(rng, np.concatenate(scenes), len(digits))),
            np.concatenate([pieces(rng, region, n) for region in regions]),
        ]
        return np.stack(sets).astype(np.float32)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """A random division of the level's images."""
        images = jnp.asarray(self.load() if data is None else data)[jnp.asarray(self.level).astype(int)]
        order = jax.random.permutation(key, len(images))
        concept = jnp.arange(len(images)) // (len(images) // CONCEPTS)
        parts = {"train": order[: self.train_size], "test": order[self.train_size :]}
        return {name: Examples(images[part], concept[part]) for name, part in parts.items()}
