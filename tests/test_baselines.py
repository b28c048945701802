"""Simple forecasts against plain loops, and against statsmodels where it is installed."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar
from sklearn.base import clone

from reservoir.baselines import DampedTrend, SeasonalNaive, Theta, Trained, simple_forecasts
from reservoir.model_selection.voting import of_pasts

EVERY = [SeasonalNaive, Theta, DampedTrend]


def sales(n=60, seed=0):
    rng = np.random.default_rng(seed)
    season = np.resize([0.8, 1.0, 1.3, 0.9], n)
    return (100 + rng.normal(0.3, 2, n).cumsum()) * season * rng.lognormal(0, 0.02, n)


def test_seasonal_naive_is_the_simple_rule():
    """Each column by itself: the value a season ago, and its own mean rise of a season."""
    x, other = sales(), -3 * sales(seed=1)
    rules = simple_forecasts(np.column_stack([x, other]), 4, 6)
    assert list(rules) == ["naive", "seasonal naive", "seasonal naive with drift"]
    for drift, name in ((True, "seasonal naive with drift"), (False, "seasonal naive")):
        for k, series in enumerate((x, other)):
            rise = np.mean([series[t] - series[t - 4] for t in range(4, 60)]) if drift else 0.0
            longer = series.tolist()
            for _ in range(6):
                longer.append(longer[-4] + rise)
            np.testing.assert_allclose(rules[name][:, k], longer[60:])
            found = SeasonalNaive(4, drift=drift).fit(series).forecast(6)
            np.testing.assert_allclose(found, longer[60:])
    np.testing.assert_array_equal(rules["naive"], np.tile([x[-1], other[-1]], (6, 1)))
    without = simple_forecasts(x[:, None], 1, 2)
    assert list(without) == ["naive", "naive with drift"]
    np.testing.assert_allclose(np.diff(without["naive with drift"][:, 0]), np.diff(x).mean())
    np.testing.assert_allclose(SeasonalNaive(4).fit(x[:3]).forecast(1), x[2] + (x[2] - x[0]) / 2)


def test_theta_is_smoothing_with_half_the_slope():
    """Hyndman & Billah (2003): simple exponential smoothing with drift, of half the line's slope.

    The smoothing of the curved line by a plain loop, and the best by SciPy's minimiser.
    """
    x = np.random.default_rng(1).normal(0.5, 3, 60).cumsum()
    t = np.arange(60)
    slope, start = np.polyfit(t, x, 1)
    curved = 2 * x - start - slope * t

    def smoothed(a):
        level, squares = curved[0], 0.0
        for value in curved[1:]:
            squares += (value - level) ** 2
            level = level + a * (value - level)
        return level, squares

    best = minimize_scalar(lambda a: smoothed(a)[1], bounds=(0.01, 0.99), method="bounded").x
    expected = (start + slope * np.arange(60, 66) + smoothed(best)[0]) / 2
    np.testing.assert_allclose(Theta().fit(x).forecast(6), expected, rtol=0.01)
    np.testing.assert_allclose(np.diff(Theta().fit(x).forecast(6)), slope / 2)


def test_damped_trend_is_its_recursion():
    x = np.random.default_rng(2).normal(0.5, 1, 50).cumsum()
    slope = np.polyfit(np.arange(10), x[:10], 1)[0]

    def run(a, b, phi):
        level, trend, squares = x[0], slope, 0.0
        for value in x[1:]:
            ahead = level + phi * trend
            squares += (value - ahead) ** 2
            level = ahead + a * (value - ahead)
            trend = phi * trend + a * b * (value - ahead)
        return squares, level, trend, phi

    grid = [
        run(a, b, phi)
        for a in (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)
        for b in (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5)
        for phi in (0.8, 0.85, 0.9, 0.95, 0.98)
    ]
    _, level, trend, phi = min(grid)
    expected = [level + trend * sum(phi**j for j in range(1, k + 1)) for k in range(1, 6)]
    np.testing.assert_allclose(DampedTrend().fit(x).forecast(5), expected)


@pytest.mark.parametrize("kind", EVERY)
def test_a_season_comes_round(kind):
    x = sales(80)
    found = kind(4).fit(x[:-8]).forecast(8)
    assert np.abs(found / x[-8:] - 1).mean() < 0.12
    below = kind(4).fit(x[:-8] - 200).forecast(8)  # terms, and no factors
    assert np.abs(below - x[-8:] + 200).mean() < 0.12 * 100


@pytest.mark.parametrize("kind", EVERY)
def test_frames_gaps_and_many_series(kind):
    dates = pd.date_range("2020-01-01", periods=60, freq="QS")
    frame = pd.DataFrame({"a": sales(), "b": sales(seed=1)}, dates)
    found = kind(4).fit(frame).forecast(4)
    assert found.index[0] == pd.Timestamp("2035-01-01")
    np.testing.assert_allclose(found["b"], kind(4).fit(sales(seed=1)).forecast(4))
    np.testing.assert_allclose(kind(4).fit(frame["a"]).forecast(4, frame["b"]), found["b"])
    holed = frame.copy()
    holed.iloc[5:7, 0] = np.nan
    assert np.isfinite(kind(4).fit(holed).forecast(4)).all().all()
    assert len(kind(4).fit([sales(), sales(30)]).forecast(4)) == 2
    with pytest.raises(ValueError, match="season"):
        kind(0).fit(frame)
    with pytest.raises(ValueError, match="n_steps"):
        kind(4).fit(frame).forecast(0)


@pytest.mark.parametrize("rule", [Trained(4), Trained(1), SeasonalNaive(4), Theta(4)], ids=repr)
def test_many_series_are_forecast_as_each_alone(rule):
    """Of unequal lengths, of one column or two, and with gaps at the ends."""
    x = np.column_stack([sales(130), 50 + sales(130, seed=1)])
    x[-2:, 1] = np.nan
    pasts, reach = [x[:40], x[:110], x], [3, 5, 4]
    found = of_pasts(rule, pasts, reach)
    for past, n_steps, rows in zip(pasts, reach, found, strict=True):
        np.testing.assert_allclose(rows, clone(rule).fit(past).forecast(n_steps), rtol=1e-9)
    np.testing.assert_allclose(rule.ahead(x[:40, 0], 3), found[0][:, 0], rtol=1e-9)
    with pytest.raises(ValueError, match="at least 3 values"):
        of_pasts(rule, [x[:2], x], reach[:2])
