"""One training step of the Grokfast decoder against the dense fp32 matrix product that the same machine reaches, with all cores and with one.

    python benchmarks/step.py

FLOPs of a step are counted by hand from the shapes: two for each multiply-add of every matrix product, three times the forward pass (forward, and the
two products of the backward pass), only what the loss reads: in the last block one position asks, all give keys and values. The rest is not counted.
The decoder that computes what strings share once is told beside it, its rate counted with the operations of the plain one, and with its own; and both
with one half of the batch on each of two cores.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

STEPS = 30


def flops(batch: int = 512, length: int = 4, width: int = 128, depth: int = 2, ratio: int = 4, classes: int = 97) -> float:
    """Floating-point operations of the matrix products of one training step."""
    block = 2 * length * width * (3 * width + width + 2 * ratio * width) + 4 * length * length * width
    last = 2 * width * (2 * length * width + width + width + 2 * ratio * width) + 4 * length * width
    return 3.0 * batch * ((depth - 1) * block + last + 2 * width * classes)


def shared_flops(batch: int = 512, width: int = 128, ratio: int = 4, symbols: int = 99, classes: int = 97) -> float:
    """The same for two blocks on a ∘ b = with what one symbol decides computed once for each symbol (attention itself, which is little, as in `flops`)."""
    rows = 2 * symbols + 2 * batch  # a ∘, for each a; b = in each string
    first = 3 * (3 * symbols + 1) + (1 + 2 * ratio) * rows
    top = 2 * rows + (2 + 2 * ratio) * batch
    attention = 4 * width * (4 * rows + 4 * batch)
    return 3.0 * (2 * width**2 * (first + top) + attention + 2 * width * classes * batch)


def measure() -> None:
    """Prints for each decoder milliseconds a step, its rates, the rate of a matrix product, the ratios; in this process, with the threads that it has."""
    import jax
    import jax.numpy as jnp
    import numpy as np

    import recipes
    from unseen.engine.program import Program, leaves_of

    def started(study: Any) -> Callable[[int], float]:
        """Seconds of that many steps and a look, each call going on from the one before."""
        recipe = study.cells()[0].recipe
        program, (numbers, _) = Program(recipe), leaves_of(recipe, "float32")
        program.compile(numbers, np.int32(0), None)
        constants, state = program.start(numbers, np.int32(0), None)

        def seconds(steps: int) -> float:
            nonlocal state
            began = time.perf_counter()
            state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, steps))
            return time.perf_counter() - began

        seconds(1)
        return seconds

    studies = {"plain": recipes.same(), "shared": recipes.shared()}
    runs = {name: started(study if jax.local_device_count() == 1 else recipes.parts(study)) for name, study in studies.items()}
    side = 1024
    matrix = jnp.asarray(np.random.default_rng(0).normal(size=(side, side)), jnp.float32)
    product = jax.jit(lambda m: jax.lax.fori_loop(0, 10, lambda _, out: (out @ m) * 1e-3, m))
    product(matrix).block_until_ready()
    best, peak = dict.fromkeys(runs, float("inf")), 0.0
    for _ in range(7):  # in turn, so that all see the same machine
        for name, run in runs.items():
            look = run(0)
            best[name] = min(best[name], (run(STEPS) - look) / STEPS)
        began = time.perf_counter()
        product(matrix).block_until_ready()
        peak = max(peak, 10 * 2 * side**3 / (time.perf_counter() - began))
    print(f"matrix product {peak / 1e9:.0f} GFLOP/s")
    for name, count in (("plain", flops()), ("shared", flops()), ("shared", shared_flops())):
        rate = count / best[name]
        print(f"  {name}: {1e3 * best[name]:.1f} ms a step, {count / 1e9:.2f} GFLOP: {rate / 1e9:.0f} GFLOP/s; ratio {rate / peak:.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure()
    else:
        one = {"XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false", "NPROC": "1"}
        for words, extra in (("all cores", {}), ("a half on each of two", {"JAX_NUM_CPU_DEVICES": "2"}), ("one thread", one)):
            print(words, end=": ", flush=True)
            subprocess.run([sys.executable, __file__, "measure"], env=os.environ | extra, check=True)
