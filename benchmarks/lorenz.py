"""How far ahead can Lorenz 63 be forecast?  ``python -m benchmarks.lorenz``.

10,000 training steps at dt 0.02; 200 driven steps before each unseen start. The valid
time ends where the error, over the total standard deviation of the training part, passes 0.4.
"""

import argparse

import numpy as np

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import LORENZ63_EXPONENT, lorenz63
from reservoir.metrics import valid_prediction_time

DT, TRAIN, DRIVEN, FREE = 0.02, 10_000, 200, 1000


def valid_times(x: np.ndarray, seed: int, alpha: float, n_units: int) -> np.ndarray:
    """Valid times in Lyapunov times, one per start in the series after its training part."""
    n_starts = (len(x) - TRAIN) // (DRIVEN + FREE)
    train, unseen = x[:TRAIN], x[TRAIN:].reshape(n_starts, DRIVEN + FREE, 3)
    reservoir = Reservoir(
        n_units, spectral_radius=0.3, input_scaling=0.1, bias_scaling=0.5, random_state=seed
    )
    model = ESNForecaster(reservoir, RidgeReadout(alpha)).fit(train)
    forecast = model.forecast(FREE, context=unseen[:, :DRIVEN])
    return valid_prediction_time(
        unseen[:, DRIVEN:],
        forecast,
        threshold=0.4,
        scale=np.sqrt(train.var(axis=0).mean()),
        dt=DT,
        lyapunov_exponent=LORENZ63_EXPONENT,
    )


def main(argv: list[str] | None = None) -> np.ndarray:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--starts", type=int, default=40)
    parser.add_argument("--alpha", type=float, default=1e-11)
    parser.add_argument("--units", type=int, default=300)
    args = parser.parse_args(argv)
    print(f"Lorenz 63, {args.units} units, alpha {args.alpha:g}, {args.starts} unseen starts each")
    print(f"{'reservoir':>9}  {'mean':>5}  {'median':>6}  {'worst':>5}   Lyapunov times")
    x = lorenz63(TRAIN + args.starts * (DRIVEN + FREE), dt=DT, random_state=0)
    times = []
    for seed in range(args.seeds):
        times.append(valid_times(x, seed, args.alpha, args.units))
        t = times[-1]
        print(f"{seed:>9}  {t.mean():>5.2f}  {np.median(t):>6.2f}  {t.min():>5.2f}")
    t = np.concatenate(times)
    print(f"{'all':>9}  {t.mean():>5.2f}  {np.median(t):>6.2f}  {t.min():>5.2f}")
    return t


if __name__ == "__main__":
    main()
