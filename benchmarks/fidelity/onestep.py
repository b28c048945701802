"""Targets at every step, found from the inputs so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.metrics import nmse

from .task import Published, Settings, Task, lagged

Pair = tuple[np.ndarray, np.ndarray]


def with_squares(states: np.ndarray) -> np.ndarray:
    """Append the square of every unit."""
    return np.hstack([states, np.square(states)])


class OneStep(Task):
    """A target at every step, found from the inputs so far; hyperparameters by a grid."""

    grid: dict[str, list[Any]]
    washout = 200
    #: Rows at the end of the training part that choose.
    n_validation = 1000
    #: Whether the rows that choose are trained on afterwards.
    refit = True
    #: Reservoirs that the median is taken of in choosing; not those that are scored.
    draws: Sequence[int] = range(1000, 1003)
    #: Whether the readout sees the squares of the units too, as a photodiode does.
    squares = False

    def __init__(self, n_units: int, published: dict[str, Published | None]) -> None:
        self.n_units = n_units
        self.published = published

    def fitted(self, settings: Settings, train: Pair, seed: int) -> Any:
        """Return an ESN, or a pipeline whose readout sees every unit and its square."""
        reservoir = Reservoir(self.n_units, random_state=seed)
        if not self.squares:
            readout = RidgeReadout(washout=self.washout)
            model = ESNRegressor(reservoir, readout, passthrough=True).set_params(**settings)
            return model.fit(*train)
        model = make_pipeline(
            reservoir, StandardScaler(), FunctionTransformer(with_squares),
            RidgeReadout(washout=self.washout),
        )  # fmt: skip
        named = {name.replace("readout__", "ridgereadout__"): v for name, v in settings.items()}
        return model.set_params(**named).fit(*train)

    def predictions(self, model: Any, train: Pair, after: Pair) -> np.ndarray:
        """Return the outputs after the training part, the state going on from it."""
        if not self.squares:
            return model.predict(after[0])
        return model.predict(np.vstack([train[0], after[0]]))[len(train[0]) :]

    def metrics(self, truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
        """Return every metric."""
        error = nmse(truth, predicted)
        return {"NMSE": error, "NRMSE": float(np.sqrt(error))}

    def candidates(self, seed: int) -> list[Settings]:
        """Return the settings to compare, without the alphas."""
        first = slice(1 if self.quick else None)
        others = {k: v[first] for k, v in self.grid.items() if k != "readout__alpha"}
        return list(ParameterGrid(others))

    def choose(self, train: Pair, seed: int) -> Settings:
        past, coming = self._halves(train)
        alphas = self.grid["readout__alpha"][: 1 if self.quick else None]
        candidates = self.candidates(seed)
        jobs = (
            delayed(self._along)(alphas, settings, past, coming, draw)
            for settings in candidates for draw in self.draws
        )  # fmt: skip
        errors = np.reshape(Parallel(self.n_jobs)(jobs), (len(candidates), len(self.draws), -1))
        medians = np.median(errors, axis=1)
        k, a = np.unravel_index(np.argmin(medians), medians.shape)
        return {**candidates[k], "readout__alpha": alphas[a]}

    def _along(
        self, alphas: list[float], settings: Settings, past: Pair, coming: Pair, seed: int
    ) -> list[float]:
        """Return the errors of every alpha, each a target of its own: the reservoir runs once."""
        targets = np.repeat(past[1][:, None], len(alphas), axis=1)
        model = self.fitted({**settings, "readout__alpha": alphas}, (past[0], targets), seed)
        predicted = self.predictions(model, past, coming)
        return [nmse(coming[1], column) for column in predicted.T]

    def score(self, settings: Settings, train: Pair, test: Pair, seed: int) -> dict[str, float]:
        n_skipped = 0
        if not self.refit:
            train, between = self._halves(train)
            test = tuple(np.concatenate(both) for both in zip(between, test, strict=True))
            n_skipped = len(between[0])
        predicted = self.predictions(self.fitted(settings, train, seed), train, test)
        return self.metrics(test[1][n_skipped:], predicted[n_skipped:])

    def _halves(self, train: Pair) -> tuple[Pair, Pair]:
        u, y = train
        split = len(u) - self.n_validation
        return (u[:split], y[:split]), (u[split:], y[split:])

    def baselines(self, train: Pair, test: Pair) -> dict[str, float]:
        lags = 30
        inputs = lagged(np.vstack([train[0], test[0]]), lags)
        targets = np.concatenate([train[1], test[1]])[lags - 1 :]
        split = len(targets) - len(test[1])
        linear = LinearRegression().fit(inputs[:split], targets[:split])
        persisted = np.concatenate([train[1][-1:], test[1][:-1]])
        return {
            "persistence": self._judged(nmse(test[1], persisted)),
            f"{lags} linear lags": self._judged(nmse(test[1], linear.predict(inputs[split:]))),
        }

    def _judged(self, error: float) -> float:
        return error if next(iter(self.published)) == "NMSE" else float(np.sqrt(error))
