"""ReLU networks that run the programs of `arithmetic_programs`: deep, but written down in as few numbers as the program."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unseen._problem import Problem, whole
from unseen.theory.arithmetic_programs import VARIABLES, Program, decides


class Affine(NamedTuple):
    """Σ_r weights[r] h_r + bias of the hidden units h."""

    weights: Mapping[int, float]
    bias: float = 0.0

    def plus(self, other: "Affine", factor: float = 1.0) -> "Affine":
        """The sum with `factor` × another."""
        units = {*self.weights, *other.weights}
        return Affine({r: self.weights.get(r, 0.0) + factor * other.weights.get(r, 0.0) for r in units}, self.bias + factor * other.bias)

    def shifted(self, by: float) -> "Affine":
        """The sum with a number."""
        return Affine(self.weights, self.bias + by)


class Layer(NamedTuple):
    """h_r ← max(0, value) for the units named; all others keep their value, which is never negative."""

    units: Mapping[int, Affine]


class Repeat(NamedTuple):
    """The same layers, so many times over."""

    times: int
    layers: tuple["Layer | Repeat", ...]


class Network(NamedTuple):
    """A feed-forward ReLU network of `width` units a layer, its input on unit 0 (the rest 0), its output on unit 1."""

    width: int
    layers: tuple[Layer | Repeat, ...]


class _Compiler:
    def __init__(self, largest: int) -> None:
        self.largest, self.width = largest, 2

    def unit(self) -> int:
        """A unit that no one uses."""
        self.width += 1
        return self.width - 1

    def number(self, program: Program, scope: dict[str, int]) -> tuple[Affine, int, list]:
        """(value, its largest, layers that come before)."""
        if isinstance(program, int):
            return Affine({}, program), program, []
        if isinstance(program, str):
            return Affine({scope[program]: 1.0}), self.largest, []
        symbol, left, right = program
        (a, most, first), (b, times, second) = self.number(left, scope), self.number(right, scope)
        if symbol == "+":
            return a.plus(b), most + times, first + second
        total, k, at_least, above, share = (self.unit() for _ in range(5))  # a · b as the sum of a · [k ≤ b] over k = 1, 2, …
        gate = Affine({at_least: most, above: -most}, -most)
        steps = (
            Layer({k: Affine({k: 1.0}, 1.0)}),
            Layer({at_least: b.plus(Affine({k: -1.0}, 1.0)), above: b.plus(Affine({k: -1.0}))}),
            Layer({share: a.plus(gate)}),
            Layer({total: Affine({total: 1.0, share: 1.0})}),
        )
        return Affine({total: 1.0}), most * times, [*first, *second, Layer({total: Affine({}), k: Affine({})}), Repeat(times, steps)]

    def predicate(self, program: Program, scope: dict[str, int]) -> tuple[Affine, list]:
        """(1 where it holds and 0 where not, layers that come before)."""
        symbol, *parts = program if isinstance(program, tuple) else (program,)
        if symbol == "not":
            value, layers = self.predicate(parts[0], scope)
            return Affine({}, 1.0).plus(value, -1.0), layers
        if symbol == "and":
            (p, first), (q, second), both = self.predicate(parts[0], scope), self.predicate(parts[1], scope), self.unit()
            return Affine({both: 1.0}), [*first, *second, Layer({both: p.plus(q).shifted(-1.0)})]
        if symbol == "any":
            return self.loop(parts[0], scope)
        (a, _, first), (b, _, second), gap = self.number(parts[0], scope), self.number(parts[1], scope), [self.unit() for _ in range(3)]
        difference = b.plus(a, -1.0)
        if symbol == "<":
            layer = Layer({gap[0]: difference, gap[1]: difference.shifted(-1.0)})
            return Affine({gap[0]: 1.0, gap[1]: -1.0}), [*first, *second, layer]
        layer = Layer({gap[i]: difference.shifted(1.0 - i) for i in range(3)})
        return Affine({gap[0]: 1.0, gap[1]: -2.0, gap[2]: 1.0}), [*first, *second, layer]

    def loop(self, body: Program, scope: dict[str, int]) -> tuple[Affine, list]:
        """Some v from 2 to x - 1 satisfies the body: v counts up, and what was found stays found."""
        found, v, below, far, holds, both = (self.unit() for _ in range(6))
        p, layers = self.predicate(body, scope | {VARIABLES[len(scope) - 1]: v})
        steps = (
            Layer({v: Affine({v: 1.0}, 1.0), below: Affine({0: 1.0, v: -1.0}, -1.0), far: Affine({0: 1.0, v: -1.0}, -2.0)}),
            *layers,
            Layer({holds: p.plus(Affine({below: 1.0, far: -1.0}, -1.0))}),
            Layer({both: Affine({found: 1.0, holds: 1.0}, -1.0)}),
            Layer({found: Affine({found: 1.0, holds: 1.0, both: -1.0})}),
        )
        return Affine({found: 1.0}), [Layer({found: Affine({}), v: Affine({}, 1.0)}), Repeat(max(self.largest - 2, 0), steps)]


def compiled(program: Program, largest: int) -> Network:
    """A ReLU network that answers 1 where a whole number x from 2 to `largest` satisfies a predicate, and 0 where not: exactly.

    Numbers are compared by differences of ReLUs, multiplied by adding up, and loops are layers that repeat; after the constructions of Chatterjee &
    Sudijono (2024). All weights are whole numbers.

    Raises:
        Problem: what is not in the language.

    >>> run(compiled(("any", ("=", ("+", "i", "i"), "x")), 9), np.array([4, 7, 8])).tolist()  # even, from 4 on
    [1.0, 0.0, 1.0]
    """
    whole(2, largest=largest)
    decides(program, 2)  # complains about what is not in the language
    compiler = _Compiler(largest)
    value, layers = compiler.predicate(program, {"x": 0})
    return Network(compiler.width, (*layers, Layer({1: value})))


def unrolled(layers: tuple[Layer | Repeat, ...]) -> Iterator[Layer]:
    """The layers one by one, repeated ones as often as they are."""
    for layer in layers:
        if isinstance(layer, Repeat):
            for _ in range(layer.times):
                yield from unrolled(layer.layers)
        else:
            yield layer


def run(network: Network, x: Int[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """The network's output for each input.

    Raises:
        Problem: inputs below 2.
    """
    if np.min(x) < 2:
        raise Problem(f"x: expected whole numbers from 2 on, got {x!r}.")
    h = np.zeros((network.width, len(x)))
    h[0] = x
    for layer in unrolled(network.layers):
        new = [affine.bias + sum((weight * h[r] for r, weight in affine.weights.items()), np.zeros(len(x))) for affine in layer.units.values()]
        h[list(layer.units)] = np.maximum(new, 0.0)
    return h[1]


def written(layers: tuple[Layer | Repeat, ...]) -> int:
    """How many weights, biases and numbers of repetitions have to be written down: those of repeated layers once, of kept units none.

    >>> [written(compiled(("any", ("=", ("+", "i", "i"), "x")), largest).layers) for largest in (9, 99)]
    [35, 35]
    """
    parts = [1 + written(part.layers) if isinstance(part, Repeat) else sum(len(value.weights) + 1 for value in part.units.values()) for part in layers]
    return sum(parts)
