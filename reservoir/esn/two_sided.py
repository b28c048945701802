"""Rows as both sides tell them: networks that run forward and backward, and the row itself."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from ..missing import calm, stretches
from ..readouts import FREE_RUN
from ..sequences import Sequences, check_sequences
from .closed_loop import divergence_is_known
from .gaps import Filled, filled_by
from .levels import check_lags
from .network import is_name

Gap = tuple[int, int, int]
Pair = tuple[np.ndarray, np.ndarray]

#: Steps of a gap whose errors are told apart, and free runs that they are measured by, at most.
MOST_STEPS, MOST_RUNS = 100, 30
#: Shares of the errors below which no noise, and no error of a network, is taken for real.
LEAST_NOISE, LEAST_ERROR, TINY = 1e-6, 1e-3, 1e-24
#: Noise, over the spread of the series, that another pass could not take off any better.
NO_NOISE = 1e-3
#: The share of squared errors that a variance is read from, and what it is of a normal error's:
#: free runs explode now and then, and a mean would tell of these alone.
TAIL, TAIL_OF_NORMAL = 0.9, 2.706
#: Variance of a run that has diverged, over that of the series.
FAR = 100.0


def one_step(forecaster: Any) -> Any:
    """Return a clone whose alpha is chosen for one step, where it was to be for free runs."""
    fresh, readout = clone(forecaster), forecaster.part("readout")
    if is_name(getattr(readout, "alpha", None), FREE_RUN):
        fresh.set_params(readout=clone(readout).set_params(alpha="evidence"))
    return fresh


@dataclass(frozen=True)
class Side:
    """A network that runs one way, and how far off it is.

    Attributes
    ----------
    forecaster : ESNForecaster
        Fitted for one step.
    runner : ESNForecaster
        That runs through gaps, by the alpha that was asked for; the same where there are none.
    backward : bool
    error : ndarray of shape (d, d)
        Covariance of its one-step errors, the noise of the rows left out.
    by_step : ndarray of shape (n, d)
        Variance of its errors so many steps into a gap, the noise left out; empty without gaps.
    """

    forecaster: Any
    runner: Any
    backward: bool
    error: np.ndarray
    by_step: np.ndarray

    def tells(
        self, items: Sequence[np.ndarray], exog: Any, rows: Sequence[np.ndarray]
    ) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """Return what the network tells of every row, and in gaps, the variance of its errors.

        NaN where it does not know its past yet. It tells a row from the one before it; through a
        gap it runs freely, one step beyond: what it is further off there than is usual grew with
        the steps.
        """
        told = _told(self.forecaster, self.backward, items, exog)
        variances = [np.full(x.shape, np.nan) for x in told]
        gaps = gaps_of(rows)
        turned, seen = _turned(items, self.backward), _turned(rows, self.backward)
        outside = _turned(exog, self.backward)
        firsts = [len(rows[k]) - stop if self.backward else start for k, start, stop in gaps]
        lengths = [stop - start for _, start, stop in gaps]
        places = [(k, at, n + 1) for (k, *_), at, n in zip(gaps, firsts, lengths, strict=True)]
        runs = _free_runs(self.runner, turned, outside, places)
        way = slice(None, None, -1 if self.backward else 1)
        for (k, start, stop), at, run in zip(gaps, firsts, runs, strict=True):
            n = stop - start
            steps = np.arange(n + 1)
            usual = self.by_step[np.minimum(steps, len(self.by_step) - 1)]
            landing = seen[k][at + n : at + n + 1] - run[n:]
            excess = np.nan_to_num(np.square(landing) - usual[n:]).clip(0.0).sum(axis=0)
            told[k][start:stop] = run[:n][way]
            variances[k][start:stop] = (usual + excess * (steps / n)[:, None])[:n][way]
        return told, variances


@dataclass(frozen=True)
class TwoSided:
    r"""Two networks, and the noise of the rows between them.

    The errors of the two at one row, :math:`e_f` and :math:`e_b`, have nothing in common but the
    noise of that row: their covariance is the noise's, :math:`R`. What is left of each one's own,
    :math:`P = \operatorname{cov}(e) - R`, says what it is worth beside the row.
    """

    sides: tuple[Side, Side]
    noise: np.ndarray

    @classmethod
    def fitted(
        cls, forecaster: Any, items: Sequence[np.ndarray], exog: Any, rows: Sequence[np.ndarray]
    ) -> TwoSided:
        """Train both networks on series, and measure them.

        Parameters
        ----------
        forecaster : ESNForecaster
            Not fitted.
        items : sequence of K arrays (T_k, d)
            What they run through, without gaps.
        exog : list of K arrays, or None
        rows : sequence of K arrays (T_k, d)
            What was seen: errors are measured by it, and what stands in gaps is not learned.
        """
        networks, errors = [], []
        for backward in (False, True):
            networks.append(_trained(one_step(forecaster), items, exog, rows, backward))
            told = _told(networks[-1], backward, items, exog)
            errors.append(np.concatenate([x - y for x, y in zip(rows, told, strict=True)]))
        seen, d = np.isfinite(np.hstack(errors)).all(axis=1), rows[0].shape[1]
        settled = seen & ~np.concatenate([_near_gaps(x) for x in rows])
        seen = settled if settled.sum() > 2 * d else seen
        n_known = int(seen.sum())
        if n_known <= 2 * d:
            raise ValueError(
                f"only {n_known} rows were seen that both networks know enough of: smoothing needs "
                f"more than {2 * d}. Take a longer series, or a network that forgets sooner."
            )
        ahead, behind = (error[seen] for error in errors)
        common = ahead.T @ behind / n_known
        own = [error.T @ error / n_known for error in (ahead, behind)]
        least = min(float(np.trace(cov)) for cov in own) / d
        noise = _at_least((common + common.T) / 2, LEAST_NOISE * least + TINY)
        longest = max((stop - start for _, start, stop in gaps_of(rows)), default=0)
        sides = []
        for network, backward, cov in zip(networks, (False, True), own, strict=True):
            runner = _trained(forecaster, items, exog, rows, backward) if longest else network
            by_step = _by_step(runner, items, rows, exog, backward, longest, np.diag(noise))
            error = _at_least(cov - noise, LEAST_ERROR * least + TINY)
            sides.append(Side(network, runner, backward, error, by_step))
        return cls((sides[0], sides[1]), noise)

    def smoothed(
        self, items: Sequence[np.ndarray], exog: Any, rows: Sequence[np.ndarray]
    ) -> list[np.ndarray]:
        """Return rows as all that is known of each tells them.

        Parameters
        ----------
        items : sequence of K arrays (T_k, d)
            What the networks run through, without gaps.
        exog : list of K arrays, or None
        rows : sequence of K arrays (T_k, d)
            What was seen.
        """
        sides = [side.tells(items, exog, rows) for side in self.sides]
        told, variances = zip(*sides, strict=True)
        return [
            self._combined(row, (told[0][k], told[1][k]), (variances[0][k], variances[1][k]))
            for k, row in enumerate(rows)
        ]

    def _combined(self, seen: np.ndarray, told: Pair, variances: Pair) -> np.ndarray:
        """Return the mean of a row and what is told of it, by the inverse of their errors."""
        answer = np.full(seen.shape, np.nan)
        whole = ~np.isnan(seen).any(axis=1)
        knows = [~np.isnan(each).any(axis=1) for each in told]
        inverse = [np.linalg.inv(side.error) for side in self.sides]
        of_row = np.linalg.inv(self.noise)
        for pattern in ((True, True), (True, False), (False, True)):
            at = whole & (knows[0] == pattern[0]) & (knows[1] == pattern[1])
            weight, total = of_row, seen[at] @ of_row
            for used, each, own in zip(pattern, told, inverse, strict=True):
                if used:
                    weight, total = weight + own, total + each[at] @ own
            answer[at] = total @ np.linalg.inv(weight)
        values = [x[~whole] for x in (seen, *told)]
        spreads = [np.diag(self.noise) + 0.0 * values[0], *(x[~whole] for x in variances)]
        weights = [
            np.where(np.isnan(x), 0.0, 1.0 / v) for x, v in zip(values, spreads, strict=True)
        ]
        total = sum(np.nan_to_num(x) * w for x, w in zip(values, weights, strict=True))
        with np.errstate(invalid="ignore"):  # nobody knows
            answer[~whole] = total / sum(weights)
        return answer


def passes_of(
    forecaster: Any, items: Sequence[np.ndarray], exog: Any, n_passes: int
) -> list[TwoSided]:
    """Train two networks on series, then two on what they made of them, while there is noise."""
    passes: list[TwoSided] = []
    current = _filled(forecaster, items, exog)
    spread = np.nanstd(np.concatenate(items), axis=0)
    for _ in range(n_passes):
        passes.append(TwoSided.fitted(forecaster, current, exog, items))
        if (np.sqrt(np.diag(passes[-1].noise)) <= NO_NOISE * spread).all():
            break
        current = _known(passes[-1].smoothed(current, exog, items), current)
    return passes


def smoothed_by(
    passes: Sequence[TwoSided], items: Sequence[np.ndarray], exog: Any
) -> list[np.ndarray]:
    """Return rows as the passes make them, within the bounds of the forecaster."""
    forward = passes[0].sides[0].forecaster
    states = forward.network_.rule.initial_state(len(items))
    found = current = forward.run_through(items, states, forward.exogenous_.scaled(exog))
    for each in passes:
        found = each.smoothed(current, exog, items)
        current = _known(found, current)
    return found if forward.bounds is None else [np.clip(x, *forward.bounds) for x in found]


def gaps_of(rows: Sequence[np.ndarray]) -> list[Gap]:
    """Return stretches in which some of a row was not seen: series, first row, one past the last.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.esn.two_sided import gaps_of
    >>> gaps_of([np.zeros((3, 1)), np.array([[0.0], [np.nan], [np.nan], [0.0]])])
    [(1, 1, 3)]
    """
    return [
        (k, int(start), int(stop))
        for k, x in enumerate(rows)
        for start, stop in zip(*stretches(np.isnan(x).any(axis=1)), strict=True)
    ]


def _filled(forecaster: Any, items: Sequence[np.ndarray], exog: Any) -> list[np.ndarray]:
    """Return series whose gaps a network has run through, forward."""
    if not gaps_of(items):
        return list(items)
    return filled_by(one_step(forecaster), Sequences("list", list(items)), exog).items


def _known(smoothed: Sequence[np.ndarray], before: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return what the next pass reads: rows that no side knows stay as they were."""
    return [np.where(np.isnan(x), old, x) for x, old in zip(smoothed, before, strict=True)]


def _trained(
    forecaster: Any, items: Sequence[np.ndarray], exog: Any, rows: Sequence[np.ndarray],
    backward: bool,
) -> Any:  # fmt: skip
    """Return a network of that way, which learns nothing of what stands in gaps."""
    network, whole = clone(forecaster), _turned(items, backward)
    learned = [
        np.where(np.isnan(calm(row)), np.nan, x)
        for row, x in zip(_turned(rows, backward), whole, strict=True)
    ]
    lags = check_lags(network.differences)
    sequences = check_sequences(
        network, _form(learned), reset=True, min_steps=sum(lags) + 3, gaps=True
    )
    outside = _turned(exog, backward)
    return network.fit_checked(sequences, outside, filled=Filled(whole) if gaps_of(rows) else None)


def _near_gaps(x: np.ndarray) -> np.ndarray:
    """Return which rows are in a gap, or so near one that either network may be far off."""
    return np.isnan(calm(x)).any(axis=1) | np.isnan(calm(x[::-1])[::-1]).any(axis=1)


def _told(network: Any, backward: bool, items: Sequence[np.ndarray], exog: Any) -> list[np.ndarray]:
    outside = {} if exog is None else {"exog": _form(_turned(exog, backward))}
    told = network.predict(_form(_turned(items, backward)), initial_state="zero", **outside)
    return _turned([told] if len(items) == 1 else list(told), backward)


def _free_runs(
    network: Any, items: Sequence[np.ndarray], exog: Any, places: Sequence[tuple[int, int, int]]
) -> list[np.ndarray]:
    """Return free runs from places, (series, first row, steps) each; NaN from a cold start."""
    cold = network.levels_.reach + network.network_.washout_
    warm = [at for at, (_, first, _) in enumerate(places) if first > cold]
    runs = [np.full((n_steps, items[0].shape[1]), np.nan) for _, _, n_steps in places]
    if not warm:
        return runs
    longest = max(places[at][2] for at in warm)
    cuts = [(k, max(0, first - 2 * cold - MOST_STEPS), first) for k, first, _ in places]
    known: dict[str, Any] = {}
    if exog is not None:  # beyond the end of a series nothing is asked for
        padded = [np.pad(e, ((0, longest + 1), (0, 0)), mode="edge") for e in exog]
        known = {
            "exog": [padded[cuts[at][0]][cuts[at][2] :][:longest] for at in warm],
            "context_exog": [exog[k][a:b] for k, a, b in (cuts[at] for at in warm)],
        }
    contexts = [items[k][a:b] for k, a, b in (cuts[at] for at in warm)]
    with divergence_is_known():
        found = network.forecast(longest, contexts, on_divergence="nan", **known)
    whole = np.concatenate(items)
    low, high = whole.min(axis=0), whole.max(axis=0)
    for at, run in zip(warm, found, strict=True):
        with np.errstate(invalid="ignore"):
            inside = (np.abs(run - (low + high) / 2) <= high - low).all(axis=1)
        inside = np.logical_and.accumulate(inside)
        runs[at] = np.where(inside[:, None], run, np.nan)[: places[at][2]]
    return runs


def _turned(items: Any, backward: bool) -> Any:
    """Return series in the order of a network, None where there are none."""
    return None if items is None else [item[::-1] if backward else item for item in items]


def _form(items: list[np.ndarray]) -> Any:
    return items[0] if len(items) == 1 else items


def _at_least(covariance: np.ndarray, least: float) -> np.ndarray:
    """Return a covariance whose eigenvalues are raised to what is least."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.maximum(values, least)) @ vectors.T


def _by_step(
    network: Any, items: Sequence[np.ndarray], rows: Sequence[np.ndarray], exog: Any,
    backward: bool, longest: int, noise: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the variance (n, d) of free runs' errors by their steps, the noise left out."""
    if longest == 0:
        return np.empty((0, len(noise)))
    n_steps = min(longest, MOST_STEPS) + 1
    turned, seen = _turned(items, backward), _turned(rows, backward)
    outside = _turned(exog, backward)
    cold = network.levels_.reach + network.network_.washout_
    ends = [len(item) - n_steps for item in turned]
    stride = max(1, sum(max(0, end - cold) for end in ends) // MOST_RUNS)
    places = [
        (k, first, n_steps)
        for k, end in enumerate(ends) for first in range(cold + 1, end + 1, stride)
    ]  # fmt: skip
    spread = np.nanvar(np.concatenate(rows), axis=0)
    runs = _free_runs(network, turned, outside, places)
    errors = np.full((max(1, len(places)), n_steps, len(noise)), np.nan)
    for at, (k, first, _) in enumerate(places):
        row, run = seen[k][first : first + n_steps], runs[at]
        errors[at] = np.where(np.isnan(run), np.sqrt(FAR * spread), row - run)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nothing was seen
        variance = np.nanquantile(np.square(errors), TAIL, axis=0) / TAIL_OF_NORMAL
    variance = np.where(np.isnan(variance), FAR * spread, variance)
    return np.maximum.accumulate(np.maximum(variance - noise, LEAST_ERROR * variance + TINY))
