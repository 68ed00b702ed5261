"""Programs that ask whoever is to judge them whether they halt, and do the opposite: on its own one every answerer errs or abstains."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from unseen._problem import Problem, number, whole

Instruction = tuple[Any, ...]
Program = tuple[Instruction, ...]
"""A machine with two counters, from 0 on: ("add", counter) · ("take", counter, where to go if it is 0) · ("go", where) · ("halt",) ·
("ask", answerer, where to go on yes, on no, on no answer), which asks the answerer of that number whether this very program halts in time."""

COUNTERS = 2


class Answerer(NamedTuple):
    """Says whether a program halts within a limit.

    Attributes:
        decide: `decide(program, limit, world)`: True, False, or None, which is no answer. Asks no answerer that takes as long as itself.
        time: how many steps that takes, of those that the machine makes.
    """

    decide: Callable[[Program, int, "World"], bool | None]
    time: int = 1


class World(NamedTuple):
    """What programs run in: the answerers that they can ask, by number, and the chance that an answerer may use."""

    answerers: tuple[Answerer, ...] = ()
    rng: np.random.Generator | None = None


ALONE = World()
"""No one to ask."""


def halts(program: Program, limit: int, world: World = ALONE) -> bool:
    """Whether the program halts within `limit` steps: decidable, as all of them are made. Asking takes as many as the answerer does.

    Raises:
        Problem: an instruction that is none, or a place where there is none.

    >>> halts((("add", 0), ("take", 0, 3), ("go", 1), ("halt",)), 5), halts((("go", 0),), 1000)
    (True, False)
    """
    whole(limit=limit)
    return run(program, limit, world) is True


def run(program: Program, limit: int, world: World = ALONE) -> bool | None:
    """True: halts within `limit` steps; False: never halts, as a state came twice with nothing asked in between; None: is still running.

    >>> run((("go", 0),), 9), run((("add", 0), ("go", 0)), 9)
    (False, None)
    """
    whole(limit=limit)
    place, counters, left, seen = 0, [0] * COUNTERS, limit, set()
    while left > 0:
        if not 0 <= place < len(program):
            raise Problem(f"program: expected to stay within its {len(program)} instructions, got to place {place}. End it with ('halt',).")
        state = (place, *counters)
        if state in seen:
            return False
        seen.add(state)
        match program[place]:
            case ("halt",):
                return True
            case ("add", counter):
                counters[counter], place = counters[counter] + 1, place + 1
            case ("take", counter, otherwise):
                place = place + 1 if counters[counter] else otherwise
                counters[counter] = max(counters[counter] - 1, 0)
            case ("go", place):
                pass
            case ("ask", who, *ways):
                left += 1 - world.answerers[who].time
                if left > 0:
                    answer = world.answerers[who].decide(program, limit, world)
                    place, seen = ways[2] if answer is None else ways[0] if answer else ways[1], set()
            case other:
                raise Problem(f"program: expected instructions add, take, go, halt or ask, got {other!r}.")
        left -= 1
    return None


def contrary(who: int) -> Program:
    """Asks answerer `who` about itself; told that it halts, it goes round for ever, and else, told nothing too, it halts.

    Where the answer comes in time for the limit, yes and no are both wrong. Turing's argument, which Banerjee, Agarwal & Singla (2024) put to language models.

    >>> yes = World((Answerer(lambda *_: True),))
    >>> halts(contrary(0), 100, yes), halts(contrary(0), 100, World((Answerer(lambda *_: False),)))
    (False, True)
    """
    whole(0, who=who)
    return ("ask", who, 1, 2, 2), ("go", 1), ("halt",)


def random_program(rng: np.random.Generator, size: int = 6) -> Program:
    """`size` uniform instructions that ask nothing, and a halt.

    >>> len(random_program(np.random.default_rng(0)))
    7
    """
    whole(0, size=size)
    made: list[Instruction] = []
    for _ in range(size):
        counter, where = int(rng.integers(COUNTERS)), int(rng.integers(size + 1))
        made.append([("add", counter), ("take", counter, where), ("go", where)][rng.integers(3)])
    return (*made, ("halt",))


def simulating(steps: int, otherwise: bool | None) -> Answerer:
    """Runs the program for up to `steps` steps and says what it sees, or `otherwise` if that was not enough; takes one step more than that.

    >>> simulating(9, None).decide((("halt",),), 100, ALONE), simulating(9, None).decide((("add", 0), ("go", 0)), 100, ALONE)
    (True, None)
    """
    whole(0, steps=steps)

    def decide(program: Program, limit: int, world: World) -> bool | None:
        seen = run(program, min(steps, limit), world)
        return False if seen is None and steps >= limit else otherwise if seen is None else seen

    return Answerer(decide, steps + 1)


def guessing(yes: float, no: float) -> Answerer:
    """Says yes or no with these probabilities, whatever the program, and else nothing.

    >>> halts(contrary(0), 100, World((guessing(0, 1),), np.random.default_rng(0)))
    True
    """
    number(yes=yes, no=no)
    if not (yes >= 0 and no >= 0 and yes + no <= 1 + 1e-9):
        raise Problem(f"yes, no: expected probabilities whose sum is at most 1, got {yes!r} and {no!r}.")

    def decide(_program: Program, _limit: int, world: World) -> bool | None:
        if world.rng is None:
            raise Problem("world.rng: expected a generator, as an answerer draws its answers, got None. Write World(answerers, np.random.default_rng(0)).")
        drawn = world.rng.random()
        return True if drawn < yes else False if drawn < yes + no else None

    return Answerer(decide)


def looking_up(known: dict[Program, bool], otherwise: Answerer) -> Answerer:
    """Says what it was told of a program, and of others what `otherwise` says: data, retrieval, or a patch after an error."""
    return Answerer(lambda program, limit, world: known[program] if program in known else otherwise.decide(program, limit, world), otherwise.time + 1)


def checked(first: Answerer, checker: Answerer) -> Answerer:
    """An answer that a second answerer also gives; else none: a fact-checker."""

    def decide(program: Program, limit: int, world: World) -> bool | None:
        answer = first.decide(program, limit, world)
        return answer if answer is not None and checker.decide(program, limit, world) == answer else None

    return Answerer(decide, first.time + checker.time)


def voting(answerers: Sequence[Answerer]) -> Answerer:
    """What more of them say than its opposite; nothing where they are even."""

    def decide(program: Program, limit: int, world: World) -> bool | None:
        said = [one.decide(program, limit, world) for one in answerers]
        more = said.count(True) - said.count(False)
        return None if more == 0 else more > 0

    return Answerer(decide, sum(one.time for one in answerers))


def chance_of_error(yes: float, no: float) -> tuple[float, float]:
    """(error, no answer) for the `contrary` program of an answerer by chance that draws anew each time it is asked: yes² + no (1 - yes), and 1 - yes - no.

    Of what it was asked inside, it knows nothing: a yes is wrong if it was yes there too, a no if it was not. Zero for none but who never answers.

    Raises:
        Problem: numbers out of range, or shapes that do not fit.

    >>> chance_of_error(0.5, 0.5), chance_of_error(0.1, 0.0)
    ((0.5, 0.0), (0.010000000000000002, 0.9))
    """
    number(yes=yes, no=no)
    if not (yes >= 0 and no >= 0 and yes + no <= 1 + 1e-12):
        raise Problem(f"yes, no: expected probabilities of at least 0 whose sum is at most 1, got {yes!r} and {no!r}.")
    return yes**2 + no * (1 - yes), 1 - yes - no
