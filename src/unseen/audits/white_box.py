"""What an audit may ask of a model whose weights it can see, whatever the model is written in."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from jaxtyping import Float, Int

if TYPE_CHECKING:
    from unseen.measures.curvature import Product

Link = Literal["logits", "probabilities", "values"]
"""What a model's outputs are; values where it says numbers."""

Labels = Int[np.ndarray, " n"] | Float[np.ndarray, " n"]


@dataclass(frozen=True)
class Layer:
    """A linear layer or a convolution.

    Attributes:
        name: where it stands in the model.
        matrix: a row for each output, or for each output channel of a convolution.
        places: positions of a kernel; 1 of a linear layer.
    """

    name: str
    matrix: Float[np.ndarray, "outputs inputs"]
    places: int = 1

    @cached_property
    def stretch(self) -> float:
        """Its spectral norm; of a convolution an upper bound, √places times that of its matrix (Tsuzuku, Sato & Sugiyama, NeurIPS 2018)."""
        return float(np.linalg.norm(self.matrix, 2)) * self.places**0.5


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

    def losses(self, x: Any, y: Labels, change: Float[np.ndarray, " size"] | None = None) -> Float[np.ndarray, " n"]:
        """ℓ_i at θ + change."""
        found = self.outcome(x, change).astype(float)
        return np.square(found[:, 0] - y) if self.link == "values" else -found[np.arange(len(found)), y]

    @abstractmethod
    def scores(self, x: Any) -> Float[np.ndarray, "n outputs"]:
        """What the function of θ gives, before anything is made of it: the model's own logits, probabilities or numbers, up to rounding."""

    @abstractmethod
    def slope(self, x: Any, y: Labels, change: Float[np.ndarray, " size"] | None = None) -> Float[np.ndarray, " size"]:
        """The gradient of (1/n) Σ ℓ_i at θ + change."""

    @abstractmethod
    def slopes(self, x: Any, y: Labels, along: Float[np.ndarray, " size"]) -> Float[np.ndarray, " n"]:
        """∇ℓ_i · along of each example."""

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
    def readout(self, x: Any) -> Float[np.ndarray, "classes width"] | None:
        """The weights of the last linear layer, or None where that cannot be told; of x the first example is looked at."""

    @abstractmethod
    def layers(self) -> "list[Layer] | None":
        """All layers, where each that holds numbers is linear or a convolution; else None."""

    @abstractmethod
    def boundary(self, x: Any) -> Float[np.ndarray, " n"] | None:
        """To first order the distance from each input to where another class is as likely: (ln p_1 − ln p_2)/‖∇_x (ln p_1 − ln p_2)‖₂; None for whole numbers.

        Source: Elsayed et al., "Large margin deep networks for classification", NeurIPS 2018.
        """
