"""Candidates of a search: which share a run of the reservoir, their fits, and their results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.base import clone

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


def fits_of(
    estimator: Any, settings: Sequence[Mapping[str, Any]], X: Any, exog: Any = None
) -> list[Any]:
    """Fit clones with settings that differ in alpha alone; the reservoir runs once."""
    # the least alpha decides how precise the statistics have to be
    first = min(settings, key=lambda setting: np.min(setting.get(ALPHA, 0.0)))
    fresh = {name: clone(value, safe=False) for name, value in first.items()}
    model = clone(estimator).set_params(**fresh).fit(X, **known(exog))
    if len(settings) == 1:
        return [model]
    if not isinstance(model.regressor_.readout_, RidgeReadout):  # its alpha is part of what it sums
        return [fits_of(estimator, [setting], X, exog)[0] for setting in settings]
    return model.alpha_path([setting[ALPHA] for setting in settings])


def check_successive(folds: Sequence[tuple[np.ndarray, np.ndarray]]) -> None:
    """Raise where test folds are not of one length, one after the other, after the training."""
    tests = np.concatenate([test for _, test in folds])
    first = folds[0][0][-1] + 1
    if len({len(test) for _, test in folds}) > 1 or (tests != first + np.arange(len(tests))).any():
        raise ValueError(
            "cv must give test folds of one length that follow each other where "
            "refit_folds=False, as TimeSeriesSplit(n_splits, test_size=...) does."
        )


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
        mean = np.average(scores, axis=1, weights=weights)
        variance = np.average((scores - mean[:, None]) ** 2, axis=1, weights=weights)
    results["mean_test_score"], results["std_test_score"] = mean, np.sqrt(variance)
    judged = np.where(mean > 0, mean / handicaps, mean * handicaps)
    results["judged_score"] = judged
    worst_last = np.nan_to_num(-judged, nan=np.inf)
    places = rankdata(worst_last, method="min")
    # a later round counts more than a better score
    later = (rounds.max() - rounds) * (len(candidates) + 1.0)
    results["rank_test_score"] = rankdata(places + later, method="min").astype(int)
    return results
