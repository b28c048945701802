"""Everyday series with gaps, by the default.  ``python -m benchmarks.gaps [--out NAME]``.

The series of `benchmarks.ordinary`, and clean ones beside them, with rows taken out at random, one
by one or in runs. Each is forecast from three origins by ``ESNForecaster()`` as it is, after lines
have been drawn through its gaps, and without gaps: the root-mean-square error over that of the
whole series, the geometric mean of three draws of gaps.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np

from reservoir import ESNForecaster
from reservoir.datasets import lorenz63, mackey_glass
from reservoir.missing import interpolated

from . import markdown, report
from .ordinary import everyday, rmse

#: Name -> share of the rows that are lost, and how many in a row.
LOSSES = {"a tenth": (0.1, 1), "three tenths": (0.3, 1), "half": (0.5, 1),
          "a tenth, weeks": (0.1, 7), "three tenths, weeks": (0.3, 7)}  # fmt: skip
ORIGINS, DRAWS = 3, 3
#: Rows that are kept, the last ones.
MOST_ROWS = 1000


def series() -> dict[str, tuple[np.ndarray, int]]:
    """Return name -> (series, steps to forecast)."""
    found = {name: (x[-MOST_ROWS:], steps) for name, (x, _, steps) in everyday().items()}
    found.pop("weekly pattern")  # which is forecast without an error
    found["Mackey-Glass, clean"] = (mackey_glass(1000, random_state=0)[:, 0], 50)
    found["Lorenz 63, clean"] = (lorenz63(1000, dt=0.02, random_state=0)[:, 0], 50)
    return found


def lost_rows(n_rows: int, share: float, run: int, rng: np.random.Generator) -> np.ndarray:
    """Return which rows are lost; the first and the last are seen."""
    lost = np.zeros(n_rows, dtype=bool)
    while lost.mean() < share:
        start = int(rng.integers(1, n_rows - 1 - run))
        lost[start : start + run] = True
    return lost


def ratios(x: np.ndarray, steps: int, share: float, run: int) -> dict[str, float]:
    """Return errors over those of the whole series, the geometric mean."""
    logs: dict[str, list[float]] = {"as it is": [], "lines first": []}
    for k in range(ORIGINS):
        stop = len(x) - steps - k * max(1, steps // 2)
        train, truth = x[:stop, None], x[stop : stop + steps, None]

        def error(rows: np.ndarray, steps: int = steps, truth: np.ndarray = truth) -> float:
            model = ESNForecaster(random_state=0).fit(rows)
            return rmse(truth, model.forecast(steps, on_divergence="nan"))

        whole = error(train)
        for draw in range(DRAWS):
            lost = lost_rows(stop, share, run, np.random.default_rng(draw))
            gaps = np.where(lost[:, None], np.nan, train)
            for name, rows in (("as it is", gaps), ("lines first", interpolated(gaps))):
                logs[name].append(np.log(error(rows) / whole))
    return {name: float(np.exp(np.nanmean(values))) for name, values in logs.items()}


def main(argv: list[str] | None = None) -> dict[str, dict[str, float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="series whose name holds this")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    warnings.simplefilter("ignore")
    found: dict[str, dict[str, float]] = {}
    for name, (x, steps) in series().items():
        if args.only in name:
            found[name] = {
                f"{loss}: {way}": ratio
                for loss, how in LOSSES.items() for way, ratio in ratios(x, steps, *how).items()
            }  # fmt: skip
            print(name, {k: round(v, 2) for k, v in found[name].items()}, flush=True)
    columns = next(iter(found.values()))
    means = {c: float(np.exp(np.mean([np.log(row[c]) for row in found.values()]))) for c in columns}

    def cells(row: dict[str, float]) -> list[str]:
        return [f"{row[f'{x}: as it is']:.2f} ({row[f'{x}: lines first']:.2f})" for x in LOSSES]

    table = {**found, "**geometric mean**": means}
    rows = [[name, *cells(row)] for name, row in table.items()]
    lines = markdown(["series", *LOSSES], rows)
    report(found, lines, args.out)
    return found


if __name__ == "__main__":
    main()
