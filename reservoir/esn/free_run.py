"""Free runs in the data's own units: after series, and from rolling origins within one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..dynamics import fastest
from .closed_loop import closed_loop
from .exogenous import inputs_of
from .levels import Levels
from .network import Network


def free_run(
    network: Network,
    levels: Levels,
    state: np.ndarray,
    before: Sequence[np.ndarray],
    n_steps: int,
    *,
    exog: Any = None,
    increments: bool = False,
    readouts: Sequence[Any] | None = None,
    clip: bool = False,
) -> list[np.ndarray]:
    """Forecast what follows series, as one batch.

    Parameters
    ----------
    network : Network
        Trained to give the next step of what it sees, or the increment to it.
    levels : Levels
    state : ndarray of shape (n_state, K)
        Of the network, before the last step of each series.
    before : sequence of K arrays (>= reach, d)
        The levels of each series.
    n_steps : int
    exog : ndarray of shape (n_steps, e, K), optional
        Of the coming steps.
    increments : bool, default=False
    readouts : sequence of A readouts, optional
        Each forecasts all series; the network's own where not given.
    clip : bool, default=False
        Whether the loop is held within the limits of the levels.

    Returns
    -------
    forecasts : list of A K arrays (n_steps, d)
        NaN from where one has diverged.
    """
    readouts = [network.readout] if readouts is None else readouts
    outputs = free_steps(
        network, levels, state, before, n_steps, exog=exog, increments=increments,
        readouts=readouts, clip=clip,
    )  # fmt: skip
    return levels.continued(outputs, [*before] * len(readouts))


def free_steps(
    network: Network,
    levels: Levels,
    state: np.ndarray,
    before: Sequence[np.ndarray],
    n_steps: int,
    *,
    readouts: Sequence[Any],
    exog: Any = None,
    increments: bool = False,
    clip: bool = False,
) -> np.ndarray:
    """Return what a `free_run` shows the network, (n_steps, d, A K), differenced and scaled."""
    last = [levels.scaled(level[len(level) - levels.reach :])[0] for level in before]
    copies = (1, len(readouts))
    rule = fastest(network.rule, n_steps * len(readouts) * len(last))
    return closed_loop(
        rule.stepper(np.tile(state, copies)),
        np.tile(np.stack(last, axis=1), copies),
        readouts,
        n_steps,
        exog=None if exog is None else np.tile(exog, (1, *copies)),
        increments=increments,
        clip=levels.limits() if clip else None,
    )


def rolling_runs(
    network: Network,
    levels: Levels,
    whole: np.ndarray,
    n_steps: int,
    step: int,
    *,
    exog: np.ndarray | None = None,
    increments: bool = False,
    readouts: Sequence[Any] | None = None,
) -> list[np.ndarray]:
    """Forecast from rolling origins within the continuation of a training series.

    Parameters
    ----------
    network, levels, n_steps, increments, readouts
        As for `free_run`.
    whole : ndarray of shape (reach + T, d)
        The levels of the continuation, and of the rows before it that its first step takes.
    step : int
        Rows from origin to origin.
    exog : ndarray of shape (T, e), optional

    Returns
    -------
    forecasts : list of A n_origins arrays (n_steps, d)
    """
    origins = range(0, len(whole) - levels.reach - n_steps + 1, step)
    beside = None if exog is None else [exog]
    inputs = inputs_of("series", [levels.scaled(whole)], beside).items[0]
    states = [network.end_state_.T]
    for origin in origins[1:]:
        states.append(network.ran([inputs[origin - step : origin]], states[-1]))
    coming = None
    if exog is not None:
        coming = np.stack([exog[o : o + n_steps] for o in origins], axis=2)
    before = [whole[: levels.reach + origin] for origin in origins]
    return free_run(
        network, levels, np.hstack(states), before, n_steps, exog=coming, increments=increments,
        readouts=readouts,
    )  # fmt: skip
