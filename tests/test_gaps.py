"""Rows that were not seen: run through, not trained on, and told where there are too many."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge

from reservoir import ESNClassifier, ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import load_co2, lorenz63, mackey_glass
from reservoir.differences import difference, unseen_steps
from reservoir.esn.bands import conformal_quantile
from reservoir.esn.gaps import Filled, are_scattered, filled_by, run_through
from reservoir.esn.two_sided import one_step
from reservoir.frames import Frame
from reservoir.missing import filled, filled_between, interpolated, mean_of
from reservoir.model_selection import (
    ForecastSearchCV,
    RollingOrigins,
    forecasting_search,
    make_forecast_scorer,
)
from reservoir.sequences import Sequences
from reservoir.series import seasons_of

WAVE = np.sin(np.arange(400) * 0.3)[:, None]


def rms(a, b):
    return float(np.sqrt(np.nanmean(np.square(a - b))))


def with_gaps(x, share, seed=0):
    lost = np.random.default_rng(seed).random(len(x)) < share
    return np.where(lost[:, None], np.nan, x)


def plain(**options):
    reservoir = Reservoir(40, random_state=0)
    return ESNForecaster(reservoir, RidgeReadout(1e-8, washout=20), **options)


def test_a_gap_is_run_through_as_a_free_run_from_the_rows_before_it():
    """The rows of a gap are the forecast from there; of one seen in part, what was seen stands."""
    x = np.hstack([WAVE, np.cos(np.arange(400) * 0.3)[:, None]])
    model = plain(differences=(1,)).fit(x[:300])
    coming = x[300:400].copy()
    coming[40:50] = np.nan
    coming[70, 1] = np.nan
    taken = model._checked(coming, None, least=1)
    filled = taken.wholes[0][-100:]
    for start, stop in ((40, 50), (70, 71)):
        answer = model.forecast(stop - start, np.vstack([x[:300], filled[:start]]))
        gap = np.isnan(coming[start:stop])
        assert filled[start:stop][gap] == pytest.approx(answer[gap], abs=1e-8)
    assert np.array_equal(filled[~np.isnan(coming)], coming[~np.isnan(coming)])


def test_rows_that_were_not_seen_are_not_trained_on():
    """What stands in their place changes inputs, and no target: the plain solution says so."""
    x = with_gaps(WAVE[:300], 0.1)
    model = plain(passthrough=False, scaler="passthrough").fit(x)
    filled = model._filled(Sequences("series", [x]), None)
    assert not filled.believed
    (whole,) = filled.items
    states = model.network_.reservoir_.transform(whole[:-1])[20:]
    y = x[21:, 0]
    seen = ~np.isnan(y)
    ridge = Ridge(1e-8).fit(states[seen], y[seen])
    assert model.network_.readout_.coef_.ravel() == pytest.approx(ridge.coef_, abs=1e-4)
    assert model.network_.readout_.intercept_ == pytest.approx(ridge.intercept_, abs=1e-5)


@pytest.mark.parametrize("lags", [(), (1,), (2, 3)])
def test_unseen_steps_are_those_whose_difference_is_not_known(lags):
    x = with_gaps(WAVE, 0.2)
    assert np.array_equal(unseen_steps(x, lags), np.isnan(difference(x, lags)).any(axis=1))


def test_weekly_co2_fits_as_it_is():
    x = np.asarray(load_co2().data, dtype=float).reshape(-1, 1)
    assert np.isnan(x).sum() == 59
    model = ESNForecaster(differences=(1, 52), random_state=0).fit(x[:-52])
    assert rms(model.forecast(52), x[-52:]) < 0.8  # seasonal naive with drift has .9


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_a_clean_series_with_gaps_is_forecast_as_well_as_without(share):
    """Lines in their place cost ten times the error."""
    x = mackey_glass(2050, random_state=0)
    g = with_gaps(x, share)
    errors = []
    for rows in (g[:2000], interpolated(g[:2000])):
        errors.append(rms(ESNForecaster(random_state=0).fit(rows).forecast(50), x[2000:]))
    assert errors[0] < 0.1 * x.std()
    assert errors[0] < errors[1]


def test_a_forecast_starts_right_after_a_gap():
    x = WAVE.copy()
    x[370:] = np.nan
    model = plain().fit(x)
    assert rms(model.forecast(20), np.sin(np.arange(400, 420) * 0.3)[:, None]) < 0.02
    context = WAVE[:330].copy()
    context[300:] = np.nan
    assert rms(plain().fit(WAVE).forecast(20, context), WAVE[330:350]) < 0.02
    days = pd.date_range("2020-01-01", periods=400, freq="D")
    answer = plain().fit(pd.Series(x[:, 0], index=days, name="x")).forecast(5)
    assert answer.index[0] == pd.Timestamp("2021-02-04")


def test_the_first_rows_may_be_missing():
    x = WAVE.copy()
    x[:15] = np.nan
    assert rms(plain(differences=(1,)).fit(x).forecast(20), plain().fit(WAVE).forecast(20)) < 0.05


@pytest.mark.parametrize("transformer", [None, "log"])
def test_predictions_of_rows_that_were_not_seen(transformer):
    from sklearn.preprocessing import FunctionTransformer

    log = None if transformer is None else FunctionTransformer(np.log, np.exp)
    x = WAVE + 2.0
    g = with_gaps(x, 0.1)
    model = plain(transformer=log).fit(g[:300])
    assert rms(model.predict(g[300:]), x[300:]) < 0.05
    assert model.score(g[300:]) > 0.99


def test_gaps_of_many_series_and_of_exogenous_ones():
    rng = np.random.default_rng(0)
    exog = rng.integers(0, 2, (400, 1)).astype(float)
    x = WAVE + exog
    g = with_gaps(x, 0.15)
    model = ESNForecaster(differences=(1,), random_state=0).fit(g[:350], exog=exog[:350])
    assert rms(model.forecast(50, exog=exog[350:]), x[350:]) < 0.05
    many = plain().fit([g[:200], WAVE[:150], with_gaps(WAVE, 0.1)])
    assert [f.shape for f in many.forecast(3)] == [(3, 1)] * 3


def test_chunks_with_gaps_go_on_from_each_other():
    g = with_gaps(WAVE, 0.05)
    model = plain().fit(g[:200]).partial_fit(g[200:205]).partial_fit(g[205:350])
    assert rms(model.forecast(50), WAVE[350:]) < 0.02


def test_too_long_a_gap_is_told():
    x = WAVE.copy()
    x[50:58] = np.nan
    days = pd.date_range("2020-01-01", periods=400, freq="D")
    with pytest.raises(
        ValueError, match=r"gap of 8 rows, from row 50 \(2020-02-20 .*; max_gap=7 allows 7"
    ):
        plain(max_gap=7).fit(pd.Series(x[:, 0], index=days))
    assert plain(max_gap=8).fit(x).forecast(3).shape == (3, 1)
    with pytest.raises(ValueError, match="The 'max_gap' parameter of ESNForecaster must be"):
        plain(max_gap=-1).fit(WAVE)
    with pytest.raises(ValueError, match="contains NaN alone in column 1: leave it out"):
        plain().fit(np.hstack([WAVE, np.full_like(WAVE, np.nan)]))
    with pytest.raises(ValueError, match="X contains NaN alone in column 0"):
        plain().fit(np.full((50, 1), np.nan))
    with pytest.raises(ValueError, match=r"Input X\[1\] contains NaN alone"):
        ESNClassifier(Reservoir(5)).fit([WAVE, np.full((9, 1), np.nan)] * 3, [0, 1] * 3)


def test_what_was_not_seen_at_all_goes_on():
    """A stream whose next rows are all missing: as if they came with the ones after them."""
    x = WAVE.copy()
    x[300:310] = np.nan
    model = plain().fit(x[:300]).partial_fit(x[300:310]).partial_fit(x[310:350])
    assert rms(model.forecast(20), WAVE[350:370]) < 0.02
    assert rms(plain().fit(WAVE[:300]).predict(np.full((3, 1), np.nan)), WAVE[300:303]) < 0.02


def test_gaps_are_filled_until_they_settle():
    """Long gaps of a chaotic series: one pass is far off; every second row of a week never does."""
    x = mackey_glass(2050, random_state=0)
    g = x[:2000].copy()
    for start in range(300, 2000, 300):
        g[start : start + 40] = np.nan
    assert rms(ESNForecaster(random_state=0).fit(g).forecast(50), x[2000:]) < 0.012 * x.std()
    week = np.tile([20.0, 22, 21, 25, 40, 80, 70], 53)[:, None]
    week += np.random.default_rng(5).normal(0, 2, week.shape)
    week[1::2] = np.nan
    model = one_step(ESNForecaster(random_state=0))
    model.n_features_in_, model._frame = 1, Frame()
    told = r"185 of 371 values were not seen, and .* does not settle"
    with pytest.warns(UserWarning, match=told):  # as the smoother does, which runs through them
        filled_by(model, Sequences("series", [week]), None)


@pytest.mark.filterwarnings("ignore:.*does not settle")  # the first folds hold 70 rows
def test_chaos_is_filled_as_it_went():
    """What a network learns right after a gap that it did not get through is learned wrong."""
    x = lorenz63(2500, dt=0.02, random_state=1)
    rng = np.random.default_rng(2)
    lost = np.zeros(len(x), dtype=bool)
    for start in rng.integers(300, 2200, 20):
        lost[start : start + rng.integers(1, 40)] = True
    rows = np.where(lost[:, None], np.nan, x)
    model = ESNForecaster(random_state=2).fit(rows[:2400])
    assert rms(model.forecast(50), x[2400:2450]) < 0.01


def test_bands_and_searches_of_series_with_gaps():
    x = with_gaps(WAVE + np.random.default_rng(0).normal(0, 0.1, WAVE.shape), 0.1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bands = plain().fit(x).forecast_quantiles(5, (0.05, 0.95))
    assert ((bands[..., 1] - bands[..., 0] > 0.1) & (bands[..., 1] - bands[..., 0] < 1)).all()
    grid = {"readout__alpha": [1e-6, 1e-2, 1e5]}
    search = ForecastSearchCV(plain(), grid, scoring=make_forecast_scorer(10), n_best=1)
    search.fit(x)
    assert search.best_params_["readout__alpha"] < 1e5
    assert search.best_score_ > -0.5


def test_errors_whose_truth_was_not_seen_are_none():
    errors = np.random.default_rng(0).normal(size=(40, 3))
    lost = errors.copy()
    lost[::4, 1] = np.nan
    for p in (0.1, 0.8):
        found = conformal_quantile(lost, p)
        kept = errors[np.arange(40) % 4 != 0, 1]
        assert found[1] == conformal_quantile(kept[:, None], p)[0]
        assert found[0] == conformal_quantile(errors[:, :1], p)[0]


def test_filling_stays_within_what_was_seen():
    """A trend goes on beyond it where the rows are to come, and not within the training."""
    x = np.arange(300.0)[:, None] / 50 + 0.1 * WAVE[:300]
    model = plain().fit(x[:250])
    x[250:] = np.nan
    high = x[:250].max()
    start = model.network_.rule.initial_state(1)
    within, beyond = (
        run_through(model.network_, model.levels_, x, start, increments=True, ranges=ranges)
        for ranges in (0.0, 1.0)
    )
    assert within.max() == pytest.approx(high)
    assert beyond.max() > high + 0.2


def two_kinds(n=60, share=0.0, pad=0, seed=0):
    rng = np.random.default_rng(seed)
    items, labels = [], []
    for k in range(n):
        length = int(rng.integers(40, 60))
        x = np.sin((0.2, 0.4)[k % 2] * np.arange(length) + rng.uniform(0, 6))[:, None]
        x = with_gaps(x + rng.normal(0, 0.1, x.shape), share, seed=k)
        items.append(np.vstack([x, np.full((pad, 1), np.nan)]))
        labels.append(k % 2)
    return items, labels


@pytest.mark.parametrize("missing", ["last", "mean", "interpolate"])
def test_sequences_with_gaps_are_classified(missing):
    X, y = two_kinds(share=0.2)
    model = ESNClassifier(missing=missing, random_state=0).fit(X[:40], y[:40])
    assert model.score(X[40:], y[40:]) >= 0.9
    with pytest.raises(ValueError, match=r"Input X\[0\] contains NaN, \d+ of \d+ cells, the first"):
        ESNClassifier(missing="error").fit(X, y)


def test_padding_is_no_part_of_a_sequence():
    X, y = two_kinds()
    padded, _ = two_kinds(pad=30)
    model = ESNClassifier(Reservoir(40), random_state=0).fit(X[:40], y[:40])
    assert np.array_equal(model.predict_proba(X[40:]), model.predict_proba(padded[40:]))
    again = ESNClassifier(Reservoir(40), random_state=0).fit(padded[:40], y[:40])
    assert np.allclose(again.predict_proba(X[40:]), model.predict_proba(X[40:]))
    steps = model.predict(padded[40:], every_step=True)
    assert [len(s) for s in steps] == [len(x) for x in padded[40:]]


def test_fillings_equal_those_of_pandas():
    x = with_gaps(np.random.default_rng(0).normal(size=(50, 2)), 0.3)
    x[:3, 0] = np.nan
    mean = mean_of([x, x[:10]])
    assert mean == pytest.approx(np.nanmean(np.vstack([x, x[:10]]), axis=0))
    frame = pd.DataFrame(x)
    assert np.allclose(filled([x], "last", mean)[0], frame.ffill().fillna(pd.Series(mean)))
    assert np.allclose(filled([x], "mean", mean)[0], frame.fillna(pd.Series(mean)))
    line = frame.interpolate(limit_direction="both")
    assert np.allclose(filled([x], "interpolate", mean)[0], line)


def test_labels_of_steps_with_gaps():
    rng = np.random.default_rng(0)
    speed = np.repeat(rng.integers(0, 2, 20), 50)
    x = np.sin(np.cumsum(np.where(speed, 0.5, 0.2)))[:, None]
    model = ESNClassifier(random_state=0).fit(with_gaps(x[:700], 0.1), speed[:700])
    assert model.score(with_gaps(x[700:], 0.1), speed[700:]) > 0.8


@pytest.mark.parametrize("unseen", [slice(-5, None), slice(-9, -5), slice(-12, None)])
@pytest.mark.parametrize("refit_folds", [True, False])
def test_folds_in_which_nothing_was_seen_do_not_count(unseen, refit_folds):
    t = np.arange(150.0)
    x = 10 * np.sin(t * np.pi / 6) + np.random.default_rng(0).normal(size=150)
    spoilt = x.copy()
    spoilt[unseen] = np.nan
    found = forecasting_search(horizon=3, random_state=0, n_splits=5, refit_folds=refit_folds)
    answer = found.fit(spoilt[:, None]).forecast(12)[:, 0]
    coming = 10 * np.sin(np.arange(150, 162) * np.pi / 6)
    assert found.best_estimators_  # networks, not the members alone
    assert np.abs(answer - coming).mean() < 2
    lost = [k for k, (_, test) in enumerate(found.cv.split(x)) if np.isnan(spoilt[test]).all()]
    assert lost
    kept = [k for k in range(5) if k not in lost]
    results = found.cv_results_
    mean = np.mean([results[f"split{k}_test_score"] for k in kept], axis=0)
    if refit_folds:  # else each counts by its forecasts
        np.testing.assert_allclose(results["mean_test_score"], mean)


@pytest.mark.parametrize(("noise", "trainings"), [(0.0, (8, 2 + 1)), (0.5, (1, 1))])
def test_candidates_start_from_gaps_that_were_filled_once(monkeypatch, noise, trainings):
    trained = []
    monkeypatch.setattr("reservoir.esn.gaps.SETTLED", 0.0)
    fit = ESNForecaster.fit_checked
    monkeypatch.setattr(
        ESNForecaster, "fit_checked", lambda self, *a, **k: trained.append(1) or fit(self, *a, **k)
    )
    x = np.sin(np.arange(150) * 0.5) + noise * np.random.default_rng(0).standard_normal(150)
    x[[20, 21, 60]] = np.nan
    grid = {"reservoir__spectral_radius": [0.1, 0.3, 0.5, 0.7, 0.9]}
    search = ForecastSearchCV(
        plain(), grid, cv=RollingOrigins(10, n_splits=2), scoring=make_forecast_scorer(10),
        n_best=1, refit_folds=False,
    ).fit(x)  # fmt: skip
    of_gaps, each = (
        trainings  # the first one's, those of each candidate, and the best one's by itself
    )
    assert len(trained) == of_gaps + 5 * each + of_gaps + 1
    alone = clone(search.estimator).set_params(**search.best_params_).fit(x)
    np.testing.assert_array_equal(search.forecast(5), alone.forecast(5))


@pytest.mark.parametrize("believed", [False, True])
def test_a_start_stands_in_the_gaps_alone(monkeypatch, believed):
    monkeypatch.setattr("reservoir.esn.gaps.FURTHER", 0)
    x = np.where(np.isin(np.arange(400), [3, 60, 61, 399])[:, None], np.nan, WAVE)
    model, start = plain(), np.arange(410.0)[:, None]
    assert np.isfinite(model.through_gaps(x).items[0][:399]).all()
    assert model.through_gaps(WAVE) is None
    assert not hasattr(model, "network_")
    filled = model._filled(Sequences("series", [x]), None, Filled([start], believed))
    assert filled.believed == believed
    np.testing.assert_array_equal(filled.items[0], np.where(np.isnan(x), start[:400], x))
    # where the start has nothing a line stands
    filled = model._filled(Sequences("series", [x]), None, Filled([start[:61]], believed))
    np.testing.assert_allclose(filled.items[0][[60, 61], 0], [60.0, (60.0 + WAVE[62, 0]) / 2])
    assert filled.items[0][399] == WAVE[398]


def test_what_lies_between_neighbours_is_as_good_as_seen_where_a_network_knows_no_better():
    """A random walk's, or a noisy season's; not a clean wave's, of which it knows every row."""
    rng = np.random.default_rng(0)
    walk = rng.normal(size=(200, 1)).cumsum(axis=0)
    season = np.tile([3.0, 9.0, 4.0, 1.0], 50)[:, None] + rng.normal(0, 0.5, (200, 1))
    for x, rows in ((walk, 1), (season, 4), (WAVE[:200], 0)):
        g = with_gaps(x, 0.2)
        filled = plain()._filled(Sequences("series", [g]), None)
        assert filled.believed == (rows > 0)
        if rows:
            np.testing.assert_array_equal(filled.items[0][:, 0], filled_between(g[:, 0], [rows]))
            whole = plain().fit(filled.items[0])
            np.testing.assert_array_equal(plain().fit(g).forecast(5), whole.forecast(5))


def test_rows_that_are_scattered_are_learned_between():
    """Quarters in a table of months: no step from one month to the next was ever seen."""
    x = np.cumsum(np.full(120, 0.5))[:, None] + np.random.default_rng(0).normal(0, 0.1, (120, 1))
    g = np.where(np.arange(120)[:, None] % 3 == 2, x, np.nan)
    with pytest.warns(UserWarning, match="80 of 120 values were not seen, .*X.dropna()"):
        model = ESNForecaster(random_state=0).fit(g)
    assert rms(model.forecast(6), 60.5 + 0.5 * np.arange(6.0)[:, None]) < 0.5
    both = np.hstack([x, g])  # a column of months beside one of quarters
    with pytest.warns(UserWarning, match="80 of 240 values were not seen"):
        model = ESNForecaster(random_state=0).fit(both)
    assert rms(model.forecast(6), 60.5 + 0.5 * np.arange(6.0)[:, None]) < 0.5
    assert are_scattered([g], (1,))
    assert not are_scattered([with_gaps(x, 0.6)], ())


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5])
@pytest.mark.parametrize("shape", [[3.0, 9, 4, 1], [1.0, 2, 3, 4, 5, 9, 12]])
def test_seasons_show_through_gaps(shape, share):
    """Lines in the gaps show multiples of them."""
    x = np.tile(shape, 300 // len(shape))[:, None]
    for seed in range(3):
        noise = np.random.default_rng(seed).normal(0, 1, x.shape)
        assert seasons_of([with_gaps(x + noise, share, seed)], None) == (len(shape),)


def test_a_smooth_season_is_not_moved_by_gaps():
    x = interpolated(load_co2().data[-1000:, :1])
    found = [seasons_of([with_gaps(x, 0.2, seed)], None) for seed in range(8)]
    assert found.count((52,)) >= 7
