"""Sequences to and from the forms of other libraries: aeon and sktime, tslearn, pandas.

Here sequences are a panel (K, T, d) or a list of (T_k, d) arrays, time first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .sequences import check_sequences


def from_aeon(X: Any) -> Any:
    """Return sequences of cases, channels and time, as aeon and sktime have them.

    Parameters
    ----------
    X : array-like of shape (K, d, T), or list of (d, T_k) arrays

    Returns
    -------
    sequences : ndarray of shape (K, T, d), or list of (T_k, d) arrays

    Raises
    ------
    ValueError
        If `X` is neither.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.interchange import from_aeon
    >>> from_aeon(np.zeros((5, 2, 30))).shape
    (5, 30, 2)
    """
    if isinstance(X, (list, tuple)) or (isinstance(X, np.ndarray) and X.dtype == object):
        items = [np.asarray(x) for x in X]
        if {item.ndim for item in items} != {2}:
            raise ValueError("X must hold arrays (channels, time); got other dimensions.")
        return [np.ascontiguousarray(item.T) for item in items]
    array = np.asarray(X)
    if array.ndim != 3:
        raise ValueError(f"X must be (cases, channels, time) or a list; got shape {array.shape}.")
    return np.ascontiguousarray(array.transpose(0, 2, 1))


def to_aeon(X: Any) -> Any:
    """Return cases, channels and time, as aeon and sktime have them.

    Parameters
    ----------
    X : array-like of shape (K, T, d), or list of (T_k, d) arrays

    Returns
    -------
    cases : ndarray of shape (K, d, T), or list of (d, T_k) arrays

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.interchange import to_aeon
    >>> [x.shape for x in to_aeon([np.zeros((30, 2)), np.zeros((20, 2))])]
    [(2, 30), (2, 20)]
    """
    items = [np.ascontiguousarray(item.T) for item in _items(X)]
    return np.stack(items) if np.ndim(X[0]) == 2 and not isinstance(X, (list, tuple)) else items


def from_tslearn(X: Any) -> Any:
    """Return sequences of tslearn's dataset, whose shorter ones end in NaN.

    Parameters
    ----------
    X : array-like of shape (K, T, d)

    Returns
    -------
    sequences : ndarray of shape (K, T, d) where none is shorter, else list of (T_k, d) arrays

    Raises
    ------
    ValueError
        If `X` has other dimensions, or a sequence is all NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.interchange import from_tslearn
    >>> X = np.array([[[1.0], [2.0]], [[3.0], [np.nan]]])
    >>> [x.ravel().tolist() for x in from_tslearn(X)]
    [[1.0, 2.0], [3.0]]
    """
    array = np.asarray(X, dtype=float)
    if array.ndim != 3:
        raise ValueError(f"X must be (sequences, time, features); got shape {array.shape}.")
    there = ~np.isnan(array).all(axis=2)
    if not there.any(axis=1).all():
        raise ValueError("X must hold sequences of at least one step; got one that is all NaN.")
    lengths = array.shape[1] - there[:, ::-1].argmax(axis=1)
    if (lengths == array.shape[1]).all():
        return array
    return [x[:length].copy() for x, length in zip(array, lengths, strict=True)]


def to_tslearn(X: Any) -> np.ndarray:
    """Return tslearn's dataset: one array, in which shorter sequences end in NaN.

    Parameters
    ----------
    X : array-like of shape (K, T, d), or list of (T_k, d) arrays

    Returns
    -------
    dataset : ndarray of shape (K, T, d)

    Examples
    --------
    >>> from reservoir.interchange import to_tslearn
    >>> to_tslearn([[[1.0], [2.0]], [[3.0]]])[1].ravel()
    array([ 3., nan])
    """
    items = _items(X)
    longest = max(map(len, items))
    dataset = np.full((len(items), longest, items[0].shape[1]), np.nan)
    for row, item in zip(dataset, items, strict=True):
        row[: len(item)] = item
    return dataset


def from_long_frame(
    frame: Any, id: str, time: str, values: Sequence[str] | None = None
) -> tuple[list[np.ndarray], Any]:
    """Return sequences of a long frame, a row for each sequence and time.

    Parameters
    ----------
    frame : pandas.DataFrame
    id, time : str
        Columns that tell the sequence, and the order of its steps.
    values : sequence of str, optional
        Columns of the features; all others where not given.

    Returns
    -------
    sequences : list of (T_k, d) arrays
        In the order in which their ids come first.
    ids : pandas.Index
        Of the sequences, to put labels in their order.

    Raises
    ------
    ValueError
        If a column is missing, a row has no id or no time, times are text, whose order is not that
        of time, or a sequence has two rows of one time.

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.interchange import from_long_frame
    >>> frame = pd.DataFrame({"who": ["b", "a", "b"], "t": [1, 0, 0], "x": [2.0, 3.0, 1.0]})
    >>> sequences, ids = from_long_frame(frame, "who", "t")
    >>> [x.ravel().tolist() for x in sequences], list(ids)
    ([[1.0, 2.0], [3.0]], ['b', 'a'])
    """
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        raise TypeError(f"frame must be a pandas DataFrame; got {type(frame).__name__}.")
    columns = [c for c in frame.columns if c not in (id, time)] if values is None else list(values)
    missing = [c for c in (id, time, *columns) if c not in frame.columns]
    if missing:
        raise ValueError(f"frame must have the columns {missing}; it has {list(frame.columns)}.")
    for name in (id, time):
        if frame[name].isna().any():
            row = int(frame[name].isna().to_numpy().argmax())
            raise ValueError(f"frame must have a {name!r} in every row; row {row} has none.")
    if any(isinstance(at, str) for at in frame[time].head()):
        raise ValueError(
            f"the times {time!r} are text, {frame[time].iloc[0]!r}, whose order is not that of "
            f"time: make numbers of them, pandas.to_numeric(frame[{time!r}]), or dates, "
            f"pandas.to_datetime(frame[{time!r}])."
        )
    if frame.duplicated([id, time]).any():
        raise ValueError(f"frame must have one row for each {id!r} and {time!r}; it repeats some.")
    ids = frame[id].drop_duplicates()
    groups = frame.sort_values(time, kind="stable").groupby(id, sort=False)
    items = {key: group[columns].to_numpy(dtype=float) for key, group in groups}
    return [items[key] for key in ids], ids.array


def to_long_frame(
    X: Any, ids: Any = None, *, id: str = "id", time: str = "time", values: Any = None
) -> Any:
    """Return a long frame, a row for each sequence and step.

    Parameters
    ----------
    X : array-like of shape (K, T, d), or list of (T_k, d) arrays
    ids : array-like of shape (K,), optional
        0, 1, … where not given.
    id, time : str
        Names of the columns of the sequence and of its steps, which are numbered from 0.
    values : sequence of str, optional
        Names of the features; "x0", "x1", … where not given.

    Returns
    -------
    frame : pandas.DataFrame

    Raises
    ------
    ImportError
        Where pandas is missing.
    ValueError
        If there are not as many `ids` as sequences, or `values` as features.

    Examples
    --------
    >>> from reservoir.interchange import to_long_frame
    >>> to_long_frame([[[1.0], [2.0]], [[3.0]]], ids=["b", "a"])
      id  time   x0
    0  b     0  1.0
    1  b     1  2.0
    2  a     0  3.0
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            'a long frame needs pandas: pip install "reservoir-learn[cli]"'
        ) from error

    items = _items(X)
    names = [f"x{k}" for k in range(items[0].shape[1])] if values is None else list(values)
    keys = np.arange(len(items)) if ids is None else np.asarray(ids)
    for given, wanted, what in ((keys, len(items), "ids"), (names, items[0].shape[1], "values")):
        if len(given) != wanted:
            raise ValueError(f"{what} must be {wanted}; got {len(given)}.")
    frame = pd.DataFrame(np.concatenate(items), columns=names)
    lengths = [len(item) for item in items]
    frame.insert(0, id, np.repeat(keys, lengths))
    frame.insert(1, time, np.concatenate([np.arange(n) for n in lengths]))
    return frame


def _items(X: Any) -> list[np.ndarray]:
    sequences = check_sequences(BaseEstimator(), X, reset=True)
    if sequences.form == "series":
        raise ValueError("X must be a panel (K, T, d) or a list of (T_k, d) arrays.")
    return sequences.items
