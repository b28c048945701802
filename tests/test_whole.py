"""Calls that happen as a whole or not at all, and what streams and is checked once."""

import contextlib
import sys

import numpy as np
import pytest
from sklearn.base import clone

from reservoir import (
    BidirectionalReservoir,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    Reservoir,
    RidgeReadout,
    RidgeReadoutClassifier,
)
from reservoir.dynamics import Buffer, Sink
from reservoir.esn.rows import Rows
from reservoir.representations import Representation

from .test_seam import Averaged, signal, target

# all or nothing


REFUSED = {
    "NaN": lambda u, y: (np.where(u > 0.99, np.nan, u), y),
    "lengths": lambda u, y: (u, y[:-1]),
    "empty": lambda u, y: (u[:0], y[:0]),
    "too few rows": lambda u, y: (u[:8], y[:8]),
    "width": lambda u, y: (u[:, :0], y),
    "infinite targets": lambda u, y: (u, np.where(y > 0.9, np.inf, y)),
    "text": lambda u, y: (u.astype(str).astype(object) + "a", y),
    "y of another kind": lambda u, y: (u, None),
}


@pytest.mark.parametrize("kind", sorted(REFUSED))
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    "estimator",
    [
        ESNRegressor(Reservoir(15, random_state=0), RidgeReadout(washout=8)),
        ESNForecaster(Reservoir(15, random_state=0), RidgeReadout(washout=8)),
        RidgeReadout(washout=8),
        ESNClassifier(Reservoir(15, random_state=0), random_state=0),
        RidgeReadoutClassifier(RidgeReadout(washout=8)),
        Reservoir(15, random_state=0),
    ],
    ids=lambda e: type(e).__name__,
)
def test_a_refused_call_leaves_the_model_as_it_was(estimator, method, kind):
    u, y = signal(d=2), target(signal(d=2))[:, 0]
    labels = isinstance(estimator, (ESNClassifier, RidgeReadoutClassifier))
    y = (y > 0).astype(float) if labels else y
    if not hasattr(estimator, method):
        pytest.skip("it has no partial_fit")
    model = clone(estimator).fit(u, y)
    before = dict(vars(model))
    answer = getattr(model, "predict", None) or model.transform
    wanted = answer(u)
    spoilt = REFUSED[kind](u, y)
    with contextlib.suppress(ValueError, TypeError):
        getattr(model, method)(*spoilt)
        return  # some are no fault to some
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is value for name, value in before.items())
    np.testing.assert_array_equal(answer(u), wanted)


def test_an_interrupt_leaves_the_model_as_it_was(monkeypatch):
    u, y = signal(), target(signal())
    model = ESNRegressor(Reservoir(15, random_state=0), RidgeReadout(washout=8)).fit(u, y)
    wanted = model.predict(u)

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("reservoir.esn.network.sum_of", interrupted)
    for learn in (model.fit, model.partial_fit):
        with pytest.raises(KeyboardInterrupt):
            learn(u, y)
        np.testing.assert_array_equal(model.predict(u), wanted)


# validated once


@pytest.mark.parametrize(
    ("estimator", "most"),
    [
        (ESNRegressor(Reservoir(15)), 1),
        (ESNForecaster(Reservoir(15)), 1),
        (ESNClassifier(Reservoir(15)), 3),
        (ESNClassifier(), 9),  # of two channels, told in four ways: a fit of rows each
    ],
)
def test_data_are_checked_once(estimator, most, monkeypatch):
    calls = []
    for name, module in list(sys.modules.items()):
        original = getattr(module, "check_sequences", None)
        if name.startswith("reservoir") and original is not None:
            monkeypatch.setattr(
                module, "check_sequences", lambda *a, f=original, **k: calls.append(a) or f(*a, **k)
            )
    X = [signal(60, seed=k) for k in range(6)]
    steps = [(x[:, 0] > 0).astype(int) for x in X]
    classifier = isinstance(estimator, ESNClassifier)
    for y in [np.arange(6) % 2, steps] if classifier else [[target(x) for x in X]]:
        calls.clear()
        estimator.fit(X, y)
        assert 1 <= len(calls) <= most


# representations


class Highest(Representation):
    """The highest state of every unit: a streaming representation of one's own."""

    def __init__(self, washout=0):
        self.washout = washout

    def _plain(self, states):
        return np.stack([x.max(axis=0) for x in states])

    def sink(self, lengths, dtype):
        return HighestSink(len(lengths), self.n_features_in_)


class HighestSink(Sink):
    def __init__(self, n_sequences, n_seen):
        self.shape, self._buffer = (n_sequences, n_seen), Buffer(float)
        self.restart()

    def restart(self):
        self.highest = np.full(self.shape, -np.inf)

    def room(self, n_steps, n_columns):
        return self._buffer.shaped(self.shape[1], n_steps, n_columns)

    def take(self, stretch):
        for column, sequence, _ in stretch.spans():
            at = self.highest[sequence]
            np.maximum(at, stretch.seen[:, :, column].max(axis=1), out=at)

    def rows(self):
        return self.highest


def two_kinds(n=30):
    y = np.arange(n) % 2
    return [(1 + k) * np.sin((0.2 + 0.2 * k) * np.arange(40 + i))[:, None]
            for i, k in enumerate(y)], y  # fmt: skip


@pytest.mark.parametrize(
    "reservoir",
    [Reservoir(12, random_state=0), BidirectionalReservoir(Reservoir(6, random_state=0))],
)
def test_a_representation_of_ones_own_streams(reservoir, monkeypatch):
    X, y = two_kinds()
    model = ESNClassifier(reservoir, Highest(), scaler="passthrough").fit(X, y)
    held = []
    original = Rows._states

    def holding(self, items):
        held.append(len(items))
        return original(self, items)

    monkeypatch.setattr(Rows, "_states", holding)
    rows = np.stack([x.max(axis=0) for x in clone(reservoir).fit(X).transform(X)])
    wanted = RidgeReadoutClassifier().fit(rows, y)
    decisions = model.decision_function(X)
    np.testing.assert_allclose(decisions, wanted.decision_function(rows), atol=1e-9)
    assert not held  # streamed
    monkeypatch.setattr("reservoir.esn.rows.MOST_VALUES", 12 * 200)
    sampled = clone(model).fit(X, y)
    assert sum(held) < 10  # a sample alone
    np.testing.assert_allclose(sampled.decision_function(X), decisions, atol=1e-9)


def test_a_readout_of_ones_own_classifies():
    X, y = two_kinds()
    readout = RidgeReadoutClassifier(Averaged())
    model = ESNClassifier(Reservoir(12, random_state=0), readout=readout).fit(X, y)
    assert model.score(X, y) == 1.0
    assert model.predict_proba(X).shape == (30, 2)
    labels = [(x[:, 0] > 0).astype(int) for x in X]
    steps = ESNClassifier(Reservoir(12, random_state=0), readout=readout).fit(X, labels)
    assert steps.score(X, labels) > 0.9
