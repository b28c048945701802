"""Free runs: each output is the next input."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..dynamics import Stepper, walk
from ..progress import counted
from ..readouts import linear_maps, side_by_side

#: Steps from look to look whether a run is still finite.
LOOKS = 16
#: Steps of a run in one call after which progress is told.
STRETCH = 1000


class DivergenceWarning(RuntimeWarning):
    """Where a free run has left what it was trained on."""


@contextmanager
def divergence_is_known() -> Iterator[None]:
    """Say nothing of free runs that diverge: whoever asked deals with NaN."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DivergenceWarning)
        yield


def closed_loop(
    stepper: Stepper,
    start: np.ndarray,
    readouts: Sequence[Any],
    n_steps: int,
    *,
    exog: np.ndarray | None = None,
    increments: bool = False,
    clip: tuple[np.ndarray, np.ndarray] | None = None,
) -> np.ndarray:
    r"""Run freely: each output is the next input.

    .. math:: x_t = F(x_{t-1}, z_t), \qquad z_{t+1} = W_{out} [1; s(x_t, z_t)] \; (+\, z_t)

    Jaeger & Haas (2004); s is what the readout sees. From where a column is not finite on it is
    NaN; stops soon after none is finite.

    Parameters
    ----------
    stepper : Stepper
        A batch on its way; its state is that before `start`.
    start : ndarray of shape (d, K)
        z of the last known step.
    readouts : sequence of A readouts
        Each for K / A columns in turn.
    n_steps : int
    exog : ndarray of shape (n_steps, e, K), optional
        Further inputs, of the step that is forecast.
    increments : bool, default=False
        Whether outputs are added to the step before.
    clip : tuple of two ndarray of shape (d,), optional
        What outputs are held within.

    Returns
    -------
    outputs : ndarray of shape (n_steps, d, K)
    """
    outputs = np.full((1 + n_steps, *start.shape), np.nan)
    outputs[0] = start
    maps = linear_maps(readouts)
    with (
        np.errstate(over="ignore", invalid="ignore"),
        counted(n_steps * start.shape[1]) as count,
    ):
        if maps is None or not _at_once(stepper, outputs, maps, exog, increments, clip, count):
            apply = side_by_side(readouts)
            _step_by_step(stepper, outputs, apply, exog, increments, clip, count)
    outputs = outputs[1:]
    lost = np.maximum.accumulate(~np.isfinite(outputs).all(axis=1, keepdims=True), axis=0)
    outputs[np.broadcast_to(lost, outputs.shape)] = np.nan
    return outputs


def _at_once(
    stepper: Stepper,
    outputs: np.ndarray,
    maps: tuple[np.ndarray, np.ndarray],
    exog: np.ndarray | None,
    increments: bool,
    clip: tuple[np.ndarray, np.ndarray] | None,
    count: Callable[[int], None] | None,
) -> bool:
    """Run from ``outputs[0]`` in one call, where the stepper can; in stretches where one counts."""
    n_steps = len(outputs) - 1
    stretch = max(1, n_steps if count is None else STRETCH)
    for first in range(0, n_steps, stretch):
        part = outputs[first : first + stretch + 1]
        beside = None if exog is None else exog[first : first + stretch]
        if not stepper.run_freely(part, *maps, beside, increments, clip):
            return False
        if count is not None:
            count((len(part) - 1) * outputs.shape[2])
    return True


def _step_by_step(
    stepper: Stepper,
    outputs: np.ndarray,
    apply: Callable[[np.ndarray, np.ndarray], Any],
    exog: np.ndarray | None,
    increments: bool,
    clip: tuple[np.ndarray, np.ndarray] | None,
    count: Callable[[int], None] | None = None,
) -> None:
    """Run from ``outputs[0]``, and write what follows it."""
    d = outputs.shape[1]

    def feed(t: int, output: Any, at: np.ndarray) -> bool:
        at[:d] = outputs[t]
        if t % LOOKS == 0 and not np.isfinite(at[:d]).any():
            return False
        if exog is not None:
            at[d:] = exog[t]
        return True

    def take(t: int, seen: np.ndarray) -> None:
        output = outputs[t + 1]
        apply(seen, output)
        if increments:
            output += stepper.input[:d]
        if clip is not None:
            np.clip(output, clip[0][:, None], clip[1][:, None], out=output)
        if count is not None:
            count(outputs.shape[2])

    walk(stepper, len(outputs) - 1, feed, take)
