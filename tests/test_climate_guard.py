"""Beyond what a median can tell, a candidate that keeps to the climate goes on."""

import pickle

import numpy as np
import pandas as pd
import pytest

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.baselines import SeasonalNaive
from reservoir.datasets import lorenz63
from reservoir.model_selection import ForecastSearchCV, make_forecast_scorer
from reservoir.model_selection.climate_guard import Climate, agreed, apart, histograms
from reservoir.model_selection.spaces import RollingOrigins

X = lorenz63(2200, dt=0.05, random_state=3) + 0.3 * np.random.default_rng(0).normal(size=(2200, 3))
PAST, COMING = X[:1500], X[1500:]
BENT = Reservoir(60, spectral_radius=0.3, bias_scaling=1.0, input_scaling=0.15)


def search(**options):
    return ForecastSearchCV(
        ESNForecaster(BENT, RidgeReadout()),
        {"readout__alpha": [1e-6, 1e-4, 1e-2], "random_state": [0, 1, 2]},
        scoring=make_forecast_scorer(30), cv=RollingOrigins(30, n_splits=4), **options,
    )  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return search().fit(PAST)


def test_the_answer_is_the_median_and_then_the_keeper(found):
    votes = np.stack([m.forecast(600, on_divergence="nan") for m in found.best_estimators_])
    spread = PAST.std(axis=0)
    errors = np.abs(votes - np.median(votes, axis=0)) / spread
    together = int((np.median(errors, axis=0).max(axis=1) > 0.1).argmax())
    assert 5 < together < 200
    median = found.set_params(climate=False).forecast(600)
    answer = found.set_params(climate="auto").forecast(600)
    np.testing.assert_array_equal(answer[:together], median[:together])
    whole = np.vstack([PAST, median[:together]])
    alone = found.keeper_.forecast(30, whole)
    np.testing.assert_allclose(answer[together : together + 30], alone, rtol=1e-6)
    # a median of diverged runs contracts
    assert median[300:].std(axis=0).mean() < 0.75 * spread.mean()
    assert answer[300:].std(axis=0).mean() > 0.85 * spread.mean()


def test_the_keeper_is_found_where_the_series_is(found):
    climate = Climate.of(PAST)
    run = found.keeper_.forecast(10_000)
    assert climate.distance(run) <= 1.5 * climate.usual + 0.02
    assert found.climate_distances_[-1] == pytest.approx(climate.distance(run))
    assert found.keeper_ is found.best_estimators_[len(found.climate_distances_) - 1]
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again.forecast(300), found.forecast(300))


def test_contexts_in_any_form(found):
    one = found.forecast(200, COMING[:100])
    both = found.forecast(200, [COMING[:100], COMING[:300]])
    np.testing.assert_allclose(both[0][:50], one[:50], rtol=1e-5)
    panel = found.forecast(200, np.stack([COMING[:300], COMING[300:600]]))
    assert panel.shape == (2, 200, 3)
    np.testing.assert_allclose(panel[0][:50], both[1][:50], rtol=1e-5)


def test_frames_keep_their_dates():
    days = pd.date_range("2020-01-01", periods=1500, freq="h")
    frame = pd.DataFrame(PAST, index=days, columns=["x", "y", "z"])
    answer = search(n_best=5).fit(frame).forecast(300)
    assert list(answer.columns) == ["x", "y", "z"]
    assert answer.index[0] == days[-1] + days.freq
    assert answer.notna().all().all()


def test_distances_are_total_variations():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 2))
    climate = Climate.of(x)
    assert climate.n_rows == 2000
    ends = [(float(low), float(high)) for low, high in zip(x.min(0), x.max(0), strict=True)]
    centred = x - x.mean(axis=0)
    halves = centred[:2000], centred[2000:]
    ends = [(float(a), float(b)) for a, b in zip(centred.min(0), centred.max(0), strict=True)]
    tv = []
    for k in (0, 1):
        bins = np.linspace(*ends[k], 31)
        p, q = (np.histogram(half[:, k], bins)[0] / 2000 for half in halves)
        tv.append(np.abs(p - q).sum() / 2)
    bins = [np.linspace(*end, 13) for end in ends]
    pairs = [np.histogram2d(*half.T, bins)[0] / 2000 for half in halves]
    tv.append(np.abs(pairs[0] - pairs[1]).sum() / 2)
    steps = [np.histogram2d(h[:-1, 0], h[1:, 0], [bins[0]] * 2)[0] / 1999 for h in halves]
    tv.append(np.abs(steps[0] - steps[1]).sum() / 2)
    assert climate.usual == pytest.approx(np.mean(tv))
    assert climate.distance(rng.normal(size=(6000, 2))) < 1.3 * climate.usual
    assert climate.distance(np.zeros((6000, 2))) > 0.8
    late = np.vstack([x, x[:2000] * 0.2])  # stretches count alike
    assert climate.distance(late) > climate.distance(x) + 0.1
    assert climate.distance(np.full((10, 2), np.nan)) == np.inf
    one = histograms(x[:, :1], ends[:1])
    assert apart(one, one) == 0.0


def test_votes_agree_until_half_of_them_are_far():
    votes = np.zeros((3, 6, 2))
    votes[0, 2:, 0], votes[1, 4:, 0] = 1.0, -1.0
    assert agreed(list(votes), np.ones(2)) == 4
    assert agreed(list(votes), np.full(2, 5.0)) == 6  # never lost
    votes[1, 3] = np.nan
    assert agreed(list(votes), np.ones(2)) == 3


def test_where_there_is_no_climate_the_median_stands(found):
    trend = np.cumsum(np.random.default_rng(0).normal(0.2, 1.0, 600))[:, None]
    model = search().fit(trend)
    assert model.keeper_ is None
    np.testing.assert_array_equal(
        model.forecast(100), model.set_params(climate=False).forecast(100)
    )
    few = search().set_params(cv=RollingOrigins(5, n_splits=2), scoring=make_forecast_scorer(5))
    assert few.fit(PAST[:90]).keeper_ is None
    driven = search().fit(PAST, exog=np.sin(np.arange(1500))[:, None])
    assert driven.keeper_ is None
    beside = search(members=[("again", SeasonalNaive(10))], sharpness=0.0).fit(PAST)
    np.testing.assert_array_equal(
        beside.forecasts(200)["networks"],
        beside.set_params(climate=False).forecasts(200)["networks"],
    )
    several = search().fit([PAST[:700], PAST[700:]])
    assert several.keeper_ is None


@pytest.mark.parametrize("differences", [(), (1,)])
@pytest.mark.parametrize("known", [None, np.sin(np.arange(2200) / 9)[:, None]])
def test_what_is_known_of_the_coming_is_run_through(differences, known):
    def beside(first, stop):
        return {} if known is None else {"exog": known[first:stop]}

    model = ESNForecaster(BENT, RidgeReadout(), differences=differences, random_state=0)
    model.fit(PAST, **beside(0, 1500))
    answer = model.forecast_after(COMING[:20], 60, **beside(1500, 1560))
    np.testing.assert_array_equal(answer[:20], COMING[:20])
    before = {} if known is None else {"context_exog": known[:1520]}
    expected = model.forecast(40, X[:1520], **before, **beside(1520, 1560))
    np.testing.assert_allclose(answer[20:35], expected[:15], rtol=1e-6)
    with pytest.raises(ValueError, match="forecast_after goes on after one series"):
        ESNForecaster(BENT, RidgeReadout(), random_state=0).fit(PAST).forecast_after(
            COMING[:20], 60, [PAST, PAST]
        )


def test_the_next_one_goes_on_where_the_keeper_dies(monkeypatch):
    found = search(n_best=6).fit(PAST)
    keeper, answer = found.keeper_, found.forecast(400)
    lasts = ESNForecaster.forecast_after

    def dies(model, *args, **options):
        rows = lasts(model, *args, **options)
        return (
            np.where(np.arange(len(rows))[:, None] < 350, rows, np.nan) if model is keeper else rows
        )

    monkeypatch.setattr(ESNForecaster, "forecast_after", dies)
    other = found.forecast(400)
    assert np.isfinite(other).all()
    assert np.abs(other - answer)[350:].max() > 1
    monkeypatch.setattr(ESNForecaster, "forecast_after", lambda *a, **o: np.full((400, 3), np.nan))
    np.testing.assert_array_equal(
        found.forecast(400), found.set_params(climate=False).forecast(400)
    )
