"""scikit-learn's own checks, and life in its pipelines and searches."""

import pickle
import runpy
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn import config_context
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import Ridge
from sklearn.metrics import mean_absolute_error, r2_score
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    TimeSeriesSplit,
    cross_val_score,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.fixes import parse_version

from reservoir import (
    NVAR,
    BidirectionalReservoir,
    BlockReservoir,
    DeepReservoir,
    Differences,
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    ESNSmoother,
    EulerReservoir,
    ExpandedReservoir,
    InformedReservoir,
    LiquidReservoir,
    LocalForecaster,
    PanelForecaster,
    ParallelReservoirs,
    PlasticReservoir,
    RecursiveRidgeReadout,
    Reservoir,
    ResidualReservoir,
    RidgeReadout,
    RidgeReadoutClassifier,
    RidgeReadoutCV,
    SingleNodeReservoir,
    SpikingReservoir,
    StepwiseTransformer,
    StructuredReservoir,
)
from reservoir.datasets import mackey_glass
from reservoir.model_selection import make_sequence_scorer

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


COLUMNS_ARE_SERIES = {
    "check_n_features_in": "a column is a series, of which there may be any number",
    "check_n_features_in_after_fitting": "a column is a series, of which there may be any number",
    "check_fit1d": "one array of numbers is one series",
    "check_fit2d_1sample": "the error says how many values each series must have",
}


#: Versions of scikit-learn whose check of this name fits ten rows.
OF_TEN_ROWS = parse_version(sklearn.__version__) < parse_version("1.7")


def expected_failures(estimator):
    if isinstance(estimator, RecursiveRidgeReadout):
        return STEPS_CANNOT_BE_REPEATED  # a repeated step makes those before it older
    if isinstance(
        estimator, (RidgeReadout, RidgeReadoutCV, RidgeReadoutClassifier, StepwiseTransformer)
    ):
        return {}
    if isinstance(estimator, PanelForecaster):
        return COLUMNS_ARE_SERIES
    if isinstance(estimator, (ESNForecaster, ESNSmoother)):
        failures = ROWS_ARE_IN_TIME_ORDER | {"check_fit1d": "one array of numbers is one series"}
        if isinstance(estimator, ESNSmoother) and OF_TEN_ROWS:
            failures["check_n_features_in_after_fitting"] = "ten rows are too few to smooth"
        return failures
    learner = isinstance(estimator, (ESNRegressor, ESNClassifier))
    weighted = STEPS_CANNOT_BE_REPEATED if learner else {}
    return ROWS_ARE_IN_TIME_ORDER | weighted


@pytest.mark.filterwarnings("ignore:the inputs drive")  # some checks make inputs of about 100
@parametrize_with_checks(
    [
        Reservoir(),
        BidirectionalReservoir(),
        BlockReservoir(30),
        ExpandedReservoir(),
        DeepReservoir([Reservoir(10), Reservoir(5)]),
        ParallelReservoirs([Reservoir(10), NVAR(2, order=1)]),
        ResidualReservoir(20),
        EulerReservoir(20),
        NVAR(2),
        Differences(),
        LiquidReservoir(20),
        PlasticReservoir(10, n_epochs=1),
        SpikingReservoir(10),
        SingleNodeReservoir(10),
        StructuredReservoir(12),
        InformedReservoir(np.tanh, Reservoir(10)),
        RidgeReadout(),
        RidgeReadoutCV(),
        RidgeReadoutCV(cv=2),
        RecursiveRidgeReadout(),
        ESNRegressor(),
        ESNForecaster(),
        ESNSmoother(),
        LocalForecaster(Reservoir(20)),
        PanelForecaster(),
        RidgeReadoutClassifier(),
        RidgeReadoutClassifier(RidgeReadout(0.1)),
        ESNClassifier(Reservoir(30)),
        StepwiseTransformer(),
    ],
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


# -- searches over every form of data


def forms(per_sequence):
    """(name, X, y, splitter, scoring) of a series, a panel and a ragged list."""
    pairs = [narma(120 + 10 * k, seed=k) for k in range(6)]
    panel = np.stack([u[:120] for u, _ in pairs])
    steps = np.stack([y[:120] for _, y in pairs])[:, :, None]
    if per_sequence:
        target = np.array([y[-1] for _, y in pairs])
        yield (
            "panel, one target each",
            panel,
            steps[:, -1, 0],
            KFold(3),
            "neg_root_mean_squared_error",
        )
        yield (
            "list, one target each",
            [u for u, _ in pairs],
            target,
            KFold(3),
            "neg_root_mean_squared_error",
        )
        return
    u, y = narma()
    yield "series", u, y, TimeSeriesSplit(3), "neg_root_mean_squared_error"
    yield "panel", panel, steps, KFold(3), None
    yield "list", [u for u, _ in pairs], [y for _, y in pairs], KFold(3), None


CASES = [pytest.param(*case, id=case[0]) for kind in (False, True) for case in forms(kind)]
GRID = {"reservoir__spectral_radius": [0.2, 0.9], "readout__alpha": [1e-6, 10.0]}


@pytest.mark.parametrize(("name", "X", "y", "cv", "scoring"), CASES)
def test_every_search_takes_every_form(name, X, y, cv, scoring):
    model = ESNRegressor(Reservoir(30, random_state=0), RidgeReadout(washout=20))
    grid = GridSearchCV(model, GRID, cv=cv, scoring=scoring, n_jobs=2).fit(X, y)
    assert np.isfinite(grid.cv_results_["mean_test_score"]).all()
    if "each" not in name:  # four sequences to train on do not tell an alpha
        assert grid.best_params_["readout__alpha"] == 1e-6
    random = RandomizedSearchCV(model, GRID, n_iter=2, cv=cv, scoring=scoring, random_state=0)
    assert np.isfinite(random.fit(X, y).best_score_)
    scores = cross_val_score(grid.best_estimator_, X, y, cv=cv, scoring=scoring)
    best = grid.cv_results_["mean_test_score"][grid.best_index_]
    assert scores.mean() == pytest.approx(best)


@pytest.mark.parametrize(("name", "X", "y", "cv", "scoring"), CASES)
def test_a_halving_search_takes_every_form(name, X, y, cv, scoring):
    model = ESNRegressor(Reservoir(30, random_state=0), RidgeReadout(washout=20))
    halving = HalvingGridSearchCV(
        model, GRID, cv=cv, scoring=scoring, factor=2, random_state=0,
        min_resources=400 if name == "series" else 3, n_jobs=2,
    )  # fmt: skip
    assert np.isfinite(halving.fit(X, y).best_score_)
    assert halving.n_iterations_ > 1


def test_misspelt_parameters_in_a_search():
    u, y = narma(100)
    with pytest.raises(ValueError, match="Invalid parameter 'raduis' for estimator Reservoir"):
        GridSearchCV(esn(), {"reservoir__raduis": [0.9]}, cv=2).fit(u, y)


def many(lengths=(200, 150, 180, 170)):
    pairs = [narma(n + 10 * k) for k, n in enumerate(lengths)]
    return [u[-n:] for (u, _), n in zip(pairs, lengths)], [
        y[-n:] for (_, y), n in zip(pairs, lengths)
    ]


@pytest.mark.parametrize("form", [list, np.stack])
def test_metrics_over_sequences(form):
    X, y = many(lengths=(150,) * 4) if form is np.stack else many()
    X, y = form(X), form(y) if form is list else form(y)[:, :, None]
    scorer = make_sequence_scorer(mean_absolute_error, greater_is_better=False)
    scores = cross_val_score(esn(), X, y, cv=KFold(2), scoring=scorer)
    fitted = esn().fit(X[:2], y[:2])
    fresh = [(t[fitted.washout_ :].ravel(), p[fitted.washout_ :].ravel())
             for t, p in zip(y[2:], fitted.predict(X[2:]))]  # fmt: skip
    errors = np.abs(np.subtract(*map(np.concatenate, zip(*fresh))))
    assert scores[1] == pytest.approx(-errors.mean())
    assert make_sequence_scorer(r2_score)(fitted, X, y) == pytest.approx(fitted.score(X, y))
    pipeline = make_pipeline(Reservoir(20, random_state=0), RidgeReadout()).fit(X, y)
    assert make_sequence_scorer(r2_score)(pipeline, X, y) == pytest.approx(pipeline.score(X, y))


def test_scorers_that_need_an_array_say_what_to_use():
    X, y = many()
    fitted = esn().fit(X, y)
    message = "Score by the estimator's own score .* or by reservoir.model_selection.make_sequence_"
    with pytest.raises(ValueError, match=message):
        r2_score(y, fitted.predict(X))
    with pytest.raises(ValueError, match=message):
        cross_val_score(esn(), X, y, cv=KFold(2), scoring="r2", error_score="raise")
    with pytest.raises(ValueError, match=message):
        np.asarray(fitted.predict(X))
    assert hasattr(fitted.predict(X), "shape")  # to ask is no error
    with pytest.raises(ValueError, match="one target per step; one per sequence needs no such"):
        make_sequence_scorer(r2_score)(fitted, X, np.arange(4.0))
    assert isinstance(pickle.loads(pickle.dumps(fitted.predict(X))), list)


def test_sample_weights_are_routed():
    u, y = narma()
    weight = np.where(np.arange(len(u)) < 800, 1.0, 0.0)
    with config_context(enable_metadata_routing=True):
        readout = RidgeReadout(alpha=1e-4).set_fit_request(sample_weight=True)
        scaler = StandardScaler().set_fit_request(sample_weight=False)
        pipeline = make_pipeline(scaler, Reservoir(30, random_state=0), readout)
        pipeline.fit(u, y, sample_weight=weight)
    states = Reservoir(30, random_state=0).fit_transform(StandardScaler().fit_transform(u))
    wanted = RidgeReadout(alpha=1e-4).fit(states, y, sample_weight=weight)
    np.testing.assert_allclose(pipeline[-1].coef_, wanted.coef_)
    assert not np.allclose(wanted.coef_, RidgeReadout(alpha=1e-4).fit(states, y).coef_)


class CountedReservoir(Reservoir):
    runs = 0

    def transform(self, X):
        CountedReservoir.runs += 1
        return super().transform(X)


def test_a_pipeline_with_memory_computes_states_once(tmp_path):
    u, y = narma()
    pipeline = Pipeline(
        [("reservoir", CountedReservoir(20, random_state=0)), ("readout", RidgeReadout())],
        memory=str(tmp_path),
    )
    CountedReservoir.runs = 0
    for alpha in (1e-6, 1e-3, 1.0):
        pipeline.set_params(readout__alpha=alpha).fit(u, y)
    assert CountedReservoir.runs == 1


def test_pandas_output_and_html():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame({"drive": narma(50)[0][:, 0]}, index=pd.date_range("2000", periods=50))
    states = Reservoir(3, random_state=0).set_output(transform="pandas").fit_transform(frame)
    assert list(states.columns) == ["reservoir0", "reservoir1", "reservoir2"]
    assert states.index.equals(frame.index)
    assert "spectral_radius" in esn()._repr_html_() + str(Reservoir(spectral_radius=0.5))


@pytest.mark.parametrize(
    ("estimator", "parts"),
    [
        (ESNForecaster(), ["reservoir: BlockReservoir", "readout: RidgeReadout"]),
        (ESNForecaster(scaler=StandardScaler()), ["scaler: StandardScaler"]),
        (ESNClassifier(), ["representation: StateSummary", "readout: RidgeReadoutClassifier"]),
        (ESNRegressor(Reservoir(5)), ["reservoir: Reservoir", "readout: RidgeReadout"]),
        (PanelForecaster(), ["reservoir: Reservoir"]),
        (Reservoir(), []),
    ],
)
def test_a_notebook_shows_the_parts_of_a_default_and_links_to_the_docs(estimator, parts):
    shown = estimator._repr_html_()
    assert all(part in shown for part in parts)
    name = f"reservoir.{type(estimator).__name__}"
    assert f"api/{name}.html" in shown
    docs = Path(__file__).parents[1] / "docs" / "reference.py"
    reference = runpy.run_path(str(docs))["entries"]()
    assert name in sum(reference.values(), [])


def test_cross_validation_measures_the_model_not_the_transient():
    """Each fold goes on from its training part: the scores are those of one carried-on run."""
    x = (mackey_glass(1500, random_state=0) - 0.93) / 0.23
    u, y = x[:-1], x[1:, 0]
    model = ESNRegressor(Reservoir(200, random_state=0), RidgeReadout(washout=100))
    grid = {
        "reservoir__spectral_radius": [0.6, 1.1],
        "reservoir__leak_rate": [0.3, 1.0],
        "readout__alpha": [1e-8, 1e-4],
    }
    cv = TimeSeriesSplit(3, test_size=100)
    search = GridSearchCV(model, grid, cv=cv, scoring="neg_root_mean_squared_error").fit(u, y)
    carried, fresh = [], []
    for params in search.cv_results_["params"]:
        errors = []
        for train, test in cv.split(u):
            fitted = clone(model).set_params(**params).fit(u[train], y[train])
            whole = fitted.predict(u[: test[-1] + 1], initial_state="zero")
            errors.append(np.sqrt(np.mean((whole[test] - y[test]) ** 2)))
            cold = fitted.predict(u[test], initial_state="zero")
            fresh.append(np.sqrt(np.mean((cold - y[test]) ** 2)))
        carried.append(np.mean(errors))
    np.testing.assert_allclose(-search.cv_results_["mean_test_score"], carried, rtol=0.01)
    assert search.best_index_ == np.argmin(carried)
    assert np.mean(fresh) > 10 * np.mean(carried)


def test_polars_frames_go_in():
    pl = pytest.importorskip("polars")
    u, y = narma(200)
    frame = pl.DataFrame({"drive": u[:, 0]})
    model = esn().fit(frame, pl.Series(y))
    np.testing.assert_allclose(model.predict(frame), esn().fit(u, y).predict(u))
    assert list(model.feature_names_in_) == ["drive"]
    mine = esn().fit([frame, frame], [y, y]).predict([frame])[0]
    np.testing.assert_allclose(mine, esn().fit([u, u], [y, y]).predict([u])[0])


def test_pandas_series_and_frames_go_in():
    pd = pytest.importorskip("pandas")
    u, y = narma(200)
    column = pd.Series(u[:, 0], name="drive")
    model = esn().fit(column, pd.Series(y))
    np.testing.assert_allclose(model.predict(column), esn().fit(u, y).predict(u))
    assert list(model.feature_names_in_) == ["drive"]
    many = esn().fit([column, column[:150]], [pd.Series(y), pd.Series(y[:150])])
    wanted = esn().fit([u, u[:150]], [y, y[:150]])
    np.testing.assert_allclose(many.predict([column])[0], wanted.predict([u])[0])


def test_a_forecaster_carries_the_index_on():
    pd = pytest.importorskip("pandas")
    t = np.arange(200)
    values = np.stack([np.sin(t * 0.3), np.cos(t * 0.3)], axis=1)
    plain = ESNForecaster(random_state=0).fit(values).forecast(4)
    for index, first in [
        (pd.date_range("2000-01-31", periods=200, freq="ME"), pd.Timestamp("2016-09-30")),
        (pd.period_range("2000-01", periods=200, freq="M"), pd.Period("2016-09", "M")),
        (pd.DatetimeIndex(list(pd.date_range("2000-01-03", periods=200, freq="B"))), None),
        (pd.RangeIndex(10, 410, 2), 410),
    ]:
        frame = pd.DataFrame(values, index=index, columns=["a", "b"])
        model = ESNForecaster(random_state=0).fit(frame)
        answer = model.forecast(4)
        assert list(answer.columns) == ["a", "b"]
        np.testing.assert_allclose(answer.to_numpy(), plain)
        assert first is None or answer.index[0] == first
        assert len(answer.index.intersection(index)) == 0
        assert model.predict(frame[150:]).index.equals(index[150:])
        assert model.forecast(4, context=frame[:100]).index[0] == index[100]
    column = pd.Series(values[:, 0], index=index, name="a")
    answer = ESNForecaster(random_state=0).fit(column).forecast(4)
    assert isinstance(answer, pd.Series)
    assert answer.name == "a"
    uneven = frame.set_index(pd.DatetimeIndex(np.cumsum(t) * 86_400_000_000_000))
    with pytest.raises(ValueError, match="must be evenly spaced"):
        ESNForecaster(random_state=0).fit(uneven)
