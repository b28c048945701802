"""What is seen of a batch, folded into statistics or turned into outputs, block by block."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..dynamics import Buffer, Rule, Sink, StatesSink, Stretch, run
from ..readouts import Lesson, gather
from ..sequences import Sequences


def statistics_of(
    rule: Rule, sequences: Sequences, lesson: Lesson, initial: np.ndarray, *, noise: Any = None
) -> tuple[Any, np.ndarray]:
    """Return the statistics of what is seen and of targets; and the end states.

    The run starts at `initial`, (n_state, K), as the end states are.
    """
    targets, weights, labels = lesson.targets, lesson.weights, lesson.labels
    if targets.per_sequence:
        end = run(rule, sequences.items, initial, noise=noise)
        last = rule.last_seen(end, sequences.items)
        statistics = lesson.empty.empty()
        gather(statistics, list(last[:, None]), targets.items, weights, labels)
        return statistics.frozen(), end
    sink = StatisticsSink(lesson.empty, targets.items, weights, labels)
    end = run(rule, sequences.items, initial, sink, noise=noise)
    return sink.statistics.frozen(), end


def seen_of(
    rule: Rule, sequences: Sequences, initial: np.ndarray
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return all that is seen, (T_k, n_seen) of each sequence; and the end states."""
    sink = StatesSink(sequences.lengths, rule.n_seen, rule.dtype)
    end = run(rule, sequences.items, initial, sink)
    return sink.arrays, end


class StatisticsSink(Sink):
    """Folds what is seen and the targets of each block into statistics."""

    def __init__(
        self,
        empty: Any,
        targets: Sequence[np.ndarray],
        weights: Sequence[np.ndarray],
        labels: Sequence[np.ndarray] | None = None,
    ) -> None:
        self._empty, self._labels = empty, labels
        self._targets, self._weights = targets, weights
        self._trivial = [bool((w == 1).all()) for w in weights]
        self.restart()

    def restart(self) -> None:
        """Forget what was taken."""
        self.statistics: Any = self._empty.empty()
        self.shift = 0.0
        self._buffer = Buffer(float)

    def fork(self) -> StatisticsSink:
        """Return a sink with statistics of its own."""
        other = copy.copy(self)
        other.restart()
        return other

    def join(self, other: StatisticsSink) -> None:
        """Merge the statistics."""
        self.statistics.merge(other.statistics)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the rows of ``[1; x; y]`` for what is seen, (n_seen, L, K)."""
        self._block = self._buffer.shaped(self.statistics.size, n_steps, n_columns)
        return self._block[1 : 1 + self.statistics.n_features]

    def take(self, stretch: Stretch) -> None:
        """Fill in targets, leave out steps of weight zero, and add the rest."""
        n_features = self.statistics.n_features
        y = self._block[1 + n_features :]
        weight = np.ones(self._block.shape[1:])
        label = np.zeros(weight.shape, dtype=int)
        for column, sequence, steps in stretch.spans():
            y[:, :, column] = self._targets[sequence][steps].T
            if not self._trivial[sequence]:
                weight[:, column] = self._weights[sequence][steps]
            if self._labels is not None:
                label[:, column] = self._labels[sequence][steps]
        rows, weights = self._block.reshape(len(self._block), -1), weight.ravel()
        if not weights.all():
            rows, weights = rows[:, weights > 0], weights[weights > 0]
        weight_or_none = None if (weights == 1).all() else weights
        labels = () if self._labels is None else (label.ravel()[weight.ravel() > 0],)
        shift = self.statistics.shift
        if shift is None:  # nothing was taken yet, so nothing was taken off
            self.statistics.take_rows(rows, weight_or_none, *labels)
            shift = self.statistics.shift
            self.shift = 0.0 if shift is None else shift[:n_features, None]
        else:
            rows[1 + n_features :] -= shift[n_features:, None]
            self.statistics.take_shifted_rows(rows, weight_or_none, *labels)


class OutputSink(Sink):
    """Applies a readout: ``arrays`` holds the outputs (T_k, m) of every sequence."""

    def __init__(self, readout: Any, rule: Rule, n_outputs: int, lengths: Iterable[int]) -> None:
        self._readout, self._n_seen = readout, rule.n_seen
        self.arrays = [np.empty((length, n_outputs)) for length in lengths]
        self._buffer = Buffer(rule.dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (n_seen, L, K) for the next block."""
        return self._buffer.shaped(self._n_seen, n_steps, n_columns)

    def take(self, stretch: Stretch) -> None:
        """Write the outputs of the block into their places."""
        flat = stretch.seen.reshape(len(stretch.seen), -1)
        outputs = self._readout.outputs(flat).reshape(-1, *stretch.seen.shape[1:])
        for column, sequence, steps in stretch.spans():
            self.arrays[sequence][steps] = outputs[:, :, column].T
