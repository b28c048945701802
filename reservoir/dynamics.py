"""The state update, and the states of a batch: block by block, in parallel over time.

Inside, states are *units first*: ``(N, K)`` for one step of ``K`` columns, ``(N, L, K)`` for a
block of ``L`` steps. A *track* is one column: a whole sequence, or a chunk of a long one.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import scipy.sparse as sp

from .activations import in_place

try:  # the compiled kernel itself writes into an array that stands; `A @ z` would make a new one
    from scipy.sparse._sparsetools import csr_matvecs
except ImportError:  # pragma: no cover - private to SciPy, so it may move
    csr_matvecs = None

#: Below this many units a dense product is no slower than a sparse one; well above, BLAS starts
#: threads for products that are too small for them.
DENSE_BELOW = 64
#: Columns that advance together, chunks of one long series or sequences of a batch.
MAX_COLUMNS = 64
#: Samples (steps x columns) of a block: large enough for BLAS, small enough for the caches.
BLOCK_SAMPLES = 4096
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
        if sp.issparse(W) and W.shape[0] >= DENSE_BELOW:
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
        stepper.run(block, out, noise)
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

    def run(
        self, block: np.ndarray, out: np.ndarray | None, noise: np.ndarray | None = None
    ) -> None:
        """Advance by a block of inputs (L, d, K), writing the states into `out` (N, L, K)."""
        for t in range(len(block)):
            self.input[...] = block[t]
            self.step(None if noise is None else noise[t])
            if out is not None:
                out[:, t] = self.state


@dataclass(frozen=True)
class StateNoise:
    """Gaussian noise of a given scale, a function of (sequence, time) alone.

    Counter-based, so that chunks, blocks and threads cannot change what a step receives.
    """

    scale: float
    seed: int
    n_units: int

    def draw(self, sequence: int, start: int, n_steps: int) -> np.ndarray:
        """Return the noise of the steps ``start`` … ``start + n_steps - 1``, shape (L, N)."""
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


class Sink:
    """What takes the states of a run; this one throws them away and so leaves the end states.

    1. `begin` comes before the first block, and again where a run in parallel over time failed
       its check and starts over: forget what was taken.
    2. `room` gives the array (N, L, K) that the next block is written to, or None for no states.
    3. `take` gets that block, on the caller's thread. Blocks of a sequence may come in any order.
    """

    def begin(self) -> None:
        """Forget what was taken."""

    def room(self, n_steps: int, n_columns: int) -> np.ndarray | None:
        """Return the array (N, L, K) for the next block."""
        return None

    def take(self, block: Block) -> None:
        """Use a block of states."""


class StatesSink(Sink):
    """Keeps all states: ``arrays`` holds one (T_k, N) array per sequence."""

    def __init__(self, lengths: Iterable[int], n_units: int, dtype: Any) -> None:
        self.arrays = [np.empty((length, n_units), dtype=dtype) for length in lengths]
        self.buffer = Buffer(n_units, dtype)

    def room(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the array (N, L, K) for the next block."""
        return self.buffer.reshape(n_steps, n_columns)

    def take(self, block: Block) -> None:
        """Copy the block into its place."""
        for column, sequence, steps in block.spans():
            self.arrays[sequence][steps] = block.states[:, :, column].T


class Buffer:
    """One flat piece of memory, shown as (rows, L, K) for blocks of any shape, contiguous."""

    def __init__(self, n_rows: int, dtype: Any) -> None:
        self.n_rows, self.dtype = n_rows, dtype
        self.flat = np.empty(0, dtype=dtype)

    def reshape(self, n_steps: int, n_columns: int) -> np.ndarray:
        """Return the memory as an array (rows, L, K)."""
        size = self.n_rows * n_steps * n_columns
        if self.flat.size < size:
            self.flat = np.empty(size, dtype=self.dtype)
        return self.flat[:size].reshape(self.n_rows, n_steps, n_columns)


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
        """Advance every track to its stop, `MAX_COLUMNS` at a time, leaving its end state in it."""
        longest_first = sorted(tracks, key=len, reverse=True)
        with _Team() as team:
            for first in range(0, len(tracks), MAX_COLUMNS):
                self._advance_group(longest_first[first : first + MAX_COLUMNS], sink, team)

    def _advance_group(self, active: list[Track], sink: Sink, team: _Team) -> None:
        """Advance tracks, longest first, in blocks that end where the shortest one ends."""
        position = 0
        while active := [track for track in active if len(track) > position]:
            n_steps = min(
                max(1, BLOCK_SAMPLES // len(active)),
                len(active[-1]) - position,
            )
            out = sink.room(n_steps, len(active))
            work = partial(self._advance_block, active, position, n_steps, out)
            team.map(work, len(active), self.update.n_units)
            if out is not None:
                starts = [track.start + position for track in active]
                with np.errstate(over="ignore", invalid="ignore"):
                    sink.take(Block(out, [track.sequence for track in active], starts))
            position += n_steps

    def _advance_block(
        self,
        group: list[Track],
        position: int,
        n_steps: int,
        out: np.ndarray | None,
        part: slice,
    ) -> None:
        """Advance some columns of a group by one block; runs in a thread of its own."""
        tracks = group[part]
        inputs = np.empty((n_steps, self.update.n_features, len(tracks)), dtype=self.update.dtype)
        noise = None
        if self.noise is not None:
            noise = np.empty((n_steps, self.update.n_units, len(tracks)), dtype=self.update.dtype)
        for column, track in enumerate(tracks):
            start = track.start + position
            inputs[:, :, column] = self.items[track.sequence][start : start + n_steps]
            if noise is not None and self.noise is not None:
                noise[:, :, column] = self.noise.draw(track.sequence, start, n_steps)
        stepper = self.update.stepper(np.stack([track.state for track in tracks], axis=1))
        with np.errstate(over="ignore", invalid="ignore"):  # `run` tells of an overflow
            stepper.run(inputs, None if out is None else out[:, :, part], noise)
        for column, track in enumerate(tracks):
            track.state = stepper.state[:, column].copy()


class _Team:
    """Threads that share the columns of a block: the kernels of a step release the GIL."""

    #: Columns times units from which a second thread pays.
    MIN_WORK = 4096

    def __init__(self) -> None:
        self.n_workers = n_threads()
        self.pool: ThreadPoolExecutor | None = None

    def __enter__(self) -> _Team:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.pool is not None:
            self.pool.shutdown()

    def map(self, work: Callable[[slice], None], n_columns: int, n_units: int) -> None:
        """Call `work` on slices that cover the columns."""
        n_parts = min(self.n_workers, n_columns * n_units // self.MIN_WORK, n_columns)
        if n_parts < 2:
            work(slice(0, n_columns))
            return
        if self.pool is None:
            self.pool = ThreadPoolExecutor(self.n_workers)
        bounds = np.linspace(0, n_columns, n_parts + 1).astype(int).tolist()
        list(self.pool.map(work, map(slice, bounds[:-1], bounds[1:])))


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
    if len(tracks) > MAX_COLUMNS // 4 or total < (64 if forced else MIN_STEPS):
        return None
    # at least four chunks, each a few warm-ups long, must fit into what there is
    longest = max(tracks, key=len)
    synchronised = _synchronisation(batch, longest, total // (4 * CHUNK_PER_WARMUP))
    if synchronised is None:
        return None
    warmup = synchronised + synchronised // 4 + 8
    n_chunks = min(MAX_COLUMNS, total // (CHUNK_PER_WARMUP * warmup))
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
