"""A search over several series: folds within each, or whole ones left out."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.model_selection import TimeSeriesSplit

from reservoir import ESNForecaster, ESNSmoother, Reservoir, RidgeReadout
from reservoir.baselines import SeasonalNaive
from reservoir.esn.exogenous import OF_PARAMETERS
from reservoir.model_selection import (
    ForecastSearchCV,
    forecasting_search,
    make_forecast_scorer,
)
from reservoir.model_selection.several import several_folds
from reservoir.model_selection.spaces import RollingOrigins

RNG = np.random.default_rng(0)
#: Noisy oscillators of three lengths, each faster than the one before.
SPEEDS = (0.3, 0.4, 0.5)
SERIES = [
    np.column_stack([np.sin(speed * np.arange(n)), np.cos(speed * np.arange(n))])
    + 0.01 * RNG.standard_normal((n, 2))
    for n, speed in zip((200, 170, 150), SPEEDS, strict=True)
]
#: What errors of each feature are counted in.
SPREAD = np.concatenate(SERIES).std(axis=0)
KNOWN = [np.full((len(x), 1), speed) for x, speed in zip(SERIES, SPEEDS, strict=True)]
MOVING = [np.column_stack([e, np.cos(0.7 * np.arange(len(e)))]) for e in KNOWN]
MODEL = ESNForecaster(Reservoir(30), RidgeReadout(), random_state=0)
GRID = {"readout__alpha": [1e-6, 1e-2], "reservoir__spectral_radius": [0.3, 0.9]}


def search(**options):
    return ForecastSearchCV(
        MODEL, GRID, scoring=make_forecast_scorer(horizon=10, step=5),
        cv=TimeSeriesSplit(3, test_size=20), **options,
    )  # fmt: skip


def error(model, contexts, truths, **known):
    """Return the mean error of forecasts after contexts, one by one."""
    found = []
    for k, (context, truth) in enumerate(zip(contexts, truths, strict=True)):
        beside = {name: rows[k] for name, rows in known.items()}
        answer = model.forecast(len(truth), context, **beside)
        found.append(np.sqrt(np.square((answer - truth) / SPREAD).mean()))
    return np.mean(found)


@pytest.mark.parametrize("refit_folds", [True, False])
@pytest.mark.parametrize("known", [None, MOVING], ids=["alone", "exog"])
def test_folds_of_rows_are_those_of_a_loop(refit_folds, known):
    found = search(refit_folds=refit_folds).fit(SERIES, exog=known)
    for c, setting in enumerate(found.cv_results_["params"]):
        for fold in range(3):
            firsts = [len(x) - 20 * (3 - fold) for x in SERIES]
            ends = firsts if refit_folds else [len(x) - 60 for x in SERIES]
            beside = {} if known is None else {
                "exog": [e[:end] for e, end in zip(known, ends, strict=True)]
            }  # fmt: skip
            model = MODEL.set_params(**setting).fit(
                [x[:end] for x, end in zip(SERIES, ends, strict=True)], **beside
            )
            places = [(k, first + o) for k, first in enumerate(firsts) for o in (0, 5, 10)]
            beside = {} if known is None else {
                "exog": [known[k][at : at + 10] for k, at in places],
                "context_exog": [known[k][:at] for k, at in places],
            }  # fmt: skip
            expected = error(
                model, [SERIES[k][:at] for k, at in places],
                [SERIES[k][at : at + 10] for k, at in places], **beside,
            )  # fmt: skip
            scored = found.cv_results_[f"split{fold}_test_score"][c]
            np.testing.assert_allclose(-scored, expected, rtol=1e-6)


def test_folds_are_counted_from_the_ends():
    """A short series has fewer folds: the last ones of the long ones stand beside them."""
    folds = several_folds([np.zeros((400, 1)), np.zeros((40, 1))], RollingOrigins(10), "rows")
    (last,) = folds[-1:]
    assert [stop for _, _, stop in last.tests] == [400, 40]
    assert len(folds) == RollingOrigins(10).get_n_splits(np.zeros((40, 1)))
    assert len(folds) < RollingOrigins(10).get_n_splits(np.zeros((400, 1)))


def test_a_series_left_out_is_not_trained_on():
    found = search(hold_out="series").fit(SERIES)
    assert found.n_splits_ == len(SERIES)
    for c, setting in enumerate(found.cv_results_["params"]):
        for left in range(3):
            model = MODEL.set_params(**setting).fit([x for k, x in enumerate(SERIES) if k != left])
            out = SERIES[left]
            places = [len(out) - 60 + 20 * fold + o for fold in range(3) for o in (0, 5, 10)]
            expected = error(
                model, [out[:at] for at in places], [out[at : at + 10] for at in places]
            )
            scored = found.cv_results_[f"split{left}_test_score"][c]
            np.testing.assert_allclose(-scored, expected, rtol=1e-6)


def test_what_differs_and_is_known_helps_on_a_series_never_seen():
    unseen = np.array([np.sin(0.45 * np.arange(100)), np.cos(0.45 * np.arange(100))]).T
    beside = np.full((100, 1), 0.45)
    alone = search(hold_out="series").fit(SERIES)
    told = search(hold_out="series").fit(SERIES, exog=KNOWN)
    assert told.best_score_ > 1.3 * alone.best_score_  # errors, negated
    answers = [
        alone.forecast(20, unseen[:80]),
        told.forecast(20, unseen[:80], exog=beside[80:], context_exog=beside[:80]),
    ]
    errors = [np.abs(answer - unseen[80:]).mean() for answer in answers]
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.parametrize("lags", [(), (1,)])
def test_a_parameter_is_neither_differenced_nor_shown_at_full_size(lags):
    model = clone(MODEL).set_params(differences=lags).fit(SERIES, exog=MOVING)
    seen = model.network_inputs(SERIES, exog=MOVING)
    for speed, rows, moving in zip(SPEEDS, seen, MOVING, strict=True):
        np.testing.assert_allclose(
            rows[:, 2], OF_PARAMETERS * (speed - 0.4) / np.std(SPEEDS), atol=1e-12
        )
        plain = moving[1:, 1]
        if lags:
            plain = np.diff(moving[:, 1])[1:]
        assert abs(np.corrcoef(rows[:, 3], plain[: len(rows)])[0, 1]) > 0.999
    alone = clone(MODEL).fit(SERIES[0], exog=MOVING[0])  # of one series a constant is none
    assert alone.exogenous_.parameters == ()


def test_members_go_on_from_each_series():
    members = [("again", SeasonalNaive(21, drift=False))]
    found = search(members=members, sharpness=0.0).fit(SERIES)
    votes = found.forecasts(5)
    for of_member, x in zip(votes["again"], SERIES, strict=True):
        np.testing.assert_allclose(of_member, SeasonalNaive(21, drift=False).fit(x).forecast(5))
    errors = [
        np.sqrt(np.square(
            (SeasonalNaive(21, drift=False).fit(x[:first]).forecast(10) - x[first : first + 10])
            / SPREAD
        ).mean())
        for x in SERIES for first in range(len(x) - 60, len(x), 20)
    ]  # fmt: skip
    np.testing.assert_allclose(-found.member_scores_["again"], np.mean(errors))


def test_forms_in_and_out():
    panel = np.stack([x[:150] for x in SERIES])
    found = forecasting_search(horizon=5, n_features=2, n_rows=150, n_units=20, random_state=0)
    found.set_params(param_grid={"readout__alpha": [1e-3, 1.0]}, members=())
    assert found.fit(panel).forecast(4).shape == (3, 4, 2)
    assert [f.shape for f in found.fit(SERIES).forecast(4)] == [(4, 2)] * 3
    days = pd.date_range("2024-01-01", periods=150)
    frames = [pd.DataFrame(x, index=days, columns=["a", "b"]) for x in panel]
    of_frames = found.fit(frames).forecast(4, frames[0])
    assert list(of_frames.columns) == ["a", "b"]
    assert of_frames.index[0] == days[-1] + days.freq


def test_series_of_a_list_keep_their_dates_and_names():
    """Each place, or shop, is a series of its own name and length."""
    days = pd.date_range("2024-01-01", periods=200)
    named = [
        pd.Series(x[:, 0], index=days[: len(x)], name=f"shop {k}") for k, x in enumerate(SERIES)
    ]
    plain = [x[:, :1] for x in SERIES]
    model, bare = clone(MODEL).fit(named), clone(MODEL).fit(plain)
    assert not hasattr(model, "feature_names_in_")
    pairs = list(zip(model.forecast(4), named, bare.forecast(4), strict=True))
    for answer, series, values in pairs:
        assert answer.name == series.name
        assert answer.index[0] == series.index[-1] + series.index.freq
        np.testing.assert_array_equal(answer.to_numpy(), values[:, 0])
    for rows in (model.predict(named), ESNSmoother(MODEL).fit_transform(named)):
        assert [part.index.equals(each.index) for part, each in zip(rows, named)] == [True] * 3
    found = forecasting_search(horizon=5, n_rows=500, n_units=20, random_state=0).fit(named)
    assert [answer.name for answer in found.forecast(3)] == ["shop 0", "shop 1", "shop 2"]
    again = pickle.loads(pickle.dumps(model)).forecast(4)
    assert again[1].index.equals(model.forecast(4)[1].index)
    frames = [x.to_frame("y") for x in named]
    assert list(clone(MODEL).fit(frames).feature_names_in_) == ["y"]
    frames[1].columns = ["z"]
    with pytest.raises(ValueError, match="X must hold frames of the same columns"):
        clone(MODEL).fit(frames)


def test_what_cannot_be_searched_is_told():
    with pytest.raises(ValueError, match="hold_out='series' leaves one series out, and there is"):
        search(hold_out="series").fit(SERIES[0])
    with pytest.raises(ValueError, match="hold_out='series' leaves one series out, and there is"):
        search(hold_out="series").fit(SERIES[:1])
    with pytest.raises(ValueError, match="exog must have one row per step of X, "):
        search().fit(SERIES, exog=KNOWN[:2])
    with pytest.raises(ValueError, match="scoring must be of make_forecast_scorer for several"):
        search().set_params(scoring=lambda *_: 0.0).fit(SERIES)
    with pytest.raises(ValueError, match=r"folds of X\[0\] train on some of them"):
        search().set_params(cv=TimeSeriesSplit(3, test_size=20, max_train_size=50)).fit(SERIES)
    with pytest.raises(ValueError, match=r"X\[1\] has no folds: X must have at least 8 rows"):
        forecasting_search(horizon=5, n_features=2).fit([SERIES[0], SERIES[1][:5]])
    found = search().fit(SERIES)
    with pytest.raises(ValueError, match="rolling_forecast needs one series"):
        found.rolling_forecast(SERIES[0], 5)
