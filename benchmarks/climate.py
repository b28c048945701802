"""Whether long forecasts stay on the attractor.  ``python -m benchmarks.climate``.

A thousand rows of ten chaotic systems of three coordinates, thirty rows a period, are forecast for
ten thousand steps. D_stsp is the divergence of where the forecast is found from where the truth is
(Kullback-Leibler over 30 bins a coordinate), D_H the Hellinger distance of their spectra; both
beside those of an independent true trajectory of the same length, and of what came after the most
similar stretch of the past, again and again (parroting). Three seeds each, of start and network.

The search runs by its default; "median alone" is the same search with ``climate=False``, and "best
candidate" its ``best_estimators_[0]``. Equations and parameters as J. C. Sprott (2003, Chaos and
time-series analysis) and W. Gilpin (2021, Chaos as an interpretable benchmark, NeurIPS) give them.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp
from scipy.signal import periodogram

from benchmarks import markdown, report
from reservoir.diagnostics import spectral_distance, state_space_divergence
from reservoir.model_selection import forecasting_search

ROWS, STEPS, PER_PERIOD, SEEDS = 1000, 10_000, 30, 3


#: Flows, and rough starts on their attractors.
SYSTEMS: dict[str, tuple[Callable[..., list[float]], list[float]]] = {
    "Lorenz": (lambda x, y, z: [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z], [1, 1, 20]),
    "Rössler": (lambda x, y, z: [-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7)], [1, 1, 0]),
    "Chen": (lambda x, y, z: [35 * (y - x), -7 * x - x * z + 28 * y, x * y - 3 * z], [1, 1, 15]),
    "Halvorsen": (
        lambda x, y, z: [
            -1.4 * x - 4 * y - 4 * z - y * y, -1.4 * y - 4 * z - 4 * x - z * z,
            -1.4 * z - 4 * x - 4 * y - x * x,
        ],
        [-5, 1, 1],
    ),
    "Thomas": (
        lambda x, y, z: [
            np.sin(y) - 0.18 * x, np.sin(z) - 0.18 * y, np.sin(x) - 0.18 * z,
        ],
        [1, 1.2, 0.5],
    ),
    "Hadley": (
        lambda x, y, z: [-y * y - z * z - x / 4 + 2, x * y - 4 * x * z - y + 1,
                         4 * x * y + x * z - z],
        [1, 0.5, 0.5],
    ),
    "Sprott B": (lambda x, y, z: [y * z, x - y, 1 - x * y], [0.1, 0.5, 0.2]),
    "Rucklidge": (lambda x, y, z: [-2 * x + 6.7 * y - y * z, x, y * y - z], [1, 0.5, 4.5]),
    "Sprott C": (lambda x, y, z: [y * z, x - y, 1 - x * x], [0.1, 0.5, 0.2]),
    "Burke-Shaw": (
        lambda x, y, z: [-10 * (x + y), -y - 10 * x * z, 10 * x * y + 4.272], [0.6, 0.1, 0.3],
    ),
}  # fmt: skip


def trajectory(name: str, dt: float, n_rows: int, rng: np.random.Generator) -> np.ndarray:
    """Rows on the attractor, from a random start."""
    flow, start = SYSTEMS[name]
    first = np.array(start, dtype=float) * (1 + 0.1 * rng.standard_normal(3))
    times = dt * (np.arange(n_rows) + 20 * PER_PERIOD)
    found = solve_ivp(
        lambda t, p: flow(*p), (0.0, times[-1]), first, "DOP853", times, rtol=1e-10, atol=1e-10
    )
    return found.y.T


def period_of(name: str) -> float:
    """Return the period of the strongest line of the coordinates' spectra."""
    dt = 0.01
    x = trajectory(name, dt, 60_000, np.random.default_rng(0))
    frequencies, power = periodogram((x - x.mean(axis=0)) / x.std(axis=0), 1 / dt, axis=0)
    smooth = np.convolve(power.sum(axis=1), np.ones(25) / 25, mode="same")
    low = frequencies > 0.05
    return float(1 / frequencies[low][smooth[low].argmax()])


def again(past: np.ndarray) -> np.ndarray:
    """What came after the most similar stretch of the past, and so on from there."""
    rows, length = list(past), 10
    windows = np.lib.stride_tricks.sliding_window_view(past, length, axis=0)
    while len(rows) < len(past) + STEPS:
        last = np.array(rows[-length:]).T
        errors = np.abs(windows[: -5 * PER_PERIOD] - last).sum(axis=(1, 2))
        start = int(errors.argmin()) + length
        rows += list(past[start : start + 3 * PER_PERIOD])
    return np.array(rows[len(past) : len(past) + STEPS])


def answers(past: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """The search's answer, that of its median and that of its best candidate."""
    search = forecasting_search(
        horizon=2 * PER_PERIOD, season=1, n_features=3, n_rows=len(past), random_state=seed
    ).fit(past)
    found = {"search": search.forecast(STEPS)}
    found["median alone"] = search.set_params(climate=False).forecast(STEPS)
    found["best candidate"] = search.best_estimators_[0].forecast(STEPS, on_divergence="nan")
    return found


def distances(truth: np.ndarray, run: np.ndarray) -> tuple[float, float]:
    """D_stsp and D_H; infinitely far off where the run dies."""
    if not np.isfinite(run).all():
        return np.inf, 1.0
    return state_space_divergence(truth, run), spectral_distance(truth, run)


def measured(name: str, seed: int, dt: float) -> dict[str, Any]:
    """Both distances of every answer."""
    rng = np.random.default_rng(seed)
    whole = trajectory(name, dt, ROWS + STEPS, rng)
    past, truth = whole[:ROWS], whole[ROWS:]
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        runs = answers(past, seed)
    seconds = time.perf_counter() - start
    runs["parroting"] = again(past)
    runs["true twin"] = trajectory(name, dt, STEPS, rng)
    return {
        "system": name, "seed": seed, "seconds": seconds,
        **{label: distances(truth, run) for label, run in runs.items()},
    }  # fmt: skip


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", nargs="+", default=list(SYSTEMS), choices=list(SYSTEMS))
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    result, rows = [], []
    kinds = ["search", "median alone", "best candidate", "parroting", "true twin"]
    for name in args.systems:
        dt = period_of(name) / PER_PERIOD
        of_one = [measured(name, seed, dt) for seed in range(args.seeds)]
        result += of_one
        middle = {kind: np.median([each[kind] for each in of_one], axis=0) for kind in kinds}
        rows.append([name, *(f"{a:.2f} / {b:.2f}" for a, b in middle.values())])
        print(rows[-1], f"{np.mean([each['seconds'] for each in of_one]):.0f} s", flush=True)
    twins = np.array([each["true twin"][0] for each in result]).reshape(-1, args.seeds)
    usual = float(np.sqrt(np.mean(twins.var(axis=1))))  # how much true trajectories differ
    level = sum(each["search"][0] <= each["best candidate"][0] + 2 * usual for each in result)
    ahead = sum(each["search"][0] < each["parroting"][0] for each in result)
    lines = [
        *markdown(["D_stsp / D_H, median of seeds", *kinds], rows), "",
        f"In {level} of {len(result)} runs the search's answer is no further off than its best "
        f"candidate's (D_stsp, within twice the spread of true twins, {2 * usual:.2f}); in {ahead} "
        "it is nearer than parroting.",
    ]  # fmt: skip
    report(result, lines, args.out)
    return result


if __name__ == "__main__":
    main()
