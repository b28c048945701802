"""Additive statistics of one readout for many series and all horizons at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from typing import Any

import numpy as np

from ..ridge import RidgeStatistics


@dataclass(frozen=True)
class PanelStatistics:
    """Sums over the rows of many series, of which some see further ahead than others.

    Rows near the end of a series know what comes next, but not what comes `horizon` steps later.
    Block j is of the rows that know j + 1 steps, the last one of all that know every step: horizon
    k is solved from the sum of the blocks that know it, exactly, and each row is multiplied once.

    Parameters
    ----------
    blocks : tuple of RidgeStatistics
        One for each step of the horizon.
    n_series : float
    shared : bool
        Whether blocks add up to horizons. Where exogenous rows stand beside the features, those of
        each horizon are others, and block k is of all rows that know horizon k.
    seasons : tuple of int
        Rows of the seasons that were taken out of the series.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.panels import PanelStatistics
    >>> x = np.arange(6.0)[:, None]
    >>> y = np.hstack([x + 1, x + 2])
    >>> y[-1, 1] = np.nan  # not known yet
    >>> coef, intercept = PanelStatistics.of(x, y, np.ones(6)).solve(alpha=0.0)
    >>> coef.ravel().round(9), intercept.round(9)
    (array([1., 1.]), array([1., 2.]))
    """

    blocks: tuple[RidgeStatistics, ...]
    n_series: float = 0.0
    shared: bool = True
    seasons: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, x: np.ndarray, y: np.ndarray, weight: np.ndarray, n_series: float = 0.0,
        beside: np.ndarray | None = None, seasons: tuple[int, ...] = (),
    ) -> PanelStatistics:  # fmt: skip
        """Return those of features (T, p), targets (T, h), NaN at the end of a row, and weights.

        And of what stands beside the features for each horizon, (T, h, e).
        """
        horizon = y.shape[1]
        known = horizon - np.isnan(y).sum(axis=1)
        blocks = []
        if beside is not None:
            for k in range(horizon):
                rows = known > k
                both = np.hstack([x[rows], beside[rows, k]])
                block = RidgeStatistics(both.shape[1], 1)
                blocks.append(block.updated(both, y[rows, k : k + 1], weight[rows]))
            return cls(tuple(blocks), n_series, False, seasons)
        for steps in range(1, horizon + 1):
            rows = known == steps
            block = RidgeStatistics(x.shape[1], horizon)
            blocks.append(block.updated(x[rows], np.nan_to_num(y[rows]), weight[rows]))
        return cls(tuple(blocks), n_series, True, seasons)

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return len(self.blocks)

    @property
    def n_features(self) -> int:
        """Width of what the readout sees."""
        return self.blocks[0].n_features

    def __add__(self, other: Any) -> PanelStatistics:
        if not isinstance(other, PanelStatistics):
            return NotImplemented
        mine, theirs = ((s.n_features, s.horizon, s.shared, s.seasons) for s in (self, other))
        if mine != theirs:
            raise ValueError(
                "statistics must be of one network, horizon and season to be added; (features, "
                f"horizon, no exog, seasons) are {mine} and {theirs}."
            )
        blocks = tuple(a + b for a, b in zip(self.blocks, other.blocks, strict=True))
        return replace(self, blocks=blocks, n_series=self.n_series + other.n_series)

    def __radd__(self, other: Any) -> PanelStatistics:
        if other == 0:  # the start of `sum`
            return self
        return NotImplemented

    def weighted(self, factor: float) -> PanelStatistics:
        """Return statistics in which every row counts `factor` times, ≥ 0."""
        if not (np.isfinite(factor) and factor >= 0):
            raise ValueError(f"weight must be a finite number ≥ 0; got {factor!r}.")
        blocks = []
        for block in self.blocks:
            scaled = block.copy()
            scaled.matrix *= factor
            blocks.append(scaled.frozen())
        return replace(self, blocks=tuple(blocks), n_series=self.n_series * factor)

    def solve(self, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """Solve every horizon that some row knows from the rows that know it.

        Returns
        -------
        coef : ndarray of shape (h, p)
        intercept : ndarray of shape (h,)
        """
        total = self.blocks[-1].empty()
        solutions = []
        for k in reversed(range(self.horizon)):
            total = total + self.blocks[k] if self.shared else self.blocks[k]
            if total.shift is not None and total.weight > 0:
                coef, intercept = total.solve(alpha)
                place = k if self.shared else 0
                solutions.append((coef[place], intercept[place]))
        if not solutions:
            raise ValueError("X must hold a series of at least 5 rows to learn from; got none.")
        coefs, intercepts = zip(*reversed(solutions), strict=True)
        return np.array(coefs), np.array(intercepts)


def total_of(parts: Sequence[PanelStatistics]) -> PanelStatistics:
    """Return the sum of one or more statistics."""
    return reduce(add, parts)
