"""The compiled path against the plain one, and when which is taken."""

import builtins
import sys

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from reservoir import BlockReservoir, ESNForecaster, Reservoir, RidgeReadout, progress
from reservoir.datasets import lorenz63, mackey_glass
from reservoir.dynamics import LeakyUpdate, fastest, paths
from reservoir.dynamics.compiled import CompiledUpdate, blocks_of, tanh, tanh32
from reservoir.dynamics.leaky import LeakyStepper
from reservoir.esn.closed_loop import closed_loop
from reservoir.readouts import linear_maps

PLAIN, COMPILED = "0", "1"


def both(monkeypatch, job):
    """What a job gives on the plain path, and on the compiled one."""
    found = []
    for path in (PLAIN, COMPILED):
        monkeypatch.setenv(paths.VARIABLE, path)
        found.append(job())
    return found


def test_the_tangent_is_within_three_units_of_the_last_place():
    rng = np.random.default_rng(0)
    size = 10.0 ** rng.uniform(-300, 3, 20_000)
    x = np.concatenate([size, rng.uniform(0, 25, 20_000), [0.0, 1e-320, np.inf, 22.0, 0.3465736]])
    found = np.array([tanh(value) for value in np.concatenate([x, -x])])
    wanted = np.tanh(x.astype(np.longdouble))
    wanted = np.concatenate([wanted, -wanted])
    apart = np.abs(found - wanted) / np.spacing(np.maximum(np.abs(wanted), 1e-307).astype(float))
    assert apart.max() < 3
    assert np.isnan(tanh(np.nan))
    np.testing.assert_array_equal(found[len(x) :], -found[: len(x)])


def test_the_tangent_of_single_precision():
    rng = np.random.default_rng(0)
    x = (10.0 ** rng.uniform(-30, 1.5, 20_000)).astype(np.float32)
    x = np.concatenate([x, np.float32([0.0, 1e-42, np.inf, 9.01, 0.3465736])])
    found = np.array([tanh32(value) for value in np.concatenate([x, -x])])
    wanted = np.tanh(x.astype(float))
    apart = np.abs(found - np.concatenate([wanted, -wanted])) / np.spacing(
        np.maximum(np.abs(np.concatenate([wanted, wanted])), 1e-37).astype(np.float32)
    )
    assert apart.max() < 3
    assert np.isnan(tanh32(np.float32(np.nan)))
    np.testing.assert_array_equal(found[len(x) :], -found[: len(x)])


@settings(max_examples=60, deadline=None)
@given(
    n_units=st.integers(1, 90), n_columns=st.integers(1, 20), n_features=st.integers(0, 3),
    dtype=st.sampled_from([np.float64, np.float32]), leaks=st.sampled_from(["one", "all", "each"]),
    n_blocks=st.integers(0, 3),
    shows=st.booleans(), shifted=st.booleans(), transposed=st.booleans(), seed=st.integers(0, 99),
)  # fmt: skip
def test_blocks_equal_those_of_the_plain_stepper(
    n_units, n_columns, n_features, dtype, n_blocks, leaks, shows, shifted, transposed, seed
):
    rng = np.random.default_rng(seed)
    W = rng.standard_normal((n_units, n_units)) / np.sqrt(n_units) * (rng.random(n_units) < 0.5)
    sizes = rng.integers(1, 30, n_blocks)
    W = scipy.linalg.block_diag(W, *(rng.standard_normal((n, n)) / np.sqrt(n) for n in sizes))
    n_units = len(W)
    leak = {"one": 1.0, "all": 0.3, "each": rng.uniform(0.1, 1, n_units)}[leaks]
    W_in, bias = rng.standard_normal((n_units, n_features)), rng.standard_normal(n_units)
    plain = LeakyUpdate.of(W, W_in, bias, leak_rate=leak, dtype=dtype)
    plain = plain.with_inputs() if shows else plain
    inputs = rng.standard_normal((7, n_features, n_columns)).astype(dtype)
    start = rng.uniform(-1, 1, (n_units, n_columns)).astype(dtype)
    shift = rng.standard_normal((plain.n_seen, 1)).astype(dtype) if shifted else 0.0
    found = []
    for rule in (plain, CompiledUpdate.like(plain)):
        stepper = rule.stepper(start)
        out = np.empty((plain.n_seen, 7, n_columns), dtype=dtype)
        if transposed:
            out = np.empty(out.shape[::-1], dtype=dtype).T
        stepper.walk(inputs[:4], out[:, :4], None, shift)
        stepper.walk(inputs[4:], out[:, 4:], None, shift)
        found.append((out, stepper.state.copy(), rule.advance(start, inputs)[1]))
        stepper.walk(inputs, None)
    tolerance = 64 * np.finfo(dtype).eps
    for ours, wanted in zip(found[1], found[0], strict=True):
        assert ours.dtype == wanted.dtype
        np.testing.assert_allclose(ours, wanted, rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(found[1][1], found[1][2])


def test_blocks_are_units_that_hear_exactly_each_other():
    W = scipy.linalg.block_diag(
        np.ones((9, 9)), np.ones((7, 7)), np.ones((8, 8)), np.ones((12, 12))
    )
    blocks = [(0, 9), (16, 24), (24, 36)]  # of seven are too few
    assert blocks_of(sp.csr_array(W), 36) == blocks
    wide = sp.csr_array(np.hstack([W, np.ones((36, 3))]))
    assert blocks_of(wide, 36) == blocks
    for i, j, value in ((3, 20, 1.0), (3, 4, 0.0), (3, 35, 1.0)):
        other = W.copy()
        other[i, j] = value
        assert blocks_of(sp.csr_array(other), 36) == blocks[1:]
    rule = CompiledUpdate(wide.astype(float), 36, 2, 1.0, np.tanh)
    assert [len(rows[2]) for rows in (rule.rows, rule.blocks)] == [wide.nnz, 49 + 108]


@pytest.mark.parametrize("n_columns", [1, 6])
@pytest.mark.parametrize("increments", [False, True])
@pytest.mark.parametrize("case", ["plain", "exog", "clip", "diverges", "shown"])
def test_free_runs_equal_those_of_the_plain_loop(n_columns, increments, case):
    rng = np.random.default_rng(0)
    d, e, n = 2, 2 * (case == "exog"), 30
    W = 0.5 * rng.standard_normal((n, n)) / np.sqrt(n)
    rule = LeakyUpdate.of(W, rng.standard_normal((n, d + e)), rng.standard_normal(n), leak_rate=0.4)
    rule = rule.with_inputs() if case == "shown" else rule
    x, y = rng.standard_normal((60, rule.n_seen)), rng.standard_normal((60, d))
    readouts = [RidgeReadout(1.0).fit(x, scale * y) for scale in (0.1, 0.2)]
    if case == "diverges":
        for readout in readouts:
            readout.coef_ *= 1e308
    readouts = readouts[:n_columns]
    exog = rng.standard_normal((40, e, n_columns)) if e else None
    clip = (np.full(d, -0.05), np.array([0.02, 0.05])) if case == "clip" else None
    start, state = rng.standard_normal((d, n_columns)), rng.uniform(-1, 1, (n, n_columns))
    found = [
        closed_loop(
            each.stepper(state), start, readouts, 40, exog=exog, increments=increments, clip=clip
        )
        for each in (rule, CompiledUpdate.like(rule))
    ]
    assert linear_maps(readouts)[0].shape == (len(readouts), d, rule.n_seen)
    assert np.isnan(found[0]).any() == (case == "diverges" and increments)
    scale = np.nanmax(np.abs(found[0]))
    np.testing.assert_allclose(found[1] / scale, found[0] / scale, atol=1e-12)


def test_estimators_answer_the_same_on_both_paths(monkeypatch):
    series = mackey_glass(3000, random_state=0)
    slow = Reservoir(80, leak_rate=0.3, spectral_radius=0.9, random_state=0)
    first, second = both(monkeypatch, lambda: slow.fit(series).transform(series))
    np.testing.assert_allclose(second, first, rtol=0, atol=1e-13)
    noisy = Reservoir(80, noise=1e-3, random_state=0)
    for reservoir in (slow, noisy, BlockReservoir(40, random_state=0)):
        model = ESNForecaster(reservoir, RidgeReadout(1e-4), random_state=0)
        first, second = both(monkeypatch, lambda m=model: m.fit(series[:600]).forecast(20))
        np.testing.assert_allclose(second, first, rtol=0, atol=1e-8)
    panel = [lorenz63(200 + 50 * k, random_state=k) for k in range(5)]
    model = ESNForecaster(slow, RidgeReadout(1e-6), differences=[1])
    first, second = both(monkeypatch, lambda: np.vstack(model.fit(panel).forecast(3)))
    np.testing.assert_allclose(second, first, rtol=0, atol=1e-7)


def test_the_path_is_a_function_of_the_run_alone(monkeypatch):
    monkeypatch.delenv(paths.VARIABLE, raising=False)
    rule = Reservoir(100, random_state=0).fit(np.zeros((3, 1))).update_
    few = paths.PAYS_FROM // rule.matrix.nnz
    assert fastest(rule, few) is rule
    assert type(fastest(rule, few + 1)) is CompiledUpdate
    assert type(fastest(rule, few + 1).stepper(np.zeros((100, 1)))) is not LeakyStepper
    monkeypatch.setenv(paths.VARIABLE, PLAIN)
    assert fastest(rule, 10**9) is rule
    monkeypatch.setenv(paths.VARIABLE, COMPILED)
    assert type(fastest(rule, 1)) is CompiledUpdate
    for other in (
        Reservoir(100, activation="relu", random_state=0),
        Reservoir(100, topology="dense", random_state=0),  # BLAS does it
    ):
        rule = other.fit(np.zeros((3, 1))).update_
        assert fastest(rule, 10**9) is rule
    small = Reservoir(50, topology="dense", activation=np.tanh, random_state=0)
    assert type(fastest(small.fit(np.zeros((3, 1))).update_, 1)) is CompiledUpdate
    monkeypatch.setenv(paths.VARIABLE, "yes")
    with pytest.raises(ValueError, match="RESERVOIR_COMPILED must be 0, 1 or not set; got 'yes'"):
        Reservoir(5, random_state=0).fit_transform(np.zeros((3, 1)))


def test_without_numba_the_plain_path_is_taken_in_silence(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "numba":
            raise ImportError("no numba")
        return real(name, *rest)

    rule = Reservoir(100, random_state=0).fit(np.zeros((3, 1))).update_
    monkeypatch.delenv(paths.VARIABLE, raising=False)
    monkeypatch.delitem(sys.modules, "reservoir.dynamics.compiled", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    assert fastest(rule, 10**9) is rule
    monkeypatch.setenv(paths.VARIABLE, COMPILED)
    with pytest.raises(ImportError, match=r'=1 needs numba: pip install "reservoir-learn\[fast\]"'):
        fastest(rule, 1)


def test_a_compiled_run_tells_how_far_it_is_and_is_the_same(monkeypatch, capsys):
    x = mackey_glass(600, random_state=0)
    model = ESNForecaster(Reservoir(40, random_state=0), RidgeReadout(1.0)).fit(x)
    monkeypatch.setenv(paths.VARIABLE, COMPILED)
    monkeypatch.setattr(progress, "EVERY", 0.0)
    wanted = model.forecast(2500)
    assert capsys.readouterr().err == ""
    with progress.telling(1):
        found = model.forecast(2500)
    np.testing.assert_array_equal(found, wanted)
    told = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in told] == [
        f"steps: {n} of 2500" for n in (1000, 2000, 2500)
    ]
