"""The smallest studies that have everything, and components that misbehave on purpose."""

import atexit
import contextlib
import functools
import os
import signal
import time
from pathlib import Path

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from unseen.engine import machine
from unseen.engine.execute import Chunk, Mode, Outcome, Session
from unseen.engine.probe import Probe
from unseen.engine.schedule import AtEnd, LinSpaced
from unseen.engine.workers import Inline, Pool
from unseen.methods.gradient.in_parts import InParts
from unseen.methods.joints import Order
from unseen.methods.method import Method
from unseen.methods.order.sample import Sample
from unseen.methods.update.adamw import AdamW
from unseen.methods.update.sgd import SGD
from unseen.models.mlp import MLP
from unseen.study import Study
from unseen.tasks.operation_table import OperationTable


def study(**changes) -> Study:
    """Four equations in a batch, eight hidden units; a changed number shares the compiled program of all others."""
    given = {
        "task": OperationTable(p=5, template=("a", "b")),
        "model": MLP(hidden=(8,)),
        "method": Method(order=Sample(4), update=AdamW(learning_rate=0.01)),
        "steps": 12,
        "seeds": 2,
        "at": LinSpaced(4),
    }
    return Study(**given | changes)


def in_parts() -> Study:
    """A run whose batch is divided, looked at when it ends."""
    return study(method=Method(order=Sample(4), gradient=InParts(2), update=SGD(learning_rate=0.1)), seeds=1, at=AtEnd())


@functools.cache
def inline() -> Inline:
    """One session for all tests of a process: what is compiled once stays compiled, and other processes find it in the cache."""
    machine.use_compilation_cache()
    return Inline()


@functools.cache
def pool(jobs: int) -> Pool:
    """Workers that are shared by the tests of a process."""
    made = Pool(jobs)
    atexit.register(made.close)
    return made


def chunk(study: Study, width: int | None = None, folder: Path | None = None) -> Chunk:
    """All cells of a study as one chunk, named by their place."""
    return Chunk(tuple((f"cell{index}", cell) for index, cell in enumerate(study.cells())), Mode(width), checkpoints=folder and str(folder))


def trained(study: Study, width: int | None = None, folder: Path | None = None, session: Session | None = None) -> list[Outcome]:
    """The outcomes of a study in this process, without driver or store."""
    return list((session or inline().session).run(chunk(study, width, folder)))


def bits(result) -> tuple:
    """Everything that must not change, of an Outcome or a Record: exact bits and types."""
    arrays = {**result.metrics, **{f"weights/{name}": value for name, value in result.weights.items()}}
    return result.status, result.error, tuple(result.steps), {name: (str(v.dtype), v.shape, np.asarray(v).tobytes()) for name, v in arrays.items()}


def all_bits(runs) -> list[tuple]:
    """The same of all runs of a table, their identities included."""
    found = []
    for i in range(len(runs)):
        record = runs.record(i)
        weights = runs.weights(i) if record.status in ("finished", "stopped", "diverged") else {}
        found.append((record.id, bits(Outcome(record.id, record.status, record.steps, record.metrics, weights, 0.0, 0, record.error))))
    return found


class KeyedSample(Order):
    """Minibatches from a key that is part of the state."""

    batch: int = eqx.field(static=True, default=4)

    def init(self, train, key):
        return key

    def next(self, train, state, step, key):
        now, later = jax.random.split(state)
        return train.draw(now, self.batch), later


class Curve(Probe):
    """Records a number, an array and a whole number."""

    scale: float = 1.0

    def __call__(self, snapshot):
        step = jnp.asarray(snapshot.step)
        return {"line": self.scale * step, "square": self.scale * jnp.arange(6.0).reshape(2, 3) * step, "count": step}


class Fragile(Probe):
    """Raises on the host, when a run of this seed is looked at."""

    seed: int = 0

    def __call__(self, snapshot):
        at_step = jax.random.split(jax.random.key(self.seed, impl="threefry2x32"), 4)[3]
        doomed = jax.random.key_data(jax.random.fold_in(at_step, 0))

        def look(key, doomed):
            if (np.asarray(key) == np.asarray(doomed)).all():
                raise ValueError("it broke on purpose")
            return np.float32(0)

        return {"fine": jax.pure_callback(look, jax.ShapeDtypeStruct((), np.float32), jax.random.key_data(snapshot.key), doomed)}


class Broken(MLP):
    """A model with a mistake in it."""

    def build(self, inputs, outputs, key):
        raise RuntimeError("broken on purpose")


class Deadly(OperationTable):
    """Kills the process that trains it: once if `flag` names a file, always without; spares the process `spare`."""

    flag: str = eqx.field(static=True, default="")
    spare: int = eqx.field(static=True, default=0)

    def load(self):
        with contextlib.suppress(FileExistsError):
            if self.flag:
                Path(self.flag).touch(exist_ok=False)
            if os.getpid() != self.spare:
                os.kill(os.getpid(), signal.SIGKILL)


class Slow(OperationTable):
    """Takes a minute to load, and says who is loading."""

    flag: str = eqx.field(static=True, default="")

    def load(self):
        Path(self.flag).write_text(str(os.getpid()))
        time.sleep(60)


class Truncated(OperationTable):
    """Its file ends too early."""

    def load(self):
        raise EOFError("the file ended at byte 7")
