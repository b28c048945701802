"""What other projects' documentation has a page for, saved, so that the build needs no network.

``python docs/inventories.py NAME=objects.inv …`` writes `docs/inventories` anew, of the inventories
that come with a project's built documentation; those of numpy are the few names listed here.
"""

import re
import sys
import zlib
from pathlib import Path

FOLDER = Path(__file__).parent / "inventories"
#: Where the pages are.
SITES = {
    "numpy": "https://numpy.org/doc/stable/",
    "pandas": "https://pandas.pydata.org/docs/",
    "python": "https://docs.python.org/3/",
    "scipy": "https://docs.scipy.org/doc/scipy/",
    "sklearn": "https://scikit-learn.org/stable/",
}
#: What is linked to.
LINKED = re.compile(r".+ (py:(class|function|exception)|std:term) -?\d+ ")
#: Names and pages of numpy.
NUMPY = {
    "numpy.ndarray": "reference/generated/numpy.ndarray.html",
    "numpy.memmap": "reference/generated/numpy.memmap.html",
    "numpy.linalg.eigvals": "reference/generated/numpy.linalg.eigvals.html",
    "numpy.random.Generator": "reference/random/generator.html",
    "numpy.random.RandomState": "reference/random/legacy.html",
}


def read(path: Path) -> tuple[list[str], list[str]]:
    """Return the first lines of an inventory, and those of names that are linked to."""
    head, lines = path.read_bytes(), []
    first = []
    for _ in range(4):
        line, _, head = head.partition(b"\n")
        first.append(line.decode())
    for line in zlib.decompress(head).decode().splitlines():
        if LINKED.match(line):
            lines.append(line)
    return first, lines


def write(name: str, first: list[str], lines: list[str]) -> None:
    """Write an inventory, the same to the byte whenever it is written."""
    body = zlib.compress("".join(f"{line}\n" for line in sorted(lines)).encode(), 9)
    head = "".join(f"{line}\n" for line in first).encode()
    (FOLDER / f"{name}.inv").write_bytes(head + body)


def main(arguments: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    first = [
        "# Sphinx inventory version 2", "# Project: NumPy", "# Version: ",
        "# The remainder of this file is compressed using zlib.",
    ]  # fmt: skip
    write("numpy", first, [f"{name} py:class 1 {page}#$ -" for name, page in NUMPY.items()])
    for argument in arguments:
        name, _, path = argument.partition("=")
        write(name, *read(Path(path)))


if __name__ == "__main__":
    main(sys.argv[1:])
