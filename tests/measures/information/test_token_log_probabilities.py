"""Against probabilities written down by hand."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Examples, Problem, Snapshot, Stream
from unseen.measures.information.token_log_probabilities import TokenLogProbabilities

TABLE = jnp.array([[0.1, 0.9], [0.6, 0.4]])


class Given(eqx.Module):
    """The probabilities of a table at every place, by the symbol that stands there."""

    def __call__(self, x, *, key=None):
        return jnp.log(TABLE[x])


def snapshot(**splits):
    return Snapshot(Given(), Given(), splits, None, None, jnp.array(0), jax.random.key(0))


def test_reads_the_probability_of_each_label_and_nothing_where_none_is_asked():
    examples = Examples(jnp.array([[0, 1], [1, 0]]), jnp.array([[1, 0], [-1, 0]]), {"weight": jnp.array([1.0, 2.0]), "other": jnp.zeros(2)})
    found = TokenLogProbabilities(facts=("weight",), chunk=1)(snapshot(test=examples))
    np.testing.assert_allclose(np.exp(found["log_p"]), [[0.9, 0.6], [np.nan, 0.1]], rtol=1e-6)
    assert set(found) == {"log_p", "weight"}
    np.testing.assert_array_equal(found["weight"], [1.0, 2.0])


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="finite split"):
        TokenLogProbabilities()(snapshot(test=Stream()))
