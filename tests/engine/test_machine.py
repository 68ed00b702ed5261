"""The machine: environment of workers, memory, fingerprint, and the compilation cache that must prove itself."""

import concurrent.futures
import contextlib
import importlib.metadata
import importlib.util
import os
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import jax
import numpy as np
import pytest

from unseen.claim import _conditions
from unseen.engine import machine
from unseen.engine.program import precise


def test_environment_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=x")
    one, three = machine.environment(), machine.environment(3)
    assert one["XLA_FLAGS"] == "--xla_dump_to=x --xla_cpu_multi_thread_eigen=false"
    assert three["XLA_FLAGS"] == "--xla_dump_to=x"
    assert {one.pop("JAX_PLATFORMS"), three.pop("JAX_PLATFORMS")} == {"cpu"}  # many processes cannot share an accelerator
    assert {one.pop("JAX_NUM_CPU_DEVICES"), three.pop("JAX_NUM_CPU_DEVICES")} == {"1"}  # a worker is one device, whatever its driver has
    assert {one[name] for name in one if name != "XLA_FLAGS"} == {"1"}
    assert {three[name] for name in three if name != "XLA_FLAGS"} == {"3"}
    monkeypatch.setenv("XLA_FLAGS", one["XLA_FLAGS"])
    assert machine.environment()["XLA_FLAGS"] == one["XLA_FLAGS"]


def test_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNSEEN_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/a")
    assert machine.cache_folder() == Path("/a/unseen")
    monkeypatch.setenv("UNSEEN_CACHE", "/b")
    assert machine.cache_folder() == Path("/b")
    monkeypatch.delenv("UNSEEN_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", "/c")
    assert machine.cache_folder() == Path("/c/.cache/unseen")


class Lowered:
    """A lowered program that notes how many are compiled at once, and whether the first was through before the second began."""

    def __init__(self) -> None:
        self.lowered, self.now, self.most, self.both = jax.jit(lambda x: x + 1).lower(1.0), 0, 0, threading.Barrier(2)

    def as_text(self) -> str:
        return self.lowered.as_text()

    def compile(self) -> int:
        self.now += 1
        self.most = max(self.most, self.now)
        with contextlib.suppress(threading.BrokenBarrierError):
            self.both.wait(0.5)  # until there are two, or long enough to see that there are not
        self.now -= 1
        return self.most


def test_a_program_is_compiled_by_one_process_while_others_wait(tmp_path: Path) -> None:
    def most(folder: str | None) -> int:
        lowered = Lowered()
        jax.config.update("jax_compilation_cache_dir", folder)
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            return max(pool.map(machine.compiled, [lowered, lowered]))

    previous = jax.config.jax_compilation_cache_dir
    try:
        assert most(None) == 2  # nothing would be there to take
        assert most(str(tmp_path)) == 1
        assert most(str(tmp_path)) == 2  # it is in the cache
        assert most(str(tmp_path / "absent")) == 2
    finally:
        jax.config.update("jax_compilation_cache_dir", previous)


@pytest.mark.skipif(sys.platform != "linux", reason="has no disk that is always full")
def test_a_full_disk_keeps_nothing_from_being_compiled() -> None:
    with machine._first(Path("/dev/full")):
        pass


def test_peak_memory_is_measured_anew() -> None:
    big = np.ones(40_000_000)
    assert machine.peak_memory() > big.nbytes
    before = machine.peak_memory()
    del big
    machine.reset_peak_memory()
    if sys.platform == "linux":
        assert machine.peak_memory() < before - 200_000_000
    assert 10**8 < machine.available_memory() < 10**14


class Card:
    """An accelerator, as JAX tells of one."""

    device_kind = "Card of 8 GiB"
    told: dict[str, int] | None = {"bytes_limit": 8 * 2**30, "bytes_in_use": 2**30, "peak_bytes_in_use": 3 * 2**30}

    def memory_stats(self) -> dict[str, int] | None:
        return self.told


def test_an_accelerator_is_told_and_its_memory_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.accelerator() is None
    card = Card()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    monkeypatch.setattr(jax, "local_devices", lambda: [card])
    assert machine.accelerator() == "Card of 8 GiB"
    assert _conditions()["machine"] == machine.fingerprint() | {"accelerator": "Card of 8 GiB"}
    assert (machine.available_memory(), machine.peak_memory()) == (7 * 2**30, 3 * 2**30)
    card.told = None  # some say nothing
    assert machine.available_memory() > 10**8
    assert machine.peak_memory() not in (0, 3 * 2**30)


def test_products_on_a_gpu_are_left_to_its_library(monkeypatch: pytest.MonkeyPatch) -> None:
    flag = "--xla_gpu_enable_triton_gemm=false"
    monkeypatch.setenv("XLA_FLAGS", "--xla_dump_to=x")
    machine._compile_sooner.cache_clear()
    machine.accelerators()
    assert os.environ["XLA_FLAGS"] == "--xla_dump_to=x"  # here is none
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name == "jax_cuda13_plugin" or None)
    for _ in range(2):
        machine._compile_sooner.cache_clear()
        machine.accelerators()
        assert os.environ["XLA_FLAGS"] == f"--xla_dump_to=x {flag}"
    machine._compile_sooner.cache_clear()
    monkeypatch.setenv("XLA_FLAGS", "--xla_gpu_enable_triton_gemm=true")
    machine.accelerators()
    assert os.environ["XLA_FLAGS"] == "--xla_gpu_enable_triton_gemm=true"  # a person's own
    monkeypatch.setenv("XLA_FLAGS", "")
    machine._compile_sooner.cache_clear()
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "0.99.0")
    machine.accelerators()
    assert os.environ["XLA_FLAGS"] == ""  # it may not know the flag


def test_a_cache_of_the_persons_own_is_kept(tmp_path: Path) -> None:
    script = "import jax; from unseen.engine import machine; machine.use_compilation_cache(); print(jax.config.jax_compilation_cache_dir)"
    variables = os.environ | {"JAX_COMPILATION_CACHE_DIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    assert subprocess.run([sys.executable, "-c", script], env=variables, capture_output=True, text=True, check=True).stdout.strip() == str(tmp_path)


def test_products_are_whole_on_an_accelerator_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    def told() -> str:
        return jax.jit(lambda x: x @ x).lower(np.ones((2, 2), np.float32)).as_text()

    with machine.whole_products():
        assert "HIGHEST" not in told()
    monkeypatch.setattr(machine, "accelerators", lambda: True)
    for arithmetic in (machine.whole_products(), precise("float32"), precise("mixed")):
        with arithmetic:
            assert "HIGHEST" in told()
    assert "HIGHEST" not in told()


def test_fingerprint_tells_the_machine_and_nobody() -> None:
    import getpass
    import platform

    found = machine.fingerprint()
    assert set(found) == {"processor", "isa", "cores", "system", "architecture"}
    assert found["cores"] == machine.cores() >= 1
    assert platform.node() not in (found["processor"], found["isa"])
    assert getpass.getuser() not in found.values()
    assert set(machine.versions()) == {"python", "jax", "jaxlib", "numpy", "equinox", "optax"}
    assert not machine.accelerators()
    assert machine.devices_for(7) == 1


SCRIPT = textwrap.dedent("""
    import sys, jax
    from unseen.engine import machine
    if sys.argv[1] == "never":
        jax._src.compilation_cache.get_executable_and_time = lambda *_, **__: (None, None)
    machine.use_compilation_cache()
    hits = []
    jax.monitoring.register_event_listener(lambda event, **_: hits.append(event))
    def long(x):
        for i in range(40):
            x = jax.numpy.sort(x * i) @ x
        return x
    jax.block_until_ready(jax.jit(long)(jax.numpy.ones((9, 9))))
    print(jax.config.jax_compilation_cache_dir is not None, "/jax/compilation_cache/cache_hits" in hits)
""")


def test_compilation_cache_is_used_where_it_hits(tmp_path: Path) -> None:
    variables = os.environ | {"UNSEEN_CACHE": str(tmp_path), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}

    def start(how: str) -> str:
        return subprocess.run([sys.executable, "-c", SCRIPT, how], env=variables, capture_output=True, text=True, check=True).stdout.strip()

    assert start("as it is") == "True False"
    assert start("as it is") == "True True"
    assert start("never") == "False False"  # the marker is there and no hit comes: switched off


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("UNSEEN_CACHE", str(tmp_path / "file"))
    before = jax.config.jax_compilation_cache_dir
    jax.config.update("jax_compilation_cache_dir", None)
    try:
        machine.use_compilation_cache()
        assert jax.config.jax_compilation_cache_dir is None
    finally:
        jax.config.update("jax_compilation_cache_dir", before)


def test_one_thread():
    """Linear algebra keeps to one thread within, and is as before after."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads():
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        assert threads() == {2}
        with machine.one_thread():
            assert threads() == {1}
        assert threads() == {2}
