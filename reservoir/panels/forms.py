"""Many series in the forms that users have them, and forecasts back in the same."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator

from ..breaks import warn_of_breaks, without_breaks
from ..frames import Frame, as_column, check_frame
from ..index import as_dates, continued, frequency_of
from ..interchange import from_long_frame
from ..layouts import tell_layout
from ..missing import filled_between
from ..outliers import warn_of_far, without_far
from ..reading import regular
from ..reading.table import need_pandas
from ..sequences import TOO_LARGE, check_sequences
from ..series import seasons_of_index

#: The columns of a long frame, as statsforecast and its neighbours name them.
ID, TIME, VALUE = "unique_id", "ds", "y"
#: Rows of the shortest series that is forecast.
LEAST_ROWS = 3

GiveBack = Callable[[list[np.ndarray], Any], Any]


@dataclass(frozen=True)
class Panel:
    """Series one by one, and how forecasts of them look like where they came from.

    Parameters
    ----------
    items : list of ndarray of shape (T_k,)
        Without the rows before the first and after the last that was seen; NaN in their gaps.
    begins, late : list of int
        Rows before the first that was seen, and after the last: a forecast begins after them.
    names : list
        Of the series: ids, keys, columns, or their places.
    give_back : callable ``(forecasts, quantiles) -> object``
        Of a list of (h,) arrays, or (h, Q) where there are quantiles.
    long : pandas.DataFrame or None
        The long frame that they are from.
    frame : Frame
        Of the first series that has an index, for its dates.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.panels import Panel
    >>> panel = Panel.of({"a": [1.0, 2.0, 3.0], "b": [4.0, np.nan, 6.0, 7.0]})
    >>> [item.tolist() for item in panel.filled([1])]
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]
    >>> panel.give_back([np.array([4.0]), np.array([8.0])], None)
    {'a': array([4.]), 'b': array([8.])}
    """

    items: list[np.ndarray]
    begins: list[int]
    late: list[int]
    names: list[Any]
    give_back: GiveBack
    long: Any = None
    frame: Frame = Frame()

    def filled(self, seasons: Sequence[int]) -> list[np.ndarray]:
        """Return the series with their gaps filled, beside other rounds of a season if need be."""
        return [filled_between(item, seasons) for item in self.items]

    def as_seen(self, outliers: str, breaks: str, stacklevel: int, explained: bool) -> Panel:
        """Return the panel without values far from all others, joined at breaks, unless these stay.

        Where exogenous rows may tell why they are, without codes alone.
        """

        def at(k: int, row: int, _: int) -> str:
            return f"row {self.begins[k] + row} of series {self.names[k]!r}"

        columns = [item[:, None] for item in self.items]
        if outliers != "keep":
            columns, told = without_far(columns, at, explained)
            warn_of_far(told, stacklevel + 1)
        if breaks != "keep" and not explained:
            columns, told = without_breaks(columns, at)
            warn_of_breaks(told, stacklevel + 1)
        return replace(self, items=[column[:, 0] for column in columns])

    @property
    def seasons(self) -> tuple[int, ...]:
        """Rows of the seasons that dates tell."""
        return seasons_of_index(self.frame.index, max(self.lengths))

    @property
    def lengths(self) -> list[int]:
        """Rows of each series, those that were not seen too."""
        seen = zip(self.begins, self.items, self.late, strict=True)
        return [first + len(item) + late for first, item, late in seen]

    @classmethod
    def of(cls, X: Any, name: str = "X") -> Panel:
        """Return the series of `X`.

        Parameters
        ----------
        X : object
            - a long frame with the columns ``unique_id``, ``ds`` and ``y``;
            - a frame or array (T, d), of which each column is a series;
            - a panel (K, T, 1), or a list of series, each a row of numbers or a column (T_k, 1);
            - a mapping of names to series;
            - one series.
        name : str, default="X"

        Raises
        ------
        ValueError
            If a series has no three rows that were seen, or is no series of numbers.
        """
        if sp.issparse(X):
            raise TypeError(f"{name} must be dense; got a sparse {type(X).__name__}.")
        pd = sys.modules.get("pandas")
        if pd is not None and isinstance(X, pd.DataFrame) and {ID, TIME, VALUE} <= {*X.columns}:
            return _of_long(pd, X, name)
        pl = sys.modules.get("polars")
        if pl is not None and isinstance(X, pl.DataFrame) and {ID, TIME, VALUE} <= {*X.columns}:
            return _of_long_polars(X, name)
        if isinstance(X, Mapping):
            return _of_mapping(X, name)
        if isinstance(X, (list, tuple)) and len(X) and not np.isscalar(X[0]) and X[0] is not None:
            return _of_list(list(X), name)
        if isinstance(X, np.ndarray) and X.ndim == 3:
            return _of_array(X, name)
        return _of_columns(X, name)


def _of_long(pd: Any, X: Any, name: str) -> Panel:
    """Every id is a series; what comes after it is dated on."""
    X = X.assign(**{TIME: as_dates(pd.Index(X[TIME]))})
    found, ids = from_long_frame(X[[ID, TIME, VALUE]], ID, TIME)
    times = {key: pd.Index(part[TIME].sort_values()) for key, part in X.groupby(ID, sort=False)}
    seen, indices = [], []
    for key, item in zip(ids, found, strict=True):
        label = f"series {key!r} of {name}"
        item, index = _dated(pd, item[:, 0], times[key], label)
        seen.append(_seen(item, label))
        indices.append(index)
    give_back = partial(_as_long, list(ids), [Frame(index) for index in indices])
    return Panel(*_apart(seen), list(ids), give_back, X, Frame(indices[0]))


def _of_long_polars(X: Any, name: str) -> Panel:
    """As a long frame of pandas, and back."""
    pd = need_pandas()
    inner = _of_long(pd, pd.DataFrame({column: X[column].to_numpy() for column in X.columns}), name)
    return replace(inner, give_back=partial(_as_polars, inner.give_back))


def _as_polars(inner: GiveBack, forecasts: Any, quantiles: Any) -> Any:
    frame = inner(forecasts, quantiles)
    return sys.modules["polars"].DataFrame({c: frame[c].to_numpy() for c in frame.columns})


def _dated(pd: Any, x: np.ndarray, times: Any, label: str) -> tuple[np.ndarray, Any]:
    """Return a series and its times, with rows of NaN where dates are missing."""
    if not isinstance(times, pd.DatetimeIndex):
        return _counted(pd, x, times, label)
    if len(times) > 2 and frequency_of(times) is None:
        series = regular(pd.Series(x, times, name=label))
        return series.to_numpy(dtype=float), series.index
    return x, times


def _as_long(
    ids: list[Any], frames: list[Frame], forecasts: list[np.ndarray], quantiles: Any
) -> Any:
    """Return a long frame of forecasts, the dates going on."""
    pd = sys.modules["pandas"]
    parts = []
    for key, frame, values in zip(ids, frames, forecasts, strict=True):
        columns = [VALUE] if quantiles is None else [f"{VALUE}_{q:g}" for q in quantiles]
        part = pd.DataFrame(values.reshape(len(values), -1), columns=columns)
        part.insert(0, ID, key)
        part.insert(1, TIME, continued(frame.index, len(values)))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _counted(pd: Any, x: np.ndarray, times: Any, label: str) -> tuple[np.ndarray, Any]:
    """Return a series and its periods, or numbers, with rows of NaN where some are missing."""
    if isinstance(times, pd.PeriodIndex):
        return x, times
    steps = np.diff(np.asarray(times))
    least = steps.min() if len(steps) else 1
    apart = np.round(steps / least)
    even = bool((np.abs(steps - apart * least) < 1e-6 * least).all())
    if not even or apart.sum() >= 2 * len(x):  # at least half must be there
        odd = int(np.argmax(steps != np.median(steps)))
        raise ValueError(
            f"the times of {label} must be evenly spaced, but for rows that are missing; "
            f"{times[odd + 1]} follows {times[odd]}, where most are {np.median(steps):g} apart. "
            "Take means over even steps, or number the rows."
        )
    at = np.concatenate([[0], np.cumsum(apart)]).astype(int)
    whole = np.full(at[-1] + 1, np.nan)
    whole[at] = x
    if float(least).is_integer() and float(times[0]).is_integer():
        first, step = int(times[0]), int(least)
        return whole, pd.RangeIndex(first, first + step * len(whole), step)
    return whole, pd.Index(times[0] + least * np.arange(len(whole)))


def _of_mapping(X: Mapping[Any, Any], name: str) -> Panel:
    inner = _of_list(list(X.values()), name, [f"{name}[{key!r}]" for key in X])
    return replace(inner, names=list(X), give_back=partial(_as_mapping, list(X), inner.give_back))


def _as_mapping(keys: list[Any], inner: GiveBack, forecasts: Any, quantiles: Any) -> dict[Any, Any]:
    return dict(zip(keys, inner(forecasts, quantiles), strict=True))


def _of_list(X: list[Any], name: str, names: Sequence[str] | None = None) -> Panel:
    """Series of any form each."""
    labels = [f"{name}[{k}]" for k in range(len(X))] if names is None else names
    parts = [_of_columns(x, label) for x, label in zip(X, labels)]
    for part, label in zip(parts, labels):
        if len(part.items) != 1:
            raise ValueError(
                f"{label} must be one series, a row of numbers or a column; it has "
                f"{len(part.items)} columns. Hand over a list of them."
            )
    items, begins, late = (
        [getattr(part, field)[0] for part in parts] for field in ("items", "begins", "late")
    )
    give_back = partial(_as_list, [part.give_back for part in parts])
    frame = next((part.frame for part in parts if part.frame.index is not None), Frame())
    return Panel(items, begins, late, list(range(len(X))), give_back, frame=frame)


def _as_list(inner: list[GiveBack], forecasts: Any, quantiles: Any) -> list[Any]:
    return [of_one([x], quantiles) for of_one, x in zip(inner, forecasts, strict=True)]


def _of_array(X: np.ndarray, name: str) -> Panel:
    if X.shape[2] != 1:
        raise ValueError(
            f"{name} must be (K, T, 1), one column a series; got {X.shape}. Hand over a list."
        )
    inner = _of_list(list(X), name)
    return replace(inner, give_back=partial(_as_panel, inner.give_back))


def _as_panel(inner: GiveBack, forecasts: Any, quantiles: Any) -> np.ndarray:
    return np.stack(inner(forecasts, quantiles))


def _of_columns(X: Any, name: str) -> Panel:
    """Each column of a frame or array is a series; one series is one column."""
    frame = Frame.of(X)
    if type(X) is np.ndarray and X.dtype == float and X.ndim == 1 and not np.isinf(X).any():
        rows = X[:, None]  # of ten thousand series, checks are a quarter of a fit
    else:
        check_frame(X, regular=True, gaps=True, name=name)
        sequences = check_sequences(BaseEstimator(), as_column(X), reset=True, gaps=True)
        tell_layout(sequences, "forecaster", stacklevel=6, name=name)
        rows = sequences.items[0]
    columns = range(rows.shape[1]) if frame.columns is None else list(frame.columns)
    one = rows.shape[1] == 1
    seen = [_seen(x, name if one else f"column {c!r} of {name}") for x, c in zip(rows.T, columns)]
    return Panel(*_apart(seen), list(columns), partial(_as_columns, frame), frame=frame)


def _as_columns(frame: Frame, forecasts: list[np.ndarray], quantiles: Any) -> Any:
    return frame.of_coming_rows(np.stack(forecasts, axis=1), quantiles)


def _seen(x: np.ndarray, name: str) -> tuple[np.ndarray, int, int]:
    """Return a series from first value to last, and the rows before and after."""
    rows = np.flatnonzero(~np.isnan(x))
    if len(rows) < LEAST_ROWS:
        raise ValueError(f"{name} must have at least {LEAST_ROWS} values; it has {len(rows)}.")
    if not np.abs(x[rows]).max() < TOO_LARGE:
        raise ValueError(f"{name} is too large: its squares overflow. Scale the data.")
    first, end = int(rows[0]), int(rows[-1]) + 1
    return np.array(x[first:end], dtype=float), first, len(x) - end


def _apart(seen: list[tuple[np.ndarray, int, int]]) -> tuple[Any, Any, Any]:
    """Return items, rows before and rows after."""
    items, before, after = zip(*seen, strict=True)
    return list(items), list(before), list(after)
