"""Features that parameters name: by their numbers, or as the columns of a frame."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from ..sequences import Sequences
from ..timing import AUTO, COLUMN, INDEX


def feature_numbers(wanted: Any, sequences: Sequences, name: str = "features") -> np.ndarray:
    """Return features as numbers.

    Parameters
    ----------
    wanted : int, str or sequence of these
        Negative numbers count from the last feature.
    sequences : Sequences
    name : str
        The parameter, for the error.

    Raises
    ------
    ValueError
        If there is no such feature, or none is wanted.
    """
    n_features = sequences.items[0].shape[1]
    names = None if sequences.names is None else sequences.names.tolist()
    wanted = [wanted] if isinstance(wanted, (str, Integral)) else list(wanted)
    if wanted == [INDEX]:
        return _index_column(n_features, names, name)
    known = {*range(-n_features, n_features), *(names or ())}
    if not wanted or not all(feature in known for feature in wanted):
        allowed = f"numbers below {n_features}" + (f", or among {names}" if names else "")
        raise ValueError(f"{name} must be {allowed}; got {wanted!r}.")
    numbers = (f if isinstance(f, Integral) else (names or []).index(f) for f in wanted)
    return np.array([int(number) % n_features for number in numbers])


def step_row(dt: Any, sequences: Sequences) -> int | None:
    """Return the feature that holds the time since the row before, None where every step is 1."""
    if dt == AUTO:
        names = sequences.names
        dt = COLUMN if names is not None and names[-1] == COLUMN else None
    return None if dt is None else int(feature_numbers(dt, sequences, "dt")[0])


def _index_column(n_features: int, names: list[Any] | None, name: str) -> np.ndarray:
    """Return the number of the last column, where it holds the steps of the index."""
    if names is not None and names[-1] != COLUMN:
        raise ValueError(
            f"{name}={INDEX!r} needs the feature {COLUMN!r}, which is not among {names}."
        )
    return np.array([n_features - 1])
