"""The times of a frame's rows: steps between them that a reservoir reads, and rows left out."""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np

from .frames import Frame, check_order

#: Values of a reservoir's ``dt`` that take the steps of the index, always and where it is uneven,
#: and the column that holds them.
INDEX, AUTO, COLUMN = "index", "auto", "time step"
#: A step is a gap from so many usual ones on; days that are left out up to so many are holidays.
GAP, HOLIDAYS = 1.5, 5


def time_features(part: Any) -> list[Any]:
    """Return the ``dt`` of a reservoir, and of those within an estimator, as far as they have one.

    Examples
    --------
    >>> from reservoir import ESNRegressor, Reservoir
    >>> from reservoir.timing import time_features
    >>> time_features(ESNRegressor(Reservoir(time_constant=2.0, dt="index")))
    ['index']
    """
    own = getattr(part, "dt", None)
    if own == AUTO and not getattr(part, "lives_in_time", True):
        own = None
    inner = [getattr(part, "reservoir", None)]
    several = getattr(part, "reservoirs", None)
    inner += several if isinstance(several, (list, tuple)) else []
    found = [] if own is None else [own]
    return found + [each for one in inner if one is not None for each in time_features(one)]


def reads_index(estimator: Any) -> bool:
    """Whether an estimator, fitted where its reservoir decides, takes the steps of the index."""
    kinds = time_features(estimator)
    return INDEX in kinds or (AUTO in kinds and getattr(estimator, "_is_uneven", False))


def timed(
    estimator: Any, X: Any, *, reset: bool, before: Frame | None = None, regular: bool = False
) -> Any:
    """Return frames with the time since the row before as a last column, where it is read.

    Steps of dates are in median steps of the fit, those of numbers as they are, or, where the fit
    found them uneven, in median steps too. The first row of what comes after the fit is as far from
    its last row as the index says; other first rows are a usual step.

    Parameters
    ----------
    estimator : estimator
    X : frame or series of pandas, or list of these
    reset : bool
        Whether it is fitted: the unit of steps is kept for later.
    before : Frame, optional
        What `X` goes on from, where it is not the fit.
    regular : bool, default=False
        Whether rows have to be even, so that nothing is to be found out.

    Raises
    ------
    ValueError
        If there is no index.
    """
    kinds = time_features(estimator)
    if INDEX not in kinds and (AUTO not in kinds or regular):
        return X
    items = X if isinstance(X, (list, tuple)) else [X]
    times: list[Any] = [_times(Frame.of(item).index) for item in items]
    if reset:
        estimator._is_uneven = all(at is not None for at in times) and any(
            _is_off(Frame.of(item).index, at).any() for item, at in zip(items, times, strict=True)
        )
    if not reads_index(estimator):
        return X
    if any(found is None for found in times):
        index = Frame.of(items[0]).index
        got = type(items[0]).__name__ if index is None else f"an index of {index.dtype}"
        told = f"{INDEX!r}" if INDEX in kinds else f"{AUTO!r}, after a fit of uneven rows,"
        raise ValueError(
            f"dt={told} needs frames or series of pandas whose index tells their times, dates "
            f"or numbers; got {got}. pandas.to_datetime makes dates of text."
        )
    if reset:
        steps = np.concatenate([np.diff(found) for found in times])
        estimator._usual_step = float(np.median(steps)) if steps.size else 1.0
        index = Frame.of(items[0]).index
        as_it_is = INDEX in kinds and not _is_dated(index)
        estimator._time_unit = 1.0 if as_it_is else estimator._usual_step
    before = getattr(estimator, "_frame", None) if before is None else before
    last = None if reset else _last_time(before)
    pairs = zip(items, times, strict=True)
    found = [_with_steps(estimator, item, at, last if item is X else None) for item, at in pairs]
    return found[0] if items[0] is X else found


def _with_steps(estimator: Any, item: Any, times: Any, last: float | None) -> Any:
    first = estimator._usual_step
    if last is not None and times[0] > last:
        first = times[0] - last
    steps = np.concatenate([[first], np.diff(times)]) / estimator._time_unit
    frame = item.to_frame() if hasattr(item, "to_frame") else item
    return frame.rename(columns=str).assign(**{COLUMN: steps})


def _last_time(before: Frame | None) -> float | None:
    """Return the time of the last row of a frame, where it is known."""
    index = None if before is None else before.index
    times = None if index is None or not len(index) else _times(index[-1:])
    return None if times is None else float(times[0])


def _is_dated(index: Any) -> bool:
    return index.dtype.kind not in "iuf"


def _times(index: Any) -> np.ndarray | None:
    """Return the times of an index as floats, nanoseconds where they are dates."""
    pd = sys.modules.get("pandas")
    if pd is None or index is None:
        return None
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if getattr(index, "tz", None) is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    if isinstance(index, (pd.DatetimeIndex, pd.TimedeltaIndex)):
        values = index.to_numpy()
        kind = "datetime64[ns]" if values.dtype.kind == "M" else "timedelta64[ns]"
        return values.astype(kind).astype(np.int64).astype(float)
    if index.dtype.kind in "iuf":
        return index.to_numpy(dtype=float)
    return None


def _is_off(index: Any, times: np.ndarray) -> np.ndarray:
    """Whether each step between rows is another than the usual one; days off are usual."""
    steps = np.diff(times)
    usual = float(np.median(steps)) if len(steps) > 1 else 0.0
    if not usual > 0:
        return np.zeros(len(steps), dtype=bool)
    is_off = (steps > GAP * usual) | (steps < usual / GAP)
    if _is_dated(index) and usual == 86400e9:  # days, of which some are no working days
        is_off &= (steps > HOLIDAYS * usual) | (steps < usual)
    return is_off


def tell_left_out(estimator: Any, X: Any, y: Any = None, stacklevel: int = 3) -> None:
    """Warn where the index says that rows were left out, and no reservoir reads it.

    Behind a scaler `X` is an array, and the index of its targets `y`, one for each row, tells.

    Raises
    ------
    ValueError
        If the index of `y` is not in the order of time.
    """
    name, index = "X", Frame.of(X).index
    if index is None and (index := Frame.of(y).index) is not None:
        check_order(index, name := "y")
    times = None if index is None else _times(index)
    if times is None or len(times) < 3:
        return
    steps = np.diff(times)
    is_gap = _is_off(index, times) & (steps > np.median(steps))
    told = [kind for kind in time_features(estimator) if kind != AUTO]
    if not is_gap.any() or told or reads_index(estimator):
        return
    where, n_gaps = index[int(np.argmax(is_gap))], int(np.count_nonzero(is_gap))
    often = "once" if n_gaps == 1 else f"{n_gaps} times"
    warnings.warn(
        f"the index of {name} leaves rows out, {often}, first after {where}: "
        "each row is taken as the step after the one before. Hand over even steps, as pandas' "
        "asfreq() and interpolate() make them, or take a reservoir that reads the time of an "
        "uneven index: Reservoir(time_constant=...).",
        stacklevel=stacklevel,
    )
