"""Scorers: of free-running forecasts, and of the steps of many sequences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import gcd
from typing import Any

import numpy as np
from sklearn.utils.metadata_routing import MetadataRequest

from ..checks import COUNT, checked, numbers_of
from ..esn import ESNForecaster, divergence_is_known
from ..frames import as_column
from ..readouts import training_weights
from ..sequences import Sequences, check_sequences, check_targets, form_of


def root_mean_square(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    """Root-mean-square error over all steps and features, in the data's units."""
    return float(root_mean_squares(y_true, np.asarray(y_pred)[None])[0])


def root_mean_squares(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Return the root-mean-square errors (A,) of several forecasts (A, ...)."""
    with np.errstate(over="ignore"):  # a loop that is about to diverge
        squares = np.square(y_pred - np.asarray(y_true)).reshape(len(y_pred), -1)
        found: np.ndarray = np.sqrt(squares.mean(axis=1))
    return found


#: What counts as the forecast of a loop that has diverged; its square is still a number.
FAR_OFF = 1e100


@dataclass(frozen=True)
class ForecastScorer:
    """What `make_forecast_scorer` returns."""

    horizon: int | None
    metric: Callable[[Any, Any], float]
    step: int | None
    greater_is_better: bool
    requests: Mapping[str, Any] = field(default_factory=dict)
    units: tuple[float, ...] | None = None  # what errors of each feature are counted in

    def in_spreads_of(self, items: Sequence[np.ndarray]) -> ForecastScorer:
        """Return a scorer that counts each feature's errors in its spread over series (T_k, d).

        For the root mean square of several features, of which the one of the largest numbers would
        decide alone; other metrics see the data as they are.
        """
        if self.metric is not root_mean_square or items[0].shape[1] == 1:
            return self
        spread = np.nanstd(np.concatenate(items), axis=0)
        return replace(self, units=tuple(np.where(spread > 0, spread, 1.0).tolist()))

    def __call__(
        self, estimator: ESNForecaster, X: Any, y: Any = None, *, exog: Any = None
    ) -> float:
        """Score a fitted forecaster over `X`, the continuation of its training series."""
        truth = numbers_of(X, "X", ensure_2d=False, ensure_all_finite="allow-nan")
        truth = truth.reshape(len(truth), -1)
        horizon = len(truth) if self.horizon is None else self.horizon
        (origins,) = self.origins(len(truth))
        known = {} if exog is None else {"exog": exog}
        with divergence_is_known():
            forecasts = estimator.rolling_forecast(X, horizon, step=origins.step, **known)
        return float(self._scores(forecasts[None], truth, [origins], origins.step)[0, 0])

    def set_score_request(self, **requests: Any) -> ForecastScorer:
        """Return a scorer that asks for metadata: ``exog=True``, for scikit-learn's searches."""
        return replace(self, requests=requests)

    def get_metadata_routing(self) -> MetadataRequest:
        """Return what is asked for, as scikit-learn's routing reads it."""
        request = MetadataRequest(owner="ForecastScorer")
        for name in ("exog", *self.requests):
            request.score.add_request(param=name, alias=self.requests.get(name))
        return request

    def origins(self, n_rows: int, n_folds: int = 1) -> list[range]:
        """Return where forecasts start in each of `n_folds` equal parts of the rows.

        A forecast counts for the part that it starts in, and may reach into the next ones.
        """
        length = n_rows // n_folds
        horizon = length if self.horizon is None else self.horizon
        if horizon > length:
            raise ValueError(f"horizon={horizon} is more than the {length} rows of a test fold.")
        last, step = n_folds * length - horizon, horizon if self.step is None else self.step
        firsts = range(0, n_folds * length, length)
        return [range(first, min(first + length - 1, last) + 1, step) for first in firsts]

    def of_path(
        self, path: Sequence[ESNForecaster], X: Any, n_folds: int = 1, *, exog: Any = None
    ) -> np.ndarray:
        """Return the scores (A, n_folds) of an alpha path on equal parts of `X`, as one batch."""
        truth = check_sequences(path[0], as_column(X), reset=False, gaps=True).items[0]
        folds = self.origins(len(truth), n_folds)
        length, step = len(truth) // n_folds, folds[0].step
        horizon = length if self.horizon is None else self.horizon
        stride = gcd(length, step) if n_folds > 1 else step
        forecasts = path[0].rolling_path(path, X, horizon, step=stride, exog=exog)
        return self._scores(forecasts, truth, folds, stride)

    def _scores(
        self, forecasts: np.ndarray, truth: np.ndarray, folds: Sequence[range], stride: int
    ) -> np.ndarray:
        """Return the scores (A, n_folds) of forecasts (A, n_origins, horizon, d).

        Rows of the truth that were not seen do not count.
        """
        horizon, scores = forecasts.shape[2], np.empty((len(forecasts), len(folds)))
        for fold, starts in enumerate(folds):
            errors = [
                self.of_each(truth[at : at + horizon], forecasts[:, at // stride]) for at in starts
            ]
            scores[:, fold] = [self.score_of(of_one) for of_one in np.hstack(errors)]
        return scores

    def of_one(self, truth: np.ndarray, forecast: np.ndarray) -> list[float]:
        """Return the metric of a forecast (horizon, d), none where nothing of the truth was seen.

        What is not finite counts as `FAR_OFF`.
        """
        found: list[float] = self.of_each(truth, forecast[None])[0].tolist()
        return found

    def of_each(self, truth: np.ndarray, forecasts: np.ndarray) -> np.ndarray:
        """Return the metric (A, 1) of forecasts (A, horizon, d), as `of_one`; else (A, 0)."""
        seen = ~np.isnan(truth).any(axis=1)
        if not seen.any():
            return np.empty((len(forecasts), 0))
        units = 1.0 if self.units is None else np.array(self.units)
        held = np.nan_to_num(forecasts[:, seen], nan=FAR_OFF).clip(-FAR_OFF, FAR_OFF) / units
        if self.metric is root_mean_square:  # of all at once
            return root_mean_squares(truth[seen] / units, held)[:, None]
        return np.array([[self.metric(truth[seen] / units, each)] for each in held], dtype=float)

    def score_of(self, errors: Sequence[float]) -> float:
        """Return the mean of a metric as a score, minus infinity where there is none."""
        mean = float(np.mean(errors)) if len(errors) else np.nan
        return -np.inf if np.isnan(mean) else mean if self.greater_is_better else -mean


@checked(
    horizon=[COUNT, None], metric=[callable], step=[COUNT, None], greater_is_better=["boolean"]
)
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
    scorer : callable ``(estimator, X, y=None, *, exog=None) -> float``
        The mean over origins, negated for an error. From where a loop diverges, its forecast
        counts as 1e100; minus infinity where a metric has no answer. It takes ``exog=`` of the rows
        of `X`; ``set_score_request(exog=True)`` asks scikit-learn's searches for them.

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


@dataclass(frozen=True)
class SequenceScorer:
    """What `make_sequence_scorer` returns."""

    metric: Callable[..., float]
    greater_is_better: bool

    def __call__(self, estimator: Any, X: Any, y: Any) -> float:
        """Score a fitted estimator over the steps of all sequences together."""
        form = form_of(X)
        items = [np.asarray(item) for item in ([X] if form == "series" else X)]
        sequences = Sequences(form, items)
        targets = check_targets(y, sequences)
        if targets.per_sequence:
            raise ValueError(
                "y must hold one target per step; one per sequence needs no such scorer."
            )
        washout = 0 if form == "series" else getattr(estimator, "washout_", 0)
        weights = training_weights(None, sequences, targets, washout, least=1)
        answers = estimator.predict(X)
        rows = [np.reshape(a, (len(a), -1)) for a in ([answers] if form == "series" else answers)]
        y_true, y_pred = (
            np.concatenate([row[weight > 0] for row, weight in zip(part, weights, strict=True)])
            for part in (targets.items, rows)
        )
        return float(self.metric(y_true, y_pred)) * (1.0 if self.greater_is_better else -1.0)


def make_sequence_scorer(
    metric: Callable[..., float], *, greater_is_better: bool = True
) -> SequenceScorer:
    """Make a scorer of per-step predictions for panels and ragged lists, by any metric of rows.

    scikit-learn's own scorers take arrays of at most two dimensions, which these are not.

    Parameters
    ----------
    metric : callable ``(y_true, y_pred) -> float``
        Of arrays (steps, m), such as `~sklearn.metrics.mean_absolute_error`: the steps of all
        sequences, one after the other, without the washout and without rows of NaN.
    greater_is_better : bool, default=True
        Whether the metric is a score rather than an error.

    Returns
    -------
    scorer : callable ``(estimator, X, y) -> float``
        Negated for an error.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.metrics import root_mean_squared_error
    >>> from sklearn.model_selection import KFold, cross_val_score
    >>> from reservoir import ESNRegressor
    >>> from reservoir.model_selection import make_sequence_scorer
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.uniform(-1, 1, (n, 1)) for n in (200, 150, 180, 170)]
    >>> y = [np.roll(u, 1, axis=0) for u in X]
    >>> scorer = make_sequence_scorer(root_mean_squared_error, greater_is_better=False)
    >>> scores = cross_val_score(ESNRegressor(random_state=0), X, y, cv=KFold(2), scoring=scorer)
    >>> bool((scores > -0.05).all())
    True
    """
    return SequenceScorer(metric, greater_is_better)


#: The default: one forecast of the whole test fold, its root-mean-square error negated.
FREE_RUN = make_forecast_scorer()
