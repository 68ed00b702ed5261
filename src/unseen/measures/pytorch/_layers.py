"""Gradients of each example by a layer's own parameters as products of what the layer read and the derivatives of the loss by what it gave."""

# pyright: reportMissingImports=false
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import torch


class Call(NamedTuple):
    """A layer, and what it was called with."""

    layer: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def x(self) -> "torch.Tensor":
        """Its only input."""
        if len(self.args) != 1 or self.kwargs:
            raise ValueError("several inputs")
        return self.args[0].detach()


class Factors(NamedTuple):
    """A gradient of each of n examples by one parameter: Σ_p left_pᵀ right_p in each group, over the places at which the layer was used.

    Attributes:
        left: [n, groups, places, a].
        right: [n, groups, places, b].
    """

    left: "torch.Tensor"
    right: "torch.Tensor"

    def squares(self) -> "torch.Tensor":
        """‖·‖² of each example, the cheaper way: through products of places, or of widths."""
        from torch.linalg import vector_norm

        left, right = self.left.flatten(0, 1), self.right.flatten(0, 1)
        places, first, second = left.shape[1], left.shape[2], right.shape[2]
        if places == 1:
            found = left.square().sum((1, 2)) * right.square().sum((1, 2))
        elif by_places(places, first, second):
            found = ((left @ left.mT) * (right @ right.mT)).sum((1, 2))
        else:
            found = vector_norm(left.mT @ right, dim=(1, 2)).square()  # without an array of squares
        return found.reshape(self.left.shape[:2]).sum(1)

    def formed(self) -> "torch.Tensor":
        """[n, groups · a · b]."""
        return (self.left.mT @ self.right).flatten(1)


def by_places(places: int, first: int, second: int) -> bool:
    """Whether products of places are fewer than products of widths."""
    return places * (first + second) < first * second


Rule = Callable[[Call, "torch.Tensor"], list[Factors]]
"""(call, derivatives by the outputs [n, ...]) → the gradients by its parameters that are trained. Raises ValueError where it does not hold."""


def rules() -> dict[Any, Rule]:
    """The rules, by the type of layer."""
    import torch

    nn = torch.nn
    found: dict[Any, Rule] = {nn.Linear: _linear, nn.Embedding: _embedding, nn.MultiheadAttention: _projected}
    return found | dict.fromkeys((nn.Conv1d, nn.Conv2d), _convolution) | dict.fromkeys((nn.LayerNorm, nn.GroupNorm, nn.BatchNorm1d, nn.BatchNorm2d), _scaled)


def _affine(x: "torch.Tensor", slope: "torch.Tensor", weight: Any, bias: Any) -> list[Factors]:
    """Of x Wᵀ + b, with x [n, groups, places, in]; slope [n, groups, places, out]."""
    found = [Factors(x, slope)] if weight is not None and weight.requires_grad else []
    return [*found, _plain(slope.sum(2).flatten(1))] if bias is not None and bias.requires_grad else found


def _plain(values: "torch.Tensor") -> Factors:
    """A gradient [n, k] as it is."""
    return Factors(values.new_ones(len(values), 1, 1, 1), values[:, None, None])


def _linear(call: Call, slope: "torch.Tensor") -> list[Factors]:
    x = call.x
    return _affine(x.reshape(len(x), 1, -1, x.shape[-1]), slope.reshape(len(x), 1, -1, slope.shape[-1]), call.layer.weight, call.layer.bias)


def _projected(call: Call, slope: "torch.Tensor") -> list[Factors]:
    """A projection of attention: its inputs and the derivatives by its outputs come place by place, the examples of each place together."""
    x, weight, bias = call.args
    return _affine(x.transpose(0, 1)[:, None], slope.reshape(len(x), -1, slope.shape[-1]).transpose(0, 1)[:, None], weight, bias)


def _convolution(call: Call, slope: "torch.Tensor") -> list[Factors]:
    """The gradients by each row of the kernel. The inputs are copied for each of its columns; moving along by rows takes another view of these copies."""
    import torch

    layer = call.layer
    mode = "constant" if layer.padding_mode == "zeros" else layer.padding_mode
    x = torch.nn.functional.pad(call.x, layer._reversed_padding_repeated_twice, mode=mode)
    flat = x.ndim == 3
    x, slope = (x[:, :, None], slope[:, :, None]) if flat else (x, slope)
    (rows, columns), (down, right), (apart, beside) = ((1, *value) if flat else value for value in (layer.kernel_size, layer.stride, layer.dilation))
    n, high, wide, places = len(x), *slope.shape[2:], slope.shape[2:].numel()
    copies = x.unfold(3, beside * (columns - 1) + 1, right)[..., :wide, ::beside].permute(0, 1, 4, 2, 3).contiguous()  # [n, channels, columns, height, wide]
    starts = [apart * row for row in range(rows)]
    lefts = [copies[:, :, :, start : start + down * (high - 1) + 1 : down].reshape(n, layer.groups, -1, places).mT for start in starts]
    slopes = slope.reshape(n, layer.groups, -1, places).mT
    if by_places(places, rows * lefts[0].shape[-1], slopes.shape[-1]):
        lefts = [torch.cat(lefts, dim=-1)]
    bent = [Factors(left, slopes) for left in lefts] if layer.weight.requires_grad else []
    return [*bent, *_affine(lefts[0], slopes, None, layer.bias)]


def _embedding(call: Call, slope: "torch.Tensor") -> list[Factors]:
    """Words that occur, as vectors that are 1 at their own place."""
    import torch

    x = call.x.reshape(len(call.x), -1)
    words, place = x.unique(return_inverse=True)
    left = torch.nn.functional.one_hot(place, len(words)).to(slope.dtype)
    left = left * (x != (-1 if call.layer.padding_idx is None else call.layer.padding_idx))[..., None]
    return [Factors(left[:, None], slope.reshape(len(x), 1, -1, slope.shape[-1]))]


def _scaled(call: Call, slope: "torch.Tensor") -> list[Factors]:
    """Layers that normalise, then scale and shift: the derivative by a scale is that by the output times the normalised input."""
    import torch

    layer, x = call.layer, call.x
    plain = {
        torch.nn.LayerNorm: lambda: torch.nn.functional.layer_norm(x, layer.normalized_shape, eps=layer.eps),
        torch.nn.GroupNorm: lambda: torch.nn.functional.group_norm(x, layer.num_groups, eps=layer.eps),
    }
    running = lambda: torch.nn.functional.batch_norm(x, layer.running_mean, layer.running_var, eps=layer.eps)  # noqa: E731
    product = slope * plain.get(type(layer), running)()
    dims = tuple(range(1, x.ndim - len(layer.normalized_shape))) if isinstance(layer, torch.nn.LayerNorm) else tuple(range(2, x.ndim))
    parts = [(product, layer.weight), (slope, layer.bias)]
    return [_plain((part.sum(dims) if dims else part).flatten(1)) for part, parameter in parts if parameter is not None and parameter.requires_grad]
