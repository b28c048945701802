"""What is known beside many series: of each, and of each of its rows."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import check_array

from .forms import ID, TIME, Panel


@dataclass(frozen=True)
class Item:
    """One series, and what is known beside it.

    Parameters
    ----------
    x : ndarray of shape (T,)
    static : ndarray of shape (s,) or None
        Of the series.
    exog : ndarray of shape (T + n, e) or None
        Of its rows, and of the n that come.
    """

    x: np.ndarray
    static: np.ndarray | None = None
    exog: np.ndarray | None = None

    def without_last(self, n_rows: int) -> Item:
        """Return the series as it was `n_rows` ago; what is known beforehand stays known."""
        return replace(self, x=self.x[: len(self.x) - n_rows])

    def followed_by(self, rows: np.ndarray) -> Item:
        """Return the series gone on."""
        return replace(self, x=np.concatenate([self.x, rows]))

    def changes(self, horizon: int) -> np.ndarray:
        """Return how exogenous rows 1 to `horizon` steps on differ, (T - 1, horizon, e).

        From each row but the first; NaN beyond what is known.
        """
        assert self.exog is not None
        rows = np.full((len(self.x) + horizon, self.exog.shape[1]), np.nan)
        known = self.exog[: len(rows)]
        rows[: len(known)] = known
        now = np.arange(1, len(self.x))[:, None]
        return rows[now + np.arange(1, horizon + 1)] - rows[now]


def items_of(
    panel: Panel, seasons: Sequence[int], static: Any, exog: Any, coming: Any = None,
    n_steps: int = 0,
) -> list[Item]:  # fmt: skip
    """Return the series of a panel, with what is known beside each.

    Parameters
    ----------
    panel : Panel
    seasons : sequence of int
        Beside whose other rounds gaps are filled.
    static : array-like of shape (K, s), or frame whose index are the names, or None
    exog : as the series, of (T_k, e) arrays; names of columns of a long frame; or None
    coming : as `exog`, of (n_steps, e) arrays, optional
    n_steps : int, default=0

    Raises
    ------
    ValueError
        If there are not as many rows as the series has, or a number is missing.
    """
    statics = _statics(static, panel)
    rows = _rows(exog, panel, panel.lengths, "exog")
    items = [
        Item(x, None if statics is None else statics[k], None if rows is None else rows[k][first:])
        for k, (x, first) in enumerate(zip(panel.filled(seasons), panel.begins, strict=True))
    ]
    return with_coming(items, panel, coming, n_steps, named(exog)) if n_steps else items


def with_coming(
    items: list[Item], panel: Panel, coming: Any, n_steps: int, columns: list[Any] | None
) -> list[Item]:
    """Return series with the exogenous rows of the coming steps.

    `columns` are the ones of a long frame that exogenous rows are, where they were named.
    """
    if all(item.exog is None for item in items):
        if coming is not None:
            raise ValueError("exog was not given at fit, and cannot be given to a forecast.")
        return items
    if coming is None:
        raise ValueError(f"forecast needs exog= of the {n_steps} coming rows, as fit had it.")
    lengths = [n_steps] * len(items)
    more = _rows(coming, panel, lengths, "exog of the coming rows", columns)
    assert more is not None
    return [
        replace(item, exog=np.concatenate([item.exog, rows]))
        for item, rows in zip(items, more, strict=True)
    ]


def named(exog: Any) -> list[Any] | None:
    """Return exogenous rows that are names of columns, None where they are numbers."""
    return list(exog) if _are_names(exog) else None


def _statics(static: Any, panel: Panel) -> np.ndarray | None:
    if static is None:
        return None
    pd = sys.modules.get("pandas")
    if pd is not None and isinstance(static, pd.DataFrame):
        lost = [name for name in panel.names if name not in static.index]
        if lost:
            raise ValueError(f"static must have a row for each series; {lost[0]!r} has none.")
        static = static.loc[panel.names]
    found = check_array(static, dtype=float, input_name="static")
    if len(found) != len(panel.items):
        raise ValueError(
            f"static must have a row for each of the {len(panel.items)} series; it has "
            f"{len(found)}."
        )
    return np.asarray(found)


def _rows(
    exog: Any,
    panel: Panel,
    lengths: list[int],
    name: str,
    columns: list[Any] | None = None,
) -> list[np.ndarray] | None:
    """Return exogenous rows of each series."""
    if exog is None:
        return None
    n = len(panel.items)
    pd = sys.modules.get("pandas")
    if _are_names(exog):
        if panel.long is None:
            raise ValueError(f"{name} may be names of columns of a long frame alone; got {exog!r}.")
        found = _of_long(panel.long, list(exog), panel, name)
    elif pd is not None and isinstance(exog, pd.DataFrame) and ID in exog:
        chosen = _others(exog) if columns is None else columns
        found = _of_long(exog, chosen, panel, name)
    elif isinstance(exog, Mapping):
        found = [np.asarray(exog[key], dtype=float) for key in panel.names]
    elif isinstance(exog, (list, tuple)) or np.ndim(exog) == 3:
        found = [np.asarray(rows, dtype=float) for rows in exog]
    else:  # of all columns of one frame
        found = [np.asarray(exog, dtype=float)] * n
    if len(found) != n:
        raise ValueError(f"{name} must be of each of the {n} series; got {len(found)}.")
    found = [rows.reshape(len(rows), -1) for rows in found]
    for k, (rows, wanted) in enumerate(zip(found, lengths, strict=True)):
        if len(rows) != wanted:
            raise ValueError(
                f"{name} must have a row for each row of the series; {panel.names[k]!r} has "
                f"{wanted}, its exog {len(rows)}."
            )
        if not np.isfinite(rows).all():
            raise ValueError(f"{name} must be finite; that of {panel.names[k]!r} is not.")
    if len({rows.shape[1] for rows in found}) > 1:
        raise ValueError(f"{name} must have the same columns for each series.")
    return found


def _are_names(exog: Any) -> bool:
    return isinstance(exog, (list, tuple)) and len(exog) > 0 and isinstance(exog[0], str)


def _others(frame: Any) -> list[Any]:
    return [column for column in frame.columns if column not in (ID, TIME, "y")]


def _of_long(frame: Any, columns: list[Any], panel: Panel, name: str) -> list[np.ndarray]:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise ValueError(f"{name} must have the columns {columns}; {missing[0]!r} is missing.")
    parts = dict(list(frame.sort_values(TIME, kind="stable").groupby(ID)))
    lost = [key for key in panel.names if key not in parts]
    if lost:
        raise ValueError(f"{name} must be of each series; {lost[0]!r} has none.")
    return [parts[key][columns].to_numpy(dtype=float) for key in panel.names]
