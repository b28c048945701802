"""Tables, pictures and the docs page, of what was measured and of nothing else."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import markdown
from .task import Result

DOCS = Path(__file__).parents[2] / "docs"
DEFAULTS = Path(__file__).parents[1] / "defaults.md"
VOTES = Path(__file__).parents[1] / "votes.md"
ORDINARY = Path(__file__).parents[1] / "ordinary.md"


def load(path: Path) -> list[Result]:
    """Return saved results."""
    return [Result(**entry) for entry in json.loads(path.read_text())]


def table(results: Sequence[Result]) -> list[str]:
    """Return a Markdown table, a row a metric."""
    head = (
        "task",
        "metric",
        "published",
        "grade",
        "ours, median",
        "10–90 %",
        "seeds",
        "trivial",
        "s",
    )
    rows = []
    for result in results:
        for metric, published in result.published.items():
            first = metric == result.metric
            low, middle, high = result.quantiles(metric)
            others = [f"{name} {value:.3g}" for name, value in result.baselines.items()]
            rows.append([
                result.title if first else "",
                metric,
                f"{published['value']:.3g} ({published['source']})" if published else "–",
                published["grade"] if published else "–",
                f"**{middle:.3g}**" if first else f"{middle:.3g}",
                f"{low:.3g} – {high:.3g}",
                str(result.n_seeds),
                (", ".join(others) if first else "") or "–",
                f"{result.seconds:.0f}" if first else "",
            ])  # fmt: skip
    return markdown(head, rows)


def report(results: Sequence[Result]) -> list[str]:
    """Return the table, and protocol and hyperparameters of every task, as Markdown."""
    each = [f"- {r.title}: {r.protocol}. Chosen: {described(r.settings)}." for r in results]
    return [*table(results), "", *each]


def described(settings: dict[str, Any]) -> str:
    """Return settings in one line, without the names of the parts."""
    return ", ".join(f"`{name.split('__')[-1]}={value}`" for name, value in settings.items())


def draw(results: Sequence[Result], path: Path) -> None:
    """Draw every seed of the first metric, the published figure and the trivial models."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8, 1.2 + 0.6 * len(results)), layout="constrained")
    for row, result in enumerate(results):
        values, published = result.values[result.metric], result.published[result.metric]
        label = {"label": "a reservoir"} if row == 0 else {}
        ax.plot(values, [row] * len(values), "o", color="C0", alpha=0.5, **label)
        label = {"label": "their median"} if row == 0 else {}
        ax.plot(result.quantiles(result.metric)[1], row, "|", color="C0", ms=20, mew=2, **label)
        if published:
            label = {"label": "published"} if row == 0 else {}
            ax.plot(published["value"], row, "D", color="C1", **label)
        for k, (name, value) in enumerate(result.baselines.items()):
            label = {"label": re.sub(r"\d+ ", "", name)} if row == 0 else {}  # lags differ by row
            ax.plot(value, row, "x+1"[k], color="0.4", ms=9, **label)
    metrics = {r.metric for r in results}
    several = len(metrics) > 1
    ax.set_yticks(range(len(results)), [r.title + f" ({r.metric})" * several for r in results])
    ax.set_xscale("log")
    ax.set(xlabel=" or ".join(sorted(metrics)), ylim=(len(results) - 0.5, -0.5))
    ax.grid(axis="x", alpha=0.3)
    figure.legend(loc="outside lower center", ncols=5)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def write_docs(saved: Path, names: Sequence[str]) -> None:
    """Write docs/benchmarks.md from the saved results."""
    pages = [
        "# Published tasks",
        "",
        "This page is written by `python -m benchmarks.fidelity --write-docs` from the results of",
        "`python -m benchmarks.fidelity`. Grades say how sure we are of a published figure: *read*",
        "in the source or its result files, *quoted* in a second, *unconfirmed* where widely",
        "repeated and not seen by us. Hyperparameters are chosen on training parts.",
    ]
    for name in names:
        if not (saved / f"{name}.json").exists():
            continue
        results = load(saved / f"{name}.json")
        pictures = sorted(saved.glob(f"{name}.png")) + sorted(saved.glob(f"{name}-*.png"))
        pages += ["", f"## {name}", "", *report(results)]
        pages += ["", f"`python -m benchmarks.fidelity {name}`", ""]
        notes = getattr(import_module(f".{name}", __package__), "NOTES", None)
        pages += [notes, ""] if notes else []
        pages += [f"![{picture.stem}]({_from_docs(picture)})" for picture in pictures]
    pages += ["", *why_these_defaults()]
    (DOCS / "benchmarks.md").write_text("\n".join(pages) + "\n")


def _from_docs(picture: Path) -> str:
    """Return the way from the docs to a picture where it was made: it is kept once."""
    return Path(os.path.relpath(picture, DOCS)).as_posix()


def why_these_defaults() -> list[str]:
    """Return the section that `benchmarks.defaults` has measured."""
    return WHY.format(
        table=DEFAULTS.read_text(), votes=VOTES.read_text(), ordinary=ORDINARY.read_text()
    ).splitlines()


WHY = """## Why these defaults

The free run's error over 50 steps, divided by the standard deviation, with one default of
`ESNForecaster()` changed at a time: 2000 steps of training (109 years of sunspots), the median of
ten reservoirs times four origins. The defaults were chosen on weekly patterns with and without
noise, a sine, Mackey-Glass, Lorenz 63, sunspots, weekly CO2, counts, four years of months, a
random walk and an hourly load, of other lengths and draws. A first run of this table lost the
Hénon map and Rössler, where late steps outweighed the first ones; other draws of these then chose
among four ways to weigh them. The everyday series below chose nothing. `python -m
benchmarks.defaults`

{table}
- *Standardised*: scalings then mean the same in any unit.
- *The input to the readout*, beside the states: the readout learns the increment, which a series
  with a trend needs. It is not better in every column: without it a run that has left the
  attractor stays bounded.
- *Washout*: measured, at most a tenth of the series.
- *Alpha* is absolute, as in scikit-learn's `Ridge`. `ESNForecaster` takes the one whose free runs,
  from origins in the last part of the training series, are best, and whose free run from its end
  stays near the data: the evidence of one step knows nothing of the loop, and took alphas by which
  a noise-free weekly pattern exploded. `RidgeReadout` alone takes that of the evidence.
- *Differences* over a step where a series has a trend by the KPSS test, unless free runs without
  them are twice as good: OWA of the default on real series of packages, which had no part in the
  choice, 0.96, where it was 1.02 (`python -m benchmarks.real_series`).
- *Reservoir*: slow units that bend cannot follow a weekly pattern, fast ones that remember do less
  well on smooth curves; `BlockReservoir()` has a half of each.

Everyday series, by the defaults: the error of four origins over that of the best simple forecast
of each (naive, seasonal naive, both with drift), the median; three seeds of the default. Below one
is better than a choice that nobody can make beforehand. `python -m benchmarks.ordinary`

{ordinary}

How many candidates of a search should vote? The systems of dysts, chosen on the train file and
forecast within what precedes the test part; real series, on origins before those that are
reported, errors over that of the better simple forecast; two seeds. `python -m benchmarks.votes`

{votes}"""
