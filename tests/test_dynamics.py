"""States against a plain loop; every way of computing them gives the same."""

import os
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import example, given, settings
from hypothesis import strategies as st

from reservoir import Reservoir
from reservoir.activations import ACTIVATIONS
from reservoir.dynamics import StatesSink, batch, driver, run

REFERENCE = {
    "tanh": np.tanh,
    "identity": lambda x: x,
    "relu": lambda x: np.where(x > 0, x, 0.0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
}


def loop(reservoir, u, f=np.tanh, x=None, noise=None):
    """Eqs. 2 and 3 of Lukoševičius (2012), as they stand there."""
    W = reservoir.W_.toarray() if hasattr(reservoir.W_, "toarray") else reservoir.W_
    a = reservoir.leak_rate_
    x = np.zeros(len(W)) if x is None else x
    states = []
    for t in range(len(u)):
        drive = W @ x + reservoir.W_in_ @ u[t] + reservoir.bias_
        x = (1 - a) * x + a * f(drive if noise is None else drive + noise[t])
        states.append(x)
    return np.array(states)


def signal(n_steps, n_features=2, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (n_steps, n_features))


def states(reservoir, items, *, parallel, noise=None):
    sink = StatesSink(map(len, items), reservoir.n_units, reservoir.update_.dtype)
    start = np.zeros((reservoir.n_units, len(items)))
    one = batch.Batch(reservoir.update_, items, noise)
    end = None
    if parallel is None:
        end = run(reservoir.update_, items, start, sink, noise=noise)
    elif parallel:
        end = driver.in_chunks(one, start, sink, least_steps=64, least_chunks=1)
    if end is None:
        end = driver.through(one, start, sink)
    return sink.arrays, end


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
@pytest.mark.parametrize("topology", ["dense", "dense_uniform", "orthogonal", "ring", "sparse"])
@pytest.mark.parametrize("n_units", [1, 40, 200])
def test_states_equal_a_plain_loop(topology, activation, n_units):
    u = signal(300)
    leak = np.linspace(0.1, 1.0, n_units) if n_units == 40 else 0.3
    reservoir = Reservoir(
        n_units, topology=topology, activation=activation, leak_rate=leak, bias_scaling=0.5,
        spectral_radius=0.8, random_state=0,
    ).fit(u)  # fmt: skip
    wanted = loop(reservoir, u, REFERENCE[activation])
    np.testing.assert_allclose(reservoir.transform(u), wanted, rtol=0, atol=1e-12 * np.ptp(wanted))


@pytest.mark.parametrize(("connectivity", "is_sparse"), [(0.1, True), (0.5, False)])
def test_a_matrix_is_dense_where_that_is_faster(connectivity, is_sparse):
    u = signal(300)
    reservoir = Reservoir(100, connectivity=connectivity, random_state=0).fit(u)
    assert sp.issparse(reservoir.update_.matrix) == is_sparse
    np.testing.assert_allclose(reservoir.transform(u), loop(reservoir, u), rtol=0, atol=1e-12)


def test_a_callable_activation():
    u = signal(50)
    reservoir = Reservoir(30, activation=lambda x: x / (1 + np.abs(x)), random_state=0).fit(u)
    wanted = loop(reservoir, u, lambda x: x / (1 + np.abs(x)))
    np.testing.assert_allclose(reservoir.transform(u), wanted, rtol=0, atol=1e-13)


def test_a_ragged_batch_equals_its_sequences_alone():
    items = [signal(n, seed=n) for n in (7, 1, 300, 40, 40)]
    reservoir = Reservoir(150, random_state=0).fit(items)
    for mine, item in zip(reservoir.transform(items), items, strict=True):
        np.testing.assert_allclose(mine, reservoir.transform(item), rtol=0, atol=1e-13)


def test_more_sequences_than_columns_advance_together():
    items = [signal(9, seed=k) for k in range(3 * batch.MAX_COLUMNS + 5)]
    reservoir = Reservoir(20, random_state=0).fit(items)
    for mine, item in zip(reservoir.transform(items), items, strict=True):
        np.testing.assert_allclose(mine, loop(reservoir, item), rtol=0, atol=1e-13)


@pytest.mark.filterwarnings("ignore:the inputs drive")
@settings(max_examples=60, deadline=None)
@example(1, 0.0, 1.0, [1, 63], 0.01, np.float64, 0)  # too short to be told loud and quiet
@given(
    n_units=st.integers(1, 160),
    radius=st.floats(0.0, 1.4),
    leak=st.floats(0.05, 1.0),
    lengths=st.lists(st.integers(1, 4000), min_size=1, max_size=3),
    scale=st.sampled_from([0.01, 1.0, 10.0]),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 99),
)
def test_parallel_over_time_equals_sequential(n_units, radius, leak, lengths, scale, dtype, seed):
    items = [scale * signal(n, seed=k).astype(dtype) for k, n in enumerate(lengths)]
    reservoir = Reservoir(
        n_units, spectral_radius=radius, leak_rate=leak, bias_scaling=0.2, random_state=seed
    ).fit(items)
    chunked, end = states(reservoir, items, parallel=True)
    plain, plain_end = states(reservoir, items, parallel=False)
    bound = 1e-10 if dtype == np.float64 else 1e-4
    for mine, wanted in zip(chunked, plain, strict=True):
        np.testing.assert_allclose(mine, wanted, rtol=0, atol=bound)
    np.testing.assert_allclose(end, plain_end, rtol=0, atol=bound)


def test_the_parallel_run_cuts_a_long_series_and_not_a_chaotic_one(monkeypatch):
    cuts = []
    original = driver.cut
    monkeypatch.setattr(driver, "cut", lambda *a, **k: cuts.append(original(*a, **k)) or cuts[-1])
    u = [signal(20_000)]
    for radius in (0.9, 3.0):
        reservoir = Reservoir(100, spectral_radius=radius, input_scaling=0.1, random_state=0)
        states(reservoir.fit(u), u, parallel=None)
    assert len(cuts[0]) >= 8
    assert cuts[1] is None


def test_a_wrong_chunk_start_is_found_and_the_run_starts_over(monkeypatch):
    original = driver.cut

    def spoilt(*args, **options):
        chunks = original(*args, **options)
        chunks[3].state = chunks[3].state + 1e-9
        return chunks

    u = [signal(20_000)]
    reservoir = Reservoir(100, spectral_radius=0.5, random_state=0).fit(u)
    plain, _ = states(reservoir, u, parallel=False)
    chunked, _ = states(reservoir, u, parallel=True)
    monkeypatch.setattr(driver, "cut", spoilt)
    spoilt_run, _ = states(reservoir, u, parallel=True)
    np.testing.assert_array_equal(spoilt_run[0], plain[0])
    assert not np.array_equal(chunked[0], plain[0])  # the unspoilt run was cut


@pytest.mark.parametrize("quiet", [0.0, 0.01])
@pytest.mark.parametrize("seed", [0, 2, 3])
def test_chaos_that_the_input_heals_again_is_not_cut(seed, quiet):
    """A loud input tames the reservoir, but for a burst of silence in the midst of a chunk."""
    rng = np.random.default_rng(seed)
    loud = rng.uniform(-1, 1, (20_000, 1))
    burst = loud.copy()
    start = rng.integers(2000, 18_000)
    burst[start : start + 300] *= quiet
    drawn = Reservoir(
        100, topology="dense", spectral_radius=2.0, input_scaling=5.0, random_state=seed
    )
    for u, cut in ((loud, True), (burst, False)):
        reservoir = drawn.fit(u)
        plain, _ = states(reservoir, [u], parallel=False)
        chunked, _ = states(reservoir, [u], parallel=None)
        np.testing.assert_allclose(chunked[0], plain[0], rtol=0, atol=1e-10)
        assert cut != np.array_equal(chunked[0], plain[0])
    several = [loud, burst]  # the burst is not in the longest
    several[0] = np.concatenate([loud, loud[:50]])
    plain, _ = states(reservoir, several, parallel=False)
    chunked, _ = states(reservoir, several, parallel=None)
    np.testing.assert_array_equal(chunked[1], plain[1])


def test_noise_belongs_to_the_step_alone():
    u = signal(5000)
    reservoir = Reservoir(50, noise=0.1, random_state=0).fit(u)
    noise = reservoir.training_noise()
    plain, _ = states(reservoir, [u], parallel=False, noise=noise)
    chunked, _ = states(reservoir, [u], parallel=True, noise=noise)
    np.testing.assert_allclose(chunked[0], plain[0], rtol=0, atol=1e-10)
    wanted = loop(reservoir, u[:200], noise=noise.draw(0, 0, 200))
    np.testing.assert_allclose(plain[0][:200], wanted, rtol=0, atol=1e-12)
    assert noise.draw(0, 0, 5000).std() == pytest.approx(0.1, rel=0.01)
    np.testing.assert_array_equal(noise.draw(0, 70, 50), noise.draw(0, 0, 200)[70:120])


def test_threads_give_the_same_states(monkeypatch):
    items = [signal(400, seed=k) for k in range(40)]
    reservoir = Reservoir(300, random_state=0).fit(items)
    one, _ = states(reservoir, items, parallel=False)
    monkeypatch.setattr(batch, "n_threads", lambda: 3)
    three, _ = states(reservoir, items, parallel=False)
    np.testing.assert_allclose(np.stack(three), np.stack(one), rtol=0, atol=1e-13)


def test_threads_are_never_more_than_the_cores(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert batch.n_threads() == 3
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(batch.n_threads).result() == 1  # the others are its caller's
    monkeypatch.delenv("OMP_NUM_THREADS")
    cores = joblib.cpu_count()
    assert batch.n_threads() <= os.cpu_count()
    workers = joblib.Parallel(2)(joblib.delayed(batch.n_threads)() for _ in range(2))
    assert sum(workers) <= max(2, cores)
