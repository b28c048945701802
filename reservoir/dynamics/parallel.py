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
    places = sorted(
        set(np.linspace(0, len(track) - limit, 3).astype(int).tolist())
        | _extremes(batch.items[track.sequence], limit)
    )
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


def _extremes(item: np.ndarray, length: int) -> set[int]:
    """Starts of the windows of `length` steps in which the input moves least and most."""
    starts = range(0, len(item) - length, max(length, 32, len(item) // 512))
    if len(starts) < 2:
        return set()
    with np.errstate(over="ignore"):
        activity = [float(np.abs(np.diff(item[s : s + 32], axis=0)).sum()) for s in starts]
    return {starts[int(np.argmin(activity))], starts[int(np.argmax(activity))]}


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
