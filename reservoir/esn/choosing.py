"""Alpha by what it is for: the free runs of a forecaster within its training series."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..sequences import Sequences
from .free_run import free_run, free_steps, rolling_runs
from .gaps import Filled
from .network import Network

#: Penalties that are chosen from, and the errors below and above which one is as good as another,
#: in standard deviations.
ALPHAS, LEAST_ERROR, MOST_ERROR = np.logspace(-13, 5, 19), 1e-9, 3.0
#: Steps of the free runs at most and at least, and origins.
LONGEST, SHORTEST, ORIGINS = 60, 6, 8
#: Rows held back for them, in steps of a free run: those of long ago say less where a series has a
#: trend.
RUNS_HELD = 3
#: Free runs from the end of the training series must stay within so many ranges of it for so many
#: times the steps of the trial runs: near it for a while, never lost, or at least not at once.
GUARDS = ((1.0, 2), (10.0, 10), (10.0, 2))
#: A guard is given up where it costs more than this, in logarithms of the error: what forecasts a
#: chaotic series far may leave it in the end, and says so.
DEAR = 1.0


def plan(n_rows: int) -> tuple[int, int]:
    """Return the rows that are held back of a training part, and the steps of a free run."""
    n_steps = int(np.clip(n_rows // 8, SHORTEST, LONGEST))
    held = min(int(np.clip(n_rows // 3, n_steps + 4, RUNS_HELD * n_steps)), n_rows // 2)
    return held, min(n_steps, held)


def too_short(items: Sequence[np.ndarray], least: int) -> bool:
    """Whether series, NaN where they were not seen, have too little to choose alpha by."""
    held, _ = plan(min(map(len, items)))
    seen = [~np.isnan(x).any(axis=1) for x in items]
    return any(s.sum() < least or s[:-held].sum() < least // 2 or not s[-held:].any() for s in seen)


def errors_of_path(
    forecaster: Any, sequences: Sequences, whole: Sequence[np.ndarray],
    exog: Sequence[np.ndarray] | None,
) -> np.ndarray:  # fmt: skip
    """Return, for each of `ALPHAS`, the error of free runs over the last part of series.

    Parameters
    ----------
    forecaster : ESNForecaster
        Not fitted, with a `RidgeReadout`; it is fitted on the part before.
    sequences : Sequences
        NaN is what was not seen.
    whole, exog : sequence of K arrays (T_k, d), (T_k, e), or None
        Of the series, gaps filled, and beside them. One series is forecast from rolling origins,
        several from one origin each.

    Returns
    -------
    errors : ndarray of shape (n_alphas,)
        Root-mean-square over origins, in standard deviations, none above `MOST_ERROR`; of the
        steps the mean of the logarithms.
    """
    form, items = sequences.form, sequences.items
    held, n_steps = plan(min(map(len, items)))
    held = held if form == "series" else n_steps
    before, after = _parted(items, held), [x[len(x) - held :] for x in items]
    beside = None if exog is None else _parted(exog, held)
    filled = None if whole is items else Filled(_parted(whole, held))
    forecaster.fit_checked(Sequences(form, before), beside, filled=filled)
    coming = forecaster.exogenous_.scaled(
        None if exog is None else [e[len(e) - held :] for e in exog], forecaster.exogenous_.ends
    )
    if form == "series":
        step = max(1, (held - n_steps) // ORIGINS)
        levels = forecaster.levels_
        last = whole[0][len(whole[0]) - held - levels.reach :]
        runs = rolling_runs(
            forecaster.network_, levels, levels.level(last), n_steps, step,
            exog=None if coming is None else coming[0], increments=forecaster.passthrough,
            readouts=forecaster.network_.readout.path(ALPHAS),
        )  # fmt: skip
        truth = np.stack([after[0][o : o + n_steps] for o in range(0, held - n_steps + 1, step)])
    else:
        batch = None if coming is None else np.stack(coming, axis=2)
        runs, truth = _path_from_the_end(forecaster, batch, n_steps), np.stack(after)
    forecasts = np.reshape(runs, (len(ALPHAS), *truth.shape))
    spread = np.nanstd(np.concatenate(items), axis=0)
    with np.errstate(over="ignore", invalid="ignore"):
        errors = np.abs(forecasts - truth) / np.where(spread > 0, spread, 1.0)
    errors = np.minimum(np.nan_to_num(errors, nan=np.inf), MOST_ERROR)
    seen = np.broadcast_to(~np.isnan(truth), errors.shape)
    count = seen.sum(axis=(1, 3))
    of_steps = np.sqrt(np.square(np.where(seen, errors, 0.0)).sum(axis=(1, 3)) / count.clip(1))
    of_steps = of_steps[:, count[0] > 0]
    # of a chaotic series late steps are lost by any alpha: they must not outweigh the first ones
    return np.log(np.maximum(of_steps, LEAST_ERROR)).mean(axis=1)


def _parted(items: Sequence[np.ndarray], held: int) -> list[np.ndarray]:
    return [x[:-held] for x in items]


def _path_from_the_end(forecaster: Any, coming: Any, n_steps: int) -> list[np.ndarray]:
    """Return the free runs (n_steps, d) of each alpha after each training series."""
    network, levels = forecaster.network_, forecaster.levels_
    before = [levels.level(rows) for rows in forecaster.history_]
    return free_run(
        network, levels, network.end_state_.T, before, n_steps, exog=coming,
        increments=forecaster.passthrough, readouts=network.readout.path(ALPHAS),
    )  # fmt: skip


def chosen(errors: np.ndarray, stays: Callable[[int], Sequence[bool]], dear: float = DEAR) -> float:
    """Return the alpha of the least error whose free runs stay, by all guards or the later ones.

    Guards are given up, the first one first, where none is met by all or they cost too much.

    Parameters
    ----------
    errors : ndarray of shape (n_alphas,)
    stays : callable ``(k) -> one bool a guard``
        Of alpha k; asked only as far as it has to be.
    dear : float
        How much error more is too much; the last guard is kept whatever it costs.
    """
    order = [int(k) for k in np.argsort(errors, kind="stable")]
    kept: dict[int, Sequence[bool]] = {}
    best = errors[order[0]]
    for first in range(len(GUARDS)):
        for k in order:
            if k not in kept:
                kept[k] = stays(k)
            if errors[k] > best + dear and first < len(GUARDS) - 1:
                break
            if all(kept[k][first:]):
                return float(ALPHAS[k])
    return float(ALPHAS[-1])


def guards(
    forecaster: Any,
    exog: Sequence[np.ndarray] | None,
    n_steps: int,
    of_alpha: Callable[[float], Network],
) -> Callable[[int], list[bool]]:
    """Return the function that tells whether the free run of alpha k stays, by each of `GUARDS`.

    `of_alpha` gives the network that is solved with an alpha.

    It goes on from the end of training; `exog`, scaled, stands for the rows that are not known yet
    by those of the end of the training series.
    """
    network, levels = forecaster.network_, forecaster.levels_
    before = [levels.level(rows) for rows in forecaster.history_]
    longest = max(times for _, times in GUARDS) * n_steps
    coming = None
    if exog is not None:
        longest = min(longest, *map(len, exog))
        coming = np.stack([e[len(e) - longest :] for e in exog], axis=2)

    def stays(k: int) -> list[bool]:
        steps = free_steps(
            network, levels, network.end_state_.T, before, longest, exog=coming,
            increments=forecaster.passthrough, readouts=[of_alpha(float(ALPHAS[k])).readout],
        )  # fmt: skip
        found = []
        for ranges, times in GUARDS:
            low, high = (limit[:, None] for limit in replace(levels, ranges=ranges).limits())
            part = steps[: times * n_steps]  # NaN stays nowhere
            found.append(bool(((part >= low) & (part <= high)).all()))
        return found

    return stays
