"""What a fit costs beside what it cannot cost less than.  ``python -m benchmarks.speed``.

A Mackey-Glass series of 100,000 steps, in-degree 10, leak 0.5, float64. In one run, repeats
interleaved, medians of:

- *fit*: states and solution by `ESNRegressor`, from the Gram matrix and from the triangular factor;
- *Gram*: the bare product S Sᵀ of as many states in BLAS on all cores;
- *floor*: Gram + (the bare sparse product of 64 columns + the bare activation in place) / cores;
- *transform*, all states kept, and the step-by-step loop in NumPy and SciPy that it replaces.

Then single cases: a batch of forecasts, a memory too long to cut the series, a denser matrix,
single precision; closed loops, short series and searches, which have no batch to share the work of
a step. Where numba is installed each is there twice, by the plain path and by the compiled one.
The other libraries are in ``python -m benchmarks.peers``.

Ratios are what counts; seconds are of this machine. ``--out NAME`` saves NAME.json, with both,
NAME.md and NAME.png.
"""

import argparse
import os
import platform
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from scipy.linalg.blas import dsyrk

from benchmarks import medians, save
from reservoir import ESNForecaster, ESNRegressor, Reservoir, RidgeReadout
from reservoir.activations import TANH_BY_EXP
from reservoir.datasets import load_co2, mackey_glass
from reservoir.dynamics import n_threads
from reservoir.dynamics.paths import VARIABLE
from reservoir.model_selection import forecasting_search

COLUMNS, BLOCK = 64, 4096
#: Value of RESERVOIR_COMPILED, and what it is called; the compiled path where numba is.
PATHS = {"0": "plain"} | ({"1": "compiled"} if find_spec("numba") else {})


def by(path: str, job: Callable[[], Any]) -> Callable[[], Any]:
    """A job by one path."""

    def run() -> Any:
        with patch.dict(os.environ, {VARIABLE: path}):
            return job()

    return run


def by_each(jobs: dict[str, Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    """Jobs by every path, each called once so that what it loads is there."""
    found = {
        f"{name}, {PATHS[path]}": by(path, job) for name, job in jobs.items() for path in PATHS
    }
    for job in found.values():
        job()
    return found


def gram(n_units: int, n_steps: int) -> Callable[[], Any]:
    """The Gram product alone, block by block."""
    states = np.random.default_rng(0).standard_normal((n_units, BLOCK))

    def job() -> None:
        total = np.zeros((n_units, n_units), order="F")
        for _ in range(n_steps // BLOCK):
            dsyrk(1.0, states.T, beta=1.0, c=total, trans=1, lower=1, overwrite_c=1)

    return job


def bare_steps(reservoir: Reservoir, n_steps: int) -> Callable[[], Any]:
    """The sparse product of a batch and the activation, in one thread, in cache."""
    stepper = reservoir.update_.stepper(np.zeros((reservoir.n_units, COLUMNS)))
    product, activation = stepper._product, reservoir.update_.activation

    def job() -> None:
        for _ in range(n_steps // COLUMNS):
            stepper._multiply()
            activation(product, out=product)

    return job


def loop(reservoir: Reservoir, u: np.ndarray) -> Callable[[], np.ndarray]:
    """The states as a beginner computes them."""
    W, W_in, bias, a = reservoir.W_, reservoir.W_in_, reservoir.bias_, reservoir.leak_rate

    def job() -> np.ndarray:
        states, x = np.empty((len(u), len(bias))), np.zeros(len(bias))
        for t in range(len(u)):
            x = (1 - a) * x + a * np.tanh(W @ x + W_in @ u[t] + bias)
            states[t] = x
        return states

    return job


def compare(n_units: int, n_steps: int, repeats: int) -> dict[str, float]:
    """Seconds of everything, and the floor, for one size."""
    series = mackey_glass(n_steps + 1, random_state=0)
    u, y = series[:-1], series[1:]
    reservoir = Reservoir(n_units, leak_rate=0.5, random_state=0)
    fitted = reservoir.fit(u)
    part = u[: n_steps // 10]  # the loop is linear in the steps
    np.testing.assert_allclose(fitted.transform(part), loop(fitted, part)(), atol=1e-10)

    def fit(solver: str) -> Callable[[], Any]:
        return lambda: ESNRegressor(reservoir, RidgeReadout(washout=100, solver=solver)).fit(u, y)

    both = {"fit": fit("gram"), "transform": lambda: fitted.transform(u)}
    alone = {
        "fit, qr": fit("qr"),
        "Gram": gram(n_units, n_steps),
        "bare steps": bare_steps(fitted, n_steps),
        "loop / 10": loop(fitted, part),
    }
    plain = {name: by("0", job) for name, job in alone.items()}
    seconds = medians(by_each(both) | plain, repeats)
    seconds["floor"] = seconds["Gram"] + seconds["bare steps"] / n_threads()
    return seconds


def cases(n_steps: int, repeats: int) -> dict[str, float]:
    """Ratios of single cases."""
    series = mackey_glass(n_steps + 1, random_state=0)
    readout = RidgeReadout(1e-6, washout=100)
    small = ESNForecaster(Reservoir(300, leak_rate=0.5, random_state=0), readout).fit(series)
    contexts = [series[k : k + 200] for k in range(64)]
    slow = Reservoir(300, leak_rate=0.1, spectral_radius=0.99, random_state=0).fit(series)
    np.testing.assert_allclose(slow.transform(series), loop(slow, series)(), atol=1e-10)
    part = series[: n_steps // 5 + 1]
    dense = ESNRegressor(Reservoir(500, connectivity=0.1, random_state=0), readout)
    single = Reservoir(500, random_state=0).fit(series.astype(np.float32))
    s = medians(
        by_each(
            {
                "one": lambda: small.forecast(1000, contexts[:1]),
                "64": lambda: small.forecast(1000, contexts),
                "slow": lambda: slow.transform(series),
                "density 0.1": lambda: dense.fit(part[:-1], part[1:]),
                "float32": lambda: single.transform(series.astype(np.float32)),
            }
        )
        | {"loop": loop(slow, series)},
        repeats,
    )
    found = {}
    for path in PATHS.values():
        found |= {
            f"64 forecasts / one, 300 units, {path}": s[f"64, {path}"] / s[f"one, {path}"],
            f"loop / transform at leak 0.1, radius 0.99, 300 units, {path}": s["loop"]
            / s[f"slow, {path}"],
            f"seconds of a fit, 500 units, density 0.1, {len(part) - 1} steps, {path}": s[
                f"density 0.1, {path}"
            ],
            f"seconds of a transform in float32, 500 units, {path}": s[f"float32, {path}"],
        }
    return found


def short(repeats: int) -> dict[str, float]:
    """Ratios of what has no batch to share the work of a step: short series, and closed loops."""
    series, found = mackey_glass(1501, random_state=0), {}
    for n_units in (100, 300, 1000):
        model = ESNForecaster(
            Reservoir(n_units, random_state=0), RidgeReadout(1e-6, washout=100)
        ).fit(series)  # fmt: skip
        reservoir = model.network_.reservoir_
        W, x = reservoir.W_, np.ones(n_units)

        def bare(W: Any = W, x: np.ndarray = x) -> None:
            for _ in range(1500):
                np.tanh(W @ x)

        both = {
            "closed-loop step": lambda model=model: model.forecast(1500),
            "step of 1500 rows": lambda reservoir=reservoir: reservoir.transform(series[1:]),
        }
        s = medians(by_each(both) | {"bare": bare}, repeats)
        bottom = s.pop("bare")
        step = f"bare W @ x and tanh, {n_units} units, {bottom / 1500 * 1e6:.1f} µs"
        found |= {f"{name} / {step}": seconds / bottom for name, seconds in s.items()}
    months = np.arange(120.0)[:, None]
    months = 10 + months / 20 + np.sin(np.pi * months / 6)
    search = forecasting_search(horizon=12, season=12, positive=True, n_rows=120, random_state=0)
    weeks = load_co2().data
    weekly = forecasting_search(horizon=52, season=52, n_rows=len(weeks), random_state=0)
    s = medians(
        by_each(
            {
                "a search on 120 monthly rows": lambda: search.fit(months).forecast(12),
                "a search on weekly CO2": lambda: weekly.fit(weeks).forecast(52),
            }
        ),
        repeats,
    )
    return found | {f"seconds of {name}": t for name, t in s.items()}


#: Name of a ratio -> numerator, denominator, factor.
RATIOS = {
    "fit / floor": ("fit, plain", "floor", 1.0),
    "fit / Gram": ("fit, plain", "Gram", 1.0),
    "fit by qr / fit": ("fit, qr", "fit, plain", 1.0),
    "loop / transform": ("loop / 10", "transform, plain", 10.0),
}
if "1" in PATHS:
    RATIOS |= {
        "fit, compiled / plain": ("fit, compiled", "fit, plain", 1.0),
        "transform, compiled / plain": ("transform, compiled", "transform, plain", 1.0),
    }


def processor() -> str:
    """The processor's name, and whether NumPy has AVX-512 on it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {'no ' if TANH_BY_EXP else ''}AVX-512 in NumPy"


def draw(ratios: dict[int, dict[str, float]], path: Path) -> None:
    """Ratios over units, one line each."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    for name in RATIOS:
        ax.loglog(list(ratios), [row[name] for row in ratios.values()], "o-", label=name)
    ax.axhline(1.0, color="0.7", lw=1)
    ax.set(xlabel="units", ylabel="ratio of seconds", xticks=list(ratios))
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.minorticks_off()
    ax.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(argv: list[str] | None = None) -> dict[int, dict[str, float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--units", type=int, nargs="*", default=[100, 300, 500, 1000, 2000])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--no-cases", action="store_true", help="leave the single cases out")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    lines: list[str] = []

    def tell(text: str) -> None:
        lines.append(text)
        print(text, flush=True)

    tell(f"{args.steps} steps, {args.repeats} repeats, {n_threads()} threads, {processor()}\n")
    tell("| units | fit in seconds | " + " | ".join(RATIOS) + " |")
    tell("| --- " * (2 + len(RATIOS)) + "|")
    seconds, ratios = {}, {}
    for n_units in args.units:
        s = seconds[n_units] = compare(n_units, args.steps, args.repeats)
        ratios[n_units] = {name: f * s[a] / s[b] for name, (a, b, f) in RATIOS.items()}
        cells = [
            f"{n_units}",
            f"{s['fit, plain']:.2f}",
            *(f"{r:.2f}" for r in ratios[n_units].values()),
        ]
        tell("| " + " | ".join(cells) + " |")
    single = {} if args.no_cases else cases(args.steps, args.repeats) | short(args.repeats)
    tell("\n" + "\n".join(f"- {name}: {ratio:.2f}" for name, ratio in single.items()))
    if args.out:
        machine = {"processor": processor(), "threads": n_threads(), "steps": args.steps}
        result = {**machine, "seconds": seconds, "ratios": ratios, "cases": single}
        draw(ratios, save(args.out, result, lines))
    return ratios


if __name__ == "__main__":
    main()
