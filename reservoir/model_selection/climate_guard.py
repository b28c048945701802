"""Which candidate stays on the attractor: beyond what a median can tell, it goes on alone."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..esn import divergence_is_known
from ..sequences import form_of

#: Rows of training below which its halves say little of what is usual, and how far these may be
#: from each other where the series has a climate at all, and no trend.
LEAST_ROWS, MOST_APART = 100, 0.75
#: Steps that a candidate is run for.
N_STEPS = 10_000
#: Bins of a coordinate, by itself and beside another.
BINS, BINS_OF_PAIRS = 30, 12
#: Coordinates that are compared; of more, the first principal ones.
COORDINATES = 3
#: How far a run that keeps to the climate is from it, over what is usual, and beyond that.
FACTOR, MARGIN = 1.5, 0.02
#: Spread of the votes, over that of the series, from which another goes on, and that it has to
#: reach within the forecast: where it stays between the two, the median is the better answer.
APART, LOST = 0.1, 0.5


@dataclass(frozen=True)
class Climate:
    """Where a series is found, and how far its halves are from each other.

    Parameters
    ----------
    middle : ndarray of shape (d,)
    axes : ndarray of shape (d, k)
        What rows are projected on.
    edges : list of k (float, float)
    halves : pair of lists of histograms
    usual : float
    n_rows : int
        Rows of a half.
    """

    middle: np.ndarray
    axes: np.ndarray
    edges: list[tuple[float, float]]
    halves: tuple[list[np.ndarray], list[np.ndarray]]
    usual: float
    n_rows: int

    @classmethod
    def of(cls, x: np.ndarray) -> Climate:
        """Return that of a series (T, d); rows that were not seen say nothing."""
        x = x[~np.isnan(x).any(axis=1)]
        middle, axes = x.mean(axis=0), np.eye(x.shape[1])
        if x.shape[1] > COORDINATES:
            axes = np.linalg.svd(x - middle, full_matrices=False)[2][:COORDINATES].T
        seen = (x - middle) @ axes
        edges = [(float(low), float(high)) for low, high in zip(seen.min(0), seen.max(0))]
        half = len(x) // 2
        parts = histograms(seen[:half], edges), histograms(seen[-half:], edges)
        return cls(middle, axes, edges, parts, apart(*parts), half)

    def distance(self, run: np.ndarray) -> float:
        """Return how far a run is from the series: infinity where it dies, 0 to 1 else.

        In the mean over its stretches of the length of a half, and over the halves.
        """
        if not np.isfinite(run).all():
            return np.inf
        seen = (run - self.middle) @ self.axes
        n = min(self.n_rows, len(seen))
        stretches = [seen[k : k + n] for k in range(0, len(seen) - n + 1, n)]
        found = [histograms(stretch, self.edges) for stretch in stretches]
        return float(np.mean([apart(each, half) for each in found for half in self.halves]))

    def keeps(self, distance: float) -> bool:
        """Return whether a run that is so far off is no further than is usual."""
        return distance <= FACTOR * self.usual + MARGIN


def histograms(x: np.ndarray, edges: Sequence[tuple[float, float]]) -> list[np.ndarray]:
    """Return shares of rows in bins: of each coordinate, of pairs, and of steps of the first.

    What lies outside is in the outermost bins.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.model_selection.climate_guard import histograms
    >>> found = histograms(np.array([[0.0], [1.0], [9.0]]), [(0.0, 1.0)])
    >>> found[0][[0, -1]], float(found[1].sum())
    (array([0.33333333, 0.66666667]), 1.0)
    """
    held = [np.clip(column, *ends) for column, ends in zip(x.T, edges, strict=True)]
    found = [np.histogram(c, BINS, ends)[0] / len(x) for c, ends in zip(held, edges, strict=True)]
    pairs = [(held[j], held[k], edges[j], edges[k]) for j, k in combinations(range(len(held)), 2)]
    pairs.append((held[0][:-1], held[0][1:], edges[0], edges[0]))
    return found + [
        np.histogram2d(a, b, BINS_OF_PAIRS, [of_a, of_b])[0] / len(a) for a, b, of_a, of_b in pairs
    ]


def apart(one: Sequence[np.ndarray], other: Sequence[np.ndarray]) -> float:
    """Return the total variation of histograms, in the mean: 0 for the same, 1 at most."""
    return float(np.mean([np.abs(a - b).sum() / 2 for a, b in zip(one, other, strict=True)]))


class ClimateMixin:
    """How the answer of a search goes on where the median of its networks means nothing."""

    climate: bool | str
    best_estimators_: list[Any]
    voters_: list[str]
    _training: Any
    _kept: tuple[Any, list[float]] | None

    @property
    def keeper_(self) -> Any:
        """The candidate whose long free run keeps to the climate of the series, or None."""
        return self._runs[0]

    @property
    def climate_distances_(self) -> list[float]:
        """How far free runs of the candidates are from the series, until one keeps to it."""
        return self._runs[1]

    @property
    def _runs(self) -> tuple[Any, list[float]]:
        check_is_fitted(self, "best_estimators_")
        if self._kept is None:
            self._kept = None, []
            rows, models = self._training, self.best_estimators_
            able = bool(models) and hasattr(models[0], "forecast_after")
            if able and form_of(rows) == "series" and len(rows) >= LEAST_ROWS:
                climate = Climate.of(rows)
                if climate.usual <= MOST_APART:
                    self._kept = best_of(models, climate)
        return self._kept

    def _gone_on(
        self, votes: list[Any], answer: Any, n_steps: int, context: Any, options: dict[str, Any]
    ) -> Any:
        """Return the networks' answer, by the keeper alone from where their votes are far apart."""
        alone = self.climate is True or (self.climate == "auto" and len(self.voters_) == 1)
        if not alone or form_of(self._training) != "series":
            return answer
        if context is None or form_of(context) == "series":
            return self._of_one(votes, answer, n_steps, context, options)
        parts = [  # none of them with exogenous rows, with which nobody is a keeper
            self._of_one([vote[k] for vote in votes], answer[k], n_steps, each, options)
            for k, each in enumerate(context)
        ]
        return np.stack(parts) if form_of(context) == "panel" else parts

    def _of_one(
        self, votes: list[Any], answer: Any, n_steps: int, context: Any, options: dict[str, Any]
    ) -> Any:
        spread = np.nanstd(self._training, axis=0)
        together = agreed(votes, np.where(spread > 0, spread, 1.0))
        if together in (0, n_steps) or self.keeper_ is None:
            return answer
        known = np.asarray(answer, dtype=float).reshape(n_steps, -1)[:together]
        others = [model for model in self.best_estimators_ if model is not self.keeper_]
        for model in (self.keeper_, *others):  # the next one where one dies after all
            with divergence_is_known():
                alone = model.forecast_after(known, n_steps, context, **options)
            if np.isfinite(np.asarray(alone, dtype=float)).all():
                return alone
        return answer


def best_of(models: Sequence[Any], climate: Climate) -> tuple[Any, list[float]]:
    """Return the first candidate whose long free run keeps to the climate, and the distances.

    Where none does, the nearest one, if it is nearer than the median of all runs; else None.
    """
    runs: list[np.ndarray] = []
    found: list[float] = []
    for model in models:
        with divergence_is_known():
            run = np.asarray(model.forecast(N_STEPS, on_divergence="nan"), dtype=float)
        runs.append(run.reshape(N_STEPS, -1))
        found.append(climate.distance(runs[-1]))
        if climate.keeps(found[-1]):
            return model, found
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all have died
        of_median = climate.distance(np.nanmedian(runs, axis=0))
    nearest = int(np.argmin(found))
    return models[nearest] if found[nearest] < of_median else None, found


def agreed(votes: Sequence[Any], spread: np.ndarray) -> int:
    """Return for how many steps votes (n, d) are so close that their median means something.

    Parameters
    ----------
    votes : sequence of arrays (n, d)
    spread : ndarray of shape (d,)
        Of the series.
    """
    stacked = np.stack([np.asarray(v, dtype=float).reshape(len(v), -1) for v in votes])
    with np.errstate(invalid="ignore"):
        errors = np.abs(stacked - np.nanmedian(stacked, axis=0)) / spread
    middle = np.median(np.nan_to_num(errors, nan=np.inf), axis=0).max(axis=1)
    return int((middle > APART).argmax()) if middle.max() > LOST else len(middle)
