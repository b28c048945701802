"""The command line: what it reads, says and writes, and the one line of each error."""

import io
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from reservoir import Reservoir
from reservoir.__main__ import main
from reservoir.plotting import ForecastDisplay
from reservoir.series import season_by_autocorrelation
from reservoir.telling import Result, errors_of, say_result

pd = pytest.importorskip("pandas")

QUICK = ["--units", "30"]


def monthly(n_rows=120):
    t = np.arange(n_rows)
    noise = np.random.default_rng(0).normal(0, 1, n_rows)
    values = 100 + t + 20 * np.sin(2 * np.pi * t / 12) + noise
    return pd.DataFrame(
        {"month": pd.date_range("2000-01", periods=n_rows, freq="MS"), "sales": values}
    )


@pytest.fixture
def csv(tmp_path):
    def write(table, name="data.csv"):
        path = tmp_path / name
        if isinstance(table, str):
            path.write_text(table)
        else:
            table.to_csv(path, index=False)
        return str(path)

    return write


def test_a_monthly_file_from_end_to_end(csv, tmp_path, capsys, monkeypatch):
    drawn = {}
    plot = ForecastDisplay.plot
    monkeypatch.setattr(
        ForecastDisplay, "plot", lambda self, ax=None: drawn.update(display=self) or plot(self, ax)
    )
    out, picture = tmp_path / "out.csv", tmp_path / "out.png"
    arguments = [csv(monthly()), *QUICK, "--out", str(out), "--plot", str(picture)]
    assert main(["forecast", *arguments]) == 0
    said = capsys.readouterr()
    assert "120 rows, 2000-01-01 to 2009-12-01; season 12 rows (frequency MS)" in said.out
    assert "read " in said.out.splitlines()[0]
    assert "dates by 'month'" in said.out
    assert "on its last 12 rows, held out, the forecast was off by" in said.out
    assert said.err == ""
    answer = pd.read_csv(out, parse_dates=["month"])
    assert list(answer["month"]) == list(pd.date_range("2010-01", periods=12, freq="MS"))
    t = np.arange(120, 132)
    truth = 100 + t + 20 * np.sin(2 * np.pi * t / 12)
    assert np.sqrt(np.mean((answer["sales"] - truth) ** 2)) < 4
    assert "2010-01-01" in said.out
    assert f"{answer['sales'].iloc[-1]:.6f}" in said.out
    assert picture.read_bytes()[:4] == b"\x89PNG"
    forecasts = drawn["display"].forecasts
    begin = {label: curves.times[0] for label, curves in forecasts.items()}
    assert begin["forecast of the held-out part"] == np.datetime64("2009-01-01")
    assert begin["forecast"] == np.datetime64("2010-01-01")
    np.testing.assert_allclose(forecasts["forecast"].values[:, 0], answer["sales"])


def test_the_table_is_of_the_held_out_rows(csv, capsys):
    table = monthly()
    main(["forecast", csv(table), *QUICK, "--verbose"])
    x = table["sales"].to_numpy()
    drift = (x[12:108] - x[:96]).mean()
    out = capsys.readouterr().out
    for name in ("forecast", "naive", "seasonal naive", "seasonal naive with drift"):
        assert any(line.startswith(name + "  ") for line in out.splitlines())
    assert out.count("<- best") == 1
    assert "by 4 rolling origins" in out
    assert "voter: networks" in out
    said = out.replace("  <- best", "").splitlines()
    for name, forecast in {
        "naive": np.full(12, x[107]),
        "seasonal naive": x[96:108],
        "seasonal naive with drift": x[96:108] + drift,
    }.items():
        rmse = np.sqrt(np.mean((forecast - x[108:]) ** 2))
        mae = np.abs(forecast - x[108:]).mean()
        assert f"{name:<34}{rmse:>10.4g}{mae:>10.4g}" in said


def test_a_seed_repeats_and_stdout_is_csv_alone(csv, capsys):
    path = csv(monthly())
    answers = []
    for seed in ("1", "1", "2"):
        assert main(["forecast", path, *QUICK, "--out", "-", "--seed", seed]) == 0
        said = capsys.readouterr()
        assert "held out, the forecast was off by" in said.err
        answers.append(pd.read_csv(io.StringIO(said.out)))
    assert list(answers[0].columns)[:2] == ["month", "sales"]
    assert answers[0].equals(answers[1])
    assert not answers[0].equals(answers[2])


def test_rows_without_dates_and_a_season_by_autocorrelation(csv, capsys):
    table = pd.DataFrame({"x": np.sin(np.arange(300) * 2 * np.pi / 25)})
    assert main(["forecast", csv(table), *QUICK, "--steps", "10"]) == 0
    out = capsys.readouterr().out
    assert "season 25 rows (autocorrelation of the training part)" in out
    assert "\n300 " in out
    assert "\n309 " in out
    assert main(["forecast", csv(table), *QUICK, "--steps", "10", "--season", "1"]) == 0
    out = capsys.readouterr().out
    assert "no season (--season)" in out
    assert "naive" in out


def test_several_columns_and_json(csv, capsys, tmp_path):
    table = monthly().assign(other=lambda t: t["sales"][::-1].to_numpy())
    out, picture = tmp_path / "out.csv", tmp_path / "two.png"
    options = ["--column", "sales", "other", "--json", "--out", str(out), "--plot", str(picture)]
    assert main(["forecast", csv(table), *QUICK, *options]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert list(report) == ["sales", "other"]
    written = pd.read_csv(out)
    assert [name for name in written.columns if " " not in name] == ["month", "sales", "other"]
    sales = report["sales"]
    assert sales["season"] == 12
    assert [row["value"] for row in sales["forecast"]] == pytest.approx(list(written["sales"]))
    assert sales["forecast"][0]["month"] == "2010-01-01 00:00:00"
    assert f"{sales['held_out_errors']['forecast']['MAE']:.4g}" in said.err
    assert len(sales["simple_forecast"]) == 12
    settings = sales["candidates"][0]
    reservoir = {k[11:]: v for k, v in settings.items() if k.startswith("reservoir__")}
    assert Reservoir(**reservoir).fit(np.zeros((3, 1))).n_units == 30
    assert picture.read_bytes()[:4] == b"\x89PNG"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("header", [True, False])
def test_separators_and_files_without_a_header(tmp_path, capsys, separator, header):
    path = tmp_path / "data.csv"
    monthly().to_csv(path, index=False, sep=separator, header=header)
    assert main(["forecast", str(path), *QUICK]) == 0
    name = "sales" if header else "column2"
    assert f"{name}: 120 rows, 2000-01-01 to 2009-12-01" in capsys.readouterr().out


def test_a_random_walk_has_no_season():
    walk = np.random.default_rng(0).standard_normal(400)
    assert season_by_autocorrelation(walk) == 1
    assert season_by_autocorrelation(np.arange(50.0)) == 1


def test_gaps_are_counted(csv, capsys):
    table = monthly().drop(index=[5, 6, 40])
    table.loc[80, "sales"] = np.nan
    assert main(["forecast", csv(table), *QUICK]) == 0
    said = capsys.readouterr()
    assert "3 dates are missing: 2000-06, 2000-07, 2003-05" in said.out
    assert "4 of 120 rows are missing; the longest gap has 2\n" in said.out
    assert "120 rows, 2000-01-01 to 2009-12-01" in said.out


def test_gaps_know_nothing_of_the_held_out_rows(csv, capsys):
    table, found = monthly(96), []
    table.loc[78:82, "sales"] = np.nan
    for more in (0, 15):
        table.loc[84:, "sales"] += more
        assert main(["forecast", csv(table), "--json", *QUICK]) == 0
        found.append(json.loads(capsys.readouterr().out)["sales"])
    assert found[0]["held_out_rows"] == 12
    assert found[0]["best_score"] == found[1]["best_score"]
    assert found[0]["held_out_errors"] != found[1]["held_out_errors"]


def test_errors_on_the_held_out_part_are_over_rows_that_were_seen(csv, capsys):
    whole, table = monthly(96), monthly(96)
    table.loc[86:92, "sales"] = np.nan  # a line through them would be nobody's truth
    assert main(["forecast", csv(table), "--json", *QUICK]) == 0
    found = json.loads(capsys.readouterr().out)["sales"]
    assert found["held_out_rows"] == 12
    naive = np.abs(whole["sales"][83] - whole["sales"][[84, 85, 93, 94, 95]])
    assert found["held_out_errors"]["naive"]["MAE"] == pytest.approx(naive.mean())


def test_a_forecast_that_is_lost_is_no_better_for_it():
    truth = np.array([[1.0], [np.nan], [3.0]])
    lost = np.array([[1.0], [2.0], [np.nan]])
    found = errors_of(truth, {"a": np.full((3, 1), 2.0), "b": lost})
    assert found == {"a": {"RMSE": 1.0, "MAE": 1.0}, "b": {"RMSE": np.inf, "MAE": np.inf}}


def test_half_of_the_rows_and_long_gaps_may_be_missing(csv, capsys):
    table = monthly(120)
    table.loc[1:96:2, "sales"] = np.nan
    table.loc[30:60, "sales"] = np.nan
    assert main(["forecast", csv(table), "--json", *QUICK]) == 0
    said = capsys.readouterr()
    assert "64 of 120 rows are missing; the longest gap has 33\n" in said.err
    found = json.loads(said.out)["sales"]["held_out_errors"]
    assert found["forecast"]["MAE"] < found["naive"]["MAE"]


@pytest.mark.parametrize(
    ("header", "dates", "wanted"),
    [
        ("Year", range(1900, 2000), "1900-01-01 to 1999-01-01"),
        ("date", pd.date_range("2000-01-01", periods=100).strftime("%Y%m%d"), "frequency D"),
        ("when", pd.date_range("2000-01-03", periods=100, freq="B").astype(str), "frequency B"),
        ("t", pd.date_range("2000-01-03", periods=100, freq="h").astype(str), "season 24"),
        ("t", pd.date_range("2000-01-03", periods=100, freq="15min").astype(str), "season"),
    ],
)  # fmt: skip
def test_dates_are_recognised(csv, capsys, header, dates, wanted):
    x = np.random.default_rng(0).standard_normal(100)
    main(["forecast", csv(pd.DataFrame({header: dates, "x": x})), *QUICK, "--steps", "5"])
    said = capsys.readouterr()
    assert wanted in said.out + said.err


def with_x(x, **columns):
    return pd.DataFrame({**columns, "x": x})


N = np.random.default_rng(0).standard_normal(100)


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (with_x(np.ones(100)), [], "column 'x' is constant: there is nothing to forecast"),
        (with_x(np.full(100, np.nan), y=N), ["--column", "x"],
         "column 'x' cannot be forecast: it holds no values"),
        (with_x(np.where(N > 2, np.inf, N)), [], "column 'x' holds infinity"),
        (with_x(N[:7]), [], "column 'x' is too short: 7 rows, where 8 are the least"),
        (with_x(N), ["--steps", "400"], "column 'x' is too short: 100 rows, where --steps is 400"),
        (with_x(N), ["--season", "60"], "where --season 60 needs 124"),
        (with_x(N), ["--column", "z"], "no column 'z'; there are: x"),
        (with_x(N, y=N), [], "choose a column with --column; there are: y, x"),
        ("x\n1\n2\nthree\n4\n", [], "column 'x' is not numeric: 'three' in line 4"),
        ("x\n", [], "has no rows"),
        ("", [], "has no rows"),
        ("x\n1\n2,3\n", [], "line 3: 2 cells, '2, 3' ..., under a header of 1"),
        (with_x(np.where(np.arange(100) % 20 == 3, N, np.nan)), [],
         "column 'x' is too short: 5 rows that hold a value, where 8 are the least"),
        (with_x(N), ["--json", "--out", "-"], "--json and --out - both write to stdout"),
        (with_x(N, d=["2000-01-01"] * 100), [], "the dates must be unique; 2000-01-01"),
        (with_x(N[:5], d=["2000-01-01", "2000-01-02", None, "2000-01-04", "2000-01-05"]), [],
         "column 'd' holds dates, but none in line 4"),
        (with_x(N, d=pd.Timestamp("2000") + pd.to_timedelta(np.arange(100) ** 2, "min")), [],
         "the dates are not regular"),
        (with_x(N), ["--out", "nowhere/x.csv"], "cannot write nowhere/x.csv: there is no"),
    ],
    ids=lambda value: value if isinstance(value, str) and "\n" not in value else "",
)  # fmt: skip
def test_errors_are_one_line_and_status_2(csv, capsys, table, options, message):
    assert main(["forecast", csv(table), *QUICK, *options]) == 2
    last = capsys.readouterr().err.rstrip("\n").splitlines()
    assert last[-1].startswith("reservoir: error: ")
    assert message in last[-1]


def test_a_missing_file(capsys):
    assert main(["forecast", "nowhere.csv"]) == 2
    assert capsys.readouterr().err == "reservoir: error: no such file: nowhere.csv\n"


@pytest.mark.parametrize("option", ["--steps", "--season", "--units"])
@pytest.mark.parametrize("value", ["0", "-1", "two"])
def test_options_are_positive_integers(capsys, option, value):
    with pytest.raises(SystemExit, match="2"):
        main(["forecast", option, value])
    assert f"argument {option}: must be an integer ≥ 1; got '{value}'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["pandas", "matplotlib"])
def test_a_missing_extra_is_named(name):
    code = (
        f"import sys; sys.modules['{name}'] = None; from reservoir.__main__ import main;"
        "sys.exit(main(['forecast', '--plot', 'x.png']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 2
    wanted = f'reservoir: error: this needs {name}: pip install "reservoir-learn[cli]"\n'
    assert done.stderr == wanted


def test_without_a_file_it_forecasts_co2(capsys):
    assert main(["forecast", "--steps", "26", "--units", "20"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "59 of 2284 rows are missing; the longest gap has 18\n" in out
    assert "now your file: reservoir forecast FILE.csv" in out
    assert "co2: 2284 rows, 1958-03-29 to 2001-12-29; season 52 rows (frequency W-SAT)" in out
    assert "\n2002-01-05 " in out
    assert "\n2002-06-29 " in out


# what it loses, what it lets in


def test_short_files_have_a_modest_answer(csv, capsys):
    for n_rows, held_out in ((36, 6), (16, 2)):
        assert main(["forecast", csv(monthly(n_rows)), *QUICK]) == 0
        out = capsys.readouterr().out
        assert f"the last {held_out} rows are held out" in out
        assert "forecast of the " in out


def test_nothing_is_written_over_the_input_or_half(csv, tmp_path, capsys, monkeypatch):
    path = csv(monthly())
    before = (tmp_path / "data.csv").read_bytes()
    assert main(["forecast", path, *QUICK, "--out", path]) == 2
    assert "it is the file that is read" in capsys.readouterr().err
    assert (tmp_path / "data.csv").read_bytes() == before
    assert main(["forecast", path, *QUICK, "--plot", str(tmp_path / "x.gif3")]) == 2
    assert "its ending must be one of .png" in capsys.readouterr().err
    out = tmp_path / "out.csv"
    out.write_text("as it was")

    def full(self, path, *args, **options):
        Path(path).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_csv", full)
    assert main(["forecast", path, *QUICK, "--out", str(out)]) == 2
    assert f"cannot write {out}: No space left on device" in capsys.readouterr().err
    assert out.read_text() == "as it was"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data.csv", "out.csv"]


def test_cells_that_a_spreadsheet_would_run_are_escaped(csv, capsys):
    table = monthly().rename(columns={"sales": "=cmd()", "month": "@month"})
    assert main(["forecast", csv(table), *QUICK, "--out", "-"]) == 0
    assert capsys.readouterr().out.startswith("'@month,'=cmd()")


def test_a_simple_rule_that_was_better_is_told_and_written(csv, tmp_path, capsys):
    walk = pd.DataFrame({"x": np.random.default_rng(3).normal(size=150).cumsum()})
    out = tmp_path / "out.csv"
    assert main(["forecast", csv(walk), *QUICK, "--json", "--out", str(out)]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)["x"]
    best = report["better_on_the_held_out_part"]
    errors = report["held_out_errors"]
    assert best == min(errors, key=lambda name: errors[name]["RMSE"])
    written = pd.read_csv(out)
    assert (f"x {best}" in written.columns) == (best != "forecast")
    assert ("was the better one" in said.err) == (best != "forecast")


@pytest.mark.parametrize("squares", [(2.0, 1.5), (1.5, 2.0)])
@pytest.mark.parametrize("means", [(1.0, 1.2), (1.2, 1.0)])
def test_which_is_better_is_told_by_the_figures_beside_it(squares, means):
    pairs = zip(("forecast", "naive"), squares, means, strict=True)
    errors = {name: {"RMSE": root, "MAE": mean} for name, root, mean in pairs}
    answer, said = pd.Series([1.0, 2.0]), []
    plan = SimpleNamespace(held_out=12)
    result = Result(answer, plan, [], 0.0, errors, answer, answer, answer)
    say_result(result, said.append, verbose=False, below_zero=False)
    assert ("was the better one" in said[0]) == (squares[1] < squares[0])
    assert f"off by {means[0]:.4g} on average" in said[0]
    disagree = (squares[1] < squares[0]) != (means[1] < means[0])
    roots = f"(by root mean square {squares[1]:.4g} against {squares[0]:.4g})"
    assert (roots in said[0]) == ("root mean square" in said[0]) == disagree


def test_bands_bounds_and_exogenous_columns(csv, tmp_path, capsys):
    rng = np.random.default_rng(0)
    promotion = rng.integers(0, 2, 134)
    x = 2 + np.tile([0.0, 1, 2, 3, 1, 0, -1], 20)[:134] + 3 * promotion + rng.uniform(0, 0.2, 134)
    table = pd.DataFrame(
        {"day": pd.date_range("2020-01-01", periods=134), "x": x, "promo": promotion}
    )
    table.loc[120:, "x"] = np.nan
    out = tmp_path / "out.csv"
    options = ["--exog", "promo", "--steps", "14", "--min", "0", "--quantiles", "0.1", "0.9"]
    assert main(["forecast", csv(table), *QUICK, *options, "--out", str(out)]) == 0
    capsys.readouterr()
    answer = pd.read_csv(out)
    assert list(answer.columns)[:4] == ["day", "x", "x quantile 0.1", "x quantile 0.9"]
    assert answer["day"][0] == "2020-04-30"
    assert np.sqrt(np.mean((answer["x"] - x[120:]) ** 2)) < 1.0
    assert (answer["x quantile 0.1"] >= 0).all()
    assert main(["forecast", csv(table[:120]), *QUICK, *options]) == 2
    assert "--exog promo has no value for 2020-04-30" in capsys.readouterr().err
    coming = csv(table[["day", "promo"]][120:], "coming.csv")
    options[2:2] = ["--exog-file", coming]
    assert main(["forecast", csv(table[:120]), *QUICK, *options, "--out", str(out)]) == 0
    np.testing.assert_allclose(pd.read_csv(out)["x"], answer["x"])
    assert main(["forecast", csv(table[:120]), *QUICK, "--column", "x", "--min", "5"]) == 2
    assert "--min and --max must hold the data" in capsys.readouterr().err


def test_long_files_and_all_columns(csv, tmp_path, capsys):
    table = monthly(60)
    long = pd.concat([table.assign(shop=name) for name in ("north", "south")])
    out = tmp_path / "out.csv"
    assert main(["forecast", csv(long), *QUICK, "--id", "shop", "--out", str(out)]) == 0
    assert {"north", "south"} <= set(pd.read_csv(out).columns)
    wide = table.assign(other=table["sales"] + 1)
    assert main(["forecast", csv(wide), *QUICK, "--all", "--out", str(out)]) == 0
    assert {"sales", "other"} <= set(pd.read_csv(out).columns)
    capsys.readouterr()


def test_a_wild_last_value_is_warned_of(csv, capsys):
    for n_rows, told in (
        (120, "1 value lies far from all others, and is taken as not seen: 4000 in row 2009-12"),
        (19, "warning: the last value, 4000, is far from all before it"),  # few to tell
    ):
        table = monthly(n_rows)
        table.loc[n_rows - 1, "sales"] = 4000.0
        assert main(["forecast", csv(table), *QUICK]) == 0
        assert told in capsys.readouterr().out


def test_help_is_quick_and_a_pipe_is_read(capsys):
    code = (
        "import sys, reservoir.__main__ as m; m._parser().format_help(); print(sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "'sklearn'" not in done.stdout
    assert "'numpy'" not in done.stdout
    done = subprocess.run(
        [sys.executable, "-m", "reservoir", "forecast", "-", "--steps", "3", *QUICK],
        input=monthly(40).to_csv(index=False), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0
    assert "read standard input: 40 rows, 2000-01-01 to 2003-04-01" in done.stdout
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("reservoir-learn 0.")


def test_hours_of_trade_are_dated(csv, tmp_path, capsys):
    days = pd.bdate_range("2020-01-01", periods=30)
    at = [day + pd.Timedelta(minutes=m) for day in days for m in range(570, 960, 30)]
    values = np.tile(np.arange(13.0), 30) + np.random.default_rng(0).normal(0, 0.1, 390)
    out = tmp_path / "out.csv"
    table = pd.DataFrame({"at": at, "price": values})
    options = ["--steps", "14", "--out", str(out), "--plot", str(tmp_path / "x.png")]
    assert main(["forecast", csv(table), *QUICK, *options]) == 0
    assert "390 rows, 2020-01-01 to 2020-02-11" in capsys.readouterr().out
    answer = pd.read_csv(out)
    assert answer["at"][0] == "2020-02-12 09:30:00"
    assert answer["at"][13] == "2020-02-13 09:30:00"


def test_columns_that_cannot_be_forecast_do_not_stop_the_others(tmp_path, capsys):
    wave = np.sin(0.9 * np.arange(60)).round(4)
    broken = [f"{v}" for v in wave[:-2]] + ["broken", "err"]
    late = [np.nan] * 56 + [*wave[:4]]
    frame = pd.DataFrame({"a": wave, "b": broken, "c": 7, "e": late, "z": 2 * wave})
    path = tmp_path / "x.csv"
    frame.to_csv(path, index=False)
    main(["forecast", str(path), "--all", "--steps", "2", "--out", str(tmp_path / "o.csv")])
    told = capsys.readouterr().out
    for part in (
        "left out: column 'b' is not numeric: 'broken' in line 60",
        "left out: column 'c' is constant",
        "left out: column 'e' is too short: 4 rows",
    ):
        assert part in told
    assert [*pd.read_csv(tmp_path / "o.csv", index_col=0).filter(["a", "z"])] == ["a", "z"]
    long = pd.DataFrame({"id": ["s"] * 60 + ["u"] * 4, "v": [*wave, *wave[:4]]})
    long.to_csv(path, index=False)
    main(["forecast", str(path), "--id", "id", "--steps", "2"])
    assert "left out: column 'u' is too short: 4 rows" in capsys.readouterr().out
    for options in (["--column", "a", "e"], ["--column", "a", "b"]):  # as asked for, or not at all
        frame.to_csv(path, index=False)
        assert main(["forecast", str(path), *options, "--steps", "2"]) == 2
    frame[["b", "c"]].to_csv(path, index=False)
    assert main(["forecast", str(path), "--all"]) == 2
    assert "error: column 'b' is not numeric" in capsys.readouterr().err
