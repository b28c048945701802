"""Small versions of the figures in the docs."""

import gzip
import json
from functools import partial

import numpy as np
import pytest

from benchmarks import (
    alpha_path,
    bands,
    climate,
    co2,
    ctf,
    defaults,
    diagnostics,
    drift,
    extrinsic,
    fields,
    liquid,
    lorenz,
    million,
    panels,
    peers,
    real_series,
    reservoirs,
    speed,
    structured,
    votes,
)
from reservoir import ESNRegressor, Reservoir, RidgeReadout
from reservoir.dynamics.paths import VARIABLE

pytestmark = pytest.mark.slow


def test_scores_of_the_common_task():
    """As published: 100 is the truth, 0 as far off as zero is, a constant far below."""
    x = np.random.default_rng(0).normal(size=(1000, 3)) + 5
    assert ctf.close(x, x) == ctf.short(x, x) == ctf.long(x, x) == 100.0
    assert ctf.close(x, np.zeros_like(x)) == pytest.approx(0.0)
    off = ctf.short(x, x + np.linspace(0, 1, 1000)[:, None])
    assert off == pytest.approx(
        100 * (1 - np.linalg.norm(np.repeat(np.linspace(0, 1, 1000)[:20, None], 3, 1), 2)
               / np.linalg.norm(x[:20], 2))
    )  # fmt: skip
    assert ctf.long(x, np.full_like(x, 5.0)) < -100


def test_climate(monkeypatch):
    """The search's answer is where a true twin is, parroting is far off."""
    monkeypatch.setattr(climate, "STEPS", 2000)
    monkeypatch.setattr(climate, "period_of", lambda name: 0.75)  # as it is found, in seconds
    (found,) = climate.main(["--systems", "Lorenz", "--seeds", "1"])
    assert found["search"][0] < 1.6 * found["true twin"][0] + 0.1 < found["parroting"][0]


def test_lorenz():
    """Three reservoirs, 100 starts each: mean 12.6 Lyapunov times."""
    assert lorenz.main(["--seeds", "1", "--starts", "10"]).mean() >= 11


def test_lorenz_precise():
    """Three reservoirs, 40 starts each: mean 26.2 Lyapunov times; by the Gram matrix 12."""
    assert lorenz.main(["--seeds", "1", "--starts", "10", "--precise"]).mean() >= 25


def test_co2():
    """Three seeds: 0.845 of the better simple forecast; one seed alone scatters about it."""
    assert co2.main(["--seeds", "1", "--units", "60", "--origins", "3"]) < 0.9


def test_speed(tmp_path):
    """Two cores, 100,000 steps: a fit is 3.0 floors at 100 units, 1.7 at 300, 1.2 at 1000."""
    ratios = speed.main(
        ["--units", "200", "--steps", "10000", "--repeats", "2", "--no-cases"]
        + ["--out", str(tmp_path / "s")]
    )[200]
    assert ratios["loop / transform"] > 1
    assert ratios["fit / floor"] > 0.5  # nothing is faster than its parts
    assert set(json.loads((tmp_path / "s.json").read_text())["ratios"]) == {"200"}
    assert "| 200 |" in (tmp_path / "s.md").read_text()
    assert (tmp_path / "s.png").stat().st_size > 5000


def test_reservoirs(tmp_path):
    """Of 200 units: a delay line remembers more steps than a sparse one; 10 Lyapunov times."""
    by = reservoirs.measured
    setting = (0.9, 0.03, 0.0)
    line, sparse = (by("memory", kind, 0, setting) for kind in ("delay_line", "sparse"))
    assert line > 1.4 * sparse > 30
    assert by("NARMA-10", "ring", 0, (0.99, 0.03, 1.0)) < 0.35
    assert by("rank", "low_rank", 0, setting) < by("rank", "sparse", 0, setting)
    reservoirs.pictures(tmp_path)
    assert (tmp_path / "topologies.png").stat().st_size > 50_000


def test_structured(monkeypatch):
    """Ten reservoirs of 1000 units: as good as a dense matrix; 131,072 units take 4.3 ms a step."""
    monkeypatch.setenv(VARIABLE, "0")
    assert set(structured.cost(256, 20, 1)) == {"structured", "sparse", "dense"}
    monkeypatch.setitem(structured.KINDS, "dense", (structured.KINDS["dense"][0], 256))
    assert set(structured.cost(2**11, 3, 1)) == {"structured", "sparse"}
    error = structured.narma10(partial(structured.KINDS["structured"][0], 100), 0)
    assert 0.1 < error < 0.4  # of 100 units


def test_diagnostics(tmp_path):
    result = diagnostics.main(["--quick", "--seeds", "1", "--out", str(tmp_path / "diagnostics")])
    assert all(row["memory"][1] > 98 for row in result["memory"])
    loop = result["loops"][0]
    np.testing.assert_allclose(loop["exponents"], loop["published"], atol=0.3)
    assert loop["climate"]["state space"][0] < 2 * loop["climate"]["state space"][1] + 1
    assert "| orthogonal |" in (tmp_path / "diagnostics.md").read_text()


def test_fields(tmp_path, monkeypatch):
    few = Reservoir(400, spectral_radius=0.1, input_scaling=0.05)  # in a third of the time
    monkeypatch.setitem(fields.KS, "reservoir", few)
    own = ["KS, L = 100", "--seeds", "1", "--starts", "1", "--rows", "300"]
    (row,) = fields.main([*own, "--out", str(tmp_path / "fields")])
    assert row["lost"] == 0
    assert row["mean"] > 3  # of a tenth of the rows
    assert "| KS, L = 100 | 300 |" in (tmp_path / "fields.md").read_text()
    maps = fields.FIELDS["coupled maps, 16 × 16"]
    assert abs(fields.exponent_of_maps(1500) - maps.exponent) < 0.02


def test_liquid():
    """All of it: z at .13 – .16 of the error of a step that is an input."""
    X, z, _ = liquid.lorenz(0, even=False)
    assert 0.01 <= X[:, 1].min() < X[:, 1].max() <= 0.05
    own = {"spectral_radius": 0.5, "input_scaling": 0.3, "time_constant": (0.01, 0.3)}
    model = ESNRegressor(
        liquid.reservoir("exact leak", None, 0, **own), RidgeReadout(1e-8, washout=200)
    )
    answer = model.fit(X[:3000, :2], z[:3000]).predict(X[3000:, :2])
    assert np.sqrt(np.mean((answer - z[3000:]) ** 2)) / z.std() < 0.02
    found = liquid.sensor(0)
    assert found["steps ignored"] < 0.95 < 0.999 < found["time constants"]


def test_peers(tmp_path, monkeypatch):
    """Every fit in a process of its own; a library that is not there is named.

    Here only another library, and the panel: four processes less.
    """
    apart = peers.in_a_process

    def seldom_apart(name, *sizes):
        mine = name == "ours" and sizes[-1] == 1
        return peers.child(name, *sizes) if mine else apart(name, *sizes)

    monkeypatch.setattr(peers, "in_a_process", seldom_apart)
    monkeypatch.setattr(peers, "PANEL", (100, 200))
    monkeypatch.setenv(VARIABLE, "0")
    rows = peers.main(
        ["--units", "40", "--steps", "4000", "--repeats", "1", "--libraries", "ours", "rclib"]
        + ["--out", str(tmp_path / "peers")]
    )
    ours = [row for row in rows if row["library"] == "ours"]
    assert [row["matrix"] for row in ours] == [
        "density 0.1", "in-degree 10", "density 0.1, 800 steps", "100 x 200 steps",
    ]  # fmt: skip
    for row in ours:
        assert row["nrmse"] < 0.02
        assert row["seconds"] > 0
    others = [row for row in rows if row["library"] == "rclib"]
    assert len(others) == 2
    for other in others:
        assert other.get("nrmse", 0) < 0.02
        assert "ratio" in other or "rclib" in other["failed"]
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".md", ".png"}


def test_a_fit_reads_a_memory_map_block_by_block(tmp_path):
    """Two million steps and 500 units take 47 MB (`benchmarks.peers.PeakMemory`)."""
    n_steps = 400_000
    u = np.memmap(tmp_path / "u", dtype=float, mode="w+", shape=(n_steps, 1))
    for start in range(0, n_steps, 100_000):
        u[start : start + 100_000, 0] = np.sin(np.arange(start, start + 100_000) * 0.3)
    model = ESNRegressor(Reservoir(40, random_state=0), RidgeReadout(1e-6))
    model.fit(u, u)  # what is loaded and compiled once is no memory of the fit
    with peers.PeakMemory() as memory:
        model.fit(u, u)
    assert memory.megabytes < 60  # the states would be 128


def test_drift(tmp_path):
    """Five reservoirs: after a switch the frozen readout's error stays, the others' goes back."""
    out = ["--out", str(tmp_path / "drift")]
    rows = drift.main(["--seeds", "1", "--tasks", "NARMA-10 switch", *out])["NARMA-10 switch"]
    frozen, recursive = rows["frozen"], rows["recursive .9995, every 10"]
    assert frozen["after"] > 4 * frozen["before"]
    assert recursive["after"] < 0.5 * frozen["after"]
    assert recursive["before"] < 1.2 * frozen["before"]
    assert (tmp_path / "drift.png").stat().st_size > 5000


def test_bands():
    """Two seeds, 200 starts: 88 to 94 % where 90 is asked, from 1 to 100 steps ahead."""
    assert (abs(bands.lorenz(0.02, 100, 0) - 0.9) < 0.08).all()


def test_alpha_path(monkeypatch):
    """100,000 steps: 1.46 plain fits by 10 blocks; generalised cross-validation is within 1 %."""
    monkeypatch.setattr(alpha_path, "ALPHAS", alpha_path.ALPHAS[::3])
    found = alpha_path.main(["--steps", "10000", "--repeats", "1", "--seeds", "1", "--units", "50"])
    assert found["10 blocks"] < 10  # of 300
    for task in ("Mackey-Glass", "NARMA-10", "CO2"):
        assert 1 <= found[f"{task}, GCV"] < 1.05


@pytest.mark.parametrize(("claimed", "n_right", "off"), [(0.8, 8, 0.0), (0.9, 5, 0.4)])
def test_how_far_probabilities_may_be_trusted(claimed, n_right, off, monkeypatch):
    from benchmarks import classification

    class Model:
        classes_ = np.array(["a", "b"])

        def __init__(self, random_state):
            pass

        def fit(self, X, y):
            return self

        def predict_proba(self, X):
            return np.tile([claimed, 1 - claimed], (len(X), 1))

    monkeypatch.setattr(classification, "ESNClassifier", Model)
    y = np.array(["a"] * n_right + ["b"] * (10 - n_right))
    right, loss, gap = classification.calibration(([], y, [0] * 10, y), 0)
    assert right == n_right / 10
    assert gap == pytest.approx(off)
    assert loss == pytest.approx(-right * np.log(claimed) - (1 - right) * np.log(1 - claimed))


@pytest.mark.filterwarnings("default")
def test_classification_and_vowels(tmp_path):
    """Ten seeds: 99.4 % on GunPoint; an ensemble of 100 networks has 3 or 4 errors of 370."""
    pytest.importorskip("aeon")
    from benchmarks import classification, vowels

    arguments = ["GunPoint", "--seeds", "2", "--models", "ESNClassifier()"]
    found = classification.main([*arguments, "--out", str(tmp_path / "classes")])
    assert found["GunPoint"]["ESNClassifier()"] > 0.98
    table = (tmp_path / "classes.md").read_text()
    assert "| GunPoint (50 / 150, 150) |" in table
    again = ["GunPoint", "--models", "1-NN DTW", "--out", str(tmp_path / "classes")]
    assert classification.main(again)["GunPoint"] == found["GunPoint"] | {"1-NN DTW": 0.94}
    kept = table.splitlines()[2].split(" | ")[1]  # of what is not run, the cell stays
    assert f" | {kept} | 94.0" in (tmp_path / "classes.md").read_text()
    found = vowels.main(["--no-search", "--members", "40", "--ensembles", "1", "--seeds", "1"])
    assert found["errors of 16 units"] < 15
    assert found["frames, ESNClassifier()"] > found["frames, five frames"] + 0.03


def test_defaults(tmp_path, monkeypatch):
    """Ten reservoirs times four origins: the defaults beside one change at a time."""
    for name, less in {"LONG": 2000, "TRAIN": 1000, "ORIGINS": 1}.items():
        monkeypatch.setattr(defaults, name, less)
    monkeypatch.setattr(
        defaults, "signals", lambda every=defaults.signals: dict([*every().items()][:6])
    )
    small = ["--seeds", "1", "--jobs", "1", "--most", "3"]
    found = defaults.main([*small, "--out", str(tmp_path / "defaults")])
    ours, small = (
        np.array(found[name])
        for name in ("the defaults", "not standardised, units a hundred times smaller")
    )
    assert (small > ours).all()
    assert "| the defaults |" in (tmp_path / "defaults.md").read_text()


@pytest.mark.filterwarnings("default")
def test_votes(tmp_path):
    """66 systems, 14 origins of five real series, two seeds: who should vote."""
    for package in ("dysts", "aeon", "statsmodels"):
        pytest.importorskip(package)
    arguments = ["--seeds", "1", "--systems", "1", "--real", "sunspots", "--jobs", "1"]
    found = votes.main([*arguments, "--out", str(tmp_path / "votes")])
    one, twenty = found["the best one alone"], found["twenty"]
    assert one[2:5:2] == [1.0, 1.0]
    assert twenty[2:5:2] == [20.0, 20.0]
    assert found["five"][0] < 10  # of 200
    assert twenty[3] < one[3]
    assert "| twenty |" in (tmp_path / "votes.md").read_text()


def test_extrinsic(tmp_path):
    """Five seeds: the energy .02, of the final state .4; the sixth next value .006 and .01."""
    asked = ["waves, energy", "--models", "``ESNRegressor()``", "final state", "--seeds", "1"]
    found = extrinsic.main([*asked, "--out", str(tmp_path / "extrinsic")])["waves, energy"]
    ours, final = found.values()
    assert ours[0] < 0.1 < 0.3 < final[0]
    assert "| waves, energy (200 / 100, 100) |" in (tmp_path / "extrinsic.md").read_text()


def test_panels(tmp_path, capsys):
    """On made series, as M3 comes: a class of each season, the last horizon of each is the test."""
    rng = np.random.default_rng(0)
    rows = ["id,class,horizon,values"]
    for kind, horizon in {"yearly": 3, "quarterly": 4, "monthly": 6, "other": 3}.items():
        for k in range(12):
            x = 100 + rng.normal(0.5, 1, 60).cumsum()
            rows.append(f"{kind}{k},{kind},{horizon},{' '.join(f'{v:.3f}' for v in x)}")
    with gzip.open(tmp_path / "m3.csv.gz", "wt") as file:
        file.write("\n".join(rows))
    for extra in ([], ["--validate"]):
        found = panels.main(["--data", str(tmp_path / "m3.csv.gz"), *extra])
        assert set(found) == {"panel", "other half", "Theta", "damped trend", "vote"}
        assert all(0 < value < 10 for value in found.values())
    assert "N-BEATS, quoted" in capsys.readouterr().out


@pytest.mark.filterwarnings("ignore")
def test_million(capsys):
    found = million.main(
        ["--n-series", "40", "--in-part", "20", "--n-workers", "1", "--n-other", "15"]
    )
    assert found["apart"] < 1e-9
    assert 0.3 < found["learned from all"] < 1.5
    assert "40 series on 1 workers in " in capsys.readouterr().out


def test_real_series_are_scored_as_m4_does():
    x = np.random.default_rng(0).normal(100, 1, 60)
    forecast = real_series.naive2(x[:48], 12, 12)
    smape, mase = real_series.errors(x[48:], forecast, x[:48], 12)
    off = np.abs(x[48:] - forecast)
    assert smape == pytest.approx(np.mean(200 * off / (x[48:] + np.abs(forecast))))
    assert mase == pytest.approx(off.mean() / np.abs(x[12:48] - x[:36]).mean())
    assert real_series.owa([[2.0, 3.0]], [[1.0, 2.0]]) == pytest.approx((2.0 + 1.5) / 2)
