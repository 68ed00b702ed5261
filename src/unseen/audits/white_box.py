"""What an audit may ask of a model whose weights it can see, whatever the model is written in."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    from unseen.measures.curvature import Product

Link = Literal["logits", "probabilities", "values"]
"""What a model's outputs are; values where it says numbers."""

Labels = Int[np.ndarray, " n"] | Float[np.ndarray, " n"]


class WhiteBox(ABC):
    """A model in evaluation mode as a function of its weights θ, a flat vector of `size` numbers.

    ℓ_i is -ln of the probability of label i, or the squared error where it says numbers. The model is run in place, never converted and never changed.
    """

    link: Link
    size: int
    names: tuple[str, ...]

    @property
    def unit(self) -> str:
        """Of ℓ."""
        return "squared labels" if self.link == "values" else "nats"

    def memory(self) -> int:
        """Bytes that are needed at most: some hundred vectors of weights, and what is kept of a linearisation."""
        from unseen.measures.curvature import STORE

        return 400 * self.size + STORE

    @abstractmethod
    def weights(self) -> dict[str, np.ndarray]:
        """The arrays of θ by name."""

    @abstractmethod
    def outcome(self, x: Any, change: Float[np.ndarray, " size"] | None = None) -> Float[np.ndarray, "n classes"]:
        """Ln of the probabilities of the classes at θ + change, or the number [n, 1]; at θ the same as the model's own answers, up to rounding."""

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
