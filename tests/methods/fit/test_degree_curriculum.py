"""Degree-Curriculum: which examples it takes and when, against a replay in plain Python."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Examples, Problem, Reals, Values
from unseen.methods.fit.degree_curriculum import DegreeCurriculum
from unseen.methods.update.sgd import SGD
from unseen.models.linear import Linear
from unseen.tasks.boolean.polynomial import BooleanPolynomial


class Table(eqx.Module):
    """A free number for each input, which is its index."""

    w: jax.Array

    def __call__(self, x, *, key=None):
        return self.w[x]


MINUS = np.array([3, 0, 1, 1, 7, 2])
TRAIN = Examples(jnp.arange(6), jnp.ones(6), {"minus": jnp.asarray(MINUS)})


def left(most, **fields):
    """The residuals 1 - w of each example after `most` steps: with a rate of 1/4 for (w - 1)² each visit halves them."""
    method = DegreeCurriculum(update=SGD(learning_rate=0.25), **({"by": "minus", "batch": 1, "threshold": 0.1} | fields), most=most)
    return 1 - np.asarray(method.fit(Table(jnp.zeros(6)), {"train": TRAIN}, jax.random.key(0)).w)


def visits(most, **fields):
    return np.round(-np.log2(left(most, **fields))).astype(int).tolist()


def test_balls_grow_when_an_epoch_was_learned():
    """Leap 1: radius 1 holds three examples; losses of an epoch are 1, 1/4, 1/16 and the third is below 0.1; then radius 2, 3, and 7 at once."""
    assert visits(3, leap=1) == [0, 1, 1, 1, 0, 0]
    assert visits(9, leap=1) == [0, 3, 3, 3, 0, 0]
    assert visits(9 + 4, leap=1) == [0, 4, 4, 4, 0, 1]  # mean loss (1 + 3/64) / 4 > 0.1
    assert visits(9 + 8, leap=1) == [0, 5, 5, 5, 0, 2]  # 1/16 and little more: learned
    assert visits(9 + 8 + 5, leap=1) == [1, 6, 6, 6, 0, 3]
    assert visits(9 + 8 + 10, leap=1) == [2, 7, 7, 7, 0, 4]
    assert visits(9 + 8 + 10 + 6, leap=1)[4] == 1


def test_it_ends():
    """With one ball that holds all six, after the third epoch; as no step comes later, more steps change nothing."""
    assert visits(1000, leap=7) == [3] * 6
    assert visits(1000, leap=7, threshold=0.5) == [2] * 6
    assert visits(12, leap=7) == [2] * 6
    assert max(visits(1000, leap=1)) < 20


def test_leaps_count_from_their_multiples():
    """Leap 2: radius 2 holds four examples, 4 one more, 6 none more, 8 all."""
    assert visits(12, leap=2) == [0, 3, 3, 3, 0, 3]
    assert visits(12 + 5, leap=2)[0] == 1
    assert visits(12 + 10 + 6, leap=2)[4] == 1


def test_batches_fill_up_from_the_start():
    """Four examples in batches of three: six places in an epoch, two of them taken twice."""
    found = left(2, leap=2, batch=3)
    assert (found[[0, 4]] == 1).all()
    assert (found[[1, 2, 3, 5]] < 1).all()
    wanted = [1 - 1 / 6] * 2 + [(1 - 1 / 6) ** 2] * 2  # the mean over three divides each step
    np.testing.assert_allclose(sorted(found[[1, 2, 3, 5]], reverse=True), wanted, rtol=1e-5)


def test_a_task_of_bits():
    task = BooleanPolynomial(bits=4, terms=((0,), (1,)), weights=(1.0, 0.5), withheld=(), train_size=12)
    splits = task.splits(jax.random.key(0))
    network = Linear().build(Reals((4,)), Values(()), jax.random.key(1))
    fitted = DegreeCurriculum(update=SGD(learning_rate=0.05), by="minus", leap=1, batch=4, most=2000, threshold=1e-6).fit(network, splits, jax.random.key(2))
    np.testing.assert_allclose(jax.vmap(fitted)(splits["test"].x), splits["test"].y, atol=0.01)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"leap": 0}, "DegreeCurriculum.leap"),
        ({"leap": 2.5}, "DegreeCurriculum.leap"),
        ({"threshold": 0.0}, "DegreeCurriculum.threshold"),
        ({"threshold": float("nan")}, "DegreeCurriculum.threshold"),
        ({"batch": 0}, "DegreeCurriculum.batch"),
        ({"most": None}, "DegreeCurriculum.most"),
        ({"update": None}, "DegreeCurriculum.update"),
    ],
)
def test_mistakes_are_told(fields, message):
    with pytest.raises(Problem, match=message):
        DegreeCurriculum(**fields)


def test_data_that_do_not_fit_are_told():
    plain = Examples(jnp.arange(6), jnp.ones(6))
    with pytest.raises(Problem, match="minus"):
        DegreeCurriculum(by="minus").fit(Table(jnp.zeros(6)), {"train": plain}, jax.random.key(0))
