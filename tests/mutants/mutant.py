"""A wrong formula."""

from typing import NamedTuple


class Mutant(NamedTuple):
    """A one-line change that makes the library wrong."""

    name: str
    module: str
    right: str
    wrong: str
    tests: str
