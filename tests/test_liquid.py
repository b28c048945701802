"""Time steps of their own: an exact leak, liquid units, and what they are worth."""

import sys

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from sklearn.base import clone

from reservoir import (
    DeepReservoir,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    ExpandedReservoir,
    LiquidReservoir,
    ParallelReservoirs,
    Reservoir,
    RidgeReadout,
    StateSummary,
)
from reservoir.reservoirs import PowersOf

from .test_dynamics import loop, signal


def timed(n_steps, seed=0):
    """Two features, and time steps between them, in the middle."""
    u = signal(n_steps, seed=seed)
    steps = np.random.default_rng(seed).uniform(0.1, 3.0, n_steps)
    return np.column_stack([u[:, 0], steps, u[:, 1]])


def leaky_loop(r, u, dt, tau):
    x, states = np.zeros(len(r.W_in_)), []
    for row, step in zip(u, dt, strict=True):
        leak = 1 - np.exp(-step / tau)
        x = (1 - leak) * x + leak * np.tanh(r.W_ @ x + r.W_in_ @ row + r.bias_)
        states.append(x)
    return np.array(states)


def liquid_loop(r, u, dt):
    x, states, tau = np.zeros(len(r.W_in_)), [], r.time_constant_
    for row, step in zip(u, dt, strict=True):
        for _ in range(r.n_substeps):
            f = r.gain / tau / (1 + np.exp(-(r.W_ @ x + r.W_in_ @ row + r.bias_)))
            delta = step / r.n_substeps
            x = (x + delta * f * r.target_) / (1 + delta * (1 / tau + f))
        states.append(x)
    return np.array(states)


@pytest.mark.parametrize("tau", [2.0, (0.5, 8.0), "each"])
def test_an_exact_leak_equals_a_plain_loop(tau):
    tau = np.linspace(0.5, 5, 30) if isinstance(tau, str) else tau
    u = timed(80)
    r = Reservoir(30, time_constant=tau, dt=1, random_state=0).fit(u)
    assert not r.W_in_[:, 1].any()
    np.testing.assert_allclose(
        r.transform(u), leaky_loop(r, u, u[:, 1], r.time_constant_), atol=1e-12
    )
    even = Reservoir(30, time_constant=tau, random_state=0).fit(u)
    np.testing.assert_allclose(even.leak_rate_, 1 - np.exp(-1 / even.time_constant_))
    np.testing.assert_allclose(even.transform(u), loop(even, u), atol=1e-12)


def test_steps_that_are_split_are_one_step_where_the_drive_is_held():
    """A leak is exact in time: a unit without recurrence follows the same path at any sampling."""
    r = Reservoir(5, spectral_radius=0.0, time_constant=2.0, dt=1, random_state=0)
    coarse = np.column_stack([np.repeat([1.0, -0.5, 0.3], 1), [1.0, 3.0, 0.5]])
    fine = np.column_stack([np.repeat([1.0, -0.5, 0.3], 4), np.repeat([1.0, 3.0, 0.5], 4) / 4])
    r.fit(coarse)
    np.testing.assert_allclose(r.transform(fine)[3::4], r.transform(coarse), atol=1e-14)


@pytest.mark.parametrize("n_substeps", [1, 3])
def test_liquid_units_equal_a_plain_loop(n_substeps):
    u = timed(80)
    r = LiquidReservoir(30, dt=1, gain=2.5, n_substeps=n_substeps, random_state=0).fit(u)
    np.testing.assert_allclose(r.transform(u), liquid_loop(r, u, u[:, 1]), atol=1e-12)
    median = np.median(u[:, 1])
    np.testing.assert_allclose(r.time_constant_, np.geomspace(median, 100 * median, 30))
    assert abs(r.transform(u)).max() <= 1  # Hasani et al. (2021), theorem 2: states are bounded
    even = LiquidReservoir(30, time_constant=(2.0, 9.0), random_state=0).fit(u)
    np.testing.assert_allclose(even.transform(u), liquid_loop(even, u, np.ones(80)), atol=1e-12)


def test_the_input_sets_the_time_constant():
    """Hasani et al. (2021), theorem 1: between tau / (1 + gain) and tau."""
    r = LiquidReservoir(
        40, spectral_radius=0.0, time_constant=50.0, gain=9.0, bias_scaling=0.0,
        input_scaling=100.0, input_weights=np.ones((40, 1)), random_state=0,
    )  # fmt: skip
    steps_to_half = []
    for loud in (1.0, -1.0):
        x = np.vstack([np.ones((2000, 1)), np.full((500, 1), loud)])
        states = r.fit(x).transform(x)
        after = states[2000:] / states[1999]
        steps_to_half.append(int(np.argmax(after[:, 0] < 0.5)) if after[-1, 0] < 0.5 else None)
    # driven on, a unit stays where it is; let go, it falls by its own tau
    assert steps_to_half[0] is None
    assert steps_to_half[1] == pytest.approx(50 * np.log(2), abs=2)
    rise = states[:100, 0] / states[1999, 0]
    assert np.argmax(rise > 0.5) == pytest.approx(5 * np.log(2), abs=1)


def test_the_column_of_steps_by_name():
    pd = pytest.importorskip("pandas")
    u = timed(60)
    frame = pd.DataFrame(u, columns=["a", "dt", "b"])
    for kind in (
        Reservoir(20, time_constant=2.0, random_state=0),
        LiquidReservoir(20, random_state=0),
    ):
        by_name = kind.set_params(dt="dt").fit(frame).transform(frame)
        by_number = kind.set_params(dt=-2).fit(u).transform(u)
        np.testing.assert_array_equal(by_name, by_number)
        with pytest.raises(ValueError, match=r"dt must be numbers below 3; got \['dt'\]"):
            kind.set_params(dt="dt").fit(u)


def test_bad_time_steps_and_constants():
    u = timed(60)
    u[17, 1] = 0.0
    u[18, 1] = -1.0
    for kind in (Reservoir(20, time_constant=2.0, dt=1), LiquidReservoir(20, dt=1)):
        message = "time steps must be above zero; got 0.0 in row 17 of column 1"
        with pytest.raises(ValueError, match=message):
            kind.fit(u).transform(u)
        nested = DeepReservoir([ParallelReservoirs([kind]), Reservoir(5)])
        for whole in (ExpandedReservoir(kind), nested):
            with pytest.raises(ValueError, match=message):
                ESNRegressor(whole).fit(u, u)
        with pytest.raises(ValueError, match="time_constant must be above 0 for every unit"):
            kind.set_params(time_constant=(0.0, 1.0)).fit(u)
        with pytest.raises(ValueError, match="with low ≤ high"):
            kind.set_params(time_constant=(2.0, 1.0)).fit(u)
    with pytest.raises(ValueError, match="dt=1 needs a time_constant; got None"):
        Reservoir(20, dt=1).fit(u)
    with pytest.raises(ValueError, match="above zero; got 0.0 in row 17 of column 1 of sequence 1"):
        Reservoir(20, time_constant=2.0, dt=1).fit(timed(9)).transform([timed(9), u])


def test_in_a_regressor_and_a_classifier():
    X = timed(900)
    y = np.cumsum(X[:, 0] * X[:, 1])[:, None]
    y = (y - y.mean()) / y.std()
    kind = Reservoir(60, time_constant=(0.5, 50.0), dt=1, random_state=0)
    whole = ESNRegressor(kind, RidgeReadout(1e-6, washout=50)).fit(X[:600], y[:600])
    parts = ESNRegressor(kind, RidgeReadout(1e-6, washout=50))
    for k in range(0, 600, 150):
        parts.partial_fit(X[k : k + 150], y[k : k + 150])
    np.testing.assert_allclose(parts.predict(X[600:]), whole.predict(X[600:]), atol=1e-7)
    stream = whole.stream()
    one_by_one = np.concatenate([stream.predict(X[t : t + 1]) for t in range(600, 640)])
    np.testing.assert_allclose(one_by_one, whole.predict(X[600:640]), atol=1e-9)
    # what differs is the pace alone
    sequences = [timed(60, seed=k) * [1, 1 + 3 * (k % 2), 1] for k in range(40)]
    labels = [k % 2 for k in range(40)]
    classifier = ESNClassifier(kind, StateSummary(("std", "mean_abs_change")))
    assert classifier.fit(sequences[:20], labels[:20]).score(sequences[20:], labels[20:]) > 0.9


def test_a_forecaster_reads_steps_beside_the_series():
    """A slow decay, sampled at any time: what the next step is depends on how long it is."""
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    steps = rng.uniform(0.1, 2.0, 900)
    t = np.cumsum(steps)
    x = np.sin(t) + 0.5 * np.sin(0.37 * t)
    errors = []
    for dt in (1, "gap", None):
        inner = Reservoir(100, time_constant=(0.3, 10.0), dt=dt, random_state=0)
        reservoir = inner if dt is None else ExpandedReservoir(inner, maps=[PowersOf(1, 2)])
        series, exog = x[:, None], steps[:, None]
        if dt == "gap":
            series, exog = pd.Series(x, name="x"), pd.DataFrame({"gap": steps})
        known, coming = ({"exog": exog[:800]}, {"exog": exog[800:820]}) if dt else ({}, {})
        model = ESNForecaster(reservoir, RidgeReadout(1e-8, washout=50)).fit(series[:800], **known)
        forecast = np.ravel(model.forecast(20, **coming))
        errors.append(np.sqrt(np.mean((forecast - x[800:820]) ** 2)))
    assert errors[0] == pytest.approx(errors[1], rel=1e-6)
    assert errors[0] < 0.3 * errors[2]
    gapped = x[:, None].copy()
    gapped[300:303] = np.nan
    inner = Reservoir(100, time_constant=(0.3, 10.0), dt=1, random_state=0)
    model.set_params(reservoir=ExpandedReservoir(inner, maps=[PowersOf(1, 2)]))
    model.fit(gapped[:800], exog=steps[:800, None])
    forecast = np.ravel(model.forecast(20, exog=steps[800:820, None]))
    assert np.sqrt(np.mean((forecast - x[800:820]) ** 2)) < 0.3 * errors[2]
    with pytest.raises(ValueError, match="dt must be a column of exog, beside the series"):
        ESNForecaster(Reservoir(9, time_constant=1.0, dt=0)).fit(x[:, None], exog=steps[:, None])


def lorenz_at_odd_times(n_steps, seed=0):
    """x, the step since the last sample and to the next one; z, and the next x."""

    def flow(t, x):
        return [10 * (x[1] - x[0]), x[0] * (28 - x[2]) - x[1], x[0] * x[1] - 8 / 3 * x[2]]

    rng = np.random.default_rng(seed)
    steps = np.exp(rng.uniform(np.log(0.01), np.log(0.05), n_steps + 1))
    t = 10 + np.cumsum(steps)
    x = solve_ivp(flow, (0, t[-1]), [1.0, 1.0, 20.0], t_eval=t, rtol=1e-8, atol=1e-8).y.T / 8
    return np.column_stack([x[:-1, 0], steps[:-1], steps[1:]]), x[:-1, 2], x[1:, 0]


def test_liquid_time_is_worth_what_it_should_be():
    """A third of it: all of `benchmarks.liquid`. z from x: a quarter of a step that is an input."""
    X, z, ahead = lorenz_at_odd_times(3000)

    def error(kind, y, columns):
        model = ESNRegressor(kind, RidgeReadout(1e-8, washout=150))
        answer = model.fit(X[:2200, columns], y[:2200]).predict(X[2200:, columns])
        return np.sqrt(np.mean((answer - y[2200:]) ** 2)) / y[2200:].std()

    shared = {"n_units": 150, "random_state": 0}
    blind = Reservoir(leak_rate=0.3, input_scaling=0.3, spectral_radius=0.5, **shared)
    told = Reservoir(leak_rate=0.3, input_scaling=[0.3, 9.0], spectral_radius=0.5, **shared)
    exact = Reservoir(
        time_constant=(0.01, 0.3), dt=1, input_scaling=0.3, spectral_radius=0.5, **shared
    )
    liquid = LiquidReservoir(dt=1, **shared)
    ignoring, as_input = error(blind, z, [0]), error(told, z, [0, 1])
    assert as_input < 0.5 * ignoring
    assert error(exact, z, [0, 1]) < 0.3 * as_input
    assert error(liquid, z, [0, 1]) < 0.4 * ignoring  # beside `as_input`: .5 to 1.1 by the draw
    # the next sample: states times powers of the step to it
    ahead_by_input = error(told.set_params(input_scaling=[0.3, 9.0, 9.0]), ahead, [0, 1, 2])
    for kind in (exact, liquid):
        kind.set_params(input_scaling=[kind.input_scaling, 0.0, 0.0])
        powers = ExpandedReservoir(kind, maps=[PowersOf(2, degree=2)])
        assert error(powers, ahead, [0, 1, 2]) < 0.85 * ahead_by_input


def at_odd_times(kind, n_steps=700):
    """A frame whose index is uneven: dates, numbers or periods; and the steps between its rows."""
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    kept = np.flatnonzero(rng.random(3 * n_steps) < 0.4)[:n_steps]
    index = {
        "dates": pd.date_range("2020-01-01", periods=3 * n_steps, freq="h"),
        "periods": pd.period_range("2020-01-01", periods=3 * n_steps, freq="h"),
        "numbers": pd.Index(np.arange(3 * n_steps) * 1.0),
    }[kind][kept]
    x = np.sin(0.1 * kept) + np.sin(0.03 * kept)
    y = np.cos(0.1 * kept)
    steps = np.diff(kept, prepend=0).astype(float)
    unit = np.median(np.diff(kept[:500]))
    steps[0] = unit
    return pd.DataFrame({"x": x}, index=index), y, steps / (1.0 if kind == "numbers" else unit)


@pytest.mark.parametrize("kind", ["dates", "periods", "numbers"])
def test_an_uneven_index_is_read_unasked(kind, recwarn):
    """Where units have time constants; in median steps, so that even rows are steps of 1."""
    frame, y, _ = at_odd_times(kind)
    asked = Reservoir(80, dt="index", time_constant=(1.0, 50.0), random_state=0)
    if kind == "numbers":  # asked for, they are as they stand
        asked.set_params(time_constant=(2.0, 100.0))
        assert np.median(np.diff(frame.index[:500])) == 2.0
    readout = RidgeReadout(1e-8, washout=50)
    for X in (frame, frame["x"], frame.set_axis([7], axis=1)):
        unasked = ESNRegressor(clone(asked), readout)
        unasked.set_params(reservoir__dt="auto", reservoir__time_constant=(1.0, 50.0))
        answer = unasked.fit(X.iloc[:500], y[:500]).predict(X.iloc[500:])
        same = ESNRegressor(clone(asked), readout).fit(X.iloc[:500], y[:500])
        np.testing.assert_allclose(answer, same.predict(X.iloc[500:]), atol=1e-9)
        stream = unasked.stream()
        np.testing.assert_allclose(stream.predict(X.iloc[500:550]), answer[:50], atol=1e-9)
    with pytest.raises(ValueError, match="dt='auto', after a fit of uneven rows, needs frames"):
        unasked.predict(X.iloc[500:].to_numpy())
    assert Reservoir(time_constant=2.0).fit(frame).n_features_in_ == 2
    assert Reservoir(time_constant=2.0, dt=None).fit(frame.to_numpy()).n_features_in_ == 1
    even = frame.set_axis(np.arange(len(frame)) * 0.5)  # as without an index
    for reservoir in (LiquidReservoir(9, random_state=0), Reservoir(9, time_constant=3.0)):
        reservoir = clone(reservoir).set_params(random_state=0).fit(even)
        assert reservoir.n_features_in_ == 1
        np.testing.assert_array_equal(
            reservoir.transform(even), reservoir.fit(even.to_numpy()).transform(even.to_numpy())
        )
    assert not [str(w.message) for w in recwarn]


def test_one_uneven_frame_of_a_list_is_enough():
    frame, _, _ = at_odd_times("dates", 80)
    even = frame.set_axis(sys.modules["pandas"].date_range("2020", periods=80, freq="2h"))
    reservoir = Reservoir(9, time_constant=3.0, random_state=0)
    assert reservoir.fit([even, frame]).n_features_in_ == 2
    assert reservoir.fit([even, even]).n_features_in_ == 1


def test_gaps_after_an_even_fit_are_told():
    pd = pytest.importorskip("pandas")
    u = pd.DataFrame({"x": signal(200, n_features=1)[:, 0]})
    model = ESNRegressor(Reservoir(9, time_constant=3.0, random_state=0)).fit(u, u)
    with pytest.warns(UserWarning, match="leaves rows out.*a reservoir that reads the time of an"):
        model.predict(u.drop([50, 51]))


@pytest.mark.parametrize("kind", ["dates", "periods", "numbers"])
def test_the_index_tells_the_steps(kind):
    frame, y, steps = at_odd_times(kind)
    reservoir = Reservoir(100, time_constant=(0.5, 20.0), dt="index", random_state=0)
    by_column = ESNRegressor(clone(reservoir), RidgeReadout(1e-8, washout=50))
    esn = ESNRegressor(reservoir, RidgeReadout(1e-8, washout=50)).fit(frame.iloc[:500], y[:500])
    by_column.set_params(reservoir__dt="since")
    whole = frame.assign(since=steps)
    by_column.fit(whole.iloc[:500], y[:500])
    np.testing.assert_allclose(
        esn.predict(frame.iloc[500:]), by_column.predict(whole.iloc[500:]), rtol=1e-9, atol=1e-9
    )
    told = np.abs(esn.predict(frame.iloc[500:]) - y[500:])
    assert np.median(told) < 0.03
    blind = ESNRegressor(Reservoir(100, random_state=0), RidgeReadout(1e-8, washout=50))
    with pytest.warns(UserWarning, match="the index of X leaves rows out"):
        blind.fit(frame.iloc[:500], y[:500])
    with pytest.warns(UserWarning, match="the index of X leaves rows out"):
        answer = blind.predict(frame.iloc[500:])
    assert np.median(np.abs(answer - y[500:])) > 5 * np.median(
        np.abs(esn.predict(frame.iloc[500:]) - y[500:])
    )
    # what comes later is as far from the fit as its index says
    later = whole.iloc[650:].copy()
    later.iloc[0, 1] = steps[500:651].sum()
    np.testing.assert_allclose(
        esn.predict(frame.iloc[650:]), by_column.predict(later, initial_state="last"), atol=1e-9
    )
    with pytest.raises(ValueError, match="dt='index' needs frames or series of pandas"):
        esn.predict(frame.to_numpy())
    text = frame.set_axis(frame.index.astype(str))
    with pytest.raises(
        ValueError, match="got an index of .*pandas.to_datetime makes dates of text"
    ):
        esn.predict(text)
    alone = reservoir.fit(frame)
    assert alone.transform(frame).shape == (700, 100)
    sequences = [frame.iloc[k : k + 60] for k in range(0, 600, 60)]
    listed = reservoir.fit(sequences).transform(sequences)
    assert [len(item) for item in listed] == [60] * 10


def test_a_stream_goes_on_in_time_from_row_to_row():
    frame, y, _ = at_odd_times("dates")
    reservoir = Reservoir(60, time_constant=(0.5, 20.0), dt="index", random_state=0)
    esn = ESNRegressor(reservoir, RidgeReadout(1e-8, washout=50)).fit(frame[:500], y[:500])
    stream = esn.stream()
    parts = [stream.predict(frame[k : k + 1]) for k in range(500, 540)]
    parts.append(stream.predict(frame[540:600]))
    np.testing.assert_allclose(np.concatenate(parts), esn.predict(frame[500:600]), atol=1e-9)


def test_labels_of_steps_are_told_of_rows_left_out():
    frame, y, _ = at_odd_times("numbers")
    with pytest.warns(UserWarning, match="the index of X leaves rows out"):
        ESNClassifier(Reservoir(20, random_state=0)).fit(frame, (y > 0).astype(int))


def test_even_rows_and_working_days_are_no_gaps(recwarn):
    pd = pytest.importorskip("pandas")
    u = signal(200, n_features=1)
    model = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(washout=10))
    for index in (
        pd.date_range("2020-01-31", periods=200, freq="ME"),
        pd.bdate_range("2020-01-01", periods=200),
        pd.period_range("2000Q1", periods=200, freq="Q"),
        pd.RangeIndex(200),
        pd.Index([f"row {k}" for k in range(200)]),
        pd.Index(np.arange(200) * 0.1),
    ):
        model.fit(pd.DataFrame(u, index=index), u)
    assert not [str(w.message) for w in recwarn if "leaves rows out" in str(w.message)]
    kept = pd.RangeIndex(200).delete([50, 51, 120])
    with pytest.warns(UserWarning, match="leaves rows out, 2 times, first after 49"):
        model.fit(pd.DataFrame(u, index=pd.RangeIndex(200)).loc[kept], u[kept])
    with pytest.warns(UserWarning, match="leaves rows out, 2 times"):
        Reservoir(5).fit(pd.DataFrame(u, index=pd.RangeIndex(200)).loc[kept])


def test_parts_of_a_composition_read_the_index():
    frame, _, _ = at_odd_times("dates", 80)
    frame["z"] = 1.0
    timed_part = LiquidReservoir(10, dt="index", random_state=0)
    deep = DeepReservoir([timed_part, Reservoir(5, random_state=0)]).fit(frame)
    np.testing.assert_array_equal(
        deep.transform(frame)[:, :10], timed_part.fit(frame).transform(frame)
    )
    side = ParallelReservoirs([timed_part, Reservoir(5)], features=[["x"], None])
    with pytest.raises(ValueError, match="dt='index' needs the feature 'time step', which is not"):
        side.fit(frame)
