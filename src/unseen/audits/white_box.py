"""What an audit may ask of a model whose weights it can see, whatever the model is written in."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    from unseen.measures.curvature import Product

Link = Literal["logits", "probabilities"]
"""What a model's outputs are."""

Labels = Int[np.ndarray, " n"]


class Answers(NamedTuple):
    """-ln of the probability of each label, and whether the likeliest class is the label."""

    losses: Float[np.ndarray, " n"]
    right: Float[np.ndarray, " n"]


class WhiteBox(ABC):
    """A classifier as a function of its weights θ, a flat vector of `size` numbers; ℓ_i is -ln of the probability of label i, the model in evaluation mode.

    The model that it was made from is run in place, never converted and never changed.
    """

    size: int
    names: tuple[str, ...]

    def memory(self) -> int:
        """Bytes that are needed at most: some hundred vectors of weights, and what is kept of a linearisation."""
        from unseen.measures.curvature import STORE

        return 400 * self.size + STORE

    @abstractmethod
    def weights(self) -> dict[str, np.ndarray]:
        """The arrays of θ by name."""

    @abstractmethod
    def log_probabilities(self, x: Any, change: Float[np.ndarray, " size"] | None = None) -> Float[np.ndarray, "n classes"]:
        """Ln of the probabilities of the classes at θ + change; at θ the same as the model's own scores, up to rounding."""

    def answers(self, x: Any, y: Labels, change: Float[np.ndarray, " size"]) -> Answers:
        """The losses at θ + change."""
        logged = self.log_probabilities(x, change)
        return Answers(-logged[np.arange(len(y)), y], (logged.argmax(axis=1) == y).astype(float))

    @abstractmethod
    def gradient_squares(self, x: Any, y: Labels) -> tuple[Float[np.ndarray, " n"], float]:
        """(‖∇ℓ_i‖² of each example, ‖(1/n) Σ ∇ℓ_i‖²)."""

    @abstractmethod
    def hessian(self, x: Any, y: Labels) -> "Product":
        """Products with ∇² (1/n) Σ ℓ_i."""

    @abstractmethod
    def features(self, x: Any) -> Float[np.ndarray, "n width"] | None:
        """What the last linear layer reads, or None where that cannot be told."""

    @abstractmethod
    def boundary(self, x: Any) -> Float[np.ndarray, " n"] | None:
        """To first order the distance from each input to where another class is as likely: (ln p_1 − ln p_2)/‖∇_x (ln p_1 − ln p_2)‖₂; None for whole numbers.

        Source: Elsayed et al., "Large margin deep networks for classification", NeurIPS 2018.
        """
