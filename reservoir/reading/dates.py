"""Cells of text as dates, in the order of day and month that a whole column shows."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .cells import is_missing
from .source import ReadingError

#: Beginnings of months' names in English, German, French, Spanish, Italian, Dutch and Portuguese.
MONTHS = {
    "jan": 1, "ene": 1, "gen": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrz": 3,
    "maa": 3, "mrt": 3, "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mag": 5, "mei": 5,
    "jun": 6, "juin": 6, "giu": 6, "jul": 7, "juil": 7, "lug": 7, "aug": 8, "aoû": 8, "aou": 8,
    "ago": 8, "sep": 9, "set": 9, "oct": 10, "okt": 10, "ott": 10, "out": 10, "nov": 11, "dec": 12,
    "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
WEEKDAY = re.compile(
    r"^(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|jue|vie|sáb|"
    r"gio|seg|ter|qua|qui|sex|ma|wo|vr|za|zo)[a-zéáàç]*(?:-feira)?[.,]?\s+(?=[\dA-Za-z])",
    re.IGNORECASE,
)
_TIME = (
    r"(?:[T\s,]+(?P<H>\d{1,2})[:h.](?P<M>\d{2})(?:[:.](?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?"
    r"\s*(?P<p>[AaPp])?(?:\.?[Mm]\.?)?\s*(?P<z>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\s+(?P<n>[A-Z]{3,5}))?)?"
)
_NAME = r"(?P<b>[^\W\d_]{3,12})\.?"
_YEAR = r"(?P<y>\d{4}|\d{2})"
_LONG = r"(?P<y>(?:1[5-9]|20|21)\d{2})"
#: How a date may be written, by what it names: (kind, pattern).
LAYOUTS = [
    ("day", re.compile(rf"(?P<y>\d{{4}})[-/.](?P<m>\d{{1,2}})[-/.](?P<d>\d{{1,2}}){_TIME}$")),
    ("order", re.compile(rf"(?P<a>\d{{1,2}})(?P<s>[-/.])(?P<c>\d{{1,2}})[-/.]{_YEAR}\.?{_TIME}$")),
    ("day", re.compile(rf"(?P<d>\d{{1,2}})\.?[-/ ]*{_NAME}[-/, ]*{_YEAR}{_TIME}$")),
    ("day", re.compile(rf"{_NAME}[ -]+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_LONG}{_TIME}$")),
    ("day", re.compile(rf"(?P<y>\d{{4}})[-/ ]{_NAME}[-/ ](?P<d>\d{{1,2}}){_TIME}$")),
    ("month", re.compile(rf"{_NAME}[-/., ']*{_YEAR}$")),
    ("month", re.compile(rf"(?P<y>\d{{4}})[-/., ]*{_NAME}$")),
    ("quarter", re.compile(r"(?P<y>\d{4})[-/. ]*[QqT](?P<q>[1-4])$")),
    ("quarter", re.compile(rf"[QqT](?P<q>[1-4])[-/. ']*{_YEAR}$")),
    ("quarter", re.compile(rf"(?P<q>[1-4])\.?[QqT][-/. ']*{_YEAR}$")),
    ("half", re.compile(rf"{_LONG}[-/. ]*[HhS](?P<h>[12])$")),
    ("half", re.compile(rf"[HhS](?P<h>[12])[-/. ']+{_YEAR}$")),
    ("week", re.compile(r"(?P<y>\d{4})[- ]?[Ww](?P<w>\d{1,2})(?:-?(?P<wd>[1-7]))?$")),
    ("week", re.compile(r"(?:[Ww](?:ee)?k?|KW|CW)\.?\s*(?P<w>\d{1,2})[-/, ]+(?P<y>\d{4})$")),
    ("week", re.compile(r"(?P<y>\d{4})[-/, ]+(?:[Ww](?:ee)?k|KW|CW)\s*(?P<w>\d{1,2})$")),
    ("month", re.compile(rf"{_LONG}(?:[-/. ]|[-/. ]?[Mm])(?P<m>\d{{1,2}})$")),
    ("month", re.compile(rf"[Mm]?(?P<m>\d{{1,2}})[-/.]{_LONG}$")),
    ("day", re.compile(rf"{_LONG}(?P<m>\d{{2}})(?P<d>\d{{2}}){_TIME}$")),
    ("day", re.compile(rf"{_LONG}(?P<m>\d\d)(?P<d>\d\d)T?(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)?Z?$")),
    ("day", re.compile(rf"{_LONG}(?P<m>\d\d)(?P<d>\d\d)T?(?P<H>\d\d)Z?$")),
    ("month", re.compile(rf"{_LONG}(?P<m>0[1-9]|1[0-2])$")),
    ("year", re.compile(rf"FY[-/ ']*{_YEAR}$", re.IGNORECASE)),
]
#: The days, or years, that a row is from and to.
RANGE = re.compile(r"(?P<first>.*\d.*?)(?:\s+(?:-|–|—|to|bis|au|al|hasta)\s+|/)(?P<last>.*\d.*)$")
SPLIT_YEAR = re.compile(rf"{_LONG}[-/–](?P<next>\d{{2}}|\d{{4}})$")
CLOCK = re.compile(
    r"(?P<H>\d{1,2})(?:[:h](?P<M>\d{2})(?::(?P<S>\d{2})(?:[.,]\d+)?)?)?\s*(?P<p>[AaPp])?"
    r"(?:\.?[Mm]\.?)?$"
)
#: Fields of three numbers, as day, month and year; and what stands first.
ORDERS = {"acy": "day", "cay": "month", "yca": "year"}
#: Names of columns that are parts of a date, and of those whose numbers may be dates.
PARTS = {
    "y": {"year", "yr", "yyyy", "jahr", "année", "annee", "año", "ano", "anno"},
    "m": {"month", "mon", "mo", "mm", "monat", "mois", "mes", "mese", "mês"},
    "d": {"day", "dd", "dy", "tag", "jour", "día", "dia", "giorno", "dom"},
    "q": {"quarter", "qtr", "q", "quartal", "trimestre"},
    "w": {"week", "wk", "woche", "kw", "semaine", "semana"},
    "j": {"doy", "day of year", "dayofyear", "day_of_year", "yday", "jday", "julian day"},
}
HOURS = {"time", "hour", "hr", "hh", "uhrzeit", "zeit", "stunde", "heure", "hora", "ora", "clock"}
DATES = PARTS["y"] | (PARTS["m"] - {"mo", "mm", "mon"}) | {
    "date", "datum", "fecha", "data", "time", "timestamp", "ds", "datetime", "unix", "epoch",
    "yyyymmdd", "day", "month", "period", "ts", "zeit", "decimal date",
}  # fmt: skip
#: The share of cells from which a column is one of dates, with some cells that are none.
NEARLY = 0.8
#: Years of two digits from here on are of the last century, as spreadsheets have it.
CENTURY = 50


@dataclass
class Dates:
    """A column of dates: pandas dates, and what is to be said of them."""

    index: Any  # DatetimeIndex, NaT where a cell is none
    kind: str
    wrong: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def dates_of(
    pd: Any, cells: Sequence[str], dayfirst: bool | None = None, *, likely: bool = False
) -> Dates | None:
    """Return a column of text as dates; None where it is none.

    Parameters
    ----------
    pd : module
        pandas.
    cells : sequence of str
    dayfirst : bool, optional
        Whether 1/2/2020 is the first of February; by the whole column where not given.
    likely : bool, default=False
        Whether the rest of the file, its decimal commas, speaks for it where the column does not.

    Raises
    ------
    ReadingError
        If both readings of day and month are regular, and differ.
    """
    if (ranged := _of_ranges(pd, cells, dayfirst, likely)) is not None:
        return ranged
    found = _matched(cells)
    given = [k for k, cell in enumerate(cells) if not is_missing(cell)]
    matched = [k for k in given if found[k] is not None]
    if not given or len(matched) < max(NEARLY * len(given), min(len(given), 2)):
        return None
    kinds = {found[k][0] for k in matched}  # type: ignore[index]
    if len(kinds - {"day", "order"}) > (0 if kinds & {"day", "order"} else 1):
        return None
    kind = kinds.pop() if len(kinds) == 1 else "day"
    parts = [None if match is None else match[1] for match in found]
    notes: list[str] = []
    if "order" in {kind, *kinds}:
        order = _order(pd, parts, dayfirst, likely)
        parts = [None if part is None else _in_order(part, order) for part in parts]
        notes.append(f"with the {ORDERS[order]} first")
    index, zone_note = _assembled(pd, parts)
    named = {str(part["n"]) for part in parts if part is not None and part.get("n")}
    if named:
        notes.append(f"without the names of time zones, {', '.join(sorted(named))}")
    wrong = [k for k in given if pd.isna(index[k])]
    if len(given) - len(wrong) < NEARLY * len(given) or (kind == "year" and not index.is_unique):
        return None
    notes += [zone_note] if zone_note else []
    return Dates(index, "day" if kind == "order" else kind, wrong, notes)


def in_full(year: str) -> str:
    """Return a year of two digits as four, as spreadsheets do."""
    return f"{'20' if int(year) < CENTURY else '19'}{year}"


def short_years(pd: Any, cells: Sequence[str]) -> Dates | None:
    """Return years of two digits, which a label says that they are, as dates; or None."""
    if not cells or not all(re.fullmatch(r"\d{2}", cell.strip()) for cell in cells):
        return None
    index = pd.DatetimeIndex([datetime.datetime(int(in_full(c.strip())), 1, 1) for c in cells])
    return Dates(index, "year", notes=[f"{cells[0].strip()} as {in_full(cells[0].strip())}"])


def short_months(pd: Any, cells: Sequence[str]) -> Dates | None:
    """Return months such as 1/86 as dates, where each follows the one before; or None."""
    found = [re.fullmatch(r"(\d{1,2})[-/.](\d{2})", cell.strip()) for cell in cells]
    if not found or not all(match and 1 <= int(match[1]) <= 12 for match in found):
        return None
    return _in_turn(pd, [f"{in_full(match[2])}-{match[1]}" for match in found if match], "month")


def short_days(pd: Any, cells: Sequence[str]) -> Dates | None:
    """Return days such as 860131 or 310186 as dates, where they are in order; or None."""
    if not cells or not all(re.fullmatch(r"\d{6}", cell.strip()) for cell in cells):
        return None
    parts = [[cell.strip()[k : k + 2] for k in (0, 2, 4)] for cell in cells]
    for y, m, d in ((0, 1, 2), (2, 1, 0), (2, 0, 1)):
        dates = _in_turn(pd, [f"{in_full(part[y])}-{part[m]}-{part[d]}" for part in parts], "day")
        if dates is not None:
            return dates
    return None


def in_digits(pd: Any, cells: Sequence[str]) -> Dates | None:
    """Return numbers such as 202001, 20200131 or 2020013113 as dates, where they are in order."""
    digits = re.compile(r"(?:1[5-9]|20|21)\d\d(?:\d\d){1,5}$")
    if not all(digits.match(cell.strip()) for cell in cells):
        return None
    return _in_turn(pd, [cell.strip() for cell in cells], "month")


def _in_turn(pd: Any, cells: list[str], kind: str) -> Dates | None:
    """Return dates where all are such, and one follows the other; of months, without a gap."""
    dates = dates_of(pd, cells)
    if dates is None or dates.wrong or len(cells) < 3:
        return None
    uneven = _unevenness(pd, dates.index)
    if uneven >= 1 or (kind == dates.kind == "month" and uneven > 0):
        return None
    dates.notes.append(f"the first of them {cells[0]}")
    return dates


def _of_ranges(pd: Any, cells: Sequence[str], dayfirst: bool | None, likely: bool) -> Any:
    """Return the beginnings of weeks, or of years such as 1980/81, where all cells are such."""
    years = [SPLIT_YEAR.match(cell.strip()) for cell in dict.fromkeys(cells)]
    told = all(match and _are_next(match["y"], match["next"]) for match in years)
    if cells and told and len(years) == len(cells):  # a season of many rows is no date of theirs
        index = pd.DatetimeIndex([datetime.datetime(int(m["y"]), 1, 1) for m in years if m])
        return Dates(index, "year", notes=["a year that is split by the one in which it begins"])
    head = RANGE.match(cells[0].strip()) if cells else None
    if head is None or None in (_laid_out(head[end], LAYOUTS[0])[0] for end in ("first", "last")):
        return None
    ranges = [RANGE.match(cell.strip()) for cell in cells]
    if not all(ranges):
        return None
    firsts, lasts = (
        dates_of(pd, [match[end] for match in ranges if match], dayfirst, likely=likely)
        for end in ("first", "last")
    )
    if firsts is None or lasts is None or (firsts.index > lasts.index).any():
        return None
    firsts.notes.append("the first of each range")
    return firsts


def _are_next(year: str, following: str) -> bool:
    """Whether a year, of two digits or four, is the one after another."""
    return str(int(year) + 1).endswith(following)


def _matched(cells: Sequence[str]) -> list[tuple[str, dict[str, str | None]] | None]:
    """Return what each cell names, by the layout that fits it; the last one is tried first."""
    found: list[tuple[str, dict[str, str | None]] | None] = []
    last = LAYOUTS[0]
    for cell in cells:
        text, match = cell.strip(), None
        # "Mar 2014" is a month before it may be a Tuesday in Spanish
        for tried in (text, WEEKDAY.sub("", text)) if text[:1].isalpha() else (text,):
            if match is None and tried[:1].isalnum():
                match, last = _laid_out(tried, last)
        found.append(None if match is None else (last[0], match))
    return found


def _laid_out(text: str, last: Any) -> tuple[dict[str, str | None] | None, Any]:
    """Return the fields of a date, None where it is none, and the layout that fits it."""
    for layout in (last, *LAYOUTS):
        match = layout[1].match(text)
        if match is None:
            continue
        fields = match.groupdict()
        if fields.get("b") is not None:
            fields["m"] = _month(str(fields["b"]))
        if fields.get("b") is None or fields["m"] is not None:
            return fields, layout
    return None, last


def _month(name: str) -> str | None:
    """Return the number of a month by the beginning of its name."""
    name = name.lower()
    for length in (4, 3):
        if name[:length] in MONTHS:
            return str(MONTHS[name[:length]])
    return None


def _in_order(part: dict[str, Any], order: str) -> dict[str, Any]:
    """Return the fields of a date whose three numbers stand in an order, "acy" say for the day."""
    if "a" not in part:
        return part
    return part | dict(zip("dmy", (part[name] for name in order), strict=True))


def _order(pd: Any, parts: list[Any], dayfirst: bool | None, likely: bool) -> str:
    """Return which of three numbers is day, month and year, as the whole column tells."""
    if dayfirst is not None:
        return "acy" if dayfirst else "cay"
    both = [part for part in parts if part is not None and "a" in part]
    short = all(part["s"] == "-" and len(part["y"]) == 2 for part in both)
    readings = {}
    for order in ("acy", "cay", "yca") if short else ("acy", "cay"):
        guess = [None if part is None else _in_order(part, order) for part in parts]
        index = _assembled(pd, guess)[0]
        if not index[[part is not None for part in parts]].isna().any():
            readings[order] = _unevenness(pd, index)
    if not readings:
        return "acy" if likely else "cay"
    least = min(readings.values())
    best = [order for order, uneven in readings.items() if uneven == least]
    dotted = all(part["s"] == "." for part in both)
    alike = all(part["a"] == part["c"] for part in both)
    if len(best) == 1 or dotted or likely or alike:
        return best[0]
    first = both[0]
    sign, orders = first["s"], " or ".join(f"{ORDERS[order]} first" for order in best)
    raise ReadingError(
        f"dates such as {first['a']}{sign}{first['c']}{sign}{first['y']} can be read {orders}, and "
        "all of these are regular: pass --dayfirst or --monthfirst"
    )


def _unevenness(pd: Any, index: Any) -> float:
    """Return how uneven dates are: 0 where a frequency fits them, more where steps differ."""
    known = index[~pd.isna(index)]
    if len(known) < 3:
        return 0.0
    ordered = known if known[0] <= known[-1] else known[::-1]
    steps = np.diff(ordered.asi8)
    if (steps <= 0).any():
        return 2.0
    months = np.diff(ordered.year * 12 + ordered.month)
    if len(set(ordered.day)) == 1 and len(set(months)) == 1:
        return 0.0
    values, counts = np.unique(steps, return_counts=True)
    return float(1.0 - counts.max() / counts.sum())


def _assembled(pd: Any, parts: list[Any]) -> tuple[Any, str | None]:
    """Return the dates of fields, NaT where they are none, and a note on time zones."""
    stamps = np.full(len(parts), np.datetime64("NaT", "us"))
    offsets: set[int] = set()
    for k, part in enumerate(parts):
        stamp = None if part is None else _stamp(part)
        if stamp is None:
            continue
        offset = _offset(part.get("z"))
        if offset is not None:
            offsets.add(offset)
            stamp -= datetime.timedelta(minutes=offset)
        stamps[k] = np.datetime64(stamp)
    index = pd.DatetimeIndex(stamps)
    if not offsets:
        return index, None
    index = index.tz_localize("UTC")
    if len(offsets) > 1:
        return index, "in UTC, since their time zone changes"
    (offset,) = offsets
    return (index if offset == 0 else index.tz_convert(_zone(offset))), None


def _zone(offset: int) -> datetime.timezone:
    return datetime.timezone(datetime.timedelta(minutes=offset))


def _offset(zone: str | None) -> int | None:
    """Return the minutes of a time zone, ahead of UTC."""
    if zone is None:
        return None
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    return (1 if zone[0] == "+" else -1) * (60 * int(digits[:2]) + int(digits[2:]))


def _stamp(part: dict[str, Any]) -> datetime.datetime | None:
    """Return the date of fields, or None where there is none such."""
    year = int(part["y"])
    if len(part["y"]) == 2:
        year += 2000 if year < CENTURY else 1900
    try:
        if part.get("w") is not None:
            day = datetime.date.fromisocalendar(year, int(part["w"]), int(part.get("wd") or 1))
            return datetime.datetime.combine(day, datetime.time())
        month = int(part.get("m") or 1)
        for name, n_months in (("q", 3), ("h", 6)):
            if part.get(name) is not None:
                month = n_months * (int(part[name]) - 1) + 1
        stamp = datetime.datetime(year, month, int(part.get("d") or 1))
        return stamp + _clock(part)
    except ValueError:
        return None


def _clock(part: dict[str, Any]) -> datetime.timedelta:
    """Return the time of day of fields."""
    hour, minute, second = (int(part.get(name) or 0) for name in ("H", "M", "S"))
    if part.get("p"):
        hour = hour % 12 + (12 if part["p"].lower() == "p" else 0)
    if hour > 24 or minute > 59 or second > 59:
        raise ValueError("no time of day")
    fraction = int((part.get("f") or "0").ljust(6, "0")[:6])
    return datetime.timedelta(hours=hour, minutes=minute, seconds=second, microseconds=fraction)


def tells_dates(label: str) -> bool:
    """Whether a word of a label says that a column is one of dates, or of a part of them.

    Examples
    --------
    >>> from reservoir.reading.dates import tells_dates
    >>> [tells_dates(label) for label in ("Order_Date", "Quarter", "sales")]
    [True, True, False]
    """
    words = re.findall(r"[^\W\d_]+", label.lower())
    known = DATES | HOURS | set().union(*PARTS.values())
    return any(word in known or "date" in word or "datum" in word for word in words)


def days_of_years(pd: Any, years: Sequence[str], days: Sequence[str]) -> Dates | None:
    """Return dates of years and days that are counted in each; None where they are not.

    Examples
    --------
    >>> import pandas as pd
    >>> from reservoir.reading.dates import days_of_years
    >>> str(days_of_years(pd, ["2020", "2021"], ["366", "1"]).index[0].date())
    '2020-12-31'
    """
    if not all(re.fullmatch(r"\d{1,3}", day) and 1 <= int(day) <= 366 for day in days):
        return None
    firsts = pd.DatetimeIndex([datetime.datetime(int(year), 1, 1) for year in years])
    return Dates(firsts + pd.to_timedelta([int(day) - 1 for day in days], unit="D"), "day")


def is_day(label: str) -> bool:
    """Whether a label is one of a column of days, and not of a clock or of years."""
    return label.strip().lower() in DATES - PARTS["y"] - HOURS - {"unix", "epoch", "ts"}


def times_of(cells: Sequence[str]) -> list[datetime.timedelta] | None:
    """Return a column of times of day, 13:30, 13.30.00, 1:30 pm, 1330 or 13; or None.

    Examples
    --------
    >>> from reservoir.reading.dates import times_of
    >>> [str(time) for time in times_of(["30", "930", "2100"])]
    ['0:30:00', '9:30:00', '21:00:00']
    """
    found = []
    if all(map(str.isdigit, cells)) and max(map(len, cells), default=0) in (3, 4):
        cells = [f"{cell.zfill(4)[:2]}:{cell.zfill(4)[2:]}" for cell in cells]
    for cell in cells:
        match = CLOCK.match(re.sub(r"^(\d{1,2})\.(\d{2})\.(\d{2})$", r"\1:\2:\3", cell.strip()))
        if match is None:
            return None
        try:
            found.append(_clock(match.groupdict()))
        except ValueError:
            return None
    return found


def epochs_of(pd: Any, values: np.ndarray) -> Any:
    """Return dates of numbers that count seconds, or less, since 1970; None where they do not."""
    if np.isnan(values).any() or (values != np.round(values)).any() or not len(values):
        return None
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)):
        if (values > 1e8 * scale).all() and (values < 5e9 * scale).all():
            return pd.DatetimeIndex(pd.to_datetime(values.astype("int64"), unit=unit))
    return None


def years_of(pd: Any, values: np.ndarray) -> Any:
    """Return dates of whole years, or of years and a part, 1949.0833; None where there are none."""
    if np.isnan(values).any() or not len(values) or not ((values > 1000) & (values < 2500)).all():
        return None
    year = np.floor(values + 1e-3).astype(int)
    if np.abs(values - np.round(values)).max() < 1e-3:
        return pd.DatetimeIndex([datetime.datetime(int(y), 1, 1) for y in np.round(values)])
    for n, kind in ((4, 3), (12, 1)):
        part = (values - year) * n
        phase = part - np.floor(part + 0.02)
        if np.ptp(phase) < 0.1 * n / 4 and (np.diff(year * n + np.floor(part + 0.02)) == 1).all():
            month = 1 + kind * np.floor(part + 0.02).astype(int)
            pairs = zip(year, month, strict=True)
            return pd.DatetimeIndex([datetime.datetime(int(y), int(m), 1) for y, m in pairs])
    return None


def serials_of(pd: Any, values: np.ndarray) -> Any:
    """Return dates of days since 1899-12-30, as spreadsheets count; None where there are none.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from reservoir.reading.dates import serials_of
    >>> serials_of(pd, np.array([45292.0, 45292.5]))[1]
    Timestamp('2024-01-01 12:00:00')
    """
    steps = np.diff(values)
    rising = len(steps) > 0 and bool((steps > 0).all() or (steps < 0).all())
    if not rising or not ((values > 2e4) & (values < 8e4)).all():
        return None
    seconds = np.round(values * 86400).astype("timedelta64[s]")
    return pd.DatetimeIndex(np.datetime64("1899-12-30", "s") + seconds)
