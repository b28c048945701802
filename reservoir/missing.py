"""What stands where nothing was seen: the last value, the mean, or a straight line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

#: Rows after a gap that a network's errors through it still show in.
SHAKEN = 3

#: How gaps of sequences may be filled.
FILLINGS = ("last", "mean", "interpolate")


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
