"""Steps of addition, joined by hand, add."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.addition_steps import AdditionSteps

KEY = jax.random.key(0)


@pytest.mark.parametrize("base", [2, 10])
def test_steps_make_sums(base):
    """Python's integers, digit by digit, with a table of all steps."""
    splits = AdditionSteps(base).splits(KEY)
    table = {tuple(x): y for split in splits.values() for x, y in zip(split.x.tolist(), split.y.tolist(), strict=True)}
    assert len(table) == 2 * base**3
    for a, b in np.random.default_rng(0).integers(0, base**9, (50, 2)).tolist():
        written, digits = 0, []
        for place in range(10):
            written = table[(*divmod(written, base), a // base**place % base, b // base**place % base)]
            digits.append(written % base)
        assert sum(digit * base**place for place, digit in enumerate(digits)) == a + b


def test_what_is_unseen():
    splits = AdditionSteps().splits(KEY)
    assert {(c, d) for c, d, _, _ in splits["test"].x.tolist()} == {(1, 9)}
    assert (1, 9) not in {(c, d) for c, d, _, _ in splits["train"].x.tolist()}


def test_without_carry():
    told, hidden = (AdditionSteps(carry=carry).splits(KEY)["train"] for carry in (True, False))
    np.testing.assert_array_equal(hidden.x, told.x.at[:, 0].set(0))
    np.testing.assert_array_equal(hidden.y, told.y)
    assert AdditionSteps().told(jnp.array(17), jnp.array(3), jnp.array(4)).tolist() == [1, 7, 3, 4]
    with pytest.raises(Problem, match="expected a whole number of at least 2, got 1"):
        AdditionSteps(1)
