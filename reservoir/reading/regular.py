"""Columns of a table as series whose dates are evenly spaced, or as even as a calendar has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..index import inferred_frequency
from .source import ReadingError
from .table import Table, listed, need_pandas, read_table

#: The share of the rows of an even calendar that must be there.
LEAST_PRESENT = 0.5
#: Share of the rows that may be the second ones of their dates, where one series was read.
MOST_TWICE = 0.01
#: The share of a step by which dates may be off.
JITTER = 0.1
#: Rows that an id has at least, on average.
ROWS_OF_ID = 2
DAY = 86_400_000_000  # microseconds
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def read_series(
    source: Any, column: str | None = None, *, resample: str | None = None, **options: Any
) -> Any:
    r"""Read one column of a file as a series that every estimator takes.

    Parameters
    ----------
    source : str, path, bytes, file or Table
    column : str, optional
        The only one of numbers where not given.
    resample : str, optional
        A frequency of pandas, "D" say, of which the means are taken: for dates that come unevenly.
    **options
        Of `read_table`.

    Returns
    -------
    series : pandas.Series of shape (T,)
        Dated and evenly spaced, NaN where a row is missing; ``series.attrs["notes"]`` says what was
        done on the way.

    Raises
    ------
    ReadingError
        As `read_table`; or if there are several columns, or dates come unevenly.

    Examples
    --------
    >>> from reservoir.reading import read_series
    >>> series = read_series(b"month,sales\nJan-2013,5\nFeb-2013,7\nApr-2013,6\n")
    >>> series.tolist(), series.index.freqstr
    ([5.0, 7.0, nan, 6.0], 'MS')
    """
    table = source if isinstance(source, Table) else read_table(source, **options)
    (series,) = columns_of(table, None if column is None else [column])
    return regular(series, resample, table.notes)


def columns_of(
    table: Table, names: Sequence[str] | None = None, *, every: bool = False
) -> list[Any]:
    """Return columns of a table as series; the only one where none is named.

    Parameters
    ----------
    table : Table
    names : sequence of str, optional
    every : bool, default=False
        Whether all columns of numbers are taken where none is named, without those that cannot be.

    Returns
    -------
    series : list of pandas.Series of shape (T,)
        As they stand in the file; `regular` puts them on a calendar.

    Raises
    ------
    ReadingError
        If there is no such column, it holds no numbers, or there are several to choose from.
    """
    if not names:
        names = list(table.frame.columns)
        varied = [name for name in names if table.frame[name].nunique(dropna=False) > 1]
        if not every and len(varied) == 1 < len(names):
            same = listed([name for name in names if name not in varied])
            table.notes.append(f"without what is the same in all rows: {same}")
            names = varied
        if len(names) != 1 and not (every and names):
            why = "; ".join(f"{name!r} is left out: {why}" for name, why in table.left_out.items())
            raise ReadingError(
                f"choose a column with --column; there are: {listed(names)}"
                + (f" ({why[:200]})" if not names and why else "")
            )
    told = [_why_not(table, name) for name in names]
    errors = list(filter(None, told))
    if errors and (not every or len(errors) == len(names)):
        raise ReadingError(errors[0])
    table.notes += [f"left out: {error}" for error in errors]
    names = [name for name, error in zip(names, told, strict=True) if error is None]
    found, apart = [table.frame[name] for name in names], _apart(table, names)
    for series in found:
        series.attrs["apart"] = apart
    return found


def _apart(table: Table, values: Sequence[str]) -> str | None:
    """Return the column beside the values that tells rows of one date apart, or None."""
    index = table.frame.index
    if table.dated_by is None or index.is_unique:
        return None
    for name, cells in table.texts.items():
        once = len({*zip(index, cells, strict=True)}) == len(index)
        if once and name not in values and ROWS_OF_ID * len({*cells}) <= len(cells):
            return name
    return None


def _why_not(table: Table, name: str) -> str | None:
    """Return why a column cannot be forecast, None where it can."""
    if name in table.left_out and name not in table.frame:
        return f"column {name!r} cannot be forecast: {table.left_out[name]}"
    if name not in table.frame:
        return f"no column {name!r}; there are: {listed(table.frame.columns)}"
    if name in table.wrong:
        return f"column {name!r} is not numeric: {table.wrong[name]}"
    values = table.frame[name].to_numpy()
    if np.isinf(values).any():
        return f"column {name!r} holds infinity"
    if np.isnan(values).all():
        return f"column {name!r} holds no values"
    if np.nanmin(values) == np.nanmax(values):
        return f"column {name!r} is constant: there is nothing to forecast"
    return None


def by_ids(table: Table, id_column: str, value: str | None = None) -> list[Any]:
    """Return the series of a table in long form, one for every value of a column.

    Parameters
    ----------
    table : Table
    id_column : str
        The column that tells series apart.
    value : str, optional
        The column of values; the only other one of numbers where not given.

    Returns
    -------
    series : list of pandas.Series of shape (T_k,)
        Each by the name of its id, in the order in which these come first.

    Raises
    ------
    ReadingError
        If there is no such column, or several columns of values.
    """
    if id_column not in table.texts:
        choice = listed(table.texts)
        raise ReadingError(f"no column {id_column!r} that tells series apart; there are: {choice}")
    others = Table(
        table.frame.drop(columns=[id_column], errors="ignore"), {}, table.wrong, table.left_out,
        table.dated_by,
    )  # fmt: skip
    (series,) = columns_of(others, None if value is None else [value])
    ids = np.array(table.texts[id_column])
    parts = [series[ids == each].rename(each) for each in dict.fromkeys(ids.tolist())]
    return parts if table.dated_by else [part.reset_index(drop=True) for part in parts]


def regular(series: Any, resample: str | None = None, notes: Sequence[str] = ()) -> Any:
    """Return a series with one row for each step of its calendar, NaN where a row is missing.

    Parameters
    ----------
    series : pandas.Series
    resample : str, optional
        A frequency, of which the means are taken.
    notes : sequence of str
        What was done before; ``attrs["notes"]`` of the answer are these and further ones. Rows of
        hours of trade that no calendar of pandas holds are numbered; ``attrs["dates"]`` are theirs.

    Raises
    ------
    ReadingError
        If dates occur twice, or no calendar fits them.
    """
    pd, notes = need_pandas(), list(notes)
    series = _of_what_is_known(series)
    if isinstance(series.index, pd.DatetimeIndex):
        if resample is not None:
            series = _resampled(series, resample, notes)
        else:
            series = _on_calendar(pd, _unique(pd, series, notes), notes)
    elif resample is not None:
        raise ReadingError("--resample needs dates, and there are none")
    series = _of_what_is_known(series)
    dates = series.index
    uneven = isinstance(dates, pd.DatetimeIndex) and len(dates) > 2 and dates.freq is None
    if uneven and inferred_frequency(dates) is None:
        series = series.reset_index(drop=True)
        series.attrs["dates"] = dates
    series.attrs["notes"] = notes
    return series


def _of_what_is_known(series: Any) -> Any:
    """Return a series from its first value to its last."""
    present = np.flatnonzero(series.notna())
    return series.iloc[present[0] : present[-1] + 1]


def sessions_after(dates: Any, n_steps: int) -> Any:
    """Return the coming dates of hours of trade: the same times, on the days of the week that are.

    Parameters
    ----------
    dates : pandas.DatetimeIndex
    n_steps : int

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.reading import sessions_after
    >>> friday = pd.DatetimeIndex(["2020-01-02 09:30", "2020-01-02 10:15", "2020-01-03 09:30"])
    >>> sessions_after(friday, 2).strftime("%a %H:%M").tolist()
    ['Fri 10:15', 'Thu 09:30']
    """
    pd = need_pandas()
    times = pd.to_timedelta([str(at) for at in sorted(set(dates.time))])
    n_days = 8 + 7 * (n_steps // len(times) + 1)
    days = pd.date_range(dates[-1].normalize(), periods=n_days)
    days = days[days.day_of_week.isin(np.unique(dates.day_of_week))]
    coming = pd.DatetimeIndex([day + time for day in days for time in times])
    return coming[coming > dates[-1]][:n_steps].rename(dates.name)


def _resampled(series: Any, resample: str, notes: list[str]) -> Any:
    try:
        means = series.resample(resample).mean()
    except ValueError as error:
        raise ReadingError(f"--resample {resample!r} is no frequency of pandas: {error}") from error
    notes.append(f"means of {len(series)} rows over {resample}, {len(means)} rows")
    return means


def _unique(pd: Any, series: Any, notes: list[str]) -> Any:
    """Return the series without rows that repeat others; other rows of one date are an error."""
    index = series.index
    if index.is_unique:
        return series
    twice = index[index.duplicated()]
    again = pd.DataFrame({"at": index, "value": series.to_numpy()}).duplicated().to_numpy()
    if (again == index.duplicated()).all() and 2 * again.sum() <= len(series):
        notes.append(f"left out {again.sum()} rows that repeat others, the first of {twice[0]}")
        return series[~again]
    if len(twice) <= 1 + (index[-1] - index[0]).days / 300 and all(
        at.day_of_week == 6 and at.hour <= 3 and at.month in (3, 4, 9, 10, 11) for at in twice
    ):
        notes.append(f"the mean of rows of the hour that the clocks went through twice, {twice[0]}")
        return series.groupby(level=0).mean()
    apart = series.attrs.get("apart")
    if apart is None and len(twice) <= MOST_TWICE * len(series) and twice.is_unique:
        notes.append(f"the mean of the two rows of one date, {len(twice)} times, first {twice[0]}")
        return series.groupby(level=0).mean()
    which = f"{apart!r} seems to tell" if apart else "Where a column tells"
    name = f"pass --id {apart!r}" if apart else "name it by --id"
    raise ReadingError(
        f"the dates must be unique; {twice[0]} occurs twice. {which} several series apart: {name}; "
        "--resample takes the mean of what is of one date"
    )


def _on_calendar(pd: Any, series: Any, notes: list[str]) -> Any:
    """Return the series on the calendar that fits its dates."""
    index = series.index
    if len(index) < 3:
        return series
    frequency = inferred_frequency(index)
    if frequency is None:
        months = _by_months(pd, series, notes)
        if months is not None:
            return months
        frequency = _calendar(pd, index) or _opening_hours(pd, index)
    if frequency is None and series.isna().any():
        notes.append(f"left out {int(series.isna().sum())} rows without a value")
        return _on_calendar(pd, series.dropna(), notes)
    if frequency is None and (even := _without_jitter(pd, index)) is not None:
        notes.append(f"dated by the steps that they keep but for {JITTER:.0%}, {even.freq.freqstr}")
        return series.set_axis(even)
    if frequency is None:
        sessions = _by_sessions(index)
        if sessions:
            notes.append(f"rows are numbered: their dates, {sessions}, are of no even calendar")
            return series
        steps = np.diff(index)
        raise ReadingError(
            f"the dates are not regular: steps are from {pd.Timedelta(steps.min())} to "
            f"{pd.Timedelta(steps.max())}. --resample D, or another frequency, takes means of them"
        )
    even = series.asfreq(frequency)
    missing = even.index.difference(index)
    if len(missing):
        told = ", ".join(_short(at) for at in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        notes.append(f"{len(missing)} dates are missing: {told}{more}")
    return even


def _short(at: Any) -> str:
    return str(at.date() if at == at.normalize() else at)


def _by_months(pd: Any, series: Any, notes: list[str]) -> Any:
    """Return a series whose dates lie months apart, on a calendar of months; None where not."""
    index = series.index
    number = np.asarray(index.year * 12 + index.month - 1)
    steps = np.diff(number)
    days = np.diff(index.asi8) / _per_day(index)
    if not len(steps) or (steps < 1).any() or np.median(days) < 26:
        return None
    step = int(np.gcd.reduce(steps))
    if step not in (1, 2, 3, 4, 6, 12):
        return None
    ends, day = bool(index.is_month_end.all()), index.day
    even = len(set(day)) == 1 or ends
    if not even and (np.abs(days - steps * 30.44) > 8).any():
        return None
    months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    month, kind = months[number[0] % 12], "E" if ends else "S"
    frequency = {3: f"Q{kind}-{month}", 12: f"Y{kind}-{month}"}.get(step, f"{step}M{kind}")
    frequency = f"M{kind}" if step == 1 else frequency
    if not ends and (day != 1).any():
        notes.append("dated by the first of their months")
        series = series.set_axis(index.normalize() - pd.to_timedelta(np.asarray(day) - 1, "D"))
    even = series.asfreq(frequency)
    missing = even.index.difference(series.index)
    if len(series) < LEAST_PRESENT * len(even):
        return None
    if len(missing):
        told = ", ".join(str(at)[:7] for at in missing[:3])
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        notes.append(f"{len(missing)} dates are missing: {told}{more}")
    return even


def _per_day(index: Any) -> int:
    """Return how many units of an index make a day."""
    return {"s": 86_400, "ms": 86_400_000, "us": DAY, "ns": 1000 * DAY}[index.unit]


def _calendar(pd: Any, index: Any) -> Any:
    """Return a frequency that holds all dates, and half as many again at most; None without."""
    steps, day = np.diff(index.asi8), _per_day(index)
    values, counts = np.unique(steps, return_counts=True)
    common = int(values[counts.argmax()])
    span = int(index.asi8[-1] - index.asi8[0])
    if (steps % day == 0).all() and common % day == 0:
        present = np.bincount(index.day_of_week, minlength=7)
        weeks = span / (7 * day) + 1
        open_days = np.flatnonzero(present >= 0.4 * weeks)
        if weeks > 3 and 2 <= len(open_days) <= 6 and present[open_days].sum() == len(index):
            if open_days.tolist() == [0, 1, 2, 3, 4]:
                return "B"
            mask = " ".join(WEEKDAYS[k] for k in open_days)
            return pd.offsets.CustomBusinessDay(weekmask=mask)
        if (steps % (7 * day) == 0).all() and common == 7 * day:
            return f"W-{WEEKDAYS[index[0].day_of_week].upper()}"
    if (steps % common == 0).all() and len(index) >= LEAST_PRESENT * (span / common + 1):
        return pd.tseries.frequencies.to_offset(pd.Timedelta(common, unit=index.unit))
    return None


def _without_jitter(pd: Any, index: Any) -> Any:
    """Return the even dates that dates keep to but for a little; None where they do not."""
    steps = np.diff(index.asi8)
    step = (index.asi8[-1] - index.asi8[0]) / len(steps)
    grid = index.asi8[0] + step * np.arange(len(index))
    if np.abs(index.asi8 - grid).max() > JITTER * step:
        return None
    return pd.date_range(index[0], periods=len(index), freq=pd.Timedelta(round(step), index.unit))


def _opening_hours(pd: Any, index: Any) -> Any:
    """Return a frequency of the hours of trade that all dates are of; None where there is none."""
    times = sorted({60 * at.hour + at.minute for at in index.time})
    days = np.unique(index.day_of_week)
    even = len(times) > 1 and set(np.diff(times)) == {60} and times[-1] < 23 * 60
    if not even or (index.second != 0).any():
        return None
    start, end = (f"{t // 60:02}:{t % 60:02}" for t in (times[0], times[-1] + 60))
    mask = " ".join(WEEKDAYS[k] for k in days)
    hours = pd.offsets.CustomBusinessHour(start=start, end=end, weekmask=mask)
    grid = pd.date_range(index[0], index[-1], freq=hours)
    held = index.isin(grid).all() and len(index) >= LEAST_PRESENT * len(grid)
    return hours if held else None


def _by_sessions(index: Any) -> str | None:
    """Return the times of day that all dates are of, where they are those of trading hours."""
    times = sorted(set(index.time))
    days = len(set(index.normalize()))
    if 2 <= len(times) <= 1440 and len(index) >= LEAST_PRESENT * days * len(times) and days > 1:
        return f"{times[0]:%H:%M} to {times[-1]:%H:%M} on {days} days"
    return None


def gaps_of(series: Any) -> str | None:
    """Say how many rows of a series are missing, None where none is.

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.reading import gaps_of
    >>> gaps_of(pd.Series([1.0, None, None, 4.0]))
    '2 of 4 rows are missing; the longest gap has 2'
    """
    missing = series.isna()
    if not missing.any():
        return None
    longest = int(missing.groupby((~missing).cumsum()).sum().max())
    return f"{missing.sum()} of {len(series)} rows are missing; the longest gap has {longest}"
