"""Programs that halt or do not by hand, answerers about them, and the contrary programs of answerers of every kind."""

import numpy as np
import pytest

from unseen._problem import Problem
from unseen.theory.computability.halting_questions import (
    ALONE,
    Answerer,
    World,
    chance_of_error,
    checked,
    contrary,
    guessing,
    halts,
    looking_up,
    random_program,
    run,
    simulating,
    voting,
)

COUNT_TO_THREE = (("add", 0), ("add", 0), ("add", 0), ("take", 0, 5), ("go", 3), ("halt",))
GROWS = (("add", 1), ("go", 0))
CIRCLES = (("add", 0), ("take", 0, 2), ("go", 0))
YES, NO, SILENT = (Answerer(lambda *_, said=said: said) for said in (True, False, None))
KINDS = [YES, NO, SILENT, *(simulating(steps, otherwise) for steps in (1, 8, 40) for otherwise in (True, False, None))]
KINDS += [looking_up({COUNT_TO_THREE: True}, KINDS[4]), checked(KINDS[3], KINDS[7]), voting([YES, KINDS[4], KINDS[7]]), voting([YES, NO])]


def test_steps_are_counted():
    """3 additions, 3 rounds of 2, the last look, the halt: 11."""
    assert [halts(COUNT_TO_THREE, limit) for limit in (10, 11, 12)] == [False, True, True]
    assert run(COUNT_TO_THREE, 10) is None
    assert run(CIRCLES, 4) is False, "the state after three steps is the first one"
    assert run(CIRCLES, 3) is None
    assert run(GROWS, 1000) is None, "no state comes twice"


def test_against_a_plain_interpreter():
    def plain(program, limit):
        place, counters = 0, [0, 0]
        for _ in range(limit):
            kind, *rest = program[place]
            if kind == "halt":
                return True
            empty = kind == "take" and not counters[rest[0]]
            if kind in ("add", "take") and not empty:
                counters[rest[0]] += 1 if kind == "add" else -1
            place = rest[-1] if kind == "go" or empty else place + 1
        return False

    rng = np.random.default_rng(0)
    programs = [random_program(rng) for _ in range(300)]
    truth = [plain(program, 60) for program in programs]
    assert [halts(program, 60) for program in programs] == truth
    assert 0.1 < np.mean(truth) < 0.9
    seen = [run(program, 60) for program in programs]
    assert all(said is None or said == right for said, right in zip(seen, truth, strict=True))
    assert seen.count(False) > 30


@pytest.mark.parametrize("who", range(len(KINDS)))
def test_nobody_is_right_about_the_own_program(who):
    world, limit = World(tuple(KINDS)), 200
    truth, said = halts(contrary(who), limit, world), KINDS[who].decide(contrary(who), limit, world)
    assert said is None or said != truth
    assert truth is (said is not True), "it halts unless it is told so"


def test_who_has_more_time_than_the_question_is_not_caught():
    """The program is still waiting for its answer when the time is up: so it does not halt in time, and that is what is said."""
    slow = World((simulating(200, True),))
    assert halts(contrary(0), 200, slow) is False
    assert slow.answerers[0].decide(contrary(0), 200, slow) is False
    fast = World((simulating(198, True),))
    assert halts(contrary(0), 200, fast) is False
    assert fast.answerers[0].decide(contrary(0), 200, fast) is True


def test_asking_takes_time():
    asks = (("ask", 0, 1, 1, 1), ("halt",))
    world = World((Answerer(lambda *_: True, time=5),))
    assert [halts(asks, limit, world) for limit in (5, 6)] == [False, True]
    ways = (("ask", 0, 1, 3, 4), ("go", 2), ("go", 1), ("halt",), ("add", 0), ("go", 4))
    assert [run(ways, 50, World((one,))) for one in (YES, NO, SILENT)] == [False, True, None], "one way each"
    assert [halts(contrary(1), 50, World((YES, one))) for one in (YES, NO, SILENT)] == [False, True, True]


def test_simulations():
    assert [simulating(11, None).decide(COUNT_TO_THREE, 99, ALONE), simulating(10, None).decide(COUNT_TO_THREE, 99, ALONE)] == [True, None]
    assert [simulating(8, said).decide(GROWS, 99, ALONE) for said in (True, False, None)] == [True, False, None]
    assert simulating(99, True).decide(GROWS, 99, ALONE) is False, "it has seen all the time there is"


def test_answers_put_together():
    assert checked(YES, NO).decide(GROWS, 9, ALONE) is None
    assert checked(NO, NO).decide(GROWS, 9, ALONE) is False
    assert checked(SILENT, SILENT).decide(GROWS, 9, ALONE) is None
    assert voting([YES, YES, NO, SILENT]).decide(GROWS, 9, ALONE) is True
    assert voting([YES, NO]).decide(GROWS, 9, ALONE) is None
    assert [looking_up({GROWS: True}, NO).decide(program, 9, ALONE) for program in (GROWS, CIRCLES)] == [True, False]
    assert [checked(KINDS[3], YES).time, voting(KINDS[3:5]).time, looking_up({}, YES).time] == [3, 4, 2]


@pytest.mark.parametrize(("yes", "no"), [(0.5, 0.5), (0.7, 0.1), (0.0, 0.3), (0.2, 0.0)])
def test_errors_by_chance(yes, no):
    world = World((guessing(yes, no),), np.random.default_rng(1))
    pairs = [(halts(contrary(0), 50, world), world.answerers[0].decide(contrary(0), 50, world)) for _ in range(4000)]
    shares = [np.mean([said not in (truth, None) for truth, said in pairs]), np.mean([said is None for _, said in pairs])]
    assert shares == pytest.approx(chance_of_error(yes, no), abs=0.03)


def test_wrong_arguments():
    with pytest.raises(Problem, match="program: expected instructions add"):
        halts((("jump", 3),), 9)
    with pytest.raises(Problem, match="program: expected to stay within its 1 instructions"):
        halts((("add", 0),), 9)
    with pytest.raises(Problem, match=r"world.rng: expected a generator"):
        guessing(0.5, 0.5).decide(GROWS, 9, ALONE)


def test_chances_that_add_up_to_one_but_for_rounding_are_taken():
    guessing(0.9, 0.1)  # 1 - 0.9 is below 0.1
    with pytest.raises(Problem, match="yes, no"):
        guessing(0.9, 0.2)
