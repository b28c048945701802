"""Five real series, two seasons ahead.  ``python -m benchmarks.real_series``.

From each of four origins, the command line's own search is run on what precedes it and the next two
seasons are forecast, by the median of its best 20 candidates and by the best one alone. The error
is over that of the better of two simple forecasts, seasonal naive and seasonal naive with drift.
Needs ``pip install ".[benchmarks]"``.
"""

import argparse
import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from reservoir.model_selection import ForecastSearchCV, forecasting_search, median

from .co2 import weekly_co2


def rows_of(package: str, path: str) -> list[list[str]]:
    """The rows of a CSV file inside an installed package, which is not imported."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f'this needs {package}: pip install ".[benchmarks]"')
    with Path(spec.submodule_search_locations[0], path).open() as file:
        return list(csv.reader(file))[1:]


def column(values: list[str]) -> np.ndarray:
    return np.array(values, dtype=float).reshape(-1, 1)


def series() -> dict[str, tuple[np.ndarray, int]]:
    """Name -> (series (T, 1), season)."""
    weekly = weekly_co2()
    el_nino = rows_of("statsmodels", "datasets/elnino/elnino.csv")
    sunspots = rows_of("statsmodels", "datasets/sunspots/sunspots.csv")
    passengers = rows_of("aeon", "datasets/data/Airline/Airline.csv")
    # 12 months of 52 weeks each year
    bounds = np.linspace(0, len(weekly), round(len(weekly) * 12 / 52.18) + 1).astype(int)
    monthly = np.array([weekly[a:b].mean() for a, b in zip(bounds[:-1], bounds[1:], strict=True)])
    return {
        "CO2, weekly": (weekly, 52),
        "CO2, monthly": (monthly.reshape(-1, 1), 12),
        "El Niño, monthly": (column([v for row in el_nino for v in row[1:]]), 12),
        "sunspots, yearly": (column([row[1] for row in sunspots]), 11),
        "passengers, monthly": (column([row[-1] for row in passengers]), 12),
    }


def rmse(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.square(a - b).mean()))


def simple_forecasts(past: np.ndarray, season: int, horizon: int) -> dict[str, np.ndarray]:
    steps = np.arange(horizon)
    last = past[-season:][steps % season]
    drift = (past[season:] - past[:-season]).mean()
    return {
        "seasonal naive": last,
        "seasonal naive with drift": last + drift * (steps // season + 1).reshape(-1, 1),
    }


def search(x: np.ndarray, season: int, horizon: int, seed: int, n_best: int) -> ForecastSearchCV:
    """As the command line tunes, on all that is given to it; a short series by one season."""
    least = max(2 * season + 10, 30)
    if len(x) < least + 3 * horizon:
        horizon = season
    n_splits = min(8, max(3, min(len(x) // 2, len(x) - least) // horizon))
    return forecasting_search(
        horizon=horizon, season=season, n_splits=n_splits, n_best=n_best, n_jobs=-1,
        random_state=seed,
    ).fit(x)  # fmt: skip


def ratios(
    x: np.ndarray, season: int, origins: list[int], seeds: int, n_best: list[int]
) -> list[float]:
    """Errors over the better simple forecast, of the medians of so many candidates."""
    horizon = 2 * season
    simple, ours = [], []
    for origin in origins:
        past, truth = x[:origin], x[origin : origin + horizon]
        forecasts = simple_forecasts(past, season, horizon).values()
        simple.append([rmse(f, truth) for f in forecasts])
        for seed in range(seeds):
            found = search(past, season, horizon, seed, max(n_best))
            votes = [model.forecast(horizon) for model in found.best_estimators_]
            ours.append([rmse(median(votes[:k]), truth) for k in n_best])
    return list(np.mean(ours, axis=0) / np.mean(simple, axis=0).min())


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--origins", type=int, default=4)
    parser.add_argument("--best", type=int, nargs="*", default=[20, 1])
    parser.add_argument("--skip", type=int, default=0, help="origins left out at the end")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args(argv)
    results = {}
    print(
        f"{'RMSE over that of the better simple forecast':<45}",
        *(f"best {k:<4}" for k in args.best),
    )
    for name, (x, season) in series().items():
        if args.names and not any(part in name for part in args.names):
            continue
        step = 2 * season if len(x) > 24 * season else season
        last = len(x) - 2 * season - args.skip * step
        origins = [last - step * k for k in reversed(range(args.origins))]
        results[name] = ratios(x, season, origins, args.seeds, args.best)
        print(f"{name:<45}", *(f"{r:<9.3f}" for r in results[name]), flush=True)
    means = np.exp(np.log(list(results.values())).mean(axis=0))
    print(f"{'geometric mean':<45}", *(f"{r:<9.3f}" for r in means))
    return results


if __name__ == "__main__":
    main()
