"""Simulators of solvable settings beside what they cannot do without: the decompositions of their matrices; products on the circle; draws for networks.

    python benchmarks/simulators.py

Milliseconds a repetition, on one core; the share of that floor, of the same matrices in a stack (the rest is mostly drawing, and products of what was drawn);
how many times as long the same takes in JAX, in float64, vectorised and compiled, and its first call, which compiles. Best of three calls.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest.mock import patch

import jax
import jax.numpy as jnp
import numpy as np

from unseen.engine.machine import one_thread
from unseen.theory.dynamics.random_feature_flow import simulate_flow
from unseen.theory.infinite_width import simulate
from unseen.theory.random_features import simulate_random_features
from unseen.theory.ridge import simulate_ridge
from unseen.theory.sketching import simulate_sketched
from unseen.theory.spectral_filters import flow_filter, ridge_filter, simulate_circle, simulate_gaussian

RIDGES, TIMES = np.geomspace(1e-3, 10, 5), np.geomspace(1, 1e3, 5)
KINDS = [ridge_filter(0.01), ridge_filter(0.1), flow_filter(10.0), flow_filter(100.0)]


def best(do: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of the best of three calls, and of the first."""
    spent = []
    for _ in range(3):
        start = time.perf_counter()
        jax.block_until_ready(do())
        spent.append(time.perf_counter() - start)
    return min(spent), spent[0]


def decompositions(library: Any, mixtures: list[Any], designs: Any) -> list[Any]:
    """Of the mixtures of examples, where there are any, and of the designs, each in a stack."""
    return [*(library.linalg.qr(one) for one in mixtures), library.linalg.svd(designs, full_matrices=False)]


def products(waves: Any, signals: Any, duals: Any) -> list[Any]:
    """Labels from the frequencies, and for each kind of fit the frequencies from what it has learned."""
    return [signals @ waves.T, *(dual @ waves for dual in duals)]


def told(name: str, simulator: Callable[..., Any], repetitions: int, plain: Callable[[], Any], vectorised: Callable[[], Any]) -> None:
    """Prints a line."""
    (seconds, _), (floor, _), (other, first) = map(best, (partial(simulator, repetitions=repetitions), plain, vectorised))
    print(f"{name:36} {1e3 * seconds / repetitions:9.3f} ms   {floor / seconds:7.0%}   JAX {other / floor:5.2f} x, first call {first:5.2f} s", flush=True)


def decomposed(name: str, simulator: Callable[..., Any], repetitions: int) -> None:
    """A simulator that decomposes: the matrices are those that it hands to NumPy."""
    with patch.object(np.linalg, "svd", wraps=np.linalg.svd) as svd, patch.object(np.linalg, "qr", wraps=np.linalg.qr) as qr:
        simulator(repetitions=repetitions)
    handed = [[call.args[0] for call in calls.call_args_list] for calls in (qr, svd)]
    mixtures, designs = ([np.concatenate([x.reshape(-1, *x.shape[-2:]) for x in given])] if given else [] for given in handed)
    compiled = jax.jit(partial(decompositions, jnp))
    told(name, simulator, repetitions, partial(decompositions, np, mixtures, *designs), partial(compiled, mixtures, *designs))


def measured(n: int, repetitions: int) -> None:
    """Every simulator on n examples with twice as many modes."""
    rng, modes = np.random.default_rng(0), 2 * n
    law = [np.arange(1, modes + 1.0) ** power for power in (-1.5, -0.75)]
    simulators: dict[str, Callable[..., Any]] = {
        "ridge": partial(simulate_ridge, rng, *law, n, RIDGES, 0.2),
        "filters, Gaussian": partial(simulate_gaussian, rng, *law, n, KINDS, 0.2),
        f"random features, {n}": partial(simulate_random_features, rng, *law, n, n, RIDGES, 0.2),
        f"sketched, to {n // 2} rows": partial(simulate_sketched, rng, np.ones(modes), 3.0, n, n // 2, 1.0),
        f"flow, {n} features": partial(simulate_flow, rng, *law, TIMES, n, n, 0.2),
        f"flow, {n} features, endless": partial(simulate_flow, rng, *law, TIMES, None, n, 0.2),
    }
    for name, simulator in simulators.items():
        decomposed(f"{name}, n = {n}", simulator, repetitions)
    many = 10 * repetitions
    waves, signals = (np.exp(2j * np.pi * rng.random((rows, modes))) for rows in (n, many))
    arrays = (waves, signals, rng.standard_normal((len(KINDS), many, n)))
    circle = partial(simulate_circle, rng, *law, n, KINDS, 0.2)
    told(f"filters, circle, n = {n}", circle, many, partial(products, *arrays), partial(jax.jit(products), *arrays))
    network, numbers = partial(simulate, rng, rng.standard_normal((10, 5)), width=n), (many, 7 * n + 1)
    draws = jax.jit(partial(jax.random.normal, shape=numbers))
    told(f"network, width {n}", network, many, partial(rng.standard_normal, numbers), partial(draws, jax.random.key(0)))


def main() -> None:
    """Prints a line for each simulator and size."""
    print(f"{'':36} a repetition     floor   the floor in JAX")
    for n, repetitions in {50: 200, 200: 20, 500: 3}.items():
        measured(n, repetitions)


if __name__ == "__main__":
    with one_thread(), jax.enable_x64(True):
        main()
