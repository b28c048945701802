"""What became of one column, and the words, tables and pictures that tell it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Result:
    """What became of one column."""

    series: Any
    plan: Any
    settings: list[dict[str, Any]]
    score: float
    errors: dict[str, dict[str, float]]
    tested: Any
    answer: Any
    simple: Any
    bands: Any = None
    notes: list[str] = field(default_factory=list)
    members: dict[str, dict[str, float]] = field(default_factory=dict)
    voters: list[str] = field(default_factory=list)

    @property
    def best(self) -> str:
        """The name of the forecast that was the best on the held-out part."""
        return min(self.errors, key=lambda name: self.errors[name]["RMSE"])

    @property
    def simple_won(self) -> bool:
        """Whether a simple forecast was the better one."""
        return self.best != next(iter(self.errors))

    def table(self) -> Any:
        """Return the forecast, its bands, and the simple forecast where that was the better one."""
        pd = import_module("pandas")
        parts = [self.answer]
        if self.bands is not None:
            name = self.answer.name
            parts += [self.bands[p].rename(f"{name} quantile {p:g}") for p in self.bands.columns]
        if self.simple_won:
            parts.append(self.simple.rename(f"{self.answer.name} {self.best}"))
        return pd.concat(parts, axis=1).rename_axis(self.answer.index.name)

    def report(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        name = self.answer.index.name

        def rows(values: Any) -> list[dict[str, Any]]:
            return [{name: str(step), "value": float(value)} for step, value in values.items()]

        found = {
            "rows": len(self.series),
            "season": self.plan.season,
            "longer_seasons": list(self.plan.longer),
            "season_source": self.plan.season_source,
            "held_out_rows": self.plan.held_out,
            "origins": self.plan.n_origins,
            "notes": self.notes,
            "candidates": self.settings,
            "best_score": self.score,
            "held_out_errors": self.errors,
            "voters": self.voters,
            "held_out_errors_of_voters": self.members,
            "better_on_the_held_out_part": self.best,
            "forecast": rows(self.answer),
            "simple_forecast": rows(self.simple),
        }
        if self.bands is not None:
            found["quantiles"] = {f"{p:g}": rows(self.bands[p]) for p in self.bands.columns}
        return found


def plain_settings(model: Any) -> dict[str, Any]:
    """Return a candidate's parameters as plain values, from which it can be built again."""
    found: dict[str, Any] = {}
    for name, value in model.get_params().items():
        if name == "transformer":
            found[name] = None if value is None else "FunctionTransformer(np.log, np.exp)"
        elif isinstance(value, (int, float, str, bool, type(None))):
            found[name] = value
        elif isinstance(value, (tuple, list)):
            found[name] = list(value)
    return {name: value for name, value in found.items() if not name.startswith("transformer__")}


def errors_of(truth: Any, forecasts: dict[str, Any]) -> dict[str, dict[str, float]]:
    """Return the errors of each forecast, over the rows that were seen; infinite of NaN."""
    import numpy as np

    seen, errors = ~np.isnan(truth), {}
    for name, forecast in forecasts.items():
        off = np.nan_to_num(np.abs(forecast - truth)[seen], nan=np.inf)
        errors[name] = {"RMSE": float(np.sqrt(np.square(off).mean())), "MAE": float(off.mean())}
    return errors


def say_result(
    result: Result, say: Callable[[str], None], *, verbose: bool, below_zero: bool
) -> None:
    """Say how wrong it was, beside the simple rule, and what is to come.

    With `below_zero` a forecast below zero is told, of data that never are.
    """
    errors, plan = result.errors, result.plan
    answer, *rest = errors
    simple = min(rest, key=lambda name: errors[name]["RMSE"])
    mine, theirs = errors[answer]["MAE"], errors[simple]["MAE"]
    figure = f"{theirs:.4g}"
    if result.simple_won != (theirs < mine):  # which is better is told by squares
        roots = [errors[name]["RMSE"] for name in (simple, answer)]
        figure += " (by root mean square {:.4g} against {:.4g})".format(*roots)
    verdict = (
        f"a simple rule, {simple}, was the better one, {figure}; --json and --out hold both"
        if result.simple_won
        else f"the best simple rule, {simple}, by {figure}"
    )
    say(
        f"  on its last {plan.held_out} rows, held out, the forecast was off by {mine:.4g} on "
        f"average; {verdict}"
    )
    if verbose:
        say(f"  median of {', '.join(result.voters)}, by {plan.n_origins} rolling origins (least "
            f"mean RMSE {result.score:.4g})")  # fmt: skip
        for settings in result.settings[:1]:
            best = ", ".join(f"{name}={value}" for name, value in settings.items())
            say(f"  networks: {len(result.settings)} candidates, the best: {best}")
        say(error_table({**errors, **{f"voter: {n}": e for n, e in result.members.items()}}))
    coming = result.answer
    if below_zero and coming.min() < 0:
        say("  the forecast falls below zero, which the data never do: --min 0 holds it")
    say(f"\nforecast of the {len(coming)} rows to come:")
    say(_first_and_last(coming))


def error_table(errors: dict[str, dict[str, float]]) -> str:
    """Return a table of errors on the held-out part; the least one is marked."""
    best = min(errors, key=lambda name: errors[name]["RMSE"])
    lines = [f"\n{'held-out part':<34}{'RMSE':>10}{'MAE':>10}"]
    for name, error in errors.items():
        mark = "  <- best" if name == best else ""
        lines.append(f"{name:<34}{error['RMSE']:>10.4g}{error['MAE']:>10.4g}{mark}")
    return "\n".join(lines)


def _first_and_last(answer: Any, rows: int = 3) -> str:
    lines = answer.to_frame().to_string(header=False, index_names=False).splitlines()
    if len(lines) > 2 * rows:
        lines = [*lines[:rows], "...", *lines[-rows:]]
    return "\n".join(lines)


def draw(results: list[Result], path: str) -> None:
    """Draw the last part of each series, the forecast of its held-out part, and its forecast."""
    from matplotlib import pyplot as plt

    from .plotting import ForecastDisplay
    from .plotting.curves import Curves
    from .plotting.forecast import Band

    figure, axes = plt.subplots(
        len(results), squeeze=False, figsize=(9, 4 * len(results)), layout="constrained"
    )
    for result, ax in zip(results, axes[:, 0], strict=True):
        steps, held = len(result.answer), result.plan.held_out
        shown = result.series.iloc[-max(10 * steps, 100) :]
        tested = shown.iloc[len(shown) - held :].astype(float)
        tested[:] = result.tested
        forecasts = {
            "forecast": Curves.of(result.answer), "forecast of the held-out part": Curves.of(tested)
        }  # fmt: skip
        bands = []
        if result.bands is not None:
            low, high = result.bands.columns[0], result.bands.columns[-1]
            edges = (result.bands[[edge]].to_numpy() for edge in (low, high))
            bands = [Band(high - low, *edges)]
        ForecastDisplay.joined(forecasts, history=Curves.of(shown), bands=bands).plot(ax)
        ax.set_ylabel(str(result.series.name))
    try:
        figure.savefig(path, dpi=120)
    finally:
        plt.close(figure)
