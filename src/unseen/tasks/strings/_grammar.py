"""Context-free grammars: Chomsky normal form, how many derivations there are of each length, whether some string has several."""

import functools
import math
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from unseen._types import Problem

MOST_STRINGS = 3000
"""Strings of one length up to which each is looked at for a second derivation."""
LONGEST = 12


class Grammar(NamedTuple):
    """A grammar in Chomsky normal form, without the empty string; nonterminal 0 is the start.

    Rules stand as often as there are ways to come by them, up to twice, so that a string has as many derivations, or several, as by the rules that were given.

    Attributes:
        terminals: the symbols of its strings.
        size: how many nonterminals there are.
        pairs: rules A → B C, as rows (A, B, C).
        ends: rules A → symbol, as rows (A, symbol).
    """

    terminals: str
    size: int
    pairs: Int[np.ndarray, "r 3"]
    ends: Int[np.ndarray, "t 2"]


Rules = dict[str, list[tuple[str, ...]]]


@functools.lru_cache
def grammar(rules: tuple[str, ...]) -> Grammar:
    """The normal form of rules such as "S -> a S b | a b": capital letters are nonterminals, the first of them the start, nothing between bars is empty.

    Long right sides become pairs, rules to nothing and from one nonterminal to one other are followed through, as in Hopcroft & Ullman (1979), section 4.4.

    Raises:
        Problem: rules that cannot be read, a nonterminal without rules, or one from which no derivation ends.

    >>> found = grammar(("S -> a S b | a b",))
    >>> found.terminals, found.size
    ('ab', 4)
    """
    read = _read(rules)
    start = next(iter(read))
    _ending(read)
    terminals = "".join(dict.fromkeys(symbol for sides in read.values() for side in sides for symbol in side if symbol not in read))
    short = _short(read)
    found = _no_units(_no_empty(short))
    alone = {symbol: f"<{symbol}>" for symbol in terminals}
    pairs, ends = [], [(alone[symbol], symbol) for symbol in terminals]
    for name, sides in found.items():
        for side in sides:
            if len(side) == 1:
                ends.append((name, side[0]))
            else:
                pairs.append((name, *(alone.get(symbol, symbol) for symbol in side)))
    return _numbered(start, terminals, pairs, ends)


def _numbered(start: str, terminals: str, pairs: list[tuple[str, ...]], ends: list[tuple[str, str]]) -> Grammar:
    """What is reached from the start, in numbers."""
    place, queue = {start: 0}, [start]
    for name in queue:
        for _, *side in sorted(rule for rule in pairs if rule[0] == name):
            for one in side:
                if one not in place:
                    place[one] = len(place)
                    queue.append(one)
    triples = sorted((place[a], place[b], place[c]) for a, b, c in pairs if a in place)
    last = sorted((place[a], terminals.index(symbol)) for a, symbol in ends if a in place)
    return Grammar(terminals, len(place), np.array(triples, int).reshape(-1, 3), np.array(last, int).reshape(-1, 2))


def _read(rules: tuple[str, ...]) -> Rules:
    found: Rules = {}
    for rule in rules:
        left, arrow, right = (part.strip() for part in rule.partition("->"))
        if not arrow or len(left) != 1 or not left.isupper():
            raise Problem(f"rules: expected a capital letter, ->, and its right sides with | between, got {rule!r}. For example: 'S -> a S b | a b'.")
        sides = [tuple(symbol for symbol in side if not symbol.isspace() and symbol != "ε") for side in right.split("|")]
        found[left] = list(dict.fromkeys([*found.get(left, []), *sides]))
    if not found:
        raise Problem("rules: expected at least one rule, got none. For example: ('S -> a S b | a b',).")
    for name, sides in found.items():
        for symbol in {symbol for side in sides for symbol in side if symbol.isupper()} - set(found):
            raise Problem(f"rules: expected a rule for every capital letter, got none for {symbol!r}, which {name!r} leads to. Add it, or write it small.")
    return found


def _ending(rules: Rules) -> None:
    """Refuses a nonterminal from which no derivation ends."""
    good: set[str] = set()
    while more := {name for name, sides in rules.items() if any(all(one in good or one not in rules for one in side) for side in sides)} - good:
        good |= more
    for name in rules:
        if name not in good:
            raise Problem(f"rules: expected derivations that end, got none from {name!r}: each of its right sides leads back to such a letter. Add one.")


def _short(rules: Rules) -> Rules:
    """Right sides of at most two symbols: what is left of a longer one gets a nonterminal of its own."""
    found: Rules = {}
    for name, sides in rules.items():
        for side in sides:
            head, left = name, side
            while len(left) > 2:
                rest = " ".join(left[1:])  # a name that no symbol has
                known = rest in found
                found.setdefault(head, []).append((left[0], rest))
                head, left = rest, left[1:]
                if known:
                    break
            else:
                found.setdefault(head, []).append(left)
    return found


def _no_empty(rules: Rules) -> Rules:
    """The same strings but the empty one, without rules to nothing; a rule stands as often as there are ways to leave out what it lacks."""
    empty = _counted(lambda ways, name: sum(math.prod(ways.get(one, 0) for one in side) for side in rules[name]), rules)
    found: Rules = {name: [] for name in rules}
    for name, sides in rules.items():
        for side in sides:
            found[name] += [side] * bool(side)
            if len(side) == 2:
                found[name] += [side[1:]] * empty.get(side[0], 0) + [side[:1]] * empty.get(side[1], 0)
        found[name].sort()
    return found


def _no_units(rules: Rules) -> Rules:
    """The same strings without rules from one nonterminal to one other; a rule stands as often as there are ways to its left side."""
    units = {name: [side[0] for side in sides if len(side) == 1 and side[0] in rules] for name, sides in rules.items()}
    found: Rules = {name: [] for name in rules}
    for one, sides in rules.items():
        ways = _counted(lambda ways, name, one=one: (name == one) + sum(ways[other] for other in units[name]), rules)
        for name in rules:
            found[name] += [side for side in sides if not (len(side) == 1 and side[0] in rules)] * ways[name]
    return {name: sorted(sides) for name, sides in found.items()}


def _counted(ways: Callable[[dict[str, int], str], int], rules: Rules) -> dict[str, int]:
    """For each nonterminal 0, 1 or 2 for several ways, where `ways` tells them from those of all."""
    found, before = dict.fromkeys(rules, 0), None
    while found != before:
        before, found = found, {name: min(2, ways(found, name)) for name in rules}
    return found


def log_derivations(form: Grammar, size: int) -> Float[np.ndarray, "nonterminals lengths"]:
    """Ln of the number of derivations of strings of each length up to `size` from each nonterminal; -∞ where there is none."""
    found = np.full((form.size, size + 1), -np.inf)
    for name, _ in form.ends:
        found[name, 1] = np.logaddexp(found[name, 1], 0.0)
    for length in range(2, size + 1):
        for name, left, right in form.pairs:
            ways = found[left, 1:length] + found[right, length - 1 : 0 : -1]
            found[name, length] = np.logaddexp(found[name, length], np.logaddexp.reduce(ways))
    return found


def ambiguous(form: Grammar) -> str | None:
    """A string with several derivations, if there is one of up to `LONGEST` symbols, or of as many as have at most `MOST_STRINGS` strings; else None."""
    known: list[list[Counter[str]]] = [[Counter()] for _ in range(form.size)]
    for length in range(1, LONGEST + 1):
        now = [Counter() for _ in range(form.size)]
        for name, symbol in form.ends if length == 1 else ():
            now[name][form.terminals[symbol]] += 1
        for name, left, right in form.pairs:
            for split in range(1, length):
                for first, ways in known[left][split].items():
                    for second, others in known[right][length - split].items():
                        now[name][first + second] += ways * others
        for counts, more in zip(known, now, strict=True):
            counts.append(more)
        if twice := next((string for string, ways in now[0].items() if ways > 1), None):
            return twice
        if max(map(len, now)) > MOST_STRINGS:
            return None
    return None
