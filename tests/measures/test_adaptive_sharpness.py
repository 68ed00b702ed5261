"""Quadratic losses, whose sharpness is known, corners by brute force, and the measures for a network at hand."""

from types import SimpleNamespace

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Examples, Problem, Reals, Snapshot, Values
from unseen.measures.adaptive_sharpness import AdaptiveSharpness, NormalisedLogits
from unseen.measures.sharpness import worst_sharpness
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.methods.objective.squared_error import SquaredError
from unseen.models.mlp import MLP

A = np.random.default_rng(100).normal(size=(12, 4))
W = np.array([1.0, -0.5, 2.0, 0.1])


class Linear(eqx.Module):
    weight: jax.Array

    def __call__(self, x, *, key=None):
        return jnp.sum(x * self.weight, keepdims=True)


def measured(networks, x, y, outputs=None, **fields):
    """The probe's value for each network within one compiled program, as the engine calls it."""
    cell = SimpleNamespace(task=SimpleNamespace(outputs=outputs or Values((1,))), method=None)
    probe = AdaptiveSharpness(**fields)
    run = eqx.filter_jit(lambda net: probe(Snapshot(net, net, {"train": Examples(x, y)}, cell, None, jnp.array(0), jax.random.key(100))))
    return [float(run(network)["sharpness"]) for network in networks]


def quadratic(offset=0.0, **fields):
    """L = (1/n) ‖A(w − W) + offset‖² at w = W: without an offset a minimum with Hessian (2/n) AᵀA."""
    return measured([Linear(jnp.array(W))], jnp.array(A), jnp.array(A @ W + offset)[:, None], **fields)[0]


@pytest.mark.parametrize("adaptive", [False, True])
def test_a_quadratic(adaptive):
    c = np.diag(np.abs(W) if adaptive else np.ones(4))
    H = c @ A.T @ A @ c / 12
    shared = {"radius": 0.3, "adaptive": adaptive}
    assert quadratic(norm="l2", steps=60, **shared) == pytest.approx(0.3**2 * np.linalg.eigvalsh(H)[-1], rel=1e-3)
    corners = 0.3 * np.array(np.meshgrid(*[[-1, 1]] * 4)).reshape(4, -1).T @ c
    exact = np.max(np.mean((A @ corners.T - 1.0) ** 2, axis=0)) - 1
    assert 0.9 * exact <= quadratic(1.0, norm="linf", steps=60, **shared) <= exact * (1 + 1e-5)
    for norm, variance in (("l2", 1.0), ("linf", 1 / 3)):  # the gradient of the offset is odd, and drops out of pairs
        found = quadratic(2.0, case="average", norm=norm, steps=4000, **shared)
        assert found == pytest.approx(0.3**2 * variance * np.trace(H), rel=0.1)


def test_groups_and_rest():
    """Three groups of three, the last three examples left out, against the measure for a network at hand."""
    network = Linear(jnp.array(W))
    examples = Examples(jnp.array(A), jnp.array(A @ W + 1.0)[:, None])
    exact = worst_sharpness(network, SquaredError(), examples.take(jnp.arange(9)), radius=0.3, norm="linf", adaptive=True, group=3).value
    assert quadratic(1.0, radius=0.3, examples=11, group=3) == pytest.approx(exact, rel=1e-3)
    assert quadratic(1.0, radius=0.3, group=500) < exact


def test_logits_of_one_length():
    z = np.random.default_rng(101).normal(size=(5, 3)) * 7
    centred = z - z.mean(axis=1, keepdims=True)
    normalised = NormalisedLogits(lambda x, *, key: x)
    np.testing.assert_allclose(jax.vmap(normalised)(jnp.array(z)), centred / np.linalg.norm(centred, axis=1, keepdims=True), rtol=1e-5)
    same = jnp.full(3, 2.0)
    assert not np.asarray(normalised(same)).any() and np.isfinite(jax.jacobian(normalised)(same)).all()


def test_a_rescaled_readout():
    """The readout times 5: adaptive sharpness of normalised logits stays, all others do not; times 1/2 in one layer and 2 in the next: adaptive stays."""
    network = MLP(hidden=(6,)).build(Reals((4,)), Classes(3), jax.random.key(100))
    x, y = jnp.array(A), jnp.arange(12) % 3
    louder = eqx.tree_at(lambda net: net.readout, network, 5 * network.readout)
    moved = eqx.tree_at(lambda net: (net.first, net.readout), network, (network.first / 2, 2 * network.readout))

    def of(*networks, **fields):
        found = measured([network, *networks], x, y, Classes(3), steps=5, **fields)
        return [value / found[0] for value in found[1:]], found[0]

    (changed,), found = of(louder)
    assert changed == pytest.approx(1, rel=1e-3)
    exact = worst_sharpness(NormalisedLogits(network), CrossEntropy(), Examples(x, y), radius=0.01, norm="linf", adaptive=True, steps=5).value
    assert found == pytest.approx(exact, rel=1e-2)
    assert abs(of(louder, adaptive=False)[0][0] - 1) > 0.1
    (changed, same), _ = of(louder, moved, normalised=False)
    assert abs(changed - 1) > 0.1 and same == pytest.approx(1, rel=1e-3)
    assert abs(of(moved, normalised=False, adaptive=False)[0][0] - 1) > 0.1


def test_bad_input():
    for field, value in {"case": "best", "norm": "l1", "radius": 0.0, "group": 0, "steps": 0, "examples": 0}.items():
        with pytest.raises(Problem, match=field):
            AdaptiveSharpness(**{field: value})
