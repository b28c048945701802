"""Free runs: each output is the next input."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from ..dynamics import Stepper, walk
from ..readouts import side_by_side

#: Steps from look to look whether a run is still finite.
LOOKS = 16


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
    d, apply = len(start), side_by_side(readouts)
    outputs = np.full((n_steps, *start.shape), np.nan)

    def feed(t: int, output: Any, at: np.ndarray) -> bool:
        at[:d] = start if output is None else output
        if t % LOOKS == 0 and not np.isfinite(at[:d]).any():
            return False
        if exog is not None:
            at[d:] = exog[t]
        return True

    def take(t: int, seen: np.ndarray) -> np.ndarray:
        output = outputs[t]
        apply(seen, output)
        if increments:
            output += stepper.input[:d]
        if clip is not None:
            np.clip(output, clip[0][:, None], clip[1][:, None], out=output)
        return output

    with np.errstate(over="ignore", invalid="ignore"):
        walk(stepper, n_steps, feed, take)
    lost = np.maximum.accumulate(~np.isfinite(outputs).all(axis=1, keepdims=True), axis=0)
    outputs[np.broadcast_to(lost, outputs.shape)] = np.nan
    return outputs
