"""A batch of sequences through a rule, exactly, however it is computed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..progress import counted
from .batch import Batch, StateNoise
from .parallel import cut, ends_meet
from .paths import fastest
from .rule import Rule, Whole
from .sinks import Sink, Stretch


def run(
    rule: Rule,
    items: Sequence[np.ndarray],
    initial: np.ndarray,
    sink: Sink | None = None,
    *,
    noise: StateNoise | None = None,
) -> np.ndarray:
    """Drive a batch of sequences through the update, handing the states to `sink`.

    A few long sequences are cut into chunks that advance together, where the update forgets its
    start fast enough; the result equals the step-by-step run to rounding, or is that run. That a
    chunk starts rightly is proved by the end of the one before it. Inside, a difference of rounding
    may grow where the reservoir is chaotic for a while: this is measured where the input is
    quietest and loudest, over 32 and over 256 steps, and such series are not cut.

    Parameters
    ----------
    rule : Rule
    items : sequence of (T_k, d) arrays
        The inputs; they may be `numpy.memmap`, and are read block by block.
    initial : ndarray of shape (n_state, len(items))
        The states before the first steps.
    sink : Sink, optional
    noise : StateNoise, optional

    Returns
    -------
    end : ndarray of shape (n_state, len(items))
        The states after the last steps.

    Raises
    ------
    ValueError
        If the states overflow, as those of an unbounded activation can.
    """
    check_steps(rule, items)
    if isinstance(rule, Whole):
        return initial if sink is None else _hand_over(rule, items, initial, sink)
    sink = Sink() if sink is None else sink
    batch = Batch(fastest(rule, sum(map(len, items))), items, noise)
    end = in_chunks(batch, initial, sink)
    return through(batch, initial, sink) if end is None else end


def check_steps(rule: Rule, items: Sequence[np.ndarray]) -> None:
    """Raise a `ValueError` where a time step that the rule reads is not above zero."""
    for row in rule.time_rows:
        for k, item in enumerate(items):
            bad = np.flatnonzero(~(item[:, row] > 0))
            if bad.size:
                where = f" of sequence {k}" if len(items) > 1 else ""
                raise ValueError(
                    f"time steps must be above zero; got {item[bad[0], row]} in row {bad[0]} of "
                    f"column {row}{where}."
                )


def in_chunks(batch: Batch, initial: np.ndarray, sink: Sink, **least: int) -> np.ndarray | None:
    """Run long sequences in chunks that advance together; None where that cannot pay, or failed.

    `least` is what `cut` takes, of steps and chunks.
    """
    chunks = cut(batch, batch.tracks(initial), **least)
    if chunks is None:
        return None
    starts = [chunk.state for chunk in chunks]
    sink.restart()
    with counted(sum(map(len, chunks))) as count:
        batch.advance(chunks, sink, count)
    if not ends_meet(chunks, starts):
        return None
    last = {chunk.sequence: chunk.state for chunk in chunks}  # the last chunk wins
    return np.stack([last[k] for k in range(len(batch.items))], axis=1)


def through(batch: Batch, initial: np.ndarray, sink: Sink) -> np.ndarray:
    """Run sequences step by step, each from its first to its last."""
    tracks = batch.tracks(initial)
    sink.restart()
    with counted(sum(map(len, tracks))) as count:
        batch.advance(tracks, sink, count)
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
