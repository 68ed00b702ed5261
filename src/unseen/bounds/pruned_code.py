"""How many bits say weights of which most are zero: where the others stand, and a few levels for them."""

import math

import numpy as np
from scipy.special import gammaln

from unseen._problem import Problem, real_numbers, whole
from unseen.bounds.binary_kl import Numbers
from unseen.bounds.compression import Quantized, quantize


def pruned_code(values: Numbers, kept: int, levels: int) -> Quantized:
    """The `kept` largest of n numbers by magnitude, rounded to at most `levels` learned values, all others 0, and the length of a code for them.

    bits = ⌈log₂ n⌉ for how many are kept, ⌈log₂ (n choose kept)⌉ for which, and `quantize` for their values. As there, n, and levels where several are
    tried, have to be known or paid for; `occam` with `self_delimiting` of these bits is the bound (pruning and quantizing as in Zhou et al. 2019).

    Args:
        values: weights, all within half precision.
        kept: from 1 to n.
        levels: from 1 to `kept`.

    Raises:
        Problem: numbers out of their range.

    >>> found = pruned_code([0.0, 0.9, 0.1, -1.1], kept=2, levels=2)
    >>> found.values.round(2), found.bits  # 2 and 3 bits, then 2 · (16 + 2) + 2 + 2
    (array([ 0. ,  0.9,  0. , -1.1]), 45.0)
    """
    whole(kept=kept)
    values = real_numbers("values", values).ravel()
    if not 1 <= kept <= values.size:
        raise Problem(f"kept: expected from 1 to as many as there are numbers ({values.size}), got {kept!r}.")
    which = np.sort(np.argsort(-np.abs(values), kind="stable")[:kept])
    rounded, bits = quantize(values[which], levels)
    pruned = np.zeros(values.size)
    pruned[which] = rounded
    choices = (gammaln(values.size + 1) - gammaln(kept + 1) - gammaln(values.size - kept + 1)) / math.log(2)
    return Quantized(pruned, bits + math.ceil(math.log2(values.size)) + math.ceil(round(choices, 6)))
