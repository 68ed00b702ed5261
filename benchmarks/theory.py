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
from unseen.theory.classification.gaussian_clusters import cluster_margin, ridge_on_labels
from unseen.theory.classification.teacher_student import bayes_overlap, margin_overlap
from unseen.theory.dynamics.random_feature_flow import random_feature_flow
from unseen.theory.dynamics.streaming_descent import sketched_loss
from unseen.theory.dynamics.task_sequences import random_order_forgetting
from unseen.theory.infinite_width import infinite_width
from unseen.theory.random_features import random_feature_risk
from unseen.theory.ridge import empirical_spectrum, ridge_risk

SPECTRUM = np.arange(1, 401.0) ** -1.5
TARGET = np.sqrt(SPECTRUM)
POINTS = np.linspace(1, 800, 1000)
ALPHAS = np.linspace(0.1, 10, 1000)
TASKS = [np.random.default_rng(0).standard_normal((rows, 5)) / 3 for rows in (1, 2, 3)]
CURVES: dict[str, Callable[[], Any]] = {
    "ridge": lambda: [ridge_risk(SPECTRUM, TARGET, n, 0.01, 0.2) for n in POINTS],
    "random features": lambda: [random_feature_risk(SPECTRUM, TARGET, 100, k, 0.01, 0.2) for k in POINTS],
    "flow of random features": lambda: random_feature_flow(SPECTRUM, TARGET, np.geomspace(0.01, 1e6, 1000), 200, 100, 0.1),
    "streaming descent on sketches": lambda: sketched_loss(SPECTRUM, TARGET, 50, 1000, 0.2),
    "a sequence of tasks": lambda: random_order_forgetting(TASKS, np.ones(5), 1000),
    "margin of clusters": lambda: cluster_margin(1.5, np.linspace(1, 4, 1000), 0.1),
    "ridge on labels of clusters": lambda: [ridge_on_labels(1.5, 100, d) for d in range(101, 1101)],
    "students of largest margin": lambda: margin_overlap(ALPHAS),
    "Bayesian students": lambda: [bayes_overlap(alpha) for alpha in ALPHAS],
}


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
        for name, curve in CURVES.items():
            print(f"{name + ', curve of 1,000 points':<60}{timed(curve):8.2f} s")
    x = rng.standard_normal((size, 20))
    kernel = infinite_width(x, depth=2, weight_variance=2.0).ntk
    seconds, floor = timed(lambda: empirical_spectrum(kernel, x[:, 0])), timed(lambda: np.linalg.eigh(kernel))
    print(f"{f'spectrum of a kernel on {size:,} points':<60}{seconds:8.2f} s {seconds / floor:6.2f} x the eigendecomposition")


if __name__ == "__main__":
    main()
