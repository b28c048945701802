"""One search for all of them: chaotic systems, as a user hands them to `forecasting_search`."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from reservoir.datasets import lorenz63, lorenz96, mackey_glass, rossler
from reservoir.model_selection import forecasting_search

from .chaos import DRIVEN, SYSTEMS, persistence, plain_loop, valid_times
from .task import Parts, Settings, Task

TRAIN, HORIZON, N_UNITS = 10_000, 200, 300

NOTES = """The same call for every row, and nothing chosen by hand; the plain loop has the
parameters that were published for the system, or for the one that it is nearest to. No row is
below it. Where one number of a system is seen, the best network alone goes on a fifth longer than
the median of the best: the median of runs that have parted is on no trajectory."""

#: Jaeger (2001) has a radius of 0.79 and a leak, for `tanh` of the series.
JAEGER = (0.79, 0.5, 0.2, 0.2, 1e-8)


class Chaotic(NamedTuple):
    """Series of n rows, rows a unit of time, free rows, and a plain loop's parameters."""

    series: Callable[[int], np.ndarray]
    dt: float
    free: int
    published: tuple[float, ...]


def pair(n_steps: int, dt: float = 0.02, coupling: float = 0.5) -> np.ndarray:
    """Return two Lorenz systems of Rayleigh numbers 28 and 32, each drawn to the other's x."""
    rho = np.array([28.0, 32.0])

    def flow(p: np.ndarray) -> np.ndarray:
        x, y, z = p
        return np.array([
            10.0 * (y - x) + coupling * (x[::-1] - x), x * (rho - z) - y, x * y - 8 / 3 * z
        ])  # fmt: skip

    p, h = np.array([[1.0, 2.0], [1.0, 1.0], [20.0, 25.0]]), dt / 5
    rows = np.empty((n_steps + 1000, 6))
    for t in range(len(rows)):
        for _ in range(5):
            k1 = flow(p)
            k2 = flow(p + h / 2 * k1)
            k3 = flow(p + h / 2 * k2)
            p = p + h / 6 * (k1 + 2 * k2 + 2 * k3 + flow(p + h * k3))
        rows[t] = p.T.ravel()
    return rows[1000:]


CHAOTIC = {
    "Lorenz 63": Chaotic(
        lambda n: lorenz63(n, dt=0.02, random_state=0), 0.02, 2000, SYSTEMS["Lorenz 63"].published
    ),
    "Lorenz 63, x alone": Chaotic(
        lambda n: lorenz63(n, dt=0.02, random_state=0)[:, :1], 0.02, 1000,
        SYSTEMS["Lorenz 63"].published,
    ),
    "a coupled pair of Lorenz 63": Chaotic(pair, 0.02, 1000, SYSTEMS["Lorenz 63"].published),
    "Lorenz 96, 5 sites": Chaotic(
        lambda n: lorenz96(n, dt=0.02, random_state=0), 0.02, 2000, SYSTEMS["Lorenz 96"].published
    ),
    "Lorenz 96, 7 sites": Chaotic(
        lambda n: lorenz96(n, n_sites=7, dt=0.02, random_state=0), 0.02, 1000,
        SYSTEMS["Lorenz 96"].published,
    ),
    "Rössler": Chaotic(
        lambda n: rossler(n, dt=0.1, random_state=0), 0.1, 4000, SYSTEMS["Rössler"].published
    ),
    "Mackey-Glass, delay 17": Chaotic(
        lambda n: mackey_glass(n, tau=17, random_state=0), 1.0, 1500, JAEGER
    ),
    "Mackey-Glass, delay 23": Chaotic(
        lambda n: mackey_glass(n, tau=23, random_state=0), 1.0, 1500, JAEGER
    ),
}  # fmt: skip


@cache
def series(system: str, n_steps: int) -> np.ndarray:
    return CHAOTIC[system].series(n_steps)


class Searched(Task):
    name = "search"
    greater_is_better = True
    per_seed = True
    n_seeds = 3

    def __init__(self, system: str) -> None:
        self.system, spec = system, CHAOTIC[system]
        self.n_starts, self.free = 40, spec.free
        self.title = system
        self.published = {"valid time": None, "the best network alone": None}
        self.measure = {"dt": spec.dt, "exponent": 1.0, "threshold": 0.3}
        self.protocol = (
            f"step {spec.dt}, {TRAIN:,} rows, `forecasting_search(horizon={HORIZON}, "
            f"season=1, n_units={N_UNITS})`, {DRIVEN} rows before each of "
            f"{self.n_starts} starts, units of time until the error passes 0.3 "
            "deviations, the median; plain loop: 800 units"
        )

    def parts(self, seed: int) -> Parts:
        n_starts, free = (3, 300) if self.quick else (self.n_starts, self.free)
        n_train = 1200 if self.quick else TRAIN
        x = series(self.system, n_train + n_starts * (DRIVEN + free))
        return Parts(x[:n_train], x[n_train:].reshape(n_starts, DRIVEN + free, -1))

    def choose(self, train: np.ndarray, seed: int) -> Settings:
        search = forecasting_search(
            horizon=HORIZON, season=1, n_features=train.shape[1],
            n_units=50 if self.quick else N_UNITS, n_rows=len(train),
            random_state=seed, n_jobs=self.n_jobs,
        )  # fmt: skip
        return {"search": search.fit(train), "best": search.best_params_}

    def described(self, settings: Settings) -> Settings:
        return {"hyperparameters": "each repeat's own"}

    def score(
        self, settings: Settings, train: np.ndarray, test: np.ndarray, seed: int
    ) -> dict[str, float]:
        found = settings["search"]
        context, truth = test[:, :DRIVEN], test[:, DRIVEN:]
        options: dict[str, Any] = {"on_divergence": "nan"}
        answers = [
            model.forecast(truth.shape[1], context, **options)
            for model in (found, found.best_estimator_)
        ]
        times = [float(np.median(valid_times(truth, f, train, **self.measure))) for f in answers]
        return dict(zip(self.published, times, strict=True))

    def baselines(self, train: np.ndarray, test: np.ndarray) -> dict[str, float]:
        names = ("spectral_radius", "leak_rate", "input_scaling", "bias", "alpha")
        settings = dict(zip(names, CHAOTIC[self.system].published, strict=True))
        seeds = range(100, 101 if self.quick else 103)
        with np.errstate(over="ignore", invalid="ignore"):
            plain = [plain_loop(settings, train, test, seed) for seed in seeds]
            times = [valid_times(test[:, DRIVEN:], f, train, **self.measure) for f in plain]
        return {
            "persistence": persistence(train, test, **self.measure),
            "plain loop": float(np.median(times)),
        }


def tasks() -> list[Task]:
    return [Searched(system) for system in CHAOTIC]
