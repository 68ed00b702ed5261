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


STEPS, MOST = 16, 2e9
"""Frequencies along an axis for each place of a kernel beyond the first, over two; multiplications that a bound may take."""


@dataclass(frozen=True)
class Layer:
    """A linear layer, a convolution, or batch normalisation, which in evaluation mode is a diagonal.

    Attributes:
        name: where it stands in the model.
        kernel: a row for each output, or output channel; of a convolution one axis more for each along which it moves.
    """

    name: str
    kernel: Float[np.ndarray, "outputs inputs *places"]

    @property
    def matrix(self) -> Float[np.ndarray, "outputs width"]:
        """The kernel as a matrix."""
        return self.kernel.reshape(len(self.kernel), -1)

    @property
    def places(self) -> int:
        """Of a kernel; 1 of a linear layer."""
        return int(np.prod(self.kernel.shape[2:]))

    @cached_property
    def stretch(self) -> float:
        """Its spectral norm; of a convolution an upper bound.

        The smaller of `frequencies` and √places times that of its matrix (Tsuzuku, Sato & Sugiyama, NeurIPS 2018).
        """
        plain = float(np.linalg.norm(self.matrix, 2)) * self.places**0.5
        return plain if self.places == 1 else min(plain, frequencies(self.kernel))


def frequencies(kernel: Float[np.ndarray, "outputs inputs *places"]) -> float:
    """An upper bound of the spectral norm of a convolution, whatever the size of what it reads, its stride and its dilation; ∞ where it would take long.

    sup_ω ‖Σ_p K_p e^{iω·p}‖₂, of which a convolution with zeros, or itself, around is a part: no image is stretched more. Between N equally spaced
    frequencies along an axis of k places the norm exceeds that at the nearest by at most 1/cos(π(k − 1)/(2N)): by Riesz's lemma a trigonometric polynomial
    of degree d is at least cos(d t) times its maximum at a distance of t ≤ π/d.

    >>> bool(2.99 < frequencies(np.ones((1, 1, 3))) < 3.06), bool(1.99 < frequencies(np.array([[[1.0, 0.0, -1.0]]])) < 2.04)  # sums; differences
    (True, True)

    Sources: Sedghi, Gupta & Long, "The singular values of convolutional layers", ICLR 2019, for the norms at frequencies.
    """
    shape = kernel.shape[2:]
    steps = [max(1, STEPS * (k - 1) // 2) for k in shape]
    small = min(kernel.shape[:2])
    if np.prod(steps, dtype=float) * np.prod(kernel.shape[:2], dtype=float) * small > MOST:
        return float("inf")
    symbols = np.moveaxis(np.fft.fftn(kernel, s=steps, axes=range(2, kernel.ndim)), (0, 1), (-2, -1)).reshape(-1, *kernel.shape[:2])
    symbols = symbols if symbols.shape[1] <= symbols.shape[2] else symbols.swapaxes(1, 2)
    largest = np.linalg.eigvalsh(symbols @ symbols.conj().swapaxes(1, 2))[:, -1].max()
    return float(np.sqrt(largest) / np.prod([np.cos(np.pi * (k - 1) / (2 * n)) for k, n in zip(shape, steps, strict=True)]))


def untold(layer: str) -> str:
    """Why what a model can stretch is not told, because of one layer."""
    return (
        f"{layer} is no linear layer, plain convolution or batch normalisation, so that no spectral norm tells what it can stretch. Attention has no bound "
        "that holds for all inputs; that of layer normalisation says nothing."
    )


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
    def layers(self) -> "list[Layer] | str":
        """All layers, where each that holds numbers is one whose stretch a spectral norm tells; else why not."""

    @abstractmethod
    def boundary(self, x: Any) -> Float[np.ndarray, " n"] | None:
        """To first order the distance from each input to where another class is as likely: (ln p_1 − ln p_2)/‖∇_x (ln p_1 − ln p_2)‖₂; None for whole numbers.

        Source: Elsayed et al., "Large margin deep networks for classification", NeurIPS 2018.
        """
