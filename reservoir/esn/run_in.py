"""What a short context is run in on: the rows of the training before it, or before one like it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..index import continued, has_dates, is_whole, step_of

#: Numbers that are kept of the training, the last ones.
MOST = 100_000
#: Rows that lead to a context at least, where there are as many: of few rows the washout that is
#: measured is less than what a network remembers.
LEAD = 500
#: A stretch that differs by no more, in deviations, is the context itself.
SAME = 1e-9


class Stretch(NamedTuple):
    """Rows (m, d) of the training that lead to what is like a context, and those beside (m, e)."""

    rows: np.ndarray
    beside: np.ndarray | None
    is_same: bool


@dataclass(frozen=True)
class RunIn:
    """The end of what a network was trained on, as the network saw it.

    A context that is shorter than the washout leaves the state open, and the zero state is none
    that the network was ever in. The training was in states that led on as the context does: those
    after the stretch that is most like it.

    Attributes
    ----------
    scaled : list of arrays (T_k, d)
    beside : list of arrays (T_k, e), or None
        Exogenous rows.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.esn.run_in import RunIn
    >>> week = np.tile([[0.0], [1.0], [5.0]], (9, 1))
    >>> found = RunIn.of([week], None).before(np.array([[1.1], [4.9]]), n_rows=4)
    >>> found.rows.ravel()
    array([0., 1., 5., 0.])
    """

    scaled: list[np.ndarray]
    beside: list[np.ndarray] | None

    @classmethod
    def of(cls, scaled: Sequence[np.ndarray], beside: Sequence[np.ndarray] | None) -> RunIn:
        """Keep the last rows of series, of the last series first."""
        width = scaled[0].shape[1] + (0 if beside is None else beside[0].shape[1])
        room, kept, outside = MOST // width, [], []
        for k in range(len(scaled) - 1, -1, -1):
            first = max(0, len(scaled[k]) - room)
            kept.append(scaled[k][first:].copy())
            if beside is not None:
                outside.append(beside[k][len(beside[k]) - len(kept[-1]) :].copy())
            room -= len(kept[-1])
            if room <= 0:
                break
        return cls(kept, None if beside is None else outside)

    def before(self, rows: np.ndarray, n_rows: int) -> Stretch | None:
        """Return what came before the stretch that is nearest to some rows, None if none is.

        Parameters
        ----------
        rows : ndarray of shape (m, d)
            NaN is like anything.
        n_rows : int
            Stretches that have as many rows before them come first. All of `LEAD` are returned.
        """
        found: list[tuple[bool, float, int, int]] = []
        for k, item in enumerate(self.scaled):
            far = _distances(item, rows)[1:]  # a stretch has a row before it
            if far.size:
                enough = far[n_rows - 1 :]
                skipped = n_rows if enough.size else 1
                at = int((enough if enough.size else far).argmin()) + skipped
                found.append((not enough.size, float(far[at - 1]), k, at))
        if not found:
            return None
        _, _, k, at = min(found)
        item, first = self.scaled[k], max(0, at - max(n_rows, LEAD))
        off = np.nanmax(np.abs(item[at : at + len(rows)] - rows), initial=0.0)
        outside = None if self.beside is None else self.beside[k][first:at]
        return Stretch(item[first:at], outside, bool(off < SAME))


def _distances(item: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Return the squared distances of `rows` to every stretch of a series, (T - m + 1,)."""
    n = len(item) - len(rows) + 1
    total = np.zeros(max(n, 0))
    for k, row in enumerate(rows if n > 0 else ()):
        total += np.nansum(np.square(item[k : k + n] - row), axis=1)
    return total


def tell_short(n_steps: int, least: int, washout: int, stacklevel: int) -> None:
    """Warn of a context that is short, and no part of the training."""
    warnings.warn(
        f"the context has {n_steps} steps, fewer than the {least} that the network takes to forget "
        f"its start (washout {washout}): it is taken to follow what came before the stretch of the "
        "training that is most like it, and the forecast may be off. Hand over a longer context, or"
        " one whose dates go on from the training.",
        stacklevel=stacklevel,
    )


def rows_before(index: Any, known: Any) -> int | None:
    """Return how many rows of a known index come before another that goes on from one of them.

    None where it does not, or the two do not tell: numbers may begin anew, dates do not.

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.esn.run_in import rows_before
    >>> days = pd.date_range("2024-01-01", periods=9)
    >>> [rows_before(days[7:], known) for known in (days, days[:7], days[:5])]
    [7, 7, None]
    """
    if index is None or known is None or not len(index) or not len(known):
        return None
    if has_dates(known):
        if type(index) is not type(known) or getattr(index, "tz", 0) != getattr(known, "tz", 0):
            return None
        at = int(known.searchsorted(index[0]))
        if at < len(known):
            return at if at and known[at] == index[0] else None
        coming = continued(known, 1)
        return len(known) if coming is not None and coming[0] == index[0] else None
    step = step_of(known)
    goes_on = step > 0 and is_whole(index) and index[0] == known[-1] + step
    return len(known) if goes_on else None
