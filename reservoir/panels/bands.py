"""Bands of a global forecaster, as wide as it was wrong on series that it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..checks import check_count
from ..esn.bands import check_quantiles, conformal_quantile
from .beside import Item, items_of
from .forms import Panel
from .origins import rises_of
from .statistics import PanelStatistics, total_of

#: Origins of each series that bands are drawn from, at most.
MOST_ORIGINS = 20


class PanelBandsMixin:
    """`PanelForecaster.forecast_quantiles`, and what it is calibrated on."""

    alpha: float
    horizon_: int
    coef_: np.ndarray
    intercept_: np.ndarray
    statistics_: PanelStatistics
    seasons_: tuple[int, ...]
    _panel: Panel | None
    _apart: list[PanelStatistics]
    _errors: tuple[np.ndarray, int]
    _parts: Any
    _ran: Any
    _asked_for: Any
    _taken: Any
    _items: list[Item]
    _rises: Any
    _learned_rows: Any

    def forecast_quantiles(
        self, n_steps: int, quantiles: Sequence[float] = (0.05, 0.5, 0.95), context: Any = None,
        **beside: Any,
    ) -> Any:  # fmt: skip
        """Forecast quantiles of the coming steps: bands as wide as forecasts were wrong.

        Conformal, over series: the errors are those of forecasts of a fifth of the series by what
        the other four taught (the sums of the others are a difference of sums, so that it costs no
        second training), in units of each series' own increments. Beyond the horizon that was
        solved for they grow with the root of the steps.

        Parameters
        ----------
        n_steps : int
        quantiles : sequence of Q floats, default=(0.05, 0.5, 0.95)
        context : as for `forecast`, optional
        **beside
            ``static``, ``exog`` and ``context_exog`` as for `forecast`.

        Returns
        -------
        quantiles : object
            As `forecast`, with one more axis of length Q; in a frame a column each.

        Raises
        ------
        ValueError
            If `quantiles` are not in (0, 1), or nothing tells how wrong forecasts are: after
            `partial_fit` and `fit_statistics`, `calibrate` on some series.

        References
        ----------
        Vovk, Gammerman & Shafer (2005), Algorithmic learning in a random world.

        Examples
        --------
        >>> import numpy as np
        >>> from reservoir import PanelForecaster
        >>> rng = np.random.default_rng(0)
        >>> walks = [rng.normal(size=60).cumsum() for _ in range(50)]
        >>> model = PanelForecaster(horizon=6).fit(walks)
        >>> model.forecast_quantiles(4, (0.1, 0.9), context=walks[0]).shape
        (4, 2)
        """
        probabilities = check_quantiles(quantiles)
        n_steps = check_count(n_steps, "n_steps")
        panel, items = self._asked_for(n_steps, context, **beside)
        margins = self._margins(probabilities, n_steps + max(panel.late, default=0))
        reach = [n_steps + late for late in panel.late]
        found = []
        runs = zip(self._rises(items, reach), panel.late, strict=True)
        for (origins, rises), late in runs:
            each = [origins.forecast(rises + margin[: len(rises)]) for margin in margins]
            found.append(np.sort(np.stack(each, axis=1), axis=1)[late:])
        return panel.give_back(found, list(quantiles))

    @all_or_nothing
    def calibrate(self, X: Any, *, static: Any = None, exog: Any = None) -> Any:
        """Draw the bands from series that the forecaster has not learned from.

        Parameters
        ----------
        X, static, exog : as for `fit`

        Returns
        -------
        self : PanelForecaster
        """
        check_is_fitted(self, "coef_")
        items = items_of(self._taken(X, exog), self.seasons_, static, exog)
        self._errors = self._wrong_by(items, self.coef_, self.intercept_), len(items)
        return self

    def _margins(self, probabilities: np.ndarray, n_steps: int) -> list[np.ndarray]:
        """Return what is added to a forecast, (n_steps,) for every quantile."""
        if not hasattr(self, "_errors"):
            self._errors = self._cross_errors()
        errors, n_series = self._errors
        apart = np.full(self.horizon_, float(n_series))
        beyond = np.sqrt(np.maximum(np.arange(1, n_steps + 1) / self.horizon_, 1.0))
        place = np.minimum(np.arange(n_steps), self.horizon_ - 1)
        return [conformal_quantile(errors, p, apart)[place] * beyond for p in probabilities]

    def _cross_errors(self) -> tuple[np.ndarray, int]:
        """Return the errors of each part of the series by what the others taught."""
        if self._panel is None or not self._apart:
            raise ValueError(
                "nothing tells how wrong forecasts are: calibrate(series) on some that this "
                "forecaster has not learned from, or fit it on series."
            )
        items = self._items
        if len(self._apart) == 1:  # one series: there are no others
            return self._wrong_by(items, self.coef_, self.intercept_), 1
        found = []
        for k, part in enumerate(self._parts(items)):
            others = total_of([fold for j, fold in enumerate(self._apart) if j != k])
            coef, intercept = others.solve(self.alpha)
            if len(coef) < self.horizon_:  # one long series alone knows the last steps
                coef, intercept = self.coef_, self.intercept_
            found.append(self._wrong_by(part, coef, intercept))
        return np.concatenate(found), len(items)

    def _wrong_by(self, items: list[Item], coef: np.ndarray, intercept: np.ndarray) -> np.ndarray:
        """Return targets less forecasts of some rows of each series, (n, h), NaN if not known."""
        found = []
        for item, origins, states in self._ran(items):
            rows = self._learned_rows(len(states))
            every = np.linspace(rows.start, rows.stop - 1, MOST_ORIGINS).astype(int)
            every = np.unique(every[every >= rows.start])
            seen = rises_of(item, origins, states, every, coef, intercept)
            found.append(origins.targets(self.horizon_)[every] - seen)
        return np.concatenate(found)
