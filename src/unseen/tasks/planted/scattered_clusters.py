"""Gaussian clusters whose centres lie anywhere in a box, a class each: a new distribution with every draw."""

from typing import Any, ClassVar

import equinox as eqx
import jax
from jaxtyping import Array, Int, PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Reals, expect
from unseen.tasks.task import Task


class ScatteredClusters(Task):
    """x = c_y + deviation · N(0, I), with labels y uniform and centres c_k uniform in [-box, box]^dimension: scikit-learn's `make_blobs`.

    Centres that happen to lie close make classes that overlap. The clusters of Kawaguchi et al. (2023) are the defaults.

    Attributes:
        classes: how many clusters.
        dimension: of the inputs.
        train_size: training examples.
        test_size: test examples.
        deviation: of each cluster, at least 0.
        box: half the side of the box, above 0.
        instance: centres and examples of that number, whatever the key, so that several networks can be trained on one data set; None: of the key.

    >>> ScatteredClusters(train_size=20).splits(jax.random.key(0))["train"].x.shape
    (20, 2)
    """

    classes: int = eqx.field(static=True, default=5)
    dimension: int = eqx.field(static=True, default=2)
    train_size: int = eqx.field(static=True, default=50)
    test_size: int = eqx.field(static=True, default=250)
    deviation: float | Array = 0.7
    box: float | Array = 10.0
    instance: int | Int[Array, ""] | None = None

    unseen: ClassVar[dict[str, str]] = {"test": "new draws from the same clusters"}

    def __check_init__(self) -> None:
        expect(
            self,
            classes=(lambda k: k >= 2, "at least two classes"),
            dimension=(lambda d: d >= 1, "at least one dimension"),
            train_size=(lambda n: n >= 1, "at least one training example"),
            test_size=(lambda n: n >= 1, "at least one test example"),
            deviation=(lambda s: s >= 0, "a deviation that is not negative"),
            box=(lambda b: b > 0, "a number above 0"),
        )

    @property
    def inputs(self) -> Reals:
        """Vectors of `dimension`."""
        return Reals((self.dimension,))

    @property
    def outputs(self) -> Classes:
        """The cluster."""
        return Classes(self.classes)

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train` and `test`: independent draws around the same centres."""
        key = key if self.instance is None else jax.random.key(self.instance)
        at_centres, train, test = jax.random.split(key, 3)
        centres = self.box * jax.random.uniform(at_centres, (self.classes, self.dimension), minval=-1.0)

        def draw(key: PRNGKeyArray, n: int) -> Examples:
            which, noise = jax.random.split(key)
            y = jax.random.randint(which, (n,), 0, self.classes)
            return Examples(centres[y] + self.deviation * jax.random.normal(noise, (n, self.dimension)), y)

        return {"train": draw(train, self.train_size), "test": draw(test, self.test_size)}
