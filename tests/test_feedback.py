"""Output feedback is a forecaster with exogenous rows; a model of the system in the loop."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge

from reservoir import ESNForecaster, InformedReservoir, Reservoir, RidgeReadout
from reservoir.datasets import kuramoto_sivashinsky, lorenz63, rossler
from reservoir.esn import DivergenceWarning


def slowly(n_steps, seed):
    """A control between 0 and 1 that moves every 200 steps."""
    knots = np.random.default_rng(seed).uniform(0, 1, n_steps // 200 + 3)
    return np.interp(np.arange(n_steps), np.arange(len(knots)) * 200, knots)


@pytest.mark.parametrize("seed", range(6))
def test_a_frequency_generator_does_not_drift(seed):
    """Jaeger (2001), section 4.2: a sine whose pace an input sets, run freely for 10,000 steps.

    Alpha by four other draws; of these .021 – .072, and peaks of .96 – 1.10.
    """
    n_train, n_free = 6000, 10_000
    control = slowly(n_train + n_free, seed)
    y = np.sin(np.cumsum(0.1 + 0.3 * control))[:, None]
    control = control[:, None]
    reservoir = Reservoir(200, random_state=0)
    model = ESNForecaster(reservoir, RidgeReadout(3e-6, washout=200))
    model.fit(y[:n_train], exog=control[:n_train])
    free = model.forecast(n_free, exog=control[n_train:])
    error = np.sqrt(np.mean((free - y[n_train:]) ** 2, axis=1))
    assert np.sqrt(np.mean(error[:100] ** 2)) < 0.01
    assert np.sqrt(np.mean(error**2)) < 0.1  # in phase after 10,000 steps
    peaks = np.abs(free).reshape(-1, 100).max(axis=1)
    assert 0.94 < peaks.min() <= peaks.max() < 1.12


def test_one_network_holds_two_attractors():
    """Lorenz or Rössler: an input says which; each goes on for thousands of steps as itself."""
    series = [lorenz63(5000, dt=0.02, random_state=0), rossler(5000, dt=0.1, random_state=0)]
    series = [(x - x.mean(axis=0)) / x.std(axis=0) for x in series]

    def flags(n_steps):
        return [np.full((n_steps, 1), which) for which in (-1.0, 1.0)]

    reservoir = Reservoir(
        400, spectral_radius=0.5, bias_scaling=1.0, input_scaling=0.3, random_state=0
    )
    model = ESNForecaster(reservoir, RidgeReadout(1e-9, washout=100))
    model.fit([x[:4000] for x in series], exog=flags(4000))
    free = model.forecast(
        5000, context=[x[3400:4000] for x in series], context_exog=flags(600), exog=flags(5000)
    )
    for forecast, x in zip(free, series, strict=True):
        error = np.sqrt(np.mean((forecast[:1000] - x[4000:]) ** 2, axis=1))
        assert error[:400].max() < 0.5
        # Lorenz's z is even about its middle, Rössler's rests and leaps
        wanted = np.quantile(x[:, 2], [0.05, 0.5, 0.95])
        np.testing.assert_allclose(
            np.quantile(forecast[1000:, 2], [0.05, 0.5, 0.95]), wanted, atol=0.35
        )


def lorenz_step(x, dt=0.02, rho=28.0, n_substeps=4):
    """A step of Lorenz 63 by Runge and Kutta, of rows (n, 3)."""

    def flow(x):
        return np.column_stack(
            [
                10 * (x[:, 1] - x[:, 0]),
                x[:, 0] * (rho - x[:, 2]) - x[:, 1],
                x[:, 0] * x[:, 1] - 8 / 3 * x[:, 2],
            ]
        )

    h = dt / n_substeps
    for _ in range(n_substeps):
        a = flow(x)
        b = flow(x + h / 2 * a)
        c = flow(x + h / 2 * b)
        x = x + h / 6 * (a + 2 * b + 2 * c + flow(x + h * c))
    return x


def wrong_step(x):
    """Five percent off in rho."""
    return lorenz_step(x, rho=28.0 * 1.05)


def valid_steps(forecast, truth):
    error = np.sqrt(np.mean((forecast - truth) ** 2, axis=1)) / truth.std()
    return np.argmax(np.append(error, np.inf) > 0.4)


def test_a_wrong_model_and_a_network_are_better_than_each():
    """Pathak et al. (2018): a hybrid; medians of ten starts, 100 units, 1000 training steps."""
    x = lorenz63(1000 + 10 * 700, dt=0.02, random_state=1)
    past, unseen = x[:1000], x[1000:].reshape(10, 700, 3)
    contexts, truth = list(unseen[:, :100]), unseen[:, 100:]
    reservoir, readout = Reservoir(100, random_state=0), RidgeReadout(1e-7, washout=50)
    times = {}
    for name, model in (("network", None), ("hybrid", wrong_step), ("true", lorenz_step)):
        forecaster = ESNForecaster(reservoir, readout, model=model).fit(past)
        found = forecaster.forecast(600, context=contexts, on_divergence="nan")
        times[name] = np.median([valid_steps(f, t) for f, t in zip(found, truth, strict=True)])
    alone = []
    for context, t in zip(contexts, truth, strict=True):
        rows = [context[-1:]]
        for _ in range(600):
            rows.append(wrong_step(rows[-1]))
        alone.append(valid_steps(np.vstack(rows[1:]), t))
    times["model"] = np.median(alone)
    assert times["hybrid"] > 1.5 * max(times["network"], times["model"])
    assert times["true"] > 0.9 * times["hybrid"]


def test_the_loop_of_a_hybrid_equals_a_plain_loop():
    x = lorenz63(400, dt=0.02, random_state=1)
    forecaster = ESNForecaster(
        Reservoir(30, random_state=0), RidgeReadout(1e-6, washout=20), model=wrong_step
    ).fit(x)  # fmt: skip
    mean, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - mean) / scale
    guess = (wrong_step(x) - mean) / scale
    inner, W_out = forecaster.network_.reservoir_.reservoir_, forecaster.network_.readout_.coef_
    state = np.zeros(30)
    for t in range(len(x) - 1):
        u = np.concatenate([z[t], guess[t]])
        state = np.tanh(inner.W_ @ state + inner.W_in_ @ u + inner.bias_)
    now, rows = z[-1], []
    for _ in range(20):
        g = (wrong_step(now[None] * scale + mean)[0] - mean) / scale
        state = np.tanh(inner.W_ @ state + inner.W_in_ @ np.concatenate([now, g]) + inner.bias_)
        seen = np.concatenate([state, g, now])
        now = now + W_out @ seen + forecaster.network_.readout_.intercept_
        rows.append(now * scale + mean)
    np.testing.assert_allclose(forecaster.forecast(20), rows, rtol=1e-7)
    one_ahead = forecaster.predict(x[200:], initial_state="zero")
    assert np.sqrt(np.mean((one_ahead[50:] - x[250:]) ** 2)) < 0.1


def test_a_hybrid_by_its_defaults_runs_through_gaps():
    x = lorenz63(700, dt=0.02, random_state=1)
    gapped = x.copy()
    gapped[300:306] = np.nan
    for series in (x, gapped):
        hybrid = ESNForecaster(random_state=0, model=wrong_step).fit(series[:600])
        assert valid_steps(hybrid.forecast(100), x[600:]) > 60


def test_what_a_model_may_give():
    x = lorenz63(300, dt=0.02, random_state=1)
    readout = RidgeReadout(1e-6, washout=20)

    def fitted(model, **more):
        return ESNForecaster(Reservoir(20, random_state=0), readout, model=model, **more).fit(x)

    with pytest.raises(ValueError, match=r"model must give rows of shape \(299, 3\).* \(299, 2\)"):
        fitted(lambda rows: rows[:, :2])
    with pytest.raises(ValueError, match="model must give finite numbers; got NaN or infinity"):
        fitted(lambda rows: rows * np.nan)
    with pytest.raises(ValueError, match=r"differences must be \(\) with a model; got \[1\]"):
        fitted(lambda rows: rows, differences=[1])
    with pytest.raises(ValueError, match="The 'model' parameter of ESNForecaster must be"):
        fitted(3)
    with pytest.raises(ValueError, match="n_given must be from 1 to 3; got 4"):
        InformedReservoir(np.square, n_given=4).fit(x)
    with pytest.raises(ValueError, match=r"model must give a row \(m,\) for each of 300 rows"):
        InformedReservoir(np.sum).fit(x)


@pytest.mark.parametrize("passthrough", [True, False])
@pytest.mark.parametrize("alpha", [1e-4, 1e-14])  # by the Gram matrix, and by its factor
def test_standing_noise_is_a_ridge_with_the_rows_of_the_derivatives(passthrough, alpha):
    rng = np.random.default_rng(0)
    x = np.stack([np.sin(np.arange(260) / 4), np.cos(np.arange(260) / 7)], axis=1)
    x += 0.1 * rng.normal(size=x.shape)
    model = ESNForecaster(
        Reservoir(12, random_state=0), RidgeReadout(alpha, washout=20), passthrough=passthrough,
        input_noise=0.05,
    ).fit(x)  # fmt: skip
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    states = Reservoir(12, random_state=0).fit(z).transform(z[:-1])
    rule = model.regressor_.reservoir_.update_
    W_in, W = rule.matrix[:, 12:14], rule.matrix[:, :12]
    drive = np.vstack([np.zeros(12), states[:-1]]) @ W.T
    drive = drive + z[:-1] @ W_in.T + rule.matrix[:, 14]
    slopes = 1 - np.tanh(drive) ** 2
    seen, target = states, z[1:]
    if passthrough:
        seen, target = np.hstack([states, z[:-1]]), z[1:] - z[:-1]
    seen, target = seen[20:], target[20:]
    extra, wanted = [], []
    for t in range(20, len(states)):  # of every step that is trained on, errors of four steps
        moved = slopes[t][:, None] * W_in
        for back in range(4):
            if back:  # an error of that many steps before, seen by what the states carry on
                moved = slopes[t - back][:, None] * W_in
                for k in range(t - back + 1, t + 1):
                    moved = slopes[k][:, None] * (W @ moved)
            now = np.eye(2) if back == 0 else np.zeros((2, 2))
            extra.append(np.hstack([moved.T, now]) if passthrough else moved.T)
            wanted.append(-now if passthrough else np.zeros((2, 2)))
    extra, wanted = np.concatenate(extra), np.concatenate(wanted)
    A = seen - seen.mean(axis=0)
    gram = A.T @ A + 0.05**2 * extra.T @ extra + alpha * np.eye(A.shape[1])
    right = A.T @ (target - target.mean(axis=0)) + 0.05**2 * extra.T @ wanted
    coef = np.linalg.solve(gram, right).T
    np.testing.assert_allclose(model.regressor_.readout.coef_, coef, rtol=2e-4, atol=1e-4)


def test_standing_noise_by_a_sample_of_steps(monkeypatch):
    x = np.sin(np.arange(300) / 5)[:, None] + 0.1 * np.random.default_rng(0).normal(size=(300, 1))

    def coef(noise):
        model = ESNForecaster(
            Reservoir(15, random_state=0), RidgeReadout(1e-6), input_noise=noise
        ).fit(x)
        return model.regressor_.readout.coef_

    every, none = coef(0.1), coef(0.0)
    monkeypatch.setattr("reservoir.esn.learning.SAMPLED_STEPS", 40)
    assert np.linalg.norm(coef(0.1) - every) < 0.2 * np.linalg.norm(every - none)


def test_standing_noise_keeps_a_loop_of_many_features_on_its_attractor():
    x = kuramoto_sivashinsky(2900, random_state=0)
    reservoir = Reservoir(300, spectral_radius=0.3, input_scaling=0.05, random_state=0)

    def lasted(**options):
        model = ESNForecaster(reservoir, RidgeReadout(1e-6), **options).fit(x[:2400])
        run = model.forecast(500, on_divergence="nan")
        return int(np.isfinite(run).all(axis=1).sum())

    with pytest.warns(DivergenceWarning):
        assert lasted() < 250
    assert lasted(input_noise=2e-2) == 500


def test_standing_noise_goes_with_free_runs_and_further_steps():
    x = np.sin(np.arange(400) / 5)[:, None] + 0.05 * np.random.default_rng(0).normal(size=(400, 1))
    free = ESNForecaster(random_state=0, input_noise=0.01).fit(x[:300])
    assert np.sqrt(np.mean((free.forecast(50) - x[300:350]) ** 2)) < 0.15
    plain = ESNForecaster(Reservoir(20, random_state=0), RidgeReadout(1e-6), input_noise=0.01)
    going_on = clone(plain).set_params(scaler="passthrough").fit(x[:300]).partial_fit(x[300:])
    whole = clone(plain).set_params(scaler="passthrough").fit(x)
    np.testing.assert_allclose(going_on.forecast(20), whole.forecast(20), atol=0.05)
    with pytest.raises(ValueError, match="input_noise=0.1 needs a readout that is solved from one"):
        ESNForecaster(Reservoir(9), Ridge(), input_noise=0.1).fit(x)
    with pytest.raises(ValueError, match="'input_noise' parameter of ESNForecaster must be"):
        ESNForecaster(input_noise=-1.0).fit(x)
