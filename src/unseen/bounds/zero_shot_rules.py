"""Zero-shot learners from attributes: which class, by a table of the attributes of classes that were never seen."""

import numpy as np
from jaxtyping import Float, Int
from scipy.linalg import solve_sylvester

from unseen._problem import Problem, fitting

Attributes = Float[np.ndarray, "n attributes"]
Images = Float[np.ndarray, "n pixels"]
Table = Float[np.ndarray, "classes attributes"]
Scores = Float[np.ndarray, "n classes"]


def direct_attribute_prediction(table: Table, shown: Attributes) -> Scores:
    """Log P(attributes | class) as if they were independent, Σ_i v_i ln M_ji + (1 - v_i) ln(1 - M_ji) (Lampert, Nickisch & Harmeling 2009), classes alike.

    Chances are held 0.001 away from 0 and 1.

    Raises:
        Problem: shapes that do not fit, or numbers that are not finite.

    >>> direct_attribute_prediction(np.array([[0.9], [0.2]]), np.array([[1.0], [0.0]])).argmax(axis=1).tolist()
    [0, 1]
    """
    fitting(table=(table, "classes attributes"), shown=(shown, "... attributes"))
    chance = np.clip(table, 1e-3, 1 - 1e-3)
    return shown @ np.log(chance).T + (1 - shown) @ np.log(1 - chance).T


class SemanticAutoencoder:
    """SAE: the matrix W of least ‖X - WᵀS‖² + λ ‖WX - S‖², X images and S the attributes of their classes as columns (Kodirov, Xiang & Gong 2017).

    S Sᵀ W + λ W X Xᵀ = (1 + λ) S Xᵀ. Scores are cosines of W x with rows of a table. Images are centred by the mean of those that were seen.

    >>> learn = SemanticAutoencoder(np.eye(2), np.array([[1.0, -1.0], [-1.0, 1.0]]), np.array([0, 1]))
    >>> learn(np.array([[0.9, 0.1], [0.2, 0.7]]), np.array([[0.5, -0.2], [-0.3, 0.6]])).argmax(axis=1).tolist()
    [0, 1]
    """

    def __init__(self, table: Table, x: Images, y: Int[np.ndarray, " n"], *, lam: float = 1.0) -> None:
        if not lam > 0 or len(x) != len(y):
            raise Problem(f"lam, x, y: expected a positive weight and a class for each image, got {lam!r}, {len(x)} and {len(y)}.")
        self.center, signatures = x.mean(axis=0), table[y]
        x = x - self.center
        self.encoder = solve_sylvester(signatures.T @ signatures, lam * x.T @ x, (1 + lam) * signatures.T @ x)

    def __call__(self, table: Table, x: Images) -> Scores:
        """Scores of the classes of another table."""
        return _unit((x - self.center) @ self.encoder.T) @ _unit(table).T


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
