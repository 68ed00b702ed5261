import numpy as np
import pytest
import scipy.stats
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from synthetic_runs import STEPS, study, synthetic
from unseen._problem import Problem
from unseen.engine.probe import Score
from unseen.report import figures, style


def lines(panel, colour, thick):
    return [line for line in panel.get_lines() if line.get_color() == colour and line.get_linewidth() == (2 if thick else 0.7) and line.get_linestyle() == "-"]


def cells(panel):
    """(x, y) of a cell → (text, colour)."""
    patches = [patch for patch in panel.patches if isinstance(patch, Rectangle)]
    colours = {(round(p.get_x() + 0.48), round(p.get_y() + 0.47)): to_hex(p.get_facecolor()) for p in patches}
    return {text.get_position(): (text.get_text(), colours[text.get_position()]) for text in panel.texts}


def test_every_run_is_a_thin_line_and_the_median_a_thick_one():
    runs = synthetic(generalize=lambda axes, seed: 2 + seed)
    panels = figures.curves(runs).axes
    assert len(panels) == len(runs) / 3
    assert "weight_decay 1" in panels[3].get_title(loc="left")
    thin, (thick,) = lines(panels[0], style.RED, False), lines(panels[0], style.RED, True)
    first = runs.where(train_fraction=0.3, weight_decay=0.0).curve("test_accuracy")[1]
    assert np.array_equal([line.get_ydata() for line in thin], first)
    assert np.array_equal(thick.get_ydata(), np.median(first, axis=0))
    assert np.array_equal(thick.get_xdata(), STEPS)
    assert [text.get_text() for text in panels[0].texts] == ["10", "1k"]


def test_a_stopped_run_counts_in_the_median_with_its_last_value_and_a_diverged_one_does_not():
    def change(fields, axes, seed):
        if seed < 2:
            fields["status"], fields["steps"] = ("stopped", "diverged")[seed], STEPS[:3]
            fields["metrics"] = {"test_accuracy": np.array([0.0, 0.0, (1.0, 0.5)[seed]])}
        else:
            fields["metrics"] = {"test_accuracy": np.zeros(5)}

    (panel,) = figures.curves(synthetic(study((0.0,), (0.5,)), change=change), ("test_accuracy",)).axes
    (thick,) = lines(panel, style.BLUE, True)
    assert thick.get_ydata().tolist() == [0, 0, 0.5, 0.5, 0.5]
    assert [len(line.get_xdata()) for line in lines(panel, style.BLUE, False)] == [3, 3, 5]


def test_panels_that_are_left_out_are_counted():
    figure = figures.curves(synthetic(), most=3)
    assert sum(panel.get_visible() for panel in figure.axes) == 3
    assert figure.legends[0].get_title().get_text() == "3 of 4 cells are shown; the table has all"


def test_a_profile_joins_the_splits_at_the_selected_step():
    def change(fields, axes, seed):
        near, far = np.full((5, 4), np.nan), np.full((5, 4), np.nan)
        near[-1, :2], far[-1, 2:] = 1.0, axes["weight_decay"] / 2 + 0.1 * seed
        fields["metrics"] |= {"test_accuracy_by_length": near, "longer_accuracy_by_length": far}

    made = study().with_({"record": (Score(by="length", values=(1, 2, 5, 9)),)})
    runs = synthetic(made, change=change)
    figure = figures.profile(runs, border=2)
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["train_fraction 0.3", "train_fraction 0.5"]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["0", "1"]
    thick = [line for line in figure.axes[0].get_lines() if line.get_linewidth() == 1.8]
    assert [line.get_xdata().tolist() for line in thick] == [[1, 2, 5, 9]] * 2
    np.testing.assert_allclose([line.get_ydata() for line in thick], [[1, 1, 0.1, 0.1], [1, 1, 0.6, 0.6]])
    assert sum(line.get_linewidth() == 0.6 for line in figure.axes[0].get_lines()) == 6
    with pytest.raises(Problem, match=r"profile\('length'\): expected runs recorded with Score\(by='length'"):
        figures.profile(synthetic())


def test_a_heat_map_prints_the_median_in_every_cell():
    def change(fields, axes, seed):
        fields["metrics"]["test_accuracy"] = np.full(5, axes["train_fraction"] + 0.1 * axes["weight_decay"] + (0.0, 0.01, 0.5)[seed])

    (panel,) = figures.heatmap(synthetic(change=change), "test_accuracy").axes
    assert {place: text for place, (text, _) in cells(panel).items()} == {(0, 0): "0.310", (1, 0): "0.510", (0, 1): "0.410", (1, 1): "0.610"}
    assert [label.get_text() for label in panel.get_xticklabels()] == ["0.3", "0.5"]
    (turned,) = figures.heatmap(synthetic(change=change), "test_accuracy", x="weight_decay").axes
    assert cells(turned)[(1, 0)][0] == "0.410"
    (given,) = figures.heatmap(synthetic(), np.arange(12)).axes
    assert cells(given)[(0, 0)][0] == "1"


def test_a_heat_map_with_intervals():
    """The mean and Student's interval of it, by SciPy, cut where an accuracy ends; none of a single run."""

    def change(fields, axes, seed):
        fields["metrics"]["test_accuracy"] = np.full(
            5, 0.5 + 0.1 * axes["train_fraction"] * axes["weight_decay"] * (-1, 0, 1)[seed] + 0.4 * axes["weight_decay"]
        )

    runs = synthetic(change=change)
    (panel,) = figures.heatmap(runs, "test_accuracy", intervals=True).axes
    told = {place: text for place, (text, _) in cells(panel).items()}
    low, high = scipy.stats.t.interval(0.95, 2, loc=0.9, scale=0.03 / np.sqrt(3))
    assert told[(0, 0)] == "0.500\n0.50–0.50" and told[(0, 1)] == f"0.900\n{low:.2f}–{high:.2f}"
    assert told[(1, 1)] == "0.900\n0.78–1.00"
    (panel,) = figures.heatmap(runs._subset([0, 3, 6, 9]), "test_accuracy", intervals=True).axes
    assert "\n" not in cells(panel)[(0, 1)][0]


def test_numeric_axes_are_sorted_and_missing_cells_left_empty():
    runs = synthetic(study((1.0, 0.0)))
    (panel,) = figures.heatmap(runs._subset([*range(3), *range(9, 12)])).axes
    assert [label.get_text() for label in panel.get_yticklabels()] == ["0", "1"]
    assert cells(panel)[(0, 0)][0] == "–"
    assert cells(panel)[(0, 1)][0] == "1.000"


@pytest.mark.parametrize(
    ("fit", "generalize", "phase"), [(4, None, "memorization"), (9, None, "confusion"), (1, 4, "grokking"), (2, 3, "comprehension"), (9, 3, "comprehension")]
)
def test_the_phase_diagram_colours_cells_by_phase(fit, generalize, phase):
    (panel,) = figures.phase_diagram(synthetic(fit=fit, generalize=lambda axes, seed: generalize)).axes
    assert {colour for _, colour in cells(panel).values()} == {figures.PHASES[phase]}


def test_the_phase_diagram_says_when_and_how_many_agree():
    (panel,) = figures.phase_diagram(synthetic(generalize=lambda axes, seed: None if seed == 0 and axes["weight_decay"] else 4)).axes
    assert cells(panel)[(0, 0)][0] == "10 → 10k"
    assert cells(panel)[(0, 1)][0] == "10 → 10k\n2 of 3"


def test_the_boundary_of_grokking_is_the_delay():
    assert figures.phase(50, 1049) == "comprehension"
    assert figures.phase(50, 1050) == "grokking"
    assert figures.phase(50, 60, delay=10) == "grokking"


def test_a_spectrum_is_drawn_as_it_was_recorded():
    runs = synthetic()
    figure = figures.spectrum(runs, run=2)
    (mesh,) = figure.axes[1].collections
    assert np.array_equal(mesh.get_array(), runs.array("spectrum")[1][2].T)
    with pytest.raises(Problem, match="one axis a recorded step"):
        figures.spectrum(runs, "test_accuracy")


def test_the_moments_in_words():
    runs = synthetic(study((1.0,), (0.5,)), generalize=lambda axes, seed: 2 + seed)
    assert figures.moments(runs) == (
        "Passes 99 % train accuracy at step 10, test accuracy at step 1\u202f000 (100…10\u202f000): 100 times as late (median and range over 3 seeds)."
    )
    assert "at step never" in figures.moments(synthetic(study((1.0,), (0.5,)), generalize=lambda axes, seed: None))


def test_axes_that_are_not_there():
    with pytest.raises(Problem, match="weight_decay"):
        figures.heatmap(synthetic(), x="weight_decaj")
    with pytest.raises(Problem, match="no axis"):
        figures.phase_diagram(synthetic(study((0.0,), (0.5,))))


def test_sweeps_of_one_row_and_with_too_many_cells_for_numbers_can_be_drawn():
    row = synthetic(study((0.0, 0.5, 1.0), (0.5,), seeds=1))
    for draw in (figures.heatmap, figures.phase_diagram, figures.curves):
        assert style.png(draw(row))
    large = synthetic(study(tuple(np.linspace(0, 1, 21).tolist()), tuple(np.linspace(0.1, 0.9, 20).tolist()), seeds=1))
    assert not any(text for text, _ in cells(figures.heatmap(large).axes[0]).values())
