"""The map of measures: every number in its place, nothing where there is none."""

import numpy as np
from matplotlib.patches import Rectangle

from unseen.report.agreement import agreement_map


def test_numbers_and_gaps():
    table = {"norms": {"path": {"width": 0.25, "Ψ": -1.0}, "product": {"width": np.nan, "Ψ": 0.5}}, "flatness": {"1/σ": {"width": -0.031}}}
    panel = agreement_map(table, (["width"], ["Ψ"]), ("granulated along", "in all")).axes[0]
    told = {(round(text.get_position()[0], 2), round(text.get_position()[1], 2)): text.get_text() for text in panel.texts}
    numbers = {place: text for place, text in told.items() if any(letter.isdigit() for letter in text)}
    assert numbers == {(0.0, 1.0): ".25", (1.35, 1.0): "-1.00", (1.35, 2.0): ".50", (0.0, 3.35): "-.03"}
    assert {"norms", "flatness", "granulated along", "in all"} <= set(told.values())
    assert [label.get_text() for label in panel.get_yticklabels()] == ["path", "product", "1/σ"]
    cells = [patch for patch in panel.patches if isinstance(patch, Rectangle)]
    assert len(cells) == 4
    right, wrong = cells[0].get_facecolor(), cells[1].get_facecolor()
    assert right[2] > right[0]
    assert wrong[0] > wrong[2]
