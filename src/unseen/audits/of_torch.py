"""A PyTorch module as a `WhiteBox`: run as it is, through `torch.func`."""

# pyright: reportMissingImports=false
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from unseen._problem import Problem
from unseen.audits.adapters import BATCH
from unseen.audits.modes import plain
from unseen.audits.white_box import Labels, Layer, Link, WhiteBox, untold
from unseen.measures.curvature import Product
from unseen.measures.pytorch.curvature import functional, hessian, plain_attention
from unseen.measures.pytorch.per_example import gradient_squares

if TYPE_CHECKING:
    import torch


def as_tensor(module: "torch.nn.Module", x: Any) -> "torch.Tensor":
    """Inputs where the module is, floating-point numbers in its type."""
    import torch

    first = next((value for value in module.parameters() if value.is_floating_point()), None)
    found = x if isinstance(x, torch.Tensor) else torch.as_tensor(np.require(x, requirements="W"))
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
        self.link, self.module = link, plain(module)
        self.whole = functional(self.module)
        self.names = tuple(self.whole.parameters)
        self.size = sum(value.numel() for value in self.whole.parameters.values())

    def weights(self) -> dict[str, np.ndarray]:
        return {name: value.detach().cpu().numpy() for name, value in self.whole.parameters.items()}

    def outcome(self, x: Any, change: np.ndarray | None = None) -> np.ndarray:
        moved = self._moved(change)
        return self._answers(x, lambda part: self._read(self.whole.call(moved, part)))

    def scores(self, x: Any) -> np.ndarray:
        moved = self._moved(None)
        return self._answers(x, lambda part: scores_of(self.whole.call(moved, part)).reshape(len(part), -1))

    def slope(self, x: Any, y: Labels, change: np.ndarray | None = None) -> np.ndarray:
        import torch

        moved = {name: value.requires_grad_() for name, value in self._moved(change).items()}
        total, n = np.zeros(self.size), len(y)
        for part, labels in self._batches(x, y):
            loss = self._losses(self.whole.call(moved, part), labels).sum() / n
            total += _flat(torch.autograd.grad(loss, list(moved.values()), materialize_grads=True))
        return total

    def slopes(self, x: Any, y: Labels, along: np.ndarray) -> np.ndarray:
        import torch

        leaves, direction, found = list(self.whole.parameters.values()), self.whole.shaped(along).values(), []
        for part, labels in self._batches(x, y):
            with plain_attention():
                weight = torch.ones(len(labels), device=part.device, requires_grad=True)  # the derivative by the weight of an example is what it brings
                loss = (weight * self._losses(self.whole.call(self.whole.parameters, part), labels)).sum()
                slope = torch.autograd.grad(loss, leaves, create_graph=True, materialize_grads=True)
                along_it = torch.stack([(one * other).sum() for one, other in zip(slope, direction, strict=True)]).sum()
                found.append(torch.autograd.grad(along_it, weight, materialize_grads=True)[0].detach().cpu().numpy())
        return np.concatenate(found).astype(float)

    def gradient_squares(self, x: Any, y: Labels) -> tuple[np.ndarray, float]:
        return gradient_squares(self.module, *self._tensors(x, y), self._losses)

    def hessian(self, x: Any, y: Labels) -> Product:
        return hessian(self.module, *self._tensors(x, y), self._losses)

    def features(self, x: Any) -> np.ndarray | None:
        found = [self._last(part) for part in as_tensor(self.module, x).split(BATCH)]
        return None if None in found else np.concatenate([read.float().cpu().numpy() for read, _ in filter(None, found)])

    def readout(self, x: Any) -> np.ndarray | None:
        found = self._last(as_tensor(self.module, x)[:1])
        return None if found is None else found[1].weight.detach().float().cpu().numpy()

    def layers(self) -> list[Layer] | str:
        import torch

        found = []
        convolutions, norms = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d), (torch.nn.BatchNorm1d, torch.nn.BatchNorm2d, torch.nn.BatchNorm3d)
        for name, part in self.module.named_modules(remove_duplicate=False):  # what stands in two places stretches twice
            part: Any
            if not [*part.parameters(recurse=False), *part.buffers(recurse=False)]:
                continue
            if type(part) in norms and part.running_var is not None:
                scale = (part.running_var + part.eps).rsqrt() * (1 if part.weight is None else part.weight)
                kernel = scale.diag()
            elif type(part) is torch.nn.Linear or (type(part) in convolutions and part.groups == 1 and part.padding_mode in ("zeros", "circular")):
                kernel = part.weight
            else:
                return untold(f"{name or 'it'} ({type(part).__name__})")
            found.append(Layer(name, kernel.detach().float().cpu().numpy()))
        return found or "no layer of it holds numbers."

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

    def _last(self, x: "torch.Tensor") -> "tuple[torch.Tensor, Any] | None":
        """What the last linear layer reads, and the layer; None where something follows it."""
        import torch

        seen: list[tuple[Any, torch.Tensor, torch.Tensor]] = []
        handles = [
            module.register_forward_hook(lambda module, given, out: seen.append((module, given[0], out)))
            for module in self.module.modules()
            if type(module) is torch.nn.Linear
        ]
        try:
            with torch.inference_mode():
                out = scores_of(self.module(x))
        finally:
            for handle in handles:
                handle.remove()
        if not seen or seen[-1][2].shape != out.shape or not torch.equal(seen[-1][2], out):
            return None
        return seen[-1][1], seen[-1][0]

    def _moved(self, change: np.ndarray | None) -> "dict[str, torch.Tensor]":
        """The parameters at θ + change."""
        moved = {name: value.detach() for name, value in self.whole.parameters.items()}
        return moved if change is None else {name: moved[name] + other for name, other in self.whole.shaped(change).items()}

    def _answers(self, x: Any, ask: "Callable[[torch.Tensor], torch.Tensor]") -> np.ndarray:
        import torch

        with torch.no_grad():
            return np.concatenate([ask(part).float().cpu().numpy() for part in as_tensor(self.module, x).split(BATCH)])

    def _batches(self, x: Any, y: Labels) -> "Iterator[tuple[torch.Tensor, torch.Tensor]]":
        x, labels = self._tensors(x, y)
        return zip(x.split(BATCH), labels.split(BATCH), strict=True)

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


def _flat(parts: "Sequence[torch.Tensor]") -> np.ndarray:
    return np.concatenate([part.detach().double().cpu().numpy().reshape(-1) for part in parts])
