"""Seconds to 99 % validation accuracy beside the authors' program: same model, data and recipe, and our best recipe for the same task.

    GROKFAST=<checkout of ironjr/grokfast> PEER_PYTHON=<python with torch> python benchmarks/grokfast.py [repetitions]

Whole processes on the same two cores, in turn, the repetition's number as the seed of both: ours with an empty compilation cache, so compilation is
included; the peer until it writes its accuracies (every 100 epochs), counted up to the step at which it passes 99 %. Without the peer only our times are
printed. Steps to 99 % depend on the seed, on both sides: compare the medians over several repetitions.
"""

import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import recipes

OURS = """import sys, recipes
study = getattr(recipes, sys.argv[1])(seed=int(sys.argv[2]))
runs = (recipes.parts(study) if sys.argv[3] == "2" else study).run(jobs=0, threads=2, estimate=False)
print(runs.table["steps"][0], runs.table["test_accuracy"][0])"""
IN_PARTS = ", in parts"
READ = "import torch, sys; r = torch.load(sys.argv[1]); print(next((i for i, a in zip(r['its'], r['val_acc']) if a > 0.99), -1), r['its'][-1])"


def ours(name: str, seed: int) -> tuple[float, str]:
    """(seconds, what it printed) of one of our recipes in a fresh process with an empty cache."""
    with tempfile.TemporaryDirectory() as cache:
        recipe, devices = name.removesuffix(IN_PARTS), "2" if name.endswith(IN_PARTS) else "1"
        variables = os.environ | {"UNSEEN_CACHE": cache, "JAX_NUM_CPU_DEVICES": devices, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path])}
        began = time.perf_counter()
        said = subprocess.run([sys.executable, "-c", OURS, recipe, str(seed), devices], env=variables, check=True, capture_output=True, text=True).stdout
        return time.perf_counter() - began, said.strip()


def peer(folder: str, python: str, seed: int, steps: int = 2000) -> tuple[float, str]:
    """(seconds to 99 %, steps) of the authors' program."""
    with tempfile.TemporaryDirectory() as work:
        (Path(work) / "results").mkdir()
        command = [python, str(Path(folder) / "main.py"), *shlex.split(recipes.PEER), "--budget", str(steps), "--seed", str(seed)]
        began = time.perf_counter()
        subprocess.run(command, cwd=work, check=True, capture_output=True, env=os.environ | {"PYTHONPATH": folder, "MPLBACKEND": "Agg"})
        seconds = time.perf_counter() - began
        (results,) = (Path(work) / "results").glob("*.pt")
        reached, last = map(int, subprocess.run([python, "-c", READ, str(results)], check=True, capture_output=True, text=True).stdout.split())
    return (seconds * reached / last if reached > 0 else float("inf")), f"step {reached} of {last}"


def main(repetitions: int) -> None:
    """Prints a row a repetition and the median ratios."""
    folder, python = os.environ.get("GROKFAST"), os.environ.get("PEER_PYTHON", sys.executable)
    both = [name + how for name in ("same", "shared", "mixed") for how in ("", IN_PARTS)]
    times: dict[str, list[float]] = {name: [] for name in ("peer", *both, "best")}
    for seed in range(repetitions):
        for name, found in times.items():
            if name == "peer" and not folder:
                continue
            seconds, said = peer(folder or "", python, seed) if name == "peer" else ours(name, seed)
            found.append(seconds)
            print(f"seed {seed}, {name}: {seconds:.1f} s to 99 % ({said})", flush=True)
    if folder:
        median = statistics.median(times.pop("peer"))
        print("ratio of the peer's median time to ours: " + ", ".join(f"{name} {median / statistics.median(found):.2f}" for name, found in times.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
