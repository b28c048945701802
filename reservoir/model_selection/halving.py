"""Rounds of a search: all candidates in haste, the best of them with care."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.utils.parallel import Parallel, delayed

from ..layouts import layout_is_known
from ..progress import progress
from ..sequences import form_of
from .candidates import are_successive, in_groups, mean_score, start_of
from .scorers import ForecastScorer
from .several import training_of_several, validate_several
from .validation import training_of, validate

#: Candidates that vote whatever their score.
FEW_VOTERS = 5

#: Rows that the first round of halving trains on at least.
LEAST_ROWS = 1000


class HalvingMixin:
    """What compares candidates, in rounds of which each is of fewer and costs more."""

    estimator: Any
    factor: int | None
    max_seconds: float | None
    n_best: int
    n_jobs: int | None
    scorer_: Any
    scoring: Any
    verbose: int

    def _compare(
        self, data: tuple[Any, Any], candidates: list[Mapping[str, Any]], tasks: list[Any],
        weights: list[float],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Exception], set[int]]:  # fmt: skip
        """Return the candidates' scores, rounds and rows, what failed, and who came too late."""
        groups, n_folds, several = in_groups(candidates), len(weights), form_of(data[0]) != "series"
        scores = np.full((len(candidates), n_folds), np.nan)
        rounds, n_rows = np.zeros((2, len(candidates)), dtype=int)
        limit = None if self.max_seconds is None else time.time() + self.max_seconds
        errors: list[Exception] = []
        late: set[int] = set()
        estimator = self.estimator
        if "breaks" in estimator.get_params(deep=False):  # of the whole series, they are joined
            estimator = clone(estimator).set_params(breaks="keep")
        turns = self._turns(tasks, several, len(groups))
        for iteration, (tasks, longest) in enumerate(turns):
            rows = None if longest == turns[-1][1] else longest  # later folds train on more
            trainings = [
                (training_of_several if several else training_of)(data, task, rows)
                for task in tasks
            ]
            fills = (delayed(start_of)(estimator, *training) for training in trainings)
            starts = Parallel(n_jobs=self.n_jobs)(fills)
            jobs = (
                delayed(_in_time)(
                    limit if k or iteration else None,  # the first one has its turn in any case
                    validate_several if several else validate,
                    estimator, [candidates[k] for k in group], self.scorer_, data, task,
                    rows, start,
                )
                for k, group in enumerate(groups) for task, start in zip(tasks, starts, strict=True)
            )  # fmt: skip
            results = Parallel(n_jobs=self.n_jobs, return_as="generator")(jobs)
            label = f"round {iteration + 1} of {len(turns)}"
            found = list(progress(results, label, self.verbose, len(groups) * len(tasks)))
            per_group = [found[k : k + len(tasks)] for k in range(0, len(found), len(tasks))]
            for group, parts in zip(groups, per_group, strict=True):
                if any(part is None for part in parts):
                    late.update(group)
                    continue
                scores[group] = np.hstack([part[0] for part in parts])
                rounds[group], n_rows[group] = iteration, longest
                errors += [part[1] for part in parts if part[1] is not None]
            groups = self._survivors(groups, mean_score(scores, weights))
        return scores, rounds, n_rows, errors, late

    def _turns(self, tasks: list[Any], several: bool, n_groups: int) -> list[tuple[list[Any], int]]:
        """Return the fits, as lists of folds, and the rows they train on, of each round.

        Where every fold has a fit of its own, all of them by one fit before that: quick, and nearly
        as good; where there are many rows, fewer of them before all.
        """
        n_rows = tasks[0][0].n_rows if several else len(tasks[0][0][0])
        turns = [(tasks, n_rows)]
        if self.factor is None:
            return turns
        if len(tasks) > 1 and not several and isinstance(self.scoring, ForecastScorer):
            together = [fold for task in tasks for fold in task]
            if n_groups >= self.factor and are_successive(together):
                turns.insert(0, ([together], n_rows))
        while turns[0][1] // self.factor >= LEAST_ROWS and n_groups >= self.factor:
            turns.insert(0, (turns[0][0], turns[0][1] // self.factor))
            n_groups //= self.factor
        return turns

    def _survivors(self, groups: list[list[int]], scores: np.ndarray) -> list[list[int]]:
        """Return the best 1 / `factor` of the reservoirs, and enough of them for `n_best`."""
        if self.factor is None:
            return groups
        best = [np.nan_to_num(scores[group], nan=-np.inf).max() for group in groups]
        order = np.argsort(-np.array(best), kind="stable")
        least = -(-min(self.n_best, FEW_VOTERS) // max(map(len, groups)))
        # the best one first, as the time may be up
        return [groups[k] for k in order[: max(len(groups) // self.factor, least, 1)]]


@layout_is_known()
def _in_time(limit: float | None, function: Any, *args: Any) -> Any:
    """Return what a function returns, None where its turn comes after the limit."""
    return None if limit is not None and time.time() > limit else function(*args)
