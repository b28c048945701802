"""Breaks of a series' level: other units, a meter exchanged, shares split, a new tariff."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

#: How many times any other change of the level a break is.
CLEAR = 3.0
#: Values on either side of a break, at least, and breaks of a series, at most.
LEAST_SIDE, MOST_BREAKS = 5, 2
#: Changes elsewhere that a break is measured by, at least.
LEAST_OTHERS = 24
#: Values whose mean before a place is compared with that after it; windows in a series, at least.
WIDTHS, LEAST_WINDOWS = (1, 2, 4, 7, 12, 24), 8
#: The share of the greatest value that is rounding.
TINY = 1e-9
#: Shares of the clearest change that others near it have, and that is there at once.
NEARLY, SUDDEN = 0.8, 0.5
#: How far from a power of ten, in logarithms, a factor is one: other units.
SAME_UNIT = 0.2
#: Rows beyond which a series is not looked at: it may not fit into memory twice.
MOST_ROWS = 10_000_000
#: Increments on either side that tell whether what varies has changed with the level.
NEAR = 30


@dataclass(frozen=True)
class Break:
    """From `row` on a series is ``factor * x + offset`` of what it would have been before."""

    row: int
    factor: float
    offset: float

    def joined(self, x: np.ndarray) -> np.ndarray:
        """Return a series (T,) whose rows before are as those after."""
        return np.concatenate([self.factor * x[: self.row] + self.offset, x[self.row :]])


@dataclass(frozen=True)
class _Change:
    """The clearest change of the level of values."""

    at: int
    clearness: float


@np.errstate(over="ignore", invalid="ignore")  # what is too large is told elsewhere
def find_breaks(x: np.ndarray, within: tuple[float, float] = (-np.inf, np.inf)) -> list[Break]:
    """Return the breaks of the level of a series (T,), the clearest first; NaN is not looked at.

    Means of the same number of values before and after a place are compared, of the values and of
    their logarithms: a break is three times any other change, sudden, and nothing after it is as
    anything before. What varies tells whether the level was multiplied, where a thousand is other
    units, or raised. Rows before it stay of one sign, if all are, and `within` the bounds. Of more
    than ten million rows none is looked for.

    Chen & Liu (1993), Joint estimation of model parameters and outlier effects in time series,
    Journal of the American Statistical Association 88, call it a level shift.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.breaks import find_breaks
    >>> x = 20 + np.sin(np.arange(50.0))
    >>> find_breaks(np.append(x[:30], x[30:] / 1000))
    [Break(row=30, factor=0.001, offset=0.0)]
    """
    if len(x) > MOST_ROWS:
        return []
    rows = np.flatnonzero(np.isfinite(x))
    values, found = np.array(x[rows], dtype=float), list[Break]()
    while len(found) < MOST_BREAKS and (one := _clearest(values, rows, within)) is not None:
        values = one.joined(values)
        found.append(Break(int(rows[one.row]), one.factor, one.offset))
    return found


def without_breaks(
    items: Sequence[np.ndarray],
    at: Callable[[int, int, int], str],
    within: tuple[float, float] = (-np.inf, np.inf),
) -> tuple[list[np.ndarray], str | None]:
    """Return series (T_k, d) whose rows before breaks are as those after, and what is said of it.

    Parameters
    ----------
    items : sequence of K arrays
    at : callable
        What names a place, of series, row and column.
    within : tuple of two floats
        The least and the greatest that rows may be.

    Returns
    -------
    joined : list of K arrays
        As they are where there is no break.
    told : str or None
        How many breaks there are, and the first of them.
    """
    joined, n_breaks, first = list(items), 0, ""
    for k, item in enumerate(items):
        for column in range(item.shape[1]):
            x = item[:, column]
            breaks = find_breaks(x, within)
            if not breaks:
                continue
            if joined[k] is item:
                joined[k] = np.array(item)
            for one in breaks:
                first = first or _told(x, one, at(k, one.row, column))
                joined[k][:, column] = one.joined(joined[k][:, column])
            n_breaks += len(breaks)
    if not n_breaks:
        return joined, None
    more = f", and {n_breaks - 1} more such break{'s' * (n_breaks > 2)}" if n_breaks > 1 else ""
    return joined, first + more


def _told(x: np.ndarray, one: Break, place: str) -> str:
    """Say what a break is, and what is done about it."""
    near = (x[max(0, one.row - NEAR) : one.row], x[one.row : one.row + NEAR])
    before, after = (f"{np.nanmean(part):.4g}" for part in near)
    raised = "raised" if one.offset > 0 else "lowered"
    how = f"{raised} by {abs(one.offset):.4g}" if one.offset else f"multiplied by {one.factor:.4g}"
    return (
        f"the level changes at once, and for good, from about {before} to {after} in {place}: rows "
        f"before it are {how}, as if they had been of the later level"
    )


def warn_of_breaks(told: str | None, stacklevel: int) -> None:
    """Warn of what `without_breaks` says, and say what may be done."""
    if told is not None:
        warnings.warn(
            f"{told[0].upper()}{told[1:]}. Put right what is wrong; breaks='keep' takes the rows "
            "as they are.",
            stacklevel=stacklevel + 1,
        )


def _clearest(v: np.ndarray, rows: np.ndarray, bounds: tuple[float, float]) -> Break | None:
    """Return the clearest break of values, seen in `rows`, that can be joined, or None."""
    used = np.flatnonzero(v)  # the logarithm has nothing to say of zeros
    one_sign = 2 * len(used) > len(v) and abs(np.sign(v[used]).sum()) == len(used)
    lengths = np.diff(rows, prepend=rows[:1] - 1)  # in rows, over what was not seen
    found = [(change.clearness, change.at, False) for change in _changes(v, lengths)]
    if one_sign:
        logs = np.log(np.abs(v[used]))
        changes = _changes(logs, lengths[used])
        found += [(change.clearness, int(used[change.at]), True) for change in changes]
    for _, at, by_logs in sorted(found, reverse=True):
        ways, within = [Break(at, 1.0, _size(v, at))], bounds
        if one_sign and min(np.sum(used < at), np.sum(used >= at)) >= LEAST_SIDE:
            sign = (0.0, np.inf) if v[used[0]] > 0 else (-np.inf, 0.0)
            within = max(bounds[0], sign[0]), min(bounds[1], sign[1])
            size = _size(logs, int(np.searchsorted(used, at)))
            tens = round(size / np.log(10))
            is_unit = tens and abs(size - tens * np.log(10)) < SAME_UNIT
            times = Break(at, float(np.power(10.0, tens) if is_unit else np.exp(size)), 0.0)
            before, after = (_spread(part) for part in (v[:at][-NEAR:], v[at:][:NEAR]))
            grown = np.log(after / before) if min(before, after) > 0 else 0.0
            as_grown = abs(grown - size) < abs(grown)  # what varies has grown with the level
            # of small numbers, logarithms tell only what multiplies
            ways = [times, *ways] if as_grown else [] if by_logs else [*ways, times]
        for way in ways:
            moved = way.joined(v)[:at]
            held = moved.min() >= within[0] and moved.max() <= within[1]
            if held and np.isfinite(moved).all():
                return way
    return None


def _spread(x: np.ndarray) -> float:
    return float(np.abs(np.diff(x)).mean())


def _steps(v: np.ndarray, width: int) -> np.ndarray:
    """Return the mean of `width` values from each place on less that of as many before it."""
    sums = np.cumsum(np.concatenate([[0.0], v]))
    means = (sums[width:] - sums[:-width]) / width
    return means[width:] - means[:-width]


def _widths(n: int) -> list[int]:
    return [width for width in WIDTHS if width * LEAST_WINDOWS <= n]


def _changes(v: np.ndarray, lengths: np.ndarray) -> list[_Change]:
    """Return the changes that are clear, sudden, and stay, by each width; all are at one place."""
    n, widths = len(v), _widths(len(v))
    moves, least = np.abs(np.diff(v, prepend=v[:1])), TINY * np.max(np.abs(v), initial=0.0)
    in_a_row = moves / lengths
    at = int(np.argmax(in_a_row)) if widths else 0
    if not LEAST_SIDE <= at <= n - LEAST_SIDE:
        return []
    sign = 1.0 if v[at] > v[at - 1] else -1.0
    # a glance tells most series: what is apart below by any width is so by the greatest
    if _blocks(sign * v[:at], widths[-1]).max() >= _blocks(sign * v[at:], widths[-1]).min():
        return []
    most = max(in_a_row[:at].max(), in_a_row[at + 1 :].max())
    found = []
    for width in widths:
        if not width <= at <= n - width:
            break
        steps = _steps(v, width)
        size = np.abs(steps - np.median(steps))
        top, own = int(np.argmax(size)), float(size[at - width])
        others = np.concatenate([size[: max(0, top - width)], size[top + width + 1 :]])
        if len(others) < LEAST_OTHERS or not size[top] > CLEAR * max(others.max(), least) > 0:
            continue
        means = sign * np.convolve(v, np.full(width, 1 / width), "valid")
        stays = means[: at - width + 1].max() < means[at:].min()
        near = abs(top + width - at) < width and own > NEARLY * size[top]
        if near and stays and moves[at] > max(SUDDEN * own, most):
            found.append(_Change(at, float(size[top] / max(others.max(), least))))
    return found


def _blocks(x: np.ndarray, width: int) -> np.ndarray:
    """Return the means of `width` values each, of what there is where it is less."""
    width = min(width, len(x))
    return np.asarray(x[: len(x) // width * width].reshape(-1, width).mean(axis=1))


def _size(v: np.ndarray, at: int) -> float:
    """Return how far the level goes at a place, by the width of means that says it best."""
    best = np.inf, 0.0
    for width in _widths(len(v)):
        if width > min(at, len(v) - at):
            break
        steps = _steps(v, width)
        others = np.concatenate([steps[: max(0, at - 2 * width)], steps[at:]])
        if len(others) >= LEAST_SIDE:
            usual = np.median(others)
            error = float(np.mean(np.abs(others - usual)))
            if error < best[0]:
                best = error, float(steps[at - width] - usual)
    return best[1]
