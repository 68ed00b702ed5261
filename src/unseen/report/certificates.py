"""Figure of certificates: how far each bound lies above the error that it limits."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from unseen.bounds.bound import Bound
from unseen.report.style import BLUE, DIM, FAINT, INK, RED, brief, drawn, panels

SMALLEST = 1e-3


@drawn
def limits(table: Mapping[str, Sequence[tuple[Bound, float]]]) -> Figure:
    """One line a certificate, on a logarithmic axis: the error rate on the sample and on test examples, the bound, a thin line for each seed between them.

    Args:
        table: for each certificate and seed the bound and the error rate on test examples; tightest bounds come first.
    """
    rows = sorted(table.items(), key=lambda item: np.median([bound.value for bound, _ in item[1]]))
    figure, (panel,) = panels(1, 1, 0.9 + 0.3 * len(rows))
    panel.axvspan(1.0, 1e9, color=FAINT, alpha=0.35, linewidth=0)
    for line, (_, cases) in enumerate(rows):
        offsets = np.linspace(-0.22, 0.22, len(cases)) if len(cases) > 1 else [0.0]
        for offset, (bound, truth) in zip(offsets, cases, strict=True):
            panel.plot([max(truth, SMALLEST), bound.value], [line + offset] * 2, color=FAINT, linewidth=1)
            panel.plot(max(bound.empirical, SMALLEST), line + offset, "|", color=DIM, markersize=5)
            panel.plot(max(truth, SMALLEST), line + offset, "o", color=BLUE, markersize=3.5)
            panel.plot(bound.value, line + offset, "D", color=RED, markersize=3.5)
        middle = float(np.median([bound.value for bound, _ in cases]))
        panel.annotate(brief(middle), (max(bound.value for bound, _ in cases), line), (7, 0), textcoords="offset points", va="center", fontsize=8, color=INK)
    highest = max((bound.value for cases in table.values() for bound, _ in cases if np.isfinite(bound.value)), default=1.0)
    panel.set_xscale("log")
    panel.set_xlim(SMALLEST * 0.8, max(highest * 10, 3.0))
    panel.xaxis.set_major_locator(LogLocator(base=10, numticks=6))
    panel.xaxis.set_major_formatter(lambda value, _: brief(value))
    panel.set_ylim(len(rows) - 0.4, -0.8)
    panel.set_yticks(range(len(rows)), [name for name, _ in rows])
    panel.tick_params(axis="y", length=0)
    panel.set_xlabel("error rate, logarithmic")
    panel.annotate("says nothing", (1.0, -0.8), (4, -9), textcoords="offset points", fontsize=7.5, color=DIM)
    marks = [("|", DIM, "on the sample"), ("o", BLUE, "on test examples"), ("D", RED, "bound")]
    handles = [Line2D([], [], marker=mark, color=colour, linestyle="none", markersize=5, label=name) for mark, colour, name in marks]
    figure.legend(handles=handles, loc="outside upper left", ncols=3)
    return figure
