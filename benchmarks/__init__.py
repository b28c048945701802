"""Published figures and comparisons, each by one command: ``python -m benchmarks.NAME``."""

import json
import textwrap
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np


def as_json(value: Any, indent: int = 0, width: int = 160) -> str:
    """Return JSON text in which whatever fits stands on one line."""
    text = json.dumps(value, default=str)
    if len(text) + indent <= width or not isinstance(value, (dict, list)):
        return text
    inner = "\n" + " " * (indent + 1)
    if isinstance(value, dict):
        parts = [f"{json.dumps(str(k))}: {as_json(v, indent + 1, width)}" for k, v in value.items()]
        return "{" + inner + f",{inner}".join(parts) + "\n" + " " * indent + "}"
    parts = [as_json(item, indent + 1, width) for item in value]
    if not any(isinstance(item, (dict, list)) for item in value):
        filled = textwrap.fill(", ".join(parts), width, break_long_words=False)
        return "[" + inner + filled.replace("\n", inner) + "\n" + " " * indent + "]"
    return "[" + inner + f",{inner}".join(parts) + "\n" + " " * indent + "]"


def save(out: Path, result: Any, lines: list[str]) -> Path:
    """Save NAME.json and NAME.md, and return NAME.png for a picture."""
    out.with_suffix(".json").write_text(as_json(result) + "\n")
    out.with_suffix(".md").write_text("\n".join(lines) + "\n")
    return out.with_suffix(".png")


def report(result: Any, lines: list[str], out: Path | None) -> None:
    """Print the lines, and save them and the result where asked."""
    print("\n".join(lines))
    if out:
        save(out, result, lines)


def markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]


def medians(jobs: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Median seconds of every job; the jobs take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in seconds.items()}
