"""What a series of unknown kind asks for: its season, and how many origins fit into it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from .frames import frequency_of

#: Rows of a season by pandas' name of the frequency: a year, a week or a day of it.
SEASONS = {
    "W": 52, "D": 7, "B": 5, "h": 24, "min": 1440,
    "MS": 12, "ME": 12, "BMS": 12, "BME": 12, "QS": 4, "QE": 4, "BQS": 4, "BQE": 4,
}  # fmt: skip
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
    pd = sys.modules.get("pandas")
    if pd is None or not isinstance(index, pd.DatetimeIndex | pd.PeriodIndex):
        return 1
    frequency = frequency_of(index)
    if frequency is None:
        return 1
    offset = pd.tseries.frequencies.to_offset(frequency)
    if offset.rule_code == "C":
        return len(offset.weekmask.split())  # the open days of a week
    if offset.rule_code.startswith("cbh"):
        return offset.end[0].hour - offset.start[0].hour  # the hours of a day
    season, rest = divmod(SEASONS.get(offset.rule_code.split("-")[0], 0), offset.n)
    return season if season > 1 and not rest else 1


def longer_seasons(index: Any, season: int, n_rows: int) -> tuple[int, ...]:
    """Return the rows of the seasons above that of a frequency: the week of a series within days.

    Parameters
    ----------
    index : pandas index
    season : int
        As `season_of_index` gives it.
    n_rows : int
        Of the series; a week has to come round three times.

    Returns
    -------
    longer : tuple of int

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.series import longer_seasons
    >>> longer_seasons(pd.date_range("2000", periods=600, freq="h"), 24, 600)
    (168,)
    """
    pd = sys.modules.get("pandas")
    if pd is None or not isinstance(index, pd.DatetimeIndex) or index.freq is None:
        return ()
    offset = pd.tseries.frequencies.to_offset(index.freq)
    within_days = isinstance(offset, (pd.offsets.Hour, pd.offsets.Minute))
    return (7 * season,) if within_days and season > 1 and n_rows >= 21 * season else ()


def season_by_autocorrelation(x: np.ndarray) -> int:
    """Return the lag of the highest peak of the detrended autocorrelation; 1 if none is clear.

    Parameters
    ----------
    x : ndarray of shape (T,)

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

    x = detrend(x)
    if not x.std() > 0:
        return 1
    correlation = correlate(x, x)[len(x) - 1 :] / np.square(x).sum()
    # a season comes round three times, and a peak has a neighbour beyond it
    peaks, _ = find_peaks(correlation[: len(x) // 3 + 2], height=CLEAR_PEAK)
    return int(peaks[correlation[peaks].argmax()]) if len(peaks) else 1


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
