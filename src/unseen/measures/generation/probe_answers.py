"""Questions to any model that writes text, whose answers are graded by a program: list all strings of a length; which of two comes first."""

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from unseen._problem import Problem


class Listing(NamedTuple):
    """What a listing of strings gets right.

    Attributes:
        right: whether each string is there once, and nothing else.
        missing: strings that are not there.
        false: what is there and does not belong: words of the alphabet of another length, in the order written.
        repeated: strings that are there more than once.
    """

    right: bool
    missing: tuple[str, ...]
    false: tuple[str, ...]
    repeated: tuple[str, ...]


def listing_question(alphabet: str, length: int) -> str:
    """The task L(m, A) of Xu, Jain & Kankanhalli (2024) in words of our own.

    >>> listing_question("ab", 2)
    "List all strings of length 2 over the alphabet {'a', 'b'}. Write one string a line, and nothing else."
    """
    _check(alphabet, length)
    letters = ", ".join(map(repr, alphabet))
    return f"List all strings of length {length} over the alphabet {{{letters}}}. Write one string a line, and nothing else."


def grade_listing(answer: str, alphabet: str, length: int) -> Listing:
    """The listing in a text. Words with other letters are passed over, so that a sentence around it costs nothing unless it is spelled in the alphabet.

    Raises:
        Problem: an alphabet with fewer than two letters, or one that stands twice or is no letter or digit; a length below 1.

    >>> grade_listing("Here they are: aa, ab, ba, ba, bbb", "ab", 2)
    Listing(right=False, missing=('bb',), false=('bbb',), repeated=('ba',))
    """
    _check(alphabet, length)
    words = [word for word in re.findall(r"\w+", answer) if set(word) <= set(alphabet)]
    found, wanted = Counter(words), ["".join(word) for word in itertools.product(alphabet, repeat=length)]
    missing = tuple(word for word in wanted if word not in found)
    false = tuple(word for word in found if len(word) != length)
    repeated = tuple(word for word in wanted if found[word] > 1)
    return Listing(not (missing or false or repeated), missing, false, repeated)


def order_question(pairs: Sequence[tuple[str, str]], asked: tuple[str, str]) -> str:
    """A linear order by its neighbours, and two of its things: `unseen.tasks.strings.linear_order` in words.

    >>> order_question([("b", "c"), ("a", "b")], ("a", "c"))
    'In a linear order, b < c, a < b. Is it true that a < c? Answer Yes or No.'
    """
    told = ", ".join(f"{one} < {other}" for one, other in pairs)
    return f"In a linear order, {told}. Is it true that {asked[0]} < {asked[1]}? Answer Yes or No."


def grade_order(answer: str, pairs: Sequence[tuple[str, str]], asked: tuple[str, str]) -> bool | None:
    """Whether the first yes or no of a text is right; None where it says neither: an abstention.

    Raises:
        Problem: pairs that tell no linear order, or something asked that is not in it.

    >>> grade_order("Yes, because b is between them.", [("b", "c"), ("a", "b")], ("a", "c"))
    True
    """
    after = dict(pairs)
    order = [*(set(after) - set(after.values()))][:1]
    while order and order[-1] in after and len(order) <= len(after):
        order.append(after[order[-1]])
    if not order or len(order) != len(pairs) + 1 or len(set(order)) != len(order) or not set(asked) <= set(order):
        raise Problem(f"pairs, asked: expected pairs of neighbours that tell one linear order, and two things of it, got {pairs!r} and {asked!r}.")
    said = re.search(r"\b(yes|no)\b", answer, re.IGNORECASE)
    return None if said is None else (said[1].lower() == "yes") == (order.index(asked[0]) < order.index(asked[1]))


def _check(alphabet: str, length: int) -> None:
    if len(alphabet) < 2 or len(set(alphabet)) < len(alphabet) or not alphabet.isalnum():
        raise Problem(f"alphabet: expected two or more different letters or digits, got {alphabet!r}. Write 'ab'.")
    if length < 1:
        raise Problem(f"length: expected at least 1, got {length!r}.")
