"""Whole networks: every form of data, where they start, the closed loop; against plain loops."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.utils._param_validation import InvalidParameterError

from reservoir import ESNForecaster, ESNRegressor, Reservoir, RidgeReadout
from reservoir.differences import carried, difference, undifference
from reservoir.dynamics import batch


def data(n_steps=400, d=2, seed=0):
    u = np.random.default_rng(seed).uniform(-1, 1, (n_steps, d))
    return u, np.roll(u[:, :1], 1, axis=0) * u[:, -1:] + 0.5 * u[:, :1]


def esn(alpha=1e-3, washout=20, n_units=40, **reservoir):
    readout = RidgeReadout(alpha, washout=washout)
    return ESNRegressor(Reservoir(n_units, random_state=0, **reservoir), readout)


def states_of(model, items):
    return [model.reservoir_.transform(item) for item in items]


# -- fit and predict, in every form


def test_a_series_equals_states_and_ridge():
    u, y = data()
    model = esn().fit(u[:300], y[:300])
    states = model.reservoir_.transform(u)  # from zero, through the training part
    ridge = Ridge(1e-3, solver="svd").fit(states[20:300], y[20:300])
    np.testing.assert_allclose(model.readout_.coef_[0], ridge.coef_.ravel(), rtol=1e-7)
    # predict goes on from where fit ended
    np.testing.assert_allclose(
        model.predict(u[300:]), ridge.predict(states[300:]).reshape(-1, 1), rtol=1e-8
    )
    assert model.score(u[300:], y[300:]) == pytest.approx(ridge.score(states[300:], y[300:]))


@pytest.mark.parametrize(
    ("alpha", "solver", "taken"),
    [
        (1e-6, "auto", "gram"),
        (4e-12, "auto", "gram"),
        (1e-12, "auto", "qr"),  # eps x 300 rows x 40 units = 2.7e-12
        ([1e-6, 1e-20], "auto", "qr"),
        (0.0, "auto", "qr"),
        (1, "auto", "gram"),
        (1e-6, "qr", "qr"),
        (1e-11, "gram", "gram"),
    ],
)
def test_the_solver_is_chosen_by_alpha(alpha, solver, taken):
    u, y = data(300)
    y = np.hstack([y, -y])
    model = esn().set_params(readout__alpha=alpha, readout__solver=solver).fit(u, y)
    assert model.readout_.solver_ == taken
    alone = RidgeReadout(alpha, solver=solver).fit(model.reservoir_.transform(u), y)
    assert alone.solver_ == taken


def test_a_readout_solved_anew_equals_another_fit():
    u, y = data()
    model = esn().fit(u, y)
    other, wanted = model.resolved(alpha=0.5), esn(0.5).fit(u, y)
    np.testing.assert_allclose(other.predict(u), wanted.predict(u), rtol=1e-10)
    assert (other.readout.alpha, other.readout_.alpha) == (0.5, 0.5)
    assert (model.readout.alpha, model.readout_.alpha) == (1e-3, 1e-3)
    assert model.readout_.coef_[0, 0] != other.readout_.coef_[0, 0]
    with pytest.raises(InvalidParameterError, match="'alpha' parameter of RidgeReadout must be"):
        model.resolved(alpha=-1.0)


def test_both_solvers_give_one_answer():
    u, y = data()
    one, other = (esn().set_params(readout__solver=s).fit(u, y) for s in ("gram", "qr"))
    np.testing.assert_allclose(one.readout_.coef_, other.readout_.coef_, rtol=1e-8)
    assert one.readout_.intercept_ == pytest.approx(other.readout_.intercept_, rel=1e-8)


def test_a_panel_and_a_list_equal_stacked_states_and_ridge():
    pairs = [data(120, seed=k) for k in range(4)]
    X, y = np.stack([u for u, _ in pairs]), np.stack([t for _, t in pairs])
    panel, ragged = esn().fit(X, y), esn().fit(list(X), list(y))
    states = states_of(panel, X)
    ridge = Ridge(1e-3, solver="svd").fit(
        np.vstack([s[20:] for s in states]), np.vstack([t[20:] for t in y])
    )
    wanted = np.stack([ridge.predict(s).reshape(-1, 1) for s in states])
    np.testing.assert_allclose(panel.predict(X), wanted, rtol=1e-7, atol=1e-9)
    for mine, target in zip(ragged.predict(list(X)), wanted, strict=True):
        np.testing.assert_allclose(mine, target, rtol=1e-7, atol=1e-9)
    assert isinstance(ragged.predict(list(X)), list)


def test_ragged_lengths_and_one_dimensional_targets():
    pairs = [data(n, seed=n) for n in (50, 131, 90)]
    X, y = [u for u, _ in pairs], [t[:, 0] for _, t in pairs]
    model = esn().fit(X, y)
    answer = model.predict(X)
    assert [a.shape for a in answer] == [(50,), (131,), (90,)]
    states = states_of(model, X)
    ridge = Ridge(1e-3, solver="svd").fit(
        np.vstack([s[20:] for s in states]), np.concatenate([t[20:] for t in y])
    )
    np.testing.assert_allclose(answer[1], ridge.predict(states[1]), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("as_list", [False, True])
def test_one_target_per_sequence_is_answered_from_the_final_state(as_list):
    """The classic toy: inputs (batch, time, 10), 100 units, one output."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-1, 1, (300, 30, 10))
    y = X[:, -3:, :].sum(axis=(1, 2))
    model = ESNRegressor(Reservoir(100, input_scaling=0.1, random_state=0), RidgeReadout(1e-6))
    train, test = (list(X[:200]), list(X[200:])) if as_list else (X[:200], X[200:])
    model.fit(train, y[:200])
    last = model.reservoir_.transform(X)[:, -1]
    ridge = Ridge(1e-6, solver="svd").fit(last[:200], y[:200])
    assert model.predict(test).shape == (100,)
    np.testing.assert_allclose(model.predict(test), ridge.predict(last[200:]), rtol=1e-4, atol=1e-6)
    assert model.score(test, y[200:]) > 0.9


def test_a_square_panel_needs_three_axes():
    X, y = np.zeros((4, 7, 2)), np.ones((4, 7))
    for form in (X, list(X)):
        with pytest.raises(ValueError, match=r"of 7 steps is ambiguous: pass \(4, 7, 1\)"):
            esn().fit(form, y)
    assert esn(washout=0).fit(X, y[:, :, None]).predict(X).shape == (4, 7, 1)
    assert esn(washout=0).fit(X, y[:, :3]).predict(X).shape == (4, 3)


# -- weights, washout, missing targets


def test_missing_targets_and_weights():
    u, y = data()
    weight = np.random.default_rng(1).uniform(0, 2, 400)
    y[50:60], weight[70:90] = np.nan, 0.0
    model = esn().fit(u, y, sample_weight=weight)
    used = (np.arange(400) >= 20) & ~np.isnan(y[:, 0])
    ridge = Ridge(1e-3, solver="svd").fit(
        model.reservoir_.transform(u)[used], y[used], sample_weight=weight[used]
    )
    np.testing.assert_allclose(model.readout_.coef_[0], ridge.coef_.ravel(), rtol=1e-7)
    one = RidgeReadout(1e-3, washout=20).fit(model.reservoir_.transform(u), y, weight)
    np.testing.assert_allclose(one.coef_[0], ridge.coef_.ravel(), rtol=1e-7)


def test_the_measured_washout_is_when_trajectories_meet():
    u, y = data(3000)
    model = esn(washout="auto", spectral_radius=0.8).fit(u, y)
    start = model.washout_
    ones = np.ones((40, 1))
    far, _ = model.reservoir_.advance(ones, u[:500, :, None])
    near = model.reservoir_.transform(u[:500])
    gap = np.abs(far[:, :, 0].T - near).max(axis=1)
    assert gap[start] < 1e-12 < gap[start // 2]
    assert esn(washout="auto", spectral_radius=2.0, input_scaling=0.01).fit(u, y).washout_ == 300


def test_scores_leave_the_washout_of_fresh_sequences_out():
    pairs = [data(60, seed=k) for k in range(3)]
    X, y = [u for u, _ in pairs], [t for _, t in pairs]
    model = esn().fit(X, y)
    spoilt = [np.vstack([t[:20] + 100.0, t[20:]]) for t in y]
    assert model.score(X, spoilt) == model.score(X, y)
    readout = RidgeReadout(washout=20).fit(states_of(model, X), y)
    assert readout.score(states_of(model, X), spoilt) == readout.score(states_of(model, X), y)


# -- where prediction starts


def test_initial_states():
    u, y = data()
    model = esn().fit(u[:300], y[:300])
    before = model.predict(u[300:])
    np.testing.assert_array_equal(model.predict(u[300:]), before)  # predict changes nothing
    np.testing.assert_array_equal(model.predict(u[300:], initial_state=model.end_state_), before)
    np.testing.assert_array_equal(model.predict(u[300:], initial_state=model.end_state_[0]), before)
    fresh = model.predict(u[300:], initial_state="zero")
    assert not np.allclose(fresh[0], before[0])
    np.testing.assert_allclose(model.predict([u[300:]])[0], fresh)
    allowed = r"initial_state must be 'last', 'zero' or an array of shape \(40,\) or \(1, 40\)"
    with pytest.raises(ValueError, match=allowed + "; got 'first'"):
        model.predict(u, initial_state="first")
    with pytest.raises(ValueError, match=r"got \(3,\)"):
        model.predict(u, initial_state=np.zeros(3))


# -- streaming


@settings(max_examples=25, deadline=None)
@given(
    samples=st.integers(1, 600),
    columns=st.integers(1, 9),
    lengths=st.lists(st.integers(5, 300), min_size=1, max_size=4),
)
def test_any_split_into_blocks_gives_the_same_fit(samples, columns, lengths):
    pairs = [data(n, seed=n) for n in lengths]
    X, y = [u for u, _ in pairs], [t for _, t in pairs]
    wanted = esn(washout=2).fit(X, y)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batch, "BLOCK_SAMPLES", samples)
        patch.setattr(batch, "MAX_COLUMNS", columns)
        mine = esn(washout=2).fit(X, y)
    np.testing.assert_allclose(mine.readout_.coef_, wanted.readout_.coef_, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(mine.end_state_, wanted.end_state_, rtol=0, atol=1e-13)


def test_a_fit_never_holds_all_states():
    u, y = data(100_000, d=1)
    whole = 100_000 * 200 * 8
    model = esn(n_units=200).fit(u, y)  # what is loaded at first is no state
    tracemalloc.start()
    model.fit(u, y)
    model.score(u, y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < whole / 5


# -- differences


@settings(max_examples=60, deadline=None)
@given(
    lags=st.lists(st.integers(1, 6), max_size=3),
    n_steps=st.integers(1, 20),
    seed=st.integers(0, 99),
)
def test_undifference_and_carried_invert_difference(lags, n_steps, seed):
    x = np.random.default_rng(seed).standard_normal((sum(lags) + n_steps + 1, 2)).cumsum(axis=0)
    past, future = x[:-n_steps], x[-n_steps:]
    steps = difference(x, lags)[-n_steps:]
    np.testing.assert_allclose(undifference(steps, past, lags), future, atol=1e-9)
    np.testing.assert_allclose(
        carried(x, lags)[:-1] + difference(x, lags)[1:], x[sum(lags) + 1 :], atol=1e-9
    )


# -- the closed loop


def wave(n_steps=600, d=2):
    t = np.arange(n_steps)[:, None]
    return 50 + 20 * np.sin(t * [0.2, 0.31][:d]) + 0.05 * t + [3.0, -7.0][:d]


def forecaster(differences=(), alpha=1e-6, **options):
    return ESNForecaster(
        Reservoir(
            60, spectral_radius=0.6, leak_rate=0.7, input_scaling=0.1, bias_scaling=0.3,
            random_state=0,
        ),
        RidgeReadout(alpha, washout=50),
        differences=differences,
        **options,
    )  # fmt: skip


def free_run(model, x, n_steps, lags=(), exog=None):
    """The closed loop as a beginner writes it, growing the series by one step at a time."""
    network, readout, scaler = model.regressor_.reservoir_, model.regressor_.readout_, model.scaler_
    W = network.W_.toarray() if hasattr(network.W_, "toarray") else network.W_
    state, x, n_past, reach = np.zeros(len(W)), list(x), len(x), sum(lags)
    for t in range(reach, n_past + n_steps - 1):
        past = np.array(x[t - reach : t + 1])
        z = (difference(past, lags)[0] - scaler.mean_) / scaler.scale_
        u = z
        if exog is not None:
            outside = model.exogenous_.levels.scaler
            e = difference(np.array(exog[t + 1 - reach : t + 2]), lags)[0]
            u = np.append(z, (e - outside.mean_) / outside.scale_)
        state = 0.3 * state + 0.7 * np.tanh(W @ state + network.W_in_ @ u + network.bias_)
        if t >= n_past - 1:
            if model.passthrough:
                z = z + readout.coef_ @ np.append(state, u) + readout.intercept_
            else:
                z = readout.coef_ @ state + readout.intercept_
            x.append(z * scaler.scale_ + scaler.mean_ + (carried(past, lags)[0] if lags else 0.0))
    return np.array(x[-n_steps:])


@pytest.mark.parametrize("passthrough", [True, False])
@pytest.mark.parametrize("differences", [(), (1,), (10,), (1, 10)])
def test_the_closed_loop_equals_a_plain_loop(differences, passthrough):
    x = wave()
    model = forecaster(differences, passthrough=passthrough).fit(x)
    wanted = free_run(model, x, 30, differences)
    bound = 1e-12 * np.ptp(x)
    np.testing.assert_allclose(model.forecast(30), wanted, rtol=0, atol=bound)
    np.testing.assert_allclose(model.forecast(30, context=x), wanted, rtol=0, atol=bound)
    # and it is a forecast
    more = wave(630)[600:]
    assert np.abs(model.forecast(30) - more).max() < 2.0


def test_increments_with_passthrough_are_ridge_on_states_and_inputs():
    x = wave()
    model = forecaster(alpha=1e-3).fit(x)
    z = StandardScaler().fit_transform(x)
    features = np.hstack([model.regressor_.reservoir_.transform(z[:-1]), z[:-1]])
    ridge = Ridge(1e-3, solver="svd").fit(features[50:], np.diff(z, axis=0)[50:])
    np.testing.assert_allclose(model.regressor_.readout_.coef_, ridge.coef_, rtol=1e-7, atol=1e-9)


def test_passthrough_of_a_regressor():
    u, y = data()
    plain = esn().fit(u, y)
    model = ESNRegressor(plain.reservoir, plain.readout, passthrough=True).fit(u, y)
    features = np.hstack([model.reservoir_.transform(u), u])
    ridge = Ridge(1e-3, solver="svd").fit(features[20:], y[20:, 0])
    np.testing.assert_allclose(model.readout_.coef_[0], ridge.coef_, rtol=1e-7)
    mine = model.predict(u, initial_state="zero")[:, 0]
    np.testing.assert_allclose(mine, ridge.predict(features), rtol=0, atol=1e-9)
    X, target = np.stack([u[:50], u[50:100], u[100:150]]), np.array([1.0, 2.0, 4.0])
    last = np.stack([np.append(model.reservoir_.transform(s)[-1], s[-1]) for s in X])
    per_sequence = model.fit(X, target)
    ridge = Ridge(1e-3, solver="svd").fit(last, target)
    np.testing.assert_allclose(per_sequence.predict(X), ridge.predict(last), rtol=1e-7)


# -- what else is known


@pytest.mark.parametrize("differences", [(), (1,), (1, 7)])
def test_exogenous_rows_help_and_equal_a_plain_loop(differences):
    rng = np.random.default_rng(0)
    shock = rng.choice([0.0, 1.0], size=(700, 1), p=[0.9, 0.1])
    x = wave(700, 1) + 8 * np.convolve(shock[:, 0], 0.6 ** np.arange(8))[:700, None]
    model = forecaster(differences, alpha=1e-4).fit(x[:600], exog=shock[:600])
    mine = model.forecast(40, exog=shock[600:640])
    wanted = free_run(model, x[:600], 40, differences, exog=shock)
    np.testing.assert_allclose(mine, wanted, rtol=0, atol=1e-10 * np.ptp(x))
    blind = forecaster(differences, alpha=1e-4).fit(x[:600]).forecast(40)
    assert np.abs(mine - x[600:640]).mean() < 0.6 * np.abs(blind - x[600:640]).mean()
    # one step ahead, rolling and from a context: the same model
    steps = model.predict(x[600:], exog=shock[600:])
    np.testing.assert_allclose(steps[:1], mine[:1], rtol=0, atol=1e-9)
    rolled = model.rolling_forecast(x[600:], 40, step=20, exog=shock[600:])
    np.testing.assert_allclose(rolled[0], mine, rtol=0, atol=1e-9)
    again = model.forecast(40, context=x[:620], exog=shock[620:660], context_exog=shock[:620])
    np.testing.assert_allclose(rolled[1], again, rtol=0, atol=1e-9)
    assert model.score(x[600:], exog=shock[600:]) > 0.9


def test_exogenous_rows_must_match():
    x, e = wave(), np.ones((600, 2))
    model = forecaster().fit(x, exog=e)
    with pytest.raises(ValueError, match="exog must have 2 columns, as at fit; got none"):
        model.forecast(5)
    with pytest.raises(ValueError, match=r"exog must have one row per step of X, \[5\]; got \[4\]"):
        model.forecast(5, exog=e[:4])
    with pytest.raises(ValueError, match="exog must have 2 columns, as at fit; got 1"):
        model.forecast(5, exog=e[:5, :1])
    with pytest.raises(ValueError, match="exog must have no columns, as at fit; got 2"):
        forecaster().fit(x).forecast(5, exog=e[:5])
    with pytest.raises(ValueError, match="Input exog contains NaN"):
        forecaster().fit(x, exog=np.full((600, 1), np.nan))


def test_scalers():
    x = wave()
    ranged = forecaster(scaler=MinMaxScaler((-1, 1))).fit(x)
    assert np.abs(ranged.forecast(20) - wave(620)[600:]).max() < 2.0
    raw = forecaster(scaler="passthrough").fit((x - x.mean(axis=0)) / x.std(axis=0))
    scaled = forecaster().fit(x)
    np.testing.assert_allclose(
        raw.forecast(20) * x.std(axis=0) + x.mean(axis=0), scaled.forecast(20), rtol=1e-6
    )


LOG = FunctionTransformer(np.log, np.exp, check_inverse=False)


@pytest.mark.parametrize("differences", [(), (1, 3)])
def test_a_transformer_of_the_levels_is_a_model_of_the_transformed_series(differences):
    x = wave()
    mine = forecaster(differences, transformer=LOG).fit(x[:500])
    plain = forecaster(differences).fit(np.log(x[:500]))
    later = np.log(x[500:])
    for call in (
        lambda m, u: m.forecast(5),
        lambda m, u: m.forecast(5, context=u),
        lambda m, u: m.rolling_forecast(u, 5, step=30),
        lambda m, u: m.predict(u),
    ):
        wanted = np.exp(call(plain, later))
        np.testing.assert_allclose(call(mine, x[500:]), wanted, rtol=1e-9)


def test_a_logarithm_needs_data_above_zero():
    with pytest.raises(ValueError, match="must give finite numbers; of X it makes NaN or infinity"):
        forecaster(transformer=LOG).fit(wave() - 60)


def test_rolling_forecasts_equal_contexts():
    x = wave()
    model = forecaster((1,)).fit(x[:450])
    rolled = model.rolling_forecast(x[450:], 20, step=30)
    assert rolled.shape == (5, 20, 2)
    for k, forecast in enumerate(rolled):
        wanted = model.forecast(20, context=x[: 450 + 30 * k])
        np.testing.assert_allclose(forecast, wanted, rtol=0, atol=1e-9)
    for n_steps, step, name in [(0, None, "n_steps"), (2.5, None, "n_steps"), (5, 0, "step")]:
        with pytest.raises(ValueError, match=f"^{name} must be an integer ≥ 1; got"):
            model.rolling_forecast(x[450:], n_steps, step=step)
    with pytest.raises(ValueError, match="rolling_forecast needs one series"):
        forecaster().fit([x, x]).rolling_forecast(x, 10)


def test_a_batch_of_contexts_runs_at_once():
    x = wave()
    model = forecaster((1,)).fit(x)
    contexts = [x[:200], x[100:180], x[:500]]
    together = model.forecast(20, context=contexts)
    assert isinstance(together, list)
    for mine, context in zip(together, contexts, strict=True):
        np.testing.assert_allclose(mine, model.forecast(20, context=context), rtol=0, atol=1e-9)
    panel = model.forecast(20, context=np.stack([x[:300], x[100:400]]))
    assert panel.shape == (2, 20, 2)
    np.testing.assert_allclose(panel[0], model.forecast(20, context=x[:300]), rtol=0, atol=1e-9)


def test_a_forecaster_fitted_on_many_series_goes_on_with_each():
    x = wave()
    X = [x[:300], x[100:350]]
    model = forecaster((10,)).fit(X)
    for mine, item in zip(model.forecast(15), X, strict=True):
        np.testing.assert_allclose(mine, model.forecast(15, context=item), rtol=0, atol=1e-9)


@pytest.mark.parametrize("differences", [(), (1,), (1, 10)])
def test_one_step_forecasts(differences):
    x = wave()
    model = forecaster(differences).fit(x[:500])
    follow = model.predict(x[500:])
    assert follow.shape == (100, 2)
    for t in (0, 57, 99):  # each row from those before it
        one = model.forecast(1, context=x[: 500 + t])
        np.testing.assert_allclose(follow[t : t + 1], one, rtol=0, atol=1e-9)
    fresh = model.predict(x[500:], initial_state="zero")
    reach = sum(differences) + 1
    assert np.isnan(fresh[:reach]).all()
    np.testing.assert_allclose(
        fresh[90:91], model.forecast(1, context=x[500:590]), rtol=0, atol=1e-9
    )
    assert model.score(x[500:]) == pytest.approx(r2_score(x[500:], follow), rel=1e-12)
    listed = forecaster(differences).fit([x[:300], x[300:]])
    first = 50 + reach
    mine = listed.predict([x[:200]])[0]
    assert listed.score([x[:200]]) == pytest.approx(r2_score(x[first:200], mine[first:]))
    with pytest.raises(ValueError, match=f"X must have more than {first} steps to be scored"):
        listed.score([x[:first]])


def test_units_of_the_data_do_not_matter():
    x = wave()
    plain = forecaster((1,)).fit(x).forecast(10)
    scaled = forecaster((1,)).fit(1000 * x - 4e4).forecast(10)
    np.testing.assert_allclose(scaled, 1000 * plain - 4e4, rtol=1e-6)
