"""Information shared by blocks of jointly normal variables, from their covariance."""

import numpy as np
from jaxtyping import Float

from unseen._problem import Problem


def total_correlation(covariance: Float[np.ndarray, "d d"], sizes: tuple[int, ...]) -> float:
    """Σ_i H(X_i) - H(X) in nats, at least 0: what all blocks share, counted once less than the blocks that know it. Of two blocks: their mutual information.

    `sizes` are the coordinates of each block, in order. On a sample's covariance this is the plug-in estimate, right if the sample is normal.

    >>> bool(round(total_correlation(np.array([[1.0, 0.6], [0.6, 1.0]]), (1, 1)), 4) == round(-0.5 * np.log(1 - 0.36), 4))
    True
    """
    covariance, blocks = _checked(covariance, sizes)
    return 0.5 * (sum(_log_det(covariance, block) for block in blocks) - _log_det(covariance, np.arange(len(covariance))))


def dual_total_correlation(covariance: Float[np.ndarray, "d d"], sizes: tuple[int, ...]) -> float:
    """H(X) - Σ_i H(X_i | all other blocks) in nats, at least 0: what is not one block's alone. Of two blocks: their mutual information.

    >>> bool(round(dual_total_correlation(np.array([[1.0, 0.6], [0.6, 1.0]]), (1, 1)), 4) == round(-0.5 * np.log(1 - 0.36), 4))
    True
    """
    covariance, blocks = _checked(covariance, sizes)
    every = np.arange(len(covariance))
    whole = _log_det(covariance, every)
    return 0.5 * (whole - sum(whole - _log_det(covariance, np.setdiff1d(every, block)) for block in blocks))


def o_information(covariance: Float[np.ndarray, "d d"], sizes: tuple[int, ...]) -> float:
    """Total correlation less dual total correlation, in nats: above 0 where redundancy prevails, below 0 where synergy does; 0 for two blocks.

    Source: Rosas, Mediano, Gastpar & Jensen (2019).

    >>> equal = 0.7 * np.ones((3, 3)) + 0.3 * np.eye(3)  # one cause seen three times
    >>> round(o_information(equal, (1, 1, 1)), 3)
    0.244
    """
    return total_correlation(covariance, sizes) - dual_total_correlation(covariance, sizes)


def _checked(covariance: np.ndarray, sizes: tuple[int, ...]) -> tuple[np.ndarray, list[np.ndarray]]:
    covariance = np.asarray(covariance, float)
    if covariance.shape != (sum(sizes), sum(sizes)) or min(sizes) < 1 or len(sizes) < 2:
        raise Problem(f"covariance, sizes: expected a square matrix and two or more block sizes that add up to its side, got {covariance.shape} and {sizes!r}.")
    return covariance, np.split(np.arange(len(covariance)), np.cumsum(sizes)[:-1])


def _log_det(covariance: np.ndarray, index: np.ndarray) -> float:
    sign, value = np.linalg.slogdet(covariance[np.ix_(index, index)])
    if sign <= 0:
        raise Problem("covariance: expected a positive definite matrix, got one that is not. Remove coordinates that others determine.")
    return float(value)
