"""Rows that were not seen: a network runs through them on its own forecast."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..differences import unseen_steps
from ..missing import calm, filled_between, interpolated, off_the_line, stretches
from ..readouts import RidgeReadout
from ..sequences import Sequences
from .exogenous import inputs_of
from .free_run import free_run
from .levels import Levels, check_lags, pad
from .network import Network

#: Trainings that training series are filled by at most, each on what the one before has filled; and
#: the change, in standard deviations, below which they have settled, and above which they do not.
PASSES, SETTLED, LOST = 8, 0.01, 1.0
#: Trainings at most where another forecaster has run through the gaps before.
FURTHER = 2
#: The share of how far rows are off lines that a network is to be off them, to be relied on in
#: gaps; after one training; and the share of values not seen above which that one does not tell.
RELIED, HOPELESS, MANY = 0.7, 0.9, 1 / 3
#: Rows that were seen below which no network tells how well it knows them; and the share of steps
#: from one to the next below which it learns from what stands between.
LEAST_SEEN, SHARE_OF_STEPS = 100, 0.25


@dataclass(frozen=True)
class Filled:
    """Series (T_k, d) without gaps, and whether what stands in them is as good as seen.

    And whether so little was seen that nothing can be chosen without.
    """

    items: list[np.ndarray]
    believed: bool = False
    needed: bool = False


def check_gaps(
    sequences: Sequences, max_gap: int | None, index: Any = None, *, proceeds: bool = False
) -> bool:
    """Return whether rows were not seen, or raise a `ValueError` where too many are.

    Parameters
    ----------
    sequences : Sequences
        NaN is what was not seen.
    max_gap : int or None
        Rows of a gap, at most.
    index : pandas index, optional
        Of the one series, for the error.
    proceeds : bool, default=False
        Whether the series goes on from another, so that nothing of it need have been seen.
    """
    lost = [np.isnan(item) for item in sequences.items]
    if not any(x.any() for x in lost):
        return False
    for k, x in enumerate(lost):
        name = "X" if sequences.form == "series" else f"X[{k}]"
        if x.all(axis=0).any() and not proceeds:
            column = int(x.all(axis=0).argmax())
            raise ValueError(f"{name} contains NaN alone in column {column}: leave it out.")
        starts, stops = stretches(x.any(axis=1))
        longest = int((stops - starts).argmax()) if len(starts) else 0
        if max_gap is not None and len(starts) and stops[longest] - starts[longest] > max_gap:
            first = starts[longest]
            at = f" ({index[first]})" if index is not None and sequences.form == "series" else ""
            raise ValueError(
                f"{name} has a gap of {stops[longest] - first} rows, from row {first}{at} on; "
                f"max_gap={max_gap} allows {max_gap}. Fit on the rows after it, fill it, or raise "
                "max_gap."
            )
    return True


def parted(
    sequences: Sequences, outside: list[np.ndarray] | None, least: int
) -> tuple[tuple[Sequences, list[np.ndarray] | None], tuple[list[np.ndarray], Any]]:
    """Return series up to the last row of each that was seen whole, and the rows after it.

    Those are no part of the past that could be filled from both sides: they are forecast.

    Parameters
    ----------
    sequences : Sequences
        NaN is what was not seen.
    outside : list of K arrays (T_k, e), or None
        Exogenous rows.
    least : int
        Rows below which a series is left as it is.

    Returns
    -------
    known, coming : tuple
        Of the series and of their exogenous rows.
    """
    seen = [np.flatnonzero(~np.isnan(x).any(axis=1)) for x in sequences.items]
    ends = [
        int(rows[-1]) + 1 if len(rows) >= least else len(x)
        for rows, x in zip(seen, sequences.items, strict=True)
    ]

    def cut(items: list[np.ndarray], after: bool) -> list[np.ndarray]:
        return [x[end:] if after else x[:end] for x, end in zip(items, ends, strict=True)]

    known = replace(sequences, items=cut(sequences.items, False))
    beside = [None if outside is None else cut(outside, after) for after in (False, True)]
    return (known, beside[0]), (cut(sequences.items, True), beside[1])


def from_first_seen(
    sequences: Sequences, outside: list[np.ndarray] | None, least: int
) -> tuple[Sequences, list[np.ndarray] | None]:
    """Return series, and their exogenous rows, from the first row on of which anything was seen.

    At least `least` rows stay.
    """
    firsts = [
        min(int((~np.isnan(x).all(axis=1)).argmax()), len(x) - least) for x in sequences.items
    ]
    if not any(firsts):
        return sequences, outside

    def cut(items: list[np.ndarray]) -> list[np.ndarray]:
        return [x[first:] for x, first in zip(items, firsts, strict=True)]

    beside = None if outside is None else cut(outside)
    return replace(sequences, items=cut(sequences.items)), beside


def run_through(
    network: Network,
    levels: Levels,
    x: np.ndarray,
    state: np.ndarray,
    *,
    exog: np.ndarray | None = None,
    increments: bool = False,
    ranges: float = 1.0,
) -> np.ndarray:
    """Return a series whose gaps the network has forecast, each from the rows before it.

    Rows before it has seen enough for a first step are interpolated; of a row that was seen in
    part, what was seen stands.

    Parameters
    ----------
    network : Network
        Trained.
    levels : Levels
    x : ndarray of shape (T, d)
        NaN is what was not seen.
    state : ndarray of shape (n_state, 1)
        Before the first step of `x`.
    exog : ndarray of shape (>= T - reach, e), optional
        Scaled; the last row is of the last row of `x`.
    increments : bool, default=False
        As for `free_run`.
    ranges : float, default=1.0
        It is held within so many ranges of the training series.

    Returns
    -------
    filled : ndarray of shape (T, d)
    """
    lost = np.isnan(x)
    if not lost.any():
        return x
    filled = interpolated(x)
    before = levels.reach - 1
    beside = None if exog is None else exog[len(exog) - (len(x) - levels.reach) :]
    levels = replace(levels, ranges=ranges)
    ran = 0  # steps that the state is after
    for start, stop in _runs(lost):
        if start < levels.reach:
            continue
        level = levels.level(filled[ran:start])
        steps, last = levels.scaled(level), start - levels.reach
        if last > ran:
            known = None if beside is None else [beside[ran:last]]
            state = network.ran(inputs_of("series", [steps], known).items, state)
        coming = None if beside is None else beside[last : last + stop - start, :, None]
        answer = free_run(
            network, levels, state, [level[len(level) - before - 1 :]], stop - start, exog=coming,
            increments=increments, clip=True,
        )[0]  # fmt: skip
        gap = filled[start:stop]
        gap[...] = np.where(lost[start:stop] & np.isfinite(answer), answer, gap)
        ran = last
    return filled


def filled_by(
    forecaster: Any, sequences: Sequences, outside: Any, start: Filled | None = None,
    seasons: Sequence[int] | None = None,
) -> Filled:  # fmt: skip
    """Return series whose gaps are filled by a forecaster that was trained on all of them.

    It runs through them where it knows rows better from those before than these lie on a line
    between their neighbours, or as in other seasons: what is without noise. Elsewhere those fill
    the gaps, and are as good as seen.

    Parameters
    ----------
    forecaster : ESNForecaster
        Not fitted; trained on what lies between, and then on what it made of gaps, until that
        settles, but for the first rows after each gap.
    sequences : Sequences
        NaN is what was not seen.
    outside : list of K arrays (T_k, e), or None
        Exogenous rows.
    start : Filled, optional
        What another forecaster has made of them: few trainings are enough.
    seasons : sequence of int, optional
        Rows of each season of the series. Where not given the forecaster runs through all gaps.
    """
    if start is None:
        start = Filled(between(sequences.items, seasons or ()))
        passes, undecided = PASSES, seasons is not None
    else:
        start = replace(start, items=_beside(sequences.items, start.items))
        passes, undecided = FURTHER, False
    items, lost = start.items, np.isnan(np.concatenate(sequences.items))
    if undecided:
        scattered = are_scattered(sequences.items, check_lags(forecaster.differences))
        if scattered:
            warnings.warn(
                f"{np.count_nonzero(lost)} of {lost.size} values were not seen, and hardly any two "
                "in a row: what lies between them, on lines or as in other seasons, is learned "
                "instead. Take rows of a longer step, X.dropna(), or means or sums over it.",
                stacklevel=5,
            )
        if scattered or lost.shape[0] - lost.sum() / lost.shape[1] < LEAST_SEEN:
            start = Filled(items, believed=True, needed=True)
    if start.believed:
        return start
    spread = np.nanstd(np.concatenate(sequences.items), axis=0)
    learned = replace(sequences, items=[calm(x) for x in sequences.items])
    off = offness(sequences.items, seasons) if undecided and seasons is not None else None
    least = np.inf
    for _ in range(passes):
        forecaster.fit_checked(learned, outside, filled=Filled(items))
        beside = forecaster.exogenous_.scaled(outside)
        if off is not None:
            least = min(least, relied(forecaster, sequences.items, items, beside, off))
            if least > HOPELESS and lost.mean() <= MANY:
                break
        states = forecaster.network_.rule.initial_state(len(items))
        before = np.concatenate(items)
        items = forecaster.run_through(sequences.items, states, beside, ranges=0.0)
        moved = (np.concatenate(items) - before) / np.where(spread > 0, spread, 1.0)
        change = float(np.sqrt(np.square(moved[lost]).mean()))
        if change < SETTLED:
            break
    if off is not None and least > RELIED:
        return Filled(start.items, believed=True)
    if passes == PASSES and change > LOST:
        warnings.warn(
            f"{np.count_nonzero(lost)} of {lost.size} values were not seen, and what stands in "
            "their place does not settle: forecasts may be far off. Take rows of a longer step, by "
            "means or sums over it, or fill the gaps by what is known of them.",
            stacklevel=5,
        )
    return Filled(items)


def between(items: Sequence[np.ndarray], seasons: Sequence[int]) -> list[np.ndarray]:
    """Return series (T_k, d) with their gaps filled by lines, or as in other seasons."""
    return [np.column_stack([filled_between(column, seasons) for column in x.T]) for x in items]


def _beside(items: Sequence[np.ndarray], made: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return series with what was made of them in their gaps, and lines where it has nothing."""
    found = [x.copy() for x in items]
    for item, rows in zip(found, made, strict=False):
        both = item[: len(rows)], rows[: len(item)]  # other differences may take other ends off
        np.copyto(*both, where=np.isnan(both[0]))
    return [interpolated(x) for x in found]


def are_scattered(items: Sequence[np.ndarray], lags: tuple[int, ...]) -> bool:
    """Whether few steps from row to row were seen, for the rows that were.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.esn.gaps import are_scattered
    >>> x = np.arange(60.0)[:, None]
    >>> are_scattered([x], ()), are_scattered([np.where(x % 3 > 0, np.nan, x)], ())
    (False, True)
    """
    steps = sum(np.count_nonzero(~unseen_steps(x, lags or (1,))) for x in items)
    values = sum(np.count_nonzero(~np.isnan(x)) / x.shape[1] for x in items)
    return bool(steps < SHARE_OF_STEPS * values)


def offness(items: Sequence[np.ndarray], seasons: Sequence[int]) -> np.ndarray:
    """Return how far rows of each feature are off what lies between their neighbours, (d,)."""
    each = np.array([[off_the_line(column, seasons) for column in x.T] for x in items])
    weights = np.array([len(x) for x in items], dtype=float)[:, None] * np.isfinite(each)
    total = (np.where(weights > 0, each, 0.0) * weights).sum(axis=0)
    with np.errstate(invalid="ignore"):  # of no row were both neighbours seen
        return np.asarray(total / weights.sum(axis=0))


def relied(
    forecaster: Any, items: Sequence[np.ndarray], whole: Sequence[np.ndarray], beside: Any,
    off: np.ndarray,
) -> float:  # fmt: skip
    """Return how far a forecaster is off rows that were seen, over how far these are off lines.

    As if it had not been trained on them: what each weighs in it is taken to be the same for all.

    Parameters
    ----------
    forecaster : ESNForecaster
        Fitted.
    items, whole : sequence of K arrays (T_k, d)
        As they were seen, and with their gaps filled.
    beside : list of K arrays, or None
        Scaled exogenous rows.
    off : ndarray of shape (d,)
    """
    levels = forecaster.levels_
    foreseen = forecaster.foreseen("list", [levels.level(x) for x in whole], beside, "zero")
    errors = []
    for x, rows in zip(items, foreseen, strict=True):
        lags = levels.lags or (1,)
        seen = np.append(np.zeros(sum(lags), dtype=bool), ~unseen_steps(x, lags))
        seen[: levels.reach + forecaster.network_.washout_] = False
        errors.append(np.abs(pad(rows, len(x)) - x)[seen])
    of_each = np.concatenate(errors)
    gappy = np.isnan(np.concatenate(items)).any(axis=0)
    left = len(of_each) - _freedom(forecaster.network_)
    if left <= 0:
        return np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        found = of_each.sum(axis=0)[gappy] / left / off[gappy]
    return float(np.nan_to_num(found, nan=np.inf).mean())


def _freedom(network: Network) -> float:
    """Return how many coefficients a readout has that are free; none where it cannot tell."""
    readout, statistics = network.readout_, network.learned.statistics
    if not isinstance(readout, RidgeReadout) or statistics is None:
        return 0.0
    alphas = np.unique(readout.alpha_)
    return float(statistics.spectrum(readout.fit_intercept).degrees_of_freedom(alphas).mean())


def _runs(lost: np.ndarray) -> list[tuple[int, int]]:
    """Return gaps as (start, stop); a row that was seen in part is one by itself."""
    whole = np.asarray(lost.all(axis=1))
    part = lost.any(axis=1) & ~whole
    rows = np.flatnonzero(part)
    gaps = [*zip(*stretches(whole), strict=True), *zip(rows, rows + 1, strict=True)]
    return sorted((int(a), int(b)) for a, b in gaps)
