"""What ordinary users bring, by the defaults.  ``python -m benchmarks.ordinary [--out NAME]``.

Fifteen everyday series: real ones that ship with this package or with statsmodels, and the plain
patterns of a spreadsheet. Each is forecast a season or so ahead from four origins by
``ESNForecaster()``, by ``forecasting_search`` as the command line runs it, and by the simple
forecasts; the root-mean-square error over that of the best simple forecast, the median of the
origins (and of three seeds for the default). Below one is better than the best simple forecast of
each origin, which nobody knows beforehand.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np

from reservoir import ESNForecaster
from reservoir.baselines import simple_forecasts
from reservoir.datasets import load_co2, load_sunspots
from reservoir.esn import DivergenceWarning
from reservoir.model_selection import forecasting_search
from reservoir.series import origins_that_fit

from . import markdown, report

WEEK = np.array([0, 1, 2, 3, 5, -4, -6.0])
ORIGINS, SEEDS = 4, 3


def _known(x: np.ndarray) -> np.ndarray:
    """Fill gaps by straight lines."""
    at = np.flatnonzero(np.isfinite(x))
    return np.interp(np.arange(len(x)), at, x[at])


def everyday() -> dict[str, tuple[np.ndarray, int, int]]:
    """Return name -> (series, season, steps to forecast)."""
    rng = np.random.default_rng(2024)
    t = np.arange(2000.0)
    found = {
        "weekly pattern": (np.tile(WEEK, 60), 7, 28),
        "weekly pattern, trend, noise": (
            np.tile(WEEK, 60) + 0.02 * t[:420] + rng.normal(0, 0.5, 420), 7, 28,
        ),
        "sales of a shop, daily counts": (
            rng.poisson(np.tile([3, 5, 5, 6, 9, 12, 2], 70)).astype(float), 7, 28,
        ),
        "load, hourly": (
            50 + 10 * np.sin(t[:1500] * np.pi / 12) + 4 * np.sin(t[:1500] * np.pi / 84)
            + rng.normal(0, 1, 1500), 24, 48,
        ),
        "visitors, 48 months": (
            100 + t[:48] + 20 * np.sin(t[:48] * np.pi / 6) + rng.normal(0, 4, 48), 12, 6,
        ),
        "turnover, 60 quarters, growing": (
            np.exp(0.02 * t[:60]) * (20 + np.tile([0, 3, 1, -4], 15)) * np.exp(
                rng.normal(0, 0.02, 60)), 4, 4,
        ),
        "spare parts, intermittent": (
            rng.poisson(2, 500) * (rng.random(500) < 0.2) * 1.0, 1, 14,
        ),
        "a price: random walk": (100 + np.cumsum(rng.normal(size=500)), 1, 20),
        "CO2, weekly": (_known(load_co2().data[:, 0]), 52, 52),
        "sunspots, yearly": (load_sunspots().data[:, 0].astype(float), 11, 22),
    }  # fmt: skip
    from statsmodels import datasets

    macro = datasets.macrodata.load_pandas().data
    found["US GDP, quarterly"] = (macro["realgdp"].to_numpy(float), 4, 8)
    found["US unemployment, quarterly"] = (macro["unemp"].to_numpy(float), 4, 8)
    found["Nile, yearly"] = (datasets.nile.load_pandas().data["volume"].to_numpy(float), 1, 10)
    nino = datasets.elnino.load_pandas().data.drop(columns="YEAR").to_numpy(float)
    found["El Niño, monthly"] = (nino.ravel(), 12, 24)
    rate = datasets.interest_inflation.load_pandas().data
    found["German interest, quarterly"] = (rate["R"].to_numpy(float), 4, 4)
    return found


def rmse(truth: np.ndarray, forecast: np.ndarray) -> float:
    return float(np.sqrt(np.square(forecast - truth).mean()))


def ratios(x: np.ndarray, season: int, steps: int, jobs: int) -> dict[str, float]:
    """Return the median ratio of the default, of the search, and of the usual simple forecast."""
    found: dict[str, list[float]] = {"default": [], "search": [], "seasonal naive or naive": []}
    for k in range(ORIGINS):
        start = len(x) - steps - k * max(1, steps // 2)
        train, truth = x[:start, None], x[start : start + steps, None]
        simple = {n: rmse(truth, f) for n, f in simple_forecasts(train, season, steps).items()}
        best = max(min(simple.values()), 1e-3 * train.std())  # where a simple one is exact
        for seed in range(SEEDS):
            forecast = (
                ESNForecaster(random_state=seed).fit(train).forecast(steps, on_divergence="nan")
            )
            found["default"].append(rmse(truth, np.nan_to_num(forecast, nan=np.inf)) / best)
        search = forecasting_search(
            horizon=steps, season=season, positive=bool((train > 0).all()), random_state=0,
            n_splits=origins_that_fit(len(train), season, steps), n_jobs=jobs,
        )  # fmt: skip
        found["search"].append(rmse(truth, search.fit(train).forecast(steps)) / best)
        usual = "naive" if season == 1 else "seasonal naive"
        found["seasonal naive or naive"].append(simple[usual] / best)
    return {name: float(np.median(values)) for name, values in found.items()}


def main(argv: list[str] | None = None) -> dict[str, dict[str, float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="series whose name holds this")
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    warnings.simplefilter("ignore", DivergenceWarning)
    found = {}
    for name, (x, season, steps) in everyday().items():
        if args.only in name:
            found[name] = ratios(x, season, steps, args.jobs)
            print(name, {k: round(v, 3) for k, v in found[name].items()}, flush=True)
    columns = list(next(iter(found.values())))
    rows = [[name, *(f"{row[c]:.2f}" for c in columns)] for name, row in found.items()]
    middle = {c: float(np.median([row[c] for row in found.values()])) for c in columns}
    rows.append(["**median**", *(f"{middle[c]:.2f}" for c in columns)])
    lines = markdown(["series", *columns], rows)
    report(found, lines, args.out)
    return found


if __name__ == "__main__":
    main()
