"""A PyTorch module as a `WhiteBox`: run as it is, through `torch.func`."""

# pyright: reportMissingImports=false
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.adapters import BATCH
from unseen.audits.white_box import Labels, Link, WhiteBox
from unseen.measures.curvature import Product
from unseen.measures.pytorch.curvature import functional, hessian
from unseen.measures.pytorch.per_example import gradient_squares

if TYPE_CHECKING:
    import torch


def as_tensor(module: "torch.nn.Module", x: Any) -> "torch.Tensor":
    """Inputs where the module is, floating-point numbers in its type."""
    import torch

    first = next((value for value in module.parameters() if value.is_floating_point()), None)
    found = x if isinstance(x, torch.Tensor) else torch.as_tensor(np.asarray(x))
    if first is None:
        return found
    return found.to(first.device, first.dtype) if found.is_floating_point() else found.to(first.device)


def scores_of(out: Any) -> "torch.Tensor":
    """The scores among what a module returns: itself, its `logits`, or the first of several.

    Raises:
        Problem: when there is no tensor.
    """
    import torch

    found = getattr(out, "logits", out)
    found = found[0] if isinstance(found, tuple | list) and found else found
    if not isinstance(found, torch.Tensor):
        raise Problem(f"model: expected a tensor of scores from the module, one with .logits, or a tuple that begins with one, got {type(out).__name__}.")
    return found


class TorchBox(WhiteBox):
    """See `WhiteBox`."""

    def __init__(self, module: "torch.nn.Module", link: Link) -> None:
        self.module, self.link, self.whole = module, link, functional(module)
        self.names = tuple(self.whole.parameters)
        self.size = sum(value.numel() for value in self.whole.parameters.values())

    def weights(self) -> dict[str, np.ndarray]:
        return {name: value.detach().cpu().numpy() for name, value in self.whole.parameters.items()}

    def outcome(self, x: Any, change: np.ndarray | None = None) -> np.ndarray:
        import torch

        moved = {name: value.detach() for name, value in self.whole.parameters.items()}
        if change is not None:
            moved = {name: value + other for (name, value), other in zip(moved.items(), self.whole.shaped(change).values(), strict=True)}
        with torch.no_grad():
            return np.concatenate([self._read(self.whole.call(moved, part)).float().cpu().numpy() for part in as_tensor(self.module, x).split(BATCH)])

    def gradient_squares(self, x: Any, y: Labels) -> tuple[np.ndarray, float]:
        return gradient_squares(self.module, *self._tensors(x, y), self._losses)

    def hessian(self, x: Any, y: Labels) -> Product:
        return hessian(self.module, *self._tensors(x, y), self._losses)

    def features(self, x: Any) -> np.ndarray | None:
        import torch

        seen: list[tuple[torch.Tensor, torch.Tensor]] = []
        handles = [
            module.register_forward_hook(lambda _, given, out: seen.append((given[0], out)))
            for module in self.module.modules()
            if type(module) is torch.nn.Linear
        ]
        try:
            found = []
            with torch.inference_mode():
                for part in as_tensor(self.module, x).split(BATCH):
                    seen.clear()
                    out = scores_of(self.module(part))
                    if not seen or seen[-1][1].shape != out.shape or not torch.equal(seen[-1][1], out):
                        return None  # something follows the last linear layer
                    found.append(seen[-1][0].float().cpu().numpy())
        finally:
            for handle in handles:
                handle.remove()
        return np.concatenate(found)

    def boundary(self, x: Any) -> np.ndarray | None:
        import torch

        found = []
        for part in as_tensor(self.module, x).split(BATCH):
            if not part.is_floating_point():
                return None
            part = part.detach().clone().requires_grad_()
            first, second = self._read(self.whole.call(self.whole.parameters, part)).topk(2, dim=1).values.T
            (slope,) = torch.autograd.grad((first - second).sum(), part)
            found.append(((first - second) / slope.flatten(1).norm(dim=1)).detach().cpu().numpy())
        return np.concatenate(found)

    def _tensors(self, x: Any, y: Labels) -> "tuple[torch.Tensor, torch.Tensor]":
        import torch

        x = as_tensor(self.module, x)
        labels = torch.as_tensor(y, device=x.device)
        return x, labels.float() if labels.is_floating_point() else labels

    @property
    def _losses(self) -> "Callable[[torch.Tensor, torch.Tensor], torch.Tensor]":
        if self.link == "values":
            return lambda out, y: (self._read(out)[:, 0] - y).square()
        return lambda out, y: -self._read(out).gather(1, y[:, None])[:, 0]

    def _read(self, out: Any) -> "torch.Tensor":
        """Ln of the probabilities, or the number, from what the module gives."""
        import torch

        out = scores_of(out)
        out = out.reshape(len(out), -1)
        if self.link == "values":
            return out
        if self.link == "logits":
            return (torch.cat([torch.zeros_like(out), out], dim=1) if out.shape[1] == 1 else out).log_softmax(dim=1)
        out = torch.cat([1 - out, out], dim=1) if out.shape[1] == 1 else out
        return out.clamp_min(torch.finfo(out.dtype).eps).log()
