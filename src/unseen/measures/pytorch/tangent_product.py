"""Matrix-free products with the empirical neural tangent kernel of a PyTorch module."""

# pyright: reportMissingImports=false
from typing import TYPE_CHECKING

import numpy as np

from unseen.measures.curvature import Product
from unseen.measures.pytorch._linearised import Linearised
from unseen.measures.pytorch.curvature import finite, functional, outputs, plain_attention, recorded_parts

if TYPE_CHECKING:
    import torch


def tangent_product(module: "torch.nn.Module", x: "torch.Tensor", *, chunk: int | None = None) -> Product:
    """K v, with K = J Jᵀ and J [n · outputs, parameters] the derivative of all outputs, without K or J: J (Jᵀ v), two passes through the recorded module.

    K is `as_matrix` (see `unseen.measures.neural_tangent_kernel`) of the tangent kernel of x, and v in its order, example by example, output by output.
    For n examples a product costs what some two gradients of a loss cost, where the kernel costs as many gradients as there are outputs, and (n · outputs)²
    numbers; so ask for products where a few eigenvalues, a trace or a solution of K a = y is all that is needed.

    Args:
        module: in evaluation mode; gives a tensor [n, ...].
        x: inputs [n, ...].
        chunk: examples worked on at once; None: as many as fit `CACHE` of `unseen.measures.pytorch.curvature`.

    Raises:
        Problem: as `functional`, no examples, a chunk below 1, or outputs that are no tensor or not finite.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> K = tangent_product(torch.nn.Linear(2, 3, bias=False).eval(), torch.tensor([[3.0, 4.0]]))
    >>> K.size, K(np.array([1.0, 0.0, 0.0])).tolist()
    (3, [25.0, 0.0, 0.0])
    """
    import torch

    whole = functional(module)
    leaves = list(whole.parameters.values())

    def record(part: slice) -> Linearised:
        with plain_attention(), torch.enable_grad():
            return Linearised(finite(outputs(whole, x[part]), "answer"), leaves).record()

    parts = recorded_parts(record, len(x), chunk)
    with torch.no_grad(), plain_attention():
        one = outputs(whole, x[:1])[0]

    def apply(v: np.ndarray) -> np.ndarray:
        u = torch.as_tensor(v).to(one).reshape(len(x), *one.shape)
        total = [torch.zeros_like(leaf, requires_grad=False) for leaf in leaves]
        for part, linear in parts():
            total = [a + b for a, b in zip(total, linear.pull(u[part]), strict=True)]
        return torch.cat([linear.push(total).reshape(-1) for _, linear in parts()]).cpu().numpy()

    return Product(apply, len(x) * one.numel(), np.float64 if one.dtype == torch.float64 else np.float32)
