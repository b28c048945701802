"""Who votes in the answer of a search, and what the answer is."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.baselines import SeasonalNaive, Theta, Trained
from reservoir.model_selection import (
    NETWORKS,
    ForecastSearchCV,
    forecasting_search,
    forecasting_space,
    make_forecast_scorer,
    median,
)
from reservoir.model_selection import root_mean_square as rmse
from reservoir.model_selection.spaces import RollingOrigins
from reservoir.model_selection.voting import told_once, weighted_median
from reservoir.series import plan_of, seasons_of, seasons_of_index

rng = np.random.default_rng(0)
N = np.arange(120)
SALES = (100 + 0.5 * N) * np.resize(rng.lognormal(0, 0.2, 12), 120) * rng.lognormal(0, 0.05, 120)


class Constant:
    """A forecaster of anyone's own."""

    def __init__(self, value=0.0):
        self.value = value

    def get_params(self, deep=True):
        return {"value": self.value}

    def set_params(self, value):
        self.value = value
        return self

    def fit(self, X):
        self.width = np.shape(X)[1:]
        return self

    def forecast(self, n_steps, context=None):
        return np.full((n_steps, *self.width), self.value)


class Last(Constant):
    """Another, which learns."""

    def fit(self, X):
        self.value, self.width = np.asarray(X)[-1], np.shape(X)[1:]
        return self


def search(members, **options):
    model = ESNForecaster(Reservoir(20, input_scaling=0.05), RidgeReadout(), random_state=0)
    return ForecastSearchCV(
        model.set_params(differences=(12,)), {"readout__alpha": [1e-2, 1.0]}, cv=3,
        members=members, **options,
    )  # fmt: skip


def seasonal(members, **options):
    found = forecasting_search(
        horizon=12, season=12, n_rows=120, n_units=50, members=members, random_state=0, **options
    )
    grids = forecasting_space(season=12, positive=True, n_rows=120)[:1]
    return found.set_params(param_grid=grids, handicaps=None)


def test_the_answer_is_the_median_weighted_by_the_errors_on_the_folds():
    x = SALES[:, None]
    members = [("trained", Trained(12)), ("rule", SeasonalNaive(12)), ("nothing", Constant())]
    found = seasonal(members).fit(x)
    assert found.voters_ == [NETWORKS, "trained", "rule"]
    assert set(found.members_) == {"trained", "rule"}
    errors = np.array([-found.member_scores_[name] for name in found.voters_])
    weights = (errors.min() / errors) ** 2
    np.testing.assert_allclose(list(found.weights_.values()), weights)
    scores = found.cv_results_["judged_score"][found._voters()]
    own = (scores[0] / scores) ** 2
    assert own[0] == 1.0 > own[-1]
    np.testing.assert_allclose(found.network_weights_, own)
    each = np.stack([m.forecast(12) for m in found.best_estimators_])[:, :, 0]
    networks = np.array([[half_way(column, own)] for column in each.T])
    votes = [networks, Trained(12).fit(x).forecast(12), SeasonalNaive(12).fit(x).forecast(12)]
    shares = found.forecasts(12)
    for name, vote in zip(found.voters_, votes, strict=True):
        np.testing.assert_allclose(shares[name], vote)
    for k, answer in enumerate(found.forecast(12)[:, 0]):  # one step at a time
        assert answer == pytest.approx(half_way([vote[k, 0] for vote in votes], weights))


def half_way(values, weights):
    """Where half of the weight is below, by a loop."""
    below, places, pairs = 0.0, [], sorted(zip(values, weights, strict=True))
    for _, weight in pairs:
        places.append(below + weight / 2)
        below += weight
    return np.interp(below / 2, places, [value for value, _ in pairs])


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=7),
    st.floats(0.1, 10),
)
def test_a_weighted_median_of_equal_weights_is_the_median(values, weight):
    values = np.array(values)[:, None]
    found = weighted_median(values, np.full(len(values), weight))
    np.testing.assert_allclose(found, np.median(values, axis=0), atol=1e-9)
    lost = np.vstack([values, [[np.nan]]])
    np.testing.assert_allclose(weighted_median(lost, np.full(len(lost), weight)), found, atol=1e-9)
    heavy = weighted_median(np.vstack([values, [[5.0]]]), np.r_[np.full(len(values), 1e-9), 1.0])
    np.testing.assert_allclose(heavy, 5.0, atol=1e-4)


def test_members_are_scored_on_the_folds_of_the_candidates():
    x = SALES[:, None]
    found = seasonal([("rule", SeasonalNaive(12)), ("own", Last())]).fit(x)
    for name, member in (("rule", SeasonalNaive(12)), ("own", Last())):
        errors = [rmse(x[o : o + 12], member.fit(x[:o]).forecast(12)) for o in (72, 84, 96, 108)]
        assert found.member_scores_[name] == pytest.approx(-np.mean(errors))
    assert found.member_scores_[NETWORKS] == found.best_score_


def test_who_is_far_off_does_not_vote():
    noise = 100 + np.random.default_rng(1).normal(size=(120, 1))
    only = search([("level", Constant(100.0))], sharpness=50.0).fit(noise)
    assert only.voters_ == ["level"]
    np.testing.assert_allclose(only.forecast(3), 100.0)
    assert len(only.best_estimators_) == 1  # to be asked all the same
    assert NETWORKS in only.forecasts(3)
    t = np.arange(400)[:, None]
    x = np.sin(t * 0.3) + 0.5 * np.sin(t * 0.171)  # a network is exact, and no rule is
    found = forecasting_search(horizon=30, n_rows=400, n_units=60, random_state=0).fit(x)
    assert found.voters_ == [NETWORKS]


def test_a_series_too_short_for_networks_is_answered_by_members():
    x = SALES[:9]
    found = forecasting_search(horizon=2, n_splits=2, n_rows=9, random_state=0)
    found.estimator.set_params(differences=(12,))
    found.param_grid = {"readout__alpha": [1.0]}
    with pytest.warns(match="fits failed in the search"):
        found.set_params(handicaps=None).fit(x)
    assert found.best_estimators_ == []
    members = (Trained(), SeasonalNaive(), SeasonalNaive(drift=False))
    votes = [m.fit(x).forecast(2) for m in members]
    np.testing.assert_allclose(found.forecast(2), np.median(votes, axis=0).reshape(-1, 1)[:, 0])
    with pytest.raises(ValueError, match="too short for any of them"):
        found.forecast_quantiles(2)
    with pytest.raises(ValueError, match="fits failed in the search"):
        found.set_params(members=()).fit(x)


def test_contexts_frames_bounds_and_rolling_origins():
    frame = pd.DataFrame({"x": SALES}, pd.date_range("2010", periods=120, freq="MS"))
    found = seasonal([("trained", Trained(12))], sharpness=0.0)
    most = SALES[:96].max()
    found.estimator.set_params(bounds=(None, most))
    found.fit(frame[:96])
    answer = found.forecast(12)
    assert answer.index[0] == pd.Timestamp("2018-01-01")
    assert answer["x"].max() == most
    both = found.forecast(6, [frame[:90].to_numpy(), frame[:96].to_numpy()])
    np.testing.assert_allclose(both[1], found.forecast(6, frame[:96]), rtol=1e-9)
    rolled = found.rolling_forecast(frame[96:], 12, step=6)
    assert rolled.shape == (3, 12, 1)
    np.testing.assert_allclose(rolled[0], answer)
    trained = Trained(12).fit(frame[:96]).forecast(12, frame[:102])
    networks = median([m.rolling_forecast(frame[96:], 12, step=6) for m in found.best_estimators_])
    np.testing.assert_allclose(rolled[1], np.minimum((trained + networks[1]) / 2, most))
    assert found.score(frame[96:]) < 0


def test_bands_move_with_the_answer():
    x = SALES[:, None]
    found = seasonal([("rule", SeasonalNaive(12))], sharpness=0.0).fit(x)
    bands = found.forecast_quantiles(3, (0.1, 0.9))
    of_networks = median([m.forecast_quantiles(3, (0.1, 0.9)) for m in found.best_estimators_])
    votes = found.forecasts(3)
    moved = (votes["rule"] - votes[NETWORKS]) / 2
    np.testing.assert_allclose(bands, of_networks + moved[:, :, None])
    frame = pd.DataFrame(x, pd.date_range("2010", periods=120, freq="MS"), ["x"])
    again = seasonal([("rule", SeasonalNaive(12))], sharpness=0.0).fit(frame)
    np.testing.assert_allclose(again.forecast_quantiles(3, (0.1, 0.9)).to_numpy(), bands[:, 0])


def test_kinds_with_a_handicap_must_be_so_much_better():
    x = SALES[:, None]
    grids = [{"readout__alpha": [1.0]}, {"readout__alpha": [1e3]}]
    free = search(()).set_params(param_grid=grids).fit(x)
    better = free.best_index_
    errors = -free.cv_results_["mean_test_score"]
    handicaps = [1.0, 1.0]
    handicaps[better] = 1.01 * errors.max() / errors.min()
    other = search((), handicaps=handicaps).set_params(param_grid=grids).fit(x)
    assert other.best_index_ == 1 - better
    handicaps[better] = 0.99 * errors.max() / errors.min()
    assert search((), handicaps=handicaps).set_params(param_grid=grids).fit(x).best_index_ == better


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"members": [Theta()]}, r"members must be \(name, forecaster\) pairs"),
        ({"members": [("a", 3)]}, "members must have fit and forecast; 'a' is 3"),
        ({"members": [("a", Theta()), ("a", Theta())]}, "members must have different names"),
        ({"members": [(NETWORKS, Theta())]}, "none 'networks'"),
        (
            {"members": (), "sharpness": -1.0},
            "'sharpness' parameter of .* a float",
        ),
        ({"members": (), "handicaps": [1.0, 2.0]}, "handicaps must be one number above zero"),
    ],
)
def test_bad_members_are_told(options, message):
    with pytest.raises(ValueError, match=message):
        search(**options).fit(SALES[:, None])
    with pytest.raises(ValueError, match="pairs or 'simple'; got 'all'"):
        forecasting_search(horizon=3, members="all")


def half_hours(n_days, seed=0):
    """A day's shape, and another one at weekends: two seasons of 48 and 336 rows."""
    draw = np.random.default_rng(seed)
    t = np.arange(48 * n_days)
    day = 20 * np.sin(2 * np.pi * t / 48) + 8 * np.sin(4 * np.pi * t / 48)
    return 100 + np.where(t // 48 % 7 > 4, 0.4, 1.0) * day + draw.normal(0, 1, len(t))


def test_several_seasons_at_once():
    x = half_hours(42)
    past, coming = x[: 48 * 33], x[48 * 33 : 48 * 35]  # a Saturday and a Sunday
    found = {}
    for season in (48, (48, 336)):
        search = forecasting_search(
            horizon=48, season=season, n_rows=900, n_splits=2, random_state=0
        )
        search.set_params(param_grid=forecasting_space(season=season, n_rows=900)[:1])
        votes = search.fit(past[:, None]).forecasts(96)
        found[season] = np.abs(votes[NETWORKS][:, 0] - coming).mean()
        assert np.abs(search.forecast(96)[:, 0] - coming).mean() < (2.5 if season != 48 else 99)
    assert found[48, 336] < 0.5 * found[48]  # the noise is 0.8
    assert search.members_["seasonal naive with drift"].season == max(np.atleast_1d(season))


def test_the_command_sees_the_week_of_half_hours():
    index = pd.date_range("2024-01-01", periods=48 * 42, freq="30min")
    assert seasons_of_index(index, len(index)) == (48, 336)
    assert seasons_of_index(index[: 48 * 20], 48 * 20) == (48,)  # not three weeks
    assert seasons_of_index(pd.date_range("2024", periods=900, freq="D"), 900) == (7,)
    assert plan_of(48 * 42, 48, "frequency", longer=(336,)).seasons == (48, 336)
    assert plan_of(400, 48, "frequency", longer=(336,)).seasons == (48,)


def test_a_list_that_wins_at_its_end_goes_on():
    noise = 100 + np.random.default_rng(1).normal(size=(120, 1))  # the more penalty the better
    grid = {"readout__alpha": [1e-8, 1e-6, 1e-4], "reservoir__spectral_radius": [0.5]}
    plain = search(()).set_params(param_grid=grid).fit(noise)
    assert plain.at_ends_ == {"readout__alpha": 1e-4}
    found = search((), extensions=1).set_params(param_grid=grid).fit(noise)
    tried = [params["readout__alpha"] for params in found.cv_results_["params"]]
    np.testing.assert_allclose(tried, [1e-8, 1e-6, 1e-4, 1e-2, 1.0])
    assert found.best_score_ > plain.best_score_
    # as if they had been in the list
    whole = search(()).set_params(param_grid={**grid, "readout__alpha": tried}).fit(noise)
    np.testing.assert_allclose(
        found.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"], rtol=1e-9
    )
    np.testing.assert_allclose(found.forecast(5), whole.forecast(5), rtol=1e-9)
    inside = search((), extensions=9).set_params(param_grid={"readout__alpha": [1.0, 1e9]})
    assert len(inside.fit(noise).cv_results_["params"]) == 2  # a list of two has no end
    with pytest.raises(ValueError, match="'extensions' parameter of .* must be an int"):
        search((), extensions=-1).fit(noise)


@pytest.mark.parametrize("n_rows", [8, 14, 20, 30, 60, 120])
def test_a_search_of_a_notebook_fits_what_it_is_given(n_rows):
    """No lengths, no folds, no units: as it is called by whoever reads the first page."""
    found = forecasting_search(horizon=12, season=12, random_state=0, n_units=20)
    found.set_params(param_grid=forecasting_space(season=12)[:1])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # candidates that do not fit few rows are left out
        answer = found.fit(SALES[:n_rows]).forecast(12)
    rule = SeasonalNaive(12).fit(SALES[:n_rows]).forecast(12)
    coming = np.resize(SALES[:12], 132)[n_rows : n_rows + 12]
    assert answer.shape == (12,)
    assert np.abs(answer - coming).mean() < 3 * np.abs(rule - coming).mean() + 30
    folds = list(found.cv.split(SALES[:n_rows]))
    assert folds[-1][1][-1] == n_rows - 1
    assert 2 <= len(folds) <= 8
    assert len(folds[0][0]) >= 3


def test_the_unit_of_a_feature_decides_nothing():
    rng = np.random.default_rng(0)
    t = np.arange(90.0)
    x = np.column_stack([np.sin(t / 3) + 0.05 * rng.normal(size=90), rng.normal(size=90).cumsum()])
    found = []
    for unit in (1.0, 2.0**20):
        search = forecasting_search(horizon=8, n_features=2, n_rows=90, n_splits=3, random_state=0)
        found.append(search.fit(x * [1.0, unit]))
    ours, other = found
    assert ours.best_params_ == other.best_params_
    assert ours.best_score_ == pytest.approx(other.best_score_)
    assert ours.weights_ == pytest.approx(other.weights_)
    np.testing.assert_allclose(other.forecast(8), ours.forecast(8) * [1.0, 2.0**20], rtol=1e-6)
    # a metric of one's own sees the data as they are
    seen = []
    mine = make_forecast_scorer(metric=lambda y, f: float(seen.append(y[0, 1]) or 1.0))
    grid = {"readout__alpha": [1.0]}
    ForecastSearchCV(ESNForecaster(random_state=0), grid, scoring=mine, cv=3).fit(x * [1.0, 1e6])
    assert set(seen) <= {*(x[:, 1] * 1e6)}


def test_a_season_that_is_not_told_is_found():
    rng, rows = np.random.default_rng(0), np.arange(160)
    months = pd.date_range("2010-01-01", periods=160, freq="MS")
    x = 0.2 * rows + 8.0 * rng.normal(size=12)[rows % 12] + rng.normal(size=160)
    frame, gaps = pd.DataFrame({"y": x}, months), x[:, None].copy()
    gaps[40:44] = np.nan
    lazy, told = (
        forecasting_search(horizon=6, season=season, n_units=10, n_splits=2, random_state=0)
        for season in (None, 12)
    )
    np.testing.assert_array_equal(lazy.fit(frame).forecast(6), told.fit(frame).forecast(6))
    assert "seasonal naive with drift" in lazy.member_scores_
    for items, index in (([x[:, None]], None), ([gaps, gaps], None), ([gaps], months)):
        grids, wanted = (search.param_grid(items, index)[0] for search in (lazy, told))
        assert [grid.get("differences") for grid in grids] == [g.get("differences") for g in wanted]
        assert [np.ravel(m.season) for _, m in lazy.members(items, index)] == [12, 12]
    hours = pd.date_range("2024-01-01", periods=600, freq="h")
    assert seasons_of([rng.normal(size=(600, 1))], hours) == (24, 168)
    assert seasons_of([rng.normal(size=(600, 1))], None) == (1,)
    assert [seasons_of([x[:n, None]], months[:n]) for n in (26, 27)] == [(1,), (12,)]
    nameless = {pd.DateOffset(months=1): (12,), pd.DateOffset(months=1, days=2): (), "24h": (7,)}
    for freq, wanted in nameless.items():
        assert seasons_of_index(pd.date_range("2015", periods=60, freq=freq), 60) == wanted
    assert next(RollingOrigins(12, None).split(frame))[0].size == (
        next(RollingOrigins(12, 12).split(frame))[0].size
    )


def test_a_season_that_came_round_less_than_four_times_has_others_beside_it():
    """Two years of a price by weeks, say, whose season again with its drift is far off."""
    rng = np.random.default_rng(0)
    walk = 100 + rng.normal(size=92).cumsum()[:, None]
    found = seasonal("simple", n_splits=2)
    names = ["trained", "seasonal naive with drift", "naive", "Theta"]
    assert [name for name, _ in found.members([walk[:47]])] == names
    assert [name for name, _ in found.members([walk[:9], walk[:48]])] == names[:2]
    assert [*found.fit(walk[:40]).member_scores_] == [NETWORKS, *names]
    assert found.members_["naive"].forecast(2).ravel().tolist() == [walk[39, 0]] * 2


def test_what_many_networks_warn_of_is_told_once():
    rng = np.random.default_rng(0)
    y = 100 + 0.2 * np.arange(200) + 10 * np.sin(np.pi * np.arange(200) / 6) + rng.normal(size=200)

    def told(do):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            do()
        return [str(w.message) for w in caught]

    search = forecasting_search(horizon=12, season=12, random_state=0).fit(y)
    assert len(search.best_estimators_) > 1
    far = told(lambda: search.forecast_quantiles(12, context=10 * y[50:150]))
    assert len(far) == len(set(far))
    assert sum(text.startswith("the context") for text in far) == 1
    assert sum("forecasts of 12 steps fit" in text for text in far) == 1
    gaps = told(lambda: search.refit_on(np.where(rng.random(200) < 0.5, np.nan, y)))
    assert len(gaps) == len(set(gaps))

    @told_once()
    def twice():
        warnings.warn("twice", stacklevel=1)
        warnings.warn("twice", stacklevel=1)

    assert told(twice) == ["twice"]
