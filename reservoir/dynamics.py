"""The state update, and the states of a batch: block by block, in parallel over time.

Inside, states are *units first*: ``(N, K)`` for one step of ``K`` columns, ``(N, L, K)`` for a
block of ``L`` steps. A *track* is one column: a whole sequence, or a chunk of a long one.
"""

from __future__ import annotations

import copy
import math
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp

from .activations import in_place
from .lapack import blas_threads

try:  # the compiled kernel itself writes into an array that stands; `A @ z` would make a new one
    from scipy.sparse._sparsetools import csr_matvecs
except ImportError:  # pragma: no cover - private to SciPy, so it may move
    csr_matvecs = None

#: Below this many units a dense product is no slower than a sparse one; well above, BLAS starts
#: threads for products that are too small for them.
DENSE_BELOW = 64
#: Share of entries that are not zero from which a dense product of a batch is the faster one.
DENSE_FROM = 0.25
#: Chunks that long series are cut into, at most; the same on every machine.
MAX_CHUNKS = 128
#: Columns that advance together in one lane, chunks of long series or sequences of a batch.
MAX_COLUMNS = 128
#: Samples (steps x columns) of a block: large enough for BLAS, small enough for the caches.
BLOCK_SAMPLES = 2048
#: A chunk is at least this many times longer than the steps its start is warmed up with.
CHUNK_PER_WARMUP = 4
#: Series shorter than this many steps are not worth cutting.
MIN_STEPS = 2048
#: Steps per independent draw of noise: the noise of a step depends on its time alone.
NOISE_TILE = 64


@dataclass(frozen=True)
class LeakyUpdate:
    r"""The leaky update of an echo state network, for a batch of columns.

    .. math:: x_t = (1 - a) x_{t-1} + a f(W x_{t-1} + W_{in} u_t + b + \nu_t)

    Lukoševičius (2012), equations 2 and 3; the noise :math:`\nu` as in Jaeger (2001), section 3.

    Parameters
    ----------
    matrix : csr_array or ndarray of shape (N, N + d + 1)
        ``[W | W_in | b]``: input and bias are further columns, so that a step is one product.
    n_units, n_features : int
        N and d.
    leak_rate : float or ndarray of shape (N, 1)
    activation : callable ``(x, out=...)``

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.dynamics import LeakyUpdate
    >>> update = LeakyUpdate.of(np.zeros((1, 1)), np.ones((1, 1)), np.zeros(1), leak_rate=0.5)
    >>> states, end = update.advance(np.zeros((1, 1)), np.full((2, 1, 1), 1.0))
    >>> states.ravel().round(3)
    array([0.381, 0.571])
    """

    matrix: Any
    n_units: int
    n_features: int
    leak_rate: Any
    activation: Callable[..., Any]

    @classmethod
    def of(
        cls,
        W: Any,
        W_in: np.ndarray,
        bias: np.ndarray,
        *,
        leak_rate: float | np.ndarray = 1.0,
        activation: str | Callable[..., Any] = "tanh",
        dtype: Any = np.float64,
    ) -> LeakyUpdate:
        """Join the recurrent, input and bias weights into one matrix of the wanted dtype."""
        drive = np.hstack([W_in, bias[:, None]])
        if sp.issparse(W) and W.shape[0] >= DENSE_BELOW and W.nnz < DENSE_FROM * W.shape[0] ** 2:
            matrix = sp.csr_array(sp.hstack([W, sp.csr_array(drive)])).astype(dtype)
        else:
            W = W.toarray() if sp.issparse(W) else W
            matrix = np.ascontiguousarray(np.hstack([W, drive]), dtype=dtype)
        leak = np.asarray(leak_rate, dtype=dtype)
        leak = leak[()] if leak.ndim == 0 else leak.reshape(-1, 1)
        return cls(matrix, W.shape[0], W_in.shape[1], leak, in_place(activation))

    @property
    def dtype(self) -> np.dtype:
        """Floating type of the states."""
        return self.matrix.dtype

    def stepper(self, state: np.ndarray) -> Stepper:
        """Return a `Stepper` that starts at `state`, shape (N, K)."""
        return Stepper(self, state)

    def advance(
        self, state: np.ndarray, block: np.ndarray, noise: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the states (N, L, K) of a block of inputs (L, d, K), and the end state (N, K)."""
        stepper = self.stepper(state)
        out = np.empty((self.n_units, block.shape[0], state.shape[1]), dtype=self.dtype)
        walk(stepper, block, out, noise)
        return out, stepper.state


class Stepper:
    """The running state of a batch, with every buffer of a step made once.

    ``operand`` is ``z = [x; u; 1]``, shape (N + d + 1, K); ``state`` and ``input`` are views of it.
    Write ``input``, call `step`, read ``state``.
    """

    def __init__(self, update: LeakyUpdate, state: np.ndarray) -> None:
        n_units, n_columns = update.n_units, state.shape[1]
        self.update = update
        self.operand = np.ones((n_units + update.n_features + 1, n_columns), dtype=update.dtype)
        self.state = self.operand[:n_units]
        self.input = self.operand[n_units:-1]
        self.state[...] = state
        self._product = np.empty((n_units, n_columns), dtype=update.dtype)
        self._multiply = self._multiplier()

    def _multiplier(self) -> Callable[[], Any]:
        """Return the function that writes ``matrix @ operand`` into the product buffer."""
        A, z, p = self.update.matrix, self.operand, self._product
        if not sp.issparse(A):
            return lambda: np.matmul(A, z, out=p)
        if csr_matvecs is None:  # pragma: no cover

            def product() -> None:
                p[...] = A @ z

            return product
        rows, columns = A.shape
        flat_z, flat_p = z.ravel(), p.ravel()  # views: both are contiguous
        arguments = (rows, columns, z.shape[1], A.indptr, A.indices, A.data, flat_z, flat_p)

        def kernel() -> None:
            p.fill(0.0)
            csr_matvecs(*arguments)

        return kernel

    def step(self, noise: np.ndarray | None = None) -> None:
        """Advance the state by the input that stands in ``input``; noise (N, K) is optional."""
        x, p, leak = self.state, self._product, self.update.leak_rate
        self._multiply()
        if noise is not None:
            p += noise
        self.update.activation(p, out=p)
        p -= x
        p *= leak
        x += p


def walk(
    stepper: Any,
    block: np.ndarray,
    out: np.ndarray | None,
    noise: np.ndarray | None = None,
    shift: np.ndarray | float = 0.0,
) -> None:
    """Advance a stepper by a block of inputs (L, d, K) with noise (L, N, K).

    Writes the states, less the `shift` (N, 1), into `out` (N, L, K).
    """
    shifted = isinstance(shift, np.ndarray)
    for t in range(len(block)):
        stepper.input[...] = block[t]
        if noise is None:
            stepper.step()
        else:
            stepper.step(noise[t])
        if shifted and out is not None:
            np.subtract(stepper.state, shift, out=out[:, t])
        elif out is not None:
            out[:, t] = stepper.state


@dataclass(frozen=True)
class StateNoise:
    """Gaussian noise of a given scale, a function of (sequence, time) alone.

    Counter-based, so that chunks, blocks and threads cannot change what a step receives. A run
    that goes on from an earlier one says how many sequences and steps came before.
    """

    scale: float
    seed: int
    n_units: int
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
        return self.scale * np.random.Generator(bits).standard_normal((NOISE_TILE, self.n_units))


@dataclass
class Track:
    """One column of a batch: the steps ``start`` … ``stop - 1`` of a sequence, and its state."""

    sequence: int
    start: int
    stop: int
    state: np.ndarray  # (N,), of the step before `start`; at the end of a run, of the last step

    def __len__(self) -> int:
        return self.stop - self.start


@dataclass(frozen=True)
class Block:
    """The states (N, L, K) of L steps of K tracks.

    Column j is of sequence ``sequences[j]`` and begins at its step ``starts[j]``. The array is the
    sink's own, and overwritten later.
    """

    states: np.ndarray
    sequences: list[int]
    starts: list[int]

    def spans(self) -> Iterator[tuple[int, int, slice]]:
        """Yield (column, sequence, slice of its steps)."""
        n_steps = self.states.shape[1]
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

    1. `begin` comes before the first block, and again where a run in parallel over time failed
       its check and starts over: forget what was taken.
    2. `fork` gives a sink for a further thread; at the end, `join` takes over what that one holds.
    3. `room` gives the array (N, L, K) that the next block is written to, or None for no states;
       `shift` (N, 1), where set, is taken off the states on their way there.
    4. `take` gets that block. Blocks of a sequence may come in any order.
    """

    shift: np.ndarray | float = 0.0

    def __init__(self) -> None:
        self._buffer = Buffer(float)

    def begin(self) -> None:
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

    def take(self, block: Block) -> None:
        """Use a block of states."""


class StatesSink(Sink):
    """Keeps all states: ``arrays`` holds one (T_k, N) array per sequence."""

    def __init__(self, lengths: Iterable[int], n_units: int, dtype: Any) -> None:
        self.arrays = [np.empty((length, n_units), dtype=dtype) for length in lengths]
        self._n_units, self._buffer = n_units, Buffer(dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (N, L, K) for the next block; in memory it is (K, L, N)."""
        return self._buffer.shaped(n_columns, n_steps, self._n_units).transpose(2, 1, 0)

    def take(self, block: Block) -> None:
        """Copy the block into its place."""
        for column, sequence, steps in block.spans():
            self.arrays[sequence][steps] = block.states[:, :, column].T


def run(
    update: LeakyUpdate,
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
    update : LeakyUpdate
    items : sequence of (T_k, d) arrays
        The inputs; they may be `numpy.memmap`, and are read block by block.
    initial : ndarray of shape (N, len(items))
        The states before the first steps.
    sink : Sink, optional
    noise : StateNoise, optional
    parallel : bool, optional
        For tests: False never cuts, True cuts however short the sequences are; the checks remain.

    Returns
    -------
    end : ndarray of shape (N, len(items))
        The states after the last steps.

    Raises
    ------
    ValueError
        If the states overflow, as those of an unbounded activation can.
    """
    sink = Sink() if sink is None else sink
    tracks = [
        Track(k, 0, len(item), np.array(initial[:, k], dtype=update.dtype))
        for k, item in enumerate(items)
    ]
    batch = _Batch(update, items, noise)
    chunks = None if parallel is False else _cut(batch, tracks, forced=bool(parallel))
    if chunks is not None:
        starts = [chunk.state for chunk in chunks]
        sink.begin()
        batch.advance(chunks, sink)
        if _ends_meet(chunks, starts):
            last = {chunk.sequence: chunk.state for chunk in chunks}  # the last chunk wins
            return np.stack([last[k] for k in range(len(items))], axis=1)
    sink.begin()
    batch.advance(tracks, sink)
    end = np.stack([track.state for track in tracks], axis=1)
    if not np.isfinite(end).all():
        raise ValueError(
            "the reservoir's states grew beyond the floating-point numbers. Lower spectral_radius, "
            "or take a bounded activation."
        )
    return end


class _Batch:
    """Tracks over the same inputs, advanced together."""

    def __init__(
        self, update: LeakyUpdate, items: Sequence[np.ndarray], noise: StateNoise | None
    ) -> None:
        self.update, self.items, self.noise = update, items, noise

    def advance(self, tracks: Sequence[Track], sink: Sink) -> None:
        """Advance every track to its stop, in lanes, leaving its end state in it."""
        longest_first = sorted(tracks, key=len, reverse=True)
        n_lanes = self._n_lanes(tracks)
        width = min(MAX_COLUMNS, -(-len(tracks) // n_lanes))
        groups = [longest_first[k : k + width] for k in range(0, len(tracks), width)]
        if n_lanes == 1:
            self._advance_lane(groups, sink)
            return
        sinks = [sink, *(sink.fork() for _ in range(n_lanes - 1))]
        # BLAS threads inside lanes would stand in each other's way
        with blas_threads(max(1, n_threads() // n_lanes)), ThreadPoolExecutor(n_lanes) as pool:
            shares = [groups[lane::n_lanes] for lane in range(n_lanes)]
            list(pool.map(self._advance_lane, shares, sinks))
        for other in sinks[1:]:
            sink.join(other)

    def _n_lanes(self, tracks: Sequence[Track]) -> int:
        """Threads that pay: each holds enough columns, enough to do, and room for a Gram matrix."""
        n_units = self.update.n_units
        wide = len(tracks) * n_units // MIN_LANE_WIDTH
        long = sum(map(len, tracks)) * n_units // MIN_LANE_WORK
        small = max(2, LANES_MEMORY // (8 * n_units**2))
        return max(1, min(n_threads(), len(tracks), wide, long, small))

    def _advance_lane(self, groups: list[list[Track]], sink: Sink) -> None:
        """Advance groups one after the other; a lane is a thread of its own."""
        with np.errstate(over="ignore", invalid="ignore"):  # `run` tells of an overflow
            for group in groups:
                self._advance_group(group, sink)

    def _advance_group(self, active: list[Track], sink: Sink) -> None:
        """Advance tracks, longest first, in blocks that end where the shortest one ends."""
        position, stepper = 0, None
        while active := [track for track in active if len(track) > position]:
            n_steps = min(max(1, BLOCK_SAMPLES // len(active)), len(active[-1]) - position)
            if stepper is None or stepper.state.shape[1] != len(active):
                stepper = self.update.stepper(np.stack([track.state for track in active], axis=1))
            out = sink.room(n_steps, len(active))
            inputs, noise = self._drive(active, position, n_steps)
            walk(stepper, inputs, out, noise, sink.shift)
            if out is not None:
                starts = [track.start + position for track in active]
                sink.take(Block(out, [track.sequence for track in active], starts))
            position += n_steps
            if position == len(active[-1]):
                for column, track in enumerate(active):
                    track.state = stepper.state[:, column].copy()

    def _drive(
        self, tracks: list[Track], position: int, n_steps: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the inputs (L, d, K) and the noise (L, N, K) of a block."""
        dtype, n_units = self.update.dtype, self.update.n_units
        inputs = np.empty((n_steps, self.update.n_features, len(tracks)), dtype=dtype)
        noise = None
        if self.noise is not None:
            noise = np.empty((n_steps, n_units, len(tracks)), dtype=dtype)
        for column, track in enumerate(tracks):
            start = track.start + position
            inputs[:, :, column] = self.items[track.sequence][start : start + n_steps]
            if noise is not None and self.noise is not None:
                noise[:, :, column] = self.noise.draw(track.sequence, start, n_steps)
        return inputs, noise


#: Elements of a state (units x columns) from which a lane of its own pays.
MIN_LANE_WIDTH = 4096
#: Unit steps (units x steps x columns) from which a lane of its own pays.
MIN_LANE_WORK = 1_000_000
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


#: Multiples of the machine epsilon, relative to the largest state: twins count as one trajectory,
#: and the end of a chunk counts as the start of the next.
TWINS_MEET, ENDS_MEET = 256, 512


def _cut(batch: _Batch, tracks: list[Track], *, forced: bool) -> list[Track] | None:
    """Cut long tracks into chunks with warmed-up starts, or return None where it cannot pay."""
    total = sum(len(track) for track in tracks)
    if len(tracks) > MAX_CHUNKS // 8 or total < (64 if forced else MIN_STEPS):
        return None
    # at least four chunks, each a few warm-ups long, must fit into what there is
    longest = max(tracks, key=len)
    synchronised = _synchronisation(batch, longest, total // (4 * CHUNK_PER_WARMUP))
    if synchronised is None:
        return None
    warmup = synchronised + synchronised // 4 + 8
    n_chunks = min(MAX_CHUNKS, total // (CHUNK_PER_WARMUP * warmup))
    if n_chunks < 2 * len(tracks) or (n_chunks < 4 and not forced):
        return None
    chunks = [chunk for track in tracks for chunk in _chunks(track, total / n_chunks)]
    later = [chunk for chunk in chunks if chunk.start > 0]
    zero = np.zeros(batch.update.n_units, dtype=batch.update.dtype)
    warm = [Track(c.sequence, max(0, c.start - warmup), c.start, zero) for c in later]
    batch.advance(warm, Sink())
    for chunk, track in zip(later, warm, strict=True):
        chunk.state = track.state
    return chunks


def _chunks(track: Track, length: float) -> list[Track]:
    """Cut one track into equal chunks of about `length` steps."""
    bounds = np.linspace(0, len(track), max(1, round(len(track) / length)) + 1).astype(int).tolist()
    pairs = zip(bounds[:-1], bounds[1:], strict=True)
    return [Track(track.sequence, start, stop, track.state) for start, stop in pairs]


def _synchronisation(batch: _Batch, track: Track, limit: int) -> int | None:
    """Steps after which trajectories from three extreme states coincide; None above `limit`.

    Measured at a handful of places: evenly spread ones, and where the input is quietest and
    loudest, because a reservoir can forget under one drive and not under another.
    """
    n_units, dtype = batch.update.n_units, batch.update.dtype
    if limit < 1 or len(track) <= limit:
        return None
    places = sorted(
        set(np.linspace(0, len(track) - limit, 3).astype(int).tolist())
        | _extremes(batch.items[track.sequence], limit)
    )
    extremes = [np.full(n_units, level, dtype=dtype) for level in (0.0, 1.0, -1.0)]
    twins = [Track(track.sequence, p, p, x) for p in places for x in extremes]
    step = max(8, min(32, limit))
    for n_steps in range(step, limit + step, step):
        for twin in twins:
            twin.start, twin.stop = twin.stop, min(twin.stop + step, len(track))
        batch.advance(twins, Sink())
        states = np.stack([twin.state for twin in twins]).reshape(len(places), 3, n_units)
        if not np.isfinite(states).all():
            return None
        if np.ptp(states, axis=1).max() <= TWINS_MEET * np.finfo(dtype).eps * _scale(states):
            return n_steps
    return None


def synchronisation_time(
    update: LeakyUpdate, items: Sequence[np.ndarray], limit: int
) -> int | None:
    """Steps after which trajectories from extreme initial states coincide to rounding.

    Measured on the longest sequence, from the states zero, all one and all minus one; None where
    they do not coincide within `limit` steps.
    """
    longest = int(np.argmax([len(item) for item in items]))
    zero = np.zeros(update.n_units, update.dtype)
    track = Track(longest, 0, len(items[longest]), zero)
    return _synchronisation(_Batch(update, items, None), track, limit)


def _extremes(item: np.ndarray, length: int) -> set[int]:
    """Starts of the windows of `length` steps in which the input moves least and most."""
    starts = range(0, len(item) - length, max(length, 32, len(item) // 512))
    if len(starts) < 2:
        return set()
    with np.errstate(over="ignore"):
        activity = [float(np.abs(np.diff(item[s : s + 32], axis=0)).sum()) for s in starts]
    return {starts[int(np.argmin(activity))], starts[int(np.argmax(activity))]}


def _ends_meet(chunks: list[Track], starts: list[np.ndarray]) -> bool:
    """Whether each chunk ends in the state in which the next chunk of its sequence began.

    The first chunk is exact, so by induction every start is: the chunk before it is a second
    trajectory, from far earlier, into the same state.
    """
    states = np.stack([chunk.state for chunk in chunks])
    if not np.isfinite(states).all():
        return False  # the step-by-step run shows where it overflows
    tolerance = ENDS_MEET * np.finfo(states.dtype).eps * _scale(states)
    return all(
        before.sequence != after.sequence or np.abs(before.state - start).max() <= tolerance
        for before, after, start in zip(chunks[:-1], chunks[1:], starts[1:], strict=True)
    )


def _scale(states: np.ndarray) -> float:
    return max(1.0, float(np.abs(states).max()))
