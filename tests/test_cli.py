"""The command line: what it reads, says and writes, and the one line of each error."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest

from reservoir.__main__ import main
from reservoir.plotting import ForecastDisplay
from reservoir.series import season_by_autocorrelation

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
    for name in ("echo state network", "naive", "seasonal naive", "seasonal naive with drift"):
        assert any(line.startswith(name + "  ") for line in said.out.splitlines())
    assert said.out.count("<- best") == 1
    assert said.err == "searching 128 settings from 4 origins ...\n"
    answer = pd.read_csv(out, parse_dates=["month"])
    assert list(answer["month"]) == list(pd.date_range("2010-01", periods=12, freq="MS"))
    t = np.arange(120, 132)
    truth = 100 + t + 20 * np.sin(2 * np.pi * t / 12)
    assert np.sqrt(np.mean((answer["sales"] - truth) ** 2)) < 4
    assert "2010-01-01" in said.out
    assert f"{answer['sales'].iloc[-1]:.6f}" in said.out
    assert picture.read_bytes()[:4] == b"\x89PNG"
    forecasts = drawn["display"].forecasts
    assert [start for start, _ in forecasts.values()] == [108, 120]
    np.testing.assert_allclose(forecasts["forecast"][1], answer["sales"])


def test_the_table_is_of_the_held_out_rows(csv, capsys):
    table = monthly()
    main(["forecast", csv(table), *QUICK])
    x = table["sales"].to_numpy()
    drift = (x[12:108] - x[:96]).mean()
    said = capsys.readouterr().out.replace("  <- best", "").splitlines()
    for name, forecast in {
        "naive": np.full(12, x[107]),
        "seasonal naive": x[96:108],
        "seasonal naive with drift": x[96:108] + drift,
    }.items():
        rmse = np.sqrt(np.mean((forecast - x[108:]) ** 2))
        mae = np.abs(forecast - x[108:]).mean()
        assert f"{name:<28}{rmse:>10.4g}{mae:>10.4g}" in said


def test_a_seed_repeats_and_stdout_is_csv_alone(csv, capsys):
    path = csv(monthly())
    answers = []
    for seed in ("1", "1", "2"):
        assert main(["forecast", path, *QUICK, "--out", "-", "--seed", seed]) == 0
        said = capsys.readouterr()
        assert "echo state network" in said.err
        answers.append(pd.read_csv(io.StringIO(said.out)))
    assert list(answers[0].columns) == ["month", "sales"]
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
    assert "naive with drift" in out


def test_several_columns_and_json(csv, capsys, tmp_path):
    table = monthly().assign(other=lambda t: t["sales"][::-1].to_numpy())
    out, picture = tmp_path / "out.csv", tmp_path / "two.png"
    options = ["--column", "sales", "other", "--json", "--out", str(out), "--plot", str(picture)]
    assert main(["forecast", csv(table), *QUICK, *options]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert list(report) == ["sales", "other"]
    written = pd.read_csv(out)
    assert list(written.columns) == ["month", "sales", "other"]
    sales = report["sales"]
    assert sales["season"] == 12
    assert [row["value"] for row in sales["forecast"]] == pytest.approx(list(written["sales"]))
    assert sales["forecast"][0]["month"] == "2010-01-01 00:00:00"
    assert f"{sales['held_out_errors']['naive']['RMSE']:.4g}" in said.err
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


def test_gaps_are_filled_and_counted(csv, capsys):
    table = monthly().drop(index=[5, 6, 40])
    table.loc[80, "sales"] = np.nan
    assert main(["forecast", csv(table), *QUICK]) == 0
    said = capsys.readouterr()
    assert said.err.startswith("filled 4 missing rows of 120; the longest gap has 2\n")
    assert "120 rows, 2000-01-01 to 2009-12-01" in said.out


@pytest.mark.parametrize(
    ("header", "dates", "wanted"),
    [
        ("Year", range(1900, 2000), "1900-01-01 to 1999-01-01"),
        ("date", pd.date_range("2000-01-01", periods=100).strftime("%Y%m%d"), "frequency D"),
        ("when", pd.date_range("2000-01-03", periods=100, freq="B").astype(str), "frequency B"),
        ("t", pd.date_range("2000-01-03", periods=100, freq="h").astype(str), "season 24"),
        ("t", pd.date_range("2000-01-03", periods=100, freq="15min").astype(str), "too short"),
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
GAP = N.copy()
GAP[20:35] = np.nan


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        (with_x(np.ones(100)), [], "column 'x' is constant: there is nothing to forecast"),
        (with_x(np.full(100, np.nan)), [], "column 'x' holds no values"),
        (with_x(np.where(N > 2, np.inf, N)), [], "column 'x' holds infinity"),
        (with_x(N[:12]), [], "column 'x' is too short: 12 rows, where a forecast of 1 steps"),
        (with_x(N), ["--steps", "40"], "column 'x' is too short: 100 rows"),
        (with_x(N), ["--season", "60"], "with a season of 60 needs"),
        (with_x(N), ["--column", "z"], "no column 'z'; there are: x"),
        (with_x(N, y=N), [], "choose a column with --column; there are: y, x"),
        ("x\n1\n2\nthree\n4\n", [], "column 'x' is not numeric: 'three' in row 3"),
        ("x\n", [], "has no rows"),
        ("", [], "cannot be read as CSV: No columns to parse from file"),
        ("x\n1\n2,3\n", [], "cannot be read as CSV: Error tokenizing data"),
        (with_x(np.where(np.arange(100) % 3, N, np.nan)), [],
         "rows are missing, more than a fifth"),
        (with_x(GAP), ["--season", "7"], "a gap of 15 rows is too long to be filled"),
        (with_x(N, d=pd.date_range("2000", periods=100)[::-1]), [],
         "the dates must be in order; 2000-04-08 00:00:00 follows 2000-04-09 00:00:00"),
        (with_x(N), ["--json", "--out", "-"], "--json and --out - both write to stdout"),
        (with_x(N, d=["2000-01-01"] * 100), [], "the dates must be unique; 2000-01-01"),
        (with_x(N[:5], d=["2000-01-01", "2000-01-02", None, "2000-01-04", "2000-01-05"]), [],
         "column 'd' holds dates but none in row 3"),
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
    assert len(last) == 1


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


def test_without_a_file_it_forecasts_co2():
    command = [sys.executable, "-m", "reservoir", "forecast", "--steps", "26", "--units", "40"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0
    filled = "filled 59 missing rows of 2284; the longest gap has 18\n"
    assert done.stderr == filled + "searching 128 settings from 8 origins ...\n"
    assert (
        "co2: 2284 rows, 1958-03-29 to 2001-12-29; season 52 rows (frequency W-SAT)" in done.stdout
    )
    assert "\n2002-01-05 " in done.stdout
    assert "\n2002-06-29 " in done.stdout
