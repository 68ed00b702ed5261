"""Universal Length Generalization with Turing Programs.

Hou, Brandfonbrener, Kakade, Jelassi & Malach 2024 (arXiv 2407.03310, ICML 2025): the abstract and the first page.

Claim: a transformer that writes an algorithm out as the tapes of a Turing machine, each a copy of the one before with a change at the head, runs it on longer
inputs than any seen; the paper shows it for addition, multiplication, in-context SGD and random machines.
Measured: after training on tapes of 2 to 8 cells of one random machine, the share of programs on 9 to 12 cells, as many steps as cells, that are written
without a fault in any step; against the same decoder that is asked for the last tape at once. Beside it, that programs on 8 cells are learned.
Departs from the paper: random machines alone, and one of them, two symbols and five states; 1.5 times the training length (2 times and more); one layer of
width 32, 1500 steps. Only the last tape is in view when the next is written (the paper's decoder has all tapes before it, half of the heads see nearby
symbols only). Places are coupled, both cells of one place on the tape at one position, moved at random for each string, where the paper has its Hard-ALiBi,
some heads of which have no positions. So what is tested is the tape as a scratchpad, not their positions. Addition, multiplication, SGD and the theory are
left out.
Would be refuted by: longer programs that fail as often written step by step as at once.
Control: the tapes between the first and the last are not written.
Tried: tapes without a separator at the end of the string: the end of a longer tape is taken for that of a short one. T5's biases and learned positions, 1000
steps, at 7 to 12 cells after 2 to 6 (seeds 100, 101, machine 7 of three states): 0.4 to 0.7 of the steps right, sinusoidal ones 0.6 and 0.8, no program of 12
cells. Rotary positions without coupling do not learn 8 cells in 1500 steps. This design on two machines of three states, seed 102: programs 0.73 and 0.60, at
once 0.67 and 0.31: their last tapes are easily told (one turns each bit). So machine 15 was chosen, without training, as the one of 0 to 59 with five states
that ends tapes of 12 cells in the most ways (37 places and states of the head in 200 tapes); seeds 103 and 104: 0.72 and 0.75 against 0.02 and 0.01. The
minimal effect was set then.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from unseen._types import Examples, Snapshot, share_correct
from unseen.claim import Claim, Contrast
from unseen.engine.probe import Probe, Score, forward
from unseen.engine.schedule import LinSpaced
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.clipped import Clipped
from unseen.methods.update.cosine import Cosine
from unseen.models.decoder import Decoder
from unseen.study import Runs, Study
from unseen.tasks.strings.autoregressive import Autoregressive
from unseen.tasks.strings.turing_step import TuringStep

PROGRAMS = 64
LAW = 15


class Programs(Probe):
    """`program_test`, `program_longer`: the share of programs that are run without a fault in any step, `PROGRAMS` on the longest training tapes, or on
    tapes of each length of `longer`.
    """

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        told = snapshot.cell.task
        task, keys = told.task, jax.random.split(snapshot.key, PROGRAMS)

        def right(n: int) -> Array:
            tapes = jax.vmap(lambda k: task.tapes(k, jnp.asarray(n), n))(keys)
            pairs = [tapes[:, :-1], tapes[:, 1:]] if task.steps else [tapes[:, :1], tapes[:, -1:]]
            before, after = (jnp.pad(one.reshape(-1, n), ((0, 0), (0, 1)), constant_values=task.symbols - 1) for one in pairs)
            x = jnp.concatenate([before, jnp.full_like(after, task.symbols)], axis=1)
            y = jnp.concatenate([jnp.full_like(before, -1), after], axis=1)
            room = ((0, 0), (0, task.inputs.length - x.shape[1]))
            x, y = jnp.pad(x, room, constant_values=task.symbols + 1), jnp.pad(y, room, constant_values=-1)
            steps = told.told(Examples(x, y, {"length": jnp.full(len(x), n)}), snapshot.key)
            fine = share_correct(forward(snapshot.network, steps, 256), steps.y) == 1
            return jnp.mean(jnp.all(fine.reshape(PROGRAMS, -1), axis=1).astype(float))

        longer = jnp.stack([right(n) for n in range(task.beyond[0], task.beyond[1] + 1)])
        return {"program_test": right(task.lengths[1]), "program_longer": jnp.mean(longer)}


def machine(steps: bool, lengths: tuple[int, int] = (2, 8), beyond: tuple[int, int] = (9, 12)) -> Autoregressive:
    """A random machine."""
    return Autoregressive(TuringStep(states=5, law=LAW, steps=steps, lengths=lengths, beyond=beyond), "coupled", 2 * beyond[1])


program = Study(
    task=machine(steps=True),
    model=Decoder("sinusoidal", width=32, depth=1, heads=4, activation="gelu"),
    method=Method(order=Sample(32), update=Clipped(AdamW(learning_rate=Cosine(1e-2, 1500.0, warmup=100.0), weight_decay=0.0))),
    steps=1500,
    seeds=3,
    record=(Score(splits=("test", "longer")), Programs()),
    at=LinSpaced(2),
)
studies = {"program": program, "at once": program.with_({"task": machine(steps=False)})}


def evidence(results: dict[str, Runs]) -> dict[str, Contrast]:
    """Longer programs without a fault, step by step against at once; and that short programs are learned."""
    short = results["program"].values("program_test")
    return {
        "longer programs, step by step against at once": Contrast(*(results[name].values("program_longer") for name in studies), minimal=0.3),
        "short programs are learned": Contrast(short, np.ones(len(short)), minimal=-0.1),
    }


PAPER = {"model.width": 1024, "model.depth": 12, "model.heads": 16, "steps": 50_000, "method.update.inner.learning_rate": 1e-4, "seeds": 5}
claim = Claim(
    study=studies,
    evidence=evidence,
    control={"program": {"task": machine(steps=False)}},
    full={name: PAPER | {"task": machine(name == "program", (2, 50), (51, 100))} for name in studies},
    scale="proxy: one step of a random machine at a time, its last tape alone in view, for decoders that write whole programs",
)
