"""Observation noise: free runs learned from, and started on, noisy series."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.model_selection import TimeSeriesSplit

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import LORENZ63_EXPONENT, lorenz63, mackey_glass, rossler
from reservoir.metrics import valid_prediction_time
from reservoir.model_selection import ForecastSearchCV, make_forecast_scorer

from .task import Parts, Settings, Task

TRAIN, DRIVEN, FREE, STARTS = 10_000, 200, 2000, 100

#: System -> (series of n steps, step, Lyapunov exponent per time unit).
SYSTEMS = {
    "Lorenz 63": (lambda n: lorenz63(n, random_state=0), 0.02, LORENZ63_EXPONENT),
    "Rössler": (lambda n: rossler(n, random_state=0), 0.1, 0.0714),
    "Mackey-Glass": (lambda n: mackey_glass(n, random_state=0), 1.0, 0.0058),
}
#: Deviations of error from which a run has left the attractor.
FAR = 10.0


class Noise(Task):
    name = "noise"

    def __init__(self, system: str, level: float) -> None:
        self.system, self.level = system, level
        _, self.dt, self.exponent = SYSTEMS[system]
        self.horizon = round(0.5 / self.exponent / self.dt)
        self.title = f"{system}, {level:.0%} noise"
        self.published = {"NRMSE": None, "valid time": None, "diverged": None}
        self.protocol = (
            f"noise on the {TRAIN:,} training steps and on the {DRIVEN} that drive each of "
            f"{STARTS} starts, errors against the clean series: NRMSE of the first {self.horizon} "
            "steps (half a Lyapunov time), valid time to 0.4 deviations, and how many of the free "
            f"runs of {FREE} steps diverge or come {FAR:.0f} deviations away"
        )

    def parts(self, seed: int) -> Parts:
        n_starts = 3 if self.quick else STARTS
        n_train = 2000 if self.quick else TRAIN
        clean = SYSTEMS[self.system][0](n_train + n_starts * (DRIVEN + FREE))
        rng = np.random.default_rng(0)
        noisy = clean + self.level * clean[:n_train].std(axis=0) * rng.standard_normal(clean.shape)
        starts = (n_starts, DRIVEN + FREE, clean.shape[1])
        context = noisy[n_train:].reshape(starts)[:, :DRIVEN]
        return Parts(noisy[:n_train], (context, clean[n_train:].reshape(starts)[:, DRIVEN:]))

    def _model(self, seed: int) -> ESNForecaster:
        n_units = 50 if self.quick else 300
        return ESNForecaster(Reservoir(n_units), RidgeReadout(1e-6), random_state=seed)

    def choose(self, train: np.ndarray, seed: int) -> Settings:
        grid: dict[str, list[Any]] = {
            "reservoir__spectral_radius": [0.1, 0.9],
            "reservoir__leak_rate": [0.3, 1.0],
            "reservoir__input_scaling": [0.1, 0.3],
            "reservoir__noise": [0.0, 1e-2],
            "readout__alpha": [10.0**k for k in range(-13, 4, 2)],
        }
        if self.quick:
            grid = {"readout__alpha": [1e-8, 1e-5]}
        search = ForecastSearchCV(
            self._model(1000), grid, n_best=1, cv=TimeSeriesSplit(4, test_size=len(train) // 10),
            scoring=make_forecast_scorer(2 * self.horizon), refit_folds=False, n_jobs=self.n_jobs,
        )  # fmt: skip
        return dict(search.fit(train).best_params_)

    def score(
        self, settings: Settings, train: np.ndarray, test: Any, seed: int
    ) -> dict[str, float]:
        context, truth = test
        model = self._model(seed).set_params(**settings).fit(train)
        scale = train.std(axis=0)
        errors = (model.forecast(FREE, context, on_divergence="nan") - truth) / scale
        times = valid_prediction_time(
            truth / scale,
            truth / scale + errors,
            scale=1.0,
            dt=self.dt,
            lyapunov_exponent=self.exponent,
        )
        far = ~(np.abs(errors) < FAR).all(axis=(1, 2))
        with np.errstate(over="ignore"):
            error = np.sqrt(np.square(errors[:, : self.horizon]).mean())
        return {
            "NRMSE": float(np.nan_to_num(error, nan=np.inf)),
            "valid time": float(np.median(times)),
            "diverged": float(far.sum()),
        }

    def baselines(self, train: np.ndarray, test: Any) -> dict[str, float]:
        context, truth = test
        errors = (context[:, -1:] - truth[:, : self.horizon]) / train.std(axis=0)
        return {"persistence": float(np.sqrt(np.square(errors).mean()))}


def tasks() -> list[Task]:
    return [Noise(system, level) for system in SYSTEMS for level in (0.0, 0.01, 0.05)]
