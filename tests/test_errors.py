"""Bad input: a clear error that names the parameter, the value and what is allowed."""

import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.base import clone
from sklearn.pipeline import make_union

from reservoir import ESNClassifier, ESNForecaster, ESNRegressor, Reservoir, RidgeReadout

U = np.random.default_rng(0).uniform(-1, 1, (50, 2))
Y = U[:, 0]

LEARNERS = [RidgeReadout(), ESNRegressor(Reservoir(5)), ESNForecaster(Reservoir(5))]
ALL = [Reservoir(5), *LEARNERS]
BY_NAME = {"ids": lambda estimator: type(estimator).__name__}


def with_nan(value):
    spoilt = U.copy()
    spoilt[3, 1] = value
    return spoilt


BAD_X = {
    "NaN": (with_nan(np.nan), "Input X contains NaN"),
    "infinity": (with_nan(np.inf), "Input X contains infinity"),
    "empty": (np.empty((0, 2)), "Found array with 0 sample"),
    "no features": (np.empty((50, 0)), r"0 feature\(s\) \(shape=\(50, 0\)\)"),
    "1-D": (U[:, 0], "Expected 2D array, got 1D array instead"),
    "complex": (U + 1j, "Complex data not supported"),
    "text": (np.full((50, 2), "a"), "could not convert string to float"),
    "4-D": (np.zeros((2, 3, 4, 5)), "Found array with dim 4"),
    "unequal widths": ([U, U[:, :1]], r"same number of features; got \[1, 2\]"),
    "1-D series of unequal lengths": ([[1.0, 2.0], [1.0]], "list of rows of unequal lengths"),
    "NaN in a list": ([U, with_nan(np.nan)], r"Input X\[1\] contains NaN"),
    "NaN in a panel": (np.stack([U, with_nan(np.nan)]), r"Input X\[1\] contains NaN"),
    "no features in a panel": (np.ones((2, 5, 0)), r"at least 1 feature; got 0 feature\(s\)"),
    "empty in a list": ([U, U[:0]], "Found array with 0 sample"),
    "empty list": ([], "Expected 2D array, got 1D array|Found array with 0 sample"),
}  # fmt: skip


#: What a forecaster takes as it is.
TAKEN = ("1-D", "NaN", "NaN in a list", "NaN in a panel")


@pytest.mark.parametrize("estimator", ALL, **BY_NAME)
@pytest.mark.parametrize("kind", BAD_X)
def test_bad_x_at_fit(estimator, kind):
    X, message = BAD_X[kind]
    if kind in TAKEN and isinstance(estimator, ESNForecaster):
        pytest.skip("one array of numbers is one series; NaN is a row that was not seen")
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, np.zeros(len(X)))


@pytest.mark.parametrize("estimator", ALL, **BY_NAME)
@pytest.mark.parametrize("kind", BAD_X)
def test_bad_x_after_fit(estimator, kind):
    X, message = BAD_X[kind]
    if kind.startswith("NaN") and isinstance(estimator, ESNForecaster):
        pytest.skip("NaN is a row that was not seen")
    estimator.fit(U, Y)
    answer = getattr(estimator, "predict", None) or estimator.transform
    with pytest.raises(ValueError, match=message):
        answer(X)


@pytest.mark.parametrize("estimator", ALL, **BY_NAME)
def test_another_width(estimator):
    answer = estimator.fit(U, Y)
    answer = getattr(estimator, "predict", None) or estimator.transform
    name = type(estimator).__name__
    message = f"X has 3 features, but {name} is expecting 2 features as input"
    for X in (np.ones((5, 3)), np.ones((2, 5, 3)), [np.ones((5, 3))]):
        with pytest.raises(ValueError, match=message):
            answer(X)


@pytest.mark.parametrize("estimator", ALL, **BY_NAME)
def test_sparse_input(estimator):
    with pytest.raises(TypeError, match="Sparse data was passed|dense array"):
        estimator.fit(sp.csr_array(U), Y)
    with pytest.raises(TypeError, match=r"X\[0\] must be a dense array; got a sparse csr_array"):
        estimator.fit([sp.csr_array(U)], [Y])


@pytest.mark.parametrize("estimator", LEARNERS, **BY_NAME)
def test_one_row_is_not_enough_to_learn_from(estimator):
    with pytest.raises(ValueError, match="1 sample"):
        estimator.fit(U[:1], Y[:1])


@pytest.mark.parametrize("estimator", LEARNERS[:2], **BY_NAME)
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (U, Y[:-1], "y must have one row per step of X; sequence 0 has 50 steps, got 49"),
        (U, np.where(Y > 0, Y, np.inf), "Input y contains infinity"),
        (U, None, "requires y to be passed, but the target y is None"),
        (U, np.full(50, np.nan), r"y must hold at least 2 samples after washout=\d; got 0 samples"),
        (U, np.zeros((50, 2, 2)), r"y must have 1 to 2 dimensions; got shape \(50, 2, 2\)"),
        ([U, U], [Y], r"y must have one entry per sequence of X \(2\); got 1"),
        ([U, U], [Y, Y[:-1]], "sequence 1 has 50 steps, got 49"),
        ([U, U], [Y, np.stack([Y, Y], axis=1)], "y must have the same number of outputs"),
        (np.stack([U, U]), np.zeros(3), r"y must have one entry per sequence of X \(2\); got 3"),
    ],
)
def test_bad_targets(estimator, X, y, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(X, y)


@pytest.mark.parametrize("estimator", LEARNERS[:2], **BY_NAME)
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (-np.ones(50), r"sample_weight must be ≥ 0; got -1"),
        (np.ones(49), r"sample_weight must have shape \(50,\); got \(49,\)"),
        (np.full(50, np.nan), "Input sample_weight contains NaN"),
        (np.zeros(50), "y must hold at least 2 samples"),
    ],
)
def test_bad_weights(estimator, weight, message):
    with pytest.raises(ValueError, match=message):
        estimator.fit(U, Y, sample_weight=weight)


def bad(name):
    return f"The '{name}' parameter of Reservoir must be.*"


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_units": 0}, bad("n_units") + r"an int in the range \[1, inf\). Got 0 instead"),
        ({"n_units": 2.5}, bad("n_units") + r"Got 2.5 instead"),
        ({"spectral_radius": -0.9}, bad("spectral_radius") + r"Got -0.9 instead"),
        ({"spectral_radius": np.nan}, bad("spectral_radius") + r"Got nan instead"),
        ({"leak_rate": 0.0}, bad("leak_rate") + r"a float in the range \(0.0, 1.0\]"),
        ({"leak_rate": 1.5}, bad("leak_rate") + r"Got 1.5 instead"),
        ({"leak_rate": [0.5, 1.5, 0.1, 0.2, 0.3]}, r"leak_rate must be in \(0, 1\] for every unit"),
        ({"leak_rate": [0.5, 0.5]}, r"leak_rate must be one number or one per unit \(5\); got 2"),
        ({"input_scaling": np.inf}, bad("input_scaling") + r"Got inf instead"),
        ({"input_scaling": [1, 2, 3]}, r"one number or one per feature \(2\); got 3"),
        ({"bias_scaling": -1.0}, bad("bias_scaling") + r"Got -1.0 instead"),
        ({"connectivity": 0}, bad("connectivity") + r"Got 0 instead"),
        ({"connectivity": 1.5}, bad("connectivity") + r"Got 1.5 instead"),
        ({"topology": "star"}, bad("topology") + r"a str among \{.*'ring'.*Got 'star' instead"),
        ({"topology": np.ones((3, 3))}, r"topology must give a matrix of shape \(5, 5\)"),
        ({"topology": np.full((5, 5), np.nan)}, "topology must give a finite matrix; got NaN"),
        ({"topology": np.zeros((5, 5))}, "spectral_radius must be None or 0 for a matrix whose"),
        ({"input_weights": np.full((5, 2), np.inf)}, "input_weights must give a finite matrix"),
        ({"topology": np.eye(5) * 1j}, "topology must give a matrix of real numbers; complex"),
        ({"topology": [["a"] * 5] * 5}, "topology must give a matrix of real numbers; could not"),
        ({"leak_rate": ["a"] * 5}, r"leak_rate must be real numbers; got \['a', 'a'"),
        ({"input_weights": "normal"}, bad("input_weights") + r"Got 'normal' instead"),
        ({"input_weights": np.ones((2, 5))}, r"input_weights must give a matrix of shape \(5, 2\)"),
        ({"activation": "softmax"}, bad("activation") + r"Got 'softmax' instead"),
        ({"random_state": "now"}, bad("random_state") + r"Got 'now' instead"),
    ],
    ids=str,
)  # fmt: skip
def test_bad_reservoir_parameters(parameters, message):
    reservoir = Reservoir(**{"n_units": 5, **parameters})  # never in __init__
    with pytest.raises(ValueError, match=message):
        reservoir.fit(U)
    with pytest.raises(ValueError, match=message):
        ESNRegressor(reservoir).fit(U, Y)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"alpha": -1.0}, "The 'alpha' parameter of RidgeReadout must be .*Got -1.0 instead"),
        ({"alpha": [1.0, 2.0]}, r"one number or one per output \(1\); got shape \(2,\)"),
        ({"alpha": [-1.0]}, r"alpha must be finite and ≥ 0; got \[-1.0\]"),
        ({"washout": -1}, "The 'washout' parameter of RidgeReadout must be .*Got -1 instead"),
        ({"washout": "some"}, "The 'washout' parameter of RidgeReadout .*Got 'some' instead"),
        ({"washout": 50}, "y must hold at least 2 samples after washout=50; got 0 samples"),
        ({"fit_intercept": "no"}, "The 'fit_intercept' parameter of RidgeReadout must be"),
    ],
    ids=str,
)  # fmt: skip
def test_bad_readout_parameters(parameters, message):
    for model in (
        RidgeReadout(**parameters),
        ESNRegressor(Reservoir(5), RidgeReadout(**parameters)),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(U, Y)


@pytest.mark.parametrize("differences", [(0,), (1, -2), (1.5,), ("a",)])
def test_bad_differences(differences):
    message = re.escape(f"differences must be a sequence of integers ≥ 1; got {differences!r}.")
    with pytest.raises(ValueError, match=message):
        ESNForecaster(differences=differences).fit(U)


def test_bad_parts():
    with pytest.raises(ValueError, match="The 'reservoir' parameter of ESNRegressor must be"):
        ESNRegressor(0.9).fit(U, Y)
    with pytest.raises(ValueError, match="The 'readout' parameter of ESNForecaster must be"):
        ESNForecaster(Reservoir(5), 1e-6).fit(U)


def test_misspelt_parameters():
    with pytest.raises(TypeError, match="spectral_raduis"):
        Reservoir(spectral_raduis=0.9)
    with pytest.raises(ValueError, match="Invalid parameter 'alhpa' for estimator RidgeReadout"):
        ESNRegressor(readout=RidgeReadout()).set_params(readout__alhpa=1.0)


def test_bad_forecasts():
    model = ESNForecaster(Reservoir(5), differences=(10,)).fit(U)
    for n_steps in (0, -3, 2.5, "ten"):
        with pytest.raises(ValueError, match=f"n_steps must be an integer ≥ 1; got {n_steps!r}"):
            model.forecast(n_steps)
    few = (
        "context has {} rows, where this forecaster needs 11: it looks at differences over 10 rows"
    )
    with pytest.raises(ValueError, match=few.format(10)):
        model.forecast(5, context=U[:10])
    with pytest.raises(ValueError, match=few.format(4)):
        model.forecast(5, context=[U, U[:4]])
    with pytest.raises(ValueError, match="X contains NaN alone in column 0: leave it out"):
        model.forecast(5, context=np.full((30, 2), np.nan))
    with pytest.raises(
        ValueError, match="on_divergence must be 'raise', 'nan' or 'clip'; got 'stop'"
    ):
        model.forecast(5, on_divergence="stop")
    with pytest.raises(ValueError, match=r"12 sample\(s\) .* while a minimum of 13 is required"):
        ESNForecaster(differences=(10,)).fit(U[:12])


@pytest.mark.filterwarnings("ignore:the inputs drive")
def test_overflow():
    with pytest.raises(ValueError, match="x and y are too large: their squares overflow"):
        RidgeReadout().fit(U * 1e200, Y)
    with pytest.raises(ValueError, match="X is too large: its squares overflow"):
        ESNForecaster().fit(U * 1e200)
    growing = Reservoir(20, activation="identity", spectral_radius=5, random_state=0)
    long = np.tile(U, (20, 1))
    message = "states grew beyond the floating-point numbers. Lower spectral_radius"
    with pytest.raises(ValueError, match=message):
        ESNRegressor(growing).fit(long, long)
    with pytest.raises(ValueError, match=message):
        growing.fit(long).transform(long)
    # tanh is bounded, so inputs of any finite size are taken
    assert np.isfinite(Reservoir(5).fit_transform(U * 1e300)).all()
    assert np.isfinite(ESNRegressor(Reservoir(5)).fit(U * 1e300, Y).predict(U * 1e300)).all()


# what scikit-learn, numpy and pandas would tell in words of their own


def test_one_hot_labels_are_told():
    X = np.random.default_rng(0).normal(size=(10, 30, 1))
    codes = np.array([0, 1, 2, 0, 1] * 2)
    for y in (np.eye(3)[codes], np.eye(3, dtype=bool)[codes], pd.get_dummies(pd.Series(codes))):
        for data in (X, list(X)):
            with pytest.raises(ValueError, match=r"y of shape \(10, 3\) is one-hot, .*y.argmax"):
                ESNClassifier(Reservoir(5)).fit(data, y)
    events = np.eye(30, dtype=int)[codes]  # of the steps of a panel
    assert ESNClassifier(Reservoir(5)).fit(X, events).predict(X).shape == (10, 30)


def test_a_union_on_a_list_is_told():
    union = make_union(Reservoir(5), Reservoir(6))
    for lists in ([U, U[:20]], [U, U]):
        with pytest.raises(ValueError, match="a list, an array each, and a union or a step"):
            union.fit_transform(lists)
    states = Reservoir(5).fit_transform([U, U[:20]])
    assert isinstance(states, list)
    assert np.stack(Reservoir(5).fit_transform([U, U])).shape == (2, 50, 5)


@pytest.mark.parametrize(
    ("X", "told"),
    [
        (None, "a list of .* arrays; got NoneType"),
        ("data.csv", "a list of .* arrays; got str"),
        ({"a": [1.0, 2.0]}, "a list of .* arrays; got dict"),
        (pd.DataFrame(), "Found array with 0 .*X is empty"),
        (
            pd.DataFrame({"shop": ["north", "south"] * 20, "sales": 1.0}),
            r"a column of text, 'shop', which holds 'north': .*X.drop\(.*pandas.get_dummies\(",
        ),
    ],
    ids=["None", "a file", "a dict", "empty", "text"],
)
@pytest.mark.parametrize("estimator", [ESNForecaster(), ESNRegressor(Reservoir(5)), Reservoir(5)])
def test_what_is_no_series(estimator, X, told):
    with pytest.raises(ValueError, match=told):
        estimator.fit(X, np.zeros(40))


def test_targets_of_other_dates_are_told():
    days = pd.date_range("2020-01-01", periods=50)
    X = pd.DataFrame(U, index=days)
    y = pd.Series(U[:, 0], index=days + pd.Timedelta(days=1))
    with pytest.raises(ValueError, match="y must have the dates of the rows that it stands beside"):
        ESNRegressor(Reservoir(5)).fit(X, y)
    ESNRegressor(Reservoir(5)).fit(X, y.reset_index(drop=True))


@pytest.mark.parametrize(
    "estimator",
    [ESNRegressor(Reservoir(5)), ESNForecaster(Reservoir(5)), Reservoir(5)],
    ids=lambda e: type(e).__name__,
)
def test_a_generator_is_a_seed(estimator):
    answers = []
    for seed in (1, 1, 2):
        fitted = clone(estimator).set_params(random_state=np.random.default_rng(seed)).fit(U, Y)
        answers.append(getattr(fitted, "predict", None) or fitted.transform)
    one, same, other = (answer(U[:20]) for answer in answers)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other, equal_nan=True)
