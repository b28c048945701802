"""Simple forecasts, which a model has to beat, with the forecaster's interface."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from .atomic import all_or_nothing
from .checks import check_count, tell_ignored
from .estimator import Estimator
from .panels import SHIPPED, Panel, PanelForecaster, pretrained
from .seasonality import Season, as_seasons


def simple_forecasts(train: np.ndarray, season: int, steps: int) -> dict[str, np.ndarray]:
    """Return the forecasts that a model has to beat.

    Parameters
    ----------
    train : ndarray of shape (T, d)
    season : int
        Rows of a season, 1 for none.
    steps : int

    Returns
    -------
    forecasts : dict of str to ndarray of shape (steps, d)
        "naive", and "seasonal naive" and "seasonal naive with drift" where there is a season,
        "naive with drift" where there is none.

    References
    ----------
    Hyndman & Athanasopoulos (2021), Forecasting: principles and practice, section 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.baselines import simple_forecasts
    >>> found = simple_forecasts(np.array([[1.0], [5.0], [3.0], [7.0]]), season=2, steps=3)
    >>> {name: forecast.ravel().tolist() for name, forecast in found.items()}["seasonal naive"]
    [3.0, 7.0, 3.0]
    """
    rules = {"naive": SeasonalNaive(drift=False)}
    if season == 1:
        rules |= {"naive with drift": SeasonalNaive()}
    else:
        rules |= {
            "seasonal naive": SeasonalNaive(season, drift=False),
            "seasonal naive with drift": SeasonalNaive(season),
        }
    return {
        name: np.column_stack([rule.ahead(x, steps) for x in train.T])
        for name, rule in rules.items()
    }


def simple_rules(
    train: np.ndarray, seasons: Sequence[int], steps: int
) -> dict[str, np.ndarray]:  # fmt: skip
    """Return `simple_forecasts` of the first season, and the seasonal ones of longer seasons.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.baselines import simple_rules
    >>> list(simple_rules(np.arange(400.0)[:, None], (24, 168), 3))[3:]
    ['seasonal naive of 168 rows', 'seasonal naive with drift of 168 rows']
    """
    found = simple_forecasts(train, seasons[0], steps)
    for rows in seasons[1:]:
        longer = simple_forecasts(train, rows, steps)
        found |= {f"{name} of {rows} rows": x for name, x in longer.items() if "seasonal" in name}
    return found


class SimpleForecaster(Estimator):
    """What simple forecasts have in common: each column is forecast by itself.

    The contract, for whoever adds one: ``season`` is a parameter, and ``ahead(x, n_steps)`` gives
    the (n_steps,) rows that follow a series (T,), of which each row was seen.
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "season": [Interval(Integral, 1, None, closed="left")]
    }
    season: int
    _panel: Panel

    @all_or_nothing
    def fit(self, X: Any, y: Any = None) -> Any:
        """Keep the series.

        Parameters
        ----------
        X : array-like of shape (T,) or (T, d), or many series as `PanelForecaster.fit` takes them
            NaN is what was not seen: lines stand in its place, or other rounds of the season.
        y : ignored; a column of a frame with a warning

        Returns
        -------
        self : SimpleForecaster
        """
        self._validate_params()
        tell_ignored(self, y)
        self._panel = Panel.of(X)
        self.n_series_ = len(self._panel.items)
        return self

    def forecast(self, n_steps: int, context: Any = None) -> Any:
        """Forecast the coming steps.

        Parameters
        ----------
        n_steps : int
        context : as `X` in `fit`, optional
            What precedes the forecast, in the place of what was fitted.

        Returns
        -------
        forecast : object
            (n_steps, d), or in the form of many series. Dates go on.
        """
        check_is_fitted(self, "n_series_")
        n_steps = check_count(n_steps, "n_steps")
        panel = self._panel if context is None else Panel.of(context, "context")
        reach = [n_steps + late for late in panel.late]
        ahead = self.each_ahead(panel.filled(self._rounds()), reach)
        found = [rows[late:] for rows, late in zip(ahead, panel.late, strict=True)]
        return panel.give_back(found, None)

    def each_ahead(self, items: Sequence[np.ndarray], reach: Sequence[int]) -> list[np.ndarray]:
        """Return the rows that follow each series, as many as `reach` says."""
        ahead: Any = self.ahead
        return [ahead(x, n_steps) for x, n_steps in zip(items, reach, strict=True)]

    def _rounds(self) -> tuple[int, ...]:
        """Return the seasons beside whose other rounds gaps are filled."""
        return as_seasons(self.season)

    def ahead(self, x: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the rows that follow a series."""
        raise NotImplementedError

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class SeasonalNaive(SimpleForecaster):
    """The last season again, and the mean rise from season to season.

    Parameters
    ----------
    season : int, default=1
        Rows of a season; 1 for none: the last value.
    drift : bool, default=True
        Whether the mean rise is added.

    References
    ----------
    Hyndman & Athanasopoulos (2021), Forecasting: principles and practice, section 5.2.

    Examples
    --------
    >>> from reservoir.baselines import SeasonalNaive
    >>> SeasonalNaive(2).fit([1.0, 5.0, 3.0, 7.0]).forecast(3)
    array([5., 9., 7.])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        **SimpleForecaster._parameter_constraints, "drift": ["boolean"]
    }  # fmt: skip

    def __init__(self, season: int = 1, *, drift: bool = True) -> None:
        self.season = season
        self.drift = drift

    def ahead(self, x: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the rows that follow a series."""
        season = self.season if len(x) > self.season else 1
        steps = np.arange(n_steps)
        again = x[len(x) - season :][steps % season]
        if not self.drift:
            return again
        return again + (x[season:] - x[:-season]).mean() * (steps // season + 1)


class Theta(SimpleForecaster):
    """The Theta method, the winner of the M3 competition.

    Seasonally adjusted where a test finds a season; the mean of the line through all rows and of
    simple exponential smoothing of twice their distance from it. The smoothing is that of the least
    one-step errors.

    Parameters
    ----------
    season : int, default=1
        Rows of a season, 1 for none.

    References
    ----------
    Assimakopoulos & Nikolopoulos (2000), The theta model: a decomposition approach to forecasting,
    International Journal of Forecasting 16.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.baselines import Theta
    >>> Theta().fit(np.arange(20.0)).forecast(2).round(2)  # half the slope, from the end
    array([19.49, 19.99])
    """

    def __init__(self, season: int = 1) -> None:
        self.season = season

    def ahead(self, x: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the rows that follow a series."""
        season = Season.of(x, self.season)
        adjusted = season.off(x)
        rows = np.arange(len(x) + n_steps)
        slope, start = np.polyfit(rows[: len(x)], adjusted, 1)
        line = start + slope * rows
        curved = 2 * adjusted - line[: len(x)]
        return season.onto((line[len(x) :] + smoothed_level(curved, SMOOTHINGS)) / 2)


def smoothed_level(x: np.ndarray, smoothings: np.ndarray) -> float:
    """Return the last level of the exponential smoothing that had the least one-step errors.

    l ← l + a (x[t] - l), from l = x[0]
    """
    level, squares = np.full(len(smoothings), x[0]), np.zeros(len(smoothings))
    for value in x[1:]:
        error = value - level
        squares += error * error
        level += smoothings * error
    return float(level[squares.argmin()])


class DampedTrend(SimpleForecaster):
    """Exponential smoothing with a trend that fades.

    Seasonally adjusted as `Theta`. Of a grid of smoothings of the level, of the trend and of
    dampings, the one with the least one-step errors.

    Parameters
    ----------
    season : int, default=1
        Rows of a season, 1 for none.

    References
    ----------
    Gardner & McKenzie (1985), Forecasting trends in time series, Management Science 31.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.baselines import DampedTrend
    >>> DampedTrend().fit(np.arange(20.0)).forecast(2).round(2)
    array([19.96, 20.9 ])
    """

    def __init__(self, season: int = 1) -> None:
        self.season = season

    def ahead(self, x: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the rows that follow a series."""
        season = Season.of(x, self.season)
        level, trend, damping = damped_end(season.off(x), DAMPED)
        fading = np.cumsum(damping ** np.arange(1, n_steps + 1))
        return season.onto(level + trend * fading)


def damped_end(x: np.ndarray, grid: Sequence[np.ndarray]) -> tuple[float, float, float]:
    """Return the last level and trend, and the damping, of the least one-step errors.

    f = l + φ b, e = x[t] - f, l ← f + a e, b ← φ b + a β e, from the line through the first rows
    """
    smoothing, of_trend, damping = grid
    first = x[: min(len(x), FIRST_ROWS)]
    slope = np.polyfit(np.arange(len(first)), first, 1)[0]
    level, trend = np.full(len(damping), x[0]), np.full(len(damping), slope)
    squares = np.zeros(len(damping))
    for value in x[1:]:
        trend *= damping
        level += trend
        error = value - level
        squares += error * error
        level += smoothing * error
        trend += smoothing * of_trend * error
    best = int(squares.argmin())
    return float(level[best]), float(trend[best]), float(damping[best])


class Trained(SimpleForecaster):
    """What comes trained, used as it is: `reservoir.pretrained` of the kind of series.

    Parameters
    ----------
    season : int or sequence of int, default=1
        Rows of a season, or of several, 1 for none.
    kind : str, default=None
        As for `~reservoir.pretrained`; that of the season where None: 12 is monthly. Without a
        season up to 100 rows are yearly, more are daily.

    Examples
    --------
    >>> from reservoir.baselines import Trained
    >>> Trained().fit([3.0, 4.0, 5.0, 6.5, 8.0, 9.0]).forecast(2).round()
    array([10., 12.])
    """

    _parameter_constraints: dict[str, list[Any]] = {
        "season": [Interval(Integral, 1, None, closed="left"), tuple, list],
        "kind": [StrOptions({*SHIPPED}), None],
    }

    def __init__(self, season: int | Sequence[int] = 1, *, kind: str | None = None) -> None:
        self.season = season  # type: ignore[assignment]
        self.kind = kind

    def ahead(self, x: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the rows that follow a series."""
        return self.each_ahead([x], [n_steps])[0]

    def each_ahead(self, items: Sequence[np.ndarray], reach: Sequence[int]) -> list[np.ndarray]:
        """Return the rows that follow each series: all of a kind by one run."""
        seasons = as_seasons(self.season)
        kinds = [self.kind or kind_of(seasons[0], len(x)) for x in items]
        found: list[Any] = [None] * len(kinds)
        for kind in {*kinds}:
            places = [k for k, other in enumerate(kinds) if other == kind]
            most = max(reach[k] for k in places)
            rows = _trained(kind, seasons).forecast(most, [items[k] for k in places])
            for k, ahead in zip(places, rows, strict=True):
                found[k] = np.asarray(ahead)[: reach[k]]
        return found


def kind_of(season: int, n_rows: int) -> str:
    """Return which trained forecaster is for a series."""
    if season == 1:
        return "yearly" if n_rows <= MOST_YEARS else "daily"
    seasonal = {kind: rows for kind, rows in SHIPPED.items() if rows > 1}
    return min(seasonal, key=lambda kind: abs(np.log(seasonal[kind] / season)))


@cache
def _trained(kind: str, seasons: tuple[int, ...]) -> PanelForecaster:
    # a search has joined what breaks, and knows more of it than its folds do
    return pretrained(kind, season=seasons).set_params(breaks="keep")


def simple_members(
    season: int | Sequence[int], n_rows: int | None = None
) -> list[tuple[str, SimpleForecaster]]:
    """Return what votes beside the networks of `forecasting_search`, for a season of so many rows.

    What comes trained, and the longest season again with its drift; without a season, the last
    value with its drift and without. A season that comes round fewer than four times in `n_rows`
    may be chance: the last value and `Theta` vote too. On longer series these gain nothing, nor
    does `DampedTrend` on any.

    Examples
    --------
    >>> from reservoir.baselines import simple_members
    >>> for season, n_rows in ((12, None), (12, 30), (1, None)):
    ...     print([name for name, _ in simple_members(season, n_rows)])
    ['trained', 'seasonal naive with drift']
    ['trained', 'seasonal naive with drift', 'naive', 'Theta']
    ['trained', 'naive with drift', 'naive']
    """
    longest = as_seasons(season)[-1]
    naive = "naive", SeasonalNaive(drift=False)
    found: list[tuple[str, SimpleForecaster]] = [("trained", Trained(season))]
    if longest == 1:
        return [*found, ("naive with drift", SeasonalNaive()), naive]
    found.append(("seasonal naive with drift", SeasonalNaive(longest)))
    few = n_rows is not None and n_rows < FEW_ROUNDS * longest
    return [*found, naive, ("Theta", Theta(as_seasons(season)[0]))] if few else found


#: Rounds of a season below which it may be chance.
FEW_ROUNDS = 4
#: Rows up to which a series without a season counts as of years.
MOST_YEARS = 100
#: Smoothings of a level that are tried.
SMOOTHINGS = np.linspace(0.01, 0.99, 50)
#: Rows that the first trend is taken from.
FIRST_ROWS = 10
#: Smoothings of the level, of the trend beside it, and dampings that are tried together.
DAMPED = [
    each.ravel()
    for each in np.meshgrid(
        [0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99],
        [0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5],
        [0.8, 0.85, 0.9, 0.95, 0.98],
    )
]  # fmt: skip
