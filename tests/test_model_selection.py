"""Scorers and searches of forecasters, against forecasts made by hand."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.model_selection import (
    ForecastSearchCV,
    forecasting_search,
    make_forecast_scorer,
    median,
)

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
    mine = search().fit(X[:380])
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
    assert steep == -np.inf
    scores = [-np.inf, -1.0, np.nan, -2.0]

    class Scored(ForecastSearchCV):
        pass

    found = Scored(MODEL, {"readout__alpha": [1.0, 2.0, 3.0, 4.0]}, n_best=9, cv=3)
    found.cv_results_ = {
        "mean_test_score": np.array(scores),
        "params": [{"readout__alpha": a} for a in (1.0, 2.0, 3.0, 4.0)],
    }
    assert found._ranked() == [1, 3]
    found.cv_results_["mean_test_score"] = np.full(4, -np.inf)
    with pytest.raises(ValueError, match="no candidate of the search gives a finite forecast"):
        found._ranked()


def test_n_best_is_checked():
    with pytest.raises(ValueError, match="n_best must be an integer ≥ 1; got 0"):
        search(n_best=0).fit(X)


def test_the_space_of_the_default_search():
    found = forecasting_search(horizon=12, season=12)
    assert [grid["reservoir__topology"] for grid in found.param_grid] == [["sparse"], ["ring"]]
    for grid in found.param_grid:
        assert (1, 12) in grid["differences"]
        assert grid["transformer"] == [None]
    assert found.cv.test_size == 12
    found = forecasting_search(horizon=5, positive=True).param_grid[0]
    assert found["differences"] == [(), (1,)]
    level = np.array([[1.0], [10.0]])
    np.testing.assert_allclose(found["transformer"][1].fit_transform(level), np.log(level))
