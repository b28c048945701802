"""Summaries of states that stream by and are never held."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..dynamics import Buffer, Sink, Stretch

#: Statistics that are sums over steps, or the last of them, and so can be streamed.
ADDITIVE = frozenset({"mean", "mean_abs_change", "proportion", "last"})


def count_above(states: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """Return how many of the steps, the first axis, are above a threshold for each unit.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.representations.streaming import count_above
    >>> count_above(np.arange(1000.0).reshape(500, 2), np.array([900.0, 100.0]))
    array([ 49, 450])
    """
    counts = (
        np.add.reduce((part > threshold).view(np.uint8), axis=0, dtype=np.uint8)
        for part in (states[k : k + 255] for k in range(0, len(states), 255))
    )  # so many bytes add up within a byte
    return sum(counts, start=np.zeros(states.shape[1:], dtype=int))


class _Columns(NamedTuple):
    """Columns that go on from block to block."""

    sequences: list[int]
    stops: list[int]
    last: np.ndarray  # (N, K), their last states
    sums: np.ndarray  # (2 + n_thresholds, N, K)


class SummarySink(Sink):
    """Sums up, for every sequence, what `StateSummary` asks of its states.

    Parameters
    ----------
    statistics : sequence of str
        Of `ADDITIVE`.
    thresholds : ndarray of shape (n_thresholds, N)
    lengths : ndarray of shape (K,)
    dtype : dtype
        Of the states.
    """

    def __init__(
        self, statistics: Sequence[str], thresholds: np.ndarray, lengths: np.ndarray, dtype: Any
    ) -> None:
        self._statistics, self._lengths = statistics, lengths
        self._thresholds = thresholds.astype(dtype)
        self._buffer = Buffer(dtype)
        self.restart()

    def restart(self) -> None:
        """Forget what was taken."""
        n_thresholds, n_units = self._thresholds.shape
        # of every sequence: the sum, that of the changes, and the counts
        self._sums = np.zeros((len(self._lengths), 2 + n_thresholds, n_units))
        self._columns = _Columns([], [], np.empty((n_units, 0)), np.empty((0, n_units, 0)))
        self._levels = np.empty((0, n_units, 0))
        self._ends: dict[tuple[int, int], np.ndarray] = {}
        self._starts: dict[tuple[int, int], np.ndarray] = {}

    def fork(self) -> SummarySink:
        """Return a sink with sums of its own."""
        other = copy.copy(self)
        other._buffer = Buffer(self._buffer.flat.dtype)
        other.restart()
        return other

    def join(self, other: SummarySink) -> None:
        """Add the sums of a fork."""
        other._put_down()
        self._sums += other._sums
        self._ends |= other._ends
        self._starts |= other._starts

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (N, L, K) for the next block; in memory it is (L, N, K)."""
        shape = (n_steps, self._thresholds.shape[1], n_columns)
        return self._buffer.shaped(*shape).transpose(1, 0, 2)

    def take(self, stretch: Stretch) -> None:
        """Sum up the block, and the changes from the one before."""
        states = stretch.seen.transpose(1, 0, 2)
        self._go_on(stretch, states)
        sums = self._columns.sums
        # few steps add up in the precision of the states, many in double
        sums[0] += np.add.reduce(states, axis=0)
        if "mean_abs_change" in self._statistics:
            change = np.diff(states, axis=0)
            sums[1] += np.add.reduce(np.abs(change, out=change), axis=0)
        if "proportion" in self._statistics:
            for total, level in zip(sums[2:], self._levels, strict=True):
                total += count_above(states, level)

    def _go_on(self, stretch: Stretch, states: np.ndarray) -> None:
        """Add the changes into the block, which goes on from the one before or starts anew."""
        columns = self._columns
        if columns.sequences == stretch.sequences and columns.stops == stretch.starts:
            columns.sums[1] += np.abs(states[0] - columns.last)
        else:
            self._put_down()
            shape = (self._sums.shape[1], *states.shape[1:])
            columns = _Columns(list(stretch.sequences), [], states[-1], np.zeros(shape))
            levels = np.broadcast_to(
                self._thresholds[:, :, None], (len(self._thresholds), *shape[1:])
            )
            self._levels = np.ascontiguousarray(levels)
            for column, (sequence, start) in enumerate(zip(stretch.sequences, stretch.starts)):
                if start > 0:
                    self._starts[sequence, start] = states[0, :, column].copy()
        stops = [start + len(states) for start in stretch.starts]
        self._columns = columns._replace(stops=stops, last=states[-1].copy())

    def _put_down(self) -> None:
        """Add the columns to their sequences, and keep the states that others may go on from."""
        sequences, stops, last, sums = self._columns
        for column, (sequence, stop) in enumerate(zip(sequences, stops, strict=True)):
            self._sums[sequence] += sums[:, :, column]
            self._ends[sequence, stop] = last[:, column].copy()
        self._columns = _Columns([], [], last, sums)

    def rows(self) -> np.ndarray:
        """Return the statistics of every sequence, (K, F), of one name after the other."""
        self._put_down()
        for (sequence, start), first in self._starts.items():
            self._sums[sequence, 1] += np.abs(first - self._ends[sequence, start])
        self._starts = {}
        n_steps = self._lengths[:, None]
        of_name = {
            "mean": self._sums[:, 0] / n_steps,
            "mean_abs_change": self._sums[:, 1] / np.maximum(n_steps - 1, 1),
            "proportion": self._sums[:, 2:].reshape(len(n_steps), -1) / n_steps,
        }
        if "last" in self._statistics:
            ends = enumerate(self._lengths.tolist())
            of_name["last"] = np.stack([self._ends[k, stop] for k, stop in ends])
        return np.hstack([of_name[name] for name in self._statistics])
