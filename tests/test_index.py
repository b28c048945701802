"""The index of a frame means something: order, gaps, and where a series goes on."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import r2_score

from reservoir import (
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    Reservoir,
    RidgeReadout,
    RidgeReadoutClassifier,
    RidgeReadoutCV,
)
from reservoir.frames import check_frame
from reservoir.index import continued, frequency_of

DAYS = pd.date_range("2020-01-01", periods=120, freq="D")
WAVE = np.sin(np.arange(120) * 0.3)


def frame(index=DAYS):
    return pd.DataFrame({"x": WAVE[: len(index)]}, index=index)


def model(**options):
    return ESNForecaster(Reservoir(20, random_state=0), RidgeReadout(1e-6, washout=10), **options)


def drop(rows, *at):
    return rows.drop(rows.index[list(at)])


BAD = {
    "shuffled": (
        lambda: frame().sample(frac=1, random_state=0),
        r"the dates of X must be in order; 2020-\d\d-\d\d .* follows .*X.sort_index\(\)",
    ),
    "descending": (
        lambda: frame().iloc[::-1],
        r"in order; 2020-04-28 00:00:00 follows 2020-04-29 00:00:00. X.sort_index\(\)",
    ),
    "duplicated": (
        lambda: pd.concat([frame().iloc[:50], frame().iloc[49:]]),
        r"must be unique; 2020-02-19 00:00:00 occurs twice. Aggregate .*~X.index.duplicated\(\)",
    ),
    "several levels": (
        lambda: frame().set_index([["a"] * 60 + ["b"] * 60, DAYS]),
        r"X has a MultiIndex, of which nothing says what is time: hand over a list of frames",
    ),
    "a column of dates": (
        lambda: frame().reset_index(names="day"),
        r"X has a column of dates, 'day': make it the index, X.set_index\('day'\)",
    ),
    "shuffled numbers": (
        lambda: frame(pd.RangeIndex(120)).sample(frac=1, random_state=0),
        r"index of X must be in the order of time; \d+ follows \d+. .*X.reset_index\(drop=True\)",
    ),
    "numbers that begin again": (
        lambda: frame(pd.Index([*range(60), *range(60)])),
        r"index of X must be in the order of time; 0 follows 59. X.sort_index\(\)",
    ),
    "numbers and NaN": (
        lambda: frame(pd.Index([*range(60), np.nan, *range(61, 120)])),
        "index of X must be in the order of time; nan follows 59.0",
    ),
    "an empty cell": (
        lambda: frame().where(np.arange(120)[:, None] != 40),
        r"X contains NaN: column 'x' has no number in row 40, of 2020-02-10 .*X.interpolate\(\)",
    ),
    "an empty cell of a series": (
        lambda: frame()["x"].where(np.arange(120) != 40),
        r"X contains NaN: column 'x' has no number in row 40, of 2020-02-10",
    ),
    "an index of dates as text": (
        lambda: frame(DAYS.strftime("%d/%m/%Y")),
        r"index of X holds dates as text, '01/01/2020': .*X.index = pandas.to_datetime\(X.index",
    ),
    "a column of dates as text": (
        lambda: frame(DAYS.strftime("%Y-%m-%d")).reset_index(names="day"),
        r"column of dates as text, 'day': .*X.set_index\(pandas.to_datetime\(X.pop\('day'\)\)\)",
    ),
    "no date": (
        lambda: frame(pd.DatetimeIndex([*DAYS[:5], pd.NaT, *DAYS[6:]])),
        "the index of X has no date in row 5",
    ),
}


@pytest.mark.parametrize("kind", sorted(BAD))
@pytest.mark.parametrize(
    "estimator",
    [model(), ESNRegressor(Reservoir(10)), ESNClassifier(Reservoir(10)), Reservoir(10)],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
def test_rows_in_another_order_are_refused(estimator, kind):
    make, told = BAD[kind]
    if kind.startswith("an empty cell") and isinstance(estimator, (ESNForecaster, ESNClassifier)):
        pytest.skip("NaN is a row that was not seen")
    with pytest.raises(ValueError, match=told):
        estimator.fit(make(), np.arange(len(make())) % 2)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (drop(frame(), 40), "evenly spaced; 2020-02-11 00:00:00 follows 2020-02-09 00:00:00"),
        (drop(frame(), 0, 50, 51), "evenly spaced; 2020-02-22 00:00:00 follows 2020-02-19"),
    ],
)
def test_a_missing_day_is_told(rows, told):
    with pytest.raises(ValueError, match=told + r".*X.asfreq\('D'\)"):
        model().fit(rows)
    with pytest.raises(ValueError, match=told):
        model().fit(frame()).forecast(3, context=rows)
    mended = rows.asfreq("D").interpolate()
    assert model().fit(mended).forecast(2).index[0] == DAYS[-1] + pd.Timedelta("1D")
    assert ESNRegressor(Reservoir(10)).fit(rows, WAVE[: len(rows)]) is not None


@pytest.mark.parametrize(
    "readout", [RidgeReadout(), RidgeReadoutCV(), RidgeReadoutClassifier()],
    ids=lambda e: type(e).__name__,
)  # fmt: skip
@pytest.mark.parametrize("index", [DAYS, pd.RangeIndex(120)], ids=["days", "numbers"])
def test_a_readout_takes_rows_in_any_order(readout, index):
    """As `Ridge` does: after a shuffled split, the answers are those of the rows as arrays."""
    rows = frame(index).sample(frac=1, random_state=0)
    y = (rows["x"] > 0).astype(int)
    fitted = clone(readout).fit(rows[:90], y[:90])
    bare = clone(readout).fit(rows[:90].to_numpy(), y[:90].to_numpy())
    np.testing.assert_array_equal(fitted.predict(rows[90:]), bare.predict(rows[90:].to_numpy()))
    assert fitted.score(rows[90:], y[90:]) == bare.score(rows[90:].to_numpy(), y[90:])
    for option in ({"washout": 5}, {"forgetting": 0.9}):
        with pytest.raises(ValueError, match="in (the )?order"):
            RidgeReadout(**option).fit(rows, rows["x"])


INDICES = {
    "days": (DAYS, "2020-04-30"),
    "business days": (pd.bdate_range("2020-01-01", periods=120), "2020-06-17"),
    "month ends": (pd.date_range("2010-01-31", periods=120, freq="ME"), "2020-01-31"),
    "quarters": (pd.period_range("1990Q1", periods=120, freq="Q"), "2020Q1"),
    "minutes": (pd.date_range("2020", periods=120, freq="15min"), "2020-01-02 06:00"),
    "days over a clock change": (
        pd.date_range("2020-01-01", periods=120, freq="D", tz="Europe/Berlin"), "2020-04-30",
    ),
    "hours over a clock change": (
        pd.date_range("2020-03-27", periods=120, freq="h", tz="Europe/Berlin"), "2020-04-01 01:00",
    ),
    "rows from ten in twos": (pd.RangeIndex(10, 250, 2), 250),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(INDICES))
@pytest.mark.parametrize("bare", [False, True])
def test_every_index_goes_on(name, bare):
    index, first = INDICES[name]
    if bare and isinstance(index, pd.DatetimeIndex):
        index = pd.DatetimeIndex(list(index))  # as read from a file, without its frequency
        assert index.freq is None
    answer = model().fit(frame(index)).forecast(3)
    zone = getattr(index, "tz", None)
    wanted = pd.Timestamp(first, tz=zone) if isinstance(index, pd.DatetimeIndex) else first
    assert str(answer.index[0]) == str(wanted)
    assert len(answer.index) == 3
    check_frame(frame(index), regular=True)


def test_where_dates_go_on():
    x = frame()
    fitted = model().fit(x[:100])
    onward = fitted.predict(x[100:])
    assert not onward.isna().any(axis=None)  # each from the rows before it, the training among them
    np.testing.assert_allclose(onward.iloc[:1], fitted.forecast(1), rtol=0, atol=1e-12)
    for again in (x[:100], x[40:100], x[105:]):  # training rows, a part of them, and after a gap
        answer = fitted.predict(again)
        assert answer.iloc[:1].isna().all(axis=None)
        np.testing.assert_array_equal(answer, fitted.predict(again, initial_state="zero"))
    bare = model().fit(WAVE[:100, None])
    assert np.isnan(bare.predict(WAVE[:100, None])[0])  # the very rows of the fit
    assert not np.isnan(bare.predict(WAVE[100:, None])).any()
    for onwards in (fitted.partial_fit, lambda rows: fitted.rolling_forecast(rows, 5)):
        with pytest.raises(ValueError, match="X must go on from the training series"):
            onwards(x[105:])


@pytest.mark.parametrize(
    ("fit", "other"),
    [
        ("D", "W"), ("D", "12h"), ("ME", "QE"), ("W-SUN", "W-MON"), ("B", "D"), ("h", "2h"),
        ("period M", "period Q"), ("2s after", "1s after"),
    ],
)  # fmt: skip
def test_rows_of_another_frequency_are_refused(fit, other):
    def rows(frequency, start, n):
        name, *kind = frequency.split()[::-1]
        if name == "after":
            return frame(pd.timedelta_range("0s", periods=n, freq=kind[0]))
        make = pd.period_range if kind else pd.date_range
        return frame(make(start, periods=n, freq=name))

    fitted = model().fit(rows(fit, "2020-01-01", 100))
    told = (
        rf"of context must have the frequency of fit, '{fit.split()[0 if 'after' in fit else -1]}"
    )
    with pytest.raises(ValueError, match=told):
        fitted.forecast(3, context=rows(other, "2021-01-01", 40))
    for onwards in (fitted.predict, fitted.partial_fit):
        with pytest.raises(ValueError, match="X must"):
            onwards(rows(other, "2050-01-01", 40))
    for start in ("2021-01-01", "2021-05-13"):
        assert len(fitted.forecast(3, context=rows(fit, start, 40))) == 3


def test_a_gap_in_the_rows_that_go_on_is_told():
    fitted = model().fit(frame()[:60])
    for onwards in (fitted.predict, fitted.partial_fit, lambda x: fitted.rolling_forecast(x, 2)):
        with pytest.raises(ValueError, match="dates of X must be evenly spaced"):
            onwards(drop(frame()[60:], 20))


def test_an_array_of_numbers_is_one_series():
    fitted = model().fit(WAVE[:100])
    answer = fitted.forecast(20)
    assert answer.shape == (20,)
    np.testing.assert_array_equal(answer, model().fit(WAVE[:100, None]).forecast(20)[:, 0])
    np.testing.assert_array_equal(answer, model().fit(WAVE[:100].tolist()).forecast(20))
    assert fitted.predict(WAVE[100:]).shape == (20,)
    assert fitted.forecast(3, context=WAVE[:50]).shape == (3,)
    assert fitted.rolling_forecast(WAVE[100:], 5).shape == (4, 5, 1)
    with pytest.raises(ValueError, match=r"one series of one feature is X.reshape\(-1, 1\)"):
        ESNRegressor().fit(WAVE, WAVE)


def test_a_short_context_is_told():
    fitted = model().fit(WAVE[:100, None])
    with pytest.warns(UserWarning, match=r"has 9 steps, fewer than the 10 .*washout 10"):
        fitted.forecast(3, context=WAVE[:9, None])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.forecast(3, context=WAVE[:10, None])


def test_frequencies():
    assert frequency_of(pd.DatetimeIndex(["2020-01-01", "2020-01-02"])) is None
    assert continued(pd.Index(["a", "b", "c"]), 2) is None
    steps = pd.timedelta_range("0s", periods=4, freq="2s")
    assert continued(steps, 1)[0] == pd.Timedelta("8s")


# exogenous rows


def sales(n=400):
    rng = np.random.default_rng(0)
    promotion = (rng.random(n) < 0.15).astype(float)
    week = np.tile([0, 5, 8, 6, 10, 30, 20.0], n // 7 + 1)[:n]
    x = 100 + 0.2 * np.arange(n) + week + 40 * promotion + rng.normal(0, 3, n)
    index = pd.date_range("2021-01-04", periods=n, freq="D")
    return pd.Series(x, index, name="sales"), pd.Series(1000.0 * promotion, index, name="promotion")


@pytest.mark.parametrize("differences", [(), (7,), (1, 7)])
def test_a_promotion_explains_a_day_of_sales(differences):
    """Whatever its units, and differenced as the series is: the error is that of the noise."""
    x, promotion = sales()
    fitted = ESNForecaster(differences=differences, random_state=0).fit(
        x[:372], exog=promotion[:372]
    )
    answer = fitted.forecast(28, exog=promotion[372:])
    assert np.sqrt(np.square(answer - x[372:]).mean()) < 8.0
    blind = ESNForecaster(differences=differences, random_state=0).fit(x[:372]).forecast(28)
    assert np.sqrt(np.square(blind - x[372:]).mean()) > 13.0
    small = ESNForecaster(differences=differences, random_state=0).fit(
        x[:372], exog=promotion[:372] / 1e6
    )
    np.testing.assert_allclose(small.forecast(28, exog=promotion[372:] / 1e6), answer, rtol=1e-6)


@pytest.mark.parametrize("differences", [(), (1, 7)])
def test_exogenous_rows_go_on_chunk_by_chunk(differences):
    x, promotion = (column.to_numpy()[:, None] for column in sales())
    chunks = model(differences=differences, scaler="passthrough")
    whole = model(differences=differences, scaler="passthrough").fit(x[:300], exog=promotion[:300])
    for part in (slice(0, 100), slice(100, 103), slice(103, 300)):
        chunks.partial_fit(x[part], exog=promotion[part])
    options = {"exog": promotion[300:320]}
    np.testing.assert_allclose(chunks.forecast(20, **options), whole.forecast(20, **options), 1e-5)
    from_context = whole.forecast(20, x[:300], context_exog=promotion[:300], **options)
    np.testing.assert_allclose(from_context, whole.forecast(20, **options), rtol=1e-6)


def test_exogenous_frames_must_match():
    x, promotion = sales()
    plan = pd.DataFrame({"promotion": promotion, "price": 1.0 + promotion.index.day_of_week})
    fitted = model().fit(x[:372], exog=plan[:372])
    with pytest.raises(ValueError, match=r"columns \['promotion', 'price'\], in the order of"):
        fitted.forecast(5, exog=plan[["price", "promotion"]][372:377])
    with pytest.raises(ValueError, match=r"have the dates .* 2022-01-11 .* got 2022-01-12"):
        fitted.forecast(5, exog=plan[373:379])
    with pytest.raises(ValueError, match="row 0 is of 2022-01-12 00:00:00, and stands beside"):
        fitted.forecast(5, exog=plan[373:378])
    with pytest.raises(ValueError, match="the dates of exog must be in order"):
        model().fit(x[:372], exog=plan[:372][::-1])
    assert fitted.forecast(5, exog=plan[372:377]).shape == (5,)


# frames come back as frames


def test_a_regressor_starts_where_dates_say():
    X = pd.DataFrame({"a": WAVE}, index=DAYS)
    y = X["a"].shift(2, fill_value=0.0)
    esn = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(1e-6, washout=5))
    esn.fit(X[:90], y[:90])
    again = esn.predict(X[:90])
    plain = clone(esn).fit(X.to_numpy()[:90], y[:90])
    assert again.to_numpy() == pytest.approx(plain.predict(WAVE[:90, None], initial_state="zero"))
    assert esn.predict(X[92:]).to_numpy() == pytest.approx(plain.predict(WAVE[92:, None]))
    assert esn.score(X[:90], y[:90]) == pytest.approx(
        1 - ((y - again)[5:90] ** 2).sum() / ((y[5:90] - y[5:90].mean()) ** 2).sum()
    )
    with pytest.raises(ValueError, match="X must go on from the training series, which ends at"):
        esn.partial_fit(X[80:], y[80:])
    assert len(esn.partial_fit(X[95:], y[95:]).predict(X[95:])) == 25


def test_a_cold_start_is_marked_or_told():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10, 30, 1))
    esn = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(1e-6, washout=8))
    esn.fit(X, X)
    kept, marked = esn.predict(X), esn.predict(X, cold="nan")
    assert np.isnan(marked[:, :8]).all()
    np.testing.assert_array_equal(marked[:, 8:], kept[:, 8:])
    assert not np.isnan(esn.predict(X, cold="nan", initial_state=np.zeros(20))).any()
    with pytest.warns(
        UserWarning, match="shortest sequence has 6 steps, where the network takes 8"
    ):
        esn.predict(X[:, :6])
    with pytest.raises(ValueError, match="cold must be 'keep' or 'nan'; got 'drop'"):
        esn.predict(X, cold="drop")
    series = clone(esn).fit(X[0], X[0])
    assert not np.isnan(series.predict(X[1], cold="nan")).any()  # it goes on
    assert np.isnan(series.predict(X[1], cold="nan", initial_state="zero")[:8]).all()


@pytest.mark.parametrize("differences", [(), (1, 7)])
def test_forecasts_of_a_fresh_start_leave_its_washout_out(differences):
    rng = np.random.default_rng(0)
    X = [np.sin(np.arange(90) * 0.3 + phase)[:, None] for phase in rng.uniform(0, 6, 5)]
    fitted = model(differences=differences).fit(X)
    first = 1 + sum(differences)
    for marked, kept in zip(fitted.predict(X), fitted.predict(X, cold="keep"), strict=True):
        assert np.isnan(kept).sum() == first
        assert np.isnan(marked).sum() == first + 10
        np.testing.assert_array_equal(marked[first + 10 :], kept[first + 10 :])
    series = model(differences=differences).fit(WAVE[:90, None])
    assert not np.isnan(series.predict(WAVE[90:, None])).any()  # it goes on
    assert np.isnan(series.predict(WAVE[:90, None])).sum() == first + 10  # its own training
    with pytest.raises(ValueError, match="cold must be 'keep' or 'nan'; got 'drop'"):
        fitted.predict(X, cold="drop")


def test_two_columns_of_one_name_are_told():
    X = pd.DataFrame(np.ones((20, 2)), columns=["a", "a"])
    with pytest.raises(ValueError, match="X has two columns of one name, 'a': rename one"):
        model().fit(X)


# polars, which has no index


def test_polars_comes_back_as_polars():
    pl = pytest.importorskip("polars")
    X = pl.DataFrame({"x": WAVE, "y": np.cos(np.arange(120) * 0.3)})
    fitted, bare = model().fit(X[:100]), model().fit(X.to_numpy()[:100])
    for answer, same in [
        (fitted.forecast(20), bare.forecast(20)),
        (fitted.predict(X[100:]), bare.predict(X.to_numpy()[100:])),
    ]:
        assert isinstance(answer, pl.DataFrame)
        assert answer.columns == ["x", "y"]
        np.testing.assert_allclose(answer.to_numpy(), same)
    one = model().fit(X["x"]).forecast(4)
    assert isinstance(one, pl.Series)
    assert one.name == "x"
    bands = model().fit(X["x"]).forecast_quantiles(2, (0.1, 0.9))
    assert bands.columns == ["x_0.1", "x_0.9"]
    several = model().fit(X).forecast_quantiles(2, (0.1, 0.9))
    assert several.columns == ["x_0.1", "x_0.9", "y_0.1", "y_0.9"]
    told = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(1e-6, washout=5))
    answer = told.fit(X[:90], X["y"][:90]).predict(X[90:])
    assert isinstance(answer, pl.Series)
    assert answer.name == "y"
    lost = X.with_columns(pl.when(pl.int_range(120) == 40).then(None).otherwise("x").alias("x"))
    assert model().fit(lost).forecast(3).shape == (3, 2)
    with pytest.raises(ValueError, match="X contains NaN: column 'x' has no number in row 40"):
        told.fit(lost, X["y"])
    dated = X.with_columns(pl.Series("day", DAYS))
    with pytest.raises(ValueError, match=r"a column of dates, 'day': polars has no index"):
        model().fit(dated)
    with pytest.raises(ValueError, match=r"X has a column of String, 'kind', and no numbers"):
        told.fit(X.with_columns(pl.lit("a").alias("kind")), X["y"])


# folds that leave a gap


def moving_sum(n_steps=600):
    u = np.random.default_rng(0).uniform(-1, 1, n_steps)
    y = np.convolve(u, 0.9 ** np.arange(60))[:n_steps]
    return pd.DataFrame({"u": u}), pd.Series(y, name="y")


@pytest.mark.parametrize("index", ["numbers", "dates"])
@pytest.mark.parametrize("gap", [0, 3, 50])
def test_a_score_after_a_gap_leaves_the_washout_out(index, gap):
    u, y = moving_sum()
    if index == "dates":
        u.index = y.index = pd.date_range("2020-01-01", periods=len(u), freq="h")
    esn = ESNRegressor(Reservoir(60, random_state=0), RidgeReadout(washout=40))
    esn.fit(u[:400], y[:400])
    coming = slice(400 + gap, None)
    first = 40 if gap else 0
    predicted = esn.predict(u[coming])
    wanted = r2_score(y[coming][first:], predicted[first:])
    assert esn.score(u[coming], y[coming]) == pytest.approx(wanted, abs=1e-12)
    known = esn.predict(u[coming], cold="nan")
    assert known.isna().sum() == first
    np.testing.assert_array_equal(known[first:], predicted[first:])
    bare = clone(esn).fit(u[:400].to_numpy(), y[:400].to_numpy())
    told_nothing = bare.score(u[coming].to_numpy(), y[coming].to_numpy())
    assert told_nothing == pytest.approx(r2_score(y[coming], predicted), abs=1e-12)
    labels = (y > 0).astype(int)
    readout = RidgeReadoutClassifier(RidgeReadout(washout=40))
    classifier = ESNClassifier(Reservoir(60, random_state=0), readout=readout)
    classifier.fit(u[:400], labels[:400])
    right = classifier.predict(u[coming]) == labels[coming]
    assert classifier.score(u[coming], labels[coming]) == pytest.approx(right[first:].mean())


def test_numbers_that_begin_anew_or_are_uneven_tell_nothing():
    u, y = moving_sum()
    esn = ESNRegressor(Reservoir(60, random_state=0), RidgeReadout(washout=40))
    esn.fit(u[:400], y[:400])
    anew = u[400:].reset_index(drop=True), y[400:].reset_index(drop=True)
    wanted = r2_score(anew[1], esn.predict(anew[0]))
    assert esn.score(*anew) == pytest.approx(wanted, abs=1e-12)
    uneven = np.delete(np.arange(401), 7)
    esn.fit(u.set_axis(np.arange(600) * 1.5).iloc[:400], y[:400])
    assert esn.score(u[450:], y[450:]) == pytest.approx(
        r2_score(y[450:], esn.predict(u[450:])), abs=1e-12
    )
    with pytest.warns(UserWarning, match="the index of X leaves rows out, once, first after 6"):
        esn.fit(u.iloc[uneven], y.iloc[uneven])
    assert esn.score(u[450:], y[450:]) == pytest.approx(
        r2_score(y[450:], esn.predict(u[450:])), abs=1e-12
    )


def test_a_forecaster_starts_anew_after_a_gap_in_numbers():
    rows = frame(pd.RangeIndex(120))
    fitted = model().fit(rows[:80])
    assert not fitted.predict(rows[80:]).isna().any(axis=None)
    assert fitted.predict(rows[85:])["x"].isna().sum() == 11
    with pytest.raises(ValueError, match="must go on from .* ends at 79; it begins at 85"):
        fitted.partial_fit(rows[85:])


def test_dates_of_another_unit_are_the_same_dates():
    frame = pd.DataFrame({"x": WAVE, "z": WAVE[::-1]}, index=DAYS.as_unit("ns"))
    fitted = model().fit(frame[["x"]][:80], exog=frame[["z"]][:80])
    seconds = frame.set_axis(DAYS.as_unit("s"))
    wanted = fitted.forecast(5, exog=frame[["z"]][80:85])
    same = fitted.forecast(5, exog=seconds[["z"]][80:85])
    np.testing.assert_array_equal(same, wanted)
    with pytest.raises(ValueError, match="exog must have the dates .* row 0 is of 2020-03-22"):
        fitted.forecast(5, exog=seconds[["z"]][81:86])
    further = model().fit(frame[["x"]][:80]).predict(seconds[["x"]][80:])
    assert not further["x"].isna().any()  # they go on
    context = fitted.forecast(5, seconds[["x"]][:80], context_exog=frame[["z"]][:80],
                              exog=frame[["z"]][80:85])  # fmt: skip
    np.testing.assert_allclose(context, wanted, rtol=1e-6)
