"""Do the bands of a forecast hold what they say?  ``python -m benchmarks.bands``.

Bands of 90 % by ``forecast_quantiles(n_steps, (0.05, 0.95))``: the share of unseen values within,
and the mean width over the standard deviation of the series, per horizon. Lorenz 63 (dt 0.02),
with and without 2 % noise on all that is seen, 16,000 training steps, 200 starts apart by more
than the horizon; weekly CO2, from every week of eight years, fitted anew each year, 52 weeks
ahead. Beside it the *raw* band: that of one-step errors of the training part, which know nothing
of feedback.
"""

import argparse
import warnings

import numpy as np

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import load_co2, lorenz63

TRAIN, DRIVEN, FREE = 16_000, 200, 100
HORIZONS = (1, 10, 50, 100)


def coverage(
    truth: np.ndarray, low: np.ndarray, high: np.ndarray, scale: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Share within and relative width, per horizon; of arrays (starts, horizons, d)."""
    inside = (truth >= low) & (truth <= high)
    return inside.mean(axis=(0, 2)), ((high - low) / scale).mean(axis=(0, 2))


def report(name: str, horizons: tuple[int, ...], *bands: tuple[np.ndarray, np.ndarray]) -> None:
    for kind, (share, width) in zip(("conformal", "raw"), bands, strict=True):
        cells = [f"{100 * share[h - 1]:.0f} % ({width[h - 1]:.3g})" for h in horizons]
        print(f"| {name} | {kind} | " + " | ".join(cells) + " |", flush=True)


def lorenz(noise: float, n_starts: int, seed: int) -> np.ndarray:
    """Print the coverage of unseen starts, and return that of the conformal band."""
    rng = np.random.default_rng(seed)
    clean = lorenz63(TRAIN + n_starts * (DRIVEN + FREE), random_state=seed)
    x = clean + noise * clean[:TRAIN].std(axis=0) * rng.standard_normal(clean.shape)
    past, unseen = x[:TRAIN], x[TRAIN:].reshape(n_starts, DRIVEN + FREE, 3)
    reservoir = Reservoir(300, spectral_radius=0.3, input_scaling=0.1, bias_scaling=0.5)
    readout = RidgeReadout(1e-2 if noise else 1e-10)
    model = ESNForecaster(reservoir, readout, random_state=seed).fit(past)
    context, truth = unseen[:, :DRIVEN], unseen[:, DRIVEN:]
    forecast = model.forecast(FREE, context)
    bands = model.forecast_quantiles(FREE, (0.05, 0.95), context)
    low, high = np.moveaxis(bands, -1, 0)
    scale = past.std(axis=0)
    residual = np.quantile(past[1000:] - model.predict(past, initial_state="zero")[1000:],
                           (0.05, 0.95), axis=0)  # fmt: skip
    raw = coverage(truth, forecast + residual[0], forecast + residual[1], scale)
    held = coverage(truth, low, high, scale)
    report(f"Lorenz 63, {noise:.0%} noise, seed {seed}", HORIZONS, held, raw)
    return held[0][[h - 1 for h in HORIZONS]]


def co2() -> np.ndarray:
    """The same of weekly CO2, differenced over a week and a year, fitted anew every year."""
    x = load_co2().data[:, 0]
    known = np.flatnonzero(np.isfinite(x))
    x = np.interp(np.arange(len(x)), known, x[known])[:, None]
    horizon, years = 52, range(len(x) - 9 * 52, len(x) - 2 * 52 + 1, 52)
    found: list[tuple[np.ndarray, ...]] = []
    for start in years:
        reservoir = Reservoir(200, input_scaling=0.05, bias_scaling=0.0)
        model = ESNForecaster(reservoir, RidgeReadout(1.0), differences=(1, 52), random_state=0)
        point = model.fit(x[:start]).forecast(horizon)
        bands = np.moveaxis(model.forecast_quantiles(horizon, (0.05, 0.95)), -1, 0)
        coming = x[start : start + 2 * 52]
        forecasts = model.rolling_forecast(coming, horizon, step=1)[:52]
        truth = np.stack([coming[k : k + horizon] for k in range(len(forecasts))])
        steps = x[:start] - model.predict(x[:start], initial_state="zero")
        residual = np.nanquantile(steps, (0.05, 0.95), axis=0)
        of_bands = [forecasts + (band - point) for band in bands]
        found.append((truth, *of_bands, *(forecasts + r for r in residual)))
    truth, low, high, raw_low, raw_high = (np.concatenate(part) for part in zip(*found))
    scale = np.diff(x, axis=0).std(axis=0)
    held, raw = (coverage(truth, a, b, scale) for a, b in ((low, high), (raw_low, raw_high)))
    report("CO2, weekly", (1, 10, 26, 52), held, raw)
    return held[0][[0, 9, 25, 51]]


def main(argv: list[str] | None = None) -> dict[str, np.ndarray]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3)
    args = parser.parse_args(argv)
    warnings.filterwarnings("ignore", message=".*leave them uncertain")
    print("| series | band | within (width) at 1 | 10 | 50 (26) | 100 (52) |")
    print("| --- " * 6 + "|")
    shares = {}
    for noise in (0.0, 0.02):
        found = [lorenz(noise, args.starts, seed) for seed in range(args.seeds)]
        shares[f"Lorenz {noise}"] = np.mean(found, axis=0)
    shares["CO2"] = co2()
    return shares


if __name__ == "__main__":
    main()
