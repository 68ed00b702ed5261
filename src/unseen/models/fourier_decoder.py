"""A decoder, and an encoder, whose attention tells distances by Fourier series instead of single waves, and by none that it could not learn in training."""

import math
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Int, PRNGKeyArray

from unseen._types import Fixed, expect
from unseen.models.decoder import Decoder
from unseen.models.positions import LONGEST_WAVE, Asked, Asking, Heads, Place, Places, Scores
from unseen.models.transformers.layer import Layer


class FourierScores(Scores):
    """Scores of queries and keys turned, in plane m of each head, by the pair (C_m(p), S_m(p)) in the place of (cos, sin) of one angle at place p.

    C_m(p) = Σ_k a_km cos(p w_k) / Σ_k a_km with w_k = 10000^(-2k/size), over the waves that are no longer than the training strings: w_k ≥ 2π / trained;
    S_m likewise with coefficients of its own. a = 1 for k = m, plus N(0, spread² / kept). Planes of longer waves are not turned: (1, 0).
    """

    cosines: Fixed
    sines: Fixed
    kept: int = eqx.field(static=True)

    def __init__(self, key: PRNGKeyArray, trained: int, spread: float | Array, width: int, heads: int) -> None:
        size = width // heads
        self.kept = sum(LONGEST_WAVE ** (-k / size) >= 2 * math.pi / trained for k in range(0, size, 2))

        def coefficients(key: PRNGKeyArray) -> Fixed:
            drawn = jnp.eye(self.kept) + spread / math.sqrt(max(self.kept, 1)) * jax.random.normal(key, (heads, self.kept, self.kept))
            return Fixed(drawn / jnp.sum(drawn, axis=1, keepdims=True))

        self.cosines, self.sines = map(coefficients, jax.random.split(key))

    def __call__(self, query: Asking, key: Heads, place: Place, asking: Places = None) -> Asked:
        """Scores of the turned queries and keys."""
        place = jnp.arange(len(key)) if place is None else place
        return super().__call__(self.turned(query, place if asking is None else asking), self.turned(key, place), place)

    def turned(self, x: Heads, place: Int[Array, " length"]) -> Heads:
        """Queries or keys at these places, each plane turned by its series."""
        angle = place[:, None] * LONGEST_WAVE ** (-2 * jnp.arange(self.kept) / x.shape[2])
        free = x.shape[2] // 2 - self.kept
        pad = lambda series, value: jnp.pad(series, ((0, 0), (0, 0), (0, free)), constant_values=value)  # noqa: E731
        cosines = pad(jnp.einsum("pk,hkm->phm", jnp.cos(angle), self.cosines.value), 1.0).astype(x.dtype)
        sines = pad(jnp.einsum("pk,hkm->phm", jnp.sin(angle), self.sines.value), 0.0).astype(x.dtype)
        even, odd = x[..., ::2], x[..., 1::2]
        return jnp.stack([even * cosines - odd * sines, odd * cosines + even * sines], axis=3).reshape(x.shape)


class FourierDecoder(Decoder):
    """`Decoder` with the Fourier position embedding (FoPE) of Hua et al. (2024), arXiv 2412.17739, equations 11 to 13 and the code of its appendix.

    Rotary positions turn each plane of a query by one wave. Here each plane gets a Fourier series, its own wave before all others, with random coefficients
    that are not trained and are drawn for each head and layer; waves longer than the training strings are replaced by a constant, as no training string
    shows a whole one. The code of the appendix sets the sine of such planes to 1, against its equation 13, which is followed here.

    Attributes:
        trained: length N of the longest training string, all symbols counted.
        spread: σ, size of the random coefficients; with 0 only the constant is new.

    >>> from unseen._types import Strings, Tokens
    >>> network = FourierDecoder(width=16, depth=1, heads=1, trained=8).build(Tokens(5, 4), Strings(5, 3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (5, 3)
    """

    trained: int = eqx.field(static=True, default=64)
    spread: float | Array = 0.3

    def __check_init__(self) -> None:
        expect(
            self,
            positions=(lambda p: p == "none", "'none': the Fourier series take their place"),
            width=(lambda w: not isinstance(self.heads, int) or w % (2 * self.heads) == 0, f"a multiple of 2 heads={self.heads!r}, for planes"),
            trained=(lambda n: type(n) is int and n >= 1, "a length of at least 1"),
            spread=(lambda s: s >= 0, "at least 0"),
        )

    def layer(self, key: PRNGKeyArray, places: int) -> Layer:
        """One freshly initialised layer."""
        plain = super().layer(key, places)
        scores = FourierScores(jax.random.fold_in(key, 5), self.trained, self.spread, self.width, self.heads)
        return eqx.tree_at(lambda layer: layer.scores, plain, scores)


class FourierEncoder(FourierDecoder):
    """`Encoder` with the same positions: every place sees every place that is not padding, and norms come after.

    >>> from unseen._types import Strings, Tokens
    >>> network = FourierEncoder(width=16, depth=1, heads=1, trained=8).build(Tokens(5, 4), Strings(5, 3), jax.random.key(0))
    >>> network(jnp.array([0, 1, 2, 3, 0])).shape
    (5, 3)
    """

    norm: str = eqx.field(static=True, default="post")

    causal: ClassVar[bool] = False
