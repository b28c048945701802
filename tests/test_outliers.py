"""Values far from all others: told, and taken as not seen, unless they are kept."""

import warnings
from array import array
from collections import deque

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, clone

from reservoir import (
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    ESNSmoother,
    PanelForecaster,
    Reservoir,
    RidgeReadout,
)
from reservoir.__main__ import main
from reservoir.datasets import load_co2, load_sunspots
from reservoir.model_selection import forecasting_search
from reservoir.outliers import _are_known, cleaned, far_values, usual_ends, without_codes
from reservoir.sequences import check_sequences

T = np.arange(144)
SALES = 100 + T + 30 * np.sin(T * np.pi / 6) + np.random.default_rng(0).normal(0, 3, 144)
TOLD = "1 value lies far from all others, and is taken as not seen"


def spoilt(x, row=70, value=-9999.0):
    x = np.array(x, dtype=float)
    x[row] = value
    return x


def model(**options):
    return ESNForecaster(Reservoir(30, random_state=0), RidgeReadout(1e-4), **options)


@pytest.mark.parametrize(
    "value", [-9999, 9999, -999, 999.9, 1e20, -1e6, 10 * SALES[70], 0.0, 32767.0]
)
def test_slips_and_codes_are_far(value):
    x = spoilt(SALES, value=value)
    np.testing.assert_array_equal(np.flatnonzero(far_values(x)), [70])
    np.testing.assert_array_equal(np.flatnonzero(far_values(-x)), [70])
    x[10:20] = np.nan
    np.testing.assert_array_equal(np.flatnonzero(far_values(x)), [70])
    np.testing.assert_array_equal(np.flatnonzero(far_values(x.astype("f4"))), [70])


def test_codes_may_be_many_and_of_two_kinds():
    x = SALES.copy()
    x[::3], x[1::9] = -999.9, 9999
    assert set(x[far_values(x)]) == {-999.9, 9999}
    assert far_values(x).sum() == 48 + 16
    x = np.where(T % 7, SALES, -500.0)  # the only negative number
    assert far_values(x).sum() == 21
    x[1] = -3.0
    assert not far_values(x).any()
    late = far_values(np.r_[SALES, -999.0, -999.0, -999.0])  # not yet known
    assert late[-3:].all()
    assert late.sum() == 3
    x = np.where(T % 2, SALES, -999.0)  # half of all
    assert far_values(x).sum() == 72
    x[1] = -999  # more than half: who knows what is the rule
    assert not far_values(x).any()
    assert far_values(spoilt(SALES, slice(40, 44), 1e5)).sum() == 0  # four in a hundred are many
    assert far_values(spoilt(SALES, slice(40, 43), 1e5)).sum() == 3


def test_zeros_in_few_stretches_are_an_outage():
    out = spoilt(SALES, [*range(40, 45), *range(70, 76), *range(100, 103)], 0.0)
    np.testing.assert_array_equal(far_values(out), out == 0)
    assert not far_values(spoilt(out, 120, 0.0)).any()  # too many by now to be slips
    assert not far_values(spoilt(SALES, slice(40, 55), 0.0)).any()  # more than a tenth
    assert not far_values(spoilt(SALES, slice(140, 144), 0.0)).any()  # a shop that has closed
    assert far_values(spoilt(SALES, slice(0, 14), 0.0)).sum() == 14  # one that was not open


@pytest.mark.parametrize("x", [
    np.r_[1.0, np.zeros(99)],  # an impulse
    np.where(T % 30 < 6, 500.0, 2.0 + np.sin(T)),  # two levels
    np.r_[SALES, 5000.0, 5100.0],  # a level that has begun
    np.exp(T / 8.0), np.random.default_rng(0).poisson(0.3, 200) * 7.0,
    np.random.default_rng(3).poisson(3.5, 144), np.where(T == 50, 0, T % 12 + 4),
    np.random.default_rng(1).lognormal(0, 1, 200), np.where(T % 7 == 6, 0.0, SALES),  # Sundays
    np.where(T % 9 == 0, 999.0, 700 + SALES), np.full(50, 7.0), np.full(30, np.nan),
    load_co2().data[:, 0], load_sunspots().data[:, 0],
    np.where(T % 50 == 0, 0.0, np.abs(SALES - 150)),  # others are near zero, too
], ids=lambda x: f"{len(x)} {np.nanmax(np.r_[x, 0]):.3g}")  # fmt: skip
def test_what_is_usual_is_kept(x):
    x = np.asarray(x, dtype=float)
    assert not far_values(x).any()
    assert not far_values(np.append(x[:18], -9999.0)).any()  # too few to tell
    assert not far_values(np.float32(x)).any()


@example(26499673, 20, 0.5)
@example(53, 20, 0.5)
@given(st.integers(0, 2**31), st.integers(20, 300), st.sampled_from([0.5, 1.0, 3.0]))
def test_far_is_beyond_twice_the_range_of_all_others(seed, n, tail):
    rng = np.random.default_rng(seed)
    x = rng.standard_t(tail, n) if seed % 2 else rng.lognormal(0, 1 / tail, n)
    x[-1] = np.median(x)  # so that the end is no other level
    far = far_values(x)
    np.testing.assert_array_equal(far_values(-x), far)
    np.testing.assert_array_equal(far_values(0.25 * x), far)
    assert far.sum() <= max(6, 0.02 * n)
    if far.any():
        low, high = x[~far].min(), x[~far].max()
        assert np.maximum(low - x[far], x[far] - high).min() > 2 * (high - low)


@pytest.mark.parametrize("value", [-9999.0, 2500.0, 0.0])
def test_a_forecast_is_as_with_a_gap(value):
    gap = model().fit(spoilt(SALES, value=np.nan)).forecast(12)
    frame = pd.DataFrame({"y": spoilt(SALES, value=value)})
    frame.index = pd.date_range("2001-01", periods=144, freq="MS")
    with pytest.warns(UserWarning, match=f"{TOLD}: {value:g} in row 70 of X, 2006-11-01"):
        fitted = model().fit(frame)
    np.testing.assert_array_equal(fitted.forecast(12)["y"], gap)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = model(outliers="keep").fit(frame).forecast(12)
    assert np.abs(kept["y"] - gap).max() > 1
    clean = model().fit(SALES)
    context = spoilt(SALES[:100], 50, value)
    with pytest.warns(UserWarning, match=f"{TOLD}.*row 50 of context"):
        found = clean.forecast(5, context=context)
    np.testing.assert_array_equal(found, clean.forecast(5, context=spoilt(context, 50, np.nan)))
    with pytest.warns(UserWarning, match=TOLD):
        assert clean.score(context) == pytest.approx(clean.score(spoilt(context, 50, np.nan)))


def test_few_rows_are_measured_by_the_training():
    fitted = model().fit(SALES[:120])
    for rows, value in (
        (SALES[100:115], -9999.0),
        (SALES[120:126], 3000.0),
        ([SALES[120]], 9999.0),
    ):
        gap, wrong = (spoilt(rows, len(rows) // 2, v) for v in (np.nan, value))
        for use in (
            lambda x: clone(fitted).fit(SALES[:120]).partial_fit(x).forecast(3),
            lambda x: fitted.forecast(3, context=x) if len(x) > 9 else np.zeros(1),
        ):
            wanted = use(gap)
            if wanted.any():
                with pytest.warns(UserWarning, match=f"{TOLD}: {value:g} in row"):
                    np.testing.assert_array_equal(use(wrong), wanted)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for higher in (3000.0, 4000.0):  # a level that has begun
            fitted = clone(fitted).fit(SALES[:120])
            fitted.partial_fit(np.full(4, higher) + T[:4])
    usual = np.array([100.0, 250.0])
    assert far_values(np.array([120.0, 9999, 130, np.nan, 600]), usual=usual).tolist() == [
        False, True, False, False, True,
    ]  # fmt: skip
    assert not far_values(np.array([9999.0, 9999]), usual=np.array([3.0, 3.0])).any()


def test_each_series_and_column_by_itself():
    one, other = SALES[:, None], 1e5 + SALES[:100, None]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model().fit([one, other])
        model().fit(np.hstack([one[:100], other]))
    with pytest.warns(UserWarning, match=r"row 70 of X\[1\], where the others reach from 1000"):
        model().fit([one, spoilt(other)])
    two = np.hstack([one, spoilt(one, 9)])
    with pytest.warns(UserWarning, match="row 9 of X, column 1"):
        smoothed = ESNSmoother(model()).fit_transform(two)
    assert np.abs(smoothed - np.hstack([one, one]))[9:].max() < 60


def test_what_exogenous_rows_may_explain_is_kept():
    pulse = np.where(np.isin(T, [30, 80, 120]), 1.0, 0.0)[:, None]
    x = SALES[:, None] + 2000 * pulse
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        known = model().fit(x, exog=pulse)
    assert known.forecast(1, exog=[[1.0]])[0, 0] > 1000
    with pytest.warns(UserWarning, match=TOLD):
        model().fit(spoilt(x), exog=pulse)
    told = "exog seems to hold a code for what is missing, -9999 in 1 row of column 0, .* 70:"
    with pytest.warns(UserWarning, match=told):
        model().fit(SALES, exog=spoilt(SALES)[:, None])


def test_a_search_is_as_good_as_without():
    options = {"horizon": 6, "season": 12, "random_state": 0, "n_units": 20}
    known, coming = SALES[:72], SALES[72:78]
    whole = forecasting_search(**options).fit(known)
    with pytest.warns(UserWarning, match=TOLD):
        search = forecasting_search(**options).fit(spoilt(known))  # the last row but one
    errors = [np.abs(s.forecast(6) - coming).mean() for s in (search, whole)]
    assert errors[0] < 1.5 * errors[1] + 1
    with pytest.warns(UserWarning, match=f"{TOLD}.*row 50 of context"):
        found = whole.forecast(6, context=spoilt(known, 50))
    assert np.abs(found - whole.forecast(6)).max() < 10
    grid = {"readout__alpha": [1e-4, 1e-2]}
    search.set_params(estimator__outliers="keep", members=(), param_grid=grid)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search.fit(spoilt(known))


def test_many_series():
    rng = np.random.default_rng(0)
    series = {f"s{k}": SALES[: 80 + k] + rng.normal(0, 3, 80 + k) for k in range(12)}
    whole = PanelForecaster(12, 12).fit(series)
    wrong = {**series, "s3": spoilt(series["s3"])}
    with pytest.warns(UserWarning, match=f"{TOLD}: -9999 in row 70 of series 's3'"):
        found = PanelForecaster(12, 12).fit(wrong)
    for name, answer in found.forecast(12).items():
        np.testing.assert_allclose(answer, whole.forecast(12)[name], atol=12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PanelForecaster(12, 12, outliers="keep").fit(wrong)
    with pytest.warns(UserWarning, match=TOLD):
        near = whole.forecast(12, context=wrong["s3"])
    np.testing.assert_allclose(near, whole.forecast(12, context=series["s3"]), atol=12)


def test_the_command_says_what_it_leaves_out(tmp_path, capsys):
    frame = pd.DataFrame({"y": spoilt(SALES[:72])}, pd.date_range("2001-01", periods=72, freq="MS"))
    for name, x in (("wrong", frame), ("gap", frame.replace(-9999.0, np.nan))):
        x.to_csv(tmp_path / f"{name}.csv", index_label="month")
        assert main(["forecast", str(tmp_path / f"{name}.csv"), "--units", "20", "--out", "-"]) == 0
    out, err = capsys.readouterr()
    first, second = (part for part in out.split("month") if part)
    assert first == second
    assert f"{TOLD}: -9999 in row 2006-11-01" in err


FORMS = {
    "one": lambda x: x, "column": lambda x: x[:, None], "named": lambda x: pd.Series(x, name="a"),
    "frame": lambda x: pd.DataFrame({"a": x}), "list": lambda x: [x[:, None], SALES[:, None]],
    "panel": lambda x: np.stack([x, SALES])[:, :, None],
    "frames": lambda x: [pd.DataFrame({"a": x})],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_any_form_is_given_back(form):
    given, gap = (FORMS[form](spoilt(SALES, value=value)) for value in (-9999.0, np.nan))
    with pytest.warns(UserWarning, match=TOLD):
        found = cleaned(given, "missing", 1)
    assert isinstance(found, type(given))
    for a, b in zip(found, gap, strict=True) if form in ("list", "frames") else [(found, gap)]:
        assert type(a) is type(b)
        np.testing.assert_array_equal(a, b)
    assert cleaned(given, "keep", 1) is given
    assert cleaned(gap, "missing", 1) is gap
    assert cleaned("text", "missing", 1) == "text"


def check(x):
    return check_sequences(BaseEstimator(), x, reset=True)


def sines(n=40):
    rng = np.random.default_rng(0)
    slow = [np.sin((0.2 + 0.1 * (k % 2)) * np.arange(60) + rng.uniform(0, 6)) for k in range(n)]
    return np.stack(slow)[:, :, None], np.arange(n) % 2


def test_codes_in_sequences_are_not_seen():
    x, y = sines()
    wrong, gaps = x.copy(), x.copy()
    wrong[3, 7:9], gaps[3, 7:9] = -999, np.nan
    told = "X holds codes for what is missing, 2 of them, .*: -999 in row 7, column 0 of sequence 3"
    with pytest.warns(UserWarning, match=told):
        taken = ESNClassifier(random_state=0).fit(wrong, y)
    np.testing.assert_array_equal(
        taken.decision_function(x), ESNClassifier(random_state=0).fit(gaps, y).decision_function(x)
    )
    with pytest.warns(UserWarning, match=told):  # as sequences come, each by itself
        found = taken.predict_proba(wrong)
    np.testing.assert_array_equal(found, taken.predict_proba(gaps))
    wrong[3, 7:9] = 50  # may be what tells it from others
    assert not np.isnan(without_codes(check(wrong), usual_ends(wrong), 1).items[3]).any()
    wrong[3, 7:9] = -999
    kept = ESNClassifier(random_state=0, outliers="keep").fit(wrong, y)
    assert abs(kept.decision_function(x) - taken.decision_function(x)).max() > 1e-3
    ESNClassifier(random_state=0, missing="error").fit(wrong, y)


def test_codes_are_told_by_six_digits():
    """As a plain look at what is written says."""
    rng = np.random.default_rng(0)
    x = np.concatenate([
        np.arange(-2000.0, 2000), np.float32([999.9, -99.99, 1e20, 9.9]), rng.normal(0, 1e3, 2000),
        [0.99, 9.99, 99999, 999999, 9999999, 32767, 2147483647, 2147483648, 1e30, np.inf, np.nan],
    ])  # fmt: skip
    written = [f"{abs(value):.6g}" for value in x]
    known = ("32767", "32768", "65535", "2.14748e+09", "1e+20", "1e+30", "9.96921e+36")
    nines = [set(text) <= {"9", "."} and text.count("9") > 1 for text in written]
    wanted = [text in known or only for text, only in zip(written, nines, strict=True)]
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(_are_known(x), wanted)


def test_codes_beside_what_is_usual():
    x = np.abs(sines()[0])
    usual = usual_ends(spoilt(x, (0, 0, 0), -200.0))  # a lone negative, once, may be one
    np.testing.assert_allclose(usual.ravel(), [-200, x.max()])
    seen = without_codes(check(spoilt(x, (0, 0, 0), 1.5)), usual_ends(x), 1)
    assert seen.items[0][0, 0] == 1.5
    for value in (-200.0, 99.0, 1e20):
        with pytest.warns(UserWarning, match=f"{value:g} in row 5".replace("+", "[+]")):
            seen = without_codes(check(spoilt(x, (2, 5, 0), value)), usual_ends(x), 1)
        assert np.flatnonzero(np.isnan(np.concatenate(seen.items))).tolist() == [125]
    assert without_codes(check(spoilt(x * 0, (0, 0, 0), 99.0)), usual_ends(x * 0), 1).items[0][0]


def test_a_regressor_tells_of_codes_and_slips():
    x = np.random.default_rng(0).normal(size=(200, 2))
    y = x[:, 0] + np.roll(x[:, 1], 1)
    model = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(washout=10))
    told = "X seems to hold a code for what is missing, -999 in 1 row of column 1, .* them 70:"
    with pytest.warns(UserWarning, match=told):
        model.fit(spoilt(x, (70, 1), -999), y)
    told = r"y\[1\] holds what lies far from the rest, 99 in 2 rows of column 0, .* them 3: it is"
    with pytest.warns(UserWarning, match=told + " taken as it is. A row with NaN is not trained"):
        model.fit([x[:90], x[90:]], [y[:90], spoilt(y[90:], [3, 5], 99.0)])


def test_what_is_masked_was_not_seen():
    masked = np.ma.masked_array(spoilt(SALES, value=1e3), np.isin(T, 70))
    gap = spoilt(SALES, value=np.nan)
    plain = model(outliers="keep").fit(gap)
    for form in (masked, masked[:, None], np.ma.array(masked, dtype="f4").astype(float)):
        kept = model(outliers="keep").fit(form)
        np.testing.assert_allclose(kept.forecast(3).ravel(), plain.forecast(3), rtol=1e-5)
    whole = np.ma.masked_array(SALES.astype(int), T == 70)
    whole, lost = ([part[:, None], SALES[:, None]] for part in (whole, np.trunc(SALES)))
    lost[0][70] = np.nan
    np.testing.assert_array_equal(
        model().fit(whole).forecast(3, context=SALES), model().fit(lost).forecast(3, context=SALES)
    )
    x, y = sines()
    hidden = np.ma.masked_array(x, x > 0.99)
    seen = np.where(x > 0.99, np.nan, x)
    np.testing.assert_array_equal(
        ESNClassifier(random_state=0).fit(hidden, y).predict_proba(hidden),
        ESNClassifier(random_state=0).fit(seen, y).predict_proba(seen),
    )
    with pytest.raises(ValueError, match="Input X contains NaN, 1 of 144 cells"):
        ESNRegressor().fit(masked[:, None], SALES)
    x, early = SALES[:, None] / 100 - 2, T < 80
    rows = ESNRegressor(random_state=0).fit(x, np.ma.masked_array(SALES, early)).predict(x)
    nans = ESNRegressor(random_state=0).fit(x, np.where(early, np.nan, SALES)).predict(x)
    np.testing.assert_array_equal(rows, nans)


@pytest.mark.parametrize("form", [array("d", SALES), deque(SALES), tuple(SALES), list(SALES)])
def test_one_series_in_any_container(form):
    found = model().fit(form).forecast(3, context=form)
    np.testing.assert_array_equal(found, model().fit(SALES).forecast(3, context=SALES))


@pytest.mark.parametrize("form", [SALES.astype(str), SALES.astype("S8"), list(SALES.astype(str))])
def test_text_is_no_series(form):
    with pytest.raises(ValueError, match="X holds text, .*dtype=float"):
        model().fit(form)
