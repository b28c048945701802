"""Scorers and searches of forecasters, against forecasts made by hand."""

from itertools import chain, repeat
from types import SimpleNamespace

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit

from reservoir import ESNForecaster, RecursiveRidgeReadout, Reservoir, RidgeReadout
from reservoir.datasets import lorenz63, mackey_glass
from reservoir.metrics import nrmse, smape
from reservoir.model_selection import (
    NETWORKS,
    ForecastSearchCV,
    forecasting_search,
    forecasting_space,
    make_forecast_scorer,
    median,
)
from reservoir.ridge import solve

T = np.arange(400)[:, None]
X = np.sin(T * 0.3) + 0.5 * np.sin(T * 0.171)
MODEL = ESNForecaster(Reservoir(30, random_state=0), RidgeReadout(1e-4))
GRID = {"readout__alpha": [1e-6, 1e-2, 1e4], "differences": [(), (1,)]}


def search(**options):
    options = {"cv": TimeSeriesSplit(3, test_size=20), "n_best": 3, **options}
    return ForecastSearchCV(MODEL, GRID, **options)


def test_a_scorer_is_the_mean_over_rolling_origins():
    fitted = MODEL.fit(X[:300])
    errors = [
        mean_absolute_error(X[o : o + 20], fitted.forecast(20, context=X[:o]))
        for o in (300, 310, 320, 330, 340, 350, 360, 370, 380)
    ]
    scorer = make_forecast_scorer(20, mean_absolute_error, step=10)
    assert scorer(fitted, X[300:]) == pytest.approx(-np.mean(errors), rel=1e-6)
    positive = make_forecast_scorer(20, mean_absolute_error, step=10, greater_is_better=True)
    assert positive(fitted, X[300:]) == pytest.approx(np.mean(errors), rel=1e-6)
    whole = -np.sqrt(np.mean((fitted.forecast(40) - X[300:340]) ** 2))
    assert make_forecast_scorer()(fitted, X[300:340]) == pytest.approx(whole)


def test_the_search_ranks_as_a_grid_search_does():
    plain = GridSearchCV(
        MODEL, GRID, cv=TimeSeriesSplit(3, test_size=20), scoring=make_forecast_scorer()
    ).fit(X)
    mine = search().fit(X)
    assert mine.best_params_ == plain.best_params_
    order = np.argsort(plain.cv_results_["rank_test_score"])[:3]
    wanted = [plain.cv_results_["params"][k] for k in order]
    found = [
        {"differences": m.differences, "readout__alpha": m.readout.alpha}
        for m in mine.best_estimators_
    ]
    assert found == wanted
    for key in plain.cv_results_:
        if key.endswith("test_score"):
            np.testing.assert_allclose(mine.cv_results_[key], plain.cv_results_[key], rtol=1e-6)
        elif key.startswith("param_"):
            assert mine.cv_results_[key].tolist() == plain.cv_results_[key].tolist()
    assert mine.best_score_ == pytest.approx(plain.best_score_)
    assert mine.best_index_ == plain.best_index_


def test_candidates_that_differ_in_alpha_alone_share_one_run(monkeypatch):
    runs = []
    fit = ESNForecaster.fit

    def counted(self, *args, **options):
        runs.append(self.readout.alpha)
        return fit(self, *args, **options)

    monkeypatch.setattr(ESNForecaster, "fit", counted)
    mine = search(n_best=6).fit(X)
    assert len(runs) == 2 * 3 + 2  # two differences, three folds; and once each on all
    assert set(runs) == {1e-6}  # statistics as precise as the least of them needs
    for model in mine.best_estimators_:
        alone = ESNForecaster(*map(clone, (model.reservoir, model.readout)))
        alone.set_params(differences=model.differences).fit(X)
        np.testing.assert_allclose(model.forecast(5), alone.forecast(5), rtol=1e-6)


def test_candidates_that_cannot_be_fitted_are_left_out():
    grid = {"differences": [(1,), (300,)]}
    options = {"cv": TimeSeriesSplit(3, test_size=20), "n_best": 2}
    with pytest.warns(FitFailedWarning, match=r"1 fits failed in the search, first: Found arr"):
        found = ForecastSearchCV(MODEL, grid, **options).fit(X[:350])
    assert np.isnan(found.cv_results_["mean_test_score"][1])
    assert found.cv_results_["rank_test_score"].tolist() == [1, 2]
    assert [m.differences for m in found.best_estimators_] == [(1,)]
    with pytest.raises(ValueError, match=r"6 fits failed in the search, first: Found"):
        ForecastSearchCV(MODEL, {"differences": [(380,), (390,)]}, **options).fit(X[:350])


def test_the_forecast_is_the_median_of_the_best():
    mine = search(sharpness=0.0).fit(X[:380])
    assert mine.network_weights_ == [1.0] * 3
    votes = [m.forecast(20) for m in mine.best_estimators_]
    np.testing.assert_array_equal(mine.forecast(20), np.sort(votes, axis=0)[1])
    rolled = [m.rolling_forecast(X[380:], 10) for m in mine.best_estimators_]
    np.testing.assert_array_equal(mine.rolling_forecast(X[380:], 10), np.sort(rolled, axis=0)[1])
    again = mine.refit_on(X)
    np.testing.assert_allclose(
        again.forecast(5), np.sort([m.forecast(5) for m in again.best_estimators_], axis=0)[1]
    )
    assert len(again.best_estimators_) == 3
    assert not np.allclose(again.forecast(5), votes[0][:5])


def test_a_series_of_any_kind_is_scored():
    x, names = X[:, 0], {"name": "x", "index": pd.date_range("2020-01-01", periods=400)}
    forms = [X, x, x.tolist(), pd.Series(x, **names), pd.Series(x), pl.Series("x", x)]
    forms += [pd.DataFrame({"x": x}), pl.DataFrame({"x": x})]
    wanted = -np.inf
    for k, series in enumerate(forms):
        scored = make_forecast_scorer(20)(MODEL.fit(series[:300]), series[300:])
        wanted = scored if k == 0 else wanted
        assert scored == wanted
    grid = {"readout__alpha": [1e-6, 1e-2]}
    options = {"cv": TimeSeriesSplit(2, test_size=20), "scoring": make_forecast_scorer(20)}
    bare, named = (GridSearchCV(MODEL, grid, **options).fit(s) for s in (X, forms[3]))
    assert named.best_score_ == bare.best_score_
    whole, dated = (search().fit(s[:300]).score(s[300:]) for s in (X, forms[3]))
    assert dated == whole


def test_median_of_lists_and_of_missing_votes():
    one, two, three = np.array([[1.0]]), np.array([[np.nan]]), np.array([[3.0]])
    assert median([one, two, three])[0, 0] == 2.0
    assert [part[0, 0] for part in median([[one, three], [three, three]])] == [2.0, 3.0]


def test_median_of_frames_carries_the_index_on():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"x": X[:, 0]}, index=pd.period_range("2000-01", periods=400, freq="M"))
    answer = search(n_best=2).fit(frame).forecast(3)
    assert list(answer.index.astype(str)) == ["2033-05", "2033-06", "2033-07"]
    np.testing.assert_allclose(answer["x"], search(n_best=2).fit(X).forecast(3)[:, 0])


def growing(alpha):
    """Linear units and a target that grows: its loop diverges."""
    reservoir = Reservoir(20, activation="identity", spectral_radius=0.5, random_state=0)
    return ESNForecaster(reservoir, RidgeReadout(alpha, washout=10))


def test_a_diverging_candidate_scores_badly_and_stops_nothing():
    x = np.exp(np.arange(200) * 3.0 / 2).reshape(-1, 1)[:150]
    steep = make_forecast_scorer()(growing(1e-9).fit(x[:100]), np.full((20_000, 1), x[99, 0]))
    assert -1e101 < steep < -1e98  # a number: the other origins still count
    at_the_end = make_forecast_scorer(
        metric=lambda truth, forecast: abs(forecast[-1] - truth[-1])[0]
    )
    assert at_the_end(growing(1e-9).fit(x[:100]), np.zeros((20_000, 1))) == -1e100
    scores = [-np.inf, -1.0, np.nan, -2.0]

    class Scored(ForecastSearchCV):
        pass

    found = Scored(MODEL, {"readout__alpha": [1.0, 2.0, 3.0, 4.0]}, n_best=9, cv=3)
    found.cv_results_ = {
        "mean_test_score": np.array(scores),
        "judged_score": np.array(scores),
        "rank_test_score": np.array([3, 1, 3, 2]),
        "params": [{"readout__alpha": a} for a in (1.0, 2.0, 3.0, 4.0)],
    }
    assert found._ranked() == [1, 3]
    found.cv_results_["mean_test_score"] = np.full(4, -np.inf)
    with pytest.raises(ValueError, match="no candidate of the search can be scored"):
        found._ranked()


def test_n_best_is_checked():
    with pytest.raises(ValueError, match="'n_best' parameter of .* Got 0"):
        search(n_best=0).fit(X)


@pytest.mark.parametrize("n_rows", [120, 500])
def test_a_search_finds_out_what_it_is_not_told(n_rows):
    x = np.exp(np.cos(np.arange(n_rows) / 4))[:, None] * [1.0, 2.0]
    lazy = forecasting_search(horizon=5, season=1, random_state=0)
    grids, handicaps = lazy.param_grid([x])
    told = forecasting_search(
        horizon=5, season=1, n_features=2, positive=True, n_rows=n_rows, random_state=0
    )  # fmt: skip
    n_units = told.estimator.reservoir.n_units
    assert n_units == (50 if n_rows < 400 else 200)
    sizes = {"reservoir__n_units": [n_units]} if n_rows < 400 else {}
    assert handicaps == told.handicaps
    same = [{**grid, **sizes} for grid in told.param_grid]
    for grid, other in zip(grids, same, strict=True):
        assert {k: v for k, v in grid.items() if k != "transformer"} == {
            k: v for k, v in other.items() if k != "transformer"
        }
    below, _ = lazy.param_grid([x - 1])
    assert below[0]["transformer"] == [None]
    with pytest.raises(ValueError, match="handicaps must be one number above zero for each of"):
        clone(lazy).set_params(handicaps=[1.0]).fit(x)


def test_the_space_of_the_default_search():
    found = forecasting_search(horizon=12, season=12, n_features=4, positive=False, n_rows=900)
    kinds = [grid["reservoir__topology"] for grid in found.param_grid]
    assert kinds == [["sparse"], ["ring"], *[["sparse"]] * 3]
    few = forecasting_search(horizon=12, season=1, n_features=1, positive=False, n_rows=200)
    assert [few.handicaps, len(few.param_grid)] == [[1.0, 1.0, 2.0], 3]
    assert found.handicaps == [1.0, 1.0, 1.3, 1.3, 1.3]
    for grid in found.param_grid[:2]:
        assert (1, 12) in grid["differences"]
        assert grid["transformer"] == [None]
    assert found.param_grid[2]["reservoir__input_scaling"] == [0.025, 0.1, 0.5]
    assert min(found.param_grid[2]["readout__alpha"]) == pytest.approx(1e-15)
    assert next(found.cv.split(np.zeros(200)))[1].shape == (12,)
    found = forecasting_space(positive=True)[0]
    assert found["differences"] == [(), (1,)]
    level = np.array([[1.0], [10.0]])
    np.testing.assert_allclose(found["transformer"][1].fit_transform(level), np.log(level))


def test_the_default_search_takes_a_chaotic_series_as_it_takes_a_season():
    x = lorenz63(1400, random_state=0)
    found = forecasting_search(horizon=100, n_features=3, n_splits=3, n_units=100, random_state=0)
    found.set_params(scoring=make_forecast_scorer(metric=smape)).fit(x[:1300])
    assert found.best_params_["reservoir__bias_scaling"] == 1.0
    assert smape(x[1300:], found.forecast(100)) < 5
    assert 5 <= len(found.best_estimators_) <= 20


def test_the_default_search_takes_a_system_with_a_delay():
    """It shows one number, and hides a history: a reservoir has to bend and to remember."""
    x = mackey_glass(3300, tau=23, random_state=0)
    found = forecasting_search(horizon=100, n_splits=3, n_units=100, members=(), random_state=0)
    found.fit(x[:3000])
    assert found.best_params_["reservoir__spectral_radius"] in (0.5, 0.9)
    assert nrmse(x[3000:3100], found.forecast(100)) < 0.1


def fit_once(**options):
    return search(refit_folds=False, cv=TimeSeriesSplit(3, test_size=40), **options)


@pytest.mark.parametrize(("horizon", "step"), [(None, None), (15, 10), (20, 20), (7, 9)])
def test_one_fit_forecasts_all_folds(horizon, step):
    scorer = make_forecast_scorer(horizon, mean_absolute_error, step=step)
    mine = fit_once(scoring=scorer).fit(X)
    for k, setting in enumerate(mine.cv_results_["params"]):
        alone = clone(MODEL).set_params(**setting).fit(X[:280])
        h, s, all_errors = horizon or 40, step or horizon or 40, []
        for fold, first in enumerate((280, 320, 360)):
            errors = [
                mean_absolute_error(X[o : o + h], alone.forecast(h, context=X[:o]))
                for o in range(first, min(first + 39, 400 - h) + 1, s)  # into the next fold
            ]
            found = mine.cv_results_[f"split{fold}_test_score"][k]
            assert found == pytest.approx(-np.mean(errors), rel=1e-5)
            all_errors += errors
        mean = mine.cv_results_["mean_test_score"][k]  # every forecast counts the same
        assert mean == pytest.approx(-np.mean(all_errors), rel=1e-5)
    assert mine.cv_results_["n_resources"].tolist() == [280] * 6


def test_one_fit_needs_folds_that_follow_each_other():
    apart = [(np.arange(300), np.arange(300, 320)), (np.arange(330), np.arange(330, 350))]
    with pytest.raises(ValueError, match="cv must give test folds of one length that follow each"):
        search(refit_folds=False, cv=apart).fit(X)
    with pytest.raises(ValueError, match="scoring must be of make_forecast_scorer where refit_f"):
        search(refit_folds=False, scoring=lambda model, X: 0.0).fit(X)
    with pytest.raises(ValueError, match="horizon=50 is more than the 40 rows of a test fold"):
        fit_once(scoring=make_forecast_scorer(50)).fit(X)


@pytest.mark.parametrize(
    ("cv", "rows"),
    [
        (TimeSeriesSplit(3, test_size=20, gap=5), "0 to 334 and is tested on 340 to 359"),
        (KFold(3), "134 to 399 and is tested on 0 to 133"),
        ([(np.arange(300), np.arange(0))], "0 to 299 and is tested on no rows"),
    ],
)
def test_folds_begin_where_their_training_ends(cv, rows):
    with pytest.raises(ValueError, match=f"gap=0.*Fold 0 trains on {rows}"):
        search(cv=cv).fit(X)


def test_halving_trains_the_better_reservoirs_on_more(monkeypatch):
    x = np.sin(np.arange(4100) * 0.3).reshape(-1, 1)
    grid = {"reservoir__input_scaling": [0.1, 1e-9, 1e-8, 0.3], "readout__alpha": [1e-6, 1.0]}
    lengths, ends = [], []
    fit = ESNForecaster.fit

    def counted(self, X, *args, **options):
        lengths.append(len(X))
        ends.append(X[-1, 0])
        return fit(self, X, *args, **options)

    monkeypatch.setattr(ESNForecaster, "fit", counted)
    options = {"cv": TimeSeriesSplit(2, test_size=50), "factor": 2, "n_best": 2}
    found = ForecastSearchCV(MODEL, grid, refit_folds=False, **options).fit(x)
    # four reservoirs, two, one; the best two candidates share one; on all rows
    assert lengths == [1000] * 4 + [2000] * 2 + [4000] + [4100]
    assert set(ends[:-1]) == {x[3999, 0]}  # the latest rows
    rounds, rank = found.cv_results_["iter"], found.cv_results_["rank_test_score"]
    assert sorted(rounds.tolist()) == [0, 0, 0, 0, 1, 1, 2, 2]
    assert found.cv_results_["n_resources"].tolist() == [1000 * 2**k for k in rounds]
    assert found.best_params_["reservoir__input_scaling"] in (0.1, 0.3)
    assert rank[rounds == 2].max() < rank[rounds == 1].min() < rank[rounds == 0].min()
    lengths.clear()
    ForecastSearchCV(MODEL, grid, **options).fit(x)  # at last folds of their own, which are longer
    assert lengths == [1000] * 4 + [2000] * 2 + [4000] + [4000, 4050] + [4100]


def test_a_budget_leaves_out_whose_turn_does_not_come():
    told = r"max_seconds=1e-09 was over: 3 of 6 candidates had no turn, 0 only shorter trainings"
    with pytest.warns(UserWarning, match=told):
        found = fit_once(max_seconds=1e-9).fit(X)
    assert np.isnan(found.cv_results_["mean_test_score"]).sum() == 3
    assert len(found.best_estimators_) == 3
    found = fit_once(max_seconds=60.0).fit(X)
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()


def test_a_budget_that_ends_in_a_later_round_is_for_the_better_reservoirs(monkeypatch):
    x = np.sin(np.arange(4100) * 0.3).reshape(-1, 1)
    grid = {"reservoir__input_scaling": [1e-9, 1e-8, 0.3, 0.1], "readout__alpha": [1e-6, 1.0]}
    now = chain([0.0] * 5, repeat(100.0))  # the start, three turns, one of the second round
    monkeypatch.setattr(
        "reservoir.model_selection.halving.time", SimpleNamespace(time=lambda: next(now))
    )
    options = {"cv": TimeSeriesSplit(2, test_size=50), "factor": 2, "n_best": 9}
    found = ForecastSearchCV(MODEL, grid, refit_folds=False, max_seconds=9.0, **options)
    told = r"max_seconds=9.0 was over: 0 of 8 candidates had no turn, 6 only shorter trainings"
    with pytest.warns(UserWarning, match=told):
        found.fit(x)
    rounds, params = found.cv_results_["iter"], found.cv_results_["params"]
    assert sorted(rounds.tolist()) == [0] * 6 + [1, 1]
    assert rounds[found.best_index_] == 1
    assert params[found.best_index_]["reservoir__input_scaling"] in (0.1, 0.3)


def test_parameters_of_the_search_are_checked():
    with pytest.raises(ValueError, match="'factor' parameter of .* must be an int"):
        search(factor=1).fit(X)
    with pytest.raises(ValueError, match="'max_seconds' parameter of .* must be a float"):
        search(max_seconds=0).fit(X)
    with pytest.raises(ValueError, match="'tolerance' parameter of .* must be a float"):
        search(tolerance=-1).fit(X)
    with pytest.raises(ValueError, match="'refit_folds' parameter of .* Got 'no' instead"):
        search(refit_folds="no").fit(X)


def voters(scores, rounds=0, **options):
    found = search(n_best=7, **options)
    rank = np.argsort(np.argsort(-np.array(scores))) + 1
    found.cv_results_ = {
        "mean_test_score": np.array(scores),
        "judged_score": np.array(scores),
        "rank_test_score": rank,
        "iter": np.broadcast_to(rounds, len(scores)),
    }
    found.voters_ = [NETWORKS]
    return found._voters()


def test_close_candidates_vote_beyond_the_best_five():
    errors = [1.0, 9.0, 9.1, 9.2, 1.4, 9.3, 1.6, 1.1, 1.3, 1.2, 1.45]
    assert voters([-e for e in errors], tolerance=0.5) == [0, 7, 9, 8, 4, 10]
    assert voters([-e for e in errors], tolerance=np.inf) == [0, 7, 9, 8, 4, 10, 6]
    assert voters([-e for e in errors], tolerance=0.0) == [0, 7, 9, 8, 4]
    assert voters([1 / e for e in errors], tolerance=0.5) == [0, 7, 9, 8, 4, 10]
    assert len(voters([0.0, *(-e for e in errors)])) == 5
    rounds = [2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 1]  # a score of an earlier round, however close
    assert voters([-e for e in errors], rounds, tolerance=0.5) == [0, 7, 9, 8, 4]


def test_short_series_train_every_fold_anew(monkeypatch):
    lengths = []
    fit = ESNForecaster.fit
    monkeypatch.setattr(
        ESNForecaster,
        "fit",
        lambda self, X, *a, **o: lengths.append(len(X)) or fit(self, X, *a, **o),
    )
    search(refit_folds="auto").fit(X)
    assert sorted(set(lengths)) == [340, 360, 380, 400]
    lengths.clear()
    search(refit_folds="auto").fit(np.vstack([X, X]))
    assert sorted(set(lengths)) == [740, 800]


@pytest.mark.parametrize("solver", ["gram", "qr"])
def test_a_path_of_alphas_is_each_of_them_alone(solver, monkeypatch):
    model = clone(MODEL).set_params(readout__solver=solver).fit(X)
    alphas = [1e-9, 1e-3, np.array([10.0])]
    alone = [model.resolved(alpha=alpha) for alpha in alphas]
    decomposed = []
    svd = solve.svd
    monkeypatch.setattr(solve, "svd", lambda *a, **o: decomposed.append(1) or svd(*a, **o))
    path = model.alpha_path(alphas)
    assert len(decomposed) == (solver == "qr")
    for one, other in zip(path, alone, strict=True):
        np.testing.assert_array_equal(one.forecast(5), other.forecast(5))
        assert one.readout.alpha == other.readout.alpha
    assert model.readout.alpha == 1e-4


@pytest.mark.parametrize("with_exog", [False, True])
@pytest.mark.parametrize("differences", [(), (1, 7)])
def test_a_path_runs_freely_as_one_batch(differences, with_exog):
    x = np.hstack([X, np.cos(T * 0.3)])
    exog = np.sin(T * 0.05) if with_exog else None
    model = clone(MODEL).set_params(differences=differences)
    model.fit(x[:300], exog=None if exog is None else exog[:300])
    path = model.alpha_path([1e-4, 1.0, 1e2])
    coming = None if exog is None else exog[300:]
    together = model.rolling_path(path, x[300:], 30, step=10, exog=coming)
    assert together.shape == (3, 8, 30, 2)
    for one, forecasts in zip(path, together, strict=True):
        alone = one.rolling_forecast(x[300:], 30, step=10, exog=coming)
        np.testing.assert_allclose(forecasts, alone, rtol=1e-7, atol=1e-9)


def test_a_path_member_that_diverges_harms_no_other():
    x = np.exp(np.arange(120) * 0.2).reshape(-1, 1)
    model = growing(1e-9).fit(x[:60])
    path = [model, *model.alpha_path([1e9])]
    fast, slow = model.rolling_path(path, np.full((40, 1), x[60, 0]), 40)
    assert np.isnan(fast[0, -1, 0])
    assert np.isfinite(slow).all()


def test_alphas_of_a_recursive_readout_are_fitted_one_by_one():
    model = ESNForecaster(Reservoir(20, random_state=0), RecursiveRidgeReadout(forgetting=1.0))
    grid, folds = {"readout__alpha": [1e-4, 1e2]}, TimeSeriesSplit(2, test_size=20)
    found = ForecastSearchCV(model, grid, cv=folds).fit(X)
    ridge = ForecastSearchCV(model.set_params(readout=RidgeReadout()), grid, cv=folds).fit(X)
    for key in ("split0_test_score", "split1_test_score"):
        np.testing.assert_allclose(found.cv_results_[key], ridge.cv_results_[key], rtol=1e-4)


def sales(n=400):
    rng = np.random.default_rng(0)
    promotion = rng.integers(0, 2, (n, 1)).astype(float)
    week = np.tile([0.0, 1.0, 2.0, 3.0, 5.0, -4.0, -6.0], n // 7 + 1)[:n, None]
    return 10 + week + 3 * promotion + rng.normal(0, 0.3, (n, 1)), promotion


def test_searches_take_exogenous_rows():
    """By themselves, and in scikit-learn's own by metadata routing: both find the same scores."""
    x, promotion = sales()
    model = ESNForecaster(Reservoir(40), RidgeReadout(), random_state=0)
    grid, cv = {"readout__alpha": [1e-2, 1e4]}, TimeSeriesSplit(2, test_size=28)
    scorer = make_forecast_scorer(14)
    search = ForecastSearchCV(model, grid, cv=cv, scoring=scorer, n_best=1)
    search.fit(x[:350], exog=promotion[:350])
    with_it = search.score(x[350:], exog=promotion[350:])
    assert with_it > 0.8 * clone(search).fit(x[:350]).score(x[350:])  # both below zero
    with sklearn.config_context(enable_metadata_routing=True):
        routed = GridSearchCV(
            clone(model).set_fit_request(exog=True), grid, cv=cv,
            scoring=scorer.set_score_request(exog=True),
        ).fit(x[:350], exog=promotion[:350])  # fmt: skip
    np.testing.assert_allclose(
        routed.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"], rtol=1e-6
    )
    once = clone(search).set_params(refit_folds=False).fit(x[:350], exog=promotion[:350])
    assert once.best_params_ == search.best_params_


def test_a_search_splits_by_time():
    x, _ = sales(120)
    for cv, n in ((None, 5), (2, 2)):
        search = ForecastSearchCV(
            ESNForecaster(Reservoir(10), random_state=0), {"readout__alpha": [1.0]}, cv=cv
        ).fit(x)
        assert search.n_splits_ == n


def test_a_search_tells_how_far_it_is_if_asked(capsys):
    x = np.sin(np.arange(120) / 3)[:, None]
    grid = {"readout__alpha": [1e-6, 1e-3], "random_state": [0, 1]}
    esn = ESNForecaster(Reservoir(10), RidgeReadout())
    cv = TimeSeriesSplit(2, test_size=20)
    quiet = ForecastSearchCV(esn, grid, cv=cv).fit(x)
    assert capsys.readouterr().err == ""
    told = ForecastSearchCV(esn, grid, cv=cv, verbose=1).fit(x)
    assert "round 1 of 1: 4 of 4, done in" in capsys.readouterr().err
    np.testing.assert_array_equal(
        told.cv_results_["mean_test_score"], quiet.cv_results_["mean_test_score"]
    )
