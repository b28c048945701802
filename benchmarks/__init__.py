"""Published figures and comparisons, each by one command: ``python -m benchmarks.NAME``."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any


def save(out: Path, result: Any, lines: list[str]) -> Path:
    """Save NAME.json and NAME.md, and return NAME.png for a picture."""
    out.with_suffix(".json").write_text(json.dumps(result, indent=1))
    out.with_suffix(".md").write_text("\n".join(lines) + "\n")
    return out.with_suffix(".png")


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
