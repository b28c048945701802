"""Fields in space, forecast place by place, beside plain loops."""

import numpy as np
import pytest
from sklearn.base import clone

from reservoir import ESNRegressor, LocalForecaster, Reservoir, RidgeReadout
from reservoir.datasets import kuramoto_sivashinsky
from reservoir.diagnostics import synchronisation
from reservoir.esn.patches import Patches
from reservoir.metrics import valid_prediction_time

PLACE = 2 * np.pi * np.arange(12) / 12


def wave(n_steps, speed=0.13):
    t = np.arange(n_steps)[:, None]
    return 3 + np.sin(PLACE - speed * t) + 0.4 * np.sin(2 * PLACE + 0.3 * t)


def small(**options):
    reservoir = Reservoir(40, spectral_radius=0.3, random_state=0)
    return LocalForecaster(reservoir, RidgeReadout(1e-6, washout=30), **options)


@pytest.mark.parametrize("boundary", ["ring", "line"])
def test_a_free_run_equals_a_loop_over_patches(boundary):
    field = wave(300)
    model = small(width=3, overlap=2, boundary=boundary, input_noise=0.0).fit(field)
    z = (field - field.mean()) / field.std()
    told = [
        [k % 12 if boundary == "ring" else min(max(k, 0), 11) for k in range(a - 2, a + 5)]
        for a in range(0, 12, 3)
    ]
    patches = [z[:, places] for places in told]
    reservoir = Reservoir(40, spectral_radius=0.3, random_state=0)
    esn = ESNRegressor(reservoir, RidgeReadout(1e-6, washout=30), passthrough=True)
    esn.fit([p[:-1] for p in patches], [np.diff(p[:, 2:5], axis=0) for p in patches])
    rule, coef = esn.reservoir_.update_, esn.readout_.coef_
    states = [esn.end_state_[k][:, None] for k in range(4)]
    now = z[-1].copy()
    for row in model.forecast(25):
        after = now.copy()
        for k, places in enumerate(told):
            seen, states[k] = rule.advance(states[k], now[places][None, :, None])
            rise = coef @ np.concatenate([seen[:, 0, 0], now[places]]) + esn.readout_.intercept_
            after[3 * k : 3 * k + 3] += rise
        now = after
        np.testing.assert_allclose(row, now * field.std() + field.mean(), atol=1e-9)


def test_a_wave_goes_on_from_the_end_and_from_contexts():
    field = wave(500)
    model = small(width=4, overlap=3, input_noise=1e-4).fit(field[:400])
    np.testing.assert_allclose(model.forecast(60), field[400:460], atol=0.05)
    contexts = [field[100:200], field[50:300]]
    together = model.forecast(20, contexts)
    for context, answer in zip(contexts, together, strict=True):
        np.testing.assert_allclose(model.forecast(20, context), answer, atol=1e-10)
    np.testing.assert_allclose(together[1], field[300:320], atol=0.05)
    rolled = model.rolling_forecast(field[400:], 10, step=20)
    first = model.network_.washout_ + 1
    np.testing.assert_allclose(rolled[1], model.forecast(10, field[400 : 420 + first]), atol=0.02)
    with pytest.raises(ValueError, match=f"X must have at least {first + 90} rows, the washout"):
        model.rolling_forecast(field[400:], 90)


def test_the_mirrored_field_teaches_too():
    field = wave(300)
    both = small(width=3, overlap=2, symmetry="odd", input_noise=0.0).fit(field)
    mirrored = 2 * field.mean() - field[:, ::-1]
    twice = small(width=3, overlap=2, input_noise=0.0).fit([mirrored, field])
    np.testing.assert_allclose(
        both.network_.readout.coef_, twice.network_.readout.coef_, rtol=1e-4, atol=1e-6
    )
    np.testing.assert_allclose(both.forecast(20), twice.forecast(20), atol=1e-4)


def test_a_chaotic_field_is_followed_and_stays():
    x = kuramoto_sivashinsky(2600, length=44, n_points=128, random_state=0)
    reservoir = Reservoir(200, spectral_radius=0.1, input_scaling=0.05)
    model = LocalForecaster(reservoir, symmetry="odd", random_state=0).fit(x[:2000])
    assert model.width_ == 8
    right = [
        valid_prediction_time(x[2000:2500], model.forecast(500), scale=x.std(), dt=0.25),
        valid_prediction_time(
            x[2080:2500], model.forecast(420, x[1800:2080]), scale=x.std(), dt=0.25
        ),
    ]
    assert np.mean(right) > 20  # two Lyapunov times of 200 units and 2000 rows
    longer = model.forecast(3000)
    assert np.isfinite(longer).all()
    assert longer[-500:].std() == pytest.approx(x.std(), rel=0.2)


def test_a_loop_that_leaves_is_nan_from_there_on():
    model = small(width=3, overlap=2, input_noise=0.0).fit(wave(300))
    model.network_.readout.coef_ *= 3.0
    run = model.forecast(400)
    lost = np.isnan(run).any(axis=1)
    assert lost.any()
    assert np.isnan(run[lost.argmax() :]).all()


def test_a_look_into_its_reservoir_is_one_at_patches():
    field = wave(100)
    model = small(width=3, overlap=2).fit(field)
    fed = model.network_inputs(field)
    assert len(fed) == 4
    z = (field - model.mean_) / model.scale_
    np.testing.assert_allclose(fed[1], z[:, 1:8])
    found = synchronisation(model, field)
    assert found.distances.shape == (100,)


def test_variables_of_unlike_kinds_are_told_to_be_no_field():
    unlike = np.hstack([wave(60), 1000 * wave(60)])
    with pytest.warns(UserWarning, match="one law for all is for a field. ESNForecaster takes"):
        small(width=3, overlap=2).fit(unlike)


def test_forms_and_what_is_refused():
    pd = pytest.importorskip("pandas")
    days = pd.date_range("2020", periods=300, freq="D")
    frame = pd.DataFrame(wave(300), days, columns=[f"x{k}" for k in range(12)])
    answer = small(width=3).fit(frame).forecast(3)
    assert list(answer.columns) == list(frame.columns)
    assert answer.index[0] == days[-1] + pd.Timedelta(days=1)
    with pytest.raises(ValueError, match=r"width must divide the number of places, 12; got 5"):
        small(width=5).fit(wave(50))
    with pytest.raises(ValueError, match="'boundary' parameter of LocalForecaster must be"):
        clone(small()).set_params(boundary="torus").fit(wave(50))


def lattice(n_steps, rows=8, columns=12, seed=0):
    """Coupled chaotic maps in the plane (Kaneko 1989), each by its four neighbours."""
    x = np.random.default_rng(seed).uniform(-0.5, 0.5, (rows, columns))
    found = []
    for _ in range(n_steps):
        f = 1 - 1.8 * x**2
        beside = sum(np.roll(f, step, axis) for axis in (0, 1) for step in (-1, 1))
        x = 0.8 * f + 0.05 * beside
        found.append(x.ravel())
    return np.array(found)


@pytest.mark.parametrize("boundary", ["ring", "line"])
def test_patches_of_a_grid_are_told_of_their_neighbours(boundary):
    patches = Patches.of((6, 8), (2, 4), (1, 2), boundary == "ring")
    assert patches.told.shape == (6, 4 * 8)

    def at(row, column):
        if boundary == "ring":
            return (row % 6) * 8 + column % 8
        return min(max(row, 0), 5) * 8 + min(max(column, 0), 7)

    wanted = [
        [at(a + i, b + j) for i in range(-1, 3) for j in range(-2, 6)]
        for a in range(0, 6, 2)
        for b in range(0, 8, 4)
    ]
    np.testing.assert_array_equal(patches.told, wanted)
    own = patches.told[:, patches.own]
    assert sorted(own.ravel()) == list(range(48))  # each place is one patch's
    assert own[1].tolist() == [4, 5, 6, 7, 12, 13, 14, 15]


def test_a_field_in_the_plane_is_followed():
    """Chaotic maps, after whose steps a mean is a whole spread off."""
    field = lattice(700)[100:]
    reservoir = Reservoir(250, spectral_radius=0.02, input_scaling=0.05, random_state=0)
    options = {"width": 1, "input_noise": 0.0, "symmetry": "even"}
    model = LocalForecaster(reservoir, RidgeReadout(1e-10), grid=(8, 12), **options)
    forecast = model.fit(field[:500]).forecast(4)
    off = np.sqrt(np.mean((forecast - field[500:504]) ** 2, axis=1)) / field.std()
    assert off[0] < 0.03
    assert off[3] < 0.1
    moved = np.roll(field.reshape(-1, 8, 12), 4, axis=2).reshape(-1, 96)  # the law is everywhere
    again = model.forecast(3, moved[:500]).reshape(3, 8, 12)
    np.testing.assert_allclose(
        again, np.roll(forecast[:3].reshape(3, 8, 12), 4, axis=2), rtol=1e-4, atol=1e-5
    )
    row_by_row = clone(model).set_params(grid=None, overlap=1).fit(field[:500]).forecast(1)
    assert off[0] < 0.5 * np.sqrt(np.mean((row_by_row[0] - field[500]) ** 2)) / field.std()


def test_mirrors_of_a_grid():
    turned = {n: [] for n in (1, 2)}
    for n_axes, order in Patches((4, 6), (2, 3), (1, 0), ring=True).mirrors:
        turned[n_axes].append(np.arange(12)[order].reshape(4, 3).tolist())
    whole = np.arange(12).reshape(4, 3)
    assert turned[1] == [whole[::-1].tolist(), whole[:, ::-1].tolist()]
    assert turned[2] == [whole[::-1, ::-1].tolist()]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"grid": (3, 5)}, r"grid must be \(rows, columns\) of the 12 places of X; got \(3, 5\)"),
        ({"grid": (12,)}, r"grid must be \(rows, columns\)"),
        ({"grid": (3, 4), "width": (2, 2)}, "width must divide the number of places, 3; got 2"),
        ({"grid": (3, 4), "width": (1, 2, 3)}, "width must be one number, or one for each of 2"),
        ({"grid": (3, 4), "overlap": (1, -1)}, "overlap must be at least 0"),
    ],
)
def test_bad_grids_are_told(options, told):
    with pytest.raises(ValueError, match=told):
        small(**options).fit(wave(50))
