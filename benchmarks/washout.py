"""What does training on the first states cost?  ``python -m benchmarks.washout``.

The closed loop's error over 50 steps, divided by the standard deviation, with the washout measured
(the default) and with none; default reservoirs, median of ten.
"""

import numpy as np

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import lorenz63, mackey_glass, sines


def error(x: np.ndarray, washout: int | str, passthrough: bool, seed: int) -> float:
    model = ESNForecaster(
        Reservoir(random_state=seed), RidgeReadout(washout=washout), passthrough=passthrough
    ).fit(x[:-50])
    return float(np.sqrt(np.square(model.forecast(50) - x[-50:]).mean()) / x.std())


def main() -> None:
    signals = {
        "sine": sines(1050, n_sines=1),
        "two sines": sines(1050, n_sines=2),
        "Mackey-Glass": mackey_glass(1050, random_state=0),
        "Lorenz 63": lorenz63(1050, random_state=0),
    }
    print(f"{'':<14}{'passthrough':>12}{'measured':>10}{'none':>10}")
    for name, x in signals.items():
        for passthrough in (True, False):
            with_it, without = (
                np.median([error(x, washout, passthrough, seed) for seed in range(10)])
                for washout in ("auto", 0)
            )
            print(f"{name:<14}{passthrough!s:>12}{with_it:>10.2g}{without:>10.2g}")


if __name__ == "__main__":
    main()
