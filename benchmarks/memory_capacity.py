"""How much of its input does a reservoir remember?  ``python -m benchmarks.memory_capacity``.

Jaeger (2001), GMD report 152: the sum over delays k of the squared correlation between the input of
k steps ago and what a readout recalls of it; at most N. Inputs U(-0.8, 0.8), 5000 steps of training
and 1000 of test, washout 100, delays to 200, N = 100, orthogonal and nearly linear.
"""

import argparse

import numpy as np

from reservoir import ESNRegressor, Reservoir, RidgeReadout

WASHOUT, TRAIN, TEST, DELAYS = 100, 5000, 1000, 200


def memory_capacity(seed: int, n_units: int = 100) -> float:
    """Sum of squared correlations on the test part."""
    n_steps = WASHOUT + TRAIN + TEST
    u = np.random.default_rng(seed).uniform(-0.8, 0.8, (DELAYS + n_steps, 1))
    past = np.hstack([u[DELAYS - k : DELAYS - k + n_steps] for k in range(1, DELAYS + 1)])
    reservoir = Reservoir(
        n_units, topology="orthogonal", spectral_radius=0.9, input_scaling=0.001, bias_scaling=0.0,
        random_state=seed,
    )  # fmt: skip
    split = WASHOUT + TRAIN
    esn = ESNRegressor(reservoir, RidgeReadout(alpha=1e-16, washout=WASHOUT))
    esn.fit(u[DELAYS:][:split], past[:split])
    recalled = esn.predict(u[DELAYS:][split:])
    pairs = zip(past[split:].T, recalled.T, strict=True)
    return float(sum(np.corrcoef(a, b)[0, 1] ** 2 for a, b in pairs))


def main(argv: list[str] | None = None) -> np.ndarray:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    args = parser.parse_args(argv)
    found = np.array([memory_capacity(seed) for seed in range(args.seeds)])
    print(
        f"memory capacity of 100 units, {args.seeds} reservoirs: mean {found.mean():.1f}, "
        f"least {found.min():.1f}, greatest {found.max():.1f}; the limit is 100"
    )
    return found


if __name__ == "__main__":
    main()
