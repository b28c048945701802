"""Choosing a forecaster's settings by what its users care about: free-running forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from .esn import ESNForecaster
from .readouts import RidgeReadout
from .reservoirs import Reservoir
from .sequences import check_sequences


def neg_forecast_rmse(estimator: ESNForecaster, X: Any, y: Any = None) -> float:
    """Score a forecaster by its closed loop over `X`, the continuation of its training series.

    A scorer for scikit-learn's searches. Together with
    ``TimeSeriesSplit(n_splits, test_size=horizon)`` it scores forecasts from rolling origins.

    Parameters
    ----------
    estimator : ESNForecaster
        Fitted on one series.
    X : array-like of shape (T, d)
        The T steps that follow the training series.
    y : ignored

    Returns
    -------
    score : float
        Minus the root-mean-square error of ``estimator.forecast(T)``, in the data's units;
        minus infinity where the loop diverges.

    References
    ----------
    Tashman (2000), Out-of-sample tests of forecasting accuracy, International Journal of
    Forecasting 16, for rolling origins.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
    >>> from reservoir import ESNForecaster, Reservoir, RidgeReadout
    >>> from reservoir.model_selection import neg_forecast_rmse
    >>> x = np.sin(np.arange(400) * 0.3).reshape(-1, 1)
    >>> search = GridSearchCV(
    ...     ESNForecaster(Reservoir(30, random_state=0), RidgeReadout()),
    ...     {"readout__alpha": [1e-8, 1e2]},
    ...     cv=TimeSeriesSplit(3, test_size=20),
    ...     scoring=neg_forecast_rmse,
    ... )
    >>> search.fit(x).best_params_
    {'readout__alpha': 1e-08}
    """
    truth = check_sequences(estimator, X, reset=False).items[0]
    forecast = estimator.forecast(len(truth), on_divergence="nan")
    if not np.isfinite(forecast).all():
        return -np.inf
    return -float(np.sqrt(np.square(forecast - truth).mean()))


def forecasting_search(
    *,
    horizon: int,
    season: int = 1,
    n_splits: int = 8,
    n_units: int = 200,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> GridSearchCV:
    """Return an unfitted search for an `ESNForecaster` of one series.

    A small grid: whether to difference over a step, over a season or over both, and the ridge
    penalty in five sizes. Scored by free-running forecasts of `horizon` steps from `n_splits`
    rolling origins, one horizon apart, up to the end of the series.

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
    n_jobs : int, optional
        Processes of the search.
    random_state : int, RandomState instance or None, default=None

    Returns
    -------
    search : `~sklearn.model_selection.GridSearchCV`

    References
    ----------
    Tashman (2000), Out-of-sample tests of forecasting accuracy, International Journal of
    Forecasting 16.

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
    reservoir = Reservoir(n_units, leak_rate=0.3, bias_scaling=0.3)
    return GridSearchCV(
        ESNForecaster(reservoir, RidgeReadout(), random_state=random_state),
        {"differences": differences, "readout__alpha": [1e-6, 1e-4, 1e-2, 1.0, 1e2]},
        cv=TimeSeriesSplit(n_splits, test_size=horizon),
        scoring=neg_forecast_rmse,
        n_jobs=n_jobs,
    )
