"""What is looked at after the fit: nothing before, the same as without the gate after."""

import numpy as np
import pytest

from unseen._types import Problem
from unseen.engine.probe import Score
from unseen.engine.schedule import LinSpaced, Stop
from unseen.measures.weight_norm import WeightNorm
from unseen.measures.when_fitted import WhenFitted
from unseen.methods.method import Method
from unseen.methods.update.adamw import AdamW
from unseen.models.mlp import MLP
from unseen.study import Study
from unseen.tasks.measurements import Measurements


@pytest.mark.parametrize("width", [None, 2])
def test_recorded_from_the_fit_on(width):
    study = Study(
        Measurements("wines"),
        MLP(hidden=(8,)),
        Method(update=AdamW(learning_rate=1e-2)),
        steps=60,
        seeds=2,
        record=(Score(), WhenFitted((WeightNorm(),), below=0.3), Score(splits=("train",))),
        at=LinSpaced(13),
    )
    runs = study.run(jobs=0, width=width, estimate=False)
    _, losses = runs.curve("train_loss")
    _, norms = runs.curve("weight_norm")
    fitted = losses < 0.3
    assert 2 < fitted.sum() < fitted.size - 2
    np.testing.assert_array_equal(np.isfinite(norms), fitted)
    assert norms[:, -1] == pytest.approx([np.sqrt(sum(np.sum(w**2) for w in runs.weights(i).values())) for i in range(2)], rel=1e-5)
    if width is None:
        stopped = study.with_({"stop": Stop("train_loss", below=0.3)}).run(jobs=0, estimate=False)
        first = np.argmax(fitted, axis=1)
        np.testing.assert_array_equal(stopped.values("weight_norm"), norms[np.arange(2), first])


def test_refused():
    with pytest.raises(Problem, match="a tuple of probes"):
        WhenFitted((MLP(),))
