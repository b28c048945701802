"""Kinds of reservoirs: each against a plain loop, chunked = sequential, in every estimator."""

import tracemalloc

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from reservoir import (
    NVAR,
    BidirectionalReservoir,
    BlockReservoir,
    DeepReservoir,
    Differences,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    EulerReservoir,
    ExpandedReservoir,
    InformedReservoir,
    LiquidReservoir,
    ParallelReservoirs,
    PlasticReservoir,
    Reservoir,
    ResidualReservoir,
    RidgeReadout,
    SingleNodeReservoir,
    SpikingReservoir,
    StateSummary,
    StructuredReservoir,
)
from reservoir.datasets import mackey_glass, narma
from reservoir.dynamics import Beside, Chain, LeakyUpdate, StatesSink, batch, driver, fastest, paths
from reservoir.metrics import nrmse

from .test_dynamics import loop, signal


def nested():
    inner = ParallelReservoirs([Reservoir(12), BlockReservoir(10)], features=[[0], None])
    return DeepReservoir([inner, Reservoir(15, leak_rate=0.4)], inputs_to_all=True, random_state=0)


KINDS = {
    "deep": DeepReservoir([Reservoir(20), Reservoir(15, leak_rate=0.5)], random_state=0),
    "deep to all": DeepReservoir(
        [Reservoir(20), Reservoir(15, activation="relu")], inputs_to_all=True, random_state=0
    ),
    "parallel": ParallelReservoirs([Reservoir(20), Reservoir(15, leak_rate=0.5)], random_state=0),
    "parallel, of two kinds": ParallelReservoirs(
        [Reservoir(20), NVAR(3)], features=[[1], [0]], random_state=0
    ),
    "nested": nested(),
    "residual": ResidualReservoir(30, kept=0.8, random_state=0),
    "residual ring": ResidualReservoir(30, kept=0.7, gain=0.9, skip="ring", random_state=0),
    "euler": EulerReservoir(
        30, step_size=0.2, diffusion=2.0, recurrent_scaling=0.3, random_state=0
    ),
    "exact leak": Reservoir(30, time_constant=(1.0, 9.0), random_state=0),
    "liquid": LiquidReservoir(40, time_constant=(0.5, 20.0), random_state=0),
    "informed": InformedReservoir(np.tanh, Reservoir(20), random_state=0),
    "plastic": PlasticReservoir(30, leak_rate=0.6, n_epochs=1, random_state=0),
    "single node": SingleNodeReservoir(30, random_state=0),
    "single node, far": SingleNodeReservoir(30, shift=3, exponent=1.5, random_state=0),
    "structured": StructuredReservoir(30, leak_rate=(0.3, 1.0), random_state=0),
    "nvar": NVAR(3, stride=2),
    "differences": Differences((1, 3)),
    "differences, own spread alone": Differences((2,), prior=np.inf),
    "differences, then units": DeepReservoir(
        [Differences((1, 4)), Reservoir(20, input_scaling=0.1)], random_state=0
    ),
    "nvar, odd": NVAR(2, order=(1, 3)),
    "expanded nvar": ExpandedReservoir(NVAR(2, order=1), maps=["state", "square"], delays=[4]),
    "expanded deep": ExpandedReservoir(
        DeepReservoir([Reservoir(20), Reservoir(15)], random_state=0), maps=["alternate", "input"]
    ),
}


@pytest.fixture(params=list(KINDS))
def kind(request):
    return clone(KINDS[request.param])


def states_by_step(reservoir, items):
    """One step after the other, by the stepper alone."""
    found = []
    for item in items:
        stepper = reservoir.update_.stepper(reservoir.update_.initial_state())
        rows = []
        for u in item:
            stepper.input[:, 0] = u
            stepper.step()
            rows.append(np.array(stepper.seen[:, 0]))
        found.append(np.array(rows))
    return found


def test_every_way_gives_the_same_states(kind, monkeypatch):
    items = [signal(n, seed=n) for n in (400, 90, 90, 7)]
    reservoir = kind.fit(items)
    wanted = states_by_step(reservoir, items)
    for path in "01":
        monkeypatch.setenv(paths.VARIABLE, path)
        for ours, slow in zip(reservoir.transform(items), wanted, strict=True):
            np.testing.assert_allclose(ours, slow, atol=1e-11)
        rule = fastest(reservoir.update_, 10**6)
        one = batch.Batch(rule, items[:1], None)
        sink = StatesSink([400], rule.n_seen, rule.dtype)
        end = driver.in_chunks(one, rule.initial_state(), sink, least_steps=64, least_chunks=1)
        if end is not None:
            np.testing.assert_allclose(sink.arrays[0], wanted[0], atol=1e-11)
    assert reservoir.update_.n_seen == wanted[0].shape[1] == len(reservoir.get_feature_names_out())


@pytest.mark.parametrize("prior", [10.0, np.inf])
def test_differences_by_their_equation(prior):
    items = [signal(n, seed=n) for n in (30, 5)]
    found = Differences((1, 3), prior=prior).fit(items)
    spread = [
        np.sqrt(np.mean(np.concatenate([(x[k:] - x[:-k]) ** 2 for x in items]), axis=0))
        for k in (1, 3)
    ]
    np.testing.assert_allclose(found.spread_, spread)
    for x, states in zip(items, found.transform(items), strict=True):
        d = x.shape[1]
        np.testing.assert_array_equal(states[:, :d], x)
        for j, k in enumerate((1, 3)):
            total, wanted = np.zeros(d), np.zeros_like(x)
            for t in range(k, len(x)):
                total += (x[t] - x[t - k]) ** 2
                scale = spread[j]
                if np.isfinite(prior):
                    scale = np.sqrt((total + prior * spread[j] ** 2) / (t - k + 1 + prior))
                wanted[t] = (x[t] - x[t - k]) / scale
            np.testing.assert_allclose(states[:, (1 + j) * d : (2 + j) * d], wanted)
    assert list(found.get_feature_names_out())[-1].endswith("[-3]")
    assert found.update_.forgets == np.isinf(prior)
    with pytest.raises(ValueError, match=r"lags must be integers ≥ 1; got \[0\]"):
        Differences([0]).fit(items)
    with pytest.raises(ValueError, match="'prior' parameter of Differences must be a float in"):
        Differences(prior=0.0).fit(items)
    flat = np.ones((9, 1))  # what does not move has no spread to divide by
    np.testing.assert_array_equal(Differences((1,)).fit_transform(flat)[:, 1], 0.0)


def test_every_kind_in_every_estimator(kind):
    x = mackey_glass(700, random_state=0)
    two = np.hstack([x, np.roll(x, 3, axis=0)])
    model = ESNForecaster(kind, RidgeReadout(1e-6, washout=50)).fit(two[:600])
    assert np.isfinite(model.forecast(5)).all()
    np.testing.assert_allclose(model.forecast(5)[:, 0], x[600:605, 0], atol=0.1)
    esn = ESNRegressor(kind, RidgeReadout(1e-6, washout=50))
    whole = esn.fit(two[:600], two[1:601])
    assert whole.score(two[600:-1], two[601:]) > 0.98
    parts = clone(esn)
    for k in range(0, 600, 200):
        parts.partial_fit(two[k : k + 200], two[k + 1 : k + 201])
    # what adapts to what the first call brings
    if not isinstance(kind, PlasticReservoir) and "Differences" not in repr(kind):
        np.testing.assert_allclose(
            parts.predict(two[600:]), whole.predict(two[600:]), rtol=1e-5, atol=1e-6
        )
    sequences = [signal(40, seed=k) * (1 + k % 2) for k in range(20)]
    labels = [k % 2 for k in range(20)]
    classifier = ESNClassifier(kind, StateSummary(("std",))).fit(sequences, labels)
    assert classifier.score(sequences, labels) == 1


def test_a_deep_reservoir_equals_loops_on_loops():
    u = signal(60)
    deep = DeepReservoir(
        [Reservoir(20, leak_rate=0.7), Reservoir(15, input_scaling=0.4)], random_state=3
    ).fit(u)
    first, second = deep.reservoirs_
    x = loop(first, u)
    np.testing.assert_allclose(deep.transform(u), np.hstack([x, loop(second, x)]), atol=1e-12)
    deep.set_params(inputs_to_all=True).fit(u)
    first, second = deep.reservoirs_
    x = loop(first, u)
    wanted = np.hstack([x, loop(second, np.hstack([x, u]))])
    np.testing.assert_allclose(deep.transform(u), wanted, atol=1e-12)
    assert isinstance(deep.update_, Chain)
    assert not np.array_equal(first.W_in_[:15, 0], second.W_in_[:, 0])


def test_a_deep_fit_never_holds_all_states():
    u = signal(60_000, n_features=1)
    model = ESNRegressor(
        DeepReservoir([Reservoir(100), Reservoir(100)], random_state=0), RidgeReadout(washout=50)
    ).fit(u, u)  # what is loaded at first is no state
    tracemalloc.start()
    model.fit(u, u)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60_000 * 100 * 8 / 2


def test_parallel_reservoirs_are_one_with_blocks():
    u = signal(60, n_features=3)
    parts = [Reservoir(70, leak_rate=0.7), Reservoir(15, topology="dense")]
    side = ParallelReservoirs(parts, features=[[2, 0], 1], random_state=3).fit(u)
    first, second = side.reservoirs_
    wanted = np.hstack([loop(first, u[:, [2, 0]]), loop(second, u[:, [1]])])
    np.testing.assert_allclose(side.transform(u), wanted, atol=1e-12)
    assert type(side.update_) is LeakyUpdate
    mixed = ParallelReservoirs([Reservoir(10), Reservoir(10, activation="relu")]).fit(u)
    assert isinstance(mixed.update_, Beside)


def test_features_by_name(monkeypatch):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(signal(60, n_features=3), columns=["wind", "sun", "load"])
    side = ParallelReservoirs(
        [Reservoir(10), Reservoir(10)], features=[["load", "wind"], "sun"], random_state=0
    )
    by_number = clone(side).set_params(features=[[2, 0], [1]])
    np.testing.assert_array_equal(
        side.fit(frame).transform(frame),
        by_number.fit(frame.to_numpy()).transform(frame.to_numpy()),
    )
    with pytest.raises(ValueError, match=r"or among \['wind', 'sun', 'load'\]; got \['rain'\]"):
        side.set_params(features=[["rain"], None]).fit(frame)
    with pytest.raises(ValueError, match=r"features must be numbers below 3; got \[3\]"):
        by_number.set_params(features=[[3], None]).fit(frame.to_numpy())
    with pytest.raises(ValueError, match="one entry for each of the 2 reservoirs; got 1"):
        side.set_params(features=[["sun"]]).fit(frame)


def test_compositions_check_what_they_are_made_of():
    u = signal(10)
    same = Reservoir(5)
    for wrong in ([], [same, "ring"], [same, same], [BidirectionalReservoir()]):
        for whole in (DeepReservoir(wrong), ParallelReservoirs(wrong)):
            with pytest.raises(ValueError, match="reservoirs must be"):
                whole.fit(u)


def test_grids_reach_into_compositions():
    deep = nested()
    names = deep.get_params()
    assert names["reservoirs__0__reservoirs__1__n_units"] == 10
    deep.set_params(reservoirs__0__reservoirs__1__n_units=8, reservoirs__1=Reservoir(9))
    assert deep.fit(signal(10)).update_.n_seen == 12 + 8 + 9
    with pytest.raises(ValueError, match="Invalid parameter 'reservoirs__2__n_units'"):
        deep.set_params(reservoirs__2__n_units=3)
    with pytest.raises(ValueError, match="Invalid parameter 'depth'"):
        deep.set_params(depth=3)
    x = mackey_glass(300, random_state=0)
    esn = ESNRegressor(KINDS["deep"], RidgeReadout(1e-6, washout=20))
    grid = {"reservoir__reservoirs__1__leak_rate": [0.2, 1.0], "reservoir__inputs_to_all": [True]}
    search = GridSearchCV(esn, grid, cv=2).fit(x[:-1], x[1:])
    assert set(search.best_params_) == set(grid)
    assert KINDS["deep"].reservoirs[1].leak_rate == 0.5  # a search works on clones


def test_noise_of_parts():
    u = signal(300)
    quiet = [Reservoir(10, random_state=0), Reservoir(10, random_state=1)]
    loud = [quiet[0], clone(quiet[1]).set_params(noise=0.1)]
    assert ParallelReservoirs(quiet).fit(u).training_noise() is None
    noise = DeepReservoir(loud, random_state=0).fit(u).training_noise()
    drawn = noise.draw(0, 0, 1000)
    assert not drawn[:, :10].any()
    assert drawn[:, 10:].std() == pytest.approx(0.1, rel=0.05)
    models = [
        ESNRegressor(DeepReservoir(parts, random_state=0), RidgeReadout(1e-6)).fit(u, u)
        for parts in (quiet, loud, loud)
    ]
    assert not np.allclose(models[0].readout_.coef_, models[1].readout_.coef_)
    np.testing.assert_array_equal(models[1].readout_.coef_, models[2].readout_.coef_)


def test_residual_reservoirs_by_their_equation():
    u = signal(50)
    for kept, gain, skip in (
        (0.8, None, "orthogonal"),
        (0.9, 0.4, "ring"),
        (0.3, None, "identity"),
    ):
        r = ResidualReservoir(25, kept=kept, gain=gain, skip=skip, random_state=0).fit(u)
        S = np.eye(25) if r.skip_ is None else r.skip_
        b = 1 - kept if gain is None else gain
        x, states = np.zeros(25), []
        for row in u:
            x = kept * (S @ x) + b * np.tanh(r.W_ @ x + r.W_in_ @ row + r.bias_)
            states.append(x)
        np.testing.assert_allclose(r.transform(u), states, atol=1e-12)
    leaky = Reservoir(25, leak_rate=0.7, random_state=0).fit(u).transform(u)
    np.testing.assert_allclose(r.transform(u), leaky, atol=1e-12)  # S = I, kept = 1 - a
    with pytest.raises(ValueError, match="gain must be given, above 0, where kept is 1"):
        ResidualReservoir(5, kept=1.0).fit(u)


def test_the_edge_of_stability_remembers_longer():
    """Ceni & Gallicchio (2025): its memory is near the number of units; a leaky one's is far."""
    linear = {"bias_scaling": 0.0, "input_scaling": 0.1, "random_state": 0}
    edge = ResidualReservoir(100, kept=0.95, skip="orthogonal", **linear)
    leaky = Reservoir(100, **linear)
    u = np.random.default_rng(0).uniform(-1, 1, (6000, 1))
    y = np.hstack([np.roll(u, k, axis=0) for k in range(1, 201)])
    found = []
    for reservoir in (edge, leaky):
        esn = ESNRegressor(reservoir, RidgeReadout(1e-10, washout=300, solver="qr"))
        answer = esn.fit(u[:4000], y[:4000]).predict(u[4000:])
        r = [np.corrcoef(answer[:, k], y[4000:, k])[0, 1] ** 2 for k in range(200)]
        found.append(sum(r))
    assert found[0] > 80
    assert found[1] < 50


def test_euler_reservoirs_by_their_equation():
    u = signal(50)
    r = EulerReservoir(25, step_size=0.05, diffusion=0.1, random_state=0).fit(u)
    np.testing.assert_allclose(r.W_ + r.W_.T, -0.2 * np.eye(25), atol=1e-12)
    x, states = np.zeros(25), []
    for row in u:
        x = x + 0.05 * np.tanh(r.W_ @ x + r.W_in_ @ row + r.bias_)
        states.append(x)
    np.testing.assert_allclose(r.transform(u), states, atol=1e-12)


def test_nvar_by_its_equation():
    u = signal(40)
    found = NVAR(delays=3, order=2, stride=2).fit(u)
    past = np.vstack([np.zeros((4, 2)), u])
    linear = np.hstack([past[4 - lag : 44 - lag] for lag in (0, 2, 4)])
    pairs = [linear[:, i] * linear[:, j] for i in range(6) for j in range(i, 6)]
    np.testing.assert_array_equal(found.transform(u), np.column_stack([linear, *pairs]))
    names = found.get_feature_names_out()
    assert list(names[:3]) == ["u0", "u1", "u0[-2]"]
    assert names[6] == "u0 u0"
    assert names[-1] == "u1[-4] u1[-4]"
    assert NVAR(1, order=(3,)).fit_transform(u).shape == (40, 4)
    assert NVAR(4, order=1).fit_transform(u).shape == (40, 8)
    with pytest.raises(ValueError, match=r"order must be degrees ≥ 1; got \[0\]"):
        NVAR(order=[0]).fit(u)


def test_nvar_forecasts_lorenz_from_400_points():
    """Gauthier et al. (2021): 10 time units, dt .025, k = 2, s = 1, ridge 2.5e-6: 2.4e-3 there.

    From their start and by their solver, whose steps are nearly polynomials: 2.0e-3 here. On exact
    data it is three times as far off, and diverges from every eighth start.
    """

    def flow(t, x):
        return [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]

    start = [17.67715816276679, 12.931379185960404, 43.91404334248268]
    t = np.arange(700) * 0.025
    x = solve_ivp(flow, (0, t[-1]), start, t_eval=t, method="RK23").y.T
    model = ESNForecaster(NVAR(2), RidgeReadout(2.5e-6, washout=1), scaler="passthrough")
    forecast = model.fit(x[199:601]).forecast(44)  # one Lyapunov time
    error = np.sqrt(np.mean((forecast - x[601:645]) ** 2 / x.var(axis=0)))
    assert 1.5e-3 < error < 2.5e-3


def test_plastic_units_take_the_distribution_that_is_wanted():
    """Schrauwen et al. (2008), figure 2: near a Gaussian, whatever the drive makes at first."""
    u = signal(3000, n_features=1)
    loud = {"input_scaling": 2.0, "random_state": 0}
    before = Reservoir(60, **loud).fit(u).transform(u)[200:]
    plastic = PlasticReservoir(60, mu=0.1, sigma=0.2, learning_rate=2e-3, **loud).fit(u)
    after = plastic.transform(u)[200:]
    assert before.std() > 0.5
    assert np.median(after.std(axis=0)) == pytest.approx(0.2, abs=0.05)
    assert after.mean() == pytest.approx(0.1, abs=0.05)
    np.testing.assert_allclose(plastic.transform(u), loop(plastic, u), atol=1e-11)
    fermi = PlasticReservoir(60, activation="sigmoid", mu=0.2, learning_rate=2e-3, **loud).fit(u)
    answers = fermi.transform(u)[200:]
    assert answers.mean() == pytest.approx(0.2, abs=0.04)
    assert answers.std() == pytest.approx(0.2, abs=0.1)  # as of an exponential
    with pytest.raises(ValueError, match="mu must be above 0 for the sigmoid; got 0.0"):
        PlasticReservoir(5, activation="sigmoid").fit(u)


def test_plasticity_by_its_equations():
    u = signal(30)
    r = PlasticReservoir(
        15, mu=0.1, sigma=0.4, n_epochs=2, learning_rate=0.01, leak_rate=0.7, random_state=0
    ).fit(u)
    plain = Reservoir(15, leak_rate=0.7, random_state=0).fit(u)
    W = plain.W_.toarray() if hasattr(plain.W_, "toarray") else plain.W_
    g, h, v = np.ones(15), np.zeros(15), 0.4**2
    for _ in range(2):
        x = np.zeros(15)
        for row in u:
            net = W @ x + plain.W_in_ @ row + plain.bias_
            y = np.tanh(g * net + h)
            x = 0.3 * x + 0.7 * y
            change = -0.01 * (-0.1 / v + y / v * (2 * v + 1 - y**2 + 0.1 * y))
            g = g + 0.01 / g + change * net
            h = h + change
    np.testing.assert_allclose(r.slope_, g, atol=1e-12)
    np.testing.assert_allclose(r.shift_, h, atol=1e-12)
    learned = r.W_.toarray() if hasattr(r.W_, "toarray") else r.W_
    np.testing.assert_allclose(learned, g[:, None] * W)
    np.testing.assert_allclose(r.bias_, g * plain.bias_ + h)


@pytest.mark.parametrize("shift", [0, 1, 4])
def test_a_single_node_equals_a_plain_loop(shift):
    u = signal(50)
    r = SingleNodeReservoir(
        20, separation=0.3, gain=0.8, exponent=2.5, shift=shift, input_scaling=0.5, random_state=0
    ).fit(u)
    line, seen, kept = [0.0] * (20 + shift), [], np.exp(-0.3)
    for row in u:  # all that has ever been, one after the other
        for i in range(20):
            a = line[-20 - shift] + r.W_in_[i] @ row + r.bias_[i]
            line.append(kept * line[-1] + (1 - kept) * 0.8 * a / (1 + abs(a) ** 2.5))
        seen.append(line[-20:])
    np.testing.assert_allclose(r.transform(u), seen, atol=1e-12)


def test_a_single_node_solves_its_delayed_equation():
    """Its units converge, as they come closer, to x' = -x + eta f(x(s - tau) + J)."""
    u, tau = np.array([[0.5], [-1.0], [0.8], [0.2]]), 4.0
    fine, past = 4000, np.zeros(4000)
    dt = tau / fine
    for drive in u[:, 0]:
        turn, x = np.empty(fine), past[-1]
        for k in range(fine):
            a = past[k] + 0.7 * drive
            x += dt * (-x + 0.9 * a / (1 + abs(a)))
            turn[k] = x
        past = turn
    errors = []
    for n in (20, 80):
        r = SingleNodeReservoir(
            n, separation=tau / n, gain=0.9, exponent=1.0, shift=0, input_scaling=0.7,
            bias_scaling=0.0,
        ).fit(u)  # fmt: skip
        r.update_.weights[:, 0] = 0.7  # a mask without signs: the drive of a turn
        last = r.transform(u)[-1]
        errors.append(np.abs(last - past[fine // n - 1 :: fine // n]).max())
    assert errors[1] < 0.01
    assert errors[1] < 0.35 * errors[0]


def test_a_single_node_does_narma_as_published():
    """Appeltant et al. have NRMSE .15 with 400 units; a delay of one unit more remembers more."""
    u, y = narma(3500, random_state=0)
    node = SingleNodeReservoir(400, gain=1.1, exponent=7.0, input_scaling=0.012, random_state=0)
    model = ESNRegressor(node, RidgeReadout(1e-16, solver="qr", washout=100))
    model.fit(u[:2500], y[:2500])
    assert nrmse(y[2500:], model.predict(u[2500:])) < 0.17
    with pytest.raises(ValueError, match="shift must be at most n_units=5, a whole turn; got 6"):
        SingleNodeReservoir(5, shift=6).fit(u)


def test_spiking_units_equal_a_plain_loop():
    u = 3 * signal(80)
    r = SpikingReservoir(30, membrane=0.8, trace=0.7, random_state=0).fit(u)
    W = r.W_.toarray() if hasattr(r.W_, "toarray") else r.W_
    v, spikes, trace, seen = np.zeros(30), np.zeros(30), np.zeros(30), []
    for row in u:
        v = 0.8 * v * (1 - spikes) + W @ spikes + r.W_in_ @ row + r.bias_
        spikes = (v >= 1).astype(float)
        trace = 0.7 * trace + 0.3 * spikes
        seen.append(trace)
    assert 0.02 < np.mean(seen) < 0.5
    np.testing.assert_allclose(r.transform(u), seen, atol=1e-12)


def test_a_spiking_unit_fires_at_its_rate():
    """Its potential under a constant drive I is I (1 - l^n) / (1 - l): it fires where that is 1."""
    membrane = 0.9
    one = {"spectral_radius": None, "bias_scaling": 0.0, "input_scaling": 1.0, "trace": 0.0}
    for drive in (0.11, 0.2, 0.5, 1.2):
        r = SpikingReservoir(
            1, membrane=membrane, topology=np.zeros((1, 1)), input_weights=np.ones((1, 1)), **one
        )
        fires = np.flatnonzero(r.fit_transform(np.full((400, 1), drive))[:, 0])
        n = np.arange(1, 200)
        period = n[np.argmax(drive * (1 - membrane**n) / (1 - membrane) >= 1)]
        assert set(np.diff(fires)) == {period}
    quiet = SpikingReservoir(1, topology=np.zeros((1, 1)), input_weights=np.ones((1, 1)), **one)
    assert not quiet.fit_transform(np.full((400, 1), 0.099)).any()  # below the rheobase
