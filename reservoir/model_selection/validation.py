"""How candidates do on the folds of one series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from .candidates import fits_of, known
from .scorers import ForecastScorer

Folds = Sequence[tuple[np.ndarray, np.ndarray]]


def training_of(data: tuple[Any, Any], folds: Folds, longest: int | None) -> tuple[Any, Any]:
    """Return the last rows before the first fold, and their exogenous ones."""
    rows = folds[0][0] if longest is None else folds[0][0][-longest:]
    X, exog = data
    return _safe_indexing(X, rows), None if exog is None else _safe_indexing(exog, rows)


def validate(
    estimator: Any, settings: Sequence[Mapping[str, Any]], scorer: Any, data: tuple[Any, Any],
    folds: Folds, longest: int | None, start: Any = None,
) -> tuple[np.ndarray, Exception | None]:  # fmt: skip
    """Return scores (settings, folds) of settings that differ in alpha alone, and what failed.

    One fit, on the last rows before the first fold; NaN where it fails.
    """
    tests = np.concatenate([test for _, test in folds])
    X, exog = data
    test = _safe_indexing(X, tests)
    coming = known(None if exog is None else _safe_indexing(exog, tests))
    try:
        models = fits_of(estimator, settings, *training_of(data, folds, longest), start)
    except ValueError as error:
        return np.full((len(settings), len(folds)), np.nan), error
    if not isinstance(scorer, ForecastScorer):
        return np.array([[scorer(model, test, **coming)] for model in models]), None
    return scorer.of_path(models, test, len(folds), **coming), None


def parts_of(X: Any, folds: Folds) -> list[tuple[Any, Any]]:
    """Return what each fold trains on, and what it is tested on."""
    return [(_safe_indexing(X, train), _safe_indexing(X, test)) for train, test in folds]
