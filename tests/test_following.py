"""Readouts that follow step by step, and what is derived and merged."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.linalg import LinAlgWarning
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import (
    Lasso,
    LinearRegression,
)

from reservoir import (
    ESNForecaster,
    ESNRegressor,
    RecursiveRidgeReadout,
    Reservoir,
    RidgeReadout,
    RidgeReadoutCV,
)
from reservoir.ridge import RidgeStatistics

from .test_readouts import esn, problem, series

# step by step


def weighted_ridge(x, y, weight, penalty):
    """The normal equations, with an intercept and a penalty for each coefficient."""
    mean_x, mean_y = np.average(x, axis=0, weights=weight), np.average(y, axis=0, weights=weight)
    xc, yc = x - mean_x, y - mean_y
    gram = (xc * weight[:, None]).T @ xc + np.diag(penalty)
    return np.linalg.solve(gram, (xc * weight[:, None]).T @ yc).T


@pytest.mark.parametrize("forgetting", [1.0, 0.99, 0.9])
@pytest.mark.parametrize("every", [1, 7])
def test_the_recursive_readout_solves_its_equations(every, forgetting):
    x, y = problem(n_rows=400)
    readout = RecursiveRidgeReadout(0.1, forgetting=forgetting)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="forgetting=0.9 weighs 10 steps")
        readout.fit(x[:50], y[:50])
    for start in range(50, 400, every):
        readout.partial_fit(x[start : start + every], y[start : start + every])
    penalty = readout.statistics_.penalty
    assert (penalty <= 0.1 * (1 + 1e-12)).all()
    assert (penalty > (0.0999 if forgetting == 1 else 0.06 * 0.5)).all()
    weight = forgetting ** np.arange(399.0, -1, -1)
    wanted = weighted_ridge(x, y, weight, penalty)
    np.testing.assert_allclose(readout.coef_, wanted, rtol=1e-7, atol=1e-9)


def test_the_factor_stays_where_the_covariance_blows_up():
    """A constant drive excites one direction alone; the others are forgotten, 1e6 steps long."""
    rng = np.random.default_rng(0)
    start, quiet = rng.standard_normal((60, 3)), np.array([1.0, 0.5, -0.5])
    target, factor = np.array([1.0, 2.0, 3.0]), 0.99
    covariance = np.eye(3) * 1e6
    for x in [*start, *np.tile(quiet, (5000, 1))]:
        gain = covariance @ x / (factor + x @ covariance @ x)
        covariance = (covariance - np.outer(gain, x @ covariance)) / factor
    assert np.abs(covariance).max() > 1e20  # the textbook's matrix
    readout = RecursiveRidgeReadout(1e-6, forgetting=factor).fit(start, start @ target)
    rows, y = np.tile(quiet, (1000, 1)), np.full(1000, quiet @ target)
    for _ in range(1000):
        readout.partial_fit(rows, y)
    for _ in range(1000):
        readout.partial_fit(rows[:1], y[:1])
    diagonal = np.abs(np.diagonal(readout.statistics_.factor))[1:4]
    assert (diagonal > 5e-4).all()
    np.testing.assert_allclose(readout.predict(rows[:1]), y[:1], rtol=1e-6)
    news = np.tile(start, (10, 1))
    news = readout.partial_fit(news, -news @ target).coef_  # and it can still learn
    assert np.abs(news + target).max() < 0.05


def test_the_first_rows_tell_a_recursive_readout_how_noisy_they_are():
    rng = np.random.default_rng(0)
    x, noise = rng.normal(size=(400, 30)), rng.normal(size=400)
    readout = RecursiveRidgeReadout().fit(x[:60], noise[:60])
    assert readout.alpha_ == readout.statistics_.alpha
    errors = []
    for row, target in zip(x[60:], noise[60:], strict=True):
        errors.append(readout.predict(row[None])[0] - target)
        readout.partial_fit(row[None], [target])
    assert np.std(errors) < 1.05 * noise[60:].std()  # 1.12 with alpha=1e-6
    first = x[:60] - x[:60].mean(axis=0)
    exact = RecursiveRidgeReadout(forgetting=1.0).fit(x[:60], x[:60, 0])
    assert exact.alpha_ == pytest.approx(1e-9 * np.linalg.norm(first, 2) ** 2)
    both = RecursiveRidgeReadout().fit(x[:60], np.column_stack([x[:60, 0] + noise[:60]] * 2))
    one = RecursiveRidgeReadout().fit(x[:60], x[:60, 0] + noise[:60])
    assert both.alpha_ == pytest.approx(one.alpha_)  # of all outputs together
    same = RecursiveRidgeReadout().fit(np.ones((5, 30)), noise[:5])
    assert same.alpha_ == 1e-3  # rows that do not vary tell nothing


def test_alpha_is_in_the_factor():
    u, y = series()
    network = esn(RecursiveRidgeReadout(1e-6)).fit(u, y)
    with pytest.raises(ValueError, match="alpha=0.1 cannot be told from alpha=1e-06"):
        network.resolved(alpha=0.1)
    with pytest.raises(TypeError, match="return_std needs a RidgeReadout"):
        network.predict(u, return_std=True)
    with pytest.raises(TypeError, match="only a RidgeFactor can be added to it; got RidgeStat"):
        network.readout_.statistics_ += RidgeStatistics(40, 2)


@pytest.mark.parametrize("delay", [0, 4])
@pytest.mark.parametrize("every", [1, 25])
@pytest.mark.parametrize(
    "readout",
    [RidgeReadout(1e-3, forgetting=0.99), RecursiveRidgeReadout(1e-3), RidgeReadoutCV([1e-3, 1.0])],
)
def test_predict_then_update_knows_no_future(readout, every, delay, monkeypatch):
    """A plain loop that fits anew on the past alone, before every block of predictions."""
    monkeypatch.setattr("reservoir.esn.online.ONLINE_BLOCK", 40)  # states held at a time
    u, y = series(500)
    y[120, 0] = np.nan
    network = esn(readout).fit(u[:100], y[:100])
    x = network.reservoir_.transform(u)
    parts = [slice(100, 250), slice(250, 500)] if every == 25 else [slice(100, 160)]
    predicted = np.vstack(
        [network.predict_then_update(u[p], y[p], every=every, delay=delay) for p in parts]
    )
    for k in range(0, len(predicted), every):
        past = [*range(network.washout_, 100), *range(100, max(100, 100 + k - delay))]
        ages = past[-1] - np.array(past)
        alone = (
            clone(readout).set_params(washout=0, forgetting=1.0)
            .fit(x[past], y[past], readout.forgetting ** ages.astype(float))
        )  # fmt: skip
        if isinstance(readout, RidgeReadoutCV):
            alone.set_params(cv="gcv").fit(x[past], y[past])
        wanted = alone.predict(x[100 + k : 100 + k + every])
        tolerance = 5e-2 if isinstance(readout, RecursiveRidgeReadout) else 1e-6
        np.testing.assert_allclose(predicted[k : k + every], wanted, atol=tolerance)


def test_predict_then_update_needs_a_series():
    u, y = series()
    network = esn(RidgeReadout()).fit(u, y)
    with pytest.raises(ValueError, match="needs one series, after a fit on one series"):
        network.predict_then_update([u], [y])
    with pytest.raises(ValueError, match="every must be an integer ≥ 1; got 0"):
        network.predict_then_update(u, y, every=0)
    with pytest.raises(ValueError, match="delay must be an integer ≥ 0; got -1"):
        network.predict_then_update(u, y, delay=-1)
    with pytest.raises(TypeError, match="cannot be updated; RidgeReadout can"):
        esn(Lasso()).fit(u, y).predict_then_update(u, y)


@pytest.mark.parametrize("differences", [(), (1, 3)])
def test_a_forecaster_learns_chunk_by_chunk(differences):
    x = np.sin(np.arange(600) * 0.3)[:, None] * [1.0, 2.0] + np.arange(600)[:, None] * [0.01, 0.0]
    forecaster = ESNForecaster(
        Reservoir(30, random_state=0), RidgeReadout(1e-4, washout=20), scaler="passthrough",
        differences=differences,
    )  # fmt: skip
    whole = clone(forecaster).fit(x)
    for part in np.split(x, [100, 101, 400]):
        forecaster.partial_fit(part)
    np.testing.assert_allclose(forecaster.forecast(30), whole.forecast(30), atol=1e-7)
    np.testing.assert_allclose(forecaster.history_[0], whole.history_[0])


def test_a_forecaster_with_another_readout():
    """Whatever predicts the next step closes the loop."""
    x = np.sin(np.arange(400) * 0.3)[:, None]
    reservoir = Reservoir(30, random_state=0)
    linear = ESNForecaster(reservoir, LinearRegression()).fit(x[:380])
    np.testing.assert_allclose(linear.forecast(20), x[380:], atol=1e-3)
    trees = ESNForecaster(reservoir, GradientBoostingRegressor(random_state=0)).fit(x[:380])
    assert trees.score(x[380:]) > 0.9
    scaled, z = trees.scaler_.transform(x[:380]), []
    state = trees.regressor_.reservoir_.transform(scaled)[-2]
    update = trees.regressor_.reservoir_.update_
    last, state = scaled[-1:], state[:, None]
    for _ in range(20):  # the loop by hand
        _, state = update.advance(state, last[:, :, None])
        last = last + trees.regressor_.readout_.predict(np.hstack([state.T, last]))[:, None]
        z.append(last[0])
    wanted = trees.scaler_.inverse_transform(np.array(z))
    np.testing.assert_allclose(trees.forecast(20), wanted, atol=1e-9)
    with pytest.raises(TypeError, match="keeps no statistics that it could be solved from"):
        trees.resolved(max_depth=2)
    with pytest.raises(TypeError, match="alpha_path needs a RidgeReadout; got readout=Grad"):
        trees.alpha_path([1.0])


@pytest.mark.parametrize("readout", [RidgeReadout(), RidgeReadoutCV(cv=3), RecursiveRidgeReadout()])
def test_chunks_have_the_outputs_of_the_first(readout):
    x, y = problem()
    told = "y must have 2 outputs, as at fit; got 1"
    alone = clone(readout).partial_fit(x[:60], y[:60])
    before = alone.coef_.copy()
    with pytest.raises(ValueError, match=told):
        alone.partial_fit(x[60:], y[60:, :1])
    np.testing.assert_array_equal(alone.solved(alone.statistics_, squeeze=False).coef_, before)
    with pytest.raises(TypeError, match="readouts are values: write r = r.solved"):
        alone.finish(alone.statistics_, squeeze=False)
    u, y = series()
    network = esn(readout).partial_fit(u[:300], y[:300])
    for learn in (network.partial_fit, network.predict_then_update):
        with pytest.raises(ValueError, match=told):
            learn(u[300:], y[300:, 0])


@pytest.mark.parametrize("readout", [RidgeReadoutCV([1.0]), RidgeReadoutCV([0.1, 5.0])])
@pytest.mark.parametrize("n", [60, 100])  # of a hundred, twenty pairs alone are drawn
def test_deviations_of_fewer_rows_than_features(readout, n):
    """What lies across all rows is as uncertain as the prior says, 1 / alpha."""
    rng = np.random.default_rng(0)
    x, unseen = rng.standard_normal((20, n)), rng.standard_normal((5, n))
    readout.fit(x, x[:, 0] + 0.5 * rng.standard_normal(20))
    alpha, centred = float(np.ravel(readout.alpha_)[0]), x - x.mean(axis=0)
    system = np.linalg.inv(centred.T @ centred + alpha * np.eye(n))
    gap = unseen - x.mean(axis=0)
    _, std = readout.predict(unseen, return_std=True)
    ratio = std**2 / (1 + 1 / 20 + np.einsum("ij,jk,ik->i", gap, system, gap))
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)


# what is derived, and what is merged


def test_what_is_derived_from_a_network_never_changes_it():
    u, y = series()
    network = esn(RidgeReadout(1e-3, washout=11)).fit(u[:300], y[:300])
    before, weight = network.predict(u[:50]), network.readout_.statistics_.weight
    assert weight == 289
    other, (path,) = network.resolved(alpha=1.0), network.alpha_path([1e-2])
    for derived in (other, path):
        derived.partial_fit(u[300:], y[300:])
        assert derived.readout_.statistics_.weight == 589
        derived.predict_then_update(u[:20], y[:20])
    assert network.readout_.statistics_.weight == weight
    np.testing.assert_array_equal(network.predict(u[:50]), before)
    np.testing.assert_array_equal(network.resolved(alpha=1e-3).predict(u[:50]), before)
    with pytest.raises(ValueError, match="read-only"):
        network.readout_.statistics_.fade(0.5)


def test_merged_parts_have_the_noise_of_the_whole():
    u, y = zip(*(series(80, seed) for seed in range(6)), strict=True)
    network = ESNRegressor(Reservoir(40, noise=0.05, random_state=0), RidgeReadout(1e-4, washout=5))
    whole = clone(network).fit(list(u), list(y))
    parts = [
        network.statistics(list(u[k : k + 2]), list(y[k : k + 2]), first_sequence=k)
        for k in (0, 2, 4)
    ]
    merged = clone(network).fit_statistics(sum(parts))
    np.testing.assert_allclose(merged.readout_.coef_, whole.readout_.coef_, rtol=0, atol=1e-8)
    again = network.statistics(list(u[2:4]), list(y[2:4]))
    spoilt = clone(network).fit_statistics(parts[0] + again + parts[2])
    assert np.abs(spoilt.readout_.coef_ - whole.readout_.coef_).max() > 0.01


def test_merged_parts_carry_type_and_names():
    u, y = series()
    network = esn(RidgeReadout(1e-3, washout=5))
    single = network.statistics(u.astype(np.float32), y)
    with pytest.raises(ValueError, match="of one form to be added.*float32.*float64"):
        single + network.statistics(u, y)
    merged = clone(network).fit_statistics(single)
    assert merged.reservoir_.update_.dtype == np.float32
    frame = pd.DataFrame(u, columns=[f"u{k}" for k in range(u.shape[1])])
    named = network.statistics(frame, y)
    with pytest.raises(ValueError, match="of one form to be added.*'u0'"):
        named + network.statistics(u, y)
    merged = clone(network).fit_statistics(named + named)
    assert merged.feature_names_in_.tolist() == list(frame.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        merged.predict(frame.rename(columns={"u0": "v"}))


@pytest.mark.parametrize("size", [37, 3, 10, 400])
def test_chunks_shorter_than_the_washout_equal_one_fit(size):
    """The washout is measured on the first rows of all calls, as one fit does."""
    rng = np.random.default_rng(0)
    u = rng.uniform(-1, 1, (400, 1))
    y = np.roll(u, 2, axis=0)
    reservoir = Reservoir(30, leak_rate=0.3, random_state=0)
    whole = ESNRegressor(reservoir, RidgeReadout(1e-6)).fit(u, y)
    parts = clone(whole)
    for t in range(0, 400, size):
        parts.partial_fit(u[t : t + size], y[t : t + size])
    assert whole.washout_ == parts.washout_ > 10
    np.testing.assert_allclose(parts.readout_.coef_, whole.readout_.coef_, atol=1e-8)


def test_the_opening_is_kept_until_the_washout_is_known(monkeypatch):
    from reservoir.esn import network, opening

    for module in (network, opening):
        monkeypatch.setattr(module, "MEASURED_ROWS", 300)
    rng = np.random.default_rng(0)
    u = [rng.uniform(-1, 1, (50, 1)) for _ in range(12)]
    y = [np.roll(x, 1, axis=0) for x in u]
    esn = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(1e-6))
    whole, parts, series = clone(esn).fit(u, y), clone(esn), clone(esn)
    kept = []
    for k in range(0, 12, 2):
        parts.partial_fit(u[k : k + 2], y[k : k + 2])
        series.partial_fit(u[k], y[k])
        kept.append(parts._opening is not None)
    assert kept == [True, True, False, False, False, False]
    np.testing.assert_allclose(parts.readout_.coef_, whole.readout_.coef_, atol=1e-8)
    one = clone(esn).fit(np.concatenate(u[::2]), np.concatenate(y[::2]))
    np.testing.assert_allclose(series.readout_.coef_, one.readout_.coef_, atol=1e-8)


def test_buffers_that_are_filled_again_change_nothing():
    rng = np.random.default_rng(0)
    u = rng.uniform(-1, 1, (300, 1))
    y = np.roll(u, 2, axis=0)
    esn = ESNRegressor(Reservoir(30, leak_rate=0.3, random_state=0), RidgeReadout(1e-6))
    whole, parts = clone(esn).fit(u, y), clone(esn)
    a, b = np.empty((10, 1)), np.empty((10, 1))
    for t in range(0, 300, 10):
        a[:], b[:] = u[t : t + 10], y[t : t + 10]
        parts.partial_fit(a, b)
    np.testing.assert_allclose(parts.readout_.coef_, whole.readout_.coef_, atol=1e-8)
    x = np.sin(np.arange(200.0) * 0.3)[:, None] + rng.normal(0, 0.1, (200, 1))
    model = ESNForecaster(Reservoir(20, random_state=0), RidgeReadout(1e-3)).fit(x)
    again = clone(model).fit(x.copy())
    x[:] = 0.0
    np.testing.assert_array_equal(model.forecast_quantiles(3), again.forecast_quantiles(3))


@pytest.mark.parametrize("offset", [1e6, 1e7])
@pytest.mark.parametrize("kind", [RidgeReadout, RidgeReadoutCV])
def test_what_is_forgotten_takes_no_digits(offset, kind):
    """Data that begin far from where they end: the weighted solution, by plain algebra."""
    rng = np.random.default_rng(0)
    n = 3000
    x = rng.normal(size=(n, 5)) + offset * np.exp(-np.arange(n) / 150)[:, None]
    y = x @ np.arange(1.0, 6.0) + 0.1 * rng.normal(size=n)
    options = {"alphas": [1e-6], "cv": 2} if kind is RidgeReadoutCV else {"alpha": 1e-6}
    readout = kind(forgetting=0.99, solver="gram", **options)
    for t in range(0, n, 100):
        readout.partial_fit(x[t : t + 100], y[t : t + 100])
    w = 0.99 ** np.arange(n - 1.0, -1.0, -1.0)
    a, b = x - w @ x / w.sum(), y - w @ y / w.sum()
    root = np.sqrt(w)[:, None]
    coef = np.linalg.lstsq(
        np.vstack([root * a, 1e-3 * np.eye(5)]), np.r_[root[:, 0] * b, np.zeros(5)], rcond=None
    )[0]
    np.testing.assert_allclose(readout.coef_, coef, atol=1e-7)


def test_lost_digits_are_told():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 3))
    x[:1000] += 1e7
    statistics = RidgeStatistics(3, 1).updated(x[:1000], x[:1000, :1])
    statistics = statistics.forgotten(1e-30).updated(x[1000:], x[1000:, :1])
    with pytest.warns(LinAlgWarning, match="The ridge system has lost digits: 4 of 4 features"):
        statistics.solve(1e-6)


def test_what_was_summed_up_cannot_be_solved_anew():
    rng = np.random.default_rng(0)
    u = rng.uniform(-1, 1, (200, 1))
    model = ESNRegressor(Reservoir(10, random_state=0), RidgeReadout(1e-4)).fit(u, u)
    for params in ({"washout": 50}, {"forgetting": 0.9}, {"solver": "qr"}):
        with pytest.raises(ValueError, match="is part of what was summed up, and cannot be"):
            model.resolved(**params)
    assert model.resolved(alpha=1.0, solver="auto").readout_.alpha == 1.0


def test_targets_of_steps_and_of_sequences_do_not_mix():
    u = np.random.default_rng(0).uniform(-1, 1, (4, 50, 1))
    model = ESNRegressor(Reservoir(10, random_state=0)).partial_fit(u, u)
    with pytest.raises(ValueError, match="y must hold one target per step in all calls"):
        model.partial_fit(u, np.arange(4.0))
    assert model.predict(u).shape == u.shape


def test_frames_of_a_list_have_the_same_columns():
    u = np.random.default_rng(0).uniform(-1, 1, (50, 2))
    frames = [pd.DataFrame(u, columns=names) for names in (["a", "b"], ["b", "a"])]
    with pytest.raises(ValueError, match=r"X\[0\] has \['a', 'b'\], X\[1\] has \['b', 'a'\]"):
        ESNRegressor(Reservoir(5)).fit(frames, [u, u])
