"""Why these defaults?  ``python -m benchmarks.defaults``.

The free run's error over 50 steps, divided by the standard deviation, with one default changed at a
time: 2000 steps of training, the median of ten reservoirs times four origins. The first
six series chose the defaults, on other reservoirs; the last four were held back.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from reservoir import ESNForecaster, Reservoir, RidgeReadout, RidgeReadoutCV
from reservoir.datasets import (
    henon,
    load_sunspots,
    lorenz63,
    lorenz96,
    mackey_glass,
    rossler,
    sines,
)
from reservoir.esn import divergence_is_known

from . import markdown, report

LONG, TRAIN, FREE, ORIGINS = 8000, 2000, 50, 4

#: Units that are slow and bend.
BENDING: dict[str, Any] = {
    "spectral_radius": 0.5,
    "leak_rate": 0.3,
    "input_scaling": 0.3,
    "bias_scaling": 1.0,
}
#: What is changed of ``ESNForecaster()``, one choice at a time.
CHOICES: dict[str, dict[str, Any]] = {
    "the defaults": {},
    "not standardised": {"scaler": "passthrough"},
    "not standardised, units a hundred times smaller": {"scaler": "passthrough", "units": 100.0},
    "readout without the input (`passthrough=False`)": {"passthrough": False},
    "washout 0 (default: measured)": {"readout__washout": 0},
    "washout 50": {"readout__washout": 50},
    "alpha by the evidence (default: by free runs)": {"readout": RidgeReadout("evidence")},
    "alpha 1e-10": {"readout": RidgeReadout(1e-10)},
    "alpha 1e-6": {"readout": RidgeReadout(1e-6)},
    "alpha 1e-2": {"readout": RidgeReadout(1e-2)},
    "`RidgeReadoutCV(cv=5)`": {"readout": RidgeReadoutCV(cv=5)},
    "8000 steps": {"train": LONG},
    "100 units (default: 200)": {"reservoir__n_units": 100},
    "no bias": {"reservoir__bias_scaling": (0.0, 0.0)},
    "inputs six times smaller": {"reservoir__input_scaling": (0.017, 0.05)},
    "inputs three times larger": {"reservoir__input_scaling": (0.3, 1.0)},
    "all units remember: `Reservoir(200)`": {"reservoir": Reservoir(200)},
    "all units bend": {"reservoir": Reservoir(200, **BENDING)},
    "all units bend, alpha by the evidence, 100 units: the default of old": {
        "reservoir": Reservoir(100, **BENDING),
        "readout": RidgeReadout("evidence"),
    },
}


def signals() -> dict[str, np.ndarray]:
    n_steps = LONG + ORIGINS * FREE
    return {
        "two sines": sines(n_steps, n_sines=2),
        "Mackey-Glass": mackey_glass(n_steps, random_state=0),
        "Lorenz 63": lorenz63(n_steps, random_state=0),
        "Rössler": rossler(n_steps, random_state=0),
        "two sines, 5 % noise": noisy(sines(n_steps, n_sines=2)),
        "Lorenz 96": lorenz96(n_steps, dt=0.02, random_state=0),
        "five sines": sines(n_steps, n_sines=5),
        "Lorenz 63, 5 % noise": noisy(lorenz63(n_steps, random_state=1)),
        "Hénon, 5 steps": henon(n_steps, random_state=0),
        "sunspots": load_sunspots().data,
    }


def noisy(x: np.ndarray) -> np.ndarray:
    return x + 0.05 * x.std() * np.random.default_rng(0).standard_normal(x.shape)


def error(name: str, x: np.ndarray, seed: int, choice: dict[str, Any]) -> float:
    choice = dict(choice)
    x = x * choice.pop("units", 1.0)
    last = min(LONG, len(x) - ORIGINS * FREE)
    past = x[max(0, last - choice.pop("train", TRAIN)) : last]
    model = ESNForecaster(random_state=seed).set_params(**choice).fit(past)
    with divergence_is_known():
        forecasts = model.rolling_forecast(x[last:], FREE)
    errors = (forecasts - x[last:].reshape(forecasts.shape)) / past.std(axis=0)
    errors = errors[:, :5] if "5 steps" in name else errors
    with np.errstate(over="ignore"):
        each = np.sqrt(np.square(errors).mean(axis=(1, 2)))
    return float(np.median(np.nan_to_num(each, nan=np.inf)))


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--most", type=int, help="choices at most")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/defaults"))
    args = parser.parse_args(argv)
    series, choices = signals(), dict(list(CHOICES.items())[: args.most])
    jobs = (
        delayed(error)(name, x, seed, choice)
        for choice in choices.values()
        for name, x in series.items()
        for seed in range(args.seeds)
    )
    found = np.reshape(Parallel(args.jobs)(jobs), (len(choices), len(series), args.seeds))
    medians = np.median(found, axis=2)
    result = {name: row.tolist() for name, row in zip(choices, medians, strict=True)}
    rows = ([name, *(f"{value:.2g}" for value in row)] for name, row in result.items())
    lines = markdown(["choice", *series], rows)
    report(result, lines, args.out)
    return result


if __name__ == "__main__":
    main()
