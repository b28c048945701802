"""From the data to what a network sees, and all the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..differences import carried, difference, undifference, unseen_steps
from ..sequences import TOO_LARGE


@dataclass(frozen=True)
class Levels:
    """Transforms, differences and scales series; and back again.

    The *levels* of a series are its transformed rows, (T, d); what a network sees is their
    differences, scaled, (T - sum(lags), d).

    Attributes
    ----------
    lags : tuple of int
        Of the differences, in turn.
    transformer, scaler : transformer
        Fitted; the first may be None.
    reached : tuple of two ndarray of shape (d,)
        The least and greatest value of each feature that the network saw in training.
    ranges : float
        A free run that leaves these by more than so many times their range has diverged.
    bounds : tuple of two floats
        What no answer goes beyond, in the data's units.
    """

    lags: tuple[int, ...]
    transformer: Any
    scaler: Any
    reached: tuple[np.ndarray, np.ndarray] | None = None
    ranges: float = 10.0
    bounds: tuple[float, float] = (-np.inf, np.inf)

    @classmethod
    def fitted(
        cls,
        items: Sequence[np.ndarray],
        *,
        lags: tuple[int, ...],
        transformer: Any,
        scaler: Any,
        bounds: tuple[float, float] = (-np.inf, np.inf),
        unseen: Sequence[np.ndarray] | None = None,
    ) -> tuple[Levels, list[np.ndarray]]:
        """Fit on the training series, and return their levels too.

        Parameters
        ----------
        items : sequence of (T_k, d) arrays
        lags : tuple of int
        transformer : transformer or None
        scaler : transformer, "passthrough" or None
            `~sklearn.preprocessing.StandardScaler` where None.
        bounds : tuple of two floats
        unseen : sequence of (T_k, d) arrays, optional
            The series with NaN for what was not seen: the scaler is fitted on the rest.

        Returns
        -------
        levels : Levels
        of_items : list of (T_k, d) arrays

        Raises
        ------
        ValueError
            If the transformer makes NaN or infinity, or the levels are too large to be squared.
        """
        if transformer is not None:
            with np.errstate(all="ignore"):
                transformer = clone(transformer).fit(np.concatenate(items).astype(float))
        part = cls(lags, transformer, None)
        of_items = [part.level(item) for item in items]
        together = np.concatenate([difference(level, lags) for level in of_items])
        if isinstance(scaler, str):
            scaler = FunctionTransformer()
        scaler = StandardScaler() if scaler is None else clone(scaler)
        if unseen is not None:
            seen = ~np.concatenate([unseen_steps(item, lags) for item in unseen])
            together = together[seen] if seen.any() else together
        part = cls(lags, transformer, scaler.fit(together), bounds=bounds)
        seen = part._scale(together)
        return replace(part, reached=(seen.min(axis=0), seen.max(axis=0))), of_items

    @property
    def reach(self) -> int:
        """Rows that the first step seen takes: one, and those of the differences."""
        return 1 + sum(self.lags)

    # forth

    def level(self, x: np.ndarray) -> np.ndarray:
        """Return the levels (T, d) of a series, or raise a `ValueError` where there are none."""
        level = self.transformed(np.asarray(x, dtype=float))
        if self.transformer is not None and not np.isfinite(level).all():
            raise ValueError(
                f"transformer={self.transformer!r} must give finite numbers; of X it makes NaN or "
                "infinity. A logarithm needs data above zero."
            )
        if not np.abs(level).max(initial=0.0) < TOO_LARGE:
            raise ValueError("X is too large: its squares overflow. Scale the data.")
        return level

    def transformed(self, x: np.ndarray) -> np.ndarray:
        """Return the levels of a series, NaN and infinity where the transformer makes them."""
        return _apply(self.transformer, "transform", x)

    def of_forecasts(self, forecasts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the levels (K, n_steps, d) of forecasts, NaN where they diverged."""
        return np.stack([of_finite(self.transformed, forecast) for forecast in forecasts])

    def scaled(self, level: np.ndarray) -> np.ndarray:
        """Return what a network sees of levels, (T - sum(lags), d)."""
        return self._scale(difference(level, self.lags))

    def seen_in_part(self, x: np.ndarray) -> np.ndarray:
        """Return what a network sees of a series, NaN where it was not seen; nothing is checked."""
        with np.errstate(all="ignore"):
            steps = difference(self.transformed(np.asarray(x, dtype=float)), self.lags)
        return np.asarray(_apply(self.scaler, "transform", steps), dtype=float)

    def _scale(self, steps: np.ndarray) -> np.ndarray:
        seen = np.asarray(_apply(self.scaler, "transform", steps), dtype=float)
        if not np.isfinite(seen).all():
            raise ValueError(
                f"scaler={self.scaler!r} must give finite numbers; of X it makes NaN or infinity."
            )
        return seen

    def seen_of(self, x: np.ndarray) -> np.ndarray:
        """Return what a network sees of a series without differences; nothing is checked."""
        return _apply(self.scaler, "transform", self.transformed(x))

    # and back

    def rows_of(self, seen: np.ndarray) -> np.ndarray:
        """Return the series of what a network sees of it, without differences."""
        return self.restored(_apply(self.scaler, "inverse_transform", seen))

    def restored(self, level: np.ndarray) -> np.ndarray:
        """Return the series of levels, within the bounds."""
        return np.clip(_apply(self.transformer, "inverse_transform", level), *self.bounds)

    def limits(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the least and greatest of what a free run may show the network, (d,) each."""
        assert self.reached is not None
        low, high = self.reached
        # of a constant series, rounding is no divergence
        room = self.ranges * np.maximum(high - low, 1e-3 * np.maximum(np.abs(high), 1.0))
        return low - room, high + room

    def following(self, seen: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the series of steps that were foreseen one by one, each from the levels before."""
        steps = _apply(self.scaler, "inverse_transform", seen)
        return self.restored(steps + carried(level, self.lags)[:-1])

    def continued(self, seen: np.ndarray, before: Sequence[np.ndarray]) -> list[np.ndarray]:
        """Return the series (n, d) of steps that go on from levels, none of them known yet.

        Parameters
        ----------
        seen : ndarray of shape (n, d, K)
        before : sequence of K arrays (>= reach, d)

        Returns
        -------
        series : list of K arrays (n, d)
            NaN from the first row on that is not finite, or beyond the `limits`.
        """
        low, high = self.limits()
        runs = np.ascontiguousarray(seen.transpose(2, 0, 1))  # (K, n, d): all rows at once
        rows, shape = runs.reshape(-1, runs.shape[2]), runs.shape
        with np.errstate(over="ignore", invalid="ignore"):
            within = ((runs >= low) & (runs <= high)).all(axis=2)
            steps = _apply(self.scaler, "inverse_transform", rows).reshape(shape)
            level = [undifference(x, b, self.lags) for x, b in zip(steps, before, strict=True)]
            series = self.restored(np.concatenate(level)).reshape(shape)
        lasted = np.minimum.accumulate(within & np.isfinite(series).all(axis=2), axis=1)
        return list(np.where(lasted[:, :, None], series, np.nan))


def _apply(transformer: Any, method: str, x: np.ndarray) -> np.ndarray:
    """Apply a method of a transformer, if there is one, in silence."""
    if transformer is None:
        return x
    with np.errstate(all="ignore"):
        if type(transformer) is StandardScaler and transformer.with_mean and transformer.with_std:
            # by its own numbers, without checking again what was checked at the border
            mean, scale = transformer.mean_, transformer.scale_
            return (x - mean) / scale if method == "transform" else x * scale + mean
        return np.asarray(getattr(transformer, method)(x))


def finite_steps(x: np.ndarray) -> int:
    """Return the number of rows before the first one that is not finite."""
    return int(np.append(~np.isfinite(x).all(axis=1), True).argmax())


def of_finite(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """Apply a function to the rows before the first one that is not finite; the rest is NaN."""
    kept, result = finite_steps(x), np.full(x.shape, np.nan)
    if kept:
        result[:kept] = function(x[:kept])
    return result


def check_lags(differences: Any) -> tuple[int, ...]:
    """Return the lags as integers, none for None, or raise a `ValueError`."""
    lags = () if differences is None else tuple(differences)
    if not all(isinstance(lag, (int, np.integer)) and lag >= 1 for lag in lags):
        raise ValueError(f"differences must be a sequence of integers ≥ 1; got {differences!r}.")
    return tuple(int(lag) for lag in lags)


def check_bounds(bounds: Any, items: Sequence[np.ndarray] = ()) -> tuple[float, float]:
    """Return the bounds as two numbers, or raise a `ValueError`; the training data obey them."""
    if bounds is None:
        return -np.inf, np.inf
    wanted = "bounds must be (low, high), numbers or None, with low < high"
    try:
        low, high = bounds
        low, high = -np.inf if low is None else float(low), np.inf if high is None else float(high)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{wanted}; got {bounds!r}.") from error
    if not low < high:
        raise ValueError(f"{wanted}; got {bounds!r}.")
    least = float(np.min([np.nanmin(item) for item in items], initial=np.inf))
    most = float(np.max([np.nanmax(item) for item in items], initial=-np.inf))
    if least < low or most > high:
        raise ValueError(f"bounds={bounds!r} must hold the data; X reaches from {least} to {most}.")
    return low, high


def as_arrays(predicted: Any, form: str) -> list[np.ndarray]:
    """Return predictions in any form as a list of (T_k, d) arrays."""
    items = [predicted] if form == "series" else predicted
    return [np.asarray(item).reshape(len(item), -1) for item in items]


def pad(rows: np.ndarray, n_rows: int) -> np.ndarray:
    """Put NaN before the rows, up to `n_rows`."""
    return np.pad(rows, ((n_rows - len(rows), 0), (0, 0)), constant_values=np.nan)
