"""What takes the states of a run."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Stretch:
    """What is seen, (N, L, K), of L steps of K tracks.

    Column j is of sequence ``sequences[j]`` and begins at its step ``starts[j]``. The array is the
    sink's own, and overwritten later.
    """

    seen: np.ndarray
    sequences: list[int]
    starts: list[int]

    def spans(self) -> Iterator[tuple[int, int, slice]]:
        """Yield (column, sequence, slice of its steps)."""
        n_steps = self.seen.shape[1]
        for column, (sequence, start) in enumerate(zip(self.sequences, self.starts, strict=True)):
            yield column, sequence, slice(start, start + n_steps)


class Buffer:
    """One flat piece of memory, shown as a contiguous array of any shape."""

    def __init__(self, dtype: Any) -> None:
        self.flat = np.empty(0, dtype=dtype)

    def shaped(self, *shape: int) -> np.ndarray:
        """Return the memory as an array of this shape."""
        size = math.prod(shape)
        if self.flat.size < size:
            self.flat = np.empty(size, dtype=self.flat.dtype)
        return self.flat[:size].reshape(shape)


class Sink:
    """What takes the states of a run; this one throws them away and so leaves the end states.

    1. `restart` comes before the first block, and again where a run in parallel over time failed
       its check and starts over: forget what was taken.
    2. `fork` gives a sink for a further thread; at the end, `join` takes over what that one holds.
    3. `room` gives the array (N, L, K) that the next block is written to, or None for no states;
       `shift` (N, 1), where set, is taken off the states on their way there.
    4. `take` gets that block. Blocks of a sequence may come in any order.
    """

    shift: np.ndarray | float = 0.0

    def __init__(self) -> None:
        self._buffer = Buffer(float)

    def restart(self) -> None:
        """Forget what was taken."""

    def fork(self) -> Sink:
        """Return a sink into the same arrays, which the columns share out, for another thread."""
        other = copy.copy(self)
        other._buffer = Buffer(self._buffer.flat.dtype)
        return other

    def join(self, other: Any) -> None:
        """Take over what a fork has taken."""

    def room(self, n_steps: int, n_columns: int) -> np.ndarray | None:
        """Return the array (N, L, K) for the next block."""
        return None

    def take(self, stretch: Stretch) -> None:
        """Use what is seen of a stretch."""


class StatesSink(Sink):
    """Keeps all states: ``arrays`` holds one (T_k, N) array per sequence."""

    def __init__(self, lengths: Iterable[int], n_seen: int, dtype: Any) -> None:
        self.arrays = [np.empty((length, n_seen), dtype=dtype) for length in lengths]
        self._n_seen, self._buffer = n_seen, Buffer(dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (N, L, K) for the next block; in memory it is (K, L, N)."""
        return self._buffer.shaped(n_columns, n_steps, self._n_seen).transpose(2, 1, 0)

    def take(self, stretch: Stretch) -> None:
        """Copy the stretch into its place."""
        for column, sequence, steps in stretch.spans():
            self.arrays[sequence][steps] = stretch.seen[:, :, column].T


class PickedSink(StatesSink):
    """Keeps the states of some steps.

    Parameters
    ----------
    picked : list of boolean arrays (T_k,)
        Which steps of every sequence are kept.
    n_seen : int
    dtype : dtype
    """

    def __init__(self, picked: list[np.ndarray], n_seen: int, dtype: Any) -> None:
        self._picked = picked
        self._before = [np.concatenate([[0], np.cumsum(steps)]) for steps in picked]
        super().__init__([int(before[-1]) for before in self._before], n_seen, dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (N, L, K) for the next block; in memory it is (L, N, K)."""
        return self._buffer.shaped(n_steps, self._n_seen, n_columns).transpose(1, 0, 2)

    def take(self, stretch: Stretch) -> None:
        """Copy the steps that are kept into their places."""
        for column, sequence, steps in stretch.spans():
            first, last = self._before[sequence][[steps.start, steps.stop]]
            if first < last:
                kept = np.flatnonzero(self._picked[sequence][steps])
                self.arrays[sequence][first:last] = stretch.seen[:, kept, column].T
