"""Matrix-free products with the positive semidefinite curvatures of a PyTorch module: generalised Gauss-Newton, Fisher information of model and of data."""

# pyright: reportMissingImports=false
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from unseen._problem import Problem
from unseen.measures.curvature import Product
from unseen.measures.pytorch._linearised import Linearised
from unseen.measures.pytorch.curvature import Functional, Losses, finite, functional, outputs, plain_attention, recorded_parts, summed

if TYPE_CHECKING:
    import torch


def gauss_newton(module: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", losses: Losses, *, chunk: int | None = None) -> Product:
    """G v, with G = (1/n) Σ_i J_iᵀ (∇²_f ℓ_i) J_i, J_i the derivative of the outputs f(x_i): positive semidefinite where ℓ is convex in f.

    The outputs and the pass back from them are recorded once, so that each product is a pass for J v, one for Jᵀ, and no pass forward. Parameters are in
    the order of `functional(module).parameters`. Arguments and errors as for `hessian`, from which it differs by (1/n) Σ_i Σ_c (∂ℓ_i/∂f_c) ∇²f_c(x_i); where
    outputs are no tensor it is a Problem too. Source: Schraudolph, "Fast curvature matrix-vector products for second-order gradient descent", 2002.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> module = torch.nn.Linear(2, 1, bias=False).eval()
    >>> G = gauss_newton(module, torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0]]), lambda out, y: 0.5 * ((out - y) ** 2).sum(1))
    >>> G(np.array([1.0, 0.0])).tolist()
    [1.0, 2.0]
    """
    import torch

    whole, n = functional(module), len(x)

    def bend(out: torch.Tensor, part: slice) -> Callable[[torch.Tensor], torch.Tensor]:
        """The Hessian of the loss by the outputs."""
        free = out.detach().requires_grad_()
        (slope,) = torch.autograd.grad(finite(losses(free, y[part]).sum() / n, "loss"), free, create_graph=True)
        if not slope.requires_grad:  # a loss that is linear in the outputs
            return torch.zeros_like
        return lambda u: torch.autograd.grad(slope, free, u, retain_graph=True, materialize_grads=True)[0]

    return _sandwiched(whole, lambda part: outputs(whole, x[part]), bend, n, chunk)


def fisher(module: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", *, chunk: int | None = None) -> Product:
    """F v, with F = (1/n) Σ_i E_{y ~ p(·|x_i, θ)} ∇log p(y|x_i) ∇log p(y|x_i)ᵀ: the Fisher information of the model, exact, no labels drawn.

    Where y are whole numbers, the last axis of the outputs holds logits of independent classes, at each place that is asked (label not negative); real y
    are normal with variance 1 around the outputs. Else nothing of y matters: F is the Gauss-Newton matrix of the negative log-likelihood, that of the
    cross-entropy or of ½ Σ (f − y)². Arguments and errors as for `gauss_newton`, and Problem: labels of another shape than the outputs.
    Source: Martens, "New insights and perspectives on the natural gradient method", 2020.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> module = torch.nn.Linear(1, 2, bias=False).eval()
    >>> _ = torch.nn.init.zeros_(module.weight)
    >>> fisher(module, torch.ones(3, 1), torch.zeros(3, dtype=int))(np.array([1.0, 0.0])).tolist()  # diag(p) − p pᵀ at p = (½, ½)
    [0.25, -0.25]
    """

    def surprise(out: "torch.Tensor", y: "torch.Tensor") -> "torch.Tensor":
        """What of -ln p(y) bends."""
        expected = out.shape if y.is_floating_point() else out.shape[:-1]
        if y.shape != expected:
            raise Problem(f"y: expected labels of shape (n, {', '.join(map(str, expected[1:]))}) for these outputs, got {tuple(y.shape[1:])} for each example.")
        each = 0.5 * out.square() if y.is_floating_point() else out.logsumexp(-1) * (y >= 0)
        return each.reshape(len(out), -1).sum(1)

    return gauss_newton(module, x, y, surprise, chunk=chunk)


def empirical_fisher(module: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", losses: Losses, *, chunk: int | None = None) -> Product:
    """E v, with E = (1/n) Σ_i ∇ℓ_i ∇ℓ_iᵀ, the second moment of the gradients of the examples with their own labels; none of them is materialised.

    Arguments and errors as for `hessian`.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> module = torch.nn.Linear(2, 1, bias=False).eval()
    >>> _ = torch.nn.init.zeros_(module.weight)
    >>> E = empirical_fisher(module, torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0]]), lambda out, y: 0.5 * ((out - y) ** 2).sum(1))
    >>> E(np.array([1.0, 0.0])).tolist()  # the gradient is (-3, -6)
    [9.0, 18.0]
    """
    whole, n = functional(module), len(x)

    def each(part: slice) -> "torch.Tensor":
        return finite(losses(whole.call(whole.parameters, x[part]), y[part]), "loss")

    return _sandwiched(whole, each, lambda *_: lambda u: u / n, n, chunk)


def _sandwiched(whole: Functional, function: "Callable[[slice], torch.Tensor]", middle: Callable[[Any, slice], Callable], n: int, chunk: int | None) -> Product:
    """Σ over parts of Jᵀ M J, J the derivative of `function(part)`, M v = `middle(its value, part)(v)`."""
    import torch

    leaves = list(whole.parameters.values())

    def record(part: slice) -> tuple[Linearised, Callable]:
        with plain_attention(), torch.enable_grad():
            out = function(part)
            return Linearised(out, leaves).record(), middle(out, part)

    def along(recorded: tuple[Linearised, Callable], v: "list[torch.Tensor]") -> "Sequence[torch.Tensor]":
        linear, inner = recorded
        return linear.pull(inner(linear.push(v)))

    return summed(whole, recorded_parts(record, n, chunk), along)
