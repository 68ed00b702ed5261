"""Examples of two kinds of skill, as a language model has them: a rule with a yes or a no, and facts that must be known."""

import numpy as np
from jaxtyping import Int

from unseen._types import Problem

YES, NO = 1, 0


def rule(rng: np.random.Generator, n: int, places: int = 5, counted: int = 2, symbols: int = 64, used: int = 16) -> tuple[np.ndarray, np.ndarray]:
    """Different strings, and whether the scores of their symbols at `counted` places sum to more than the median: YES or NO.

    At each place stand `used` of the symbols, others at each; scores are normal. All is drawn from `rng`, the rule too.

    Args:
        rng: where all chance comes from.
        n: strings.
        places: symbols in a string.
        counted: places that the rule looks at, in 1..places; which ones is drawn.
        symbols: how many there are.
        used: how many of them stand at a place, in 2..symbols.

    Returns:
        Strings [n, places] of integers in [0, symbols), and answers [n].

    Raises:
        Problem: fewer than 2n different strings, or numbers out of range.

    >>> x, answer = rule(np.random.default_rng(0), 100)
    >>> x.shape, answer.mean()
    ((100, 5), np.float64(0.5))
    """
    if not (2 <= used <= symbols and 1 <= counted <= places):
        raise Problem(f"used, counted: expected 2 to {symbols} symbols at a place and 1 to {places} places, got {used} and {counted}.")
    if used**places < 2 * n:
        raise Problem(f"n: expected at most half of the {used**places} different strings, got {n}. Use more symbols at a place.")
    here = np.array([rng.permutation(symbols)[:used] for _ in range(places)])
    index = np.unique(rng.integers(used, size=(4 * n, places)), axis=0)
    index = rng.permutation(index)[:n]
    total = np.sum([rng.normal(size=used)[index[:, place]] for place in rng.permutation(places)[:counted]], axis=0)
    return here[np.arange(places), index], np.where(total > np.median(total), YES, NO)


def facts(
    rng: np.random.Generator, asked: Int[np.ndarray, " n"], places: int = 5, answers: int = 32, symbols: int = 64, used: int = 16
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Questions in changing words, with the answer that each question was given once and for all, and a wrong one.

    A string is the question, two symbols, then `places` - 2 symbols of wording out of `used`, drawn for each string. Answers are uniform, so that nothing
    but having met a question tells its answer.

    Args:
        rng: where all chance comes from; the facts too.
        asked: for each string which question it asks, numbers in [0, symbols²).
        places: symbols in a string, at least 3.
        answers: how many there are, at least 2.
        symbols: how many there are.
        used: how many of them serve as wording, in 1..symbols.

    Returns:
        Strings [n, places], right and wrong answers [n] in [0, answers).

    Raises:
        Problem: a question that there is not, or numbers out of range.

    >>> x, right, wrong = facts(np.random.default_rng(0), np.array([0, 0, 1]))
    >>> x.shape, bool(right[0] == right[1]), bool((right != wrong).all())
    ((3, 5), True, True)
    """
    if not (places >= 3 and answers >= 2 and 1 <= used <= symbols):
        raise Problem(f"places, answers, used: expected at least 3 and 2, and 1 to {symbols}, got {places}, {answers} and {used}.")
    if len(asked) and not 0 <= np.min(asked) <= np.max(asked) < symbols**2:
        raise Problem(f"asked: expected questions from 0 to {symbols**2 - 1}, got {np.min(asked)} to {np.max(asked)}.")
    question, answer = rng.permutation(symbols**2), rng.integers(answers, size=symbols**2)
    wording = rng.permutation(symbols)[rng.integers(used, size=(len(asked), places - 2))]
    right = answer[asked]
    wrong = (right + rng.integers(1, answers, size=len(asked))) % answers
    return np.column_stack([question[asked] // symbols, question[asked] % symbols, wording]), right, wrong
