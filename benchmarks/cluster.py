"""A fit where the data live: ``python -m benchmarks.cluster`` (needs the extra ``dask``).

Eight parts of a series lie on two worker processes, each of one thread. Serially, one process
computes the statistics of all; on the cluster every worker those of its own parts, and only they
travel. Their pickled size is the transfer volume, beside that of the states that would otherwise.
This process shares its steps out over threads, as every fit does.
"""

import argparse
import pickle

import numpy as np

from benchmarks import medians
from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.datasets import narma

PARTS = 8


def part(n_steps: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    return narma(n_steps, random_state=seed)


def main(argv: list[str] | None = None) -> float:
    """Print times and volumes; return the largest difference of the coefficients."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n-steps", type=int, default=50_000, help="of each of the eight parts")
    parser.add_argument("--n-units", type=int, default=500)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args(argv)
    from distributed import Client, LocalCluster, wait

    esn = ESNRegressor(
        Reservoir(args.n_units, input_scaling=0.2, random_state=0), RidgeReadout(1e-4, washout=200)
    )
    sequences = [part(args.n_steps, seed) for seed in range(PARTS)]
    found: dict[str, list] = {}

    def alone() -> None:
        found["parts"] = [esn.statistics(*s) for s in sequences]

    cells = [f"{medians({'alone': alone}, args.repeats)['alone']:.2f}"]
    reference = coefficients(esn, found["parts"])
    for n_workers in (1, 2):
        options = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
        with LocalCluster(n_workers=n_workers, **options) as cluster, Client(cluster) as client:
            held = [client.submit(part, args.n_steps, seed) for seed in range(PARTS)]
            wait(held)

            def mapped(held: list = held, client: Client = client) -> None:
                work = [client.submit(lambda p: esn.statistics(*p), p, pure=False) for p in held]
                found["parts"] = client.gather(work)

            cells.append(f"{medians({'mapped': mapped}, args.repeats)['mapped']:.2f}")
    volume = sum(len(pickle.dumps(piece)) for piece in found["parts"])
    states = 8 * PARTS * args.n_steps * args.n_units
    print("| this process, s | one worker, s | two workers, s | statistics, MB | states, MB |")
    print("| --- " * 5 + "|")
    print(f"| {' | '.join(cells)} | {volume / 1e6:.1f} | {states / 1e6:.0f} |")
    difference = np.abs(coefficients(esn, found["parts"]) - reference).max()
    return float(difference / np.abs(reference).max())


def coefficients(esn: ESNRegressor, parts: list) -> np.ndarray:
    return esn.fit_statistics(sum(parts)).readout_.coef_.copy()


if __name__ == "__main__":
    main()
