"""Exact parallelism over time: a long series in chunks, each with a start that is proved."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .batch import Batch, Track
from .rule import Rule
from .sinks import Sink

#: Chunks that long series are cut into, at most; the same on every machine.
MAX_CHUNKS = 128
#: A chunk is at least this many times longer than the steps its start is warmed up with.
CHUNK_PER_WARMUP = 4
#: Series shorter than this many steps are not worth cutting.
MIN_STEPS = 2048
#: Multiples of the machine epsilon, relative to the largest state: twins count as one trajectory,
#: and the end of a chunk counts as the start of the next.
TWINS_MEET, ENDS_MEET = 256, 512
#: Factor by which a difference of rounding may grow on its way before it fades.
MAY_GROW = 100.0
#: Steps of the windows in which the input is told quiet or loud.
WINDOWS = (32, 256)


def cut(
    batch: Batch, tracks: list[Track], *, least_steps: int | None = None, least_chunks: int = 4
) -> list[Track] | None:
    """Cut long tracks into chunks with warmed-up starts, or return None where it cannot pay."""
    total = sum(len(track) for track in tracks)
    too_short = total < (MIN_STEPS if least_steps is None else least_steps)
    if too_short or len(tracks) > MAX_CHUNKS // 8 or not batch.rule.forgets:
        return None
    # at least four chunks, each a few warm-ups long, must fit into what there is
    longest = max(tracks, key=len)
    synchronised = _synchronisation(batch, longest, total // (4 * CHUNK_PER_WARMUP))
    if synchronised is None:
        return None
    warmup = synchronised + synchronised // 4 + 8
    if _expands(batch, tracks, warmup):
        return None
    n_chunks = min(MAX_CHUNKS, total // (CHUNK_PER_WARMUP * warmup))
    if n_chunks < max(2 * len(tracks), least_chunks):
        return None
    chunks = [chunk for track in tracks for chunk in _chunks(track, total / n_chunks)]
    later = [chunk for chunk in chunks if chunk.start > 0]
    zero = batch.rule.initial_state()[:, 0]
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


def _synchronisation(batch: Batch, track: Track, limit: int) -> int | None:
    """Steps after which trajectories from extreme states coincide; None above `limit`.

    Measured at a handful of places: evenly spread ones, and where the input is quietest and
    loudest, because a reservoir can forget under one drive and not under another.
    """
    if not batch.rule.forgets or limit < 1 or len(track) <= limit:
        return None
    evenly = np.linspace(0, len(track) - limit, 3).astype(int).tolist()
    at_most = len(track) - limit
    places = sorted({*evenly, *(min(p, at_most) for p in _extremes(batch.items[track.sequence]))})
    extremes, epsilon = batch.rule.extremes(), np.finfo(batch.rule.dtype).eps
    twins = [Track(track.sequence, p, p, x) for p in places for x in extremes]
    step = max(8, min(32, limit))
    for n_steps in range(step, limit + step, step):
        for twin in twins:
            twin.start, twin.stop = twin.stop, min(twin.stop + step, len(track))
        batch.advance(twins, Sink())
        states = np.stack([twin.state for twin in twins]).reshape(len(places), *extremes.shape)
        if not np.isfinite(states).all():
            return None
        if np.ptp(states, axis=1).max() <= TWINS_MEET * epsilon * _scale(states):
            return n_steps
    return None


def synchronisation_time(rule: Rule, items: Sequence[np.ndarray], limit: int) -> int | None:
    """Steps after which trajectories from extreme initial states coincide to rounding.

    Measured on the longest sequence; None where they do not coincide within `limit` steps.
    """
    longest = int(np.argmax([len(item) for item in items]))
    track = Track(longest, 0, len(items[longest]), rule.initial_state()[:, 0])
    return _synchronisation(Batch(rule, items), track, limit)


def _expands(batch: Batch, tracks: list[Track], warmup: int) -> bool:
    """Whether a difference of rounding grows on its way, where the input is quietest or loudest.

    A stretch of chaos that the input heals later leaves no trace at the ends of chunks.
    """
    rule = batch.rule
    zero = rule.initial_state()[:, 0]
    there = [
        Track(track.sequence, max(0, place - warmup), place, zero)
        for track in tracks for place in sorted(_extremes(batch.items[track.sequence]))
    ]  # fmt: skip
    if not there:  # no series is long enough to be loud and quiet
        return False
    batch.advance([track for track in there if len(track)], Sink())
    states = np.stack([zero, *(track.state for track in there)])
    size = np.sqrt(np.finfo(rule.dtype).eps) * _scale(states)
    aside = size * np.random.default_rng(0).choice([-1.0, 1.0], rule.n_state)
    twins = [
        Track(track.sequence, track.stop, track.stop, (track.state + off).astype(rule.dtype))
        for off in (np.zeros_like(aside), aside) for track in there
    ]  # fmt: skip
    while True:
        for twin in twins:
            end = len(batch.items[twin.sequence])
            twin.start, twin.stop = twin.stop, min(twin.stop + WINDOWS[0], end)
        moving = [twin for twin in twins if len(twin)]
        batch.advance(moving, Sink())
        pairs = np.reshape([twin.state for twin in twins], (2, len(there), -1))
        apart = np.abs(pairs[1] - pairs[0]).max(axis=1, initial=0.0)
        if not (apart <= MAY_GROW * size).all():
            return True
        if not moving or (apart < size / MAY_GROW).all():
            return False


def _extremes(item: np.ndarray) -> set[int]:
    """Starts of the windows in which the input moves, or is, least and most."""
    n_windows = len(item) // WINDOWS[0]
    if n_windows < 2:
        return set()
    sizes = np.empty((2, n_windows))
    with np.errstate(over="ignore"):
        for first in range(0, n_windows, 1024):  # block by block, for what is not in memory
            last = min(first + 1024, n_windows)
            rows = np.abs(item[first * WINDOWS[0] : last * WINDOWS[0]])
            moves = np.abs(np.diff(item[first * WINDOWS[0] : last * WINDOWS[0]], axis=0))
            moves = np.concatenate([moves, np.zeros_like(moves[:1])])
            for k, values in enumerate((rows, moves)):
                sizes[k, first:last] = values.sum(axis=1).reshape(-1, WINDOWS[0]).sum(axis=1)
    found = set()
    for width in (length // WINDOWS[0] for length in WINDOWS):
        if n_windows <= width:
            continue
        total = np.cumsum(np.pad(sizes, [(0, 0), (1, 0)]), axis=1)
        sums = total[:, width:] - total[:, :-width]
        for of_window in sums:
            found |= {int(np.argmin(of_window)), int(np.argmax(of_window))}
    return {WINDOWS[0] * k for k in found}


def ends_meet(chunks: list[Track], starts: list[np.ndarray]) -> bool:
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
