"""Weights of steps and of sequences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .checks import numbers_of
from .sequences import Sequences, Targets


def check_weights(sample_weight: Any, sequences: Sequences, targets: Targets) -> list[np.ndarray]:
    """Return one weight per target row: given or one, and zero where `y` holds NaN.

    Parameters
    ----------
    sample_weight : None, float, array-like of shape (T,) or (K,), or list of (T_k,) arrays
        Per step for per-step targets, where an array ``(K,)`` weighs whole sequences of a panel or
        list; per sequence for per-sequence targets.

    Returns
    -------
    weights : list of (n_rows_k,) arrays

    Raises
    ------
    ValueError
        If a weight is negative or not finite, or the lengths do not match.
    """
    rows = [len(item) for item in targets.items]
    weights = weights_of_rows(sample_weight, rows, several=sequences.form != "series")
    # weight zero: a step without a target is not trained on
    return [
        np.where(np.isnan(item).any(axis=1), 0.0, w)
        for item, w in zip(targets.items, weights, strict=True)
    ]


def weights_of_rows(sample_weight: Any, rows: Sequence[int], *, several: bool) -> list[np.ndarray]:
    """Return weights (n_rows_k,) of every sequence: as given, that of the sequence, or one.

    Examples
    --------
    >>> from reservoir.weights import weights_of_rows
    >>> weights_of_rows([0.5, 2.0], [2, 3], several=True)
    [array([0.5, 0.5]), array([2., 2., 2.])]
    """
    if hasattr(sample_weight, "to_numpy"):  # a frame is iterated over by its columns' names
        sample_weight = sample_weight.to_numpy()
    if sample_weight is None or _is_one(sample_weight):
        each = 1.0 if sample_weight is None else sample_weight
        return [_checked(each, n) for n in rows]
    if not several:
        return [_checked(sample_weight, rows[0])]
    given = list(sample_weight)
    if all(_is_one(weight) for weight in given):
        of_each = _checked(given, len(rows))
        return [np.full(n, weight) for n, weight in zip(rows, of_each, strict=True)]
    if len(given) != len(rows):
        raise ValueError(
            f"sample_weight must hold weights for each of the {len(rows)} sequences; got "
            f"{len(given)}."
        )
    return [_checked(weight, n) for weight, n in zip(given, rows, strict=True)]


def _is_one(weight: Any) -> bool:
    """Whether this is one number, and no array or list."""
    return bool(np.isscalar(weight)) or getattr(weight, "ndim", 1) == 0


def _checked(weight: Any, n_rows: int) -> np.ndarray:
    if _is_one(weight):
        weight = np.full(n_rows, weight)
    array = numbers_of(weight, "sample_weight", ensure_2d=False)
    if array.shape != (n_rows,):
        raise ValueError(f"sample_weight must have shape ({n_rows},); got {array.shape}.")
    if (array < 0).any():
        raise ValueError(f"sample_weight must be ≥ 0; got {array.min()}.")
    return array
