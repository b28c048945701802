"""Tables whose time goes across: years by months, days by hours, a series a row, made long."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .cells import is_missing, is_number
from .dates import MONTHS
from .layout import is_date

Rows = list[list[str]]
YEAR = re.compile(r"(?:1[5-9]|20|21)\d{2}$")
QUARTER = re.compile(
    r"(?:Q|T|QTR|QUARTER)\s*([1-4])$|([1-4])\.?\s*(?:Q|QTR|QUARTER)$", re.IGNORECASE
)
HOUR = re.compile(r"(?:H|HR|HE|HOUR)?[\s_.]*(\d{1,2})(?:[:h](\d{2})(?::00)?|h)?$", re.IGNORECASE)
#: Years as labels of columns: 1990, X1990, 1990 [YR1990].
ACROSS = re.compile(r"^[XY]?((?:1[5-9]|20|21)\d{2})(?:\s*\[YR\d{4}\])?$")
#: Columns that are counted, V2, V3, ..., and from how many on they may be steps.
COUNTED, LEAST_COUNTED = re.compile(r"([A-Za-z]*[ _.-]?)(\d+)$"), 8
#: Columns of dates from which a table is one of a series a row.
LEAST_ACROSS = 4


def made_long(
    header: list[str], rows: Rows, lines: list[int], notes: list[str]
) -> tuple[list[str], Rows, list[int]]:
    """Return a table whose time goes down, and note what was turned.

    Parameters
    ----------
    header : list of str
    rows : list of list of str
    lines : list of int
        Where rows stand in the file.
    notes : list of str
        What was done is appended.

    Examples
    --------
    >>> from reservoir.reading.shape import made_long
    >>> made_long(["Year", "Q1", "Q2", "Q3", "Q4"], [["2020", "1", "2", "3", "4"]], [2], [])[1][:2]
    [['2020-Q1', '1'], ['2020-Q2', '2']]
    >>> made_long(["", "2001", "2002", "2003", "2004"], [["A", "5", "6", "7", "8"]], [2], [])[0]
    ['date', 'A']
    """
    turned = _turned(header, rows, lines)
    found = (
        _years_by_parts(header, rows, lines, notes)
        or _years_by_parts(*turned, notes, "rows")
        or _days_by_hours(header, rows, lines, notes)
    )
    found = found or _a_series_a_row(header, rows, lines, notes)
    return found or _counted_across(header, rows, lines, notes) or (header, rows, lines)


def _years_by_parts(
    header: list[str], rows: Rows, lines: list[int], notes: list[str], parted: str = "columns"
) -> tuple[list[str], Rows, list[int]] | None:
    """Return years by twelve months, or four quarters, as one series."""
    if len(header) < 5 or not all(YEAR.match(row[0]) for row in rows):
        return None
    parts, mark, kind = [_month(name) for name in header[1:]], "-", "months"
    if parts[:12] != [f"{k:02d}" for k in range(1, 13)]:
        parts, mark, kind = [_quarter(name) for name in header[1:]], "-Q", "quarters"
        if parts[:4] != list("1234"):
            return None
    n = 12 if kind == "months" else 4
    cells = [
        ([f"{row[0]}{mark}{part}", row[1 + k]], line)
        for row, line in zip(rows, lines, strict=True) for k, part in enumerate(parts[:n])
    ]  # fmt: skip
    beside = f", without {', '.join(header[1 + n :])}" if len(header) > 1 + n else ""
    notes.append(f"{n} {parted} of {kind} are read as one series{beside}")
    return ["date", "value"], [row for row, _ in cells], [line for _, line in cells]


def _turned(header: list[str], rows: Rows, lines: list[int]) -> tuple[list[str], Rows, list[int]]:
    """Return a table with its rows as columns, as one of months by years is one of years by months.

    Years after which nothing stands are none.
    """
    columns = zip(header[1:], *(row[1:] for row in rows), strict=True)
    found = [[ACROSS.sub(r"\1", name), *cells] for name, *cells in columns if any([name, *cells])]
    return [header[0], *(row[0] for row in rows)], found, [lines[0] - 1] * len(found)


def _days_by_hours(
    header: list[str], rows: Rows, lines: list[int], notes: list[str]
) -> tuple[list[str], Rows, list[int]] | None:
    """Return days by twenty-four hours, or by halves and quarters of them, as one series."""
    if not all(is_date(f"{row[0]} 00:00") for row in rows):
        return None
    clock = [_minutes(name) for name in header[1:]]
    n = next((k for k, minutes in enumerate(clock) if minutes is None), len(clock))
    if n not in (24, 48, 96):
        return None
    first, step = clock[0], 24 * 60 // n
    if first not in (0, step) or clock[:n] != [first + step * k for k in range(n)]:
        return None
    times = [
        f"{minutes // 60:02d}:{minutes % 60:02d}" for minutes in range(first, first + 1440, step)
    ]
    cells = [
        ([f"{row[0]} {time}", row[1 + k]], line)
        for row, line in zip(rows, lines, strict=True) for k, time in enumerate(times)
    ]  # fmt: skip
    beside = f", without {', '.join(header[1 + n :])}" if len(header) > 1 + n else ""
    notes.append(f"{n} columns of times of day are read as one series{beside}")
    return ["date", "value"], [row for row, _ in cells], [line for _, line in cells]


def _minutes(name: str) -> int | None:
    """Return the minutes of a label of a time of day: H7, 7, 07:00, 7h, HE07, hour 7."""
    match = HOUR.match(name.strip())
    return None if match is None else 60 * int(match.group(1)) + int(match.group(2) or 0)


def _a_series_a_row(
    header: list[str], rows: Rows, lines: list[int], notes: list[str]
) -> tuple[list[str], Rows, list[int]] | None:
    """Return a table with dates in its header turned round: each row becomes a column."""
    last = max((k for k in range(len(header)) if any(row[k] for row in rows)), default=-1)
    header = [ACROSS.sub(r"\1", name) for name in header[: last + 1]]
    first = next((k for k in range(len(header)) if _are_dates(header[k:])), len(header))
    across = header[first:]
    if len(across) < LEAST_ACROSS or first == 0 or len(across) < first:
        return None
    names = _names([row[:first] for row in rows])
    notes.append(f"the dates stand in the header: {len(rows)} rows are read as columns")
    turned = [[at, *(row[first + k] for row in rows)] for k, at in enumerate(across)]
    return ["date", *names], turned, [lines[0] - 1] * len(turned)


def _counted_across(
    header: list[str], rows: Rows, lines: list[int], notes: list[str]
) -> tuple[list[str], Rows, list[int]] | None:
    """Return a table of names, and of columns that are counted, V2, V3, ..., turned round.

    Series of unequal lengths end together: what comes after the last row comes after each.
    """
    counts = [COUNTED.match(name) for name in header]
    first = next((k for k, found in enumerate(counts) if found), len(header)) or 1  # names in V1
    across = [(found.group(1), int(found.group(2))) for found in counts[first:] if found]
    counted = (
        [(across[0][0], across[0][1] + k) for k in range(len(header) - first)] if across else 0
    )
    as_steps = counts[0] is not None or len(across) > len(rows)
    if across != counted or len(across) < LEAST_COUNTED or not as_steps:
        return None
    leads = [row[:first] for row in rows]
    named = all(cell and not is_number(cell) and not is_date(cell) for row in leads for cell in row)
    if not named or len({*map(tuple, leads)}) < len(rows):
        return None
    notes.append(
        f"columns are counted from {header[first]!r} on: {len(rows)} rows are read as columns"
    )
    series = [_without_end(row[first:]) for row in rows]
    n_steps = max(map(len, series))
    ended = [[""] * (n_steps - len(cells)) + cells for cells in series]
    turned = [[cells[k] for cells in ended] for k in range(n_steps)]
    return _names(leads), turned, [lines[0] - 1] * n_steps


def _without_end(cells: list[str]) -> list[str]:
    """Return cells up to the last that holds something."""
    last = max((k for k, cell in enumerate(cells) if not is_missing(cell)), default=-1)
    return cells[: last + 1]


def _are_dates(cells: Sequence[str]) -> bool:
    """Whether labels are dates, or years one after the other."""
    if not cells:
        return False
    if all(YEAR.match(cell) for cell in cells):
        years = list(map(int, cells))
        return all(b - a == years[1] - years[0] for a, b in zip(years, years[1:]))
    return all(is_date(cell) and not cell.isdigit() for cell in cells)


def _names(leads: Rows) -> list[str]:
    """Return a name for each row: of its first column that tells all apart, or of all of them."""
    for column in zip(*leads, strict=True):
        if len({*column}) == len(column) and all(column):
            return list(column)
    joined = [" / ".join(filter(None, lead)) or f"row{k + 1}" for k, lead in enumerate(leads)]
    seen: dict[str, int] = {}
    found = []
    for name in joined:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}.{seen[name] - 1}")
    return found


def _month(name: str) -> str | None:
    bare = name.strip().strip(".").lower()
    if bare.isdigit() and 1 <= int(bare) <= 12:
        return f"{int(bare):02d}"
    if not bare.isalpha():
        return None
    found = next((MONTHS[bare[:n]] for n in (4, 3) if bare[:n] in MONTHS), None)
    return None if found is None else f"{found:02d}"


def _quarter(name: str) -> str | None:
    match = QUARTER.match(name.strip())
    return None if match is None else match.group(1) or match.group(2)
