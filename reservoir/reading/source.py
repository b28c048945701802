"""The bytes of a file, a pipe or standard input, read once, and the text that they are."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: Characters of a line, beyond which it is none of a table.
LONGEST_LINE = 1_000_000
ADDRESS = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*://")
#: How files begin that are no text, and what to do about them.
MAGIC = {
    b"PK\x03\x04": "a zipped file, as spreadsheets are: save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet: save the sheet as CSV",
    b"PAR1": "a Parquet file: read it by pandas.read_parquet",
    b"SQLite format": "a database: export a table as CSV",
    b"\x89PNG": "a picture",
    b"%PDF": "a PDF document",
    b"\x89HDF": "an HDF5 file: read it by pandas.read_hdf",
}


#: How texts begin that are no tables, and what to do about them.
MARKUP = [
    (re.compile(r"\s*(?:\[\s*[\[{\]]|\{\s*[\"}])"), "JSON, no table: pandas.read_json reads it"),
    (
        re.compile(r"\s*<(?:!doctype|html|\?xml|table|head|body)", re.IGNORECASE),
        "a page, or XML, no table: save the table as CSV, or pandas.read_html reads it",
    ),
]


class ReadingError(ValueError):
    """What the user can mend, in one line."""


@dataclass(frozen=True)
class Text:
    """A file's text, and what was done to read it."""

    text: str
    name: str
    notes: tuple[str, ...] = field(default=())


def read_text(
    source: Any,
    *,
    encoding: str | None = None,
    max_mb: float = 512,
    say: Callable[[str], None] | None = None,
) -> Text:
    """Return the text of a file, read once and as a whole.

    Parameters
    ----------
    source : str, path, bytes or file
        "-" is standard input; a pipe is waited for. No address is fetched. What is compressed by
        gzip is unpacked.
    encoding : str, optional
        UTF-8 or UTF-16 by how the file begins, or else UTF-8, and Windows' Latin where it is none.
    max_mb : float, default=512
        Megabytes that are read, and unpacked, at most.
    say : callable ``(text) -> None``, optional
        Told where a pipe is waited for.

    Returns
    -------
    text : Text

    Raises
    ------
    ReadingError
        If there is no such file, it is too large, or no text.
    """
    data, name = _bytes_of(source, int(max_mb * 2**20), say)
    notes = []
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, name, int(max_mb * 2**20), max_mb)
        notes.append("unpacked by gzip")
    if len(data) > max_mb * 2**20:
        raise ReadingError(f"{name} holds more than {max_mb:g} MB: raise --max-mb")
    for magic, what in MAGIC.items():
        if data.startswith(magic):
            raise ReadingError(f"{name} is {what}")
    text, how = _decoded(data, name, encoding)
    if how:
        notes.append(how)
    if "\0" in text[:10_000]:
        raise ReadingError(f"{name} is no text: it holds zero bytes")
    for mark, what in MARKUP:
        if mark.match(text):
            raise ReadingError(f"{name} is {what}")
    _check_lines(text, name)
    return Text(text, name, tuple(notes))


def _bytes_of(source: Any, most: int, say: Callable[[str], None] | None) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source[: most + 1], "the data"
    if hasattr(source, "read"):
        data = source.read(most + 1)
        data = data.encode() if isinstance(data, str) else data
        return data, getattr(source, "name", "the file")
    path = os.fspath(source)
    if path == "-":
        return sys.stdin.buffer.read(most + 1), "standard input"
    if ADDRESS.match(path):
        raise ReadingError(f"{path} is an address, and nothing is fetched: download the file first")
    try:
        mode = Path(path).stat().st_mode
        if stat.S_ISDIR(mode):
            raise ReadingError(f"{path} is a folder: name a file in it")
        if stat.S_ISFIFO(mode) and say is not None and not path.startswith(("/dev/", "/proc/")):
            say(f"waiting for a program that writes to the pipe {path} ...")
        with open(path, "rb") as file:
            return file.read(most + 1), path
    except FileNotFoundError as error:
        raise ReadingError(f"no such file: {path}") from error
    except OSError as error:
        raise ReadingError(f"{path} cannot be read: {error.strerror or error}") from error


def _unpacked(data: bytes, name: str, most: int, max_mb: float) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            found = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ReadingError(f"{name} is broken: {error}") from error
    if len(found) > most:
        raise ReadingError(f"{name} unpacks to more than {max_mb:g} MB: raise --max-mb")
    return found


def _decoded(data: bytes, name: str, encoding: str | None) -> tuple[str, str | None]:
    """Return the text, and a note where the encoding was guessed."""
    if encoding is not None:
        try:
            return data.decode(encoding).removeprefix("\ufeff"), None
        except LookupError as error:
            raise ReadingError(f"encoding {encoding!r} is not known") from error
        except UnicodeError as error:
            raise ReadingError(f"{name} is not in {encoding}: {error}") from error
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _utf16(data, name, "utf-16"), "read as UTF-16"
    if data[:100].count(0) >= len(data[:100]) // 3 > 0 and data[:100].strip(b"\0"):
        odd = data[1:100:2].count(0) > data[0:100:2].count(0)
        return _utf16(data, name, "utf-16-le" if odd else "utf-16-be"), "read as UTF-16"
    try:
        return data.decode("utf-8-sig"), None
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252"), "read as Windows-1252, since it is no UTF-8"
        except UnicodeDecodeError:
            return data.decode("latin-1"), "read as Latin-1, since it is no UTF-8"


def _utf16(data: bytes, name: str, encoding: str) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeError as error:
        raise ReadingError(f"{name} begins as UTF-16 and is broken: {error}") from error


def _check_lines(text: str, name: str) -> None:
    """Raise where a line is too long to be one of a table."""
    start, number = 0, 1
    while len(text) - start > LONGEST_LINE:
        stop = text.find("\n", start, start + LONGEST_LINE)
        if stop < 0:
            raise ReadingError(
                f"{name} is no table of lines: line {number} has more than {LONGEST_LINE:,} "
                "characters"
            )
        stop = text.rfind("\n", start, start + LONGEST_LINE)
        number += text.count("\n", start, stop + 1)
        start = stop + 1
