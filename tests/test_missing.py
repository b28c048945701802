"""Gaps that are filled before anything is learned: by lines, or beside other rounds of a season."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from reservoir import PanelForecaster, pretrained
from reservoir.baselines import SeasonalNaive
from reservoir.missing import filled_between, interpolated, of_other_rounds


@settings(max_examples=60, deadline=None)
@given(
    season=st.integers(2, 6), n_rows=st.integers(7, 40), share=st.floats(0.0, 0.6),
    seed=st.integers(0, 99),
)  # fmt: skip
def test_other_rounds_say_what_a_loop_does(season, n_rows, share, seed):
    rng = np.random.default_rng(seed)
    x = np.where(rng.random(n_rows) < share, np.nan, rng.standard_normal(n_rows))
    wanted = np.full(n_rows, np.nan)
    for t in range(n_rows):
        others = [s for s in range(t % season, n_rows, season) if s != t and not np.isnan(x[s])]
        if others:
            wanted[t] = np.interp(t, others, x[others])
    np.testing.assert_allclose(of_other_rounds(x, season), wanted)


def test_gaps_are_filled_as_what_was_seen_asks():
    """A season and a trend exactly, by lines what has no season, and what was seen never moves."""
    rng, t = np.random.default_rng(0), np.arange(96)
    season = 10 * np.sin(t * np.pi / 6) + 3 * (t % 12 == 4)
    walk = np.cumsum(rng.standard_normal(96))
    for lost in (slice(40, 41), slice(30, 39), slice(84, 92), slice(3, 6), np.arange(5, 90, 7)):
        x = season + 0.5 * t
        x[lost] = np.nan
        np.testing.assert_allclose(filled_between(x, [12]), season + 0.5 * t, atol=0.7)
        np.testing.assert_allclose(filled_between(x, [5, 12]), season + 0.5 * t, atol=0.7)
        x = np.array(walk)
        x[lost] = np.nan
        seen = ~np.isnan(x)
        line = np.interp(t, t[seen], x[seen])
        np.testing.assert_allclose(filled_between(x, []), line)
        np.testing.assert_allclose(filled_between(x, [12])[seen], walk[seen])
        assert np.abs(filled_between(x, [12]) - walk).mean() < 1.5 * np.abs(line - walk).mean()
    for x in (np.full(5, np.nan), np.array([1.0, np.nan]), np.array([np.nan, 2.0, np.nan, 4.0])):
        np.testing.assert_array_equal(filled_between(x, [2]), interpolated(x[:, None])[:, 0])


def test_a_gap_in_a_season_costs_many_series_little():
    rng, t = np.random.default_rng(0), np.arange(156)
    rows = [
        (100 + t) * (1 + 0.4 * np.sin(t * np.pi / 6 + phase)) + rng.standard_normal(156)
        for phase in (0.0, 1.0, 2.0)
    ]
    gaps = [np.array(row) for row in rows]
    for row, first in zip(gaps, (100, 60, 128), strict=True):
        row[first : first + 9] = np.nan
    for model in (SeasonalNaive(12), PanelForecaster(12, random_state=0), pretrained("monthly")):
        found = []
        for series in (gaps, rows):
            fitted = model if hasattr(model, "statistics_") else clone(model).fit(series)
            context = series if fitted is model else None
            found.append(np.array(fitted.forecast(12, context)).ravel())
        off = np.abs(found[0] - found[1]) / np.std(rows)
        assert off.mean() < 0.06
