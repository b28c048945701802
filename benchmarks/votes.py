"""How many candidates of a search should vote?  ``python -m benchmarks.votes``.

Chaotic series: 66 systems of dysts, chosen on the train file, refitted on 700 and 800 rows of the
test file, 200 steps ahead (what follows, its test part, is not touched). Real series: three origins
before the four of `benchmarks.five_series`, two seasons ahead, the error over that of the better
simple forecast. Needs ``pip install ".[benchmarks]"``.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from reservoir.baselines import simple_forecasts
from reservoir.model_selection import ForecastSearchCV, median
from reservoir.model_selection import root_mean_square as rmse

from . import five_series, markdown, report
from .fidelity import dysts

#: ``n_best`` and ``tolerance``.
RULES = {
    "the best one alone": (1, 0.0),
    "five": (5, 0.0),
    "five, and up to twenty within 10 % of the best error": (20, 0.1),
    "five, and up to twenty within 20 % (default)": (20, 0.2),
    "five, and up to twenty within 50 %": (20, 0.5),
    "twenty": (20, np.inf),
}


def by_rule(found: ForecastSearchCV, forecasts: list[np.ndarray]) -> list[tuple[int, np.ndarray]]:
    """Return how many vote, and their median, by rule; forecasts of the best twenty are given."""
    answers = []
    for n_best, tolerance in RULES.values():
        n_votes = len(found.set_params(n_best=n_best, tolerance=tolerance)._voters())
        answers.append((n_votes, median(forecasts[:n_votes])))
    return answers


def chaotic(name: str, seed: int) -> np.ndarray:
    """Return votes and sMAPE, (windows, rules, 2)."""
    tuning, past = (part[name] for part in dysts.files())
    found = dysts.search(tuning.shape[1], seed)
    rows = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found.fit(tuning)
        for end in (700, 800):
            found.set_params(n_best=20, tolerance=np.inf).refit_on(past[:end])
            models = found.best_estimators_
            forecasts = [m.forecast(dysts.FREE, on_divergence="nan") for m in models]
            truth = past[end : end + dysts.FREE]
            answers = by_rule(found, forecasts)
            rows.append([(n, dysts.bounded_smape(truth, f)) for n, f in answers])
    return np.array(rows)


def real(x: np.ndarray, season: int, origin: int, seed: int) -> tuple[np.ndarray, list[float]]:
    """Return votes and errors (rules, 2), and the errors of the simple forecasts."""
    horizon = 2 * season
    past, truth = x[:origin], x[origin : origin + horizon]
    found = five_series.search(past, season, horizon, seed).set_params(members=(), handicaps=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found.set_params(n_best=20, tolerance=np.inf, n_jobs=1).fit(past)
    models = found.best_estimators_
    answers = by_rule(found, [m.forecast(horizon, on_divergence="nan") for m in models])
    simple = simple_forecasts(past, season, horizon)
    return (
        np.array([(n, rmse(truth, f)) for n, f in answers]),
        [rmse(truth, f) for name, f in simple.items() if "seasonal" in name],
    )


def origins_of(x: np.ndarray, season: int) -> list[int]:
    """Return the three origins before the last four, where so many precede."""
    step = 2 * season if len(x) > 24 * season else season
    last = len(x) - 2 * season
    return [last - k * step for k in (4, 5, 6) if last - k * step >= five_series.least_rows(season)]


def main(argv: list[str] | None = None) -> dict[str, list[float]]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=-1)
    parser.add_argument("--systems", type=int, default=66)
    parser.add_argument("--real", nargs="*", help="parts of the names of real series")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/votes"))
    args = parser.parse_args(argv)
    names, seeds = list(dysts.files()[0])[: args.systems], range(args.seeds)
    jobs = (delayed(chaotic)(name, seed) for seed in seeds for name in names)
    of_chaos = np.reshape(Parallel(args.jobs)(jobs), (args.seeds, -1, 2, len(RULES), 2))
    ratios, votes = [], []
    for name, (x, season) in five_series.series().items():
        if args.real and not any(part in name for part in args.real):
            continue
        jobs = (delayed(real)(x, season, o, seed) for o in origins_of(x, season) for seed in seeds)
        errors, simple = (np.array(part) for part in zip(*Parallel(args.jobs)(jobs), strict=True))
        ratios.append(errors[..., 1].mean(axis=0) / simple.mean(axis=0).min())
        votes.append(errors[..., 0].mean(axis=0))
    columns = {
        "66 systems: mean sMAPE": of_chaos[..., 1].mean(axis=(0, 1, 2)),
        "median": np.median(of_chaos[..., 1], axis=1).mean(axis=(0, 1)),
        "votes": of_chaos[..., 0].mean(axis=(0, 1, 2)),
        "five real series: error": np.exp(np.log(ratios).mean(axis=0)),
        "votes ": np.mean(votes, axis=0),
    }
    result = dict(zip(RULES, np.column_stack(list(columns.values())).tolist(), strict=True))
    digits = (1, 2, 1, 3, 1)
    rows = (
        [name, *(f"{value:.{n}f}" for value, n in zip(row, digits, strict=True))]
        for name, row in result.items()
    )
    lines = markdown(["who votes", *columns], rows)
    report(result, lines, args.out)
    return result


if __name__ == "__main__":
    main()
