"""One closed-form readout for many series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..checks import check_count, tell_ignored
from ..esn.parts import DefaultParts
from ..estimator import Estimator
from ..reservoirs import Reservoir
from ..seasonality import as_seasons
from .bands import PanelBandsMixin
from .beside import Item, items_of, named, with_coming
from .forms import Panel
from .origins import COLD_ROWS, Origins, rises_of
from .statistics import PanelStatistics, total_of

#: Series whose statistics are summed at once.
BATCH = 500
#: Parts of the series that bands are tested on in turn.
FOLDS = 5
#: Horizon where there is no season, and the longest that a season gives.
NO_SEASON, LONGEST = 8, 48


def memories() -> Reservoir:
    """Return linear units that forget within one step to fifty: exponential smoothing of each."""
    return Reservoir(
        10, spectral_radius=0.1, leak_rate=(0.02, 1.0), input_scaling=1.0, bias_scaling=0.0,
        activation="identity",
    )  # fmt: skip


class PanelForecaster(DefaultParts, PanelBandsMixin, Estimator):
    r"""Global forecaster: one readout, solved in closed form for all series and all horizons.

    Every row t of every series is the origin of a forecast. Seasonal indices are taken off, the
    logarithm is taken where all is above zero, and the increments, in units of their mean size so
    far, :math:`s_t`, drive the reservoir. What is solved for, for k = 1 … horizon, is

    .. math:: (z_{t+k} - z_t) / s_t = w_k \cdot ([1; u_t; x_t] \otimes c_t)

    with :math:`c_t` what kind of series the rows up to t show: how noisy its level is, its drift,
    length, scale, peaks and season. The coefficients so vary from series to series, and the problem
    stays linear. Statistics are additive, so that series stream, run in parallel, and are added to
    a trained forecaster.

    Parameters
    ----------
    season : int or sequence of int, default=None
        Rows of a season, or of several: ``(24, 168)``. 1 for none. None is that of the dates, where
        the first series that is learned from has some: 12 of months, 24 and 168 of hours.
    horizon : int, default=None
        Steps that are solved for; a forecast may be longer, and goes on from its own end. A season
        where None, 48 at most, 8 where there is none.
    reservoir : Reservoir, default=None
        Anything that obeys the reservoir protocol; ten linear units of memories from one step to
        fifty where None.
    alpha : float, default=100.0
        Ridge penalty. Few series are drawn towards "no change" by it.
    outliers : {"missing", "keep"}, default="missing"
        What is done, with a warning, with a few values of a series that lie further from all its
        others than twice the range of these, as slips and -999 do: taken as not seen, or as they
        are.
    breaks : {"join", "keep"}, default="join"
        What is done, with a warning, where a level changes at once, for good and by three times any
        other change of it, as with other units: rows before are multiplied, or raised, to stand
        where those after it do, or stay. Exogenous rows may be why: with them they stay.
    n_jobs : int, default=None
    random_state : int, RandomState, Generator or None, default=0
        Seeds the reservoir where it has no ``random_state``. An integer by default: parts of the
        series that are summed must meet the same units.

    Attributes
    ----------
    coef_ : ndarray of shape (horizon, p)
    intercept_ : ndarray of shape (horizon,)
    statistics_ : PanelStatistics
        Of all series seen; ``a.statistics_ + b.statistics_`` is that of both.
    reservoir_ : Reservoir
        As it was drawn.
    horizon_ : int
        Steps that were solved for: those that some row knows, where series are short.
    n_series_ : float

    References
    ----------
    Montero-Manso & Hyndman (2021), Principles and algorithms for forecasting groups of time series:
    locality and globality, International Journal of Forecasting 37.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir import PanelForecaster
    >>> rng = np.random.default_rng(0)
    >>> sales = [100 + 10 * rng.normal(size=60).cumsum() for _ in range(50)]
    >>> model = PanelForecaster(horizon=6).fit(sales)
    >>> forecasts = model.forecast(6)
    >>> len(forecasts), forecasts[0].shape, model.forecast(6, sales[0][:20]).shape
    (50, (6,), (6,))
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "season": [Interval(Integral, 1, None, closed="left"), tuple, list, None],
        "horizon": [Interval(Integral, 1, None, closed="left"), None],
        "reservoir": [HasMethods(["fit", "transform"]), None],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "outliers": [StrOptions({"missing", "keep"})],
        "breaks": [StrOptions({"join", "keep"})],
        "n_jobs": [Integral, None],
        "random_state": ["random_state", None],
    }

    def __init__(
        self,
        season: int | Sequence[int] | None = None,
        horizon: int | None = None,
        *,
        reservoir: Any = None,
        alpha: float = 100.0,
        outliers: str = "missing",
        breaks: str = "join",
        n_jobs: int | None = None,
        random_state: Any = 0,
    ) -> None:
        self.season = season
        self.horizon = horizon
        self.reservoir = reservoir
        self.alpha = alpha
        self.outliers = outliers
        self.breaks = breaks
        self.n_jobs = n_jobs
        self.random_state = random_state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags

    def _taken(self, X: Any, exog: Any, name: str = "X") -> Panel:
        return Panel.of(X, name).as_seen(self.outliers, self.breaks, 4, exog is not None)

    def _defaults(self) -> dict[str, Any]:
        return {"reservoir": memories}

    @all_or_nothing
    def fit(
        self, X: Any, y: Any = None, *, static: Any = None, exog: Any = None
    ) -> PanelForecaster:
        """Solve one readout for all series.

        Parameters
        ----------
        X : object
            Many series: a list of rows of numbers or of pandas series, of any lengths; a long frame
            with the columns ``unique_id``, ``ds`` and ``y``; a frame or array (T, d), of which each
            column is a series; a panel (K, T, 1); a mapping of names to series. NaN is what was not
            seen: lines stand in its place.
        y : ignored; a column of a frame with a warning
        static : array-like of shape (K, s), optional
            What is known of each series, in numbers of about unit size; a frame's index are ids,
            keys or columns. Coefficients vary with it.
        exog : as `X`, of (T_k, e) arrays, optional
            What is known of each row, and of the coming ones beforehand: prices, promotions, a
            calendar. Names of columns of a long frame; of a frame of columns, (T, e) rows for all.
            What counts is by how much it changes until the row that is forecast; of series above
            zero it acts on their logarithm.

        Returns
        -------
        self : PanelForecaster

        Raises
        ------
        ValueError
            If a parameter is out of its range, a series has no three values, or none has five.
        """
        tell_ignored(self, y)
        panel = self._taken(X, exog)
        self._start(panel.seasons)
        items = items_of(panel, self.seasons_, static, exog)
        folds = [self._sum(part) for part in self._parts(items)]
        self._learn(total_of(folds), panel, items, exog)
        self._apart = folds
        return self

    @all_or_nothing
    def partial_fit(
        self, X: Any, y: Any = None, *, weight: float = 1.0, static: Any = None, exog: Any = None
    ) -> PanelForecaster:
        """Learn from further series, and forecast these where `forecast` has no context.

        Parameters
        ----------
        X : as for `fit`
        y : ignored
        weight : float, default=1.0
            What each of these series counts beside one of those before: 10 draws a trained
            forecaster towards one's own.
        static, exog : as for `fit`

        Returns
        -------
        self : PanelForecaster
        """
        self._validate_params()
        panel = self._taken(X, exog)
        if not hasattr(self, "statistics_"):
            self._start(panel.seasons)
        items = items_of(panel, self.seasons_, static, exog)
        more = self._sum(items).weighted(weight)
        before = getattr(self, "statistics_", None)
        self._learn(more if before is None else before + more, panel, items, exog)
        return self

    def statistics(self, X: Any, *, static: Any = None, exog: Any = None) -> PanelStatistics:
        """Return what `fit` would learn from, to be added to that of other series.

        The estimator stays as it is, so that this runs anywhere: on a part of the series that a
        cluster's worker has, say.
        """
        part = clone(self)
        if not isinstance(part.random_state, Integral):
            raise ValueError(
                "random_state must be an integer, so that every part draws the same reservoir; "
                f"got {self.random_state!r}."
            )
        panel = self._taken(X, exog)
        part._start(panel.seasons)
        return part._sum(items_of(panel, part.seasons_, static, exog))

    @all_or_nothing
    def fit_statistics(self, total: PanelStatistics) -> PanelForecaster:
        """Solve from merged statistics, in the place of `fit`; `forecast` then needs a context."""
        self._start(total.seasons)
        self._learn(total, None, [], None)
        return self

    def _start(self, seasons: tuple[int, ...]) -> None:
        """Check the parameters, take the data's `seasons` for none, and draw the reservoir."""
        self._validate_params()
        given = seasons if self.season is None else as_seasons(self.season)
        self.seasons_ = tuple(rows for rows in given if rows > 1)
        default = min(max(self.seasons_), LONGEST) if self.seasons_ else NO_SEASON
        self._asked = int(self.horizon or default)
        reservoir = clone(self.part("reservoir"))
        if getattr(reservoir, "random_state", 0) is None:
            reservoir.set_params(random_state=self.random_state)
        self.reservoir_ = reservoir.fit([np.zeros((2, 1))])
        for name in ("statistics_", "_apart", "_errors"):
            if name in vars(self):
                delattr(self, name)

    def _learn(
        self, total: PanelStatistics, panel: Panel | None, items: list[Item], exog: Any
    ) -> None:
        self.coef_, self.intercept_ = total.solve(self.alpha)
        self.statistics_, self.n_series_ = total, total.n_series
        self.horizon_ = len(self.coef_)
        self._panel = None if panel is None else replace(panel, long=None)  # kept as numbers
        self._items, self._exog_columns = items, named(exog)
        self._apart: list[PanelStatistics] = []

    def _parts(self, items: list[Any]) -> list[list[Any]]:
        return [items[k::FOLDS] for k in range(min(FOLDS, len(items)))]

    def _sum(self, items: list[Item]) -> PanelStatistics:
        """Return the statistics of series, the same to the bit whatever `n_jobs`."""
        batches = [items[k : k + BATCH] for k in range(0, len(items), BATCH)]
        found = Parallel(n_jobs=self.n_jobs)(delayed(self._of_batch)(batch) for batch in batches)
        return total_of(found)

    def _of_batch(self, items: list[Item]) -> PanelStatistics:
        """Return the statistics of some series."""
        x, y, weight, beside = [], [], [], []
        for item, origins, states in self._ran(items):
            rows = self._learned_rows(len(states))
            x.append(origins.features(states, rows))
            y.append(origins.targets(self._asked)[rows])
            weight.append(origins.weights[rows])
            if item.exog is not None:
                beside.append(origins.changes(item, self._asked)[rows])
        parts = np.concatenate(x), np.concatenate(y), np.concatenate(weight)
        changes = np.concatenate(beside) if beside else None
        return PanelStatistics.of(
            *parts, n_series=len(items), beside=changes, seasons=self.seasons_
        )

    def _learned_rows(self, n_rows: int) -> slice:
        """Return the rows that are learned from: a short series has late ones alone."""
        first = min(COLD_ROWS, max(n_rows - self._asked - 2, 2))
        return slice(min(first, n_rows - 1), n_rows - 1)

    def _ran(self, items: list[Item]) -> list[tuple[Item, Origins, np.ndarray]]:
        """Return series as origins, and the states that they drive."""
        every = [Origins.of(item, self.seasons_) for item in items]
        states = self.reservoir_.transform([origins.inputs for origins in every])
        return list(zip(items, every, states, strict=True))

    def forecast(
        self, n_steps: int, context: Any = None, *, static: Any = None, exog: Any = None,
        context_exog: Any = None,
    ) -> Any:  # fmt: skip
        """Forecast the coming steps of each series.

        Parameters
        ----------
        n_steps : int
            How many, ≥ 1. Beyond the horizon that was solved for, forecasts go on from their own
            end.
        context : as `X` in `fit`, optional
            Other series, which need not have been learned from; those of the last fit where None.
        static : as for `fit`, optional
            Of other series.
        exog : as `exog` in `fit`, of (n_steps, e) arrays, optional
            Of the coming rows, where `fit` was given some; of a long frame, one of ids, times and
            those columns.
        context_exog : as `exog` in `fit`, optional
            Of the rows of `context`.

        Returns
        -------
        forecast : object
            In the form of the series: a list or mapping of arrays, a long frame, a frame (n_steps,
            d) or a panel (K, n_steps, 1). Dates go on.
        """
        n_steps = check_count(n_steps, "n_steps")
        panel, items = self._asked_for(
            n_steps, context, static=static, exog=exog, context_exog=context_exog
        )
        reach = [n_steps + late for late in panel.late]
        found = [
            origins.forecast(rises)[late:]
            for (origins, rises), late in zip(self._rises(items, reach), panel.late)
        ]
        return panel.give_back(found, None)

    def _asked_for(
        self, n_steps: int, context: Any, *, static: Any = None, exog: Any = None,
        context_exog: Any = None,
    ) -> tuple[Panel, list[Item]]:  # fmt: skip
        """Return what is to be forecast."""
        check_is_fitted(self, "coef_")
        if context is not None:
            panel = self._taken(context, context_exog, "context")
            return panel, items_of(panel, self.seasons_, static, context_exog, exog, n_steps)
        if self._panel is None:
            raise ValueError(
                "forecast needs context=, the series to forecast: this forecaster was made of "
                "statistics, and holds none."
            )
        columns = self._exog_columns
        return self._panel, with_coming(self._items, self._panel, exog, n_steps, columns)

    def _rises(self, items: list[Item], reach: list[int]) -> list[tuple[Origins, np.ndarray]]:
        """Return series as origins, and the rises over the `reach` rows that follow each.

        Beyond the horizon from the end of the forecast so far, a horizon at a time.
        """
        solution, last = (self.coef_, self.intercept_), slice(-1, None)
        found = [
            (origins, rises_of(item, origins, states, last, *solution)[0])
            for item, origins, states in self._ran(items)
        ]
        longer = [k for k, rows in enumerate(reach) if rows > self.horizon_]
        if longer:
            gone_on = [items[k].followed_by(found[k][0].forecast(found[k][1])) for k in longer]
            rest = self._rises(gone_on, [reach[k] - self.horizon_ for k in longer])
            for k, (later, rises) in zip(longer, rest, strict=True):
                origins, first = found[k]
                rises = first[-1] + rises * later.size / origins.size
                found[k] = origins, np.concatenate([first, rises])
        return [(origins, rises[:n]) for (origins, rises), n in zip(found, reach, strict=True)]

    def score(self, X: Any, y: Any = None, *, static: Any = None, exog: Any = None) -> float:
        """Return how well the last rows of series are forecast from those before, ≤ 0.

        Parameters
        ----------
        X : as for `fit`
            Series of more than `horizon_` + 3 rows.
        y : ignored
        static, exog : as for `fit`

        Returns
        -------
        score : float
            Minus the mean absolute error over the last `horizon_` rows, in units of the mean
            absolute increment over a season (MASE), averaged over series.
        """
        check_is_fitted(self, "coef_")
        items, h = items_of(self._taken(X, exog), self.seasons_, static, exog), self.horizon_
        season = max(self.seasons_, default=1)
        short = min(len(item.x) for item in items)
        if short < h + 3:
            raise ValueError(f"X must have series of at least {h + 3} rows; got one of {short}.")
        found = self._rises([item.without_last(h) for item in items], [h] * len(items))
        errors = []
        for item, (origins, rises) in zip(items, found, strict=True):
            past, truth = item.x[:-h], item.x[-h:]
            lag = season if len(past) > season else 1
            usual = np.abs(past[lag:] - past[:-lag]).mean()
            error = np.abs(origins.forecast(rises) - truth).mean()
            errors.append(error / usual if usual > 0 else float(error > 0))
        return -float(np.mean(errors))
