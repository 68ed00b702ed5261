"""Deep kernel machines with convolutions: Gram matrices over places of images and inducing points that have no place (Milsom, Anson & Aitchison 2024).

A layer takes the kernel of the Gram matrix before it to that of windows, M(i, p; j, q) = mean over shifts d of K(i, p + d; j, q + d), and learns a Gram
matrix G near it, at the price ν KL(N(0, G) ‖ N(0, M)). To keep one small matrix a layer, an inducing point of it is no place of an image: its window is made of
mixtures of the inducing points before, Σᵢ C_d[j, i] fᵢ at the shift d. So M among inducing points is the mean over d of C_d K C_dᵀ, and between them and
places that of C_d K(·, p + d); what the points do not explain of a place keeps its prior variance. Places are pooled by their mean at the end.
"""

import math

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from jax.scipy.linalg import solve_triangular
from jaxtyping import Array, Float
from scipy.optimize import minimize

from unseen._problem import Problem, number, whole
from unseen.models.convolutional import patches
from unseen.theory.deep_kernel_machine import JITTER, DeepKernelMachine, Gram, finished

NUGGET = 1e-4  # variance, absolute and relative, that is each feature's own


def relu_kernel(gram: Gram) -> Gram:
    """2 E relu(u) relu(v) for (u, v) of the given covariance, each u with a noise of its own of variance ε (1 + own), ε = 1e-4 (Cho & Saul 2009, degree 1).

    With a, b the variances and c the covariance it is (√(ab - c²) + (π - arccos(c/√(ab))) c)/π, so that variances stay as they are.

    >>> found = relu_kernel(Gram(jnp.eye(2), jnp.zeros((2, 1)), jnp.ones(1)))  # 1/π for orthogonal features
    >>> np.asarray(found.inducing, float).round(3).tolist(), np.asarray(found.cross, float).round(3).tolist()
    ([[1.0, 0.318], [0.318, 1.0]], [[0.318], [0.318]])
    """
    own, theirs = ((1 + NUGGET) * variance + NUGGET for variance in (jnp.diag(gram.inducing), gram.other))
    one = jnp.eye(len(own))
    inducing = _arc_cosine(gram.inducing * (1 - one), own[:, None] * own)
    inducing = inducing * (1 - one) + jnp.diag(own)
    return Gram(inducing, _arc_cosine(gram.cross, jnp.expand_dims(own, tuple(range(1, gram.cross.ndim))) * theirs), theirs)


def _arc_cosine(covariance: Array, product: Array) -> Array:
    angle = jnp.arccos(covariance / jnp.sqrt(product))
    return (jnp.sqrt(product - covariance**2) + (math.pi - angle) * covariance) / math.pi


def convolve(gram: Gram, mixer: Float[Array, "shifts new m"], stride: int) -> Gram:
    """M of the docstring above: cross [m, n, rows, columns] and other [n, rows, columns] at every `stride`-th place; 0 outside; shifts row by row.

    >>> one = convolve(Gram(jnp.eye(1), jnp.ones((1, 1, 4, 4)), jnp.ones((1, 4, 4))), jnp.ones((9, 1, 1)), 2)
    >>> one.inducing.tolist(), (9 * one.other[0]).round(1).tolist()  # the first window hangs over two edges
    ([[1.0]], [[4.0, 6.0], [6.0, 9.0]])
    """
    whole(1, stride=stride)
    size, (m, n) = math.isqrt(len(mixer)), gram.cross.shape[:2]
    places = jnp.concatenate([gram.cross, gram.other[None]]).reshape((m + 1) * n, *gram.other.shape[1:], 1)
    windows = jax.vmap(lambda image: patches(image, size, stride))(places)
    windows = windows.reshape(m + 1, n, *windows.shape[1:])
    inducing = jnp.mean(mixer @ gram.inducing @ mixer.transpose(0, 2, 1), axis=0)
    return Gram(inducing, jnp.einsum("dki,inrcd->knrc", mixer, windows[:-1]) / len(mixer), jnp.mean(windows[-1], axis=-1))


class ConvolutionalKernelMachine(DeepKernelMachine):
    """Gram matrices of inducing points, layer by layer, and the Gaussian process on pooled features. Inputs are images, flat or not.

    Each layer: w K(G) + b with K the `relu_kernel`, `convolve`, and a learned Gram matrix. Objective and predictions are those of `DeepKernelMachine`.

    Attributes:
        inducing: windows of images, [m, size · size · channels].
        mixers: C of each layer [size · size, m, m].
        scales: logarithms of √w of each layer and of the scale of the pooled features, [layers + 1].
        biases: logarithms of b, [layers].
        strides: of the windows of the image and of each layer, [1 + layers].
        shape: of images, (rows, columns, channels).
    """

    mixers: tuple[Float[Array, "shifts m m"], ...]
    biases: Float[Array, " layers"]
    strides: tuple[int, ...] = eqx.field(static=True)
    shape: tuple[int, int, int] = eqx.field(static=True)

    def features(self, x: Float[Array, "n *pixels"]) -> tuple[Float[Array, "m n"], Float[Array, " n"], list[Float[Array, "m m"]], Float[Array, ""]]:
        """As of `DeepKernelMachine`, of the pooled features."""
        gram, given, rest, grams, divergence = self._layers(x)
        scale, places = jnp.exp(self.scales[-1]), gram.other[0].size
        pooled = given.reshape(-1, len(x), places).mean(axis=2) * scale
        return pooled, jnp.sum(pooled**2, axis=0) + scale**2 * rest.reshape(len(x), places).sum(axis=1) / places**2, grams, divergence

    def grams(self) -> Float[np.ndarray, "layers m m"]:
        """Gram matrices of the inducing points of each layer."""
        with jax.enable_x64(True):
            return np.stack([np.asarray(one) for one in self.features(jnp.zeros((1, *self.shape)))[2]])

    def _layers(self, x: Array) -> tuple[Gram, Array, Array, list[Array], Array]:
        """The last Gram matrix; of places, what points explain (whitened) and the variance that they do not; all Gram matrices and divergences."""
        (m, entries), points = self.inducing.shape, self.inducing
        size = math.isqrt(entries // self.shape[-1])
        windows = jax.vmap(lambda image: patches(image, size, self.strides[0]))(x.reshape(-1, *self.shape))
        gram = Gram(points @ points.T / entries, jnp.einsum("me,nrce->mnrc", points, windows) / entries, jnp.mean(windows**2, axis=-1))
        divergence, grams, given, rest = jnp.zeros(()), [], gram.cross, gram.other
        for layer, mixer in enumerate(self.mixers):
            kernel = convolve(self._kernel(gram, layer), mixer, self.strides[layer + 1])
            root = jnp.linalg.cholesky(kernel.inducing + JITTER * jnp.mean(jnp.diag(kernel.inducing)) * jnp.eye(m))
            given = solve_triangular(root, kernel.cross.reshape(m, -1), lower=True)
            rest = kernel.other.ravel() - jnp.sum(given**2, axis=0)
            if (factor := self.factors[layer]) is not None:
                learned = jnp.tril(factor, -1) + jnp.diag(jnp.exp(jnp.diag(factor)))
                divergence += (jnp.sum(learned**2) - m) / 2 - jnp.trace(factor)
                root, given = root @ learned, learned.T @ given
            own = jnp.sum(given**2, axis=0) + rest
            gram = Gram(root @ root.T, (root @ given).reshape(kernel.cross.shape), own.reshape(kernel.other.shape))
            grams.append(gram.inducing)
        return gram, given, rest, grams, divergence

    def _kernel(self, gram: Gram, layer: int) -> Gram:
        return jax.tree.map(lambda part: jnp.exp(2 * self.scales[layer]) * part + jnp.exp(self.biases[layer]), relu_kernel(gram))

    def _mixer(self, x: Array, rng: np.random.Generator) -> Array:
        """C of one layer more, of which the points are like windows of images, as far as the points before can tell."""
        m, size = len(self.inducing), math.isqrt(self.inducing.shape[1] // self.shape[-1])
        kernel = self._kernel(self._layers(x)[0], len(self.mixers))
        told = jnp.linalg.solve(kernel.inducing, kernel.cross.reshape(m, -1)).reshape(-1, *kernel.other.shape[1:], 1)
        windows = jax.vmap(lambda image: patches(image, size, 1))(told).reshape(m, -1, size * size)
        return windows[:, rng.choice(windows.shape[1], m, replace=windows.shape[1] < m)].transpose(2, 1, 0)

    @eqx.filter_jit
    def _predict(self, x: Array, y: Array, new: Array) -> tuple[Array, Array]:
        return DeepKernelMachine._predict(self, x, y, new)


def fit_convolutional_kernel_machine(
    x: Float[np.ndarray, "n rows columns channels"],
    y: Float[np.ndarray, "n outputs"],
    rng: np.random.Generator,
    *,
    points: int = 32,
    size: int = 3,
    strides: tuple[int, ...] = (2, 1, 1),
    nu: float = 1.0,
    noise: float = 0.1,
    iterations: int = 100,
) -> ConvolutionalKernelMachine:
    """Maximises `objective` by L-BFGS over everything, from the fixed kernel (A = I).

    Args:
        x: images; about of size 1 an entry.
        y: targets with mean 0 and variance of about 1.
        rng: draws the windows of images that inducing points of all layers are to start from.
        points: inducing points of each layer.
        size: of all windows, odd; 1 with images of one place is a machine that is fully connected.
        strides: of the windows of the image, and of each layer; at least one layer.
        nu: weight of the divergences, at least 0; infinity for the fixed kernel of the infinitely wide network, whose inducing points are learned alike.
        noise: variance of the noise, to start from.
        iterations: at most so many; `converged` of the machine tells whether they were enough.

    Raises:
        Problem: an argument out of range, or an objective that is not finite where the optimiser ends.

    >>> x = np.random.default_rng(0).normal(size=(20, 4, 4, 1))
    >>> y = np.mean(x > 1, axis=(1, 2)) * 10 - 1.6
    >>> machine = fit_convolutional_kernel_machine(x, y, np.random.default_rng(1), points=4, iterations=5)
    >>> machine.grams().shape, machine.predict(x, y, x)[0].shape
    ((2, 4, 4), (20, 1))
    """
    whole(points=points, size=size)
    whole(0, iterations=iterations)
    number(nu=nu, noise=noise)
    if x.ndim != 4 or y.ndim != 2 or len(x) != len(y):
        raise Problem(f"x, y: expected [n, rows, columns, channels] and [n, outputs], got {x.shape} and {y.shape}.")
    if not nu >= 0 or not noise > 0 or points < 1 or size < 1 or size % 2 == 0 or len(strides) < 2 or min(strides) < 1:
        raise Problem(
            "nu, noise, points, size, strides: expected at least 0, above 0, at least 1, odd, and two or more of at least 1, "
            f"got {nu!r}, {noise!r}, {points!r}, {size!r}, {strides!r}."
        )
    with jax.enable_x64(True):
        images, targets = jnp.asarray(x, float).reshape(len(x), -1), jnp.asarray(y, float)
        machine = _start(jnp.asarray(x, float), rng, points, size, strides, nu, noise)
        moving, fixed = eqx.partition(machine, eqx.tree_at(lambda tree: tree.nu, jax.tree.map(lambda _: True, machine), False))
        start, unravel = ravel_pytree(moving)

        def loss(vector: np.ndarray) -> tuple[float, np.ndarray]:
            value, slope = _loss_and_slope(unravel(jnp.asarray(vector)), fixed, images, targets)
            return float(value), np.asarray(ravel_pytree(slope)[0])

        found = minimize(loss, np.asarray(start), jac=True, method="L-BFGS-B", options={"maxiter": iterations})
        return finished(eqx.combine(unravel(jnp.asarray(found.x)), fixed), found)


def _start(x: Array, rng: np.random.Generator, m: int, size: int, strides: tuple[int, ...], nu: float, noise: float) -> ConvolutionalKernelMachine:
    """The fixed kernel, with windows of images for inducing points, and pooled features of variance 1."""
    layers, learns, shape = len(strides) - 1, math.isfinite(nu), x.shape[1:]
    every = np.asarray(jax.vmap(lambda image: patches(image, size, 1))(x)).reshape(-1, size * size * shape[-1])
    every = every[np.linalg.norm(every, axis=1) > 0]
    at = jnp.asarray(every[rng.choice(len(every), m, replace=len(every) < m)])
    factors = tuple(jnp.zeros((m, m)) if learns else None for _ in range(layers))
    scales, biases, weight = jnp.zeros(layers + 1), jnp.full(layers, math.log(0.1)), jnp.asarray(nu if learns else 0.0, float)
    machine = ConvolutionalKernelMachine(at, factors, scales, jnp.log(jnp.asarray(noise, float)), weight, (), biases, strides, shape)
    for _ in range(layers):
        mixers = (*machine.mixers, machine._mixer(x, rng))
        machine = eqx.tree_at(lambda tree: tree.mixers, machine, mixers, is_leaf=lambda node: isinstance(node, tuple))
    spread = jnp.sum(jnp.var(machine.features(x)[0], axis=1))
    return eqx.tree_at(lambda tree: tree.scales, machine, scales.at[-1].set(-jnp.log(spread) / 2))


@eqx.filter_jit
def _loss_and_slope(moving: ConvolutionalKernelMachine, fixed: ConvolutionalKernelMachine, x: Array, y: Array) -> tuple[Array, ConvolutionalKernelMachine]:
    return eqx.filter_value_and_grad(lambda part: -eqx.combine(part, fixed).objective(x, y) / len(x))(moving)
