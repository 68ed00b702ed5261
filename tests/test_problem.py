"""What is refused before it becomes a number that means nothing."""

from fractions import Fraction
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import jaxtyping
import numpy as np
import pytest

from unseen._problem import Problem, fitting, number, real_numbers, whole
from unseen._types import expect_numbers, over
from unseen.bounds.bound import Bound
from unseen.bounds.gaussian_process import gaussian_process
from unseen.bounds.gibbs_network import gibbs_gap, sign_networks
from unseen.bounds.koopman import composition_norm, koopman_bound
from unseen.bounds.layerwise import kl_gap
from unseen.bounds.norms import margin_bound, spectral
from unseen.bounds.uniform import rademacher_complexity
from unseen.theory.linearized import modes
from unseen.theory.random_features import random_feature_risk
from unseen.theory.ridge import empirical_spectrum, fit_ridge, power_law_error, ridge_risk
from unseen.theory.sketching import sketched_risk


@pytest.fixture
def as_users_have_it():
    """Without the checks of types, which only tests have."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


ONES, COMPLEX = np.ones(2), np.array([1 + 1j, 1.0])
TURN = np.array([[0.0, 1.0], [-1.0, 0.0]])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: real_numbers("x", COMPLEX), "x: expected real numbers, got complex ones"),
        (lambda: real_numbers("x", ["a"]), "x: expected numbers"),
        (lambda: real_numbers("x", ["1", "2"]), "x: expected numbers"),
        (lambda: real_numbers("x", np.array([1.0, "2"], dtype=object)), "x: expected numbers"),
        (lambda: ridge_risk(COMPLEX, ONES, 3), "eigenvalues: expected real numbers"),
        (lambda: ridge_risk(ONES, np.array([np.nan, 1.0]), 3), "coefficients: expected finite numbers, got 1 of 2"),
        (lambda: random_feature_risk(COMPLEX, ONES, 3, 4), "eigenvalues: expected real numbers"),
        (lambda: empirical_spectrum(TURN, ONES), "kernel: expected a symmetric matrix"),
        (lambda: modes(np.eye(2) * 1j), "kernel: expected real numbers"),
        (lambda: gaussian_process(np.eye(2) * 1j, np.ones((1, 2)), 1.0, np.zeros((1, 2)), np.ones(1)), "kernel: expected real numbers"),
        (lambda: composition_norm(np.eye(2) * 1j, 1.5), "weight: expected real numbers"),
        (lambda: koopman_bound([np.nan, 1.0], [np.eye(2)], 1.0, 1.5), "margins: expected finite numbers"),
        (lambda: koopman_bound([1.0, 1.0], [np.eye(2), np.eye(3)], 1.0, 2.0), "weights: expected square matrices of one size"),
        (lambda: margin_bound([1.0], [np.ones((2, 3)), np.ones((4, 2))], np.ones((1, 2))), r"weights: expected matrices \[in, out\]"),
        (lambda: margin_bound([1.0], [np.ones((2, 3))], np.full((1, 2), np.nan)), "x: expected finite numbers"),
        (lambda: spectral([1.0, 1.0], [np.ones((2, 3)), np.ones((4, 2))], 1.0), r"weights: expected matrices \[in, out\]"),
        (lambda: fit_ridge(np.eye(2), ONES, np.array([-1.0])), "ridges: expected numbers of at least 0"),
        (lambda: power_law_error(1.5, 2.0, 2.0), r"fit, noise: expected a ratio in \[0, 1\)"),
        (lambda: sketched_risk(np.ones(2), np.ones(2), 9, 5, -1.0, "independent"), "noise: expected"),
        (lambda: sketched_risk(np.ones(2), np.ones(5), 9, 5, 1.0, "independent"), "coefficients: expected one for each"),
        (lambda: rademacher_complexity([[0.0, 9.0]], [[1, 1]]), r"losses, signs: expected at least one of each, losses in \[0, 1\]"),
        (lambda: rademacher_complexity([[0.0, 1.0]], [[7, 1]]), "signs of ±1"),
        (lambda: kl_gap(np.zeros(0)), "divergence, sigma: expected at least one number"),
        (lambda: gibbs_gap(sign_networks((2, 1)), sign_networks((2, 1))[0][0], np.random.default_rng(0), n=0, flip=0.1, strength=1.0), "expected n, sets ≥ 1"),
        (lambda: Bound(0.3, 0.2, 2.0, {}), r"a chance of failure in \(0, 1\)"),
    ],
)
def test_refused(call, message, as_users_have_it):
    with pytest.raises(Problem, match=message):
        call()


def test_figure_of_certificates_that_are_all_infinite():
    from unseen.report.certificates import limits

    assert limits({"nothing": [(Bound(float("inf"), 0.1, 0.05, {}), 0.2)]}) is not None


def test_what_a_review_found():
    from unseen.bounds.gradient_path import kernel_bound
    from unseen.bounds.pruned_code import pruned_code
    from unseen.bounds.smoothed_likelihood import language_model_bound
    from unseen.measures.intrinsic_dimension_two_nn import two_nn_dimension

    x = np.random.default_rng(0).standard_normal((20, 30))
    twice = np.vstack([x, x[:1]])
    with pytest.raises(Problem, match="positive definite"):
        kernel_bound(twice @ twice.T, np.ones(21), 0.1)
    assert kernel_bound(x @ x.T, np.ones(20), 0.1).assumptions["the constant is one of the kernel"] is True
    assert kernel_bound(x @ x.T, np.ones(20), 0.1, c=1e-3).assumptions["the constant is one of the kernel"] is None
    with pytest.raises(Problem, match="values: expected finite numbers"):
        pruned_code([1.0, float("nan")], 1, 1)
    with pytest.raises(Problem, match=r"log_probability: expected \[documents, tokens\]"):
        language_model_bound(np.zeros((3, 0)), bits=1.0, documents=10, vocabulary=3)
    with pytest.raises(Problem, match="got a grid"):
        two_nn_dimension(np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2))
    with pytest.raises(Problem, match="24 with the inputs"):
        sign_networks((18, 1))


def test_what_a_review_found_in_tasks_and_measures():
    import jax

    from unseen.bounds.controlled_equation import Limits, controlled_equation_bound
    from unseen.bounds.testable_halfspace import disagreement_limit
    from unseen.measures.complexity.attribute_representativeness import local_entropy
    from unseen.models.convolutional import Convolutional
    from unseen.tasks.planted.labelled_manifold import LabelledManifold

    assert controlled_equation_bound(0.2, 100, Limits(1.0, 1.0, 1.0, 1.0, 1.0), (2, 2), variation=1e4, steps=10**6, first=1.0).vacuous
    assert disagreement_limit(np.ones((5, 2)), np.array([1.0, 0.0]), 0.0) == 0.0
    with pytest.raises(Problem, match="image: expected finite numbers"):
        local_entropy(np.full((4, 4), np.nan))
    with pytest.raises(Problem, match="at least 3 x 3 pixels"):
        local_entropy(np.ones((2, 4)))
    assert Convolutional(channels=(4,), strides=(1,)).channels == (4,), "no layer is dropped, so that none is missing"
    tight, loose = (LabelledManifold(dimension=1, most=1, pixels=4, margin=m, frequency=0.2, train_size=200) for m in (1.5, 0.0))
    short = 0
    for seed in range(6):
        kept, any_ = (np.abs(np.asarray(task.splits(jax.random.key(seed))["train"].info["value"])) for task in (tight, loose))
        if (kept <= 1.5).any():  # too few points lie outside: those stand in that are nearest to the edge
            short += 1
            assert kept.min() >= np.quantile(any_, 0.8)
    assert short


def test_fitting_says_what_does_not_fit():
    x, y, noise = fitting(x=(np.ones((2, 3), np.float32), "n d"), y=([1, 0], "n"), noise=(0.5, ""))
    assert (x.shape, y.tolist(), float(noise)) == ((2, 3), [1.0, 0.0], 0.5)
    assert fitting(z=(np.ones((4, 5, 3)), "... d"), w=(np.ones(3), "d"))[0].shape == (4, 5, 3)
    for given, said in (
        ({"x": (np.ones((2, 3)), "n d"), "y": (np.ones(3), "n")}, r"y: expected shape \[n\] with n = 2 as of x, got \(3,\)"),
        ({"x": (np.ones((2, 3)), "n n")}, r"x: expected shape \[n, n\], got \(2, 3\)"),
        ({"x": (np.ones((2, 3)), "n 2")}, r"x: expected shape \[n, 2\], got \(2, 3\)"),
        ({"x": (np.ones(2), "n d")}, r"x: expected shape \[n, d\], got \(2,\)"),
        ({"x": (np.ones((0, 3)), "n d")}, r"x: expected shape \[n, d\], none of them 0"),
        ({"x": (np.array([1.0, np.nan]), "n")}, r"x: expected finite numbers, got 1 of 2 that are not"),
        ({"x": (np.ones(2), "")}, r"x: expected a single number, got \(2,\)"),
        ({"x": (np.eye(2) * 1j, "n n")}, r"x: expected real numbers, got complex ones"),
    ):
        with pytest.raises(Problem, match=said):
            fitting(**given)


@pytest.mark.parametrize("given", [float("nan"), float("inf"), 2.5, 2.0, np.float64(3), "3", None])
def test_what_is_no_whole_number_is_named(given):
    with pytest.raises(Problem, match=r"repetitions: expected a whole number, got .*\. Write it as an int"):
        whole(n=3, repetitions=given)


def test_whole_numbers_of_numpy_count_and_too_small_ones_do_not():
    whole(n=np.int64(3), d=True)
    whole(1, n=1)
    with pytest.raises(Problem, match="n: expected a whole number of at least 1, got 0"):
        whole(1, n=0)


@pytest.mark.parametrize("given", ["3", b"3", None, 1j, np.complex128(1), np.ones(1), [1.0], np.datetime64("2020")])
def test_what_is_no_single_number_is_named(given):
    with pytest.raises(Problem, match="rate: expected a number, got"):
        number(n=3, rate=given)


def test_single_numbers_of_any_kind_pass():
    for given in (True, 2, Fraction(1, 3), np.float32(0.5), np.int8(1), np.array(0.5), jnp.ones(()), jnp.bfloat16(1), float("nan"), np.inf):
        number(rate=given)


def test_what_need_not_be_finite():
    assert real_numbers("x", [1, np.inf], finite=False).tolist() == [1.0, np.inf]
    with pytest.raises(Problem, match="finite"):
        real_numbers("x", [1, np.inf])


class Fields(eqx.Module):
    count: int = 3
    rate: float | jax.Array = 0.5
    limit: int | str | None = None
    span: tuple[int, int] = (1, 8)
    mixed: tuple[float, ...] = (0.5,)
    later: "int" = 2
    free: Any = "anything"
    name: str = "plain"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"count": 2.0}, "a whole number"),
        ({"count": True}, "a whole number"),
        ({"count": None}, "a whole number"),
        ({"count": [1]}, "a whole number"),
        ({"rate": "0.5"}, "a number"),
        ({"rate": np.nan}, "a number"),
        ({"rate": 1j}, "a number"),
        ({"rate": (0.5,)}, "a number"),
        ({"limit": 2.5}, "a whole number or None"),
        ({"span": (1, 8, 9)}, r"2 whole numbers, as \(1, 2\)"),
        ({"span": [1, 8]}, r"2 whole numbers, as \(1, 2\)"),
        ({"mixed": (0.5, "a")}, r"numbers, as \(1.0, 1.0\)"),
        ({"later": 2.5}, "a whole number"),
    ],
)
def test_fields_that_are_no_number_are_named(given, wanted):
    (field,) = given
    with pytest.raises(Problem, match=rf"^Fields\.{field}: expected {wanted}, got "):
        expect_numbers(Fields(**given))


def test_fields_that_are_numbers_axes_or_something_else_pass():
    expect_numbers(Fields())
    expect_numbers(Fields(np.int32(2), np.inf, "all", (np.int64(1), 2), (1, 0.5, np.float32(2)), over(1, 2), None, 2.5))
    expect_numbers(Fields(rate=jnp.nan * jnp.ones(3), span=(1, over(2, 3))))  # an array may hold the values of many runs
    jax.jit(lambda rate: expect_numbers(Fields(rate=rate)))(0.5)
