"""States of a batch, folded into a readout's statistics or turned into outputs, block by block."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..dynamics import Block, Buffer, Sink, StatesSink, run
from ..readouts import empty, gather
from ..ridge import Folds
from ..sequences import Sequences, Targets


def fold(
    rule: Any,
    readout: Any,
    sequences: Sequences,
    targets: Targets,
    weights: Sequence[np.ndarray],
    initial: np.ndarray,
    *,
    folds: Folds | None = None,
    noise: Any = None,
) -> tuple[Any, np.ndarray]:
    """Return the statistics of what is seen and of targets; and the end states.

    The run starts at `initial`, (n_state, K), as the end states are; `folds` are of the readout.
    """
    begin = empty(readout, rule.n_seen, targets.n_outputs, weights, folds)
    if targets.per_sequence:
        end = run(rule, sequences.items, initial, noise=noise)
        statistics = begin()
        last = rule.last_seen(end, sequences.items)
        gather(statistics, list(last[:, None]), targets.items, weights, folds)
        return statistics.frozen(), end
    labels = None if folds is None else folds.labels
    sink = StatisticsSink(begin, targets.items, weights, labels)
    end = run(rule, sequences.items, initial, sink, noise=noise)
    return sink.statistics.frozen(), end


def features(
    rule: Any, sequences: Sequences, initial: np.ndarray, *, noise: Any = None
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return all that is seen, (T_k, n_seen) of each sequence; and the end states."""
    sink = StatesSink(sequences.lengths, rule.n_seen, rule.dtype)
    end = run(rule, sequences.items, initial, sink, noise=noise)
    return sink.arrays, end


@dataclass
class TrainingStatistics:
    """What a network learns from: `ESNRegressor.statistics`; additive, and pickles.

    Parameters
    ----------
    ridge : RidgeStatistics, RidgeFactor or Blocks
        Of the states and targets.
    n_features_in, washout : int
    squeeze, per_sequence : bool
        Whether y was 1-D; whether it had one row per sequence.
    dtype : str
        Floating type of the states.
    names : tuple of str or None
        Of the features, where they came in a frame.
    """

    ridge: Any
    n_features_in: int
    washout: int
    squeeze: bool
    per_sequence: bool
    dtype: str = "float64"
    names: tuple[str, ...] | None = None

    def __add__(self, other: TrainingStatistics) -> TrainingStatistics:
        if not isinstance(other, TrainingStatistics):
            return NotImplemented
        mine, theirs = (
            (s.n_features_in, s.squeeze, s.per_sequence, s.dtype, s.names) for s in (self, other)
        )
        if mine != theirs:
            raise ValueError(
                "statistics must be of data of one form to be added; (features, y is 1-D, one row "
                f"per sequence, dtype, names) are {mine} and {theirs}."
            )
        washout = max(self.washout, other.washout)
        return replace(self, ridge=self.ridge + other.ridge, washout=washout)

    def __radd__(self, other: Any) -> TrainingStatistics:
        if other == 0:  # the start of `sum`
            return self
        return NotImplemented


class StatisticsSink(Sink):
    """Folds what is seen and the targets of each block into statistics."""

    def __init__(
        self,
        begin: Callable[[], Any],
        targets: Sequence[np.ndarray],
        weights: Sequence[np.ndarray],
        labels: Sequence[np.ndarray] | None = None,
    ) -> None:
        self._begin, self._labels = begin, labels
        self._targets, self._weights = targets, weights
        self._trivial = [bool((w == 1).all()) for w in weights]
        self.begin()

    def begin(self) -> None:
        """Forget what was taken."""
        self.statistics: Any = self._begin()
        self.shift = 0.0
        self._buffer = Buffer(float)

    def fork(self) -> StatisticsSink:
        """Return a sink with statistics of its own."""
        other = copy.copy(self)
        other.begin()
        return other

    def join(self, other: StatisticsSink) -> None:
        """Merge the statistics."""
        self.statistics.merge(other.statistics)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the rows of ``[1; x; y]`` for what is seen, (n_seen, L, K)."""
        self._block = self._buffer.shaped(self.statistics.size, n_steps, n_columns)
        return self._block[1 : 1 + self.statistics.n_features]

    def take(self, block: Block) -> None:
        """Fill in targets, leave out steps of weight zero, and add the rest."""
        n_features = self.statistics.n_features
        y = self._block[1 + n_features :]
        weight = np.ones(self._block.shape[1:])
        label = np.zeros(weight.shape, dtype=int)
        for column, sequence, steps in block.spans():
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

    def __init__(
        self, coef: np.ndarray, intercept: Any, lengths: Iterable[int], dtype: Any
    ) -> None:
        self._coef, self._intercept = coef, intercept
        self.arrays = [np.empty((length, len(coef))) for length in lengths]
        self._buffer = Buffer(dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (n_seen, L, K) for the next block."""
        return self._buffer.shaped(self._coef.shape[1], n_steps, n_columns)

    def take(self, block: Block) -> None:
        """Write the outputs of the block into their places."""
        flat = block.states.reshape(len(block.states), -1)
        outputs = (self._coef @ flat).reshape(-1, *block.states.shape[1:])
        for column, sequence, steps in block.spans():
            out = self.arrays[sequence][steps]
            out[...] = outputs[:, :, column].T
            out += self._intercept
