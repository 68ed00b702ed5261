"""PyTorch modules as functions of their parameters: gradients of each example and products with the Hessian, in place, through `torch.func`."""

# pyright: reportMissingImports=false
import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem
from unseen.measures.curvature import STORE, Product

if TYPE_CHECKING:
    import torch

CACHE = 2**24
"""Bytes of saved intermediate results that are worked on at once."""

Losses = Callable[[Any, Any], Any]
"""(outputs [n, …], targets) → the loss of each example [n], tensors both."""


class Functional(NamedTuple):
    """A module as a function of its parameters. The module itself is neither changed nor moved.

    Attributes:
        parameters: float tensors by name, those that are tied once; they share memory with the module's, but for those of half precision, which are copied
            to float32.
        call: (parameters, inputs) → outputs.
    """

    parameters: "dict[str, torch.Tensor]"
    call: "Callable[[dict[str, torch.Tensor], torch.Tensor], Any]"

    def flat(self) -> Float[np.ndarray, " size"]:
        """All parameters as one vector, in the order of `parameters`."""
        return np.concatenate([value.detach().cpu().numpy().reshape(-1) for value in self.parameters.values()])

    def shaped(self, vector: np.ndarray) -> "dict[str, torch.Tensor]":
        """A vector in the shapes, types and places of the parameters."""
        import torch

        sizes = [value.numel() for value in self.parameters.values()]
        parts = torch.as_tensor(vector).split(sizes)
        return {name: part.reshape(value.shape).to(value) for part, (name, value) in zip(parts, self.parameters.items(), strict=True)}


def functional(module: "torch.nn.Module") -> Functional:
    """The module as a function of those of its parameters that require gradients, and of none else.

    Raises:
        Problem: nothing to train, parameters that are not finite, or training mode, in which dropout and batch normalisation act.
    """
    import torch

    if module.training:
        raise Problem("module: expected one in evaluation mode, got one in training mode, whose dropout and batch normalisation would act. Call module.eval().")
    half = (torch.float16, torch.bfloat16)

    def single(value: torch.Tensor) -> torch.Tensor:
        return value.detach().float() if value.dtype in half else value.detach()

    parameters = {name: single(value).requires_grad_() for name, value in module.named_parameters() if value.requires_grad and value.is_floating_point()}
    fixed = {name: single(value) for name, value in [*module.named_parameters(), *module.named_buffers()] if name not in parameters}
    if not parameters:
        raise Problem("module: expected parameters that require gradients, got none. Unfreeze some: parameter.requires_grad_().")
    bad = [name for name, value in parameters.items() if not bool(torch.isfinite(value).all())]
    if bad:
        raise Problem(f"module: expected finite parameters, got some in {', '.join(bad[:5])} that are NaN or infinite.")
    lowered = any(value.dtype in half for value in module.parameters())
    places = _places(module)

    def call(parameters: dict[str, torch.Tensor], x: torch.Tensor) -> Any:
        x, given = x.float() if lowered and x.is_floating_point() else x, {**fixed, **parameters}
        # ties are told in full: where a part stands in two places, functional_call would put tensors in each and leave one of them there
        return torch.func.functional_call(module, {place: given[name] for place, name in places.items()}, (x,), tie_weights=False)

    return Functional(parameters, call)


def _places(module: "torch.nn.Module") -> dict[str, str]:
    """Of every place where a part, told once however often it is used, holds a parameter or buffer: by what name the whole module tells that tensor first."""
    first = {id(value): name for name, value in [*module.named_buffers(), *module.named_parameters()]}
    held = {
        f"{path}.{name}".removeprefix("."): value
        for path, part in module.named_modules()
        for name, value in [
            *part.named_parameters(recurse=False, remove_duplicate=False),
            *part.named_buffers(recurse=False, remove_duplicate=False),
        ]
    }
    return {place: first[id(value)] for place, value in held.items()}


def outputs(whole: Functional, x: "torch.Tensor") -> "torch.Tensor":
    """What the module gives.

    Raises:
        Problem: where that is no tensor.
    """
    import torch

    found = whole.call(whole.parameters, x)
    if not isinstance(found, torch.Tensor):
        raise Problem(f"module: expected a tensor from it, got {type(found).__name__}. Wrap it in a module that picks one.")
    return found


@contextlib.contextmanager
def plain_attention() -> Iterator[None]:
    """A context in which attention is computed by operations that can be differentiated twice, and mapped over examples."""
    from torch.nn.attention import SDPBackend, sdpa_kernel

    with sdpa_kernel(SDPBackend.MATH):
        yield


def saved_bytes(run: Callable[[int], Any], n: int) -> float:
    """Bytes that `run(k)` saves for a backward pass, for each of its first k examples, at least 1; from k = 4 and 2, as far as there are so many."""
    import torch

    def saved(count: int) -> int:
        sizes: dict[int, int] = {}

        def keep(value: torch.Tensor) -> torch.Tensor:
            storage = value.untyped_storage()
            sizes[storage.data_ptr()] = storage.nbytes()
            return value

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda value: value):
            run(count)
        return sum(sizes.values())

    few = min(n, 4)
    return max(1.0, (saved(few) - saved(few // 2)) / (few - few // 2) if few > 1 else saved(1))


def at_once(each: float, n: int) -> int:
    """Examples of `each` bytes to work on at once: as many as fit `CACHE`, or 16 where these are not too much for memory, but no more than n."""
    return int(np.clip(max(CACHE / each, min(16.0, STORE / 8 / each)), 1, n))


def hessian(module: "torch.nn.Module", x: "torch.Tensor", y: "torch.Tensor", losses: Losses, *, chunk: int | None = None) -> Product:
    """H v, with H = ∇²_θ (1/n) Σ_i ℓ_i(θ) over the examples, θ the parameters in the order of `functional(module).parameters`.

    The gradient is recorded once, chunk by chunk, so that each product is one backward pass through it; where the record would take more than `STORE`
    bytes, each product records it again.

    Args:
        module: in evaluation mode.
        x: inputs [n, ...].
        y: targets [n, ...].
        losses: the loss of each example.
        chunk: examples worked on at once; None: as many as fit `CACHE`.

    Raises:
        Problem: as `functional`, no examples, a chunk below 1, or a loss that is not finite.

    >>> import pytest
    >>> torch = pytest.importorskip("torch")
    >>> module = torch.nn.Linear(2, 1, bias=False).eval()
    >>> H = hessian(module, torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0]]), lambda out, y: 0.5 * ((out - y) ** 2).sum(1))
    >>> H(np.array([1.0, 0.0])).tolist()
    [1.0, 2.0]
    """
    import torch

    n, whole = len(x), functional(module)
    leaves = list(whole.parameters.values())

    def slope(part: slice) -> tuple[torch.Tensor, ...]:
        with plain_attention(), torch.enable_grad():
            loss = finite(losses(whole.call(whole.parameters, x[part]), y[part]).sum() / n, "loss")
            return torch.autograd.grad(loss, leaves, create_graph=True, materialize_grads=True)

    def along(recorded: tuple[torch.Tensor, ...], v: list[torch.Tensor]) -> Sequence[torch.Tensor]:
        live = [(one, other) for one, other in zip(recorded, v, strict=True) if one.requires_grad]
        return torch.autograd.grad([g for g, _ in live], leaves, [u for _, u in live], retain_graph=True, materialize_grads=True) if live else ()

    return summed(whole, recorded_parts(slope, n, chunk), along)


def finite(value: "torch.Tensor", what: str) -> "torch.Tensor":
    """The value, a loss or outputs.

    Raises:
        Problem: where it is not finite.
    """
    if not bool(value.isfinite().all()):
        raise Problem(f"module: expected a finite {what} on the examples, got NaN or infinity. Look at its outputs on them.")
    return value


def recorded_parts(record: Callable[[slice], Any], n: int, chunk: int | None) -> Callable[[], Iterator[tuple[slice, Any]]]:
    """Parts of n examples, each with what `record` gives of it: recorded now if all that fits `STORE` bytes, else anew whenever they are asked for.

    Raises:
        Problem: no examples, or a chunk below 1.
    """
    if not n:
        raise Problem("x: expected at least one example, got none.")
    if chunk is not None and chunk < 1:
        raise Problem(f"chunk: expected at least one example, got {chunk!r}.")
    each = saved_bytes(lambda count: record(slice(0, count)), n)
    size = chunk or at_once(each, n)
    parts = [slice(start, start + size) for start in range(0, n, size)]
    kept = [record(part) for part in parts] if n * each <= STORE else None
    return lambda: zip(parts, map(record, parts) if kept is None else kept, strict=True)


def summed(
    whole: Functional, parts: Callable[[], Iterator[tuple[slice, Any]]], along: "Callable[[Any, list[torch.Tensor]], Sequence[torch.Tensor]]"
) -> Product:
    """Σ over parts of `along(what is recorded of a part, v)`, which gives a tensor for each parameter, or nothing for 0."""
    dtype = np.result_type(*(str(value.dtype).removeprefix("torch.") for value in whole.parameters.values()))

    def apply(v: np.ndarray) -> np.ndarray:
        direction, total = list(whole.shaped(v).values()), np.zeros(len(v), v.dtype)
        for _, recorded in parts():
            found = along(recorded, direction)
            if found:
                total += np.concatenate([value.detach().cpu().numpy().reshape(-1) for value in found])
        return total

    return Product(apply, sum(value.numel() for value in whole.parameters.values()), dtype)
