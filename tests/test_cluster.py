"""A real cluster of two worker processes: what is merged equals the serial fit."""

import contextlib
import os
import time
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold

from reservoir import ESNRegressor, PanelForecaster, Reservoir, RidgeReadout

pytestmark = pytest.mark.slow

distributed = pytest.importorskip("distributed")
dask = pytest.importorskip("dask")
pytestmark = pytest.mark.filterwarnings("default")

ESN = ESNRegressor(Reservoir(60, random_state=0), RidgeReadout(0.1, washout=20))


def sequences(n=8, n_steps=300):
    u = [np.random.default_rng(k).uniform(-1, 1, (n_steps + 10 * k, 2)) for k in range(n)]
    return u, [np.roll(x[:, :1], 2, axis=0) * x[:, 1:] for x in u]


@pytest.fixture(scope="module")
def client():
    options = {"processes": True, "threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(n_workers=2, **options) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_n_jobs_maps_sequences_over_the_cluster(client):
    u, y = sequences()
    whole = clone(ESN).fit(u, y)
    with joblib.parallel_config(backend="dask"):
        mapped = clone(ESN).set_params(n_jobs=4).fit(u, y)
    np.testing.assert_allclose(mapped.readout_.coef_, whole.readout_.coef_, rtol=0, atol=1e-10)
    np.testing.assert_allclose(mapped.end_state_, whole.end_state_, rtol=0, atol=1e-12)


def test_delayed_statistics_equal_the_serial_fit(client):
    u, y = sequences()
    whole = clone(ESN).fit(u, y)
    parts = [dask.delayed(ESN.statistics)(u[k : k + 2], y[k : k + 2]) for k in (0, 2, 4, 6)]
    total = dask.delayed(sum)(parts).compute()
    merged = clone(ESN).fit_statistics(total)
    np.testing.assert_allclose(merged.readout_.coef_, whole.readout_.coef_, rtol=0, atol=1e-10)


def test_statistics_of_a_dask_array_stay_with_its_blocks(client):
    """The recipe of the docs: every block of rows is a sequence of its own."""
    array = pytest.importorskip("dask.array")
    u, y = sequences(1, 1200)
    blocks = [
        part.rechunk((300, -1)).to_delayed().ravel() for part in map(array.asarray, (u[0], y[0]))
    ]
    total = dask.delayed(sum)([dask.delayed(ESN.statistics)(*pair) for pair in zip(*blocks)])
    merged = clone(ESN).fit_statistics(total.compute())
    whole = clone(ESN).fit(np.reshape(u[0], (4, 300, -1)), np.reshape(y[0], (4, 300, -1)))
    np.testing.assert_allclose(merged.readout_.coef_, whole.readout_.coef_, rtol=0, atol=1e-10)


def slowly(u, y, marker):
    """Statistics that take a while; the first run of the marked piece waits to be killed."""
    if marker and not os.path.exists(marker):
        Path(marker).write_text(str(os.getpid()))
        time.sleep(60)
    return ESN.statistics(u, y)


def test_a_killed_worker_loses_nothing(client, tmp_path):
    u, y = sequences()
    whole, marker = clone(ESN).fit(u, y), str(tmp_path / "marker")
    futures = [
        client.submit(slowly, u[k : k + 2], y[k : k + 2], marker if k == 0 else "", pure=False)
        for k in (0, 2, 4, 6)
    ]
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(FileNotFoundError, ValueError):
            os.kill(int(Path(marker).read_text()), 9)
            break
        time.sleep(0.05)
    merged = clone(ESN).fit_statistics(sum(client.gather(futures)))
    np.testing.assert_allclose(merged.readout_.coef_, whole.readout_.coef_, rtol=0, atol=1e-10)


def test_a_grid_search_runs_on_the_cluster(client):
    u, y = sequences()
    grid = {"reservoir__spectral_radius": [0.5, 0.9], "readout__alpha": [1e-6, 1e-2]}
    serial = GridSearchCV(ESN, grid, cv=KFold(2)).fit(u, y)
    with joblib.parallel_config(backend="dask"):
        mapped = GridSearchCV(ESN, grid, cv=KFold(2), n_jobs=2).fit(u, y)
    np.testing.assert_allclose(
        mapped.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"], rtol=1e-8
    )


def test_many_series_are_summed_on_the_cluster(client):
    rng = np.random.default_rng(0)
    series = [100 + rng.normal(size=n).cumsum() for n in rng.integers(20, 50, 40)]
    model = PanelForecaster(horizon=4)
    parts = client.map(model.statistics, [series[k::4] for k in range(4)])
    merged = clone(model).fit_statistics(sum(client.gather(parts)))
    whole = clone(model).fit(series)
    np.testing.assert_allclose(merged.coef_, whole.coef_, rtol=1e-7, atol=1e-9)
