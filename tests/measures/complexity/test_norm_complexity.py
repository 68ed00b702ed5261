"""Norm complexities against NumPy and against a loop over all paths."""

from itertools import product
from math import log, prod

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Problem, Reals
from unseen.measures.complexity.norm_complexity import norm_complexities, squared_path_norm, weight_matrices
from unseen.models.mlp import MLP

MODEL = MLP(hidden=(5, 4))
MARGIN = 0.7


def network(seed):
    return MODEL.build(Reals((3,)), Classes(2), jax.random.key(seed))


def arrays(net):
    return [np.asarray(weight, float) for weight in weight_matrices(net)]


def scaled(net, factors):
    return eqx.tree_at(lambda n: (n.first, *n.hidden, n.readout), net, tuple(f * w for f, w in zip(factors, weight_matrices(net), strict=True)))


def test_every_formula():
    net, start = network(0), network(1)
    found = {name: float(value) for name, value in norm_complexities(net, start, jnp.array(MARGIN), jnp.zeros(3)).items()}
    weights, moved = arrays(net), [w - v for w, v in zip(arrays(net), arrays(start), strict=True)]
    frobenius, top = [np.sum(w**2) for w in weights], [np.linalg.svd(w, compute_uv=False)[0] ** 2 for w in weights]
    far, tight = [np.sum(w**2) for w in moved], log(1 / MARGIN**2)
    path = sum(prod(w[i, j] ** 2 for w, i, j in zip(weights, walk, walk[1:], strict=False)) for walk in product(range(3), range(5), range(4), range(2)))
    expected = {
        "parameters": 15 + 20 + 8,
        "1/margin": tight,
        "Frobenius": sum(frobenius),
        "distance": sum(far),
        "spectral distance": sum(np.linalg.norm(w, 2) ** 2 for w in moved),
        "stable rank": sum(f / s for f, s in zip(frobenius, top, strict=True)),
        "path": log(path),
        "path/margin": log(path / MARGIN**2),
        "spectral bound": log(prod(top) / MARGIN**2 * sum(d / s for d, s in zip(far, top, strict=True))),
        "spectral product": log(prod(top)),
        "spectral product/margin": log(prod(top) / MARGIN**2),
        "spectral sum/margin": log(3 * (prod(top) / MARGIN**2) ** (1 / 3)),
        "Frobenius product": log(prod(frobenius)),
        "Frobenius product/margin": log(prod(frobenius) / MARGIN**2),
        "Frobenius sum/margin": log(3 * (prod(frobenius) / MARGIN**2) ** (1 / 3)),
    }
    assert found == pytest.approx(expected, rel=1e-5)


def test_what_scaling_layers_changes():
    """Layers multiplied by 2, 1/2 and 1 leave the network as it is, and so the products over layers and the paths, but no sums."""
    net, start = network(0), network(1)
    one, other = (norm_complexities(n, start, jnp.array(MARGIN), jnp.zeros(3)) for n in (net, scaled(net, (2.0, 0.5, 1.0))))
    same = {name for name in one if np.allclose(one[name], other[name], rtol=1e-5)}
    assert same == {name for name in one if not {"Frobenius", "distance", "spectral distance", "spectral bound"} & {name}}
    assert float(squared_path_norm(scaled(net, (2.0, 2.0, 2.0)), jnp.zeros(3))) == pytest.approx(4**3 * float(squared_path_norm(net, jnp.zeros(3))), rel=1e-5)


def test_refused():
    with pytest.raises(Problem, match="expected trainable matrices, got none in list"):
        weight_matrices([jnp.zeros(3)])
    found = norm_complexities(network(0), network(1), jnp.array(-1.0), jnp.zeros(3))
    assert {name for name, value in found.items() if np.isnan(value)} == {name for name in found if "margin" in name or name == "spectral bound"}
