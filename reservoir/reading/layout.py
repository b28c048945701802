"""Lines of text as a header and rows of cells."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from .cells import is_missing, is_number
from .dates import LAYOUTS, tells_dates
from .source import LONGEST_LINE, ReadingError, Text

#: Separators in the order in which they are preferred where several fit alike.
SEPARATORS = ";\t|,"
NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|"}
COMMENT = re.compile(r"^\s*(#|%|//)")
#: Lines that the separator is told from, and lines before a header at most.
SAMPLE, LONGEST_TITLE = 200, 40


@dataclass(frozen=True)
class Layout:
    """Rows of cells, each of the width of the header; ``lines`` are their places in the file."""

    header: list[str]
    rows: list[list[str]]
    lines: list[int]
    separator: str
    named: bool
    notes: list[str] = field(default_factory=list)


def layout_of(text: Text, *, sep: str | None = None, decimal: str | None = None) -> Layout:
    """Return the cells of a text, and what was left out.

    Parameters
    ----------
    text : Text
    sep : str, optional
        The separator; the one of ``; tab | ,`` by which most lines have as many cells otherwise.
    decimal : {".", ","}, optional
        With ",", lone columns are not cut at commas.

    Raises
    ------
    ReadingError
        If there are no rows, or one is longer than the header.
    """
    lines, notes = text.text.splitlines(), list(text.notes)
    if lines and re.fullmatch(r"sep=.", lines[0].strip().strip('"'), re.IGNORECASE):
        sep = lines[0].strip().strip('"')[4:] if sep is None else sep
        lines[0] = ""
    marked = {k for k, line in enumerate(lines) if COMMENT.match(line)}
    comments = [lines[k] for k in sorted(marked)]
    lines = ["" if k in marked else line for k, line in enumerate(lines)]
    sep = _separator(lines, decimal) if sep is None else NAMES.get(sep, sep)
    if len(sep) != 1:
        raise ReadingError(f"--sep must be one character, or tab; got {sep!r}")
    cells, numbers = _cut(lines, sep, text.name)
    width = _width(cells)
    header_in_comment = _commented_header(comments, sep, width, cells)
    if comments:
        notes.append(f"left out {len(comments)} lines of comments")
    first = _first_row(cells, width)
    if first and (titles := [row for row in cells[:first] if any(row)]):
        notes.append(f"left out {len(titles)} lines before the header, {' '.join(titles[0])!r} ...")
    cells, numbers = cells[first:], numbers[first:]
    if header_in_comment is not None:
        header, named = header_in_comment, True
    elif cells and _is_header(cells[0], cells[1:20]):
        header, named = cells[0], True
        cells, numbers = cells[1:], numbers[1:]
    else:
        header, named = [], False
    if named and _has_row_names(header, cells, sep):
        header = ["", *header]
    rows, numbers, blank = _rows(cells, numbers, header, width, named, text.name, marked)
    if blank:
        notes.append(f"left out {blank} blank lines")
    if not rows:
        raise ReadingError(f"{text.name} has no rows")
    return Layout(_labels(header, len(rows[0]), notes), rows, numbers, sep, named, notes)


def _separator(lines: Sequence[str], decimal: str | None) -> str:
    """Return the separator by which most lines have as many cells as each other."""
    sample = [line for line in lines if line.strip()][:SAMPLE]
    best, found = 0.5, ","
    for separator in SEPARATORS:
        if separator == "," and decimal == ",":
            continue
        with _long_cells():
            widths = Counter(len(row) for row in csv.reader(sample, delimiter=separator))
        several = {width: n for width, n in widths.items() if width > 1}
        share = max(several.values(), default=0) / max(len(sample), 1)
        if share > best + 1e-9:
            best, found = share, separator
    if best > 0.5:
        return found
    if decimal == ",":
        return ";"
    words = [len(_words(line)) for line in sample]
    if not words or words[-1] < 2 or len({*words[1:]}) > 1 or words[0] - words[-1] not in (0, -1):
        return ","
    return " " if all(_ends_in_number(line) for line in sample[1:]) else ","


def _words(line: str) -> list[str]:
    """Return what spaces or tabs part, quoted words whole."""
    if '"' not in line:
        return line.split()
    return next(csv.reader([line.strip()], delimiter=" ", skipinitialspace=True), [])


def _ends_in_number(line: str) -> bool:
    last = _words(line)[-1]
    return is_number(last) or is_missing(last)


def _cut(lines: list[str], sep: str, name: str) -> tuple[list[list[str]], list[int]]:
    """Return the stripped cells of every line, blank ones too, and where each begins."""
    if sep == " ":
        return [_words(line) for line in lines], list(range(1, len(lines) + 1))
    reader = csv.reader(lines, delimiter=sep, skipinitialspace=True)
    cells, numbers, before = [], [], 0
    with _long_cells():
        try:
            for row in reader:
                cells.append([_unquoted(cell.strip()) for cell in row])
                numbers.append(before + 1)
                before = reader.line_num
        except csv.Error as error:
            raise ReadingError(f"{name} cannot be read, line {before + 1}: {error}") from error
    return cells, numbers


def _unquoted(cell: str) -> str:
    """Return a cell without single quotes around it."""
    return cell[1:-1].strip() if len(cell) > 2 and cell[0] == cell[-1] == "'" else cell


@contextmanager
def _long_cells() -> Iterator[None]:
    """Let cells be as long as lines may be."""
    before = csv.field_size_limit(LONGEST_LINE)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _width(cells: list[list[str]]) -> int:
    """Return the cells that most rows have, empty ones at their ends left out.

    Or as many as a header has labels, where some rows do and the last columns are mostly empty.
    """
    rows = [row for row in cells if any(row)]
    widths = Counter(len(_trimmed(row)) for row in rows)
    most = max(widths, key=lambda width: (widths[width], width), default=0)
    for k, row in enumerate(rows[:LONGEST_TITLE]):
        labels = len(_trimmed(row))
        if labels > most and widths[labels] > 2 and all(map(_is_label, _trimmed(row))):
            return labels
        if k and labels == most:
            break
    return most


def _trimmed(row: list[str]) -> list[str]:
    """Return a row without empty cells at its end."""
    last = max((k for k, cell in enumerate(row) if cell), default=-1)
    return row[: last + 1]


def _first_row(cells: list[list[str]], width: int) -> int:
    """Return where the table begins: after titles, which are of one cell where it has several."""
    filled = [k for k, row in enumerate(cells[:LONGEST_TITLE]) if any(row)]
    if not filled:
        return 0
    if width == 1:  # of several lines of text before the numbers the last one is the header
        text = [k for k in filled if not is_number(cells[k][0]) and not is_missing(cells[k][0])]
        lead = [k for k, at in zip(text, filled, strict=False) if k == at]
        return lead[-1] if lead else filled[0]
    full = [k for k in filled if len(_trimmed(cells[k])) > 1]
    first = full[0] if full else filled[0]
    # a preamble of its own width ends in a blank line, before a row of labels
    for k in filled:
        if k > first and not any(cells[k - 1]) and len(_trimmed(cells[k])) >= width > 1:
            before = [cells[j] for j in filled if j < k]
            under = next((row for row in cells[k + 1 :] if any(row)), [""])
            words = all(_is_label(row[0]) for row in before) and not _is_label(under[0])
            shorter = max(len(_trimmed(row)) for row in before) < width
            if (words or shorter) and _is_header(cells[k], cells[k + 1 : k + 20]):
                return k
    above = first > 0 and any(cells[first - 1])
    if above and not _is_header(cells[first], cells[first + 1 : first + 20]):
        return first - 1  # a header that is too short, and no title
    return first


def _commented_header(
    comments: list[str], sep: str, width: int, cells: list[list[str]]
) -> list[str] | None:
    """Return the labels of a header that stands behind a mark of comments."""
    filled = [row for row in cells if any(row)]
    if not comments or not filled or _is_header(filled[0], filled[1:20]) or width < 2:
        return None
    bare = re.sub(r"^\s*(#|%|//)+\s*", "", comments[-1])
    labels = [cell.strip() for cell in (bare.split() if sep == " " else bare.split(sep))]
    return labels if len(labels) == width else None


def is_date(cell: str) -> bool:
    """Whether a cell looks like a date, or a time."""
    return any(pattern.match(cell) for _, pattern in LAYOUTS)


def _is_label(cell: str) -> bool:
    """Whether a cell is neither a value nor a date."""
    return not is_number(cell) and not is_missing(cell) and not is_date(cell)


def is_units(row: list[str], below: list[list[str]]) -> bool:
    """Whether a row under the header tells units: words in every column, over values or dates."""
    columns = [[other[k] for other in below if other[k]] for k in range(len(row))]
    return any(row) and all(
        _is_label(cell) == bool(cell) and column and not any(map(_is_label, column))
        for cell, column in zip(row, columns, strict=True)
    )


def _is_header(row: list[str], below: list[list[str]]) -> bool:
    """Whether a row holds labels: not all of it are numbers, dates, or missing values."""
    below = [other for other in below if any(other)]
    if not any(row):
        return False
    if not row[0] and below and all(other[0] for other in below):
        return True  # an index without a name, over numbers as labels
    for k, cell in enumerate(row):
        if _is_label(cell):
            return True
        numeric = [is_number(other[k]) for other in below if k < len(other) and other[k]]
        if is_date(cell) and not is_number(cell) and numeric and all(numeric):
            return True  # a date over numbers
    return False


def _rows(
    cells: list[list[str]], numbers: list[int], header: list[str], width: int, named: bool,
    name: str, marked: set[int],
) -> tuple[list[list[str]], list[int], int]:  # fmt: skip
    """Return rows of one width, where they stand, and how many blank ones were left out."""
    most = len(header) if named else width
    rows, kept = [], []
    last = max((k for k, row in enumerate(cells) if any(row)), default=-1)
    lone, blank = max(most, width) == 1, 0
    for row, number in zip(cells[: last + 1], numbers, strict=False):
        bare = _trimmed(row)
        if not bare and (number - 1 in marked or not lone):
            blank += number - 1 not in marked
            continue
        if len(bare) > most:
            raise ReadingError(
                f"{name}, line {number}: {len(bare)} cells, {', '.join(bare[:4])!r} ..., under a "
                f"header of {most}: a decimal comma, or a separator in a cell? Pass --sep, or "
                "--decimal ','"
            )
        rows.append(row[:most] + [""] * (most - len(row)))
        kept.append(number)
    return rows, kept, blank


def _has_row_names(header: list[str], cells: list[list[str]], sep: str) -> bool:
    """Whether rows begin with a name that the header leaves out, as R writes them.

    Decimal commas make rows of a file with commas longer too: there a decimal point has to tell
    that they are none, or a date under a single label that is none of dates.
    """
    rows = [row for row in cells if any(row)]
    if len(rows) < 2 or any(len(_trimmed(row)) != len(header) + 1 for row in rows):
        return False
    first = [row[0] for row in rows]
    dated = all(map(is_date, first)) and not any(map(tells_dates, header))
    if sep == "," and not any("." in cell for row in rows for cell in row[1:]):
        return dated and len(header) == 1
    counted = first == [str(k) for k in range(1, len(rows) + 1)]
    return counted or dated or all(map(_is_label, first))


def _labels(header: list[str], width: int, notes: list[str]) -> list[str]:
    """Return one name for each column, none of them twice."""
    labels = [*header, *[""] * (width - len(header))]
    found: list[str] = []
    for k, label in enumerate(labels[:width]):
        name = label or f"column{k + 1}"
        n = sum(other == name or other.rsplit(".", 1)[0] == name for other in found)
        if n and name in found:
            notes.append(f"a second column {name!r} is named {name}.{n}")
            name = f"{name}.{n}"
        found.append(name)
    return found
