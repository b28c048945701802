"""Nonlinear channel equalisation: which symbol was sent, from what came through the channel?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from sklearn.linear_model import Ridge
from sklearn.model_selection import ParameterGrid

from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.datasets.tasks import SYMBOLS, TAPS

from .task import Parts, Published, Result, Settings, Task, best_of, lagged, median_over

TRAIN, TEST, VALIDATION, DELAY, N_UNITS = 5000, 100_000, 2000, 2, 46
NOTES = (
    """With much noise a linear equaliser of as many lags as its training part wants is as good."""
)
WASHOUT = 100

Pair = tuple[np.ndarray, np.ndarray]


def channel(n_steps: int, decibels: float, rng: np.random.Generator) -> Pair:
    """Return the signal (T, 1) that arrives and the symbols (T,) sent `DELAY` steps before."""
    margin = 10
    d = rng.choice(SYMBOLS, n_steps + 2 * margin)
    at = np.arange(margin, margin + n_steps)
    q = sum(tap * d[at + shift] for shift, tap in TAPS.items())
    clean = q + 0.036 * q**2 - 0.011 * q**3
    noise = rng.standard_normal(n_steps) * clean.std() * 10 ** (-decibels / 20)
    return (clean + noise).reshape(-1, 1), d[at - DELAY]


def error_rate(sent: np.ndarray, answers: np.ndarray) -> float:
    """Return the share of symbols for which another one is the nearest."""
    nearest = SYMBOLS[np.clip(np.round((answers + 3.0) / 2.0), 0, 3).astype(int)]
    return float((nearest != sent).mean())


class Channel(Task):
    redraws = True
    name = "channel"
    n_seeds = 20
    protocol = (
        "5000 train, the symbol of two steps before, 100,000 test symbols a repeat (0 is below "
        "1e-5); the linear equaliser takes the number of lags that its training part chooses"
    )

    def __init__(self, decibels: int) -> None:
        self.decibels = decibels
        figure = Published(1e-5, "Jaeger & Haas 2004", "unconfirmed") if decibels == 28 else None
        self.published = {"symbol error rate": figure}
        self.title = f"channel at {decibels} dB, N = {N_UNITS}"

    def parts(self, seed: int) -> Parts:
        rng = np.random.default_rng([seed, self.decibels])
        u, d = channel(TRAIN + (2000 if self.quick else TEST), self.decibels, rng)
        return Parts((u[:TRAIN], d[:TRAIN]), (u[TRAIN:], d[TRAIN:]))

    def choose(self, train: Pair, seed: int) -> Settings:
        grid = {
            "reservoir__spectral_radius": [0.1, 0.3, 0.6, 0.8],
            "reservoir__input_scaling": [0.01, 0.03, 0.1, 0.2],
            "reservoir__bias_scaling": [0.2, 0.5, 1.0],
            "readout__alpha": [1e-8, 1e-6, 1e-4, 1e-2],
        }
        if self.quick:
            grid = {name: values[1:2] for name, values in grid.items()}
        past, coming = _halves(train)

        def validated(settings: Settings) -> float:
            # too few errors to choose by: the squared distance to the symbol instead
            def error(seed: int) -> float:
                answers = self._fitted(settings, past, seed).predict(coming[0])
                return float(np.square(answers - coming[1]).mean())

            return median_over(range(1000, 1003), error)

        return best_of(ParameterGrid(grid), validated)

    def _fitted(self, settings: Settings, train: Pair, seed: int) -> ESNRegressor:
        reservoir = Reservoir(N_UNITS, random_state=seed)
        model = ESNRegressor(reservoir, RidgeReadout(washout=WASHOUT), passthrough=True)
        return model.set_params(**settings).fit(*train)

    def score(self, settings: Settings, train: Pair, test: Pair, seed: int) -> dict[str, float]:
        answers = self._fitted(settings, train, seed).predict(test[0])
        return {"symbol error rate": error_rate(test[1], answers)}

    def baselines(self, train: Pair, test: Pair) -> dict[str, float]:
        def answers(n_lags: int, past: Pair, coming: Pair) -> np.ndarray:
            u = np.concatenate([past[0], coming[0]])
            rows, split = lagged(u, n_lags), len(past[0]) - n_lags + 1
            return Ridge(1e-8).fit(rows[:split], past[1][n_lags - 1 :]).predict(rows[split:])

        past, coming = _halves(train)
        n_lags = min(
            range(1, 41),
            key=lambda n: float(np.square(answers(n, past, coming) - coming[1]).mean()),
        )
        return {f"linear, {n_lags} lags": error_rate(test[1], answers(n_lags, train, test))}


def _halves(train: Pair) -> tuple[Pair, Pair]:
    u, d = train
    split = len(u) - VALIDATION
    return (u[:split], d[:split]), (u[split:], d[split:])


def tasks() -> list[Task]:
    return [Channel(decibels) for decibels in (12, 16, 20, 24, 28, 32)]


def draw_details(results: list[Result], path: Path) -> None:
    """Draw the symbol error rate over the noise, beside the linear equaliser's."""
    import matplotlib.pyplot as plt

    decibels = [int(result.title.split()[2]) for result in results]
    ours = np.array([result.quantiles("symbol error rate") for result in results])
    linear = [next(iter(result.baselines.values())) for result in results]
    figure, ax = plt.subplots(figsize=(6, 3.6), layout="constrained")
    ax.semilogy(decibels, linear, "s--", color="0.4", label="linear equaliser")
    ax.semilogy(decibels, ours[:, 1], "o-", label=f"{N_UNITS} units, median")
    ax.fill_between(decibels, np.maximum(ours[:, 0], 1e-6), ours[:, 2], alpha=0.2, label="10-90 %")
    ax.plot(28, 1e-5, "D", color="C1", label="published (unconfirmed)")
    ax.set(xlabel="signal over noise (dB)", ylabel="symbol error rate")
    ax.grid(alpha=0.3)
    ax.legend()
    figure.savefig(path, dpi=110)
    plt.close(figure)
