"""What choosing alpha costs, and what it finds.  ``python -m benchmarks.alpha_path``.

- *Cost*: 30 alphas by 10 blocks, 100,000 steps of Mackey-Glass, 500 units, as a ratio to one plain
  fit of the Gram matrix, repeats interleaved; by a grid search it would be 300 fits.
- *Regret*: the error on a test part at the alpha that a criterion chooses on the training part,
  over the least error of the path; Mackey-Glass and NARMA-10 (200 units, median and greatest of
  ten reservoirs), and the next week of CO2.
"""

import argparse
from collections.abc import Callable

import numpy as np

from benchmarks import medians
from reservoir import ESNRegressor, Reservoir, RidgeReadout, RidgeReadoutCV
from reservoir.datasets import load_co2, mackey_glass, narma
from reservoir.metrics import nrmse

ALPHAS = np.logspace(-9, 2, 30)


def cost(n_steps: int, repeats: int) -> dict[str, float]:
    """Ratios to the seconds of a plain fit."""
    series = mackey_glass(n_steps + 1, random_state=0)
    reservoir = Reservoir(500, leak_rate=0.5, random_state=0)

    def fit(readout: RidgeReadout | RidgeReadoutCV) -> Callable[[], ESNRegressor]:
        return lambda: ESNRegressor(reservoir, readout).fit(series[:-1], series[1:])

    common = {"washout": 100, "solver": "gram"}
    seconds = medians(
        {
            "plain": fit(RidgeReadout(1e-6, **common)),
            "10 blocks": fit(RidgeReadoutCV(100 * ALPHAS, cv=10, **common)),
            "GCV": fit(RidgeReadoutCV(100 * ALPHAS, cv="gcv", **common)),
        },
        repeats,
    )
    return {name: seconds[name] / seconds["plain"] for name in ("10 blocks", "GCV")}


def tasks() -> dict[str, tuple[np.ndarray, np.ndarray, int]]:
    """Inputs, targets and the length of the training part."""
    x = mackey_glass(6000, random_state=0)
    x = (x - x[:3000].mean()) / x[:3000].std()
    u, y = narma(6000, random_state=0)
    co2 = load_co2().data[:, 0]
    known = np.flatnonzero(np.isfinite(co2))
    co2 = np.diff(np.interp(np.arange(len(co2)), known, co2[known]))[:, None]
    co2 = (co2 - co2[:1500].mean()) / co2[:1500].std()
    return {
        "Mackey-Glass": (x[:-1], x[1:], 3000),
        "NARMA-10": (u, y[:, None], 3000),
        "CO2": (co2[:-1], co2[1:], 1500),
    }


def regret(
    u: np.ndarray, y: np.ndarray, n_train: int, cv: object, seeds: int, n_units: int = 200
) -> np.ndarray:
    """Test error at the chosen alpha over the least one of the path, one per reservoir."""
    found = []
    for seed in range(seeds):
        reservoir = Reservoir(n_units, input_scaling=0.3, random_state=seed)
        esn = ESNRegressor(reservoir, RidgeReadoutCV(ALPHAS, cv=cv, solver="qr"))
        esn.fit(u[:n_train], y[:n_train])
        errors = [
            nrmse(y[n_train:], esn.resolved(alphas=[alpha]).predict(u[n_train:]))
            for alpha in ALPHAS
        ]
        found.append(nrmse(y[n_train:], esn.predict(u[n_train:])) / min(errors))
    return np.array(found)


def main(argv: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--units", type=int, default=200, help="where the regret is measured")
    args = parser.parse_args(argv)
    ratios = cost(args.steps, args.repeats)
    for name, ratio in list(ratios.items()):
        print(f"30 alphas by {name}: {ratio:.2f} of a plain fit", flush=True)
    print("| task | GCV | 10 blocks |\n| --- | --- | --- |")
    for task, (u, y, n_train) in tasks().items():
        cells = []
        for name, cv in (("GCV", "gcv"), ("10 blocks", 10)):
            r = regret(u, y, n_train, cv, args.seeds, args.units)
            ratios[f"{task}, {name}"] = float(np.median(r))
            cells.append(f"{np.median(r):.3f}, at most {r.max():.3f}")
        print(f"| {task} | {' | '.join(cells)} |", flush=True)
    return ratios


if __name__ == "__main__":
    main()
