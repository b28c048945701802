"""Memory capacity: how much of its input does a reservoir hold?"""

from __future__ import annotations

import numpy as np
from sklearn.model_selection import ParameterGrid

from reservoir import ESNRegressor, Reservoir, RidgeReadout

from .task import Parts, Published, Settings, Task, best_of

WASHOUT, TRAIN, TEST, DELAYS, N_UNITS = 100, 5000, 1000, 200, 100


NOTES = """A delay line holds all hundred inputs; no reservoir of a hundred units can hold more."""


class Memory(Task):
    redraws = True
    name = "memory"
    protocol = (
        "u ~ U(-0.8, 0.8), 5000 train / 1000 test, washout 100, delays to 200; the sum over delays "
        "of the squared correlation"
    )
    published = {"memory capacity": Published(N_UNITS, "limit N, Jaeger 2001", "read")}
    greater_is_better = True

    def __init__(self, topology: str) -> None:
        self.topology = topology
        self.title = f"memory capacity, N = {N_UNITS}, {topology}"

    def parts(self, seed: int) -> Parts:
        n_steps = WASHOUT + TRAIN + TEST
        u = np.random.default_rng(seed).uniform(-0.8, 0.8, (DELAYS + n_steps, 1))
        past = np.hstack([u[DELAYS - k : DELAYS - k + n_steps] for k in range(1, DELAYS + 1)])
        split = WASHOUT + TRAIN
        u = u[DELAYS:]
        return Parts((u[:split], past[:split]), (u[split:], past[split:]))

    def choose(self, train: tuple[np.ndarray, np.ndarray], seed: int) -> Settings:
        radii = [0.9] if self.quick else [0.8, 0.9, 0.95, 0.99]
        grid = {"spectral_radius": radii, "input_scaling": [1e-3, 0.1]}
        past, coming = (tuple(part[rows] for part in train) for rows in _HALVES)
        return best_of(ParameterGrid(grid), lambda s: -self._capacity(s, past, coming, 1000))

    def score(self, settings: Settings, train, test, seed: int) -> dict[str, float]:  # type: ignore[no-untyped-def]
        return {"memory capacity": self._capacity(settings, train, test, seed)}

    def _capacity(self, settings: Settings, train, test, seed: int) -> float:  # type: ignore[no-untyped-def]
        reservoir = Reservoir(
            N_UNITS, topology=self.topology, bias_scaling=0.0, random_state=seed, **settings
        )
        esn = ESNRegressor(reservoir, RidgeReadout(alpha=1e-16, washout=WASHOUT)).fit(*train)
        pairs = zip(test[1].T, esn.predict(test[0]).T, strict=True)
        return float(sum(np.corrcoef(a, b)[0, 1] ** 2 for a, b in pairs))

    def baselines(self, train, test) -> dict[str, float]:  # type: ignore[no-untyped-def]
        return {"a delay line of 100": 100.0}


_HALVES = (slice(0, WASHOUT + TRAIN - TEST), slice(WASHOUT + TRAIN - TEST, None))


def tasks() -> list[Task]:
    return [Memory("orthogonal"), Memory("ring")]
