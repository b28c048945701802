"""What a series of unknown kind asks for: its season, and how many origins fit into it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .differences import TRENDING, trends
from .index import frequency_of, inferred_frequency
from .missing import interpolated
from .seasonality import STRONG, Z_90, Z_99, is_seasonal, seasonal_strength

#: Rows of a season by pandas' name of the frequency: a year, a week or a day of it.
SEASONS = {
    "W": 52, "D": 7, "B": 5, "h": 24, "min": 1440,
    "MS": 12, "ME": 12, "BMS": 12, "BME": 12, "CBMS": 12, "CBME": 12, "WOM": 12, "LWOM": 12,
    "SMS": 24, "SME": 24, "QS": 4, "QE": 4, "BQS": 4, "BQE": 4,
}  # fmt: skip
#: Units of time that so many of make the next: 7D is a week, 3600s an hour.
LADDER = [("s", 60, "min"), ("min", 60, "h"), ("h", 24, "D"), ("D", 7, "W")]
#: Rows of a series that a forecast can be tested on, at least.
LEAST_ROWS = 8
#: Autocorrelation from which a peak counts as a season.
CLEAR_PEAK = 0.2
#: Rolling origins that a search takes at least and at most.
MIN_ORIGINS, MAX_ORIGINS = 3, 8
#: Rows from which all of them are worth their time.
MANY_ROWS = 400


def season_of_index(index: Any) -> int:
    """Return the rows of a season by the frequency of pandas dates, 1 where there is none.

    Parameters
    ----------
    index : pandas index

    Returns
    -------
    season : int

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.series import season_of_index
    >>> [season_of_index(pd.date_range("2000", periods=9, freq=f)) for f in ("MS", "D", "15min")]
    [12, 7, 96]
    """
    offset = _offset_of(index)
    if offset is None:
        return 1
    if offset.rule_code == "C":
        return len(offset.weekmask.split())  # the open days of a week
    if offset.rule_code.startswith(("cbh", "bh")):
        return sum(end.hour - start.hour for start, end in zip(offset.start, offset.end))
    name, n = _unit_of(offset)
    season, rest = divmod(SEASONS.get(name, 0), n)
    return season if season > 1 and not rest else 1


def _offset_of(index: Any) -> Any:
    """Return the offset between the rows of an index of dates or periods, or None."""
    pd = sys.modules.get("pandas")
    if pd is None or not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        return None
    own = frequency_of(index)
    if type(own) is pd.DateOffset:  # which has no name, such as months=1
        months = own.n * own.kwds.get("months", 0) if len(own.kwds) == 1 else 0
        own = inferred_frequency(index) or (f"{months}MS" if months else None)
    return pd.tseries.frequencies.to_offset(own)


def _unit_of(offset: Any) -> tuple[str, int]:
    """Return the greatest unit that an offset is a whole number of, by pandas' name, and that."""
    name, n = offset.rule_code.split("-")[0], offset.n
    for unit, size, longer in LADDER:
        if name == unit and n % size == 0:
            name, n = longer, n // size
    return name, n


def seasons_of_index(index: Any, n_rows: int) -> tuple[int, ...]:
    """Return the rows of all seasons that pandas dates tell, none where there are none.

    Beside `season_of_index` the week, of a series within days.

    Parameters
    ----------
    index : pandas index
    n_rows : int
        Of the series; a week has to come round three times.

    Returns
    -------
    seasons : tuple of int

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.series import seasons_of_index
    >>> seasons_of_index(pd.date_range("2000", periods=600, freq="h"), 600)
    (24, 168)
    """
    season = season_of_index(index)
    if season == 1:
        return ()
    within_days = _unit_of(_offset_of(index))[0] in ("h", "min")
    return (season, 7 * season) if within_days and n_rows >= 21 * season else (season,)


def season_by_autocorrelation(x: np.ndarray) -> int:
    """Return the lag of the highest peak of the detrended autocorrelation; 1 if none is clear.

    Parameters
    ----------
    x : ndarray of shape (T,)
        NaN is what was not seen: pairs of rows that were count.

    Returns
    -------
    season : int

    References
    ----------
    Box & Jenkins (1970), Time series analysis, chapter 2.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.series import season_by_autocorrelation
    >>> season_by_autocorrelation(np.tile([0.0, 1.0, 3.0, 1.0, 0.0], 20))
    5
    """
    from scipy.signal import correlate, detrend, find_peaks  # 60 ms, which most uses do without

    seen = ~np.isnan(x)
    n_lost = len(x) - np.count_nonzero(seen)
    if len(x) - n_lost < 2:
        return 1
    x = detrend(x) if n_lost == 0 else _detrended(x, seen)
    if not x.std() > 0:
        return 1
    correlation = correlate(x, x)[len(x) - 1 :] / np.square(x).sum()
    if n_lost:  # each by the rows that were seen twice, so far apart
        here, there = (
            np.maximum(correlate(a, b)[len(x) - 1 :], 0.0)
            for a, b in ((np.square(x), 1.0 * seen), (1.0 * seen, np.square(x)))
        )
        scale = np.sqrt(here * there) / np.square(x).sum()
        taper = 1 - np.arange(len(x)) / len(x)
        correlation *= taper / np.maximum(scale, np.finfo(float).eps)
        pairs = np.maximum(np.round(correlate(1.0 * seen, 1.0 * seen)[len(x) - 1 :]), 1)
    # noise on a slow wave has peaks too, which do not rise above what is beside them
    inner, rise = correlation[: len(x) // 2 + 2], min(CLEAR_PEAK, 2 / np.sqrt(len(x)))
    peaks, _ = find_peaks(inner, height=CLEAR_PEAK, prominence=rise)
    peaks = peaks[peaks <= len(x) // 3]  # a season comes round three times
    if not len(peaks):
        return 1
    season = int(peaks[correlation[peaks].argmax()])
    if n_lost:  # several rounds may stand out by chance
        near = correlation[peaks] > correlation[season] - 2 / np.sqrt(pairs[peaks])
        season = int(min(peaks[near & (season % peaks == 0)]))
    return season


def are_trending(items: Sequence[np.ndarray]) -> bool:
    """Whether some feature of series (T_k, d) has a trend in most of them."""
    return bool((np.mean([trends(x) > TRENDING for x in items], axis=0) > 0.5).any())


def _detrended(x: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Return what was seen of a series off its line, zero where nothing was."""
    rows = np.arange(len(x))
    line = np.polynomial.Polynomial.fit(rows[seen], x[seen], 1)(rows)
    return np.where(seen, x - line, 0.0)


def seasons_shown(
    items: Sequence[np.ndarray], index: Any, trending: bool,
    seen: Sequence[np.ndarray] | None = None,
) -> tuple[int, ...]:  # fmt: skip
    """Return the rows of the seasons that some feature has in most of the series, if any.

    Those of the `index` where the data have them, else the one that most autocorrelations show; as
    that was searched for, it must stand out more.

    Parameters
    ----------
    items : sequence of ndarray of shape (T_k, d)
        Each row was seen.
    index : pandas index or None
    trending : bool
        Whether their changes are tested, and not they themselves.
    seen : sequence of ndarray of shape (T_k, d), optional
        The series with NaN for what was not seen, and was filled.

    Returns
    -------
    seasons : tuple of int
    """

    def have(season: int, z: float) -> bool:
        found = [
            [
                is_seasonal(np.diff(column) if trending else column, season, z)
                or seasonal_strength(column, season) > STRONG
                for column in x.T
            ]
            for x in items
        ]
        return bool((np.mean(found, axis=0) > 0.5).any())

    named = seasons_of_index(index, max(map(len, items)))
    named = tuple(season for season in named if have(season, Z_90))
    if named:
        return named
    columns = [column for x in (items if seen is None else seen) for column in x.T]
    shown = Counter(map(season_by_autocorrelation, columns))
    season = max((m for m in shown if m > 1), key=lambda m: (shown[m], -m), default=1)
    return (season,) if season > 1 and have(season, Z_99) else ()


def seasons_of(items: Sequence[np.ndarray], index: Any) -> tuple[int, ...]:
    """Return the rows of the seasons of series (T_k, d), NaN where they were not seen.

    Those of the `index` that come round twice, else the one that autocorrelations show.

    Parameters
    ----------
    items : sequence of ndarray of shape (T_k, d)
    index : pandas index or None

    Returns
    -------
    seasons : tuple of int
        The shortest first; ``(1,)`` where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.series import seasons_of
    >>> week = np.tile([3.0, 1.0, 1.0, 1.0, 2.0, 5.0, 6.0], 9)
    >>> seasons_of([week.reshape(-1, 1)], None), seasons_of([np.arange(60.0).reshape(-1, 1)], None)
    ((7,), (1,))
    """
    n_rows = max(map(len, items))
    named = seasons_of_index(index, n_rows)
    if named:
        return tuple(season for season in named if 2 * season + 3 <= n_rows) or (1,)
    whole = [interpolated(x) for x in items]
    return seasons_shown(whole, None, are_trending(whole), items) or (1,)


def least_rows(season: int) -> int:
    """Return the rows that have to stand before the first rolling origin."""
    return max(2 * season + 10, 30)


def origins_that_fit(n_rows: int, season: int, steps: int) -> int:
    """Return how many rolling origins, a forecast apart, the later half of a training part holds.

    Parameters
    ----------
    n_rows : int
        Of the training part.
    season, steps : int
        Rows of a season, and of a forecast.

    Returns
    -------
    n_origins : int
        From three to eight, to four of fewer than 400 rows.

    Examples
    --------
    >>> from reservoir.series import origins_that_fit
    >>> origins_that_fit(120, season=12, steps=12)
    4
    """
    fit_in = min(n_rows // 2, n_rows - least_rows(season)) // steps
    most = MAX_ORIGINS if n_rows >= MANY_ROWS else MAX_ORIGINS // 2
    return min(most, max(MIN_ORIGINS, fit_in))


def folds_that_fit(n_rows: int, season: int, steps: int) -> tuple[int, int]:
    """Return how many folds a search has, and the rows of each, up to the end of a series.

    Of a forecast each where three fit in; of a sixth of the rows where the series is short.

    Parameters
    ----------
    n_rows : int
    season, steps : int
        Rows of a season, and of a forecast.

    Returns
    -------
    n_folds, rows : int

    Examples
    --------
    >>> from reservoir.series import folds_that_fit
    >>> folds_that_fit(120, season=12, steps=12), folds_that_fit(30, season=12, steps=12)
    ((4, 12), (2, 5))
    """
    if n_rows >= least_rows(season) + MIN_ORIGINS * steps:
        return origins_that_fit(n_rows, season, steps), steps
    rows = min(steps, max(2, n_rows // 6))
    before = n_rows - season - 8  # what the first one may leave
    return min(MIN_ORIGINS, max(2, before // rows)), rows


@dataclass(frozen=True)
class Plan:
    """What follows from a series' length and frequency.

    Parameters
    ----------
    season : int
        Rows of a season, 1 for none.
    season_source : str
        Where that is from.
    steps : int
        To forecast.
    held_out : int
        Rows at the end that the forecast is tested on.
    n_origins : int
        Of the search before that.
    longer : tuple of int
        Rows of the seasons above that one.
    """

    season: int
    season_source: str
    steps: int
    held_out: int
    n_origins: int
    longer: tuple[int, ...] = ()

    @property
    def seasons(self) -> tuple[int, ...]:
        """Rows of all seasons."""
        return (self.season, *self.longer)

    @property
    def horizon(self) -> int:
        """Steps of the forecasts that candidates are compared by."""
        return min(self.steps, self.held_out)

    def describe(self, series: Any) -> str:
        """Say it of a pandas series in one line."""
        dated = hasattr(series.index, "tz")
        ends = f", {series.index[0]:%Y-%m-%d} to {series.index[-1]:%Y-%m-%d}" if dated else ""
        rows = " and ".join(map(str, self.seasons))
        season = f"season {rows} rows" if self.season > 1 else "no season"
        return (
            f"{len(series)} rows{ends}; {season} ({self.season_source}); "
            f"the last {self.held_out} rows are held out"
        )


def plan_of(
    n_rows: int, season: int, source: str, steps: int | None = None, longer: tuple[int, ...] = ()
) -> Plan:
    """Return how many rows are forecast, held out, and searched on.

    Where there is enough, a season is held out; of a short series a sixth is, and a season that
    does not come round before is none.

    Parameters
    ----------
    n_rows : int
    season : int
        1 for none.
    source : str
        Where the season is from.
    steps : int, optional
        A season, or a tenth of the rows where there is none, if not given.
    longer : tuple of int, default=()
        Rows of the seasons above that one; those that come round too rarely are left out.

    Raises
    ------
    ValueError
        If there are fewer than 8 rows.

    Examples
    --------
    >>> from reservoir.series import plan_of
    >>> plan = plan_of(36, 12, "frequency MS")
    >>> plan.season, plan.steps, plan.held_out, plan.n_origins
    (12, 12, 6, 2)
    """
    if n_rows < LEAST_ROWS:
        raise ValueError(f"too short: {n_rows} rows, where {LEAST_ROWS} are the least")
    steps = steps or (season if season > 1 else max(1, n_rows // 10))
    if n_rows >= least_rows(season) + (MIN_ORIGINS + 1) * steps:
        n_origins = origins_that_fit(n_rows - steps, season, steps)
        first = n_rows - steps - n_origins * steps  # rows before the first origin
        longer = tuple(rows for rows in longer if first >= least_rows(rows))
        return Plan(season, source, steps, steps, n_origins, longer)
    held_out = min(steps, max(2, n_rows // 6))
    if season > 1 and n_rows - held_out < season + 2:  # nothing comes round
        season, source = 1, f"{n_rows} rows are too few for one of {season}"
        held_out = min(steps, max(2, n_rows // 6))
    before = n_rows - held_out - season - 8  # what the first origin may leave
    return Plan(season, source, steps, held_out, min(MIN_ORIGINS, max(2, before // held_out)))
