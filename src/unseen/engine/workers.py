"""One single-threaded worker process a core. A worker that dies is replaced and its work is done again."""

import contextlib
import dataclasses
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from multiprocessing import connection
from typing import Any

import cloudpickle

from unseen.engine import machine
from unseen.engine.code import parts
from unseen.engine.execute import Chunk, Cost, Outcome, Session, reason

ATTEMPTS = 3


@dataclasses.dataclass(frozen=True)
class Failure:
    """Work that could not be done: the component raised, or its worker died `ATTEMPTS` times."""

    ids: tuple[str, ...]
    error: str
    crashed: bool


Event = tuple[Chunk, Outcome | Failure]


class Inline:
    """Does the work in this process, one chunk after the other."""

    jobs = 1

    def __init__(self) -> None:
        self.session = Session()

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Event]:
        """Outcomes as they come; a chunk that raises gives a `Failure` and the rest goes on."""
        for chunk in chunks:
            finished = set()
            try:
                for outcome in self.session.run(chunk):
                    finished.add(outcome.id)
                    yield chunk, outcome
            except Exception as error:
                yield chunk, Failure(tuple(ident for ident, _ in chunk.cells if ident not in finished), reason(error), crashed=False)

    def costs(self, chunks: Sequence[Chunk]) -> Generator[tuple[int, Cost | str]]:
        """For each chunk its index, and the cost of its program, or why that could not be had."""
        for index, chunk in enumerate(chunks):
            yield index, _cost(self.session, chunk)

    def close(self) -> None:
        """Nothing to close."""


class Pool:
    """Worker processes on this machine, started when first needed and kept until `close`."""

    def __init__(self, jobs: int, threads: int = 1) -> None:
        self.jobs, self.threads = jobs, threads
        self.workers: list[_Worker] = []

    def map(self, chunks: Sequence[Chunk]) -> Iterator[Event]:
        """Outcomes as they come, over all workers."""
        waiting = list(chunks)
        self._start(len(waiting))
        try:
            while waiting or any(worker.chunk for worker in self.workers):
                for worker in self.workers:
                    if waiting and worker.chunk is None:
                        chunk = worker.choose(waiting)
                        waiting.remove(chunk)
                        worker.give(chunk)
                for worker in self._ready():
                    yield from self._receive(worker, waiting)
        finally:
            for worker in [worker for worker in self.workers if worker.chunk is not None]:  # the caller has left half way
                self._replace(worker)

    def costs(self, chunks: Sequence[Chunk]) -> Generator[tuple[int, Cost | str]]:
        """For each chunk its index and the cost of its program, measured on the workers side by side, as they come."""
        self._start(len(chunks))
        waiting = list(range(len(chunks)))
        try:
            while waiting or any(worker.asked is not None for worker in self.workers):
                for worker in self.workers:
                    if waiting and worker.asked is None:
                        worker.asked = waiting.pop(0)
                        worker.send("cost", chunks[worker.asked])
                for worker in self._ready():
                    index = worker.asked
                    assert index is not None
                    try:
                        cost = worker.channel.recv()[1]
                        worker.seen.add(chunks[index].cells[0][1].signature)
                        worker.asked = None
                    except (EOFError, ConnectionError):
                        cost = f"the worker ended: {worker.ending()}"
                        self._replace(worker)
                    yield index, cost
        finally:
            for worker in [worker for worker in self.workers if worker.asked is not None]:  # the caller has left half way
                self._replace(worker)

    def close(self) -> None:
        """Ends the workers."""
        for worker in self.workers:
            worker.stop()
        self.workers = []

    def _start(self, wanted: int) -> None:
        while len(self.workers) < min(self.jobs, max(wanted, 1)):
            self.workers.append(_Worker(self.threads))

    def _replace(self, worker: "_Worker") -> None:
        worker.stop()
        self.workers[self.workers.index(worker)] = _Worker(self.threads)

    def _ready(self) -> "list[_Worker]":
        busy = {worker.channel: worker for worker in self.workers if worker.chunk is not None or worker.asked is not None}
        return [busy[ready] for ready in connection.wait(list(busy))]  # type: ignore[index]

    def _receive(self, worker: "_Worker", waiting: list[Chunk]) -> Iterator[Event]:
        chunk = worker.chunk
        assert chunk is not None
        try:
            kind, content = worker.channel.recv()
        except (EOFError, ConnectionError):
            reason = worker.ending()
            self._replace(worker)
            yield from retry(chunk, worker.finished, waiting, f"its worker process ended {ATTEMPTS} times: {reason}")
            return
        if kind == "outcome":
            worker.finished.add(content.id)
            yield chunk, content
        elif kind == "done":
            worker.chunk = None
        else:
            worker.chunk = None
            yield chunk, Failure(tuple(ident for ident, _ in chunk.cells if ident not in worker.finished), content, crashed=False)


class _Worker:
    """The driver's side of one worker process."""

    def __init__(self, threads: int) -> None:
        ours, theirs = socket.socketpair()
        variables = os.environ | machine.environment(threads) | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [
            sys.executable,
            "-c",
            "import sys; from unseen.engine.workers import serve; serve(*map(int, sys.argv[1:]))",
            str(theirs.fileno()),
            str(os.getpid()),
        ]
        self.process = subprocess.Popen(command, env=variables, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
        theirs.close()
        self.channel = connection.Connection(ours.detach())
        self.chunk: Chunk | None = None
        self.asked: int | None = None
        self.finished: set[str] = set()
        self.seen: set[tuple] = set()

    def choose(self, waiting: Sequence[Chunk]) -> Chunk:
        """A chunk whose program this worker has compiled, else one that no other is likely to have begun."""
        for chunk in waiting:
            if chunk.cells[0][1].signature in self.seen:
                return chunk
        return waiting[0] if not self.seen else waiting[-1]

    def give(self, chunk: Chunk) -> None:
        self.chunk, self.finished = chunk, set()
        self.seen.add(chunk.cells[0][1].signature)
        self.send("run", chunk)

    def send(self, kind: str, chunk: Chunk) -> None:
        with contextlib.suppress(ConnectionError):  # its end shows when we listen to it
            self.channel.send_bytes(pack((kind, chunk), *(cell.recipe for _, cell in chunk.cells)))

    def ending(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = self.process.wait(timeout=5)
            killed = f"killed by signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
            return killed + (" (out of memory?)" if code == -signal.SIGKILL else "")
        return "it no longer answers"

    def stop(self) -> None:
        self.channel.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


def retry(chunk: Chunk, finished: set[str], waiting: list[Chunk], error: str) -> Iterator[Event]:
    """After a death: what was being trained is tried again apart from the rest, or given up after `ATTEMPTS`."""
    left = tuple(pair for pair in chunk.cells if pair[0] not in finished)
    suspects, rest = left[: chunk.mode.width or 1], left[chunk.mode.width or 1 :]
    if rest:
        waiting.insert(0, dataclasses.replace(chunk, cells=rest))
    if suspects and chunk.attempts < ATTEMPTS:
        waiting.insert(0, dataclasses.replace(chunk, cells=suspects, attempts=chunk.attempts + 1))
    elif suspects:
        yield chunk, Failure(tuple(ident for ident, _ in suspects), error, crashed=True)


def pack(content: Any, *specifications: Any) -> bytes:
    """Content for another of our own processes; classes of a file that it could not import travel by value."""
    for kind in parts(specifications):
        name = kind.__module__
        if name in sys.modules and name != "__main__" and not _importable(name.partition(".")[0]):
            cloudpickle.register_pickle_by_value(sys.modules[name])
    return cloudpickle.dumps(content)


def _importable(name: str) -> bool:
    return any(finder.find_spec(name, None) for finder in sys.meta_path)


def _cost(session: Session, chunk: Chunk) -> Cost | str:
    try:
        return session.cost(chunk)
    except Exception as error:
        return reason(error)


def _end_with(driver: int) -> None:
    while os.getppid() == driver:
        time.sleep(1)
    os._exit(1)


def serve(descriptor: int, driver: int) -> None:
    """The worker's side: takes chunks from the driver until it goes away."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the driver's to handle
    threading.Thread(target=_end_with, args=(driver,), daemon=True).start()
    channel = connection.Connection(descriptor)
    machine.use_compilation_cache()
    session = Session()

    def send(kind: str, content: Any) -> None:
        try:
            channel.send((kind, content))
        except ConnectionError:
            raise SystemExit from None  # the driver has gone away

    while True:
        try:
            packed = channel.recv_bytes()
        except (EOFError, ConnectionError):
            return
        try:
            kind, chunk = cloudpickle.loads(packed)
            if kind == "cost":
                send("cost", session.cost(chunk))
                continue
            for outcome in session.run(chunk):
                send("outcome", outcome)
        except Exception as error:
            send("failed", reason(error))
        else:
            send("done", None)
