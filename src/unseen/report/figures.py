"""Figures of a study: curves, sweep heat maps, phase diagrams, spectra. Each takes runs and gives a matplotlib `Figure`."""

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from unseen._problem import Problem, unknown
from unseen._text import short, spread
from unseen.report.style import DIM, INK, SERIES, WIDTH, brief, drawn, panels, step_axis, words
from unseen.stats import student_interval

MOST_PANELS = 12
MOST_NUMBERS = 400
PHASES = {"confusion": "#b9bec6", "memorization": "#f0b48a", "grokking": "#d9a3cb", "comprehension": "#8fc8ea"}


def places(runs: Any, axes: Sequence[str] | None = None) -> dict[tuple, list[int]]:
    """Rows of the table by their place on the axes (all axes by default), in table order."""
    found: dict[tuple, list[int]] = {}
    for index in range(len(runs)):
        found.setdefault(tuple(runs.cell(index).axes[name] for name in (runs.axes if axes is None else axes)), []).append(index)
    return found


@drawn
def curves(runs: Any, metrics: Sequence[str] = ("train_accuracy", "test_accuracy"), level: float = 0.99, most: int = MOST_PANELS) -> Figure:
    """Curves over training on a logarithmic step axis: every run thin, the median over seeds thick, one panel a cell of the study.

    A run that was stopped counts in the median with its last value; one that diverged is left out from there. Where the metrics are
    accuracies, ticks on the upper edge say when the median run passed `level`, and the numbers below it from which seed to which.

    Args:
        runs: the runs.
        metrics: recorded scalars, at most four.
        level: what counts as learned.
        most: panels at most; what is left out is said in the figure.
    """
    grids = {name: runs.curve(name) for name in metrics[: len(SERIES)]}
    cells = list(places(runs).items())
    shown = [cells[i] for i in np.unique(np.linspace(0, len(cells) - 1, min(most, len(cells))).astype(int))]
    columns = 2 if len(shown) == 4 else min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure, axes = panels(rows, columns, {1: 3.1, 2: 2.6, 3: 2.1}[columns], sharex=True, sharey=True)
    for panel, (place, members) in zip(axes, shown, strict=False):
        for (steps, values), colour in zip(grids.values(), SERIES, strict=False):
            _bundle(panel, steps, values[members], [runs.record(i).status == "stopped" for i in members], colour)
        panel.set_title(_heading(runs.axes, place, columns), fontsize=8, linespacing=1.25, pad=27 if columns == 1 else 15)
        if metrics[0].endswith("_accuracy"):
            panel.set_ylim(-0.03, 1.06)
            panel.set_yticks([0, 0.5, 1])
        step_axis(panel, grids[metrics[0]][0].tolist())
        _passing(panel, {name: runs.first(name, above=level)[members] for name in grids if name.endswith("_accuracy")}, columns == 1)
    for panel in axes[len(shown) :]:
        panel.set_visible(False)
    figure.supxlabel("training step, logarithmic", fontsize=9)
    left_out = f"{len(shown)} of {len(cells)} cells are shown; the table has all" if len(shown) < len(cells) else ""
    lines = [Line2D([], [], color=colour, linewidth=2) for colour in SERIES[: len(grids)]]
    names = [words(name.replace("_", " ")) for name in grids]
    legend = figure.legend(lines, names, loc="outside upper left", ncols=4, labelcolor="linecolor", handlelength=1.2, alignment="left")
    if left_out:
        legend.set_title(left_out, prop=FontProperties(size=8))
    return figure


def _bundle(panel: Axes, steps: np.ndarray, values: Float[np.ndarray, "runs T"], stopped: list[bool], colour: str) -> None:
    filled = values.copy()
    for row, carries in enumerate(stopped):
        there = np.flatnonzero(~np.isnan(filled[row]))
        if carries and len(there):
            filled[row, there[-1] :] = filled[row, there[-1]]
    for row in values:
        there = ~np.isnan(row)
        panel.plot(steps[there], row[there], color=colour, linewidth=0.7, alpha=0.4, zorder=2)
    enough = np.mean(~np.isnan(filled), axis=0) >= 0.5
    if enough.any():
        panel.plot(steps[enough], np.nanmedian(filled[:, enough], axis=0), color=colour, linewidth=2, zorder=3)


def _heading(axes: Sequence[str], place: tuple, columns: int) -> str:
    parts = [words(f"{name} {short(value)}", 30) for name, value in zip(axes, place, strict=True)]
    return " · ".join(parts) if columns == 1 else "\n".join(parts[:3] + ["…"] * (len(parts) > 3))


def _passing(panel: Axes, first: dict[str, np.ndarray], wide: bool) -> None:
    """Marks on the upper edge where runs passed the level; above it the step of the median run, and on a wide panel the range over runs."""
    middles = {name: float(np.median(steps)) for name, steps in first.items() if np.isfinite(np.median(steps))}
    places = [panel.transAxes.inverted().transform(panel.transData.transform((middle, 0)))[0] for middle in middles.values()]
    for index, (name, middle) in enumerate(middles.items()):
        steps, colour, at = first[name], SERIES[list(first).index(name)], places[index]
        reached = steps[np.isfinite(steps)]
        panel.plot(reached, np.full(len(reached), 1.03), "|", color=colour, markersize=5, markeredgewidth=0.8)
        panel.axvline(middle, color=colour, linewidth=0.7, linestyle=(0, (1, 2)), zorder=1)
        if index == 0 and len(places) > 1 and places[1] - at < 0.2 and places[1] > 0.75:
            continue  # no room for both numbers
        text = brief(middle)
        if wide and len(steps) > 1:
            lowest, highest = ("never" if step == np.inf else brief(step) for step in (steps.min(), steps.max()))
            text = f"{words(name.split('_')[0])} at step {text}\n({lowest}…{highest})"
        side = ("right" if at > 0.25 else "left") if index == 0 else ("left" if at < 0.75 else "right")
        panel.annotate(text, (at, 1), (0, 3), xycoords="axes fraction", textcoords="offset points", color=colour, fontsize=7.5, ha=side, va="bottom")


@drawn
def heatmap(
    runs: Any,
    metric: str | np.ndarray = "test_accuracy",
    x: str | None = None,
    y: str | None = None,
    *,
    limits: tuple[float, float] | None = None,
    intervals: bool = False,
) -> Figure:
    """A sweep as a map: the median over everything but the two axes (seeds too), its number in every cell.

    Args:
        runs: the runs.
        metric: a recorded scalar, or one number a run in table order.
        x: axis of the columns; the first by default.
        y: axis of the rows; the second by default; none where the study has one axis.
        limits: the numbers at the ends of the colour scale; 0 and 1 for accuracies, else what there is.
        intervals: the mean instead, and under it Student's 95 % interval of it, which for accuracies is cut at 0 and 1 (none for a single run).
    """
    x, y = _axes_of(runs, x, y)
    values = runs.values(metric) if isinstance(metric, str) else np.asarray(metric, float)
    columns, rows, grid = _gridded(runs, values, x, y, np.mean if intervals else np.median)
    name = metric.replace("_", " ") if isinstance(metric, str) else "value"
    if limits is None:
        finite = grid[np.isfinite(grid)]
        limits = (0.0, 1.0) if name.endswith("accuracy") else (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    low, high = (_gridded(runs, values, x, y, end)[2] for end in (_low, _high))
    low, high = (np.clip(end, 0, 1) if name.endswith("accuracy") else end for end in (low, high))
    figure, panel = _map_panel(columns, rows, x, y)
    colours = mpl.colormaps["cividis"]
    norm = Normalize(*limits, clip=True)
    digits = 2 if len(columns) > 8 else 3
    for (i, j), value in np.ndenumerate(grid):
        colour = colours(norm(value)) if np.isfinite(value) else "none"
        ink = INK if colour == "none" else "#ffffff" if norm(value) < 0.5 else "#111111"
        text = f"{value:.{digits}f}" if limits == (0.0, 1.0) and np.isfinite(value) else short(float(value), digits)
        text += f"\n{low[i, j]:.2f}–{high[i, j]:.2f}" if intervals and np.isfinite(low[i, j]) else ""
        _cell(panel, i, j, colour, text if grid.size <= MOST_NUMBERS else "", ink)
    if grid.size > MOST_NUMBERS:
        figure.colorbar(ScalarMappable(norm, colours), ax=panel, shrink=0.6, aspect=30, label=words(name)).outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    seeds = len(runs) // max(1, grid.size)
    figure.suptitle(f"{words(name)}" + (f", {'mean' if intervals else 'median'} of {seeds} runs a cell" if seeds > 1 else ""), x=0.01, ha="left", fontsize=9)
    return figure


@drawn
def profile(runs: Any, fact: str = "length", splits: Sequence[str] = ("test", "longer"), *, border: float | None = None) -> Figure:
    """Accuracy against a fact of the examples, their length say, at the selected step: every run thin, the median over seeds thick.

    One panel for each place on all axes but the last, a line for each value of the last. The runs must have been recorded by `Score(by=fact, …)`.

    Args:
        runs: the runs.
        fact: the fact.
        splits: whose accuracies; where two have examples of one value, the later one is drawn.
        border: where a dashed line stands: the last value that was trained on.
    """
    x = next((probe.values for probe in runs.study.record if getattr(probe, "by", None) == fact), None)
    if x is None:
        raise Problem(f"profile({fact!r}): expected runs recorded with Score(by={fact!r}, values=…), got {runs.study.record!r}. Add it to `record`.")
    seen = np.full((len(runs), len(x)), np.nan)
    for split in splits:
        found = runs.selected(f"{split}_accuracy_by_{fact}")
        seen = np.where(np.isnan(found), seen, found)
    upper, last = runs.axes[:-1], runs.axes[-1:]
    parts = list(places(runs, upper).items())
    kinds = places(runs, last)
    columns = min(3, len(parts))
    figure, axes = panels(-(-len(parts) // columns), columns, {1: 3.0, 2: 2.6, 3: 2.2}[columns], sharex=True, sharey=True)
    looks = [{"color": colour, "linestyle": dash} for dash in ("-", (0, (4, 1.5)), (0, (1, 1))) for colour in SERIES]
    for panel, (place, members) in zip(axes, parts, strict=False):
        for same, look in zip(kinds.values(), looks, strict=False):
            rows = seen[[i for i in same if i in members]]
            known = ~np.isnan(rows).all(axis=0)
            for row in rows:
                panel.plot(np.array(x)[known], row[known], linewidth=0.6, alpha=0.35, **look)
            if known.any():
                panel.plot(np.array(x)[known], np.nanmedian(rows[:, known], axis=0), linewidth=1.8, **look)
        if border is not None:
            panel.axvline(border + 0.5, color=DIM, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        panel.set_ylim(-0.03, 1.06)
        panel.set_yticks([0, 0.5, 1])
        panel.set_title(_heading(upper, place, columns), fontsize=8, linespacing=1.25)
    for panel in axes[len(parts) :]:
        panel.set_visible(False)
    figure.supxlabel(words(fact) + ("; trained on those left of the dashed line" if border is not None else ""), fontsize=9)
    figure.supylabel("accuracy", fontsize=9)
    shown = [words(short(kind[0]) if kind else "all runs", 22) for kind in list(kinds)[: len(looks)]]
    figure.legend(
        [Line2D([], [], linewidth=2, **look) for look in looks[: len(shown)]], shown, loc="outside upper left", ncols=min(5, len(shown)), handlelength=1.6
    )
    return figure


def phase(fit: float, generalize: float, delay: float = 1000) -> str:
    """The phase of learning (Liu et al. 2022) of a run that fits the training set and generalizes at these steps; infinity is never.

    Confusion: it never fits. Memorization: it fits and never generalizes. Grokking: it generalizes `delay` steps after fitting or later.
    Comprehension: sooner. The paper asks for 90 % within 10⁵ steps, with a delay of 10³. Generalizing without fitting counts as comprehension.

    >>> [phase(*steps) for steps in ((np.inf, np.inf), (50, np.inf), (50, 5000), (50, 60))]
    ['confusion', 'memorization', 'grokking', 'comprehension']

    Source: Liu et al., "Towards understanding grokking: an effective theory of representation learning", NeurIPS 2022, Table 1.
    """
    if generalize == np.inf:
        return "confusion" if fit == np.inf else "memorization"
    return "comprehension" if fit == np.inf or generalize - fit < delay else "grokking"


@drawn
def phase_diagram(
    runs: Any,
    x: str | None = None,
    y: str | None = None,
    *,
    train: str = "train_accuracy",
    test: str = "test_accuracy",
    level: float = 0.99,
    delay: float = 1000,
) -> Figure:
    """The phase of learning in every cell, and the steps (median over seeds) at which it fits → generalizes. See `phase`.

    The phase is that of most of the cell's runs; a share is added where they do not agree.

    Args:
        runs: the runs.
        x: axis of the columns; the first by default.
        y: axis of the rows; the second by default.
        train: the metric that says whether the training set is fitted.
        test: the metric that says whether it generalizes.
        level: above it they do.
        delay: steps between the two from which on it is grokking.
    """
    x, y = _axes_of(runs, x, y)
    fit, generalize = runs.first(train, above=level), runs.first(test, above=level)
    columns, rows, _ = _gridded(runs, fit, x, y)
    figure, panel = _map_panel(columns, rows, x, y)
    by_place = places(runs, [x, y] if y else [x])
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            members = by_place.get((column, row) if y else (column,), [])
            if not members:
                _cell(panel, i, j, "none", "", INK)
                continue
            found = [phase(fit[k], generalize[k], delay) for k in members]
            most = max(PHASES, key=found.count)
            steps = [float(np.median(of[members])) for of in (fit, generalize)]
            text = " → ".join("never" if step == np.inf else brief(step) for step in steps)
            agree = "" if found.count(most) == len(found) else f"\n{found.count(most)} of {len(found)}"
            told = ("never" if text == "never → never" else text) + agree
            _cell(panel, i, j, PHASES[most], told if len(rows) * len(columns) <= MOST_NUMBERS else "", "#111111")
    boxes = [Patch(facecolor=colour) for colour in PHASES.values()]
    figure.legend(boxes, list(PHASES), loc="outside upper left", ncols=4, handlelength=0.9, handleheight=0.9, columnspacing=1.2)
    figure.supxlabel(f"{words(x)}      (in the cells: step of {short(100 * level)} % train → test accuracy)", fontsize=8)
    panel.set_xlabel("")
    return figure


@drawn
def spectrum(runs: Any, name: str = "spectrum", run: int = 0, label: str = "frequency", metrics: Sequence[str] = ("train_accuracy", "test_accuracy")) -> Figure:
    """A recorded array [T, n] of one run as an image over logarithmic steps, under its accuracies: the Fourier spectrum forming, say.

    Args:
        runs: the runs.
        name: the recorded array, one row of n numbers ≥ 0 a recorded step.
        run: which run.
        label: what the n places are.
        metrics: scalars to draw above the image, where they are recorded.
    """
    steps, values = runs.array(name)
    if values.ndim != 3:
        raise Problem(f"spectrum({name!r}): expected an array with one axis a recorded step, got shape {values.shape[2:]}.")
    there = ~np.isnan(values[run]).all(axis=1)
    steps, image = steps[there], values[run][there]
    figure = panels(1, 1, 4.0)[0]
    figure.clear()
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[1, 2.6])
    for metric, colour in zip([m for m in metrics if m in runs.metrics], SERIES, strict=False):
        grid, curve = runs.curve(metric)
        known = ~np.isnan(curve[run])
        upper.plot(grid[known], curve[run][known], color=colour, linewidth=1.8, label=words(metric.replace("_", " ")))
    upper.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, labelcolor="linecolor", handlelength=1.2, borderaxespad=0)
    edges = np.concatenate([[steps[0]], (steps[1:] + steps[:-1]) / 2, [steps[-1]]]) if len(steps) > 1 else np.array([0.0, 1.0])
    mesh = lower.pcolormesh(edges, np.arange(image.shape[1] + 1) - 0.5, image.T, cmap="magma", vmin=0, rasterized=True)
    step_axis(upper, steps.tolist())
    step_axis(lower, steps.tolist())
    upper.tick_params(labelbottom=False)
    lower.set_xlabel("training step, logarithmic")
    lower.set_ylabel(words(label))
    bar = figure.colorbar(mesh, ax=lower, aspect=30, pad=0.01, label=words(name), format=lambda value, _: f"{value:g}")
    bar.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    return figure


def moments(runs: Any, train: str = "train_accuracy", test: str = "test_accuracy", level: float = 0.99) -> str:
    """One sentence: when the runs memorized and when they generalized, medians with the range over runs.

    Args:
        runs: runs of one cell.
        train: the metric of the training set.
        test: the metric of unseen data.
        level: above it they have learned.
    """
    fit, generalize = runs.first(train, above=level), runs.first(test, above=level)
    said = [spread(steps.tolist()) for steps in (fit, generalize)]
    later = np.median(generalize) / np.median(fit) if np.isfinite(np.median(generalize)) and np.median(fit) > 0 else np.nan
    tail = f": {later:.3g} times as late" if np.isfinite(later) and later > 1.05 else ""
    several = f" (median and range over {len(runs)} seeds)" if len(runs) > 1 else ""
    return f"Passes {100 * level:g} % {train.replace('_', ' ')} at step {said[0]}, {test.replace('_', ' ')} at step {said[1]}{tail}{several}."


def _axes_of(runs: Any, x: str | None, y: str | None) -> tuple[str, str | None]:
    """The two axes of a map: those that were asked for, else the first, and the next one that has more than one value here."""
    for name in (x, y):
        if name is not None and name not in runs.axes:
            raise unknown("axis", name, runs.axes)
    if not runs.axes:
        raise Problem("the study has no axis: a map needs at least one. Write over(…) in its place, or draw curves.")
    columns = x or str(next(name for name in runs.axes if name != y))
    return columns, y or next((name for name in runs.axes if name != columns and len(places(runs, [name])) > 1), None)


def _gridded(runs: Any, values: np.ndarray, x: str, y: str | None, of: Callable[[np.ndarray], float] = np.median) -> tuple[list, list, np.ndarray]:
    """Values of the two axes, and the median of `values` [rows, columns], or another number of them."""
    columns = _ordered([place[0] for place in places(runs, [x])])
    rows = _ordered([place[0] for place in places(runs, [y])]) if y else [""]
    grid = np.full((len(rows), len(columns)), np.nan)
    for place, members in places(runs, [x, y] if y else [x]).items():
        known = values[members][~np.isnan(values[members])]
        if len(known):
            grid[rows.index(place[1]) if y else 0, columns.index(place[0])] = of(known)
    return columns, rows, grid


def _low(values: np.ndarray) -> float:
    return float(student_interval(values).low) if len(values) > 1 else np.nan


def _high(values: np.ndarray) -> float:
    return float(student_interval(values).high) if len(values) > 1 else np.nan


def _ordered(values: list) -> list:
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return sorted(values) if numeric else values


def _map_panel(columns: list, rows: list, x: str, y: str | None) -> tuple[Figure, Axes]:
    height = min(0.62, 6.0 / len(rows)) * len(rows) + 1.1
    figure, (panel,) = panels(1, 1, height, width=min(WIDTH, max(5.2, 0.95 * len(columns) + 1.6)))
    panel.set_xlim(-0.5, len(columns) - 0.5)
    panel.set_ylim(-0.5, len(rows) - 0.5)
    stride = -(-len(columns) // 16), -(-len(rows) // 16)
    panel.set_xticks(range(0, len(columns), stride[0]), [words(short(value), 14) for value in columns[:: stride[0]]])
    panel.set_yticks(range(0, len(rows), stride[1]) if y else [], [words(short(value), 18) for value in rows[:: stride[1]]] if y else [])
    if max(len(words(short(value), 14)) for value in columns) * len(columns) > 70:
        panel.tick_params(axis="x", rotation=35)
    panel.set_xlabel(words(x))
    panel.set_ylabel(words(y or ""))
    panel.tick_params(length=0)
    for spine in panel.spines.values():
        spine.set_visible(False)
    return figure, panel


def _cell(panel: Axes, row: int, column: int, colour: object, text: str, ink: str) -> None:
    panel.add_patch(Rectangle((column - 0.48, row - 0.47), 0.96, 0.94, facecolor=colour, edgecolor="none"))  # pyright: ignore[reportArgumentType]
    panel.text(column, row, text, ha="center", va="center", color=ink, fontsize=8, linespacing=1.3)
