"""How the loss bends around its weights."""

from collections.abc import Iterator

import psutil

from unseen.audits.reading import Reading, SkipError
from unseen.audits.subject import Subject

MOST = 1000
PRODUCTS = 60


def cost(subject: Subject) -> float:
    """Seconds: some `PRODUCTS` products at about 6 answers each."""
    return subject.seconds * PRODUCTS * 6 * min(MOST, len(subject.test if subject.train is None else subject.train)) if subject.box else 0.0


def read(subject: Subject) -> Iterator[Reading]:
    """The largest eigenvalue and the trace of the Hessian of the training loss."""
    box = subject.opened()
    free = psutil.virtual_memory().available
    if box.memory() > free:
        raise SkipError(f"it may need {box.memory() / 2**30:.1f} GiB for {box.size:,} weights, and {free / 2**30:.1f} GiB are free.")
    from unseen.measures.spectrum import eigenpairs
    from unseen.measures.trace import trace

    known = subject.known(MOST)
    product = box.hessian(known.x, known.y)
    pairs = eigenpairs(product, largest=1, tolerance=0.01)
    top, error = float(pairs.values[0]), float(pairs.errors[0])
    yield Reading(
        "sharpest direction",
        top,
        (
            f"The loss on {known.name} bends most along one direction, with a second derivative of {top:.3g}"
            + (f": gradient descent with a step above {2 / top:.2g} would leave this place. " if top > 0 else ". ")
            + "What that means for unseen data hangs on the model: compare it between models that are alike."
        ),
        applies=(
            f"The interval is that of the calculation on these {len(known.at)} examples, not of others. It changes when layers are scaled without "
            f"any change in what the model says."
        ),
        interval=(top - error, top + error),
        range=(-float("inf"), float("inf")),
        unit=f"{box.unit} per squared weight",
    )
    found = trace(product, tolerance=0.1, known=pairs, most=PRODUCTS)
    low, high = found.value - 2 * found.error, found.value + 2 * found.error
    yield Reading(
        "curvature in all directions",
        found.value,
        f"The second derivatives sum to {found.value:.3g} over {box.size:,} weights"
        + (f": as much as {found.value / top:.3g} directions like the sharpest." if top > 0 else "."),
        applies=f"The interval is that of {PRODUCTS} random directions on these {len(known.at)} examples, not of others. Layers that are scaled change it.",
        interval=(low, high),
        range=(-float("inf"), float("inf")),
        unit=f"{box.unit} per squared weight",
    )
