"""The study of the main job, made small: its figures are drawn for the whole map, for a line of it, and for one cell."""

import pytest

from unseen.studies import grokking


@pytest.mark.parametrize("changes", [{}, {"task.train_fraction": 0.5}, {"task.train_fraction": 0.5, "method.update.weight_decay": 1.0}])
def test_figures(changes):
    runs = grokking.study.with_({"steps": 5, "task.p": 7, "seeds": 1, **changes}).run(jobs=0)
    shown = grokking.figures(runs)
    assert any("Fourier" in caption for caption in shown)
    assert any("Phases" in caption for caption in shown) == (len(runs.axes) > 1)


def test_the_control_takes_the_headline_away():
    """A table of random entries is fit and never generalizes, so that the delay alone would stand there too."""
    runs = grokking.claim.studies()["control"].with_({"task.p": 7, "steps": 300}).run(jobs=0)
    assert runs.values("train_accuracy").min() > 0.99
    headline, *others = grokking.evidence(runs).values()
    assert headline.judge().verdict == "contradicted"
    assert [one.judge().verdict for one in others] == ["supported"]
