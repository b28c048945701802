"""What users hand over in their first hour: dates, indices and arguments as they come."""

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reservoir import (
    BlockReservoir,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    LocalForecaster,
    PanelForecaster,
    Reservoir,
    RidgeReadout,
)
from reservoir.baselines import SeasonalNaive
from reservoir.index import code_of, frequency_of
from reservoir.model_selection import ForecastSearchCV
from reservoir.series import season_of_index

MONTHS = pd.date_range("2015-01-15", periods=72, freq=pd.DateOffset(months=1))
SALES = pd.Series(100 + np.arange(72.0) + 10 * np.sin(np.arange(72) * np.pi / 6), name="sales")


@pytest.mark.parametrize(
    ("first", "months", "season"),
    [
        ("2015-01-15", 1, 12),
        ("2015-02-10 08:00", 3, 4),
        ("2015-06-28", 12, 1),
        ("2015-03-02", 6, 2),
    ],
)
def test_dates_of_one_day_of_the_month_are_even(first, months, season):
    """Statistics are often dated by the middle of the month, of which pandas infers nothing."""
    step = pd.DateOffset(months=months)
    index = pd.DatetimeIndex(list(pd.date_range(first, periods=30, freq=step)))
    assert index.freq is None is pd.infer_freq(index)
    assert frequency_of(index) == step
    assert season_of_index(index) == season
    x = SALES[:30].set_axis(index)
    forecast = ESNForecaster(Reservoir(20), random_state=0).fit(x).forecast(2)
    assert forecast.index.tolist() == [index[-1] + step, index[-1] + 2 * step]


def test_the_middle_of_the_month_has_a_season():
    x = SALES.set_axis(pd.DatetimeIndex(list(MONTHS)))
    forecast = ESNForecaster(random_state=0).fit(x[:60]).forecast(12)
    np.testing.assert_allclose(forecast, x[60:], atol=0.1)
    assert forecast.index.equals(x.index[60:])


def test_a_missing_month_is_told_with_the_code_that_mends_it():
    x = SALES.set_axis(pd.DatetimeIndex(list(MONTHS))).drop(MONTHS[30])
    with pytest.raises(
        ValueError, match=r"1 dates of frequency pandas.DateOffset\(months=1\)"
    ) as told:
        ESNForecaster().fit(x)
    assert "asfreq(pandas.DateOffset(months=1))" in str(told.value)
    assert len(x.asfreq(pd.DateOffset(months=1))) == 72
    assert code_of(pd.tseries.frequencies.to_offset("W-SUN")) == "'W-SUN'"
    assert code_of(2 * pd.DateOffset(months=3)) == "pandas.DateOffset(months=6)"


def test_days_that_differ_are_no_months():
    index = pd.DatetimeIndex(["2020-01-15", "2020-02-15", "2020-03-16", "2020-04-15"])
    assert frequency_of(index) is None
    ends = pd.DatetimeIndex(["2020-01-29", "2020-02-29", "2020-03-29", "2020-04-29"])
    assert frequency_of(ends) is None  # February of 2021 has none
    assert frequency_of(index[[0, 1, 3]]) is None


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        (np.arange(1950, 2022), [2022, 2023]),
        (np.arange(0, 720, 10), [720, 730]),
        (pd.RangeIndex(5, 77), [77, 78]),
    ],
)
def test_whole_numbers_go_on(index, wanted):
    x = SALES.set_axis(index)
    forecast = ESNForecaster(Reservoir(20), random_state=0).fit(x).forecast(2)
    assert forecast.index.tolist() == wanted
    assert forecast.name == "sales"


@pytest.mark.filterwarnings("ignore:the index of X leaves out 1 of its numbers")
def test_numbers_with_holes_and_text_do_not_go_on():
    for index in (np.delete(np.arange(73), 40), [f"row {k}" for k in range(72)]):
        forecast = (
            ESNForecaster(Reservoir(20), random_state=0).fit(SALES.set_axis(index)).forecast(2)
        )
        assert isinstance(forecast, np.ndarray)


def test_infinity_and_durations_are_told_by_their_cell():
    growth = pd.DataFrame(
        {"a": [1.0, 0.0, 2.0] * 5}, pd.date_range("2020", periods=15)
    ).pct_change()[1:]
    with pytest.raises(
        ValueError, match=r"contains infinity: column 'a' has inf in row 1, of 2020-01-03"
    ):
        ESNForecaster().fit(growth)
    mended = growth.replace([np.inf, -np.inf], np.nan)  # as the error says
    ESNForecaster(Reservoir(10)).fit(mended)
    waits = pd.Series(pd.to_timedelta(np.arange(15.0), "h"))
    with pytest.raises(
        ValueError, match=r"column of durations, 0: make numbers of it, X\[0\].dt.total_sec"
    ):
        ESNForecaster().fit(waits)


def test_behind_a_scaler_the_target_tells_the_order_of_rows():
    days = pd.date_range("2020", periods=200)
    X = pd.DataFrame({"a": np.sin(np.arange(200) * 0.2)}, days)
    y = X["a"].shift(1).bfill()
    for model, target in ((ESNRegressor(), y), (ESNClassifier(), y > 0)):
        piped = make_pipeline(StandardScaler(), model)
        shuffled, _, beside, _ = train_test_split(X, target, random_state=0)
        with pytest.raises(ValueError, match="the dates of y must be in order"):
            piped.fit(shuffled, beside)
        with pytest.raises(ValueError, match="the index of y must be in the order of time"):
            piped.fit(shuffled.to_numpy(), beside.set_axis(days.get_indexer(beside.index)))
        with pytest.warns(
            UserWarning, match="the index of y leaves rows out, once, first after 2020-04"
        ):
            piped.fit(X.drop(days[100:140]), target.drop(days[100:140]))
        piped.fit(X, target)
    parts = make_pipeline(StandardScaler(), Reservoir(20), RidgeReadout())
    with pytest.raises(ValueError, match="the dates of y must be in order"):
        parts.fit(*train_test_split(X, y, random_state=0)[::2])


def test_missing_values_of_pandas_own_kind():
    x = pd.Series(np.sin(np.arange(60) * 0.3), pd.date_range("2024", periods=60))
    wanted = ESNForecaster(random_state=0).fit(x.mask(x > 0.9)).forecast(3)
    found = ESNForecaster(random_state=0).fit(x.mask(x > 0.9).astype("Float64")).forecast(3)
    np.testing.assert_allclose(found, wanted)


def test_targets_of_whole_sequences_are_in_any_order():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 20, 1)), pd.Series(rng.normal(size=30), rng.permutation(30))
    ESNRegressor(Reservoir(10)).fit(X, y)
    ESNClassifier(Reservoir(10)).fit(X, y > 0)


@pytest.mark.parametrize(
    "model",
    [
        ESNForecaster(Reservoir(10), random_state=0),
        ForecastSearchCV(ESNForecaster(Reservoir(10)), {"readout__alpha": [1.0]}, cv=2),
        SeasonalNaive(),
        PanelForecaster(horizon=2),
        LocalForecaster(Reservoir(10), width=1, overlap=1),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_target_beside_a_series_is_told(model):
    x = pd.DataFrame(np.sin(np.arange(80) * 0.3)[:, None] * [1, 2, 3], columns=list("abc"))
    with pytest.warns(UserWarning, match=f"{type(model).__name__} forecasts X itself.*reads no y"):
        model.fit(x[["a", "b"]], x["c"])
    model.fit(x.to_numpy(), x["c"].to_numpy())  # as scikit-learn's own tools do


@pytest.mark.parametrize("options", [{}, {"differences": (1, 12)}, {"differences": ()}])
@pytest.mark.parametrize("with_exog", [False, True])
def test_rows_missing_at_the_end_are_forecast(options, with_exog):
    """A law: a forecast that goes on after them is the end of one that goes through them."""
    rng = np.random.default_rng(0)
    promo = (rng.random(84) < 0.3) * 1.0
    x = pd.DataFrame({"x": 2.0 * np.arange(84) + 15 * np.sin(np.arange(84) * np.pi / 6)})
    x["y"] = rng.normal(size=84).cumsum()
    x.index = pd.date_range("2015-01-01", periods=84, freq="MS")
    x["x"] += 20 * promo

    def forecast(series, n_steps):
        n = len(series)
        model = ESNForecaster(random_state=0, **options)
        if not with_exog:
            return model.fit(series).forecast(n_steps)
        return model.fit(series, exog=promo[:n]).forecast(n_steps, exog=promo[n : n + n_steps])

    for seen in (80, 60):  # the second gap is longer than a season
        open_end = x[:76].copy()
        open_end.iloc[seen - 4 :] = np.nan
        wanted = forecast(x[: seen - 4], 76 - seen + 4 + 8)[-8:]
        pd.testing.assert_frame_equal(forecast(open_end, 8), wanted)


def test_several_series_may_end_at_different_rows():
    """Also those of a panel that is padded with NaN."""
    x = np.sin(np.arange(120) * 0.3)[:, None] + 0.01 * np.arange(120)[:, None]
    padded = np.stack([x, x * 2, x + 1])
    padded[1, 100:], padded[2, 90:] = np.nan, np.nan
    model = ESNForecaster(Reservoir(30, random_state=0), differences=(1,))
    whole = model.fit(padded).forecast(5)
    assert whole.shape == (3, 5, 1)
    parts = model.fit([x, 2 * x[:100], x[:90] + 1]).forecast(35)
    for k, lost in enumerate((0, 20, 30)):
        np.testing.assert_allclose(whole[k], parts[k][lost : lost + 5], rtol=1e-9)


def test_a_column_that_ends_early_is_forecast_from_what_the_others_say():
    t = np.arange(200)
    x = np.stack([np.sin(t * 0.3), np.cos(t * 0.3)], axis=1)
    early = x.copy()
    early[190:, 1] = np.nan
    forecast = ESNForecaster(random_state=0).fit(early).forecast(5)
    ahead = np.arange(200, 205) * 0.3
    np.testing.assert_allclose(forecast, np.stack([np.sin(ahead), np.cos(ahead)], 1), atol=1e-3)


def test_a_year_of_days_is_no_season_to_difference_over():
    """Temperatures: the autocorrelation shows a year, whose differences are twice the noise."""
    rng = np.random.default_rng(2)
    weather = lfilter([1], [1, -0.7], 2.5 * rng.normal(size=1461))
    x = 10 * np.sin(2 * np.pi * np.arange(1461) / 365.25) + weather
    index = pd.date_range("2012", periods=1431)
    model = ESNForecaster(random_state=0).fit(pd.Series(x[:1431], index))
    assert max(model.levels_.lags, default=0) <= 7


def test_several_series_below_each_other_are_told_who_takes_them():
    days = pd.date_range("2024", periods=30)
    shop = pd.DataFrame({"date": days, "shop": "a", "sold": np.arange(30.0)})
    long = pd.concat([shop, shop.assign(shop="b")])
    told = "column of dates, 'date', which repeat.*PanelForecaster takes them all.*'date': 'ds'"
    for model in (ESNForecaster(), PanelForecaster(horizon=2)):
        with pytest.raises(ValueError, match=told):
            model.fit(long)
    renamed = long.rename(columns={"date": "ds", "shop": "unique_id", "sold": "y"})
    assert len(PanelForecaster(horizon=2).fit(renamed).forecast(2)) == 4  # as the error says
    with pytest.raises(ValueError, match="column of dates, 'date': make it the index"):
        ESNForecaster().fit(shop)


@pytest.mark.parametrize(("unit", "code"), [("h", "2h"), ("s", "2s"), ("D", "2D"), ("ms", "2ms")])
def test_uneven_times_are_told_how_they_become_even(unit, code):
    rng = np.random.default_rng(0)
    steps = 1.0 + rng.uniform(1.5, 2.5, size=60).cumsum()
    x = pd.Series(np.sin(steps), pd.Timestamp("2024") + pd.to_timedelta(steps, unit))
    told = rf"no frequency of pandas fits them all. X.resample\('{code}'\).mean\(\)"
    with pytest.raises(ValueError, match=told):
        ESNForecaster().fit(x)
    ESNForecaster(Reservoir(10)).fit(x.resample(code).mean().interpolate())  # as the error says


def test_numbers_that_are_objects_are_numbers():
    x = [1.0, 2.0, None, *range(4, 20)]
    wanted = ESNForecaster(random_state=0).fit(x).forecast(2)
    found = ESNForecaster(random_state=0).fit(np.array(x, dtype=object)).forecast(2)
    np.testing.assert_array_equal(found, wanted)
    with pytest.raises(ValueError, match="X must be one series .* got generator"):
        ESNForecaster().fit(v for v in x)


def test_a_number_stands_for_all_blocks():
    """As a grid over ``reservoir__spectral_radius`` of the default forecaster asks."""
    u = np.random.default_rng(0).normal(size=(50, 1))
    number = BlockReservoir(30, spectral_radius=0.7, random_state=0).fit(u)
    pair = BlockReservoir(30, spectral_radius=(0.7, 0.7), random_state=0).fit(u)
    np.testing.assert_array_equal(number.transform(u), pair.transform(u))
    one = dict.fromkeys(("spectral_radius", "leak_rate", "input_scaling", "bias_scaling"), 0.5)
    assert BlockReservoir(30, **one).fit(u).transform(u).shape == (50, 30)
    grid = {"reservoir__spectral_radius": [0.5, 0.9], "reservoir__leak_rate": [(1.0, 0.3), 1.0]}
    search = GridSearchCV(ESNForecaster(random_state=0), grid, cv=2).fit(np.sin(np.arange(90) / 3))
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    with pytest.raises(ValueError, match=r"one entry for each block.*\[2, 3, 2\].*A number stands"):
        BlockReservoir(30, spectral_radius=0.5, input_scaling=(0.1, 0.2, 0.3)).fit(u)
