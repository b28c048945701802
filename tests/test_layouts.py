"""Rows and columns the other way round, and what says so."""

import warnings

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from reservoir import (
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    PanelForecaster,
    Reservoir,
    RidgeReadout,
)
from reservoir.model_selection import forecasting_search

pd = pytest.importorskip("pandas")

RNG = np.random.default_rng(0)
F, A = RNG.uniform(0.05, 0.5, 150), RNG.uniform(0.5, 2.0, 150)
WAVES = A[:, None] * np.sin(F[:, None] * np.arange(60) + RNG.uniform(0, 6.3, 150)[:, None])
WAVES = (WAVES + 0.1 * RNG.normal(size=WAVES.shape))[:, :, None]


def test_rows_that_are_sequences_are_told():
    flat = WAVES[:, :, 0]
    with pytest.warns(UserWarning, match=r"\(150, 60\) is read as one series of 60 features"):
        ESNRegressor(random_state=0).fit(flat, F)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noise = np.random.default_rng(1).normal(size=(150, 60))  # nothing goes on
        ESNRegressor(random_state=0).fit(noise, F)
        sensors = np.sin(0.1 * np.arange(150)[:, None] + 0.1 * np.arange(60))  # a field in time
        ESNRegressor(random_state=0).fit(sensors, F)
        ESNRegressor(random_state=0).fit(flat[:, :12], F)


def test_a_classifier_tells_how_it_reads_a_shape():
    X = RNG.normal(size=(40, 30))
    with pytest.warns(UserWarning, match=r"shape \(40, 30\) is read as one series of 40"):
        ESNClassifier(Reservoir(10, random_state=0)).fit(X, np.arange(40) % 2)
    with pytest.warns(UserWarning, match=r"If they are of 2 channels and 30 steps, pass reservoir"):
        ESNClassifier(Reservoir(10, random_state=0)).fit(X.reshape(20, 2, 30), np.arange(20) % 2)


@pytest.mark.parametrize(
    "forecaster",
    [ESNForecaster(Reservoir(10), RidgeReadout(1.0)), PanelForecaster(season=1, horizon=2)],
    ids=["one network", "panel"],
)
def test_series_that_are_rows_are_told_by_forecasters(forecaster):
    rows = np.sin(0.4 * np.arange(200) + np.arange(6)[:, None] ** 2) + 0.1 * np.arange(6)[:, None]
    gaps = np.where(np.arange(1200).reshape(6, 200) == 205, np.nan, rows)
    names = pd.DataFrame(rows, index=[*"abcdef"])
    for wide in (rows, gaps, names):
        with pytest.warns(UserWarning, match=r"^X of shape \(6, 200\) is read .*pass X.T.$"):
            forecaster.fit(wide)
    with pytest.warns(UserWarning, match="pass X.T"):
        forecasting_search(horizon=2).fit(np.vstack([rows, 2 * rows[:4]]))
    rng = np.random.default_rng(0)
    days = np.arange(140) + np.arange(6)[:, None]
    weeks = 8 * np.sin(2 * np.pi * days / 7) + rng.normal(size=days.shape)
    with pytest.warns(UserWarning, match="pass X.T"):
        forecaster.fit(weeks + 50 * np.arange(6)[:, None])
    walks = rng.normal(size=(12, 60)).cumsum(axis=0)
    dated = pd.DataFrame(rows, index=pd.date_range("2020", periods=6))
    field = np.sin(0.3 * np.arange(40)[:, None] + 0.05 * np.arange(60))
    shared = rng.normal(size=(12, 1)) + 0.1 * rng.normal(size=(12, 60))  # as by one weather
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for right in (walks, dated, field, shared, rng.normal(size=(12, 60)), rows.T):
            forecaster.fit(right)


def test_sequences_of_channels_by_steps_are_told():
    channels = WAVES.transpose(0, 2, 1)
    with pytest.warns(UserWarning, match=r"\(150, 1, 60\) is read .*pass .*from_aeon\(X\)"):
        ESNRegressor(random_state=0).fit(channels, F)
    with pytest.warns(
        UserWarning, match=r"X\[0\] of shape \(1, 60\).*np.transpose\(x\) for x in X"
    ):
        ESNRegressor(random_state=0).fit(list(channels), F)
    with pytest.warns(UserWarning, match=r"X\[0\] of shape \(1, 60\) is read as sequences of 1"):
        ESNClassifier(Reservoir(10), random_state=0).fit(list(channels), F > 0.3)


def test_a_reservoir_tells_of_rows_that_are_sequences():
    pipeline = make_pipeline(Reservoir(20, random_state=0), Ridge())
    with pytest.warns(UserWarning, match=r"\(150, 60\) is read .*pass X\[:, :, None\].$"):
        pipeline.fit(WAVES[:, :, 0], F)
    with pytest.warns(UserWarning, match=r"\(150, 1, 60\) is read .*from_aeon\(X\)"):
        Reservoir(20, random_state=0).fit(WAVES.transpose(0, 2, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Reservoir(20, random_state=0).fit(WAVES)
        features = np.random.default_rng(0).normal(size=(150, 5, 40))  # of five frames of a film
        Reservoir(20, random_state=0).fit(features + 9 * np.arange(40) ** 0.5 % 1)
        ESNRegressor(random_state=0).fit(features, F)
        ESNRegressor(random_state=0).fit(WAVES, F)


def test_errors_of_few_rows_say_so():
    wave = np.sin(0.4 * np.arange(200))
    with pytest.raises(ValueError, match=r"at least 3 rows, .* got 1 \(n_samples=1\).*pass X.T"):
        ESNForecaster().fit(wave[None])
    with pytest.raises(ValueError, match=r"at least 8 rows .* got 2.*pass X.T"):
        forecasting_search(horizon=2).fit(np.array([wave, wave]))
    ragged = [np.zeros((3, n)) for n in (40, 44, 51)]
    with pytest.raises(ValueError, match=r"got \[40, 44, 51\].*all of 3 rows.*np.transpose\(x\)"):
        ESNClassifier().fit(ragged, [0, 1, 0])
