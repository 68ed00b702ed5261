"""Gradients of each example of a PyTorch module: their norms, mostly without forming them, and their mean."""

# pyright: reportMissingImports=false
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem
from unseen.measures.pytorch._layers import Call, Factors, rules
from unseen.measures.pytorch._projections import projections
from unseen.measures.pytorch.curvature import Functional, Losses, at_once, functional, plain_attention, saved_bytes

if TYPE_CHECKING:
    import torch

FORMED = 2**26
"""Bytes of gradients that are formed at once."""
MOST = 200
"""Examples that are worked on at once, at most: more are hardly faster, and take more memory."""
CHECKED = 3
"""Examples on which norms that were read off layers are compared with those of gradients that were formed."""


def gradient_squares(
    module: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", losses: Losses, *, mean: bool = True
) -> tuple[Float[np.ndarray, " n"], float]:
    """(‖∇ℓ_i‖² of each example, ‖(1/n) Σ ∇ℓ_i‖²), ℓ_i the loss of the module on example i alone, by its trainable parameters.

    What linear, convolutional, normalising and embedding layers read, X_i, and the derivative of the loss by what they give, Δ_i, come from one pass for
    many examples; ‖∇_W ℓ_i‖² is ‖Δ_iᵀX_i‖² (Goodfellow 2015), so that no gradient of a whole example is held. Where other parts of a module have
    parameters, where parameters are shared, or where the first examples show a difference, gradients are formed by `vmap`.

    Args:
        module: in evaluation mode.
        x: inputs [n, ...].
        y: targets [n, ...].
        losses: the loss of each example.
        mean: whether the mean is wanted; NaN else.

    Raises:
        Problem: as `functional`, or no examples.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> module = torch.nn.Linear(2, 1, bias=False).eval()
    >>> _ = torch.nn.init.zeros_(module.weight)
    >>> squares, _ = gradient_squares(module, torch.tensor([[3.0, 4.0]]), torch.tensor([[1.0]]), lambda out, y: ((out - y) ** 2).sum(1))
    >>> squares.tolist()
    [100.0]
    """
    import torch

    if not len(x):
        raise Problem("x: expected at least one example, got none.")
    whole = functional(module)
    read = read_off(module, whole, x, y, losses)
    squares, total = [], {name: torch.zeros_like(value, requires_grad=False) for name, value in whole.parameters.items()}
    if read is None:
        size = _formed_at_once(whole)
    else:  # beside what is saved there are derivatives of the same size, and copies of inputs
        each = 3 * saved_bytes(lambda count: losses(whole.call(whole.parameters, x[:count]), y[:count]), len(x))
        size = min(at_once(each, len(x)), MOST)
    for start in range(0, len(x), size):
        part = x[start : start + size], y[start : start + size]
        if read is None:
            formed = _formed(whole, *part, losses)
            squares.append(_squares(formed))
            found = {name: value.sum(0) for name, value in formed.items()}
        else:
            one, found = _recorded(whole, *part, losses, read, mean)
            squares.append(one)
        for name, value in found.items():
            total[name] += value
    length = sum(float((value / len(x)).double().square().sum()) for value in total.values()) if mean else float("nan")
    return torch.cat(squares).cpu().numpy().astype(float), length


def _formed_at_once(whole: Functional) -> int:
    return int(np.clip(FORMED / sum(value.nbytes for value in whole.parameters.values()), 1, 128))


def _squares(formed: "dict[str, torch.Tensor]") -> "torch.Tensor":
    return sum(value.flatten(1).square().sum(1) for value in formed.values())  # pyright: ignore[reportReturnType]


def _formed(whole: Functional, x: "torch.Tensor", y: "torch.Tensor", losses: Losses) -> "dict[str, torch.Tensor]":
    """The gradient of each example, by parameter."""
    import torch

    def one(parameters: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return losses(whole.call(parameters, x[None]), y[None])[0]

    parameters = {name: value.detach() for name, value in whole.parameters.items()}
    with plain_attention():
        try:
            return torch.func.vmap(torch.func.grad(one), in_dims=(None, 0, 0))(parameters, x, y)
        except RuntimeError:  # recurrent layers cannot be mapped
            each = [torch.func.grad(one)(parameters, x[i], y[i]) for i in range(len(x))]
            return {name: torch.stack([found[name] for found in each]) for name in parameters}


def read_off(module: "torch.nn.Module", whole: Functional, x: "torch.Tensor", y: "torch.Tensor", losses: Losses) -> "list[torch.nn.Module] | None":
    """The layers off which all gradients can be read, or None: they hold every trainable parameter once, and the first examples agree."""
    layers = [layer for layer in module.modules() if type(layer) in rules() and any(value.requires_grad for value in layer.parameters(recurse=False))]
    inner = {id(part) for layer in layers for part in layer.modules() if part is not layer}
    layers = [layer for layer in layers if id(layer) not in inner]
    held = [id(value) for layer in layers for value in layer.parameters() if value.requires_grad]
    wanted = {id(value) for value in module.parameters() if value.requires_grad}
    if len(held) != len(set(held)) or set(held) != wanted or len(x) < 2:
        return None
    few = slice(0, CHECKED)
    try:
        found, _ = _recorded(whole, x[few], y[few], losses, layers, False)
    except (AttributeError, ImportError, RuntimeError, TypeError, ValueError):  # a layer not called, other shapes than its own, a PyTorch of another form
        return None
    import torch

    return layers if torch.allclose(found, _squares(_formed(whole, x[few], y[few], losses)), rtol=1e-3, atol=1e-12) else None


def _recorded(
    whole: Functional, x: "torch.Tensor", y: "torch.Tensor", losses: Losses, layers: "list[torch.nn.Module]", mean: bool
) -> "tuple[torch.Tensor, dict[str, torch.Tensor]]":
    """(‖∇ℓ_i‖², the sum of the gradients), from what the layers read and gave."""
    import torch

    out, calls, given = watched(whole, x, layers)
    leaves = list(whole.parameters.values()) if mean else []
    with torch.enable_grad():
        found = slopes_by(losses(out, y).sum(), [*given, *leaves])
    with torch.no_grad():
        parts = [one.squares() for one in factors(calls, found[: len(given)])]
    return torch.stack(parts).sum(0), dict(zip(whole.parameters, found[len(given) :], strict=True)) if mean else {}


def slopes_by(value: "torch.Tensor", places: list[Any], keep: bool = False) -> "list[torch.Tensor]":
    """The derivatives of a number by tensors, 0 where it does not hang on one, or at edges of its graph, which is kept or not.

    Raises:
        ValueError: an edge that it does not hang on.
    """
    import torch

    found = torch.autograd.grad(value, places, retain_graph=keep, allow_unused=True)
    if any(one is None and not isinstance(place, torch.Tensor) for one, place in zip(found, places, strict=True)):
        raise ValueError("not on the way")
    return [torch.zeros_like(place) if one is None else one for one, place in zip(found, places, strict=True)]


def watched(whole: Functional, x: "torch.Tensor", layers: "list[torch.nn.Module]") -> "tuple[torch.Tensor, list[Call], list[Any]]":
    """The module's outputs, what each layer was called with, and the tensors that it gave, or the edges of the graph behind them.

    Raises:
        ValueError: a layer that was called twice, or not at all.
    """
    import torch

    seen: dict[int, list[tuple[Call, Any]]] = {}

    def note(layer: torch.nn.Module, args: Any, kwargs: Any, out: Any) -> None:
        if id(layer) in seen:
            raise ValueError("called twice")
        attends = isinstance(layer, torch.nn.MultiheadAttention)
        seen[id(layer)] = projections(layer, args[0], out[0]) if attends else [(Call(layer, args, kwargs), out)]

    handles = [layer.register_forward_hook(note, with_kwargs=True) for layer in layers]
    try:
        with torch.enable_grad():
            out = whole.call(whole.parameters, x)
    finally:
        for handle in handles:
            handle.remove()
    if len(seen) < len(layers):
        raise ValueError("not called")
    calls, given = zip(*(pair for layer in layers for pair in seen[id(layer)]), strict=True)
    return out, list(calls), list(given)


def factors(calls: list[Call], slopes: "Sequence[torch.Tensor]") -> list[Factors]:
    """The gradients of each example by the parameters of all layers."""
    known = rules()
    return [one for call, slope in zip(calls, slopes, strict=True) for one in known[type(call.layer)](call, slope.detach())]
