"""A million series, one closed form: ``python -m benchmarks.million`` (needs the extra ``dask``).

Worker processes each make series of months (`benchmarks.pretrain` says which kinds), 36 to 96 rows
of them, and sum up what a `PanelForecaster` learns from; only the sums travel, and are added as
they come. Beside the time: how far the coefficients of two parts are from those of one fit of their
series, and the MASE over a year of 2,000 other series, whose rows of it no one learned from, when
learned from one part, from all, and by simple rules.
"""

import argparse
import pickle
import time
import warnings
from functools import partial
from typing import Any

import numpy as np

from benchmarks.pretrain import generated
from reservoir import PanelForecaster
from reservoir.baselines import SeasonalNaive, Theta
from reservoir.panels import PanelStatistics

SEASON, HORIZON, LEAST, MOST = 12, 12, 36, 96
#: Of the series that are forecast.
OTHER = 10**6


def forecaster() -> PanelForecaster:
    return PanelForecaster(season=SEASON, horizon=HORIZON, random_state=0)


def part(seed: int, n_series: int) -> tuple[PanelStatistics, float, float]:
    """Return the statistics of series, and the seconds to make them and to learn from them."""
    start = time.perf_counter()
    series = generated(n_series, SEASON, LEAST, MOST, seed)
    made = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some have breaks, and say so
        found = forecaster().statistics(series)
    return found, made - start, time.perf_counter() - made


def mase(of: list[np.ndarray], series: list[np.ndarray]) -> float:
    pairs = zip(of, series, strict=True)
    return float(np.mean([
        np.abs(np.ravel(f) - x[-HORIZON:]).mean()
        / np.abs(x[SEASON:-HORIZON] - x[: -SEASON - HORIZON]).mean()
        for f, x in pairs
    ]))  # fmt: skip


def main(argv: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-series", type=int, default=1_000_000)
    parser.add_argument("--in-part", type=int, default=5000)
    parser.add_argument("--n-workers", type=int, default=2)
    parser.add_argument("--n-other", type=int, default=2000, help="series that are forecast")
    args = parser.parse_args(argv)
    from distributed import Client, LocalCluster, as_completed

    n_parts = max(2, args.n_series // args.in_part)
    options = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
    learn = partial(part, n_series=args.in_part)
    start, made, learned, volume = time.perf_counter(), 0.0, 0.0, 0
    firsts: dict[int, PanelStatistics] = {}
    total: Any = 0
    with LocalCluster(n_workers=args.n_workers, **options) as cluster, Client(cluster) as client:
        futures = client.map(learn, range(n_parts), pure=False)
        work = {future.key: seed for seed, future in enumerate(futures)}
        for future, (found, *seconds) in as_completed(futures, with_results=True):
            if work[future.key] < 2:
                firsts[work[future.key]] = found
            total += found
            volume += len(pickle.dumps(found))
            made, learned = made + seconds[0], learned + seconds[1]
            future.release()
    elapsed = time.perf_counter() - start
    model = forecaster().fit_statistics(total)
    print(f"{n_parts * args.in_part} series on {args.n_workers} workers in {elapsed:.0f} s: "
          f"{made:.0f} s of making them, {learned:.0f} s of learning, on all workers; "
          f"{volume / n_parts / 1e6:.2f} MB travel from each of {n_parts} parts")  # fmt: skip
    warnings.simplefilter("ignore")
    both = generated(args.in_part, SEASON, LEAST, MOST, 0) + generated(
        args.in_part, SEASON, LEAST, MOST, 1
    )
    merged = forecaster().fit_statistics(firsts[0] + firsts[1]).coef_
    whole = forecaster().fit_statistics(forecaster().statistics(both)).coef_
    apart = float(np.abs(merged - whole).max() / np.abs(whole).max())
    series = generated(args.n_other, SEASON, LEAST + HORIZON, MOST, OTHER)
    past = [x[:-HORIZON] for x in series]
    errors = {
        "learned from all": mase(model.forecast(HORIZON, past), series),
        "learned from one part": mase(
            forecaster().fit_statistics(firsts[0]).forecast(HORIZON, past), series
        ),
        "Theta": mase([Theta(SEASON).fit(x).forecast(HORIZON) for x in past], series),
        "seasonal naive with drift": mase(
            [SeasonalNaive(SEASON).fit(x).forecast(HORIZON) for x in past], series
        ),
    }
    print(f"coefficients of two parts, merged: {apart:.1e} from those of one sum")
    print(*(f"{name}: MASE {error:.3f}" for name, error in errors.items()), sep="\n")
    return {"seconds": elapsed, "apart": apart, **errors}


if __name__ == "__main__":
    main()
