"""NARMA-10: how well is the output found from the input?  ``python -m benchmarks.narma``.

3000 steps of training, 3000 of test, ten reservoirs per size on one draw. One setting for all
sizes, chosen on the last third of the training part. Beside it the control: least squares on 30
input lags, which a reservoir has to beat.
"""

import argparse

import numpy as np
from sklearn.linear_model import LinearRegression

from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.datasets import narma
from reservoir.metrics import nrmse

TRAIN = TEST = 3000


def error(u: np.ndarray, y: np.ndarray, n_units: int, seed: int) -> float:
    reservoir = Reservoir(
        n_units, spectral_radius=0.95, input_scaling=0.05, bias_scaling=0.5, random_state=seed
    )
    esn = ESNRegressor(reservoir, RidgeReadout(alpha=1e-8, washout=100))
    esn.fit(u[:TRAIN], y[:TRAIN])
    return nrmse(y[TRAIN:], esn.predict(u[TRAIN:]))


def control(u: np.ndarray, y: np.ndarray, n_lags: int = 30) -> float:
    lags = np.hstack([np.roll(u, k, axis=0) for k in range(1, n_lags + 1)])
    model = LinearRegression().fit(lags[n_lags:TRAIN], y[n_lags:TRAIN])
    return nrmse(y[TRAIN:], model.predict(lags[TRAIN:]))


def main(argv: list[str] | None = None) -> dict[int, float]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--units", type=int, nargs="*", default=[100, 200, 400])
    args = parser.parse_args(argv)
    u, y = narma(TRAIN + TEST, random_state=0)
    u = (u - u[:TRAIN].mean()) / u[:TRAIN].std()
    print(f"{'units':>9}{'median NRMSE':>14}{'10-90 %':>16}{'NMSE':>8}")
    medians = {}
    for n_units in args.units:
        errors = [error(u, y, n_units, seed) for seed in range(args.seeds)]
        low, middle, high = np.quantile(errors, [0.1, 0.5, 0.9])
        medians[n_units] = float(middle)
        print(f"{n_units:>9}{middle:>14.3f}{f'{low:.3f}-{high:.3f}':>16}{middle**2:>8.4f}")
    linear = control(u, y)
    print(f"{'30 lags':>9}{linear:>14.3f}{'':>16}{linear**2:>8.4f}")
    return medians


if __name__ == "__main__":
    main()
