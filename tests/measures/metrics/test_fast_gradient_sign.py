"""On linear networks, where the gradient is known and no step of that size does more; against PyTorch; and as a probe."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Examples, Snapshot
from unseen.measures.metrics.fast_gradient_sign import FastGradientSign, fast_gradient_sign

W = np.random.default_rng(0).normal(size=(4, 2)).astype(np.float32)


def linear(x, key=None):
    return x.reshape(-1) @ W


def examples(n=20):
    rng = np.random.default_rng(1)
    return jnp.asarray(rng.normal(size=(n, 4)), jnp.float32), jnp.asarray(rng.integers(2, size=n))


def test_of_two_classes_and_a_linear_network_it_is_the_worst_step():
    x, y = examples()
    toward = np.where(np.asarray(y)[:, None] == 0, 1.0, -1.0) * np.sign(W[:, 1] - W[:, 0])
    moved = fast_gradient_sign(linear, x, y, 0.1)
    np.testing.assert_allclose(moved, x + 0.1 * toward, atol=1e-6)

    def margin(at):
        out = np.asarray(at) @ W
        return out[np.arange(len(y)), y] - out[np.arange(len(y)), 1 - np.asarray(y)]

    every = [margin(x + 0.1 * jnp.array(corner)) for corner in itertools.product([-1.0, 1.0], repeat=4)]
    np.testing.assert_allclose(margin(moved), np.min(every, axis=0), atol=1e-5)


def test_is_what_pytorch_gives_and_is_clipped():
    x, y = examples()
    first, second = np.random.default_rng(2).normal(size=(2, 4, 4))
    torch = pytest.importorskip("torch")
    at = torch.tensor(np.asarray(x), dtype=torch.float64, requires_grad=True)
    torch.nn.functional.cross_entropy(torch.tanh(at @ torch.tensor(first)) @ torch.tensor(second), torch.tensor(np.asarray(y), dtype=torch.int64)).backward()
    wanted = np.clip(np.asarray(x) + 0.3 * np.sign(at.grad.numpy()), -0.5, 0.5)
    found = fast_gradient_sign(lambda x, key=None: jnp.tanh(x @ first) @ second, x, y, 0.3, -0.5, 0.5)
    np.testing.assert_allclose(found, wanted, atol=1e-6)


def test_the_probe_scores_the_moved_split():
    x, y = examples()
    x = x.reshape(-1, 2, 2)
    snapshot = Snapshot(linear, None, {"test": Examples(x, y)}, None, None, jnp.array(0), jax.random.key(0))
    out = np.asarray(fast_gradient_sign(linear, x, y, 0.2)).reshape(-1, 4) @ W
    found = FastGradientSign(0.2)(snapshot)
    torch = pytest.importorskip("torch")
    loss = torch.nn.functional.cross_entropy(torch.tensor(out), torch.tensor(np.asarray(y), dtype=torch.int64))
    assert float(found["test_attacked_loss"]) == pytest.approx(float(loss), rel=1e-5)
    assert float(found["test_attacked_accuracy"]) == pytest.approx((out.argmax(1) == np.asarray(y)).mean())
