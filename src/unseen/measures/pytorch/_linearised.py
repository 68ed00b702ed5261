"""The derivative of what a module gives by its parameters, as a linear map."""

# pyright: reportMissingImports=false
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


class Linearised:
    """J, the derivative of outputs by parameters where they were computed. Products with J and with Jᵀ are one backward pass each.

    Jᵀu is linear in u; its derivative by u, turned round, is J. So the pass from u to Jᵀu is recorded, at u = 0, and a pass back through it gives Jv.
    """

    def __init__(self, out: "torch.Tensor", leaves: "list[torch.Tensor]") -> None:
        self.out, self.leaves = out, leaves

    @cached_property
    def _transposed(self) -> "tuple[torch.Tensor, tuple[torch.Tensor, ...]]":
        import torch

        u = torch.zeros_like(self.out, requires_grad=True)
        with torch.enable_grad():
            return u, torch.autograd.grad(self.out, self.leaves, u, create_graph=True, materialize_grads=True)

    def record(self) -> "Linearised":
        """Itself, after the pass that `push` needs."""
        _ = self._transposed
        return self

    def push(self, v: "Sequence[torch.Tensor]") -> "torch.Tensor":
        """J v, in the shape of the outputs; v has a tensor for each parameter."""
        import torch

        u, slopes = self._transposed
        return torch.autograd.grad(slopes, u, v, retain_graph=True, materialize_grads=True)[0]

    def pull(self, u: "torch.Tensor") -> "tuple[torch.Tensor, ...]":
        """Jᵀu, a tensor for each parameter; u has the shape of the outputs."""
        import torch

        return torch.autograd.grad(self.out, self.leaves, u, retain_graph=True, materialize_grads=True)
