"""How far a long run has come: a bar where one is seen, plain lines on a pipe, nothing unasked."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeVar

Item = TypeVar("Item")
#: Seconds between two plain lines.
EVERY = 5.0
#: Whether runs tell of their steps.
TELLS: ContextVar[bool] = ContextVar("tells", default=False)


def progress(
    items: Iterable[Item], label: str, verbose: int = 0, total: int | None = None
) -> Iterable[Item]:
    """Return the items, and tell on the standard error how many have been taken.

    Parameters
    ----------
    items : iterable
    label : str
    verbose : int, default=0
        Nothing is told, and the items come back as they are, where 0. Else a bar of tqdm on a
        terminal or in a notebook, if that is installed, and a line every five seconds if not.
    total : int, optional
        Their number, where they have no length.

    Examples
    --------
    >>> from reservoir.progress import progress
    >>> list(progress(range(3), "squares"))
    [0, 1, 2]
    """
    if not verbose:
        return items
    if total is None and isinstance(items, Sized):
        total = len(items)
    make_bar = _tqdm()
    if make_bar is not None:
        bar: Any = make_bar(items, desc=label, total=total)
        return bar
    return _lines(items, label, total)


@contextmanager
def telling(verbose: int) -> Iterator[None]:
    """Have the long runs of this block tell how many steps they have taken, where `verbose`."""
    before = TELLS.set(TELLS.get() or bool(verbose))
    try:
        yield
    finally:
        TELLS.reset(before)


@contextmanager
def counted(total: int) -> Iterator[Callable[[int], None] | None]:
    """Give what counts the steps of a run, None where nobody asked."""
    if not TELLS.get():
        yield None
        return
    make_bar, bar = _tqdm(), None
    if make_bar is not None:  # one that shows after a second
        bar = make_bar(desc="steps", total=total, delay=1.0, unit_scale=True, leave=False)
    lock, start, taken, said = Lock(), time.monotonic(), 0, time.monotonic()

    def count(n_steps: int) -> None:
        nonlocal taken, said
        with lock:  # lanes count together
            taken += n_steps
            if bar is not None:
                bar.update(n_steps)
            elif time.monotonic() - said >= EVERY:
                said = time.monotonic()
                line = f"steps: {taken} of {total}, {said - start:.0f} s"
                print(line, file=sys.stderr, flush=True)

    try:
        yield count
    finally:
        if bar is not None:
            bar.close()


def _tqdm() -> Any:
    """Return what makes a bar, where one can be seen and tqdm is installed; else None."""
    if not (sys.stderr.isatty() or "ipykernel" in sys.modules):
        return None
    try:
        from tqdm.auto import tqdm
    except ImportError:
        return None
    return tqdm


def _lines(items: Iterable[Item], label: str, total: int | None) -> Iterator[Item]:
    start = said = time.monotonic()
    of_all = "" if total is None else f" of {total}"
    n_taken = 0
    for item in items:
        yield item
        n_taken += 1
        now = time.monotonic()
        if now - said >= EVERY:
            said = now
            print(f"{label}: {n_taken}{of_all}, {now - start:.0f} s", file=sys.stderr, flush=True)
    print(
        f"{label}: {n_taken}{of_all}, done in {time.monotonic() - start:.1f} s", file=sys.stderr,
        flush=True,
    )  # fmt: skip
