"""What ordinary users bring, to the default forecaster: right, and never far away."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import StackingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reservoir import BlockReservoir, ESNClassifier, ESNForecaster, ESNRegressor, Reservoir
from reservoir.datasets import load_co2, load_sunspots, lorenz63
from reservoir.differences import TRENDING, trends
from reservoir.esn import DivergenceWarning
from reservoir.esn.choosing import ALPHAS, chosen, errors_of_path, plan
from reservoir.esn.learning import (
    USUAL_ALPHA,
    USUAL_SPREAD,
    errors_of_few_rows,
    led_by,
)  # fmt: skip
from reservoir.readouts import RidgeReadout
from reservoir.ridge import RidgeStatistics
from reservoir.seasonality import is_seasonal, seasonal_strength
from reservoir.sequences import Sequences
from reservoir.series import season_by_autocorrelation, seasons_shown

RNG = np.random.default_rng(7)
WEEK = np.array([0, 1, 2, 3, 5, -4, -6.0])


def t(n):
    return np.arange(float(n))


#: Name -> series, steps to forecast, and the error that may not be passed, in deviations.
EVERYDAY = {
    "weekly, noise-free": (np.tile(WEEK, 200), 28, 1e-6),
    "weekly, short": (np.tile(WEEK, 12), 14, 0.05),
    "weekly, trend, noise": (np.tile(WEEK, 100) + 0.02 * t(700) + RNG.normal(0, 0.5, 700), 28, 0.4),
    "hourly, two seasons": (
        5 * np.sin(t(1000) * np.pi / 12) + 2 * np.sin(t(1000) * np.pi / 84)
        + RNG.normal(0, 0.5, 1000), 48, 0.5,
    ),
    "monthly, 36 rows": (
        100 + t(36) + 20 * np.sin(t(36) * np.pi / 6) + RNG.normal(0, 3, 36), 12, 2.5,
    ),
    "monthly, ten years": (
        100 + 20 * np.sin(t(120) * np.pi / 6) + RNG.normal(0, 3, 120), 12, 1.2,
    ),
    "quarterly, growing": (np.exp(0.02 * t(80)) * (10 + np.tile([0, 2, 1, -3], 20)), 8, 1.5),
    "counts": (RNG.poisson(np.tile([3, 5, 5, 6, 9, 12, 2], 60)).astype(float), 28, 1.3),
    "intermittent": (RNG.poisson(2, 400) * (RNG.random(400) < 0.2) * 1.0, 14, 2.5),
    "random walk": (np.cumsum(RNG.normal(size=400)), 20, 2.0),
    "a jump": (np.r_[RNG.normal(0, 1, 200), RNG.normal(8, 1, 100)], 20, 1.5),
    "an outlier": (np.r_[RNG.normal(0, 1, 150), 60.0, RNG.normal(0, 1, 150)], 20, 1.5),
    "constant": (np.full(60, 5.0), 10, 1e-9),
    "a line": (3.0 * t(100) + 7, 20, 0.05),
    "CO2": (np.interp(t(2000), *(lambda c: (np.flatnonzero(np.isfinite(c)), c[np.isfinite(c)]))(
        load_co2().data[:2000, 0])), 52, 0.3),
    "sunspots": (load_sunspots().data[:, 0].astype(float), 22, 2.5),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:The level changes at once")
@pytest.mark.parametrize("name", sorted(EVERYDAY))
def test_the_default_forecaster_never_runs_away(name):
    x, n_steps, most = EVERYDAY[name]
    train, truth = x[:-n_steps, None], x[-n_steps:, None]
    spread = train.std() or 1.0
    errors = []
    for seed in range(3):
        model = ESNForecaster(outliers="keep", random_state=seed).fit(train)
        errors.append(np.sqrt(np.square(model.forecast(n_steps) - truth).mean()) / spread)
        far = model.forecast(4 * n_steps)
        assert np.abs(far - train.mean()).max() <= 12 * max(np.ptp(train), 1e-6)
    assert np.median(errors) < most


def test_alpha_is_the_best_of_its_own_free_runs():
    """The errors of a plain loop over alphas and origins, each forecast by itself."""
    x = (np.tile(WEEK, 30) + RNG.normal(0, 0.5, 210))[:, None]
    held, n_steps = plan(len(x))
    model = ESNForecaster(Reservoir(30, random_state=0), RidgeReadout(1e-3))
    found = errors_of_path(clone(model), Sequences("series", [x]), [x], None)
    cut, step = len(x) - held, max(1, (held - n_steps) // 8)
    for k in (0, 9, 18):
        one = clone(model).fit(x[:cut]).resolved(alpha=ALPHAS[k])
        errors = []
        for origin in range(cut, len(x) - n_steps + 1, step):
            known = clone(one).fit(x[:cut])  # as it stands after the part before
            known = known.resolved(alpha=ALPHAS[k])
            f = known.rolling_forecast(x[cut:], n_steps, step=step)[(origin - cut) // step]
            e = np.minimum(np.abs(f - x[origin : origin + n_steps]) / x.std(), 3.0)
            errors.append(np.nan_to_num(e, nan=3.0)[:, 0])
        of_steps = np.sqrt(np.square(errors).mean(axis=0))
        assert found[k] == pytest.approx(np.log(of_steps).mean(), rel=1e-5)
    errors = np.array([0.3, 0.1, 0.2, 5.0])
    for stays, best in [
        (["111", "111", "111", "111"], 1), (["111", "011", "111", "111"], 2),
        (["011", "001", "011", "111"], 2),  # the last one would be too dear
        (["001", "000", "000", "111"], 0), (["000", "000", "000", "111"], 3),
        (["000", "000", "000", "000"], -1),
    ]:  # fmt: skip
        kept = [[letter == "1" for letter in each] for each in stays]
        assert chosen(errors, kept.__getitem__) == ALPHAS[best]


@pytest.mark.filterwarnings("ignore:The ridge system")
def test_a_trial_that_diverges_counts_as_far_off():
    """Slow units cannot follow a week: the smaller alpha, the sooner the loop is lost."""
    slow = Reservoir(100, spectral_radius=0.5, leak_rate=0.3, input_scaling=0.3, random_state=0)
    x = np.tile(WEEK, 200)[:, None]
    forecaster = ESNForecaster(slow, RidgeReadout(1e-3))
    errors = errors_of_path(clone(forecaster), Sequences("series", [x]), [x], None)
    lost = clone(forecaster).fit(x).resolved(alpha=ALPHAS[0])
    with pytest.warns(DivergenceWarning, match="the closed loop diverged at step"):
        assert np.isnan(lost.forecast(60, on_divergence="nan")).any()
    assert errors[0] > -4.0


def test_many_series_choose_alpha_together():
    x = [(np.tile(WEEK, 20) * (1 + k) + RNG.normal(0, 0.3, 140))[:, None] for k in range(4)]
    errors = errors_of_path(
        ESNForecaster(Reservoir(30, random_state=0), RidgeReadout(1e-3)), Sequences("list", x), x,
        None,
    )  # fmt: skip
    assert errors.min() < np.log(0.5)
    model = ESNForecaster(random_state=0).fit([s[:-14] for s in x])
    for forecast, truth in zip(model.forecast(14), x, strict=True):
        assert np.sqrt(np.square(forecast - truth[-14:]).mean()) < 0.3 * truth.std()
    assert Sequences("list", x).lengths.tolist() == [140] * 4


def test_a_readout_that_was_given_is_left_as_it_is():
    x = np.tile(WEEK, 20)[:, None]
    model = ESNForecaster(readout=RidgeReadout(0.5), random_state=0).fit(x)
    assert model.regressor_.readout_.alpha_ == 0.5
    chosen_one = ESNForecaster(random_state=0).fit(x).regressor_.readout_
    assert chosen_one.alpha_ in ALPHAS
    rows = RNG.normal(size=(50, 2))
    y = rows[:, 0] + RNG.normal(size=50)
    alone = RidgeReadout("free_run").fit(rows, y)  # there is no loop: as "evidence"
    assert alone.alpha_ == RidgeReadout("evidence").fit(rows, y).alpha_


def test_forecasts_stay_within_bounds():
    x = np.maximum(RNG.normal(0.2, 1, 300), 0.0)[:, None]
    model = ESNForecaster(bounds=(0, None), random_state=0).fit(x[:250])
    wild = clone(model).set_params(readout=RidgeReadout(1e-3)).fit(x[:250])
    assert wild.predict(x).min() == 0.0
    assert model.forecast(50).min() >= 0
    assert model.forecast_quantiles(2, (0.02, 0.98)).min() == 0.0
    assert model.rolling_forecast(x[250:], 10).min() >= 0
    free = clone(wild).set_params(bounds=None).fit(x[:250])
    np.testing.assert_array_equal(wild.predict(x), np.maximum(free.predict(x), 0.0))
    for bad, told in [
        ((1, 0), r"bounds must be \(low, high\).*got \(1, 0\)"),
        ((0,), r"bounds must be \(low, high\).*got \(0,\)"),
        ((0.5, None), r"bounds=\(0.5, None\) must hold the data; X reaches from 0.0 to"),
    ]:
        with pytest.raises(ValueError, match=told):
            ESNForecaster(bounds=bad).fit(x)


# rows one by one, shapes that mean two things


def test_a_stream_carries_the_state_on():
    u = RNG.uniform(-1, 1, (300, 2))
    y = np.roll(u, 1, axis=0)
    for targets in (y, y[:, 0]):
        esn = ESNRegressor(Reservoir(30, random_state=0), RidgeReadout(1e-4, washout=20))
        esn.fit(u[:200], targets[:200])
        stream = esn.stream()
        found = [stream.predict(u[t : t + 1]) for t in range(200, 250)]
        found.append(stream.predict(u[250:]))
        np.testing.assert_allclose(np.concatenate(found), esn.predict(u[200:]), atol=1e-12)
        assert stream.n_steps_seen_ == 100
        fresh = esn.stream(initial_state="zero").predict(u[:50])
        np.testing.assert_allclose(fresh, esn.predict(u[:50], initial_state="zero"), atol=1e-12)
    with pytest.raises(ValueError, match="a stream needs a fit on targets of every step"):
        ESNRegressor(Reservoir(10)).fit(u.reshape(6, 50, 2), np.arange(6.0)).stream()
    with pytest.raises(ValueError, match="a stream takes the rows of one series"):
        stream.predict([u[:5]])


def test_real_series_come_as_frames():
    frame = load_co2(as_frame=True).data
    assert frame.shape == (2284, 1)
    assert frame.index.freqstr == "W-SAT"
    np.testing.assert_array_equal(frame.to_numpy(), load_co2().data)
    years = load_sunspots(as_frame=True).data
    assert str(years.index[0].date()) == "1700-01-01"
    assert ESNForecaster(random_state=0).fit(years).forecast(2).index[0].year == 2009


# what an analyst types first


def test_parts_of_a_default_are_set_and_searched():
    x = np.tile(WEEK, 20)[:, None]
    search = GridSearchCV(
        ESNForecaster(random_state=0), {"reservoir__n_units": [10, 60]},
        cv=TimeSeriesSplit(2, test_size=14),
    ).fit(x)  # fmt: skip
    assert search.best_estimator_.regressor_.reservoir_.n_units in (10, 60)
    model = ESNForecaster().set_params(readout__alpha=1.0, reservoir__leak_rate=(1.0, 0.5))
    assert isinstance(model.reservoir, BlockReservoir)
    assert model.fit(x).regressor_.readout_.alpha_ == 1.0
    assert ESNRegressor().set_params(readout__alpha=2.0).readout.alpha == 2.0
    assert ESNClassifier().set_params(reservoir__n_units=5).reservoir.n_units == 5
    assert "readout__alpha" in ESNForecaster().get_params()
    assert clone(ESNForecaster()).reservoir is None
    assert repr(ESNForecaster()) == "ESNForecaster()"
    given = ESNRegressor(Reservoir(7)).set_params(reservoir=None)
    assert given.reservoir is None
    with pytest.raises(ValueError, match="Invalid parameter 'alfa' for estimator RidgeReadout"):
        ESNForecaster().set_params(readout__alfa=1.0)


# inputs out of reach


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda u: u + 300.0, r"column \d of X is about 300 ± 0\.[56]"),
        (lambda u: u * np.array([1.0, 1e4]), r"column 1 of X is about .* ± \d+"),
    ],
    ids=["far from zero", "large"],
)
def test_inputs_that_saturate_are_told(spoil, told):
    u = np.random.default_rng(0).uniform(-1, 1, (400, 2))
    y = np.roll(u[:, 0], 2)
    esn = ESNRegressor(Reservoir(50, random_state=0), RidgeReadout(1e-6))
    with pytest.warns(UserWarning, match=told):
        clone(esn).fit(spoil(u), y)
    with pytest.warns(UserWarning, match=told):
        clone(esn).partial_fit(spoil(u), y)
    scaled = make_pipeline(StandardScaler(), clone(esn)).fit(spoil(u)[:300], y[:300])
    assert scaled.score(spoil(u)[300:], y[300:]) > 0.95


def test_a_default_regressor_knows_noise_from_its_absence():
    rng = np.random.default_rng(0)
    noise, y = rng.normal(size=(200, 1)), rng.normal(size=200)
    sun = load_sunspots().data[:, 0].astype(float)
    model = make_pipeline(StandardScaler(), ESNRegressor(random_state=0))
    nothing = clone(model).fit(noise[:140], y[:140]).score(noise[140:], y[140:])
    spots = clone(model).fit(sun[:215, None], sun[1:216]).score(sun[215:-1, None], sun[216:])
    assert nothing > -0.1  # the mean has 0; alpha=1e-6 has -3
    assert spots > 0.8  # and .31


def test_meta_estimators_of_scikit_learn_take_frames():
    dates = pd.date_range("2000-01-01", periods=200)
    X = pd.DataFrame({"u": np.random.default_rng(0).uniform(-1, 1, 200)}, index=dates)
    y = np.exp(X["u"].shift(1, fill_value=0.0)).rename("y")
    esn = ESNRegressor(random_state=0)
    logs = TransformedTargetRegressor(esn, func=np.log, inverse_func=np.exp).fit(X[:150], y[:150])
    plain = clone(esn).fit(X.to_numpy()[:150], np.log(y.to_numpy()[:150]))
    expected = np.exp(plain.predict(X.to_numpy()[150:]))
    assert logs.predict(X[150:]) == pytest.approx(expected)
    fitted = clone(esn).fit(X[:150], y.to_numpy()[:150])
    stacked = StackingRegressor([("esn", fitted)], LinearRegression(), cv="prefit")
    line = LinearRegression().fit(fitted.predict(X[:150])[:, None], y[:150])
    expected = line.predict(fitted.predict(X[150:])[:, None])
    assert stacked.fit(X[:150], y[:150]).predict(X[150:]) == pytest.approx(expected)


def test_a_number_of_steps_is_for_forecast():
    with pytest.raises(ValueError, match=r"X must be rows.*got 3, a number.*forecast\(3\)"):
        ESNForecaster(random_state=0).fit(np.tile(WEEK, 5)).predict(3)


def test_a_trend_is_differenced_and_chaos_is_not():
    rng = np.random.default_rng(0)
    walk = np.cumsum(rng.normal(size=200))
    season = 5 * np.sin(t(200) * np.pi / 6) + rng.normal(size=200)
    chaos = lorenz63(1000, dt=0.05, random_state=0)
    assert trends(chaos)[0] > TRENDING  # its lobes look like a trend to the test
    lags = {
        name: ESNForecaster(random_state=0).fit(x).levels_.lags
        for name, x in (("walk", walk), ("season", season), ("chaos", chaos),
                        ("grows", season + 0.2 * t(200)),
                        ("two", np.c_[rng.normal(size=200), walk]))
    }  # fmt: skip
    assert lags == {"walk": (1,), "season": (), "chaos": (), "grows": (1,), "two": (1,)}
    model = ESNForecaster(random_state=0).fit(walk)
    given = ESNForecaster(differences=(1,), random_state=0).fit(walk)
    np.testing.assert_array_equal(model.forecast(5), given.forecast(5))
    assert ESNForecaster(readout=RidgeReadout()).fit(walk).levels_.lags == ()  # it has no free runs
    for other in ((), np.array([2, 1])):
        found = ESNForecaster(differences=other, random_state=0).fit(walk)
        assert found.levels_.lags == tuple(other)


def test_the_statistic_of_trends_equals_its_formula():
    x = np.random.default_rng(0).normal(size=(150, 2)).cumsum(axis=0)
    n, found = len(x), []
    for column in x.T:
        e = column - column.mean()
        longest = int(3 * np.sqrt(n) / 13)
        variance = sum(
            (1 - abs(k) / (longest + 1)) * np.sum(e[abs(k) :] * e[: n - abs(k)]) / n
            for k in range(-longest, longest + 1)
        )
        found.append(sum(e[: k + 1].sum() ** 2 for k in range(n)) / n**2 / variance)
    np.testing.assert_allclose(trends(x), found)


def test_a_regressor_gives_frames_back():
    rng = np.random.default_rng(0)
    X = pd.DataFrame(
        rng.normal(size=(120, 2)),
        index=pd.date_range("2020-01-01", periods=120),
        columns=["a", "b"],
    )
    y = pd.DataFrame({"up": X["a"].shift(1, fill_value=0), "down": X["b"]})
    esn = ESNRegressor(Reservoir(20, random_state=0), RidgeReadout(1e-6, washout=5))
    bare = clone(esn).fit(X.to_numpy()[:90], y.to_numpy()[:90]).predict(X.to_numpy()[90:])
    answer = clone(esn).fit(X[:90], y[:90]).predict(X[90:])
    pd.testing.assert_frame_equal(answer, pd.DataFrame(bare, X.index[90:], ["up", "down"]))
    one = clone(esn).fit(X[:90], y["up"][:90]).predict(X[90:])
    assert one.name == "up"
    assert one.to_numpy() == pytest.approx(bare[:, 0])
    unnamed = clone(esn).fit(X[:90], y.to_numpy()[:90])
    assert isinstance(unnamed.predict(X[90:]), np.ndarray)  # as the target was
    assert isinstance(unnamed.stream().predict(X[90:91]), np.ndarray)
    mean, std = clone(esn).fit(X[:90], y["up"][:90]).predict(X[90:], return_std=True)
    assert mean.index.equals(std.index)
    fitted = clone(esn).fit(X[:90], y["up"][:90])
    assert fitted.stream().predict(X[90:91]).index[0] == X.index[90]
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        assert isinstance(fitted.predict(X.to_numpy()[90:]), np.ndarray)


def test_a_season_is_found_and_differenced():
    rng = np.random.default_rng(0)
    x = 3 * np.tile(rng.normal(size=12), 5) + 0.2 * np.cumsum(rng.normal(size=60))
    model = ESNForecaster(random_state=0).fit(x)
    assert model.levels_.lags == (12,)
    given = ESNForecaster(differences=(12,), random_state=0).fit(x)
    np.testing.assert_array_equal(model.forecast(5), given.forecast(5))
    # dates know a season that hardly stands out
    dates = pd.period_range("2000-01", periods=600, freq="M")
    weak = 0.5 * np.sin(t(600) * np.pi / 6) + rng.normal(size=600)
    assert seasons_shown([weak[:, None]], None, False) == ()
    assert seasons_shown([weak[:, None]], dates, False) == (12,)
    # three years show one, no more rows
    year = 100 + t(36) + 20 * np.sin(t(36) * np.pi / 6) + rng.normal(0, 3, 36)
    assert not is_seasonal(year, 12)
    assert ESNForecaster(random_state=0).fit(year).levels_.lags == (12,)
    noise = [rng.normal(size=36) for _ in range(200)]
    assert abs(np.mean([seasonal_strength(x, 12) for x in noise])) < 0.05
    design = np.eye(12)[(6 + t(24).astype(int)) % 12]
    level = np.array([year[k : k + 13] @ np.r_[0.5, np.ones(11), 0.5] / 12 for k in range(24)])
    parts = year[6:30] - level
    rest = parts - design @ np.linalg.lstsq(design, parts, rcond=None)[0]
    adjusted = 1 - (rest @ rest / 12) / parts.var(ddof=1)
    assert seasonal_strength(year, 12) == pytest.approx(adjusted)
    chance = np.random.default_rng(1).normal(size=(40, 30))
    assert sum(season_by_autocorrelation(x) > 1 for x in chance) > 10
    assert sum(seasons_shown([x[:, None]], None, False) != () for x in chance) <= 2
    # noise on a slow wave has no season, and days know of weeks, half hours of days and weeks
    wave = 10 * np.sin(t(700) * 2 * np.pi / 365) + 3 * rng.normal(size=700)
    assert season_by_autocorrelation(wave) == 1
    load = np.tile(np.r_[np.tile(np.sin(t(48) / 8), 5), np.zeros(96)], 4) + rng.normal(0, 0.1, 1344)
    index = pd.date_range("2024-01-01", periods=1344, freq="30min")
    assert seasons_shown([load[:, None]], index, False) == (48, 336)
    frame = pd.Series(load, index)
    assert ESNForecaster(random_state=0).fit(frame).levels_.lags == (336,)
    walks = [np.cumsum(rng.normal(size=(90, 2)), axis=0) for _ in range(3)]
    assert seasons_shown(walks, pd.date_range("2000", periods=90), True) == ()
    quarters = [np.c_[np.tile([1.0, 2.0, 5.0, 3.0], 9), np.zeros(36)] + walks[0][:36] * 0.01] * 2
    assert seasons_shown([*quarters, walks[1]], None, False) == (4,)


def test_few_free_runs_do_not_overrule_the_evidence():
    errors = np.full(len(ALPHAS), 1.0)
    errors[3] = 0.4
    assert led_by(float(ALPHAS[9]) * 1.5, errors).argmin() == 9
    assert led_by(0.0, errors).argmin() == 0
    errors[3] = 0.2
    assert led_by(float(ALPHAS[9]), errors) is errors
    # what leads is guarded as the others are
    errors[3:5] = 0.4, 0.5
    led = led_by(float(ALPHAS[9]), errors)
    assert (
        chosen(led, lambda k: {9: (False,) * 3, 3: (False, True, True)}.get(k, (True,) * 3))
        == (ALPHAS[4])
    )
    rng = np.random.default_rng(0)
    x = np.sin(t(72) * np.pi / 6) + rng.normal(size=72)
    model = ESNForecaster(differences=(), random_state=0).fit(x)
    evident = ESNForecaster(readout=RidgeReadout(), differences=(), random_state=0).fit(x)
    ratio = model.regressor_.readout_.alpha_ / evident.regressor_.readout_.alpha_
    assert 10**-0.5 <= np.max(ratio) <= 10**0.5


def test_few_rows_take_a_usual_alpha_unless_they_say_otherwise():
    rng = np.random.default_rng(0)
    noise = [ESNForecaster(random_state=0).fit(rng.normal(size=20)) for _ in range(6)]
    alphas = [np.max(model.regressor_.readout_.alpha_) for model in noise]
    assert 1 < np.median(alphas) < 1000
    sine = np.sin(0.6 * t(28))
    model = ESNForecaster(random_state=0).fit(sine[:20])
    assert np.max(model.regressor_.readout_.alpha_) < 1e-2
    assert abs(model.forecast(8).ravel() - sine[20:]).max() < 0.1
    # the mode of the posterior: the slopes of likelihood and prior cancel
    x, noise = rng.normal(size=(12, 3)), rng.normal(size=12)

    def posterior(alpha, y):  # minus twice its logarithm; the noise is what fits best
        covariance = np.eye(12) + x @ x.T / alpha
        best = y @ np.linalg.solve(covariance, y) / 12
        prior = (np.log(alpha / USUAL_ALPHA) / USUAL_SPREAD) ** 2
        return 12 * np.log(best) + np.linalg.slogdet(covariance)[1] + prior

    for y in (noise, noise + x @ np.ones(3), 0.01 * noise + x[:, 0]):
        spectrum = RidgeStatistics(3, 1).updated(x, y[:, None]).spectrum(False)
        found = errors_of_few_rows(spectrum)[8:]  # below, the covariance is not what it is
        wanted = np.array([posterior(alpha, y) for alpha in ALPHAS[8:]])
        np.testing.assert_allclose(found - found[0], wanted - wanted[0], rtol=1e-6, atol=1e-6)
    # free runs of a few rows do not leave them, whatever that costs
    for x in ([99.4, 99.1, 97.7, 97.8, 98.4, 100.1, 101.5, 105.2, 108.6],
              [98, 95.3, 93.6, 91.8, 89.2, 86.5, 83.7, 80.1, 75.6, 71.5, 66.9, 59.6]):  # fmt: skip
        model = ESNForecaster(random_state=0).fit(np.array(x))
        run = np.append(x[-1], model.forecast(6))
        known, run = (np.diff(x), np.diff(run)) if model.levels_.lags else (np.array(x), run)
        assert np.abs(run - (known.max() + known.min()) / 2).max() <= 1.5 * np.ptp(known)
    # years that grow, too few for free runs
    years = 100 + 5 * t(20) + rng.normal(size=20)
    model = ESNForecaster(random_state=0).fit(years)
    assert model.levels_.lags == (1,)
    assert abs(model.forecast(6).ravel() - (100 + 5 * np.arange(20, 26.0))).max() < 12
    assert ESNForecaster(random_state=0).fit(years[:6]).levels_.lags == ()
    assert ESNForecaster(differences=(), random_state=0).fit(years).levels_.lags == ()
