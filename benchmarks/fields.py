"""Fields in space: Kuramoto-Sivashinsky, place by place.  ``python -m benchmarks.fields``.

`LocalForecaster` (1000 units for every patch of eight places, one shared readout, overlap eight,
the odd mirror symmetry, an input noise of 2e-4), trained on 20,000 steps of .25; free runs from
unseen starts, on a trajectory of its own, until the error passes .4 spreads, in Lyapunov times.
Settings were chosen on another trajectory. Published for such patches, without symmetry: about
five (Pathak et al. 2018, read off a figure).
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import markdown, save
from reservoir import LocalForecaster
from reservoir.datasets import kuramoto_sivashinsky
from reservoir.metrics import valid_prediction_time

#: Largest exponents, by length; points of the grid.
EXPONENTS, POINTS, DT = {100: 0.094, 200: 0.094}, {100: 256, 200: 512}, 0.25


def measured(length: int, seed: int, n_train: int, n_starts: int, **options: Any) -> dict[str, Any]:
    """Valid times from many starts, and seconds of the fit."""
    grid = {"length": length, "n_points": POINTS[length], "dt": DT}
    train = kuramoto_sivashinsky(n_train, random_state=seed, **grid)
    test = kuramoto_sivashinsky(1000 + 200 * n_starts + 500, random_state=100 + seed, **grid)
    start = time.perf_counter()
    options = {"symmetry": "odd", "input_noise": 2e-4, **options}
    model = LocalForecaster(random_state=seed, **options).fit(train)
    seconds = time.perf_counter() - start
    origins = 1000 + 200 * np.arange(n_starts)
    runs = np.stack(model.forecast(500, [test[o - 300 : o] for o in origins]))
    truth = np.stack([test[o : o + 500] for o in origins])
    times = valid_prediction_time(
        truth, np.where(np.isfinite(runs), runs, np.nan), scale=train.std(), dt=DT,
        lyapunov_exponent=EXPONENTS[length],
    )  # fmt: skip
    return {
        "times": times.tolist(),
        "seconds": seconds,
        "lost": int(np.isnan(runs).any((1, 2)).sum()),
    }


def draw(path: Path) -> None:
    """Draw a forecast, what came, and the error."""
    import matplotlib

    matplotlib.use("Agg")
    from reservoir import Reservoir
    from reservoir.plotting import SpaceTimeDisplay

    x = kuramoto_sivashinsky(4400, length=100, n_points=256, random_state=0)
    reservoir = Reservoir(300, spectral_radius=0.1, input_scaling=0.05)
    model = LocalForecaster(reservoir, symmetry="odd", input_noise=1e-3, random_state=0)
    display = SpaceTimeDisplay.from_estimator(model.fit(x[:4000]), x[4000:], dt=DT, dx=100 / 256)
    display.figure_.savefig(path, dpi=110)


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lengths", type=int, nargs="+", default=[100, 200], choices=list(POINTS))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=20)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw one forecast, no more")
    args = parser.parse_args(argv)
    if args.picture:
        draw(args.picture)
        return []
    rows: list[dict[str, Any]] = []
    for length in args.lengths:
        found = [measured(length, seed, args.rows, args.starts) for seed in range(args.seeds)]
        times = np.array([each["times"] for each in found])
        rows.append({
            "length": length, "points": POINTS[length], "mean": float(times.mean()),
            "of seeds": times.mean(axis=1).tolist(),
            "10-90 %": np.quantile(times, [0.1, 0.9]).tolist(),
            "seconds": float(np.median([each["seconds"] for each in found])),
            "lost": sum(each["lost"] for each in found),
        })  # fmt: skip
    head = ["length", "points", "valid time, mean", "of each reservoir", "10 – 90 % of runs",
            "runs lost", "s of a fit"]  # fmt: skip
    lines = markdown(head, [
        [str(r["length"]), str(r["points"]), f"{r['mean']:.2f}",
         ", ".join(f"{t:.2f}" for t in r["of seeds"]),
         f"{r['10-90 %'][0]:.1f} – {r['10-90 %'][1]:.1f}", str(r["lost"]), f"{r['seconds']:.0f}"]
        for r in rows
    ])  # fmt: skip
    print("\n".join(lines))
    if args.out:
        save(args.out, rows, lines)
    return rows


if __name__ == "__main__":
    main()
