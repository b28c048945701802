"""All of M3 by one readout for each class.  ``python -m benchmarks.panels --data m3.csv.gz``.

The settings of `PanelForecaster` were chosen on validation parts (``--validate``: the last horizon
of every training part, forecast from what precedes it); the test parts are looked at once. sMAPE is
the mean over series of 200 mean |y - f| / (|y| + |f|), MASE is over the in-sample seasonal naive.
"vote" is the mean of the panel and of the mean of Theta and damped trend. "other half": solved on
the series of odd places and used on those of even ones, and the other way round.

The figures of entrants were computed from their published forecasts; N-BEATS is quoted from
Oreshkin et al. (2020), N-BEATS: neural basis expansion analysis for interpretable time series.
"""

import argparse
import csv
import gzip
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from reservoir import PanelForecaster
from reservoir.baselines import DampedTrend, Theta

SEASONS = {"yearly": 1, "quarterly": 4, "monthly": 12, "other": 1}
ENTRANTS = {
    "Theta, the winner": ("12.76", "16.97 / 8.96 / 13.89 / 4.41", "2.806 / 1.087 / .858 / 1.904"),
    "ForecastPro": ("13.06", "17.27 / 9.82 / 13.90 / 4.60", "3.026 / 1.204 / .848 / 1.920"),
    "N-BEATS, quoted": ("12.37", "", ""),
}

Series = list[np.ndarray]
Method = Callable[[Series, int, int], Series]


def read(path: Path) -> dict[str, tuple[Series, int]]:
    """Class -> (series, horizon)."""
    found: dict[str, tuple[Series, int]] = {}
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            horizon = int(row["horizon"])
            found.setdefault(row["class"], ([], horizon))[0].append(
                np.array(row["values"].split(), dtype=float)
            )
    return found


def smape(truth: np.ndarray, forecast: np.ndarray) -> float:
    return float(np.mean(200 * np.abs(truth - forecast) / (np.abs(truth) + np.abs(forecast))))


def mase(truth: np.ndarray, forecast: np.ndarray, past: np.ndarray, season: int) -> float:
    usual = np.abs(past[season:] - past[:-season])
    return float(np.abs(truth - forecast).mean() / usual.mean()) if len(usual) else np.nan


def of_panel(past: Series, season: int, horizon: int) -> Series:
    return PanelForecaster(season, horizon).fit(past).forecast(horizon)


def of_other_half(past: Series, season: int, horizon: int) -> Series:
    found: Series = [np.empty(0)] * len(past)
    for taught, used in ((0, 1), (1, 0)):
        model = PanelForecaster(season, horizon).fit(past[taught::2])
        found[used::2] = model.forecast(horizon, past[used::2])
    return found


def of_theta(past: Series, season: int, horizon: int) -> Series:
    return Theta(season).fit(past).forecast(horizon)


def of_damped(past: Series, season: int, horizon: int) -> Series:
    return DampedTrend(season).fit(past).forecast(horizon)


METHODS: dict[str, Method] = {
    "panel": of_panel, "other half": of_other_half, "Theta": of_theta, "damped trend": of_damped,
}  # fmt: skip


def main(argv: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="m3.csv.gz")
    parser.add_argument("--validate", action="store_true", help="on validation parts")
    args = parser.parse_args(argv)
    scaled: dict[str, list[list[float]]] = {}
    relative: dict[str, list[list[float]]] = {}
    seconds = dict.fromkeys(METHODS, 0.0)
    for kind, (series, horizon) in read(args.data).items():
        season = SEASONS[kind]
        whole = [x[:-horizon] for x in series] if args.validate else series
        past, truth = [x[:-horizon] for x in whole], [x[-horizon:] for x in whole]
        found = {}
        for name, method in METHODS.items():
            start = time.perf_counter()
            found[name] = method(past, season, horizon)
            seconds[name] += time.perf_counter() - start
        simple = zip(found["panel"], found["Theta"], found["damped trend"], strict=True)
        found["vote"] = [(a + (b + c) / 2) / 2 for a, b, c in simple]
        for name, forecasts in found.items():
            pairs = list(zip(truth, forecasts, past, strict=True))
            relative.setdefault(name, []).append([smape(y, f) for y, f, _ in pairs])
            scaled.setdefault(name, []).append([mase(*each, season) for each in pairs])
    print(f"{'':<20}{'sMAPE':>7}   yearly / quarterly / monthly / other      MASE", " " * 18, "s")
    totals = {}
    for name, classes in relative.items():
        totals[name] = float(np.mean(np.concatenate(classes)))
        each = " / ".join(f"{np.mean(c):.2f}" for c in classes)
        ratios = " / ".join(f"{np.nanmean(c):.3f}" for c in scaled[name])
        print(f"{name:<20}{totals[name]:>7.2f}   {each:<38} {ratios}  {seconds.get(name, 0):.1f}")
    if not args.validate:
        for name, (all_, each, ratios) in ENTRANTS.items():
            print(f"{name:<20}{all_:>7}   {each:<38} {ratios}")
    return totals


if __name__ == "__main__":
    main()
