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
        left, right = self.left.flatten(0, 1), self.right.flatten(0, 1)
        places, first, second = left.shape[1], left.shape[2], right.shape[2]
        if places == 1:
            found = left.square().sum((1, 2)) * right.square().sum((1, 2))
        elif places * (first + second) < first * second:
            found = ((left @ left.mT) * (right @ right.mT)).sum((1, 2))
        else:
            found = (left.mT @ right).square().sum((1, 2))
        return found.reshape(self.left.shape[:2]).sum(1)

    def formed(self) -> "torch.Tensor":
        """[n, groups · a · b]."""
        return (self.left.mT @ self.right).flatten(1)


Rule = Callable[[Call, "torch.Tensor"], list[Factors]]
"""(call, derivatives by the outputs [n, ...]) → the gradients by its parameters that are trained. Raises ValueError where it does not hold."""


def rules() -> dict[Any, Rule]:
    """The rules, by the type of layer."""
    import torch

    nn = torch.nn
    found: dict[Any, Rule] = {nn.Linear: _linear, nn.Embedding: _embedding, nn.MultiheadAttention: _attention}
    return found | dict.fromkeys((nn.Conv1d, nn.Conv2d), _convolution) | dict.fromkeys((nn.LayerNorm, nn.GroupNorm, nn.BatchNorm1d, nn.BatchNorm2d), _scaled)


def _affine(x: "torch.Tensor", slope: "torch.Tensor", weight: Any, bias: Any) -> list[Factors]:
    """Of x Wᵀ + b, with x [n, groups, places, in]; slope [n, groups, places, out]."""
    found = [Factors(x, slope)] if weight.requires_grad else []
    return [*found, _plain(slope.sum(2).flatten(1))] if bias is not None and bias.requires_grad else found


def _plain(values: "torch.Tensor") -> Factors:
    """A gradient [n, k] as it is."""
    return Factors(values.new_ones(len(values), 1, 1, 1), values[:, None, None])


def _linear(call: Call, slope: "torch.Tensor") -> list[Factors]:
    x = call.x
    return _affine(x.reshape(len(x), 1, -1, x.shape[-1]), slope.reshape(len(x), 1, -1, slope.shape[-1]), call.layer.weight, call.layer.bias)


def _attention(call: Call, slope: "torch.Tensor") -> list[Factors]:
    """Self-attention without masks; what lies between its two products is computed again."""
    import torch

    layer, x = call.layer, call.args[0].detach()
    masks = [call.kwargs.get(name) for name in ("key_padding_mask", "attn_mask")]
    alike = len(call.args) == 3 and all(other is call.args[0] for other in call.args) and not call.kwargs.get("is_causal")
    if not alike or any(mask is not None for mask in masks) or not layer.batch_first or x.ndim != 3 or layer.in_proj_weight is None or layer.bias_k is not None:
        raise ValueError("attention of another kind")
    n, places, width = x.shape
    heads = lambda value: value.reshape(n, places, layer.num_heads, -1).transpose(1, 2)  # noqa: E731
    with torch.enable_grad():
        bias = None if layer.in_proj_bias is None else layer.in_proj_bias.detach()
        read = torch.nn.functional.linear(x, layer.in_proj_weight.detach(), bias).requires_grad_()
        query, key, value = map(heads, read.split(width, dim=-1))
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value).transpose(1, 2).reshape(n, places, width)
        (inner,) = torch.autograd.grad(mixed, read, slope @ layer.out_proj.weight.detach())
    first = _affine(x[:, None], inner[:, None], layer.in_proj_weight, layer.in_proj_bias)
    return first + _affine(mixed.detach()[:, None], slope[:, None], layer.out_proj.weight, layer.out_proj.bias)


def _convolution(call: Call, slope: "torch.Tensor") -> list[Factors]:
    import torch

    layer, x = call.layer, call.x
    if layer.padding_mode != "zeros" or isinstance(layer.padding, str):
        raise ValueError("padding of another kind")
    flat = x.ndim == 3
    x, slope = (x[:, :, None], slope[:, :, None]) if flat else (x, slope)
    plane = lambda value, other: (other, *value) if flat else value  # noqa: E731
    patches = torch.nn.functional.unfold(
        x, plane(layer.kernel_size, 1), dilation=plane(layer.dilation, 1), padding=plane(layer.padding, 0), stride=plane(layer.stride, 1)
    )
    groups, n, places = layer.groups, len(x), patches.shape[-1]
    return _affine(patches.reshape(n, groups, -1, places).mT, slope.reshape(n, groups, -1, places).mT, layer.weight, layer.bias)


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
