"""NARMA-10: the output found from the input."""

from __future__ import annotations

import numpy as np

from reservoir.datasets import narma

from .onestep import OneStep
from .task import Parts, Published, Task


class Narma(OneStep):
    redraws = True
    grid = {
        "reservoir__topology": ["sparse", "ring"],
        "reservoir__spectral_radius": [0.8, 0.9, 0.95, 0.99],
        "reservoir__input_scaling": [0.02, 0.05, 0.1, 0.2],
        "reservoir__bias_scaling": [0.2, 0.5, 1.0],
        "readout__alpha": [1e-10, 1e-8, 1e-6],
    }
    washout = 100

    def __init__(
        self, name: str, n_units: int, n_train: int, n_test: int, metric: str,
        published: Published | None, *, n_validation: int = 400, refit: bool = True,
        squares: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(
            n_units, {metric: published, "NRMSE" if metric == "NMSE" else "NMSE": None}
        )
        self.name, self.n_train, self.n_test = name, n_train, n_test
        self.n_validation, self.refit = n_validation, refit
        self.title = f"NARMA-10, N = {n_units}" + ("" if refit else ", three parts")
        self.title += ", squares" if squares else ""
        self.squares = squares
        trained = n_train if refit else n_train - n_validation
        middle = "" if refit else f" / {n_validation} validation"
        self.protocol = f"{trained} train{middle} / {n_test} test, a draw and a reservoir a repeat"

    def parts(self, seed: int) -> Parts:
        u, y = narma(self.n_train + self.n_test, random_state=seed)
        u = (u - 0.25) * np.sqrt(48)  # of U(0, 0.5): mean and deviation are known
        split = self.n_train
        return Parts((u[:split], y[:split]), (u[split:], y[split:]))


def tasks() -> list[Task]:
    small = Published(0.107, "Vinckier et al. 2015, photonic reservoir", "quoted")
    delayed = Published(0.15, "Appeltant et al. 2011, delay reservoir", "quoted")
    curve = {50: 0.16, 100: 0.11, 150: 0.07, 200: 0.04}
    return [
        Narma("narma", 50, 1000, 1000, "NMSE", small),
        Narma("narma", 50, 1000, 1000, "NMSE", small, squares=True),
        Narma("narma", 400, 4000, 2000, "NRMSE", delayed, n_validation=1000),
        *(
            Narma(
                "narma",
                n,
                5000,
                3000,
                "NMSE",
                Published(value, "Rodan & Tiňo 2011", "unconfirmed") if n in (50, 200) else None,
                n_validation=3000,
                refit=False,
            )  # fmt: skip
            for n, value in curve.items()
        ),
    ]
