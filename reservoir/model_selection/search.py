"""The search that answers with the median of its best candidates."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    InvalidParameterError,
    StrOptions,
)
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import check_is_fitted

from ..atomic import all_or_nothing
from ..checks import COUNT, COUNT_OR_ZERO, folds_of, tell_ignored
from ..esn import ESNForecaster, check_exog
from ..frames import as_column
from ..layouts import layout_is_known, tell_layout
from ..saving import Versioned
from ..sequences import check_sequences
from .candidates import (
    check_adjoining,
    check_successive,
    ends_of,
    fits_of,
    further_alphas,
    in_groups,
    listed,
    of_seen,
    results_of,
)
from .halving import FEW_VOTERS, HalvingMixin
from .holding import LEAST_ROWS, MOST_LOST, lost_within
from .scorers import FREE_RUN, ForecastScorer
from .several import (
    check_each_successive,
    index_of_rows,
    pasts_of,
    several_folds,
)
from .validation import parts_of
from .voting import NETWORKS, VotingMixin, check_members, share_of, told_once

#: Rows from which folds say who is good.
ROWS_TO_JUDGE = 16


class ForecastSearchCV(Versioned, VotingMixin, HalvingMixin, GridSearchCV):
    """Grid search for a forecaster that answers with the weighted median of its best candidates.

    Candidates that differ in ``readout__alpha`` alone share one run of the reservoir and one
    decomposition.

    Parameters
    ----------
    estimator : ESNForecaster
    param_grid : dict or list of dict, or callable ``(items, index) -> (grids, handicaps)``
        A callable is handed the series of `fit`, a list of arrays (T_k, d), and the pandas index of
        the first, or None.
    n_best : int, default=20
        Number of candidates whose forecasts the median is taken of, at most.
    tolerance : float, default=0.2
        Beyond the best five, a candidate votes where its error is at most 1 + `tolerance` times
        that of the best: many do on short and noisy series, few on clean chaotic ones. Infinity
        lets `n_best` alone decide.
    scoring : callable, default=make_forecast_scorer()
        Of the free run: `make_forecast_scorer` of any metric. With ``refit_folds=True`` any scorer.
        Of several features, the root mean square counts each one's errors in its spread.
    cv : splitter or int, default=5
        `~sklearn.model_selection.TimeSeriesSplit` with the horizon as its ``test_size``; of so many
        splits where an integer.
    refit_folds : bool or "auto", default=True
        Whether every fold is trained on all that precedes it. Else one fit, on what precedes the
        first, forecasts all of them as one closed-loop batch: as many times faster as there are
        folds, and as good where the series is long. "auto": where fewer than 500 rows precede the
        first fold.
    factor : int, optional
        Successive halving: reservoirs are first compared after short trainings, on the latest rows
        (1000 or more), the best 1 / `factor` of them after trainings `factor` times as long, up to
        all rows; by one fit for all folds, before those that are left have one for each. All
        reservoirs on all rows, by a fit for each fold, where not given.
    hold_out : {"rows", "series"}, default="rows"
        What candidates are judged by where there are several series: the test folds of `cv` in
        each, or those of each series in turn while the others train, for series never seen.
    max_seconds : float, optional
        Time budget of the comparison: candidates whose turn does not come are left out.
    extensions : int, default=0
        Where the winner's ``readout__alpha`` is the last one of its list, two more are tried, so
        many times.
    handicaps : sequence of float, optional
        For each grid of `param_grid`, what its candidates' errors are multiplied by before they
        are ranked: 2 where they must be twice as good to be chosen. One where not given.
    members : list of (str, forecaster), or callable ``(items, index) -> list``, default=()
        What else may vote: anything with ``fit(X)`` and ``forecast(n_steps, context=None)``, such
        as `~reservoir.baselines.Theta`. Each is tested on the folds that candidates are.
    sharpness : float, default=2.0
        Candidates among each other, and then the networks and each member, weigh (least error /
        their error on the folds) to this power; members of less than 0.35 do not vote. 0 gives all
        one weight.
    climate : bool or "auto", default="auto"
        Whether, where the networks' votes come to be more than half of the series' spread apart,
        the answer goes on by one candidate alone from where they were a tenth of it apart: a
        median of diverged chaotic runs contracts. By the best one whose long free run is found
        where the series is: its histograms, of each coordinate and of pairs, are no further from
        those of the training's halves than 1.5 times what these are from each other; by the
        nearest one where none is, and by the median where that is nearer still. "auto": where
        networks alone vote. It takes one series without exogenous rows, of 100 rows or more, whose
        halves are not further apart than 0.75, as those of a trend are.
    n_jobs : int, optional
    verbose : int, default=0
        Whether to tell how many fits are done: a bar of tqdm where one is seen, else lines.

    Attributes
    ----------
    best_estimators_ : list of ESNForecaster
        The best candidates, fitted on all the data, the best one first; of 500 rows and more,
        those whose free runs from within them stay. None where no candidate could be scored, as
        on few rows, and members vote alone.
    at_ends_ : dict of str to number
        Parameters of the winner that are the last ones of their lists: beyond may be better.
    network_weights_ : list of float
        What each of `best_estimators_` weighs in the networks' median, 1 at most.
    member_scores_ : dict of str to float
        What `scoring` makes of the networks' best candidate and of each member, on the folds.
    voters_ : list of str
        Whose forecasts the answer is the weighted median of, ``"networks"`` (which vote by their
        own median) or members.
    weights_ : dict of str to float
        What each vote weighs, 1 at most.
    members_ : dict of str to forecaster
        Those that vote, fitted on all the data.
    keeper_ : ESNForecaster or None
        The candidate that goes on alone, found when it is first asked for.
    climate_distances_ : list of float
        How far the candidates' free runs were, in total variation, until one kept to the climate.
    best_estimator_, best_params_, best_score_, cv_results_, ...
        As in `~sklearn.model_selection.GridSearchCV`, the mean over all forecasts where folds hold
        differently many; ``cv_results_["judged_score"]``, by which they are ranked, is with
        handicaps, ``cv_results_["iter"]`` is the round of halving that a candidate came to,
        ``cv_results_["n_resources"]`` its rows of training.

    References
    ----------
    Jamieson & Talwalkar (2016), Non-stochastic best arm identification and hyperparameter
    optimization, for the halving.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.model_selection import TimeSeriesSplit
    >>> from reservoir import ESNForecaster, Reservoir, RidgeReadout
    >>> from reservoir.model_selection import ForecastSearchCV
    >>> x = np.sin(np.arange(400) * 0.3).reshape(-1, 1)
    >>> search = ForecastSearchCV(
    ...     ESNForecaster(Reservoir(30), RidgeReadout()),
    ...     {"readout__alpha": [1e-8, 1e-6], "random_state": [0, 1]},
    ...     n_best=3,
    ...     cv=TimeSeriesSplit(3, test_size=20),
    ... )
    >>> search.fit(x[:380]).forecast(20).shape
    (20, 1)
    """

    best_estimator_: Any

    _parameter_constraints: dict[str, list[Any]] = {
        **GridSearchCV._parameter_constraints,
        "estimator": [HasMethods(["fit", "forecast", "set_params"])],
        "param_grid": [dict, list, callable],
        "n_best": [COUNT],
        "tolerance": [Interval(Real, 0, np.inf, closed="both")],
        "scoring": [callable],
        "refit_folds": ["boolean", StrOptions({"auto"})],
        "hold_out": [StrOptions({"rows", "series"})],
        "factor": [Interval(Integral, 2, None, closed="left"), None],
        "max_seconds": [Interval(Real, 0, None, closed="neither"), None],
        "extensions": [COUNT_OR_ZERO],
        "handicaps": ["array-like", None],
        "members": [list, tuple, callable],
        "climate": ["boolean", StrOptions({"auto"})],
        "sharpness": [Interval(Real, 0, None, closed="left"), None],
    }

    def __init__(
        self,
        estimator: ESNForecaster,
        param_grid: Any,
        *,
        n_best: int = 20,
        tolerance: float = 0.2,
        scoring: Any = FREE_RUN,
        cv: Any = None,
        refit_folds: bool | str = True,
        hold_out: str = "rows",
        factor: int | None = None,
        max_seconds: float | None = None,
        extensions: int = 0,
        handicaps: Sequence[float] | None = None,
        members: Sequence[tuple[str, Any]] = (),
        sharpness: float | None = 2.0,
        climate: bool | str = "auto",
        n_jobs: int | None = None,
        verbose: int = 0,
    ) -> None:
        super().__init__(
            estimator, param_grid, scoring=scoring, cv=cv, n_jobs=n_jobs, verbose=verbose
        )
        self.n_best = n_best
        self.tolerance = tolerance
        self.refit_folds = refit_folds
        self.hold_out = hold_out
        self.factor = factor
        self.max_seconds = max_seconds
        self.extensions = extensions
        self.handicaps = handicaps
        self.members = members
        self.sharpness = sharpness
        self.climate = climate

    @all_or_nothing
    def fit(self, X: Any, y: Any = None, *, exog: Any = None) -> ForecastSearchCV:
        """Search, and fit the best candidates on all of `X`.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
            NaN is what was not seen. One network is trained on all of several series.
        y : ignored; a column of a frame with a warning
        exog : as `X`, optional
            As `ESNForecaster.fit` takes it: what differs from series to series, and is known of
            each, is a constant column.

        Returns
        -------
        self : ForecastSearchCV

        Raises
        ------
        ValueError
            If a parameter is out of its range, no candidate can be scored, a fold does not begin
            where its training ends, or, with ``refit_folds=False``, they do not follow each other.

        Warns
        -----
        sklearn.exceptions.FitFailedWarning
            Where a candidate cannot be fitted on some fold; it is left out.
        UserWarning
            Where the time is up before all candidates had their turns.
        """
        self._validate_params()
        tell_ignored(self, y)
        X = self._seen(X, "X", exog)
        with layout_is_known():
            sequences = check_sequences(
                BaseEstimator(), as_column(X), reset=True, regular=True, gaps=True
            )
        tell_layout(sequences, "forecaster")
        by_data = sequences.items, index_of_rows(X)
        self._asked = check_members(self.members, *by_data)
        free = isinstance(self.scoring, ForecastScorer)
        self.scorer_ = self.scoring.in_spreads_of(sequences.items) if free else self.scoring
        candidates, handicaps = listed(self.param_grid, self.handicaps, *by_data)
        told = sum(map(len, sequences.items)) >= ROWS_TO_JUDGE
        self.sharpness_ = (2.0 if told else 0.0) if self.sharpness is None else self.sharpness
        by_time = self.cv is None or isinstance(self.cv, Integral)
        cv = TimeSeriesSplit(self.cv or 5) if by_time else self.cv
        if self.hold_out == "series" and len(sequences.items) < 2:
            raise ValueError("hold_out='series' leaves one series out, and there is but one.")
        if sequences.form == "series":
            folds: list[Any] = folds_of(cv, X)
            check_adjoining(folds)
            refits = self._refits(len(folds[0][0]))
            if not refits:
                check_successive(folds)
            weights = [1.0] * len(folds) if refits else self._weights(folds)
            weights = of_seen(weights, sequences.items[0], folds)
        else:
            if not free:
                raise ValueError(
                    "scoring must be of make_forecast_scorer for several series; "
                    f"got {self.scoring!r}."
                )
            check_exog(exog, sequences)
            folds = several_folds(X, cv, self.hold_out)
            refits = self._refits(folds[0].n_rows) or self.hold_out == "series"
            if not refits:
                check_each_successive(X, cv)
            weights = [1.0] * len(folds)
        tasks = [[fold] for fold in folds] if refits else [folds]
        scores, rounds, n_rows, errors, late = self._compare((X, exog), candidates, tasks, weights)
        self.cv_results_ = results_of(candidates, scores, weights, rounds, n_rows, handicaps)
        scored = np.isfinite(self.cv_results_["mean_test_score"]).any()
        if scored and not late:
            errors += self._go_on((X, exog), tasks, weights, handicaps)
        self.n_splits_, self.multimetric_ = len(folds), False
        if errors:
            message = f"{len(errors)} fits failed in the search, first: {errors[0]}"
            of_parameters = isinstance(errors[0], InvalidParameterError)  # and not of few rows
            if not scored and (of_parameters or not self.members):
                raise ValueError(message) from errors[0]
            warnings.warn(message, FitFailedWarning, stacklevel=3)
        if late:
            n_unseen = int(np.count_nonzero(n_rows == 0))
            warnings.warn(
                f"max_seconds={self.max_seconds} was over: {n_unseen} of {len(candidates)} "
                f"candidates had no turn, {len(late) - n_unseen} only shorter trainings.",
                stacklevel=3,
            )
        self._judge(parts_of(X, folds) if sequences.form == "series" else pasts_of(X, folds))
        self._test_rows = len(folds[0][1]) if sequences.form == "series" else None
        return self._refit(X, exog)

    def _go_on(
        self, data: tuple[Any, Any], tasks: list[Any], weights: list[float], handicaps: np.ndarray
    ) -> list[Exception]:
        """Try further alphas where the winner has the last one of its list; return what failed."""
        errors: list[Exception] = []
        for _ in range(self.extensions):
            results = self.cv_results_
            winner = self._ranked()[0]
            further = further_alphas(results["params"], winner)
            if not further:
                break
            scores, rounds, n_rows, failed, _ = self._compare(data, further, tasks, weights)
            errors += failed
            handicaps = np.append(handicaps, [handicaps[winner]] * len(further))
            splits = [results[f"split{k}_test_score"] for k in range(len(weights))]
            self.cv_results_ = results_of(
                [*results["params"], *further],
                np.vstack([np.transpose(splits), scores]), weights,
                np.append(results["iter"], rounds + results["iter"].max()),
                np.append(results["n_resources"], n_rows), handicaps,
            )  # fmt: skip
        return errors

    def _refits(self, n_rows: int) -> bool:
        """Return whether every fold is trained anew; else they must follow each other."""
        free = isinstance(self.scoring, ForecastScorer)
        if self.refit_folds == "auto":
            return n_rows < FEW_ROWS or not free
        if not self.refit_folds and not free:
            raise ValueError(
                "scoring must be of make_forecast_scorer where refit_folds=False; "
                f"got {self.scoring!r}."
            )
        return bool(self.refit_folds)

    def _weights(self, folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> list[float]:
        """Return how many forecasts start in each fold; the last ones may not fit into it."""
        n_rows = sum(len(test) for _, test in folds)
        return [float(len(starts)) for starts in self.scoring.origins(n_rows, len(folds))]

    @all_or_nothing
    def refit_on(self, X: Any, *, exog: Any = None) -> ForecastSearchCV:
        """Fit the best candidates anew, on more or other data, without another search.

        Parameters
        ----------
        X : array-like of shape (T, d) or (K, T, d), or list of (T_k, d) arrays
        exog : as `X`, optional

        Returns
        -------
        self : ForecastSearchCV
        """
        check_is_fitted(self, "cv_results_")
        return self._refit(self._seen(X, "X", exog), exog)

    def _refit(self, X: Any, exog: Any) -> ForecastSearchCV:
        """Fit the best candidates and the members that vote on data as `_seen` gives them."""
        with told_once():
            fitted = self._that_hold(self._voters(), X, exog)
        voters, models = [*fitted], [*fitted.values()]
        judged = [float(self.cv_results_["judged_score"][k]) for k in voters]
        self.network_weights_ = [share_of(score, judged[0]) ** self.sharpness_ for score in judged]
        settings = self.cv_results_["params"]
        self.at_ends_ = ends_of(settings, voters[0]) if voters else {}
        if voters:
            self.best_index_ = voters[0]
            self.best_params_ = settings[voters[0]]
            self.best_score_ = self.cv_results_["mean_test_score"][voters[0]]
        self.best_estimators_ = models
        self._fit_members(X)
        self._kept = None if exog is None else (None, [])  # free runs are of the series alone
        if models:
            self.best_estimator_ = models[0]
        if models and hasattr(models[0], "feature_names_in_"):
            self.feature_names_in_ = models[0].feature_names_in_
        return self

    def _that_hold(self, voters: list[int], X: Any, exog: Any) -> dict[int, Any]:
        """Return candidates and their fits: voters that run with the series, or the next that do.

        Where none of the first ones does, all voters.
        """
        fitted, lost = self._fits(voters, X, exog)
        held = [k for k in voters if lost[k] <= MOST_LOST]
        further = [k for k in self._ranked() if k not in voters][: self.n_best]
        for k in further if voters and not held else ():
            one, share = self._fits([k], X, exog)
            if share[k] <= MOST_LOST:
                held.append(k)
                fitted |= one
            if len(held) == FEW_VOTERS:
                break
        return {k: fitted[k] for k in held or voters}

    def _fits(
        self, chosen: list[int], X: Any, exog: Any
    ) -> tuple[dict[int, Any], dict[int, float]]:
        """Return candidates fitted on all of `X`, and the shares of their runs within it lost."""
        settings = [self.cv_results_["params"][k] for k in chosen]
        groups = in_groups(settings)
        fits = (
            delayed(fits_of)(self.estimator, [settings[k] for k in group], X, exog)
            for group in groups
        )
        fitted: dict[int, Any] = {}
        lost: dict[int, float] = dict.fromkeys(chosen, 0.0)
        n_steps = getattr(self.scorer_, "horizon", None) or self._test_rows or 0
        looked_at = self._test_rows is not None and len(X) >= LEAST_ROWS
        for group, path in zip(groups, Parallel(n_jobs=self.n_jobs)(fits), strict=True):
            keys = [chosen[k] for k in group]
            fitted |= zip(keys, path, strict=True)
            if looked_at and hasattr(path[0], "forecast_path"):
                shares = lost_within(path, X, exog, n_steps)
                lost |= zip(keys, shares.tolist(), strict=True)
        return {k: fitted[k] for k in chosen}, lost

    def _ranked(self) -> list[int]:
        """Return the candidates that can forecast, the best first."""
        scores, ranks = (self.cv_results_[f"{name}_test_score"] for name in ("mean", "rank"))
        order = [int(k) for k in np.argsort(ranks, kind="stable") if np.isfinite(scores[k])]
        if not order and not self.members:
            raise ValueError("no candidate of the search can be scored.")
        return order

    def _voters(self) -> list[int]:
        """Return the best candidates that the answer is the median of."""
        ranked = self._ranked()[: self.n_best]
        if not ranked or NETWORKS not in self.voters_:
            return ranked[:1]  # the best one stays to be asked
        scores = self.cv_results_["judged_score"][ranked]
        share = 1.0 + self.tolerance
        with np.errstate(invalid="ignore"):  # of zero and infinity
            close = scores >= (scores[0] / share if scores[0] > 0 else scores[0] * share)
        close |= np.isinf(share)
        rounds = self.cv_results_["iter"][ranked]
        close &= rounds == rounds[0]  # a score from a shorter training says less
        close[:FEW_VOTERS] = True
        return [k for k, votes in zip(ranked, close, strict=True) if votes]


#: Rows before the first fold below which "auto" trains every fold anew.
FEW_ROWS = 500
