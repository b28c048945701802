"""scikit-learn's own checks, and life in its pipelines and searches."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, KFold, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from reservoir import ESNForecaster, ESNRegressor, Reservoir, RidgeReadout

ROWS_ARE_IN_TIME_ORDER = {
    "check_methods_sample_order_invariance": "rows are steps in time order: another order is "
    "another series",
    "check_methods_subset_invariance": "rows are steps in time order: a step depends on those "
    "before it",
}
STEPS_CANNOT_BE_REPEATED = {
    f"check_sample_weight_equivalence_on_{kind}_data": "removing or repeating a step makes another "
    "series; weights leave the states as they are"
    for kind in ("dense", "sparse")
}


def expected_failures(estimator):
    if isinstance(estimator, RidgeReadout):
        return {}
    weighted = STEPS_CANNOT_BE_REPEATED if isinstance(estimator, ESNRegressor) else {}
    return ROWS_ARE_IN_TIME_ORDER | weighted


@parametrize_with_checks(
    [Reservoir(), RidgeReadout(), ESNRegressor(), ESNForecaster()],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


def narma(n_steps=1500, seed=0):
    u = np.random.default_rng(seed).uniform(0, 0.5, (n_steps, 1))
    return u, np.convolve(u[:, 0], [0.0, 0.5, 0.3, 0.2])[:n_steps] ** 2


def esn(**reservoir):
    return ESNRegressor(Reservoir(80, random_state=0, **reservoir), RidgeReadout(washout=50))


def test_a_pipeline_is_the_esn_by_hand():
    u, y = narma()
    scaler = StandardScaler().fit(u)
    pipeline = make_pipeline(
        StandardScaler(), Reservoir(80, random_state=0), RidgeReadout(alpha=1e-4, washout=50)
    ).fit(u, y)
    states = Reservoir(80, random_state=0).fit_transform(scaler.transform(u))
    ridge = Ridge(1e-4, solver="svd").fit(states[50:], y[50:])
    np.testing.assert_allclose(pipeline.predict(u), ridge.predict(states), rtol=1e-8)
    whole = ESNRegressor(Reservoir(80, random_state=0), RidgeReadout(alpha=1e-4, washout=50))
    whole.fit(scaler.transform(u), y)
    mine = whole.predict(scaler.transform(u), initial_state="zero")
    np.testing.assert_allclose(mine, pipeline.predict(u), rtol=1e-8)


def test_grid_search_over_time_series_splits():
    u, y = narma()
    grid = {"reservoir__spectral_radius": [0.2, 0.9], "readout__alpha": [1e-8, 10.0]}
    search = GridSearchCV(esn(), grid, cv=TimeSeriesSplit(3)).fit(u, y)
    assert search.best_params_["readout__alpha"] == 1e-8
    assert search.best_score_ > 0.99
    # each score is that of the test fold as the training fold's continuation
    train, test = list(TimeSeriesSplit(3).split(u))[-1]
    model = clone(search.best_estimator_).fit(u[train], y[train])
    split = search.cv_results_["split2_test_score"][search.best_index_]
    assert model.score(u[test], y[test]) == pytest.approx(split)


def test_grid_search_over_a_list_of_sequences():
    pairs = [narma(200 + k, seed=k) for k in range(6)]
    X, y = [u for u, _ in pairs], [target for _, target in pairs]
    search = GridSearchCV(esn(), {"readout__alpha": [1e-8, 10.0]}, cv=KFold(3)).fit(X, y)
    assert search.best_params_ == {"readout__alpha": 1e-8}


def test_grid_search_of_a_forecaster():
    x = np.sin(np.arange(600) * 0.3).reshape(-1, 1)
    model = ESNForecaster(Reservoir(40, random_state=0))
    search = GridSearchCV(model, {"readout": [RidgeReadout(1e-8), RidgeReadout(1e4)]}, cv=3)
    assert search.fit(x).best_params_["readout"].alpha == 1e-8


def test_clone_and_pickle():
    u, y = narma()
    model = esn(leak_rate=0.5).fit(u, y)
    copy = clone(model).fit(u, y)
    np.testing.assert_array_equal(copy.predict(u), model.predict(u))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(u), model.predict(u))


def test_an_esn_seeds_the_parts_that_have_no_seed():
    u, y = narma()

    def weights(seed, part=None):
        model = ESNRegressor(Reservoir(30, random_state=part), random_state=seed).fit(u, y)
        return model.reservoir_.W_in_

    np.testing.assert_array_equal(weights(1), weights(1))
    assert not np.array_equal(weights(1), weights(2))
    np.testing.assert_array_equal(weights(1, part=7), weights(2, part=7))


def test_feature_names_come_through():
    pd = pytest.importorskip("pandas")
    u, y = narma()
    frame = pd.DataFrame({"drive": u[:, 0]})
    model = esn().fit(frame, pd.Series(y))
    assert list(model.feature_names_in_) == ["drive"]
    np.testing.assert_array_equal(model.predict(frame), esn().fit(u, y).predict(u))
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"drive": "other"}))
    names = Reservoir(3).fit(frame).get_feature_names_out()
    assert list(names) == ["reservoir0", "reservoir1", "reservoir2"]
