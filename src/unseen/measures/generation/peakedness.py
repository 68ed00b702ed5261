"""Whether a model writes one answer over and over, as it does where it was trained on it; and its score without such answers."""

from collections.abc import Hashable, Sequence

import numpy as np

from unseen._problem import Problem

Tokens = Sequence[Hashable]


def edit_distance(a: Tokens, b: Tokens) -> int:
    """The least number of tokens to insert, delete or replace to make one sequence the other (Levenshtein 1966), in time len(a) × len(b).

    >>> edit_distance("kitten", "sitting")
    3
    """
    previous = list(range(len(b) + 1))
    for i, token in enumerate(a, start=1):
        row = [i]
        for j, other in enumerate(b, start=1):
            row.append(min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (token != other)))
        previous = row
    return previous[-1]


def peakedness(samples: Sequence[Tokens], greedy: Tokens, share: float = 0.05, longest: int = 100) -> float:
    """The share of samples within `share` × length edits of the greedy answer, in [0, 1]; lower for a model that has many answers.

    Sequences are cut to `longest` tokens; the length is the largest of all of them. CDD (contamination detection by output distribution) of Dong et al.
    (2024): an item counts as seen in training where this is above 0.01, for 50 samples at temperature 0.8; as in the authors' code. An item
    with one short right answer has a peak without any contamination.

    Raises:
        Problem: no samples, or a share outside [0, 1].

    >>> peakedness(["abcd", "abcd", "abxx", "wxyz"], "abcd")
    0.5
    """
    if not len(samples) or not 0 <= share <= 1:
        raise Problem(f"samples, share: expected at least one sample and a share in [0, 1], got {len(samples)} and {share!r}.")
    cut = [sample[:longest] for sample in samples]
    limit = share * max(len(greedy[:longest]), *map(len, cut))
    return float(np.mean([edit_distance(greedy[:longest], sample) <= limit for sample in cut]))


def trusted(samples: Sequence[Tokens], greedy: Tokens, distance: int = 2, longest: int = 100) -> list[int]:
    """Places of the samples more than `distance` edits from the greedy answer, each different sample once: what TED of Dong et al. (2024) scores.

    Both are cut to `longest` tokens, samples to the length of the greedy answer too, as in the authors' code, when distances are taken. Where a model knows one
    answer by heart, what is left is nearer to what it would answer had it not seen it; where the answer is short and unique, nothing is left.

    >>> trusted(["abcd", "abce", "wxyz", "wxyz"], "abcd")
    [2]
    """
    reference, kept, seen = greedy[:longest], [], set()
    for place, sample in enumerate(samples):
        whole = tuple(sample)
        if whole not in seen and edit_distance(reference, sample[: len(reference)]) > distance:
            kept.append(place)
        seen.add(whole)
    return kept
