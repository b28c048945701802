"""A drifting system: a frozen readout beside those that go on.  ``python -m benchmarks.drift``.

- *Lorenz*: the parameter rho goes from 28 to 45 over 8000 steps (dt 0.02); inputs and what is
  learned carry 1 % noise, errors are those of the series without it.
- *NARMA-10*: the four gains switch at once.

300 units, trained on 4000 steps. Every step is predicted, and then learned (`predict_then_update`):
never, by a forgetting Gram matrix solved anew every 50 steps, or by the recursive readout every 10.
The error is the NRMSE over 2000 steps before the drift, the drift, and 3000 steps after it. The
spread is over reservoirs. reservoirpy's RLS, which takes each step by itself, is there where it is
installed. ``--out NAME`` saves NAME.md, NAME.json and NAME.png.
"""

import argparse
import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks import save
from reservoir import ESNRegressor, RecursiveRidgeReadout, Reservoir, RidgeReadout
from reservoir.metrics import nrmse

TRAIN, BEFORE, RAMP, AFTER = 4000, 2000, 8000, 4000
SETTLED = 1000  # steps after the drift that are not counted as after it
Task = tuple[np.ndarray, np.ndarray, np.ndarray, list[slice]]


def lorenz_ramp(horizon: int, seed: int = 0, ramp: int = RAMP) -> Task:
    """Return inputs (T, 3), noisy and clean targets `horizon` steps ahead, and the three parts."""
    dt, start = 0.02, TRAIN + BEFORE
    n_steps = start + ramp + AFTER + horizon

    def flow(t: float, p: np.ndarray) -> list[float]:
        rho = 28.0 + 17.0 * min(max(t / dt - start, 0.0) / ramp, 1.0)
        x, y, z = p
        return [10.0 * (y - x), x * (rho - z) - y, x * y - 8.0 / 3.0 * z]

    on_its_way = solve_ivp(lambda t, p: flow(0.0, p), (0, 20), [1.0, 1.0, 20.0], rtol=1e-8).y[:, -1]
    times = dt * np.arange(n_steps)
    clean = solve_ivp(flow, (0, times[-1]), on_its_way, t_eval=times, rtol=1e-9, atol=1e-9).y.T
    clean = (clean - clean[:TRAIN].mean(axis=0)) / clean[:TRAIN].std(axis=0)
    noisy = clean + 0.01 * np.random.default_rng(seed).standard_normal(clean.shape)
    return noisy[:-horizon], noisy[horizon:], clean[horizon:], _parts(start, start + ramp)


def narma_switch(horizon: int = 0, seed: int = 0) -> Task:
    """Return inputs (T, 1), targets twice, and the three parts; the drift is one step long."""
    switch, n_steps = TRAIN + BEFORE, TRAIN + BEFORE + AFTER
    u = np.random.default_rng(seed).uniform(0, 0.5, n_steps)
    y = np.zeros(n_steps)
    for t in range(10, n_steps):
        a, b, c, d = (0.3, 0.05, 1.5, 0.1) if t < switch else (0.2, 0.04, 2.5, 0.02)
        y[t] = a * y[t - 1] + b * y[t - 1] * y[t - 10 : t].sum() + c * u[t - 1] * u[t - 10] + d
    y = ((y - y[:TRAIN].mean()) / y[:TRAIN].std())[:, None]
    return 4 * u[:, None] - 1, y, y, _parts(switch, switch)


def _parts(start: int, stop: int) -> list[slice]:
    during = slice(start, max(stop, start + SETTLED))
    return [
        slice(start - BEFORE, start),
        during,
        slice(during.stop + SETTLED * (stop > start), None),
    ]


#: Name -> (readout, steps between updates; none for never).
READOUTS: dict[str, tuple[Any, int]] = {
    "frozen": (RidgeReadout(1e-4), 0),
    "forgetting .999, every 50": (RidgeReadout(1e-4, forgetting=0.999), 50),
    "recursive .9995, every 10": (RecursiveRidgeReadout(1e-4, forgetting=0.9995), 10),
}


def ours(name: str, settings: dict[str, Any]) -> Callable[..., np.ndarray]:
    """Return the function that predicts a task prequentially, all steps after training."""
    readout, every = READOUTS[name]

    def predict(u: np.ndarray, y: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        reservoir = Reservoir(300, random_state=seed, **settings)
        known = TRAIN - horizon
        esn = ESNRegressor(reservoir, readout, passthrough=True).fit(u[:known], y[:known])
        if not every:
            return esn.predict(u[known:])[horizon:]
        return esn.predict_then_update(u[known:], y[known:], every=every, delay=horizon)[horizon:]

    return predict


def reservoirpy_rls(settings: dict[str, Any]) -> Callable[..., np.ndarray]:
    """The same by reservoirpy: its RLS is trained on the first steps and goes on step by step."""
    from reservoirpy.nodes import RLS
    from reservoirpy.nodes import Reservoir as Theirs

    def predict(u: np.ndarray, y: np.ndarray, horizon: int, seed: int) -> np.ndarray:
        leak, radius = settings.get("leak_rate", 1.0), settings.get("spectral_radius", 0.9)
        reservoir = Theirs(
            300, lr=leak, sr=radius, input_scaling=settings.get("input_scaling", 1.0), seed=seed
        )
        x = np.hstack([reservoir.run(u), u])
        rls = RLS(alpha=1e-4, forgetting=0.9995)
        known = TRAIN - horizon
        rls.partial_fit(x[100:known], y[100:known])
        outputs = []
        for t in range(TRAIN, len(u)):
            rls.partial_fit(x[t - horizon : t - horizon + 1], y[t - horizon : t - horizon + 1])
            outputs.append(rls.run(x[t : t + 1])[0])
        return np.array(outputs)

    return predict


TASKS: dict[str, tuple[Callable[..., Task], int, dict[str, Any]]] = {
    "Lorenz, 1 step ahead": (lorenz_ramp, 1, {"input_scaling": 0.2, "spectral_radius": 0.4}),
    "Lorenz, 5 steps ahead": (lorenz_ramp, 5, {"input_scaling": 0.2, "spectral_radius": 0.4}),
    "Lorenz, 10 steps ahead": (lorenz_ramp, 10, {"input_scaling": 0.2, "spectral_radius": 0.4}),
    "NARMA-10 switch": (narma_switch, 0, {"input_scaling": 0.1, "spectral_radius": 0.9}),
}


def measure(task: str, seeds: int) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Return errors and microseconds a step of every readout, and its squared errors over time."""
    make, horizon, settings = TASKS[task]
    methods = {name: ours(name, settings) for name in READOUTS}
    with contextlib.suppress(ImportError):
        methods["reservoirpy RLS .9995, every 1"] = reservoirpy_rls(settings)
    rows: dict[str, Any] = {}
    courses: dict[str, np.ndarray] = {}
    for name, method in methods.items():
        errors, seconds = [], []
        for seed in range(seeds):
            u, y, clean, parts = make(horizon, seed=seed)
            start = time.perf_counter()
            predicted = method(u, y, horizon, seed)
            seconds.append((time.perf_counter() - start) / len(predicted))
            wanted, scale = clean[TRAIN:], clean[TRAIN : parts[0].stop].std(axis=0)
            errors.append(
                [
                    nrmse(clean[part], predicted[part.start - TRAIN :][: len(clean[part])])
                    for part in parts
                ]
            )
            courses[name] = np.square((predicted - wanted) / scale).mean(axis=1)
        mean, spread = np.mean(errors, axis=0), np.std(errors, axis=0)
        rows[name] = {
            "before": mean[0], "during": mean[1], "after": mean[2], "spread": spread.tolist(),
            "microseconds": 1e6 * float(np.median(seconds)),
        }  # fmt: skip
    return rows, courses


def draw(courses: dict[str, dict[str, np.ndarray]], path: Path) -> None:
    """The running error of every readout, one panel per task."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(
        1, len(courses), figsize=(4 * len(courses), 3.4), layout="constrained", squeeze=False
    )
    for ax, (task, lines) in zip(axes[0], courses.items(), strict=True):
        for name, squares in lines.items():
            running = np.sqrt(np.convolve(squares, np.ones(200) / 200, mode="valid"))
            ax.semilogy(np.arange(len(running)) + 200, running, label=name, lw=1.2)
        end = BEFORE + (RAMP if task.startswith("Lorenz") else 0)
        ax.axvspan(BEFORE, end, color="0.9")
        ax.axvline(BEFORE, color="0.6", lw=1)
        ax.set(title=task, xlabel="step", ylabel="error of the last 200 steps")
    axes[0][0].legend(fontsize=7)
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--tasks", nargs="*", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    lines = ["| task | readout | before | during | after | µs a step |", "| --- " * 6 + "|"]
    print("\n".join(lines))
    results, courses = {}, {}
    for task in args.tasks:
        results[task], courses[task] = measure(task, args.seeds)
        for name, row in results[task].items():
            cells = [
                f"{row[part]:.3f} ± {row['spread'][k]:.3f}"
                for k, part in enumerate(("before", "during", "after"))
            ]
            lines.append(f"| {task} | {name} | {' | '.join(cells)} | {row['microseconds']:.0f} |")
            print(lines[-1], flush=True)
    if args.out:
        draw(courses, save(args.out, results, lines))
    return results


if __name__ == "__main__":
    main()
