"""Closed forms of the readouts against scikit-learn's brute force, and their laws."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
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
    ESNForecaster,
    ESNRegressor,
    RecursiveRidgeReadout,
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


# step by step


def weighted_ridge(x, y, weight, penalty):
    """The normal equations, with an intercept and a penalty for each coefficient."""
    mean_x, mean_y = np.average(x, axis=0, weights=weight), np.average(y, axis=0, weights=weight)
    xc, yc = x - mean_x, y - mean_y
    gram = (xc * weight[:, None]).T @ xc + np.diag(penalty)
    return np.linalg.solve(gram, (xc * weight[:, None]).T @ yc).T


@pytest.mark.parametrize("forgetting", [1.0, 0.99, 0.9])
@pytest.mark.parametrize("every", [1, 7])
def test_the_recursive_readout_solves_its_equations(every, forgetting):
    x, y = problem(n_rows=400)
    readout = RecursiveRidgeReadout(0.1, forgetting=forgetting)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="forgetting=0.9 weighs 10 steps")
        readout.fit(x[:50], y[:50])
    for start in range(50, 400, every):
        readout.partial_fit(x[start : start + every], y[start : start + every])
    penalty = readout.statistics_.penalty
    assert (penalty <= 0.1 * (1 + 1e-12)).all()
    assert (penalty > (0.0999 if forgetting == 1 else 0.06 * 0.5)).all()
    weight = forgetting ** np.arange(399.0, -1, -1)
    wanted = weighted_ridge(x, y, weight, penalty)
    np.testing.assert_allclose(readout.coef_, wanted, rtol=1e-7, atol=1e-9)


def test_the_factor_stays_where_the_covariance_blows_up():
    """A constant drive excites one direction alone; the others are forgotten, 1e6 steps long."""
    rng = np.random.default_rng(0)
    start, quiet = rng.standard_normal((60, 3)), np.array([1.0, 0.5, -0.5])
    target, factor = np.array([1.0, 2.0, 3.0]), 0.99
    covariance = np.eye(3) * 1e6
    for x in [*start, *np.tile(quiet, (5000, 1))]:
        gain = covariance @ x / (factor + x @ covariance @ x)
        covariance = (covariance - np.outer(gain, x @ covariance)) / factor
    assert np.abs(covariance).max() > 1e20  # the textbook's matrix
    readout = RecursiveRidgeReadout(1e-6, forgetting=factor).fit(start, start @ target)
    rows, y = np.tile(quiet, (1000, 1)), np.full(1000, quiet @ target)
    for _ in range(1000):
        readout.partial_fit(rows, y)
    for _ in range(1000):
        readout.partial_fit(rows[:1], y[:1])
    diagonal = np.abs(np.diagonal(readout.statistics_.factor))[1:4]
    assert (diagonal > 5e-4).all()
    np.testing.assert_allclose(readout.predict(rows[:1]), y[:1], rtol=1e-6)
    news = np.tile(start, (10, 1))
    news = readout.partial_fit(news, -news @ target).coef_  # and it can still learn
    assert np.abs(news + target).max() < 0.05


def test_alpha_is_in_the_factor():
    u, y = series()
    network = esn(RecursiveRidgeReadout()).fit(u, y)
    with pytest.raises(ValueError, match="alpha=0.1 cannot be told from alpha=1e-06"):
        network.resolved(alpha=0.1)
    with pytest.raises(TypeError, match="return_std needs a RidgeReadout"):
        network.predict(u, return_std=True)
    with pytest.raises(TypeError, match="only a RidgeFactor can be added to it; got RidgeStat"):
        network.readout_.statistics_ += RidgeStatistics(40, 2)


@pytest.mark.parametrize("delay", [0, 4])
@pytest.mark.parametrize("every", [1, 25])
@pytest.mark.parametrize(
    "readout",
    [RidgeReadout(1e-3, forgetting=0.99), RecursiveRidgeReadout(1e-3), RidgeReadoutCV([1e-3, 1.0])],
)
def test_predict_then_update_knows_no_future(readout, every, delay, monkeypatch):
    """A plain loop that fits anew on the past alone, before every block of predictions."""
    monkeypatch.setattr("reservoir.esn.online.ONLINE_BLOCK", 40)  # states held at a time
    u, y = series(500)
    y[120, 0] = np.nan
    network = esn(readout).fit(u[:100], y[:100])
    x = network.reservoir_.transform(u)
    parts = [slice(100, 250), slice(250, 500)] if every == 25 else [slice(100, 160)]
    predicted = np.vstack(
        [network.predict_then_update(u[p], y[p], every=every, delay=delay) for p in parts]
    )
    for k in range(0, len(predicted), every):
        past = [*range(network.washout_, 100), *range(100, max(100, 100 + k - delay))]
        ages = past[-1] - np.array(past)
        alone = (
            clone(readout).set_params(washout=0, forgetting=1.0)
            .fit(x[past], y[past], readout.forgetting ** ages.astype(float))
        )  # fmt: skip
        if isinstance(readout, RidgeReadoutCV):
            alone.set_params(cv="gcv").fit(x[past], y[past])
        wanted = alone.predict(x[100 + k : 100 + k + every])
        tolerance = 5e-2 if isinstance(readout, RecursiveRidgeReadout) else 1e-6
        np.testing.assert_allclose(predicted[k : k + every], wanted, atol=tolerance)


def test_predict_then_update_needs_a_series():
    u, y = series()
    network = esn(RidgeReadout()).fit(u, y)
    with pytest.raises(ValueError, match="needs one series, after a fit on one series"):
        network.predict_then_update([u], [y])
    with pytest.raises(ValueError, match="every must be an integer ≥ 1; got 0"):
        network.predict_then_update(u, y, every=0)
    with pytest.raises(ValueError, match="delay must be an integer ≥ 0; got -1"):
        network.predict_then_update(u, y, delay=-1)
    with pytest.raises(TypeError, match="cannot be updated; RidgeReadout can"):
        esn(Lasso()).fit(u, y).predict_then_update(u, y)


@pytest.mark.parametrize("differences", [(), (1, 3)])
def test_a_forecaster_learns_chunk_by_chunk(differences):
    x = np.sin(np.arange(600) * 0.3)[:, None] * [1.0, 2.0] + np.arange(600)[:, None] * [0.01, 0.0]
    forecaster = ESNForecaster(
        Reservoir(30, random_state=0), RidgeReadout(1e-4, washout=20), scaler="passthrough",
        differences=differences,
    )  # fmt: skip
    whole = clone(forecaster).fit(x)
    for part in np.split(x, [100, 101, 400]):
        forecaster.partial_fit(part)
    np.testing.assert_allclose(forecaster.forecast(30), whole.forecast(30), atol=1e-7)
    np.testing.assert_allclose(forecaster.history_[0], whole.history_[0])


def test_a_forecaster_with_another_readout():
    """Whatever predicts the next step closes the loop."""
    x = np.sin(np.arange(400) * 0.3)[:, None]
    reservoir = Reservoir(30, random_state=0)
    linear = ESNForecaster(reservoir, LinearRegression()).fit(x[:380])
    np.testing.assert_allclose(linear.forecast(20), x[380:], atol=1e-3)
    trees = ESNForecaster(reservoir, GradientBoostingRegressor(random_state=0)).fit(x[:380])
    assert trees.score(x[380:]) > 0.9
    scaled, z = trees.scaler_.transform(x[:380]), []
    state = trees.regressor_.reservoir_.transform(scaled)[-2]
    update = trees.regressor_.reservoir_.update_
    last, state = scaled[-1:], state[:, None]
    for _ in range(20):  # the loop by hand
        _, state = update.advance(state, last[:, :, None])
        last = last + trees.regressor_.readout_.predict(np.hstack([state.T, last]))[:, None]
        z.append(last[0])
    wanted = trees.scaler_.inverse_transform(np.array(z))
    np.testing.assert_allclose(trees.forecast(20), wanted, atol=1e-9)
    with pytest.raises(TypeError, match="keeps no statistics that it could be solved from"):
        trees.resolved(max_depth=2)
    with pytest.raises(TypeError, match="alpha_path needs a RidgeReadout; got readout=Grad"):
        trees.alpha_path([1.0])


@pytest.mark.parametrize("readout", [RidgeReadout(), RidgeReadoutCV(cv=3), RecursiveRidgeReadout()])
def test_chunks_have_the_outputs_of_the_first(readout):
    x, y = problem()
    told = "y must have 2 outputs, as in the calls before; got 1"
    alone = clone(readout).partial_fit(x[:60], y[:60])
    before = alone.coef_.copy()
    with pytest.raises(ValueError, match=told):
        alone.partial_fit(x[60:], y[60:, :1])
    np.testing.assert_array_equal(alone.solved(alone.statistics_, squeeze=False).coef_, before)
    with pytest.raises(TypeError, match="readouts are values: write r = r.solved"):
        alone.finish(alone.statistics_, squeeze=False)
    u, y = series()
    network = esn(readout).partial_fit(u[:300], y[:300])
    for learn in (network.partial_fit, network.predict_then_update):
        with pytest.raises(ValueError, match=told):
            learn(u[300:], y[300:, 0])


@pytest.mark.parametrize("readout", [RidgeReadoutCV([1.0]), RidgeReadoutCV([0.1, 5.0])])
def test_deviations_of_fewer_rows_than_features(readout):
    """What lies across all rows is as uncertain as the prior says, 1 / alpha."""
    rng = np.random.default_rng(0)
    x, unseen = rng.standard_normal((20, 60)), rng.standard_normal((5, 60))
    readout.fit(x, x[:, 0] + 0.5 * rng.standard_normal(20))
    alpha, centred = float(np.ravel(readout.alpha_)[0]), x - x.mean(axis=0)
    system = np.linalg.inv(centred.T @ centred + alpha * np.eye(60))
    gap = unseen - x.mean(axis=0)
    _, std = readout.predict(unseen, return_std=True)
    ratio = std**2 / (1 + 1 / 20 + np.einsum("ij,jk,ik->i", gap, system, gap))
    np.testing.assert_allclose(ratio, ratio[0], rtol=1e-6)


# what is derived, and what is merged


def test_what_is_derived_from_a_network_never_changes_it():
    u, y = series()
    network = esn(RidgeReadout(1e-3, washout=11)).fit(u[:300], y[:300])
    before, weight = network.predict(u[:50]), network.readout_.statistics_.weight
    assert weight == 289
    other, (path,) = network.resolved(alpha=1.0), network.alpha_path([1e-2])
    for derived in (other, path):
        derived.partial_fit(u[300:], y[300:])
        assert derived.readout_.statistics_.weight == 589
        derived.predict_then_update(u[:20], y[:20])
    assert network.readout_.statistics_.weight == weight
    np.testing.assert_array_equal(network.predict(u[:50]), before)
    np.testing.assert_array_equal(network.resolved(alpha=1e-3).predict(u[:50]), before)
    with pytest.raises(ValueError, match="read-only"):
        network.readout_.statistics_.fade(0.5)


def test_merged_parts_have_the_noise_of_the_whole():
    u, y = zip(*(series(80, seed) for seed in range(6)), strict=True)
    network = ESNRegressor(Reservoir(40, noise=0.05, random_state=0), RidgeReadout(1e-4, washout=5))
    whole = clone(network).fit(list(u), list(y))
    parts = [
        network.statistics(list(u[k : k + 2]), list(y[k : k + 2]), first_sequence=k)
        for k in (0, 2, 4)
    ]
    merged = clone(network).fit_statistics(sum(parts))
    np.testing.assert_allclose(merged.readout_.coef_, whole.readout_.coef_, rtol=0, atol=1e-8)
    again = network.statistics(list(u[2:4]), list(y[2:4]))
    spoilt = clone(network).fit_statistics(parts[0] + again + parts[2])
    assert np.abs(spoilt.readout_.coef_ - whole.readout_.coef_).max() > 0.01


def test_merged_parts_carry_type_and_names():
    u, y = series()
    network = esn(RidgeReadout(1e-3, washout=5))
    single = network.statistics(u.astype(np.float32), y)
    with pytest.raises(ValueError, match="of one form to be added.*float32.*float64"):
        single + network.statistics(u, y)
    merged = clone(network).fit_statistics(single)
    assert merged.reservoir_.update_.dtype == np.float32
    frame = pd.DataFrame(u, columns=[f"u{k}" for k in range(u.shape[1])])
    named = network.statistics(frame, y)
    with pytest.raises(ValueError, match="of one form to be added.*'u0'"):
        named + network.statistics(u, y)
    merged = clone(network).fit_statistics(named + named)
    assert merged.feature_names_in_.tolist() == list(frame.columns)
    with pytest.raises(ValueError, match="feature names should match"):
        merged.predict(frame.rename(columns={"u0": "v"}))
