"""Bands of forecasts hold what they say."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import TimeSeriesSplit
from sklearn.preprocessing import FunctionTransformer

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.esn.bands import conformal_quantile
from reservoir.model_selection import ForecastSearchCV

BAND = (0.05, 0.95)


def autoregression(n_steps, seed):
    """One step from the next is uncertain by 1; the spread of all is 2.3."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n_steps, 1))
    for t in range(1, n_steps):
        x[t] = 0.9 * x[t - 1] + rng.standard_normal()
    return x


def forecaster(**params):
    return ESNForecaster(
        Reservoir(20, input_scaling=0.1, random_state=0), RidgeReadout(1.0), **params
    )


@pytest.mark.parametrize("probability", [0.05, 0.5, 0.9, 0.95])
def test_a_further_error_stays_below_the_quantile_as_often_as_said(probability):
    """For 39 errors the rank (n + 1) p is whole, so that the share is exactly p."""
    errors = np.random.default_rng(0).standard_normal((39, 20_000))
    further = np.random.default_rng(1).standard_normal(20_000)
    share = (further <= conformal_quantile(errors, probability)).mean()
    assert abs(share - probability) < 0.01
    # where it is not whole, the rank above: 18.9 of twenty
    assert conformal_quantile(np.arange(1.0, 21.0), 0.9) == 19.0


def test_forecasts_that_overlap_count_as_fewer():
    """A random walk's errors over 50 steps, from 501 origins in a row: eleven of them lie apart."""
    rng, h, held = np.random.default_rng(0), 50, []
    for _ in range(400):
        walk = np.cumsum(rng.standard_normal(650))
        errors = (walk[h:550] - walk[: 550 - h])[:, None]
        margins = [
            conformal_quantile(errors, 0.9, n_apart)
            for n_apart in (None, np.array([len(errors) / h]))
        ]
        held.append([walk[600 + h - 1] - walk[600 - 1] <= margin[0] for margin in margins])
    plain, apart = np.mean(held, axis=0)
    assert plain < 0.89 < apart < 0.97


def test_a_loop_that_diverged_is_an_error_beyond_all_others():
    errors = np.r_[np.arange(17.0), np.inf, np.inf, np.nan]  # of the last no truth was seen
    assert conformal_quantile(errors, 0.9) == np.inf
    assert conformal_quantile(errors, 0.8) == 15.0
    assert conformal_quantile(errors, 0.1) == -np.inf


@pytest.mark.filterwarnings("ignore:the context has")
def test_bands_cover_what_they_say():
    """Nine in ten values, at every horizon, where the spread of the process is known."""
    x = autoregression(4000, seed=0)
    unseen = autoregression(300 * 60, seed=1).reshape(300, 60, 1)
    model = forecaster().fit(x)
    low, high = np.moveaxis(model.forecast_quantiles(20, BAND, unseen[:, :40]), -1, 0)
    truth = unseen[:, 40:]
    inside = ((truth >= low) & (truth <= high)).mean(axis=(0, 2))
    assert (np.abs(inside - 0.9) < 0.07).all()
    assert abs(inside.mean() - 0.9) < 0.03
    width = (high - low)[0, :, 0]
    assert abs(width[0] / (2 * 1.645) - 1) < 0.1  # the noise of a step
    assert abs(width[-1] / (2 * 1.645 * 2.29) - 1) < 0.2  # the spread of the process


@pytest.mark.filterwarnings("ignore:the context has")
def test_bands_come_in_the_form_of_the_forecast():
    dates = pd.period_range("1950-01", periods=600, freq="M")
    frame = pd.DataFrame({"x": autoregression(600, 0)[:, 0]}, index=dates)
    probabilities = (0.1, 0.5, 0.9)
    model = forecaster().fit(frame)
    bands = model.forecast_quantiles(5, probabilities)
    assert bands.index.equals(model.forecast(5).index)
    assert bands.columns.tolist() == [("x", p) for p in probabilities]
    assert (bands["x"].diff(axis=1).iloc[:, 1:] > 0).all(axis=None)
    of_series = forecaster().fit(frame["x"]).forecast_quantiles(5, probabilities)
    assert of_series.columns.tolist() == list(probabilities)
    np.testing.assert_array_equal(of_series, bands)
    model = forecaster().fit(frame.to_numpy())
    np.testing.assert_array_equal(model.forecast_quantiles(5, probabilities)[:, 0], bands)
    listed = model.forecast_quantiles(5, BAND, [np.ones((30, 1)), np.ones((40, 1))])
    assert [band.shape for band in listed] == [(5, 1, 2), (5, 1, 2)]
    assert model.forecast_quantiles(5).shape == (5, 1, 3)
    with pytest.warns(FutureWarning, match=r"goes in the next release: forecast_quantiles\(...\)"):
        forecast, (low, high) = model.forecast(5, quantiles=BAND)
    np.testing.assert_array_equal(forecast, model.forecast(5))
    np.testing.assert_array_equal(np.stack([low, high], axis=-1), model.forecast_quantiles(5, BAND))


def test_the_bands_of_a_search_are_medians():
    x = autoregression(400, 0)
    grid = {"readout__alpha": [1e-3, 1e-1, 10.0]}
    cv = TimeSeriesSplit(2, test_size=5)
    options = {"n_best": 3, "tolerance": np.inf, "sharpness": 0.0, "cv": cv}
    search = ForecastSearchCV(forecaster(), grid, **options).fit(x[:380])
    bands = [m.forecast_quantiles(5, BAND) for m in search.best_estimators_]
    assert len(bands) == 3
    np.testing.assert_array_equal(search.forecast_quantiles(5, BAND), np.median(bands, axis=0))
    with pytest.raises(TypeError, match=r"forecast_quantiles\(...\) gives bands"):
        search.forecast(5, quantiles=BAND)
    steps = [m.predict(x[380:]) for m in search.best_estimators_]
    np.testing.assert_array_equal(search.predict(x[380:]), np.median(steps, axis=0))
    error = np.sqrt(np.square(search.forecast(20) - x[380:]).mean())
    assert search.score(x[380:]) == pytest.approx(-error)


def test_bands_of_logarithms_stay_above_zero():
    x = np.exp(autoregression(1000, 0))
    logarithm = FunctionTransformer(np.log, np.exp)
    model = forecaster(transformer=logarithm).fit(x)
    low, high = np.moveaxis(model.forecast_quantiles(10, BAND), -1, 0)
    assert (low > 0).all()
    ratio = np.log(high / low)[0, 0]
    assert abs(ratio / (2 * 1.645) - 1) < 0.2


def test_bands_with_differences_and_exogenous_inputs():
    rng = np.random.default_rng(0)
    e = rng.standard_normal((1500, 1))
    x = np.cumsum(e + 0.1 * rng.standard_normal((1500, 1)), axis=0)
    model = forecaster(differences=(1,)).fit(x[:1400], exog=e[:1400])
    low, high = np.moveaxis(model.forecast_quantiles(10, BAND, exog=e[1400:1410]), -1, 0)
    assert (low[:, 0] < x[1400:1410, 0]).mean() > 0.7
    assert (high - low)[0, 0] < 2  # the noise of 0.1, not the input's of 1


def test_too_little_to_calibrate_on():
    x = autoregression(400, 0)
    model = forecaster().fit(x)
    with pytest.warns(UserWarning, match="6 forecasts of 30 steps fit into the 200 steps that"):
        model.forecast_quantiles(30, BAND)
    with pytest.raises(ValueError, match="n_steps=201 to fit into the last half .* 200 steps"):
        model.forecast_quantiles(201, BAND)
    with pytest.raises(ValueError, match=r"quantiles must be one or more numbers in \(0, 1\)"):
        model.forecast_quantiles(3, (0.1, 1.0))
    with pytest.raises(ValueError, match="quantiles need a fit on one series, by fit and not by"):
        forecaster().fit([x, x]).forecast_quantiles(3, BAND)


@pytest.mark.filterwarnings("ignore:.*leave them uncertain")
@pytest.mark.filterwarnings("ignore:the closed loop diverged")
def test_bands_of_a_loop_that_diverges_end_where_it_does():
    x = np.exp(autoregression(1000, 0))
    model = forecaster(transformer=FunctionTransformer(np.log, np.exp)).fit(x)
    model.regressor_.readout_.coef_ = model.regressor_.readout_.coef_ + 50.0
    forecast = model.forecast(200, on_divergence="nan")
    low, high = np.moveaxis(model.forecast_quantiles(200, BAND, on_divergence="nan"), -1, 0)
    assert np.isnan(forecast[-1]).all()
    for band in (low, high):
        assert np.isnan(band[np.isnan(forecast)]).all()
