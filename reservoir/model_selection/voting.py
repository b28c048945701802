"""The answer of a search: the median of its networks and of other forecasts that did as well."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.validation import check_is_fitted

from ..baselines import SimpleForecaster
from ..esn import DivergenceWarning, divergence_is_known
from ..esn.levels import check_bounds
from ..frames import as_column, tell_uneven_once
from ..layouts import layout_is_known
from ..outliers import cleaned
from ..sequences import form_of
from .candidates import known
from .climate_guard import ClimateMixin
from .scorers import ForecastScorer

#: The name under which the candidates vote, by their own median.
NETWORKS = "networks"
#: A vote that weighs less is left out: one that is 1.7 times as far off, where weights are squares.
LEAST_WEIGHT = 0.35


def check_members(members: Any, items: Sequence[np.ndarray], index: Any) -> list[tuple[str, Any]]:
    """Return members, made by what makes them; raise where they are not names and forecasters."""
    members, names = list(members(items, index) if callable(members) else members), []
    for member in members:
        if not (isinstance(member, tuple) and len(member) == 2 and isinstance(member[0], str)):
            raise ValueError(f"members must be (name, forecaster) pairs; got {member!r}.")
        name, forecaster = member
        if not (hasattr(forecaster, "fit") and hasattr(forecaster, "forecast")):
            raise ValueError(f"members must have fit and forecast; {name!r} is {forecaster!r}.")
        names.append(name)
    if len({*names, NETWORKS}) <= len(names):
        raise ValueError(f"members must have different names, and none {NETWORKS!r}; got {names}.")
    return members


class VotingMixin(ClimateMixin):
    """Who votes in a `ForecastSearchCV`, and its answers."""

    _asked: list[tuple[str, Any]]
    sharpness_: float
    scoring: Any
    scorer_: Any
    estimator: Any
    best_estimators_: list[Any]
    _ranked: Any
    cv_results_: dict[str, Any]
    network_weights_: list[float]

    def _judge(self, parts: Sequence[tuple[Any, Any]]) -> None:
        """Settle who votes, and with what weight: by the errors on (past, what came) pairs."""
        ranked, means = self._ranked(), self.cv_results_["mean_test_score"]
        scores = {NETWORKS: float(means[ranked[0]]) if ranked else -np.inf}
        scores |= {name: self._tested(member, parts) for name, member in self._asked}
        self.member_scores_ = scores
        self.weights_ = weights_of(scores, self.sharpness_)
        if not self.weights_:  # nothing can be tested
            self.weights_ = {name: 1.0 for name, _ in self._asked}
        self.voters_ = list(self.weights_)

    @layout_is_known()
    def _tested(self, member: Any, parts: Sequence[tuple[Any, Any]]) -> float:
        """Return the mean score of a member over the folds, minus infinity where it has none."""
        free = isinstance(self.scorer_, ForecastScorer)
        scorer = self.scorer_ if free else ForecastScorer(None, _absolute, None, False)
        truths = [np.asarray(as_column(came), float).reshape(len(came), -1) for _, came in parts]
        reach = [min(scorer.horizon or len(truth), len(truth)) for truth in truths]
        try:
            found = of_pasts(member, [past for past, _ in parts], reach)
        except ValueError:  # one is too short for it
            return -np.inf
        errors: list[float] = []
        for truth, rows in zip(truths, found, strict=True):
            errors += scorer.of_one(truth[: len(rows)], rows)
        return scorer.score_of(errors)

    @layout_is_known()
    def _fit_members(self, X: Any) -> None:
        form = form_of(X)
        self._training: Any = _numbers(X) if form == "series" else [_numbers(x) for x in X]
        if form == "panel":
            self._training = np.array(self._training)
        first = X if form == "series" else X[0]  # of several, a forecast is handed each
        self.members_ = {
            name: clone(member).fit(first) for name, member in self._asked if name in self.voters_
        }

    def forecast(self, n_steps: int, context: Any = None, **options: Any) -> Any:
        """Return the weighted median of the forecasts of all voters, step by step.

        Parameters and answer are those of `ESNForecaster.forecast`. The networks vote by their own
        median; one whose loop diverges does not, and where nothing is left, the answer is NaN, with
        a `DivergenceWarning`. From where a median of chaotic runs means nothing, `climate` says
        what goes on.
        """
        answer = self._bounded(self._answer(self.forecasts(n_steps, context, **options)))
        _tell_lost(answer)
        return answer

    def forecasts(self, n_steps: int, context: Any = None, **options: Any) -> dict[str, Any]:
        """Return the forecast of the networks and of each member that votes, by name.

        As `forecast`; the networks' is there whether they vote or not.
        """
        check_is_fitted(self, "best_estimators_")
        if "quantiles" in options:
            raise TypeError("forecast gives the forecast; forecast_quantiles(...) gives bands.")
        options.setdefault("on_divergence", "nan")
        context = (
            None if context is None else self._seen(context, "context", options.get("context_exog"))
        )
        return self._forecasts(n_steps, context, options)

    @layout_is_known()
    def _forecasts(self, n_steps: int, context: Any, options: dict[str, Any]) -> dict[str, Any]:
        """Return the votes after a context as `_seen` gives it."""
        found = {}
        if self.best_estimators_:
            first, *others = self.best_estimators_
            with divergence_is_known():
                votes = [first.forecast(n_steps, context, **options)]
                warnings.filterwarnings("ignore", "the context")  # told by the first
                votes += [m.forecast(n_steps, context, **options) for m in others]
            answer = self._of_networks(votes)
            found[NETWORKS] = self._gone_on(votes, answer, n_steps, context, options)
        if context is None and form_of(self._training) != "series":
            context = self._training
        elif context is not None and self.best_estimators_:
            context, _ = self.best_estimators_[0].with_rows_before(context)
        for name, member in self.members_.items():
            found[name] = _of_member(member, n_steps, context)
            if NETWORKS in found and isinstance(found[name], list):  # arrays beside frames
                pairs = zip(found[name], found[NETWORKS], strict=True)
                found[name] = [np.reshape(np.asarray(a), np.shape(b)) for a, b in pairs]
        return found

    def forecast_quantiles(
        self, n_steps: int, quantiles: Any = (0.05, 0.5, 0.95), context: Any = None, **options: Any
    ) -> Any:
        """Return the median of the best candidates' `ESNForecaster.forecast_quantiles`.

        Each quantile is that of its own candidates: Lichtendahl, Grushka-Cockayne & Winkler (2013),
        Is it better to average probabilities or quantiles?, Management Science 59. Where others
        vote too, all are moved by as much as the answer is beside the networks' own.
        """
        check_is_fitted(self, "best_estimators_")
        options.setdefault("on_divergence", "nan")
        if not self.best_estimators_:
            raise ValueError(
                "forecast_quantiles needs networks, and the series is too short for any of them: "
                "PanelForecaster and pretrained give bands of few rows."
            )
        tell_uneven_once(context, "context")
        first, *others = self.best_estimators_
        with told_once(), layout_is_known():
            votes = [first.forecast_quantiles(n_steps, quantiles, context, **options)]
            warnings.filterwarnings("ignore", "the context")  # told by the first
            votes += [m.forecast_quantiles(n_steps, quantiles, context, **options) for m in others]
            bands = self._of_networks(votes)
            if self.voters_ == [NETWORKS]:
                return bands
            asked = {name: option for name, option in options.items() if name != "quantiles"}
            found = self.forecasts(n_steps, context, **asked)
        answer = self._bounded(self._answer(found))
        return self._bounded(_moved(bands, found[NETWORKS], answer))

    def predict(self, X: Any, **options: Any) -> Any:
        """Return the median of the best candidates' `ESNForecaster.predict`: networks alone."""
        check_is_fitted(self, "best_estimators_")
        tell_uneven_once(X, "X")
        with layout_is_known():
            return self._of_networks([m.predict(X, **options) for m in self.best_estimators_])

    def score(self, X: Any, y: Any = None, *, exog: Any = None) -> float:
        """Return what `scoring` makes of the answer, over `X`, which continues the training."""
        check_is_fitted(self, "best_estimators_")
        return float(self.scorer_(self, X, **known(exog)))

    def rolling_forecast(
        self, X: Any, n_steps: int, *, step: int | None = None, **options: Any
    ) -> np.ndarray:
        """Return the weighted median of all voters' forecasts from rolling origins.

        Parameters and answer are those of `ESNForecaster.rolling_forecast`.
        """
        check_is_fitted(self, "best_estimators_")
        if form_of(self._training) != "series":
            raise ValueError("rolling_forecast needs one series, after a fit on one series.")
        votes = {}
        if NETWORKS in self.voters_:
            tell_uneven_once(X, "X")
            with divergence_is_known(), layout_is_known():
                of_each = [
                    m.rolling_forecast(X, n_steps, step=step, **options)
                    for m in self.best_estimators_
                ]
            votes[NETWORKS] = self._of_networks(of_each)
        if self.members_:
            past, rows = self._training, np.asarray(as_column(X), dtype=float)
            rows = rows.reshape(len(rows), -1)
            origins = range(0, len(rows) - n_steps + 1, step or n_steps)
            seen = [np.concatenate([past, rows[:origin]]) for origin in origins]
            for name, member in self.members_.items():
                votes[name] = np.stack([member.forecast(n_steps, context=x) for x in seen])
        return self._bounded(self._answer(votes))

    def _of_networks(self, votes: list[Any]) -> Any:
        """Return the median of the candidates' answers, each weighed by its error on the folds."""
        return median(votes, self.network_weights_)

    def _answer(self, votes: dict[str, Any]) -> Any:
        """Return the weighted median of the votes."""
        return median([votes[name] for name in self.voters_], list(self.weights_.values()))

    def _seen(self, X: Any, name: str, exog: Any) -> Any:
        """Return data without what the estimator takes as not seen, joined where it joins them."""
        outliers = getattr(self.estimator, "outliers", "keep")
        breaks = getattr(self.estimator, "breaks", "keep")
        tell_uneven_once(X, name)
        within = check_bounds(getattr(self.estimator, "bounds", None))
        return cleaned(X, outliers, 4, name, exog is not None, breaks, within)

    def _bounded(self, answer: Any) -> Any:
        """Hold an answer within the estimator's bounds, which members do not know."""
        bounds = getattr(self.estimator, "bounds", None)
        if bounds is None:
            return answer
        low, high = (None if end is None else np.asarray(end, dtype=float) for end in bounds)
        if isinstance(answer, list):
            return [self._bounded(part) for part in answer]
        held = np.clip(np.asarray(answer), low, high)
        return _like(answer, held)


@contextmanager
def told_once() -> Iterator[None]:
    """Let what several networks warn of in the same words be told once."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for each in {(w.category, str(w.message)): w for w in caught}.values():
        warnings.warn_explicit(each.message, each.category, each.filename, each.lineno)


def _tell_lost(answer: Any) -> None:
    """Warn where all loops have diverged."""
    for k, part in enumerate(answer if isinstance(answer, list) else [answer]):
        rows = np.asarray(part, dtype=float)
        rows = rows[:, None] if rows.ndim == 1 else rows
        steps = np.isnan(rows.reshape(-1, *rows.shape[-2:])).any(axis=(0, 2))
        if steps.any():
            which = f" of series {k}" if isinstance(answer, list) else ""
            warnings.warn(
                f"the loops of all networks have diverged at step {steps.argmax() + 1} of "
                f"{len(steps)}{which}, and nothing else votes: the forecast is NaN from there on. "
                "Search on more rows, or over larger alphas (param_grid=).",
                DivergenceWarning, stacklevel=3,
            )  # fmt: skip
            return


def _numbers(X: Any) -> np.ndarray:
    """Return a copy of a series, (T, d), and numbers alone."""
    rows = np.array(as_column(X), dtype=float)
    return rows.reshape(len(rows), -1)


def _absolute(y_true: np.ndarray, y_pred: np.ndarray) -> float:
    return float(np.abs(y_true - y_pred).mean())


def of_pasts(member: Any, pasts: list[Any], reach: list[int]) -> list[np.ndarray]:
    """Return forecasts (n_k, d) of a member after each of several pasts, fitted on it alone."""
    if isinstance(member, SimpleForecaster):  # to which each column is a series by itself
        columns = [x for past in pasts for x in _numbers(past).T]
        ahead = np.transpose(clone(member).fit(columns).forecast(max(reach)))
        found = np.split(ahead, len(pasts), axis=1)
        return [rows[:n] for rows, n in zip(found, reach, strict=True)]
    found = [clone(member).fit(past).forecast(n) for past, n in zip(pasts, reach, strict=True)]
    return [np.asarray(rows, dtype=float).reshape(len(rows), -1) for rows in found]


def _of_member(member: Any, n_steps: int, context: Any) -> Any:
    """Return a member's forecast after one context, or after each of many."""
    if context is None or form_of(context) == "series":
        return member.forecast(n_steps, context)
    found = [member.forecast(n_steps, each) for each in context]
    return np.stack(found) if form_of(context) == "panel" else found


def _moved(bands: Any, before: Any, after: Any) -> Any:
    """Return bands (n, d, Q), moved by as much as a forecast (n, d) was."""
    if isinstance(bands, list):
        return [_moved(*each) for each in zip(bands, before, after, strict=True)]
    shift = np.nan_to_num(np.asarray(after) - np.asarray(before))
    values = np.asarray(bands)
    of_each = values.size // max(shift.size, 1)
    return _like(bands, values + np.repeat(shift.ravel(), of_each).reshape(values.shape))


def _like(answer: Any, values: np.ndarray) -> Any:
    """Return values in the form of an answer: an array, or a pandas or polars frame or series."""
    if isinstance(answer, np.ndarray):
        return values
    if not hasattr(answer, "iloc"):  # polars has no index to keep
        return _of_polars(answer, values)
    first = answer.copy()
    first[:] = values
    return first


def _of_polars(answer: Any, values: np.ndarray) -> Any:
    if values.ndim == 1:
        return type(answer)(answer.name, np.ascontiguousarray(values))
    return type(answer)(np.ascontiguousarray(values), schema=answer.columns)


def weights_of(scores: dict[str, float], sharpness: float) -> dict[str, float]:
    """Return what each vote weighs: (least error / its error) ** sharpness.

    Those of less than `LEAST_WEIGHT`, and those that have no score, do not vote.

    Examples
    --------
    >>> from reservoir.model_selection.voting import weights_of
    >>> weights_of({"a": -2.0, "b": -2.5, "c": -4.0}, sharpness=2.0)
    {'a': 1.0, 'b': 0.6400000000000001}
    """
    best = max(scores.values())
    found = {}
    for name, score in scores.items():
        if not np.isfinite(score):
            continue
        weight = share_of(score, best) ** sharpness
        if weight >= LEAST_WEIGHT:
            found[name] = weight
    return found


def share_of(score: float, best: float) -> float:
    """Return the least error over that of a score, 1 at most; scores above zero as they are."""
    if best > 0:
        return float(max(score / best, 0.0))
    return float(best / score) if score < 0 else 1.0


def median(votes: list[Any], weights: Sequence[float] | None = None) -> Any:
    """Return the element-wise median of forecasts in one form; NaN does not vote.

    With weights it lies where half of the weight is below, each vote's in its middle, between the
    two votes beside that place.
    """
    if isinstance(votes[0], list):
        return [median(list(parts), weights) for parts in zip(*votes)]
    stacked = np.stack([np.asarray(vote) for vote in votes])
    if weights is None:
        return _like(votes[0], np.nanmedian(stacked, axis=0))
    return _like(votes[0], weighted_median(stacked, np.array(weights, dtype=float)))


def weighted_median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted median of values (n, ...) along the first axis; NaN has no weight.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.model_selection.voting import weighted_median
    >>> weighted_median(np.array([[1.0], [2.0], [9.0]]), np.array([1.0, 1.0, 1.0]))
    array([2.])
    """
    flat = values.reshape(len(values), -1)
    order = np.argsort(flat, axis=0)  # NaN last
    ordered = np.take_along_axis(flat, order, axis=0)
    weight = np.where(np.isnan(ordered), 0.0, weights[order])
    middle = np.cumsum(weight, axis=0) - weight / 2
    half = weight.sum(axis=0) / 2
    above = np.minimum((middle < half).sum(axis=0), len(flat) - 1)
    pair = np.stack([np.maximum(above - 1, 0), above])  # the votes beside that place
    (low, high), (left, right) = (
        np.take_along_axis(part, pair, axis=0) for part in (ordered, middle)
    )
    with np.errstate(invalid="ignore", over="ignore"):
        share = np.where(right > left, (half - left) / (right - left), 1.0)
        answer = np.where(share < 1.0, low + share * (high - low), high)
    return answer.reshape(values.shape[1:])
