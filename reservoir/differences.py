"""Differences over lags, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def difference(x: np.ndarray, lags: Sequence[int]) -> np.ndarray:
    """Take differences over each of the `lags` in turn: ``x[t] - x[t - lag]``.

    Parameters
    ----------
    x : ndarray of shape (T, d)
    lags : sequence of int

    Returns
    -------
    differences : ndarray of shape (T - sum(lags), d)

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.differences import difference
    >>> difference(np.array([[1], [2], [4], [8]]), (1, 2)).ravel()
    array([3])
    """
    for lag in lags:
        x = x[lag:] - x[:-lag]
    return x


def carried(x: np.ndarray, lags: Sequence[int]) -> np.ndarray:
    """Return what the past adds to each next step: ``x[t + 1]`` less its `difference`.

    Parameters
    ----------
    x : ndarray of shape (T, d)
    lags : sequence of int

    Returns
    -------
    carried : ndarray of shape (T - sum(lags), d)
        Of the steps ``sum(lags) + 1`` … ``T``, the last of which has not come yet.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.differences import carried
    >>> carried(np.array([[1.0], [2.0], [4.0], [8.0]]), (2,)).ravel()
    array([2., 4.])
    """
    n_steps = len(x) - sum(lags)
    total = np.zeros((n_steps, x.shape[1]))
    for lag in lags:
        stop = len(x) + 1 - lag
        total += x[stop - n_steps : stop]
        x = x[lag:] - x[:-lag]
    return total


def undifference(steps: np.ndarray, history: np.ndarray, lags: Sequence[int]) -> np.ndarray:
    """Continue a series from its coming differences, the inverse of `difference`.

    Parameters
    ----------
    steps : ndarray of shape (T, d)
        What `difference` would give for the T coming steps.
    history : ndarray of shape (>= sum(lags), d)
        The series before them.
    lags : sequence of int

    Returns
    -------
    x : ndarray of shape (T, d)

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.differences import undifference
    >>> undifference(np.array([[1.0], [2.0]]), np.array([[10.0]]), (1,)).ravel()
    array([11., 13.])
    """
    if not lags:
        return steps
    lag, rest = lags[0], lags[1:]
    steps = undifference(steps, difference(history, lags[:1]), rest)
    n_steps, n_features = steps.shape
    # steps of one phase of the season stand in one column: their sums continue its last value
    seasons = np.zeros((-(-n_steps // lag), lag, n_features))
    seasons.reshape(-1, n_features)[:n_steps] = steps
    seasons[0] += history[len(history) - lag :]
    return seasons.cumsum(axis=0).reshape(-1, n_features)[:n_steps]


def unseen_steps(x: np.ndarray, lags: Sequence[int]) -> np.ndarray:
    """Return which steps of the differences of a series (T, d) hold a row that was not seen."""
    lost = np.isnan(x).any(axis=1)
    for lag in lags:
        lost = lost[lag:] | lost[:-lag]
    return lost


#: Above this a series has a trend, as its 1 % level says.
TRENDING = 0.739


def trends(x: np.ndarray) -> np.ndarray:
    r"""Return the KPSS statistic of every column of a series, which is large where it has a trend.

    .. math:: \frac{\sum_t S_t^2}{T^2 \hat\sigma^2}, \quad S_t = \sum_{s \le t} (x_s - \bar x)

    with the long-run variance :math:`\hat\sigma^2` by Bartlett's weights over
    :math:`3 \sqrt T / 13` lags.

    Parameters
    ----------
    x : ndarray of shape (T, d)

    Returns
    -------
    statistics : ndarray of shape (d,)

    References
    ----------
    Kwiatkowski, Phillips, Schmidt & Shin (1992), Testing the null hypothesis of stationarity
    against the alternative of a unit root, Journal of Econometrics 54.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.differences import trends
    >>> t = np.arange(100.0)
    >>> trends(np.column_stack([t, np.sin(t)])) > 0.739
    array([ True, False])
    """
    n = len(x)
    off = x - x.mean(axis=0)
    longest = int(3 * np.sqrt(n) / 13)
    variance = np.square(off).sum(axis=0)
    for lag in range(1, longest + 1):
        variance += 2 * (1 - lag / (longest + 1)) * (off[lag:] * off[:-lag]).sum(axis=0)
    sums = np.square(np.cumsum(off, axis=0)).sum(axis=0)
    return np.where(variance > 0, sums / (n * np.where(variance > 0, variance, 1.0)), 0.0)
