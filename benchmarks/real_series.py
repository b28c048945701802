"""Five real series, two seasons ahead.  ``python -m benchmarks.real_series``.

From each of at least four origins, the command line's own search is run on what precedes it and the
next two seasons are forecast. The root-mean-square error is over that of the better of two simple
forecasts, seasonal naive and seasonal naive with drift. Needs ``pip install ".[benchmarks]"``.
"""

import argparse
import csv
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from reservoir.model_selection import ForecastSearchCV, forecasting_search

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
    """As the command line tunes: on all that is given to it."""
    least = max(2 * season + 10, 30)
    n_splits = min(8, max(3, min(len(x) // 2, len(x) - least) // horizon))
    return forecasting_search(
        horizon=horizon, season=season, n_splits=n_splits, n_best=n_best, n_jobs=-1,
        random_state=seed,
    ).fit(x)  # fmt: skip


def ratio(x: np.ndarray, season: int, origins: list[int], seeds: int, n_best: int) -> dict:
    """Errors over the better simple forecast: of the median, and of the best candidate alone."""
    horizon = 2 * season
    simple, ours, single = [], [], []
    for origin in origins:
        past, truth = x[:origin], x[origin : origin + horizon]
        forecasts = simple_forecasts(past, season, horizon).values()
        simple.append([rmse(f, truth) for f in forecasts])
        for seed in range(seeds):
            found = search(past, season, horizon, seed, n_best)
            ours.append(rmse(found.forecast(horizon), truth))
            single.append(rmse(found.best_estimator_.forecast(horizon), truth))
    better = np.mean(simple, axis=0).min()
    return {"median": np.mean(ours) / better, "single best": np.mean(single) / better}


def main(argv: list[str] | None = None) -> dict[str, dict]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--origins", type=int, default=4)
    parser.add_argument("--best", type=int, default=20)
    parser.add_argument(
        "--skip", type=int, default=0, help="seasons left out at the end, twice over"
    )
    parser.add_argument("names", nargs="*")
    args = parser.parse_args(argv)
    results = {}
    print(f"{'RMSE over the better simple forecast':<38}{'median of best':>15}{'single best':>13}")
    for name, (x, season) in series().items():
        if args.names and not any(n in name for n in args.names):
            continue
        step = 2 * season
        end = len(x) - args.skip * step
        origins = [
            end - step * k for k in range(args.origins, 0, -1) if end - step * k >= len(x) / 3
        ]
        results[name] = ratio(x, season, origins, args.seeds, args.best)
        print(
            f"{name:<38}{results[name]['median']:>15.3f}{results[name]['single best']:>13.3f}",
            flush=True,
        )  # noqa: E501
    for kind in ("median", "single best"):
        mean = np.exp(np.mean([np.log(r[kind]) for r in results.values()]))
        print(f"geometric mean, {kind}: {mean:.3f}")
    return results


if __name__ == "__main__":
    main()
