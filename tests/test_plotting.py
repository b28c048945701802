"""What the pictures hold; they are rendered too."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from reservoir import NVAR, ESNForecaster, ESNRegressor, PanelForecaster, Reservoir, RidgeReadout
from reservoir.diagnostics import memory_capacity
from reservoir.metrics import valid_prediction_time
from reservoir.model_selection import ForecastSearchCV
from reservoir.plotting import (
    AlphaPathDisplay,
    ConnectivityDisplay,
    ForecastDisplay,
    MemoryDisplay,
    ReservoirDisplay,
    SearchDisplay,
    SpaceTimeDisplay,
    SpectrumDisplay,
    StatesDisplay,
)

matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

X = np.sin(np.arange(300) / 5).reshape(-1, 1)


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    figure.canvas.draw()
    plt.close("all")


def test_states_are_the_reservoirs_own(ax):
    model = ESNRegressor(Reservoir(30, random_state=0)).fit(X, X)
    display = StatesDisplay.from_estimator(model, X, units=[3, 7], ax=ax)
    states = model.reservoir_.transform(X)
    np.testing.assert_array_equal(ax.lines[1].get_ydata(), states[:, 7])
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    display.plot(units=5)  # redrawn without recomputing, on axes of its own
    assert len(display.ax_.lines) == 5


def of_forecasters():
    """Return forms that users have a series in."""
    pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
    t = np.arange(160)
    rows = np.stack([10 + np.sin(t / 4), np.cos(t / 4)], axis=1)
    days = pd.date_range("2024-01-01", periods=len(t), freq="D", name="day")
    frame = pd.DataFrame(rows, days, columns=["sales", "heat"])
    return {
        "array": rows, "one array": rows[:, 0], "frame": frame, "series": frame["sales"],
        "periods": frame.to_period("D"), "zones": frame.tz_localize("Europe/Paris"),
        "counted": frame.reset_index(drop=True), "polars": pl.DataFrame(rows, ["sales", "heat"]),
        "polars series": pl.Series("sales", rows[:, 0]),
    }  # fmt: skip


FORMS = [
    "array", "one array", "frame", "series", "periods", "zones", "counted", "polars",
    "polars series",
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.filterwarnings("ignore:.*leave them uncertain")
def test_a_forecast_is_drawn_after_a_fit_on_any_form(form):
    X = of_forecasters()[form]
    model = ESNForecaster(Reservoir(20), random_state=0).fit(X[:150])
    display = ForecastDisplay.from_estimator(model, X[150:], interval=0.8)
    axes = np.ravel(display.ax_)
    assert len(axes) == (2 if np.ndim(X) == 2 else 1)
    forecast = np.asarray(model.forecast(10)).reshape(10, -1)
    bands = np.asarray(model.forecast_quantiles(10, (0.1, 0.9))).reshape(10, -1, 2)
    measured, drawn, came = axes[-1].lines[:3]
    column = 1 if np.ndim(X) == 2 else 0
    np.testing.assert_allclose(drawn.get_ydata(), forecast[:, column])
    np.testing.assert_allclose(came.get_ydata(), np.asarray(X).reshape(160, -1)[150:, column])
    np.testing.assert_allclose(measured.get_ydata(), np.asarray(X).reshape(160, -1)[50:150, column])
    edges = axes[-1].collections[0].get_paths()[0].vertices[:, 1]
    assert {*np.round(bands[:, column].ravel(), 9)} <= {*np.round(edges, 9)}
    times = [line.get_xdata() for line in (measured, drawn, came)]
    if form in ("frame", "series", "periods", "zones"):
        assert times[1][0] == np.datetime64("2024-05-30")
        assert axes[-1].get_xlabel() == "day"
        assert axes[0].get_ylabel() == "sales"
    else:
        assert times[1][0] == times[0][-1] + 1
        assert axes[-1].get_xlabel() == "step"
    np.testing.assert_array_equal(times[1], times[2])
    display.figure_.canvas.draw()


def test_one_feature_by_its_name_on_axes_of_ones_own(ax):
    frame = of_forecasters()["frame"]
    model = ESNForecaster(Reservoir(20), random_state=0).fit(frame[:150])
    display = ForecastDisplay.from_estimator(model, n_steps=5, feature="heat", ax=ax)
    np.testing.assert_allclose(ax.lines[1].get_ydata(), model.forecast(5)["heat"])
    assert ax.get_ylabel() == "heat"
    display.plot(feature=-1)
    with pytest.raises(ValueError, match=r"feature must be one of \['sales', 'heat'\] or an int"):
        display.plot(feature="cold")
    with pytest.raises(ValueError, match="feature must be an integer from 0 to 0; got 1"):
        ForecastDisplay.from_predictions(None, [1.0, 2.0], feature=1)
    with pytest.raises(ValueError, match="n_steps must be given where there is no X"):
        ForecastDisplay.from_estimator(model)
    with pytest.raises(ValueError, match=r"interval must be shares in \(0, 1\); got 90"):
        ForecastDisplay.from_estimator(model, n_steps=5, interval=90)


def test_exogenous_rows_and_irregular_dates():
    frame = of_forecasters()["frame"]
    model = ESNForecaster(Reservoir(20), random_state=0)
    model.fit(frame[["sales"]][:150], exog=frame[["heat"]][:150])
    display = ForecastDisplay.from_estimator(
        model, frame[["sales"]][150:], exog=frame[["heat"]][150:]
    )
    drawn = display.ax_.lines[1]
    forecast = model.forecast(10, exog=frame[["heat"]][150:])
    np.testing.assert_allclose(drawn.get_ydata(), forecast["sales"])
    # dates of what came are those of a forecast that has none of its own
    later = ForecastDisplay.from_predictions(frame[150:], np.zeros((10, 2)), history=frame[:150])
    assert later.forecasts["forecast"].times[0] == np.datetime64("2024-05-30")
    counted = ForecastDisplay.from_predictions(None, np.zeros((10, 2)), history=frame[:150])
    np.testing.assert_array_equal(counted.ax_[0].lines[1].get_xdata(), np.arange(150, 160))
    with pytest.raises(ValueError, match=r"same features; got widths \[1, 2\]"):
        ForecastDisplay.from_predictions(frame, np.zeros(10))


def test_rows_at_other_times_are_not_taken_for_what_came():
    frame = of_forecasters()["frame"]
    model = ESNForecaster(Reservoir(20), random_state=0).fit(frame["sales"][:150])
    with pytest.raises(ValueError, match="what came must be at the times .* from 2024-05-30"):
        ForecastDisplay.from_estimator(model, frame["sales"][:10])
    shuffled = frame["sales"].sample(frac=1, random_state=0)
    with pytest.raises(ValueError, match="the rows of history must be in order of time, each once"):
        ForecastDisplay.from_estimator(model, n_steps=5, history=shuffled)
    counted = of_forecasters()["counted"]["sales"]
    model = ESNForecaster(Reservoir(20), random_state=0).fit(counted[:150])
    anew = counted[150:].reset_index(drop=True)  # numbers may begin anew
    display = ForecastDisplay.from_estimator(model, anew)
    aligned = ForecastDisplay.from_estimator(model, counted[150:])
    np.testing.assert_allclose(display.errors(), aligned.errors())


def test_one_of_several_series():
    pd = pytest.importorskip("pandas")
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(
        rng.normal(size=(60, 3)).cumsum(axis=0), pd.date_range("2020", periods=60, freq="MS"),
        columns=["a", "b", "c"],
    )  # fmt: skip
    long = wide.rename_axis("ds").reset_index().melt("ds", var_name="unique_id", value_name="y")
    series = [column.to_numpy() for _, column in wide.items()]
    forms = {
        "long": (long, "b"), "list": (series, 1), "panel": (np.stack(series)[:, :, None], 1),
        "mapping": (dict(zip("abc", series, strict=True)), "b"),
    }  # fmt: skip
    wanted = PanelForecaster(horizon=3).fit(wide)
    bands = wanted.forecast_quantiles(4, (0.05, 0.95))["b"].to_numpy()
    for X, key in forms.values():
        model = PanelForecaster(horizon=3).fit(X)
        display = ForecastDisplay.from_estimator(
            model, n_steps=4, history=X, series=key, interval=0.9
        )
        np.testing.assert_allclose(display.ax_.lines[0].get_ydata(), wide["b"])
        np.testing.assert_allclose(display.ax_.lines[1].get_ydata(), wanted.forecast(4)["b"])
        np.testing.assert_allclose(display.bands[0].low[:, 0], bands[:, 0])
        np.testing.assert_allclose(display.bands[0].high[:, 0], bands[:, 1])
    with pytest.raises(ValueError, match="series must be one of the forecast: 'a', 'b', 'c'; got"):
        ForecastDisplay.from_estimator(model, n_steps=4, series="d")


def test_errors_by_horizon_are_those_of_the_valid_time(ax):
    truth = np.random.default_rng(0).normal(size=(50, 2))
    predicted = truth + np.linspace(0, 2, 50)[:, None] * [1.0, -1.0]
    display = ForecastDisplay.from_predictions(truth, {"one": predicted, "two": truth})
    scale = truth.std(axis=0)
    display.plot_errors(ax, threshold=0.7)
    by_hand = np.sqrt((((predicted - truth) / scale) ** 2).mean(axis=1))
    np.testing.assert_allclose(ax.lines[0].get_ydata(), by_hand)
    valid = valid_prediction_time(truth, predicted, threshold=0.7, scale=scale)
    assert ax.lines[2].get_label() == f"valid for {valid:g} steps"
    with pytest.raises(ValueError, match="errors need what came"):
        ForecastDisplay.from_predictions(None, predicted).plot_errors()
    flat = display.plot_phase()
    assert [len(line.get_xdata()) for line in flat.ax_.lines] == [50, 50, 50]
    solid = ForecastDisplay.from_predictions(None, np.zeros((9, 3))).plot_phase()
    assert solid.ax_.name == "3d"
    with pytest.raises(ValueError, match="features must be two or three to be drawn; got 1"):
        ForecastDisplay.from_predictions(None, np.zeros(9)).plot_phase()


@pytest.mark.parametrize("topology", ["sparse", "orthogonal"])
def test_connectivity_is_the_weight_matrix(ax, topology):
    model = ESNForecaster(Reservoir(30, topology=topology, random_state=0)).fit(X)
    ConnectivityDisplay.from_estimator(model, ax=ax)
    W = model.regressor_.reservoir_.W_
    image = ax.images[0]
    np.testing.assert_array_equal(image.get_array(), getattr(W, "toarray", lambda: W)())
    assert image.norm.vmin == -image.norm.vmax


def test_every_weight_of_a_large_reservoir_is_a_dot(ax):
    reservoir = Reservoir(300, random_state=0).fit(X)
    ConnectivityDisplay.from_estimator(reservoir, ax=ax)
    dots, W = ax.collections[0], reservoir.W_.tocoo()
    np.testing.assert_array_equal(dots.get_offsets(), np.stack([W.col, W.row], axis=1))
    np.testing.assert_array_equal(dots.get_array(), W.data)


def test_modules_stand_together(ax):
    rng = np.random.default_rng(0)
    shuffled, blocks = rng.permutation(30), np.kron(np.eye(3), np.ones((10, 10)))
    display = ConnectivityDisplay(blocks[np.ix_(shuffled, shuffled)]).plot(ax, sort=True)
    np.testing.assert_array_equal(ax.images[0].get_array(), blocks)
    assert sorted(display.order()) == list(range(30))


def test_a_graph_has_an_arrow_for_every_weight(ax):
    W = Reservoir(12, topology="self_loop_ring", random_state=0).fit(X).W_
    ConnectivityDisplay(W).plot_graph(ax)
    arrows = [each for each in ax.texts if each.arrow_patch is not None]
    assert len(arrows) == np.count_nonzero(W.toarray() - np.diag(W.diagonal()))
    with pytest.raises(ValueError, match="a graph of 61 units shows nothing; up to 60 are drawn"):
        ConnectivityDisplay(np.eye(61)).plot_graph()


def test_heat_map_and_eigenvalues(ax):
    reservoir = Reservoir(30, spectral_radius=0.8, random_state=0).fit(X)
    states = reservoir.transform(X)
    StatesDisplay(states).plot_heatmap(ax, center=False, sort=None)
    np.testing.assert_array_equal(ax.images[0].get_array(), states.T)
    display = ConnectivityDisplay(reservoir.W_).plot_eigenvalues()
    points = display.ax_.collections[0].get_offsets()
    assert np.linalg.norm(points, axis=1).max() == pytest.approx(0.8)
    assert display.ax_.get_title() == "spectral radius 0.8"
    np.testing.assert_allclose(np.hypot(*display.ax_.lines[0].get_data()), 1.0)
    direct = SpectrumDisplay.from_estimator(reservoir)
    np.testing.assert_array_equal(direct.ax_.collections[0].get_offsets(), points)


@pytest.mark.parametrize("sort", ["similarity", "time_scale"])
def test_a_heat_map_takes_the_means_off_and_sorts(ax, sort):
    t = np.arange(400)
    slow, fast = np.sin(t / 30), np.sin(t / 2)
    states = np.stack([5 + slow, fast, slow, 2 + fast, 0.9 * slow, fast], axis=1)
    display = StatesDisplay(states).plot_heatmap(ax, sort=sort)
    drawn = ax.images[0].get_array()
    np.testing.assert_allclose(drawn.mean(axis=1), 0.0, atol=1e-12)
    order = display.order(sort)
    assert {*order[:3]} in ({0, 2, 4}, {1, 3, 5})
    if sort == "time_scale":
        assert {*order[:3]} == {1, 3, 5}
    with pytest.raises(ValueError, match="sort must be 'similarity', 'time_scale' or None; got 1"):
        display.order(1)


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_states_of_what_an_estimator_is_given_in_its_own_units():
    frame = of_forecasters()["frame"]
    model = ESNForecaster(Reservoir(20), random_state=0, differences=(1,)).fit(frame)
    display = StatesDisplay.from_estimator(model, frame)
    scaled = model.scaler_.transform(np.diff(frame.to_numpy(), axis=0))
    np.testing.assert_allclose(
        display.states, model.regressor_.reservoir_.transform(scaled[:-1]), atol=1e-12
    )
    pipeline = make_pipeline(StandardScaler(), Reservoir(20, random_state=0), RidgeReadout())
    pipeline.fit(frame.to_numpy(), frame["sales"])
    display = StatesDisplay.from_estimator(pipeline, frame.to_numpy())
    np.testing.assert_array_equal(display.states, pipeline[:2].transform(frame.to_numpy()))
    assert StatesDisplay.from_estimator(Reservoir(10)).states.shape == (200, 10)
    with pytest.raises(TypeError, match="RidgeReadout holds no reservoir that goes step by step"):
        StatesDisplay.from_estimator(RidgeReadout().fit([[1.0], [2.0]], [1.0, 2.0]))


def test_a_search_is_drawn_over_its_parameters(ax):
    x = np.sin(np.arange(200) / 3)[:, None] + 0.1 * np.random.default_rng(0).normal(size=(200, 1))
    grid = {
        "readout__alpha": [1e-6, 1e-3, 1.0], "reservoir__topology": ["sparse", "ring"],
        "differences": [(), (1,)],
    }  # fmt: skip
    search = ForecastSearchCV(
        ESNForecaster(Reservoir(20), RidgeReadout(), random_state=0), grid, n_best=3,
        cv=TimeSeriesSplit(2, test_size=20),
    ).fit(x)  # fmt: skip
    names = ["readout__alpha", "reservoir__topology"]
    display = SearchDisplay.from_estimator(search, params=names, ax=ax)
    points = ax.collections[0]
    scores = search.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(points.get_array(), scores)
    alphas = search.cv_results_["param_readout__alpha"].astype(float)
    np.testing.assert_array_equal(points.get_offsets()[:, 0], alphas)
    best = ax.lines[-1]
    assert best.get_label() == "best"
    assert best.get_xdata()[0] == search.best_params_["readout__alpha"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["sparse", "ring"]
    assert ax.get_xscale() == "log"
    one = SearchDisplay.from_estimator(search, params=["differences"])
    assert [t.get_text() for t in one.ax_.get_xticklabels()] == ["()", "(1,)"]
    assert display.best == search.best_index_
    with pytest.raises(ValueError, match="params must be one or two of .* got \\['leak'\\]"):
        SearchDisplay.from_estimator(search, params=["leak"])


def test_parameters_that_some_candidates_lack(ax):
    u = np.random.default_rng(0).uniform(-1, 1, (120, 1))
    grids = [{"readout__alpha": [1e-6, 1e-2]}, {"reservoir__spectral_radius": [0.5, 0.9]}]
    search = GridSearchCV(ESNRegressor(Reservoir(10), RidgeReadout(), random_state=0), grids, cv=2)
    display = SearchDisplay.from_estimator(search.fit(u, np.roll(u, 1)), ax=ax)
    assert "None" in [t.get_text() for t in display.ax_.get_xticklabels()]


def test_a_path_of_alphas_is_that_of_refits(ax):
    u = np.random.default_rng(0).uniform(-1, 1, (600, 1))
    y = np.roll(u, 3)
    esn = ESNRegressor(Reservoir(30), RidgeReadout(1e-3), random_state=0).fit(u[:400], y[:400])
    alphas = [1e-6, 1e-3, 1.0]
    AlphaPathDisplay.from_estimator(esn, u[400:], y[400:], alphas=alphas, ax=ax)
    by_hand = []
    for alpha in alphas:
        again = ESNRegressor(Reservoir(30), RidgeReadout(alpha), random_state=0)
        predicted = again.fit(u[:400], y[:400]).predict(u[400:])
        by_hand.append(np.sqrt(np.mean((predicted - y[400:]) ** 2)))
    np.testing.assert_allclose(ax.lines[0].get_ydata(), by_hand, rtol=1e-6)
    assert ax.lines[2].get_xdata()[0] == 1e-3
    model = ESNForecaster(Reservoir(30), random_state=0).fit(u[:400])
    assert len(AlphaPathDisplay.from_estimator(model, u[400:]).errors) == 29


def test_a_reservoir_at_a_glance():
    model = ESNForecaster(Reservoir(30), random_state=0).fit(X)
    display = ReservoirDisplay.from_estimator(model, X, n_steps=100)
    fed = model.network_inputs(X)[0][-100:]
    np.testing.assert_array_equal(display.ax_[0].lines[0].get_ydata(), fed[:, 0])
    assert display.ax_[1].images[0].get_array().shape == (30, 100)
    assert len(display.ax_[2].collections[0].get_offsets()) == 30
    memory = memory_capacity(model.regressor_.reservoir_)
    np.testing.assert_array_equal(display.ax_[3].lines[0].get_ydata(), memory.capacities[:, 0])
    assert MemoryDisplay.from_estimator(model).memory.total == memory.total
    assert ReservoirDisplay.from_estimator(NVAR(2), X).ax_[2].get_title() == "no matrix of weights"
    display.figure_.canvas.draw()


def test_a_field_its_forecast_and_the_error():
    t, place = np.arange(120)[:, None], np.arange(8)
    field = np.sin(t / 5 + place)
    model = ESNForecaster(Reservoir(40), random_state=0).fit(field[:100])
    display = SpaceTimeDisplay.from_estimator(model, field[100:], dt=0.5)
    drawn = [ax.images[0].get_array() for ax in display.ax_]
    np.testing.assert_array_equal(drawn[0], field[100:].T)
    np.testing.assert_array_equal(drawn[1], model.forecast(20).T)
    np.testing.assert_allclose(drawn[2], drawn[1] - drawn[0])
    assert display.ax_[-1].get_xlabel() == "time"
    assert display.ax_[0].images[0].get_extent()[:2] == [0, 10]
    with pytest.raises(ValueError, match="y_true and y_pred must have one shape"):
        SpaceTimeDisplay.from_predictions(field, field[:9])


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_importing_the_package_imports_no_extra():
    """scikit-learn's searches import pandas themselves where it is installed."""
    code = "import sys; extras = {'matplotlib', 'pandas', 'dask', 'networkx'}"
    code += "\ndef found(): return extras & {*sys.modules}"
    code += "\nimport sklearn; before = found()"
    code += "\nimport reservoir, reservoir.datasets, reservoir.metrics, reservoir.plotting"
    code += "\nprint(found() - before); import sklearn.model_selection; before = found()"
    code += "\nimport reservoir.model_selection, reservoir.__main__; print(found() - before)"
    assert run(code).stdout.split() == ["set()", "set()"]


def test_without_matplotlib_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['matplotlib.pyplot'] = None\n"
        "import numpy as np; from reservoir.plotting import StatesDisplay\n"
        "StatesDisplay(np.zeros((3, 2))).plot()"
    )
    assert 'drawing needs matplotlib: pip install "reservoir-learn[plot]"' in run(code).stderr
