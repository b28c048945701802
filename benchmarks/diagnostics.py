"""What reservoirs are told to be, and how long it takes.  ``python -m benchmarks.diagnostics``.

- *Memory capacity* of 100 units, ten reservoirs, by one call; the seconds of reservoirpy's
  ``memory_capacity`` for as many delays beside ours where it is installed.
- *Exponents* of closed loops: Lorenz 63 (five reservoirs) and Kuramoto-Sivashinsky of L = 22, the
  first ten (three reservoirs), beside published ones.
- *Climate* of the same forecasters, beside that of true trajectories.

``--pictures FOLDER`` draws those of the docs.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import markdown, report
from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import kuramoto_sivashinsky, lorenz63
from reservoir.diagnostics import (
    climate,
    information_processing_capacity,
    lyapunov_exponents,
    memory_capacity,
)

#: Sprott (2003), Chaos and time-series analysis; Edson, Bunder, Mattner & Roberts (2019), Lyapunov
#: exponents of the Kuramoto-Sivashinsky PDE, ANZIAM Journal 61, L = 22, the first ten, one of their
#: three zeros left out: the mean of the field never moves, so that nothing is learned of moving it.
LORENZ = (0.906, 0.0, -14.572)
KS = (0.043, 0.003, -0.004, -0.008, -0.185, -0.253, -0.296, -0.309, -1.965)


def memory(n_seeds: int) -> list[dict[str, Any]]:
    """Memory capacity and seconds, of both topologies."""
    rows = []
    for topology, radius in (("orthogonal", 0.95), ("ring", 0.9)):
        totals, seconds = [], []
        for seed in range(n_seeds):
            reservoir = Reservoir(
                100, topology=topology, spectral_radius=radius, input_scaling=1e-3,
                bias_scaling=0.0, random_state=seed,
            )  # fmt: skip
            start = time.perf_counter()
            totals.append(memory_capacity(reservoir, n_delays=200).total)
            seconds.append(time.perf_counter() - start)
        spread = [min(totals), float(np.median(totals)), max(totals)]
        rows.append({"topology": topology, "memory": spread, "seconds": float(np.median(seconds))})
    return rows


def peer() -> dict[str, float] | None:
    """The same of reservoirpy: seconds and capacity of a reservoir of its own."""
    try:
        from reservoirpy.nodes import Reservoir as Theirs
        from reservoirpy.nodes import Ridge
        from reservoirpy.observables import memory_capacity as theirs
    except ImportError:
        return None
    model = Theirs(100, sr=0.95, input_scaling=1e-3, bias=0.0, seed=0) >> Ridge(ridge=1e-16)
    u = np.random.default_rng(0).uniform(-1, 1, (10_000, 1))
    start = time.perf_counter()
    capacity = theirs(model, k_max=200, series=u, seed=0)
    return {"seconds": time.perf_counter() - start, "memory": float(capacity)}


def lorenz(seed: int) -> tuple[ESNForecaster, np.ndarray, float]:
    """A forecaster of Lorenz 63, a true trajectory, and the duration of a step."""
    x = lorenz63(40_000, random_state=seed)
    reservoir = Reservoir(300, spectral_radius=0.4, random_state=seed)
    return ESNForecaster(reservoir, RidgeReadout(1e-8)).fit(x[:20_000]), x[20_000:], 0.02


def field(seed: int) -> tuple[ESNForecaster, np.ndarray, float]:
    """A forecaster of Kuramoto-Sivashinsky, a true trajectory, and the duration of a step."""
    x = kuramoto_sivashinsky(40_000, random_state=seed)
    reservoir = Reservoir(2000, spectral_radius=0.1, input_scaling=0.03, random_state=seed)
    model = ESNForecaster(reservoir, RidgeReadout(1e-8), input_noise=1e-4)
    return model.fit(x[:20_000]), x[20_000:], 0.25


def loops(n_seeds: int, quick: bool) -> list[dict[str, Any]]:
    """Exponents and climate of closed loops."""
    rows = []
    systems = {"Lorenz 63": (lorenz, LORENZ), "Kuramoto-Sivashinsky, L = 22": (field, KS)}
    for name, (make, published) in [*systems.items()][: 1 if quick else None]:
        found, climates = [], []
        for seed in range(n_seeds):
            model, truth, dt = make(seed)
            n_steps = 2000 if quick else 20_000
            exponents = lyapunov_exponents(
                model, n_exponents=len(published), n_steps=n_steps, dt=dt, verbose=1
            )
            found.append(exponents.exponents)
            climates.append(climate(model, truth, n_steps=2000 if quick else None, dt=dt))
        keys = list(climates[0].distances)
        rows.append({
            "system": name, "published": list(published),
            "exponents": np.mean(found, axis=0).tolist(),
            "spread": np.ptp(found, axis=0).tolist(),
            "climate": {k: np.median([c.distances[k] for c in climates], axis=0).tolist()
                        for k in keys},
            "invariants": {k: np.median([c.invariants[k] for c in climates], axis=0).tolist()
                           for k in climates[0].invariants},
            "lasted": min(c.lasted for c in climates),
        })  # fmt: skip
    return rows


def tables(result: dict[str, Any]) -> list[str]:
    """The lines of all tables."""
    head = ["memory capacity of 100 units, delays to 200", "median", "least – greatest", "seconds"]
    rows = [
        [r["topology"], f"{r['memory'][1]:.2f}", f"{r['memory'][0]:.2f} – {r['memory'][2]:.2f}",
         f"{r['seconds']:.2f}"]
        for r in result["memory"]
    ]  # fmt: skip
    if result["peer"]:
        p = result["peer"]
        rows.append(
            ["reservoirpy, its own reservoir", f"{p['memory']:.2f}", "", f"{p['seconds']:.1f}"]
        )
    lines = markdown(head, rows)
    for r in result["loops"]:
        cells = [
            [f"{a:.3f}", f"{b:.3f}", f"{s:.3f}"]
            for a, b, s in zip(r["published"], r["exponents"], r["spread"], strict=True)
        ]
        lines += ["", *markdown([f"exponents of {r['system']}: published", "closed loop, mean",
                                 "spread"], cells)]  # fmt: skip
        far = [[k, f"{a:.3g}", f"{b:.3g}"] for k, (a, b) in r["climate"].items()]
        far += [[k, f"{a:.3g}", f"{b:.3g} (truth)"] for k, (a, b) in r["invariants"].items()]
        lines += ["", *markdown([f"climate of {r['system']}", "free run", "true twin"], far)]
    return lines


def pictures(folder: Path) -> None:
    """Draw the pictures of the docs."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    from reservoir.plotting import ForecastDisplay, ReservoirDisplay

    x = lorenz63(12_000, random_state=0)
    reservoir = Reservoir(200, spectral_radius=0.4, random_state=0)
    model = ESNForecaster(reservoir, RidgeReadout(1e-7)).fit(x[:8000])
    ReservoirDisplay.from_estimator(model, x[:8000]).figure_.savefig(
        folder / "reservoir.png", dpi=120
    )
    display = ForecastDisplay.from_estimator(model, x[8000:8800])
    display.figure_.savefig(folder / "lorenz_forecast.png", dpi=120)
    kinds = {
        "linear ring": Reservoir(50, topology="ring", activation="identity", bias_scaling=0.0),
        "default": Reservoir(50),
        "loud": Reservoir(50, input_scaling=1.0),
        "slow": Reservoir(50, leak_rate=0.3),
    }
    figure, axes = plt.subplots(1, 4, figsize=(11, 3), layout="constrained", sharey=True)
    for (name, kind), ax in zip(kinds.items(), axes, strict=True):
        kind.set_params(random_state=0)
        found = information_processing_capacity(kind, degree=4, n_steps=30_000)
        found.plot(ax)
        ax.set_title(f"{name}: {found.total:.1f}")
        ax.set_ylabel("capacity" if name == "linear ring" else "")
    figure.savefig(folder / "capacity.png", dpi=120)
    plt.close("all")


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--pictures", type=Path, metavar="FOLDER")
    parser.add_argument("--redraw", action="store_true", help="the loops that --out holds")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    if args.pictures:
        pictures(args.pictures)
        return {}
    result = {
        "memory": memory(2 if args.quick else 10), "peer": None if args.quick else peer(),
        "loops": json.loads(args.out.with_suffix(".json").read_text())["loops"]
        if args.redraw else loops(args.seeds, args.quick),
    }  # fmt: skip
    lines = tables(result)
    report(result, lines, args.out)
    return result


if __name__ == "__main__":
    main()
