"""Predicting every step before it is learned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..readouts import followed
from ..sequences import Sequences
from .network import Network
from .streaming import seen_of

#: Steps whose states are held at a time, at least.
ONLINE_BLOCK = 4096


def follow(
    network: Network, u: np.ndarray, target: np.ndarray, *, every: int, delay: int
) -> tuple[np.ndarray, Network]:
    """Predict every step from what was learned before it, and then learn it.

    Parameters
    ----------
    network : Network
        After a training on one series, which `u` goes on from.
    u : ndarray of shape (T, d)
    target : ndarray of shape (T, m)
        Rows with NaN are not learned.
    every, delay : int
        Steps from update to update, and until a target is known.

    Returns
    -------
    predicted : ndarray of shape (T, m)
    network : Network
        That has learned what is known.
    """
    own = network.learned.statistics.copy()  # once, and filled in place
    shape = network.rule.n_seen, target.shape[1]
    _, labels = network.readout.begin(*shape, [np.ones(1)], network.learned.n_calls)
    options: dict[str, Any] = {"every": every, "delay": delay, "labelled": labels is not None}
    n_rows = -(-ONLINE_BLOCK // every) * every  # whole updates
    predicted = []
    for start in range(0, len(target), n_rows):
        part = slice(start, start + n_rows)
        answers, network = _follow_block(network, own, u[part], target[part], **options)
        predicted.append(answers)
    learned = replace(network.learned, statistics=own.frozen())
    return np.vstack(predicted), replace(network, learned=learned)


def _follow_block(
    network: Network,
    own: Any,
    u: np.ndarray,
    target: np.ndarray,
    *,
    every: int,
    delay: int,
    labelled: bool,
) -> tuple[np.ndarray, Network]:
    """Return the predictions of a block of inputs, whose states are held, and the network."""
    assert network.ends is not None
    (x,), ends = seen_of(network.rule, Sequences("series", [u]), network.ends)
    past_x, past_y = network.pending or (x[:0], target[:0])
    all_x, all_y = np.vstack([past_x, x]), np.vstack([past_y, target])
    readout, chunk, n_learned = network.readout, network.learned.n_calls, 0
    predicted, squeeze = np.empty_like(target), network.shape.squeeze
    for start in range(0, len(x), every):
        stop = min(start + every, len(x))
        predicted[start:stop] = readout.outputs(x[start:stop].T).T
        known = max(n_learned, len(past_x) + stop - delay)
        if known > n_learned:
            new_x, new_y = all_x[n_learned:known], all_y[n_learned:known]
            readout = followed(
                readout, own, new_x, new_y, squeeze=squeeze, chunk=chunk if labelled else None
            )
            n_learned, chunk = known, chunk + 1
    pending = all_x[n_learned:].copy(), all_y[n_learned:].copy()
    n_steps = network.learned.n_steps + len(x)
    learned = replace(network.learned, readout=readout, n_calls=chunk, n_steps=n_steps)
    return predicted, replace(network, learned=learned, ends=ends, pending=pending)
