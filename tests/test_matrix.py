"""Bad input to everything public: refused in words that name it, or taken for what it is."""

import inspect
import pickle
import traceback

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

from reservoir import (
    ESNForecaster,
    ESNRegressor,
    Reservoir,
    RidgeReadout,
    RidgeReadoutCV,
    datasets,
    interchange,
    metrics,
    model_selection,
)
from reservoir.model_selection import forecasting_search

from .test_interrupts import CASES, LABELS, U, Y

#: What may stand where data are asked for.
DATA = {
    "None": None,
    "text": "abc",
    "a mapping": {"a": 1},
    "a number": 3,
    "an empty list": [],
    "NaN": np.full((60, 2), np.nan),
    "infinity": np.full((60, 2), np.inf),
    "complex": U + 1j,
    "four axes": np.zeros((2, 2, 2, 2)),
    "no rows": U[:0],
    "no columns": U[:, :0],
    "a column of text": pd.DataFrame({"a": list("abc")}),
    "a column of dates": pd.DataFrame({"a": pd.date_range("2020-01-01", periods=60)}),
    "dates": np.array(["2020-01-01"] * 60, dtype="M8[D]"),
    "categories": pd.DataFrame({"a": pd.Categorical(list("ab") * 30)}),
    "a list of None": [None, None],
    "a generator": (row for row in U),
    "a set": {1, 2},
    "a list of all sorts": [U, "a"],
    "other widths": [U, U[:, :1]],
    "huge": U * 1e308,
}
#: What may stand where a number is asked for.
NUMBERS = {
    "None": None, "text": "abc", "zero": 0, "minus one": -1, "a half": 1.5, "NaN": np.nan,
    "infinity": np.inf, "a list": [1, 2], "an empty list": [], "a mapping": {},
}  # fmt: skip
#: Words of NumPy, pandas or Python that name nothing.
ALIEN = (
    "object is not", "unsupported operand", "has no attribute", "cannot unpack", "not iterable",
    "index out of range", "zero-size array", "an integer is required", "zip() argument",
    "expected a sequence of integers",
)  # fmt: skip


def problem(call):
    """Return what is wrong with the outcome of a call, or nothing."""
    try:
        answer = call()
    except (ValueError, TypeError) as error:
        where = traceback.extract_tb(error.__traceback__)[-1].filename
        told = "/reservoir/" in where or "/sklearn/" in where
        alien = any(words in str(error) for words in ALIEN)
        return None if told and not alien else f"{where}: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    numbers = isinstance(answer, np.ndarray) and answer.dtype.kind == "f"
    return "infinite" if numbers and np.isinf(answer).any() else None


def wrong(calls):
    found = {what: problem(call) for what, call in calls.items()}
    return {what: told for what, told in found.items() if told}


def answer_of(model, X):
    for method in ("transform", "predict"):
        if hasattr(model, method):
            return getattr(model, method)(X)
    return model.forecast(3)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_bad_data_at_fit(name):
    estimator, data, _ = CASES[name]

    def fitted(X):
        return answer_of(clone(estimator).fit(X, *data[1:]), X)

    assert not wrong({what: lambda X=X: fitted(X) for what, X in DATA.items()})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_bad_data_after_fit(name):
    estimator, data, _ = CASES[name]
    fitted = pickle.dumps(clone(estimator).fit(*data))
    for method in ("transform", "predict", "predict_proba", "decision_function", "score",
                   "partial_fit", "predict_then_update", "refit_on"):  # fmt: skip
        if not hasattr(pickle.loads(fitted), method):
            continue
        more = data[1:] if method in ("score", "partial_fit", "predict_then_update") else ()

        def call(X, method=method, more=more):
            return getattr(pickle.loads(fitted), method)(X, *more)

        assert not wrong({what: lambda X=X: call(X) for what, X in DATA.items()}), method
    if hasattr(pickle.loads(fitted), "forecast"):
        model = pickle.loads(fitted)
        calls = {what: lambda X=X: model.forecast(3, context=X) for what, X in DATA.items()}
        calls.pop("huge")  # what it makes of them is as large
        calls |= {f"{n} steps": lambda n=n: model.forecast(n) for n in NUMBERS.values()}
        assert not wrong(calls)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("what", ["targets", "weights", "targets of a score"])
@pytest.mark.parametrize("name", [name for name, (_, data, _) in CASES.items() if len(data) == 2])
def test_bad_targets_and_weights(name, what):
    estimator, (X, y), _ = CASES[name]

    def call(part):
        if what == "targets":
            return clone(estimator).fit(X, part).predict(X)
        if what == "weights":
            return clone(estimator).fit(X, y, sample_weight=part).predict(X)
        return clone(estimator).fit(X, y).score(X, part)

    of_dates = ("a column of dates", "dates", "categories")  # labels may be any of these
    taken = of_dates if set(np.ravel(y)) <= {0, 1} and what != "weights" else ()
    calls = {k: lambda part=part: call(part) for k, part in DATA.items() if k not in taken}
    assert not wrong(calls)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CASES)
def test_bad_parameters(name):
    estimator, data, _ = CASES[name]
    for parameter in estimator.get_params(deep=False):
        if parameter in ("n_jobs", "verbose", "memory"):  # joblib's own words
            continue

        def call(value, parameter=parameter):
            return answer_of(clone(estimator).set_params(**{parameter: value}).fit(*data), data[0])

        assert not wrong({what: lambda v=v: call(v) for what, v in NUMBERS.items()}), parameter


SERIES = Y[:40, None]
FUNCTIONS = {
    **{
        name: (getattr(datasets, name), {"n_steps": 5})
        for name in ("mackey_glass", "lorenz63", "rossler", "lorenz96", "henon", "logistic",
                     "sines", "kuramoto_sivashinsky", "narma")
    },
    "valid_prediction_time": (metrics.valid_prediction_time, {"y_true": U, "y_pred": U + 0.01}),
    "nmse": (metrics.nmse, {"y_true": U, "y_pred": U}),
    "nrmse": (metrics.nrmse, {"y_true": U, "y_pred": U}),
    "smape": (metrics.smape, {"y_true": U, "y_pred": U}),
    "forecasting_space": (model_selection.forecasting_space, {}),
    "make_forecast_scorer": (
        lambda **options: model_selection.make_forecast_scorer(**options)(
            ESNForecaster(Reservoir(5), RidgeReadout()).fit(SERIES), SERIES
        ),
        {"horizon": 3},
    ),
    "from_long_frame": (interchange.from_long_frame, {"frame": None, "id": "id", "time": "t"}),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_bad_arguments_of_functions(name):
    function, usual = FUNCTIONS[name]
    asked = usual if name == "make_forecast_scorer" else inspect.signature(function).parameters
    for argument in asked:
        values = {**NUMBERS, **(DATA if isinstance(usual.get(argument), np.ndarray) else {})}
        calls = {
            what: lambda value=value, argument=argument: function(**{**usual, argument: value})
            for what, value in values.items()
        }
        assert not wrong(calls), argument


def test_a_search_says_what_is_wrong_with_it():
    for name in ("horizon", "season", "n_features", "n_splits", "n_units", "n_rows"):
        for value in (0, -1, 1.5, np.nan, "a"):
            with pytest.raises(ValueError, match=name):
                forecasting_search(**{"horizon": 3, name: value})
    search = forecasting_search(horizon=3, n_rows=40, n_units=5)
    with pytest.raises(ValueError, match="X must have at least 8 rows to be searched; got 5"):
        clone(search).fit(SERIES[:5])
    with pytest.raises(ValueError, match="n_units.*must be an int in the range"):
        clone(search).set_params(estimator__reservoir__n_units=-1).fit(SERIES)
    with pytest.raises(ValueError, match=r"cv must be an int, a splitter or pairs of indices"):
        RidgeReadoutCV(cv=[1, 2]).fit(U, Y)


def test_targets_that_are_no_numbers():
    esn = ESNRegressor(Reservoir(5, random_state=0), RidgeReadout(washout=0))
    dates = pd.date_range("2020-01-01", periods=60)
    of_polars = pl.Series(dates.to_numpy())
    frames = [pd.DataFrame({"a": dates}), of_polars, pl.DataFrame({"a": of_polars})]
    for y in (dates, dates.to_numpy(), list(dates.to_numpy()), dates - dates[0], *frames):
        with pytest.raises(ValueError, match="y must be numbers; it holds dates or spans of time"):
            clone(esn).fit(U, y)
    with pytest.raises(ValueError, match="y must be numbers; could not convert string to float"):
        clone(esn).fit(U, pd.DataFrame({"a": list("ab") * 30}))
    with pytest.raises(ValueError, match="y must be numbers; float.. argument must be"):
        clone(esn).fit(U, [day.date() for day in dates])
    with pytest.raises(ValueError, match="sample_weight must be numbers; it holds dates"):
        clone(esn).fit(U, Y, sample_weight=dates)
    with pytest.raises(ValueError, match="y must have 1 outputs, as at fit; got 2"):
        clone(esn).fit(U, LABELS).score(U, U)
