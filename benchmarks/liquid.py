"""What liquid time is worth on irregular sampling.  ``python -m benchmarks.liquid [--seeds 5]``.

Lorenz 63, steps log-uniform in .01 – .05, 300 units, 4000 samples to train on, 2000 for the test.
From x alone, two targets: z at the same time, and x at the next sample, whose distance is known.
The time since the last sample is ignored, an input like any other, an exact leak (`Reservoir` with
``time_constant`` and ``dt``), or that of liquid units. For the next sample each with its step to
come as an input, and as powers of it that the readout multiplies the states by. Settings are chosen
on the last quarter of the training part. Then the same at even steps of .025, where time tells
nothing. ``--sensor`` has R² for a sensor that reports when it likes, without the time and with
time constants, which read the index.
"""

import argparse
import itertools
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.integrate import solve_ivp

from benchmarks import markdown, report
from reservoir import ESNRegressor, ExpandedReservoir, LiquidReservoir, Reservoir, RidgeReadout
from reservoir.reservoirs import PowersOf

TRAIN, TEST, N = 4000, 2000, 300
ALPHAS = (1e-10, 1e-8, 1e-6)


def lorenz(seed: int, even: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (x, step since the last sample, step to the next one), z, and the next x."""

    def flow(t: float, x: np.ndarray) -> list[float]:
        return [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]

    rng, n = np.random.default_rng(seed), TRAIN + TEST
    low, high = (0.025, 0.025) if even else (0.01, 0.05)
    steps = np.exp(rng.uniform(np.log(low), np.log(high), n + 1))
    t = 10 + np.cumsum(steps)
    start = rng.normal(0, 5, 3) + [0, 0, 25]
    found = solve_ivp(
        flow, (0, t[-1]), start, t_eval=t, method="DOP853", rtol=1e-10, atol=1e-10
    )  # fmt: skip
    x = found.y.T
    return np.column_stack([x[:-1, 0] / 8, steps[:-1], steps[1:]]), x[:-1, 2], x[1:, 0]


def settings(kind: str) -> Iterator[dict[str, Any]]:
    """Parameters to choose from, as many for each kind."""
    scalings = (0.3, 1.0)
    if kind == "liquid":
        for radius, tau, scaling in itertools.product((2.0, 5.0), (None, (0.01, 0.3)), scalings):
            yield {"spectral_radius": radius, "time_constant": tau, "input_scaling": scaling}
    elif kind == "exact leak":
        for radius, tau, scaling in itertools.product((0.5, 0.9), ((0.01, 0.3), 0.05), scalings):
            yield {"spectral_radius": radius, "time_constant": tau, "input_scaling": scaling}
    else:
        for radius, leak, scaling in itertools.product((0.5, 0.9), (0.3, 1.0), scalings):
            yield {"spectral_radius": radius, "leak_rate": leak, "input_scaling": scaling}


def reservoir(kind: str, step_ahead: str | None, seed: int, **own: Any) -> Any:
    """A reservoir for x, the step since the last sample and, where it is used, the one to come."""
    scaling = own.pop("input_scaling")
    # steps of about .025 as inputs are brought to the size of x
    weights = [scaling, 30 * scaling if kind == "as input" else 0.0]
    if step_ahead is not None:
        weights.append(30 * scaling if step_ahead == "input" else 0.0)
    own |= {"input_scaling": weights, "random_state": seed}
    if kind == "liquid":
        inner: Any = LiquidReservoir(N, dt=1, **own)
    else:
        inner = Reservoir(N, dt=1 if kind == "exact leak" else None, **own)
    return ExpandedReservoir(inner, maps=[PowersOf(2, 2)]) if step_ahead == "powers" else inner


def error(kind: str, step_ahead: str | None, seed: int, even: bool) -> float:
    """NRMSE on the test part, by settings chosen on a part of the training."""
    X, z, ahead = lorenz(seed, even)
    X, y = (X[:, :2], z) if step_ahead is None else (X, ahead)

    def nrmse(own: dict[str, Any], alpha: float, n_train: int, stop: int) -> float:
        model = ESNRegressor(
            reservoir(kind, step_ahead, seed, **own), RidgeReadout(alpha, washout=200)
        ).fit(X[:n_train], y[:n_train])  # fmt: skip
        answer, wanted = model.predict(X[n_train:stop]), y[n_train:stop]
        return float(np.sqrt(np.mean((answer - wanted) ** 2)) / wanted.std())

    part = 3 * TRAIN // 4
    trials = itertools.product(settings(kind), ALPHAS)
    own, alpha = min(trials, key=lambda trial: nrmse(dict(trial[0]), trial[1], part, TRAIN))
    return nrmse(dict(own), alpha, TRAIN, TRAIN + TEST)


def sensor(seed: int) -> dict[str, float]:
    """R² for a daily load from a temperature at exponential gaps of ten minutes, by the index."""
    import pandas as pd

    rng = np.random.default_rng(seed)
    hours = np.cumsum(rng.exponential(1 / 6, 3000))
    index = pd.Timestamp("2024-01-01") + pd.to_timedelta(hours, unit="h")
    day = 2 * np.pi * hours / 24
    X = pd.DataFrame({"temp": np.sin(day) + rng.normal(0, 0.04, 3000)}, index=index)
    found = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the index of X leaves rows out")
        for name, own in {
            "steps ignored": {},
            "time constants": {"time_constant": (1.0, 300.0)},
        }.items():
            model = ESNRegressor(
                Reservoir(100, random_state=0, **own), RidgeReadout(1e-2, washout=100)
            ).fit(X[:2000], np.cos(day[:2000]))  # fmt: skip
            found[name] = model.score(X[2000:], np.cos(day[2000:]))
    return found


KINDS = ("ignored", "as input", "exact leak", "liquid")
TARGETS: dict[str, tuple[str | None, bool]] = {
    "z": (None, False),
    "next x, step as input": ("input", False),
    "next x, × powers of the step": ("powers", False),
    "z, even steps": (None, True),
}


def main(argv: list[str] | None = None) -> dict[str, dict[str, list[float]]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--sensor", action="store_true")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    if args.sensor:
        for seed in range(args.seeds):
            print({name: round(r2, 4) for name, r2 in sensor(seed).items()})
        return {}
    cases = list(itertools.product(TARGETS, KINDS, range(args.seeds)))
    job: Callable[..., Any] = delayed(error)
    jobs = (job(kind, TARGETS[t][0], seed, TARGETS[t][1]) for t, kind, seed in cases)
    found = Parallel(n_jobs=-1)(jobs)
    result: dict[str, dict[str, list[float]]] = {t: {kind: [] for kind in KINDS} for t in TARGETS}
    for (target, kind, _), value in zip(cases, found, strict=True):
        result[target][kind].append(value)
    rows = []
    for target, of_kind in result.items():
        cells = [f"{np.median(v):.2g} ({min(v):.2g} – {max(v):.2g})" for v in of_kind.values()]
        rows.append([target, *cells])
    lines = markdown(["NRMSE, time", *KINDS], rows)
    report(result, lines, args.out)
    return result


if __name__ == "__main__":
    main()
