"""MemGEN: Memory is All You Need.

Gelly, Kurach, Michalski & Zhai 2018 (arXiv 1803.11203), a satire.

Claim: a generator that stores its training examples and replays them makes samples that no statistical test or metric tells from training examples.
Measured: digits, 599 to train, 599 held out; 300 replayed ones, and as many new ones, against the training examples by the energy test and the Fréchet
distance of pixels, and by two that notice copies: Mann & Whitney's z of distances to the nearest training example against held-out digits (Meehan et al.
2020), and the share of those distances that is 0.
Departs from the paper: read as abstract and summaries; its images, text and decimals of π were not seen. Taken at its word ("any test") the claim is false,
as the last two show, and as would a test for examples that occur twice. What is checked is what the joke is about: tests against the training
examples are passed, better than new digits pass them, and only those that hold examples out, or look for copies, see what happened.
Would be refuted by: an energy test that rejects replayed digits at 5 % more often than that, a Fréchet distance above that of new digits, or a z near 0.
Control: the generator hands out new digits.
Tried (seeds 100 to 139): this design: no p below 0.05, a Fréchet distance of 0.10 (new digits: 0.15), z = -24.5, all of them copies. New digits, on seeds 200
to 499: z of mean -0.05 and standard deviation 0.97, the energy test rejects 5.7 % of the time.
"""

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.datasets import load_digits

from unseen.claim import Certificate, Claim, Computation, Contrast, Lab
from unseen.measures.sample_comparison import copying_score, energy_test, frechet_distance

LEVEL = 0.05


def measured(_: Lab, replay: bool, permutations: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """For each split: the energy test's p, Fréchet distances of generated and new digits, z, and the share of copies."""
    x = load_digits(return_X_y=True)[0] / 16
    third = len(x) // 3
    found: dict[str, list[float]] = {"p": [], "generated": [], "new": [], "z": [], "copies": []}
    for seed in seeds:
        rng = np.random.default_rng(seed)
        train, held_out, new, other = np.split(x[rng.permutation(len(x))], [third, 2 * third, 2 * third + third // 2])
        generated = train[rng.integers(third, size=len(other))] if replay else other
        found["p"].append(energy_test(generated, train, rng, permutations)[1])
        found["generated"].append(frechet_distance(generated, train))
        found["new"].append(frechet_distance(new, train))
        found["z"].append(copying_score(generated, train, held_out))
        found["copies"].append(float(np.mean(cdist(generated, train).min(axis=1) == 0)))
    return {name: np.array(values) for name, values in found.items()}


def evidence(result: dict) -> dict[str, Certificate | Contrast]:
    """Passes the tests against training examples, better than new digits do, and is caught by the two that notice copies."""
    none = np.zeros(len(result["z"]))
    return {
        "Fréchet distance to training examples: below that of new digits": Contrast(result["new"], result["generated"], minimal=0.0, paired=True),
        "energy test against them: not told": Certificate(result["p"], none + LEVEL, delta=LEVEL, require_nonvacuous=False),
        "distances to them: nearer than held-out digits": Contrast(none, result["z"], minimal=5.0),
        "copies": Contrast(result["copies"], none, minimal=0.9),
    }


claim = Claim(
    study=Computation(measured, replay=True, permutations=200, seeds=tuple(range(40))),
    evidence=evidence,
    control={"replay": False},
    full={"permutations": 2000, "seeds": tuple(range(100))},
)
