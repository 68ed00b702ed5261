import numpy as np
import pytest

from unseen._problem import Problem
from unseen.bounds.bound import Bound
from unseen.report.certificates import limits
from unseen.report.theory import against

X = np.array([1.0, 10.0, 100.0])


def test_a_prediction_over_simulation():
    values = np.random.default_rng(0).lognormal(size=(5, 3))
    values[0, 1] = np.inf
    figure = against(
        {"one": (X, values, np.array([1.0, np.inf, 2.0])), "two": (X, values[:1], None)},
        x_label="n",
        y_label="error",
        mark=(10.0, "here"),
        rival=({"two": np.array([0.5, 1.0, np.nan])}, "rival"),
    )
    assert figure.axes[0].get_xscale() == "log"
    assert len(figure.axes[0].containers) == 2, "both simulations are drawn"
    curves = [line for line in figure.axes[0].lines if len(line.get_xdata()) == 3]
    solid, dashed = ([line.get_ydata().tolist() for line in curves if line.get_linestyle() == style] for style in ("-", "--"))
    np.testing.assert_array_equal(solid, [[1.0, np.nan, 2.0]], err_msg="theory is a line, where it is finite")
    np.testing.assert_array_equal(dashed, [[0.5, 1.0, np.nan]], err_msg="the rival is a dashed curve")
    assert figure.legends[0].get_texts()[-1].get_text() == "rival"
    with pytest.raises(Problem, match="unknown series of the rival 'three'"):
        against({"one": (X, values[1:], None)}, x_label="n", y_label="error", rival=({"three": X}, "rival"))
    with pytest.raises(Problem, match="series"):
        against({}, x_label="n", y_label="error")


def test_certificates_tightest_first():
    table = {"loose": [(Bound(40.0, 0.1, 0.05, {}), 0.2)] * 2, "tight": [(Bound(0.3, 0.0, 0.05, {}), 0.2)], "none": [(Bound(np.inf, 0.1, 0.05, {}), 0.2)]}
    figure = limits(table)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["tight", "loose", "none"]
