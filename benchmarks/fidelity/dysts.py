"""Sixty-six chaotic systems (dysts 0.1): two periods ahead from a thousand rows."""

from __future__ import annotations

import json
import time
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.exceptions import FitFailedWarning
from sklearn.preprocessing import StandardScaler

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.metrics import smape, valid_prediction_time
from reservoir.model_selection import (
    ForecastSearchCV,
    forecasting_search,
    make_forecast_scorer,
)

from .files import path_in
from .task import Parts, Published, Result, Settings, Task, lagged

FREE = 200
FILE = "data/{}_multivariate__pts_per_period_100__periods_12.json"

Series = dict[str, np.ndarray]

NOTES = """The ten worst systems, and why: *LiuChen*, *YuWang*, *CoevolvingPredatorPrey* and
*SprottTorus* rest and then jump, and where a jump comes is decided by what is hardly seen before;
*DoublePendulum*, *SwingingAtwood* and *BlinkingVortex* show an angle, or their drive, only as a
sine, which hides the phase; *ScrollDelay* and *IkedaDelay* are delay systems, whose state is a
whole history; *ThomasLabyrinth* wanders into cells that a thousand rows have not visited."""


@cache
def files() -> tuple[Series, Series]:
    """Return the train and test file of the even-indexed systems, (1200, d) each."""
    both = []
    for kind in ("train", "test"):
        entries = json.loads(path_in("dysts", FILE.format(kind)).read_text())
        both.append({name: np.array(entries[name]["values"]) for name in sorted(entries)[::2]})
    return both[0], both[1]


@cache
def lyapunov_per_step() -> dict[str, float]:
    """Return the largest Lyapunov exponent times the step, by system, as dysts gives them."""
    known = json.loads(path_in("dysts", "data/chaotic_attractors.json").read_text())
    entries = json.loads(path_in("dysts", FILE.format("test")).read_text())
    return {
        name: known[name]["maximum_lyapunov_estimated"] * entries[name]["dt"] for name in files()[0]
    }


def bounded_smape(truth: np.ndarray, forecast: np.ndarray) -> float:
    """Return the error, 200 where a loop has diverged."""
    return smape(truth, np.nan_to_num(forecast, nan=1e100).clip(-1e100, 1e100))


class Dysts(Task):
    """What all rows have in common: train file and a thousand rows in, 200 rows out."""

    name = "dysts"
    per_seed = True  # every repeat chooses for itself

    def parts(self, seed: int) -> Parts:
        train, test = files()
        names = list(train)[:3] if self.quick else list(train)
        return Parts(
            {name: (train[name], test[name][:-FREE]) for name in names},
            {name: test[name][-FREE:] for name in names},
        )

    def choose(self, train: dict[str, tuple[np.ndarray, np.ndarray]], seed: int) -> Settings:
        started = time.perf_counter()
        jobs = (delayed(self.fitted)(*both, seed) for both in train.values())
        found = Parallel(self.n_jobs)(jobs)
        return {
            "models": dict(zip(train, found, strict=True)),
            "seconds": time.perf_counter() - started,
        }

    def fitted(self, tuning: np.ndarray, past: np.ndarray, seed: int) -> Any:
        """Return a model of one system, chosen on the one series and fitted on the other."""
        raise NotImplementedError

    def score(self, settings: Settings, train: Any, test: Series, seed: int) -> dict[str, float]:
        started = time.perf_counter()
        forecasts = {
            name: model.forecast(FREE, on_divergence="nan")
            for name, model in settings["models"].items()
        }
        seconds = time.perf_counter() - started
        errors = np.array([bounded_smape(test[name], f) for name, f in forecasts.items()])
        steps = lyapunov_per_step()
        times = [
            valid_prediction_time(
                test[name], f, threshold=0.3, scale=train[name][1].std(axis=0), dt=steps[name]
            )
            for name, f in forecasts.items()
        ]
        return {
            "median sMAPE": float(np.median(errors)),
            "mean sMAPE": float(errors.mean()),
            "median valid time": float(np.median(times)),
            "seconds": settings["seconds"] + seconds,
        }

    def described(self, settings: Settings) -> Settings:
        return {"hyperparameters": "each system's own"}

    def details(self, settings: Settings, train: Any, test: Series) -> dict[str, Any]:
        """The ten systems with the largest error, by their coordinate of the largest error."""
        rows = []
        for name, model in settings["models"].items():
            forecast = model.forecast(FREE, on_divergence="nan")
            rows.append((bounded_smape(test[name], forecast), name, forecast))
        worst = []
        for error, name, forecast in sorted(rows, key=lambda row: -row[0])[:10]:
            past, truth = train[name][1], test[name]
            worse = np.abs(np.nan_to_num(forecast - truth)).mean(axis=0) / past.std(axis=0)
            k = int(worse.argmax())
            columns = {"past": past[-300:, k], "truth": truth[:, k], "forecast": forecast[:, k]}
            worst.append(
                {"system": name, "sMAPE": round(error, 1)}
                | {kind: [float(f"{v:.4g}") for v in values] for kind, values in columns.items()}
            )
        return {"worst": worst}

    def baselines(self, train: Any, test: Series) -> dict[str, float]:
        last = {n: np.broadcast_to(past[-1], test[n].shape) for n, (_, past) in train.items()}
        lags = {n: linear_lags(past) for n, (_, past) in train.items()}
        return {
            "persistence": float(np.median([bounded_smape(test[n], f) for n, f in last.items()])),
            "30 linear lags": float(
                np.median([bounded_smape(test[n], f) for n, f in lags.items()])
            ),
        }


def linear_lags(past: np.ndarray, n_lags: int = 30) -> np.ndarray:
    """Return a free run of least squares on lags of all coordinates, NaN where it diverges."""
    scale = past.std(axis=0)
    z = (past - past.mean(axis=0)) / scale
    rows = np.column_stack([lagged(z, n_lags), np.ones(len(z) - n_lags + 1)])
    coef, *_ = np.linalg.lstsq(rows[:-1], z[n_lags:], rcond=None)
    window, forecast = rows[-1, :-1], []
    for _ in range(FREE):
        forecast.append(np.append(window, 1.0) @ coef)
        window = np.concatenate([forecast[-1], window[: -z.shape[1]]])
    return np.array(forecast) * scale + past.mean(axis=0)


class PublishedConfiguration(Dysts):
    """The benchmark's own echo state network: only the leak rate is tuned."""

    n_seeds = 3

    def __init__(self, scaled: bool) -> None:
        # of the series alone: the input that is always 1 stays so
        self.transformer = StandardScaler() if scaled else None
        self.title = "66 systems, published configuration" + (", standardised" if scaled else "")
        figure = None if scaled else Published(103.7, "Gilpin 2021, ESN", "read")
        self.published = {
            "median sMAPE": figure,
            "mean sMAPE": None,
            "median valid time": None,
            "seconds": None,
        }
        self.protocol = (
            "N = 500, radius 0.99, density 0.1, a fifth of inputs and biases at ±1, ridge 1e-4, "
            "washout 99, leak rate 0.1 to 1 chosen on the train file (1000 rows, free run of 200), "
            "refitted on 1000 rows of the test file, free run of its last 200; sMAPE over all of it"
        )

    def fitted(self, tuning: np.ndarray, past: np.ndarray, seed: int) -> WithBias:
        errors = {}
        for leak_rate in np.arange(1, 11) / 10:
            model = self._model(leak_rate, tuning.shape[1], seed).fit(tuning[:-FREE])
            errors[leak_rate] = bounded_smape(tuning[-FREE:], model.forecast(FREE))
        best = min(errors, key=errors.__getitem__)
        return self._model(best, tuning.shape[1], seed).fit(past)

    def _model(self, leak_rate: float, d: int, seed: int) -> WithBias:
        rng = np.random.default_rng(seed)
        weights = rng.choice([-1.0, 1.0], (self.n_units, d + 1))
        weights *= rng.random(weights.shape) < 0.2
        reservoir = Reservoir(
            self.n_units, topology=internal_weights(self.n_units, seed), spectral_radius=None,
            leak_rate=leak_rate, input_weights=weights, input_scaling=1.0, bias_scaling=0.0,
        )  # fmt: skip
        readout = RidgeReadout(1e-4, washout=99)
        return WithBias(
            reservoir, readout, transformer=self.transformer, scaler="passthrough",
            passthrough=False,
        )  # fmt: skip

    @property
    def n_units(self) -> int:
        return 100 if self.quick else 500


@cache
def internal_weights(n_units: int, seed: int) -> np.ndarray:
    """Return Gaussian weights of density 0.1 and radius 0.99."""
    rng = np.random.default_rng(seed + 1000)
    W = rng.standard_normal((n_units, n_units)) * (rng.random((n_units, n_units)) < 0.1)
    return W * 0.99 / abs(np.linalg.eigvals(W)).max()


class WithBias(ESNForecaster):
    """The last input is always 1: its weights are the biases."""

    def fit(self, X: np.ndarray, y: Any = None) -> WithBias:
        super().fit(X, exog=np.ones((len(X), 1)))
        return self

    def forecast(self, n_steps: int, on_divergence: str = "nan") -> np.ndarray:
        return super().forecast(n_steps, exog=np.ones((n_steps, 1)), on_divergence=on_divergence)


def search(n_features: int, seed: int, n_units: int = 300) -> ForecastSearchCV:
    """Return the library's own search, for free runs of two hundred rows."""
    return forecasting_search(
        horizon=FREE, season=1, n_features=n_features, n_splits=3, n_units=n_units,
        scoring=make_forecast_scorer(FREE, smape, step=FREE // 4), random_state=seed,
    )  # fmt: skip


class Tuned(Dysts):
    """The library's own search, as a user calls it."""

    n_seeds = 3
    title = "66 systems, forecasting_search"
    published = {
        "median sMAPE": Published(77.6, "Gilpin 2021, neural ODE", "read"),
        "mean sMAPE": None, "median valid time": None, "seconds": None,
    }  # fmt: skip
    protocol = (
        "the library's search, trained on 600 rows of the train file and scored by free runs of "
        "200 from nine rolling origins after them; the median of the best, refitted on 1000 rows "
        "of the test file, free run of its last 200; seconds on two cores, tuning included"
    )

    def fitted(self, tuning: np.ndarray, past: np.ndarray, seed: int) -> Any:
        n_units = 100 if self.quick else 300
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitFailedWarning)
            return search(tuning.shape[1], seed, n_units).fit(tuning).refit_on(past)


def tasks() -> list[Task]:
    return [PublishedConfiguration(False), PublishedConfiguration(True), Tuned()]


def draw_details(results: list[Result], path: Path) -> None:
    """Draw the ten worst systems of the last row: past, truth and forecast."""
    import matplotlib.pyplot as plt

    worst = results[-1].details["worst"]
    figure, axes = plt.subplots(
        -(-len(worst) // 2), 2, figsize=(11, 1.7 * -(-len(worst) // 2)), layout="constrained"
    )
    for ax, one in zip(axes.flat, worst):
        past, truth, forecast = (np.array(one[kind]) for kind in ("past", "truth", "forecast"))
        t, low, high = np.arange(FREE), min(past.min(), truth.min()), max(past.max(), truth.max())
        margin = 0.3 * (high - low)
        ax.plot(np.arange(-len(past), 0), past, color="0.6", lw=1)
        ax.plot(t, truth, color="k", lw=1.2, label="truth")
        ax.plot(t, forecast, color="C3", lw=1.2, label="forecast")
        ax.set(ylim=(low - margin, high + margin))
        ax.set_title(f"{one['system']}, sMAPE {one['sMAPE']:.0f}", fontsize=9)
        ax.tick_params(labelsize=7)
    axes.flat[0].legend(fontsize=7)
    figure.savefig(path, dpi=110)
    plt.close(figure)
