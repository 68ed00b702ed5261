"""Whether runs have learned an arithmetic rule: solved or not, how often, how soon, and with how whole weights (Madsen & Johansen 2019)."""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, PyTree

from unseen._types import Examples, Problem, Snapshot, outputs, trainable, unknown
from unseen.engine.probe import Probe
from unseen.stats import Estimate, binomial_interval
from unseen.study import Runs


def excess(network: PyTree, examples: Examples) -> Float[Array, ""]:
    """Mean squared error in units of what is tolerated, at least 0; the examples are solved below 1.

    E = Σ (f(x) - y)² / Σ tolerance, the fact `tolerance` being the squared error of a solution whose weights are all off by a little (1e-5), as
    `unseen.tasks.subset_arithmetic` gives it. A network that solves examples far from those seen must have the rule: no error is small by itself.

    Raises:
        Problem: for examples without that fact.
    """
    if "tolerance" not in examples.info:
        raise unknown("fact of the examples", "tolerance", examples.info)
    return jnp.sum(jnp.square(outputs(network, examples.x) - examples.y)) / jnp.sum(examples.info["tolerance"])


def sparsity_error(network: PyTree) -> Float[Array, ""]:
    """The largest distance of a weight from the nearest of -1, 0 and 1: max min(|w|, |1 - |w||), in [0, 1/2] for weights in [-1, 1].

    The weights are the `weight` of each unit of the network's `units`, as it multiplies (for NAC that is tanh(Ŵ) σ(M̂)); else all trainable arrays.

    >>> from unseen._types import Reals, Values
    >>> from unseen.models.arithmetic_units import AdditionUnit, UnitNetwork
    >>> sparsity_error(UnitNetwork((AdditionUnit(jnp.array([[1.0], [-0.75]])), AdditionUnit(jnp.array([[0.125]]))), (1,)))
    Array(0.25, dtype=float32)
    """
    weights = [unit.weight for unit in network.units] if hasattr(network, "units") else jax.tree.leaves(trainable(network)[0])
    sizes = [jnp.abs(weight) for weight in weights]
    return jnp.max(jnp.stack([jnp.max(jnp.minimum(size, jnp.abs(1.0 - size))) for size in sizes]))


class Excess(Probe):
    """`<split>_excess` for each finite split that says what is tolerated (`excess`), and `sparsity_error`."""

    def __call__(self, snapshot: Snapshot) -> dict[str, Array]:
        """The named values."""
        parts = {name: part for name, part in snapshot.splits.items() if isinstance(part, Examples) and "tolerance" in part.info}
        found = {f"{name}_excess": excess(snapshot.network, part) for name, part in parts.items()}
        return found | {"sparsity_error": sparsity_error(snapshot.network)}


class Success(NamedTuple):
    """How often, how soon, how sparsely. The last two are of runs that solved the task, NaN where none did.

    Attributes:
        solved: whether each run did.
        rate: of success in [0, 1], with Wilson's interval.
        first: the mean of the first recorded step at which a run had solved it, with the profile-likelihood interval of a gamma distribution.
        sparsity: the mean sparsity error (at most 1/2 is counted, as of weights within ±1), with that of a beta distribution on [0, 1/2].
    """

    solved: Bool[np.ndarray, " runs"]
    rate: Estimate
    first: Estimate
    sparsity: Estimate


def success(runs: Runs, split: str = "larger", *, chosen_by: str = "test") -> Success:
    """What `Excess` recorded of runs of one kind, summed up: each is judged on `split` at the recorded step that is best on `chosen_by`.

    So the examples on which success is judged choose nothing. A run that diverged has not solved the task.
    """
    steps, judged = runs.curve(f"{split}_excess")
    choosing, whole = (np.nan_to_num(runs.curve(name)[1], nan=np.inf) for name in (f"{chosen_by}_excess", "sparsity_error"))
    at = np.arange(len(judged)), np.argmin(choosing, axis=1)
    solved = judged[at] < 1
    first = np.array([steps[np.argmax(curve < 1)] for curve in judged[solved]], float)
    rate = Estimate(np.mean(solved), *binomial_interval(int(solved.sum()), len(solved), method="wilson"))
    return Success(solved, rate, gamma_mean(first), beta_mean(np.minimum(whole[at][solved], 0.5)))


def gamma_mean(x: Float[np.ndarray, " n"], confidence: float = 0.95) -> Estimate:
    """The mean of a gamma distribution from independent draws, with its profile-likelihood interval: those μ with 2 (max l - max_α l(μ, α)) ≤ χ²₁.

    The best mean is that of the draws. NaN without draws, a point where they do not vary (one draw: no limits, NaN).

    Raises:
        Problem: for a draw that is not above 0.

    >>> [round(float(one), 2) for one in gamma_mean(np.array([1.0, 2.0, 3.0, 4.0]))]
    [2.5, 1.45, 4.86]
    """
    from scipy.optimize import brentq
    from scipy.special import digamma, gammaln

    if (x <= 0).any():
        raise Problem(f"x: expected numbers above 0, got {x.min()!r}. A run that had solved its task before the first step says nothing of how long it takes.")

    def profile(mean: float) -> float:
        gap = x.mean() / mean - 1 + np.log(mean) - np.log(x).mean()  # = log α - ψ(α) at the best shape α
        best: Any = brentq(lambda s: s - digamma(np.exp(s)) - gap, -30.0, 40.0)
        shape = np.exp(best)
        return len(x) * float(shape * np.log(shape / mean) - gammaln(shape) + (shape - 1) * np.log(x).mean() - shape * x.mean() / mean)

    return _interval(x, x.mean() if len(x) else np.nan, profile, (1e-6, 1e6), confidence)


def beta_mean(x: Float[np.ndarray, " n"], confidence: float = 0.95) -> Estimate:
    """The mean of a beta distribution on [0, 1/2] from independent draws, with its profile-likelihood interval; otherwise as `gamma_mean`.

    Draws at the ends, to which a beta distribution gives no weight, are moved inside by 1e-9.

    Raises:
        Problem: for a draw outside of [0, 1/2].
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import betaln

    if ((x < 0) | (x > 0.5)).any():
        raise Problem(f"x: expected numbers in [0, 1/2], got {x.min()!r} to {x.max()!r}. Weights beyond ±1 have no sparsity error of that kind.")
    inside = np.clip(2 * x, 2e-9, 1 - 2e-9)

    def profile(mean: float) -> float:
        a, b = 2 * mean * np.log(inside).mean(), (1 - 2 * mean) * np.log1p(-inside).mean()
        rest = np.log(inside).mean() + np.log1p(-inside).mean()

        def loss(log_v: float) -> float:
            v = np.exp(log_v)
            return -float(v * (a + b) - rest - betaln(2 * mean * v, (1 - 2 * mean) * v))

        found: Any = minimize_scalar(loss, bounds=(-12.0, 25.0), method="bounded", options={"xatol": 1e-9})
        return -len(x) * float(found.fun)

    best = np.nan
    if len(x) > 1 and np.ptp(x) > 0:
        found: Any = minimize_scalar(lambda m: -profile(m), bounds=(1e-9, 0.5 - 1e-9), method="bounded", options={"xatol": 1e-12})
        best = float(found.x)
    return _interval(x, best, profile, (1e-9 / max(best, 1e-9), 0.5 / best * (1 - 1e-9)), confidence)


def _interval(x: Float[np.ndarray, " n"], best: float, profile: Callable[[float], float], span: tuple[float, float], confidence: float) -> Estimate:
    """(best, low, high): where the profile falls by half of the χ² quantile, looked for between the multiples `span` of the best."""
    from scipy.optimize import brentq
    from scipy.stats import chi2

    if len(x) < 2 or not np.ptp(x) > 0:
        limit = x[0] if len(x) > 1 else np.nan
        return Estimate(*(np.asarray(one) for one in (x[0] if len(x) else np.nan, limit, limit)))
    level = profile(best) - chi2.ppf(confidence, 1) / 2
    ends: list[Any] = []
    for end in span:
        far = best * end
        ends.append(brentq(lambda mean: profile(mean) - level, *sorted((far, best)), xtol=1e-12 * best) if profile(far) < level else far)
    return Estimate(*(np.asarray(one) for one in (best, *ends)))
