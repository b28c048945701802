"""What a pandas index tells of time: the steps between its rows, and the rows to come."""

from __future__ import annotations

import datetime
import sys
import warnings
from typing import Any

import numpy as np

#: Dates in a row that tell a frequency, and places where they are looked for.
TOLD_BY, MOST_TRIED = (5, 12), 30
#: Times the usual step from which numbers step unevenly, as clocks that are only not exact do not.
UNEVEN = 1.5


def has_dates(index: Any) -> bool:
    """Whether a pandas index holds dates, periods or times passed."""
    pd = sys.modules.get("pandas")
    return pd is not None and isinstance(
        index, (pd.DatetimeIndex, pd.PeriodIndex, pd.TimedeltaIndex)
    )


def as_dates(index: Any) -> Any:
    """Return an index of Python's own dates, as ``index.date`` makes them, as one of pandas' dates.

    Any other is returned as it is, and one of dates that pandas cannot hold.
    """
    kind = getattr(getattr(index, "dtype", None), "kind", "")
    if kind != "O" or not len(index) or not isinstance(index[0], datetime.date):
        return index
    try:
        return sys.modules["pandas"].DatetimeIndex(index)
    except (TypeError, ValueError):  # zones that differ, or no date among dates
        return index


def as_python_dates(index: Any, kind: str) -> Any:
    """Return an index of pandas' dates as one of Python's, "date" or "datetime".

    Examples
    --------
    >>> import datetime, pandas as pd
    >>> from reservoir.index import as_dates, as_python_dates
    >>> days = pd.Index([datetime.date(2024, 2, 28), datetime.date(2024, 2, 29)])
    >>> as_dates(days).day_name().tolist(), as_python_dates(as_dates(days), "date")[0]
    (['Wednesday', 'Thursday'], datetime.date(2024, 2, 28))
    """
    values = index.date if kind == "date" else index.to_pydatetime()
    return sys.modules["pandas"].Index(values, dtype=object, name=index.name)


def parted_dates(index: Any, name: str) -> str | None:
    """Return what makes dates of an index of two levels, as year and month are; None of another."""
    if index.nlevels != 2 or not index.is_unique or not is_whole(index.levels[1]):
        return None
    first, most = index.levels[0], index.levels[1].max()
    if has_dates(first) or has_dates(as_dates(first)):
        hours = "[pandas.Timestamp(day) + pandas.Timedelta(hour, 'h') for day, hour in {}.index]"
        return f"pandas.DatetimeIndex({hours.format(name)})" if most < 24 else None
    if not is_whole(first) or first.min() < 1000 or first.max() > 3000 or index.levels[1].min() < 1:
        return None
    if most <= 12:
        parts = "month * 3 - 2" if most <= 4 else "month"
        return f"pandas.to_datetime([f'{{year}}-{{{parts}}}-1' for year, month in {name}.index])"
    weeks = f"[f'{{year}}-{{week}}-1' for year, week in {name}.index], format='%G-%V-%u'"
    return f"pandas.to_datetime({weeks})" if most <= 53 else None


def is_whole(index: Any) -> bool:
    """Whether a pandas index holds whole numbers, as years that came as 1990.0 are, too."""
    if index is None or getattr(index, "nlevels", 1) != 1:
        return False
    kind = index.dtype.kind
    return kind in "iu" or (kind == "f" and bool((np.mod(np.asarray(index), 1.0) == 0.0).all()))


def step_of(index: Any) -> int:
    """Return the step of an index of evenly spaced, rising whole numbers, 0 where it is none."""
    if index is not None and isinstance(index, sys.modules["pandas"].RangeIndex):
        return max(int(index.step), 0)  # without a look at every row
    steps = np.diff(np.asarray(index)) if is_whole(index) else np.zeros(0)
    even = len(steps) > 0 and steps[0] > 0 and bool((steps == steps[0]).all())
    return int(steps[0]) if even else 0


def _even_step(index: Any) -> float:
    """Return the step of an index of evenly spaced, rising numbers, 0 where it is none."""
    if getattr(index, "nlevels", 1) != 1 or index.dtype.kind != "f" or len(index) < 2:
        return 0.0
    step = float(index[-1] - index[0]) / (len(index) - 1)
    even = step > 0 and bool((np.abs(np.diff(np.asarray(index)) - step) < 1e-6 * step).all())
    return step if even else 0.0


def frequency_of(index: Any) -> Any:
    """Return the frequency of a pandas index of dates, its own or inferred, or None."""
    own = getattr(index, "freq", None)
    return own or inferred_frequency(index) or _months_apart(index)


def inferred_frequency(index: Any) -> str | None:
    """Return the frequency that pandas infers of dates, or None."""
    if len(index) < 3:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas 3 warns that pandas 4 will return another type
        found = sys.modules["pandas"].infer_freq(index)
    return None if found is None else str(getattr(found, "freqstr", found))


def _months_apart(index: Any) -> Any:
    """Return the offset between dates of one day of the month, of which pandas infers none."""
    pd = sys.modules["pandas"]
    if len(index) < 3 or not isinstance(index, pd.DatetimeIndex):
        return None
    steps = np.diff(12 * index.year + index.month)
    times = index - index.normalize()
    same = index.day.nunique() == times.nunique() == 1 and index.day[0] <= 28
    return pd.DateOffset(months=int(steps[0])) if same and len(set(steps)) == 1 else None


def code_of(frequency: Any) -> str:
    """Return what a frequency is in code: its name, or the offset that has none."""
    if type(frequency) is sys.modules["pandas"].DateOffset:
        units = ", ".join(f"{unit}={n * frequency.n}" for unit, n in frequency.kwds.items())
        return f"pandas.DateOffset({units})"
    return repr(str(getattr(frequency, "freqstr", frequency)))


def continued(index: Any, n_steps: int, frequency: Any = None) -> Any:
    """Return the coming rows of a pandas index: dates or periods with a frequency, or even numbers.

    None for any other. Without `frequency`, it is that of the dates.
    """
    pd = sys.modules["pandas"]
    if isinstance(index, pd.RangeIndex):
        start = index.stop
        return pd.RangeIndex(start, start + n_steps * index.step, index.step, name=index.name)
    if step := step_of(index) or _even_step(index):  # years, say, or seconds
        return index[-1] + step * pd.Index(np.arange(1, n_steps + 1), name=index.name)
    if isinstance(index, pd.PeriodIndex):
        return pd.period_range(index[-1] + 1, periods=n_steps, name=index.name)
    if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        frequency = frequency_of(index) if frequency is None else frequency
        if frequency is not None and isinstance(index, pd.TimedeltaIndex):
            return pd.timedelta_range(
                index[-1], periods=n_steps + 1, freq=frequency, name=index.name
            )[1:]
        if frequency is not None:
            later = pd.date_range(index[-1], periods=n_steps + 1, freq=frequency, name=index.name)
            return later[1:]
    return None


def tell_uneven(index: Any, name: str) -> None:
    """Warn where an index of rising numbers says that rows are left out, repeat, or are uneven."""
    numbers = np.asarray(index)
    if is_whole(index):
        _tell_left_out(numbers, name)
    elif getattr(index, "nlevels", 1) == 1 and index.dtype.kind == "f":
        _tell_uneven_times(numbers, name)


def _tell_uneven_times(numbers: np.ndarray, name: str) -> None:
    """Warn where numbers with a fraction, which are no names of rows, do not step evenly."""
    steps = np.diff(numbers)
    usual = float(np.median(steps)) if len(steps) else 0.0
    if not len(steps) or (steps.min() > usual / UNEVEN and steps.max() < usual * UNEVEN):
        return
    even = f"even = numpy.arange({name}.index[0], {name}.index[-1], {usual:.6g})"
    warnings.warn(
        f"the index of {name} steps unevenly, by {steps.min():.4g} to {steps.max():.4g}, "
        f"{usual:.6g} in the middle: each row is taken as the step after the one before. Where it "
        f"is time, {even}; {name}.reindex({name}.index.union(even)).interpolate('index').loc[even] "
        f"makes even rows; where it is not, {name}.reset_index(drop=True).",
        stacklevel=5,
    )


def _tell_left_out(numbers: np.ndarray, name: str) -> None:
    """Warn where rising whole numbers leave some out that they should hold, or repeat."""
    steps = np.diff(numbers)
    usual = np.median(steps) if len(steps) else 0.0
    again, gaps = np.flatnonzero(steps == 0), np.flatnonzero(steps > usual)
    if len(again):
        at, twice = numbers[again[0]], "as those of several series do: PanelForecaster takes them"
        warnings.warn(
            f"the index of {name} repeats {at:.0f}, {twice} one below the other, with columns "
            f"unique_id, ds and y, or side by side. {name}.reset_index(drop=True) says that rows "
            "follow each other as they are.",
            stacklevel=5,
        )
    elif len(gaps) and (np.mod(steps, usual) == 0).all() and steps.sum() < 2 * usual * len(numbers):
        n_out, step = int((steps / usual - 1).sum()), "" if usual == 1 else f", {usual:.0f}"
        span = f"range({numbers[0]:.0f}, {numbers[-1] + usual:.0f}{step})"
        warnings.warn(
            f"the index of {name} leaves out {n_out} of its numbers, first after "
            f"{numbers[gaps[0]]:.0f}: each row is taken as the step after the one before. "
            f"{name}.reindex({span}) makes rows of them, which a forecaster fills; where none is "
            f"missing, {name}.reset_index(drop=True).",
            stacklevel=5,
        )


def near_frequency(steps: np.ndarray) -> str:
    """Return the frequency, by pandas' name, that uneven steps are about."""
    pd = sys.modules["pandas"]
    usual = pd.Timedelta(np.median(steps))
    units = ("D", "h", "min", "s")
    unit = next((unit for unit in units if usual >= pd.Timedelta(1, unit)), "ms")
    n = round(usual / pd.Timedelta(1, unit))
    return f"{n}{unit}" if n > 1 else unit


def with_gaps(index: Any) -> tuple[Any, Any]:
    """Return the frequency of whose dates the fewest are missing, and these; None where none fits.

    Five dates in a row may be a week of work or of days: of several the one that explains most.
    """
    pd = sys.modules["pandas"]
    best: tuple[Any, Any] = (None, None)
    if not isinstance(index, pd.DatetimeIndex):
        return best
    windows = {
        frequency_of(index[first : first + length])
        for length in TOLD_BY
        for first in range(min(max(len(index) - length, 0), MOST_TRIED) + 1)
    }
    fewest = len(index)
    for frequency in sorted(filter(None, windows), key=str):
        pair = pd.date_range(index[0], periods=2, freq=frequency).as_unit(index.unit)
        step, span = (int(each[-1]) - int(each[0]) for each in (pair.asi8, index.asi8))
        if span > 3 * len(index) * step:  # more gaps than dates
            continue
        whole = pd.date_range(index[0], index[-1], freq=frequency)
        missing = whole.difference(index)
        if 0 < len(missing) < fewest and index.isin(whole).all():
            best, fewest = (frequency, missing), len(missing)
    return best
