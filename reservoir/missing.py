"""What stands where nothing was seen: the last value, the mean, a line, or what comes round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

#: Rows after a gap that a network's errors through it still show in.
SHAKEN = 3

#: Values from which a series may have a trend and a season.
LEAST_SEEN = 6

#: How gaps of sequences may be filled.
FILLINGS = ("last", "mean", "interpolate")


def unmasked(X: Any) -> Any:
    """Return a masked array, or a list that holds some, with NaN for what is masked.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.missing import unmasked
    >>> unmasked(np.ma.masked_equal([1, -99, 3], -99))
    array([ 1., nan,  3.])
    """
    if isinstance(X, np.ma.MaskedArray):
        floats = X.dtype if X.dtype.kind == "f" else float
        return np.ma.filled(np.ma.array(X, dtype=floats), np.nan)
    if isinstance(X, (list, tuple)) and any(isinstance(x, np.ma.MaskedArray) for x in X):
        return [unmasked(x) for x in X]
    return X


def stretches(lost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of every gap, and the row after its last.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.missing import stretches
    >>> [each.tolist() for each in stretches(np.array([True, False, True, True]))]
    [[0, 2], [1, 4]]
    """
    edges = np.flatnonzero(np.diff(lost.astype(int), prepend=0, append=0))
    return edges[::2], edges[1::2]


def calm(x: np.ndarray) -> np.ndarray:
    """Return a series (T, d) with NaN also in the first rows after each gap, at most as many.

    There a network that ran through the gap may be far off still. As it was, where that would
    take more than half of what was seen.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.missing import calm
    >>> calm(np.array([[0.0], [np.nan], [np.nan], [3.0], [4.0], [5.0], [6.0]])).ravel()
    array([ 0., nan, nan, nan, nan,  5.,  6.])
    """
    lost = np.isnan(x).any(axis=1)
    after = np.zeros(len(x), dtype=bool)
    for start, stop in zip(*stretches(lost), strict=True):
        after[stop : stop + min(stop - start, SHAKEN)] = True
    after &= ~lost
    if 2 * after.sum() > (~lost).sum():
        return x
    return np.where(after[:, None], np.nan, x)


def interpolated(x: np.ndarray) -> np.ndarray:
    """Return a series (T, d) with straight lines in its gaps, level before and after all rows.

    A column of which nothing was seen stays as it is.
    """
    x, rows = np.array(x, dtype=float), np.arange(len(x))
    for column in x.T:
        seen = ~np.isnan(column)
        if seen.any():
            column[~seen] = np.interp(rows[~seen], rows[seen], column[seen])
    return x


def of_other_rounds(x: np.ndarray, season: int) -> np.ndarray:
    """Return for each row of a series (T,) what the nearest rounds say that saw its phase.

    On a line between the one before and the one after, or what the only one has; never what the row
    itself has, and NaN where no other round saw it.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.missing import of_other_rounds
    >>> of_other_rounds(np.array([1.0, 5.0, np.nan, 7.0, 3.0, 9.0]), 2)
    array([3., 7., 2., 7., 1., 7.])
    """
    n_rounds = -(-len(x) // season)
    table = np.append(x, np.full(n_rounds * season - len(x), np.nan)).reshape(n_rounds, season)
    rounds = np.arange(float(n_rounds))[:, None]
    seen = np.where(np.isnan(table), np.nan, rounds)
    none = np.full((1, season), np.nan)
    before = np.vstack([none, held(seen)[:-1]])
    after = np.vstack([held(seen[::-1])[::-1][1:], none])
    first, last = (
        np.where(np.isnan(before), after, before),
        np.where(np.isnan(after), before, after),
    )
    ends = [
        np.take_along_axis(table, np.nan_to_num(at).astype(int), axis=0) for at in (first, last)
    ]
    share = (rounds - first) / np.where(last > first, last - first, 1.0)
    found = np.where(last > first, ends[0] + share * (ends[1] - ends[0]), ends[0])
    return np.where(np.isnan(first), np.nan, found).ravel()[: len(x)]


def filled_between(x: np.ndarray, seasons: Sequence[int]) -> np.ndarray:
    """Return a series (T,) with its gaps filled by straight lines, or beside its other rounds.

    Each gap is filled as would have been nearest to what was seen, over gaps of that length: by a
    line, or by what other rounds of one of the seasons say and a line in what remains.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.missing import filled_between
    >>> x = np.tile([1.0, 2.0, 9.0, 4.0], 5) + np.arange(20)
    >>> x[9:13] = np.nan
    >>> filled_between(x, [4])[9:13]
    array([11., 19., 15., 13.])
    """
    lost, rows, filled = np.isnan(x), np.arange(len(x)), np.array(x, dtype=float)
    if not lost.any() or lost.all():
        return filled
    shapes = _shapes(x, seasons)
    rests = [x - shape for shape in shapes]
    known = [np.flatnonzero(~np.isnan(rest)) for rest in rests]
    ways = [
        shape + np.interp(rows, at, rest[at]) if len(at) else np.full(len(x), np.nan)
        for shape, rest, at in zip(shapes, rests, known, strict=True)
    ]
    off = cache(lambda reach: [_off(rest, reach) for rest in rests])
    for start, stop in zip(*stretches(lost), strict=True):
        usable = [bool(np.isfinite(way[start:stop]).all()) for way in ways]
        best = np.argmin(np.where(usable, off((stop - start) // 2 + 1), np.inf))
        filled[start:stop] = ways[best][start:stop]
    return filled


def _shapes(x: np.ndarray, seasons: Sequence[int]) -> list[np.ndarray]:
    """Return what gaps may be filled beside: nothing, and what other rounds of each season say."""
    lost, rows = np.isnan(x), np.arange(len(x))
    if len(x) - lost.sum() < LEAST_SEEN:
        return [np.zeros(len(x))]
    # the first and the last round have another on one side alone, which a trend must not shift
    trend = np.polynomial.Polynomial.fit(rows[~lost], x[~lost], 1)(rows)
    rounds = [season for season in seasons if 1 < season <= len(x) // 3]
    return [np.zeros(len(x)), *(trend + of_other_rounds(x - trend, season) for season in rounds)]


def off_the_line(x: np.ndarray, seasons: Sequence[int]) -> float:
    """Return how far rows of (T,) are off, on average, what `filled_between` makes of one alone.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.missing import off_the_line
    >>> week = np.tile([1.0, 2.0, 9.0, 4.0], 6)
    >>> round(off_the_line(week, [1]), 1), round(off_the_line(week, [4]), 1)
    (3.1, 0.0)
    """
    return min(_off(x - shape, 1) for shape in _shapes(x, seasons))


def _off(x: np.ndarray, reach: int) -> float:
    """Return how far rows are off the middle of those `reach` before and after, on average."""
    middle = (x[: -2 * reach] + x[2 * reach :]) / 2
    off = np.abs(x[reach : len(x) - reach] - middle) if len(middle) else middle
    off = off[~np.isnan(off)]
    return float(off.mean()) if len(off) else np.inf


def held(x: np.ndarray) -> np.ndarray:
    """Return a series (T, d) with the last value in its gaps; NaN before the first one.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.missing import held
    >>> held(np.array([[np.nan], [1.0], [np.nan], [3.0]])).ravel()
    array([nan,  1.,  1.,  3.])
    """
    rows = np.where(np.isnan(x), 0, np.arange(len(x))[:, None])
    return np.take_along_axis(x, np.maximum.accumulate(rows, axis=0), axis=0)


def mean_of(items: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean (d,) of all that was seen of sequences; zero of what never was."""
    together = np.concatenate(items)
    seen = ~np.isnan(together)
    return np.where(seen, together, 0.0).sum(axis=0) / np.maximum(seen.sum(axis=0), 1)


def filled(items: Sequence[np.ndarray], how: str, mean: np.ndarray) -> list[np.ndarray]:
    """Return sequences whose gaps are filled; as they are where they have none.

    Parameters
    ----------
    items : sequence of (T_k, d) arrays
        NaN is what was not seen.
    how : {"last", "mean", "interpolate"}
        The last value, which no later row changes; the mean; or a straight line.
    mean : ndarray of shape (d,)
        What stands where there is no other: before the first value, say.
    """
    fills: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "last": held, "interpolate": interpolated, "mean": np.asarray,
    }  # fmt: skip
    answer = []
    for item in items:
        if np.isnan(item.sum()) and np.isnan(item).any():
            item = fills[how](item)
            item = np.where(np.isnan(item), mean, item).astype(item.dtype)
        answer.append(item)
    return answer


def without_padding(item: np.ndarray) -> np.ndarray:
    """Return a sequence without the rows after the last one of which something was seen."""
    seen = np.flatnonzero(~np.isnan(item).all(axis=1))
    return item[: seen[-1] + 1]
