"""Linear regression on one task after the other, each fitted exactly from where the last one ended: what is forgotten, on average and at worst."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PRNGKeyArray

from unseen._problem import Problem, number, real_numbers, whole

Tasks = Sequence[np.ndarray]  # X of each task: examples in rows


def expected_errors(targets: Float[np.ndarray, "tasks p"], n: int, noise: float = 0.0) -> Float[np.ndarray, "t tasks"]:
    """E ‖w_t - w*_i‖² after t = 0, 1, …, T tasks, for each task i: n examples of N(0, I) inputs a task, exactly, for any p > n + 1.

    w_t is the fit to task t nearest to w_{t-1}, w_0 = 0. With r = 1 - n/p, the error for i is
    r^t ‖w*_i‖² + Σ_{k ≤ t} (1 - r) r^(t-k) ‖w*_k - w*_i‖² + noise² p (1 - r^t)/(p - n - 1): the n directions of a task are overwritten, the others kept, and
    E ‖X⁺ε‖² = noise² n/(p - n - 1). Lin, Ju, Liang & Shroff (2023), "Theory on Forgetting and Generalization of Continual Learning", arXiv 2302.05836;
    read as abstract and summary, and derived here.

    Args:
        targets: w* of the tasks, in the order of learning.
        n: examples of each task, at most p - 2.
        noise: standard deviation of the labels' noise.

    Raises:
        Problem: shapes or numbers out of range.

    >>> expected_errors(np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]), n=2).tolist()
    [[1.0, 1.0], [0.5, 1.5], [1.25, 0.75]]
    """
    targets = _tasks_of(targets, n, noise)
    (count, p), squares = targets.shape, np.sum(targets**2, axis=1)
    kept, gap = 1 - n / p, squares[:, None] + squares - 2 * targets @ targets.T
    fresh = noise**2 * n / (p - n - 1)
    errors = np.empty((count + 1, count))
    errors[0] = squares
    for t in range(count):
        errors[t + 1] = kept * errors[t] + (1 - kept) * gap[t] + fresh
    return errors


def forgetting(errors: Float[np.ndarray, "*b t tasks"]) -> Float[np.ndarray, "*b s"]:
    """After t = 2, …, T tasks: how much worse the earlier ones have become since each was learned, the mean of error_i(t) - error_i(i) over i < t.

    Args:
        errors: after 0, 1, …, T tasks, for each of T tasks, as of `expected_errors`.

    Raises:
        Problem: fewer than two tasks, or shapes that do not fit.

    >>> forgetting(np.array([[1.0, 1.0], [0.5, 1.5], [1.25, 0.75]])).tolist()
    [0.75]
    """
    errors = real_numbers("errors", errors)
    if errors.ndim < 2 or errors.shape[-2] != errors.shape[-1] + 1 or errors.shape[-1] < 2:
        raise Problem(f"errors: expected shape [..., T + 1, T] for at least 2 tasks, got {errors.shape}.")
    then = np.diagonal(errors[..., 1:, :], axis1=-2, axis2=-1)
    return np.stack([np.mean(errors[..., t, : t - 1] - then[..., : t - 1], axis=-1) for t in range(2, errors.shape[-1] + 1)], axis=-1)


def two_task_forgetting(cosines: float | Float[np.ndarray, "*c"], turns: int | Int[np.ndarray, "*c"]) -> Float[np.ndarray, "*c"]:
    """The worst forgetting after k turns of two tasks in alternation, k even: (c²)^(k-1) (1 - c²)/2, c the cosine of an angle between their null spaces.

    Mean over turns of the squared error on the training set of that turn, for tasks with orthonormal rows and a common solution at distance 1. With several
    angles the largest value counts. The worst of all angles, c² = 1 - 1/k, gives at most 1/(2e (k - 1)), so that no pair of tasks is forgotten for ever.
    Evron, Moroshko, Ward, Srebro & Soudry (2022), "How catastrophic can catastrophic forgetting be in linear regression?", arXiv 2205.09588; read as
    abstract, and derived here.

    Raises:
        Problem: a cosine outside [0, 1], or an odd number of turns.

    >>> two_task_forgetting(np.array([0.0, np.sqrt(0.5), 1.0]), 2).round(9).tolist()
    [0.0, 0.125, 0.0]
    """
    c, k = real_numbers("cosines", cosines), real_numbers("turns", turns)
    if not ((c >= 0) & (c <= 1)).all() or not ((k >= 2) & (k % 2 == 0)).all():
        raise Problem(f"cosines, turns: expected cosines in [0, 1] and even numbers of turns from 2 on, got {cosines!r} and {turns!r}.")
    return np.asarray((c**2) ** (k - 1) * (1 - c**2) / 2)


def random_order_forgetting(tasks: Tasks, target: Float[np.ndarray, " d"], turns: int) -> Float[np.ndarray, " turns"]:
    """Expected forgetting after k = 1, …, turns, the task of each turn drawn anew, in exact arithmetic: no orders are drawn.

    Forgetting is (1/k) Σ_{j ≤ k} ‖X_τ(j) (w_k - w*)‖², on the training sets of the turns. With P_i the projection on the null space of X_i and 𝒜(M) the mean
    over tasks of P_i M P_i, E of turn j is tr 𝒜^(k-j)(Q) M summed over i with Q = X_iᵀX_i and M = P_i 𝒜^(j-1)(w* w*ᵀ) P_i; 𝒜 is its own adjoint.
    Derived here for the setting of Evron et al. (2022), who bound it for all tasks and starts.

    Args:
        tasks: X of each task, [examples, d]; labels X w*.
        target: w*; the start is 0.
        turns: at least 1.

    Raises:
        Problem: shapes or numbers out of range.

    >>> random_order_forgetting([np.array([[1.0, 0.0]]), np.array([[0.6, 0.8]])], np.array([1.0, 0.0]), 2).round(6).tolist()
    [0.0, 0.018432]
    """
    whole(turns=turns)
    rows, target = _rows(tasks, target, turns)
    null = np.stack([np.eye(target.size) - np.linalg.pinv(x) @ x for x in rows])
    apart = np.stack([x.T @ x for x in rows])
    reached, outcome = np.outer(target, target), [apart]
    covariances = []
    for _ in range(turns):
        covariances.append(reached)
        reached = np.mean(null @ reached @ null, axis=0)
    for _ in range(turns - 1):
        outcome.append(np.mean(null[:, None] @ outcome[-1] @ null[:, None], axis=0))
    later = np.stack([np.mean(null @ one @ null, axis=0).ravel() for one in outcome])  # [k - j, d²]
    table = later @ np.stack(covariances).reshape(turns, -1).T
    return np.array([np.trace(table[k::-1, : k + 1]) for k in range(turns)]) / np.arange(1, turns + 1)


def simulate_tasks(
    key: PRNGKeyArray, targets: Float[np.ndarray, "tasks p"], n: int, noise: float = 0.0, *, repetitions: int = 1
) -> Float[np.ndarray, "r t tasks"]:
    """The errors of `expected_errors`, [repetitions, T + 1, T], of tasks that are drawn and fitted; arguments and errors as there.

    >>> errors = simulate_tasks(jax.random.key(0), np.eye(4)[:2], n=2, repetitions=4000)
    >>> bool(np.abs(errors.mean(axis=0) - expected_errors(np.eye(4)[:2], n=2)).max() < 0.05)
    True
    """
    whole(repetitions=repetitions)
    targets = _tasks_of(targets, n, noise)
    _repeated(repetitions)
    w, errors = np.zeros((repetitions, targets.shape[1])), []
    for one, target in zip(jax.random.split(key, len(targets)), targets, strict=True):
        draw, disturb = jax.random.split(one)
        x = np.asarray(jax.random.normal(draw, (repetitions, n, target.size)), float)
        left = np.einsum("rnp,rp->rn", x, target - w) + noise * np.asarray(jax.random.normal(disturb, (repetitions, n)), float)
        # by NumPy: solving many small systems at once can hang in JAX on one core
        w = w + np.einsum("rn,rnp->rp", np.linalg.solve(x @ x.swapaxes(1, 2), left[:, :, None])[:, :, 0], x)
        errors.append(np.sum(np.square(targets - w[:, None]), axis=2))
    return np.stack([np.broadcast_to(np.sum(targets**2, axis=1), errors[0].shape), *errors], axis=1)


def simulate_orders(key: PRNGKeyArray, tasks: Tasks, target: Float[np.ndarray, " d"], turns: int, *, repetitions: int = 1) -> Float[np.ndarray, "r turns"]:
    """The forgetting of `random_order_forgetting`, of orders that are drawn; arguments and errors as there.

    >>> simulate_orders(jax.random.key(0), [np.eye(2)[:1], np.array([[0.6, 0.8]])], np.eye(2)[0], 2, repetitions=4000).mean(axis=0).round(2).tolist()
    [0.0, 0.02]
    """
    whole(turns=turns, repetitions=repetitions)
    rows, target = _rows(tasks, target, turns)
    _repeated(repetitions)
    null, apart = (jnp.asarray(np.stack(many)) for many in zip(*((np.eye(target.size) - np.linalg.pinv(x) @ x, x.T @ x) for x in rows), strict=True))

    def one(key: Array) -> Array:
        def turn(state: tuple[Array, Array], task: Array) -> tuple[tuple[Array, Array], Array]:
            error, seen = null[task] @ state[0], state[1].at[task].add(1)
            return (error, seen), seen @ jnp.einsum("i,kij,j->k", error, apart, error) / seen.sum()

        order = jax.random.randint(key, (turns,), 0, len(rows))
        return jax.lax.scan(turn, (jnp.asarray(target), jnp.zeros(len(rows))), order)[1]

    return np.asarray(jax.jit(jax.vmap(one))(jax.random.split(key, repetitions)), float)


def _tasks_of(targets: np.ndarray, n: int, noise: float) -> np.ndarray:
    whole(n=n)
    number(noise=noise)
    targets = real_numbers("targets", targets)
    if targets.ndim != 2 or not targets.size:
        raise Problem(f"targets: expected a row of weights for each task, got shape {targets.shape}.")
    if not 1 <= n <= targets.shape[1] - 2:
        raise Problem(f"n: expected 1 to p - 2 = {targets.shape[1] - 2} examples a task, fewer than weights, got {n!r}.")
    if not 0 <= noise < np.inf:
        raise Problem(f"noise: expected a standard deviation of at least 0, got {noise!r}.")
    return targets


def _rows(tasks: Tasks, target: np.ndarray, turns: int) -> tuple[list[np.ndarray], np.ndarray]:
    rows, target = [real_numbers("tasks", x) for x in tasks], real_numbers("target", target)
    if not rows or target.ndim != 1 or any(x.ndim != 2 or x.shape[1] != target.size for x in rows):
        raise Problem(f"tasks, target: expected matrices with a column for each weight, got {[x.shape for x in rows]} and {target.shape}.")
    if not 1 <= turns < np.inf:
        raise Problem(f"turns: expected at least 1, got {turns!r}.")
    return rows, target


def _repeated(repetitions: int) -> None:
    if not repetitions >= 1:
        raise Problem(f"repetitions: expected at least 1, got {repetitions!r}.")
