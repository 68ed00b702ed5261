"""What is read from weights, gradients and curvature, against closed forms of softmax regression, finite differences and automatic Hessians."""

import copy
import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import log_softmax, softmax

import unseen
from unseen._problem import Problem
from unseen.audits.last_layer import last_layer
from unseen.audits.of_jax import JaxBox, network_of

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 5)), RNG.integers(0, 3, 40)
W, B = RNG.normal(size=(3, 5)), RNG.normal(size=3)


def jax_box(link="logits"):
    def apply(params, x):
        logits = x @ params["w"].T + params["b"]
        return jax.nn.softmax(logits) if link == "probabilities" else logits

    return JaxBox(network_of((apply, {"b": B.astype("float32"), "w": W.astype("float32")})), link)


def torch_box(link="logits"):
    torch = pytest.importorskip("torch")
    from unseen.audits.of_torch import TorchBox

    linear = torch.nn.Linear(5, 3).double()
    with torch.no_grad():
        linear.weight.copy_(torch.as_tensor(W))
        linear.bias.copy_(torch.as_tensor(B))
    module = torch.nn.Sequential(linear, torch.nn.Softmax(dim=1)) if link == "probabilities" else torch.nn.Sequential(torch.nn.Dropout(0.5), linear)
    return TorchBox(module.eval(), link)


@pytest.fixture(params=["jax", "torch", "jax, probabilities", "torch, probabilities"])
def box(request):
    kind, _, link = request.param.partition(", ")
    return (jax_box if kind == "jax" else torch_box)(link or "logits")


def ordered(box, bias, weight):
    """A vector in the box's order of parameters."""
    return np.concatenate([(bias if value.ndim == 1 else weight).reshape(-1) for value in box.weights().values()])


def test_softmax_regression(box):
    logits = X @ W.T + B
    p = softmax(logits, axis=1)
    np.testing.assert_allclose(box.outcome(X), log_softmax(logits, axis=1), atol=1e-5)
    error = p - np.eye(3)[Y]
    squares, mean = box.gradient_squares(X, Y)
    np.testing.assert_allclose(squares, np.square(error).sum(axis=1) * (np.square(X).sum(axis=1) + 1), rtol=1e-4)
    assert mean == pytest.approx(np.square(error.T @ X / 40).sum() + np.square(error.mean(axis=0)).sum(), rel=1e-4)
    v = RNG.normal(size=(3, 6))  # the last column is that of the biases
    inputs = np.column_stack([X, np.ones(40)])
    along = inputs @ v.T
    image = ((p * along - p * (p * along).sum(axis=1, keepdims=True)).T @ inputs) / 40
    np.testing.assert_allclose(box.hessian(X, Y)(ordered(box, v[:, -1], v[:, :-1])), ordered(box, image[:, -1], image[:, :-1]), atol=1e-5)
    best = np.argsort(-logits, axis=1)
    lead = logits[np.arange(40), best[:, 0]] - logits[np.arange(40), best[:, 1]]
    np.testing.assert_allclose(box.boundary(X), lead / np.linalg.norm(W[best[:, 0]] - W[best[:, 1]], axis=1), rtol=1e-3)
    np.testing.assert_allclose(box.outcome(X, ordered(box, -B, -W)), -np.log(3), rtol=1e-5)
    np.testing.assert_allclose(box.scores(X), logits if box.link == "logits" else p, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(box.losses(X, Y), -log_softmax(logits, axis=1)[np.arange(40), Y], atol=1e-5)
    slope = np.column_stack([error.T @ X, error.sum(axis=0)]) / 40
    np.testing.assert_allclose(box.slope(X, Y), ordered(box, slope[:, -1], slope[:, :-1]), atol=1e-5)
    np.testing.assert_allclose(box.slopes(X, Y, ordered(box, v[:, -1], v[:, :-1])), (error * along).sum(axis=1), rtol=1e-3, atol=1e-4)
    uniform = (np.full((40, 3), 1 / 3) - np.eye(3)[Y]).T @ X / 40  # all weights taken away
    np.testing.assert_allclose(box.slope(X, Y, ordered(box, -B, -W))[ordered(box, 0 * B, 1 + 0 * W) == 1], uniform.reshape(-1), atol=1e-5)


def test_features_are_what_the_last_linear_layer_reads():
    torch = pytest.importorskip("torch")
    from unseen.audits.of_torch import TorchBox

    body = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh())
    module = torch.nn.Sequential(body, torch.nn.Linear(4, 3)).eval()
    box = TorchBox(module, "logits")
    np.testing.assert_allclose(box.features(X), body(torch.as_tensor(X, dtype=torch.float32)).detach().numpy(), rtol=1e-6)
    assert not any(layer._forward_hooks for layer in module.modules())
    np.testing.assert_array_equal(box.readout(X), module[1].weight.detach().numpy())
    ended = TorchBox(torch.nn.Sequential(module, torch.nn.Softmax(dim=1)).eval(), "probabilities")
    assert ended.features(X) is None and ended.readout(X) is None
    assert [layer.name for layer in box.layers()] == ["0.0", "1"]
    normed = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(2 * 16, 3)).eval()
    (conv, _) = TorchBox(normed, "logits").layers()
    assert conv.kernel.shape == (2, 1, 3, 3)
    dense = torch.stack([normed[0](one[None, None]) - normed[0](torch.zeros(1, 1, 6, 6)) for one in torch.eye(36).reshape(36, 6, 6)]).reshape(36, -1)
    norm = float(torch.linalg.matrix_norm(dense.detach(), 2))
    assert norm <= conv.stretch < 1.5 * norm
    scaled = torch.nn.BatchNorm1d(3)
    with torch.no_grad():
        scaled.weight.copy_(torch.tensor([1.0, -2.0, 0.5]))
        scaled.running_var.copy_(torch.tensor([4.0, 0.25, 1.0]))
    assert TorchBox(torch.nn.Sequential(normed, scaled).eval(), "logits").layers()[-1].stretch == pytest.approx(4, rel=1e-4)
    twice = torch.nn.Linear(3, 3)
    assert [layer.name for layer in TorchBox(torch.nn.Sequential(twice, torch.nn.ReLU(), twice).eval(), "logits").layers()] == ["0", "2"]
    for part in (torch.nn.LayerNorm(3), torch.nn.Conv1d(2, 2, 1, groups=2), torch.nn.Conv1d(2, 2, 3, padding_mode="reflect", padding=1)):
        assert TorchBox(torch.nn.Sequential(part).eval(), "logits").layers().startswith(f"0 ({type(part).__name__}) is no linear layer")


def test_features_of_jax_are_what_the_last_product_reads():
    np.testing.assert_allclose(jax_box().features(X), X, rtol=1e-6)
    assert jax_box("probabilities").features(X) is None  # a softmax follows
    mlp = eqx.nn.MLP(5, 3, 4, 1, key=jax.random.key(0))
    hidden = np.maximum(X @ np.asarray(mlp.layers[0].weight).T + np.asarray(mlp.layers[0].bias), 0)
    np.testing.assert_allclose(JaxBox(network_of(mlp), "logits").features(X), hidden, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(JaxBox(network_of(mlp), "logits").readout(X), mlp.layers[1].weight)
    dropped = eqx.nn.Sequential([eqx.nn.Dropout(0.5), mlp])
    assert [layer.matrix.shape for layer in JaxBox(network_of(dropped), "logits").layers()] == [(4, 5), (3, 4)]
    assert jax_box().layers().startswith(".params['b'] is no linear layer")
    conv = eqx.nn.Conv1d(2, 2, 3, padding=1, key=jax.random.key(0))
    grouped, mirrored = (eqx.nn.Conv1d(2, 2, 3, padding=1, key=jax.random.key(0), **other) for other in ({"groups": 2}, {"padding_mode": "reflect"}))
    assert [layer.kernel.shape for layer in JaxBox(network_of(eqx.nn.Sequential([conv])), "logits").layers()] == [(2, 2, 3)]
    assert all(".layers[0] is no linear layer" in JaxBox(network_of(eqx.nn.Sequential([one])), "logits").layers() for one in (grouped, mirrored))
    normed = eqx.nn.Sequential([mlp, eqx.nn.LayerNorm(3)])
    assert "layer normalisation says nothing" in JaxBox(network_of(normed), "logits").layers()
    assert JaxBox(network_of(normed), "logits").features(X) is None

    @jax.jit
    def apply(params, x):
        hidden = jax.nn.relu(jax.nn.gelu(x @ params["v"]))
        return jnp.einsum("bi,oi->bo", hidden, params["w"]) + params["b"]

    params = {"v": RNG.normal(size=(5, 6)).astype("float32"), "w": RNG.normal(size=(3, 6)).astype("float32"), "b": np.ones(3, "float32")}
    wanted = np.maximum(np.asarray(jax.nn.gelu(X @ params["v"])), 0)
    np.testing.assert_allclose(JaxBox(network_of((apply, params)), "logits").features(X), wanted, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(JaxBox(network_of((apply, params)), "logits").readout(X), params["w"])
    both = last_layer(lambda x: jax.lax.dot_general(x, jnp.arange(24.0).reshape(3, 2, 4), (((1, 0), (0, 1)), ((), ()))))  # over two axes, crosswise
    image = jnp.asarray(X[0, :2, None] * np.array([1.0, 2.0, 3.0]), "float32")
    read, matrix = both(image)
    np.testing.assert_allclose(matrix @ read, np.einsum("ab,bak->k", image, np.arange(24.0).reshape(3, 2, 4)), rtol=1e-4, atol=1e-5)
    everywhere = (lambda p, x: (x[:, :, None] * p["v"]) @ p["w"], {"v": np.ones(2, "float32"), "w": np.ones((2, 1), "float32")})
    assert JaxBox(network_of(everywhere), "logits").features(X) is None  # one layer at each of five places


class Tied:
    """Made where PyTorch is: a language model of one word whose readout is its embedding, normalised over batches."""

    @staticmethod
    def make(torch):
        class Module(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.embedding = torch.nn.Embedding(3, 4)
                self.norm = torch.nn.BatchNorm1d(4)
                self.drop = torch.nn.Dropout(0.5)
                self.readout = torch.nn.Linear(4, 3, bias=False)
                self.readout.weight = self.embedding.weight

            def forward(self, x):
                return self.readout(self.drop(self.norm(torch.tanh(self.embedding(x)))))

        torch.manual_seed(0)
        return Module()


def test_torch_ties_norms_dropout_and_whole_numbers():
    torch = pytest.importorskip("torch")
    from unseen.audits.of_torch import TorchBox

    module = Tied.make(torch)
    x, y = RNG.integers(0, 3, 30), RNG.integers(0, 3, 30)
    module(torch.as_tensor(x))  # the norm's statistics move
    module.eval()
    before = copy.deepcopy(module.state_dict())
    box = TorchBox(module, "logits")
    assert box.size == 3 * 4 + 2 * 4  # the shared matrix counts once
    np.testing.assert_allclose(box.outcome(x), module(torch.as_tensor(x)).log_softmax(1).detach().numpy(), atol=1e-6)
    product, step = box.hessian(x, y), 1e-2
    direction = RNG.normal(size=box.size)
    losses = [-box.outcome(x, (sign * step * direction).astype("float32"))[np.arange(30), y].astype(float).mean() for sign in (-1, 0, 1)]
    assert direction @ product(direction) == pytest.approx((losses[0] - 2 * losses[1] + losses[2]) / step**2, rel=0.03)
    assert box.boundary(x) is None
    for name, value in module.state_dict().items():
        assert torch.equal(before[name], value), name
    assert all(parameter.grad is None for parameter in module.parameters())


def test_torch_wrappers_scripts_and_sparse_embeddings():
    torch = pytest.importorskip("torch")
    from unseen.audits.of_torch import TorchBox

    linear = torch.nn.Linear(5, 3).eval()
    np.testing.assert_array_equal(TorchBox(torch.nn.DataParallel(linear).eval(), "logits").scores(X), TorchBox(linear, "logits").scores(X))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.trace(linear, torch.zeros(2, 5))
    with pytest.raises(Problem, match=r"TorchScript is no function of its parameters here\. Give the module that was scripted"):
        TorchBox(scripted, "logits")
    sparse, dense = (torch.nn.Sequential(torch.nn.Embedding(5, 3, sparse=kind), torch.nn.Flatten(), torch.nn.Linear(6, 3)).eval() for kind in (True, False))
    dense.load_state_dict(sparse.state_dict())
    x, boxes = RNG.integers(0, 5, (40, 2)), [TorchBox(module, "logits") for module in (sparse, dense)]
    for ask in (lambda box: box.slope(x, Y), lambda box: box.gradient_squares(x, Y)[0], lambda box: box.hessian(x, Y)(np.ones(box.size, "float32"))):
        np.testing.assert_allclose(*map(ask, boxes), rtol=1e-5, atol=1e-7)
    assert sparse[0].sparse and boxes[0].module[0].weight is sparse[0].weight


def test_torch_half_precision_is_measured_in_single():
    torch = pytest.importorskip("torch")
    from unseen.audits.of_torch import TorchBox

    module = torch.nn.Linear(5, 3).bfloat16().eval()
    weight = module.weight.detach().float().numpy()
    box = TorchBox(module, "logits")
    assert module.weight.dtype == torch.bfloat16
    squares, _ = box.gradient_squares(X, Y)
    rounded = torch.as_tensor(X).bfloat16().float().numpy()
    p = softmax(rounded @ weight.T + module.bias.detach().float().numpy(), axis=1)
    np.testing.assert_allclose(squares, np.square(p - np.eye(3)[Y]).sum(axis=1) * (np.square(rounded).sum(axis=1) + 1), rtol=1e-4)


@pytest.mark.parametrize("half", [jnp.bfloat16, jnp.float16])
def test_jax_half_precision_is_measured_in_single(half):
    conv = eqx.nn.Sequential([eqx.nn.Conv1d(1, 3, 5, key=jax.random.key(0)), eqx.nn.Lambda(lambda x: x[:, 0])])
    network = jax.tree.map(lambda leaf: leaf.astype(half) if eqx.is_array(leaf) else leaf, conv)
    x = jnp.asarray(X[:, None], half)
    box = JaxBox(network_of(network), "logits")
    assert network.layers[0].weight.dtype == half
    assert {value.dtype for value in box.weights().values()} == {np.dtype("float32")}
    w, b = (np.asarray(value, "float32") for value in (network.layers[0].weight[:, 0], network.layers[0].bias[:, 0]))
    rounded = np.asarray(x, "float32")[:, 0]
    p = softmax(rounded @ w.T + b, axis=1)
    squares, _ = box.gradient_squares(x, Y)
    np.testing.assert_allclose(squares, np.square(p - np.eye(3)[Y]).sum(axis=1) * (np.square(rounded).sum(axis=1) + 1), rtol=1e-3)
    assert box.hessian(x, Y)(np.ones(box.size)).dtype == np.float32


def test_equinox_modules_run_in_evaluation_mode_and_without_a_key():
    network = eqx.nn.Sequential([eqx.nn.Dropout(0.5), eqx.nn.Linear(5, 3, key=jax.random.key(0))])
    found = unseen.audit(network, test=(X, Y), train=(X, Y))
    again = unseen.audit(network, test=(X, Y))
    np.testing.assert_array_equal(found.subject.test.scores, again.subject.test.scores)
    assert {"parity", "weights", "sharpness", "curvature", "gradients", "boundary"} <= set(found.readings), found.skipped
    mlp = eqx.nn.MLP(5, 3, 4, 1, key=jax.random.key(0))
    np.testing.assert_allclose(unseen.audit(mlp, test=(X, Y)).subject.test.scores, softmax(np.asarray(jax.vmap(mlp)(jnp.asarray(X))), axis=1), rtol=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ((lambda p, x: x, {"w": "text"}), r"expected a pair \(apply, params\)"),
        ((3, {"w": np.ones(2)}), r"expected a pair \(apply, params\)"),
    ],
)
def test_pairs_that_are_none(model, message):
    with pytest.raises(Problem, match=message):
        unseen.audit(model, test=(X, Y))


def test_weights_that_cannot_be_looked_at_leave_the_rest():
    torch = pytest.importorskip("torch")
    module = torch.nn.Linear(5, 3).eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)
    found = unseen.audit(module, test=(X, Y))
    assert "accuracy" in found.readings
    assert "expected parameters that require gradients, got none" in found.skipped["curvature"]


def test_worst_and_average_changes_are_those_of_the_measures():
    from unseen._types import Examples
    from unseen.audits.checks.changed_weights import climbed
    from unseen.measures.sharpness import worst_sharpness
    from unseen.methods.objective.cross_entropy import CrossEntropy

    mlp = eqx.nn.MLP(5, 3, 4, 1, key=jax.random.key(0))
    box, x = JaxBox(network_of(mlp), "logits"), X.astype("float32")
    theirs = worst_sharpness(box.inner, CrossEntropy(), Examples(jnp.asarray(x), jnp.asarray(Y)), radius=0.3, adaptive=True, steps=10)
    scale = np.concatenate([np.abs(value).reshape(-1) for value in box.weights().values()]).astype(float)
    place = climbed(lambda u: float(box.losses(x, Y, scale * u).mean()), lambda u: scale * box.slope(x, Y, scale * u), box.size, 0.3, 10)
    assert np.linalg.norm(place) <= 0.3 + 1e-9
    assert box.losses(x, Y, scale * place).mean() - theirs.loss == pytest.approx(theirs.value, rel=0.02)


def test_parity_of_logits_is_printed():
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    module = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3)).eval()
    for model, most in ((module, 1e-5), (copy.deepcopy(module).bfloat16(), 0.05), (eqx.nn.MLP(5, 3, 4, 1, key=jax.random.key(0)), 1e-5)):
        found = unseen.audit(model, test=(X.astype("float32"), Y))
        (one,) = found.readings["parity"]
        assert one.value <= most
        assert "parity: largest difference of logits" in str(found)
