"""Five real series, two seasons ahead.  ``python -m benchmarks.five_series``.

From each of four origins, the command line's own search is run on what precedes it and the next two
seasons are forecast: by the vote, by its networks' median and by the best network alone. Beside it:
the same search with a delay line in the place of the reservoir (what is the reservoir itself
worth?), and statsmodels' ETS (season additive or multiplicative, by AIC) and, up to seasons of 12,
SARIMA (1,1,1)(0,1,1), of the logarithm where the series is above zero. Every
error is over that of the better of two simple forecasts, seasonal naive and seasonal naive with
drift. Needs ``pip install ".[benchmarks]"``.
"""

import argparse
import csv
import warnings
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from reservoir import Reservoir
from reservoir.baselines import simple_forecasts
from reservoir.model_selection import ForecastSearchCV, forecasting_search
from reservoir.model_selection import root_mean_square as rmse
from reservoir.series import MIN_ORIGINS, least_rows, origins_that_fit

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


def search(x: np.ndarray, season: int, horizon: int, seed: int) -> ForecastSearchCV:
    """As the command line tunes, on all that is given to it; a short series by one season."""
    if len(x) < least_rows(season) + MIN_ORIGINS * horizon:
        horizon = season
    n_splits = origins_that_fit(len(x), season, horizon)
    return forecasting_search(
        horizon=horizon, season=season, positive=bool((x > 0).all()), n_rows=len(x),
        n_splits=n_splits, n_jobs=-1,
        random_state=seed,
    )  # fmt: skip


def delay_line(n_lags: int) -> Reservoir:
    """The last inputs as states: what is left of a reservoir without one."""
    first = np.eye(n_lags, 1)
    return Reservoir(
        n_lags, topology=np.eye(n_lags, k=-1), spectral_radius=None, activation="identity",
        input_weights=first, input_scaling=1.0, bias_scaling=0.0,
    )  # fmt: skip


def of_lags(x: np.ndarray, season: int, horizon: int) -> np.ndarray:
    found = search(x, season, horizon, 0)
    names = ["differences", "transformer", "readout__alpha"]
    grid = {name: found.param_grid[0][name] for name in names}
    longest = min(2 * season, len(x) // 6)
    grid["reservoir"] = [delay_line(max(2, longest // 2)), delay_line(max(3, longest))]
    found.set_params(param_grid=grid, handicaps=None, members=())
    return found.fit(x).forecast(horizon)


def of_ets(x: np.ndarray, season: int, horizon: int) -> np.ndarray:
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    kinds = ["add", "mul"] if (x > 0).all() else ["add"]
    fits = [
        ExponentialSmoothing(x[:, 0], trend="add", seasonal=kind, seasonal_periods=season).fit()
        for kind in kinds
    ]
    return min(fits, key=lambda fit: fit.aic).forecast(horizon).reshape(-1, 1)


def of_sarima(x: np.ndarray, season: int, horizon: int) -> np.ndarray:
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    if season > 12:
        return np.full((horizon, 1), np.nan)  # minutes a fit
    positive = bool((x > 0).all())
    level = np.log(x[:, 0]) if positive else x[:, 0]
    model = SARIMAX(level, order=(1, 1, 1), seasonal_order=(0, 1, 1, season))
    forecast = model.fit(disp=False).forecast(horizon).reshape(-1, 1)
    return np.exp(forecast) if positive else forecast


OTHERS = {"lags": of_lags, "ETS": of_ets, "SARIMA": of_sarima}


def ratios(x: np.ndarray, season: int, origins: list[int], seeds: int) -> dict[str, float]:
    """Errors over that of the better simple forecast."""
    horizon = 2 * season
    simple: list[list[float]] = []
    errors: dict[str, list[float]] = {
        "vote": [],
        "networks": [],
        "best": [],
        **{name: [] for name in OTHERS},
    }
    for origin in origins:
        past, truth = x[:origin], x[origin : origin + horizon]
        forecasts = simple_forecasts(past, season, horizon)
        simple.append([rmse(truth, f) for name, f in forecasts.items() if "seasonal" in name])
        for seed in range(seeds):
            found = search(past, season, horizon, seed).fit(past)
            errors["vote"].append(rmse(truth, found.forecast(horizon)))
            errors["networks"].append(rmse(truth, found.forecasts(horizon)["networks"]))
            errors["best"].append(rmse(truth, found.best_estimator_.forecast(horizon)))
        for name, forecast in OTHERS.items():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                errors[name].append(rmse(truth, forecast(past, season, horizon)))
    better = np.mean(simple, axis=0).min()
    return {name: float(np.mean(values) / better) for name, values in errors.items()}


def main(argv: list[str] | None = None) -> dict[str, dict[str, float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--origins", type=int, default=4)
    parser.add_argument("--skip", type=int, default=0, help="origins left out at the end")
    parser.add_argument("names", nargs="*")
    args = parser.parse_args(argv)
    results: dict[str, dict[str, float]] = {}
    columns = ["vote", "networks", "best", *OTHERS]
    print(f"{'RMSE over the better simple forecast':<38}", *(f"{c:>8}" for c in columns))
    for name, (x, season) in series().items():
        if args.names and not any(part in name for part in args.names):
            continue
        step = 2 * season if len(x) > 24 * season else season
        last = len(x) - 2 * season - args.skip * step
        origins = [last - step * k for k in reversed(range(args.origins))]
        results[name] = ratios(x, season, origins, args.seeds)
        print(f"{name:<38}", *(f"{results[name][c]:>8.3f}" for c in columns), flush=True)
    means = [np.exp(np.nanmean([np.log(r[c]) for r in results.values()])) for c in columns]
    print(f"{'geometric mean':<38}", *(f"{m:>8.3f}" for m in means))
    return results


if __name__ == "__main__":
    main()
