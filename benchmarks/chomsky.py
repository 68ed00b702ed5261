"""Parity check with a recurrent network of 256 units beside the authors' program: 1,000 steps at lengths 1 to 40, then accuracy at every length to 100.

    CHOMSKY=<folder with neural_networks_chomsky_hierarchy> PEER_PYTHON=<python with dm-haiku> python benchmarks/chomsky.py [repetitions [rnn …]]

Whole processes on the same cores, in turn, compilation included: ours with an empty compilation cache, one run on all cores, the same with each core
taking its part of every batch, and then a run a core at once, as the engine does a sweep (the time told is that of a run). 512 strings of each length
are tested, at the end. Without the peer only our times are printed.
Then, unless architectures are named: how the cost of a step grows with the length, and what part of a step drawing its strings takes.
"""

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PEER = """
import sys, jax, haiku as hk, jax.numpy as jnp, numpy as np
from neural_networks_chomsky_hierarchy.experiments import constants, curriculum, training, utils
task = constants.TASK_BUILDERS["parity_check"]()
params = {"hidden_size": 256} | ({"memory_cell_size": 8, "memory_size": 40} if sys.argv[1] == "tape_rnn" else {})
model = constants.MODEL_BUILDERS[sys.argv[1]](output_size=task.output_size, return_all_outputs=True, **params)
model = hk.transform(utils.make_model_with_empty_targets(model, task, 0, True))
made = training.ClassicTrainingParams(
    seed=0, model_init_seed=0, training_steps=1000, log_frequency=0, length_curriculum=curriculum.UniformCurriculum(values=list(range(1, 41))),
    batch_size=128, task=task, model=model, loss_fn=lambda out, y: (jnp.mean(jnp.sum(task.pointwise_loss_fn(out, y), axis=-1)), {}), learning_rate=1e-3,
    accuracy_fn=lambda out, y: jnp.mean(task.accuracy_fn(out, y)), compute_full_range_test=True, max_range_test_length=100,
    range_test_total_batch_size=512, range_test_sub_batch_size=64, is_autoregressive=False)
_, found, _ = training.TrainingWorker(made).run()
print(np.mean([one["accuracy"] for one in found][40:]))
"""

OURS = """
import sys, chomsky
from unseen.engine.machine import cores
seeds, parts = int(sys.argv[2]), int(sys.argv[3])
how = {"jobs": 0, "threads": cores()} if seeds == 1 else {"jobs": seeds}
if __name__ == "__main__":
    print(chomsky.study(sys.argv[1], seeds=seeds, parts=parts).run(estimate=False, **how).table["longer_accuracy"].mean())
"""


def study(architecture: str, longest: int = 40, steps: int = 1000, samples: int = 512, seeds: int = 1, parts: int = 1) -> object:
    """The authors' recipe with one of our models."""
    from unseen.engine.probe import Score
    from unseen.engine.schedule import AtEnd
    from unseen.methods.gradient.backprop import Backprop
    from unseen.methods.gradient.in_parts import InParts
    from unseen.methods.method import Method
    from unseen.methods.order.sample import Sample
    from unseen.methods.update.adamw import AdamW
    from unseen.methods.update.clipped import Clipped
    from unseen.models.lstm import LSTM
    from unseen.models.rnn import RNN
    from unseen.models.tape_rnn import TapeRNN
    from unseen.study import Study
    from unseen.tasks.strings.parity_check import ParityCheck

    model = {"rnn": RNN, "lstm": LSTM, "tape_rnn": TapeRNN}[architecture](width=256)
    return Study(
        ParityCheck(lengths=(1, longest), beyond=(longest + 1, longest + 60), samples=samples),
        model,
        Method(order=Sample(128), gradient=InParts(parts) if parts > 1 else Backprop(), update=Clipped(AdamW(learning_rate=1e-3, weight_decay=0.0))),
        steps=steps,
        seeds=seeds,
        record=(Score(splits=("test", "longer"), by="length", values=tuple(range(1, longest + 61))),),
        at=AtEnd(),
    )


def seconds(python: str, code: str, arguments: list[str], path: list[str], **variables: str) -> tuple[float, str]:
    """(seconds, what it printed last) of a whole process."""
    began = time.perf_counter()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path)} | variables
    said = subprocess.run([python, "-c", code, *arguments], env=environment, check=True, capture_output=True, text=True).stdout
    return time.perf_counter() - began, said.strip().splitlines()[-1]


def growth() -> None:
    """Prints milliseconds a step at three longest lengths, and of drawing the strings alone."""
    import jax
    import numpy as np

    from unseen.engine.program import Program, leaves_of

    for longest in (20, 40, 80):
        recipe = study("rnn", longest, samples=1).cells()[0].recipe  # type: ignore[attr-defined]
        program, numbers = Program(recipe), leaves_of(recipe, "float32")[0]
        program.compile(numbers, np.int32(0), None)
        constants, state = program.start(numbers, np.int32(0), None)
        stream = program.splits(constants)["train"]
        draw = jax.jit(lambda keys, stream=stream: jax.lax.map(lambda key: stream.draw(key, 128).y.sum(), keys))
        keys = jax.random.split(jax.random.key(0), 200)

        def timed(steps: int) -> float:
            nonlocal state
            began = time.perf_counter()
            state, _ = jax.block_until_ready(program.advance(numbers, constants, state, 0, steps))  # noqa: B023
            return time.perf_counter() - began

        step = (min(timed(200) for _ in range(3)) - min(timed(0) for _ in range(3))) / 200
        jax.block_until_ready(draw(keys))
        began = time.perf_counter()
        jax.block_until_ready(draw(keys))
        drawn = (time.perf_counter() - began) / 200
        print(
            f"lengths to {longest}: {1e3 * step:.2f} ms a step, {1e6 * step / (longest / 2 + 1.5):.0f} us a symbol; drawing {drawn / step:.1%} of a step",
            flush=True,
        )


def main(repetitions: int, architectures: list[str]) -> None:
    """Prints a row an architecture, program and repetition, and the ratios."""
    from unseen.engine.machine import cores

    folder, python = os.environ.get("CHOMSKY"), os.environ.get("PEER_PYTHON", sys.executable)
    for architecture in architectures or ("rnn", "lstm", "tape_rnn"):
        times: dict[str, list[float]] = {}
        for _ in range(repetitions):
            for name, runs, parts in (("one of ours", 1, 1), (f"in {cores()} parts", 1, cores()), (f"ours, {cores()} at once", cores(), 1)):
                with tempfile.TemporaryDirectory() as cache:
                    path = [str(Path(__file__).parent), *sys.path]
                    took, said = seconds(sys.executable, OURS, [architecture, str(runs), str(parts)], path, UNSEEN_CACHE=cache, JAX_NUM_CPU_DEVICES=str(parts))
                times.setdefault(name, []).append(took / runs)
                print(f"{architecture}, {name}: {took / runs:.1f} s a run, accuracy at unseen lengths {said}", flush=True)
            if folder:
                took, said = seconds(python, PEER, [architecture], [folder])
                times.setdefault("the peer", []).append(took)
                print(f"{architecture}, the peer: {took:.1f} s a run, accuracy at unseen lengths {said}", flush=True)
        peer = statistics.median(times.pop("the peer", [math.nan]))
        for name, ours in times.items() if folder else ():
            print(f"{architecture}, {name}: {peer / statistics.median(ours):.1f} times faster than the peer", flush=True)
    if not architectures:
        growth()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1, sys.argv[2:])
