"""What is left of a forecast's errors, horizon by horizon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..canvas import COLOURS, axes_of, ink, legend
from ..checks import COUNT, checked, numbers_of
from ..frames import as_column
from .results import Result


@dataclass(frozen=True, repr=False)
class ForecastResiduals(Result):
    """Errors of forecasts from rolling origins, what came less what was forecast.

    Parameters
    ----------
    errors : ndarray of shape (n_origins, n_steps, d)
        NaN where the truth or the forecast is.
    step : int
        Rows from origin to origin.
    """

    errors: np.ndarray
    step: int

    @property
    def bias(self) -> np.ndarray:
        """Mean error by horizon, (n_steps, d)."""
        return np.asarray(np.nanmean(self.errors, axis=0))

    @property
    def spread(self) -> np.ndarray:
        """Standard deviation of the errors by horizon, (n_steps, d)."""
        return np.asarray(np.nanstd(self.errors, axis=0))

    @property
    def rmse(self) -> np.ndarray:
        """Root mean square error by horizon, (n_steps, d)."""
        return np.asarray(np.sqrt(np.nanmean(np.square(self.errors), axis=0)))

    @property
    def autocorrelation(self) -> np.ndarray:
        """Correlation of an error with that from the origin before, by horizon, (n_steps, d).

        Near zero where origins are a horizon apart and nothing is left to be learned.
        """
        before, after = self.errors[:-1] - self.bias, self.errors[1:] - self.bias
        together = np.nanmean(before * after, axis=0)
        scale = np.sqrt(np.nanmean(before**2, axis=0) * np.nanmean(after**2, axis=0))
        return np.asarray(together / np.where(scale > 0, scale, 1.0))

    def plot(self, ax: Any = None, *, feature: int = 0) -> Any:
        """Draw bias and spread by horizon.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        feature : int, default=0

        Returns
        -------
        ax : matplotlib Axes
        """
        ax = axes_of(ax, figsize=(6, 3.5))
        horizon = np.arange(1, 1 + self.errors.shape[1])
        bias, spread = self.bias[:, feature], self.spread[:, feature]
        ax.fill_between(
            horizon, bias - spread, bias + spread, alpha=0.3, color=COLOURS[1], lw=0,
            label="± spread",
        )  # fmt: skip
        ax.plot(horizon, bias, color=COLOURS[1], label="bias")
        ax.axhline(0.0, color=ink(), alpha=0.4, lw=0.8)
        ax.set(xlabel="steps ahead", ylabel="error")
        ax.set_title(f"{len(self.errors)} origins", loc="right")
        legend(ax)
        return ax


@checked(n_steps=[COUNT], step=[COUNT, None])
def forecast_residuals(
    estimator: Any, X: Any, n_steps: int, *, step: int | None = None, exog: Any = None
) -> ForecastResiduals:
    """Errors of forecasts from rolling origins within a continuation, without refitting.

    Parameters
    ----------
    estimator : ESNForecaster or ForecastSearchCV
        Fitted on one series.
    X : as in ``fit``
        The continuation of that series.
    n_steps : int
        How far each forecast goes.
    step : int, optional
        Rows from origin to origin; `n_steps` where None.
    exog : as in ``fit``, optional

    Returns
    -------
    result : ForecastResiduals

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import ESNForecaster, Reservoir
    >>> from reservoir.diagnostics import forecast_residuals
    >>> x = np.sin(np.arange(600) / 5)[:, None]
    >>> model = ESNForecaster(Reservoir(30), random_state=0).fit(x[:400])
    >>> forecast_residuals(model, x[400:], 20).errors.shape
    (10, 20, 1)
    """
    check_is_fitted(estimator)
    step = n_steps if step is None else int(step)
    forecasts = estimator.rolling_forecast(
        X, n_steps, step=step, **({} if exog is None else {"exog": exog})
    )
    truth = numbers_of(as_column(X), "X", ensure_all_finite=False, ensure_2d=False)
    truth = truth.reshape(len(truth), -1)
    origins = step * np.arange(len(forecasts))
    return ForecastResiduals(truth[origins[:, None] + np.arange(n_steps)] - forecasts, step)
