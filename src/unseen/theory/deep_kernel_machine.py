"""Deep kernel machines: deep Gaussian processes so wide, with outputs so many, that layers still learn and their Gram matrices are certain.

In a deep Gaussian process the N features of a layer are draws of N(0, K(G)), G the Gram matrix of the features of the layer before. Where the widths N
grow alone, Gram matrices become K(G): nothing is learned. Where the outputs are copied N/ν times as well, the posterior of G concentrates on the maximum of
log p(y | G_L) - ν Σ KL(N(0, G_l) ‖ N(0, K(G_{l-1}))) (Yang, Robeyns, Milsom, Anson, Schoots & Aitchison 2023), and maximising that is a kernel method.

A Gram matrix is kept as L A Aᵀ Lᵀ, L the Cholesky factor of K and A lower triangular with a positive diagonal, so that the divergence
½ (‖A‖² - m) - ln det A does not depend on the layers below. All is in double precision.
"""

import math
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float
from scipy.optimize import OptimizeResult, minimize

from unseen._problem import Problem, number, whole
from unseen.theory._search import settled

Inputs = Float[Array | np.ndarray, "..."]


class Gram(NamedTuple):
    """Inner products of features of m inducing points and t others: among the former, between both, and of each of the latter with itself."""

    inducing: Float[Array, "m m"]
    cross: Float[Array, "m t"]
    other: Float[Array, " t"]


def squared_exponential(gram: Gram) -> Gram:
    """exp(-‖f - f'‖²/2) from inner products of features, for each pair.

    >>> one = Gram(jnp.eye(2), jnp.ones((2, 1)), jnp.ones(1))
    >>> np.asarray(squared_exponential(one).inducing, float).round(4).tolist()  # e^{-1}
    [[1.0, 0.3679], [0.3679, 1.0]]
    """
    own = jnp.diag(gram.inducing)
    inducing, cross = (jnp.exp(inner - (own[:, None] + theirs[None, :]) / 2) for inner, theirs in ((gram.inducing, own), (gram.cross, gram.other)))
    return Gram(inducing, cross, jnp.ones_like(gram.other))


def gram_divergence(gram: Float[Array, "m m"], kernel: Float[Array, "m m"]) -> Float[Array, ""]:
    """KL(N(0, G) ‖ N(0, K)) = ½ (tr K⁻¹G - m - ln det K⁻¹G), in nats.

    >>> round(float(gram_divergence(2 * jnp.eye(2), jnp.eye(2))), 4)  # 1 - ln 2
    0.3069
    """
    solved = jnp.linalg.solve(kernel, gram)
    return (jnp.trace(solved) - len(gram) - jnp.linalg.slogdet(solved)[1]) / 2


class DeepKernelMachine(eqx.Module):
    """Gram matrices of inducing points, layer by layer, and the Gaussian process on top. Cost of a step: examples × points².

    Attributes:
        inducing: the points [m, d].
        factors: A of each hidden layer [m, m], the diagonal as logarithm; what is above it does not count. None: G = K, nothing is learned.
        scales: logarithms of the length by which inputs and each layer's features are divided, [layers + 1].
        noise: logarithm of the variance of the noise.
        nu: weight of the divergences, at least 0.
        converged: whether its optimiser settled, rather than being stopped at its last iteration; None for a machine that was put together by hand.
    """

    inducing: Float[Array, "m d"]
    factors: tuple[Float[Array, "m m"] | None, ...]
    scales: Float[Array, " kernels"]
    noise: Float[Array, ""]
    nu: Float[Array, ""]
    converged: bool | None = eqx.field(static=True, kw_only=True, default=None)

    def features(self, x: Float[Array, "t d"]) -> tuple[Float[Array, "m t"], Float[Array, " t"], list[Float[Array, "m m"]], Float[Array, ""]]:
        """(L⁻¹ K(points, x) and K(x, x) of the top kernel, Gram matrices of the points, sum of the divergences)."""
        gram, divergence, grams = Gram(self.inducing @ self.inducing.T, self.inducing @ x.T, jnp.sum(x**2, axis=1)), jnp.zeros(()), []
        for layer, scale in enumerate(self.scales):
            kernel = squared_exponential(jax.tree.map(lambda inner, scale=scale: inner * jnp.exp(-2 * scale), gram))
            root = jnp.linalg.cholesky(kernel.inducing + JITTER * jnp.eye(len(self.inducing)))
            white = solve_triangular(root, kernel.cross, lower=True)
            if layer == len(self.factors):
                return white, kernel.other, grams, divergence
            factor = self.factors[layer]
            learned, cost = (jnp.eye(len(root)), 0.0) if factor is None else _triangular(factor)
            own, given = root @ learned, learned.T @ white
            gram = Gram(own @ own.T, own @ given, jnp.sum(given**2, axis=0) + kernel.other - jnp.sum(white**2, axis=0))
            grams, divergence = [*grams, gram.inducing], divergence + cost
        raise AssertionError  # there is one kernel more than layers

    def objective(self, x: Float[Array, "n d"], y: Float[Array, "n outputs"]) -> Float[Array, ""]:
        """Ln p(y | G_L) - ν Σ KL in nats; with fewer points than examples the first is Titsias' (2009) lower bound, whose q is at its optimum."""
        white, own, _, divergence = self.features(x)
        variance = jnp.exp(self.noise)
        inner = jnp.linalg.cholesky(jnp.eye(len(white)) + white @ white.T / variance)
        explained = solve_triangular(inner, white @ y, lower=True) / variance
        evidence = -len(x) / 2 * (jnp.log(2 * jnp.pi) + self.noise) - jnp.sum(jnp.log(jnp.diag(inner))) - (jnp.sum(own) - jnp.sum(white**2)) / (2 * variance)
        return y.shape[1] * evidence - jnp.sum(y**2) / (2 * variance) + jnp.sum(explained**2) / 2 - self.nu * divergence

    def predict(self, x: Inputs, y: Inputs, new: Inputs) -> tuple[Float[np.ndarray, "t outputs"], Float[np.ndarray, " t"]]:
        """(mean, variance without noise) of the function at new inputs [t, d], given training examples [n, d], [n, outputs]."""
        with jax.enable_x64(True):
            mean, variance = self._predict(*(jnp.asarray(one, float) for one in (x, y, new)))
            return np.asarray(mean), np.asarray(variance)

    def grams(self) -> Float[np.ndarray, "layers m m"]:
        """Gram matrices of the inducing points in each hidden layer."""
        with jax.enable_x64(True):
            return np.stack([np.asarray(one) for one in self.features(self.inducing)[2]])

    def _predict(self, x: Array, y: Array, new: Array) -> tuple[Array, Array]:
        white, (there, own, _, _), variance = self.features(x)[0], self.features(new), jnp.exp(self.noise)
        inner = jnp.linalg.cholesky(jnp.eye(len(white)) + white @ white.T / variance)
        down = solve_triangular(inner, there, lower=True)
        mean = down.T @ solve_triangular(inner, white @ y, lower=True) / variance
        return mean, own - jnp.sum(there**2, axis=0) + jnp.sum(down**2, axis=0)


JITTER = 1e-6  # on the diagonal of kernels, whose own is 1


def _triangular(factor: Float[Array, "m m"]) -> tuple[Float[Array, "m m"], Float[Array, ""]]:
    """(A, ½ (‖A‖² - m) - ln det A)."""
    diagonal = jnp.diag(factor)
    learned = jnp.tril(factor, -1) + jnp.diag(jnp.exp(diagonal))
    return learned, (jnp.sum(learned**2) - len(factor)) / 2 - jnp.sum(diagonal)


Machine = TypeVar("Machine", bound=DeepKernelMachine)


def fit_deep_kernel_machine(
    x: Float[np.ndarray, "..."],
    y: Float[np.ndarray, "..."],
    *,
    layers: int = 1,
    nu: float = 1.0,
    points: Float[np.ndarray, "..."] | None = None,
    length: float = 1.0,
    noise: float = 0.1,
    tune: bool = True,
    iterations: int = 200,
) -> DeepKernelMachine:
    """Maximises `objective` by L-BFGS, from the fixed kernel (A = I).

    Args:
        x: inputs [n, d].
        y: targets [n, outputs], with mean 0 and variance of about 1.
        layers: hidden layers; with none it is Gaussian process regression.
        nu: at least 0; infinity for the fixed kernel, which is that of the process whose outputs are not copied.
        points: inducing points [m, d] to start from; None: the inputs, which makes it exact.
        length: by which inputs are divided, to start from.
        noise: variance of the noise, to start from.
        tune: whether lengths, noise and inducing points (where they are given) are learned too.
        iterations: at most so many; `converged` of the machine tells whether they were enough.

    Raises:
        Problem: an argument out of range, or an objective that is not finite where the optimiser ends.

    >>> x = np.linspace(-2, 2, 12)[:, None]
    >>> machine = fit_deep_kernel_machine(x, np.sin(2 * x), layers=1, noise=0.01, iterations=50)
    >>> mean, variance = machine.predict(x, np.sin(2 * x), x)
    >>> float(abs(mean - np.sin(2 * x)).max()) < 0.1
    True
    """
    whole(layers=layers)
    whole(0, iterations=iterations)
    number(nu=nu, length=length, noise=noise)
    if x.ndim != 2 or y.ndim != 2 or len(x) != len(y) or (points is not None and points.shape[1:] != x.shape[1:]):
        raise Problem(f"x, y, points: expected [n, d], [n, outputs] and [m, d], got {x.shape}, {y.shape} and {None if points is None else points.shape}.")
    if layers < 0 or not nu >= 0 or not (length > 0 and noise > 0):
        raise Problem(f"layers, nu, length, noise: expected at least 0 twice and above 0 twice, got {layers!r}, {nu!r}, {length!r}, {noise!r}.")
    with jax.enable_x64(True):
        at, m = jnp.asarray(x if points is None else points, float), len(x if points is None else points)
        scales = jnp.zeros(layers + 1).at[0].set(math.log(length))
        learns = math.isfinite(nu)
        factors = tuple(jnp.zeros((m, m)) if learns else None for _ in range(layers))
        machine = DeepKernelMachine(at, factors, scales, jnp.log(jnp.asarray(noise, float)), jnp.asarray(nu if learns else 0.0, float))
        moves = DeepKernelMachine(tune and points is not None, (True,) * layers if learns else factors, tune, tune, False)  # type: ignore
        moving, fixed = eqx.partition(machine, moves)
        start, unravel = ravel_pytree(moving)
        if not start.size:
            return replace(machine, converged=True)

        def loss(vector: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope = _loss_and_slope(unravel(jnp.asarray(vector)), fixed, jnp.asarray(x), jnp.asarray(y))
            return float(value), np.asarray(ravel_pytree(slope)[0])

        found = minimize(loss, np.asarray(start), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
        return finished(eqx.combine(unravel(jnp.asarray(found.x)), fixed), found)


def finished(machine: Machine, found: OptimizeResult) -> Machine:
    """The machine that an optimiser found, knowing whether it had settled.

    Raises:
        Problem: an objective that is not finite.
    """
    if not math.isfinite(found.fun):
        raise Problem("noise, x, y: the objective is not finite where the optimiser ended. Scale inputs and targets to about 1, or start from more noise.")
    return replace(machine, converged=settled(found))


@eqx.filter_jit
def _loss_and_slope(moving: Any, fixed: Any, x: Array, y: Array) -> tuple[Array, Any]:
    return eqx.filter_value_and_grad(lambda part: -eqx.combine(part, fixed).objective(x, y) / len(x))(moving)
