"""Pictures, as displays in scikit-learn's manner: `from_estimator` computes, `plot` draws.

matplotlib is imported only when one draws: ``pip install "reservoir-learn[plot]"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .esn import ESNForecaster
from .sequences import check_sequences
from .topology import eigenvalues


def _axes(ax: Any, **figure: Any) -> Any:
    """Return `ax`, or the axes of a new figure."""
    if ax is not None:
        return ax
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            'drawing needs matplotlib: pip install "reservoir-learn[plot]"'
        ) from error
    return plt.subplots(layout="constrained", **figure)[1]


def _heatmap(ax: Any, values: np.ndarray, label: str, *, aspect: str = "auto") -> None:
    """Draw a matrix in red and blue about a white zero."""
    limit = float(np.abs(values).max(initial=0.0)) or 1.0
    image = ax.imshow(
        values, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect=aspect, interpolation="nearest"
    )
    ax.figure.colorbar(image, ax=ax, label=label)


def fitted_reservoir(estimator: Any) -> Any:
    """Return the fitted reservoir that `estimator` is or holds."""
    check_is_fitted(estimator)
    estimator = getattr(estimator, "regressor_", estimator)
    return getattr(estimator, "reservoir_", estimator)


class StatesDisplay:
    """States of reservoir units over time.

    Parameters
    ----------
    states : ndarray of shape (T, N)

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.plotting import StatesDisplay
    >>> u = np.sin(np.arange(100) / 5).reshape(-1, 1)
    >>> display = StatesDisplay.from_estimator(Reservoir(20, random_state=0).fit(u), u)
    >>> len(display.ax_.lines)
    8
    """

    def __init__(self, states: np.ndarray) -> None:
        self.states = states

    @classmethod
    def from_estimator(cls, estimator: Any, X: Any, *, units: Any = 8, ax: Any = None) -> Any:
        """Run a fitted reservoir, or the one of a fitted network, over a series and draw.

        Parameters
        ----------
        estimator : Reservoir, ESNRegressor or ESNForecaster
        X : array-like of shape (T, d)
            One series, as the reservoir gets it: for a forecaster, differenced and standardised.
        units, ax
            As for `plot`.

        Returns
        -------
        display : StatesDisplay
        """
        reservoir = fitted_reservoir(estimator)
        series = check_sequences(reservoir, X, reset=False).items[0]
        return cls(reservoir.transform(series)).plot(ax, units=units)

    def plot(self, ax: Any = None, *, units: Any = 8) -> StatesDisplay:
        """Draw one line per unit.

        Parameters
        ----------
        ax : matplotlib Axes, optional
        units : int or sequence of int, default=8
            How many, evenly spread, or which.

        Returns
        -------
        self : StatesDisplay
        """
        ax = _axes(ax, figsize=(8, 3.5))
        n_units = self.states.shape[1]
        if isinstance(units, (int, np.integer)):
            units = np.linspace(0, n_units - 1, min(int(units), n_units)).astype(int)
        ax.plot(self.states[:, list(units)], linewidth=1.0)
        ax.set(xlabel="step", ylabel="state", xlim=(0, len(self.states) - 1))
        ax.set_title(f"{len(units)} of {n_units} units")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def plot_heatmap(self, ax: Any = None) -> StatesDisplay:
        """Draw all units as a heat map, one row each.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : StatesDisplay
        """
        ax = _axes(ax, figsize=(8, 3.5))
        _heatmap(ax, self.states.T, "state")
        ax.set(xlabel="step", ylabel="unit")
        self.ax_, self.figure_ = ax, ax.figure
        return self


class ConnectivityDisplay:
    """The recurrent weights as a picture: row i holds what unit i receives.

    Parameters
    ----------
    weights : ndarray or sparse matrix of shape (N, N)

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import Reservoir
    >>> from reservoir.plotting import ConnectivityDisplay
    >>> reservoir = Reservoir(20, topology="ring").fit(np.ones((5, 1)))
    >>> ConnectivityDisplay.from_estimator(reservoir).ax_.get_xlabel()
    'from unit'
    """

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None) -> ConnectivityDisplay:
        """Draw the recurrent weights of a fitted reservoir, or of the one of a fitted network.

        Parameters
        ----------
        estimator : Reservoir, ESNRegressor or ESNForecaster
        ax : matplotlib Axes, optional

        Returns
        -------
        display : ConnectivityDisplay
        """
        return cls(fitted_reservoir(estimator).W_).plot(ax)

    def _dense(self) -> np.ndarray:
        return self.weights.toarray() if hasattr(self.weights, "toarray") else self.weights

    def plot(self, ax: Any = None) -> ConnectivityDisplay:
        """Draw the matrix, red for positive and blue for negative weights.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : ConnectivityDisplay
        """
        ax = _axes(ax, figsize=(5, 4.2))
        _heatmap(ax, self._dense(), "weight", aspect="equal")
        ax.set(xlabel="from unit", ylabel="to unit")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def plot_eigenvalues(self, ax: Any = None) -> ConnectivityDisplay:
        """Draw the eigenvalues of the matrix in the complex plane, with the unit circle.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : ConnectivityDisplay
        """
        ax = _axes(ax, figsize=(4.5, 4.5))
        values = eigenvalues(self._dense())
        circle = np.exp(2j * np.pi * np.linspace(0, 1, 200))
        ax.plot(circle.real, circle.imag, color="0.6", lw=1.0)
        ax.scatter(values.real, values.imag, s=12)
        ax.set(xlabel="real part", ylabel="imaginary part", aspect="equal")
        ax.set_title(f"spectral radius {np.abs(values).max(initial=0.0):.3g}")
        self.ax_, self.figure_ = ax, ax.figure
        return self


class ForecastDisplay:
    """A series and forecasts of it.

    Parameters
    ----------
    series : ndarray of shape (T,)
        What was measured.
    forecasts : mapping from label to (start, values)
        Each begins at step `start` of the series, which may be its end; values (n_steps,).
    times : ndarray of shape (>= T,), optional
        Of the steps, as long as series and forecasts reach; 0, 1, 2, … where not given.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import ESNForecaster
    >>> from reservoir.plotting import ForecastDisplay
    >>> x = np.sin(np.arange(300) / 5).reshape(-1, 1)
    >>> model = ESNForecaster(random_state=0).fit(x[:250])
    >>> display = ForecastDisplay.from_estimator(model, x[250:], history=x[:250])
    >>> [line.get_label() for line in display.ax_.lines]
    ['measured', 'forecast', '_start']
    """

    def __init__(
        self,
        series: np.ndarray,
        forecasts: Mapping[str, tuple[int, np.ndarray]],
        *,
        times: Any = None,
    ) -> None:
        self.series, self.forecasts, self.times = series, forecasts, times

    @classmethod
    def from_estimator(
        cls,
        estimator: ESNForecaster,
        X: Any,
        *,
        history: Any = None,
        feature: int = 0,
        ax: Any = None,
    ) -> ForecastDisplay:
        """Forecast from the end of the training series and draw it beside what came.

        Parameters
        ----------
        estimator : ESNForecaster
            Fitted on one series.
        X : array-like of shape (T, d)
            The continuation of that series.
        history : array-like of shape (T, d), optional
            The series before it, to be drawn too.
        feature : int, default=0
            Which column.
        ax : matplotlib Axes, optional

        Returns
        -------
        display : ForecastDisplay
        """
        check_is_fitted(estimator)
        truth = check_sequences(estimator, X, reset=False).items[0]
        before = truth[:0] if history is None else (
            check_sequences(estimator, history, reset=False).items[0]
        )  # fmt: skip
        forecast = estimator.forecast(len(truth))
        series = np.concatenate([before, truth])[:, feature]
        return cls(series, {"forecast": (len(before), forecast[:, feature])}).plot(ax)

    def plot(self, ax: Any = None) -> ForecastDisplay:
        """Draw the series in grey and each forecast in a colour.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : ForecastDisplay
        """
        ax = _axes(ax, figsize=(9, 4))
        reach = max([len(self.series), *(s + len(v) for s, v in self.forecasts.values())])
        times = np.arange(reach) if self.times is None else self.times
        ax.plot(times[: len(self.series)], self.series, color="0.35", lw=1.2, label="measured")
        for label, (start, values) in self.forecasts.items():
            ax.plot(times[start : start + len(values)], values, lw=1.4, label=label)
            ax.axvline(times[start], color="0.8", lw=0.8, zorder=0, label="_start")
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
