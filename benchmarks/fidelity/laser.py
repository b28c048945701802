"""The Santa Fe laser, one step ahead."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy.stats import loguniform, randint, uniform
from sklearn.model_selection import ParameterSampler

from .files import path_in
from .onestep import OneStep
from .task import Parts, Published, Settings, Task

WORST = "ten worst steps' share"

NOTES = """Half of the error, and up to seven tenths, is made at ten of 3000 steps: where the laser
collapses. More units and more rows make the other steps better, and hardly these."""

#: What a random search draws from.
SPACE = {
    "reservoir__topology": ["sparse", "orthogonal"],
    "reservoir__spectral_radius": uniform(0.3, 0.7),
    "reservoir__leak_rate": [0.5, 0.7, 0.9, 1.0, (0.3, 1.0)],
    "reservoir__input_scaling": loguniform(0.1, 0.6),
    "reservoir__input_weights": ["uniform", "gaussian"],
    "reservoir__bias_scaling": uniform(0.0, 1.0),
    "reservoir__random_state": randint(0, 2**31 - 1),
}


class Laser(OneStep):
    """Every repeat draws a hundred networks and takes the one of the least validation error."""

    grid = {"readout__alpha": [10.0**k for k in range(-12, 2)]}
    draws = (0,)  # the settings know their own
    per_seed = True
    name = "laser"
    n_validation = 3000

    def __init__(
        self, n_units: int, published: float, *, refit: bool, squares: bool = False
    ) -> None:
        figure = Published(published, "Rodan & Tiňo 2011", "unconfirmed")
        super().__init__(n_units, {"NMSE": figure, "NRMSE": None, WORST: None})
        self.refit, self.squares = refit, squares
        self.title = f"Santa Fe laser, N = {n_units}" + (", trained on 5000" if refit else "")
        self.title += ", squares" if squares else ""
        then = ", on which the readout is trained as well" if refit else ""
        self.protocol = (
            f"one step ahead; 2000 train / 3000 validation{then} / 3000 test, washout 200; every "
            "repeat takes the best on the validation part of a hundred networks drawn at random"
        )

    def candidates(self, seed: int) -> list[Settings]:
        n_drawn = 2 if self.quick else 100
        return list(ParameterSampler(SPACE, n_drawn, random_state=seed))

    def metrics(self, truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
        squared = np.sort(np.square(predicted - truth))
        return super().metrics(truth, predicted) | {WORST: squared[-10:].sum() / squared.sum()}

    def described(self, settings: Settings) -> Settings:
        return {"hyperparameters": "each repeat's own"}

    def parts(self, seed: int) -> Parts:
        x = laser()[:8001]
        x = (x - x[:2000].mean()) / x[:2000].std()
        u, y = x[:-1], x[1:, 0]
        return Parts((u[:5000], y[:5000]), (u[5000:], y[5000:]))


@cache
def laser() -> np.ndarray:
    """The Santa Fe laser intensities, (10093, 1), from reservoirpy's files."""
    return (
        np.load(path_in("reservoirpy", "datasets/santafe_laser.npy")).reshape(-1, 1).astype(float)
    )


def tasks() -> list[Task]:
    published = {50: 0.018, 100: 0.012, 150: 0.009, 200: 0.008}
    kinds = ((False, False), (True, False), (True, True))
    return [Laser(n, v, refit=r, squares=s) for r, s in kinds for n, v in published.items()]
