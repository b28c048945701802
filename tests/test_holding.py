"""Candidates of a search whose loops leave the series once they are trained on all of it."""

import numpy as np
import pandas as pd
import pytest

from reservoir import ESNForecaster, Reservoir, RidgeReadout
from reservoir.datasets import lorenz96
from reservoir.esn import DivergenceWarning, divergence_is_known
from reservoir.model_selection import ForecastSearchCV, forecasting_search, holding, search
from reservoir.model_selection.holding import lost_within
from reservoir.model_selection.spaces import RollingOrigins

T = np.arange(700)
WAVES = np.column_stack([np.sin(0.2 * T), np.cos(0.13 * T)])


def wild(factor, data=WAVES, **options):
    model = ESNForecaster(Reservoir(50), RidgeReadout(1e-6), random_state=0)
    model.fit(data, **options).network_.readout.coef_ *= factor
    return model


@pytest.mark.parametrize("factor", [1.0, 1.02, 1.03, 3.0])
def test_lost_runs_are_those_of_contexts_within_the_training(factor):
    model = wild(factor)
    first = model.network_.washout_ + model.levels_.reach + 1
    origins = np.unique(np.linspace(first, 700 - 120, holding.WITHIN, dtype=int))
    with divergence_is_known():
        runs = [model.forecast(120, WAVES[:at], on_divergence="nan") for at in origins]
    lost = [np.isnan(run).any() for run in runs]
    assert lost_within([model], WAVES, None, 120) == np.mean(lost)
    assert np.mean(lost) == {1.0: 0.0, 3.0: 1.0}.get(factor, np.mean(lost))


def test_a_path_frames_gaps_and_exogenous_rows_are_looked_at():
    model = wild(1.0)
    gaps = WAVES.copy()
    gaps[300:360] = np.nan
    both = lost_within([model, wild(3.0)], gaps, None, 50)
    np.testing.assert_array_equal(both, [0.0, 1.0])
    gaps[::5] = np.nan  # no stretch was seen whole
    assert lost_within([wild(3.0)], gaps, None, 50) == 0.0
    assert lost_within([wild(3.0)], WAVES, None, 690) == 0.0
    frame = pd.DataFrame(WAVES, pd.date_range("2020", periods=700, freq="h"), ["a", "b"])
    assert lost_within([wild(3.0, frame)], frame, None, 50) == 1.0
    beside = WAVES[:, :1]
    assert lost_within([wild(1.0, WAVES[:, 1:], exog=beside)], WAVES[:, 1:], beside, 50) == 0.0


def test_the_next_candidates_take_the_place_of_voters_that_are_lost(monkeypatch):
    alphas = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0]
    found = ForecastSearchCV(
        ESNForecaster(Reservoir(30), RidgeReadout(), random_state=0), {"readout__alpha": alphas},
        n_best=3, cv=RollingOrigins(40, None, 3), extensions=0,
    )  # fmt: skip
    whole = found.fit(WAVES)
    ranked = [found.cv_results_["params"][k]["readout__alpha"] for k in whole._ranked()]

    def pretend(lost):
        monkeypatch.setattr(
            search, "lost_within",
            lambda path, *_: np.array([float(m.readout.alpha in lost) for m in path]),
        )  # fmt: skip
        found.refit_on(WAVES)
        assert found.best_params_ == found.cv_results_["params"][found.best_index_]
        assert found.best_estimator_.readout.alpha == found.best_params_["readout__alpha"]
        assert len(found.network_weights_) == len(found.best_estimators_)
        assert found.network_weights_[0] == 1.0
        return [m.readout.alpha for m in found.best_estimators_]

    assert pretend([]) == ranked[:3]
    assert pretend(ranked[:1]) == ranked[1:3]
    assert pretend(ranked[:4]) == ranked[4:6]  # looked for among as many further ones
    assert pretend(ranked) == ranked[:3]
    found.refit_on(WAVES[:400])  # of few rows nothing is asked
    assert [m.readout.alpha for m in found.best_estimators_] == ranked[:3]


@pytest.mark.parametrize("several", [False, True])
def test_where_all_are_lost_a_warning_says_so(several):
    found = ForecastSearchCV(
        ESNForecaster(Reservoir(30), RidgeReadout(), random_state=0), {"readout__alpha": [1e-6]},
        cv=RollingOrigins(40, None, 3), extensions=0, climate=False,
    )  # fmt: skip
    frame = pd.DataFrame(WAVES, columns=["a", "b"])
    found.fit([WAVES, WAVES[:600]] if several else frame)
    found.best_estimator_.network_.readout.coef_ *= 30.0
    which = " of series 0" if several else ""
    with pytest.warns(DivergenceWarning, match=rf"diverged at step \d+ of 60{which}, and nothing"):
        answer = found.forecast(60)
    ends = [np.asarray(x)[-1] for x in (answer if several else [answer])]
    assert np.isnan(ends).all()


def test_a_field_that_alphas_without_end_are_best_for_is_forecast():
    x = lorenz96(1700, n_sites=7, random_state=3)
    found = forecasting_search(horizon=50, n_units=200, members=(), climate=False, random_state=0)
    found.param_grid = {
        "reservoir__spectral_radius": [0.1], "reservoir__bias_scaling": [1.0],
        "reservoir__input_scaling": [0.02], "readout__alpha": [1e-23, 1e-17, 1e-11],
    }  # fmt: skip
    found.handicaps, found.extensions = None, 0
    answer = found.fit(x[:1600]).forecast(50)
    assert np.sqrt(np.mean(((answer - x[1600:1650]) / x.std(axis=0)) ** 2)) < 0.2
