"""Many machines, by Ray: a task is a chunk of cells. The driver stays the only writer of the store."""

import dataclasses
import os
import warnings
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import cloudpickle

from unseen._types import Problem
from unseen.engine import machine
from unseen.engine.execute import Chunk, Cost, Outcome, Session, reason
from unseen.engine.workers import ATTEMPTS, Event, Failure, pack, retry

OLDEST = (2, 54)
_session: Session | None = None


class Cluster:
    """Chunks as Ray tasks, one core each. Joins the cluster of `RAY_ADDRESS`, or starts one on this machine.

    Needs the extra `ray` and token authentication: without a token any process that reaches the cluster's port can run code on it.

    Raises:
        Problem: Ray is missing, too old, or would run without a token.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self.ray = _ray()
        self.started = not self.ray.is_initialized()
        if self.started:
            address = os.environ.get("RAY_ADDRESS")
            local: dict[str, Any] = {} if address else {"num_cpus": jobs or machine.cores(), "include_dashboard": False}
            with warnings.catch_warnings():  # JAX warns of forks; Ray's children start another program at once
                warnings.filterwarnings("ignore", r"os\.fork\(\)", RuntimeWarning)
                self.ray.init(address=address, log_to_driver=False, configure_logging=False, **local)
        self.jobs = jobs or max(1, int(self.ray.cluster_resources().get("CPU", 1)))
        remote = self.ray.remote(num_cpus=1, max_retries=0, runtime_env={"env_vars": machine.environment()})
        self._train, self._cost = remote(_train), remote(_cost)

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Event]:
        """Outcomes as the tasks end; a few more tasks than there are cores are handed out at a time."""
        waiting, running = list(chunks), {}
        try:
            while waiting or running:
                while waiting and len(running) < 2 * self.jobs:
                    chunk = dataclasses.replace(waiting.pop(0), checkpoints=None)  # a folder of the driver's machine
                    running[self._train.remote(_packed(chunk))] = chunk
                for done in self.ray.wait(list(running))[0]:
                    yield from self._results(running.pop(done), done, waiting)
        finally:
            for task in running:
                self.ray.cancel(task, force=True)

    def _results(self, chunk: Chunk, task: Any, waiting: list[Chunk]) -> Iterator[Event]:
        try:
            outcomes, error = self.ray.get(task)
        except self.ray.exceptions.RayError as death:  # which of its cells was being trained is not known: each goes on alone
            for pair in chunk.cells if chunk.mode.width is None else ():
                yield from retry(dataclasses.replace(chunk, cells=(pair,)), set(), waiting, f"its Ray task ended {ATTEMPTS} times: {death}")
            if chunk.mode.width is not None:
                yield from retry(chunk, set(), waiting, f"its Ray task ended {ATTEMPTS} times: {death}")
            return
        for outcome in outcomes:
            yield chunk, outcome
        if error:
            finished = {outcome.id for outcome in outcomes}
            yield chunk, Failure(tuple(ident for ident, _ in chunk.cells if ident not in finished), error, crashed=False)

    def costs(self, chunks: Sequence[Chunk]) -> Generator[tuple[int, Cost | str]]:
        """For each chunk its index and the cost of its program, measured on the cluster, as they come."""
        running = {self._cost.remote(_packed(chunk)): index for index, chunk in enumerate(chunks)}
        try:
            while running:
                for done in self.ray.wait(list(running))[0]:
                    yield running.pop(done), self.ray.get(done)
        finally:
            for task in running:
                self.ray.cancel(task, force=True)

    def close(self) -> None:
        """Leaves the cluster; ends it if this object started it."""
        if self.started:
            self.ray.shutdown()


def _ray() -> Any:
    try:
        import ray
    except ImportError as reason:
        raise Problem("on='ray' needs the extra: pip install 'unseen[ray]'.") from reason
    if tuple(int(part) for part in ray.__version__.split(".")[:2]) < OLDEST:
        raise Problem(f"Ray {ray.__version__} is too old: expected at least {OLDEST[0]}.{OLDEST[1]}, for token authentication. Upgrade it.")
    if os.environ.get("RAY_AUTH_MODE") != "token":
        raise Problem("on='ray': expected RAY_AUTH_MODE=token, since a cluster without a token lets anyone who reaches it run code. Set it and try again.")
    return ray


def _here() -> Session:
    global _session
    if _session is None:
        machine.use_compilation_cache()
        _session = Session()
    return _session


def _packed(chunk: Chunk) -> bytes:
    return pack(chunk, *(cell.recipe for _, cell in chunk.cells))


def _train(packed: bytes) -> tuple[list[Outcome], str]:
    outcomes: list[Outcome] = []
    try:
        outcomes.extend(_here().run(cloudpickle.loads(packed)))
    except Exception as error:
        return outcomes, reason(error)
    return outcomes, ""


def _cost(packed: bytes) -> Cost | str:
    try:
        return _here().cost(cloudpickle.loads(packed))
    except Exception as error:
        return reason(error)
