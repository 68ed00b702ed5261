"""The machine as the engine meets it: threads, memory, the compilation cache, a fingerprint for records."""

import contextlib
import fcntl
import functools
import hashlib
import os
import platform
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def environment(threads: int = 1) -> dict[str, str]:
    """Variables of a worker process with `threads` threads, which computes on the CPU; they act only before JAX starts."""
    flags = os.environ.get("XLA_FLAGS", "")
    if threads == 1 and "xla_cpu_multi_thread_eigen" not in flags:
        flags = f"{flags} --xla_cpu_multi_thread_eigen=false".strip()
    count = str(threads)
    threaded = ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
    return {"JAX_PLATFORMS": "cpu", "JAX_NUM_CPU_DEVICES": "1", "XLA_FLAGS": flags} | dict.fromkeys(threaded, count)


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def accelerators() -> bool:
    """Whether JAX would compute on something other than the CPU."""
    import jax

    _compile_sooner()
    return jax.default_backend() != "cpu"


@functools.cache
def _compile_sooner() -> None:
    """Leaves products on a GPU to its maker's library; acts only before JAX starts, and leaves what a person has set.

    XLA else writes dozens of programs of its own for each product and times them all. On an H200 with JAX 0.11 one run of a small decoder took 30 s to compile
    so and 10 without, 32 runs at once more than a minute and 17 s; its steps took 0.53 and 0.59 ms.
    """
    from importlib.metadata import version
    from importlib.util import find_spec

    flags, flag = os.environ.get("XLA_FLAGS", ""), "xla_gpu_enable_triton_gemm"
    known = version("jaxlib").startswith(("0.10.", "0.11."))  # a flag that a version does not know ends the process
    if known and flag not in flags and any(find_spec(name) for name in ("jax_cuda12_plugin", "jax_cuda13_plugin")):
        os.environ["XLA_FLAGS"] = f"{flags} --{flag}=false".strip()


def accelerator() -> str | None:
    """What JAX computes on in this process, by the maker's name, e.g. "NVIDIA H100 80GB HBM3"; None on the CPU."""
    import jax

    return jax.local_devices()[0].device_kind if accelerators() else None


@contextlib.contextmanager
def whole_products() -> Iterator[None]:
    """Within it, or in a function that it decorates, products of float32 are what they say on an accelerator too.

    Left to itself an accelerator rounds their operands: a GPU to TF32, which keeps 10 of 23 bits. Nothing changes on the CPU, and where nobody uses JAX.
    """
    jax = sys.modules.get("jax")
    with jax.default_matmul_precision("highest") if jax and accelerators() else contextlib.nullcontext():
        yield


def _accelerator_memory() -> dict[str, int]:
    """What the first accelerator says of its memory, in bytes; empty on the CPU, and where it says nothing."""
    import jax

    return (jax.local_devices()[0].memory_stats() or {}) if accelerators() else {}


def devices_for(width: int | None) -> int:
    """The local devices over which a stack of `width` runs is split: all of them if they divide it, else one. One run (None) has them all."""
    import jax

    count = jax.local_device_count()
    return 1 if (width or 0) % count else count


def cache_folder() -> Path:
    """Where compiled programs and other rebuildable things are kept between sessions."""
    base = os.environ.get("UNSEEN_CACHE") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "unseen")
    return Path(base)


def use_compilation_cache() -> None:
    """Switches JAX's persistent compilation cache on, where none is yet; off again where this machine is seen never to hit it.

    A tiny program is compiled on every start. The first start leaves it in the cache and a marker beside it; a later start that finds the
    marker but does not get the program from the cache concludes that hits do not happen here.
    """
    import jax

    if getattr(jax.config, "jax_compilation_cache_dir", None) is not None:  # a person's own
        return
    folder = cache_folder() / f"xla-jax{jax.__version__}-{fingerprint()['isa']}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    hits: list[str] = []
    jax.monitoring.register_event_listener(lambda event, **_: hits.append(event) if event == "/jax/compilation_cache/cache_hits" else None)
    marker = folder / "checked"
    checked = marker.exists()
    jax.jit(lambda x: x * 2 + 1)(1.0)
    if checked and not hits:
        jax.config.update("jax_compilation_cache_dir", None)
        return
    with contextlib.suppress(OSError):
        marker.touch()
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.05)


def compiled(lowered: Any) -> Any:
    """Compiles a lowered program. Where another process is at the same one, as workers that start together are, its result is waited for and taken.

    That needs the compilation cache, in whose folder each program has a small file for this.
    """
    import jax

    folder = getattr(jax.config, "jax_compilation_cache_dir", None)
    if folder is None:
        return lowered.compile()
    with _first(Path(folder) / f"{hashlib.sha256(lowered.as_text().encode()).hexdigest()}-done"):
        return lowered.compile()


@contextlib.contextmanager
def _first(mark: Path) -> Iterator[None]:
    """One process at a time, until one has been through it to the end; then, and where the folder is closed or far away, all at once."""
    with contextlib.ExitStack() as stack:
        first = None
        with contextlib.suppress(OSError):
            file = stack.enter_context(open(mark, "ab", buffering=0))
            if not file.tell():
                fcntl.flock(file, fcntl.LOCK_EX)
                first = file
        yield
        if first is not None:
            with contextlib.suppress(OSError):  # a full disk: the next one waits too
                first.write(b"1")


def available_memory() -> int:
    """Bytes that a run of this process can still use: of the accelerator, or of the machine, container limits included."""
    import psutil

    told = _accelerator_memory()
    if "bytes_limit" in told:
        return told["bytes_limit"] - told["bytes_in_use"]
    free = psutil.virtual_memory().available
    for limit, used in (("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),):
        with contextlib.suppress(OSError, ValueError):
            free = min(free, int(Path(limit).read_text()) - int(Path(used).read_text()))
    return free


def reset_peak_memory() -> None:
    """Starts a new measurement of this process's peak memory (where the system can; an accelerator cannot)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory() -> int:
    """Peak memory of this process in bytes since the last reset (since its start where the system cannot reset): on an accelerator, or resident."""
    told = _accelerator_memory()
    if "peak_bytes_in_use" in told:
        return told["peak_bytes_in_use"]
    with contextlib.suppress(OSError, StopIteration, ValueError):
        line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@functools.cache
def fingerprint() -> dict[str, Any]:
    """What of the machine may change bits or times: processor, instruction sets, cores, system. No name of a host or a person."""
    model, flags = platform.processor() or platform.machine(), set()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                model = value.strip()
            elif name.strip() == "flags":
                flags = set(value.split())
                break
    known = ("amx_tile", "avx512_bf16", "avx512f", "avx2", "avx", "sse4_2")
    isa = next((name for name in known if name in flags), platform.machine())
    return {"processor": model, "isa": isa, "cores": cores(), "system": platform.system(), "architecture": platform.machine()}


@functools.cache
def versions() -> dict[str, str]:
    """Versions of what decides the bits of a run."""
    from importlib.metadata import version

    return {"python": platform.python_version()} | {name: version(name) for name in ("jax", "jaxlib", "numpy", "equinox", "optax")}


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Within it, or in a function that it decorates, linear algebra of NumPy and SciPy keeps to one thread, as workers do.

    For the many small matrices of theory and evidence more threads are slower, and where others work beside them they wait for each other: fifty times
    slower was seen beside another process, on two busy cores, and half as slow again a network's products with vectors that NumPy handles in between.
    """
    import scipy.linalg  # noqa: F401 - it brings a BLAS of its own, which can be limited once it is there
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"):
        yield
