"""What is no array of numbers in rows, told with what makes one of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from numbers import Real
from os import PathLike
from typing import Any

import numpy as np
import scipy.sparse as sp

from .frames import is_flat

FORMS = "one series (T, d), a panel (K, T, d) or a list of (T_k, d) arrays"
DATES = (datetime.date, datetime.timedelta, np.datetime64, np.timedelta64)


def check_is_array(X: Any) -> None:
    """Raise where `X` is one number, text, a mapping, or has no length."""
    if isinstance(X, Real):
        raise ValueError(
            f"Expected 2D array: X must be rows, {FORMS}; got {X}, a number. What comes next is a "
            f"forecaster's forecast({X})."
        )
    if isinstance(X, Mapping) and not sp.issparse(X):
        values = list(X.values())
        single = bool(values) and all(np.ndim(value) == 0 for value in values)
        remedy = "pandas.DataFrame(X) makes a column of each of its series"
        if single:
            remedy = "pandas.DataFrame([X]) makes one row of it"
            if not any(isinstance(key, str) for key in X):
                remedy = "pandas.Series(X) makes a series of it"
        raise ValueError(f"Expected 2D array: X must be {FORMS}; got {type(X).__name__}. {remedy}.")
    sized = hasattr(X, "__len__") or hasattr(X, "__array__")
    if not sized or isinstance(X, (str, set)):
        is_name = isinstance(X, (str, PathLike))
        hint = " pandas.read_csv(X, index_col=0, parse_dates=True) reads a file." if is_name else ""
        raise ValueError(f"Expected 2D array: X must be {FORMS}; got {type(X).__name__}.{hint}")


def check_width(X: Any, n_features: int) -> None:
    """Raise where `X` is one row, after a fit on rows of several features."""
    is_row = is_flat(X) or (hasattr(X, "to_frame") and len(X.shape) == 1)
    if n_features > 1 and is_row and len(X) == n_features:
        remedy = "X.to_frame().T" if hasattr(X, "to_frame") else "np.reshape(X, (1, -1))"
        raise ValueError(
            f"Expected 2D array, got 1D array instead. Reshape your data: one row of {n_features} "
            f"features is {remedy}."
        )


def check_steps(X: Any, least: int, what: str) -> None:
    """Raise where rows (T, d) are too few, and would be enough if they were columns."""
    shape = np.shape(X) if isinstance(X, (list, np.ndarray)) else getattr(X, "shape", ())
    if len(shape) == 2 and 0 < shape[0] < least <= shape[1]:
        raise ValueError(
            f"X must have at least {least} {what}; got {shape[0]} (n_samples={shape[0]}) of "
            f"{shape[1]} features. If each row is a series, pass X.T."
        )


def check_rows(X: Any) -> None:
    """Say what is wrong with rows in words that fit, where NumPy and scikit-learn would not."""
    if is_flat(X):
        raise ValueError(
            "Expected 2D array, got 1D array instead. Reshape your data: one series of one feature "
            "is X.reshape(-1, 1), or np.reshape(X, (-1, 1)) of a list, rows in time order."
        )
    flat = isinstance(X, (list, tuple)) or (isinstance(X, np.ndarray) and X.ndim == 1)
    if flat and len(X) and isinstance(X[0], (str, bytes)):
        raise ValueError(
            f"Expected 2D array of numbers: X holds text, {str(X[0])!r}. np.asarray(X, "
            "dtype=float).reshape(-1, 1) makes a series of one feature of it, where it is numbers."
        )
    rows = X if isinstance(X, (list, tuple)) or holds_objects(X) and np.ndim(X) == 1 else []
    if len({np.size(row) for row in rows}) > 1:
        raise ValueError(
            "X must be one series (T, d), a panel (K, T, d) or a list of (T_k, d) arrays; got a "
            "list of rows of unequal lengths. Reshape each 1-D series with .reshape(-1, 1), as in "
            "[np.reshape(x, (-1, 1)) for x in X]."
        )
    if isinstance(X, np.ndarray) and X.dtype.names:
        raise ValueError("X is a structured array: pandas.DataFrame(X) has a column of each field.")
    listed = isinstance(X, (list, tuple, np.ndarray))
    _check_cells(X[0] if listed and len(np.shape(X)) and len(X) else ())
    cell = X.iloc[0, 0] if hasattr(X, "iloc") and np.ndim(X) == 2 and np.size(X) else None
    if hasattr(cell, "__len__") and not isinstance(cell, str):
        raise ValueError(
            f"X is a frame whose cells hold whole series, {type(cell).__name__} each: hand over a "
            "list of arrays, [np.column_stack(row) for row in X.itertuples(index=False)]."
        )


def _check_cells(row: Any) -> None:
    """Raise where the first of rows in lists, or of an array of objects, holds no numbers."""
    if isinstance(row, DATES):
        raise ValueError(
            f"X holds dates alone, {row} the first: hand over their values, with the dates as the "
            "index, pandas.Series(values, index=X)."
        )
    if isinstance(row, Mapping):
        raise ValueError("X is a list of records: pandas.DataFrame(X) has a column of each name.")
    for k, cell in enumerate(row if np.ndim(row) == 1 else ()):
        if isinstance(cell, DATES):
            raise ValueError(
                f"column {k} of X holds dates, {cell} the first: make them the index of a frame, "
                f"pandas.DataFrame(X).set_index({k}).astype(float)."
            )
        if isinstance(cell, str) and not _is_number(cell):
            raise ValueError(
                f"could not convert string to float: column {k} of X holds text, {str(cell)!r} the "
                "first. Leave it out, or make numbers of it, as scikit-learn's OneHotEncoder does."
            )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def holds_objects(y: Any) -> bool:
    """Whether this is an array of objects."""
    return isinstance(y, np.ndarray) and y.dtype.kind == "O"
