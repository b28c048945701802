"""What the pictures hold; they are rendered too."""

import subprocess
import sys

import numpy as np
import pytest

from reservoir import ESNForecaster, ESNRegressor, Reservoir
from reservoir.plotting import ConnectivityDisplay, ForecastDisplay, StatesDisplay

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


@pytest.mark.parametrize("topology", ["sparse", "orthogonal"])
def test_connectivity_is_the_weight_matrix(ax, topology):
    model = ESNForecaster(Reservoir(30, topology=topology, random_state=0)).fit(X)
    ConnectivityDisplay.from_estimator(model, ax=ax)
    W = model.regressor_.reservoir_.W_
    image = ax.images[0]
    np.testing.assert_array_equal(image.get_array(), getattr(W, "toarray", lambda: W)())
    assert image.norm.vmin == -image.norm.vmax


def test_heat_map_and_eigenvalues(ax):
    reservoir = Reservoir(30, spectral_radius=0.8, random_state=0).fit(X)
    StatesDisplay(reservoir.transform(X)).plot_heatmap(ax)
    np.testing.assert_array_equal(ax.images[0].get_array(), reservoir.transform(X).T)
    display = ConnectivityDisplay(reservoir.W_).plot_eigenvalues()
    points = display.ax_.collections[0].get_offsets()
    assert np.linalg.norm(points, axis=1).max() == pytest.approx(0.8)
    assert display.ax_.get_title() == "spectral radius 0.8"
    np.testing.assert_allclose(np.hypot(*display.ax_.lines[0].get_data()), 1.0)


def test_forecast_begins_where_the_history_ends(ax):
    model = ESNForecaster(random_state=0).fit(X[:250])
    ForecastDisplay.from_estimator(model, X[250:], history=X[:250], ax=ax)
    measured, forecast = ax.lines[:2]
    np.testing.assert_array_equal(measured.get_ydata(), X[:, 0])
    np.testing.assert_array_equal(forecast.get_xdata(), np.arange(250, 300))
    np.testing.assert_array_equal(forecast.get_ydata(), model.forecast(50)[:, 0])


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize(
    ("modules", "already"),
    [
        ("reservoir, reservoir.datasets, reservoir.metrics, reservoir.plotting", "sklearn"),
        # scikit-learn's searches import pandas themselves where it is installed
        ("reservoir.model_selection, reservoir.__main__", "sklearn.model_selection"),
    ],
)
def test_importing_the_package_imports_no_extra(modules, already):
    code = (
        f"import sys, {already}; before = set(sys.modules); import {modules};"
        "print({'matplotlib', 'pandas', 'dask', 'networkx'} & (set(sys.modules) - before))"
    )
    assert run(code).stdout.strip() == "set()"


def test_without_matplotlib_the_error_names_the_extra():
    code = (
        "import sys; sys.modules['matplotlib.pyplot'] = None\n"
        "import numpy as np; from reservoir.plotting import StatesDisplay\n"
        "StatesDisplay(np.zeros((3, 2))).plot()"
    )
    assert 'drawing needs matplotlib: pip install "reservoir-learn[plot]"' in run(code).stderr
