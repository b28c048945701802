"""What is no array of numbers in rows is told, and what the error says makes one of it does."""

import datetime
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from reservoir import ESNClassifier, ESNForecaster, ESNRegressor, PanelForecaster, Reservoir
from reservoir.index import parted_dates
from reservoir.interchange import from_long_frame
from reservoir.model_selection import forecasting_search

DAYS = pd.date_range("2023-01-30", periods=60)
WAVE = np.sin(np.arange(60) * 0.9)


def mended(estimator, X, told):
    """Fit on what the code in an error makes of `X`, and return that."""
    with pytest.raises(ValueError, match=re.escape(told)):
        estimator.fit(X)
    made = eval(told[told.index("pandas") :], {"X": X, "pandas": pd, "values": WAVE})
    estimator.fit(made)
    return made


@pytest.mark.parametrize(
    ("X", "told"),
    [
        (dict(zip(DAYS, WAVE)), "got dict. pandas.Series(X)"),
        ({"a": WAVE, "b": -WAVE}, "got dict. pandas.DataFrame(X)"),
        (list(zip(DAYS, WAVE)), "pandas.DataFrame(X).set_index(0).astype(float)"),
        (
            np.array([[w, d.date()] for w, d in zip(WAVE, DAYS)], dtype=object),
            "pandas.DataFrame(X).set_index(1).astype(float)",
        ),
        (list(DAYS), "pandas.Series(values, index=X)"),
        (DAYS.to_numpy(), "pandas.Series(values, index=X)"),
        ([{"a": w, "b": -w} for w in WAVE], "pandas.DataFrame(X)"),
        (np.array([(w, -w) for w in WAVE], [("a", float), ("b", float)]), "pandas.DataFrame(X)"),
    ],
)
def test_what_makes_rows_of_it_is_told(X, told):
    made = mended(ESNForecaster(Reservoir(10), random_state=0), X, told)
    column = made if made.ndim == 1 else made.iloc[:, 0]
    np.testing.assert_array_equal(column, WAVE)


def test_text_and_what_has_no_order():
    for X, told in [
        ([["north", 1.0]] * 30, "column 0 of X holds text, 'north' the first. Leave it out"),
        ({1.0, 2.0}, "got set"),
        (Path("data.csv"), "got PosixPath. pandas.read_csv(X, index_col=0, parse_dates=True)"),
    ]:
        for estimator in (ESNForecaster(), forecasting_search(horizon=3)):
            with pytest.raises(ValueError, match=re.escape(told)):
                estimator.fit(X)
    texts = np.array([["1.5", w] for w in WAVE], dtype=object)
    assert ESNForecaster(random_state=0).fit(texts).forecast(2).shape == (2, 2)


def test_one_row_of_several_features_is_told():
    rng = np.random.default_rng(0)
    U, y = rng.uniform(-1, 1, (50, 2)), rng.normal(size=50)
    model = ESNRegressor(Reservoir(5), random_state=0).fit(U, y)
    stream = model.stream()
    with pytest.raises(ValueError, match=re.escape("of 2 features is np.reshape(X, (1, -1))")):
        stream.predict(U[0])
    frame = pd.DataFrame(U, columns=["a", "b"])
    named = ESNRegressor(Reservoir(5), random_state=0).fit(frame, y)
    with pytest.raises(ValueError, match=re.escape("of 2 features is X.to_frame().T")):
        named.predict(frame.iloc[3])
    row = named.stream().predict(frame.iloc[3].to_frame().T)
    np.testing.assert_allclose(row, stream.predict(U[3:4]))
    with pytest.raises(ValueError, match=re.escape("got dict. pandas.DataFrame([X])")):
        named.predict({"a": 1.0, "b": 2.0})


def by_day(series, kind):
    """A mean of every day, as `groupby` has it, or by Python's dates and times."""
    dates = series.index.date if kind == "date" else series.index.normalize().to_pydatetime()
    return series.groupby(pd.Index(dates, dtype=object)).mean()


@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_pythons_own_dates_are_dates(kind):
    hours = pd.date_range("2023-01-02", periods=24 * 120, freq="h")
    load = pd.Series(np.where(hours.day_of_week > 4, 80.0, 100.0), hours, name="load")
    load += np.random.default_rng(0).normal(size=len(hours))
    days, dated = by_day(load, kind), load.resample("D").mean()
    assert days.index.dtype == object
    model = ESNForecaster(random_state=0)
    mine, wanted = model.fit(days[:100]).forecast(7), model.fit(dated[:100]).forecast(7)
    assert list(mine.index) == list(days.index[100:107])
    assert isinstance(mine.index[0], getattr(datetime, kind))
    np.testing.assert_array_equal(mine, wanted)
    assert (mine - days[100:107]).abs().max() < 2
    model.fit(days[:100])
    assert not (model.predict(days[100:]) - days[100:]).isna().any()
    with pytest.raises(ValueError, match="must go on from the training series"):
        model.partial_fit(days[103:])


def test_gaps_of_pythons_own_dates_are_told_with_what_mends_them():
    days = pd.Series(WAVE, DAYS.date).drop(DAYS.date[20])
    remedy = "X.set_axis(pandas.to_datetime(X.index)).asfreq('D')"
    with pytest.raises(
        ValueError, match=re.escape(f"1 dates of frequency 'D' are missing. {remedy}")
    ):
        ESNForecaster().fit(days)
    whole = eval(remedy, {"X": days, "pandas": pd})
    assert len(ESNForecaster(random_state=0).fit(whole).forecast(2)) == 2
    with pytest.raises(ValueError, match=r"must be in order.*X\.sort_index\(\)"):
        ESNForecaster().fit(days[::-1])
    with pytest.raises(ValueError, match="a column of dates, 'day': make it the index"):
        ESNForecaster().fit(days.rename_axis("day").reset_index())
    mixed = pd.Series([1.0, 2.0, 3.0] * 10, pd.Index([DAYS[0].date(), "b", 3] * 10, dtype=object))
    assert ESNForecaster(random_state=0).fit(mixed).forecast(1).shape == (1, 1)  # no dates at all


def test_a_long_frame_of_pythons_own_dates():
    long = pd.DataFrame({"unique_id": "a", "ds": DAYS.date, "y": WAVE})
    found = PanelForecaster(horizon=3).fit(long.sample(frac=1, random_state=0)).forecast(2)
    wanted = PanelForecaster(horizon=3).fit(long.assign(ds=DAYS)).forecast(2)
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)  # units of dates


@pytest.mark.parametrize(
    ("by", "freq"),
    [
        (lambda i: [i.year, i.month], "MS"),
        (lambda i: [i.year, i.quarter], "QS"),
        (lambda i: [i.isocalendar().year.to_numpy(), i.isocalendar().week.to_numpy()], "W-MON"),
        (lambda i: [i.date, i.hour], "h"),
    ],
    ids=["months", "quarters", "weeks", "hours"],
)
def test_parts_of_dates_are_told_with_what_makes_dates_of_them(by, freq):
    hours = pd.date_range("2018-01-01", "2023-12-31 23:00", freq="h")
    parts = pd.Series(np.sin(np.arange(len(hours))), hours).groupby(by(hours)).mean()[:400]
    with pytest.raises(ValueError, match="a MultiIndex of parts of dates") as error:
        ESNForecaster().fit(parts)
    code = str(error.value).split("X.index = ")[1].removesuffix(".")
    dates = eval(code, {"X": parts, "pandas": pd})
    assert list(dates) == list(pd.date_range("2018-01-01", periods=len(parts), freq=freq))


@pytest.mark.parametrize(
    "index",
    [
        pd.MultiIndex.from_product([["a", "b"], range(1, 13)]),
        pd.MultiIndex.from_product([range(2), range(1, 13)]),
        pd.MultiIndex.from_product([range(2000, 2002), range(1, 99)]),
        pd.MultiIndex.from_product([range(2000, 2002), range(12)]),
        pd.MultiIndex.from_product([DAYS[:2], range(30)]),
        pd.MultiIndex.from_product([[2000], [1], range(9)]),
    ],
)
def test_levels_that_are_no_parts_of_dates(index):
    assert parted_dates(index, "X") is None
    with pytest.raises(ValueError, match="hand over a list of frames"):
        ESNForecaster().fit(pd.Series(1.0 * np.arange(len(index)), index))


def test_sequences_below_each_other_are_told_by_their_ids():
    """A label for each of twelve walks, in a frame of all their steps."""
    rng = np.random.default_rng(0)
    walks, labels = rng.standard_normal((12, 30)).cumsum(axis=1), np.arange(12) % 2
    ids = np.repeat(np.arange(12) % 5 * 10 + np.arange(12), 30)
    in_turn = np.repeat(labels, 30)  # as often as ids, but they come again
    long = pd.DataFrame({"on": in_turn, "who": ids, "t": [*range(30)] * 12, "x": walks.ravel()})
    told = r"Column 'who' holds 12 values, .*from_long_frame\(X, 'who', ...\) parts them"
    for estimator in (ESNClassifier(random_state=0), ESNRegressor(random_state=0)):
        with pytest.raises(ValueError, match=told):
            estimator.fit(long, labels)
    with pytest.raises(ValueError, match=r"Column 1 holds 12 .*\(pandas.DataFrame\(X\), 1, "):
        ESNClassifier().fit(long.to_numpy(), labels)
    with pytest.raises(ValueError, match="numbers of samples.$"):
        ESNClassifier().fit(long, labels[:11])
    named = long.assign(who=[f"p{k}" for k in ids])
    with pytest.raises(ValueError, match=re.escape("(X, 'who', ...) parts them")):
        ESNClassifier().fit(named, labels)
    with pytest.raises(ValueError, match=r"get_dummies\(X, dtype=float\).$"):
        ESNClassifier().fit(named.assign(who=rng.choice(["a", "b"], 360)), labels)
    sequences, found = from_long_frame(named, "who", "t")
    assert ESNClassifier(random_state=0).fit(sequences, labels).predict(sequences).shape == (12,)
    assert list(found) == list(dict.fromkeys(named["who"]))
