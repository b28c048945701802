"""Fields in space, place by place.  ``python -m benchmarks.fields``.

`LocalForecaster`, one small network for all patches of a field; free runs from unseen starts, on a
trajectory of their own, until the error passes .4 spreads, in Lyapunov times. The settings of each
field stand in `FIELDS`, and were chosen on another trajectory. Kuramoto-Sivashinsky by patches of
eight places, 20,000 steps: published, without symmetry, is about five (Pathak et al. 2018, read
off a figure). Coupled maps in the plane: Kaneko (1989); turbulent (1.95, coupling .1), a step a
whole spread.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import markdown, report
from reservoir import LocalForecaster, Reservoir, RidgeReadout
from reservoir.datasets import kuramoto_sivashinsky, lorenz96
from reservoir.metrics import valid_prediction_time


@dataclass(frozen=True)
class Field:
    """A field, its largest exponent, steps of training and of a free run, and the settings."""

    series: Callable[..., np.ndarray]
    exponent: float
    dt: float
    n_train: int
    n_steps: int
    options: dict[str, Any]


def coupled_maps(n_steps: int, *, n_rows: int = 16, random_state: int = 0) -> np.ndarray:
    """Return coupled logistic maps on a square that closes on itself, row by row, (T, n²)."""
    rng = np.random.default_rng(random_state)
    x, found = rng.uniform(-0.5, 0.5, (n_rows, n_rows)), np.empty((n_steps, n_rows**2))
    for t in range(-100, n_steps):
        x = stepped(x)
        if t >= 0:
            found[t] = x.ravel()
    return found


def stepped(x: np.ndarray) -> np.ndarray:
    """Return the maps one step on: each is moved by itself, and by its four neighbours."""
    f = 1 - 1.95 * x**2
    beside = sum(np.roll(f, step, axis) for axis in (0, 1) for step in (-1, 1))
    return np.asarray(0.9 * f + 0.025 * beside)


def exponent_of_maps(n_steps: int = 2000) -> float:
    """Return the largest exponent, a step, by two fields that are kept 1e-8 apart."""
    rng, total = np.random.default_rng(0), 0.0
    x = coupled_maps(1)[0].reshape(16, 16)
    other = x + 1e-8 * rng.standard_normal(x.shape)
    for t in range(n_steps):
        x, other = stepped(x), stepped(other)
        apart = float(np.sqrt(np.mean((other - x) ** 2)))
        total += np.log(apart / 1e-8) if t >= 100 else 0.0
        other = x + (other - x) * (1e-8 / apart)
    return total / (n_steps - 100)


SLIGHT = Reservoir(1000, spectral_radius=0.1, input_scaling=0.03)
#: Of Kuramoto-Sivashinsky, with the default reservoir of `LocalForecaster`.
KS = {"symmetry": "odd", "input_noise": 2e-4}
FIELDS = {
    "KS, L = 22": Field(
        partial(kuramoto_sivashinsky, length=22, n_points=64), 0.0482, 0.25, 20_000, 1300,
        {"reservoir": SLIGHT, "readout": RidgeReadout(1e-10), "width": 4, "overlap": 10,
         "symmetry": "odd", "input_noise": 1e-4},
    ),
    "KS, L = 100": Field(
        partial(kuramoto_sivashinsky, length=100, n_points=256), 0.094, 0.25, 20_000, 500, KS
    ),
    "KS, L = 200": Field(
        partial(kuramoto_sivashinsky, length=200, n_points=512), 0.094, 0.25, 20_000, 500, KS
    ),
    "Lorenz 96, 40 sites": Field(
        partial(lorenz96, n_sites=40, dt=0.05), 1.68, 0.05, 10_000, 300,
        {"reservoir": SLIGHT, "readout": RidgeReadout(1e-8), "width": 2, "overlap": 4,
         "input_noise": 1e-3},
    ),
    "coupled maps, 16 × 16": Field(  # a map has no memory
        coupled_maps, 0.427, 1.0, 1_000, 60,
        {"reservoir": Reservoir(300, spectral_radius=0.0, input_scaling=0.01), "width": 1,
         "readout": RidgeReadout(1e-13), "input_noise": 0.0, "symmetry": "even", "grid": (16, 16)},
    ),
}  # fmt: skip


def measured(name: str, seed: int, n_train: int, n_starts: int) -> dict[str, Any]:
    """Valid times from many starts, and seconds of the fit."""
    field = FIELDS[name]
    train = field.series(n_train, random_state=seed)
    n_steps, gap = field.n_steps, 200
    test = field.series(1000 + gap * n_starts + n_steps, random_state=100 + seed)
    start = time.perf_counter()
    model = LocalForecaster(random_state=seed, **field.options).fit(train)
    seconds = time.perf_counter() - start
    origins = 1000 + gap * np.arange(n_starts)
    runs = np.stack(model.forecast(n_steps, [test[o - 300 : o] for o in origins]))
    truth = np.stack([test[o : o + n_steps] for o in origins])
    times = valid_prediction_time(
        truth, np.where(np.isfinite(runs), runs, np.nan), scale=train.std(), dt=field.dt,
        lyapunov_exponent=field.exponent,
    )  # fmt: skip
    return {
        "times": times.tolist(),
        "units": model.network_.rule.n_state,
        "seconds": seconds,
        "lost": int(np.isnan(runs).any((1, 2)).sum()),
    }


def draw(path: Path) -> None:
    """Draw a forecast, what came, and the error."""
    import matplotlib

    matplotlib.use("Agg")
    from reservoir.plotting import SpaceTimeDisplay

    x = kuramoto_sivashinsky(4400, length=100, n_points=256, random_state=0)
    reservoir = Reservoir(300, spectral_radius=0.1, input_scaling=0.05)
    model = LocalForecaster(reservoir, symmetry="odd", input_noise=1e-3, random_state=0)
    display = SpaceTimeDisplay.from_estimator(model.fit(x[:4000]), x[4000:], dt=0.25, dx=100 / 256)
    display.figure_.savefig(path, dpi=110)


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fields", nargs="*", help=f"of {', '.join(FIELDS)}; all of them")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--rows", type=int, help="of training; as many as each field has")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw one forecast, no more")
    args = parser.parse_args(argv)
    if args.picture:
        draw(args.picture)
        return []
    rows: list[dict[str, Any]] = []
    for name in args.fields or FIELDS:
        n_train = args.rows or FIELDS[name].n_train
        found = [measured(name, seed, n_train, args.starts) for seed in range(args.seeds)]
        times = np.array([each["times"] for each in found])
        rows.append({
            "field": name, "rows": n_train, "units": found[0]["units"],
            "mean": float(times.mean()), "of seeds": times.mean(axis=1).tolist(),
            "10-90 %": np.quantile(times, [0.1, 0.9]).tolist(),
            "seconds": float(np.median([each["seconds"] for each in found])),
            "lost": sum(each["lost"] for each in found),
        })  # fmt: skip
    head = ["field", "rows", "units", "valid time, mean", "of each reservoir", "10 – 90 % of runs",
            "runs lost", "s of a fit"]  # fmt: skip
    lines = markdown(head, [
        [r["field"], f"{r['rows']:,}", str(r["units"]), f"{r['mean']:.2f}",
         ", ".join(f"{t:.2f}" for t in r["of seeds"]),
         f"{r['10-90 %'][0]:.1f} – {r['10-90 %'][1]:.1f}", str(r["lost"]), f"{r['seconds']:.0f}"]
        for r in rows
    ])  # fmt: skip
    report(rows, lines, args.out)
    return rows


if __name__ == "__main__":
    main()
