"""The command line: ``reservoir forecast [FILE.csv]``, or ``python -m reservoir``."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

EXAMPLES = """examples:
  reservoir forecast                                     weekly CO2 over Mauna Loa, as a try
  reservoir forecast sales.csv --plot sales.png          its only column of numbers, and a picture
  reservoir forecast sales.csv --column beer --steps 14 --min 0 --out coming.csv
  zcat log.csv.gz | reservoir forecast - --date-column when --resample h --json
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 after an error."""
    args = _parser().parse_args(argv)
    from .reading import ReadingError

    try:
        forecast(args)
    except ReadingError as error:
        print(f"reservoir: error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("reservoir: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # whoever read the answer has gone
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115, it is flushed at the end
        return 0
    return 0


def _parser() -> argparse.ArgumentParser:
    from . import __version__

    def positive(text: str) -> int:
        if not text.isdigit() or int(text) < 1:
            raise argparse.ArgumentTypeError(f"must be an integer ≥ 1; got {text!r}")
        return int(text)

    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="reservoir", description="Echo state networks.", epilog=EXAMPLES, formatter_class=raw
    )
    parser.add_argument("--version", action="version", version=f"reservoir-learn {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "forecast", help="forecast a column of a CSV file", epilog=EXAMPLES, formatter_class=raw,
        description="Forecast a column of a CSV file; without FILE, weekly CO2 over Mauna Loa.",
    )  # fmt: skip
    add = command.add_argument
    add("file", nargs="?", metavar="FILE.csv", help="- is standard input; .gz is unpacked")
    add("--column", metavar="NAME", nargs="+",
        help="which columns, if several are numeric; each is forecast by itself")  # fmt: skip
    add("--all", action="store_true", help="all columns of numbers that can be forecast")
    add("--id", metavar="NAME", help="the column that tells the series of a long file apart")
    add("--exog", metavar="NAME", nargs="+",
        help="columns that are known beforehand; their coming rows follow in the file")  # fmt: skip
    add("--exog-file", metavar="FILE", help="the file of those coming rows")
    add("--steps", metavar="N", type=positive, help="rows to forecast: a season")
    add("--season", metavar="N", type=positive, nargs="+",
        help="rows of a season, or of several; 1 for none")  # fmt: skip
    add("--min", metavar="X", type=float, help="what no forecast falls below")
    add("--max", metavar="X", type=float, help="what no forecast rises above")
    add("--quantiles", metavar="P", type=float, nargs="+", help="bands: 0.05 0.95, say")
    add("--units", metavar="N", type=positive, help="50 below 400 rows, 200 above")
    add("--seed", metavar="N", type=int, default=0, help="default: 0")
    reading = command.add_argument_group("how the file is read, where guessing is wrong")
    add = reading.add_argument
    add("--date-column", metavar="NAME")
    add("--dayfirst", action="store_true", default=None, help="1/2/2020 is the first of February")
    add("--monthfirst", dest="dayfirst", action="store_false", help="1/2/2020 is January's second")
    add("--sep", metavar="CHAR", help="the separator: , ; tab |")
    add("--decimal", choices=[".", ","], help="the decimal mark")
    add("--encoding", metavar="NAME")
    add("--resample", metavar="FREQ", help="means of uneven dates over D, h, 15min, ...")
    add("--max-mb", metavar="N", type=float, default=512, help="megabytes at most; default: 512")
    writing = command.add_argument_group("what is written")
    add = writing.add_argument
    add("--out", metavar="FILE", help="write the forecast as CSV; - is stdout")
    add("--plot", metavar="FILE", help="draw history, held-out part and forecast")
    add("--json", action="store_true", help="print all as JSON on stdout, settings too")
    add("--verbose", action="store_true", help="tell of candidates, settings and all errors")
    return parser


def need(name: str) -> Any:
    """Import a module of the extra ``cli``, or name that extra."""
    from .reading import ReadingError

    try:
        return import_module(name)
    except ImportError as error:
        raise ReadingError(
            f'this needs {name.split(".")[0]}: pip install "reservoir-learn[cli]"'
        ) from error


def forecast(args: argparse.Namespace) -> None:
    """Read, choose, test on the last part, refit on all, forecast; say each on the way."""
    pd = need("pandas")
    from .reading import ReadingError, by_ids, columns_of, read_table, regular
    from .telling import draw
    from .writing import check_target, harmless, write_whole

    if args.plot:
        check_target(args.plot, args.file, picture=True)
        need("matplotlib").use("Agg")
    if args.out and args.out != "-":
        check_target(args.out, args.file)
    if args.json and args.out == "-":
        raise ReadingError("--json and --out - both write to stdout; choose one")
    stream = sys.stderr if args.json or args.out == "-" else sys.stdout

    def say(text: str) -> None:
        print(text, file=stream)

    def read(path: Any) -> Any:
        return read_table(
            path, date_column=args.date_column, dayfirst=args.dayfirst, sep=args.sep,
            decimal=args.decimal, encoding=args.encoding, max_mb=args.max_mb, say=_warn,
        )  # fmt: skip

    table = read(args.file or _example())
    say(f"read {_name(args)}: {_described(table)}")
    known, said = [*(args.exog or [])], [*table.notes]
    for note in said:
        say(f"  {note}")
    columns = (
        by_ids(table, args.id, *(args.column or [])[:1])
        if args.id
        else columns_of(_without(table, known), args.column, every=args.all)
    )
    for note in table.notes[len(said) :]:
        say(f"  {note}")
    coming = read(args.exog_file) if args.exog_file else table

    def forecast_of(column: Any) -> Any:
        series = regular(column, args.resample)
        for note in series.attrs["notes"]:
            say(f"  {column.name}: {note}")
        exog = _exogenous(table, coming, known, series.index) if known else None
        return forecast_column(pd, series, args, say, exog)

    named = args.column and not args.id
    results = [*map(forecast_of, columns)] if named else _those_that_can(columns, forecast_of, say)
    answer = pd.concat([result.table() for result in results], axis=1)
    answer.columns = [harmless(str(name)) for name in answer.columns]
    answer.index.name = harmless(answer.index.name)
    if args.out == "-":
        answer.to_csv(sys.stdout)
    elif args.out:
        write_whole(args.out, answer.to_csv)
        say(f"\nwritten: {args.out}")
    if args.json:
        report = {str(result.answer.name): result.report() for result in results}
        print(json.dumps(report, indent=2, default=str))
    if args.plot:
        write_whole(args.plot, lambda path: draw(results, path))
        say(f"\npicture: {args.plot}")
    if not args.file:
        say("\nnow your file: reservoir forecast FILE.csv")


def _those_that_can(columns: list[Any], forecast_of: Any, say: Any) -> list[Any]:
    """Return the forecasts of those columns that can be forecast; raise where none can."""
    from .reading import ReadingError

    found, errors = [], []
    for column in columns:
        try:
            found.append(forecast_of(column))
        except ReadingError as error:
            errors.append(error)
            if len(columns) > 1:
                say(f"  left out: {error}")
    if not found:
        raise errors[0]
    return found


def _example() -> str:
    from .datasets import load_co2

    return str(load_co2().filename)


def _name(args: argparse.Namespace) -> str:
    return {None: "weekly CO2, the example", "-": "standard input"}.get(args.file, args.file)


def _described(table: Any) -> str:
    """Say what was read in one line."""
    from .reading import listed

    index = table.frame.index
    ends = " to ".join(str(at).removesuffix(" 00:00:00") for at in index[[0, -1]])
    dated = f", {ends}" if table.dated_by else ", no dates"
    left = "".join(f"; without {name!r}, {why}" for name, why in list(table.left_out.items())[:4])
    return f"{len(index)} rows{dated}; columns of numbers: {listed(table.frame.columns)}{left}"


def _without(table: Any, names: list[str]) -> Any:
    """Return a table without the columns that are known beforehand."""
    from dataclasses import replace

    from .reading import ReadingError, listed

    for name in names:
        if name not in table.frame:
            raise ReadingError(f"--exog: no column {name!r}; there are: {listed(table.frame)}")
    return replace(table, frame=table.frame.drop(columns=names))


def _exogenous(table: Any, coming: Any, names: list[str], index: Any) -> Any:
    """Return the rows known beforehand, beside a series and after it."""
    frame = table.frame[names]
    if coming is not table:
        missing = [name for name in names if name not in coming.frame]
        if missing:
            from .reading import ReadingError

            raise ReadingError(f"--exog-file has no column {missing[0]!r}")
        later = coming.frame[names]
        if not table.dated_by:
            later = later.set_axis(later.index + len(frame))
        frame = import_module("pandas").concat([frame, later])
    return frame[~frame.index.duplicated()]


def _warn(text: str) -> None:
    print(text, file=sys.stderr)


def forecast_column(
    pd: Any, series: Any, args: argparse.Namespace, say: Callable[[str], None], exog: Any = None
) -> Any:
    """Choose, test on the last part, refit on all and forecast one column."""
    import numpy as np

    from .baselines import simple_rules
    from .breaks import without_breaks
    from .esn.levels import check_bounds
    from .index import continued
    from .missing import filled_between
    from .model_selection import forecasting_search
    from .outliers import without_far
    from .reading import gaps_of, sessions_after
    from .telling import Result, errors_of, plain_settings, say_result

    notes, dates = [*series.attrs.get("notes", [])], series.attrs.get("dates")
    series = series if dates is None else series.set_axis(dates)
    whole = series.to_numpy(dtype=float)[:, None]
    named = series.index

    def at(_: int, row: int, __: int) -> str:
        return f"row {named[row]}"

    (seen,), far = without_far([whole], at, exog is not None)
    bounds, broken = _bounds(args, seen, str(series.name)), None
    if exog is None:  # which may tell why a level changes
        (seen,), broken = without_breaks([seen], at, check_bounds(bounds))
    series = series.astype(float)
    series[:] = seen[:, 0]
    plan = make_plan(pd, series, args)
    say(f"{series.name}: {plan.describe(series)}")
    for note in filter(None, (far, broken, gaps_of(series), _wild_end(series))):
        notes.append(note)
        say(f"  {note}")
    index = continued(series.index, plan.steps)
    index = sessions_after(dates, plan.steps) if dates is not None else index
    beside = None if exog is None else _aligned(exog, series.index, index)
    x = series.to_numpy(dtype=float).reshape(-1, 1)
    n_train = len(x) - plan.held_out
    train, held_out = x[:n_train], x[n_train:]
    search = forecasting_search(
        horizon=plan.horizon, season=plan.seasons, positive=bool(np.nanmin(train) > 0),
        n_rows=n_train, n_splits=plan.n_origins, n_units=args.units,
        n_jobs=-1 if n_train > PROCESSES_FROM else 1,
        random_state=args.seed,
    )  # fmt: skip
    search.estimator.set_params(bounds=bounds)

    def filled(part: Any) -> Any:  # simple rules take no gaps
        return filled_between(part[:, 0], plan.seasons).reshape(-1, 1)

    def known(first: int, last: int) -> dict[str, Any]:
        return {} if beside is None else {"exog": beside[first:last]}

    with warnings.catch_warnings(), _progress(f"searching on {len(train)} rows"):
        warnings.simplefilter("ignore")  # candidates that do not fit a short series are left out
        search.fit(train, **known(0, n_train))
        tested = search.forecast(plan.held_out, **known(n_train, len(x)))
        votes = search.forecasts(plan.held_out, **known(n_train, len(x)))
        search.refit_on(x, **known(0, len(x)))
        coming = search.forecast(plan.steps, **known(len(x), len(x) + plan.steps))
        bands = _bands(search, plan, args, known(len(x), len(x) + plan.steps))
    simple = simple_rules(filled(train), plan.seasons, plan.held_out)
    errors = errors_of(held_out, {"forecast": tested, **simple})
    best_simple = min(simple, key=lambda name: errors[name]["RMSE"])
    after = simple_rules(filled(x), plan.seasons, plan.steps)[best_simple]

    def dated(values: Any) -> Any:
        found = pd.Series(values, index=index, name=series.name)
        return found.rename_axis(series.index.name or "step")

    result = Result(
        series, plan, [plain_settings(m) for m in search.best_estimators_],
        -max(search.member_scores_.values()), errors, tested[:, 0], dated(coming[:, 0]),
        dated(after[:, 0]),
        None if bands is None else pd.DataFrame(bands[:, 0], index, args.quantiles or BAND), notes,
        errors_of(held_out, votes), search.voters_,
    )  # fmt: skip
    say_result(
        result, say, verbose=args.verbose, below_zero=bool(np.nanmin(x) >= 0) and args.min is None
    )
    return result


#: Rows from which further processes, which take a second to start, are the sooner done.
PROCESSES_FROM = 20_000
#: The band of a picture.
BAND = (0.05, 0.95)


def _bands(search: Any, plan: Any, args: argparse.Namespace, known: dict[str, Any]) -> Any:
    """Return quantiles (n_steps, 1, Q) where they are asked for; None where the series is short."""
    from .reading import ReadingError

    if not args.quantiles and not args.plot:
        return None
    try:
        return search.forecast_quantiles(plan.steps, args.quantiles or BAND, **known)
    except ValueError as error:
        if args.quantiles:
            raise ReadingError(str(error)) from error
        return None


def _bounds(args: argparse.Namespace, x: Any, name: str) -> Any:
    """Return what forecasts are held within; the data must be."""
    import numpy as np

    from .reading import ReadingError

    if args.min is None and args.max is None:
        return None
    low = float("-inf") if args.min is None else args.min
    high = float("inf") if args.max is None else args.max
    least, most = np.nanmin(x), np.nanmax(x)
    if not low < high or least < low or most > high:
        raise ReadingError(
            f"--min and --max must hold the data, which reach from {least:g} to {most:g} "
            f"in {name!r}"
        )
    return args.min, args.max


def _aligned(exog: Any, index: Any, coming: Any) -> Any:
    """Return exogenous rows of a series and of what is to come, or say which one is missing."""
    from .reading import ReadingError

    whole = exog.reindex(index.append(coming))
    for name in whole.columns:
        lost = whole[name].isna()
        if lost.any():
            at = whole.index[lost.to_numpy().argmax()]
            raise ReadingError(
                f"--exog {name} has no value for {at}: its coming rows follow in the file, the "
                "column that is forecast left empty, or stand in --exog-file"
            )
    return whole.to_numpy(dtype=float)


def _wild_end(series: Any) -> str | None:
    """Return a warning where the last value is out of all that came before."""
    import numpy as np

    x = series.dropna().to_numpy(dtype=float)
    steps = np.abs(np.diff(x))
    usual, spread = float(np.quantile(steps[:-1], 0.99)), float(np.ptp(x[:-1]))
    if steps[-1] > max(8 * usual, 2 * spread):
        return (
            f"warning: the last value, {x[-1]:g}, is far from all before it, which reach from "
            f"{x[:-1].min():g} to {x[:-1].max():g}: is it right?"
        )
    return None


@contextlib.contextmanager
def _progress(text: str) -> Iterator[None]:
    """Say on a terminal how long something has taken so far; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield
        return
    over, start = threading.Event(), time.monotonic()

    def tell() -> None:
        while not over.wait(0.5):
            sys.stderr.write(f"\r{text} ... {time.monotonic() - start:.0f} s")
            sys.stderr.flush()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        sys.stderr.write("\r" + " " * (len(text) + 12) + "\r")


def make_plan(pd: Any, series: Any, args: argparse.Namespace) -> Any:
    """Settle season, steps and the number of rolling origins; too few rows are an error."""
    from .reading import ReadingError
    from .series import LEAST_ROWS, plan_of

    n_rows, n_seen = len(series), int(series.notna().sum())
    if n_seen < min(LEAST_ROWS, n_rows):
        raise ReadingError(
            f"column {series.name!r} is too short: {n_seen} rows that hold a value, where "
            f"{LEAST_ROWS} are the least"
        )
    seasons, source = find_seasons(pd, series, args)
    longest = max(seasons)
    if args.season and n_rows < 2 * longest + 4:
        raise ReadingError(
            f"column {series.name!r} is too short: {n_rows} rows, where --season {longest} "
            f"needs {2 * longest + 4}"
        )
    try:
        plan = plan_of(n_rows, seasons[0], source, args.steps, seasons[1:])
    except ValueError as error:
        raise ReadingError(f"column {series.name!r} is {error}") from error
    if plan.steps > n_rows:
        raise ReadingError(
            f"column {series.name!r} is too short: {n_rows} rows, where --steps is {plan.steps}"
        )
    return plan


def find_seasons(pd: Any, series: Any, args: argparse.Namespace) -> tuple[tuple[int, ...], str]:
    """Return the rows of a season, and of longer ones, and where that is from."""
    from .series import seasons_of, seasons_of_index

    if args.season:
        return tuple(sorted(set(args.season))), "--season"
    seasons = seasons_of_index(series.index, len(series))
    if seasons:
        offset = pd.tseries.frequencies.to_offset(series.index.freq)
        return seasons, f"frequency {offset.freqstr}"
    held_out = args.steps or max(1, len(series) // 10)
    train = series.to_numpy(dtype=float)[: max(len(series) - held_out, 3)].reshape(-1, 1)
    return seasons_of([train], None), "autocorrelation of the training part"


if __name__ == "__main__":
    sys.exit(main())
