"""The empirical neural tangent kernel of a PyTorch module."""

# pyright: reportMissingImports=false
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem
from unseen.measures.pytorch._layers import Factors
from unseen.measures.pytorch.curvature import Functional, functional, plain_attention
from unseen.measures.pytorch.per_example import factors, read_off, slopes_by, watched

if TYPE_CHECKING:
    import torch

AT_ONCE = 2**26
"""Numbers of gradients that are held at once."""
STRIPS = 8


def neural_tangent_kernel(module: "torch.nn.Module", x: "torch.Tensor") -> Float[np.ndarray, "n n outputs outputs"]:
    """K_ij[a, b] = ⟨∂f_a(x_i)/∂θ, ∂f_b(x_j)/∂θ⟩, θ the trainable parameters, the module in evaluation mode.

    Gradients by a weight that is used at one place are products of two vectors, of which only inner products are formed; of other layers, all gradients,
    some parameters at a time. Where gradients cannot be read off the layers (see `gradient_squares`) all are formed. `as_matrix` of
    `unseen.measures.neural_tangent_kernel` makes it a matrix.

    Args:
        module: gives outputs [n, outputs].
        x: inputs [n, ...].

    Raises:
        Problem: as `functional`, no examples, or outputs of another shape.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> neural_tangent_kernel(torch.nn.Linear(2, 3, bias=False).eval(), torch.eye(2))[0, 0].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    import torch

    if not len(x):
        raise Problem("x: expected at least one example, got none.")
    whole = functional(module)
    layers = read_off(module, whole, x, torch.zeros(len(x), device=x.device), lambda out, _: out.flatten(1).square().sum(1))
    with plain_attention():
        out, calls, given = watched(whole, x, layers) if layers else (whole.call(whole.parameters, x), [], [])
        if out.ndim != 2:
            raise Problem(f"module: expected outputs of shape (examples, outputs), got {tuple(out.shape)}.")
        n, count = out.shape
        total = out.detach().new_zeros(n * count, n * count)
        if not layers:
            _formed(whole, x, count, total)
        slopes = [slopes_by(out[:, place].sum(), given, keep=True) for place in range(count if layers else 0)]
        for i, call in enumerate(calls):
            parts = [factors([call], [slope[i]]) for slope in slopes]
            with torch.no_grad():
                for same in zip(*parts, strict=True):
                    _add(list(same), total)
    total = total.triu() + total.triu(1).mT
    return total.reshape(count, n, count, n).permute(1, 3, 0, 2).cpu().numpy()


def _accumulate(rows: "torch.Tensor", total: "torch.Tensor") -> None:
    """Adds the products of all rows on and right of the diagonal, in strips, which saves nearly half of them."""
    width = -(-len(rows) // STRIPS)
    for start in range(0, len(rows), width):
        total[start : start + width, start:].addmm_(rows[start : start + width], rows[start:].mT)


def _add(parts: list[Factors], total: "torch.Tensor") -> None:
    """Adds the inner products of a parameter's gradients, given for each output, at least on and right of the diagonal."""
    import torch

    left, right = parts[0].left, torch.stack([part.right for part in parts])
    if left.shape[1] == left.shape[2] == 1 and all(torch.equal(left, part.left) for part in parts):
        inputs, slopes = left.flatten(1), right.flatten(0, 1).flatten(1)
        total += (slopes @ slopes.mT) * (inputs @ inputs.mT).repeat(len(parts), len(parts))
        return
    width = max(1, AT_ONCE // (len(total) * right.shape[-1] * left.shape[1]))
    for start in range(0, left.shape[3], width):
        some = torch.cat([Factors(part.left[..., start : start + width], part.right).formed() for part in parts])
        _accumulate(some, total)


def _formed(whole: Functional, x: "torch.Tensor", count: int, total: "torch.Tensor") -> None:
    """The same from gradients formed for one output after another, a parameter at a time."""
    import torch

    for name in whole.parameters:
        fixed = {other: value.detach() for other, value in whole.parameters.items()}

        def one(value: torch.Tensor, x: torch.Tensor, name: str = name, fixed: dict = fixed) -> torch.Tensor:
            return whole.call({**fixed, name: value}, x[None])[0]

        gradients = [torch.func.jacrev(one)(fixed[name], example) for example in x]
        some = torch.stack(gradients, dim=1).reshape(count * len(x), -1)
        _accumulate(some, total)
