"""What the default classifier looks at: differences, and channels together or apart."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from reservoir import DeepReservoir, ESNClassifier, Reservoir
from reservoir.esn.views import of_views, units


@pytest.mark.parametrize("n_channels", [1, 3, 9])
def test_frequencies_are_told_on_many_channels(n_channels):
    """Each channel has a phase of its own, so that mixed they say nothing."""

    def draw(seed):
        rng, y = np.random.default_rng(seed), np.arange(120) % 5
        t = np.arange(100)[:, None]
        phases = rng.uniform(0, 2 * np.pi, (120, n_channels))
        return [np.sin(2 * np.pi * (0.02 + 0.015 * k) * t + p) for k, p in zip(y, phases)], y

    (X, y), (unseen, truth) = draw(0), draw(1)
    assert ESNClassifier(random_state=0).fit(X, y).score(unseen, truth) >= 0.98


@pytest.mark.parametrize(("n_channels", "most"), [(1, 310), (12, 400), (200, 1500)])
def test_many_channels_do_not_make_many_units(n_channels, most):
    u = np.random.default_rng(0).normal(size=(30, n_channels))
    deep = of_views(300, n_channels).fit(u)
    views, groups = deep.reservoirs_
    assert groups.update_.n_seen <= 420
    assert deep.update_.n_seen <= most
    told = {k for own in groups.features for k in own}
    assert told == set(range(5 * n_channels))  # every channel and difference, somewhere


def test_channels_are_told_together_or_apart_by_the_labels_left_out():
    rng, y = np.random.default_rng(0), np.arange(60) % 2
    t = np.arange(60)
    together, apart = [], []
    for k in y:  # whether two of six channels move alike; and how fast each of two does
        channels = rng.normal(size=(60, 6))
        channels[:, 1] = channels[:, 0] * (1 if k else -1)
        together.append(channels + 1.2 * rng.normal(size=(60, 6)))
        phases = rng.uniform(0, 2 * np.pi, 2)
        apart.append(np.sin(t[:, None] / (4 + 2 * k) + phases) + rng.normal(size=(60, 2)))
    for X, wanted in ((together, Reservoir), (apart, DeepReservoir)):
        model, d = ESNClassifier(random_state=0).fit(X, y), X[0].shape[1]
        losses = {}
        for reservoir in (of_views(300, d), units(300, d)):
            one = ESNClassifier(reservoir, random_state=0).fit(X, y)
            losses[type(reservoir)] = one.readout_.left_out_loss_
        assert min(losses, key=losses.get) is type(model.reservoir_) is wanted
    given = ESNClassifier(readout=LogisticRegression(), random_state=0).fit(together, y)
    assert isinstance(given.reservoir_, DeepReservoir)  # whose losses are not known
