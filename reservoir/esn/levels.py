"""From the data to what a network sees, and all the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from ..sequences import TOO_LARGE, carried, difference, undifference


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
    """

    lags: tuple[int, ...]
    transformer: Any
    scaler: Any

    @classmethod
    def fitted(
        cls, items: Sequence[np.ndarray], *, lags: tuple[int, ...], transformer: Any, scaler: Any
    ) -> tuple[Levels, list[np.ndarray]]:
        """Fit on the training series, and return their levels too.

        Parameters
        ----------
        items : sequence of (T_k, d) arrays
        lags : tuple of int
        transformer : transformer or None
        scaler : transformer, "passthrough" or None
            `~sklearn.preprocessing.StandardScaler` where None.

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
        if not np.abs(together).max() < TOO_LARGE:
            raise ValueError("X is too large: its squares overflow. Scale the data.")
        if isinstance(scaler, str):
            scaler = FunctionTransformer()
        scaler = StandardScaler() if scaler is None else clone(scaler)
        return cls(lags, transformer, scaler.fit(together)), of_items

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
        return level

    def transformed(self, x: np.ndarray) -> np.ndarray:
        """Return the levels of a series, NaN and infinity where the transformer makes them."""
        return _apply(self.transformer, "transform", x)

    def of_forecasts(self, forecasts: Sequence[np.ndarray]) -> np.ndarray:
        """Return the levels (K, n_steps, d) of forecasts, NaN where they diverged."""
        return np.stack([of_finite(self.transformed, forecast) for forecast in forecasts])

    def scaled(self, level: np.ndarray) -> np.ndarray:
        """Return what a network sees of levels, (T - sum(lags), d)."""
        seen = np.asarray(self.scaler.transform(difference(level, self.lags)), dtype=float)
        if not np.isfinite(seen).all():
            raise ValueError(
                f"scaler={self.scaler!r} must give finite numbers; of X it makes NaN or infinity."
            )
        return seen

    # and back

    def restored(self, level: np.ndarray) -> np.ndarray:
        """Return the series of levels."""
        return _apply(self.transformer, "inverse_transform", level)

    def following(self, seen: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the series of steps that were foreseen one by one, each from the levels before."""
        steps = _apply(self.scaler, "inverse_transform", seen)
        return self.restored(steps + carried(level, self.lags)[:-1])

    def continued(self, seen: np.ndarray, level: np.ndarray) -> np.ndarray:
        """Return the series of steps that go on from these levels, all of them not known yet.

        From the first row that is not finite on it is NaN.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            steps = _apply(self.scaler, "inverse_transform", seen)
            x = self.restored(undifference(steps, level, self.lags))
        x[finite_steps(x) :] = np.nan
        return x


def _apply(transformer: Any, method: str, x: np.ndarray) -> np.ndarray:
    """Apply a method of a transformer, if there is one, in silence."""
    if transformer is None:
        return x
    with np.errstate(all="ignore"):
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
    """Return the lags as integers, or raise a `ValueError`."""
    lags = tuple(differences)
    if not all(isinstance(lag, (int, np.integer)) and lag >= 1 for lag in lags):
        raise ValueError(f"differences must be a sequence of integers ≥ 1; got {differences!r}.")
    return tuple(int(lag) for lag in lags)
