"""One environment for all tests: CPU, one thread a process, caches of their own, shapes checked at run time, no chance."""

import atexit
import ctypes
import functools
import gc
import os
import shutil
import tempfile
from importlib.metadata import version

if "PYTEST_XDIST_WORKER" not in os.environ:  # the workers inherit what the first process sets
    cache = tempfile.mkdtemp(prefix="unseen-tests-")
    atexit.register(shutil.rmtree, cache, ignore_errors=True)
    os.environ["XDG_CACHE_HOME"] = cache
os.environ["JAX_PLATFORMS"] = "cpu"
# One thread. Most programs here run a few times only, so compiling them is the cost: no optimisation, and no fusion emitters, which take twice the time
# (JAX 0.11 has nothing else any more, and ends the process over a flag that it does not know).
os.environ["XLA_FLAGS"] = (
    "--xla_cpu_multi_thread_eigen=false --xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true --xla_cpu_parallel_codegen_split_count=1"
)
if version("jaxlib").startswith("0.10."):
    os.environ["XLA_FLAGS"] += " --xla_cpu_use_fusion_emitters=false"
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["MPLBACKEND"] = "Agg"
os.environ["COLUMNS"] = "120"
os.environ["NO_COLOR"] = "1"

import hypothesis
import psutil
import pytest
from jaxtyping import install_import_hook

install_import_hook("unseen", "typecheck.check")

import jax
from jax._src.interpreters import mlir

# JAX makes a context anew for each program that it lowers, which for the thousands of tiny programs here was half of all time: one serves them all
# (not with JAX 0.11, which ends the process when a program of the same context is compiled beside).
if version("jaxlib").startswith("0.10."):
    mlir.make_ir_context = functools.cache(mlir.make_ir_context)

hypothesis.settings.register_profile("unseen", deadline=None, derandomize=True, database=None, print_blob=True)
hypothesis.settings.load_profile("unseen")


def pytest_collection_finish():
    """What lives to the end (modules, the tests themselves) is not searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


@pytest.fixture(autouse=True, scope="module")
def _bounded_memory():
    """Compiled programs pile up over hundreds of test files. glibc keeps their memory for itself unless it is told to return it."""
    yield
    if psutil.Process().memory_info().rss > psutil.virtual_memory().total / 6:
        jax.clear_caches()
        mlir.make_ir_context.cache_clear()
        gc.collect()
        getattr(ctypes.CDLL(None), "malloc_trim", lambda _: None)(0)
