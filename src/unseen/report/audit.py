"""The report of an audit: what asks for attention first, every number with its interval, figures, what was left out and why."""

import importlib.metadata
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from unseen._text import short
from unseen.audits.audit import Audit, told
from unseen.report.html import write_page
from unseen.report.style import BLUE, DIM, RED, drawn, panels, words

if TYPE_CHECKING:
    from unseen.audits.reading import Reading

MOST_PARTS = 25
WORDS = {
    "share": "a part of a whole, from 0 to 1: 0.25 is one in four.",
    "logits": "the scores of the classes before they are made probabilities: a lead of 1 is a factor of 2.7 in probability, of 2.3 a factor of 10.",
    "nats": "minus the natural logarithm of a probability: 0.69 when the right class was given one half, 2.3 when one tenth, 0 when 1.",
    "bits": "yes-or-no answers: each halves what is still possible.",
    "loss": "minus the logarithm of the probability of the right class, or the squared error where it says numbers; less is better.",
    "calibration": "whether of all answers with a probability of 80 %, 80 % are right.",
    "EL2N": "how far the probabilities of an example are from its label: the length of the difference, 0 to 1.41.",
    "cosine": "how alike two directions are: 1 the same, 0 nothing in common, -1 opposite.",
    "spectral norm": "the most by which a matrix can make something longer.",
    "stable rank": "how many directions a matrix works along, counted by how strongly.",
    "sharpness": "how much worse a model gets when its weights are changed a little.",
    "gradients": "in which direction, and how strongly, an example would change the weights if training went on.",
    "to first order": "as far as a straight line tells: right for small changes.",
    "neural collapse": "the end of long training, where all examples of a class look the same to the last layer.",
    "shuffled labels": "labels dealt out at random, so that there is nothing to be found in them but each example by itself.",
    "rank correlation": "whether one number rises with another: 1 always, 0 not, -1 it falls.",
    "R²": "the part of the ups and downs of the labels that the answers follow: 1 all, 0 none, below 0 worse than a constant.",
    "variance": "the mean of the squared differences from the mean.",
}
"""What an engineer need not know."""


def write_audit_report(audit: Audit, folder: str | Path, *, command: str = "") -> Path:
    """Writes `report.html` in the folder, its figures beside it, and gives its path."""
    subject = audit.subject
    readings = audit.sorted()
    figures = {f"{one.name}: {_caption(one)}": _parts(one, subject.overall) for one in readings if one.drawn == "parts"}
    figures |= {f"{one.name}: its answers and the mean label, in tenths; on the line they agree": _levels(one) for one in readings if one.drawn == "levels"}
    figures |= {
        f"{one.name}: confidence and share of right answers; on the line they agree": _reliability(one) for one in readings if one.drawn == "reliability"
    }
    sizes = [f"{len(subject.test)} unseen"] + ([f"{len(subject.train)} training"] if subject.train is not None else [])
    page = {
        "title": f"Audit of {words(subject.name, 60)}",
        "lead": f"{words(subject.name, 200)}, {subject.about()}, {' and '.join(sizes)} examples. Intervals are of 95 % confidence unless said otherwise.",
        "summary": audit.summary(),
        "readings": [
            {
                "name": one.name,
                "told": told(one),
                "level": one.level,
                "sentence": one.sentence,
                "applies": one.applies,
                "note": f"{one.unit}, {_span(*one.range)}" + (f"; {one.better} is better" if one.better else ""),
            }
            for one in readings
        ],
        "glossary": glossary(" ".join(f"{one.name} {one.unit} {one.sentence} {one.applies}" for one in readings)),
        "skipped": {", ".join(names): reason for reason, names in audit.left_out().items()},
        "command": command or "unseen.audit(model, train=(x, y), test=(x, y))",
        "python": "",
        "facts": {
            "cost": _cost(audit.seconds),
            "versions": ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "scipy", "scikit-learn")),
        },
    }
    return write_page(Path(folder), page, figures, "audit.html")


def glossary(text: str) -> dict[str, str]:
    """The terms of `WORDS` that a text uses, with what they mean."""
    return {term: told for term, told in WORDS.items() if re.search(rf"\b{re.escape(term)}\b", text, re.IGNORECASE)}


def _cost(seconds: Mapping[str, float]) -> str:
    """Seconds in all, and of the dearest checks."""
    dearest = sorted(seconds.items(), key=lambda item: -item[1])[:5]
    return f"{sum(seconds.values()):.1f} s, of which {', '.join(f'{name} {spent:.2g} s' for name, spent in dearest)}"


def _span(low: float, high: float) -> str:
    """From where to where a number can be."""
    if low == -np.inf:
        return "any number" if high == np.inf else f"{short(high)} or less"
    return f"{short(low)} or more" if high == np.inf else f"from {short(low)} to {short(high)}"


def _caption(reading: "Reading") -> str:
    """What a figure of parts shows."""
    if reading.exact:
        return "each part; the dashed line is their median"
    line = "that of all unseen examples" if reading.line != reading.line else f"at {short(reading.line)}"
    return f"each part with its interval, and in brackets of how many it was told; the dashed line is {line}, and what surely is worse is orange"


@drawn
def _parts(reading: "Reading", overall: float) -> Figure:
    """The number of each part with its interval; the dashed line is what they are compared with."""
    overall = reading.line if reading.line == reading.line else overall
    rows = list(reading.rows)[:MOST_PARTS]
    figure, (panel,) = panels(1, 1, 0.24 * len(rows) + 0.9)
    for height, row in zip(range(len(rows))[::-1], rows, strict=True):
        worse = not reading.exact and (row.interval[1] < overall if reading.worse == "below" else row.interval[0] > overall)
        panel.plot(row.interval, [height, height], color=RED if worse else BLUE, linewidth=1.5)
        panel.plot([row.value], [height], "o", color=RED if worse else BLUE, markersize=4)
    panel.axvline(overall, color=DIM, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    panel.set_yticks(range(len(rows)), [words(f"{row.name} ({row.n})", 30) for row in reversed(rows)])
    if reading.axis.startswith("share"):
        panel.set_xlim(-0.02, 1.02)
    else:
        panel.set_xlim(left=0)
    panel.set_xlabel(reading.axis + (f"; the {len(rows)} worst of {len(reading.rows)}" if len(rows) < len(reading.rows) else ""))
    return figure


@drawn
def _reliability(reading: "Reading") -> Figure:
    figure, (panel,) = panels(1, 1, 3.4, width=4.2)
    panel.plot([0, 1], [0, 1], color=DIM, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    for row in reading.rows:
        panel.plot([row.x, row.x], row.interval, color=BLUE, linewidth=1.2)
    panel.plot([row.x for row in reading.rows], [row.value for row in reading.rows], "o", color=BLUE, markersize=4)
    low = float(np.floor(10 * min(min(row.x, row.interval[0]) for row in reading.rows)) / 10)
    panel.set_xlim(low - 0.02, 1.02)
    panel.set_ylim(low - 0.02, 1.02)
    panel.set_xlabel("probability that the model gives its answer")
    panel.set_ylabel("share of right answers")
    return figure


@drawn
def _levels(reading: "Reading") -> Figure:
    figure, (panel,) = panels(1, 1, 3.4, width=4.2)
    ends = [min(min(row.x, row.interval[0]) for row in reading.rows), max(max(row.x, row.interval[1]) for row in reading.rows)]
    panel.plot(ends, ends, color=DIM, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
    for row in reading.rows:
        panel.plot([row.x, row.x], row.interval, color=BLUE, linewidth=1.2)
    panel.plot([row.x for row in reading.rows], [row.value for row in reading.rows], "o", color=BLUE, markersize=4)
    panel.set_xlabel("answer of the model")
    panel.set_ylabel("mean label")
    return figure
