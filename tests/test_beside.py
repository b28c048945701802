"""What is known beside many series: of each, and of its rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from reservoir import PanelForecaster
from reservoir.panels.beside import Item
from reservoir.panels.origins import Origins


def promoted(n=40, seed=0, rows=50, more=6):
    """Sales of shops, doubled while a promotion runs, which is known beforehand."""
    rng = np.random.default_rng(seed)
    found, plans = [], []
    for _ in range(n):
        promo = (rng.random(rows + more) < 0.2).astype(float)
        level = 100 + rng.normal(0, 1, rows + more).cumsum()
        found.append(level * 2**promo * rng.lognormal(0, 0.02, rows + more))
        plans.append(promo[:, None])
    return found, plans


def test_what_is_known_of_the_coming_rows_counts():
    series, plans = promoted()
    past, truth = [x[:-6] for x in series], [x[-6:] for x in series]
    before, coming = [p[:-6] for p in plans], [p[-6:] for p in plans]
    model = PanelForecaster(horizon=6, alpha=1.0).fit(past, exog=before)
    # twice the sales: a change of ln 2 in the logarithm, whatever the horizon
    np.testing.assert_allclose(model.coef_[:, -1], np.log(2), rtol=0.05)
    off = np.mean([np.abs(f / y - 1) for f, y in zip(model.forecast(6, exog=coming), truth)])
    without = PanelForecaster(horizon=6).fit(past).forecast(6)
    assert off < 0.05
    assert off < 0.3 * np.mean([np.abs(f / y - 1) for f, y in zip(without, truth)])
    again = model.forecast(6, past, context_exog=before, exog=coming)
    np.testing.assert_allclose(again, model.forecast(6, exog=coming))
    short = PanelForecaster(horizon=3, alpha=1.0).fit(past, exog=before)
    far = short.forecast(6, exog=coming)
    assert np.mean([np.abs(f / y - 1) for f, y in zip(far, truth)]) < 0.07
    assert model.score(series, exog=plans) > 1.5 * PanelForecaster(horizon=6).fit(past).score(
        series
    )
    bands = model.forecast_quantiles(6, (0.1, 0.9), exog=coming)
    inside = [(b[:, 0] <= y) & (y <= b[:, 1]) for b, y in zip(bands, truth)]
    assert abs(np.mean(inside) - 0.8) < 0.12


def test_exogenous_readouts_are_ridge_of_each_horizon():
    series, plans = promoted(8, rows=20)
    model = PanelForecaster(horizon=3, alpha=2.0).fit(series, exog=plans)
    rows, targets, weights = [], [], []
    for x, plan in zip(series, plans, strict=True):
        origins = Origins.of(Item(x), [])
        states = model.reservoir_.transform(origins.inputs)
        for t in range(6, len(states) - 2):
            seen = np.r_[1.0, origins.inputs[t], states[t]]
            change = (plan[t + 3] - plan[t + 1]) / origins.scale[t]
            rows.append(np.r_[np.kron(seen, origins.kinds[t]), change])
            targets.append((np.log(x[t + 3]) - np.log(x[t + 1])) / origins.scale[t])
            weights.append(origins.weights[t])
    ridge = Ridge(2.0, solver="svd").fit(np.array(rows), targets, sample_weight=weights)
    np.testing.assert_allclose(model.coef_[1], ridge.coef_, rtol=1e-6, atol=1e-8)
    halves = [PanelForecaster(horizon=3, alpha=2.0).statistics(series[k::2], exog=plans[k::2])
              for k in range(2)]  # fmt: skip
    merged = PanelForecaster(horizon=3, alpha=2.0).fit_statistics(sum(halves))
    np.testing.assert_allclose(merged.coef_, model.coef_, rtol=1e-6, atol=1e-8)
    with pytest.raises(ValueError, match="one network, horizon and season"):
        halves[0] + PanelForecaster(horizon=3, outliers="keep").statistics(series)


def test_exogenous_columns_of_every_form():
    series, plans = promoted(3, rows=30)
    past, coming = [p[:-6] for p in plans], [p[-6:] for p in plans]
    wanted = PanelForecaster(horizon=6).fit([x[:-6] for x in series], exog=past)
    wanted = wanted.forecast(6, exog=coming)
    long, later = [], []
    for key, x, plan in zip("abc", series, plans, strict=True):
        part = pd.DataFrame({"unique_id": key, "ds": np.arange(36), "y": x, "promo": plan[:, 0]})
        long.append(part[:-6])
        later.append(part[-6:].drop(columns="y"))
    frame, plan = pd.concat(long), pd.concat(later).sample(frac=1, random_state=0)
    model = PanelForecaster(horizon=6).fit(frame, exog=["promo"])
    np.testing.assert_allclose(model.forecast(6, exog=plan)["y"], np.concatenate(wanted))
    named = dict(zip("abc", past, strict=True))
    mapped = PanelForecaster(horizon=6).fit(
        {key: x[:-6] for key, x in zip("abc", series, strict=True)}, exog=named
    )
    found = mapped.forecast(6, exog=dict(zip("abc", coming, strict=True)))
    np.testing.assert_allclose(np.concatenate(list(found.values())), np.concatenate(wanted))
    shared = PanelForecaster(horizon=6).fit(np.stack(series, 1)[:-6], exog=plans[0][:-6])
    assert shared.forecast(6, exog=plans[0][-6:]).shape == (6, 3)


def test_late_and_early_ends_keep_their_exogenous_rows():
    series, plans = promoted(30, rows=40)
    frame = pd.DataFrame({k: x[:-6] for k, x in enumerate(series)})
    plan = plans[0]
    doubled = pd.DataFrame({k: (100 + 0.1 * np.arange(46)) * 2 ** plan[:, 0] for k in range(20)})
    frame = doubled[:40].copy()
    frame.iloc[:7, 0], frame.iloc[-3:, 1] = np.nan, np.nan
    model = PanelForecaster(horizon=9, alpha=0.1).fit(frame, exog=plan[:40])
    found = model.forecast(6, exog=plan[40:])
    np.testing.assert_allclose(found, doubled[40:], rtol=0.03)


def test_what_is_known_of_each_series_counts():
    rng = np.random.default_rng(0)
    kind = np.repeat([0.0, 1.0], 30)[:, None]  # the second kind turns back, which no row shows
    series = []
    for turns in kind[:, 0]:
        rise = rng.normal(0.02, 0.005, 30).cumsum()
        series.append(np.exp(5 + rise + (np.arange(30) >= 20) * (-2 * turns) * (rise - rise[19])))
    past, truth = [x[:21] for x in series], [x[21:24] for x in series]
    model = PanelForecaster(horizon=3, alpha=0.1).fit(series, static=kind)
    plain = PanelForecaster(horizon=3, alpha=0.1).fit(series)
    assert model.coef_.shape == (3, 12 * 18)
    ids = pd.DataFrame({"kind": kind[::-1, 0]}, index=list(range(60))[::-1])
    by_name = PanelForecaster(horizon=3, alpha=0.1).fit(series, static=ids)
    np.testing.assert_allclose(by_name.coef_, model.coef_)
    off = [
        np.mean([np.abs(f / y - 1) for f, y in zip(found, truth)])
        for found in (model.forecast(3, past, static=kind), plain.forecast(3, past))
    ]
    assert off[0] < off[1]
    assert len(model.forecast(2)) == 60


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"static": np.zeros((2, 1))}, "static must have a row for each of the 3 series; it has 2"),
        ({"static": pd.DataFrame({"a": [1.0]}, [0])}, "static must have a row for each .*; 1 has"),
        ({"exog": [np.zeros((30, 1))] * 2}, "exog must be of each of the 3 series; got 2"),
        ({"exog": [np.zeros((29, 1))] * 3}, "0 has 30, its exog 29"),
        ({"exog": [np.full((30, 1), np.nan)] * 3}, "exog must be finite; that of 0 is not"),
        ({"exog": ["promo"]}, "names of columns of a long frame alone"),
        ({"exog": [np.zeros((30, 1 + k)) for k in range(3)]}, "the same columns for each series"),
    ],
)
def test_bad_company_is_told(options, message):
    with pytest.raises(ValueError, match=message):
        PanelForecaster(horizon=3).fit([np.arange(30.0)] * 3, **options)


def test_forecasts_ask_for_what_fit_had():
    series, plans = promoted(4, rows=30)
    model = PanelForecaster(horizon=3).fit(series, exog=plans)
    with pytest.raises(ValueError, match="forecast needs exog= of the 3 coming rows"):
        model.forecast(3)
    with pytest.raises(ValueError, match="exog was not given at fit"):
        PanelForecaster(horizon=3).fit(series).forecast(3, exog=plans)


def test_missing_dates_of_a_long_frame_were_not_seen():
    dates = pd.date_range("2020-01-01", periods=48, freq="MS")
    whole = pd.DataFrame({"unique_id": "a", "ds": dates, "y": 100 + np.arange(48.0)})
    found = PanelForecaster(horizon=3, alpha=0.1).fit(whole.drop([7, 20, 21])).forecast(3)
    assert found["ds"].tolist() == list(pd.date_range("2024-01-01", periods=3, freq="MS"))
    np.testing.assert_allclose(found["y"], [148, 149, 150], rtol=0.01)
