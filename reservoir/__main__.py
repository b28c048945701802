"""The command line: ``python -m reservoir forecast [FILE.csv]``."""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from scipy.signal import correlate, detrend, find_peaks
from sklearn.model_selection import ParameterGrid

from .datasets import load_co2
from .frames import continued, inferred_frequency
from .model_selection import ForecastSearchCV, forecasting_search

#: Rows of a season by pandas' name of the frequency: a year, a week or a day of it.
SEASONS = {
    "W": 52, "D": 7, "B": 5, "h": 24, "min": 1440,
    "MS": 12, "ME": 12, "BMS": 12, "BME": 12, "QS": 4, "QE": 4, "BQS": 4, "BQE": 4,
}  # fmt: skip
#: Autocorrelation from which a peak counts as a season.
CLEAR_PEAK = 0.2
#: Gaps of up to this many rows are filled where the season is shorter.
SHORT_GAP = 10
MIN_ORIGINS, MAX_ORIGINS = 3, 8


class CommandError(Exception):
    """What the user can mend; shown as one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 after an error."""
    args = _parser().parse_args(argv)
    try:
        forecast(args)
    except CommandError as error:
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
        raise CommandError(
            f'this needs {name.split(".")[0]}: pip install "reservoir-learn[cli]"'
        ) from error


def forecast(args: argparse.Namespace) -> None:
    """Read, choose, test on the last part, refit on all, forecast; say each on the way."""
    pd = need("pandas")
    if args.plot:
        need("matplotlib").use("Agg")
    for path in (args.out, args.plot):
        if path and not os.path.isdir(os.path.dirname(path) or "."):
            raise CommandError(f"cannot write {path}: there is no such folder")
    if args.json and args.out == "-":
        raise CommandError("--json and --out - both write to stdout; choose one")
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
    say(f"{series.name}: {plan.describe(pd, series)}")
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


def settings_of(search: ForecastSearchCV) -> dict[str, Any]:
    """Return the best candidate's settings as plain values."""
    found = search.best_params_
    return {
        "differences": list(found.get("differences", ())),
        "logarithm": found.get("transformer") is not None,
        "topology": found["reservoir__topology"],
        "spectral_radius": found["reservoir__spectral_radius"],
        "alpha": found["readout__alpha"],
    }


# -- reading


def read_csv(pd: Any, path: str) -> Any:
    """Return the table of a CSV file: header or none, the separator that its first line shows."""
    try:
        with open(path, encoding="utf-8-sig") as file:
            first = file.readline()
        separator = max(",;\t|", key=first.count)
        table = pd.read_csv(path, sep=separator)
        if all(_is_number(label) for label in table.columns[-1:]):
            table = pd.read_csv(path, sep=separator, header=None)
            table.columns = [f"column{k}" for k in range(1, table.shape[1] + 1)]
    except FileNotFoundError as error:
        raise CommandError(f"no such file: {path}") from error
    except (OSError, ValueError) as error:  # pandas' parser and Unicode errors are ValueErrors
        reason = str(error).strip().splitlines()[0]
        raise CommandError(f"{path} cannot be read as CSV: {reason}") from error
    if table.empty:
        raise CommandError(f"{path} has no rows")
    return table


def _is_number(label: str) -> bool:
    try:
        float(label)
    except ValueError:
        return False
    return True


def pick_columns(pd: Any, table: Any, names: list[str] | None) -> list[Any]:
    """Return the wanted columns as series of floats, indexed by the dates where there are some."""
    dates = _dates(pd, table, names or [])
    if not names:
        others = [c for c in table.columns if dates is None or c != dates.name]
        numeric = [c for c in others if pd.api.types.is_numeric_dtype(table[c])]
        candidates = numeric or others
        if len(candidates) != 1:
            choice = ", ".join(map(str, candidates)) or "none"
            raise CommandError(f"choose a column with --column; there are: {choice}")
        names = [candidates[0]]
    index = pd.RangeIndex(len(table)) if dates is None else pd.DatetimeIndex(dates)
    return [pd.Series(_numbers(pd, table, name), index=index, name=name) for name in names]


def _numbers(pd: Any, table: Any, name: str) -> np.ndarray:
    """Return a column as floats, or say why it cannot be forecast."""
    if name not in table.columns:
        raise CommandError(f"no column {name!r}; there are: {', '.join(map(str, table.columns))}")
    values = pd.to_numeric(table[name], errors="coerce")
    wrong = values.isna() & table[name].notna()
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise CommandError(
            f"column {name!r} is not numeric: {table[name].iloc[row]!r} in row {row + 1}"
        )
    if not np.isfinite(values.dropna()).all():
        raise CommandError(f"column {name!r} holds infinity")
    if not values.notna().any():
        raise CommandError(f"column {name!r} holds no values")
    if values.nunique() < 2:
        raise CommandError(f"column {name!r} is constant: there is nothing to forecast")
    return values.to_numpy(float)


def _dates(pd: Any, table: Any, values: list[str]) -> Any:
    """Return the first column that pandas reads as dates, or None."""
    for name in table.columns.drop(values, errors="ignore"):
        dates = _as_dates(pd, table[name].dropna())
        if dates is None:
            continue
        if len(dates) < len(table):
            row = int(table[name].isna().to_numpy().argmax())
            raise CommandError(f"column {name!r} holds dates but none in row {row + 1}")
        return dates
    return None


def _as_dates(pd: Any, column: Any) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # a layout that pandas would guess row by row is none
            if not pd.api.types.is_numeric_dtype(column):
                return pd.to_datetime(column) if len(column) else None
            # numbers are dates only where the header says so
            layout = {"year": "%Y", "date": "%Y%m%d"}.get(str(column.name).lower())
            if layout and (column == column.astype(int)).all():
                return pd.to_datetime(column.astype(int).astype(str), format=layout)
    except (ValueError, TypeError, UserWarning):
        pass
    return None


def regular(pd: Any, series: Any) -> Any:
    """Return the series with one row per period of its frequency, missing rows as NaN."""
    index = series.index
    if not isinstance(index, pd.DatetimeIndex):
        return _trimmed(series)
    if index.has_duplicates:
        twice = index[index.duplicated()][0]
        raise CommandError(f"the dates must be unique; {twice} occurs twice")
    if not index.is_monotonic_increasing:
        late = int(np.flatnonzero(np.diff(index.to_numpy()) < np.timedelta64(0))[0])
        raise CommandError(f"the dates must be in order; {index[late + 1]} follows {index[late]}")
    frequency = _frequency(series.index)
    even = series.asfreq(frequency) if frequency else None
    if even is None or not series.index.isin(even.index).all():
        raise CommandError("the dates are not regular: pandas finds no frequency that fits them")
    return _trimmed(even)


def _trimmed(series: Any) -> Any:
    """Leave out missing values before the first value and after the last."""
    present = np.flatnonzero(series.notna())
    return series.iloc[present[0] : present[-1] + 1]


def _frequency(index: Any) -> str | None:
    """Return pandas' inferred frequency; where rows are missing, the commonest of short runs."""
    whole = inferred_frequency(index)
    if whole is not None:
        return whole
    runs = [inferred_frequency(index[k : k + 10]) for k in range(0, max(1, len(index) - 9), 5)]
    found = [run for run in runs if run is not None]
    return max(set(found), key=found.count) if found else None


# -- planning


@dataclass(frozen=True)
class Plan:
    """What follows from the data's length and frequency."""

    season: int
    season_source: str
    steps: int
    n_origins: int

    def describe(self, pd: Any, series: Any) -> str:
        """Say it in one line."""
        dated = isinstance(series.index, pd.DatetimeIndex)
        ends = f", {series.index[0]:%Y-%m-%d} to {series.index[-1]:%Y-%m-%d}" if dated else ""
        season = f"season {self.season} rows" if self.season > 1 else "no season"
        return (
            f"{len(series)} rows{ends}; {season} ({self.season_source}); "
            f"the last {self.steps} rows are held out"
        )


def make_plan(pd: Any, series: Any, args: argparse.Namespace) -> Plan:
    """Settle season, steps and the number of rolling origins; too few rows are an error."""
    n_rows = len(series)
    season, source = find_season(pd, series, args)
    steps = args.steps or (season if season > 1 else max(1, n_rows // 10))
    needed = least_rows(season) + (MIN_ORIGINS + 1) * steps
    if n_rows < needed:
        raise CommandError(
            f"column {series.name!r} is too short: {n_rows} rows, where a forecast of {steps} "
            f"steps with a season of {season} needs {needed}; lower --steps or --season"
        )
    return Plan(season, source, steps, origins_that_fit(n_rows - steps, season, steps))


def least_rows(season: int) -> int:
    """Rows that have to stand before the first rolling origin."""
    return max(2 * season + 10, 30)


def origins_that_fit(n_rows: int, season: int, steps: int) -> int:
    """Number of rolling origins, a forecast apart, in the later half of a training part."""
    fit_in = min(n_rows // 2, n_rows - least_rows(season)) // steps
    return min(MAX_ORIGINS, max(MIN_ORIGINS, fit_in))


def find_season(pd: Any, series: Any, args: argparse.Namespace) -> tuple[int, str]:
    """Return the rows of a season and where that is from."""
    if args.season:
        return args.season, "--season"
    if isinstance(series.index, pd.DatetimeIndex):
        offset = pd.tseries.frequencies.to_offset(series.index.freq)
        season, rest = divmod(SEASONS.get(offset.rule_code.split("-")[0], 0), offset.n)
        if season > 1 and not rest:
            return season, f"frequency {offset.freqstr}"
    held_out = args.steps or max(1, len(series) // 10)
    train = series.interpolate().to_numpy()[: max(len(series) - held_out, 3)]
    return season_by_autocorrelation(train), "autocorrelation of the training part"


def season_by_autocorrelation(x: np.ndarray) -> int:
    """Return the lag of the highest peak of the detrended autocorrelation; 1 if none is clear.

    Box & Jenkins (1970), Time series analysis, chapter 2.
    """
    x = detrend(x)
    if not x.std() > 0:
        return 1
    correlation = correlate(x, x)[len(x) - 1 :] / np.square(x).sum()
    peaks, _ = find_peaks(correlation[: len(x) // 3], height=CLEAR_PEAK)
    return int(peaks[correlation[peaks].argmax()]) if len(peaks) else 1


def fill_gaps(series: Any, season: int) -> Any:
    """Fill missing rows by straight lines and count them on stderr; too many are an error."""
    missing = series.isna()
    if not missing.any():
        return series
    count, longest = int(missing.sum()), int(missing.groupby((~missing).cumsum()).sum().max())
    if count > len(series) / 5:
        raise CommandError(f"{count} of {len(series)} rows are missing, more than a fifth")
    if longest > max(season, SHORT_GAP):
        raise CommandError(
            f"a gap of {longest} rows is too long to be filled: a season ({season} rows), and "
            f"{SHORT_GAP} rows in any case, are allowed"
        )
    print(
        f"filled {count} missing rows of {len(series)}; the longest gap has {longest}",
        file=sys.stderr,
    )
    return series.interpolate()


# -- comparing


def simple_forecasts(train: np.ndarray, season: int, steps: int) -> dict[str, np.ndarray]:
    """Return the forecasts that a model has to beat, each (n_steps, 1)."""
    phase, round_ = np.arange(steps) % season, np.arange(steps) // season + 1
    last_season = train[len(train) - season :][phase]
    drift = (train[season:] - train[:-season]).mean() * round_.reshape(-1, 1)
    naive = {"naive": np.repeat(train[-1:], steps, axis=0)}
    if season == 1:
        return naive | {"naive with drift": last_season + drift}
    return naive | {
        "seasonal naive": last_season,
        "seasonal naive with drift": last_season + drift,
    }


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
        raise CommandError(f"cannot write {path}: {error.strerror or error}") from error


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
        raise CommandError(f"cannot write {path}: {error}") from error
    finally:
        plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
