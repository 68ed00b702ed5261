"""The measures of one network, each against the function or the formula that it is."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Examples, Reals, Snapshot, outputs
from unseen.measures.complexity import generalization_measures as tested
from unseen.measures.complexity.generalization_measures import FAMILIES, GeneralizationMeasures
from unseen.measures.complexity.norm_complexity import norm_complexities, weight_matrices
from unseen.measures.margin import margins
from unseen.methods.method import Method
from unseen.methods.objective.cross_entropy import CrossEntropy
from unseen.models.mlp import MLP
from unseen.tasks.measurements import Measurements


def test_all_of_them(monkeypatch):
    """Radii are those of functions tested by themselves; here they are known."""
    sigma, adaptive, worst = 3.0, 5.0, 2.0
    monkeypatch.setattr(tested, "noise_radius", lambda network, train, key, adaptive=False: jnp.array(1 / 5.0 if adaptive else 1 / 3.0))
    monkeypatch.setattr(tested, "worst_radius", lambda network, objective, train: jnp.array(1 / 2.0))
    network, initial = (MLP(hidden=(6,)).build(Reals((4,)), Classes(3), jax.random.key(seed)) for seed in (0, 1))
    x = jax.random.normal(jax.random.key(2), (40, 4))
    train = Examples(x, jnp.argmax(outputs(network, x), axis=1))
    cell = type("Cell", (), {"task": Measurements(), "method": Method()})
    snapshot = Snapshot(network, initial, {"train": train}, cell, None, jnp.array(7), jax.random.key(3))
    found = {name: float(value) for name, value in jax.jit(lambda: GeneralizationMeasures()(snapshot))().items()}
    assert sorted(found) == sorted(name for family in FAMILIES.values() for name in family)
    margin = np.sort(margins(outputs(network, x), train.y))[3]
    norms = norm_complexities(network, initial, jnp.array(margin), x[0])
    assert {name: found[name] for name in norms} == pytest.approx({name: float(value) for name, value in norms.items()}, rel=1e-5)
    gradients = jax.vmap(jax.grad(lambda w, x, y: CrossEntropy().each((jax.nn.relu(x @ w[0]) @ w[1])[None], y[None])[0]), (None, 0, 0))
    flat = np.concatenate([np.asarray(g, float).reshape(40, -1) for g in gradients(weight_matrices(network), x, train.y)], axis=1)
    assert found["gradient variance"] == pytest.approx(np.trace(np.cov(flat.T)), rel=1e-4)
    assert found["training steps"] == 7
    assert found["cross-entropy"] == pytest.approx(float(CrossEntropy().each(outputs(network, x), train.y).mean()), rel=1e-5)
    assert [found["1/σ"], found["1/σ'"], found["1/α'"]] == pytest.approx([sigma, adaptive, worst], rel=1e-4)
    for name, norm in {"start": found["distance"], "0": found["Frobenius"]}.items():
        expected = np.sqrt((norm * sigma**2 / 4 + np.log(40 * sigma) + 10) / 40)
        assert found[f"PAC-Bayes, {name}"] == pytest.approx(expected, rel=1e-4)
        moved = np.concatenate([np.ravel(w - v) for w, v in zip(weight_matrices(network), weight_matrices(initial), strict=True)])
        ratio = (1e-6 + (1 + adaptive**-2) * norm / 42) / (1e-6 + moved**2 * adaptive**-2)
        assert found[f"PAC-Bayes', {name}"] == pytest.approx(np.sqrt((np.log(ratio).sum() / 4 + np.log(40 * adaptive) + 10) / 40), rel=1e-3)
