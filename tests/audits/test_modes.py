"""Models that were left in training mode are audited in evaluation mode, and left as they were."""

import copy
import threading
import warnings

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import softmax

from unseen._problem import Problem
from unseen.audits.audit import Audit
from unseen.audits.checks import mode
from unseen.audits.modes import evaluated
from unseen.audits.of_jax import JaxBox, network_of
from unseen.audits.of_model import of_model

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(40, 4)).astype("float32"), np.arange(40) % 3


def torch_model(torch):
    """Dropout, batch normalisation that has seen batches, a part that is shared and one that was frozen."""
    torch.manual_seed(0)
    shared = torch.nn.Linear(4, 4)
    module = torch.nn.Sequential(shared, torch.nn.BatchNorm1d(4), torch.nn.Dropout(0.5), shared, torch.nn.Linear(4, 3))
    module(torch.as_tensor(X) + 1)
    return module


def test_a_torch_module_is_audited_as_eval_makes_it_and_left_as_it_was():
    torch = pytest.importorskip("torch")
    module = torch_model(torch)
    module[2].note = [module[1]]  # a part that another holds beside its own
    before, wanted = copy.deepcopy(module.state_dict()), copy.deepcopy(module).eval()(torch.as_tensor(X)).detach().numpy()
    module[4].eval()
    modes = [part.training for part in module.modules()]
    found = of_model(module, (X, Y))
    np.testing.assert_allclose(found.test.scores, softmax(wanted, axis=1), rtol=1e-5)
    np.testing.assert_allclose(found.opened().scores(X), wanted, rtol=1e-5, atol=1e-6)
    assert np.isfinite(found.opened().hessian(X, Y)(np.ones(found.opened().size, "float32"))).all()
    assert np.isfinite(found.opened().gradient_squares(X, Y)[0]).all() and found.opened().features(X).shape == (40, 4)
    assert [part.training for part in module.modules()] == modes == [True, True, True, True, False]
    assert module.state_dict().keys() == before.keys()
    assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert all(parameter.grad is None for parameter in module.parameters())
    (told,) = mode.read(found)
    assert (told.value, told.range, told.level) == (4, (0, 5), "attention")
    assert "were in it. Known to act otherwise there: 1 (BatchNorm1d), 2 (Dropout). Dropout leaves" in told.sentence
    assert "Call model.eval() before it is used" in told.sentence
    assert told.name in Audit(found, {"mode": [told]}, {}, {}).summary()


def test_the_copy_shares_every_tensor_and_no_part():
    torch = pytest.importorskip("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        older = torch.nn.utils.weight_norm(torch.nn.Linear(4, 3))
    tied = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Linear(4, 4))
    tied[1].weight = tied[0].weight
    normed = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(4, 3))
    for module in (torch_model(torch), older, tied, normed, torch.nn.LSTM(4, 3, 2, dropout=0.1), torch.nn.TransformerEncoderLayer(4, 2, 8)):
        before = copy.deepcopy(module.state_dict())
        ready, found = evaluated(module)
        assert found.count == found.of == len(list(module.modules()))
        assert not any(part.training for part in ready.modules()) and all(part.training for part in module.modules())
        for (name, value), (other_name, other) in zip(module.state_dict(keep_vars=True).items(), ready.state_dict(keep_vars=True).items(), strict=True):
            assert name == other_name and value is other
        assert not {id(part) for part in module.modules()} & {id(part) for part in ready.modules()}
        ready(torch.randn(5, 2, 4) if isinstance(module, torch.nn.LSTM | torch.nn.TransformerEncoderLayer) else torch.as_tensor(X))
        assert all(torch.equal(before[name], value) for name, value in module.state_dict().items())
    assert evaluated(tied.eval()) == (tied, None)


def test_what_cannot_be_copied_is_refused_and_untouched():
    torch = pytest.importorskip("torch")

    class Merging(torch.nn.Linear):
        def train(self, mode=True):
            self.weight.data += 1
            return super().train(mode)

    class Passing(torch.nn.Linear):
        def __getattr__(self, name):
            return super().__getattr__(name)

    class Alone(torch.nn.Linear):
        def __deepcopy__(self, memo):
            return self

    class Anew(torch.nn.Linear):
        def __deepcopy__(self, memo):
            return Anew(4, 3)

    locked = torch.nn.Linear(4, 3)
    locked.lock = threading.Lock()
    for module, why in (
        (Merging(4, 3), "it is a Merging, which has a train of its own"),
        (torch.nn.Sequential(Passing(4, 3)), "0 is a Passing, which has a __getattr__ of its own"),
        (Alone(4, 3), "its copy has parts of the module itself"),
        (Anew(4, 3), "its copy has other parameters or buffers"),
        (locked, "cannot pickle '_thread.lock' object"),
    ):
        weights = [value.clone() for value in module.parameters()]
        with pytest.raises(Problem, match=rf"in training mode: dropout would act.* Call model.eval\(\).*{why}"):
            of_model(module, (X, Y))
        assert module.training
        assert all(torch.equal(one, other) for one, other in zip(weights, module.parameters(), strict=True))


class Normed(eqx.Module):
    """Two layers with batch normalisation between them."""

    first: eqx.nn.Linear
    norm: eqx.nn.BatchNorm
    drop: eqx.nn.Dropout
    last: eqx.nn.Linear

    def __init__(self, key):
        self.first, self.last = eqx.nn.Linear(4, 6, key=key), eqx.nn.Linear(6, 3, key=key)
        self.norm, self.drop = eqx.nn.BatchNorm(6, "batch", mode="ema"), eqx.nn.Dropout(0.5)

    def __call__(self, x, state, key=None):
        x, state = self.norm(self.first(x), state)
        return self.last(self.drop(jax.nn.relu(x), key=key)), state


def test_equinox_modules_with_a_state():
    model, state = eqx.nn.make_with_state(Normed)(jax.random.key(0))
    _, state = jax.vmap(model, axis_name="batch", in_axes=(0, None, 0), out_axes=(0, None))(X + 1, state, jax.random.split(jax.random.key(1), 40))
    kept = [np.array(leaf) for leaf in jax.tree.leaves(state)]
    found = of_model((model, state), (X, Y))
    mean, variance = state.get(model.norm.ema_state_index)
    hidden = (X @ model.first.weight.T + model.first.bias - mean) / jnp.sqrt(variance + model.norm.eps) * model.norm.weight + model.norm.bias
    wanted = np.maximum(hidden, 0) @ model.last.weight.T + model.last.bias
    np.testing.assert_allclose(found.test.scores, softmax(np.asarray(wanted), axis=1), rtol=1e-4)
    for before, after in zip(kept, jax.tree.leaves(state), strict=True):
        np.testing.assert_array_equal(before, after)
    assert not (model.norm.inference or model.drop.inference)
    (told,) = mode.read(found)
    assert (told.value, told.level) == (2, "attention")
    assert "otherwise there: .norm (BatchNorm), .drop (Dropout). " in told.sentence
    assert "Call eqx.nn.inference_mode(model) before it is used" in told.sentence
    box = JaxBox(network_of((model, state)), "logits")
    assert box.size == 6 * 4 + 6 + 2 * 6 + 3 * 6 + 3  # what batches left behind is no weight
    np.testing.assert_allclose(box.scores(X), wanted, rtol=1e-4, atol=1e-5)


class Counting(eqx.Module):
    """Counts how often it was asked."""

    layer: eqx.nn.Linear
    count: eqx.nn.StateIndex

    def __call__(self, x, state):
        return self.layer(x), state.set(self.count, state.get(self.count) + 1)


def test_a_state_that_is_written_to_is_still_the_users():
    model, state = eqx.nn.make_with_state(lambda: Counting(eqx.nn.Linear(4, 3, key=jax.random.key(0)), eqx.nn.StateIndex(jnp.array(0))))()
    with jax.disable_jit():
        network_of((model, state))(jnp.asarray(X[0]))
    assert len(of_model((model, state), (X, Y)).test) == 40
    assert state.get(model.count) == 0


def test_what_acts_alike_in_both_modes_is_not_told():
    torch = pytest.importorskip("torch")
    alike = (torch.nn.Dropout(0.0), torch.nn.BatchNorm1d(4, track_running_stats=False), torch.nn.LSTM(4, 4), torch.nn.Linear(4, 3))
    assert evaluated(torch.nn.Sequential(*alike))[1].acting == ()
    assert evaluated(torch.nn.Sequential(torch.nn.GRU(4, 4, 2, dropout=0.1), torch.nn.MultiheadAttention(4, 2, dropout=0.1)))[1].acting == (
        "0 (GRU)",
        "1 (MultiheadAttention)",
    )
    ready = of_model(eqx.nn.inference_mode(eqx.nn.Sequential([eqx.nn.Dropout(0.5), eqx.nn.Linear(4, 3, key=jax.random.key(0))])), (X, Y))
    idle = of_model(eqx.nn.Sequential([eqx.nn.Dropout(0.0), eqx.nn.Linear(4, 3, key=jax.random.key(0))]), (X, Y))
    assert list(mode.read(ready)) == list(mode.read(idle)) == []
