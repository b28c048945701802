"""Noise taken off, and gaps filled, from both sides of every row."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reservoir import BlockReservoir, ESNForecaster, ESNSmoother, Reservoir, RidgeReadout
from reservoir.datasets import lorenz63
from reservoir.missing import interpolated

RNG = np.random.default_rng(0)
CLEAN = lorenz63(3000, dt=0.05, random_state=1)
NOISY = CLEAN + RNG.standard_normal(CLEAN.shape) * [0.5, 1.0, 1.5]
TURN = np.array([np.sin(0.3 * np.arange(500)), np.cos(0.3 * np.arange(500))]).T
SMALL = ESNForecaster(Reservoir(40, spectral_radius=0.3), RidgeReadout("evidence"), random_state=0)


def rms(x):
    return np.sqrt(np.nanmean(np.square(x)))


def scaled(x):
    return x / [0.5, 1.0, 1.5]


def test_the_noise_is_told_and_taken_off():
    smoother = ESNSmoother(random_state=0).fit(NOISY)
    np.testing.assert_allclose(smoother.noise_, [0.5, 1.0, 1.5], rtol=0.08)
    correlations = smoother.noise_covariance_ / np.outer(smoother.noise_, smoother.noise_)
    assert np.abs(correlations - np.eye(3)).max() < 0.15
    smoothed = smoother.transform(NOISY)
    assert np.isfinite(smoothed).all()
    assert rms(scaled(smoothed - CLEAN)) < 0.45
    # a forecast of each row from those before it leaves more
    ahead = ESNForecaster(readout=RidgeReadout("evidence"), random_state=0).fit(NOISY)
    assert rms(scaled(smoothed - CLEAN)) < 0.75 * rms(scaled(ahead.predict(NOISY) - CLEAN))


def test_other_rows_of_the_system_lose_their_noise_too():
    smoother = ESNSmoother(random_state=0).fit(NOISY)
    other = lorenz63(500, dt=0.05, random_state=7)
    noise = RNG.standard_normal(other.shape) * [0.5, 1.0, 1.5]
    assert rms(scaled(smoother.transform(other + noise) - other)) < 0.55


def test_rows_are_the_mean_of_three_by_the_inverse_of_their_errors():
    rows = TURN + 0.1 * RNG.standard_normal(TURN.shape)
    smoother = ESNSmoother(SMALL, n_passes=1).fit(rows)
    forward = clone(SMALL).fit(rows)
    backward = clone(SMALL).fit(rows[::-1])
    ahead = forward.predict(rows, initial_state="zero")
    behind = backward.predict(rows[::-1], initial_state="zero")[::-1]
    known = np.isfinite(ahead).all(axis=1) & np.isfinite(behind).all(axis=1)
    errors = [(rows - told)[known] for told in (ahead, behind)]
    common = errors[0].T @ errors[1] / known.sum()
    noise = (common + common.T) / 2
    np.testing.assert_allclose(smoother.noise_covariance_, noise, rtol=1e-6)
    inverse = [np.linalg.inv(noise)]
    inverse += [np.linalg.inv(e.T @ e / known.sum() - noise) for e in errors]
    for t in (100, 250):
        parts = [w @ x[t] for w, x in zip(inverse, (rows, ahead, behind), strict=True)]
        expected = np.linalg.solve(sum(inverse), sum(parts))
        np.testing.assert_allclose(smoother.transform(rows)[t], expected, rtol=1e-6)
    # at the ends one network knows nothing yet: the row and the other one tell
    last = np.linalg.solve(inverse[0] + inverse[1], inverse[0] @ rows[-1] + inverse[1] @ ahead[-1])
    np.testing.assert_allclose(smoother.transform(rows)[-1], last, rtol=1e-6)


def test_backward_is_forward_of_what_is_turned_round():
    one, other = (ESNSmoother(SMALL).fit(x) for x in (NOISY[:500], NOISY[500 - 1 :: -1]))
    np.testing.assert_allclose(
        one.transform(NOISY[:500]), other.transform(NOISY[499::-1])[::-1], rtol=1e-6, atol=1e-8
    )


def test_as_good_as_the_smoother_that_knows_the_system():
    """Beside the mean over 2 k + 1 turned neighbours, best k: what an oracle of the turn does."""
    rows = TURN + 0.3 * RNG.standard_normal(TURN.shape)
    found = ESNSmoother(SMALL).fit(rows).transform(rows)
    angle = 0.3

    def turned(x, steps):
        c, s = np.cos(angle * steps), np.sin(angle * steps)
        return x @ np.array([[c, -s], [s, c]])

    best = np.inf
    for k in (2, 5, 10, 20):
        around = [turned(np.roll(rows, j, axis=0), j) for j in range(-k, k + 1)]
        best = min(best, rms((np.mean(around, axis=0) - TURN)[k : len(rows) - k]))
    assert rms(found - TURN) < 0.5 * 0.3
    assert best < rms(found - TURN) < 5 * best  # that one knows the angle


def test_gaps_are_filled_from_both_sides():
    t = np.arange(600)[:, None]
    clean = 10 + 0.02 * t + 2 * np.sin(t * 2 * np.pi / 12) + np.sin(t * 2 * np.pi / 7)
    rows = clean + 0.2 * RNG.standard_normal(clean.shape)
    lost = np.zeros(600, dtype=bool)
    for start in (100, 220, 300, 420, 480):
        lost[start : start + 11] = True
    rows[lost] = np.nan
    model = ESNForecaster(random_state=0).fit(rows)
    smoother = ESNSmoother(random_state=0).fit(rows)
    found = smoother.transform(rows)
    assert np.isfinite(found).all()
    assert rms((found - clean)[lost]) < 0.2 * rms((interpolated(rows) - clean)[lost])
    assert rms((found - clean)[lost]) < 0.25
    assert smoother.noise_[0] == pytest.approx(0.2, rel=0.15)
    np.testing.assert_array_equal(model.smooth(rows), model.smooth())


def test_a_side_that_lands_far_off_counts_less():
    """A jump within a gap: rows near its end are told by those after it."""
    rows = TURN.copy()
    rows[250:] = -rows[250:]  # another phase
    rows[240:255] = np.nan
    found = ESNSmoother(SMALL).fit(rows).transform(rows)
    assert rms(found[254] + TURN[254]) < 0.01
    assert rms(found[240] - TURN[240]) < 0.01


def test_a_row_that_was_seen_in_part():
    rows = TURN + 0.01 * RNG.standard_normal(TURN.shape)
    rows[200, 0] = np.nan
    found = ESNSmoother(SMALL).fit(rows).transform(rows)
    assert np.abs(found[200] - TURN[200]).max() < 0.05


def test_chaos_with_gaps():
    x = lorenz63(2500, dt=0.02, random_state=1)
    rng = np.random.default_rng(0)
    lost = np.zeros(len(x), dtype=bool)
    for start in rng.integers(300, 2200, 20):
        lost[start : start + rng.integers(1, 40)] = True
    rows = np.where(lost[:, None], np.nan, x)
    model = ESNForecaster(random_state=0).fit(rows)
    assert rms((model.smooth(rows) - x)[lost]) < 0.05 * rms((interpolated(rows) - x)[lost])


def test_forms_in_and_out():
    rows = TURN + 0.1 * RNG.standard_normal(TURN.shape)
    days = pd.date_range("2024-01-01", periods=500)
    frame = pd.DataFrame(rows, index=days, columns=["a", "b"])
    smoother = ESNSmoother(SMALL).fit(frame)
    found = smoother.transform(frame)
    assert list(found.columns) == ["a", "b"]
    assert found.index.equals(days)
    np.testing.assert_allclose(found, ESNSmoother(SMALL).fit(rows).transform(rows), atol=1e-6)
    assert smoother.fit(np.stack([rows, rows])).transform(np.stack([rows, rows])).shape == (
        2,
        500,
        2,
    )
    parts = smoother.fit([rows[:300], rows]).transform([rows[:300], rows])
    assert [part.shape for part in parts] == [(300, 2), (500, 2)]
    name = pd.Series(rows[:, 0], index=days, name="load")
    assert ESNSmoother(SMALL).fit_transform(name).name == "load"
    bounded = SMALL.set_params(bounds=None)
    bounded = clone(bounded).set_params(bounds=(-1.5, 1.5))
    assert np.abs(ESNSmoother(bounded).fit_transform(rows)).max() <= 1.5


def test_what_is_known_of_every_row_helps():
    driven = RNG.standard_normal((600, 1))
    clean = np.convolve(driven[:, 0], 0.7 ** np.arange(20))[:600, None]
    rows = clean + RNG.standard_normal(clean.shape)
    alone = ESNSmoother(SMALL).fit_transform(rows)
    told = ESNSmoother(SMALL).fit_transform(rows, exog=driven)
    assert rms(told - clean) < 0.8 * rms(alone - clean)


def test_before_a_network_in_a_pipeline():
    pipeline = make_pipeline(ESNSmoother(SMALL), StandardScaler(), Reservoir(20, random_state=0))
    assert pipeline.fit_transform(NOISY[:400]).shape == (400, 20)
    assert ESNSmoother(forecaster=SMALL).get_params()["forecaster__readout__alpha"] == "evidence"
    assert ESNSmoother().get_params()["forecaster__reservoir__n_units"] == BlockReservoir().n_units


def test_what_is_too_short_is_told_or_nan():
    with pytest.raises(ValueError, match="smoothing needs more than 6. Take a longer series"):
        ESNSmoother(random_state=0).fit(NOISY[:8])
    washed = ESNForecaster(Reservoir(20), RidgeReadout("evidence", washout=50), random_state=0)
    smoother = ESNSmoother(washed).fit(NOISY[:500])
    found = smoother.transform(NOISY[:90])
    cold = np.isnan(found).any(axis=1)
    assert cold.sum() == 12  # each side is cold in 51
    assert cold[39:51].all()
    with pytest.raises(ValueError, match="smooth needs X: the training series is kept of a fit on"):
        SMALL.fit([NOISY[:300], NOISY[:300]]).smooth()
    with pytest.raises(ValueError, match="exog must have no columns, as at fit; got 1"):
        smoother.transform(NOISY[:90], exog=np.zeros((90, 1)))


@pytest.mark.parametrize(
    ("frequency", "asked"), [("MS", "MS"), ("W-MON", "W-MON"), ("B", "B"), ("h", "h"), ("QS", "QS")]
)
def test_a_missing_date_is_told_with_its_frequency(frequency, asked):
    days = pd.date_range("2024-01-01", periods=60, freq=frequency)
    x = pd.Series(TURN[:60, 0], index=days)
    told = (
        rf"evenly spaced; {days[21]} follows {days[19]}, where 2 dates of frequency '{asked}\S*'"
        rf" are missing. X.asfreq\('{asked}"
    )
    for model in (ESNSmoother(SMALL), ESNForecaster(random_state=0)):
        with pytest.raises(ValueError, match=told):
            model.fit(x.drop(days[[20, 30]]))
    with pytest.raises(ValueError, match="no frequency of pandas fits them all"):
        ESNSmoother(SMALL).fit(pd.Series(TURN[:4, 0], index=days[[0, 1, 9, 30]]))


def test_missing_periods_and_spans_are_told():
    x = pd.Series(TURN[:60, 0], index=pd.period_range("2020-01", periods=60, freq="M"))
    with pytest.raises(ValueError, match="2020-07 follows 2020-05, where 1 periods are missing"):
        ESNForecaster(random_state=0).fit(x.drop(x.index[5]))
    assert ESNForecaster(random_state=0).fit(x).forecast(1).index[0] == x.index[-1] + 1
    spans = pd.timedelta_range("0s", periods=60, freq="h")
    with pytest.raises(ValueError, match="no frequency of pandas fits them all"):
        ESNForecaster(random_state=0).fit(pd.Series(TURN[:59, 0], index=spans.delete([5])))


def test_missing_years_of_three_centuries_are_told():
    years = pd.date_range("1700-01-01", periods=309, freq="YS").as_unit("ns")
    with pytest.raises(ValueError, match="where 2 dates of frequency 'YS-JAN' are missing"):
        ESNSmoother(SMALL).fit(pd.Series(NOISY[:307, 0], index=years.delete([40, 41])))
