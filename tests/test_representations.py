"""Representations equal what a plain loop over sequences gives."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge, RidgeClassifier
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PowerTransformer, StandardScaler

from reservoir import (
    LastState,
    MeanState,
    OutputModelSpace,
    Reservoir,
    ReservoirModelSpace,
    StateSummary,
    StepwiseTransformer,
)
from reservoir.dynamics import run
from reservoir.representations.summary import SAMPLE, STATISTICS

ALL = [LastState, MeanState, StateSummary, ReservoirModelSpace, OutputModelSpace]


def ragged(n=9, n_units=4, least=2, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal((least + 40 * k, n_units)).cumsum(axis=0) for k in range(n)]


def test_last_and_mean():
    states = ragged()
    np.testing.assert_array_equal(LastState().fit_transform(states), [x[-1] for x in states])
    np.testing.assert_allclose(MeanState().fit_transform(states), [x.mean(axis=0) for x in states])
    panel = np.stack([x[:2] for x in states])
    np.testing.assert_array_equal(LastState().fit_transform(panel), panel[:, -1])
    np.testing.assert_allclose(
        MeanState(washout=1).fit(states).transform(states), [x[1:].mean(axis=0) for x in states]
    )


def test_a_summary_equals_a_plain_loop():
    states, names = ragged(), sorted(STATISTICS)
    summary = StateSummary(names, n_thresholds=3, standardize=False, random_state=0).fit(states)
    rows = summary.transform(states)
    for x, row in zip(states, rows, strict=True):
        change = np.abs(x[1:] - x[:-1]).sum(axis=0) / max(len(x) - 1, 1)
        above = [[np.mean([v > th for v in x[:, j]]) for j, th in enumerate(ths)]
                 for ths in summary.thresholds_]  # fmt: skip
        parts = {
            "last": x[-1], "max": x.max(axis=0), "mean": x.mean(axis=0), "mean_abs_change": change,
            "min": x.min(axis=0), "proportion": np.ravel(above), "std": x.std(axis=0),
        }  # fmt: skip
        np.testing.assert_allclose(row, np.concatenate([parts[name] for name in names]))


def test_thresholds_are_quantiles_of_the_training_states():
    states = ragged()
    everything = np.concatenate(states)
    summary = StateSummary(n_thresholds=500, random_state=0).fit(states)
    levels = (everything[:, None] < summary.thresholds_).mean(axis=0)  # of every threshold
    assert abs(levels.mean() - 0.5) < 0.03
    assert abs(levels.std() - np.sqrt(1 / 12)) < 0.02
    # of many steps, from a sample
    long = [np.random.default_rng(0).standard_normal((30_000, 1))]
    levels = (
        long[0] < StateSummary(n_thresholds=400, random_state=0).fit(long).thresholds_.T
    ).mean(axis=0)
    assert abs(levels.mean() - 0.5) < 0.05


@pytest.mark.parametrize("lengths", [(9000,), (30,) * 700, (2, 6000, 1, 1, 4000)])
def test_a_sample_is_of_all_places_and_enough_to_learn_from(lengths, monkeypatch):
    monkeypatch.setattr("reservoir.representations.summary.HELD", SAMPLE)
    rng = np.random.default_rng(0)
    states = [rng.standard_normal((n, 2)) for n in lengths]
    summary = StateSummary(random_state=0)
    picked = summary.sampled(np.array(lengths))
    assert [len(steps) for steps in picked] == list(lengths)
    assert 0.98 * SAMPLE < sum(steps.sum() for steps in picked) <= SAMPLE
    sample = [x[steps] for x, steps in zip(states, picked, strict=True) if steps.any()]
    assert len(sample) >= sum(n > 100 for n in lengths)
    of_sample = clone(summary).learn(sample)
    np.testing.assert_array_equal(of_sample.thresholds_, summary.fit(states).thresholds_)
    at = np.flatnonzero(np.concatenate(picked))
    if len(lengths) == 1:  # the whole of it, and a wave of any period in all of its phases
        assert np.diff([0, *at, lengths[0]]).max() < 10
        for period in (2, 7, 24, 100):
            assert np.bincount(at % period).min() > 0.8 * len(at) / period
    assert summary.sampled(np.array([5000])) is None
    monkeypatch.undo()  # few are held, and computed once
    assert (summary.sampled(np.array(lengths)) is None) == (sum(lengths) <= 20_000)
    assert StateSummary(["max"]).sampled(np.array(lengths)) is None


@pytest.mark.parametrize(
    ("n", "length", "least"), [(200, 427, 32), (5000, 20, 500), (40, 9000, 32)]
)
def test_a_sample_is_of_some_sequences_of_all_places(n, length, least):
    """So that the others need not be run for it: as many as are enough, evenly spread."""
    picked = StateSummary().sampled(np.full(n, length))
    of = np.flatnonzero([steps.any() for steps in picked])
    assert least <= len(of) <= least + 1
    assert np.diff([0, *of, n]).max() < 4 * n / least
    assert 0.98 * SAMPLE < sum(steps.sum() for steps in picked) <= SAMPLE


def test_every_statistic_has_the_same_weight():
    rows = StateSummary(n_thresholds=4, random_state=0).fit_transform(ragged(30))
    assert rows.shape == (30, 4 + 4 + 16)
    for group in (rows[:, :4], rows[:, 4:8], rows[:, 8:]):
        np.testing.assert_allclose(group.mean(axis=0), 0.0, atol=1e-12)
        np.testing.assert_allclose(np.square(group).sum() / len(rows), 1.0)


def test_batches_share_their_scales():
    states = ragged(30)
    summary = StateSummary(random_state=0)
    rows = summary.learn(states[::3]).learn_rows(summary.plain(states))
    np.testing.assert_allclose(rows.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(np.square(rows).sum() / 30, 3.0)
    np.testing.assert_allclose(summary.transform(states), rows)


@pytest.mark.parametrize("statistics", [("proportion", "mean"), ("mean_abs_change",), ("last",)])
@pytest.mark.parametrize("lengths", [(1, 2, 700, 40, 3, 300), (9000,)])
def test_a_stream_of_states_has_the_same_summary(statistics, lengths, monkeypatch):
    """Blocks, lanes and chunks over time put together what one sequence is."""
    monkeypatch.setattr("reservoir.dynamics.batch.MIN_LANE_WORK", 1)
    monkeypatch.setattr("reservoir.dynamics.batch.MIN_LANE_WIDTH", 1)
    rng = np.random.default_rng(0)
    items = [rng.standard_normal((n, 2)) for n in lengths]
    reservoir = Reservoir(30, random_state=0).fit(items)
    summary = StateSummary(statistics, n_thresholds=3, random_state=0)
    rows = summary.fit_transform(reservoir.transform(items))
    sink = summary.sink(np.array(lengths), float)
    run(reservoir.update_, items, reservoir.initial_state(len(items)), sink)
    np.testing.assert_allclose(summary.finish(sink.rows()), rows, atol=1e-9)
    single = [item.astype(np.float32) for item in items]
    reservoir.fit(single)
    sink = summary.sink(np.array(lengths), np.float32)
    run(reservoir.update_, single, reservoir.initial_state(len(items)), sink)
    if statistics != ("proportion", "mean"):  # a state may cross a threshold by rounding
        np.testing.assert_allclose(summary.finish(sink.rows()), rows, atol=1e-3)
    assert not StateSummary(["max"]).streams()
    assert not StateSummary(washout=1).streams()
    assert not StateSummary(n_segments=2).streams()


def test_segments():
    states = ragged()
    summary = StateSummary(["mean"], n_segments=3, standardize=False).fit(states)
    x = states[2]
    wanted = [x[:27], x[27:54], x[54:]]
    np.testing.assert_allclose(
        summary.transform([x])[0], np.concatenate([part.mean(axis=0) for part in wanted])
    )
    assert np.isfinite(summary.transform([x[:1]])).all()  # fewer steps than segments


def test_a_step_alone():
    states = [np.ones((1, 3)), 2 * np.ones((1, 3))]
    assert StateSummary(sorted(STATISTICS)).fit_transform(states).shape == (2, 3 * (6 + 8))
    assert LastState().fit_transform(states).shape == (2, 3)


@pytest.mark.parametrize("alpha", [1e-3, 1.0])
def test_model_spaces_are_ridge_of_every_sequence(alpha):
    states = ragged(n_units=5, least=3)
    whole = ReservoirModelSpace(alpha=alpha).fit_transform(states)
    output = OutputModelSpace(2, alpha=alpha).fit_transform(states)
    for x, row, out in zip(states, whole, output, strict=True):
        ridge = Ridge(alpha).fit(x[:-1], x[1:])
        np.testing.assert_allclose(row, np.r_[ridge.coef_.ravel(), ridge.intercept_], atol=1e-8)
        ridge = Ridge(alpha).fit(x[:-1, :3], x[1:, 3:])
        np.testing.assert_allclose(out, np.r_[ridge.coef_.ravel(), ridge.intercept_], atol=1e-8)


def test_batches_of_models_change_nothing(monkeypatch):
    states = ragged()
    whole = ReservoirModelSpace().fit_transform(states)
    monkeypatch.setattr("reservoir.representations.model_space.BATCH", 2 * 4**2)
    np.testing.assert_allclose(ReservoirModelSpace().fit_transform(states), whole, rtol=1e-12)


@pytest.mark.parametrize(
    "representation",
    [
        LastState(),
        MeanState(washout=3),
        StateSummary(sorted(STATISTICS), random_state=0),
        StateSummary(n_segments=2, random_state=0),
        ReservoirModelSpace(),
        OutputModelSpace(washout=2),
    ],
)
def test_steps_are_beginnings(representation):
    states = [x[:30] for x in ragged(5, least=6)]
    representation.fit(states)
    washout = representation.washout
    for x, rows in zip(states, representation.transform_steps(states), strict=True):
        assert len(rows) == len(x) - washout
        for t in range(washout + 1, len(x)):  # a model needs two steps
            beginning = representation.transform([x[: t + 1]])[0]
            np.testing.assert_allclose(rows[t - washout], beginning, atol=1e-9)


def test_errors_say_what_is_allowed():
    states = ragged()
    for kind in ALL:
        with pytest.raises(ValueError, match="panel .* or a list .*; got one series of shape"):
            kind().fit(states[3])
        with pytest.raises(ValueError, match="'washout' parameter"):
            kind(washout=-1).fit(states)
        with pytest.raises(ValueError, match="contains NaN"):
            kind().fit([np.full((5, 3), np.nan)])
    with pytest.raises(ValueError, match="at least 1 steps after washout=2; the shortest has 2"):
        LastState(washout=2).fit(states)
    with pytest.raises(ValueError, match="at least 2 steps after washout=0; the shortest has 1"):
        ReservoirModelSpace().fit([np.ones((1, 3))])
    with pytest.raises(
        ValueError, match="statistics must be one or more of .*; got \\['median'\\]"
    ):
        StateSummary(["median"]).fit(states)
    with pytest.raises(ValueError, match="states before its n_outputs=4 inputs; got 4 columns"):
        OutputModelSpace(4).fit(states)
    with pytest.raises(ValueError, match="X has 3 features, but LastState is expecting 4"):
        LastState().fit(states).transform([np.ones((5, 3))])


def test_a_transformer_of_steps():
    states = [x for x in ragged() if len(x) > 5]
    scaled = StepwiseTransformer().fit(states).transform(states)
    np.testing.assert_allclose(
        np.concatenate(scaled), StandardScaler().fit_transform(np.concatenate(states))
    )
    assert [len(x) for x in scaled] == [len(x) for x in states]
    stepwise = StepwiseTransformer(PowerTransformer()).fit(states)
    for x, back in zip(states, stepwise.inverse_transform(stepwise.transform(states)), strict=True):
        np.testing.assert_allclose(back, x, rtol=1e-6)
    reduced = make_pipeline(StepwiseTransformer(PCA(2)), ReservoirModelSpace()).fit_transform(
        states
    )
    assert reduced.shape == (len(states), 2 * 3)


def two_kinds(n=40, seed=0):
    """Slow and fast oscillations, of any phase and length."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(2, size=n)
    time = [np.arange(rng.integers(50, 80)) for _ in kind]
    phase = rng.uniform(0, 6, n)
    X = [
        np.sin(t * (0.3 + 0.3 * k) + p)[:, None] for t, k, p in zip(time, kind, phase, strict=True)
    ]
    return [x + 0.1 * rng.standard_normal(x.shape) for x in X], kind


def test_representations_are_steps_of_a_pipeline():
    (X, y), (unseen, truth) = two_kinds(), two_kinds(seed=1)
    model = make_pipeline(
        Reservoir(50, random_state=0), StateSummary(random_state=0), RidgeClassifier()
    )
    assert model.fit(X, y).score(unseen, truth) > 0.95


@pytest.mark.parametrize("clusterer", [KMeans(2, random_state=0), AgglomerativeClustering(2)])
def test_representations_cluster(clusterer):
    X, y = two_kinds()
    rows = make_pipeline(
        Reservoir(50, random_state=0), StateSummary(["mean_abs_change"], random_state=0)
    ).fit_transform(X)
    assert adjusted_rand_score(y, clusterer.fit_predict(rows)) > 0.9
