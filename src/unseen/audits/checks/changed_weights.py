"""How much the loss rises when its weights are changed a little: on average, and in the worst direction."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Float

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Known, Subject
from unseen.audits.white_box import WhiteBox
from unseen.stats import student_interval

MOST = 500
STEPS = 10
PAIRS = 8
SIZE = 0.01
"""Length of a change as a share of that of the weights; or, relative to each weight, its root mean square."""


def cost(subject: Subject) -> float:
    """Seconds: of each kind of change some answers, and gradients that take about 4."""
    n = min(MOST, len(subject.test if subject.train is None else subject.train))
    return subject.seconds * n * 2 * (2 * PAIRS + 5 * STEPS) if subject.box else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """E L(θ + δ) − L(θ) over random δ, and its maximum over ‖δ/c‖ ≤ ρ by gradient ascent, with c = |θ| (adaptive) and c = 1.

    Sources: Foret et al. (2021, sharpness-aware minimization), Kwon et al. (2021, adaptive), Andriushchenko et al. (2023), as in
    `unseen.measures.sharpness`; here for whatever can be asked for losses and gradients.
    """
    box, known = subject.opened(), subject.known(MOST)
    theta = np.concatenate([value.reshape(-1) for value in box.weights().values()]).astype(float)
    if not theta.any():
        raise SkipError("all its weights are zero.")
    base = box.losses(known.x, known.y)
    if not np.isfinite(base).all():
        raise SkipError("its loss is not finite on every example.")
    for name, scale in (("each weight by its size", np.abs(theta)), ("all weights alike", np.full(theta.shape, np.linalg.norm(theta) / theta.size**0.5))):
        radius = SIZE * theta.size**0.5  # of δ/c, whose entries have a root mean square of SIZE then
        yield _average(box, known, base, scale, name)
        yield _worst(box, known, base, scale, radius, name)


def _average(box: WhiteBox, known: Known, base: np.ndarray, scale: np.ndarray, name: str) -> Reading:
    rng, risen = np.random.default_rng(0), []
    for _ in range(PAIRS):
        change = SIZE * scale * rng.standard_normal(scale.shape)
        risen.append(np.mean([box.losses(known.x, known.y, sign * change).mean() for sign in (1, -1)]) - base.mean())
    found = student_interval(np.array(risen))
    return Reading(
        f"rise of the loss, random change of 1 %, {name}",
        float(found.value),
        f"A random change of the weights by {SIZE:.0%}, {name}, takes the loss on {known.name} from {base.mean():.3g} to "
        f"{base.mean() + found.value:.3g} on average (average-case sharpness{', adaptive' if 'size' in name else ''}).",
        applies=RESTS + "The interval is that of the random changes.",
        interval=(float(found.low), float(found.high)),
        better="lower",
        range=(-float("inf"), float("inf")),
        unit=box.unit,
    )


def _worst(box: WhiteBox, known: Known, base: np.ndarray, scale: np.ndarray, radius: float, name: str) -> Reading:
    def at(u: np.ndarray) -> float:
        return float(box.losses(known.x, known.y, scale * u).mean())

    u = climbed(at, lambda u: scale * box.slope(known.x, known.y, scale * u), scale.size, radius, STEPS)
    rise = box.losses(known.x, known.y, scale * u) - base
    found = student_interval(rise) if len(rise) > 1 else None
    value = float(rise.mean())
    return Reading(
        f"rise of the loss, worst change of 1 %, {name}",
        value,
        f"The worst change of the weights by {SIZE:.0%}, {name}, that {STEPS} steps uphill find takes the loss on {known.name} from {base.mean():.3g} to "
        f"{base.mean() + value:.3g} (worst-case sharpness{', adaptive' if 'size' in name else ''}).",
        applies=RESTS + "There may be a worse change than was found. The interval is over examples, for the change that was found.",
        interval=(float(found.low), float(found.high)) if found else (-float("inf"), float("inf")),
        better="lower",
        range=(-float("inf"), float("inf")),
        unit=box.unit,
    )


RESTS = "It says something beside other models of the same shape, trained for the same data; logits that are larger for all examples change it, and no answer. "


def climbed(
    loss: Callable[[Float[np.ndarray, " size"]], float],
    slope: Callable[[Float[np.ndarray, " size"]], Float[np.ndarray, " size"]],
    size: int,
    radius: float,
    steps: int,
) -> Float[np.ndarray, " size"]:
    """Where projected gradient ascent finds the loss largest in the ball of that radius around 0; 0 where nothing is larger.

    Along the normalised gradient, by twice the radius at first and half of it whenever the loss does not rise: the ascent of `worst_sharpness`.

    >>> found = climbed(lambda u: float(u @ [3.0, 4.0]), lambda u: np.array([3.0, 4.0]), 2, 5.0, 3)
    >>> found.round(1).tolist()
    [3.0, 4.0]
    """
    best, stride, place = loss(np.zeros(size)), 2 * radius, np.zeros(size)
    gradient = slope(place)
    gradient = gradient + 1e-3 * np.random.default_rng(0).standard_normal(size) * (np.linalg.norm(gradient) / size**0.5 or 1.0)
    for _ in range(steps):
        trial = place + stride * gradient / np.linalg.norm(gradient)
        trial *= min(1.0, radius / np.linalg.norm(trial))
        value = loss(trial)
        if value > best:
            best, place, gradient = value, trial, slope(trial)
            if not gradient.any():
                break
        else:
            stride /= 2
    return place
