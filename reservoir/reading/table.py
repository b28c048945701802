"""A file as a table of numbers, dated where it has dates, and what was left out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from .cells import MAGNITUDES, decimal_mark, is_missing, is_number, numbers
from .dates import (
    DATES,
    HOURS,
    PARTS,
    Dates,
    dates_of,
    days_of_years,
    epochs_of,
    in_digits,
    in_full,
    is_day,
    serials_of,
    short_days,
    short_months,
    short_years,
    times_of,
    years_of,
)
from .layout import Layout, is_date, is_units, layout_of
from .shape import made_long
from .source import ReadingError, read_text

#: Rows that sum up others.
TOTAL = re.compile(
    r"^(?:grand[ -]?)?(?:sub[ -]?)?(?:totals?|sum|summe|gesamt|insgesamt|average|avg|mean|"
    r"mittelwert|durchschnitt|moyenne|total général|totale|suma|somme)\b",
    re.IGNORECASE,
)
#: Of first columns that a program wrote to count the rows.
INDEX = {"", "unnamed: 0", "index", "rownames", "row", "id", "no", "nr", "#"}
#: Of columns whose numbers are dates, whatever they look like.
NAMED_DATES = PARTS["y"] | {"date", "datum", "fecha", "datetime", "timestamp", "yyyymmdd"}
#: Kinds of dates that many rows may have, and the years, or months, that they last.
COARSE = {"year": 1, "half": 6, "quarter": 3, "month": 1}
#: Of columns that count the rows wherever they stand.
COUNTERS = {"time", "t", "obs", "observation", "index", "step", "row", "idx", "trend"}


@dataclass
class Table:
    """What was read: numbers by column, and all that is to be said of them.

    Attributes
    ----------
    frame : pandas.DataFrame of shape (T, d)
        The columns of numbers, NaN where there is none, indexed by the dates, or by row.
    texts : dict of str to list of T str
        The columns of text.
    wrong : dict of str to str
        Columns of numbers that hold something else, and what.
    left_out : dict of str to str
        Other columns that are not in the frame, and why.
    dated_by : str or None
        The column, or columns, that was taken for dates.
    notes : list of str
        What was done on the way.
    """

    frame: Any
    texts: dict[str, list[str]]
    wrong: dict[str, str]
    left_out: dict[str, str]
    dated_by: str | None
    notes: list[str] = field(default_factory=list)


def need_pandas() -> Any:
    """Import pandas, or name the extra that brings it."""
    try:
        return import_module("pandas")
    except ImportError as error:
        message = 'this needs pandas: pip install "reservoir-learn[cli]"'
        raise ReadingError(message) from error


def read_table(
    source: Any,
    *,
    date_column: str | None = None,
    dayfirst: bool | None = None,
    sep: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    max_mb: float = 512,
    say: Callable[[str], None] | None = None,
) -> Table:
    r"""Read a file of comma-separated values, as spreadsheets and programs write them.

    Parameters
    ----------
    source : str, path, bytes or file
        "-" is standard input; what gzip compressed is unpacked; no address is fetched.
    date_column : str, optional
        The column of dates; the first that holds some where not given.
    dayfirst : bool, optional
        Whether 1/2/2020 is the first of February; by the whole column where not given.
    sep, decimal, encoding : str, optional
        By what the file shows where not given.
    max_mb : float, default=512
        Megabytes that are read at most.
    say : callable ``(text) -> None``, optional
        Told where a pipe is waited for.

    Returns
    -------
    table : Table
        Rows in the order of time.

    Raises
    ------
    ReadingError
        If it is no such file, a row is longer than the header, or dates are missing or cannot be
        told.

    Examples
    --------
    >>> from reservoir.reading import read_table
    >>> table = read_table(b"Datum;Umsatz\n13.01.2020;1.234,5\n14.01.2020;987,0\n")
    >>> table.frame["Umsatz"].tolist(), str(table.frame.index[0].date())
    ([1234.5, 987.0], '2020-01-13')
    """
    pd = need_pandas()
    if decimal not in (None, ".", ","):
        raise ReadingError(f"--decimal must be . or ,; got {decimal!r}")
    layout = layout_of(
        read_text(source, encoding=encoding, max_mb=max_mb, say=say), sep=sep, decimal=decimal
    )
    notes = list(layout.notes)
    rows, lines = _without_footers(layout, notes)
    header = layout.header
    if layout.named and date_column is None:
        header, rows, lines = made_long(header, rows, lines, notes)
    columns = {name: [row[k] for row in rows] for k, name in enumerate(header)}
    dated = {name for name, cells in columns.items() if _looks_dated(cells)}
    shown = decimal_mark(cells for name, cells in columns.items() if name not in dated)
    mark = decimal or shown or ("," if layout.separator == ";" else ".")
    if date_column is not None and date_column not in columns:
        raise ReadingError(f"no column {date_column!r}; there are: {listed(columns)}")
    found = _dates(pd, columns, date_column, dayfirst, mark, dated)
    index: Any = pd.RangeIndex(len(rows))
    used: tuple[str, ...] = ()
    if found is not None:
        dates, used = found
        _check_dates(dates, used, columns, lines)
        index = dates.index.rename(used[0] if len(used) == 1 else "date")
        how = f", {', '.join(dates.notes)}" if dates.notes else ""
        notes.append(f"dates by {' and '.join(map(repr, used))}{how}")
    table = _table(pd, columns, used, index, mark, lines, layout)
    table.notes = notes + table.notes
    if decimal is None and shown is None:
        _tell_thousands(columns, mark, table)
    return _ordered(table) if used else table


def listed(names: Any, most: int = 12) -> str:
    """Return names in a line, the first ones where they are many."""
    names = list(map(str, names))
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return (", ".join(names[:most]) or "none") + more


def _looks_dated(cells: Sequence[str]) -> bool:
    first = next((cell for cell in cells if not is_missing(cell)), "")
    return not is_number(first) and is_date(first)


def _without_footers(layout: Layout, notes: list[str]) -> tuple[list[list[str]], list[int]]:
    """Return the rows that hold data, and their lines: no totals, no lines of words at the end."""
    rows, lines = list(layout.rows), list(layout.lines)
    if layout.named and len(rows) > 3 and is_units(rows[0], rows[1:6]):
        notes.append(f"left out line {lines.pop(0)}, of units, {' '.join(rows.pop(0))!r}")
    keep = [not TOTAL.match(next((cell for cell in row if cell), "")) for row in rows]
    for row, line, kept in zip(rows, lines, keep, strict=True):
        if not kept:
            notes.append(f"left out line {line}, {next(c for c in row if c)!r}")
    rows = [row for row, kept in zip(rows, keep, strict=True) if kept]
    lines = [line for line, kept in zip(lines, keep, strict=True) if kept]
    again = [layout.named and row == layout.header for row in rows]  # of files that were joined
    if any(again):
        told = listed([line for line, same in zip(lines, again, strict=True) if same], 3)
        notes.append(f"left out the header where it stands again, line {told}")
        rows = [row for row, same in zip(rows, again, strict=True) if not same]
        lines = [line for line, same in zip(lines, again, strict=True) if not same]
    while len(rows) > 1 and _is_words(rows[-1]) and not _is_words(rows[0]):
        notes.append(f"left out line {lines.pop()}, {rows.pop()[0][:40]!r}")
    if not rows:
        raise ReadingError("the file has no rows of data")
    return rows, lines


def _is_words(row: list[str]) -> bool:
    """Whether a row is a line of words: one cell, which is no value, date or missing mark."""
    first, rest = row[0], row[1:]
    lone = bool(first) and not any(rest)
    return lone and not is_number(first) and not is_missing(first) and not is_date(first)


# dates


def _dates(
    pd: Any, columns: dict[str, list[str]], wanted: str | None, dayfirst: bool | None, mark: str,
    dated: set[str],
) -> tuple[Dates, tuple[str, ...]] | None:  # fmt: skip
    """Return the dates of a table, and the columns that they are of.

    Years, months or quarters stand back where another column holds the days that they are of.
    """
    coarse: tuple[Dates, tuple[str, ...]] | None = None
    if wanted is None:
        coarse = _composed(pd, columns)
    for k, name in enumerate([wanted] if wanted is not None else columns):
        if coarse is not None and (coarse[0].index.is_unique or name in coarse[1]):
            continue
        cells = columns[name]
        dates = None
        plain = all(is_number(cell) or is_missing(cell) for cell in cells)
        label = name.strip().lower()
        if not plain:
            dates = dates_of(pd, cells, dayfirst, likely=mark == ",")
            if dates is None and label in DATES:
                dates = short_months(pd, cells)
        elif wanted is not None or label in DATES or name in dated:
            serial, short = wanted is not None or is_day(name), label in PARTS["y"]
            dates = _of_numbers(pd, cells, mark, serial=serial, short=short)
        elif k == 0 and len(columns) > 1:
            dates = in_digits(pd, cells)
        if dates is not None and (coarse is None or _refine(dates, coarse[0])):
            found = _with_times(columns, name, dates)
            if dates.kind not in COARSE or wanted is not None:
                return found
            coarse = found
    if wanted is not None and coarse is None:
        raise ReadingError(f"column {wanted!r} holds no dates: {columns[wanted][0]!r}")
    return coarse


def _refine(dates: Dates, coarse: Dates) -> bool:
    """Whether days are of the years, and months, that another column has; and are more."""
    fine, rough = dates.index, coarse.index
    if dates.kind in COARSE or fine.hasnans or rough.hasnans or fine.nunique() <= rough.nunique():
        return False
    of = fine.year if coarse.kind == "year" else fine.year * 12 + (fine.month - 1)
    at = rough.year if coarse.kind == "year" else rough.year * 12 + (rough.month - 1)
    return bool(((of >= at) & (of < at + COARSE[coarse.kind])).all())


def _of_numbers(
    pd: Any, cells: Sequence[str], mark: str, *, serial: bool, short: bool
) -> Dates | None:
    """Return numbers as dates: years, 20200131, seconds since 1970, or a spreadsheet's days.

    With `short`, numbers of two digits are years.
    """
    found = numbers(cells, mark)
    if found.wrong:  # 01.2019 where commas are decimal
        return dates_of(pd, cells)
    if np.isnan(found.values).any():
        return None
    index = years_of(pd, found.values)
    kind = "year"
    if index is None:
        index, kind = epochs_of(pd, found.values), "epoch"
    if index is not None:
        return Dates(index, kind)
    dates = dates_of(pd, cells) or short_days(pd, cells)
    if dates is None and short:
        dates = short_years(pd, cells)
    if dates is None and serial and (index := serials_of(pd, found.values)) is not None:
        return Dates(index, "day", notes=["counted in days since 1899-12-30, as spreadsheets do"])
    return dates


def _with_times(
    columns: dict[str, list[str]], name: str, dates: Dates
) -> tuple[Dates, tuple[str, ...]]:
    """Return dates with the times of day of another column, where there is one."""
    midnight = (dates.index == dates.index.normalize()) | dates.index.isna()
    for other, cells in columns.items():
        if other == name or other.strip().lower() not in HOURS or not midnight.all():
            continue
        times = times_of(cells)
        if times is not None:
            dates.index = dates.index + np.array(times, dtype="timedelta64[us]")
            return dates, (name, other)
    return dates, (name,)


def _composed(pd: Any, columns: dict[str, list[str]]) -> tuple[Dates, tuple[str, ...]] | None:
    """Return dates of columns of years and months, quarters or weeks, and days; or None."""
    names: dict[str, str] = {}
    for name in columns:
        for part, known in PARTS.items():
            if name.strip().lower() in known and part not in names:
                names[part] = name
    years = _carried(columns.get(names.get("y", ""), []))
    if not years or not all(re.fullmatch(r"\d{4}", cell) for cell in years):
        if not years or not all(re.fullmatch(r"\d{2}", cell) for cell in years):
            return None
        years = [in_full(cell) for cell in years]
    if "m" in names:
        used, layout = ("y", "m", "d") if "d" in names else ("y", "m"), "-"
    elif "q" in names:
        used, layout = ("y", "q"), "Q"
    elif "w" in names:
        used, layout = ("y", "w"), "-W"
    elif "j" in names:
        used, layout = ("y", "j"), ""  # days that are counted, and no text of a date
    else:
        return None
    parts = [years, *(columns[names[part]] for part in used[1:])]
    if layout == "Q":
        parts[1] = [cell.upper().lstrip("QT") for cell in parts[1]]
    if layout:
        dates = dates_of(pd, [layout.join(row) for row in zip(*parts, strict=True)])
    else:
        dates = days_of_years(pd, *parts)
    if dates is None:
        return None
    whole, more = _with_times(columns, names[used[-1]], dates)
    return whole, (*(names[part] for part in used), *more[1:])


def _carried(cells: Sequence[str]) -> list[str]:
    """Return cells with what stands above an empty one in it: years are often said once."""
    found: list[str] = []
    for cell in cells:
        found.append(cell if cell or not found else found[-1])
    return found


def _check_dates(
    dates: Dates, used: tuple[str, ...], columns: dict[str, list[str]], lines: list[int]
) -> None:
    """Raise where some rows have no date."""
    name, cells = used[0], columns[used[0]]
    lost = [k for k in np.flatnonzero(dates.index.isna()) if is_missing(cells[k])]
    if dates.wrong:
        told = ", ".join(f"{cells[k]!r} in line {lines[k]}" for k in dates.wrong[:3])
        more = f" and {len(dates.wrong) - 3} more" if len(dates.wrong) > 3 else ""
        raise ReadingError(f"column {name!r} holds dates, but for {told}{more}: correct them")
    if lost:
        raise ReadingError(f"column {name!r} holds dates, but none in line {lines[lost[0]]}")


# columns


def _table(
    pd: Any, columns: dict[str, list[str]], used: Sequence[str], index: Any, mark: str,
    lines: list[int], layout: Layout,
) -> Table:  # fmt: skip
    """Return the columns that are none of dates, each as what it holds."""
    found, table = {}, Table(None, {}, {}, {}, " and ".join(used) or None)
    for k, (name, cells) in enumerate(columns.items()):
        if name in used:
            continue
        given = [cell for cell in cells if not is_missing(cell)]
        if not given:
            table.left_out[name] = "it holds no values"
            continue
        as_numbers = numbers(cells, mark)
        if len(as_numbers.wrong) > len(given) / 2:
            table.texts[name] = cells
            table.left_out[name] = f"it is text, {given[0]!r}"
            if not used and name.strip().lower() in DATES:
                table.notes.append(
                    f"column {name!r} cannot be read as dates, {given[0]!r}: rows are taken in the "
                    "order of the file"
                )
        elif _counts_rows(name, k, as_numbers.values, layout):
            table.left_out[name] = "it counts the rows"
        else:
            found[name] = as_numbers.values
            if not used:
                _tell_undated(name, cells, as_numbers.values, lines, table)
            if as_numbers.wrong:
                first = as_numbers.wrong[0]
                table.wrong[name] = f"{cells[first]!r} in line {lines[first]}"
            if as_numbers.stripped:
                table.notes.append(f"{as_numbers.stripped} is taken off the numbers of {name!r}")
            if (bounds := as_numbers.bounds) and not as_numbers.wrong:
                table.notes.append(
                    f"bounds in {name!r}, as {bounds[0]!r}, are taken as the numbers: "
                    f"{len(bounds)} of {len(given)}"
                )
            if as_numbers.sizes:
                sizes = ", ".join(f"{size} as {MAGNITUDES[size]:g}" for size in as_numbers.sizes)
                table.notes.append(f"in the numbers of {name!r}, {sizes}")
            if all(re.fullmatch(r"\d+", cell) for cell in given):
                table.texts[name] = cells  # it may tell series apart
    table.frame = pd.DataFrame(found, index=index)
    return table


def _counts_rows(name: str, place: int, values: np.ndarray, layout: Layout) -> bool:
    """Whether a column is an index that a program wrote: the first one, or one that says so."""
    label = name.strip().lower()
    unnamed = label in INDEX or (layout.named and name == "column1")
    counter = label in COUNTERS and len(values) > 2 and values[0] in (0, 1)
    if len(layout.header) < 2 or not (counter or (unnamed and place == 0)):
        return False
    return not np.isnan(values).any() and bool((np.diff(values) == 1).all())


def _tell_undated(
    name: str, cells: Sequence[str], values: np.ndarray, lines: Sequence[int], table: Table
) -> None:
    """Note where a column of numbers says that it is of dates or steps, and is no such."""
    label = name.strip().lower()
    if label in NAMED_DATES:
        table.notes.append(
            f"column {name!r} cannot be read as dates, {cells[0]!r}: rows are taken in the order "
            "of the file"
        )
    steps = np.diff(values)
    back, again = np.flatnonzero(steps < 0), np.flatnonzero(steps == 0)
    if label in COUNTERS and (len(back) or len(again)):
        at = back[0] if len(back) else again[0]
        table.notes.append(
            f"{cells[at + 1]} follows {cells[at]} in column {name!r}, line {lines[at + 1]}: where "
            "several series stand in one file, --id names the column that tells them apart"
        )


def _tell_thousands(columns: dict[str, list[str]], mark: str, table: Table) -> None:
    """Note how a number is read that may mean two things."""
    for name in table.frame.columns:
        for cell in columns[name]:
            if re.fullmatch(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", cell) and "," in cell:
                value = numbers([cell], mark).values[0]
                table.notes.append(
                    f"{cell} is read as {value:g}; --decimal '{'.' if mark == ',' else ','}' "
                    "reads it otherwise"
                )
                return


def _ordered(table: Table) -> Table:
    """Return the rows in the order of time."""
    index = table.frame.index
    if not len(index) or index.is_monotonic_increasing:
        return table
    order = np.argsort(index.asi8, kind="stable")
    if index.is_monotonic_decreasing and index.is_unique:
        table.notes.append("the newest row stands first: turned round")
    else:
        late = int(np.flatnonzero(index.asi8[1:] < index.asi8[:-1])[0])
        table.notes.append(f"sorted by date; {index[late + 1]} followed {index[late]}")
    table.frame = table.frame.iloc[order]
    table.texts = {name: [cells[k] for k in order] for name, cells in table.texts.items()}
    return table
