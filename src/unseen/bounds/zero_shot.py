"""What can be known of classes that were never seen from a table of their attributes: the least worst-case error rate of maps from attributes to classes.

Class j of k, all equally likely, shows attribute i with chance M_ji. How attributes depend on each other within a class is not said, and may be the worst
possible. Detectors of attributes are perfect, and there are few attributes, as all 2^n patterns of them are listed. Mazzetto, Menghini, Yuan, Upfal &
Bach (2022), "Tight Lower Bounds on Worst-Case Guarantees for Zero-Shot Learning with Attributes".
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack, kron

from unseen._problem import Problem, whole

Table = Float[np.ndarray, "classes attributes"]
MOST = 12


class Worst(NamedTuple):
    """The solution of a game between a map and the dependence of attributes.

    Attributes:
        error: its value: no map errs less often against `law`, and `rule` errs no more often against any law of these attributes.
        law: chances of class and pattern, [classes, patterns]; its sum is 1.
        rule: chances of a class given a pattern, [patterns, classes].
    """

    error: float
    law: Float[np.ndarray, "classes patterns"]
    rule: Float[np.ndarray, "patterns classes"]


def patterns(attributes: int) -> Float[np.ndarray, "patterns attributes"]:
    """All 2^n patterns of 0 and 1; attribute i is bit i of the pattern's index.

    >>> patterns(2).tolist()
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    """
    whole(attributes=attributes)
    if not 1 <= attributes <= MOST:
        raise Problem(f"attributes: expected from 1 to {MOST}, as all patterns are listed, got {attributes!r}. Choose those that tell classes apart.")
    return ((np.arange(2**attributes)[:, None] >> np.arange(attributes)) & 1).astype(float)


def _checked(table: Table) -> Table:
    table = np.asarray(table, float)
    if table.ndim != 2 or len(table) < 2 or not ((table >= 0) & (table <= 1)).all():
        raise Problem(f"table: expected chances in [0, 1] for at least two classes, [classes, attributes], got shape {table.shape}.")
    return table


def _solve(cost: np.ndarray, *limits: object, **more: object) -> object:
    found = linprog(cost, *limits, **more, method="highs")  # pyright: ignore[reportArgumentType, reportCallIssue]
    if found.status != 0:
        raise Problem(f"table: the linear program was not solved: {found.message}")
    return found


def zero_shot_bound(table: Table) -> Worst:
    """The law of largest Bayes error 1 - Σ_v max_j P(j, v) under Σ_v P(j, v) = 1/k and Σ_v P(j, v) v_i = M_ji/k: a linear program in k 2^n variables.

    Its dual variables are the rule of least worst-case error, so that the limit is attained.

    >>> round(zero_shot_bound(np.array([[0.9, 0.5], [0.2, 0.4]])).error, 6)  # two classes: (1 - max_i |M_1i - M_2i|)/2
    0.15
    """
    table = _checked(table)
    k, n = table.shape
    shown = patterns(n)
    v = len(shown)
    equal = hstack([kron(eye_array(k), np.vstack([np.ones(v), shown.T]), format="csr"), csr_array((k * (n + 1), v))])
    above = hstack([eye_array(k * v), kron(-np.ones((k, 1)), eye_array(v), format="csr")])
    wanted = np.column_stack([np.ones(k), table]).ravel() / k
    found = _solve(np.concatenate([np.zeros(k * v), np.ones(v)]), above, np.zeros(k * v), equal, wanted)
    rule = np.clip(-found.ineqlin.marginals.reshape(k, v).T, 0, None)  # pyright: ignore[reportAttributeAccessIssue]
    rule = rule + (1 - rule.sum(axis=1, keepdims=True)) / k  # what is left where a pattern decides nothing
    return Worst(1 - found.fun, found.x[: k * v].reshape(k, v), rule)  # pyright: ignore[reportAttributeAccessIssue]


def worst_error(table: Table, rule: Float[np.ndarray, "patterns classes"]) -> float:
    """The largest error rate of a rule over all laws with these chances of attributes: one linear program in 2^n variables for each class.

    >>> worst_error(np.array([[1.0], [0.5]]), np.array([[0.0, 1.0], [1.0, 0.0]]))
    0.25
    """
    table = _checked(table)
    shown = patterns(table.shape[1])
    if np.shape(rule) != (len(shown), len(table)) or not np.allclose(np.sum(rule, axis=1), 1):
        raise Problem(f"rule: expected chances [{len(shown)}, {len(table)}] that sum to 1 for each pattern, got shape {np.shape(rule)}.")
    facts = np.vstack([np.ones(len(shown)), shown.T])
    right = [_solve(np.asarray(rule)[:, j], None, None, facts, np.append(1.0, table[j])).fun for j in range(len(table))]  # pyright: ignore[reportAttributeAccessIssue]
    return 1 - float(np.mean(right))


def pair_bounds(table: Table) -> Float[np.ndarray, "classes classes"]:
    """For each two classes the bound where there are only these: (1 - max_i |M_ji - M_li|)/2; 1/2 on the diagonal.

    Two laws with such chances of attributes differ by at least that much, and can be coupled to differ by no more.

    >>> pair_bounds(np.array([[1.0, 0.5], [0.5, 0.25]])).tolist()
    [[0.5, 0.25], [0.25, 0.5]]
    """
    table = _checked(table)
    return (1 - np.abs(table[:, None] - table).max(axis=2)) / 2
