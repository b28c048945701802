"""Rows that are numbered, by years, steps or seconds, and of which some are missing."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from reservoir import ESNForecaster, PanelForecaster, Reservoir
from reservoir.index import continued, is_whole
from reservoir.model_selection import forecasting_search

WAVE = np.sin(0.5 * np.arange(62.0)) + 0.01 * np.arange(62)
YEARS = 1950 + np.arange(62)


def model():
    return ESNForecaster(Reservoir(20), random_state=0)


@pytest.mark.parametrize(
    ("index", "coming"),
    [
        (YEARS * 1.0, [2012.0, 2013.0]),  # as a pivot, or a file with an empty cell, makes them
        (0.1 * np.arange(62), [6.2, 6.3]),
        (7.0 * np.arange(62), [434.0, 441.0]),
    ],
)
def test_rows_numbered_by_floats_go_on(index, coming):
    frame = pd.DataFrame({"a": WAVE, "b": WAVE[::-1]}, pd.Index(index, name="t"))
    plain = frame.reset_index(drop=True)
    for forecaster in (model(), PanelForecaster(season=1, horizon=2)):
        found = forecaster.fit(frame).forecast(2)
        np.testing.assert_allclose(found.index, coming)
        assert found.index.name == "t"
        np.testing.assert_array_equal(found, forecaster.fit(plain).forecast(2))
    assert not is_whole(pd.Index([0.5, 1.0]))
    assert not is_whole(pd.Index([1.0, np.nan]))
    assert continued(pd.Index([0.0, 0.1, 0.3]), 1) is None


@pytest.mark.parametrize("kind", [float, int])
def test_numbers_that_are_left_out_are_told_and_the_remedy_fills_them(kind):
    whole = pd.DataFrame({"a": WAVE}, pd.Index(YEARS.astype(kind)))
    rows = whole.drop(index=[1960, 1961, 1983])
    told = r"leaves out 3 of its numbers, first after 1959: .*X.reindex\(range\(1950, 2012\)\)"
    with pytest.warns(UserWarning, match=told):
        model().fit(rows)
    with pytest.warns(UserWarning, match=told):
        PanelForecaster(season=1, horizon=2).fit(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mended = model().fit(rows.reindex(range(1950, 2012))).forecast(3)
        model().fit(rows.reset_index(drop=True))
        model().fit(whole.iloc[::5])  # every fifth
        model().fit(whole.set_index(np.cumsum(np.random.default_rng(0).integers(1, 99, 62))))
    assert mended.index.tolist() == [2012, 2013, 2014]
    np.testing.assert_allclose(mended, model().fit(whole).forecast(3), atol=0.1)
    fives = rows.set_index(5 * rows.index)
    with pytest.warns(UserWarning, match=r"reindex\(range\(9750, 10060, 5\)\)"):
        model().fit(fives)


def test_a_search_tells_once_of_each_thing_that_it_is_handed():
    rows = pd.DataFrame({"a": WAVE}, pd.Index(YEARS)).drop(index=[1960, 1961, 1983])

    def told(do):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            do()
        return [str(w.message) for w in caught if "leaves out" in str(w.message)]

    search = forecasting_search(horizon=3)
    (of_fit,) = told(lambda: search.fit(rows))
    assert of_fit.startswith("the index of X leaves out 3 of its numbers, first after 1959")
    assert told(lambda: search.forecast(3)) == []
    (of_refit,) = told(lambda: search.refit_on(rows.iloc[:-10]))
    assert "X.reindex(range(1950, 2002))" in of_refit
    (of_context,) = told(lambda: search.forecast(3, context=rows))
    assert of_context.startswith("the index of context leaves out 3")
    assert len(told(lambda: search.predict(rows))) == 1
    assert len(told(lambda: search.rolling_forecast(rows, 3))) == 1
    assert len(told(lambda: search.forecast_quantiles(3, context=rows))) == 1
    of_list = told(lambda: forecasting_search(horizon=3).fit([rows, rows.iloc[5:]]))
    assert [text[:18] for text in of_list] == ["the index of X[0] ", "the index of X[1] "]


def test_times_that_step_unevenly_are_told_and_the_remedy_makes_even_rows():
    """Of a sine that was measured at odd times, even rows are the sine again."""
    at = np.cumsum(np.random.default_rng(0).uniform(0.02, 0.18, 600))
    rows = pd.DataFrame({"a": np.sin(at)}, at)
    for forecaster in (
        model(), PanelForecaster(season=1, horizon=2), forecasting_search(horizon=2)
    ):  # fmt: skip
        with pytest.warns(UserWarning, match=r"the index of X steps unevenly, by 0\.02") as caught:
            forecaster.fit(rows)
        assert len(caught) == 1
    first, second = re.search(
        r"is time, (even = .*?); (X\..*?) makes", str(caught[0].message)
    ).groups()
    names = {"X": rows, "numpy": np}
    exec(first, names)
    even = eval(second, names)
    np.testing.assert_allclose(even["a"], np.sin(even.index), atol=5e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = model().fit(even).forecast(20)
        model().fit(rows.set_axis(np.arange(600) + 0.01 * np.sin(np.arange(600)) + 0.5))  # a clock
        model().fit(rows.reset_index(drop=True))
    np.testing.assert_allclose(found["a"], np.sin(found.index), atol=0.1)


def test_numbers_that_repeat_are_told():
    frame = pd.DataFrame({"a": WAVE}, YEARS // 2)
    with pytest.warns(UserWarning, match="repeats 975, as those of several series do: Panel"):
        model().fit(frame)


@pytest.mark.parametrize("step", [1.0, 0.25, 1])
def test_long_frames_of_numbers_may_leave_rows_out(step):
    times = 1950 + step * np.arange(62)
    wide = pd.DataFrame({"a": WAVE, "b": 2 * WAVE[::-1]}, times)
    long = pd.concat(
        [pd.DataFrame({"unique_id": key, "ds": times, "y": wide[key]}) for key in wide]
    ).reset_index(drop=True)
    gaps = wide.copy()
    gaps.iloc[[5, 6, 30], 0] = np.nan
    forecaster = PanelForecaster(season=1, horizon=3)
    found = forecaster.fit(long.drop(index=[5, 6, 30])).forecast(3)
    wanted = forecaster.fit(gaps).forecast(3)
    np.testing.assert_allclose(found["y"], wanted.to_numpy().T.ravel())
    np.testing.assert_allclose(found["ds"][:3], times[-1] + step * np.arange(1, 4))
    np.testing.assert_allclose(
        forecaster.fit(long).forecast(3)["y"], forecaster.fit(wide).forecast(3).to_numpy().T.ravel()
    )


@pytest.mark.parametrize(
    "times", [np.arange(62.0) ** 1.1, np.r_[np.arange(30), 500 + np.arange(32)]]
)
def test_long_frames_of_uneven_numbers_are_refused(times):
    long = pd.DataFrame({"unique_id": "a", "ds": times, "y": WAVE})
    told = "times of series 'a' of X must be evenly spaced, but for rows that are missing; "
    with pytest.raises(ValueError, match=told):
        PanelForecaster(season=1, horizon=3).fit(long)
