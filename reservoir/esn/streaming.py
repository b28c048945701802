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
    reservoir: Any,
    readout: Any,
    sequences: Sequences,
    targets: Targets,
    weights: Sequence[np.ndarray],
    initial: np.ndarray,
    *,
    passthrough: bool = False,
    folds: Folds | None = None,
    noise: Any = None,
) -> tuple[Any, np.ndarray]:
    """Return the statistics of states, inputs with `passthrough`, and targets; and the end states.

    The run starts at `initial`, (N, K), as the end states are; `folds` are of the readout.
    """
    update = reservoir.update_
    n_features = update.n_units + (sequences.items[0].shape[1] if passthrough else 0)
    begin = empty(readout, n_features, targets.n_outputs, weights, folds)
    if targets.per_sequence:
        end = run(update, sequences.items, initial, noise=noise)
        x = final_features(end, sequences, passthrough=passthrough)
        statistics = begin()
        gather(statistics, list(x[:, None]), targets.items, weights, folds)
        return statistics.frozen(), end
    inputs = sequences.items if passthrough else None
    labels = None if folds is None else folds.labels
    sink = StatisticsSink(begin, update.n_units, targets.items, weights, inputs, labels)
    end = run(update, sequences.items, initial, sink, noise=noise)
    return sink.statistics.frozen(), end


def features(
    update: Any,
    sequences: Sequences,
    initial: np.ndarray,
    *,
    passthrough: bool = False,
    noise: Any = None,
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return all states (T_k, N), inputs beside them with `passthrough`; and the end states."""
    sink = StatesSink(sequences.lengths, update.n_units, update.dtype)
    end = run(update, sequences.items, initial, sink, noise=noise)
    if not passthrough:
        return sink.arrays, end
    return [np.hstack(pair) for pair in zip(sink.arrays, sequences.items, strict=True)], end


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


def final_features(end: np.ndarray, sequences: Sequences, *, passthrough: bool) -> np.ndarray:
    """Return one row per sequence: its end state, and with `passthrough` its last input."""
    if not passthrough:
        return end.T
    return np.hstack([end.T, np.stack([item[-1] for item in sequences.items])])


class StatisticsSink(Sink):
    """Folds states, inputs where given, and targets of each block into ridge statistics."""

    def __init__(
        self,
        begin: Callable[[], Any],
        n_units: int,
        targets: Sequence[np.ndarray],
        weights: Sequence[np.ndarray],
        inputs: Sequence[np.ndarray] | None = None,
        labels: Sequence[np.ndarray] | None = None,
    ) -> None:
        self._begin, self._n_units, self._labels = begin, n_units, labels
        self._targets, self._weights, self._inputs = targets, weights, inputs
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
        """Return the state rows of ``[1; x; u; y]``, (N, L, K)."""
        self._block = self._buffer.shaped(self.statistics.size, n_steps, n_columns)
        return self._block[1 : 1 + self._n_units]

    def take(self, block: Block) -> None:
        """Fill in inputs and targets, leave out steps of weight zero, and add the rest."""
        u = self._block[1 + self._n_units : 1 + self.statistics.n_features]
        y = self._block[1 + self.statistics.n_features :]
        weight = np.ones(self._block.shape[1:])
        label = np.zeros(weight.shape, dtype=int)
        for column, sequence, steps in block.spans():
            y[:, :, column] = self._targets[sequence][steps].T
            if self._inputs is not None:
                u[:, :, column] = self._inputs[sequence][steps].T
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
            self.shift = 0.0 if shift is None else shift[: self._n_units, None]
        else:
            rows[1 + self._n_units :] -= shift[self._n_units :, None]
            self.statistics.take_shifted_rows(rows, weight_or_none, *labels)


class OutputSink(Sink):
    """Applies a readout: ``arrays`` holds the outputs (T_k, m) of every sequence."""

    def __init__(
        self,
        coef: np.ndarray,
        intercept: Any,
        n_units: int,
        lengths: Iterable[int],
        dtype: Any,
        inputs: Sequence[np.ndarray] | None = None,
    ) -> None:
        self._of_states, self._of_inputs = coef[:, :n_units], coef[:, n_units:]
        self._intercept, self._inputs = intercept, inputs
        self.arrays = [np.empty((length, len(coef))) for length in lengths]
        self._n_units, self._buffer = n_units, Buffer(dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (N, L, K) for the next block."""
        return self._buffer.shaped(self._n_units, n_steps, n_columns)

    def take(self, block: Block) -> None:
        """Write the outputs of the block into their places."""
        flat = block.states.reshape(len(block.states), -1)
        outputs = (self._of_states @ flat).reshape(-1, *block.states.shape[1:])
        for column, sequence, steps in block.spans():
            out = self.arrays[sequence][steps]
            out[...] = outputs[:, :, column].T
            out += self._intercept
            if self._inputs is not None:
                out += self._inputs[sequence][steps] @ self._of_inputs.T
