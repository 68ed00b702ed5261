"""Two classes on a curved manifold of a given dimension, divided as finely as one likes."""

from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, PRNGKeyArray

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task

CANDIDATES = 20  # points drawn for each that is kept


class LabelledManifold(Task):
    """x_j = √(2/D) cos(ω_j·z + φ_j) for j ≤ D, with z uniform in a ball of R^d; y = 1 where g(z) > 0; points with |g| ≤ `margin` are left out.

    ω_j are independent N(0, I_d), φ_j uniform on the circle: x is a random smooth image of the ball, |x| is about 1, and near points are about as far from each
    other as their z are: |x - x'|² is 2 - 2 exp(-|z - z'|²/2) on average. g is a sum of `waves` such waves of `frequency` times z, scaled so that at a point it
    is about N(0, 1) over tasks; so in whatever dimension a margin leaves out the same share of points on average. Classes come as near to each other as
    the margin lets them. Each key draws a manifold and labels of its own.

    Attributes:
        dimension: d, of the manifold, in 1..`most`. It may be swept without compiling again.
        most: the largest dimension that is compiled for.
        pixels: D, at least 2 `most`: in fewer, a manifold may cross itself.
        frequency: above 0; g changes over distances of one over it.
        margin: in [0, 1.5], in standard deviations of g; the larger, the farther are the classes from each other. Of 20 points for each that is wanted those
            outside of it are taken; where these are too few (few dimensions, wide margins), the nearest to its edge stand in.
        radius: of the ball.
        waves: terms of g.
        train_size: training examples.
        test_size: test examples.

    >>> LabelledManifold(dimension=2, most=3, pixels=9, train_size=5).splits(jax.random.key(0))["train"].x.shape
    (5, 9)
    """

    dimension: Any = 4
    most: int = eqx.field(static=True, default=8)
    pixels: int = eqx.field(static=True, default=64)
    frequency: Any = 1.0
    margin: Any = 0.0
    radius: Any = 2.0
    waves: int = eqx.field(static=True, default=32)
    train_size: int = eqx.field(static=True, default=1000)
    test_size: int = eqx.field(static=True, default=750)

    unseen: ClassVar[dict[str, str]] = {"test": "new points of the same manifold"}

    def __check_init__(self) -> None:
        expect(
            self,
            dimension=(lambda d: d == int(d) and d >= 1 and (not isinstance(self.most, int) or d <= self.most), f"a whole number in 1..most = {self.most!r}"),
            most=(lambda d: d >= 1, "at least 1"),
            pixels=(lambda n: not isinstance(self.most, int) or n >= 2 * self.most, f"at least 2 most = 2 × {self.most!r}"),
            frequency=(lambda f: f > 0, "a frequency above 0"),
            margin=(lambda m: 0 <= m <= 1.5, "a margin in [0, 1.5]"),
            radius=(lambda r: r > 0, "a radius above 0"),
            waves=(lambda k: k >= 1, "at least one wave"),
            train_size=(lambda n: n >= 1, "at least one training example"),
            test_size=(lambda n: n >= 1, "at least one test example"),
        )

    @property
    def inputs(self) -> Reals:
        """Vectors of `pixels`."""
        return Reals((self.pixels,))

    @property
    def outputs(self) -> Classes:
        """Two classes."""
        return Classes(2)

    def embed(self, z: Float[Array, "n most"], key: PRNGKeyArray) -> Float[Array, "n D"]:
        """The pixels of points of the ball, under the key of `splits`."""
        return jnp.sqrt(2 / self.pixels) * self._waves(z, jax.random.fold_in(key, 0), self.pixels)

    def value(self, z: Float[Array, "n most"], key: PRNGKeyArray) -> Float[Array, " n"]:
        """g, whose sign is the class, under the key of `splits`."""
        return jnp.sum(self._waves(self.frequency * z, jax.random.fold_in(key, 1), self.waves), axis=1) / jnp.sqrt(self.waves / 2)

    def _waves(self, z: Float[Array, "n most"], key: PRNGKeyArray, count: int) -> Float[Array, "n count"]:
        along, phase = jax.random.split(key)
        return jnp.cos(z @ jax.random.normal(along, (self.most, count)) + jax.random.uniform(phase, (count,), maxval=2 * np.pi))

    def splits(self, key: PRNGKeyArray, data: Any = None) -> dict[str, Examples]:
        """`train` and `test`; the fact `value` is g at each point."""

        def draw(index: int, n: int) -> Examples:
            way, out = jax.random.split(jax.random.fold_in(key, index))
            normal = jax.random.normal(way, (CANDIDATES * n, self.most)) * (jnp.arange(self.most) < self.dimension)
            norm = self.radius * jax.random.uniform(out, (len(normal), 1)) ** (1 / self.dimension)
            z = norm * normal / jnp.linalg.norm(normal, axis=1, keepdims=True)
            g = self.value(z, key)
            short = jnp.maximum(self.margin - jnp.abs(g), 0.0)  # where too few points lie outside of the margin, the nearest to its edge stand in
            kept = jnp.argsort(jnp.where(short > 0, short, -1.0))[:n]
            return Examples(self.embed(z[kept], key), (g[kept] > 0).astype(jnp.int32), {"value": g[kept]})

        return {"train": draw(2, self.train_size), "test": draw(3, self.test_size)}
