"""Signals against independent integrators, known constants and the source of the real series."""

import inspect

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from reservoir import datasets
from reservoir.metrics import nmse, nrmse, smape, valid_prediction_time


def test_lorenz_agrees_with_an_adaptive_solver():
    x = datasets.lorenz63(100, random_state=0)

    def flow(t, p):
        return [10 * (p[1] - p[0]), p[0] * (28 - p[2]) - p[1], p[0] * p[1] - 8 / 3 * p[2]]

    times = 0.02 * np.arange(100)
    wanted = solve_ivp(flow, (0, 2), x[0], method="DOP853", rtol=1e-12, atol=1e-12, t_eval=times)
    np.testing.assert_allclose(x, wanted.y.T, rtol=0, atol=1e-5)


def test_runge_kutta_is_of_fourth_order():
    def error(substeps):
        x = datasets.generators._runge_kutta(lambda p: [p[1], -p[0]], [1.0, 0.0], 1.0, 6, substeps)
        return np.abs(x[:, 0] - np.cos(np.arange(6))).max()

    assert np.log2(error(8) / error(16)) == pytest.approx(4.0, abs=0.2)


def test_mackey_glass_obeys_its_equation():
    x = datasets.mackey_glass(20_000, random_state=0)[:, 0]
    # at a spacing of one time unit, the derivative by central differences
    slope = (x[2:] - x[:-2]) / 2
    wanted = 0.2 * x[:-18] / (1 + x[:-18] ** 10) - 0.1 * x[17:-1]
    assert np.abs(slope[16:] - wanted)[: len(wanted)].mean() < 0.1 * np.abs(slope).mean()
    assert x.mean() == pytest.approx(0.92, abs=0.02)  # and its long-time mean and spread
    assert x.std() == pytest.approx(0.23, abs=0.02)


def test_narma_obeys_its_recursion():
    u, y = datasets.narma(60, random_state=1)
    for t in (9, 30, 58):
        past = sum(y[t - i] for i in range(10))
        wanted = 0.3 * y[t] + 0.05 * y[t] * past + 1.5 * u[t - 9, 0] * u[t, 0] + 0.1
        assert y[t + 1] == pytest.approx(wanted)
    assert 0.0 <= u.min() < u.max() <= 0.5
    assert np.isfinite(datasets.narma(200_000, random_state=0)[1]).all()


@pytest.mark.parametrize("make", [datasets.lorenz63, datasets.mackey_glass])
def test_seeds(make):
    np.testing.assert_array_equal(make(50, random_state=1), make(50, random_state=1))
    assert not np.allclose(make(50, random_state=1), make(50, random_state=2))


def test_co2_is_weekly_and_as_published():
    co2 = datasets.load_co2()
    assert (np.diff(co2.dates) == np.timedelta64(7, "D")).all()
    assert co2.data[0, 0] == 316.1
    assert str(co2.dates[-1]) == "2001-12-29"
    assert np.isnan(co2.data).sum() == 59
    assert np.nanmax(co2.data) == 373.9


def test_nrmse():
    rng = np.random.default_rng(0)
    y, e = rng.standard_normal((50, 2)) * [1, 30], rng.standard_normal((50, 2))
    wanted = np.mean([np.sqrt(np.mean(e[:, i] ** 2)) / np.std(y[:, i]) for i in (0, 1)])
    assert nrmse(y, y + e) == pytest.approx(wanted)
    assert nmse(y[:, 1], (y + e)[:, 1]) == pytest.approx(nrmse(y[:, 1], (y + e)[:, 1]) ** 2)
    squares = [np.mean(e[:, i] ** 2) / np.var(y[:, i]) for i in (0, 1)]
    assert nmse(y, y + e) == pytest.approx(np.mean(squares))
    assert nrmse(y[:, 0], np.full(50, y[:, 0].mean())) == pytest.approx(1.0)
    assert np.isnan(nrmse(y, np.where(y > 0, y, np.nan)))
    with pytest.raises(ValueError, match="y_true must vary in every output"):
        nrmse(np.ones(5), np.ones(5))
    with pytest.raises(ValueError, match=r"one shape, of 1 or 2 dimensions; got \(5,\) and \(4,\)"):
        nrmse(np.arange(5.0), np.ones(4))


def test_valid_prediction_time():
    truth = np.random.default_rng(0).standard_normal((3, 40, 2))
    forecast = truth.copy()
    forecast[0, 25:] += 0.5  # rms 0.5 / 0.9 > 0.4
    forecast[1, 10] += 0.3  # below
    forecast[1, 30, 0] = np.nan
    times = valid_prediction_time(truth, forecast, scale=[0.9, 0.9], dt=0.5)
    np.testing.assert_array_equal(times, [12.5, 15.0, 20.0])
    assert valid_prediction_time(truth[0], forecast[0], scale=2.0) == 40
    times = valid_prediction_time(truth, forecast, scale=0.9, dt=0.5, lyapunov_exponent=0.1)
    np.testing.assert_allclose(times, [1.25, 1.5, 2.0])
    assert valid_prediction_time(truth[0], forecast[0], scale=2.0, threshold=0.2) == 25
    with pytest.raises(ValueError, match="scale must be > 0 in every coordinate; got 0"):
        valid_prediction_time(truth, forecast, scale=0.0)
    with pytest.raises(ValueError, match="'threshold' parameter of valid_prediction_time must be"):
        valid_prediction_time(truth, forecast, threshold=-1)
    with pytest.raises(ValueError, match="of 2 or 3 dimensions"):
        valid_prediction_time(truth[0, :, 0], truth[0, :, 0])


def solve(flow, start, dt, n_steps, **options):
    times = dt * np.arange(n_steps)
    options = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-11, **options}
    return solve_ivp(flow, (0, times[-1]), start, t_eval=times, **options).y.T


def test_rossler_and_lorenz96_agree_with_an_adaptive_solver():
    x = datasets.rossler(50, random_state=0)
    flow = lambda t, p: [-p[1] - p[2], p[0] + 0.2 * p[1], 0.2 + p[2] * (p[0] - 5.7)]  # noqa: E731
    np.testing.assert_allclose(x, solve(flow, x[0], 0.1, 50), rtol=0, atol=1e-5)
    x = datasets.lorenz96(50, n_sites=6, random_state=0)

    def ring(t, p):
        return (np.roll(p, -1) - np.roll(p, 2)) * np.roll(p, 1) - p + 8

    np.testing.assert_allclose(x, solve(ring, x[0], 0.01, 50), rtol=0, atol=1e-5)


def test_kuramoto_sivashinsky_agrees_with_an_implicit_solver():
    u = datasets.kuramoto_sivashinsky(9, n_points=32, dt=0.05, random_state=0)
    k = 2 * np.pi / 22 * np.fft.fftfreq(32, 1 / 32)

    def flow(t, p):
        v, w = np.fft.fft(p), np.fft.fft(p**2 / 2)
        w[16] = 0  # the derivative of the highest mode is not real
        return np.fft.ifft(-1j * k * w + (k**2 - k**4) * v).real

    wanted = solve(flow, u[0], 0.05, 9, method="BDF", rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(u, wanted, rtol=0, atol=1e-4)
    assert np.abs(u.mean(axis=1)).max() < 1e-12  # the mean is conserved


def test_maps_obey_their_recursions():
    x, y = datasets.henon(50, random_state=0).T
    np.testing.assert_allclose(x[1:], 1 - 1.4 * x[:-1] ** 2 + y[:-1], atol=1e-12)
    np.testing.assert_allclose(y[1:], 0.3 * x[:-1], atol=1e-12)
    z = datasets.logistic(50, r=3.9, random_state=0)
    np.testing.assert_allclose(z[1:], 3.9 * z[:-1] * (1 - z[:-1]), atol=1e-12)
    t = np.arange(20)
    wanted = np.sin(0.2 * t) + np.sin(0.311 * t)
    np.testing.assert_allclose(datasets.sines(20, n_sines=2)[:, 0], wanted, atol=1e-12)
    u, y = datasets.narma(80, order=30, random_state=0)
    for t in (29, 50, 78):
        past = sum(y[t - i] for i in range(30))
        right = 0.3 * y[t] + 0.05 * y[t] * past + 1.5 * u[t - 29, 0] * u[t, 0] + 0.1
        assert y[t + 1] == pytest.approx(np.tanh(right))


@pytest.mark.parametrize(
    ("make", "options", "message"),
    [
        (datasets.narma, {"order": 0}, r"an int in the range \[1, inf\). Got 0"),
        (datasets.sines, {"n_sines": 9}, r"an int in the range \[1, 8\]. Got 9"),
        (datasets.logistic, {"r": 4.5}, r"a float in the range \(0.0, 4.0\]. Got 4.5"),
        (datasets.lorenz96, {"n_sites": 3}, r"an int in the range \[4, inf\). Got 3"),
        (datasets.mackey_glass, {"tau": np.inf}, r"a float in the range \(0.0, inf\). Got inf"),
        (datasets.rossler, {"dt": 0.0}, r"a float in the range \(0.0, inf\). Got 0.0"),
        (datasets.henon, {"transient": -1}, r"an int in the range \[0, inf\). Got -1"),
        (datasets.lorenz63, {"random_state": "a"}, "Got 'a' instead"),
        (datasets.kuramoto_sivashinsky, {"n_points": 7}, "must be an even integer ≥ 4; got 7"),
    ],
)
def test_bad_parameters(make, options, message):
    (name,) = options
    with pytest.raises(ValueError, match=f"{name}.*{message}"):
        make(10, **options)
    with pytest.raises(ValueError, match=f"'n_steps' parameter of {make.__name__} must be an int"):
        make(0)


def test_sunspots_are_yearly():
    sunspots = datasets.load_sunspots()
    assert (np.diff(sunspots.dates).astype(int) == 1).all()
    assert sunspots.data[0, 0] == 5.0
    assert np.nanmax(sunspots.data) == 190.2


def test_smape_is_symmetric_and_bounded():
    rng = np.random.default_rng(0)
    y, p = rng.standard_normal((2, 30, 2))
    by_hand = [
        2 * abs(a - b) / (abs(a) + abs(b)) for a, b in zip(y.ravel(), p.ravel(), strict=True)
    ]
    assert smape(y, p) == pytest.approx(100 * np.mean(by_hand))
    assert smape(y, p) == pytest.approx(smape(p, y))
    assert smape(y, -y) == pytest.approx(200.0)
    assert smape([0.0, 1.0], [0.0, 1.0]) == 0.0
    assert smape([0.0, 1.0], [1e100, 1.0]) == pytest.approx(100.0)
    with pytest.raises(ValueError, match="y_true and y_pred must have one shape"):
        smape([1.0], [1.0, 2.0])


def double_scroll(t, p):
    g = (p[0] - p[1]) / 3.44 + 2 * 2.25e-5 * np.sinh(11.6 * (p[0] - p[1]))
    return [p[0] / 1.2 - g, g - p[2], p[1] - 0.193 * p[2]]


def chen(t, p):
    return [40 * (p[1] - p[0]), (28 - 40) * p[0] - p[0] * p[2] + 28 * p[1], p[0] * p[1] - 3 * p[2]]


def rabinovich_fabrikant(t, p):
    x, y, z = p
    return [
        y * (z - 1 + x**2) + 0.87 * x,
        x * (3 * z + 1 - x**2) + 0.87 * y,
        -2 * z * (1.1 + x * y),
    ]


def chua(t, p):
    m0, m1 = -8 / 7, -5 / 7
    f = m1 * p[0] + (m0 - m1) / 2 * (np.abs(p[0] + 1) - np.abs(p[0] - 1))
    return [15.6 * (p[1] - p[0] - f), p[0] - p[1] + p[2], -28 * p[1]]


def colpitts(t, p):
    f = 9 - p[2] if p[2] < 9 else 0.0
    return [p[1] - 30 * f, 20 - p[0] - 0.8 * p[1] - p[2], p[1] - 0.08 * p[2]]


def hyper_lorenz(t, p):
    x, y, z, w = p
    return [10 * (y - x) + w, 28 * x - y - x * z, x * y - 8 / 3 * z, -y * z - w]


# what the mean of one equation says of a long trajectory: no derivative has a mean
MEANS = {
    "double_scroll": lambda x: (x[:, 1], 0.193 * x[:, 2]),
    "chen": lambda x: (x[:, 0] * x[:, 1], 3 * x[:, 2]),
    "rabinovich_fabrikant": lambda x: (x[:, 0] * x[:, 1], np.full(len(x), -1.1)),
    "chua": lambda x: (x[:, 0], -x[:, 2]),
    "colpitts": lambda x: (x[:, 1], 0.08 * x[:, 2]),
    "hyper_lorenz": lambda x: (x[:, 1] * x[:, 2], -x[:, 3]),
}
FLOWS = (double_scroll, chen, rabinovich_fabrikant, chua, colpitts, hyper_lorenz)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_further_systems_obey_their_equations_and_stay_where_they_are(flow):
    make = getattr(datasets, flow.__name__)
    x = make(4000, random_state=0)
    default = inspect.signature(make).parameters["dt"].default
    times = default * np.arange(20)
    options = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-11, "t_eval": times}
    wanted = solve_ivp(flow, (0, times[-1]), x[0], **options)
    np.testing.assert_allclose(x[:20], wanted.y.T, atol=2e-4 * x.std())
    left, right = MEANS[flow.__name__](x)
    assert left.mean() == pytest.approx(right.mean(), abs=0.06 * left.std())
    assert (x[2000:].std(axis=0) > 0.3 * x[:2000].std(axis=0)).all()  # it neither dies nor leaves
    assert np.abs(x[2000:]).max() < 3 * np.abs(x[:2000]).max()


def test_the_double_pendulum_keeps_its_energy():
    one, two, rate1, rate2 = datasets.double_pendulum(1000, random_state=0).T
    energy = rate1**2 + rate2**2 / 2 + rate1 * rate2 * np.cos(one - two)
    energy -= 9.81 * (2 * np.cos(one) + np.cos(two))
    np.testing.assert_allclose(energy, energy[0], atol=1e-3)
    assert rate1.std() > 1

    def level(t, p):  # its own equations of motion, solved for the accelerations
        s, c = np.sin(p[0] - p[1]), np.cos(p[0] - p[1])
        left = np.array([[2, c], [c, 1]])
        right = [-(p[3] ** 2) * s - 2 * 9.81 * np.sin(p[0]), p[2] ** 2 * s - 9.81 * np.sin(p[1])]
        return [p[2], p[3], *np.linalg.solve(left, right)]

    x = datasets.double_pendulum(20, random_state=0)
    options = {"rtol": 1e-11, "atol": 1e-11, "t_eval": 0.05 * np.arange(20)}
    np.testing.assert_allclose(x, solve_ivp(level, (0, 1), x[0], **options).y.T, atol=1e-5)


def test_ikeda_turns_and_shrinks():
    x = datasets.ikeda(3000, random_state=0)
    z = x[:, 0] + 1j * x[:, 1]
    np.testing.assert_allclose(np.abs(z[1:] - 1), 0.9 * np.abs(z[:-1]))
    turned = np.angle((z[1:] - 1) / z[:-1])
    wanted = 0.4 - 6 / (1 + np.abs(z[:-1]) ** 2)
    np.testing.assert_allclose(np.exp(1j * turned), np.exp(1j * wanted), atol=1e-9)


def test_a_channel_bits_and_words():
    u, y = datasets.channel_equalisation(4000, decibels=None, delay=0, random_state=0)
    q = np.convolve(y, [0.08, -0.12, 1, 0.18, -0.1, 0.09, -0.05, 0.04, 0.03, 0.01])[2:-7]
    inside = slice(10, -10)
    np.testing.assert_allclose(u[inside, 0], (q + 0.036 * q**2 - 0.011 * q**3)[inside], atol=1e-12)
    noisy, late = datasets.channel_equalisation(4000, decibels=20, random_state=0)
    np.testing.assert_array_equal(late[2:], datasets.channel_equalisation(
        4000, decibels=None, delay=2, random_state=0)[1][2:])  # fmt: skip
    clean = datasets.channel_equalisation(4000, decibels=None, random_state=0)[0]
    ratio = 10 * np.log10(clean.var() / (noisy - clean).var())
    assert ratio == pytest.approx(20, abs=0.3)
    u, y = datasets.bit_memory(7, n_bits=3)
    assert len({tuple(row.ravel()) for row in u}) == 8
    np.testing.assert_array_equal(y[:, -3:, :2], u[:, :3, :2])
    np.testing.assert_array_equal(u.sum(axis=2), 1)
    np.testing.assert_array_equal(y.sum(axis=2), 1)
    assert (u[:, 10, 3] == 1).all()
    u, y = datasets.anbn(50, random_state=0)
    word = "".join("ab"[k] for k in u.argmax(axis=1))
    parts = word.replace("ba", "b|a").split("|")
    assert len(parts) == 50
    assert all(part.count("a") == part.count("b") == len(part) // 2 for part in parts)
    np.testing.assert_array_equal(y[:-1], u[1:])
