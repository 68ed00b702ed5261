"""Against series written out by hand, NumPy's Chebyshev interpolation, published parsings, and the invariances that the docstrings promise."""

import numpy as np
import pytest
from numpy.polynomial import chebyshev

from unseen._problem import Problem
from unseen.measures.function_complexity import dictionary_size, grid, mean_frequency, mean_order, phrases

N = 16
X, C = grid(N), grid(N, chebyshev=True)
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=(64, 64))


def test_grids():
    assert X.shape == (N * N, 2)
    assert X.reshape(N, N, 2)[3, 5].tolist() == [-1 + 6 / N, -1 + 10 / N]
    assert np.allclose(chebyshev.chebval(grid(N, 1, chebyshev=True).ravel(), [0] * N + [1]), 0)  # the roots of T_N


@pytest.mark.parametrize(("k", "m"), [(1, 0), (0, 7), (3, 4), (5, -2)])
def test_one_wave_has_its_frequency(k, m):
    wave = np.cos(np.pi * (X @ [k, m]) + 0.3)
    assert mean_frequency(wave.reshape(N, N)) == pytest.approx(np.hypot(k, m))


def test_several_waves_by_hand():
    x = grid(N, 1).ravel()
    assert mean_frequency(3 * np.cos(2 * np.pi * x) + np.sin(6 * np.pi * x)) == pytest.approx((3 * 2 + 6) / 4)
    k = np.minimum(np.arange(1, N), N - np.arange(1, N))  # a line: |f̃(k)| is proportional to 1 / sin(π k / n)
    assert mean_frequency(x) == pytest.approx(np.average(k, weights=1 / np.sin(np.pi * k / N)))


def test_white_noise_has_all_frequencies_alike():
    k = np.fft.fftfreq(64, 1 / 64)
    uniform = np.hypot(k[:, None], k[None, :]).sum() / (64**2 - 1)
    assert mean_frequency(NOISE) == pytest.approx(uniform, rel=0.02)
    assert uniform == pytest.approx(0.765 * 32, rel=0.01)
    assert mean_order(NOISE) == pytest.approx(63, rel=0.02)


def test_order_by_hand_and_by_numpy():
    x, y = C.T
    assert mean_order((2 * x).reshape(N, N)) == pytest.approx(1)
    assert mean_order((5 + 3 * x + x * y).reshape(N, N)) == pytest.approx((3 * 1 + 2) / 4)
    assert mean_order(((2 * x**2 - 1) * (4 * y**3 - 3 * y)).reshape(N, N)) == pytest.approx(5)  # T_2 T_3
    series = chebyshev.chebinterpolate(np.exp, N - 1)
    assert mean_order(np.exp(grid(N, 1, chebyshev=True).ravel())) == pytest.approx(np.average(np.arange(1, N), weights=np.abs(series[1:])), rel=1e-6)


def test_published_parsings():
    assert phrases("1001111011000010") == 8
    assert phrases("1010101010101010") == 7
    assert phrases("1001111011000010000010") == 9
    assert phrases("100111101100001000001010") == 10
    assert phrases([1, 0, 0, 1]) == phrases("1001") == 3
    assert phrases("") == 0


def test_dictionary_size_counts_by_hand():
    assert dictionary_size(np.full((4, 5), 7.0)) == 5  # 1 + 2 + 3 + 4 + 5 equal symbols fit in 20
    assert dictionary_size(np.arange(10.0), levels=10) == 10
    assert dictionary_size(np.arange(10.0), levels=2) == phrases("0000011111") == 5
    assert dictionary_size(NOISE[:1].round() * 0 + [0.0, 1.0] * 32) < dictionary_size(NOISE[:1])


@pytest.mark.parametrize("measure", [mean_frequency, mean_order, dictionary_size])
def test_invariances_and_order(measure):
    values = (np.sin(3 * X[:, 0]) * X[:, 1]).reshape(N, N)
    assert measure(4.0 * values + 8.0) == pytest.approx(measure(values))
    assert measure(values) < measure(NOISE[:N, :N])


def test_constants():
    assert np.isnan(mean_frequency(np.ones((4, 4))))
    assert np.isnan(mean_order(np.full((7, 7), 0.1)))


def test_problems():
    with pytest.raises(Problem, match="at least 2 points"):
        grid(1)
    with pytest.raises(Problem, match="levels"):
        dictionary_size(NOISE, levels=1)
    for measure in (mean_frequency, mean_order, dictionary_size):
        with pytest.raises(Problem, match="finite numbers"):
            measure(np.array([0.0, np.nan]))
