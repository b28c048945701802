"""Whether free runs live on the attractor: distances and invariants, beside what is known."""

import numpy as np
import pytest

from reservoir import NVAR, ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import henon, logistic, lorenz63
from reservoir.diagnostics import (
    climate,
    correlation_dimension,
    density_distance,
    forecast_residuals,
    largest_exponent,
    spectral_distance,
    state_space_divergence,
)


def test_the_climate_of_a_trajectory_beside_its_own():
    x = henon(8000, random_state=0)
    same = climate(x[:4000], x[4000:], n_steps=2000)
    noise = np.random.default_rng(0).normal(x.mean(axis=0), x.std(axis=0), (2000, 2))
    other = climate(noise, x[4000:])
    for name, (run, twin) in same.distances.items():
        assert run < 2.5 * twin, name
        assert other.distances[name][0] > 4 * twin, name
    np.testing.assert_allclose(same.invariants["correlation dimension"], 1.21, atol=0.06)
    np.testing.assert_allclose(same.invariants["largest exponent"], 0.419, atol=0.04)
    assert other.invariants["correlation dimension"][0] > 1.6
    assert "state space" in same.table
    with pytest.raises(ValueError, match="n_steps must be between 50 and 2000, as many .* got 9"):
        climate(x[:4000], x[4000:], n_steps=9)
    with pytest.raises(ValueError, match="X has 2 features and the run 1"):
        climate(x[:4000, :1], x[4000:])


def test_a_forecaster_that_keeps_the_climate_and_one_that_dies():
    x = henon(6000, random_state=0)
    model = ESNForecaster(NVAR(1, order=2), RidgeReadout(1e-9)).fit(x[:2000])
    good = climate(model, x[2000:], n_steps=1500)
    assert good.lasted == 1500
    assert good.distances["state space"][0] < 3 * good.distances["state space"][1]
    dead = climate(np.where(np.arange(2000)[:, None] < 20, x[:2000], np.nan), x[2000:])
    assert dead.lasted == 20
    assert dead.distances["state space"][0] == np.inf


def test_the_climate_of_frames_and_what_is_no_trajectory():
    pd = pytest.importorskip("pandas")
    x = logistic(2000, random_state=0)[:, 0]
    series = pd.Series(x, pd.date_range("2000", periods=2000, freq="D"), name="x")
    of_frames = climate(series[:800], series[800:]).distances
    assert of_frames == climate(x[:800], x[800:]).distances
    with pytest.raises(ValueError, match="the dates of X must be in order"):
        climate(x[:800], series.sample(frac=1, random_state=0))
    with pytest.raises(ValueError, match="X contains NaN"):
        climate(x[:800], series.where(series.index != series.index[3]))
    with pytest.raises(ValueError, match=r"y_true must be one trajectory \(n, d\); got 2"):
        density_distance([x[:100, None], x[100:, None]], x[:100])


def test_distances_by_hand():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3000, 1)), rng.normal(0.5, 1, size=(3000, 1))
    edges = np.linspace(a.min(), a.max(), 11)
    p, q = (np.histogram(x, edges)[0] + 1e-5 for x in (a, b))
    p, q = p / p.sum(), q / q.sum()
    assert state_space_divergence(a, b, n_bins=10) == pytest.approx((p * np.log(p / q)).sum())
    assert state_space_divergence(a, a) == 0.0
    span = (min(a.min(), b.min()), max(a.max(), b.max()))
    p, q = (np.histogram(x, 30, range=span)[0] / 3000 for x in (a, b))
    assert density_distance(a, b) == pytest.approx(np.sqrt(1 - np.sqrt(p * q).sum()))
    assert spectral_distance(a, 3 * a + 2) == pytest.approx(0.0, abs=1e-7)
    slow = np.cumsum(a, axis=0)
    assert 0.3 < spectral_distance(a, slow) <= 1
    many = rng.normal(size=(2000, 6))
    turned = many @ np.linalg.qr(rng.normal(size=(6, 6)))[0]
    assert state_space_divergence(many, many) == 0.0
    assert state_space_divergence(many, turned + 2.0) > 1.0


@pytest.mark.parametrize(
    ("points", "dimension"),
    [
        (np.linspace(0, 1, 3000)[:, None] * [1.0, 2.0, -1.0], 1.0),
        (np.random.default_rng(0).uniform(size=(4000, 2)), 2.0),
        (lorenz63(15000, random_state=0), 2.05),
    ],
)
def test_correlation_dimensions_of_known_sets(points, dimension):
    assert correlation_dimension(points) == pytest.approx(dimension, abs=0.12)


def test_the_largest_exponent_of_known_systems():
    assert largest_exponent(logistic(4000, random_state=0)) == pytest.approx(np.log(2), abs=0.05)
    x = lorenz63(15000, random_state=0)
    assert largest_exponent(x, dt=0.02) == pytest.approx(0.906, abs=0.15)


def test_residuals_are_those_of_forecasts_from_every_origin():
    x = np.sin(np.arange(500) / 4) + 0.1 * np.random.default_rng(0).normal(size=500)
    model = ESNForecaster(Reservoir(30), random_state=0).fit(x[:400])
    found = forecast_residuals(model, x[400:], 10, step=5)
    assert found.errors.shape == (19, 10, 1)
    np.testing.assert_allclose(found.errors[0, :, 0], x[400:410] - model.forecast(10))
    np.testing.assert_allclose(found.rmse**2, found.bias**2 + found.spread**2)
    centred = found.errors[:, 3, 0] - found.errors[:, 3, 0].mean()
    by_hand = (centred[1:] * centred[:-1]).mean()
    by_hand /= np.sqrt((centred[1:] ** 2).mean() * (centred[:-1] ** 2).mean())
    assert found.autocorrelation[3, 0] == pytest.approx(by_hand)
    assert found.plot().get_xlabel() == "steps ahead"
