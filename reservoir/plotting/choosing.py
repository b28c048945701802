"""What was to be chosen, and what it came to: a path of alphas, a search over settings."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.linalg import LinAlgWarning
from sklearn.metrics import mean_squared_error
from sklearn.utils.validation import check_is_fitted

from ..canvas import COLOURS, Display, axes_of, ink, legend
from ..frames import as_column

#: Alphas of a path that is drawn, where not given.
ALPHAS = np.logspace(-12, 2, 29)


class AlphaPathDisplay(Display):
    """Error and size of the readout's weights over alpha.

    Parameters
    ----------
    alphas : ndarray of shape (A,)
    errors : ndarray of shape (A,)
        Root mean square errors on data that were not trained on.
    norms : ndarray of shape (A,)
        Of the readout's coefficients.
    chosen : float or None
        The alpha that is used.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from reservoir import ESNRegressor
    >>> from reservoir.plotting import AlphaPathDisplay
    >>> u = np.random.default_rng(0).uniform(-1, 1, (900, 1))
    >>> y = np.roll(u, 3)
    >>> esn = ESNRegressor(random_state=0).fit(u[:600], y[:600])
    >>> display = AlphaPathDisplay.from_estimator(esn, u[600:], y[600:])
    >>> display.ax_.get_xscale()
    'log'
    """

    def __init__(
        self, alphas: np.ndarray, errors: np.ndarray, norms: np.ndarray, chosen: Any = None
    ) -> None:
        self.alphas, self.errors, self.norms, self.chosen = alphas, errors, norms, chosen

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: Any, y: Any = None, *, alphas: Sequence[float] = (), ax: Any = None
    ) -> AlphaPathDisplay:
        """Solve the readout for every alpha, without running the reservoir again, and draw.

        Parameters
        ----------
        estimator : ESNRegressor or ESNForecaster
            Fitted.
        X, y : as for ``predict``
            Data that were not trained on; a forecaster is judged by its steps one by one.
        alphas : sequence of float, optional
            1e-12 … 100 where not given.
        ax : matplotlib Axes, optional

        Returns
        -------
        display : AlphaPathDisplay
        """
        check_is_fitted(estimator)
        values = np.sort(np.asarray(ALPHAS if not len(alphas) else alphas, dtype=float))
        truth = np.asarray(as_column(X if y is None else y), dtype=float)
        errors, norms = [], []
        with warnings.catch_warnings():  # alphas that a Gram matrix cannot tell are part of it
            warnings.simplefilter("ignore", LinAlgWarning)
            path = estimator.alpha_path(values)
        for each in path:
            predicted = np.asarray(each.predict(X), dtype=float).reshape(len(truth), -1)
            known = np.isfinite(predicted).all(axis=1)
            rows = truth.reshape(len(truth), -1)[known], predicted[known]
            errors.append(np.sqrt(mean_squared_error(*rows)))
            norms.append(np.linalg.norm(each.network_.readout.coef_))
        readout = estimator.network_.readout_
        chosen: Any = getattr(readout, "alpha_", getattr(readout, "alpha", None))
        chosen = float(chosen) if isinstance(chosen, (int, float, np.number)) else None
        return cls(values, np.array(errors), np.array(norms), chosen).plot(ax)

    def plot(self, ax: Any = None) -> AlphaPathDisplay:
        """Draw errors, and on an axis of their own at the right the weights' size.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : AlphaPathDisplay
        """
        ax = axes_of(ax, figsize=(6, 3.5))
        ax.loglog(self.alphas, self.errors, ".-", color=COLOURS[0], label="error")
        ax.plot([], [], color=COLOURS[1], label="size of the weights")
        if self.chosen:
            ax.axvline(self.chosen, color=ink(), alpha=0.5, linestyle=":", label="used")
        right = ax.twinx()
        right.loglog(self.alphas, self.norms, color=COLOURS[1])
        right.set_ylabel("norm of the coefficients")
        ax.set(xlabel="alpha", ylabel="root mean square error")
        legend(ax)
        return self._drawn(ax)


class SearchDisplay(Display):
    """Scores of a search over one parameter, or two, the best marked.

    Parameters
    ----------
    names : tuple of one or two str
    values : list of one or two ndarray of shape (n,)
        Of every candidate.
    scores : ndarray of shape (n,)
        Higher is better.
    best : int
        Place of the best candidate.
    voters : list of int, default=()
        Places of those that vote.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure

    Examples
    --------
    >>> import matplotlib; matplotlib.use("Agg")
    >>> import numpy as np
    >>> from sklearn.model_selection import GridSearchCV
    >>> from reservoir import ESNRegressor, Reservoir
    >>> from reservoir.plotting import SearchDisplay
    >>> u = np.random.default_rng(0).uniform(-1, 1, (300, 1))
    >>> grid = {"reservoir__spectral_radius": [0.5, 0.9], "readout__alpha": [1e-6, 1e-2]}
    >>> esn = ESNRegressor(Reservoir(20), random_state=0)
    >>> from reservoir import RidgeReadout
    >>> search = GridSearchCV(esn.set_params(readout=RidgeReadout()), grid, cv=3)
    >>> display = SearchDisplay.from_estimator(search.fit(u, np.roll(u, 1)))
    >>> display.ax_.get_xlabel(), display.ax_.get_ylabel()
    ('readout__alpha', 'reservoir__spectral_radius')
    """

    def __init__(
        self, names: tuple[str, ...], values: list[np.ndarray], scores: np.ndarray, best: int,
        voters: Sequence[int] = (),
    ) -> None:  # fmt: skip
        self.names, self.values = names, values
        self.scores, self.best, self.voters = scores, best, list(voters)

    @classmethod
    def from_estimator(
        cls, search: Any, *, params: Sequence[str] = (), ax: Any = None
    ) -> SearchDisplay:
        """Draw what a fitted search has found.

        Parameters
        ----------
        search : GridSearchCV, RandomizedSearchCV, ForecastSearchCV or another with ``cv_results_``
        params : sequence of one or two str, optional
            Which parameters; the first two that were varied where not given.
        ax : matplotlib Axes, optional

        Returns
        -------
        display : SearchDisplay

        Raises
        ------
        ValueError
            If a parameter was not searched over.
        """
        check_is_fitted(search, "cv_results_")
        found = search.cv_results_
        varied: dict[str, Any] = {
            key.removeprefix("param_"): _unmasked(column)
            for key, column in found.items() if key.startswith("param_")
        }  # fmt: skip
        several = [name for name, column in varied.items() if len({str(x) for x in column}) > 1]
        names = tuple(params) or tuple(several[:2]) or tuple(varied)[:1]
        unknown = [name for name in names if name not in varied]
        if unknown or not 1 <= len(names) <= 2:
            raise ValueError(f"params must be one or two of {sorted(varied)}; got {list(names)}.")
        key = "judged_score" if "judged_score" in found else "mean_test_score"
        key = key if key in found else f"mean_test_{search.refit}"
        voters = [*search._voters()] if hasattr(search, "best_estimators_") else []
        values = [varied[name] for name in names]
        return cls(names, values, np.asarray(found[key]), search.best_index_, voters).plot(ax)

    def plot(self, ax: Any = None) -> SearchDisplay:
        """Draw them.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        self : SearchDisplay
        """
        ax = axes_of(ax, figsize=(6, 4))
        places = [_Scale(column) for column in self.values]
        x = places[0].places
        known = np.isfinite(self.scores)
        voters = [k for k in self.voters if k != self.best]
        if len(self.names) == 1:
            ax.plot(x[known], self.scores[known], ".", color=COLOURS[1], ms=8, label="candidate")
            y, label = self.scores, "score"
        else:
            y, label = places[1].places, self.names[1]
            middle, high = np.quantile(self.scores[known], [0.5, 1.0])
            low = max(self.scores[known].min(), 2 * middle - high)  # the worst do not dim all
            dots = ax.scatter(
                x[known], y[known], c=self.scores[known], cmap="viridis", s=60, vmin=low, vmax=high
            )
            ax.figure.colorbar(dots, ax=ax, label="score")
            places[1].label(ax.yaxis)
        if voters:
            ax.plot(x[voters], y[voters], "o", ms=11, mfc="none", color=COLOURS[2], label="votes")
        best = {"ms": 15, "mfc": "none", "mew": 2, "color": COLOURS[0], "label": "best"}
        ax.plot(x[self.best], y[self.best], "o", **best)
        places[0].label(ax.xaxis)
        ax.set(xlabel=self.names[0], ylabel=label)
        legend(ax)
        return self._drawn(ax)


class _Scale:
    """Where the values of a parameter stand: numbers as they are, all else side by side."""

    def __init__(self, column: np.ndarray) -> None:
        numbers = [isinstance(x, (int, float, np.number)) for x in column]
        plain = [isinstance(x, (bool, np.bool_)) for x in column]
        self._texts: list[str] | None = None
        self._log = False
        if all(numbers) and not any(plain):
            self.places = np.asarray(column, dtype=float)
            positive = self.places.min() > 0
            self._log = bool(positive and self.places.max() / self.places.min() > 50)
        else:
            self._texts = list(dict.fromkeys(_short(x) for x in column))
            self.places = np.array([float(self._texts.index(_short(x))) for x in column])

    def label(self, axis: Any) -> None:
        """Scale an axis, and name what is no number."""
        if self._log:
            getattr(axis.axes, f"set_{axis.axis_name}scale")("log")
        if self._texts is not None:
            axis.set_ticks(range(len(self._texts)), self._texts)


def _unmasked(column: Any) -> np.ndarray:
    """Return the values of a parameter, None where a candidate had none."""
    found = np.array([None] * len(column), dtype=object)
    hidden = np.ma.getmaskarray(np.ma.asarray(column))
    for k, value in enumerate(np.ma.getdata(column)):
        found[k] = None if hidden[k] else value
    return found


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 24 else text[:23] + "…"
