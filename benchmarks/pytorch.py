"""Curvature and gradients of each example of two PyTorch networks trained on digits, beside the tools that people use for them.

    python benchmarks/pytorch.py [threads]      seconds
    python benchmarks/pytorch.py memory         peak memory, each arm in a process of its own (Linux)

The peers are curvlinops with SciPy, PyHessian, `torch.func`, and Opacus, each left out where it is not installed. Ratios are peer to ours, measured in turn in
one run, two threads; the ten largest eigenvalues of the Hessian in float64, to 1e-9, are the truth that errors are told against. Beside them stands the floor:
the gradient of the mean loss, which is the least that any way to the norms can cost, and one product with the Hessian, of which every Krylov method needs some.
"""

import copy
import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh
from sklearn.datasets import load_digits

from unseen.measures.pytorch.curvature import hessian, plain_attention
from unseen.measures.pytorch.per_example import gradient_squares
from unseen.measures.pytorch.tangent_kernel import neural_tangent_kernel
from unseen.measures.spectrum import eigenpairs
from unseen.measures.trace import trace

try:
    import torch
    from torch import nn
except ImportError:
    print("PyTorch is not installed: left out.")
    raise SystemExit(0) from None


class Encoder(nn.Module):
    """A transformer encoder on the eight rows of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Linear(8, 64)
        layer = nn.TransformerEncoderLayer(64, 4, 128, batch_first=True, dropout=0.0)
        self.body, self.last = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), nn.Linear(512, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits."""
        return self.last(self.body(self.embed(x)).flatten(1))


def convolutional() -> nn.Module:
    """Two convolutions and a hidden layer."""
    body = [nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten()]
    return nn.Sequential(*body, nn.Linear(512, 40), nn.ReLU(), nn.Linear(40, 10))


def each(out: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """The losses."""
    return nn.functional.cross_entropy(out, y, reduction="none")


def trained(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> nn.Module:
    """The module after some steps of Adam on batches of 128."""
    adam = torch.optim.Adam(module.parameters(), 3e-3)
    for batch in torch.randint(0, len(x), (100, 128)):
        adam.zero_grad()
        each(module(x[batch]), y[batch]).mean().backward()
        adam.step()
    module.zero_grad()
    return module.eval()


def timed(arms: dict[str, Callable[[], Any]], repeats: int) -> tuple[dict[str, float], dict[str, Any]]:
    """The median seconds of each arm, in turn after one warm-up, and what it found."""
    spent, found = {name: [] for name in arms}, {}
    for turn in range(repeats + 1):
        for name, arm in arms.items():
            began = time.perf_counter()
            found[name] = arm()
            if turn:
                spent[name].append(time.perf_counter() - began)
    return {name: float(np.median(times)) for name, times in spent.items()}, found


def there(name: str) -> bool:
    """Whether a peer is installed."""
    return importlib.util.find_spec(name) is not None


def eigenvalues(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """Each gives (ten eigenvalues, products)."""

    def ours(tolerance: float) -> Any:
        found = eigenpairs(hessian(module, x, y, each), largest=10, tolerance=tolerance)
        return found.values, found.products

    arms: dict[str, Callable[[], Any]] = {"ours": partial(ours, 1e-3), "ours, tolerance 1e-5": partial(ours, 1e-5)}
    if there("curvlinops"):

        def curvlinops() -> Any:
            scipy, count = operator(module, x, y).to_scipy(), [0]

            def once(v: np.ndarray) -> np.ndarray:
                count[0] += 1
                return scipy @ v

            counted = LinearOperator(scipy.shape, matvec=once, dtype=scipy.dtype)
            return eigsh(counted, k=10, which="LA", tol=1e-3, return_eigenvectors=False), count[0]

        arms["curvlinops + eigsh"] = curvlinops
    if there("pyhessian"):
        from pyhessian import hessian as pyhessian

        arms["PyHessian"] = lambda: (
            np.array(pyhessian(module, nn.CrossEntropyLoss(), data=(x, y), cuda=False).eigenvalues(top_n=10)[0]),
            float("nan"),
        )
    return arms


def operator(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> Any:
    """Curvlinops' Hessian, without its check that products repeat."""
    from curvlinops import HessianLinearOperator

    return HessianLinearOperator(module, nn.CrossEntropyLoss(), list(module.parameters()), [(x, y)], check_deterministic=False)


def traces(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """Each gives (trace, products)."""

    def ours() -> Any:
        found = trace(hessian(module, x, y, each), tolerance=0.05)
        return found.value, found.products

    arms: dict[str, Callable[[], Any]] = {"ours": ours}
    if there("curvlinops"):
        from curvlinops import hutchpp_trace, xtrace

        arms["curvlinops Hutch++"] = lambda: (float(hutchpp_trace(operator(module, x, y), 30)), 30)
        arms["curvlinops XTrace"] = lambda: (float(xtrace(operator(module, x, y), 16)), 16)
    return arms


def norms(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """Each gives the squared norm of the gradient of each example."""
    parameters = {name: value.detach() for name, value in module.named_parameters()}

    def one(parameters: Any, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return each(torch.func.functional_call(module, parameters, (x[None],)), y[None])[0]

    def mapped(chunk: int) -> np.ndarray:
        function, found = torch.func.vmap(torch.func.grad(one), in_dims=(None, 0, 0)), []
        for start in range(0, len(x), chunk):
            gradients = function(parameters, x[start : start + chunk], y[start : start + chunk])
            found.append(sum(value.flatten(1).square().sum(1) for value in gradients.values()))
        return torch.cat(found).numpy()

    arms: dict[str, Callable[[], Any]] = {"ours": lambda: gradient_squares(module, x, y, each, mean=False)[0]}
    arms |= {f"torch.func, chunks of {chunk}": partial(mapped, chunk) for chunk in (64, 128, 256, 2048)}
    if there("opacus") and not any(isinstance(layer, nn.MultiheadAttention) for layer in module.modules()):  # it replaces attention by a layer of its own
        from opacus import GradSampleModule

        sampled = GradSampleModule(copy.deepcopy(module).train(), loss_reduction="sum")

        def opacus() -> np.ndarray:
            found = []
            for start in range(0, len(x), 128):
                sampled.zero_grad()
                each(sampled(x[start : start + 128]), y[start : start + 128]).sum().backward()
                found.append(sum(p.grad_sample.flatten(1).square().sum(1) for p in sampled.parameters()))
            return torch.cat(found).numpy()

        arms["Opacus, batches of 128"] = opacus
    return arms


def kernels(module: nn.Module, x: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """Each gives the tangent kernel."""
    parameters = {name: value.detach() for name, value in module.named_parameters()}

    def one(parameters: Any, x: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(module, parameters, (x[None],))[0]

    def contracted() -> np.ndarray:
        jacobian = [part.flatten(2) for part in torch.func.vmap(torch.func.jacrev(one), (None, 0))(parameters, x).values()]
        return sum(torch.einsum("iak,jbk->ijab", part, part) for part in jacobian).numpy()

    return {"ours": lambda: neural_tangent_kernel(module, x), "torch.func, contracted": contracted}


WORKS: dict[str, Callable[..., dict[str, Callable[[], Any]]]] = {
    "norms of gradients": norms,
    "tangent kernel of 200": lambda module, x, _: kernels(module, x[:200]),
    "ten eigenvalues": eigenvalues,
    "trace": traces,
}


def floors(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """The gradient of the mean loss in batches of 128, and one product with the Hessian, here and there."""
    parameters, product = list(module.parameters()), hessian(module, x, y, each)
    v = np.random.default_rng(0).standard_normal(product.size).astype(product.dtype)

    def gradient() -> None:
        for start in range(0, len(x), 128):
            torch.autograd.grad(each(module(x[start : start + 128]), y[start : start + 128]).sum(), parameters)

    arms: dict[str, Callable[[], Any]] = {"gradient of the mean loss": gradient, "one product, ours": lambda: product(v)}
    if there("curvlinops"):
        theirs = operator(module, x, y).to_scipy()
        arms["one product, curvlinops"] = lambda: theirs @ v
    return arms


def told(what: str, spent: dict[str, float], notes: dict[str, str]) -> None:
    """One line an arm."""
    for arm, seconds in spent.items():
        ratio = f"{seconds / spent['ours']:6.2f}" if "ours" in spent else " " * 6
        print(f"  {what:22} {arm:30} {seconds:8.3f} s {ratio}  {notes[arm]}", flush=True)


NETWORKS = {"CNN": convolutional, "transformer": Encoder}


def network(name: str) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """One network, trained, with its inputs and labels."""
    pixels, y = load_digits(return_X_y=True)
    x, labels = torch.tensor(pixels / 16, dtype=torch.float32).reshape(-1, 8, 8), torch.tensor(y)
    x = x[:, None] if name == "CNN" else x
    torch.manual_seed(0)
    return trained(NETWORKS[name](), x, labels), x, labels


def resident(which: str) -> float:
    """MiB of this process: "VmRSS" now, "VmHWM" at most since the last reset."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(which))
    return int(line.split()[1]) / 1024


def alone(name: str, work: str, arm: str) -> None:
    """Prints by how many MiB one arm raises the peak of this process, after the same on 16 examples."""
    torch.set_num_threads(2)
    module, x, y = network(name)
    with plain_attention():
        WORKS[work](module, x[:16], y[:16])[arm]()
        before = resident("VmRSS")
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
        WORKS[work](module, x, y)[arm]()
    print(resident("VmHWM") - before)


def memory() -> None:
    """Prints the peak memory of every arm, and its ratio to ours."""
    for name in NETWORKS:
        module, x, y = network(name)
        for work, arms in WORKS.items():
            ours = float("nan")
            for arm in arms(module, x, y):
                done = subprocess.run([sys.executable, __file__, name, work, arm], capture_output=True, text=True)
                if done.returncode:
                    print(f"  {name:12} {work:22} {arm:30} failed: {done.stderr.strip().splitlines()[-1][:100]}", flush=True)
                    continue
                taken = float(done.stdout)
                ours = taken if arm == "ours" else ours
                print(f"  {name:12} {work:22} {arm:30} {taken:8.0f} MiB {taken / ours:6.2f}", flush=True)


def main() -> None:
    """Prints seconds, and peer over ours."""
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)
    for name in NETWORKS:
        module, x, labels = network(name)
        print(f"{name}, {sum(p.numel() for p in module.parameters()):,} weights, {len(x)} examples, {torch.get_num_threads()} threads", flush=True)
        with plain_attention():
            spent, _ = timed(floors(module, x, labels), 5)
            told("floor", spent, dict.fromkeys(spent, ""))
            spent, found = timed(norms(module, x, labels), 5)
            truth = found["torch.func, chunks of 64"]
            told("norms of gradients", spent, {arm: f"apart {np.abs(one - truth).max() / truth.max():.0e}" for arm, one in found.items()})
            spent, found = timed(kernels(module, x[:200]), 3)
            truth = found["torch.func, contracted"]
            told("tangent kernel of 200", spent, {arm: f"apart {np.abs(one - truth).max() / truth.max():.0e}" for arm, one in found.items()})
            exact = hessian(copy.deepcopy(module).double(), x.double(), labels, each)
            pairs = eigenpairs(exact, largest=10, tolerance=1e-9)
            spent, found = timed(eigenvalues(module, x, labels), 1)
            errors = {arm: np.abs(np.sort(values)[::-1] / pairs.values - 1).max() for arm, (values, _) in found.items()}
            told("ten eigenvalues", spent, {arm: f"error {errors[arm]:.0e}, {products:g} products" for arm, (_, products) in found.items()})
            total = trace(exact, tolerance=0.005, known=pairs, most=500).value
            spent, found = timed(traces(module, x, labels), 2)
            told("trace", spent, {arm: f"error {abs(value / total - 1):.1%}, {products} products" for arm, (value, products) in found.items()})


if __name__ == "__main__":
    if sys.argv[1:] == ["memory"]:
        memory()
    elif len(sys.argv) == 4:
        alone(*sys.argv[1:])
    else:
        main()
