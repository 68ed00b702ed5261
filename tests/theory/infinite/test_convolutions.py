import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Problem
from unseen.measures.neural_tangent_kernel import trace_kernel
from unseen.theory.infinite import convolutions
from unseen.theory.infinite.convolutions import convolutional_kernels, draw
from unseen.theory.infinite_width import DUALS, infinite_width

X = np.random.default_rng(0).normal(size=(3, 4, 3, 2))
READOUTS = ("flat", "mean")
VARIANCES = {"weight_variance": 1.7, "bias_variance": 0.2}


def by_places(one, two, strides, size, readout, activation, weight_variance, bias_variance):
    """The recursion written out for every pair of places of two images, window by window."""
    images = {"11": (one, one), "12": (one, two), "22": (two, two)}
    kept = {name: np.einsum("rck,stk->rcst", a, b) / a.shape[2] for name, (a, b) in images.items()}
    slope, tangent = None, None

    def windows(values, stride):
        rows, columns = (range(0, length, stride) for length in values.shape[:2])
        out = np.zeros((len(rows), len(columns)) * 2)
        for (i, r), (j, c), (k, s), (m, t) in itertools.product(enumerate(rows), enumerate(columns), enumerate(rows), enumerate(columns)):
            for d, e in itertools.product(range(-(size // 2), size // 2 + 1), repeat=2):
                if all(0 <= at < length for at, length in zip((r + d, c + e, s + d, t + e), values.shape, strict=True)):
                    out[i, j, k, m] += values[r + d, c + e, s + d, t + e] / size**2
        return out

    for stride in strides:
        covariance = {name: weight_variance * windows(value, stride) + bias_variance for name, value in kept.items()}
        tangent = covariance["12"] + (0 if slope is None else weight_variance * windows(slope * tangent, stride))
        own = {name: np.einsum("rcrc->rc", covariance[name]) for name in ("11", "22")}
        both = {name: DUALS[activation](covariance[name], own[name[0] * 2][:, :, None, None], own[name[1] * 2]) for name in kept}
        kept, slope = {name: value for name, (value, _) in both.items()}, both["12"][1]
    means = [(np.einsum("rcrc->", a) / a[0, 0].size if readout == "flat" else a.mean()) for a in (kept["12"], slope * tangent)]
    nngp = weight_variance * means[0] + bias_variance
    return nngp, nngp + weight_variance * means[1]


@pytest.mark.parametrize(
    ("readout", "activation", "strides"), [("flat", "relu", (1, 1)), ("mean", "relu", (2, 1)), ("mean", "erf", (1, 2)), ("flat", "erf", (2, 1, 1))]
)
def test_against_the_recursion_place_by_place(readout, activation, strides):
    found = convolutional_kernels(X[:1], X[1:2], strides=strides, readout=readout, activation=activation, **VARIANCES)
    expected = by_places(X[0], X[1], strides, 3, readout, activation, **VARIANCES)
    np.testing.assert_allclose([one.item() for one in found], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("activation", "readout", "nngp", "ntk"),
    [
        ("relu", "flat", (0.5610185702668392, 0.6652916100217955), (0.7433169189273369, 1.1231420476380412)),
        ("relu", "mean", (0.5427542095767894, 0.5392135187325324), (0.7343098075538173, 0.7357879362875508)),
        ("erf", "flat", (0.2770643302177107, 0.5119142515019499), (0.3656070618767338, 1.0982891844049567)),
        ("erf", "mean", (0.33303407187491124, 0.33829225301713317), (0.5378068162169142, 0.5531254650255651)),
    ],
)
def test_against_neural_tangents(activation, readout, nngp, ntk):
    """Numbers of neural-tangents 0.6.5 for two layers of stax.Conv(1, (3, 3), padding="SAME", W_std=1.3, b_std=0.4), the readout, and stax.Dense likewise."""
    rng = np.random.default_rng(0)
    x, other = rng.normal(size=(2, 4, 3, 2)).round(2), rng.normal(size=(1, 4, 3, 2)).round(2)
    found = convolutional_kernels(x, other, strides=(1, 1), readout=readout, activation=activation, weight_variance=1.69, bias_variance=0.16)
    np.testing.assert_allclose(found.nngp[:, 0], nngp, rtol=1e-9)
    np.testing.assert_allclose(found.ntk[:, 0], ntk, rtol=1e-9)


@pytest.mark.parametrize("readout", READOUTS)
def test_one_pixel_is_fully_connected(readout):
    known = {"activation": "relu", **VARIANCES}
    pixels = X.reshape(-1, 1, 1, 2)
    for one, two in zip(
        convolutional_kernels(pixels, size=1, strides=(1, 1), readout=readout, **known), infinite_width(pixels[:, 0, 0], depth=2, **known), strict=True
    ):
        np.testing.assert_allclose(one, two, rtol=1e-7)


def test_the_window_of_one_place_averages_fully_connected_kernels_of_places():
    """Flat: mean over places of their own kernels. Mean: over all pairs of places."""
    places = infinite_width(X[:2].reshape(-1, 2), depth=2).ntk.reshape(2, 12, 2, 12)
    np.testing.assert_allclose(convolutional_kernels(X[:2], size=1, strides=(1, 1), readout="mean").ntk, places.mean(axis=(1, 3)), rtol=1e-7)
    expected = np.einsum("ipjp->ij", places) / 12
    np.testing.assert_allclose(convolutional_kernels(X[:2], size=1, strides=(1, 1), readout="flat").ntk, expected, rtol=1e-7)


@pytest.mark.parametrize("readout", READOUTS)
def test_finite_networks_come_nearer_as_they_widen(readout):
    """Tangent kernels by automatic differentiation: single networks are off by about width^(-1/2), and their mean within its own error."""
    known = {"strides": (2, 1), "readout": readout, **VARIANCES}
    exact, x = convolutional_kernels(X, **known), jnp.asarray(X, jnp.float32)
    many, errors = 24, []
    for width in (8, 128):
        one = lambda key, width=width: trace_kernel(draw(key, (4, 3, 2), width=width, **known), x)  # noqa: E731
        found = np.asarray(jax.lax.map(one, jax.random.split(jax.random.key(0), many)), float)
        errors.append(np.sqrt(np.mean((found - exact.ntk) ** 2)) / exact.ntk.max())
    assert 2.5 < errors[0] / errors[1] < 6.5  # 4
    assert (np.abs(found.mean(axis=0) - exact.ntk) < 4.5 * found.std(axis=0) / many**0.5 + 0.01 * exact.ntk.max()).all()


@pytest.mark.parametrize("readout", READOUTS)
def test_outputs_of_random_networks_have_the_covariance(readout):
    known = {"strides": (1, 2), "readout": readout, "activation": "erf", **VARIANCES}
    exact, x = convolutional_kernels(X, **known).nngp, jnp.asarray(X, jnp.float32)
    outputs = eqx.filter_jit(jax.vmap(lambda key: jax.vmap(draw(key, (4, 3, 2), width=32, **known))(x)[:, 0]))(jax.random.split(jax.random.key(1), 1500))
    products = np.asarray(outputs)[:, :, None] * np.asarray(outputs)[:, None, :]
    assert (np.abs(products.mean(axis=0) - exact) < 4.5 * products.std(axis=0) / 1500**0.5 + 0.01).all()
    assert (np.abs(products.mean(axis=0) - convolutional_kernels(X, **known | {"bias_variance": 0.0}).nngp) > 0.1).all()


@pytest.mark.parametrize("readout", READOUTS)
def test_blocks_symmetry_sign_and_tiles(readout, monkeypatch):
    whole = convolutional_kernels(X, readout=readout, **VARIANCES)
    monkeypatch.setattr(convolutions, "TILE", 1)
    part = convolutional_kernels(X[:2], X[2:], readout=readout, **VARIANCES)
    for one, two in zip(whole, part, strict=True):
        np.testing.assert_array_equal(one, one.T)
        np.testing.assert_allclose(one[:2, 2:], two, rtol=1e-12)
        assert np.linalg.eigvalsh(one).min() > 0


def test_shifted_images_are_alike_to_the_mean_and_not_to_the_flat_readout():
    """A picture within a frame of zeros, moved by one: nothing of it nears the edge."""
    picture = np.zeros((1, 9, 9, 1))
    picture[0, 3:5, 3:5, 0] = [[1.0, -2.0], [0.5, 1.5]]
    moved = np.roll(picture, 1, axis=2)
    kernels = convolutional_kernels(np.concatenate([picture, moved]), readout="mean")
    np.testing.assert_allclose(kernels.ntk, kernels.ntk[0, 0], rtol=1e-12)
    flat = convolutional_kernels(np.concatenate([picture, moved]), readout="flat").ntk
    assert flat[0, 1] < 0.8 * flat[0, 0]


def test_wrong_arguments():
    for call in (lambda **known: convolutional_kernels(X, **known), lambda **known: draw(jax.random.key(0), (4, 3, 2), width=2, **known)):
        with pytest.raises(Problem, match=r"size, strides"):
            call(size=2)
        with pytest.raises(Problem, match=r"size, strides"):
            call(strides=())
        with pytest.raises(Problem, match=r"readout"):
            call(readout="max")
        with pytest.raises(Problem, match=r"activation"):
            call(activation="tanh")
        with pytest.raises(Problem, match=r"weight_variance"):
            call(weight_variance=float("nan"))
    with pytest.raises(Problem, match=r"x: expected images"):
        convolutional_kernels(X[0])
    with pytest.raises(Problem, match=r"x: expected finite"):
        convolutional_kernels(X * np.nan)
    with pytest.raises(Problem, match=r"of one shape"):
        convolutional_kernels(X, X[:, 1:])
    with pytest.raises(Problem, match=r"width, shape"):
        draw(jax.random.key(0), (4, 3, 2), width=0)
