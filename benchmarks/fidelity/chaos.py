"""Chaotic systems run freely: published parameters, and parameters of our own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array
from sklearn.model_selection import ParameterGrid

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import LORENZ63_EXPONENT, lorenz63, lorenz96, rossler
from reservoir.metrics import valid_prediction_time

from .task import Parts, Published, Settings, Task, best_of

DRIVEN, TRAIN = 200, 10_000

NOTES = """What stops Lorenz 63 is the map that was learned, not rounding in the loop. With 300
units its one-step error is 3.5e-14 deviations, about the coefficients' norm times the machine
epsilon (2.3e-14); that alone would reach the threshold in 30 Lyapunov times. The free run in
extended precision lasts 26.6 in the mean, in double precision 26.3 (1000 units: 9e-15, 5e-15, 31,
26.9 and 27.0). `python -m benchmarks.lorenz --limits --starts 40` (`--units 1000`)"""


def _lorenz63(t: float, p: np.ndarray) -> list[float]:
    return [10 * (p[1] - p[0]), p[0] * (28 - p[2]) - p[1], p[0] * p[1] - 8 / 3 * p[2]]


def _lorenz96(t: float, x: np.ndarray) -> np.ndarray:
    return (np.roll(x, -1) - np.roll(x, 2)) * np.roll(x, 1) - x + 8


def _rossler(t: float, p: np.ndarray) -> list[float]:
    return [-p[1] - p[2], p[0] + 0.2 * p[1], 0.2 + p[2] * (p[0] - 5.7)]


class System(NamedTuple):
    """A flow, where it starts, its Lyapunov exponent, and how far a free run goes."""

    flow: Callable
    start: tuple[float, ...]
    exponent: float
    free: int
    #: Platt et al. (2022): radius, leak rate, input scaling, bias, ridge.
    published: tuple[float, ...]
    #: What our own plain loop has with them, in Lyapunov times.
    plain: float


SYSTEMS = {
    "Lorenz 63": System(
        _lorenz63, (1.0, 1.0, 25.0), 0.906, 2000, (0.80, 0.60, 0.084, 1.6, 8.5e-8), 9.8
    ),
    "Lorenz 96": System(
        _lorenz96, (8.1, 7.7, 8.2, 8.5, 7.9), 0.575, 6000, (0.58, 0.70, 0.060, 1.59, 6.3e-9), 8.4
    ),
    "Rössler": System(
        _rossler, (1.0, 1.0, 0.0), 0.0714, 25_000, (0.50, 0.47, 0.066, 1.23, 2.1e-9), 8.5
    ),
}


@cache
def solved(name: str, n_starts: int) -> np.ndarray:
    """Return a training part and the starts after it, dt 0.01, at a tolerance of 1e-11."""
    system, dt, transient = SYSTEMS[name], 0.01, 10_000
    steps = dt * np.arange(transient + TRAIN + n_starts * (DRIVEN + system.free))
    solution = solve_ivp(
        system.flow, (0.0, steps[-1]), system.start, "DOP853", steps[transient:], rtol=1e-11,
        atol=1e-11,
    )  # fmt: skip
    return solution.y.T


def valid_times(
    truth: np.ndarray,
    forecast: np.ndarray,
    past: np.ndarray,
    *,
    dt: float,
    exponent: float,
    threshold: float,
    scale: Any = None,
) -> np.ndarray:
    """Return the valid times of a batch, in Lyapunov times, errors by coordinate or `scale`."""
    scale = past.std(axis=0) if scale is None else scale
    return valid_prediction_time(
        truth, forecast, threshold=threshold, scale=scale, dt=dt,
        lyapunov_exponent=exponent,
    )  # fmt: skip


def persistence(past: np.ndarray, starts: np.ndarray, **measure: float) -> float:
    """Return the median valid time of the last value."""
    truth = starts[:, DRIVEN:]
    return float(
        np.median(
            valid_times(
                truth, np.broadcast_to(starts[:, DRIVEN - 1 : DRIVEN], truth.shape), past, **measure
            )
        )
    )


class PublishedParameters(Task):
    name = "chaos"
    greater_is_better = True
    n_starts = 100

    def __init__(self, system: str) -> None:
        self.system, spec = system, SYSTEMS[system]
        self.title = f"{system}, published parameters, N = 800"
        self.published = {"valid time": Published(spec.plain, "our own plain loop", "own run")}
        self.protocol = (
            "dt 0.01, 10,000 steps, 200 driven before each of 100 starts, raw data, Lyapunov times "
            "until the error passes 0.3 deviations; the plain loop here has the same data"
        )
        self.measure = {"dt": 0.01, "exponent": spec.exponent, "threshold": 0.3}

    def parts(self, seed: int) -> Parts:
        n_starts = 3 if self.quick else self.n_starts
        x = solved(self.system, n_starts)
        return Parts(x[:TRAIN], x[TRAIN:].reshape(n_starts, -1, x.shape[1]))

    def choose(self, train: np.ndarray, seed: int) -> Settings:
        names = ("spectral_radius", "leak_rate", "input_scaling", "bias", "alpha")
        return dict(zip(names, SYSTEMS[self.system].published, strict=True))

    def score(
        self, settings: Settings, train: np.ndarray, test: np.ndarray, seed: int
    ) -> dict[str, float]:
        n_units = 100 if self.quick else 800
        d, ones = train.shape[1], np.ones((len(test), test.shape[1], 1))
        # the bias is the weight of one more input, which is always 1
        weights = np.random.default_rng(seed).uniform(-1, 1, (n_units, d + 1))
        weights[:, d] = 1.0
        scaling = np.array([settings["input_scaling"]] * d + [settings["bias"]])
        reservoir = Reservoir(
            n_units, spectral_radius=settings["spectral_radius"], connectivity=0.02,
            leak_rate=settings["leak_rate"], input_weights=weights, input_scaling=scaling,
            bias_scaling=0.0, random_state=seed,
        )  # fmt: skip
        readout = RidgeReadout(settings["alpha"], fit_intercept=False, washout=DRIVEN)
        model = ESNForecaster(reservoir, readout, scaler="passthrough", passthrough=False)
        model.fit(train, exog=np.ones((len(train), 1)))
        forecast = model.forecast(
            test.shape[1] - DRIVEN, test[:, :DRIVEN], context_exog=ones[:, :DRIVEN],
            exog=ones[:, DRIVEN:], on_divergence="nan",
        )  # fmt: skip
        times = valid_times(test[:, DRIVEN:], forecast, train, **self.measure)
        return {"valid time": float(np.median(times))}

    def baselines(self, train: np.ndarray, test: np.ndarray) -> dict[str, float]:
        settings, seeds = self.choose(train, 0), range(100, 101 if self.quick else 103)
        plain = [plain_loop(settings, train, test, seed) for seed in seeds]
        times = [valid_times(test[:, DRIVEN:], f, train, **self.measure) for f in plain]
        return {
            "persistence": persistence(train, test, **self.measure),
            "plain loop": float(np.median(times)),
        }


class Precise(Task):
    """Parameters of our own, the readout solved from the triangular factor."""

    name = "chaos"
    greater_is_better = True

    def __init__(
        self, system: str, n_units: int, dt: float, n_train: int, threshold: float
    ) -> None:
        self.system, self.n_units, self.n_train = system, n_units, n_train
        self.title = f"{system}, tuned, N = {n_units}"
        self.published = {"valid time": None}
        self.n_starts, self.free = 40, FAR[system]
        self.measure = {"dt": dt, "exponent": EXPONENTS[system], "threshold": threshold}
        self.protocol = (
            f"dt {dt}, Runge-Kutta in ten fixed sub-steps, {n_train:,} steps, 200 driven before "
            f"each of {self.n_starts} starts, Lyapunov times until the error passes {threshold} "
            "deviations; hyperparameters from 20 starts of a second trajectory"
        )

    def parts(self, seed: int) -> Parts:
        n_starts, n_chosen = (3, 2) if self.quick else (self.n_starts, 20)
        x = self._series(n_starts, 0)
        past, coming = x[: self.n_train], x[self.n_train :].reshape(n_starts, -1, x.shape[1])
        validation = self._series(n_chosen, 1)[self.n_train :].reshape(n_chosen, -1, x.shape[1])
        return Parts((past, validation), coming)

    def _series(self, n_starts: int, random_state: int) -> np.ndarray:
        n_steps = self.n_train + n_starts * (DRIVEN + self.free)
        return simulated(self.system, n_steps, self.measure["dt"], random_state)

    def choose(self, train: tuple[np.ndarray, np.ndarray], seed: int) -> Settings:
        grid = {"input_scaling": [0.01, 0.03, 0.1], "bias_scaling": [1.0]}
        if self.quick:
            grid = {name: values[:1] for name, values in grid.items()}
        best = []
        for reservoir in ParameterGrid(grid):
            times = self._times(reservoir, ALPHAS, train[0], train[1], 1000).mean(axis=1)
            k = int(times.argmax())
            best.append({**reservoir, "alpha": ALPHAS[k], "time": float(times[k])})
        chosen = best_of(best, lambda s: -s["time"])
        return {name: value for name, value in chosen.items() if name != "time"}

    def score(
        self, settings: Settings, train: tuple[np.ndarray, np.ndarray], test: np.ndarray, seed: int
    ) -> dict[str, float]:
        reservoir = {name: value for name, value in settings.items() if name != "alpha"}
        times = self._times(reservoir, [settings["alpha"]], train[0], test, seed)
        return {"valid time": float(np.median(times))}

    def _times(
        self,
        settings: Settings,
        alphas: list[float],
        past: np.ndarray,
        starts: np.ndarray,
        seed: int,
    ) -> np.ndarray:
        """Return valid times (alphas, starts)."""
        n_units = 50 if self.quick else self.n_units
        reservoir = Reservoir(n_units, spectral_radius=0.1, random_state=seed, **settings)
        readout = RidgeReadout(min(alphas), solver="qr", washout=DRIVEN)
        models = ESNForecaster(reservoir, readout).fit(past).alpha_path(alphas)
        context, truth = starts[:, :DRIVEN], starts[:, DRIVEN:]
        forecasts = (m.forecast(self.free, context, on_divergence="nan") for m in models)
        return np.array([valid_times(truth, f, past, **self.measure) for f in forecasts])

    def baselines(self, train: tuple[np.ndarray, np.ndarray], test: np.ndarray) -> dict[str, float]:
        return {"persistence": persistence(train[0], test, **self.measure)}


EXPONENTS = {"Lorenz 63": LORENZ63_EXPONENT, "Lorenz 96": 0.575, "Rössler": 0.0714}
#: Free steps, far beyond what can be forecast.
FAR = {"Lorenz 63": 2000, "Lorenz 96": 6000, "Rössler": 40_000}
ALPHAS = [10.0**-k for k in range(16, 28, 2)]


@cache
def simulated(system: str, n_steps: int, dt: float, random_state: int) -> np.ndarray:
    make = {"Lorenz 63": lorenz63, "Lorenz 96": lorenz96, "Rössler": rossler}[system]
    return make(n_steps, dt=dt, random_state=random_state)


def plain_loop(settings: Settings, past: np.ndarray, starts: np.ndarray, seed: int) -> np.ndarray:
    """Return free runs from the starts by numpy alone, a matrix of its own, normal equations."""
    rng, n_units, (_, d) = np.random.default_rng(seed), 800, past.shape
    W = rng.uniform(-1, 1, (n_units, n_units)) * (rng.random((n_units, n_units)) < 0.02)
    W *= settings["spectral_radius"] / abs(np.linalg.eigvals(W)).max()
    W_in = settings["input_scaling"] * rng.uniform(-1, 1, (n_units, d))
    leak, bias, W = settings["leak_rate"], settings["bias"], csr_array(W)

    def step(x: np.ndarray, u: np.ndarray) -> np.ndarray:
        return (1 - leak) * x + leak * np.tanh(W @ x + W_in @ u + bias)

    x, states = np.zeros((n_units, 1)), np.empty((len(past) - 1, n_units))
    for t, u in enumerate(past[:-1]):
        x = step(x, u[:, None])
        states[t] = x[:, 0]
    states, targets = states[DRIVEN:], past[1 + DRIVEN :]
    gram = states.T @ states + settings["alpha"] * np.eye(n_units)
    W_out = np.linalg.solve(gram, states.T @ targets).T
    x = np.zeros((n_units, len(starts)))
    for t in range(DRIVEN):
        x = step(x, starts[:, t].T)
    outputs = np.empty_like(starts[:, DRIVEN:])
    for t in range(outputs.shape[1]):
        outputs[:, t] = (W_out @ x).T
        x = step(x, outputs[:, t].T)
    return outputs


def tasks() -> list[Task]:
    return [
        *(PublishedParameters(system) for system in SYSTEMS),
        *(Precise("Lorenz 63", n, 0.02, 20_000, 0.4) for n in (300, 500, 1000)),
        Precise("Lorenz 96", 800, 0.01, 10_000, 0.3),
        Precise("Rössler", 300, 0.01, 10_000, 0.3),
    ]
