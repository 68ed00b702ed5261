"""How often a measure is wrong about which of two models generalizes better, in each of many environments: a measure is as good as its worst one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike

from unseen._types import Problem, unknown
from unseen.bounds.binary_kl import Numbers
from unseen.measures.complexity.rank_agreement import Settings, compared, labels


class Environment(NamedTuple):
    """A change of one hyperparameter, all others being equal in both models.

    Attributes:
        axis: the hyperparameter that changes.
        values: its two values.
        given: values of other hyperparameters, which single the environment out.
    """

    axis: str
    values: tuple[Any, Any]
    given: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.axis} {self.values[0]} to {self.values[1]}" + "".join(f", {name} {value}" for name, value in self.given)


class SignError(NamedTuple):
    """What happens in one environment, over pairs of weight w.

    Attributes:
        wrong: Σ w over pairs that the measure orders wrongly; those that it does not tell apart count half.
        weight: Σ w.
        squares: Σ w².
    """

    wrong: float
    weight: float
    squares: float

    @property
    def rate(self) -> float:
        """The share of pairs that are ordered wrongly, in [0, 1]: one half for a coin, and for a measure that does not change."""
        return self.wrong / self.weight

    @property
    def size(self) -> float:
        """The effective number of pairs, (Σ w)² / Σ w²."""
        return self.weight**2 / self.squares


def resolved(difference: Numbers, tested: Numbers) -> Float[np.ndarray, "*pairs"]:
    """Weights (max(0, 1 − 2 exp(−n Δ²/2))² − 1/2)₊: how sure it is that gaps differ that were found to differ by Δ, on n test examples each.

    By Hoeffding's inequality both are within Δ/2 of their means with probability at least 1 − 2 exp(−2 n (Δ/2)²) each. 0 where that is no better
    than a coin. Source: the code of Dziugaite et al. (2020), which subtracts the half.

    >>> resolved([0.0, 0.05, 1.0], tested=10_000).round(3).tolist()
    [0.0, 0.5, 0.5]
    """
    delta, n = np.asarray(difference, float), np.asarray(tested, float)
    return np.asarray(np.maximum(np.maximum(0.0, 1 - 2 * np.exp(-n * delta**2 / 2)) ** 2 - 0.5, 0.0))


def sign_errors(
    measure: ArrayLike,
    gap: ArrayLike,
    settings: Settings,
    repeats: ArrayLike | None = None,
    *,
    given: Sequence[str] | None = None,
    tested: Numbers | None = None,
) -> dict[Environment, SignError]:
    """The mean of (1 − sign(μ_i − μ_j) sign(g_i − g_j)) / 2 over pairs of models that differ in one hyperparameter, in each environment by itself.

    An environment is a change of one hyperparameter from one value to another, at given values of those in `given`; it averages over repeats and over
    all other hyperparameters. Source: Dziugaite et al. (2020), "In Search of Robust Measures of Generalization", whose environments are given all
    hyperparameters, and whose robust sign-error is the largest over environments (`worst`).

    Args:
        measure: μ of each model.
        gap: its generalization gap.
        settings: for each hyperparameter its value in every model.
        repeats: a label of each model (its seed); only models of one label are compared; None: all.
        given: hyperparameters whose values single an environment out; None: all of them.
        tested: test examples on which the gaps were found, of all or of each; pairs then weigh as much as they are `resolved`; None: all alike.

    Returns:
        The environments in which any pair has a weight.

    Raises:
        Problem: arrays of other lengths, or an unknown hyperparameter.

    >>> models = {"width": [8, 8, 16, 16], "depth": [1, 2, 1, 2]}
    >>> found = sign_errors([1, 2, 3, 4], [0.1, 0.2, 0.4, 0.3], models, given=["width"])
    >>> [(str(environment), error.rate) for environment, error in found.items()]
    [('width 8 to 16', 0.0), ('depth 1 to 2, width 8', 0.0), ('depth 1 to 2, width 16', 1.0)]
    """
    for name in given or ():
        if name not in settings:
            raise unknown("given", name, settings)
    signs, pairs = compared(measure, gap, repeats)
    g, n = np.asarray(gap, float), len(signs)
    weight = np.ones((n, n))
    if tested is not None:
        count = np.broadcast_to(np.asarray(tested, float), (n,))
        weight = resolved(np.nan_to_num(g[:, None] - g), np.minimum(count[:, None], count))
    columns = {name: np.asarray(values) for name, values in settings.items()}
    found = {}
    for axis, values in columns.items():
        others = labels({name: column for name, column in columns.items() if name != axis}, n)
        kept = [name for name in (columns if given is None else given) if name != axis]
        place, order = labels({name: columns[name] for name in kept}, n), np.unique(values, return_inverse=True)[1]
        rows, partners = np.nonzero(pairs & (others[:, None] == others) & (order[:, None] < order) & (weight > 0))
        cases = np.stack([place[rows], order[rows], order[partners]])
        for case in np.unique(cases, axis=1).T:
            here = np.all(cases == case[:, None], axis=0)
            i, j = rows[here], partners[here]
            w = weight[i, j]
            environment = Environment(axis, (_plain(values[i[0]]), _plain(values[j[0]])), tuple((name, _plain(columns[name][i[0]])) for name in kept))
            found[environment] = SignError(float(w @ (1 - signs[i, j]) / 2), float(w.sum()), float(w @ w))
    return found


def pooled(parts: Iterable[Mapping[Environment, SignError]]) -> dict[Environment, SignError]:
    """The same over the pairs of several sets of models together, environment by environment."""
    found: dict[Environment, SignError] = {}
    for part in parts:
        for environment, error in part.items():
            found[environment] = SignError(*(sum(pair) for pair in zip(found.get(environment, (0.0, 0.0, 0.0)), error, strict=True)))
    return found


def worst(errors: Mapping[Environment, SignError], fewest: float = 12.0) -> tuple[Environment, SignError]:
    """The environment of the largest sign-error, among those of at least `fewest` effective pairs (12 in the paper's figures).

    Raises:
        Problem: where there is none.
    """
    enough = {environment: error for environment, error in errors.items() if error.size >= fewest}
    if not enough:
        most = max((error.size for error in errors.values()), default=0.0)
        raise Problem(f"errors: expected an environment of at least {fewest:g} effective pairs, got at most {most:g}. Run more seeds, or lower `fewest`.")
    return max(enough.items(), key=lambda item: item[1].rate)


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
