"""How much a random layer contracts every divergence: coefficients η of strong data processing inequalities, KL(P K ‖ Q K) ≤ η KL(P ‖ Q).

η is at most the largest total variation between what two inputs become (Dobrushin's coefficient). Coefficients of layers that follow each other multiply.
Source: He & Goldfeld (2024), "Information-Theoretic Generalization Bounds for Deep Neural Networks"; Polyanskiy & Wu (2017) for the inequality.
"""

import math

from unseen._problem import Problem, number, whole


def dropout_contraction(rate: float, width: int) -> float:
    """1 - rate^width, for `width` units each set to 0 with probability `rate`, independently: unless all are, something of the input may remain.

    Reached when each unit alone tells as much as all of them.

    Raises:
        Problem: a rate outside [0, 1] or no units.

    >>> dropout_contraction(0.5, 3)
    0.875
    """
    whole(width=width)
    number(rate=rate)
    if not (0 <= rate <= 1 and width >= 1):
        raise Problem(f"rate, width: expected a probability and at least one unit, got {rate!r} and {width!r}.")
    return 1 - rate**width


def dropconnect_contraction(rate: float, inputs: int, outputs: int) -> float:
    """1 - rate^(inputs · outputs), for a matrix whose entries are each set to 0 with probability `rate`, independently.

    >>> dropconnect_contraction(0.5, 1, 3)
    0.875
    """
    whole(inputs=inputs, outputs=outputs)
    return dropout_contraction(rate, inputs * outputs)


def noise_contraction(diameter: float, deviation: float) -> float:
    """1 - 2 Q(diameter / 2 deviation), for N(0, deviation² I) added to activities no two of which lie farther apart than `diameter`.

    The total variation between two normal distributions at that distance. √width · (b - a) for `width` units with values in [a, b].

    Raises:
        Problem: a diameter below 0 or a deviation that is not above 0.

    >>> round(noise_contraction(2.0, 1.0), 4)
    0.6827
    """
    number(diameter=diameter, deviation=deviation)
    if not (diameter >= 0 and deviation > 0):
        raise Problem(f"diameter, deviation: expected at least 0 and above 0, got {diameter!r} and {deviation!r}.")
    return math.erf(diameter / (2 * math.sqrt(2) * deviation))
