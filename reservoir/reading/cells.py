"""Cells of text as numbers, by what a whole column, or file, shows of its decimal mark."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

#: What stands for a missing value, in lower case.
MISSING = frozenset(
    ["", "-", "--", "–", "—", "na", "n/a", "#n/a", "#na", "nan", "null", "none", "nil", ".", "..",
     "...", "?", "missing", "*", ":", "n.a.", "k.a.", "<na>"]
)  # fmt: skip
CURRENCY = re.compile(
    r"[€$£¥₹₽₩]|\b(?:USD|EUR|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CAD|AUD|kr|Fr|zł)\b\.?|(?<=\d)\s*%$"
)
SPACES = re.compile(r"[\s\u00a0\u202f\u2009'’]+(?=\d{3}(?!\d))")
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
#: Digits in groups of three by one mark.
GROUPS = {mark: re.compile(rf"[+-]?\d{{1,3}}(?:\{mark}\d{{3}})+$") for mark in ",."}


class Numbers(NamedTuple):
    """A column as numbers: NaN where it is missing, and the rows of what is no number."""

    values: np.ndarray
    wrong: list[int]
    stripped: str | None = None


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.lower() in MISSING


def is_number(cell: str) -> bool:
    """Whether a cell holds a finite number, in any country's way."""
    found = [numbers([cell], decimal).values[0] for decimal in ".,"]
    return bool(np.isfinite(found).any())


def _bare(cell: str) -> str:
    """Return a number's digits, marks and sign: no currency, spaces, or parentheses."""
    cell = cell.strip().replace("\u2212", "-").replace("\u00a0", " ")
    if PLAIN.match(cell):
        return cell
    cell = CURRENCY.sub("", cell).strip()
    cell = SPACES.sub("", cell)
    if cell.startswith("(") and cell.endswith(")"):
        return "-" + cell[1:-1].strip()
    if cell.endswith("-") and cell[:-1].strip():
        return "-" + cell[:-1].strip()
    return cell.replace("- ", "-", 1) if cell.startswith("- ") else cell


def decimal_mark(columns: Iterable[Sequence[str]]) -> str | None:
    """Return the decimal mark that columns show for certain, "," or ".", or None.

    Examples
    --------
    >>> from reservoir.reading.cells import decimal_mark
    >>> decimal_mark([["1.234,5"]]), decimal_mark([["0,25"]]), decimal_mark([["1,234"]])
    (',', ',', None)
    """
    votes = {",": 0, ".": 0}
    for column in columns:
        for cell in column:
            bare = _bare(cell) if cell and any(c.isdigit() for c in cell) else ""
            mark = _mark_of(bare)
            if mark is not None:
                votes[mark] += 1
    if not any(votes.values()):
        return None
    return max(votes, key=lambda mark: votes[mark])


def _mark_of(bare: str) -> str | None:
    """Return the decimal mark that one number shows for certain."""
    if not re.fullmatch(r"[+-]?[\d.,]+([eE][+-]?\d+)?", bare):
        return None
    comma, dot = bare.rfind(","), bare.rfind(".")
    if comma >= 0 and dot >= 0:
        last, other = (",", ".") if comma > dot else (".", ",")
        return last if bare.count(last) == 1 else other
    if comma < 0 and dot < 0:
        return None
    mark = "," if comma >= 0 else "."
    if bare.count(mark) > 1:
        return "." if mark == "," else ","  # so it groups thousands
    if GROUPS[mark].match(bare) and not re.match(r"[+-]?0", bare):
        return None
    return mark


def numbers(cells: Sequence[str], decimal: str = ".") -> Numbers:
    """Return a column of cells as floats.

    Parameters
    ----------
    cells : sequence of str
    decimal : {".", ","}, default="."
        The other mark, spaces and apostrophes group thousands.

    Examples
    --------
    >>> from reservoir.reading.cells import numbers
    >>> numbers(["€ 1,234.50", "-", "(3)", "12 %"]).values.tolist()
    [1234.5, nan, -3.0, 12.0]
    >>> numbers(["1.234,5", "2"], ",").values.tolist()
    [1234.5, 2.0]
    """
    other = "," if decimal == "." else "."
    values, wrong = np.full(len(cells), np.nan), []
    stripped: str | None = None
    for k, cell in enumerate(cells):
        text = cell.strip()
        if is_missing(text):
            continue
        bare = _bare(text)
        found = CURRENCY.search(text) if stripped is None and bare != text else None
        stripped = stripped if found is None else found.group().strip()
        if other in bare and not GROUPS[other].match(re.split(rf"\{decimal}", bare)[0]):
            wrong.append(k)
            continue
        try:
            values[k] = float(bare.replace(other, "").replace(decimal, "."))
        except ValueError:
            wrong.append(k)
            continue
        if math.isnan(values[k]) or "_" in bare:
            wrong.append(k)
    return Numbers(values, wrong, stripped)
