"""Many series in the forms that users have them, and forecasts back in the same."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.base import BaseEstimator

from ..frames import Frame, as_column, check_frame, continued
from ..interchange import from_long_frame
from ..missing import interpolated
from ..sequences import check_sequences

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
        Without the rows before the first and after the last that was seen, lines in their gaps.
    late : list of int
        Rows after the last that was seen: a forecast begins after them.
    give_back : callable ``(forecasts, quantiles) -> object``
        Of a list of (h,) arrays, or (h, Q) where there are quantiles.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.panels import Panel
    >>> panel = Panel.of({"a": [1.0, 2.0, 3.0], "b": [4.0, np.nan, 6.0, 7.0]})
    >>> [item.tolist() for item in panel.items]
    [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]
    >>> panel.give_back([np.array([4.0]), np.array([8.0])], None)
    {'a': array([4.]), 'b': array([8.])}
    """

    items: list[np.ndarray]
    late: list[int]
    give_back: GiveBack

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
        if isinstance(X, Mapping):
            return _of_mapping(X, name)
        if isinstance(X, (list, tuple)) and len(X) and not np.isscalar(X[0]) and X[0] is not None:
            return _of_list(list(X), name)
        if isinstance(X, np.ndarray) and X.ndim == 3:
            return _of_array(X, name)
        return _of_columns(X, name)


def _of_long(pd: Any, X: Any, name: str) -> Panel:
    """Every id is a series; what comes after it is dated on."""
    others = [c for c in X.columns if c not in (ID, TIME, VALUE)]
    found, ids = from_long_frame(X.drop(columns=others), ID, TIME)
    ends = {key: pd.Index(part[TIME].sort_values()) for key, part in X.groupby(ID, sort=False)}
    indices = [_regular(pd, ends[key], key, name) for key in ids]
    seen = [_seen(item[:, 0], f"series {key!r} of {name}") for item, key in zip(found, ids)]

    return Panel(*_apart(seen), partial(_as_long, list(ids), indices))


def _as_long(
    ids: list[Any], indices: list[Any], forecasts: list[np.ndarray], quantiles: Any
) -> Any:
    """Return a long frame of forecasts, the dates going on."""
    pd = sys.modules["pandas"]
    parts = []
    for key, index, values in zip(ids, indices, forecasts, strict=True):
        columns = [VALUE] if quantiles is None else [f"{VALUE}_{q:g}" for q in quantiles]
        part = pd.DataFrame(values.reshape(len(values), -1), columns=columns)
        part.insert(0, ID, key)
        part.insert(1, TIME, continued(index, len(values)))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _regular(pd: Any, times: Any, key: Any, name: str) -> Any:
    """Return times as an index that can be continued."""
    if isinstance(times, pd.DatetimeIndex):
        check_frame(pd.Series(0.0, index=times), regular=True, name=f"series {key!r} of {name}")
        return times
    if isinstance(times, pd.PeriodIndex):
        return times
    steps = np.unique(np.diff(np.asarray(times)))
    if len(steps) > 1:
        raise ValueError(
            f"the times of series {key!r} of {name} must be evenly spaced; got steps of "
            f"{steps[0]} and {steps[1]}."
        )
    step = int(steps[0]) if len(steps) else 1
    return pd.RangeIndex(times[0], times[0] + step * len(times), step)


def _of_mapping(X: Mapping[Any, Any], name: str) -> Panel:
    inner = _of_list(list(X.values()), name, [f"{name}[{key!r}]" for key in X])
    return Panel(inner.items, inner.late, partial(_as_mapping, list(X), inner.give_back))


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
    items, late = [part.items[0] for part in parts], [part.late[0] for part in parts]
    return Panel(items, late, partial(_as_list, [part.give_back for part in parts]))


def _as_list(inner: list[GiveBack], forecasts: Any, quantiles: Any) -> list[Any]:
    return [of_one([x], quantiles) for of_one, x in zip(inner, forecasts, strict=True)]


def _of_array(X: np.ndarray, name: str) -> Panel:
    if X.shape[2] != 1:
        raise ValueError(
            f"{name} must be (K, T, 1), one column a series; got {X.shape}. Hand over a list."
        )
    inner = _of_list(list(X), name)
    return Panel(inner.items, inner.late, partial(_as_panel, inner.give_back))


def _as_panel(inner: GiveBack, forecasts: Any, quantiles: Any) -> np.ndarray:
    return np.stack(inner(forecasts, quantiles))


def _of_columns(X: Any, name: str) -> Panel:
    """Each column of a frame or array is a series; one series is one column."""
    frame = Frame.of(X)
    check_frame(X, regular=True, gaps=True, name=name)
    rows = check_sequences(BaseEstimator(), as_column(X), reset=True, gaps=True).items[0]
    columns = range(rows.shape[1]) if frame.columns is None else list(frame.columns)
    one = rows.shape[1] == 1
    seen = [_seen(x, name if one else f"column {c!r} of {name}") for x, c in zip(rows.T, columns)]

    return Panel(*_apart(seen), partial(_as_columns, frame))


def _as_columns(frame: Frame, forecasts: list[np.ndarray], quantiles: Any) -> Any:
    return frame.of_coming_rows(np.stack(forecasts, axis=1), quantiles)


def _seen(x: np.ndarray, name: str) -> tuple[np.ndarray, int]:
    """Return a series from its first value to its last, lines in its gaps; and the rows after."""
    rows = np.flatnonzero(~np.isnan(x))
    if len(rows) < LEAST_ROWS:
        raise ValueError(f"{name} must have at least {LEAST_ROWS} values; it has {len(rows)}.")
    first, end = rows[0], rows[-1] + 1
    return interpolated(x[first:end].reshape(-1, 1))[:, 0], len(x) - end


def _apart(seen: list[tuple[np.ndarray, int]]) -> tuple[list[np.ndarray], list[int]]:
    return [item for item, _ in seen], [late for _, late in seen]
