"""Forecasts beside what was, and what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..canvas import COLOURS, DASHED, Display, axes_of, ink, legend
from ..checks import check_count
from ..panels.forms import ID
from .curves import Curves, one_of

#: Rows of the training series that are shown: so many times the forecast, and at least so many.
SHOWN_TIMES, SHOWN_LEAST = 4, 100


@dataclass(frozen=True)
class Band:
    """What holds a share of the truth.

    Parameters
    ----------
    share : float
        In (0, 1).
    low, high : ndarray of shape (h, d)
    """

    share: float
    low: np.ndarray
    high: np.ndarray


class ForecastDisplay(Display):
    """A series, forecasts of it, and what came.

    `from_estimator` and `from_predictions` make one; their `plot` can be called again.

    Parameters
    ----------
    forecasts : mapping from label to Curves
    history : Curves, optional
        What was known.
    truth : Curves, optional
        What came.
    bands : sequence of Band, default=()
        Of the first forecast.

    Attributes
    ----------
    ax_ : matplotlib Axes, or array of them
        One for each feature that is drawn.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import ESNForecaster
    >>> from reservoir.plotting import ForecastDisplay
    >>> x = np.sin(np.arange(300) / 5).reshape(-1, 1)
    >>> model = ESNForecaster(random_state=0).fit(x[:250])
    >>> display = ForecastDisplay.from_estimator(model, x[250:])
    >>> [line.get_label() for line in display.ax_.lines]
    ['measured', 'forecast', 'what came', '_start']
    """

    def __init__(
        self,
        forecasts: Mapping[str, Curves],
        *,
        history: Curves | None = None,
        truth: Curves | None = None,
        bands: Sequence[Band] = (),
    ) -> None:
        self.forecasts = dict(forecasts)
        self.history, self.truth, self.bands = history, truth, list(bands)

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any = None,
        *,
        n_steps: int | None = None,
        history: Any = None,
        exog: Any = None,
        interval: float | Sequence[float] | None = None,
        feature: Any = None,
        series: Any = None,
        ax: Any = None,
        **options: Any,
    ) -> ForecastDisplay:
        """Forecast from the end of the training series and draw it, beside what came if known.

        Parameters
        ----------
        estimator : ESNForecaster, ForecastSearchCV, PanelForecaster or another with ``forecast``
            Fitted; on arrays, pandas or polars, one series or several.
        X : as in ``fit``, optional
            What came, if it is known.
        n_steps : int, optional
            How far to forecast; as far as `X` where not given.
        history : as in ``fit``, optional
            The series before, to be drawn too. Where None, the last part of the training series, if
            the estimator keeps it.
        exog : as for ``forecast``, optional
            Exogenous rows of the coming steps.
        interval : float or sequence of floats in (0, 1), optional
            Shares of the truth that shaded bands hold, by ``forecast_quantiles``.
        feature : int, str, or list of these, optional
            Which columns, by place or name; all where None, or the first where `ax` is given.
        series : object, optional
            Which of several series, by place, key or id; the first where None.
        ax : matplotlib Axes, or a sequence of one for each feature, optional
        **options
            Further ones of ``forecast``, such as ``context``.

        Returns
        -------
        display : ForecastDisplay

        Raises
        ------
        ValueError
            If neither `X` nor `n_steps` is given, or `feature` or `series` is unknown.
        """
        check_is_fitted(estimator)
        if X is None and n_steps is None:
            raise ValueError("n_steps must be given where there is no X: how far to forecast.")
        truth = None if X is None else Curves.of(X, series)
        n_steps = len(truth) if n_steps is None and truth is not None else n_steps
        n_steps = check_count(n_steps, "n_steps")
        if exog is not None:
            options["exog"] = exog
        answer = estimator.forecast(n_steps, **options)
        forecast = Curves.of(answer, series, "the forecast")
        several = one_of(answer, series, "the forecast") is not answer
        bands = []
        if interval is not None:
            shares, quantiles = _quantiles_of(interval)
            found = estimator.forecast_quantiles(n_steps, quantiles, **options)
            found = _one_of_bands(found, series) if several else found
            bands = _bands_of(found, shares, quantiles, forecast)
        before = _history_of(estimator, history, series, n_steps, options)
        made = cls.joined({"forecast": forecast}, history=before, truth=truth, bands=bands)
        return made.plot(ax, feature=feature)

    @classmethod
    def from_predictions(
        cls,
        y_true: Any,
        y_pred: Any,
        *,
        history: Any = None,
        bands: Mapping[float, tuple[Any, Any]] | None = None,
        feature: Any = None,
        ax: Any = None,
    ) -> ForecastDisplay:
        """Draw forecasts that were made already.

        Parameters
        ----------
        y_true : array, series or frame of shape (h,) or (h, d), or None
            What came.
        y_pred : as `y_true`, or mapping from label to such
        history : as `y_true`, of any length, optional
        bands : mapping from share to (low, high), optional
            Of the first forecast.
        feature, ax
            As for `from_estimator`.

        Returns
        -------
        display : ForecastDisplay
        """
        several = y_pred if isinstance(y_pred, Mapping) else {"forecast": y_pred}
        curves = {str(label): Curves.of(y, name=str(label)) for label, y in several.items()}
        past, truth = (None if y is None else Curves.of(y) for y in (history, y_true))
        found = [
            Band(share, *(Curves.of(edge).values for edge in edges))
            for share, edges in (bands or {}).items()
        ]
        made = cls.joined(curves, history=past, truth=truth, bands=found)
        return made.plot(ax, feature=feature)

    @classmethod
    def joined(
        cls,
        forecasts: Mapping[str, Curves],
        *,
        history: Curves | None = None,
        truth: Curves | None = None,
        bands: Sequence[Band] = (),
    ) -> ForecastDisplay:
        """Put curves on one axis: that of their times, or of counted rows where one has none."""
        if truth is not None and not all(_at_same_times(truth, f) for f in forecasts.values()):
            truth = replace(truth, times=None)  # numbers that begin anew: all rows are counted
        if truth is not None and truth.times is not None:
            forecasts = {
                label: replace(each, times=truth.times[: len(each)], axis=truth.axis)
                if each.times is None and len(each) <= len(truth) else each
                for label, each in forecasts.items()
            }  # fmt: skip
        parts = [each for each in (history, truth, *forecasts.values()) if each is not None]
        widths = {each.values.shape[1] for each in parts}
        if len(widths) > 1:
            raise ValueError(
                f"all that is drawn must have the same features; got widths {sorted(widths)}."
            )
        names = next((each.names for each in parts if each.names is not None), None)
        counted = any(each.times is None for each in parts)
        first = 0 if history is None else len(history)

        def made(each: Curves, start: int) -> Curves:
            if counted:
                each = replace(each, times=None, axis="step")
            return replace(each.placed(start), names=names)

        return cls(
            {label: made(each, first) for label, each in forecasts.items()},
            history=None if history is None else made(history, 0),
            truth=None if truth is None else made(truth, first), bands=bands,
        )  # fmt: skip

    @property
    def _any(self) -> Curves:
        return next(iter(self.forecasts.values()))

    def plot(self, ax: Any = None, *, feature: Any = None) -> ForecastDisplay:
        """Draw what was measured, each forecast in a colour, its bands, and what came, dashed.

        Parameters
        ----------
        ax : matplotlib Axes, or a sequence of one for each feature, optional
        feature : int, str, or list of these, optional
            As for `from_estimator`.

        Returns
        -------
        self : ForecastDisplay
        """
        columns = self._columns(feature, ax)
        if ax is None:
            size = (9, 1 + max(3, 2 * len(columns)))
            ax = axes_of(None, nrows=len(columns), sharex=True, figsize=size)
        for column, each in zip(columns, np.ravel(ax), strict=True):
            self._plot_column(each, column)
        np.ravel(ax)[-1].set_xlabel(self._any.axis)
        legend(np.ravel(ax)[0])
        return self._drawn(ax)

    def _columns(self, feature: Any, ax: Any) -> list[int]:
        if feature is None:
            n_features = self._any.values.shape[1]
            return [*range(n_features if ax is None else min(np.size(ax), n_features))]
        some = feature if isinstance(feature, (list, tuple)) else [feature]
        return [self._any.column(each) for each in some]

    def _plot_column(self, ax: Any, column: int) -> None:
        """Draw one feature."""
        if self.history is not None:
            ax.plot(
                self.history.times, self.history.values[:, column], color=ink(), alpha=0.5, lw=1.2,
                label="measured",
            )  # fmt: skip
        times = self._any.times
        for k, band in enumerate(sorted(self.bands, key=lambda band: -band.share)):
            ax.fill_between(
                times, band.low[:, column], band.high[:, column], color=COLOURS[0], lw=0,
                alpha=0.15 + 0.1 * k, label=f"{100 * band.share:g} % band",
            )  # fmt: skip
        for k, (label, each) in enumerate(self.forecasts.items()):
            colour = COLOURS[k % len(COLOURS)]
            ax.plot(each.times, each.values[:, column], color=colour, lw=1.6, label=label)
        if self.truth is not None:
            ax.plot(
                self.truth.times, self.truth.values[:, column], color=ink(), lw=1.2,
                linestyle=DASHED, label="what came",
            )  # fmt: skip
        if self.history is not None:
            for start in {each.times[0]: None for each in self.forecasts.values()}:
                ax.axvline(start, color=ink(), alpha=0.2, lw=0.8, zorder=0, label="_start")
        ax.set_ylabel(self._any.label(column))

    def errors(self, scale: Any = None) -> np.ndarray:
        """Return how far the first forecast is off by horizon, (h,), in spreads of the series.

        Parameters
        ----------
        scale : float or array-like of shape (d,), optional
            The spreads; standard deviations of the history, or of what came, where not given.
        """
        if self.truth is None:
            raise ValueError("errors need what came: X, or y_true.")
        n_rows = min(len(self._any), len(self.truth))
        if scale is None:
            spread = np.nanstd((self.history or self.truth).values, axis=0)
            scale = np.where(spread > 0, spread, 1.0)
        off = self._any.values[:n_rows] - self.truth.values[:n_rows]
        return np.sqrt(np.square(off / scale).mean(axis=1))

    def plot_errors(
        self, ax: Any = None, *, threshold: float = 0.4, scale: Any = None
    ) -> ForecastDisplay:
        """Draw the error by horizon, and where it first passes a threshold.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        threshold : float, default=0.4
            In spreads, as `~reservoir.metrics.valid_prediction_time` has it.
        scale : as for `errors`, optional

        Returns
        -------
        self : ForecastDisplay
        """
        ax, errors = axes_of(ax, figsize=(9, 2.5)), self.errors(scale)
        horizon = np.arange(1, len(errors) + 1)
        ax.plot(horizon, errors, color=COLOURS[0], label="error")
        ax.axhline(threshold, color=ink(), alpha=0.5, lw=0.8, label=f"{threshold:g} spreads")
        wrong = np.flatnonzero(~(errors <= threshold))
        if len(wrong):
            ax.axvline(
                wrong[0] + 1, color=ink(), linestyle=":", label=f"valid for {wrong[0]} steps"
            )
        ax.set(xlabel="steps ahead", ylabel="error, in spreads", ylim=(0, None))
        legend(ax)
        return self._drawn(ax)

    def plot_phase(self, ax: Any = None, *, features: Any = None) -> ForecastDisplay:
        """Draw the forecast and what came against each other's features: an attractor.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Of the projection "3d" where three features are drawn.
        features : two or three of int or str, optional
            The first ones where None.

        Returns
        -------
        self : ForecastDisplay
        """
        n_features = self._any.values.shape[1]
        some = range(min(n_features, 3)) if features is None else features
        columns = [self._any.column(each) for each in some]
        if len(columns) not in (2, 3):
            raise ValueError(f"features must be two or three to be drawn; got {len(columns)}.")
        if ax is None:
            projection = {"projection": "3d"} if len(columns) == 3 else {}
            ax = axes_of(None, figsize=(5, 5), subplot_kw=projection)
        if self.truth is not None:
            ax.plot(
                *self.truth.values[:, columns].T, color=ink(), alpha=0.5, lw=0.8, label="what came"
            )
        for k, (label, each) in enumerate(self.forecasts.items()):
            colour = COLOURS[k % len(COLOURS)]
            ax.plot(*each.values[:, columns].T, color=colour, lw=0.8, label=label)
        for axis, column in zip("xyz", columns, strict=False):
            getattr(ax, f"set_{axis}label")(self._any.label(column))
        legend(ax)
        return self._drawn(ax)


def _at_same_times(truth: Curves, forecast: Curves) -> bool:
    """Whether what came is at the times of its forecast; dates that are not are a `ValueError`."""
    if forecast.times is None or truth.times is None:
        return True
    n_rows = min(len(truth), len(forecast))
    mine, theirs = (np.asarray(each.times[:n_rows]) for each in (truth, forecast))
    if mine.dtype.kind == theirs.dtype.kind and (mine == theirs).all():
        return True
    if "M" in (mine.dtype.kind, theirs.dtype.kind):
        raise ValueError(
            f"what came must be at the times of its forecast, from {theirs[0]} on; it begins at "
            f"{mine[0]}."
        )
    return False


def _quantiles_of(interval: Any) -> tuple[list[float], list[float]]:
    """Return the shares of the truth that bands hold, and the quantiles that these are between."""
    shares = [float(share) for share in np.ravel(interval)]
    if not all(0 < share < 1 for share in shares):
        raise ValueError(f"interval must be shares in (0, 1); got {interval!r}.")
    return shares, sorted({0.5 + side * share / 2 for share in shares for side in (-1, 1)})


def _one_of_bands(answer: Any, series: Any) -> Any:
    """Return the quantiles of one of several series."""
    columns = list(getattr(answer, "columns", ()))
    if ID not in columns:
        return one_of(answer, series, "the bands")
    ids = np.asarray(answer[ID])
    return np.asarray(answer[columns[2:]])[ids == (ids[0] if series is None else series)]


def _bands_of(
    answer: Any, shares: list[float], quantiles: list[float], forecast: Curves
) -> list[Band]:
    """Return the band of every share."""
    found = np.asarray(answer, dtype=float).reshape(*forecast.values.shape, len(quantiles))
    return [
        Band(share, *(found[:, :, quantiles.index(0.5 + side * share / 2)] for side in (-1, 1)))
        for share in shares
    ]


def _history_of(
    estimator: Any, history: Any, series: Any, n_steps: int, options: Any
) -> Curves | None:
    """Return what is drawn of the past: what is handed over, or the end of the training."""
    if history is not None:
        return Curves.of(history, series, "history")
    if options.get("context") is not None:
        return Curves.of(options["context"], series, "context").last(_shown(n_steps))
    known = getattr(estimator, "best_estimator_", estimator)
    known = getattr(known, "training_series", lambda: None)()
    return None if known is None else Curves.of(known).last(_shown(n_steps))


def _shown(n_steps: int) -> int:
    return max(SHOWN_TIMES * n_steps, SHOWN_LEAST)
