"""Fast learners, trained at once on the halves that many masks choose from a supersample: what `supersample.py` needs the predictions of."""

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, fitting, number, whole

Inputs = Float[np.ndarray, "n 2 d"]
Labels = Int[np.ndarray, "n 2"]
Masks = Int[np.ndarray, "m _"]


def _check(x: np.ndarray, y: np.ndarray, masks: np.ndarray) -> None:
    fitting(x=(x, "n 2 d"), y=(y, "n 2"), masks=(masks, "m n"))
    if x.ndim != 3 or x.shape[:2] != y.shape or y.shape[1:] != (2,) or masks.shape[1:] != y.shape[:1] or y.min() < 0:
        raise Problem(f"x, y, masks: expected [n, 2, d], classes from 0 as [n, 2], and [m, n], got shapes {x.shape}, {y.shape}, {masks.shape}.")


def logistic_regression(x: Inputs, y: Labels, masks: Masks, *, steps: int = 100, learning_rate: float = 0.1) -> Int[np.ndarray, "m n 2"]:
    """Classes that a linear classifier gives to all 2n examples after gradient descent, from 0, on the mean cross-entropy of n of them.

    >>> logistic_regression(np.array([[[1.0], [-1.0]]]), np.array([[1, 0]]), np.array([[0], [1]])).tolist()
    [[[1, 0]], [[0, 0]]]
    """
    number(learning_rate=learning_rate)
    whole(steps=steps)
    _check(x, y, masks)
    if not (learning_rate > 0 and steps >= 0):
        raise Problem(f"steps, learning_rate: expected at least 0 and above 0, got {steps!r} and {learning_rate!r}.")
    rows, classes = np.arange(len(x)), int(y.max()) + 1
    inputs, targets = x[rows, masks], np.eye(classes)[y[rows, masks]]
    weights, biases = np.zeros((len(masks), x.shape[2], classes)), np.zeros((len(masks), 1, classes))
    for _ in range(steps):
        scores = inputs @ weights + biases
        p = np.exp(scores - scores.max(axis=2, keepdims=True))
        step = learning_rate * (p / p.sum(axis=2, keepdims=True) - targets) / len(x)
        weights -= inputs.transpose(0, 2, 1) @ step
        biases -= step.sum(axis=1, keepdims=True)
    return (np.einsum("ncd,mdk->mnck", x, weights) + biases[:, :, None]).argmax(axis=3)


def nearest_neighbour(x: Inputs, y: Labels, masks: Masks) -> Int[np.ndarray, "m n 2"]:
    """Class of the nearest training example, for all 2n examples; that of a training example is its own, so that the training error is 0.

    >>> nearest_neighbour(np.array([[[0.0], [1.0]]]), np.array([[0, 1]]), np.array([[0], [1]])).tolist()
    [[[0, 0]], [[1, 1]]]
    """
    _check(x, y, masks)
    points = x.reshape(-1, x.shape[2])
    apart = ((points[:, None] - points) ** 2).sum(axis=2)
    trained = np.stack([1 - masks, masks], axis=2).reshape(len(masks), 1, -1) == 1
    return y.ravel()[np.where(trained, apart, np.inf).argmin(axis=2)].reshape(*masks.shape, 2)
