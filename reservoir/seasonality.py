"""Classical seasonal adjustment: a test, indices, and a series without its season and with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np

#: Two-sided 90 % of the normal distribution.
Z_90 = 1.6448536269514722
#: The 99th, for a season that was searched for.
Z_99 = 2.3263478740408408
#: Least relative index of a multiplicative season, beside which levels would vanish.
LEAST_INDEX = 0.01
#: Rounds of a season after which one counts half.
HALF_LIFE = 3.0
#: Strength from which three rounds are enough to show a season.
STRONG = 0.64
EPS = float(np.finfo(float).eps)


def autocorrelations(x: np.ndarray, n_lags: int) -> np.ndarray:
    """Return the autocorrelations of a series (T,) at lags 1 to `n_lags` < T; zero if constant."""
    x = x - x.mean()
    square = x @ x
    if not square > 0:
        return np.zeros(n_lags)
    return np.array([x[lag:] @ x[:-lag] for lag in range(1, n_lags + 1)]) / square


def is_seasonal(x: np.ndarray, season: int, z: float = Z_90) -> bool:
    """Whether a series has a season: the test of the Theta method, at 90 %.

    Parameters
    ----------
    x : ndarray of shape (T,)
    season : int
        Rows of a season; False where it is 1, or does not come round three times.
    z : float
        Normal quantile of the level.

    Returns
    -------
    seasonal : bool

    References
    ----------
    Fiorucci, Pellegrini, Louzada, Petropoulos & Koehler (2016), Models for optimising the theta
    method and their relationship to state space models, International Journal of Forecasting 32.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.seasonality import is_seasonal
    >>> is_seasonal(np.tile([1.0, 2.0, 5.0, 3.0], 6), 4), is_seasonal(np.arange(24.0), 4)
    (True, False)
    """
    if season < 2 or len(x) < 3 * season:
        return False
    found = autocorrelations(x, season)
    limit = z * np.sqrt((1 + 2 * np.square(found[:-1]).sum()) / len(x))
    return bool(abs(found[-1]) > limit)


def moving_average(x: np.ndarray, season: int) -> np.ndarray:
    """Return the centred moving average over a season, (T - 2 (season // 2),)."""
    weights = np.ones(season) / season
    if season % 2 == 0:
        weights = np.convolve(weights, [0.5, 0.5])
    return np.convolve(x, weights, mode="valid")


def seasonal_parts(x: np.ndarray, season: int, *, factors: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return what each row is beside the moving average, and its phase in the season.

    Ratios where `factors`, else differences; rows within half a season of either end have none.
    """
    first = season // 2
    level = moving_average(x, season)
    inner = x[first : first + len(level)]
    return inner / level if factors else inner - level, (first + np.arange(len(level))) % season


def seasonal_strength(x: np.ndarray, season: int) -> float:
    """Return the share of the variance about the moving average that is the season's, adjusted.

    Parameters
    ----------
    x : ndarray of shape (T,)
    season : int

    Returns
    -------
    strength : float
        1 where each round is as the one before, about 0 where nothing comes round, adjusted for the
        season's degrees of freedom; 0 of a series that is shorter than three rounds.

    References
    ----------
    Wang, Smith & Hyndman (2006), Characteristic-based clustering for time series data, Data Mining
    and Knowledge Discovery 13.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.seasonality import seasonal_strength
    >>> seasonal_strength(np.tile([1.0, 2.0, 5.0, 3.0], 6) + np.arange(24), 4)
    1.0
    """
    if season < 2 or len(x) < 3 * season:
        return 0.0
    parts, phase = seasonal_parts(x, season, factors=False)
    mean = np.bincount(phase, parts, minlength=season) / np.bincount(phase, minlength=season)
    total, rest = parts.var() * len(parts), np.square(parts - mean[phase]).sum()
    if not total > EPS * np.square(x).sum():
        return 0.0
    return float(1 - (rest / (len(parts) - season)) / (total / (len(parts) - 1)))


def seasonal_indices(x: np.ndarray, season: int, *, multiplicative: bool) -> np.ndarray:
    """Return the classical indices of a season.

    Parameters
    ----------
    x : ndarray of shape (T,)
        At least two seasons.
    season : int
    multiplicative : bool
        Whether they are factors, of mean 1, or terms, of mean 0.

    Returns
    -------
    indices : ndarray of shape (season,)
        Of rows 0, 1, …: row t has that of t modulo `season`.

    References
    ----------
    Hyndman & Athanasopoulos (2021), Forecasting: principles and practice, section 3.4.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.seasonality import seasonal_indices
    >>> x = np.tile([1.0, 3.0], 6) + np.arange(12)
    >>> seasonal_indices(x, 2, multiplicative=False)
    array([-1.,  1.])
    """
    ratios, phase = seasonal_parts(x, season, factors=multiplicative)
    counts = np.bincount(phase, minlength=season)
    indices = np.bincount(phase, ratios, minlength=season) / counts
    if multiplicative:
        indices = np.maximum(indices, LEAST_INDEX)
        return indices * season / indices.sum()
    return indices - indices.mean()


def of_rounds(x: np.ndarray, season: int, multiplicative: bool) -> tuple[np.ndarray, float]:
    """Return the indices of a season that moves, and the mean variance of one.

    Each round of the season counts less than the one after it, by half in `HALF_LIFE` rounds.
    """
    parts, phase = seasonal_parts(x, season, factors=multiplicative)
    if multiplicative:
        parts = np.log(np.maximum(parts, LEAST_INDEX))
    rounds = np.arange(len(parts))[::-1] // season
    weight = 0.5 ** (rounds / HALF_LIFE)
    total = np.bincount(phase, weight, minlength=season)
    indices = np.bincount(phase, weight * parts, minlength=season) / total
    squares = np.bincount(phase, weight * np.square(parts - indices[phase]), minlength=season)
    counts = np.square(total) / np.bincount(phase, np.square(weight), minlength=season)
    return indices, float((squares / total / np.maximum(counts - 1, 0.5)).mean())


def beside_a_line(x: np.ndarray, season: int, multiplicative: bool) -> tuple[np.ndarray, float]:
    """Return indices beside a straight line, of two rounds or more, and the variance of one."""
    level = np.log(x) if multiplicative else x
    rows = np.arange(len(x))
    phase = rows % season
    design = np.column_stack([rows - rows.mean(), np.eye(season)[phase]])
    solution, *_ = np.linalg.lstsq(design, level, rcond=None)
    error = np.square(level - design @ solution).sum() / (len(x) - season - 1)
    return solution[1:], float(error * season / len(x))


def shrunk_indices(x: np.ndarray, season: int, *, multiplicative: bool) -> np.ndarray:
    """Return indices of a season that moves, drawn towards none as far as they are uncertain.

    Those of the logarithm where `multiplicative`. The James-Stein factor 1 - W, W = (m - 3) /
    (m - 1) · V / A, compares the variance V of an index with the spread A of all m. Of less than
    three rounds, where a moving average leaves too little, indices are those beside a line.

    Parameters
    ----------
    x : ndarray of shape (T,)
        At least two seasons.
    season : int
    multiplicative : bool
        Whether they are factors, of mean 1, or terms, of mean 0.

    Returns
    -------
    indices : ndarray of shape (season,)
        Of rows 0, 1, …

    References
    ----------
    Miller & Williams (2003), Shrinkage estimators of time series seasonal factors and their effect
    on forecasting accuracy, International Journal of Forecasting 19.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.seasonality import shrunk_indices
    >>> x = np.tile([1.0, 3.0], 6)
    >>> shrunk_indices(x, 2, multiplicative=False)
    array([-1.,  1.])
    >>> noise = np.random.default_rng(0).normal(size=48)
    >>> bool(abs(shrunk_indices(noise, 12, multiplicative=False)).max() < 0.3)
    True
    """
    found = of_rounds if len(x) >= 3 * season else beside_a_line
    indices, variance = found(x, season, multiplicative)
    indices = indices - indices.mean()
    spread = np.square(indices).sum() / (season - 1)
    lost = (season - 3) / (season - 1) if season > 3 else 1.0
    indices *= max(0.0, 1 - lost * variance / spread) if spread > 0 else 0.0
    if not multiplicative:
        return indices
    factors = np.exp(indices)
    return factors * season / factors.sum()


@dataclass(frozen=True)
class Season:
    """The season of one series: taken off it, and put onto what follows.

    Parameters
    ----------
    indices : ndarray of shape (season,) or None
        None where there is none.
    multiplicative : bool
    n_rows : int
        Of the series.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.seasonality import Season
    >>> x = np.tile([2.0, 4.0, 6.0], 4)
    >>> season = Season.of(x, 3)
    >>> season.off(x)[:3].round(9), season.onto(np.array([4.0, 4.0])).round(9)
    (array([4., 4., 4.]), array([2., 4.]))
    """

    indices: np.ndarray | None
    multiplicative: bool
    n_rows: int

    @classmethod
    def of(cls, x: np.ndarray, season: int) -> Season:
        """Return the season of a series (T,), none where the test finds none.

        Of factors where all values are above zero, else of terms.
        """
        if not is_seasonal(x, season):
            return cls(None, False, len(x))
        multiplicative = bool((x > 0).all())
        indices = seasonal_indices(x, season, multiplicative=multiplicative)
        return cls(indices, multiplicative, len(x))

    @classmethod
    def shrunk(cls, x: np.ndarray, season: int) -> Season:
        """As `of`, of indices that are shrunk, and so need no test."""
        if season < 2 or len(x) < max(2 * season, season + 3):
            return cls(None, False, len(x))
        multiplicative = bool((x > 0).all())
        indices = shrunk_indices(x, season, multiplicative=multiplicative)
        none = np.ptp(indices) <= EPS * np.abs(x).max() * (not multiplicative)
        return cls(None if none else indices, multiplicative, len(x))

    def off(self, x: np.ndarray) -> np.ndarray:
        """Return the series without its season."""
        if self.indices is None:
            return x
        indices = self._of_rows(0, len(x))
        return x / indices if self.multiplicative else x - indices

    def onto(self, x: np.ndarray) -> np.ndarray:
        """Return rows that follow the series, (n,), with its season."""
        if self.indices is None:
            return x
        indices = self._of_rows(self.n_rows, len(x))
        return x * indices if self.multiplicative else x + indices

    def _of_rows(self, first: int, n_rows: int) -> np.ndarray:
        assert self.indices is not None
        return self.indices[(first + np.arange(n_rows)) % len(self.indices)]


def as_seasons(season: int | Sequence[int]) -> tuple[int, ...]:
    """Return one season or several as a tuple, the shortest first.

    Examples
    --------
    >>> from reservoir.seasonality import as_seasons
    >>> as_seasons(12), as_seasons([168, 24])
    ((12,), (24, 168))
    """
    seasons = [season] if isinstance(season, Integral) else np.ravel(season).tolist()
    if not seasons or not all(isinstance(m, Integral) and int(m) >= 1 for m in seasons):
        raise ValueError(f"season must be an integer ≥ 1 or several; got {season!r}.")
    return tuple(sorted({int(m) for m in seasons}))
