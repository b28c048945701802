"""Choosing a forecaster's settings by what its users care about: free-running forecasts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from .esn import ESNForecaster
from .readouts import RidgeReadout
from .reservoirs import Reservoir
from .sequences import check_sequences


def root_mean_square(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Root-mean-square error over all steps and features, in the data's units."""
    return float(np.sqrt(np.square(y_pred - y_true).mean()))


@dataclass(frozen=True)
class ForecastScorer:
    """What `make_forecast_scorer` returns."""

    horizon: int | None
    metric: Callable[[Any, Any], float]
    step: int | None
    greater_is_better: bool

    def __call__(self, estimator: ESNForecaster, X: Any, y: Any = None) -> float:
        """Score a fitted forecaster over `X`, the continuation of its training series."""
        truth = check_sequences(estimator, X, reset=False).items[0]
        horizon = len(truth) if self.horizon is None else self.horizon
        forecasts = estimator.rolling_forecast(X, horizon, step=self.step)
        if not np.isfinite(forecasts).all():
            return -np.inf
        starts = range(0, len(truth), horizon if self.step is None else self.step)
        values = [self.metric(truth[s : s + horizon], f) for s, f in zip(starts, forecasts)]
        return float(np.mean(values)) * (1.0 if self.greater_is_better else -1.0)


def make_forecast_scorer(
    horizon: int | None = None,
    metric: Callable[[Any, Any], float] = root_mean_square,
    *,
    step: int | None = None,
    greater_is_better: bool = False,
) -> ForecastScorer:
    """Make a scorer of free-running forecasts, for scikit-learn's searches.

    It forecasts from rolling origins within the test fold, which has to be the continuation of the
    training fold, as in `~sklearn.model_selection.TimeSeriesSplit`.

    Parameters
    ----------
    horizon : int, optional
        Steps of each forecast; the whole test fold where not given.
    metric : callable ``(y_true, y_pred) -> float``
        Of arrays (horizon, d); the root-mean-square error by default.
    step : int, optional
        Rows from origin to origin; `horizon` where not given.
    greater_is_better : bool, default=False
        Whether the metric is a score rather than an error.

    Returns
    -------
    scorer : callable ``(estimator, X, y=None) -> float``
        The mean over origins, negated for an error; minus infinity where a loop diverges.

    References
    ----------
    Tashman (2000), Out-of-sample tests of forecasting accuracy, International Journal of
    Forecasting 16, for rolling origins.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
    >>> from reservoir import ESNForecaster, Reservoir, RidgeReadout
    >>> from reservoir.model_selection import make_forecast_scorer
    >>> x = np.sin(np.arange(400) * 0.3).reshape(-1, 1)
    >>> search = GridSearchCV(
    ...     ESNForecaster(Reservoir(30, random_state=0), RidgeReadout()),
    ...     {"readout__alpha": [1e-6, 1e2]},
    ...     cv=TimeSeriesSplit(3, test_size=40),
    ...     scoring=make_forecast_scorer(horizon=20, step=10),
    ... )
    >>> search.fit(x).best_params_
    {'readout__alpha': 1e-06}
    """
    return ForecastScorer(horizon, metric, step, greater_is_better)


#: The default: one forecast of the whole test fold, its root-mean-square error negated.
FREE_RUN = make_forecast_scorer()


class ForecastSearchCV(GridSearchCV):
    """Grid search for a forecaster that answers with the median of its best candidates.

    Parameters
    ----------
    estimator : ESNForecaster
    param_grid : dict or list of dict
    n_best : int, default=20
        Number of candidates whose forecasts the median is taken of, at most all that can forecast.
    scoring : callable, default=make_forecast_scorer()
    cv : splitter
        `~sklearn.model_selection.TimeSeriesSplit` with the horizon as its ``test_size``.
    n_jobs : int, optional
    verbose : int, default=0

    Attributes
    ----------
    best_estimators_ : list of ESNForecaster
        The best candidates, fitted on all the data, the best one first.
    best_estimator_, best_params_, best_score_, cv_results_, ...
        As in `~sklearn.model_selection.GridSearchCV`.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> from reservoir import ESNForecaster, Reservoir, RidgeReadout
    >>> from reservoir.model_selection import ForecastSearchCV
    >>> x = np.sin(np.arange(400) * 0.3).reshape(-1, 1)
    >>> search = ForecastSearchCV(
    ...     ESNForecaster(Reservoir(30), RidgeReadout()),
    ...     {"readout__alpha": [1e-8, 1e-6], "random_state": [0, 1]},
    ...     n_best=3,
    ...     cv=TimeSeriesSplit(3, test_size=20),
    ... )
    >>> search.fit(x[:380]).forecast(20).shape
    (20, 1)
    """

    best_estimator_: Any

    def __init__(
        self,
        estimator: ESNForecaster,
        param_grid: Any,
        *,
        n_best: int = 20,
        scoring: Any = FREE_RUN,
        cv: Any = None,
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            estimator, param_grid, scoring=scoring, cv=cv, n_jobs=n_jobs, verbose=verbose
        )
        self.n_best = n_best

    def fit(self, X: Any, y: Any = None) -> ForecastSearchCV:
        """Search, and fit the best candidates on all of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d)
        y : ignored

        Returns
        -------
        self : ForecastSearchCV

        Raises
        ------
        ValueError
            If `n_best` < 1, or no candidate gives a finite forecast.
        """
        if self.n_best < 1:
            raise ValueError(f"n_best must be an integer ≥ 1; got {self.n_best}.")
        super().fit(X, y)
        self.best_estimators_ = [
            self.best_estimator_,
            *self._refit(self._ranked()[1 : self.n_best], X),
        ]
        return self

    def refit_on(self, X: Any) -> ForecastSearchCV:
        """Fit the best candidates anew, on more or other data, without another search.

        Parameters
        ----------
        X : array-like of shape (T, d)

        Returns
        -------
        self : ForecastSearchCV
        """
        check_is_fitted(self, "best_estimators_")
        self.best_estimators_ = self._refit(self._ranked()[: self.n_best], X)
        self.best_estimator_ = self.best_estimators_[0]
        return self

    def _ranked(self) -> list[Mapping[str, Any]]:
        """Return the settings that can forecast, the best first."""
        scores = self.cv_results_["mean_test_score"]
        order = [k for k in np.argsort(-scores, kind="stable") if np.isfinite(scores[k])]
        if not order:
            raise ValueError("no candidate of the search gives a finite forecast.")
        return [self.cv_results_["params"][k] for k in order]

    def _refit(self, settings: list[Mapping[str, Any]], X: Any) -> list[Any]:
        fits = (delayed(_fit)(self.estimator, setting, X) for setting in settings)
        return list(Parallel(n_jobs=self.n_jobs)(fits))

    def forecast(self, n_steps: int, context: Any = None, **options: Any) -> Any:
        """Return the median of the best candidates' forecasts, step by step.

        Parameters and answer are those of `ESNForecaster.forecast`. A candidate whose loop diverges
        does not vote.
        """
        check_is_fitted(self, "best_estimators_")
        options.setdefault("on_divergence", "nan")
        votes = [m.forecast(n_steps, context, **options) for m in self.best_estimators_]
        return median(votes)

    def rolling_forecast(self, X: Any, n_steps: int, **options: Any) -> np.ndarray:
        """Return the median of the best candidates' `ESNForecaster.rolling_forecast`."""
        check_is_fitted(self, "best_estimators_")
        return median([m.rolling_forecast(X, n_steps, **options) for m in self.best_estimators_])


def _fit(estimator: Any, setting: Mapping[str, Any], X: Any) -> Any:
    """Fit a clone with other parameters."""
    fresh = {name: clone(value, safe=False) for name, value in setting.items()}
    return clone(estimator).set_params(**fresh).fit(X)


def median(votes: list[Any]) -> Any:
    """Return the element-wise median of forecasts in one form; NaN does not vote."""
    if isinstance(votes[0], list):
        return [median(list(parts)) for parts in zip(*votes)]
    middle = np.nanmedian(np.stack([np.asarray(vote) for vote in votes]), axis=0)
    if isinstance(votes[0], np.ndarray):
        return middle
    first = votes[0].copy()  # a pandas frame or series
    first[:] = middle
    return first


def forecasting_search(
    *,
    horizon: int,
    season: int = 1,
    n_splits: int = 8,
    n_units: int = 200,
    n_best: int = 20,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> ForecastSearchCV:
    """Return an unfitted search for one series; the command line uses this one.

    A small grid: whether to difference over a step, over a season or over both, two leak rates, and
    the ridge penalty in five sizes. Scored by free-running forecasts of `horizon` steps from
    `n_splits` rolling origins, one horizon apart, up to the end of the series.

    Parameters
    ----------
    horizon : int
        Steps to forecast.
    season : int, default=1
        Steps of a season, 1 for none.
    n_splits : int, default=8
        Number of origins.
    n_units : int, default=200
        Units of the reservoir.
    n_best : int, default=20
        Candidates that the forecast is the median of.
    n_jobs : int, optional
        Processes of the search.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    search : ForecastSearchCV

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.model_selection import forecasting_search
    >>> t = np.arange(200).reshape(-1, 1)
    >>> x = np.sin(t * 2 * np.pi / 12) + 0.01 * t
    >>> search = forecasting_search(horizon=12, season=12, n_splits=3, n_units=50, random_state=0)
    >>> bool(-search.fit(x[:-12]).best_score_ < 0.1)
    True
    """
    differences: list[tuple[int, ...]] = [(), (1,)]
    if season > 1:
        differences += [(season,), (1, season)]
    return ForecastSearchCV(
        ESNForecaster(
            Reservoir(n_units, bias_scaling=0.3), RidgeReadout(), random_state=random_state
        ),
        {
            "differences": differences,
            "reservoir__leak_rate": LEAK_RATES,
            "readout__alpha": ALPHAS,
        },
        n_best=n_best,
        cv=TimeSeriesSplit(n_splits, test_size=horizon),
        n_jobs=n_jobs,
    )


#: The space of `forecasting_search`.
LEAK_RATES = [0.1, 0.3]
ALPHAS = [1e-6, 1e-4, 1e-2, 1.0, 1e2]
