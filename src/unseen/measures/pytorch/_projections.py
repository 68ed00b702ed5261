"""The two projections of an attention layer, in the graph that PyTorch records: what they read, and where the derivatives by their outputs pass."""

# pyright: reportMissingImports=false
from collections import deque
from typing import TYPE_CHECKING, Any

from unseen.measures.pytorch._layers import Call

if TYPE_CHECKING:
    import torch

FARTHEST = 200
"""Operations between the output of an attention layer and its first projection, at most."""


def projections(layer: Any, x: "torch.Tensor", out: "torch.Tensor") -> list[tuple[Call, Any]]:
    """(what each projection of an attention layer was called with, the edge of the graph behind it), for self-attention of any kind and with any mask.

    Raises:
        ValueError: attention of another kind, or a graph of another form.
    """
    from torch.autograd.graph import GradientEdge

    if not layer.batch_first or x.ndim != 3 or layer.in_proj_weight is None or layer.bias_k is not None:
        raise ValueError("attention of another kind")
    pairs = [(layer.in_proj_weight, layer.in_proj_bias), (layer.out_proj.weight, layer.out_proj.bias)]
    pairs = [pair for pair in pairs if any(value is not None and value.requires_grad for value in pair)]
    found = []
    for (weight, bias), node in zip(pairs, _readers(out.grad_fn, [weight for weight, _ in pairs]), strict=True):
        read = node._saved_mat1 if hasattr(node, "_saved_mat1") else node._saved_self
        found.append((Call(layer, (read.detach().reshape(-1, len(x), weight.shape[1]), weight, bias), {}), GradientEdge(node, 0)))
    return found


def _readers(start: Any, weights: "list[torch.Tensor]") -> list[Any]:
    """The matrix products that read these weights turned round, the nearest to `start`."""
    found, seen, waiting = {}, set(), deque([start])
    while waiting and len(found) < len(weights) and len(seen) < FARTHEST:
        node = waiting.popleft()
        if node is None or node in seen:
            continue
        seen.add(node)
        before = [other for other, _ in node.next_functions]
        turned = [one for other in before if other is not None and other.name() == "TBackward0" for one, _ in other.next_functions]
        for i, weight in enumerate(weights):
            if node.name() in ("AddmmBackward0", "MmBackward0") and any(getattr(one, "variable", None) is weight for one in turned):
                found[i] = node
        waiting.extend(before)
    if len(found) < len(weights):
        raise ValueError("no product with the weights")
    return [found[i] for i in range(len(weights))]
