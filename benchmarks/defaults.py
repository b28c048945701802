"""Why these defaults?  ``python -m benchmarks.defaults``.

The free run's error over 50 steps, divided by the standard deviation, with one default changed at a
time: default reservoirs, 2000 steps of training, the median of ten reservoirs times four origins.
The docs have the table that this saves.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import lorenz63, mackey_glass, rossler, sines

from . import save

TRAIN, FREE, ORIGINS = 2000, 50, 4

#: What is changed of ``ESNForecaster(Reservoir(), RidgeReadout())``, in groups of one choice each.
CHOICES: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "data not standardised": {"scaler": "passthrough"},
    "data not standardised, in units a hundred times smaller": {
        "scaler": "passthrough",
        "units": 100.0,
    },
    "readout without the input (passthrough=False)": {"passthrough": False},
    "washout 0 (default: measured)": {"readout__washout": 0},
    "washout 200": {"readout__washout": 200},
    "alpha 1e-10 (default: 1e-6)": {"readout__alpha": 1e-10},
    "alpha 1e-2": {"readout__alpha": 1e-2},
    "alpha 1e-6 T / 2000, T = 8000 steps": {"readout__alpha": 4e-6, "train": 8000},
    "alpha 1e-6, T = 8000 steps": {"train": 8000},
    "no bias (default: 0.5)": {"reservoir__bias_scaling": 0.0},
    "input scaling 1 (default: 0.1)": {"reservoir__input_scaling": 1.0},
    "spectral radius 0.1 (default: 0.9)": {"reservoir__spectral_radius": 0.1},
    "spectral radius 1.2": {"reservoir__spectral_radius": 1.2},
    "leak rate 0.3 (default: 1)": {"reservoir__leak_rate": 0.3},
}


def signals() -> dict[str, np.ndarray]:
    n_steps = 8000 + ORIGINS * FREE
    return {
        "two sines": sines(n_steps, n_sines=2),
        "Mackey-Glass": mackey_glass(n_steps, random_state=0),
        "Lorenz 63": lorenz63(n_steps, random_state=0),
        "Rössler": rossler(n_steps, random_state=0),
        "two sines, 5 % noise": noisy(sines(n_steps, n_sines=2)),
    }


def noisy(x: np.ndarray) -> np.ndarray:
    return x + 0.05 * x.std() * np.random.default_rng(0).standard_normal(x.shape)


def error(x: np.ndarray, seed: int, choice: dict[str, Any]) -> float:
    choice = dict(choice)
    x = x * choice.pop("units", 1.0)
    past = x[8000 - choice.pop("train", TRAIN) : 8000]
    reservoir = Reservoir(random_state=seed)
    model = ESNForecaster(reservoir, RidgeReadout()).set_params(**choice).fit(past)
    forecasts = model.rolling_forecast(x[8000:], FREE)
    errors = (forecasts - x[8000:].reshape(forecasts.shape)) / past.std(axis=0)
    with np.errstate(over="ignore"):
        each = np.sqrt(np.square(errors).mean(axis=(1, 2)))
    return float(np.median(np.nan_to_num(each, nan=np.inf)))


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/defaults"))
    args = parser.parse_args(argv)
    series = signals()
    jobs = (
        delayed(error)(x, seed, choice)
        for choice in CHOICES.values()
        for x in series.values()
        for seed in range(args.seeds)
    )
    found = np.reshape(Parallel(args.jobs)(jobs), (len(CHOICES), len(series), args.seeds))
    medians = np.median(found, axis=2)
    lines = ["| choice | " + " | ".join(series) + " |", "| --- |" + " --- |" * len(series)]
    for name, row in zip(CHOICES, medians, strict=True):
        lines.append(f"| {name} | " + " | ".join(f"{value:.2g}" for value in row) + " |")
    print("\n".join(lines))
    result = {name: row.tolist() for name, row in zip(CHOICES, medians, strict=True)}
    save(args.out, result, lines)
    return result


if __name__ == "__main__":
    main()
