"""Candidates of a search: which share a run of the reservoir, their fits, and their results."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.model_selection import ParameterGrid

from ..layouts import layout_is_known
from ..readouts import RidgeReadout

#: The parameter that needs no new run of the reservoir.
ALPHA = "readout__alpha"


def in_groups(settings: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    """Return the indices of settings that differ in alpha alone, group by group."""
    groups: dict[Any, list[int]] = {}
    for k, setting in enumerate(settings):
        # a grid hands the same objects to all its candidates
        others = frozenset((name, id(v)) for name, v in setting.items() if name != ALPHA)
        groups.setdefault(others if ALPHA in setting else k, []).append(k)
    return list(groups.values())


def known(exog: Any) -> dict[str, Any]:
    """Return exogenous rows as an option, none where there are none: not all can take them."""
    return {} if exog is None else {"exog": exog}


@layout_is_known()
def fits_of(
    estimator: Any, settings: Sequence[Mapping[str, Any]], X: Any, exog: Any = None,
    start: Any = None,
) -> list[Any]:  # fmt: skip
    """Fit clones with settings that differ in alpha alone; the reservoir runs once.

    Where `X` has gaps, `start` may be what `start_of` gave.
    """
    # the least alpha decides how precise the statistics have to be
    first = min(settings, key=lambda setting: np.min(setting.get(ALPHA, 0.0)))
    fresh = {name: clone(value, safe=False) for name, value in first.items()}
    model = clone(estimator).set_params(**fresh)
    model = model.fit(X, **known(exog)) if start is None else model.fit_from(X, exog, start)
    if len(settings) == 1:
        return [model]
    if not isinstance(model.regressor_.readout_, RidgeReadout):  # its alpha is part of what it sums
        return [fits_of(estimator, [setting], X, exog, start)[0] for setting in settings]
    return model.alpha_path([setting[ALPHA] for setting in settings])


def start_of(estimator: Any, X: Any, exog: Any = None) -> Any:
    """Return what a forecaster makes of the gaps of series, None where it cannot, or has none."""
    if not hasattr(estimator, "through_gaps"):
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the last fits say how far it settles
        try:
            return estimator.through_gaps(X, exog)
        except ValueError:  # each candidate says what is wrong
            return None


def check_adjoining(folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """Raise where a test fold does not begin where its training ends."""
    for k, (train, test) in enumerate(folds):
        if not len(train) or not len(test) or test[0] != train[-1] + 1:
            rows = [
                f"{part[0]} to {part[-1]}" if len(part) else "no rows" for part in (train, test)
            ]
            raise ValueError(
                "cv must give test folds that begin where their training ends, as "
                "TimeSeriesSplit(n_splits, test_size=..., gap=0) and RollingOrigins do: a forecast "
                f"sees nothing of them. Fold {k} trains on {rows[0]} and is tested on {rows[1]}."
            )


def are_successive(folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> bool:
    """Whether test folds are of one length, one after the other, after the training."""
    tests = np.concatenate([test for _, test in folds])
    first = folds[0][0][-1] + 1
    one_length = len({len(test) for _, test in folds}) == 1
    return one_length and bool((tests == first + np.arange(len(tests))).all())


def check_successive(folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """Raise where test folds are not of one length, one after the other, after the training."""
    if not are_successive(folds):
        raise ValueError(
            "cv must give test folds of one length that follow each other where "
            "refit_folds=False, as TimeSeriesSplit(n_splits, test_size=...) does."
        )


def mean_score(scores: np.ndarray, weights: Sequence[float]) -> np.ndarray:
    """Return the mean of scores (candidates, splits); splits of no weight may hold anything."""
    weight = np.asarray(weights, dtype=float)
    return np.average(scores[:, weight > 0], axis=1, weights=weight[weight > 0])


def of_seen(
    weights: Sequence[float], x: np.ndarray, folds: Sequence[tuple[np.ndarray, np.ndarray]]
) -> list[float]:
    """Return the weights of folds of a series (T, d), zero where nothing of one was seen."""
    seen = ~np.isnan(x).any(axis=1)
    found = [w * float(seen[test].any()) for w, (_, test) in zip(weights, folds, strict=True)]
    return found if any(found) else list(weights)


def results_of(
    candidates: list[Mapping[str, Any]], scores: np.ndarray, weights: list[float],
    rounds: np.ndarray, n_rows: np.ndarray, handicaps: Any = 1.0,
) -> dict[str, Any]:  # fmt: skip
    """Return scikit-learn's ``cv_results_`` of scores (candidates, splits)."""
    results: dict[str, Any] = {"params": candidates, "iter": rounds, "n_resources": n_rows}
    for name in sorted({name for setting in candidates for name in setting}):
        column = np.ma.MaskedArray(np.empty(len(candidates), dtype=object), mask=True)
        for k, setting in enumerate(candidates):
            if name in setting:
                column[k] = setting[name]
        results[f"param_{name}"] = column
    for k, of_split in enumerate(scores.T):
        results[f"split{k}_test_score"] = of_split
    with np.errstate(invalid="ignore"):  # the spread of -inf
        mean = mean_score(scores, weights)
        variance = mean_score((scores - mean[:, None]) ** 2, weights)
    results["mean_test_score"], results["std_test_score"] = mean, np.sqrt(variance)
    judged = np.where(mean > 0, mean / handicaps, mean * handicaps)
    results["judged_score"] = judged
    worst_last = np.nan_to_num(-judged, nan=np.inf)
    places = rankdata(worst_last, method="min")
    # a later round counts more than a better score
    later = (rounds.max() - rounds) * (len(candidates) + 1.0)
    results["rank_test_score"] = rankdata(places + later, method="min").astype(int)
    return results


def ends_of(candidates: Sequence[Mapping[str, Any]], winner: int) -> dict[str, Any]:
    """Return the numbers of a candidate that are the least or the most of three or more.

    Examples
    --------
    >>> from reservoir.model_selection.candidates import ends_of
    >>> ends_of([{"a": 1, "b": 3}, {"a": 1, "b": 2}, {"a": 1, "b": 4}], winner=2)
    {'b': 4}
    """
    found = {}
    for name, value in candidates[winner].items():
        if not isinstance(value, Real) or isinstance(value, bool):
            continue
        tried = {other[name] for other in _beside(candidates, winner, name)}
        if len(tried) >= LEAST_LIST and value in (min(tried), max(tried)):
            found[name] = value
    return found


def further_alphas(candidates: Sequence[Mapping[str, Any]], winner: int) -> list[Mapping[str, Any]]:
    """Return two candidates beyond a winner whose alpha is the last one of its list, else none.

    Examples
    --------
    >>> from reservoir.model_selection.candidates import further_alphas
    >>> tried = [{"readout__alpha": alpha} for alpha in (1e-4, 1e-2, 1.0)]
    >>> further_alphas(tried, winner=2)
    [{'readout__alpha': 100.0}, {'readout__alpha': 10000.0}]
    """
    best = candidates[winner]
    if ALPHA not in ends_of(candidates, winner) or not best[ALPHA] > 0:
        return []
    tried = sorted({other[ALPHA] for other in _beside(candidates, winner, ALPHA)})
    at, neighbour = (tried[0], tried[1]) if best[ALPHA] == tried[0] else (tried[-1], tried[-2])
    return [{**best, ALPHA: at * (at / neighbour) ** k} for k in (1, 2)]


def _beside(
    candidates: Sequence[Mapping[str, Any]], winner: int, name: str
) -> list[Mapping[str, Any]]:  # fmt: skip
    """Return the candidates that differ from one in a parameter alone."""
    best = candidates[winner]
    rest = [key for key in best if key != name]
    return [
        other for other in candidates
        if other.keys() == best.keys()
        and all(other[key] is best[key] or _equal(other[key], best[key]) for key in rest)
    ]  # fmt: skip


def _equal(a: Any, b: Any) -> bool:
    return type(a) is type(b) and isinstance(a, (Real, str, tuple)) and a == b


#: Values of a list, one of which is at an end.
LEAST_LIST = 3


def listed(
    param_grid: Any, handicaps: Any, items: Sequence[np.ndarray], index: Any
) -> tuple[list[Mapping[str, Any]], np.ndarray]:
    """Return all candidates of grids, or of a callable that makes them, and each one's handicap."""
    grids, given = param_grid, handicaps
    if callable(grids):
        grids, by_data = grids(items, index)
        given = by_data if given is None else given
    grids = [grids] if isinstance(grids, Mapping) else [*grids]
    given = [1.0] * len(grids) if given is None else [*given]
    if len(given) != len(grids) or not min(given) > 0:
        raise ValueError(
            f"handicaps must be one number above zero for each of the {len(grids)} grids of "
            f"param_grid; got {handicaps!r}."
        )
    each = [list(ParameterGrid(grid)) for grid in grids]
    of_each = np.repeat(np.array(given, dtype=float), [len(part) for part in each])
    return [candidate for part in each for candidate in part], of_each
