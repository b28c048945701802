"""Reservoirs of one's own, from the contracts alone, dropped into every estimator."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from reservoir import (
    BidirectionalReservoir,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    ExpandedReservoir,
    Reservoir,
    RidgeReadout,
    RidgeReadoutClassifier,
)
from reservoir.dynamics import Rule, StatesSink, Stepper, run
from reservoir.dynamics.batch import Batch
from reservoir.dynamics.driver import in_chunks
from reservoir.esn.closed_loop import closed_loop
from reservoir.readouts import BaseReadout
from reservoir.reservoirs import BaseReservoir
from reservoir.reservoirs.expanded import MAPS
from reservoir.ridge import RidgeStatistics


class DelayReservoir(BaseReservoir):
    """Next-generation: the last inputs and their squares (Gauthier et al. 2021)."""

    def __init__(self, n_delays=3):
        self.n_delays = n_delays

    def make_rule(self, sequences, streams):
        return DelayRule(self.n_features_in_, self.n_delays)


class DelayRule(Rule):
    def __init__(self, n_features, n_delays):
        self.n_features, self.n_state = n_features, n_features * n_delays
        self.n_seen = 2 * self.n_state

    def stepper(self, state):
        return DelayStepper(state, self.n_features)


class DelayStepper(Stepper):
    def __init__(self, state, n_features):
        self.state, self.input = state.copy(), np.zeros((n_features, state.shape[1]))

    def step(self, noise=None):
        self.state = np.vstack([self.input, self.state[: -len(self.input)]])

    @property
    def seen(self):
        return np.vstack([self.state, self.state**2])


def delays(u, n_delays=3):
    """The features by hand."""
    padded = np.vstack([np.zeros((n_delays - 1, u.shape[1])), u])
    rows = np.hstack([padded[n_delays - 1 - k : len(padded) - k] for k in range(n_delays)])
    return np.hstack([rows, rows**2])


def signal(n_steps=600, seed=0, d=2):
    return np.random.default_rng(seed).uniform(-1, 1, (n_steps, d))


def target(u):
    return np.vstack([u[:1], u[:-1]]) ** 2 + u


def test_a_rule_of_ones_own_in_a_regressor():
    u, y = signal(), target(signal())
    model = ESNRegressor(DelayReservoir(), RidgeReadout(1e-3, washout=5)).fit(u, y)
    ridge = Ridge(1e-3, solver="svd").fit(delays(u)[5:], y[5:])
    np.testing.assert_allclose(model.readout_.coef_, ridge.coef_, rtol=1e-8, atol=1e-10)
    v = signal(seed=1)
    wanted = ridge.predict(delays(np.vstack([u, v]))[len(u) :])
    np.testing.assert_allclose(model.predict(v), wanted, atol=1e-9)
    streamed = clone(model)
    for part in np.split(np.arange(600), [100, 101, 350]):
        streamed.partial_fit(u[part], y[part])
    np.testing.assert_allclose(streamed.readout_.coef_, ridge.coef_, rtol=1e-7, atol=1e-9)
    beside = clone(model).set_params(passthrough=True).fit(u, y)
    assert beside.readout_.coef_.shape == (2, 14)
    last = np.stack([y[k : k + 60][-1] for k in range(0, 600, 60)])
    panel = clone(beside).fit(u.reshape(10, 60, 2), last)
    rows = np.stack([np.hstack([delays(x)[-1], x[-1]]) for x in u.reshape(10, 60, 2)])
    wanted = Ridge(1e-3, solver="svd").fit(rows, last).predict(rows)
    np.testing.assert_allclose(panel.predict(u.reshape(10, 60, 2)), wanted, atol=1e-7)


def test_a_rule_of_ones_own_runs_freely_and_is_searched():
    x = np.sin(0.3 * np.arange(700))[:, None] + 2.0
    model = ESNForecaster(DelayReservoir(), RidgeReadout(1e-9, washout=5)).fit(x[:600])
    np.testing.assert_allclose(model.forecast(100), x[600:], atol=1e-4)
    search = GridSearchCV(
        ESNRegressor(DelayReservoir(), RidgeReadout(1e-6, washout=5)),
        {"reservoir__n_delays": [1, 2]}, cv=TimeSeriesSplit(3),
    ).fit(signal(), target(signal()))  # fmt: skip
    assert search.best_params_ == {"reservoir__n_delays": 2}
    assert search.best_score_ > 0.999


def test_a_rule_of_ones_own_classifies():
    phase = np.random.default_rng(0).uniform(0, 6, 60)
    X = [np.sin((0.3 + 0.3 * (k % 2)) * np.arange(40) + p)[:, None] for k, p in enumerate(phase)]
    y = np.arange(60) % 2
    assert ESNClassifier(DelayReservoir(5)).fit(X[:40], y[:40]).score(X[40:], y[40:]) > 0.9
    labels = [(np.roll(x[:, 0], 1) > 0).astype(int) for x in X]
    steps = ESNClassifier(DelayReservoir(5)).fit(X[:40], labels[:40])
    assert steps.score(X[40:], labels[40:]) > 0.9


def test_what_a_foreign_reservoir_lacks_is_named():
    class Halfway(TransformerMixin, BaseEstimator):
        def fit(self, X, y=None):
            self.update_ = object()
            return self

        def initial_state(self, n_sequences=1):
            return np.zeros((3, n_sequences))

        def transform(self, X):
            return X

    with pytest.raises(TypeError, match=r"lacks training_noise, update_.n_features, .*stepper"):
        ESNRegressor(Halfway()).fit(signal(), target(signal()))


class Counter(Rule):
    """Counts its steps for ever."""

    n_features, forgets = 1, False
    n_state = n_seen = 1

    def stepper(self, state):
        return CounterStepper(state)


class CounterStepper(Stepper):
    def __init__(self, state):
        self.state, self.input = state.copy(), np.zeros((1, state.shape[1]))
        self.seen = self.state

    def step(self, noise=None):
        self.state += 1


def test_a_rule_that_never_forgets_is_never_cut():
    rule, items = Counter(), [np.zeros((30_000, 1))]
    sink = StatesSink([30_000], 1, float)
    end = run(rule, items, rule.initial_state(), sink)
    np.testing.assert_array_equal(sink.arrays[0][:, 0], np.arange(1, 30_001))
    assert end == 30_000
    with pytest.MonkeyPatch.context() as patch:  # were it cut, a check would notice
        patch.setattr(Counter, "forgets", True)
        run(rule, items, rule.initial_state(), sink)
    np.testing.assert_array_equal(sink.arrays[0][:, 0], np.arange(1, 30_001))


# more of a reservoir


def expanded_by_hand(states, u, maps, lags):
    columns = {
        "state": states, "input": u, "square": states**2, "input_square": u**2,
        "product": states[:, 1:] * states[:, :-1],
        "alternate": np.where(np.arange(states.shape[1]) % 2, states**2, states),
    }  # fmt: skip
    late = [np.vstack([np.zeros((k, states.shape[1])), states])[: len(states)] for k in lags]
    return np.hstack([*(columns[name] for name in maps), *late])


@settings(max_examples=25, deadline=None)
@given(
    maps=st.lists(st.sampled_from(sorted(MAPS)), min_size=1, max_size=3),
    lags=st.lists(st.integers(1, 4), max_size=2),
    n_steps=st.sampled_from([50, 8000]),
    noise=st.sampled_from([0.0, 0.01]),
)
def test_an_expanded_reservoir_equals_its_features(maps, lags, n_steps, noise):
    u = signal(n_steps)
    inner = Reservoir(12, noise=noise, random_state=0)
    expanded = ExpandedReservoir(inner, maps=maps, delays=lags).fit(u)
    wanted = expanded_by_hand(clone(inner).fit_transform(u), u, maps, lags)
    np.testing.assert_allclose(expanded.transform(u), wanted, rtol=0, atol=1e-10)
    sink = StatesSink([n_steps], wanted.shape[1], float)
    batch = Batch(expanded.update_, [u])
    if in_chunks(batch, expanded.initial_state(), sink, least_steps=64, least_chunks=1) is None:
        assert n_steps < 100  # the longer one was cut
        return
    np.testing.assert_allclose(sink.arrays[0], wanted, rtol=0, atol=1e-10)
    assert len(expanded.get_feature_names_out()) == wanted.shape[1]


def test_an_expanded_reservoir_in_the_estimators():
    u, y = signal(), target(signal())
    reservoir = ExpandedReservoir(
        Reservoir(20, random_state=0), maps=["state", "square", lambda x, u: x[:2] * u], delays=(2,)
    )
    model = ESNRegressor(reservoir, RidgeReadout(1e-3, washout=10), passthrough=True).fit(u, y)
    x = Reservoir(20, random_state=0).fit_transform(u)
    late = np.vstack([np.zeros((2, 20)), x])[:600]
    rows = np.hstack([x, x**2, x[:, :2] * u, late, u])
    ridge = Ridge(1e-3, solver="svd").fit(rows[10:], y[10:])
    np.testing.assert_allclose(model.readout_.coef_, ridge.coef_, rtol=1e-6, atol=1e-8)
    assert model.end_state_.shape == (1, 60)
    series = np.sin(0.2 * np.arange(500))[:, None]
    forecaster = ESNForecaster(
        ExpandedReservoir(Reservoir(20, random_state=0)), RidgeReadout(1e-8), random_state=0
    ).fit(series[:450])
    np.testing.assert_allclose(forecaster.forecast(50), series[450:], atol=1e-3)
    assert "reservoir__reservoir__n_units" in forecaster.get_params()
    seeded = [ESNRegressor(ExpandedReservoir(), random_state=0).fit(u, y) for _ in range(2)]
    np.testing.assert_array_equal(seeded[0].readout_.coef_, seeded[1].readout_.coef_)


def test_noise_reaches_the_reservoir_within():
    u, y = signal(), target(signal())
    quiet, noisy = (
        ESNRegressor(
            ExpandedReservoir(Reservoir(20, noise=n, random_state=0), maps=["state"]),
            RidgeReadout(1e-3, washout=10),
        ).fit(u, y)
        for n in (0.0, 0.1)
    )
    plain = ESNRegressor(
        Reservoir(20, noise=0.1, random_state=0), RidgeReadout(1e-3, washout=10)
    ).fit(u, y)
    np.testing.assert_allclose(noisy.readout_.coef_, plain.readout_.coef_, rtol=1e-9)
    assert np.abs(quiet.readout_.coef_ - plain.readout_.coef_).max() > 1e-3


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"maps": ["cube"]}, r"maps must be one or more of \['alternate', .*got \['cube'\]"),
        ({"maps": []}, r"maps must be one or more of .*got \[\]"),
        ({"delays": [0]}, r"delays must be integers ≥ 1; got \[0\]"),
    ],
)
def test_bad_expansions(parameters, message):
    with pytest.raises(ValueError, match=message):
        ExpandedReservoir(**parameters).fit(signal())


# whole sequences


@pytest.mark.parametrize("per_sequence", [False, True])
def test_a_bidirectional_reservoir_in_a_regressor(per_sequence):
    u = [signal(n, seed=n) for n in (60, 70, 80, 90)]
    y = np.stack([target(x)[-1] for x in u]) if per_sequence else [target(x) for x in u]
    both = BidirectionalReservoir(Reservoir(15, random_state=0), aligned=True)
    model = ESNRegressor(both, RidgeReadout(1e-2, washout=3), passthrough=True).fit(u, y)
    states = [np.hstack(pair) for pair in zip(clone(both).fit_transform(u), u, strict=True)]
    if per_sequence:
        rows, targets = np.stack([x[-1] for x in states]), y
    else:
        rows, targets = (np.concatenate([x[3:] for x in part]) for part in (states, y))
    ridge = Ridge(1e-2, solver="svd").fit(rows, targets)
    np.testing.assert_allclose(model.readout_.coef_, ridge.coef_, rtol=1e-7, atol=1e-9)
    answer = model.predict(u[:2])
    wanted = ridge.predict(rows[:2]) if per_sequence else ridge.predict(states[0])
    np.testing.assert_allclose(answer if per_sequence else answer[0], wanted, atol=1e-9)


def test_what_reads_whole_sequences_cannot_run_freely():
    x = signal(d=1)
    model = ESNForecaster(BidirectionalReservoir(random_state=0), RidgeReadout(1.0)).fit(x)
    with pytest.raises(TypeError, match="reads whole sequences and has no step, so that it cannot"):
        model.forecast(5)
    one = ESNRegressor(BidirectionalReservoir(random_state=0), RidgeReadout(1.0)).fit(x, x)
    np.testing.assert_array_equal(one.predict(x), one.predict(x, initial_state="zero"))


# names


def test_the_reservoir_within_keeps_the_names():
    frame = pd.DataFrame(signal(), columns=["a", "b"])
    model = ESNRegressor(Reservoir(10)).fit(frame, target(signal()))
    assert model.reservoir_.feature_names_in_.tolist() == ["a", "b"]
    assert ESNForecaster(Reservoir(10)).fit(frame).regressor_.reservoir_.n_features_in_ == 2
    again = model.fit(signal(), target(signal()))
    assert not hasattr(again, "feature_names_in_")
    assert not hasattr(again.reservoir_, "feature_names_in_")
    listed = model.fit([frame, frame], np.ones(2))
    assert listed.feature_names_in_.tolist() == ["a", "b"]
    assert not hasattr(listed.fit(np.stack([signal()] * 2), np.ones(2)), "feature_names_in_")


# readouts


class Averaged(BaseReadout):
    """Ridge at two alphas, averaged: a readout of one's own from the contract alone."""

    def __init__(self, alpha=1e-3, *, forgetting=1.0):
        self.alpha = alpha
        self.forgetting = forgetting

    def begin(self, n_features, n_outputs, weights, chunk=None):
        return RidgeStatistics(n_features, n_outputs), None

    def solved(self, statistics, *, squeeze):
        pairs = [statistics.solve(alpha) for alpha in (self.alpha, 10 * self.alpha)]
        coef, intercept = (np.mean(part, axis=0) for part in zip(*pairs, strict=True))
        return self.fitted(statistics, squeeze, coef_=coef, intercept_=intercept)

    def outputs(self, seen):
        return self.coef_ @ seen + self.intercept_[:, None]


def averaged(x, y, alpha=1e-3, weight=None):
    models = [Ridge(a, solver="svd").fit(x, y, weight) for a in (alpha, 10 * alpha)]
    return lambda rows: np.mean([model.predict(rows) for model in models], axis=0)


def test_a_readout_of_ones_own_in_a_regressor():
    u, y = signal(), target(signal())
    model = ESNRegressor(Reservoir(20, random_state=0), Averaged(), random_state=0).fit(u, y)
    x = model.reservoir_.transform(u)
    wanted = averaged(x[model.washout_ :], y[model.washout_ :])(x)
    np.testing.assert_allclose(model.predict(u, initial_state="zero"), wanted, atol=1e-8)
    streamed = clone(model)
    for part in np.split(np.arange(600), [200, 203, 350]):
        streamed.partial_fit(u[part], y[part])
    late = averaged(x[streamed.washout_ :], y[streamed.washout_ :])(x)
    np.testing.assert_allclose(streamed.predict(u, initial_state="zero"), late, atol=1e-7)
    other = averaged(x[model.washout_ :], y[model.washout_ :], 0.5)(x)
    for resolved in (model.resolved(alpha=0.5), *model.alpha_path([0.5])):
        np.testing.assert_allclose(resolved.predict(u, initial_state="zero"), other, atol=1e-8)
    merged = clone(model).fit_statistics(
        model.statistics([u[:300]], [y[:300]]) + model.statistics([u[300:]], [y[300:]])
    )
    halves = clone(model).fit([u[:300], u[300:]], [y[:300], y[300:]])
    np.testing.assert_allclose(merged.readout_.coef_, halves.readout_.coef_, atol=1e-8)
    with pytest.raises(TypeError, match="return_std needs a RidgeReadout"):
        model.predict(u, return_std=True)
    online = clone(model).set_params(readout__forgetting=0.99).fit(u[:300], y[:300])
    predicted = online.predict_then_update(u[300:], y[300:], every=10)
    assert np.abs(predicted - y[300:]).mean() < 0.5 * y.std()
    alone = Averaged().fit(x, y[:, 0])
    np.testing.assert_allclose(alone.predict(x), averaged(x, y[:, 0])(x), atol=1e-9)
    assert alone.partial_fit(x[:50], y[:50, 0]).n_steps_seen_ == 650


def test_a_readout_of_ones_own_runs_freely_and_is_searched():
    x = np.sin(0.3 * np.arange(700))[:, None] + 2.0
    model = ESNForecaster(Reservoir(50, random_state=0), Averaged(1e-9)).fit(x[:600])
    np.testing.assert_allclose(model.forecast(100), x[600:], atol=1e-2)
    path = model.alpha_path([1e-9, 1e-2])
    both = model.rolling_path(path, x[600:], 20)
    for each, one in zip(both, path, strict=True):
        np.testing.assert_allclose(each, one.rolling_forecast(x[600:], 20), atol=1e-10)
    search = GridSearchCV(
        ESNRegressor(Reservoir(20, random_state=0), Averaged()),
        {"readout__alpha": [1e-6, 1e3]}, cv=TimeSeriesSplit(3),
    ).fit(signal(), target(signal()))  # fmt: skip
    assert search.best_params_ == {"readout__alpha": 1e-6}


def test_half_a_readout_is_told_what_it_lacks():
    class Half(BaseEstimator):
        def begin(self):
            pass

        def solved(self):
            pass

        def outputs(self):
            pass

    with pytest.raises(TypeError, match="lacks washout, forgetting, path, std: a readout of one's"):
        ESNRegressor(readout=Half()).fit(signal(), target(signal()))

    class Old(RidgeReadout):
        def finish(self, statistics, *, squeeze):
            return self

    with pytest.raises(TypeError, match="has a finish, which nothing calls any more"):
        ESNRegressor(readout=Old()).fit(signal(), target(signal()))


class Strange(BaseEstimator):
    """A third party's regressor, without scikit-learn's declared constraints."""

    def fit(self, X, y):
        self.first_ = X[0].copy()
        return self

    def predict(self, X):
        return X[:, 0] + self.first_[0]


def test_third_parties_and_classifiers_read_out():
    u, y = signal(), target(signal())[:, 0]
    model = ESNRegressor(Reservoir(20, random_state=0), Strange()).fit(u, y)
    x = model.reservoir_.transform(u)
    wanted = x[:, 0] + x[model.washout_, 0]
    np.testing.assert_allclose(model.predict(u, initial_state="zero"), wanted, atol=1e-12)
    labels = (u[:, 0] > 0).astype(float)
    classified = ESNRegressor(Reservoir(20, random_state=0), RidgeReadoutClassifier())
    assert (classified.fit(u, labels).predict(u) == labels).mean() > 0.9


def test_foreign_rows_come_in_order():
    """Blocks come in any order; a learner that minds the order gets the rows as they are."""
    u = [signal(n, seed=n) for n in (5000, 4000)]

    class Rows(Strange):
        def fit(self, X, y):
            self.X_, self.y_ = X.copy(), y.copy()
            return super().fit(X, y)

    y = [np.arange(len(x), dtype=float) + 10_000 * k for k, x in enumerate(u)]
    model = ESNRegressor(Reservoir(20, random_state=0), Rows()).fit(u, y)
    kept = [slice(model.washout_, None)] * 2
    states = model.reservoir_.transform(u)
    wanted = np.concatenate([x[k] for x, k in zip(states, kept, strict=True)])
    np.testing.assert_allclose(model.readout_.X_, wanted, atol=1e-10)
    np.testing.assert_array_equal(
        model.readout_.y_, np.concatenate([t[k] for t, k in zip(y, kept, strict=True)])
    )


class Exploding:
    """A readout of one's own that is infinite for a step, and would come back."""

    def outputs(self, seen):
        self.calls = getattr(self, "calls", 0) + 1
        return np.full((1, seen.shape[1]), np.inf if self.calls == 3 else 0.5)


def test_a_run_that_is_not_finite_stays_so():
    reservoir = Reservoir(10, random_state=0).fit(np.zeros((5, 1)))
    stepper = reservoir.update_.stepper(np.zeros((10, 2)))
    run = closed_loop(stepper, np.full((1, 2), 0.5), [Exploding()], 40)
    assert np.isfinite(run[:2]).all()
    assert np.isnan(run[2:]).all()
