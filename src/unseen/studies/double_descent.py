"""Double descent: more parameters than examples, and better for it.

Least squares on random features of Gaussian inputs, from far fewer features than examples to forty times as many. Without regularisation the test error rises
to a peak where features are just enough to interpolate, and falls again beyond; with the best ridge it only falls. Both are predicted by a formula.
"""

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from unseen._types import Examples, over
from unseen.claim import Agreement, Claim, Contrast
from unseen.engine.probe import Score
from unseen.methods.fit.least_squares import LeastSquares
from unseen.models.random_features import RandomFeatures
from unseen.study import Runs, Study
from unseen.tasks.linear_regression import LinearRegression
from unseen.theory.random_features import random_feature_risk

EXAMPLES, DIMENSION, NOISE, DECAY = 100, 400, 0.2, 1.5
INTERPOLATING = 1e-9
"""A ridge so small that what can be interpolated is."""
BEST = 0.04
"""The ridge of the smallest error with many features: the variance of the noise, nearly."""
COUNTS = (5, 10, 20, 40, 60, 80, 90, 100, 110, 125, 150, 200, 400, 1000, 4000)
FEW, PEAK, MANY = 40, EXAMPLES, 4000
HIGHEST, LOWEST = 3.0, 1e-3
"""What figures show: the peak is without end, and interpolation has no training error."""

study = Study(
    task=LinearRegression(d_in=DIMENSION, train_size=EXAMPLES, test_size=1000, noise=NOISE, decay=DECAY),
    model=RandomFeatures(count=over(*COUNTS), activation="identity"),
    method=LeastSquares(ridge=over(INTERPOLATING, BEST)),
    seeds=10,
    record=(Score(),),
    precision="float64",
)

full = {"task.d_in": 1200, "task.train_size": 300, "model.count": over(*(3 * count for count in COUNTS)), "seeds": 50}


def targets(runs: Runs) -> dict[int, Float[np.ndarray, " d"]]:
    """The coefficients of each seed's target in the inputs' directions, by seed; they follow from the test labels, which have no noise."""
    found = {}
    for index in range(len(runs)):
        cell = runs.cell(index)
        if cell.seed not in found:
            test = runs.splits(index)["test"]
            assert isinstance(test, Examples)
            teacher = np.linalg.lstsq(np.asarray(test.x, float), np.asarray(test.y, float)[:, 0])[0]
            found[cell.seed] = np.sqrt(np.asarray(cell.recipe.task.variances, float)) * teacher
    return found


def predicted(runs: Runs, target: dict[int, np.ndarray], features: float | None = None) -> Float[np.ndarray, " runs"]:
    """The test error that theory gives for each run, without the noise of labels, which the task's test labels do not have.

    Args:
        runs: of this study.
        target: `targets(runs)`.
        features: in place of the run's own number; infinity is kernel ridge regression.
    """
    found = []
    for index in range(len(runs)):
        recipe, seed = runs.cell(index).recipe, runs.cell(index).seed
        task, noise = recipe.task, float(recipe.task.noise)
        spectrum = np.asarray(task.variances, float) / task.d_in
        risk = random_feature_risk(spectrum, target[seed], task.train_size, features or recipe.model.count, float(recipe.method.ridge), noise)
        found.append(risk.test - noise**2)
    return np.array(found)


def evidence(runs: Runs) -> dict[str, Contrast | Agreement]:
    """The peak is at least twice as high as either side of it, and away from it theory holds within 15 %, which that of infinitely many features does not."""
    counts = {count: runs.where(count=count) for count in COUNTS}
    errors, target = {count: one.values("test_loss") for count, one in counts.items()}, targets(counts[PEAK])
    smooth = [count for count in COUNTS if count >= 10 and not 0.75 <= count / EXAMPLES <= 1.3]
    theory = {count: predicted(counts[count], target) for count in smooth}
    return {
        "rise to the peak": Contrast(errors[PEAK], errors[FEW], minimal=2.0, statistic="ratio", paired=True),
        "second descent": Contrast(errors[PEAK], errors[MANY], minimal=2.0, statistic="ratio", paired=True),
        "more is better than the best of few": Contrast(errors[FEW], errors[MANY], minimal=0.05, paired=True),
        "theory": Agreement(
            np.stack([errors[count] / theory[count] for count in smooth], axis=1),
            predicted=np.ones(len(smooth)),
            rival=np.array([np.mean(predicted(counts[count], target, np.inf) / theory[count]) for count in smooth]),
            tolerance=0.15,
        ),
    }


claim = Claim(
    study.with_({"method.ridge": INTERPOLATING, "seeds": tuple(range(200, 300))}),
    evidence,
    control={"method.ridge": BEST},
)
"""The control is the same with the best ridge: there is no peak to descend from."""


def figures(runs: Runs) -> dict[str, Figure]:
    """Test and training error against the number of features, with what theory says."""
    from unseen.report.theory import against

    x, ridges = np.unique(runs.table["count"].to_numpy()), list(dict.fromkeys(runs.table["ridge"].to_list()))
    cells = {ridge: [runs.where(ridge=ridge, count=count) for count in x] for ridge in ridges}
    target = targets(cells[ridges[0]][0])
    theory = [np.array([predicted(cell, target).mean() for cell in cells[ridge]]) for ridge in ridges]

    def series(metric: str) -> list[np.ndarray]:
        return [np.stack([cell.values(metric) for cell in cells[ridge]], axis=1) for ridge in ridges]

    names = ["no ridge" if ridge <= INTERPOLATING else f"ridge {ridge:g}" for ridge in ridges]
    mark = (cells[ridges[0]][0].cell().recipe.task.train_size, "as many features as examples")
    endless = {name: np.full(len(x), predicted(cells[ridge][0], target, np.inf).mean()) for name, ridge in zip(names, ridges, strict=True)}
    test = {name: (x, values, line) for name, values, line in zip(names, series("test_loss"), theory, strict=True)}
    train = {name: (x, values, None) for name, values in zip(names, series("train_loss"), strict=True)}
    return {
        "Test error against the number of features: simulations with their intervals, theory as a line": against(
            test, x_label="features", y_label="test error", mark=mark, rival=(endless, "infinitely many features"), limits=(0.0, HIGHEST)
        ),
        "Training error": against(train, x_label="features", y_label="training error", mark=mark, limits=(LOWEST, np.inf)),
    }
