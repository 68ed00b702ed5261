"""One training step of the Grokfast decoder against the dense fp32 matrix product that the same machine reaches, with all cores and with one.

    python benchmarks/step.py

FLOPs of a step are counted by hand from the shapes: two for each multiply-add of every matrix product, three times the forward pass (forward, and the
two products of the backward pass), only what the loss reads: in the last block one position asks, all give keys and values. The rest is not counted.
"""

import os
import subprocess
import sys
import time

STEPS = 30


def flops(batch: int = 512, length: int = 4, width: int = 128, depth: int = 2, ratio: int = 4, classes: int = 97) -> float:
    """Floating-point operations of the matrix products of one training step."""
    block = 2 * length * width * (3 * width + width + 2 * ratio * width) + 4 * length * length * width
    last = 2 * width * (2 * length * width + width + width + 2 * ratio * width) + 4 * length * width
    return 3.0 * batch * ((depth - 1) * block + last + 2 * width * classes)


def measure() -> None:
    """Prints milliseconds a step, its rate, the rate of a matrix product, the ratio; in this process, with the threads that it has."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    import recipes
    from unseen.engine.program import Program, leaves_of

    cell = recipes.same().cells()[0]
    program, (numbers, _) = Program(cell.recipe), leaves_of(cell.recipe, "float32")
    program.compile(numbers, np.int32(0), None)
    constants, state = program.start(numbers, np.int32(0), None)
    state, _ = program.advance(numbers, constants, state, 0, 1)
    side = 1024
    matrix = jnp.asarray(np.random.default_rng(0).normal(size=(side, side)), jnp.float32)
    product = jax.jit(lambda m: jax.lax.fori_loop(0, 10, lambda _, out: (out @ m) * 1e-3, m))
    product(matrix).block_until_ready()
    best, peak = float("inf"), 0.0
    for _ in range(7):  # in turn, so that both see the same machine
        began = time.perf_counter()
        state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, 0))
        look = time.perf_counter() - began
        began = time.perf_counter()
        state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, STEPS))
        best = min(best, (time.perf_counter() - began - look) / STEPS)
        began = time.perf_counter()
        product(matrix).block_until_ready()
        peak = max(peak, 10 * 2 * side**3 / (time.perf_counter() - began))
    rate = flops() / best
    print(f"{1e3 * best:.1f} ms a step, {flops() / 1e9:.2f} GFLOP: {rate / 1e9:.0f} GFLOP/s; matrix product {peak / 1e9:.0f} GFLOP/s; ratio {rate / peak:.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure()
    else:
        one = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "NPROC": "1"}
        for words, extra in (("all cores", {}), ("one thread", one)):
            print(words, end=": ", flush=True)
            subprocess.run([sys.executable, __file__, "measure"], env=os.environ | extra, check=True)
