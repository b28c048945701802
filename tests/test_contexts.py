"""Contexts that are shorter than what a network needs to forget its start."""

import pickle
import warnings

import numpy as np
import pytest
from sklearn.base import clone

from reservoir import ESNForecaster, LocalForecaster, Reservoir, RidgeReadout
from reservoir.datasets import mackey_glass
from reservoir.esn.run_in import RunIn
from reservoir.model_selection import forecasting_search

pd = pytest.importorskip("pandas")

RNG = np.random.default_rng(0)
WEEK = np.array([10.0, 12, 13, 12, 15, 30, 25])
SALES = np.tile(WEEK, 60)[:400] + RNG.normal(0, 0.5, 400)
DAYS = pd.Series(SALES, pd.date_range("2022-01-03", periods=400), name="sales")
TOLD = r"has {} steps, fewer than the {} .*the stretch of the training that is most like it"


def small(differences=(), **options):
    reservoir = Reservoir(40, random_state=0)
    return ESNForecaster(
        reservoir, RidgeReadout(1e-4, washout=30), differences=differences, **options
    )


def untold(forecaster, *args, **kwargs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return forecaster.forecast(*args, **kwargs)


@pytest.mark.parametrize("differences", [(), (7,), (1, 7)])
@pytest.mark.parametrize("begin", [380, 300, 300 - 1, 250])
@pytest.mark.parametrize("n_rows", [1, 5])
@pytest.mark.parametrize("kind", ["dates", "periods", "frame", "numbers"])
def test_dates_tell_what_was_before(differences, begin, n_rows, kind):
    """After the training, as its last rows, or within it: as if all rows before were given."""
    series = DAYS.to_period() if kind == "periods" else DAYS
    series = series.to_frame() if kind == "frame" else series
    if kind == "numbers":
        series = series.reset_index(drop=True)
    training = series[: max(300, begin)]
    fitted = small(differences).fit(training)
    short, whole = series[begin : begin + n_rows], series[: begin + n_rows]
    if kind == "numbers" and begin < 300:
        return  # numbers may begin anew
    answer = untold(fitted, 9, short)
    np.testing.assert_allclose(answer, fitted.forecast(9, whole), rtol=1e-9)
    assert answer.index[0] == whole.index[-1] + 1 * (1 if kind == "numbers" else whole.index.freq)
    wanted = np.tile(WEEK, 60)[begin + n_rows :][:9]
    assert np.sqrt(np.mean((np.asarray(answer).ravel() - wanted) ** 2)) < 2.0


def test_exogenous_rows_go_with_them():
    promotion = pd.DataFrame({"on": RNG.integers(0, 2, 400)}, DAYS.index)
    series = DAYS + 6 * promotion["on"]
    fitted = small((7,)).fit(series[:300], exog=promotion[:300])
    coming = promotion[304:311]
    answer = untold(fitted, 7, series[300:304], context_exog=promotion[300:304], exog=coming)
    whole = fitted.forecast(7, series[:304], context_exog=promotion[:304], exog=coming)
    np.testing.assert_allclose(answer, whole, rtol=1e-9)
    with pytest.raises(ValueError, match="exog must have the columns"):
        fitted.forecast(7, series[300:304], exog=coming,
                        context_exog=promotion[300:304].rename(columns={"on": "off"}))  # fmt: skip
    # no dates: the stretch has its own
    bare = small().fit(series[:300].to_numpy(), exog=promotion[:300].to_numpy())
    with pytest.warns(UserWarning, match=TOLD.format(8, 30)):
        answer = bare.forecast(
            7, series[300:308].to_numpy(), exog=promotion[308:315].to_numpy(),
            context_exog=promotion[300:308].to_numpy(),
        )  # fmt: skip
    assert np.sqrt(np.mean((answer - series[308:315].to_numpy()) ** 2)) < 2.0


def test_dates_left_out_within_a_context_are_told():
    fitted = small().fit(DAYS[:300])
    with pytest.raises(ValueError, match=r"dates of context must have the frequency of fit, 'D'"):
        fitted.forecast(3, DAYS[300:306].drop(DAYS.index[302]))
    with pytest.raises(ValueError, match="the dates of context must be in order"):
        fitted.forecast(3, DAYS.iloc[[300, 302, 301]])


def test_other_frames_are_not_joined():
    """Another gap, zone, column or kind: the rows themselves tell, or an error does."""
    fitted = small().fit(DAYS[:300])
    for other in (DAYS[302:306], DAYS[300:304].set_axis(DAYS.index[300:304].tz_localize("UTC"))):
        with pytest.warns(UserWarning, match=TOLD.format(4, 30)):
            fitted.forecast(3, other)
    framed = small().fit(DAYS[:300].to_frame())
    with pytest.raises(ValueError, match="feature names should match"):
        framed.forecast(3, DAYS[300:304].to_frame("others"))


def test_what_is_no_context_is_told():
    fitted = small().fit(SALES[:300])
    for context in (5, "abc", (x for x in range(5)), {"a": 1}, np.zeros((0, 1)), np.array(3.0)):
        with pytest.raises(ValueError, match="Expected 2D array|Found array with 0 sample"):
            fitted.forecast(3, context)


@pytest.mark.parametrize("n_rows", [1, 3, 10, 29])
def test_the_nearest_stretch_leads(n_rows):
    """By a plain loop over the training, and rows of it put before the context."""
    training = np.column_stack([mackey_glass(300, random_state=0)[:, 0], SALES[:300]])
    context = training[50 : 50 + n_rows] + 0.01 * RNG.normal(size=(n_rows, 2))
    fitted = small().fit(training)
    scale = training.std(axis=0)
    best, at = np.inf, 0
    for p in range(30, 300 - n_rows + 1):
        off = np.sum(((training[p : p + n_rows] - context) / scale) ** 2)
        best, at = min((best, at), (off, p))
    with pytest.warns(UserWarning, match=TOLD.format(n_rows, 30)):
        answer = fitted.forecast(8, context)
    led = np.vstack([training[:at], context])
    np.testing.assert_allclose(answer, fitted.forecast(8, led), rtol=1e-9)
    several = [context, training[100:200], context[:1]]  # each its own
    with pytest.warns(UserWarning, match="fewer than the 30"):
        answers = fitted.forecast(8, several)
    np.testing.assert_allclose(answers[0], answer, rtol=1e-9)
    np.testing.assert_allclose(answers[1], fitted.forecast(8, training[100:200]), rtol=1e-9)


@pytest.mark.parametrize("form", ["series", "list", "panel", "stream", "pickle"])
def test_a_weekly_pattern_goes_on_from_any_day(form):
    rows = SALES[:300, None]
    if form == "series":
        fitted = small().fit(rows)
    elif form == "list":
        fitted = small().fit([rows[:90], rows[90:100], rows[100:300]])
    elif form == "panel":
        fitted = small().fit(rows[:294].reshape(3, 98, 1))
    else:
        fitted = small().fit(rows[:200]).partial_fit(rows[200:])
        fitted = fitted if form == "stream" else pickle.loads(pickle.dumps(fitted))
    errors = []
    for day in range(310, 330):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = fitted.forecast(7, [SALES[day : day + 4, None]])[0]
        errors.append(answer[:, 0] - np.tile(WEEK, 60)[day + 4 : day + 11])
    assert np.sqrt(np.mean(np.square(errors))) < 1.5  # from the zero state 14


def test_the_training_itself_is_known():
    """Rows of it, with no dates: no approximation, and no warning."""
    training = mackey_glass(600, random_state=0)
    fitted = small().fit(training)
    for n_rows in (2, 10):
        answer = untold(fitted, 5, training[-n_rows:])
        np.testing.assert_allclose(answer, fitted.forecast(5), rtol=1e-3)


def test_what_is_kept_is_bounded():
    rows = [RNG.normal(size=(n, 4)) for n in (30_000, 20_000, 10_000)]
    kept = RunIn.of(rows, None).scaled
    assert [len(x) for x in kept] == [10_000, 15_000]
    np.testing.assert_array_equal(kept[1], rows[1][-15_000:])
    assert RunIn.of([rows[0][:1]], None).before(rows[0][:1], 5) is None  # nothing before it


@pytest.mark.parametrize("n_rows", [2, 7])
def test_all_voters_of_a_search_know_what_was_before(n_rows):
    found = forecasting_search(horizon=7, n_rows=300, n_units=20, random_state=0)
    found.set_params(param_grid={"readout__alpha": [1e-3, 1.0]}).fit(DAYS[:300])
    assert len(found.voters_) > 1
    answer = untold(found, 7, DAYS[300 : 300 + n_rows])
    wanted = np.tile(WEEK, 60)[300 + n_rows : 307 + n_rows]
    assert np.sqrt(np.mean((answer - wanted) ** 2)) < 1.0


def test_a_search_tells_of_a_short_context_once():
    found = forecasting_search(horizon=7, n_rows=300, n_units=20, random_state=0).fit(SALES[:300])
    assert len(found.best_estimators_) > 1
    with pytest.warns(UserWarning, match="the context") as told:
        found.forecast(7, SALES[310:320])
    assert len(told) == 1


def test_defaults_from_every_day():
    """The default, on an array: what was 10 off is as good as after the whole series."""
    fitted = clone(ESNForecaster(random_state=0)).fit(SALES[:300])
    for day in (310, 312, 315):
        with pytest.warns(UserWarning, match="fewer than the"):
            answer = fitted.forecast(7, SALES[day : day + 7])
        assert np.sqrt(np.mean((answer - np.tile(WEEK, 60)[day + 7 : day + 14]) ** 2)) < 1.0


@pytest.mark.parametrize("lost", [[0], [1, 2, 3], [5, 6], [12, 13], [0, 1, 2, 3, 4, 5]])
@pytest.mark.parametrize("kind", [np.asarray, pd.Series])
def test_gaps_in_short_contexts(lost, kind):
    """Filled from the state of what is like the rest, and not from the zero state."""
    fitted = small().fit(SALES[:300])
    rows = SALES[310:324].copy()
    rows[lost] = np.nan
    with pytest.warns(UserWarning, match="fewer than the 30"):
        answer = fitted.forecast(7, kind(rows))
    wanted = np.tile(WEEK, 60)[324:331]
    assert np.sqrt(np.mean((answer - wanted) ** 2)) < (2.5 if lost == [12, 13] else 1.5)
    if lost[0] == 0:  # rows of which nothing was seen are none
        with pytest.warns(UserWarning, match="fewer than the 30"):
            np.testing.assert_array_equal(np.asarray(answer), fitted.forecast(7, rows[len(lost) :]))


def test_a_context_of_another_kind_is_told():
    fitted = small().fit(SALES[:300])
    with pytest.warns(UserWarning, match="lies beyond what the network was trained on, by 1[0-9] "):
        fitted.forecast(2, 10 * SALES[300:350], on_divergence="clip")
    untold(fitted, 2, SALES[300:350] + 15.0)  # within a range of what was seen
    changes = small(differences=(1,)).fit(SALES[:300])
    untold(changes, 2, SALES[300:350] + 1000.0)
    with pytest.warns(UserWarning, match="the context, differenced, lies beyond"):
        changes.forecast(2, 10 * SALES[300:350], on_divergence="clip")


def test_a_short_context_of_a_field():
    waves = np.sin(0.3 * np.arange(400)[:, None] + 0.7 * np.arange(9)) + 0.3 * np.sin(
        0.17 * np.arange(400)[:, None] - 1.4 * np.arange(9)
    )
    reservoir = Reservoir(200, spectral_radius=0.8, input_scaling=0.05, random_state=0)
    readout = RidgeReadout(1e-6, washout=40)
    fitted = LocalForecaster(reservoir, readout, width=3, overlap=3, input_noise=0.0)
    fitted.fit(waves[:300])
    with pytest.warns(UserWarning, match=TOLD.format(6, 40)):
        answer = fitted.forecast(3, waves[310:316])
    assert np.abs(answer - waves[316:319]).max() < 0.2
    np.testing.assert_allclose(untold(fitted, 3, waves[294:300]), fitted.forecast(3), atol=1e-3)
