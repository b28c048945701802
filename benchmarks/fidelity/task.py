"""What a published task is, and how it is measured without looking at its test part."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from joblib import Parallel, delayed

Settings = dict[str, Any]


@dataclass(frozen=True)
class Published:
    """A figure of the literature, and how sure we are of it."""

    value: float
    source: str
    grade: str  # "read", "quoted" or "unconfirmed"


@dataclass
class Parts:
    """A training part, and a test part that opens when the hyperparameters are fixed."""

    train: Any
    hidden: Any
    settings: Settings | None = None

    def fix(self, settings: Settings) -> Parts:
        self.settings = settings
        return self

    @property
    def test(self) -> Any:
        if self.settings is None:
            raise RuntimeError("the test part is read before the hyperparameters are fixed.")
        return self.hidden


class Task(ABC):
    """A row of the table. `choose` sees training parts alone; `score` never chooses."""

    name: str
    title: str
    protocol: str
    #: By metric, the first one is what the row is judged by.
    published: dict[str, Published | None]
    #: Whether greater values of the first metric are better.
    greater_is_better = False
    n_seeds = 10
    #: Whether to be small enough for a test suite.
    quick = False
    #: Whether every repeat chooses for itself; else the first one for all.
    per_seed = False
    #: Whether every repeat has data of its own.
    redraws = False
    #: Processes to choose with.
    n_jobs = 1

    @abstractmethod
    def parts(self, seed: int) -> Parts:
        """Return the data of one repeat; the same ones where the task has one draw."""

    @abstractmethod
    def choose(self, train: Any, seed: int) -> Settings:
        """Return the hyperparameters, from the training part."""

    @abstractmethod
    def score(self, settings: Settings, train: Any, test: Any, seed: int) -> dict[str, float]:
        """Return every metric of one reservoir, fitted on `train`, on the test part."""

    def baselines(self, train: Any, test: Any) -> dict[str, float]:
        """Return the first metric of trivial models."""
        return {}

    def described(self, settings: Settings) -> Settings:
        """Return the settings as they are reported."""
        return settings

    def details(self, settings: Settings, train: Any, test: Any) -> dict[str, Any]:
        """Return what else is worth a table or a picture, of the first repeat."""
        return {}


@dataclass
class Result:
    """What was measured of one task."""

    name: str
    title: str
    protocol: str
    greater_is_better: bool
    published: dict[str, Any]
    settings: Any
    seconds: float
    n_seeds: int
    #: By metric, a value a seed.
    values: dict[str, list[float]]
    #: By trivial model, the first metric.
    baselines: dict[str, float] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def metric(self) -> str:
        return next(iter(self.published))

    def quantiles(self, metric: str) -> tuple[float, float, float]:
        """10 %, median and 90 % over the seeds."""
        low, middle, high = np.quantile(self.values[metric], [0.1, 0.5, 0.9])
        return float(low), float(middle), float(high)


def measure(task: Task, n_seeds: int | None = None, n_jobs: int = 1) -> Result:
    """Choose on the training part, of the first repeat or of each, and score every seed."""
    n_seeds = task.n_seeds if n_seeds is None else min(n_seeds, task.n_seeds)
    started = time.perf_counter()
    first = task.parts(0)
    task.n_jobs = n_jobs
    settings = task.choose(first.train, 0)
    given = None if task.redraws else first
    jobs = (delayed(_scored)(task, settings, seed, given) for seed in range(n_seeds))
    scores = Parallel(1 if task.per_seed else n_jobs)(jobs)
    seconds = time.perf_counter() - started
    values = {name: [float(score[name]) for score in scores] for name in task.published}
    first.fix(settings)
    return Result(
        task.name, task.title, task.protocol, task.greater_is_better,
        {name: p and vars(p) for name, p in task.published.items()},
        task.described(settings), seconds, n_seeds, values,
        task.baselines(first.train, first.test), task.details(settings, first.train, first.test),
    )  # fmt: skip


def _scored(task: Task, settings: Settings, seed: int, given: Parts | None) -> dict[str, float]:
    parts = task.parts(seed) if given is None else given
    if task.per_seed and seed > 0:
        settings = task.choose(parts.train, seed)
    parts.fix(settings)
    return task.score(settings, parts.train, parts.test, seed)


def best_of(grid: Iterable[Settings], error: Callable[[Settings], float]) -> Settings:
    """Return the settings of the least validation error; what is not finite never wins."""
    candidates = list(grid)
    errors = np.array([error(candidate) for candidate in candidates], dtype=float)
    return candidates[int(np.argmin(np.where(np.isfinite(errors), errors, np.inf)))]


def median_over(seeds: Sequence[int], error: Callable[[int], float]) -> float:
    """Return the median of an error over reservoirs; where half of them fail, infinity."""
    return float(np.median(np.nan_to_num([error(seed) for seed in seeds], nan=np.inf)))


def lagged(x: np.ndarray, n_lags: int) -> np.ndarray:
    """Return every row with its predecessors, (T - n_lags + 1, n_lags * d), the latest first."""
    windows = np.lib.stride_tricks.sliding_window_view(x, n_lags, axis=0)[..., ::-1]
    return windows.transpose(0, 2, 1).reshape(len(windows), -1)
