"""Recurrences that are never written down, and states that do not fade."""

import numpy as np
import pytest

from reservoir import (
    ESNForecaster,
    ESNRegressor,
    EulerReservoir,
    Reservoir,
    RidgeReadout,
    StructuredReservoir,
)
from reservoir.datasets import mackey_glass, narma
from reservoir.diagnostics import effective_spectral_radius, memory_capacity
from reservoir.metrics import nrmse


def cosine_matrix(n):
    """The orthonormal cosine transform, by its definition."""
    k, t = np.arange(n)[:, None], np.arange(n)[None]
    C = np.sqrt(2 / n) * np.cos(np.pi * k * (2 * t + 1) / (2 * n))
    C[0] /= np.sqrt(2)
    return C


@pytest.mark.parametrize(("n_units", "n_transforms"), [(7, 1), (30, 3), (64, 2)])
def test_the_recurrence_is_the_product_of_its_factors(n_units, n_transforms):
    u = np.random.default_rng(0).normal(size=(40, 2))
    reservoir = StructuredReservoir(
        n_units, n_transforms=n_transforms, spectral_radius=0.8, leak_rate=0.4, random_state=0
    ).fit(u)
    W = 0.8 * np.eye(n_units)
    for signs in reservoir.signs_:
        W = cosine_matrix(n_units) @ np.diag(signs) @ W
    np.testing.assert_allclose(reservoir.W_, W, atol=1e-13)
    np.testing.assert_allclose(np.abs(np.linalg.eigvals(W)), 0.8, rtol=1e-10)
    assert set(np.unique(reservoir.signs_)) == {-1.0, 1.0}
    x, states = np.zeros(n_units), []
    for row in u:
        x = 0.6 * x + 0.4 * np.tanh(W @ x + reservoir.W_in_ @ row + reservoir.bias_)
        states.append(x)
    np.testing.assert_allclose(reservoir.transform(u), states, atol=1e-12)
    leaky = np.abs(np.linalg.eigvals(0.6 * np.eye(n_units) + 0.4 * W)).max()
    assert effective_spectral_radius(reservoir) == pytest.approx(leaky)


def test_it_remembers_as_orthogonal_matrices_do():
    u = np.random.default_rng(0).uniform(-1, 1, (4000, 1))
    linear = {"input_scaling": 1.0, "bias_scaling": 0.0, "activation": "identity"}
    reservoir = StructuredReservoir(60, spectral_radius=0.97, random_state=0, **linear)
    assert 57 < memory_capacity(reservoir, u, n_delays=150).total <= 60


@pytest.mark.slow
def test_it_is_as_good_as_a_random_matrix():
    x, (u, y) = mackey_glass(2600, random_state=0), narma(2600, random_state=0)
    found = []
    for reservoir in (StructuredReservoir(300, random_state=0), Reservoir(300, random_state=0)):
        model = ESNForecaster(reservoir, RidgeReadout(1e-8, washout=100)).fit(x[:2000])
        free = nrmse(x[2000:2084], model.forecast(84))
        esn = ESNRegressor(reservoir, RidgeReadout(1e-8, washout=100)).fit(u[:2000], y[:2000])
        found.append((free, nrmse(y[2000:], esn.predict(u[2000:]))))
    assert found[0][0] < max(2 * found[1][0], 0.05)
    assert found[0][1] < 1.1 * found[1][1]


def test_a_step_holds_no_matrix():
    """32,768 units: the matrix would take 8.6 GB."""
    u = np.sin(np.arange(4) / 5)[:, None]
    states = StructuredReservoir(32_768, random_state=0).fit_transform(u.astype(np.float32))
    assert states.shape == (4, 32_768)
    assert states.dtype == np.float32
    assert np.isfinite(states).all()
    assert states.std() > 0.1


def test_an_euler_reservoir_tells_a_pulse_of_long_ago():
    """Gallicchio (2024): neither lost nor won, where what fades has nothing left."""
    rng = np.random.default_rng(0)
    signs = rng.choice([-1.0, 1.0], 80)
    u = 0.01 * rng.standard_normal((80, 601, 1))
    u[:, 0, 0] += signs
    found = []
    for reservoir in (
        EulerReservoir(50, step_size=0.1, diffusion=0.2, recurrent_scaling=0.5, bias_scaling=0.0,
                       random_state=0),
        Reservoir(50, spectral_radius=0.95, bias_scaling=0.0, random_state=0),
    ):  # fmt: skip
        states = reservoir.fit_transform(u)[:, -1]
        coef, *_ = np.linalg.lstsq(states[::2], signs[::2], rcond=1e-6)
        found.append(np.mean(np.sign(states[1::2] @ coef) == signs[1::2]))
    assert found[0] == 1.0
    assert found[1] < 0.8
