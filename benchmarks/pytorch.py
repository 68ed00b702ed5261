"""Curvature and gradients of each example of two PyTorch networks trained on digits, beside the tools that people use for them.

    python benchmarks/pytorch.py [threads [work ...]]     seconds; of some works only: products, norms, kernel, eigenvalues, trace
    python benchmarks/pytorch.py memory [work ...]        peak memory, each arm in a process of its own (Linux)

The peers are curvlinops with SciPy, PyHessian, `torch.func`, and Opacus, each left out where it is not installed. Ratios are peer to ours, measured in turn in
one run, two threads; the ten largest eigenvalues of the Hessian in float64, to 1e-9, are the truth that errors are told against. Beside them stands the floor:
the gradient of the mean loss, which is the least that any way to the norms can cost, and one product with the Hessian, of which every Krylov method needs some.
Also in float64, curvlinops' Hessian of the transformer is 1 to 2 % from ours in the rows of LayerNorm's scales: `torch.func` differentiates LayerNorm twice
under `vmap` there. Finite differences (with a smooth activation) agree with ours to 1e-9, and not with it (PyTorch 2.14).
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
from unseen.measures.pytorch.gauss_newton import empirical_fisher, gauss_newton
from unseen.measures.pytorch.per_example import gradient_squares
from unseen.measures.pytorch.tangent_kernel import neural_tangent_kernel
from unseen.measures.pytorch.tangent_product import tangent_product
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


class Apart(nn.Module):
    """Attention in four linear layers, to which Opacus can attach itself.

    It cannot to `nn.MultiheadAttention`, and the layer by which its `ModuleValidator.fix` replaces that gives other outputs for inputs with the batch first:
    in Opacus 1.6.0 it reads [batch · heads, places, width] as [batch, places, heads · width].
    """

    batch_first = True

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.heads = attention.num_heads
        width = attention.embed_dim
        self.read, self.out = nn.ModuleList(nn.Linear(width, width) for _ in range(3)), nn.Linear(width, width)
        with torch.no_grad():
            for layer, weight, bias in zip(self.read, attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3), strict=True):
                layer.weight.copy_(weight)
                layer.bias.copy_(bias)
        self.out.load_state_dict(attention.out_proj.state_dict())

    def forward(self, x: torch.Tensor, *_: Any, **__: Any) -> tuple[torch.Tensor, None]:
        """Outputs, and no weights."""
        q, k, v = (layer(x).unflatten(2, (self.heads, -1)).transpose(1, 2) for layer in self.read)
        mixed = nn.functional.scaled_dot_product_attention(q, k, v)
        return self.out(mixed.transpose(1, 2).flatten(2)), None


def attached(module: nn.Module) -> nn.Module:
    """A copy to which Opacus can attach itself: in training mode, which changes nothing here, as nothing is dropped."""
    module = copy.deepcopy(module)
    for layer in list(module.modules()):
        if isinstance(layer, nn.TransformerEncoderLayer):
            layer.self_attn = Apart(layer.self_attn)
    return module.train()


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


def operator(module: nn.Module, x: torch.Tensor, y: torch.Tensor, kind: Any = None) -> Any:
    """Curvlinops' Hessian, or another of its matrices, without its check that products repeat."""
    import curvlinops

    make = kind or curvlinops.HessianLinearOperator
    return make(module, nn.CrossEntropyLoss(), list(module.parameters()), [(x, y)], check_deterministic=False)


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
    if there("opacus"):
        from opacus import GradSampleModule
        from opacus.grad_sample import GradSampleModuleFastGradientClipping

        formed = GradSampleModule(attached(module), loss_reduction="sum")
        ghost = GradSampleModuleFastGradientClipping(attached(module), loss_reduction="sum")

        def opacus(sampled: Any, squares: Callable[[], torch.Tensor]) -> np.ndarray:
            found = []
            for start in range(0, len(x), 128):
                sampled.zero_grad()
                each(sampled(x[start : start + 128]), y[start : start + 128]).sum().backward()
                found.append(squares())
            return torch.cat(found).numpy()

        of_formed = lambda: sum(p.grad_sample.flatten(1).square().sum(1) for p in formed.parameters())  # noqa: E731
        arms["Opacus, batches of 128"] = partial(opacus, formed, of_formed)
        arms["Opacus, ghost norms, the same"] = partial(opacus, ghost, lambda: ghost.get_norm_sample().square())
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


def products(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """One product with each matrix, ours and theirs."""
    made = {"Hessian": hessian, "Gauss-Newton": gauss_newton, "empirical Fisher": empirical_fisher}
    v = np.random.default_rng(0).standard_normal(sum(p.numel() for p in module.parameters())).astype(np.float32)
    arms: dict[str, Callable[[], Any]] = {f"{name}, ours": partial(make(module, x, y, each), v) for name, make in made.items()}
    if there("curvlinops"):
        import curvlinops

        theirs = dict(zip(made, (curvlinops.HessianLinearOperator, curvlinops.GGNLinearOperator, curvlinops.EFLinearOperator), strict=True))
        arms |= {f"{name}, curvlinops": partial(operator(module, x, y, make).to_scipy().__matmul__, v) for name, make in theirs.items()}
    kernel = tangent_product(module, x)
    return arms | {"tangent kernel, ours": partial(kernel, np.resize(v, kernel.size))}


WORKS: dict[str, Callable[..., dict[str, Callable[[], Any]]]] = {
    "products": products,
    "norms": norms,
    "kernel": lambda module, x, _: kernels(module, x[:200]),
    "eigenvalues": eigenvalues,
    "trace": traces,
}


def floor(module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, Callable[[], Any]]:
    """The gradient of the mean loss in batches."""
    parameters = list(module.parameters())

    def gradient(size: int) -> None:
        for start in range(0, len(x), size):
            torch.autograd.grad(each(module(x[start : start + size]), y[start : start + size]).sum(), parameters)

    return {f"gradient of the mean loss, {size}": partial(gradient, size) for size in (128, 256)}


def told(what: str, spent: dict[str, float], notes: dict[str, str]) -> None:
    """One line an arm."""
    for arm, seconds in spent.items():
        ratio = f"{seconds / spent['ours']:6.2f}" if "ours" in spent else " " * 6
        print(f"  {what:12} {arm:32} {seconds:8.3f} s {ratio}  {notes[arm]}", flush=True)


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


def memory(works: list[str]) -> None:
    """Prints the peak memory of every arm, and its ratio to ours. Products are left out: their arms are made together."""
    for name in NETWORKS:
        module, x, y = network(name)
        for work in works:
            ours = float("nan")
            for arm in WORKS[work](module, x[:16], y[:16]):
                done = subprocess.run([sys.executable, __file__, "alone", name, work, arm], capture_output=True, text=True)
                if done.returncode:
                    print(f"  {name:12} {work:12} {arm:30} failed: {done.stderr.strip().splitlines()[-1][:100]}", flush=True)
                    continue
                taken = float(done.stdout)
                ours = taken if arm == "ours" else ours
                print(f"  {name:12} {work:12} {arm:30} {taken:8.0f} MiB {taken / ours:6.2f}", flush=True)


def notes(work: str, found: dict[str, Any], module: nn.Module, x: torch.Tensor, y: torch.Tensor) -> dict[str, str]:
    """What is told of each arm beside its seconds: errors and products."""
    if work == "products":
        ours = {arm: found[arm.replace("curvlinops", "ours")] for arm in found}
        return {arm: f"apart {np.abs(one - ours[arm]).max() / np.abs(one).max():.0e}" for arm, one in found.items()}
    if work in ("norms", "kernel"):
        truth = next(one for arm, one in found.items() if "torch.func" in arm)
        return {arm: f"apart {np.abs(one - truth).max() / truth.max():.0e}" for arm, one in found.items()}
    exact = hessian(copy.deepcopy(module).double(), x.double(), y, each)
    pairs = eigenpairs(exact, largest=10, tolerance=1e-9)
    if work == "eigenvalues":
        error = lambda values: np.abs(np.sort(values)[::-1] / pairs.values - 1).max()  # noqa: E731
        return {arm: f"error {error(values):.0e}, {products:g} products" for arm, (values, products) in found.items()}
    total = trace(exact, tolerance=0.005, known=pairs, most=500).value
    return {arm: f"error {abs(value / total - 1):.1%}, {products} products" for arm, (value, products) in found.items()}


REPEATS = {"products": 5, "norms": 5, "kernel": 3, "eigenvalues": 1, "trace": 2}


def main(threads: int, works: list[str]) -> None:
    """Prints seconds, and peer over ours."""
    torch.set_num_threads(threads)
    torch.backends.mha.set_fastpath_enabled(False)  # curvlinops' forward mode cannot pass it; ours and the others take the plain path anyway
    for peer in ("curvlinops", "pyhessian", "opacus"):
        if not there(peer):
            print(f"{peer} is not installed: left out.")
    for name in NETWORKS:
        module, x, y = network(name)
        print(f"{name}, {sum(p.numel() for p in module.parameters()):,} weights, {len(x)} examples, {torch.get_num_threads()} threads", flush=True)
        with plain_attention():
            spent, _ = timed(floor(module, x, y), 5)
            told("floor", spent, dict.fromkeys(spent, ""))
            for work in works:
                spent, found = timed(WORKS[work](module, x, y), REPEATS[work])
                told(work, spent, notes(work, found, module, x, y))


if __name__ == "__main__":
    if sys.argv[1:2] == ["alone"]:
        alone(*sys.argv[2:])
    elif sys.argv[1:2] == ["memory"]:
        memory(sys.argv[2:] or [work for work in WORKS if work != "products"])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 2, sys.argv[2:] or list(WORKS))
