"""What is told of reservoirs, beside theory, plain loops and dense eigenvalues."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import parallel_config
from sklearn.base import clone
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reservoir import (
    NVAR,
    ESNForecaster,
    ESNRegressor,
    LiquidReservoir,
    LocalForecaster,
    Reservoir,
    ResidualReservoir,
    RidgeReadout,
    SpikingReservoir,
)
from reservoir.datasets import lorenz63
from reservoir.diagnostics import (
    consistency,
    echo_state_index,
    effective_spectral_radius,
    generalization_rank,
    information_processing_capacity,
    kernel_rank,
    lyapunov_exponents,
    memory_capacity,
    non_normality,
    synchronisation,
)
from reservoir.diagnostics.products import products_of
from reservoir.dynamics.rule import Rule
from reservoir.dynamics.tangent import slope
from tests.test_kinds import KINDS

U = np.random.default_rng(1).uniform(-1, 1, (3000, 1))


# capacities


def test_memory_is_that_of_regressions_delay_by_delay():
    reservoir = Reservoir(30, random_state=0).fit(U)
    states, n = reservoir.transform(U), len(U)
    result = memory_capacity(reservoir, U, n_delays=60, washout=100)
    by_hand = [
        LinearRegression().fit(states[160:], past).score(states[160:], past)
        for past in (U[160 - k : n - k, 0] for k in range(1, 61))
    ]
    assert result.n_rows == n - 160
    clear = np.flatnonzero(np.array(by_hand) > 0.1)
    np.testing.assert_allclose(result.capacities[clear, 0], np.array(by_hand)[clear], atol=0.03)
    np.testing.assert_allclose(result.capacities[:3, 0], by_hand[:3], atol=1e-4)
    assert result.capacities[40:].sum() == 0.0  # chance is not counted
    assert sum(by_hand[40:]) > 0.1


@pytest.mark.parametrize("topology", ["orthogonal", "ring"])
def test_a_hundred_units_hold_nearly_a_hundred_inputs(topology):
    reservoir = Reservoir(
        100, topology=topology, input_scaling=1e-3, bias_scaling=0.0, random_state=0
    )
    assert 98 < memory_capacity(reservoir).total < 99.0001  # the input of the step is one more


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(["orthogonal", "ring", "sparse", "delay_line"]), st.integers(2, 25),
    st.floats(0.3, 0.99), st.integers(0, 100), st.sampled_from(["identity", "tanh"]),
)  # fmt: skip
def test_capacities_never_exceed_the_rank(topology, n_units, radius, seed, activation):
    radius = None if topology == "delay_line" else radius
    reservoir = Reservoir(
        n_units, topology=topology, spectral_radius=radius, activation=activation,
        random_state=seed,
    )  # fmt: skip
    few = information_processing_capacity(reservoir, degree=2, n_steps=1500, random_state=seed)
    assert few.total <= few.rank * (1 + 1e-9) <= n_units * (1 + 1e-9)
    memory = memory_capacity(reservoir, n_steps=1500, random_state=seed)
    assert memory.total <= memory.rank * (1 + 1e-9)
    np.testing.assert_array_less(memory.capacities, 1 + 1e-9)


def test_an_orthogonal_linear_reservoir_holds_as_many_as_it_has_units():
    reservoir = Reservoir(
        30, topology="orthogonal", spectral_radius=0.95, activation="identity", random_state=0
    )
    result = information_processing_capacity(reservoir, degree=1)
    assert result.total == pytest.approx(30, abs=0.05)
    assert result.total <= 30 * (1 + 1e-12)


def test_products_of_inputs_have_the_capacity_of_their_degree():
    result = information_processing_capacity(NVAR(3, order=2), degree=3, n_delays=4, n_steps=4000)
    # three inputs; their squares and products
    np.testing.assert_allclose(result.by_degree, [3, 6], atol=1e-9)
    assert result.rank == 9
    assert result.total == pytest.approx(9)
    assert result.n_tried == sum(len(products_of(k, 4)) for k in (1, 2, 3))
    assert ((1, 0, 0), (1, 2, 0)) in result.products
    assert ((2, 1, 0),) in result.products
    three = information_processing_capacity(NVAR(2, order=3), degree=4, n_delays=3, n_steps=4000)
    np.testing.assert_allclose(three.by_degree, [2, 3, 4], atol=1e-9)


def test_two_inputs_and_their_products():
    X = np.random.default_rng(0).uniform(-1, 1, (3000, 2))
    result = memory_capacity(NVAR(4, order=1), X, n_delays=6)
    np.testing.assert_allclose(result.capacities[:3], 1.0)
    assert result.capacities[3:].sum() == 0.0
    squares = information_processing_capacity(NVAR(1, order=2), X, degree=2, n_delays=1)
    np.testing.assert_allclose(squares.by_degree, [2, 3], atol=1e-9)


def test_products_are_all_monomials_of_a_degree():
    assert len(products_of(3, 4)) == 35
    assert len({*products_of(3, 4)}) == 35
    assert all(sum(factor[0] for factor in product) == 3 for product in products_of(3, 4))


def test_what_a_slow_input_tells_of_its_past_is_no_memory():
    slow = np.sin(np.arange(4000) / 7)[:, None]
    result = memory_capacity(NVAR(1, order=1), slow, n_delays=50)
    assert result.total <= result.rank == 1


def test_capacities_refuse_what_tells_nothing():
    with pytest.raises(ValueError, match=r"X must have at least 60 steps, two for each .* has 40"):
        memory_capacity(Reservoir(30, random_state=0), U[:150], n_delays=10, washout=100)
    with pytest.raises(ValueError, match="X must be within -1 and 1, where the polynomials"):
        information_processing_capacity(Reservoir(5), 2 * U)
    with pytest.raises(ValueError, match="n_delays must be integers ≥ 0"):
        information_processing_capacity(Reservoir(5), U, n_delays=-1)


# exponents


@pytest.mark.parametrize("name", list(KINDS))
def test_the_derivative_of_a_step_is_what_twins_show(name):
    rng = np.random.default_rng(0)
    X = rng.uniform(0.1, 1, (60, 2))
    rule = clone(KINDS[name]).fit(X).update_.with_inputs()
    state = rule.advance(rule.initial_state(), X[:50, :, None])[1][:, 0]
    dx, du = rng.normal(size=(rule.n_state, 3)), rng.normal(size=(2, 3))
    own, twins = rule.linearised(state, X[50]), Rule.linearised(rule, state, X[50])
    seen, end = rule.advance(state[:, None], X[50][None, :, None])
    np.testing.assert_allclose(own.state, end[:, 0], atol=1e-14)
    np.testing.assert_allclose(own.seen, seen[:, 0, 0], atol=1e-14)
    for mine, theirs in zip(own.push(dx, du), twins.push(dx, du), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-9)


@pytest.mark.parametrize(
    "reservoir",
    [
        Reservoir(20, time_constant=(1.0, 9.0), dt="dt", random_state=0),
        LiquidReservoir(20, dt="dt", n_substeps=3, random_state=0),
        Reservoir(20, activation="sigmoid", random_state=0),
        Reservoir(20, activation=np.sin, random_state=0),
        Reservoir(20, activation="identity", leak_rate=0.3, random_state=0),
    ],
)
def test_derivatives_by_time_steps_and_of_any_activation(reservoir):
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.uniform(0.1, 1, (30, 2)), columns=["x", "dt"])
    rule = reservoir.fit(X).update_
    state, u = rng.uniform(-1, 1, rule.n_state), X.to_numpy()[3]
    dx, du = rng.normal(size=(rule.n_state, 3)), rng.normal(size=(2, 3))
    own, twins = rule.linearised(state, u), Rule.linearised(rule, state, u)
    np.testing.assert_allclose(own.push(dx, du)[0], twins.push(dx, du)[0], atol=2e-9)


def test_the_slope_of_relu_is_a_step():
    relu = Reservoir(5, activation="relu").fit(U).update_.activation
    np.testing.assert_array_equal(slope(relu, np.array([[-1.0], [2.0]])), [[0.0], [1.0]])


def test_exponents_of_a_linear_reservoir_are_those_of_its_eigenvalues():
    reservoir = Reservoir(12, leak_rate=0.4, activation="identity", random_state=3).fit(U)
    W = reservoir.W_.toarray() if hasattr(reservoir.W_, "toarray") else reservoir.W_
    sizes = np.sort(np.abs(np.linalg.eigvals(0.6 * np.eye(12) + 0.4 * W)))[::-1]
    found = lyapunov_exponents(reservoir, U, n_exponents=4, dt=0.5, aligned=1000)
    np.testing.assert_allclose(found.exponents, np.log(sizes[:4]) / 0.5, atol=0.01)
    np.testing.assert_allclose(found.running[-1], found.exponents, atol=1e-9)
    seldom = lyapunov_exponents(reservoir, U, n_exponents=4, dt=0.5, aligned=1000, every=5)
    np.testing.assert_allclose(seldom.exponents, found.exponents, atol=0.01)


def test_the_largest_conditional_exponent_is_how_fast_twins_meet():
    reservoir = Reservoir(40, spectral_radius=0.9, leak_rate=0.5, random_state=0)
    exponent = lyapunov_exponents(reservoir, U, n_exponents=1).exponents[0]
    twins = synchronisation(reservoir, U)
    assert exponent < 0
    assert twins.contraction_rate == pytest.approx(exponent, rel=0.15)


def test_exponents_of_a_forecaster_are_those_of_lorenz():
    x = lorenz63(6000, random_state=0)
    reservoir = Reservoir(200, spectral_radius=0.1, random_state=0)
    model = ESNForecaster(reservoir, RidgeReadout(1e-8)).fit(x)
    found = lyapunov_exponents(model, n_steps=8000, dt=0.02)
    assert found.exponents[0] == pytest.approx(0.906, rel=0.06)  # 2 % in a longer run: benchmarks
    assert found.exponents[1] == pytest.approx(0.0, abs=0.03)
    assert found.exponents[2] == pytest.approx(-14.57, rel=0.02)
    assert found.kaplan_yorke_dimension == pytest.approx(2.06, abs=0.01)
    assert found.standard_error[0] < 0.1
    driven = lyapunov_exponents(model, x[:1000], n_exponents=1, dt=0.02)
    assert driven.exponents[0] < -20  # driven by the series, it forgets


@pytest.mark.parametrize("passthrough", [False, True])
def test_the_loop_of_a_linear_network_has_the_exponents_of_its_matrix(passthrough):
    t = np.arange(400)
    x = np.stack([np.sin(t / 5), np.cos(t / 5)], axis=1)
    exog = np.sin(t / 9)[:, None]
    model = ESNForecaster(
        Reservoir(6, activation="identity", spectral_radius=0.5, random_state=0),
        RidgeReadout(1e-10), passthrough=passthrough,
    ).fit(x, exog=exog)  # fmt: skip
    network = model.regressor_
    A = network.rule.matrix[:, :6], network.rule.matrix[:, 6:8]
    seen = np.hstack(A)
    if passthrough:
        seen = np.vstack([seen, np.eye(8)[6:], np.zeros((1, 8))])
    loop = np.vstack([np.hstack(A), network.readout.coef_ @ seen])
    if passthrough:
        loop[6:, 6:] += np.eye(2)
    sizes = np.sort(np.abs(np.linalg.eigvals(loop)))[::-1]
    coming = np.sin(np.arange(400, 1600) / 9)[:, None]
    found = lyapunov_exponents(model, exog=coming, n_steps=1200, n_exponents=3, aligned=600)
    np.testing.assert_allclose(found.exponents, np.log(sizes[:3]), atol=0.01)


def test_exponents_refuse_what_has_none():
    with pytest.raises(TypeError, match="spiking units have no derivative"):
        lyapunov_exponents(SpikingReservoir(10, random_state=0), U)
    local = LocalForecaster(Reservoir(5)).fit(np.hstack([U[:60]] * 4))
    with pytest.raises(TypeError, match="exponents of a free run are those of an ESNForecaster"):
        lyapunov_exponents(local)
    with pytest.raises(ValueError, match="n_steps must be at least 210, 200 to align; got 100"):
        lyapunov_exponents(Reservoir(10), U[:100])
    with pytest.raises(ValueError, match="n_exponents must not exceed the 5 state variables"):
        lyapunov_exponents(Reservoir(5), U, n_exponents=6)


# ranks, stability


def test_ranks_are_those_of_a_matrix_of_end_states():
    reservoir = Reservoir(20, input_scaling=2.0, random_state=0)
    inputs = np.random.default_rng(3).uniform(-1, 1, (20, 50, 1))
    ends = reservoir.fit(inputs).transform(inputs)[:, -1]
    assert kernel_rank(reservoir, inputs, tolerance=1e-2).rank == np.linalg.matrix_rank(
        ends, tol=1e-2 * np.linalg.norm(ends, 2)
    )
    assert kernel_rank(reservoir).rank > generalization_rank(reservoir, n_common=10).rank
    assert generalization_rank(reservoir, n_common=200).rank == 1
    with pytest.raises(ValueError, match="X must be several sequences"):
        kernel_rank(reservoir, U)


def test_forgetting_is_that_of_two_plain_runs():
    reservoir = Reservoir(20, random_state=0).fit(U)
    twins = synchronisation(reservoir, U, n_starts=2)
    rule = reservoir.update_
    ends = [rule.advance(np.full((20, 1), s), U[:40, :, None])[0][:, :, 0] for s in (-1.0, 1.0)]
    assert (twins.distances[:40] >= np.abs(ends[0] - ends[1]).max(axis=0) - 1e-12).all()
    assert twins.distances[twins.forgetting_time] <= twins.tolerance
    assert twins.distances[twins.forgetting_time - 1] > twins.tolerance
    never = synchronisation(Reservoir(20, spectral_radius=3.0, random_state=1), 0 * U)
    assert never.forgetting_time is None


def test_echo_states_are_counted():
    switch = Reservoir(
        1, topology=[[2.0]], spectral_radius=None, bias_scaling=0.0, input_scaling=9.0,
        random_state=1,
    )  # fmt: skip
    silent, loud = np.zeros((200, 1)), np.full((200, 1), 9.0)
    quiet = echo_state_index(switch, silent)
    assert quiet.index == 3  # two that hold, and the one on the edge, from the zero state
    assert quiet.members.sum() == 33
    end = np.unique(quiet.end_states.round(6))
    np.testing.assert_allclose(end, [-end[2], 0.0, end[2]])
    assert end[2] == pytest.approx(np.tanh(2 * end[2]), abs=1e-5)
    assert echo_state_index(switch, loud).index == 1
    assert echo_state_index(Reservoir(30, random_state=0), U).index == 1


def test_consistency_is_a_correlation_of_replicas():
    calm = consistency(Reservoir(30, random_state=0), U)
    assert calm.consistency == pytest.approx(1.0)
    noisy = [consistency(Reservoir(30, random_state=0), U, noise=s) for s in (0.1, 0.3, 1.0)]
    values = [each.consistency for each in noisy]
    assert 1.0 > values[0] > values[1] > values[2] > 0
    # of one unit that only passes its input on: signal over signal and noise
    unit = Reservoir(
        1, topology=[[0.0]], spectral_radius=None, activation="identity", random_state=0
    )
    share = consistency(unit, U, noise=0.5, n_steps=3000).consistency
    assert share == pytest.approx((1 / 3) / (1 / 3 + 0.25), abs=0.03)
    with pytest.raises(ValueError, match="X must have at least 210 steps; it has 50"):
        consistency(Reservoir(5), U[:50])


@pytest.mark.parametrize(
    "reservoir",
    [
        Reservoir(15, leak_rate=0.3, random_state=0),
        Reservoir(15, leak_rate=np.linspace(0.1, 1, 15), random_state=0),
        Reservoir(80, random_state=0),
    ],
)
def test_the_effective_radius_is_that_of_the_dense_map(reservoir):
    reservoir.fit(U)
    leak = np.broadcast_to(np.ravel(reservoir.update_.leak_rate), reservoir.n_units)
    W = reservoir.W_.toarray() if hasattr(reservoir.W_, "toarray") else reservoir.W_
    whole = np.diag(1 - leak) + leak[:, None] * W
    radius = np.abs(np.linalg.eigvals(whole)).max()
    assert effective_spectral_radius(reservoir) == pytest.approx(radius)


def test_the_effective_radius_of_other_maps():
    residual = ResidualReservoir(12, kept=0.7, gain=0.2, skip="ring", random_state=0).fit(U)
    rule = residual.update_
    dense = 0.7 * rule.skip.toarray() + 0.2 * rule.matrix[:, :12]
    radius = np.abs(np.linalg.eigvals(dense)).max()
    assert effective_spectral_radius(residual) == pytest.approx(radius)
    timed = Reservoir(12, topology="ring", spectral_radius=0.5, time_constant=4.0).fit(U)
    slow = np.exp(-1 / 4)
    assert effective_spectral_radius(timed) == pytest.approx(slow + (1 - slow) * 0.5)
    with pytest.raises(TypeError, match="LiquidReservoir is no map of leaky or residual units"):
        effective_spectral_radius(LiquidReservoir(5).fit(U))
    with pytest.raises(TypeError, match="NVAR has no recurrent weights W_ of its own"):
        non_normality(NVAR(2).fit(U))


def test_non_normality_is_what_a_schur_form_has_beside_its_diagonal():
    reservoir = Reservoir(25, topology="dense", random_state=0).fit(U)
    form = scipy.linalg.schur(reservoir.W_, output="complex")[0]
    share = np.linalg.norm(np.triu(form, 1)) / np.linalg.norm(form)
    assert non_normality(reservoir) == pytest.approx(share)


def test_diagnostics_are_of_any_estimator_that_holds_a_reservoir():
    y = np.roll(U, 1)
    esn = ESNRegressor(Reservoir(30, random_state=0)).fit(U, y)
    pipeline = make_pipeline(StandardScaler(), Reservoir(30, random_state=0), RidgeReadout())
    pipeline.fit(U, y)
    bare = Reservoir(30, random_state=0)
    wanted = memory_capacity(bare.fit(U), U).capacities
    np.testing.assert_allclose(memory_capacity(esn, U).capacities, wanted)
    scaled = StandardScaler().fit_transform(U)
    np.testing.assert_allclose(
        memory_capacity(pipeline, U).capacities, memory_capacity(bare, scaled).capacities
    )


@pytest.mark.parametrize(
    "measure",
    [
        memory_capacity, kernel_rank, synchronisation, echo_state_index, consistency,
        information_processing_capacity, lyapunov_exponents,
    ],
)  # fmt: skip
def test_results_draw_themselves(measure):
    pytest.importorskip("matplotlib").use("Agg")
    ax = measure(Reservoir(10, random_state=0), None if measure is kernel_rank else U).plot()
    assert ax.get_title()
    assert ax.get_xlabel()
    ax.figure.canvas.draw()
    pytest.importorskip("matplotlib.pyplot").close("all")


def test_a_result_is_told_on_one_line():
    memory = memory_capacity(Reservoir(10, random_state=0), U)
    shown = repr(memory)
    assert shown.startswith(f"MemoryCapacity(total={memory.total:.4g}, capacities=<array of shape")
    assert "rank=10" in shown
    found = repr(lyapunov_exponents(Reservoir(5), U[:300]))
    assert found.startswith("LyapunovExponents(exponents=[-")
    assert len(found) < 200


def test_long_fits_tell_of_their_steps(capsys, monkeypatch):
    monkeypatch.setattr("reservoir.progress.EVERY", 0.0)
    u = np.random.default_rng(0).uniform(-1, 1, (6000, 1))
    esn = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(washout=10))
    quiet = esn.fit(u, u)
    assert capsys.readouterr().err == ""
    told = clone(esn).set_params(verbose=1).fit(u, u)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith("steps: 6000 of 6000")
    np.testing.assert_array_equal(told.readout_.coef_, quiet.readout_.coef_)
    ESNForecaster(Reservoir(20), RidgeReadout(), verbose=1).fit(u[:500])
    assert "of 499" in capsys.readouterr().err
    model = ESNForecaster(Reservoir(20), RidgeReadout(), verbose=1).fit(u[:500])
    capsys.readouterr()
    model.forecast(30, [u[:200], u[:300]])
    assert "steps: 60 of 60" in capsys.readouterr().err
    with parallel_config(backend="threading"):
        clone(esn).set_params(verbose=1, n_jobs=2).fit([u, u[:300]], [u, u[:300]])
    assert "shares of sequences: 2 of 2" in capsys.readouterr().err
    quiet.fit(u, u)  # and not for ever
    assert capsys.readouterr().err == ""


def test_progress_is_told_on_a_pipe_and_not_unasked(capsys):
    lyapunov_exponents(Reservoir(5), U[:300], verbose=1)
    assert "steps: 300 of 300, done in" in capsys.readouterr().err
    lyapunov_exponents(Reservoir(5), U[:300])
    assert capsys.readouterr().err == ""
