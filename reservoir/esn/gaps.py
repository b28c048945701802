"""Rows that were not seen: a network runs through them on its own forecast."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from ..missing import calm, interpolated, stretches
from ..sequences import Sequences
from .exogenous import inputs_of
from .free_run import free_run
from .levels import Levels
from .network import Network

#: Trainings that training series are filled by at most, each on what the one before has filled; and
#: the change, in standard deviations, below which they have settled, and above which they do not.
PASSES, SETTLED, LOST = 8, 0.01, 1.0
#: Trainings at most where another forecaster has run through the gaps before.
FURTHER = 2


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
    forecaster: Any, sequences: Sequences, outside: Any, start: list[np.ndarray] | None = None
) -> list[np.ndarray]:
    """Return series whose gaps a forecaster has run through that was trained on all of them.

    Parameters
    ----------
    forecaster : ESNForecaster
        Not fitted; trained on straight lines, and then on what it made of them, until that settles,
        but for the first rows after each gap.
    sequences : Sequences
        NaN is what was not seen.
    outside : list of K arrays (T_k, e), or None
        Exogenous rows.
    start : list of K arrays (any, d), optional
        What another forecaster has made of them, in place of the lines: few trainings are enough.
    """
    items = [x.copy() for x in sequences.items]
    for item, made in zip(items, start or [], strict=False):
        both = item[: len(made)], made[: len(item)]  # other differences may take other ends off
        np.copyto(*both, where=np.isnan(both[0]))
    items = [interpolated(x) for x in items]
    lost = np.isnan(np.concatenate(sequences.items))
    spread = np.nanstd(np.concatenate(sequences.items), axis=0)
    learned = replace(sequences, items=[calm(x) for x in sequences.items])
    for _ in range(PASSES if start is None else FURTHER):
        forecaster.fit_checked(learned, outside, filled=items)
        states = forecaster.network_.rule.initial_state(len(items))
        beside = forecaster.exogenous_.scaled(outside)
        before = np.concatenate(items)
        items = forecaster.run_through(sequences.items, states, beside, ranges=0.0)
        moved = (np.concatenate(items) - before) / np.where(spread > 0, spread, 1.0)
        change = float(np.sqrt(np.square(moved[lost]).mean()))
        if change < SETTLED:
            break
    if start is None and change > LOST:
        warnings.warn(
            f"{np.count_nonzero(lost)} of {lost.size} values were not seen, and what stands in "
            "their place does not settle: forecasts may be far off. Take rows of a longer step, by "
            "means or sums over it, or fill the gaps by what is known of them.",
            stacklevel=5,
        )
    return items


def _runs(lost: np.ndarray) -> list[tuple[int, int]]:
    """Return gaps as (start, stop); a row that was seen in part is one by itself."""
    whole = np.asarray(lost.all(axis=1))
    part = lost.any(axis=1) & ~whole
    rows = np.flatnonzero(part)
    gaps = [*zip(*stretches(whole), strict=True), *zip(rows, rows + 1, strict=True)]
    return sorted((int(a), int(b)) for a, b in gaps)
