"""Products with the curvatures and the tangent kernel of PyTorch modules against dense matrices, which `torch.func` makes of a flat vector of weights."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.measures.pytorch import curvature
from unseen.measures.pytorch.curvature import functional, hessian
from unseen.measures.pytorch.gauss_newton import empirical_fisher, fisher, gauss_newton
from unseen.measures.pytorch.tangent_kernel import neural_tangent_kernel
from unseen.measures.pytorch.tangent_product import tangent_product
from unseen.measures.spectrum import eigenpairs, spectral_density
from unseen.measures.trace import trace

torch = pytest.importorskip("torch")
nn = torch.nn


class Tied(nn.Module):
    """Words are read and scored by one matrix, at three places each."""

    def __init__(self):
        super().__init__()
        self.read, self.score = nn.Embedding(4, 3), nn.Linear(3, 4)
        self.score.weight = self.read.weight

    def forward(self, x):
        return self.score(torch.tanh(self.read(x)))


class Unread(nn.Module):
    """A weight that no output hangs on, beside some that one does."""

    def __init__(self):
        super().__init__()
        self.first, self.spare, self.last = nn.Linear(4, 3), nn.Parameter(torch.ones(2)), nn.Linear(3, 2)
        self.first.bias.requires_grad_(False)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x)))


def convolutional():
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Tanh(), nn.MaxPool2d(2), nn.Dropout(0.5), nn.Flatten(), nn.Linear(8, 3))


def attention():
    return nn.Sequential(nn.TransformerEncoderLayer(2, 1, 3, batch_first=True), nn.Flatten(), nn.Linear(6, 2))


CASES = {
    "convolutional": (convolutional, (1, 6, 6), "classes"),
    "attention": (attention, (3, 2), "classes"),
    "values": (lambda: nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)), (4,), "values"),
    "linear": (lambda: nn.Linear(4, 3), (4,), "classes"),
    "tied": (Tied, (3,), "places"),
    "unread": (Unread, (4,), "values"),
}


def cross_entropy(out, y):
    """Over places that are asked, classes last."""
    each = nn.functional.cross_entropy(out.reshape(-1, out.shape[-1]), y.reshape(-1), reduction="none", ignore_index=-1)
    return each.reshape(len(out), -1).sum(1)


def half_square(out, y):
    return 0.5 * (out - y).square().sum(1)


def made(name):
    torch.manual_seed(0)
    module, shape, kind = CASES[name]
    module, n = module().double(), 7
    x = torch.randint(0, 4, (n, *shape)) if kind == "places" else torch.randn(n, *shape).double()
    module(x)  # running statistics that are not those of the start
    count = module(x).shape[-1]
    y = torch.randn(n, count).double() if kind == "values" else torch.randint(0, count, (n, 3) if kind == "places" else (n,))
    if kind == "places":
        y[0, 1] = y[2, 0] = -1
    return module.eval(), x, y, half_square if kind == "values" else cross_entropy


def dense(name):
    """(module, x, y, losses, H, J [n, outputs, size], ∇²_f ℓ_i, gradients [n, size]), all by `torch.func`."""
    module, x, y, losses = made(name)
    parameters = {key: value.detach() for key, value in module.named_parameters() if value.requires_grad}
    theta = torch.cat([value.reshape(-1) for value in parameters.values()])

    def f(theta):
        parts = theta.split([value.numel() for value in parameters.values()])
        return torch.func.functional_call(module, {key: part.reshape(parameters[key].shape) for part, key in zip(parts, parameters, strict=True)}, (x,))

    def loss(out, y):
        return losses(out[None], y[None])[0]

    with curvature.plain_attention():
        H = torch.autograd.functional.hessian(lambda t: losses(f(t), y).mean(), theta)  # jacrev twice errs on LayerNorm
        J = torch.func.jacrev(f)(theta)
        gradients = torch.func.jacrev(lambda t: losses(f(t), y))(theta)
    out, size = f(theta), len(theta)
    each = out[0].numel()
    inner = torch.stack([torch.func.jacrev(torch.func.jacrev(loss))(out[i], y[i]).reshape(each, each) for i in range(len(x))])
    return module, x, y, losses, *(part.numpy() for part in (H, J.reshape(len(x), each, size), inner, gradients))


@pytest.mark.parametrize("name", CASES)
def test_against_dense_matrices(name):
    module, x, y, losses, H, J, inner, gradients = dense(name)
    n, same = len(x), {"rtol": 1e-9, "atol": 1e-12}
    G = np.einsum("nap,nab,nbq->pq", J, inner, J) / n
    made = {
        "hessian": (hessian(module, x, y, losses), H),
        "gauss_newton": (gauss_newton(module, x, y, losses), G),
        "fisher": (fisher(module, x, y), G),  # these losses are negative log-likelihoods
        "empirical_fisher": (empirical_fisher(module, x, y, losses), gradients.T @ gradients / n),
        "tangent_product": (tangent_product(module, x), J.reshape(-1, len(H)) @ J.reshape(-1, len(H)).T),
    }
    for what, (product, matrix) in made.items():
        assert product.size == len(matrix) and product.dtype == np.float64, what
        np.testing.assert_allclose(product(np.eye(product.size)), matrix, **same, err_msg=what)
    if name == "linear":
        np.testing.assert_allclose(G, H, **same)
    else:
        assert np.abs(G - H).max() > 1e-3  # so that the one cannot be taken for the other
    assert not any(p.grad is not None for p in module.parameters())


def test_fisher_is_the_mean_over_labels_that_the_model_draws():
    """Σ_y p(y) ∇ln p(y) ∇ln p(y)ᵀ, by its definition; the labels that are given do not matter."""
    module, x, y, _, _, J, _, _ = dense("convolutional")
    p = module(x).softmax(1).detach().numpy()
    scores = np.eye(3)[None] - p[:, None]
    expected = np.einsum("ny,nya,nyb,nap,nbq->pq", p, scores, scores, J, J) / len(x)
    np.testing.assert_allclose(fisher(module, x, 0 * y)(np.eye(len(expected))), expected, rtol=1e-9, atol=1e-12)


def test_parts_and_memory_change_nothing(monkeypatch):
    module, x, y, losses = made("convolutional")

    def all_of_them(**how):
        products = [make(module, x, y, losses, **how) for make in (hessian, gauss_newton, empirical_fisher)]
        products += [fisher(module, x, y, **how), tangent_product(module, x, **how)]
        return [product(np.linspace(-1, 1, product.size)) for product in products]

    whole = all_of_them()
    for room in (curvature.STORE, 0):
        monkeypatch.setattr(curvature, "STORE", room)
        for cut, expected in zip(all_of_them(chunk=3), whole, strict=True):
            np.testing.assert_allclose(cut, expected, rtol=1e-10, atol=1e-13)


def test_the_tangent_kernel_and_its_products_agree_in_half_precision_too():
    module, x, _, _ = made("convolutional")
    kernel = neural_tangent_kernel(module, x)
    matrix = kernel.transpose(0, 2, 1, 3).reshape(21, 21)
    np.testing.assert_allclose(tangent_product(module, x)(np.eye(21)), matrix, rtol=1e-9, atol=1e-12)
    half = module.to(torch.bfloat16)
    product = tangent_product(half, x.bfloat16())
    assert product.dtype == np.float32 and half[0].weight.dtype == torch.bfloat16
    np.testing.assert_allclose(product(np.eye(21)), matrix, rtol=0.1, atol=0.02 * np.abs(matrix).max())


@pytest.mark.parametrize("name", ["convolutional", "values"])
def test_spectra_and_traces_of_all_of_them(name):
    """Lanczos, the density by quadrature, and the trace by sketches, each against the dense matrix of the same products."""
    module, x, y, losses = made(name)
    made_of = [make(module, x, y, losses) for make in (hessian, gauss_newton, empirical_fisher)]
    for product in [*made_of, fisher(module, x, y), tangent_product(module, x)]:
        exact = np.linalg.eigvalsh(product(np.eye(product.size)))
        np.testing.assert_allclose(eigenpairs(product, 3, tolerance=1e-7).values, exact[::-1][:3], rtol=1e-6)
        for deflate in ("sketch", "krylov"):
            found = trace(product, tolerance=0.02, deflate=deflate)
            assert abs(found.value - exact.sum()) <= 4 * found.error + 1e-9 * np.abs(exact).max() and found.error <= 0.02 * abs(found.value)
        mean, error = spectral_density(product, probes=20, steps=10).mean(lambda nodes: np.stack([nodes, nodes**2], axis=-1))
        assert np.all(np.abs(mean - [exact.mean(), np.mean(exact**2)]) <= 4 * error)


def test_of_what_no_output_hangs_on_there_is_no_curvature():
    module, x, y, losses = made("unread")
    names = list(functional(module).parameters)
    assert names[0] == "spare" and "first.bias" not in names
    v = np.zeros(gauss_newton(module, x, y, losses).size)
    v[:2] = 1.0
    assert not gauss_newton(module, x, y, losses)(v).any()
    assert not gauss_newton(module, x, y, lambda out, _: out.sum(1))(np.ones(len(v))).any()  # a loss that is linear in the outputs


def test_bad_input():
    module, x, y, losses = made("values")
    makes = [lambda *a, **k: make(*a, losses, **k) for make in (hessian, gauss_newton, empirical_fisher)]  # noqa: B023
    for make in [*makes, fisher, lambda module, x, _, **how: tangent_product(module, x, **how)]:
        with pytest.raises(Problem, match="x: expected at least one example, got none"):
            make(module, x[:0], y[:0])
        with pytest.raises(Problem, match="chunk: expected at least one example, got 0"):
            make(module, x, y, chunk=0)
        with pytest.raises(Problem, match=r"got one in training mode.*Call module.eval\(\)"):
            make(nn.Linear(4, 2), x, y)
        with pytest.raises(Problem, match="expected a finite"):
            make(module, x * float("nan"), y)
        with pytest.raises(Problem, match="v: expected a vector of"):
            make(module, x, y)(np.ones(5))
    with pytest.raises(Problem, match=r"expected labels of shape \(n, 2\) for these outputs, got \(1,\)"):
        fisher(module, x, y[:, :1])
    with pytest.raises(Problem, match="module: expected a tensor from it, got tuple"):
        tangent_product(nn.GRU(4, 2).double().eval(), x[None])
