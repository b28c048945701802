"""Closed forms of the readouts against scikit-learn's brute force, and their laws."""

import pickle

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import (
    BayesianRidge,
    Lasso,
    LinearRegression,
    LogisticRegression,
    Ridge,
    RidgeCV,
)
from sklearn.metrics import mean_squared_error, r2_score, root_mean_squared_error
from sklearn.model_selection import KFold, LeaveOneOut, TimeSeriesSplit, cross_val_predict

from reservoir import (
    ESNRegressor,
    Reservoir,
    RidgeReadout,
    RidgeReadoutCV,
)
from reservoir.ridge import Blocks, RidgeFactor, RidgeStatistics

ALPHAS = np.logspace(-3, 3, 7)
SOLVERS = pytest.mark.parametrize("solver", ["gram", "qr"])
METRICS = {
    "neg_mean_squared_error": lambda y, p: -mean_squared_error(y, p),
    "neg_root_mean_squared_error": lambda y, p: -root_mean_squared_error(y, p),
    "r2": r2_score,
}


def problem(seed=0, n_rows=120, n_features=15, n_targets=2):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n_rows, n_features)) @ np.diag(np.logspace(0, -2, n_features)) + 3.0
    y = x @ rng.standard_normal((n_features, n_targets))
    return x, y + [0.02, 0.5] * rng.standard_normal((n_rows, n_targets)) + 7.0


def brute(x, y, splits, metric, fit_intercept=True):
    """Scores (n_splits, A, m) of scikit-learn's Ridge, fold by fold and alpha by alpha."""
    scores = np.empty((len(splits), len(ALPHAS), y.shape[1]))
    for i, (train, test) in enumerate(splits):
        for k, alpha in enumerate(ALPHAS):
            ridge = Ridge(alpha, fit_intercept=fit_intercept, solver="svd").fit(x[train], y[train])
            for j in range(y.shape[1]):
                scores[i, k, j] = metric(y[test, j], ridge.predict(x[test])[:, j])
    return scores


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("scoring", sorted(METRICS))
@pytest.mark.parametrize("cv", [5, TimeSeriesSplit(4), KFold(4, shuffle=True, random_state=0)])
@SOLVERS
def test_folds_equal_brute_force(solver, cv, scoring, fit_intercept):
    x, y = problem()
    splits = list((KFold(cv) if isinstance(cv, int) else cv).split(x))
    wanted = brute(x, y, splits, METRICS[scoring], fit_intercept)
    for per_target in (False, True):
        readout = RidgeReadoutCV(
            ALPHAS, cv=cv, scoring=scoring, solver=solver, fit_intercept=fit_intercept,
            alpha_per_target=per_target,
        ).fit(x, y)  # fmt: skip
        scores = wanted if per_target else wanted.mean(axis=2)
        for i, score in enumerate(scores):
            np.testing.assert_allclose(
                readout.cv_results_[f"split{i}_test_score"], score, rtol=1e-6
            )
        best = np.argmax(scores.mean(axis=0), axis=0)
        np.testing.assert_array_equal(readout.alpha_, ALPHAS[best])
        np.testing.assert_allclose(readout.best_score_, scores.mean(axis=0).max(axis=0), rtol=1e-6)
        ridge = Ridge(readout.alpha_, fit_intercept=fit_intercept, solver="svd").fit(x, y)
        np.testing.assert_allclose(readout.coef_, ridge.coef_, rtol=1e-6, atol=1e-9)
    assert readout.criterion_ == "blocks"
    assert readout.solver_ == solver


def test_a_gap_is_in_no_fold():
    x, y = problem()
    readout = RidgeReadoutCV(ALPHAS, cv=3, gap=4).fit(x, y)
    near = np.r_[36:44, 76:84]
    splits = [
        (np.setdiff1d(train, near), np.setdiff1d(test, near)) for train, test in KFold(3).split(x)
    ]
    wanted = brute(x, y, splits, METRICS["neg_mean_squared_error"]).mean(axis=(0, 2))
    np.testing.assert_allclose(readout.cv_results_["mean_test_score"], wanted, rtol=1e-6)
    whole = Ridge(readout.alpha_, solver="svd").fit(x, y)
    np.testing.assert_allclose(readout.coef_, whole.coef_, rtol=1e-6)


@pytest.mark.parametrize(
    "splits",
    [
        [(np.arange(50), np.arange(50, 60)), (np.arange(70), np.arange(70, 80))],  # not the last
        [(np.arange(30, 60), np.arange(60, 120))],  # not the first
        [(np.r_[:20, 90:120], np.arange(30, 50))],  # not some between
    ],
)
@SOLVERS
def test_rows_that_are_in_no_fold_are_trained_on_in_the_end(solver, splits):
    x, y = problem()
    readout = RidgeReadoutCV(ALPHAS, cv=splits, solver=solver).fit(x, y)
    wanted = brute(x, y, splits, METRICS["neg_mean_squared_error"]).mean(axis=(0, 2))
    np.testing.assert_allclose(readout.cv_results_["mean_test_score"], wanted, rtol=1e-6)
    whole = Ridge(readout.alpha_, solver="svd").fit(x, y)
    np.testing.assert_allclose(readout.coef_, whole.coef_, rtol=1e-6)
    with pytest.raises(ValueError, match="cv must give rows .* of the 120 .* fold 0 holds number"):
        RidgeReadoutCV(ALPHAS, cv=[(np.arange(99), np.arange(110, 121))]).fit(x, y)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("fit_intercept", [True, False])
@SOLVERS
def test_leave_one_out_equals_ridge_cv(solver, fit_intercept, weighted):
    x, y = problem()
    weight = np.random.default_rng(1).uniform(0.2, 2.0, len(x)) if weighted else None
    mine = RidgeReadoutCV(ALPHAS, solver=solver, fit_intercept=fit_intercept, alpha_per_target=True)
    mine.fit(x, y, weight)
    theirs = RidgeCV(ALPHAS, fit_intercept=fit_intercept, alpha_per_target=True)
    theirs.fit(x, y, sample_weight=weight)
    np.testing.assert_array_equal(mine.alpha_, theirs.alpha_)
    np.testing.assert_allclose(mine.coef_, theirs.coef_, rtol=1e-6)
    if not weighted:
        np.testing.assert_allclose(mine.best_score_, theirs.best_score_, rtol=1e-6)
        ridge = Ridge(ALPHAS[2], fit_intercept=fit_intercept, solver="svd")
        left_out = cross_val_predict(ridge, x, y, cv=LeaveOneOut())
        wanted = -np.square(left_out - y).mean(axis=0)
        np.testing.assert_allclose(mine.cv_results_["mean_test_score"][2], wanted, rtol=1e-6)
    assert mine.criterion_ == "loo"


@SOLVERS
def test_gcv_equals_its_formula(solver):
    """Golub, Heath & Wahba (1979), equation 1.4, by the dense influence matrix."""
    x, y = problem()
    readout = RidgeReadoutCV(ALPHAS, cv="gcv", solver=solver, alpha_per_target=True).fit(x, y)
    n, centred = len(x), x - x.mean(axis=0)
    for alpha, score in zip(ALPHAS, readout.cv_results_["mean_test_score"], strict=True):
        gram = centred.T @ centred + alpha * np.eye(x.shape[1])
        influence = centred @ np.linalg.solve(gram, centred.T) + 1 / n
        residual = y - influence @ y
        wanted = np.square(residual).mean(axis=0) / (1 - np.trace(influence) / n) ** 2
        np.testing.assert_allclose(-score, wanted, rtol=1e-6)


def test_the_alpha_of_the_evidence_does_not_depend_on_the_order_of_sums():
    rng = np.random.default_rng(0)
    for n_features in range(5, 25):  # of one, rounding may be the same in all orders
        x, y = rng.normal(size=(200, n_features)), rng.normal(size=(200, 3))
        y += x @ rng.normal(size=(n_features, 3))
        orders = np.arange(200), np.arange(200)[::-1], rng.permutation(200)
        alphas = [RidgeReadout().fit(x[order], y[order]).alpha_ for order in orders]
        np.testing.assert_allclose(alphas[1:], [alphas[0]] * 2, rtol=1e-10)


def test_evidence_weighs_a_row_as_often_as_it_is_repeated():
    rng = np.random.default_rng(0)
    x, y, times = rng.random((15, 30)), rng.integers(0, 3, 15) * 1.0, rng.integers(0, 5, 15)
    weighed = RidgeReadout().fit(x, y, sample_weight=times)
    repeated = RidgeReadout().fit(x.repeat(times, axis=0), y.repeat(times))
    np.testing.assert_allclose(weighed.predict(x), repeated.predict(x), atol=1e-9)
    # exact: no alpha is too small, and the least is what a Gram matrix can tell from zero
    top = np.linalg.norm((x - np.average(x, axis=0, weights=times)) * np.sqrt(times)[:, None], 2)
    assert repeated.alpha_ == pytest.approx(2 * np.finfo(float).eps * top**2)


@SOLVERS
def test_evidence_equals_bayesian_ridge(solver):
    x, y = problem()
    readout = RidgeReadout("evidence", solver=solver).fit(x, y)
    flat = {"alpha_1": 0.0, "alpha_2": 0.0, "lambda_1": 0.0, "lambda_2": 0.0}
    mean, std = readout.predict(x[:9], return_std=True)
    for j in range(2):
        theirs = BayesianRidge(tol=1e-12, max_iter=10_000, **flat).fit(x, y[:, j])
        np.testing.assert_allclose(readout.alpha_[j], theirs.lambda_ / theirs.alpha_, rtol=1e-4)
        np.testing.assert_allclose(readout.coef_[j], theirs.coef_, rtol=1e-4)
        noise = np.sqrt(1 / theirs.alpha_)
        np.testing.assert_allclose(
            np.sqrt(np.square(std[:, j]) - noise**2 / len(x)),  # theirs knows the mean for certain
            np.sqrt(noise**2 + np.einsum("ti,ij,tj->t", *[x[:9] - x.mean(axis=0)] * 1,
                    theirs.sigma_, x[:9] - x.mean(axis=0))),
            rtol=1e-4,
        )  # fmt: skip
    np.testing.assert_allclose(mean, x[:9] @ readout.coef_.T + readout.intercept_)


def test_the_standard_deviation_covers():
    """At alpha 0 it is the textbook interval of least squares: 90 % of fresh targets within."""
    rng = np.random.default_rng(0)
    inside = []
    for _ in range(200):
        x = rng.standard_normal((40, 10))
        y = x[:, 0] + rng.standard_normal(40)
        mean, std = RidgeReadout(0.0).fit(x[:30], y[:30]).predict(x[30:], return_std=True)
        inside.append(np.abs(y[30:] - mean) < 1.729 * std)  # Student's t, 19 degrees of freedom
    assert 0.87 < np.mean(inside) < 0.93


@pytest.mark.parametrize("form", [RidgeStatistics, RidgeFactor])
def test_squared_errors_of_any_solution(form):
    x, y = problem()
    weight = np.random.default_rng(2).uniform(0, 1, len(x))
    statistics = form(15, 2).updated(x, y, weight)
    coef, intercept = np.random.default_rng(3).standard_normal((4, 2, 15)), np.ones((4, 2))
    wanted = [
        (weight[:, None] * np.square(y - x @ c.T - b)).sum(axis=0)
        for c, b in zip(coef, intercept, strict=True)
    ]
    np.testing.assert_allclose(statistics.squared_errors(coef, intercept), wanted, rtol=1e-10)
    np.testing.assert_allclose(statistics.mean[:15], np.average(x, axis=0, weights=weight))


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(1, 119), max_size=4),
    forgetting=st.sampled_from([1.0, 0.98]),
    solver=st.sampled_from(["gram", "qr"]),
    washout=st.integers(0, 60),
)
def test_chunks_equal_the_whole(cuts, forgetting, solver, washout):
    x, y = problem()
    readout = RidgeReadout(1e-2, forgetting=forgetting, solver=solver, washout=washout)
    whole = clone(readout).fit(x, y)
    bounds = [0, *sorted(set(cuts)), 120]
    for start, stop in zip(bounds[:-1], bounds[1:], strict=True):
        readout.partial_fit(x[start:stop], y[start:stop])
    np.testing.assert_allclose(readout.coef_, whole.coef_, rtol=1e-8, atol=1e-10)
    weight = forgetting ** np.arange(119.0, -1, -1) * (np.arange(120) >= washout)
    ridge = Ridge(1e-2, solver="svd").fit(x, y, sample_weight=weight)
    np.testing.assert_allclose(whole.coef_, ridge.coef_, rtol=1e-6, atol=1e-8)


def test_every_chunk_is_a_block():
    x, y = problem()
    whole = RidgeReadoutCV(ALPHAS, cv=4).fit(x, y)
    parts = RidgeReadoutCV(ALPHAS, cv=4)
    for part in np.array_split(np.arange(120), 4):
        parts.partial_fit(x[part], y[part])
    np.testing.assert_allclose(
        parts.cv_results_["mean_test_score"], whole.cv_results_["mean_test_score"], rtol=1e-8
    )


def test_a_window_shorter_than_the_features_warns():
    x, y = problem()
    with pytest.warns(UserWarning, match="forgetting=0.9 weighs 10 steps, fewer than the 15"):
        RidgeReadout(forgetting=0.9).fit(x, y)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        (
            {"alphas": [1.0, 0.0]},
            r"alphas must be one or more finite numbers > 0; got \[1.0, 0.0\]",
        ),
        ({"alphas": []}, "alphas must be one or more"),
        ({"cv": 1}, "The 'cv' parameter of RidgeReadoutCV must be"),
        ({"cv": 200}, "cv=200 needs at least 200 samples; got 120"),
        ({"cv": 10, "gap": 6}, "gap=6 leaves nothing of a block; cv=10, 120 steps"),
        ({"scoring": "accuracy"}, "The 'scoring' parameter"),
        ({"forgetting": 0.0}, "The 'forgetting' parameter"),
    ],
)
def test_bad_parameters(params, told):
    with pytest.raises(ValueError, match=told):
        RidgeReadoutCV(**params).fit(*problem())


def test_blocks_are_as_many_to_be_added():
    one, two = (Blocks([RidgeStatistics(2, 1)] * n, []) for n in (1, 2))
    with pytest.raises(ValueError, match="blocks must be as many to be added; got 1 and 2"):
        one + two


# in an echo state network


def series(n_steps=600, seed=0):
    u = np.random.default_rng(seed).uniform(-1, 1, (n_steps, 2))
    return u, np.stack([np.roll(u[:, 0], 2), np.roll(u[:, 1], 1) ** 2], axis=1)


def esn(readout, **params):
    return ESNRegressor(Reservoir(40, random_state=0), readout, **params)


@pytest.mark.parametrize("n_steps", [600, 9000])  # the longer one runs in parallel over time
@pytest.mark.parametrize("cv", ["gcv", 5, TimeSeriesSplit(3)])
@SOLVERS
def test_the_cv_readout_in_a_network_is_the_one_on_its_states(solver, cv, n_steps):
    u, y = series(n_steps)
    readout = RidgeReadoutCV(ALPHAS, cv=cv, solver=solver, washout=30)
    network = esn(readout).fit(u, y)
    alone = clone(readout).fit(network.reservoir_.transform(u), y)
    np.testing.assert_allclose(
        network.readout_.cv_results_["mean_test_score"], alone.cv_results_["mean_test_score"],
        rtol=1e-7,
    )  # fmt: skip
    assert network.readout_.criterion_ == ("gcv" if cv == "gcv" else "blocks")


def test_folds_of_a_list_are_sequences():
    u, y = zip(*(series(80, seed) for seed in range(6)), strict=True)
    network = esn(RidgeReadoutCV(ALPHAS, cv=3, washout=5)).fit(list(u), list(y))
    x = [network.reservoir_.transform(item)[5:] for item in u]
    folds = [(np.r_[2:6], [0, 1]), (np.r_[0:2, 4:6], [2, 3]), (np.r_[0:4], [4, 5])]
    scores = [
        -mean_squared_error(
            np.concatenate([y[k][5:] for k in test]),
            Ridge(ALPHAS[1], solver="svd")
            .fit(np.concatenate([x[k] for k in train]), np.concatenate([y[k][5:] for k in train]))
            .predict(np.concatenate([x[k] for k in test])),
        )
        for train, test in folds
    ]
    np.testing.assert_allclose(
        network.readout_.cv_results_["mean_test_score"][1], np.mean(scores), rtol=1e-6
    )


@settings(max_examples=15, deadline=None)
@example(cuts=[300], noise=0.01, forgetting=1.0, passthrough=False)
@given(
    cuts=st.lists(st.integers(1, 599), max_size=4),
    noise=st.sampled_from([0.0, 0.01]),
    forgetting=st.sampled_from([1.0, 0.99]),
    passthrough=st.booleans(),
)
def test_a_network_learns_chunk_by_chunk(cuts, noise, forgetting, passthrough):
    u, y = series()
    network = ESNRegressor(
        Reservoir(40, noise=noise, random_state=0),
        RidgeReadout(1e-4, washout=70, forgetting=forgetting), passthrough=passthrough,
    )  # fmt: skip
    whole = clone(network).fit(u, y)
    bounds = [0, *sorted(set(cuts)), 600]
    for start, stop in zip(bounds[:-1], bounds[1:], strict=True):
        network.partial_fit(u[start:stop], y[start:stop])
    np.testing.assert_allclose(network.readout_.coef_, whole.readout_.coef_, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(network.end_state_, whole.end_state_, rtol=0, atol=1e-12)
    np.testing.assert_allclose(network.predict(u[:50]), whole.predict(u[:50]), atol=1e-9)


def test_a_network_learns_further_sequences():
    u, y = zip(*(series(80, seed) for seed in range(6)), strict=True)
    network = ESNRegressor(Reservoir(40, noise=0.01, random_state=0), RidgeReadout(washout=5))
    whole = clone(network).fit(list(u), list(y))
    network.partial_fit(list(u[:2]), list(y[:2])).partial_fit(list(u[2:]), list(y[2:]))
    np.testing.assert_allclose(network.readout_.coef_, whole.readout_.coef_, rtol=0, atol=1e-9)


@pytest.mark.parametrize("per_sequence", [False, True])
@pytest.mark.parametrize(
    "readout", [RidgeReadout(1e-4, washout=5), RidgeReadoutCV(cv=3, washout=5)]
)
def test_statistics_merge(readout, per_sequence):
    u, y = zip(*(series(80, seed) for seed in range(6)), strict=True)
    y = np.stack([item[-1] for item in y]) if per_sequence else list(y)
    network = esn(clone(readout))
    if isinstance(readout, RidgeReadoutCV):
        blocks = [network.statistics(list(u[k : k + 3]), y[k : k + 3]) for k in (0, 3)]
        merged = clone(network).fit_statistics(sum(blocks))  # block i is that of both parts
        assert merged.readout_.criterion_ == "blocks"
        assert len(merged.readout_.cv_results_["split2_test_score"]) == 13
        network.set_params(readout__cv="gcv")
    whole = clone(network).fit(list(u), y)
    parts = [network.statistics(list(u[k : k + 2]), y[k : k + 2]) for k in (0, 2, 4)]
    merged = clone(network).fit_statistics(sum(pickle.loads(pickle.dumps(parts))))
    np.testing.assert_allclose(merged.predict(list(u[:1]))[0], whole.predict(list(u[:1]))[0],
                               atol=1e-8)  # fmt: skip
    jobs = clone(network).set_params(n_jobs=2).fit(list(u), y)
    np.testing.assert_allclose(jobs.readout_.coef_, whole.readout_.coef_, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(jobs.end_state_, whole.end_state_)


def test_statistics_need_one_reservoir():
    u, y = series()
    with pytest.raises(ValueError, match="random_state must be an integer, so that every part"):
        ESNRegressor().statistics(u, y)
    total = esn(RidgeReadout()).statistics(u, y)
    with pytest.raises(ValueError, match="statistics are of 40 features; this network has 50"):
        ESNRegressor(Reservoir(50, random_state=0)).fit_statistics(total)
    with pytest.raises(ValueError, match="must be of data of one form to be added"):
        total + esn(RidgeReadout()).statistics(u[:, :1], y)


def test_the_deviation_of_a_network():
    u, y = series()
    y = y[:, 0] + 0.3 * np.random.default_rng(5).standard_normal(600)
    network = esn(RidgeReadout("evidence")).fit(u[:400], y[:400])
    mean, std = network.predict(u[400:], return_std=True)
    assert mean.shape == std.shape == (200,)
    np.testing.assert_allclose(mean, network.predict(u[400:]), atol=1e-12)
    inside = np.abs(mean - y[400:]) < 1.645 * std
    assert 0.84 < inside.mean() < 0.96


@pytest.mark.parametrize("per_sequence", [False, True])
@pytest.mark.parametrize(
    "readout", [Lasso(1e-3), LinearRegression(), GradientBoostingRegressor(n_estimators=5)]
)
def test_any_regressor_may_read_out(readout, per_sequence):
    u, y = zip(*(series(80, seed) for seed in range(9)), strict=True)
    y = [item[:, 0] for item in y]
    y = np.array([item[-1] for item in y]) if per_sequence else y
    network = esn(readout, random_state=0).fit(list(u), y)
    x = [network.reservoir_.transform(item) for item in u]
    rows = np.stack([item[-1] for item in x]) if per_sequence else np.concatenate(
        [item[network.washout_ :] for item in x]
    )  # fmt: skip
    targets = y if per_sequence else np.concatenate([item[network.washout_ :] for item in y])
    alone = clone(network.readout_).fit(rows, targets)
    answers = network.predict(list(u))
    wanted = alone.predict(np.stack([x[0][-1]])) if per_sequence else alone.predict(x[0])
    np.testing.assert_allclose(answers[:1] if per_sequence else answers[0], wanted, atol=1e-9)
    assert network.score(list(u), y) > 0.1


def test_a_classifier_labels_every_step():
    u, _ = series()
    y = (np.roll(u[:, 0], 1) > 0).astype(int)
    network = esn(LogisticRegression(C=100.0)).fit(u[:400], y[:400])
    assert (network.predict(u[400:]) == y[400:]).mean() > 0.9
    with pytest.raises(TypeError, match="has no partial_fit"):
        esn(LogisticRegression()).partial_fit(u, y)
    with pytest.raises(TypeError, match="has no statistics; RidgeReadout has"):
        esn(LogisticRegression()).statistics(u, y)
