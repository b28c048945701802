"""Train what is shipped.  ``python -m benchmarks.pretrain --data m3.csv.gz``.

Writes ``reservoir/data/pretrained.npz``, the same to the bit. Every forecaster learns from whole
series of the M3 competition and from generated ones, of which each kind stands for something that
is rare in M3 and common elsewhere:

- smoothing: a level beneath noise, with a trend that fades (the models of exponential smoothing);
- walks: with drift, and jumps of heavy tails, as prices have;
- reverting: autoregressions about a level, as temperatures and rates have;
- breaks: straight lines in the logarithm that change their slope;
- counts: Poisson numbers of a level that wanders, zeros among them.

Weekly, daily and hourly series have no class in M3: they learn from its monthly and other series,
taken as they are, and from twice as many generated ones, longer and with seasons of their own.
"""

import argparse
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from reservoir import PanelForecaster
from reservoir.panels import PanelStatistics
from reservoir.panels.shipped import SHIPPED, packed

from .panels import read

#: Kind -> (classes of M3, horizon, generated series, least and most rows).
RECIPES = {
    "yearly": (["yearly"], 6, 600, 12, 60),
    "quarterly": (["quarterly"], 8, 600, 16, 100),
    "monthly": (["monthly"], 18, 800, 24, 200),
    "weekly": (["monthly", "other"], 13, 800, 60, 400),
    "daily": (["monthly", "other"], 14, 800, 60, 400),
    "hourly": (["monthly", "other"], 48, 800, 100, 700),
}
#: Errors that are shipped of each.
N_ERRORS = 300
TARGET = Path(__file__).parents[1] / "reservoir" / "data" / "pretrained.npz"


def smoothing(n: int, rng: np.random.Generator) -> np.ndarray:
    a, b, phi = rng.uniform(0, 1) ** 2, rng.uniform(0, 0.3), rng.uniform(0.8, 1)
    level, trend, x = 0.0, rng.normal(0, 0.3), np.empty(n)
    for t, shock in enumerate(rng.normal(0, 1, n)):
        x[t] = level + phi * trend + shock
        level += phi * trend + a * shock
        trend = phi * trend + a * b * shock
    return x


def walk(n: int, rng: np.random.Generator) -> np.ndarray:
    return (rng.normal(0, 0.2) + rng.standard_t(4, n)).cumsum()


def reverting(n: int, rng: np.random.Generator) -> np.ndarray:
    phi, x = rng.uniform(0.2, 0.98), np.zeros(n + 50)
    for t, shock in enumerate(rng.normal(0, 1, n + 49), start=1):
        x[t] = phi * x[t - 1] + shock
    return x[50:]


def breaking(n: int, rng: np.random.Generator) -> np.ndarray:
    slopes = rng.normal(0, 0.4, 4)[np.sort(rng.integers(0, 4, n))]
    return slopes.cumsum() + rng.normal(0, rng.uniform(0.2, 2), n)


def counts(n: int, rng: np.random.Generator) -> np.ndarray:
    level = np.log(rng.uniform(0.5, 30)) + (rng.uniform(0, 0.1) * rng.normal(0, 1, n)).cumsum()
    return rng.poisson(np.exp(np.clip(level, -2, 6))).astype(float)


def generated(n_series: int, season: int, low: int, high: int, seed: int) -> list[np.ndarray]:
    """Series of each kind in turn, half of them with a season."""
    rng = np.random.default_rng(seed)
    kinds, found = [smoothing, walk, reverting, breaking, counts], []
    while len(found) < n_series:
        kind = kinds[len(found) % len(kinds)]
        n = int(np.exp(rng.uniform(np.log(low), np.log(high))))
        x = kind(n, rng)
        season_of_it = rng.normal(0, rng.uniform(0, 0.3), season) if rng.random() < 0.5 else [0.0]
        if kind is not counts:
            x = np.exp(rng.uniform(0.005, 0.1) * x + np.resize(season_of_it, n))
        if np.ptp(x) > 0:
            found.append(x)
    return found


def trained(
    of_m3: PanelForecaster, real: list[np.ndarray], of_made: PanelForecaster, made: list[np.ndarray]
) -> PanelForecaster:
    """Learn from all; the errors are those on a seventh by what the others taught."""

    def sums(seventh: bool) -> PanelStatistics:
        chosen = [[x for k, x in enumerate(xs) if (k % 7 == 0) is seventh] for xs in (real, made)]
        return of_m3.statistics(chosen[0]) + of_made.statistics(chosen[1])

    others = sums(seventh=False)
    model = of_made.fit_statistics(others).calibrate(real[::7] + made[::7])
    errors, n_series = model._errors
    rows = np.sort(np.random.default_rng(0).permutation(len(errors))[:N_ERRORS])
    model.fit_statistics(others + sums(seventh=True))
    model._errors = errors[rows], n_series
    return model


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="m3.csv.gz")
    parser.add_argument("--out", type=Path, default=TARGET)
    args = parser.parse_args(argv)
    m3, arrays = read(args.data), {}
    with threadpool_limits(1):
        for seed, (kind, (classes, horizon, n_series, low, high)) in enumerate(RECIPES.items()):
            season = SHIPPED[kind]
            real = [x for name in classes for x in m3[name][0]]
            made = generated(n_series, season, low, high, seed)
            # the monthly ones have their own season, whatever is learned for
            of_m3 = PanelForecaster(season if kind in m3 else 12, horizon)
            model = trained(of_m3, real, PanelForecaster(season, horizon), made)
            arrays |= {f"{kind}_{name}": value for name, value in packed(model).items()}
            print(f"{kind}: {len(real)} of M3, {len(made)} generated")
    np.savez_compressed(args.out, **arrays)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
