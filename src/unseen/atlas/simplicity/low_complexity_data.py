"""Neural Networks Generalize on Low Complexity Data.

Chatterjee & Sudijono 2024 (arXiv 2409.12446, Annals of Statistics 2026).

Claim: of the networks that fit n labelled numbers from 1 to N, that of the shortest description errs on a new one with a probability of O(ln N / n) where a
short program gave the labels, as with primes; networks of short descriptions run such programs, and nobody has to tell which.
Measured: for primes, even numbers, multiples of 3 and squares from 2 to 100 (2 and 3 counting as no multiples), labels of n numbers drawn with replacement;
the error, on all numbers, of the shortest program of at most 8 symbols that agrees with them, against Occam's bound at δ = 0.05 with its own length; and
whether the compiled network of the program found from 320 numbers is right on 2 to 16.
Departs from the paper: the shortest description is sought among programs of a language of our own, each of which compiles to a ReLU network
(`unseen.theory.neural_programs`), not among all networks; lengths are those of programs, which do not know N, where the paper writes down networks, at a
cost of ln N for numbers that grow with it: so only the dependence on n is tested, not that on N. The paper's language and constant were not seen; noisy
labels were not tried. Numbers start at 2. Read as abstract and the start of the introduction.
Would be refuted by: errors above the bound more often than δ, from 40 or 320 numbers, or a bound that is never below the error of saying the commoner answer
always; programs found from 40 numbers with an error of 0.02 or more; a network that answers otherwise than its program.
Control: the labels are shuffled, so that no short program gives them; where none agrees, the commoner answer is given, and the bound is infinite.
Tried: seeds 100 to 139: primes have a mean error of 0.11 from 5 numbers, 0.03 from 10, and none from 20; squares 0.07, 0.03, 0.01, and none from 40.
Programs of at most 8 symbols decide only 54 sets of numbers, which is why so few suffice. That the longest program that agrees be worse by 0.02 from 20
numbers, which stood in the design before, it was not (by 0 to 0.017): most that agree are the right one by then.
"""

import numpy as np

from unseen.bounds.compression import occam
from unseen.claim import Certificate, Claim, Computation, Contrast, Lab
from unseen.theory.arithmetic_programs import PRIME, Program, bits, decides, shortest
from unseen.theory.neural_programs import compiled, run

DELTA, COUNTS, SMALL = 0.05, (40, 320), np.arange(2, 17)
TARGETS: dict[str, Program] = {
    "primes": PRIME,
    "even": ("any", ("=", "x", ("+", "i", "i"))),
    "multiples of 3": ("any", ("=", "x", ("+", "i", ("+", "i", "i")))),
    "squares": ("any", ("=", "x", ("*", "i", "i"))),
}


def learned(_: Lab, shuffled: bool, limit: int, largest: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """For each set: error and bound [seeds, counts] of the shortest program that agrees, what its network gets right [seeds], share of the rarer label."""
    table = shortest(limit, largest)
    decided = np.array([numbers for _, numbers in table])
    found = {}
    for name, program in TARGETS.items():
        error, bound, right = np.empty((len(seeds), len(COUNTS))), np.full((len(seeds), len(COUNTS)), np.inf), np.zeros(len(seeds))
        for s, seed in enumerate(seeds):
            rng = np.random.default_rng(seed)
            truth = rng.permutation(decides(program, largest)) if shuffled else decides(program, largest)
            for c, count in enumerate(COUNTS):
                seen = rng.integers(len(truth), size=count)
                agree = np.flatnonzero((decided[:, seen] == truth[seen]).all(axis=1))
                if not len(agree):
                    error[s, c] = np.mean(truth != (truth[seen].mean() > 0.5))
                    continue
                chosen, answers = table[agree[0]]
                error[s, c], bound[s, c] = np.mean(answers != truth), occam(0.0, bits(chosen), count, DELTA).value
                right[s] = np.mean(run(compiled(chosen, int(SMALL[-1])), SMALL) == truth[SMALL - 2]) if count == COUNTS[-1] else 0.0
        found |= {name: error, f"{name}, bound": bound, f"{name}, network": right, f"{name}, rarer": min(truth.mean(), 1 - truth.mean())}
    return found


def evidence(result: dict) -> dict[str, Certificate | Contrast]:
    """The bound, what is found from few numbers, and the network."""
    found: dict[str, Certificate | Contrast] = {}
    for name in TARGETS:
        error, bound, rarer = result[name], result[f"{name}, bound"], float(result[f"{name}, rarer"])
        zeros = np.zeros(len(error))
        found |= {
            f"{name}: bound from 320": Certificate(bound[:, 1], error[:, 1], delta=DELTA, vacuous=rarer),
            f"{name}: bound from 40": Certificate(bound[:, 0], error[:, 0], delta=DELTA),
            f"{name}: found from 40": Contrast(zeros, error[:, 0], minimal=-0.02),
            f"{name}: the network is right": Contrast(result[f"{name}, network"], zeros + 1, minimal=-0.01),
        }
    return found


claim = Claim(
    study=Computation(learned, shuffled=False, limit=8, largest=100, seeds=tuple(range(100))),
    evidence=evidence,
    control={"shuffled": True},
    full={"limit": 9, "largest": 200, "seeds": tuple(range(400))},
    scale="proxy: the shortest program for the network of shortest description",
)
