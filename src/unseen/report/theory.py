"""Figure of a prediction over simulation."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from unseen._problem import Problem, unknown
from unseen.report.style import DIM, SERIES, brief, drawn, panels, words
from unseen.stats import student_interval

Series = tuple[np.ndarray, np.ndarray, np.ndarray | None]
DASHED = (0, (4, 3))


@drawn
def against(
    series: Mapping[str, Series],
    *,
    x_label: str,
    y_label: str,
    mark: tuple[float, str] | None = None,
    rival: tuple[Mapping[str, np.ndarray], str] | None = None,
    limits: tuple[float, float] = (0.0, np.inf),
) -> Figure:
    """Predictions as lines, simulations as points with their 95 % intervals (of the mean), on logarithmic axes.

    Args:
        series: by name x [p], simulated values [repetitions, p], predicted values [p] or None; at most four.
        x_label: of the axis.
        y_label: of the axis.
        mark: a place on the x axis and its name.
        rival: what a rival theory predicts, by names of series, [p] each, drawn dashed in their colours; and its name.
        limits: what is below or above is drawn as an arrow at the edge, what is above with its value.
    """
    if not 1 <= len(series) <= len(SERIES):
        raise Problem(f"series: expected from 1 to {len(SERIES)} of them, got {len(series)}.")
    curves = rival[0] if rival is not None else {}
    for name in curves:
        if name not in series:
            raise unknown("series of the rival", name, series)
    figure, (panel,) = panels(1, 1, 3.3)
    panel.set_xscale("log")
    panel.set_yscale("log")
    shown = []
    for (name, (x, values, theory)), colour in zip(series.items(), SERIES, strict=False):
        if theory is not None:
            panel.plot(x, np.where(np.isfinite(theory), theory, np.nan), color=colour, linewidth=1.6)
        if name in curves:
            panel.plot(x, np.where(np.isfinite(curves[name]), curves[name], np.nan), color=colour, linewidth=1.2, linestyle=DASHED, zorder=1.5)
        shown += _simulation(panel, x, values, colour, limits)
    if mark is not None:
        panel.axvline(mark[0], color=DIM, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
        panel.annotate(words(mark[1]), (mark[0], 0), (3, 5), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=7.5, color=DIM)
    names = [Line2D([], [], color=colour, marker="o", markersize=4, label=words(name)) for name, colour in zip(series, SERIES, strict=False)]
    if rival is not None:
        names.append(Line2D([], [], color=DIM, linewidth=1.2, linestyle=DASHED, label=words(rival[1])))
    if shown:
        panel.set_ylim(min(shown) / 1.6, max(shown) * 1.6)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(lambda value, _: brief(value))
    panel.set_xlabel(words(x_label))
    panel.set_ylabel(words(y_label))
    figure.legend(handles=names, loc="outside upper left", ncols=3)
    return figure


def _simulation(panel: Axes, x: np.ndarray, values: np.ndarray, colour: str, limits: tuple[float, float]) -> list[float]:
    """Means with their intervals, arrows where they are outside of the limits; the means that are inside."""
    fine = np.isfinite(values).all(axis=0)
    x, values = x[fine], values[:, fine]
    middle, low, high = student_interval(values.T) if len(values) > 1 else (values[0],) * 3
    inside = (middle >= limits[0]) & (middle <= limits[1]) & (middle > 0)
    bars = [np.minimum(middle - low, middle * 0.7), high - middle]
    panel.errorbar(x[inside], middle[inside], [bar[inside] for bar in bars], fmt="o", color=colour, markersize=4, linewidth=1)
    for where, value in zip(x[~inside], middle[~inside], strict=True):
        top = value > limits[1]
        panel.plot(where, 0.985 if top else 0.015, "^" if top else "v", color=colour, markersize=5, transform=panel.get_xaxis_transform(), clip_on=False)
        if top:
            panel.annotate(brief(value), (where, 1), (5, -3), xycoords=("data", "axes fraction"), textcoords="offset points", fontsize=7.5, color=colour)
    return middle[inside].tolist()
