"""Addition against Python's integers; which digits stand together against the example of the paper."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.strings.addition import Addition


def number(digits, base):
    return sum(digit * base**k for k, digit in enumerate(reversed(digits)))


@pytest.mark.parametrize("reverse", [True, False])
@pytest.mark.parametrize("base", [2, 3, 10, 100])
def test_against_integers(base, reverse):
    task = Addition(base=base, reverse=reverse)
    lengths = jnp.repeat(jnp.arange(1, 9), 60)
    batch = jax.jit(lambda key: task.examples(key, lengths, 8))(jax.random.key(0))
    for x, y, n in zip(batch.x.tolist(), batch.y.tolist(), lengths.tolist(), strict=True):
        assert x[n] == base
        a, b = x[:n], x[n + 1 : 2 * n + 1]
        total = y[2 * n + 1 : 3 * n + 2]
        assert max(a + b + total) < base
        assert number(a, base) + number(b, base) == number(total[::-1] if reverse else total, base)
        assert x[2 * n + 1 : 3 * n + 3] == [base + 1] * (n + 2)
        assert y[3 * n + 2] == base
        assert {*x[3 * n + 3 :]} <= {base + 2}
        assert {*y[: 2 * n + 1], *y[3 * n + 3 :]} == {-1}


@pytest.mark.parametrize("reverse", [True, False])
def test_hints(reverse):
    """Each digit follows the hint of its worth: without hints it is a plain sum; the hints of a number fall by one to the first; all firsts come."""
    plain, task = (Addition(lengths=(1, 4), beyond=(5, 6), reverse=reverse, hints=hints) for hints in (None, 9))
    lengths, firsts = jnp.repeat(jnp.arange(1, 7), 80), set()
    batches = [jax.jit(one.examples, static_argnums=2)(jax.random.key(0), lengths, 6) for one in (plain, task)]
    rows = [part.tolist() for batch in batches for part in (batch.x, batch.y)]
    for x, y, hinted_x, hinted_y, n in zip(*rows, lengths.tolist(), strict=True):
        string, answer = hinted_x[: 4 * n + 1], hinted_y[4 * n + 1 : 6 * n + 4]
        first = string[2 * n - 2]
        falling = list(range(first + n - 1, first - 1, -1))
        assert string == [part for pair in zip(falling, x[:n], strict=True) for part in pair] + [10] + [
            part for pair in zip(falling, x[n + 1 : 2 * n + 1], strict=True) for part in pair
        ]
        rising = list(range(first, first + n + 1))
        digits = y[2 * n + 1 : 3 * n + 2]
        assert answer == [part for pair in zip(rising if reverse else rising[::-1], digits, strict=True) for part in pair] + [10]
        assert hinted_x[4 * n + 1 : 6 * n + 4] == [20] * (2 * n + 3)
        assert {*hinted_x[6 * n + 4 :]} <= {21}
        assert {*hinted_y[: 4 * n + 1], *hinted_y[6 * n + 4 :]} == {-1}
        firsts.add((n, first))
    assert firsts == {(n, first) for n in range(1, 7) for first in range(11, 20 - n)}


def test_long_chains_of_carries():
    """999…9 + 0…01: every place hands the carry on."""
    numbers = jnp.array([[9] * 12, [0] * 11 + [1]])
    assert Addition().total(numbers, jnp.array(12)).tolist() == [0] * 12 + [1, 10]
    assert Addition(reverse=False).total(numbers, jnp.array(12)).tolist() == [1] + [0] * 12 + [10]


def test_digits_are_uniform():
    x = np.asarray(Addition().examples(jax.random.key(0), jnp.full(5000, 2), 2).x)
    counts = np.stack([np.bincount(x[:, at], minlength=10) for at in (0, 1, 3, 4)])
    assert ((counts - 500) ** 2 / 500).sum() < 36 + 5 * np.sqrt(72)  # chi-square with 36 degrees of freedom


def test_coupled_places_of_the_paper():
    """653+049=2070, the sum reversed (Cho et al. 2024, figure 1), less the number that all are moved by: 6 5 3 at 6 7 8, + at 9, = at 9, 2 0 7 0 at 8 7 6 5."""
    place = Addition().coupled(jnp.arange(12), jnp.array(3))
    assert (place + 5).tolist() == [6, 7, 8, 9, 6, 7, 8, 9, 8, 7, 6, 5]
    assert Addition(reverse=False).coupled(jnp.arange(12), jnp.array(3)).tolist() == [1, 2, 3, 4, 1, 2, 3, 4, 0, 1, 2, 3]


def test_wrong_fields():
    with pytest.raises(Problem, match=r"Addition.base: expected a whole number of at least 2, got 1"):
        Addition(base=1)
    with pytest.raises(Problem, match=r"Addition.base: expected a whole number, got 2.5"):
        Addition(base=2.5)
    with pytest.raises(Problem, match=r"Addition.hints: expected None or a hint for each digit of the longest sum, at least 17, got 16"):
        Addition(hints=16)
    with pytest.raises(Problem, match="does not say which of its symbols belong together"):
        Addition(hints=17).coupled(jnp.arange(3), jnp.array(3))
    with pytest.raises(Problem, match=r"Addition.beyond: expected lengths above the longest training length 8"):
        Addition(beyond=(8, 9))
