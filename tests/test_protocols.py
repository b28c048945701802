"""Readouts and reservoirs of one's own, and the default forecaster."""

import re

import numpy as np
import pytest
from sklearn.base import clone

from reservoir import ESNForecaster, ESNRegressor, Reservoir, RidgeReadout
from reservoir.datasets import load_sunspots
from reservoir.dynamics import Rule, Stepper, batch
from reservoir.esn import DivergenceWarning
from reservoir.reservoirs import BaseReservoir

from .test_esn import data

# -- the protocols


def test_a_readout_of_ones_own():
    class Doubled(RidgeReadout):
        def solved(self, statistics, *, squeeze):
            new = super().solved(statistics, squeeze=squeeze)
            new.coef_, new.intercept_ = 2 * new.coef_, 2 * new.intercept_
            return new

    u, y = data()
    plain = ESNRegressor(Reservoir(20, random_state=0)).fit(u, y)
    doubled = ESNRegressor(Reservoir(20, random_state=0), Doubled()).fit(u, y)
    np.testing.assert_allclose(doubled.predict(u), 2 * plain.predict(u))


class DelayLine(BaseReservoir):
    """The last inputs of one feature, as a reservoir of one's own: obeys the contract alone."""

    def __init__(self, n_units=5):
        self.n_units = n_units

    def make_rule(self, sequences, streams):
        return Shift(self.n_units)


class Shift(Rule):
    n_features = 1

    def __init__(self, n_units):
        self.n_state = self.n_seen = n_units

    def stepper(self, state):
        return Shifter(state)


class Shifter(Stepper):
    def __init__(self, state):
        self.state, self.input = np.array(state), np.zeros((1, state.shape[1]))
        self.seen = self.state

    def step(self, noise=None):
        self.state[1:] = self.state[:-1].copy()
        self.state[0] = self.input[0]


def test_a_reservoir_of_ones_own():
    """Ridge on the last five values, fitted and run freely: a linear autoregression."""
    x = np.sin(np.arange(6000) * 0.3)[:, None]
    model = ESNForecaster(DelayLine(5), RidgeReadout(1e-9, washout=10)).fit(x[:5900])
    np.testing.assert_allclose(model.forecast(100), x[5900:], atol=1e-3)
    np.testing.assert_allclose(model.predict(x[5900:]), x[5900:], atol=1e-4)


@pytest.mark.parametrize("solver", ["gram", "qr"])
@pytest.mark.parametrize("ragged", [False, True])
def test_lanes_give_the_same_readout(solver, ragged, monkeypatch):
    rng = np.random.default_rng(0)
    lengths = rng.integers(100, 400, 300) if ragged else [30_000]
    X = [rng.uniform(-1, 1, (n, 1)) + 3.0 for n in lengths]
    y = [np.sin(x) + np.vstack([x[:1], x[:-1]]) for x in X]
    model = ESNRegressor(
        Reservoir(60, random_state=0), RidgeReadout(1e-6, solver=solver), passthrough=True
    )
    used = []
    original = batch.ThreadPoolExecutor
    monkeypatch.setattr(batch, "ThreadPoolExecutor", lambda n: used.append(n) or original(n))
    one = clone(model).fit(X, y)
    assert not used
    for least in ("MIN_LANE_WIDTH", "MIN_FREE_LANE_WIDTH"):
        monkeypatch.setattr(batch, least, 512)
    monkeypatch.setattr(batch, "MIN_LANE_WORK", 100_000)
    monkeypatch.setattr(batch, "n_threads", lambda: 3)
    three = clone(model).fit(X, y)
    assert 3 in used
    np.testing.assert_allclose(three.readout_.coef_, one.readout_.coef_, rtol=1e-6)
    for mine, wanted in zip(three.predict(X), one.predict(X), strict=True):
        np.testing.assert_allclose(mine, wanted, atol=1e-9)


@pytest.mark.parametrize(
    "x", [np.ones((60, 1)), np.arange(60.0).reshape(-1, 1), np.sin(np.arange(600.0) * 0.2)[:, None]]
)
@pytest.mark.parametrize("alpha", ["free_run", "evidence"])
def test_the_default_forecaster_needs_no_warning_for_what_is_exact(x, alpha):
    slow = Reservoir(spectral_radius=0.5, leak_rate=0.3, input_scaling=0.3, bias_scaling=1.0)
    reservoir = slow if alpha == "evidence" else None
    model = ESNForecaster(reservoir, RidgeReadout(alpha), random_state=0).fit(x[:-20])
    np.testing.assert_allclose(model.forecast(20), x[-20:], atol=1e-6)


def test_the_default_forecaster_stays_near_a_short_and_noisy_series():
    """A fixed alpha of 1e-8 ends a thousand deviations away (`benchmarks.defaults`)."""
    x = load_sunspots().data
    forecasts = [ESNForecaster(random_state=s).fit(x[:109]).forecast(50) for s in range(5)]
    assert np.median([np.abs(f - x[109:159]).max() for f in forecasts]) < 6 * x.std()


def test_divergence_is_an_error_or_nan_or_held():
    """An exponential leaves its training data by ten ranges, as it says when asked."""
    x = np.exp(np.arange(300) * 0.05).reshape(-1, 1)
    model = ESNForecaster(
        Reservoir(20, activation="identity", spectral_radius=0.5, random_state=0),
        RidgeReadout(1e-9, washout=10),
    ).fit(x)
    told = r"the closed loop diverged at step (\d+) of 300: it left the training data by 10 ranges"
    with pytest.raises(ValueError, match=told):
        model.forecast(300)
    with pytest.warns(DivergenceWarning, match=told) as caught:
        answer = model.forecast(300, on_divergence="nan")[:, 0]
    first = int(np.isnan(answer).argmax())
    assert re.search(told, str(caught[0].message)).group(1) == str(first + 1)
    limit = x.max() + 10 * np.ptp(x)
    assert (answer[:first] <= limit).all()
    assert answer[first - 1] * np.exp(0.05) > 0.9 * limit
    assert np.isnan(answer[first:]).all()
    with pytest.warns(DivergenceWarning, match=told):
        held = model.forecast(300, on_divergence="clip")[:, 0]
    np.testing.assert_allclose(held[:first], answer[:first], rtol=1e-9)
    assert held[first:].max() == pytest.approx(limit)
    with pytest.warns(
        DivergenceWarning, match=r"1 of 1 free runs diverged, the first from origin 0"
    ):
        model.rolling_forecast(np.full((300, 1), x[-1, 0]), 300)
    growing = clone(model).set_params(differences=(1,)).fit(np.arange(300.0)[:, None])
    np.testing.assert_allclose(growing.forecast(9000)[-1], 9299.0, rtol=1e-3)  # trends may leave
