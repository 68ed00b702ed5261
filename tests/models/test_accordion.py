import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem, Reals, Tokens, Values
from unseen.models.accordion import Accordion


@pytest.mark.parametrize("blocks", [1, 3])
def test_a_composition_by_hand(blocks):
    network = Accordion(blocks=blocks, width=7, bottleneck=2).build(Reals((4,)), Values((3,)), jax.random.key(0))
    x = np.random.default_rng(0).normal(size=4).astype(np.float32)
    wanted = x.astype(float)
    for inward, shift, outward in network.blocks:
        wanted = np.maximum(wanted @ np.asarray(inward) + np.asarray(shift), 0) @ np.asarray(outward)
    np.testing.assert_allclose(network(jnp.asarray(x)), wanted, rtol=1e-4, atol=1e-6)


def test_the_bottleneck_is_linear_and_as_narrow_as_asked():
    """With one number between the blocks the network is a function of that number alone."""
    network = Accordion(blocks=2, width=50, bottleneck=1).build(Reals((4,)), Values((3,)), jax.random.key(0))
    (inward, shift, outward), second = network.blocks
    assert (inward.shape, shift.shape, outward.shape, second[0].shape) == ((4, 50), (50,), (50, 1), (1, 50))


def test_tokens_are_one_hot():
    network = Accordion(width=5).build(Tokens(2, 3), Values((1,)), jax.random.key(0))
    one_hot = np.eye(3, dtype=np.float32)[[2, 0]].reshape(-1)
    np.testing.assert_allclose(network(jnp.array([2, 0])), network(jnp.asarray(one_hot)), rtol=1e-5)


@pytest.mark.parametrize("wrong", [{"blocks": 0}, {"width": 0}, {"bottleneck": 0}])
def test_mistakes_are_named(wrong):
    with pytest.raises(Problem, match=next(iter(wrong))):
        Accordion(**wrong)
