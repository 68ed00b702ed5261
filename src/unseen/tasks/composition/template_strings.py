"""Strings that fill a template: what counts is which of their symbols are the same, never which symbols they are."""

from math import isfinite
from typing import Any, ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray, PyTree

from unseen._types import Classes, Examples, Over, Problem, Tokens, Values, expect, expect_numbers
from unseen.tasks.task import Task


class TemplateStrings(Task):
    """Strings of templates such as "aba" and "abb", whose letters stand for different symbols (Boix-Adserà et al. 2024), and a sign where to answer.

    An example draws a template uniformly, and a symbol for each letter, uniformly among those that no other letter has. Its target is the label of the
    template: a number, or a letter, for the symbol that stands for it. The sign is the last symbol of the vocabulary. `train` and `test` use the first
    `symbols`; `unseen` uses the `fresh` ones after those, which training never shows.

    Attributes:
        templates: of equal length.
        labels: one for each template, all numbers or all letters of their template.
        symbols: for training, at least as many as the templates have letters.
        samples: training strings.
        fresh: symbols of `unseen`, at least as many as the templates have letters.
        tests: strings of `test`, and of `unseen`.

    Raises:
        Problem: templates of several lengths, labels of several kinds or of another number, or too few symbols.

    >>> part = TemplateStrings(symbols=4, fresh=4).splits(jax.random.key(0))["unseen"]
    >>> bool(((part.x[:, 0] == part.x[:, 2]) == (part.y == 1.0)).all())
    True
    """

    templates: tuple[str, ...] = eqx.field(static=True, default=("aba", "abb"))
    labels: tuple[float | str, ...] = eqx.field(static=True, default=(1.0, -1.0))
    symbols: int = eqx.field(static=True, default=64)
    samples: int = eqx.field(static=True, default=256)
    fresh: int = eqx.field(static=True, default=64)
    tests: int = eqx.field(static=True, default=256)

    unseen: ClassVar[dict[str, str]] = {"test": "same symbols, strings drawn afresh", "unseen": "symbols that no training string has"}

    def __check_init__(self) -> None:
        expect_numbers(self)
        expect(
            self,
            labels=(lambda given: isinstance(given, tuple), "a tuple of a number or a letter for each template"),
            templates=(lambda t: len({len(one) for one in t}) == 1 and all(isinstance(one, str) and one for one in t), "templates of one length"),
            samples=(lambda n: n >= 1, "at least one string"),
            tests=(lambda n: n >= 1, "at least one string"),
        )
        if any(isinstance(value, Over) for value in (self.templates, self.labels)):
            return
        numbers = all(type(label) in (int, float) and isfinite(label) for label in self.labels)
        letters = all(isinstance(label, str) and label in one for label, one in zip(self.labels, self.templates, strict=False))
        if len(self.labels) != len(self.templates) or not (numbers or letters):
            wanted = f"{len(self.templates)} numbers, or a letter of each of the templates {self.templates}"
            raise Problem(f"TemplateStrings.labels: expected {wanted}, got {self.labels!r}.")
        most = len(set("".join(self.templates)))
        expect(self, symbols=(lambda m: m >= most, f"at least {most} symbols"), fresh=(lambda m: m >= most, f"at least {most} symbols"))

    @property
    def inputs(self) -> Tokens:
        """The symbols of the string, and the sign."""
        return Tokens(len(self.templates[0]) + 1, self.symbols + self.fresh + 1)

    @property
    def outputs(self) -> Values | Classes:
        """A number, or a symbol."""
        return Classes(self.symbols + self.fresh) if isinstance(self.labels[0], str) else Values(())

    def splits(self, key: PRNGKeyArray, data: PyTree[Any] = None) -> dict[str, Examples]:
        """`train`, `test` and `unseen`."""
        at_train, at_test, at_unseen = jax.random.split(key, 3)
        return {
            "train": self._strings(at_train, self.samples, 0, self.symbols),
            "test": self._strings(at_test, self.tests, 0, self.symbols),
            "unseen": self._strings(at_unseen, self.tests, self.symbols, self.fresh),
        }

    def _strings(self, key: PRNGKeyArray, count: int, start: int, alphabet: int) -> Examples:
        """`count` strings of the `alphabet` symbols from `start` on."""
        at_template, at_symbols = jax.random.split(key)
        letters = sorted(set("".join(self.templates)))
        places = jnp.array([[letters.index(letter) for letter in one] for one in self.templates])
        template = jax.random.randint(at_template, (count,), 0, len(self.templates))
        drawn = jax.vmap(lambda k: jax.random.permutation(k, alphabet)[: len(letters)])(jax.random.split(at_symbols, count)) + start
        string = jnp.take_along_axis(drawn, places[template], axis=1)
        sign = jnp.full((count, 1), self.symbols + self.fresh)
        if isinstance(self.labels[0], str):
            told = jnp.array([letters.index(str(label)) for label in self.labels])[template]
            y = jnp.take_along_axis(drawn, told[:, None], axis=1)[:, 0]
        else:
            y = jnp.array(self.labels, float)[template]
        return Examples(jnp.concatenate([string, sign], axis=1), y, {"template": template})
