"""Single lines that could be wrong unseen: each is told from its likeliest mistake."""

import itertools

import numpy as np
import pytest
from joblib import parallel_config
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge

from reservoir import (
    ESNClassifier,
    ESNForecaster,
    ESNRegressor,
    OutputModelSpace,
    Reservoir,
    ReservoirModelSpace,
    RidgeReadout,
    RidgeReadoutClassifier,
    RidgeReadoutCV,
)
from reservoir.dynamics import Rule, Stepper, synchronisation_time
from reservoir.esn.bands import PIECES, calibrate
from reservoir.interchange import from_tslearn
from reservoir.model_selection import ForecastSearchCV, halving, make_forecast_scorer
from reservoir.model_selection.candidates import results_of

# bands


class Spy(BaseEstimator):
    """Remembers what it was fitted on and asked to forecast."""

    log: list = []

    def fit(self, x, exog=None):
        self.seen_ = x
        return self

    @property
    def levels_(self):
        return self

    def transformed(self, x):
        return x

    def of_forecasts(self, forecasts):
        return np.stack(forecasts)

    def rolling_forecast(self, x, n_steps, step, exog=None):
        Spy.log.append((int(self.seen_[-1, 0]), int(x[0, 0]), len(self.seen_)))
        return np.zeros(((len(x) - n_steps) // step + 1, n_steps, 1))


def test_bands_are_calibrated_piece_by_piece_on_what_was_not_trained_on():
    Spy.log.clear()
    calibrate(Spy(), np.arange(400.0)[:, None], None, 5)
    assert len(Spy.log) == PIECES
    lengths = [n for *_, n in Spy.log]
    assert lengths == [200, 250, 300, 350]
    for last_trained, first_forecast, _ in Spy.log:
        assert first_forecast == last_trained + 1


# classifiers


def blobs(n=90, d=4, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(n_classes, size=n)
    return rng.standard_normal((n, d)) + np.eye(n_classes, d)[codes], codes, rng.uniform(0.2, 3, n)


def likeliest(decisions, codes, weight):
    """The inverse temperature by a plain minimisation."""

    def loss(log_beta):
        log = log_softmax(np.exp(log_beta) * decisions, axis=1)
        return -(weight * log[np.arange(len(codes)), codes]).sum()

    found = minimize_scalar(loss, bounds=(np.log(0.1), np.log(100.0)), method="bounded")
    return np.exp(found.x)


def without_each(x, codes, weight, alphas):
    """Decisions of weighted ridge regression without one row each, by brute force."""
    y = 2.0 * np.eye(codes.max() + 1)[codes] - 1.0
    decisions = np.empty_like(y)
    for k, j in itertools.product(range(len(x)), range(y.shape[1])):
        kept = np.arange(len(x)) != k
        w = weight.copy()
        w[k] -= 1.0  # one row of its weight is left out
        rows = kept | (w > 0)
        centre = np.average(x[rows], axis=0, weights=w[rows])
        mean = np.average(y[rows, j], weights=w[rows])
        xc, yc = x[rows] - centre, y[rows, j] - mean
        system = (xc * w[rows, None]).T @ xc + alphas[j] * np.eye(x.shape[1])
        coef = np.linalg.solve(system, (xc * w[rows, None]).T @ yc)
        decisions[k, j] = mean + coef @ (x[k] - centre)
    return decisions


def test_temperature_and_decisions_are_weighted_and_of_each_class_alone():
    x, codes, weight = blobs(40)
    weight += 1.0
    readout = RidgeReadoutCV([0.1, 3.0, 100.0], alpha_per_target=True)
    model = RidgeReadoutClassifier(readout).fit(x, codes, weight)
    alphas = np.asarray(model.alpha_)
    assert len(np.unique(alphas)) > 1
    decisions = without_each(x, codes, weight, alphas)
    beta = likeliest(decisions, codes, weight)
    assert model.inverse_temperature_ == pytest.approx(beta, rel=1e-4)
    plain = likeliest(decisions, codes, np.ones(40))
    assert abs(plain / beta - 1) > 1e-2  # else the weights would not show


def test_judged_rows_have_their_own_weights(monkeypatch):
    monkeypatch.setattr("reservoir.readouts.classifier.MOST_JUDGED", 45)
    x, codes, weight = blobs()
    weight[::2] *= 5
    model = RidgeReadoutClassifier(alphas=[1.0]).fit(x, codes, weight)
    y = 2.0 * np.eye(3)[codes] - 1.0
    centre, mean = (np.average(a, axis=0, weights=weight) for a in (x, y))
    system = ((x - centre) * weight[:, None]).T @ (x - centre) + np.eye(4)
    judged, decisions = slice(None, None, 2), []
    for k in range(0, 90, 2):  # leave-one-out in closed form
        gap = x[k] - centre
        lever = 1 / weight.sum() + gap @ np.linalg.solve(system, gap)
        cross = ((x - centre) * weight[:, None]).T @ (y - mean)
        error = (y[k] - mean - gap @ np.linalg.solve(system, cross)) / (1 - lever)
        decisions.append(y[k] - error)
    beta = likeliest(np.array(decisions), codes[judged], weight[judged])
    assert model.inverse_temperature_ == pytest.approx(beta, rel=1e-4)
    spoilt = likeliest(np.array(decisions), codes[judged], weight[:45])
    assert abs(spoilt / beta - 1) > 1e-3


def test_the_temperature_of_steps_leaves_the_washout_out():
    rng = np.random.default_rng(0)
    X = [rng.standard_normal((30, 1)) for _ in range(8)]
    y = [(np.roll(x[:, 0], 1) + 0.3 * rng.standard_normal(30) > 0).astype(int) for x in X]
    for labels in y:
        labels[:10] = 1 - labels[:10]  # nonsense within the washout
    readout = RidgeReadoutClassifier(RidgeReadout(1e-2, washout=10))
    model = ESNClassifier(Reservoir(20, random_state=0), readout=readout).fit(X, y)
    outputs = model.network_.outputs(model._scaled(model_sequences(X)), np.zeros((20, 8)))
    decisions = np.concatenate([o[10:] for o in outputs])
    codes = np.concatenate([c[10:] for c in y])
    beta = likeliest(decisions, codes, np.ones(len(codes)))
    assert model.readout_.inverse_temperature_ == pytest.approx(beta, rel=1e-4)


def model_sequences(X):
    from reservoir.sequences import Sequences

    return Sequences("list", X)


def test_the_default_reservoir_of_a_classifier():
    X = np.random.default_rng(0).standard_normal((8, 30, 4))
    model = ESNClassifier(random_state=0).fit(X, np.arange(8) % 2)
    assert model.reservoir_.update_.dtype == np.float32
    together = model.reservoir_.reservoirs[1].reservoirs[0]  # the units that are told all channels
    assert together.input_scaling == pytest.approx(0.3 / 2)
    steps = ESNClassifier(random_state=0).fit(X, np.tile(np.arange(30) % 2, (8, 1)))
    assert steps.reservoir_.update_.dtype == np.float64


# readouts and networks


def test_leave_one_out_is_a_weighted_mean():
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((30, 3)), rng.integers(1, 4, 30).astype(float)
    y = x[:, 0] + rng.standard_normal(30)
    readout = RidgeReadoutCV([0.5]).fit(x, y, weight)
    errors = []
    for k in range(30):
        w = weight.copy()
        w[k] = 0.0
        ridge = Ridge(0.5).fit(x, y, w)
        errors.append(y[k] - ridge.predict(x[k : k + 1])[0])
    wanted = np.average(np.square(errors), weights=weight)
    assert -readout.best_score_ == pytest.approx(wanted, rel=1e-9)


def test_shares_of_sequences_have_their_own_noise():
    u = [np.random.default_rng(k).uniform(-1, 1, (60, 1)) for k in range(6)]
    y = [np.roll(x, 1, axis=0) for x in u]
    esn = ESNRegressor(Reservoir(20, noise=0.1, random_state=0), RidgeReadout(1e-3, washout=5))
    one = esn.fit(u, y).readout_.coef_
    with parallel_config(backend="threading"):
        two = esn.set_params(n_jobs=2).fit(u, y).readout_.coef_
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-9)


def test_a_merge_has_the_longer_washout():
    u = np.random.default_rng(0).uniform(-1, 1, (400, 1))
    esn = ESNRegressor(random_state=0)
    long, short = esn.statistics(u, u), esn.statistics(u[:60], u[:60])
    assert long.washout > short.washout
    for total in (long + short, short + long):
        assert total.washout == long.washout
        assert ESNRegressor(random_state=0).fit_statistics(total).washout_ == long.washout


class Held(Rule):
    """Takes a loud input as its state, and holds it while the input is quiet."""

    n_features = n_state = n_seen = 1

    def stepper(self, state):
        return HeldStepper(state)


class HeldStepper(Stepper):
    def __init__(self, state):
        self.state, self.input = state.copy(), np.zeros((1, state.shape[1]))
        self.seen = self.state

    def step(self, noise=None):
        np.copyto(self.state, self.input, where=np.abs(self.input) > 0.5)


def test_synchronisation_is_measured_where_the_input_is_quiet_too():
    loud = np.where(np.arange(6000) % 2, 1.0, -1.0)[:, None]
    assert synchronisation_time(Held(), [loud], 100) is not None
    quiet = loud.copy()
    quiet[1000:1600] *= 0.1  # neither at the start, nor in the middle, nor at the end
    assert synchronisation_time(Held(), [quiet], 100) is None


# searches


def test_the_spread_of_scores_is_weighted():
    scores, weights = np.array([[-1.0, -4.0]]), [3.0, 1.0]
    found = results_of([{"a": 1}], scores, weights, np.zeros(1, dtype=int), np.ones(1, dtype=int))
    assert found["mean_test_score"][0] == pytest.approx(-1.75)
    assert found["std_test_score"][0] == pytest.approx(np.sqrt(3 / 4 * 0.75**2 + 1 / 4 * 2.25**2))


def test_halving_weighs_folds_by_their_forecasts(monkeypatch):
    """The last fold holds few forecasts; a candidate that is better there alone drops out."""
    monkeypatch.setattr(halving, "LEAST_ROWS", 10)
    score = {1: [-1.0, -9.0], 2: [-2.0, -2.0]}
    longest = {}

    def validate(estimator, settings, scorer, X, folds, rows, start):
        (setting,) = settings
        longest[setting["n"]] = rows
        return np.array([score[setting["n"]]]), None

    monkeypatch.setattr(halving, "validate", validate)
    monkeypatch.setattr(ForecastSearchCV, "_refit", lambda self, X, exog: self)
    from sklearn.model_selection import TimeSeriesSplit

    ForecastSearchCV(
        ESNForecaster(), {"n": [1, 2]}, n_best=1, factor=2, refit_folds=False,
        cv=TimeSeriesSplit(2, test_size=20), scoring=make_forecast_scorer(20, step=2),
    ).fit(np.zeros((100, 1)))  # fmt: skip
    assert longest[1] is None  # it came to the last round
    assert longest[2] is not None


def test_folds_of_their_own_are_for_those_who_are_good_on_all_by_one_fit(monkeypatch):
    fits = []
    score = {n: [-float(n), -float(n)] for n in range(6)}

    def validate(estimator, settings, scorer, X, folds, rows, start):
        (setting,) = settings
        fits.append((setting["n"], len(folds)))
        return np.array([score[setting["n"]][: len(folds)]]), None

    monkeypatch.setattr(halving, "validate", validate)
    monkeypatch.setattr(ForecastSearchCV, "_refit", lambda self, X, exog: self)
    from sklearn.model_selection import TimeSeriesSplit

    options = {"scoring": make_forecast_scorer(20), "n_best": 1}
    grid, cv = {"n": [5, 1, 3, 0, 2, 4]}, TimeSeriesSplit(2, test_size=20)
    x = np.zeros((100, 1))
    found = ForecastSearchCV(ESNForecaster(), grid, factor=3, cv=cv, **options).fit(x)
    assert fits == [(n, 2) for n in grid["n"]] + [(0, 1), (0, 1), (1, 1), (1, 1)]
    assert found.cv_results_["iter"].tolist() == [0, 1, 0, 1, 0, 0]
    assert found.cv_results_["params"][found._ranked()[0]] == {"n": 0}
    fits.clear()
    ForecastSearchCV(ESNForecaster(), grid, cv=cv, **options).fit(x)
    assert fits == [(n, 1) for n in grid["n"] for _ in range(2)]
    gone = [(np.arange(40), np.arange(40, 60)), (np.arange(70), np.arange(70, 90))]
    fits.clear()
    ForecastSearchCV(ESNForecaster(), grid, factor=3, cv=gone, **options).fit(x)
    assert fits == [(n, 1) for n in grid["n"] for _ in gone]  # one fit would not reach the second


# forms


def test_the_shortest_of_a_list_is_told():
    x = [np.zeros((50, 1)), np.zeros((2, 1))]
    with pytest.raises(ValueError, match="sequences of at least 3 steps; the shortest has 2"):
        ESNForecaster().fit(x)


def test_a_gap_within_a_sequence_is_no_padding():
    X = np.array([[[1.0], [np.nan], [3.0], [np.nan]], [[1.0], [2.0], [3.0], [4.0]]])
    first, second = from_tslearn(X)
    assert first.shape == (3, 1)
    assert np.isnan(first[1, 0])
    assert second.shape == (4, 1)


@pytest.mark.parametrize("n_steps", [2, 3, 7])
def test_model_spaces_hold_every_transition(n_steps):
    x = np.random.default_rng(0).standard_normal((n_steps, 3))
    ridge = Ridge(1.0).fit(x[:-1], x[1:])
    row = ReservoirModelSpace().fit_transform(x[None])[0]
    np.testing.assert_allclose(row, np.r_[ridge.coef_.ravel(), ridge.intercept_], atol=1e-10)
    (steps,) = ReservoirModelSpace().fit(x[None]).transform_steps(x[None])
    np.testing.assert_array_equal(steps[0], steps[1])
    np.testing.assert_allclose(steps[-1], row, atol=1e-10)
    ridge = Ridge(1.0).fit(x[:-1, :2], x[1:, 2:])
    row = OutputModelSpace(1).fit_transform(x[None])[0]
    np.testing.assert_allclose(row, np.r_[ridge.coef_.ravel(), ridge.intercept_], atol=1e-10)
