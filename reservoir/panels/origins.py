"""What each row of a series shows of what comes after it, by the rows up to it alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..seasonality import Season
from .beside import Item

#: Rows whose increments say too little of a series to learn from.
COLD_ROWS = 6
#: What increments are clipped to, in units of their mean size.
LARGEST_INPUT = 6.0
#: What targets and forecasts are clipped to, in the same units, and one more for every step.
LARGEST_STEP = 15.0
#: Least mean size of the increments, of logarithms or in units of the level.
LEAST_SCALE = 1e-6
#: Mean size of the increments that counts as usual; and rows.
USUAL_SCALE, USUAL_ROWS = 0.05, 60.0
#: Logarithm of the length beyond which more rows change no coefficient.
LONGEST = 1.0
#: Columns of `descriptors`.
N_DESCRIPTORS = 17


@dataclass(frozen=True)
class Level:
    """A series without its seasons, as a logarithm where all of it is above zero.

    Parameters
    ----------
    z : ndarray of shape (T,)
        The level.
    seasons : tuple of Season
        In the order in which they were taken off.
    unit : float or None
        What the level is measured in; None for a logarithm.
    least : float
        What no forecast falls below: zero of a series that never does, such as counts.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.panels.origins import Level
    >>> level = Level.of(np.array([1.0, 2.0, 4.0]), seasons=[])
    >>> level.back(level.z[-1:] + np.log(2)).round(9)
    array([8.])
    """

    z: np.ndarray
    seasons: tuple[Season, ...]
    unit: float | None
    least: float = -np.inf

    @classmethod
    def of(cls, x: np.ndarray, seasons: Sequence[int]) -> Level:
        """Return the level of a series (T,), the shortest season taken off first."""
        found, least = [], 0.0 if (x >= 0).all() else -np.inf
        for rows in sorted(seasons):
            found.append(Season.shrunk(x, rows))
            x = found[-1].off(x)
        if (x > 0).all():
            return cls(np.log(x), tuple(found), None, least)
        unit = float(np.abs(x).mean()) or 1.0
        return cls(x / unit, tuple(found), unit, least)

    @property
    def seasonal(self) -> bool:
        """Whether a season was found."""
        return any(season.indices is not None for season in self.seasons)

    def back(self, z: np.ndarray) -> np.ndarray:
        """Return rows that follow the series, (n,), from levels to values."""
        x = np.exp(np.minimum(z, LARGEST_LOG)) if self.unit is None else z * self.unit
        for season in reversed(self.seasons):
            x = season.onto(x)
        return np.maximum(x, self.least)


#: Logarithm of what no forecast exceeds.
LARGEST_LOG = 700.0


def running_autocorrelation(
    d: np.ndarray, lag: int, mean: np.ndarray, var: np.ndarray
) -> np.ndarray:
    """Return the autocorrelation of d[: t + 1] at a lag, for every t.

    Parameters
    ----------
    d : ndarray of shape (T,)
    lag : int
    mean, var : ndarray of shape (T,)
        Of d[: t + 1].
    """
    earlier, now = np.zeros((2, len(d)))
    earlier[lag:], now[lag:] = d[:-lag], d[lag:]
    pairs = np.maximum(np.arange(1, len(d) + 1) - lag, 0)
    products = np.cumsum(earlier * now) - mean * np.cumsum(earlier + now) + pairs * mean**2
    return np.clip(products / (np.arange(1, len(d) + 1) * var), -1.0, 1.0)


def descriptors(d: np.ndarray, scale: np.ndarray, seasonal: bool) -> np.ndarray:
    """Return what kind of series the rows up to each one show.

    Parameters
    ----------
    d : ndarray of shape (T,)
        Increments of the level.
    scale : ndarray of shape (T,)
        Mean size of d[: t + 1].
    seasonal : bool

    Returns
    -------
    rows : ndarray of shape (T, 17)
        1; the autocorrelations ρ₁ and ρ₂ of the increments (how noisy the level is); the drift τ =
        tanh(t / 3), by its t statistic; the logarithms of length, scale and kurtosis; whether there
        is a season; and those products of them that a forecast depends on.
    """
    counts = np.arange(1.0, len(d) + 1)
    mean, square = np.cumsum(d) / counts, np.cumsum(d * d) / counts
    var = np.maximum(square - mean**2, 0.0) + 1e-12 * scale**2
    rho1, rho2 = (running_autocorrelation(d, lag, mean, var) for lag in (1, 2))
    tau = np.tanh(mean / np.sqrt(var / counts) / 3)
    size = np.log(scale / USUAL_SCALE) / 2
    peaks = np.log(np.maximum(square, scale**2) / scale**2)
    length = np.minimum(np.log((counts + 1) / USUAL_ROWS), LONGEST)
    one, season = np.ones(len(d)), np.full(len(d), float(seasonal))
    return np.stack([
        one, rho1, rho2, tau, length, size, peaks, season,
        rho1 * rho1, rho1 * tau, tau * tau, size * rho1, size * tau, size * size,
        season * rho1, season * tau, peaks * rho1,
    ], axis=1)  # fmt: skip


@dataclass(frozen=True)
class Origins:
    """Every row of a series as the origin of a forecast.

    Parameters
    ----------
    inputs : ndarray of shape (T - 1, 1)
        Increments in units of their mean size so far, clipped: what the reservoir reads.
    kinds : ndarray of shape (T - 1, c)
        What multiplies its states.
    scale : ndarray of shape (T - 1,)
        Mean size of the increments so far.
    level : Level
    limit : float
        What rises are clipped to, in units of the scale, and one more for every step; infinity
        where exogenous rows explain jumps.
    """

    inputs: np.ndarray
    kinds: np.ndarray
    scale: np.ndarray
    level: Level
    limit: float = LARGEST_STEP

    @classmethod
    def of(cls, item: Item, seasons: Sequence[int]) -> Origins:
        """Return those of a series of three rows or more."""
        level, static = Level.of(item.x, seasons), item.static
        d = np.diff(level.z)
        whole = max(float(np.abs(d).mean()), LEAST_SCALE)
        so_far = np.cumsum(np.abs(d)) / np.arange(1, len(d) + 1)
        scale = np.maximum(so_far, 0.1 * whole)  # the first increments may be zero
        inputs = np.clip(d / scale, -LARGEST_INPUT, LARGEST_INPUT)
        kinds = descriptors(d, scale, level.seasonal)
        if static is not None:
            kinds = np.hstack([kinds, np.broadcast_to(static, (len(d), len(static)))])
        limit = LARGEST_STEP if item.exog is None else np.inf
        return cls(inputs[:, None], kinds, scale, level, limit)

    def features(self, states: np.ndarray, rows: Any) -> np.ndarray:
        """Return the products of (1, input, states) and kinds, (n, (2 + N) c).

        Parameters
        ----------
        states : ndarray of shape (T - 1, N)
        rows : slice
        """
        seen = np.hstack([np.ones_like(self.inputs), self.inputs, states])[rows]
        products = seen[:, :, None] * self.kinds[rows][:, None, :]
        return products.reshape(len(seen), seen.shape[1] * self.kinds.shape[1])

    def targets(self, horizon: int) -> np.ndarray:
        """Return what comes after each row, 1 to `horizon` steps on, (T - 1, horizon).

        In units of the mean size of the increments so far; NaN beyond the end.
        """
        z = np.concatenate([self.level.z, np.full(horizon, np.nan)])
        steps = np.arange(1, horizon + 1)
        first = np.arange(1, len(self.level.z))[:, None]
        rise = (z[first + steps] - z[first]) / self.scale[:, None]
        return np.clip(rise, -self.limit - steps, self.limit + steps)

    def forecast(self, rises: np.ndarray) -> np.ndarray:
        """Return the values that follow the last row, (h,), from rises in those units."""
        most = self.limit + np.arange(1, len(rises) + 1)
        return self.level.back(self.level.z[-1] + self.scale[-1] * np.clip(rises, -most, most))

    def changes(self, item: Item, horizon: int) -> np.ndarray:
        """Return how exogenous rows differ from each row on, in units of the targets."""
        return item.changes(horizon) / self.scale[:, None, None]

    @property
    def size(self) -> float:
        """Mean size of all increments, of logarithms or of values."""
        return float(self.scale[-1]) * (1.0 if self.level.unit is None else self.level.unit)

    @property
    def weights(self) -> np.ndarray:
        """What every row counts, (T - 1,): more where increments are large, less where many."""
        size = np.clip(self.scale / USUAL_SCALE, 0.1, 5.0)
        return size * np.sqrt(USUAL_ROWS / max(len(self.inputs) - COLD_ROWS, 1))


def rises_of(
    item: Item, origins: Origins, states: np.ndarray, rows: Any, coef: np.ndarray,
    intercept: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return what a readout forecasts from some rows of a series, (n, h)."""
    features = origins.features(states, rows)
    found = features @ coef[:, : features.shape[1]].T + intercept
    if item.exog is not None:
        changes = origins.changes(item, len(coef))[rows]
        found += np.einsum("the,he->th", changes, coef[:, features.shape[1] :])
    return found
