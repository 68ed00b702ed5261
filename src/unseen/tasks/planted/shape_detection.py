"""Bright shapes in a scene, to be found with a box around each; scenes that are noisier, dimmer, blurred or cluttered are other environments."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray, PyTree

from unseen._types import Examples, Reals, Stream, Values, expect
from unseen.tasks.task import Task

SIDE, CELL, OBJECTS = 32, 4, 4
PLACES = SIDE // CELL


def encoded(boxes: Float[Array, "objects 4"], there: Float[Array, " objects"]) -> Float[Array, "8 8 5"]:
    """What a detector is asked for: at the place where an object's centre lies 1, the centre's distance from the middle of the place (in places), and the
    logarithms of width and height over 8 pixels; elsewhere 0. Boxes are (left, top, right, bottom) in pixels; no two objects may share a place.

    >>> found = encoded(jnp.array([[4.0, 8.0, 12.0, 16.0]]), jnp.ones(1))
    >>> found[3, 2]
    Array([ 1. , -0.5, -0.5,  0. ,  0. ], dtype=float32)
    """
    centre, size = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    place = jnp.clip((centre // CELL).astype(int), 0, PLACES - 1)
    entries = jnp.concatenate([jnp.ones((len(boxes), 1)), centre / CELL - place - 0.5, jnp.log(size / 8)], axis=1)
    return jnp.zeros((PLACES, PLACES, 5)).at[place[:, 1], place[:, 0]].add(entries * there[:, None])


def decoded(outputs: Float[Array, "8 8 5"]) -> tuple[Float[Array, "64 4"], Float[Array, " 64"]]:
    """Boxes (left, top, right, bottom) in pixels and scores in (0, 1) from a detector's outputs: what `encoded` says, the first entry being a logit.

    >>> boxes, scores = decoded(encoded(jnp.array([[4.0, 8.0, 12.0, 16.0]]), jnp.ones(1)))
    >>> boxes[3 * 8 + 2]
    Array([ 4.,  8., 12., 16.], dtype=float32)
    """
    rows, columns = jnp.mgrid[:PLACES, :PLACES]
    centre = (outputs[..., 1:3] + jnp.stack([columns, rows], axis=-1) + 0.5) * CELL
    half = 4 * jnp.exp(outputs[..., 3:])
    return jnp.concatenate([centre - half, centre + half], axis=-1).reshape(-1, 4), jax.nn.sigmoid(outputs[..., 0]).reshape(-1)


class _Scenes(Stream):
    task: "ShapeDetection"

    def draw(self, key: PRNGKeyArray, n: int) -> Examples:
        return jax.vmap(self.task.scene)(jax.random.split(key, n))


class ShapeDetection(Task):
    """Up to four discs and rectangles, one in each quarter of a 32 × 32 grey image in [0, 1], each there with probability 0.6; targets as `encoded`.

    Sides are uniform in 6 to 13 pixels times `scale`; a shape is brighter than its surroundings by 0.35 to 0.7 times `contrast`. The background is a ramp.
    `clutter` adds bright lines of one pixel (so many on average), `blur` moves the image towards its mean over 3 × 3 pixels, `noise` is the standard
    deviation of normal noise. The fact `boxes` holds the boxes of each image, [4, 5]: left, top, right, bottom in pixels, and whether it is there. `train` is
    a stream.

    Attributes:
        contrast: at least 0.
        noise: at least 0, in units of the grey scale.
        blur: in [0, 1].
        clutter: lines on average, in [0, 8].
        scale: of the shapes, in [0.4, 1.2].
        test_size: test images.

    >>> ShapeDetection(noise=0.1).splits(jax.random.key(0))["test"].y.shape
    (100, 8, 8, 5)
    """

    contrast: float | Array = 1.0
    noise: float | Array = 0.03
    blur: float | Array = 0.0
    clutter: float | Array = 0.0
    scale: float | Array = 1.0
    test_size: int = eqx.field(static=True, default=100)

    unseen: ClassVar[dict[str, str]] = {"test": "other scenes of the same environment"}

    def __check_init__(self) -> None:
        expect(
            self,
            contrast=(lambda c: c >= 0, "a number of at least 0"),
            noise=(lambda s: s >= 0, "a number of at least 0"),
            blur=(lambda b: 0 <= b <= 1, "a share in [0, 1]"),
            clutter=(lambda c: 0 <= c <= 8, "a number in [0, 8]"),
            scale=(lambda s: 0.4 <= s <= 1.2, "a factor in [0.4, 1.2]"),
            test_size=(lambda n: n >= 1, "at least one image"),
        )

    @property
    def inputs(self) -> Reals:
        """Pixels."""
        return Reals((SIDE, SIDE))

    @property
    def outputs(self) -> Values:
        """At each of 8 × 8 places: whether an object's centre is there, and its box."""
        return Values((PLACES, PLACES, 5))

    def scene(self, key: PRNGKeyArray) -> Examples:
        """One image, its target and its boxes."""
        of = dict(zip(("side", "at", "there", "disc", "tone", "ramp", "line", "noise"), jax.random.split(key, 8), strict=True))
        size = self.scale * jax.random.uniform(of["side"], (OBJECTS, 2), minval=6.0, maxval=13.0)
        corner = SIDE / 2 * jnp.array([[0, 0], [1, 0], [0, 1], [1, 1]])
        centre = jnp.clip(corner + jax.random.uniform(of["at"], (OBJECTS, 2), minval=2.0, maxval=14.0), size / 2, SIDE - size / 2)
        there = jax.random.bernoulli(of["there"], 0.6, (OBJECTS,)).astype(float)
        disc = jax.random.bernoulli(of["disc"], 0.5, (OBJECTS,))[:, None, None]
        tone = there * self.contrast * jax.random.uniform(of["tone"], (OBJECTS,), minval=0.35, maxval=0.7)
        rows, columns = jnp.mgrid[:SIDE, :SIDE] + 0.5
        u = 2 * jnp.abs(columns - centre[:, 0, None, None]) / size[:, 0, None, None]
        v = 2 * jnp.abs(rows - centre[:, 1, None, None]) / size[:, 1, None, None]
        inside = jnp.where(disc, u**2 + v**2 < 1, jnp.maximum(u, v) < 1)
        slope = jax.random.uniform(of["ramp"], (2,), minval=-0.1, maxval=0.1)
        image = 0.2 + (slope[0] * (columns - SIDE / 2) + slope[1] * (rows - SIDE / 2)) / (SIDE / 2)
        image = image + jnp.max(inside * tone[:, None, None], axis=0) + self._lines(of["line"], rows, columns)
        framed = jnp.pad(image, 1, mode="edge")
        mean = sum(framed[i : i + SIDE, j : j + SIDE] for i in range(3) for j in range(3)) / 9
        image = image + self.blur * (mean - image) + self.noise * jax.random.normal(of["noise"], image.shape)
        boxes = jnp.concatenate([centre - size / 2, centre + size / 2], axis=1)
        return Examples(jnp.clip(image, 0, 1), encoded(boxes, there), {"boxes": jnp.column_stack([boxes, there])})

    def _lines(self, key: PRNGKeyArray, rows: Array, columns: Array) -> Float[Array, "32 32"]:
        at_turn, at_place, at_there = jax.random.split(key, 3)
        turn = jax.random.uniform(at_turn, (8, 1, 1), maxval=jnp.pi)
        place = jax.random.uniform(at_place, (8, 2, 1, 1), maxval=float(SIDE))
        there = jax.random.bernoulli(at_there, self.clutter / 8, (8, 1, 1))
        distance = jnp.abs((columns - place[:, 0]) * jnp.cos(turn) + (rows - place[:, 1]) * jnp.sin(turn))
        return 0.5 * jnp.max(there * (distance < 0.5), axis=0)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples | Stream]:
        """`train`, a stream, and `test`."""
        return {"train": _Scenes(self), "test": _Scenes(self).draw(key, self.test_size)}
