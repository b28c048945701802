"""Inputs on no common scale, and beyond those of the training: what a regressor does, and tells."""

import warnings

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reservoir import NVAR, ESNRegressor, Reservoir, RidgeReadout


def trade(n=400, seed=0):
    """Days with a count of them, temperatures, free days and offers, and what is sold."""
    rng, t = np.random.default_rng(seed), np.arange(n)
    warm = 10 + 8 * np.sin(t * 2 * np.pi / 365) + rng.normal(0, 1, n)
    free, offer = (t % 7 > 4) * 1.0, (rng.random(n) < 0.1) * 1.0
    follows = np.convolve(30 * offer, [0.5, 0.3, 0.2])[:n]
    return np.column_stack([t, warm, free, offer]), 100 + 0.1 * t + 2 * warm + 20 * free + follows


def off(model, X, y, n_train=300):
    return np.sqrt(np.mean((model.predict(X[n_train:]) - y[n_train:]) ** 2)) / y.std()


@pytest.mark.parametrize("seed", [0, 1])
def test_the_default_sees_its_inputs(seed):
    """What goes on beyond the training is followed, as a linear model does: 1.5 by states alone."""
    X, y = trade(seed=seed)
    with pytest.warns(UserWarning, match="near saturation|into saturation"):
        model = ESNRegressor(random_state=0).fit(X[:300], y[:300])
    assert model.readout_.coef_.shape[-1] == 104
    assert off(model, X, y) < 0.8
    scaled = make_pipeline(StandardScaler(), ESNRegressor(random_state=0)).fit(X[:300], y[:300])
    assert off(scaled, X, y) < 0.15 < off(LinearRegression().fit(X[:300], y[:300]), X, y)


def test_who_sees_the_inputs():
    """The default reservoir's readout does, searched or not; a given one's where it is told."""
    X, y = trade(200)
    X = StandardScaler().fit_transform(X)
    for model, wanted in (
        (ESNRegressor(), 104),
        (ESNRegressor(passthrough=False), 100),
        (clone(ESNRegressor().set_params(reservoir__leak_rate=0.5)), 104),
        (ESNRegressor().set_params(reservoir=Reservoir(20)), 20),
        (ESNRegressor(Reservoir(20)), 20),
        (ESNRegressor(Reservoir(20)).set_params(reservoir__leak_rate=0.5), 20),
        (ESNRegressor(Reservoir(20), passthrough=True), 24),
    ):
        assert model.fit(X, y).readout_.n_features_in_ == wanted


def test_predictions_far_beyond_all_targets_are_told():
    X, y = trade()
    X = StandardScaler().fit(X[:120]).transform(X)
    slow = ESNRegressor(Reservoir(50, leak_rate=0.1, random_state=0))
    for learned in (
        clone(slow).fit(X[:120], y[:120]),
        clone(slow).partial_fit(X[:60], y[:60]).partial_fit(X[60:120], y[60:120]),
    ):
        told = r"far beyond all targets of the training, which are \S+ to \S+: \S+ in row (\d+)\."
        with pytest.warns(UserWarning, match=told) as found:
            answer = learned.predict(X[120:])
        message = str(found[0].message)
        assert f"{y[:120].min():.4g} to {y[:120].max():.4g}" in message
        row = int(message.split("in row ")[1].split(".")[0])
        assert f"{answer[row]:.4g} in row" in message
        margin = np.ptp(y[:120])
        beyond = np.maximum(y[:120].min() - margin - answer, answer - y[:120].max() - margin)
        assert row == beyond.argmax()
        assert beyond[row] > 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ESNRegressor(random_state=0).fit(X[:120], y[:120]).predict(X[120:])


def test_what_was_learned_since_is_within_reach():
    rng = np.random.default_rng(0)
    u = rng.uniform(-1, 1, (300, 1))
    y = np.where(np.arange(300) < 150, u[:, 0], 9 * u[:, 0])
    model = ESNRegressor(Reservoir(8, random_state=0), RidgeReadout(1e-6, forgetting=0.95))
    model.fit(u[:150], y[:150]).predict_then_update(u[150:250], y[150:250])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(u[250:])
    several = ESNRegressor(Reservoir(30, random_state=0), RidgeReadout(1e-6))
    several.fit(u, np.column_stack([u, np.ones(300)]))  # one of them never moves
    with pytest.warns(UserWarning, match="predictions of output 0 are far beyond"):
        several.predict(40 * np.ones((60, 1)) - 80 * (u[:60] < 0))


def test_a_start_from_nothing_is_not_told():
    """Its rows are told as those of a cold start, or left out."""
    X, y = trade()
    X = StandardScaler().fit_transform(X)
    model = ESNRegressor(Reservoir(50, random_state=0), RidgeReadout(1e-9)).fit(X, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = model.predict(X, initial_state="zero")
    assert np.isfinite(first).all()


def test_inputs_far_from_zero_are_told():
    """Temperatures that are not scaled: no unit is saturated, and some are near."""
    X, y = trade()
    model = ESNRegressor(Reservoir(50, random_state=0))
    with pytest.warns(UserWarning, match=r"\d% of .* near saturation.*column 0 of X is about 9.86"):
        model.fit(X[:, 1:], y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.fit(X[:, 1:] / [10, 1, 1], y)
        clone(model).set_params(reservoir__input_scaling=0.01).fit(X[:, 1:], y)


def test_a_reservoir_in_a_pipeline_tells_it_as_well():
    X, y = trade()
    with pytest.warns(UserWarning, match="near saturation.*Scale it before"):
        make_pipeline(Reservoir(50, random_state=0), LinearRegression()).fit(X[:, 1:], y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        make_pipeline(StandardScaler(), Reservoir(50), LinearRegression()).fit(X[:, 1:], y)
        make_pipeline(NVAR(), LinearRegression()).fit(np.sign(X - X.mean(axis=0)), y)  # no units
