"""Many series, one readout: by a plain loop, by Ridge, and by laws."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge

from reservoir import PanelForecaster, Reservoir, pretrained
from reservoir.panels import PanelStatistics
from reservoir.panels.beside import Item
from reservoir.panels.origins import Level, Origins
from reservoir.panels.shipped import SHIPPED, packed, restored
from reservoir.seasonality import Season, is_seasonal, seasonal_indices, shrunk_indices


def walks(n=30, seed=0, low=12, high=60, level=50.0):
    """Noisy levels that drift, of many lengths."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        rows = rng.integers(low, high)
        found.append(level + rng.normal(0.2, 1, rows).cumsum() + rng.normal(0, 1.5, rows))
    return found


def by_hand(d):
    """What the rows d[: t + 1] show, one at a time."""
    rows = []
    for t in range(1, len(d) + 1):
        x = d[:t]
        scale = max(np.abs(x).mean(), 0.1 * np.abs(d).mean())
        e, var = x - x.mean(), x.var() + 1e-12 * scale**2
        rho = [np.clip(e[lag:] @ e[:-lag] / (t * var) if t > lag else 0.0, -1, 1) for lag in (1, 2)]
        tau = np.tanh(x.mean() / np.sqrt(var / t) / 3)
        peaks = np.log(max((x**2).mean(), scale**2) / scale**2)
        rows.append([*rho, tau, np.log((t + 1) / 60), np.log(scale / 0.05) / 2, peaks])
    return np.array(rows)


def test_a_row_sees_itself_and_what_is_before_it():
    x = np.exp(walks(1)[0] / 20)
    whole = Origins.of(Item(x), [])
    np.testing.assert_allclose(whole.kinds[:, 1:7], by_hand(np.diff(np.log(x))), atol=1e-9)
    r1, r2, tau, _, size, peaks, season = whole.kinds[:, 1:8].T
    products = [r1 * r1, r1 * tau, tau * tau, size * r1, size * tau, size * size]
    products += [season * r1, season * tau, peaks * r1]
    np.testing.assert_allclose(whole.kinds[:, 8:], np.stack(products, axis=1))
    changed = np.r_[x[:8], x[8:] + 0.01]  # what is later moves the floor of the scale alone
    np.testing.assert_allclose(
        Origins.of(Item(changed), []).inputs[1:7], whole.inputs[1:7], rtol=1e-9
    )


def test_one_readout_is_ridge_on_the_rows_that_know_each_horizon():
    """The blocks of statistics against a design matrix of every row, horizon by horizon."""
    series, h = walks(), 5
    model = PanelForecaster(horizon=h, alpha=3.0).fit(series)
    rows, targets, weights = [], [], []
    for x in series:
        origins = Origins.of(Item(x), [])
        states = model.reservoir_.transform(origins.inputs)
        seen = np.hstack([np.ones_like(origins.inputs), origins.inputs, states])
        for t in range(min(6, max(len(states) - h - 2, 2)), len(states) - 1):
            z, now = np.log(x), t + 1
            rise = [(z[now + k] - z[now]) / origins.scale[t] if now + k < len(x) else np.nan
                    for k in range(1, h + 1)]  # fmt: skip
            rows.append(np.kron(seen[t], origins.kinds[t]))
            targets.append(rise)
            size = np.clip(origins.scale[t] / 0.05, 0.1, 5.0)
            weights.append(size * np.sqrt(60 / max(len(states) - 6, 1)))
    rows, targets, weights = map(np.array, (rows, targets, weights))
    for k in range(h):
        known = ~np.isnan(targets[:, k])
        ridge = Ridge(3.0, solver="svd").fit(
            rows[known], targets[known, k], sample_weight=weights[known]
        )
        np.testing.assert_allclose(model.coef_[k], ridge.coef_, rtol=1e-6, atol=1e-8)
        assert model.intercept_[k] == pytest.approx(ridge.intercept_, rel=1e-6, abs=1e-8)


def test_the_forecast_is_the_level_and_what_the_readout_adds():
    series = walks()
    model = PanelForecaster(horizon=4).fit(series)
    origins = Origins.of(Item(series[3]), [])
    states = model.reservoir_.transform(origins.inputs)
    last = np.kron(np.r_[1.0, origins.inputs[-1], states[-1]], origins.kinds[-1])
    rises = model.coef_ @ last + model.intercept_
    expected = np.exp(np.log(series[3][-1]) + origins.scale[-1] * rises)
    np.testing.assert_allclose(model.forecast(4)[3], expected)
    np.testing.assert_allclose(model.forecast(2, series[3]), expected[:2])


def test_parts_add_up_to_the_whole():
    series = walks()
    model = PanelForecaster(horizon=4)
    whole = PanelForecaster(horizon=4).fit(series)
    total = model.statistics(series[:10]) + sum([model.statistics(series[10:])])
    merged = PanelForecaster(horizon=4).fit_statistics(total)
    np.testing.assert_allclose(merged.coef_, whole.coef_, rtol=1e-7, atol=1e-9)
    streamed = PanelForecaster(horizon=4).partial_fit(series[:10]).partial_fit(series[10:])
    np.testing.assert_allclose(streamed.coef_, whole.coef_, rtol=1e-7, atol=1e-9)
    assert whole.n_series_ == merged.n_series_ == streamed.n_series_ == len(series)
    with pytest.raises(ValueError, match="forecast needs context="):
        merged.forecast(4)


def test_a_weight_is_as_many_copies():
    mine, others = walks(5, seed=1), walks()
    thrice = PanelForecaster(horizon=3).partial_fit(others).partial_fit(mine, weight=3.0)
    copies = PanelForecaster(horizon=3).fit(others + 3 * mine)
    np.testing.assert_allclose(thrice.coef_, copies.coef_, rtol=1e-7, atol=1e-9)
    with pytest.raises(ValueError, match="weight must be a finite number ≥ 0; got -1"):
        thrice.partial_fit(mine, weight=-1)


def test_jobs_and_a_second_run_change_no_bit():
    series = walks(40)
    one, again = (PanelForecaster(horizon=3, n_jobs=n).fit(series).coef_ for n in (1, 2))
    assert np.array_equal(one, again)


def test_units_do_not_matter():
    series = walks()
    once = PanelForecaster(horizon=4).fit(series)
    for factor in (1e-6, 1e6):
        many = PanelForecaster(horizon=4).fit([factor * x for x in series])
        for a, b in zip(many.forecast(4), once.forecast(4), strict=True):
            np.testing.assert_allclose(a, factor * b, rtol=1e-6)
    below = [x - 200 for x in series]  # no logarithm of these
    a, b = (PanelForecaster(horizon=4).fit(s).forecast(9) for s in (below, [10 * x for x in below]))
    np.testing.assert_allclose(b[0], 10 * a[0], rtol=1e-6)


def test_a_season_comes_round():
    rng = np.random.default_rng(0)
    shape = np.array([10, 12, 9, 11, 10, 8, 10, 13, 9, 7, 12, 18]) / 10.75
    series = [
        (100 + 0.5 * np.arange(n)) * np.resize(shape, n) * rng.lognormal(0, 0.02, n)
        for n in rng.integers(40, 90, 30)
    ]
    model = PanelForecaster(12).fit([x[:-12] for x in series])
    errors = [np.abs(f / x[-12:] - 1).mean() for f, x in zip(model.forecast(12), series)]
    assert model.horizon_ == 12
    assert np.mean(errors) < 0.035
    without = PanelForecaster(1, 12).fit([x[:-12] for x in series]).forecast(12)
    assert np.mean([np.abs(f / x[-12:] - 1).mean() for f, x in zip(without, series)]) > 0.1


def test_two_seasons_at_once():
    t = np.arange(168 * 5)
    x = 100 + 10 * np.sin(2 * np.pi * t / 24) + 20 * (t // 24 % 7 > 4)
    x = x + np.random.default_rng(0).normal(0, 1, len(t))
    forecast = PanelForecaster((24, 168)).fit([x[:-168]]).forecast(168)[0]
    assert np.abs(forecast - x[-168:]).mean() < 2.0
    assert np.abs(PanelForecaster(24).fit([x[:-168]]).forecast(168)[0] - x[-168:]).mean() > 4.0


def test_a_forecast_goes_on_beyond_the_horizon():
    rng = np.random.default_rng(0)
    lines = [100 + slope * np.arange(40) + rng.normal(0, 0.1, 40) for slope in (1, 2, 3) * 10]
    model = PanelForecaster(horizon=5, alpha=0.1).fit(lines)
    far = model.forecast(12)
    for x, f, near in zip(lines, far, model.forecast(5), strict=True):
        np.testing.assert_allclose(f[:5], near)
        slope = np.polyfit(np.arange(40), x, 1)[0]
        assert abs(f[-1] - x[-1] - 12 * slope) < 0.2 * 12 * slope


def test_noisy_levels_are_smoothed_and_walks_are_held():
    """Where the level is constant beneath noise, the forecast is near it, not at the last value."""
    rng = np.random.default_rng(0)
    noisy = [100 + rng.normal(0, 5, 60) for _ in range(40)]
    walk = [300 + rng.normal(0, 5, 60).cumsum() for _ in range(40)]
    model = PanelForecaster(horizon=4).fit(noisy + walk)
    of_noisy, of_walk = model.forecast(4)[:40], model.forecast(4)[40:]
    assert np.mean([abs(f[0] - 100) for f in of_noisy]) < 2.5  # the last value is off by 4
    assert np.mean([abs(f[0] - x[-1]) for f, x in zip(of_walk, walk)]) < 2.0


def test_bands_hold_what_they_say_on_series_not_seen():
    series, fresh = walks(150, low=40), walks(300, seed=9, low=40)
    model = PanelForecaster(horizon=6).fit(series)
    bands = model.forecast_quantiles(6, (0.1, 0.5, 0.9), context=[x[:-6] for x in fresh])
    inside = np.mean([(b[:, 0] <= x[-6:]) & (x[-6:] <= b[:, 2]) for b, x in zip(bands, fresh)])
    assert abs(inside - 0.8) < 0.05
    width = np.mean([b[:, 2] - b[:, 0] for b in bands], axis=0)
    assert (np.diff(width) > 0).all()
    beyond = model.forecast_quantiles(24, (0.1, 0.9))[0]
    assert beyond[-1, 1] - beyond[-1, 0] > 1.3 * (beyond[5, 1] - beyond[5, 0])


def test_bands_come_from_series_that_taught_nothing():
    """With as many features as rows a fold is known by heart, and its errors say nothing."""
    few = walks(6, low=14, high=18)
    model = PanelForecaster(horizon=2, alpha=1e-6).fit(few)
    inner = model._wrong_by(model._items, model.coef_, model.intercept_)
    outer, n_series = model._cross_errors()
    assert n_series == 6
    assert np.nanmean(np.abs(outer)) > 3 * np.nanmean(np.abs(inner))
    merged = PanelForecaster(horizon=2).fit_statistics(model.statistics_)
    with pytest.raises(ValueError, match=r"nothing tells how wrong forecasts are: calibrate"):
        merged.forecast_quantiles(2, context=few)
    assert len(merged.calibrate(walks(20, seed=3)).forecast_quantiles(2, context=few)) == 6


def test_a_long_frame_comes_and_goes():
    parts = []
    for key, x in zip("ab", walks(2, low=30), strict=True):
        dates = pd.date_range("2020-01-31", periods=len(x), freq="ME")
        parts.append(pd.DataFrame({"unique_id": key, "ds": dates, "y": x}))
    frame = pd.concat(parts).sample(frac=1, random_state=0)
    answer = PanelForecaster(12, 6).fit(frame).forecast(6)
    assert list(answer.columns) == ["unique_id", "ds", "y"]
    assert len(answer) == 12
    of_b = answer[answer.unique_id == "b"]
    assert of_b.ds.iloc[0] == parts[1].ds.iloc[-1] + pd.offsets.MonthEnd(1)
    plain = PanelForecaster(12, 6).fit([part.y.to_numpy() for part in parts]).forecast(6)
    np.testing.assert_allclose(of_b.y, plain[1])
    bands = PanelForecaster(12, 6).fit(frame).forecast_quantiles(6, (0.1, 0.9))
    assert list(bands.columns) == ["unique_id", "ds", "y_0.1", "y_0.9"]


def test_every_form_gives_the_same_numbers():
    x = np.stack(walks(4, low=30, high=31), axis=1)
    wanted = PanelForecaster(horizon=3).fit(list(x.T)).forecast(3)
    frame = pd.DataFrame(x, pd.date_range("2020", periods=30, freq="D"), list("abcd"))
    forms = {
        "columns": x,
        "panel": x.T[:, :, None],
        "frame": frame,
        "mapping": {k: frame[k] for k in "abcd"},
        "list": [frame[k] for k in "abcd"],
    }
    found = {name: PanelForecaster(1, 3).fit(X).forecast(3) for name, X in forms.items()}
    np.testing.assert_allclose(found["columns"], np.stack(wanted, axis=1))
    np.testing.assert_allclose(found["panel"][:, :, 0], wanted)
    np.testing.assert_allclose(found["frame"], np.stack(wanted, axis=1))
    assert found["frame"].index[0] == pd.Timestamp("2020-01-31")
    assert list(found["mapping"]) == list("abcd")
    np.testing.assert_allclose(found["list"][2].to_numpy(), wanted[2])


def test_gaps_ends_and_starts_that_were_not_seen():
    rng = np.random.default_rng(0)
    lines = pd.DataFrame({k: 100 + 2.0 * np.arange(40) + rng.normal(0, 0.1, 40) for k in range(20)})
    lines.loc[:10, 0] = np.nan
    lines.loc[20:22, 1] = np.nan
    lines.loc[37:, 2] = np.nan
    found = PanelForecaster(horizon=4, alpha=0.1).fit(lines).forecast(4)
    assert np.abs(found.to_numpy() - (100 + 2 * np.arange(40, 44))[:, None]).max() < 1.5


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[1.0, 2.0]], r"X\[0\] must have at least 3 values; it has 2"),
        ({"a": [np.nan] * 9}, r"X\['a'\] must have at least 3 values; it has 0"),
        ([np.zeros((9, 2))], r"X\[0\] must be one series, .* it has 2 columns"),
        (np.zeros((3, 9, 2)), r"X must be \(K, T, 1\)"),
        ([np.arange(4.0)] * 3, r"X must hold a series of at least 5 rows to learn from"),
    ],
)
def test_bad_series_are_told(X, message):
    with pytest.raises(ValueError, match=message):
        PanelForecaster().fit(X)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"season": 0}, "season"),
        ({"season": (12, 2.5)}, r"season must be an integer ≥ 1 or several; got \(12, 2.5\)"),
        ({"horizon": 0}, "horizon"),
        ({"alpha": -1.0}, "alpha"),
    ],
)
def test_bad_parameters_are_told(params, message):
    with pytest.raises(ValueError, match=message):
        PanelForecaster(**params).fit(walks())


def test_statistics_of_other_networks_do_not_add():
    a = PanelForecaster(horizon=3).statistics(walks())
    with pytest.raises(ValueError, match="one network, horizon and season"):
        a + PanelForecaster(horizon=4).statistics(walks())
    with pytest.raises(ValueError, match="random_state must be an integer"):
        PanelForecaster(random_state=None).statistics(walks())


def test_constant_and_jumping_series_stay_finite():
    odd = [np.full(20, 5.0), np.zeros(20), np.r_[np.zeros(19), 1e9], np.r_[np.full(19, 1e-9), 1e9]]
    model = PanelForecaster(horizon=3).fit(walks() + odd)
    found = model.forecast(30)[-4:]
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[0], 5.0, rtol=1e-3)
    np.testing.assert_allclose(found[1], 0.0, atol=1e-3)


def test_short_series_are_solved_as_far_as_they_reach():
    model = PanelForecaster(horizon=8).fit(walks(20, low=8, high=9))
    assert model.horizon_ == 4
    found = model.forecast(8)
    assert np.shape(found) == (20, 8)
    assert np.isfinite(found).all()
    assert len(model.forecast_quantiles(8, (0.1, 0.9))) == 20
    assert PanelForecaster(horizon=8).fit([np.arange(6.0)]).forecast(2)[0].shape == (2,)


def test_it_pickles_with_its_series():
    frame = pd.DataFrame(dict(enumerate(walks(5, low=30, high=31))))
    for X in (frame, [frame[0].to_numpy()], {"a": frame[1]}, frame.to_numpy().T[:, :, None]):
        model = PanelForecaster(horizon=3).fit(X)
        again = pickle.loads(pickle.dumps(model))
        assert repr(again.forecast(3)) == repr(model.forecast(3))


def test_any_reservoir_may_stand_in():
    tanh = Reservoir(8, spectral_radius=0.5, leak_rate=(0.05, 1.0), input_scaling=0.1)
    model = PanelForecaster(horizon=3, reservoir=tanh).fit(walks())
    assert model.coef_.shape == (3, (2 + 8) * 17)
    assert model.set_params(reservoir__n_units=5).fit(walks()).coef_.shape == (3, 7 * 17)


def test_the_score_is_the_scaled_error_of_the_last_rows():
    series = walks(low=30)
    model = PanelForecaster(horizon=4).fit(series)
    found = model.forecast(4, [x[:-4] for x in series])
    scaled = [
        np.abs(f - x[-4:]).mean() / np.abs(np.diff(x[:-4])).mean() for f, x in zip(found, series)
    ]
    assert model.score(series) == pytest.approx(-np.mean(scaled))


def test_shrunk_indices_lie_between_none_and_the_classical_ones():
    rng = np.random.default_rng(0)
    clear = np.tile([1.0, -2.0, 3.0, -2.0], 10) + rng.normal(0, 0.1, 40)
    shrunk = shrunk_indices(clear, 4, multiplicative=False)
    np.testing.assert_allclose(shrunk, [1.0, -2.0, 3.0, -2.0], atol=0.2)
    noise = rng.normal(size=(20, 60))
    spread = [
        np.std([f(x, 12, multiplicative=False) for x in noise])
        for f in (shrunk_indices, seasonal_indices)
    ]
    assert spread[0] < 0.5 * spread[1]
    assert is_seasonal(clear, 4)
    assert not is_seasonal(noise[0], 4)
    assert Season.shrunk(clear[:7], 4).indices is None  # not two rounds
    two = clear[:9] + 3.0 * np.arange(9)  # beside a line
    np.testing.assert_allclose(
        shrunk_indices(two, 4, multiplicative=False), [1.0, -2.0, 3.0, -2.0], atol=0.2
    )


@pytest.mark.parametrize("below", [0.0, 3.0])
def test_levels_come_back(below):
    x = np.exp(walks(1)[0] / 30) * np.resize([1.0, 2.0, 3.0, 2.0], len(walks(1)[0])) - below
    x = x[: len(x) // 4 * 4]  # what follows begins at the first phase, as the series does
    level = Level.of(x, [4])
    assert level.seasonal
    np.testing.assert_allclose(level.back(level.z), x, atol=1e-12)


def test_blocks_of_known_steps_refuse_nothing():
    x = np.random.default_rng(0).normal(size=(20, 2))
    y = np.stack([x[:, 0], x[:, 1]], axis=1)
    y[-3:, 1] = np.nan
    coef, _ = PanelStatistics.of(x, y, np.ones(20)).solve(1e-9)
    np.testing.assert_allclose(coef, np.eye(2), atol=1e-6)


@pytest.mark.parametrize("kind", SHIPPED)
def test_what_is_shipped_forecasts_series_it_never_saw(kind):
    """Better than the last value, on a level beneath noise, a trend, and a season."""
    model, season, h = pretrained(kind), SHIPPED[kind], 6
    assert model.horizon_ >= h
    rng = np.random.default_rng(0)
    t = np.arange(max(60, 4 * season) + h)
    noisy = [100 + rng.normal(0, 5, len(t)) for _ in range(100)]
    rising = [100 * np.exp(0.01 * t) + rng.normal(0, 1, len(t)) for _ in range(10)]
    shape = np.resize(rng.lognormal(0, 0.3, season), len(t))
    seasonal = [100 * shape * rng.lognormal(0, 0.02, len(t)) for _ in range(10)]
    # noise about a level is rarer among what was learned from than walks are
    cases = [(noisy, 0.95), (rising, 0.85), (seasonal, 0.85)]
    for series, share in cases[: 3 if season > 1 else 2]:
        past = [x[:-h] for x in series]
        off, last = (
            np.mean([np.abs(f - x[-h:]).mean() for f, x in zip(found, series)])
            for found in (model.forecast(h, past), [np.repeat(x[-1], h) for x in past])
        )
        assert off < share * last
    bands = model.forecast_quantiles(h, (0.05, 0.95), context=[x[:-h] for x in rising])
    inside = [(b[:, 0] <= x[-h:]) & (x[-h:] <= b[:, 1]) for b, x in zip(bands, rising)]
    assert np.mean(inside) > 0.75
    assert np.shape(model.forecast(3, [5.0, 6.0, 7.0])) == (3,)


def test_what_is_shipped_is_drawn_towards_ones_own():
    """Saws of period three, which nothing taught: the more they count, the better."""
    rng = np.random.default_rng(0)
    saws = [100 + np.resize([0.0, 8.0, -8.0], 60) + rng.normal(0, 0.5, 60) for _ in range(20)]
    off = []
    for weight in (0.0, 1.0, 100.0):
        model = pretrained("yearly").partial_fit([x[:-3] for x in saws], weight=weight)
        off.append(np.mean([np.abs(f - x[-3:]).mean() for f, x in zip(model.forecast(3), saws)]))
    assert off[2] < 0.5 * off[1] < 0.5 * off[0]
    np.testing.assert_allclose(
        pretrained("yearly").partial_fit(saws, weight=0.0).coef_,
        pretrained("yearly").coef_, rtol=1e-6, atol=1e-9,
    )  # fmt: skip


def test_what_is_packed_comes_back():
    series = walks(60, low=20)
    model = PanelForecaster(horizon=4).fit(series)
    model.forecast_quantiles(2)
    parts = packed(model)
    again = PanelForecaster(horizon=4).fit_statistics(restored(parts, 100.0))
    np.testing.assert_allclose(again.coef_, model.coef_, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(again.intercept_, model.intercept_, rtol=1e-5, atol=1e-8)
    # and it is as firm as it was: more series draw both alike
    more = walks(10, seed=5)
    drawn = [m.partial_fit(more).forecast(4)[0] for m in (again, model)]
    np.testing.assert_allclose(*drawn, rtol=2e-3)
    with pytest.raises(ValueError, match="kind must be one of yearly, .*; got 'secular'"):
        pretrained("secular")


def test_counts_stay_above_zero_and_others_do_not_have_to():
    rng = np.random.default_rng(0)
    counts = [rng.poisson(0.4, 60).astype(float) for _ in range(30)]
    model = PanelForecaster(horizon=4).fit(counts)
    assert np.min(model.forecast(4)) >= 0
    assert np.min(model.forecast_quantiles(4, (0.05, 0.95))) == 0
    assert np.min(model.forecast(4, [x - 5 for x in counts])) < -4


def test_a_long_frame_of_polars():
    pl = pytest.importorskip("polars")
    ids, x = ["a"] * 30 + ["b"] * 30, np.concatenate(walks(2, low=30, high=31))
    months = pd.date_range("2020", periods=30, freq="MS")
    columns = {"unique_id": ids, "ds": [*months, *months], "y": x}
    found = PanelForecaster(12, 3).fit(pl.DataFrame(columns)).forecast(3)
    wanted = PanelForecaster(12, 3).fit(pd.DataFrame(columns)).forecast(3)
    assert isinstance(found, pl.DataFrame)
    np.testing.assert_allclose(found["y"].to_numpy(), wanted["y"])
    assert found["unique_id"].to_list() == wanted["unique_id"].tolist()
    assert found["ds"].to_list()[:3] == wanted["ds"].tolist()[:3]


def test_dates_tell_the_season_of_a_panel():
    rng, rows = np.random.default_rng(0), np.arange(72)
    shape = rng.normal(size=12)
    long = pd.concat(
        pd.DataFrame(
            {
                "unique_id": f"shop {k}",
                "ds": pd.date_range("2015-01-01", periods=72, freq="MS"),
                "y": 50 + 8 * shape[rows % 12] + rng.normal(size=72).cumsum(),
            }
        )
        for k in range(6)
    )
    told, lazy = PanelForecaster(12).fit(long), PanelForecaster().fit(long)
    assert (lazy.seasons_, lazy.horizon_) == ((12,), 12)
    pd.testing.assert_frame_equal(lazy.forecast(12), told.forecast(12))
    halves = [long[long.unique_id.isin([f"shop {k}" for k in ks])] for ks in ((0, 1, 2), (3, 4, 5))]
    total = sum(PanelForecaster().statistics(half) for half in halves)
    merged = PanelForecaster().fit_statistics(total)
    assert merged.seasons_ == (12,)
    found, wanted = merged.forecast(12, long).y, told.forecast(12).y
    np.testing.assert_allclose(found, wanted, rtol=1e-9)
    plain = [part.y.to_numpy() for _, part in long.groupby("unique_id")]
    assert PanelForecaster().fit(plain).seasons_ == ()
    with pytest.raises(ValueError, match="one network, horizon and season"):
        total + PanelForecaster(horizon=12).statistics(plain)
    weeks = pd.date_range("2015-01-04", periods=72, freq="7D")
    assert PanelForecaster(horizon=3).fit({"a": pd.Series(plain[0], weeks)}).seasons_ == (52,)
