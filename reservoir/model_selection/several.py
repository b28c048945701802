"""Folds of several series, within each or of whole ones, and how candidates do on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import _safe_indexing

from ..checks import folds_of
from ..esn import divergence_is_known
from ..frames import Frame, as_column
from ..sequences import form_of
from .candidates import check_adjoining, check_successive, fits_of, known
from .scorers import ForecastScorer

#: Rows that a forecast is told of what precedes it, at most.
LONGEST_CONTEXT = 3000


@dataclass(frozen=True)
class SeveralFold:
    """What is trained on, and the stretches that are forecast from what precedes each.

    Attributes
    ----------
    train : tuple of (int, int)
        Series, and how many of its first rows.
    tests : tuple of (int, int, int)
        Series, first row and one past the last.
    """

    train: tuple[tuple[int, int], ...]
    tests: tuple[tuple[int, int, int], ...]

    @property
    def n_rows(self) -> int:
        """Rows of the training."""
        return sum(rows for _, rows in self.train)


def several_folds(X: Sequence[Any], cv: Any, hold_out: str) -> list[SeveralFold]:
    """Return folds of several series.

    Parameters
    ----------
    X : K series
    cv : splitter
        Of the rows of each.
    hold_out : {"rows", "series"}
        "rows": fold j trains on what precedes the j-th test fold of every series, counted from
        their ends. "series": each series in turn is left out, and forecast on all its test folds.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> from reservoir.model_selection.several import several_folds
    >>> X = [np.zeros((20, 1)), np.zeros((12, 1))]
    >>> for fold in several_folds(X, TimeSeriesSplit(2, test_size=3), "rows"):
    ...     print(fold.train, fold.tests)
    ((0, 14), (1, 6)) ((0, 14, 17), (1, 6, 9))
    ((0, 17), (1, 9)) ((0, 17, 20), (1, 9, 12))
    >>> for fold in several_folds(X, TimeSeriesSplit(2, test_size=3), "series"):
    ...     print(fold.train, fold.tests)
    ((1, 12),) ((0, 14, 17), (0, 17, 20))
    ((0, 20),) ((1, 6, 9), (1, 9, 12))
    """
    each = [_folds(cv, x, k) for k, x in enumerate(X)]
    for k, folds in enumerate(each):
        check_adjoining(folds)
        if any(train[0] != 0 for train, _ in folds):
            raise ValueError(
                f"cv must train on all rows before a test fold where there are several series: "
                f"folds of X[{k}] train on some of them."
            )
    tests = [
        [(k, int(test[0]), int(test[-1]) + 1) for _, test in folds] for k, folds in enumerate(each)
    ]
    if hold_out == "series":
        rows = [(k, len(x)) for k, x in enumerate(X)]
        return [
            SeveralFold(tuple(rows[:k] + rows[k + 1 :]), tuple(of_one))
            for k, of_one in enumerate(tests)
        ]
    n_folds = min(map(len, tests))
    columns = zip(*(of_one[-n_folds:] for of_one in tests), strict=True)
    return [
        SeveralFold(tuple((k, first) for k, first, _ in column), tuple(column))
        for column in columns
    ]


def _folds(cv: Any, x: Any, k: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the folds of one of several series; what is wrong with it is told by its place."""
    try:
        return folds_of(cv, x)
    except ValueError as error:
        raise ValueError(f"X[{k}] has no folds: {error}") from error


def check_each_successive(X: Sequence[Any], cv: Any) -> None:
    """Raise where the test folds of a series do not follow each other."""
    for x in X:
        check_successive(folds_of(cv, x))


def index_of_rows(X: Any) -> Any:
    """Return the pandas index of a series, or of the first of several, or None."""
    return Frame.of(X if form_of(X) == "series" else X[0]).index


def pasts_of(X: Sequence[Any], folds: Sequence[SeveralFold]) -> list[tuple[Any, Any]]:
    """Return what precedes each stretch that is forecast, and that stretch."""
    return [
        (_rows(X[k], 0, first), _rows(X[k], first, stop))
        for fold in folds for k, first, stop in fold.tests
    ]  # fmt: skip


def training_of_several(
    data: tuple[Any, Any], folds: Sequence[SeveralFold], longest: int | None
) -> tuple[Any, Any]:
    """Return the training of the first fold, of `longest` rows together, and its exogenous rows."""
    X, exog = data
    share = 1.0 if longest is None else min(1.0, longest / folds[0].n_rows)
    cuts = [(k, stop - int(np.ceil(share * stop)), stop) for k, stop in folds[0].train]
    beside = None if exog is None else [_rows(exog[k], *cut) for k, *cut in cuts]
    return [_rows(X[k], *cut) for k, *cut in cuts], beside


def validate_several(
    estimator: Any, settings: Sequence[Mapping[str, Any]], scorer: ForecastScorer,
    data: tuple[Any, Any], folds: Sequence[SeveralFold], longest: int | None, start: Any = None,
) -> tuple[np.ndarray, Exception | None]:  # fmt: skip
    """Return scores (settings, folds) of settings that differ in alpha alone, and what failed.

    One fit, on the training of the first fold, of `longest` rows together; NaN where it fails.
    """
    X, exog = data
    scores = np.empty((len(settings), len(folds)))
    try:
        models = fits_of(estimator, settings, *training_of_several(data, folds, longest), start)
        for j, fold in enumerate(folds):
            scores[:, j] = _scores(models, scorer, X, exog, fold)
    except ValueError as error:
        return np.full(scores.shape, np.nan), error
    return scores, None


def _scores(
    models: Sequence[Any], scorer: ForecastScorer, X: Any, exog: Any, fold: SeveralFold
) -> np.ndarray:
    """Return the mean score of each model over all forecasts from within the fold's stretches."""
    places = []
    for k, first, stop in fold.tests:
        (origins,) = scorer.origins(stop - first)
        horizon = stop - first if scorer.horizon is None else scorer.horizon
        places += [(k, first + origin, horizon) for origin in origins]
    errors: list[list[float]] = [[] for _ in models]
    for length in sorted({horizon for *_, horizon in places}):  # stretches may be of two lengths
        some = [(k, at) for k, at, horizon in places if horizon == length]
        pasts = [max(0, at - LONGEST_CONTEXT) for _, at in some]
        contexts = [_rows(X[k], past, at) for past, (k, at) in zip(pasts, some, strict=True)]
        coming, before = {}, {}
        if exog is not None:
            coming = known([_rows(exog[k], at, at + length) for k, at in some])
            before = {"context_exog": [
                _rows(exog[k], past, at) for past, (k, at) in zip(pasts, some, strict=True)
            ]}  # fmt: skip
        with divergence_is_known():
            found = models[0].forecast_path(models, length, contexts, **coming, **before)
        for of_model, forecasts in zip(errors, found, strict=True):
            for (k, at), rows in zip(some, forecasts, strict=True):
                truth = np.asarray(as_column(_rows(X[k], at, at + length)), dtype=float)
                of_model += scorer.of_one(truth.reshape(length, -1), rows)
    return np.array([scorer.score_of(each) for each in errors])


def _rows(x: Any, first: int, stop: int) -> Any:
    return _safe_indexing(x, slice(first, stop))
