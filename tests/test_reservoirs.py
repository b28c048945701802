"""The reservoir's draw: what each parameter changes, and what it must leave alone."""

import numpy as np
import pytest

from reservoir import BidirectionalReservoir, BlockReservoir, Reservoir
from reservoir.topology import spectral_radius

U = np.random.default_rng(0).uniform(-1, 1, (60, 2))


def fitted(**parameters):
    return Reservoir(**{"n_units": 50, "random_state": 0, **parameters}).fit(U)


def dense(W):
    return W.toarray() if hasattr(W, "toarray") else W


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({"spectral_radius": 0.3}, "W_"),
        ({"input_scaling": 0.25}, "W_in_"),
        ({"bias_scaling": 0.5}, "bias_"),
        ({"leak_rate": 0.2}, None),
        ({"leak_rate": (0.1, 0.2)}, None),
        ({"input_connectivity": 0.5}, "W_in_"),
        ({"topology": "orthogonal"}, "W_"),
        ({"input_weights": "gaussian"}, "W_in_"),
    ],
)
def test_a_parameter_changes_its_own_matrix_alone(change, changed):
    one, other = fitted(bias_scaling=0.1), fitted(**{"bias_scaling": 0.1, **change})
    for name in ("W_", "W_in_", "bias_"):
        same = np.array_equal(dense(getattr(one, name)), dense(getattr(other, name)))
        assert same == (name != changed)


def test_scaling_parameters_rescale_the_same_draw():
    one = fitted(input_scaling=1.0, bias_scaling=0.1)
    other = fitted(spectral_radius=0.3, input_scaling=[0.5, 2.0], bias_scaling=0.2)
    np.testing.assert_allclose(dense(other.W_), dense(one.W_) * 0.3 / 0.9, rtol=1e-12)
    np.testing.assert_array_equal(other.W_in_, one.W_in_ * [0.5, 2.0])
    np.testing.assert_allclose(other.bias_, 2 * one.bias_)


def test_leak_rates_drawn_per_unit():
    reservoir = fitted(n_units=4000, leak_rate=(0.01, 1.0), topology="ring")
    leak = reservoir.leak_rate_
    assert leak.min() >= 0.01
    assert leak.max() <= 1.0
    quartiles = np.quantile(np.log10(leak), [0.25, 0.5, 0.75])  # log-uniform: even in decades
    np.testing.assert_allclose(quartiles, [-1.5, -1.0, -0.5], atol=0.06)
    np.testing.assert_array_equal(fitted(leak_rate=[0.5] * 50).leak_rate_, 0.5)
    np.testing.assert_array_equal(fitted(leak_rate=0.5).leak_rate_, 0.5)
    with pytest.raises(ValueError, match=r"low ≤ high; got \(0.9, 0.1\)"):
        fitted(leak_rate=(0.9, 0.1))
    with pytest.raises(ValueError, match=r"leak_rate must be in \(0, 1\]"):
        fitted(leak_rate=(0.0, 0.1))


def test_own_matrices():
    W = np.diag(np.linspace(-1, 1, 50))
    W_in = np.ones((50, 2))
    reservoir = fitted(topology=W, spectral_radius=None, input_weights=W_in, input_scaling=1)
    np.testing.assert_array_equal(reservoir.W_, W)
    np.testing.assert_array_equal(reservoir.W_in_, W_in)
    reservoir = fitted(topology=lambda n, rng: rng.uniform(size=(n, n)))
    assert spectral_radius(reservoir.W_) == pytest.approx(0.9)


def test_a_state_can_be_advanced_block_by_block():
    reservoir = fitted(leak_rate=0.5)
    wanted = reservoir.transform(U)
    state, blocks = reservoir.initial_state(1), []
    for block in (U[:7], U[7:8], U[8:]):
        states, state = reservoir.advance(state, block[:, :, None])
        blocks.append(states[:, :, 0].T)
    np.testing.assert_allclose(np.vstack(blocks), wanted, rtol=0, atol=1e-14)
    np.testing.assert_allclose(state[:, 0], wanted[-1], rtol=0, atol=1e-14)


def test_forms_in_and_out():
    reservoir = fitted()
    series = reservoir.transform(U)
    assert series.shape == (60, 50)
    panel = reservoir.transform(np.stack([U, U]))
    assert panel.shape == (2, 60, 50)
    ragged = reservoir.transform([U, U[:10]])
    assert [item.shape for item in ragged] == [(60, 50), (10, 50)]
    np.testing.assert_allclose(panel[1], series, rtol=0, atol=1e-14)
    np.testing.assert_allclose(ragged[1], series[:10], rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    "same",
    [U.tolist(), np.asfortranarray(U), U[::-1][::-1], [tuple(row) for row in U]],
    ids=["list", "fortran", "strided", "tuples"],
)
def test_layouts_of_the_same_numbers(same):
    np.testing.assert_allclose(fitted().transform(same), fitted().transform(U), rtol=1e-14)


def test_read_only_and_integer_and_float32():
    locked = U.copy()
    locked.flags.writeable = False
    np.testing.assert_array_equal(fitted().transform(locked), fitted().transform(U))
    whole = np.arange(20).reshape(10, 2) % 3
    np.testing.assert_array_equal(
        Reservoir(5, random_state=0).fit_transform(whole),
        Reservoir(5, random_state=0).fit_transform(whole.astype(float)),
    )
    single = Reservoir(50, random_state=0).fit_transform(U.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, fitted().transform(U), atol=1e-5)


def test_a_bidirectional_reservoir_runs_both_ways():
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((n, 2)) for n in (1, 20, 13)]
    one = Reservoir(15, random_state=0).fit(X)
    both = BidirectionalReservoir(Reservoir(15, random_state=0)).fit(X)
    aligned = BidirectionalReservoir(Reservoir(15, random_state=0), aligned=True).fit(X)
    for x, states, in_step in zip(X, both.transform(X), aligned.transform(X), strict=True):
        forward, backward = one.transform(x), one.transform(x[::-1])
        np.testing.assert_allclose(states, np.hstack([forward, backward]), atol=1e-12)
        np.testing.assert_allclose(in_step, np.hstack([forward, backward[::-1]]), atol=1e-12)
    assert both.n_units == 30


def test_blocks_are_reservoirs_side_by_side():
    """A plain loop over each block alone; nothing couples them."""
    options = {
        "spectral_radius": (0.9, 0.5, 1.1), "leak_rate": (1.0, 0.3, 0.5),
        "input_scaling": (0.1, 0.3, 1.0), "bias_scaling": (0.5, 1.0, 0.0),
    }  # fmt: skip
    both = BlockReservoir(50, random_state=0, **options).fit(U)
    states, W = both.transform(U), dense(both.W_)
    for k, part in enumerate(np.array_split(np.arange(50), 3)):
        block = W[np.ix_(part, part)]
        assert not np.delete(W[part], part, axis=1).any()
        assert spectral_radius(block) == pytest.approx(options["spectral_radius"][k])
        assert 0.8 < np.abs(both.W_in_[part]).max() / options["input_scaling"][k] <= 1
        assert np.abs(both.bias_[part]).max() <= options["bias_scaling"][k]
        a, x = options["leak_rate"][k], np.zeros(len(part))
        for t in range(len(U)):
            drive = block @ x + both.W_in_[part] @ U[t] + both.bias_[part]
            x = (1 - a) * x + a * np.tanh(drive)
            np.testing.assert_allclose(states[t, part], x, atol=1e-12)
    scaled = BlockReservoir(50, random_state=0, **{**options, "input_scaling": (0.2, 0.6, 2.0)})
    np.testing.assert_allclose(scaled.fit(U).W_in_, 2 * both.W_in_)
    with pytest.raises(ValueError, match=r"leak_rate must be numbers in .* got \(1.0, 1.5\)"):
        BlockReservoir(leak_rate=(1.0, 1.5)).fit(U)
    with pytest.raises(ValueError, match=r"one entry for each block, and n_units=200 .*2, 1, 2, 2"):
        BlockReservoir(leak_rate=(1.0,)).fit(U)
