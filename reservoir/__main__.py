"""The command line: ``python -m reservoir forecast [FILE.csv]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid

from .baselines import simple_forecasts
from .datasets import load_co2
from .frames import continued
from .model_selection import forecasting_search, settings_of
from .reading import ReadingError, fill_gaps, pick_columns, read_csv, regular
from .series import (
    MIN_ORIGINS,
    Plan,
    least_rows,
    origins_that_fit,
    season_by_autocorrelation,
    season_of_index,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 after an error."""
    args = _parser().parse_args(argv)
    try:
        forecast(args)
    except ReadingError as error:
        print(f"reservoir: error: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    def positive(text: str) -> int:
        if not text.isdigit() or int(text) < 1:
            raise argparse.ArgumentTypeError(f"must be an integer ≥ 1; got {text!r}")
        return int(text)

    parser = argparse.ArgumentParser(prog="reservoir", description="Echo state networks.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "forecast",
        help="forecast a column of a CSV file",
        description="Forecast a column of a CSV file; without FILE, weekly CO2 over Mauna Loa.",
    )
    command.add_argument("file", nargs="?", metavar="FILE.csv")
    command.add_argument(
        "--column", metavar="NAME", nargs="+",
        help="which columns, if several are numeric; each is forecast by itself",
    )  # fmt: skip
    command.add_argument("--steps", metavar="N", type=positive, help="rows to forecast: a season")
    command.add_argument(
        "--season", metavar="N", type=positive, help="rows of a season; 1 for none"
    )
    command.add_argument("--units", metavar="N", type=positive, default=200, help="default: 200")
    command.add_argument("--out", metavar="FILE", help="write the forecast as CSV; - is stdout")
    command.add_argument("--plot", metavar="FILE", help="draw history, held-out part and forecast")
    command.add_argument("--json", action="store_true", help="print all as JSON on stdout")
    command.add_argument("--seed", metavar="N", type=int, default=0, help="default: 0")
    return parser


def need(name: str) -> Any:
    """Import a module of the extra ``cli``, or name that extra."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ReadingError(
            f'this needs {name.split(".")[0]}: pip install "reservoir-learn[cli]"'
        ) from error


def forecast(args: argparse.Namespace) -> None:
    """Read, choose, test on the last part, refit on all, forecast; say each on the way."""
    pd = need("pandas")
    if args.plot:
        need("matplotlib").use("Agg")
    for path in (args.out, args.plot):
        if path and not os.path.isdir(os.path.dirname(path) or "."):
            raise ReadingError(f"cannot write {path}: there is no such folder")
    if args.json and args.out == "-":
        raise ReadingError("--json and --out - both write to stdout; choose one")
    stream = sys.stderr if args.json or args.out == "-" else sys.stdout

    def say(text: str) -> None:
        print(text, file=stream)

    table = read_csv(pd, args.file or load_co2().filename)
    columns = pick_columns(pd, table, args.column)
    results = [forecast_column(pd, regular(pd, column), args, say) for column in columns]
    answer = pd.concat([result.answer for result in results], axis=1)
    if args.out:
        write(answer, args.out)
    if args.json:
        print(json.dumps({result.answer.name: result.report() for result in results}, indent=2))
    if args.plot:
        draw(results, args.plot)
        say(f"\npicture: {args.plot}")


@dataclass(frozen=True)
class Result:
    """What became of one column."""

    series: Any
    plan: Plan
    best: dict[str, Any]
    errors: dict[str, dict[str, float]]
    tested: np.ndarray
    answer: Any

    def report(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {
            "rows": len(self.series),
            "season": self.plan.season,
            "season_source": self.plan.season_source,
            "held_out_rows": self.plan.steps,
            "origins": self.plan.n_origins,
            "best": self.best,
            "held_out_errors": self.errors,
            "forecast": [
                {self.answer.index.name: str(step), "value": float(value)}
                for step, value in self.answer.items()
            ],
        }


def forecast_column(
    pd: Any, series: Any, args: argparse.Namespace, say: Callable[[str], None]
) -> Result:
    """Choose, test on the last part, refit on all and forecast one column."""
    plan = make_plan(pd, series, args)
    say(f"{series.name}: {plan.describe(series)}")
    series = fill_gaps(series, plan.season)
    x = series.to_numpy(dtype=float).reshape(-1, 1)
    train, held_out = x[: -plan.steps], x[-plan.steps :]
    search = forecasting_search(
        horizon=plan.steps, season=plan.season, positive=bool((train > 0).all()),
        n_splits=plan.n_origins, n_units=args.units, n_jobs=-1, random_state=args.seed,
    )  # fmt: skip
    n_settings = len(ParameterGrid(search.param_grid))
    print(f"searching {n_settings} settings from {plan.n_origins} origins ...", file=sys.stderr)
    best = settings_of(search.fit(train))
    say(
        f"median of the best {len(search.best_estimators_)} candidates by {plan.n_origins} rolling "
        f"origins before the held-out part; the best: "
        + ", ".join(f"{name}={value}" for name, value in best.items())
        + f" (mean RMSE {-search.best_score_:.4g})"
    )
    tested = search.forecast(plan.steps)
    errors = errors_of(
        held_out, {"echo state network": tested, **simple_forecasts(train, plan.season, plan.steps)}
    )
    say(error_table(errors))
    coming = search.refit_on(x).forecast(plan.steps)[:, 0]
    answer = pd.Series(coming, index=continued(series.index, plan.steps), name=series.name)
    answer.index.name = series.index.name or "step"
    say(f"\nforecast of the {plan.steps} rows to come:")
    say(_first_and_last(answer))
    return Result(series, plan, best, errors, tested[:, 0], answer)


# -- planning


def make_plan(pd: Any, series: Any, args: argparse.Namespace) -> Plan:
    """Settle season, steps and the number of rolling origins; too few rows are an error."""
    n_rows = len(series)
    season, source = find_season(pd, series, args)
    steps = args.steps or (season if season > 1 else max(1, n_rows // 10))
    needed = least_rows(season) + (MIN_ORIGINS + 1) * steps
    if n_rows < needed:
        raise ReadingError(
            f"column {series.name!r} is too short: {n_rows} rows, where a forecast of {steps} "
            f"steps with a season of {season} needs {needed}; lower --steps or --season"
        )
    return Plan(season, source, steps, origins_that_fit(n_rows - steps, season, steps))


def find_season(pd: Any, series: Any, args: argparse.Namespace) -> tuple[int, str]:
    """Return the rows of a season and where that is from."""
    if args.season:
        return args.season, "--season"
    season = season_of_index(series.index)
    if season > 1:
        offset = pd.tseries.frequencies.to_offset(series.index.freq)
        return season, f"frequency {offset.freqstr}"
    held_out = args.steps or max(1, len(series) // 10)
    train = series.interpolate().to_numpy()[: max(len(series) - held_out, 3)]
    return season_by_autocorrelation(train), "autocorrelation of the training part"


# -- comparing


def errors_of(truth: np.ndarray, forecasts: dict[str, np.ndarray]) -> dict[str, dict[str, float]]:
    """Return the errors of each forecast."""
    return {
        name: {
            "RMSE": float(np.sqrt(np.square(forecast - truth).mean())),
            "MAE": float(np.abs(forecast - truth).mean()),
        }
        for name, forecast in forecasts.items()
    }


def error_table(errors: dict[str, dict[str, float]]) -> str:
    """Return a table of errors on the held-out part; the least one is marked."""
    best = min(errors, key=lambda name: errors[name]["RMSE"])
    lines = [f"\n{'held-out part':<28}{'RMSE':>10}{'MAE':>10}"]
    for name, error in errors.items():
        mark = "  <- best" if name == best else ""
        lines.append(f"{name:<28}{error['RMSE']:>10.4g}{error['MAE']:>10.4g}{mark}")
    if best != next(iter(errors)):
        lines.append(f"On this part a simpler forecast, {best}, is the better one.")
    return "\n".join(lines)


# -- answering


def _first_and_last(answer: Any, rows: int = 3) -> str:
    lines = answer.to_frame().to_string(header=False, index_names=False).splitlines()
    if len(lines) > 2 * rows:
        lines = [*lines[:rows], "...", *lines[-rows:]]
    return "\n".join(lines)


def write(answer: Any, path: str) -> None:
    """Write the forecast as CSV, to stdout where `path` is ``-``."""
    try:
        answer.to_csv(sys.stdout if path == "-" else path)
    except OSError as error:
        raise ReadingError(f"cannot write {path}: {error.strerror or error}") from error


def draw(results: list[Result], path: str) -> None:
    """Draw the last part of each series, the forecast of its held-out part, and its forecast."""
    from matplotlib import pyplot as plt

    from .plotting import ForecastDisplay

    figure, axes = plt.subplots(
        len(results), squeeze=False, figsize=(9, 4 * len(results)), layout="constrained"
    )
    for result, ax in zip(results, axes[:, 0], strict=True):
        steps = len(result.answer)
        shown = result.series.iloc[-max(10 * steps, 100) :]
        forecasts = {
            "forecast of the held-out part": (len(shown) - steps, result.tested),
            "forecast": (len(shown), result.answer.to_numpy()),
        }
        times = shown.index.append(result.answer.index)
        ForecastDisplay(shown.to_numpy(), forecasts, times=times).plot(ax)
        ax.set_title(str(result.series.name))
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise ReadingError(f"cannot write {path}: {error}") from error
    finally:
        plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
