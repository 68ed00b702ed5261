"""Speed of predictions: theory curves of 1,000 points, the eigenframework of a kernel on 5,000 points.

    python benchmarks/theory.py [points of the kernel]

Curves are in seconds (a plot should not be waited for), the kernel's analysis as a multiple of its eigendecomposition alone. Simulators are in
`simulators.py`.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from unseen.engine.machine import one_thread
from unseen.theory.infinite_width import infinite_width
from unseen.theory.random_features import random_feature_risk
from unseen.theory.ridge import empirical_spectrum, ridge_risk

SPECTRUM = np.arange(1, 401.0) ** -1.5
TARGET = np.sqrt(SPECTRUM)
POINTS = np.linspace(1, 800, 1000)


def timed(do: Callable[[], Any]) -> float:
    """The seconds that `do` takes."""
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def main() -> None:
    """Runs the benchmark with the size of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", type=int, nargs="?", default=5000)
    size = parser.parse_args().size
    rng = np.random.default_rng(0)
    with one_thread():
        seconds = timed(lambda: [ridge_risk(SPECTRUM, TARGET, n, 0.01, 0.2) for n in POINTS])
        print(f"ridge, curve of 1,000 points            {seconds:8.2f} s")
        seconds = timed(lambda: [random_feature_risk(SPECTRUM, TARGET, 100, k, 0.01, 0.2) for k in POINTS])
        print(f"random features, curve of 1,000 points  {seconds:8.2f} s")
    x = rng.standard_normal((size, 20))
    kernel = infinite_width(x, depth=2, weight_variance=2.0).ntk
    seconds, floor = timed(lambda: empirical_spectrum(kernel, x[:, 0])), timed(lambda: np.linalg.eigh(kernel))
    print(f"spectrum of a kernel on {size:,} points    {seconds:8.2f} s {seconds / floor:6.2f} x the eigendecomposition")


if __name__ == "__main__":
    main()
