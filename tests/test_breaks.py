"""Breaks of a level: found where they are, joined as they were made, and never seen elsewhere."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reservoir import ESNForecaster, PanelForecaster, pretrained
from reservoir.__main__ import main
from reservoir.breaks import find_breaks, without_breaks
from reservoir.datasets import henon, load_co2, load_sunspots, lorenz63, mackey_glass
from reservoir.model_selection import forecasting_search

CO2 = np.ravel(load_co2().data)[-400:]
CO2 = CO2[np.isfinite(CO2)]
T = np.arange(144)
MONTHS = np.exp(0.01 * T) * (100 + 20 * np.sin(T * np.pi / 6)) + np.random.default_rng(0).normal(
    0, 2, 144
)
TOLD = "The level changes at once, and for good, from about .* to .* in row 90 of X"


def in_thousands(x, row=90):
    return np.append(x[:row] * 1000, x[row:])


# finding


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 0.1, 10.0, 1e3])
@pytest.mark.parametrize("name", ["CO2", "months", "a price", "counts"])
def test_other_units_are_found_where_they_begin(factor, name):
    rng = np.random.default_rng(1)
    x = {
        "CO2": CO2, "months": MONTHS, "a price": np.exp(0.02 * rng.normal(size=300).cumsum()),
        "counts": rng.poisson(np.tile([3, 5, 5, 6, 9, 12, 2], 50)).astype(float),
    }[name]  # fmt: skip
    if name == "counts" and factor in (0.1, 10.0):
        pytest.skip("counts change by as much from day to day")
    row = int(np.flatnonzero(x[90:])[0]) + 90  # a zero is of either unit
    found = find_breaks(np.append(x[:row], factor * x[row:]))
    assert [(one.row, one.factor, one.offset) for one in found] == [(row, factor, 0.0)]


def test_how_far_a_level_goes_knows_the_trend():
    x = 5.0 * np.arange(100) + 300 * (np.arange(100) >= 60) - 1000
    (one,) = find_breaks(x)
    assert (one.row, one.factor, one.offset) == (60, 1.0, pytest.approx(300))


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_step_is_found_and_how_far_it_goes(sign):
    x = 50 + 10 * np.sin(np.arange(400) * np.pi / 12) + np.random.default_rng(0).normal(size=400)
    (one,) = find_breaks(x + sign * 25 * (np.arange(400) >= 300))
    assert (one.row, one.factor) == (300, 1.0)
    assert one.offset == pytest.approx(sign * 25, abs=1)


def test_two_breaks_are_joined_one_after_the_other():
    x = in_thousands(in_thousands(MONTHS, 40), 100)
    assert [(one.row, one.factor) for one in find_breaks(x)] == [(40, 1e-3), (100, 1e-3)]
    (joined,), told = without_breaks([x[:, None]], lambda k, row, column: f"row {row}")
    np.testing.assert_allclose(joined[:, 0], MONTHS)
    assert "in row 40" in told
    assert "multiplied by 0.001" in told
    assert told.endswith("and 1 more such break")


def test_what_was_not_seen_is_not_looked_at():
    x = in_thousands(MONTHS)
    x[[3, 50, 88, 89, 90, 120]] = np.nan
    (one,) = find_breaks(x)
    assert (one.row, one.factor) == (91, 1e-3)
    np.testing.assert_allclose(one.joined(x), np.where(np.isnan(x), np.nan, MONTHS))


@settings(deadline=None, max_examples=30)
@given(scale=st.floats(1e-3, 1e3), row=st.integers(20, 120), seed=st.integers(0, 99))
def test_units_of_all_rows_decide_nothing(scale, row, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=140) + 20 * (np.arange(140) >= row)
    one, other = find_breaks(x), find_breaks(scale * x)
    assert [found.row for found in one] == [found.row for found in other] == [row]
    assert other[0].offset == pytest.approx(scale * one[0].offset)
    assert one[0].offset == pytest.approx(20, abs=1.5)


EVERYDAY = {
    "CO2": CO2,
    "sunspots": np.ravel(load_sunspots().data),
    "months": MONTHS,
    "a line": np.arange(60.0),
    "a line with a gap": np.where(abs(np.arange(60) - 21) < 2, np.nan, 2.0 * np.arange(60)),
    "through zero": (
        2.0 * T + 15 * np.sin(T * np.pi / 6) + 20 * (np.random.default_rng(0).random(144) < 0.3)
    )[:84],
    "a constant": np.ones(60),
    "a week": np.tile([0, 1, 2, 3, 5, -4, -6.0], 30),
    "on and off": np.tile(np.repeat([0.0, 10.0], 20), 4),
    "a spike": np.append(np.append(MONTHS[:70], 900.0), MONTHS[71:]),
    "a dip that ends": MONTHS - 300 * ((T >= 60) & (T < 80)),
    "a jump that wears off": (
        np.random.default_rng(0).normal(size=144) + 20 * (T >= 60) * np.exp((60.0 - T) / 20)
    ),
    "a level of four rows": MONTHS + 900 * (T >= 140),
    "Lorenz": lorenz63(600, dt=0.05, random_state=0)[:, 0],
    "Hénon": henon(300, random_state=0)[:, 0],
    "Mackey-Glass": mackey_glass(400, random_state=0)[:, 0],
    "growth that doubles": np.exp(np.append(0.01 * T[:70], 0.7 + 0.02 * np.arange(74))),
}


@pytest.mark.parametrize("name", EVERYDAY)
def test_no_break_where_there_is_none(name):
    assert find_breaks(EVERYDAY[name]) == []


def test_noise_has_none_and_random_walks_next_to_none():
    rng = np.random.default_rng(0)
    noise = [rng.normal(size=n) for n in (12, 20, 40, 80, 160) for _ in range(100)]
    assert sum(bool(find_breaks(x)) for x in noise) == 0
    assert sum(bool(find_breaks(x.cumsum())) for x in noise) <= 5


def test_zeros_before_or_after_are_raised_or_lowered():
    for is_zero, row, offset in ((T < 44, 44, 100), (T >= 100, 100, -100)):
        (one,) = find_breaks(np.where(is_zero, 0.0, 100 + np.sin(T)))
        assert (one.row, one.factor) == (row, 1.0)
        assert one.offset == pytest.approx(offset, abs=1)


def test_rows_stay_of_their_sign_and_within_bounds():
    x = MONTHS + 1000 * (T < 90)  # lowered by a thousand, the first would be below
    (one,) = find_breaks(x)
    assert (one.row, one.factor) == (90, 1.0)
    shifted = MONTHS - 60 + 1000 * (T < 90)  # of which some are negative at the end
    (lowered,) = find_breaks(shifted - shifted.min() + 0.1)
    assert (lowered.joined(shifted - shifted.min() + 0.1) > 0).all()
    assert find_breaks(x, (500.0, 2000.0)) == []


@pytest.mark.parametrize("size", [1e308, 1e300, 1e-300, 1e-310])
def test_the_largest_and_the_least_numbers_are_no_reason_to_fail(size):
    n = 0.01 * np.random.default_rng(0).normal(size=60)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not find_breaks(size * n)
        for one in find_breaks(np.r_[size * (0.5 + n[:30]), 1 + n[30:]]):
            assert np.isfinite(one.factor)


# joining


def test_the_default_forecasts_as_without_a_break():
    x = in_thousands(MONTHS)
    with pytest.warns(UserWarning, match=f"{TOLD}: rows before it are multiplied by 0.001, as if"):
        found = ESNForecaster(random_state=0).fit(x).forecast(12)
    np.testing.assert_allclose(found, ESNForecaster(random_state=0).fit(MONTHS).forecast(12))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kept = ESNForecaster(random_state=0, breaks="keep").fit(x)
        beside = ESNForecaster(random_state=0).fit(x, exog=1.0 * (T < 90))  # which may be why
    for model in (kept, beside):
        assert model.regressor_.n_steps_seen_ > 0
        last = model._training[0]
        np.testing.assert_array_equal(last[:90, 0], x[:90])
    with pytest.raises(ValueError, match="The 'breaks' parameter of ESNForecaster must be"):
        ESNForecaster(breaks="leave").fit(x)


def test_columns_and_series_of_a_list_are_joined_each_by_itself():
    two = np.column_stack([in_thousands(MONTHS), MONTHS])
    with pytest.warns(UserWarning, match="in row 90 of X, column 0"):
        one = ESNForecaster(random_state=0).fit(two).forecast(3)
    whole = ESNForecaster(random_state=0).fit(np.column_stack([MONTHS, MONTHS])).forecast(3)
    np.testing.assert_allclose(one, whole)
    with pytest.warns(UserWarning, match=r"in row 90 of X\[1\]: rows"):
        ESNForecaster(random_state=0).fit([MONTHS[:, None], in_thousands(MONTHS)[:, None]])


def test_bounds_hold_for_what_was_joined():
    x = 60 + 5 * np.sin(T / 3) - 40 * (T < 90)
    with pytest.warns(UserWarning, match="raised by 39.95"):
        ESNForecaster(random_state=0, bounds=(0, 100)).fit(x)
    tight = ESNForecaster(random_state=0, bounds=(0, float(x.max())), breaks="join")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tight.fit(x)
    assert np.nanmax(tight._training[0]) <= x.max()


def test_many_series_and_the_pretrained():
    x = in_thousands(MONTHS)
    with pytest.warns(UserWarning, match="in row 90 of series 1: rows"):
        model = PanelForecaster(12, 6).fit([MONTHS, x])
    whole = PanelForecaster(12, 6).fit([MONTHS, MONTHS])
    np.testing.assert_allclose(model.forecast(6)[1], whole.forecast(6)[1])
    monthly = pretrained("monthly")
    with pytest.warns(UserWarning, match="in row 90 of series 0: rows"):
        found = monthly.forecast(6, x)
    np.testing.assert_allclose(found, monthly.forecast(6, MONTHS))
    with pytest.raises(ValueError, match="The 'breaks' parameter of PanelForecaster must be"):
        PanelForecaster(breaks=1).fit([MONTHS])


def test_a_search_is_as_good_as_without():
    options = {"horizon": 4, "season": 12, "n_rows": 144, "random_state": 0}
    with pytest.warns(UserWarning, match=TOLD):
        found = forecasting_search(**options).fit(in_thousands(MONTHS)).forecast(4)
    np.testing.assert_allclose(found, forecasting_search(**options).fit(MONTHS).forecast(4))


def test_folds_of_a_search_know_no_break_of_their_own():
    """A dip that ends is none, though it looks like one where a fold's training ends in it."""
    flat = 100 + 20 * np.sin(T * np.pi / 6) + np.random.default_rng(0).normal(0, 5, 144)
    x = np.where((T >= 104) & (T < 122), 0.3, 1.0) * flat
    assert find_breaks(x[:120])
    assert not find_breaks(x)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forecasting_search(horizon=12, season=12, n_rows=144, random_state=0).fit(x)


def test_the_command_joins_and_says_so(tmp_path, capsys):
    dates = pd.date_range("2010-01-01", periods=144, freq="MS")
    answers = []
    for k, x in enumerate((in_thousands(MONTHS), MONTHS)):
        file, out = tmp_path / f"{k}.csv", tmp_path / f"out{k}.csv"
        pd.DataFrame({"month": dates, "sales": x}).to_csv(file, index=False)
        options = ["--steps", "3", "--max", "1e6", "--units", "20", "--out", str(out)]
        assert main(["forecast", str(file), *options]) == 0
        answers.append(pd.read_csv(out)["sales"])
    said = capsys.readouterr().out
    assert said.count("the level changes at once, and for good, from about") == 1
    assert "in row 2017-07-01 00:00:00: rows before it are multiplied by 0.001" in said
    np.testing.assert_allclose(answers[0], answers[1], rtol=1e-6)
