"""Real numbers as a few symbols each: sign, mantissa and exponent, apart or together."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from unseen._types import expect

ENCODINGS = ("P10", "P1000", "B1999", "FP15")


class FloatTokens(eqx.Module):
    """x ≈ ± m · 10^e with a mantissa m of `digits` digits, as symbols in [0, vocabulary): the four encodings of Charton (2022).

    "P10": sign, the digits of m one by one, e. "P1000": sign, m, e. "B1999": ± m, e. "FP15": ± m and e in one symbol. The names are those of three digits.
    Each part has symbols of its own. Zero is m = 0 with the least exponent. The exponents are those of numbers below 10^`highest`; what is larger
    becomes the largest number there is, and what is below 10^`lowest` loses leading digits, down to zero.

    Attributes:
        encoding: one of P10, P1000, B1999, FP15.
        digits: of the mantissa, 1 to 5.
        lowest: power of ten from which on a number has all its digits.
        highest: power of ten that is too large, above `lowest`.

    >>> coder = FloatTokens("P10", digits=3)
    >>> coder.encode(jnp.array(-3.14)).tolist()  # sign, 3, 1, 4, exponent -2
    [1, 5, 3, 6, 14]
    >>> f"{coder.decode(coder.encode(jnp.array(-3.1415))):.4g}"
    '-3.14'
    """

    encoding: str = eqx.field(static=True, default="FP15")
    digits: int = eqx.field(static=True, default=2)
    lowest: int = eqx.field(static=True, default=-2)
    highest: int = eqx.field(static=True, default=3)

    def __check_init__(self) -> None:
        expect(
            self,
            encoding=(lambda name: name in ENCODINGS, "one of " + ", ".join(map(repr, ENCODINGS))),
            digits=(lambda d: d in range(1, 6), "1 to 5 digits"),
            highest=(lambda h: h > self.lowest, f"a power of ten above lowest={self.lowest!r}"),
        )

    @property
    def parts(self) -> tuple[int, ...]:
        """How many symbols each part of a number has."""
        mantissas, exponents = 10**self.digits, self.highest - self.lowest
        return {
            "P10": (2, *[10] * self.digits, exponents),
            "P1000": (2, mantissas, exponents),
            "B1999": (2 * mantissas - 1, exponents),
            "FP15": ((2 * mantissas - 1) * exponents,),
        }[self.encoding]

    @property
    def width(self) -> int:
        """Symbols of one number."""
        return len(self.parts)

    @property
    def vocabulary(self) -> int:
        """How many symbols there are; the digits of P10 share theirs."""
        return 2 + 10 + self.parts[-1] if self.encoding == "P10" else sum(self.parts)

    @property
    def starts(self) -> tuple[int, ...]:
        """The first symbol of each part."""
        if self.encoding == "P10":
            return (0, *[2] * self.digits, 12)
        return tuple(sum(self.parts[:part]) for part in range(self.width))

    def encode(self, x: Float[Array, "*n"]) -> Int[Array, "*n width"]:
        """The symbols of each number."""
        size, top = jnp.abs(x), 10**self.digits
        exponent = jnp.sum(size[..., None] >= 10.0 ** jnp.arange(self.lowest + 1, self.highest), axis=-1)  # above the least one
        step = 10.0 ** (jnp.arange(self.lowest, self.highest) - self.digits + 1)  # what one unit of the mantissa is worth
        mantissa = jnp.round(size / step[exponent]).astype(jnp.int32)
        carried = (mantissa >= top) & (exponent < len(step) - 1)  # 9.996 is written as 10.0
        mantissa, exponent = jnp.where(carried, top // 10, jnp.minimum(mantissa, top - 1)), exponent + carried
        negative = ((x < 0) & (mantissa > 0)).astype(jnp.int32)
        signed = jnp.where(negative == 1, -mantissa, mantissa) + top - 1
        digits = [mantissa // 10**place % 10 for place in reversed(range(self.digits))]
        parts = {
            "P10": (negative, *digits, exponent),
            "P1000": (negative, mantissa, exponent),
            "B1999": (signed, exponent),
            "FP15": (exponent * (2 * top - 1) + signed,),
        }[self.encoding]
        return jnp.stack(parts, axis=-1) + jnp.array(self.starts)

    def decode(self, tokens: Int[Array, "*n width"]) -> Float[Array, "*n"]:
        """The numbers of such symbols; NaN where a symbol stands that its part does not have."""
        top, parts = 10**self.digits, tokens - jnp.array(self.starts)
        fine = jnp.all((parts >= 0) & (parts < jnp.array(self.parts)), axis=-1)
        if self.encoding in ("P10", "P1000"):
            mantissa = sum(parts[..., 1 + at] * 10 ** (self.width - 3 - at) for at in range(self.width - 2)) if self.encoding == "P10" else parts[..., 1]
            signed, exponent = jnp.where(parts[..., 0] == 1, -mantissa, mantissa), parts[..., -1]
        elif self.encoding == "B1999":
            signed, exponent = parts[..., 0] - (top - 1), parts[..., 1]
        else:
            signed, exponent = parts[..., 0] % (2 * top - 1) - (top - 1), parts[..., 0] // (2 * top - 1)
        step = 10.0 ** (jnp.arange(self.lowest, self.highest) - self.digits + 1)
        return jnp.where(fine, signed * step[jnp.clip(exponent, 0, len(step) - 1)], jnp.nan)
