"""Tables of CSV files, and their columns as regular series."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from .frames import inferred_frequency

#: Gaps of up to this many rows are filled where the season is shorter.
SHORT_GAP = 10


class ReadingError(Exception):
    """What the user can mend; shown as one line."""


def read_csv(pd: Any, path: str) -> Any:
    """Return the table of a CSV file: header or none, the separator that its first line shows."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            first = file.readline()
        separator = max(",;\t|", key=first.count)
        table = pd.read_csv(path, sep=separator)
        if all(_is_number(label) for label in table.columns[-1:]):
            table = pd.read_csv(path, sep=separator, header=None)
            table.columns = [f"column{k}" for k in range(1, table.shape[1] + 1)]
    except FileNotFoundError as error:
        raise ReadingError(f"no such file: {path}") from error
    except (OSError, ValueError) as error:  # pandas' parser and Unicode errors are ValueErrors
        reason = str(error).strip().splitlines()[0]
        raise ReadingError(f"{path} cannot be read as CSV: {reason}") from error
    if table.empty:
        raise ReadingError(f"{path} has no rows")
    return table


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def pick_columns(pd: Any, table: Any, names: list[str] | None) -> list[Any]:
    """Return the wanted columns as series of floats, indexed by the dates where there are some."""
    dates = _dates(pd, table, names or [])
    if not names:
        others = [c for c in table.columns if dates is None or c != dates.name]
        numeric = [c for c in others if pd.api.types.is_numeric_dtype(table[c])]
        candidates = numeric or others
        if len(candidates) != 1:
            choice = ", ".join(map(str, candidates)) or "none"
            raise ReadingError(f"choose a column with --column; there are: {choice}")
        names = [candidates[0]]
    index = pd.RangeIndex(len(table)) if dates is None else pd.DatetimeIndex(dates)
    return [pd.Series(_numbers(pd, table, name), index=index, name=name) for name in names]


def _numbers(pd: Any, table: Any, name: str) -> np.ndarray:
    """Return a column as floats, or say why it cannot be forecast."""
    if name not in table.columns:
        raise ReadingError(f"no column {name!r}; there are: {', '.join(map(str, table.columns))}")
    values = pd.to_numeric(table[name], errors="coerce")
    wrong = values.isna() & table[name].notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise ReadingError(
            f"column {name!r} is not numeric: {table[name].iloc[row]!r} in row {row + 1}"
        )
    if not np.isfinite(values.dropna()).all():
        raise ReadingError(f"column {name!r} holds infinity")
    if not values.notna().any():
        raise ReadingError(f"column {name!r} holds no values")
    if values.nunique() < 2:
        raise ReadingError(f"column {name!r} is constant: there is nothing to forecast")
    return values.to_numpy(float)


def _dates(pd: Any, table: Any, values: list[str]) -> Any:
    """Return the first column that pandas reads as dates, or None."""
    for name in table.columns.drop(values, errors="ignore"):
        dates = _as_dates(pd, table[name].dropna())
        if dates is None:
            continue
        if len(dates) < len(table):
            row = int(table[name].isna().to_numpy().argmax())
            raise ReadingError(f"column {name!r} holds dates but none in row {row + 1}")
        return dates
    return None


def _as_dates(pd: Any, column: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a layout that pandas would guess row by row is none
            if not pd.api.types.is_numeric_dtype(column):
                return pd.to_datetime(column) if len(column) else None
            # numbers are dates only where the header says so
            layout = {"year": "%Y", "date": "%Y%m%d"}.get(str(column.name).lower())
            if layout and (column == column.astype(int)).all():
                return pd.to_datetime(column.astype(int).astype(str), format=layout)
    except (ValueError, TypeError, UserWarning):
        pass
    return None


def regular(pd: Any, series: Any) -> Any:
    """Return the series with one row per period of its frequency, missing rows as NaN."""
    index = series.index
    if not isinstance(index, pd.DatetimeIndex):
        return _trimmed(series)
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        raise ReadingError(f"the dates must be unique; {twice} occurs twice")
    if not index.is_monotonic_increasing:
        late = int(np.flatnonzero(np.diff(index.to_numpy()) < np.timedelta64(0))[0])
        raise ReadingError(f"the dates must be in order; {index[late + 1]} follows {index[late]}")
    frequency = _frequency(series.index)
    even = series.asfreq(frequency) if frequency else None
    if even is None or not series.index.isin(even.index).all():
        raise ReadingError("the dates are not regular: pandas finds no frequency that fits them")
    return _trimmed(even)


def _trimmed(series: Any) -> Any:
    """Leave out missing values before the first value and after the last."""
    present = np.flatnonzero(series.notna())
    return series.iloc[present[0] : present[-1] + 1]


def _frequency(index: Any) -> str | None:
    """Return pandas' inferred frequency; where rows are missing, the commonest of short runs."""
    whole = inferred_frequency(index)
    if whole is not None:
        return whole
    runs = [inferred_frequency(index[k : k + 10]) for k in range(0, max(1, len(index) - 9), 5)]
    found = [run for run in runs if run is not None]
    return max(set(found), key=found.count) if found else None


def fill_gaps(series: Any, season: int) -> Any:
    """Fill missing rows by straight lines and count them on stderr; too many are an error."""
    missing = series.isna()
    if not missing.any():
        return series
    count, longest = int(missing.sum()), int(missing.groupby((~missing).cumsum()).sum().max())
    if count > len(series) / 5:
        raise ReadingError(f"{count} of {len(series)} rows are missing, more than a fifth")
    if longest > max(season, SHORT_GAP):
        raise ReadingError(
            f"a gap of {longest} rows is too long to be filled: a season ({season} rows), and "
            f"{SHORT_GAP} rows in any case, are allowed"
        )
    print(
        f"filled {count} missing rows of {len(series)}; the longest gap has {longest}",
        file=sys.stderr,
    )
    return series.interpolate()
