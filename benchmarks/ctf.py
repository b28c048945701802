"""Twelve scores of a common task, on twins of its data.  ``python -m benchmarks.ctf``.

The Common Task Framework for Science (Wyder et al. 2025) scores methods on Lorenz's system, dt .05:
short (E1) and long (E2) forecasts after 10,000 clean rows, the rows cleaned and the long forecast
after 10,000 with noise of medium (E3, E4) and high strength (E5, E6), both forecasts after 100 rows
without (E7, E8) and with noise (E9, E10), and short ones for parameters between (E11) and beyond
(E12) those of three trainings, after 100 rows. Its own data are hidden; these are made by
`reservoir.datasets.lorenz63`, with noise of standard deviations 1 and 2, and rho 25, 28 and 31 for
the trainings, 29.5 and 34 for the tests.

Scores are 100 (1 - e), where e is the error over the truth in the spectral norm, of 20 steps
for short forecasts, of all for rows cleaned; for long ones the distance of histograms of 41
bins, over the norm of the true one, of the last 500 of 1000 steps, in the mean over coordinates.

Nothing here is chosen by the tests: the search, by its default, settles all.
"""

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import markdown, report
from reservoir import ESNForecaster, ESNSmoother
from reservoir.datasets import lorenz63
from reservoir.model_selection import forecasting_search

DT, ROWS, COMING, FEW = 0.05, 10_000, 1000, 100
SHORT, LONG, BINS = 20, 500, 41
NOISE = {"medium": 1.0, "high": 2.0}
TRAINED, BETWEEN, BEYOND = (25.0, 28.0, 31.0), 29.5, 34.0


def close(truth: np.ndarray, answer: np.ndarray) -> float:
    """Score of rows, by the spectral norm of their error."""
    return 100.0 * (1.0 - np.linalg.norm(truth - answer, 2) / np.linalg.norm(truth, 2))


def short(truth: np.ndarray, answer: np.ndarray) -> float:
    """Score of a forecast's first steps."""
    return close(truth[:SHORT], answer[:SHORT])


def long(truth: np.ndarray, answer: np.ndarray) -> float:
    """Score of a forecast's last steps, by their histograms."""
    errors = []
    for a, b in zip(truth[-LONG:].T, answer[-LONG:].T, strict=True):
        ends = min(a.min(), b.min()), max(a.max(), b.max())
        true, found = (np.histogram(x, BINS, ends)[0] for x in (a, b))
        errors.append(np.linalg.norm(true - found) / np.linalg.norm(true))
    return 100.0 * (1.0 - float(np.mean(errors)))


class Twin:
    """The data of one seed."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)

        def trajectory(n_rows: int, rho: float = 28.0) -> np.ndarray:
            return lorenz63(n_rows, dt=DT, rho=rho, random_state=int(rng.integers(2**31)))

        self.clean, self.coming = np.split(trajectory(ROWS + COMING), [ROWS])
        self.true, self.noisy, self.after = {}, {}, {}
        for name, sigma in NOISE.items():
            self.true[name], self.after[name] = np.split(trajectory(ROWS + COMING), [ROWS])
            self.noisy[name] = self.true[name] + sigma * rng.standard_normal((ROWS, 3))
        self.few, self.few_after = np.split(trajectory(FEW + COMING), [FEW])
        few, self.few_noisy_after = np.split(trajectory(FEW + COMING), [FEW])
        self.few_noisy = few + NOISE["medium"] * rng.standard_normal((FEW, 3))
        self.trainings = [trajectory(ROWS, rho) for rho in TRAINED]
        self.unseen = {
            rho: np.split(trajectory(FEW + COMING, rho), [FEW]) for rho in (BETWEEN, BEYOND)
        }
        self.twin = trajectory(COMING)


class Simple:
    """A baseline: a function of the past and the number of steps."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def scores(self, twin: Twin, seed: int) -> list[float]:
        """All twelve."""
        go = self.function
        found = [short(twin.coming, go(twin.clean)), long(twin.coming, go(twin.clean))]
        for name in NOISE:
            found += [close(twin.true[name], twin.noisy[name])]
            found += [long(twin.after[name], go(twin.noisy[name]))]
        for past, after in ((twin.few, twin.few_after), (twin.few_noisy, twin.few_noisy_after)):
            found += [short(after, go(past)), long(after, go(past))]
        return found + [short(after, go(past)) for past, after in twin.unseen.values()]


class Ours:
    """A forecaster of ours; the parameter of a training is told as a constant column."""

    def __init__(self, make: Any) -> None:
        self.make = make

    def scores(self, twin: Twin, seed: int) -> list[float]:
        """All twelve."""
        answer = self._after(twin.clean, seed)
        found = [short(twin.coming, answer), long(twin.coming, answer)]
        for name in NOISE:
            rows = twin.noisy[name]
            smoothed = ESNSmoother(random_state=seed).fit_transform(rows)
            found += [close(twin.true[name], smoothed)]
            found += [long(twin.after[name], self._after(rows, seed))]
        for past, after in ((twin.few, twin.few_after), (twin.few_noisy, twin.few_noisy_after)):
            answer = self._after(past, seed)
            found += [short(after, answer), long(after, answer)]
        told = [np.full((ROWS, 1), rho) for rho in TRAINED]
        model = self.make(seed, twin.trainings).fit(twin.trainings, exog=told)
        for rho, (past, after) in twin.unseen.items():
            beside = {
                name: np.full((n, 1), rho) for name, n in (("exog", COMING), ("context_exog", FEW))
            }
            found.append(short(after, _run(model, past, **beside)))
        return found

    def _after(self, past: np.ndarray, seed: int) -> np.ndarray:
        return _run(self.make(seed, past).fit(past))


def _run(model: Any, context: Any = None, **known: Any) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.nan_to_num(model.forecast(COMING, context, on_divergence="nan", **known))


def again(past: np.ndarray) -> np.ndarray:
    """Go on as after the most similar stretch of the past (parroting)."""
    length = 10
    last = past[-length:]
    errors = [np.abs(past[k : k + length] - last).sum() for k in range(len(past) - 2 * length)]
    start = int(np.argmin(errors)) + length
    found = past[start:]
    return np.tile(found, (COMING // len(found) + 1, 1))[:COMING]


def default(seed: int, data: Any) -> Any:
    """The default forecaster."""
    return ESNForecaster(random_state=seed)


def search(seed: int, data: Any) -> Any:
    """The default search."""
    several = isinstance(data, list)
    n_rows = sum(map(len, data)) if several else len(data)
    return forecasting_search(
        horizon=min(50, n_rows // 5), n_features=3, n_rows=n_rows, random_state=seed,
        hold_out="series" if several else "rows",
    )  # fmt: skip


METHODS: dict[str, Any] = {
    "search": Ours(search),
    "default forecaster": Ours(default),
    "parroting": Simple(again),
    "mean": Simple(lambda past: np.tile(past.mean(axis=0), (COMING, 1))),
    "last row": Simple(lambda past: np.tile(past[-1], (COMING, 1))),
}


def bound(twin: Twin) -> float:
    """The long score of a true trajectory from elsewhere."""
    return long(twin.coming, twin.twin)


#: What each score is of.
TOLD = [
    "E1: after 10,000 clean rows, short", "E2: the same, long", "E3: noise 1 taken off",
    "E4: after noise 1, long", "E5: noise 2 taken off", "E6: after noise 2, long",
    "E7: after 100 rows, short", "E8: the same, long", "E9: after 100 noisy rows, short",
    "E10: the same, long", "E11: a parameter between, short", "E12: a parameter beyond, short",
]  # fmt: skip


def table(found: dict[str, Any]) -> list[str]:
    """A row a score, a column a method."""
    scores = {name: np.array(each["scores"]) for name, each in found.items()}
    rows = [
        [told, *(f"{each[:, k].mean():.1f}" for each in scores.values())]
        for k, told in enumerate(TOLD)
    ]
    means = [each.mean(axis=1) for each in scores.values()]
    rows.append(["**mean**", *(f"**{m.mean():.1f}** ± {m.std():.1f}" for m in means)])
    rows.append(["seconds a seed", *(f"{each['seconds']:.0f}" for each in found.values())])
    return markdown(["score", *scores], rows)


def main(argv: list[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=list(METHODS))
    parser.add_argument("--out", type=Path)
    args = parser.parse_args(argv)
    twins = [Twin(seed) for seed in range(args.seeds)]
    result: dict[str, Any] = {"true trajectory, long": [bound(twin) for twin in twins]}
    for name in args.methods:
        start = time.perf_counter()
        scores = [METHODS[name].scores(twin, seed) for seed, twin in enumerate(twins)]
        seconds = (time.perf_counter() - start) / args.seeds
        result[name] = {"scores": scores, "seconds": seconds}
        print(name, np.round(np.mean(scores, axis=0), 1), round(float(np.mean(scores)), 1),
              f"{seconds:.0f} s a seed", flush=True)  # fmt: skip
    limit = float(np.mean(result["true trajectory, long"]))
    lines = [
        *table({name: result[name] for name in args.methods}), "",
        f"A true trajectory from elsewhere has {limit:.1f} in the long scores. Mean of "
        f"{args.seeds} seeds; ± is the spread of their means.",
    ]  # fmt: skip
    report(result, lines, args.out)
    return result


if __name__ == "__main__":
    main()
