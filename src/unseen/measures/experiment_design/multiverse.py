"""A space of reasonable choices mapped from few runs: a Gaussian process, chosen next runs, and how much of the space a claim holds in."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from scipy.stats import norm

from unseen._types import Problem

Acquisition = Callable[["Posterior"], Float[np.ndarray, " m"]]


@dataclass(frozen=True)
class Posterior:
    """What a Gaussian process says of the outcome at every configuration of a finite space.

    Attributes:
        mean: of the outcome without noise, in its own unit.
        covariance: of the same.
        noise: variance of one run around it.
    """

    mean: Float[np.ndarray, " m"]
    covariance: Float[np.ndarray, "m m"]
    noise: float

    @property
    def std(self) -> Float[np.ndarray, " m"]:
        """Standard deviation of the outcome without noise."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def share(self, threshold: float, effects: Float[np.ndarray, "k m"] | None = None) -> float:
        """The expected share of effects above `threshold`, in [0, 1]: the mean of Φ((effect - threshold) / its standard deviation).

        Args:
            threshold: in the unit of the outcome.
            effects: each row weighs the outcomes of all configurations, such as 1 for one and -1 for another; the outcomes themselves when None.

        >>> Posterior(np.array([0.0, 2.0]), np.zeros((2, 2)), noise=1.0).share(1.0)
        0.5
        """
        weights = np.eye(len(self.mean)) if effects is None else np.asarray(effects, float)
        variance = np.einsum("km,mn,kn->k", weights, self.covariance, weights)
        return float(np.mean(norm.sf(threshold, weights @ self.mean, np.sqrt(np.maximum(variance, 1e-24)))))


def variance_reduction(posterior: Posterior) -> Float[np.ndarray, " m"]:
    """By how much one run at each configuration would reduce the mean variance of the map: mean over x' of k(x', x)² / (k(x, x) + noise).

    Integrated variance reduction: exploration for its own sake. It needs no outcome, and is exact for a given kernel. In squared units of the outcome.
    Source: Sacks, Welch, Mitchell & Wynn, "Design and analysis of computer experiments", Statistical Science 1989.

    >>> variance_reduction(Posterior(np.zeros(2), np.eye(2), noise=1.0))
    array([0.25, 0.25])
    """
    return np.mean(posterior.covariance**2, axis=0) / (np.diag(posterior.covariance) + posterior.noise)


def upper_confidence_bound(posterior: Posterior, weight: float = 1.0) -> Float[np.ndarray, " m"]:
    """Mean + weight · std: the usual choice of who looks for the best configuration (Srinivas et al. 2010).

    >>> upper_confidence_bound(Posterior(np.array([1.0, 2.0]), np.eye(2), noise=1.0))
    array([2., 3.])
    """
    return posterior.mean + weight * posterior.std


def surrogate(space: Float[np.ndarray, "m d"], chosen: Int[np.ndarray, " n"], outcomes: Float[np.ndarray, " n"], kernel: Any = None) -> tuple[Posterior, Any]:
    """Conditions a Gaussian process on the outcomes of the chosen configurations, and says what it takes for true everywhere.

    Outcomes are standardized; kernel s² Matérn-5/2 with a length for each coordinate, plus noise. Without `kernel` these are fit by marginal
    likelihood, from one start; a kernel that is given is used as it is.

    Args:
        space: every configuration, coordinates of about unit range.
        chosen: which of them were run; one may be there repeatedly.
        outcomes: what came.
        kernel: as returned before.

    Returns:
        The posterior, and the kernel.

    Raises:
        Problem: fewer than 2 runs, or shapes that do not match.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

    space, chosen, outcomes = np.asarray(space, float), np.asarray(chosen, int), np.asarray(outcomes, float)
    if space.ndim != 2 or chosen.shape != outcomes.shape or len(chosen) < 2:
        raise Problem(f"chosen, outcomes: expected one outcome for each of at least 2 runs, got shapes {chosen.shape} and {outcomes.shape}.")
    center, scale = outcomes.mean(), outcomes.std() or 1.0
    lengths = Matern(np.full(space.shape[1], 0.5), (0.05, 5.0), nu=2.5)
    prior = kernel if kernel is not None else ConstantKernel(1.0, (0.05, 20.0)) * lengths + WhiteKernel(0.1, (1e-4, 2.0))
    process = GaussianProcessRegressor(prior, optimizer=None if kernel is not None else "fmin_l_bfgs_b")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of a kernel at its bounds, which are meant
        process.fit(space[chosen], (outcomes - center) / scale)
    fitted: Any = process.kernel_
    mean, covariance = process.predict(space, return_cov=True)
    noise = fitted.k2.noise_level
    return Posterior(center + scale * mean, scale**2 * (covariance - noise * np.eye(len(space))), scale**2 * noise), fitted


def explore(
    space: Float[np.ndarray, "m d"],
    run: Callable[[int], float],
    acquisition: Acquisition,
    rng: np.random.Generator,
    *,
    first: int = 8,
    budget: int = 32,
    refit: int = 4,
) -> tuple[Posterior, Int[np.ndarray, " budget"]]:
    """Runs `first` configurations at random, then, until `budget`, the one of the largest acquisition that was not run yet.

    Args:
        space: every configuration [m, d], coordinates of about unit range.
        run: index of a configuration → its outcome.
        acquisition: posterior → how much each configuration is wanted.
        rng: draws the first ones.
        first: configurations drawn without replacement, at least 2.
        budget: runs in all, at most m.
        refit: the kernel is fit again after that many runs.

    Returns:
        The posterior after all runs, and the configurations in the order in which they were run.

    Raises:
        Problem: first < 2, budget < first or budget > m.

    >>> space = np.linspace(0, 1, 20)[:, None]
    >>> found, chosen = explore(space, lambda i: float(np.sin(6 * space[i, 0])), variance_reduction, np.random.default_rng(0), first=4, budget=10)
    >>> bool(np.abs(found.mean - np.sin(6 * space[:, 0])).max() < 0.1), len(set(chosen.tolist()))
    (True, 10)
    """
    if not 2 <= first <= budget <= len(space):
        raise Problem(f"first, budget: expected 2 <= first <= budget <= {len(space)} configurations, got {first} and {budget}.")
    chosen = rng.choice(len(space), first, replace=False).tolist()
    outcomes, kernel = [run(i) for i in chosen], None
    while len(chosen) < budget:
        posterior, kernel = surrogate(space, np.array(chosen), np.array(outcomes), None if (len(chosen) - first) % refit == 0 else kernel)
        wanted = np.array(acquisition(posterior), float)
        wanted[chosen] = -np.inf
        chosen.append(int(np.argmax(wanted)))
        outcomes.append(run(chosen[-1]))
    return surrogate(space, np.array(chosen), np.array(outcomes))[0], np.array(chosen)


def sensitivity(values: Float[np.ndarray, "..."]) -> tuple[Float[np.ndarray, " d"], Float[np.ndarray, " d"]]:
    """Sobol's indices of an outcome on a full grid, every configuration equally likely: (first order, total), each in [0, 1].

    First order of a choice: Var(E[outcome | choice]) / Var(outcome), what it explains alone; total: E[Var(outcome | all others)] / Var(outcome), with all
    interactions. 0 where the outcome does not vary. Source: Sobol', "Sensitivity estimates for nonlinear mathematical models", 1993.

    >>> [one.tolist() for one in sensitivity(np.array([[0.0, 0.0], [1.0, 1.0]]))]
    [[1.0, 0.0], [1.0, 0.0]]
    """
    values = np.asarray(values, float)
    axes, total = range(values.ndim), values.var() or 1.0
    alone = [values.mean(axis=tuple(other for other in axes if other != axis)).var() for axis in axes]
    return np.array(alone) / total, np.array([values.var(axis=axis).mean() for axis in axes]) / total
