"""Encodings against Python's own rounding in scientific notation."""

import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.arithmetic.float_tokens import ENCODINGS, FloatTokens

NUMBERS = np.concatenate([np.random.default_rng(0).uniform(-999, 999, 200), 10 ** np.random.default_rng(1).uniform(-1.9, 2.9, 200), [0.0, 9.996, -99.96, 1.0]])


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("digits", [1, 2, 3])
def test_what_is_read_is_what_python_would_write(encoding, digits):
    coder = FloatTokens(encoding, digits)
    tokens = coder.encode(jnp.array(NUMBERS, jnp.float32))
    assert tokens.shape == (len(NUMBERS), coder.width)
    assert tokens.min() >= 0 and tokens.max() < coder.vocabulary
    wanted = [float(f"{np.float32(x):.{digits - 1}e}") for x in NUMBERS]
    np.testing.assert_allclose(np.where(np.abs(wanted) >= 1000, np.sign(wanted) * (1000 - 10.0 ** (3 - digits)), wanted), coder.decode(tokens), rtol=1e-5)


def test_symbols_by_hand():
    x = jnp.array([-3.14, 27.0])
    assert FloatTokens("P10", 3).encode(x).tolist() == [[1, 5, 3, 6, 14], [0, 4, 9, 2, 15]]
    assert FloatTokens("P1000", 3).encode(x).tolist() == [[1, 2 + 314, 1002 + 2], [0, 2 + 270, 1002 + 3]]
    assert FloatTokens("B1999", 3).encode(x).tolist() == [[999 - 314, 1999 + 2], [999 + 270, 1999 + 3]]
    assert FloatTokens("FP15", 3).encode(x).tolist() == [[2 * 1999 + 999 - 314], [3 * 1999 + 999 + 270]]


def test_small_and_large_numbers():
    coder = FloatTokens("B1999", digits=2, lowest=-1, highest=2)
    assert np.allclose(coder.decode(coder.encode(jnp.array([0.0004, -0.014, 0.096, 1e5, -1e5]))), [0.0, -0.01, 0.1, 99.0, -99.0])


def test_symbols_out_of_place_are_no_number():
    assert np.isnan(FloatTokens("P10", 2).decode(jnp.array([[3, 3, 3, 13], [0, 3, 3, 3], [0, 12, 3, 13]]))).all()


def test_wrong_fields():
    with pytest.raises(Problem, match=r"FloatTokens.encoding: expected one of 'P10'"):
        FloatTokens("P100")
    with pytest.raises(Problem, match=r"FloatTokens.highest: expected a power of ten above lowest=2, got 2"):
        FloatTokens(lowest=2, highest=2)
