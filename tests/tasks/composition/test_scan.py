"""SCAN against its grammar and meaning in the recursive form of the paper, and against numbers and lines of the authors' files."""

from collections import Counter
from functools import cache

import jax
import numpy as np
import pytest

from unseen._types import Problem
from unseen.tasks.composition.scan import ACTIONS, SCAN, WORDS, language

GRAMMAR = {
    "C": ("S and S", "S after S", "S"),
    "S": ("V twice", "V thrice", "V"),
    "V": ("D[1] opposite D[2]", "D[1] around D[2]", "D", "U"),
    "D": ("U left", "U right", "turn left", "turn right"),
    "U": ("walk", "look", "run", "jump"),
}
FILES = {  # lines of the authors' files, the repeated primitive and what is in neither file included
    "length": (16_990, 3_920),
    "jump": (14_670, 7_706),
    "turn left": (21_890, 1_208),
    "jump around right": (18_528, 1_173),
    "around right": (15_225, 4_476),
    "right": (15_225, 4_476),
}


def sentences(symbol):
    """Everything that a symbol of the grammar derives."""
    if symbol == "V":
        ahead = [d.split() for d in sentences("D")]
        return [f"{u} {how} {side}" for u, side in ahead for how in ("opposite", "around")] + sentences("D") + sentences("U")
    found = []
    for rule in GRAMMAR[symbol]:
        partial = [""]
        for word in rule.split():
            partial = [f"{a} {b}".strip() for a in partial for b in (sentences(word) if word in GRAMMAR else [word])]
        found += partial
    return found


def meaning(command):
    """The interpretation function, by recursion on the words."""
    for joint, order in (("and", (0, 1)), ("after", (1, 0))):
        parts = command.split(f" {joint} ")
        if len(parts) == 2:
            return meaning(parts[order[0]]) + meaning(parts[order[1]])
    words = command.split()
    if words[-1] in ("twice", "thrice"):
        return meaning(" ".join(words[:-1])) * (2 if words[-1] == "twice" else 3)
    if words[-1] in ("left", "right"):
        turn, act = [f"{words[-1][0].upper()}TURN"], [] if words[0] == "turn" else meaning(words[0])
        return {2: turn + act, 3: turn + turn + act if words[1] == "opposite" else (turn + act) * 4}[len(words)]
    return [command.upper()]


def test_the_language_is_that_of_the_grammar():
    every = sentences("C")
    assert len(every) == len(set(every)) == 20_910
    assert set(every) == set(language())


def test_the_actions_are_those_of_the_recursive_meaning():
    assert all(list(acts) == meaning(command) for command, acts in language().items())


@pytest.mark.parametrize(
    ("command", "acts"),
    [  # from the authors' README
        ("jump around right", "RTURN JUMP RTURN JUMP RTURN JUMP RTURN JUMP"),
        ("turn left twice", "LTURN LTURN"),
        ("jump opposite left and walk thrice", "LTURN LTURN JUMP WALK WALK WALK"),
        ("jump opposite left after walk around left", "LTURN WALK LTURN WALK LTURN WALK LTURN WALK LTURN LTURN JUMP"),
    ],
)
def test_published_examples(command, acts):
    assert " ".join(language()[command]) == acts


@cache
def kinds(split):
    """Of every command what the split makes of it."""
    return SCAN(split).kinds()


@pytest.mark.parametrize("split", FILES)
def test_as_many_commands_as_in_the_authors_files(split):
    count = Counter(kinds(split).values())
    train = count["trained"]
    assert (round(train * 10 / 9) if count["alone"] else train, count["held out"]) == FILES[split]
    assert count["alone"] == (split in ("jump", "turn left"))


def test_what_is_held_out():
    def held(split):
        return {command for command, kind in kinds(split).items() if kind == "held out"}

    names = set(language())
    assert held("length") == {name for name in names if len(meaning(name)) > 22}
    assert held("jump") == {name for name in names if "jump" in name.split()} - {"jump"}
    assert held("turn left") == {name for name in names if "turn left" in name} - {"turn left"}
    assert held("around right") == {name for name in names if "around right" in name and "turn around right" not in name}
    assert {name for name in held("right") if len(name.split()) == 2} == {"walk right", "look right", "run right", "jump right"}


def test_the_primitive_is_a_tenth_of_the_training_set_and_shown_commands_are_trained():
    task = SCAN("jump", tested=0.5, shown=100, without=("around", "thrice"))
    splits = jax.jit(lambda key: task.splits(key))(jax.random.key(0))
    found = {name: [task.spelled(x).split(" ? ")[0] for x in np.asarray(part.x)] for name, part in splits.items()}
    assert set(task.unseen) == set(found) - {"train"} == {"test", "recombined"}
    jumps = [command for command in found["train"] if "jump" in command.split()]
    assert jumps.count("jump") / len(found["train"]) == pytest.approx(0.1, abs=1e-3)
    composed = set(jumps) - {"jump"}
    assert len(composed) == 100
    assert composed | set(found["recombined"]) == {command for command, kind in task.kinds().items() if kind == "held out"}
    assert not composed & set(found["recombined"])
    assert not set(found["train"]) & set(found["test"])


def test_longer_commands_are_a_split_of_their_own():
    task = SCAN("length", longest=6, tested=0.25, without=("around", "thrice"))
    kinds = Counter((kind, len(meaning(command)) > 6) for command, kind in task.kinds().items())
    assert kinds == {("trained", False): 2728, ("held out", True): 1928}
    sizes = {name: len(part) for name, part in jax.eval_shape(task.splits, jax.random.key(0)).items()}
    assert sizes == {"train": 2046, "test": 682, "longer": 1928}
    assert set(task.unseen) == {"test", "longer"}


def test_inputs_and_answers():
    task = SCAN("simple", without=("around", "thrice"))
    assert len(task.commands()) == 4656
    assert not any({"around", "thrice"} & set(command.split()) for command in task.commands())
    x, y, length = task.load()
    assert x.shape[1] == task.inputs.length == 22
    for k, (command, acts) in list(enumerate(task.commands().items()))[::97]:
        words = len(command.split())
        assert task.spelled(x[k]) == " ".join([command, "?", *acts])
        assert (y[k] >= 0).sum() == length[k] + 1 == len(acts) + 1
        assert np.array_equal(y[k, words : words + len(acts)], x[k, words + 1 : words + 1 + len(acts)] - len(WORDS))
        assert y[k, words + len(acts)] == len(ACTIONS)


def test_errors():
    with pytest.raises(Problem, match="split: expected one of 'simple'"):
        SCAN("hop")
    with pytest.raises(Problem, match="without: expected a tuple of words"):
        SCAN(without=("hop",))
    small = ("look", "around", "thrice")
    for task in (SCAN("jump", without=("jump", *small)), SCAN("length", longest=12, without=small), SCAN("turn left", shown=5000, without=small)):
        with pytest.raises(Problem, match="expected commands to train"):
            jax.eval_shape(task.splits, jax.random.key(0))
