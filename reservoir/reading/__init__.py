"""Files as people have them: read, dated, put in order, and said what was done."""

from .regular import by_ids, columns_of, gaps_of, read_series, regular, sessions_after
from .source import ReadingError
from .table import Table, listed, need_pandas, read_table

__all__ = [
    "ReadingError",
    "Table",
    "by_ids",
    "columns_of",
    "gaps_of",
    "listed",
    "need_pandas",
    "read_series",
    "read_table",
    "regular",
    "sessions_after",
]
