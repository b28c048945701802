"""Weekly CO2, a year ahead from yearly origins.  ``python -m benchmarks.co2``.

The command line's own search runs on what precedes the first origin; then from each origin its best
candidates are fitted on all before it, and the median of their forecasts is taken. Beside it,
seasonal naive with the drift of the whole history, and of the last ten years.
"""

import argparse

import numpy as np

from reservoir.datasets import load_co2
from reservoir.model_selection import forecasting_search, settings_of
from reservoir.model_selection import root_mean_square as rmse

YEAR = 52


def weekly_co2() -> np.ndarray:
    """The series (T, 1), missing weeks filled by straight lines, as the command does."""
    x = load_co2().data[:, 0]
    missing = np.isnan(x)
    x[missing] = np.interp(np.flatnonzero(missing), np.flatnonzero(~missing), x[~missing])
    return x.reshape(-1, 1)


def with_drift(past: np.ndarray, n_years: int | None = None) -> np.ndarray:
    """Last year again, plus the mean yearly change of the last `n_years`, or of all."""
    change = (past[YEAR:] - past[:-YEAR])[-YEAR * n_years if n_years else 0 :]
    return past[-YEAR:] + change.mean()


def main(argv: list[str] | None = None) -> float:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--origins", type=int, default=12)
    parser.add_argument("--units", type=int, default=200)
    args = parser.parse_args(argv)
    x = weekly_co2()
    origins = [len(x) - YEAR * k for k in range(args.origins, 0, -1)]

    simple = {
        f"seasonal naive, drift of {name} years": [
            rmse(with_drift(x[:o], n_years), x[o : o + YEAR]) for o in origins
        ]
        for name, n_years in {"all": None, "ten": 10}.items()
    }
    print(f"mean RMSE in ppm over {args.origins} yearly origins, 52 weeks ahead")
    for name, errors in simple.items():
        print(f"  {name:<36}{np.mean(errors):.3f}")
    means = []
    for seed in range(args.seeds):
        search = forecasting_search(
            horizon=YEAR,
            season=YEAR,
            positive=True,
            n_units=args.units,
            n_jobs=-1,
            random_state=seed,
        ).fit(x[: origins[0]])
        errors = [rmse(search.refit_on(x[:o]).forecast(YEAR), x[o : o + YEAR]) for o in origins]
        means.append(np.mean(errors))
        print(f"  {f'forecast, seed {seed}':<36}{means[-1]:.3f}   {settings_of(search)}")
    ratio = float(np.mean(means) / min(map(np.mean, simple.values())))
    print(f"  mean over seeds {np.mean(means):.3f}: {ratio:.3f} of the better simple forecast")
    return ratio


if __name__ == "__main__":
    main()
