"""Mackey-Glass 84 steps ahead, as Jaeger (2001), GMD report 148, measures it."""

from __future__ import annotations

from functools import cache

import numpy as np
from joblib import Parallel, delayed
from sklearn.model_selection import ParameterGrid

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import mackey_glass

from .task import Parts, Published, Settings, Task, lagged

WASHOUT, DRIVEN, FREE, BLOCKS = 1000, 1000, 84, 20
ALPHAS = [10.0**-k for k in range(11, 20)]


@cache
def series(n_train: int, random_state: int) -> tuple[np.ndarray, np.ndarray]:
    """Return tanh(x - 1): a training part, and blocks (20, 1084, 1) after it."""
    x = np.tanh(mackey_glass(n_train + BLOCKS * (DRIVEN + FREE), random_state=random_state) - 1)
    return x[:n_train], x[n_train:].reshape(BLOCKS, DRIVEN + FREE, 1)


class MackeyGlass(Task):
    name = "mackey_glass"
    n_seeds = 20

    def __init__(self, n_units: int, n_train: int, published: Published) -> None:
        self.n_units, self.n_train = n_units, n_train
        self.published = {"NRMSE84": published}
        self.title = f"Mackey-Glass, N = {n_units}, T = {n_train}"
        self.protocol = (
            f"{n_train} steps, {WASHOUT} of them washout; {BLOCKS} blocks of {DRIVEN} driven and "
            f"{FREE} free steps, the error in original units over the deviation; hyperparameters "
            "from as many blocks of a second series"
        )

    def parts(self, seed: int) -> Parts:
        train, blocks = series(self.n_train, 0)
        return Parts((train, series(self.n_train, 1)), blocks)

    def choose(
        self, train: tuple[np.ndarray, tuple[np.ndarray, np.ndarray]], seed: int
    ) -> Settings:
        grid = {
            "spectral_radius": [0.8] if self.quick else [0.7, 0.8, 0.95],
            "input_scaling": [0.2] if self.quick else [0.1, 0.15, 0.2],
            "bias_scaling": [0.4] if self.quick else [0.2, 0.4, 1.0],
        }
        past, blocks = train[1]
        alphas = ALPHAS[3:4] if self.quick else ALPHAS
        reservoirs, seeds = list(ParameterGrid(grid)), range(1000, 1003)  # not those scored
        jobs = (
            delayed(self._errors)(reservoir, alphas, past, blocks, seed)
            for reservoir in reservoirs for seed in seeds
        )  # fmt: skip
        errors = np.reshape(Parallel(self.n_jobs)(jobs), (len(reservoirs), len(seeds), -1))
        medians = np.median(errors, axis=1)
        k, a = np.unravel_index(np.argmin(medians), medians.shape)
        return {**reservoirs[k], "alpha": alphas[a]}

    def score(self, settings: Settings, train, test: np.ndarray, seed: int) -> dict[str, float]:  # type: ignore[no-untyped-def]
        settings = dict(settings)
        alpha = settings.pop("alpha")
        return {"NRMSE84": float(self._errors(settings, [alpha], train[0], test, seed)[0])}

    def _errors(
        self,
        settings: Settings,
        alphas: list[float],
        past: np.ndarray,
        blocks: np.ndarray,
        seed: int,
    ) -> np.ndarray:
        """Return the NRMSE at step 84 for every alpha."""
        reservoir = Reservoir(self.n_units, leak_rate=0.5, random_state=seed, **settings)
        readout = RidgeReadout(min(alphas), washout=WASHOUT)
        model = ESNForecaster(reservoir, readout).fit(past)
        truth = _original(blocks[:, -1])
        errors = []
        for alpha in alphas:
            forecast = model.resolved(alpha=alpha).forecast(
                FREE, blocks[:, :DRIVEN], on_divergence="nan"
            )
            errors.append(np.square(_original(forecast[:, -1]) - truth).mean())
        return np.sqrt(np.nan_to_num(errors, nan=np.inf)) / _original(past).std()

    def baselines(self, train, test: np.ndarray) -> dict[str, float]:  # type: ignore[no-untyped-def]
        truth, scale = _original(test[:, -1]), _original(train[0]).std()
        persisted = _original(test[:, DRIVEN - 1])
        n_lags = 200
        rows = lagged(train[0], n_lags)[:-FREE]
        coef, *_ = np.linalg.lstsq(
            np.column_stack([rows, np.ones(len(rows))]), train[0][n_lags + FREE - 1 :], rcond=None
        )
        last = np.stack([block[DRIVEN - n_lags : DRIVEN, 0][::-1] for block in test])
        direct = _original(last @ coef[:-1] + coef[-1])
        return {
            "persistence": float(np.sqrt(np.square(persisted - truth).mean()) / scale),
            f"{n_lags} linear lags": float(np.sqrt(np.square(direct - truth).mean()) / scale),
        }


def _original(y: np.ndarray) -> np.ndarray:
    """Undo the tanh, as the report does."""
    return np.arctanh(y.clip(-0.9999, 0.9999))


def tasks() -> list[Task]:
    return [
        MackeyGlass(400, 3000, Published(2.8e-4, "Jaeger 2001", "read")),
        MackeyGlass(400, 21_000, Published(1.2e-4, "Jaeger 2001", "read")),
        MackeyGlass(1000, 3000, Published(10**-4.2, "Jaeger & Haas 2004", "quoted")),
    ]
