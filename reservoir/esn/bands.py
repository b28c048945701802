"""Bands of forecasts, as wide as the errors of past forecasts say."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from .closed_loop import divergence_is_known
from .levels import Levels, of_finite

#: Bands are calibrated on the last half of the training series, in so many pieces, each forecast by
#: a network fitted on all before it; from so many origins at most; they are trusted where so many
#: forecasts fit in.
PIECES, MOST_ORIGINS, LEAST_HORIZONS = 4, 400, 20


def check_quantiles(quantiles: Any) -> np.ndarray:
    """Return probabilities as an array, or raise a `ValueError`."""
    array = np.asarray(quantiles, dtype=float)
    if array.ndim != 1 or not array.size or not ((array > 0) & (array < 1)).all():
        raise ValueError(f"quantiles must be one or more numbers in (0, 1); got {quantiles!r}.")
    return array


class Calibration(NamedTuple):
    """What past forecasts say of coming ones.

    Attributes
    ----------
    errors : ndarray of shape (n_origins, n_steps, d)
        In the units of the transformed series; infinite where a loop diverged, NaN where the truth
        was not seen.
    n_apart : ndarray of shape (n_steps,)
        Of the origins, how many have forecasts to this horizon that do not overlap.
    """

    errors: np.ndarray
    n_apart: np.ndarray

    def margin(self, probability: float) -> np.ndarray:
        """Return how far (n_steps, d) the quantile lies above the forecast."""
        return conformal_quantile(self.errors, probability, self.n_apart)


def calibrate(forecaster: Any, x: np.ndarray, exog: np.ndarray | None, n_steps: int) -> Calibration:
    """Forecast the last half of a training series from rolling origins.

    Parameters
    ----------
    forecaster : ESNForecaster
        Cloned, and fitted on the first half and on more and more of the second.
    x : ndarray of shape (T, d)
    exog : ndarray of shape (T, e) or None
    n_steps : int

    Returns
    -------
    calibration : Calibration

    Raises
    ------
    ValueError
        If `n_steps` do not fit into half the series.

    Warns
    -----
    UserWarning
        Where fewer than twenty forecasts fit in.
    """
    cut = len(x) // 2
    left = len(x) - cut
    if left < n_steps:
        raise ValueError(
            f"quantiles need forecasts of n_steps={n_steps} to fit into the last half of the "
            f"training series, which has {left} steps."
        )
    if left < LEAST_HORIZONS * n_steps:
        warnings.warn(
            f"{left // n_steps} forecasts of {n_steps} steps fit into the {left} steps that "
            f"bands are calibrated on; fewer than {LEAST_HORIZONS} leave them uncertain.",
            stacklevel=4,
        )

    def known(first: int | None, last: int | None) -> np.ndarray | None:
        return None if exog is None else exog[first:last]

    step = max(1, left // MOST_ORIGINS)
    errors = []
    for first, last in itertools.pairwise(np.linspace(cut, len(x), PIECES + 1).astype(int)):
        end = last + n_steps - 1
        if len(x[first:end]) < n_steps:
            break
        fitted = clone(forecaster).fit(x[:first], exog=known(None, first))
        errors.append(_errors(fitted, x[first:end], n_steps, step, known(first, end)))
    found = np.concatenate(errors)
    overlap = np.maximum(np.arange(1, n_steps + 1) / step, 1.0)
    return Calibration(found, np.maximum(len(found) / overlap, 1.0))


def _errors(
    fitted: Any, x: np.ndarray, n_steps: int, step: int, exog: np.ndarray | None
) -> np.ndarray:
    """Return errors (n_origins, n_steps, d) of rolling forecasts, in levels."""
    with divergence_is_known():
        forecasts = fitted.rolling_forecast(x, n_steps, step=step, exog=exog)
    level = fitted.levels_.transformed(x)
    truth = np.stack([level[k * step : k * step + n_steps] for k in range(len(forecasts))])
    errors = truth - fitted.levels_.of_forecasts(list(forecasts))
    return np.where(np.isnan(errors) & ~np.isnan(truth), np.inf, errors)


def conformal_quantile(
    errors: np.ndarray, probability: float, n_apart: np.ndarray | None = None
) -> np.ndarray:
    r"""Return the quantile of errors (n, h, ...) that a further one does not exceed.

    For p above one half it is the empirical quantile at :math:`\min(1, (m + 1) p / m)`, where m of
    the errors are exchangeable; its mirror image below. With m = n that is the ceil((n + 1) p)-th
    smallest. Infinity is an error beyond all others, on either side; NaN is none.

    Parameters
    ----------
    errors : ndarray of shape (n, h, ...)
    probability : float
    n_apart : ndarray of shape (h,), optional
        m, for every horizon: forecasts that overlap have errors that go together. n where None.

    References
    ----------
    Vovk, Gammerman & Shafer (2005), Algorithmic learning in a random world, section 4.2.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.esn.bands import conformal_quantile
    >>> [float(conformal_quantile(np.arange(1.0, 20.0), p)) for p in (0.1, 0.9)]
    [2.0, 18.0]
    """
    if probability < 0.5:
        mirrored = np.where(np.isinf(errors), np.inf, -errors)
        return -conformal_quantile(mirrored, 1.0 - probability, n_apart)
    n = (~np.isnan(errors)).sum(axis=0)  # of every horizon, and feature
    m = np.full(errors.shape[1:2], len(errors), dtype=float) if n_apart is None else n_apart
    m = np.reshape(m, (*np.shape(m), *[1] * (n.ndim - np.ndim(m)))) * n / len(errors)
    level = np.minimum(1.0, (m + 1.0) * probability / np.maximum(m, 1e-300))
    rank = np.maximum(np.ceil(n * level - 1e-9).astype(int), 1) - 1
    ordered = np.sort(errors, axis=0)  # NaN last
    return np.take_along_axis(ordered, rank[None], axis=0)[0]


class BandsMixin:
    """A forecaster's bands: `ESNForecaster.forecast_quantiles`."""

    levels_: Levels
    _run: Any
    _training: Any
    _calibrations: dict[int, Calibration]

    def forecast_quantiles(
        self,
        n_steps: int,
        quantiles: Sequence[float] = (0.05, 0.5, 0.95),
        context: Any = None,
        *,
        exog: Any = None,
        context_exog: Any = None,
        on_divergence: str = "raise",
    ) -> Any:
        """Forecast quantiles of the coming steps: bands as wide as past forecasts were wrong.

        Split conformal, for each horizon by itself: networks fitted on the first half of the
        training series, and on more and more of the second, forecast the rest from rolling origins;
        their errors are what the bands are made of. `fit` keeps the series for that.

        Parameters
        ----------
        n_steps : int
            How many, ≥ 1.
        quantiles : sequence of Q floats, default=(0.05, 0.5, 0.95)
            Probabilities in (0, 1); the default's outer ones hold nine in ten steps.
        context, exog, context_exog, on_divergence
            As for `forecast`.

        Returns
        -------
        bands : ndarray of shape (n_steps, d, Q) or (K, n_steps, d, Q), or list of such
            In the form of the context. After a pandas series a frame with a column for each
            quantile, after a frame one with columns (name, quantile).

        Raises
        ------
        ValueError
            As `forecast`; or if `quantiles` are not in (0, 1), or the fit was not on one series, in
            one piece, that is long enough.

        Warns
        -----
        UserWarning
            Where fewer than twenty forecasts fit into the last half of the training series: a band
            is then as wide as the largest error, and uncertain.

        References
        ----------
        Vovk, Gammerman & Shafer (2005), Algorithmic learning in a random world, section 4.2, for
        the split; Stankevičiūtė, Alaa & van der Schaar (2021), Conformal time-series forecasting.

        Examples
        --------
        >>> import numpy as np
        >>> from reservoir import ESNForecaster
        >>> noise = np.random.default_rng(0).normal(scale=0.1, size=(600, 1))
        >>> x = np.sin(np.arange(600) * 0.2)[:, None] + noise
        >>> bands = ESNForecaster(random_state=0).fit(x).forecast_quantiles(5, (0.05, 0.95))
        >>> bands.shape, bool((bands[..., 0] < bands[..., 1]).all())
        ((5, 1, 2), True)
        """
        run = self._run(n_steps, context, exog, context_exog, on_divergence)
        bands = self._bands(run, quantiles)
        return run.answer(list(np.stack(bands, axis=-1)), quantiles=tuple(quantiles))

    def _bands(self, run: Any, quantiles: Any) -> list[list[np.ndarray]]:
        """Return, for each quantile, the band (n_steps, d) of every forecast."""
        probabilities = check_quantiles(quantiles)
        margins = map(self._calibrated(len(run.forecasts[0])).margin, probabilities)
        middle = self.levels_.of_forecasts(run.forecasts)
        return [[of_finite(self.levels_.restored, x) for x in middle + m] for m in margins]

    def _calibrated(self, n_steps: int) -> Calibration:
        """Return what forecasts of what was not trained on say."""
        if n_steps not in self._calibrations:
            if self._training is None:
                raise ValueError(
                    "quantiles need a fit on one series, by fit and not by partial_fit."
                )
            x, exog = self._training
            self._calibrations[n_steps] = calibrate(self, x, exog, n_steps)
        return self._calibrations[n_steps]
