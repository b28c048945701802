"""Search spaces: plain grids, to be printed and changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.model_selection import TimeSeriesSplit
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils._param_validation import Interval

from ..baselines import simple_members
from ..checks import COUNT, checked
from ..esn import ESNForecaster
from ..frames import as_column
from ..readouts import RidgeReadout
from ..reservoirs import Reservoir
from ..seasonality import as_seasons
from ..seeds import SEED
from ..sequences import check_sequences
from ..series import LEAST_ROWS, folds_that_fit, seasons_of
from ..shapes import check_steps
from .candidates import ALPHA
from .scorers import make_forecast_scorer
from .search import ForecastSearchCV
from .several import index_of_rows

#: The reservoirs of `forecasting_search` that remember.
MEMORIES: list[dict[str, list[Any]]] = [
    {"reservoir__topology": ["sparse"], "reservoir__spectral_radius": [0.9]},
    {"reservoir__topology": ["ring"], "reservoir__spectral_radius": [0.98]},
]
#: Those that bend; few rows do not tell the later ones from the first.
BENDINGS: list[dict[str, list[Any]]] = [
    {"reservoir__spectral_radius": [0.1], "reservoir__leak_rate": [0.3, 1.0]},
    {"reservoir__spectral_radius": [0.5], "reservoir__leak_rate": [0.3, 1.0]},
    {"reservoir__spectral_radius": [0.9], "reservoir__leak_rate": [0.3]},
]
#: How much better those that bend must be, on few rows and on more: on real series they are chosen
#: by chance, and lose (``python -m benchmarks.real_series``); on chaotic ones they are better.
HANDICAP_OF_FEW, HANDICAP = 2.0, 1.3
#: Rows of a series below which small networks and few origins are as good, and quicker.
FEW_ROWS = 400
#: Units, on few rows and on more.
UNITS_OF_FEW, UNITS = 50, 200
LOGARITHM = FunctionTransformer(np.log, np.exp)


SEASON: list[Any] = [COUNT, "array-like"]


@checked(season=SEASON, n_features=[COUNT], positive=["boolean"], n_rows=[COUNT, None])
def forecasting_space(
    *,
    season: int | Sequence[int] = 1,
    n_features: int = 1,
    positive: bool = False,
    n_rows: int | None = None,
) -> list[dict[str, list[Any]]]:
    """Return the grids that `forecasting_search` searches, for an `ESNForecaster`.

    Two kinds of reservoirs, for alphas a hundredfold apart:

    - that remember, nearly linear: random ones that forget within tens of steps and rings that
      remember hundreds; with differences over a step, over a season, over both or none, and with
      logarithms or without;
    - that bend, bias 1, input scalings 0.05, 0.2 and 1 over the root of `n_features`, alphas down
      to 1e-15: spectral radius 0.1, which remember little, as a system that is seen whole needs;
      and, from 400 rows, 0.5 and 0.9, for those that are seen in part, or have a delay. Leak rates
      0.3 and 1.

    Parameters
    ----------
    season : int or sequence of int, default=1
        Steps of a season, or of several, 1 for none.
    n_features : int, default=1
        Columns of the series.
    positive : bool, default=False
        Whether the series stays above zero, so that its logarithm may be tried.
    n_rows : int, optional
        Of the series.

    Returns
    -------
    grids : list of dict
        As `~sklearn.model_selection.ParameterGrid` takes them; print them, change them.

    Examples
    --------
    >>> from reservoir.model_selection import forecasting_space
    >>> space = forecasting_space(season=12)
    >>> [len(grid) for grid in space], space[0]["differences"]
    ([7, 7, 6, 6, 6], [(), (1,), (12,), (1, 12)])
    """
    differences: list[tuple[int, ...]] = [(), (1,)]
    for rows in as_seasons(season):
        differences += [(rows,), (1, rows)] if rows > 1 else []
    remembering: dict[str, list[Any]] = {
        "differences": differences,
        "transformer": [None, LOGARITHM] if positive else [None],
        "reservoir__input_scaling": [0.05],
        "reservoir__bias_scaling": [0.0],
        ALPHA: [1e-8, 1e-6, 1e-4, 1e-2, 1.0],
    }
    bending: dict[str, list[Any]] = {
        "reservoir__topology": ["sparse"],
        "reservoir__input_scaling": [scale / np.sqrt(n_features) for scale in (0.05, 0.2, 1.0)],
        "reservoir__bias_scaling": [1.0],
        ALPHA: [10.0**k for k in range(-15, 0, 2)],
    }
    few = n_rows is not None and n_rows < FEW_ROWS
    bent = [{**bending, **curve} for curve in BENDINGS[: 1 if few else None]]
    return [*({**remembering, **memory} for memory in MEMORIES), *bent]


class RollingOrigins:
    """Folds up to the end of a series, as many and as long as fit, for `ForecastSearchCV`.

    Parameters
    ----------
    horizon : int
        Rows of a fold, fewer where the series is short.
    season : int, default=1
        Rows that one at least has to precede them; as `forecasting_search` finds it where None.
    n_splits : int, optional
        As `~sklearn.model_selection.TimeSeriesSplit` has it, of `horizon` rows each; as many as fit
        where not given.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.model_selection import RollingOrigins
    >>> [len(train) for train, _ in RollingOrigins(12, 12).split(np.zeros(60))]
    [30, 40, 50]
    """

    def __init__(self, horizon: int, season: int | None = 1, n_splits: int | None = None) -> None:
        self.horizon = horizon
        self.season = season
        self.n_splits = n_splits

    def __repr__(self) -> str:
        return f"RollingOrigins({self.horizon}, {self.season}, {self.n_splits})"

    def _of(self, X: Any) -> TimeSeriesSplit:
        check_steps(X, LEAST_ROWS, "rows to be searched")
        if len(X) < LEAST_ROWS:
            raise ValueError(
                f"X must have at least {LEAST_ROWS} rows to be searched; got {len(X)}."
            )
        n_splits, rows = self.n_splits, self.horizon
        if n_splits is None:
            season = shortest_season(X) if self.season is None else self.season
            n_splits, rows = folds_that_fit(len(X), season, self.horizon)
        return TimeSeriesSplit(n_splits, test_size=rows)

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Give the rows of each training part, and of the fold after it."""
        yield from self._of(X).split(X)

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of folds of a series."""
        return self._of(X).get_n_splits()


def shortest_season(X: Any) -> int:
    """Return the rows of the shortest season of one series, 1 if there is none."""
    items = check_sequences(BaseEstimator(), as_column(X), reset=True, gaps=True).items
    return seasons_of(items, index_of_rows(X))[0]


@dataclass(frozen=True)
class SpaceByData:
    """The grids of `forecasting_space` for the series of a search, what is None by them.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.model_selection.spaces import SpaceByData
    >>> grids, handicaps = SpaceByData(season=12)([np.arange(1.0, 101.0).reshape(-1, 1)])
    >>> grids[0]["reservoir__n_units"], len(grids[0]["transformer"]), handicaps
    ([50], 2, [1.0, 1.0, 2.0])
    """

    season: Any = None
    n_features: int | None = None
    positive: bool | None = None
    n_rows: int | None = None
    n_units: int | None = None

    def __call__(
        self, items: Sequence[np.ndarray], index: Any = None
    ) -> tuple[list[dict[str, list[Any]]], list[float]]:
        """Return grids and their handicaps for series (T_k, d), and dates of theirs."""
        n_rows = sum(map(len, items)) if self.n_rows is None else self.n_rows
        positive = self.positive
        if positive is None:
            positive = all(np.nanmin(x, initial=np.inf) > 0 for x in items)
        grids = forecasting_space(
            season=seasons_of(items, index) if self.season is None else self.season,
            n_features=self.n_features or items[0].shape[1],
            positive=positive, n_rows=n_rows,
        )  # fmt: skip
        if self.n_units is None and n_rows < FEW_ROWS:
            grids = [{**grid, "reservoir__n_units": [UNITS_OF_FEW]} for grid in grids]
        return grids, _handicaps(grids, n_rows < FEW_ROWS)


@dataclass(frozen=True)
class MembersByData:
    """`~reservoir.baselines.simple_members` for the series of a search; what is None by them.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.model_selection.spaces import MembersByData
    >>> [name for name, _ in MembersByData(season=12)([np.arange(120.0)[:, None]])]
    ['trained', 'seasonal naive with drift']
    """

    season: Any = None

    def __call__(self, items: Sequence[np.ndarray], index: Any = None) -> list[tuple[str, Any]]:
        """Return pairs of names and forecasters for series (T_k, d), and dates of theirs."""
        season = seasons_of(items, index) if self.season is None else self.season
        return list(simple_members(season, max(map(len, items))))


def _handicaps(grids: Sequence[Any], few: bool) -> list[float]:
    handicap = HANDICAP_OF_FEW if few else HANDICAP
    return [1.0] * len(MEMORIES) + [handicap] * (len(grids) - len(MEMORIES))


@checked(
    horizon=[COUNT], season=[*SEASON, None], n_features=[COUNT, None], positive=["boolean", None],
    n_rows=[COUNT, None], n_splits=[Interval(Integral, 2, None, closed="left"), None],
    n_units=[COUNT, None], random_state=SEED,
)  # fmt: skip
def forecasting_search(
    *,
    horizon: int,
    season: int | Sequence[int] | None = None,
    n_features: int | None = None,
    positive: bool | None = None,
    n_rows: int | None = None,
    n_splits: int | None = None,
    n_units: int | None = None,
    members: Any = "simple",
    sharpness: float | None = None,
    climate: bool | str = "auto",
    n_best: int = 20,
    tolerance: float = 0.2,
    scoring: Any = None,
    refit_folds: bool | str = "auto",
    hold_out: str = "rows",
    factor: int | None = 3,
    max_seconds: float | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
    random_state: Any = None,
) -> ForecastSearchCV:
    """Return an unfitted search for series, real or chaotic; the command line uses this one.

    Over the grids of `forecasting_space`, and beyond the last alpha of a list that wins. Beside
    the networks vote `~reservoir.baselines.simple_members`, weighted by their errors on the folds.

    Scored by free-running forecasts of `horizon` steps in `n_splits` folds of as many rows up to
    the end of the series, a quarter of them apart, or, where every fold is trained anew, from the
    beginning of each.

    Parameters
    ----------
    horizon : int
        Steps to forecast.
    season : int or sequence of int, optional
        Steps of a season, or of several, 1 for none. Where not given that of the dates of a frame,
        12 of months, 24 and 168 of hours, else one that the autocorrelation shows.
    n_features : int, optional
        Columns of the series; as `fit` finds them where not given.
    positive : bool, optional
        Whether the series stays above zero, so that its logarithm may be tried; whether all that
        `fit` sees is above it, where not given.
    n_rows : int, optional
        Of the series, as `fit` finds them where not given: fewer than 400 have little for large
        networks to learn.
    n_splits : int, optional
        Number of folds of `horizon` rows; where not given as many as fit into the later half of
        the series, from three to eight, and shorter ones into a short series.
    n_units : int, optional
        Units of the reservoir; 200 where not given, or 50 for fewer than 400 rows.
    members : list of (str, forecaster) or "simple", default="simple"
        What may vote beside the networks: `~reservoir.baselines.simple_members`, or ``()``.
    sharpness : float, optional
        As for `ForecastSearchCV`; 2 where not given, and where fewer than 16 rows have no folds to
        judge by, 0: all votes weigh the same.
    scoring : callable, optional
        ``make_forecast_scorer(step=horizon // 4)`` where not given; the metric decides what is
        chosen.
    climate, n_best, tolerance, refit_folds, hold_out, factor, max_seconds, n_jobs, verbose
        As for `ForecastSearchCV`.
    random_state : int, RandomState, Generator or None, default=None

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
    if scoring is None:
        scoring = make_forecast_scorer(step=max(1, horizon // 4))  # whole folds
    shortest = None if season is None else as_seasons(season)[0]
    if isinstance(members, str):
        if members != "simple":
            raise ValueError(
                f"members must be (name, forecaster) pairs or 'simple'; got {members!r}."
            )
        members = MembersByData(season)
    space = SpaceByData(season, n_features, positive, n_rows, n_units)
    param_grid: Any = space
    handicaps = None
    if not (season is None or n_features is None or positive is None or n_rows is None):
        # plain grids, to be printed and changed
        n_units = n_units or (UNITS_OF_FEW if n_rows < FEW_ROWS else UNITS)
        param_grid, handicaps = replace(space, n_units=n_units)([np.empty((0, n_features))])
    return ForecastSearchCV(
        ESNForecaster(Reservoir(n_units or UNITS), RidgeReadout(), random_state=random_state),
        param_grid,
        n_best=n_best,
        tolerance=tolerance,
        scoring=scoring,
        cv=RollingOrigins(horizon, shortest, n_splits),
        refit_folds=refit_folds,
        hold_out=hold_out,
        factor=factor,
        max_seconds=max_seconds,
        extensions=3,
        handicaps=handicaps,
        members=members,
        sharpness=sharpness,
        climate=climate,
        n_jobs=n_jobs,
        verbose=verbose,
    )


def settings_of(search: ForecastSearchCV) -> dict[str, Any]:
    """Return the best candidate's settings as plain values.

    Parameters
    ----------
    search : ForecastSearchCV
        Fitted, of `forecasting_search`.

    Returns
    -------
    settings : dict
        ``differences``, ``logarithm``, ``topology``, ``spectral_radius`` and ``alpha``.
    """
    found = search.best_params_
    return {
        "differences": list(found.get("differences", ())),
        "logarithm": found.get("transformer") is not None,
        "topology": found["reservoir__topology"],
        "spectral_radius": found["reservoir__spectral_radius"],
        "alpha": found["readout__alpha"],
    }
