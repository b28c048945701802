"""Data laid out otherwise than this library reads them, told where they look so."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from .index import has_dates
from .sequences import Sequences

#: Features from which a series with a label for every step is told, and steps and features from
#: which, and up to which, a series is looked at.
WIDE, LEAST_LOOKED_AT, MOST_LOOKED_AT = 24, 16, 2000
#: Correlation of neighbours from which they go on, and from which those of few rows do, and by how
#: much columns have to be closer to each other than these rows.
GOES_ON, OF_FEW, CLOSER = 0.5, 0.6, 0.15
#: Columns apart that are looked at: neighbours, and those of a season.
APART = 1, 7, 12, 24


def tell_layout(sequences: Sequences, reader: str, stacklevel: int = 4, name: str = "X") -> None:
    """Warn where data look as if their steps were taken for features.

    Parameters
    ----------
    sequences : Sequences
    reader : {"forecaster", "regressor", "classifier", "reservoir"}
        What reads them, and says what else they could be.
    stacklevel : int, default=4
    name : str, default="X"

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from reservoir.layouts import tell_layout
    >>> from reservoir.sequences import check_sequences
    >>> waves = np.sin(0.4 * np.arange(100) + np.arange(5)[:, None] ** 2)
    >>> with warnings.catch_warnings(record=True) as told:
    ...     warnings.simplefilter("always")
    ...     tell_layout(check_sequences(BaseEstimator(), waves, reset=True), "forecaster")
    >>> str(told[0].message).split(", ")[1]
    '100) is read as 100 series of 5 steps'
    """
    n_steps, d = sequences.items[0].shape
    if sequences.form != "series":
        told = _of_sequences(sequences, name, reader)
    elif reader == "classifier":
        told = (
            f"{name} of shape ({n_steps}, {d}) is read as one series of {n_steps} steps and {d} "
            f"features, with a label for every step. For {n_steps} sequences of {d} steps, pass "
            f"{name}[:, :, None]."
        ) if d >= WIDE else ""  # fmt: skip
    elif has_dates(sequences.index) or not _goes_across(sequences.items[0], reader):
        told = ""
    else:
        as_read, else_pass = {
            "regressor": (
                f"one series of {d} features",
                f"if each row is a sequence, pass {name}[:, :, None], and a target for each.",
            ),
            "reservoir": (
                f"one series of {d} features",
                f"if each row is a sequence, pass {name}[:, :, None].",
            ),
            "forecaster": (
                f"{d} series of {n_steps} steps", f"if each row is a series, pass {name}.T."
            ),
        }[reader]  # fmt: skip
        told = (
            f"{name} of shape ({n_steps}, {d}) is read as {as_read}, a step each row, and its "
            f"values go on from column to column, and not from row to row: {else_pass}"
        )
    if told:
        warnings.warn(told, stacklevel=stacklevel)


@contextmanager
def layout_is_known() -> Iterator[None]:
    """Say nothing of layouts and of numbers that an index leaves out: whoever asked has told it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"the index of \S+ (leaves out|repeats|steps unevenly)")
        warnings.filterwarnings("ignore", r"\S+ of shape \(.*\) is read as")
        yield


def _of_sequences(sequences: Sequences, name: str, reader: str) -> str:
    """Return what is to be said of sequences of more features than steps, nothing of others.

    Of those that are not to be classified, only where values go on from column to column.
    """
    items = sequences.items
    if not all(n_steps < d for n_steps, d in map(np.shape, items)):
        return ""
    rows = np.concatenate(items[:MOST_LOOKED_AT])[:MOST_LOOKED_AT]
    if reader != "classifier" and not _alike(np.nan_to_num(rows).T, of_rows=False) > OF_FEW:
        return ""
    n_steps, d = sequences.items[0].shape
    if sequences.form == "panel":
        shape = f"{name} of shape ({len(sequences.items)}, {n_steps}, {d})"
        else_pass = f"reservoir.interchange.from_aeon({name})"
    else:
        shape = f"{name}[0] of shape ({n_steps}, {d})"
        else_pass = f"[np.transpose(x) for x in {name}]"
    return (
        f"{shape} is read as sequences of {n_steps} steps and {d} features. If they are of "
        f"{n_steps} channels and {d} steps, pass {else_pass}."
    )


def _goes_across(x: np.ndarray, reader: str) -> bool:
    """Whether values (T, d) go on from column to column, and not from row to row."""
    x = x[:MOST_LOOKED_AT, :MOST_LOOKED_AT]
    n_steps, d = x.shape
    if d < LEAST_LOOKED_AT or n_steps < 3:
        return False
    across, along = max(_alike(x.T, k) for k in APART if 2 * k < d), _alike(x)
    few = reader == "forecaster" and n_steps < d and across > OF_FEW and along < across - CLOSER
    return few or (n_steps >= LEAST_LOOKED_AT and across > GOES_ON and abs(along) < GOES_ON / 2)


def _alike(x: np.ndarray, apart: int = 1, of_rows: bool = True) -> float:
    """Return the correlation of rows `apart`, beside the means of columns, and of rows."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing was seen
        z = x - np.nanmean(x, axis=0)
        z = np.nan_to_num(z - np.nanmean(z, axis=1, keepdims=True) if of_rows else z)
        a, b = z[:-apart], z[apart:]
        found = (a * b).sum() / np.sqrt(np.square(a).sum() * np.square(b).sum())
    return float(np.nan_to_num(found))
