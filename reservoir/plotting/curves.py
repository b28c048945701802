"""Series as they are drawn: numbers, names and times, whatever they came in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..frames import Frame, as_column
from ..panels.forms import ID, TIME, VALUE


@dataclass(frozen=True)
class Curves:
    """Columns over times.

    Parameters
    ----------
    values : ndarray of shape (T, d)
    names : list of d str, or None
        None where the columns have none.
    times : ndarray of shape (T,) or None
        Dates, or numbers; None where the rows are counted.
    axis : str
        What the times are.

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.plotting.curves import Curves
    >>> dates = pd.period_range("2000-01", periods=2, freq="M")
    >>> sales = Curves.of(pd.DataFrame({"sales": [1.0, 2.0]}, index=dates))
    >>> sales.names, sales.times.astype("datetime64[D]").tolist()[0].isoformat()
    (['sales'], '2000-01-01')
    """

    values: np.ndarray
    names: list[str] | None = None
    times: Any = None
    axis: str = "step"

    @classmethod
    def of(cls, X: Any, series: Any = None, name: str = "X") -> Curves:
        """Return the curves of a series, or of one of several.

        Parameters
        ----------
        X : object
            An array (T,) or (T, d), a pandas or polars series or frame; or several of them: a panel
            (K, T, d), a list, a mapping, a long frame with ``unique_id``, ``ds`` and ``y``.
        series : object, optional
            Which of several, by place, key or id; the first where None.
        name : str, default="X"
            What an error calls it.
        """
        X = one_of(X, series, name)
        frame = Frame.of(X)
        rows = X.to_numpy() if hasattr(X, "to_numpy") else np.asarray(as_column(X))
        try:
            rows = np.asarray(rows, dtype=float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name} must be numbers to be drawn; {error}.") from error
        if rows.ndim not in (1, 2):
            raise ValueError(f"{name} must be a series (T,) or (T, d); got shape {rows.shape}.")
        times, axis = _times_of(frame.index)
        if times is not None and not (times[1:] > times[:-1]).all():
            raise ValueError(
                f"the rows of {name} must be in order of time, each once; {name}.sort_index() puts "
                "them in order."
            )
        names = frame.columns if frame.columns is not None else [frame.name]
        named = None if names[0] is None else [str(each) for each in names]
        return cls(rows.reshape(len(rows), -1), named, times, axis)

    def __len__(self) -> int:
        return len(self.values)

    def column(self, feature: Any) -> int:
        """Return the place of a feature, which is given by place or by name."""
        known = [] if self.names is None else self.names
        if isinstance(feature, str) and feature in known:
            return known.index(feature)
        n_features = self.values.shape[1]
        whole = isinstance(feature, (int, np.integer)) and not isinstance(feature, bool)
        if whole and -n_features <= feature < n_features:
            return int(feature) % n_features
        allowed = f"one of {known} or " if known else ""
        raise ValueError(
            f"feature must be {allowed}an integer from 0 to {n_features - 1}; got {feature!r}."
        )

    def label(self, column: int) -> str:
        """Return what an axis of a column is called."""
        if self.names is not None:
            return self.names[column]
        return "value" if self.values.shape[1] == 1 else f"feature {column}"

    def placed(self, first: int) -> Curves:
        """Return the same with rows that are counted from `first` on, where they have no times."""
        if self.times is not None:
            return self
        return replace(self, times=np.arange(first, first + len(self)))

    def last(self, n_rows: int | None) -> Curves:
        """Return the last rows."""
        if n_rows is None or n_rows >= len(self):
            return self
        times = None if self.times is None else self.times[len(self) - n_rows :]
        return replace(self, values=self.values[len(self) - n_rows :], times=times)


def one_of(X: Any, series: Any, name: str) -> Any:
    """Return the one of several series that is meant, or what is one series already."""
    columns = getattr(X, "columns", ())
    several: Any = None
    if {ID, TIME, VALUE} <= {*columns}:
        return _of_long(X, series, name)
    if isinstance(X, Mapping):
        several = X
    elif (isinstance(X, (list, tuple)) and len(X) and np.ndim(X[0]) > 0) or np.ndim(X) >= 3:
        several = dict(enumerate(X))
    if several is None:
        return X
    return several[_known(series, list(several), name)]


def _known(series: Any, keys: list[Any], name: str) -> Any:
    if series is None:
        return keys[0]
    if series not in keys:
        some = ", ".join(map(repr, keys[:5])) + (", …" if len(keys) > 5 else "")
        raise ValueError(f"series must be one of {name}: {some}; got {series!r}.")
    return series


def _of_long(X: Any, series: Any, name: str) -> Any:
    """Return one id of a long frame as a series of pandas, its times the index."""
    pd = sys.modules["pandas"]
    ids, times, values = (np.asarray(X[column]) for column in (ID, TIME, VALUE))
    key = _known(series, list(dict.fromkeys(ids.tolist())), name)
    found = pd.Series(values[ids == key], pd.Index(times[ids == key]), name=str(key))
    return found.sort_index()


def _times_of(index: Any) -> tuple[Any, str]:
    """Return what an index is drawn at, None where rows are counted, and what it is called."""
    pd = sys.modules.get("pandas")
    if pd is None or index is None or getattr(index, "nlevels", 1) > 1:
        return None, "step"
    label = str(index.name) if index.name is not None else ""
    if isinstance(index, pd.PeriodIndex):
        return index.to_timestamp().to_numpy(), label
    if isinstance(index, pd.DatetimeIndex):  # on the clock of its own zone
        return index.tz_localize(None).to_numpy(), label
    if isinstance(index, pd.TimedeltaIndex):
        return index.total_seconds().to_numpy(), label or "seconds"
    if index.dtype.kind in "iuf":
        return index.to_numpy(), label or "step"
    return None, label or "step"
