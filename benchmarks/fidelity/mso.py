"""Multiple superimposed oscillators: a free run of sums of sines."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import ParameterGrid

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import sines
from reservoir.metrics import nrmse

from .task import Parts, Published, Settings, Task, best_of, lagged, median_over

WASHOUT, TRAIN, FREE, N_UNITS = 100, 300, 300, 100

NOTES = """Sums of sines are linear: an autoregression beats every reservoir here. What these
rows show is how much precision a free run keeps; they need the triangular factor."""

GRIDS = {
    "tanh": {
        "reservoir__topology": ["sparse", "orthogonal"],
        "reservoir__spectral_radius": [0.7, 0.8, 0.9],
        "reservoir__input_scaling": [1e-5, 1e-4, 1e-3, 1e-2],
        "reservoir__bias_scaling": [0.0, 0.2],
        "readout__alpha": [1e-28, 1e-25, 1e-22],
    },
    "identity": {
        "reservoir__topology": ["sparse", "orthogonal"],
        "reservoir__spectral_radius": [0.7, 0.8, 0.9],
        "reservoir__input_scaling": [0.1],
        "reservoir__bias_scaling": [0.0],
        "readout__alpha": [1e-28, 1e-25, 1e-22],
    },
}


class Sines(Task):
    name = "mso"
    n_seeds = 20
    protocol = "washout 100, 300 train, free run of 300; root-mean-square error over deviation"

    def __init__(self, n_sines: int, activation: str, published: Published | None) -> None:
        self.n_sines, self.activation = n_sines, activation
        self.published = {"NRMSE": published, "NMSE": None}
        self.title = f"MSO{n_sines}, N = {N_UNITS}, {activation}"

    def parts(self, seed: int) -> Parts:
        x = sines(WASHOUT + TRAIN + FREE, n_sines=self.n_sines)
        return Parts(x[: WASHOUT + TRAIN], x[WASHOUT + TRAIN :])

    def choose(self, train: np.ndarray, seed: int) -> Settings:
        grid = GRIDS[self.activation]
        if self.quick:
            grid = {name: values[:1] for name, values in grid.items()}
        past, coming = train[:-100], train[-100:]

        def validated(settings: Settings) -> float:
            return median_over(range(1000, 1005), lambda s: self._error(settings, past, coming, s))

        return best_of(ParameterGrid(grid), validated)

    def score(
        self, settings: Settings, train: np.ndarray, test: np.ndarray, seed: int
    ) -> dict[str, float]:
        error = self._error(settings, train, test, seed)
        return {"NRMSE": error, "NMSE": error**2}

    def _error(self, settings: Settings, past: np.ndarray, coming: np.ndarray, seed: int) -> float:
        reservoir = Reservoir(N_UNITS, activation=self.activation, random_state=seed)
        readout = RidgeReadout(washout=WASHOUT, solver="qr")
        model = ESNForecaster(reservoir, readout).set_params(**settings).fit(past)
        forecast = model.forecast(len(coming), on_divergence="nan")
        return nrmse(coming, forecast) if np.isfinite(forecast).all() else np.inf

    def baselines(self, train: np.ndarray, test: np.ndarray) -> dict[str, float]:
        candidates = [2 * self.n_sines, 20, 50, 100, 150]
        past, coming = train[:-100], train[-100:]
        n_lags = min(candidates, key=lambda n: nrmse(coming, autoregression(past, n, 100)))
        persisted = np.repeat(train[-1:], len(test), axis=0)
        return {
            "persistence": nrmse(test, persisted),
            f"{n_lags} linear lags": nrmse(test, autoregression(train, n_lags, len(test))),
        }


def autoregression(past: np.ndarray, n_lags: int, n_steps: int) -> np.ndarray:
    """Return the free run of least squares on lags; 2k of them are exact for k sines."""
    rows = lagged(past, n_lags)
    linear = LinearRegression().fit(rows[:-1], past[n_lags:])
    window, forecast = rows[-1], []
    for _ in range(n_steps):
        forecast.append(linear.predict(window[None])[0])
        window = np.concatenate([forecast[-1], window[:-1]])
    return np.array(forecast)


def tasks() -> list[Task]:
    evolino = {2: Published(4.2e-3, "Evolino, Wierstra 2005", "quoted"),
               5: Published(0.166, "Evolino, Wierstra 2005", "quoted")}  # fmt: skip
    return [Sines(k, f, evolino.get(k)) for f in ("tanh", "identity") for k in (2, 5, 8)]
