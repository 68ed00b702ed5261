"""Whether the model was ready to be used."""

from collections.abc import Iterator

from unseen.audits.reading import COUNTED, Reading
from unseen.audits.subject import Subject

SHOWN = 5


def read(subject: Subject) -> Iterator[Reading]:
    """How many parts of the model were in training mode, in which dropout and batch normalisation act otherwise; nothing where none were."""
    if subject.mode is None:
        return
    count, of, acting, remedy = subject.mode
    named = f"{', '.join(acting[:SHOWN])}{' …' if len(acting) > SHOWN else ''}"
    yield Reading(
        "parts of the model in training mode",
        count,
        (
            f"{count} of {of} parts of the model that have a training mode were in it. Known to act otherwise there: {named or 'none'}. Dropout leaves out "
            "numbers at random, and batch normalisation goes by the other examples of a batch and changes what it keeps. "
            "The audit is of evaluation mode, on a copy of the structure that shares the weights; the model was left as it is. "
            f"Call {remedy} before it is used, or it gives other answers than those that were audited."
        ),
        applies=COUNTED,
        exact=True,
        level="attention",
        better="lower",
        range=(0, of),
        unit="parts",
    )
