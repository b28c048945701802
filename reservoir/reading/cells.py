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
#: What stands before a number that is beyond what can be measured, or about right.
BOUND = re.compile(r"(?:[<>]=?|[≤≥~≈])\s*(?=[+-]?[.,]?\d)")
PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
#: Digits in groups of three by one mark.
GROUPS = {mark: re.compile(rf"[+-]?\d{{1,3}}(?:\{mark}\d{{3}})+$") for mark in ",."}


#: A number with a unit behind it, and units that are sizes where a column has several.
WITH_UNIT = re.compile(
    r"(?P<number>[+-]?[\d.,'’\s\u00a0\u202f]*\d)\s*(?P<unit>[^\W\d_]{1,8}[²³]?|°[CFK]?)\.?$"
)
MAGNITUDES = {
    "k": 1e3, "K": 1e3, "tsd": 1e3, "Tsd": 1e3, "T": 1e3, "m": 1e6, "M": 1e6, "mn": 1e6, "mio": 1e6,
    "Mio": 1e6, "mln": 1e6, "B": 1e9, "b": 1e9, "bn": 1e9, "G": 1e9, "Mrd": 1e9, "mrd": 1e9,
}  # fmt: skip
#: What statistical offices put behind some numbers: provisional, estimated, revised, unreliable.
FLAGS = frozenset(["p", "e", "r", "u", "ep", "bp", "P", "E", "R"])


class Numbers(NamedTuple):
    """A column as numbers: NaN where it is missing, and the rows of what is no number.

    ``stripped`` is what was taken off all of them, ``sizes`` what some were multiplied by,
    ``bounds`` the cells that say no more than that a number is below it, or above.
    """

    values: np.ndarray
    wrong: list[int]
    stripped: str | None = None
    sizes: tuple[str, ...] = ()
    bounds: tuple[str, ...] = ()


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.lower() in MISSING


def is_number(cell: str) -> bool:
    """Whether a cell holds a finite number, in any country's way."""
    found = [numbers([cell], decimal).values[0] for decimal in ".,"]
    return bool(np.isfinite(found).any())


def _signed(cell: str) -> str:
    """Return a cell with the usual minus, and without what makes a bound of a number."""
    return BOUND.sub("", cell.strip().replace("\u2212", "-"), count=1)


def _bare(cell: str) -> str:
    """Return a number's digits, marks and sign: no currency, spaces, or parentheses."""
    cell = _signed(cell).replace("\u00a0", " ")
    if PLAIN.match(cell):
        return cell
    cell = CURRENCY.sub("", cell).strip()
    cell = SPACES.sub("", cell)
    if cell.startswith("(") and cell.endswith(")"):
        return "-" + cell[1:-1].strip()
    if cell.endswith("-") and cell[:-1].strip():
        return "-" + cell[:-1].strip()
    return cell.replace("- ", "-", 1) if cell.startswith("- ") else cell


def _units(cells: Sequence[str]) -> dict[str, int]:
    """Return the units behind the numbers of a column, and how many have each; "" is none."""
    found: dict[str, int] = {}
    for cell in cells:
        text = _signed(cell)
        if is_missing(text):
            continue
        match = WITH_UNIT.match(text)
        unit = "" if match is None else match.group("unit")
        found[unit] = found.get(unit, 0) + 1
    return found


def _without_units(cells: Sequence[str]) -> tuple[Sequence[str], str | None, list[float] | None]:
    """Return cells without the unit that all have, or without sizes, and what these stand for."""
    units = _units(cells)
    real = [unit for unit in units if unit and not CURRENCY.search(f"1 {unit}")]
    if not real:
        return cells, None, None
    if len(real) == 1 and not units.get("", 0):
        return [_off(cell)[0] for cell in cells], real[0], None
    flagged = sum(units[unit] for unit in real)
    if all(unit in FLAGS for unit in real) and 2 * flagged < sum(units.values()):
        return [_off(cell)[0] for cell in cells], ", ".join(real), None
    if all(unit in MAGNITUDES for unit in real):
        pairs = [_off(cell) for cell in cells]
        return [bare for bare, _ in pairs], None, [MAGNITUDES.get(unit, 1.0) for _, unit in pairs]
    return cells, None, None


def _off(cell: str) -> tuple[str, str]:
    """Return a number, and the unit behind it."""
    match = WITH_UNIT.match(_signed(cell))
    return (cell, "") if match is None else (match.group("number"), match.group("unit"))


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
            bare = _bare(_off(cell)[0]) if cell and any(c.isdigit() for c in cell) else ""
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
    >>> numbers(["950", "1.2k", "3M"]).values.tolist(), numbers(["5 kg", "6.5 kg"]).stripped
    ([950.0, 1200.0, 3000000.0], 'kg')
    >>> numbers(["0.7", "<0.5"])
    Numbers(values=array([0.7, 0.5]), wrong=[], stripped=None, sizes=(), bounds=('<0.5',))
    """
    other = "," if decimal == "." else "."
    values, wrong = np.full(len(cells), np.nan), []
    given = cells
    bounds = tuple(cell for cell in given if BOUND.match(cell.strip()))
    cells, stripped, sizes = _without_units(given)
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
    if sizes is None:
        return Numbers(values, wrong, stripped, bounds=bounds)
    several = tuple(unit for unit in _units(given) if unit in MAGNITUDES)
    return Numbers(values * np.array(sizes), wrong, stripped, several, bounds)
