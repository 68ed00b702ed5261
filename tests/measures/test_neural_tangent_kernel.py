import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from unseen._types import Classes, Examples, Fixed, Problem, Reals, Snapshot, Strings, Tokens, Values, trainable
from unseen.measures import neural_tangent_kernel as module
from unseen.measures.neural_tangent_kernel import TangentKernel, as_matrix, neural_tangent_kernel, pseudo_kernel, trace_kernel
from unseen.models.mlp import MLP
from unseen.models.rnn import RNN
from unseen.models.transformer import Transformer

X = jax.random.normal(jax.random.key(2), (7, 3))
NETWORK = MLP(hidden=(5, 4), activation="tanh", bias=True).build(Reals((3,)), Classes(4), jax.random.key(0))


class Net(eqx.Module):
    first: jax.Array
    readout: jax.Array | Fixed

    def __call__(self, x, *, key=None):
        readout = self.readout.value if isinstance(self.readout, Fixed) else self.readout
        return jnp.tanh(x @ self.first) @ readout


def jacobian(network, x):
    """[n, outputs, parameters], by finite differences in float64-like steps: nothing of the measure's own code."""
    params, rest = trainable(network)
    flat, unravel = jax.flatten_util.ravel_pytree(params)
    function = jax.jit(jax.vmap(lambda v: jax.vmap(lambda one: eqx.combine(unravel(v), rest)(one, key=None).reshape(-1))(x)))
    there, back = (np.asarray(function(flat + step * np.eye(len(flat), dtype=np.float32)), float) for step in (1e-2, -1e-2))
    return np.moveaxis((there - back) / 2e-2, 0, -1)


@eqx.filter_jit
def of_every_kind(network, x, other):
    """All kernels in one program: (Θ and its trace, each between all and between x and `other`, and the pseudo-kernel)."""
    pairs = [kernel(network, x, *side) for kernel in (neural_tangent_kernel, trace_kernel) for side in ((), (other,))]
    return [*pairs, pseudo_kernel(network, x)]


def test_by_hand():
    """∂f_c/∂readout = h ⊗ e_c and ∂f_c/∂first = x ⊗ (tanh'(z) ∘ readout_c)."""
    first, v = (np.asarray(jax.random.normal(jax.random.key(i), shape)) for i, shape in enumerate([(3, 5), (5, 2)]))
    h = np.tanh(np.asarray(X) @ first)
    slope = 1 - h**2
    inner = np.einsum("nh,mh,ha,hb->nmab", slope, slope, v, v) * np.asarray(X @ X.T)[..., None, None]
    full = inner + (h @ h.T)[..., None, None] * np.eye(2)
    for readout, expected in ((jnp.array(v), full), (Fixed(jnp.array(v)), inner)):
        trace = np.einsum("nmaa->nm", expected)
        found = of_every_kind(Net(jnp.array(first), readout), X, X[:2])
        for kernel, by_hand in zip(found, (expected, expected[:, :2], trace, trace[:, :2], expected.sum(axis=(2, 3)) / 2), strict=True):
            np.testing.assert_allclose(kernel, by_hand, rtol=1e-4, atol=1e-5)


def test_against_finite_differences():
    J = jacobian(NETWORK, X)
    np.testing.assert_allclose(eqx.filter_jit(neural_tangent_kernel)(NETWORK, X), np.einsum("nap,mbp->nmab", J, J), rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("chunk", [1, 3])
def test_chunks_change_nothing(chunk):
    def found(chunk):
        return jax.jit(lambda x: [measure(NETWORK, x, x[:5], chunk=chunk) for measure in (neural_tangent_kernel, trace_kernel, pseudo_kernel)])(X)

    for cut, whole in zip(found(chunk), found(None), strict=True):
        np.testing.assert_allclose(cut, whole, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("n", "chunk"), [(7, 1), (7, 3), (6, 2), (7, 4)])
@pytest.mark.parametrize("operations", [0.0, np.inf])
def test_tiles_across_the_diagonal_are_those_turned_round(monkeypatch, n, chunk, operations):
    """Both ways to compute it, cut in three, five and seven, against all pairs as if the columns were others."""
    monkeypatch.setattr(module, "_operations", lambda *_: operations)

    def found(x, *other, **how):
        return jax.jit(lambda x: [measure(NETWORK, x, *other, **how) for measure in (neural_tangent_kernel, trace_kernel, pseudo_kernel)])(x)

    for cut, whole in zip(found(X[:n], chunk=chunk), found(X[:n], X[:n]), strict=True):
        np.testing.assert_allclose(cut, whole, rtol=1e-5, atol=1e-5)


SHARED = [
    (RNN(width=6), Tokens(5, 3), Strings(5, 3)),
    (MLP(hidden=(8,)), Tokens(5, 3), Values((2, 2))),
]


@pytest.mark.parametrize(("model", "inputs", "outputs"), SHARED)
def test_both_ways_to_compute_it_agree(monkeypatch, model, inputs, outputs):
    network = eqx.filter_jit(model.build)(inputs, outputs, jax.random.key(3))
    x = jax.random.randint(jax.random.key(4), (4, 5), 0, 3)
    found = []
    for operations in (0.0, np.inf):
        monkeypatch.setattr(module, "_operations", lambda *_, operations=operations: operations)
        found.append(np.asarray(jax.jit(lambda x: neural_tangent_kernel(network, x))(x)))
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(eqx.filter_jit(trace_kernel)(network, x), np.einsum("nmaa->nm", found[0]), rtol=1e-3, atol=1e-4)


def test_gradients_of_a_few_examples_at_once(monkeypatch):
    """Where weights are used at many places, but not in convolutions of XLA's; seven examples are one batch of four and three others."""
    network = Transformer(depth=1, width=4, heads=2).build(Tokens(5, 3), Values((2,)), jax.random.key(3))
    x, found, looped = jax.random.randint(jax.random.key(4), (7, 5), 0, 3), [], []
    for places in (0, 1000):
        monkeypatch.setattr(module, "PLACES", places)
        looped.append("scan[" in str(jax.make_jaxpr(lambda x: pseudo_kernel(network, x))(x)))
        found.append(np.asarray(eqx.filter_jit(pseudo_kernel)(network, x)))
    assert looped == [True, False]
    np.testing.assert_allclose(*found, rtol=1e-4, atol=1e-5)
    monkeypatch.setattr(module, "PLACES", 0)
    convolution = eqx.nn.Conv1d(1, 2, 3, key=jax.random.key(5))
    assert "scan[" not in str(jax.make_jaxpr(lambda x: pseudo_kernel(convolution, x))(jnp.ones((7, 1, 8))))


def test_the_cheaper_way_is_taken(monkeypatch):
    """Gradients are pushed forward for a perceptron of several outputs, contracted where weights are shared by many places."""
    taken = []
    for name in ("_pushed", "_contracted", "_trace_of_pushed", "_traced"):
        monkeypatch.setattr(module, name, lambda *args, name=name, inner=getattr(module, name): taken.append(name) or inner(*args))
    perceptron = MLP(hidden=(32, 32)).build(Reals((3,)), Classes(10), jax.random.key(0))
    transformer = Transformer(depth=1, width=8, heads=2).build(Tokens(24, 3), Classes(3), jax.random.key(0))
    for network, x in ((perceptron, X), (transformer, jnp.zeros((2, 24), int))):
        for measure in (neural_tangent_kernel, trace_kernel):
            jax.eval_shape(lambda x, measure=measure, network=network: measure(network, x), x)
    assert taken == ["_pushed", "_trace_of_pushed", "_pushed", "_contracted", "_traced"]


def test_matrix_and_jit():
    kernel = neural_tangent_kernel(NETWORK, X)
    matrix = np.asarray(as_matrix(kernel), float)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-5, atol=1e-5)
    assert np.linalg.eigvalsh(matrix).min() > -1e-3
    assert matrix[2 * 4 + 1, 5 * 4 + 3] == pytest.approx(float(kernel[2, 5, 1, 3]))
    J = jacobian(NETWORK, X)
    np.testing.assert_allclose(matrix, J.reshape(28, -1) @ J.reshape(28, -1).T, rtol=1e-3, atol=2e-3)
    np.testing.assert_allclose(eqx.filter_jit(neural_tangent_kernel)(NETWORK, X), kernel, rtol=1e-4, atol=1e-5)


def test_a_step_of_gradient_descent_follows_it():
    params, rest = trainable(NETWORK)
    y = jax.random.normal(jax.random.key(5), (7, 4))

    def f(params):
        return jax.vmap(lambda one: eqx.combine(params, rest)(one, key=None))(X)

    @jax.jit
    def step(params):
        gradient = jax.grad(lambda p: 0.5 * jnp.sum((f(p) - y) ** 2))(params)
        return f(jax.tree.map(lambda p, g: p - 1e-3 * g, params, gradient)), f(params)

    after, before = step(params)
    expected = as_matrix(eqx.filter_jit(neural_tangent_kernel)(NETWORK, X)) @ (y - before).reshape(-1)
    np.testing.assert_allclose(((after - before) / 1e-3).reshape(-1), expected, rtol=0.05, atol=0.1)


def test_probe():
    snapshot = Snapshot(NETWORK, NETWORK, {"train": Examples(X, X)}, None, None, jnp.array(0), jax.random.key(0))
    np.testing.assert_allclose(TangentKernel(samples=3)(snapshot)["tangent_kernel"], eqx.filter_jit(trace_kernel)(NETWORK, X[:3]), rtol=1e-5)
    with pytest.raises(Problem, match=r"TangentKernel.samples"):
        TangentKernel(samples=0)


def test_wrong_arguments():
    for measure in (neural_tangent_kernel, trace_kernel, pseudo_kernel):
        with pytest.raises(Problem, match=r"chunk: expected at least one"):
            measure(NETWORK, X, chunk=0)
        with pytest.raises(Problem, match=r"x: expected at least one input"):
            measure(NETWORK, X[:0])
        with pytest.raises(Problem, match=r"other: expected at least one input"):
            measure(NETWORK, X, X[:0])
        with pytest.raises(Problem, match=r"network: expected an Equinox module with arrays to train"):
            measure(Net(Fixed(jnp.ones((3, 5))), Fixed(jnp.ones((5, 2)))), X)
