"""What a fit costs here and in other libraries, on equal work.  ``python -m benchmarks.peers``.

A Mackey-Glass series of 100,000 steps, scaled to mean zero and variance one, is learnt one step
ahead: leak 0.5, spectral radius 0.9, ridge 1e-6, washout 100, float64, and the same density of the
recurrent matrix on both sides. Every fit runs in a process of its own; the libraries take turns.
Beside the seconds stand the peak memory above that before the fit, and the error (NRMSE) on the
2,000 steps that follow, so that nobody is fast by being wrong. *ours* is the plain path, *compiled*
ours by numba, loaded before as the others' compiled code is. Then 500 units at a density of 0.1 and
20,000 steps, and the closed loop, a step of one series, which reservoirpy has too.

Then a panel: 1000 sequences of 200 steps, 200 units, a target per step (reservoirpy alone of the
others takes one).

Needs ``pip install "reservoir-learn[benchmarks]"`` (and pyrcn, where wanted); a library that is not
there is named. ``--out NAME`` saves NAME.json, NAME.md and NAME.png.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import medians, save
from reservoir.dynamics.paths import VARIABLE

LEAK, RADIUS, ALPHA, WASHOUT, TEST = 0.5, 0.9, 1e-6, 100, 2000
#: Steps of the closed loop that is timed.
FREE_STEPS = 1500
Prediction = Callable[[np.ndarray], np.ndarray]


def compiled(u: np.ndarray, y: np.ndarray, n_units: int, density: float) -> Prediction:
    import numba  # noqa: F401

    os.environ[VARIABLE] = "1"
    return ours(u, y, n_units, density)


def ours(u: np.ndarray, y: np.ndarray, n_units: int, density: float) -> Prediction:
    from reservoir import ESNForecaster, ESNRegressor, Reservoir, RidgeReadout

    reservoir = Reservoir(
        n_units, leak_rate=LEAK, spectral_radius=RADIUS, connectivity=density, random_state=0
    )
    readout = RidgeReadout(ALPHA, washout=WASHOUT)
    esn = ESNRegressor(reservoir, readout).fit(u, y)

    def predict(test: np.ndarray) -> np.ndarray:
        return esn.predict(test, initial_state="zero")

    if u.ndim == 2:
        free = cache(lambda: ESNForecaster(reservoir, readout).fit(u[:1000]))
        predict.loop = lambda n_steps: free().forecast(n_steps)  # type: ignore[attr-defined]
    return predict


def reservoirpy(u: np.ndarray, y: np.ndarray, n_units: int, density: float) -> Prediction:
    from reservoirpy.nodes import Reservoir, Ridge

    reservoir = Reservoir(n_units, lr=LEAK, sr=RADIUS, rc_connectivity=density, seed=0)
    model = reservoir >> Ridge(ridge=ALPHA)
    model.fit(u, y, warmup=WASHOUT)

    def predict(test: np.ndarray) -> np.ndarray:
        return model.run(test)

    def loop(n_steps: int) -> None:
        x = y[-1]
        for _ in range(n_steps):
            x = model.step(x)

    if u.ndim == 2:
        predict.loop = loop  # type: ignore[attr-defined]
    return predict


def rclib(u: np.ndarray, y: np.ndarray, n_units: int, density: float) -> Prediction:
    from rclib import ESN, readouts, reservoirs

    model = ESN()
    model.add_reservoir(
        reservoirs.RandomSparse(n_units, RADIUS, sparsity=density, leak_rate=LEAK, seed=0)
    )
    model.set_readout(readouts.Ridge(alpha=ALPHA, include_bias=True))
    model.fit(u, y, WASHOUT)
    return model.predict


def xesn(u: np.ndarray, y: np.ndarray, n_units: int, density: float) -> Prediction:
    import xarray as xr
    from xesn.esn import ESN, _update

    model = ESN(
        1, 1, n_units, LEAK, ALPHA,
        adjacency_kwargs={
            "factor": RADIUS, "distribution": "uniform", "normalization": "eig",
            "is_sparse": True, "format": "csr", "connectedness": density * n_units,
            "random_seed": 0,
        },
        input_kwargs={
            "factor": 1.0, "distribution": "uniform", "normalization": "multiply",
            "is_sparse": False, "random_seed": 0,
        },
        bias_kwargs={"factor": 1.0, "distribution": "uniform", "random_seed": 0},
    )  # fmt: skip
    model.build()
    # it pairs a target with the state before the input of that time: the next value by itself
    model.train(xr.DataArray(u.T, dims=("x", "time")), n_spinup=WASHOUT)

    def predict(test: np.ndarray) -> np.ndarray:  # its own predict runs freely
        x, outputs = np.zeros(n_units), []
        for value in test:
            x = _update(x, value, model.W, model.Win, model.bias_vector, LEAK)
            outputs.append(model.Wout @ x)
        return np.array(outputs)

    return predict


def orc(u: np.ndarray, y: np.ndarray, n_units: int, density: float) -> Prediction:
    import jax

    jax.config.update("jax_enable_x64", True)
    from orc.forecaster import ESNForecaster, train_ESNForecaster

    def train() -> Any:
        model = ESNForecaster(
            1, n_units, leak_rate=LEAK, Wr_density=density, Wr_spectral_radius=RADIUS, seed=0
        )
        series = jax.numpy.asarray(u), jax.numpy.asarray(y)
        model, states = train_ESNForecaster(model, *series, spinup=WASHOUT, beta=ALPHA)
        return jax.block_until_ready(model)

    train()  # compiles
    start = time.perf_counter()
    model = train()
    seconds = time.perf_counter() - start

    def predict(test: np.ndarray) -> np.ndarray:
        states = model.force(jax.numpy.asarray(test), model.driver.default_state())
        return np.asarray(jax.vmap(model.readout)(states))

    predict.seconds = seconds  # type: ignore[attr-defined]
    return predict


def pyrcn(u: np.ndarray, y: np.ndarray, n_units: int, density: float) -> Prediction:
    from pyrcn.echo_state_network import ESNRegressor
    from pyrcn.linear_model import IncrementalRegression

    model = ESNRegressor(
        hidden_layer_size=n_units, k_rec=max(1, round(density * n_units)), spectral_radius=RADIUS,
        leakage=LEAK, random_state=0, regressor=IncrementalRegression(alpha=ALPHA),
        washout=WASHOUT, verbose=False,
    )  # fmt: skip
    model.fit(u, y.ravel())
    return model.predict


LIBRARIES = {f.__name__: f for f in (ours, compiled, reservoirpy, rclib, xesn, orc, pyrcn)}
#: Sequences, and steps of each, of the panel; its units, and who takes one.
PANEL, PANEL_UNITS, PANEL_PEERS = (1000, 200), 200, ["compiled", "reservoirpy"]
#: Libraries compared at a density of 0.1, and those at an in-degree of 10.
PAIRS = {
    "density 0.1": ["compiled", "reservoirpy", "rclib", "pyrcn"],
    "in-degree 10": ["compiled", "reservoirpy", "xesn", "orc"],
}


class PeakMemory:
    """The peak resident memory above that at the start, sampled by a thread."""

    def __enter__(self) -> "PeakMemory":
        import psutil

        self._process, self._stop = psutil.Process(), threading.Event()
        self._start = self.peak = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.peak = max(self.peak, self._process.memory_info().rss)

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()
        self.megabytes = (self.peak - self._start) / 1e6


def child(
    name: str, n_units: int, density: float, n_steps: int, n_sequences: int
) -> dict[str, float]:
    """Fit one library once, in this process, after a small fit that loads what it needs.

    Where `n_sequences` > 1, the series is cut into a panel of so many sequences.
    """
    from reservoir.datasets import mackey_glass

    series = mackey_glass(n_steps + TEST + 1, random_state=0)
    series = (series - series[:n_steps].mean()) / series[:n_steps].std()
    u, y, test, wanted = (
        series[:n_steps], series[1 : n_steps + 1], series[n_steps:-1], series[n_steps + 1 :]
    )  # fmt: skip
    os.environ[VARIABLE] = "0"
    fit = LIBRARIES[name]
    fit(u[:500], y[:500], 20, 0.5)
    if n_sequences > 1:
        u, y = u.reshape(n_sequences, -1, 1), y.reshape(n_sequences, -1, 1)
    with PeakMemory() as memory:
        start = time.perf_counter()
        predict = fit(u, y, n_units, density)
        seconds = time.perf_counter() - start
    result = {"seconds": seconds, "megabytes": memory.megabytes}
    if hasattr(predict, "seconds"):
        result = {**result, "first": seconds - predict.seconds, "seconds": predict.seconds}
    if hasattr(predict, "loop"):
        s = medians({"loop": lambda: predict.loop(FREE_STEPS)}, 5)
        result["loop"] = 1e6 * s["loop"] / FREE_STEPS
    error = np.ravel(predict(test))[500:] - wanted[500:, 0]
    return {**result, "nrmse": float(np.sqrt(np.mean(error**2)) / wanted[500:].std())}


def in_a_process(
    name: str, n_units: int, density: float, n_steps: int, n_sequences: int
) -> dict[str, Any]:
    """Run `child` in a process of its own; where that fails, return its last line."""
    command = [sys.executable, "-m", "benchmarks.peers", "--child", name, "--density", str(density)]
    command += ["--units", str(n_units), "--steps", str(n_steps), "--sequences", str(n_sequences)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no message"])[-1]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def compare(
    label: str, n_units: int, n_steps: int, n_sequences: int, repeats: int, names: list[str]
) -> list[dict[str, Any]]:
    """One row per library: medians over repeats in which they take turns."""
    density = 0.1 if label.startswith("density 0.1") else min(1.0, 10 / n_units)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(repeats):
        for name, results in runs.items():
            if not (results and "failed" in results[-1]):
                results.append(in_a_process(name, n_units, density, n_steps, n_sequences))
    middle = {
        name: {key: float(np.median([r[key] for r in results])) for key in results[0]}
        for name, results in runs.items()
        if "failed" not in results[-1]
    }
    yardstick = middle.get("ours", {}).get("seconds", np.nan)
    rows: list[dict[str, Any]] = []
    for name, results in runs.items():
        row = middle.get(name, results[-1])
        if name in middle:
            row["ratio"] = row["seconds"] / yardstick
        rows.append({"library": name, "units": n_units, "matrix": label, **row})
    return rows


HEADER = "| units | matrix | library | seconds | ÷ ours | peak MB | test NRMSE | µs a free step |\n"
HEADER += "| --- " * 8
HEADER += "|"


def line(row: dict[str, Any]) -> str:
    """A row of the table, in Markdown."""
    start = f"| {row['units']} | {row['matrix']} | {row['library']} "
    if "failed" in row:
        return start + f"| did not run: {row['failed']} | | | | |"
    first = f" (first call {row['first']:.1f})" if "first" in row else ""
    loop = f"{row['loop']:.1f}" if "loop" in row else ""
    return (
        start + f"| {row['seconds']:.2f}{first} | {row['ratio']:.1f} | {row['megabytes']:.0f} "
        f"| {row['nrmse']:.1e} | {loop} |"
    )


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Seconds over units, one line per library, one panel per density."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(PAIRS), figsize=(9, 3.6), sharey=True, layout="constrained")
    for ax, label in zip(axes, PAIRS, strict=True):
        done = [row for row in rows if row["matrix"] == label and "failed" not in row]
        for name in dict.fromkeys(row["library"] for row in done):
            points = [(row["units"], row["seconds"]) for row in done if row["library"] == name]
            ax.loglog(*zip(*points, strict=True), "o-", label=name, lw=3 if name == "ours" else 1.5)
        ax.set(title=label, xlabel="units")
        ax.legend()
    axes[0].set_ylabel("seconds of a fit")
    figure.savefig(path, dpi=120)


def main(argv: list[str] | None = None) -> list[dict[str, Any]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, nargs="*", default=[100, 300, 500, 1000])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--libraries", nargs="*", default=list(LIBRARIES), choices=list(LIBRARIES))
    parser.add_argument("--no-panel", action="store_true", help="leave the panel out")
    parser.add_argument("--out", type=Path)
    for hidden, kind in (("--child", str), ("--density", float), ("--sequences", int)):
        parser.add_argument(hidden, type=kind, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.child:
        result = child(args.child, args.units[0], args.density, args.steps, args.sequences)
        print(json.dumps(result))
        return []
    plan = [(label, n, args.steps, 1, PAIRS[label]) for n in args.units for label in PAIRS]
    shorter = args.steps // 5
    label = f"density 0.1, {shorter} steps"
    plan.append((label, min(500, max(args.units)), shorter, 1, PAIRS["density 0.1"]))
    if not args.no_panel:
        n_sequences, length = PANEL
        label = f"{n_sequences} x {length} steps"
        plan.append((label, PANEL_UNITS, n_sequences * length, n_sequences, PANEL_PEERS))
    lines, rows = [HEADER], []
    print(HEADER)
    for *case, peers in plan:
        names = [name for name in ["ours", *peers] if name in args.libraries]
        for row in compare(*case, args.repeats, names):
            rows.append(row)
            lines.append(line(row))
            print(lines[-1], flush=True)
    if args.out:
        draw(rows, save(args.out, rows, lines))
    return rows


if __name__ == "__main__":
    main()
