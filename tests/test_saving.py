"""What is written of an estimator is read as it was: pickle, joblib and skops."""

import importlib
import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import skops.io
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

import reservoir.saving
from reservoir import (
    BidirectionalReservoir,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    ExpandedReservoir,
    MeanState,
    PanelForecaster,
    Reservoir,
    RidgeReadout,
    StepwiseTransformer,
    pretrained,
)
from reservoir.activations import ACTIVATIONS
from reservoir.model_selection import forecasting_search
from reservoir.reservoirs.expanded import MAPS
from reservoir.saving import TRUSTED, index_of, plain_index

from .test_interrupts import CASES

SIX = pd.offsets.CustomBusinessDay(weekmask="Mon Tue Wed Thu Fri Sat")
HOLIDAYS = pd.offsets.CustomBusinessDay(holidays=["2020-01-06", "2020-04-13"])
SESSIONS = pd.offsets.CustomBusinessHour(start="10:00", end="18:00", weekmask="1111110")
WAVE = np.sin(np.arange(120) * 0.3)
INDICES = {
    "range": pd.RangeIndex(5, 125),
    "numbers": pd.Index(np.arange(120) * 2),
    "days": pd.date_range("2020-01-01", periods=120, name="day"),
    "zone": pd.date_range("2020-03-01", periods=120, freq="h", tz="Europe/Paris"),
    "utc": pd.date_range("2020-03-01", periods=120, freq="15min", tz="UTC"),
    "month ends": pd.date_range("2000-01-31", periods=120, freq="ME"),
    "no frequency": pd.DatetimeIndex(
        np.datetime64("2020-01-01") + np.cumsum(np.arange(120) % 3 + 1)
    ),
    "six days a week": pd.date_range("2020-01-01", periods=120, freq=SIX),
    "sessions": pd.date_range("2020-01-01", periods=120, freq=SESSIONS, tz="America/New_York"),
    "holidays": pd.date_range("2020-01-01", periods=120, freq=HOLIDAYS),
    "days that change their length": pd.date_range("2020-01-01", periods=120, tz="Europe/Paris"),
    "a month and two days": pd.date_range(
        "2000-01-01", periods=120, freq=pd.DateOffset(months=1, days=2)
    ),
    "months": pd.period_range("2000-01", periods=120, freq="M"),
    "times passed": pd.timedelta_range("1h", periods=120, freq="h"),
    "text": pd.Index([f"row {k}" for k in range(120)]),
    "levels": pd.MultiIndex.from_product([["a", "b"], range(60)], names=["id", "row"]),
}


def by_pickle(model):
    return pickle.loads(pickle.dumps(model))


def by_skops(model):
    return skops.io.loads(skops.io.dumps(model), trusted=TRUSTED)


WAYS = pytest.mark.parametrize("there_and_back", [by_pickle, by_skops])


@pytest.mark.parametrize("name", INDICES)
def test_an_index_is_told_in_plain_numbers(name):
    index = INDICES[name]
    found = index_of(plain_index(index))
    assert found.identical(index)
    assert getattr(found, "freq", None) == getattr(index, "freq", None)


def same(a, b):
    if hasattr(a, "equals"):
        assert type(a) is type(b)
        assert a.equals(b)
        return
    for mine, wanted in zip(a, b, strict=True):
        np.testing.assert_array_equal(mine, wanted)


@pytest.mark.filterwarnings("ignore")
@WAYS
@pytest.mark.parametrize("name", CASES)
def test_every_estimator_answers_as_before(name, there_and_back):
    estimator, data, _ = CASES[name]
    model = clone(estimator).fit(*data)
    again = there_and_back(model)
    for method in ("predict", "transform"):
        if hasattr(model, method):
            same(getattr(again, method)(data[0]), getattr(model, method)(data[0]))
    if hasattr(model, "forecast"):
        same(again.forecast(5), model.forecast(5))


@pytest.mark.filterwarnings("ignore")
@WAYS
@pytest.mark.parametrize("name", INDICES)
def test_frames_go_on_after_reading(name, there_and_back):
    if name in ("levels", "no frequency", "text"):
        pytest.skip("no series has this index")
    frame = pd.DataFrame({"x": WAVE, "z": WAVE[::-1]}, index=INDICES[name])
    esn = ESNForecaster(Reservoir(15, random_state=0), RidgeReadout(washout=10))
    for model in (clone(esn).fit(frame), clone(esn).fit(frame["x"]), PanelForecaster(4).fit(frame)):
        same(there_and_back(model).forecast(4), model.forecast(4))
    beside = clone(esn).fit(frame[["x"]][:100], exog=frame[["z"]][:100])
    coming = frame[["z"]][100:104]
    same(there_and_back(beside).forecast(4, exog=coming), beside.forecast(4, exog=coming))
    regressor = ESNRegressor(Reservoir(15, random_state=0)).fit(frame[["x"]][:80], frame["z"][:80])
    same(there_and_back(regressor).predict(frame[["x"]][80:]), regressor.predict(frame[["x"]][80:]))
    with pytest.raises(ValueError, match="must go on from the training series"):
        there_and_back(clone(esn).fit(frame[:80])).partial_fit(frame[90:])


def other_models():
    frame = pd.DataFrame({"x": WAVE, "z": WAVE[::-1]}, index=INDICES["days"])
    long = frame.reset_index(names="ds").melt("ds", var_name="unique_id", value_name="y")
    named = long.assign(sale=(long["ds"].dt.day == 1).astype(float))
    small = {"random_state": 0}
    yield "long", PanelForecaster(4).fit(long)
    columns = {name: long[name].to_numpy() for name in ("ds", "y")}
    as_polars = pl.DataFrame({"unique_id": long["unique_id"].tolist(), **columns})
    yield "polars", PanelForecaster(4).fit(as_polars)
    yield "mapping", PanelForecaster(4).fit({"a": WAVE, "b": frame["x"]})
    yield "panel", PanelForecaster(4).fit(np.stack([WAVE, WAVE])[:, :, None])
    yield "exog", PanelForecaster(4).fit(named, exog=["sale"])
    yield "pretrained", pretrained("monthly").partial_fit(WAVE + 3)
    yield "polars series", ESNForecaster(Reservoir(15, **small)).fit(pl.DataFrame({"x": WAVE}))
    search = forecasting_search(horizon=6, n_rows=120, n_units=15, random_state=0)
    yield "search", search.fit(frame[["x"]])
    for activation in ACTIVATIONS:
        reservoir = Reservoir(15, activation=activation, spectral_radius=0.3, **small)
        yield activation, ESNForecaster(reservoir).fit(WAVE)
    maps = ExpandedReservoir(Reservoir(15, **small), maps=list(MAPS), delays=[1, 3])
    yield "maps", ESNForecaster(maps, RidgeReadout(1e-3)).fit(WAVE)
    foreign = ESNForecaster(Reservoir(15, **small), Ridge(1e-3))
    yield "foreign readout", foreign.fit(WAVE)
    stream = ESNForecaster(Reservoir(15, **small), RidgeReadout())
    yield "still settling", stream.partial_fit(WAVE[:30]).partial_fit(WAVE[30:60])
    yield "many", ESNForecaster(Reservoir(15, **small)).fit([frame, frame])


@pytest.mark.filterwarnings("ignore")
def test_every_kind_of_part_and_data():
    coming = pd.DataFrame(
        {"unique_id": ["x"] * 4 + ["z"] * 4, "sale": 0.0,
         "ds": [*pd.date_range("2020-04-30", periods=4)] * 2}
    )  # fmt: skip
    for name, model in other_models():
        for there_and_back in (by_pickle, by_skops):
            again = there_and_back(model)
            options = {"exog": coming} if name == "exog" else {}
            found, wanted = again.forecast(4, **options), model.forecast(4, **options)
            if isinstance(wanted, dict):
                found, wanted = list(found.values()), list(wanted.values())
            same(found, wanted)


@WAYS
def test_classifiers_of_every_kind(there_and_back):
    X, y = np.random.default_rng(0).uniform(-1, 1, (8, 20, 2)), list("abababab")
    small = {"random_state": 0}
    for model in (
        ESNClassifier(random_state=0),
        ESNClassifier(BidirectionalReservoir(Reservoir(15, **small)), "last"),
        ESNClassifier(
            Reservoir(15, **small), make_pipeline(StepwiseTransformer(PCA(3)), MeanState())
        ),
        ESNClassifier(Reservoir(15, **small), readout=LogisticRegression()),
    ):  # fmt: skip
        fitted = clone(model).fit(X, y)
        same(there_and_back(fitted).predict(X), fitted.predict(X))


def test_what_is_trusted_is_of_this_library():
    for name in TRUSTED:
        module, _, attribute = name.rpartition(".")
        if name.startswith("reservoir."):
            assert getattr(importlib.import_module(module), attribute).__module__ == module


def doubled(x):
    return 2 * np.tanh(x)


def test_an_activation_of_ones_own():
    model = ESNForecaster(Reservoir(15, activation=doubled, random_state=0)).fit(WAVE)
    same(by_pickle(model).forecast(5), model.forecast(5))
    written = skops.io.dumps(model)
    with pytest.raises(skops.io.exceptions.UntrustedTypesFoundException, match="doubled"):
        skops.io.loads(written, trusted=TRUSTED)
    own = [*TRUSTED, f"{__name__}.doubled"]
    same(skops.io.loads(written, trusted=own).forecast(5), model.forecast(5))


@pytest.mark.parametrize("name", CASES)
@WAYS
def test_another_version_is_told(name, there_and_back, monkeypatch):
    estimator, _, _ = CASES[name]
    monkeypatch.setattr(reservoir.saving, "__version__", "0.0.7")
    written = pickle.dumps(estimator)
    monkeypatch.undo()
    with pytest.warns(UserWarning, match=r"saved by reservoir-learn 0.0.7, and is read by 0.1"):
        pickle.loads(written)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        there_and_back(estimator)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("with_exog", [False, True])
@pytest.mark.parametrize(
    "model",
    [
        ESNForecaster(Reservoir(15, random_state=0), RidgeReadout(washout=10)),
        PanelForecaster(4),
        forecasting_search(horizon=6, n_rows=120, n_units=15, sharpness=0, random_state=0),
    ],
    ids=lambda model: type(model).__name__,
)
def test_what_is_kept_is_a_copy(model, with_exog):
    """What was handed over may change afterwards."""
    given, beside = WAVE.reshape(-1, 1).copy(), WAVE[::-1].reshape(-1, 1).copy()
    panel = isinstance(model, PanelForecaster)
    wrapped = (lambda rows: [rows]) if panel else (lambda rows: rows)
    coming = {"exog": wrapped(np.zeros((4, 1)))} if with_exog else {}
    model = clone(model).fit(given, **({"exog": wrapped(beside)} if with_exog else {}))

    def answers():
        rolls = hasattr(model, "rolling_forecast") and not with_exog
        rolled = [model.rolling_forecast(WAVE[:20, None], 5)] if rolls else []
        bands = [] if with_exog else [model.forecast_quantiles(4)]
        return [model.forecast(4, **coming), *rolled, *bands]

    wanted = answers()
    given[:], beside[:] = 0.0, 0.0
    for found, answer in zip(answers(), wanted, strict=True):
        np.testing.assert_array_equal(found, answer)
