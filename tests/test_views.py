"""What the default classifier looks at: differences, and channels together or apart."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from reservoir import DeepReservoir, Differences, ESNClassifier, Reservoir, StateSummary
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


RNG = np.random.default_rng


def test_differences_by_the_spread_of_a_sequence():
    """Whatever the size of a sequence; those without a spread of their own have the training's."""
    train = [RNG(k).normal(size=(50, 2)).cumsum(axis=0) for k in range(4)]
    looked = Differences((1, 3), prior="sequence").fit(train)
    x = 7.0 + RNG(9).normal(size=(40, 2)).cumsum(axis=0)
    found = looked.transform([x])[0]
    for k, lag in enumerate((1, 3)):
        moved = x[lag:] - x[:-lag]
        own = found[:, 2 * (k + 1) : 2 * (k + 2)]
        np.testing.assert_allclose(own[lag:], moved / np.sqrt(np.mean(moved**2, axis=0)))
        assert not own[:lag].any()
    np.testing.assert_allclose(looked.transform([1e-3 * x])[0][:, 2:], found[:, 2:], atol=1e-9)
    flat = looked.transform([1e6 + 1e-10 * RNG(1).normal(size=(30, 2)), x[:2]])
    assert np.abs(flat[0][:, 2:]).max() < 1e-6  # rounding is no spread
    np.testing.assert_array_equal(flat[1][:, 4:], 0.0)  # shorter than the lag
    state, steps = looked.initial_state(), []
    for row in x:
        seen, state = looked.advance(state, row[None, :, None])
        steps.append(seen[:, 0, 0])
    by_training = Differences((1, 3), prior=np.inf).fit(train).transform([x])[0]
    np.testing.assert_allclose(steps, by_training)


def test_both_spreads_side_by_side():
    """The units that are told a difference are told it by one spread, and by the other."""
    u = [RNG(k).normal(size=(30, 2)) for k in range(3)]
    deep = of_views(900, 2, ["sequence", np.inf]).fit(u)
    assert deep.update_.n_seen == deep.reservoirs_[1].update_.n_seen  # no differences themselves
    names = ["u", *(f"own {k}" for k in (1, 2, 4, 8)), "u", *(f"all {k}" for k in (1, 2, 4, 8))]
    told = {tuple(sorted({names[k // 2] for k in own})) for own in deep.reservoirs_[1].features}
    assert told == {("u",), *((f"{by} {k}", "u") for by in ("own", "all") for k in (1, 2, 4, 8))}


@pytest.mark.parametrize("tells", ["shape", "size"])
def test_amplitudes_count_where_they_tell_classes_apart(tells):
    def draw(seed):
        """Walks whose steps are small or large; or waves of any size, slow or fast."""
        rng, y, t = RNG(seed), np.arange(80) % 2, np.arange(60)
        if tells == "size":
            steps = rng.normal(size=(80, 60)) * (1.0 + 0.5 * y[:, None])
            return steps.cumsum(axis=1)[:, :, None], y
        waves = np.sin((0.3 + 0.03 * y[:, None]) * t + rng.uniform(0, 6.3, (80, 1)))
        waves += 0.05 * rng.normal(size=waves.shape)
        return (np.exp(rng.normal(size=(80, 1))) * waves)[:, :, None], y

    (X, y), (unseen, truth) = draw(0), draw(1)
    model = ESNClassifier(random_state=0).fit(X, y)
    assert model.score(unseen, truth) >= 0.95
    losses = [
        ESNClassifier(of_views(300, 1, priors), random_state=0).fit(X, y).readout_.left_out_loss_
        for priors in (["sequence"], [np.inf], ["sequence", np.inf])
    ]
    assert model.readout_.left_out_loss_ <= min(losses) + 1e-3


def test_what_differs_by_rounding_tells_nothing():
    """Series of mean zero: their means are rounding, and differ with how a batch is summed."""
    X = RNG(0).normal(size=(40, 70, 1)).cumsum(axis=1)
    X = (X - X.mean(axis=1, keepdims=True)).astype(np.float32)
    summary = StateSummary(("mean",), random_state=0).fit(X)
    assert np.abs(summary.transform(X)).max() < 1e-4
    more = (1 + X * [0.5, 2.0]).astype(np.float32)
    assert np.abs(StateSummary(("mean",)).fit_transform(more)).max() < 1e-4
    small = (1e-7 * more * RNG(1).uniform(1, 2, (40, 1, 1))).astype(np.float32)
    assert StateSummary(("mean",)).fit_transform(small).std() == pytest.approx(
        1 / np.sqrt(2)
    )  # is no rounding
    moved = X + RNG(1).normal(size=(40, 1, 1)).astype(np.float32)
    assert StateSummary(("mean",)).fit_transform(moved).std() == pytest.approx(1.0)


def test_an_answer_after_every_step_knows_no_more():
    X, y = RNG(0).normal(size=(30, 25, 1)).cumsum(axis=1), np.arange(30) % 2
    X[y == 1] *= np.linspace(0.2, 3.0, 25)[:, None]
    reservoir = of_views(60, 1, ["sequence"])
    model = ESNClassifier(reservoir, random_state=0).fit(X, y)
    steps = model.decision_function(X[:3], every_step=True)
    begun = np.stack([model.decision_function(X[:3, : t + 1]) for t in range(25)], axis=1)
    np.testing.assert_allclose(np.squeeze(steps), begun, atol=1e-4)


def test_what_is_certain_is_looked_at_in_one_way(monkeypatch):
    fitted, fit = [], ESNClassifier._fit_rows
    monkeypatch.setattr(ESNClassifier, "_fit_rows", lambda *a: fitted.append(a[1]) or fit(*a))
    t, y = np.arange(50), np.arange(30) % 2
    waves = np.sin((0.2 + 0.3 * y[:, None]) * t + RNG(0).uniform(0, 6.3, (30, 1)))[:, :, None]
    assert ESNClassifier(random_state=0).fit(waves, y).score(waves, y) == 1.0
    assert len(fitted) == 1
    ESNClassifier(random_state=0).fit(RNG(1).normal(size=(30, 50, 1)), y)
    assert len(fitted) == 1 + 3
