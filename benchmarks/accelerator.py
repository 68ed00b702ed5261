"""Runs of the Grokfast decoder trained together under `vmap`, by how many, against the product of float32 matrices that the same device reaches.

    python benchmarks/accelerator.py [widths ...]     on whatever JAX computes on; 1 8 32 128 where none is given

Seconds of compilation are without a cache. A step is one step of every run; FLOPs of a step are counted by hand, as `step.py` says. With GROKFAST and
PEER_PYTHON, `grokfast.py` times the authors' program on the same device.
"""

import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

import recipes
import step
from unseen.engine import machine
from unseen.engine.program import Program, leaves_of, precise

STEPS = 50


def product(side: int) -> float:
    """FLOP/s of a product of square matrices in float32, best of three."""
    matrix = jnp.asarray(np.random.default_rng(0).normal(size=(side, side)), jnp.float32)
    with machine.whole_products():
        multiply = jax.jit(lambda m: m @ m)
        multiply(matrix).block_until_ready()
        best = float("inf")
        for _ in range(3):
            began = time.perf_counter()
            multiply(matrix).block_until_ready()
            best = min(best, time.perf_counter() - began)
    return 2 * side**3 / best


def together(width: int, precision: str, peak: float) -> None:
    """Prints what `width` runs at once cost, beside the rate `peak` of a product."""
    cell = recipes.same(precision=precision).cells()[0]
    with precise(precision):
        numbers = jax.tree.map(lambda leaf: np.stack([leaf] * width), leaves_of(cell.recipe, precision)[0])
        seeds = np.arange(width, dtype=np.int32)
        program = Program(cell.recipe, precision, width)
        began = time.perf_counter()
        program.compile(numbers, seeds, None)
        compiled = time.perf_counter() - began
        constants, state = program.start(numbers, seeds, None)
        state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, 1))
        best = float("inf")
        for _ in range(3):
            began = time.perf_counter()
            state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, 0))
            look = time.perf_counter() - began
            began = time.perf_counter()
            state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, STEPS))
            best = min(best, (time.perf_counter() - began - look) / STEPS)
    rate = width * step.flops() / best
    print(
        f"{precision}, {width} at once: compiled in {compiled:.1f} s, {1e3 * best:.2f} ms a step, {width / best:.0f} steps of a run a second, "
        f"{rate / 1e12:.2f} TFLOP/s, {rate / peak:.2f} of the product's",
        flush=True,
    )


if __name__ == "__main__":
    accelerated = machine.accelerators()
    found = product(8192 if accelerated else 1024)
    print(f"{machine.accelerator() or machine.fingerprint()['processor']}: a product of float32 matrices at {found / 1e12:.2f} TFLOP/s")
    for precision in ("float32", "mixed"):
        for width in map(int, sys.argv[1:] or ("1", "8", "32", "128")):
            together(width, precision, found)
