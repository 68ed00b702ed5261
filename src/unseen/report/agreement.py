"""Figure of how measures rank models: a map of measures by hyperparameters."""

from collections.abc import Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from unseen.report.style import DIM, INK, drawn, panels, words

Row = Mapping[str, float]


@drawn
def agreement_map(families: Mapping[str, Mapping[str, Row]], columns: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> Figure:
    """One row a measure, one column a coefficient in [-1, 1], its number in every cell: purple where the measure is right, orange where it is wrong.

    Args:
        families: by the name of a family its measures, for each by the name of a column the coefficient; NaN and what is missing stay empty.
        columns: names of the columns in groups, which stand a little apart.
        notes: for each group what stands above it.
    """
    colours, norm = mpl.colormaps["PuOr"], Normalize(-1.1, 1.1)
    rows = [(family, name, row) for family, members in families.items() for name, row in members.items()]
    figure, (panel,) = panels(1, 1, 1.2 + 0.2 * len(rows))
    places = {name: x + 0.35 * group for group, names in enumerate(columns) for x, name in _numbered(columns, group, names)}
    heights, height, before = [], 0.0, None
    for family, _, row in rows:
        height += 1.35 if family != before and before is not None else 1.0
        heights.append(height)
        if family != before:
            panel.text(max(places.values()) + 0.7, height, words(family, 22), va="center", fontsize=7.5, color=DIM)
        before = family
        for column, x in places.items():
            value = round(row.get(column, np.nan), 2) + 0.0  # no minus zero
            if np.isfinite(value):
                panel.add_patch(Rectangle((x - 0.48, height - 0.47), 0.96, 0.94, facecolor=colours(norm(value)), edgecolor="none"))  # pyright: ignore[reportArgumentType]
                ink = "#ffffff" if abs(value) > 0.6 else "#111111"
                panel.text(x, height, f"{value:.2f}".replace("0.", ".", 1), ha="center", va="center", fontsize=7, color=ink)
    for names, note in zip(columns, notes, strict=False):
        panel.text(places[names[0]] - 0.48, 0.2, words(note, 60), va="bottom", fontsize=7.5, color=DIM)
    panel.set_xlim(-0.6, max(places.values()) + 3.2)
    panel.set_ylim(height + 0.6, -0.4)
    panel.set_xticks(list(places.values()), [words(name, 18) for name in places], rotation=40, ha="right", rotation_mode="anchor")
    panel.set_yticks(heights, [words(name, 30) for _, name, _ in rows])
    panel.tick_params(length=0)
    panel.tick_params(axis="both", labelcolor=INK)
    for spine in panel.spines.values():
        spine.set_visible(False)
    return figure


def _numbered(columns: Sequence[Sequence[str]], group: int, names: Sequence[str]) -> list[tuple[int, str]]:
    first = sum(len(other) for other in columns[:group])
    return [(first + index, name) for index, name in enumerate(names)]
