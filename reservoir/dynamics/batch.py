"""Columns that advance together, in blocks and in threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from ..lapack import blas_threads
from .rule import Rule
from .sinks import Sink, Stretch

#: Columns that advance together in one lane, chunks of long series or sequences of a batch.
MAX_COLUMNS = 128
#: Samples (steps x columns) of a block: large enough for BLAS, small enough for the caches.
BLOCK_SAMPLES = 2048
#: Steps per independent draw of noise: the noise of a step depends on its time alone.
NOISE_TILE = 64
#: Elements of a state (units x columns) from which a lane of its own pays, and from which it does
#: where a step is no matter of Python.
MIN_LANE_WIDTH, MIN_FREE_LANE_WIDTH = 4096, 1024
#: Unit steps (units x steps x columns) from which a lane of its own pays.
MIN_LANE_WORK = 1_000_000
#: What is seen of a block, up to so many rows, is multiplied no faster by several threads of BLAS;
#: on a busy machine they wait for each other.
NARROW = 256
#: Bytes that the Gram matrices of all lanes may take; two lanes at least.
LANES_MEMORY = 2**28


def n_threads() -> int:
    """Threads that a run may use: ``OMP_NUM_THREADS`` or the cores; one inside another thread.

    Joblib's processes set ``OMP_NUM_THREADS``, its threads are not the main one: neither
    oversubscribes.
    """
    if threading.current_thread() is not threading.main_thread():
        return 1
    if (wanted := os.environ.get("OMP_NUM_THREADS", "")).isdigit():
        return max(1, int(wanted))
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # pragma: no cover - not on every system
        return os.cpu_count() or 1


@dataclass(frozen=True)
class StateNoise:
    """Gaussian noise of a given scale, a function of (sequence, time) alone.

    Counter-based, so that chunks, blocks and threads cannot change what a step receives. A run
    that goes on from an earlier one says how many sequences and steps came before.
    """

    scale: Any  # of all units, or of each
    seed: int
    n_noise: int
    first_sequence: int = 0
    first_step: int = 0

    def draw(self, sequence: int, start: int, n_steps: int) -> np.ndarray:
        """Return the noise of the steps ``start`` … ``start + n_steps - 1``, shape (L, N)."""
        sequence, start = sequence + self.first_sequence, start + self.first_step
        first = start // NOISE_TILE
        last = (start + n_steps - 1) // NOISE_TILE
        tiles = [self._tile(sequence, tile) for tile in range(first, last + 1)]
        offset = start - first * NOISE_TILE
        return np.concatenate(tiles)[offset : offset + n_steps]

    def _tile(self, sequence: int, tile: int) -> np.ndarray:
        bits = np.random.Philox(key=[self.seed, sequence], counter=[0, 0, 0, tile])
        return self.scale * np.random.Generator(bits).standard_normal((NOISE_TILE, self.n_noise))


@dataclass
class Track:
    """One column of a batch: the steps ``start`` … ``stop - 1`` of a sequence, and its state."""

    sequence: int
    start: int
    stop: int
    state: np.ndarray  # (n_state,), of the step before `start`; after a run, of the last step

    def __len__(self) -> int:
        return self.stop - self.start


class Batch:
    """Tracks over the same inputs, advanced together."""

    def __init__(
        self, rule: Rule, items: Sequence[np.ndarray], noise: StateNoise | None = None
    ) -> None:
        self.rule, self.items, self.noise = rule, items, noise

    def tracks(self, initial: np.ndarray) -> list[Track]:
        """Return one track a sequence, from the states (n_state, K) before their first steps."""
        return [
            Track(k, 0, len(item), np.array(initial[:, k], dtype=self.rule.dtype))
            for k, item in enumerate(self.items)
        ]

    def advance(
        self, tracks: Sequence[Track], sink: Sink, count: Callable[[int], None] | None = None
    ) -> None:
        """Advance every track to its stop, in lanes, leaving its end state in it.

        `count` is told of the steps, of all tracks, that were taken.
        """
        if not tracks:
            return
        longest_first = sorted(tracks, key=len, reverse=True)
        n_lanes = self._n_lanes(tracks)
        width = min(MAX_COLUMNS, -(-len(tracks) // n_lanes))
        groups = [longest_first[k : k + width] for k in range(0, len(tracks), width)]
        if n_lanes == 1:
            with blas_threads(1) if self._holds_blas(tracks) else nullcontext():
                self._advance_lane(groups, sink, count)
            return
        sinks = [sink, *(sink.fork() for _ in range(n_lanes - 1))]
        # BLAS threads inside lanes would stand in each other's way
        with blas_threads(max(1, n_threads() // n_lanes)), ThreadPoolExecutor(n_lanes) as pool:
            shares = [groups[lane::n_lanes] for lane in range(n_lanes)]
            list(pool.map(partial(self._advance_lane, count=count), shares, sinks))
        for other in sinks[1:]:
            sink.join(other)

    def _n_lanes(self, tracks: Sequence[Track]) -> int:
        """Threads that pay: each holds enough columns, enough to do, and room for a Gram matrix."""
        n_state, n_seen = self.rule.n_state, self.rule.n_seen
        least = MIN_FREE_LANE_WIDTH if self.rule.is_compiled else MIN_LANE_WIDTH
        wide = len(tracks) * n_state // least
        long = sum(map(len, tracks)) * n_state // MIN_LANE_WORK
        small = max(2, LANES_MEMORY // (8 * n_seen**2))
        return max(1, min(n_threads(), len(tracks), wide, long, small))

    def _holds_blas(self, tracks: Sequence[Track]) -> bool:
        """Whether one thread of BLAS is enough for a long run in one lane, of the main thread."""
        long = sum(map(len, tracks)) >= 4 * BLOCK_SAMPLES
        return long and self.rule.n_seen <= NARROW and n_threads() > 1

    def _advance_lane(
        self, groups: list[list[Track]], sink: Sink, count: Callable[[int], None] | None
    ) -> None:
        """Advance groups one after the other; a lane is a thread of its own."""
        with np.errstate(over="ignore", invalid="ignore"):  # `run` tells of an overflow
            for group in groups:
                self._advance_group(group, sink, count)

    def _advance_group(
        self, active: list[Track], sink: Sink, count: Callable[[int], None] | None
    ) -> None:
        """Advance tracks, longest first, in blocks that end where the shortest one ends."""
        position, n_columns, stepper = 0, 0, None
        while active := [track for track in active if len(track) > position]:
            n_steps = min(max(1, BLOCK_SAMPLES // len(active)), len(active[-1]) - position)
            if stepper is None or n_columns != len(active):
                n_columns = len(active)
                stepper = self.rule.stepper(np.stack([track.state for track in active], axis=1))
            out = sink.room(n_steps, len(active))
            inputs, noise = self._drive(active, position, n_steps)
            stepper.walk(inputs, out, noise, sink.shift)
            if out is not None:
                starts = [track.start + position for track in active]
                sink.take(Stretch(out, [track.sequence for track in active], starts))
            if count is not None:
                count(n_steps * len(active))
            position += n_steps
            if position == len(active[-1]):
                state = stepper.state
                for column, track in enumerate(active):
                    track.state = state[:, column].copy()

    def _drive(
        self, tracks: list[Track], position: int, n_steps: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the inputs (L, d, K) and the noise (L, N, K) of a block."""
        dtype, n_noise = self.rule.dtype, self.rule.n_noise
        inputs = np.empty((n_steps, self.rule.n_features, len(tracks)), dtype=dtype)
        noise = None
        if self.noise is not None:
            noise = np.empty((n_steps, n_noise, len(tracks)), dtype=dtype)
        for column, track in enumerate(tracks):
            start = track.start + position
            inputs[:, :, column] = self.items[track.sequence][start : start + n_steps]
            if noise is not None and self.noise is not None:
                noise[:, :, column] = self.noise.draw(track.sequence, start, n_steps)
        return inputs, noise
