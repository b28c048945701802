"""How far ahead can Lorenz 63 be forecast?  ``python -m benchmarks.lorenz [--precise]``.

10,000 training steps at dt 0.02; 200 driven steps before each unseen start. The valid
time ends where the error, over the total standard deviation of the training part, passes 0.4.
With ``--precise`` 20,000 training steps, and a penalty that only the triangular factor can tell.
``--solver`` names what is summed up: the Gram matrix squares the condition and ends near 12.
"""

import argparse

import numpy as np

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import LORENZ63_EXPONENT, lorenz63
from reservoir.metrics import valid_prediction_time

DT, DRIVEN, FREE = 0.02, 200, 2000

#: Training steps, and what the network is made of.
PLAIN = {"train": 10_000, "radius": 0.3, "bias": 0.5, "alpha": 1e-12}
PRECISE = {"train": 20_000, "radius": 0.1, "bias": 1.0, "alpha": 1e-26}


def valid_times(
    x: np.ndarray, seed: int, n_units: int, solver: str, *,
    train: int, radius: float, bias: float, alpha: float,
) -> np.ndarray:  # fmt: skip
    """Valid times in Lyapunov times, one per start in the series after its training part."""
    n_starts = (len(x) - train) // (DRIVEN + FREE)
    past, unseen = x[:train], x[train:].reshape(n_starts, DRIVEN + FREE, 3)
    reservoir = Reservoir(
        n_units, spectral_radius=radius, input_scaling=0.1, bias_scaling=bias, random_state=seed
    )
    model = ESNForecaster(reservoir, RidgeReadout(alpha, solver=solver)).fit(past)
    forecast = model.forecast(FREE, context=unseen[:, :DRIVEN], on_divergence="nan")
    return valid_prediction_time(
        unseen[:, DRIVEN:],
        forecast,
        threshold=0.4,
        scale=np.sqrt(past.var(axis=0).mean()),
        dt=DT,
        lyapunov_exponent=LORENZ63_EXPONENT,
    )


def main(argv: list[str] | None = None) -> np.ndarray:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--starts", type=int, default=40)
    parser.add_argument("--alpha", type=float)
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--solver", default="auto")
    parser.add_argument("--precise", action="store_true")
    args = parser.parse_args(argv)
    setting = dict(PRECISE if args.precise else PLAIN)
    setting["alpha"] = setting["alpha"] if args.alpha is None else args.alpha
    print(f"Lorenz 63, {args.units} units, {args.starts} unseen starts each, {setting}")
    print(f"{'reservoir':>9}  {'mean':>5}  {'median':>6}  {'worst':>5}   Lyapunov times")
    n_steps = int(setting["train"]) + args.starts * (DRIVEN + FREE)
    x = lorenz63(n_steps, dt=DT, random_state=0)
    times = []
    for seed in range(args.seeds):
        times.append(valid_times(x, seed, args.units, args.solver, **setting))
        t = times[-1]
        print(f"{seed:>9}  {t.mean():>5.2f}  {np.median(t):>6.2f}  {t.min():>5.2f}")
    t = np.concatenate(times)
    print(f"{'all':>9}  {t.mean():>5.2f}  {np.median(t):>6.2f}  {t.min():>5.2f}")
    return t


if __name__ == "__main__":
    main()
