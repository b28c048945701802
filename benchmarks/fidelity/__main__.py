"""Measure the published tasks: ``python -m benchmarks.fidelity [NAME ...] [--quick] [--jobs N]``.

Each task's figures are saved as JSON, Markdown and a picture; ``docs/benchmarks.md`` is put
together from these files by ``python -m benchmarks.fidelity --write-docs``.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from .. import as_json
from .report import draw, load, report, table, write_docs
from .task import Result, Task, measure

#: The modules of the tasks, in the order of the page.
NAMES = (
    "narma",
    "laser",
    "memory",
    "mso",
    "channel",
    "mackey_glass",
    "chaos",
    "search",
    "noise",
    "dysts",
)
RESULTS = Path(__file__).parent / "results"


def tasks_of(name: str) -> list[Task]:
    return list(import_module(f".{name}", __package__).tasks())


def run(name: str, *, quick: bool, n_jobs: int, out: Path, only: str = "") -> list[Result]:
    """Measure the tasks of a name and save them, each beside those that are saved already."""
    tasks = tasks_of(name)
    chosen = [task for task in tasks if only in task.title]
    out.mkdir(parents=True, exist_ok=True)
    measured = []
    for task in chosen[:1] if quick else chosen:
        task.quick = quick
        measured.append(measure(task, 2 if quick else None, n_jobs))
        print("\n".join(table(measured[-1:])), flush=True)
        merge(measured[-1], [task.title for task in tasks], out)
    results = load(out / f"{name}.json")
    (out / f"{name}.md").write_text("\n".join(report(results)) + "\n")
    draw(results, out / f"{name}.png")
    module = import_module(f".{name}", __package__)
    if hasattr(module, "draw_details"):
        module.draw_details(results, out / f"{name}-details.png")
    return measured


def merge(result: Result, titles: list[str], out: Path) -> None:
    """Save a result in the place of the one of its title, in the order of the titles."""
    path = out / f"{result.name}.json"
    known = {one.title: one for one in (load(path) if path.exists() else [])}
    known[result.title] = result
    kept = [asdict(known[title]) for title in titles if title in known]
    path.write_text(as_json(kept) + "\n")


def main(argv: list[str] | None = None) -> dict[str, list[Result]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument(
        "--quick", action="store_true", help="one small task a name, two reservoirs"
    )
    parser.add_argument("--only", default="", help="tasks whose title holds this")
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--write-docs", action="store_true", help="from what is saved already")
    args = parser.parse_args(argv)
    unknown = set(args.names) - set(NAMES)
    if unknown:
        parser.error(f"no task {', '.join(sorted(unknown))}; there are: {', '.join(NAMES)}")
    if args.write_docs:
        write_docs(args.out, NAMES)
        return {}
    return {
        name: run(name, quick=args.quick, n_jobs=args.jobs, out=args.out, only=args.only)
        for name in args.names or NAMES
    }


if __name__ == "__main__":
    main()
