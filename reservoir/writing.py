"""Files written beside and renamed: whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .reading import ReadingError

#: Endings of pictures.
PICTURES = (".png", ".pdf", ".svg", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".eps", ".ps")


def check_target(path: str, source: str | None = None, *, picture: bool = False) -> None:
    """Raise where a file cannot be written: no such folder, the file that is read, no picture."""
    target = Path(path)
    if not target.parent.is_dir():
        raise ReadingError(f"cannot write {path}: there is no such folder")
    if target.is_dir():
        raise ReadingError(f"cannot write {path}: it is a folder")
    both = source is not None and target.exists() and os.path.exists(source)
    if both and os.path.samefile(path, str(source)):
        raise ReadingError(f"cannot write {path}: it is the file that is read")
    if picture and target.suffix.lower() not in PICTURES:
        raise ReadingError(f"cannot draw {path}: its ending must be one of {', '.join(PICTURES)}")


def write_whole(path: str, write: Callable[[str], Any]) -> None:
    """Call `write` with the name of a file beside, and put it in the place of `path`.

    Raises
    ------
    ReadingError
        If it cannot be written; what stood there stays.
    """
    target = Path(path)
    if target.exists() and not target.is_file():  # a device, or a pipe
        _told(path, lambda: write(path))
        return
    handle, beside = tempfile.mkstemp(
        dir=target.parent, prefix=f".{target.stem}-", suffix=target.suffix
    )
    os.close(handle)
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        _told(path, lambda: _put(write, beside, path, mode))
    finally:
        if os.path.exists(beside):
            os.unlink(beside)


def _put(write: Callable[[str], Any], beside: str, path: str, mode: int) -> None:
    write(beside)
    os.chmod(beside, mode)
    os.replace(beside, path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _told(path: str, call: Callable[[], Any]) -> None:
    try:
        call()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ReadingError(f"cannot write {path}: {reason}") from error


def harmless(cell: Any) -> Any:
    """Return a text that no spreadsheet runs as a formula.

    Examples
    --------
    >>> from reservoir.writing import harmless
    >>> harmless("=1+1"), harmless("sales")
    ("'=1+1", 'sales')
    """
    risky = isinstance(cell, str) and cell.lstrip()[:1] in ("=", "+", "-", "@") and cell.strip()
    return f"'{cell}" if risky else cell
