"""Black holes and the loss landscape in machine learning.

Kumar, Mandal & Mondal 2023 (arXiv 2306.14817, JHEP).

Claim: potentials of branes, whose minima are the microstates of a black hole, are landscapes whose number of minima is known exactly from dualities of
string theory; gradient descent finds a significant fraction of the minima, and some are connected by paths of low loss.
Measured: for three D2-branes and one D6-brane: minima that Gauss-Newton finds on the equations of the potential from 300 random starts, against the coefficient
of a modular form; the share of them at which 96 runs of gradient descent with momentum end (potential below 1e-6, then Newton's method to tell which); the
largest potential between two minima, along the straight line over that along a broken line of ten pieces of least mean potential, for the three pairs with
the lowest such lines.
Departs from the paper: descent is on one gauge and the couplings of the authors' code, in which stochastic gradient descent has no noise either, with its
rule for the rate but 200 of its 500 cycles and one range of starts; paths are those of Garipov et al. (2018), with corners. What fraction is significant and
what loss is low is not known to us: here half of the minima, and a tenth. Charges above 1 only in the full budget. The number of runs that it takes to find
all is not tested. Read as abstract, the authors' code (potential, gauge, couplings, rule for the rate) and abstracts on the counts.
Would be refuted by: other numbers of minima, less than half of them found, or three best paths that are not all ten times lower than straight lines.
Rival: the coefficients beside them, 8 and 39 in place of 12 and 56.
Control: one sign in one equation, so that they are not derivatives of one function.
Tried (seeds 101 to 111): Newton's method found 12 minima from 300 and from 1000 starts, for charge 2 51 and 53 from 1000 and 56 from 3000, on two seeds
each. Descent found 8 of 12 in 96 runs, each time (11 in 512, by the end alone); counted below 1e-12 only 6, as some minima lie in flat valleys, whence 1e-6
and the Newton steps. Lowest paths 0.002 to 0.006 in 6 of 66 pairs, where straight lines have 0.1 and more; half of all pairs above 1. Thresholds were set
after that. This design (seeds 109 to 111): 12 minima, 8 found by descent, and of the three lowest paths each at least 20, 46 and 80 times below its line.
"""

import jax
import jax.numpy as jnp
import numpy as np
import optax

from unseen.claim import Agreement, Claim, Computation, Contrast, Lab
from unseen.theory.black_hole_microstates import all_minima, descend, distinct, microstates, newton, potential

RIVAL = {1: 8, 2: 39}  # the coefficients of y q^charge, in the place of those of y^0
PATHS = 3  # pairs of minima that have to be joined by a low path


def barriers(minima: np.ndarray, steps: int, key: jax.Array) -> np.ndarray:
    """Largest potential between each two minima [pairs, 2], along the straight line and along a broken line of ten pieces of least mean potential."""
    with jax.enable_x64(True):
        ends = jnp.stack([jnp.asarray(np.real(minima)), jnp.asarray(np.imag(minima))], axis=1)
        first, last = (ends[index] for index in np.triu_indices(len(ends), 1))
        height = jax.vmap(jax.vmap(lambda real: potential(real, 1)))
        straight = first[:, None] + (last - first)[:, None] * jnp.linspace(0, 1, 11)[:, None, None]

        def along(corners: jax.Array, where: jax.Array) -> jax.Array:
            corners = jnp.concatenate([first[:, None], corners, last[:, None]], axis=1)
            piece = jnp.clip(jnp.floor(where * 10).astype(int), 0, 9)
            part = (where * 10 - piece)[:, None, None]
            return height(corners[:, piece] * (1 - part) + corners[:, piece + 1] * part)

        update = optax.adam(1e-2)

        def step(state: tuple, key: jax.Array) -> tuple[tuple, None]:
            corners, inner = state
            slope = jax.grad(lambda corners: along(corners, jax.random.uniform(key, (20,), jnp.float64)).mean(axis=1).sum())(corners)
            move, inner = update.update(slope, inner)
            return (corners + move, inner), None

        corners = straight[:, 1:-1]
        (bent, _), _ = jax.jit(lambda state, keys: jax.lax.scan(step, state, keys))((corners, update.init(corners)), jax.random.split(key, steps))
        fine = jnp.linspace(0, 1, 201)
        return np.stack([along(one, fine).max(axis=1) for one in (corners, bent)], axis=1)


def landscapes(_: Lab, sign: float, charges: tuple[int, ...], starts: tuple[int, ...], runs: int, steps: int, seeds: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Numbers of minima [seeds, charges]; for charge 1 the number that descent finds [seeds] and how many times lower the best `PATHS` paths are [seeds]."""
    found: dict[str, list] = {"charges": [charges], "minima": [], "descent": [], "lower": []}
    for seed in seeds:
        rng, key = np.random.default_rng(seed), jax.random.key(seed)
        each = [all_minima(rng, n, charge, sign=sign) for charge, n in zip(charges, starts, strict=True)]
        found["minima"].append([len(minima) for minima in each])
        ended, height = descend(key, runs, 1, sign=sign)
        polished, right = newton(ended[height < 1e-6], 1, steps=20, sign=sign)
        found["descent"].append(len(np.unique(distinct(polished[right]))))
        straight, bent = barriers(each[0], steps, jax.random.fold_in(key, 1)).T if len(each[0]) > 1 else np.ones((2, PATHS))
        found["lower"].append((straight / bent)[np.argsort(bent)[:PATHS]].min())
    return {name: np.array(values, float) for name, values in found.items()}


def evidence(result: dict[str, np.ndarray]) -> dict[str, Agreement | Contrast]:
    """As many minima as counted, most of them found by descent, some of them joined by paths far below the straight line."""
    charges = result["charges"][0].astype(int).tolist()
    expected, ones = [microstates(charge) for charge in charges], np.ones(len(result["minima"]))
    return {
        "minima": Agreement(result["minima"], expected, rival=[RIVAL[charge] for charge in charges], tolerance=0.5),
        "descent finds a good part of them": Contrast(result["descent"] / microstates(1), 0 * ones, 0.5, paired=True),
        "some are joined by low paths": Contrast(result["lower"], ones, 10.0, "ratio", paired=True),
    }


claim = Claim(
    study=Computation(landscapes, sign=1.0, charges=(1,), starts=(300,), runs=96, steps=400, seeds=tuple(range(3))),
    evidence=evidence,
    control={"sign": -1.0},
    full={"charges": (1, 2), "starts": (300, 10_000), "runs": 1000, "steps": 3000, "seeds": tuple(range(10))},
)
