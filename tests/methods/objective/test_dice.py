"""Against plain loops, scikit-learn's F1 and the error rate for hard decisions, and Simpson's reversal by hand."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from sklearn.metrics import f1_score

from unseen._types import Problem
from unseen.methods.objective.dice import Dice


def hard(decisions, classes=2):
    """Logits of decisions taken for certain."""
    return 80.0 * jax.nn.one_hot(jnp.asarray(decisions), classes)


@pytest.mark.parametrize("positive", [1, None])
def test_is_the_formula_in_plain_loops(positive):
    logits, y = jax.random.normal(jax.random.key(0), (7, 3)), jnp.array([0, 1, 2, 1, 0, 0, 1])
    p, gamma, expected = np.asarray(jax.nn.softmax(logits, axis=1)), 0.7, []
    for start in (0, 0, 0, 3, 3, 3, 6):
        members, dices = range(start, min(start + 3, 7)), []
        for c in [1] if positive == 1 else range(3):
            both = sum(p[i, c] for i in members if y[i] == c)
            either = sum(p[i, c] + (y[i] == c) for i in members)
            dices.append((2 * both + gamma) / (either + gamma))
        expected.append(1 - np.mean(dices))
    np.testing.assert_allclose(Dice(group=3, positive=positive, smoothing=gamma).losses(logits, y), expected, rtol=1e-5)


def test_hard_decisions_give_f1_over_the_set_and_the_error_rate_one_by_one():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=200)
    decision = np.where(rng.random(200) < 0.6, y, rng.integers(3, size=200))
    logits, labels = hard(decision, 3), jnp.asarray(y)
    whole = [float(Dice(positive=c, smoothing=1e-6).losses(logits, labels)[0]) for c in range(3)]
    np.testing.assert_allclose(1 - np.array(whole), f1_score(y, decision, average=None), atol=1e-5)
    assert float(Dice(positive=None, smoothing=1e-6).losses(logits, labels)[0]) == pytest.approx(1 - f1_score(y, decision, average="macro"), abs=1e-5)
    one_by_one = float(jnp.mean(Dice(group=1, positive=1, smoothing=1.0).losses(logits, labels)))
    assert one_by_one == pytest.approx(np.mean((y == 1) != (decision == 1)) / 2, abs=1e-5)


def test_the_mean_over_examples_can_rank_two_models_the_other_way_round():
    y = jnp.array([1, 1] + [0] * 18)
    timid, bold = hard([0] * 20), hard([1, 1] + [1] * 4 + [0] * 14)
    each, whole = Dice(group=1), Dice()
    assert float(jnp.mean(each.losses(timid, y))) < float(jnp.mean(each.losses(bold, y)))
    assert float(jnp.mean(whole.losses(timid, y))) > float(jnp.mean(whole.losses(bold, y)))


def test_says_what_is_wrong():
    with pytest.raises(Problem, match="at least 1 example"):
        Dice(group=0)
    with pytest.raises(Problem, match="above 0"):
        Dice(smoothing=0.0)
