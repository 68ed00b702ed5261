"""Texts with numbers as tokens of one digit or of several, cut from the left, from the right or at random."""

import re
from collections.abc import Iterator, Sequence

import equinox as eqx
import numpy as np

from unseen._types import Problem, expect

CHARACTERS = " %()*+,-./=_abcdefghijklmnopqrstuvwxyz÷"
DIRECTIONS = ("right", "left", "random")


class DigitTokens(eqx.Module):
    """The tokenizers that NUPA compares (Yang et al. 2024, "Number Cookbook"): each run of digits in pieces of up to `digits`, each other character by itself.

    With 2 digits 12345 is 1 23 45 from the "right", so that pieces of the same worth stand for the same places in all numbers; 12 34 5 from the "left"; and at
    "random" pieces have lengths drawn uniformly from 1 … `digits`, from the left on, until no digit is left. With 1 digit all are alike. Zeros in front count:
    05 and 5 are two tokens.

    Tokens: the 10 pieces of one digit, the 100 of two, …, as in the authors' code (GraphPKU/number_cookbook), then CHARACTERS: what the questions of
    `unseen.tasks.arithmetic.number_understanding` are made of, and "=" and a space.

    Attributes:
        digits: of the longest piece, 1 to 4.
        direction: "right", "left" or "random".
        decimals: the same for digits after a point, "left" by default, so that tenths stand first in their piece.

    >>> coder = DigitTokens(digits=3)
    >>> coder.pieces("12345.6789+7")
    ['12', '345', '.', '678', '9', '+', '7']
    >>> coder.decode(coder.encode("12345.6789+7"))
    '12345.6789+7'
    """

    digits: int = eqx.field(static=True, default=1)
    direction: str = eqx.field(static=True, default="right")
    decimals: str = eqx.field(static=True, default="left")

    def __check_init__(self) -> None:
        known = (lambda d: d in DIRECTIONS, "one of " + ", ".join(map(repr, DIRECTIONS)))
        expect(self, digits=(lambda d: type(d) is int and 1 <= d <= 4, "1 to 4 digits"), direction=known, decimals=known)

    @property
    def numbers(self) -> int:
        """How many tokens are digits."""
        return sum(10**count for count in range(1, self.digits + 1))

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return self.numbers + len(CHARACTERS)

    def pieces(self, text: str, rng: np.random.Generator | None = None) -> list[str]:
        """The text in pieces.

        Args:
            text: of digits and CHARACTERS.
            rng: where chance comes from, for "random".

        Raises:
            Problem: another character, or "random" without chance.
        """
        found = []
        for match in re.finditer(r"[0-9]+|(?s:.)", text):
            part = match[0]
            if part[0] not in "0123456789":
                if part not in CHARACTERS:
                    raise Problem(f"text: expected digits and the characters {CHARACTERS!r}, got {part!r} in {text[:40]!r}. Write it with those.")
                found.append(part)
                continue
            fraction = match.start() > 0 and text[match.start() - 1] == "."
            found += self._cut(part, self.decimals if fraction else self.direction, rng)
        return found

    def encode(self, text: str, rng: np.random.Generator | None = None) -> list[int]:
        """The tokens of a text; `rng` as for `pieces`."""
        return [self._token(piece) for piece in self.pieces(text, rng)]

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens.

        Raises:
            Problem: what is no token.
        """
        return "".join(map(self._piece, tokens))

    def _cut(self, run: str, direction: str, rng: np.random.Generator | None) -> Iterator[str]:
        if direction == "random":
            if rng is None:
                raise Problem("rng: expected a random generator for numbers that are cut at random, got None. Give np.random.default_rng(seed).")
            while run:
                size = int(rng.integers(1, self.digits + 1))
                yield run[:size]
                run = run[size:]
            return
        first = len(run) % self.digits if direction == "right" else 0
        yield from filter(None, [run[:first], *(run[at : at + self.digits] for at in range(first, len(run), self.digits))])

    def _token(self, piece: str) -> int:
        if piece in CHARACTERS:
            return self.numbers + CHARACTERS.index(piece)
        return sum(10**count for count in range(1, len(piece))) + int(piece)

    def _piece(self, token: int) -> str:
        if not 0 <= token < self.vocabulary:
            raise Problem(f"tokens: expected whole numbers from 0 to {self.vocabulary - 1}, got {token!r}.")
        if token >= self.numbers:
            return CHARACTERS[token - self.numbers]
        size, rest = 1, int(token)
        while rest >= 10**size:
            size, rest = size + 1, rest - 10**size
        return f"{rest:0{size}d}"
