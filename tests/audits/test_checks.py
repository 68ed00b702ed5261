"""Every check against what is known by construction, by hand, or by brute force."""

import re

import numpy as np
import polars as pl
import pytest
from scipy.stats import binomtest
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import SGDClassifier

from unseen._problem import Problem
from unseen.audits import leave_out, white_box
from unseen.audits.checks import changed_weights, curvature, frequency, gradients, overlap, parity, unanswered, weights
from unseen.audits.checks.classes import (
    accuracy,
    boundary,
    calibration,
    capacity,
    difficulty,
    distance,
    features,
    forgetting,
    gap,
    groups,
    inductive_bias,
    labels,
    margins,
    memorised,
    new_data,
    normalised_margins,
    paths,
    reliance,
    sharpness,
    shortcut,
    simplicity,
    training_errors,
)
from unseen.audits.of_model import of_model
from unseen.audits.parts import Scored
from unseen.audits.reading import SkipError
from unseen.audits.subject import Classifier
from unseen.audits.white_box import Layer, WhiteBox, untold
from unseen.measures.curvature import Product

RNG = np.random.default_rng(0)


def part(confidence, right, classes=3, x=None, kinds=None):
    """Examples of class 0; the answer has that confidence and is right or not."""
    confidence = np.asarray(confidence, float)
    scores = np.zeros((len(confidence), classes))
    answer = np.where(np.asarray(right, bool), 0, 1)
    scores[:] = ((1 - confidence) / (classes - 1))[:, None]
    scores[np.arange(len(confidence)), answer] = confidence
    return Scored(np.zeros(len(confidence), int), scores, x=x, groups=kinds)


def subject(test, **fields):
    return Classifier(name="model", classes=("a", "b", "c"), test=test, **fields)


def only(check, *arguments, **fields):
    return list(check.read(subject(*arguments, **fields)))


def test_accuracy():
    first, second = only(accuracy, part(np.full(40, 0.9), np.arange(40) < 30))
    assert (first.value, first.level) == (0.75, "attention")  # all are of one class: a constant answer is right throughout
    assert first.interval == pytest.approx(tuple(binomtest(30, 40).proportion_ci()))
    assert (second.value, second.name) == (2, "classes without a test example")
    assert "Of b, c no test example" in second.sentence


def test_gap_is_that_of_the_shares_and_covers_it():
    known, unseen = part(np.full(70, 0.9), np.arange(70) < 56), part(np.full(80, 0.9), np.arange(80) < 48)
    shares, losses = only(gap, unseen, train=known)
    assert shares.value == pytest.approx(56 / 70 - 48 / 80)
    assert shares.interval == pytest.approx((0.0524, 0.3339), abs=1e-4)  # Newcombe (1998), table II, example (a)
    assert losses.value == pytest.approx(unseen.losses.mean() - known.losses.mean())
    with pytest.raises(SkipError, match=r"pass train=\(x, y\)"):
        only(gap, unseen)
    rng = np.random.default_rng(1)
    counts = rng.binomial(50, [0.9, 0.8], (2000, 2))
    covered = [low <= 0.1 <= high for low, high in (gap.newcombe((int(a), 50), (int(b), 50)) for a, b in counts)]
    assert 0.93 < np.mean(covered) < 0.975


def test_calibration_error_against_a_loop():
    confidence, right = RNG.random(57), RNG.integers(0, 2, 57).astype(float)
    parts = np.array_split(np.argsort(confidence, kind="stable"), 10)
    assert calibration.calibration_error(confidence, right) == pytest.approx(sum(abs(sum(right[i] - confidence[i] for i in one)) for one in parts) / 57)


def test_calibration_is_told_from_overconfidence():
    """Of models that mean what they say about one in forty is called out; one that says 0.9 and is right 70 times in a hundred always is."""
    rng = np.random.default_rng(2)
    called = 0
    for _ in range(60):
        confidence = rng.uniform(0.4, 1, 400)
        over, error = only(calibration, part(confidence, rng.random(400) < confidence))
        called += error.level == "attention"
        assert over.interval[0] < 0.06
    assert called <= 6
    over, error = only(calibration, part(np.full(400, 0.9), rng.random(400) < 0.7))
    assert (over.level, error.level) == ("attention", "attention")
    assert over.value == pytest.approx(0.2, abs=0.08)
    assert [row.n for row in error.rows] == [40] * 10
    with pytest.raises(SkipError, match="says which class and not how sure"):
        only(calibration, part([0.9] * 50, [1] * 50), graded=False)


def test_the_worst_group_is_found_and_chance_is_not():
    rng = np.random.default_rng(3)
    site = np.repeat(["a", "b", "c", "d"], 100)
    flagged = 0
    for _ in range(100):
        (found,) = only(groups, part(np.full(400, 0.9), rng.random(400) < 0.8, kinds={"site": site}))
        flagged += found.level == "attention"
    assert flagged <= 8
    (found,) = only(groups, part(np.full(400, 0.9), np.where(site == "c", rng.random(400) < 0.4, rng.random(400) < 0.9), kinds={"site": site}))
    assert (found.level, found.rows[0].name, found.rows[0].n) == ("attention", "c", 100)
    assert found.rows[0].interval == pytest.approx(tuple(binomtest(round(100 * found.value), 100).proportion_ci(1 - 0.05 / 4)))
    (one,) = only(groups, part([0.9] * 9, [1] * 9, kinds={"site": np.repeat("a", 9)}))
    assert (one.value, one.exact) == (1, True)
    assert one.sentence == "Of 9 unseen examples, by site, all are of 'a': there is nothing to compare."


def test_overlap_counts_rows_that_are_equal():
    x = RNG.normal(size=(30, 4))
    test = part(np.full(10, 0.9), np.arange(10) < 5, x=x[25:35].tolist() + x[:5].tolist())
    (found,) = only(overlap, test, train=part(np.full(20, 0.9), np.ones(20), x=x[:20]))
    assert (found.value, found.level) == (0.5, "attention")
    assert found.interval == pytest.approx(tuple(binomtest(5, 10).proportion_ci()))
    assert "5 of 10 test examples" in found.sentence
    assert "Without them 100.0% are right" in found.sentence
    (none,) = only(overlap, part([0.9], [1], x=np.zeros((1, 4))), train=part([0.9], [1], x=np.ones((1, 4))))
    assert (none.value, none.level) == (0, "fine")
    (words,) = only(overlap, part([0.9] * 2, [1, 1], x=np.array(["one", "two"], object)), train=part([0.9], [1], x=np.array(["two"], object)))
    assert words.value == 0.5


def test_distance():
    """Right where the nearest training example is near; the scale of a coordinate does not matter."""
    rng = np.random.default_rng(4)
    train, near, far = rng.normal(size=(200, 3)), rng.normal(size=(50, 3)), rng.normal(size=(50, 3)) + 20
    scale = np.array([1.0, 1000.0, 0.001])
    test = part(np.full(100, 0.9), np.arange(100) < 50, x=np.concatenate([near, far]) * scale)
    (found,) = only(distance, test, train=part(np.full(200, 0.9), np.ones(200), x=train * scale))
    assert (found.value, found.level) == (1.0, "attention")
    assert [row.value for row in found.rows] == [1, 1, 0.5, 0, 0]
    assert all(a.x < b.x for a, b in zip(found.rows, found.rows[1:], strict=False))
    with pytest.raises(SkipError, match="not all numbers"):
        only(distance, part([0.9] * 20, [1] * 20, x=np.array(["a"] * 20)), train=part([0.9], [1], x=np.array(["b"])))


def test_margins_by_hand():
    scores = np.array([[0.95, 0.05, 0], [0.5, 0.45, 0.05], [0.02, 0.97, 0.01], [0.3, 0.35, 0.35]])
    narrow, sure, lead = only(margins, Scored(np.zeros(4, int), scores))
    assert (narrow.value, sure.value) == (0.5, 0.25)
    assert lead.value == pytest.approx(np.median(np.log([0.95 / 0.05, 0.5 / 0.45, 0.02 / 0.97, 0.3 / 0.35])))
    logits = np.random.default_rng(11).normal(size=(200, 3))
    known = Scored(np.arange(200) % 3, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(margins.leads(known), normalised_margins.margins(logits, known.y))


def test_new_data_that_is_as_the_test_data():
    """The estimate is then the measured accuracy; where the model is less sure, it falls."""
    rng = np.random.default_rng(5)
    confidence = rng.uniform(0.4, 1, 300)
    test = part(confidence, rng.random(300) < confidence)
    (same,) = only(new_data, test, new=Scored(np.zeros(0, int), test.scores))
    assert same.value == pytest.approx(test.right.mean())
    assert same.interval[0] < same.value < same.interval[1]
    (less,) = only(new_data, test, new=part(0.8 * confidence, np.ones(300)))
    assert less.level == "attention"
    assert new_data.thresholded(confidence, np.zeros(300), confidence) == 0


def test_capacity_of_a_table_and_of_a_constant():
    from sklearn.dummy import DummyClassifier
    from sklearn.neighbors import KNeighborsClassifier

    x, y = RNG.normal(size=(120, 3)), RNG.integers(0, 3, 120)
    heart, constant = (
        next(capacity.read(of_model(model.fit(x, y), (x, y), train=(x, y)))) for model in (KNeighborsClassifier(1), DummyClassifier(strategy="most_frequent"))
    )
    assert heart.value == 1
    assert constant.value == pytest.approx(np.bincount(y).max() / 120)
    assert "can learn by heart" in heart.sentence
    assert "cannot learn much" in constant.sentence
    with pytest.raises(SkipError, match="cannot be trained anew"):
        next(capacity.read(of_model(lambda x: np.tile(np.eye(3)[0], (len(x), 1)), (x, y), train=(x, y))))


def test_examples_without_an_answer():
    mute = Scored(np.zeros(4, int), np.full((4, 3), 1 / 3), unanswered=np.array([False, True, False, True]))
    (found,) = only(unanswered, mute)
    assert (found.value, found.level) == (0.5, "attention")
    assert "the first of them example 1" in found.sentence
    assert only(unanswered, part(np.full(5, 0.9), np.ones(5)))[0].level == "fine"


def labelled(x, y, says, classes=2):
    """Examples with the answers of a model."""
    return Scored(np.asarray(y), np.eye(classes)[np.asarray(says)], x=np.asarray(x, float))


def test_difficulty_is_how_few_neighbours_have_the_label():
    sides = np.arange(40) % 2
    known = labelled((sides[:, None] * 10 + RNG.normal(size=(40, 2)) * 0.1), sides, sides)
    y = np.where(np.arange(40) < 4, 1 - sides, sides)  # four lie on the other side
    unseen = labelled(known.x, y, sides)
    (found,) = only(difficulty, unseen, train=known)
    assert {row.name: (row.value, row.n) for row in found.rows} == {"easy: 9 or 10 neighbours agree": (1.0, 36), "hard: none agrees": (0.0, 4)}
    assert (found.value, found.level) == (0.9, "fact")
    worse = labelled(known.x, y, 1 - sides)
    assert only(difficulty, worse, train=known)[0].level == "attention"
    with pytest.raises(SkipError, match="5 training examples are too few"):
        only(difficulty, unseen, train=labelled(known.x[:5], sides[:5], sides[:5]))


def test_simplicity_tells_a_plane_from_a_checkerboard():
    x = RNG.uniform(-1, 1, size=(800, 2))
    plane, board = (x @ [1, 2] > 0).astype(int), (x[:, 0] * x[:, 1] > 0).astype(int)
    for says, low, high in ((plane, 0.93, 1), (board, 0.4, 0.65)):
        linear, square, tree = only(simplicity, labelled(x[400:], says[400:], says[400:]), train=labelled(x[:400], says[:400], says[:400]))
        assert low < linear.value <= high
        assert square.value > 0.8  # both are signs of polynomials of degree two
    assert tree.value < 1
    with pytest.raises(SkipError, match="all training examples the same answer"):
        only(simplicity, labelled(x, plane, plane), train=labelled(x, plane, 0 * plane))


def test_reliance_finds_the_one_column_that_is_read():
    x, y = RNG.normal(size=(400, 4)), np.arange(400) % 2
    x[:, 2] = np.where(y == 1, 1, -1) * (1 + RNG.random(400))

    def reads_the_third(x):
        return np.column_stack([x[:, 2] < 0, x[:, 2] > 0]).astype(float)

    given = x.copy()
    (found,) = reliance.read(of_model(reads_the_third, (x, y)))
    assert found.level == "attention"
    assert "Nearly all rests on column 2" in found.sentence
    assert found.value == pytest.approx(0.5, abs=0.1)
    np.testing.assert_array_equal(x, given)
    with pytest.raises(SkipError, match="tables of 2 to 256 columns"):
        list(reliance.read(of_model(lambda x: reads_the_third(x[:, 0]), (x[:, None], y))))
    with pytest.raises(SkipError, match="not predictions alone"):
        only(reliance, part([0.9], [1]))


def test_paths_tell_convex_regions_from_rings():
    x = RNG.uniform(-1, 1, size=(300, 2))

    def inside(x, radius=0.6):
        return np.eye(2)[(np.linalg.norm(x, axis=1) < radius).astype(int)]

    given = x.copy()
    (found,) = paths.read(of_model(inside, (x, inside(x).argmax(axis=1))))
    outer = [np.min(np.linalg.norm(np.linspace(a, b, 18), axis=1)) < 0.6 for a, b in x[(np.linalg.norm(x, axis=1) >= 0.6)][:100].reshape(50, 2, 2)]
    assert 0 < found.value < np.mean(outer) + 0.1
    np.testing.assert_array_equal(x, given)
    (found,) = paths.read(of_model(lambda x: np.eye(2)[(x[:, 0] > 0.1).astype(int)], (x, (x[:, 0] > 0.1).astype(int))))
    assert found.value == 0
    with pytest.raises(SkipError, match="there are no others"):
        list(paths.read(of_model(lambda x: inside(x / 10), ((10 * x).astype(int), np.arange(300) % 2))))


def test_labels_that_were_changed_are_in_doubt():
    y = np.arange(300) % 3
    scores = np.full((300, 3), 0.1) + 0.7 * np.eye(3)[y]
    told = y.copy()
    told[[5, 70, 200]] = (y[[5, 70, 200]] + 1) % 3
    (found,) = only(labels, Scored(told, scores))
    assert found.value == pytest.approx(3 / 300)
    assert "5 (labelled a, taken for c)" in found.sentence
    assert only(labels, Scored(y, scores))[0].level == "fine"
    unsure = np.tile([0.4, 0.3, 0.3], (300, 1))  # no class stands out anywhere but the first, which is everywhere as sure as on its own
    assert not labels.confident(unsure, y).any()


def test_training_errors():
    known = part([0.9, 0.6, 0.9, 0.9], [1, 0, 1, 1], classes=2)
    (found,) = only(training_errors, part([0.9], [1]), train=known)
    assert found.value == pytest.approx(np.mean([0.1, 0.6, 0.1, 0.1]) * 2**0.5)
    assert "1 of 4 make up half" in found.sentence
    assert "the furthest: 1 (labelled a, taken for b)" in found.sentence


def test_what_is_known_by_heart():
    from sklearn.neighbors import KNeighborsClassifier, NearestCentroid

    x, y = RNG.normal(size=(200, 3)), RNG.integers(0, 10, 200)
    (found,) = memorised.read(of_model(KNeighborsClassifier(1).fit(x, y), (x, y), train=(x, y)))
    assert found.value > 0.9  # right if and only if it was trained on, but for chance
    assert found.level == "attention"
    y = np.arange(200) % 2
    x[:, 0] = 10 * y + 0.1 * x[:, 0]
    (found,) = memorised.read(of_model(NearestCentroid().fit(x, y), (x, y), train=(x, y)))
    assert found.value == 0
    with pytest.raises(SkipError, match="cannot be trained anew"):
        only(memorised, part([0.9], [1]))


def test_models_that_take_long_are_trained_fewer_times(monkeypatch):
    x, y = RNG.normal(size=(60, 2)), np.arange(60) % 2
    slow = of_model(SGDClassifier(random_state=0).fit(x, y), (x, y), train=(x, y))
    monkeypatch.setattr(leave_out, "SECONDS", 1e-6)
    with pytest.raises(SkipError, match=r"training it anew 6 times would take"):
        leave_out.left_out(slow)
    clock = iter(np.arange(0.0, 100.0, 0.5))
    monkeypatch.setattr(leave_out, "SECONDS", 4.0)
    monkeypatch.setattr(leave_out.time, "perf_counter", lambda: next(clock))
    found = leave_out.left_out(slow)
    assert len(found.answers) == 6 + 3  # half a second each: as many as fit into four seconds, in whole rounds
    monkeypatch.setattr(leave_out.time, "perf_counter", lambda clock=iter(np.arange(0.0, 100.0, 3.0)): next(clock))
    assert len(leave_out.left_out(slow).answers) == 6


class Fake(WhiteBox):
    """A box that says what it is told."""

    names, link = ("w",), "logits"

    def __init__(self, **said):
        self.said, self.size = said, np.size(said.get("weights", np.ones(4)))

    def weights(self):
        return {"w": self.said.get("weights", np.ones(4))}

    def outcome(self, x, change=None):
        if "bears" in self.said:  # the label is class 0
            right = np.linalg.norm(0.0 if change is None else change) < self.said["bears"]
            return np.tile([0.0, -1.0, -2.0] if right else [-1.0, 0.0, -2.0], (len(x), 1))
        return np.log(np.tile(self.said["probabilities"], (len(x), 1)))

    def gradient_squares(self, x, y):
        return np.square(self.said["gradients"]).sum(axis=1), float(np.square(self.said["gradients"].mean(axis=0)).sum())

    def slope(self, x, y, change=None):
        return self.said["gradients"].mean(axis=0) if "gradients" in self.said else self.said["slope"](np.zeros(self.size) if change is None else change)

    def slopes(self, x, y, along):
        return self.said["gradients"] @ along

    def losses(self, x, y, change=None):
        return self.said["losses"](np.zeros(self.size) if change is None else change)

    def scores(self, x):
        return self.said["scores"](x)

    def readout(self, x):
        return self.said.get("readout")

    def layers(self):
        return self.said.get("layers")

    def hessian(self, x, y):
        return Product(lambda v: self.said["diagonal"] * v, self.size)

    def features(self, x):
        return self.said["features"](x)

    def boundary(self, x):
        return self.said["distances"]


WHITE = (boundary, changed_weights, curvature, features, gradients, normalised_margins, parity, sharpness, weights)


@pytest.mark.parametrize("check", WHITE)
def test_what_needs_weights_says_so(check):
    with pytest.raises(SkipError, match="its weights cannot be seen from here"):
        only(check, part([0.9], [1]))


def opened(test, train=None, **said):
    return {"test": test, "train": train, "box": Fake(**said)}


def white(check, **fields):
    return list(check.read(subject(**fields)))


def test_parity_is_told_of_what_the_model_itself_gives():
    test, own = part(np.full(5, 0.8), np.ones(5), x=np.zeros((5, 1))), np.tile([4.0, -2.0, 0.0], (5, 1))
    for apart, level in ((0.0001, "fine"), (0.01, "fact"), (3.0, "attention")):
        ours = own + apart * np.eye(5, 3)
        (found,) = white(parity, **opened(test, scores=lambda x, ours=ours: ours), scores=lambda x: own)
        assert (found.level, found.value) == (level, pytest.approx(apart))
        assert (found.name, found.unit, found.exact) == ("parity: largest difference of logits", "logits", True)
        assert f"up to a difference of {apart:.1g}, where they reach 4" in found.sentence


def test_weights():
    matrix = np.diag([2.0, *np.ones(7)])
    parameters, zeros, norm, stretch, rank = white(weights, **opened(part([0.9], [1]), part([0.9] * 10, [1] * 10), weights=matrix))
    assert parameters.value == 6.4
    assert zeros.value == 56 / 64
    assert norm.value == pytest.approx(11**0.5)
    assert stretch.value == pytest.approx(2)
    assert rank.value == pytest.approx(11 / 4 / 8)
    assert [(row.name, row.value) for row in rank.rows] == [("w", pytest.approx(11 / 4 / 8))]


def test_sharpness_is_accuracy_under_noise():
    test = part(np.full(50, 0.8), np.ones(50), x=np.zeros((50, 1)))
    (found,) = white(sharpness, **opened(test, bears=2.5, weights=np.ones(1000)))  # noise of size s has a norm of about 31.6 s
    assert [row.value for row in found.rows] == [1.0, 1.0, 0.0, 0.0]
    assert (found.value, found.level) == (1.0, "fact")
    assert white(sharpness, **opened(test, bears=0.1, weights=np.ones(1000)))[0].level == "attention"
    assert white(sharpness, **opened(test, bears=100, weights=np.ones(1000)))[0].level == "fine"


def test_curvature_of_a_known_matrix():
    test = part(np.full(5, 0.8), np.ones(5), x=np.zeros((5, 1)))
    top, total = white(curvature, **opened(test, diagonal=np.array([4.0, 1.0, 1.0, 1.0])))
    assert (top.value, total.value) == (pytest.approx(4), pytest.approx(7))
    assert "a step above 0.5" in top.sentence
    assert "1.75 directions" in total.sentence


def test_gradients():
    known = part(np.full(4, 0.8), np.ones(4), x=np.zeros((4, 1)))
    pulls = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    half, signal, helped = white(gradients, **opened(known, known, gradients=pulls))
    squares, mean = np.square(pulls).sum(axis=1), np.square(pulls.mean(axis=0)).sum()
    assert half.value == 0.25  # 3 of 5
    assert half.sentence.endswith("1 (labelled a), 2 (labelled a), 3 (labelled a), 0 (labelled a).")
    assert helped.value == pytest.approx(4 * mean / squares.mean())
    assert signal.value == pytest.approx(mean / (squares.mean() - mean))
    with pytest.raises(SkipError, match="flat there"):
        white(gradients, **opened(known, known, gradients=np.zeros((4, 2))))


def test_intervals_of_gradients_leave_each_example_out_and_cover():
    rng, covered = np.random.default_rng(8), []
    for _ in range(300):
        pulls = rng.normal(np.array([1.0, 0, 0]), size=(80, 3))
        squares, mean = np.square(pulls).sum(axis=1), pulls.mean(axis=0)
        left = gradients.without_each(squares, pulls @ mean, float(mean @ mean))
        np.testing.assert_allclose(left[:3], [np.square(np.delete(pulls, i, axis=0).mean(axis=0)).sum() for i in range(3)])
        (signal,) = gradients._signal(squares, pulls @ mean, float(mean @ mean))
        covered.append(signal.interval[0] <= 1 / 3 <= signal.interval[1])
    assert 0.9 < np.mean(covered) < 0.99


def test_changes_of_the_weights_on_a_bowl():
    """On ½ Σ h w² around 0, from weights of 1: the closed forms of the mean over normal changes, and the largest curvature as the worst direction."""
    h, size, weights_ = np.array([8.0, *np.ones(99)]), 0.01, np.ones(100)
    test = part(np.full(5, 0.8), np.ones(5), x=np.zeros((5, 1)))
    said = {"losses": lambda change: np.full(5, 0.5 * float(h @ np.square(change))), "slope": lambda change: h * change, "weights": weights_}
    mean, worst, *rest = white(changed_weights, **opened(test, **said))
    assert mean.value == pytest.approx(0.5 * size**2 * h.sum(), rel=0.15)
    assert mean.interval[0] < 0.5 * size**2 * h.sum() < mean.interval[1]
    assert worst.value == pytest.approx(0.5 * 8 * (size * 10) ** 2, rel=1e-3)  # all of a length of 0.01 √100 along the first
    assert [one.value for one in rest] == pytest.approx([mean.value, worst.value])  # all weights are of one size
    inside = changed_weights.climbed(lambda u: -float((u[0] - 1) ** 2), lambda u: np.array([2 - 2 * u[0], 0.0]), 2, 5.0, 10)
    assert inside[0] == pytest.approx(1, abs=0.3)  # the worst need not lie on the edge
    with pytest.raises(SkipError, match="all its weights are zero"):
        white(changed_weights, **opened(test, **said | {"weights": np.zeros(100)}))


def test_margins_over_what_layers_can_stretch():
    rng = np.random.default_rng(12)
    first, second, x = rng.normal(size=(6, 4)), rng.normal(size=(3, 6)), rng.normal(size=(50, 4))
    logits = np.maximum(x @ first.T, 0) @ second.T
    test = Scored(logits.argmax(axis=1), np.eye(3)[logits.argmax(axis=1)], x=x)
    layers = [Layer("one", first), Layer("two", second)]
    product, complexity = white(normalised_margins, **opened(test, scores=lambda x: logits, layers=layers))
    ordered, norms = np.sort(logits, axis=1), [np.linalg.svd(one)[1][0] for one in (first, second)]
    length = np.sqrt(np.mean(np.sum(x**2, axis=1)))
    assert product.value == pytest.approx(np.median(ordered[:, 2] - ordered[:, 1]) / (norms[0] * norms[1] * length))
    bartlett = np.prod(norms) * sum((sum(map(np.linalg.norm, one)) / norm) ** (2 / 3) for one, norm in zip((first, second), norms, strict=True)) ** 1.5
    assert complexity.value == pytest.approx(product.value * np.prod(norms) / bartlett)
    least = (ordered[:, 2] - ordered[:, 1]) / (2**0.5 * np.prod(norms))  # what it says is true: no shorter change takes a lead away
    for _ in range(200):
        step = rng.normal(size=x.shape)
        moved = x + 0.999 * least[:, None] * step / np.linalg.norm(step, axis=1, keepdims=True)
        assert ((np.maximum(moved @ first.T, 0) @ second.T).argmax(axis=1) == test.y).all()
    with pytest.raises(SkipError, match="normed is no linear layer"):
        white(normalised_margins, **opened(test, scores=lambda x: logits, layers=untold("normed")))


def test_no_image_is_stretched_more_than_the_bound_of_a_convolution(monkeypatch):
    rng = np.random.default_rng(12)
    for shape in ((2, 3, 3, 3), (3, 2, 2, 5), (1, 1, 4, 4)):
        kernel = rng.normal(size=shape)
        dense = np.block([[_circulant(one, 12) for one in row] for row in kernel])
        norm, conv = np.linalg.svd(dense)[1][0], Layer("conv", kernel)
        assert norm <= conv.stretch
        worst = np.linalg.norm(np.fft.fftn(kernel, s=(97, 89), axes=(2, 3)).reshape(*shape[:2], -1).T, 2, axis=(1, 2)).max()  # far more frequencies
        assert worst <= conv.stretch <= 1.05 * worst
    alike = Layer("conv", np.ones((1, 1, 3, 3)))  # sums nine entries
    assert 9 <= alike.stretch <= 9 * 1.04
    monkeypatch.setattr(white_box, "MOST", 1)
    assert Layer("conv", kernel).stretch == np.linalg.norm(kernel.reshape(1, 16), 2) * 4


def _circulant(kernel, n):
    """The matrix of a convolution of images [n, n] with one channel, wrapped around."""
    rows = []
    for i in range(n):
        for j in range(n):
            image = np.zeros((n, n))
            for a in range(kernel.shape[0]):
                for b in range(kernel.shape[1]):
                    image[(i + a) % n, (j + b) % n] += kernel[a, b]
            rows.append(image.reshape(-1))
    return np.array(rows)


def test_a_straight_line_is_slow_and_noise_is_fast():
    x = np.random.default_rng(9).normal(size=(300, 4))
    shares = {}
    for name, says in {
        "line": lambda x: np.column_stack([1 - x[:, 0], x[:, 0]]) @ [[0.02, 0], [0, 0.02]] + 0.49,
        "step": lambda x: np.eye(2)[(x[:, 0] > 0).astype(int)],
        "noise": lambda x: np.column_stack([1 - (k := np.abs(np.sin(1e4 * x[:, 0]))), k]),
    }.items():
        (found,) = frequency.read(of_model(says, (x, np.arange(300) % 2)))
        shares[name] = found.value
        assert found.interval[0] < found.value < found.interval[1] or name == "line"
    assert shares["line"] == pytest.approx(0.0144, abs=0.001)  # 1 − 96/π⁴, for many steps
    assert 0.15 < shares["step"] < 0.4
    assert 0.85 < shares["noise"] < 0.96
    np.testing.assert_allclose(np.mean(frequency.fast_share(np.random.default_rng(0).normal(size=(32, 5000)))), 1 - 2 / 31, atol=0.005)
    (number,) = frequency.read(of_model(lambda x: x @ np.ones(4), (x, x[:, 0]), regression=True))
    assert number.value == pytest.approx(0.0144, abs=0.001)
    with pytest.raises(SkipError, match="does not change"):
        list(frequency.read(of_model(lambda x: np.tile([1.0, 0], (len(x), 1)), (x, np.arange(300) % 2))))


def test_one_column_that_gives_the_labels_away():
    y, x = np.arange(400) % 3, np.random.default_rng(10).normal(size=(400, 5))
    leaky = x.copy()
    leaky[:, 3] = y + 0.1 * leaky[:, 3]

    def says(x):
        return np.eye(3)[np.clip(np.round(x[:, 3]), 0, 2).astype(int)]

    (leak,) = shortcut.read(of_model(says, (leaky[200:], y[200:]), train=(leaky[:200], y[:200])))
    assert (leak.level, leak.value) == ("attention", 1.0)
    assert "From column 3 alone" in leak.sentence
    (none,) = shortcut.read(of_model(says, (x[200:], y[200:]), train=(x[:200], y[:200])))
    assert none.level == "fact"
    assert none.value < 0.5
    frame = pl.DataFrame({"site": np.array(["a", "b", "c"])[y], "size": x[:, 0]})
    places = lambda frame: np.eye(3)[["abc".index(one) for one in frame["site"].to_list()]]  # noqa: E731
    (text,) = shortcut.read(of_model(places, (frame[200:], y[200:]), train=(frame[:200], y[:200])))
    assert (text.value, text.level) == (1.0, "attention")
    assert "From site alone" in text.sentence


def test_boundary_is_told_in_distances_between_examples():
    test = part(np.full(4, 0.8), np.ones(4), x=np.array([[0.0], [10.0], [0.0], [10.0]]))
    (found,) = white(boundary, **opened(test, distances=np.array([0.1, 0.6, 0.2, 5.0])))
    assert found.value == 0.5  # 5 % of a distance of 10
    with pytest.raises(SkipError, match="whole numbers"):
        white(boundary, **opened(test, distances=None))


def test_features():
    y = np.arange(40) % 2
    known = labelled(np.column_stack([10.0 * y, np.zeros(40)]), y, y)
    unseen = labelled(np.column_stack([10.0 * y + RNG.normal(size=40), np.zeros(40)]), y, y)
    spread, nearest = white(features, **opened(unseen, known, features=lambda x: x))
    assert spread.value == pytest.approx(np.mean([unseen.x[y == one, 0].var() for one in (0, 1)]) / np.var([unseen.x[y == one, 0].mean() for one in (0, 1)]))
    assert nearest.value == 1
    corners, three = np.array([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]]), np.arange(60) % 3
    for points, uneven in ((corners, 0.0), (corners * [1.0, 0.2], None)):
        part3 = labelled(points[three], three, three, classes=3)
        _, found, dual, _ = white(features, **opened(part3, part3, features=lambda x: x, readout=2 * points + 5))
        assert dual.value == pytest.approx(1)  # what is added to all changes no answer
        seen = points / np.linalg.norm(points, axis=1, keepdims=True)
        truth = (seen @ seen.T)[np.triu_indices(3, 1)].std()
        assert found.value == pytest.approx(truth, abs=1e-6) and (uneven is None or found.value < 1e-6)
    with pytest.raises(SkipError, match="end in a linear layer"):
        white(features, **opened(unseen, known, features=lambda x: None))


def test_what_was_learned_and_forgotten():
    learned = np.array([[0, 0, 1, 2], [0, 1, 0, 2], [1, 0, 1, 2], [0, 0, 0, 2]])  # classes at four stages; the labels are 0, 0, 1, 1
    train = labelled(np.zeros((4, 1)), [0, 0, 1, 1], [0, 0, 1, 1])
    (found,) = only(forgetting, part([0.9], [True]), train=train, history=lambda: learned)
    assert found.value == 3 / 4
    assert "most often: 2 (labelled b, 2 times)" in found.sentence
    assert "1 were never right, first 3" in found.sentence
    with pytest.raises(SkipError, match="pass history="):
        only(forgetting, part([0.9], [True]), train=train)
    x, y = RNG.normal(size=(60, 2)), np.arange(60) % 2
    kept = of_model(lambda x: np.eye(2)[(x[:, 0] > 0).astype(int)], (x, y), train=(x, y), limit=20, history=np.stack([y, 1 - y])).history()
    assert (kept[0] != kept[1]).all()
    assert kept.shape == (2, 20)
    boosted = GradientBoostingClassifier(n_estimators=4).fit(x, y)
    np.testing.assert_array_equal(of_model(boosted, (x, y), train=(x, y)).history(), np.array(list(boosted.staged_predict(x))))
    anew = of_model(SGDClassifier(random_state=0).fit(x, y), (x, y), train=(x, y)).history()
    assert anew.shape == (20, 60)
    assert (anew == of_model(SGDClassifier(random_state=0).fit(x, y), (x, y), train=(x, y)).history()).all()
    shape = r"of shape \(stages, 60\), one for each training example, got \(60,\)"
    with pytest.raises(Problem, match=shape):
        of_model(boosted, (x, y), train=(x, y), history=np.zeros(60))
    with pytest.raises(Problem, match="labels of history: expected the"):
        next(forgetting.read(of_model(boosted, (x, y), train=(x, y), history=np.full((2, 60), 7))))


def test_required_inductive_bias():
    def bits(dimension, gap=0.05, n=1000):
        rng = np.random.default_rng(0)
        x = rng.normal(size=(n, dimension))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        x, y = x + gap * np.sign(x[:, :1]), (x[:, 0] > 0).astype(int)
        test = Classifier(name="m", classes=("a", "b"), test=Scored(y, np.eye(2)[y], x=x), train=Scored(y, np.eye(2)[y], x=x))
        return next(iter(inductive_bias.read(test)))

    low, high = bits(3), bits(5)
    assert 0 < low.value < high.value / 10
    assert re.search(r"about (2|2.1|1.9) directions", low.sentence)  # the surface of a ball
    assert "need assume nothing" in bits(3, gap=2.0).sentence
    train = labelled(np.zeros((4, 1)), [0, 0, 1, 1], [0, 0, 1, 1])
    with pytest.raises(SkipError, match="two training examples of different classes have the same inputs"):
        only(inductive_bias, part([0.9], [True]), train=train)
