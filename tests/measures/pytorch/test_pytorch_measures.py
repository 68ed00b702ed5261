"""Measures of PyTorch modules against autograd example by example, finite differences, and the dense Hessian."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.pytorch import per_example, tangent_kernel
from unseen.measures.pytorch.curvature import CACHE, STORE, at_once, functional, hessian, saved_bytes
from unseen.measures.pytorch.per_example import gradient_squares

torch = pytest.importorskip("torch")
nn = torch.nn


class Twice(nn.Module):
    """A layer that is called twice."""

    def __init__(self):
        super().__init__()
        self.layer, self.last = nn.Linear(5, 5), nn.Linear(5, 3)

    def forward(self, x):
        return self.last(torch.tanh(self.layer(torch.tanh(self.layer(x)))))


class Turned(nn.Module):
    """Its layer reads places first, examples second."""

    def __init__(self):
        super().__init__()
        self.layer, self.body, self.last = nn.Linear(5, 4), nn.TransformerEncoderLayer(4, 2, 8), nn.Linear(4, 3)

    def forward(self, x):
        return self.last(self.body(torch.tanh(self.layer(x.transpose(0, 1)))).transpose(0, 1).sum(1))


def attention():
    return nn.Sequential(nn.TransformerEncoderLayer(4, 2, 8, batch_first=True), nn.Flatten(), nn.Linear(12, 3))


class Masked(nn.Module):
    """Attention to what came before, among words of which some are missing; its weights are asked for, its biases absent."""

    def __init__(self):
        super().__init__()
        self.attention, self.last = nn.MultiheadAttention(4, 2, bias=False, batch_first=True), nn.Linear(12, 3)

    def forward(self, x):
        later, missing = torch.ones(3, 3, dtype=torch.bool).triu(1), x[:, :, 0] > 1.5
        missing[:, 0] = False
        return self.last(self.attention(x, x, x, attn_mask=later, key_padding_mask=missing)[0].flatten(1))


class Crossed(nn.Module):
    """Queries are not what is attended to."""

    def __init__(self):
        super().__init__()
        self.attention, self.last = nn.MultiheadAttention(4, 2, batch_first=True), nn.Linear(12, 3)

    def forward(self, x):
        return self.last(self.attention(x, x.flip(1), x.flip(1))[0].flatten(1))


def recurrent():
    class Last(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell, self.last = nn.GRU(2, 4, batch_first=True), nn.Linear(4, 3)

        def forward(self, x):
            return self.last(self.cell(x)[0][:, -1])

    return Last()


def frozen():
    module = nn.Sequential(nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))
    module[0].weight.requires_grad_(False)
    return module


READ_OFF = {
    "layers": (lambda: nn.Sequential(nn.Linear(5, 4), nn.LayerNorm(4), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 3)), (5,)),
    "places": (lambda: nn.Sequential(nn.Linear(5, 6), nn.LayerNorm((4, 6)), nn.Tanh(), nn.Flatten(), nn.Linear(24, 3)), (4, 5)),
    "convolutions": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 4, (2, 3), stride=2, dilation=(2, 1), groups=2, bias=False),
            nn.GroupNorm(2, 4), nn.ReLU(), nn.Flatten(), nn.Linear(24, 3),
        ),
        (2, 6, 7),
    ),
    "sequences": (lambda: nn.Sequential(nn.Conv1d(2, 3, 3, stride=2, padding=1), nn.BatchNorm1d(3), nn.Tanh(), nn.Flatten(), nn.Linear(9, 3)), (2, 6)),
    "around": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 8, 3, padding="same", dilation=(1, 2), padding_mode="circular"), nn.MaxPool2d(2), nn.Conv2d(8, 9, 2), nn.Flatten(), nn.Linear(36, 3)
        ),
        (2, 6, 6),
    ),
    "reflected": (lambda: nn.Sequential(nn.Conv1d(2, 3, 4, padding="same", padding_mode="reflect"), nn.Flatten(), nn.Linear(18, 3)), (2, 6)),
    "words": (lambda: nn.Sequential(nn.Embedding(5, 4, padding_idx=0), nn.Tanh(), nn.Flatten(), nn.Linear(12, 3)), None),
    "frozen": (frozen, (5,)),
    "attention": (attention, (3, 4)),
    "masked": (Masked, (3, 4)),
}  # fmt: skip
FORMED = {"crossed": (Crossed, (3, 4)), "recurrent": (recurrent, (4, 2)), "twice": (Twice, (5,)), "turned": (Turned, (6, 5))}


def made(name):
    torch.manual_seed(0)
    module, shape = (READ_OFF | FORMED)[name]
    module = module().double()
    x = torch.randint(0, 5, (9, 3)) if shape is None else torch.randn(9, *shape).double()
    module(x)  # running statistics that are not those of the start
    return module.eval(), x, torch.randint(0, 3, (9,))


def losses(out, y):
    return nn.functional.cross_entropy(out, y, reduction="none")


def one_by_one(module, x, y):
    found = []
    for i in [*range(len(x)), slice(None)]:
        module.zero_grad()
        at = slice(i, i + 1) if isinstance(i, int) else i
        losses(module(x[at]), y[at]).mean().backward()
        found.append(sum(float(p.grad.square().sum()) for p in module.parameters() if p.grad is not None))
    module.zero_grad()
    return found[:-1], found[-1]


@pytest.mark.parametrize("name", READ_OFF | FORMED)
def test_norms_of_gradients(name, monkeypatch):
    module, x, y = made(name)
    read = per_example.read_off(module, functional(module), x, y, losses)
    assert (read is not None) == (name in READ_OFF)
    squares, mean = one_by_one(module, x, y)
    monkeypatch.setattr(per_example, "at_once", lambda each, n: 4)
    monkeypatch.setattr(per_example, "_formed_at_once", lambda whole: 4)
    found = gradient_squares(module, x, y, losses)
    np.testing.assert_allclose(found[0], squares, rtol=1e-9)
    assert found[1] == pytest.approx(mean, rel=1e-9)
    np.testing.assert_allclose(gradient_squares(module, x, y, losses, mean=False)[0], squares, rtol=1e-9)
    assert not any(layer._forward_hooks for layer in module.modules())


@pytest.mark.parametrize("name", READ_OFF | FORMED)
def test_tangent_kernel(name, monkeypatch):
    module, x, _ = made(name)
    rows = []
    for one in range(len(x)):
        for out in module(x[one : one + 1])[0]:
            module.zero_grad()
            out.backward(retain_graph=True)
            rows.append(torch.cat([p.grad.reshape(-1) for p in module.parameters() if p.grad is not None]))
    module.zero_grad()
    jacobian = torch.stack(rows).numpy()
    monkeypatch.setattr(tangent_kernel, "AT_ONCE", 500)
    kernel = tangent_kernel.neural_tangent_kernel(module, x)
    np.testing.assert_allclose(kernel.transpose(0, 2, 1, 3).reshape(len(rows), -1), jacobian @ jacobian.T, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["layers", "convolutions", "attention", "recurrent"])
def test_products_with_the_hessian(name):
    module, x, y = made(name)
    product, whole = hessian(module, x, y, losses, chunk=4), functional(module)
    v = np.random.default_rng(0).normal(size=product.size)

    def slope(step):
        along = whole.shaped(v)
        moved = {key: (value.detach() + step * along[key]).requires_grad_() for key, value in whole.parameters.items()}
        return np.concatenate([one.numpy().reshape(-1) for one in torch.autograd.grad(losses(whole.call(moved, x), y).mean(), list(moved.values()))])

    np.testing.assert_allclose(product(v), (slope(1e-5) - slope(-1e-5)) / 2e-5, rtol=1e-4, atol=1e-7)


def test_the_hessian_recorded_anew_for_each_product_is_the_same(monkeypatch):
    module, x, y = made("layers")
    kept = hessian(module, x, y, losses)(np.ones(47))
    monkeypatch.setattr("unseen.measures.pytorch.curvature.STORE", 0)
    np.testing.assert_allclose(hessian(module, x, y, losses, chunk=4)(np.ones(47)), kept, rtol=1e-12)


def test_what_is_saved_is_counted_and_bounds_what_is_worked_on_at_once():
    layer = nn.Linear(1000, 10)
    x = torch.randn(9, 1000)
    assert saved_bytes(lambda count: torch.tanh(layer(x[:count] * 1.0)), 9) == 4 * (1000 + 10)  # inputs of the layer, outputs of tanh
    assert saved_bytes(lambda count: x[:count], 1) == 1
    assert at_once(1.0, 9) == 9
    assert at_once(CACHE / 40, 1000) == 40
    assert at_once(float(STORE), 1000) == 1


def test_of_what_is_linear_there_is_no_curvature():
    _, x, y = made("layers")
    assert not hessian(nn.Linear(5, 1).eval(), x.float(), y, lambda out, y: out[:, 0])(np.ones(6)).any()


def test_a_module_is_left_as_it_was_when_parts_and_tensors_are_shared():
    torch.manual_seed(0)
    layer, table = nn.Linear(4, 4), nn.Embedding(4, 4)
    module = nn.Sequential(table, layer, nn.BatchNorm1d(4), layer, nn.Linear(4, 4, bias=False)).eval()
    module[4].weight = table.weight
    before, x = dict(module.state_dict(keep_vars=True)), torch.tensor([0, 3, 1])
    whole = functional(module)
    assert sum(value.numel() for value in whole.parameters.values()) == 16 + 20 + 8
    assert torch.equal(whole.call(whole.parameters, x), module(x))
    moved = {name: value + 0.1 for name, value in whole.parameters.items()}
    found = whole.call(moved, x)
    after = module.state_dict(keep_vars=True)
    assert after.keys() == before.keys() and all(before[name] is value for name, value in after.items())
    with torch.no_grad():
        for value in module.parameters():
            value += 0.1
    torch.testing.assert_close(found, module(x))


def test_bad_input():
    module, x, y = made("layers")
    with pytest.raises(Problem, match="x: expected at least one example, got none"):
        tangent_kernel.neural_tangent_kernel(module, x[:0])
    with pytest.raises(Problem, match=r"expected outputs of shape \(examples, outputs\), got \(9, 5, 1\)"):
        tangent_kernel.neural_tangent_kernel(nn.Linear(1, 1).double().eval(), x[:, :, None])
    for function in (hessian, gradient_squares):
        with pytest.raises(Problem, match="x: expected at least one example, got none"):
            function(module, x[:0], y[:0], losses)
        with pytest.raises(Problem, match=r"got one in training mode.*Call module.eval\(\)"):
            function(nn.Linear(2, 2), x, y, losses)
        with pytest.raises(Problem, match="expected parameters that require gradients, got none"):
            function(nn.Flatten().eval(), x, y, losses)
        broken = nn.Linear(5, 3).eval()
        nn.init.constant_(broken.bias, float("nan"))
        with pytest.raises(Problem, match="some in bias that are NaN or infinite"):
            function(broken, x, y, losses)
    with pytest.raises(Problem, match="expected a finite loss on the examples"):
        hessian(module, x * float("nan"), y, losses)
