"""Huge reservoirs by fast transforms: what a step costs, and whether the units are as good.

``python -m benchmarks.structured [--out benchmarks/structured]``. Microseconds of a step of one
series, medians of five runs that take turns, beside a dense matrix while it fits and a sparse one
of ten connections a unit, plain path; then, at 1000 units, the error (NRMSE) of a free run over 84
steps of Mackey-Glass (3000 training steps, median of five origins) and of NARMA-10 (3000 training
steps, 1000 test steps), ten reservoirs each, median and least to greatest, alpha of the evidence.
"""

import argparse
import os
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import markdown, report
from reservoir import ESNForecaster, ESNRegressor, Reservoir, RidgeReadout, StructuredReservoir
from reservoir.datasets import mackey_glass, narma
from reservoir.dynamics.paths import VARIABLE
from reservoir.metrics import nrmse

#: Kind -> a function of units and seed, and the units up to which it is timed.
KINDS: dict[str, tuple[Any, int]] = {
    "structured": (lambda n, seed: StructuredReservoir(n, random_state=seed), 2**17),
    "sparse": (lambda n, seed: Reservoir(n, random_state=seed), 2**17),
    "dense": (lambda n, seed: Reservoir(n, topology="dense", random_state=seed), 2**13),
}
AHEAD = 84


def cost(n_units: int, n_steps: int, repeats: int) -> dict[str, float]:
    """Microseconds of a step, of each kind that is asked for so many units."""
    u = np.random.default_rng(0).uniform(-1, 1, (n_steps, 1))
    fitted = {
        name: make(n_units, 0).fit(u[:2]) for name, (make, most) in KINDS.items() if n_units <= most
    }
    seconds: dict[str, list[float]] = {name: [] for name in fitted}
    for _ in range(repeats):
        for name, reservoir in fitted.items():
            start = time.perf_counter()
            reservoir.transform(u)
            seconds[name].append(time.perf_counter() - start)
    return {name: 1e6 * float(np.median(found)) / n_steps for name, found in seconds.items()}


def free_run(make: Any, seed: int) -> float:
    """NRMSE of free runs of Mackey-Glass."""
    x = mackey_glass(3000 + 5 * 200, random_state=seed)
    model = ESNForecaster(make(seed), RidgeReadout("evidence", washout=100)).fit(x[:3000])
    ends = range(3000, 3000 + 5 * 150, 150)
    found = [nrmse(x[end : end + AHEAD], model.forecast(AHEAD, x[end - 300 : end])) for end in ends]
    return float(np.median(found))


def narma10(make: Any, seed: int) -> float:
    """NRMSE."""
    u, y = narma(4000, random_state=seed)
    model = ESNRegressor(make(seed), RidgeReadout("evidence", washout=100), passthrough=True)
    return nrmse(y[3000:], model.fit(u[:3000], y[:3000]).predict(u[3000:]))


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--powers", type=int, nargs="*", default=[10, 11, 12, 13, 14, 15, 16, 17])
    parser.add_argument("--units", type=int, default=1000)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    os.environ[VARIABLE] = "0"
    costs = {
        2**k: cost(2**k, max(20, 2**20 // 2**k // 4), args.repeats) for k in sorted(args.powers)
    }
    rows = [[f"{n:,}", *(f"{found[k]:.0f}" if k in found else "" for k in KINDS)]
            for n, found in costs.items()]  # fmt: skip
    lines = markdown(["units", *(f"{kind}, µs a step" for kind in KINDS)], rows)
    errors: dict[str, Any] = {}
    for kind, (make, _) in KINDS.items():
        of_seed = partial(make, args.units)
        errors[kind] = {
            task: [measure(of_seed, seed) for seed in range(args.seeds)]
            for task, measure in {"Mackey-Glass": free_run, "NARMA-10": narma10}.items()
        }
    lines += ["", *markdown(
        [f"{args.units} units", f"Mackey-Glass, {AHEAD} steps free", "NARMA-10"],
        [[kind, *(f"{np.median(e):.2g} ({min(e):.2g} – {max(e):.2g})" for e in found.values())]
         for kind, found in errors.items()],
    )]  # fmt: skip
    result = {"microseconds": costs, "errors": errors}
    report(result, lines, args.out)
    return result


if __name__ == "__main__":
    main()
