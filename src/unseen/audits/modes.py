"""Models that were left in a state in which they cannot be audited, as they can be: without a change of them."""

# pyright: reportMissingImports=false
import copy
from typing import TYPE_CHECKING, Any, NamedTuple

from unseen._problem import Problem

if TYPE_CHECKING:
    import torch

ACTING = {f"torch.nn.modules.{kind}" for kind in ("dropout", "batchnorm", "instancenorm")}
"""Where the kinds of parts are defined that act otherwise in training."""
OWN = ("train", "eval", "__getattr__")
"""What a module may not do its own way, for a copy of its structure to be the same model."""


class InTraining(NamedTuple):
    """What of a model was in training mode.

    Attributes:
        count: its parts that were.
        of: all of them.
        acting: the names of those that are known to act otherwise then.
        remedy: what the owner of the model should call.
    """

    count: int
    of: int
    acting: tuple[str, ...]
    remedy: str


def evaluated(module: "torch.nn.Module") -> "tuple[torch.nn.Module, InTraining | None]":
    """(A PyTorch module in evaluation mode, what of it was in training mode): itself and None, or a copy of its structure with its own parameters and buffers.

    Raises:
        Problem: in training mode, and no such copy can be made.
    """
    parts = dict(module.named_modules())
    training = {name or type(module).__name__: part for name, part in parts.items() if part.training}
    if not training:
        return module, None
    try:
        found = copied(module)
    except Exception as reason:  # whatever a module of somebody's does when it is copied
        raise Problem(
            f"model: expected a module in evaluation mode, got {', '.join([*training][:3])} in training mode: dropout would act, batch normalisation would "
            f"change. Call model.eval(). (It cannot be audited on a copy of its structure: {reason})"
        ) from reason
    acting = tuple(f"{name} ({type(part).__name__})" for name, part in training.items() if _acts(part))
    return found, InTraining(len(training), len(parts), acting, "model.eval()")


def plain(module: "torch.nn.Module") -> "torch.nn.Module":
    """A module whose gradients can be had: what is inside a wrapper for several devices; of one with sparse gradients a copy of the structure without them.

    Raises:
        Problem: TorchScript, or sparse gradients and no such copy.
    """
    import torch

    module = module.module if isinstance(module, torch.nn.DataParallel | torch.nn.parallel.DistributedDataParallel) else module
    if any(isinstance(part, torch.jit.ScriptModule) for part in module.modules()):
        raise Problem("TorchScript is no function of its parameters here. Give the module that was scripted or traced.")
    if any(part.sparse for part in module.modules() if isinstance(part, torch.nn.Embedding | torch.nn.EmbeddingBag)):
        try:
            module = copied(module)
        except Exception as reason:
            raise Problem(f"its embeddings have sparse gradients, and no copy of its structure can be made: {reason}") from reason
        for part in module.modules():
            if isinstance(part, torch.nn.Embedding | torch.nn.EmbeddingBag):
                part.sparse = False
    return module


def in_training(model: Any) -> InTraining | None:
    """The layers of an Equinox module with `inference=False` that act otherwise then; None where there are none."""
    import jax

    def flagged(part: Any) -> bool:
        return hasattr(part, "inference")

    layers = [(jax.tree_util.keystr(path), part) for path, part in jax.tree_util.tree_flatten_with_path(model, is_leaf=flagged)[0] if flagged(part)]
    acting = tuple(f"{path} ({type(part).__name__})" for path, part in layers if not part.inference and getattr(part, "p", 1) != 0)
    return InTraining(len(acting), len(layers), acting, "eqx.nn.inference_mode(model)") if acting else None


def _acts(part: Any) -> bool:
    """Whether it is one of those that drop numbers, or go by the batch, in training alone."""
    idle = getattr(part, "p", 1) == 0 or getattr(part, "track_running_stats", True) is False
    dropping = isinstance(share := getattr(part, "dropout", None), float) and share > 0  # inside recurrent layers and attention
    return dropping or (not idle and any(base.__module__ in ACTING for base in type(part).__mro__))


def copied(module: "torch.nn.Module") -> "torch.nn.Module":
    """A copy of the structure in evaluation mode, with the same tensors.

    Raises:
        Exception: when there can be none, whatever copying it raised among them.
    """
    import torch

    tensors = {}
    for name, part in module.named_modules():
        kind = type(part)
        if own := [one for one in OWN if getattr(kind, one, None) is not getattr(torch.nn.Module, one)]:
            raise Problem(f"{name or 'it'} is a {kind.__name__}, which has a {own[0]} of its own.")
        held = [*part.parameters(recurse=False), *part.buffers(recurse=False), *vars(part).values()]
        tensors |= {id(value): value for value in held if isinstance(value, torch.Tensor)}
    found = copy.deepcopy(module, tensors)
    if any(one is not other for one, other in zip(_tensors(module), _tensors(found), strict=True)):
        raise Problem("its copy has other parameters or buffers.")
    if {*map(id, found.modules())} & {*map(id, module.modules())}:
        raise Problem("its copy has parts of the module itself.")
    for part in found.modules():
        part.training = False
    return found


def _tensors(module: "torch.nn.Module") -> "list[torch.Tensor]":
    return [value for part in module.modules() for value in (*part.parameters(recurse=False), *part.buffers(recurse=False))]
