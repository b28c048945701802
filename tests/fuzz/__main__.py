"""Try random configurations until the time is up; print the lines that reproduce a failure."""

import argparse
import sys
import time
import warnings
import zlib

import numpy as np

from .fuzzers import FUZZERS


def fuzz(
    name: str, seconds: float, seed: int = 0, *, most: int = 5, least: int = 10
) -> tuple[int, list[str]]:
    """Return how many cases were tried, at least so many, and the texts of those that failed."""
    end, n_tried, failures = time.monotonic() + seconds, 0, []
    while (n_tried < least or time.monotonic() < end) and len(failures) < most:
        where = [seed, zlib.crc32(name.encode()), n_tried]
        case = FUZZERS[name](np.random.default_rng(where))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                case.run()
        except Exception as error:
            failures.append(
                f"--- {name}, seed {seed}, case {n_tried}: {type(error).__name__}: {error}\n"
                f"{case.code}"
            )
        n_tried += 1
    return n_tried, failures


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FUZZERS))
    parser.add_argument("--seconds", type=float, default=60.0, help="for each")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    unknown = set(args.names) - set(FUZZERS)
    if unknown:
        parser.error(f"no fuzzer {', '.join(sorted(unknown))}; there are: {', '.join(FUZZERS)}")
    n_failed = 0
    for name in args.names or FUZZERS:
        n_tried, failures = fuzz(name, args.seconds, args.seed)
        print(f"{name}: {n_tried} cases, {len(failures)} failed", *failures, sep="\n", flush=True)
        n_failed += len(failures)
    return min(n_failed, 1)


if __name__ == "__main__":
    sys.exit(main())
