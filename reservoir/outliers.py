"""Values far from all others of a series: codes for what is missing, and slips of the pen."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from .breaks import warn_of_breaks, without_breaks
from .frames import Frame, as_column
from .missing import stretches
from .sequences import Sequences, check_sequences

#: Ranges of all others beyond which a value is far; of a code, such as -999, that stands out.
FAR, FAR_CODE = 2.0, 1.0
#: Values that a series has at least, and different ones, for any to be far from all others.
LEAST, LEAST_DIFFERENT = 20, 10
#: Values that may be far, at most, or their share; the share that may be one code.
FEW, SHARE, SHARE_OF_CODE = 3, 0.01, 0.5
#: The share of zeros that may stand in as few stretches, such as weeks without a meter.
SHARE_OF_OUTAGE = 0.1
#: The share of the usual value that all others reach where a zero among them stands out, and how
#: many of the usual steps from one value to the next.
NEVER_NEAR_ZERO, STEPS_FROM_ZERO = 0.25, 5
#: Values of a long series that are looked at for how many differ.
GLANCE = 10_000
#: Greatest and least integers, what netCDF and others write where nothing was measured, and nines.
CODES = np.array(
    sorted(
        {32767.0, 32768.0, 65535.0, 2147483647.0, 1e20, 1e30, 9.969209968386869e36}
        | {int("9" * n) / 10**places for n in range(2, 7) for places in range(n)}
    )
)
#: The share by which a code may be off, in single precision say.
SAME_CODE = 5e-7


@np.errstate(over="ignore", invalid="ignore")  # what is too large is told elsewhere
def far_values(
    x: np.ndarray, codes_alone: bool = False, usual: np.ndarray | None = None
) -> np.ndarray:
    """Return which values of a series (T,) lie far from all others; NaN does not.

    That is few, beyond twice the range of all others; few zeros where all others are well above or
    well below; or a code that stands for what was not seen, such as -999, 99.9, or -200 where
    nothing else is negative, beyond once that range. Two rows and more at the end, but for codes,
    are none: there a series may have gone to another level. Of a few rows `usual`, the least and
    the greatest value of the series that they belong to, tells what is far: less than half of
    them, or a code.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.outliers import far_values
    >>> x = np.sin(np.arange(50.0))
    >>> x[[7, 30]] = -999, 12
    >>> np.flatnonzero(far_values(x))
    array([ 7, 30])
    """
    seen = np.isfinite(x)
    far = np.zeros(len(x), dtype=bool)
    few = np.count_nonzero(seen) < LEAST
    if few:
        if usual is None:
            return far
        codes = _are_known(x)
        low, high = usual
    elif _is_narrow(x[seen]):
        return far
    else:
        codes = _are_codes(x)
        low, high = _reach_of_most(x[seen & ~codes])
    if not high > low:
        return far
    room = FAR_CODE * (high - low)
    far = codes & ((x < low - room) | (x > high + room))
    if few and not codes_alone:
        room = FAR * (high - low)
        beyond = seen & ~codes & ((x < low - room) | (x > high + room))
        far |= beyond & (2 * np.count_nonzero(beyond) < np.count_nonzero(seen & ~codes))
    elif not codes_alone:
        far |= (seen & ~codes & ((x < low) | (x > high))) | _lone_zeros(x)
    if far[seen].all():
        return far
    last = np.flatnonzero(seen & ~far)[-1]
    if np.count_nonzero(far[last:] & ~codes[last:]) > 1:
        far[last:] &= codes[last:]
    return far


def _is_narrow(x: np.ndarray) -> bool:
    """Whether a glance tells that nothing is far: the ends are no codes, and near the others."""
    least, most = x.min(), x.max()
    if _are_known(np.array([least, most])).any() or (least < 0 and least % 1 == 0) or not x.all():
        return False
    n_far = max(FEW, int(SHARE * len(x)))
    low, high = np.partition(x, [n_far, len(x) - 1 - n_far])[[n_far, -1 - n_far]]
    return bool(least >= low - (high - low) and most <= high + (high - low))


def _are_codes(x: np.ndarray) -> np.ndarray:
    """Return which values, of the least and the greatest two, stand for what was not seen."""
    found = np.zeros(len(x), dtype=bool)
    for end in (np.min, np.max):
        for _ in range(2):
            rest = x[np.isfinite(x) & ~found]
            if not len(rest):
                break
            value = end(rest)
            # of what cannot be negative, the only negative number, more than once
            same = rest == value
            lone = value < 0 and value % 1 == 0 and same.sum() > 1 and (rest[~same] >= 0).all()
            known = lone or bool(_are_known(np.array([value]))[0])
            if not known or (x == value).mean() > SHARE_OF_CODE:
                break
            found |= x == value
    return found


def _are_known(x: np.ndarray) -> np.ndarray:
    """Return which numbers are of nines alone, or else written where nothing was seen."""
    size = np.abs(np.asarray(x, dtype=float))
    after = np.minimum(np.searchsorted(CODES, size), len(CODES) - 1)
    off = np.minimum(np.abs(size - CODES[after]), np.abs(size - CODES[after - 1]))
    return np.asarray(off < SAME_CODE * size)


def _lone_zeros(x: np.ndarray) -> np.ndarray:
    """Return which values are zero, where these are few, or stretches few, and no other is near."""
    zeros = x == 0
    n_zeros, others = np.count_nonzero(zeros), np.abs(x[np.isfinite(x) & ~zeros])
    once = n_zeros <= SHARE_OF_OUTAGE * len(x) and len(stretches(zeros)[0]) <= FEW
    if not n_zeros or not (once or n_zeros <= max(FEW, int(SHARE * len(x)))):
        return np.zeros(len(x), dtype=bool)
    one_side = (x[~zeros] > 0).sum() in (0, len(others))
    # counts come down to zero step by step
    step = np.median(np.diff(np.unique(others))) if np.ptp(others) > 0 else np.inf
    least = max(NEVER_NEAR_ZERO * np.median(others), STEPS_FROM_ZERO * step)
    return zeros if one_side and others.min() > least else np.zeros(len(x), dtype=bool)


def _reach_of_most(x: np.ndarray) -> tuple[float, float]:
    """Return from where to where values lie that are near each other; zeros where few differ.

    From the middle outwards, what is near those before is one of them.
    """
    n_far = min(max(FEW, int(SHARE * len(x))), max(0, len(x) - LEAST_DIFFERENT) // 2)
    x = np.partition(x, [n_far, len(x) - 1 - n_far]) if n_far else np.sort(x)
    middle = x[n_far : len(x) - n_far]
    if len(np.unique(middle[:: -(-len(middle) // GLANCE)])) < LEAST_DIFFERENT:
        return 0.0, 0.0
    low, high = float(middle.min()), float(middle.max())
    below, above = list(np.sort(x[:n_far])), list(np.sort(x[len(x) - n_far :])[::-1])
    while below or above:  # the nearest first, which widens the range that others are measured by
        down = low - below[-1] if below else np.inf
        up = above[-1] - high if above else np.inf
        if min(down, up) > FAR * (high - low):
            break
        low, high = (below.pop(), high) if down < up else (low, above.pop())
    return low, high


def without_far(
    items: Sequence[np.ndarray], at: Callable[[int, int, int], str], explained: bool = False,
    usual: np.ndarray | None = None,
) -> tuple[list[np.ndarray], str | None]:  # fmt: skip
    """Return series (T_k, d) with NaN where values lie far from all others, and what is said of it.

    Parameters
    ----------
    items : sequence of K arrays
    at : callable
        What names a place, of series, row and column.
    explained : bool, default=False
        Whether exogenous rows may tell why values are far, so that codes alone are taken.
    usual : ndarray of shape (2, d), optional
        The least and greatest values of the series that few rows belong to.

    Returns
    -------
    seen : list of K arrays
        As they are where none is far.
    told : str or None
        How many are far, and the first of them.
    """
    ends = [None] * items[0].shape[1] if usual is None else list(usual.T)
    masks = [
        np.column_stack([far_values(x, explained, of) for x, of in zip(item.T, ends, strict=True)])
        for item in items
    ]
    n_far = sum(int(mask.sum()) for mask in masks)
    if not n_far:
        return [*items], None
    k = next(k for k, mask in enumerate(masks) if mask.any())
    row, column = (int(place[0]) for place in np.nonzero(masks[k]))
    first, others = items[k][row, column], items[k][:, column][~masks[k][:, column]]
    others = others if usual is None else np.append(others, usual[:, column])
    lie, are = ("values lie", "are") if n_far > 1 else ("value lies", "is")
    told = (
        f"{n_far} {lie} far from all others, and {are} taken as not seen: {first:g} in "
        f"{at(k, row, column)}, where the others reach from {np.nanmin(others):g} to "
        f"{np.nanmax(others):g}"
    )
    pairs = zip(items, masks, strict=True)
    return [np.where(mask, np.nan, x) if mask.any() else x for x, mask in pairs], told


def warn_of_far(told: str | None, stacklevel: int) -> None:
    """Warn of what `without_far` says, and say what may be done."""
    if told is not None:
        warnings.warn(
            f"{told}. Put right what is wrong, and NaN where nothing was seen; outliers='keep' "
            "takes it as it is.",
            stacklevel=stacklevel + 1,
        )


def usual_ends(items: Sequence[np.ndarray]) -> np.ndarray:
    """Return the least and the greatest value of each column of all sequences, without codes.

    Examples
    --------
    >>> import numpy as np
    >>> from reservoir.outliers import usual_ends
    >>> x = np.arange(40.0).reshape(4, 10, 1)
    >>> x[2, 5] = -999
    >>> usual_ends(x).ravel()
    array([ 0., 39.])
    """
    pooled = [_pooled(items, column) for column in range(items[0].shape[1])]
    return np.hstack([ends_of([x[~far_values(x, codes_alone=True), None]]) for x in pooled])


def without_codes(sequences: Sequences, usual: np.ndarray, stacklevel: int) -> Sequences:
    """Return sequences with NaN, and a warning, where codes lie beyond what is usual, (2, d).

    What else is far may be what tells one sequence from another.
    """
    low, high = usual
    room = np.where(high > low, FAR_CODE * (high - low), np.inf)
    items, n_codes, first = list(sequences.items), 0, ""
    for k, x in enumerate(items):
        rows, columns = np.nonzero((x < low - room) | (x > high + room))
        if not len(rows):  # as most often
            continue
        values = x[rows, columns]
        lone = (low[columns] >= 0) & (values < 0) & (values % 1 == 0)  # of what is never negative
        codes = lone | _are_known(values)
        rows, columns = rows[codes], columns[codes]
        if len(rows):
            first = first or (
                f"{x[rows[0], columns[0]]:g} in row {rows[0]}, column {columns[0]} of sequence "
                f"{k}, where the others reach from {low[columns[0]]:g} to {high[columns[0]]:g}"
            )
            items[k] = np.array(x)
            items[k][rows, columns] = np.nan
            n_codes += len(rows)
    if n_codes:
        warn_of_far(
            f"X holds codes for what is missing, {n_codes} of them, which are taken as not seen: "
            f"{first}", stacklevel + 1,
        )  # fmt: skip
    return replace(sequences, items=items)


def tell_codes(
    items: Sequence[np.ndarray], name: str, stacklevel: int, *, alone: bool = True,
    advice: str = "Put in what is known, such as the value before.",
) -> None:  # fmt: skip
    """Warn where what nothing runs through holds codes for what is missing, or slips as well.

    Parameters
    ----------
    items : sequence of (T_k, d) arrays
    name : str
        What they are called.
    stacklevel : int
    alone : bool, default=True
        Whether codes alone are told; what else is far may be meant.
    advice : str
        What may be done.
    """
    for column in range(items[0].shape[1]):
        x = _pooled(items, column)
        rows = np.flatnonzero(far_values(x, alone) & (x != 0))  # an answer may be nothing at all
        if len(rows):
            ends = np.cumsum([len(item) for item in items])
            k = int(np.searchsorted(ends, rows[0], side="right"))
            of = f"{name}[{k}]" if len(items) > 1 else name
            what = (
                "seems to hold a code for what is missing"
                if alone
                else "holds what lies far from the rest"
            )
            warnings.warn(
                f"{of} {what}, {x[rows[0]]:g} in "
                f"{len(rows)} row{'s' * (len(rows) > 1)} of column {column}, the first of them "
                f"{rows[0] - (ends[k] - len(items[k]))}: it is taken as it is. {advice}",
                stacklevel=stacklevel + 1,
            )
            return


def _pooled(items: Sequence[np.ndarray], column: int) -> np.ndarray:
    """Return a column of all sequences, one after the other."""
    if len(items) == 1:
        return items[0][:, column]
    return np.concatenate([item[:, column] for item in items])


def ends_of(items: Sequence[Any]) -> np.ndarray:
    """Return the least and the greatest value of each column of arrays, (2, d); NaN is none."""
    least = [np.fmin.reduce(x, axis=0) for x in items]
    most = [np.fmax.reduce(x, axis=0) for x in items]
    return np.stack([np.fmin.reduce(least), np.fmax.reduce(most)])


def as_seen(
    sequences: Sequences, X: Any, outliers: str, stacklevel: int, name: str = "X",
    explained: bool = False, usual: np.ndarray | None = None, breaks: str = "keep",
    within: tuple[float, float] = (-np.inf, np.inf),
) -> Sequences:  # fmt: skip
    """Return validated sequences as `without_far` and `without_breaks` have them.

    Parameters
    ----------
    sequences : Sequences
    X : object
        What they were, for the dates of the warning.
    outliers : {"missing", "keep"}
    stacklevel : int
    name : str, default="X"
    explained, usual
        As `without_far` has them; what may be explained is not joined.
    breaks : {"join", "keep"}, default="keep"
    within
        As `without_breaks` has it.
    """
    frame = Frame.of(X)

    def at(k: int, row: int, column: int) -> str:
        index = frame.parts[k].index if frame.parts else frame.index
        place = f"row {row} of {name}" + (f"[{k}]" if sequences.form != "series" else "")
        place += f", column {column}" if sequences.items[k].shape[1] > 1 else ""
        return place if index is None else f"{place}, {index[row]}"

    items = list(sequences.items)
    if outliers != "keep":
        items, told = without_far(items, at, explained, usual)
        warn_of_far(told, stacklevel + 1)
    if breaks != "keep" and not explained:
        items, told = without_breaks(items, at, within)
        warn_of_breaks(told, stacklevel + 1)
    return replace(sequences, items=items)


def cleaned(
    X: Any, outliers: str, stacklevel: int, name: str = "X", explained: bool = False,
    breaks: str = "keep", within: tuple[float, float] = (-np.inf, np.inf),
) -> Any:  # fmt: skip
    """Return data of any form as `as_seen` has them; as they are where they are not valid.

    Examples
    --------
    >>> import warnings
    >>> import numpy as np
    >>> from reservoir.outliers import cleaned
    >>> x = np.arange(50.0)
    >>> x[7] = -9999
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     cleaned(x, "missing", 1)[6:9]
    array([ 6., nan,  8.])
    """
    try:
        sequences = check_sequences(BaseEstimator(), as_column(X), reset=True, gaps=True)
    except (ValueError, TypeError):  # whoever takes them says why
        return X
    seen = as_seen(
        sequences, X, outliers, stacklevel + 1, name, explained, breaks=breaks, within=within
    )
    if all(a is b for a, b in zip(seen.items, sequences.items, strict=True)):
        return X
    frame = Frame.of(X)
    if seen.form == "series":
        return frame.of_rows(seen.items[0])
    return frame.of_rows(seen.items) if frame.parts else seen.restore(seen.items)
