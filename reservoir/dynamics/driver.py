"""A batch of sequences through a rule, exactly, however it is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .batch import Batch, StateNoise, Track
from .parallel import cut, ends_meet
from .rule import Rule, Whole
from .sinks import Sink, Stretch


def run(
    rule: Rule,
    items: Sequence[np.ndarray],
    initial: np.ndarray,
    sink: Sink | None = None,
    *,
    noise: StateNoise | None = None,
    parallel: bool | None = None,
) -> np.ndarray:
    """Drive a batch of sequences through the update, handing the states to `sink`.

    A few long sequences are cut into chunks that advance together, where the update forgets its
    start fast enough; the result equals the step-by-step run to rounding, or is that run.

    Parameters
    ----------
    rule : Rule
    items : sequence of (T_k, d) arrays
        The inputs; they may be `numpy.memmap`, and are read block by block.
    initial : ndarray of shape (n_state, len(items))
        The states before the first steps.
    sink : Sink, optional
    noise : StateNoise, optional
    parallel : bool, optional
        For tests: False never cuts, True cuts however short the sequences are; the checks remain.

    Returns
    -------
    end : ndarray of shape (n_state, len(items))
        The states after the last steps.

    Raises
    ------
    ValueError
        If the states overflow, as those of an unbounded activation can.
    """
    if isinstance(rule, Whole):
        return initial if sink is None else _hand_over(rule, items, initial, sink)
    sink = Sink() if sink is None else sink
    tracks = [
        Track(k, 0, len(item), np.array(initial[:, k], dtype=rule.dtype))
        for k, item in enumerate(items)
    ]
    batch = Batch(rule, items, noise)
    chunks = None if parallel is False else cut(batch, tracks, forced=bool(parallel))
    if chunks is not None:
        starts = [chunk.state for chunk in chunks]
        sink.restart()
        batch.advance(chunks, sink)
        if ends_meet(chunks, starts):
            last = {chunk.sequence: chunk.state for chunk in chunks}  # the last chunk wins
            return np.stack([last[k] for k in range(len(items))], axis=1)
    sink.restart()
    batch.advance(tracks, sink)
    end = np.stack([track.state for track in tracks], axis=1)
    if not np.isfinite(end).all():
        raise ValueError(
            "the reservoir's states grew beyond the floating-point numbers. Lower spectral_radius, "
            "or take a bounded activation."
        )
    return end


def _hand_over(
    rule: Whole, items: Sequence[np.ndarray], initial: np.ndarray, sink: Sink
) -> np.ndarray:
    """Hand rows that are made as wholes to a sink, sequence by sequence."""
    sink.restart()
    for k, rows in enumerate(rule.rows(items)):
        room = sink.room(len(rows), 1)
        if room is not None:
            np.subtract(rows.T, sink.shift, out=room[:, :, 0], casting="same_kind")
            sink.take(Stretch(room, [k], [0]))
    return initial
