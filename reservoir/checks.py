"""What parameters may be, and what says so: scikit-learn's own constraints, for functions too."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from numbers import Integral, Real
from typing import Any, TypeVar

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, validate_params

from .missing import unmasked

Function = TypeVar("Function", bound=Callable[..., Any])

COUNT = Interval(Integral, 1, None, closed="left")
COUNT_OR_ZERO = Interval(Integral, 0, None, closed="left")
POSITIVE = Interval(Real, 0, np.inf, closed="neither")


def checked(**constraints: list[Any]) -> Callable[[Function], Function]:
    """Refuse what the parameters of a function may not be, as estimators do in `fit`.

    Examples
    --------
    >>> from reservoir.checks import COUNT, checked
    >>> @checked(n_steps=[COUNT])
    ... def zeros(n_steps):
    ...     return [0] * n_steps
    >>> try:
    ...     zeros(-1)
    ... except ValueError as error:
    ...     print(error)
    The 'n_steps' parameter of zeros must be an int in the range [1, inf). Got -1 instead.
    """
    decorator: Any = partial(validate_params, prefer_skip_nested_validation=False)
    return decorator(constraints)


def numbers_of(part: Any, name: str, **options: Any) -> np.ndarray:
    """Return an array of numbers, as `~sklearn.utils.check_array` does; dates and text are none.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.checks import numbers_of
    >>> numbers_of([1, 2], "y", ensure_2d=False)
    array([1., 2.])
    """
    part = unmasked(part)
    if any(_is_temporal(kind) for kind in _kinds_of(part)):
        raise ValueError(f"{name} must be numbers; it holds dates or spans of time.")
    try:
        return np.asarray(check_array(part, dtype=np.float64, input_name=name, **options))
    except (ValueError, TypeError) as error:
        if "could not convert" not in str(error) and "float() argument" not in str(error):
            raise
        raise ValueError(f"{name} must be numbers; {error}.") from error


def _kinds_of(part: Any) -> list[Any]:
    """Return the types of an array, of the columns of a frame, or of the first entry of a list."""
    if hasattr(part, "dtypes"):
        return list(np.ravel(np.array(part.dtypes, dtype=object)))
    first = part[0] if isinstance(part, (list, tuple)) and part else part
    return [getattr(first, "dtype", None)]


def _is_temporal(kind: Any) -> bool:
    """Whether a type of numpy, pandas or polars is of dates or spans of time."""
    of_polars = getattr(kind, "is_temporal", None)
    return bool(of_polars()) if of_polars else getattr(kind, "kind", "") in ("M", "m")


def folds_of(cv: Any, X: Any) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the folds of data by an int, a splitter, or those that are handed over.

    Examples
    --------
    >>> from reservoir.checks import folds_of
    >>> [(train.tolist(), test.tolist()) for train, test in folds_of([([0, 1], [2])], [0, 0, 0])]
    [([0, 1], [2])]
    """
    try:
        folds = list(check_cv(cv).split(X))
        pairs = [(np.asarray(train), np.asarray(test)) for train, test in folds]
    except TypeError:
        pairs = []
    if not pairs:
        raise ValueError(
            f"cv must be an int, a splitter or pairs of indices, (train, test); got {cv!r}."
        )
    return pairs


def check_count(value: Any, name: str, least: int = 1) -> int:
    """Return an integer not below `least`, or raise a `ValueError`."""
    whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not whole or value < least:
        raise ValueError(f"{name} must be an integer ≥ {least}; got {value!r}.")
    return int(value)


def tell_ignored(estimator: Any, y: Any) -> None:
    """Warn where a forecaster is handed a target beside its series, as regressors are.

    Only of pandas or polars: arrays are what scikit-learn's own tools hand to every `fit`.
    """
    if hasattr(y, "to_frame") or hasattr(y, "columns"):
        warnings.warn(
            f"{type(estimator).__name__} forecasts X itself, every column of it, and reads no y: "
            "hand over the series alone, fit(series). What is known besides, in time, is exog=, "
            "where there is one; a target per row of X is a regressor's, ESNRegressor().fit(X, y).",
            stacklevel=4,
        )
