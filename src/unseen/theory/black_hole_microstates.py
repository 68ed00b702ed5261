"""Potentials of intersecting branes, whose minima are microstates of a black hole and are counted by string theory."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Complex, Float, Int, PRNGKeyArray

from unseen._problem import Problem, number, whole

COUPLINGS = {"12": 2 / 3, "13": 3 / 5, "14": 5 / 7, "23": 7 / 11, "24": 11 / 13, "34": 13 / 17}


def microstates(charge: int) -> int:
    """Minima of the potential of three D2-branes and `charge` D6-branes: 12, 56, 208, 684 …

    The coefficient of q^charge in 2 Σ_k q^(k (k + 1)) / Π_n (1 - q^n)^6, k from 0, which is minus that of q^charge y^0 in θ1(y; q)² / η(q)^6, the index of
    1/8-BPS black holes of N = 8 string theory, known from dualities (Shih, Strominger & Yin 2006).

    Args:
        charge: at least 1.

    Raises:
        Problem: a charge below 1.

    >>> [microstates(charge) for charge in (1, 2, 3, 4)]
    [12, 56, 208, 684]
    """
    whole(charge=charge)
    if charge < 1:
        raise Problem(f"charge: expected a whole number of at least 1, got {charge!r}.")
    series = [2 * any(k * (k + 1) == n for k in range(n + 1)) for n in range(charge + 1)]
    for n in range(1, charge + 1):
        for row in [row for _ in range(6) for row in range(n, charge + 1)]:  # divided by 1 - q^n six times
            series[row] += series[row - n]
    return series[charge]


def fields(charge: int) -> dict[str, tuple[int, int]]:
    """Shapes of the fields that remain once the gauge is fixed: 15 numbers for charge 1, 27 for 2.

    >>> [sum(rows * columns for rows, columns in fields(charge).values()) for charge in (1, 2)]
    [15, 27]
    """
    whole(1, charge=charge)
    stacks = (1, 1, 1, charge)
    free = {f"z{i}{j}": (stacks[int(i) - 1], stacks[int(j) - 1]) for i, j in ("13", "14", "21", "24", "31", "32", "41", "42", "43")}
    return free | {"phi1": (1, charge), "phi2": (charge, charge), "phi3": (charge, charge), "phi12": (1, 1), "phi23": (1, 1), "phi31": (1, 1)}


def equations(values: Complex[Array, " n"], charge: int, sign: float = 1.0) -> Complex[Array, " m"]:
    """What vanishes at a minimum: derivatives of the superpotential by every field, as polynomials of degree 2.

    Three stacks of one D2-brane and one of `charge` D6-branes: z_ij are strings from stack i to stack j, phi what moves stacks. The gauge is fixed by
    z12 = z23 = 1, z34 = (0, …, 0, 1) and the rows of phi1 but the last: ones from the diagonal that rises from the lower left on, 0 before it.

    Args:
        values: all `fields` in their order, flat.
        charge: of the D6-branes.
        sign: of one term in one equation; with -1 they are no longer derivatives of one function.

    Source: Chowdhury, Garavuso, Mondal & Sen 2014 (arXiv 1405.0412); signs and gauge as in the code of Kumar, Mandal & Mondal 2023.
    """
    found, at = {}, 0
    for name, shape in fields(charge).items():
        found[name] = values[at : at + shape[0] * shape[1]].reshape(shape)
        at += shape[0] * shape[1]
    one, eye = jnp.ones((1, 1), values.dtype), jnp.eye(charge, dtype=values.dtype)
    z = {name[1:]: value for name, value in found.items() if name[0] == "z"} | {"12": one, "23": one, "34": eye[-1:]}
    above = np.add.outer(np.arange(charge - 1), np.arange(charge)) >= charge - 1
    phi1 = jnp.concatenate([jnp.asarray(above, values.dtype), found["phi1"]])
    phi2, phi3, c = found["phi2"], found["phi3"], COUPLINGS
    zero = [
        z["12"] @ z["21"] + c["12"],
        z["23"] @ z["32"] + c["23"],
        z["31"] @ z["13"] + c["13"],
        z["41"] @ z["14"] + c["14"] * eye + phi2 @ phi3 - phi3 @ phi2,
        z["42"] @ z["24"] + c["24"] * eye + phi3 @ phi1 - phi1 @ phi3,
        z["43"] @ z["34"] + c["34"] * eye + phi1 @ phi2 - phi2 @ phi1,
        z["21"] @ found["phi12"] + z["23"] @ z["31"] + z["24"] @ z["41"],
        z["12"] @ found["phi12"] + z["13"] @ z["32"] + z["14"] @ z["42"],
        z["31"] @ found["phi31"] + z["32"] @ z["21"] - sign * z["34"] @ z["41"],
        z["13"] @ found["phi31"] + z["12"] @ z["23"] + z["14"] @ z["43"],
        z["32"] @ found["phi23"] + z["31"] @ z["12"] + z["34"] @ z["42"],
        z["23"] @ found["phi23"] + z["21"] @ z["13"] + z["24"] @ z["43"],
        z["12"] @ z["24"] - z["13"] @ z["34"] - z["14"] @ phi1,
        z["21"] @ z["14"] + z["23"] @ z["34"] - z["24"] @ phi2,
        z["31"] @ z["14"] + z["32"] @ z["24"] - z["34"] @ phi3,
        z["42"] @ z["21"] + z["43"] @ z["31"] - phi1 @ z["41"],
        z["43"] @ z["32"] + z["41"] @ z["12"] - phi2 @ z["42"],
        z["42"] @ z["23"] - z["41"] @ z["13"] - phi3 @ z["43"],
    ]
    return jnp.concatenate([part.ravel() for part in zero])


def potential(real: Float[Array, "2 n"], charge: int, sign: float = 1.0) -> Float[Array, ""]:
    """The sum of squared sizes of `equations`, at least 0, and 0 at the minima; of the real and the imaginary parts of the fields."""
    return jnp.sum(jnp.abs(equations(real[0] + 1j * real[1], charge, sign)) ** 2)


@partial(jax.jit, static_argnums=1)
def _down(start: Float[Array, "starts 2 n"], charge: int, cycles: int, sign: float) -> tuple[Array, Array]:
    slope, height = (jax.vmap(one) for one in (jax.grad(lambda real: potential(real, charge, sign)), lambda real: potential(real, charge, sign)))

    def step(_: int, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        place, speed, rate = state
        speed = 0.99 * speed - rate[:, None, None] * slope(place)
        return place + speed, speed, rate

    def cycle(_: int, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        place, now, rate = state
        place, _, _ = jax.lax.fori_loop(0, 100, step, (place, jnp.zeros_like(place), rate))
        new = height(place)
        return place, new, jnp.where(new < now, jnp.minimum(1.1 * rate, 0.01), rate / 1.1)

    now = height(start)
    place, now, _ = jax.lax.fori_loop(0, cycles, cycle, (start, now, 1 / now))
    return place, now


def descend(
    key: PRNGKeyArray, starts: int, charge: int, *, reach: float = 2.0, cycles: int = 200, sign: float = 1.0
) -> tuple[Complex[np.ndarray, "starts n"], Float[np.ndarray, " starts"]]:
    """Gradient descent with momentum 0.99 on the potential, from real and imaginary parts uniform on ±reach; (fields, potential) at its end.

    In cycles of 100 steps, each from rest. The rate of a run begins at the inverse of its potential, grows by 1.1 after a cycle that brought it down, to
    at most 0.01, and else falls by 1.1. In double precision.
    """
    whole(1, starts=starts, cycles=cycles)
    number(reach=reach, sign=sign)
    size = sum(rows * columns for rows, columns in fields(charge).values())
    with jax.enable_x64(True):
        place, height = _down(jax.random.uniform(key, (starts, 2, size), jnp.float64, -reach, reach), charge, cycles, sign)
        return np.asarray(place[:, 0] + 1j * place[:, 1]), np.asarray(height)


@partial(jax.jit, static_argnums=1)
def _linearized(values: Complex[Array, "starts n"], charge: int, sign: float) -> tuple[Array, Array]:
    """Equations and their derivatives at each place."""

    def at(z: Array) -> Array:
        return equations(z, charge, sign)

    return jax.vmap(at)(values), jax.vmap(jax.jacfwd(at, holomorphic=True))(values)


def newton(
    values: Complex[np.ndarray, "starts n"], charge: int, *, steps: int = 60, sign: float = 1.0
) -> tuple[Complex[np.ndarray, "starts n"], Bool[np.ndarray, " starts"]]:
    """(fields, whether nothing is left above 1e-9) after damped Gauss-Newton steps on `equations`, each of at most 1 in any field."""
    whole(0, steps=steps)
    number(sign=sign)
    with jax.enable_x64(True):
        for _ in range(steps):
            value, jacobian = (np.asarray(one) for one in _linearized(values, charge, sign))
            back = jacobian.conj().swapaxes(1, 2)
            move = np.linalg.solve(back @ jacobian + 1e-12 * np.eye(values.shape[1]), back @ value[..., None])[..., 0]
            values = values - move / np.maximum(1.0, np.abs(move).max(axis=1, keepdims=True))
        return values, np.abs(np.asarray(_linearized(values, charge, sign)[0])).max(axis=1) < 1e-9


def all_minima(rng: np.random.Generator, starts: int, charge: int, *, sign: float = 1.0) -> Complex[np.ndarray, "minima n"]:
    """The places without potential that `newton` finds from complex normal fields of deviation 1.5 in each part; one of each."""
    whole(1, starts=starts)
    size = sum(rows * columns for rows, columns in fields(charge).values())
    ended, right = newton(1.5 * (rng.normal(size=(starts, size)) + 1j * rng.normal(size=(starts, size))), charge, sign=sign)
    return ended[right][np.unique(distinct(ended[right]), return_index=True)[1]]


def distinct(values: Complex[np.ndarray, "runs n"], within: float = 0.01) -> Int[np.ndarray, " runs"]:
    """Numbers the places at which runs ended: two are the same when no field differs by `within` or more; numbered as they first appear.

    >>> distinct(np.array([[1.0], [2.0], [1.001], [2.5]]) + 0j).tolist()
    [0, 1, 0, 2]
    """
    number(within=within)
    seen: list[np.ndarray] = []
    places = []
    for one in values:
        near = [i for i, other in enumerate(seen) if np.abs(one - other).max() < within]
        places.append(near[0] if near else len(seen))
        if not near:
            seen.append(one)
    return np.array(places, int)
